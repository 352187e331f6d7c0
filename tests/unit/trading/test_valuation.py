"""The spread's value, worked by hand: difference, ratio, three legs, multiplier, currency, swept depth."""

import pytest

from cross_market_connect.domain.book import BOOK_BUILDING, BOOK_STALE, BOOK_SUSPECT, Book
from cross_market_connect.domain.order import BUY, SELL
from cross_market_connect.domain.spread import BUY_SPREAD, RATIO, SELL_SPREAD
from cross_market_connect.trading.valuation import SpreadValuation
from tests.unit.trading.support import definition, instrument, set_book


def valuation(*quotes, **changes) -> SpreadValuation:
    books = [Book(index) for index in range(len(quotes))]
    for book, (bid, ask) in zip(books, quotes, strict=True):
        set_book(book, [(bid, 10), (bid - 10, 10)], [(ask, 10), (ask + 10, 10)])
    return SpreadValuation(definition(**changes), [instrument(index) for index in range(len(quotes))], books)


def test_difference_buys_at_the_ask_and_sells_at_the_bid():
    made = valuation((1000, 1002), (990, 993))
    assert made.update()
    assert (made.buy_value, made.sell_value) == (1002 - 990, 1000 - 993)


def test_difference_with_multiplier_and_currency():
    """V = 1 * A - 0.25 * 0.8 * B with B quoted in another currency."""
    made_definition = definition(fx_rates=(1.0, 0.8))
    made_definition.legs[1].multiplier = 0.25
    books = [Book(0), Book(1)]
    set_book(books[0], [(1000, 1)], [(1002, 1)])
    set_book(books[1], [(4000, 1)], [(4010, 1)])
    made = SpreadValuation(made_definition, [instrument(0), instrument(1)], books)
    assert made.update()
    assert made.buy_value == pytest.approx(1002 - 800, abs=1e-9)
    assert made.sell_value == pytest.approx(1000 - 802, abs=1e-9)


def test_a_tick_is_worth_what_the_instrument_says():
    """Leg 0 in steps of 0.2: 5 ticks are one point."""
    first = instrument(0)
    first.price_decimals, first.tick_units, first.price_divisor = 1, 2, 10.0
    books = [Book(0), Book(1)]
    set_book(books[0], [(5000, 1)], [(5001, 1)])
    set_book(books[1], [(990, 1)], [(993, 1)])
    made = SpreadValuation(definition(), [first, instrument(1)], books)
    assert made.update()
    assert made.buy_value == pytest.approx(1000.2 - 990, abs=1e-9)


def test_three_legs():
    made = valuation((1000, 1002), (400, 401), (500, 503), ratios=(1, 1, 1), sides=(1, -1, -1))
    assert made.update()
    assert (made.buy_value, made.sell_value) == (1002 - 400 - 500, 1000 - 401 - 503)


def test_fc_09_a_ratio_is_kept_at_full_precision():
    made = valuation((1000, 1003), (1000, 1001), form=RATIO)
    assert made.update()
    assert made.buy_value == pytest.approx(1.003, abs=1e-12)
    assert made.sell_value == pytest.approx(1000 / 1001, abs=1e-12)


def test_a_ratio_over_a_price_of_zero_is_no_value():
    made = valuation((1000, 1003), (0, 1), form=RATIO)
    assert not made.update()


@pytest.mark.parametrize("state", [BOOK_BUILDING, BOOK_STALE, BOOK_SUSPECT])
def test_only_live_books_have_a_value(state):
    made = valuation((1000, 1002), (990, 993))
    made.books[1].state = state
    assert not made.update() and not made.valid


@pytest.mark.parametrize("side", ["bids", "asks"])
def test_a_one_sided_book_has_no_value(side):
    made = valuation((1000, 1002), (990, 993))
    getattr(made.books[0], side).clear()
    assert not made.update()


def test_executable_sweeps_the_depth_of_every_leg():
    """15 lots: leg 0 buys 10 at 1002 and 5 at 1012, leg 1 sells 10 at 990 and 5 at 980."""
    made = valuation((1000, 1002), (990, 993))
    average = (10 * 1002 + 5 * 1012) / 15 - (10 * 990 + 5 * 980) / 15
    assert made.executable(BUY_SPREAD, [15, 15]) == pytest.approx(average, abs=1e-9)
    assert made.executable(SELL_SPREAD, [1, 1]) == pytest.approx(1000 - 993, abs=1e-9)
    assert made.executable(BUY_SPREAD, [15, 1]) == pytest.approx(15080 / 15 - 990, abs=1e-9)


def test_executable_ratio():
    made = valuation((1000, 1002), (990, 993), form=RATIO)
    assert made.executable(BUY_SPREAD, [1, 1]) == pytest.approx(1002 / 990, abs=1e-12)
    assert made.executable(SELL_SPREAD, [10, 15]) == pytest.approx(1000 / (14945 / 15), abs=1e-12)


def test_the_side_of_each_leg():
    made = valuation((1000, 1002), (990, 993))
    assert [made.order_side(leg, BUY_SPREAD) for leg in (0, 1)] == [BUY, SELL]
    assert [made.order_side(leg, SELL_SPREAD) for leg in (0, 1)] == [SELL, BUY]


def test_value_of_a_leg_in_base_currency():
    """3 lots at the bid of 990, 1.0000 a tick, 0.8 base for one: 2376.0000."""
    made = valuation((1000, 1002), (990, 993), fx_rates=(1.0, 0.8))
    assert made.leg_value_e4(1, BUY_SPREAD, 3) == 23_760_000
    assert made.leg_value_e4(0, BUY_SPREAD, 3) == 30_060_000
    made.books[1].bids.clear()
    assert made.leg_value_e4(1, BUY_SPREAD, 3) == 0
