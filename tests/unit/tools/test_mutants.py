"""The faults that are put into the sources on purpose: each is a real change of code that stands there today."""

import ast
import json

import pytest

from tools import mutants
from tools.mutation import describe, mutate, points
from tools.named_bugs import NAMED_BUGS, NamedBug

SOURCE = '''
def covered(lots: int, limit: int) -> bool:
    """Whether lots stay below a limit."""
    if lots < limit and limit > 0:
        return True
    return lots + 1 == limit
'''


@pytest.mark.parametrize("bug", NAMED_BUGS, ids=lambda bug: bug.name)
def test_a_named_bug_changes_todays_code(bug: NamedBug) -> None:
    faulty = mutants.named(mutants.ROOT, bug)
    assert ast.dump(ast.parse(faulty.source)) != ast.dump(
        ast.parse((mutants.ROOT / "src" / faulty.file).read_text(encoding="utf-8"))
    )


def test_a_bug_whose_code_is_gone_is_said() -> None:
    with pytest.raises(ValueError, match="expected it once"):
        mutants.named(mutants.ROOT, NamedBug("gone", "trading/machine.py", (("no such text", ""),), ""))


def test_every_point_gives_another_program() -> None:
    found = points(SOURCE)
    assert sorted((point.line, point.change) for point in found) == [
        (4, "and_or"),
        (4, "comparison"),
        (4, "comparison"),
        (4, "condition"),
        (4, "constant"),
        (5, "constant"),
        (6, "arithmetic"),
        (6, "comparison"),
        (6, "constant"),
    ]
    programs = {mutate(SOURCE, point) for point in found}
    assert len(programs) == len(found)
    assert ast.unparse(ast.parse(SOURCE)) + "\n" not in programs
    assert describe(SOURCE, found[0]) == "if lots < limit and limit > 0:"


def test_a_fault_is_the_one_that_was_named() -> None:
    plus = next(point for point in points(SOURCE) if point.change == "arithmetic")
    assert "return lots - 1 == limit" in mutate(SOURCE, plus)


def test_the_generated_ones_are_as_many_as_promised_and_all_different() -> None:
    every = [mutant for part in range(mutants.GENERATED_PARTS) for mutant in mutants.generated(mutants.ROOT, part)]
    assert len(every) == mutants.GENERATED >= 300
    assert len({(mutant.file, mutant.source) for mutant in every}) == len(every)


def result(*rows: tuple[str, str]) -> dict[str, object]:
    return {"result": json.dumps({"mutants": [{"mutant": name, "killed_by": by, "line": "x"} for name, by in rows]})}


def test_the_verdict() -> None:
    bugs = [(bug.name, "simulation") for bug in NAMED_BUGS]
    nineteen = [(f"m{number}", "its unit test") for number in range(19)]
    whole = [("sound", ""), *bugs, *nineteen, ("m19", "")]
    assert mutants.summary([result(*whole)]) == (
        True,
        [
            "the sound code passes every stage: yes",
            "named bugs found by the simulation: 10 of 10",
            "generated mutants killed: 19 of 20 (95.0%)",
            "survived: `m19`: `x`",
        ],
    )
    assert not mutants.summary([result(*whole[1:])])[0], "nobody showed that sound code passes"
    assert not mutants.summary([result(("sound", "simulation"), *whole[1:])])[0], "sound code was killed"
    assert not mutants.summary([result(*whole, ("m20", ""))])[0], "below 95 %"
    assert not mutants.summary([result(("sound", ""), *bugs[1:], *nineteen)])[0], "a named bug was not tried"
