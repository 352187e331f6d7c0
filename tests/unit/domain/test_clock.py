"""The calendar as a function of monotonic time: speed, pauses, and back again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross_market_connect.domain.clock import CalendarClock

HOUR = 3_600 * 10**9


def demo(speed_milli: int = 20_000) -> CalendarClock:
    """At reading 1000 h the calendar shows 9 h; the pause of 12 to 13 h, and that of 15 to 18 h, are leapt over."""
    return CalendarClock(1_000 * HOUR, 9 * HOUR, speed_milli, [12 * HOUR, 15 * HOUR], [13 * HOUR, 18 * HOUR])


@pytest.mark.parametrize(
    ("elapsed_hours_of_calendar", "shown"),
    [(0, 9), (2, 11), (3, 13), (4, 14), (5, 18), (6, 19), (-1, 8)],
)
def test_speed_and_pauses(elapsed_hours_of_calendar, shown):
    for speed in (1, 20):
        reading = 1_000 * HOUR + elapsed_hours_of_calendar * HOUR // speed
        assert demo(speed * 1_000).utc_ns(reading) == shown * HOUR


def test_just_before_a_pause_there_is_no_leap():
    assert demo(1_000).utc_ns(1_003 * HOUR - 1) == 12 * HOUR - 1


@pytest.mark.parametrize(
    ("shown", "elapsed"), [(9, 0), (11, 2), (12, 3), (12.5, 3), (13, 3), (16, 5), (18, 5), (20, 7)]
)
def test_back_to_the_reading(shown, elapsed):
    """A time inside a pause maps to the pause."""
    assert demo(1_000).now_ns(int(shown * HOUR)) == 1_000 * HOUR + elapsed * HOUR


@given(st.integers(0, 20 * HOUR), st.sampled_from([1_000, 2_000, 20_000]))
def test_there_and_back(elapsed, speed_milli):
    clock = demo(speed_milli)
    shown = clock.utc_ns(1_000 * HOUR + elapsed)
    assert clock.now_ns(shown) == 1_000 * HOUR + elapsed


@given(st.lists(st.integers(0, 20 * HOUR), min_size=2))
def test_the_calendar_never_goes_back(readings):
    clock = demo()
    shown = [clock.utc_ns(1_000 * HOUR + reading) for reading in sorted(readings)]
    assert shown == sorted(shown)
