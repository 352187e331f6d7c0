"""What ExecType (150) and OrdStatus (39) of a report mean, as tables (FIX 4.4 Volume 4, ExecutionReport; Volume 6).

ExecType says why the report was sent and decides the receipt's kind. OrdStatus says how the order stands and decides
the receipt's status. We send no replace requests and no orders that live longer than a day; the tables say what their
states mean for orders like ours.
"""

from __future__ import annotations

from typing import Final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.order import (
    RECEIPT_ACKNOWLEDGED,
    RECEIPT_CANCELLED,
    RECEIPT_EXPIRED,
    RECEIPT_FILL,
    RECEIPT_PARTIAL_FILL,
    RECEIPT_PENDING_CANCEL,
    RECEIPT_REJECTED,
    RECEIPT_STATUS,
    RECEIPT_TRADE_CANCEL,
    RECEIPT_TRADE_CORRECT,
    STATUS_CANCELLED,
    STATUS_EXPIRED,
    STATUS_FILLED,
    STATUS_NEW,
    STATUS_PARTLY_FILLED,
    STATUS_PENDING,
    STATUS_REJECTED,
    STATUS_UNKNOWN,
)
from cross_market_connect.venues.fix_broker.codes import side_of_code
from cross_market_connect.venues.fix_broker.sent import SentId
from cross_market_connect.wire.fix.message import FixMessage

# ExecType: (receipt kind, meaning)
EXEC_TYPES: Final[dict[str, tuple[int, str]]] = {
    "0": (RECEIPT_ACKNOWLEDGED, "new"),
    "3": (RECEIPT_EXPIRED, "done for day: nothing more executes today, and a day order does not live longer"),
    "4": (RECEIPT_CANCELLED, "cancelled, asked for or not; also what is left of an IOC"),
    "5": (RECEIPT_STATUS, "replaced by the broker: quantities and status as stated"),
    "6": (RECEIPT_PENDING_CANCEL, "cancel request received, not yet decided"),
    "7": (RECEIPT_STATUS, "stopped: guaranteed a price, still open"),
    "8": (RECEIPT_REJECTED, "rejected, or the answer to a question about an order that the venue does not know"),
    "9": (RECEIPT_STATUS, "suspended: open, not trading"),
    "A": (RECEIPT_STATUS, "pending new: received by the broker, not yet accepted by the venue"),
    "B": (RECEIPT_STATUS, "calculated: after the end, with settlement amounts"),
    "C": (RECEIPT_EXPIRED, "expired"),
    "D": (RECEIPT_STATUS, "restated by the broker: quantities and status as stated"),
    "E": (RECEIPT_STATUS, "pending replace"),
    "F": (RECEIPT_PARTIAL_FILL, "trade; a fill when nothing is left"),
    "G": (RECEIPT_TRADE_CORRECT, "trade corrected"),
    "H": (RECEIPT_TRADE_CANCEL, "trade cancelled"),
    "I": (RECEIPT_STATUS, "answer to a status request"),
}

# OrdStatus: (status, meaning). An open status with a filled quantity is STATUS_PARTLY_FILLED.
ORD_STATUSES: Final[dict[str, tuple[int, str]]] = {
    "0": (STATUS_NEW, "new"),
    "1": (STATUS_PARTLY_FILLED, "partially filled"),
    "2": (STATUS_FILLED, "filled"),
    "3": (STATUS_EXPIRED, "done for day"),
    "4": (STATUS_CANCELLED, "cancelled"),
    "6": (STATUS_PENDING, "pending cancel"),
    "7": (STATUS_NEW, "stopped: open"),
    "8": (STATUS_REJECTED, "rejected"),
    "9": (STATUS_NEW, "suspended: open, may trade again"),
    "A": (STATUS_PENDING, "pending new"),
    "B": (STATUS_EXPIRED, "calculated: filled or done for day; the quantity says which"),
    "C": (STATUS_EXPIRED, "expired"),
    "D": (STATUS_NEW, "accepted for bidding: open"),
    "E": (STATUS_PENDING, "pending replace"),
}

NO_KIND: Final[i64] = 0
# Symbol (55) of an instrument that has none (FIX 5.0 SP2, Symbol).
NO_SYMBOL: Final = b"[N/A]"
_CODES: Final[i64] = 128


def _by_code(table: dict[str, tuple[int, str]], missing: int) -> list[int]:
    row = [missing for _ in range(int(_CODES))]
    for character, meaning in table.items():
        row[ord(character)] = meaning[0]
    return row


_KINDS: Final[vec[i64]] = vec[i64](_by_code(EXEC_TYPES, int(NO_KIND)))
_STATUSES: Final[vec[i64]] = vec[i64](_by_code(ORD_STATUSES, int(STATUS_UNKNOWN)))


def receipt_kind(exec_type: i64) -> i64:
    """RECEIPT_* of an ExecType character code; NO_KIND for one that the standard does not have."""
    return _KINDS[exec_type] if exec_type < _CODES else NO_KIND


def order_status(ord_status: i64, cumulative_lots: i64) -> i64:
    """STATUS_* of an OrdStatus character code; STATUS_UNKNOWN for one that the standard does not have."""
    status = _STATUSES[ord_status] if ord_status < _CODES else STATUS_UNKNOWN
    return STATUS_PARTLY_FILLED if status == STATUS_NEW and cumulative_lots > 0 else status


def is_whole_fill(status: i64, leaves_lots: i64) -> bool:
    """Whether a trade leaves nothing open of an order that nobody ended: some venues state the last trade as partial.

    A trade reported after the order's cancellation is no whole fill, though nothing is left of the order.
    """
    if status == STATUS_FILLED:
        return True
    return leaves_lots == 0 and (status == STATUS_NEW or status == STATUS_PARTLY_FILLED or status == STATUS_PENDING)


def is_trade(kind: i64) -> bool:
    """Whether the report is about a trade: made, cancelled or corrected."""
    return kind == RECEIPT_PARTIAL_FILL or kind == RECEIPT_TRADE_CANCEL or kind == RECEIPT_TRADE_CORRECT


def trade_kind(status: i64, leaves_lots: i64) -> i64:
    """RECEIPT_FILL or RECEIPT_PARTIAL_FILL."""
    return RECEIPT_FILL if is_whole_fill(status, leaves_lots) else RECEIPT_PARTIAL_FILL


def contradicting_tag(message: FixMessage, symbol_tag: i64, index: i64, sent: SentId) -> i64:
    """The instrument's field or Side (54), where it is told and is not that of the order whose id the report bears:
    what it says happened to some other order, and nobody knows which. 0 when nothing contradicts.

    Args:
        index: the instrument that the report names, -1 for none of ours.
    """
    symbol = message.get(symbol_tag)
    if len(symbol) > 0 and symbol != NO_SYMBOL and index != sent.instrument_index:
        return symbol_tag
    if message.index_of(54) >= 0 and side_of_code(message.get_char(54)) != sent.side:
        return 54
    return 0
