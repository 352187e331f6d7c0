"""The message throttle of one route: how many orders, cancels and replaces a venue takes, exactly, in rolling windows.

Theory of operation. A window of `span_ns` keeps the send times of its last `messages_max` messages. A message may go
when the one `messages_max` before it is at least `span_ns` old, so no half-open interval of that length, wherever it
begins, holds more than `messages_max`. Several windows hold at once (6 a second and 300 a minute). The span is the
venue's and a margin: the way there may bring two messages closer together than they left.

Two classes share a window. What opens something may use all but the `reserve`; what reduces risk (hedges, re-orders,
unwinds, cancels) may use all of it, and waits until the window frees when even that is used up: it is never dropped and
never goes beyond what the venue takes. Status requests are not orders and are not counted.
"""

from __future__ import annotations

from typing import Final, final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.numbers import NO_TIMER

# One message in this many is kept for what reduces risk, unless the configuration says otherwise.
RESERVE_SHARE: Final[i64] = 4


def default_reserve(messages_max: i64) -> i64:
    """Messages of a window that only hedges, unwinds and cancels may use."""
    return messages_max // RESERVE_SHARE


@final
class WindowLimit:
    """A rolling window as configured for a route.

    Attributes:
        messages_max: most messages in any half-open interval of `span_ns`; at least 1.
        reserve: how many of them openings may not use; below `messages_max`.
    """

    def __init__(self, route: i64, messages_max: i64, span_ns: i64, reserve: i64) -> None:
        self.route: i64 = route
        self.messages_max: i64 = messages_max
        self.span_ns: i64 = span_ns
        self.reserve: i64 = reserve


@final
class Window:
    """One rolling window with the send times of its last messages."""

    def __init__(self, limit: WindowLimit) -> None:
        self.limit: WindowLimit = limit
        self._sent_ns: vec[i64] = vec[i64]([0 for _ in range(limit.messages_max)])
        self._next: i64 = 0
        self._count: i64 = 0

    def most(self, opening: bool) -> i64:
        """Most messages that the class finds in the window."""
        return self.limit.messages_max - self.limit.reserve if opening else self.limit.messages_max

    def free_ns(self, messages: i64, opening: bool) -> i64:
        """From when on so many more messages fit: 0 when they do at any time, NO_TIMER when they never can."""
        most = self.most(opening)
        if messages > most:
            return NO_TIMER
        # With the `back`-th last one outside, `back - 1` older ones are inside at most, and the new ones fill up.
        back = most - messages + 1
        if self._count < back:
            return 0
        size = self.limit.messages_max
        return self._sent_ns[(self._next + size - back) % size] + self.limit.span_ns

    def sent(self, now_ns: i64) -> None:
        """Count one message."""
        self._sent_ns[self._next] = now_ns
        self._next = (self._next + 1) % self.limit.messages_max
        if self._count < self.limit.messages_max:
            self._count += 1

    def times_ns(self) -> list[int]:
        """Send times that still matter, oldest first: what is older than a span before the last one frees nothing."""
        times: list[int] = []
        size = self.limit.messages_max
        last: i64 = self._sent_ns[(self._next + size - 1) % size]
        for back in range(self._count):
            at: i64 = self._sent_ns[(self._next + size - self._count + back) % size]
            if last - at < self.limit.span_ns:
                times.append(int(at))
        return times

    def begin_again(self, now_ns: i64) -> None:
        """After a restart: no message lies ahead of a clock that began anew."""
        for at in range(self._count):
            if self._sent_ns[at] > now_ns:
                self._sent_ns[at] = now_ns


@final
class Throttle:
    """All windows of one route.

    Attributes:
        is_configured: false refuses every opening; what reduces risk then goes unmeasured.
    """

    def __init__(self, limits: list[WindowLimit], is_configured: bool) -> None:
        self.windows: list[Window] = [Window(limit) for limit in limits]
        self.is_configured: bool = is_configured

    def has_room(self, messages: i64, opening: bool, now_ns: i64) -> bool:
        """Whether so many more messages of the class may go now."""
        if opening and not self.is_configured:
            return False
        return self.free_ns(messages, opening) <= now_ns

    def free_ns(self, messages: i64, opening: bool) -> i64:
        """From when on so many more messages of the class fit every window.

        More than a window ever takes at once is refused to openings. What reduces risk asks for one message at a time
        and lets the rest wait (`sending.Sender.send`): it is answered as if it asked for a whole window.
        """
        latest: i64 = 0
        for window in self.windows:
            wanted = messages
            if not opening and wanted > window.limit.messages_max:
                wanted = window.limit.messages_max
            free = window.free_ns(wanted, opening)
            if free > latest:
                latest = free
        return latest

    def tightest(self, messages: i64, opening: bool, now_ns: i64) -> i64:
        """Most messages of the window that has no room, for the refusal; 0 when nothing is configured."""
        for window in self.windows:
            if window.free_ns(messages, opening) > now_ns:
                return window.most(opening)
        return 0

    def sent(self, now_ns: i64) -> None:
        """Count one message in every window."""
        for window in self.windows:
            window.sent(now_ns)

    def begin_again(self, now_ns: i64) -> None:
        """After a restart: no message lies ahead of a clock that began anew."""
        for window in self.windows:
            window.begin_again(now_ns)
