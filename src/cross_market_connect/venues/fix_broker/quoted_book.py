"""One instrument's book as its market-data entries change it.

FIX 4.4 lets a venue say in three ways where an entry belongs (Volume 3): by level (MDEntryPositionNo, 290), with the
shifts that a new or deleted level implies; by the entry's id (MDEntryID, 278); or by its price alone. A book starts in
the way of its snapshot. Snapshots have no ids in 4.4, so an increment that names an id for the first time is matched
by its price; one without level turns a book by level into one by entry. Levels beyond the depth asked for are ignored.
What does not fit returns false, with the reason in `fault`; the book is then not to be used.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.book import CHANGE, DELETE, INSERT, LEVELS, Book, BookSide
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.venues.fix_broker.entries import EntryReader, SideEntries
from cross_market_connect.venues.fix_broker.quote_dialect import QuoteDialect
from cross_market_connect.wire.fix.encoder import Template
from cross_market_connect.wire.fix.message import INVALID, FixMessage
from cross_market_connect.wire.fix.messages import symbol_template

BID: Final[i64] = 48  # MDEntryType (269) 0
OFFER: Final[i64] = 49  # 1
TRADE: Final[i64] = 50  # 2
OTHER: Final[i64] = 45  # stands for every other one
FIRST_ACTION: Final[i64] = 48  # MDUpdateAction (279) 0, 1, 2 are INSERT, CHANGE, DELETE

UNDECIDED: Final[i64] = 0
BY_LEVEL: Final[i64] = 1
BY_ENTRY: Final[i64] = 2

FAULT_PRICE: Final = "price missing, malformed or off the price step"
FAULT_SIZE: Final = "size missing, malformed or not positive"
FAULT_LEVEL: Final = "level that the book does not have"
FAULT_ENTRY: Final = "entry id or price that the book does not have, or has already"
FAULT_ORDER: Final = "prices out of order"
FAULT_SIDE: Final = "side missing"
FAULT_ADDRESS: Final = "entry without level, id or price"


@final
class QuotedBook:
    """One instrument of the venue.

    Args:
        dialect: what levels, prices and sizes mean.

    Attributes:
        generation: number of the request whose snapshot made the book; 0 while it is in doubt.
        fault: why the last call returned false.
        lot_fault: why no size can be understood; empty where sizes can.
    """

    def __init__(self, instrument: Instrument, book: Book, mic: bytes, dialect: QuoteDialect) -> None:
        self.book: Book = book
        self.symbol: bytes = instrument.venue_symbol.encode()
        self.symbol_fields: Template = symbol_template(self.symbol, mic)
        self.generation: i64 = 0
        self.fault: str = ""
        self._decimals: i64 = instrument.price_decimals
        self._tick_units: i64 = instrument.tick_units
        self._units_per_lot: i64 = dialect.units_per_lot(instrument)
        self._has_zero_levels: bool = dialect.has_zero_levels
        self.lot_fault: str = ""
        if self._units_per_lot == 0:
            self.lot_fault = f"quotes of {instrument.symbol}: a lot is no whole number of shares; expected one"
        self._addressing: i64 = UNDECIDED
        self._bids: SideEntries = SideEntries(1)
        self._asks: SideEntries = SideEntries(-1)

    def begin_snapshot(self) -> None:
        """Forget both sides; `add` follows for every entry, then `finish`."""
        self.book.clear()
        self._bids.clear()
        self._asks.clear()
        self._addressing = UNDECIDED

    def add(self, message: FixMessage, reader: EntryReader) -> bool:
        """One entry of a snapshot. A size of zero says that the side is empty, or that there is no such level."""
        entry_type = self._entry_type(message, reader)
        if entry_type == TRADE:
            return self._trade(message, reader)
        if entry_type != BID and entry_type != OFFER:
            return True
        if self._addressing == UNDECIDED:
            self._addressing = BY_LEVEL if reader.position_at >= 0 else BY_ENTRY
        if self._lots(message, reader.size_at) == 0 or self._is_zero_level(message, reader):
            return True
        if self._addressing == BY_ENTRY:
            return self._apply_entry(message, reader, INSERT, entry_type)
        return self._apply_level(message, reader, INSERT, entry_type, True)

    def apply(self, message: FixMessage, reader: EntryReader) -> bool:
        """One entry of an increment; `finish` follows after the last of the message."""
        action = message.char_at(reader.action_at) - FIRST_ACTION
        entry_type: i64 = self._entry_type(message, reader) if reader.type_at >= 0 else 0
        if entry_type == TRADE:
            return action != INSERT or self._trade(message, reader)
        if entry_type != BID and entry_type != OFFER and entry_type != 0:
            return True
        if self._addressing == UNDECIDED:
            self._addressing = BY_LEVEL if reader.position_at >= 0 else BY_ENTRY
        if self._addressing == BY_LEVEL and reader.position_at < 0 and not self._turn_to_entries():
            return False
        if self._addressing == BY_ENTRY:
            return self._apply_entry(message, reader, action, entry_type)
        return self._apply_level(message, reader, action, entry_type, False)

    def finish(self) -> bool:
        """All entries of a message are applied: show them. False when the prices are out of order."""
        book = self.book
        if self._addressing == BY_ENTRY:
            self._bids.show(book.bids)
            self._asks.show(book.asks)
            return True
        return self._is_ordered(book.bids, 1) and self._is_ordered(book.asks, -1)

    def has_entry(self, entry_id: bytes) -> bool:
        """Whether an entry of that MDEntryID is in the book."""
        return self._bids.has(b"#" + entry_id) or self._asks.has(b"#" + entry_id)

    def _turn_to_entries(self) -> bool:
        """Go on by entry with the levels as they are, each under its price."""
        self._addressing = BY_ENTRY
        return _fill(self._bids, self.book.bids) and _fill(self._asks, self.book.asks) or self._fail(FAULT_ENTRY)

    def _fail(self, fault: str) -> bool:
        self.fault = fault
        return False

    def _is_ordered(self, side: BookSide, sign: i64) -> bool:
        level: i64 = 1
        while level < side.depth:
            if sign * side.price_ticks[level] > sign * side.price_ticks[level - 1]:
                return self._fail(FAULT_ORDER)
            level += 1
        return True

    def _entry_type(self, message: FixMessage, reader: EntryReader) -> i64:
        """MDEntryType as a character code; those of two characters (STEP) are none of a book's."""
        return message.char_at(reader.type_at) if message.length_at(reader.type_at) == 1 else OTHER

    def _is_zero_level(self, message: FixMessage, reader: EntryReader) -> bool:
        return self._has_zero_levels and reader.price_at >= 0 and message.decimal_at(reader.price_at, 0) == 0

    def _lots(self, message: FixMessage, at: i64) -> i64:
        """Size in whole lots, INVALID when absent or no whole number; an odd rest cannot be had and is left out."""
        units = message.decimal_at(at, 0) if at >= 0 else INVALID
        if units == INVALID or self._units_per_lot == 1:
            return units
        return units // self._units_per_lot

    def _ticks(self, message: FixMessage, at: i64) -> i64:
        """Price in ticks, INVALID when absent, malformed, off the step, or less than none where 0 is none."""
        if at < 0:
            return INVALID
        units = message.decimal_at(at, self._decimals)
        if units == INVALID or units % self._tick_units != 0 or (units < 0 and self._has_zero_levels):
            return INVALID
        return units // self._tick_units

    def _trade(self, message: FixMessage, reader: EntryReader) -> bool:
        ticks = self._ticks(message, reader.price_at)
        if ticks == INVALID:
            return self._fail(FAULT_PRICE)
        self.book.last_ticks = ticks
        return True

    def _apply_level(
        self, message: FixMessage, reader: EntryReader, action: i64, entry_type: i64, is_snapshot: bool
    ) -> bool:
        """An entry that names its level, counted from 1."""
        if reader.position_at < 0:
            return self._fail(FAULT_ADDRESS)
        if entry_type == 0:
            return self._fail(FAULT_SIDE)
        level = message.int_at(reader.position_at) - 1
        side = self.book.bids if entry_type == BID else self.book.asks
        if level >= LEVELS:
            return True
        if is_snapshot and self._has_zero_levels and level > side.depth:
            level = side.depth  # what stood before it was no level
        if level < 0 or (is_snapshot and level != side.depth):
            return self._fail(FAULT_LEVEL)
        ticks: i64 = 0
        lots: i64 = 0
        if action != DELETE:
            if action == CHANGE and reader.price_at < 0 and level < side.depth:
                ticks = side.price_ticks[level]
            else:
                ticks = self._ticks(message, reader.price_at)
            lots = self._lots(message, reader.size_at)
            if ticks == INVALID:
                return self._fail(FAULT_PRICE)
            if lots <= 0:
                return self._fail(FAULT_SIZE)
        return side.apply(action, level, ticks, lots) or self._fail(FAULT_LEVEL)

    def _apply_entry(self, message: FixMessage, reader: EntryReader, action: i64, entry_type: i64) -> bool:
        """An entry that is named by its id, or by its price."""
        ticks = self._ticks(message, reader.price_at)
        if ticks == INVALID and (reader.price_at >= 0 or action == INSERT):
            return self._fail(FAULT_PRICE)
        price_key = b"" if ticks == INVALID else b"@%d" % ticks
        key = b"#" + message.value_at(reader.id_at) if reader.id_at >= 0 else price_key
        old_key = b"#" + message.value_at(reader.reference_at) if reader.reference_at >= 0 else key
        if not key:
            return self._fail(FAULT_ADDRESS)
        entries = self._side_of(entry_type, old_key)
        if entries is None:
            return self._fail(FAULT_SIDE)
        lots: i64 = self._lots(message, reader.size_at)
        if action != INSERT:
            if not entries.has(old_key):
                old_key = price_key
            entry = entries.get(old_key)
            if entry is None:
                return self._fail(FAULT_ENTRY)
            entries.remove(old_key)
            if action == DELETE:
                return True
            if ticks == INVALID:
                ticks = entry.price_ticks
            if reader.size_at < 0:
                lots = entry.quantity_lots
        if lots <= 0:
            return self._fail(FAULT_SIZE)
        return entries.add(key, ticks, lots) or self._fail(FAULT_ENTRY)

    def _side_of(self, entry_type: i64, key: bytes) -> SideEntries | None:
        """The side that an entry says, else the one that alone has its id or price."""
        if entry_type == BID:
            return self._bids
        if entry_type == OFFER:
            return self._asks
        if self._bids.has(key):
            return None if self._asks.has(key) else self._bids
        return self._asks if self._asks.has(key) else None


def _fill(entries: SideEntries, side: BookSide) -> bool:
    level: i64 = 0
    while level < side.depth:
        if not entries.add(b"@%d" % side.price_ticks[level], side.price_ticks[level], side.quantity_lots[level]):
            return False
        level += 1
    return True
