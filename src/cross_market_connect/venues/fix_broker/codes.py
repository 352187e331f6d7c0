"""FIX character codes of orders, and the platform's words for them (FIX 4.4 Volume 6)."""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.order import (
    BUY,
    DAY,
    FILL_OR_KILL,
    IMMEDIATE_OR_CANCEL,
    OFFSET_NONE,
    OFFSET_OPEN,
    SELL,
)
from cross_market_connect.wire.fix.encoder import NO_CODE
from cross_market_connect.wire.fix.faults import shown
from cross_market_connect.wire.fix.message import FixMessage, parse_int

SIDE_BUY: Final[i64] = 49  # 1
SIDE_SELL: Final[i64] = 50  # 2
SIDE_SELL_SHORT: Final[i64] = 53  # 5
SIDE_SELL_SHORT_EXEMPT: Final[i64] = 54  # 6
ORD_TYPE_MARKET: Final[i64] = 49  # 1
ORD_TYPE_LIMIT: Final[i64] = 50  # 2
FORCE_DAY: Final[i64] = 48  # 0
FORCE_IMMEDIATE: Final[i64] = 51  # 3
FORCE_FILL_OR_KILL: Final[i64] = 52  # 4
EFFECT_OPEN: Final[i64] = 79  # O
EFFECT_CLOSE: Final[i64] = 67  # C
YES: Final[i64] = 89  # Y
TYPE_NEW_ORDER: Final[i64] = 68  # D
TYPE_CANCEL: Final[i64] = 70  # F
TYPE_QUERY: Final[i64] = 72  # H
TYPE_LIST: Final[i64] = 69  # E
TYPE_REPLACE: Final[i64] = 71  # G
TYPE_MASS_CANCEL: Final[i64] = 113  # q
EXEC_REPLACED: Final[i64] = 53  # 5
MASS_ALL: Final[i64] = 55  # 7: MassCancelRequestType (530) and MassStatusReqType (585) of all orders
CXL_REJ_UNKNOWN_ORDER: Final[i64] = 1
# TradSesStatus (340).
SESSION_STATUS_NAMES: Final[tuple[str, ...]] = (
    "unknown", "halted", "open", "closed", "pre-open", "pre-close", "request rejected",
)  # fmt: skip
ORD_STATUS_REJECTED: Final[i64] = 56  # 8


def parsed_id(message: FixMessage, tag: i64) -> i64:
    """A client order id of ours in decimal digits; 0 when the field is absent or is no such number."""
    at = message.index_of(tag)
    if at < 0:
        return 0
    start = message.start_at(at)
    number = parse_int(message.frame, start, start + message.length_at(at))
    return number if number > 0 else 0


def session_status_text(message: FixMessage) -> str:
    """TradingSessionStatus (h) for people: which session, how it stands, and the venue's text."""
    status = message.get_int(340, -1)
    name = SESSION_STATUS_NAMES[status] if 0 <= status < len(SESSION_STATUS_NAMES) else f"status {status}"
    text = shown(message.get(58))
    return f"{shown(message.get(336))}: {name}" + (f", {text}" if text else "")


def side_code(side: i64) -> i64:
    """Side (54)."""
    return SIDE_BUY if side == BUY else SIDE_SELL


def side_of_code(code: i64) -> i64:
    """BUY or SELL of Side (54), short sales among the latter; 0 for one that is neither."""
    if code == SIDE_BUY:
        return BUY
    return SELL if code == SIDE_SELL or code == SIDE_SELL_SHORT or code == SIDE_SELL_SHORT_EXEMPT else 0


def force_code(time_in_force: i64) -> i64:
    """TimeInForce (59). Raises InvariantError for one that the platform does not have."""
    if time_in_force == IMMEDIATE_OR_CANCEL:
        return FORCE_IMMEDIATE
    if time_in_force == DAY:
        return FORCE_DAY
    if time_in_force == FILL_OR_KILL:
        return FORCE_FILL_OR_KILL
    raise InvariantError(f"time in force {time_in_force} is not in the table")


def effect_code(offset: i64) -> i64:
    """PositionEffect (77), left out where the venue nets. FIX 4.4 has one close, so close-today is `C` as well."""
    if offset == OFFSET_NONE:
        return NO_CODE
    return EFFECT_OPEN if offset == OFFSET_OPEN else EFFECT_CLOSE
