"""The stages of `make quick`, `make test` and `make check`, run one after another, all of them, with a verdict.

    python tools/suite.py quick|test|check [pytest arguments]

A failed stage does not stop the next; the exit code is 1 when any failed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
PYTHON = str(BIN / "python")
COMPILED = {"XMC_TEST_MODE": "compiled", "XMC_INTERPRETED": ""}
INTERPRETED = {"XMC_TEST_MODE": "interpreted", "XMC_INTERPRETED": "1", "PYTHONPATH": "src"}
FROM_SOURCE = {"PYTHONPATH": "src"}


class Stage(NamedTuple):
    """One command and what it adds to the environment."""

    name: str
    command: list[str]
    environment: dict[str, str]


def unit_tests(*arguments: str) -> Stage:
    """Each test alone decides its outcome, so they may run on every core at once."""
    command = [PYTHON, "-m", "pytest", "-q", "-n", "auto", "tests/unit", *arguments]
    return Stage("unit tests, interpreted", command, INTERPRETED)


def stages(suite: str, arguments: Sequence[str]) -> list[Stage]:
    """The stages of a suite, in the order in which they tell most soonest."""
    if suite == "quick":
        return [unit_tests("-m", "not slow", *arguments)]
    if suite == "test":
        everything = [PYTHON, "-m", "pytest", "-q", "-m", "not campaign", "tests"]
        return [
            Stage("all tests, compiled", everything, COMPILED),
            unit_tests("tests/simulation"),
            Stage("simulation, both ways", [PYTHON, "tools/equal_journals.py", "--seeds", "1:20"], {}),
            Stage("generated C", [PYTHON, "tools/generated_c.py"], {}),
        ]
    return [
        Stage("ruff check", [str(BIN / "ruff"), "check", "--quiet", "."], {}),
        Stage("ruff format", [str(BIN / "ruff"), "format", "--check", "--quiet", "."], {}),
        Stage("mypy --strict", [str(BIN / "mypy")], {}),
        Stage("import layers", [str(BIN / "lint-imports"), "--no-cache"], FROM_SOURCE),
        Stage("determinism", [PYTHON, "tools/determinism.py"], {}),
        Stage("links in documents", [PYTHON, "tools/docs_links.py"], {}),
    ]


def run_stage(stage: Stage) -> tuple[bool, float]:
    print(f"== {stage.name}: {' '.join(stage.command)}", flush=True)
    started = time.monotonic()
    environment = {**os.environ, **stage.environment}
    code = subprocess.run(stage.command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL).returncode
    return code == 0, time.monotonic() - started


def main(arguments: Sequence[str]) -> int:
    if not arguments or arguments[0] not in ("quick", "test", "check"):
        print("usage: suite.py quick|test|check [pytest arguments]", file=sys.stderr)
        return 2
    results = [(stage, *run_stage(stage)) for stage in stages(arguments[0], arguments[1:])]
    print()
    for stage, passed, seconds in results:
        print(f"{'passed' if passed else 'FAILED'}  {stage.name} ({seconds:.0f} s)")
    return 0 if all(passed for _, passed, _ in results) else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
