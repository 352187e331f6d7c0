"""Fills the shared page from the core: what the console shows of the present moment."""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.engine.core import EngineCore
from cross_market_connect.engine.streams import STREAM_CONNECTED, STREAM_CONNECTING
from cross_market_connect.engine.view import (
    ENGINE_RUNNING,
    ENGINE_STOPPED,
    ENGINE_STOPPING,
    NO_VALUE,
    SOURCE_CONNECTING,
    SOURCE_DOWN,
    SOURCE_LOGGED_ON,
    SOURCE_LOST,
    ViewWriter,
)
from cross_market_connect.journal.writer import LogWriter
from cross_market_connect.trading.conditions import CONDITION_LOCKED_SIDE, CONDITION_PHASE

COUNTER_NAMES: Final[tuple[str, ...]] = ("market_data_packets", "inputs", "log_records", "spread_orders")


@final
class ViewPublisher:
    """Writes the page of one engine; called by the loop between steps, never inside one."""

    def __init__(self, view: ViewWriter, core: EngineCore, log: LogWriter) -> None:
        self.view: ViewWriter = view
        self.core: EngineCore = core
        self.log: LogWriter = log

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
        view.counter(0, core.packets)
        view.counter(1, core.input_seq)
        view.counter(2, self.log.last_seq)
        view.counter(3, core.desk.next_spread_order_id - 1)
        view.end()

    def _source(self, source: i64) -> None:
        stream = self.core.streams[source]
        if stream is None:
            # A datagram source is as alive as the books that it writes; those carry their own state.
            feed = self.core.feeds[source]
            if feed is not None:
                self.view.source(source, SOURCE_LOGGED_ON, feed.packets_heard(), 0, 0, feed.gaps_found())
            return
        state = SOURCE_DOWN if stream.connects == 0 else SOURCE_LOST
        if stream.was_up or stream.is_resting():
            state = SOURCE_LOGGED_ON
        elif stream.state == STREAM_CONNECTING or stream.state == STREAM_CONNECTED:
            state = SOURCE_CONNECTING
        self.view.source(source, state, stream.reads, stream.writes, stream.connects - 1 if stream.connects > 0 else 0)
