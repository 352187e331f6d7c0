"""A simulated COMEX that publishes MDP 3.0 on two bad lines, and the engine's own feed that follows it.

Whenever the feed says that the book is live it is one that the exchange really had, and when the market rests both are
equal: through losses on one line and on both, late packets, and a channel reset.
"""

import random

import pytest

from cross_market_connect.domain.book import BOOK_LIVE, Book, BookSide
from cross_market_connect.domain.clock import CalendarClock
from cross_market_connect.domain.step import Step
from cross_market_connect.matching.order_book import RestingSide
from cross_market_connect.venues.cme.mdp3_feed import CmeFuturesFeed
from cross_market_connect.venues.simulated.exchange import SimulatedExchange
from cross_market_connect.venues.simulated.lines import LINE_B, line_faults
from cross_market_connect.venues.simulated.market_maker import QuoteSchedule
from cross_market_connect.venues.simulated.mdp3_publisher import MdpChannelSettings
from cross_market_connect.venues.simulated.settings import ExchangeSettings
from cross_market_connect.wire.mdp3.layout import Layouts
from tests.unit.venues.cme.support import UTC_NS, gold, schema
from tests.unit.venues.hkex.support import ListSink

MILLISECOND = 1_000_000
SECOND = 1_000 * MILLISECOND
CHANNEL, SNAPSHOTS, DEFINITIONS = 41, 42, 43
LIVE = (CHANNEL, CHANNEL + LINE_B)
Levels = tuple[tuple[int, int], ...]


def exchange_settings(seed: int) -> ExchangeSettings:
    result = ExchangeSettings("XCEC", b"XCEC", [gold(0, "GCM1")], CalendarClock(0, UTC_NS, 1000, [], []), seed)
    result.mdp_channel = MdpChannelSettings(CHANNEL, SNAPSHOTS, DEFINITIONS, [41_001], schema())
    result.lines = line_faults("heavy")
    chance = random.Random(seed)
    times = [UTC_NS + at * 10 * MILLISECOND for at in range(1_500)]
    bids = [19_000 + chance.randint(-3, 3) for _ in times]
    lots = [chance.randint(1, 12) for _ in times]
    result.schedules = [QuoteSchedule(times, bids, lots, [bid + 2 for bid in bids], lots)]
    return result


class Ends:
    """The exchange, the feed, and time."""

    def __init__(self, seed: int) -> None:
        self.exchange = SimulatedExchange(exchange_settings(seed))
        self.step = Step(ListSink())
        self.book = Book(0)
        layouts = Layouts(schema())
        self.feed = CmeFuturesFeed(0, self.step, [gold(0, "GCM1")], [self.book], layouts, "XCEC")
        self.now_ns = 0
        self.real: set[tuple[Levels, Levels]] = set()
        self.compared = 0
        self.exchange.start(0, UTC_NS)

    def run_until(self, until_ns: int) -> None:
        while (due_ns := min(int(self.exchange.next_timer_ns()), int(self.feed.next_timer_ns()))) <= until_ns:
            self.now_ns = max(self.now_ns, due_ns)
            self.exchange.handle_timer(self.now_ns, UTC_NS + self.now_ns)
            self.deliver()
            if self.now_ns >= self.feed.next_timer_ns():
                self.begin()
                self.feed.handle_timer()
                self.look()
        self.now_ns = until_ns

    def deliver(self) -> None:
        book = self.exchange.matching.books[0]
        self.real.add((resting(book.bids), resting(book.asks)))
        for channel, data in self.exchange.datagrams_to_send():
            self.begin()
            self.feed.receive(int(channel) not in LIVE, data)
            self.look()

    def begin(self) -> None:
        self.step.begin(self.now_ns, UTC_NS + self.now_ns, self.step.input_seq + 1)

    def look(self) -> None:
        self.feed.changed.clear()
        if self.book.state == BOOK_LIVE:
            self.compared += 1
            assert (shown(self.book.bids), shown(self.book.asks)) in self.real

    def assert_equal(self) -> None:
        book = self.exchange.matching.books[0]
        assert self.book.state == BOOK_LIVE
        assert (shown(self.book.bids), shown(self.book.asks)) == (resting(book.bids), resting(book.asks))


def resting(side: RestingSide) -> Levels:
    return tuple((int(level.price_ticks), int(level.total_lots)) for level in side.levels)


def shown(side: BookSide) -> Levels:
    return tuple((int(side.price_ticks[at]), int(side.quantity_lots[at])) for at in range(int(side.depth)))


@pytest.mark.parametrize("seed", range(1, 5))
def test_bad_lines_and_a_reset_end_in_equal_books(seed: int) -> None:
    ends = Ends(seed)
    for number in range(1, 15):
        ends.run_until(number * SECOND)
        # What both lines lose is a gap.
        ends.exchange.lose_datagrams(number % 3)
        if number == 9:
            ends.exchange.reset_channel(ends.now_ns, UTC_NS + ends.now_ns)
            ends.deliver()
            assert ends.book.state != BOOK_LIVE
    ends.run_until(18 * SECOND)
    ends.assert_equal()
    assert ends.feed.log.gaps > 5 and ends.feed.log.packets > 1_000
    assert ends.exchange.datagrams_lost > 100
    assert ends.compared > 500
