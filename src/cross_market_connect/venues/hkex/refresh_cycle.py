"""The numbers of a refresh channel: whether one cycle has been seen from its beginning to its end.

Theory of operation. The refresh channel has its own sequence numbers. What lies between two Refresh Complete messages
(203) is one snapshot of the market as of the real-time number that the second one names (OMD-D 1.47, section 4.4). A
listener begins in the middle of a cycle, so it waits for the first Refresh Complete; a hole in the numbers spoils the
cycle, and the next one is awaited. Nothing reaches a live book before the cycle is complete.

One packet may bear a number that the venue never gave it: one far ahead is passed over until a second agrees with it,
and two that agree with each other are stronger than one that nothing came behind.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from cross_market_connect.market.channel import NEAR_MESSAGES

# So many packets with old numbers, one after the other, are no duplicates: the sender began anew.
OLD_PACKETS_MAX: Final[i64] = 256

_ANY: Final[i64] = -1


class RefreshCycle:
    """The cycle under way; a flavour's subclass holds what the cycle says.

    Attributes:
        collecting: whether the cycle has been seen from its beginning without a hole.
        abandoned: cycles spoilt by a hole.
    """

    def __init__(self) -> None:
        self.collecting: bool = False
        self.abandoned: i64 = 0
        self._next_seq: i64 = _ANY
        # Whether a second packet came in order behind the one that set the number; where one ended that fitted nothing.
        self._is_confirmed: bool = False
        self._stray_next: i64 = _ANY
        self._old_packets: i64 = 0

    def begin(self) -> None:
        """A cycle begins."""
        self.collecting = True

    def leave(self) -> None:
        """The channel is no longer followed: when it is again, it is joined anew."""
        self.collecting = False
        self._next_seq = _ANY
        self._stray_next = _ANY
        self._old_packets = 0

    def follow(self, first_seq: i64, message_count: i64) -> bool:
        """Check a packet's place in the sequence; whether its messages are to be read."""
        if message_count == 0:
            return False  # a heartbeat; what it might tell as missing, the next packet tells
        after = first_seq + message_count
        if self._next_seq == _ANY or first_seq == self._next_seq:
            self._is_confirmed = self._next_seq != _ANY
            self._next_seq = after
            self._old_packets = 0
            return True
        agrees = first_seq == self._stray_next
        self._stray_next = after
        if first_seq > self._next_seq:
            if first_seq - self._next_seq > NEAR_MESSAGES and not agrees:
                return False
            self._spoil(after, agrees)
            return True
        self._old_packets += 1
        if self._old_packets > OLD_PACKETS_MAX or (agrees and not self._is_confirmed):
            self._spoil(after, agrees)
            return True
        return False

    def _spoil(self, next_seq: i64, is_confirmed: bool) -> None:
        if self.collecting:
            self.abandoned += 1
        self.collecting = False
        self._next_seq = next_seq
        self._is_confirmed = is_confirmed
        self._stray_next = _ANY
        self._old_packets = 0
