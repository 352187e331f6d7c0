"""Reads one table row and collects every fault it has, instead of stopping at the first."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import final

MINUTES_PER_DAY = 1440
LAST_DAY = 99991231


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


def second_of(text: object) -> int:
    """Second of the day of "HH:MM" or "HH:MM:SS", "24:00" included; -1 when it is none."""
    if not isinstance(text, str) or len(text) not in (5, 8):
        return -1
    minute, seconds = minute_of(text[:5]), text[5:]
    if minute < 0 or (seconds and (seconds[0] != ":" or not seconds[1:].isdigit() or int(seconds[1:]) > 59)):
        return -1
    result = minute * 60 + int(seconds[1:] or "0")
    return result if result <= MINUTES_PER_DAY * 60 else -1


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
        # The file, and "line:column" of each key in it, of the row itself under an empty key; empty when not known.
        self.file = ""
        self.positions: dict[str, str] = {}

    def located(self, key: str) -> str:
        """Where a key's value stands, for a fault's text; the row's place where the key is missing."""
        position = self.positions.get(key) or self.positions.get("", "")
        place = f"{self.place}.{key}" if key else self.place
        return f"{self.file}:{position} {place}" if position else f"{self.file} {place}" if self.file else place

    def below(self, key: str, row: dict[str, object]) -> TableReader:
        """A reader of a table inside this row, that stands under `key`: `price_limit[0]`, `roll`."""
        result = TableReader(f"{self.place}.{key}", row, self.faults)
        result.file = self.file
        result.positions = {
            name[len(key) + 1 :]: position for name, position in self.positions.items() if name.startswith(f"{key}.")
        }
        result.positions[""] = self.positions.get(key) or self.positions.get("", "")
        return result

    def instead(self, row: dict[str, object]) -> TableReader:
        """A reader of another row whose faults are told at this row's place."""
        result = TableReader(self.place, row, self.faults)
        result.file, result.positions = self.file, self.positions
        return result

    def fault(self, key: str, expected: str) -> None:
        """Note that the value of `key` is not `expected`."""
        found = repr(self.row[key]) if key in self.row else "missing"
        self.faults.append(f"{self.located(key)}: {found}; expected {expected}")

    def fault_below(self, key: str, name: str, found: str, expected: str) -> None:
        """Note that the entry `name` of the table `key`, or of the row where `key` is empty, is not `expected`."""
        where = f"{key}.{name}" if key else name
        self.faults.append(f"{self.located(where)}: {found}; expected {expected}")

    def text(self, key: str) -> str:
        """A text that is not empty."""
        value = self.take(key)
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

    def choice_or(self, key: str, choices: tuple[str, ...], default: str) -> str:
        """One of some texts; `default` when absent."""
        value = self.text_or(key, default)
        if value and value not in choices:
            self.fault(key, f"one of {', '.join(choices)}")
        return value

    def texts(self, key: str) -> list[str]:
        """A list of texts, not empty."""
        value = self.take(key)
        if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
            return [str(item) for item in value]
        self.fault(key, "a list of texts")
        return []

    def text_table(self, key: str) -> dict[str, str]:
        """Texts by name, tables in it by names with points; empty when absent."""
        value = self.take(key)
        result: dict[str, str] = {}
        if value is not None:
            if not isinstance(value, dict) or not flatten(value, "", result):
                self.fault(key, "a table of texts")
        return result

    def integer(self, key: str, low: int, high: int) -> int:
        """An integer from `low` to `high`."""
        value = self.take(key)
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        self.fault(key, f"an integer from {low} to {high}")
        return low

    def integer_or(self, key: str, low: int, high: int, default: int) -> int:
        """An integer from `low` to `high`; `default` when absent."""
        if key in self.row:
            return self.integer(key, low, high)
        self.read.append(key)
        return default

    def decimal(self, key: str) -> Decimal:
        """A number that is not negative."""
        value = self.take(key)
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
        value = self.take(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.fault(key, "true or false")
            return default
        return value

    def day(self, key: str) -> int:
        """A date, as YYYYMMDD."""
        value = self.take(key)
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

    def days_or_none(self, key: str) -> list[int]:
        """A list of dates, ascending, as YYYYMMDD; empty when absent."""
        if key in self.row:
            return self.days(key)
        self.read.append(key)
        return []

    def texts_or_none(self, key: str) -> list[str]:
        """A list of texts; empty when absent."""
        if key in self.row:
            return self.texts(key)
        self.read.append(key)
        return []

    def days(self, key: str) -> list[int]:
        """A list of dates, ascending, as YYYYMMDD."""
        value = self.take(key)
        result = []
        if isinstance(value, list):
            result = [date_number(item) for item in value if isinstance(item, datetime.date)]
            if len(result) == len(value) and all(a < b for a, b in zip(result, result[1:], strict=False)):
                return result
        self.fault(key, "a list of dates, ascending")
        return []

    def minute(self, key: str) -> int:
        """A time of day "HH:MM", as minutes."""
        value = minute_of(self.take(key))
        if value < 0:
            self.fault(key, 'a time such as "09:30"')
            return 0
        return value

    def second(self, key: str) -> int:
        """A time of day "HH:MM" or "HH:MM:SS", as seconds."""
        value = second_of(self.take(key))
        if value < 0:
            self.fault(key, 'a time such as "09:30"')
            return 0
        return value

    def spans_or_none(self, key: str, names: tuple[str, ...]) -> list[tuple[int, int, int]]:
        """A list of (index of the name, start, end), times as seconds of the day; empty when absent."""
        value = self.take(key)
        if value is None:
            return []
        spans = [span_of(item, names) for item in value] if isinstance(value, list) else [None]
        result = [span for span in spans if span is not None]
        if len(result) != len(spans):
            self.fault(key, f'a list such as [["{names[1]}", "09:30", "11:30"]] with names of {", ".join(names)}')
        return result

    def tables(self, key: str) -> list[dict[str, object]]:
        """A list of sub-tables; empty when absent."""
        value = self.take(key)
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
                known = ", ".join(sorted(self.read))
                self.faults.append(f"{self.located(key)}: unknown key; expected one of {known}")

    def take(self, key: str) -> object:
        """The value of a key as it is; None when absent."""
        self.read.append(key)
        return self.row.get(key)


def flatten(table: dict[str, object], prefix: str, result: dict[str, str]) -> bool:
    """Put the texts of a table and of the tables in it into `result`; whether there was nothing else."""
    for name, value in table.items():
        if isinstance(value, str) and value:
            result[prefix + name] = value
        elif not isinstance(value, dict) or not flatten(value, f"{prefix}{name}.", result):
            return False
    return True


def span_of(value: object, names: tuple[str, ...]) -> tuple[int, int, int] | None:
    """A name and two different times of day as its index and seconds; None when the value is none."""
    if not isinstance(value, list) or len(value) != 3 or value[0] not in names:
        return None
    start, end = second_of(value[1]), second_of(value[2])
    if start < 0 or end < 0 or start == end:
        return None
    return names.index(value[0]), start, end


class Row:
    """What every row has: its key, the days on which it holds (YYYYMMDD) and where it comes from."""

    def __init__(self, key: str, reader: TableReader) -> None:
        self.key = key
        self.effective_from = reader.day("effective_from")
        self.effective_until = reader.day_or("effective_until", LAST_DAY)
        self.source = reader.text("source")
        if self.effective_until < self.effective_from:
            reader.fault("effective_until", "a day that is not before effective_from")

    def holds_on(self, day: int) -> bool:
        """Whether the row holds on the day (YYYYMMDD)."""
        return self.effective_from <= day <= self.effective_until
