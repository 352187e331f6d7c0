"""Failure cases of not knowing: what is not answered may live, and nothing takes its place before it is told."""

import pytest

from cross_market_connect.domain.records import BLOCK, STATUS_REQUEST
from cross_market_connect.simulation.scenario import Scenario

MS = 1_000_000
NEVER_ANSWERED = {"fault": "lost", "message": "query", "times": 0}


def test_fc_19_after_a_restart_nothing_is_opened_where_an_order_may_live_until_the_venue_has_answered() -> None:
    """B's order is under way for two seconds; A, which has answered, is free at once."""
    world = Scenario(rules={"B": [{"fault": "hold", "delay_ns": 2_000 * MS}]}).begin()
    world.trigger()
    world.run_for(5)
    world.kill()
    world.run_for(50)
    world.restart()
    world.run_for(300)
    safety = world.engine.running().desk.safety
    routes = [(seen.fields["route"], seen.fields["blocked"]) for seen in world.records(int(BLOCK))]
    assert routes == [(2, 2)], "A's order has ended before the kill"
    assert safety.is_blocked(2, 1)
    assert not safety.is_blocked(0, 0)
    world.settle()
    assert not safety.is_blocked(2, 1)
    assert world.positions() == (4, -4)
    last = world.records(int(BLOCK))[-1].fields
    assert (last["route"], last["blocked"]) == (2, 0)
    assert "the venue answered for order" in str(last["reason"])


def test_fc_16_silence_is_no_reject() -> None:
    """The venue fills B's order and says nothing: it is asked, and nothing is sent again."""
    world = Scenario(rules={"B": [{"fault": "silent"}]}).begin()
    world.trigger()
    took_ms = world.settle()
    assert 250 <= took_ms < 300
    assert world.orders_received() == (1, 1)
    assert world.positions() == (4, -4)
    assert len(world.records(int(STATUS_REQUEST))) == 1
    assert world.states()[-1] == "complete"


def test_fc_16_an_order_that_is_long_under_way_is_not_doubled() -> None:
    """It reaches the market after 900 ms; until then the venue says pending, and waiting is all that is done."""
    world = Scenario(rules={"B": [{"fault": "hold", "delay_ns": 900 * MS}]}).begin()
    world.trigger()
    world.settle()
    assert world.orders_received() == (1, 1)
    assert world.positions() == (4, -4)
    assert world.states()[-1] == "complete"


def test_fc_16_an_order_that_the_venue_never_had_is_sent_again_once_that_is_told() -> None:
    """Twice: the first time that a venue does not know an order it may still be on its way."""
    world = Scenario(rules={"B": [{"fault": "lost"}]}).begin()
    world.trigger()
    world.settle()
    asked = world.records(int(STATUS_REQUEST))
    orders = [seen for seen in world.sent() if seen.fields["leg"] == 1]
    assert len(asked) == 2 and len(orders) == 2
    assert orders[1].seq > asked[1].seq
    assert world.orders_received() == (1, 1)
    assert world.positions() == (4, -4)


def test_fc_17_a_refused_question_is_no_answer() -> None:
    """The order lives; the question about it is refused twice as busy: it stays unknown until the third is answered."""
    rules = [{"fault": "silent"}, {"fault": "reject", "reason": "busy", "message": "query", "times": 2}]
    world = Scenario(rules={"B": rules}).begin()
    world.trigger()
    world.settle()
    assert len(world.records(int(STATUS_REQUEST))) == 3
    assert world.orders_received() == (1, 1)
    assert world.positions() == (4, -4)
    assert world.states()[-1] == "complete"


def test_fc_17_a_reject_of_an_order_that_lives_ends_balanced() -> None:
    """The venue refuses B's order for good and trades it 200 ms later all the same: what is too much goes back."""
    rules = [
        {"fault": "reject_live", "reason": "halted"},
        {"fault": "hold", "delay_ns": 200 * MS},
        {"fault": "reject", "reason": "halted", "first": 2, "times": 0, "side": -1},
    ]
    world = Scenario(rules={"B": rules}).begin()
    world.trigger()
    world.run_for(5_000)
    assert sum(world.positions()) == 0
    assert world.open_lots() == 0
    assert world.states()[-1] in ("complete", "unwound")
    assert "late_fill" in world.alerts()


def test_fc_35_an_unknown_order_is_not_dead_because_its_market_closed() -> None:
    """No answer and no answer to any question, then the market closes: a person gets it, and nothing replaces it."""
    world = Scenario(rules={"B": [{"fault": "silent"}, NEVER_ANSWERED]}).begin()
    world.trigger()
    world.run_for(1_000)
    world.venues["B"].close()
    world.settle()
    world.run_for(60_000)
    assert world.orders_received() == (1, 1)
    assert world.states()[-1] == "halted"
    assert world.alerts() == ["spread_order_halted"]
    order = world.engine.running().desk.orders[1]
    assert order.reserved and order.anything_live()


def test_fc_44_both_lines_drop_with_orders_in_flight() -> None:
    """Both venues trade and the answers are lost with the lines: asked after the log-on, nothing doubled, balanced."""
    world = Scenario(rules={"A": [{"fault": "drop"}], "B": [{"fault": "drop"}]}).begin()
    world.trigger()
    took_ms = world.settle()
    assert took_ms < 500
    assert world.orders_received() == (1, 1)
    assert world.positions() == (4, -4)
    assert world.alerts() == ["session_lost", "session_lost"]
    assert world.states()[-1] == "complete"


def test_fc_44_both_lines_drop_and_one_order_never_arrived() -> None:
    rules = {"A": [{"fault": "drop"}], "B": [{"fault": "drop"}, {"fault": "lost"}]}
    world = Scenario(rules=rules).begin()
    world.trigger()
    world.settle()
    assert world.positions() == (4, -4)
    assert world.orders_received() == (1, 1)
    assert len(world.sent()) == 3
    assert world.states()[-1] == "complete"


def test_fc_44_both_lines_drop_before_either_order_reached_its_market() -> None:
    """Both orders enter their markets 300 ms later, when the lines are back: pending is live."""
    held = [{"fault": "drop"}, {"fault": "hold", "delay_ns": 300 * MS}]
    world = Scenario(rules={"A": held, "B": held}).begin()
    world.trigger()
    world.settle()
    assert world.orders_received() == (1, 1)
    assert world.positions() == (4, -4)
    assert world.states()[-1] == "complete"


CURABLE: dict[str, dict[str, list[dict[str, object]]]] = {
    "busy": {"B": [{"fault": "reject", "reason": "busy", "times": 3}]},
    "throttled": {"A": [{"fault": "reject", "reason": "throttled", "times": 2}]},
    "price": {"B": [{"fault": "reject", "reason": "price_out_of_limits"}]},
    "halted for a while": {"B": [{"fault": "reject", "reason": "halted", "times": 4, "side": -1}]},
    "lost": {"A": [{"fault": "lost"}], "B": [{"fault": "lost"}]},
    "silent": {"A": [{"fault": "silent"}], "B": [{"fault": "silent"}]},
    "questions lost": {"B": [{"fault": "silent"}, {"fault": "lost", "message": "query", "times": 2}]},
    "late": {"A": [{"fault": "late", "delay_ns": 900 * MS}]},
    "held": {"B": [{"fault": "hold", "delay_ns": 900 * MS}]},
    "partial": {"A": [{"fault": "partial", "fill_lots": 1}], "B": [{"fault": "partial", "fill_lots": 3}]},
    "drops": {"A": [{"fault": "drop", "times": 2}], "B": [{"fault": "drop", "times": 2}]},
    "late fill": {"B": [{"fault": "partial", "fill_lots": 1}, {"fault": "late_fill", "delay_ns": 400 * MS}]},
    "twice and reversed": {"A": [{"fault": "twice"}], "B": [{"fault": "twice"}, {"fault": "reversed"}]},
}


@pytest.mark.parametrize("name", CURABLE)
def test_fc_45_what_can_be_cured_halts_nothing(name: str) -> None:
    """Two spread orders are wanted. Whatever passes by itself, both are there in the end and no person was called."""
    world = Scenario(
        rules=CURABLE[name],
        overrides={"spread.pair.trigger.cool_down_ms": 0, "spread.pair.quantity.position_units_max": 8},
    ).begin()
    for _ in range(60):
        world.trigger()
        world.run_for(100)
    world.settle()
    assert world.positions() == (8, -8)
    assert "spread_order_halted" not in world.alerts()
    assert world.open_lots() == 0


def test_fc_35_held_at_the_deadline_it_waits_for_evidence_as_long_as_the_policy_says() -> None:
    """`hold` for 30 s: the questions are answered again after 12 s, and then the order is complete without a person."""
    world = Scenario(
        rules={"B": [{"fault": "silent"}, {**NEVER_ANSWERED, "duration_ns": 10_000 * MS}]},
        overrides={"spread.pair.execution": {"unknown_policy": "hold", "unknown_hold_ms": 30_000}},
    ).begin()
    world.trigger()
    world.run_for(4_000)
    assert world.states()[-1] == "working"
    world.run_for(25_000)
    assert world.states()[-1] == "complete"
    assert world.orders_received() == (1, 1)
    assert world.positions() == (4, -4)
    assert "spread_order_halted" not in world.alerts()
