"""MDP 3.0 publisher of a simulated venue: the incremental channel, its snapshot loop and its definition loop.

Theory of operation. Everything that one step publishes is one event: its entries are written, as many to a message and
as many messages to a packet as may be, and the last message says that the event is over. Each entry carries its
security's own count (RptSeq). A silent channel gets heartbeats, which have numbers of their own like every packet. Once
per LOOP_INTERVAL_NS the definition loop says what each instrument is, and the snapshot loop what its book was after the
last packet of the incremental channel; a loop's packets have numbers of their own that begin at 1 each time.
"""

from __future__ import annotations

from typing import Final, final

from librt.vecs import append, vec
from mypy_extensions import i64

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND
from cross_market_connect.domain.order import BUY, SELL
from cross_market_connect.matching.exchange import PHASE_HALTED, MatchingExchange
from cross_market_connect.matching.orders import Trade
from cross_market_connect.venues.simulated.published_book import LevelSink, PublishedSide, publish_side, snapshot_side
from cross_market_connect.venues.simulated.publisher import Publisher
from cross_market_connect.wire.mdp3.codes import (
    ACTION_NEW,
    DEFINITION_FUTURE,
    END_OF_EVENT,
    ENTRY_BID,
    ENTRY_OFFER,
    ENTRY_TRADE,
    INCREMENTAL_BOOK,
    INCREMENTAL_TRADE_SUMMARY,
    SECURITY_ADD,
    SNAPSHOT_FULL_REFRESH,
    STATUS_READY_TO_TRADE,
    STATUS_TRADING_HALT,
)
from cross_market_connect.wire.mdp3.encoder import MESSAGE_HEADER_BYTES, PacketWriter
from cross_market_connect.wire.mdp3.message_writer import MessageWriter
from cross_market_connect.wire.mdp3.messages import FeedType, InstrumentDefinition, SecurityStatus
from cross_market_connect.wire.sbe.schema import NO_VALUE, Schema

HEARTBEAT_INTERVAL_NS: Final[i64] = 30 * NANOSECONDS_PER_SECOND
LOOP_INTERVAL_NS: Final[i64] = NANOSECONDS_PER_SECOND
# Prices on the wire are billionths; we publish with the display factor one.
BILLION: Final[i64] = 1_000_000_000
_DECIMALS: Final[i64] = 9
DEPTH: Final[i64] = 10
# Numbers of one entry that waits for the end of its step.
_TEMPLATE: Final[i64] = 0
_INSTRUMENT: Final[i64] = 1
_PRICE: Final[i64] = 2
_SIZE: Final[i64] = 3
_ORDERS: Final[i64] = 4
_LEVEL: Final[i64] = 5
_ACTION: Final[i64] = 6
_TYPE: Final[i64] = 7
_WORDS: Final[i64] = 8


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


@final
class _Event(LevelSink):
    """The entries of one step."""

    def __init__(self) -> None:
        self.words: vec[i64] = vec[i64]()
        self.instrument: i64 = 0
        self.unit: i64 = 1

    def add(self, quantity: i64, price_ticks: i64, orders: i64, side: i64, level: i64, action: i64) -> None:
        """One level operation of `instrument`; the wire's codes of the actions are the book's own."""
        entry_type = ENTRY_BID if side == BUY else ENTRY_OFFER
        self.put(INCREMENTAL_BOOK, price_ticks * self.unit, quantity, orders, level, action, entry_type)

    def put(self, template: i64, price: i64, size: i64, orders: i64, level: i64, action: i64, entry_type: i64) -> None:
        """One entry of any kind, in the wire's numbers."""
        words = self.words
        words = append(words, template)
        words = append(words, self.instrument)
        words = append(words, price)
        words = append(words, size)
        words = append(words, orders)
        words = append(words, level)
        words = append(words, action)
        self.words = append(words, entry_type)

    def count(self) -> i64:
        """Entries so far."""
        return len(self.words) // _WORDS

    def number(self, entry: i64, word: i64) -> i64:
        """One number of an entry."""
        return self.words[entry * _WORDS + word]

    def clear(self) -> None:
        """The next step begins."""
        self.words = vec[i64]()


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
        self._event: _Event = _Event()
        self._units: list[i64] = [_units(instrument) for instrument in exchange.instruments]
        self._bids: list[PublishedSide] = [PublishedSide(BUY) for _ in exchange.instruments]
        self._asks: list[PublishedSide] = [PublishedSide(SELL) for _ in exchange.instruments]
        self._packets: list[tuple[i64, bytes]] = []
        self._sent_ns: i64 = 0
        self._loop_due_ns: i64 = 0
        self._entry_bytes: dict[int, i64] = {}
        self._message_bytes: dict[int, i64] = {}
        for template_id in (int(INCREMENTAL_BOOK), int(INCREMENTAL_TRADE_SUMMARY)):
            template = schema.template(template_id)
            size: i64 = MESSAGE_HEADER_BYTES + template.root.length
            for group in template.groups:
                size += group.dimension.size
            self._message_bytes[template_id] = size
            self._entry_bytes[template_id] = template.group("NoMDEntries").entry.length

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

    def reset(self, now_ns: i64, utc_ns: i64) -> None:
        """Channel Reset: every book of the channel is void; counts begin anew, and books are published from nothing."""
        self._begin(self.next_seq, utc_ns)
        _must_fit(self._writer.add_channel_reset(utc_ns, self._settings.channel))
        self._send(now_ns)
        for at in range(i64(len(self._exchange.instruments))):
            self.counts[at] = 0
            self._bids[at] = PublishedSide(BUY)
            self._asks[at] = PublishedSide(SELL)
            self.publish_book(at, now_ns, utc_ns)
        self.end_step(now_ns, utc_ns)

    def end_step(self, now_ns: i64, utc_ns: i64) -> None:
        """Send the event."""
        event = self._event
        count = event.count()
        first: i64 = 0
        is_open = False
        while first < count:
            template = event.number(first, _TEMPLATE)
            if not is_open:
                self._begin(self.next_seq, utc_ns)
                is_open = True
            room = self._packet.room() - self._message_bytes[int(template)]
            fit = min(room // self._entry_bytes[int(template)], self._settings.entries_max) if room > 0 else i64(0)
            if fit == 0:
                self._send(now_ns)
                is_open = False
                continue
            after = first
            while after < count and after - first < fit and event.number(after, _TEMPLATE) == template:
                after += 1
            indicator = END_OF_EVENT if after == count else i64(0)
            _must_fit(self._writer.begin_update(template, utc_ns, indicator))
            for entry in range(first, after):
                self._write(entry)
            self._writer.end()
            first = after
            if first < count and self._settings.spreads_events:
                self._send(now_ns)
                is_open = False
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

    def _write(self, entry: i64) -> None:
        event = self._event
        at = event.number(entry, _INSTRUMENT)
        self.counts[at] += 1
        _must_fit(
            self._writer.add_entry(
                event.number(entry, _PRICE),
                event.number(entry, _SIZE),
                self._settings.security_ids[at],
                self.counts[at],
                event.number(entry, _ORDERS),
                event.number(entry, _LEVEL),
                event.number(entry, _ACTION),
                event.number(entry, _TYPE),
            )
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

    def _snapshot(self, at: i64, total: i64, utc_ns: i64) -> None:
        levels = _Event()
        levels.instrument = at
        levels.unit = self._units[at]
        snapshot_side(levels, self._bids[at])
        snapshot_side(levels, self._asks[at])
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
                    levels.number(entry, _PRICE),
                    levels.number(entry, _SIZE),
                    NO_VALUE,
                    NO_VALUE,
                    levels.number(entry, _ORDERS),
                    levels.number(entry, _LEVEL),
                    NO_VALUE,
                    levels.number(entry, _TYPE),
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
        result.feed_types = [FeedType("GBX", DEPTH)]
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
