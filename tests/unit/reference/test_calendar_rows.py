"""The shipped calendars against days written by hand from the exchanges' notices: eves, half days, clock changes."""

import datetime
import zoneinfo

import pytest

from cross_market_connect.domain.errors import InputError
from cross_market_connect.reference.days import LocalTime, epoch_day
from cross_market_connect.reference.phases import PHASE_NAMES
from cross_market_connect.reference.sessions import SessionClock
from cross_market_connect.reference.tables import load_reference
from cross_market_connect.reference.timeline import EVE_TRADING_DAY, CalendarDays, build_timeline

REFERENCE = load_reference()
SHANGHAI = zoneinfo.ZoneInfo("Asia/Shanghai")
CHICAGO = zoneinfo.ZoneInfo("America/Chicago")
# session: where it is traded.
MAINLAND = {
    "cn_share": "XSHG",
    "cn_growth_share": "XSHE",
    "cffex_index": "CCFX",
    "shfe_gold": "XSGE",
    "ine_crude": "XINE",
    "cn_commodity_night": "XDCE",
    "cn_commodity_day": "GFEX",
}
# Trading days of a year, counted from the exchanges' own figures: 243 in 2021 and in 2025, 242 in 2026.
TRADING_DAYS = {2021: 243, 2025: 243, 2026: 242}


def clock(mic: str, session: str, year: int) -> SessionClock:
    return REFERENCE.clock_between(mic, session, year * 10_000 + 701)


def utc_ns(text: str, zone: zoneinfo.ZoneInfo) -> int:
    return int(datetime.datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()) * 1_000_000_000


def phase(subject: SessionClock, text: str, zone: zoneinfo.ZoneInfo) -> str:
    return PHASE_NAMES[subject.phase(utc_ns(text, zone))]


def days_of(year: int) -> list[datetime.date]:
    first = datetime.date(year, 1, 1)
    return [first + datetime.timedelta(days=number) for number in range(365)]


# GFEX opened in December 2022.
MAINLAND_YEARS = [
    (session, year) for session in MAINLAND for year in TRADING_DAYS if MAINLAND[session] != "GFEX" or year > 2022
]


@pytest.mark.parametrize(("session", "year"), MAINLAND_YEARS)
def test_a_mainland_year_has_its_number_of_trading_days(session: str, year: int) -> None:
    subject = clock(MAINLAND[session], session, year)
    opens = [day for day in days_of(year) if subject.is_open(utc_ns(f"{day}T10:00", SHANGHAI))]
    assert len(opens) == TRADING_DAYS[year]


# Evenings of trading days without a night session, from the exchanges' notices on each holiday.
EVES_WITHOUT_NIGHT = {
    2021: ["02-10", "04-02", "04-30", "06-11", "09-17", "09-30", "12-31"],
    2025: ["01-27", "04-03", "04-30", "05-30", "09-30", "12-31"],
    2026: ["02-13", "04-03", "04-30", "06-18", "09-24", "09-30", "12-31"],
}


@pytest.mark.parametrize("year", EVES_WITHOUT_NIGHT)
@pytest.mark.parametrize("session", ["shfe_gold", "ine_crude", "cn_commodity_night"])
def test_no_night_session_takes_place_on_the_eve_of_a_holiday(session: str, year: int) -> None:
    subject = clock(MAINLAND[session], session, year)
    found = [
        f"{day:%m-%d}"
        for day in days_of(year)
        if subject.is_open(utc_ns(f"{day}T14:00", SHANGHAI)) and not subject.is_open(utc_ns(f"{day}T22:00", SHANGHAI))
    ]
    # Nothing is known of the day after 2021 and after 2026: that evening is closed as well, holiday or not.
    assert found == EVES_WITHOUT_NIGHT[year]


def test_chinese_new_year_2026_from_the_last_friday_to_the_first_auction() -> None:
    gold = clock("XSGE", "shfe_gold", 2026)
    assert phase(gold, "2026-02-12T21:30", SHANGHAI) == "night"
    assert gold.trading_day(utc_ns("2026-02-12T21:30", SHANGHAI)) == 20260213
    assert phase(gold, "2026-02-13T14:59", SHANGHAI) == "continuous"
    assert gold.next_change_utc_ns(utc_ns("2026-02-13T15:00", SHANGHAI)) == utc_ns("2026-02-24T09:00", SHANGHAI)
    assert phase(gold, "2026-02-24T08:55", SHANGHAI) == "opening_auction"
    assert gold.trading_day(utc_ns("2026-02-13T20:00", SHANGHAI)) == 20260224
    # Saturdays that the State Council makes working days are no trading days.
    assert not gold.is_open(utc_ns("2026-02-14T10:00", SHANGHAI)) and not gold.is_open(
        utc_ns("2026-02-28T10:00", SHANGHAI)
    )


HALF_DAYS = ["2021-02-11", "2021-12-24", "2021-12-31", "2025-01-28", "2025-12-24", "2025-12-31"]


@pytest.mark.parametrize("day", [*HALF_DAYS, "2026-02-16", "2026-12-24", "2026-12-31"])
def test_a_half_day_of_hong_kong_has_no_afternoon_and_no_evening(day: str) -> None:
    share, index = clock("XHKG", "hk_share", int(day[:4])), clock("XHKF", "hkfe_index", int(day[:4]))
    assert phase(share, f"{day}T11:59", SHANGHAI) == "continuous"
    assert phase(share, f"{day}T12:05", SHANGHAI) == "closing_auction"
    assert phase(share, f"{day}T14:00", SHANGHAI) == "closed"
    assert phase(index, f"{day}T12:29", SHANGHAI) == "continuous"
    assert phase(index, f"{day}T12:30", SHANGHAI) == "closed"
    assert phase(index, f"{day}T17:15", SHANGHAI) == "closed"


@pytest.mark.parametrize(("year", "trading_days"), [(2021, 247), (2025, 246), (2026, 247)])
def test_a_hong_kong_year_has_its_number_of_trading_days(year: int, trading_days: int) -> None:
    subject = clock("XHKG", "hk_share", year)
    assert sum(subject.is_open(utc_ns(f"{day}T10:00", SHANGHAI)) for day in days_of(year)) == trading_days


def test_hong_kong_trades_where_the_mainland_rests_and_the_other_way_round() -> None:
    hong_kong, shanghai = clock("XHKG", "hk_share", 2026), clock("XSHG", "cn_share", 2026)
    for day, in_hong_kong, in_shanghai in [
        ("2026-02-16", True, False),
        ("2026-02-20", True, False),
        ("2026-04-07", False, True),
        ("2026-05-25", False, True),
        ("2026-10-02", True, False),
        ("2026-12-25", False, True),
    ]:
        moment = utc_ns(f"{day}T10:00", SHANGHAI)
        assert (hong_kong.is_open(moment), shanghai.is_open(moment)) == (in_hong_kong, in_shanghai), day


def test_nothing_follows_a_half_day_in_the_evening_although_the_next_trading_day_is_near() -> None:
    """New Year's Eve of 2021 was a Friday and a half day; Monday 3 January 2022 was a trading day."""
    days = CalendarDays(epoch_day(20211229), epoch_day(20220104))
    days.half_days = frozenset([int(epoch_day(20211231))])
    row = next(row for row in REFERENCE.sessions if row.key == "hkfe_index")
    local_time = LocalTime(28_800, "none", days.first_day, days.last_day)
    subject = SessionClock(build_timeline([row.plan()], local_time, 17 * 3_600, EVE_TRADING_DAY, days))
    assert phase(subject, "2021-12-30T18:00", SHANGHAI) == "after_hours"
    assert phase(subject, "2021-12-31T18:00", SHANGHAI) == "closed"
    assert phase(subject, "2022-01-03T18:00", SHANGHAI) == "after_hours"


# Chicago time of the close, and of the next open, by day and session: CME Globex schedules of 2025 and 2026.
CME_DAYS = [
    ("XCME", "cme_index", "2026-01-19T12:00", "2026-01-19T17:00", 20260120),
    ("XCEC", "comex_metals", "2026-01-19T13:30", "2026-01-19T17:00", 20260120),
    ("XNYM", "nymex_energy", "2026-01-19T13:30", "2026-01-19T17:00", 20260120),
    ("XCEC", "comex_metals", "2026-04-02T16:00", "2026-04-05T17:00", 20260406),
    ("XCEC", "comex_metals", "2026-06-19T12:00", "2026-06-21T17:00", 20260622),
    ("XCME", "cme_index", "2025-07-03T12:15", "2025-07-03T17:00", 20250707),
    ("XCME", "cme_index", "2026-11-26T12:00", "2026-11-26T17:00", 20261127),
    ("XCME", "cme_index", "2026-11-27T12:15", "2026-11-29T17:00", 20261130),
    ("XCEC", "comex_metals", "2026-11-27T12:45", "2026-11-29T17:00", 20261130),
    ("XCEC", "comex_metals", "2026-12-24T12:45", "2026-12-27T17:00", 20261228),
    ("XCME", "cme_index", "2026-12-24T12:15", "2026-12-27T17:00", 20261228),
    ("XCME", "cme_index", "2025-12-31T16:00", "2026-01-01T17:00", 20260102),
]


@pytest.mark.parametrize(("mic", "session", "close", "reopen", "trading_day"), CME_DAYS)
def test_cme_closes_early_by_product_and_opens_for_the_next_trading_day(
    mic: str, session: str, close: str, reopen: str, trading_day: int
) -> None:
    subject = clock(mic, session, int(close[:4]))
    moment = utc_ns(close, CHICAGO)
    assert subject.is_open(moment - 1_000_000_000) and not subject.is_open(moment)
    assert subject.reopen_utc_ns(moment) == utc_ns(reopen, CHICAGO)
    assert subject.trading_day(utc_ns(reopen, CHICAGO)) == trading_day


def test_a_holiday_of_cme_belongs_to_the_next_trading_day_from_its_eve_on() -> None:
    gold = clock("XCEC", "comex_metals", 2026)
    for text in ("2026-01-18T17:00", "2026-01-19T10:00", "2026-01-19T15:00", "2026-01-20T10:00"):
        assert gold.trading_day(utc_ns(text, CHICAGO)) == 20260120, text


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-03-06T10:00", "2026-03-06T16:00"),  # winter
        ("2026-03-08T17:00", "2026-03-08T22:00"),  # clocks went forward that morning
        ("2026-10-30T10:00", "2026-10-30T15:00"),
        ("2026-11-01T17:00", "2026-11-01T23:00"),  # and back
    ],
)
def test_chicago_opens_by_its_own_clock_on_the_weekends_of_the_change(text: str, utc: str) -> None:
    gold = clock("XCEC", "comex_metals", 2026)
    moment = int(datetime.datetime.fromisoformat(utc + "+00:00").timestamp()) * 1_000_000_000
    assert gold.is_open(moment)
    assert moment == utc_ns(text, CHICAGO)
    if text.endswith("17:00"):
        assert not gold.is_open(moment - 1)


LAST_DAYS = [(mic, 20261231) for mic in ("XSHG", "XSHE", "CCFX", "XSGE", "XINE", "XDCE", "XZCE", "GFEX")]


@pytest.mark.parametrize(("mic", "last"), [*LAST_DAYS, ("XHKG", 20261231), ("XHKF", 20261231), ("XCME", 20261231)])
def test_past_the_last_known_day_a_venue_is_closed_and_the_error_says_so(mic: str, last: int) -> None:
    session = next(row.key for row in REFERENCE.sessions if mic in row.venues)
    subject = REFERENCE.clock_between(mic, session, last)
    assert subject.timeline.days.last_day == epoch_day(last)
    for text in ("2027-01-04T02:00", "2027-01-05T06:30", "2027-06-01T15:00", "2030-01-02T18:00"):
        moment = int(datetime.datetime.fromisoformat(text + "+00:00").timestamp()) * 1_000_000_000
        assert not subject.is_open(moment) and subject.beyond_tables(moment)
        assert subject.trading_day(moment) == 0
    with pytest.raises(InputError, match=rf"calendar of {mic}: 20270104 is not covered; known: .*to {last}; extend"):
        REFERENCE.clock_between(mic, session, 20270104)


def test_a_day_with_early_closes_that_does_not_name_a_session_is_closed_for_it() -> None:
    """An early close of one product says nothing of the others: they are not open by guess."""
    rows = [row for row in REFERENCE.calendars if "XCME" in row.venues and row.first_day == 20260101]
    early = next(entry for entry in rows[0].early if entry.day == 20261127)
    early.sessions = ["comex_metals"]
    try:
        subject = load_without_cache("XCME", "cme_index")
        assert not subject.is_open(utc_ns("2026-11-27T10:00", CHICAGO))
        assert not subject.is_open(utc_ns("2026-11-26T18:00", CHICAGO))
    finally:
        early.sessions = []


def load_without_cache(mic: str, session: str) -> SessionClock:
    REFERENCE._timelines.clear()
    result = REFERENCE.clock_between(mic, session, 20261127)
    REFERENCE._timelines.clear()
    return result
