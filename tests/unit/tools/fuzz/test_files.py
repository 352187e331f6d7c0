"""The fuzzer of files, streams and commands."""

import pytest

from cross_market_connect.journal.snapshot import Snapshot
from tools.fuzz import files
from tools.fuzz.__main__ import TARGETS, fuzz

INPUTS = {"omd stream": 1_500, "control": 800, "snapshot": 500, "capture": 150, "log": 40, "schema": 20}


@pytest.mark.parametrize("name", INPUTS)
def test_nothing_is_found(name: str) -> None:
    answer = fuzz(name, TARGETS[name][1], 7, INPUTS[name])
    assert answer["finding"] is None
    assert len(answer["outcomes"]) >= (1 if name == "snapshot" else 2)


def test_a_reader_that_takes_damage_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "decode", lambda content: Snapshot(1, "{}"))
    answer = fuzz("snapshot", files.Snapshots, 7, 50)
    assert answer["finding"]["error"] == "Finding: a damaged snapshot was used"
