"""Shrinking: a planted fault is found by the judge and told in at most twenty choices."""

from collections.abc import Sequence

import pytest

from cross_market_connect.config.build_spread import build_spreads
from cross_market_connect.simulation.choices import Choice, Choices
from cross_market_connect.simulation.history import History
from cross_market_connect.simulation.plan import Plan
from cross_market_connect.simulation.shrink import Shrinker, kind_of

ACTIONS_MAX = 20


def run_stingy(seed: int, choices: Sequence[Choice] | None = None) -> History:
    """A history in which the engine may retry once more than the judge was told it may."""
    history = History(Plan(Choices(seed, choices), "heavy"))
    shape = history.plan.shape
    history.judge.definitions = build_spreads(shape.settings, shape.instruments)
    for definition in history.judge.definitions:
        for step in definition.ladder:
            step.attempts -= 1
    history.run()
    return history


@pytest.mark.slow
def test_a_ladder_that_goes_on_too_long_is_found_and_shrunk_to_a_short_story() -> None:
    seed = next(seed for seed in range(1, 60) if any("tried more than" in v for v in run_stingy(seed).judge.violations))
    history = run_stingy(seed)
    shrinker = Shrinker(lambda choices: run_stingy(seed, choices).judge.violations, history.plan.choices.made)
    smallest = shrinker.run(150)
    assert sum(choice.value != 0 for choice in smallest) <= ACTIONS_MAX
    assert "tried more than" in run_stingy(seed, smallest).judge.violations[0]
    assert shrinker.trials <= 150


def test_shrinking_sets_to_nothing_what_does_not_matter_and_lowers_what_does() -> None:
    def violations(choices: Sequence[Choice]) -> list[str]:
        values = {choice.label: choice.value for choice in choices}
        return [f"order {values['x']} too large"] if values["a"] >= 3 and values["c"] >= 2 else []

    choices = [Choice("a", 100, 77), Choice("b", 9, 8), Choice("c", 9, 5), Choice("x", 50, 41)]
    smallest = Shrinker(violations, choices).run()
    assert [choice.value for choice in smallest] == [3, 0, 2, 0]


def test_another_violation_is_not_the_same_one() -> None:
    def violations(choices: Sequence[Choice]) -> list[str]:
        return ["one thing"] if choices[0].value else ["another thing"]

    assert Shrinker(violations, [Choice("a", 9, 8)]).run()[0].value == 1
    assert kind_of("order 12 of 3.5 lots, -4 held") == kind_of("order 1 of 2 lots, 7 held")
