"""What a receipt means for the leg order's state machine."""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from cross_market_connect.domain.order import (
    RECEIPT_ACKNOWLEDGED,
    RECEIPT_CANCEL_REJECTED,
    RECEIPT_CANCELLED,
    RECEIPT_EXPIRED,
    RECEIPT_FILL,
    RECEIPT_PARTIAL_FILL,
    RECEIPT_REJECTED,
    RECEIPT_STATUS,
    RECEIPT_UNKNOWN_ORDER,
    STATUS_CANCELLED,
    STATUS_EXPIRED,
    STATUS_FILLED,
    STATUS_NEW,
    STATUS_PARTLY_FILLED,
    STATUS_REJECTED,
    Receipt,
)
from cross_market_connect.trading.states import (
    EVENT_ABSENT,
    EVENT_ACKNOWLEDGED,
    EVENT_CANCEL_REJECTED,
    EVENT_CANCELLED,
    EVENT_EXPIRED,
    EVENT_FILLED,
    EVENT_PARTIAL,
    EVENT_REJECTED,
)

NO_EVENT: Final[i64] = -1


def leg_event(receipt: Receipt, cumulative_lots: i64, quantity_lots: i64) -> i64:
    """Event of the leg order's table, from the receipt's kind and, for fills, from quantities alone.

    Args:
        cumulative_lots: what is known to have filled, this receipt included.
    """
    kind = receipt.kind
    if kind == RECEIPT_STATUS:
        return _status_event(receipt.status, cumulative_lots, quantity_lots)
    if kind == RECEIPT_FILL or kind == RECEIPT_PARTIAL_FILL:
        return EVENT_FILLED if cumulative_lots >= quantity_lots else EVENT_PARTIAL
    if kind == RECEIPT_ACKNOWLEDGED:
        return EVENT_ACKNOWLEDGED
    if kind == RECEIPT_REJECTED:
        return EVENT_REJECTED
    if kind == RECEIPT_EXPIRED:
        return EVENT_EXPIRED
    if kind == RECEIPT_CANCELLED:
        return EVENT_CANCELLED
    if kind == RECEIPT_CANCEL_REJECTED:
        return EVENT_CANCEL_REJECTED
    if kind == RECEIPT_UNKNOWN_ORDER:
        return EVENT_ABSENT
    return NO_EVENT


def _status_event(status: i64, cumulative_lots: i64, quantity_lots: i64) -> i64:
    if cumulative_lots >= quantity_lots:
        return EVENT_FILLED
    if status == STATUS_NEW:
        return EVENT_ACKNOWLEDGED
    if status == STATUS_PARTLY_FILLED:
        return EVENT_PARTIAL
    if status == STATUS_CANCELLED:
        return EVENT_CANCELLED
    if status == STATUS_REJECTED:
        return EVENT_REJECTED
    if status == STATUS_EXPIRED:
        return EVENT_EXPIRED
    if status == STATUS_FILLED:
        return EVENT_PARTIAL
    return NO_EVENT
