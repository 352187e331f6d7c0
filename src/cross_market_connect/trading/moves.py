"""The two places where a state changes: a spread order's and a leg order's, each by its table and with its record."""

from __future__ import annotations

from mypy_extensions import i64

from cross_market_connect.domain.spread import HALTED, LEG_UNKNOWN, ROLE_UNWIND
from cross_market_connect.domain.step import Step
from cross_market_connect.trading import decisions
from cross_market_connect.trading.ladder import is_worse
from cross_market_connect.trading.orders import LegOrder, SpreadOrder
from cross_market_connect.trading.reservation import ReservationLedger
from cross_market_connect.trading.states import is_spread_terminal, next_leg_state, require_spread_transition


def move(step: Step, ledger: ReservationLedger, order: SpreadOrder, state: i64, reason: str, follow_up: str) -> None:
    """Change the spread order's state, by the table, with its record; terminal states release the reservation."""
    require_spread_transition(order.state, state)
    before = order.state
    order.state = state
    order.cause_seq = decisions.spread_order(step, order, before, reason, follow_up)
    if is_spread_terminal(state) and state != HALTED and order.reserved:
        decisions.release(step, order)
        ledger.release(order)


def move_leg(step: Step, order: SpreadOrder, leg_order: LegOrder, event: i64, reason: str) -> None:
    """Change a leg order's state, by the table, with its record; an order that became unknown is asked for at once."""
    before = leg_order.state
    leg_order.state = next_leg_state(before, event)
    if leg_order.state != before:
        decisions.leg_order_state(step, order, leg_order, before, event, reason)
        if leg_order.state == LEG_UNKNOWN:
            leg_order.query_due_ns = step.now_ns


def note_class(order: SpreadOrder, leg_order: LegOrder, reject_class: i64) -> None:
    """Why the leg's last orders were refused, kept apart for unwinds: they trade the other side.

    Several orders of one attempt count as one: the worst refusal among them says why the leg is behind.
    """
    leg_order.reject_class = reject_class
    leg = leg_order.leg
    worst = reject_class
    for other in order.leg_orders:
        if other is not leg_order and other.leg == leg and other.role == leg_order.role:
            if other.attempt == leg_order.attempt and is_worse(other.reject_class, worst):
                worst = other.reject_class
    if leg_order.role == ROLE_UNWIND:
        order.unwind_classes[leg] = worst
    else:
        order.reject_classes[leg] = worst
        order.reopened[leg] = False
