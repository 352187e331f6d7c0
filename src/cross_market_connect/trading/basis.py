"""A future against its underlying: basis, what it is a year, the financing rate it implies, and its fair value.

Interest is simple, on 365 days: fair value = spot x (1 + carry x days / 365) - dividends. Dividends are those that go
ex until the last trading day, in the spot's unit.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

DAYS_PER_YEAR: Final[float] = 365.0


@final
class Basis:
    """What a future is worth against its underlying, both above zero and in one unit.

    Attributes:
        basis: future minus spot.
        annualised_percent: the basis in percent of the spot and per year; 0 on the last trading day, as the rate below.
        implied_financing_rate: the carry at which the future would be at its fair value, as a share per year.
        fair_value: at the given carry; mispricing: future minus fair value.
    """

    def __init__(self, future: float, spot: float, days: i64, carry: float, dividends: float) -> None:
        years = float(days) / DAYS_PER_YEAR
        self.basis: float = future - spot
        self.annualised_percent: float = 100.0 * self.basis / spot / years if days > 0 else 0.0
        self.implied_financing_rate: float = ((future + dividends) / spot - 1.0) / years if days > 0 else 0.0
        self.fair_value: float = spot * (1.0 + carry * years) - dividends
        self.mispricing: float = future - self.fair_value
