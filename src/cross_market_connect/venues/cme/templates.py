"""What kind of message a template of MDP 3.0 is, to a feed."""

from __future__ import annotations

from typing import Final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.wire.mdp3.codes import (
    DEFINITION_FUTURE,
    DEFINITION_OPTION,
    DEFINITION_SPREAD,
    INCREMENTAL_BOOK,
    INCREMENTAL_BOOK_LONG_QTY,
    INCREMENTAL_DAILY_STATISTICS,
    INCREMENTAL_LIMITS_BANDING,
    INCREMENTAL_SESSION_STATISTICS,
    INCREMENTAL_SESSION_STATISTICS_LONG_QTY,
    INCREMENTAL_TRADE_SUMMARY,
    INCREMENTAL_TRADE_SUMMARY_LONG_QTY,
    INCREMENTAL_VOLUME,
    INCREMENTAL_VOLUME_LONG_QTY,
)

# Templates whose entries count the updates of a security.
_COUNTING: Final[tuple[int, ...]] = tuple(
    int(template)
    for template in (
        INCREMENTAL_BOOK,
        INCREMENTAL_BOOK_LONG_QTY,
        INCREMENTAL_TRADE_SUMMARY,
        INCREMENTAL_TRADE_SUMMARY_LONG_QTY,
        INCREMENTAL_VOLUME,
        INCREMENTAL_VOLUME_LONG_QTY,
        INCREMENTAL_DAILY_STATISTICS,
        INCREMENTAL_LIMITS_BANDING,
        INCREMENTAL_SESSION_STATISTICS,
        INCREMENTAL_SESSION_STATISTICS_LONG_QTY,
    )
)
_TEMPLATES: Final[i64] = 128
_IS_COUNTING: Final[vec[i64]] = vec[i64]([1 if template in _COUNTING else 0 for template in range(_TEMPLATES)])


def is_counting(template: i64) -> bool:
    """Whether its entries count the updates of their security."""
    return template < _TEMPLATES and _IS_COUNTING[template] == 1


def is_definition(template: i64) -> bool:
    """Whether it says what a security is."""
    return template == DEFINITION_FUTURE or template == DEFINITION_OPTION or template == DEFINITION_SPREAD
