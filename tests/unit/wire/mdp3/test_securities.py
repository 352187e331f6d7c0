"""The table of wanted securities against a dict."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.wire.mdp3.securities import NOT_WANTED, SecurityTable

SECURITY_IDS = st.one_of(st.integers(-(2**31), 2**31 - 1), st.integers(0, 3), st.integers(0, 40).map(lambda n: n << 12))


@given(st.lists(st.tuples(SECURITY_IDS, st.integers(0, 10_000)), max_size=200), st.lists(SECURITY_IDS, max_size=50))
def test_it_answers_as_a_dict(added: list[tuple[int, int]], asked: list[int]) -> None:
    table = SecurityTable()
    expected = {}
    for security_id, slot in added:
        table.add(security_id, slot)
        expected[security_id] = slot
    assert table.count == len(expected)
    for security_id in [*expected, *asked]:
        assert table.slot(security_id) == expected.get(security_id, NOT_WANTED)


def test_a_security_that_is_added_again_moves() -> None:
    table = SecurityTable()
    table.add(5, 0)
    table.add(5, 3)
    assert (table.slot(5), table.count) == (3, 1)


def test_a_negative_slot_is_refused() -> None:
    with pytest.raises(InvariantError):
        SecurityTable().add(5, -1)
