"""Reads OMD packets in place: a cursor over the messages of one datagram, the same for the whole OMD family.

Theory of operation. `open` checks the whole frame first: packet size, compression, and for every message that it lies
inside the packet, is long enough for its type, and that its entries fill it exactly. A packet with any fault is refused
as a whole with a reason code and counted; so a caller never applies half a packet, and after `open` returned OK neither
`next` nor an accessor can fail. Messages of a type that the flavour does not describe are skipped by their size, which
is how the protocol grows; they are counted, and they keep their sequence numbers. A known message may be longer than
described (a later version appended a field), a message with entries may not, since its entries would be misread.

Nothing is allocated per message or entry: accessors read the current message's bytes. Calling an accessor for a message
of another type is the caller's bug and reads other fields; it stays within the bytes of the packet, because librt
checks the bounds.

A flavour is a subclass with the accessors of its own messages. Here are those that the family has in common, and
`number`, `text`, `entry_number`, `entry_text`, which read any field by its description. Offsets come from the
descriptions, once, at import.
"""

from __future__ import annotations

import zlib
from typing import Final

from librt.strings import read_i16_le, read_i32_le, read_i64_le
from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.numbers import NO_PRICE
from cross_market_connect.wire.omd.description import (
    INT16,
    INT32,
    MESSAGE_HEADER_BYTES,
    MESSAGE_TYPE_LIMIT,
    PACKET_HEADER_BYTES,
    UINT8,
    UINT16,
    UINT32,
    UNICODE,
    Field,
    Flavour,
    MessageDescription,
    number,
    packet_header_offset,
)
from cross_market_connect.wire.omd.family import (
    COMPRESSED,
    DISASTER_RECOVERY_SIGNAL,
    INT32_NULL,
    LOGON,
    LOGON_RESPONSE,
    REFRESH_COMPLETE,
    RETRANSMISSION_RESPONSE,
    SEQUENCE_RESET,
    UNCOMPRESSED,
    aggregate_book,
    service_messages,
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
from cross_market_connect.wire.unsigned import read_u16, read_u32

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

_SERVICES: Final[Flavour] = Flavour("OMD services", "", service_messages(), False, 0)
_NEW_SEQ_NO: Final[Field] = _SERVICES.message(SEQUENCE_RESET).field("NewSeqNo")
_LAST_SEQ_NUM: Final[Field] = _SERVICES.message(REFRESH_COMPLETE).field("LastSeqNum")
_DR_STATUS: Final[Field] = _SERVICES.message(DISASTER_RECOVERY_SIGNAL).field("DRStatus")
_USERNAME: Final[Field] = _SERVICES.message(LOGON).field("Username")
_SESSION_STATUS: Final[Field] = _SERVICES.message(LOGON_RESPONSE).field("SessionStatus")
_RETRANS_STATUS: Final[Field] = _SERVICES.message(RETRANSMISSION_RESPONSE).field("RetransStatus")
# Request and response have these fields at the same places.
_CHANNEL_ID: Final[Field] = _SERVICES.message(RETRANSMISSION_RESPONSE).field("ChannelID")
_BEGIN_SEQ_NUM: Final[Field] = _SERVICES.message(RETRANSMISSION_RESPONSE).field("BeginSeqNum")
_END_SEQ_NUM: Final[Field] = _SERVICES.message(RETRANSMISSION_RESPONSE).field("EndSeqNum")

# The first entry's fields of a book update, from the start of the message; entry i lies i * _ENTRY_BYTES further.
_BOOK: Final[MessageDescription] = aggregate_book(0, "", "InstrumentID", [number("Side", UINT16)])
_ENTRY_BYTES: Final[i64] = _BOOK.entry_size
_QUANTITY: Final[i64] = _BOOK.size + _BOOK.entry_field("AggregateQuantity").offset
_PRICE: Final[i64] = _BOOK.size + _BOOK.entry_field("Price").offset
_ORDERS: Final[i64] = _BOOK.size + _BOOK.entry_field("NumberOfOrders").offset
_SIDE: Final[i64] = _BOOK.size + _BOOK.entry_field("Side").offset
_LEVEL: Final[i64] = _BOOK.size + _BOOK.entry_field("PriceLevel").offset
_ACTION: Final[i64] = _BOOK.size + _BOOK.entry_field("UpdateAction").offset


def read_number(data: bytes, position: i64, kind: i64) -> i64:
    """The integer of that kind. A UINT64 of 2**63 or more comes out negative; no field of the protocol reaches it."""
    if kind == UINT32:
        return read_u32(data, position)
    if kind == INT32:
        return i64(read_i32_le(data, position))
    if kind == UINT16:
        return read_u16(data, position)
    if kind == UINT8:
        return i64(data[position])
    if kind == INT16:
        return i64(read_i16_le(data, position))
    if kind > INT16:
        raise InvariantError("a field of text was read as a number")
    return read_i64_le(data, position)


def read_text(data: bytes, position: i64, field: Field) -> str:
    """Text without its padding, which senders write as spaces or as NUL. A corrupt text cannot raise."""
    content = data[position : position + field.size]
    if field.kind == UNICODE:
        return content.decode("utf-16-le", "replace").rstrip(" \0")
    return content.rstrip(b" \0").decode("latin-1")


class PacketReader:
    """A cursor over one packet at a time; made once, used for every packet of a channel.

    Attributes, valid after `open` returned OK:
        seq_num: sequence number of the first message; for a heartbeat that of the last message sent before it.
        message_count: messages in the packet; 0 is a heartbeat.
        send_time_utc_ns: the sender's time, nanoseconds since 1970 (whole milliseconds).

    Attributes, valid after `next` returned a message type:
        message_seq_num: the current message's own sequence number.
        message_type: the current message's type.
        message_offset, message_bytes: where the current message lies, counted in the unpacked packet.
    """

    def __init__(self, faults: FaultCounts, flavour: Flavour) -> None:
        self.faults: FaultCounts = faults
        self.seq_num: i64 = 0
        self.message_count: i64 = 0
        self.send_time_utc_ns: i64 = 0
        self.message_seq_num: i64 = 0
        self.message_type: i64 = 0
        self.message_offset: i64 = 0
        self.message_bytes: i64 = 0
        self.data: bytes = b""
        self._sizes: vec[i64] = flavour.sizes
        self._entry_sizes: vec[i64] = flavour.entry_sizes
        self._count_offsets: vec[i64] = flavour.count_offsets
        self._wide_counts: vec[i64] = flavour.wide_counts
        self._compresses: bool = flavour.compresses
        # Side is one byte and a filler in one flavour, two bytes in the other.
        self._side_mask: i64 = 0xFF
        if flavour.book_type != 0 and flavour.message(flavour.book_type).entry_field("Side").kind == UINT16:
            self._side_mask = 0xFFFF
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
        return read_u16(self.data, PACKET_HEADER_BYTES + 2) if self.message_count > 0 else END

    def next(self) -> i64:
        """Move to the next message of a known type; its type, or END."""
        while self._taken < self.message_count:
            offset = self._next_offset
            size = read_u16(self.data, offset)
            message_type = read_u16(self.data, offset + 2)
            self.message_type = message_type
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
        size = read_u16(data, _PKT_SIZE)
        if length > PACKET_BYTES_MAX or size > PACKET_BYTES_MAX:
            return PACKET_OVERSIZE
        if length != size:
            return PACKET_TRUNCATED if length < size else PACKET_TRAILING_BYTES
        self.seq_num = read_u32(data, _SEQ_NUM)
        self.send_time_utc_ns = read_i64_le(data, _SEND_TIME)
        self.message_count = i64(data[_MSG_COUNT])
        self.data = data
        mode = i64(data[_COMPRESSION_MODE]) if self._compresses else UNCOMPRESSED
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
        self.data = data[:PACKET_HEADER_BYTES] + content
        return OK

    def _check_messages(self) -> i64:
        """Walk the message headers, so that nothing can be wrong later."""
        data = self.data
        end: i64 = len(data)
        offset: i64 = PACKET_HEADER_BYTES
        left: i64 = self.message_count
        while left > 0:
            if end - offset < MESSAGE_HEADER_BYTES:
                return MESSAGE_COUNT_MISMATCH if offset == end else MESSAGE_TRUNCATED
            size = read_u16(data, offset)
            message_type = read_u16(data, offset + 2)
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
                    count = self._count(data, offset, message_type)
                    if size != fixed + entry * count:
                        return ENTRY_COUNT_MISMATCH
            offset += size
            left -= 1
        return OK if offset == end else MESSAGE_COUNT_MISMATCH

    def _count(self, data: bytes, offset: i64, message_type: i64) -> i64:
        """The entry count of a message that lies at `offset`."""
        at: i64 = offset + self._count_offsets[message_type]
        # Only as many bytes as the count has: it may be the last field of the packet.
        return read_u16(data, at) if self._wide_counts[message_type] != 0 else i64(data[at])

    # -- Any message ---------------------------------------------------------------------------------------------------

    def number(self, field: Field) -> i64:
        """An integer field of the current message, as it stands on the wire (an INT32 null is INT32_NULL)."""
        return read_number(self.data, self.message_offset + field.offset, field.kind)

    def text(self, field: Field) -> str:
        """A text field of the current message, without its padding."""
        return read_text(self.data, self.message_offset + field.offset, field)

    def entry_count(self) -> i64:
        """Number of entries of the current message, of whatever type; 0 when it has no repeating group."""
        if self._entry_sizes[self.message_type] == 0:
            return 0
        return self._count(self.data, self.message_offset, self.message_type)

    def entry_number(self, field: Field, index: i64) -> i64:
        """An integer field of entry `index` of the current message."""
        return read_number(self.data, self._entry_offset(index) + field.offset, field.kind)

    def entry_text(self, field: Field, index: i64) -> str:
        """A text field of entry `index` of the current message."""
        return read_text(self.data, self._entry_offset(index) + field.offset, field)

    def _entry_offset(self, index: i64) -> i64:
        kind = self.message_type
        return self.message_offset + self._sizes[kind] + index * self._entry_sizes[kind]

    # -- Aggregate Order Book Update -----------------------------------------------------------------------------------

    def entry_quantity(self, index: i64) -> i64:
        """AggregateQuantity of entry `index`, in contracts or shares."""
        return read_i64_le(self.data, self.message_offset + _QUANTITY + index * _ENTRY_BYTES)

    def entry_price(self, index: i64) -> i64:
        """Price of entry `index`, with the implied decimals of the instrument; NO_PRICE when null."""
        price: i64 = i64(read_i32_le(self.data, self.message_offset + _PRICE + index * _ENTRY_BYTES))
        return NO_PRICE if price == INT32_NULL else price

    def entry_orders(self, index: i64) -> i64:
        """NumberOfOrders of entry `index`."""
        return read_u32(self.data, self.message_offset + _ORDERS + index * _ENTRY_BYTES)

    def entry_side(self, index: i64) -> i64:
        """Side of entry `index`: SIDE_BID or SIDE_OFFER."""
        return read_u16(self.data, self.message_offset + _SIDE + index * _ENTRY_BYTES) & self._side_mask

    def entry_level(self, index: i64) -> i64:
        """PriceLevel of entry `index`: 1 is the best, PRICE_LEVEL_BEYOND the sum beyond the tenth."""
        return i64(self.data[self.message_offset + _LEVEL + index * _ENTRY_BYTES])

    def entry_action(self, index: i64) -> i64:
        """UpdateAction of entry `index`: one of ACTION_*."""
        return i64(self.data[self.message_offset + _ACTION + index * _ENTRY_BYTES])

    # -- Control and services ------------------------------------------------------------------------------------------

    def new_seq_no(self) -> i64:
        """NewSeqNo of the current Sequence Reset (100): the next sequence number to expect."""
        return self.number(_NEW_SEQ_NO)

    def last_seq_num(self) -> i64:
        """LastSeqNum of the current Refresh Complete (203): the real-time number the snapshot stands at."""
        return self.number(_LAST_SEQ_NUM)

    def recovery_status(self) -> i64:
        """DRStatus of the current Disaster Recovery Signal (105)."""
        return self.number(_DR_STATUS)

    def username(self) -> str:
        """Username of the current Logon (101)."""
        return self.text(_USERNAME)

    def session_status(self) -> i64:
        """SessionStatus of the current Logon Response (102): one of SESSION_*."""
        return self.number(_SESSION_STATUS)

    def channel_id(self) -> i64:
        """ChannelID of the current Retransmission Request (201) or Response (202)."""
        return self.number(_CHANNEL_ID)

    def retransmission_status(self) -> i64:
        """RetransStatus of the current Retransmission Response (202): one of RETRANSMISSION_*."""
        return self.number(_RETRANS_STATUS)

    def begin_seq_num(self) -> i64:
        """BeginSeqNum of the current Retransmission Request (201) or Response (202)."""
        return self.number(_BEGIN_SEQ_NUM)

    def end_seq_num(self) -> i64:
        """EndSeqNum of the current Retransmission Request (201) or Response (202)."""
        return self.number(_END_SEQ_NUM)
