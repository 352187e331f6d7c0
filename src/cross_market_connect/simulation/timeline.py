"""Virtual time: everything that will happen is an event on one queue, ordered by time and then by announcement."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Final

from mypy_extensions import mypyc_attr

from cross_market_connect.domain.numbers import NO_TIMER

START_NS: Final = 1_000_000_000_000
EVENTS_MAX: Final = 50_000_000


@mypyc_attr(allow_interpreted_subclasses=True)
class Timeline:
    """Virtual time and what is due in it. The clock jumps from event to event.

    Attributes:
        now_ns: the time; handled: events so far.
        observer: called after each event, None for nobody.
    """

    def __init__(self) -> None:
        self.now_ns: int = START_NS
        self.handled: int = 0
        self.observer: Callable[[], None] | None = None
        self._queue: list[tuple[int, int, Callable[[], None]]] = []
        self._announced: int = 0

    def at(self, time_ns: int, action: Callable[[], None]) -> None:
        """Announce an event; one in the past happens now."""
        self._announced += 1
        heapq.heappush(self._queue, (max(time_ns, self.now_ns), self._announced, action))

    def after(self, delay_ns: int, action: Callable[[], None]) -> None:
        """Announce an event some time from now."""
        self.at(self.now_ns + delay_ns, action)

    def forget(self) -> None:
        """Nothing is due any more."""
        self._queue.clear()

    def run(self, is_over: Callable[[], bool], until_ns: int) -> bool:
        """Let time pass until it is over; false when the time limit came first."""
        while not is_over():
            if not self._queue or self._queue[0][0] > until_ns or self.handled >= EVENTS_MAX:
                return False
            time_ns, _, action = heapq.heappop(self._queue)
            self.now_ns = time_ns
            self.handled += 1
            action()
            if self.observer is not None:
                self.observer()
        return True


class Alarm:
    """A timer that can be moved: it rings once, at the time it was set to last."""

    def __init__(self, timeline: Timeline, action: Callable[[], None]) -> None:
        self.timeline: Timeline = timeline
        self.action: Callable[[], None] = action
        self.due_ns: int = int(NO_TIMER)

    def set(self, due_ns: int) -> None:
        """Ring at `due_ns`, NO_TIMER for never; an earlier setting is forgotten."""
        if due_ns == self.due_ns:
            return
        self.due_ns = due_ns
        if due_ns != NO_TIMER:
            self.timeline.at(due_ns, lambda: self._ring(due_ns))

    def _ring(self, due_ns: int) -> None:
        if due_ns == self.due_ns:
            self.due_ns = int(NO_TIMER)
            self.action()
