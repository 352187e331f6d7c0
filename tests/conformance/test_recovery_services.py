"""The recovery services over real sockets: a lost datagram is asked for over TCP, and the book is live again.

The engine is built from a configuration, the servers are the simulated venue's, and the run is decided again afterwards
from its log and capture, record by record.
"""

import contextlib
import select
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

import pytest

from cross_market_connect.bootstrap import view_layout
from cross_market_connect.config.models import Settings
from cross_market_connect.domain.book import BOOK_LIVE
from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.domain.order import BUY, SELL
from cross_market_connect.domain.records import CONNECTION, FEED_EVENT
from cross_market_connect.engine.streams import STREAM_CONNECTED
from cross_market_connect.journal.reader import LogReader
from cross_market_connect.matching.exchange import MatchingExchange
from cross_market_connect.reference.tables import Reference, load_reference
from cross_market_connect.replay.replay import Replayer
from cross_market_connect.venues.simulated.mdp3_publisher import MdpChannelSettings, MdpPublisher
from cross_market_connect.venues.simulated.mdp3_replay import MdpReplayPeer, MdpReplayServer
from cross_market_connect.venues.simulated.omd_retransmission import OmdRetransmissionPeer, OmdRetransmissionServer
from cross_market_connect.venues.simulated.publisher import Publisher
from cross_market_connect.wire.mdp3 import DESCRIPTION_FILE
from cross_market_connect.wire.omd.omd_c_messages import OMD_C
from cross_market_connect.wire.sbe.reader import read_schema
from tests.conformance.support import (
    LOOPBACK,
    SOURCE,
    Engine,
    free_datagram_port,
    port_of,
    settings_with,
    wait_until,
)
from tests.conformance.test_omd_c_source import LIVE, SECRETS, Exchange, with_omd_c

# The stream of the first recovery service: behind the demonstration's four sources and the test's one.
RECOVERY = 5
GOLD = "XCEC.GCM1"
GROUP, REFRESH_GROUP, DEFINITION_GROUP = "239.255.77.31", "239.255.77.32", "239.255.77.33"
SNAPSHOTS, DEFINITIONS = 2, 3


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load_reference()


class Peer(Protocol):
    is_closed: bool

    def receive(self, data: bytes, now_ns: int, utc_ns: int) -> None: ...

    def take_output(self) -> bytes: ...

    def close(self) -> None: ...


class TcpServer:
    """Serves one connection after the other with a simulated service, in a thread."""

    def __init__(self, accept: Callable[[], Peer]) -> None:
        self.accept = accept
        self.lock = threading.Lock()
        self.listener = socket.create_server((LOOPBACK, 0))
        self.port = int(self.listener.getsockname()[1])
        self.connections = 0
        self.ends = False
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while not self.ends:
                client, _ = self.listener.accept()
                self.connections += 1
                with client:
                    self._talk(client)

    def _talk(self, client: socket.socket) -> None:
        with self.lock:
            peer = self.accept()
        while not self.ends and not peer.is_closed:
            if not select.select([client], [], [], 0.02)[0]:
                continue
            data = client.recv(65_536)
            with self.lock:
                if data:
                    peer.receive(data, time.monotonic_ns(), 0)
                else:
                    peer.close()
                output = peer.take_output()
            client.sendall(output)

    def close(self) -> None:
        self.ends = True
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


def events(engine: Engine) -> list[dict[str, Any]]:
    return [record.fields() for record in LogReader(engine.log_store, 1).records() if record.kind == FEED_EVENT]


def is_decided_again(engine: Engine, reference: Reference) -> bool:
    result = Replayer(engine.log_store, engine.capture_store, reference).run()
    assert result.difference == ""
    return result.identical and result.packets > 0


class LossyExchange(Exchange):
    """Keeps what it sends for the service, and loses the packets of the live channel that it is told to.

    Attributes:
        loops: the channels beside the live one are sent.
    """

    def __init__(self, engine: Engine, note: Callable[[bytes], None], *of_what: Any) -> None:
        super().__init__(engine, *of_what)
        self.note = note
        self.loops = True
        self.loses = 0
        self.lost = 0

    def send(self) -> None:
        now_ns = time.monotonic_ns()
        self.publisher.handle_timer(now_ns, now_ns)
        for channel, data in self.publisher.take_packets():
            if channel == LIVE:
                self.note(data)
            if channel == LIVE and self.loses > 0:
                self.loses -= 1
                self.lost += 1
            elif channel == LIVE or self.loops:
                self.sender.sendto(data, self.groups[channel])


def with_retransmission(reference: Reference, ports: list[int], **retransmission: object) -> Settings:
    service = {"host": LOOPBACK, "channel": LIVE, "username": "FUND", "reconnect_ms": 20, **retransmission}
    return with_omd_c(reference, ports, retransmission=service)


def test_what_is_lost_comes_from_the_retransmission_service_whose_first_server_is_down(reference: Reference) -> None:
    service = OmdRetransmissionServer(OMD_C, [LIVE], ["FUND"])
    server = TcpServer(lambda: OmdRetransmissionPeer(service, time.monotonic_ns()))
    holders = [port_of(socket.SOCK_STREAM) for _ in range(4)]
    ports = [port for port, _ in holders]
    settings = with_retransmission(
        reference, ports[1:], port=ports[0], backup={"host": LOOPBACK, "port": server.port}, answer_timeout_ms=20_000
    )
    engine = Engine(settings, reference, SECRETS)
    core = engine.core
    stream = core.streams[RECOVERY]
    assert stream is not None

    def note(data: bytes) -> None:
        with server.lock:
            service.note(LIVE, data)

    venue = LossyExchange(engine, note)

    def lose_one(name: int) -> None:
        venue.loses = 1
        venue.order(b"%d" % name, BUY, 1_000 + name, 1)
        venue.send()
        venue.order(b"%d+" % name, SELL, 1_200 - name, 1)
        wait_until(lambda: venue.is_shown((1_000 + name, 1), (1_200 - name, 1)))

    def script() -> None:
        venue.order(b"a", BUY, 1_000, 3)
        venue.order(b"b", SELL, 1_200, 4)
        wait_until(lambda: venue.is_shown((1_000, 3), (1_200, 4)))
        wait_until(lambda: stream.was_up)
        # From here on no snapshot helps.
        venue.publisher._refresh_due_ns = NO_TIMER
        for name in range(1, 6):
            lose_one(name)

    try:
        engine.run(script)
    finally:
        server.close()
        for one in (venue.sender, *(holder for _, holder in holders)):
            one.close()
    reasons = [event["reason"] for event in events(engine) if event["event"] == "repaired"]
    assert (venue.lost, reasons[-5:]) == (5, ["from the retransmission service"] * 5)
    assert service.requests == 5 and server.connections == 1
    assert stream.state != STREAM_CONNECTED, "the end of the run closes it"
    records = [record.fields() for record in LogReader(engine.log_store, 1).records() if record.kind == CONNECTION]
    tries = [fields["connected"] for fields in records if fields["source"] == RECOVERY]
    assert tries == [0, 1, 0], "refused by the first, taken by the second, closed at the end"
    assert view_layout(settings, core).sources[RECOVERY].name == "xhkg_quotes_recovery"
    assert is_decided_again(engine, reference)


def test_a_service_that_nobody_serves_leaves_everything_to_the_snapshots(reference: Reference) -> None:
    holders = [port_of(socket.SOCK_STREAM) for _ in range(4)]
    ports = [port for port, _ in holders]
    engine = Engine(with_retransmission(reference, ports[1:], port=ports[0]), reference, SECRETS)
    venue = LossyExchange(engine, lambda data: None)

    def script() -> None:
        venue.order(b"a", BUY, 1_000, 3)
        venue.order(b"b", SELL, 1_200, 4)
        wait_until(lambda: venue.is_shown((1_000, 3), (1_200, 4)))
        venue.loses = 1
        venue.order(b"c", BUY, 1_001, 1)
        venue.send()
        venue.order(b"d", SELL, 1_199, 1)
        wait_until(lambda: venue.is_shown((1_001, 1), (1_199, 1)))

    try:
        engine.run(script)
    finally:
        for one in (venue.sender, *(holder for _, holder in holders)):
            one.close()
    told = [event["event"] for event in events(engine)]
    assert "asked" not in told and told[-1] == "repaired"
    feed = engine.core.feeds[SOURCE]
    assert feed is not None and venue.book.state == BOOK_LIVE
    assert is_decided_again(engine, reference)


def test_what_is_lost_comes_from_the_tcp_replay_of_cme(reference: Reference) -> None:
    schema = read_schema(DESCRIPTION_FILE.read_text(), DESCRIPTION_FILE.name)
    service = MdpReplayServer(schema, [LIVE], {b"FUND": b"correct horse"})
    server = TcpServer(lambda: MdpReplayPeer(service))
    holders = [port_of(socket.SOCK_STREAM) for _ in range(3)]
    secrets = {**SECRETS, "XMC_REPLAY_SECRET": "correct horse"}
    replay = {
        "host": LOOPBACK,
        "port": server.port,
        "channel": LIVE,
        "username": "FUND",
        "secret_env": "XMC_REPLAY_SECRET",
        "answer_timeout_ms": 20_000,
        "reconnect_ms": 1,
    }
    source = {
        "name": "gold_quotes",
        "kind": "mdp3",
        "venue": "XCEC",
        "interface": LOOPBACK,
        "incremental": [{"group": GROUP, "port": free_datagram_port()}],
        "snapshot": [{"group": REFRESH_GROUP, "port": free_datagram_port()}],
        "definitions": [{"group": DEFINITION_GROUP, "port": free_datagram_port()}],
        "replay": replay,
    }
    engine = Engine(settings_with(reference, GOLD, source, [port for port, _ in holders]), reference, secrets)

    def gold_publisher(exchange: MatchingExchange) -> Publisher:
        return MdpPublisher(exchange, MdpChannelSettings(LIVE, SNAPSHOTS, DEFINITIONS, [41_001], schema))

    def note(data: bytes) -> None:
        with server.lock:
            service.note(LIVE, data)

    venue = LossyExchange(engine, note, GOLD, gold_publisher, (SNAPSHOTS, DEFINITIONS))
    stream, core_up = engine.core.streams[RECOVERY], engine.core.streams[0]
    assert stream is not None and core_up is not None

    def script() -> None:
        venue.order(b"a", BUY, 19_000, 3)
        venue.order(b"b", SELL, 19_100, 4)
        wait_until(lambda: venue.is_shown((19_000, 3), (19_100, 4)))
        # From here on no snapshot helps.
        venue.loops = False
        assert stream.is_resting() and not core_up.is_resting(), "nothing is missing, so nothing is connected"
        for name in range(1, 6):
            venue.loses = 1
            venue.order(b"%d" % name, BUY, 19_000 + name, 1)
            venue.send()
            venue.order(b"%d+" % name, SELL, 19_100 - name, 1)
            wait_until(lambda name=name: venue.is_shown((19_000 + name, 1), (19_100 - name, 1)))  # type: ignore[misc]

    try:
        engine.run(script)
    finally:
        server.close()
        for one in (venue.sender, *(holder for _, holder in holders)):
            one.close()
    reasons = [event["reason"] for event in events(engine) if event["event"] == "repaired"]
    assert (venue.lost, reasons[-5:]) == (5, ["from the TCP replay"] * 5)
    assert service.requests == server.connections == 5
    assert not stream.is_resting(), "the run is over"
    kept = b"".join(record.payload for record in LogReader(engine.log_store, 1).records())
    assert b"correct horse" not in kept
    assert is_decided_again(engine, reference)
