"""Contract months: their numbers and codes, which of them an exchange lists, and days that follow from a rule.

A month is a number, 12 * year + month - 1, so that months are counted by adding. A rule's day is found in the trading
days that the calendars know. Where one day that it depends on is not known, the answer is UNKNOWN_DAY: no holiday is
taken for a trading day by guess.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.reference.days import date_of, epoch_day, is_weekday
from cross_market_connect.reference.table_reader import TableReader

UNKNOWN_DAY: Final = 0
MONTH_LETTERS: Final = "FGHJKMNQUVXZ"
MONTH_NAMES: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# Sets of months that have a name.
MONTH_SETS: Final[dict[str, tuple[int, ...]]] = {
    "every": (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12),
    "even": (2, 4, 6, 8, 10, 12),
    "odd": (1, 3, 5, 7, 9, 11),
    "quarter": (3, 6, 9, 12),
}
HOLIDAYS: Final = ("none", "following", "preceding")
CODE_TOKENS: Final = ("{yy}", "{y}", "{mm}", "{M}")
# How far from its anchor a rule may look for trading days.
_SEARCH_DAYS: Final = 60
_CLOSED_DAYS_MAX: Final = 14


def month_of(day: int) -> int:
    """The month of a day (YYYYMMDD)."""
    return day // 10_000 * 12 + day // 100 % 100 - 1


def month_text(month: int) -> str:
    """YYYY-MM."""
    return f"{month // 12}-{month % 12 + 1:02}"


def month_name(month: int) -> str:
    """The month for people, such as January 2021."""
    return f"{MONTH_NAMES[month % 12]} {month // 12}"


def code_of(pattern: str, month: int) -> str:
    """The code of a contract: {yy} and {y} are the last digits of the year, {mm} the month, {M} its letter."""
    year = month // 12
    code = pattern.replace("{yy}", f"{year % 100:02}").replace("{y}", str(year % 10))
    return code.replace("{mm}", f"{month % 12 + 1:02}").replace("{M}", MONTH_LETTERS[month % 12])


def month_in(pattern: str, code: str, near: int) -> int:
    """The month of a code of that pattern, of those that it can mean the one nearest to the month `near`; -1 when the
    code is not of the pattern."""
    form = re.escape(pattern)
    for token, digits in (("{yy}", "[0-9]{2}"), ("{y}", "[0-9]"), ("{mm}", "[0-9]{2}"), ("{M}", f"[{MONTH_LETTERS}]")):
        form = form.replace(re.escape(token), digits)
    if not re.fullmatch(form, code, re.IGNORECASE):
        return -1
    for distance in range(600):
        for month in (near + distance, near - distance):
            if code_of(pattern, month).upper() == code.upper():
                return month
    return -1


@final
class TradingDays:
    """The trading days that are known of a venue's session.

    Args:
        first_days, last_days: the spans that are known, as days since 1970-01-01, ascending.
        closed: weekdays without trading.
    """

    def __init__(self, first_days: list[int], last_days: list[int], closed: frozenset[int]) -> None:
        self.first_days = first_days
        self.last_days = last_days
        self.closed = closed

    def is_known(self, day: int) -> bool:
        """Whether the calendars know the day (since 1970-01-01)."""
        return any(first <= day <= last for first, last in zip(self.first_days, self.last_days, strict=True))

    def is_trading_day(self, day: int) -> bool:
        """Whether the day is a known trading day."""
        return self.is_known(day) and is_weekday(day) and day not in self.closed

    def step(self, day: int, count: int) -> int:
        """The trading day `count` of them after a day, or before it when negative; UNKNOWN_DAY when it is not known."""
        direction = 1 if count > 0 else -1
        left = abs(count)
        for _ in range(_SEARCH_DAYS + 2 * abs(count)):
            if left == 0:
                return day
            day += direction
            if not self.is_known(day):
                return UNKNOWN_DAY
            left -= 1 if self.is_trading_day(day) else 0
        return UNKNOWN_DAY

    def between(self, day: int, later: int) -> int | None:
        """Trading days after a day up to a later one, that included; -1 when that is over, None where a day is not
        known."""
        if later < day:
            return -1
        days = range(day + 1, later + 1)
        if not all(self.is_known(each) for each in days):
            return None
        return sum(self.is_trading_day(each) for each in days)

    def adjust(self, day: int, holiday: str) -> int:
        """The day itself when it is a trading day, or the next or last one, as one of HOLIDAYS says."""
        if not self.is_known(day):
            return UNKNOWN_DAY
        if self.is_trading_day(day) or holiday == "none":
            return day
        return self.step(day, 1 if holiday == "following" else -1)


@final
class DayRule:
    """A day of each contract month: an anchor, what happens on a holiday, and how many trading days from there.

    The anchor is one of: the `nth` `weekday`, the `day`, or the `business_day` of the month, which counts from its end
    when it is negative. `month` moves the month, -1 is the one before; `shift` counts trading days.
    """

    def __init__(self, reader: TableReader) -> None:
        weekday = reader.choice_or("weekday", WEEKDAYS, "")
        self.weekday = WEEKDAYS.index(weekday) if weekday in WEEKDAYS else -1
        self.nth = reader.integer_or("nth", 1, 5, 1)
        self.day = reader.integer_or("day", 1, 31, 0)
        self.business_day = reader.integer_or("business_day", -23, 23, 0)
        self.holiday = reader.choice_or("holiday", HOLIDAYS, "none")
        self.month = reader.integer_or("month", -3, 3, 0)
        self.shift = reader.integer_or("shift", -30, 30, 0)
        anchors = [key for key in ("weekday", "day", "business_day") if key in reader.row]
        if len(anchors) != 1 or ("business_day" in anchors and self.business_day == 0):
            found = ", ".join(anchors) or "missing"
            reader.fault_below("", "anchor", found, "one of weekday, day and business_day, which is not 0")
        reader.finish()

    def is_surely_before(self, month: int, day: int) -> bool:
        """Whether the rule's day of the month lies before a day (YYYYMMDD), whatever the holidays are.

        No market stays closed for more than two weeks on end.
        """
        latest = first_day_of(month + self.month + 1) - 1 if self.business_day else self._anchor(month)
        if self.holiday == "following":
            latest += _CLOSED_DAYS_MAX
        if self.shift > 0:
            latest += self.shift * 7 + _CLOSED_DAYS_MAX
        return latest < int(epoch_day(day))

    def _anchor(self, month: int) -> int:
        """The day of the month or the weekday, whether traded or not."""
        first = first_day_of(month + self.month)
        if self.weekday >= 0:
            # 1970-01-01 was a Thursday.
            return first + (self.weekday - (first + 3)) % 7 + 7 * (self.nth - 1)
        return min(first + self.day, first_day_of(month + self.month + 1)) - 1

    def day_of(self, month: int, days: TradingDays) -> int:
        """The day (YYYYMMDD) of the contract month; UNKNOWN_DAY when a day that it depends on is not known."""
        first = first_day_of(month + self.month)
        last = first_day_of(month + self.month + 1) - 1
        if self.business_day > 0:
            anchor = days.step(first - 1, self.business_day)
        elif self.business_day < 0:
            anchor = days.step(last + 1, self.business_day) if days.is_known(last) else UNKNOWN_DAY
        else:
            anchor = self._anchor(month)
        if anchor != UNKNOWN_DAY:
            anchor = days.adjust(anchor, self.holiday)
        if anchor != UNKNOWN_DAY and self.shift:
            anchor = days.step(anchor, self.shift)
        return int(date_of(i64(anchor))) if anchor != UNKNOWN_DAY else UNKNOWN_DAY


def first_day_of(month: int) -> int:
    """The first day of a month, since 1970-01-01."""
    return int(epoch_day(month // 12 * 10_000 + (month % 12 + 1) * 100 + 1))


@final
class ListedMonths:
    """One group of the months that an exchange lists: the next `count` of them, those within so many months, or those
    to the December of so many years on with so many more months; the front month counts as the first."""

    def __init__(self, reader: TableReader) -> None:
        self.months = months_of(reader)
        self.count = reader.integer_or("count", 1, 60, 0)
        self.within = reader.integer_or("within", 1, 200, 0)
        self.years = reader.integer_or("years", 0, 15, -1)
        self.more_months = reader.integer_or("more_months", 0, 12, 0)
        extents = [key for key in ("count", "within", "years") if key in reader.row]
        if len(extents) != 1:
            reader.fault_below("", "extent", ", ".join(extents) or "missing", "one of count, within, years")
        reader.finish()

    def add_to(self, listed: list[int], front: int) -> None:
        """Add the group's months from the month `front` on to those that are listed already."""
        end = front + 200
        if self.within:
            end = front + self.within
        elif self.years >= 0:
            end = (front // 12 + self.years + 1) * 12 + self.more_months
        added = 0
        for month in range(front, end):
            if month % 12 + 1 in self.months and month not in listed:
                listed.append(month)
                added += 1
                if added == self.count:
                    return


def months_of(reader: TableReader) -> tuple[int, ...]:
    """The months of the year under `months`: a name of MONTH_SETS, or a list of numbers."""
    value = reader.take("months")
    if isinstance(value, str) and value in MONTH_SETS:
        return MONTH_SETS[value]
    if isinstance(value, list) and value:
        numbers = [item for item in value if isinstance(item, int) and 1 <= item <= 12]
        if len(numbers) == len(value):
            return tuple(numbers)
    reader.fault("months", f"one of {', '.join(MONTH_SETS)}, or a list of months from 1 to 12")
    return MONTH_SETS["every"]


def listed_months(groups: Sequence[ListedMonths], front: int) -> list[int]:
    """The listed months when `front` is the nearest one that still trades, ascending."""
    listed: list[int] = []
    for group in groups:
        group.add_to(listed, front)
    return sorted(listed)
