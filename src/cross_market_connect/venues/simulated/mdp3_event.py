"""What one step of a simulated venue publishes over MDP 3.0, and how it is cut into messages.

A step is one event. Entries are levels and trades; orders follow the entry of their price level in its message (46), or
go alone (47), ahead of all levels, when their level is not among the entries or already has as many as may follow it.
"""

from __future__ import annotations

from typing import Final, final

from librt.vecs import append, vec
from mypy_extensions import i64

from cross_market_connect.domain.order import BUY
from cross_market_connect.matching.order_book import OrderBook, RestingSide
from cross_market_connect.matching.orders import ExchangeOrder
from cross_market_connect.venues.simulated.published_book import LevelSink
from cross_market_connect.wire.mdp3.codes import (
    ENTRY_BID,
    ENTRY_IMPLIED_BID,
    ENTRY_IMPLIED_OFFER,
    ENTRY_OFFER,
    INCREMENTAL_BOOK,
    INCREMENTAL_ORDER_BOOK,
    ORDER_DELETE,
    ORDER_NEW,
    ORDER_UPDATE,
)
from cross_market_connect.wire.sbe.schema import NO_VALUE

# Orders that follow one entry at most: so that a message fits into an empty packet.
ORDERS_BEHIND_MAX: Final[i64] = 4

# Numbers of one entry that waits for the end of its step.
TEMPLATE: Final[i64] = 0
INSTRUMENT: Final[i64] = 1
PRICE: Final[i64] = 2
SIZE: Final[i64] = 3
ORDERS: Final[i64] = 4
LEVEL: Final[i64] = 5
ACTION: Final[i64] = 6
TYPE: Final[i64] = 7
_WORDS: Final[i64] = 8


@final
class OrderChange:
    """What became of one order; `price` in the wire's numbers."""

    def __init__(self, instrument: i64, order: ExchangeOrder, price: i64, lots: i64, action: i64) -> None:
        self.instrument: i64 = instrument
        self.order_id: i64 = order.order_number
        self.entry_type: i64 = ENTRY_BID if order.side == BUY else ENTRY_OFFER
        self.price: i64 = price
        self.lots: i64 = lots
        self.action: i64 = action


@final
class Part:
    """One message: entries, or orders alone, from `first` to before `after`."""

    def __init__(self, template: i64, first: i64) -> None:
        self.template: i64 = template
        self.first: i64 = first
        self.after: i64 = first
        self.orders: i64 = 0


@final
class Event(LevelSink):
    """The entries and orders of one step.

    Attributes:
        instrument, unit: what the next levels are of, and the wire's price of a tick.
        is_implied: the next levels are implied ones.
        alone: orders without an entry. behind: those of each entry.
    """

    def __init__(self) -> None:
        self.words: vec[i64] = vec[i64]()
        self.instrument: i64 = 0
        self.unit: i64 = 1
        self.is_implied: bool = False
        self.alone: list[OrderChange] = []
        self.behind: dict[int, list[OrderChange]] = {}

    def add(self, quantity: i64, price_ticks: i64, orders: i64, side: i64, level: i64, action: i64) -> None:
        """One level operation of `instrument`; the wire's codes of the actions are the book's own."""
        if self.is_implied:
            entry_type = ENTRY_IMPLIED_BID if side == BUY else ENTRY_IMPLIED_OFFER
            orders = NO_VALUE
        else:
            entry_type = ENTRY_BID if side == BUY else ENTRY_OFFER
        self.put(INCREMENTAL_BOOK, price_ticks * self.unit, quantity, orders, level, action, entry_type)

    def put(self, template: i64, price: i64, size: i64, orders: i64, level: i64, action: i64, entry_type: i64) -> None:
        """One entry of any kind, in the wire's numbers."""
        words = self.words
        words = append(words, template)
        words = append(words, self.instrument)
        words = append(words, price)
        words = append(words, size)
        words = append(words, orders)
        words = append(words, level)
        words = append(words, action)
        self.words = append(words, entry_type)

    def count(self) -> i64:
        """Entries so far."""
        return len(self.words) // _WORDS

    def number(self, entry: i64, word: i64) -> i64:
        """One number of an entry."""
        return self.words[entry * _WORDS + word]

    def put_order(self, change: OrderChange) -> None:
        """One order, behind the entry of its level where there is one."""
        entry = self.count() - 1
        while entry >= 0 and not self._is_of(entry, change):
            entry -= 1
        if entry < 0:
            self.alone.append(change)
            return
        known = self.behind.setdefault(int(entry), [])
        if len(known) < ORDERS_BEHIND_MAX:
            known.append(change)
        else:
            self.alone.append(change)

    def _is_of(self, entry: i64, change: OrderChange) -> bool:
        if self.number(entry, INSTRUMENT) != change.instrument or self.number(entry, TYPE) != change.entry_type:
            return False
        return self.number(entry, PRICE) == change.price

    def parts(self, entries_max: i64) -> list[Part]:
        """The messages, orders alone first; none has more than `entries_max` entries, or orders alone."""
        result: list[Part] = []
        alone: i64 = len(self.alone)
        for index in range(alone):
            if not result or result[-1].after - result[-1].first == entries_max:
                result.append(Part(INCREMENTAL_ORDER_BOOK, index))
            result[-1].after = index + 1
        for entry in range(self.count()):
            template = self.number(entry, TEMPLATE)
            orders: i64 = len(self.behind.get(int(entry), []))
            part = result[-1] if result else Part(template, entry)
            is_full = part.after - part.first == entries_max or part.orders + orders > ORDERS_BEHIND_MAX * 4
            if not result or part.template != template or is_full:
                part = Part(template, entry)
                result.append(part)
            part.after = entry + 1
            part.orders += orders
        return result

    def clear(self) -> None:
        """The next step begins."""
        self.words = vec[i64]()
        self.alone = []
        self.behind = {}


@final
class PublishedOrder:
    """An order as receivers have it."""

    def __init__(self, order: ExchangeOrder) -> None:
        self.order: ExchangeOrder = order
        self.lots: i64 = order.leaves_lots
        self.price_ticks: i64 = order.price_ticks


@final
class PublishedOrders:
    """The orders of one instrument as receivers have them, by the exchange's number."""

    def __init__(self, instrument: i64, unit: i64) -> None:
        self.known: dict[int, PublishedOrder] = {}
        self._instrument: i64 = instrument
        self._unit: i64 = unit

    def publish(self, event: Event, book: OrderBook) -> None:
        """What came of the orders since they were published last."""
        gone = [number for number, known in self.known.items() if not known.order.is_open()]
        for number in gone:
            known = self.known.pop(number)
            self._put(event, known.order, known.price_ticks, known.lots, ORDER_DELETE)
        self._publish_side(event, book.bids)
        self._publish_side(event, book.asks)

    def _publish_side(self, event: Event, side: RestingSide) -> None:
        for level in side.levels:
            for order in level.orders:
                known = self.known.get(int(order.order_number))
                if known is None:
                    known = PublishedOrder(order)
                    self.known[int(order.order_number)] = known
                    self._put(event, order, known.price_ticks, known.lots, ORDER_NEW)
                elif known.lots != order.leaves_lots or known.price_ticks != order.price_ticks:
                    known.lots = order.leaves_lots
                    known.price_ticks = order.price_ticks
                    self._put(event, order, known.price_ticks, known.lots, ORDER_UPDATE)

    def _put(self, event: Event, order: ExchangeOrder, price_ticks: i64, lots: i64, action: i64) -> None:
        event.put_order(OrderChange(self._instrument, order, price_ticks * self._unit, lots, action))
