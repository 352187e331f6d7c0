"""The table of wanted securities against a dict."""

import struct

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


FEW_IDS = st.sampled_from([*range(5), 64, 65, 128, -1, -64, 2**31 - 1, -(2**31)])


@given(st.lists(FEW_IDS, max_size=6), st.lists(FEW_IDS, max_size=12), st.integers(4, 9), st.integers(0, 3))
def test_the_first_wanted_of_a_row_of_entries(wanted: list[int], row: list[int], step: int, before: int) -> None:
    table = SecurityTable()
    for slot, security_id in enumerate(wanted):
        table.add(security_id, slot)
    data = bytes(before) + b"".join(struct.pack("<i", security_id).ljust(step, b"\xff") for security_id in row)
    expected = next((n for n, security_id in enumerate(row) if security_id in wanted), len(row))
    assert table.first_wanted(data, before, step, len(row)) == expected
