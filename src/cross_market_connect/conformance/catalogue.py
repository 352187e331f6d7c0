"""All cases, by number within a file."""

from __future__ import annotations

from typing import Final

from cross_market_connect.conformance import (
    after_trade,
    cancels,
    copies,
    failures,
    ocg_c,
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
    *copies.CASES,
)
# What one gateway alone has, by the name that a source's configuration gives it.
OWN_CASES: Final[dict[str, tuple[Case, ...]]] = {"ocg_c": ocg_c.CASES}


def cases_of(gateway: str) -> tuple[Case, ...]:
    """What a gateway is asked to play: what every one is, and its own."""
    return (*CASES, *OWN_CASES.get(gateway, ()))
