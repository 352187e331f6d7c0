"""One instrument's book as its market-data entries change it; the snapshot shows how entries say where they belong.

A venue that gives entries an MDEntryID (278) is followed by id, one that only numbers levels (MDEntryPositionNo, 290)
by level, with the shifts that a new or deleted level implies; one that gives neither by price. Levels beyond the depth
asked for are ignored. What does not fit returns false, with the reason in `fault`; the book is then not to be used.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.book import CHANGE, DELETE, INSERT, LEVELS, Book, BookSide
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.venues.fix_broker.entries import EntryReader, SideEntries
from cross_market_connect.wire.fix.encoder import Template
from cross_market_connect.wire.fix.message import INVALID, FixMessage
from cross_market_connect.wire.fix.messages import symbol_template

BID: Final[i64] = 48  # MDEntryType (269) 0
OFFER: Final[i64] = 49  # 1
TRADE: Final[i64] = 50  # 2
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
FAULT_ADDRESS: Final = "entry without level in a book kept by level, or without id in one kept by id"


@final
class QuotedBook:
    """One instrument of the venue.

    Attributes:
        generation: number of the request whose snapshot made the book; 0 while it is in doubt.
        fault: why the last call returned false.
    """

    def __init__(self, instrument: Instrument, book: Book, mic: bytes) -> None:
        self.book: Book = book
        self.symbol: bytes = instrument.venue_symbol.encode()
        self.symbol_fields: Template = symbol_template(self.symbol, mic)
        self.generation: i64 = 0
        self.fault: str = ""
        self._decimals: i64 = instrument.price_decimals
        self._tick_units: i64 = instrument.tick_units
        self._addressing: i64 = UNDECIDED
        self._has_ids: bool = False
        self._bids: SideEntries = SideEntries(1)
        self._asks: SideEntries = SideEntries(-1)

    def begin_snapshot(self) -> None:
        """Forget both sides; `add` follows for every entry, then `finish`."""
        self.book.clear()
        self._bids.clear()
        self._asks.clear()
        self._addressing = UNDECIDED

    def add(self, message: FixMessage, reader: EntryReader) -> bool:
        """One entry of a snapshot. A size of zero says that the side is empty."""
        entry_type = message.char_at(reader.type_at)
        if entry_type == TRADE:
            return self._trade(message, reader)
        if entry_type != BID and entry_type != OFFER:
            return True
        if self._addressing == UNDECIDED:
            self._decide(reader)
        if reader.size_at >= 0 and message.decimal_at(reader.size_at, 0) == 0:
            return True
        if self._addressing == BY_ENTRY:
            return self._apply_entry(message, reader, INSERT, entry_type)
        return self._apply_level(message, reader, INSERT, entry_type, True)

    def apply(self, message: FixMessage, reader: EntryReader) -> bool:
        """One entry of an increment; `finish` follows after the last of the message."""
        action = message.char_at(reader.action_at) - FIRST_ACTION
        entry_type: i64 = message.char_at(reader.type_at) if reader.type_at >= 0 else 0
        if entry_type == TRADE:
            return action != INSERT or self._trade(message, reader)
        if entry_type != BID and entry_type != OFFER and entry_type != 0:
            return True
        if self._addressing == UNDECIDED:
            self._decide(reader)
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
        return self._bids.has(entry_id) or self._asks.has(entry_id)

    def _decide(self, reader: EntryReader) -> None:
        self._has_ids = reader.id_at >= 0
        self._addressing = BY_ENTRY if self._has_ids or reader.position_at < 0 else BY_LEVEL

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

    def _ticks(self, message: FixMessage, at: i64) -> i64:
        """Price in ticks, INVALID when absent, malformed or off the step."""
        if at < 0:
            return INVALID
        units = message.decimal_at(at, self._decimals)
        if units == INVALID or units % self._tick_units != 0:
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
        if level < 0 or (is_snapshot and level != side.depth):
            return self._fail(FAULT_LEVEL)
        ticks: i64 = 0
        lots: i64 = 0
        if action != DELETE:
            if action == CHANGE and reader.price_at < 0 and level < side.depth:
                ticks = side.price_ticks[level]
            else:
                ticks = self._ticks(message, reader.price_at)
            lots = message.decimal_at(reader.size_at, 0) if reader.size_at >= 0 else 0
            if ticks == INVALID:
                return self._fail(FAULT_PRICE)
            if lots <= 0:
                return self._fail(FAULT_SIZE)
        return side.apply(action, level, ticks, lots) or self._fail(FAULT_LEVEL)

    def _apply_entry(self, message: FixMessage, reader: EntryReader, action: i64, entry_type: i64) -> bool:
        """An entry that is named by its id, or by its price where the venue gives no ids."""
        ticks = self._ticks(message, reader.price_at)
        if ticks == INVALID and (reader.price_at >= 0 or action == INSERT):
            return self._fail(FAULT_PRICE)
        if self._has_ids:
            if reader.id_at < 0:
                return self._fail(FAULT_ADDRESS)
            key = message.value_at(reader.id_at)
        elif ticks == INVALID:
            return self._fail(FAULT_ADDRESS)
        else:
            key = b"%d" % ticks
        old_key = message.value_at(reader.reference_at) if action == CHANGE and reader.reference_at >= 0 else key
        entries = self._side_of(entry_type, old_key)
        if entries is None:
            return self._fail(FAULT_SIDE)
        if action == DELETE:
            return entries.remove(key) or self._fail(FAULT_ENTRY)
        lots: i64 = message.decimal_at(reader.size_at, 0) if reader.size_at >= 0 else INVALID
        if action == CHANGE:
            entry = entries.get(old_key)
            if entry is None:
                return self._fail(FAULT_ENTRY)
            if ticks == INVALID:
                ticks = entry.price_ticks
            if reader.size_at < 0:
                lots = entry.quantity_lots
            entries.remove(old_key)
        if lots <= 0:
            return self._fail(FAULT_SIZE)
        return entries.add(key, ticks, lots) or self._fail(FAULT_ENTRY)

    def _side_of(self, entry_type: i64, key: bytes) -> SideEntries | None:
        """The side that an entry says, else the one that has its id."""
        if entry_type == BID:
            return self._bids
        if entry_type == OFFER:
            return self._asks
        if self._has_ids and self._bids.has(key):
            return self._bids
        return self._asks if self._has_ids and self._asks.has(key) else None
