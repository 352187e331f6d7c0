"""Climbing the repair ladder: what the next step sends, at which price, and what it waits for."""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.book import BOOK_LIVE, Book
from cross_market_connect.domain.execution import Alternative
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.order import BUY, REJECT_CLASS_NAMES, REJECT_NONE
from cross_market_connect.domain.ports import OrderRoutes
from cross_market_connect.domain.spread import (
    LEG_CANCELLED,
    LEG_EXPIRED,
    LEG_REJECTED,
    REPAIRING,
    RESIDUAL,
    ROLE_HEDGE,
    ROLE_INITIAL,
    ROLE_QUOTE,
    ROLE_UNCERTAIN,
    STEP_ALTERNATIVE,
    STEP_CARRY,
    STEP_CROSS,
    STEP_HALT,
    STEP_NAMES,
    STEP_RETRY,
    STEP_UNWIND,
    UNWINDING,
    LadderStep,
)
from cross_market_connect.domain.step import Step
from cross_market_connect.trading import alerts, decisions
from cross_market_connect.trading.ladder import (
    choose_step,
    is_stuck,
    unwinds,
    values_of,
    wait_ns,
    worst_deficit_class,
    worst_unwind_class,
)
from cross_market_connect.trading.moves import move
from cross_market_connect.trading.orders import LEG_ORDERS_MAX, SpreadOrder, WaitingLots
from cross_market_connect.trading.pricing import aggressive_price, clip_to_band, orders_needed, sendable_lots
from cross_market_connect.trading.reservation import ReservationLedger
from cross_market_connect.trading.sending import Sender
from cross_market_connect.trading.states import HALT_LADDER_ENDS, HALT_LEG_ORDERS_MAX
from cross_market_connect.trading.surroundings import SENT, WAITING, Surroundings

# How long a used-up book is given to show what is left of it.
QUOTE_WAIT_NS: Final[i64] = 100_000_000

# What a climb came to beside SENT and WAITING; a positive number is the halt reason.
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
        self.market: Surroundings = Surroundings(sender.step, sender.routes, books, sender.phases)

    # ------------------------------------------------------------------ climb

    def climb(self, order: SpreadOrder) -> i64:
        """Take the next ladder step.

        Returns SENT, WAITING (back-off, quote, route down) or ENDED, or the halt reason for which a person takes over.
        """
        held = self.market.look_around(order)
        if held != SENT:
            return held
        index = choose_step(order, self.step.now_ns, self.market.prospects)
        if index < 0 or order.definition.ladder[index].step == STEP_HALT:
            return HALT_LADDER_ENDS
        ladder_step = values_of(order, index)
        if index != order.step_index:
            order.step_index = index
            order.step_attempts = 0
            order.step_started_ns = self.step.now_ns
        if ladder_step.step == STEP_CARRY:
            if order.step_attempts == 0:
                self._take(order, ladder_step)
            elif order.state != UNWINDING:
                # The step is on record; a run ended before its state was.
                move(self.step, self.ledger, order, UNWINDING, self._why_behind(order), STEP_NAMES[STEP_CARRY])
            self._carry(order, "carried by " + order.definition.execution.owner)
            return ENDED
        unwinding = ladder_step.step == STEP_UNWIND
        if unwinding and self.market.must_wait_to_unwind(order):
            return WAITING
        if self._is_throttled(order, unwinding):
            return WAITING
        if ladder_step.step != STEP_ALTERNATIVE and self._must_clear(order, ladder_step, unwinding):
            return WAITING
        if ladder_step.step != STEP_ALTERNATIVE:
            # The leg's own book and the pause of its last refusal are nothing to another way.
            if self._lacks_quote(order, unwinding) or self._must_rest(order, unwinding):
                return WAITING
        if unwinding and not self._can_unwind(order):
            if self._holds_stuck(order):
                return HALT_LADDER_ENDS
            if order.state != UNWINDING:
                move(self.step, self.ledger, order, UNWINDING, self._why_behind(order), "")
            self._carry(order, "carried in the position")
            return ENDED
        if i64(len(order.leg_orders)) + self._orders_needed(order, ladder_step) > LEG_ORDERS_MAX:
            return HALT_LEG_ORDERS_MAX
        self._take(order, ladder_step)
        for leg in range(len(order.targets)):
            self._send_repair(order, leg, ladder_step)
        return SENT

    def _take(self, order: SpreadOrder, ladder_step: LadderStep) -> None:
        """Record the attempt, and the state that it brings."""
        reason = self._why_behind(order)
        order.cause_seq = decisions.ladder_step(self.step, order, ladder_step.step, order.step_attempts, reason)
        back = ladder_step.step == STEP_UNWIND or ladder_step.step == STEP_CARRY
        state = UNWINDING if back else REPAIRING
        if order.state != state:
            move(self.step, self.ledger, order, state, reason, STEP_NAMES[ladder_step.step])
            alerts.repair(self.step, order, back, reason)
        order.take_step()

    # ------------------------------------------------------------------ what a step sends

    def _orders_needed(self, order: SpreadOrder, ladder_step: LadderStep) -> i64:
        """At most how many orders the step sends."""
        count: i64 = 0
        for leg in range(len(order.targets)):
            definition = order.definition.legs[leg]
            lots = self._back_lots(order, leg) if ladder_step.step == STEP_UNWIND else order.deficit_lots(leg)
            if lots < 0:
                lots = -lots
            instrument = self.instruments[definition.instrument_index]
            count += orders_needed(instrument, lots) if lots > 0 else 0
            for way in order.definition.execution.legs[leg].alternatives:
                if lots > 0 and (ladder_step.step == STEP_ALTERNATIVE or way.is_elsewhere):
                    count += orders_needed(self.instruments[way.instrument_index], lots * way.lots_per_lot)
        return count

    def _back_lots(self, order: SpreadOrder, leg: i64) -> i64:
        """What an unwind trades back of the leg, as the last look around found it."""
        return order.excess_lots(leg) if unwinds(order, leg, self.market.prospects) else 0

    def _send_repair(self, order: SpreadOrder, leg: i64, ladder_step: LadderStep) -> None:
        """Send what the step asks of one leg: its excess the other way, or its deficit again."""
        if ladder_step.step == STEP_UNWIND:
            self._send_back(order, leg, ladder_step)
            return
        lots = order.deficit_lots(leg)
        if lots <= 0:
            return
        way = self.market.alternative(order, leg) if ladder_step.step == STEP_ALTERNATIVE else None
        if way is None:
            if ladder_step.step == STEP_ALTERNATIVE:
                return
            self._send(order, leg, order.sides[leg], lots, ladder_step, None)
            return
        if way.lots_per_lot != 1:
            lots = lots * way.lots_per_lot - order.substitute_rest(leg)
        self._send(order, leg, order.sides[leg], lots, ladder_step, way)

    def _send_back(self, order: SpreadOrder, leg: i64, ladder_step: LadderStep) -> None:
        """Trade the leg's excess back where it is held: first what is held elsewhere, then the leg's own."""
        side = order.sides[leg]
        left = self._back_lots(order, leg)
        if left == 0 and order.excess_lots(leg) != 0:
            return
        for way in order.definition.execution.legs[leg].alternatives:
            held = order.held_lots(leg, way)
            if not way.is_elsewhere or held == 0:
                continue
            ratio = way.lots_per_lot
            whole = held // ratio if held > 0 else -(-held // ratio)
            taken: i64 = 0
            if whole > 0 and left > 0:
                taken = left if left < whole else whole
            elif whole < 0 and left < 0:
                taken = left if left > whole else whole
            left -= taken
            # Substitute lots short of a whole lot hedge nothing.
            back = taken * ratio + held - whole * ratio
            if back > 0:
                self._send(order, leg, -side, back, ladder_step, way)
            elif back < 0:
                self._send(order, leg, side, -back, ladder_step, way)
        if left > 0:
            self._send(order, leg, -side, left, ladder_step, None)
        elif left < 0:
            self._send(order, leg, side, -left, ladder_step, None)

    def _send(
        self, order: SpreadOrder, leg: i64, side: i64, lots: i64, ladder_step: LadderStep, way: Alternative | None
    ) -> None:
        definition = order.definition.legs[leg]
        instrument_index = definition.instrument_index if way is None else way.instrument_index
        instrument = self.instruments[instrument_index]
        if ladder_step.step == STEP_UNWIND:
            lots = self.market.back_lots(order, instrument_index, side, lots)
        lots = sendable_lots(instrument, lots)
        if lots == 0:
            return
        price = self._price(order, leg, side, ladder_step, way)
        self.sender.send(order, leg, side, lots, price, ladder_step.step, order.step_attempts, way)

    def _price(self, order: SpreadOrder, leg: i64, side: i64, ladder_step: LadderStep, way: Alternative | None) -> i64:
        definition = order.definition.legs[leg]
        instrument_index = definition.instrument_index if way is None else way.instrument_index
        book = self.books[instrument_index]
        start = order.limits[leg]
        if instrument_index != definition.instrument_index:
            # A substitute has no first limit: slippage is measured from its own quote.
            start = book.best_ask() if side == BUY else book.best_bid()
        return self.step_price(order, self.instruments[instrument_index], book, side, start, ladder_step)

    def send_waiting(self, order: SpreadOrder) -> None:
        """Send what waits for a venue's window, as far as it frees, and as far as it is still wanted."""
        waiting, due_ns = order.waiting, order.waiting_due_ns
        order.drop_waiting(-1)
        for at in range(len(waiting)):
            part = waiting[at]
            if part.role == ROLE_HEDGE:
                # Hedges have been decided anew already (see `hedging`).
                order.wait_for(part, due_ns)
                continue
            if self._was_refused(order, part):
                # The ladder's next step is for what a refusal cuts short.
                continue
            lots = part.lots
            price = part.price_ticks
            if part.role == ROLE_INITIAL:
                order.waiting.extend(waiting[at + 1 :])
                most = order.rest_of_first(part.leg)
                order.waiting = order.waiting[: len(order.waiting) - (len(waiting) - at - 1)]
                lots = lots if lots < most else most
            elif part.role != ROLE_QUOTE and part.role != ROLE_UNCERTAIN:
                price = self._price(order, part.leg, part.side, values_of(order, order.step_index), part.way)
            instrument = order.definition.legs[part.leg].instrument_index
            lots = sendable_lots(self.instruments[instrument if part.way is None else part.way.instrument_index], lots)
            if lots > 0:
                self.sender.send(order, part.leg, part.side, lots, price, part.role, part.attempt, part.way)

    def _was_refused(self, order: SpreadOrder, part: WaitingLots) -> bool:
        """Whether an order that was decided together with the part was refused."""
        for leg_order in order.leg_orders:
            if leg_order.leg == part.leg and leg_order.role == part.role and leg_order.attempt == part.attempt:
                if leg_order.state == LEG_REJECTED:
                    return True
        return False

    def step_price(
        self, order: SpreadOrder, instrument: Instrument, book: Book, side: i64, start_ticks: i64, values: LadderStep
    ) -> i64:
        """Limit price of the step's current attempt, inside the venue's bands.

        Args:
            start_ticks: what slippage is measured from: the leg's first limit, or a substitute's quote.
        """
        if values.step == STEP_RETRY:
            return clip_to_band(instrument, book, side, start_ticks)
        if values.step == STEP_CROSS:
            return clip_to_band(instrument, book, side, start_ticks + side * values.slippage_ticks_max)
        payup = values.payup_ticks * order.step_attempts
        if values.step == STEP_UNWIND and (book.state != BOOK_LIVE or order.step_attempts >= values.attempts):
            # Blind, or the last time: what is naked goes at whatever the slippage limit allows.
            payup = values.slippage_ticks_max
        return aggressive_price(instrument, book, side, start_ticks, payup, values.slippage_ticks_max)

    def _can_unwind(self, order: SpreadOrder) -> bool:
        """Whether a venue takes an order as small as what is to be traded back."""
        for leg in range(len(order.targets)):
            excess = self._back_lots(order, leg)
            instrument = self.instruments[order.definition.legs[leg].instrument_index]
            if sendable_lots(instrument, -excess if excess < 0 else excess) > 0 or order.substitute[leg] != 0:
                return True
        return False

    def _holds_stuck(self, order: SpreadOrder) -> bool:
        """Whether something is ahead that cannot be traded back."""
        for leg in range(len(order.targets)):
            if is_stuck(order, leg, self.market.prospects):
                return True
        return False

    def _carry(self, order: SpreadOrder, follow_up: str) -> None:
        """The ladder leaves an exposure in the position, and a person is told who has it."""
        reason = "less than the venue's smallest quantity is left"
        owner = ""
        if order.definition.ladder[order.step_index].step == STEP_CARRY:
            reason = "the ladder ends in carrying what is left"
            owner = order.definition.execution.owner
        # The call comes first: nobody repeats it when the engine dies between the two.
        alerts.residual(self.step, order, owner)
        move(self.step, self.ledger, order, RESIDUAL, reason, follow_up)

    def hedge_uncertain(self, order: SpreadOrder, midpoint: bool) -> bool:
        """Hedge beside orders whose state is unknown, once; false when there is nothing to send.

        Certain is what each leg lacks even if everything possibly live on it fills and the others get no more; midpoint
        takes half of what is possibly live as filled, as far as the spread's naked limit lets a leg hold more than its
        target. Prices go to the slippage limit of the ladder's widest step.
        """
        known: list[i64] = list(order.filled)
        for leg in range(len(known)):
            low = order.lowest_lots(leg)
            order.filled[leg] = (low + order.highest_lots(leg)) // 2 if midpoint else low
        wanted = [order.deficit_lots(leg) for leg in range(len(known))]
        for leg in range(len(known)):
            order.filled[leg] = known[leg]
            if not midpoint:
                wanted[leg] -= order.highest_lots(leg) - order.lowest_lots(leg)
        slippage: i64 = 0
        for ladder_step in order.definition.ladder:
            if ladder_step.slippage_ticks_max > slippage:
                slippage = ladder_step.slippage_ticks_max
        sent = False
        for leg in range(len(known)):
            definition = order.definition.legs[leg]
            instrument = self.instruments[definition.instrument_index]
            most = self.ledger.naked_room_lots(order, leg)
            lots = sendable_lots(instrument, wanted[leg] if wanted[leg] < most else most)
            side = order.sides[leg]
            # The reservation still holds what the unknown orders may fill; this comes on top of it.
            has_room = self.ledger.has_position_room(definition.instrument_index, side, lots)
            if lots > 0 and has_room and self.routes.is_up(definition.route):
                book = self.books[definition.instrument_index]
                price = clip_to_band(instrument, book, side, order.limits[leg] + side * slippage)
                self.sender.send(order, leg, side, lots, price, ROLE_UNCERTAIN, 1)
                sent = True
        return sent

    # ------------------------------------------------------------------ pauses

    def _must_clear(self, order: SpreadOrder, ladder_step: LadderStep, unwinding: bool) -> bool:
        """Whether a quote of our own is in the way, at the worst price that the step may take."""
        until_ns: i64 = 0
        for leg in range(len(order.targets)):
            lots = self._back_lots(order, leg) if unwinding else order.deficit_lots(leg)
            if lots == 0:
                continue
            side = -order.sides[leg] if unwinding and lots > 0 else order.sides[leg]
            price = order.limits[leg]
            if ladder_step.step != STEP_RETRY:
                price += side * ladder_step.slippage_ticks_max
            due_ns = self.sender.clear_way(order, leg, side, price)
            if due_ns > until_ns:
                until_ns = due_ns
        order.resume_ns = until_ns
        return until_ns != 0

    def _is_throttled(self, order: SpreadOrder, unwinding: bool) -> bool:
        """Whether a venue takes no further message now: the attempt waits until its window frees, and is not lost. Of
        several orders those go that fit (see `send_waiting`)."""
        free: i64 = 0
        for leg in range(len(order.targets)):
            lots = self._back_lots(order, leg) if unwinding else order.deficit_lots(leg)
            if lots != 0:
                free_ns = self.ledger.throttles[order.definition.legs[leg].route].free_ns(1, False)
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
            lots = self._back_lots(order, leg) if unwinding else order.deficit_lots(leg)
            side = order.sides[leg]
            if unwinding and lots > 0:
                side = -side
            last = order.last_leg_order(leg)
            if lots == 0 or last is None or (last.state != LEG_EXPIRED and last.state != LEG_CANCELLED):
                continue
            wait_end_ns = last.sent_ns + QUOTE_WAIT_NS
            book = self.books[order.definition.legs[leg].instrument_index]
            is_used_up = book.came_ns() <= last.sent_ns or book.state != BOOK_LIVE or book.opposite(side).depth == 0
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

    def _why_behind(self, order: SpreadOrder) -> str:
        reject_class = worst_deficit_class(order)
        if reject_class == REJECT_NONE:
            return "leg behind: not filled at its limit"
        return "leg behind: refused, " + REJECT_CLASS_NAMES[reject_class]
