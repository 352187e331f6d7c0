"""What `xmc calendar` shows: the phases of some markets on one day, where all of them trade, what is special about it.

The day is the local day of the first market, from midnight to midnight; the others' phases are those of the same hours.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, final

from cross_market_connect.config.demonstration import DEMO_FILE
from cross_market_connect.config.settings import load, lookup_day, reference_for
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND
from cross_market_connect.reference.calendar_rows import SessionRow, VenueRow
from cross_market_connect.reference.days import date_of, epoch_day, is_weekday
from cross_market_connect.reference.phases import CLOSED, IS_CONTINUOUS, MATCHES, MAY_CANCEL, MAY_ENTER, PHASES
from cross_market_connect.reference.sessions import SessionClock
from cross_market_connect.reference.tables import Reference
from cross_market_connect.reference.timeline import EVE_TRADING_DAY

LANGUAGES = ("en", "zh")
# mark: (English, Chinese); `{}` is its detail.
MARKS = {
    "closed": ("no trading day", "非交易日"),
    "trades_for_next_day": ("a holiday that is traded for the next trading day", "假日交易，计入下一交易日"),
    "half_day": ("half day", "半日市"),
    "early_close": ("closes early, at {}", "提前于 {} 收市"),
    "next_day_closed": ("holiday ahead: the next trading day is {}", "节前：下一交易日为 {}"),
    "next_day_unknown": ("the last day that the table knows: nothing trades afterwards", "日历最后一天：其后视为休市"),
    "no_evening": ("no session in the evening", "当晚无夜盘"),
}

# key of a phase: (English, Chinese)
PERMISSIONS = {"matches": ("match", "成交"), "enter": ("enter", "报单"), "cancel": ("cancel", "撤单")}


@final
class Side:
    """One market of the pair."""

    def __init__(self, name: str, venue: VenueRow, session: SessionRow, clock: SessionClock) -> None:
        self.name = name
        self.venue = venue
        self.session = session
        self.clock = clock

    def local_text(self, utc_ns: int) -> str:
        """Local time with its offset from UTC."""
        utc_s = utc_ns // int(NANOSECONDS_PER_SECOND)
        offset = datetime.timedelta(seconds=int(self.clock.timeline.local_time.offset_s(utc_s)))
        return datetime.datetime.fromtimestamp(utc_s, datetime.timezone(offset)).isoformat()


def show(names: Sequence[str], date: str, file: Path | None) -> dict[str, Any]:
    """The day of two or more markets, or of the legs of one spread.

    Raises InputError: what is no name, a date that is none, a day that a venue's calendar does not know.
    """
    settings = load(DEMO_FILE if file is None else file, require_secrets=False)
    reference = reference_for(settings)
    spreads = {spread.name: [leg.instrument for leg in spread.leg] for spread in settings.spread}
    if len(names) == 1 and names[0] not in spreads:
        known = ", ".join(spreads)
        raise InputError([f"{names[0]}: one name is a spread's; expected one of {known}, or two markets"])
    day = lookup_day({"calendar": {"date": settings.calendar.date} if len(names) == 1 else {}}, None)
    if date:
        day = parse_date(date)
    sides, faults = [], []
    for name in spreads[names[0]] if len(names) == 1 else names:
        try:
            sides.append(side_of(reference, name, day))
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    return answer(sides, day)


def parse_date(text: str) -> int:
    """YYYYMMDD of "YYYY-MM-DD"."""
    try:
        date = datetime.date.fromisoformat(text)
    except ValueError:
        raise InputError([f"--date: {text}; expected a date such as 2026-12-24"]) from None
    return date.year * 10_000 + date.month * 100 + date.day


def side_of(reference: Reference, name: str, day: int) -> Side:
    """The market that a symbol (CCFX.IF2101), a venue with its session (XSGE.shfe_gold) or a venue alone names."""
    instrument = next((row for row in reference.instruments if row.key == name), None)
    if instrument is None and "." in name and name.partition(".")[2] not in [row.key for row in reference.sessions]:
        instrument = reference.find_row(name, day)
    if instrument is not None:
        clock = reference.session_clock(name, day)
        mic, session = instrument.venue, instrument.session
    else:
        mic, _, session = name.partition(".")
        known = [row.key for row in reference.sessions if mic in row.venues and row.holds_on(day)]
        if not session and len(known) == 1:
            session = known[0]
        if session not in known:
            symbols = [row.key for row in reference.instruments if row.venue == mic and row.holds_on(day)]
            choices = [f"{mic}.{key}" for key in known] + symbols
            if not choices:
                choices = sorted({row.key for row in reference.venues if row.holds_on(day)})
            known_as = f"expected one of {', '.join(choices)}" if choices else "expected a day of the tables"
            raise InputError([f"{name}: no market on {day_text(day)}; {known_as}"])
        clock = reference.clock_between(mic, session, day)
    venue = next(row for row in reference.venues if row.key == mic and row.holds_on(day))
    row = next(row for row in reference.sessions if row.key == session and row.holds_on(day))
    return Side(name, venue, row, clock)


def answer(sides: Sequence[Side], day: int) -> dict[str, Any]:
    """The answer as one JSON object."""
    local_time = sides[0].clock.timeline.local_time
    begin, end = (int(local_time.utc_s(epoch_day(day) + at, 0)) * NANOSECONDS_PER_SECOND for at in (0, 1))
    common = overlap([side.clock for side in sides], begin, end)
    return {
        "date": day_text(day),
        "markets": [market_fields(side, day, begin, end) for side in sides],
        "overlap": [
            {
                "from_utc": utc_text(start),
                "until_utc": utc_text(until),
                "local": [[side.local_text(start), side.local_text(until)] for side in sides],
            }
            for start, until in common
        ],
        "overlap_minutes": sum(until - start for start, until in common) // NANOSECONDS_PER_SECOND // 60,
    }


def market_fields(side: Side, day: int, begin: int, end: int) -> dict[str, Any]:
    return {
        "name": side.name,
        "venue": side.venue.key,
        "venue_name": side.venue.name,
        "venue_name_zh": side.venue.name_zh,
        "session": side.session.key,
        "marks": marks_of(side, day),
        "known_until": day_text(int(date_of(side.clock.timeline.days.last_day))),
        "phases": phases_of(side, begin, end),
    }


def phases_of(side: Side, begin: int, end: int) -> list[dict[str, Any]]:
    """What is not closed between two moments."""
    result: list[dict[str, Any]] = []
    moment = begin
    while moment < end:
        phase, until = int(side.clock.phase(moment)), min(int(side.clock.next_phase_utc_ns(moment)), end)
        if phase != CLOSED:
            result.append(
                {
                    "phase": PHASES[phase][0],
                    "from": side.local_text(moment),
                    "until": side.local_text(until),
                    "from_utc": utc_text(moment),
                    "until_utc": utc_text(until),
                    "trading_day": day_text(int(side.clock.trading_day(moment))),
                    "continuous": bool(IS_CONTINUOUS[phase]),
                    "matches": bool(MATCHES[phase]),
                    "enter": bool(MAY_ENTER[phase]),
                    "cancel": bool(MAY_CANCEL[phase]),
                }
            )
        moment = until
    return result


def overlap(clocks: Sequence[SessionClock], begin: int, end: int) -> list[tuple[int, int]]:
    """Where all clocks are open between two moments."""
    result: list[tuple[int, int]] = []
    moment = begin
    while moment < end:
        until = min([int(clock.next_change_utc_ns(moment)) for clock in clocks] + [end])
        if all(clock.is_open(moment) for clock in clocks):
            result.append((moment, until))
        moment = until
    return result


def marks_of(side: Side, day: int) -> list[dict[str, str]]:
    """What is special about the market's own local day of this date."""
    timeline = side.clock.timeline
    days, today = timeline.days, int(epoch_day(day))
    early_s = days.early_until_s.get(today)
    if not days.is_trading_day(today):
        marks = [("closed", "")]
        if early_s is not None:
            marks += [("trades_for_next_day", ""), ("early_close", time_text(early_s))]
        return [mark_fields(*mark) for mark in marks]
    marks = []
    if today in days.half_days:
        marks.append(("half_day", ""))
    if early_s is not None:
        marks.append(("early_close", time_text(early_s)))
    following = int(timeline.trading_days[today + 1 - days.first_day])
    if following == 0:
        marks.append(("next_day_unknown", ""))
    elif any(is_weekday(between) for between in range(today + 1, int(epoch_day(following)))):
        marks.append(("next_day_closed", day_text(following)))
    if side.session.eve and not has_evening(side, today):
        marks.append(("no_evening", ""))
    return [mark_fields(*mark) for mark in marks]


def has_evening(side: Side, today: int) -> bool:
    """Whether a session follows in the evening, or none could: before a weekend where Sunday opens the next week."""
    if side.venue.evening != EVE_TRADING_DAY and not is_weekday(today + 1):
        return True
    local_time = side.clock.timeline.local_time
    moment = int(local_time.utc_s(today, side.venue.trading_day_roll * 60)) * NANOSECONDS_PER_SECOND
    midnight = int(local_time.utc_s(today + 1, 0)) * NANOSECONDS_PER_SECOND
    return side.clock.is_open(moment) or int(side.clock.next_change_utc_ns(moment)) < midnight


def mark_fields(mark: str, detail: str) -> dict[str, str]:
    return {"mark": mark, "detail": detail} if detail else {"mark": mark}


def day_text(day: int) -> str:
    """YYYY-MM-DD; empty when the day is not known."""
    return f"{day // 10_000}-{day // 100 % 100:02}-{day % 100:02}" if day else ""


def time_text(second: int) -> str:
    return f"{second // 3_600:02}:{second // 60 % 60:02}"


def utc_text(utc_ns: int) -> str:
    moment = datetime.datetime.fromtimestamp(utc_ns // int(NANOSECONDS_PER_SECOND), datetime.UTC)
    return moment.isoformat().replace("+00:00", "Z")


def lines(fields: Mapping[str, Any], language: str) -> list[str]:
    """The answer as a table. Raises InputError when the language is none of LANGUAGES."""
    if language not in LANGUAGES:
        raise InputError([f"--language: {language}; expected one of {', '.join(LANGUAGES)}"])
    at = LANGUAGES.index(language)
    result = [str(fields["date"])]
    for market in fields["markets"]:
        result += ["", *market_lines(market, fields["date"], at)]
    result += ["", ("all trade continuously", "同时连续交易")[at] + f": {fields['overlap_minutes']} min"]
    for window in fields["overlap"]:
        local = " · ".join(span_text(start, until, fields["date"]) for start, until in window["local"])
        result.append(f"  {span_text(window['from_utc'], window['until_utc'], fields['date'])} UTC   {local}")
    return result


def market_lines(market: Mapping[str, Any], date: str, at: int) -> list[str]:
    venue = market[("venue_name", "venue_name_zh")[at]]
    known = ("known until", "日历至")[at]
    result = [f"{market['name']}   {venue} · {market['session']} · {known} {market['known_until']}"]
    result += [f"  ! {MARKS[mark['mark']][at].format(mark.get('detail', ''))}" for mark in market["marks"]]
    names = {row[0]: row[at] for row in PHASES}
    day = ("trading day", "交易日")[at]
    for phase in market["phases"]:
        spans = [span_text(phase[f"from{kind}"], phase[f"until{kind}"], date) for kind in ("", "_utc")]
        may = [words[at] for key, words in PERMISSIONS.items() if phase[key]]
        said = f"{names[phase['phase']]}  [{', '.join(may)}]  {day} {phase['trading_day']}"
        result.append(f"  {spans[0]}   {spans[1]} UTC   {said}")
    return result


def span_text(start: str, until: str, date: str) -> str:
    """The times of day of two moments, with the day where it begins on another one; the end of a day is 24:00."""
    begin, end = (datetime.datetime.fromisoformat(text) for text in (start, until))
    day = "" if f"{begin:%Y-%m-%d}" == date else f"{begin:%m-%d} "
    is_midnight = end.date() != begin.date() and end.time() == datetime.time()
    return f"{day}{begin:%H:%M:%S}-{'24:00:00' if is_midnight else f'{end:%H:%M:%S}'}"
