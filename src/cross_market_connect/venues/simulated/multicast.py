"""OMD-D publisher of the simulated international venue: real-time channel and refresh channel.

Theory of operation. The publisher remembers what it published of each book (ten aggregated levels a side) and, asked to
publish again, sends the level operations that lead from there to the present book (published_book.py). Packets,
heartbeats and the refresh channel are those of every flavour (omd_channels.py).
"""

from __future__ import annotations

from typing import final

from mypy_extensions import i64

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.order import BUY, SELL
from cross_market_connect.matching.exchange import PHASE_HALTED, MatchingExchange
from cross_market_connect.matching.orders import Trade as ExchangeTrade
from cross_market_connect.venues.simulated.omd_channels import ChannelSettings, OmdChannel, OmdChannels, must_fit
from cross_market_connect.venues.simulated.published_book import LevelSink, PublishedSide, publish_side, snapshot_side
from cross_market_connect.wire.omd.family import (
    ACTION_CLEAR,
    SIDE_BID,
    SIDE_OFFER,
)
from cross_market_connect.wire.omd.omd_d import (
    DEAL_PRINTABLE,
    NOT_SUSPENDED,
    PRODUCT_FUTURE,
    SERIES_ACTIVE,
    SERIES_SUSPENDED,
    SUSPENDED,
    TRADE_SIDE_BUY,
    TRADE_SIDE_SELL,
)
from cross_market_connect.wire.omd.omd_d_objects import SeriesDefinitionBase, Trade
from cross_market_connect.wire.omd.omd_d_writer import OmdDWriter


@final
class OmdPublisher(OmdChannels):
    """Publishes the books, trades and states of a matching exchange."""

    def __init__(self, exchange: MatchingExchange, settings: ChannelSettings) -> None:
        super().__init__(OmdChannel(settings.channel, OmdDWriter()), OmdChannel(settings.refresh_channel, OmdDWriter()))
        self._exchange: MatchingExchange = exchange
        self._orderbook_ids: list[int] = settings.orderbook_ids
        self._bids: list[PublishedSide] = [PublishedSide(BUY) for _ in exchange.instruments]
        self._asks: list[PublishedSide] = [PublishedSide(SELL) for _ in exchange.instruments]

    def start(self, now_ns: i64, utc_ns: i64) -> None:
        """Publish definitions and states on the real-time channel, as at the start of the day."""
        for at in range(i64(len(self._exchange.instruments))):
            self._define(self.live, at, now_ns, utc_ns)
            self._state(self.live, at, now_ns, utc_ns)
        self.live.flush(now_ns)
        self._refresh_due_ns = now_ns

    def publish_trade(self, trade: ExchangeTrade, now_ns: i64, utc_ns: i64) -> None:
        """Trade (350), section 3.10.1; `end_step` sends it."""
        at = trade.instrument_index
        message = Trade(
            self._orderbook_ids[at],
            0,
            trade.price_ticks * self._exchange.instruments[at].tick_units,
            trade.trade_number,
            0,
            TRADE_SIDE_BUY if trade.aggressor_side == BUY else TRADE_SIDE_SELL,
            DEAL_PRINTABLE,
            0,
            0,
            trade.quantity_lots,
            trade.utc_ns,
        )
        self.live.begin(utc_ns)
        if not _writer(self.live).add_trade(message):
            self.live.next_packet(now_ns, utc_ns)
            must_fit(_writer(self.live).add_trade(message))

    def publish_state(self, at: i64, now_ns: i64, utc_ns: i64) -> None:
        """Series Status (321) of one instrument; `end_step` sends it."""
        self._state(self.live, at, now_ns, utc_ns)

    def publish_book(self, at: i64, now_ns: i64, utc_ns: i64) -> None:
        """The level operations since the last publication of the instrument; `end_step` sends them."""
        book = self._exchange.books[at]
        units = self._exchange.instruments[at].tick_units
        update = _BookUpdate(self.live, self._orderbook_ids[at], units, now_ns, utc_ns)
        publish_side(update, self._bids[at], book.bids)
        publish_side(update, self._asks[at], book.asks)
        update.end()

    def _define(self, channel: OmdChannel, at: i64, now_ns: i64, utc_ns: i64) -> None:
        instrument = self._exchange.instruments[at]
        series = _series(instrument, self._orderbook_ids[at])
        channel.begin(utc_ns)
        if not _writer(channel).add_series_definition_base(series):
            channel.next_packet(now_ns, utc_ns)
            must_fit(_writer(channel).add_series_definition_base(series))

    def _state(self, channel: OmdChannel, at: i64, now_ns: i64, utc_ns: i64) -> None:
        halted = self._exchange.phases[at] == PHASE_HALTED
        indicator = SUSPENDED if halted else NOT_SUSPENDED
        status = SERIES_SUSPENDED if halted else SERIES_ACTIVE
        channel.begin(utc_ns)
        if not _writer(channel).add_series_status(self._orderbook_ids[at], indicator, status):
            channel.next_packet(now_ns, utc_ns)
            must_fit(_writer(channel).add_series_status(self._orderbook_ids[at], indicator, status))

    def _restate(self, now_ns: i64, utc_ns: i64) -> None:
        channel = self.refresh
        for at in range(i64(len(self._exchange.instruments))):
            self._define(channel, at, now_ns, utc_ns)
            self._state(channel, at, now_ns, utc_ns)
            update = _BookUpdate(
                channel, self._orderbook_ids[at], self._exchange.instruments[at].tick_units, now_ns, utc_ns
            )
            update.put(0, 0, 0, 0, 0, ACTION_CLEAR)
            # What was published, not the book itself: the snapshot stands at the last sequence number sent.
            snapshot_side(update, self._bids[at])
            snapshot_side(update, self._asks[at])
            update.end()


@final
class _BookUpdate(LevelSink):
    """Writes the entries of one book into as many messages and packets as they need."""

    def __init__(self, channel: OmdChannel, orderbook_id: i64, units: i64, now_ns: i64, utc_ns: i64) -> None:
        self._channel: OmdChannel = channel
        self._orderbook_id: i64 = orderbook_id
        self._units: i64 = units
        self._now_ns: i64 = now_ns
        self._utc_ns: i64 = utc_ns
        self._open: bool = False

    def add(self, quantity: i64, price_ticks: i64, orders: i64, side: i64, level: i64, action: i64) -> None:
        """One level operation; the wire's codes of the actions are the book's own."""
        wire_side = SIDE_BID if side == BUY else SIDE_OFFER
        self.put(quantity, price_ticks * self._units, orders, wire_side, level, action)

    def put(self, quantity: i64, price: i64, orders: i64, side: i64, level: i64, action: i64) -> None:
        """Add one entry, in the wire's numbers."""
        if self._open:
            if self._channel.writer.add_entry(quantity, price, orders, side, level, action):
                return
            self.end()
            self._channel.next_packet(self._now_ns, self._utc_ns)
        self._begin()
        must_fit(self._channel.writer.add_entry(quantity, price, orders, side, level, action))

    def end(self) -> None:
        """Close the message; nothing happens when no entry was added."""
        if self._open:
            self._channel.writer.end_book()
            self._open = False

    def _begin(self) -> None:
        self._channel.begin(self._utc_ns)
        if not self._channel.writer.begin_book(self._orderbook_id):
            self._channel.next_packet(self._now_ns, self._utc_ns)
            must_fit(self._channel.writer.begin_book(self._orderbook_id))
        self._open = True


def _series(instrument: Instrument, orderbook_id: i64) -> SeriesDefinitionBase:
    return SeriesDefinitionBase(
        orderbook_id, instrument.venue_symbol, PRODUCT_FUTURE, instrument.price_decimals, 1, 0, "", 0, 0
    )


def _writer(channel: OmdChannel) -> OmdDWriter:
    writer = channel.writer
    if not isinstance(writer, OmdDWriter):
        raise InvariantError("an OMD-D publisher writes OMD-D")
    return writer
