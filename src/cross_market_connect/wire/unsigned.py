"""Unsigned little-endian integers, which the wire has and the compiler's fast readers have not."""

from __future__ import annotations

from librt.strings import read_i16_le, read_i32_le
from mypy_extensions import i64


def read_u16(data: bytes, position: i64) -> i64:
    """The unsigned 16-bit integer at that position."""
    return i64(read_i16_le(data, position)) & 0xFFFF


def read_u32(data: bytes, position: i64) -> i64:
    """The unsigned 32-bit integer at that position."""
    return i64(read_i32_le(data, position)) & 0xFFFFFFFF
