"""The books that make up what a channel of CME shows of each instrument: by price, by order, implied, combined."""

from __future__ import annotations

from typing import final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.book import Book
from cross_market_connect.market.consolidated import consolidate
from cross_market_connect.venues.cme.order_books import OrderBooks


@final
class ChannelBooks:
    """By position of the instrument. Where there is nothing to tell apart, books of two names are one object.

    Args:
        shown: the engine's books.
        orders_max: the books shown are those by order, with so many live orders together; 0: those by price.
        combines_implied: implied levels are part of what is shown.

    Attributes:
        direct: without implied levels, by order or by price. prices: by price. implied: implied levels alone.
        is_layered: the book shown is not the book by price alone.
        prices_seq: the packet at which the last snapshot of each book by price stands.
        orders: the books by order; None where those by price are shown.
    """

    def __init__(self, shown: list[Book], orders_max: i64, combines_implied: bool) -> None:
        self.shown: list[Book] = shown
        self.combines: bool = combines_implied
        self.is_layered: bool = combines_implied or orders_max > 0
        self.implied: list[Book] = _others(shown)
        self.direct: list[Book] = _others(shown) if combines_implied else shown
        self.orders: OrderBooks | None = OrderBooks(self.direct, orders_max) if orders_max > 0 else None
        self.prices: list[Book] = _others(shown) if orders_max > 0 else self.direct
        self.prices_seq: vec[i64] = vec[i64]([0 for _ in shown])

    def make_shown(self, at: i64) -> None:
        """An event is over."""
        if self.combines:
            consolidate(self.direct[at], self.implied[at], self.shown[at])

    def clear(self, at: i64) -> None:
        """The venue says that nothing stands in any of them."""
        orders = self.orders
        if orders is not None:
            orders.clear(at)
        self.shown[at].clear()
        self.direct[at].clear()
        self.prices[at].clear()
        self.implied[at].clear()

    def has_orders(self, at: i64) -> bool:
        """Whether the book by order holds every order, where there is one."""
        orders = self.orders
        return orders is None or orders.synchronized[at] == 1

    def lose_orders(self, at: i64) -> None:
        """Nothing true is known of the book by order."""
        orders = self.orders
        if orders is not None:
            orders.lose(at)

    def agree(self, at: i64, position: i64, market_depth: i64) -> bool:
        """Whether the whole books by price and by order show the same at packet `position` of the channel.

        A snapshot may stand ahead of the channel: until it is reached the other book is of another moment.
        """
        orders = self.orders
        if orders is None or position < orders.ahead_seq[at] or position < self.prices_seq[at]:
            return True
        return orders.agrees_with(at, self.prices[at], market_depth)


def _others(books: list[Book]) -> list[Book]:
    return [Book(book.instrument_index) for book in books]
