"""Histories from plans: they come to rest, trade enough, are the same every time, and are judged without fault."""

import pytest

from cross_market_connect.simulation.choices import Choices
from cross_market_connect.simulation.history import History
from cross_market_connect.simulation.plan import Plan


def run(seed: int, strength: str) -> History:
    history = History(Plan(Choices(seed), strength))
    history.run()
    return history


@pytest.mark.parametrize("strength", ["none", "light", "heavy"])
def test_histories_come_to_rest_and_nothing_is_wrong_with_them(strength: str) -> None:
    orders = 0
    for seed in range(1, 6):
        history = run(seed, strength)
        assert history.judge.violations == [], (strength, seed)
        assert history.rest_ns >= 0
        orders += sum(parent.worked for parent in history.judge.parents.values())
    assert orders >= 40


def test_one_seed_is_one_history() -> None:
    first, again = run(7, "heavy"), run(7, "heavy")
    assert first.engine.log is not None and again.engine.log is not None
    assert first.engine.log.last_hash == again.engine.log.last_hash
    assert first.engine.log.last_seq == again.engine.log.last_seq > 100
