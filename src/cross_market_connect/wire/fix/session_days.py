"""A session's hours on its owner's calendar, and the session day to which its sequence numbers belong.

Outside the hours nobody connects. Shortly before the end own orders are cancelled; at the end the session logs out; and
where that is agreed a new session day begins with both numbers at 1 (FIX 4.4 Volume 2, "Sequence Numbers").
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.clock import CalendarClock
from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.wire.fix.encoder import TimestampWriter
from cross_market_connect.wire.fix.schedule import NOT_OPEN, SessionSchedule

DAY_UNKNOWN: Final[i64] = 0
ALWAYS_OPEN: Final[i64] = 0
_SECOND_CHARACTERS: Final = 17


@final
class SessionDays:
    """The hours of one session.

    Args:
        schedule: the hours.
        calendar: turns their times into readings of the monotonic clock.

    Attributes:
        begins_anew: a new session day begins with both numbers at 1; otherwise they go on.
        closing_ns: for so long before the end own orders are cancelled and nothing is opened.
        day_utc_ns: start of the session day of the numbers; DAY_UNKNOWN before the first.
    """

    def __init__(self, schedule: SessionSchedule, calendar: CalendarClock) -> None:
        self.begins_anew: bool = True
        self.closing_ns: i64 = 0
        self.day_utc_ns: i64 = DAY_UNKNOWN
        self._schedule: SessionSchedule = schedule
        self._calendar: CalendarClock = calendar

    def is_open(self, utc_ns: i64) -> bool:
        """Whether a session belongs to this moment."""
        return self._schedule.is_open(utc_ns)

    def begin(self, utc_ns: i64) -> bool:
        """The session day that holds `utc_ns` is the numbers' day; whether they begin anew with it.

        Numbers of a day that is not known are the present day's.
        """
        start_ns = self._schedule.day_start_ns(utc_ns)
        before_ns = self.day_utc_ns
        if start_ns == NOT_OPEN or start_ns == before_ns:
            return False
        self.day_utc_ns = start_ns
        return self.begins_anew and before_ns != DAY_UNKNOWN

    def opens_utc_ns(self, utc_ns: i64) -> i64:
        """When the next session day begins; ALWAYS_OPEN during one."""
        return ALWAYS_OPEN if self._schedule.is_open(utc_ns) else self._schedule.next_start_ns(utc_ns)

    def end_utc_ns(self, utc_ns: i64) -> i64:
        """End of the session day that holds `utc_ns`; NO_TIMER outside."""
        end_ns = self._schedule.end_ns(utc_ns)
        return NO_TIMER if end_ns == NOT_OPEN else end_ns

    def reading_ns(self, utc_ns: i64) -> i64:
        """The first reading of the monotonic clock at which the calendar shows a time."""
        if utc_ns == NO_TIMER:
            return NO_TIMER
        now_ns = self._calendar.now_ns(utc_ns)
        # A calendar that runs fast may show a little less at a reading that is rounded down.
        return now_ns if self._calendar.utc_ns(now_ns) >= utc_ns else now_ns + 1

    def closing_due_ns(self, end_utc_ns: i64) -> i64:
        """When own orders are to be cancelled in a session day that ends then; NO_TIMER where none runs."""
        return NO_TIMER if end_utc_ns == NO_TIMER else self.reading_ns(end_utc_ns) - self.closing_ns

    def refusal(self, utc_ns: i64) -> bytes:
        """Why nobody may log on now, and when that changes."""
        return b"Outside the session's hours, which begin at %b UTC" % second_text(self._schedule.next_start_ns(utc_ns))


def second_text(utc_ns: i64) -> bytes:
    """`YYYYMMDD-HH:MM:SS` of a moment."""
    return TimestampWriter().text(utc_ns)[:_SECOND_CHARACTERS]
