"""What every fuzz target has in common, and what a finding is."""

from __future__ import annotations

import random
from collections import Counter
from typing import Protocol


class Finding(Exception):
    """Something that must not be: the text says what."""


class Target(Protocol):
    """One decoder, or one feed with what lies below it.

    Attributes:
        outcomes: inputs by what became of them: every one is accepted, or refused for a reason that has a name.
        last: the input under way, for the report of a finding.
    """

    outcomes: Counter[str]
    last: bytes

    def give(self) -> None:
        """One more input. Raises Finding, or whatever the code under test raises, which is a finding too."""

    def finish(self) -> None:
        """After the last input: what must hold at the end. Raises Finding."""


class Build(Protocol):
    """Makes a target of one seed."""

    def __call__(self, chance: random.Random) -> Target: ...


def must(holds: bool, what: str) -> None:
    """Raise Finding when it does not hold."""
    if not holds:
        raise Finding(what)
