"""Every decision that makes one simulated history differ from another, drawn from a seed and written down.

Theory of operation. A history is planned by drawing integers. Each draw names what it decides (its label) and how many
options there are; option 0 is always the tame one: nothing special happens. The list of choices made is the history:
given back as `recorded`, it makes the same one, whatever the seed. Recorded values are given out by label, in order,
and a label that has none left gets 0, so a list with entries removed, zeroed or lowered is a simpler history, never
an invalid one. Shrinking needs to know nothing else. A branch draws from a stream of its own, so that a kind of
happening that is added there leaves the histories that do not have it as they were.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from cross_market_connect.venues.simulated.market_model import SeededIntegers

PERCENT: Final = 100
# Apart by so much, the streams of a seed's branches meet no other seed's.
BRANCH_STEP: Final = 0x5851_F42D_4C95_7F2D


class Choice(NamedTuple):
    """One draw: what it decided, how many options there were, which one was taken (0: the tame one)."""

    label: str
    bound: int
    value: int


class Choices:
    """Draws from a seed, or from what an earlier history drew.

    Args:
        seed: of the draws; 0 to 2**64 - 1.
        recorded: choices to repeat instead; what it does not hold is 0.

    Attributes:
        made: every draw so far, in order.
    """

    def __init__(self, seed: int, recorded: Iterable[Choice] | None = None) -> None:
        self.seed = seed
        self.made: list[Choice] = []
        self._random: SeededIntegers | None = SeededIntegers(seed) if recorded is None else None
        self._recorded: dict[str, list[int]] = {}
        for choice in recorded or ():
            self._recorded.setdefault(choice.label, []).append(choice.value)
        for values in self._recorded.values():
            values.reverse()

    def branch(self, number: int) -> Choices:
        """Draws of a stream of their own, numbered from 1, written down with these."""
        result = Choices(self.seed + number * BRANCH_STEP, None if self._random is not None else ())
        result.made = self.made
        result._recorded = self._recorded
        return result

    def draw(self, bound: int, label: str) -> int:
        """An integer from 0 to `bound` - 1."""
        if bound <= 1:
            value = 0
        elif self._random is not None:
            value = self._random.below(bound)
        else:
            values = self._recorded.get(label)
            value = min(values.pop(), bound - 1) if values else 0
        self.made.append(Choice(label, bound, value))
        return value

    def between(self, low: int, high: int, label: str) -> int:
        """An integer from `low`, the tame one, to `high`."""
        return low + self.draw(high - low + 1, label)

    def happens(self, percent: int, label: str) -> bool:
        """Whether something special happens, `percent` times in a hundred."""
        return self.weighted((PERCENT - percent, percent), label) == 1

    def weighted(self, weights: Sequence[int], label: str) -> int:
        """Index of an option, taken in proportion to its weight; the first is the tame one."""
        if self._random is None:
            return self.draw(len(weights), label)
        drawn = self._random.below(sum(weights))
        index = 0
        while drawn >= weights[index]:
            drawn -= weights[index]
            index += 1
        self.made.append(Choice(label, len(weights), index))
        return index

    def actions(self) -> int:
        """How many choices were not the tame one."""
        return sum(choice.value != 0 for choice in self.made)
