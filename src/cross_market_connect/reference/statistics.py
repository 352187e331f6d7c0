"""Volume and open interest by day and contract, for roll rules that follow the market. A CSV file of an operator's."""

from __future__ import annotations

import csv
import datetime
import io
from typing import Final, final

from cross_market_connect.reference.table_reader import date_number

COLUMNS: Final = ("day", "symbol", "volume", "open_interest")


@final
class DayStatistics:
    """What was traded and held of contracts, by day (YYYYMMDD) and our symbol."""

    def __init__(self) -> None:
        self.values: dict[int, dict[str, tuple[int, int]]] = {}

    def leader(self, symbols: list[str], kind: str, day: int) -> str:
        """The contract of `symbols` (the nearest first) that leads on the day; empty when the day has none of them.

        Of what led on the days before, as far as it is known, no earlier contract leads again: a main contract that
        changed back and forth would be traded back and forth.
        """
        if not any(symbol in self.values.get(day, {}) for symbol in symbols):
            return ""
        at = 0 if kind == "volume" else 1
        leader = 0
        for known in sorted(self.values):
            if known <= day:
                figures = self.values[known]
                best = max((figures.get(symbol, (0, 0))[at], -index) for index, symbol in enumerate(symbols))
                if best[0] > 0:
                    leader = max(leader, -best[1])
        return symbols[leader]


def read_statistics(name: str, text: str, faults: list[str]) -> DayStatistics:
    """Read the CSV text of the file `name`; every fault with its line and column is noted."""
    result = DayStatistics()
    rows = list(csv.reader(io.StringIO(text)))
    if not rows or tuple(rows[0]) != COLUMNS:
        faults.append(f"{name}:1: {','.join(rows[0]) if rows else 'empty'}; expected the columns {','.join(COLUMNS)}")
        return result
    for line, row in enumerate(rows[1:], 2):
        if len(row) != len(COLUMNS):
            faults.append(f"{name}:{line}: {len(row)} values; expected {len(COLUMNS)}")
            continue
        day = day_of(row[0])
        if day == 0:
            faults.append(f"{name}:{line}:1 day: {row[0]!r}; expected a date such as 2021-01-04")
        figures = []
        for column in (2, 3):
            if not row[column].isdecimal():
                where = f"{name}:{line}:{column + 1} {COLUMNS[column]}"
                faults.append(f"{where}: {row[column]!r}; expected an integer that is not negative")
            figures.append(int(row[column]) if row[column].isdecimal() else 0)
        of_day = result.values.setdefault(day, {})
        if row[1] in of_day:
            faults.append(f"{name}:{line}: {row[1]} on {row[0]} stands twice; expected it once")
        of_day[row[1]] = (figures[0], figures[1])
    return result


def day_of(text: str) -> int:
    """YYYYMMDD of YYYY-MM-DD; 0 when it is none."""
    try:
        return date_number(datetime.date.fromisoformat(text))
    except ValueError:
        return 0
