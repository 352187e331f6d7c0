"""Collects one cycle of the OMD-C refresh channel into orders and books of its own.

A book that a cycle does not mention is empty. A security whose orders or entries were faulty is marked: the snapshot
says nothing of it. When a cycle is complete, its orders become those that the feed follows, and the feed's former ones
are what the next cycle is collected in (`exchange_orders`): nothing is copied.
"""

from __future__ import annotations

from typing import final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.book import Book
from cross_market_connect.market.order_book import OrderBook, OrderTable
from cross_market_connect.venues.hkex.book_update import APPLIED, OFF_GRID, apply_book_update
from cross_market_connect.venues.hkex.order_update import apply_order
from cross_market_connect.venues.hkex.refresh_cycle import RefreshCycle
from cross_market_connect.venues.hkex.securities import Securities
from cross_market_connect.venues.hkex.security_state import SecurityStates
from cross_market_connect.wire.omd.omd_c_reader import OmdCReader


@final
class SecurityOrders:
    """The orders of our securities, each security's shown in one of `books`."""

    def __init__(self, orders_max: i64, books: list[Book]) -> None:
        self.table: OrderTable = OrderTable(orders_max)
        self.books: list[OrderBook] = [self.table.open_book(book) for book in books]

    def show_in(self, books: list[Book]) -> None:
        """From now on they are shown there."""
        for at in range(i64(len(books))):
            self.books[at].show_in(books[at])


@final
class SecuritiesSnapshot(RefreshCycle):
    """The cycle under way.

    Attributes:
        books, orders, states, faults: what the cycle said, by position; a fault of APPLIED is none.
    """

    def __init__(self, securities: Securities, orders_max: i64) -> None:
        super().__init__()
        count: i64 = len(securities.markets)
        self.books: list[Book] = [Book(at) for at in range(count)]
        self.orders: SecurityOrders = SecurityOrders(orders_max, self.books)
        self.states: SecurityStates = SecurityStates(securities)
        self.faults: vec[i64] = vec[i64]([APPLIED for _ in range(count)])
        self._securities: Securities = securities

    def begin(self) -> None:
        """A cycle begins: nothing said yet."""
        super().begin()
        self.states.forget()
        self.orders.table.clear_all()
        for at in range(i64(len(self.books))):
            self.books[at].clear()
            self.faults[at] = APPLIED

    def on_order(self, at: i64, reader: OmdCReader) -> None:
        """The reader's current message, an Add Order of security `at`."""
        if self.faults[at] != APPLIED:
            return
        codes = self._securities.codes
        orders = self.orders
        lot = self._securities.lots[at]
        result = apply_order(reader, orders.table, orders.books[at], codes.multipliers[at], codes.divisors[at], lot)
        if result >= OFF_GRID:
            self.faults[at] = result

    def on_book_update(self, at: i64, reader: OmdCReader) -> None:
        """The reader's current message, an Aggregate Order Book Update of security `at`."""
        if self.faults[at] != APPLIED:
            return
        codes = self._securities.codes
        lot = self._securities.lots[at]
        result = apply_book_update(reader, self.books[at], codes.multipliers[at], codes.divisors[at], lot)
        if result >= OFF_GRID:
            self.faults[at] = result

    def exchange_orders(self, followed: SecurityOrders, shown: list[Book]) -> SecurityOrders:
        """Hand out the cycle's orders, shown in `shown` from now on, for those that were followed."""
        collected = self.orders
        followed.show_in(self.books)
        collected.show_in(shown)
        self.orders = followed
        return collected
