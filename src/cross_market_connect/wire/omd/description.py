"""How an OMD flavour is described: messages as ordered fields, from which every offset and size is derived.

OMD is a family of binary protocols with one framing (packet header, then messages that begin with size and type) and
a different set of messages per market: OMD-D for derivatives, OMD-C for securities, OMD-CC for China Connect. A
flavour is a table of `MessageDescription`; the decoder takes its offsets from it at import and the encoder walks it
field by field, so that the two cannot disagree.

The specification prints a total length for each message. It is written beside the fields and checked here, which
catches a field that was left out or given the wrong type.
"""

from __future__ import annotations

from typing import Final, final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.errors import InvariantError

# Kinds of a field. All integers are little-endian (OMD-D 1.47, section 3.1).
UINT8: Final[i64] = 1
UINT16: Final[i64] = 2
UINT32: Final[i64] = 3
UINT64: Final[i64] = 4
INT32: Final[i64] = 5
INT64: Final[i64] = 6
INT16: Final[i64] = 7
TEXT: Final[i64] = 8  # ASCII, left aligned, padded with spaces
TEXT_NUL: Final[i64] = 9  # ASCII, left aligned, padded with NUL
UNICODE: Final[i64] = 10  # UTF-16LE, left aligned, padded with NUL
FILLER: Final[i64] = 11  # no content; sent as NUL

_KIND_BYTES: Final[tuple[int, ...]] = (0, 1, 2, 4, 8, 4, 8, 2)

# Message types are below this in every flavour, so that a type indexes a table.
MESSAGE_TYPE_LIMIT: Final[i64] = 1024


@final
class Field:
    """One field: its name in the specification, kind, size in bytes, and offset from the start of its record.

    The record is the message (offset 0 is MsgSize) or, for a field of the repeating group, the group's entry.
    """

    def __init__(self, name: str, kind: i64, size: i64) -> None:
        self.name: str = name
        self.kind: i64 = kind
        self.size: i64 = size
        self.offset: i64 = 0


def number(name: str, kind: i64) -> Field:
    """An integer field of one of the kinds UINT8 to INT16."""
    return Field(name, kind, _KIND_BYTES[int(kind)])


def text(name: str, size: i64) -> Field:
    """ASCII text of `size` bytes, padded with spaces."""
    return Field(name, TEXT, size)


def filler(size: i64) -> Field:
    """Bytes without content."""
    return Field("Filler", FILLER, size)


def _place(fields: list[Field], start: i64) -> i64:
    """Give each field its offset, beginning at `start`; return the offset after the last."""
    offset = start
    for field in fields:
        field.offset = offset
        offset += field.size
    return offset


def _find(fields: list[Field], name: str, where: str) -> Field:
    for field in fields:
        if field.name == name:
            return field
    raise InvariantError(f"{where} has no field {name}")


@final
class MessageDescription:
    """One message: its fields in order, and the entries that may follow them.

    Args:
        message_type: the MsgType value.
        name: the message's name in the specification.
        section: where the specification describes it.
        total_bytes: the total length that the specification prints, without repeated entries.
        fields: the fields after MsgSize and MsgType.
        count_field: name of the field that counts the entries of the repeating group; empty when there is none.
        entry_bytes: length of one entry as the specification prints it.
        entry_fields: the fields of one entry.

    Raises:
        InvariantError: the fields do not add up to the printed lengths.
    """

    def __init__(
        self,
        message_type: i64,
        name: str,
        section: str,
        total_bytes: i64,
        fields: list[Field],
        count_field: str = "",
        entry_bytes: i64 = 0,
        entry_fields: list[Field] | None = None,
    ) -> None:
        self.message_type: i64 = message_type
        self.name: str = name
        self.section: str = section
        self.fields: list[Field] = [number("MsgSize", UINT16), number("MsgType", UINT16), *fields]
        self.size: i64 = _place(self.fields, 0)
        self.entry_fields: list[Field] = entry_fields if entry_fields is not None else []
        self.entry_size: i64 = _place(self.entry_fields, 0)
        self.count_field: str = count_field
        self.count_offset: i64 = _find(self.fields, count_field, name).offset if count_field else 0
        self.count_max: i64 = 65_535 if count_field and _find(self.fields, count_field, name).kind == UINT16 else 255
        if self.size != total_bytes or self.entry_size != entry_bytes:
            raise InvariantError(f"{name} adds up to {self.size} + {self.entry_size} per entry")

    def field(self, name: str) -> Field:
        """The field of that name. Raises InvariantError when there is none."""
        return _find(self.fields, name, self.name)

    def entry_field(self, name: str) -> Field:
        """The field of that name inside one entry. Raises InvariantError when there is none."""
        return _find(self.entry_fields, name, self.name)


@final
class Flavour:
    """One member of the OMD family: its document, and its messages, indexed by message type.

    Args:
        compresses: whether the header's fourth byte is CompressionMode; where it is not, it is a filler without
            meaning, which may hold anything.
        book_type: type of the Aggregate Order Book Update; 0 when the flavour has none.

    Attributes:
        sizes: length of the fixed part by message type, 0 for a type that the flavour does not have.
        entry_sizes: length of one repeated entry by message type, 0 where there is no repeating group.
        count_offsets: offset of the entry count by message type.
        wide_counts: 1 where that count has two bytes, by message type.
    """

    def __init__(
        self, name: str, document: str, messages: list[MessageDescription], compresses: bool, book_type: i64
    ) -> None:
        self.name: str = name
        self.document: str = document
        self.messages: list[MessageDescription] = messages
        self.compresses: bool = compresses
        self.book_type: i64 = book_type
        self.sizes: vec[i64] = vec[i64]([0 for _ in range(MESSAGE_TYPE_LIMIT)])
        self.entry_sizes: vec[i64] = vec[i64]([0 for _ in range(MESSAGE_TYPE_LIMIT)])
        self.count_offsets: vec[i64] = vec[i64]([0 for _ in range(MESSAGE_TYPE_LIMIT)])
        self.wide_counts: vec[i64] = vec[i64]([0 for _ in range(MESSAGE_TYPE_LIMIT)])
        for message in messages:
            if self.sizes[message.message_type] != 0:
                raise InvariantError(f"{name} describes message type {message.message_type} twice")
            self.sizes[message.message_type] = message.size
            self.entry_sizes[message.message_type] = message.entry_size
            self.count_offsets[message.message_type] = message.count_offset
            self.wide_counts[message.message_type] = 1 if message.count_max > 255 else 0

    def message(self, message_type: i64) -> MessageDescription:
        """The description of a message type. Raises InvariantError when the flavour does not have it."""
        for message in self.messages:
            if message.message_type == message_type:
                return message
        raise InvariantError(f"{self.name} has no message type {message_type}")

    def offset(self, message_type: i64, field_name: str) -> i64:
        """Offset of a field from the start of its message."""
        return self.message(message_type).field(field_name).offset

    def entry_offset(self, message_type: i64, field_name: str) -> i64:
        """Offset of a field from the start of its entry in the repeating group."""
        return self.message(message_type).entry_field(field_name).offset


# The packet header is the same in every flavour (OMD-D 1.47, section 3.3).
PACKET_HEADER: Final[list[Field]] = [
    number("PktSize", UINT16),
    number("MsgCount", UINT8),
    number("CompressionMode", UINT8),
    number("SeqNum", UINT32),
    number("SendTime", UINT64),
]
PACKET_HEADER_BYTES: Final[i64] = _place(PACKET_HEADER, 0)
MESSAGE_HEADER_BYTES: Final[i64] = 4


def packet_header_offset(field_name: str) -> i64:
    """Offset of a field of the packet header."""
    return _find(PACKET_HEADER, field_name, "the packet header").offset
