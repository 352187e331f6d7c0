"""From a wanted spread order to an alignment problem: depth, inventory, limits left, position and residual per leg."""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.numbers import FX_SCALE_E8, checked_add, checked_multiply
from cross_market_connect.domain.order import BUY, SELL
from cross_market_connect.trading.alignment import (
    LOT_E9,
    REASON_INVENTORY,
    REASON_LARGEST,
    REASON_LIMIT,
    REASON_UNEVEN,
    Alignment,
    Budget,
    LegQuantity,
    Problem,
    candidate,
    search,
)
from cross_market_connect.trading.conditions import InstrumentConditions
from cross_market_connect.trading.position import SpreadPosition
from cross_market_connect.trading.pricing import depth_lots
from cross_market_connect.trading.reservation import ReservationLedger
from cross_market_connect.trading.valuation import SpreadValuation

_E6: Final[i64] = 1_000_000
# 1e-9 lots of more would not fit.
_LOTS_MAX: Final[i64] = 1_000_000_000
# Weights of a match by value are kept to this size, so that exact quantities fit; it is one part in four billion.
_WEIGHT_MAX: Final[i64] = 4_000_000_000


@final
class Sizing:
    """Sizes spread orders against the markets' conditions and what the limits leave."""

    def __init__(self, conditions: list[InstrumentConditions], ledger: ReservationLedger) -> None:
        self.conditions: list[InstrumentConditions] = conditions
        self.ledger: ReservationLedger = ledger

    def opening(
        self,
        valuation: SpreadValuation,
        position: SpreadPosition,
        direction: i64,
        wanted: i64,
        caps: list[i64],
        quoting: bool = False,
    ) -> Alignment:
        """Quantities of a new spread order of at most `wanted` lots of the first leg.

        Where the limits leave nothing that is worth an order, the order is sized without them: the reservation then
        refuses it, and says by which.

        Args:
            quoting: legs that quote are not bounded by depth: they add to it.
            caps: per leg, most lots for another reason than those known here (what can be undone); empty: none.
        """
        problem = self._opening_problem(valuation, position, direction, wanted, caps, quoting, True)
        result = search(problem)
        if len(result.lots) == 0 and result.was_limited:
            free = search(self._opening_problem(valuation, position, direction, wanted, caps, quoting, False))
            if len(free.lots) > 0:
                return free
        return result

    def _opening_problem(
        self,
        valuation: SpreadValuation,
        position: SpreadPosition,
        direction: i64,
        wanted: i64,
        caps: list[i64],
        quoting: bool,
        limited: bool,
    ) -> Problem:
        definition = valuation.definition
        legs: list[LegQuantity] = []
        for leg in range(len(definition.legs)):
            quantity = self._quantity(valuation, leg, direction, quoting)
            side = valuation.order_side(leg, direction)
            if leg > 0:
                self._match(valuation, quantity, leg, legs[0].value_e4)
                quantity.residual_e9 = side * position.residual_e9(leg)
                hedge = position.hedge_e9[leg] * side
                quantity.held_e9 = hedge if hedge > 0 else 0
            quantity.bound(self.conditions[definition.legs[leg].instrument_index].openable_lots(side), REASON_INVENTORY)
            if len(caps) > 0:
                quantity.bound(caps[leg], REASON_INVENTORY)
            if limited:
                quantity.bound(self._position_room(valuation, leg, side), REASON_LIMIT)
            legs.append(quantity)
        problem = Problem(legs, wanted, definition.rule.minimum_lots, definition.tolerance_e6)
        if limited:
            self._add_budgets(valuation, direction, problem)
        return problem

    def _match(self, valuation: SpreadValuation, quantity: LegQuantity, leg: i64, first_weight: i64) -> None:
        """How many lots hedge the first leg exactly: by the legs' ratio, or by value."""
        definition = valuation.definition
        ratio = definition.legs[leg].ratio_e9
        if ratio != 0:
            per = definition.legs[0].ratio_e9
        else:
            ratio = first_weight
            per = quantity.value_e4
        divisor = _greatest_common_divisor(ratio, per)
        if divisor <= 0 or ratio <= 0 or per <= 0:
            # Without a price nothing hedges anything.
            quantity.bound(0, quantity.cap_reason)
            return
        ratio //= divisor
        per //= divisor
        while ratio > _WEIGHT_MAX:
            ratio //= 2
            per = per // 2 if per > 1 else 1
        quantity.exact_e9 = ratio * LOT_E9
        quantity.per_lots = per

    def _quantity(self, valuation: SpreadValuation, leg: i64, direction: i64, quoting: bool) -> LegQuantity:
        """What holds for opening and closing alike: the venue's sizes, the visible depth, the value of a lot."""
        quantity = LegQuantity()
        instrument = valuation.instruments[leg]
        definition = valuation.definition.legs[leg]
        side = valuation.order_side(leg, direction)
        quantity.step_lots = instrument.quantity_step_lots
        quantity.minimum_lots = instrument.quantity_min_lots
        quantity.largest_lots = instrument.quantity_max_lots
        quantity.children_max = definition.children_max
        value = valuation.leg_value_e4(leg, direction, 1)
        quantity.lot_value_e4 = value
        quantity.value_e4 = value if definition.beta_e6 == _E6 else checked_multiply(value, definition.beta_e6) // _E6
        quantity.cap_lots = depth_lots(valuation.books[leg], side)
        if quoting and valuation.definition.execution.legs[leg].is_quoting:
            quantity.cap_lots = _LOTS_MAX
        quantity.bound(checked_multiply(instrument.quantity_max_lots, definition.children_max), REASON_LARGEST)
        quantity.bound(_LOTS_MAX, REASON_LARGEST)
        if side == SELL and instrument.odd_lots_sell:
            conditions = self.conditions[instrument.index]
            if conditions.has_inventory_limit():
                quantity.odd_lots = conditions.closable_lots(SELL) % instrument.quantity_step_lots
        return quantity

    def _position_room(self, valuation: SpreadValuation, leg: i64, side: i64) -> i64:
        """Lots that the instrument's position limit leaves; legs in one instrument and side share it evenly."""
        legs = valuation.definition.legs
        instrument = legs[leg].instrument_index
        ledger = self.ledger
        reserved = ledger.reserved_buy_lots[instrument] if side == BUY else ledger.reserved_sell_lots[instrument]
        worst = checked_add(side * ledger.position_lots[instrument], reserved)
        sharing: i64 = 0
        for other in legs:
            if other.instrument_index == instrument and other.side == legs[leg].side:
                sharing += 1
        return (ledger.limits.position_lots_max[instrument] - worst) // sharing

    def _add_budgets(self, valuation: SpreadValuation, direction: i64, problem: Problem) -> None:
        """What the naked limit and the margin limits leave."""
        self._add_naked_budgets(valuation, direction, problem)
        for leg in range(len(valuation.definition.legs)):
            if _is_first_of_route(valuation, leg):
                problem.budgets.append(self._margin_budget(valuation, valuation.definition.legs[leg].route))

    def _add_naked_budgets(self, valuation: SpreadValuation, direction: i64, problem: Problem) -> None:
        """What the naked limit leaves; each side of the spread may be naked alone."""
        definition = valuation.definition
        ledger = self.ledger
        spread = definition.index
        naked = ledger.limits.naked_e4_max[spread] - ledger.naked_e4[spread]
        bought: list[i64] = []
        sold: list[i64] = []
        for leg in range(len(definition.legs)):
            value = problem.legs[leg].lot_value_e4
            if definition.legs[leg].fx_e8 != FX_SCALE_E8:
                # A conversion rounds down once per order: per lot it takes less than it will.
                value += 1
            is_buy = valuation.order_side(leg, direction) == BUY
            bought.append(value if is_buy else 0)
            sold.append(0 if is_buy else value)
        problem.budgets.append(Budget(naked, bought))
        problem.budgets.append(Budget(naked, sold))

    def _bound_by_order(self, valuation: SpreadValuation, leg: i64, side: i64, quantity: LegQuantity) -> None:
        """What the limits of one order, and of its instrument's position, leave an exit: a smaller clip."""
        limits = self.ledger.limits
        definition = valuation.definition.legs[leg]
        quantity.bound(limits.order_lots_max[definition.instrument_index], REASON_LIMIT)
        value = quantity.lot_value_e4 if definition.fx_e8 == FX_SCALE_E8 else quantity.lot_value_e4 + 1
        if value > 0:
            quantity.bound(limits.order_value_e4_max[definition.instrument_index] // value, REASON_LIMIT)
        quantity.bound(self._position_room(valuation, leg, side), REASON_LIMIT)
        for way in valuation.definition.execution.legs[leg].alternatives:
            quantity.bound(limits.order_lots_max[way.instrument_index] // way.lots_per_lot, REASON_LIMIT)

    def _margin_budget(self, valuation: SpreadValuation, route: i64) -> Budget:
        ledger = self.ledger
        costs: list[i64] = []
        for leg in valuation.definition.legs:
            costs.append(ledger.margin_per_lot_e4[leg.instrument_index] if leg.route == route else 0)
        return Budget(ledger.limits.margin_e4_max[route] - ledger.margin_e4[route], costs)

    def closing(
        self, valuation: SpreadValuation, position: SpreadPosition, direction: i64, most: i64, quoting: bool = False
    ) -> Alignment:
        """Quantities of an order that closes up to `most` lots of the first leg, in the proportion in which it is held.

        Within tolerance first; then rounded, for an exit waits for no better fraction; where a part would leave a leg
        without its counterpart, everything at once. What the limits hold back goes with the next clip.
        """
        result = Alignment()
        definition = valuation.definition
        legs: list[LegQuantity] = []
        held = position.lots[0] if position.lots[0] > 0 else -position.lots[0]
        for leg in range(len(definition.legs)):
            side = valuation.order_side(leg, direction)
            lots = -side * position.lots[leg]
            if lots <= 0:
                result.reason = REASON_UNEVEN
                return result
            quantity = self._quantity(valuation, leg, direction, quoting)
            quantity.held_lots = lots
            quantity.bound(lots, REASON_UNEVEN)
            quantity.bound(self.conditions[definition.legs[leg].instrument_index].closable_lots(side), REASON_INVENTORY)
            self._bound_by_order(valuation, leg, side, quantity)
            if leg > 0:
                hedge = -side * position.hedge_e9[leg]
                quantity.exact_e9 = hedge if hedge > 0 else lots * LOT_E9
                quantity.per_lots = held
                quantity.residual_e9 = lots * LOT_E9 - quantity.exact_e9
                quantity.held_e9 = 0
            legs.append(quantity)
        wanted = most if most < held else held
        problem = Problem(legs, wanted, 1, definition.tolerance_e6)
        self._add_naked_budgets(valuation, direction, problem)
        result = search(problem)
        if len(result.lots) == 0:
            problem.rounds = True
            result = search(problem)
        if len(result.lots) == 0 and held > wanted:
            candidate(problem, held, result)
        return result


def _is_first_of_route(valuation: SpreadValuation, leg: i64) -> bool:
    legs = valuation.definition.legs
    for other in range(leg):
        if legs[other].route == legs[leg].route:
            return False
    return True


def _greatest_common_divisor(a: i64, b: i64) -> i64:
    while b != 0:
        rest = a % b
        a = b
        b = rest
    return a
