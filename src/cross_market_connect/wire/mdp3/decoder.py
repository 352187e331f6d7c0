"""Reads MDP 3.0 packets in place: a cursor over the messages of one datagram, and over the entries of their groups.

Theory of operation. `open` checks the whole frame first: that each message lies inside the packet, is of our schema
id and of a version whose prices mean the same, that its root block is as long as its template is at that version, and
that its groups lie inside the message and fill it. A packet with any fault is refused as a whole with a reason code
and counted; so a caller never applies half a packet, and after `open` returned OK neither `next` nor an accessor can
fail. A template that the schema does not describe or this project does not read is skipped by its size and counted.

How the protocol grows: a newer version may append fields to a block and groups to a message. Blocks and entries are
therefore stepped over by the lengths that the message carries, and only a message of a newer version may have bytes
behind the groups that we know. An older version has shorter blocks; a field that it lacks reads as NO_VALUE.

Nothing is allocated per message or entry: accessors read the current message's bytes at offsets that `layout` looked up
in the schema. A role that the current template has not got (the price of a volume) reads as NO_VALUE. The accessors
of the rare messages build an object. An index of an entry beyond its count is the caller's bug and reads other
fields; it stays within the bytes of the packet, because librt checks the bounds.
"""

from __future__ import annotations

from typing import Final, final

from librt.strings import read_i16_le, read_i32_le, read_i64_le
from mypy_extensions import i64

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.numbers import I64_MAX, NO_PRICE
from cross_market_connect.wire.mdp3.block import BlockReader, read_number
from cross_market_connect.wire.mdp3.codes import CHANNEL_RESET, OLDEST_VERSION
from cross_market_connect.wire.mdp3.definitions import read_definition, read_security_status
from cross_market_connect.wire.mdp3.faults import (
    BLOCK_TOO_SHORT,
    BLOCK_TRUNCATED,
    ENTRY_TOO_SHORT,
    GROUP_TRUNCATED,
    MESSAGE_TOO_SHORT,
    MESSAGE_TRAILING_BYTES,
    MESSAGE_TRUNCATED,
    OK,
    PACKET_EMPTY,
    PACKET_OVERSIZE,
    PACKET_TRUNCATED,
    SCHEMA_ID_MISMATCH,
    TEMPLATE_UNKNOWN,
    VERSION_TOO_OLD,
    FaultCounts,
)
from cross_market_connect.wire.mdp3.layout import (
    TEMPLATE_ID_LIMIT,
    EntryLayout,
    GroupLayout,
    Layouts,
    RootLayout,
    TemplateLayout,
)
from cross_market_connect.wire.mdp3.messages import InstrumentDefinition, SecurityStatus
from cross_market_connect.wire.mdp3.securities import SecurityTable
from cross_market_connect.wire.sbe.schema import NO_VALUE, Field
from cross_market_connect.wire.unsigned import read_u32

END: Final[i64] = 0

# Packet header: sequence number (UINT32), sending time (UINT64); CME wiki, "MDP 3.0 - SBE Technical Headers".
PACKET_HEADER_BYTES: Final[i64] = 12
# Message header: its size with this header (UINT16), then SBE's: root block length, template, schema, version.
MESSAGE_HEADER_BYTES: Final[i64] = 10
# The largest payload of a UDP datagram over IPv4; the exchange states no smaller limit.
PACKET_BYTES_MAX: Final[i64] = 65_507

_SENDING_TIME: Final[i64] = 4
# SBE's part of the header is read as one number of 64 bits: root block length, template id, schema id, version, the
# first in the lowest bits.
_SBE_HEADER: Final[i64] = 2
_U16: Final[i64] = 0xFFFF


@final
class PacketReader:
    """A cursor over one packet at a time; made once, used for every packet of a channel.

    Attributes, valid after `open` returned OK:
        seq_num: sequence number of the packet on its channel; its messages have none of their own.
        sending_time_utc_ns: the sender's time, nanoseconds since 1970.

    Attributes, valid after `next` returned a template id:
        message_offset, message_bytes: where the current message lies, with its header.
        version: the schema version that it was written with.
        entry_count: entries of the first group (NoMDEntries; in a definition NoEvents).
        order_count: entries of the second group (NoOrderIDEntries).

    Attributes:
        wanted_slot: the slot that `find_wanted` found last.
    """

    def __init__(self, faults: FaultCounts, layouts: Layouts) -> None:
        self.faults: FaultCounts = faults
        self.seq_num: i64 = 0
        self.sending_time_utc_ns: i64 = 0
        self.message_offset: i64 = 0
        self.message_bytes: i64 = 0
        self.version: i64 = 0
        self.entry_count: i64 = 0
        self.order_count: i64 = 0
        self.wanted_slot: i64 = 0
        self._layouts: list[TemplateLayout | None] = layouts.by_id
        self._schema_id: i64 = layouts.schema_id
        self._schema_version: i64 = layouts.version
        self._data: bytes = b""
        self._next_offset: i64 = 0
        self._end: i64 = 0
        first = layouts.by_id[int(CHANNEL_RESET)]
        if first is None:
            raise InvariantError("a schema without a channel reset was accepted")
        self._layout: TemplateLayout = first
        self._root_layout: RootLayout = first.root
        self._entry: EntryLayout = first.entry
        self._order: EntryLayout = first.order
        self._root: i64 = 0
        self._root_bytes: i64 = 0
        self._entries: i64 = 0
        self._entry_bytes: i64 = 0
        self._orders: i64 = 0
        self._order_bytes: i64 = 0

    def open(self, data: bytes) -> i64:
        """Check a datagram and stand before its first message.

        Returns:
            OK, or the reason (negative, counted in `faults`) why the packet is dropped; `next` then returns END.
        """
        self._next_offset = PACKET_HEADER_BYTES
        self._data = data
        self._end = len(data)
        reason = self._check(data)
        if reason != OK:
            self._end = 0
            self.faults.add(reason)
        return reason

    def next(self) -> i64:
        """Move to the next message of a known template; its template id, or END."""
        data = self._data
        while self._next_offset < self._end:
            offset = self._next_offset
            self._next_offset = offset + _read_u16(data, offset)
            header = read_i64_le(data, offset + _SBE_HEADER)
            template_id = (header >> 16) & _U16
            if template_id < TEMPLATE_ID_LIMIT:
                layout = self._layouts[template_id]
                if layout is not None:
                    self._stand_on(layout, offset, header)
                    return template_id
            self.faults.add(TEMPLATE_UNKNOWN)
        return END

    def _stand_on(self, layout: TemplateLayout, offset: i64, sbe_header: i64) -> None:
        data = self._data
        self.message_offset = offset
        self.message_bytes = self._next_offset - offset
        self.version = (sbe_header >> 48) & _U16
        if layout is not self._layout:
            self._layout = layout
            self._root_layout = layout.root
            self._entry = layout.entry
            self._order = layout.order
        self._root = offset + MESSAGE_HEADER_BYTES
        self._root_bytes = sbe_header & _U16
        self.entry_count = 0
        self.order_count = 0
        if layout.group_count == 0:
            return
        header = self._root + self._root_bytes
        self._entry_bytes = _read_u16(data, header)
        self._entries = header + layout.first_header_size
        self.entry_count = i64(data[header + layout.first_count_offset])
        if layout.group_count == 1:
            return
        header = self._entries + self.entry_count * self._entry_bytes
        self._order_bytes = _read_u16(data, header)
        self._orders = header + layout.second_header_size
        self.order_count = i64(data[header + layout.second_count_offset])

    # -- The frame -----------------------------------------------------------------------------------------------------

    def _check(self, data: bytes) -> i64:
        length: i64 = self._end
        if length < PACKET_HEADER_BYTES:
            return PACKET_TRUNCATED
        if length > PACKET_BYTES_MAX:
            return PACKET_OVERSIZE
        if length == PACKET_HEADER_BYTES:
            return PACKET_EMPTY
        self.seq_num = read_u32(data, 0)
        self.sending_time_utc_ns = read_i64_le(data, _SENDING_TIME)
        offset: i64 = PACKET_HEADER_BYTES
        while offset < length:
            if length - offset < MESSAGE_HEADER_BYTES:
                return MESSAGE_TRUNCATED
            size = _read_u16(data, offset)
            if size < MESSAGE_HEADER_BYTES:
                return MESSAGE_TOO_SHORT
            if size > length - offset:
                return MESSAGE_TRUNCATED
            header = read_i64_le(data, offset + _SBE_HEADER)
            if (header >> 32) & _U16 != self._schema_id:
                return SCHEMA_ID_MISMATCH
            template_id = (header >> 16) & _U16
            if template_id < TEMPLATE_ID_LIMIT:
                layout = self._layouts[template_id]
                if layout is not None:
                    reason = self._check_message(data, offset + MESSAGE_HEADER_BYTES, offset + size, header, layout)
                    if reason != OK:
                        return reason
            offset += size
        return OK

    def _check_message(self, data: bytes, root: i64, end: i64, sbe_header: i64, layout: TemplateLayout) -> i64:
        """Walk the message's blocks, so that nothing can be wrong later."""
        version = (sbe_header >> 48) & _U16
        if version < OLDEST_VERSION:
            return VERSION_TOO_OLD
        length = sbe_header & _U16
        if length < layout.root_length and length < layout.template.root.length_at(version):
            return BLOCK_TOO_SHORT
        position = root + length
        if position > end:
            return BLOCK_TRUNCATED
        for group in layout.groups:
            if end - position < group.header_size:
                return GROUP_TRUNCATED
            length = _read_u16(data, position)
            count = i64(data[position + group.count_offset])
            if length < group.entry_length and count > 0 and _is_short(group, length, version):
                return ENTRY_TOO_SHORT
            position += group.header_size + length * count
            if position > end:
                return GROUP_TRUNCATED
        return OK if position == end or version > self._schema_version else MESSAGE_TRAILING_BYTES

    # -- Any message ---------------------------------------------------------------------------------------------------

    def number(self, field: Field) -> i64:
        """A field of the root; NO_VALUE when it is null or the message is older than the field."""
        return read_number(self._data, self._root, self._root_bytes, field)

    def text(self, field: Field) -> str:
        """A text of the root without its padding; empty when the message is older than the field."""
        return BlockReader(self._data, self._root, self._root_bytes, self._layout.template.root).text(field.name)

    def entry_number(self, field: Field, index: i64) -> i64:
        """A field of entry `index` of the first group; NO_VALUE when it is null or the message is older."""
        return read_number(self._data, self._entries + index * self._entry_bytes, self._entry_bytes, field)

    # -- Roles of the root ---------------------------------------------------------------------------------------------

    def transact_time_utc_ns(self) -> i64:
        """TransactTime: when the exchange began to process the event, nanoseconds since 1970."""
        offset = self._root_layout.transact_time
        return NO_VALUE if offset < 0 else read_i64_le(self._data, self._root + offset)

    def match_event_indicator(self) -> i64:
        """MatchEventIndicator, bits (codes.LAST_*, codes.END_OF_EVENT); 0 in a snapshot, which has none."""
        offset = self._root_layout.event_indicator
        return 0 if offset < 0 else i64(self._data[self._root + offset])

    def security_id(self) -> i64:
        """SecurityID of a snapshot, definition or state; NO_VALUE for the state of a group, and in updates."""
        layout = self._root_layout
        if layout.security_id < 0:
            return NO_VALUE
        value: i64 = i64(read_i32_le(self._data, self._root + layout.security_id))
        return NO_VALUE if value == layout.security_id_null else value

    def snapshot_rpt_seq(self) -> i64:
        """RptSeq of a snapshot by price: the last update of its security that it contains."""
        return self._root_u32(self._root_layout.rpt_seq)

    def snapshot_trading_status(self) -> i64:
        """MDSecurityTradingStatus of a snapshot by price, one of codes.STATUS_*; NO_VALUE when null."""
        offset = self._root_layout.trading_status
        if offset < 0:
            return NO_VALUE
        value: i64 = i64(self._data[self._root + offset])
        return NO_VALUE if value == self._root_layout.trading_status_null else value

    def last_seq_num_processed(self) -> i64:
        """LastMsgSeqNumProcessed of a snapshot: the last packet of the incremental feed that it contains."""
        return self._root_u32(self._root_layout.last_seq_num)

    def total_reports(self) -> i64:
        """TotNumReports: messages of the snapshot loop, or instruments of the definition loop."""
        value = self._root_u32(self._root_layout.total_reports)
        return NO_VALUE if value == self._root_layout.total_reports_null else value

    def chunks(self) -> i64:
        """NoChunks of a snapshot by order: how many messages make up the security's book."""
        return self._root_u32(self._root_layout.chunks)

    def chunk(self) -> i64:
        """CurrentChunk of a snapshot by order, from 1."""
        return self._root_u32(self._root_layout.chunk)

    def _root_u32(self, offset: i64) -> i64:
        return NO_VALUE if offset < 0 else read_u32(self._data, self._root + offset)

    # -- Roles of an entry of the first group --------------------------------------------------------------------------

    def find_wanted(self, securities: SecurityTable, start: i64) -> i64:
        """The first entry from `start` on whose security is in the table; its slot is then in `wanted_slot`.

        Returns:
            Its index; `entry_count` when there is none.
        """
        offset = self._entry.security_id
        count = self.entry_count
        if offset < 0 or start >= count:
            return count
        step = self._entry_bytes
        position = self._entries + start * step + offset
        index = start + securities.first_wanted(self._data, position, step, count - start)
        if index < count:
            self.wanted_slot = securities.slot(self.entry_security_id(index))
        return index

    def entry_price(self, index: i64) -> i64:
        """MDEntryPx, times 10**9; NO_PRICE when null."""
        offset = self._entry.price
        if offset < 0:
            return NO_PRICE
        price = read_i64_le(self._data, self._entries + index * self._entry_bytes + offset)
        return NO_PRICE if price == I64_MAX else price

    def entry_size(self, index: i64) -> i64:
        """MDEntrySize, in a book by order MDDisplayQty: contracts, NO_VALUE when null."""
        return _read_size(self._data, self._entries + index * self._entry_bytes, self._entry)

    def entry_security_id(self, index: i64) -> i64:
        """SecurityID; NO_VALUE in a snapshot, whose root has it."""
        offset = self._entry.security_id
        if offset < 0:
            return NO_VALUE
        return i64(read_i32_le(self._data, self._entries + index * self._entry_bytes + offset))

    def entry_rpt_seq(self, index: i64) -> i64:
        """RptSeq: number of the update of its security."""
        offset = self._entry.rpt_seq
        return NO_VALUE if offset < 0 else read_u32(self._data, self._entries + index * self._entry_bytes + offset)

    def entry_orders(self, index: i64) -> i64:
        """NumberOfOrders; NO_VALUE when null, as it is for implied levels."""
        offset = self._entry.orders
        if offset < 0:
            return NO_VALUE
        value: i64 = i64(read_i32_le(self._data, self._entries + index * self._entry_bytes + offset))
        return NO_VALUE if value == self._entry.orders_null else value

    def entry_level(self, index: i64) -> i64:
        """MDPriceLevel: 1 is the best; NO_VALUE when null."""
        offset = self._entry.level
        if offset < 0:
            return NO_VALUE
        value: i64 = i64(self._data[self._entries + index * self._entry_bytes + offset])
        return NO_VALUE if value == self._entry.level_null else value

    def entry_action(self, index: i64) -> i64:
        """MDUpdateAction, one of codes.ACTION_*; ACTION_NEW in a snapshot, which has none."""
        offset = self._entry.action
        if offset < 0:
            return self._entry.action_constant
        return i64(self._data[self._entries + index * self._entry_bytes + offset])

    def entry_type(self, index: i64) -> i64:
        """MDEntryType, one of codes.ENTRY_*."""
        offset = self._entry.entry_type
        if offset < 0:
            return self._entry.entry_type_constant
        return i64(self._data[self._entries + index * self._entry_bytes + offset])

    def entry_order_id(self, index: i64) -> i64:
        """OrderID of an entry of a book by order; NO_VALUE when null. The 64 bits as they are."""
        return _read_u64(
            self._data, self._entries + index * self._entry_bytes, self._entry.order_id, self._entry.order_id_null
        )

    def entry_priority(self, index: i64) -> i64:
        """MDOrderPriority of an entry of a book by order, smaller is earlier; NO_VALUE when null."""
        return _read_u64(
            self._data, self._entries + index * self._entry_bytes, self._entry.priority, self._entry.priority_null
        )

    # -- Roles of an entry of the second group, the orders behind the entries ------------------------------------------

    def order_id(self, index: i64) -> i64:
        """OrderID, the 64 bits as they are."""
        return _read_u64(
            self._data, self._orders + index * self._order_bytes, self._order.order_id, self._order.order_id_null
        )

    def order_priority(self, index: i64) -> i64:
        """MDOrderPriority, smaller is earlier; NO_VALUE when null, and in trades."""
        return _read_u64(
            self._data, self._orders + index * self._order_bytes, self._order.priority, self._order.priority_null
        )

    def order_size(self, index: i64) -> i64:
        """MDDisplayQty, in trades LastQty: contracts, NO_VALUE when null."""
        return _read_size(self._data, self._orders + index * self._order_bytes, self._order)

    def order_reference(self, index: i64) -> i64:
        """Index of the entry that the order belongs to: ReferenceID - 1; NO_VALUE when null, and in trades."""
        offset = self._order.reference
        if offset < 0:
            return NO_VALUE
        value: i64 = i64(self._data[self._orders + index * self._order_bytes + offset])
        return NO_VALUE if value == self._order.reference_null else value - 1

    def order_action(self, index: i64) -> i64:
        """OrderUpdateAction, one of codes.ORDER_*."""
        offset = self._order.action
        if offset < 0:
            return self._order.action_constant
        return i64(self._data[self._orders + index * self._order_bytes + offset])

    # -- Objects -------------------------------------------------------------------------------------------------------

    def security_status(self) -> SecurityStatus:
        """The current SecurityStatus (30)."""
        return read_security_status(self._root_block())

    def definition(self) -> InstrumentDefinition:
        """The current MDInstrumentDefinitionFuture (54), ...Option (55) or ...Spread (56)."""
        return read_definition(self._root_block(), self._layout.template)

    def _root_block(self) -> BlockReader:
        return BlockReader(self._data, self._root, self._root_bytes, self._layout.template.root)


def _read_u16(data: bytes, position: i64) -> i64:
    """As in `block`: within a file the C compiler makes it part of the caller."""
    return i64(read_i16_le(data, position)) & _U16


def _is_short(group: GroupLayout, length: i64, version: i64) -> bool:
    return length < group.entry.length_at(version)


def _read_size(data: bytes, position: i64, layout: EntryLayout) -> i64:
    offset = layout.size
    if offset < 0:
        return NO_VALUE
    value: i64
    if layout.size_long:
        value = read_i64_le(data, position + offset)
    else:
        value = i64(read_i32_le(data, position + offset))
    return NO_VALUE if value == layout.size_null else value


def _read_u64(data: bytes, position: i64, offset: i64, null: i64) -> i64:
    if offset < 0:
        return NO_VALUE
    value = read_i64_le(data, position + offset)
    return NO_VALUE if value == null else value
