"""MDP 3.0 publisher of a simulated venue: the incremental channel, its snapshot loop and its definition loop.

Theory of operation. Everything that one step publishes is one event, cut into messages by `mdp3_event.py`: as many of
them go into a packet as fit, and the last one says that the event is over. Each entry carries its security's own count
(RptSeq). A silent channel gets heartbeats, which have numbers of their own like every packet. Once per LOOP_INTERVAL_NS
the definition loop says what each instrument is, the snapshot loop what its book was after the last packet of the
incremental channel, and another loop what its orders were; a loop's packets have numbers of their own that begin at 1.
"""

from __future__ import annotations

from typing import Final, final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND
from cross_market_connect.domain.order import BUY, SELL
from cross_market_connect.matching.exchange import PHASE_HALTED, MatchingExchange
from cross_market_connect.matching.order_book import RestingSide
from cross_market_connect.matching.orders import Trade
from cross_market_connect.venues.simulated.mdp3_event import (
    ACTION,
    INSTRUMENT,
    LEVEL,
    ORDERS,
    PRICE,
    SIZE,
    TYPE,
    Event,
    Part,
    PublishedOrder,
    PublishedOrders,
)
from cross_market_connect.venues.simulated.published_book import PublishedSide, publish_side, snapshot_side
from cross_market_connect.venues.simulated.publisher import Publisher
from cross_market_connect.wire.mdp3.codes import (
    ACTION_NEW,
    DEFINITION_FUTURE,
    END_OF_EVENT,
    ENTRY_BID,
    ENTRY_OFFER,
    ENTRY_TRADE,
    INCREMENTAL_ORDER_BOOK,
    INCREMENTAL_TRADE_SUMMARY,
    SECURITY_ADD,
    SNAPSHOT_FULL_REFRESH,
    STATUS_READY_TO_TRADE,
    STATUS_TRADING_HALT,
)
from cross_market_connect.wire.mdp3.encoder import PacketWriter
from cross_market_connect.wire.mdp3.message_writer import MessageWriter
from cross_market_connect.wire.mdp3.messages import FeedType, InstrumentDefinition, SecurityStatus
from cross_market_connect.wire.sbe.schema import NO_VALUE, Schema

HEARTBEAT_INTERVAL_NS: Final[i64] = 30 * NANOSECONDS_PER_SECOND
LOOP_INTERVAL_NS: Final[i64] = NANOSECONDS_PER_SECOND
# Prices on the wire are billionths; we publish with the display factor one.
BILLION: Final[i64] = 1_000_000_000
_DECIMALS: Final[i64] = 9
DEPTH: Final[i64] = 10
IMPLIED_DEPTH: Final[i64] = 2
NO_ORDERS: Final[i64] = -1
# No message's root and group headers, and no entry, of an update is longer.
_HEADERS_BYTES_MAX: Final[i64] = 40
_ENTRY_BYTES_MAX: Final[i64] = 40
# Orders of one chunk of a snapshot: what fits into a packet of its own.
CHUNK_ORDERS: Final[i64] = 30


@final
class MdpChannelSettings:
    """Where and how the venue publishes.

    Attributes:
        channel: number of the incremental channel; snapshot_channel, definition_channel: numbers of the loops.
        security_ids: of each instrument, by the exchange's index.
        schema: by which messages are written.
        group, asset: what every instrument belongs to.
        entries_max: entries in one message.
        spreads_events: each message goes out in a packet of its own.
        order_loop_channel: number of the loop of snapshots by order; NO_ORDERS where orders are not published.
    """

    def __init__(
        self, channel: i64, snapshot_channel: i64, definition_channel: i64, security_ids: list[int], schema: Schema
    ) -> None:
        self.channel: i64 = channel
        self.snapshot_channel: i64 = snapshot_channel
        self.definition_channel: i64 = definition_channel
        self.security_ids: list[int] = security_ids
        self.schema: Schema = schema
        self.group: str = "GC"
        self.asset: str = "GC"
        self.entries_max: i64 = 40
        self.spreads_events: bool = False
        self.order_loop_channel: i64 = NO_ORDERS


@final
class MdpPublisher(Publisher):
    """Publishes the books, trades and states of a matching exchange.

    Attributes:
        next_seq: number of the next packet of the incremental channel.
        counts: RptSeq of the last entry of each instrument.
    """

    def __init__(self, exchange: MatchingExchange, settings: MdpChannelSettings) -> None:
        schema = settings.schema
        self.next_seq: i64 = 1
        self.counts: vec[i64] = vec[i64]([0 for _ in exchange.instruments])
        self._exchange: MatchingExchange = exchange
        self._settings: MdpChannelSettings = settings
        self._packet: PacketWriter = PacketWriter(schema)
        self._writer: MessageWriter = MessageWriter(self._packet, schema)
        self._event: Event = Event()
        self._units: list[i64] = [_units(instrument) for instrument in exchange.instruments]
        self._bids: list[PublishedSide] = [PublishedSide(BUY) for _ in exchange.instruments]
        self._asks: list[PublishedSide] = [PublishedSide(SELL) for _ in exchange.instruments]
        self._implied_bids: list[PublishedSide] = [PublishedSide(BUY) for _ in exchange.instruments]
        self._implied_asks: list[PublishedSide] = [PublishedSide(SELL) for _ in exchange.instruments]
        self._orders: list[PublishedOrders] = [PublishedOrders(at, unit) for at, unit in enumerate(self._units)]
        self._packets: list[tuple[i64, bytes]] = []
        self._sent_ns: i64 = 0
        self._loop_due_ns: i64 = 0

    # -- the venue's calls ---------------------------------------------------------------------------------------------

    def start(self, now_ns: i64, utc_ns: i64) -> None:
        """Say on the incremental channel what each instrument is and whether it trades, as at the start of the week."""
        for at in range(i64(len(self._exchange.instruments))):
            self._begin(self.next_seq, utc_ns)
            _must_fit(self._writer.add_definition(self._definition(at)))
            _must_fit(self._writer.add_security_status(self._status(at, utc_ns)))
            self._send(now_ns)
        self._loop_due_ns = now_ns

    def next_timer_ns(self) -> i64:
        """When the next heartbeat or loop is due."""
        return min(self._sent_ns + HEARTBEAT_INTERVAL_NS, self._loop_due_ns)

    def handle_timer(self, now_ns: i64, utc_ns: i64) -> None:
        """Send what is due."""
        if now_ns >= self._sent_ns + HEARTBEAT_INTERVAL_NS:
            self._begin(self.next_seq, utc_ns)
            _must_fit(self._writer.add_heartbeat())
            self._send(now_ns)
        if now_ns >= self._loop_due_ns:
            self._loop_due_ns = now_ns + LOOP_INTERVAL_NS
            self._publish_loops(utc_ns)

    def is_refresh(self, channel: i64) -> bool:
        """Whether the channel is one of the loops."""
        return channel != self._settings.channel

    def take_packets(self) -> list[tuple[i64, bytes]]:
        """Drain channel number and packet, in order."""
        packets = self._packets
        self._packets = []
        return packets

    def publish_trade(self, trade: Trade, now_ns: i64, utc_ns: i64) -> None:
        """An entry of a trade summary; `end_step` sends it."""
        at = trade.instrument_index
        self._event.instrument = at
        price = trade.price_ticks * self._units[at]
        self._event.put(INCREMENTAL_TRADE_SUMMARY, price, trade.quantity_lots, 2, NO_VALUE, ACTION_NEW, ENTRY_TRADE)

    def publish_state(self, at: i64, now_ns: i64, utc_ns: i64) -> None:
        """The state of one instrument, at once."""
        self._begin(self.next_seq, utc_ns)
        _must_fit(self._writer.add_security_status(self._status(at, utc_ns)))
        self._send(now_ns)

    def publish_book(self, at: i64, now_ns: i64, utc_ns: i64) -> None:
        """The level operations since the last publication of the instrument; `end_step` sends them."""
        book = self._exchange.books[at]
        self._event.instrument = at
        self._event.unit = self._units[at]
        publish_side(self._event, self._bids[at], book.bids)
        publish_side(self._event, self._asks[at], book.asks)
        if self._settings.order_loop_channel != NO_ORDERS:
            self._orders[at].publish(self._event, book)

    def publish_implied(self, at: i64, bids: RestingSide, asks: RestingSide) -> None:
        """Other implied levels, made of orders in other instruments, two a side at most; `end_step` sends them."""
        self._event.instrument = at
        self._event.unit = self._units[at]
        self._event.is_implied = True
        publish_side(self._event, self._implied_bids[at], bids)
        publish_side(self._event, self._implied_asks[at], asks)
        self._event.is_implied = False

    def reset(self, now_ns: i64, utc_ns: i64) -> None:
        """Channel Reset: every book of the channel is void; counts begin anew, and books are published from nothing."""
        self._begin(self.next_seq, utc_ns)
        _must_fit(self._writer.add_channel_reset(utc_ns, self._settings.channel))
        self._send(now_ns)
        for at in range(i64(len(self._exchange.instruments))):
            self.counts[at] = 0
            self._bids[at] = PublishedSide(BUY)
            self._asks[at] = PublishedSide(SELL)
            self._implied_bids[at] = PublishedSide(BUY)
            self._implied_asks[at] = PublishedSide(SELL)
            self._orders[at] = PublishedOrders(at, self._units[at])
            self.publish_book(at, now_ns, utc_ns)
        self.end_step(now_ns, utc_ns)

    def end_step(self, now_ns: i64, utc_ns: i64) -> None:
        """Send the event."""
        event = self._event
        parts = event.parts(self._settings.entries_max)
        is_open = False
        for number, part in enumerate(parts):
            indicator = END_OF_EVENT if number + 1 == len(parts) else i64(0)
            if is_open and (self._settings.spreads_events or self._packet.room() < self._bytes_of(part)):
                self._send(now_ns)
                is_open = False
            if not is_open:
                self._begin(self.next_seq, utc_ns)
                is_open = True
            _must_fit(self._writer.begin_update(part.template, utc_ns, indicator))
            if part.template == INCREMENTAL_ORDER_BOOK:
                self._write_alone(part)
            else:
                self._write_entries(part)
            self._writer.end()
        if is_open:
            self._send(now_ns)
        event.clear()

    # -- packets -------------------------------------------------------------------------------------------------------

    def _begin(self, seq_num: i64, utc_ns: i64) -> None:
        self._packet.start(seq_num, utc_ns)

    def _send(self, now_ns: i64) -> None:
        self._packets.append((self._settings.channel, self._packet.finish()))
        self.next_seq += 1
        self._sent_ns = now_ns

    def _bytes_of(self, part: Part) -> i64:
        """No less than what the message takes."""
        entries = part.after - part.first
        return _HEADERS_BYTES_MAX + entries * _ENTRY_BYTES_MAX + part.orders * _ENTRY_BYTES_MAX

    def _write_entries(self, part: Part) -> None:
        for entry in range(part.first, part.after):
            self._write(entry)
        for entry in range(part.first, part.after):
            for change in self._event.behind.get(int(entry), []):
                at = entry - part.first
                _must_fit(self._writer.add_order(change.order_id, change.order_id, change.lots, at, change.action))

    def _write(self, entry: i64) -> None:
        event = self._event
        at = event.number(entry, INSTRUMENT)
        self.counts[at] += 1
        _must_fit(
            self._writer.add_entry(
                event.number(entry, PRICE),
                event.number(entry, SIZE),
                self._settings.security_ids[at],
                self.counts[at],
                event.number(entry, ORDERS),
                event.number(entry, LEVEL),
                event.number(entry, ACTION),
                event.number(entry, TYPE),
            )
        )

    def _write_alone(self, part: Part) -> None:
        for change in self._event.alone[int(part.first) : int(part.after)]:
            security_id: i64 = self._settings.security_ids[change.instrument]
            number, lots, action = change.order_id, change.lots, change.action
            _must_fit(
                self._writer.add_order_entry(number, number, change.price, lots, security_id, action, change.entry_type)
            )

    def _publish_loops(self, utc_ns: i64) -> None:
        """Definition and book of each instrument, a packet each."""
        settings = self._settings
        total: i64 = len(self._exchange.instruments)
        for at in range(total):
            self._begin(at + 1, utc_ns)
            _must_fit(self._writer.add_definition(self._definition(at)))
            self._packets.append((settings.definition_channel, self._packet.finish()))
        for at in range(total):
            self._begin(at + 1, utc_ns)
            self._snapshot(at, total, utc_ns)
            self._packets.append((settings.snapshot_channel, self._packet.finish()))
        if settings.order_loop_channel != NO_ORDERS:
            self._publish_order_loop(total, utc_ns)

    def _publish_order_loop(self, total: i64, utc_ns: i64) -> None:
        """What orders were published of each instrument, in chunks of a packet each."""
        seq: i64 = 1
        for at in range(total):
            orders = list(self._orders[at].known.values())
            chunks = max((i64(len(orders)) + CHUNK_ORDERS - 1) // CHUNK_ORDERS, 1)
            security_id: i64 = self._settings.security_ids[at]
            for chunk in range(chunks):
                self._begin(seq, utc_ns)
                last = self.next_seq - 1
                _must_fit(self._writer.begin_order_snapshot(last, total, security_id, chunks, chunk + 1, utc_ns))
                for known in orders[int(chunk * CHUNK_ORDERS) : int((chunk + 1) * CHUNK_ORDERS)]:
                    self._write_order(at, known)
                self._writer.end()
                self._packets.append((self._settings.order_loop_channel, self._packet.finish()))
                seq += 1

    def _write_order(self, at: i64, known: PublishedOrder) -> None:
        number = known.order.order_number
        price = known.price_ticks * self._units[at]
        side = ENTRY_BID if known.order.side == BUY else ENTRY_OFFER
        _must_fit(self._writer.add_order_entry(number, number, price, known.lots, NO_VALUE, NO_VALUE, side))

    def _snapshot(self, at: i64, total: i64, utc_ns: i64) -> None:
        levels = Event()
        levels.instrument = at
        levels.unit = self._units[at]
        snapshot_side(levels, self._bids[at])
        snapshot_side(levels, self._asks[at])
        levels.is_implied = True
        snapshot_side(levels, self._implied_bids[at])
        snapshot_side(levels, self._implied_asks[at])
        security_id: i64 = self._settings.security_ids[at]
        halted = self._exchange.phases[at] == PHASE_HALTED
        status = STATUS_TRADING_HALT if halted else STATUS_READY_TO_TRADE
        last = self.next_seq - 1
        _must_fit(
            self._writer.begin_snapshot(
                SNAPSHOT_FULL_REFRESH, last, total, security_id, self.counts[at], utc_ns, status
            )
        )
        for entry in range(levels.count()):
            _must_fit(
                self._writer.add_entry(
                    levels.number(entry, PRICE),
                    levels.number(entry, SIZE),
                    NO_VALUE,
                    NO_VALUE,
                    levels.number(entry, ORDERS),
                    levels.number(entry, LEVEL),
                    NO_VALUE,
                    levels.number(entry, TYPE),
                )
            )
        self._writer.end()

    # -- reference data ------------------------------------------------------------------------------------------------

    def _definition(self, at: i64) -> InstrumentDefinition:
        instrument = self._exchange.instruments[at]
        result = InstrumentDefinition(DEFINITION_FUTURE)
        result.match_event_indicator = END_OF_EVENT
        result.tot_num_reports = len(self._exchange.instruments)
        result.update_action = SECURITY_ADD
        result.symbol = instrument.venue_symbol
        result.security_id = self._settings.security_ids[at]
        result.security_group = self._settings.group
        result.asset = self._settings.asset
        result.security_type = "FUT"
        result.currency = instrument.currency
        result.display_factor = BILLION
        result.min_price_increment = self._units[at]
        result.feed_types = [FeedType("GBX", DEPTH), FeedType("GBI", IMPLIED_DEPTH)]
        return result

    def _status(self, at: i64, utc_ns: i64) -> SecurityStatus:
        halted = self._exchange.phases[at] == PHASE_HALTED
        result = SecurityStatus()
        result.transact_time = utc_ns
        result.security_group = self._settings.group
        result.asset = self._settings.asset
        result.security_id = self._settings.security_ids[at]
        result.match_event_indicator = END_OF_EVENT
        result.security_trading_status = STATUS_TRADING_HALT if halted else STATUS_READY_TO_TRADE
        return result


def _units(instrument: Instrument) -> i64:
    """Billionths of a price per tick."""
    units = instrument.tick_units
    for _ in range(_DECIMALS - instrument.price_decimals):
        units *= 10
    return units


def _must_fit(added: bool) -> None:
    if not added:
        raise InvariantError("a message does not fit into an empty packet")
