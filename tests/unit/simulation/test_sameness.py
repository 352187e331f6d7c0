"""A restart between two steps knows what the run before knew; anything else is told."""

from __future__ import annotations

import json

import pytest

from cross_market_connect.domain.records import RELEASE
from cross_market_connect.simulation.choices import Choices
from cross_market_connect.simulation.history import History
from cross_market_connect.simulation.misfortune import Act
from cross_market_connect.simulation.plan import MILLISECOND_NS, Plan
from cross_market_connect.simulation.sameness import differences
from cross_market_connect.trading.restore import DeskRestorer


def killed_often(seed: int) -> History:
    plan = Plan(Choices(seed), "heavy")
    kills = [Act((300 + 170 * at) * MILLISECOND_NS, "kill", 0, 0, 20 * MILLISECOND_NS) for at in range(8)]
    plan.acts = sorted([*plan.acts, *kills])
    history = History(plan)
    history.run()
    return history


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3, 4])
def test_a_restart_knows_what_the_run_before_knew(seed: int) -> None:
    history = killed_often(seed)
    assert history.judge.violations == []
    assert history.sameness.compared >= 5


@pytest.mark.slow
def test_a_restorer_that_forgets_a_kind_of_record_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    if not hasattr(DeskRestorer.apply, "__code__"):
        pytest.skip("compiled classes cannot be patched")
    apply = DeskRestorer.apply

    def forgetful(self: DeskRestorer, kind: int, fields: dict[str, object], now_ns: int, seq: int) -> None:
        if kind != int(RELEASE):
            apply(self, kind, fields, now_ns, seq)  # type: ignore[arg-type]

    monkeypatch.setattr(DeskRestorer, "apply", forgetful)
    assert any("the state differs" in text for text in killed_often(3).judge.violations)


def test_what_differs_is_named_with_its_line() -> None:
    before = {"filled": [1, 2], "taken_attempts": 0}
    assert list(differences(json.dumps(before), json.dumps(before))) == []
    fewer = {**before, "filled": [1, 1]}
    assert list(differences(json.dumps(before), json.dumps(fewer))) == ["line 0, filled: [1, 2] became [1, 1]"]
    attempts = {**before, "taken_attempts": 1}
    assert list(differences(json.dumps(before), json.dumps(attempts))) == ["line 0, taken_attempts: 0 became 1"]
    assert list(differences("{}", "{}\n{}")) == ["1 lines became 2"]
