"""The market of the benchmarks in one process: an engine's core on real files, OMD-D packets made ahead, and two order
sessions whose counterparty fills everything.

Instruments come in pairs; each pair is one spread V = first - second. The books are ten points apart where nothing is
wanted, so thresholds at -5 and +5 fire only when a packet says so.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Final

from cross_market_connect.domain.book import BOOK_LIVE, Book
from cross_market_connect.domain.clock import CalendarClock
from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.instrument import Instrument, Session, Venue
from cross_market_connect.domain.records import CaptureSink, RecordSink
from cross_market_connect.domain.spread import (
    DIFFERENCE,
    STEP_HALT,
    LadderStep,
    SpreadDefinition,
    SpreadLeg,
    TriggerRule,
)
from cross_market_connect.domain.step import Step
from cross_market_connect.engine.core import EngineCore
from cross_market_connect.journal.capture import CAPTURE_SEGMENT_BYTES, open_capture
from cross_market_connect.journal.file_store import capture_store, log_store
from cross_market_connect.journal.pcapng import UDP
from cross_market_connect.journal.writer import open_log
from cross_market_connect.reference.sessions import continuous_clock
from cross_market_connect.trading.reservation import Limits
from cross_market_connect.venues.fix_broker.orders import FixOrders
from cross_market_connect.venues.hkex.omd_d_feed import OmdDerivativesFeed
from cross_market_connect.wire.fix.encoder import MSG_EXECUTION_REPORT, MSG_NEW_ORDER_SINGLE, BodyWriter, Template
from cross_market_connect.wire.fix.messages import ExecutionReport, execution_report, symbol_template
from cross_market_connect.wire.fix.session import FixSession
from cross_market_connect.wire.fix.settings import ROLE_ACCEPTOR, ROLE_INITIATOR, SessionSettings
from cross_market_connect.wire.fix.versions import dictionary_of
from cross_market_connect.wire.omd.family import (
    ACTION_CHANGE,
    ACTION_NEW,
    SIDE_BID,
    SIDE_OFFER,
)
from cross_market_connect.wire.omd.omd_d_writer import OmdDWriter

UTC_NS: Final = 1_609_725_600_000_000_000  # 2021-01-04 10:00 in China
SECOND_NS: Final = 1_000_000_000
ORDERS_A: Final = 0
ORDERS_B: Final = 1
FEED: Final = 2
MIC: Final = "XHKF"
ORDERBOOK_BASE: Final = 10_001
LOG_SEGMENT_BYTES: Final = 64 * 1024 * 1024
LEVELS: Final = 5
LEVEL_SPACING: Final = 50
BASE_PRICE: Final = 20_000
HUGE: Final = 10**15


def instrument(index: int) -> Instrument:
    """A future with one point per tick."""
    venue = Venue(MIC, "Benchmark", "基准", 28_800, 1_440)
    session = Session("day", [0], [1_440])
    made = Instrument(index, f"{MIC}.B{index}", venue, f"B{index}", "Benchmark", "基准", "CNY", 0, 1, 10_000, session)
    made.margin_per_lot_e4 = 10_000
    return made


def definition(index: int) -> SpreadDefinition:
    """V = first - second of one pair: one lot each, bought at or below -5, sold at or above +5, closed at 0."""
    rule = TriggerRule(DIFFERENCE, -5.0, 0.0, 5.0, 0.0)
    rule.triggers_max = 6_000
    rule.skew_ns_max = rule.closing_margin_ns = 3_600 * SECOND_NS
    legs = [
        SpreadLeg(2 * index, 1, 1_000_000_000, 1.0, ORDERS_A, "bench", 1, 3_600 * SECOND_NS, 1.0),
        SpreadLeg(2 * index + 1, -1, 1_000_000_000, 1.0, ORDERS_B, "bench", 1, 3_600 * SECOND_NS, 1.0),
    ]
    ladder = [LadderStep(STEP_HALT, 1, 0, 0, SECOND_NS)]
    return SpreadDefinition(index, f"bench{index}", "1", legs, rule, ladder, 1, 1, 50_000, 10 * SECOND_NS)


def wide_limits(instruments: int, spreads: int) -> Limits:
    """Every row is set and none refuses."""
    limits = Limits(instruments, spreads, 3)
    for index in range(instruments):
        limits.order_lots_max[index] = limits.position_lots_max[index] = HUGE
        limits.order_value_e4_max[index] = HUGE
    for index in range(spreads):
        limits.naked_e4_max[index] = HUGE
    for route in range(3):
        limits.margin_e4_max[route] = HUGE
        limits.orders_per_second_max[route] = 10_000
    return limits


class Counterparty:
    """The other end of one order session: logs on and fills every order at its limit.

    Args:
        comp_id, client_comp_id: both ends' names; mic: of the market, for the reports.
    """

    def __init__(self, comp_id: bytes, client_comp_id: bytes = b"BENCH", mic: bytes = MIC.encode()) -> None:
        settings = SessionSettings(b"FIX.4.4", comp_id, client_comp_id, ROLE_ACCEPTOR, 600, sending_time_tolerance_s=0)
        self.mic = mic
        self.session = FixSession(settings, dictionary_of("FIX.4.4"), 1, 1)
        self.session.connection_opened(0)
        self.writer = BodyWriter()
        self.templates: dict[bytes, Template] = {}
        self.executions = 0

    def answer(self, data: bytes, now_ns: int) -> bytes:
        """What it sends back to these bytes."""
        self.session.receive(data, now_ns, UTC_NS)
        for message in self.session.take_messages():
            if message.msg_type == MSG_NEW_ORDER_SINGLE:
                self.executions += 1
                report = ExecutionReport()
                report.order_id = report.exec_id = b"%d" % self.executions
                report.cl_ord_id = message.get(11)
                report.exec_type, report.ord_status = ord("F"), ord("2")
                report.side, report.ord_type = message.get_char(54), ord("2")
                report.order_quantity = report.last_quantity = report.cumulative_quantity = message.get_int(38, 0)
                report.last_price_units = report.average_price_units = message.get_int(44, 0)
                report.transact_utc_ns = UTC_NS
                symbol = message.get(55)
                template = self.templates.setdefault(symbol, symbol_template(symbol, self.mic))
                body = execution_report(self.writer, template, report)
                self.session.send(MSG_EXECUTION_REPORT, body, now_ns, UTC_NS)
        return self.session.data_to_send()


def bench_core(log: RecordSink, capture: CaptureSink, definitions: list[SpreadDefinition], now_ns: int) -> EngineCore:
    """A core over one pair of instruments for each definition; its books are `core.books`."""
    count = 2 * len(definitions)
    instruments = [instrument(index) for index in range(count)]
    hours = continuous_clock(28_800, 1_440, [0], [1_440], 20_200_101, 20_401_231, [])
    return EngineCore(
        Step(log),
        capture,
        CalendarClock(now_ns, UTC_NS, 1_000, [], []),
        instruments,
        [Book(index) for index in range(count)],
        [hours for _ in instruments],
        definitions,
        wide_limits(count, len(definitions)),
        [10_000 for _ in instruments],
        [SECOND_NS, SECOND_NS, 0],
    )


def add_sources(core: EngineCore) -> None:
    """Both order sessions, then the feed of all instruments."""
    for source, peer in ((ORDERS_A, b"A"), (ORDERS_B, b"B")):
        settings = SessionSettings(b"FIX.4.4", b"BENCH", peer, ROLE_INITIATOR, 600, sending_time_tolerance_s=0)
        core.add_stream(FixOrders(source, settings, core.step, core.instruments, MIC, "bench", 1, 1), None, SECOND_NS)
    ids = {ORDERBOOK_BASE + index: index for index in range(len(core.instruments))}
    core.add_feed(OmdDerivativesFeed(FEED, core.step, core.instruments, core.books, ids))


def distance(level: int) -> int:
    """Of a level from the middle, in ticks: the best may move by less than LEVEL_SPACING without passing another."""
    return 1 if level == 1 else level * LEVEL_SPACING


class PacketMaker:
    """OMD-D packets of `pairs` pairs, with the sequence numbers that follow."""

    def __init__(self, pairs: int) -> None:
        self.pairs = pairs
        self.writer = OmdDWriter()
        self.seq = 1
        self.refresh_seq = 1

    def heartbeat(self) -> bytes:
        """Nothing new on the real-time channel."""
        return self.writer.heartbeat(self.seq - 1, UTC_NS)

    def refresh_cycle(self) -> list[bytes]:
        """Whole books of every instrument, as of the last packet of the real-time channel."""
        count = 2 * self.pairs
        cycle = [self.refresh_packet([])]
        cycle += [self.refresh_packet(list(range(at, min(at + 4, count)))) for at in range(0, count, 4)]
        return [*cycle, self.refresh_packet([])]

    def refresh_packet(self, indexes: list[int]) -> bytes:
        """Whole books of these instruments on the refresh channel; none is the end of a cycle."""
        self.writer.start(self.refresh_seq, UTC_NS)
        for index in indexes:
            self.writer.begin_book(ORDERBOOK_BASE + index)
            for level in range(1, LEVELS + 1):
                self.writer.add_entry(50, BASE_PRICE - distance(level), 1, SIDE_BID, level, ACTION_NEW)
                self.writer.add_entry(50, BASE_PRICE + distance(level), 1, SIDE_OFFER, level, ACTION_NEW)
            self.writer.end_book()
        if not indexes:
            self.writer.add_refresh_complete(self.seq - 1)
        self.refresh_seq += len(indexes) if indexes else 1
        return self.writer.finish()

    def quote_packet(self, indexes: list[int], entries: int, turn: int, first_level: int = 1) -> bytes:
        """Sizes that differ from those before, `entries` per message, with no best price moved.

        Args:
            first_level: 2 leaves the best prices alone, wherever `best_packet` has put them.
        """
        self.writer.start(self.seq, UTC_NS + turn)
        levels = LEVELS - first_level + 1
        for number, index in enumerate(indexes):
            self.writer.begin_book(ORDERBOOK_BASE + index)
            for at in range(entries):
                level = at // 2 % levels + first_level
                is_bid = at % 2 == 0
                price = BASE_PRICE - distance(level) if is_bid else BASE_PRICE + distance(level)
                side = SIDE_BID if is_bid else SIDE_OFFER
                self.writer.add_entry(50 + (turn + number + at) % 7, price, 1, side, level, ACTION_CHANGE)
            self.writer.end_book()
        self.seq += len(indexes)
        return self.writer.finish()

    def best_packet(self, index: int, shift: int, turn: int) -> bytes:
        """The two best prices of one instrument, `shift` ticks away from where they began."""
        self.writer.start(self.seq, UTC_NS + turn)
        self.writer.begin_book(ORDERBOOK_BASE + index)
        self.writer.add_entry(50, BASE_PRICE - 1 + shift, 1, SIDE_BID, 1, ACTION_CHANGE)
        self.writer.add_entry(50, BASE_PRICE + 1 + shift, 1, SIDE_OFFER, 1, ACTION_CHANGE)
        self.writer.end_book()
        self.seq += 1
        return self.writer.finish()


class BenchMarket:
    """A core with `pairs` spreads, logged on and with live books, on files in a temporary directory."""

    def __init__(self, pairs: int, directory: Path) -> None:
        now_ns = time.monotonic_ns()
        self.pairs = pairs
        self.log = open_log(log_store(directory, False), "bench", LOG_SEGMENT_BYTES, 0, 1)
        self.capture = open_capture(capture_store(directory, False), "bench", CAPTURE_SEGMENT_BYTES)
        self.capture.add_interface(FEED, "bench", UDP, "239.0.0.1", 5_000)
        self.capture.add_interface(FEED + 512, "bench_refresh", UDP, "239.0.0.2", 5_001)
        self.core = bench_core(self.log, self.capture, [definition(index) for index in range(pairs)], now_ns)
        self.books = self.core.books
        add_sources(self.core)
        self.counterparties = [Counterparty(b"A"), Counterparty(b"B")]
        self.packets = PacketMaker(pairs)
        self._begin(now_ns)

    def _begin(self, now_ns: int) -> None:
        self.core.start("bench", "", "", "bench", now_ns)
        self.core.on_timer(now_ns)
        for source in self.core.take_connects():
            self.core.on_connection(source, True, "", now_ns)
            self.exchange(source, now_ns)
        self.core.on_datagram(FEED, False, self.packets.heartbeat(), now_ns)
        for packet in self.packets.refresh_cycle():
            self.core.on_datagram(FEED, True, packet, now_ns)
        if any(book.state != BOOK_LIVE for book in self.books) or not self.core.routes.is_up(ORDERS_A):
            raise InvariantError("the benchmark's market did not come up")

    def exchange(self, source: int, now_ns: int) -> None:
        """Let one order session and its counterparty talk until neither has anything to say."""
        data = self.core.outgoing(source)
        while data:
            answer = self.counterparties[source].answer(data, now_ns)
            if answer:
                self.core.on_bytes(source, answer, now_ns)
            data = self.core.outgoing(source)

    def between_packets(self) -> None:
        """What the engine's loop and its thread do between reads: segments ahead."""
        if self.capture.needs_next():
            self.capture.prepare_next()
        if self.log.needs_next():
            self.log.prepare_next()

    def close(self) -> None:
        """Close the files."""
        self.log.close()
        self.capture.close()


def temporary_directory() -> tempfile.TemporaryDirectory[str]:
    """Where a benchmark's files go."""
    return tempfile.TemporaryDirectory(prefix="xmc-bench-")
