"""The mutable state of execution: leg orders, and the spread orders that own them.

Only `machine.py` writes these objects.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.numbers import checked_multiply
from cross_market_connect.domain.order import REJECT_NONE, OrderCommand
from cross_market_connect.domain.spread import LEG_IDLE, LEG_REJECTED, PROPOSED, SpreadDefinition
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
        sent_ns: when it was encoded; drives the acknowledgement time-out.
        queries: status requests sent since the venue was last heard of.
        cancel_due_ns: when a cancel that the throttle holds back may go; 0 when none waits.
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
        self.query_due_ns: i64 = 0
        self.queries: i64 = 0
        self.cancel_id: i64 = 0
        self.cancel_due_ns: i64 = 0
        self.reject_class: i64 = REJECT_NONE
        self.execution_ids: dict[bytes, int] = {}
        self.record_seq: i64 = 0

    def leaves_lots(self) -> i64:
        """Lots that can still fill at the worst: zero once the venue has confirmed the end."""
        if is_leg_terminal(self.state):
            return 0
        return self.command.quantity_lots - self.cumulative_lots


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
        step_index, step_attempts, step_started_ns: where the ladder stands.
        resume_ns: back-off: no new attempt before this time; 0 when none. rested: the pause is over.
        awaits_quote: the pause ends early when a book that is to be traded changes.
        ranks: per leg, when it is sent: rank 0 at once, later ranks once those before have ended, sized by them.
        delays_ns: per leg, how long its first order waits, so that orders with different ways arrive together.
        reserved_lots: lots per leg that the reservation still holds; fills take from it.
        cause_seq: the record that caused the latest decision.
    """

    def __init__(self, spread_order_id: i64, definition: SpreadDefinition, direction: i64, opening: bool) -> None:
        count: i64 = len(definition.legs)
        self.spread_order_id: i64 = spread_order_id
        self.definition: SpreadDefinition = definition
        self.direction: i64 = direction
        self.opening: bool = opening
        self.state: i64 = PROPOSED
        self.targets: list[i64] = [0 for _ in range(count)]
        self.sides: list[i64] = [0 for _ in range(count)]
        self.limits: list[i64] = [0 for _ in range(count)]
        self.filled: list[i64] = [0 for _ in range(count)]
        self.reject_classes: list[i64] = [REJECT_NONE for _ in range(count)]
        self.unwind_classes: list[i64] = [REJECT_NONE for _ in range(count)]
        self.leg_orders: list[LegOrder] = []
        self.created_ns: i64 = 0
        self.deadline_ns: i64 = 0
        self.step_index: i64 = -1
        self.step_attempts: i64 = 0
        self.step_started_ns: i64 = 0
        self.resume_ns: i64 = 0
        self.rested: bool = False
        self.awaits_quote: bool = False
        self.cause_seq: i64 = 0
        self.reserved: bool = False
        self.naked_worst_e4: i64 = 0
        self.notional_e4: i64 = 0
        self.ranks: list[i64] = [0 for _ in range(count)]
        self.delays_ns: list[i64] = [0 for _ in range(count)]
        self.reserved_lots: list[i64] = [0 for _ in range(count)]

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
            if self.filled[leg] != self.matched_lots(leg, reference):
                return False
        return True

    def anything_filled(self) -> bool:
        """Whether any leg holds a quantity."""
        for leg in range(len(self.filled)):
            if self.filled[leg] != 0:
                return True
        return False

    def was_refused(self) -> bool:
        """Whether a venue or a route refused any of its leg orders."""
        for leg_order in self.leg_orders:
            if leg_order.state == LEG_REJECTED:
                return True
        return False

    def anything_live(self) -> bool:
        """Whether any leg order can still fill, unknown ones included."""
        for leg_order in self.leg_orders:
            if not is_leg_terminal(leg_order.state):
                return True
        return False
