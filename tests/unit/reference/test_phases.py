"""A product's day, phase by phase, against the exchanges' published hours."""

import datetime
import zoneinfo

import pytest

from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.reference.calendar_rows import session_run
from cross_market_connect.reference.phases import (
    IS_CONTINUOUS,
    MATCHES,
    MAY_CANCEL,
    MAY_ENTER,
    PHASE_NAMES,
    PHASES,
)
from cross_market_connect.reference.sessions import SessionClock
from cross_market_connect.reference.tables import load_reference

SHANGHAI = zoneinfo.ZoneInfo("Asia/Shanghai")
CHICAGO = zoneinfo.ZoneInfo("America/Chicago")
REFERENCE = load_reference()


def clock(mic: str, session: str, day: int) -> SessionClock:
    return REFERENCE.clock_between(mic, session, day)


def utc_ns(text: str, zone: zoneinfo.ZoneInfo) -> int:
    return int(datetime.datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()) * 1_000_000_000


def walk(subject: SessionClock, first: str, last: str, zone: zoneinfo.ZoneInfo) -> list[str]:
    """The phases that begin from `first` to `last`, as "DDTHH:MM name", the one at `first` included."""
    moment, end, result = utc_ns(first, zone), utc_ns(last, zone), []
    while moment <= end:
        local = datetime.datetime.fromtimestamp(moment // 1_000_000_000, zone)
        result.append(f"{local:%dT%H:%M} {PHASE_NAMES[subject.phase(moment)]}")
        moment = subject.next_phase_utc_ns(moment)
    return result


def test_a_shanghai_share_has_two_auctions_that_take_no_cancels() -> None:
    assert walk(clock("XSHG", "cn_share", 20210104), "2021-01-04T09:00", "2021-01-04T23:00", SHANGHAI) == [
        "04T09:00 closed",
        "04T09:15 opening_auction",
        "04T09:20 opening_no_cancel",
        "04T09:25 opening_match",
        "04T09:30 continuous",
        "04T11:30 break",
        "04T13:00 continuous",
        "04T14:57 closing_no_cancel",
        "04T15:00 closed",
    ]
    star = walk(clock("XSHG", "cn_growth_share", 20210104), "2021-01-04T14:57", "2021-01-04T23:00", SHANGHAI)
    assert star[2:] == ["04T15:05 fixed_price", "04T15:30 closed"]


def test_the_friday_night_session_runs_into_saturday() -> None:
    gold = clock("XSGE", "shfe_gold", 20210312)
    assert walk(gold, "2021-03-12T15:00", "2021-03-15T10:15", SHANGHAI) == [
        "12T15:00 closed",
        "12T20:55 opening_auction",
        "12T20:59 opening_match",
        "12T21:00 night",
        "13T02:30 closed",
        "15T09:00 continuous",
        "15T10:15 break",
    ]


def test_without_a_night_session_the_day_opens_with_the_auction() -> None:
    gold = clock("XSGE", "shfe_gold", 20210402)
    assert walk(gold, "2021-04-02T15:00", "2021-04-06T09:00", SHANGHAI) == [
        "02T15:00 closed",
        "06T08:55 opening_auction",
        "06T08:59 opening_match",
        "06T09:00 continuous",
    ]


def test_hong_kong_closes_in_an_auction_also_on_a_half_day() -> None:
    share = clock("XHKG", "hk_share", 20210210)
    assert walk(share, "2021-02-10T13:00", "2021-02-10T20:00", SHANGHAI) == [
        "10T13:00 continuous",
        "10T16:00 closing_match",
        "10T16:01 closing_auction",
        "10T16:06 closing_no_cancel",
        "10T16:08 closing_match",
        "10T16:10 closed",
    ]
    assert walk(share, "2021-02-11T11:00", "2021-02-16T09:00", SHANGHAI) == [
        "11T11:00 continuous",
        "11T12:00 closing_match",
        "11T12:01 closing_auction",
        "11T12:06 closing_no_cancel",
        "11T12:08 closing_match",
        "11T12:10 closed",
        "16T09:00 opening_auction",
    ]


def test_the_after_hours_session_of_hong_kong_belongs_to_the_next_day() -> None:
    index = clock("XHKF", "hkfe_index", 20210104)
    assert walk(index, "2021-01-04T15:00", "2021-01-05T09:15", SHANGHAI) == [
        "04T15:00 continuous",
        "04T16:30 closed",
        "04T17:15 after_hours",
        "05T03:00 closed",
        "05T09:15 continuous",
    ]
    moments = ("2021-01-04T16:30", "2021-01-04T17:15", "2021-01-05T02:59", "2021-01-08T17:15")
    assert [int(index.trading_day(utc_ns(moment, SHANGHAI))) for moment in moments] == [
        20210104,
        20210105,
        20210105,
        20210111,
    ]


def test_what_a_phase_permits_is_asked_by_moment() -> None:
    share = clock("XSHG", "cn_share", 20210104)

    def answers(time: str) -> tuple[bool, bool, bool, bool]:
        moment = utc_ns(f"2021-01-04T{time}", SHANGHAI)
        return share.is_open(moment), share.matches(moment), share.may_enter(moment), share.may_cancel(moment)

    assert answers("09:15") == (False, False, True, True)
    assert answers("09:20") == (False, False, True, False)
    assert answers("09:25") == (False, True, False, False)
    assert answers("10:00") == (True, True, True, True)
    assert answers("12:00") == (False, False, False, False)


@pytest.mark.parametrize("phase", range(len(PHASES)))
def test_what_trades_as_it_comes_may_be_entered_and_cancelled(phase: int) -> None:
    if IS_CONTINUOUS[phase]:
        assert (MATCHES[phase], MAY_ENTER[phase], MAY_CANCEL[phase]) == (1, 1, 1)
    assert MAY_CANCEL[phase] <= MAY_ENTER[phase]


def test_chicago_keeps_its_hours_over_the_change_of_clocks() -> None:
    """The evening of 2021-03-14 is the first in summer time: 17:00 is 22:00 UTC then, and 23:00 UTC before."""
    gold = clock("XCEC", "comex_metals", 20210104)
    assert walk(gold, "2021-03-05T15:00", "2021-03-08T16:45", CHICAGO) == [
        "05T15:00 continuous",
        "05T16:00 closed",
        "07T16:45 opening_auction",
        "07T16:59 opening_no_cancel",
        "07T17:00 continuous",
        "08T16:00 break",
        "08T16:45 opening_auction",
    ]
    winter = datetime.datetime(2021, 3, 7, 23, tzinfo=datetime.UTC).timestamp()
    assert gold.reopen_utc_ns(utc_ns("2021-03-07T12:00", CHICAGO)) == int(winter) * 1_000_000_000
    moments = ("2021-03-05T16:59", "2021-03-05T17:00", "2021-03-07T16:59", "2021-03-07T17:00", "2021-03-08T17:00")
    assert [int(gold.trading_day(utc_ns(moment, CHICAGO))) for moment in moments] == [
        20210305,
        20210308,
        20210308,
        20210308,
        20210309,
    ]


def test_past_the_last_known_day_nothing_changes_any_more() -> None:
    gold = clock("XSGE", "shfe_gold", 20211231)
    # The night session of the last known day belongs to a day that is not known.
    last = utc_ns("2021-12-31T15:00", SHANGHAI)
    assert (PHASE_NAMES[gold.phase(last)], gold.next_phase_utc_ns(last)) == ("closed", NO_TIMER)
    assert gold.trading_day(utc_ns("2021-12-31T21:30", SHANGHAI)) == 0
    assert gold.beyond_tables(utc_ns("2022-01-01T00:00", SHANGHAI))


def test_shanghai_changes_its_close_on_the_6th_of_july_2026_and_the_clock_runs_through() -> None:
    """New trading rules: funds close in an auction, and everything is traded at the closing price afterwards."""
    fund = clock("XSHG", "cn_fund", 20260703)
    assert walk(fund, "2026-07-03T14:00", "2026-07-06T09:15", SHANGHAI) == [
        "03T14:00 continuous",
        "03T15:00 closed",
        "06T09:15 opening_auction",
    ]
    assert walk(fund, "2026-07-06T14:00", "2026-07-06T20:00", SHANGHAI) == [
        "06T14:00 continuous",
        "06T14:57 closing_no_cancel",
        "06T15:00 closed",
        "06T15:05 fixed_price",
        "06T15:30 closed",
    ]
    assert fund.trading_day(utc_ns("2026-07-04T12:00", SHANGHAI)) == 20260706
    for day in (20260703, 20260706):
        share = clock("XSHE", "cn_share", day)
        found = [PHASE_NAMES[share.phase(utc_ns(f"2026-07-0{date}T15:10", SHANGHAI))] for date in (3, 6)]
        assert found == ["closed", "fixed_price"]


def test_a_session_with_a_gap_between_its_rows_is_not_open_in_it() -> None:
    rows = [row for row in REFERENCE.sessions if row.key == "cn_fund"]
    assert [row.effective_from for row in session_run(rows, "cn_fund", 20260703)] == [20180820, 20260706]
    rows[1].effective_from = 20260707
    try:
        assert [row.effective_from for row in session_run(rows, "cn_fund", 20260703)] == [20180820]
        assert [row.effective_from for row in session_run(rows, "cn_fund", 20260708)] == [20260707]
        assert session_run(rows, "cn_fund", 20260706) == []
    finally:
        rows[1].effective_from = 20260706
