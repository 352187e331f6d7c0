"""Climbing the repair ladder: what the next step sends, at which price, and what it waits for."""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.book import BOOK_LIVE, Book
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.order import REJECT_CLASS_NAMES, REJECT_NONE
from cross_market_connect.domain.ports import OrderRoutes
from cross_market_connect.domain.spread import (
    LEG_CANCELLED,
    LEG_EXPIRED,
    REPAIRING,
    RESIDUAL,
    STEP_HALT,
    STEP_NAMES,
    STEP_RETRY,
    STEP_UNWIND,
    UNWINDING,
    LadderStep,
)
from cross_market_connect.domain.step import Step
from cross_market_connect.trading import alerts, decisions
from cross_market_connect.trading.ladder import choose_step, wait_ns, worst_deficit_class, worst_unwind_class
from cross_market_connect.trading.moves import move
from cross_market_connect.trading.orders import LEG_ORDERS_MAX, SpreadOrder
from cross_market_connect.trading.pricing import aggressive_price, sendable_lots
from cross_market_connect.trading.reservation import ReservationLedger
from cross_market_connect.trading.sending import Sender
from cross_market_connect.trading.states import HALT_LADDER_ENDS, HALT_LEG_ORDERS_MAX

# How long a used-up book is given to show what is left of it.
QUOTE_WAIT_NS: Final[i64] = 100_000_000

# What a climb came to; a positive number is the halt reason.
SENT: Final[i64] = 0
WAITING: Final[i64] = -1
ENDED: Final[i64] = -2


@final
class Repair:
    """Takes ladder steps for spread orders that are out of balance with nothing live."""

    def __init__(self, sender: Sender, books: list[Book]) -> None:
        self.sender: Sender = sender
        self.step: Step = sender.step
        self.routes: OrderRoutes = sender.routes
        self.ledger: ReservationLedger = sender.ledger
        self.instruments: list[Instrument] = sender.instruments
        self.books: list[Book] = books

    def climb(self, order: SpreadOrder) -> i64:
        """Take the next ladder step.

        Returns SENT, WAITING (back-off, quote, route down) or ENDED, or the halt reason for which a person takes over.
        """
        index = choose_step(order, self.step.now_ns, self._routes_behind_are_up(order))
        if index < 0 or order.definition.ladder[index].step == STEP_HALT:
            return HALT_LADDER_ENDS
        if len(order.leg_orders) + len(order.targets) > LEG_ORDERS_MAX:
            return HALT_LEG_ORDERS_MAX
        ladder_step = order.definition.ladder[index]
        if index != order.step_index:
            order.step_index = index
            order.step_attempts = 0
            order.step_started_ns = self.step.now_ns
        unwinding = ladder_step.step == STEP_UNWIND
        if unwinding and not self._routes_ahead_are_up(order):
            return WAITING
        if self._is_throttled(order, unwinding):
            return WAITING
        if self._lacks_quote(order, unwinding) or self._must_rest(order, unwinding):
            return WAITING
        if unwinding and not self._can_unwind(order):
            self._carry(order)
            return ENDED
        reason = self._why_behind(order)
        order.cause_seq = decisions.ladder_step(self.step, order, ladder_step.step, order.step_attempts, reason)
        state = UNWINDING if unwinding else REPAIRING
        if order.state != state:
            move(self.step, self.ledger, order, state, reason, STEP_NAMES[ladder_step.step])
            alerts.repair(self.step, order, unwinding, reason)
        order.step_attempts += 1
        for leg in range(len(order.targets)):
            self._send_repair(order, leg, ladder_step)
        return SENT

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
        self.sender.send(order, leg, side, lots, price, ladder_step.step, attempt)

    def _can_unwind(self, order: SpreadOrder) -> bool:
        """Whether a venue takes an order as small as what is to be traded back."""
        for leg in range(len(order.targets)):
            instrument = order.definition.legs[leg].instrument_index
            excess = order.excess_lots(leg)
            if sendable_lots(self.instruments[instrument], -excess if excess < 0 else excess) > 0:
                return True
        return False

    def _is_throttled(self, order: SpreadOrder, unwinding: bool) -> bool:
        """Whether a venue takes no further message now: the attempt waits until its window frees, and is not lost."""
        free: i64 = 0
        for leg in range(len(order.targets)):
            route = order.definition.legs[leg].route
            messages: i64 = 0
            for other in range(leg + 1):
                if order.definition.legs[other].route == route:
                    lots = order.excess_lots(other) if unwinding else order.deficit_lots(other)
                    messages += 1 if lots != 0 else 0
            if messages > 0:
                free_ns = self.ledger.throttles[route].free_ns(messages, False)
                if free_ns > free:
                    free = free_ns
        if free <= self.step.now_ns:
            return False
        order.resume_ns = free
        return True

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

    def _carry(self, order: SpreadOrder) -> None:
        """What is left is below every venue's smallest order: it stays in the position, and a person is told."""
        if order.state != UNWINDING:
            move(self.step, self.ledger, order, UNWINDING, self._why_behind(order), "")
        move(
            self.step,
            self.ledger,
            order,
            RESIDUAL,
            "less than the venue's smallest quantity is left",
            "carried in the position",
        )
        alerts.residual(self.step, order)
