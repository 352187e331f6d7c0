"""Mutants are drawn from everywhere, killed by the first stage that fails or hangs, and judged as promised."""

import json
import sys
from pathlib import Path

import pytest

from tools import mutants
from tools.mutants import GENERATED, GENERATED_PARTS, PER_PART, ROOT, Mutant, Stage
from tools.mutation import describe
from tools.named_bugs import NAMED_BUGS, NamedBug


@pytest.mark.slow
def test_the_parts_hold_every_generated_mutant_once() -> None:
    every = [mutant for part in range(GENERATED_PARTS) for mutant in mutants.generated(ROOT, part)]
    assert len(every) == GENERATED == GENERATED_PARTS * PER_PART >= 300
    assert len({(mutant.file, mutant.source) for mutant in every}) == GENERATED
    assert len({mutant.file for mutant in every}) >= 10, "the mutants keep to a few files"


@pytest.mark.slow
def test_an_edit_elsewhere_leaves_the_other_mutants_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line more in one file moves every number behind it; what is drawn of the rest is the same."""

    def names(root: Path) -> set[tuple[str, str, str]]:
        return {(file.name, describe(source, point), point.change) for file, source, point in mutants.drawn(root)}

    before = names(ROOT)
    every = mutants.every_point(ROOT)
    monkeypatch.setattr(mutants, "every_point", lambda root: every[3:])
    after = names(ROOT / "elsewhere")
    assert len(before & after) >= len(before) - 4


@pytest.mark.parametrize("bug", NAMED_BUGS, ids=lambda bug: bug.name)
def test_every_named_bug_still_has_the_code_that_it_changes(bug: NamedBug) -> None:
    mutant = mutants.named(ROOT, bug)
    assert mutant.source != (ROOT / "src" / mutant.file).read_text()
    compile(mutant.source, bug.file, "exec")


def test_a_bug_whose_code_is_gone_is_told() -> None:
    with pytest.raises(ValueError, match=r"gone: domain/alert\.py has 0 times"):
        mutants.named(ROOT, NamedBug("gone", "domain/alert.py", (("nothing like this", ""),), ""))


@pytest.mark.parametrize(
    "code, killed", [("", False), ("import sys; sys.exit(1)", True), ("import time; time.sleep(600)", True)]
)
def test_a_stage_kills_by_failing_or_by_never_ending(code: str, killed: bool, tmp_path: Path) -> None:
    assert mutants.fails(Stage("one", [sys.executable, "-c", code], 1), tmp_path) is killed


def test_the_source_is_whole_again_after_a_mutant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "file.py"
    target.write_text("before")
    seen: list[str] = []

    def looks(stage: Stage, sources: Path) -> bool:
        seen.append((sources / "file.py").read_text())
        return stage.name == "second"

    monkeypatch.setattr(mutants, "stages", lambda mutant: [Stage("first", [], 1), Stage("second", [], 1)])
    monkeypatch.setattr(mutants, "fails", looks)
    mutant = Mutant("m", Path("file.py"), 1, "comparison", "before", "after")
    assert mutants.killed_by(mutant, tmp_path) == "second"
    assert (seen, target.read_text()) == (["after", "after"], "before")


def rows(killed: int, survived: int, sound: str = "") -> list[dict[str, object]]:
    found = [{"mutant": f"m{n}", "killed_by": "x" if n < killed else "", "line": "y"} for n in range(killed + survived)]
    found += [{"mutant": bug.name, "killed_by": "simulation", "line": ""} for bug in NAMED_BUGS]
    found.append({"mutant": mutants.SOUND, "killed_by": sound, "line": ""})
    return [{"result": json.dumps({"mutants": found})}]


def test_ninety_five_of_a_hundred_are_enough_and_ninety_four_are_not() -> None:
    assert mutants.summary(rows(95, 5))[0]
    good, lines = mutants.summary(rows(94, 6))
    assert not good
    assert "generated mutants killed: 94 of 100 (94.0%)" in lines
    assert sum(line.startswith("survived: ") for line in lines) == 6


def test_nothing_counts_when_sound_code_is_killed_or_was_not_tried() -> None:
    good, lines = mutants.summary(rows(100, 0, sound="simulation"))
    assert (good, lines[0]) == (False, "the sound code passes every stage: NO: no kill below says anything")
    untried = json.loads(str(rows(100, 0)[0]["result"]))["mutants"][:-1]
    assert not mutants.summary([{"result": json.dumps({"mutants": untried})}])[0]


def test_the_sound_code_is_unchanged() -> None:
    mutant = mutants.sound(ROOT)
    assert mutant.source == (ROOT / "src" / mutant.file).read_text()
