"""Writes MDP 3.0 packets: the other end of the decoder, for simulated publishers, load and tests.

It writes any template of a schema from the description that the decoder reads by. A message begins as blocks of null
values and zeros, and `set` puts the numbers in: what nobody sets is null where the schema allows it. A value that its
field cannot hold is refused with LocalProtocolError and never truncated.

Use: `start`, then messages, then `finish`. A message is `begin`, `set` for fields of the root, for each group in the
schema's order `open_group`, `add_entry` and `set` for the fields of that entry, and `end`; groups left out are
written empty. A `begin` or `add_entry` that returns false wrote nothing, because the packet is full: end the message
(if one is open), finish the packet, start the next one, and add again.
"""

from __future__ import annotations

from typing import Final, final

from librt.strings import BytesWriter, write_i16_le, write_i32_le, write_i64_le
from mypy_extensions import i16, i32, i64, u8

from cross_market_connect.domain.errors import LocalProtocolError
from cross_market_connect.wire.sbe.schema import (
    INT8,
    INT16,
    INT32,
    NO_VALUE,
    UINT16,
    UINT32,
    UINT64,
    Block,
    Field,
    Group,
    Schema,
    Template,
)

# A frame of 1500 bytes less 20 of IPv4 and 8 of UDP, so that no datagram is fragmented.
PAYLOAD_BYTES_MAX: Final[i64] = 1472

MESSAGE_HEADER_BYTES: Final[i64] = 10
_U16_RANGE: Final[i64] = 65_536
_I16_MAX: Final[i64] = 32_767
_U32_RANGE: Final[i64] = 4_294_967_296
_I32_MAX: Final[i64] = 2_147_483_647
_SIGN_BYTE: Final[i64] = 128


@final
class _Form:
    """A block before anybody set a field: nulls and zeros."""

    def __init__(self, block: Block) -> None:
        self.block: Block = block
        content = bytearray(int(block.length))
        for field in block.fields:
            if field.optional and not field.constant:
                size = int(field.size)
                null = int(field.null) % 256**size
                content[int(field.offset) : int(field.offset) + size] = null.to_bytes(size, "little")
        self.content: bytes = bytes(content)


@final
class _MessageForm:
    """A template ready to be written. `empty_groups_bytes` are the headers of all groups."""

    def __init__(self, template: Template) -> None:
        self.template: Template = template
        self.root: _Form = _Form(template.root)
        self.groups: list[Group] = template.groups
        self.entries: list[_Form] = [_Form(group.entry) for group in template.groups]
        self.empty_groups_bytes: i64 = sum(int(group.dimension.size) for group in template.groups)


@final
class PacketWriter:
    """Builds one packet at a time; made once, used for every packet of a channel.

    A refusal (LocalProtocolError) abandons the packet under way, so that the next `start` begins cleanly.

    Args:
        schema: what to write by.
        payload_bytes_max: the longest packet.
    """

    def __init__(self, schema: Schema, payload_bytes_max: i64 = PAYLOAD_BYTES_MAX) -> None:
        self.message_count: i64 = 0
        self._schema: Schema = schema
        self._room: i64 = payload_bytes_max
        self._buffer: BytesWriter = BytesWriter()
        self._forms: dict[int, _MessageForm] = {
            int(template.template_id): _MessageForm(template) for template in schema.templates
        }
        self._started: bool = False
        self._form: _MessageForm | None = None  # of the message under way
        self._block: Block = Block([], 0)  # what `set` writes into
        self._block_offset: i64 = 0
        self._message_offset: i64 = 0
        self._group: i64 = -1  # the open group
        self._group_offset: i64 = 0
        self._entries: i64 = 0
        self._groups_left_bytes: i64 = 0  # headers of the groups behind the open one

    # -- Packets -------------------------------------------------------------------------------------------------------

    def start(self, seq_num: i64, sending_time_utc_ns: i64) -> None:
        """Begin a packet. Raises LocalProtocolError when one is under way."""
        if self._started:
            raise self.refusal("the packet before was not finished")
        self._buffer.truncate(0)
        if not 0 <= seq_num < _U32_RANGE:
            raise self.refusal(f"a sequence number cannot be {seq_num}")
        self._started = True
        self.message_count = 0
        self._append_u32(seq_num)
        write_i64_le(self._buffer, sending_time_utc_ns)

    def room(self) -> i64:
        """Bytes that still fit into the packet."""
        return self._room - len(self._buffer)

    def finish(self) -> bytes:
        """The packet. Raises LocalProtocolError when nothing was started, a message is open, or there is none."""
        if not self._started or self._form is not None or self.message_count == 0:
            raise self.refusal("no packet was started, a message is open, or the packet has none")
        self._started = False
        return self._buffer.getvalue()

    # -- Messages ------------------------------------------------------------------------------------------------------

    def begin(self, template_id: i64) -> bool:
        """Begin a message; false when the packet has no room for it without entries."""
        form = self._forms.get(int(template_id))
        if not self._started or self._form is not None or form is None:
            raise self.refusal(f"no packet was started, a message is open, or there is no template {template_id}")
        length = form.template.root.length
        if self.room() < MESSAGE_HEADER_BYTES + length + form.empty_groups_bytes:
            return False
        self._message_offset = len(self._buffer)
        self._append_u16(0)
        self._append_u16(length)
        self._append_u16(template_id)
        self._append_u16(self._schema.schema_id)
        self._append_u16(self._schema.version)
        self._form = form
        self._group = -1
        self._groups_left_bytes = form.empty_groups_bytes
        self._write_block(form.root)
        return True

    def open_group(self, name: str) -> None:
        """Begin a group of the message; groups before it that were not opened are written empty."""
        form = self._form
        if form is None:
            raise self.refusal("no message is open")
        self._close_group()
        index = self._group + 1
        while index < len(form.groups) and form.groups[int(index)].name != name:
            self._write_group_header(form, index)
            index += 1
        if index == len(form.groups):
            raise self.refusal(f"{form.template.name} has no group {name}, or it is over")
        self._write_group_header(form, index)

    def add_entry(self) -> bool:
        """Begin an entry of the open group; false when the packet or the group is full."""
        form = self._form
        if form is None or self._group < 0:
            raise self.refusal("no group is open")
        group = form.groups[int(self._group)]
        if self._entries == group.dimension.count_max():
            return False
        if self.room() < group.entry.length + self._groups_left_bytes:
            return False
        self._entries += 1
        self._write_block(form.entries[int(self._group)])
        return True

    def end(self) -> None:
        """End the message under way. Raises LocalProtocolError when there is none."""
        form = self._form
        if form is None:
            raise self.refusal("no message is open")
        self._close_group()
        index = self._group + 1
        while index < len(form.groups):
            self._write_group_header(form, index)
            index += 1
        self._patch(self._message_offset, len(self._buffer) - self._message_offset, 2)
        self._form = None
        self.message_count += 1

    # -- Fields of the block that was begun last -----------------------------------------------------------------------

    def set(self, field: Field, value: i64) -> None:
        """Write a number into the root or entry begun last; NO_VALUE writes null."""
        if self._form is None or field.constant or field.offset + field.size > self._block.length:
            raise self.refusal(f"{field.name} cannot be written here")
        if value == NO_VALUE:
            if not field.optional:
                raise self.refusal(f"{field.name} must have a value")
            value = field.null
        elif not _holds(field.kind, value):
            raise self.refusal(f"{field.name} cannot hold {value}")
        self._patch(self._block_offset + field.offset, value, field.size)

    def set_text(self, field: Field, value: str) -> None:
        """Write a text into the root or entry begun last, padded with NUL."""
        if self._form is None or field.constant or field.offset + field.size > self._block.length:
            raise self.refusal(f"{field.name} cannot be written here")
        if not field.is_text() or len(value) > field.size or not value.isascii():
            raise self.refusal(f"{field.name} holds {field.size} ASCII characters, not {value!r}")
        start = self._block_offset + field.offset
        for index, code in enumerate(value.encode("ascii").ljust(int(field.size), b"\0")):
            self._buffer[start + index] = u8(code)

    # -- Bytes ---------------------------------------------------------------------------------------------------------

    def refusal(self, reason: str) -> LocalProtocolError:
        """Abandon the packet under way; the error for the caller to raise."""
        self._started = False
        self._form = None
        return LocalProtocolError(reason)

    def _write_block(self, form: _Form) -> None:
        self._block = form.block
        self._block_offset = len(self._buffer)
        self._buffer.write(form.content)

    def _write_group_header(self, form: _MessageForm, index: i64) -> None:
        """Write the header of an empty group and make it the open one."""
        group = form.groups[int(index)]
        self._group = index
        self._group_offset = len(self._buffer)
        self._entries = 0
        self._groups_left_bytes -= group.dimension.size
        self._append_u16(group.entry.length)
        left = group.dimension.size - 2
        while left > 0:
            self._buffer.append(u8(0))
            left -= 1

    def _close_group(self) -> None:
        form = self._form
        if form is not None and self._group >= 0:
            dimension = form.groups[int(self._group)].dimension
            self._patch(self._group_offset + dimension.count_offset, self._entries, dimension.count_size)

    def _append_u16(self, value: i64) -> None:
        write_i16_le(self._buffer, i16(value - _U16_RANGE if value > _I16_MAX else value))

    def _append_u32(self, value: i64) -> None:
        write_i32_le(self._buffer, i32(value - _U32_RANGE if value > _I32_MAX else value))

    def _patch(self, offset: i64, value: i64, size: i64) -> None:
        """Overwrite `size` bytes with the value, little-endian."""
        left = size
        position = offset
        while left > 0:
            self._buffer[position] = u8(value & 0xFF)
            value >>= 8
            position += 1
            left -= 1


def _holds(kind: i64, value: i64) -> bool:
    """Whether a field of that kind can carry the value; one byte may be signed or a code."""
    if kind == INT32:
        return -_I32_MAX - 1 <= value <= _I32_MAX
    if kind == UINT32:
        return 0 <= value < _U32_RANGE
    if kind == INT16:
        return -_I16_MAX - 1 <= value <= _I16_MAX
    if kind == UINT16:
        return 0 <= value < _U16_RANGE
    if kind == INT8:
        return -_SIGN_BYTE <= value < _SIGN_BYTE
    if kind < INT16:
        return 0 <= value < 2 * _SIGN_BYTE
    return kind != UINT64 or value >= 0
