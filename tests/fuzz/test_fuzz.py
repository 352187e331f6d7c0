"""Broken inputs to every decoder and feed, a fixed number of them, compiled; more: `make campaign NAME=fuzz`."""

import pytest

from tools.fuzz.__main__ import TARGETS, fuzz

# About half a minute in all, compiled.
INPUTS = 950_000
SEED = 20_261_128


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_broken_inputs_break_nothing(name: str) -> None:
    weight = sum(weight for weight, _ in TARGETS.values())
    answer = fuzz(name, TARGETS[name][1], SEED, int(INPUTS * TARGETS[name][0] / weight))
    assert answer["finding"] is None
