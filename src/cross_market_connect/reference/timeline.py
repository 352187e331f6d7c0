"""The phases of one session at one venue over all days that its tables know, as one list of moments.

Theory of operation. A trading day consists of what happens on the evening before it (a night session) and what happens
on the day itself. Every rule of a calendar is applied once, here, when the tables are loaded; whoever asks later finds
a moment in an ordered list. Everything in the list belongs to a known day: an evening whose next trading day is not
known is closed, and so is everything outside the tables. A market is never taken to be open by guess.
"""

from __future__ import annotations

from typing import Final, final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.numbers import I64_MAX, NANOSECONDS_PER_SECOND
from cross_market_connect.reference.days import NO_TRADING_DAY, LocalTime, date_of, is_weekday
from cross_market_connect.reference.phases import BREAK, CLOSED

# On which evening a trading day's evening part takes place: that of the trading day before, when nothing but a weekend
# lies between (Chinese futures exchanges hold no night session before a holiday), or that of the calendar day before.
EVE_TRADING_DAY: Final = "trading_day"
EVE_CALENDAR_DAY: Final = "calendar_day"
EVE_RULES: Final = (EVE_TRADING_DAY, EVE_CALENDAR_DAY)


@final
class PhaseSpan:
    """One phase of a day, in seconds of the local day; one that ends at or before its start runs past midnight."""

    def __init__(self, phase: i64, from_s: i64, until_s: i64) -> None:
        self.phase: i64 = phase
        self.from_s: i64 = from_s
        self.until_s: i64 = until_s


@final
class SessionPlan:
    """The phases of a session: of the evening before, of the day, and of a half day instead of the day.

    `without_eve` opens a day that no evening precedes. A session that has no half day is closed on one. The plan holds
    for trading days from `first_day` (days since 1970-01-01) on, until the next plan does.
    """

    def __init__(self, eve: list[PhaseSpan], day: list[PhaseSpan], half_day: list[PhaseSpan]) -> None:
        self.first_day: i64 = 0
        self.eve: list[PhaseSpan] = eve
        self.without_eve: list[PhaseSpan] = []
        self.day: list[PhaseSpan] = day
        self.half_day: list[PhaseSpan] = half_day


@final
class CalendarDays:
    """What is known of a venue's days, for one session; all days since 1970-01-01.

    Attributes:
        first_day, last_day: the known days, both included.
        closed: weekdays that are no trading days.
        half_days: days with the session's half-day phases.
        no_evening: evenings without a session although a trading day follows.
        early_until_s: second of the local day at which the session ends early, by day. A closed day that has one is
            traded until then for the next trading day (a holiday of the USA at CME).
    """

    def __init__(self, first_day: i64, last_day: i64) -> None:
        self.first_day: i64 = first_day
        self.last_day: i64 = last_day
        self.closed: frozenset[int] = frozenset()
        self.half_days: frozenset[int] = frozenset()
        self.no_evening: frozenset[int] = frozenset()
        self.early_until_s: dict[int, int] = {}

    def is_known(self, day: i64) -> bool:
        """Whether the tables know the day."""
        return self.first_day <= day <= self.last_day

    def is_trading_day(self, day: i64) -> bool:
        """Whether the day is a known trading day."""
        return self.is_known(day) and is_weekday(day) and int(day) not in self.closed

    def has_session(self, day: i64) -> bool:
        """Whether anything is traded on the day."""
        return self.is_trading_day(day) or (self.is_known(day) and int(day) in self.early_until_s)


@final
class PhaseTimeline:
    """Phases and trading days of a session.

    Attributes:
        starts_utc_ns: when each phase begins, ascending; the first one is closed and has no beginning, the last one is
            closed and has no end. Neighbours differ.
        phases: the phases.
        trading_days: YYYYMMDD of the trading day at or after each known local day; NO_TRADING_DAY where none is known.
    """

    def __init__(self, local_time: LocalTime, roll_s: i64, days: CalendarDays) -> None:
        self.local_time: LocalTime = local_time
        self.roll_s: i64 = roll_s
        self.days: CalendarDays = days
        self.starts_utc_ns: vec[i64] = vec[i64]([-I64_MAX])
        self.phases: vec[i64] = vec[i64]([CLOSED])
        self.trading_days: vec[i64] = vec[i64](trading_days_of(days))


def build_timeline(
    plans: list[SessionPlan], local_time: LocalTime, roll_s: i64, eve_rule: str, days: CalendarDays
) -> PhaseTimeline:
    """Lay out every known day of the session, whose plans follow one another; at second `roll_s` of the local day the
    next trading day begins."""
    result = PhaseTimeline(local_time, roll_s, days)
    starts: list[int] = [int(-I64_MAX)]
    phases: list[int] = [int(CLOSED)]
    before: i64 = days.first_day - 1
    day = days.first_day
    while day <= days.last_day:
        if days.has_session(day):
            plan = plan_of(plans, day)
            eve: i64 = day - 1 if eve_rule == EVE_CALENDAR_DAY else before
            if evening_takes_place(days, eve, day, eve_rule):
                for span in plan.eve:
                    # A pause is one between two sessions: on a Sunday nothing precedes it.
                    if span.phase != BREAK or days.has_session(eve):
                        _add(starts, phases, span, local_time, eve, _NO_END_S)
            else:
                for span in plan.without_eve:
                    _add(starts, phases, span, local_time, day, _NO_END_S)
            end_s: i64 = days.early_until_s.get(int(day), int(_NO_END_S))
            for span in plan.half_day if int(day) in days.half_days else plan.day:
                _add(starts, phases, span, local_time, day, end_s)
            before = day
        day += 1
    result.starts_utc_ns, result.phases = vec[i64](starts), vec[i64](phases)
    return result


def plan_of(plans: list[SessionPlan], day: i64) -> SessionPlan:
    """The last plan that begins at or before the day; the first one when none does."""
    result = plans[0]
    for plan in plans:
        if plan.first_day <= day:
            result = plan
    return result


def evening_takes_place(days: CalendarDays, eve: i64, day: i64, eve_rule: str) -> bool:
    """Whether the evening part of trading day `day` takes place on the evening of day `eve`."""
    if not days.is_known(eve) or int(eve) in days.no_evening or int(eve) in days.half_days:
        return False
    if eve_rule == EVE_TRADING_DAY:
        between: i64 = eve + 1
        while between < day:
            if is_weekday(between):
                return False
            between += 1
    return True


def trading_days_of(days: CalendarDays) -> list[int]:
    """For each known day, and for the day after the last one, the trading day at or after it."""
    following: i64 = NO_TRADING_DAY
    result: list[int] = [int(following)]
    day = days.last_day
    while day >= days.first_day:
        if days.is_trading_day(day):
            following = date_of(day)
        result.append(int(following))
        day -= 1
    result.reverse()
    return result


_NO_END_S: Final[i64] = 1_000_000


def _add(starts: list[int], phases: list[int], span: PhaseSpan, local_time: LocalTime, day: i64, end_s: i64) -> None:
    """Append a phase and the closed one after it; what touches its like continues it."""
    from_s: i64 = span.from_s
    until_s: i64 = span.until_s if span.until_s > from_s else span.until_s + 86_400
    if until_s > end_s:
        until_s = end_s
    if until_s <= from_s:
        return
    start_utc_ns = int(local_time.utc_s(day, from_s) * NANOSECONDS_PER_SECOND)
    if starts[-1] == start_utc_ns:
        starts.pop()
        phases.pop()
    if phases[-1] != int(span.phase):
        starts.append(start_utc_ns)
        phases.append(int(span.phase))
    starts.append(int(local_time.utc_s(day, until_s) * NANOSECONDS_PER_SECOND))
    phases.append(int(CLOSED))
