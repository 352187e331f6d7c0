"""The promises that every command keeps: JSON on the last line, warnings on standard error, exit codes."""

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from cross_market_connect import __version__, cli, doctor
from cross_market_connect.domain.errors import InputError

runner = CliRunner()


def every_command(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """`xmc`, its groups and their commands, by what one types behind `xmc`."""
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from every_command(below, (*path, name))


COMMANDS = dict(every_command(typer.main.get_command(cli.app)))


def test_groups_and_what_is_in_them_are_found() -> None:
    assert {(), ("run",), ("instruments",), ("instruments", "roll"), ("order", "cancel-all")} <= set(COMMANDS)


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: " ".join(("xmc", *path)))
def test_help_says_what_it_does_and_ends_with_an_example_that_is_understood(path: tuple[str, ...]) -> None:
    assert COMMANDS[path].help
    told = runner.invoke(cli.app, [*path, "--help"])
    assert told.exit_code == 0, told.output
    text = " ".join(told.stdout.split())
    assert "Example: xmc " in text
    words = shlex.split(text.rpartition("Example: xmc ")[2])
    assert tuple(words[: len(path)]) == path, "an example of another command"
    used = max((other for other in COMMANDS if tuple(words[: len(other)]) == other), key=len)
    assert not hasattr(COMMANDS[used], "commands"), "an example of nothing in particular"
    COMMANDS[used].make_context("xmc", words[len(used) :])


def test_json_is_one_object_on_the_last_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XMC_INTERPRETED", "1")
    result = runner.invoke(cli.app, ["doctor", "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout.splitlines()[-1])["version"] == __version__
    assert "interpreted" in result.stderr


def test_stale_extensions_are_a_bad_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    findings = {**doctor.examine(), "faults": ["domain.book: stale"]}
    monkeypatch.setattr(doctor, "examine", lambda: findings)
    result = runner.invoke(cli.app, ["doctor"])
    assert result.exit_code == cli.BAD_ANSWER
    assert "FAULT" in result.stdout and "domain.book: stale" in result.stdout


def test_version() -> None:
    result = runner.invoke(cli.app, ["--version"])
    assert result.exit_code == 0
    assert result.stdout == f"xmc {__version__}\n"


def test_an_unknown_command_is_bad_input() -> None:
    assert runner.invoke(cli.app, ["no-such-command"]).exit_code == cli.BAD_INPUT


@pytest.mark.parametrize(
    "error", [FileNotFoundError(2, "No such file", "day.toml"), InputError(["day.toml:3: no price"])]
)
def test_a_curable_error_is_one_line_and_exit_code_2(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == cli.BAD_INPUT
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("xmc: ") and "day.toml" in line


def test_help_loads_no_room() -> None:
    code = (
        "import sys, cross_market_connect.cli as c\n"
        "heavy = {'litestar', 'pydantic', 'rich', 'msgspec', 'uvicorn', 'asyncio'} & set(sys.modules)\n"
        "rooms = [m for m in sys.modules if m.startswith('cross_market_connect.') and m.count('.') > 1]\n"
        "print(sorted(heavy), rooms)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[] []\n"


def test_a_faulty_configuration_is_bad_input(tmp_path: Path) -> None:
    file = tmp_path / "day.toml"
    file.write_text("nonsense = 1\n")
    assert runner.invoke(cli.app, ["config", "check", str(file)]).exit_code == cli.BAD_INPUT
