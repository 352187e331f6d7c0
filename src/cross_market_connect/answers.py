"""How a command ends: its answer as text or as one JSON object on the last line, and its exit code."""

import json
from typing import Annotated, Any

import typer

BAD_ANSWER = 1
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of standard output.")]


def finish_lines(answer: tuple[dict[str, Any], list[str]], as_json: bool, bad: bool = False) -> None:
    """Show an answer that comes with its lines."""
    if not as_json:
        for line in answer[1]:
            typer.echo(line)
    finish(answer[0], as_json, bad)


def finish(answer: dict[str, Any], as_json: bool, bad: bool = False) -> None:
    """End a command: its answer as one JSON line when asked for, and exit code 1 for a bad answer."""
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False))
    if bad:
        raise typer.Exit(BAD_ANSWER)
