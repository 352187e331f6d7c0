"""`xmc config check`: what it prints and how it exits."""

from pathlib import Path

import pytest

from cross_market_connect.config.commands import check, unset_secrets
from cross_market_connect.config.demonstration import DEMO_FILE, demo_settings
from cross_market_connect.config.models import Mdp3
from tests.unit.engine.support_tls import Authority


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XMC_CCFX_SECRET", "one")
    monkeypatch.setenv("XMC_XHKF_SECRET", "two")


def test_a_valid_file_exits_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert check(DEMO_FILE) == 0
    output = capsys.readouterr()
    assert "valid; 3 instruments, 4 sources, 1 spread, 5 limits; configuration " in output.out
    assert output.err == ""


def test_secrets_that_are_not_set_are_noted_once_each_and_are_no_fault(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("XMC_CCFX_SECRET")
    monkeypatch.setenv("XMC_XHKF_SECRET", "")
    assert check(DEMO_FILE) == 0
    output = capsys.readouterr()
    assert "valid; " in output.out
    assert output.err.splitlines() == [
        "XMC_CCFX_SECRET is not set; `xmc run` expects the secret of ccfx_orders, ccfx_quotes in it",
        "XMC_XHKF_SECRET is not set; `xmc run` expects the secret of xhkf_orders in it",
    ]


def test_the_secret_of_a_replay_is_needed_too(tmp_path: Path) -> None:
    settings = demo_settings(
        speed=1, seed=1, faults=["none"], duration=60, ports={}, directory=tmp_path, with_gold=True
    )
    replays = {source.replay.secret_env: source.name for source in settings.source if isinstance(source, Mdp3)}
    unset = unset_secrets(settings, {})
    assert replays and all(name in unset[variable] for variable, name in replays.items())
    assert unset_secrets(settings, dict.fromkeys(unset_secrets(settings, {}), "set")) == {}


def test_a_broken_file_lists_its_faults_and_exits_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert check(Path(__file__).parent / "broken.toml") == 2
    output = capsys.readouterr()
    lines = output.err.splitlines()
    assert output.out == ""
    assert "source[0] ccfx_orders.port: 70000; expected less than or equal to 65535" in lines
    assert lines[-1].endswith(f"broken.toml: {len(lines) - 1} faults")


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
    assert check(with_ca_files(tmp_path, {19_001: missing, 19_003: str(empty)})) == 2
    said = capsys.readouterr().err.splitlines()
    assert said[0] == f"source ccfx_orders.ca_file: {missing}: No such file or directory; expected certificates as PEM"
    assert said[1] == f"source xhkf_orders.ca_file: {empty} holds no certificate; expected certificates as PEM"
    assert said[2].endswith("2 faults")


def test_files_of_tls_that_work_are_no_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(with_ca_files(tmp_path, {19_001: Authority(tmp_path).ca_file})) == 0
    assert "valid" in capsys.readouterr().out
