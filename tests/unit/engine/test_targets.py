"""The loop's stream targets over real loopback sockets to venues that speak TLS, or ought to."""

import contextlib
import datetime
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cross_market_connect.domain.records import ALERT, SENT, STREAM_BYTES
from cross_market_connect.engine.tls import HANDSHAKE, TlsStream
from tests.unit.engine.support_tls import Authority, Server
from tests.unit.engine.test_loop import LOOPBACK, ORDERS_A, ORDERS_B, Bench, Venue, wait_until, with_thick_gateway


class TlsVenue(Venue):
    """Says and hears the same as the others, through the system's own blocking TLS."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.context = context
        self.wrapped: list[ssl.SSLSocket] = []
        super().__init__()

    def _talk(self, peer: socket.socket) -> None:
        with contextlib.suppress(OSError):
            wrapped = self.context.wrap_socket(peer, server_side=True)
            self.peers[-1] = wrapped
            self.wrapped.append(wrapped)
            super()._talk(wrapped)


class RawVenue(Venue):
    """Does with each connection what a test says, without TLS."""

    def __init__(self, act: Callable[[socket.socket], None]) -> None:
        self.act = act
        super().__init__()

    def _talk(self, peer: socket.socket) -> None:
        with contextlib.suppress(OSError):
            self.act(peer)


class TlsBench(Bench):
    """The loop's bench, whose first order session has TLS."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.authority = Authority(directory)
        self.use(TlsVenue(self.authority.server(LOOPBACK)), self.authority.stream(LOOPBACK))

    def use(self, venue: Venue, stream: TlsStream) -> None:
        self.venues[ORDERS_A].close()
        self.venues[ORDERS_A] = venue
        self.targets[0].port = venue.port
        self.targets[0].tls = stream

    def reasons(self) -> list[str]:
        return [reason for connected, reason in self.connections(ORDERS_A) if not connected]

    def first_reason(self) -> str:
        """Why the first connection failed; the script waits until it did."""
        self.run(lambda: wait_until(lambda: len(self.reasons()) > 0))
        assert not any(connected for connected, _ in self.connections(ORDERS_A))
        return self.reasons()[0]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[TlsBench]:
    made = TlsBench(tmp_path)
    yield made
    made.close()


def test_both_legs_go_out_one_of_them_encrypted_and_the_log_holds_plain_text(bench: TlsBench) -> None:
    def script() -> None:
        bench.all_up()
        bench.trigger()
        for source in (ORDERS_A, ORDERS_B):
            wait_until(lambda source=source: len(bench.venues[source].received) == len(b"logon1000000001"))  # type: ignore[misc]
            bench.venues[source].send(b"fill")
        wait_until(lambda: len(bench.core.desk.ended_ids) == 1)

    bench.run(script)
    assert bench.connections(ORDERS_A)[0] == (1, "")
    assert bench.venues[ORDERS_A].received.startswith(b"logon") and bench.venues[ORDERS_A].received.endswith(b"logout")
    read = [row["raw"] for row in bench.of(STREAM_BYTES) if row["source"] == ORDERS_A]
    assert b"".join(read) == b"on" + b"fill" + b"off"
    wire_bytes = {row["source"]: row["sent_bytes"] for row in bench.of(SENT)}
    assert wire_bytes[ORDERS_A] > wire_bytes[ORDERS_B] == len(b"1000000001")
    assert [int(lots) for lots in bench.core.desk.ledger.position_lots] == [2, -2]


@pytest.mark.slow
def test_long_texts_in_both_directions_past_full_buffers(bench: TlsBench) -> None:
    text = b"".join(b"%07d " % number for number in range(40_000))
    with_thick_gateway(bench, text)
    venue, target = bench.venues[ORDERS_A], bench.targets[0]

    def script() -> None:
        venue.reads.clear()
        wait_until(lambda: len(target.unsent) > 0)
        venue.send(b"y" * 200_000)
        venue.reads.set()
        wait_until(lambda: len(venue.received) == len(text) and len(target.unsent) == 0)
        wait_until(lambda: sum(row["raw"].count(b"y") for row in bench.of(STREAM_BYTES)) == 200_000)

    bench.run(script)
    assert venue.received.startswith(text)


def test_a_peer_that_leaves_and_one_that_is_cut_off(bench: TlsBench) -> None:
    venue = bench.venues[ORDERS_A]
    assert isinstance(venue, TlsVenue)

    def script() -> None:
        bench.all_up()
        first = venue.wrapped[0]
        # Both halves of TLS end: the loop answers, so that this does not wait in vain.
        with contextlib.suppress(OSError):
            first.unwrap().close()
        wait_until(lambda: len(venue.wrapped) == 2 and len(bench.reasons()) == 1)
        wait_until(lambda: bench.core.streams[ORDERS_A].was_up)  # type: ignore[union-attr]
        venue.wrapped[1].shutdown(socket.SHUT_RDWR)
        wait_until(lambda: len(venue.wrapped) == 3 and len(bench.reasons()) == 2)

    bench.run(script)
    assert "closed by the peer; expected" in bench.reasons()[0]
    assert "closed by the peer without close_notify; expected" in bench.reasons()[1]


@pytest.mark.parametrize("fault", ["expired", "wrong name", "unknown authority"])
def test_a_peer_that_is_not_who_it_should_be(bench: TlsBench, fault: str, tmp_path: Path) -> None:
    past = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=2)
    server, stream = bench.authority.server(LOOPBACK), bench.authority.stream(LOOPBACK)
    if fault == "expired":
        server = bench.authority.server(LOOPBACK, not_before=past - datetime.timedelta(days=5), not_after=past)
        words = "the peer's certificate has expired; expected "
    elif fault == "wrong name":
        server, words = bench.authority.server("venue.test"), "the peer's certificate is for another name; expected "
    else:
        (tmp_path / "other").mkdir()
        stream = Authority(tmp_path / "other").stream(LOOPBACK)
        words = "the peer's certificate is of an authority that is not trusted; expected "
    venue = TlsVenue(server)
    bench.use(venue, stream)
    reason = bench.first_reason()
    assert reason.startswith(f"TLS of desk to {LOOPBACK} ({LOOPBACK}:{venue.port}, outgoing): {words}")
    # Not a byte of the session went there.
    assert venue.received == b""


def speaks_plain(peer: socket.socket) -> None:
    peer.sendall(b"8=FIX.4.4\x019=5\x0135=5\x0110=000\x01")
    peer.recv(65_536)


def cuts_at_once(peer: socket.socket) -> None:
    peer.recv(1)
    peer.shutdown(socket.SHUT_WR)
    while peer.recv(65_536):
        pass


def resets(peer: socket.socket) -> None:
    peer.recv(1)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


def says_nothing(peer: socket.socket) -> None:
    while peer.recv(65_536):
        pass


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (speaks_plain, "the peer speaks no TLS; expected its port for TLS"),
        (cuts_at_once, "the handshake was cut by the peer; expected"),
        (resets, "the handshake was cut: Connection reset by peer; expected"),
    ],
)
def test_peers_that_speak_no_tls(bench: TlsBench, act: Callable[[socket.socket], None], words: str) -> None:
    bench.use(RawVenue(act), bench.authority.stream(LOOPBACK))
    assert words in bench.first_reason()


class HalfVenue(RawVenue):
    """Answers a handshake with so many bytes of what it ought to, or with all of them and keeps the connection."""

    def __init__(self, context: ssl.SSLContext, answers: int) -> None:
        self.server = Server(context)
        self.answers = answers
        super().__init__(self.answer)

    def answer(self, peer: socket.socket) -> None:
        while data := peer.recv(65_536):
            self.server.receive(data)
            out = self.server.outgoing.read()[: self.answers]
            self.answers -= len(out)
            peer.sendall(out)


@pytest.mark.parametrize(("answers", "words"), [(0, "no answer to the handshake"), (50, "the handshake stopped")])
def test_a_handshake_has_a_deadline(bench: TlsBench, answers: int, words: str) -> None:
    venue = HalfVenue(bench.authority.server(LOOPBACK), answers)
    tls = bench.authority.stream(LOOPBACK)
    bench.use(venue, tls)

    def script() -> None:
        wait_until(lambda: tls.state == HANDSHAKE and venue.answers == 0 and words in tls.timeout_fault())
        stream = bench.core.streams[ORDERS_A]
        assert stream is not None and not bench.connections(ORDERS_A)
        stream.due_ns = 0
        wait_until(lambda: len(bench.reasons()) > 0)

    bench.run(script)
    assert words in bench.reasons()[0]


@pytest.mark.slow
def test_what_the_log_had_no_room_for_is_not_lost(bench: TlsBench) -> None:
    """The socket need not become ready again for what TLS already holds."""
    context = bench.authority.server(LOOPBACK)
    context.num_tickets = 0  # what goes past the socket must not overtake them
    venue = HalfVenue(context, 1 << 20)
    tls = bench.authority.stream(LOOPBACK)
    bench.use(venue, tls)

    def script() -> None:
        wait_until(lambda: venue.server.received == b"logon")
        tls.receive(venue.server.send(b"on"))
        bench.all_up()

    bench.run(script)


def test_a_certificate_that_expires_soon_is_an_alert(bench: TlsBench) -> None:
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=5, minutes=5)
    venue = bench.venues[ORDERS_A]
    assert isinstance(venue, TlsVenue)
    venue.context = bench.authority.server(LOOPBACK, not_after=soon)
    bench.run(bench.all_up)
    assert "the peer's certificate expires in 5 days" in bench.connections(ORDERS_A)[0][1]
    alerts = [row for row in bench.of(ALERT) if row["code"] == "certificate_expires"]
    assert [row["text_en"] for row in alerts] == [bench.connections(ORDERS_A)[0][1]]
