"""One book from two that trade as one: the direct and the implied levels of an instrument.

As CME describes it: both are kept apart and then merged, quantities at the same price are added, and the result is as
deep as the deeper of the two (CME wiki, "MDP 3.0 - Consolidating Implied and Multiple Depth Books"). Below the last
level that a book shows there may be more that nobody was told of: so the merged side stops no later than there.
"""

from __future__ import annotations

from mypy_extensions import i64

from cross_market_connect.domain.book import Book, BookSide
from cross_market_connect.domain.order import BUY, SELL


def consolidate(one: Book, other: Book, target: Book) -> None:
    """Write into `target` the levels of both; its times, state and last trade stay."""
    merge_side(one.bids, other.bids, BUY, target.bids)
    merge_side(one.asks, other.asks, SELL, target.asks)


def merge_side(one: BookSide, other: BookSide, side: i64, target: BookSide) -> None:
    """Levels of both from the best on; `side` is BUY where the higher price is the better one."""
    depth = max(one.depth, other.depth)
    target.clear()
    first: i64 = 0
    second: i64 = 0
    for level in range(depth):
        better = _better(one, first, other, second, side)
        quantity: i64 = 0
        price = one.price_ticks[first] if better >= 0 else other.price_ticks[second]
        if better >= 0:
            quantity += one.quantity_lots[first]
            first += 1
        if better <= 0:
            quantity += other.quantity_lots[second]
            second += 1
        target.set_level(level, price, quantity)


def _better(one: BookSide, first: i64, other: BookSide, second: i64, side: i64) -> i64:
    """Positive where the next level is of `one`, negative where it is of `other`, 0 where both have that price."""
    if second >= other.depth:
        return 1
    if first >= one.depth:
        return -1
    return (one.price_ticks[first] - other.price_ticks[second]) * side
