"""Proposals: why a trigger comes to no order, with its numbers, and the first prices of one that does."""

from __future__ import annotations

import pytest

from cross_market_connect.domain.order import BUY, SELL
from cross_market_connect.trading.gates import GATE_ALIGNMENT, GATE_EXECUTABLE
from cross_market_connect.trading.proposal import first_limit
from tests.unit.trading.support import Bench, set_book

LIMIT_LOW, LIMIT_HIGH = 500, 2000


def test_too_little_depth_is_about_no_instrument_and_states_what_would_be_worth_an_order():
    """Two lots are shown on each side, and five are the fewest that are worth an order."""
    bench = Bench()
    bench.spread.rule.minimum_lots = 5
    bench.spread.reference_lots = 9
    bench.set_quotes((999, 1000), (1000, 1001), lots=2)
    result = bench.trigger.result
    assert (result.gate, result.instrument_index, result.observed, result.limit) == (GATE_ALIGNMENT, -1, 0, 5)
    assert bench.desk.proposer.reason == "visible depth below the quantity"
    assert bench.routes.sent == []


def test_a_depth_that_misses_the_threshold_states_both_values():
    """The best lot costs 0; three lots cost (1000 + 2 * 1003) / 3 - 1000 = 2, and 0 is the threshold."""
    bench = Bench()
    set_book(bench.books[1], [(1000, 9)], [(1001, 9)], bench.now_ns)
    set_book(bench.books[0], [(999, 9)], [(1000, 1), (1003, 9)], bench.now_ns)
    bench.input()
    bench.desk.on_book(0)
    result = bench.trigger.result
    assert (result.gate, result.instrument_index, result.limit) == (GATE_EXECUTABLE, -1, 0)
    assert result.observed == pytest.approx(2 * 10**9)


@pytest.mark.parametrize(("side", "lots", "price"), [(BUY, 1, 1002), (BUY, 4, 1005), (SELL, 1, 997), (SELL, 4, 994)])
def test_the_first_limit_is_the_price_of_the_depth_with_two_ticks_of_payup(side, lots, price):
    bench = Bench()
    set_book(bench.books[0], [(999, 3), (996, 9)], [(1000, 3), (1003, 9)], bench.now_ns)
    assert first_limit(bench.trigger.valuation, 0, side, lots) == price


@pytest.mark.parametrize(
    ("bids", "asks", "side", "price"),
    [
        ([(999, 3), (996, 9)], [(1000, 3), (1003, 9)], BUY, 1005),
        ([(999, 3), (996, 9)], [(1000, 3), (1003, 9)], SELL, 994),
        ([(999, 3), (996, 9)], [], BUY, 1001),
        ([], [(1000, 3), (1003, 9)], SELL, 998),
        ([], [], BUY, LIMIT_LOW),
        ([], [], SELL, LIMIT_HIGH),
    ],
)
def test_a_quantity_beyond_the_depth_is_priced_by_what_is_visible_and_never_by_the_far_limit(bids, asks, side, price):
    bench = Bench()
    instrument = bench.trigger.valuation.instruments[0]
    instrument.limit_low_ticks, instrument.limit_high_ticks = LIMIT_LOW, LIMIT_HIGH
    set_book(bench.books[0], bids, asks, bench.now_ns)
    assert first_limit(bench.trigger.valuation, 0, side, 13) == price
