"""Batches of planned histories: figures by hand, violations told, one seed one journal."""

import json

import pytest
from typer.testing import CliRunner

from cross_market_connect.cli import app
from cross_market_connect.domain.records import CHECKPOINT
from cross_market_connect.journal.reader import LogReader, verify
from cross_market_connect.simulation.batch import REPLAY_EVERY, Batch, percentile, run_batch, tell
from cross_market_connect.simulation.choices import Choices
from cross_market_connect.simulation.history import SNAPSHOT_SEEDS, History
from cross_market_connect.simulation.plan import Plan


def replayable(every: int) -> int:
    """The first multiple of `every` whose history has a kill and no power cut."""
    plans = ((seed, Plan(Choices(seed), "heavy")) for seed in range(every, 100 * every, every))
    kinds = ((seed, {act.kind for act in plan.acts}) for seed, plan in plans)
    return next(seed for seed, acts in kinds if "kill" in acts and "power_cut" not in acts)


def test_percentiles_by_hand() -> None:
    assert [percentile([], 99), percentile([7], 50), percentile([7], 100)] == [0, 7, 7]
    hundred = list(range(100, 0, -1))
    assert [percentile(hundred, share) for share in (1, 50, 99, 100)] == [1, 50, 99, 100]


def test_a_batch_adds_up_what_its_histories_were() -> None:
    batch = Batch("heavy")
    histories = [History(Plan(Choices(seed), "heavy")) for seed in (3, 4)]
    for seed, history in zip((3, 4), histories, strict=True):
        history.run()
        batch.add(seed, history)
    answer = batch.answer(4.0)
    parents = [parent for history in histories for parent in history.judge.parents.values() if parent.worked]
    assert (answer["seeds"], answer["spread_orders"]) == (2, len(parents))
    assert answer["spread_orders"] > 5
    assert answer["restarts"] == sum(history.engine.starts - 1 for history in histories)
    assert answer["seeds_per_second"] == 0.5
    assert list(answer["journals"]) == ["3", "4"]
    assert answer["uncovered"], "two histories cannot have reached everything"
    assert answer["good"] is (answer["violations"] == 0)


def test_a_violation_is_told_and_the_batch_is_not_good(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Batch, "add", lambda batch, seed, history: batch.violations.append(f"seed {seed}: wrong"))
    result = CliRunner().invoke(app, ["simulate", "--seeds", "1:1", "--json"])
    assert result.exit_code == 1
    assert json.loads(result.stdout.splitlines()[-1])["violations"] == 1
    assert "seed 1: wrong" in result.stderr


@pytest.mark.slow
def test_a_history_in_every_so_many_is_replayed_and_equal_seeds_write_equal_journals() -> None:
    seed = replayable(REPLAY_EVERY)
    one, other = (run_batch(seed, seed, "heavy") for _ in range(2))
    assert (one["replayed"], one["violations"]) == (1, 0)
    assert one["journals"] == other["journals"]


@pytest.mark.slow
def test_a_history_with_restarts_from_snapshots_is_replayed_by_what_its_log_was_configured_with() -> None:
    """How often there is a checkpoint is a decision: what the log does not say of it, a replay cannot know."""
    seed = replayable(REPLAY_EVERY * SNAPSHOT_SEEDS)
    history = History(Plan(Choices(seed), "heavy"), None, True)
    history.run()
    checkpoints = sum(record.kind == CHECKPOINT for record in LogReader(history.engine.disk, 1).records())
    assert (history.engine.starts > 1, checkpoints > 3) == (True, True)
    answer = run_batch(seed, seed, "heavy")
    assert (answer["replayed"], answer["violations"]) == (1, 0)


def test_a_story_is_that_of_the_judged_history() -> None:
    history = History(Plan(Choices(5), "heavy"))
    history.run()
    assert verify(history.engine.disk).broken is None
    lines = tell(5, "heavy", False)
    assert sum(" wanted, " in line for line in lines) == len(history.judge.parents)
