"""A range of seeds as one verdict: `xmc simulate --seeds FIRST:LAST`.

Each seed is a history of its own with its judges. One in REPLAY_EVERY keeps its market data and is run again from log
and capture, and its log's chain is verified; the others write a log all the same. What happened is added up, and what
no history reached is named.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Sequence
from typing import Any, Final

from cross_market_connect import _build
from cross_market_connect.journal.reader import verify
from cross_market_connect.replay.replay import Replayer
from cross_market_connect.simulation.choices import Choice, Choices
from cross_market_connect.simulation.coverage import WHOLE_BATCH_SEEDS, Coverage
from cross_market_connect.simulation.history import History
from cross_market_connect.simulation.plan import Plan
from cross_market_connect.simulation.shrink import Shrinker
from cross_market_connect.simulation.trace import Trace
from cross_market_connect.simulation.world import START_NS

NANOSECONDS_PER_SECOND: Final = 1_000_000_000
NANOSECONDS_PER_MILLISECOND: Final = 1_000_000
REPLAY_EVERY: Final = 50
# A history is a web of objects that refer to each other, which only the collector frees; its memory is used again
# while it is still near. What remains, such as shapes, is not looked at again.
COLLECT_EVERY: Final = 10
# A batch of at most so many seeds names the hash of each journal.
JOURNALS_MAX: Final = 100


class Batch:
    """Adds up histories.

    Args:
        strength: of the faults, "none", "light" or "heavy".
    """

    def __init__(self, strength: str) -> None:
        self.strength = strength
        self.seeds = 0
        self.spread_orders = 0
        self.halted = 0
        self.restarts = 0
        self.fills_after_cancel = 0
        self.several_spreads = 0
        self.replayed = 0
        self.violations: list[str] = []
        self.journals: dict[str, str] = {}
        self.quiesce_ns: list[int] = []
        self.naked_ns: list[int] = []
        self.naked_over_limit = 0
        self.coverage = Coverage()

    def run(self, seed: int) -> None:
        """One more history."""
        replays = seed % REPLAY_EVERY == 0
        history = History(Plan(Choices(seed), self.strength), None, replays)
        history.run()
        self.add(seed, history)
        # What a power cut took from the capture cannot be run again.
        if replays and not any(act.kind == "power_cut" for act in history.plan.acts):
            self.replayed += 1
            self._replay(seed, history)
        history.close()

    def add(self, seed: int, history: History) -> None:
        """Take in a history that has ended."""
        judge, plan = history.judge, history.plan
        self.seeds += 1
        worked = [parent for parent in judge.parents.values() if parent.worked]
        self.spread_orders += len(worked)
        self.halted += sum(parent.halt_reason != "" for parent in worked)
        self.restarts += judge.restarts
        self.fills_after_cancel += judge.fills_after_cancel
        self.several_spreads += plan.shape.shares_instruments()
        self.violations += [f"seed {seed}: {text}" for text in judge.violations]
        self.journals[str(seed)] = "" if history.engine.log is None else history.engine.log.last_hash.hex()
        if history.rest_ns >= 0:
            self.quiesce_ns.append(max(0, history.rest_ns - plan.quiet_ns))
        self.naked_ns += judge.naked_episodes_ns
        self.naked_over_limit = max(self.naked_over_limit, judge.naked_over_limit)
        self.coverage.add(judge.coverage.reached)

    def _replay(self, seed: int, history: History) -> None:
        """Log and capture must give the same records again."""
        disk = history.engine.disk
        damage = verify(disk).broken
        if damage is not None:
            self.violations.append(f"seed {seed}: the log is broken: {damage.describe()}")
        replay = Replayer(disk, history.engine.capture_disk, history.plan.shape.reference).run()
        if not replay.identical:
            self.violations.append(f"seed {seed}: replay differs: {replay.difference}")

    def answer(self, seconds: float) -> dict[str, Any]:
        """What the batch came to, as one JSON object."""
        uncovered = self.coverage.uncovered()
        answer: dict[str, Any] = {
            "seeds": self.seeds,
            "faults": self.strength,
            "spread_orders": self.spread_orders,
            "violations": len(self.violations),
            "uncovered": uncovered,
            "halted_share": round(self.halted / max(1, self.spread_orders), 4),
            "restarts": self.restarts,
            "fills_after_cancel": self.fills_after_cancel,
            "multi_spread_share": round(self.several_spreads / max(1, self.seeds), 3),
            "time_to_quiesce_s": {"p99": round(percentile(self.quiesce_ns, 99) / NANOSECONDS_PER_SECOND, 3)},
            "naked_ms": {
                name: round(percentile(self.naked_ns, share) / NANOSECONDS_PER_MILLISECOND, 3)
                for name, share in (("p50", 50), ("p99", 99), ("max", 100))
            },
            "max_naked_over_limit": self.naked_over_limit,
            "replayed": self.replayed,
            "seconds": round(seconds, 2),
            "seeds_per_second": round(self.seeds / max(seconds, 1e-9), 1),
            "compiled": _build.is_compiled(),
        }
        if self.seeds <= JOURNALS_MAX:
            answer["journals"] = self.journals
        stale = self.coverage.stale_exemptions()
        if stale:
            answer["stale_exemptions"] = stale
        answer["good"] = not self.violations and not (self.seeds >= WHOLE_BATCH_SEEDS and uncovered)
        return answer


def percentile(values: Sequence[int], percent: int) -> int:
    """The smallest value that so many per cent do not exceed; 0 of none."""
    if not values:
        return 0
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def run_batch(first: int, last: int, strength: str) -> dict[str, Any]:
    """Every seed from `first` to `last`; violations go to standard error as they are found."""
    began = time.monotonic()
    batch = Batch(strength)
    told = 0
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        for seed in range(first, last + 1):
            batch.run(seed)
            for text in batch.violations[told:]:
                print(text, file=sys.stderr, flush=True)
            told = len(batch.violations)
            if batch.seeds % COLLECT_EVERY == 0:
                gc.collect()
                gc.freeze()
    finally:
        gc.enable()
        gc.unfreeze()
    return batch.answer(time.monotonic() - began)


def run_seed(seed: int, strength: str, recorded: Sequence[Choice] | None, trace: Trace | None = None) -> History:
    """One history that has ended, from its seed or from what another one was made of."""
    history = History(Plan(Choices(seed, recorded), strength), trace)
    history.run()
    return history


def tell(seed: int, strength: str, shrinks: bool) -> list[str]:
    """One seed's history as a story, with what was wrong at its end.

    Args:
        shrinks: tell the smallest history that goes wrong in the same way instead.
    """
    choices: Sequence[Choice] | None = None
    if shrinks:
        history = run_seed(seed, strength, None)
        if history.judge.violations:
            shrinker = Shrinker(
                lambda tried: run_seed(seed, strength, tried).judge.violations, history.plan.choices.made
            )
            choices = shrinker.run()
    trace = Trace(START_NS)
    history = run_seed(seed, strength, choices, trace)
    actions = f"choices that are not the tame one: {history.plan.choices.actions()}"
    return [*trace.lines, actions, *(f"VIOLATION {text}" for text in history.judge.violations)]
