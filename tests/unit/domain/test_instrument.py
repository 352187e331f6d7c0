"""Instruments: price steps by band, values, and prices as text."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross_market_connect.domain.instrument import Instrument, Session, TickBand, Venue
from cross_market_connect.domain.numbers import I64_MAX


def instrument(price_decimals: int = 1, tick_units: int = 2, tick_value_e4: int = 600_000) -> Instrument:
    """By default the CSI 300 future: steps of 0.2 points, 300 a point."""
    venue = Venue("CCFX", "China Financial Futures Exchange", "中国金融期货交易所", 28_800, 0)
    session = Session("day", [570, 780], [690, 900])
    return Instrument(
        0, "CCFX.IF2101", venue, "IF2101", "n", "z", "CNY", price_decimals, tick_units, tick_value_e4, session
    )


@pytest.mark.parametrize(
    ("decimals", "tick_units", "ticks", "text"),
    [
        (1, 2, 26_081, "5216.2"),
        (1, 2, 1, "0.2"),
        (1, 2, 0, "0.0"),
        (1, 2, -1, "-0.2"),
        (0, 1, 27_000, "27000"),
        (0, 5, -3, "-15"),
        (3, 1, 7, "0.007"),
        (3, 1, -1_007, "-1.007"),
        (5, 25, 4, "0.00100"),
    ],
)
def test_the_venues_text(decimals, tick_units, ticks, text):
    assert instrument(decimals, tick_units).price_text(ticks) == text


@given(st.integers(0, 6), st.integers(1, 500), st.integers(-(10**9), 10**9))
def test_text_and_float_are_the_same_price(decimals, tick_units, ticks):
    made = instrument(decimals, tick_units)
    exact = Decimal(ticks * tick_units).scaleb(-decimals)
    assert Decimal(made.price_text(ticks)) == exact
    assert made.price_of(ticks) == pytest.approx(float(exact), rel=1e-15)


def test_value_of_a_lot():
    """3 lots at 5216.2: 5216.2 * 300 * 3 = 4,694,580."""
    assert instrument().notional_e4(26_081, 3) == 4_694_580 * 10_000


def test_value_saturates():
    assert instrument().notional_e4(4_000_000_000_000, 10_000_000) == I64_MAX
    assert instrument().notional_e4(-4_000_000_000_000, 10_000_000) == -I64_MAX


@pytest.mark.parametrize(("ticks", "step"), [(0, 1), (249, 1), (250, 5), (999, 5), (1_000, 10), (10**9, 10), (-5, 1)])
def test_step_by_price_band(ticks, step):
    made = instrument()
    assert made.step_ticks(ticks) == 1
    made.tick_bands = [TickBand(0, 1), TickBand(250, 5), TickBand(1_000, 10)]
    assert made.step_ticks(ticks) == step


def test_shares_of_a_lot_are_what_a_tick_of_it_is_worth() -> None:
    """100 shares at steps of 0.01 are worth 1.00 a step; nobody deals in 100.5 of them."""
    venue = Venue("XSHE", "SZSE", "深交所", 28_800, 0)
    values = (10_000, 10_050, 20_000)
    units = [
        Instrument(0, "XSHE.1", venue, "1", "", "", "CNY", 2, 1, value, Session("day", [570], [690])).units_per_lot()
        for value in values
    ]
    assert units == [100, 0, 200]
