"""Reads one table row and collects every fault it has, instead of stopping at the first."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import final

MINUTES_PER_DAY = 1440


def date_number(day: datetime.date) -> int:
    """The date as YYYYMMDD."""
    return day.year * 10_000 + day.month * 100 + day.day


def minute_of(text: object) -> int:
    """Minute of the day of "HH:MM", "24:00" included; -1 when it is none."""
    if not isinstance(text, str) or len(text) != 5 or text[2] != ":":
        return -1
    hours, minutes = text[:2], text[3:]
    if not (hours.isdigit() and minutes.isdigit()) or int(minutes) > 59:
        return -1
    result = int(hours) * 60 + int(minutes)
    return result if result <= MINUTES_PER_DAY else -1


@final
class TableReader:
    """One row. A getter notes a fault and returns a harmless value when the row's value is not what it expects.

    Args:
        place: where the row stands, for the fault's text.
        row: the parsed TOML table.
        faults: the list that collects the faults.
    """

    def __init__(self, place: str, row: dict[str, object], faults: list[str]) -> None:
        self.place = place
        self.row = row
        self.faults = faults
        self.read: list[str] = []

    def fault(self, key: str, expected: str) -> None:
        """Note that the value of `key` is not `expected`."""
        found = repr(self.row[key]) if key in self.row else "missing"
        self.faults.append(f"{self.place}.{key}: {found}; expected {expected}")

    def text(self, key: str) -> str:
        """A text that is not empty."""
        value = self._take(key)
        if isinstance(value, str) and value:
            return value
        self.fault(key, "a text")
        return ""

    def text_or(self, key: str, default: str) -> str:
        """A text; `default` when absent."""
        if key in self.row:
            return self.text(key)
        self.read.append(key)
        return default

    def texts(self, key: str) -> list[str]:
        """A list of texts, not empty."""
        value = self._take(key)
        if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
            return [str(item) for item in value]
        self.fault(key, "a list of texts")
        return []

    def integer(self, key: str, low: int, high: int) -> int:
        """An integer from `low` to `high`."""
        value = self._take(key)
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        self.fault(key, f"an integer from {low} to {high}")
        return low

    def integer_or(self, key: str, low: int, high: int, default: int) -> int:
        """An integer from `low` to `high`; `default` when absent."""
        return self.integer(key, low, high) if key in self.row else default

    def decimal(self, key: str) -> Decimal:
        """A number that is not negative."""
        value = self._take(key)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return Decimal(value)
        if isinstance(value, Decimal) and value.is_finite() and value >= 0:
            return value
        self.fault(key, "a number that is not negative")
        return Decimal(1)

    def rate(self, key: str) -> float:
        """A number that is not negative; 0 when absent."""
        if key in self.row:
            return float(self.decimal(key))
        self.read.append(key)
        return 0.0

    def flag(self, key: str, default: bool) -> bool:
        """true or false; `default` when absent."""
        value = self._take(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.fault(key, "true or false")
            return default
        return value

    def day(self, key: str) -> int:
        """A date, as YYYYMMDD."""
        value = self._take(key)
        if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
            return date_number(value)
        self.fault(key, "a date such as 2021-01-04")
        return 19700101

    def day_or(self, key: str, default: int) -> int:
        """A date, as YYYYMMDD; `default` when absent."""
        if key in self.row:
            return self.day(key)
        self.read.append(key)
        return default

    def days(self, key: str) -> list[int]:
        """A list of dates, ascending, as YYYYMMDD."""
        value = self._take(key)
        result = []
        if isinstance(value, list):
            result = [date_number(item) for item in value if isinstance(item, datetime.date)]
            if len(result) == len(value) and all(a < b for a, b in zip(result, result[1:], strict=False)):
                return result
        self.fault(key, "a list of dates, ascending")
        return []

    def minute(self, key: str) -> int:
        """A time of day "HH:MM", as minutes."""
        value = minute_of(self._take(key))
        if value < 0:
            self.fault(key, 'a time such as "09:30"')
            return 0
        return value

    def interval(self, key: str) -> tuple[int, int]:
        """A pair of times, as minutes."""
        pair = interval_of(self._take(key))
        if pair is None:
            self.fault(key, 'a pair of different times such as ["09:30", "11:30"]')
            return 0, 1
        return pair

    def intervals(self, key: str) -> list[tuple[int, int]]:
        """A list of pairs of times, as minutes."""
        value = self._take(key)
        pairs = [interval_of(item) for item in value] if isinstance(value, list) else []
        result = [pair for pair in pairs if pair is not None]
        if not pairs or len(result) != len(pairs):
            self.fault(key, 'a list of pairs of times such as [["09:30", "11:30"]]')
        return result

    def tables(self, key: str) -> list[dict[str, object]]:
        """A list of sub-tables; empty when absent."""
        value = self._take(key)
        if value is None:
            return []
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            return [dict(item) for item in value]
        self.fault(key, "a list of tables")
        return []

    def finish(self) -> None:
        """Note every key that nothing has read."""
        for key in self.row:
            if key not in self.read:
                self.faults.append(f"{self.place}.{key}: unknown key; expected one of {', '.join(sorted(self.read))}")

    def _take(self, key: str) -> object:
        self.read.append(key)
        return self.row.get(key)


def interval_of(value: object) -> tuple[int, int] | None:
    """A pair of different times of day as minutes; None when the value is none."""
    if not isinstance(value, list) or len(value) != 2:
        return None
    start, end = minute_of(value[0]), minute_of(value[1])
    if start < 0 or end < 0 or start == end:
        return None
    return start, end
