"""How often each thing was wrong with the packets of a protocol, by reason.

Reasons are negative, so that they share a return value with types of messages; 0 means no fault. The last reason of a
protocol is none to drop a packet: a message of an unknown type is skipped by its size.
"""

from __future__ import annotations

from librt.vecs import vec
from mypy_extensions import i64


class ReasonCounts:
    """Numbers of faults since the start.

    Args:
        reasons: how many there are, 0 included.
    """

    def __init__(self, reasons: i64) -> None:
        self._counts: vec[i64] = vec[i64]([0 for _ in range(reasons)])
        self._skipped: i64 = reasons - 1

    def add(self, reason: i64) -> None:
        """Count one fault of that reason."""
        self._counts[-reason] += 1

    def count(self, reason: i64) -> i64:
        """How often that reason was counted."""
        return self._counts[-reason]

    def dropped_packets(self) -> i64:
        """Packets that were dropped, for whatever reason."""
        dropped: i64 = 0
        for number in range(1, self._skipped):
            dropped += self._counts[number]
        return dropped
