"""Counters of the trading day against days worked by hand, and the duplicate check against a plain list."""

import datetime

from hypothesis import given
from hypothesis import strategies as st

from cross_market_connect.domain.order import BUY, SELL
from cross_market_connect.reference.sessions import SessionClock, continuous_clock
from cross_market_connect.trading.counters import (
    COUNT_CANCELS,
    COUNT_OPENED_LOTS,
    COUNT_ORDERS,
    COUNT_SELF_TRADES,
    NO_COUNTER,
    NO_DAY,
    DayCounters,
    DuplicateCheck,
    RecentOrder,
)
from tests.unit.trading.support import Hours

UTC_OFFSET_S = 8 * 3_600
SECOND = 1_000_000_000


def utc_ns(text: str) -> int:
    """UTC of a local time in China."""
    moment = datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC)
    return (int(moment.timestamp()) - UTC_OFFSET_S) * SECOND


def shanghai() -> SessionClock:
    """Day session and a night session from 21:00; the trading day rolls at 20:00. 2026-11-23 is a Monday."""
    return continuous_clock(UTC_OFFSET_S, 1_200, [540, 1_260], [900, 1_380], 20261101, 20261231, [])


def test_a_night_session_and_the_day_after_it_are_one_trading_day_over_midnight_and_weekend():
    counters = DayCounters(1, [shanghai()])

    def count_at(text: str) -> int:
        day = counters.new_day(0, 0, utc_ns(text))
        if day != NO_DAY:
            counters.begin_day(0, 0, day)
        counters.add(0, 0, COUNT_ORDERS, 1)
        return int(counters.count(0, 0, COUNT_ORDERS))

    assert count_at("2026-11-26 21:30") == 1  # Thursday night
    assert count_at("2026-11-27 00:30") == 2  # midnight changes nothing
    assert count_at("2026-11-27 10:00") == 3  # Friday
    assert count_at("2026-11-27 19:59") == 4
    assert count_at("2026-11-27 20:00") == 1  # the roll
    assert count_at("2026-11-28 01:00") == 2  # Friday night, on Saturday
    assert count_at("2026-11-30 10:00") == 3  # Monday is the same trading day
    assert count_at("2026-11-30 21:00") == 1
    assert counters.state() == [[0, 20261201, 1, 0, 0, 0]]


def test_outside_the_tables_the_last_day_goes_on():
    counters = DayCounters(1, [shanghai()])
    counters.begin_day(0, 0, 20261231)
    assert counters.new_day(0, 0, utc_ns("2027-02-01 10:00")) == NO_DAY


def test_each_limit_stops_the_next_opening_and_no_earlier():
    counters = DayCounters(2, [Hours(), Hours()])
    counters.set_limit(1, 0, COUNT_ORDERS, 3)
    counters.set_limit(1, 0, COUNT_OPENED_LOTS, 10)
    counters.set_limit(1, 0, COUNT_CANCELS, 2)
    counters.set_limit(1, 0, COUNT_SELF_TRADES, 1)
    assert counters.exceeded(1, 0, 10, 1) == NO_COUNTER
    assert counters.exceeded(1, 0, 11, 1) == COUNT_OPENED_LOTS
    counters.add(1, 0, COUNT_ORDERS, 2)
    assert counters.exceeded(1, 0, 1, 1) == NO_COUNTER
    counters.add(1, 0, COUNT_ORDERS, 1)
    assert counters.exceeded(1, 0, 1, 1) == COUNT_ORDERS
    counters.begin_day(1, 0, 20261201)
    for counter, most in ((COUNT_CANCELS, 2), (COUNT_SELF_TRADES, 1)):
        counters.add(1, 0, counter, most - 1)
        assert counters.exceeded(1, 0, 1, 1) == NO_COUNTER
        counters.add(1, 0, counter, 1)
        assert counters.exceeded(1, 0, 1, 1) == counter
        counters.begin_day(1, 0, 20261201)
    assert counters.exceeded(0, 0, 10**9, 1) == NO_COUNTER, "another account has its own counters and limits"


def test_the_state_is_taken_over():
    counters = DayCounters(2, [Hours(), Hours()])
    counters.begin_day(1, 1, 20261201)
    counters.add(1, 1, COUNT_CANCELS, 7)
    other = DayCounters(2, [Hours(), Hours()])
    other.load(counters.state())
    assert other.state() == counters.state() == [[3, 20261201, 0, 7, 0, 0]]


ORDERS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 1), st.sampled_from([BUY, SELL]), st.integers(1, 2), st.integers(1, 2)),
    max_size=40,
)


@given(ORDERS, st.integers(1, 3), st.integers(1, 12))
def test_no_window_holds_more_of_the_same_than_configured(orders, most, window):
    check = DuplicateCheck(most, window)
    sent: list[tuple[int, tuple[int, ...]]] = []
    now = 100
    for pause, instrument, side, price, lots in orders:
        now += pause
        same = (instrument, side, price, lots)
        order = RecentOrder(0, instrument, side, price, lots, now)
        earlier = sum(at > now - window and other == same for at, other in sent)
        assert check.is_one_too_many(order) == (earlier >= most)
        if earlier < most:
            check.note(order)
            sent.append((now, same))


def test_another_account_repeats_nothing_and_the_state_is_taken_over():
    check = DuplicateCheck(1, 10)
    check.note(RecentOrder(0, 5, BUY, 100, 3, 50))
    assert check.is_one_too_many(RecentOrder(0, 5, BUY, 100, 3, 59))
    assert not check.is_one_too_many(RecentOrder(1, 5, BUY, 100, 3, 59))
    other = DuplicateCheck(1, 10)
    other.load(check.state())
    assert other.state() == check.state() == [[0, 5, BUY, 100, 3, 50]]
    other.begin_again(3)
    assert other.is_one_too_many(RecentOrder(0, 5, BUY, 100, 3, 12))
    assert not other.is_one_too_many(RecentOrder(0, 5, BUY, 100, 3, 13))


def test_a_day_that_was_begun_and_counted_nothing_is_no_state():
    """The engine may die between the two, and no record tells of the first."""
    counters = DayCounters(1, [shanghai()])
    counters.begin_day(0, 0, 20261126)
    assert not counters.has_counted(0, 0)
    assert counters.state() == []
    counters.add(0, 0, COUNT_CANCELS, 1)
    assert counters.has_counted(0, 0)
    assert [row[:2] for row in counters.state()] == [[0, 20261126]]
