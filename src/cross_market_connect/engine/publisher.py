"""Fills the shared page from the core: what the console shows of the present moment."""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.book import BOOK_LIVE, BOOK_STALE, BOOK_SUSPECT
from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND
from cross_market_connect.engine.core import EngineCore
from cross_market_connect.engine.feed_watch import FeedWatch
from cross_market_connect.engine.streams import STREAM_CONNECTED, STREAM_CONNECTING
from cross_market_connect.engine.view import (
    ENGINE_RUNNING,
    ENGINE_STOPPED,
    ENGINE_STOPPING,
    NO_VALUE,
    SOURCE_CLOSED,
    SOURCE_CONNECTING,
    SOURCE_DOWN,
    SOURCE_LOGGED_ON,
    SOURCE_LOST,
    ViewWriter,
)
from cross_market_connect.journal.writer import LogWriter
from cross_market_connect.market.latency import CLASSES
from cross_market_connect.trading.conditions import CONDITION_LOCKED_SIDE, CONDITION_PHASE

COUNTER_NAMES: Final[tuple[str, ...]] = ("market_data_packets", "inputs", "log_records", "spread_orders")


# Over so long at least messages and packets per second are counted.
RATE_WINDOW_NS: Final[i64] = 1_000_000_000


@final
class FeedRates:
    """Packets and messages per second of one feed."""

    def __init__(self, watch: FeedWatch) -> None:
        self.watch: FeedWatch = watch
        self.packets_per_second: i64 = 0
        self.messages_per_second: i64 = 0
        self._since_ns: i64 = -1
        self._packets: i64 = 0
        self._messages: i64 = 0

    def look(self, now_ns: i64) -> None:
        """Count anew once the window is over."""
        elapsed = now_ns - self._since_ns
        log = self.watch.log
        if self._since_ns >= 0 and elapsed < RATE_WINDOW_NS:
            return
        if self._since_ns >= 0:
            self.packets_per_second = (log.packets - self._packets) * NANOSECONDS_PER_SECOND // elapsed
            self.messages_per_second = (log.messages - self._messages) * NANOSECONDS_PER_SECOND // elapsed
        self._since_ns = now_ns
        self._packets, self._messages = log.packets, log.messages


@final
class ViewPublisher:
    """Writes the page of one engine; called by the loop between steps, never inside one."""

    def __init__(self, view: ViewWriter, core: EngineCore, log: LogWriter) -> None:
        self.view: ViewWriter = view
        self.core: EngineCore = core
        self.log: LogWriter = log
        self.rates: list[FeedRates] = [FeedRates(watch) for watch in core.watches.by_source.values()]

    def publish(self, now_ns: i64) -> None:
        """Publish the state as of now."""
        core = self.core
        view = self.view
        view.begin(now_ns, core.clock.utc_ns(now_ns))
        if core.finished:
            view.engine(ENGINE_STOPPED)
        else:
            view.engine(ENGINE_STOPPING if core.stopping else ENGINE_RUNNING)
        for book in core.books:
            values = core.desk.conditions[book.instrument_index].values
            phase, locked_side = values[CONDITION_PHASE], values[CONDITION_LOCKED_SIDE]
            view.book(book.instrument_index, book, book.updates, phase, locked_side)
        for state in core.desk.triggers:
            index = state.valuation.definition.index
            valuation = state.valuation
            if valuation.valid:
                middle = (valuation.buy_value + valuation.sell_value) / 2.0
                view.spread(index, valuation.buy_value, valuation.sell_value, middle, state.gate, state.open_orders)
            else:
                view.spread(index, NO_VALUE, NO_VALUE, NO_VALUE, state.gate, state.open_orders)
            for leg in range(len(state.position_lots)):
                view.spread_position(index, leg, state.position_lots[leg])
        for source in range(len(core.streams)):
            self._source(source)
        for rates in self.rates:
            view.feed(rates.watch.source, self._feed(rates, now_ns))
        view.counter(0, core.packets)
        view.counter(1, core.input_seq)
        view.counter(2, self.log.last_seq)
        view.counter(3, core.desk.next_spread_order_id - 1)
        view.end()

    def _feed(self, rates: FeedRates, now_ns: i64) -> list[i64]:
        """A feed's numbers in the page's order."""
        rates.look(now_ns)
        watch = rates.watch
        log, latencies, clock = watch.log, watch.times.latencies, watch.times.clock
        book_faults: i64 = 0
        for count in log.book_faults.values():
            book_faults += count
        numbers: list[i64] = [
            log.packets,
            log.messages,
            rates.packets_per_second,
            rates.messages_per_second,
            log.gaps,
            log.lost_messages,
            watch.duplicates(),
            watch.malformed(),
            book_faults,
            log.repairs,
            log.repair_ns_sum,
            log.repair_ns_max,
            now_ns - watch.heard_ns if watch.heard_ns >= 0 else 0,
            1 if watch.is_silent() else 0,
            watch.clock_offset_ns(now_ns, self.core.clock.utc_ns(now_ns)),
            watch.clock_uncertainty_ns(now_ns),
            clock.steps if clock is not None else 0,
            watch.count_books(BOOK_LIVE),
            watch.count_books(BOOK_SUSPECT),
            watch.count_books(BOOK_STALE),
            latencies.sum_ns,
        ]
        for at in range(CLASSES):
            numbers.append(latencies.counts[at])
        for name in self.view.fault_names[watch.source]:
            numbers.append(log.malformed_by.get(name, 0))
        return numbers

    def _source(self, source: i64) -> None:
        stream = self.core.streams[source]
        if stream is None:
            # A datagram source is as alive as the books that it writes; those carry their own state.
            watch = self.core.watches.by_source.get(int(source))
            if watch is not None:
                state = SOURCE_LOST if watch.is_silent() else SOURCE_LOGGED_ON
                self.view.source(source, state, watch.log.packets, 0, watch.malformed(), watch.log.gaps)
            return
        state = SOURCE_DOWN if stream.connects == 0 else SOURCE_LOST
        if stream.was_up or stream.is_resting():
            state = SOURCE_LOGGED_ON
        elif stream.is_told:
            state = SOURCE_CLOSED
        elif stream.state == STREAM_CONNECTING or stream.state == STREAM_CONNECTED:
            state = SOURCE_CONNECTING
        self.view.source(source, state, stream.reads, stream.writes, stream.connects - 1 if stream.connects > 0 else 0)
