"""One numbered channel of datagrams, of one line or two: what is in order, what is missing, what waits behind a hole.

Theory of operation. Every message of a channel has a number; a packet says that of its first. (Where packets are
numbered, a packet counts as one message.) The channel is in one of four states:

    state       meaning                                          leaves it
    WAITING     no number is known: start, silence, reset        the next packet or heartbeat: FOLLOWING
    FOLLOWING   everything up to `next_seq` - 1 was seen         a number too high: HOLE
    HOLE        `next_seq` to `first_seq` - 1 of the queue miss  the missing packets, or a snapshot: FOLLOWING
    PAUSED      the venue said that its numbers mean nothing     its owner says so: WAITING

Both lines of a venue are offered to the same channel: the first to bring a message counts, and packets are compared by
message, since lines may cut them differently. Behind a hole packets are kept; while a snapshot is awaited they are
kept as well as applied, because the snapshot will stand before them.

The channel knows no format: its owner reads numbers from packets, and applies what the channel lets through.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.market.packet_queue import PacketQueue

WAITING: Final[i64] = 0
FOLLOWING: Final[i64] = 1
HOLE: Final[i64] = 2
PAUSED: Final[i64] = 3

NO_GAP: Final[i64] = -1


@final
class Channel:
    """The numbers of one channel.

    Args:
        silence_ns: a channel from which nothing comes for so long is silent: heartbeats included.

    Attributes:
        next_seq: number of the message that is expected.
        from_seq: of a packet that `offer` or `take` let through, the first message that is new.
        awaits_snapshot: packets are kept although they are applied.
        queue: what is kept.
        gap_from, gap_until: the messages that the last `offer` or `heartbeat` found missing; `gap_until` is NO_GAP when
            it found none.
        old_packets: packets whose messages had all been seen, or that had no place behind a hole.
        is_silent: silence was noticed, and nothing has come since.
    """

    def __init__(self, silence_ns: i64) -> None:
        self.state: i64 = WAITING
        self.next_seq: i64 = 0
        self.from_seq: i64 = 0
        self.awaits_snapshot: bool = True
        self.queue: PacketQueue = PacketQueue()
        self.gap_from: i64 = 0
        self.gap_until: i64 = NO_GAP
        self.old_packets: i64 = 0
        self.is_silent: bool = False
        self._silence_ns: i64 = silence_ns
        self._heard_ns: i64 = 0
        self._armed: bool = False

    # ------------------------------------------------------------------ packets

    def offer(self, data: bytes, first: i64, count: i64, now_ns: i64) -> bool:
        """Take in a packet with messages; whether those from `from_seq` on are to be applied now.

        Args:
            first, count: number of its first message, and how many there are, at least one.
        """
        self.gap_until = NO_GAP
        if self.state == PAUSED:
            return False
        if self.state == WAITING:
            self._join(first, now_ns)
        after_seq = first + count
        if after_seq <= self.next_seq:
            self.old_packets += 1
            return False
        if first <= self.next_seq:
            self._heard_ns = now_ns
            self.take(data, after_seq)
            return True
        if self._is_ahead(first, after_seq):
            self._heard_ns = now_ns
            self.queue.append(data, after_seq)
        return False

    def take(self, data: bytes, after_seq: i64) -> None:
        """Let a packet through that contains the expected message and ends before `after_seq`."""
        self.from_seq = self.next_seq
        self.next_seq = after_seq
        if self.awaits_snapshot and self.state == FOLLOWING:
            self.queue.append(data, after_seq)

    def heartbeat(self, next_seq: i64, now_ns: i64) -> None:
        """The venue says what number its next message will have."""
        self.gap_until = NO_GAP
        if self.state == PAUSED:
            return
        if self.state == WAITING:
            self._join(next_seq, now_ns)
        if self.state == HOLE:
            if next_seq > self.queue.next_seq:
                self._note_gap(self.queue.next_seq, next_seq)
                self.queue.restart(next_seq)
            if next_seq == self.queue.next_seq:
                self._heard_ns = now_ns
            return
        if next_seq > self.next_seq:
            self._open_hole(next_seq)
        if next_seq >= self.next_seq:
            self._heard_ns = now_ns

    def is_filled(self) -> bool:
        """Whether the missing messages came, and what waits behind them can follow."""
        return self.state == HOLE and self.next_seq >= self.queue.first_seq

    def fill(self) -> list[bytes]:
        """The hole is filled: hand out what waited behind it, in order."""
        self.state = FOLLOWING
        return self.queue.take(self.next_seq)

    def reaches_back_to(self, last_seq: i64) -> bool:
        """Whether what is kept follows on a snapshot that stands at `last_seq`."""
        return self.state != WAITING and last_seq + 1 >= self.queue.first_seq

    def stand_at(self, last_seq: i64) -> list[bytes]:
        """A snapshot that stands at `last_seq` is used: hand out what was kept, which may begin before it."""
        packets = self.queue.take(last_seq + 1)
        self.state = FOLLOWING
        self.next_seq = last_seq + 1
        return packets

    def await_snapshot(self) -> None:
        """Something must be rebuilt from a snapshot; what is kept for it begins with the next packet."""
        if not self.awaits_snapshot:
            self.awaits_snapshot = True
            if self.state == FOLLOWING:
                self.queue.restart(self.next_seq)

    def forget(self) -> None:
        """No number is known any more."""
        self.state = WAITING
        self.awaits_snapshot = True
        self.queue.restart(self.next_seq)

    def _join(self, next_seq: i64, now_ns: i64) -> None:
        """The first sign of the channel: its numbers are counted from here."""
        self.state = FOLLOWING
        self.next_seq = next_seq
        self.queue.restart(next_seq)
        self._heard_ns = now_ns
        self._armed = True
        self.is_silent = False

    def _is_ahead(self, first: i64, after_seq: i64) -> bool:
        """Whether a packet beyond the expected message has a place in the queue."""
        if self.state != HOLE:
            self._open_hole(first)
        elif first > self.queue.next_seq:
            # What is kept must be without a hole: what came before this one is given up for what comes after it.
            self._note_gap(self.queue.next_seq, first)
            self.queue.restart(first)
        elif after_seq <= self.queue.next_seq:
            self.old_packets += 1
            return False
        return True

    def _open_hole(self, received: i64) -> None:
        self._note_gap(self.next_seq, received)
        self.state = HOLE
        self.queue.restart(received)

    def _note_gap(self, expected: i64, received: i64) -> None:
        self.gap_from = expected
        self.gap_until = received

    # ------------------------------------------------------------------ silence

    def hear(self, now_ns: i64) -> None:
        """Something came that has no number."""
        self._heard_ns = now_ns
        self.is_silent = False

    def next_timer_ns(self) -> i64:
        """When silence is noticed; at once for the first time, from which on it is counted."""
        if self.state == PAUSED or self.is_silent:
            return NO_TIMER
        return self._heard_ns + self._silence_ns if self._armed else self._heard_ns

    def notice_silence(self, now_ns: i64) -> bool:
        """Whether it is silent, which is said once."""
        if now_ns < self.next_timer_ns():
            return False
        if not self._armed:
            self._armed = True
            self._heard_ns = now_ns
            return False
        self.is_silent = True
        return True
