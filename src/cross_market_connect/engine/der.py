"""As much of DER (X.690) as certificates and public keys take: where an element's content lies, and what follows it."""

from __future__ import annotations


def enter(data: bytes, at: int) -> tuple[int, int]:
    """Where the content of the element at `at` begins and ends. Raises ValueError or IndexError for cut data."""
    length = data[at + 1]
    begin = at + 2
    if length >= 0x80:
        count = length & 0x7F
        length = int.from_bytes(data[begin : begin + count], "big")
        begin += count
    if begin + length > len(data):
        raise ValueError("it is cut off")
    return begin, begin + length


def skip(data: bytes, at: int) -> int:
    """Where the element after the one at `at` begins."""
    return enter(data, at)[1]
