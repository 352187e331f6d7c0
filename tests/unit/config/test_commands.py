"""`xmc config check` tells of everything that `xmc run` would refuse, the files of TLS too."""

from pathlib import Path

import pytest

from cross_market_connect.config import commands
from cross_market_connect.config.demonstration import DEMO_FILE
from tests.unit.engine.support_tls import Authority


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XMC_CCFX_SECRET", "XMC_XHKF_SECRET"):
        monkeypatch.setenv(name, "set")


def with_ca_files(directory: Path, ca_files: dict[int, str]) -> Path:
    """The demonstration's file with TLS for the sources on these ports."""
    text = DEMO_FILE.read_text()
    for port, ca_file in ca_files.items():
        text = text.replace(f"port = {port}\n", f'port = {port}\ntls = true\nca_file = "{ca_file}"\n', 1)
    file = directory / "desk.toml"
    file.write_text(text)
    return file


def test_every_file_of_tls_that_does_not_work_is_a_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = tmp_path / "empty.pem"
    empty.touch()
    missing = str(tmp_path / "missing.pem")
    assert commands.check(with_ca_files(tmp_path, {19_001: missing, 19_003: str(empty)})) == 2
    said = capsys.readouterr().err.splitlines()
    assert said[0] == f"source ccfx_orders.ca_file: {missing}: No such file or directory; expected certificates as PEM"
    assert said[1] == f"source xhkf_orders.ca_file: {empty} holds no certificate; expected certificates as PEM"
    assert said[2].endswith("2 faults")


def test_files_that_work_are_no_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.check(with_ca_files(tmp_path, {19_001: Authority(tmp_path).ca_file})) == 0
    assert "valid" in capsys.readouterr().out
