"""OMD-D publisher of the simulated international venue: real-time channel and refresh channel.

Theory of operation. The publisher remembers what it published of each book (ten aggregated levels a side) and, asked to
publish again, sends the level operations that lead from there to the present book (published_book.py). All messages of
one step go into as few packets as hold them. A silent channel gets heartbeats. Once per REFRESH_INTERVAL_NS the refresh
channel carries, under sequence numbers of its own, every series definition and status and every book as of now, ended
by Refresh Complete with the real-time channel's last sequence number.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND
from cross_market_connect.domain.order import BUY, SELL
from cross_market_connect.matching.exchange import PHASE_HALTED, MatchingExchange
from cross_market_connect.matching.orders import Trade as ExchangeTrade
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

HEARTBEAT_INTERVAL_NS: Final[i64] = 2 * NANOSECONDS_PER_SECOND
REFRESH_INTERVAL_NS: Final[i64] = NANOSECONDS_PER_SECOND


@final
class ChannelSettings:
    """Where the venue publishes.

    Attributes:
        channel: number of the real-time channel; refresh_channel: number of the refresh channel.
        orderbook_ids: OrderbookID of each instrument, by the exchange's index.
    """

    def __init__(self, channel: i64, refresh_channel: i64, orderbook_ids: list[int]) -> None:
        self.channel: i64 = channel
        self.refresh_channel: i64 = refresh_channel
        self.orderbook_ids: list[int] = orderbook_ids


@final
class Channel:
    """Numbers and packs the messages of one channel."""

    def __init__(self, number: i64) -> None:
        self.number: i64 = number
        self.next_seq: i64 = 1
        self.sent_ns: i64 = 0
        self.packets: list[tuple[i64, bytes]] = []
        self.writer: OmdDWriter = OmdDWriter()
        self._open: bool = False

    def begin(self, utc_ns: i64) -> None:
        """Make sure that a packet is under way."""
        if not self._open:
            self.writer.start(self.next_seq, utc_ns)
            self._open = True

    def flush(self, now_ns: i64) -> None:
        """Close the packet under way, if there is one."""
        if not self._open:
            return
        self._open = False
        count = self.writer.message_count
        packet = self.writer.finish()
        if count > 0:
            self.next_seq += count
            self.sent_ns = now_ns
            self.packets.append((self.number, packet))

    def next_packet(self, now_ns: i64, utc_ns: i64) -> None:
        """The packet under way is full: send it and begin the next one."""
        self.flush(now_ns)
        self.begin(utc_ns)

    def heartbeat(self, now_ns: i64, utc_ns: i64) -> None:
        """Say that the channel lives; carries the last sequence number (section 3.4.1)."""
        self.sent_ns = now_ns
        self.packets.append((self.number, self.writer.heartbeat(self.next_seq - 1, utc_ns)))


@final
class OmdPublisher:
    """Publishes the books, trades and states of a matching exchange."""

    def __init__(self, exchange: MatchingExchange, settings: ChannelSettings) -> None:
        self._exchange: MatchingExchange = exchange
        self._orderbook_ids: list[int] = settings.orderbook_ids
        self.live: Channel = Channel(settings.channel)
        self.refresh: Channel = Channel(settings.refresh_channel)
        self._bids: list[PublishedSide] = [PublishedSide(BUY) for _ in exchange.instruments]
        self._asks: list[PublishedSide] = [PublishedSide(SELL) for _ in exchange.instruments]
        self._refresh_due_ns: i64 = 0

    def start(self, now_ns: i64, utc_ns: i64) -> None:
        """Publish definitions and states on the real-time channel, as at the start of the day."""
        for at in range(i64(len(self._exchange.instruments))):
            self._define(self.live, at, now_ns, utc_ns)
            self._state(self.live, at, now_ns, utc_ns)
        self.live.flush(now_ns)
        self._refresh_due_ns = now_ns

    def next_timer_ns(self) -> i64:
        """When the next heartbeat or refresh is due."""
        heartbeat = self.live.sent_ns + HEARTBEAT_INTERVAL_NS
        return heartbeat if heartbeat < self._refresh_due_ns else self._refresh_due_ns

    def handle_timer(self, now_ns: i64, utc_ns: i64) -> None:
        """Send what is due."""
        if now_ns >= self.live.sent_ns + HEARTBEAT_INTERVAL_NS:
            self.live.heartbeat(now_ns, utc_ns)
        if now_ns >= self._refresh_due_ns:
            self._refresh_due_ns = now_ns + REFRESH_INTERVAL_NS
            self._publish_refresh(now_ns, utc_ns)

    def is_refresh(self, channel: i64) -> bool:
        """Whether the channel is the one that states every book again."""
        return channel == self.refresh.number

    def take_packets(self) -> list[tuple[i64, bytes]]:
        """Drain channel number and packet, in order."""
        packets = self.live.packets
        self.live.packets = []
        packets.extend(self.refresh.packets)
        self.refresh.packets = []
        return packets

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
        if not self.live.writer.add_trade(message):
            self.live.next_packet(now_ns, utc_ns)
            _must_fit(self.live.writer.add_trade(message))

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

    def end_step(self, now_ns: i64) -> None:
        """Send what the step produced."""
        self.live.flush(now_ns)

    def _define(self, channel: Channel, at: i64, now_ns: i64, utc_ns: i64) -> None:
        instrument = self._exchange.instruments[at]
        series = _series(instrument, self._orderbook_ids[at])
        channel.begin(utc_ns)
        if not channel.writer.add_series_definition_base(series):
            channel.next_packet(now_ns, utc_ns)
            _must_fit(channel.writer.add_series_definition_base(series))

    def _state(self, channel: Channel, at: i64, now_ns: i64, utc_ns: i64) -> None:
        halted = self._exchange.phases[at] == PHASE_HALTED
        indicator = SUSPENDED if halted else NOT_SUSPENDED
        status = SERIES_SUSPENDED if halted else SERIES_ACTIVE
        channel.begin(utc_ns)
        if not channel.writer.add_series_status(self._orderbook_ids[at], indicator, status):
            channel.next_packet(now_ns, utc_ns)
            _must_fit(channel.writer.add_series_status(self._orderbook_ids[at], indicator, status))

    def _publish_refresh(self, now_ns: i64, utc_ns: i64) -> None:
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
        channel.begin(utc_ns)
        last = self.live.next_seq - 1
        if not channel.writer.add_refresh_complete(last):
            channel.next_packet(now_ns, utc_ns)
            _must_fit(channel.writer.add_refresh_complete(last))
        channel.flush(now_ns)


@final
class _BookUpdate(LevelSink):
    """Writes the entries of one book into as many messages and packets as they need."""

    def __init__(self, channel: Channel, orderbook_id: i64, units: i64, now_ns: i64, utc_ns: i64) -> None:
        self._channel: Channel = channel
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
        _must_fit(self._channel.writer.add_entry(quantity, price, orders, side, level, action))

    def end(self) -> None:
        """Close the message; nothing happens when no entry was added."""
        if self._open:
            self._channel.writer.end_book()
            self._open = False

    def _begin(self) -> None:
        self._channel.begin(self._utc_ns)
        if not self._channel.writer.begin_book(self._orderbook_id):
            self._channel.next_packet(self._now_ns, self._utc_ns)
            _must_fit(self._channel.writer.begin_book(self._orderbook_id))
        self._open = True


def _series(instrument: Instrument, orderbook_id: i64) -> SeriesDefinitionBase:
    return SeriesDefinitionBase(
        orderbook_id, instrument.venue_symbol, PRODUCT_FUTURE, instrument.price_decimals, 1, 0, "", 0, 0
    )


def _must_fit(added: bool) -> None:
    if not added:
        raise InvariantError("a single OMD message does not fit into an empty packet")
