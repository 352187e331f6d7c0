"""What leaves: new orders, cancels and status requests, each with its record before its bytes."""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.capabilities import ABLE_ALL, ABLE_FOK, ABLE_IOC, ABLE_MARKET
from cross_market_connect.domain.execution import (
    COMPLETE_FOK,
    COMPLETE_LIMIT,
    COMPLETE_LIMIT_OFFSET,
    COMPLETE_MARKET,
    Alternative,
)
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.numbers import doubled
from cross_market_connect.domain.order import (
    DAY,
    FILL_OR_KILL,
    IMMEDIATE_OR_CANCEL,
    LIMIT,
    MARKET,
    OFFSET_CLOSE,
    OFFSET_CLOSE_TODAY,
    OFFSET_OPEN,
    REJECT_BUSY,
    REJECT_MARKET_CLOSED,
    REJECT_OFFSET,
    OrderCommand,
)
from cross_market_connect.domain.ports import OrderRoutes, SessionHours
from cross_market_connect.domain.spread import (
    LEG_PARTLY_FILLED,
    LEG_PENDING_NEW,
    LEG_WORKING,
    ROLE_INITIAL,
    ROLE_NAMES,
    ROLE_QUOTE,
    ROLE_RETRY,
    ROLE_UNWIND,
)
from cross_market_connect.domain.step import Step
from cross_market_connect.trading import alerts, decisions
from cross_market_connect.trading.admission import Admission
from cross_market_connect.trading.doubt import IDS_PER_EPOCH, Doubt
from cross_market_connect.trading.external import ExternalOrders
from cross_market_connect.trading.ladder import WAIT_NS_MAX
from cross_market_connect.trading.moves import move_leg, note_class
from cross_market_connect.trading.netting import CANCEL_QUOTE, GO_ON, Netting
from cross_market_connect.trading.orders import LegOrder, SpreadOrder, WaitingLots
from cross_market_connect.trading.pricing import clip_price, orders_needed
from cross_market_connect.trading.reservation import ReservationLedger
from cross_market_connect.trading.single import is_single
from cross_market_connect.trading.states import (
    EVENT_CANCEL_SENT,
    EVENT_LOCAL_REFUSAL,
    EVENT_SUBMIT,
    is_leg_terminal,
    next_leg_state,
)
from cross_market_connect.trading.venue_phases import VenuePhases

QUERIES_MAX: Final[i64] = 12
# Why an order was refused here: its record's text, by which a restart knows the reject class.
NOT_IN_PHASE: Final[str] = "the trading phase takes no such order"
# So many cancels of one order go out as soon as they are due; each one after that waits, twice as long every time, for
# an order that cannot be cancelled now may be able to be later, and nothing else ends one that rests by hand.
CANCELS_AT_ONCE: Final[i64] = 8
CANCEL_PAUSE_NS: Final[i64] = 1_000_000_000
CANCEL_PAUSES_LONGEST: Final[i64] = 6


@final
class Sender:
    """Sends for spread orders and decides nothing.

    Attributes:
        acknowledge_timeout_ns: per route: silence after which an order's status is asked for.
        abilities: per route: the order types that its venue knows, a sum of ABLE_*.
        phases: what the venues' trading phases permit.
        cancels_put_off: how many cancels have waited for a trading phase that permits them, in this run.
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
        self.abilities: list[i64] = [ABLE_ALL for _ in acknowledge_timeout_ns]
        self.next_client_order_id: i64 = epoch * IDS_PER_EPOCH + 1
        self.doubt: Doubt = Doubt()
        self.netting: Netting = Netting(step)
        self.external: ExternalOrders = ExternalOrders(step, ledger)
        self.admission: Admission = Admission(step, ledger, [SessionHours() for _ in instruments])
        self.phases: VenuePhases = VenuePhases(step)
        self.cancels_put_off: i64 = 0

    def begin_epoch(self, epoch: i64) -> None:
        """Client order ids go on in the number range of this run of the engine."""
        self.next_client_order_id = epoch * IDS_PER_EPOCH + 1
        self.doubt.begin_epoch(epoch)

    def has_used(self, client_order_id: i64) -> bool:
        """Whether the id is one of ours that a record tells of, however long ago."""
        return 0 < client_order_id < self.next_client_order_id and not self.doubt.is_lost(client_order_id)

    def take_id(self) -> i64:
        """The next client order id."""
        taken = self.next_client_order_id
        self.next_client_order_id = taken + 1
        self.doubt.note(taken)
        return taken

    def send(
        self,
        order: SpreadOrder,
        leg: i64,
        side: i64,
        lots: i64,
        price_ticks: i64,
        role: i64,
        attempt: i64,
        way: Alternative | None = None,
    ) -> None:
        """Send a quantity of one leg, in as many orders of about the same size as the venue's largest order asks for.

        Each is asked of the route's throttle by itself: those that do not fit now wait, as one part, until its window
        frees.

        Args:
            lots: in the way's own lots, a multiple of the instrument's step.
            way: another way than the leg's own.
        """
        definition = order.definition.legs[leg]
        instrument = self.instruments[definition.instrument_index if way is None else way.instrument_index]
        route = definition.route if way is None else way.route
        account = definition.account if way is None else way.account
        count = orders_needed(instrument, lots)
        steps = lots // instrument.quantity_step_lots
        offset = offset_for(order, leg, side, role)
        for position in range(count):
            free_ns = self.ledger.throttles[route].free_ns(1, False)
            if free_ns > self.step.now_ns:
                rest = lots - steps * position // count * instrument.quantity_step_lots
                order.wait_for(WaitingLots(leg, side, rest, price_ticks, role, attempt, way), free_ns)
                return
            child = (steps * (position + 1) // count - steps * position // count) * instrument.quantity_step_lots
            command = OrderCommand(
                self.take_id(), instrument.index, side, LIMIT, IMMEDIATE_OR_CANCEL, price_ticks, child, offset
            )
            leg_order = LegOrder(leg, route, role, attempt, command)
            if way is not None:
                order.note_way(leg_order)
            self._choose_type(order, leg_order, instrument)
            self.send_one(order, leg_order, instrument, account, ROLE_NAMES[role])

    def _choose_type(self, order: SpreadOrder, leg_order: LegOrder, instrument: Instrument) -> None:
        """The type that the leg asks for, or what stands for it where the route's venue lacks it."""
        if leg_order.role == ROLE_QUOTE:
            leg_order.command.time_in_force = DAY
            return
        execution = order.definition.execution.legs[leg_order.leg]
        command = leg_order.command
        able = self.abilities[leg_order.route]
        completion = execution.completion
        if completion == COMPLETE_MARKET and able & ABLE_MARKET != 0:
            command.order_type = MARKET
        elif completion == COMPLETE_FOK and able & ABLE_FOK != 0:
            command.time_in_force = FILL_OR_KILL
        elif completion == COMPLETE_LIMIT or completion == COMPLETE_LIMIT_OFFSET:
            command.time_in_force = DAY
            if completion == COMPLETE_LIMIT_OFFSET and (leg_order.role == ROLE_INITIAL or leg_order.role == ROLE_RETRY):
                passive = command.price_ticks - command.side * execution.completion_offset_ticks
                command.price_ticks = clip_price(instrument, command.side, passive)
        if command.time_in_force == IMMEDIATE_OR_CANCEL and able & ABLE_IOC == 0:
            command.time_in_force = DAY
        if command.time_in_force == DAY:
            leg_order.cancel_due_ns = self.step.now_ns + execution.rest_ns

    def send_one(
        self, order: SpreadOrder, leg_order: LegOrder, instrument: Instrument, account: str, reason: str
    ) -> None:
        """Record and encode one leg order; a trading phase that takes no such order, or a route that is down, refuses
        it locally, which is final for the attempt."""
        route = leg_order.route
        order.leg_orders.append(leg_order)
        leg_order.sent_ns = self.step.now_ns
        leg_order.sent_utc_ns = self.step.utc_ns
        self.admission.order_sent(order, leg_order)
        leg_order.query_due_ns = self.step.now_ns + self.acknowledge_timeout_ns[route]
        leg_order.record_seq = decisions.leg_order(self.step, order, leg_order, instrument, account, reason)
        if not self.phases.takes(leg_order.command, is_single(order)):
            note_class(order, leg_order, REJECT_MARKET_CLOSED)
            move_leg(self.step, order, leg_order, EVENT_LOCAL_REFUSAL, NOT_IN_PHASE)
            return
        if self.routes.submit(route, leg_order.command, self.step.now_ns, self.step.utc_ns):
            leg_order.state = next_leg_state(leg_order.state, EVENT_SUBMIT)
            return
        note_class(order, leg_order, REJECT_BUSY)
        move_leg(self.step, order, leg_order, EVENT_LOCAL_REFUSAL, "route down")

    def clear_way(self, order: SpreadOrder, leg: i64, side: i64, price_ticks: i64) -> i64:
        """Cancel our own quotes that an order at the price would trade with; until when to wait for their end, 0 when
        the way is clear or patience is over."""
        definition = order.definition.legs[leg]
        route = definition.route
        instrument = definition.instrument_index
        found = self.netting.in_the_way(order, route, instrument, side, price_ticks, False)
        if len(found) == 0:
            order.clearing_until_ns[leg] = 0
            return 0
        if order.clearing_until_ns[leg] == 0:
            order.clearing_until_ns[leg] = self.step.now_ns + self.netting.wait_ns
            for one in found:
                self.netting.record(order, route, instrument, side, price_ticks, one, CANCEL_QUOTE)
                self.cancel(one.order, one.leg_order, "a hedge outranks it")
        if self.step.now_ns < order.clearing_until_ns[leg]:
            self.netting.is_awaited = True
            return order.clearing_until_ns[leg]
        order.clearing_until_ns[leg] = 0
        for one in found:
            self.netting.record(order, route, instrument, side, price_ticks, one, GO_ON)
            self.admission.self_trade(route, instrument)
        return 0

    # ------------------------------------------------------------------ cancels

    def cancel_live(self, order: SpreadOrder, reason: str) -> None:
        """Ask for the cancellation of everything that rests; what cannot be asked now is asked once it can be."""
        order.drop_schedule()
        for leg_order in order.leg_orders:
            if not is_leg_terminal(leg_order.state) and leg_order.command.time_in_force == DAY:
                self.cancel(order, leg_order, reason)

    def cancel(self, order: SpreadOrder, leg_order: LegOrder, reason: str) -> None:
        """Ask for one order's cancellation, now or once its state is known and its route is up."""
        now_ns = self.step.now_ns
        if leg_order.cancel_due_ns == 0 or leg_order.cancel_due_ns > now_ns:
            leg_order.cancel_due_ns = now_ns
        self.cancel_if_due(order, leg_order, reason)

    def may_cancel(self, leg_order: LegOrder) -> bool:
        """Whether a cancel that is due can be sent: the order lives for all we know, and its route is up."""
        if leg_order.cancel_due_ns == 0:
            return False
        state = leg_order.state
        if state != LEG_PENDING_NEW and state != LEG_WORKING and state != LEG_PARTLY_FILLED:
            return False
        return self.routes.is_up(leg_order.route)

    def cancel_if_due(self, order: SpreadOrder, leg_order: LegOrder, reason: str) -> None:
        """Send the cancel whose time has come."""
        if not self.may_cancel(leg_order) or self.step.now_ns < leg_order.cancel_due_ns:
            return
        until_utc_ns = self.phases.no_cancel_until_utc_ns(leg_order.command.instrument_index)
        if until_utc_ns != 0:
            self._wait_for_phase(order, leg_order, until_utc_ns, reason)
            return
        free_ns = self.ledger.throttles[leg_order.route].free_ns(1, False)
        pause_ends_ns = self._pause_ends_ns(leg_order)
        if pause_ends_ns > free_ns:
            free_ns = pause_ends_ns
        if free_ns > self.step.now_ns:
            # The venue's own window is used up, or it was asked often enough: the cancel goes out at that moment.
            leg_order.cancel_due_ns = free_ns
            return
        self._send_cancel(order, leg_order, reason)
        move_leg(self.step, order, leg_order, EVENT_CANCEL_SENT, reason)

    def _wait_for_phase(self, order: SpreadOrder, leg_order: LegOrder, until_utc_ns: i64, reason: str) -> None:
        """Put the cancel off until the venue takes it; recorded and told once, and asked meanwhile what became of the
        order: the close of a day ends some."""
        due_ns = self.phases.timer_ns(until_utc_ns)
        # Its time has come and the phase lasts still: looked at again in a moment.
        leg_order.cancel_due_ns = due_ns if due_ns > self.step.now_ns else self.step.now_ns + WAIT_NS_MAX
        if leg_order.cancel_waits_utc_ns == until_utc_ns:
            return
        leg_order.cancel_waits_utc_ns = until_utc_ns
        leg_order.query_due_ns = self.step.now_ns
        self.cancels_put_off += 1
        decisions.cancel_wait(self.step, order, leg_order, reason)
        alerts.cancel_waits(self.step, order, leg_order.command.client_order_id)

    def cancel_again(self, order: SpreadOrder, leg_order: LegOrder) -> None:
        """The venue says that the order still works long after it was asked to cancel it: ask once more."""
        wait: i64 = self.acknowledge_timeout_ns[leg_order.route]
        if self.step.now_ns - leg_order.cancel_sent_ns < wait or self.step.now_ns < self._pause_ends_ns(leg_order):
            return
        free_ns = self.ledger.throttles[leg_order.route].free_ns(1, False)
        if free_ns > self.step.now_ns:
            # Asked again when the window frees: the answer brings the cancel back here.
            leg_order.query_due_ns = free_ns
            return
        may_cancel = self.phases.no_cancel_until_utc_ns(leg_order.command.instrument_index) == 0
        if may_cancel and self.routes.is_up(leg_order.route):
            self._send_cancel(order, leg_order, "still working")

    def _pause_ends_ns(self, leg_order: LegOrder) -> i64:
        """From when on the order may be asked to be cancelled again, after all that was in vain."""
        beyond = leg_order.cancels - CANCELS_AT_ONCE
        if beyond < 0:
            return 0
        doublings = beyond if beyond < CANCEL_PAUSES_LONGEST else CANCEL_PAUSES_LONGEST
        return leg_order.cancel_sent_ns + doubled(CANCEL_PAUSE_NS, doublings)

    def _send_cancel(self, order: SpreadOrder, leg_order: LegOrder, reason: str) -> None:
        leg_order.cancel_id = self.take_id()
        leg_order.cancel_waits_utc_ns = 0
        leg_order.cancels += 1
        leg_order.cancel_sent_ns = self.step.now_ns
        self.admission.cancel_sent(leg_order)
        decisions.cancel_request(self.step, order, leg_order, reason)
        self.routes.cancel(leg_order.route, leg_order.command, leg_order.cancel_id, self.step.now_ns, self.step.utc_ns)

    # ------------------------------------------------------------------ questions

    def query(self, order: SpreadOrder, leg_order: LegOrder) -> None:
        """Ask for the order's status: a bounded number of times between two signs of life, with growing pauses."""
        if leg_order.queries >= QUERIES_MAX or not self.routes.is_up(leg_order.route):
            return
        leg_order.queries += 1
        wait: i64 = self.acknowledge_timeout_ns[leg_order.route]
        leg_order.query_due_ns = self.step.now_ns + doubled(wait, leg_order.queries if leg_order.queries < 5 else 5)
        decisions.status_request(self.step, order, leg_order, "no answer from the venue")
        self.routes.query(leg_order.route, leg_order.command, self.step.now_ns, self.step.utc_ns)


def offset_for(order: SpreadOrder, leg: i64, side: i64, role: i64) -> i64:
    """Open/close flag of the leg's next order: the last one's of its side, or the other close flag after a mismatch."""
    position: i64 = i64(len(order.leg_orders)) - 1
    while position >= 0:
        last = order.leg_orders[position]
        if last.leg == leg and last.command.side == side:
            offset = last.command.offset
            if last.reject_class != REJECT_OFFSET or offset == OFFSET_OPEN:
                return offset
            return OFFSET_CLOSE_TODAY if offset == OFFSET_CLOSE else OFFSET_CLOSE
        position -= 1
    return OFFSET_OPEN if order.opening == (role != ROLE_UNWIND) else OFFSET_CLOSE
