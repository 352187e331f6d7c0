"""The session clock against the exchanges' published hours and against a minute-by-minute second implementation."""

import datetime

import pytest

from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.reference.days import NO_TRADING_DAY, date_of, epoch_day, is_weekday
from cross_market_connect.reference.sessions import SessionClock, continuous_clock
from cross_market_connect.reference.tables import load_reference

SHANGHAI = datetime.timezone(datetime.timedelta(hours=8))


def utc_ns(text: str) -> int:
    """Nanoseconds of a Shanghai / Hong Kong time."""
    moment = datetime.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
    return int(moment.timestamp() * 1000) * 1_000_000


def clock(symbol: str = "CCFX.IF2101") -> SessionClock:
    return load_reference().session_clock(symbol, 20210104)


def gold() -> SessionClock:
    """SHFE gold with the holidays of early 2021: Labour Day closes Monday to Wednesday, 3 to 5 May."""
    days = [20210405, 20210503, 20210504, 20210505]
    hours = [(540, 615), (630, 690), (810, 900), (1260, 150)]
    starts, ends = [start for start, _ in hours], [end for _, end in hours]
    return continuous_clock(28800, 1200, starts, ends, 20210301, 20210630, days)


def test_day_numbers_agree_with_datetime() -> None:
    for ordinal in range(datetime.date(1999, 12, 1).toordinal(), datetime.date(2101, 3, 3).toordinal()):
        date = datetime.date.fromordinal(ordinal)
        number = date.year * 10_000 + date.month * 100 + date.day
        day = (date - datetime.date(1970, 1, 1)).days
        assert (epoch_day(number), date_of(day), is_weekday(day)) == (day, number, date.weekday() < 5)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2021-01-04T09:29:59.999", False),
        ("2021-01-04T09:30:00", True),
        ("2021-01-04T11:29:59.999", True),
        ("2021-01-04T11:30:00", False),
        ("2021-01-04T12:59:59.999", False),
        ("2021-01-04T13:00:00", True),
        ("2021-01-04T14:59:59.999", True),
        ("2021-01-04T15:00:00", False),
        ("2021-01-09T10:00:00", False),  # Saturday
        ("2021-01-15T14:59:59", True),  # last trading day of IF2101
        ("2021-01-18T10:00:00", False),  # the contract is gone
    ],
)
def test_index_futures_trade_in_their_two_sessions(moment: str, is_open: bool) -> None:
    assert clock().is_open(utc_ns(moment)) is is_open


def test_changes_walk_through_the_day_and_over_the_weekend() -> None:
    subject = clock()
    moment = utc_ns("2021-01-08T09:00:00")
    expected = ["09:30", "11:30", "13:00", "15:00"]
    for text in [f"2021-01-08T{time}:00" for time in expected] + ["2021-01-11T09:30:00"]:
        moment = subject.next_change_utc_ns(moment)
        assert moment == utc_ns(text)
    assert subject.close_utc_ns(moment) == utc_ns("2021-01-11T11:30:00")
    lunch = utc_ns("2021-01-11T12:00:00")
    assert subject.close_utc_ns(lunch) == lunch


def test_hong_kong_lunch_is_shorter_and_close_later() -> None:
    hong_kong = clock("XHKF.HSIF1")
    assert hong_kong.close_utc_ns(utc_ns("2021-01-04T11:45:00")) == utc_ns("2021-01-04T12:00:00")
    assert hong_kong.close_utc_ns(utc_ns("2021-01-04T15:30:00")) == utc_ns("2021-01-04T16:30:00")


def test_the_eve_of_a_hong_kong_holiday_has_one_session() -> None:
    eve = load_reference().clock_between("XHKF", "hkfe_index", 20210104)
    assert eve.close_utc_ns(utc_ns("2021-02-11T12:15:00")) == utc_ns("2021-02-11T12:30:00")
    assert not eve.is_open(utc_ns("2021-02-11T14:00:00"))
    assert eve.next_change_utc_ns(utc_ns("2021-02-11T14:00:00")) == utc_ns("2021-02-16T09:15:00")


def test_outside_the_tables_the_market_is_closed_for_good() -> None:
    subject = clock()
    after = utc_ns("2021-01-15T15:00:00")
    assert not subject.is_open(after)
    assert subject.next_change_utc_ns(after) == NO_TIMER
    assert not subject.is_open(utc_ns("2020-11-20T10:00:00"))
    assert subject.beyond_tables(utc_ns("2021-01-18T10:00:00"))
    assert not subject.beyond_tables(utc_ns("2021-01-15T10:00:00"))
    assert subject.trading_day(utc_ns("2021-01-18T10:00:00")) == NO_TRADING_DAY
    assert subject.trading_day(utc_ns("2019-01-18T10:00:00")) == NO_TRADING_DAY


@pytest.mark.parametrize(
    ("moment", "trading_day"),
    [
        ("2021-03-11T15:30:00", 20210311),
        ("2021-03-11T21:00:00", 20210312),  # Thursday night belongs to Friday
        ("2021-03-12T21:00:00", 20210315),  # Friday night belongs to Monday
        ("2021-03-13T02:00:00", 20210315),  # and so does its second half, on Saturday
        ("2021-04-01T20:00:00", 20210402),
        ("2021-04-02T20:00:00", 20210406),  # Qingming Monday is closed
    ],
)
def test_the_night_session_belongs_to_the_next_trading_day(moment: str, trading_day: int) -> None:
    assert gold().trading_day(utc_ns(moment)) == trading_day


def test_there_is_no_night_session_before_a_holiday() -> None:
    subject = gold()
    assert subject.is_open(utc_ns("2021-03-12T23:59:00"))
    assert subject.is_open(utc_ns("2021-03-13T02:29:59"))
    assert not subject.is_open(utc_ns("2021-03-13T02:30:00"))
    assert not subject.is_open(utc_ns("2021-04-02T21:30:00"))  # Friday before Qingming Monday
    assert not subject.is_open(utc_ns("2021-04-05T21:30:00"))  # the holiday's own evening
    assert subject.next_change_utc_ns(utc_ns("2021-04-02T15:00:00")) == utc_ns("2021-04-06T09:00:00")


def test_the_clock_agrees_with_a_second_implementation() -> None:
    """Every 10 minutes of five weeks, asked in order and in reverse, so that the cached span cannot mislead."""
    subject = gold()
    moments = [utc_ns("2021-03-30T00:05:00") + index * 600_000_000_000 for index in range(5 * 7 * 144)]
    for moment in moments + moments[::-1]:
        local = datetime.datetime.fromtimestamp(moment // 1_000_000_000, SHANGHAI)
        assert subject.is_open(moment) is gold_trades(local), local


def gold_trades(local: datetime.datetime) -> bool:
    closed = {datetime.date(2021, 4, 5), *(datetime.date(2021, 5, day) for day in (3, 4, 5))}

    def trading(date: datetime.date) -> bool:
        return date.weekday() < 5 and date not in closed

    def night(date: datetime.date) -> bool:
        following = date + datetime.timedelta(days=3 if date.weekday() == 4 else 1)
        return trading(date) and trading(following)

    time = local.strftime("%H:%M")
    day_session = "09:00" <= time < "10:15" or "10:30" <= time < "11:30" or "13:30" <= time < "15:00"
    return (
        (day_session and trading(local.date()))
        or (time >= "21:00" and night(local.date()))
        or (time < "02:30" and night(local.date() - datetime.timedelta(days=1)))
    )
