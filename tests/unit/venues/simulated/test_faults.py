"""Fault rules: which order they hit, how often and how long, and that chance follows from the seed alone."""

import pytest

from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.order import BUY, SELL
from cross_market_connect.matching.orders import REASON_BUSY, REASON_HALTED, REASON_NONE, REASON_PRICE_LIMITS
from cross_market_connect.venues.simulated.faults import (
    ANY_INSTRUMENT,
    FAULT_DATAGRAM_LOST,
    FAULT_PARTIAL,
    FAULT_REJECT,
    NO_BOUND,
    ON_ORDER,
    RULES_MAX,
    FaultPlan,
    FaultRule,
    profile_rules,
    rule_from_fields,
)

SECOND = 1_000_000_000


def reasons(plan: FaultPlan, orders: list[tuple[int, int]]) -> list[int]:
    """Refusal of each order given as (side, time)."""
    return [int(plan.on_message(ON_ORDER, b"A", 0, side, now_ns).reason) for side, now_ns in orders]


def test_rule_counts_only_the_orders_that_match() -> None:
    rule = rule_from_fields(
        {"fault": "reject", "reason": "busy", "account": "A", "instrument_index": 1, "side": 1, "first": 2, "times": 2}
    )
    plan = FaultPlan([rule], 1)
    assert plan.on_message(ON_ORDER, b"B", 1, BUY, 0).reason == REASON_NONE
    assert plan.on_message(ON_ORDER, b"A", 0, BUY, 0).reason == REASON_NONE
    assert plan.on_message(ON_ORDER, b"A", 1, SELL, 0).reason == REASON_NONE
    outcomes = [plan.on_message(ON_ORDER, b"A", 1, BUY, 0).reason for _ in range(5)]
    assert outcomes == [REASON_NONE, REASON_BUSY, REASON_BUSY, REASON_NONE, REASON_NONE]


def test_light_profile_is_a_schedule() -> None:
    plan = FaultPlan(profile_rules("light", b"A"), 1)
    # Opening buys and closing sells in turn, each 0.1 s: the 3rd is refused once, from the 7th on the buys, for 0.6 s.
    orders = [(int(BUY if at % 2 == 0 else SELL), at * SECOND // 10) for at in range(16)]
    expected = [0] * 16
    expected[2] = int(REASON_BUSY)
    for at in (6, 8, 10):
        expected[at] = int(REASON_HALTED)
    assert reasons(plan, orders) == expected


def test_light_profile_meets_both_endings_again_later() -> None:
    plan = FaultPlan(profile_rules("light", b"A"), 1)
    orders = [(int(BUY), at * SECOND // 5) for at in range(70)]
    refused = {at + 1: reason for at, reason in enumerate(reasons(plan, orders)) if reason}
    assert refused[3] == REASON_BUSY
    assert refused[21] == REASON_PRICE_LIMITS
    # A halt lasts 0.6 seconds: at five orders a second, three of them.
    assert [at for at, reason in refused.items() if reason == REASON_HALTED] == [
        *range(7, 10),
        *range(31, 34),
        *range(61, 64),
    ]


def test_heavy_profile_depends_on_the_seed_only() -> None:
    def outcomes(seed: int) -> list[tuple[int, int, bool, int]]:
        plan = FaultPlan(profile_rules("heavy", b"A"), seed)
        result = []
        for at in range(400):
            faults = plan.on_message(ON_ORDER, b"A", 0, BUY, at * SECOND)
            result.append((int(faults.reason), int(faults.delay_ns), faults.drops, int(faults.fill_permille)))
        return result

    first = outcomes(5)
    assert first == outcomes(5)
    assert first != outcomes(6)
    assert len({reason for reason, *_ in first}) >= 5
    assert any(delay for _, delay, _, _ in first) and any(drops for _, _, drops, _ in first)
    assert any(permille < 1000 for *_, permille in first)


def test_profile_none_does_nothing_and_others_are_refused() -> None:
    assert profile_rules("none", b"A") == []
    with pytest.raises(InputError):
        profile_rules("medium", b"A")


def test_datagram_rule_counts_datagrams_and_leaves_orders_alone() -> None:
    rule = FaultRule(FAULT_DATAGRAM_LOST, b"", ANY_INSTRUMENT)
    rule.first = 2
    plan = FaultPlan([rule], 1)
    assert plan.on_message(ON_ORDER, b"A", 0, BUY, 0).reason == REASON_NONE
    assert [plan.loses_datagram(0) for _ in range(4)] == [False, True, False, False]


def test_chance_is_about_what_it_says() -> None:
    rule = FaultRule(FAULT_PARTIAL, b"", ANY_INSTRUMENT)
    rule.times = NO_BOUND
    rule.chance_ppm = 250_000
    plan = FaultPlan([rule], 3)
    hits = sum(plan.on_message(ON_ORDER, b"A", 0, BUY, 0).fill_permille < 1000 for _ in range(4000))
    assert 900 < hits < 1100  # 1000 expected, standard deviation 27


def test_rule_from_fields_names_every_fault() -> None:
    with pytest.raises(InputError) as caught:
        rule_from_fields({"fault": "explode", "reason": "whim", "first": -1, "colour": 3, "account": 7, "side": 2})
    assert [line.split(":")[0] for line in caught.value.faults] == [
        "fault",
        "account",
        "reason",
        "first",
        "colour",
        "side",
    ]
    with pytest.raises(InputError) as caught:
        rule_from_fields({"fault": "reject"})
    assert caught.value.faults == ["reason: missing; expected the reason of the refusal or cancel"]


def test_number_of_rules_is_bounded() -> None:
    rules = [FaultRule(FAULT_REJECT, b"", ANY_INSTRUMENT) for _ in range(RULES_MAX + 1)]
    with pytest.raises(InputError):
        FaultPlan(rules, 1)
