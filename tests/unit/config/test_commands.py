"""`xmc config check`: what it prints and how it exits."""

from pathlib import Path

import pytest

from cross_market_connect.config.commands import check
from cross_market_connect.config.demonstration import DEMO_FILE


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XMC_CCFX_SECRET", "one")
    monkeypatch.setenv("XMC_XHKF_SECRET", "two")


def test_a_valid_file_exits_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert check(DEMO_FILE) == 0
    output = capsys.readouterr()
    assert "valid; 3 instruments, 4 sources, 1 spreads, 5 limits; configuration " in output.out
    assert output.err == ""


def test_a_broken_file_lists_its_faults_and_exits_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert check(Path(__file__).parent / "broken.toml") == 2
    output = capsys.readouterr()
    lines = output.err.splitlines()
    assert output.out == ""
    assert "source[0] ccfx_orders.port: 70000; expected less than or equal to 65535" in lines
    assert lines[-1].endswith(f"broken.toml: {len(lines) - 1} faults")
