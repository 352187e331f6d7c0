"""Applies entries of MDP 3.0 to books by price. The hot path: it allocates nothing.

Levels shift after each entry: an insertion moves those below down, the last one of a full book is gone without a word,
a deletion moves those below up, and the exchange then sends the new last level. Implied levels (types E and F) are a
book of their own, two deep (CME wiki, "MDP 3.0 - Implied Book"). Of the actions Delete Thru and Delete From we found no
word of the exchange that says which levels they take; a book that meets one is asked for anew.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from cross_market_connect.domain.book import CHANGE, DELETE, INSERT, LEVELS, QUANTITY_MAX, Book, BookSide
from cross_market_connect.venues.cme.securities import NO_TICKS, Securities
from cross_market_connect.wire.mdp3.codes import (
    ACTION_CHANGE,
    ACTION_DELETE,
    ACTION_NEW,
    ACTION_OVERLAY,
    ENTRY_BID,
    ENTRY_BOOK_RESET,
    ENTRY_IMPLIED_BID,
    ENTRY_IMPLIED_OFFER,
    ENTRY_OFFER,
)
from cross_market_connect.wire.mdp3.decoder import PacketReader

APPLIED: Final[i64] = 0
OFF_GRID: Final[i64] = 1
CONTRADICTION: Final[i64] = 2
NOT_OF_THE_BOOK: Final[i64] = 3
APPLIED_IMPLIED: Final[i64] = 4
CLEARED: Final[i64] = 5
UPDATE_FAULT_NAMES: Final[tuple[str, ...]] = (
    "",
    "price off the instrument's tick grid",
    "entry contradicts the book",
    "",
    "",
    "",
)
IMPLIED_LEVELS: Final[i64] = 2

# The wire's codes of the level operations are the book's own, so that an action needs no translation.
assert (ACTION_NEW, ACTION_CHANGE, ACTION_DELETE) == (INSERT, CHANGE, DELETE)


def apply_entry(reader: PacketReader, index: i64, securities: Securities, at: i64, book: Book, implied: Book) -> i64:
    """Apply entry `index` of the current message to the books of our instrument `at`.

    Returns:
        APPLIED; APPLIED_IMPLIED where only implied levels changed; CLEARED by a reset of both books; NOT_OF_THE_BOOK
        for entries of other types; or the fault, after which neither book is known.
    """
    entry_type = reader.entry_type(index)
    if entry_type == ENTRY_BID:
        return _apply_level(reader, index, securities, at, book.bids, LEVELS)
    if entry_type == ENTRY_OFFER:
        return _apply_level(reader, index, securities, at, book.asks, LEVELS)
    if entry_type == ENTRY_BOOK_RESET:
        book.clear()
        implied.clear()
        return CLEARED
    if entry_type == ENTRY_IMPLIED_BID:
        side = implied.bids
    elif entry_type == ENTRY_IMPLIED_OFFER:
        side = implied.asks
    else:
        return NOT_OF_THE_BOOK
    result = _apply_level(reader, index, securities, at, side, IMPLIED_LEVELS)
    if side.depth > IMPLIED_LEVELS:
        side.depth = IMPLIED_LEVELS
    return APPLIED_IMPLIED if result == APPLIED else result


def _apply_level(reader: PacketReader, index: i64, securities: Securities, at: i64, side: BookSide, levels: i64) -> i64:
    action = reader.entry_action(index)
    level = reader.entry_level(index) - 1
    if level >= levels:
        return APPLIED  # a deeper product than our books are
    ticks: i64 = 0
    size: i64 = 0
    if action != ACTION_DELETE:
        ticks = securities.ticks(at, reader.entry_price(index))
        size = reader.entry_size(index)
        if ticks == NO_TICKS:
            return OFF_GRID
        if size <= 0 or size > QUANTITY_MAX:
            return CONTRADICTION
    if action == ACTION_OVERLAY:
        action = CHANGE if level < side.depth else INSERT
    return APPLIED if side.apply(action, level, ticks, size) else CONTRADICTION
