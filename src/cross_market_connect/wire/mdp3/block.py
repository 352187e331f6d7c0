"""Reads any field of a block by its description: for the rare messages, and for fields that have no accessor."""

from __future__ import annotations

from typing import final

from librt.strings import read_i16_le, read_i32_le, read_i64_le
from mypy_extensions import i64

from cross_market_connect.wire.sbe.schema import (
    INT8,
    INT16,
    INT32,
    INT64,
    NO_VALUE,
    UINT16,
    UINT32,
    Block,
    Field,
    Group,
    Template,
)
from cross_market_connect.wire.unsigned import read_u16, read_u32


def read_number(data: bytes, start: i64, length: i64, field: Field) -> i64:
    """A field of the block of `length` bytes that begins at `start`.

    Returns:
        The number (of text: its first character's code); NO_VALUE when it is null or the block ends before it. A
        UINT64 of 2**63 or more comes out negative.
    """
    if field.constant:
        return field.constant_value
    if field.offset + field.size > length:
        return NO_VALUE
    value = _read(data, start + field.offset, field.kind)
    return NO_VALUE if field.optional and value == field.null else value


def _read(data: bytes, position: i64, kind: i64) -> i64:
    if kind >= INT64:
        return read_i64_le(data, position)
    if kind == INT32:
        return i64(read_i32_le(data, position))
    if kind == UINT32:
        return read_u32(data, position)
    if kind == UINT16:
        return read_u16(data, position)
    if kind == INT16:
        return i64(read_i16_le(data, position))
    value: i64 = i64(data[position])
    return value - 256 if kind == INT8 and value > 127 else value


@final
class BlockReader:
    """One block of a message: its fields by name. A field that the schema has not got reads as NO_VALUE or empty."""

    def __init__(self, data: bytes, start: i64, length: i64, block: Block) -> None:
        self.data: bytes = data
        self.start: i64 = start
        self.length: i64 = length
        self.block: Block = block

    def number(self, name: str) -> i64:
        """A number, NO_VALUE when it is null."""
        field = self.block.find(name)
        return NO_VALUE if field is None else read_number(self.data, self.start, self.length, field)

    def text(self, name: str) -> str:
        """Text without its padding. Latin-1 reads every byte, so that a corrupt text cannot raise."""
        field = self.block.find(name)
        if field is None or field.offset + field.size > self.length:
            return ""
        start: i64 = self.start + field.offset
        return self.data[start : start + field.size].rstrip(b" \0").decode("latin-1")


def read_groups(root: BlockReader, template: Template) -> dict[str, list[BlockReader]]:
    """Every entry of every group of a message that was checked, by the group's name."""
    result: dict[str, list[BlockReader]] = {}
    position: i64 = root.start + root.length
    for group in template.groups:
        length = read_u16(root.data, position)
        count = _count(root.data, position, group)
        position += group.dimension.size
        entries: list[BlockReader] = []
        while count > 0:
            entries.append(BlockReader(root.data, position, length, group.entry))
            position += length
            count -= 1
        result[group.name] = entries
    return result


def _count(data: bytes, position: i64, group: Group) -> i64:
    at = position + group.dimension.count_offset
    return i64(data[at]) if group.dimension.count_size == 1 else read_u16(data, at)
