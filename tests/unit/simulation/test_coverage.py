"""Marks: generated from the tables, read from records, and nothing is exempt that does not exist."""

from cross_market_connect.domain.records import GATE, LADDER_STEP, LEG_ORDER, LEG_ORDER_STATE, RECEIPT, SPREAD_ORDER
from cross_market_connect.domain.spread import HALTED, LEG_WORKING, ROLE_CHASE, STEP_UNWIND, UNWINDING
from cross_market_connect.simulation.coverage import EXEMPT, Coverage, marks
from cross_market_connect.trading.gates import GATE_NAMES
from cross_market_connect.trading.states import LEG_TRANSITIONS, SPREAD_TRANSITIONS


def test_there_is_one_mark_per_row_of_the_tables() -> None:
    found = marks()
    assert len(found) == len(set(found))
    assert sum(mark.startswith("leg ") for mark in found) == sum(len(rows) for rows in LEG_TRANSITIONS.values())
    assert sum(mark.startswith("spread order ") for mark in found) == len(SPREAD_TRANSITIONS)
    assert sum(mark.startswith("gate ") for mark in found) == len(GATE_NAMES) - 1
    assert set(EXEMPT) <= set(found)


def test_records_reach_marks_and_the_rest_is_uncovered() -> None:
    coverage = Coverage()
    assert coverage.uncovered() == [mark for mark in marks() if mark not in EXEMPT]
    coverage.record(int(LEG_ORDER), {"client_order_id": 7, "role": int(ROLE_CHASE)})
    coverage.record(int(RECEIPT), {"client_order_id": 7, "reject_class": 1})
    coverage.record(int(LEG_ORDER_STATE), {"state_before": int(LEG_WORKING), "reason": "filled: in full"})
    coverage.record(int(LADDER_STEP), {"step": int(STEP_UNWIND)})
    coverage.record(int(GATE), {"gate": "quote_age"})
    coverage.record(int(SPREAD_ORDER), {"state_before": int(UNWINDING), "state": int(HALTED), "halt_code": 2})
    assert set(coverage.reached) == {
        "leg idle: submit",
        "refused price_out_of_limits: repair",
        "leg working: filled",
        "ladder unwind",
        "gate quote_age",
        "spread order unwinding -> halted",
        "halt ladder_ends",
    }
    assert set(coverage.reached) <= set(marks())
    assert not set(coverage.reached) & set(coverage.uncovered())


def test_an_exemption_that_was_reached_is_stale() -> None:
    coverage = Coverage()
    coverage.add(dict.fromkeys(EXEMPT, 1))
    assert coverage.stale_exemptions() == list(EXEMPT)
