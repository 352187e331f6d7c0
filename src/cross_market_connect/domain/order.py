"""Orders and execution reports: constants of the hot path, the commands that go out and the receipts that come in.

Constants are `Final[i64]`; the tables of names at the end turn them into text at the edges (log, audit, page).
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

BUY: Final[i64] = 1
SELL: Final[i64] = -1

# Order type and time in force, as far as the venues of this platform know them.
LIMIT: Final[i64] = 1
MARKET: Final[i64] = 2
DAY: Final[i64] = 0
IMMEDIATE_OR_CANCEL: Final[i64] = 3
FILL_OR_KILL: Final[i64] = 4

# Open/close flag of Chinese futures (FIX 77 PositionEffect); NONE where the venue nets.
OFFSET_NONE: Final[i64] = 0
OFFSET_OPEN: Final[i64] = 1
OFFSET_CLOSE: Final[i64] = 2
OFFSET_CLOSE_TODAY: Final[i64] = 3

# What a receipt says happened. A venue's own code is kept beside it as text.
RECEIPT_ACKNOWLEDGED: Final[i64] = 1
RECEIPT_PARTIAL_FILL: Final[i64] = 2
RECEIPT_FILL: Final[i64] = 3
RECEIPT_CANCELLED: Final[i64] = 4
RECEIPT_EXPIRED: Final[i64] = 5
RECEIPT_REJECTED: Final[i64] = 6
RECEIPT_CANCEL_REJECTED: Final[i64] = 7
RECEIPT_STATUS: Final[i64] = 8
RECEIPT_PENDING_CANCEL: Final[i64] = 9
RECEIPT_UNKNOWN_ORDER: Final[i64] = 10
RECEIPT_TRADE_CANCEL: Final[i64] = 11
RECEIPT_TRADE_CORRECT: Final[i64] = 12

# Order status inside a RECEIPT_STATUS or beside any receipt.
STATUS_NEW: Final[i64] = 1
STATUS_PARTLY_FILLED: Final[i64] = 2
STATUS_FILLED: Final[i64] = 3
STATUS_CANCELLED: Final[i64] = 4
STATUS_REJECTED: Final[i64] = 5
STATUS_EXPIRED: Final[i64] = 6
STATUS_PENDING: Final[i64] = 7
STATUS_UNKNOWN: Final[i64] = 8

# Reject classes: what a reject allows to be done next (execution semantics, "Repair ladder").
REJECT_NONE: Final[i64] = 0
REJECT_PRICE: Final[i64] = 1
REJECT_THROTTLED: Final[i64] = 2
REJECT_MARKET_CLOSED: Final[i64] = 3
REJECT_INSUFFICIENT: Final[i64] = 4
REJECT_OFFSET: Final[i64] = 5
REJECT_QUOTA: Final[i64] = 6
REJECT_DUPLICATE: Final[i64] = 7
REJECT_PERMISSION: Final[i64] = 8
REJECT_BUSY: Final[i64] = 9
REJECT_LIMIT_LOCKED: Final[i64] = 10
REJECT_SIZE: Final[i64] = 11
REJECT_OTHER: Final[i64] = 12
REJECT_CLASS_COUNT: Final[i64] = 13

REJECT_CLASS_NAMES: Final[tuple[str, ...]] = (
    "none",
    "price_out_of_limits",
    "throttled",
    "market_closed",
    "insufficient",
    "offset_mismatch",
    "quota_exhausted",
    "duplicate_id",
    "unknown_symbol_or_permission",
    "busy_or_disconnected",
    "limit_locked",
    "size_out_of_limits",
    "other",
)

RECEIPT_NAMES: Final[tuple[str, ...]] = (
    "none",
    "acknowledged",
    "partial_fill",
    "fill",
    "cancelled",
    "expired",
    "rejected",
    "cancel_rejected",
    "status",
    "pending_cancel",
    "unknown_order",
    "trade_cancel",
    "trade_correct",
)

STATUS_NAMES: Final[tuple[str, ...]] = (
    "none",
    "new",
    "partly_filled",
    "filled",
    "cancelled",
    "rejected",
    "expired",
    "pending",
    "unknown",
)


@final
class OrderCommand:
    """A new order, ready to be encoded: approved by the reservation ledger and already in the log.

    Attributes:
        client_order_id: unique for the life of the journal: session epoch * 10**9 + sequence.
        side: BUY or SELL.
        price_ticks: limit price; ignored for MARKET.
        offset: open/close flag where the venue has one.
    """

    def __init__(
        self,
        client_order_id: i64,
        instrument_index: i64,
        side: i64,
        order_type: i64,
        time_in_force: i64,
        price_ticks: i64,
        quantity_lots: i64,
        offset: i64,
    ) -> None:
        self.client_order_id: i64 = client_order_id
        self.instrument_index: i64 = instrument_index
        self.side: i64 = side
        self.order_type: i64 = order_type
        self.time_in_force: i64 = time_in_force
        self.price_ticks: i64 = price_ticks
        self.quantity_lots: i64 = quantity_lots
        self.offset: i64 = offset


@final
class Receipt:
    """What a venue said about one order, in the platform's terms (执行回报).

    Attributes:
        client_order_id: ours; 0 when the venue named none that is ours.
        kind: one of RECEIPT_*.
        status: one of STATUS_*, the order's status after the event.
        last_lots, last_ticks: quantity and price of this fill.
        cumulative_lots, leaves_lots: totals as the venue states them; -1 when it does not.
        reject_class: one of REJECT_*.
        venue_utc_ns: the venue's event time, 0 when absent.
        execution_id: the venue's id of this report; fills are deduplicated by it.
        venue_order_id: the venue's id of the order.
        code, text: the venue's own reject code and text.
        possible_duplicate: sent again by the venue after a resend request.
        route, instrument_index: of the session that brought it and of the instrument it names; -1 where it cannot tell.
        side: BUY or SELL of an order that is not known to be ours; 0 where it cannot tell.
        is_unreadable: what counts in it could not be read; `text` says where.
        is_copy: it is what another session was told, maybe later than that: see `trading/copies.py`.
    """

    def __init__(self, client_order_id: i64, kind: i64, status: i64) -> None:
        self.client_order_id: i64 = client_order_id
        self.kind: i64 = kind
        self.status: i64 = status
        self.last_lots: i64 = 0
        self.last_ticks: i64 = 0
        self.cumulative_lots: i64 = -1
        self.leaves_lots: i64 = -1
        self.reject_class: i64 = REJECT_NONE
        self.venue_utc_ns: i64 = 0
        self.execution_id: bytes = b""
        self.venue_order_id: bytes = b""
        self.code: bytes = b""
        self.text: bytes = b""
        self.possible_duplicate: bool = False
        self.route: i64 = -1
        self.instrument_index: i64 = -1
        self.side: i64 = 0
        self.is_unreadable: bool = False
        self.is_copy: bool = False


def is_bust(kind: i64) -> bool:
    """Whether a receipt takes a trade back or changes one."""
    return kind == RECEIPT_TRADE_CANCEL or kind == RECEIPT_TRADE_CORRECT
