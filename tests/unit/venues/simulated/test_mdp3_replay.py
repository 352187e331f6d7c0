"""The simulated TCP replay: who logs on, what is refused with which text, what is sent again."""

import pytest

from cross_market_connect.venues.simulated.mdp3_replay import MdpReplayPeer, MdpReplayServer
from cross_market_connect.wire.mdp3.codes import ADMIN_LOGIN, ADMIN_LOGOUT
from cross_market_connect.wire.mdp3.decoder import PacketReader
from cross_market_connect.wire.mdp3.faults import OK, FaultCounts
from cross_market_connect.wire.mdp3.layout import Layouts
from cross_market_connect.wire.mdp3.replay import packet_stream, replay_text
from tests.unit.venues.cme.support import heartbeat, packet, schema

CHANNEL = 310
LOGON = replay_text(b"A", [(b"553", b"FUND"), (b"554", b"hush")])


def request(channel: int, begin: int, end: int) -> bytes:
    fields = [(b"1180", b"%d" % channel), (b"262", b"1"), (b"1182", b"%d" % begin), (b"1183", b"%d" % end)]
    return replay_text(b"V", fields)


def published(count: int = 9) -> MdpReplayServer:
    server = MdpReplayServer(schema(), [CHANNEL], {b"FUND": b"hush"})
    for seq in range(1, count + 1):
        server.note(CHANNEL, packet(seq, heartbeat))
    server.note(99, packet(50, heartbeat))
    return server


def answers(peer: MdpReplayPeer) -> list[tuple[int, int, str]]:
    """Number, template and, of a logout, text of each packet that the peer sends."""
    reader = PacketReader(FaultCounts(), Layouts(schema()))
    field = schema().template(ADMIN_LOGOUT).root.find("Text")
    assert field is not None
    found = []
    for data in packet_stream().take(peer.take_output()):
        assert reader.open(data) == OK
        template = reader.next()
        found.append((int(reader.seq_num), int(template), reader.text(field) if template == ADMIN_LOGOUT else ""))
    return found


def asked(server: MdpReplayServer, *data: bytes) -> tuple[list[tuple[int, int, str]], bool]:
    peer = MdpReplayPeer(server)
    for one in data:
        peer.receive(one, 0, 0)
    return answers(peer), peer.is_closed


def test_one_request_is_served_and_the_connection_is_over() -> None:
    server = published()
    found, is_closed = asked(server, LOGON, request(CHANNEL, 3, 5), request(CHANNEL, 6, 6))
    assert found == [(1, int(ADMIN_LOGIN), ""), (3, 12, ""), (4, 12, ""), (5, 12, ""), (2, int(ADMIN_LOGOUT), "")]
    assert is_closed and server.requests == 1


def test_packets_are_sent_as_they_were_published_behind_their_size() -> None:
    peer = MdpReplayPeer(published())
    peer.receive(LOGON, 0, 0)
    peer.take_output()
    peer.receive(request(CHANNEL, 4, 4), 0, 0)
    data = packet(4, heartbeat)
    assert peer.take_output().startswith(len(data).to_bytes(2, "little") + data)


@pytest.mark.slow
def test_what_is_not_granted_is_refused_with_a_text() -> None:
    server = published(2_100)
    server.kept_max = 2_100
    cases = {
        request(311, 1, 2): "channel 311 is not served",
        request(CHANNEL, 0, 2): "no range: 0 to 2",
        request(CHANNEL, 5, 4): "no range: 5 to 4",
        request(CHANNEL, 1, 2_001): "more than 2000 packets",
        request(CHANNEL, 2_099, 2_101): "2099 to 2101 are not available",
        replay_text(b"V", [(b"1180", b"310")]): "no range: -1 to -1",
        b"hello\x01": "no message",
        replay_text(b"Z", []): "unexpected message",
        LOGON: "unexpected message",
    }
    for data, text in cases.items():
        found, is_closed = asked(server, LOGON, data)
        assert (found[1:], is_closed) == ([(2, int(ADMIN_LOGOUT), text)], True)
    assert len(asked(server, LOGON, request(CHANNEL, 1, 2_000))[0]) == 2_002
    assert server.requests == 1


def test_only_the_last_packets_are_kept() -> None:
    server = MdpReplayServer(schema(), [CHANNEL], {b"FUND": b"hush"})
    server.kept_max = 3
    for seq in range(1, 6):
        server.note(CHANNEL, packet(seq, heartbeat))
    assert asked(server, LOGON, request(CHANNEL, 2, 5))[0][1][2] == "2 to 5 are not available"
    assert len(asked(server, LOGON, request(CHANNEL, 3, 5))[0]) == 5


def test_who_is_unknown_is_sent_away() -> None:
    server = published()
    for username, password in ((b"FUND", b"wrong"), (b"OTHER", b""), (b"", b"")):
        found, is_closed = asked(server, replay_text(b"A", [(b"553", username), (b"554", password)]))
        assert (found, is_closed) == ([(1, int(ADMIN_LOGOUT), "username or password unknown")], True)
    assert asked(server, request(CHANNEL, 1, 1))[0][0][2] == "unexpected message"
    assert asked(server, replay_text(b"5", [])) == ([], True)
