"""The virtual world: one clock, wires with delays, and the parties that live in it. Nothing in it is real but the code.

Theory of operation. Everything that will happen is an event on one queue, ordered by virtual time and then by the order
in which it was announced. The clock jumps from event to event. Delays come from seeded integers, so one seed is one
history, on every machine, compiled or interpreted.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Final

from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.venues.simulated.market_model import SeededIntegers

START_NS: Final = 1_000_000_000_000
EVENTS_MAX: Final = 50_000_000


class World:
    """Virtual time and what is due in it.

    Args:
        seed: decides every delay.
    """

    def __init__(self, seed: int) -> None:
        self.now_ns = START_NS
        self.random = SeededIntegers(seed)
        self.handled = 0
        self._queue: list[tuple[int, int, Callable[[], None]]] = []
        self._announced = 0

    def at(self, time_ns: int, action: Callable[[], None]) -> None:
        """Announce an event; one in the past happens now."""
        self._announced += 1
        heapq.heappush(self._queue, (max(time_ns, self.now_ns), self._announced, action))

    def after(self, delay_ns: int, action: Callable[[], None]) -> None:
        """Announce an event some time from now."""
        self.at(self.now_ns + delay_ns, action)

    def run(self, is_over: Callable[[], bool], until_ns: int) -> bool:
        """Let time pass until it is over; false when the time limit came first."""
        while not is_over():
            if not self._queue or self._queue[0][0] > until_ns or self.handled >= EVENTS_MAX:
                return False
            time_ns, _, action = heapq.heappop(self._queue)
            self.now_ns = time_ns
            self.handled += 1
            action()
        return True


class Wire:
    """One direction of a connection: bytes arrive late, in order, or never once it is cut.

    Args:
        delay_ns: shortest time on the way; jitter_ns: largest addition, drawn per send.
    """

    def __init__(self, world: World, delay_ns: int, jitter_ns: int, deliver: Callable[[bytes], None]) -> None:
        self.world = world
        self.delay_ns = delay_ns
        self.jitter_ns = jitter_ns
        self.deliver = deliver
        self.cut = False
        self.last_ns = 0

    def send(self, data: bytes) -> None:
        """Put bytes on the wire."""
        delay = self.delay_ns + (self.world.random.below(self.jitter_ns) if self.jitter_ns else 0)
        self.last_ns = max(self.last_ns, self.world.now_ns + delay)
        self.world.at(self.last_ns, lambda: self._arrive(data))

    def _arrive(self, data: bytes) -> None:
        if not self.cut:
            self.deliver(data)


class Alarm:
    """A timer that can be moved: it rings once, at the time it was set to last."""

    def __init__(self, world: World, action: Callable[[], None]) -> None:
        self.world = world
        self.action = action
        self.due_ns = int(NO_TIMER)

    def set(self, due_ns: int) -> None:
        """Ring at `due_ns`, NO_TIMER for never; an earlier setting is forgotten."""
        if due_ns == self.due_ns:
            return
        self.due_ns = due_ns
        if due_ns != NO_TIMER:
            self.world.at(due_ns, lambda: self._ring(due_ns))

    def _ring(self, due_ns: int) -> None:
        if due_ns == self.due_ns:
            self.due_ns = int(NO_TIMER)
            self.action()
