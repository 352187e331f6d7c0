"""A person's decision about a halted spread order: the state it leads to, and how the ladder begins anew."""

from __future__ import annotations

import pytest

from cross_market_connect.domain.spread import REPAIRING, RESIDUAL, STEP_HALT, STEP_RETRY, UNWINDING
from cross_market_connect.trading.commands import DECIDE_ACCEPT, DECIDE_RETRY, DECIDE_UNWIND
from cross_market_connect.trading.orders import SpreadOrder
from cross_market_connect.trading.takeover import prepare, state_after, unwind_index
from tests.unit.trading.support import DEADLINE_NS, SECOND, definition


@pytest.mark.parametrize(
    ("decision", "state"), [(DECIDE_RETRY, REPAIRING), (DECIDE_UNWIND, UNWINDING), (DECIDE_ACCEPT, RESIDUAL)]
)
def test_each_decision_leads_to_its_state(decision, state):
    assert state_after(decision) == state


@pytest.mark.parametrize(("state", "index", "started_ns"), [(REPAIRING, -1, 3), (UNWINDING, 2, 77)])
def test_the_ladder_begins_anew_with_a_new_deadline_and_an_unwind_at_its_step(state, index, started_ns):
    """The default ladder: retry, chase, unwind, halt."""
    order = SpreadOrder(1, definition(), 1, True)
    order.step_index, order.step_attempts, order.step_started_ns, order.halt_code = 3, 4, 3, 6
    prepare(order, state, 77)
    assert (order.step_index, order.step_attempts, order.step_started_ns) == (index, 0, started_ns)
    assert (order.halt_code, order.deadline_ns) == (0, 77 + DEADLINE_NS)


def test_a_ladder_without_an_unwind_has_none():
    ladder = [(STEP_RETRY, 1, 0, 0, SECOND), (STEP_HALT, 1, 0, 0, SECOND)]
    assert unwind_index(SpreadOrder(1, definition(ladder=ladder), 1, True)) == -1
