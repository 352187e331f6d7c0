"""What a simulated venue does to an order later than in the step that took it: a scripted venue's own agenda.

A *watch* waits for something to happen to its order (its end, its first trade); then it becomes an *event* with a due
time. Events leave in order of their due times, equal ones in the order in which they were planned.
"""

from __future__ import annotations

from typing import final

from mypy_extensions import i64

from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.domain.order import STATUS_REJECTED
from cross_market_connect.matching.orders import REASON_NONE, ExchangeOrder
from cross_market_connect.venues.simulated.faults import (
    FAULT_CANCEL,
    FAULT_CLOSE,
    FAULT_FILL,
    FAULT_HOLD,
    FAULT_LATE_FILL,
    FaultRule,
    Faults,
)


@final
class LateEvent:
    """One thing to do to one order.

    Attributes:
        kind: FAULT_HOLD (it enters the market, with its other `faults`), FAULT_LATE_FILL, FAULT_BUST,
            FAULT_CORRECT, FAULT_CLOSE, FAULT_FILL, FAULT_CANCEL.
        reason: of a FAULT_CANCEL.
        lots: how much; see the rule's `fill_lots`.
    """

    def __init__(self, due_ns: i64, kind: i64, order: ExchangeOrder, lots: i64, faults: Faults | None) -> None:
        self.due_ns: i64 = due_ns
        self.kind: i64 = kind
        self.order: ExchangeOrder = order
        self.lots: i64 = lots
        self.reason: i64 = REASON_NONE
        self.faults: Faults | None = faults


@final
class Agenda:
    """All late events and watches of one exchange."""

    def __init__(self) -> None:
        self._events: list[LateEvent] = []
        self._watched: list[tuple[ExchangeOrder, FaultRule]] = []

    def hold(self, order: ExchangeOrder, faults: Faults, now_ns: i64) -> None:
        """The order enters the market later."""
        self._add(LateEvent(now_ns + faults.hold_ns, FAULT_HOLD, order, 0, faults))

    def drop(self, order: ExchangeOrder) -> None:
        """An order that is held will not enter the market."""
        self._events = [event for event in self._events if event.kind != FAULT_HOLD or event.order is not order]

    def watch(self, order: ExchangeOrder, faults: Faults, now_ns: i64) -> None:
        """Whatever its faults plan for the order begins when its time has come."""
        for rule in faults.late:
            self._watched.append((order, rule))
        self.look(now_ns)

    def look(self, now_ns: i64) -> None:
        """Turn watches whose order is so far into events."""
        if not self._watched:
            return
        waiting: list[tuple[ExchangeOrder, FaultRule]] = []
        for order, rule in self._watched:
            if rule.kind == FAULT_LATE_FILL:
                ready = not order.is_open()
                if ready and (order.status == STATUS_REJECTED or order.cumulative_lots >= order.quantity_lots):
                    continue
            elif rule.kind == FAULT_CLOSE or rule.kind == FAULT_FILL or rule.kind == FAULT_CANCEL:
                ready = True
            else:
                ready = order.last_trade is not None
            if ready:
                event = LateEvent(now_ns + rule.delay_ns, rule.kind, order, rule.fill_lots, None)
                event.reason = rule.reason
                self._add(event)
            else:
                waiting.append((order, rule))
        self._watched = waiting

    def _add(self, event: LateEvent) -> None:
        at: i64 = len(self._events)
        while at > 0 and self._events[at - 1].due_ns > event.due_ns:
            at -= 1
        self._events.insert(int(at), event)

    def next_due_ns(self) -> i64:
        """When the first event is due; NO_TIMER when there is none."""
        return self._events[0].due_ns if self._events else NO_TIMER

    def take_due(self, now_ns: i64) -> list[LateEvent]:
        """Drain the events that are due, in order."""
        count: i64 = 0
        while count < i64(len(self._events)) and self._events[count].due_ns <= now_ns:
            count += 1
        due = self._events[:count]
        del self._events[:count]
        return due
