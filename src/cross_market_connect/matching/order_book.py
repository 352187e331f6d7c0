"""Resting orders of one instrument in price-time priority.

A side is a list of price levels, best first; a level is a queue of orders, oldest first. Levels are found by binary
search, so posting and cancelling cost the logarithm of the depth plus one list shift.
"""

from __future__ import annotations

from typing import final

from mypy_extensions import i64

from cross_market_connect.domain.book import LEVELS, Book, BookSide
from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.order import BUY, MARKET, SELL
from cross_market_connect.matching.orders import ExchangeOrder


@final
class PriceLevel:
    """Orders resting at one price, oldest first. `total_lots` is the sum of their open quantities."""

    def __init__(self, price_ticks: i64) -> None:
        self.price_ticks: i64 = price_ticks
        self.total_lots: i64 = 0
        self.orders: list[ExchangeOrder] = []


@final
class RestingSide:
    """One side of the book: levels from the best price on."""

    def __init__(self, side: i64) -> None:
        self.side: i64 = side
        self.levels: list[PriceLevel] = []

    def position(self, price_ticks: i64) -> i64:
        """Index of the first level that is not better than the price (where the price stands or belongs)."""
        low: i64 = 0
        high: i64 = len(self.levels)
        while low < high:
            middle = (low + high) // 2
            if (self.levels[middle].price_ticks - price_ticks) * self.side > 0:
                low = middle + 1
            else:
                high = middle
        return low

    def add(self, order: ExchangeOrder) -> None:
        """Queue the order behind all others of its price."""
        at = self.position(order.price_ticks)
        if at == i64(len(self.levels)) or self.levels[at].price_ticks != order.price_ticks:
            self.levels.insert(int(at), PriceLevel(order.price_ticks))
        level = self.levels[at]
        level.orders.append(order)
        level.total_lots += order.leaves_lots

    def remove(self, order: ExchangeOrder) -> None:
        """Take the order out, with the quantity that it still has open."""
        at = self.position(order.price_ticks)
        if at == i64(len(self.levels)) or self.levels[at].price_ticks != order.price_ticks:
            raise InvariantError(f"order {order.order_number} has no level at {order.price_ticks}")
        level = self.levels[at]
        level.orders.remove(order)
        level.total_lots -= order.leaves_lots
        if not level.orders:
            del self.levels[at]

    def fillable_lots(self, order: ExchangeOrder, prevents_self_trade: bool) -> i64:
        """How much of an incoming order of the other side these levels fill at once, up to its open quantity."""
        total: i64 = 0
        for level in self.levels:
            if not crosses(order, level.price_ticks):
                break
            for resting in level.orders:
                if prevents_self_trade and resting.participant == order.participant:
                    return total
                total += resting.leaves_lots
                if total >= order.leaves_lots:
                    return order.leaves_lots
        return total

    def crossing_lots(self, order: ExchangeOrder) -> i64:
        """Everything that rests at prices at which an incoming order of the other side may trade."""
        total: i64 = 0
        for level in self.levels:
            if not crosses(order, level.price_ticks):
                break
            total += level.total_lots
        return total

    def copy_to(self, target: BookSide) -> None:
        """Write the best ten levels, aggregated, into a published book side."""
        target.clear()
        depth: i64 = len(self.levels)
        for at in range(depth if depth < LEVELS else LEVELS):
            target.set_level(at, self.levels[at].price_ticks, self.levels[at].total_lots)


def crosses(order: ExchangeOrder, resting_ticks: i64) -> bool:
    """Whether an incoming order may trade at the price of a resting one."""
    return order.order_type == MARKET or (order.price_ticks - resting_ticks) * order.side >= 0


@final
class OrderBook:
    """Both sides of one instrument. `version` grows with every change of what rests."""

    def __init__(self) -> None:
        self.version: i64 = 0
        self.bids: RestingSide = RestingSide(BUY)
        self.asks: RestingSide = RestingSide(SELL)

    def own(self, side: i64) -> RestingSide:
        """The side on which an order of `side` rests."""
        return self.bids if side == BUY else self.asks

    def opposite(self, side: i64) -> RestingSide:
        """The side that an order of `side` trades against."""
        return self.asks if side == BUY else self.bids

    def orders(self) -> list[ExchangeOrder]:
        """Every resting order: bids then asks, in priority order."""
        result: list[ExchangeOrder] = []
        for level in self.bids.levels:
            result.extend(level.orders)
        for level in self.asks.levels:
            result.extend(level.orders)
        return result

    def copy_to(self, book: Book) -> None:
        """Write the published picture: ten aggregated levels a side."""
        self.bids.copy_to(book.bids)
        self.asks.copy_to(book.asks)
