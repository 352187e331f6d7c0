"""A mutant differs from its source in exactly one place, and the places are those where a fault is a fault."""

import ast

import pytest

from tools.mutation import describe, mutate, points

SOURCE = '''"""Module."""

LIMIT = 3


def allowed(count: int, limit: int = LIMIT) -> bool:
    """Not this text."""
    if count < limit and not count == 0:
        return True
    total = count + 1
    names.append(total)
    return False
'''


def changed(change: str, line: int) -> list[str]:
    found = [point for point in points(SOURCE) if point.change == change and point.line == line]
    assert found, f"no {change} at line {line}"
    return [mutate(SOURCE, point) for point in found]


@pytest.mark.parametrize(
    "change, line, expected",
    [
        ("comparison", 8, "count <= limit"),
        ("and_or", 8, "count < limit or not count == 0"),
        ("unary", 8, "count < limit and count == 0"),
        ("condition", 8, "if not (count < limit and (not count == 0))"),
        ("constant", 9, "return False"),
        ("arithmetic", 10, "count - 1"),
        ("constant", 10, "count + 2"),
        ("statement", 11, "pass"),
        ("constant", 12, "return True"),
    ],
)
def test_each_change_makes_the_fault_that_it_names(change: str, line: int, expected: str) -> None:
    assert any(expected in text for text in changed(change, line))


def test_every_mutant_is_another_valid_program() -> None:
    original = ast.unparse(ast.parse(SOURCE))
    texts = {mutate(SOURCE, point) for point in points(SOURCE)}
    assert len(texts) == len(points(SOURCE)), "two points make the same program"
    for text in texts:
        assert ast.unparse(ast.parse(text)) != original


def test_constants_of_the_module_annotations_and_texts_are_left_alone() -> None:
    assert {point.line for point in points(SOURCE)} == {8, 9, 10, 11, 12}


def test_a_point_is_described_by_its_line() -> None:
    assert describe(SOURCE, points(SOURCE)[-1]) == "return False"


@pytest.mark.parametrize(
    "choice, found",
    [
        ("a if a < b else b", 0),
        ("b if a >= b else a", 0),
        ("a if a > 0 else -a", 0),
        ("-a if a < 0 else a", 0),
        ("a if a > 0 else 1", 1),
        ("a if a < b else c", 1),
        ("a if a == b else b", 1),
    ],
)
def test_a_comparison_that_gives_the_same_at_equality_is_no_fault(choice: str, found: int) -> None:
    source = f"def f(a: int, b: int, c: int) -> int:\n    return {choice}\n"
    assert [point.change for point in points(source)].count("comparison") == found


@pytest.mark.parametrize(
    "statement, found",
    [
        ("if a > b:\n        b = a", 0),
        ("if c == 0 and a + 1 > b:\n        b = a + 1", 1),
        ("if c > 0 or a > b:\n        b = a", 2),
        ("if a > b:\n        b = c", 1),
        ("if a > b:\n        b = c = a", 1),
        ("if a > b:\n        b = a\n    else:\n        b = c", 1),
    ],
)
def test_nor_is_the_comparison_before_the_larger_one_is_kept(statement: str, found: int) -> None:
    source = f"def f(a: int, b: int, c: int) -> int:\n    {statement}\n    return b\n"
    assert [point.change for point in points(source)].count("comparison") == found
