"""When an instrument trades continuously, and to which trading day a moment belongs.

Theory of operation. A clock holds one instrument's intervals of the local day, the weekdays without trading and the
first and last day that its tables know. It answers `is_open` from the span it computed last: two comparisons until the
state changes. Outside its tables it is closed for good: a market is never taken to be open by guess.

* An interval that starts at or after the venue's roll minute is a night session: it belongs to the next trading day. It
  takes place on the evening of a trading day, and only when nothing but a weekend lies before the next one (Chinese
  futures exchanges hold no night session on the eve of a holiday).
* China and Hong Kong have no daylight saving time, so local time is UTC plus a fixed offset.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND, NO_TIMER
from cross_market_connect.domain.ports import SessionHours

MINUTES_PER_DAY: Final[i64] = 1440
NANOSECONDS_PER_MINUTE: Final[i64] = 60 * 1_000_000_000
SECONDS_PER_DAY: Final[i64] = 86_400
NO_TRADING_DAY: Final[i64] = 0


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


@final
class SessionClock(SessionHours):
    """Continuous trading of one instrument over the days that its tables know.

    Args:
        utc_offset_s: local time minus UTC.
        roll_minute: minute of the local day from which on the next trading day runs; 1440 is midnight.
        from_minutes, until_minutes: half-open intervals in the order of the local day; one that ends at or before
            its start runs past midnight.
        first_day, last_day: YYYYMMDD, both known.
        closed_days: weekdays without trading, YYYYMMDD.
        special_days: days with one other interval instead of the regular ones, YYYYMMDD.
        special_from_minutes, special_until_minutes: that interval, same length as `special_days`.
    """

    def __init__(
        self,
        utc_offset_s: i64,
        roll_minute: i64,
        from_minutes: list[int],
        until_minutes: list[int],
        first_day: i64,
        last_day: i64,
        closed_days: list[int],
        special_days: list[int],
        special_from_minutes: list[int],
        special_until_minutes: list[int],
    ) -> None:
        self.utc_offset_s: i64 = utc_offset_s
        self.roll_minute: i64 = roll_minute
        self.from_minutes: list[int] = from_minutes
        self.until_minutes: list[int] = until_minutes
        self.first_epoch_day: i64 = epoch_day(first_day)
        self.last_epoch_day: i64 = epoch_day(last_day)
        self.closed_epoch_days: list[int] = [int(epoch_day(day)) for day in closed_days]
        self.special_epoch_days: list[int] = [int(epoch_day(day)) for day in special_days]
        self.special_from_minutes: list[int] = special_from_minutes
        self.special_until_minutes: list[int] = special_until_minutes
        # The span computed last: its state holds for from <= utc < until.
        self.span_from_utc_ns: i64 = 0
        self.span_until_utc_ns: i64 = 0
        self.span_open: bool = False
        # The minute asked for last, and its trading day.
        self._asked_minute: i64 = -1
        self._asked_day: i64 = NO_TRADING_DAY

    def is_open(self, utc_ns: i64) -> bool:
        """Whether continuous trading runs at `utc_ns`; false outside the tables."""
        if utc_ns < self.span_from_utc_ns or utc_ns >= self.span_until_utc_ns:
            self._find_span(utc_ns)
        return self.span_open

    def next_change_utc_ns(self, utc_ns: i64) -> i64:
        """When `is_open` changes next after `utc_ns`; NO_TIMER when the tables hold no further change."""
        if utc_ns < self.span_from_utc_ns or utc_ns >= self.span_until_utc_ns:
            self._find_span(utc_ns)
        return self.span_until_utc_ns

    def close_utc_ns(self, utc_ns: i64) -> i64:
        """End of the interval that is open at `utc_ns` (a lunch break ends one); `utc_ns` itself when none is."""
        return self.span_until_utc_ns if self.is_open(utc_ns) else utc_ns

    def reopen_utc_ns(self, utc_ns: i64) -> i64:
        """Start of the next interval; `utc_ns` itself inside one, NO_TIMER when the tables hold none."""
        return utc_ns if self.is_open(utc_ns) else self.span_until_utc_ns

    def beyond_tables(self, utc_ns: i64) -> bool:
        """Whether the local day of `utc_ns` lies outside the tables: closed because nothing is known."""
        day = self._local_day(utc_ns)
        return day < self.first_epoch_day or day > self.last_epoch_day

    def trading_day(self, utc_ns: i64) -> i64:
        """Trading day (YYYYMMDD) that `utc_ns` belongs to; NO_TRADING_DAY outside the tables."""
        minute = utc_ns // NANOSECONDS_PER_MINUTE
        if minute != self._asked_minute:
            self._asked_minute = minute
            self._asked_day = self._find_trading_day(utc_ns)
        return self._asked_day

    def _find_trading_day(self, utc_ns: i64) -> i64:
        day = self._local_day(utc_ns)
        if day < self.first_epoch_day:
            return NO_TRADING_DAY
        local_s: i64 = utc_ns // NANOSECONDS_PER_SECOND + self.utc_offset_s
        if local_s % SECONDS_PER_DAY // 60 >= self.roll_minute:
            day += 1
        while day <= self.last_epoch_day:
            if self.is_trading_day(day):
                return date_of(day)
            day += 1
        return NO_TRADING_DAY

    def is_trading_day(self, day: i64) -> bool:
        """Whether the day since 1970-01-01 is a known trading day."""
        if day < self.first_epoch_day or day > self.last_epoch_day:
            return False
        return is_weekday(day) and int(day) not in self.closed_epoch_days

    def _local_day(self, utc_ns: i64) -> i64:
        return (utc_ns // NANOSECONDS_PER_SECOND + self.utc_offset_s) // SECONDS_PER_DAY

    def _find_span(self, utc_ns: i64) -> None:
        day = self._local_day(utc_ns) - 1
        if day < self.first_epoch_day:
            day = self.first_epoch_day
        while day <= self.last_epoch_day:
            if self.is_trading_day(day) and self._find_span_on(day, utc_ns):
                return
            day += 1
        self.span_from_utc_ns = utc_ns
        self.span_until_utc_ns = NO_TIMER
        self.span_open = False

    def _find_span_on(self, day: i64, utc_ns: i64) -> bool:
        """Take the day's first interval that ends after `utc_ns`, or the pause before it; false when none does."""
        for index in range(len(self.special_epoch_days)):
            if self.special_epoch_days[index] == int(day):
                return self._take(day, self.special_from_minutes[index], self.special_until_minutes[index], utc_ns)
        for index in range(len(self.from_minutes)):
            start: i64 = self.from_minutes[index]
            if start >= self.roll_minute and not self._night_session_follows(day):
                continue
            if self._take(day, start, self.until_minutes[index], utc_ns):
                return True
        return False

    def _take(self, day: i64, from_minute: i64, until_minute: i64, utc_ns: i64) -> bool:
        if until_minute <= from_minute:
            until_minute += MINUTES_PER_DAY
        midnight_utc_ns: i64 = (day * SECONDS_PER_DAY - self.utc_offset_s) * NANOSECONDS_PER_SECOND
        open_utc_ns: i64 = midnight_utc_ns + from_minute * NANOSECONDS_PER_MINUTE
        close_utc_ns: i64 = midnight_utc_ns + until_minute * NANOSECONDS_PER_MINUTE
        if close_utc_ns <= utc_ns:
            return False
        self.span_open = open_utc_ns <= utc_ns
        self.span_from_utc_ns = open_utc_ns if self.span_open else utc_ns
        self.span_until_utc_ns = close_utc_ns if self.span_open else open_utc_ns
        return True

    def _night_session_follows(self, day: i64) -> bool:
        following: i64 = day + 1
        while not is_weekday(following):
            following += 1
        return self.is_trading_day(following)
