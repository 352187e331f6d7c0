"""The market maker follows its schedule and leaves nothing behind."""

import pytest

from cross_market_connect.domain.book import Book
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.instrument import Instrument, Session, Venue
from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.domain.order import BUY, DAY, IMMEDIATE_OR_CANCEL, LIMIT
from cross_market_connect.matching.exchange import MatchingExchange
from cross_market_connect.matching.orders import REASON_NONE, ExchangeOrder
from cross_market_connect.venues.simulated.market_maker import MarketMaker, QuoteSchedule


def market(schedule: QuoteSchedule) -> tuple[MatchingExchange, MarketMaker]:
    venue = Venue("XTST", "Test", "测试", 0, 0)
    instrument = Instrument(0, "XTST.A", venue, "A", "A", "A", "CNY", 0, 1, 10_000, Session("day", [0], [1440]))
    exchange = MatchingExchange([instrument])
    exchange.add_participant("maker", False, False)
    exchange.add_participant("taker", True, True)
    exchange.open_trading(0)
    return exchange, MarketMaker(exchange, 0, 0, schedule)


def quote(exchange: MatchingExchange) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    book = Book(0)
    exchange.copy_book(0, book)
    sides = []
    for side in (book.bids, book.asks):
        sides.append([(int(side.price_ticks[at]), int(side.quantity_lots[at])) for at in range(side.depth)])
    return sides[0], sides[1]


def test_each_quote_replaces_the_one_before() -> None:
    exchange, maker = market(QuoteSchedule([10, 20, 30], [99, 100, 98], [1, 2, 3], [101, 102, 99], [4, 5, 6]))
    assert maker.next_utc_ns() == 10 and not maker.advance(9)
    assert quote(exchange) == ([], [])
    seen = []
    for utc_ns in (10, 20, 30):
        assert maker.advance(utc_ns)
        seen.append(quote(exchange))
    assert seen == [([(99, 1)], [(101, 4)]), ([(100, 2)], [(102, 5)]), ([(98, 3)], [(99, 6)])]
    assert maker.next_utc_ns() == NO_TIMER and not maker.advance(40)


def test_a_quote_may_have_several_levels_a_tick_apart() -> None:
    schedule = QuoteSchedule([10, 20], [99, 98], [2, 3], [101, 100], [4, 5])
    schedule.levels = 3
    exchange, maker = market(schedule)
    maker.advance(10)
    assert quote(exchange) == ([(99, 2), (98, 2), (97, 2)], [(101, 4), (102, 4), (103, 4)])
    maker.advance(20)
    assert quote(exchange) == ([(98, 3), (97, 3), (96, 3)], [(100, 5), (101, 5), (102, 5)])


def test_liquidity_that_was_taken_comes_back_with_the_next_quote() -> None:
    exchange, maker = market(QuoteSchedule([10, 20], [99, 99], [5, 5], [100, 100], [5, 5]))
    maker.advance(10)
    order = ExchangeOrder(1, 0, b"t", 0, BUY, LIMIT, IMMEDIATE_OR_CANCEL, 100, 5)
    exchange.submit(order, REASON_NONE, 11)
    assert quote(exchange) == ([(99, 5)], [])
    maker.advance(20)
    assert quote(exchange) == ([(99, 5)], [(100, 5)])
    assert exchange.ledger.position_lots(0, 0) == -5


def test_resting_orders_of_others_trade_with_the_quote() -> None:
    exchange, maker = market(QuoteSchedule([10], [99], [5], [100], [5]))
    order = ExchangeOrder(1, 0, b"t", 0, BUY, LIMIT, DAY, 100, 2)
    exchange.submit(order, REASON_NONE, 9)
    maker.advance(10)
    assert (order.cumulative_lots, quote(exchange)[1]) == (2, [(100, 3)])


def test_late_timer_posts_the_latest_quote_only_and_closed_market_none() -> None:
    exchange, maker = market(QuoteSchedule([10, 20, 30], [97, 98, 99], [1, 1, 1], [101, 101, 101], [1, 0, 1]))
    maker.advance(25)
    assert quote(exchange) == ([(98, 1)], [])
    exchange.pause_trading(0)
    maker.advance(30)
    assert quote(exchange) == ([], [])
    assert maker.refused == 0


def test_large_quantity_becomes_orders_of_the_venues_size() -> None:
    exchange, maker = market(QuoteSchedule([10], [99], [45], [101], [20]))
    exchange.instruments[0].quantity_max_lots = 20
    maker.advance(10)
    assert [order.leaves_lots for order in exchange.books[0].bids.levels[0].orders] == [20, 20, 5]


def test_schedule_must_be_in_order_and_of_one_length() -> None:
    with pytest.raises(InputError):
        QuoteSchedule([20, 10], [1, 1], [1, 1], [2, 2], [1, 1])
    with pytest.raises(InputError):
        QuoteSchedule([10, 20], [1], [1, 1], [2, 2], [1, 1])
