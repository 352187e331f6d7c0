"""docs/failure-cases.md names every failure case of this part with its tests, and no test that does not exist."""

import ast
import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "failure-cases.md"
# Those that need what later parts build: T+1, automatic reduction, corporate actions, expiry, quota, kill switch.
LATER = (31, 34, 36, 37, 38, 39, 41)


def cases_tested() -> dict[int, list[str]]:
    """Names of the tests in this folder, by the number of their case."""
    found: dict[int, list[str]] = defaultdict(list)
    for path in sorted(Path(__file__).parent.glob("test_fc_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                number = re.match(r"test_fc_(\d\d)_[a-z]", node.name)
                assert number, f"{path.name}: {node.name} has no case"
                found[int(number[1])].append(node.name)
    return found


def rows_by_case() -> dict[int, str]:
    rows: dict[int, str] = defaultdict(str)
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        number = re.match(r"\| FC-(\d\d) \|", line)
        if number:
            rows[int(number[1])] += line
    return rows


def test_every_case_of_this_part_has_its_tests_and_its_line() -> None:
    tests, rows = cases_tested(), rows_by_case()
    expected = sorted(set(range(1, 49)) - set(LATER))
    assert sorted(tests) == expected
    assert sorted(rows) == expected
    for number in expected:
        named = re.findall(r"`(test_fc_[a-z0-9_]+)`", rows[number])
        assert named == tests[number], f"FC-{number:02}"


def test_later_cases_are_named_as_such() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert all(f"FC-{number:02}" in text for number in LATER)
