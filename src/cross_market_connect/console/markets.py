"""What is unusual about a book, and one market made of several: both markets on one screen.

Each mark is a state in which the engine opens nothing; the gate of the same matter says so of a spread:

    mark                     gate              the instrument
    one_sided                one_sided         has no bid or no ask
    locked, crossed          crossed           has its best bid at, or above, its best ask
    auction, break, closed   not_continuous    matches nothing as it comes, by the venue's own word
    halted, suspended        halted            is stopped by its venue
    limit_locked             limit_locked      is at its price limit: one side finds no counterparty

Instruments that stand for each other in a leg make one market. Of their live books the best bid and the best ask count,
whosever they are; the consolidated market may be locked or crossed where none of its books is.
"""

from __future__ import annotations

from typing import Final

import msgspec

from cross_market_connect.trading.conditions import PHASE_CONTINUOUS, PHASE_NAMES

# Prices of different instruments are compared in 1e-9 of their currency.
PRICE_DECIMALS: Final = 9
ONE_SIDED: Final = "one_sided"
LOCKED: Final = "locked"
CROSSED: Final = "crossed"
LIMIT_LOCKED: Final = "limit_locked"
NOT_LIVE: Final = "book_not_live"


class BestView(msgspec.Struct, frozen=True):
    """The best price of one side, and the instruments that have it, by index."""

    price: float
    instruments: list[int]


class MarketView(msgspec.Struct, frozen=True):
    """One market of several instruments. A side is None when no live book has it."""

    instruments: list[int]
    bid: BestView | None
    ask: BestView | None
    marks: list[str]


def book_marks(bids: list[tuple[int, int]], asks: list[tuple[int, int]]) -> list[str]:
    """Marks of the levels of a live book."""
    return _top_marks(bids[0][0] if bids else None, asks[0][0] if asks else None)


def condition_marks(phase: int, locked_side: int) -> list[str]:
    """Marks of what the market allows now, as trading/conditions.py has it."""
    marks = [] if phase == PHASE_CONTINUOUS else [PHASE_NAMES[phase] if phase < len(PHASE_NAMES) else f"phase {phase}"]
    return marks if locked_side == 0 else [*marks, LIMIT_LOCKED]


def consolidated(instruments: list[int], tops: list[tuple[int, int | None, int | None]]) -> MarketView:
    """The market of these instruments.

    Args:
        tops: of each that is live: its index, its best bid and its best ask in 1e-9, None for a side that it lacks.
    """
    bids = [(bid, index) for index, bid, _ in tops if bid is not None]
    asks = [(ask, index) for index, _, ask in tops if ask is not None]
    bid = max((price for price, _ in bids), default=None)
    ask = min((price for price, _ in asks), default=None)
    marks = _top_marks(bid, ask) if tops else [NOT_LIVE]
    return MarketView(instruments, _best(bid, bids), _best(ask, asks), marks)


def _best(best: int | None, prices: list[tuple[int, int]]) -> BestView | None:
    if best is None:
        return None
    return BestView(best / 10**PRICE_DECIMALS, [index for price, index in prices if price == best])


def _top_marks(bid: int | None, ask: int | None) -> list[str]:
    if bid is None or ask is None:
        return [ONE_SIDED]
    if bid == ask:
        return [LOCKED]
    return [CROSSED] if bid > ask else []
