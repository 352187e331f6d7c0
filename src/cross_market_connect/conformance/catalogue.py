"""All cases by number."""

from __future__ import annotations

from typing import Final

from cross_market_connect.conformance import (
    after_trade,
    cancels,
    failures,
    orders,
    queries,
    rejects,
    replaces,
    sessions,
)
from cross_market_connect.conformance.case import Case

CASES: Final[tuple[Case, ...]] = (
    *sessions.CASES,
    *orders.CASES,
    *rejects.CASES,
    *cancels.CASES,
    *replaces.CASES,
    *queries.CASES,
    *failures.CASES,
    *after_trade.CASES,
)
