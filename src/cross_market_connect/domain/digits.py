"""Numbers as decimal digits, written into a buffer: for messages and for the texts of records."""

from __future__ import annotations

from typing import Final

from librt.strings import BytesWriter
from mypy_extensions import i64, u8

THREES: Final[list[bytes]] = [b"%03d" % number for number in range(1000)]
_PLAIN: Final[list[bytes]] = [b"%d" % number for number in range(1000)]
_POWERS: Final[list[int]] = [10**exponent for exponent in range(19)]
# Bytes, not numbers: `BytesWriter.append` of any other type is a call through Python.
_MINUS: Final[u8] = 45
_POINT: Final[u8] = 46


def write_int(writer: BytesWriter, value: i64) -> None:
    """Append a decimal number, three digits at a time."""
    rest: i64 = value
    if rest < 0:
        writer.append(_MINUS)
        rest = -rest
    if rest < 1000:
        writer.write(_PLAIN[rest])
    elif rest < 1_000_000:
        writer.write(_PLAIN[rest // 1000])
        writer.write(THREES[rest % 1000])
    else:
        write_int(writer, rest // 1_000_000)
        rest %= 1_000_000
        writer.write(THREES[rest // 1000])
        writer.write(THREES[rest % 1000])


def write_decimal(writer: BytesWriter, units: i64, decimals: i64) -> None:
    """Append `units` * 10**-decimals with exactly `decimals` decimals (0 writes no point). 0 <= decimals <= 18."""
    if decimals == 0:
        write_int(writer, units)
        return
    rest: i64 = units
    if rest < 0:
        writer.append(_MINUS)
        rest = -rest
    scale: i64 = _POWERS[decimals]
    whole: i64 = rest // scale
    write_int(writer, whole)
    writer.append(_POINT)
    rest -= whole * scale
    while scale > 1:
        scale //= 10
        digit: i64 = rest // scale
        writer.append(u8(48 + digit))
        rest -= digit * scale
