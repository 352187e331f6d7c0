"""What every message is counted for, and what may forbid an opening beside its reservation: the throttle of its route,
the counters of the trading day, and the check for duplicates.

Only openings are ever refused here. Hedges, re-orders, unwinds, cancels and the closing of matched units are counted;
the throttle alone makes them wait, until the moment at which the venue takes another message.
"""

from __future__ import annotations

from typing import final

from mypy_extensions import i64

from cross_market_connect.domain.ports import SessionHours
from cross_market_connect.domain.records import DAY_ROLL, Payload
from cross_market_connect.domain.spread import ROLE_INITIAL, WORKING
from cross_market_connect.domain.step import Step
from cross_market_connect.trading.counters import (
    COUNT_CANCELS,
    COUNT_OPENED_LOTS,
    COUNT_ORDERS,
    COUNT_SELF_TRADES,
    COUNTERS,
    DAY_LIMIT_NAMES,
    NO_COUNTER,
    NO_DAY,
    NO_LIMIT,
    DayCounters,
    DuplicateCheck,
    RecentOrder,
)
from cross_market_connect.trading.orders import LegOrder, SpreadOrder
from cross_market_connect.trading.reservation import NO_REFUSAL, Refusal, ReservationLedger


@final
class Admission:
    """Counts messages and admits openings."""

    def __init__(self, step: Step, ledger: ReservationLedger, hours: list[SessionHours]) -> None:
        self.step: Step = step
        self.ledger: ReservationLedger = ledger
        self.counters: DayCounters = DayCounters(len(ledger.throttles), hours)
        self.duplicates: DuplicateCheck = DuplicateCheck(NO_LIMIT, 0)

    def check(self, order: SpreadOrder, under_way: list[SpreadOrder]) -> Refusal:
        """Why a new spread order may not open; an empty refusal when it may, or when it closes matched units.

        Args:
            under_way: the open spread orders. Legs of theirs that wait for their turn count as if they were sent.
        """
        if not order.opening:
            return NO_REFUSAL
        for leg in range(len(order.targets)):
            definition = order.definition.legs[leg]
            route = definition.route
            for other in under_way:
                if other.waits_on(route):
                    # What was decided before goes first, whatever the window would take.
                    most = self.ledger.throttles[route].tightest(1, True, self.step.now_ns)
                    return Refusal("orders_per_second_max", most + 1, most)
            instrument = definition.instrument_index
            self._roll(route, instrument)
            waiting = _waiting(under_way, route, instrument)
            lots = order.targets[leg]
            for lots_waiting in waiting:
                lots += lots_waiting
            counter = self.counters.exceeded(route, instrument, lots, i64(len(waiting)) + 1)
            if counter != NO_COUNTER:
                observed = self.counters.count(route, instrument, counter)
                return Refusal(DAY_LIMIT_NAMES[counter], observed, self.counters.limit(route, instrument, counter))
            if self.duplicates.is_one_too_many(self._recent(order, leg)):
                return Refusal("duplicate_orders_max", self.duplicates.orders_max + 1, self.duplicates.orders_max)
        return NO_REFUSAL

    def _recent(self, order: SpreadOrder, leg: i64) -> RecentOrder:
        definition = order.definition.legs[leg]
        return RecentOrder(
            definition.route,
            definition.instrument_index,
            order.sides[leg],
            order.limits[leg],
            order.targets[leg],
            self.step.now_ns,
        )

    def hold(self, order: SpreadOrder) -> None:
        """Count an order that would go out, so that what is checked after it is checked beside it; until `let_go`."""
        for leg in range(len(order.targets)):
            definition = order.definition.legs[leg]
            self._roll(definition.route, definition.instrument_index)
            self.counters.add(definition.route, definition.instrument_index, COUNT_ORDERS, 1)
            if order.opening:
                lots = order.targets[leg]
                self.counters.add(definition.route, definition.instrument_index, COUNT_OPENED_LOTS, lots)
                self.duplicates.note(self._recent(order, leg))

    def let_go(self, order: SpreadOrder) -> None:
        """Take back what `hold` counted, the order held last first."""
        for leg in range(len(order.targets)):
            definition = order.definition.legs[leg]
            self.counters.add(definition.route, definition.instrument_index, COUNT_ORDERS, -1)
            if order.opening:
                lots = order.targets[leg]
                self.counters.add(definition.route, definition.instrument_index, COUNT_OPENED_LOTS, -lots)
                self.duplicates.take_back()

    def order_sent(self, order: SpreadOrder, leg_order: LegOrder) -> None:
        """Count an order that goes out; called before its record is written."""
        self._roll(leg_order.route, leg_order.command.instrument_index)
        self._count_order(order, leg_order, self.step.now_ns)

    def _count_order(self, order: SpreadOrder, leg_order: LegOrder, now_ns: i64) -> None:
        command = leg_order.command
        route = leg_order.route
        instrument = command.instrument_index
        self.ledger.throttles[route].sent(now_ns)
        self.counters.add(route, instrument, COUNT_ORDERS, 1)
        if order.opening and leg_order.role == ROLE_INITIAL:
            self.counters.add(route, instrument, COUNT_OPENED_LOTS, command.quantity_lots)
            self.duplicates.note(
                RecentOrder(route, instrument, command.side, command.price_ticks, command.quantity_lots, now_ns)
            )

    def self_trade(self, route: i64, instrument: i64) -> None:
        """Count a trade that an order may have with another of ours; called after its record is written."""
        self.counters.add(route, instrument, COUNT_SELF_TRADES, 1)

    def cancel_sent(self, leg_order: LegOrder) -> None:
        """Count a cancel or a replace that goes out; called before its record is written."""
        self._roll(leg_order.route, leg_order.command.instrument_index)
        self.ledger.throttles[leg_order.route].sent(self.step.now_ns)
        self.counters.add(leg_order.route, leg_order.command.instrument_index, COUNT_CANCELS, 1)

    def _roll(self, route: i64, instrument: i64) -> None:
        """Begin the venue's trading day when another one has come; a change of day is a record with what it ends."""
        day = self.counters.new_day(route, instrument, self.step.utc_ns)
        if day == NO_DAY:
            return
        if self.counters.has_counted(route, instrument):
            payload = Payload(DAY_ROLL)
            payload.put(route)
            payload.put(instrument)
            payload.put(day)
            for counter in range(COUNTERS):
                payload.put(self.counters.count(route, instrument, counter))
            self.step.write(payload, 0)
        self.counters.begin_day(route, instrument, day)

    def restore_order(self, order: SpreadOrder, leg_order: LegOrder, now_ns: i64, utc_ns: i64) -> None:
        """Count an order that an earlier run sent."""
        route = leg_order.route
        instrument = leg_order.command.instrument_index
        if not self.counters.has_counted(route, instrument):
            day = self.counters.new_day(route, instrument, utc_ns)
            if day != NO_DAY:
                self.counters.begin_day(route, instrument, day)
        self._count_order(order, leg_order, now_ns)

    def restore_cancel(self, leg_order: LegOrder, now_ns: i64) -> None:
        """Count a cancel that an earlier run sent."""
        self.ledger.throttles[leg_order.route].sent(now_ns)
        self.counters.add(leg_order.route, leg_order.command.instrument_index, COUNT_CANCELS, 1)

    def begin_again(self, now_ns: i64) -> None:
        """After a restart: nothing lies ahead of a clock that began anew."""
        for throttle in self.ledger.throttles:
            throttle.begin_again(now_ns)
        self.duplicates.begin_again(now_ns)


def _waiting(under_way: list[SpreadOrder], route: i64, instrument: i64) -> list[i64]:
    """Lots of each opening leg on the route and instrument that is still to be sent."""
    found: list[i64] = []
    for order in under_way:
        if not order.opening or order.state != WORKING:
            continue
        for leg in range(len(order.targets)):
            definition = order.definition.legs[leg]
            if definition.route == route and definition.instrument_index == instrument:
                if order.last_leg_order(leg) is None:
                    found.append(order.targets[leg])
    return found
