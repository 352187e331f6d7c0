"""Decisions that only people make: how an unknown order ended (two persons), what becomes of a halted spread order, and
that something which was stopped may trade again."""

from __future__ import annotations

from typing import final

from mypy_extensions import i64

from cross_market_connect.domain.numbers import NO_PRICE
from cross_market_connect.domain.order import STATUS_FILLED
from cross_market_connect.domain.spread import HALTED, LEG_STATE_NAMES, LEG_UNKNOWN, SPREAD_STATE_NAMES
from cross_market_connect.trading.command_state import Proposal
from cross_market_connect.trading.commands import (
    DECIDE_ACCEPT,
    DECIDE_UNWIND,
    LIFT_RESTRICTION,
    RE_ENABLE,
    Request,
    decimal_units,
)
from cross_market_connect.trading.desk import Desk
from cross_market_connect.trading.doubt import IDS_PER_EPOCH
from cross_market_connect.trading.intake import resolve
from cross_market_connect.trading.manual import Venues
from cross_market_connect.trading.manual_records import resolution, takeover
from cross_market_connect.trading.orders import LegOrder, SpreadOrder
from cross_market_connect.trading.safety import ALL_INSTRUMENTS
from cross_market_connect.trading.states import is_leg_terminal
from cross_market_connect.trading.stopping import lift
from cross_market_connect.trading.takeover import (
    DECIDED_RE_ENABLE,
    END_STATES,
    enable,
    prepare,
    state_after,
    take_up,
    unwind_index,
)


@final
class Answer:
    """What an operator is told: accepted when there is no reason against it; `orders` are the spread orders begun or
    concerned, `result` says in a sentence what was done."""

    def __init__(self) -> None:
        self.reasons: list[str] = []
        self.orders: list[SpreadOrder] = []
        self.result: str = ""
        self.paused: list[str] = []


@final
class Caller:
    """Who gives a command."""

    def __init__(self, user: str, role: str) -> None:
        self.user: str = user
        self.role: str = role


def find_order(desk: Desk, number: i64, answer: Answer) -> SpreadOrder | None:
    """The spread order of that number, or the one that owns the leg order of that client order id; None with the
    reason noted."""
    order_id = int(number)
    if number >= IDS_PER_EPOCH:
        order_id = desk.owner.get(int(number), 0)
    order = desk.orders.get(order_id)
    if order is None:
        answer.reasons.append(f"order: {number} is unknown, or has ended long ago")
    return order


@final
class Decisions:
    """Carries out what people decided."""

    def __init__(self, desk: Desk, venues: Venues, instruments: dict[str, int], spreads: dict[str, int]) -> None:
        self.desk: Desk = desk
        self.venues: Venues = venues
        self.instruments: dict[str, int] = instruments
        self.spreads: dict[str, int] = spreads

    # ------------------------------------------------------------------ unknown orders

    def resolve(self, request: Request, caller: Caller, answer: Answer) -> None:
        """One person's word is kept; a second person who says the same makes it hold."""
        number = i64(request.number("order", 0))
        order = find_order(self.desk, number, answer)
        if order is None:
            return
        leg_order = self.desk.leg_orders.get(int(number))
        if leg_order is None:
            answer.reasons.append(f"order: {number} is a spread order; expected a client order id")
            return
        answer.orders.append(order)
        said = self._said(request, caller, leg_order, answer)
        if len(answer.reasons) > 0:
            return
        earlier = self.desk.commands.proposals.get(int(number))
        if earlier is None or not earlier.says_the_same(said):
            self._propose(order, number, said, caller, earlier, answer)
            return
        if earlier.user == caller.user:
            answer.reasons.append(f"user: {caller.user} said so already; expected a second person")
            return
        step = self.desk.step
        resolution(step, order.spread_order_id, number, said, True, caller.user, caller.role, earlier.user)
        self.desk.commands.apply_resolution(number, True, said)
        by = f"{earlier.user}, {caller.user}: {said.evidence}"
        price = said.price_ticks if said.price_ticks != NO_PRICE else 0
        resolve(self.desk, number, said.filled_lots, END_STATES[int(said.status)], by, price)
        answer.result = f"{number} ended by the word of {earlier.user} and {caller.user}"

    def _said(self, request: Request, caller: Caller, leg_order: LegOrder, answer: Answer) -> Proposal:
        command = leg_order.command
        filled = i64(request.number("filled", 0))
        status = i64(request.number("status", 0))
        if is_leg_terminal(leg_order.state):
            answer.reasons.append(f"order: {command.client_order_id} has ended: {LEG_STATE_NAMES[leg_order.state]}")
        elif leg_order.state != LEG_UNKNOWN and leg_order.queries == 0:
            state = LEG_STATE_NAMES[leg_order.state]
            answer.reasons.append(f"order: {command.client_order_id} is known to be {state}; the venue's word holds")
        if filled > command.quantity_lots or filled < leg_order.cumulative_lots:
            known = leg_order.cumulative_lots
            answer.reasons.append(f"filled: {filled}; expected {known} (proven) to {command.quantity_lots}")
        if (status == STATUS_FILLED) != (filled == command.quantity_lots):
            answer.reasons.append(f"filled: {filled} of {command.quantity_lots} does not fit the status")
        price: i64 = NO_PRICE
        if request.has("price"):
            instrument = self.desk.instruments[command.instrument_index]
            units = decimal_units(request.text("price"), instrument.price_decimals)
            if units is None or units % int(instrument.tick_units) != 0:
                answer.reasons.append(f"price: {request.text('price')}; expected a multiple of the tick")
            else:
                price = i64(units) // instrument.tick_units
        return Proposal(caller.user, status, filled, price, request.text("evidence"))

    def _propose(
        self, order: SpreadOrder, number: i64, said: Proposal, caller: Caller, earlier: Proposal | None, answer: Answer
    ) -> None:
        resolution(self.desk.step, order.spread_order_id, number, said, False, caller.user, caller.role, "")
        self.desk.commands.apply_resolution(number, False, said)
        answer.result = "kept; a second person has to say the same"
        if earlier is not None:
            answer.result += f" (it differs from what {earlier.user} said, which no longer counts)"

    # ------------------------------------------------------------------ halted orders

    def halted(self, request: Request, caller: Caller, answer: Answer) -> None:
        """The ladder anew, an unwind now, or accepting what is held."""
        number = i64(request.number("order", 0))
        order = find_order(self.desk, number, answer)
        if order is None:
            return
        answer.orders.append(order)
        decision = i64(request.number("decision", 0))
        if order.state != HALTED:
            answer.reasons.append(f"order: {number} is not halted; it is {SPREAD_STATE_NAMES[order.state]}")
            return
        if decision == DECIDE_ACCEPT and order.anything_live():
            answer.reasons.append(f"order: {number} has orders that may still be live; resolve them first")
        if decision == DECIDE_UNWIND and unwind_index(order) < 0:
            answer.reasons.append(f"decision: unwind, but the ladder of {order.definition.name} has no such step")
        if len(answer.reasons) > 0:
            return
        desk = self.desk
        reason = request.text("reason")
        index = order.definition.index
        desk.step.cause_seq = takeover(
            desk.step, order.spread_order_id, index, decision, caller.user, caller.role, reason
        )
        state = state_after(decision)
        take_up(desk, order)
        prepare(order, state, desk.step.now_ns)
        desk.machine.move(order, state, f"{caller.user} ({caller.role}) decided: {reason}", "")
        desk.machine.advance(order)
        desk.settle(order)
        answer.result = f"spread order {order.spread_order_id} is {SPREAD_STATE_NAMES[order.state]}"

    # ------------------------------------------------------------------ what was stopped

    def allow_again(self, request: Request, caller: Caller, answer: Answer) -> None:
        """End a spread's pause, a block of an account and instrument, or cancel-only."""
        reason = request.text("reason")
        if request.kind == LIFT_RESTRICTION:
            if not lift(self.desk, caller.user, reason):
                answer.reasons.append("engine: nothing is restricted")
            answer.result = "trading is allowed again"
        elif request.kind == RE_ENABLE:
            self._enable(request.text("spread"), caller, reason, answer)
        else:
            self._sign_off(request, caller, reason, answer)

    def _enable(self, name: str, caller: Caller, reason: str, answer: Answer) -> None:
        index = i64(self.spreads.get(name, -1))
        if index < 0:
            answer.reasons.append(f"spread: {name}; expected one of {', '.join(self.spreads)}")
            return
        takeover(self.desk.step, 0, index, DECIDED_RE_ENABLE, caller.user, caller.role, reason)
        enable(self.desk, index)
        answer.result = f"{name} is enabled"

    def _sign_off(self, request: Request, caller: Caller, reason: str, answer: Answer) -> None:
        route = self.venues.index_of(request.text("route"))
        if route < 0:
            known = ", ".join([name for name in self.venues.names if name != ""])
            answer.reasons.append(f"route: {request.text('route')}; expected one of {known}")
        instrument: i64 = ALL_INSTRUMENTS
        if request.has("instrument"):
            instrument = i64(self.instruments.get(request.text("instrument"), -2))
            if instrument < ALL_INSTRUMENTS:
                answer.reasons.append(f"instrument: {request.text('instrument')}; expected one that this engine trades")
        if len(answer.reasons) == 0 and not self.desk.safety.sign_off(route, instrument, f"{caller.user}: {reason}"):
            answer.reasons.append("route: nothing is blocked there")
        answer.result = "signed off"
