"""Reads OMD packets in place: a cursor over the messages of one datagram, and over the entries of a book update.

Theory of operation. `open` checks the whole frame first: packet size, compression, and for every message that it lies
inside the packet, is long enough for its type, and that its entries fill it exactly. A packet with any fault is refused
as a whole with a reason code and counted; so a caller never applies half a packet, and after `open` returned OK neither
`next` nor an accessor can fail. Messages of a type that the flavour does not describe are skipped by their size, which
is how the protocol grows; they are counted, and they keep their sequence numbers. A known message may be longer than
described (a later version appended a field), a message with entries may not, since its entries would be misread.

Nothing is allocated per message or entry: accessors read the current message's bytes. The accessors of the rare
messages build an object. Calling an accessor for a message of another type is the caller's bug and reads other
fields; it stays within the bytes of the packet, because librt checks the bounds.

The cursor (`open`, `next`) is common to the OMD family and takes its sizes from the flavour; the accessors below it are
OMD-D's. Offsets come from the description, once, at import.
"""

from __future__ import annotations

import zlib
from typing import Final, final

from librt.strings import read_i16_le, read_i32_le, read_i64_le
from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.numbers import NO_PRICE
from cross_market_connect.wire.omd.description import (
    FILLER,
    INT32,
    INT64,
    MESSAGE_HEADER_BYTES,
    MESSAGE_TYPE_LIMIT,
    PACKET_HEADER_BYTES,
    UINT8,
    UINT16,
    UINT32,
    Field,
    Flavour,
    MessageDescription,
    packet_header_offset,
)
from cross_market_connect.wire.omd.faults import (
    COMPRESSION_CORRUPT,
    COMPRESSION_MODE_UNKNOWN,
    ENTRY_COUNT_MISMATCH,
    HEARTBEAT_WITH_CONTENT,
    MESSAGE_COUNT_MISMATCH,
    MESSAGE_TOO_SHORT,
    MESSAGE_TRUNCATED,
    MESSAGE_TYPE_UNKNOWN,
    OK,
    PACKET_OVERSIZE,
    PACKET_TRAILING_BYTES,
    PACKET_TRUNCATED,
    FaultCounts,
)
from cross_market_connect.wire.omd.messages import (
    ClassDefinition,
    CommodityDefinition,
    MarketStatus,
    SeriesDefinitionBase,
    SeriesDefinitionExtended,
    Trade,
)
from cross_market_connect.wire.omd.omd_d import (
    AGGREGATE_ORDER_BOOK_UPDATE,
    CLASS_DEFINITION,
    COMMODITY_DEFINITION,
    COMPRESSED,
    DISASTER_RECOVERY_SIGNAL,
    INT32_NULL,
    MARKET_STATUS,
    REFRESH_COMPLETE,
    SEQUENCE_RESET,
    SERIES_DEFINITION_BASE,
    SERIES_DEFINITION_EXTENDED,
    SERIES_STATUS,
    TRADE,
    UNCOMPRESSED,
)
from cross_market_connect.wire.omd.omd_d_messages import OMD_D

END: Final[i64] = 0

# The largest packet including the multicast headers (OMD-D 1.47, section 3.2); no payload can be larger.
PACKET_BYTES_MAX: Final[i64] = 1500
# A packet has at most 255 messages, and no channel sends large ones; more than this is not a market data packet.
INFLATED_BYTES_MAX: Final[i64] = 65_536

_PKT_SIZE: Final[i64] = packet_header_offset("PktSize")
_MSG_COUNT: Final[i64] = packet_header_offset("MsgCount")
_COMPRESSION_MODE: Final[i64] = packet_header_offset("CompressionMode")
_SEQ_NUM: Final[i64] = packet_header_offset("SeqNum")
_SEND_TIME: Final[i64] = packet_header_offset("SendTime")

# The first entry's fields, from the start of the message; entry i lies i * _ENTRY_BYTES further.
_BOOK: Final[MessageDescription] = OMD_D.message(AGGREGATE_ORDER_BOOK_UPDATE)
_ENTRY_COUNT: Final[i64] = _BOOK.field("NoEntries").offset
_ENTRY_BYTES: Final[i64] = _BOOK.entry_size
_QUANTITY: Final[i64] = _BOOK.size + _BOOK.entry_field("AggregateQuantity").offset
_PRICE: Final[i64] = _BOOK.size + _BOOK.entry_field("Price").offset
_ORDERS: Final[i64] = _BOOK.size + _BOOK.entry_field("NumberOfOrders").offset
_SIDE: Final[i64] = _BOOK.size + _BOOK.entry_field("Side").offset
_LEVEL: Final[i64] = _BOOK.size + _BOOK.entry_field("PriceLevel").offset
_ACTION: Final[i64] = _BOOK.size + _BOOK.entry_field("UpdateAction").offset

# In every message of one series but three (305, 320, 366) the OrderbookID stands where 353 has it.
_ORDERBOOK_ID: Final[i64] = _BOOK.field("OrderbookID").offset
_NEW_SEQ_NO: Final[i64] = OMD_D.offset(SEQUENCE_RESET, "NewSeqNo")
_LAST_SEQ_NUM: Final[i64] = OMD_D.offset(REFRESH_COMPLETE, "LastSeqNum")
_DR_STATUS: Final[i64] = OMD_D.offset(DISASTER_RECOVERY_SIGNAL, "DRStatus")
_SUSPENSION_INDICATOR: Final[i64] = OMD_D.offset(SERIES_STATUS, "SuspensionIndicator")
_SERIES_STATUS: Final[i64] = OMD_D.offset(SERIES_STATUS, "SeriesStatus")

_COMMODITY: Final[MessageDescription] = OMD_D.message(COMMODITY_DEFINITION)
_CLASS: Final[MessageDescription] = OMD_D.message(CLASS_DEFINITION)
_SERIES_BASE: Final[MessageDescription] = OMD_D.message(SERIES_DEFINITION_BASE)
_SERIES_EXTENDED: Final[MessageDescription] = OMD_D.message(SERIES_DEFINITION_EXTENDED)
_MARKET: Final[MessageDescription] = OMD_D.message(MARKET_STATUS)
_TRADE: Final[MessageDescription] = OMD_D.message(TRADE)


def _read_u16(data: bytes, position: i64) -> i64:
    return i64(read_i16_le(data, position)) & 0xFFFF


def _read_u32(data: bytes, position: i64) -> i64:
    return i64(read_i32_le(data, position)) & 0xFFFFFFFF


def _read_number(data: bytes, position: i64, kind: i64) -> i64:
    """The integer of that kind. A UINT64 of 2**63 or more comes out negative; no field of the protocol reaches it."""
    if kind == UINT32:
        return _read_u32(data, position)
    if kind == INT32:
        return i64(read_i32_le(data, position))
    if kind == UINT16:
        return _read_u16(data, position)
    if kind == UINT8:
        return i64(data[position])
    if kind > INT64:
        raise InvariantError("a field of text was read as a number")
    return read_i64_le(data, position)


@final
class _FieldCursor:
    """Reads the fields of one message in the description's order, for the messages that become objects."""

    def __init__(self, data: bytes, message_offset: i64, message: MessageDescription) -> None:
        self._data: bytes = data
        self._offset: i64 = message_offset
        self._fields: list[Field] = message.fields
        self._next: i64 = 2  # MsgSize and MsgType are read by the packet's cursor

    def _take(self) -> Field:
        field = self._fields[self._next]
        while field.kind == FILLER:
            self._next += 1
            field = self._fields[self._next]
        self._next += 1
        return field

    def number(self) -> i64:
        field = self._take()
        return _read_number(self._data, self._offset + field.offset, field.kind)

    def price(self) -> i64:
        value = self.number()
        return NO_PRICE if value == INT32_NULL else value

    def text(self) -> str:
        """Text without its padding. Latin-1 reads every byte, so that a corrupt text cannot raise."""
        field = self._take()
        start: i64 = self._offset + field.offset
        return self._data[start : start + field.size].rstrip(b" \0").decode("latin-1")


@final
class PacketReader:
    """A cursor over one packet at a time; made once, used for every packet of a channel.

    Attributes, valid after `open` returned OK:
        seq_num: sequence number of the first message; for a heartbeat that of the last message sent before it.
        message_count: messages in the packet; 0 is a heartbeat.
        send_time_utc_ns: the sender's time, nanoseconds since 1970 (whole milliseconds).

    Attributes, valid after `next` returned a message type:
        message_seq_num: the current message's own sequence number.
        message_offset, message_bytes: where the current message lies, counted in the unpacked packet.
    """

    def __init__(self, faults: FaultCounts, flavour: Flavour) -> None:
        self.faults: FaultCounts = faults
        self.seq_num: i64 = 0
        self.message_count: i64 = 0
        self.send_time_utc_ns: i64 = 0
        self.message_seq_num: i64 = 0
        self.message_offset: i64 = 0
        self.message_bytes: i64 = 0
        self._sizes: vec[i64] = flavour.sizes
        self._entry_sizes: vec[i64] = flavour.entry_sizes
        self._count_offsets: vec[i64] = flavour.count_offsets
        self._data: bytes = b""
        self._taken: i64 = 0
        self._next_offset: i64 = 0

    def open(self, data: bytes) -> i64:
        """Check a datagram and stand before its first message.

        Returns:
            OK, or the reason (negative, counted in `faults`) why the packet is dropped; `next` then returns END.
        """
        self._taken = 0
        self._next_offset = PACKET_HEADER_BYTES
        reason = self._check(data)
        if reason != OK:
            self.message_count = 0
            self.faults.add(reason)
        return reason

    def first_type(self) -> i64:
        """Type of the packet's first message, of a known type or not, without moving to it; END for a heartbeat."""
        return _read_u16(self._data, PACKET_HEADER_BYTES + 2) if self.message_count > 0 else END

    def next(self) -> i64:
        """Move to the next message of a known type; its type, or END."""
        while self._taken < self.message_count:
            offset = self._next_offset
            size = _read_u16(self._data, offset)
            message_type = _read_u16(self._data, offset + 2)
            self.message_offset = offset
            self.message_bytes = size
            self.message_seq_num = self.seq_num + self._taken
            self._next_offset = offset + size
            self._taken += 1
            if message_type < MESSAGE_TYPE_LIMIT and self._sizes[message_type] != 0:
                return message_type
            self.faults.add(MESSAGE_TYPE_UNKNOWN)
        return END

    def _check(self, data: bytes) -> i64:
        length: i64 = len(data)
        if length < PACKET_HEADER_BYTES:
            return PACKET_TRUNCATED
        size = _read_u16(data, _PKT_SIZE)
        if length > PACKET_BYTES_MAX or size > PACKET_BYTES_MAX:
            return PACKET_OVERSIZE
        if length != size:
            return PACKET_TRUNCATED if length < size else PACKET_TRAILING_BYTES
        self.seq_num = _read_u32(data, _SEQ_NUM)
        self.send_time_utc_ns = read_i64_le(data, _SEND_TIME)
        self.message_count = i64(data[_MSG_COUNT])
        self._data = data
        mode = i64(data[_COMPRESSION_MODE])
        if self.message_count == 0:
            return OK if size == PACKET_HEADER_BYTES and mode == UNCOMPRESSED else HEARTBEAT_WITH_CONTENT
        if mode == COMPRESSED:
            reason = self._inflate(data)
            if reason != OK:
                return reason
        elif mode != UNCOMPRESSED:
            return COMPRESSION_MODE_UNKNOWN
        return self._check_messages()

    def _inflate(self, data: bytes) -> i64:
        """Unpack the messages of a compressed packet (OMD-D 1.47, section 3.3.1)."""
        inflater = zlib.decompressobj()
        try:
            content = inflater.decompress(data[PACKET_HEADER_BYTES:], INFLATED_BYTES_MAX)
        except zlib.error:
            return COMPRESSION_CORRUPT
        if not inflater.eof or inflater.unused_data:
            return COMPRESSION_CORRUPT
        self._data = data[:PACKET_HEADER_BYTES] + content
        return OK

    def _check_messages(self) -> i64:
        """Walk the message headers, so that nothing can be wrong later."""
        data = self._data
        end: i64 = len(data)
        offset: i64 = PACKET_HEADER_BYTES
        left: i64 = self.message_count
        while left > 0:
            if end - offset < MESSAGE_HEADER_BYTES:
                return MESSAGE_COUNT_MISMATCH if offset == end else MESSAGE_TRUNCATED
            size = _read_u16(data, offset)
            message_type = _read_u16(data, offset + 2)
            if size < MESSAGE_HEADER_BYTES:
                return MESSAGE_TOO_SHORT
            if size > end - offset:
                return MESSAGE_TRUNCATED
            if message_type < MESSAGE_TYPE_LIMIT:
                fixed = self._sizes[message_type]
                if size < fixed:
                    return MESSAGE_TOO_SHORT
                entry = self._entry_sizes[message_type]
                if entry != 0:
                    count = i64(data[offset + self._count_offsets[message_type]])
                    if size != fixed + entry * count:
                        return ENTRY_COUNT_MISMATCH
            offset += size
            left -= 1
        return OK if offset == end else MESSAGE_COUNT_MISMATCH

    # -- Any message ---------------------------------------------------------------------------------------------------

    def number(self, field: Field) -> i64:
        """An integer field of the current message, as it stands on the wire (an INT32 null is INT32_NULL)."""
        return _read_number(self._data, self.message_offset + field.offset, field.kind)

    # -- OMD-D: book updates (353), trades, and series -----------------------------------------------------------------

    def orderbook_id(self) -> i64:
        """OrderbookID of the current message: 303, 304, 321, 330 to 336, 350, 353, 360, 363, 364, 367."""
        return _read_u32(self._data, self.message_offset + _ORDERBOOK_ID)

    def entry_count(self) -> i64:
        """Number of entries of the current book update."""
        return i64(self._data[self.message_offset + _ENTRY_COUNT])

    def entry_quantity(self, index: i64) -> i64:
        """AggregateQuantity of entry `index`, in contracts."""
        return read_i64_le(self._data, self.message_offset + _QUANTITY + index * _ENTRY_BYTES)

    def entry_price(self, index: i64) -> i64:
        """Price of entry `index`, with the series' NumberOfDecimalsPrice decimals; NO_PRICE when null."""
        price: i64 = i64(read_i32_le(self._data, self.message_offset + _PRICE + index * _ENTRY_BYTES))
        return NO_PRICE if price == INT32_NULL else price

    def entry_orders(self, index: i64) -> i64:
        """NumberOfOrders of entry `index`."""
        return _read_u32(self._data, self.message_offset + _ORDERS + index * _ENTRY_BYTES)

    def entry_side(self, index: i64) -> i64:
        """Side of entry `index`: SIDE_BID or SIDE_OFFER."""
        return i64(self._data[self.message_offset + _SIDE + index * _ENTRY_BYTES])

    def entry_level(self, index: i64) -> i64:
        """PriceLevel of entry `index`: 1 is the best, PRICE_LEVEL_BEYOND the sum beyond the tenth."""
        return i64(self._data[self.message_offset + _LEVEL + index * _ENTRY_BYTES])

    def entry_action(self, index: i64) -> i64:
        """UpdateAction of entry `index`: one of ACTION_*."""
        return i64(self._data[self.message_offset + _ACTION + index * _ENTRY_BYTES])

    def trade(self) -> Trade:
        """The current Trade (350)."""
        fields = _FieldCursor(self._data, self.message_offset, _TRADE)
        return Trade(
            fields.number(),
            fields.number(),
            fields.price(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
        )

    # -- OMD-D: control and state --------------------------------------------------------------------------------------

    def new_seq_no(self) -> i64:
        """NewSeqNo of the current Sequence Reset (100): the next sequence number to expect."""
        return _read_u32(self._data, self.message_offset + _NEW_SEQ_NO)

    def last_seq_num(self) -> i64:
        """LastSeqNum of the current Refresh Complete (203): the real-time number the snapshot stands at."""
        return _read_u32(self._data, self.message_offset + _LAST_SEQ_NUM)

    def recovery_status(self) -> i64:
        """DRStatus of the current Disaster Recovery Signal (105)."""
        return _read_u32(self._data, self.message_offset + _DR_STATUS)

    def suspension_indicator(self) -> i64:
        """SuspensionIndicator of the current Series Status (321)."""
        return i64(self._data[self.message_offset + _SUSPENSION_INDICATOR])

    def series_status(self) -> i64:
        """SeriesStatus of the current Series Status (321)."""
        return i64(self._data[self.message_offset + _SERIES_STATUS])

    def market_status(self) -> MarketStatus:
        """The current Market Status (320)."""
        fields = _FieldCursor(self._data, self.message_offset, _MARKET)
        return MarketStatus(
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.text(),
            fields.text(),
            fields.text(),
            fields.text(),
            fields.number(),
            fields.number(),
            fields.number(),
        )

    # -- OMD-D: reference data -----------------------------------------------------------------------------------------

    def commodity_definition(self) -> CommodityDefinition:
        """The current Commodity Definition (301)."""
        fields = _FieldCursor(self._data, self.message_offset, _COMMODITY)
        return CommodityDefinition(
            fields.number(),
            fields.number(),
            fields.text(),
            fields.text(),
            fields.number(),
            fields.text(),
            fields.number(),
            fields.text(),
            fields.number(),
            fields.number(),
            fields.text(),
        )

    def class_definition(self) -> ClassDefinition:
        """The current Class Definition (302)."""
        fields = _FieldCursor(self._data, self.message_offset, _CLASS)
        return ClassDefinition(
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.text(),
            fields.text(),
            fields.text(),
            fields.text(),
            fields.text(),
            fields.number(),
            fields.number(),
        )

    def series_definition_base(self) -> SeriesDefinitionBase:
        """The current Series Definition Base (303)."""
        fields = _FieldCursor(self._data, self.message_offset, _SERIES_BASE)
        return SeriesDefinitionBase(
            fields.number(),
            fields.text(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.text(),
            fields.number(),
            fields.number(),
        )

    def series_definition_extended(self) -> SeriesDefinitionExtended:
        """The current Series Definition Extended (304)."""
        fields = _FieldCursor(self._data, self.message_offset, _SERIES_EXTENDED)
        return SeriesDefinitionExtended(
            fields.number(),
            fields.text(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.text(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.text(),
            fields.number(),
            fields.number(),
        )
