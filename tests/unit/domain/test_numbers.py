"""Arithmetic at the edges of 64 bits, against Python's unbounded integers."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cross_market_connect.domain.numbers import (
    I64_MAX,
    NO_PRICE,
    checked_add,
    checked_multiply,
    convert_e4,
    divide_round_half_up,
    doubled,
)

LARGEST = 2**63 - 1
EDGES = [0, 1, -1, 2**31 - 1, 2**31, 2**32, 2**53, 2**53 + 1, 3_037_000_499, 3_037_000_500, LARGEST - 1, LARGEST]
NUMBERS = st.integers(-LARGEST, LARGEST) | st.sampled_from([*EDGES, *[-edge for edge in EDGES]])


def saturated(value: int) -> int:
    return max(-LARGEST, min(LARGEST, value))


@given(NUMBERS, NUMBERS)
@example(3_037_000_499, 3_037_000_499)
@example(3_037_000_500, 3_037_000_500)
@example(4_000_000_000_000, 10_000 * 300)
@example(-(2**32), 2**31)
def test_multiply_saturates_and_never_wraps(a, b):
    assert checked_multiply(a, b) == saturated(a * b)


@given(NUMBERS, NUMBERS)
def test_add_saturates_and_never_wraps(a, b):
    assert checked_add(a, b) == saturated(a + b)


@pytest.mark.parametrize("other", [2, -2, LARGEST, -LARGEST, -(2**63)])
def test_even_the_number_without_an_opposite_does_not_wrap(other):
    assert checked_multiply(-(2**63), other) == (LARGEST if other < 0 else -LARGEST)
    assert checked_multiply(-(2**63), 0) == 0


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [(5, 2, 3), (-5, 2, -3), (4, 2, 2), (1, 3, 0), (2, 3, 1), (-1, 3, 0), (-2, 3, -1), (7, 5, 1), (8, 5, 2), (0, 9, 0)],
)
def test_division_rounds_halves_away_from_zero(numerator, denominator, rounded):
    assert divide_round_half_up(numerator, denominator) == rounded


@given(st.integers(-(10**15), 10**15), st.integers(1, 10**9))
def test_division_is_the_nearest_whole(numerator, denominator):
    rounded = divide_round_half_up(numerator, denominator)
    assert abs(2 * (rounded * denominator - numerator)) <= denominator
    assert divide_round_half_up(-numerator, denominator) == -rounded


@given(st.integers(0, 10**15), st.integers(0, 10**11))
def test_currency_conversion_rounds_down(amount_e4, fx_e8):
    assert convert_e4(amount_e4, fx_e8) == saturated(amount_e4 * fx_e8 // 10**8)


def test_currency_conversion_saturates():
    assert convert_e4(LARGEST, 84_164_000) == LARGEST // 10**8 * 84_164_000 + LARGEST % 10**8 * 84_164_000 // 10**8
    assert convert_e4(LARGEST, 200_000_000) == LARGEST


def test_no_price_is_no_price():
    assert I64_MAX == LARGEST
    assert NO_PRICE == -LARGEST


@given(st.integers(-(2**40), 2**40), st.integers(0, 20))
@example(1_000_000_000, 6)
def test_doubled_keeps_every_bit(value, times):
    assert doubled(value, times) == value * 2**times
