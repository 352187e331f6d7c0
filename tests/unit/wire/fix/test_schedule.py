"""Hours of a session against days written out by hand and against a calendar of the standard library."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross_market_connect.domain.errors import InputError
from cross_market_connect.wire.fix.schedule import NOT_OPEN, SessionSchedule

MONDAY, FRIDAY, SUNDAY = 0, 4, 6
HOUR = 3600


def ns(text: str) -> int:
    """UTC nanoseconds of `YYYY-mm-dd HH:MM:SS`."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 10**9


def test_a_daily_session_in_shanghai() -> None:
    schedule = SessionSchedule(8 * HOUR + 1800, 16 * HOUR, utc_offset_s=8 * HOUR)  # 00:30 to 08:00 UTC
    assert not schedule.is_open(ns("2024-11-25 00:29:59"))
    assert schedule.day_start_ns(ns("2024-11-25 00:30:00")) == ns("2024-11-25 00:30:00")
    assert schedule.is_open(ns("2024-11-25 07:59:59"))
    assert schedule.day_start_ns(ns("2024-11-25 08:00:00")) == NOT_OPEN
    assert schedule.end_ns(ns("2024-11-25 03:00:00")) == ns("2024-11-25 08:00:00")
    assert schedule.end_ns(ns("2024-11-25 09:00:00")) == NOT_OPEN
    assert schedule.next_start_ns(ns("2024-11-25 00:29:00")) == ns("2024-11-25 00:30:00")
    assert schedule.next_start_ns(ns("2024-11-25 00:30:00")) == ns("2024-11-26 00:30:00")


def test_a_night_session_ends_on_the_next_day() -> None:
    schedule = SessionSchedule(21 * HOUR, 2 * HOUR + 1800)
    assert schedule.day_start_ns(ns("2024-11-26 01:00:00")) == ns("2024-11-25 21:00:00")
    assert schedule.end_ns(ns("2024-11-25 23:00:00")) == ns("2024-11-26 02:30:00")
    assert not schedule.is_open(ns("2024-11-26 02:30:00"))


def test_around_the_clock_a_new_day_starts_without_a_break() -> None:
    schedule = SessionSchedule(22 * HOUR, 22 * HOUR)
    assert schedule.day_start_ns(ns("2024-11-26 21:59:59")) == ns("2024-11-25 22:00:00")
    assert schedule.day_start_ns(ns("2024-11-26 22:00:00")) == ns("2024-11-26 22:00:00")


def test_a_weekly_session_from_sunday_evening_to_friday_evening_in_new_york() -> None:
    schedule = SessionSchedule(17 * HOUR, 17 * HOUR, SUNDAY, FRIDAY, utc_offset_s=-5 * HOUR)  # 22:00 UTC
    assert not schedule.is_open(ns("2024-11-24 21:59:59"))  # a Sunday
    assert schedule.is_open(ns("2024-11-24 22:00:00"))
    assert schedule.end_ns(ns("2024-11-27 12:00:00")) == ns("2024-11-29 22:00:00")
    assert not schedule.is_open(ns("2024-11-29 22:00:00"))  # Friday
    assert not schedule.is_open(ns("2024-11-30 12:00:00"))
    assert schedule.next_start_ns(ns("2024-11-30 12:00:00")) == ns("2024-12-01 22:00:00")


def test_a_daily_session_that_starts_on_some_weekdays_lasts_into_the_day_after() -> None:
    # As CME's: Sunday to Thursday, 17:00 to 16:00 of the next day, Chicago in winter.
    schedule = SessionSchedule(17 * HOUR, 16 * HOUR, utc_offset_s=-6 * HOUR, weekdays=[SUNDAY, 0, 1, 2, 3])
    assert schedule.day_start_ns(ns("2024-11-24 23:00:00")) == ns("2024-11-24 23:00:00")  # Sunday 17:00
    assert schedule.day_start_ns(ns("2024-11-29 21:59:59")) == ns("2024-11-28 23:00:00")  # Friday 15:59:59
    assert schedule.end_ns(ns("2024-11-29 21:59:59")) == ns("2024-11-29 22:00:00")
    assert not schedule.is_open(ns("2024-11-29 23:00:00"))  # Friday 17:00: none starts
    assert schedule.next_start_ns(ns("2024-11-29 22:00:00")) == ns("2024-12-01 23:00:00")
    assert schedule.next_start_ns(ns("2024-11-25 22:30:00")) == ns("2024-11-25 23:00:00")


@given(
    st.integers(0, 86_399),
    st.integers(0, 86_399),
    st.integers(-14, 14),
    st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)),
)
def test_daily_hours_are_those_of_a_calendar(start_s: int, end_s: int, offset_hours: int, moment: datetime) -> None:
    zone = timezone(timedelta(hours=offset_hours))
    local = moment.replace(tzinfo=UTC, microsecond=0).astimezone(zone)
    second = (local - local.replace(hour=0, minute=0, second=0)).total_seconds()
    is_open = start_s <= second < end_s if start_s < end_s else second >= start_s or second < end_s
    schedule = SessionSchedule(start_s, end_s, utc_offset_s=offset_hours * HOUR)
    utc_ns = int(local.timestamp()) * 10**9
    assert schedule.is_open(utc_ns) == (is_open or start_s == end_s)
    if schedule.is_open(utc_ns):
        assert schedule.day_start_ns(utc_ns) <= utc_ns < schedule.end_ns(utc_ns)


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ((-1, 0), "start_s: -1; expected 0 to 86399"),
        ((0, 86_400), "end_s: 86400; expected 0 to 86399"),
        ((0, 1, 7, 0), "start_weekday: 7"),
        ((0, 1, MONDAY), "expected both or none"),
        ((0, 1, -1, -1, 15 * HOUR), "utc_offset_s: 54000"),
        ((0, 1, -1, -1, 0, []), "weekdays: []; expected some of"),
        ((0, 1, -1, -1, 0, [7]), "weekdays: [7]; expected some of"),
        ((0, 1, MONDAY, FRIDAY, 0, [1]), "for a daily session"),
    ],
)
def test_wrong_values_are_named(arguments: tuple[Any, ...], fault: str) -> None:
    with pytest.raises(InputError, match=re.escape(fault)):
        SessionSchedule(*arguments)
