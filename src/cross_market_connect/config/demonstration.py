"""The demonstration's configuration: the shipped files with the ports, the directory and the pace of one run."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final

from cross_market_connect.config.layers import Table, read_toml
from cross_market_connect.config.models import Settings
from cross_market_connect.config.settings import load
from cross_market_connect.domain.errors import InputError

DEMO_FILE: Final = Path(__file__).parent / "demo.toml"
# What the second pair adds to the first one's lists.
GOLD_FILE: Final = Path(__file__).parent / "demo_gold.toml"
START: Final = datetime.time(9, 30)
PAUSE: Final = (datetime.time(11, 30), datetime.time(13, 0))
CLOSE: Final = datetime.time(15, 0)


def demo_settings(
    *,
    speed: Decimal | int | float,
    seed: int,
    faults: Sequence[str],
    duration: Decimal | int | float,
    ports: Mapping[str, int],
    directory: Path,
    with_gold: bool = False,
) -> Settings:
    """The settings of one demonstration on the loopback interface.

    The named secrets need not be set yet: the caller makes them, for its own processes only.

    Args:
        speed: calendar seconds per second.
        seed: decides the modelled quotes and the simulated venues' behaviour.
        faults: what the simulated venues shall do wrong, in their words.
        duration: seconds of real time after which the demonstration ends; at the latest when the session does.
        ports: port by source name; "NAME.refresh_port" is the second one of a source that has two.
        directory: where log, snapshots and capture go.
        with_gold: both pairs, not the first one alone.

    Raises InputError with every fault.
    """
    pace, length = Decimal(str(speed)), Decimal(str(duration))
    if not length > 0:
        raise InputError([f"duration: {duration}; expected a positive number of seconds"])
    overrides: dict[str, object] = {
        **(both_pairs() if with_gold else {}),
        "calendar.speed": pace,
        "calendar.end": end_of(pace, length).isoformat(),
        "demo.seed": seed,
        "demo.faults": list(faults),
        "engine.data_directory": str(directory),
    }
    for name, port in ports.items():
        overrides[f"source.{name}" if "." in name else f"source.{name}.port"] = port
    # The demonstration is the same everywhere: no setting of the surrounding environment reaches it.
    return load(DEMO_FILE, overrides, environment={}, require_secrets=False)


def both_pairs() -> Table:
    """The lists of both files, one behind the other, for an engine that has another name."""
    first, second = read_toml(DEMO_FILE), read_toml(GOLD_FILE)
    lists = {key: [*_entries(first, key), *_entries(second, key)] for key in second}
    return {"engine.name": "two_pairs", **lists}


def _entries(table: Table, key: str) -> list[object]:
    entries = table.get(key)
    return entries if isinstance(entries, list) else []


def end_of(speed: Decimal, duration: Decimal) -> datetime.time:
    """Calendar time of the end, the lunch break leapt over, at the latest the close."""
    day = datetime.date(2021, 1, 4)
    start, close = datetime.datetime.combine(day, START), datetime.datetime.combine(day, CLOSE)
    running_s = min(speed * duration, Decimal((close - start).seconds))
    end = start + datetime.timedelta(milliseconds=int(running_s * 1000))
    pause_start, pause_end = (datetime.datetime.combine(day, moment) for moment in PAUSE)
    if end > pause_start:
        end += pause_end - pause_start
    return min(end, close).time()
