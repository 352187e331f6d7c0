"""What can be wrong with an MDP 3.0 packet, as reason codes, and how often each was seen.

A malformed packet is the peer's fault or the network's: it is counted and dropped, and nothing is raised, because a
feed must survive whatever arrives on its port.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.wire.fault_counts import ReasonCounts

# Reasons are negative, so that they share a return value with template ids; 0 means no fault.
OK: Final[i64] = 0
PACKET_TRUNCATED: Final[i64] = -1
PACKET_OVERSIZE: Final[i64] = -2
PACKET_EMPTY: Final[i64] = -3
MESSAGE_TRUNCATED: Final[i64] = -4
MESSAGE_TOO_SHORT: Final[i64] = -5
SCHEMA_ID_MISMATCH: Final[i64] = -6
VERSION_TOO_OLD: Final[i64] = -7
BLOCK_TOO_SHORT: Final[i64] = -8
BLOCK_TRUNCATED: Final[i64] = -9
ENTRY_TOO_SHORT: Final[i64] = -10
GROUP_TRUNCATED: Final[i64] = -11
MESSAGE_TRAILING_BYTES: Final[i64] = -12
# Not a reason to drop a packet: the message is skipped by its size.
TEMPLATE_UNKNOWN: Final[i64] = -13

FAULT_NAMES: Final[tuple[str, ...]] = (
    "ok",
    "packet shorter than its header",
    "packet longer than a datagram can be",
    "packet without a message",
    "message runs past the end of the packet",
    "message shorter than its header",
    "schema id of another protocol",
    "schema version whose prices mean something else",
    "root block shorter than its template",
    "root block runs past the end of the message",
    "entry of a group shorter than its template",
    "group runs past the end of the message",
    "message longer than its blocks and groups",
    "unknown template skipped",
)


@final
class FaultCounts(ReasonCounts):
    """Number of faults by reason since the start."""

    def __init__(self) -> None:
        super().__init__(len(FAULT_NAMES))
