"""When a session must speak, and when its counterparty has been silent for too long.

FIX 4.4 Volume 2, "Heartbeat" and "Test Request", session test cases 4 to 6. LFIXT never sends a TestRequest (annexes D
and G): who is silent for as long as a FIX session takes for asking and waiting is given up.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND, NO_TIMER

SILENCE_GRACE_DIVISOR: Final[i64] = 5
"""Silence is HeartBtInt and a fifth of it, the "reasonable transmission time" of Volume 2, "Test Request"."""

NOTHING_DUE: Final[i64] = 0
HEARTBEAT_DUE: Final[i64] = 1
TEST_DUE: Final[i64] = 2
SILENCE_DUE: Final[i64] = 3


@final
class Liveness:
    """Deadlines of both directions.

    Attributes:
        interval_s: HeartBtInt(108) in force; 0 turns everything here off.

    Args:
        is_light: the session is LFIXT.
    """

    def __init__(self, interval_s: i64, is_light: bool = False) -> None:
        self.interval_s: i64 = interval_s
        self._is_light: bool = is_light
        self._last_received_ns: i64 = 0
        self._test_deadline_ns: i64 = NO_TIMER

    def received(self, now_ns: i64) -> None:
        """A message arrived, whichever."""
        self._last_received_ns = now_ns
        self._test_deadline_ns = NO_TIMER

    def clear(self) -> None:
        """The connection is gone: no TestRequest waits any more."""
        self._test_deadline_ns = NO_TIMER

    def next_ns(self, last_sent_ns: i64) -> i64:
        """When `due` will say something, NO_TIMER when never."""
        if self.interval_s == 0:
            return NO_TIMER
        heartbeat_ns: i64 = last_sent_ns + self.interval_s * NANOSECONDS_PER_SECOND
        return min(heartbeat_ns, self._silence_ns(), self._test_deadline_ns)

    def due(self, now_ns: i64, last_sent_ns: i64) -> i64:
        """What is to be done now. After TEST_DUE the answer is waited for."""
        if self.interval_s == 0:
            return NOTHING_DUE
        if now_ns >= self._test_deadline_ns:
            return SILENCE_DUE
        if now_ns >= self._silence_ns():
            if self._is_light:
                return SILENCE_DUE
            self._test_deadline_ns = now_ns + self._patience_ns()
            return TEST_DUE
        if now_ns >= last_sent_ns + self.interval_s * NANOSECONDS_PER_SECOND:
            return HEARTBEAT_DUE
        return NOTHING_DUE

    def _patience_ns(self) -> i64:
        interval_ns: i64 = self.interval_s * NANOSECONDS_PER_SECOND
        return interval_ns + interval_ns // SILENCE_GRACE_DIVISOR

    def _silence_ns(self) -> i64:
        """When a TestRequest is due, NO_TIMER while one is unanswered; over LFIXT when the silence is too long."""
        if self._is_light:
            return self._last_received_ns + 2 * self._patience_ns()
        return NO_TIMER if self._test_deadline_ns != NO_TIMER else self._last_received_ns + self._patience_ns()
