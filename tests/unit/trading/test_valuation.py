"""The spread's value, worked by hand: difference, ratio, three legs, multiplier, currency, swept depth."""

import pytest

from cross_market_connect.domain.book import BOOK_BUILDING, BOOK_LIVE, BOOK_STALE, BOOK_SUSPECT, Book
from cross_market_connect.domain.order import BUY, SELL
from cross_market_connect.domain.spread import (
    BUY_SPREAD,
    FORMULA,
    PERCENT,
    QUOTE_ASK,
    QUOTE_BID,
    QUOTE_MID,
    RATIO,
    SELL_SPREAD,
    PricingLeg,
)
from cross_market_connect.trading.formula import compile_formula
from cross_market_connect.trading.valuation import NO_VALUE, SpreadValuation
from tests.unit.trading.support import definition, instrument, set_book


def valuation(*quotes, **changes) -> SpreadValuation:
    books = [Book(index) for index in range(len(quotes))]
    for book, (bid, ask) in zip(books, quotes, strict=True):
        set_book(book, [(bid, 10), (bid - 10, 10)], [(ask, 10), (ask + 10, 10)])
    return SpreadValuation(definition(**changes), [instrument(index) for index in range(len(quotes))], books)


def test_difference_buys_at_the_ask_and_sells_at_the_bid():
    made = valuation((1000, 1002), (990, 993))
    assert made.update() and made.valid
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


def test_case_09_a_ratio_is_kept_at_full_precision():
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


def test_a_ratio_whose_first_leg_is_sold_is_bought_over_sold():
    """Buying sells leg 0 at its bid of 1000 and buys leg 1 at its ask of 993."""
    made = valuation((1000, 1002), (990, 993), form=RATIO, sides=(-1, 1))
    assert made.update()
    assert made.buy_value == pytest.approx(993 / 1000, abs=1e-12)
    assert made.sell_value == pytest.approx(990 / 1002, abs=1e-12)


@pytest.mark.parametrize(("reference", "buy", "sell"), [(0, 12 / 1002, 7 / 1000), (1, 12 / 990, 7 / 993)])
def test_the_difference_in_percent_of_either_leg(reference, buy, sell):
    made = valuation((1000, 1002), (990, 993), form=PERCENT)
    made.definition.rule.reference_leg = reference
    assert made.update()
    assert made.buy_value == pytest.approx(100 * buy, abs=1e-12)
    assert made.sell_value == pytest.approx(100 * sell, abs=1e-12)
    assert made.executable(BUY_SPREAD, [1, 1]) == made.buy_value


def with_costs(**changes) -> SpreadValuation:
    """Leg 0: 1 permille and 3.0 a lot to buy, to sell 2 permille; closing is twice as dear. Leg 1: 0.5 a lot."""
    made = valuation((1000, 1002), (990, 993), **changes)
    costs = made.definition.legs[0].costs
    costs.buy_open_rate, costs.buy_open_per_lot, costs.sell_open_rate = 0.001, 3.0, 0.002
    costs.buy_close_rate, costs.buy_close_per_lot, costs.sell_close_rate = 0.002, 6.0, 0.004
    other = made.definition.legs[1].costs
    other.buy_open_per_lot = other.sell_open_per_lot = other.buy_close_per_lot = other.sell_close_per_lot = 0.5
    made.definition.rule.is_net = True
    return SpreadValuation(made.definition, made.instruments, made.books)


def test_net_values_add_the_costs_of_each_side():
    """Buying: leg 0 at 1002 + 1.002 + 3, leg 1 sold at 990 - 0.5. Selling: 1000 - 2 against 993 + 0.5."""
    made = with_costs()
    assert made.update()
    assert made.buy_value == pytest.approx(1006.002 - 989.5, abs=1e-9)
    assert made.sell_value == pytest.approx(998 - 993.5, abs=1e-9)
    assert made.executable_value(BUY_SPREAD, [1, 1], False) == pytest.approx(12, abs=1e-9)


def test_closing_has_its_own_costs():
    made = with_costs()
    made.closing_direction = SELL_SPREAD
    assert made.update()
    assert made.buy_value == pytest.approx(1006.002 - 989.5, abs=1e-9)
    assert made.sell_value == pytest.approx(996 - 993.5, abs=1e-9)


def test_costs_per_lot_are_spread_over_the_value_of_a_lot():
    """Two units of currency per tick: 3.0 a lot are 1.5 ticks."""
    made = with_costs()
    made.instruments[0].tick_value_e4 = 20_000
    assert made.update()
    assert made.buy_value == pytest.approx(1002 + 1.002 + 1.5 - 989.5, abs=1e-9)


def test_net_ratio_and_percent():
    made = with_costs(form=RATIO)
    assert made.update()
    assert made.buy_value == pytest.approx(1006.002 / 989.5, abs=1e-12)
    made = with_costs(form=PERCENT)
    assert made.update()
    assert made.sell_value == pytest.approx(100 * (998 - 993.5) / 998, abs=1e-9)


def test_a_formula_buys_each_leg_on_its_side():
    made = valuation((1000, 1002), (990, 993), form=FORMULA)
    made.definition.formula = compile_formula("a - 0.5 * b - 7", ["a", "b"], [], {}).formula
    made = SpreadValuation(made.definition, made.instruments, made.books)
    assert made.update()
    assert made.buy_value == pytest.approx(1002 - 495 - 7, abs=1e-9)
    assert made.sell_value == pytest.approx(1000 - 496.5 - 7, abs=1e-9)
    assert made.executable(BUY_SPREAD, [15, 1]) == pytest.approx(15080 / 15 - 495 - 7, abs=1e-9)


def pricing_world(quote: int, text: str = "", inputs: list[int] | None = None) -> SpreadValuation:
    books = [Book(index) for index in range(3)]
    for book, (bid, ask) in zip(books, [(1000, 1002), (990, 993), (80, 84)], strict=True):
        set_book(book, [(bid, 10)], [(ask, 10)])
    made = definition()
    made.pricing_legs = [PricingLeg(2, "x", quote, 1, False)]
    if text:
        made.formula = compile_formula(text, ["a", "b"], ["x"], {}).formula
        made.formula.inputs = inputs or []
        made.rule.form = FORMULA
    else:
        made.legs[1].live_rates = [1]
    rate = instrument(2)
    rate.price_decimals, rate.price_divisor = 2, 100.0
    return SpreadValuation(made, [instrument(0), instrument(1), rate], books)


@pytest.mark.parametrize(("quote", "rate"), [(QUOTE_MID, 0.82), (QUOTE_BID, 0.80), (QUOTE_ASK, 0.84)])
def test_a_live_rate_converts_at_the_side_that_is_named(quote, rate):
    made = pricing_world(quote)
    assert made.update()
    assert made.buy_value == pytest.approx(1002 - 990 * rate, abs=1e-9)
    assert made.price_fx_e9(1) == round(rate * 1e9)
    set_book(made.pricing_books[0], [(90, 1)], [(90, 1)])
    assert made.update()
    assert made.sell_value == pytest.approx(1000 - 993 * 0.9, abs=1e-9)


def test_a_live_rate_may_be_the_other_way_round():
    made = pricing_world(QUOTE_MID)
    made.definition.legs[1].live_rates = [-1]
    assert made.update()
    assert made.buy_value == pytest.approx(1002 - 990 / 0.82, abs=1e-9)


def test_without_its_rate_a_spread_has_no_value():
    made = pricing_world(QUOTE_MID)
    made.pricing_books[0].state = BOOK_STALE
    assert not made.update() and not made.valid
    made.pricing_books[0].state = BOOK_LIVE
    assert made.update()
    made.pricing_books[0].bids.clear()
    assert not made.update()


def test_a_live_input_of_a_formula():
    made = pricing_world(QUOTE_MID, "a - b - x", [0])
    assert made.update()
    assert made.buy_value == pytest.approx(1002 - 990 - 0.82, abs=1e-9)


def test_what_a_formula_cannot_work_out_is_no_value():
    """b - a / x is not met by any threshold where x is so small that the quotient leaves the numbers."""
    made = pricing_world(QUOTE_MID, "a / x - b", [0])
    made.pricing_tick[0] = 1e-320
    assert not made.update() and not made.valid
    assert made.executable(BUY_SPREAD, [1, 1]) == NO_VALUE
    assert made.executable(SELL_SPREAD, [1, 1]) == -NO_VALUE


def test_value_at_given_prices():
    made = valuation((1000, 1002), (990, 993))
    assert made.value_at(BUY_SPREAD, [1001.5, 991.0]) == pytest.approx(10.5, abs=1e-9)


def of_formula(text: str, *quotes) -> SpreadValuation:
    made = valuation(*quotes, form=FORMULA)
    made.definition.formula = compile_formula(text, ["a", "b"], [], {}).formula
    return SpreadValuation(made.definition, made.instruments, made.books)


def test_a_value_that_only_one_direction_has_is_none():
    """Leg 1 is sold at 990 and bought at 993: the first formula divides by zero on buying, the second on selling."""
    for text, buying, selling in (
        ("a / max(b - 990, 0)", NO_VALUE, 1000 / 3),
        ("a - 1 / max(993 - b, 0)", 1002 - 1 / 3, -NO_VALUE),
    ):
        made = of_formula(text, (1000, 1002), (990, 993))
        assert not made.update() and not made.valid
        assert made.executable(BUY_SPREAD, [1, 1]) == pytest.approx(buying, rel=1e-12)
        assert made.executable(SELL_SPREAD, [1, 1]) == pytest.approx(selling, rel=1e-12)


def test_a_formula_needs_prices_above_zero():
    made = of_formula("a - b", (1, 2), (-1, 1))
    assert not made.update()
    assert made.executable(BUY_SPREAD, [1, 1]) == NO_VALUE
    assert made.executable(SELL_SPREAD, [1, 1]) == 0.0
    assert of_formula("a - b", (1, 2), (1, 2)).update()


@pytest.mark.parametrize("form", [RATIO, PERCENT])
@pytest.mark.parametrize("quotes", [((1, 2), (0, 1)), ((0, 1), (1, 2))])
def test_a_net_quotient_needs_prices_above_zero(form, quotes):
    made = valuation(*quotes, form=form)
    made.definition.rule.is_net = True
    made = SpreadValuation(made.definition, made.instruments, made.books)
    assert not made.update()
    direction = BUY_SPREAD if quotes[1][0] == 0 else SELL_SPREAD
    assert made.executable(direction, [1, 1]) == NO_VALUE * direction
    assert abs(made.executable(-direction, [1, 1])) < NO_VALUE
