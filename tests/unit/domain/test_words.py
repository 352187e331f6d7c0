import pytest

from cross_market_connect.domain.words import counted


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 records"), (1, "1 record"), (2, "2 records"), (-1, "-1 records"), (11, "11 records")]
)
def test_a_number_decides_its_noun(number: int, text: str) -> None:
    assert counted(number, "record") == text


def test_a_plural_of_its_own() -> None:
    assert [counted(number, "entry", "entries") for number in (1, 2)] == ["1 entry", "2 entries"]
