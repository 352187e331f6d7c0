"""A silent feed is told of in trading hours only, once, and taken back; figures are on record every minute.

The hours are those of the published tables: Hong Kong's index futures on 2026-11-25, a Wednesday (9:15 to 12:00, 13:00
to 16:30, 17:15 to 3:00), and Chinese New Year's week of 2026.
"""

from __future__ import annotations

import datetime
import zoneinfo

import pytest

from cross_market_connect.domain.book import BOOK_CLOSED, BOOK_LIVE, BOOK_STALE, BOOK_SUSPECT, Book
from cross_market_connect.domain.clock import CalendarClock
from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.domain.records import ALERT, FEED_HEALTH
from cross_market_connect.domain.step import Step
from cross_market_connect.engine.feed_watch import HEALTH_INTERVAL_NS, FeedWatch, FeedWatches
from cross_market_connect.market.channel import Channel
from cross_market_connect.market.feed_log import FeedLog
from cross_market_connect.market.quote_times import QuoteTimes
from cross_market_connect.market.venue_clock import ClockBounds, VenueClock
from cross_market_connect.reference.tables import load_reference
from cross_market_connect.trading.venue_phases import VenuePhases
from tests.unit.trading.support import MS, SECOND, Log

HONG_KONG = zoneinfo.ZoneInfo("Asia/Hong_Kong")
REFERENCE = load_reference()
SILENCE_NS = 6 * SECOND
SOURCE = 3


def utc_ns(text: str) -> int:
    return int(datetime.datetime.fromisoformat(text).replace(tzinfo=HONG_KONG).timestamp()) * SECOND


class Feed:
    """A watched feed and the time; `has_channel` False: one over a stream."""

    def __init__(self, start: str, has_channel: bool = True) -> None:
        self.now_ns = 5 * SECOND
        self.log = Log()
        self.step = Step(self.log)
        self.clock = CalendarClock(self.now_ns, utc_ns(start), 1_000, [], [])
        self.channel = Channel(SILENCE_NS) if has_channel else None
        self.times = QuoteTimes()
        self.feed_log = FeedLog(SOURCE, self.step)
        self.books = [Book(0)]
        phases = VenuePhases(self.step)
        phases.clock = self.clock
        phases.hours = [REFERENCE.clock_between("XHKF", "hkfe_index", int(start[:10].replace("-", "")))]
        self.watch = FeedWatch(
            SOURCE, self.step, self.feed_log, self.times, self.channel, self.books, phases, SILENCE_NS
        )
        self.seq = 1
        self._begin()
        self._timers()

    def _begin(self) -> None:
        self.step.begin(self.now_ns, int(self.clock.utc_ns(self.now_ns)), 1)

    def _timers(self) -> None:
        if self.channel is not None and self.channel.notice_silence(self.now_ns):
            self.channel.forget()
        self.watch.handle_timer()

    def due_ns(self) -> int:
        channel_ns = NO_TIMER if self.channel is None else self.channel.next_timer_ns()
        return int(min(channel_ns, self.watch.next_timer_ns()))

    def until(self, moment: str, after_ns: int = 0) -> None:
        """Let time pass with every timer at its time."""
        end_ns = int(self.clock.now_ns(utc_ns(moment))) + after_ns
        while self.due_ns() <= end_ns:
            self.now_ns = max(self.now_ns, self.due_ns())
            self._begin()
            self._timers()
        self.now_ns = end_ns
        self._begin()

    def packet(self, seq: int | None = None) -> None:
        """The next packet, or one of that number."""
        self._begin()
        if self.channel is not None:
            self.channel.offer(b"", self.seq if seq is None else seq, 1, self.now_ns)
        if seq is None:
            self.seq += 1
        self.feed_log.packets += 1
        self.watch.heard()

    def alerts(self) -> list[tuple[str, str]]:
        """Code and local time of each."""
        told = []
        for (kind, fields), at_ns in zip(self.log.records, self.log.times, strict=True):
            if kind == ALERT:
                moment_s = int(self.clock.utc_ns(at_ns)) // SECOND
                told.append((fields["code"], f"{datetime.datetime.fromtimestamp(moment_s, HONG_KONG):%d %H:%M:%S}"))
        return told


BOTH = pytest.mark.parametrize("has_channel", [True, False], ids=["datagrams", "stream"])


@BOTH
def test_a_silence_in_trading_hours_is_told_once_and_taken_back_with_the_next_packet(has_channel: bool) -> None:
    feed = Feed("2026-11-25T10:00:00", has_channel)
    feed.packet()
    feed.until("2026-11-25T10:00:05")
    feed.packet()
    feed.until("2026-11-25T10:00:10")
    assert feed.alerts() == []
    feed.until("2026-11-25T10:20:00")
    assert feed.alerts() == [("feed_silent", "25 10:00:11")]
    assert feed.watch.is_told and feed.watch.is_silent()
    feed.packet()
    feed.packet()
    assert feed.alerts()[1:] == [("feed_heard", "25 10:20:00")]
    feed.until("2026-11-25T10:30:00")
    assert feed.alerts()[2:] == [("feed_silent", "25 10:20:06")]


@BOTH
@pytest.mark.parametrize(
    ("start", "opens"),
    [
        ("2026-11-25T12:10:00", "25 13:00:06"),
        ("2026-11-25T16:40:00", "25 17:15:06"),
        ("2026-11-25T04:00:00", "25 09:15:06"),
        ("2026-11-28T08:00:00", "30 09:15:06"),
        ("2026-02-17T09:00:00", "20 09:15:06"),
    ],
    ids=["lunch", "before the evening", "night", "weekend", "Chinese New Year"],
)
def test_nobody_is_told_of_a_silence_while_the_market_is_closed(has_channel: bool, start: str, opens: str) -> None:
    feed = Feed(start, has_channel)
    feed.packet()
    moment = datetime.datetime.fromisoformat(start).replace(day=int(opens[:2]))
    opening = f"{moment:%Y-%m-%dT}{opens[3:]}"
    feed.until(opening, -SECOND)
    assert feed.alerts() == [] and feed.watch.is_silent()
    feed.until(opening, SECOND)
    assert feed.alerts() == [("feed_silent", opens)]


@BOTH
def test_a_feed_that_speaks_when_its_market_opens_is_not_told_of(has_channel: bool) -> None:
    feed = Feed("2026-11-25T12:10:00", has_channel)
    feed.packet()
    for second in range(0, 60, 5):
        feed.until(f"2026-11-25T13:00:{second:02}")
        feed.packet()
    assert feed.alerts() == []


def test_a_silence_that_is_found_in_a_break_is_told_of_behind_it_alone() -> None:
    feed = Feed("2026-11-25T11:59:50")
    feed.packet()
    feed.until("2026-11-25T11:59:55")
    feed.packet()
    feed.until("2026-11-25T13:10:00")
    assert feed.alerts() == [("feed_silent", "25 13:00:06")]


def test_a_feed_that_never_spoke_is_told_of() -> None:
    feed = Feed("2026-11-25T10:00:00", False)
    feed.until("2026-11-25T10:01:00")
    assert feed.alerts() == [("feed_silent", "25 10:00:06")]
    channel = Feed("2026-11-25T10:00:00")
    channel.until("2026-11-25T10:01:00")
    assert channel.alerts() == [("feed_silent", "25 10:00:06")]


def test_behind_the_tables_nobody_is_told() -> None:
    """There is no evening session on the last day that the tables know."""
    feed = Feed("2026-12-31T10:00:00", False)
    for moment in ("2026-12-31T12:29:55", "2026-12-31T12:29:59"):
        feed.until(moment)
        feed.packet()
    feed.log.records.clear()
    feed.log.times.clear()
    feed.until("2027-01-04T12:00:00")
    assert feed.alerts() == [] and feed.watch.is_silent()


# ---------------------------------------------------------------------- figures


def test_every_minute_the_figures_are_on_record() -> None:
    feed = Feed("2026-11-25T10:00:00")
    feed.books = feed.watch.books = [Book(0) for _ in range(7)]
    states = (BOOK_LIVE, BOOK_LIVE, BOOK_LIVE, BOOK_SUSPECT, BOOK_SUSPECT, BOOK_STALE, BOOK_CLOSED)
    for book, state in zip(feed.books, states, strict=True):
        book.state = state
    assert feed.channel is not None
    feed.packet()
    feed.packet(1)
    feed.packet(1)
    feed.feed_log.messages = 40
    feed.feed_log.gap(2, 7)
    feed.until("2026-11-25T10:00:01")
    feed.feed_log.repaired(2, 7, "filled")
    feed.feed_log.malformed_packet(7, "short")
    for latency_ns in [*[15_000] * 98, 3 * MS, 3 * MS]:
        feed.times.latencies.add(latency_ns)
    feed.until("2026-11-25T10:00:58")
    feed.packet()
    feed.until("2026-11-25T10:01:30")
    [health] = feed.log.of(FEED_HEALTH)
    assert health == {
        "source": SOURCE,
        "window_ns": HEALTH_INTERVAL_NS,
        "packets": 4,
        "messages": 40,
        "gaps": 1,
        "lost_messages": 5,
        "duplicates": 2,
        "malformed": 1,
        "repairs": 1,
        "repair_ns_max": SECOND,
        "latency_p50_ns": 20_000,
        "latency_p99_ns": 5 * MS,
        "clock_offset_ns": 0,
        "clock_uncertainty_ns": -1,
        "quiet_ns": 2 * SECOND,
        "books_live": 3,
        "books_suspect": 2,
        "books_stale": 1,
        "faults": "short: 1",
    }
    feed.until("2026-11-25T10:02:30")
    later = feed.log.of(FEED_HEALTH)[1]
    assert (later["packets"], later["latency_p50_ns"], later["window_ns"]) == (4, 0, HEALTH_INTERVAL_NS)


def test_the_offset_is_that_of_the_venues_clock_against_our_calendar() -> None:
    """The venue is 30 ms behind and its packets take 2 ms, of a way that takes 1 to 3 ms."""
    feed = Feed("2026-11-25T10:00:00")
    feed.times.clock = VenueClock(ClockBounds(1 * MS, 3 * MS))
    for number in range(400):
        feed.until("2026-11-25T10:00:00", number * 50 * MS)
        feed._begin()
        feed.times.heard(feed.step, feed.step.utc_ns - 32 * MS)
    now_ns, calendar_ns = feed.now_ns, int(feed.step.utc_ns)
    assert abs(int(feed.watch.clock_offset_ns(now_ns, calendar_ns)) - 30 * MS) <= feed.watch.clock_uncertainty_ns(
        now_ns
    )
    assert feed.watch.clock_uncertainty_ns(now_ns) < 2 * MS
    assert sum(feed.times.latencies.counts[:9]) == 400 and feed.times.latencies.quantile_ns(500) == 2 * MS


def test_the_watches_of_all_feeds_are_asked_together() -> None:
    watches = FeedWatches()
    assert watches.next_timer_ns() == NO_TIMER
    watches.heard(SOURCE)
    feed = Feed("2026-11-25T10:00:00", False)
    watches.add(feed.watch)
    assert watches.next_timer_ns() == feed.now_ns + SILENCE_NS
    feed.now_ns += SECOND
    feed._begin()
    watches.heard(SOURCE)
    assert watches.next_timer_ns() == feed.now_ns + SILENCE_NS
    feed.now_ns += SILENCE_NS
    feed._begin()
    watches.handle_timer()
    assert feed.alerts() == [("feed_silent", "25 10:00:07")]
