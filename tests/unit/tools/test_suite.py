"""Every stage runs even after a failure, and one failure fails the suite."""

import sys
from pathlib import Path

import pytest

from tools import suite
from tools.suite import Stage


def marking(path: Path, code: int) -> Stage:
    script = f"import pathlib, sys; pathlib.Path(sys.argv[1]).touch(); sys.exit({code})"
    return Stage(path.name, [sys.executable, "-c", script, str(path)], {})


@pytest.mark.parametrize(("codes", "verdict"), [((0, 0), 0), ((1, 0), 1), ((0, 5), 1)])
def test_verdict(codes: tuple[int, int], verdict: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [marking(tmp_path / str(number), code) for number, code in enumerate(codes)]
    monkeypatch.setattr(suite, "stages", lambda name, arguments: made)
    assert suite.main(["check"]) == verdict
    assert len(list(tmp_path.iterdir())) == 2


def test_quick_and_test_demand_their_mode() -> None:
    [quick] = suite.stages("quick", ["-k", "x"])
    assert quick.environment == {"XMC_TEST_MODE": "interpreted", "XMC_INTERPRETED": "1", "PYTHONPATH": "src"}
    assert quick.command[-2:] == ["-k", "x"]
    assert suite.stages("test", [])[0].environment["XMC_TEST_MODE"] == "compiled"


def test_an_unknown_suite_is_bad_usage() -> None:
    assert suite.main(["nonsense"]) == 2
