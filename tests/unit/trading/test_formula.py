"""Formulas: read, refused with a reason, worked out against Python's own arithmetic, and their directions."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from librt.vecs import vec

from cross_market_connect.domain.errors import InputError
from cross_market_connect.trading.formula import (
    NEGATIVE,
    POSITIVE,
    ZERO,
    CompiledFormula,
    compile_formula,
    opposite,
    ordered_signs,
    product_signs,
    sum_signs,
)

LEGS = ["a", "b"]


def compiled(text: str, inputs: list[str] | None = None, constants: dict[str, float] | None = None) -> CompiledFormula:
    return compile_formula(text, LEGS, inputs or [], constants or {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a - b", 12.0 - 5.0),
        ("a - b * 2 - 1", 1.0),
        ("a - (b - 2) * 3", 3.0),
        ("-b + a", 7.0),
        ("a / b - 1", 1.4),
        ("a / 2 / 3 - b", -3.0),
        ("2 + 3 * 4 + a - b", 21.0),
        ("max(a, 20) + min(b, 9, 3) * 0 - b + a", 27.0),
        ("abs(-a) - b", 7.0),
        ("a - b * (1 + rate * days / 365)", 12.0 - 5.0 * (1.0 + 0.73 * 100.0 / 365.0)),
        (".5 * a - b", 1.0),
        ("a * min(2, 3) - b * max(1, 3)", 9.0),
        ("a * (3 - 1) * (1 + 1) / (2 / 4) - b", 91.0),
        ("a - b * -min(-2, -3)", -3.0),
    ],
)
def test_values_by_hand(text, expected):
    constants = {"rate": 0.73, "days": 100.0} if "rate" in text else {}
    made = compiled(text, constants=constants)
    assert made.formula.value(vec[float]([12.0, 5.0])) == pytest.approx(expected, rel=1e-15)
    assert made.formula.failed is False
    assert made.directions == [1, -1]


def test_a_live_input_is_an_argument_after_the_legs():
    made = compiled("a - b * fair", inputs=["fair"])
    assert made.formula.value(vec[float]([12.0, 5.0, 2.0])) == 2.0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a - c", "'c' is unknown; expected one of a, b"),
        ("a - b / 0", "division by zero"),
        ("a - b / (2 - 2)", "division by zero"),
        ("a", "'b' is not used"),
        ("a - b - b + b * 2", "may rise and fall with 'b'"),
        ("(a - b) / b", "may rise and fall with 'b'"),
        ("abs(a - b)", "may rise and fall with 'a'"),
        ("a / (b - 3)", "may rise and fall with 'b'"),
        ("a - b * 0", "does not depend on 'b'"),
        ("a - ", "its end"),
        ("", "its end"),
        ("a b", "'b' after a complete formula"),
        ("(a - b", "expected ')'"),
        ("a - b)", "')' after a complete formula"),
        ("a ** b", "'*'"),
        ("a - 1.2.3 - b", "'1.2.3'"),
        ("min(a) - b", "min of one value"),
        ("abs(a, b)", "abs of 2"),
        ("a - b; c", "';' at position 6"),
        ("__import__(a) - b", "'_' at position 1"),
        ("a.b", "'.'"),
        ("(" * 60 + "a" + ")" * 60 + " - b", "nested deeper"),
        ("-" * 60 + "a - b", "nested deeper"),
        ("a - b + " + "9" * 400, "beyond all bounds"),
        ("a - b" + " + 1" * 200, "expected at most 500"),
    ],
)
def test_what_is_refused(text, words):
    with pytest.raises(InputError) as caught:
        compiled(text)
    assert words in str(caught.value), str(caught.value)


def test_an_input_that_is_not_used_is_refused():
    with pytest.raises(InputError, match="'rate' is not used"):
        compiled("a - b", constants={"rate": 1.0})


@pytest.mark.parametrize("numbers", [[1.0, 0.0], [1e300, 1e-300], [math.inf, 1.0], [math.nan, 1.0]])
def test_what_is_no_number_is_said(numbers):
    made = compiled("a / b")
    made.formula.value(vec[float](numbers))
    assert made.formula.failed


@pytest.mark.parametrize(
    ("text", "deepest"), [("a - b", 2), ("a - (b + 1)", 3), ("a * 2 / 3 - b", 2), ("a / abs(-b)", 2)]
)
def test_the_stack_is_as_deep_as_the_formula_asks(text, deepest):
    assert len(compiled(text).formula.stack) == deepest


def test_a_failure_is_forgotten_by_the_next_run():
    made = compiled("a / b")
    made.formula.value(vec[float]([1.0, 0.0]))
    assert made.formula.value(vec[float]([1.0, 4.0])) == 0.25
    assert not made.formula.failed


NUMBERS = st.integers(1, 20).map(lambda number: str(number / 4))


def trees(children):
    return st.one_of(
        st.tuples(children, st.sampled_from(["+", "-", "*", "/"]), children).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(st.sampled_from(["min", "max"]), children, children).map(lambda t: f"{t[0]}({t[1]}, {t[2]})"),
        children.map(lambda t: f"abs({t})"),
        children.map(lambda t: f"(-{t})"),
    )


@given(
    st.recursive(st.one_of(NUMBERS, st.sampled_from(["a", "b"])), trees, max_leaves=12),
    st.floats(0.1, 50.0),
    st.floats(0.1, 50.0),
    st.floats(0.01, 5.0),
)
def test_value_and_direction_agree_with_python(text, a, b, step):
    """A random formula that is accepted has Python's value, and moves with a leg the way its direction says."""
    try:
        made = compiled(text)
    except InputError:
        return
    names = {"min": min, "max": max, "abs": abs, "__builtins__": {}}

    def by_python(first: float, second: float) -> float | None:
        try:
            return float(eval(text, names, {"a": first, "b": second}))
        except (ZeroDivisionError, OverflowError):
            return None

    expected = by_python(a, b)
    found = made.formula.value(vec[float]([a, b]))
    if expected is None or not math.isfinite(expected):
        assert made.formula.failed
        return
    assert found == expected
    for further, direction in (((a + step, b), made.directions[0]), ((a, b + step), made.directions[1])):
        moved = by_python(*further)
        if moved is not None and math.isfinite(moved):
            assert (moved - expected) * direction >= -1e-9 * max(1.0, abs(moved), abs(expected))


def test_nesting_goes_to_its_bound_and_no_further():
    for opening, closing in (("(", ")"), ("+", ""), ("-", ""), ("abs(", ")")):
        compiled(opening * 24 + "a" + closing * 24 + " - b")
        with pytest.raises(InputError, match="nested deeper"):
            compiled(opening * 25 + "a" + closing * 25 + " - b")


NUMBERS_BY_SIGN = {NEGATIVE: [-3, -1], ZERO: [0], POSITIVE: [1, 3]}


def members(signs: int) -> list[int]:
    return [number for sign, numbers in NUMBERS_BY_SIGN.items() if signs & sign for number in numbers]


def signs_of(numbers) -> int:
    return sum({NEGATIVE if number < 0 else POSITIVE if number > 0 else ZERO for number in numbers})


@pytest.mark.parametrize("a", range(1, 8))
@pytest.mark.parametrize("b", range(1, 8))
def test_signs_are_those_of_the_numbers(a, b):
    pairs = [(one, other) for one in members(a) for other in members(b)]
    assert sum_signs(a, b) == signs_of(one + other for one, other in pairs)
    assert product_signs(a, b) == signs_of(one * other for one, other in pairs)
    assert ordered_signs(a, b) == signs_of(max(pair) for pair in pairs)
    assert opposite(a) == signs_of(-one for one in members(a))
