"""Market-data entries: reading the repeating group of W and X, and a book side kept from entries with ids or prices.

A venue may say where an entry belongs in three ways (FIX 4.4 Volume 3, MarketDataIncrementalRefresh): by MDEntryID
(278), by MDEntryPositionNo (290), or by its price alone. `SideEntries` serves the first and the last: it keeps every
entry with its price and size, adds up entries of one price, and shows the best prices as the levels of a `BookSide`.
"""

from __future__ import annotations

from typing import Final, final

from librt.vecs import append, vec
from mypy_extensions import i64

from cross_market_connect.domain.book import LEVELS, BookSide
from cross_market_connect.wire.fix.message import FixMessage

ENTRIES_MAX: Final[i64] = 2000
"""Most entries of one side; a venue that sends more contradicts the depth that was asked for."""

TAG_SYMBOL: Final[i64] = 55
TAG_ENTRY_COUNT: Final[i64] = 268
TAG_ENTRY_TYPE: Final[i64] = 269
TAG_PRICE: Final[i64] = 270
TAG_SIZE: Final[i64] = 271
TAG_DATE: Final[i64] = 272
TAG_TIME: Final[i64] = 273
TAG_ENTRY_ID: Final[i64] = 278
TAG_ACTION: Final[i64] = 279
TAG_REFERENCE: Final[i64] = 280
TAG_POSITION: Final[i64] = 290


@final
class EntryReader:
    """Steps through the entries of one message; positions are fields of the message, -1 when the entry has none.

    Args:
        level_tag: the field of an entry's level, beside MDEntryPositionNo (290).
    """

    def __init__(self, level_tag: i64 = TAG_POSITION) -> None:
        self._level_tag: i64 = level_tag
        self.type_at: i64 = -1
        self.price_at: i64 = -1
        self.size_at: i64 = -1
        self.date_at: i64 = -1
        self.time_at: i64 = -1
        self.id_at: i64 = -1
        self.action_at: i64 = -1
        self.reference_at: i64 = -1
        self.position_at: i64 = -1
        self.symbol_at: i64 = -1
        self._delimiter: i64 = 0
        self._left: i64 = 0
        self._next: i64 = -1

    def open(self, message: FixMessage, delimiter: i64) -> None:
        """Start with a message whose entries each begin with the tag `delimiter`."""
        self._delimiter = delimiter
        at = message.index_of(TAG_ENTRY_COUNT)
        self._left = message.int_at(at) if at >= 0 else 0
        self._next = message.index_of(delimiter, at + 1) if at >= 0 else -1

    def next(self, message: FixMessage) -> bool:
        """Go to the next entry; false after the last."""
        at = self._next
        if at < 0 or self._left <= 0:
            return False
        self._left -= 1
        self.type_at = -1
        self.price_at = -1
        self.size_at = -1
        self.date_at = -1
        self.time_at = -1
        self.id_at = -1
        self.action_at = -1
        self.reference_at = -1
        self.position_at = -1
        self.symbol_at = -1
        count = message.count
        delimiter = self._delimiter
        self._note(message.tag_at(at), at)
        at += 1
        while at < count:
            tag = message.tag_at(at)
            if tag == delimiter:
                self._next = at
                return True
            self._note(tag, at)
            at += 1
        self._next = -1
        return True

    def _note(self, tag: i64, at: i64) -> None:
        if tag == TAG_PRICE:
            self.price_at = at
        elif tag == TAG_SIZE:
            self.size_at = at
        elif tag == TAG_POSITION or tag == self._level_tag:
            self.position_at = at
        elif tag == TAG_ENTRY_TYPE:
            self.type_at = at
        elif tag == TAG_ACTION:
            self.action_at = at
        elif tag == TAG_SYMBOL:
            self.symbol_at = at
        elif tag == TAG_ENTRY_ID:
            self.id_at = at
        elif tag == TAG_TIME:
            self.time_at = at
        elif tag == TAG_DATE:
            self.date_at = at
        elif tag == TAG_REFERENCE:
            self.reference_at = at


@final
class Entry:
    """One entry of a side: what it adds to its price's quantity."""

    def __init__(self, price_ticks: i64, quantity_lots: i64) -> None:
        self.price_ticks: i64 = price_ticks
        self.quantity_lots: i64 = quantity_lots


@final
class SideEntries:
    """One side of one book from entries, best price first.

    Args:
        sign: 1 for bids, whose best price is the highest, -1 for asks.
    """

    def __init__(self, sign: i64) -> None:
        self._sign: i64 = sign
        self._entries: dict[bytes, Entry] = {}
        self._prices: vec[i64] = vec[i64]()
        self._lots: vec[i64] = vec[i64]()
        self._depth: i64 = 0

    def clear(self) -> None:
        """Forget every entry."""
        self._entries.clear()
        self._depth = 0

    def has(self, key: bytes) -> bool:
        """Whether an entry of that id is there."""
        return key in self._entries

    def add(self, key: bytes, price_ticks: i64, quantity_lots: i64) -> bool:
        """A new entry; false when its id is in use or the side is full."""
        if key in self._entries or i64(len(self._entries)) >= ENTRIES_MAX:
            return False
        self._entries[key] = Entry(price_ticks, quantity_lots)
        self._change(price_ticks, quantity_lots)
        return True

    def remove(self, key: bytes) -> bool:
        """An entry ends; false when there is none such."""
        entry = self._entries.pop(key, None)
        if entry is None:
            return False
        self._change(entry.price_ticks, -entry.quantity_lots)
        return True

    def get(self, key: bytes) -> Entry | None:
        """The entry of that id."""
        return self._entries.get(key)

    def show(self, side: BookSide) -> None:
        """Write the best levels into the book's side."""
        side.clear()
        level: i64 = 0
        while level < self._depth and level < LEVELS:
            side.set_level(level, self._prices[level], self._lots[level])
            level += 1

    def _change(self, price_ticks: i64, lots: i64) -> None:
        """Add to the quantity of a price; a price without quantity goes."""
        at: i64 = 0
        sign = self._sign
        while at < self._depth and sign * self._prices[at] > sign * price_ticks:
            at += 1
        if at < self._depth and self._prices[at] == price_ticks:
            self._lots[at] = self._lots[at] + lots
            if self._lots[at] == 0:
                self._close_up(at)
            return
        if self._depth == i64(len(self._prices)):
            self._prices = append(self._prices, i64(0))
            self._lots = append(self._lots, i64(0))
        position = self._depth
        while position > at:
            self._prices[position] = self._prices[position - 1]
            self._lots[position] = self._lots[position - 1]
            position -= 1
        self._prices[at] = price_ticks
        self._lots[at] = lots
        self._depth += 1

    def _close_up(self, at: i64) -> None:
        position = at
        while position + 1 < self._depth:
            self._prices[position] = self._prices[position + 1]
            self._lots[position] = self._lots[position + 1]
            position += 1
        self._depth -= 1
