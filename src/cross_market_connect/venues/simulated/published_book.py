"""What receivers of a book by price have been told, and the level operations that lead from there to the present book.

The receiver shifts levels as it is told (OMD-D 1.47, section 6; CME does the same), and the remembered side is shifted
the same way.
"""

from __future__ import annotations

from typing import final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.book import CHANGE, DELETE, INSERT, LEVELS
from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.matching.order_book import RestingSide


class LevelSink:
    """Where level operations go: a protocol's message under way."""

    def add(self, quantity: i64, price_ticks: i64, orders: i64, side: i64, level: i64, action: i64) -> None:
        """One operation.

        Args:
            side: BUY or SELL. level: from 1. action: INSERT, CHANGE or DELETE, as in domain/book.py.
        """
        raise InvariantError("a sink must be implemented")


@final
class PublishedSide:
    """The levels of one side as receivers have them."""

    def __init__(self, side: i64) -> None:
        self.side: i64 = side
        self.depth: i64 = 0
        # One slot more than published: an insertion shifts before the last level is dropped.
        self.price_ticks: vec[i64] = vec[i64]([0 for _ in range(LEVELS + 1)])
        self.quantities: vec[i64] = vec[i64]([0 for _ in range(LEVELS + 1)])
        self.orders: vec[i64] = vec[i64]([0 for _ in range(LEVELS + 1)])

    def insert(self, at: i64) -> None:
        """Open a level: those below move down, the one beyond the depth is gone."""
        position = self.depth
        while position > at:
            self.price_ticks[position] = self.price_ticks[position - 1]
            self.quantities[position] = self.quantities[position - 1]
            self.orders[position] = self.orders[position - 1]
            position -= 1
        self.depth = self.depth + 1 if self.depth < LEVELS else LEVELS

    def delete(self, at: i64) -> None:
        """Close a level: those below move up."""
        position = at
        while position + 1 < self.depth:
            self.price_ticks[position] = self.price_ticks[position + 1]
            self.quantities[position] = self.quantities[position + 1]
            self.orders[position] = self.orders[position + 1]
            position += 1
        self.depth -= 1


def publish_side(sink: LevelSink, published: PublishedSide, resting: RestingSide) -> None:
    """Walk both from the best level on; each step brings the published side one level nearer to the resting one."""
    wanted: i64 = len(resting.levels)
    if wanted > LEVELS:
        wanted = LEVELS
    side = published.side
    at: i64 = 0
    while at < wanted:
        level = resting.levels[at]
        price = level.price_ticks
        orders: i64 = len(level.orders)
        if at < published.depth and published.price_ticks[at] == price:
            if published.quantities[at] != level.total_lots or published.orders[at] != orders:
                sink.add(level.total_lots, price, orders, side, at + 1, CHANGE)
        elif at < published.depth and (published.price_ticks[at] - price) * resting.side > 0:
            _delete(sink, published, at)
            continue
        else:
            published.insert(at)
            sink.add(level.total_lots, price, orders, side, at + 1, INSERT)
        published.price_ticks[at] = price
        published.quantities[at] = level.total_lots
        published.orders[at] = orders
        at += 1
    while published.depth > wanted:
        _delete(sink, published, wanted)


def snapshot_side(sink: LevelSink, published: PublishedSide) -> None:
    """What was published, level by level, for one who has nothing."""
    for at in range(published.depth):
        sink.add(
            published.quantities[at], published.price_ticks[at], published.orders[at], published.side, at + 1, INSERT
        )


def _delete(sink: LevelSink, published: PublishedSide, at: i64) -> None:
    price = published.price_ticks[at]
    sink.add(published.quantities[at], price, published.orders[at], published.side, at + 1, DELETE)
    published.delete(at)
