"""Ten bugs that desks have met, as edits of today's code; the simulation has to find each.

An edit is (text that stands in the file exactly once, text in its place).
"""

from __future__ import annotations

from typing import NamedTuple


class NamedBug(NamedTuple):
    """One bug: the file below the package, its edits, and what a desk would see."""

    name: str
    file: str
    edits: tuple[tuple[str, str], ...]
    meaning: str


NAMED_BUGS: tuple[NamedBug, ...] = (
    NamedBug(
        "last_quantity_for_cumulative",
        "trading/evidence.py",
        (
            (
                "    if receipt.cumulative_lots >= 0:\n",
                "    if receipt.cumulative_lots >= 0 and receipt.last_lots == 0:\n",
            ),
        ),
        "a fill whose report was lost is never made up for by the next one",
    ),
    NamedBug(
        "late_fill_dropped",
        "trading/evidence.py",
        (
            (
                "    known = leg_order.cumulative_lots\n",
                "    known = leg_order.cumulative_lots\n    if leg_order.leaves_lots() == 0:\n        return 0\n",
            ),
        ),
        "a fill after the cancel's acknowledgement is not counted",
    ),
    NamedBug(
        "timeout_taken_as_reject",
        "trading/machine.py",
        (
            (
                "                self.sender.query(order, leg_order)\n",
                '                move_leg(self.step, order, leg_order, 5, "timed out")\n',
            ),
        ),
        "an order without an answer is taken for dead and sent again",
    ),
    NamedBug(
        "release_twice",
        "trading/reservation.py",
        (("        order.reserved = False\n", ""),),
        "a reservation is given back again when an ended order ends anew",
    ),
    NamedBug(
        "unbounded_retry",
        "trading/ladder.py",
        (("order.step_attempts < current.attempts and in_time and ", ""),),
        "a step is tried for ever",
    ),
    NamedBug(
        "hedge_on_next_tick",
        "trading/intake.py",
        (("    desk.machine.advance(order)\n", ""),),
        "nothing follows from a receipt before the next quote or timer",
    ),
    NamedBug(
        "residual_dropped",
        "trading/position.py",
        (
            (
                "        return self.hedge_e9[leg] - self.lots[leg] * LOT_E9\n",
                "        return 0\n",
            ),
        ),
        "what rounding left behind is forgotten by the next order",
    ),
    NamedBug(
        "stale_gate_off",
        "trading/gates.py",
        (("        if age > age_max:\n", "        if age > age_max and age < 0:\n"),),
        "a quote of any age trades",
    ),
    NamedBug(
        "torn_record_skipped",
        "journal/recovery.py",
        (("        if fault.record_seq <= synced:\n            raise LogDamageError(fault)\n", ""),),
        "a log whose synced records are damaged is cut there and gone on with",
    ),
    NamedBug(
        "sequence_reused_after_restart",
        "trading/sending.py",
        (
            (
                "        self.next_client_order_id = epoch * IDS_PER_EPOCH + 1\n        self.doubt",
                "        self.next_client_order_id = IDS_PER_EPOCH + 1\n        self.doubt",
            ),
        ),
        "a restarted engine numbers its orders from the beginning",
    ),
)
