"""What can be wrong with a packet, as reason codes, and how often each was seen.

A malformed packet is the peer's fault or the network's: it is counted and dropped, and nothing is raised, because a
feed must survive whatever arrives on its port.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.wire.fault_counts import ReasonCounts

# Reasons are negative, so that they share a return value with message types; 0 means no fault.
OK: Final[i64] = 0
PACKET_TRUNCATED: Final[i64] = -1
PACKET_TRAILING_BYTES: Final[i64] = -2
PACKET_OVERSIZE: Final[i64] = -3
HEARTBEAT_WITH_CONTENT: Final[i64] = -4
COMPRESSION_MODE_UNKNOWN: Final[i64] = -5
COMPRESSION_CORRUPT: Final[i64] = -6
MESSAGE_TRUNCATED: Final[i64] = -7
MESSAGE_TOO_SHORT: Final[i64] = -8
ENTRY_COUNT_MISMATCH: Final[i64] = -9
MESSAGE_COUNT_MISMATCH: Final[i64] = -10
# Not a reason to drop a packet: the message is skipped by its size.
MESSAGE_TYPE_UNKNOWN: Final[i64] = -11

FAULT_NAMES: Final[tuple[str, ...]] = (
    "ok",
    "packet shorter than its header or its PktSize",
    "packet longer than its PktSize",
    "packet longer than the protocol allows",
    "packet without messages but with content",
    "unknown compression mode",
    "compressed content does not unpack",
    "message runs past the end of the packet",
    "message shorter than its type",
    "entries do not fill the message",
    "number of messages differs from MsgCount",
    "unknown message type skipped",
)


@final
class FaultCounts(ReasonCounts):
    """Number of faults by reason since the start."""

    def __init__(self) -> None:
        super().__init__(len(FAULT_NAMES))
