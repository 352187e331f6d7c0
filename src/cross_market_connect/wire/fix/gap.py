"""Messages that arrived behind a sequence gap, and the state of asking for what is missing."""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.wire.fix.message import FixMessage

QUEUED_MESSAGES_MAX: Final[i64] = 1024
"""Messages waiting behind a gap; beyond it they are dropped and asked for again."""
QUEUED_BYTES_MAX: Final[i64] = 4_194_304
RESEND_ATTEMPTS_MAX: Final[i64] = 3
"""ResendRequests for one gap before the session is given up."""
RESEND_TIMEOUT_NS: Final[i64] = 10_000_000_000
"""Without progress for so long, a gap is asked for again."""


@final
class Gap:
    """The one gap being filled, if any."""

    def __init__(self) -> None:
        self.last: i64 = 0
        """Last missing number; 0 when there is no gap."""
        self.asked: i64 = 0
        """Last number asked for so far: a gap may be asked for in ranges."""
        self.attempts: i64 = 0
        self.deadline_ns: i64 = NO_TIMER
        self.answered_request: i64 = 0
        """Number of a ResendRequest that was answered ahead of its turn."""
        self._queued: dict[int, FixMessage] = {}
        self._bytes: i64 = 0

    def clear(self) -> None:
        """Forget gap and messages: they will be missing again after the next logon."""
        self._queued.clear()
        self._bytes = 0
        self.answered_request = 0
        self.close()

    def open(self, last: i64, asked: i64, attempts: i64, now_ns: i64) -> None:
        """The gap ends with `last`; a ResendRequest up to `asked` was sent."""
        self.last = last
        self.asked = asked
        self.attempts = attempts
        self.progress(now_ns)

    def progress(self, now_ns: i64) -> None:
        """Something of the gap arrived: wait anew."""
        self.deadline_ns = now_ns + RESEND_TIMEOUT_NS

    def close(self) -> None:
        """Everything asked for arrived."""
        self.last = 0
        self.deadline_ns = NO_TIMER

    def keep(self, message: FixMessage) -> bool:
        """Queue a message; False when a limit is reached. A number already queued keeps its first message."""
        number = int(message.seq_num)
        if number in self._queued:
            return True
        size: i64 = len(message.frame)
        if len(self._queued) >= QUEUED_MESSAGES_MAX or self._bytes + size > QUEUED_BYTES_MAX:
            return False
        self._queued[number] = message
        self._bytes += size
        return True

    def holds(self, number: i64) -> bool:
        """True when the message with that number waits."""
        return int(number) in self._queued

    def take(self, number: i64) -> FixMessage:
        """Remove and return a waiting message."""
        message = self._queued.pop(int(number))
        self._bytes -= len(message.frame)
        return message

    def first(self) -> i64:
        """Lowest waiting number, 0 when none waits."""
        return min(self._queued) if self._queued else 0
