"""Venues and instruments: what can be traded, in which steps, at what value.

A price is an integer count of the instrument's smallest tick (`price_ticks`). Where the tick varies by price band (Hong
Kong shares), the smallest step is the tick and each band says how many of them one step is.
"""

from __future__ import annotations

from typing import Final, final

from librt.strings import BytesWriter
from mypy_extensions import i64

from cross_market_connect.domain.costs import CostSchedule
from cross_market_connect.domain.digits import write_decimal
from cross_market_connect.domain.numbers import checked_multiply

OPEN_ENDED: Final[i64] = i64(9_223_372_036_854_775_807)
NO_EXPIRY: Final[i64] = -1
_E4: Final[i64] = 10_000


@final
class Venue:
    """A market: its operating MIC (ISO 10383), its names, its time zone and when its trading day rolls.

    Attributes:
        mic: ISO 10383 market identifier code.
        trading_day_roll_minute: minute of the local day at which the next trading day begins (SHFE's night session
            belongs to the next day, so 20:00 is 1200).
    """

    def __init__(self, mic: str, name: str, name_zh: str, utc_offset_s: i64, trading_day_roll_minute: i64) -> None:
        self.mic: str = mic
        self.name: str = name
        self.name_zh: str = name_zh
        self.utc_offset_s: i64 = utc_offset_s
        self.trading_day_roll_minute: i64 = trading_day_roll_minute


@final
class TickBand:
    """From `from_ticks` upward, valid prices are multiples of `step_ticks`."""

    def __init__(self, from_ticks: i64, step_ticks: i64) -> None:
        self.from_ticks: i64 = from_ticks
        self.step_ticks: i64 = step_ticks


@final
class Session:
    """Continuous trading in one venue's local week: half-open minute intervals of the local day."""

    def __init__(self, name: str, from_minutes: list[int], until_minutes: list[int]) -> None:
        self.name: str = name
        self.from_minutes: list[int] = from_minutes
        self.until_minutes: list[int] = until_minutes


@final
class Instrument:
    """One tradable or pricing-only instrument.

    Attributes:
        index: dense number of the instrument inside one engine's universe.
        symbol: our symbol, `MIC.CODE`, e.g. `CCFX.IF2101`.
        venue_symbol: the venue's own code.
        price_decimals: decimals of the venue's price text.
        tick_units: smallest tick in units of 10**-price_decimals.
        tick_value_e4: money of one tick for one lot, in 1e-4 of `currency`.
        quantity_step_lots: order quantities are multiples of this.
        quantity_max_lots: the venue's largest order.
        odd_lots_sell: a sale may carry the odd rest of the inventory, all of it at once (A shares).
        limit_low_ticks, limit_high_ticks: the day's price limits (0 and OPEN_ENDED where there are none).
        band_e6, band_steps: how far an order may be priced through the best opposite price, in 1e-6 of it and in price
            steps; the wider one holds, both 0 where there is no such rule (A-share cage: 2 % or 10 steps; Hong Kong: 24
            steps).
        margin_per_lot_e4: initial margin of one lot in 1e-4 of `currency`.
        price_unit: what the price is for, such as gram or share; empty where it has no unit.
        days_to_expiry: calendar days from the trading day to the last trading day; NO_EXPIRY without one.
        costs: exchange fees and duties on the trading day; None when they are not known.
        tradable: false for pricing-only instruments such as an FX rate.
    """

    def __init__(
        self,
        index: i64,
        symbol: str,
        venue: Venue,
        venue_symbol: str,
        name: str,
        name_zh: str,
        currency: str,
        price_decimals: i64,
        tick_units: i64,
        tick_value_e4: i64,
        session: Session,
    ) -> None:
        self.index: i64 = index
        self.symbol: str = symbol
        self.symbol_bytes: bytes = symbol.encode()
        self.venue: Venue = venue
        self.venue_symbol: str = venue_symbol
        self.name: str = name
        self.name_zh: str = name_zh
        self.currency: str = currency
        self.price_decimals: i64 = price_decimals
        self.tick_units: i64 = tick_units
        self.price_divisor: float = float(10 ** int(price_decimals))
        self.tick_value_e4: i64 = tick_value_e4
        self.session: Session = session
        self.tick_bands: list[TickBand] = [TickBand(0, 1)]
        self.quantity_step_lots: i64 = 1
        self.quantity_min_lots: i64 = 1
        self.quantity_max_lots: i64 = 1_000_000
        self.odd_lots_sell: bool = False
        self.limit_low_ticks: i64 = 0
        self.limit_high_ticks: i64 = OPEN_ENDED
        self.band_e6: i64 = 0
        self.band_steps: i64 = 0
        self.margin_per_lot_e4: i64 = 0
        self.price_unit: str = ""
        self.days_to_expiry: i64 = NO_EXPIRY
        self.costs: CostSchedule | None = None
        self.tradable: bool = True
        self.modelled: bool = False

    def step_ticks(self, price_ticks: i64) -> i64:
        """Price step that is valid at `price_ticks`, in ticks."""
        step: i64 = 1
        for band in self.tick_bands:
            if price_ticks < band.from_ticks:
                break
            step = band.step_ticks
        return step

    def notional_e4(self, price_ticks: i64, quantity_lots: i64) -> i64:
        """Value of the quantity at the price, in 1e-4 of the instrument's currency; saturates, never wraps."""
        return checked_multiply(checked_multiply(price_ticks, self.tick_value_e4), quantity_lots)

    def units_per_lot(self) -> i64:
        """Shares of one lot: a tick's value of one lot, divided by the tick; 0 when that is no whole number."""
        money_e4 = self.tick_value_e4
        for _ in range(self.price_decimals):
            money_e4 = checked_multiply(money_e4, 10)
        tick_e4 = checked_multiply(self.tick_units, _E4)
        return money_e4 // tick_e4 if money_e4 % tick_e4 == 0 else 0

    def price_of(self, price_ticks: i64) -> float:
        """Price as a float, for statistics and display only."""
        return float(price_ticks * self.tick_units) / self.price_divisor

    def write_price(self, writer: BytesWriter, price_ticks: i64) -> None:
        """Append the text that `price_text` gives."""
        write_decimal(writer, price_ticks * self.tick_units, self.price_decimals)

    def price_text(self, price_ticks: i64) -> str:
        """Exact decimal text of the price, with the venue's number of decimals."""
        writer = BytesWriter()
        self.write_price(writer, price_ticks)
        return writer.getvalue().decode()
