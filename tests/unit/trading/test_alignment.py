"""Quantity alignment: hand-worked lots, and what no book and no wish may break."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross_market_connect.domain.book import Book
from cross_market_connect.domain.spread import BUY_SPREAD, SELL_SPREAD
from cross_market_connect.trading.alignment import Alignment, align_closing, align_opening
from cross_market_connect.trading.valuation import SpreadValuation
from tests.unit.trading.support import definition, instrument, set_book


def world(
    prices=(1000, 1000), depths=(100, 100), tick_values_e4=(10_000, 10_000), by_value=False, **changes
) -> SpreadValuation:
    """Flat books: bid one below the price, ask at it. The second leg's ratio is dropped for `by_value`."""
    made = definition(**changes)
    if by_value:
        made.legs[1].ratio_e9 = 0
    books = [Book(leg) for leg in range(len(prices))]
    for book, price, depth in zip(books, prices, depths, strict=True):
        set_book(book, [(price, depth)], [(price, depth)])
    return SpreadValuation(made, [instrument(leg, tick_values_e4[leg]) for leg in range(len(prices))], books)


def lots(valuation: SpreadValuation, wanted: int, direction: int = BUY_SPREAD) -> list[int]:
    return [int(one) for one in align_opening(valuation, direction, wanted).lots]


def test_equal_ratios_take_what_is_wanted():
    assert lots(world(), 3) == [3, 3]
    assert lots(world(), 3, SELL_SPREAD) == [3, 3]


def test_matched_by_value_with_multiplier_and_currency():
    """Leg 0: 5200 * 300 = 1,560,000. Leg 1: 27,000 * 50 * 0.84 = 1,134,000. 3 lots want 4.127: 4, 3.1 % short."""
    made = world((5200, 27_000), tick_values_e4=(3_000_000, 500_000), fx_rates=(1.0, 0.84), by_value=True)
    result = align_opening(made, BUY_SPREAD, 3)
    assert list(result.lots) == [3, 4]
    assert result.hedge_error_e4 == (4_680_000 - 4_536_000) * 10_000
    assert result.tolerance_e4 == 234_000 * 10_000


def test_the_largest_quantity_within_tolerance_is_below_the_wish():
    """2 lots want 2.751 lots: 3, 9 % too many. 1 lot wants 1.38: 1, 27 % short. 5 % takes 3 of 4 wanted (5.5: 9 %)."""
    made = world((5200, 27_000), tick_values_e4=(3_000_000, 500_000), fx_rates=(1.0, 0.84), by_value=True)
    assert lots(made, 4) == [3, 4]
    result = align_opening(made, BUY_SPREAD, 2)
    assert (list(result.lots), result.reason) == ([], "hedge error above the tolerance")


def test_a_ratio_that_whole_lots_cannot_express_is_no_hedge():
    """3 : 1 with two lots wanted: 2 : 1 would be a third off."""
    assert lots(world(ratios=(3, 1)), 5) == [3, 1]
    assert lots(world(ratios=(3, 1)), 2) == []
    assert lots(world(ratios=(3, 1), tolerance_e6=500_000), 2) == [2, 1]
    result = align_opening(world(ratios=(3, 1), tolerance_e6=500_000), BUY_SPREAD, 2)
    assert result.hedge_error_e4 == 10_000_000, "half of 2,000.0000 (1 for 0.667)"


def test_depth_of_the_thinner_leg_bounds_the_quantity():
    assert lots(world(depths=(100, 2)), 5) == [2, 2]
    assert lots(world(depths=(100, 0)), 5) == []


def test_venue_bounds():
    made = world()
    made.instruments[1].quantity_min_lots = made.instruments[1].quantity_step_lots = 2
    assert lots(made, 5) == [4, 4]
    made.instruments[0].quantity_max_lots = 3
    assert lots(made, 5) == [2, 2]
    made.instruments[1].quantity_min_lots = 4
    assert lots(made, 5) == []


def test_minimum_of_the_trigger():
    made = world(depths=(1, 100))
    made.definition.rule.minimum_lots = 2
    assert lots(made, 5) == []
    assert lots(made, 1) == []
    assert lots(made, 0) == []


def test_without_a_price_there_is_nothing_to_hedge():
    made = world(by_value=True)
    made.books[1].bids.clear()
    assert lots(made, 3) == []


PRICES = st.integers(1, 50_000)
TICKS = st.integers(1, 5_000_000)


@given(
    st.tuples(PRICES, PRICES),
    st.tuples(st.integers(0, 40), st.integers(0, 400)),
    st.tuples(TICKS, TICKS),
    st.integers(0, 40),
    st.integers(0, 300_000),
    st.tuples(st.integers(1, 5), st.integers(1, 5)),
    st.booleans(),
)
def test_never_beyond_tolerance_depth_or_wish(prices, depths, ticks, wanted, tolerance, ratios, by_value):
    made = world(prices, depths, ticks, by_value, ratios=ratios, tolerance_e6=tolerance)
    result = align_opening(made, BUY_SPREAD, wanted)
    if not result.lots:
        assert result.reason
        return
    first, second = (int(one) for one in result.lots)
    assert 1 <= first <= min(wanted, depths[0]) and 1 <= second <= depths[1]
    if by_value:
        exact = Fraction(first * prices[0] * ticks[0], prices[1] * ticks[1])
    else:
        exact = Fraction(first * ratios[1], ratios[0])
    # The tolerance is worked in whole 0.1 of the currency: allow that grain, and no more.
    grain = Fraction(2_000, first * prices[0] * ticks[0])
    assert abs(second - exact) <= (Fraction(tolerance, 10**6) + grain) * exact
    assert result.hedge_error_e4 <= result.tolerance_e4


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 200), st.integers(1, 60))
def test_closing_again_and_again_returns_to_zero_and_never_leaves_a_leg_alone(first, second, third, wanted):
    position = [first, -second, third]
    for _ in range(first + 1):
        if not any(position):
            break
        taken = [int(one) for one in align_closing(position, wanted)]
        assert all(0 < part <= abs(held) for part, held in zip(taken, position, strict=True))
        position = [held - part if held > 0 else held + part for held, part in zip(position, taken, strict=True)]
        assert all(position) or not any(position)
    assert position == [0, 0, 0]


@pytest.mark.parametrize(
    ("position", "wanted", "taken"),
    [
        ([6, -8], 3, [3, 4]),
        ([-6, 8], 3, [3, 4]),
        ([3, -4], 3, [3, 4]),
        ([3, -4], 5, [3, 4]),
        ([4, -1], 3, [4, 1]),
        ([10, -1], 3, [10, 1]),
        ([7, -2], 3, [3, 1]),
    ],
)
def test_closing_in_proportion(position, wanted, taken):
    assert [int(one) for one in align_closing(position, wanted)] == taken


def test_an_alignment_begins_empty():
    assert (Alignment().lots, Alignment().reason) == ([], "")
