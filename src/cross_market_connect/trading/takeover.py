"""What a person decides about a halted spread order: the ladder anew, an unwind now, or accepting what is held.

The decision is a record before the state changes, so a restart goes on with it. Until then nothing acts on the order
but questions about what may still be live.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from cross_market_connect.domain.spread import (
    LEG_CANCELLED,
    LEG_EXPIRED,
    LEG_FILLED,
    LEG_REJECTED,
    REPAIRING,
    RESIDUAL,
    STEP_UNWIND,
    UNWINDING,
)
from cross_market_connect.trading.commands import DECIDE_ACCEPT, DECIDE_UNWIND, END_STATUSES
from cross_market_connect.trading.desk import Desk
from cross_market_connect.trading.orders import SpreadOrder

# Decisions that are no choice of the command "halted".
DECIDED_RE_ENABLE: Final[i64] = 4
DECIDED_PAUSE: Final[i64] = 5

# The state of a leg order that people say ended so.
END_STATES: Final[dict[int, int]] = {
    END_STATUSES["filled"]: int(LEG_FILLED),
    END_STATUSES["cancelled"]: int(LEG_CANCELLED),
    END_STATUSES["rejected"]: int(LEG_REJECTED),
    END_STATUSES["expired"]: int(LEG_EXPIRED),
}


def state_after(decision: i64) -> i64:
    """The spread order's state by the decision."""
    if decision == DECIDE_ACCEPT:
        return RESIDUAL
    return UNWINDING if decision == DECIDE_UNWIND else REPAIRING


def unwind_index(order: SpreadOrder) -> i64:
    """Position of the ladder's unwind; -1 when it has none."""
    for index in range(len(order.definition.ladder)):
        if order.definition.ladder[index].step == STEP_UNWIND:
            return index
    return -1


def prepare(order: SpreadOrder, state: i64, now_ns: i64) -> None:
    """Let the ladder begin anew with a new deadline, at its unwind when that is the order's new state."""
    order.begin_repair()
    order.halt_code = 0
    order.deadline_ns = now_ns + order.definition.deadline_ns
    if state == UNWINDING:
        order.stand_at(unwind_index(order))
        order.step_started_ns = now_ns


def take_up(desk: Desk, order: SpreadOrder) -> None:
    """A halted order is under way again; its trigger has waited for it."""
    order_id = int(order.spread_order_id)
    desk.halted_ids.remove(order_id)
    desk.open_ids.append(order_id)


def enable(desk: Desk, index: i64) -> None:
    """End a spread's pauses, also a person's."""
    state = desk.triggers[index]
    state.kept_text = ""
    state.failures = 0
    state.pause_until_ns = 0
    state.taken_off = 0
    state.quote_pause_until_ns = 0
    state.paused_by = ""


def pause(desk: Desk, index: i64, user: str) -> None:
    """A person stops a spread: it opens nothing and quotes nothing until a person enables it again."""
    state = desk.triggers[index]
    state.kept_text = ""
    state.paused_by = user
