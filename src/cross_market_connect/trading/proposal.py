"""From a wanted action to a spread order with quantities, prices and an order of sending; or to the reason why not."""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.numbers import NO_PRICE, checked_add
from cross_market_connect.domain.order import BUY
from cross_market_connect.domain.step import Step
from cross_market_connect.trading import decisions
from cross_market_connect.trading.alignment import Alignment
from cross_market_connect.trading.conditions import InstrumentConditions
from cross_market_connect.trading.gates import (
    GATE_ALIGNMENT,
    GATE_EXECUTABLE,
    GATE_IRREVERSIBLE,
    GATE_NEAR_CLOSE,
    first_to_close,
)
from cross_market_connect.trading.hedging import QUOTE_MARGIN_NS
from cross_market_connect.trading.orders import SpreadOrder
from cross_market_connect.trading.pricing import clip_price, clip_to_band, deepest_price, sweep_price
from cross_market_connect.trading.quoting import quote_price
from cross_market_connect.trading.reversible import RANK_IRREVERSIBLE, SendPlan, plan_sending
from cross_market_connect.trading.sizing import Sizing
from cross_market_connect.trading.trigger import EXIT_BY_PRICE, EXIT_NAMES, TriggerState, direction_of, is_opening
from cross_market_connect.trading.valuation import SpreadValuation

WANTED_NAMES: Final[tuple[str, ...]] = ("none", "open_buy", "open_sell", "close_buy", "close_sell", "quote")
# The action of a quote, as its position in the names: it opens and closes by its record's own words.
QUOTE: Final[i64] = 5


@final
class Proposer:
    """Proposes spread orders; the desk reserves and starts them.

    Attributes:
        reason: why the last proposal came to nothing; the gate is in the trigger's result.
        values_e4: value of each leg of the last order proposed.
    """

    def __init__(self, step: Step, sizing: Sizing, conditions: list[InstrumentConditions]) -> None:
        self.step: Step = step
        self.sizing: Sizing = sizing
        self.conditions: list[InstrumentConditions] = conditions
        self.reason: str = ""
        self.values_e4: list[i64] = []

    def propose(self, state: TriggerState, wanted: i64, order_id: i64) -> SpreadOrder | None:
        """An order that takes what the books show now; None when a gate of quantity or value blocks it."""
        definition = state.valuation.definition
        direction = direction_of(wanted)
        aligned = self.align(state, wanted, [])
        if len(aligned.lots) == 0:
            return self._blocks(state, GATE_ALIGNMENT, -1, 0, definition.rule.minimum_lots, aligned.reason)
        plan = self._plan(state, wanted, aligned.lots)
        if not plan.is_allowed:
            # Bounded by what can be undone a smaller order may do.
            aligned = self.align(state, wanted, plan.caps)
            if len(aligned.lots) > 0:
                plan = self._plan(state, wanted, aligned.lots)
        if not plan.is_allowed or len(aligned.lots) == 0:
            instrument = definition.legs[plan.blocked_leg].instrument_index
            budget = definition.execution.naked_budget_e4
            reason = "the leg cannot be undone, and another goes last"
            return self._blocks(state, GATE_IRREVERSIBLE, instrument, plan.uncovered_e4, budget, reason)
        value = state.valuation.executable(direction, aligned.lots)
        if not state.satisfies(wanted, value):
            reason = "the depth for the quantity does not meet the threshold"
            threshold = i64(int(state.threshold(wanted) * 1e9))
            return self._blocks(state, GATE_EXECUTABLE, -1, i64(int(value * 1e9)), threshold, reason)
        rule = WANTED_NAMES[wanted]
        if state.exit_reason != EXIT_BY_PRICE:
            rule += " " + EXIT_NAMES[state.exit_reason]
        order = SpreadOrder(order_id, definition, direction, is_opening(wanted))
        order.cause_seq = decisions.trigger(self.step, order, state, value, state.threshold(wanted), rule)
        order.ranks = plan.ranks
        order.delays_ns = plan.delays_ns
        self.fill_in(state, order, aligned)
        return order

    def fill_in(self, state: TriggerState, order: SpreadOrder, aligned: Alignment) -> None:
        """Quantities, sides and first prices of an order whose trigger is on record."""
        self.values_e4 = []
        for leg in range(len(aligned.lots)):
            order.targets[leg] = aligned.lots[leg]
            order.sides[leg] = state.valuation.order_side(leg, order.direction)
            if order.limits[leg] == 0:
                order.limits[leg] = first_limit(state.valuation, leg, order.sides[leg], aligned.lots[leg])
            leg_value = state.valuation.leg_value_e4(leg, order.direction, aligned.lots[leg])
            self.values_e4.append(leg_value)
            order.notional_e4 = checked_add(order.notional_e4, leg_value)
        order.exact_e9 = aligned.exact_e9
        order.cause_seq = decisions.alignment(self.step, order, state.valuation.definition.reference_lots, aligned)

    def _blocks(
        self, state: TriggerState, gate: i64, instrument: i64, observed: i64, limit: i64, reason: str
    ) -> SpreadOrder | None:
        state.result.set(gate, instrument, observed, limit)
        self.reason = reason
        return None

    def quote(self, state: TriggerState, wanted: i64, order_id: i64) -> SpreadOrder | None:
        """An order that quotes one clip for the action; None when a gate of quantity blocks it."""
        definition = state.valuation.definition
        aligned = self.align(state, wanted, [], True)
        if len(aligned.lots) == 0:
            return self._blocks(state, GATE_ALIGNMENT, -1, 0, definition.rule.minimum_lots, aligned.reason)
        last = first_to_close(state.hours, len(aligned.lots), self.step.utc_ns)
        left = state.hours[last].close_utc_ns(self.step.utc_ns) - self.step.utc_ns
        if left < QUOTE_MARGIN_NS:
            reason = "a quote could not be cancelled any more"
            return self._blocks(
                state, GATE_NEAR_CLOSE, definition.legs[last].instrument_index, left, QUOTE_MARGIN_NS, reason
            )
        plan = self._plan(state, wanted, aligned.lots)
        order = SpreadOrder(order_id, definition, direction_of(wanted), is_opening(wanted))
        for leg in range(len(aligned.lots)):
            if not definition.execution.legs[leg].is_quoting:
                continue
            if order.opening and (not plan.is_allowed or plan.ranks[leg] == RANK_IRREVERSIBLE):
                reason = "the quoting leg fills first and cannot be undone"
                return self._blocks(state, GATE_IRREVERSIBLE, definition.legs[leg].instrument_index, 0, 0, reason)
            price = quote_price(state.valuation, state, wanted, leg, aligned.lots)
            if price == NO_PRICE:
                instrument = definition.legs[leg].instrument_index
                reason = "no price of the quote meets the threshold with the depth that hedges it"
                return self._blocks(state, GATE_EXECUTABLE, instrument, 0, 0, reason)
            order.limits[leg] = price
            order.quoting[leg] = True
        threshold = state.threshold(wanted)
        rule = WANTED_NAMES[QUOTE] + " " + WANTED_NAMES[wanted]
        order.cause_seq = decisions.trigger(self.step, order, state, threshold, threshold, rule)
        self.fill_in(state, order, aligned)
        return order

    def align(self, state: TriggerState, wanted: i64, caps: list[i64], quoting: bool = False) -> Alignment:
        """Quantities of the action, at most the reference quantity."""
        lots = state.valuation.definition.reference_lots
        direction = direction_of(wanted)
        if not is_opening(wanted):
            return self.sizing.closing(state.valuation, state.position, direction, lots, quoting)
        held = state.position.lots[0] if state.position.lots[0] > 0 else -state.position.lots[0]
        room = state.valuation.definition.position_lots_max - held
        return self.sizing.opening(
            state.valuation, state.position, direction, room if room < lots else lots, caps, quoting
        )

    def _plan(self, state: TriggerState, wanted: i64, lots: list[i64]) -> SendPlan:
        return plan_sending(
            state.valuation,
            self.conditions,
            state.hours,
            direction_of(wanted),
            is_opening(wanted),
            lots,
            self.step.utc_ns,
        )


def first_limit(valuation: SpreadValuation, leg: i64, side: i64, lots: i64) -> i64:
    """The price that takes the quantity from the visible depth, with the leg's payup.

    Where the depth holds less (an exit takes everything along when a part would leave a leg alone) it is the deepest
    visible price: what is left behind is the ladder's. Where nothing is to be taken it is the best own price; in an
    empty book the day's limit on the passive side.
    """
    instrument, book = valuation.instruments[leg], valuation.books[leg]
    price = sweep_price(book, side, lots)
    if price == NO_PRICE:
        price = deepest_price(book, side)
    if price == NO_PRICE:
        return clip_price(instrument, side, instrument.limit_low_ticks if side == BUY else instrument.limit_high_ticks)
    return clip_to_band(instrument, book, side, price + side * valuation.definition.legs[leg].payup_ticks)
