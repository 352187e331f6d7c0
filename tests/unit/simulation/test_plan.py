"""Plans: the catalogue of shops is sound, a plan is its choices, and a plan without choices is a quiet day."""

from collections import Counter

import pytest

from cross_market_connect.simulation.choices import Choices
from cross_market_connect.simulation.misfortune import ACT_TABLE, LATER_ACT_TABLE, RULE_TABLE
from cross_market_connect.simulation.plan import Plan
from cross_market_connect.simulation.shapes import SHAPES, SPECIAL_SHAPES, shape_of
from cross_market_connect.venues.simulated.faults import (
    FAULT_CANCEL,
    FAULT_CLOSE,
    FAULT_DATAGRAM_LOST,
    FAULT_FILL,
    FAULT_NAMES,
    FAULT_SAYS,
)


def rules_of(plan: Plan) -> list[list[tuple[int, ...]]]:
    names = ("kind", "message", "first", "times", "reason", "delay_ns", "fill_permille", "fill_lots", "reports")
    return [[tuple(int(getattr(rule, name)) for name in names) for rule in venue] for venue in plan.rules]


@pytest.mark.slow
def test_every_shape_of_the_catalogue_is_a_configuration_without_faults_and_many_share_instruments() -> None:
    sharing = sum(shape_of(number).shares_instruments() for number in range(SHAPES))
    assert sharing >= 0.3 * SHAPES
    assert Counter(len(shape_of(number).settings.spread) for number in range(SHAPES)).keys() == {1, 2, 3, 4}
    assert {len(spread.leg) for number in range(SHAPES) for spread in shape_of(number).settings.spread} == {2, 3}
    assert len(shape_of(0).settings.spread) == 1
    assert all(shape_of(SHAPES + number).definitions for number in range(SPECIAL_SHAPES))


@pytest.mark.parametrize("strength", ["none", "light", "heavy"])
def test_the_choices_of_a_plan_make_it_again(strength: str) -> None:
    for seed in range(1, 30):
        plan = Plan(Choices(seed), strength)
        again = Plan(Choices(0, plan.choices.made), strength)
        assert again.shape is plan.shape and again.quotes == plan.quotes and again.acts == plan.acts
        assert rules_of(again) == rules_of(plan)


def test_without_choices_nothing_special_happens() -> None:
    plan = Plan(Choices(0, []), "heavy")
    assert plan.shape.number == 0 and plan.acts == [] and not any(plan.rules)
    assert len({(quote.bids, quote.asks) for quote in plan.quotes}) == 1


# Datagrams are lost on the wire, not by a rule of the plan; the others are for scripts that people write.
SCRIPTED_ONLY = (FAULT_CANCEL, FAULT_CLOSE, FAULT_DATAGRAM_LOST, FAULT_FILL, FAULT_SAYS)


@pytest.mark.slow
def test_everything_that_can_go_wrong_does_in_some_history_and_is_over_in_time() -> None:
    acts: Counter[str] = Counter()
    rules: Counter[int] = Counter()
    for seed in range(1, 300):
        plan = Plan(Choices(seed), "heavy")
        assert all(act.at_ns <= plan.quiet_ns for act in plan.acts)
        acts.update({act.kind for act in plan.acts})
        rules.update({int(rule.kind) for venue in plan.rules for rule in venue})
    assert set(ACT_TABLE) | set(LATER_ACT_TABLE) <= set(acts)
    assert set(rules) == {row[0] for row in RULE_TABLE}
    assert {FAULT_NAMES[kind] for kind in rules} == set(FAULT_NAMES[1:]) - {FAULT_NAMES[kind] for kind in SCRIPTED_ONLY}
