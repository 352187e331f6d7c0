"""A restart: what was not confirmed as ended is possibly live, and no time lies ahead of the clock."""

from __future__ import annotations

from cross_market_connect.trading.desk import Desk
from cross_market_connect.trading.states import is_spread_terminal


def resume(desk: Desk) -> None:
    """Go on after a restart: what was not confirmed as ended is possibly live, and is asked for."""
    begin_again(desk)
    for order_id in desk.ended_ids + desk.open_ids:
        order = desk.orders[order_id]
        before = order.state
        desk.machine.finish_step(order)
        if is_spread_terminal(before) and before != order.state:
            desk.reopened(order)
    for order_id in desk.open_ids + desk.halted_ids:
        order = desk.orders[order_id]
        desk.machine.resume(order)
        desk.settle(order)
        desk.reconciliation.restarted(order)
    desk.reconciliation.leave_unasked()


def begin_again(desk: Desk) -> None:
    """What a restart changes without a record: quotes decide anew, and no time lies ahead of the clock, which starts
    at zero with the machine."""
    now_ns = desk.step.now_ns
    desk.machine.sender.admission.begin_again(now_ns)
    for state in desk.triggers:
        state.kept_text = ""
        state.begin_again(now_ns)
    for order_id in desk.open_ids + desk.halted_ids:
        for leg_order in desk.orders[order_id].leg_orders:
            if leg_order.sent_ns > now_ns:
                leg_order.sent_ns = now_ns
