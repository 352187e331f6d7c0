"""Implied levels of CME: a book of their own, and the combined book where the feed makes one."""

import random

from cross_market_connect.bench.feed_market import Flow, instruments, sides_of
from cross_market_connect.bench.feed_mdp3 import DEFINITIONS, INCREMENTAL, MIC, SECURITY_BASE, SNAPSHOTS
from cross_market_connect.domain.book import BOOK_LIVE, Book
from cross_market_connect.domain.order import BUY, SELL
from cross_market_connect.domain.step import Step
from cross_market_connect.matching.order_book import PriceLevel, RestingSide
from cross_market_connect.venues.cme.mdp3_feed import CmeFuturesFeed
from cross_market_connect.venues.simulated.mdp3_publisher import MdpChannelSettings, MdpPublisher
from cross_market_connect.wire.mdp3.codes import (
    ACTION_CHANGE,
    ACTION_DELETE,
    ENTRY_IMPLIED_BID,
    ENTRY_IMPLIED_OFFER,
    INCREMENTAL_BOOK,
    LAST_QUOTE,
)
from cross_market_connect.wire.mdp3.layout import Layouts
from cross_market_connect.wire.mdp3.message_writer import MessageWriter
from tests.unit.venues.cme.support import GC, UTC_NS, Bench, Level, bid, book, following, schema, wire
from tests.unit.venues.hkex.support import ListSink, levels


def implied(count: int, price: float, size: int, level: int = 1, action: int = 0) -> Level:
    return (count, price, size, level, action, int(ENTRY_IMPLIED_BID))


def of(bench: Bench) -> list[tuple[int, int]]:
    return levels(bench.feed.books.implied[0].bids)


def test_an_implied_book_is_two_deep_and_apart_from_the_direct_one() -> None:
    bench = following()
    bench.live(11, book(GC, implied(3, 1_900.6, 4), implied(4, 1_900.3, 5, 2)))
    assert (of(bench), bench.bids(), bench.changed) == ([(19_006, 4), (19_003, 5)], [(19_005, 3)], [])
    bench.live(12, book(GC, implied(5, 1_900.7, 1)))
    assert of(bench) == [(19_007, 1), (19_006, 4)], "the third is gone"
    bench.live(13, book(GC, implied(6, 0, 0, 1, int(ACTION_DELETE)), implied(7, 1_900.2, 9, 2)))
    assert of(bench) == [(19_006, 4), (19_002, 9)]
    bench.live(14, book(GC, implied(8, 1_900.6, 3, 1, int(ACTION_CHANGE)), implied(9, 1, 1, 3)))
    assert (of(bench), bench.states()[0]) == ([(19_006, 3), (19_002, 9)], "live")
    bench.live(15, book(GC, implied(10, 1_900.6, 3, 2, int(ACTION_DELETE)), implied(11, 1_900.6, 3, 2, 1)))
    assert bench.states()[0] == "suspect", "it changes a level that there is not"


def test_the_combined_book_is_the_better_of_both_with_the_sum_where_they_meet() -> None:
    bench = following(combines_implied=True)
    bench.live(11, book(GC, implied(3, 1_900.6, 4), implied(4, 1_900.5, 2, 2)))
    assert (bench.bids(), bench.changed, bench.states()[0]) == ([(19_006, 4), (19_005, 5)], [0], "live")
    bench.live(12, book(GC, bid(5, 1_900.6, 1)))
    assert bench.bids() == [(19_006, 5), (19_005, 5)]
    offer = (6, 1_900.9, 8, 1, 0, int(ENTRY_IMPLIED_OFFER))
    bench.live(13, book(GC, offer, implied(7, 0, 0, 1, int(ACTION_DELETE))))
    assert (bench.bids(), bench.books[0].best_ask()) == ([(19_006, 1), (19_005, 5)], 19_009)


def test_the_end_of_the_quotes_is_not_the_end_of_a_combined_book_s_event() -> None:
    def quotes_over(combines: bool) -> list[str]:
        def fill(writer: MessageWriter) -> None:
            assert writer.begin_update(INCREMENTAL_BOOK, UTC_NS, LAST_QUOTE)
            assert writer.add_entry(wire(1_900.6), 1, GC, 3, 1, 1, 0, 0x30)
            writer.end()

        bench = following(combines_implied=combines)
        bench.live(11, fill)
        states = bench.states()[:1]
        bench.live(12, book(GC, implied(4, 1_900.6, 4)))
        return states + bench.states()[:1] + [str(bench.bids()[0])]

    assert quotes_over(False) == ["live", "live", "(19006, 1)"]
    assert quotes_over(True) == ["suspect", "live", "(19006, 5)"]


def side_of(side: int, sides: list[tuple[int, int]]) -> RestingSide:
    result = RestingSide(side)
    for price, lots in sides:
        level = PriceLevel(price)
        level.total_lots = lots
        result.levels.append(level)
    return result


def test_a_publisher_s_direct_and_implied_books_are_followed_level_by_level() -> None:
    flow, chance = Flow(instruments(MIC, 1), 3), random.Random(3)
    settings = MdpChannelSettings(INCREMENTAL, SNAPSHOTS, DEFINITIONS, [SECURITY_BASE], schema())
    settings.entries_max, settings.spreads_events = 3, True
    publisher = MdpPublisher(flow.exchange, settings)
    step, shown = Step(ListSink()), [Book(0)]
    feed = CmeFuturesFeed(0, step, flow.exchange.instruments, shown, Layouts(schema()), MIC, 0, True)
    compared = 0
    for act in range(1, 1_500):
        flow.act()
        flow.exchange.take_events()
        bids = sorted(chance.sample(range(19_985, 20_000), chance.randint(0, 2)), reverse=True)
        asks = sorted(chance.sample(range(20_001, 20_015), chance.randint(0, 2)))
        sides = [[(price, chance.randint(1, 9)) for price in prices] for prices in (bids, asks)]
        publisher.publish_book(0, act, UTC_NS + act)
        publisher.publish_implied(0, side_of(BUY, sides[0]), side_of(SELL, sides[1]))
        publisher.end_step(act, UTC_NS + act)
        if act % 20 == 1:
            publisher.handle_timer(act * 1_000_000_000, UTC_NS + act)
        for channel, data in publisher.take_packets():
            if channel == INCREMENTAL and chance.randrange(500) == 0:
                continue
            step.begin(act * 1_000_000, UTC_NS + act, step.input_seq + 1)
            feed.receive(bool(publisher.is_refresh(channel)), data)
            if act * 1_000_000 >= feed.next_timer_ns():
                feed.handle_timer()
        if shown[0].state != BOOK_LIVE:
            continue
        compared += 1
        for side, sign, direct, given in zip((0, 1), (-1, 1), flow.sides(0), sides, strict=True):
            sums: dict[int, int] = {}
            for price, lots in [*direct, *given]:
                sums[price] = sums.get(price, 0) + lots
            depth = max(len(direct), len(given))
            assert list(sides_of(shown[0])[side]) == sorted(sums.items(), key=lambda at: sign * at[0])[:depth]
    assert compared > 400 and feed.natural_refreshes + feed.log.repairs > 3
