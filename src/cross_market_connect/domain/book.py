"""One instrument's order book by price, as a venue publishes it.

Two ways to write it: `set_top`/`set_level` for feeds that send whole levels, and `apply_entry` for feeds that send
level operations with implied shifts (HKEX OMD 353, CME MBP). Level 0 is the best.
"""

from __future__ import annotations

from typing import Final, final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.numbers import NO_PRICE
from cross_market_connect.domain.order import BUY

LEVELS: Final[i64] = 10

# Only a live book trades.
BOOK_EMPTY: Final[i64] = 0
BOOK_BUILDING: Final[i64] = 1
BOOK_LIVE: Final[i64] = 2
BOOK_SUSPECT: Final[i64] = 3
BOOK_STALE: Final[i64] = 4
BOOK_CLOSED: Final[i64] = 5
BOOK_STATE_NAMES: Final[tuple[str, ...]] = ("empty", "building", "live", "suspect", "stale", "closed")

INSERT: Final[i64] = 0
CHANGE: Final[i64] = 1
DELETE: Final[i64] = 2


@final
class BookSide:
    """Ten price levels of one side; `depth` of them are in use."""

    def __init__(self) -> None:
        self.price_ticks: vec[i64] = vec[i64]([0 for _ in range(LEVELS)])
        self.quantity_lots: vec[i64] = vec[i64]([0 for _ in range(LEVELS)])
        self.depth: i64 = 0

    def clear(self) -> None:
        """Drop every level."""
        self.depth = 0

    def apply(self, action: i64, level: i64, price_ticks: i64, quantity_lots: i64) -> bool:
        """Apply one level operation; false when it contradicts the book (level beyond the depth)."""
        depth = self.depth
        if action == CHANGE:
            if level < 0 or level >= depth:
                return False
            self.price_ticks[level] = price_ticks
            self.quantity_lots[level] = quantity_lots
            return True
        if action == INSERT:
            if level < 0 or level > depth or level >= LEVELS:
                return False
            position = depth if depth < LEVELS else LEVELS - 1
            while position > level:
                self.price_ticks[position] = self.price_ticks[position - 1]
                self.quantity_lots[position] = self.quantity_lots[position - 1]
                position -= 1
            self.price_ticks[level] = price_ticks
            self.quantity_lots[level] = quantity_lots
            if depth < LEVELS:
                self.depth = depth + 1
            return True
        if action != DELETE or level < 0 or level >= depth:
            return False
        position = level
        while position + 1 < depth:
            self.price_ticks[position] = self.price_ticks[position + 1]
            self.quantity_lots[position] = self.quantity_lots[position + 1]
            position += 1
        self.depth = depth - 1
        return True

    def set_level(self, level: i64, price_ticks: i64, quantity_lots: i64) -> None:
        """Write one level of a whole-book snapshot; levels are written from the best on."""
        if level < LEVELS:
            self.price_ticks[level] = price_ticks
            self.quantity_lots[level] = quantity_lots
            self.depth = level + 1


@final
class Book:
    """Both sides of one instrument, with where they stand in time.

    Attributes:
        state: one of BOOK_*.
        received_ns: monotonic time of the input that last touched the book.
        waited_ns: how long before that the input may have come in; 0 unless the engine stood still.
        event_utc_ns: the venue's time of that event.
        early_ns, late_ns: the event lies between so long before that input and so long before it, as far as the
            venue's clock is known; 0 where it is not.
        input_seq: the input that last touched it (the causing sequence of whatever it triggers).
        updates: inputs that touched it.
        last_ticks: last trade price, 0 before the first.
    """

    def __init__(self, instrument_index: i64) -> None:
        self.instrument_index: i64 = instrument_index
        self.bids: BookSide = BookSide()
        self.asks: BookSide = BookSide()
        self.state: i64 = BOOK_EMPTY
        self.received_ns: i64 = 0
        self.waited_ns: i64 = 0
        self.event_utc_ns: i64 = 0
        self.early_ns: i64 = 0
        self.late_ns: i64 = 0
        self.input_seq: i64 = 0
        self.updates: i64 = 0
        self.last_ticks: i64 = 0

    def came_ns(self) -> i64:
        """When what last touched the book came in, at the earliest."""
        return self.received_ns - self.waited_ns

    def event_from_ns(self) -> i64:
        """When what last touched the book happened, at the earliest."""
        return self.received_ns - max(self.early_ns, self.waited_ns)

    def event_until_ns(self) -> i64:
        """When it happened, at the latest."""
        return self.received_ns - self.late_ns

    def best_bid(self) -> i64:
        """Best bid in ticks, NO_PRICE when the side is empty."""
        return self.bids.price_ticks[0] if self.bids.depth > 0 else NO_PRICE

    def best_ask(self) -> i64:
        """Best ask in ticks, NO_PRICE when the side is empty."""
        return self.asks.price_ticks[0] if self.asks.depth > 0 else NO_PRICE

    def opposite(self, side: i64) -> BookSide:
        """The levels that an order of `side` trades against."""
        return self.asks if side == BUY else self.bids

    def clear(self) -> None:
        """Drop both sides; the state is the feed's to say."""
        self.bids.depth = 0
        self.asks.depth = 0
