"""What one spread holds: lots and entry prices per leg, since when, and what its legs lack to hedge each other exactly.

Whole lots rarely hedge exactly. `hedge_e9` is the exact hedge of what the first leg holds, in 1e-9 lots per leg, as the
orders that built the position were aligned; `residual_e9` is what is missing to it. The residual is carried into the
next order's quantities and never dropped: what an order left unmatched is part of it too.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.numbers import checked_add, checked_multiply, multiply_divide
from cross_market_connect.trading.orders import SpreadOrder

LOT_E9: Final[i64] = 1_000_000_000


@final
class SpreadPosition:
    """Holdings of one spread. Only fills change them.

    Attributes:
        lots: signed lots per leg.
        ticks_sum: per leg, signed lots times their average entry price in ticks.
        hedge_e9: per leg, signed 1e-9 lots that hedge the first leg's lots exactly.
        since_utc_ns: calendar time since when anything has been held; 0 when flat.
    """

    def __init__(self, leg_count: i64) -> None:
        self.lots: list[i64] = [0 for _ in range(leg_count)]
        self.ticks_sum: list[i64] = [0 for _ in range(leg_count)]
        self.hedge_e9: list[i64] = [0 for _ in range(leg_count)]
        self.since_utc_ns: i64 = 0

    def count_fill(self, order: SpreadOrder, leg: i64, side: i64, lots: i64, price_ticks: i64, utc_ns: i64) -> None:
        """Count a fill that `order.filled` has counted already (negative lots: the venue took a trade back)."""
        was_flat = self.is_flat()
        change = side * lots
        before = self.lots[leg]
        after = before + change
        self.lots[leg] = after
        if before == 0 or (before > 0) == (change > 0):
            self.ticks_sum[leg] = checked_add(self.ticks_sum[leg], checked_multiply(price_ticks, change))
        elif after == 0 or (after > 0) == (before > 0):
            self.ticks_sum[leg] = multiply_divide(self.ticks_sum[leg], after, before)
        else:
            self.ticks_sum[leg] = checked_multiply(price_ticks, after)
        if leg == 0:
            self._hedge(order, order.filled[0] - change * order.sides[0], order.filled[0])
        if was_flat:
            self.since_utc_ns = utc_ns
        elif self.is_flat():
            self.since_utc_ns = 0

    def _hedge(self, order: SpreadOrder, filled_before: i64, filled: i64) -> None:
        """The exact hedge follows the first leg's fills, in the proportion in which the order was aligned."""
        target = order.targets[0]
        for leg in range(len(self.lots)):
            if self.lots[0] == 0 or target <= 0:
                # What the other legs hold without the first is residual, whatever rounding left behind.
                self.hedge_e9[leg] = 0
                continue
            exact = order.exact_lots_e9(leg)
            share = multiply_divide(exact, filled, target) - multiply_divide(exact, filled_before, target)
            self.hedge_e9[leg] = self.hedge_e9[leg] + order.sides[leg] * share

    def residual_e9(self, leg: i64) -> i64:
        """Signed 1e-9 lots that the leg lacks to its exact hedge; the first leg lacks nothing."""
        if leg == 0:
            return 0
        return self.hedge_e9[leg] - self.lots[leg] * LOT_E9

    def average_ticks(self, leg: i64) -> float:
        """Average entry price of the leg, in ticks; 0 when it holds nothing."""
        lots = self.lots[leg]
        return float(self.ticks_sum[leg]) / float(lots) if lots != 0 else 0.0

    def is_priced(self) -> bool:
        """Whether every leg holds a quantity, so that the entry has a value."""
        for lots in self.lots:
            if lots == 0:
                return False
        return True

    def is_flat(self) -> bool:
        """Whether nothing is held."""
        for lots in self.lots:
            if lots != 0:
                return False
        return True
