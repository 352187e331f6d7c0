"""What a price of CME is in our ticks, by hand for real contracts, and what states are said of."""

import pytest

from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.venues.cme.securities import (
    DEFINITION_DELETED,
    DEFINITION_GRID,
    DEFINITION_KNOWN,
    DEFINITION_NEW,
    NO_TICKS,
    Securities,
)
from cross_market_connect.wire.mdp3.codes import DEFINITION_FUTURE, SECURITY_ADD, SECURITY_DELETE
from cross_market_connect.wire.mdp3.messages import InstrumentDefinition
from tests.unit.venues.cme.support import BILLION, COMEX, SESSION


def instrument(symbol: str, decimals: int, tick_units: int) -> Instrument:
    return Instrument(0, f"XCEC.{symbol}", COMEX, symbol, symbol, symbol, "USD", decimals, tick_units, 1, SESSION)


def defined(symbol: str, factor: int, increment: int) -> InstrumentDefinition:
    result = InstrumentDefinition(DEFINITION_FUTURE)
    result.update_action = SECURITY_ADD
    result.symbol, result.security_id = symbol, 7
    result.display_factor, result.min_price_increment = factor, increment
    return result


# Symbol, our decimals and units of a tick, display factor and increment of the definition, a wire price, our ticks.
CASES = [
    # Gold: 1900.3 on the wire as it is quoted; a tick of 0.1.
    ("GC", 1, 1, BILLION, BILLION // 10, 1_900_300_000_000, 19_003),
    # E-mini S&P: 5012.25 is 501225 on the wire, times 0.01; a tick of 0.25.
    ("ES", 2, 25, BILLION // 100, 25 * BILLION, 501_225 * BILLION, 20_049),
    # Silver: 24.565 is 24565 on the wire, times 0.001; a tick of 0.005.
    ("SI", 3, 5, BILLION // 1_000, 5 * BILLION, 24_565 * BILLION, 4_913),
    # Yen: 0.0068195 is 68195 on the wire, times 0.0000001; a tick of 0.0000005.
    ("6J", 7, 5, BILLION // 10_000_000, 5 * BILLION, 68_195 * BILLION, 13_639),
]


@pytest.mark.parametrize(("symbol", "decimals", "units", "factor", "increment", "price", "ticks"), CASES)
def test_prices_in_ticks(
    symbol: str, decimals: int, units: int, factor: int, increment: int, price: int, ticks: int
) -> None:
    securities = Securities([instrument(symbol, decimals, units)])
    assert securities.define(0, defined(symbol, factor, increment)) == DEFINITION_NEW
    assert securities.ticks(0, price) == ticks
    assert securities.ticks(0, price + 1) == NO_TICKS
    assert securities.ticks(0, -price) == -ticks, "a spread's price may be below zero"


def test_a_grid_that_is_not_ours_is_refused_and_changes_nothing() -> None:
    securities = Securities([instrument("GC", 1, 1)])
    # A step of a quarter is no whole number of tenths; a factor of a third makes no whole number at all.
    for factor, increment in ((BILLION, BILLION // 4), (BILLION // 3, BILLION), (0, BILLION), (-BILLION, BILLION)):
        assert securities.define(0, defined("GC", factor, increment)) == DEFINITION_GRID
    assert (securities.undefined, securities.table.slot(7)) == (1, -1)
    coarse = defined("GC", BILLION, BILLION // 2)
    assert securities.define(0, coarse) == DEFINITION_NEW, "half a dollar is five of our ticks"
    assert securities.define(0, coarse) == DEFINITION_KNOWN
    assert (securities.undefined, securities.table.slot(7), securities.is_open(0)) == (0, 0, True)
    coarse.update_action = SECURITY_DELETE
    assert securities.define(0, coarse) == DEFINITION_DELETED
    assert not securities.is_open(0)
