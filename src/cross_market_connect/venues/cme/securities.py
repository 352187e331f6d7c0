"""Our instruments on a channel of CME: their ids, what a price is in ticks, and whether they trade.

A definition (54, 55, 56) says the id, group, product and grid of a symbol; an id that a symbol had, or that it lost to
another, is nobody's until it is defined again, for CME uses ids anew. A state (30) is said of one security, or of
a whole group or product; what nobody has said anything about is taken as open: the engine's own calendar gates hours.
"""

from __future__ import annotations

from typing import Final, final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.book import LEVELS
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.numbers import NO_PRICE
from cross_market_connect.wire.mdp3.codes import (
    EVENT_NO_CANCEL,
    SECURITY_DELETE,
    STATUS_NO_CHANGE,
    STATUS_READY_TO_TRADE,
)
from cross_market_connect.wire.mdp3.messages import InstrumentDefinition, SecurityStatus
from cross_market_connect.wire.mdp3.securities import SecurityTable
from cross_market_connect.wire.sbe.schema import NO_VALUE

# Prices on the wire are whole billionths, and so is the factor that makes them conventional prices.
_BILLION: Final[i64] = 1_000_000_000
_DECIMALS: Final[i64] = 9
# A tick of more billionths than this, times a display factor, could leave 64 bits.
_TICK_MAX: Final[i64] = 9_000_000_000
NO_TICKS: Final[i64] = NO_PRICE + 1
# MDFeedType of a book that orders make; the one of implied levels is GBI.
_REAL_BOOK: Final[str] = "GBX"

DEFINITION_KNOWN: Final[i64] = 0
DEFINITION_NEW: Final[i64] = 1
DEFINITION_GRID: Final[i64] = 2
DEFINITION_DELETED: Final[i64] = 3


@final
class Securities:
    """Our instruments by a dense position (`at`).

    Attributes:
        table: their positions by security id.
        instruments: by position; ids: NO_VALUE until defined.
        tick_units: billionths of a wire price that make one tick.
        depths: levels of the exchange's book by price.
        undefined: how many of them no definition has told of.
        displaced: position that the last definition took the id of, -1 for none.
    """

    def __init__(self, instruments: list[Instrument]) -> None:
        count: i64 = len(instruments)
        self.table: SecurityTable = SecurityTable()
        self.instruments: list[Instrument] = instruments
        self.ids: vec[i64] = vec[i64]([NO_VALUE for _ in range(count)])
        self.tick_units: vec[i64] = vec[i64]([0 for _ in range(count)])
        self.depths: vec[i64] = vec[i64]([LEVELS for _ in range(count)])
        self.undefined: i64 = count
        self.displaced: i64 = -1
        self._groups: list[str] = ["" for _ in range(count)]
        self._assets: list[str] = ["" for _ in range(count)]
        self._shut: vec[i64] = vec[i64]([0 for _ in range(count)])
        self._told: vec[i64] = vec[i64]([0 for _ in range(count)])
        self._said_seqs: vec[i64] = vec[i64]([0 for _ in range(count)])
        self._by_symbol: dict[str, int] = {}
        for at in range(count):
            self._by_symbol[instruments[at].venue_symbol] = int(at)

    def find_symbol(self, symbol: str) -> i64:
        """Position of the instrument with that symbol, or -1."""
        return self._by_symbol.get(symbol, -1)

    def define(self, at: i64, definition: InstrumentDefinition) -> i64:
        """Take in what a definition says of our instrument `at`; one of DEFINITION_*.

        A grid that is not the configured instrument's is refused: prices would be read wrongly.
        """
        self.displaced = -1
        if definition.update_action == SECURITY_DELETE:
            self._shut[at] = 1
            self._take_id(at)
            return DEFINITION_DELETED
        instrument = self.instruments[at]
        tick = _tick_units(instrument, definition.display_factor)
        increment = definition.min_price_increment
        if tick == 0 or (increment != NO_VALUE and increment % tick != 0):
            return DEFINITION_GRID
        self._groups[at] = definition.security_group
        self._assets[at] = definition.asset
        for feed in definition.feed_types:
            if feed.name == _REAL_BOOK and feed.market_depth > 0:
                self.depths[at] = feed.market_depth
        if self.ids[at] == definition.security_id and self.tick_units[at] == tick:
            return DEFINITION_KNOWN
        if self._told[at] == 0:
            self._told[at] = 1
            self.undefined -= 1
        other = self.table.slot(definition.security_id)
        if other >= 0 and other != at:
            self.displaced = other
            self._take_id(other)
        self._take_id(at)
        self.ids[at] = definition.security_id
        self.tick_units[at] = tick
        self.table.add(definition.security_id, at)
        return DEFINITION_NEW

    def _take_id(self, at: i64) -> None:
        if self.ids[at] != NO_VALUE:
            self.table.remove(self.ids[at])
            self.ids[at] = NO_VALUE

    def ticks(self, at: i64, price: i64) -> i64:
        """A wire price of instrument `at` in ticks; NO_TICKS when it is null or off the grid."""
        if price == NO_PRICE:
            return NO_TICKS
        unit = self.tick_units[at]
        ticks = price // unit
        return ticks if ticks * unit == price else NO_TICKS

    def on_status(self, status: SecurityStatus, seq: i64) -> bool:
        """Take in a state that packet `seq` of the channel said; whether it is one that concerns us."""
        concerned = False
        for at in range(i64(len(self.instruments))):
            if self.ids[at] == NO_VALUE and self._told[at] == 1:
                continue  # deleted, or its id is another's now
            if status.security_id != NO_VALUE:
                is_meant = self.ids[at] == status.security_id
            elif status.asset:
                is_meant = self._assets[at] == status.asset and self._groups[at] == status.security_group
            else:
                is_meant = self._groups[at] == status.security_group
            if is_meant:
                concerned = True
                self._said_seqs[at] = seq
                self._set(at, status.security_trading_status, status.security_trading_event)
        return concerned

    def on_snapshot(self, at: i64, trading_status: i64, last_seq: i64) -> None:
        """Take in the state of our instrument `at` as of packet `last_seq`, unless a later packet said another.

        Who joins late, or missed a packet, hears of it in no other way.
        """
        if last_seq >= self._said_seqs[at]:
            self._set(at, trading_status, NO_VALUE)

    def forget_numbers(self) -> None:
        """The channel's numbers begin anew: what was said is of before them all."""
        for at in range(i64(len(self.instruments))):
            self._said_seqs[at] = 0

    def is_open(self, at: i64) -> bool:
        """Whether orders match."""
        return self._shut[at] == 0

    def _set(self, at: i64, said: i64, event: i64) -> None:
        if said == STATUS_READY_TO_TRADE and event != EVENT_NO_CANCEL:
            self._shut[at] = 0
        elif said != STATUS_NO_CHANGE and said != NO_VALUE:
            self._shut[at] = 1


def _tick_units(instrument: Instrument, display_factor: i64) -> i64:
    """Billionths of a wire price per tick of ours; 0 when it is no whole number of them.

    A conventional price is the wire price times the display factor; a tick is `tick_units` in the last of the
    instrument's decimals.
    """
    decimals = instrument.price_decimals
    if display_factor <= 0 or decimals > _DECIMALS:
        return 0
    tick = instrument.tick_units
    for _ in range(_DECIMALS - decimals):
        tick *= 10
        if tick > _TICK_MAX * _BILLION:
            return 0
    if tick > _TICK_MAX:
        # Too large to be multiplied first: exact only where the factor divides it.
        return tick // display_factor * _BILLION if tick % display_factor == 0 else 0
    scaled = tick * _BILLION
    return scaled // display_factor if scaled % display_factor == 0 else 0
