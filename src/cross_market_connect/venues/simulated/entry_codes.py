"""FIX character codes of orders and reports at the exchange's end (FIX 4.4 Volume 6), and the fields made of them."""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.order import (
    BUY,
    DAY,
    FILL_OR_KILL,
    IMMEDIATE_OR_CANCEL,
    LIMIT,
    MARKET,
    SELL,
    STATUS_CANCELLED,
    STATUS_EXPIRED,
    STATUS_FILLED,
    STATUS_NEW,
    STATUS_PARTLY_FILLED,
    STATUS_REJECTED,
)
from cross_market_connect.matching.orders import (
    EVENT_ACCEPTED,
    EVENT_CANCELLED,
    EVENT_EXPIRED,
    EVENT_REPLACED,
    EVENT_TRADE,
    EVENT_TRADE_BUSTED,
    EVENT_TRADE_CORRECTED,
    ExchangeOrder,
)
from cross_market_connect.wire.fix.encoder import NO_CODE
from cross_market_connect.wire.fix.messages import ExecutionReport

AVERAGE_PRICE_EXTRA_DECIMALS: Final[i64] = 4
_AVERAGE_SCALE: Final[i64] = 10_000

# FIX character codes (Volume 6): Side, OrdType, TimeInForce, OrdStatus, ExecType.
SIDE_BUY: Final[i64] = 49  # 1
SIDE_SELL: Final[i64] = 50  # 2
ORD_TYPE_MARKET: Final[i64] = 49  # 1
ORD_TYPE_LIMIT: Final[i64] = 50  # 2
FORCE_DAY: Final[i64] = 48  # 0
FORCE_IMMEDIATE: Final[i64] = 51  # 3
FORCE_FILL_OR_KILL: Final[i64] = 52  # 4
ORD_STATUS_REJECTED: Final[i64] = 56  # 8
SIDE_UNDISCLOSED: Final[i64] = 55  # 7
# CxlRejResponseTo (434); MassCancelRequestType (530) and MassCancelResponse (531).
TO_CANCEL: Final[i64] = 49
TO_REPLACE: Final[i64] = 50
MASS_ALL: Final[i64] = 55  # 7
MASS_REFUSED: Final[i64] = 48
EXEC_NEW: Final[i64] = 48  # 0
EXEC_CANCELLED: Final[i64] = 52  # 4
EXEC_REPLACED: Final[i64] = 53  # 5
EXEC_REJECTED: Final[i64] = 56  # 8
EXEC_EXPIRED: Final[i64] = 67  # C
EXEC_TRADE: Final[i64] = 70  # F
EXEC_TRADE_CORRECT: Final[i64] = 71  # G
EXEC_TRADE_CANCEL: Final[i64] = 72  # H
EXEC_STATUS: Final[i64] = 73  # I


def fix_status(status: i64) -> i64:
    """OrdStatus (39) of a STATUS_*; pending counts as pending new (A)."""
    if status == STATUS_NEW:
        return 48
    if status == STATUS_PARTLY_FILLED:
        return 49
    if status == STATUS_FILLED:
        return 50
    if status == STATUS_CANCELLED:
        return 52
    if status == STATUS_REJECTED:
        return ORD_STATUS_REJECTED
    if status == STATUS_EXPIRED:
        return 67
    return 65


def side_of(code: i64) -> i64:
    """BUY or SELL; 0 for a side that the venue does not know."""
    if code == SIDE_BUY:
        return BUY
    return SELL if code == SIDE_SELL else 0


def order_type_of(code: i64) -> i64:
    """LIMIT or MARKET; 0 for a type that the venue does not know."""
    if code == ORD_TYPE_LIMIT:
        return LIMIT
    return MARKET if code == ORD_TYPE_MARKET else 0


def force_of(code: i64) -> i64:
    """DAY, IMMEDIATE_OR_CANCEL or FILL_OR_KILL; absent (code 0) is DAY; -1 for one that the venue does not know."""
    if code in (FORCE_DAY, NO_CODE):
        return DAY
    if code == FORCE_IMMEDIATE:
        return IMMEDIATE_OR_CANCEL
    return FILL_OR_KILL if code == FORCE_FILL_OR_KILL else -1


def exec_type(kind: i64) -> i64:
    """ExecType (150) of an EVENT_*, as FIX 4.4 has it."""
    if kind == EVENT_ACCEPTED:
        return EXEC_NEW
    if kind == EVENT_TRADE:
        return EXEC_TRADE
    if kind == EVENT_CANCELLED:
        return EXEC_CANCELLED
    if kind == EVENT_REPLACED:
        return EXEC_REPLACED
    if kind == EVENT_TRADE_BUSTED:
        return EXEC_TRADE_CANCEL
    if kind == EVENT_TRADE_CORRECTED:
        return EXEC_TRADE_CORRECT
    return EXEC_EXPIRED if kind == EVENT_EXPIRED else EXEC_REJECTED


def describe(report: ExecutionReport, order: ExchangeOrder, instrument: Instrument | None) -> None:
    """The fields that repeat what the order said."""
    report.order_id = b"%d" % order.order_number
    report.cl_ord_id = order.client_id
    report.side = SIDE_BUY if order.side == BUY else SIDE_SELL
    report.order_quantity = order.quantity_lots
    report.ord_type = ORD_TYPE_MARKET if order.order_type == MARKET else ORD_TYPE_LIMIT
    report.position_effect = order.offset_code
    report.time_in_force = FORCE_DAY
    if order.time_in_force == IMMEDIATE_OR_CANCEL:
        report.time_in_force = FORCE_IMMEDIATE
    elif order.time_in_force == FILL_OR_KILL:
        report.time_in_force = FORCE_FILL_OR_KILL
    if instrument is not None:
        report.price_units = order.price_ticks * instrument.tick_units
        report.price_decimals = instrument.price_decimals


def average(report: ExecutionReport, value_ticks: i64, lots: i64, instrument: Instrument | None) -> None:
    """AvgPx (6) with more decimals than the price, cut off; 0 before the first fill."""
    if instrument is None or lots == 0:
        return
    report.average_price_units = value_ticks * instrument.tick_units * _AVERAGE_SCALE // lots
    report.average_price_decimals = instrument.price_decimals + AVERAGE_PRICE_EXTRA_DECIMALS
