"""Market states by the rules of OMD-D 1.47, sections 3.8.1 and 3.8.2, with the numbers of section 8.1."""

import pytest

from cross_market_connect.venues.hkex.series import SeriesTable
from cross_market_connect.venues.hkex.trading_state import TradingStates
from cross_market_connect.wire.omd.omd_d_objects import MarketStatus
from tests.unit.venues.hkex.support import HSI, MHI, instrument

MARKET, TYPE, CLASS, SERIES, UNDERLYING, DAY_END = 1, 2, 3, 4, 5, 99
OPEN, PAUSE, HALT = 3, 6, 28
HONG_KONG_INDEX, FUTURES, COMMODITY_HSI, COMMODITY_MHI = 20, 4, 4_001, 4_002


def series() -> SeriesTable:
    table = SeriesTable([instrument(0, "HSIF1"), instrument(1, "MHIF1")])
    table.define(0, HSI, 0)
    table.define(1, MHI, 0)
    table.classify(0, HONG_KONG_INDEX, FUTURES, COMMODITY_HSI)
    table.classify(1, HONG_KONG_INDEX, FUTURES, COMMODITY_MHI)
    return table


def said(level: int, state: int, priority: int, /, planned: str = "", **key: int) -> MarketStatus:
    return MarketStatus(
        level,
        key.get("market", 0),
        key.get("group", 0),
        key.get("orderbook_id", 0),
        key.get("commodity", 0),
        "20210104",
        "011500",
        planned,
        planned and "013000",
        0,
        state,
        priority,
    )


def open_series(states: TradingStates) -> tuple[bool, bool]:
    return states.is_open(0), states.is_open(1)


def test_what_nobody_spoke_of_is_open() -> None:
    assert open_series(TradingStates(series())) == (True, True)


@pytest.mark.parametrize(
    ("level", "key", "expected"),
    [
        (MARKET, {"market": HONG_KONG_INDEX}, (False, False)),
        (MARKET, {"market": 21}, (True, True)),
        (TYPE, {"market": HONG_KONG_INDEX, "group": FUTURES}, (False, False)),
        (TYPE, {"market": HONG_KONG_INDEX, "group": 6}, (True, True)),
        (CLASS, {"market": HONG_KONG_INDEX, "group": FUTURES, "commodity": COMMODITY_MHI}, (True, False)),
        (CLASS, {"market": 21, "group": FUTURES, "commodity": COMMODITY_MHI}, (True, True)),
        (SERIES, {"orderbook_id": HSI}, (False, True)),
        (UNDERLYING, {"commodity": COMMODITY_HSI}, (False, True)),
        (DAY_END, {}, (False, False)),
        (7, {"market": HONG_KONG_INDEX}, (True, True)),  # no such level
        (0, {}, (True, True)),
    ],
)
def test_a_state_concerns_the_series_of_its_level(level: int, key: dict[str, int], expected: tuple[bool, bool]) -> None:
    states = TradingStates(series())
    states.on_market_status(said(level, PAUSE, 10, "", **key))
    assert open_series(states) == expected


def test_the_highest_priority_holds_and_a_series_state_can_end() -> None:
    states = TradingStates(series())
    states.on_market_status(said(MARKET, OPEN, 10, market=HONG_KONG_INDEX))
    states.on_market_status(said(SERIES, HALT, 200, orderbook_id=HSI))
    assert open_series(states) == (False, True)
    states.on_market_status(said(TYPE, OPEN, 100, market=HONG_KONG_INDEX, group=FUTURES))
    assert open_series(states) == (False, True)
    states.on_market_status(said(SERIES, 0, 0, orderbook_id=HSI))
    assert open_series(states) == (True, True)


def test_priority_decides_and_not_the_level() -> None:
    states = TradingStates(series())
    states.on_market_status(said(MARKET, PAUSE, 200, market=HONG_KONG_INDEX))
    states.on_market_status(said(SERIES, OPEN, 10, orderbook_id=HSI))
    assert open_series(states) == (False, False)


def test_an_ended_state_has_no_priority() -> None:
    states = TradingStates(series())
    states.on_market_status(said(MARKET, PAUSE, 10, market=HONG_KONG_INDEX))
    states.on_market_status(said(SERIES, 0, 200, orderbook_id=HSI))
    assert open_series(states) == (False, False)


def test_a_planned_state_is_only_a_warning() -> None:
    states = TradingStates(series())
    states.on_market_status(said(MARKET, PAUSE, 10, "20210104", market=HONG_KONG_INDEX))
    assert open_series(states) == (True, True)


@pytest.mark.parametrize("state", range(1, 31))
def test_only_states_of_continuous_trading_are_open(state: int) -> None:
    states = TradingStates(series())
    states.on_market_status(said(MARKET, state, 1, market=HONG_KONG_INDEX))
    assert states.is_open(0) == (state in {3, 14, 15, 17, 19, 23, 24, 27})


def test_an_unknown_state_is_not_open() -> None:
    states = TradingStates(series())
    states.on_market_status(said(MARKET, 31, 1, market=HONG_KONG_INDEX))
    states.on_market_status(said(SERIES, 65_535, 1, orderbook_id=MHI))
    assert open_series(states) == (False, False)


@pytest.mark.parametrize("indicator", range(4))
@pytest.mark.parametrize("status", range(6))
def test_a_series_is_open_when_active_and_not_suspended(indicator: int, status: int) -> None:
    states = TradingStates(series())
    states.on_series_status(1, indicator, status)
    assert open_series(states) == (True, (indicator, status) == (2, 1))


def test_an_overlay_replaces_what_it_knows_and_only_that() -> None:
    table = series()
    known, newer = TradingStates(table), TradingStates(table)
    known.on_series_status(0, 1, 2)
    known.on_market_status(said(SERIES, PAUSE, 10, orderbook_id=MHI))
    known.overlay(newer)
    assert open_series(known) == (False, False)
    newer.on_series_status(0, 2, 1)
    newer.on_market_status(said(SERIES, 0, 0, orderbook_id=MHI))
    known.overlay(newer)
    assert open_series(known) == (True, True)


def test_forgotten_states_are_open() -> None:
    states = TradingStates(series())
    states.on_series_status(0, 1, 2)
    states.on_market_status(said(DAY_END, 0, 0))
    states.forget()
    assert open_series(states) == (True, True)
