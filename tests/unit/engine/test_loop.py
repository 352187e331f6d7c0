"""The loop over real loopback sockets, with the core's fake connections and venues that are threads."""

import contextlib
import gc
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from cross_market_connect.console.page import ViewReader
from cross_market_connect.domain.book import Book
from cross_market_connect.domain.clock import CalendarClock
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.numbers import NO_TIMER, UNSTAMPED
from cross_market_connect.domain.records import (
    ALERT,
    CLOCK_SAMPLE,
    CONNECTION,
    DURABILITY,
    LEG_ORDER,
    OPERATOR,
    SENT,
    STANDSTILL,
)
from cross_market_connect.domain.step import Step
from cross_market_connect.engine.core import EngineCore
from cross_market_connect.engine.loop import UNSENT_BYTES_MAX, EngineLoop
from cross_market_connect.engine.publisher import COUNTER_NAMES, ViewPublisher
from cross_market_connect.engine.sockets import QUEUED_NS_MAX, SystemNetwork, queued_ns
from cross_market_connect.engine.targets import FeedTarget, StreamTarget
from cross_market_connect.engine.view import (
    InstrumentLayout,
    LegLayout,
    SourceLayout,
    SpreadLayout,
    ViewLayout,
    ViewWriter,
)
from cross_market_connect.journal.store import MemorySegmentStore
from cross_market_connect.journal.sync_thread import SyncThread
from cross_market_connect.journal.writer import open_log
from cross_market_connect.trading.gates import GATE_NAMES
from tests.unit.engine.test_core import FEED, ORDERS_A, ORDERS_B, QUOTES, UTC, FakeFeed, FakeGateway, FakeQuotes, World

PATIENCE_S = 60.0
LOOPBACK = "127.0.0.1"
GROUP, REFRESH_GROUP, SECOND_GROUP = "239.255.77.1", "239.255.77.2", "239.255.77.3"
RETRY_NS = 20_000_000


def wait_until(condition: Callable[[], bool]) -> None:
    """Look until it holds."""
    for _ in range(int(PATIENCE_S / 0.005)):
        if condition():
            return
        time.sleep(0.005)
    raise AssertionError("waited in vain")


def free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


class Venue:
    """A listener with one thread: logs on who says logon, logs off who says logout, keeps everything it reads.

    Args:
        port: 0 for any.
    """

    def __init__(self, port: int = 0) -> None:
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.listener.bind((LOOPBACK, port))
        self.listener.listen()
        self.port = int(self.listener.getsockname()[1])
        self.peers: list[socket.socket] = []
        self.received = b""
        self.reads = threading.Event()
        self.reads.set()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self.listener.accept()
                self.peers.append(peer)
                self._talk(peer)

    def _talk(self, peer: socket.socket) -> None:
        with contextlib.suppress(OSError):
            peer.sendall(b"on")
            while True:
                self.reads.wait()
                data = peer.recv(65_536)
                self.received += data
                if not data:
                    return
                if self.received.endswith(b"logout"):
                    peer.sendall(b"off")

    def send(self, data: bytes) -> None:
        self.peers[-1].sendall(data)

    def close(self) -> None:
        self.reads.set()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        # The thread may be about to keep a peer that it has just accepted: none is left open once it has ended.
        while self.thread.is_alive():
            for peer in list(self.peers):
                with contextlib.suppress(OSError):
                    peer.shutdown(socket.SHUT_RDWR)
            self.thread.join(0.01)
        for peer in self.peers:
            peer.close()


class QuoteVenue(Venue):
    """Sends no log-on: every read of the fake feed is a quote."""

    def _talk(self, peer: socket.socket) -> None:
        return


class LeavingQuotes(FakeQuotes):
    """Has nothing to wait for once it is to log out."""

    leaving = False

    def log_out(self, reason: str) -> None:
        self.leaving = True

    def must_close(self) -> bool:
        return self.leaving


class AskingFeed(FakeFeed):
    """Keeps what it receives, and wants its refresh channel when told so."""

    asks = False

    def __init__(self, step: Step, book: Book) -> None:
        super().__init__(step, book)
        self.seen: list[tuple[bool, bytes]] = []
        self.queued_ns: list[int] = []

    def receive(self, is_refresh: bool, data: bytes) -> None:
        self.seen.append((bool(is_refresh), data))
        self.queued_ns.append(int(self.step.queued_ns))
        super().receive(is_refresh, data)

    def wants_refresh(self) -> bool:
        return self.asks


class Bench:
    """The core's world behind a loop, with its venues, its page, and a wake-up pipe."""

    def __init__(self, directory: Path) -> None:
        self.world = World()
        self.core: EngineCore = self.world.core
        self.core.clock = CalendarClock(time.monotonic_ns(), UTC, 1000, [], [])
        for stream in self.core.streams:
            if stream is not None:
                stream.reconnect_ns = RETRY_NS
        quotes = self.core.streams[QUOTES]
        assert quotes is not None
        quotes.connection = quotes.quotes = LeavingQuotes(self.core.step, self.core.books[0])
        self.asking = AskingFeed(self.core.step, self.core.books[1])
        self.core.feeds[FEED] = self.asking
        self.venues: dict[int, Venue] = {}
        for source, make in ((ORDERS_A, Venue), (ORDERS_B, Venue), (QUOTES, QuoteVenue)):
            self.venues[source] = make()
        self.targets = [
            StreamTarget(source, str(source), LOOPBACK, venue.port, b"{secret}", b"")
            for source, venue in self.venues.items()
        ]
        lines = [(GROUP, free_udp_port()), (SECOND_GROUP, free_udp_port())]
        self.feed = FeedTarget(FEED, "feed", LOOPBACK, lines, [(REFRESH_GROUP, free_udp_port())])
        self.log = open_log(MemorySegmentStore(1 << 24), "1", 1 << 20, 0, 1)
        self.sync = SyncThread(self.log, 1_000_000)
        self.page = directory / "page"
        self.view = ViewWriter(str(self.page), layout())
        self.loop = self.new_loop(NO_TIMER)
        self.wake_reader, self.wake_writer = os.pipe()
        self.parent = -1
        self.sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(LOOPBACK))
        self.sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 0)

    def new_loop(self, end_utc_ns: int, demo_calendar: bool = True) -> EngineLoop:
        publisher = ViewPublisher(self.view, self.core, self.log)
        arguments = (self.sync, publisher, self.targets, [self.feed], False, demo_calendar, end_utc_ns)
        self.network = SystemNetwork()
        return EngineLoop(self.network, self.core, self.log, None, *arguments)

    def run(self, script: Callable[[], None]) -> None:
        """Run the loop here and the script in a thread; when the script is over, so is the loop."""

        def play() -> None:
            try:
                script()
            finally:
                os.write(self.wake_writer, b"\x02")

        self.loop.open(self.wake_reader, self.parent)
        with ThreadPoolExecutor(1) as pool:
            player = pool.submit(play)
            try:
                self.loop.run()
            finally:
                self.loop.close()
                gc.enable()
                gc.unfreeze()
        player.result()

    def close(self) -> None:
        for venue in self.venues.values():
            venue.close()
        self.sender.close()
        self.view.close()
        for descriptor in (self.wake_reader, self.wake_writer):
            os.close(descriptor)

    # what scripts do

    def all_up(self) -> None:
        wait_until(lambda: all(self.core.streams[source].was_up for source in (ORDERS_A, ORDERS_B)))  # type: ignore[union-attr]
        wait_until(lambda: len(self.venues[QUOTES].peers) == 1)

    def datagram(self, data: bytes, refresh: bool = False, line: int = 0) -> None:
        self.sender.sendto(data, (self.feed.refresh if refresh else self.feed.live)[line])

    def trigger(self) -> None:
        """Quotes until both legs are ordered: a datagram on its way is nobody's promise."""

        def look() -> bool:
            self.venues[QUOTES].send(b"99 100")
            self.datagram(b"106 107")
            time.sleep(0.02)
            return len(self.of(LEG_ORDER)) == 2

        wait_until(look)

    def of(self, kind: int) -> list[dict[str, Any]]:
        return self.world.sink.of(kind)

    def connections(self, source: int) -> list[tuple[int, str]]:
        return [(row["connected"], row["reason"]) for row in self.of(CONNECTION) if row["source"] == source]


def layout() -> ViewLayout:
    instruments = [
        InstrumentLayout(f"XTST.I{index}", "one", "一", "XTST", "Test", "测试", 28800, "CNY", 0, 1, False, True)
        for index in range(2)
    ]
    spread = SpreadLayout("test", "test", "points", 2, [LegLayout(0, 1, 1.0, 1.0)] * 2, -5.0, 100.0, 500.0, -500.0)
    sources = [SourceLayout(str(source), "源", "feed", "XTST") for source in range(4)]
    return ViewLayout("engine", "1", 1000, instruments, [spread], sources, list(GATE_NAMES), list(COUNTER_NAMES))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.close()


# ---------------------------------------------------------------------- orders


def test_a_quote_in_and_both_legs_out_with_their_measurements(bench: Bench) -> None:
    def script() -> None:
        bench.all_up()
        bench.trigger()
        for source in (ORDERS_A, ORDERS_B):
            wait_until(lambda source=source: len(bench.venues[source].received) == len(b"logon1000000001"))  # type: ignore[misc]
            bench.venues[source].send(b"fill")
        wait_until(lambda: len(bench.core.desk.ended_ids) == 1)

    bench.run(script)
    orders = bench.of(LEG_ORDER)
    for source, order in zip((ORDERS_A, ORDERS_B), orders, strict=True):
        assert order["route"] == source
        assert bench.venues[source].received == b"logon%dlogout" % order["client_order_id"]
    sent = [record for record in bench.world.sink.records if record[0] == SENT]
    assert [record[4]["client_order_id"] for record in sent] == [order["client_order_id"] for order in orders]
    for kind, cause, _, now_ns, fields in sent:
        assert bench.world.sink.records[cause - 1][4]["client_order_id"] == fields["client_order_id"], kind
        assert fields["sent_ns"] >= now_ns
        assert fields["sent_bytes"] == len(b"1000000001")
    assert [int(lots) for lots in bench.core.desk.ledger.position_lots] == [2, -2]


def test_the_page_shows_the_end_of_the_run(bench: Bench) -> None:
    bench.run(bench.all_up)
    snapshot = ViewReader(bench.page).read()
    assert snapshot is not None
    assert snapshot.engine_state == "stopped"
    assert snapshot.counters["inputs"] == bench.core.input_seq


# ---------------------------------------------------------------------- sends that do not take everything


class ThickGateway(FakeGateway):
    """Says a lot when it logs on, through a socket that takes little at a time."""

    bench: Bench
    text = b""

    def opened(self) -> None:
        thick = self.bench.network.sockets[self.bench.targets[ORDERS_A].handle]
        thick.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        self.sent.append(self.text)


def with_thick_gateway(bench: Bench, text: bytes) -> None:
    gateway = ThickGateway(ORDERS_A, bench.core.step)
    gateway.bench, gateway.text = bench, text
    stream = bench.core.streams[ORDERS_A]
    assert stream is not None
    stream.connection = stream.gateway = gateway


@pytest.mark.slow
def test_a_short_send_keeps_the_rest_in_order_and_measures_the_order_when_its_last_byte_left(bench: Bench) -> None:
    text = b"".join(b"%07d " % number for number in range(50_000))
    with_thick_gateway(bench, text)
    venue = bench.venues[ORDERS_A]
    venue.reads.clear()
    measured: list[list[int]] = []

    def script() -> None:
        bench.all_up()
        bench.trigger()
        wait_until(lambda: len(bench.of(SENT)) == 1)
        measured.append([row["source"] for row in bench.of(SENT)])
        venue.reads.set()
        wait_until(lambda: len(bench.of(SENT)) == 2)
        measured.append([row["source"] for row in bench.of(SENT)])
        for source in (ORDERS_A, ORDERS_B):
            bench.venues[source].send(b"fill")
        wait_until(lambda: len(bench.core.desk.ended_ids) == 1)

    bench.run(script)
    order = bench.of(LEG_ORDER)[0]["client_order_id"]
    # However long that took: the order's state was asked for, behind it.
    assert venue.received.replace(b"query", b"") == text + b"%dlogout" % order
    assert measured == [[ORDERS_B], [ORDERS_B, ORDERS_A]]


def test_a_peer_that_does_not_read_is_cut_off_at_the_limit_and_connected_again(bench: Bench) -> None:
    with_thick_gateway(bench, bytes(UNSENT_BYTES_MAX + 1_000_000))
    bench.venues[ORDERS_A].reads.clear()

    def script() -> None:
        wait_until(lambda: len(bench.connections(ORDERS_A)) >= 3)

    bench.run(script)
    (made, _), (lost, reason), (again, _) = bench.connections(ORDERS_A)[:3]
    assert (made, lost, again) == (1, 0, 1)
    assert reason.startswith("the peer does not read: ")
    assert int(reason.split()[5]) > UNSENT_BYTES_MAX


# ---------------------------------------------------------------------- connections


def test_a_refused_connection_is_tried_again_until_somebody_listens(bench: Bench) -> None:
    port = bench.venues[ORDERS_B].port
    bench.venues[ORDERS_B].close()

    def script() -> None:
        wait_until(lambda: len(bench.connections(ORDERS_B)) >= 2)
        bench.venues[ORDERS_B] = Venue(port)
        bench.all_up()

    bench.run(script)
    seen = bench.connections(ORDERS_B)
    refused = [row for row in seen if row == (0, "Connection refused")]
    assert len(refused) >= 2
    assert seen[len(refused)] == (1, "")


def test_a_connection_that_the_peer_closes_is_told_and_made_again(bench: Bench) -> None:
    def script() -> None:
        bench.all_up()
        bench.venues[ORDERS_A].peers[0].shutdown(socket.SHUT_WR)
        wait_until(lambda: len(bench.connections(ORDERS_A)) >= 3)
        bench.all_up()

    bench.run(script)
    assert bench.connections(ORDERS_A)[:3] == [(1, ""), (0, "closed by the peer"), (1, "")]


def test_the_secret_stands_in_the_bytes_and_nowhere_else(bench: Bench) -> None:
    """A FIX log-on whose length and check sum hold with the secret in place: 3 bytes more than the placeholder."""
    body = b"35=A\x01554={secret}\x01"
    message = b"8=FIX.4.4\x019=%d\x01" % len(body) + body
    message += b"10=%03d\x01" % (sum(message) % 256)
    with_thick_gateway(bench, message)
    bench.targets[ORDERS_A].secret = b"correct pony"

    def script() -> None:
        wait_until(lambda: bench.venues[ORDERS_A].received.endswith(b"\x01"))

    bench.run(script)
    received = bench.venues[ORDERS_A].received.removesuffix(b"logout")
    expected = b"8=FIX.4.4\x019=%d\x0135=A\x01554=correct pony\x01" % (len(body) + 4)
    assert received == expected + b"10=%03d\x01" % (sum(expected) % 256)
    assert "correct pony" not in str(bench.world.sink.records)


# ---------------------------------------------------------------------- stop


def test_a_byte_of_the_wake_descriptor_stops_cleanly_once(bench: Bench) -> None:
    bench.run(bench.all_up)
    assert [(row["command"], row["reason"]) for row in bench.of(OPERATOR)] == [("stop", "signal")]
    assert bench.core.finished
    for source in (ORDERS_A, ORDERS_B):
        assert bench.venues[source].received.endswith(b"logout")
        assert bench.connections(source)[-1] == (0, "session ended")


def test_what_a_parent_says_is_passed_over_and_its_end_is_ours(bench: Bench) -> None:
    bench.parent, writer = os.pipe()

    def script() -> None:
        bench.all_up()
        os.write(writer, b"anything\n")
        inputs = bench.core.input_seq
        bench.venues[QUOTES].send(b"1 2")
        wait_until(lambda: bench.core.input_seq > inputs)
        assert bench.of(OPERATOR) == []
        os.close(writer)
        wait_until(lambda: bench.core.stopping)

    bench.run(script)
    os.close(bench.parent)
    assert [row["reason"] for row in bench.of(OPERATOR)] == ["the parent process is gone"]


def test_the_calendar_ends_the_run(bench: Bench) -> None:
    bench.loop.close()
    bench.loop = bench.new_loop(UTC)

    bench.run(lambda: wait_until(lambda: bench.core.stopping))
    assert [row["reason"] for row in bench.of(OPERATOR)] == ["end of the demonstration"]


# ---------------------------------------------------------------------- feeds and disk


def test_the_refresh_channel_is_read_while_it_is_wanted_and_only_then(bench: Bench) -> None:
    feed = bench.asking

    def send_until(data: bytes, refresh: bool, line: int = 0) -> None:
        def look() -> bool:
            bench.datagram(data, refresh, line)
            time.sleep(0.01)
            return (refresh, data) in feed.seen

        wait_until(look)

    def script() -> None:
        send_until(b"3 4", False)
        send_until(b"4 5", False, line=1)
        assert bench.feed.refresh_handles == []
        bench.datagram(b"unwanted", True)
        feed.asks = True
        wait_until(lambda: bench.feed.refresh_handles != [])
        send_until(b"refresh", True)
        feed.asks = False
        wait_until(lambda: bench.feed.refresh_handles == [])
        bench.datagram(b"unwanted", True)
        send_until(b"5 6", False)

    bench.run(script)
    assert b"unwanted" not in [data for _, data in feed.seen]
    captured = {(source, data) for source, _, _, _, data in bench.world.capture.packets}
    assert (FEED + 512, b"refresh") in captured
    assert (FEED, b"3 4") in captured


@pytest.mark.parametrize(("late_ms", "is_told"), [(-60_000, False), (50, True)])
def test_a_turn_that_begins_late_is_an_input_with_the_time_of_the_turn_before(
    bench: Bench, late_ms: int, is_told: bool
) -> None:
    loop = bench.loop
    loop.begin()
    now_ns = time.monotonic_ns()
    loop.turned_ns, loop.turn_due_ns = now_ns - 300_000_000, now_ns - late_ms * 1_000_000
    loop.turn([])
    told = [row["since_ns"] for row in bench.of(STANDSTILL)]
    assert told == ([now_ns - 300_000_000] if is_told else [])
    assert loop.turned_ns >= now_ns and loop.turn_due_ns >= loop.turned_ns
    loop.close()


def test_a_disk_fault_is_an_input_and_so_is_its_end(bench: Bench) -> None:
    def script() -> None:
        bench.all_up()
        bench.sync.failure = "log: Input/output error"
        wait_until(lambda: len(bench.of(DURABILITY)) == 1)
        bench.sync.failure = ""
        wait_until(lambda: len(bench.of(DURABILITY)) == 2)

    bench.run(script)
    assert [(row["durable"], row["reason"]) for row in bench.of(DURABILITY)] == [
        (0, "log: Input/output error"),
        (1, ""),
    ]


def test_a_calendar_that_is_the_machines_own_is_compared_with_it(bench: Bench) -> None:
    bench.loop.close()
    bench.loop = bench.new_loop(NO_TIMER, demo_calendar=False)

    def script() -> None:
        wait_until(lambda: bool(bench.loop.sample_due_ns != NO_TIMER))
        bench.loop.sample_due_ns = 0
        wait_until(lambda: len(bench.of(CLOCK_SAMPLE)) == 1)

    bench.run(script)
    assert abs(bench.of(CLOCK_SAMPLE)[0]["utc_ns"] - time.time_ns()) < 3600 * 10**9


@pytest.mark.slow
def test_a_disk_that_does_not_answer_is_told_and_so_is_its_answer(bench: Bench) -> None:
    """FC-43: nothing new is opened while a record of half a second ago is not durable."""

    def script() -> None:
        bench.all_up()
        bench.log.append(SENT, 0, 1, 0, b"")
        wait_until(lambda: len(bench.of(DURABILITY)) == 1)
        bench.log.sync()
        wait_until(lambda: len(bench.of(DURABILITY)) == 2)

    bench.run(script)
    assert [(row["durable"], row["reason"]) for row in bench.of(DURABILITY)] == [
        (0, "the disk has not confirmed a record for 500 ms"),
        (1, ""),
    ]


@pytest.mark.parametrize(
    ("interface", "group"), [("192.0.2.77", GROUP), (LOOPBACK, "127.0.0.2"), (LOOPBACK, "10.255.255.1")]
)
def test_a_group_that_cannot_be_joined_is_one_error_with_the_source(interface: str, group: str) -> None:
    with pytest.raises(InputError, match=rf"source hkex: {group}:\d+ on {interface}: .*; expected a free port"):
        SystemNetwork().open_multicast("hkex", interface, group, free_udp_port())


def test_what_the_kernel_stamps_is_as_old_as_it_says(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.feed.wants_stamps = True
    bench.core.stamps.expect(FEED)
    sent_ns = time.monotonic_ns()

    def script() -> None:
        def look() -> bool:
            bench.datagram(b"3 4")
            return len(bench.asking.seen) > 0

        wait_until(look)

    bench.run(script)
    bench.close()
    [waited_ns, *_] = bench.asking.queued_ns
    assert 0 <= waited_ns <= time.monotonic_ns() - sent_ns
    assert "no_kernel_stamps" not in [row["code"] for row in bench.of(ALERT)]


def test_a_wait_that_two_readings_of_a_clock_cannot_mean_is_no_stamp() -> None:
    waits = [queued_ns(1_000, 1_000 - waited) for waited in (0, 5, -1, int(QUEUED_NS_MAX) + 1)]
    assert waits == [0, 5, UNSTAMPED, UNSTAMPED]
