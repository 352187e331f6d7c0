"""The smallest history that still goes wrong in the same way.

Works on the list of choices alone: entries are set to 0, the tame option, first in large parts, then one by one; what
is left is lowered. A simpler list is kept when its history has the same first violation, numbers apart. Each trial is a
whole history, so their number is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from cross_market_connect.simulation.choices import Choice

TRIALS_MAX: Final = 600
_NUMBERS: Final = re.compile(r"-?\d+(\.\d+)?")


def kind_of(violation: str) -> str:
    """A violation without its numbers: what makes two of them the same."""
    return _NUMBERS.sub("N", violation)


class Shrinker:
    """Shrinks one list of choices.

    Args:
        violations: runs a history from its choices; what was wrong with it.
        choices: of a history that goes wrong.

    Attributes:
        best: the simplest list so far that still goes wrong. trials: histories run.
    """

    def __init__(self, violations: Callable[[Sequence[Choice]], list[str]], choices: Sequence[Choice]) -> None:
        self.violations = violations
        self.best = list(choices)
        self.trials = 0
        self.wanted = {kind_of(text) for text in violations(choices)[:1]}

    def run(self, trials_max: int = TRIALS_MAX) -> list[Choice]:
        """Shrink until nothing simpler fails, or the trials are used up."""
        while self.trials < trials_max:
            before = list(self.best)
            self._zero(trials_max)
            self._lower(trials_max)
            if self.best == before:
                break
        return self.best

    def _fails(self, choices: Sequence[Choice]) -> bool:
        self.trials += 1
        return any(kind_of(text) in self.wanted for text in self.violations(choices))

    def _try(self, changes: dict[int, int]) -> bool:
        """Keep the list with these values by position, when it still fails."""
        candidate = [
            choice._replace(value=changes[at]) if at in changes else choice for at, choice in enumerate(self.best)
        ]
        if not self._fails(candidate):
            return False
        self.best = candidate
        return True

    def _special(self) -> list[int]:
        """Positions of choices that are not the tame one."""
        return [at for at, choice in enumerate(self.best) if choice.value != 0]

    def _zero(self, trials_max: int) -> None:
        size = len(self._special())
        while size >= 1 and self.trials < trials_max:
            # From the end: what comes last has decided the least.
            special = self._special()[::-1]
            for start in range(0, len(special), size):
                if self.trials < trials_max:
                    self._try(dict.fromkeys(special[start : start + size], 0))
            size //= 2

    def _lower(self, trials_max: int) -> None:
        for at in self._special():
            value = self.best[at].value
            for lower in dict.fromkeys((1, value // 2, value - 1)):
                if 0 < lower < value and self.trials < trials_max and self._try({at: lower}):
                    break
