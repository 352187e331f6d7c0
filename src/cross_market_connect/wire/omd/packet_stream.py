"""Cuts the byte stream of a retransmission connection into OMD packets.

The service runs over TCP (OMD-D 1.47, section 3.5): packets follow one another, each as long as its PktSize says. They
are checked by `PacketReader.open` like datagrams; here only their lengths matter.
"""

from __future__ import annotations

from typing import final

from mypy_extensions import i64

from cross_market_connect.wire.omd.description import PACKET_HEADER_BYTES
from cross_market_connect.wire.omd.packet_reader import PACKET_BYTES_MAX, read_u16


@final
class PacketStream:
    """The bytes of one connection; made anew for each.

    Attributes:
        is_broken: a length was impossible: where the next packet begins is lost, and the connection is to be closed.
    """

    def __init__(self) -> None:
        self.is_broken: bool = False
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
        while length - offset >= 2:
            size = read_u16(content, offset)
            if size < PACKET_HEADER_BYTES or size > PACKET_BYTES_MAX:
                self.is_broken = True
                break
            if length - offset < size:
                break
            packets.append(content[offset : offset + size])
            offset += size
        self._data = b"" if self.is_broken else content[offset:]
        return packets
