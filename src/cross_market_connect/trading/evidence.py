"""What receipts prove: how many lots are new, and what no ladder may answer by itself."""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from cross_market_connect.domain.execution import BUST_PERSON
from cross_market_connect.domain.numbers import checked_add, checked_multiply
from cross_market_connect.domain.order import (
    RECEIPT_STATUS,
    RECEIPT_TRADE_CANCEL,
    RECEIPT_TRADE_CORRECT,
    REJECT_BUSY,
    REJECT_DUPLICATE,
    STATUS_CANCELLED,
    STATUS_EXPIRED,
    STATUS_FILLED,
    STATUS_REJECTED,
    Receipt,
    is_bust,
)
from cross_market_connect.domain.spread import LEG_EXPIRED, LEG_FILLED, LEG_REJECTED
from cross_market_connect.trading.orders import EXECUTION_IDS_MAX, LegOrder, SpreadOrder
from cross_market_connect.trading.reservation import ReservationLedger
from cross_market_connect.trading.states import HALT_NONE, HALT_OVERFILLED, HALT_TRADE_BUSTED, is_leg_terminal

# A fill of so many times the order's quantity is a fault of the report.
BELIEVED_TIMES: Final[i64] = 10
BROKER_CONFIRMED: Final[bytes] = b"BROKER"


def count(ledger: ReservationLedger, order: SpreadOrder, leg_order: LegOrder, receipt: Receipt) -> i64:
    """New lots that the receipt proves (negative for a cancelled trade): a report counts once, by its execution
    id, and then by the cumulative quantity where the venue states it."""
    known = leg_order.cumulative_lots
    if receipt.last_lots > 0 and receipt.execution_id in leg_order.execution_ids and not _sets_total(receipt):
        return 0
    note_execution(leg_order, receipt.kind, receipt.execution_id, receipt.last_lots)
    counted: i64 = 0
    if receipt.cumulative_lots >= 0:
        if receipt.cumulative_lots > known or is_bust(receipt.kind):
            counted = receipt.cumulative_lots - known
    elif receipt.kind == RECEIPT_TRADE_CANCEL:
        counted = -receipt.last_lots if receipt.last_lots < known else -known
    elif receipt.kind != RECEIPT_TRADE_CORRECT and receipt.last_lots > 0:
        counted = receipt.last_lots
    if counted == 0:
        return 0
    leg_order.cumulative_lots = known + counted
    price = receipt.last_ticks if receipt.last_ticks != 0 else leg_order.command.price_ticks
    leg_order.filled_ticks_sum = checked_add(leg_order.filled_ticks_sum, checked_multiply(price, counted))
    take_fill(ledger, order, leg_order, counted)
    return counted


def _sets_total(receipt: Receipt) -> bool:
    """Whether the order session tells of a trade taken back, first hand: its total holds, also where a copy has told
    of it before, for what the session had said in between was still of the time before."""
    is_first_hand = not (receipt.possible_duplicate or receipt.is_copy)
    return is_first_hand and is_bust(receipt.kind) and receipt.cumulative_lots >= 0


def note_execution(leg_order: LegOrder, kind: i64, execution_id: bytes, last_lots: i64) -> None:
    """Keep the id of a report about a trade; one that takes lots back, or changes them, with none or less."""
    takes_back = is_bust(kind)
    if execution_id in leg_order.execution_ids:
        return
    if len(execution_id) == 0 or (last_lots == 0 and not takes_back):
        return
    if takes_back or len(leg_order.execution_ids) < EXECUTION_IDS_MAX:
        leg_order.execution_ids[execution_id] = int(-last_lots if takes_back else last_lots)


def was_taken_back(leg_order: LegOrder) -> bool:
    """Whether the venue has taken a trade of the order back, or changed one."""
    for lots in leg_order.execution_ids.values():
        if lots <= 0:
            return True
    return False


def take_fill(ledger: ReservationLedger, order: SpreadOrder, leg_order: LegOrder, counted: i64) -> None:
    """Bring new lots of a leg order (negative for a cancelled trade) into its leg and into the ledger."""
    leg = leg_order.leg
    if is_leg_terminal(leg_order.state):
        order.late_fills += 1
    side = leg_order.command.side
    signed = counted if side == order.sides[leg] else -counted
    whole = signed
    if leg_order.lots_per_lot != 1:
        before = order.substitute_whole(leg)
        order.substitute[leg] = order.substitute[leg] + signed
        whole = order.substitute_whole(leg) - before
    order.filled[leg] = order.filled[leg] + whole
    if side == order.sides[leg]:
        ledger.take_reserved(order, leg, whole)
    ledger.add_position(leg_order.command.instrument_index, leg_order.route, side * counted)


def is_unreadable(receipt: Receipt, leg_order: LegOrder | None) -> bool:
    """Whether what counts in a receipt was not read, or cannot be meant: a quantity that no venue can have filled of
    the order, another instrument or side. One that fills somewhat more than was ordered is believed (see `breach`)."""
    if receipt.is_unreadable or leg_order is None:
        return receipt.is_unreadable
    command = leg_order.command
    most = checked_multiply(command.quantity_lots, BELIEVED_TIMES)
    if receipt.cumulative_lots > most or receipt.last_lots > most or receipt.leaves_lots > most:
        receipt.text = b"a quantity far beyond that of order %d" % command.client_order_id
        return True
    is_other = receipt.instrument_index >= 0 and receipt.instrument_index != command.instrument_index
    if is_other or (receipt.side != 0 and receipt.side != command.side):
        receipt.text = b"another instrument or side than that of order %d" % command.client_order_id
        return True
    return False


def says_nothing_certain(receipt: Receipt, leg_order: LegOrder) -> bool:
    """Whether a refusal leaves open what became of the order: a status answer has to tell.

    A duplicate id is about the second message, the first may live. A busy venue that states no quantity has refused a
    message, and need not know the order. One that denies what has filled is of before that, or wrong.
    """
    if receipt.reject_class == REJECT_DUPLICATE or 0 <= receipt.cumulative_lots < leg_order.cumulative_lots:
        return True
    return receipt.reject_class == REJECT_BUSY and receipt.cumulative_lots < 0


def broker_confirmed(
    leg_order: LegOrder, cumulative_lots: i64, terminal_state: i64, by: str, last_ticks: i64
) -> Receipt:
    """What people found out about an order from its broker, as a status answer."""
    status = STATUS_CANCELLED
    if terminal_state == LEG_FILLED:
        status = STATUS_FILLED
    elif terminal_state == LEG_EXPIRED:
        status = STATUS_EXPIRED
    elif terminal_state == LEG_REJECTED:
        status = STATUS_REJECTED
    receipt = Receipt(leg_order.command.client_order_id, RECEIPT_STATUS, status)
    receipt.cumulative_lots = cumulative_lots
    receipt.last_ticks = last_ticks
    receipt.code = BROKER_CONFIRMED
    receipt.text = by.encode()
    return receipt


def breach(order: SpreadOrder, leg_order: LegOrder, receipt: Receipt, counted: i64) -> i64:
    """What the venue did that no ladder may answer by itself, as a halt reason; HALT_NONE when it did nothing such."""
    if counted != 0 and is_bust(receipt.kind):
        return HALT_TRADE_BUSTED if order.definition.execution.bust_policy == BUST_PERSON else HALT_NONE
    if counted > 0 and leg_order.cumulative_lots > leg_order.command.quantity_lots:
        return HALT_OVERFILLED
    return HALT_NONE
