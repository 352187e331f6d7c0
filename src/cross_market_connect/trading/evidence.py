"""What receipts prove: how many lots are new, and what no ladder may answer by itself."""

from __future__ import annotations

from mypy_extensions import i64

from cross_market_connect.domain.order import RECEIPT_TRADE_CANCEL, RECEIPT_TRADE_CORRECT, Receipt
from cross_market_connect.trading.orders import EXECUTION_IDS_MAX, LegOrder, SpreadOrder
from cross_market_connect.trading.reservation import ReservationLedger
from cross_market_connect.trading.states import HALT_NONE, HALT_OVERFILLED, HALT_TRADE_BUSTED


def count(ledger: ReservationLedger, order: SpreadOrder, leg_order: LegOrder, receipt: Receipt) -> i64:
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
    ledger.add_fill(order, leg_order.leg, side, counted)
    return counted


def breach(leg_order: LegOrder, receipt: Receipt, counted: i64) -> i64:
    """What the venue did that no ladder may answer by itself, as a halt reason; HALT_NONE when it did nothing such."""
    if counted != 0 and _is_bust(receipt):
        return HALT_TRADE_BUSTED
    if counted > 0 and leg_order.cumulative_lots > leg_order.command.quantity_lots:
        return HALT_OVERFILLED
    return HALT_NONE


def _is_bust(receipt: Receipt) -> bool:
    """Whether the venue took a trade back or changed it."""
    return receipt.kind == RECEIPT_TRADE_CANCEL or receipt.kind == RECEIPT_TRADE_CORRECT
