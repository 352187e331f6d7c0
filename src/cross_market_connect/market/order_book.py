"""Books by order, kept from feeds that send every order: OMD-C 30 to 32, OMD-D 330 to 332, MDP 3.0 by order.

Theory of operation. `OrderTable` holds all orders of a channel, `OrderBook` the price levels of one instrument. An
order is four numbers of one vector (key, owner, price, quantity), found by open addressing with linear probing; owner
is book and side, since a venue names an order within these. Nothing is allocated per order. A deleted order's place is
closed by moving later orders of its run back, so that no tombstones gather over a day.

A side's levels stand in order with the best one last: most orders come and go near the best price, and an insertion
there moves few levels. The best ten are mirrored into the instrument's `Book`, and only the level that an order touched
is written there. Queue positions are not kept: levels are sums, and an order that loses its priority stays in its sum.

What contradicts the table is refused by value and counted: the caller calls the book suspect, because a message was
lost or the venue's ids are not what we take them for. The same when the table is full: it is made for `orders_max`
orders, takes 64 to 128 bytes for each, is at most half filled, and never grows.
"""

from __future__ import annotations

from typing import Final, final

from librt.vecs import append, vec
from mypy_extensions import i64

from cross_market_connect.domain.book import CHANGE, DELETE, INSERT, LEVELS, Book, BookSide
from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.numbers import NO_PRICE
from cross_market_connect.domain.order import BUY, SELL

ORDER_OK: Final[i64] = 0
ORDER_KNOWN: Final[i64] = 1
ORDER_UNKNOWN: Final[i64] = 2
ORDER_QUANTITY_IMPOSSIBLE: Final[i64] = 3
ORDER_SIDE_IMPOSSIBLE: Final[i64] = 4
ORDER_TABLE_FULL: Final[i64] = 5
ORDER_FAULT_NAMES: Final[tuple[str, ...]] = (
    "",
    "order added twice",
    "order was never added",
    "order's quantity is not possible",
    "order's side is not possible",
    "more orders than the channel may have",
)

# So that no sum of a level can leave 64 bits: the product of both is below 2**63.
ORDER_QUANTITY_MAX: Final[i64] = 1_000_000_000_000
ORDERS_MAX_LIMIT: Final[i64] = 8_000_000

# One order in the table.
_KEY: Final[i64] = 0
_OWNER: Final[i64] = 1  # 0 where there is no order
_PRICE: Final[i64] = 2
_QUANTITY: Final[i64] = 3
_WORDS: Final[i64] = 4

_LOW_31_BITS: Final[i64] = 2_147_483_647
_LOW_33_BITS: Final[i64] = 8_589_934_591
# Odd and below 2**32: a product with 31 bits stays below 2**63. The fraction of the golden ratio spreads neighbours.
_SPREAD: Final[i64] = 2_654_435_761
# The same for a product with 33 bits, with room for what is added to it.
_HIGH_SPREAD: Final[i64] = 374_761_393
_OWNER_SPREAD: Final[i64] = 40_503


@final
class OrderLevels:
    """The price levels of one side, the best last.

    Attributes:
        rank: price of each level, times -1 on the side of the asks, so that the better one is greater.
        quantity_lots, orders: what stands at each level.
        depth: levels in use.
    """

    def __init__(self, side: i64, top: BookSide) -> None:
        self.depth: i64 = 0
        self.rank: vec[i64] = vec[i64]()
        self.quantity_lots: vec[i64] = vec[i64]()
        self.orders: vec[i64] = vec[i64]()
        self._side: i64 = side
        self._top: BookSide = top

    def clear(self) -> None:
        """Drop every level, here and in the `Book`."""
        self.depth = 0
        self._top.clear()

    def show_in(self, top: BookSide) -> None:
        """From now on the best levels are written there, where they are written now."""
        self._top = top
        top.clear()
        shown = self.depth if self.depth < LEVELS else LEVELS
        for level in range(shown):
            at = self.depth - 1 - level
            top.set_level(level, self.rank[at] * self._side, self.quantity_lots[at])

    def add(self, price_ticks: i64, quantity_lots: i64) -> None:
        """One more order at that price."""
        rank = price_ticks * self._side
        at = self._find(rank)
        if at >= 0 and self.rank[at] == rank:
            self.orders[at] += 1
            self._change(at, quantity_lots)
            return
        self._insert(at + 1, rank, quantity_lots)
        level = self.depth - 2 - at
        if level < LEVELS:
            self._top.apply(INSERT, level, price_ticks, quantity_lots)

    def change(self, price_ticks: i64, more_lots: i64) -> None:
        """An order at that price has so much more, or less, than before."""
        self._change(self._find(price_ticks * self._side), more_lots)

    def remove(self, price_ticks: i64, quantity_lots: i64) -> None:
        """One order less at that price."""
        at = self._find(price_ticks * self._side)
        if self.orders[at] > 1:
            self.orders[at] -= 1
            self._change(at, -quantity_lots)
            return
        level = self.depth - 1 - at
        self._delete(at)
        if level < LEVELS:
            self._top.apply(DELETE, level, 0, 0)
            last = self.depth - LEVELS
            if last >= 0:
                self._top.set_level(LEVELS - 1, self.rank[last] * self._side, self.quantity_lots[last])

    def _change(self, at: i64, more_lots: i64) -> None:
        quantity = self.quantity_lots[at] + more_lots
        self.quantity_lots[at] = quantity
        level = self.depth - 1 - at
        if level < LEVELS:
            self._top.apply(CHANGE, level, self.rank[at] * self._side, quantity)

    def _find(self, rank: i64) -> i64:
        """Index of the best level that is not better than `rank`; -1 when there is none."""
        ranks = self.rank
        at = self.depth - 1
        near = at - LEVELS
        while at >= 0 and at > near:
            if ranks[at] <= rank:
                return at
            at -= 1
        low: i64 = 0
        high = at + 1
        while low < high:
            middle = (low + high) // 2
            if ranks[middle] <= rank:
                low = middle + 1
            else:
                high = middle
        return low - 1

    def _insert(self, at: i64, rank: i64, quantity_lots: i64) -> None:
        if self.depth == len(self.rank):
            self.rank = append(self.rank, 0)
            self.quantity_lots = append(self.quantity_lots, 0)
            self.orders = append(self.orders, 0)
        ranks = self.rank
        quantities = self.quantity_lots
        orders = self.orders
        position = self.depth
        while position > at:
            ranks[position] = ranks[position - 1]
            quantities[position] = quantities[position - 1]
            orders[position] = orders[position - 1]
            position -= 1
        ranks[at] = rank
        quantities[at] = quantity_lots
        orders[at] = 1
        self.depth += 1

    def _delete(self, at: i64) -> None:
        ranks = self.rank
        quantities = self.quantity_lots
        orders = self.orders
        self.depth -= 1
        position = at
        while position < self.depth:
            ranks[position] = ranks[position + 1]
            quantities[position] = quantities[position + 1]
            orders[position] = orders[position + 1]
            position += 1


@final
class OrderBook:
    """One instrument's book by order; made by `OrderTable.open_book`.

    Attributes:
        book: where the best ten levels are written. Its state, times and trades stay the feed's to say.
        orders: live orders of both sides.
        unpriced_orders: those of them without a price (market orders before an auction), which stand at no level.
    """

    def __init__(self, number: i64, book: Book) -> None:
        self.number: i64 = number
        self.book: Book = book
        self.bids: OrderLevels = OrderLevels(BUY, book.bids)
        self.asks: OrderLevels = OrderLevels(SELL, book.asks)
        self.orders: i64 = 0
        self.unpriced_orders: i64 = 0

    def show_in(self, book: Book) -> None:
        """From now on the best levels are written into that `Book`: orders collected apart become what is followed."""
        self.book = book
        self.bids.show_in(book.bids)
        self.asks.show_in(book.asks)


@final
class OrderTable:
    """All orders of a channel, and the books that they stand in.

    Args:
        orders_max: live orders that the channel may have; memory is taken for all of them at once.

    Raises:
        InvariantError: `orders_max` is not between 1 and ORDERS_MAX_LIMIT.
    """

    def __init__(self, orders_max: i64) -> None:
        if not 0 < orders_max <= ORDERS_MAX_LIMIT:
            raise InvariantError(f"an order table is for 1 to {ORDERS_MAX_LIMIT} orders, not {orders_max}")
        places: i64 = 2
        while places < 2 * orders_max:
            places *= 2
        self.orders_max: i64 = orders_max
        self.orders: i64 = 0
        self.books: list[OrderBook] = []
        self._mask: i64 = places - 1
        self._table: vec[i64] = _zeros(places * _WORDS)
        self._faults: vec[i64] = _zeros(len(ORDER_FAULT_NAMES))

    def open_book(self, book: Book) -> OrderBook:
        """An empty book by order that writes its best levels into `book`."""
        opened = OrderBook(len(self.books), book)
        self.books.append(opened)
        return opened

    def faults(self, fault: i64) -> i64:
        """How often that fault was returned since the start."""
        return self._faults[fault]

    def add(self, book: OrderBook, order_id: i64, side: i64, price_ticks: i64, quantity_lots: i64) -> i64:
        """A new order of `side` BUY or SELL; `price_ticks` is NO_PRICE when it has none.

        Returns:
            ORDER_OK, or the fault for which nothing was changed.
        """
        if side != BUY and side != SELL:
            return self._fault(ORDER_SIDE_IMPOSSIBLE)
        if quantity_lots <= 0 or quantity_lots > ORDER_QUANTITY_MAX:
            return self._fault(ORDER_QUANTITY_IMPOSSIBLE)
        owner = _owner(book, side)
        place = self._place(order_id, owner)
        table = self._table
        if table[place + _OWNER] != 0:
            return self._fault(ORDER_KNOWN)
        if self.orders == self.orders_max:
            return self._fault(ORDER_TABLE_FULL)
        table[place + _KEY] = order_id
        table[place + _OWNER] = owner
        table[place + _PRICE] = price_ticks
        table[place + _QUANTITY] = quantity_lots
        self.orders += 1
        book.orders += 1
        if price_ticks == NO_PRICE:
            book.unpriced_orders += 1
        else:
            levels = book.bids if side == BUY else book.asks
            levels.add(price_ticks, quantity_lots)
        return ORDER_OK

    def resize(self, book: OrderBook, order_id: i64, side: i64, quantity_lots: i64) -> i64:
        """An order has another quantity at its price, whatever that does to its priority. Returns as `add` does."""
        if side != BUY and side != SELL:
            return self._fault(ORDER_SIDE_IMPOSSIBLE)
        if quantity_lots <= 0 or quantity_lots > ORDER_QUANTITY_MAX:
            return self._fault(ORDER_QUANTITY_IMPOSSIBLE)
        place = self._place(order_id, _owner(book, side))
        table = self._table
        if table[place + _OWNER] == 0:
            return self._fault(ORDER_UNKNOWN)
        more = quantity_lots - table[place + _QUANTITY]
        table[place + _QUANTITY] = quantity_lots
        price_ticks = table[place + _PRICE]
        if price_ticks != NO_PRICE:
            levels = book.bids if side == BUY else book.asks
            levels.change(price_ticks, more)
        return ORDER_OK

    def replace(self, book: OrderBook, order_id: i64, side: i64, price_ticks: i64, quantity_lots: i64) -> i64:
        """An order has another price and quantity. Returns as `add` does."""
        if side != BUY and side != SELL:
            return self._fault(ORDER_SIDE_IMPOSSIBLE)
        if quantity_lots <= 0 or quantity_lots > ORDER_QUANTITY_MAX:
            return self._fault(ORDER_QUANTITY_IMPOSSIBLE)
        place = self._place(order_id, _owner(book, side))
        table = self._table
        if table[place + _OWNER] == 0:
            return self._fault(ORDER_UNKNOWN)
        levels = book.bids if side == BUY else book.asks
        self._leave(book, levels, table[place + _PRICE], table[place + _QUANTITY])
        table[place + _PRICE] = price_ticks
        table[place + _QUANTITY] = quantity_lots
        if price_ticks == NO_PRICE:
            book.unpriced_orders += 1
        else:
            levels.add(price_ticks, quantity_lots)
        return ORDER_OK

    def delete(self, book: OrderBook, order_id: i64, side: i64) -> i64:
        """An order is gone: filled or cancelled. Returns as `add` does."""
        if side != BUY and side != SELL:
            return self._fault(ORDER_SIDE_IMPOSSIBLE)
        place = self._place(order_id, _owner(book, side))
        table = self._table
        if table[place + _OWNER] == 0:
            return self._fault(ORDER_UNKNOWN)
        levels = book.bids if side == BUY else book.asks
        self._leave(book, levels, table[place + _PRICE], table[place + _QUANTITY])
        book.orders -= 1
        self._free(place)
        return ORDER_OK

    def clear(self, book: OrderBook) -> None:
        """Drop all orders of one book. Walks the whole table: for what is rare."""
        place: i64 = 0
        end: i64 = len(self._table)
        while book.orders > 0 and place < end:
            owner = self._table[place + _OWNER]
            if owner != 0 and (owner - 1) // 2 == book.number:
                book.orders -= 1
                self._free(place)  # and look again: a later order may have moved here
            else:
                place += _WORDS
        book.unpriced_orders = 0
        book.bids.clear()
        book.asks.clear()

    def clear_all(self) -> None:
        """Drop all orders of all books: a sequence reset, or before a snapshot. Walks a table that has any."""
        table = self._table
        place: i64 = _OWNER
        end: i64 = len(table) if self.orders > 0 else 0
        while place < end:
            table[place] = 0
            place += _WORDS
        self.orders = 0
        for book in self.books:
            book.orders = 0
            book.unpriced_orders = 0
            book.bids.clear()
            book.asks.clear()

    def _leave(self, book: OrderBook, levels: OrderLevels, price_ticks: i64, quantity_lots: i64) -> None:
        if price_ticks == NO_PRICE:
            book.unpriced_orders -= 1
        else:
            levels.remove(price_ticks, quantity_lots)

    def _fault(self, fault: i64) -> i64:
        self._faults[fault] += 1
        return fault

    def _place(self, order_id: i64, owner: i64) -> i64:
        """Where that order stands, or where the run that it would stand in ends."""
        table = self._table
        mask = self._mask
        at = _home(order_id, owner) & mask
        while True:
            place = at * _WORDS
            found = table[place + _OWNER]
            if found == 0 or (table[place + _KEY] == order_id and found == owner):
                return place
            at = (at + 1) & mask

    def _free(self, place: i64) -> None:
        """Take out the order at `place`, and move back what could not stand nearer to its home because of it."""
        table = self._table
        mask = self._mask
        self.orders -= 1
        hole = place // _WORDS
        at = hole
        while True:
            at = (at + 1) & mask
            from_place = at * _WORDS
            owner = table[from_place + _OWNER]
            if owner == 0:
                break
            home = _home(table[from_place + _KEY], owner) & mask
            # It may move into the hole when its home is not behind the hole: distances count around the table.
            if ((at - home) & mask) >= ((at - hole) & mask):
                to_place = hole * _WORDS
                table[to_place + _KEY] = table[from_place + _KEY]
                table[to_place + _OWNER] = owner
                table[to_place + _PRICE] = table[from_place + _PRICE]
                table[to_place + _QUANTITY] = table[from_place + _QUANTITY]
                hole = at
        table[hole * _WORDS + _OWNER] = 0


def _owner(book: OrderBook, side: i64) -> i64:
    return 2 * book.number + (1 if side == BUY else 2)


def _home(order_id: i64, owner: i64) -> i64:
    """Where an order belongs in a table of any length; the caller takes as many low bits as its table has.

    Ids are counters, counters in both halves of a number, or anything: each half is spread by itself.
    """
    high = (order_id >> 31) & _LOW_33_BITS
    mixed = ((order_id & _LOW_31_BITS) + high * _HIGH_SPREAD + owner * _OWNER_SPREAD) & _LOW_31_BITS
    return (mixed * _SPREAD) >> 20


def _zeros(count: i64) -> vec[i64]:
    """Appended one by one: a list of as many would take as much memory again."""
    zeros = vec[i64](capacity=count)
    for _ in range(count):
        zeros = append(zeros, 0)
    return zeros
