"""Our securities on an OMD-C channel: found by code, their board lots, what their definitions say.

A security is named by its code, a number that the instrument's own code is, so that nothing has to come before its
orders. Prices always have three decimals, quantities are shares; a lot of ours is a board lot. A Security Definition
(11) tells the market that the sessions are said of, and is held against the instrument: with another board lot or
currency than ours no quantity or price would mean what we take it for, and the security does not trade. The spread
table is not compared, as instruments name none: a price off the tick grid shows that it is another one.
"""

from __future__ import annotations

from typing import Final, final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.venues.hkex.series import SeriesTable
from cross_market_connect.wire.omd.omd_c import PRICE_DECIMALS

NO_LOT: Final[i64] = 0


def security_code(instrument: Instrument) -> i64:
    """The number that OMD-C calls the instrument by; -1 when its code is no number."""
    code = instrument.venue_symbol
    return int(code) if code.isdecimal() and len(code) <= 9 else -1


def board_lot(instrument: Instrument) -> i64:
    """Shares of one lot; NO_LOT when they cannot be told."""
    return instrument.units_per_lot()


@final
class Securities:
    """What is known of our securities, by position (`at`).

    Attributes:
        codes: found by security code, with the scale of prices.
        lots: shares of a board lot; NO_LOT where the instrument's cannot be told.
        markets: market code (MAIN, GEM, NASD, ETS); empty until the definition came.
        contradicted: 1 where the definition is not our instrument's.
    """

    def __init__(self, instruments: list[Instrument]) -> None:
        count: i64 = len(instruments)
        self.codes: SeriesTable = SeriesTable(instruments)
        self.lots: vec[i64] = vec[i64]([board_lot(instrument) for instrument in instruments])
        self.markets: list[str] = ["" for _ in instruments]
        self.contradicted: vec[i64] = vec[i64]([0 for _ in range(count)])
        for at in range(count):
            code = security_code(instruments[at])
            if code >= 0 and self.lots[at] != NO_LOT:
                self.codes.define(at, code, PRICE_DECIMALS)

    def define(self, at: i64, market: str, lot_size: i64, currency: str) -> str:
        """Take in a definition; what in it contradicts our instrument, empty when nothing does."""
        instrument = self.codes.instruments[at]
        self.markets[at] = market
        reason = ""
        if lot_size != self.lots[at]:
            reason = f"a board lot of {lot_size} shares, {self.lots[at]} here"
        elif currency != instrument.currency:
            reason = f"currency {currency}, {instrument.currency} here"
        self.contradicted[at] = 0 if reason == "" else 1
        return reason
