"""Writes OMD packets: the other end of the reader, for simulated publishers, load, tests, and the services' requests.

Every field is written by walking the same description that the reader takes its offsets from: `_number` and `_text`
take the next field of the message, write it in its kind, and fill fillers with NUL. A value that its field cannot hold
is refused with LocalProtocolError and never truncated. `add` writes any message of the flavour from named values; a
flavour is a subclass with `add_...` for the messages that are written often or as objects.

Use: `start`, then `add_...` as long as they return true, then `finish`. An `add_...` that returns false wrote nothing,
because the packet is full: finish it, start the next one, and add again. Book updates are written entry by entry
between `begin_book` and `end_book`.
"""

from __future__ import annotations

from typing import Final

from librt.strings import BytesWriter, write_i16_le, write_i32_le, write_i64_le
from mypy_extensions import i16, i32, i64, u8

from cross_market_connect.domain.errors import InvariantError, LocalProtocolError
from cross_market_connect.domain.numbers import NO_PRICE
from cross_market_connect.wire.omd.description import (
    FILLER,
    INT16,
    INT32,
    INT64,
    PACKET_HEADER,
    TEXT,
    TEXT_NUL,
    UINT8,
    UINT16,
    UINT32,
    UINT64,
    UNICODE,
    Field,
    Flavour,
    MessageDescription,
    packet_header_offset,
)
from cross_market_connect.wire.omd.family import (
    DISASTER_RECOVERY_SIGNAL,
    INT32_NULL,
    LOGON,
    LOGON_RESPONSE,
    REFRESH_COMPLETE,
    RETRANSMISSION_REQUEST,
    RETRANSMISSION_RESPONSE,
    SEQUENCE_RESET,
    UNCOMPRESSED,
)

# 1500 bytes including the multicast headers (OMD-D 1.47, section 3.2), which are 20 of IPv4 and 8 of UDP.
PAYLOAD_BYTES_MAX: Final[i64] = 1472
MESSAGES_MAX: Final[i64] = 255
ENTRIES_MAX: Final[i64] = 255

_MSG_COUNT: Final[i64] = packet_header_offset("MsgCount")
_PKT_SIZE: Final[i64] = packet_header_offset("PktSize")

_U16_RANGE: Final[i64] = 65_536
_U32_RANGE: Final[i64] = 4_294_967_296
_I32_MAX: Final[i64] = 2_147_483_647
_I16_MAX: Final[i64] = 32_767


class PacketWriter:
    """Builds one packet at a time; made once, used for every packet of a channel.

    A refusal (LocalProtocolError) abandons the packet under way, so that the next `start` begins cleanly.
    """

    def __init__(self, flavour: Flavour) -> None:
        self.message_count: i64 = 0
        self._flavour: Flavour = flavour
        self._book: MessageDescription = flavour.message(flavour.book_type or SEQUENCE_RESET)
        self._buffer: BytesWriter = BytesWriter()
        self._started: bool = False
        self._fields: list[Field] = PACKET_HEADER
        self._next: i64 = 0
        self._book_offset: i64 = 0  # where the open book update begins, 0 when none is open
        self._book_entries: i64 = 0

    # -- Packets -------------------------------------------------------------------------------------------------------

    def start(self, seq_num: i64, send_time_utc_ns: i64) -> None:
        """Begin a packet whose first message has `seq_num`. Raises LocalProtocolError when one is under way."""
        if self._started:
            raise self._refusal("the packet before was not finished")
        self._buffer.truncate(0)
        self.message_count = 0
        self._started = True
        self._begin_fields(PACKET_HEADER)
        self._number(0)
        self._number(0)
        self._number(UNCOMPRESSED)
        self._number(seq_num)
        self._number(send_time_utc_ns)
        self._end_fields()

    def room(self) -> i64:
        """Bytes that still fit into the packet."""
        return PAYLOAD_BYTES_MAX - len(self._buffer)

    def finish(self) -> bytes:
        """The packet; without any message it is a heartbeat. Raises LocalProtocolError when nothing was started."""
        if not self._started or self._book_offset != 0:
            raise self._refusal("no packet was started, or a book update is open")
        self._patch_u16(_PKT_SIZE, len(self._buffer))
        self._buffer[_MSG_COUNT] = u8(self.message_count)
        self._started = False
        return self._buffer.getvalue()

    def heartbeat(self, last_seq_num: i64, send_time_utc_ns: i64) -> bytes:
        """A heartbeat, which carries the number of the last message sent (OMD-D 1.47, section 3.4.1)."""
        self.start(last_seq_num, send_time_utc_ns)
        return self.finish()

    # -- Book updates --------------------------------------------------------------------------------------------------

    def begin_book(self, instrument_id: i64) -> bool:
        """Open an Aggregate Order Book Update; false when not even one entry fits."""
        if self.room() < self._book.size + self._book.entry_size:
            return False
        offset: i64 = len(self._buffer)
        if not self._begin(self._book):
            return False
        self._number(instrument_id)
        self._number(0)
        self._end_fields()
        self._book_offset = offset
        self._book_entries = 0
        return True

    def add_entry(self, quantity: i64, price: i64, orders: i64, side: i64, level: i64, action: i64) -> bool:
        """Add one entry to the open book update; false when the packet is full. `price` may be NO_PRICE."""
        if self._book_offset == 0:
            raise self._refusal("no book update is open")
        if self.room() < self._book.entry_size or self._book_entries == ENTRIES_MAX:
            return False
        self._begin_fields(self._book.entry_fields)
        self._number(quantity)
        self._price(price)
        self._number(orders)
        self._number(side)
        self._number(level)
        self._number(action)
        self._end_fields()
        self._book_entries += 1
        return True

    def end_book(self) -> None:
        """Close the open book update. Raises LocalProtocolError when none is open or it has no entry."""
        if self._book_offset == 0 or self._book_entries == 0:
            raise self._refusal("no book update is open, or it is empty")
        self._patch_u16(self._book_offset, self._book.size + self._book_entries * self._book.entry_size)
        self._buffer[self._book_offset + self._book.count_offset] = u8(self._book_entries)
        self._book_offset = 0

    # -- Control and services ------------------------------------------------------------------------------------------

    def add_sequence_reset(self, new_seq_no: i64) -> bool:
        """Sequence Reset (100), section 3.4.2."""
        return self.add(SEQUENCE_RESET, {"NewSeqNo": new_seq_no}, [])

    def add_recovery_signal(self, status: i64) -> bool:
        """Disaster Recovery Signal (105), section 3.4.3."""
        return self.add(DISASTER_RECOVERY_SIGNAL, {"DRStatus": status}, [])

    def add_refresh_complete(self, last_seq_num: i64) -> bool:
        """Refresh Complete (203), section 3.6.1."""
        return self.add(REFRESH_COMPLETE, {"LastSeqNum": last_seq_num}, [])

    def add_logon(self, username: str) -> bool:
        """Logon (101), section 3.5.1."""
        return self.add(LOGON, {"Username": username}, [])

    def add_logon_response(self, session_status: i64) -> bool:
        """Logon Response (102), section 3.5.2."""
        return self.add(LOGON_RESPONSE, {"SessionStatus": session_status}, [])

    def add_retransmission_request(self, channel_id: i64, begin_seq_num: i64, end_seq_num: i64) -> bool:
        """Retransmission Request (201), section 3.5.3: the messages from `begin_seq_num` to `end_seq_num`, both too."""
        values: dict[str, int | str] = {
            "ChannelID": channel_id,
            "BeginSeqNum": begin_seq_num,
            "EndSeqNum": end_seq_num,
        }
        return self.add(RETRANSMISSION_REQUEST, values, [])

    def add_retransmission_response(self, channel_id: i64, status: i64, begin_seq_num: i64, end_seq_num: i64) -> bool:
        """Retransmission Response (202), section 3.5.4."""
        values: dict[str, int | str] = {
            "ChannelID": channel_id,
            "RetransStatus": status,
            "BeginSeqNum": begin_seq_num,
            "EndSeqNum": end_seq_num,
        }
        return self.add(RETRANSMISSION_RESPONSE, values, [])

    # -- Any message ---------------------------------------------------------------------------------------------------

    def add(self, message_type: i64, values: dict[str, int | str], entries: list[dict[str, int | str]]) -> bool:
        """Write a message from its fields by name; false when the packet has no room for it.

        Args:
            values: every field but fillers, the header and the entry count, which is the number of `entries`.
            entries: the fields of each entry of the repeating group.

        Raises:
            LocalProtocolError: a field is missing or unknown, or cannot hold its value.
            InvariantError: the flavour does not have the message.
        """
        message = self._flavour.message(message_type)
        size: i64 = message.size + len(entries) * message.entry_size
        if self.room() < size:
            return False
        offset: i64 = len(self._buffer)
        if not self._begin(message):
            return False
        self._patch_u16(offset, size)
        self._named(message.name, values, message.count_field, len(entries))
        for entry in entries:
            self._begin_fields(message.entry_fields)
            self._named(message.name, entry, "", 0)
        return True

    def _named(self, message: str, values: dict[str, int | str], count_field: str, count: i64) -> None:
        """Write the fields that are left from their names."""
        left: i64 = len(values)
        self._skip_fillers()
        while self._next < len(self._fields):
            name = self._fields[self._next].name
            if name == count_field:
                self._number(count)
            elif name not in values:
                raise self._refusal(f"{message} needs {name}")
            else:
                value = values[name]
                if isinstance(value, str):
                    self._text(value)
                else:
                    self._number(value)
                left -= 1
            self._skip_fillers()
        if left != 0:
            raise self._refusal(f"{message} has no such field among {', '.join(values)}")

    # -- Fields, in the description's order ----------------------------------------------------------------------------

    def _refusal(self, reason: str) -> LocalProtocolError:
        """Abandon the packet under way; the error to raise."""
        self._started = False
        self._book_offset = 0
        return LocalProtocolError(reason)

    def _begin(self, message: MessageDescription) -> bool:
        """Open a message; false when the packet has no room for its fixed part."""
        if not self._started or self._book_offset != 0:
            raise self._refusal("no packet was started, or a book update is open")
        if self.room() < message.size or self.message_count == MESSAGES_MAX:
            return False
        self.message_count += 1
        self._begin_fields(message.fields)
        self._number(message.size)
        self._number(message.message_type)
        return True

    def _begin_fields(self, fields: list[Field]) -> None:
        self._fields = fields
        self._next = 0

    def _end_fields(self) -> None:
        self._skip_fillers()
        if self._next != len(self._fields):
            raise InvariantError("a message was written with fields missing")

    def _skip_fillers(self) -> None:
        while self._next < len(self._fields) and self._fields[self._next].kind == FILLER:
            left = self._fields[self._next].size
            while left > 0:
                self._buffer.append(u8(0))
                left -= 1
            self._next += 1

    def _take(self) -> Field:
        self._skip_fillers()
        field = self._fields[self._next]
        self._next += 1
        return field

    def _price(self, price: i64) -> None:
        self._number(INT32_NULL if price == NO_PRICE else price)

    def _number(self, value: i64) -> None:
        field = self._take()
        kind = field.kind
        if kind == UINT8 and 0 <= value < 256:
            self._buffer.append(u8(value))
        elif kind == UINT16 and 0 <= value < _U16_RANGE:
            write_i16_le(self._buffer, i16(value - _U16_RANGE if value > _I16_MAX else value))
        elif kind == UINT32 and 0 <= value < _U32_RANGE:
            write_i32_le(self._buffer, i32(value - _U32_RANGE if value > _I32_MAX else value))
        elif kind == INT32 and -_I32_MAX - 1 <= value <= _I32_MAX:
            write_i32_le(self._buffer, i32(value))
        elif kind == INT16 and -_I16_MAX - 1 <= value <= _I16_MAX:
            write_i16_le(self._buffer, i16(value))
        elif kind == INT64 or (kind == UINT64 and value >= 0):
            write_i64_le(self._buffer, value)
        else:
            raise self._refusal(f"{field.name} cannot hold {value}")

    def _text(self, value: str) -> None:
        field = self._take()
        kind = field.kind
        if kind == UNICODE:
            content = value.encode("utf-16-le")
        elif (kind == TEXT or kind == TEXT_NUL) and value.isascii():
            content = value.encode("ascii")
        else:
            raise self._refusal(f"{field.name} holds no text such as {value!r}")
        if len(content) > field.size:
            raise self._refusal(f"{field.name} holds {field.size} bytes, not {value!r}")
        self._buffer.write(content.ljust(field.size, b" " if kind == TEXT else b"\0"))

    def _patch_u16(self, offset: i64, value: i64) -> None:
        self._buffer[offset] = u8(value & 0xFF)
        self._buffer[offset + 1] = u8(value >> 8)
