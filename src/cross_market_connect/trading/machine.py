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
from cross_market_connect.domain.book import BOOK_LIVE, Book
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.domain.order import (
    IMMEDIATE_OR_CANCEL,
    LIMIT,
    OFFSET_CLOSE,
    OFFSET_OPEN,
    RECEIPT_REJECTED,
    RECEIPT_TRADE_CANCEL,
    RECEIPT_TRADE_CORRECT,
    REJECT_BUSY,
    REJECT_CLASS_NAMES,
    REJECT_DUPLICATE,
    REJECT_NONE,
    OrderCommand,
    Receipt,
)
from cross_market_connect.domain.ports import OrderRoutes
from cross_market_connect.domain.spread import (
    CANCELLED,
    COMPLETE,
    HALTED,
    LEG_CANCELLED,
    LEG_EXPIRED,
    LEG_REJECTED,
    LEG_UNKNOWN,
    PROPOSED,
    REPAIRING,
    RESERVED,
    RESIDUAL,
    ROLE_INITIAL,
    ROLE_NAMES,
    ROLE_UNWIND,
    STEP_CHASE,
    STEP_HALT,
    STEP_NAMES,
    STEP_RETRY,
    STEP_UNWIND,
    UNWINDING,
    UNWOUND,
    WORKING,
    LadderStep,
)
from cross_market_connect.domain.step import Step
from cross_market_connect.trading import alerts, decisions
from cross_market_connect.trading.ladder import (
    choose_step,
    is_permitted,
    wait_ns,
    worst_deficit_class,
    worst_unwind_class,
)
from cross_market_connect.trading.orders import EXECUTION_IDS_MAX, LEG_ORDERS_MAX, LegOrder, SpreadOrder
from cross_market_connect.trading.pricing import aggressive_price, sendable_lots
from cross_market_connect.trading.receipts import NO_EVENT, leg_event
from cross_market_connect.trading.reservation import ReservationLedger
from cross_market_connect.trading.states import (
    EVENT_ABSENT,
    EVENT_CANCEL_SENT,
    EVENT_LOCAL_REFUSAL,
    EVENT_LOST,
    EVENT_SUBMIT,
    is_leg_terminal,
    is_spread_terminal,
    next_leg_state,
    require_spread_transition,
)

CLIENT_ORDER_IDS_PER_EPOCH: Final[i64] = 1_000_000_000
QUERIES_MAX: Final[i64] = 12
# How long a used-up book is given to show what is left of it.
QUOTE_WAIT_NS: Final[i64] = 100_000_000
# How long the sessions are given to be back after a restart before an order without answer is decided upon.
RESUME_PAUSE_NS: Final[i64] = 500_000_000


@final
class SpreadMachine:
    """Executes spread orders.

    Attributes:
        acknowledge_timeout_ns: per route: silence after which an order's status is asked for.
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
        self.instruments: list[Instrument] = instruments
        self.books: list[Book] = books
        self.acknowledge_timeout_ns: list[int] = acknowledge_timeout_ns
        self.next_client_order_id: i64 = epoch * CLIENT_ORDER_IDS_PER_EPOCH + 1

    def begin_epoch(self, epoch: i64) -> None:
        """Client order ids go on in the number range of this run of the engine."""
        self.next_client_order_id = epoch * CLIENT_ORDER_IDS_PER_EPOCH + 1

    # ------------------------------------------------------------------ start

    def start(self, order: SpreadOrder) -> None:
        """Send every leg of a reserved spread order at once."""
        order.created_ns = self.step.now_ns
        order.deadline_ns = self.step.now_ns + order.definition.deadline_ns
        self.move(order, WORKING, "all legs sent", "")
        for leg in range(len(order.targets)):
            self._send(order, leg, order.sides[leg], order.targets[leg], order.limits[leg], ROLE_INITIAL, 0)
        self.advance(order)

    def move(self, order: SpreadOrder, state: i64, reason: str, follow_up: str) -> None:
        """Change the spread order's state, by the table, with its record; terminal states release the reservation."""
        require_spread_transition(order.state, state)
        before = order.state
        order.state = state
        order.cause_seq = decisions.spread_order(self.step, order, before, reason, follow_up)
        if is_spread_terminal(state) and state != HALTED and order.reserved:
            decisions.release(self.step, order)
            self.ledger.release(order)

    # ------------------------------------------------------------------ facts

    def on_receipt(self, order: SpreadOrder, leg_order: LegOrder, receipt: Receipt) -> i64:
        """Take in what the venue said about one leg order, then decide; returns the lots that were new."""
        counted = self._count(order, leg_order, receipt)
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
            self._leg_event(order, leg_order, event, "")
        if is_leg_terminal(leg_order.state) and not is_leg_terminal(before):
            reject_class = REJECT_NONE
            if leg_order.state == LEG_REJECTED:
                # What the venue never had was lost on the way: like a venue that was busy.
                reject_class = REJECT_BUSY if event == EVENT_ABSENT else receipt.reject_class
            self._note_class(order, leg_order, reject_class)
        breach = self._breach(leg_order, receipt, counted)
        if order.state == HALTED:
            if counted != 0:
                alerts.late_fill(self.step, order, CRITICAL)
        elif is_spread_terminal(order.state) and counted != 0 and (len(breach) > 0 or not order.is_balanced()):
            self._reopen(order)
        if len(breach) > 0 and not is_spread_terminal(order.state):
            self._hand_over(order, breach)
        self.advance(order)
        return counted

    def _note_class(self, order: SpreadOrder, leg_order: LegOrder, reject_class: i64) -> None:
        """Why the leg's last order was refused, kept apart for unwinds: they trade the other side."""
        leg_order.reject_class = reject_class
        if leg_order.role == ROLE_UNWIND:
            order.unwind_classes[leg_order.leg] = reject_class
        else:
            order.reject_classes[leg_order.leg] = reject_class

    def _breach(self, leg_order: LegOrder, receipt: Receipt, counted: i64) -> str:
        """What the venue did that no ladder may answer by itself: a person decides."""
        if counted != 0 and _is_bust(receipt):
            return "a trade was cancelled or corrected by the venue"
        if counted > 0 and leg_order.cumulative_lots > leg_order.command.quantity_lots:
            return f"order {leg_order.command.client_order_id} filled beyond its quantity"
        return ""

    def _count(self, order: SpreadOrder, leg_order: LegOrder, receipt: Receipt) -> i64:
        """New lots that the receipt proves (negative for a cancelled trade): a report counts once, by its execution
        id, and then by the cumulative quantity where the venue states it."""
        known = leg_order.cumulative_lots
        if receipt.last_lots > 0 and len(receipt.execution_id) > 0:
            if receipt.execution_id in leg_order.execution_ids:
                return 0
            if len(leg_order.execution_ids) < EXECUTION_IDS_MAX:
                leg_order.execution_ids[receipt.execution_id] = int(receipt.last_lots)
        counted: i64 = 0
        if receipt.cumulative_lots >= 0:
            if receipt.cumulative_lots > known or _is_bust(receipt):
                counted = receipt.cumulative_lots - known
        elif receipt.kind == RECEIPT_TRADE_CANCEL:
            counted = -receipt.last_lots if receipt.last_lots < known else -known
        elif receipt.kind != RECEIPT_TRADE_CORRECT and receipt.last_lots > 0:
            counted = receipt.last_lots
        if counted == 0:
            return 0
        leg_order.cumulative_lots = known + counted
        price = receipt.last_ticks if receipt.last_ticks != 0 else leg_order.command.price_ticks
        leg_order.filled_ticks_sum += price * counted
        side = leg_order.command.side
        sign: i64 = 1 if side == order.sides[leg_order.leg] else -1
        order.filled[leg_order.leg] = order.filled[leg_order.leg] + sign * counted
        self.ledger.add_fill(order, leg_order.leg, side, counted)
        return counted

    def _leg_event(self, order: SpreadOrder, leg_order: LegOrder, event: i64, reason: str) -> None:
        before = leg_order.state
        leg_order.state = next_leg_state(before, event)
        if leg_order.state != before:
            decisions.leg_order_state(self.step, order, leg_order, before, event, reason)
            if leg_order.state == LEG_UNKNOWN:
                leg_order.query_due_ns = self.step.now_ns

    def on_route_lost(self, order: SpreadOrder, route: i64) -> None:
        """The route's connection is gone: what was not confirmed as ended is possibly live."""
        for leg_order in order.leg_orders:
            if leg_order.route == route and not is_leg_terminal(leg_order.state):
                self._leg_event(order, leg_order, EVENT_LOST, "connection lost")
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
                self._leg_event(order, leg_order, EVENT_LOST, "engine restarted")
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
        return earliest

    def on_timer(self, order: SpreadOrder) -> None:
        """Query silent orders, end back-offs, and hand over to a person at the deadline."""
        now_ns = self.step.now_ns
        for leg_order in order.leg_orders:
            if not is_leg_terminal(leg_order.state) and now_ns >= leg_order.query_due_ns:
                self._query(order, leg_order)
        if is_spread_terminal(order.state):
            return
        if now_ns >= order.deadline_ns:
            self._hand_over(order, "deadline passed")
            return
        if order.resume_ns != 0 and now_ns >= order.resume_ns:
            order.resume_ns = 0
            order.awaits_quote = False
        self.advance(order)

    def _query(self, order: SpreadOrder, leg_order: LegOrder) -> None:
        if leg_order.queries >= QUERIES_MAX or not self.routes.is_up(leg_order.route):
            return
        leg_order.queries += 1
        wait: i64 = self.acknowledge_timeout_ns[leg_order.route]
        leg_order.query_due_ns = self.step.now_ns + (wait << (leg_order.queries if leg_order.queries < 5 else 5))
        decisions.status_request(self.step, order, leg_order, "no answer from the venue")
        self.routes.query(leg_order.route, leg_order.command, self.step.now_ns, self.step.utc_ns)

    # ------------------------------------------------------------------ decide

    def advance(self, order: SpreadOrder) -> None:
        """Decide the next action from quantities; does nothing while anything can still fill."""
        while not is_spread_terminal(order.state):
            if order.anything_live():
                if self._refused_for_good(order):
                    self.cancel_live(order, "another leg is refused for good")
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
            if order.resume_ns != 0 or not self._climb(order):
                return

    def _why_cancelled(self, order: SpreadOrder) -> str:
        for leg_order in order.leg_orders:
            if leg_order.state == LEG_REJECTED:
                return "refused by the venue, nothing filled: " + REJECT_CLASS_NAMES[leg_order.reject_class]
        return "the price was gone, nothing filled"

    def _climb(self, order: SpreadOrder) -> bool:
        """Take the next ladder step; false when waiting (back-off, route down) or handed over."""
        index = choose_step(order, self.step.now_ns, self._routes_behind_are_up(order))
        if index < 0 or order.definition.ladder[index].step == STEP_HALT:
            self._hand_over(order, "the ladder has no step left")
            return False
        if len(order.leg_orders) + len(order.targets) > LEG_ORDERS_MAX:
            self._hand_over(order, "too many leg orders")
            return False
        ladder_step = order.definition.ladder[index]
        if index != order.step_index:
            order.step_index = index
            order.step_attempts = 0
            order.step_started_ns = self.step.now_ns
        unwinding = ladder_step.step == STEP_UNWIND
        if unwinding and not self._routes_ahead_are_up(order):
            return False
        if self._lacks_quote(order, unwinding) or self._must_rest(order, unwinding):
            return False
        if unwinding and not self._can_unwind(order):
            self._carry(order)
            return False
        reason = self._why_behind(order)
        order.cause_seq = decisions.ladder_step(self.step, order, ladder_step.step, order.step_attempts, reason)
        state = UNWINDING if unwinding else REPAIRING
        if order.state != state:
            self.move(order, state, reason, STEP_NAMES[ladder_step.step])
            alerts.repair(self.step, order, unwinding, reason)
        order.step_attempts += 1
        for leg in range(len(order.targets)):
            self._send_repair(order, leg, ladder_step)
        return True

    def _send_repair(self, order: SpreadOrder, leg: i64, ladder_step: LadderStep) -> None:
        """Send what the step asks of one leg: its excess the other way, or its deficit again."""
        attempt = order.step_attempts
        if ladder_step.step == STEP_UNWIND:
            lots = order.excess_lots(leg)
            side = -order.sides[leg]
            if lots < 0:
                lots = -lots
                side = order.sides[leg]
        else:
            lots = order.deficit_lots(leg)
            side = order.sides[leg]
        instrument = order.definition.legs[leg].instrument_index
        lots = sendable_lots(self.instruments[instrument], lots)
        if lots == 0:
            return
        price = order.limits[leg]
        if ladder_step.step != STEP_RETRY:
            book = self.books[instrument]
            payup = ladder_step.payup_ticks * attempt
            if ladder_step.step == STEP_UNWIND and (book.state != BOOK_LIVE or attempt >= ladder_step.attempts):
                # Blind, or the last time: what is naked goes at whatever the slippage limit allows.
                payup = ladder_step.slippage_ticks_max
            price = aggressive_price(
                self.instruments[instrument],
                book,
                side,
                order.limits[leg],
                payup,
                ladder_step.slippage_ticks_max,
            )
        self._send(order, leg, side, lots, price, ladder_step.step, attempt)

    def _can_unwind(self, order: SpreadOrder) -> bool:
        """Whether a venue takes an order as small as what is to be traded back."""
        for leg in range(len(order.targets)):
            instrument = order.definition.legs[leg].instrument_index
            excess = order.excess_lots(leg)
            if sendable_lots(self.instruments[instrument], -excess if excess < 0 else excess) > 0:
                return True
        return False

    def _carry(self, order: SpreadOrder) -> None:
        """What is left is below every venue's smallest order: it stays in the position, and a person is told."""
        if order.state != UNWINDING:
            self.move(order, UNWINDING, self._why_behind(order), "")
        self.move(order, RESIDUAL, "less than the venue's smallest quantity is left", "carried in the position")
        alerts.residual(self.step, order)

    def _lacks_quote(self, order: SpreadOrder, unwinding: bool) -> bool:
        """Whether a repeated attempt would go into a book that is used up: then the next quote is waited for.

        After an order that found less than it wanted, the book as it was sent into says nothing any more: a quote that
        came since does. A step's first attempt waits for nothing, and none waits longer than QUOTE_WAIT_NS.
        """
        if order.step_attempts == 0:
            return False
        for leg in range(len(order.targets)):
            lots = order.excess_lots(leg) if unwinding else order.deficit_lots(leg)
            side = order.sides[leg]
            if unwinding and lots > 0:
                side = -side
            last = order.last_leg_order(leg)
            if lots == 0 or last is None or (last.state != LEG_EXPIRED and last.state != LEG_CANCELLED):
                continue
            wait_end_ns = last.sent_ns + QUOTE_WAIT_NS
            book = self.books[order.definition.legs[leg].instrument_index]
            is_used_up = book.received_ns <= last.sent_ns or book.state != BOOK_LIVE or book.opposite(side).depth == 0
            if is_used_up and self.step.now_ns < wait_end_ns:
                order.resume_ns = wait_end_ns
                order.awaits_quote = True
                return True
        return False

    def on_quote(self, order: SpreadOrder) -> None:
        """A book of the order's spread changed: an attempt that waits for a quote looks again."""
        if order.awaits_quote:
            order.awaits_quote = False
            order.resume_ns = 0
            self.advance(order)

    def _must_rest(self, order: SpreadOrder, unwinding: bool) -> bool:
        """Whether the class of the last refusal asks for a pause before this attempt; taken once per attempt."""
        if order.rested:
            order.rested = False
            return False
        reject_class = worst_unwind_class(order) if unwinding else worst_deficit_class(order)
        wait = wait_ns(reject_class, order.step_attempts)
        if wait == 0:
            return False
        order.rested = True
        order.resume_ns = self.step.now_ns + wait
        return True

    def _routes_behind_are_up(self, order: SpreadOrder) -> bool:
        for leg in range(len(order.targets)):
            if order.deficit_lots(leg) > 0 and not self.routes.is_up(order.definition.legs[leg].route):
                return False
        return True

    def _routes_ahead_are_up(self, order: SpreadOrder) -> bool:
        for leg in range(len(order.targets)):
            if order.excess_lots(leg) != 0 and not self.routes.is_up(order.definition.legs[leg].route):
                return False
        return True

    def _why_behind(self, order: SpreadOrder) -> str:
        reject_class = worst_deficit_class(order)
        if reject_class == REJECT_NONE:
            return "leg behind: not filled at its limit"
        return "leg behind: refused, " + REJECT_CLASS_NAMES[reject_class]

    def _refused_for_good(self, order: SpreadOrder) -> bool:
        for leg_order in order.leg_orders:
            if leg_order.state == LEG_REJECTED and leg_order.role == ROLE_INITIAL:
                if not is_permitted(STEP_RETRY, leg_order.reject_class):
                    if not is_permitted(STEP_CHASE, leg_order.reject_class):
                        return True
        return False

    def cancel_live(self, order: SpreadOrder, reason: str) -> None:
        """Ask for the cancellation of everything acknowledged and live; each order is asked once."""
        for leg_order in order.leg_orders:
            if is_leg_terminal(leg_order.state) or leg_order.cancel_id != 0 or leg_order.state == LEG_UNKNOWN:
                continue
            if leg_order.command.time_in_force == IMMEDIATE_OR_CANCEL or not self.routes.is_up(leg_order.route):
                continue
            leg_order.cancel_id = self._take_id()
            decisions.cancel_request(self.step, order, leg_order, reason)
            self.routes.cancel(
                leg_order.route, leg_order.command, leg_order.cancel_id, self.step.now_ns, self.step.utc_ns
            )
            self._leg_event(order, leg_order, EVENT_CANCEL_SENT, reason)

    def _hand_over(self, order: SpreadOrder, reason: str) -> None:
        """Stop acting on the order and call a person; the reservation stays until they decide."""
        self.cancel_live(order, reason)
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

    # ------------------------------------------------------------------ send

    def _take_id(self) -> i64:
        taken = self.next_client_order_id
        self.next_client_order_id = taken + 1
        return taken

    def _send(
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
        self.ledger.rates[definition.route].sent(self.step.now_ns)
        leg_order.query_due_ns = self.step.now_ns + self.acknowledge_timeout_ns[definition.route]
        leg_order.record_seq = decisions.leg_order(
            self.step, order, leg_order, instrument, definition.account, ROLE_NAMES[role]
        )
        if self.routes.submit(definition.route, command, self.step.now_ns, self.step.utc_ns):
            leg_order.state = next_leg_state(leg_order.state, EVENT_SUBMIT)
            return
        self._note_class(order, leg_order, REJECT_BUSY)
        self._leg_event(order, leg_order, EVENT_LOCAL_REFUSAL, "route down")

    # ------------------------------------------------------------------ reserve

    def reserved(self, order: SpreadOrder) -> None:
        """Hold the reservation that `ledger.check` allowed, with its record."""
        self.ledger.reserve(order)
        decisions.reservation(self.step, order, "")
        self.move(order, RESERVED, "the worst reachable state fits every limit", "")


def _is_bust(receipt: Receipt) -> bool:
    """Whether the venue took a trade back or changed it."""
    return receipt.kind == RECEIPT_TRADE_CANCEL or receipt.kind == RECEIPT_TRADE_CORRECT
