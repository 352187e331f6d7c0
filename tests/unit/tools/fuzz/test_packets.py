"""The fuzzer of packets: sound packets are sound, damage is damage, and what goes wrong is found."""

import random

import pytest

from tools.fuzz.__main__ import TARGETS, fuzz
from tools.fuzz.mutations import Mutator
from tools.fuzz.packets import MDP3_FORMAT, Broken, mdp3_donors, mdp3_schema

INPUTS = 1_500


@pytest.mark.parametrize("name", [name for name in TARGETS if name.endswith("packets")])
def test_every_input_is_accepted_or_counted(name: str) -> None:
    answer = fuzz(name, TARGETS[name][1], 7, INPUTS)
    assert answer["finding"] is None
    assert sum(answer["outcomes"].values()) == INPUTS
    assert len(answer["outcomes"]) >= 7, "damage of many kinds"
    assert 0.3 < answer["outcomes"]["accepted"] / INPUTS < 0.8, "some of it goes deep"


def test_a_finding_names_the_input() -> None:
    answer = fuzz("broken", Broken, 1, 10)
    assert answer["finding"] == {
        "input": 2,
        "bytes": b"xxx".hex(),
        "error": "Finding: on purpose",
        "place": "packets.py:" + answer["finding"]["place"].partition(":")[2],
    }


def test_the_seed_decides_alone() -> None:
    schema = mdp3_schema()
    made = []
    for _ in range(2):
        chance = random.Random(3)
        mutator = Mutator(chance, MDP3_FORMAT, mdp3_donors(schema, chance))
        made.append([mutator.damaged(mutator.pick()) for _ in range(300)])
    assert made[0] == made[1]
    assert len(set(made[0])) > 290
