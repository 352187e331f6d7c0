"""Which phase an instrument is in, when that changes, and to which trading day a moment belongs.

Theory of operation. A clock walks over a timeline that was laid out when the tables were loaded. It remembers the phase
it found last: two comparisons until the phase changes, a search after that. Outside the tables it is closed for good.
"""

from __future__ import annotations

from typing import final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND, NO_TIMER
from cross_market_connect.domain.ports import SessionHours
from cross_market_connect.reference.days import (
    NO_DAYLIGHT_SAVING,
    NO_TRADING_DAY,
    SECONDS_PER_DAY,
    LocalTime,
    epoch_day,
)
from cross_market_connect.reference.phases import (
    CLOSED,
    CONTINUOUS,
    IS_CONTINUOUS,
    MATCHES,
    MAY_CANCEL,
    MAY_ENTER,
    NIGHT,
)
from cross_market_connect.reference.timeline import (
    EVE_TRADING_DAY,
    CalendarDays,
    PhaseSpan,
    PhaseTimeline,
    SessionPlan,
    build_timeline,
)


@final
class SessionClock(SessionHours):
    """The phases of one instrument over the days that its tables know; instruments may share a timeline."""

    def __init__(self, timeline: PhaseTimeline) -> None:
        self.timeline: PhaseTimeline = timeline
        # The phase found last holds for from <= utc < until.
        self._at: i64 = 0
        self._phase: i64 = CLOSED
        self._from_utc_ns: i64 = 0
        self._until_utc_ns: i64 = 0
        # The second asked for last, and its trading day.
        self._asked_s: i64 = -1
        self._asked_day: i64 = NO_TRADING_DAY

    def phase(self, utc_ns: i64) -> i64:
        """The phase at `utc_ns` (reference/phases.py); CLOSED outside the tables."""
        if utc_ns < self._from_utc_ns or utc_ns >= self._until_utc_ns:
            self._find(utc_ns)
        return self._phase

    def next_phase_utc_ns(self, utc_ns: i64) -> i64:
        """When the phase changes next after `utc_ns`; NO_TIMER when the tables hold no further change."""
        self.phase(utc_ns)
        return self._until_utc_ns

    def is_open(self, utc_ns: i64) -> bool:
        """Whether orders trade as they come at `utc_ns`; false outside the tables."""
        return IS_CONTINUOUS[self.phase(utc_ns)] != 0

    def matches(self, utc_ns: i64) -> bool:
        """Whether orders can trade at all: also when an auction's price is made, or at a fixed price."""
        return MATCHES[self.phase(utc_ns)] != 0

    def may_enter(self, utc_ns: i64) -> bool:
        """Whether the venue takes new orders."""
        return MAY_ENTER[self.phase(utc_ns)] != 0

    def may_cancel(self, utc_ns: i64) -> bool:
        """Whether the venue lets orders be cancelled."""
        return MAY_CANCEL[self.phase(utc_ns)] != 0

    def next_change_utc_ns(self, utc_ns: i64) -> i64:
        """When `is_open` changes next after `utc_ns`; NO_TIMER when the tables hold no further change."""
        return self._next_utc_ns(IS_CONTINUOUS, not self.is_open(utc_ns))

    def cancels_utc_ns(self, utc_ns: i64) -> i64:
        """When the venue next lets orders be cancelled; `utc_ns` itself while it does, NO_TIMER when the tables hold no
        such phase."""
        return utc_ns if self.may_cancel(utc_ns) else self._next_utc_ns(MAY_CANCEL, True)

    def _next_utc_ns(self, permissions: vec[i64], wanted: bool) -> i64:
        """Start of the first phase after the one found last that permits what is asked, or does not."""
        timeline = self.timeline
        at = self._at + 1
        while at < i64(len(timeline.phases)):
            if (permissions[timeline.phases[at]] != 0) == wanted:
                return timeline.starts_utc_ns[at]
            at += 1
        return NO_TIMER

    def close_utc_ns(self, utc_ns: i64) -> i64:
        """End of the continuous trading at `utc_ns` (a lunch break ends it); `utc_ns` itself when there is none."""
        return self.next_change_utc_ns(utc_ns) if self.is_open(utc_ns) else utc_ns

    def reopen_utc_ns(self, utc_ns: i64) -> i64:
        """Start of the next continuous trading; `utc_ns` itself inside one, NO_TIMER when the tables hold none."""
        return utc_ns if self.is_open(utc_ns) else self.next_change_utc_ns(utc_ns)

    def beyond_tables(self, utc_ns: i64) -> bool:
        """Whether the local day of `utc_ns` lies outside the tables: closed because nothing is known."""
        timeline = self.timeline
        return not timeline.days.is_known(timeline.local_time.day(utc_ns // NANOSECONDS_PER_SECOND))

    def trading_day(self, utc_ns: i64) -> i64:
        """Trading day (YYYYMMDD) that `utc_ns` belongs to; NO_TRADING_DAY outside the tables."""
        second = utc_ns // NANOSECONDS_PER_SECOND
        if second != self._asked_s:
            self._asked_s = second
            self._asked_day = self._find_trading_day(second)
        return self._asked_day

    def _find_trading_day(self, utc_s: i64) -> i64:
        timeline = self.timeline
        local_s: i64 = utc_s + timeline.local_time.offset_s(utc_s)
        since: i64 = local_s // SECONDS_PER_DAY - timeline.days.first_day
        if since < 0 or not timeline.days.is_known(timeline.days.first_day + since):
            return NO_TRADING_DAY
        if local_s % SECONDS_PER_DAY >= timeline.roll_s:
            since += 1
        return timeline.trading_days[since]

    def _find(self, utc_ns: i64) -> None:
        """Search the last phase that begins at or before `utc_ns`."""
        starts = self.timeline.starts_utc_ns
        low: i64 = 0
        high: i64 = len(starts)
        while high - low > 1:
            middle = (low + high) // 2
            if starts[middle] <= utc_ns:
                low = middle
            else:
                high = middle
        self._at = low
        self._phase = self.timeline.phases[low]
        self._from_utc_ns = starts[low]
        self._until_utc_ns = starts[high] if high < i64(len(starts)) else NO_TIMER


def continuous_clock(
    utc_offset_s: i64,
    roll_minute: i64,
    from_minutes: list[int],
    until_minutes: list[int],
    first_day: i64,
    last_day: i64,
    closed_days: list[int],
) -> SessionClock:
    """A clock of continuous trading alone, without tables: what begins at the roll or later is a night session.

    Args:
        utc_offset_s: local time minus UTC.
        roll_minute: minute of the local day from which on the next trading day runs; 1440 is midnight.
        from_minutes, until_minutes: half-open intervals; one that ends at or before its start runs past midnight.
        first_day, last_day: YYYYMMDD, both known.
        closed_days: weekdays without trading, YYYYMMDD.
    """
    eve: list[PhaseSpan] = []
    day: list[PhaseSpan] = []
    for start, end in zip(from_minutes, until_minutes, strict=True):
        if i64(start) >= roll_minute:
            eve.append(PhaseSpan(NIGHT, start * 60, end * 60))
        else:
            day.append(PhaseSpan(CONTINUOUS, start * 60, end * 60))
    days = CalendarDays(epoch_day(first_day), epoch_day(last_day))
    days.closed = frozenset([int(epoch_day(closed)) for closed in closed_days])
    local_time = LocalTime(utc_offset_s, NO_DAYLIGHT_SAVING, days.first_day, days.last_day)
    return SessionClock(
        build_timeline([SessionPlan(eve, day, [])], local_time, roll_minute * 60, EVE_TRADING_DAY, days)
    )
