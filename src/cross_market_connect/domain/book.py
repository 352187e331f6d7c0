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

# More lots than this on one level no venue has: ten of them, times a price, stay far inside 63 bits.
QUANTITY_MAX: Final[i64] = 1_000_000_000_000

INSERT: Final[i64] = 0
CHANGE: Final[i64] = 1
DELETE: Final[i64] = 2


@final
class BookSide:
    """Ten price levels of one side; `depth` of them are in use.

    Attributes:
        is_doubtful: an operation has put a price on the wrong side of its neighbour. Between two operations of one
            message that may be; when the message, or the event, is over, `keeps_order` says whether it is.
    """

    def __init__(self, is_bid: bool = True) -> None:
        self.price_ticks: vec[i64] = vec[i64]([0 for _ in range(LEVELS)])
        self.quantity_lots: vec[i64] = vec[i64]([0 for _ in range(LEVELS)])
        self.depth: i64 = 0
        self.is_bid: bool = is_bid
        self.is_doubtful: bool = False

    def clear(self) -> None:
        """Drop every level."""
        self.depth = 0
        self.is_doubtful = False

    def keeps_order(self) -> bool:
        """Whether each level is worse than the one before it; levels without a price stand outside of that."""
        best_so_far = NO_PRICE
        for level in range(self.depth):
            price = self.price_ticks[level]
            if price == NO_PRICE:
                continue
            if best_so_far != NO_PRICE and (price >= best_so_far if self.is_bid else price <= best_so_far):
                return False
            best_so_far = price
        self.is_doubtful = False
        return True

    def _doubt(self, level: i64, price_ticks: i64) -> None:
        """Note a price that is not between those of its neighbours."""
        prices = self.price_ticks
        if level > 0:
            before = prices[level - 1]
            if price_ticks >= before if self.is_bid else price_ticks <= before:
                self.is_doubtful = True
        if level + 1 < self.depth:
            behind = prices[level + 1]
            if price_ticks <= behind if self.is_bid else price_ticks >= behind:
                self.is_doubtful = True

    def apply(self, action: i64, level: i64, price_ticks: i64, quantity_lots: i64) -> bool:
        """Apply one level operation; false when it contradicts the book (level beyond the depth)."""
        depth = self.depth
        if action == CHANGE:
            if level < 0 or level >= depth:
                return False
            self.price_ticks[level] = price_ticks
            self.quantity_lots[level] = quantity_lots
            self._doubt(level, price_ticks)
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
            self._doubt(level, price_ticks)
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
        self.bids: BookSide = BookSide(True)
        self.asks: BookSide = BookSide(False)
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
        self.bids.clear()
        self.asks.clear()

    def keeps_order(self) -> bool:
        """Whether the levels of both sides are in order; asked when what changed the book is complete."""
        bids, asks = self.bids, self.asks
        return (not bids.is_doubtful or bids.keeps_order()) and (not asks.is_doubtful or asks.keeps_order())
