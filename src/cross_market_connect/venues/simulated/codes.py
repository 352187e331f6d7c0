"""The simulated venue's own reject codes and texts, and the FIX reasons that go with them.

The text field (58) of a refusal begins with the code, as many counterparties do it. The FIX reasons are
OrdRejReason (103) and CxlRejReason (102) of FIX 4.4 Volume 6.
"""

from __future__ import annotations

from typing import Final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.matching.orders import REASON_COUNT, REASON_NONE, REASON_TOO_LATE, REASON_UNKNOWN_ORDER

# One row per REASON_*: OrdRejReason, code and text.
_TABLE: Final[tuple[tuple[int, bytes], ...]] = (
    (0, b""),
    (1, b"E0001 unknown instrument"),
    (2, b"E0002 market closed"),
    (2, b"E0003 market halted for this series"),
    (3, b"E0022 price out of limits"),
    (99, b"E0023 price is not a multiple of the price step"),
    (13, b"E0031 quantity is not a multiple of the lot"),
    (3, b"E0032 quantity above the largest order"),
    (6, b"E0041 duplicate client order id"),
    (5, b"E0042 unknown order"),
    (4, b"E0043 order is not open any more"),
    (0, b"E0051 self-trade prevention"),
    (3, b"E0052 too many orders"),
    (11, b"E0053 order kind not supported"),
    (0, b"E0061 system busy, try again"),
    (0, b"E0062 message rate exceeded"),
    (0, b"E0071 insufficient funds or position"),
    (0, b"E0072 quota exhausted"),
    (15, b"E0073 no permission for this account or instrument"),
    (0, b""),
    (0, b"E0081 cancelled on disconnect"),
    (0, b"E0082 not fillable in full"),
    (0, b"E0083 end of trading day"),
    (0, b"E0074 close exceeds the position of that day"),
    (3, b"E0024 market locked at its price limit"),
    (99, b""),
    (0, b""),
)

_ORD_REJ_REASON: Final[vec[i64]] = vec[i64]([row[0] for row in _TABLE])
TEXTS: Final[list[bytes]] = [row[1] for row in _TABLE]

CXL_TOO_LATE: Final[i64] = 0
CXL_UNKNOWN_ORDER: Final[i64] = 1
CXL_BROKER_OPTION: Final[i64] = 2

assert len(_TABLE) == REASON_COUNT


def ord_rej_reason(reason: i64) -> i64:
    """OrdRejReason (103) of a refusal."""
    return _ORD_REJ_REASON[reason]


def reason_of_code(code: str) -> i64:
    """REASON_* of the venue's own code; REASON_NONE when it is none of its codes."""
    for reason, text in enumerate(TEXTS):
        if text and text.split(b" ")[0] == code.encode():
            return reason
    return REASON_NONE


def cxl_rej_reason(reason: i64) -> i64:
    """CxlRejReason (102) of a refused cancel request."""
    if reason == REASON_TOO_LATE:
        return CXL_TOO_LATE
    return CXL_UNKNOWN_ORDER if reason == REASON_UNKNOWN_ORDER else CXL_BROKER_OPTION


def venue_text(reason: i64) -> bytes:
    """The venue's code and text, b"" when the reason needs none."""
    return TEXTS[reason]


def as_told(text: bytes, has_code: bool) -> bytes:
    """A text as a dialect has it: with the code that it begins with, or without."""
    return text if has_code else text[text.find(b" ") + 1 :]
