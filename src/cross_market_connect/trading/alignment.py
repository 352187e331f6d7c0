"""Quantity alignment: the largest whole lots of every leg that hedge each other within tolerance.

The search goes down from the wanted lots of the first leg. Each other leg takes the lots that match it by value (or by
its ratio), rounded half up; a candidate counts when every leg's hedge error is within tolerance, its visible depth
holds the quantity and the venue takes an order of that size.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.numbers import checked_multiply, divide_round_half_up
from cross_market_connect.trading.pricing import depth_lots
from cross_market_connect.trading.valuation import SpreadValuation

_E6: Final[i64] = 1_000_000


@final
class Alignment:
    """Outcome of the search: `lots` is empty when nothing fits, and `reason` says why."""

    def __init__(self) -> None:
        self.lots: list[i64] = []
        self.reason: str = ""
        self.hedge_error_e4: i64 = 0
        self.tolerance_e4: i64 = 0
        self.residual_e9: i64 = 0


def align_opening(valuation: SpreadValuation, direction: i64, wanted_lots: i64) -> Alignment:
    """Quantities for a new spread order of at most `wanted_lots` of the first leg."""
    result = Alignment()
    minimum = valuation.definition.rule.minimum_lots
    result.reason = "fewer lots wanted than the minimum"
    reference = wanted_lots
    while reference >= minimum and reference > 0:
        if _candidate(valuation, direction, reference, result):
            return result
        reference -= 1
    result.lots = []
    return result


def _candidate(valuation: SpreadValuation, direction: i64, reference: i64, result: Alignment) -> bool:
    definition = valuation.definition
    reference_e4 = valuation.leg_value_e4(0, direction, reference)
    result.tolerance_e4 = checked_multiply(reference_e4 // 1000, definition.tolerance_e6) // 1000
    result.hedge_error_e4 = 0
    lots: list[i64] = []
    leg: i64 = 0
    while leg < valuation.leg_count:
        quantity = _leg_lots(valuation, direction, leg, reference, reference_e4)
        instrument = valuation.instruments[leg]
        if quantity < instrument.quantity_min_lots or quantity % instrument.quantity_step_lots != 0:
            result.reason = "below the venue's smallest quantity"
            return False
        if quantity > instrument.quantity_max_lots:
            result.reason = "above the venue's largest order"
            return False
        error = _hedge_error_e4(valuation, direction, leg, reference, reference_e4, quantity)
        if error > result.hedge_error_e4:
            result.hedge_error_e4 = error
        if depth_lots(valuation.books[leg], valuation.order_side(leg, direction)) < quantity:
            result.reason = "visible depth below the quantity"
            return False
        lots.append(quantity)
        leg += 1
    if result.hedge_error_e4 > result.tolerance_e4:
        result.reason = "hedge error above the tolerance"
        return False
    result.lots = lots
    result.reason = ""
    return True


def _leg_lots(valuation: SpreadValuation, direction: i64, leg: i64, reference: i64, reference_e4: i64) -> i64:
    if leg == 0:
        return reference
    legs = valuation.definition.legs
    ratio = legs[leg].ratio_e9
    if ratio != 0:
        return divide_round_half_up(checked_multiply(reference, ratio), legs[0].ratio_e9)
    one_lot_e4 = valuation.leg_value_e4(leg, direction, 1)
    if one_lot_e4 <= 0:
        return 0
    return divide_round_half_up(reference_e4, one_lot_e4)


def _hedge_error_e4(
    valuation: SpreadValuation, direction: i64, leg: i64, reference: i64, reference_e4: i64, quantity: i64
) -> i64:
    """How far the quantity is from hedging the first leg, in its value: by the leg's own value, or by its ratio."""
    legs = valuation.definition.legs
    ratio = legs[leg].ratio_e9
    if leg > 0 and ratio == 0:
        error = reference_e4 - valuation.leg_value_e4(leg, direction, quantity)
        return -error if error < 0 else error
    exact = checked_multiply(reference, ratio)
    error = checked_multiply(quantity, legs[0].ratio_e9) - exact
    if leg == 0 or error == 0:
        return 0
    share_e6 = (checked_multiply(-error if error < 0 else error, _E6) + exact - 1) // exact
    return checked_multiply(reference_e4 // 1000, share_e6) // 1000


def align_closing(position_lots: list[i64], wanted_lots: i64) -> list[i64]:
    """Quantities that close up to `wanted_lots` of the first leg in the proportion in which the position is held.

    Everything that is left goes at once where a part would leave a leg without its counterpart, so no lot remains
    behind by rounding.
    """
    sizes: list[i64] = [-lots if lots < 0 else lots for lots in position_lots]
    held = sizes[0]
    if wanted_lots >= held:
        return sizes
    result: list[i64] = []
    for size in sizes:
        lots = divide_round_half_up(wanted_lots * size, held)
        if lots == 0 or lots == size:
            return sizes
        result.append(lots)
    return result
