"""The series table against a dictionary, and price conversion against fractions."""

import random
from fractions import Fraction

import pytest

from cross_market_connect.domain.numbers import NO_PRICE
from cross_market_connect.venues.hkex.series import NOT_OURS, SeriesTable
from tests.unit.venues.hkex.support import instrument


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 64])
def test_found_ids_are_those_of_a_dictionary(count: int) -> None:
    chance = random.Random(count)
    table = SeriesTable([instrument(at, f"S{at}") for at in range(count)])
    known: dict[int, int] = {}
    for _ in range(4 * count):
        at = chance.randrange(count)
        # Ids that agree in their low bits, as a packed series code does, and the extremes of 32 bits.
        orderbook_id = chance.choice([0, 0xFFFF_FFFF, chance.randrange(1 << 16) << 16, chance.randrange(64)])
        if orderbook_id in known:
            continue
        known = {key: value for key, value in known.items() if value != at}
        known[orderbook_id] = at
        assert table.define(at, orderbook_id, 0)
        for candidate in [*known, 1 << 31, 12_345_678, 65_536]:
            assert table.find(candidate) == known.get(candidate, NOT_OURS)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_series_with_one_id_the_one_further_back_holds_it(order: tuple[int, int]) -> None:
    table = SeriesTable([instrument(at, f"S{at}") for at in range(2)])
    for at in order:
        table.define(at, 8, 0)
    assert table.find(8) == 1


def test_symbols_are_the_venues_own() -> None:
    table = SeriesTable([instrument(5, "HSIF1"), instrument(9, "MHIF1")])
    assert (table.find_symbol("MHIF1"), table.find_symbol("XHKF.MHIF1")) == (1, NOT_OURS)


@pytest.mark.parametrize("wire_decimals", range(7))
@pytest.mark.parametrize(("decimals", "tick_units"), [(0, 1), (0, 5), (2, 1), (2, 50), (4, 25), (3, 7)])
def test_ticks_are_the_exact_quotient_or_none(wire_decimals: int, decimals: int, tick_units: int) -> None:
    table = SeriesTable([instrument(0, "S", decimals=decimals, tick_units=tick_units)])
    table.define(0, 8, wire_decimals)
    tick = Fraction(tick_units, 10**decimals)
    for price in [*range(-120, 121), 2_147_483_647, -2_147_483_647, 700_000, 1_234_500]:
        exact = Fraction(price, 10**wire_decimals) / tick
        assert table.ticks(0, price) == (exact if exact.denominator == 1 else NO_PRICE)
    assert table.ticks(0, NO_PRICE) == NO_PRICE


def test_repeating_a_definition_is_no_news_and_changing_it_is() -> None:
    table = SeriesTable([instrument(0, "S")])
    assert table.define(0, 8, 0)
    assert not table.define(0, 8, 0)
    assert table.define(0, 8, 1)
    assert table.define(0, 9, 1)
    assert (table.find(8), table.find(9)) == (NOT_OURS, 0)


def test_decimals_that_cannot_be_converted_are_refused() -> None:
    table = SeriesTable([instrument(0, "S")])
    assert not table.define(0, 8, 10)
    assert (table.refused, table.find(8)) == (1, NOT_OURS)
