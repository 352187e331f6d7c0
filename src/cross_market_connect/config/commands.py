"""What `xmc config ...` and `xmc explain ...` do, without the command line around them."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cross_market_connect.config import explain_reject as rejects
from cross_market_connect.config import explain_value as values
from cross_market_connect.config.build_fix import tls_context
from cross_market_connect.config.demonstration import DEMO_FILE
from cross_market_connect.config.models import FixSession, Replay, Settings
from cross_market_connect.config.settings import load, reference_for
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.words import counted


def check(path: Path) -> int:
    """Check the file as `xmc run` would; print what it holds, or every fault. Returns the exit code, 0 or 2.

    A secret is no part of the file: one that is not set here is noted, since the engine may run elsewhere.
    """
    try:
        settings = load(path, require_secrets=False)
        _read_tls_files(settings)
    except InputError as error:
        for fault in error.faults:
            print(fault, file=sys.stderr)
        print(f"{path}: {counted(len(error.faults), 'fault')}", file=sys.stderr)
        return 2
    held = [
        counted(len(settings.instruments), "instrument"),
        counted(len(settings.source), "source"),
        counted(len(settings.spread), "spread"),
        counted(len(settings.limit), "limit"),
    ]
    print(f"{path}: valid; {', '.join(held)}; configuration {settings.sha256()[:16]}")
    for name, symbol in settings.continuous.items():
        print(f"{name} = {symbol}")
    for variable, sources in unset_secrets(settings, os.environ).items():
        print(f"{variable} is not set; `xmc run` expects the secret of {', '.join(sources)} in it", file=sys.stderr)
    return 0


def unset_secrets(settings: Settings, environment: Mapping[str, str]) -> dict[str, list[str]]:
    """Variables of the environment that an engine will need and that are not set, with the sources that need each."""
    needed = [(source.secret_env, source.name) for source in settings.source if isinstance(source, FixSession)]
    needed += [(way.secret_env, source.name) for _, source, way in settings.recoveries() if isinstance(way, Replay)]
    unset: dict[str, list[str]] = {}
    for variable, name in needed:
        if variable is not None and not environment.get(variable):
            unset.setdefault(variable, []).append(name)
    return unset


def _read_tls_files(settings: Settings) -> None:
    faults: list[str] = []
    for source in settings.source:
        if isinstance(source, FixSession) and source.tls:
            try:
                tls_context(source)
            except InputError as error:
                faults += error.faults
    if faults:
        raise InputError(faults)


def explain_reject(spread: str, leg: str, code: str, path: Path | None) -> dict[str, Any]:
    """What would happen when a venue refused the leg; the demonstration's configuration when no file is named."""
    settings = load(DEMO_FILE if path is None else path, require_secrets=False)
    return rejects.explain(settings, reference_for(settings), spread, leg, code)


def explain_reject_lines(answer: dict[str, Any]) -> list[str]:
    """The answer of `explain_reject` as text."""
    return rejects.lines(answer)


def explain_value(spread: str, quotes: list[str], path: Path | None) -> dict[str, Any]:
    """What the spread would be worth at the quotes; the demonstration's configuration when no file is named."""
    return values.explain(DEMO_FILE if path is None else path, spread, quotes)


def explain_value_lines(answer: dict[str, Any]) -> list[str]:
    """The answer of `explain_value` as text."""
    return values.lines(answer)
