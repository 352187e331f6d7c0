"""The simulated retransmission service, by bytes made by hand: who logs on, who is refused, what is sent again."""

import struct

from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.venues.simulated.omd_retransmission import OmdRetransmissionPeer, OmdRetransmissionServer
from cross_market_connect.wire.omd.omd_d_messages import OMD_D

SECOND = 1_000_000_000
UTC_NS = 1_609_725_600_000_000_000
CHANNEL = 20


def packet(seq: int, *messages: bytes) -> bytes:
    """A packet header (section 3.3): size, count, compression, number, time, all little-endian."""
    content = b"".join(messages)
    return struct.pack("<HBBIQ", 16 + len(content), len(messages), 0, seq, UTC_NS) + content


def logon(username: bytes) -> bytes:
    """Logon (101), section 3.5.1: sixteen bytes with a name of twelve, padded with NUL."""
    return packet(0, b"\x10\x00\x65\x00" + username.ljust(12, b"\0"))


def request(channel: int, begin: int, end: int) -> bytes:
    """Retransmission Request (201), section 3.5.3."""
    return packet(0, b"\x10\x00\xc9\x00" + struct.pack("<HHII", channel, 0, begin, end))


def logon_response(status: int) -> bytes:
    """Logon Response (102), section 3.5.2."""
    return packet(0, b"\x08\x00\x66\x00" + bytes([status, 0, 0, 0]))


def response(channel: int, status: int, begin: int, end: int) -> bytes:
    """Retransmission Response (202), section 3.5.4."""
    return packet(0, b"\x10\x00\xca\x00" + struct.pack("<HBBII", channel, status, 0, begin, end))


def message(number: int) -> bytes:
    """Some message of eight bytes with its number in it; the service does not look inside."""
    return struct.pack("<HHI", 8, 105, number)


HEARTBEAT = packet(0)


def published() -> OmdRetransmissionServer:
    """Messages 1 to 9 in packets of three."""
    server = OmdRetransmissionServer(OMD_D, [CHANNEL], ["FUND", "OTHER"])
    for first in (1, 4, 7):
        server.note(CHANNEL, packet(first, *[message(first + at) for at in range(3)]))
    server.note(CHANNEL, packet(9))  # a heartbeat is nothing to keep
    server.note(99, packet(1, message(1)))
    return server


def logged_on(server: OmdRetransmissionServer, username: bytes = b"FUND") -> OmdRetransmissionPeer:
    peer = OmdRetransmissionPeer(server, 0)
    peer.receive(logon(username), 0, UTC_NS)
    assert peer.take_output() == logon_response(0)
    return peer


def test_who_may_log_on_does_and_nobody_twice() -> None:
    server = published()
    peer = logged_on(server)
    for username, status in ((b"FUND", 100), (b"NOBODY", 5)):
        refused = OmdRetransmissionPeer(server, 0)
        refused.receive(logon(username), 0, UTC_NS)
        assert (refused.take_output(), refused.is_closed) == (logon_response(status), True)
    peer.close()
    logged_on(server)


def test_messages_come_as_they_were_published_cut_where_the_request_begins_and_ends() -> None:
    peer = logged_on(published())
    peer.receive(request(CHANNEL, 2, 8), 0, UTC_NS)
    assert peer.take_output() == b"".join(
        [
            response(CHANNEL, 0, 2, 8),
            packet(2, message(2), message(3)),
            packet(4, message(4), message(5), message(6)),
            packet(7, message(7), message(8)),
        ]
    )


def test_a_request_in_pieces_is_one_request() -> None:
    peer = logged_on(published())
    for byte in request(CHANNEL, 5, 5):
        assert peer.take_output() == b""
        peer.receive(bytes([byte]), 0, UTC_NS)
    assert peer.take_output() == response(CHANNEL, 0, 5, 5) + packet(5, message(5))


def test_what_is_not_granted_is_refused_with_its_status() -> None:
    server = published()
    server.limits.range_max = 4
    server.limits.day_max = 2
    peer = logged_on(server)
    expected = [
        ((21, 1, 2), 1),
        ((CHANNEL, 1, 5), 100),
        ((CHANNEL, 8, 10), 2),
        ((CHANNEL, 1, 4), 0),
        ((CHANNEL, 9, 9), 0),
        ((CHANNEL, 1, 1), 101),
    ]
    for (channel, begin, end), status in expected:
        peer.receive(request(channel, begin, end), 0, UTC_NS)
        answer = response(channel, status, begin, end)
        assert peer.take_output()[: len(answer)] == answer
    assert not peer.is_closed


def test_only_the_last_messages_are_kept() -> None:
    server = OmdRetransmissionServer(OMD_D, [CHANNEL], ["FUND"])
    server.limits.kept_max = 4
    for seq in range(1, 8):
        server.note(CHANNEL, packet(seq, message(seq)))
    peer = logged_on(server)
    for begin, status in ((3, 2), (4, 0)):
        peer.receive(request(CHANNEL, begin, 7), 0, UTC_NS)
        answer = response(CHANNEL, status, begin, 7)
        assert peer.take_output()[: len(answer)] == answer


def test_heartbeats_are_to_be_answered_and_log_ons_to_come_in_time() -> None:
    server = published()
    late = OmdRetransmissionPeer(server, 0)
    assert late.next_timer_ns() == 5 * SECOND
    late.handle_timer(5 * SECOND, UTC_NS)
    assert (late.is_closed, late.next_timer_ns()) == (True, NO_TIMER)
    peer = logged_on(server)
    for number in (1, 2):
        assert peer.next_timer_ns() == 30 * number * SECOND
        peer.handle_timer(30 * number * SECOND, UTC_NS)
        assert (peer.take_output(), peer.next_timer_ns()) == (HEARTBEAT, (30 * number + 5) * SECOND)
        if number == 1:
            peer.receive(HEARTBEAT, 31 * SECOND, UTC_NS)
    peer.handle_timer(65 * SECOND, UTC_NS)
    assert (peer.is_closed, server.connected) == (True, [])


def test_what_is_no_conversation_ends_it() -> None:
    for data in (request(CHANNEL, 1, 1), b"\x04\x00\x00\x00", packet(0, b"\x09\x00\x65\x00")):
        peer = OmdRetransmissionPeer(published(), 0)
        peer.receive(data, 0, UTC_NS)
        assert (peer.is_closed, peer.take_output()) == (True, b"")
