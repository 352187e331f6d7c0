"""Days as integers: YYYYMMDD, days since 1970-01-01, and local time where clocks change twice a year.

Theory of operation. Local time is UTC plus an offset. China and Hong Kong have one for all the year; where there is
daylight saving time the offset changes at moments that follow from a law, so that no time zone of the operating system
is asked: the moments of the years that a table covers are computed once, in integers, when the table is loaded.
"""

from __future__ import annotations

from typing import Final, final

from librt.vecs import vec
from mypy_extensions import i64

SECONDS_PER_DAY: Final[i64] = 86_400
SECONDS_PER_HOUR: Final[i64] = 3_600
NO_TRADING_DAY: Final[i64] = 0

NO_DAYLIGHT_SAVING: Final = "none"
US_DAYLIGHT_SAVING: Final = "us"
DAYLIGHT_SAVING_RULES: Final = (NO_DAYLIGHT_SAVING, US_DAYLIGHT_SAVING)


def epoch_day(yyyymmdd: i64) -> i64:
    """Days since 1970-01-01 of a Gregorian date written as YYYYMMDD (1600 or later)."""
    year: i64 = yyyymmdd // 10_000
    month: i64 = yyyymmdd // 100 % 100
    # Years are counted from March, so that the leap day is the last of its year.
    if month <= 2:
        year -= 1
        month += 12
    days_before_month: i64 = (153 * (month - 3) + 2) // 5
    return 365 * year + year // 4 - year // 100 + year // 400 + days_before_month + yyyymmdd % 100 - 719_469


def date_of(day: i64) -> i64:
    """YYYYMMDD of a day since 1970-01-01; the inverse of `epoch_day`."""
    # 0000-03-01 is day 0 of the count below; 146,097 days are 400 years.
    since: i64 = day + 719_468
    cycle: i64 = since // 146_097
    in_cycle: i64 = since - cycle * 146_097
    year_in_cycle: i64 = (in_cycle - in_cycle // 1_460 + in_cycle // 36_524 - in_cycle // 146_096) // 365
    in_year: i64 = in_cycle - (365 * year_in_cycle + year_in_cycle // 4 - year_in_cycle // 100)
    march_month: i64 = (5 * in_year + 2) // 153
    day_of_month: i64 = in_year - (153 * march_month + 2) // 5 + 1
    month: i64 = march_month + 3 if march_month < 10 else march_month - 9
    year: i64 = cycle * 400 + year_in_cycle + (1 if month <= 2 else 0)
    return year * 10_000 + month * 100 + day_of_month


def is_weekday(day: i64) -> bool:
    """Whether a day since 1970-01-01 (a Thursday) is Monday to Friday."""
    return (day + 3) % 7 < 5


def sunday_on_or_after(day: i64) -> i64:
    """The first Sunday from a day since 1970-01-01 on."""
    return day + (6 - (day + 3) % 7)


def us_summer_start_day(year: i64) -> i64:
    """The second Sunday of March: clocks go from 2:00 to 3:00 (15 U.S.C. 260a, as amended by Pub. L. 109-58 s. 110)."""
    return sunday_on_or_after(epoch_day(year * 10_000 + 301)) + 7


def us_summer_end_day(year: i64) -> i64:
    """The first Sunday of November: clocks go from 2:00 to 1:00 (the same section)."""
    return sunday_on_or_after(epoch_day(year * 10_000 + 1101))


@final
class LocalTime:
    """The offset of a venue's local time over the days that its tables know.

    Args:
        standard_offset_s: local time minus UTC, in winter where there is a summer time.
        rule: one of DAYLIGHT_SAVING_RULES. The American one holds from 2007 on.
        first_day, last_day: days since 1970-01-01 that are asked about; a year to both sides is known too.
    """

    def __init__(self, standard_offset_s: i64, rule: str, first_day: i64, last_day: i64) -> None:
        self.standard_offset_s: i64 = standard_offset_s
        changes: list[int] = []
        if rule == US_DAYLIGHT_SAVING:
            year: i64 = date_of(first_day) // 10_000 - 1
            while year <= date_of(last_day) // 10_000 + 1:
                for day in (us_summer_start_day(year), us_summer_end_day(year)):
                    # At 2:00 of the time that held before: in November that is summer time, one hour ahead.
                    summer: i64 = SECONDS_PER_HOUR if len(changes) % 2 == 1 else 0
                    changes.append(int(day * SECONDS_PER_DAY + 2 * SECONDS_PER_HOUR - standard_offset_s - summer))
                year += 1
        # Seconds of UTC at which summer time begins (even index) and ends (odd index), ascending.
        self.changes_utc_s: vec[i64] = vec[i64](changes)

    def offset_s(self, utc_s: i64) -> i64:
        """Local time minus UTC at a second of UTC."""
        summer = False
        for change_s in self.changes_utc_s:
            if utc_s < change_s:
                break
            summer = not summer
        return self.standard_offset_s + (SECONDS_PER_HOUR if summer else 0)

    def day(self, utc_s: i64) -> i64:
        """The local day since 1970-01-01."""
        return (utc_s + self.offset_s(utc_s)) // SECONDS_PER_DAY

    def utc_s(self, day: i64, second: i64) -> i64:
        """UTC of a second of a local day. A time that the clocks skip counts on from before they were set forward, one
        that they show twice is the earlier one: no market trades in those hours."""
        standard_s: i64 = day * SECONDS_PER_DAY + second - self.standard_offset_s
        # In summer the same reading of the clock is an hour earlier.
        summer_s: i64 = standard_s - SECONDS_PER_HOUR
        return summer_s if self.offset_s(summer_s) != self.standard_offset_s else standard_s
