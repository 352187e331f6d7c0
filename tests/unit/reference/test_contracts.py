"""Contracts of the shipped products: days known from the exchanges, continuous names, and what is not known."""

from pathlib import Path

import pytest

from cross_market_connect.domain.errors import InputError
from cross_market_connect.reference.contracts import known_since
from cross_market_connect.reference.statistics import read_statistics
from cross_market_connect.reference.tables import Reference, load_reference
from tests.unit.reference.test_tables import copy_tables, replace

REFERENCE = load_reference()


@pytest.mark.parametrize(
    "symbol, day, last_trading",
    [
        ("CCFX.IF2101", 20210104, 20210115),  # the row of the table, from CFFEX
        ("CCFX.IF2102", 20210201, 20210219),  # the second day after the Spring Festival
        ("CCFX.IF2106", 20210104, 20210618),
        ("CCFX.IF2606", 20260601, 20260622),  # the third Friday, 06-19, is the Dragon Boat Festival
        ("XHKF.HSIF1", 20210104, 20210128),  # the row of the table, from HKEX
        ("XHKF.HSIF6", 20260105, 20260129),  # ET Net News, 29 January 2026: "The spot month HSI futures expire today"
        ("XSGE.AU2106", 20210104, 20210615),  # 06-15 follows the Dragon Boat Festival
        ("XSGE.AU2605", 20260401, 20260515),
        ("XINE.SC2611", 20261012, 20261030),  # the last trading day of October
        ("XDCE.I2612", 20261112, 20261214),  # the tenth trading day: 1 to 4, 7 to 11, 14
        ("XCEC.GCM1", 20210104, 20210628),  # third last: 28, 29, 30 June
        ("XCEC.GCZ6", 20261102, 20261229),
        ("XNYM.CLF7", 20261102, 20261221),  # 25 December is a holiday: four days before it, from 24: 24, 23, 22, 21
        ("XCME.ESM6", 20260401, 20260618),  # Juneteenth is the third Friday of June 2026
    ],
)
def test_last_trading_days_that_are_known_from_elsewhere(symbol: str, day: int, last_trading: int) -> None:
    found = REFERENCE.contracts.find(symbol, day)
    assert found is not None
    assert found[1].last_trading == last_trading


def test_the_first_notice_of_june_gold_is_before_memorial_day() -> None:
    found = REFERENCE.contracts.find("GCM1", 20210104)
    assert found is not None and found[1].first_notice == 20210528  # 05-31 is Memorial Day


@pytest.mark.parametrize(
    ("symbol", "day", "left"),
    [
        # Third Friday, 18 December 2026: 30 November, four days, two whole weeks and five days.
        ("CCFX.IF2612", 20261127, (15, None)),
        ("CCFX.IF2612", 20261218, (0, None)),
        # On a day without trading: what is left is what is left on the trading day before.
        ("CCFX.IF2612", 20261128, (15, None)),
        # Delivery of gold may be announced from the last business day of November on.
        ("XCEC.GCZ6", 20261127, (21, 1)),
        ("XCEC.GCZ6", 20261130, (20, 0)),
        # Notice has begun: that day is over until the last one.
        ("XCEC.GCZ6", 20261201, (19, -1)),
        # Over; no contract; beyond what the calendars know.
        ("CCFX.IF2612", 20261221, (None, None)),
        ("XHKG.2318", 20261127, (None, None)),
        ("CCFX.IF3001", 20291201, (None, None)),
    ],
)
def test_trading_days_left_by_hand(symbol: str, day: int, left: tuple[int | None, int | None]) -> None:
    assert REFERENCE.contracts.days_left(symbol, day) == left


def test_a_contract_is_an_instrument_while_it_is_listed() -> None:
    row = REFERENCE.find_row("CCFX.IF2612", 20261127)
    assert row is not None
    # With the end of IF2604 on 2026-04-17 December became the second quarter month.
    assert (row.effective_from, row.effective_until, row.expiry) == (20260418, 20261218, 20261218)
    assert (row.name, row.name_zh) == ("CSI 300 index futures December 2026", "沪深300股指期货2612")
    assert (row.type, row.product, row.symbols) == ("future", "CCFX.IF", {"ctp": "IF2612"})
    future = REFERENCE.instrument("CCFX.IF2612", 4, 20261127)
    assert (future.venue_symbol, future.tick_value_e4, future.days_to_expiry) == ("IF2612", 600_000, 21)
    assert REFERENCE.session_clock("CCFX.IF2612", 20261127).trading_day(1_795_743_000_000_000_000) == 20261127
    for symbol, day in (
        ("CCFX.IF2612", 20260417),
        ("CCFX.IF2612", 20261219),
        ("CCFX.IF2611", 20261121),
        ("CCFX.IF2611", 20261127),
    ):
        assert REFERENCE.find_row(symbol, day) is None
    with pytest.raises(InputError, match="CCFX.IF2611: unknown on 20261127"):
        REFERENCE.instrument("CCFX.IF2611", 0, 20261127)


def test_a_contract_whose_end_no_calendar_knows_is_no_instrument() -> None:
    with pytest.raises(
        InputError, match=r"CCFX.IF on 20261127: the last days of IF2703 .* 20260101 to 20261231; extend"
    ):
        REFERENCE.find_row("CCFX.IF2703", 20261127)
    with pytest.raises(InputError, match="the last days of IF2002 lie beyond"):
        REFERENCE.contracts.listed(REFERENCE.contracts.product("CCFX.IF", 20200301), 20200301)


@pytest.mark.parametrize(
    "name, day, symbol",
    [
        ("CCFX.IF.c1", 20210115, "CCFX.IF2101"),  # still on its last trading day
        ("CCFX.IF.c1", 20210118, "CCFX.IF2102"),
        ("CCFX.IF.c4", 20210118, "CCFX.IF2109"),
        ("CCFX.IF.main", 20210113, "CCFX.IF2101"),
        ("CCFX.IF.main", 20210114, "CCFX.IF2102"),  # the eve of the last trading day
        ("CCFX.IF.main", 20260617, "CCFX.IF2606"),
        ("CCFX.IF.main", 20260618, "CCFX.IF2607"),  # the eve of 06-22 is the day before the holiday
        ("XHKF.HSI.main", 20261225, "XHKF.HSIZ6"),
        ("XCEC.GC.main", 20260526, "XCEC.GCM6"),  # notices from 05-29: the last day before 05-27
        ("XCEC.GC.main", 20260527, "XCEC.GCQ6"),  # July is not in the cycle
        ("XCEC.GC.main", 20260729, "XCEC.GCZ6"),  # October neither
        ("XCEC.GC.c2", 20260527, "XCEC.GCM6"),
    ],
)
def test_continuous_names(name: str, day: int, symbol: str) -> None:
    assert REFERENCE.contracts.resolve(name, day).symbol == symbol


@pytest.mark.parametrize(
    "name, day, fault",
    [
        ("IF.main", 20210104, "no continuous name; expected PRODUCT.main"),
        ("CCFX.IF.c0", 20210104, "no continuous name"),
        ("CCFX.XX.main", 20210104, "product CCFX.XX: unknown on 20210104; expected one of CCFX.IC"),
        ("CCFX.IM.main", 20210104, "product CCFX.IM: unknown on 20210104"),  # listed since 2022-07-22
        ("CCFX.IF.c5", 20210104, "4 contracts are listed on 20210104; expected c1 to c4"),
        ("CCFX.IF.main", 20261217, "the last days of IF2701 lie beyond the calendar of CCFX"),
        ("XSGE.AU.main", 20210105, "roll rule is open_interest, and no open_interest of 20210104 is known"),
        ("XSGE.AU.main", 20210101, "the day before 20210101 is not in the calendar"),
    ],
)
def test_what_a_name_cannot_mean_is_told(name: str, day: int, fault: str) -> None:
    with pytest.raises(InputError, match=fault):
        REFERENCE.contracts.resolve(name, day)


def with_statistics(text: str) -> Reference:
    reference, faults = load_reference(), list[str]()
    reference.contracts.statistics = read_statistics("own.csv", "day,symbol,volume,open_interest\n" + text, faults)
    assert faults == []
    return reference


def test_the_main_contract_by_open_interest_follows_the_day_before_and_never_goes_back() -> None:
    contracts = with_statistics(
        "2021-01-04,XSGE.AU2102,100,9000\n2021-01-04,XSGE.AU2106,900,5000\n"
        "2021-01-05,XSGE.AU2102,100,4000\n2021-01-05,XSGE.AU2106,900,5000\n"
        "2021-01-06,XSGE.AU2102,100,6000\n2021-01-06,XSGE.AU2106,900,5000\n"
        "2021-01-07,XSGE.AU2103,1,99000\n"
    ).contracts
    assert contracts.resolve("XSGE.AU.main", 20210105).symbol == "XSGE.AU2102"
    assert contracts.resolve("XSGE.AU.main", 20210106).symbol == "XSGE.AU2106"
    assert contracts.resolve("XSGE.AU.main", 20210107).symbol == "XSGE.AU2106"
    # March is not in the cycle, so of the 7th nothing is known that counts.
    with pytest.raises(InputError, match="no open_interest of 20210107 is known"):
        contracts.resolve("XSGE.AU.main", 20210108)


def test_an_exchange_may_set_another_last_day(tmp_path: Path) -> None:
    tables = copy_tables(tmp_path)
    own = '[[product.exception]]\nmonth = 2021-02-01\nlast_trading = 2021-02-22\nsource = "a notice"\n\n'
    following = '[[product]]\nproduct = "XSGE.CU"'
    replace(tables / "products.toml", [(following, own + following)])
    found = load_reference(tables).contracts.find("XSGE.AU2102", 20210104)
    assert found is not None and found[1].last_trading == 20210222


def test_the_known_days_before_a_day_reach_over_adjoining_calendars() -> None:
    contracts = REFERENCE.contracts
    days = contracts.trading_days(contracts.product("CCFX.IF", 20261127))
    assert (known_since(days, 20261127), known_since(days, 20210301)) == (20250101, 20210101)
