"""What the matching engine takes and tells: orders, events, trades and the reasons of its refusals.

Side, order type, time in force and status use the constants of `domain.order`. Everything here carries lots and ticks;
text, codes and wire formats belong to the venue that stands in front of the matching engine.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.numbers import checked_add, checked_multiply
from cross_market_connect.domain.order import STATUS_NEW, STATUS_PARTLY_FILLED, STATUS_PENDING

EVENT_ACCEPTED: Final[i64] = 1
EVENT_TRADE: Final[i64] = 2
EVENT_CANCELLED: Final[i64] = 3
EVENT_EXPIRED: Final[i64] = 4
EVENT_REJECTED: Final[i64] = 5
EVENT_TRADE_BUSTED: Final[i64] = 6
EVENT_TRADE_CORRECTED: Final[i64] = 7
EVENT_REPLACED: Final[i64] = 8
EVENT_NAMES: Final[tuple[str, ...]] = (
    "none",
    "accepted",
    "trade",
    "cancelled",
    "expired",
    "rejected",
    "trade_busted",
    "trade_corrected",
    "replaced",
)

# Why an order or a cancel was refused, or why an order ended. The venue maps them to its own codes and texts.
REASON_NONE: Final[i64] = 0
REASON_UNKNOWN_INSTRUMENT: Final[i64] = 1
REASON_MARKET_CLOSED: Final[i64] = 2
REASON_HALTED: Final[i64] = 3
REASON_PRICE_LIMITS: Final[i64] = 4
REASON_PRICE_STEP: Final[i64] = 5
REASON_QUANTITY_STEP: Final[i64] = 6
REASON_QUANTITY_MAX: Final[i64] = 7
REASON_DUPLICATE_ID: Final[i64] = 8
REASON_UNKNOWN_ORDER: Final[i64] = 9
REASON_TOO_LATE: Final[i64] = 10
REASON_SELF_TRADE: Final[i64] = 11
REASON_ORDER_COUNT: Final[i64] = 12
REASON_ORDER_KIND: Final[i64] = 13
REASON_BUSY: Final[i64] = 14
REASON_THROTTLED: Final[i64] = 15
REASON_INSUFFICIENT: Final[i64] = 16
REASON_QUOTA: Final[i64] = 17
REASON_PERMISSION: Final[i64] = 18
REASON_REQUESTED: Final[i64] = 19
REASON_DISCONNECTED: Final[i64] = 20
REASON_NOT_FILLABLE: Final[i64] = 21
REASON_CLOSE_OF_DAY: Final[i64] = 22
REASON_OFFSET: Final[i64] = 23
REASON_LIMIT_LOCKED: Final[i64] = 24
REASON_OTHER: Final[i64] = 25
REASON_MASS_CANCEL: Final[i64] = 26
REASON_COUNT: Final[i64] = 27
REASON_NAMES: Final[tuple[str, ...]] = (
    "none",
    "unknown_instrument",
    "market_closed",
    "halted",
    "price_out_of_limits",
    "price_off_step",
    "quantity_off_step",
    "quantity_above_maximum",
    "duplicate_client_id",
    "unknown_order",
    "too_late_to_cancel",
    "self_trade",
    "too_many_orders",
    "order_kind_not_supported",
    "busy",
    "throttled",
    "insufficient",
    "quota_exhausted",
    "no_permission",
    "requested",
    "disconnected",
    "not_fillable_in_full",
    "close_of_day",
    "offset_mismatch",
    "limit_locked",
    "other",
    "mass_cancel",
)


@final
class Trade:
    """One trade, as the ledger keeps it. `aggressor_side` is the side of the order that took liquidity."""

    def __init__(
        self,
        trade_number: i64,
        instrument_index: i64,
        price_ticks: i64,
        quantity_lots: i64,
        buyer: i64,
        seller: i64,
        aggressor_side: i64,
        utc_ns: i64,
    ) -> None:
        self.trade_number: i64 = trade_number
        self.instrument_index: i64 = instrument_index
        self.price_ticks: i64 = price_ticks
        self.quantity_lots: i64 = quantity_lots
        self.buyer: i64 = buyer
        self.seller: i64 = seller
        self.aggressor_side: i64 = aggressor_side
        self.utc_ns: i64 = utc_ns


@final
class ExchangeOrder:
    """One order as the exchange knows it, live or ended.

    Attributes:
        participant: index of the account that owns it.
        session: the venue's number of the connection that entered it (reports go there); 0 for none.
        client_id: the participant's own id, unique per participant.
        order_number: the exchange's id, from a counter; 0 before it is accepted or rejected.
        cumulative_lots, leaves_lots: filled and still open quantity.
        filled_value_ticks: sum of price times quantity over its fills, saturating.
        reason: why it ended, one of REASON_*.
        offset_code: open/close flag as the participant sent it (FIX 77), kept to be repeated in reports; 0 for none.
        entered_utc_ns: when the exchange took or refused it.
        report_flags, told_reason, told_field: how the venue in front reports it (see `venues.simulated.faults`); kept,
            not read here.
        former_id: the participant's id of it before its last replace; b"" before the first.
        last_trade: its latest trade, and last_execution_number the event that told of it.
    """

    def __init__(
        self,
        participant: i64,
        session: i64,
        client_id: bytes,
        instrument_index: i64,
        side: i64,
        order_type: i64,
        time_in_force: i64,
        price_ticks: i64,
        quantity_lots: i64,
    ) -> None:
        self.participant: i64 = participant
        self.session: i64 = session
        self.client_id: bytes = client_id
        self.instrument_index: i64 = instrument_index
        self.side: i64 = side
        self.order_type: i64 = order_type
        self.time_in_force: i64 = time_in_force
        self.price_ticks: i64 = price_ticks
        self.quantity_lots: i64 = quantity_lots
        self.order_number: i64 = 0
        self.cumulative_lots: i64 = 0
        self.leaves_lots: i64 = quantity_lots
        self.filled_value_ticks: i64 = 0
        self.status: i64 = STATUS_PENDING
        self.reason: i64 = REASON_NONE
        self.offset_code: i64 = 0
        self.entered_utc_ns: i64 = 0
        self.report_flags: i64 = 0
        self.former_id: bytes = b""
        self.told_reason: i64 = -1
        self.told_field: bytes = b""
        self.last_trade: Trade | None = None
        self.last_execution_number: i64 = 0

    def is_open(self) -> bool:
        """Whether it may still trade."""
        return self.status == STATUS_NEW or self.status == STATUS_PARTLY_FILLED

    def fill(self, price_ticks: i64, quantity_lots: i64) -> None:
        """Count one fill; the status is the caller's to set."""
        self.cumulative_lots += quantity_lots
        self.leaves_lots -= quantity_lots
        self.filled_value_ticks = checked_add(self.filled_value_ticks, checked_multiply(price_ticks, quantity_lots))


@final
class ExchangeEvent:
    """One thing that happened to one order, with the order's totals just after it.

    Attributes:
        kind: one of EVENT_*.
        execution_number: unique over all events of this exchange, from a counter.
        trade_number: the trade it belongs to, the same for both sides; 0 when it is no trade.
        last_ticks, last_lots: price and quantity of the trade.
        reference_number: the event that told first of the trade that is busted or corrected; 0 otherwise.
        aggressor: the order took liquidity in this trade.
    """

    def __init__(self, kind: i64, order: ExchangeOrder, execution_number: i64, reason: i64, utc_ns: i64) -> None:
        self.kind: i64 = kind
        self.order: ExchangeOrder = order
        self.execution_number: i64 = execution_number
        self.reason: i64 = reason
        self.utc_ns: i64 = utc_ns
        self.status: i64 = order.status
        self.cumulative_lots: i64 = order.cumulative_lots
        self.leaves_lots: i64 = order.leaves_lots
        self.filled_value_ticks: i64 = order.filled_value_ticks
        self.trade_number: i64 = 0
        self.last_ticks: i64 = 0
        self.last_lots: i64 = 0
        self.reference_number: i64 = 0
        self.aggressor: bool = False
