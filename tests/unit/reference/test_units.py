"""Conversions against numbers worked from the definitions."""

from fractions import Fraction

import pytest

from cross_market_connect.reference.units import UNITS, is_convertible, unit_factor


@pytest.mark.parametrize(
    ("unit", "into", "factor"),
    [
        ("gram", "troy_ounce", Fraction("31.1034768")),
        ("troy_ounce", "gram", 1 / Fraction("31.1034768")),
        ("pound", "tonne", Fraction(1_000_000) / Fraction("453.59237")),
        ("tonne", "kilogram", Fraction(1, 1_000)),
        ("share", "share", 1),
        ("", "", 1),
    ],
)
def test_a_price_per_one_unit_is_so_much_per_the_other(unit: str, into: str, factor: Fraction) -> None:
    assert is_convertible(unit, into)
    assert unit_factor(unit, into) == factor


@pytest.mark.parametrize(
    ("unit", "into"), [("gram", "barrel"), ("share", "index_point"), ("", "gram"), ("ounce", "gram")]
)
def test_other_dimensions_have_no_factor(unit: str, into: str) -> None:
    assert not is_convertible(unit, into)


def test_a_dollar_a_pound_is_about_2205_a_tonne() -> None:
    assert round(float(unit_factor("pound", "tonne")), 2) == 2204.62


def test_every_dimension_has_one_unit_of_size_one() -> None:
    for dimension, _ in UNITS.values():
        assert [size for other, size in UNITS.values() if other == dimension].count(Fraction(1)) == 1
