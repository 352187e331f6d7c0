"""What counts as equal journals."""

import json

import pytest

from tools import equal_journals


def output(compiled: bool = True, **journals: str) -> str:
    named = {seed.removeprefix("s"): sha256 for seed, sha256 in journals.items()}
    return 'progress {"journals": 0}\n' + json.dumps({"journals": named, "bad_seeds": [], "compiled": compiled}) + "\n"


def test_the_last_line_is_read() -> None:
    assert equal_journals.journals(output(s1="aa", s2="bb"), "1:2", compiled=True) == {"1": "aa", "2": "bb"}


@pytest.mark.parametrize("text", ["", "no json", "{}", "[]", '{"journals": {"1": "aa"}}', '{"journals": 1}'])
def test_no_journals_is_an_error(text: str) -> None:
    with pytest.raises(equal_journals.SimulationError, match="printed no journals"):
        equal_journals.journals(text, "1:1", compiled=True)


@pytest.mark.parametrize("compiled", [False, True])
def test_two_runs_in_one_mode_prove_nothing(compiled: bool) -> None:
    with pytest.raises(equal_journals.SimulationError, match="was not"):
        equal_journals.journals(output(compiled, s1="aa"), "1:1", compiled=not compiled)


@pytest.mark.parametrize("journals", [{}, {"s1": "aa"}, {"s1": "aa", "s2": ""}, {"s1": "aa", "s3": "bb"}])
def test_every_seed_asked_for_must_have_a_journal(journals: dict[str, str]) -> None:
    with pytest.raises(equal_journals.SimulationError, match="seeds 1:2 were asked for"):
        equal_journals.journals(output(**journals), "1:2", compiled=True)


def test_differences_name_the_seed() -> None:
    compiled = {"1": "aa", "2": "bb", "3": "cc"}
    assert equal_journals.differences(compiled, dict(compiled)) == []
    assert equal_journals.differences(compiled, {**compiled, "2": "xx"}) == ["seed 2: compiled bb, interpreted xx"]
    assert equal_journals.differences({}, {"2": "xx"}) == ["seed 2: compiled nothing, interpreted xx"]
    assert equal_journals.differences({"2": "xx"}, {}) == ["seed 2: compiled xx, interpreted nothing"]
