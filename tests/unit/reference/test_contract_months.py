"""Codes, listed months and last trading days against what exchanges published for years that have passed.

The calendars of 2009, 2010, 2018 and 2019 are written here and not taken from the tables: the published days are what
the rules are held against, and those years are not among the days that the tables know.
"""

import datetime
import tomllib
from typing import Any

import pytest

from cross_market_connect.reference.contract_months import (
    UNKNOWN_DAY,
    DayRule,
    ListedMonths,
    TradingDays,
    code_of,
    listed_months,
    month_in,
    month_name,
    month_of,
    month_text,
)
from cross_market_connect.reference.days import epoch_day
from cross_market_connect.reference.table_reader import TableReader


def rule(text: str) -> DayRule:
    faults: list[str] = []
    result = DayRule(TableReader("rule", tomllib.loads(f"rule = {text}")["rule"], faults))
    assert faults == []
    return result


def faults_of(make: Any, text: str) -> list[str]:
    faults: list[str] = []
    make(TableReader("row", tomllib.loads(f"row = {text}")["row"], faults))
    return faults


def days_of(first: int, last: int, closed: str) -> TradingDays:
    """Known days with the holidays of a text such as "2019-01-01 02-05": a year holds until the next one."""
    holidays, year = [], ""
    for word in closed.split():
        year = word[:4] if len(word) == 10 else year
        holidays.append(int(epoch_day(int(f"{year}{word[-5:-3]}{word[-2:]}"))))
    return TradingDays([int(epoch_day(first))], [int(epoch_day(last))], frozenset(holidays))


HONG_KONG = days_of(
    20180101,
    20191231,
    "2018-01-01 02-16 02-19 03-30 04-02 04-05 05-01 05-22 06-18 07-02 09-25 10-01 10-17 12-25 12-26 "
    "2019-01-01 02-05 02-06 02-07 04-05 04-19 04-22 05-01 05-13 07-01 10-01 10-07 12-25 12-26",
)
NEW_YORK = days_of(
    20081101,
    20101231,
    "2008-11-27 12-25 2009-01-01 01-19 02-16 04-10 05-25 07-03 09-07 11-26 12-25 "
    "2010-01-01 01-18 02-15 04-02 05-31 07-05 09-06 11-25 12-24",
)
# HKEX, "Trading Calendar and Holiday Schedule": last trading days of Hang Seng Index futures, 2018 and 2019.
HSI_2018 = "01-30 02-27 03-28 04-27 05-30 06-28 07-30 08-30 09-27 10-30 11-29 12-28"
HSI_2019 = "01-30 02-27 03-28 04-29 05-30 06-27 07-30 08-29 09-27 10-30 11-28 12-30"
# bohlish.com, "Crude_Oil NYM" and "Gold CMX", of August 2008: last trading days of 2009 and 2010, by contract month.
CL_2009 = "2008-12-19 2009-01-20 02-20 03-20 04-21 05-19 06-22 07-21 08-20 09-22 10-20 11-20"
CL_2010 = "2009-12-21 2010-01-20 02-22 03-22 04-20 05-20 06-22 07-20 08-20 09-21 10-20 11-19"
GC_2009 = {2: 25, 4: 28, 6: 26, 7: 29, 8: 27, 10: 28, 12: 29}


def published(text: str, year: int) -> list[int]:
    result = []
    for word in text.split():
        year = int(word[:4]) if len(word) == 10 else year
        result.append(year * 10_000 + int(word[-5:-3]) * 100 + int(word[-2:]))
    return result


@pytest.mark.parametrize("year, text", [(2018, HSI_2018), (2019, HSI_2019)])
def test_hong_kong_index_futures_end_on_the_business_day_before_the_last_one(year: int, text: str) -> None:
    spot = rule("{ business_day = -2 }")
    assert [spot.day_of(year * 12 + month, HONG_KONG) for month in range(12)] == published(text, year)


@pytest.mark.parametrize("year, text", [(2009, CL_2009), (2010, CL_2010)])
def test_crude_oil_ends_three_business_days_before_the_25th_or_four(year: int, text: str) -> None:
    crude = rule('{ day = 25, month = -1, holiday = "preceding", shift = -3 }')
    found = [crude.day_of(year * 12 + month, NEW_YORK) for month in range(12)]
    # May 2009: the 25th of April is a Saturday, so four days before it, or three before Friday: Tuesday the 21st.
    assert found == published(text, year)


def test_comex_gold_ends_on_the_third_last_business_day() -> None:
    gold = rule("{ business_day = -3 }")
    found = {month: gold.day_of(2009 * 12 + month - 1, NEW_YORK) % 100 for month in GC_2009}
    assert found == GC_2009


def test_a_rule_that_needs_an_unknown_day_has_no_answer() -> None:
    third_friday = rule('{ weekday = "friday", nth = 3, holiday = "following" }')
    december = 2026 * 12 + 11
    first, friday = int(epoch_day(20260101)), int(epoch_day(20261218))
    assert third_friday.day_of(december, TradingDays([first], [friday], frozenset())) == 20261218
    assert third_friday.day_of(december, TradingDays([first], [friday - 1], frozenset())) == UNKNOWN_DAY
    # The third Friday is known as a holiday, but not what follows it.
    assert third_friday.day_of(december, TradingDays([first], [friday], frozenset([friday]))) == UNKNOWN_DAY
    last = rule("{ business_day = -1 }")
    assert last.day_of(december, TradingDays([first], [int(epoch_day(20261230))], frozenset())) == UNKNOWN_DAY
    assert last.day_of(december, TradingDays([first], [int(epoch_day(20261231))], frozenset())) == 20261231


def test_what_has_ended_for_sure_needs_no_calendar() -> None:
    before = rule("{ business_day = -1, month = -1 }")
    assert before.is_surely_before(month_of(20210104), 20210104)
    assert not before.is_surely_before(month_of(20210104), 20201231)
    assert rule("{ business_day = -2 }").is_surely_before(month_of(20201201), 20210101)
    fifteenth = rule('{ day = 15, holiday = "following" }')
    assert fifteenth.is_surely_before(month_of(20201215), 20201230)
    assert not fifteenth.is_surely_before(month_of(20201215), 20201229)
    assert not rule("{ day = 15, shift = 3 }").is_surely_before(month_of(20201215), 20210104)


def groups(text: str) -> list[ListedMonths]:
    faults: list[str] = []
    rows = tomllib.loads(f"rows = {text}")["rows"]
    result = [ListedMonths(TableReader("row", row, faults)) for row in rows]
    assert faults == []
    return result


INDEX = '[{ months = "every", count = 2 }, { months = "quarter", count = 2 }]'
GOLD = '[{ months = "every", count = 3 }, { months = "even", within = 13 }]'
CRUDE = "[{ months = [12, 1, 2], years = 1, more_months = 2 }]"


@pytest.mark.parametrize(
    "text, front, expected",
    [
        # CFFEX on 2021-01-04: IF2101, IF2102, IF2103 and IF2106, as its quotes of that day show.
        (INDEX, "2021-01", "2021-01 2021-02 2021-03 2021-06"),
        (INDEX, "2021-02", "2021-02 2021-03 2021-06 2021-09"),
        (INDEX, "2021-03", "2021-03 2021-04 2021-06 2021-09"),
        # SHFE gold when May 2020 has ended: June 2021 is the thirteenth month.
        (GOLD, "2020-06", "2020-06 2020-07 2020-08 2020-10 2020-12 2021-02 2021-04 2021-06"),
        # The December of the next year and two months more.
        (CRUDE, "2026-12", "2026-12 2027-01 2027-02 2027-12 2028-01 2028-02"),
    ],
)
def test_listed_months(text: str, front: str, expected: str) -> None:
    year, month = front.split("-")
    listed = listed_months(groups(text), int(year) * 12 + int(month) - 1)
    assert " ".join(month_text(month) for month in listed) == expected


def test_codes_there_and_back() -> None:
    january = month_of(20210104)
    assert [code_of(pattern, january) for pattern in ("IF{yy}{mm}", "HSI{M}{y}", "CF{y}{mm}")] == [
        "IF2101",
        "HSIF1",
        "CF101",
    ]
    assert month_in("IF{yy}{mm}", "if2101", january) == january
    assert month_in("HSI{M}{y}", "HSIF1", month_of(20260101)) in (january, january + 120)
    assert month_in("HSI{M}{y}", "HSIF1", month_of(20250101)) == january
    for code in ("IF21", "IF2113", "HSIF1", "IC2101", ""):
        assert month_in("IF{yy}{mm}", code, january) == -1
    assert (month_name(january), month_text(january)) == ("January 2021", "2021-01")


def test_every_month_comes_back_from_its_codes() -> None:
    for month in range(2015 * 12, 2035 * 12):
        for pattern in ("IF{yy}{mm}", "GC{M}{y}"):
            assert month_in(pattern, code_of(pattern, month), month) == month


def test_steps_agree_with_counting_by_hand() -> None:
    """Brute force over all days of two years."""
    trading = [
        day
        for day in range(int(epoch_day(20180101)), int(epoch_day(20191231)) + 1)
        if (datetime.date(1970, 1, 1) + datetime.timedelta(day)).weekday() < 5 and day not in HONG_KONG.closed
    ]
    for at in range(0, len(trading) - 6, 7):
        for count in (1, 2, 5):
            assert HONG_KONG.step(trading[at], count) == trading[at + count]
            assert HONG_KONG.step(trading[at + count], -count) == trading[at]


def test_faults_of_rules_name_what_is_missing() -> None:
    assert faults_of(DayRule, "{ }") == [
        "row.anchor: missing; expected one of weekday, day and business_day, which is not 0"
    ]
    assert faults_of(DayRule, "{ day = 15, business_day = 1 }")[0].startswith("row.anchor: day, business_day; expected")
    assert faults_of(DayRule, '{ weekday = "holiday" }')[0].startswith("row.weekday: 'holiday'; expected one of monday")
    assert faults_of(DayRule, "{ day = 15, days = 1 }")[0].startswith(
        "row.days: unknown key; expected one of business_day"
    )
    assert faults_of(ListedMonths, '{ months = "every" }') == [
        "row.extent: missing; expected one of count, within, years"
    ]
    assert faults_of(ListedMonths, "{ months = [13], count = 1 }")[0].startswith(
        "row.months: [13]; expected one of every"
    )
