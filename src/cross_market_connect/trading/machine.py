"""The spread-order machine: sends the legs, counts what fills, repairs what is behind, ends balanced or with a person.

Theory of operation. Every event (receipt, timer, route lost or back, operator) first changes facts: leg order states
and filled quantities. Then `advance` looks at the quantities alone and decides, so the order in which reports arrive
does not matter. It decides nothing while anything can still fill: what is live is cancelled or awaited, what is unknown
is queried. Every decision is a record before its bytes are encoded. What no ladder may answer by itself (a cancelled
trade, a fill beyond the order's quantity) goes to a person at once.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.alert import CRITICAL, WARNING
from cross_market_connect.domain.book import Book
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.domain.order import (
    RECEIPT_REJECTED,
    REJECT_BUSY,
    REJECT_CLASS_NAMES,
    REJECT_DUPLICATE,
    REJECT_NONE,
    Receipt,
)
from cross_market_connect.domain.ports import OrderRoutes
from cross_market_connect.domain.spread import (
    CANCELLED,
    COMPLETE,
    HALTED,
    LEG_REJECTED,
    LEG_UNKNOWN,
    PROPOSED,
    REPAIRING,
    RESERVED,
    RESIDUAL,
    ROLE_INITIAL,
    STEP_CHASE,
    STEP_RETRY,
    UNWINDING,
    UNWOUND,
    WORKING,
)
from cross_market_connect.domain.step import Step
from cross_market_connect.trading import alerts, decisions
from cross_market_connect.trading.evidence import breach, count
from cross_market_connect.trading.ladder import is_permitted
from cross_market_connect.trading.moves import move, move_leg, note_class
from cross_market_connect.trading.orders import LegOrder, SpreadOrder
from cross_market_connect.trading.receipts import NO_EVENT, leg_event
from cross_market_connect.trading.repair import SENT, Repair
from cross_market_connect.trading.reservation import ReservationLedger
from cross_market_connect.trading.sending import QUERIES_MAX, Sender
from cross_market_connect.trading.states import (
    EVENT_ABSENT,
    EVENT_LOST,
    HALT_DEADLINE,
    HALT_NONE,
    HALT_REASONS,
    is_leg_terminal,
    is_spread_terminal,
)

# How long the sessions are given to be back after a restart before an order without answer is decided upon.
RESUME_PAUSE_NS: Final[i64] = 500_000_000


@final
class SpreadMachine:
    """Executes spread orders.

    Attributes:
        acknowledge_timeout_ns: per route: silence after which an order's status is asked for.
        cancel_only: nothing new is sent and what rests is cancelled; deadlines still hand over to a person.
    """

    def __init__(
        self,
        step: Step,
        routes: OrderRoutes,
        ledger: ReservationLedger,
        instruments: list[Instrument],
        books: list[Book],
        acknowledge_timeout_ns: list[int],
        epoch: i64,
    ) -> None:
        self.step: Step = step
        self.routes: OrderRoutes = routes
        self.ledger: ReservationLedger = ledger
        self.acknowledge_timeout_ns: list[int] = acknowledge_timeout_ns
        self.cancel_only: bool = False
        self.sender: Sender = Sender(step, routes, ledger, instruments, acknowledge_timeout_ns, epoch)
        self.repair: Repair = Repair(self.sender, books)

    def begin_epoch(self, epoch: i64) -> None:
        """Client order ids go on in the number range of this run of the engine."""
        self.sender.begin_epoch(epoch)

    # ------------------------------------------------------------------ start

    def start(self, order: SpreadOrder) -> None:
        """Send every leg of a reserved spread order at once."""
        order.created_ns = self.step.now_ns
        order.deadline_ns = self.step.now_ns + order.definition.deadline_ns
        self.move(order, WORKING, "all legs sent", "")
        for leg in range(len(order.targets)):
            self.sender.send(order, leg, order.sides[leg], order.targets[leg], order.limits[leg], ROLE_INITIAL, 0)
        self.advance(order)

    def move(self, order: SpreadOrder, state: i64, reason: str, follow_up: str) -> None:
        """Change the spread order's state, by the table, with its record; terminal states release the reservation."""
        move(self.step, self.ledger, order, state, reason, follow_up)

    def cancel_live(self, order: SpreadOrder, reason: str) -> None:
        """Ask for the cancellation of everything acknowledged and live; each order is asked once."""
        self.sender.cancel_live(order, reason)

    # ------------------------------------------------------------------ facts

    def on_receipt(self, order: SpreadOrder, leg_order: LegOrder, receipt: Receipt) -> i64:
        """Take in what the venue said about one leg order, then decide; returns the lots that were new."""
        counted = count(self.ledger, order, leg_order, receipt)
        order.cause_seq = decisions.receipt(self.step, order, leg_order, receipt, counted)
        if order.state != HALTED:
            leg_order.queries = 0
        leg_order.query_due_ns = self.step.now_ns + self.acknowledge_timeout_ns[leg_order.route]
        before = leg_order.state
        event = leg_event(receipt, leg_order.cumulative_lots, leg_order.command.quantity_lots)
        if receipt.kind == RECEIPT_REJECTED and receipt.reject_class == REJECT_DUPLICATE:
            # A duplicate id says nothing about the first order that bore it: it may live. A status answer does.
            event = EVENT_LOST
        if event != NO_EVENT:
            move_leg(self.step, order, leg_order, event, "")
        if is_leg_terminal(leg_order.state) and not is_leg_terminal(before):
            reject_class = REJECT_NONE
            if leg_order.state == LEG_REJECTED:
                # What the venue never had was lost on the way: like a venue that was busy.
                reject_class = REJECT_BUSY if event == EVENT_ABSENT else receipt.reject_class
            note_class(order, leg_order, reject_class)
        broken = breach(leg_order, receipt, counted)
        if order.state == HALTED:
            if counted != 0:
                alerts.late_fill(self.step, order, CRITICAL)
        elif is_spread_terminal(order.state) and counted != 0 and (broken != HALT_NONE or not order.is_balanced()):
            self._reopen(order)
        if broken != HALT_NONE and not is_spread_terminal(order.state):
            self._hand_over(order, broken)
        self.advance(order)
        return counted

    def on_route_lost(self, order: SpreadOrder, route: i64) -> None:
        """The route's connection is gone: what was not confirmed as ended is possibly live."""
        for leg_order in order.leg_orders:
            if leg_order.route == route and not is_leg_terminal(leg_order.state):
                move_leg(self.step, order, leg_order, EVENT_LOST, "connection lost")
        self.advance(order)

    def on_route_up(self, order: SpreadOrder, route: i64) -> None:
        """The route is back: ask for every order whose state is not known."""
        for leg_order in order.leg_orders:
            if leg_order.route == route and leg_order.state == LEG_UNKNOWN:
                leg_order.queries = 0
                leg_order.query_due_ns = self.step.now_ns
        self.on_timer(order)

    def resume(self, order: SpreadOrder) -> None:
        """After a restart nothing is known but the log: whatever may be live is asked for once its route is back, and
        nothing is decided before the routes had time for that."""
        for leg_order in order.leg_orders:
            if not is_leg_terminal(leg_order.state):
                leg_order.queries = 0
                leg_order.query_due_ns = self.step.now_ns
                move_leg(self.step, order, leg_order, EVENT_LOST, "engine restarted")
        order.deadline_ns = self.step.now_ns + order.definition.deadline_ns
        order.step_started_ns = self.step.now_ns
        order.resume_ns = self.step.now_ns + RESUME_PAUSE_NS

    def finish_step(self, order: SpreadOrder) -> None:
        """After a restart: go on with a decision whose step was cut short between two of its records."""
        if order.state == PROPOSED:
            self.move(order, RESERVED, "reserved before the restart", "")
        if order.state == RESERVED:
            order.created_ns = self.step.now_ns
            self.move(order, WORKING, "restarted before any leg was sent", "")
        if order.state == HALTED or not is_spread_terminal(order.state):
            return
        if order.state != RESIDUAL and not order.is_balanced():
            self._reopen(order)
        elif order.reserved:
            decisions.release(self.step, order)
            self.ledger.release(order)

    # ------------------------------------------------------------------ time

    def next_timer_ns(self, order: SpreadOrder) -> i64:
        """When the spread order next needs attention without an event.

        In a person's hands nothing is decided any more, but what is possibly live is still asked for.
        """
        earliest = NO_TIMER
        if not is_spread_terminal(order.state):
            earliest = order.deadline_ns
            if order.resume_ns != 0 and order.resume_ns < earliest:
                earliest = order.resume_ns
        for leg_order in order.leg_orders:
            if not is_leg_terminal(leg_order.state) and leg_order.query_due_ns < earliest:
                if leg_order.queries < QUERIES_MAX and self.routes.is_up(leg_order.route):
                    earliest = leg_order.query_due_ns
            if leg_order.cancel_due_ns != 0 and leg_order.cancel_due_ns < earliest:
                earliest = leg_order.cancel_due_ns
        return earliest

    def on_timer(self, order: SpreadOrder) -> None:
        """Query silent orders, end back-offs, and hand over to a person at the deadline."""
        now_ns = self.step.now_ns
        for leg_order in order.leg_orders:
            if not is_leg_terminal(leg_order.state) and now_ns >= leg_order.query_due_ns:
                self.sender.query(order, leg_order)
            if leg_order.cancel_due_ns != 0 and now_ns >= leg_order.cancel_due_ns:
                leg_order.cancel_due_ns = 0
                self.sender.cancel_live(order, "the throttle has room again")
        if is_spread_terminal(order.state):
            return
        if now_ns >= order.deadline_ns:
            self._hand_over(order, HALT_DEADLINE)
            return
        if order.resume_ns != 0 and now_ns >= order.resume_ns:
            order.resume_ns = 0
            order.awaits_quote = False
        self.advance(order)

    # ------------------------------------------------------------------ decide

    def advance(self, order: SpreadOrder) -> None:
        """Decide the next action from quantities; does nothing while anything can still fill."""
        while not is_spread_terminal(order.state):
            if order.anything_live():
                if self.cancel_only:
                    self.sender.cancel_live(order, "cancel-only")
                elif self._refused_for_good(order):
                    self.sender.cancel_live(order, "another leg is refused for good")
                return
            if not order.anything_filled():
                # Whatever was filled is traded back, or nothing ever was.
                if order.state == WORKING:
                    self.move(order, CANCELLED, self._why_cancelled(order), "")
                    return
                if order.state == REPAIRING:
                    self.move(order, UNWINDING, "nothing is left to repair", "")
                self.move(order, UNWOUND, "every fill is traded back", "")
                return
            if order.is_balanced():
                if order.state == UNWINDING:
                    self.move(order, UNWOUND, "the excess is traded back, the rest is matched", "")
                else:
                    self.move(order, COMPLETE, "every leg filled in proportion", "")
                return
            if order.resume_ns != 0 or self.cancel_only:
                return
            outcome = self.repair.climb(order)
            if outcome > HALT_NONE:
                self._hand_over(order, outcome)
            if outcome != SENT:
                return

    def _why_cancelled(self, order: SpreadOrder) -> str:
        for leg_order in order.leg_orders:
            if leg_order.state == LEG_REJECTED:
                return "refused by the venue, nothing filled: " + REJECT_CLASS_NAMES[leg_order.reject_class]
        return "the price was gone, nothing filled"

    def on_quote(self, order: SpreadOrder) -> None:
        """A book of the order's spread changed: an attempt that waits for a quote looks again."""
        if order.awaits_quote:
            order.awaits_quote = False
            order.resume_ns = 0
            self.advance(order)

    def _refused_for_good(self, order: SpreadOrder) -> bool:
        for leg_order in order.leg_orders:
            if leg_order.state == LEG_REJECTED and leg_order.role == ROLE_INITIAL:
                if not is_permitted(STEP_RETRY, leg_order.reject_class):
                    if not is_permitted(STEP_CHASE, leg_order.reject_class):
                        return True
        return False

    def _hand_over(self, order: SpreadOrder, halt_reason: i64) -> None:
        """Stop acting on the order and call a person; the reservation stays until they decide."""
        reason = HALT_REASONS[halt_reason][1]
        self.sender.cancel_live(order, reason)
        # The call comes first: nobody repeats it when the engine dies between the two.
        alerts.halted(self.step, order, reason)
        self.move(order, HALTED, reason, "a person decides")

    def _reopen(self, order: SpreadOrder) -> None:
        """A late fill unbalanced an ended order: it is repaired like any other, with its own deadline."""
        order.deadline_ns = self.step.now_ns + order.definition.deadline_ns
        order.step_index = -1
        order.step_attempts = 0
        order.resume_ns = 0
        order.rested = False
        order.awaits_quote = False
        if not order.reserved:
            self.ledger.reserve(order)
            decisions.reservation(self.step, order, "reopened by a late fill")
        self.move(order, REPAIRING, "a late fill opened a deficit", "repair ladder")
        alerts.late_fill(self.step, order, WARNING)

    # ------------------------------------------------------------------ reserve

    def reserved(self, order: SpreadOrder) -> None:
        """Hold the reservation that `ledger.check` allowed, with its record."""
        self.ledger.reserve(order)
        decisions.reservation(self.step, order, "")
        self.move(order, RESERVED, "the worst reachable state fits every limit", "")
