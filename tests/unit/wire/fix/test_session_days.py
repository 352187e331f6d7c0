"""Session days on a calendar, against moments written out by hand."""

from datetime import UTC, datetime

import pytest

from cross_market_connect.domain.clock import CalendarClock
from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.wire.fix.schedule import SessionSchedule
from cross_market_connect.wire.fix.session_days import ALWAYS_OPEN, DAY_UNKNOWN, SessionDays, second_text

HOUR = 3600
SECOND_NS = 10**9


def ns(text: str) -> int:
    """UTC nanoseconds of `YYYY-mm-dd HH:MM:SS`."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND_NS


def days(speed_milli: int = 1000) -> SessionDays:
    """08:30 to 16:00 in Shanghai; the monotonic clock is at 5 s at midnight UTC of a Monday."""
    calendar = CalendarClock(5 * SECOND_NS, ns("2024-11-25 00:00:00"), speed_milli, [], [])
    return SessionDays(SessionSchedule(8 * HOUR + 1800, 16 * HOUR, utc_offset_s=8 * HOUR), calendar)


def test_nobody_connects_before_the_start() -> None:
    at = days()
    assert at.reading_ns(at.opens_utc_ns(ns("2024-11-25 00:00:00"))) == (5 + 1800) * SECOND_NS
    assert at.opens_utc_ns(ns("2024-11-25 00:30:00")) == ALWAYS_OPEN
    assert at.reading_ns(at.opens_utc_ns(ns("2024-11-25 08:00:00"))) == (5 + 24 * HOUR + 1800) * SECOND_NS
    assert at.reading_ns(NO_TIMER) == NO_TIMER


@pytest.mark.parametrize("speed_milli", [1, 333, 1000, 3000, 7777, 60_000])
def test_at_the_reading_that_is_waited_for_the_calendar_shows_the_start(speed_milli: int) -> None:
    at = days(speed_milli)
    calendar = CalendarClock(5 * SECOND_NS, ns("2024-11-25 00:00:00"), speed_milli, [], [])
    due_ns = at.reading_ns(at.opens_utc_ns(ns("2024-11-25 00:00:00")))
    assert at.is_open(calendar.utc_ns(due_ns))
    assert not at.is_open(calendar.utc_ns(due_ns - 1))
    end_ns = at.reading_ns(at.end_utc_ns(ns("2024-11-25 03:00:00")))
    assert calendar.utc_ns(end_ns) >= ns("2024-11-25 08:00:00") > calendar.utc_ns(end_ns - 1)


def test_own_orders_are_off_before_the_end() -> None:
    at = days()
    at.closing_ns = 7 * SECOND_NS
    assert at.closing_due_ns(at.end_utc_ns(ns("2024-11-25 03:00:00"))) == (5 + 8 * HOUR - 7) * SECOND_NS
    assert at.closing_due_ns(at.end_utc_ns(ns("2024-11-25 08:00:00"))) == NO_TIMER


def test_a_new_day_begins_with_new_numbers_once() -> None:
    at = days()
    assert at.day_utc_ns == DAY_UNKNOWN
    assert not at.begin(ns("2024-11-25 03:00:00")), "numbers of an unknown day are the present one's"
    assert not at.begin(ns("2024-11-25 07:59:59"))
    assert not at.begin(ns("2024-11-25 12:00:00")), "outside no day begins"
    assert at.begin(ns("2024-11-26 01:00:00"))
    assert not at.begin(ns("2024-11-26 02:00:00"))
    assert at.day_utc_ns == ns("2024-11-26 00:30:00")


def test_numbers_may_go_on_for_ever() -> None:
    at = days()
    at.begins_anew = False
    at.begin(ns("2024-11-25 03:00:00"))
    assert not at.begin(ns("2024-11-26 03:00:00"))


def test_people_are_told_when_it_opens() -> None:
    assert days().opens_utc_ns(ns("2024-11-25 03:00:00")) == ALWAYS_OPEN
    assert days().opens_utc_ns(ns("2024-11-25 09:00:00")) == ns("2024-11-26 00:30:00")
    assert days().refusal(ns("2024-11-25 09:00:00")).endswith(b"begin at 20241126-00:30:00 UTC")
    assert second_text(ns("2024-02-29 23:59:59")) == b"20240229-23:59:59"
