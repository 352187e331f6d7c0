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
from cross_market_connect.domain.execution import UNKNOWN_HEDGE_CERTAIN, UNKNOWN_HEDGE_MIDPOINT, UNKNOWN_HOLD
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.domain.order import (
    DAY,
    RECEIPT_REJECTED,
    RECEIPT_STATUS,
    REJECT_BUSY,
    REJECT_CLASS_NAMES,
    REJECT_NONE,
    Receipt,
)
from cross_market_connect.domain.ports import OrderRoutes
from cross_market_connect.domain.spread import (
    CANCELLED,
    COMPLETE,
    HALTED,
    LEG_PARTLY_FILLED,
    LEG_PENDING_CANCEL,
    LEG_REJECTED,
    LEG_UNKNOWN,
    LEG_WORKING,
    PROPOSED,
    REPAIRING,
    RESERVED,
    RESIDUAL,
    ROLE_INITIAL,
    ROLE_QUOTE,
    STEP_CHASE,
    STEP_RETRY,
    UNWINDING,
    UNWOUND,
    WORKING,
)
from cross_market_connect.domain.step import Step
from cross_market_connect.trading import alerts, decisions
from cross_market_connect.trading.evidence import breach, count, says_nothing_certain
from cross_market_connect.trading.hedging import QUOTE_QUERY_NS, Hedging
from cross_market_connect.trading.ladder import is_permitted
from cross_market_connect.trading.moves import move, move_leg, note_class
from cross_market_connect.trading.orders import LegOrder, SpreadOrder
from cross_market_connect.trading.pricing import sendable_lots
from cross_market_connect.trading.receipts import NO_EVENT, leg_event
from cross_market_connect.trading.repair import Repair
from cross_market_connect.trading.reservation import ReservationLedger
from cross_market_connect.trading.sending import QUERIES_MAX, Sender
from cross_market_connect.trading.single import is_single
from cross_market_connect.trading.states import (
    EVENT_ABSENT,
    EVENT_ACKNOWLEDGED,
    EVENT_LOST,
    EVENT_PARTIAL,
    HALT_DEADLINE,
    HALT_LOST_ORDER,
    HALT_NONE,
    HALT_PERMISSION,
    HALT_REASONS,
    HALT_UNKNOWN,
    is_leg_terminal,
    is_spread_terminal,
)
from cross_market_connect.trading.surroundings import SENT

# How long the sessions are given to be back after a restart before an order without answer is decided upon.
RESUME_PAUSE_NS: Final[i64] = 500_000_000
# How long a hedge beside an unknown order is given before a person takes over.
UNCERTAIN_PAUSE_NS: Final[i64] = 500_000_000


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
        self.hedging: Hedging = Hedging(self.sender, books)

    def begin_epoch(self, epoch: i64) -> None:
        """Client order ids go on in the number range of this run of the engine."""
        self.sender.begin_epoch(epoch)

    # ------------------------------------------------------------------ start

    def start(self, order: SpreadOrder) -> None:
        """Send the legs of a reserved spread order: at once, or by rank and delay where it has them."""
        order.created_ns = self.step.now_ns
        order.deadline_ns = self.step.now_ns + order.definition.deadline_ns
        if True in order.quoting:
            order.deadline_ns = self.hedging.life_ends_ns(order)
            self.move(order, WORKING, "quotes sent", "")
            self.hedging.quote(order)
            self.advance(order)
            return
        self.move(order, WORKING, "all legs sent", "")
        order.next_rank = 0
        self._send_rank(order)
        self.advance(order)

    def _send_rank(self, order: SpreadOrder) -> bool:
        """Send the legs of the next rank, sized by what the ranks before have filled; false when none is left."""
        rank = order.next_rank
        if rank < 0:
            return False
        order.next_rank = -1
        for leg in range(len(order.ranks)):
            if order.ranks[leg] > rank and (order.next_rank < 0 or order.ranks[leg] < order.next_rank):
                order.next_rank = order.ranks[leg]
        for leg in range(len(order.ranks)):
            if order.ranks[leg] == rank:
                if order.delays_ns[leg] > 0:
                    order.due_ns[leg] = self.step.now_ns + order.delays_ns[leg]
                else:
                    self._send_first(order, leg)
        return True

    def _send_first(self, order: SpreadOrder, leg: i64) -> None:
        """Send a leg's first order: its target, or what matches the others when they have ended already. A venue that
        takes no further message now gets a later leg when its window frees."""
        free_ns = self.ledger.throttles[order.definition.legs[leg].route].free_ns(1, False)
        if free_ns > self.step.now_ns:
            order.due_ns[leg] = free_ns
            return
        until_ns = self.sender.clear_way(order, leg, order.sides[leg], order.limits[leg])
        if until_ns != 0:
            order.due_ns[leg] = until_ns
            return
        lots = order.targets[leg]
        if order.ranks[leg] > 0 or (len(order.leg_orders) > 0 and not order.anything_live()):
            lots = order.matched_lots(leg, order.ranked_reference(leg))
            lots = sendable_lots(self.sender.instruments[order.definition.legs[leg].instrument_index], lots)
        if lots > 0:
            self.sender.send(order, leg, order.sides[leg], lots, order.limits[leg], ROLE_INITIAL, 0)

    def _send_due(self, order: SpreadOrder) -> None:
        """Send the legs whose delay is over."""
        for leg in range(len(order.due_ns)):
            if order.due_ns[leg] != 0 and self.step.now_ns >= order.due_ns[leg]:
                order.due_ns[leg] = 0
                self._send_first(order, leg)

    def move(self, order: SpreadOrder, state: i64, reason: str, follow_up: str) -> None:
        """Change the spread order's state, by the table, with its record; terminal states release the reservation."""
        move(self.step, self.ledger, order, state, reason, follow_up)

    def pull(self, order: SpreadOrder, reason: str) -> None:
        """Cancel the quotes of an order; what they have filled is hedged on."""
        if self.hedging.end_life(order, reason):
            self.advance(order)

    def cancel_live(self, order: SpreadOrder, reason: str) -> None:
        """Ask for the cancellation of everything that rests, send nothing that was delayed, and go on with what is."""
        self.sender.cancel_live(order, reason)
        self.advance(order)

    # ------------------------------------------------------------------ facts

    def take_receipt(self, order: SpreadOrder, leg_order: LegOrder, receipt: Receipt) -> i64:
        """Take in what the venue said about one leg order; returns the lots that were new. `judge` follows, once they
        are counted everywhere."""
        was_over = is_leg_terminal(leg_order.state)
        counted = count(self.ledger, order, leg_order, receipt)
        if counted != 0 and (was_over or counted < 0):
            # A late fill or a cancelled trade: what waits was decided without it, and is decided anew.
            order.drop_waiting(-1)
        order.cause_seq = decisions.receipt(self.step, order, leg_order, receipt, counted)
        if not receipt.is_copy:  # which answers nothing: what was asked is asked on
            is_evasive = receipt.kind == RECEIPT_REJECTED and says_nothing_certain(receipt, leg_order)
            if order.state != HALTED and not is_evasive:
                leg_order.queries = 0
            leg_order.query_due_ns = self.step.now_ns + self.acknowledge_timeout_ns[leg_order.route]
        self._leg_event(order, leg_order, receipt)
        if leg_order.role == ROLE_QUOTE and (leg_order.state == LEG_WORKING or leg_order.state == LEG_PARTLY_FILLED):
            # A quote that rests owes no answer; a report that was lost is found all the same.
            leg_order.query_due_ns = self.step.now_ns + QUOTE_QUERY_NS
        return counted

    def judge(self, order: SpreadOrder, leg_order: LegOrder, receipt: Receipt, counted: i64) -> bool:
        """What a receipt that has been taken in does to the order as a whole; whether an ended one was opened again.
        `advance` follows, once all of the read is taken in."""
        broken = breach(order, leg_order, receipt, counted)
        has_ended = is_spread_terminal(order.state)
        if order.state == HALTED:
            if counted != 0:
                alerts.late_fill(self.step, order, CRITICAL)
        elif has_ended:
            if order.anything_live():
                self._reopen(order, "an order that was taken for ended lives")
            elif counted != 0 and (broken != HALT_NONE or not order.is_balanced()):
                self._reopen(order, "a late fill opened a deficit")
        reopened = has_ended and not is_spread_terminal(order.state)
        if broken != HALT_NONE and not is_spread_terminal(order.state):
            self._hand_over(order, broken)
        return reopened

    def _leg_event(self, order: SpreadOrder, leg_order: LegOrder, receipt: Receipt) -> None:
        """Move the leg order by what the receipt says about it."""
        before = leg_order.state
        event = leg_event(receipt, leg_order.cumulative_lots, leg_order.command.quantity_lots)
        if receipt.kind == RECEIPT_REJECTED and says_nothing_certain(receipt, leg_order):
            event = NO_EVENT if is_leg_terminal(before) else EVENT_LOST
        if receipt.is_copy and before == LEG_UNKNOWN and (event == EVENT_PARTIAL or event == EVENT_ACKNOWLEDGED):
            event = NO_EVENT  # it was open then; whether it is now is as unknown as before
        reason = ""
        if before == LEG_REJECTED and (event == EVENT_ACKNOWLEDGED or event == EVENT_PARTIAL):
            # What a person has in hand stays there: the acknowledgement is on record.
            if order.state != HALTED:
                event = EVENT_LOST
                reason = "the venue has taken what it had refused"
        if event != NO_EVENT:
            move_leg(self.step, order, leg_order, event, reason)
        if is_leg_terminal(leg_order.state):
            if not is_leg_terminal(before):
                reject_class = REJECT_NONE
                if leg_order.state == LEG_REJECTED:
                    # What the venue never had was lost on the way: like a venue that was busy.
                    reject_class = REJECT_BUSY if event == EVENT_ABSENT else receipt.reject_class
                note_class(order, leg_order, reject_class)
        elif leg_order.cancel_due_ns != 0:
            if before == LEG_PENDING_CANCEL and receipt.kind == RECEIPT_STATUS and not receipt.is_copy:
                self.sender.cancel_again(order, leg_order)
            self.sender.cancel_if_due(order, leg_order, "its time is over")
        elif receipt.kind == RECEIPT_STATUS and leg_order.command.time_in_force != DAY and not receipt.is_copy:
            # One that came to rest against its type would rest for as long as the venue is open.
            if self.step.now_ns - leg_order.sent_ns >= self.acknowledge_timeout_ns[leg_order.route]:
                self.sender.cancel(order, leg_order, "it was not to rest")

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
                is_left = leg_order.command.time_in_force == DAY and not is_single(order)
                if is_left or leg_order.cancel_waits_utc_ns != 0:
                    # What rests is not left to a run that no longer knows why it rests.
                    leg_order.cancel_due_ns = self.step.now_ns
                move_leg(self.step, order, leg_order, EVENT_LOST, "engine restarted")
        order.deadline_ns = self.step.now_ns + order.definition.deadline_ns
        order.step_started_ns = self.step.now_ns
        order.resume_ns = self.step.now_ns + RESUME_PAUSE_NS
        order.drop_schedule()

    def finish_step(self, order: SpreadOrder) -> None:
        """After a restart: go on with a decision whose step was cut short between two of its records."""
        if order.state == PROPOSED:
            self.move(order, RESERVED, "reserved before the restart", "")
        if order.state == RESERVED:
            order.created_ns = self.step.now_ns
            self.move(order, WORKING, "restarted before any leg was sent", "")
        if order.state == HALTED or not is_spread_terminal(order.state):
            return
        if order.anything_live():
            self._reopen(order, "an order that was taken for ended lives")
        elif order.state != RESIDUAL and not order.is_balanced():
            self._reopen(order, "a late fill opened a deficit")
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
            if order.state == WORKING and order.has_quotes() and not order.quote_ended:
                stale_ns = self.hedging.stale_ns(order)
                if stale_ns < earliest:
                    earliest = stale_ns
            if order.waiting_due_ns != 0 and order.waiting_due_ns < earliest:
                earliest = order.waiting_due_ns
            for due_ns in order.due_ns:
                if due_ns != 0 and due_ns < earliest:
                    earliest = due_ns
        for leg_order in order.leg_orders:
            if not is_leg_terminal(leg_order.state) and leg_order.query_due_ns < earliest:
                if leg_order.queries < QUERIES_MAX and self.routes.is_up(leg_order.route):
                    earliest = leg_order.query_due_ns
            due_ns = leg_order.cancel_due_ns
            if due_ns != 0 and due_ns < earliest and self.sender.may_cancel(leg_order):
                earliest = due_ns
        return earliest

    def on_timer(self, order: SpreadOrder) -> None:
        """Query silent orders, cancel what has rested long enough, send what was delayed, end back-offs, and meet the
        deadline."""
        now_ns = self.step.now_ns
        for leg_order in order.leg_orders:
            if not is_leg_terminal(leg_order.state) and now_ns >= leg_order.query_due_ns:
                self.sender.query(order, leg_order)
        self.cancel_due(order)
        if is_spread_terminal(order.state):
            return
        if now_ns >= order.deadline_ns and self._meet_deadline(order):
            return
        if order.has_quotes() and not order.quote_ended and now_ns >= self.hedging.stale_ns(order):
            self.hedging.end_life(order, "a leg's book is too old to quote on")
        self._send_due(order)
        if order.resume_ns != 0 and now_ns >= order.resume_ns:
            order.resume_ns = 0
            order.awaits_quote = False
        if order.waiting_due_ns != 0 and now_ns >= order.waiting_due_ns:
            order.waiting_due_ns = 0
        self.advance(order)

    def cancel_due(self, order: SpreadOrder) -> None:
        """Cancel what has rested long enough."""
        for leg_order in order.leg_orders:
            if leg_order.cancel_due_ns != 0:
                self.sender.cancel_if_due(order, leg_order, "its time is over")

    def _meet_deadline(self, order: SpreadOrder) -> bool:
        """The deadline: a person takes over, unless the policy for unknown orders has something left to do."""
        execution = order.definition.execution
        policy = execution.unknown_policy
        if self.hedging.end_life(order, "the quote's life is over"):
            return False
        if not order.anything_unknown():
            self._hand_over(order, HALT_DEADLINE)
            return True
        if policy == UNKNOWN_HOLD and not order.was_held:
            order.was_held = True
            order.deadline_ns = self.step.now_ns + execution.unknown_hold_ns
            alerts.held(self.step, order)
            return False
        if policy == UNKNOWN_HEDGE_CERTAIN or policy == UNKNOWN_HEDGE_MIDPOINT:
            if not order.was_held and not self.cancel_only and not self.sender.doubt.is_about(order):
                order.was_held = True
                order.drop_schedule()
                if self.repair.hedge_uncertain(order, policy == UNKNOWN_HEDGE_MIDPOINT):
                    alerts.hedged_uncertain(self.step, order)
                    order.deadline_ns = self.step.now_ns + UNCERTAIN_PAUSE_NS
                    if order.waiting_due_ns > self.step.now_ns:
                        order.deadline_ns += order.waiting_due_ns - self.step.now_ns
                    return False
        self._hand_over(order, HALT_UNKNOWN)
        return True

    # ------------------------------------------------------------------ decide

    def advance(self, order: SpreadOrder) -> None:
        """Decide the next action from quantities; does nothing while anything can still fill."""
        while not is_spread_terminal(order.state):
            if self.sender.doubt.is_about(order):
                return
            if order.state == WORKING and order.has_quotes() and order.resume_ns == 0 and not self.cancel_only:
                self.hedging.hedge(order)
            if len(order.waiting) > 0 and not self.cancel_only:
                self.repair.send_waiting(order)
            if order.anything_live() or order.is_scheduled():
                if self.cancel_only:
                    self.sender.cancel_live(order, "cancel-only")
                elif order.state == WORKING and self._refused_for_good(order):
                    self.sender.cancel_live(order, "another leg is refused for good")
                if order.anything_live() or order.is_scheduled():
                    return
            if not order.anything_filled() and not order.is_held_elsewhere():
                self._end_empty(order)
                return
            if order.state == WORKING and not self.cancel_only and self._send_rank(order):
                continue
            if order.is_balanced():
                self._end_balanced(order)
                return
            if order.resume_ns != 0 or self.cancel_only:
                return
            outcome = self.repair.climb(order)
            if outcome > HALT_NONE:
                self._hand_over(order, outcome)
            if outcome != SENT:
                return

    def _end_empty(self, order: SpreadOrder) -> None:
        """Whatever was filled is traded back, or nothing ever was."""
        if order.was_forbidden():
            self._hand_over(order, HALT_PERMISSION)
            return
        if order.state == WORKING:
            self.move(order, CANCELLED, self._why_cancelled(order), "")
            return
        if order.state == REPAIRING:
            self.move(order, UNWINDING, "nothing is left to repair", "")
        self.move(order, UNWOUND, "every fill is traded back", "")

    def _end_balanced(self, order: SpreadOrder) -> None:
        """The legs stand in proportion."""
        if order.is_held_elsewhere():
            owner = order.definition.execution.owner
            if order.state != UNWINDING:
                self.move(order, UNWINDING, "hedged another way", "")
            self.move(order, RESIDUAL, "in proportion, but held in part elsewhere", "carried by " + owner)
            alerts.residual(self.step, order, owner)
        elif order.state == UNWINDING:
            self.move(order, UNWOUND, "the excess is traded back, the rest is matched", "")
        else:
            self.move(order, COMPLETE, "every leg filled in proportion", "")

    def _why_cancelled(self, order: SpreadOrder) -> str:
        for leg_order in order.leg_orders:
            if leg_order.state == LEG_REJECTED:
                return "refused by the venue, nothing filled: " + REJECT_CLASS_NAMES[leg_order.reject_class]
            if leg_order.cancels > 0:
                return "cancelled on request, nothing filled"
        return "the price was gone, nothing filled"

    def on_way_clear(self, order: SpreadOrder) -> None:
        """A quote of ours has ended that this order may have waited for."""
        waited = False
        for leg in range(len(order.due_ns)):
            if order.clearing_until_ns[leg] != 0:
                waited = True
                if order.due_ns[leg] == order.clearing_until_ns[leg]:
                    order.due_ns[leg] = self.step.now_ns
        if waited:
            order.resume_ns = 0
            self.on_timer(order)

    def on_quote(self, order: SpreadOrder) -> None:
        """A book of the order's spread changed: an attempt that waits for a quote looks again."""
        if order.awaits_quote:
            order.awaits_quote = False
            order.resume_ns = 0
            self.advance(order)

    def _refused_for_good(self, order: SpreadOrder) -> bool:
        """Whether a first order was refused for a class that no re-order answers: what rests is cancelled at once."""
        for leg_order in order.leg_orders:
            if leg_order.state == LEG_REJECTED and leg_order.role == ROLE_INITIAL:
                reject_class = leg_order.reject_class
                if not is_permitted(STEP_RETRY, reject_class) and not is_permitted(STEP_CHASE, reject_class):
                    return True
        return False

    def lost_an_order(self, order: SpreadOrder) -> None:
        """An order came to light that it may have sent: what is filled of it is not known any more."""
        self._hand_over(order, HALT_LOST_ORDER)

    def _hand_over(self, order: SpreadOrder, halt_reason: i64) -> None:
        """Stop acting on the order and call a person; the reservation stays until they decide."""
        reason = HALT_REASONS[halt_reason][1]
        self.sender.cancel_live(order, reason)
        # The call comes first: nobody repeats it when the engine dies between the two.
        alerts.halted(self.step, order, reason)
        order.halt_code = halt_reason
        self.move(order, HALTED, reason, "a person decides")

    def _reopen(self, order: SpreadOrder, reason: str) -> None:
        """An ended order is unbalanced by a late fill, or lives: it is repaired like any other, with a new deadline."""
        order.deadline_ns = self.step.now_ns + order.definition.deadline_ns
        order.begin_repair()
        if not order.reserved:
            self.ledger.reserve(order)
            decisions.reservation(self.step, order, "reopened")
        self.move(order, REPAIRING, reason, "repair ladder")
        alerts.late_fill(self.step, order, WARNING)

    # ------------------------------------------------------------------ reserve

    def reserved(self, order: SpreadOrder) -> None:
        """Hold the reservation that `ledger.check` allowed, with its record."""
        self.ledger.reserve(order)
        decisions.reservation(self.step, order, "")
        self.move(order, RESERVED, "the worst reachable state fits every limit", "")
