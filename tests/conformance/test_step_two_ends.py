"""Quotes in STEP from the simulated gateway to the engine's books, over both real sessions."""

import random

from cross_market_connect.domain.book import BOOK_STATE_NAMES, LEVELS, Book
from cross_market_connect.domain.clock import CalendarClock
from cross_market_connect.reference.sessions import SessionClock
from cross_market_connect.reference.tables import load_reference
from cross_market_connect.venues.fix_broker.quotes import FixQuotes
from cross_market_connect.venues.simulated.settings import ROLE_MARKET_DATA, ClientSession, ExchangeSettings
from cross_market_connect.wire.fix.settings import ROLE_INITIATOR, SessionSettings
from cross_market_connect.wire.fix.versions import dictionary_of
from tests.unit.venues.fix_broker.support import SECOND, UTC_NS, Clock, Wire
from tests.unit.venues.simulated.test_step_quotes import share

CODES = ("000001", "159919")


class Ends:
    """The gateway and a feed that is logged on to it; everything in one thread of time."""

    def __init__(self, clocks: list[SessionClock] | None = None, start_ns: int = 0) -> None:
        self.clock = Clock()
        self.clock.now_ns = start_ns
        self.listed = [share(index, code) for index, code in enumerate(CODES)]
        self.books = [Book(index) for index in range(len(CODES))]
        chosen = ExchangeSettings("XSHE", b"MDGW", self.listed, CalendarClock(0, UTC_NS, 1000, [], []), 7)
        chosen.version = "STEP.1.2"
        chosen.clients = [ClientSession(b"DESK", ROLE_MARKET_DATA, b"", b"", b"")]
        chosen.session_clocks = clocks or []
        self.wire = Wire(self.clock, chosen)
        ours = SessionSettings(b"FIXT.1.1", b"DESK", b"MDGW", ROLE_INITIATOR, time_offset_s=28_800)
        step, dictionary = self.clock.step, dictionary_of("STEP.1.2")
        self.feed = FixQuotes(1, ours, step, self.listed, self.books, "XSHE", 1, 1, dictionary)
        self.wire.connect(1, self.feed)

    def quote(self, at: int, bids: list[tuple[int, int]], asks: list[tuple[int, int]]) -> None:
        self.wire.exchange.quote(at, bids, asks, self.clock.now_ns, self.clock.utc_ns)
        self.wire.move()

    def states(self) -> list[str]:
        return [BOOK_STATE_NAMES[book.state] for book in self.books]

    def faults(self) -> list[str]:
        return [event for event in self.clock.records.events() if event.startswith(("fault", "book_", "un"))]

    def agree(self) -> None:
        for book, resting in zip(self.books, self.wire.exchange.matching.books, strict=True):
            for ours, theirs in ((book.bids, resting.bids), (book.asks, resting.asks)):
                shown = [(int(ours.price_ticks[at]), int(ours.quantity_lots[at])) for at in range(int(ours.depth))]
                assert shown == [
                    (int(level.price_ticks), int(level.total_lots)) for level in theirs.levels[: int(LEVELS)]
                ]


def test_books_equal_the_gateways_through_changes_and_lost_connections() -> None:
    chance = random.Random(20_261_129)
    ends = Ends()
    assert ends.states() == ["live", "live"]
    for _ in range(300):
        middle, depth = 1_000 + chance.randint(-20, 20), chance.randint(0, 14)
        bids = [(middle - at, chance.randint(1, 90)) for at in range(1, depth)]
        asks = [(middle + at, chance.randint(1, 90)) for at in range(chance.randint(0, 14))]
        ends.quote(chance.randrange(2), bids, asks)
        ends.wire.advance(3)
        if chance.random() < 0.05:
            ends.wire.cut(1)
            assert ends.states() == ["suspect", "suspect"]
            ends.wire.connect(1, ends.feed)
        assert ends.states() == ["live", "live"]
        ends.agree()
    assert ends.wire.losses > 5
    assert ends.faults() == []
    assert ends.books[0].event_utc_ns <= ends.clock.utc_ns
    assert ends.books[0].event_utc_ns > ends.clock.utc_ns - SECOND


def test_a_book_lives_while_its_market_trades() -> None:
    clock = load_reference().session_clock("XSHG.601318", 20210104)
    start_ns = 5_399 * SECOND  # from 10:00 to a second before 11:30
    ends = Ends([clock, clock], start_ns)
    ends.quote(0, [(1_000, 1)], [(1_001, 1)])
    assert ends.states() == ["live", "live"]
    ends.wire.exchange.halt(1, ends.clock.now_ns, ends.clock.utc_ns)
    ends.wire.move()
    assert ends.states() == ["live", "closed"]
    ends.wire.advance(1_000)
    assert ends.states() == ["closed", "closed"]
    ends.agree()


def test_an_idle_session_stays_up_by_heartbeats_alone() -> None:
    ends = Ends()
    for _ in range(200):
        ends.clock.now_ns += SECOND - 1_000_000
        ends.wire.advance(1)
    assert ends.feed.is_up()
    assert (ends.wire.losses, ends.faults(), ends.states()) == (0, [], ["live", "live"])
