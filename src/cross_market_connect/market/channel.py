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

One packet may bear a number that the venue never gave it. So a hole is doubted until a second packet or heartbeat
agrees with the one that showed it, by going on behind it. What speaks against a doubted hole: a few messages that come
in order, or a heartbeat that knows of nothing missing (the hole is dropped, nothing was lost); two packets that agree
with each other and lie in it (it ends before them). What is far beyond all that is kept is not taken in until another
packet agrees with it. That the venue's numbers are there and ours are wrong (`went_back`) is said by many packets in a
row whose numbers are far back; by one out of a doubted hole that was given up; and by two whose numbers are old though
the venue sent them later than all others, as no duplicate is.

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

# What overtakes, and what the other line brings later, is less than so many messages away.
NEAR_MESSAGES: Final[i64] = 4_096
# Packets in order that are stronger than the one packet, or the several, that showed a hole.
AGAINST_DOUBTED: Final[i64] = 4
AGAINST_AGREED: Final[i64] = 1_024
# Packets from far back, with nothing new between them, that are no duplicates.
OLD_RUN_MAX: Final[i64] = 16
# Packets with old numbers and new times in a row: one may have been damaged.
NEWER_RUN_MAX: Final[i64] = 2
_NO_NUMBER: Final[i64] = -1


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
        went_back: the last `offer` showed that our numbers are wrong: the owner forgets them and every book.
        disproved: holes that were dropped because nothing was missing.
        is_silent: silence was noticed, and nothing has come since.
        holes: how often the channel came upon a hole; hole_since_ns: when it came upon the last one.
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
        self.went_back: bool = False
        self.disproved: i64 = 0
        self.is_silent: bool = False
        self.holes: i64 = 0
        self.hole_since_ns: i64 = 0
        # Packets and heartbeats that agreed with the one that showed the hole, and packets in order since the last.
        self._agreed: i64 = 0
        self._in_order: i64 = 0
        self._was_disproved: bool = False
        # Where a packet ended that fits neither what is expected nor what is kept.
        self._stray_next: i64 = _NO_NUMBER
        # The doubted hole that was given up last, until something came behind it.
        self._left_from: i64 = 0
        self._left_until: i64 = 0
        self._old_run: i64 = 0
        # When the venue sent the newest of what was not old, and old packets that it sent later than that, in a row.
        self._sent_utc_ns: i64 = 0
        self._newer_run: i64 = 0
        self._silence_ns: i64 = silence_ns
        self._heard_ns: i64 = 0
        self._armed: bool = False

    # ------------------------------------------------------------------ packets

    def offer(self, data: bytes, first: i64, count: i64, now_ns: i64, sent_utc_ns: i64 = 0) -> bool:
        """Take in a packet with messages; whether those from `from_seq` on are to be applied now.

        Args:
            first, count: number of its first message, and how many there are, at least one.
            sent_utc_ns: when the venue sent it, by its header; 0 where that is not known.
        """
        self.gap_until = NO_GAP
        self.went_back = False
        if self.state == PAUSED:
            return False
        if self.state == WAITING:
            self._join(first, now_ns)
        after_seq = first + count
        if after_seq <= self.next_seq:
            self._note_old(first, after_seq, sent_utc_ns)
            return False
        self._newer_run = 0
        if sent_utc_ns > self._sent_utc_ns:
            self._sent_utc_ns = sent_utc_ns
        if first <= self.next_seq:
            self._heard_ns = now_ns
            self.take(data, after_seq)
            self._old_run = 0
            self._left_until = 0
            if self.state == HOLE:
                self._count_against_hole()
            return True
        if self._is_ahead(first, after_seq, now_ns):
            self._heard_ns = now_ns
            self._old_run = 0
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
        self.went_back = False
        if self.state == PAUSED:
            return
        if self.state == WAITING:
            self._join(next_seq, now_ns)
        if self.state == HOLE:
            if next_seq == self.next_seq and self._agreed == 0:
                self._heard_ns = now_ns
                self._disprove()
            elif next_seq >= self.queue.next_seq and self._is_ahead(next_seq, next_seq, now_ns):
                self._heard_ns = now_ns
            return
        if next_seq > self.next_seq:
            self._open_hole(next_seq, now_ns)
        if next_seq >= self.next_seq:
            self._heard_ns = now_ns

    def is_filled(self) -> bool:
        """Whether the missing messages came or nothing is missing, and what waits can follow."""
        return self.state == HOLE and self.next_seq >= self.queue.first_seq

    def why_filled(self) -> str:
        """How the last hole came to be filled, for people."""
        return "nothing agreed with the number too high" if self._was_disproved else "the missing packets came late"

    def fill(self) -> list[bytes]:
        """The hole is filled: hand out what waited behind it, in order."""
        self.state = FOLLOWING
        return self.queue.take(self.next_seq)

    def can_give_up(self) -> bool:
        """Whether more waiting for what is missing would decide nothing: the number that showed the hole is likely."""
        near = self.queue.first_seq - self.next_seq <= NEAR_MESSAGES
        return self.state == HOLE and (near or self._agreed > 0 or self._in_order > 0)

    def drop_doubted(self) -> bool:
        """Whether the hole was dropped, now that waiting ends: messages came in order and nothing agreed with it."""
        if self._agreed > 0 or self._in_order == 0:
            return False
        self._disprove()
        return True

    def give_up(self) -> list[bytes]:
        """What is missing does not come: go on behind it, from what waited, which is handed out."""
        if self._agreed == 0:
            self._left_from = self.next_seq
            self._left_until = self.queue.first_seq
        packets = self.stand_at(self.queue.first_seq - 1)
        self.await_snapshot()
        return packets

    def reaches_back_to(self, last_seq: i64) -> bool:
        """Whether what is kept follows on a snapshot that stands at `last_seq`; not on one from an unlikely future."""
        newest = max(self.next_seq, self.queue.next_seq)
        return self.state != WAITING and self.queue.first_seq - 1 <= last_seq < newest + NEAR_MESSAGES

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
        self._old_run = 0
        self._left_until = 0
        self._sent_utc_ns = 0
        self._newer_run = 0

    def _join(self, next_seq: i64, now_ns: i64) -> None:
        """The first sign of the channel: its numbers are counted from here."""
        self.state = FOLLOWING
        self.next_seq = next_seq
        self.queue.restart(next_seq)
        self._heard_ns = now_ns
        self._armed = True
        self.is_silent = False

    def _is_ahead(self, first: i64, after_seq: i64, now_ns: i64) -> bool:
        """Whether a packet or heartbeat beyond the expected message has a place in the queue."""
        queue = self.queue
        if self.state != HOLE:
            self._open_hole(first, now_ns)
        elif first > queue.next_seq:
            # What is kept must be without a hole: what came before this one is given up for what comes after it.
            agrees = self._agrees_with_stray(first, after_seq)
            if first - queue.next_seq > NEAR_MESSAGES and not agrees:
                return False
            self._note_gap(queue.next_seq, first)
            self._end_hole_at(first, 1 if agrees else 0)
        elif after_seq > queue.next_seq or first == queue.next_seq:
            self._agreed += 1
            self._in_order = 0
        elif after_seq <= queue.first_seq and self._agreed == 0 and self._agrees_with_stray(first, after_seq):
            self._end_hole_at(first, 1)
        else:
            self.old_packets += 1
            return False
        return True

    def _agrees_with_stray(self, first: i64, after_seq: i64) -> bool:
        """Whether it goes on behind the packet before it that fitted nothing."""
        distance = first - self._stray_next
        agrees = self._stray_next != _NO_NUMBER and 0 <= distance <= NEAR_MESSAGES
        self._stray_next = after_seq
        return agrees

    def _count_against_hole(self) -> None:
        """A packet came in order although something is said to be missing."""
        self._in_order += 1
        enough = AGAINST_DOUBTED if self._agreed == 0 else AGAINST_AGREED
        if self._in_order >= enough and self.next_seq < self.queue.first_seq:
            self._disprove()

    def _disprove(self) -> None:
        """Nothing is missing: the hole counts as filled, with nothing behind it."""
        self.disproved += 1
        self._was_disproved = True
        self.queue.restart(self.next_seq)

    def _note_old(self, first: i64, after_seq: i64, sent_utc_ns: i64) -> None:
        """A packet brings nothing new; it may tell that our numbers are wrong."""
        self.old_packets += 1
        if self._left_from <= first < self._left_until:
            self.went_back = True
        elif self.next_seq - after_seq > NEAR_MESSAGES:
            self._old_run += 1
            self.went_back = self._old_run >= OLD_RUN_MAX
        if sent_utc_ns > self._sent_utc_ns and self._sent_utc_ns > 0:
            self._newer_run += 1
            self.went_back = self.went_back or self._newer_run >= NEWER_RUN_MAX

    def _open_hole(self, received: i64, now_ns: i64) -> None:
        self.holes += 1
        self.hole_since_ns = now_ns
        self._note_gap(self.next_seq, received)
        self.state = HOLE
        self._was_disproved = False
        self._end_hole_at(received, 0)

    def _end_hole_at(self, received: i64, agreed: i64) -> None:
        """Something with that number was received; nothing before it is kept."""
        self._agreed = agreed
        self._in_order = 0
        self._stray_next = _NO_NUMBER
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
