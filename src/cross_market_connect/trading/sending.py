"""What leaves: new orders, cancels and status requests, each with its record before its bytes."""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.order import (
    IMMEDIATE_OR_CANCEL,
    LIMIT,
    OFFSET_CLOSE,
    OFFSET_OPEN,
    REJECT_BUSY,
    OrderCommand,
)
from cross_market_connect.domain.ports import OrderRoutes, SessionHours
from cross_market_connect.domain.spread import LEG_UNKNOWN, ROLE_NAMES, ROLE_UNWIND
from cross_market_connect.domain.step import Step
from cross_market_connect.trading import decisions
from cross_market_connect.trading.admission import Admission
from cross_market_connect.trading.moves import move_leg, note_class
from cross_market_connect.trading.orders import LegOrder, SpreadOrder
from cross_market_connect.trading.reservation import ReservationLedger
from cross_market_connect.trading.states import (
    EVENT_CANCEL_SENT,
    EVENT_LOCAL_REFUSAL,
    EVENT_SUBMIT,
    is_leg_terminal,
    next_leg_state,
)

CLIENT_ORDER_IDS_PER_EPOCH: Final[i64] = 1_000_000_000
QUERIES_MAX: Final[i64] = 12


@final
class Sender:
    """Sends for spread orders and decides nothing.

    Attributes:
        acknowledge_timeout_ns: per route: silence after which an order's status is asked for.
    """

    def __init__(
        self,
        step: Step,
        routes: OrderRoutes,
        ledger: ReservationLedger,
        instruments: list[Instrument],
        acknowledge_timeout_ns: list[int],
        epoch: i64,
    ) -> None:
        self.step: Step = step
        self.routes: OrderRoutes = routes
        self.ledger: ReservationLedger = ledger
        self.instruments: list[Instrument] = instruments
        self.acknowledge_timeout_ns: list[int] = acknowledge_timeout_ns
        self.next_client_order_id: i64 = epoch * CLIENT_ORDER_IDS_PER_EPOCH + 1
        self.admission: Admission = Admission(step, ledger, [SessionHours() for _ in instruments])

    def begin_epoch(self, epoch: i64) -> None:
        """Client order ids go on in the number range of this run of the engine."""
        self.next_client_order_id = epoch * CLIENT_ORDER_IDS_PER_EPOCH + 1

    def _take_id(self) -> i64:
        taken = self.next_client_order_id
        self.next_client_order_id = taken + 1
        return taken

    def send(
        self, order: SpreadOrder, leg: i64, side: i64, lots: i64, price_ticks: i64, role: i64, attempt: i64
    ) -> None:
        """Record and encode one leg order; a route that is down refuses it locally, which is final for the attempt."""
        definition = order.definition.legs[leg]
        offset = OFFSET_OPEN if order.opening == (role != ROLE_UNWIND) else OFFSET_CLOSE
        command = OrderCommand(
            self._take_id(),
            definition.instrument_index,
            side,
            LIMIT,
            IMMEDIATE_OR_CANCEL,
            price_ticks,
            lots,
            offset,
        )
        leg_order = LegOrder(leg, definition.route, role, attempt, command)
        order.leg_orders.append(leg_order)
        instrument = self.instruments[definition.instrument_index]
        leg_order.sent_ns = self.step.now_ns
        self.admission.order_sent(order, leg_order)
        leg_order.query_due_ns = self.step.now_ns + self.acknowledge_timeout_ns[definition.route]
        leg_order.record_seq = decisions.leg_order(
            self.step, order, leg_order, instrument, definition.account, ROLE_NAMES[role]
        )
        if self.routes.submit(definition.route, command, self.step.now_ns, self.step.utc_ns):
            leg_order.state = next_leg_state(leg_order.state, EVENT_SUBMIT)
            return
        note_class(order, leg_order, REJECT_BUSY)
        move_leg(self.step, order, leg_order, EVENT_LOCAL_REFUSAL, "route down")

    def cancel_live(self, order: SpreadOrder, reason: str) -> None:
        """Ask for the cancellation of everything acknowledged and live; each order is asked once."""
        for leg_order in order.leg_orders:
            if is_leg_terminal(leg_order.state) or leg_order.cancel_id != 0 or leg_order.state == LEG_UNKNOWN:
                continue
            if leg_order.command.time_in_force == IMMEDIATE_OR_CANCEL or not self.routes.is_up(leg_order.route):
                continue
            throttle = self.ledger.throttles[leg_order.route]
            if not throttle.has_room(1, False, self.step.now_ns):
                # The venue's own window is used up: the cancel goes out at the moment at which it frees.
                leg_order.cancel_due_ns = throttle.free_ns(1, False)
                continue
            leg_order.cancel_due_ns = 0
            leg_order.cancel_id = self._take_id()
            self.admission.cancel_sent(leg_order)
            decisions.cancel_request(self.step, order, leg_order, reason)
            self.routes.cancel(
                leg_order.route, leg_order.command, leg_order.cancel_id, self.step.now_ns, self.step.utc_ns
            )
            move_leg(self.step, order, leg_order, EVENT_CANCEL_SENT, reason)

    def query(self, order: SpreadOrder, leg_order: LegOrder) -> None:
        """Ask for the order's status: a bounded number of times between two signs of life, with growing pauses."""
        if leg_order.queries >= QUERIES_MAX or not self.routes.is_up(leg_order.route):
            return
        leg_order.queries += 1
        wait: i64 = self.acknowledge_timeout_ns[leg_order.route]
        leg_order.query_due_ns = self.step.now_ns + (wait << (leg_order.queries if leg_order.queries < 5 else 5))
        decisions.status_request(self.step, order, leg_order, "no answer from the venue")
        self.routes.query(leg_order.route, leg_order.command, self.step.now_ns, self.step.utc_ns)
