"""Applies one Aggregate Order Book Update (OMD-D 353, OMD-C 53) to a book. The hot path: it allocates nothing.

The entries of a message are applied in their order and levels shift after each (OMD-D 1.47, section 6). Price level 255
is the sum beyond the tenth level and is no level of ours. A message that contradicts the book says that the book was
wrong before, or that the venue's grid is not ours: the rest is not applied, and the caller calls the book suspect.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from cross_market_connect.domain.book import CHANGE, DELETE, INSERT, QUANTITY_MAX, Book
from cross_market_connect.domain.numbers import NO_PRICE
from cross_market_connect.wire.omd.family import (
    ACTION_CHANGE,
    ACTION_CLEAR,
    ACTION_DELETE,
    ACTION_NEW,
    SIDE_BID,
    SIDE_OFFER,
)
from cross_market_connect.wire.omd.omd_d import (
    PRICE_LEVEL_BEYOND,
)
from cross_market_connect.wire.omd.packet_reader import PacketReader

APPLIED: Final[i64] = 0
# A level without price was written: market orders before an auction.
APPLIED_UNPRICED: Final[i64] = 1
OFF_GRID: Final[i64] = 2
CONTRADICTION: Final[i64] = 3
# Only in a snapshot: entries were passed over because the series was defined after them.
DEFINED_LATE: Final[i64] = 4
# Only where quantities are in shares and a lot has several.
OFF_LOT: Final[i64] = 5

# What no price on the grid comes to: a wire price has 32 bits.
NO_TICKS: Final[i64] = NO_PRICE + 1
UPDATE_FAULT_NAMES: Final[tuple[str, ...]] = (
    "",
    "",
    "price off the instrument's tick grid",
    "entry contradicts the book",
    "series defined after its entries",
    "quantity is no multiple of the board lot",
)

# The wire's codes of the level operations are the book's own, so that an action needs no translation.
assert (ACTION_NEW, ACTION_CHANGE, ACTION_DELETE) == (INSERT, CHANGE, DELETE)


def ticks_of(price: i64, multiplier: i64, divisor: i64) -> i64:
    """A wire price in ticks; NO_TICKS when it is off the grid."""
    scaled = price * multiplier
    if divisor == 1:
        return scaled
    ticks = scaled // divisor
    return ticks if ticks * divisor == scaled else NO_TICKS


def apply_book_update(reader: PacketReader, book: Book, multiplier: i64, divisor: i64, lot_size: i64 = 1) -> i64:
    """Apply the current message of `reader` to `book`.

    Args:
        multiplier, divisor: ticks = wire price * multiplier / divisor.
        lot_size: wire quantity of one lot.

    Returns:
        APPLIED or APPLIED_UNPRICED, or the fault at which it stopped.
    """
    bids = book.bids
    asks = book.asks
    result = APPLIED
    count = reader.entry_count()
    index: i64 = 0
    while index < count:
        action = reader.entry_action(index)
        level = reader.entry_level(index)
        if level == PRICE_LEVEL_BEYOND:
            index += 1
            continue
        if action == ACTION_CLEAR:
            book.clear()
            index += 1
            continue
        ticks: i64 = 0
        quantity: i64 = 0
        if action != ACTION_DELETE:
            price = reader.entry_price(index)
            quantity = reader.entry_quantity(index)
            if quantity <= 0 or quantity > QUANTITY_MAX:
                return CONTRADICTION
            if lot_size != 1:
                if quantity % lot_size != 0:
                    return OFF_LOT
                quantity = quantity // lot_size
            if price == NO_PRICE:
                ticks = NO_PRICE
                result = APPLIED_UNPRICED
            else:
                ticks = ticks_of(price, multiplier, divisor)
                if ticks == NO_TICKS:
                    return OFF_GRID
        wire_side = reader.entry_side(index)
        if wire_side == SIDE_BID:
            if not bids.apply(action, level - 1, ticks, quantity):
                return CONTRADICTION
        elif wire_side != SIDE_OFFER or not asks.apply(action, level - 1, ticks, quantity):
            return CONTRADICTION
        index += 1
    return result if book.keeps_order() else CONTRADICTION


def has_unpriced_level(book: Book) -> bool:
    """Whether a level of the book stands for market orders, which have no price."""
    for at in range(book.bids.depth):
        if book.bids.price_ticks[at] == NO_PRICE:
            return True
    for at in range(book.asks.depth):
        if book.asks.price_ticks[at] == NO_PRICE:
            return True
    return False


def copy_levels(source: Book, target: Book) -> None:
    """Make the levels of `target` those of `source`."""
    _copy_side(source, target, True)
    _copy_side(source, target, False)


def _copy_side(source: Book, target: Book, is_bid: bool) -> None:
    levels = source.bids if is_bid else source.asks
    into = target.bids if is_bid else target.asks
    into.clear()
    for at in range(levels.depth):
        into.set_level(at, levels.price_ticks[at], levels.quantity_lots[at])
