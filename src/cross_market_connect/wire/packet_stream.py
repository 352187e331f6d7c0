"""Cuts the byte stream of a recovery connection into packets, each of which tells its size.

The packets are checked by their reader like datagrams; here only their lengths matter.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.wire.unsigned import read_u16

SIZE_BYTES: Final[i64] = 2


@final
class PacketStream:
    """The bytes of one connection; made anew for each.

    Args:
        prefix_bytes: what stands before a packet and begins with its size; 0 where the packet itself begins with it.
        size_min, size_max: what a size can be.

    Attributes:
        is_broken: a size was impossible: where the next packet begins is lost, and the connection is to be closed.
    """

    def __init__(self, prefix_bytes: i64, size_min: i64, size_max: i64) -> None:
        self.is_broken: bool = False
        self._prefix_bytes: i64 = prefix_bytes
        self._size_min: i64 = size_min
        self._size_max: i64 = size_max
        self._data: bytes = b""

    def take(self, data: bytes) -> list[bytes]:
        """The packets that `data` completes, in their order; what is left waits for more.

        At most one incomplete packet is kept. A broken stream gives nothing more.
        """
        packets: list[bytes] = []
        if self.is_broken:
            return packets
        content = self._data + data
        length: i64 = len(content)
        offset: i64 = 0
        while length - offset >= SIZE_BYTES:
            size = read_u16(content, offset)
            if size < self._size_min or size > self._size_max:
                self.is_broken = True
                break
            start = offset + self._prefix_bytes
            if length < start + size:
                break
            packets.append(content[start : start + size])
            offset = start + size
        self._data = b"" if self.is_broken else content[offset:]
        return packets
