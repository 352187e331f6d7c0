"""A CME feed with its step and books, and packets made message by message."""

from collections.abc import Callable
from functools import cache

from cross_market_connect.domain.book import BOOK_STATE_NAMES, Book
from cross_market_connect.domain.instrument import Instrument, Session, Venue
from cross_market_connect.domain.step import Step
from cross_market_connect.venues.cme.mdp3_feed import CmeFuturesFeed
from cross_market_connect.wire.mdp3 import DESCRIPTION_FILE
from cross_market_connect.wire.mdp3.codes import (
    ACTION_NEW,
    DEFINITION_FUTURE,
    END_OF_EVENT,
    ENTRY_BID,
    ENTRY_TRADE,
    INCREMENTAL_BOOK,
    INCREMENTAL_ORDER_BOOK,
    INCREMENTAL_TRADE_SUMMARY,
    INCREMENTAL_VOLUME,
    SECURITY_ADD,
    SNAPSHOT_FULL_REFRESH,
    STATUS_READY_TO_TRADE,
)
from cross_market_connect.wire.mdp3.encoder import PacketWriter
from cross_market_connect.wire.mdp3.layout import Layouts
from cross_market_connect.wire.mdp3.message_writer import MessageWriter
from cross_market_connect.wire.mdp3.messages import FeedType, InstrumentDefinition, SecurityStatus
from cross_market_connect.wire.sbe.reader import read_schema
from cross_market_connect.wire.sbe.schema import NO_VALUE, Schema
from tests.unit.venues.hkex.support import ListSink, levels

UTC_NS = 1_609_725_600_000_000_000
SECOND = 1_000_000_000
MILLISECOND = 1_000_000
GC, MGC, SI = 41_001, 41_002, 41_003
BILLION = 1_000_000_000
COMEX = Venue("XCEC", "COMEX", "纽约商品交易所", -21_600, 1_020)
SESSION = Session("day", [0], [1_440])
Fill = Callable[[MessageWriter], None]
# count, price in units of 0.1, size, level, action, type
Level = tuple[int, float, int, int, int, int]
# id, price, lots
Resting = tuple[int, float, int]
# id, lots, action
Order = tuple[int, int, int]


@cache
def schema() -> Schema:
    return read_schema(DESCRIPTION_FILE.read_text(), DESCRIPTION_FILE.name)


def gold(index: int, symbol: str) -> Instrument:
    """Gold: a tick is 0.1 dollars."""
    return Instrument(index, f"XCEC.{symbol}", COMEX, symbol, "Gold", "黄金", "USD", 1, 1, 10_000, SESSION)


class Bench:
    """GCG1 and MGCG1 are ours."""

    def __init__(self, orders_max: int = 0, combines_implied: bool = False) -> None:
        self.sink = ListSink()
        self.step = Step(self.sink)
        instruments = [gold(0, "GCG1"), gold(1, "MGCG1")]
        self.books = [Book(at) for at in range(2)]
        layouts = Layouts(schema())
        self.feed = CmeFuturesFeed(4, self.step, instruments, self.books, layouts, "XCEC", orders_max, combines_implied)
        self.now_ns = 1_000 * SECOND
        self.sent_utc_ns = UTC_NS
        self.changed: list[int] = []

    def _input(self, give: Callable[[], None]) -> None:
        self.step.begin(self.now_ns, UTC_NS, self.step.input_seq + 1)
        give()
        self.changed = list(self.feed.changed)
        self.feed.changed.clear()
        touched = [at for at, book in enumerate(self.books) if book.input_seq == self.step.input_seq]
        assert sorted(self.changed) == touched, "what an input changes is named, each once"

    def live(self, seq: int, *fills: Fill) -> None:
        self._input(lambda: self.feed.receive(False, packet(seq, *fills, sent_utc_ns=self.sent_utc_ns)))

    def loop(self, *fills: Fill) -> None:
        self._input(lambda: self.feed.receive(True, packet(1, *fills)))

    def raw(self, data: bytes, is_refresh: bool = False) -> None:
        self._input(lambda: self.feed.receive(is_refresh, data))

    def pass_time(self, duration_ns: int) -> None:
        until = self.now_ns + duration_ns
        while self.feed.next_timer_ns() <= until:
            self.now_ns = max(self.now_ns, int(self.feed.next_timer_ns()))
            self._input(self.feed.handle_timer)
        self.now_ns = until

    def states(self) -> list[str]:
        return [BOOK_STATE_NAMES[int(book.state)] for book in self.books]

    def bids(self, at: int = 0) -> list[tuple[int, int]]:
        return levels(self.books[at].bids)

    def events(self) -> list[str]:
        return [str(fields["event"]) for kind, fields in self.sink.records if kind == 12]


def packet(seq: int, *fills: Fill, sent_utc_ns: int = UTC_NS) -> bytes:
    writer = PacketWriter(schema())
    messages = MessageWriter(writer, schema())
    writer.start(seq, sent_utc_ns)
    for fill in fills:
        fill(messages)
    return writer.finish()


def wire(price: float) -> int:
    """Dollars as the wire's billionths, exact for tenths."""
    return round(price * 10) * (BILLION // 10)


def book(security: int, *entries: Level, over: bool = True) -> Fill:
    """An incremental book message."""

    def fill(writer: MessageWriter) -> None:
        assert writer.begin_update(INCREMENTAL_BOOK, UTC_NS + 5, END_OF_EVENT if over else 0)
        for count, price, size, level, action, kind in entries:
            assert writer.add_entry(wire(price), size, security, count, 1, level, action, kind)
        writer.end()

    return fill


def orders_behind(security: int, entry: Level, *orders: Order, over: bool = True) -> Fill:
    """An incremental book message of one entry, with orders of its level."""

    def fill(writer: MessageWriter) -> None:
        count, price, size, level, action, kind = entry
        assert writer.begin_update(INCREMENTAL_BOOK, UTC_NS + 5, END_OF_EVENT if over else 0)
        assert writer.add_entry(wire(price), size, security, count, 1, level, action, kind)
        for order_id, lots, done in orders:
            assert writer.add_order(order_id, order_id, lots, 0, done)
        writer.end()

    return fill


def orders_alone(security: int, *orders: tuple[int, float, int, int], over: bool = True) -> Fill:
    """Bids without a level of theirs: id, price, lots, action."""

    def fill(writer: MessageWriter) -> None:
        assert writer.begin_update(INCREMENTAL_ORDER_BOOK, UTC_NS + 5, END_OF_EVENT if over else 0)
        for order_id, price, lots, done in orders:
            assert writer.add_order_entry(order_id, order_id, wire(price), lots, security, done, ENTRY_BID)
        writer.end()

    return fill


def order_snapshot(
    security: int, last_seq: int, *bids: tuple[int, float, int], chunk: int = 1, chunks: int = 1
) -> Fill:
    """A chunk of bids: id, price, lots."""

    def fill(writer: MessageWriter) -> None:
        assert writer.begin_order_snapshot(last_seq, 2, security, chunks, chunk, UTC_NS)
        for order_id, price, lots in bids:
            assert writer.add_order_entry(order_id, order_id, wire(price), lots, NO_VALUE, NO_VALUE, ENTRY_BID)
        writer.end()

    return fill


def bid(count: int, price: float, size: int, level: int = 1, action: int = int(ACTION_NEW)) -> Level:
    return (count, price, size, level, action, int(ENTRY_BID))


def trade(security: int, count: int, price: float) -> Fill:
    def fill(writer: MessageWriter) -> None:
        assert writer.begin_update(INCREMENTAL_TRADE_SUMMARY, UTC_NS, END_OF_EVENT)
        assert writer.add_entry(wire(price), 1, security, count, 2, NO_VALUE, ACTION_NEW, ENTRY_TRADE)
        writer.end()

    return fill


def volume(security: int, count: int) -> Fill:
    def fill(writer: MessageWriter) -> None:
        assert writer.begin_update(INCREMENTAL_VOLUME, UTC_NS, END_OF_EVENT)
        assert writer.add_entry(NO_VALUE, 100, security, count, NO_VALUE, NO_VALUE, ACTION_NEW, NO_VALUE)
        writer.end()

    return fill


def over(writer: MessageWriter) -> None:
    """The end of an event, with nothing in it."""
    assert writer.begin_update(INCREMENTAL_BOOK, UTC_NS, END_OF_EVENT)
    writer.end()


def snapshot(
    security: int, last_seq: int, count: int, *bids: tuple[float, int], status: int = int(STATUS_READY_TO_TRADE)
) -> Fill:
    def fill(writer: MessageWriter) -> None:
        assert writer.begin_snapshot(SNAPSHOT_FULL_REFRESH, last_seq, 2, security, count, UTC_NS, status)
        for level, (price, size) in enumerate(bids, 1):
            assert writer.add_entry(wire(price), size, NO_VALUE, NO_VALUE, 1, level, NO_VALUE, ENTRY_BID)
        writer.end()

    return fill


def definition(
    symbol: str,
    security: int,
    increment: int = BILLION // 10,
    factor: int = BILLION,
    depth: int = 10,
    action: int = int(SECURITY_ADD),
) -> Fill:
    def fill(writer: MessageWriter) -> None:
        defined = InstrumentDefinition(DEFINITION_FUTURE)
        defined.update_action = action
        defined.symbol, defined.security_id = symbol, security
        defined.security_group = defined.asset = "GC"
        defined.min_price_increment, defined.display_factor = increment, factor
        defined.feed_types = [FeedType("GBI", 2), FeedType("GBX", depth)]
        assert writer.add_definition(defined)

    return fill


def state(trading_status: int, security: int = NO_VALUE, group: str = "GC", event: int = 0, over: bool = True) -> Fill:
    def fill(writer: MessageWriter) -> None:
        status = SecurityStatus()
        status.security_id, status.security_group = security, group
        status.security_trading_status, status.security_trading_event = trading_status, event
        status.match_event_indicator = END_OF_EVENT if over else 0
        assert writer.add_security_status(status)

    return fill


def heartbeat(writer: MessageWriter) -> None:
    assert writer.add_heartbeat()


def reset(writer: MessageWriter) -> None:
    assert writer.add_channel_reset(UTC_NS, 1)


def following(combines_implied: bool = False) -> Bench:
    """Both books live after packet 10: one bid each, two updates counted."""
    bench = Bench(0, combines_implied)
    bench.live(10, heartbeat)
    bench.loop(definition("GCG1", GC), definition("MGCG1", MGC))
    bench.loop(snapshot(GC, 10, 2, (1_900.5, 3)))
    bench.loop(snapshot(MGC, 10, 2, (1_900.4, 7)))
    assert bench.states() == ["live", "live"]
    return bench


def following_orders(orders_max: int = 1_000) -> Bench:
    """The same by order: one order of each instrument, 7 and 8."""
    bench = Bench(orders_max)
    bench.live(10, heartbeat)
    bench.loop(definition("GCG1", GC), definition("MGCG1", MGC))
    bench.loop(snapshot(GC, 10, 2, (1_900.5, 3)), snapshot(MGC, 10, 2, (1_900.4, 7)))
    bench.loop(order_snapshot(GC, 10, (7, 1_900.5, 3)), order_snapshot(MGC, 10, (8, 1_900.4, 7)))
    assert bench.states() == ["live", "live"]
    return bench
