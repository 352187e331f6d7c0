"""Failure cases of refusals: how often, how long and with what an order that was refused is followed."""

import datetime

import pytest

from cross_market_connect.domain.order import BUY, SELL
from cross_market_connect.domain.records import GATE, LADDER_STEP, REFUSAL
from cross_market_connect.simulation.pair import Market
from cross_market_connect.simulation.scenario import Scenario

ALWAYS = 0
MS = 1_000_000


def refuse(reason: str, first: int = 1, times: int = 1, side: int = 0) -> dict[str, object]:
    return {"fault": "reject", "reason": reason, "first": first, "times": times, "side": side}


def test_fc_01_a_leg_that_is_always_refused_is_tried_a_bounded_number_of_times() -> None:
    """1,000 ticks at the trigger: six spread orders with ever longer pauses, each six attempts and one way back."""
    world = Scenario(
        rules={"A": [refuse("busy", times=ALWAYS)]}, overrides={"spread.pair.trigger.cool_down_ms": 0}
    ).begin()
    world.trigger()
    for tick in range(1_000):
        world.venues["B"].quote(10_010, 10_011 + tick % 2)
        world.run_for(5)
    world.settle()
    assert world.orders_received() == (6 * 6, 6 * 2)
    assert world.positions() == (0, 0)
    assert world.open_lots() == 0
    starts_ns = [seen.now_ns for seen in world.sent() if seen.fields["role"] == 0 and seen.fields["leg"] == 0]
    pauses_ms = [(later - earlier) // MS for earlier, later in zip(starts_ns, starts_ns[1:], strict=False)]
    assert all(pause >= 100 * 2**number for number, pause in enumerate(pauses_ms)), pauses_ms
    assert world.alerts() == ["re_order", "unwind"] * 6


@pytest.mark.parametrize(
    ("reason", "prices"),
    [
        ("busy", [10_010, 10_010, 10_010, 10_008, 10_006, 10_004]),
        ("price_out_of_limits", [10_010, 10_008, 10_006, 10_004]),
        ("halted", [10_010]),
        ("market_closed", [10_010]),
        ("insufficient", [10_010]),
        ("quota_exhausted", [10_010]),
        ("no_permission", [10_010]),
        ("quantity_above_maximum", [10_010]),
        ("offset_mismatch", [10_010]),
        ("limit_locked", [10_010]),
    ],
)
def test_fc_02_the_other_leg_is_refused_and_its_class_decides_what_is_tried(reason: str, prices: list[int]) -> None:
    """Never the same again where the class says that it fails again; then the filled leg goes back."""
    world = Scenario(rules={"B": [refuse(reason, times=ALWAYS)]}).begin()
    world.trigger()
    world.run_for(2_000)
    assert [int(order.price_ticks) for order in world.venues["B"].orders()] == prices
    assert world.venues["A"].told() == ["buy 4 at 10000: 4", "sell 4 at 9994: 4"]
    assert world.positions() == (0, 0)
    # A missing permission is balanced like the others, and then a person's: no later order may do better.
    persons = reason == "no_permission"
    assert world.states()[-2:] == ["unwinding", "halted" if persons else "unwound"]
    assert world.alerts()[-1] == ("spread_order_halted" if persons else "unwind")


def test_fc_02_a_throttled_leg_is_left_alone_for_the_venues_window() -> None:
    world = Scenario(rules={"B": [refuse("throttled", times=3)]}).begin()
    world.trigger()
    world.run_for(2_000)
    orders = world.venues["B"].orders()
    assert world.venues["B"].told() == ["sell 4 at 10010: throttled"] * 3 + ["sell 4 at 10008: 4"]
    times_ns = [int(order.entered_utc_ns) for order in orders]
    assert all(later - earlier >= 200 * MS for earlier, later in zip(times_ns, times_ns[1:], strict=False))
    assert world.positions() == (4, -4)
    assert world.states()[-1] == "complete"


def test_fc_03_a_limits_refusal_is_final_for_its_trigger() -> None:
    """300 ticks at the trigger are one refusal; leaving the threshold and coming back is another."""
    world = Scenario(overrides={"limit.0.naked_value_max": 9_999}).begin()
    world.trigger()
    for tick in range(300):
        world.venues["B"].quote(10_010, 10_011 + tick % 2)
        world.run_for(1)
    assert [seen.fields["limit_name"] for seen in world.records(int(REFUSAL))] == ["naked_value_max"]
    assert world.alerts() == ["limit"]
    world.venues["B"].quote(9_990, 9_991)
    world.run_for(5)
    world.trigger()
    world.run_for(5)
    assert len(world.records(int(REFUSAL))) == 2
    assert world.orders_received() == (0, 0)


def test_fc_03_a_route_that_is_down_is_not_tried_at_every_tick() -> None:
    world = Scenario(
        overrides={"source.b_orders.reconnect_ms": 10_000, "source.b_orders.reconnect_max_ms": 10_000}
    ).begin()
    world.venues["B"].disconnect()
    world.run_for(5)
    world.trigger()
    for tick in range(300):
        world.venues["A"].quote(9_998 + tick % 2, 10_000)
        world.run_for(1)
    assert [seen.fields["gate"] for seen in world.records(int(GATE))] == ["route_down"]
    assert world.orders_received() == (0, 0)
    assert world.sent() == []


def test_fc_20_nothing_is_sent_while_one_market_is_at_lunch() -> None:
    """200 ticks in the break of market A, market B open: no order at either; after the break it trades."""
    world = Scenario(
        Market("A", hours=(("09:30", "11:30"), ("13:00", "15:00"))),
        Market("B"),
        start=datetime.time(11, 29, 50),
        overrides={"calendar.speed": 1_000},
    ).begin()
    world.venues["A"].quote(9_999, 10_000)
    world.venues["B"].quote(9_990, 9_991)
    world.run_for(200)  # 200 calendar seconds: the break has begun, A's quotes rest
    for tick in range(200):
        world.venues["B"].quote(10_010, 10_011 + tick % 2)
        world.run_for(10)
    assert world.orders_received() == (0, 0)
    assert [seen.fields["gate"] for seen in world.records(int(GATE))] == ["session_closed"]
    world.run_for(4_000)
    world.trigger()
    world.run_for(200)
    assert world.positions() == (4, -4)


def test_fc_21_a_market_that_closes_with_the_hedge_under_way_has_the_filled_leg_traded_back() -> None:
    """B has the order but no answer yet when it closes: refused as closed, so A goes back, and people are told."""
    world = Scenario(rules={"B": [{"fault": "hold", "delay_ns": 300 * MS}]}).begin()
    world.trigger()
    world.run_for(50)
    world.venues["B"].close()
    world.run_for(2_000)
    assert world.venues["B"].told() == ["sell 4 at 10010: market_closed"]
    assert world.venues["A"].told() == ["buy 4 at 10000: 4", "sell 4 at 9994: 4"]
    assert (world.states()[-1], world.alerts()) == ("unwound", ["unwind"])


def test_fc_21_both_markets_closed_is_a_persons_matter_within_the_deadline() -> None:
    world = Scenario(rules={"B": [{"fault": "hold", "delay_ns": 300 * MS}]}).begin()
    world.trigger()
    world.run_for(50)
    world.venues["B"].close()
    world.venues["A"].close()
    took_ms = world.settle(10_000)
    assert took_ms <= 3_000
    assert world.states()[-1] == "halted"
    assert world.alerts()[-1] == "spread_order_halted"
    assert world.positions() == (4, 0)
    assert world.open_lots() == 0


def test_fc_30_every_step_has_exactly_its_attempts() -> None:
    """A ladder of 3 retries, 5 chases and 7 unwinds, with everything refused: 1 + 3 + 5 orders ahead, 7 back."""
    ladder = [
        {"step": "retry", "attempts": 3, "deadline_ms": 5_000},
        {"step": "chase", "attempts": 5, "payup_ticks": 1, "slippage_ticks_max": 9, "deadline_ms": 5_000},
        {"step": "unwind", "attempts": 7, "payup_ticks": 1, "slippage_ticks_max": 9, "deadline_ms": 9_000},
        {"step": "halt"},
    ]
    world = Scenario(
        rules={"B": [refuse("busy", times=ALWAYS)], "A": [refuse("busy", times=ALWAYS, side=int(SELL))]},
        overrides={"spread.pair.ladder": ladder, "spread.pair.deadline_ms": 20_000},
    ).begin()
    world.trigger()
    world.settle()
    assert world.orders_received() == (1 + 7, 1 + 3 + 5)
    steps = [int(seen.fields["step"]) for seen in world.records(int(LADDER_STEP))]
    assert steps == [1] * 3 + [2] * 5 + [3] * 7
    assert (world.states()[-1], world.alerts()[-1]) == ("halted", "spread_order_halted")


def test_fc_32_a_hedge_locked_at_its_limit_is_not_chased() -> None:
    """B is locked for sellers from the moment the order is on its way: one order there, and A goes back at once."""
    world = Scenario(Market("A"), Market("B", limits=(10_010, 11_000))).begin()
    world.trigger()
    world.run_until(lambda: len(world.engine.running().desk.open_ids) == 1, 5)
    world.venues["B"].quote(0, 10_010)
    world.venues["B"].lock(int(SELL))
    world.run_for(1_000)
    assert world.venues["B"].told() == ["sell 4 at 10010: limit_locked"]
    assert world.venues["A"].told() == ["buy 4 at 10000: 4", "sell 4 at 9994: 4"]
    assert world.states()[-1] == "unwound"
    assert world.venues["A"].orders()[0].side == BUY


def test_fc_32_a_market_that_takes_orders_and_has_nobody_on_the_other_side_is_not_chased_either() -> None:
    """B falls to its limit and all bids go while the order is on its way: it expires unfilled, and is the last."""
    world = Scenario(Market("A"), Market("B", limits=(10_010, 11_000))).begin()
    world.trigger()
    world.run_until(lambda: len(world.engine.running().desk.open_ids) == 1, 5)
    world.venues["B"].quote(0, 10_010)
    world.run_for(1_000)
    assert world.venues["B"].told() == ["sell 4 at 10010: 0"]
    assert world.venues["A"].told() == ["buy 4 at 10000: 4", "sell 4 at 9994: 4"]
    assert world.states()[-1] == "unwound"


def test_fc_21_a_market_that_reopens_before_the_deadline_is_waited_for() -> None:
    """B pauses for a calendar minute, 60 ms here, with its order on the way: it is sent again then, A stays."""
    world = Scenario(
        Market("A"),
        Market("B", hours=(("09:30", "11:30"), ("11:31", "15:00"))),
        start=datetime.time(11, 29, 50),
        overrides={"calendar.speed": 1_000},
        rules={"B": [{"fault": "hold", "delay_ns": 20 * MS}]},
    ).begin()
    world.trigger()
    world.settle()
    assert world.venues["B"].told()[0] == "sell 4 at 10010: market_closed"
    assert world.venues["A"].told() == ["buy 4 at 10000: 4"]
    world.venues["B"].quote(10_010, 10_011)
    world.run_for(1_000)
    assert world.positions() == (4, -4)
    assert world.states()[-1] == "complete"
