"""The command line `xmc`: thin commands, each of which imports its room only when it runs.

Every command keeps the same promises. With `--json` the last line of standard output is exactly one JSON
object. Progress and warnings go to standard error. Exit code 0: done; 1: it ran and the answer is bad;
2: bad input, told in one line with the place and the remedy.
"""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from cross_market_connect import __version__, _build

BAD_ANSWER = 1
BAD_INPUT = 2

config = typer.Typer(name="config", no_args_is_help=True, rich_markup_mode=None, help="Configuration files.")
app = typer.Typer(
    name="xmc",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Cross-market spread execution.",
)

app.add_typer(config)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of standard output.")]


def print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"xmc {__version__}")
        raise typer.Exit


@app.callback()
def before_every_command(
    version: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Cross-market spread execution."""
    reason = _build.reason_interpreted()
    if reason:
        typer.echo(f"xmc: running interpreted, about 25 times slower than compiled ({reason})", err=True)


@app.command(epilog="Example: xmc doctor --json")
def doctor(as_json: AsJson = False) -> None:
    """Show what is compiled and what this machine offers; exit 1 when something that was compiled is stale."""
    from cross_market_connect import doctor as room

    findings = room.examine()
    if not as_json:
        typer.echo(room.as_text(findings))
    finish(findings, as_json, bad=bool(findings["faults"]))


@config.command("check", epilog="Example: xmc config check examples/if_hsi.toml")
def config_check(file: Annotated[Path, typer.Argument(help="The configuration (TOML).", metavar="FILE")]) -> None:
    """Check a configuration: every fault at once, one line each with its place; exit 2 when there is one."""
    from cross_market_connect.config import commands

    raise typer.Exit(commands.check(file))


def finish(answer: dict[str, Any], as_json: bool, bad: bool = False) -> None:
    """End a command: its answer as one JSON line when asked for, and exit code 1 for a bad answer."""
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False))
    if bad:
        raise typer.Exit(BAD_ANSWER)


def main() -> None:
    """Entry point of `xmc`: errors that the user can cure end in one line each and exit code 2."""
    from cross_market_connect.domain.errors import InputError

    try:
        app()
    except InputError as error:
        for fault in error.faults:
            print(f"xmc: {fault}", file=sys.stderr)
        sys.exit(BAD_INPUT)
    except OSError as error:
        print(f"xmc: {error}", file=sys.stderr)
        sys.exit(BAD_INPUT)
