"""From a venue's refusal to the reject class that says what may be done next.

Two sources, the more precise one first: the venue's own code at the beginning of Text (58), by the table of its codes;
else the standard's reason, OrdRejReason (103), CxlRejReason (102) or BusinessRejectReason (380) of FIX 4.4 Volume 6. A
venue is added by rows of `VENUE_CODES`; rows of several venues live together as long as their codes differ.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from cross_market_connect.domain.order import (
    REJECT_BUSY,
    REJECT_DUPLICATE,
    REJECT_INSUFFICIENT,
    REJECT_LIMIT_LOCKED,
    REJECT_MARKET_CLOSED,
    REJECT_NONE,
    REJECT_OFFSET,
    REJECT_OTHER,
    REJECT_PERMISSION,
    REJECT_PRICE,
    REJECT_QUOTA,
    REJECT_SIZE,
    REJECT_THROTTLED,
)

# Code at the beginning of Text (58): class. A code that is no refusal of an order has the class of what it says.
VENUE_CODES: Final[dict[bytes, int]] = {
    b"E0001": REJECT_PERMISSION,  # unknown instrument
    b"E0002": REJECT_MARKET_CLOSED,
    b"E0003": REJECT_MARKET_CLOSED,  # halted
    b"E0022": REJECT_PRICE,  # out of limits
    b"E0023": REJECT_PRICE,  # off the price step
    b"E0024": REJECT_LIMIT_LOCKED,
    b"E0031": REJECT_SIZE,  # off the lot
    b"E0032": REJECT_SIZE,  # above the largest order
    b"E0041": REJECT_DUPLICATE,
    b"E0042": REJECT_OTHER,  # unknown order: see `says_unknown_order`
    b"E0043": REJECT_OTHER,  # not open any more
    b"E0051": REJECT_OTHER,  # self-trade prevention
    b"E0052": REJECT_THROTTLED,  # too many open orders: some must end first
    b"E0053": REJECT_PERMISSION,  # order kind not supported
    b"E0061": REJECT_BUSY,
    b"E0062": REJECT_THROTTLED,
    b"E0071": REJECT_INSUFFICIENT,
    b"E0072": REJECT_QUOTA,
    b"E0073": REJECT_PERMISSION,
    b"E0074": REJECT_OFFSET,
    b"E0081": REJECT_BUSY,  # cancelled on disconnect
    b"E0082": REJECT_OTHER,  # not fillable in full
    b"E0083": REJECT_MARKET_CLOSED,  # end of trading day
    b"E0091": REJECT_PERMISSION,  # not an order-entry session
    b"E0092": REJECT_PERMISSION,  # not a market-data session
    b"E0093": REJECT_PERMISSION,  # message type not supported
}
UNKNOWN_ORDER_CODES: Final[tuple[bytes, ...]] = (b"E0042",)
CODE_BYTES_MAX: Final[i64] = 16

SESSION_REJECT_SENDING_TIME: Final[i64] = 10
ORD_REJ_UNKNOWN_ORDER: Final[i64] = 5

# OrdRejReason (103): class. Values 16 and 18 are of FIX 5.0; counterparties send them in 4.4 too.
ORD_REJ_REASONS: Final[dict[int, int]] = {
    0: REJECT_OTHER,  # broker or exchange option
    1: REJECT_PERMISSION,  # unknown symbol
    2: REJECT_MARKET_CLOSED,
    3: REJECT_OTHER,  # order exceeds limit: a limit of price, size, count or credit
    4: REJECT_MARKET_CLOSED,  # too late to enter
    5: REJECT_OTHER,  # unknown order
    6: REJECT_DUPLICATE,
    7: REJECT_DUPLICATE,  # of a verbally communicated order
    8: REJECT_BUSY,  # stale order: it was too long under way
    9: REJECT_OTHER,  # trade along required
    10: REJECT_PERMISSION,  # invalid investor id
    11: REJECT_PERMISSION,  # unsupported order characteristic
    12: REJECT_PERMISSION,  # surveillance option
    13: REJECT_SIZE,
    14: REJECT_SIZE,  # incorrect allocated quantity
    15: REJECT_PERMISSION,  # unknown account
    16: REJECT_PRICE,  # exceeds the price band
    18: REJECT_PRICE,  # invalid price increment
    19: REJECT_OTHER,  # no reference price yet (FIX 5.0 SP2 extension packs, as the next)
    20: REJECT_SIZE,  # notional value exceeds threshold
    99: REJECT_OTHER,
    101: REJECT_PRICE,  # HKEX OCG-C: exceeds the price band, and may not be overridden
    102: REJECT_PRICE,  # HKEX OCG-C: exceeds the price band
}

# CxlRejReason (102): class.
CXL_REJ_REASONS: Final[dict[int, int]] = {
    0: REJECT_OTHER,  # too late to cancel
    1: REJECT_OTHER,  # unknown order
    2: REJECT_OTHER,  # broker or exchange option
    3: REJECT_OTHER,  # a cancel or replace is pending already
    6: REJECT_DUPLICATE,  # duplicate ClOrdID of the request
    99: REJECT_OTHER,
}

# BusinessRejectReason (380): class.
BUSINESS_REJECT_REASONS: Final[dict[int, int]] = {
    0: REJECT_OTHER,
    1: REJECT_OTHER,  # unknown id
    2: REJECT_PERMISSION,  # unknown security
    3: REJECT_PERMISSION,  # unsupported message type
    4: REJECT_BUSY,  # application not available
    5: REJECT_PERMISSION,  # conditionally required field missing: the same message fails again
    6: REJECT_PERMISSION,  # not authorized
    7: REJECT_BUSY,  # DeliverTo firm not available
    8: REJECT_THROTTLED,  # FIX 5.0 SP2 extension packs, HKEX OCG-C
}


def venue_code(text: bytes) -> bytes:
    """The code of `VENUE_CODES` that the text begins with, b"" when it begins with none."""
    end: i64 = text.find(b" ")
    if end < 0:
        end = len(text)
    if end == 0 or end > CODE_BYTES_MAX:
        return b""
    code = text[:end]
    return code if code in VENUE_CODES else b""


def order_reject_class(ord_rej_reason: i64, code: bytes) -> i64:
    """Class of a refused order.

    Args:
        ord_rej_reason: OrdRejReason (103), -1 when absent.
        code: from `venue_code`.
    """
    return _class_of(ORD_REJ_REASONS, ord_rej_reason, code)


def cancel_reject_class(cxl_rej_reason: i64, code: bytes) -> i64:
    """Class of a refused cancel, by CxlRejReason (102); -1 when absent."""
    return _class_of(CXL_REJ_REASONS, cxl_rej_reason, code)


def business_reject_class(business_reject_reason: i64, code: bytes) -> i64:
    """Class of a message refused with BusinessRejectReason (380); -1 when absent."""
    return _class_of(BUSINESS_REJECT_REASONS, business_reject_reason, code)


def session_reject_class(session_reject_reason: i64, code: bytes) -> i64:
    """Class of a message refused by Reject (3): malformed to this venue, so that it fails again, whatever the reason.

    SendingTime accuracy (SessionRejectReason 10) alone is about the moment, and the session ends with it.
    """
    if code:
        return VENUE_CODES[code]
    return REJECT_BUSY if session_reject_reason == SESSION_REJECT_SENDING_TIME else REJECT_PERMISSION


def code_class(code: bytes) -> i64:
    """Class of a venue's code alone, REJECT_NONE for no code."""
    return VENUE_CODES[code] if code else REJECT_NONE


def says_unknown_order(ord_rej_reason: i64, code: bytes) -> bool:
    """Whether a refusal says that the venue has no such order (OrdRejReason 5, or the venue's code for it)."""
    return ord_rej_reason == ORD_REJ_UNKNOWN_ORDER or code in UNKNOWN_ORDER_CODES


def _class_of(reasons: dict[int, int], reason: i64, code: bytes) -> i64:
    if code:
        return VENUE_CODES[code]
    return reasons.get(int(reason), int(REJECT_OTHER))
