"""A feed with its step and books, packets made by hand, and one recorded market that can be delivered in any way."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from cross_market_connect.domain.book import BOOK_LIVE, Book, BookSide
from cross_market_connect.domain.instrument import Instrument, Session, Venue
from cross_market_connect.domain.order import BUY, DAY, LIMIT, SELL
from cross_market_connect.domain.ports import DatagramFeed
from cross_market_connect.domain.records import RecordSink, decode_payload
from cross_market_connect.domain.step import Step
from cross_market_connect.matching.exchange import MatchingExchange
from cross_market_connect.matching.orders import REASON_NONE, REASON_REQUESTED, ExchangeOrder
from cross_market_connect.venues.hkex.omd_d_feed import OmdDerivativesFeed
from cross_market_connect.venues.simulated.multicast import OmdPublisher
from cross_market_connect.venues.simulated.omd_channels import ChannelSettings
from cross_market_connect.wire.omd.omd_d_objects import SeriesDefinitionBase
from cross_market_connect.wire.omd.omd_d_writer import OmdDWriter

UTC_NS = 1_609_725_600_000_000_000
SECOND = 1_000_000_000
LIVE, REFRESH = 10, 20
HSI, MHI, FOREIGN = 7_340_421, 7_340_422, 99
SESSION = Session("day", [555, 780], [720, 990])
HKFE = Venue("XHKF", "HKFE", "香港期交所", 28_800, 0)
CFFEX = Venue("CCFX", "CFFEX", "中金所", 28_800, 0)

F = TypeVar("F", bound=DatagramFeed)
Levels = list[tuple[int, int]]
Sides = tuple[Levels, Levels]
Entry = tuple[int, int, int, int, int]  # quantity, wire price, side, level, action
Fill = Callable[[OmdDWriter], None]


def instrument(index: int, code: str, venue: Venue = HKFE, decimals: int = 0, tick_units: int = 1) -> Instrument:
    return Instrument(
        index, f"{venue.mic}.{code}", venue, code, code, code, "HKD", decimals, tick_units, 500_000, SESSION
    )


class ListSink(RecordSink):
    """Keeps the records as (kind, fields)."""

    def __init__(self) -> None:
        self.records: list[tuple[int, dict[str, int | str | bytes]]] = []

    def append(self, kind: int, cause_seq: int, input_seq: int, now_ns: int, payload: bytes) -> int:
        self.records.append((kind, decode_payload(kind, payload)))
        return len(self.records)


def levels(side: BookSide) -> Levels:
    return [(int(side.price_ticks[at]), int(side.quantity_lots[at])) for at in range(side.depth)]


def sides(book: Book) -> Sides:
    return levels(book.bids), levels(book.asks)


class Driver(Generic[F]):
    """Drives a feed as the engine's core does, and holds `changed` to its rule after every input."""

    def __init__(self, count: int, make: Callable[[Step, list[Book]], F]) -> None:
        self.sink = ListSink()
        self.step = Step(self.sink)
        self.books = [Book(at) for at in range(count)]
        self.feed = make(self.step, self.books)
        self.now_ns = 1_000 * SECOND
        self.changed: list[int] = []

    def _begin(self) -> None:
        self.step.begin(self.now_ns, UTC_NS, self.step.input_seq + 1)

    def _end(self) -> None:
        self.changed = list(self.feed.changed)
        self.feed.changed.clear()
        touched = [at for at, book in enumerate(self.books) if book.input_seq == self.step.input_seq]
        assert sorted(self.changed) == touched

    def live(self, packet: bytes) -> None:
        self._begin()
        self.feed.receive(False, packet)
        self._end()

    def refresh(self, packet: bytes) -> None:
        self._begin()
        self.feed.receive(True, packet)
        self._end()

    def pass_time(self, duration_ns: int) -> None:
        """Let time pass, with the timers that come due."""
        until = self.now_ns + duration_ns
        while self.feed.next_timer_ns() <= until:
            self.now_ns = max(self.now_ns, int(self.feed.next_timer_ns()))
            self._begin()
            self.feed.handle_timer()
            self._end()
        self.now_ns = until

    def events(self) -> list[str]:
        return [str(fields["event"]) for kind, fields in self.sink.records if kind == 12]

    def event_fields(self, event: str) -> list[tuple[int, int, str]]:
        return [
            (int(f["channel_seq_expected"]), int(f["channel_seq_received"]), str(f["reason"]))
            for kind, f in self.sink.records
            if kind == 12 and f["event"] == event
        ]


class FeedUnderTest(Driver[OmdDerivativesFeed]):
    """A feed of OMD-D."""

    def __init__(self, instruments: list[Instrument], orderbook_ids: dict[int, int] | None = None) -> None:
        super().__init__(
            len(instruments), lambda step, books: OmdDerivativesFeed(4, step, instruments, books, orderbook_ids)
        )


def packet(seq: int, *fills: Fill, utc_ns: int = UTC_NS) -> bytes:
    """A packet whose first message has the number `seq`."""
    writer = OmdDWriter()
    writer.start(seq, utc_ns)
    for fill in fills:
        fill(writer)
    return writer.finish()


def heartbeat(last_seq: int) -> bytes:
    return OmdDWriter().heartbeat(last_seq, UTC_NS)


def update(orderbook_id: int, *entries: Entry) -> Fill:
    def fill(writer: OmdDWriter) -> None:
        assert writer.begin_book(orderbook_id)
        for quantity, price, side, level, action in entries:
            assert writer.add_entry(quantity, price, 1, side, level, action)
        writer.end_book()

    return fill


def define(orderbook_id: int, symbol: str, decimals: int = 0) -> Fill:
    def fill(writer: OmdDWriter) -> None:
        assert writer.add_series_definition_base(
            SeriesDefinitionBase(orderbook_id, symbol, 3, decimals, 1, 0, "", 0, 0)
        )

    return fill


def complete(last_seq: int) -> Fill:
    def fill(writer: OmdDWriter) -> None:
        assert writer.add_refresh_complete(last_seq)

    return fill


def status(orderbook_id: int, indicator: int, series_status: int) -> Fill:
    def fill(writer: OmdDWriter) -> None:
        assert writer.add_series_status(orderbook_id, indicator, series_status)

    return fill


# -- a recorded market -------------------------------------------------------------------------------------------------


@dataclass
class Recording:
    """What a simulated venue sent, and what its participants' orders were after each number.

    Attributes:
        datagrams: time, whether on the refresh channel, and bytes.
        truth: both sides of each series after the real-time message of that number.
        halted: series that were halted then.
    """

    instruments: list[Instrument]
    datagrams: list[tuple[int, bool, bytes]] = field(default_factory=list)
    truth: dict[int, list[Sides]] = field(default_factory=dict)
    halted: dict[int, list[bool]] = field(default_factory=dict)


def resting(exchange: MatchingExchange, at: int, side: int) -> Levels:
    """Ten best prices with their totals, summed from the participants' own orders, not from the book."""
    totals: dict[int, int] = {}
    for holding in exchange.ledger.holdings:
        for order in holding.open_orders():
            if order.side == side and order.instrument_index == at:
                totals[int(order.price_ticks)] = totals.get(int(order.price_ticks), 0) + int(order.leaves_lots)
    return sorted(totals.items(), key=lambda item: -item[0] * side)[:10]


def record(steps: int, step_ns: int, seed: int) -> Recording:
    """Random order flow in three series, one of them not ours."""
    ours = [instrument(0, "HSIF1"), instrument(1, "MHIF1", decimals=1, tick_units=5)]
    exchange = MatchingExchange([*ours, instrument(2, "HHIF1")])
    for name in ("a", "b"):
        exchange.add_participant(name, False, True)
    for at in range(3):
        exchange.open_trading(at)
    publisher = OmdPublisher(exchange, ChannelSettings(LIVE, REFRESH, [HSI, MHI, FOREIGN]))
    recording = Recording(ours)
    chance = random.Random(seed)
    publisher.start(0, UTC_NS)
    published = 0
    for step in range(steps):
        now_ns = step * step_ns
        for _ in range(chance.randint(0, 3)):
            act(exchange, chance)
        if step % 40 in (25, 30):
            halt_or_resume(exchange, publisher, step, now_ns)
        exchange.take_events()
        for trade in exchange.ledger.trades[published:]:
            publisher.publish_trade(trade, now_ns, UTC_NS + now_ns)
        published = len(exchange.ledger.trades)
        for at in range(3):
            publisher.publish_book(at, now_ns, UTC_NS + now_ns)
        publisher.end_step(now_ns, UTC_NS)
        publisher.handle_timer(now_ns, UTC_NS + now_ns)
        for channel, data in publisher.take_packets():
            recording.datagrams.append((now_ns, channel == REFRESH, data))
        last = int(publisher.live.next_seq) - 1
        recording.truth[last] = [(resting(exchange, at, BUY), resting(exchange, at, SELL)) for at in range(2)]
        recording.halted[last] = [exchange.phases[at] != exchange.phases[1] for at in range(2)]
    return recording


def halt_or_resume(exchange: MatchingExchange, publisher: OmdPublisher, step: int, now_ns: int) -> None:
    if step % 40 == 25:
        exchange.halt_trading(0)
    else:
        exchange.open_trading(0)
    publisher.publish_state(0, now_ns, UTC_NS + now_ns)


def act(exchange: MatchingExchange, chance: random.Random) -> None:
    participant = chance.randint(0, 1)
    mine = exchange.ledger.open_orders(participant)
    if mine and chance.random() < 0.4:
        exchange.cancel(participant, chance.choice(mine).client_id, REASON_REQUESTED, UTC_NS)
        return
    side = chance.choice([BUY, SELL])
    price = 27_000 - int(side) * chance.randint(-3, 16)
    name = b"%d" % len(exchange.ledger.holdings[participant].orders)
    order = ExchangeOrder(participant, chance.randint(0, 2), name, 0, side, LIMIT, DAY, price, chance.randint(1, 9))
    exchange.submit(order, REASON_NONE, UTC_NS)


def check_live_books(under_test: FeedUnderTest, recording: Recording) -> int:
    """Every live book is the venue's at the feed's number; how many were compared."""
    at_seq = int(under_test.feed.channel.next_seq) - 1
    compared = 0
    for at, book in enumerate(under_test.books):
        if book.state == BOOK_LIVE and at_seq in recording.truth:
            assert sides(book) == recording.truth[at_seq][at]
            assert not recording.halted[at_seq][at]
            compared += 1
    return compared


def two_series() -> FeedUnderTest:
    return FeedUnderTest([instrument(0, "HSIF1"), instrument(1, "MHIF1")])


def following() -> FeedUnderTest:
    """Both series live and empty; the next real-time number is 3, the next refresh number 3."""
    feed = two_series()
    feed.live(packet(1, define(HSI, "HSIF1"), define(MHI, "MHIF1")))
    feed.refresh(packet(1, complete(0)))
    feed.refresh(packet(2, complete(2)))
    assert [book.state for book in feed.books] == [BOOK_LIVE, BOOK_LIVE]
    return feed


def states(feed: FeedUnderTest) -> list[int]:
    return [int(book.state) for book in feed.books]


def reset(new_seq: int) -> Fill:
    def fill(writer: OmdDWriter) -> None:
        assert writer.add_sequence_reset(new_seq)

    return fill


def recovery(value: int) -> Fill:
    def fill(writer: OmdDWriter) -> None:
        assert writer.add_recovery_signal(value)

    return fill
