"""Live packets kept until a snapshot or a late packet lets them be applied: a run of numbers without a hole."""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

# About 24 MB of full packets: minutes of a busy channel, where a refresh cycle takes seconds.
QUEUE_PACKETS_MAX: Final[i64] = 16_384


@final
class PacketQueue:
    """Packets in order.

    Attributes:
        first_seq: number of the first message kept; that of the next message to come when nothing is kept.
        next_seq: number after the last message kept.
        overflows: how often the limit was reached and everything was dropped.
    """

    def __init__(self) -> None:
        self.first_seq: i64 = 0
        self.next_seq: i64 = 0
        self.overflows: i64 = 0
        self._packets: list[bytes] = []

    def __len__(self) -> int:
        """Packets kept."""
        return len(self._packets)

    def restart(self, at_seq: i64) -> None:
        """Drop everything; the next packet to be kept begins at or before `at_seq`."""
        self._packets = []
        self.first_seq = at_seq
        self.next_seq = at_seq

    def append(self, data: bytes, after_seq: i64) -> None:
        """Keep a packet that contains message `next_seq` and ends before `after_seq`; beyond the limit start anew."""
        if i64(len(self._packets)) >= QUEUE_PACKETS_MAX:
            self.overflows += 1
            self.restart(after_seq)
            return
        self._packets.append(data)
        self.next_seq = after_seq

    def take(self, at_seq: i64) -> list[bytes]:
        """Hand out what was kept and restart."""
        packets = self._packets
        self.restart(at_seq)
        return packets

    def packets(self) -> list[bytes]:
        """What is kept, in order; not to be changed."""
        return self._packets
