"""The byte stream of a retransmission connection.

The service runs over TCP (OMD-D 1.47, section 3.5): packets follow one another, each as long as its PktSize says.
"""

from __future__ import annotations

from cross_market_connect.wire.omd.description import PACKET_HEADER_BYTES
from cross_market_connect.wire.omd.packet_reader import PACKET_BYTES_MAX
from cross_market_connect.wire.packet_stream import PacketStream


def packet_stream() -> PacketStream:
    """For a new connection."""
    return PacketStream(0, PACKET_HEADER_BYTES, PACKET_BYTES_MAX)
