"""What `xmc bench feed` needs of a protocol: a market that publishes, and the feed that follows it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from cross_market_connect.bench.feed_recovery import Service
from cross_market_connect.domain.book import Book, BookSide
from cross_market_connect.domain.instrument import Instrument, Session, Venue
from cross_market_connect.domain.order import BUY, DAY, LIMIT, SELL
from cross_market_connect.domain.ports import DatagramFeed
from cross_market_connect.domain.records import RecordSink
from cross_market_connect.domain.step import Step
from cross_market_connect.market.channel import Channel
from cross_market_connect.matching.exchange import MatchingExchange
from cross_market_connect.matching.orders import REASON_NONE, REASON_REQUESTED, ExchangeOrder

UTC_NS: Final = 1_609_725_600_000_000_000  # 2021-01-04 10:00 in China
DEPTH: Final = 10
INSTRUMENTS: Final = 8
MIDDLE_TICKS: Final = 20_000
# Prices of new orders: from so many ticks on the wrong side to so many away.
NEAREST_TICKS: Final = -3
FARTHEST_TICKS: Final = 16
LOTS_MAX: Final = 9
# Of a hundred acts so many take back an order, once there are enough.
CANCELS_PERCENT: Final = 48
ORDERS_KEPT: Final = 60
Levels = tuple[tuple[int, int], ...]


class Datagram(NamedTuple):
    """One packet of a channel.

    Attributes:
        is_refresh: of the channel that says everything again.
    """

    is_refresh: bool
    data: bytes


class Market(Protocol):
    """A publisher of one protocol over a matching exchange, and the feed that follows it."""

    def feed(self, step: Step, books: list[Book]) -> tuple[DatagramFeed, Channel]:
        """The feed under test, and the numbers of its live channel."""

    def service(self, step: Step) -> Service:
        """The feed's session with the venue's recovery service, once there is a feed."""

    def publish(self, changed: Sequence[int], now_ns: int) -> list[Datagram]:
        """What the exchange's last act and the passing of time make the venue send."""

    def last_seq(self) -> int:
        """Number of the last message of the live channel."""


class Flow:
    """Random orders of two participants in every instrument, the same for every protocol."""

    def __init__(self, instruments: Sequence[Instrument], seed: int) -> None:
        self.exchange = MatchingExchange([*instruments])
        self.count = len(instruments)
        self._chance = random.Random(seed)
        self._open: list[list[bytes]] = [[], []]
        self._names = 0
        for name in ("a", "b"):
            self.exchange.add_participant(name, False, True)
        for at in range(self.count):
            self.exchange.open_trading(at)

    def act(self) -> list[int]:
        """One order more, or one taken back; the instruments that it may have changed."""
        chance = self._chance
        participant = chance.randrange(2)
        mine = self._open[participant]
        if len(mine) > ORDERS_KEPT * self.count or (mine and chance.randrange(100) < CANCELS_PERCENT):
            at = chance.randrange(len(mine))
            mine[at], mine[-1] = mine[-1], mine[at]
            name = mine.pop()
            order = self.exchange.find(participant, name)
            if order is not None and order.is_open():
                self.exchange.cancel(participant, name, REASON_REQUESTED, UTC_NS)
                return [int(order.instrument_index)]
            return []
        side = BUY if chance.randrange(2) else SELL
        price = MIDDLE_TICKS - int(side) * chance.randint(NEAREST_TICKS, FARTHEST_TICKS)
        self._names += 1
        name = b"%d" % self._names
        instrument = chance.randrange(self.count)
        lots = chance.randint(1, LOTS_MAX)
        self.exchange.submit(
            ExchangeOrder(participant, 0, name, instrument, side, LIMIT, DAY, price, lots), REASON_NONE, UTC_NS
        )
        mine.append(name)
        return [instrument]

    def sides(self, at: int) -> tuple[Levels, Levels]:
        """The best levels of both sides, by the exchange's own book."""
        book = self.exchange.books[at]
        return (
            tuple((int(level.price_ticks), int(level.total_lots)) for level in book.bids.levels[:DEPTH]),
            tuple((int(level.price_ticks), int(level.total_lots)) for level in book.asks.levels[:DEPTH]),
        )


def sides_of(book: Book) -> tuple[Levels, Levels]:
    """The same of a receiver's book."""
    return _levels(book.bids), _levels(book.asks)


def _levels(side: BookSide) -> Levels:
    depth = int(side.depth)
    return tuple((int(side.price_ticks[at]), int(side.quantity_lots[at])) for at in range(depth))


def instruments(mic: str, count: int = INSTRUMENTS) -> list[Instrument]:
    """Instruments with one point per tick, always open; their codes are numbers, as those of securities must be."""
    venue = Venue(mic, "Benchmark", "基准", 28_800, 1_440)
    session = Session("day", [0], [1_440])
    return [
        Instrument(at, f"{mic}.{at + 1}", venue, str(at + 1), "Benchmark", "基准", "CNY", 0, 1, 10_000, session)
        for at in range(count)
    ]


class Ignored(RecordSink):
    """A log that only numbers its records."""

    def __init__(self) -> None:
        self.count = 0

    def append(self, kind: int, cause_seq: int, input_seq: int, now_ns: int, payload: bytes) -> int:
        """Count it."""
        self.count += 1
        return self.count
