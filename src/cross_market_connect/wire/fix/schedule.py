"""When a session is open: daily or weekly hours, as times of the day at a fixed distance from UTC.

A *session day* lasts from one start to the end after it. No logon belongs outside; at the end the session logs out; and
a new session day starts with both sequence numbers at 1 (FIX 4.4 Volume 2, "Sequence Numbers": a session is
bi-directional streams of ordered messages within a continuous sequence number series, reset "by prior agreement").

Rules of daylight saving are the caller's: it gives the distance in force, and a new schedule when that changes.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND

EVERY_DAY: Final[i64] = -1
SECONDS_PER_DAY: Final[i64] = 86_400
DAYS_PER_WEEK: Final[i64] = 7
UTC_OFFSET_S_MAX: Final[i64] = 14 * 3600  # Line Islands
NOT_OPEN: Final[i64] = -1
_EPOCH_WEEKDAY: Final[i64] = 3  # 1 January 1970 was a Thursday; Monday is 0


@final
class SessionSchedule:
    """Hours of a session.

    Args:
        start_s, end_s: seconds of the day at which it opens and ends, in local time. Equal times of a daily schedule
            mean around the clock with a new session day at that time; an end before the start is on the next day.
        start_weekday, end_weekday: Monday 0 to Sunday 6 for one session a week, both EVERY_DAY for one a day.
        utc_offset_s: local time minus UTC, 0 when the times are UTC.
        weekdays: on which a daily session starts, Monday 0 to Sunday 6, in local time; None for all of them.
    Raises:
        InputError: naming every value that does not fit.
    """

    def __init__(
        self,
        start_s: i64,
        end_s: i64,
        start_weekday: i64 = EVERY_DAY,
        end_weekday: i64 = EVERY_DAY,
        utc_offset_s: i64 = 0,
        weekdays: list[int] | None = None,
    ) -> None:
        faults: list[str] = []
        for name, seconds in (("start_s", start_s), ("end_s", end_s)):
            if seconds < 0 or seconds >= SECONDS_PER_DAY:
                faults.append(f"fix session schedule {name}: {seconds}; expected 0 to 86399")
        for name, weekday in (("start_weekday", start_weekday), ("end_weekday", end_weekday)):
            if weekday < EVERY_DAY or weekday >= DAYS_PER_WEEK:
                faults.append(f"fix session schedule {name}: {weekday}; expected 0 (Monday) to 6, or -1 for every day")
        if (start_weekday == EVERY_DAY) != (end_weekday == EVERY_DAY):
            faults.append("fix session schedule: start_weekday and end_weekday; expected both or none")
        if weekdays is not None:
            is_weekday = all(0 <= weekday < DAYS_PER_WEEK for weekday in weekdays)
            if len(weekdays) == 0 or not is_weekday or start_weekday != EVERY_DAY:
                faults.append(
                    f"fix session schedule weekdays: {weekdays}; expected some of 0 (Monday) to 6, for a daily session"
                )
        if utc_offset_s < -UTC_OFFSET_S_MAX or utc_offset_s > UTC_OFFSET_S_MAX:
            faults.append(f"fix session schedule utc_offset_s: {utc_offset_s}; expected at most 14 hours either way")
        if faults:
            raise InputError(faults)
        is_weekly: bool = start_weekday != EVERY_DAY
        self._period_s: i64 = DAYS_PER_WEEK * SECONDS_PER_DAY if is_weekly else SECONDS_PER_DAY
        first_s: i64 = (start_weekday - _EPOCH_WEEKDAY) * SECONDS_PER_DAY + start_s if is_weekly else start_s
        last_s: i64 = (end_weekday - _EPOCH_WEEKDAY) * SECONDS_PER_DAY + end_s if is_weekly else end_s
        self._first_s: i64 = first_s - utc_offset_s
        """UTC second of some start; the others lie whole periods from it."""
        self._utc_offset_s: i64 = utc_offset_s
        self._weekdays: list[int] | None = weekdays
        self._length_s: i64 = (last_s - first_s) % self._period_s
        if self._length_s == 0:
            self._length_s = self._period_s

    def day_start_ns(self, utc_ns: i64) -> i64:
        """UTC nanoseconds at which the session day that holds `utc_ns` began, NOT_OPEN outside."""
        elapsed_ns: i64 = (utc_ns - self._first_s * NANOSECONDS_PER_SECOND) % (self._period_s * NANOSECONDS_PER_SECOND)
        if elapsed_ns >= self._length_s * NANOSECONDS_PER_SECOND:
            return NOT_OPEN
        start_ns: i64 = utc_ns - elapsed_ns
        return start_ns if self._is_start(start_ns) else NOT_OPEN

    def _is_start(self, start_ns: i64) -> bool:
        """Whether a session starts on the weekday of the moment."""
        weekdays = self._weekdays
        if weekdays is None:
            return True
        local_day: i64 = (start_ns // NANOSECONDS_PER_SECOND + self._utc_offset_s) // SECONDS_PER_DAY
        return int((local_day + _EPOCH_WEEKDAY) % DAYS_PER_WEEK) in weekdays

    def is_open(self, utc_ns: i64) -> bool:
        """Whether a logon may be sent or accepted."""
        return self.day_start_ns(utc_ns) != NOT_OPEN

    def end_ns(self, utc_ns: i64) -> i64:
        """UTC nanoseconds of the end of the session day that holds `utc_ns`; NOT_OPEN outside."""
        start_ns: i64 = self.day_start_ns(utc_ns)
        return NOT_OPEN if start_ns == NOT_OPEN else start_ns + self._length_s * NANOSECONDS_PER_SECOND

    def next_start_ns(self, utc_ns: i64) -> i64:
        """UTC nanoseconds of the first start after `utc_ns`."""
        period_ns: i64 = self._period_s * NANOSECONDS_PER_SECOND
        start_ns: i64 = utc_ns + period_ns - (utc_ns - self._first_s * NANOSECONDS_PER_SECOND) % period_ns
        while not self._is_start(start_ns):
            start_ns += period_ns
        return start_ns
