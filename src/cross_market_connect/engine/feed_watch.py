"""Whether the feeds are well: what people are told of a silent one, and its figures on record at an interval.

A feed may be silent while its markets are: in a break, at night, on a holiday. An alert is raised once per silence,
when at least one of its instruments is in continuous trading, and taken back with the next packet. A feed that is
silent when its market opens has as long as any other before people are told.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.alert import INFO, WARNING
from cross_market_connect.domain.book import BOOK_LIVE, BOOK_STALE, BOOK_SUSPECT, Book
from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND, NO_TIMER
from cross_market_connect.domain.records import FEED_HEALTH, Payload
from cross_market_connect.domain.step import Step
from cross_market_connect.market.channel import Channel
from cross_market_connect.market.feed_log import FeedLog
from cross_market_connect.market.quote_times import QuoteTimes
from cross_market_connect.trading.venue_phases import VenuePhases

HEALTH_INTERVAL_NS: Final[i64] = 60 * NANOSECONDS_PER_SECOND
# A clock that nobody has calibrated.
NOT_KNOWN: Final[i64] = -1


@final
class FeedWatch:
    """Watches one feed.

    Args:
        log, times, channel: the feed's; a feed over a stream has no channel.
        books: those that it writes.
        silence_ns: how long nothing may come; a channel says by itself what silence is.

    Attributes:
        heard_ns: when something came last; before that, since when it is waited for; -1 before the first look.
        is_told: people know that it is silent.
    """

    def __init__(
        self,
        source: i64,
        step: Step,
        log: FeedLog,
        times: QuoteTimes,
        channel: Channel | None,
        books: list[Book],
        phases: VenuePhases,
        silence_ns: i64,
    ) -> None:
        self.source: i64 = source
        self.log: FeedLog = log
        self.times: QuoteTimes = times
        self.channel: Channel | None = channel
        self.books: list[Book] = books
        self.heard_ns: i64 = -1
        self.is_told: bool = False
        self._step: Step = step
        self._phases: VenuePhases = phases
        self._silence_ns: i64 = silence_ns
        # Nobody is told before this: the market was closed when the feed was found silent.
        self._not_before_ns: i64 = 0
        self._record_due_ns: i64 = NO_TIMER
        self._recorded_ns: i64 = 0

    # ------------------------------------------------------------------ silence

    def heard(self) -> None:
        """Something came in this step, and the feed has taken it in."""
        self.heard_ns = self._step.now_ns
        if self.is_told and not self.is_silent():
            self.is_told = False
            source = self.source
            self._step.alert(INFO, "feed_heard", 0, f"feed {source} is heard again", f"行情源 {source} 恢复")

    def is_silent(self) -> bool:
        """Whether nothing has come for longer than it may."""
        if self.channel is not None:
            return self.channel.is_silent
        return self.heard_ns >= 0 and self._step.now_ns - self.heard_ns >= self._silence_ns

    def next_timer_ns(self) -> i64:
        """When `handle_timer` has something to do."""
        return min(self._record_due_ns, self._alert_due_ns())

    def handle_timer(self) -> None:
        """Tell people of a silence, and put the figures on record, each when it is due."""
        now_ns = self._step.now_ns
        if self.heard_ns < 0:
            self.heard_ns = self._recorded_ns = now_ns
            self._record_due_ns = now_ns + HEALTH_INTERVAL_NS
        if now_ns >= self._alert_due_ns():
            self._tell()
        if now_ns >= self._record_due_ns:
            self._record_due_ns = now_ns + HEALTH_INTERVAL_NS
            self._record()

    def _alert_due_ns(self) -> i64:
        """When people are to be told, as far as is known now; a channel's own timer finds its silence."""
        if self.is_told or self.heard_ns < 0:
            return NO_TIMER
        if self.channel is None:
            return max(self.heard_ns + self._silence_ns, self._not_before_ns)
        return self._not_before_ns if self.channel.is_silent else NO_TIMER

    def _tell(self) -> None:
        """It is silent: tell people when it should not be, else look again when its market has opened."""
        opens_ns = NO_TIMER
        for book in self.books:
            if self._phases.is_open(book.instrument_index):
                self.is_told = True
                source, seconds = self.source, (self._step.now_ns - self.heard_ns) // NANOSECONDS_PER_SECOND
                text = f"feed {source}: nothing for {seconds} s in trading hours; its books are not to be believed"
                zh = f"行情源 {source}：交易时段内 {seconds} 秒没有数据，盘口不可信"
                self._step.alert(WARNING, "feed_silent", 0, text, zh)
                return
            opens_ns = min(opens_ns, self._phases.reopens_ns(book.instrument_index))
        self._not_before_ns = opens_ns + self._silence_ns if opens_ns != NO_TIMER else NO_TIMER

    # ------------------------------------------------------------------ figures

    def malformed(self) -> i64:
        """Packets and messages that could not be used, for whatever reason."""
        total: i64 = 0
        for count in self.log.malformed_by.values():
            total += count
        return total

    def duplicates(self) -> i64:
        """Packets that brought nothing new: where there are two lines, every other one."""
        return self.channel.old_packets if self.channel is not None else 0

    def count_books(self, state: i64) -> i64:
        """How many of its books are in a state (BOOK_*)."""
        found: i64 = 0
        for book in self.books:
            if book.state == state:
                found += 1
        return found

    def clock_offset_ns(self, now_ns: i64, utc_ns: i64) -> i64:
        """Our calendar minus the venue's clock; 0 while it is not known."""
        clock = self.times.clock
        if clock is None or not clock.is_known():
            return 0
        return clock.offset_ns(now_ns) + utc_ns - now_ns

    def clock_uncertainty_ns(self, now_ns: i64) -> i64:
        """By how much that may be wrong; NOT_KNOWN while the clock is not calibrated."""
        clock = self.times.clock
        if clock is None or not clock.is_known():
            return NOT_KNOWN
        return clock.uncertainty_ns(now_ns)

    def _record(self) -> None:
        """The figures: totals since the start; latencies and their window since the record before."""
        step, log, latencies = self._step, self.log, self.times.latencies
        payload = Payload(FEED_HEALTH)
        payload.put(self.source)
        payload.put(step.now_ns - self._recorded_ns)
        payload.put(log.packets)
        payload.put(log.messages)
        payload.put(log.gaps)
        payload.put(log.lost_messages)
        payload.put(self.duplicates())
        payload.put(self.malformed())
        payload.put(log.repairs)
        payload.put(log.repair_ns_max)
        payload.put(latencies.quantile_ns(500))
        payload.put(latencies.quantile_ns(990))
        payload.put(self.clock_offset_ns(step.now_ns, step.utc_ns))
        payload.put(self.clock_uncertainty_ns(step.now_ns))
        payload.put(step.now_ns - self.heard_ns)
        payload.put(self.count_books(BOOK_LIVE))
        payload.put(self.count_books(BOOK_SUSPECT))
        payload.put(self.count_books(BOOK_STALE))
        payload.put_text("; ".join([f"{reason}: {count}" for reason, count in log.malformed_by.items()]))
        step.write(payload, 0)
        latencies.mark()
        self._recorded_ns = step.now_ns


@final
class FeedWatches:
    """Those of all feeds, by source number."""

    def __init__(self) -> None:
        self.by_source: dict[int, FeedWatch] = {}

    def add(self, watch: FeedWatch) -> None:
        """Watch one more feed."""
        self.by_source[int(watch.source)] = watch

    def heard(self, source: i64) -> None:
        """Something came from the source in this step."""
        watch = self.by_source.get(int(source))
        if watch is not None:
            watch.heard()

    def next_timer_ns(self) -> i64:
        """When `handle_timer` has something to do."""
        earliest = NO_TIMER
        for watch in self.by_source.values():
            earliest = min(earliest, watch.next_timer_ns())
        return earliest

    def handle_timer(self) -> None:
        """Do what is due."""
        for watch in self.by_source.values():
            watch.handle_timer()
