"""Rows of the tables of venues, sessions and calendars, and the timelines that they make."""

from __future__ import annotations

from typing import final

from cross_market_connect.domain.instrument import Session, Venue
from cross_market_connect.reference.days import (
    DAYLIGHT_SAVING_RULES,
    NO_DAYLIGHT_SAVING,
    LocalTime,
    date_of,
    epoch_day,
)
from cross_market_connect.reference.phases import IS_CONTINUOUS, PHASE_NAMES
from cross_market_connect.reference.table_reader import Row, TableReader
from cross_market_connect.reference.timeline import (
    EVE_RULES,
    EVE_TRADING_DAY,
    CalendarDays,
    PhaseSpan,
    PhaseTimeline,
    SessionPlan,
    build_timeline,
)

SECONDS_PER_DAY = 86_400


@final
class VenueRow(Row):
    """A market."""

    def __init__(self, reader: TableReader) -> None:
        super().__init__(reader.text("mic"), reader)
        self.name = reader.text("name")
        self.name_zh = reader.text("name_zh")
        self.utc_offset_s = reader.integer("utc_offset_s", -50_400, 50_400)
        self.daylight_saving = reader.choice_or("daylight_saving", DAYLIGHT_SAVING_RULES, NO_DAYLIGHT_SAVING)
        self.trading_day_roll = reader.minute("trading_day_roll")
        self.evening = reader.choice_or("evening", EVE_RULES, EVE_TRADING_DAY)
        reader.finish()

    def venue(self, day: int) -> Venue:
        """The market as the hot rooms see it, with the local time of noon of the day (YYYYMMDD)."""
        noon_utc_s = int(epoch_day(day)) * SECONDS_PER_DAY + SECONDS_PER_DAY // 2 - self.utc_offset_s
        offset_s = self.local_time(day, day).offset_s(noon_utc_s)
        return Venue(self.key, self.name, self.name_zh, offset_s, self.trading_day_roll)

    def local_time(self, first_day: int, last_day: int) -> LocalTime:
        """The offset of local time over some days (YYYYMMDD)."""
        return LocalTime(self.utc_offset_s, self.daylight_saving, epoch_day(first_day), epoch_day(last_day))


@final
class SessionRow(Row):
    """The phases of a product's day. `venues` are the markets where it is traded; they give the local time."""

    def __init__(self, reader: TableReader) -> None:
        super().__init__(reader.text("name"), reader)
        self.venues = reader.texts_or_none("venues")
        self.eve = reader.spans_or_none("evening_before", PHASE_NAMES)
        self.without_eve = reader.spans_or_none("without_evening", PHASE_NAMES)
        self.day = reader.spans_or_none("phases", PHASE_NAMES)
        self.half_day = reader.spans_or_none("half_day_phases", PHASE_NAMES)
        if not self.day:
            reader.fault("phases", "at least one phase")
        self._check_order("evening_before", self.eve, reader)
        self._check_order("phases", self.without_eve + self.day, reader)
        self._check_order("half_day_phases", self.half_day, reader)
        if self.eve and self.day and self.eve[-1][2] <= self.eve[-1][1] and self.eve[-1][2] > self.day[0][1]:
            reader.fault("evening_before", "an evening that ends before the day's first phase")
        reader.finish()

    def _check_order(self, key: str, spans: list[tuple[int, int, int]], reader: TableReader) -> None:
        """Phases follow one another; only the evening's last one may run past midnight."""
        for index, (_, start, end) in enumerate(spans):
            runs_over = end < start and not (key == "evening_before" and index == len(spans) - 1)
            if runs_over or (index > 0 and start < spans[index - 1][2]):
                reader.fault(key, "phases in the order of the day that do not overlap")
                return

    def session(self) -> Session:
        """The continuous trading of a regular day as the hot rooms see it."""
        spans = [span for span in self.day + self.eve if IS_CONTINUOUS[span[0]]]
        return Session(self.key, [start // 60 for _, start, _ in spans], [end // 60 for _, _, end in spans])

    def plan(self) -> SessionPlan:
        """The phases as the timeline takes them."""
        result = SessionPlan(phase_spans(self.eve), phase_spans(self.day), phase_spans(self.half_day))
        result.without_eve = phase_spans(self.without_eve)
        result.first_day = epoch_day(self.effective_from)
        return result


def phase_spans(spans: list[tuple[int, int, int]]) -> list[PhaseSpan]:
    """The spans of a row as the timeline takes them."""
    return [PhaseSpan(phase, start, end) for phase, start, end in spans]


@final
class EarlyClose:
    """A day on which some sessions end early; all sessions of the calendar's venues when none is named."""

    def __init__(self, reader: TableReader) -> None:
        self.day = reader.day("day")
        self.sessions = reader.texts_or_none("sessions")
        self.until_s = reader.second("until")
        reader.finish()


@final
class CalendarRow:
    """The days that are known for some venues, and which of them differ from the regular week.

    `no_evening` are evenings without a session before a trading day. A day with early closes that names a session not
    at all is closed for it.
    """

    def __init__(self, reader: TableReader) -> None:
        self.venues = reader.texts("venues")
        self.first_day = reader.day("first_day")
        self.last_day = reader.day("last_day")
        self.closed = reader.days("closed")
        self.half_days = reader.days_or_none("half_days")
        self.no_evening = reader.days_or_none("no_evening")
        self.source = reader.text("source")
        self.early = [
            EarlyClose(reader.below(f"early[{index}]", row)) for index, row in enumerate(reader.tables("early"))
        ]
        if self.last_day < self.first_day:
            reader.fault("last_day", "a day that is not before first_day")
        listed = self.closed + self.half_days + self.no_evening + [early.day for early in self.early]
        if any(day < self.first_day or day > self.last_day for day in listed):
            reader.fault("closed", "days (half days, evenings and early closes too) from first_day to last_day")
        reader.finish()


def session_timeline(
    venue: VenueRow, sessions: list[SessionRow], rows: list[CalendarRow], first_day: int, last_day: int
) -> PhaseTimeline:
    """The phases from `first_day` to `last_day` (YYYYMMDD), which the session's and the calendar's rows cover without a
    gap."""
    days = CalendarDays(epoch_day(first_day), epoch_day(last_day))
    early: dict[int, int] = {}
    for row in rows:
        for entry in row.early:
            if not entry.sessions or sessions[0].key in entry.sessions:
                early[int(epoch_day(entry.day))] = entry.until_s
    half_days = [int(epoch_day(day)) for row in rows for day in row.half_days]
    days.closed = frozenset([day for row in rows for day in closed_days(row, sessions)])
    days.half_days = frozenset(half_days)
    days.no_evening = frozenset([int(epoch_day(day)) for row in rows for day in row.no_evening])
    days.early_until_s = early
    local_time = venue.local_time(first_day, last_day)
    plans = [session.plan() for session in sessions]
    return build_timeline(plans, local_time, venue.trading_day_roll * 60, venue.evening, days)


def closed_days(row: CalendarRow, sessions: list[SessionRow]) -> list[int]:
    """The weekdays of a calendar (days since 1970-01-01) on which the session, whose rows these are, does not trade."""
    closed = row.closed + (row.half_days if any(not session.half_day for session in sessions) else [])
    named = [entry.day for entry in row.early if not entry.sessions or sessions[0].key in entry.sessions]
    closed = closed + [entry.day for entry in row.early if entry.day not in named]
    return [int(epoch_day(day)) for day in closed]


def session_run(rows: list[SessionRow], name: str, day: int) -> list[SessionRow]:
    """The session's rows that cover the day and its neighbours without a gap, in order; empty when none does."""
    run: list[SessionRow] = []
    for row in sorted((row for row in rows if row.key == name), key=lambda row: row.effective_from):
        if run and epoch_day(row.effective_from) != epoch_day(run[-1].effective_until) + 1:
            if run[0].effective_from <= day <= run[-1].effective_until:
                return run
            run = []
        run.append(row)
    return run if run and run[0].effective_from <= day <= run[-1].effective_until else []


def replaced_calendars(rows: list[CalendarRow], own: list[CalendarRow]) -> list[CalendarRow]:
    """The rows without what an operator's own rows replace, and his rows."""
    for row in rows:
        overlapping = [other for other in own if other.first_day <= row.last_day and row.first_day <= other.last_day]
        row.venues = [mic for mic in row.venues if not any(mic in other.venues for other in overlapping)]
    return [row for row in rows if row.venues] + own


def calendar_run(rows: list[CalendarRow], mic: str, day: int) -> list[CalendarRow]:
    """The venue's calendars that cover the day and its neighbours without a gap, in order; empty when none does."""
    run: list[CalendarRow] = []
    for row in known_calendars(rows, mic):
        if run and epoch_day(row.first_day) != epoch_day(run[-1].last_day) + 1:
            if run[0].first_day <= day <= run[-1].last_day:
                return run
            run = []
        run.append(row)
    return run if run and run[0].first_day <= day <= run[-1].last_day else []


def known_calendars(rows: list[CalendarRow], mic: str) -> list[CalendarRow]:
    """The venue's calendars, in order."""
    return sorted((row for row in rows if mic in row.venues), key=lambda row: row.first_day)


def known_days_text(rows: list[CalendarRow], mic: str) -> str:
    """The days that are known of a venue, for people."""
    runs: list[tuple[int, int]] = []
    for row in known_calendars(rows, mic):
        if runs and date_of(epoch_day(runs[-1][1]) + 1) == row.first_day:
            runs[-1] = (runs[-1][0], row.last_day)
        else:
            runs.append((row.first_day, row.last_day))
    return ", ".join(f"{first} to {last}" for first, last in runs) or "none"
