"""The mutable state of execution: leg orders, and the spread orders that own them.

Only `machine.py` writes these objects.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.execution import Alternative
from cross_market_connect.domain.numbers import checked_add, checked_multiply
from cross_market_connect.domain.order import (
    OFFSET_CLOSE,
    OFFSET_CLOSE_TODAY,
    REJECT_NONE,
    REJECT_OFFSET,
    REJECT_PERMISSION,
    OrderCommand,
)
from cross_market_connect.domain.spread import (
    LEG_IDLE,
    LEG_REJECTED,
    LEG_UNKNOWN,
    PROPOSED,
    ROLE_QUOTE,
    SpreadDefinition,
)
from cross_market_connect.trading.states import is_leg_terminal

_E6: Final[i64] = 1_000_000
LEG_ORDERS_MAX: Final[i64] = 64
EXECUTION_IDS_MAX: Final[i64] = 4096


@final
class LegOrder:
    """One order at a venue.

    Attributes:
        leg: position of its leg in the spread.
        role: why it was sent (ROLE_*).
        cumulative_lots: what is known to have filled.
        sent_ns: when it was encoded; drives the acknowledgement time-out. sent_utc_ns: the same in calendar time.
        queries: status requests sent since the venue was last heard of.
        cancel_due_ns: when its cancel is to be sent, 0 when it is not to be cancelled; cancels, cancel_sent_ns: what
            has been sent. cancel_waits_utc_ns: until when its cancel waits for a trading phase that permits it, 0 when
            it does not.
        lots_per_lot: lots of a substitute instrument that stand for one lot of the leg; 1 for the leg's own.
        is_elsewhere: what it trades is not held where the leg is held (see `domain.execution.Alternative`).
    """

    def __init__(self, leg: i64, route: i64, role: i64, attempt: i64, command: OrderCommand) -> None:
        self.leg: i64 = leg
        self.route: i64 = route
        self.role: i64 = role
        self.attempt: i64 = attempt
        self.command: OrderCommand = command
        self.state: i64 = LEG_IDLE
        self.cumulative_lots: i64 = 0
        self.filled_ticks_sum: i64 = 0
        self.sent_ns: i64 = 0
        self.sent_utc_ns: i64 = 0
        self.query_due_ns: i64 = 0
        self.queries: i64 = 0
        self.cancel_id: i64 = 0
        self.cancel_due_ns: i64 = 0
        self.cancel_waits_utc_ns: i64 = 0
        self.cancel_sent_ns: i64 = 0
        self.cancels: i64 = 0
        self.lots_per_lot: i64 = 1
        self.is_elsewhere: bool = False
        self.reject_class: i64 = REJECT_NONE
        self.execution_ids: dict[bytes, int] = {}
        self.record_seq: i64 = 0

    def leaves_lots(self) -> i64:
        """Lots that can still fill at the worst: zero once the venue has confirmed the end."""
        if is_leg_terminal(self.state):
            return 0
        return self.command.quantity_lots - self.cumulative_lots


@final
class WaitingLots:
    """A part of a decided quantity that its venue takes no message for now; it goes out when the window frees.

    Attributes:
        lots: in the way's own lots; the other fields as of `sending.Sender.send`.
    """

    def __init__(
        self, leg: i64, side: i64, lots: i64, price_ticks: i64, role: i64, attempt: i64, way: Alternative | None
    ) -> None:
        self.leg: i64 = leg
        self.side: i64 = side
        self.lots: i64 = lots
        self.price_ticks: i64 = price_ticks
        self.role: i64 = role
        self.attempt: i64 = attempt
        self.way: Alternative | None = way


@final
class SpreadOrder:
    """One spread order (套利单) and everything sent for it.

    Attributes:
        direction: BUY_SPREAD or SELL_SPREAD.
        opening: true when it opens a spread position, false when it closes one.
        targets: lots per leg, unsigned.
        sides: order side per leg (BUY or SELL).
        limits: first limit price per leg, in ticks; slippage is measured from it.
        filled: net lots per leg in the spread order's own direction (unwinds subtract).
        reject_classes, unwind_classes: per leg, why its last order on the own side, or its last unwind, was refused.
        step_index, step_attempts, step_started_ns: where the ladder stands, perhaps chosen and still waiting;
            taken_index, taken_attempts: where the last attempt on record stood, from which a restart goes on.
        resume_ns: back-off: no new attempt before this time; 0 when none. rested: the pause is over.
        awaits_quote: the pause ends early when a book that is to be traded changes.
        ranks: per leg, when it is sent: rank 0 at once, later ranks once those before have ended, sized by them.
        delays_ns: per leg, how long its first order waits, so that orders with different ways arrive together.
        quoting: per leg, it rests as a quote and the others hedge its fills (see `hedging`); quote_ended: the quotes
            were cancelled at the end of their life.
        next_rank: the next rank to send, -1 when none is left; due_ns: per leg, when its delayed order leaves, 0 when
            none waits.
        waiting: what was decided and waits for a venue's window; waiting_due_ns: when the first of it may go, 0 when
            nothing waits. A restart drops it and decides anew, from the quantities.
        reopened: per leg, its market was waited for after it refused the leg as closed.
        substitute: per leg, net lots held in a substitute instrument, in the spread order's own direction; whole leg
            lots of them are in `filled`.
        halt_code: why a person has it (HALT_*), 0 when nobody was called.
        clip_lots: lots of the first leg that are out at a time where the order goes out in clips; 0 for all at once.
        clearing_until_ns: per leg, until when a hedge waits for quotes of ours that are in its way; 0 when it does not.
        was_held: the policy for unknown orders was followed at the deadline; the next deadline is a person's.
        reserved_lots: lots per leg that the reservation still holds; fills take from it.
        exact_e9: per leg, the 1e-9 lots that hedge the first leg's target exactly; empty when the targets do.
        late_fills: fills, and trades taken back, that were told after an order's end: something else was known before.
        cause_seq: the record that caused the latest decision.
        kept_text, kept_digest: its line of the last snapshot and the line's hash; empty when it changed since.
    """

    def __init__(self, spread_order_id: i64, definition: SpreadDefinition, direction: i64, opening: bool) -> None:
        zeros: list[i64] = [0 for _ in definition.legs]
        falses: list[bool] = [False for _ in definition.legs]
        self.spread_order_id: i64 = spread_order_id
        self.definition: SpreadDefinition = definition
        self.direction: i64 = direction
        self.opening: bool = opening
        self.state: i64 = PROPOSED
        self.targets: list[i64] = zeros.copy()
        self.sides: list[i64] = zeros.copy()
        self.limits: list[i64] = zeros.copy()
        self.filled: list[i64] = zeros.copy()
        self.exact_e9: list[i64] = []
        self.reject_classes: list[i64] = zeros.copy()
        self.unwind_classes: list[i64] = zeros.copy()
        self.leg_orders: list[LegOrder] = []
        self.created_ns: i64 = 0
        self.deadline_ns: i64 = 0
        self.step_index: i64 = -1
        self.step_attempts: i64 = 0
        self.taken_index: i64 = -1
        self.taken_attempts: i64 = 0
        self.step_started_ns: i64 = 0
        self.resume_ns: i64 = 0
        self.rested: bool = False
        self.awaits_quote: bool = False
        self.cause_seq: i64 = 0
        self.late_fills: i64 = 0
        self.reserved: bool = False
        self.naked_worst_e4: i64 = 0
        self.notional_e4: i64 = 0
        self.ranks: list[i64] = zeros.copy()
        self.delays_ns: list[i64] = zeros.copy()
        self.quoting: list[bool] = falses.copy()
        self.quote_ended: bool = False
        self.next_rank: i64 = -1
        self.due_ns: list[i64] = zeros.copy()
        self.waiting: list[WaitingLots] = []
        self.waiting_due_ns: i64 = 0
        self.reopened: list[bool] = falses.copy()
        self.was_held: bool = False
        self.clip_lots: i64 = 0
        self.halt_code: i64 = 0
        self.clearing_until_ns: list[i64] = zeros.copy()
        self.substitute: list[i64] = zeros.copy()
        self.reserved_lots: list[i64] = zeros.copy()
        self.kept_text: str = ""
        self.kept_digest: bytes = b""

    def exact_lots_e9(self, leg: i64) -> i64:
        """1e-9 lots of the leg that hedge the first leg's target exactly."""
        return self.exact_e9[leg] if len(self.exact_e9) > 0 else self.targets[leg] * 1_000_000_000

    def last_leg_order(self, leg: i64) -> LegOrder | None:
        """The leg's latest order; None before the first."""
        position: i64 = i64(len(self.leg_orders)) - 1
        while position >= 0:
            if self.leg_orders[position].leg == leg:
                return self.leg_orders[position]
            position -= 1
        return None

    def matched_lots(self, leg: i64, reference_lots: i64) -> i64:
        """Lots of `leg` that balance `reference_lots` of the first leg: round half up of the targets' proportion."""
        if reference_lots == 0:
            return 0
        if reference_lots == self.targets[0]:
            return self.targets[leg]
        return (2 * reference_lots * self.targets[leg] + self.targets[0]) // (2 * self.targets[0])

    def _is_hedged(self, reference_lots: i64) -> bool:
        """Whether whole lots express the targets' proportion at `reference_lots` within the spread's tolerance."""
        if reference_lots <= 0 or reference_lots >= self.targets[0]:
            return True
        for leg in range(1, len(self.targets)):
            exact = reference_lots * self.targets[leg]
            error = self.matched_lots(leg, reference_lots) * self.targets[0] - exact
            if error < 0:
                error = -error
            if checked_multiply(error, _E6) > checked_multiply(exact, self.definition.tolerance_e6):
                return False
        return True

    def matched_reference(self) -> i64:
        """The most lots of the first leg, hedged within tolerance, whose matched quantity every leg has filled."""
        first = self.targets[0]
        reference = self.filled[0] if self.filled[0] < first else first
        for leg in range(1, len(self.filled)):
            most = (2 * first * self.filled[leg] + first - 1) // (2 * self.targets[leg])
            if most < reference:
                reference = most
        while not self._is_hedged(reference):
            reference -= 1
        return reference if reference > 0 else 0

    def covering_reference(self) -> i64:
        """The fewest lots of the first leg, hedged within tolerance, whose matched quantities cover what is filled."""
        first = self.targets[0]
        reference: i64 = self.filled[0] if self.filled[0] > 0 else 0
        for leg in range(1, len(self.filled)):
            if self.filled[leg] > self.matched_lots(leg, reference):
                twice = 2 * self.targets[leg]
                reference = ((2 * self.filled[leg] - 1) * first + twice - 1) // twice
        while not self._is_hedged(reference):
            reference += 1
        return reference if reference < first else first

    def excess_lots(self, leg: i64) -> i64:
        """Filled lots of the leg beyond the matched quantity: what an unwind trades back.

        Negative when a late fill of an unwind has taken the leg below zero: that much is bought back, or sold back.
        """
        return self.filled[leg] - self.matched_lots(leg, self.matched_reference())

    def deficit_lots(self, leg: i64) -> i64:
        """Lots the leg lacks to cover what the others have filled (what a re-order sends)."""
        return self.matched_lots(leg, self.covering_reference()) - self.filled[leg]

    def is_balanced(self) -> bool:
        """Whether every leg stands exactly at one matched quantity."""
        reference = self.matched_reference()
        for leg in range(len(self.filled)):
            if self.filled[leg] != self.matched_lots(leg, reference) or self.substitute_rest(leg) != 0:
                return False
        return True

    def anything_filled(self) -> bool:
        """Whether any leg holds a quantity."""
        for leg in range(len(self.filled)):
            if self.filled[leg] != 0 or self.substitute[leg] != 0:
                return True
        return False

    # ------------------------------------------------------------------ substitutes

    def lots_per_lot(self, leg: i64) -> i64:
        """Lots of the leg's substitute instrument that stand for one of its own; 1 when it has none."""
        for alternative in self.definition.execution.legs[leg].alternatives:
            if alternative.lots_per_lot != 1:
                return alternative.lots_per_lot
        return 1

    def substitute_whole(self, leg: i64) -> i64:
        """Whole leg lots that the substitute lots stand for, rounded toward zero."""
        lots = self.substitute[leg]
        if lots == 0:
            return 0
        ratio = self.lots_per_lot(leg)
        return lots // ratio if lots > 0 else -(-lots // ratio)

    def substitute_rest(self, leg: i64) -> i64:
        """Substitute lots beyond whole leg lots: they hedge nothing until the lot is whole."""
        if self.substitute[leg] == 0:
            return 0
        return self.substitute[leg] - self.substitute_whole(leg) * self.lots_per_lot(leg)

    def note_way(self, leg_order: LegOrder) -> None:
        """How the order's instrument and route stand to its leg: its own way, or one of the alternatives."""
        definition = self.definition.legs[leg_order.leg]
        instrument = leg_order.command.instrument_index
        if instrument == definition.instrument_index and leg_order.route == definition.route:
            return
        for alternative in self.definition.execution.legs[leg_order.leg].alternatives:
            if alternative.instrument_index == instrument and alternative.route == leg_order.route:
                leg_order.lots_per_lot = alternative.lots_per_lot
                leg_order.is_elsewhere = alternative.is_elsewhere
                return

    def held_lots(self, leg: i64, way: Alternative) -> i64:
        """Net lots that the leg has traded another way, in the spread order's own direction and the way's own lots."""
        held: i64 = 0
        for leg_order in self.leg_orders:
            if leg_order.leg == leg and leg_order.route == way.route:
                if leg_order.command.instrument_index == way.instrument_index:
                    held += leg_order.command.side * self.sides[leg] * leg_order.cumulative_lots
        return held

    def is_held_elsewhere(self) -> bool:
        """Whether a part of a leg is held where the leg itself is not: another account, or a substitute."""
        for leg in range(len(self.filled)):
            held: i64 = 0
            for leg_order in self.leg_orders:
                if leg_order.leg == leg and leg_order.is_elsewhere:
                    held += leg_order.command.side * leg_order.cumulative_lots
            if held != 0:
                return True
        return False

    # ------------------------------------------------------------------ refusals

    def other_offset_is_left(self, leg: i64, side: i64) -> bool:
        """Whether the leg's close orders of this side were refused for their close flag exactly once so far."""
        refused: i64 = 0
        for leg_order in self.leg_orders:
            if leg_order.leg == leg and leg_order.command.side == side and leg_order.reject_class == REJECT_OFFSET:
                if leg_order.command.offset != OFFSET_CLOSE and leg_order.command.offset != OFFSET_CLOSE_TODAY:
                    return False
                refused += 1
        return refused == 1

    # ------------------------------------------------------------------ what can still happen

    def live_lots(self, leg: i64, side: i64) -> i64:
        """Lots of the leg that live and possibly live orders of the side can still fill, in lots of the leg."""
        lots: i64 = 0
        for leg_order in self.leg_orders:
            if leg_order.leg == leg and leg_order.command.side == side:
                left = leg_order.leaves_lots()
                lots += (left + leg_order.lots_per_lot - 1) // leg_order.lots_per_lot
        return lots

    def lowest_lots(self, leg: i64) -> i64:
        """Lower end of what the leg can come to hold: known fills, and everything that trades it back fills."""
        return self.filled[leg] - self.live_lots(leg, -self.sides[leg])

    def highest_lots(self, leg: i64) -> i64:
        """Upper end of what the leg can come to hold: known fills, and everything on its own side fills."""
        return self.filled[leg] + self.live_lots(leg, self.sides[leg])

    def uncovered_lots(self, leg: i64) -> i64:
        """The part of the leg's deficit that no live or possibly live order of its own side can still fill."""
        lots = self.deficit_lots(leg) - self.live_lots(leg, self.sides[leg])
        return lots if lots > 0 else 0

    def naked_now_e4(self) -> i64:
        """Worst naked exposure that the order can come to from here, in base currency.

        The exposure is an interval per leg; the worst is the leg that may hold the largest share of its target against
        the one that may hold the smallest. A whole target on one side alone, or a clip of it, is `naked_worst_e4`.
        """
        worst_e6: i64 = 0
        for leg in range(len(self.targets)):
            high_e6 = (self.highest_lots(leg) * _E6 + self.targets[leg] - 1) // self.targets[leg]
            for other in range(len(self.targets)):
                if other != leg:
                    low_e6 = self.lowest_lots(other) * _E6 // self.targets[other]
                    if high_e6 - low_e6 > worst_e6:
                        worst_e6 = high_e6 - low_e6
        if 0 < self.clip_lots < self.targets[0]:
            worst_e6 = (worst_e6 * self.targets[0] + self.clip_lots - 1) // self.clip_lots
        whole = checked_multiply(self.naked_worst_e4 // _E6, worst_e6)
        return checked_add(whole, (self.naked_worst_e4 % _E6 * worst_e6 + _E6 - 1) // _E6)

    def is_scheduled(self) -> bool:
        """Whether a leg's first order waits for its delay, or a part of a quantity for a venue's window."""
        if len(self.waiting) > 0:
            return True
        for due_ns in self.due_ns:
            if due_ns != 0:
                return True
        return False

    def drop_schedule(self) -> None:
        """Nothing that has not been sent is sent any more: no delayed leg, no later rank, nothing that waits."""
        self.next_rank = -1
        self.drop_waiting(-1)
        for leg in range(len(self.due_ns)):
            self.due_ns[leg] = 0

    def wait_for(self, part: WaitingLots, due_ns: i64) -> None:
        """The part waits for its venue's window."""
        self.waiting.append(part)
        if self.waiting_due_ns == 0 or due_ns < self.waiting_due_ns:
            self.waiting_due_ns = due_ns

    def drop_waiting(self, leg: i64) -> None:
        """Nothing of the leg waits any more, or of any leg for -1."""
        if len(self.waiting) == 0:
            return
        self.waiting = [part for part in self.waiting if leg >= 0 and part.leg != leg]
        if len(self.waiting) == 0:
            self.waiting_due_ns = 0

    def waits_on(self, route: i64) -> bool:
        """Whether something waits for the window of the route."""
        for part in self.waiting:
            if (self.definition.legs[part.leg].route if part.way is None else part.way.route) == route:
                return True
        return False

    def rest_of_first(self, leg: i64) -> i64:
        """Lots of a first order that are still to be sent: what matches the most that the other legs can come to hold,
        less what the leg has and can still get."""
        first = self.targets[0]
        reference: i64 = first
        for other in range(len(self.filled)):
            if other == leg:
                continue
            most = self.highest_lots(other)
            for part in self.waiting:
                if part.leg == other:
                    most += part.lots
            if self.due_ns[other] != 0 or self.ranks[other] > self.ranks[leg]:
                most = self.targets[other]
            if other > 0:
                most = (2 * first * most + first - 1) // (2 * self.targets[other])
            if most < reference:
                reference = most
        while not self._is_hedged(reference):
            reference -= 1
        if reference <= 0:
            return 0
        return self.matched_lots(leg, reference) - self.highest_lots(leg)

    def ranked_reference(self, leg: i64) -> i64:
        """The most lots of the first leg, hedged within tolerance, whose matched quantity every other leg has filled
        that was sent no later than this one."""
        first = self.targets[0]
        reference: i64 = first
        for other in range(len(self.filled)):
            if other != leg and self.ranks[other] <= self.ranks[leg] and self.due_ns[other] == 0:
                most = self.filled[other]
                if other > 0:
                    most = (2 * first * self.filled[other] + first - 1) // (2 * self.targets[other])
                if most < reference:
                    reference = most
        while not self._is_hedged(reference):
            reference -= 1
        return reference if reference > 0 else 0

    def was_refused(self) -> bool:
        """Whether a venue or a route refused any of its leg orders."""
        for leg_order in self.leg_orders:
            if leg_order.state == LEG_REJECTED:
                return True
        return False

    def was_forbidden(self) -> bool:
        """Whether a leg was last refused for a permission or an unknown symbol: only a person cures it."""
        for leg in range(len(self.filled)):
            if self.reject_classes[leg] == REJECT_PERMISSION or self.unwind_classes[leg] == REJECT_PERMISSION:
                return True
        return False

    def stand_at(self, step_index: i64) -> None:
        """The ladder goes on from this step, untried; a record says so."""
        self.step_index = step_index
        self.step_attempts = 0
        self.taken_index = step_index
        self.taken_attempts = 0

    def take_step(self) -> None:
        """One more attempt of the step is on record."""
        self.step_attempts += 1
        self.taken_index = self.step_index
        self.taken_attempts = self.step_attempts

    def begin_repair(self) -> None:
        """The ladder begins anew, at once."""
        self.stand_at(-1)
        self.resume_ns = 0
        self.rested = False
        self.awaits_quote = False
        self.was_held = False

    def anything_live(self) -> bool:
        """Whether any leg order can still fill, unknown ones included."""
        for leg_order in self.leg_orders:
            if not is_leg_terminal(leg_order.state):
                return True
        return False

    def has_quotes(self) -> bool:
        """Whether the order was begun by quotes."""
        return len(self.leg_orders) > 0 and self.leg_orders[0].role == ROLE_QUOTE

    def is_quote_live(self, leg: i64) -> bool:
        """Whether a quote of the leg can still fill."""
        for leg_order in self.leg_orders:
            if leg_order.leg == leg and leg_order.role == ROLE_QUOTE and not is_leg_terminal(leg_order.state):
                return True
        return False

    def is_any_quote_live(self) -> bool:
        """Whether a quote of any leg can still fill."""
        for leg in range(len(self.filled)):
            if self.is_quote_live(leg):
                return True
        return False

    def anything_unknown(self) -> bool:
        """Whether the state of any leg order is unknown: possibly live, or asked about without an answer."""
        for leg_order in self.leg_orders:
            if leg_order.state == LEG_UNKNOWN or (leg_order.queries > 0 and not is_leg_terminal(leg_order.state)):
                return True
        return False
