"""What counts as equal journals."""

import pytest

from tools import equal_journals


def test_the_last_line_is_read() -> None:
    output = 'progress {"journals": 0}\n{"journals": {"1": "aa", "2": "bb"}, "failed": 0}\n'
    assert equal_journals.journals(output) == {"1": "aa", "2": "bb"}


@pytest.mark.parametrize("output", ["", "no json", "{}", "[]"[1:]])
def test_no_journals_is_an_error(output: str) -> None:
    with pytest.raises(equal_journals.SimulationError, match="printed no journals"):
        equal_journals.journals(output)


def test_differences_name_the_seed() -> None:
    compiled = {"1": "aa", "2": "bb", "3": "cc"}
    assert equal_journals.differences(compiled, {"1": "aa", "2": "bb"}) == []
    assert equal_journals.differences(compiled, {"2": "xx"}) == ["seed 2: compiled bb, interpreted xx"]
    assert equal_journals.differences({}, {"2": "xx"}) == ["seed 2: compiled nothing, interpreted xx"]
