"""What `xmc config ...` does, without the command line around it."""

from __future__ import annotations

import sys
from pathlib import Path

from cross_market_connect.config.settings import load
from cross_market_connect.domain.errors import InputError


def check(path: Path) -> int:
    """Check the file as `xmc run` would; print what it holds, or every fault. Returns the exit code, 0 or 2."""
    try:
        settings = load(path)
    except InputError as error:
        for fault in error.faults:
            print(fault, file=sys.stderr)
        count = len(error.faults)
        print(f"{path}: {count} fault{'' if count == 1 else 's'}", file=sys.stderr)
        return 2
    print(
        f"{path}: valid; {len(settings.instruments)} instruments, {len(settings.source)} sources, "
        f"{len(settings.spread)} spreads, {len(settings.limit)} limits; configuration {settings.sha256()[:16]}"
    )
    return 0
