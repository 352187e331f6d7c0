"""The fuzzer of FIX."""

import pytest

from tools.fuzz import fix
from tools.fuzz.__main__ import TARGETS, fuzz

INPUTS = {"fix frames": 800, "fix session": 800, "fix quotes and orders": 500}


@pytest.mark.parametrize("name", INPUTS)
def test_nothing_is_found(name: str) -> None:
    answer = fuzz(name, TARGETS[name][1], 7, INPUTS[name])
    assert answer["finding"] is None
    assert len(answer["outcomes"]) >= 2


def test_a_book_that_is_not_what_the_venue_says_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fix, "sides_of", lambda book: ((), ()))
    answer = fuzz("fix quotes and orders", fix.Quotes, 7, 200)
    assert answer["finding"]["error"] == "Finding: a sound snapshot is not what is shown"
