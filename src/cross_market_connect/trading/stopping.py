"""What ends trading without ending anything that is under way: a requested stop, cancel-only and its end."""

from __future__ import annotations

from mypy_extensions import i64

from cross_market_connect.domain.alert import INFO
from cross_market_connect.trading.desk import Desk
from cross_market_connect.trading.states import is_leg_terminal


def stop(desk: Desk) -> None:
    """Open nothing new; cancel what rests; what is under way is brought to balance by its ladder."""
    if desk.stopping:
        return
    desk.stopping = True
    desk.step.alert(
        INFO, "stopping", 0, "stop requested: cancel, confirm, balance, end", "收到停止指令：撤单、确认、平衡、结束"
    )
    _cancel_everything(desk, "stop requested")


def restrict(desk: Desk, reason: str) -> None:
    """Cancel-only from here on: see `Safety`."""
    desk.safety.restrict(reason)
    desk.machine.cancel_only = True
    _cancel_everything(desk, "cancel-only")


def lift(desk: Desk, user: str, reason: str) -> bool:
    """A person ends cancel-only: what is open goes on at its step; false when nothing was restricted."""
    if not desk.safety.lift(user, reason):
        return False
    desk.machine.cancel_only = False
    for order_id in list(desk.open_ids):
        order = desk.orders[order_id]
        desk.machine.advance(order)
        desk.settle(order)
    return True


def close_route(desk: Desk, route: i64, reason: str) -> None:
    """The route's session is about to end: cancel what rests of every spread order that has anything open there."""
    for order_id in list(desk.open_ids):
        order = desk.orders[order_id]
        if any(leg.route == route and not is_leg_terminal(leg.state) for leg in order.leg_orders):
            desk.machine.cancel_live(order, reason)
            desk.settle(order)


def _cancel_everything(desk: Desk, reason: str) -> None:
    for order_id in list(desk.open_ids):
        order = desk.orders[order_id]
        desk.machine.cancel_live(order, reason)
        desk.settle(order)
