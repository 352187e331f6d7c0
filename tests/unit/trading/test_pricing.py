"""Limit prices: swept depth, payup, slippage bound, the day's limits and price steps, worked by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross_market_connect.domain.book import BOOK_STALE, Book
from cross_market_connect.domain.instrument import TickBand
from cross_market_connect.domain.numbers import NO_PRICE
from cross_market_connect.domain.order import BUY, SELL
from cross_market_connect.trading.pricing import (
    aggressive_price,
    book_is_locked,
    clip_price,
    clip_to_band,
    depth_lots,
    sendable_lots,
    sweep_cost,
    sweep_price,
)
from tests.unit.trading.support import instrument, set_book


def book() -> Book:
    made = Book(0)
    set_book(made, [(99, 5), (98, 5), (90, 10)], [(101, 2), (102, 3), (110, 4)])
    return made


@pytest.mark.parametrize(
    ("side", "lots", "price", "cost"),
    [
        (BUY, 1, 101, 101),
        (BUY, 2, 101, 202),
        (BUY, 3, 102, 202 + 102),
        (BUY, 5, 102, 202 + 306),
        (BUY, 9, 110, 202 + 306 + 440),
        (SELL, 5, 99, 495),
        (SELL, 6, 98, 495 + 98),
        (SELL, 20, 90, 495 + 490 + 900),
    ],
)
def test_sweeping_through_the_depth(side, lots, price, cost):
    assert sweep_price(book(), side, lots) == price
    assert sweep_cost(book(), side, lots) == cost


def test_more_than_the_depth_has_no_price():
    assert sweep_price(book(), BUY, 10) == NO_PRICE
    assert (depth_lots(book(), BUY), depth_lots(book(), SELL)) == (9, 20)
    assert sweep_price(Book(0), BUY, 1) == NO_PRICE
    assert sweep_cost(book(), BUY, 12) == 202 + 306 + 440, "never what lies behind the depth"


def banded():
    """Step 1 below 100, 5 from 100 on; limits 50 and 200."""
    made = instrument(0)
    made.tick_bands = [TickBand(0, 1), TickBand(100, 5)]
    made.limit_low_ticks, made.limit_high_ticks = 50, 200
    return made


@pytest.mark.parametrize(
    ("side", "price", "clipped"),
    [
        (BUY, 97, 97),
        (SELL, 97, 97),
        (BUY, 103, 100),
        (SELL, 103, 105),
        (BUY, 105, 105),
        (BUY, 201, 200),
        (SELL, 201, 200),
        (BUY, 10, 50),
        (SELL, 10, 50),
    ],
)
def test_inside_the_limits_and_on_a_step_rounded_toward_the_passive_side(side, price, clipped):
    assert clip_price(banded(), side, price) == clipped


def test_rounding_never_leaves_the_limits():
    made = banded()
    made.limit_low_ticks, made.limit_high_ticks = 102, 198
    assert clip_price(made, SELL, 198) == 195, "200 would be above the limit"
    assert clip_price(made, BUY, 102) == 105, "100 would be below the limit"


@given(st.sampled_from([BUY, SELL]), st.integers(-50, 400), st.integers(40, 120), st.integers(130, 220))
def test_any_price_becomes_a_valid_one(side, price, low, high):
    made = banded()
    made.limit_low_ticks, made.limit_high_ticks = low, high
    clipped = clip_price(made, side, price)
    assert low <= clipped <= high
    assert clipped < 100 or clipped % 5 == 0


@pytest.mark.parametrize(
    ("side", "start", "payup", "slippage", "price"),
    [
        (BUY, 101, 3, 10, 104),  # best ask 101 + 3
        (BUY, 95, 3, 10, 104),  # 104 is 9 from the first limit
        (BUY, 90, 3, 10, 100),  # at most 10 from 90
        (SELL, 99, 3, 10, 96),
        (SELL, 110, 3, 10, 100),
        (BUY, 120, 3, 0, 104),  # the market came towards us: no worse than the start, and no reason to pay more
    ],
)
def test_a_chase_starts_at_the_best_opposite_price_and_is_bounded_by_slippage(side, start, payup, slippage, price):
    assert aggressive_price(instrument(0), book(), side, start, payup, slippage) == price


@pytest.mark.parametrize("blind", ["stale", "one-sided"])
def test_a_chase_without_a_price_to_see_starts_at_the_first_limit(blind):
    made = book()
    if blind == "stale":
        made.state = BOOK_STALE
    else:
        made.asks.clear()
    assert aggressive_price(instrument(0), made, BUY, 95, 3, 10) == 98


@pytest.mark.parametrize(
    ("lots", "sendable"), [(-3, 0), (0, 0), (99, 0), (100, 100), (199, 100), (250, 200), (1000, 1000), (5055, 5000)]
)
def test_what_can_be_sent_in_one_order_or_several(lots, sendable):
    made = instrument(0)
    made.quantity_min_lots = made.quantity_step_lots = 100
    made.quantity_max_lots = 1000
    assert sendable_lots(made, lots) == sendable


@pytest.mark.parametrize(("smallest", "lots", "sendable"), [(3, 2, 0), (3, 3, 3), (3, 4, 4), (0, 0, 0), (0, -2, 0)])
def test_less_than_the_venues_smallest_order_is_not_sent_though_it_is_whole_steps(smallest, lots, sendable):
    made = instrument(0)
    made.quantity_min_lots = smallest
    assert sendable_lots(made, lots) == sendable


@pytest.mark.parametrize(
    ("side", "price", "band_e6", "steps", "clipped"),
    [
        (BUY, 140, 0, 0, 140),
        (BUY, 140, 20_000, 10, 111),  # best ask 101: 2 % are 2, 10 steps go further
        (SELL, 60, 20_000, 10, 90),  # best bid 100
        (BUY, 140, 300_000, 10, 131),  # 30 % of 101 are 30
        (BUY, 105, 20_000, 10, 105),  # inside the band nothing changes
        (BUY, 140, 0, 24, 125),
    ],
)
def test_an_order_goes_no_further_through_the_market_than_the_venues_band(side, price, band_e6, steps, clipped):
    made = instrument(0)
    made.band_e6, made.band_steps = band_e6, steps
    quotes = Book(0)
    set_book(quotes, [(100, 5)], [(101, 5)])
    assert clip_to_band(made, quotes, side, price) == clipped


def test_without_an_opposite_price_the_own_side_is_the_reference_and_without_a_book_there_is_none():
    made = instrument(0)
    made.band_steps = 10
    quotes = Book(0)
    set_book(quotes, [(100, 5)], [])
    assert clip_to_band(made, quotes, BUY, 140) == 110
    set_book(quotes, [], [])
    assert clip_to_band(made, quotes, BUY, 140) == 140
    set_book(quotes, [(100, 5)], [(101, 5)])
    quotes.state = BOOK_STALE
    assert clip_to_band(made, quotes, BUY, 140) == 140


@pytest.mark.parametrize(
    ("bids", "asks", "locked"),
    [
        ([], [(90, 5)], SELL),
        ([], [(91, 5)], 0),
        ([(89, 1)], [(90, 5)], 0),
        ([(110, 5)], [], BUY),
        ([(109, 5)], [], 0),
        ([], [], 0),
    ],
)
def test_a_book_at_its_limit_with_one_side_is_locked_for_the_other(bids, asks, locked):
    made, traded = Book(0), instrument(0)
    traded.limit_low_ticks, traded.limit_high_ticks = 90, 110
    set_book(made, bids, asks)
    assert [side for side in (BUY, SELL) if book_is_locked(traded, made, side)] == ([locked] if locked else [])
    made.state = BOOK_STALE
    assert not book_is_locked(traded, made, BUY) and not book_is_locked(traded, made, SELL)
