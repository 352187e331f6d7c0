"""Recorded level-1 quotes that ship with the package: the market data of the demonstration.

The extract is a gzip file of text. Lines that start with "#" name origin, licence and encoding; one more line names the
columns; each further line is one snapshot. A snapshot whose bid or ask is missing (no price or no quantity) is left out
when the extract is made, so every quote here is two-sided. Times keep the exchange's steps and never run backwards.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Final, final

from cross_market_connect.domain.errors import InputError
from cross_market_connect.reference import DATA_DIRECTORY

IF2101_20210104: Final = DATA_DIRECTORY / "IF2101_20210104.ticks.gz"
COLUMNS: Final = "utc_ms,volume,bid_ticks,ask_ticks,last_ticks,bid_lots,ask_lots"
NANOSECONDS_PER_MILLISECOND: Final = 1_000_000


@final
class TickSeries:
    """Quotes of one instrument in time order, one list per column.

    Attributes:
        utc_ns: the venue's time of the snapshot; never decreases.
        bid_ticks, bid_lots, ask_ticks, ask_lots: best prices and their quantities.
        last_ticks: last trade price.
        volume: lots traded since the day began.
    """

    def __init__(self) -> None:
        self.utc_ns: list[int] = []
        self.bid_ticks: list[int] = []
        self.bid_lots: list[int] = []
        self.ask_ticks: list[int] = []
        self.ask_lots: list[int] = []
        self.last_ticks: list[int] = []
        self.volume: list[int] = []

    def __len__(self) -> int:
        return len(self.utc_ns)

    def append(
        self, utc_ns: int, bid_ticks: int, bid_lots: int, ask_ticks: int, ask_lots: int, last_ticks: int, volume: int
    ) -> None:
        """Add one snapshot at the end."""
        self.utc_ns.append(utc_ns)
        self.bid_ticks.append(bid_ticks)
        self.bid_lots.append(bid_lots)
        self.ask_ticks.append(ask_ticks)
        self.ask_lots.append(ask_lots)
        self.last_ticks.append(last_ticks)
        self.volume.append(volume)


def load_ticks(path: Path = IF2101_20210104) -> TickSeries:
    """Decode an extract. Raises InputError when the file is missing, damaged or breaks what the header promises."""
    try:
        with gzip.open(path, "rt", encoding="ascii") as file:
            lines = [line for line in file.read().splitlines() if not line.startswith("#")]
    except (OSError, EOFError, ValueError) as error:
        raise InputError([f"{path}: {error}; expected a tick extract"]) from error
    if not lines or lines[0] != COLUMNS:
        raise InputError([f"{path}: expected the columns {COLUMNS}"])
    series = TickSeries()
    utc_ms = volume = bid = 0
    for number, line in enumerate(lines[1:], 1):
        fields = line.split(",")
        if len(fields) != 7:
            raise InputError([f"{path}: snapshot {number} has {len(fields)} fields; expected 7"])
        try:
            step_ms, traded, bid_step, width, last_step, bid_lots, ask_lots = [int(field) for field in fields]
        except ValueError as error:
            raise InputError([f"{path}: snapshot {number}: {error}; expected integers"]) from error
        if step_ms < 0 or traded < 0 or bid_lots <= 0 or ask_lots <= 0 or width <= 0:
            raise InputError([f"{path}: snapshot {number} runs backwards or has a one-sided or crossed quote"])
        utc_ms += step_ms
        volume += traded
        bid += bid_step
        series.append(
            utc_ms * NANOSECONDS_PER_MILLISECOND, bid, bid_lots, bid + width, ask_lots, bid + last_step, volume
        )
    return series
