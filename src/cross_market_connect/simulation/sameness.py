"""Judges restarts: an engine that reads log and snapshot again knows what the one knew that died between two steps.

The state is compared as text before the new run's first input. A log that was changed or cut meanwhile proves nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Final

from cross_market_connect.engine.core import EngineCore
from cross_market_connect.trading.state import desk_state

SHOWN_CHARACTERS: Final = 160


class Sameness:
    """The state that the next run must begin with.

    Attributes:
        compared: how many restarts were judged.
    """

    def __init__(self, violation: Callable[[str], None]) -> None:
        self._violation = violation
        self._expected = ""
        self._seq = 0
        self.compared = 0

    def dies(self, core: EngineCore, last_seq: int) -> None:
        """A run ends between two steps, behind this record."""
        self._expected = desk_state(core.desk)
        self._seq = last_seq

    def begins(self, core: EngineCore, last_seq: int) -> None:
        """A run has read what there is, and has had no input."""
        expected, self._expected = self._expected, ""
        if expected == "" or last_seq != self._seq:
            return
        self.compared += 1
        for line in differences(expected, desk_state(core.desk)):
            self._violation(f"after the restart at record {last_seq} the state differs: {line}")


def differences(before: str, after: str) -> Iterator[str]:
    """What differs between two states, field by field."""
    old, new = before.split("\n"), after.split("\n")
    if len(old) != len(new):
        yield f"{len(old)} lines became {len(new)}"
    for at, (left, right) in enumerate(zip(old, new, strict=False)):
        if left == right:
            continue
        was, is_now = json.loads(left), json.loads(right)
        for name in sorted({*was, *is_now}):
            if was.get(name) != is_now.get(name):
                text = f"line {at}, {name}: {was.get(name)} became {is_now.get(name)}"
                yield text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "..."
