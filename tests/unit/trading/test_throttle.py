"""The throttle against a list of all send times and a count over every interval, and its reserve by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.trading.throttle import Throttle, Window, WindowLimit, default_reserve

SECOND = 1_000_000_000


def throttle(*windows: tuple[int, int, int]) -> Throttle:
    return Throttle([WindowLimit(0, *window) for window in windows], True)


def most_in_any_interval(times: list[int], span: int) -> int:
    """The most send times in a half-open interval of the span, wherever it begins: one that begins at a send does."""
    return max((sum(start <= at < start + span for at in times) for start in times), default=0)


WINDOWS = st.lists(
    st.tuples(st.integers(1, 6), st.integers(1, 30)).flatmap(
        lambda window: st.tuples(st.just(window[0]), st.just(window[1]), st.integers(0, window[0] - 1))
    ),
    min_size=1,
    max_size=3,
)


@given(WINDOWS, st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=60))
def test_no_interval_holds_more_than_configured_and_nothing_is_held_back_without_need(windows, requests):
    limiter = throttle(*windows)
    sent: list[int] = []
    now = 1_000
    for pause, opening in requests:
        now += pause
        fits = all(
            most_in_any_interval([*sent, now], span) <= most and sum(at > now - span for at in sent) + 1 <= share
            for most, span, reserve in windows
            for share in [most - reserve if opening else most]
        )
        assert limiter.has_room(1, opening, now) == fits
        if fits:
            limiter.sent(now)
            sent.append(now)
    for most, span, _ in windows:
        assert most_in_any_interval(sent, span) <= most


@given(WINDOWS, st.lists(st.integers(0, 9), max_size=40), st.integers(1, 3), st.booleans())
def test_the_window_frees_at_the_named_moment_and_no_earlier(windows, pauses, messages, opening):
    limiter = throttle(*windows)
    now = 1_000
    for pause in pauses:
        now = max(now + pause, int(limiter.free_ns(1, False)))
        limiter.sent(now)
    free = int(limiter.free_ns(messages, opening))
    if opening and any(messages > most - reserve for most, _, reserve in windows):
        assert free == NO_TIMER
    else:
        assert limiter.has_room(messages, opening, max(free, now))
        assert free <= now or not limiter.has_room(messages, opening, free - 1)


@pytest.mark.parametrize("offset", [0, 1, 499_999_999, 999_999_999])
def test_twenty_a_second_are_never_twenty_one(offset):
    """FC-29: the limiter that restarts its count each full second lets 40 through around the change."""
    limiter = throttle((20, SECOND, 5))
    times: list[int] = []
    for tick in range(4_000):
        now = SECOND + offset + tick * 1_000_000
        if limiter.has_room(1, False, now):
            limiter.sent(now)
            times.append(now)
    assert most_in_any_interval(times, SECOND) == 20
    assert len(times) == 80


def test_openings_leave_the_reserve_to_what_reduces_risk():
    """FC-42: with the budget of openings used up, two hedges still go; the third waits for exactly one second."""
    limiter = throttle((6, SECOND, 2))
    for now in range(4):
        assert limiter.has_room(1, True, now)
        limiter.sent(now)
    assert not limiter.has_room(1, True, 4)
    for now in (4, 5):
        assert limiter.has_room(1, False, now)
        limiter.sent(now)
    assert not limiter.has_room(1, False, 6)
    assert limiter.free_ns(1, False) == SECOND
    # For an opening the two of the reserve must be out of the window as well.
    assert limiter.free_ns(1, True) == 2 + SECOND


def test_without_a_configured_window_nothing_opens():
    limiter = Throttle([], False)
    assert not limiter.has_room(1, True, SECOND)
    assert limiter.has_room(1, False, SECOND)


def test_a_clock_that_began_anew_waits_no_longer_than_a_span():
    limiter = throttle((2, SECOND, 0))
    for now in (500 * SECOND, 500 * SECOND + 7):
        limiter.sent(now)
    limiter.begin_again(3)
    assert limiter.free_ns(1, False) == 3 + SECOND


def test_times_that_free_nothing_any_more_are_left_out_of_the_state():
    window = Window(WindowLimit(0, 3, 10, 0))
    for now in (100, 101, 105, 112):
        window.sent(now)
    assert window.times_ns() == [105, 112]


def test_a_quarter_is_kept_by_default():
    assert [default_reserve(messages) for messages in (1, 3, 4, 6, 20, 100)] == [0, 0, 1, 1, 5, 25]


def test_before_the_first_message_there_is_room_at_any_time_even_when_the_clock_begins():
    limiter = throttle((2, SECOND, 1))
    assert limiter.free_ns(1, True) == limiter.free_ns(2, False) == 0
    assert limiter.has_room(1, True, 0) and not limiter.has_room(2, True, 0)
    assert (limiter.tightest(2, True, 0), limiter.tightest(2, False, 0)) == (1, 0)
