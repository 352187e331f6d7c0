"""Which of our instruments an OMD-D OrderbookID is, and what a price on the wire is in its ticks.

A channel carries thousands of series and we trade few of them, so the question asked most is "not ours?". A table of
our ids alone answers it: open addressing with four slots a series ends at an empty slot after one or two looks.
"""

from __future__ import annotations

from typing import Final, final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.numbers import NO_PRICE
from cross_market_connect.venues.hkex.book_update import NO_TICKS, ticks_of

NOT_OURS: Final[i64] = -1
UNKNOWN: Final[i64] = -1

_SLOTS_PER_SERIES: Final[i64] = 4
# A 31-bit factor, so that its product with a 32-bit id stays inside i64; the upper bits of the product are mixed well.
_HASH_FACTOR: Final[i64] = 1_640_531_527
_HASH_SHIFT: Final[i64] = 16
# Wire prices are 32 bits wide: with more than nine further decimals the conversion could leave 64 bits.
_DECIMALS_MAX: Final[i64] = 9


def _greatest_common_divisor(a: i64, b: i64) -> i64:
    while b != 0:
        a, b = b, a % b
    return a


def _power_of_ten(exponent: i64) -> i64:
    power: i64 = 1
    for _ in range(exponent):
        power *= 10
    return power


@final
class SeriesTable:
    """Our series by a dense position (`at`), found by OrderbookID or by symbol.

    Attributes:
        instruments: by position.
        orderbook_ids: by position; UNKNOWN until a definition (or the configuration) said it.
        multipliers, divisors: ticks = wire price * multiplier / divisor, by position, in lowest terms.
        markets, groups, commodities: market code, instrument group and commodity code of each series, UNKNOWN until its
            extended definition came (OMD-D 1.47, section 3.7.4).
        refused: definitions of ours that cannot be used, because of their decimals.
    """

    def __init__(self, instruments: list[Instrument]) -> None:
        count: i64 = len(instruments)
        slots: i64 = _SLOTS_PER_SERIES
        while slots < _SLOTS_PER_SERIES * count:
            slots *= 2
        self.instruments: list[Instrument] = instruments
        self.orderbook_ids: vec[i64] = vec[i64]([UNKNOWN for _ in range(count)])
        self.multipliers: vec[i64] = vec[i64]([1 for _ in range(count)])
        self.divisors: vec[i64] = vec[i64]([instruments[at].tick_units for at in range(count)])
        self.markets: vec[i64] = vec[i64]([UNKNOWN for _ in range(count)])
        self.groups: vec[i64] = vec[i64]([UNKNOWN for _ in range(count)])
        self.commodities: vec[i64] = vec[i64]([UNKNOWN for _ in range(count)])
        self.refused: i64 = 0
        self._by_symbol: dict[str, int] = {}
        for at in range(count):
            self._by_symbol[instruments[at].venue_symbol] = int(at)
        self._mask: i64 = slots - 1
        self._ids: vec[i64] = vec[i64]([UNKNOWN for _ in range(slots)])
        self._positions: vec[i64] = vec[i64]([0 for _ in range(slots)])

    def find(self, orderbook_id: i64) -> i64:
        """Position of the series with that OrderbookID, or NOT_OURS."""
        slot = ((orderbook_id * _HASH_FACTOR) >> _HASH_SHIFT) & self._mask
        while True:
            found = self._ids[slot]
            if found == orderbook_id:
                return self._positions[slot]
            if found == UNKNOWN:
                return NOT_OURS
            slot = (slot + 1) & self._mask

    def find_symbol(self, symbol: str) -> i64:
        """Position of the series with that series code, or NOT_OURS."""
        return self._by_symbol.get(symbol, -1)

    def define(self, at: i64, orderbook_id: i64, decimals: i64) -> bool:
        """Take in what a definition says of our series `at`; whether that is news.

        Prices with so many decimals that they could not be converted exactly are refused and counted.
        """
        instrument = self.instruments[at]
        scale = decimals - instrument.price_decimals
        if scale > _DECIMALS_MAX or scale < -_DECIMALS_MAX:
            self.refused += 1
            return False
        multiplier = _power_of_ten(-scale) if scale < 0 else i64(1)
        divisor = instrument.tick_units * (_power_of_ten(scale) if scale > 0 else i64(1))
        common = _greatest_common_divisor(multiplier, divisor)
        multiplier = multiplier // common
        divisor = divisor // common
        if (
            self.orderbook_ids[at] == orderbook_id
            and self.multipliers[at] == multiplier
            and self.divisors[at] == divisor
        ):
            return False
        was = self.orderbook_ids[at]
        self.orderbook_ids[at] = orderbook_id
        self.multipliers[at] = multiplier
        self.divisors[at] = divisor
        if was == UNKNOWN:
            self._place(at)
        elif was != orderbook_id:
            self._place_all()
        return True

    def classify(self, at: i64, market: i64, group: i64, commodity: i64) -> None:
        """Remember of which class our series `at` is; market states are said of classes."""
        self.markets[at] = market
        self.groups[at] = group
        self.commodities[at] = commodity

    def ticks(self, at: i64, price: i64) -> i64:
        """A wire price of series `at` in ticks; NO_PRICE when it is null or off the tick grid."""
        if price == NO_PRICE:
            return NO_PRICE
        ticks = ticks_of(price, self.multipliers[at], self.divisors[at])
        return NO_PRICE if ticks == NO_TICKS else ticks

    def _place_all(self) -> None:
        """Fill the table anew: a series has changed its id."""
        for slot in range(self._mask + 1):
            self._ids[slot] = UNKNOWN
        for at in range(i64(len(self.instruments))):
            if self.orderbook_ids[at] != UNKNOWN:
                self._place(at)

    def _place(self, at: i64) -> None:
        """Enter one series. Of two that claim one id the one further back holds it, whichever came first."""
        orderbook_id = self.orderbook_ids[at]
        slot = ((orderbook_id * _HASH_FACTOR) >> _HASH_SHIFT) & self._mask
        while self._ids[slot] != UNKNOWN and self._ids[slot] != orderbook_id:
            slot = (slot + 1) & self._mask
        if self._ids[slot] == orderbook_id and self._positions[slot] > at:
            return
        self._ids[slot] = orderbook_id
        self._positions[slot] = at
