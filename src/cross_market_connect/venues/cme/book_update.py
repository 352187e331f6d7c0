"""Applies entries of MDP 3.0 to books by price. The hot path: it allocates nothing.

Levels shift after each entry: an insertion moves those below down, the last one of a full book is gone without a word,
a deletion moves those below up, and the exchange then sends the new last level. Implied levels are a book of their own
and not part of ours. Of the actions Delete Thru and Delete From we found no word of the exchange that says which levels
they take; a book that meets one is asked for anew.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from cross_market_connect.domain.book import CHANGE, DELETE, INSERT, LEVELS, Book
from cross_market_connect.venues.cme.securities import NO_TICKS, Securities
from cross_market_connect.wire.mdp3.codes import (
    ACTION_CHANGE,
    ACTION_DELETE,
    ACTION_NEW,
    ACTION_OVERLAY,
    ENTRY_BID,
    ENTRY_BOOK_RESET,
    ENTRY_OFFER,
)
from cross_market_connect.wire.mdp3.decoder import PacketReader

APPLIED: Final[i64] = 0
OFF_GRID: Final[i64] = 1
CONTRADICTION: Final[i64] = 2
NOT_OF_THE_BOOK: Final[i64] = 3
UPDATE_FAULT_NAMES: Final[tuple[str, ...]] = (
    "",
    "price off the instrument's tick grid",
    "entry contradicts the book",
    "",
)

# The wire's codes of the level operations are the book's own, so that an action needs no translation.
assert (ACTION_NEW, ACTION_CHANGE, ACTION_DELETE) == (INSERT, CHANGE, DELETE)


def apply_entry(reader: PacketReader, index: i64, securities: Securities, at: i64, book: Book) -> i64:
    """Apply entry `index` of the current message to the book of our instrument `at`.

    Returns:
        APPLIED; NOT_OF_THE_BOOK for entries of other types; or the fault, after which the book is not known.
    """
    entry_type = reader.entry_type(index)
    if entry_type == ENTRY_BID:
        side = book.bids
    elif entry_type == ENTRY_OFFER:
        side = book.asks
    elif entry_type == ENTRY_BOOK_RESET:
        book.clear()
        return APPLIED
    else:
        return NOT_OF_THE_BOOK
    action = reader.entry_action(index)
    level = reader.entry_level(index) - 1
    if level >= LEVELS:
        return APPLIED  # a deeper product than our books are
    ticks: i64 = 0
    size: i64 = 0
    if action != ACTION_DELETE:
        ticks = securities.ticks(at, reader.entry_price(index))
        size = reader.entry_size(index)
        if ticks == NO_TICKS:
            return OFF_GRID
        if size <= 0:
            return CONTRADICTION
    if action == ACTION_OVERLAY:
        action = CHANGE if level < side.depth else INSERT
    return APPLIED if side.apply(action, level, ticks, size) else CONTRADICTION
