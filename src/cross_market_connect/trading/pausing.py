"""A person pauses a spread: by the command, or by cancelling quotes of it by hand. Its quotes are pulled, and it opens
and quotes nothing until a person enables it again; what is naked is hedged on, and forced exits still go."""

from __future__ import annotations

from mypy_extensions import i64

from cross_market_connect.trading import alerts
from cross_market_connect.trading.desk import Desk
from cross_market_connect.trading.manual_records import takeover
from cross_market_connect.trading.takeover import DECIDED_PAUSE, pause


def pause_spread(desk: Desk, index: i64, user: str, role: str, reason: str) -> bool:
    """Pause the spread, with its record, and pull its quotes; false when it was paused already."""
    state = desk.triggers[index]
    if state.paused_by != "":
        return False
    definition = state.valuation.definition
    takeover(desk.step, 0, index, DECIDED_PAUSE, user, role, reason)
    pause(desk, index, user)
    alerts.paused(desk.step, definition.name, user)
    for order_id in list(desk.open_ids):
        order = desk.orders[order_id]
        if order.definition.index == index and order.has_quotes():
            desk.machine.pull(order, f"paused by {user} ({role})")
            desk.settle(order)
    return True


def quotes_in(desk: Desk, index: i64, route: i64, instrument: i64) -> bool:
    """Whether the spread quotes, and a quoting leg of it is on the route and the instrument; -1 stands for any."""
    definition = desk.triggers[index].valuation.definition
    if definition.execution.quoting is None:
        return False
    for leg in range(len(definition.legs)):
        if definition.execution.legs[leg].is_quoting:
            one = definition.legs[leg]
            if (route < 0 or one.route == route) and (instrument < 0 or one.instrument_index == instrument):
                return True
    return False
