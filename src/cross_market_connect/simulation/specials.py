"""Shops that are made for one question: what the plain catalogue would meet too rarely.

A special is a change of a spread's configuration, and of the firm's limits where they would get in its way. `SPECIALS`
has one row per question; a shape whose number is beyond the plain ones is a plain one with one of these changes.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

# A section of a configuration.
Table = dict[str, Any]
# Lots of the first leg per order, and how many orders a position may hold: rounding adds up over several of them.
UNEVEN_LOTS: Final = 2
UNEVEN_ORDERS: Final = 5
UNEVEN_RATIOS: Final = (Decimal("0.8"), Decimal("0.7"), Decimal("1.3"))
SHORT_AGE_MS: Final = 100


def uneven(number: int, raw: Table) -> None:
    """Ratios that whole lots never meet exactly: what rounding leaves behind must be carried."""
    for at, spread in enumerate(raw["spread"]):
        first, *others = spread["leg"]
        first["ratio"] = 1
        for leg in others:
            leg["ratio"] = UNEVEN_RATIOS[(number + at) % len(UNEVEN_RATIOS)] / len(others)
        if len(others) > 1:
            first["ratio"] = 2
        spread["quantity"] = {
            "reference_lots": UNEVEN_LOTS * len(others),
            "position_units_max": UNEVEN_LOTS * UNEVEN_ORDERS,
            "hedge_tolerance_percent": 50,
        }


def short_lived(_number: int, raw: Table) -> None:
    """Quotes that are soon too old, and no other gate in front of that one."""
    for spread in raw["spread"]:
        spread["trigger"].update(skew_ms_max=5_000, cool_down_ms=0)
        spread["quantity"]["position_units_max"] *= 4
        for leg in spread["leg"]:
            leg["quote_age_ms_max"] = SHORT_AGE_MS


def without_limits(raw: Table) -> None:
    """The firm's limits are wide: what bounds an order is the question that the shop is made for."""
    raw["limit"][0].update(position_lots_max=1_000, margin_max=100_000_000, orders_per_second_max=1_000)


SHORT_LIVED: Final = 1
SPECIALS: Final[tuple[Callable[[int, Table], None], ...]] = (uneven, short_lived)
