"""Books by order of a channel of CME: every order, snapshots in chunks, and the check against the books by price.

Theory of operation. Orders come behind the price levels that they changed (template 46), each naming the entry that has
its security, side and price, or alone (47), below the depth of the book by price and ahead of it in the same event.
They have no count of their own: behind a lost packet nobody knows whether an order is missing, so every book by order
waits for its snapshot (53), which stands at a packet number; of the packets behind it every order counts, of those
before it none. (CME wiki: "MDP 3.0 - Incremental Refresh SBE Template Book Processing for MBOFD", "MDP 3.0 - MBP and
MBOFD Market Recovery".)

A snapshot comes in chunks, one message each, in order; they are collected apart and used when the last one has come.

The exchange keeps the book by price from the same orders. Between two events the best levels of both are the same;
where they are not, neither is believed.
"""

from __future__ import annotations

from typing import Final, final

from librt.vecs import append, vec
from mypy_extensions import i64

from cross_market_connect.domain.book import LEVELS, Book, BookSide
from cross_market_connect.domain.order import BUY, SELL
from cross_market_connect.market.order_book import ORDER_OK, OrderBook, OrderTable
from cross_market_connect.venues.cme.book_update import APPLIED, CONTRADICTION, NOT_OF_THE_BOOK, OFF_GRID
from cross_market_connect.venues.cme.securities import NO_TICKS, Securities
from cross_market_connect.wire.mdp3.codes import ENTRY_BID, ENTRY_OFFER, ORDER_DELETE, ORDER_NEW, ORDER_UPDATE
from cross_market_connect.wire.mdp3.decoder import PacketReader

# Live orders of all our instruments together; a busy future has some ten thousand.
ORDERS_MAX: Final[i64] = 131_072
NOBODY: Final[i64] = -1

# One order of a snapshot under way.
_ID: Final[i64] = 0
_SIDE: Final[i64] = 1
_TICKS: Final[i64] = 2
_LOTS: Final[i64] = 3
_WORDS: Final[i64] = 4


@final
class OrderBooks:
    """The orders of our instruments, by position.

    Args:
        books: where the best ten levels of each are written.
        orders_max: live orders that all may have together.

    Attributes:
        synchronized: 1 where a book holds every order.
        ahead_seq: the packet at which its snapshot stands; orders of packets up to there are in it.
    """

    def __init__(self, books: list[Book], orders_max: i64) -> None:
        count: i64 = len(books)
        self.table: OrderTable = OrderTable(orders_max)
        self.books: list[OrderBook] = [self.table.open_book(book) for book in books]
        self.synchronized: vec[i64] = vec[i64]([0 for _ in range(count)])
        self.ahead_seq: vec[i64] = vec[i64]([0 for _ in range(count)])
        self._collecting: i64 = NOBODY
        self._collecting_seq: i64 = 0
        self._chunk: i64 = 0
        self._chunks: i64 = 0
        self._orders: vec[i64] = vec[i64]()

    def lose(self, at: i64) -> None:
        """Nothing true is known of this book until its snapshot comes."""
        self.synchronized[at] = 0

    def lose_all(self) -> None:
        """A packet is lost for good: every book may have missed an order."""
        for at in range(i64(len(self.books))):
            self.synchronized[at] = 0

    def clear(self, at: i64) -> None:
        """The venue says that the book is empty."""
        self.table.clear(self.books[at])

    # -- updates -------------------------------------------------------------------------------------------------------

    def apply_behind(self, reader: PacketReader, index: i64, entry: i64, securities: Securities, at: i64) -> i64:
        """Order `index` of a template 46, whose price level is its entry `entry`; returns as `apply_entry` does."""
        action = reader.order_action(index)
        side = _side_of(reader.entry_type(entry))
        order_id = reader.order_id(index)
        return self._apply(
            at, order_id, action, side, securities.ticks(at, reader.entry_price(entry)), reader.order_size(index)
        )

    def apply_alone(self, reader: PacketReader, index: i64, securities: Securities, at: i64) -> i64:
        """Entry `index` of a template 47."""
        action = reader.entry_action(index)
        side = _side_of(reader.entry_type(index))
        order_id = reader.entry_order_id(index)
        return self._apply(
            at, order_id, action, side, securities.ticks(at, reader.entry_price(index)), reader.entry_size(index)
        )

    def _apply(self, at: i64, order_id: i64, action: i64, side: i64, ticks: i64, lots: i64) -> i64:
        book = self.books[at]
        if action == ORDER_DELETE:
            return APPLIED if self.table.delete(book, order_id, side) == ORDER_OK else CONTRADICTION
        if ticks == NO_TICKS:
            return OFF_GRID
        if action == ORDER_NEW:
            result = self.table.add(book, order_id, side, ticks, lots)
        elif action == ORDER_UPDATE:
            result = self.table.replace(book, order_id, side, ticks, lots)
        else:
            return CONTRADICTION
        return APPLIED if result == ORDER_OK else CONTRADICTION

    # -- snapshots -----------------------------------------------------------------------------------------------------

    def collect(self, reader: PacketReader, securities: Securities, at: i64) -> i64:
        """Take in a chunk of the snapshot of our instrument `at`.

        Returns:
            APPLIED when it was the last one and `use` may follow, NOT_OF_THE_BOOK when more must come, or the fault.
        """
        chunk = reader.chunk()
        last_seq = reader.last_seq_num_processed()
        if chunk == 1:
            self._collecting, self._collecting_seq = at, last_seq
            self._chunks = reader.chunks()
            self._orders = vec[i64]()
        elif at != self._collecting or chunk != self._chunk + 1 or last_seq != self._collecting_seq:
            self._collecting = NOBODY
            return NOT_OF_THE_BOOK
        self._chunk = chunk
        result = self._keep_orders(reader, securities, at)
        if result != APPLIED:
            self._collecting = NOBODY
            return result
        return APPLIED if chunk == self._chunks else NOT_OF_THE_BOOK

    def _keep_orders(self, reader: PacketReader, securities: Securities, at: i64) -> i64:
        orders = self._orders
        if len(orders) > self.table.orders_max * _WORDS:
            return CONTRADICTION
        for index in range(reader.entry_count):
            ticks = securities.ticks(at, reader.entry_price(index))
            if ticks == NO_TICKS:
                return OFF_GRID
            orders = append(orders, reader.entry_order_id(index))
            orders = append(orders, _side_of(reader.entry_type(index)))
            orders = append(orders, ticks)
            orders = append(orders, reader.entry_size(index))
        self._orders = orders
        return APPLIED

    def use(self, at: i64) -> i64:
        """The book is what was collected; APPLIED, or CONTRADICTION when its orders cannot all stand in one book."""
        book = self.books[at]
        self.table.clear(book)
        orders = self._orders
        end: i64 = len(orders)
        self._collecting = NOBODY
        place: i64 = 0
        while place < end:
            result = self.table.add(
                book, orders[place + _ID], orders[place + _SIDE], orders[place + _TICKS], orders[place + _LOTS]
            )
            if result != ORDER_OK:
                return CONTRADICTION
            place += _WORDS
        self.synchronized[at] = 1
        self.ahead_seq[at] = self._collecting_seq
        return APPLIED

    # -- the check -----------------------------------------------------------------------------------------------------

    def agrees_with(self, at: i64, prices: Book, market_depth: i64) -> bool:
        """Whether the book by price shows the same best levels; it has no more than `market_depth` of them."""
        book = self.books[at].book
        return _agree(book.bids, prices.bids, market_depth) and _agree(book.asks, prices.asks, market_depth)


def _agree(orders: BookSide, prices: BookSide, market_depth: i64) -> bool:
    depth = min(orders.depth, min(market_depth, LEVELS))
    if prices.depth != depth:
        return False
    for level in range(depth):
        is_same_price = orders.price_ticks[level] == prices.price_ticks[level]
        if not is_same_price or orders.quantity_lots[level] != prices.quantity_lots[level]:
            return False
    return True


def _side_of(entry_type: i64) -> i64:
    """BUY or SELL; 0, which no table takes, for what is neither."""
    if entry_type == ENTRY_BID:
        return BUY
    return SELL if entry_type == ENTRY_OFFER else 0
