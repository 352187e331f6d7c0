"""Rows of the table of instruments: what can be traded or prices others, and what it is called elsewhere."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, final

from cross_market_connect.domain.instrument import OPEN_ENDED, Instrument, Session, Venue
from cross_market_connect.domain.numbers import MONEY_SCALE
from cross_market_connect.reference.days import epoch_day
from cross_market_connect.reference.symbols import check_schemes
from cross_market_connect.reference.table_reader import LAST_DAY, Row, TableReader
from cross_market_connect.reference.units import UNITS

TYPES: Final = ("future", "share", "depositary_receipt", "fund", "index", "currency")


@final
class InstrumentRow(Row):
    """A contract, a share or a pricing-only rate.

    `type` is one of TYPES and `product` what the contract is one of; both are empty where the row does not say.
    `symbols` are its names elsewhere, by scheme. `limits` are (day, low, high) in the venue's price. `price_unit` is
    what the price is for, empty for what has none; `expiry` the last trading day, `first_notice` the first day on which
    delivery may be announced, and `costs` the name of its schedule in costs.toml. Orders are at least
    `quantity_min_lots`, in steps of `quantity_step_lots`.
    """

    def __init__(self, reader: TableReader) -> None:
        super().__init__(reader.text("symbol"), reader)
        self.venue = reader.text("venue")
        self.venue_symbol = reader.text("venue_symbol")
        self.name = reader.text("name")
        self.name_zh = reader.text("name_zh")
        self.currency = reader.text("currency")
        self.price_decimals = reader.integer("price_decimals", 0, 9)
        self.tick = reader.decimal("tick")
        self.multiplier = reader.decimal("multiplier")
        self.session = reader.text("session")
        self.price_unit = reader.text_or("price_unit", "")
        self.type = reader.choice_or("type", TYPES, "")
        self.product = reader.text_or("product", "")
        self.expiry = reader.day_or("expiry", LAST_DAY)
        self.first_notice = reader.day_or("first_notice", LAST_DAY)
        self.symbols = reader.text_table("symbols")
        self.costs = reader.text_or("costs", "")
        self.quantity_max_lots = reader.integer("quantity_max_lots", 1, 1_000_000_000)
        self.quantity_min_lots = reader.integer_or("quantity_min_lots", 1, 1_000_000_000, 1)
        self.quantity_step_lots = reader.integer_or("quantity_step_lots", 1, 1_000_000_000, 1)
        self.margin_per_lot = reader.decimal("margin_per_lot")
        self.tradable = reader.flag("tradable", True)
        self.modelled = reader.flag("modelled", False)
        self.limits: list[tuple[int, Decimal, Decimal]] = []
        self.limit_source = ""
        for index, row in enumerate(reader.tables("price_limit")):
            self._read_limit(reader.below(f"price_limit[{index}]", row))
        self.band_percent, self.band_steps = Decimal(0), 0
        self.band_source = ""
        for index, row in enumerate(reader.tables("price_band")):
            self._read_band(reader.below(f"price_band[{index}]", row))
        self._check_scales(reader)
        if self.price_unit and self.price_unit not in UNITS:
            reader.fault("price_unit", f"one of {', '.join(UNITS)}")
        if self.expiry != LAST_DAY and self.effective_until > self.expiry:
            reader.fault("expiry", "a day that is not before effective_until")
        if self.first_notice != LAST_DAY and self.first_notice < self.effective_from:
            reader.fault("first_notice", "a day that is not before effective_from")
        check_schemes(self.symbols, reader)
        reader.finish()

    def _read_limit(self, reader: TableReader) -> None:
        low, high = reader.decimal("low"), reader.decimal("high")
        for key, value in (("low", low), ("high", high)):
            if self.tick and value % self.tick:
                reader.fault(key, f"a multiple of the tick {self.tick}")
        if low >= high:
            reader.fault("high", "a price above `low`")
        self.limit_source = reader.text("source")
        self.limits.append((reader.day("day"), low, high))
        reader.finish()

    def _read_band(self, reader: TableReader) -> None:
        """How far through the best opposite price the venue takes an order."""
        self.band_percent, self.band_steps = reader.decimal("percent"), reader.integer("steps", 0, 10_000)
        if not 0 <= self.band_percent < 100:
            reader.fault("percent", "a number from 0 to less than 100")
        self.band_source = reader.text("source")
        reader.finish()

    def _check_scales(self, reader: TableReader) -> None:
        if self.tick <= 0 or self.tick.scaleb(self.price_decimals) % 1:
            reader.fault("tick", f"a positive number with at most {self.price_decimals} decimals (price_decimals)")
        if self.tradable and self.multiplier <= 0:
            reader.fault("multiplier", "a positive number for a tradable instrument")
        if self.tick * self.multiplier * MONEY_SCALE % 1:
            reader.fault("multiplier", "tick x multiplier with at most 4 decimals")

    def instrument(self, index: int, day: int, venue: Venue, session: Session) -> Instrument:
        """The instrument as the hot rooms see it, with the day's price limits."""
        result = Instrument(
            index,
            self.key,
            venue,
            self.venue_symbol,
            self.name,
            self.name_zh,
            self.currency,
            self.price_decimals,
            int(self.tick.scaleb(self.price_decimals)),
            int(self.tick * self.multiplier * MONEY_SCALE),
            session,
        )
        result.quantity_max_lots = self.quantity_max_lots
        result.quantity_min_lots = self.quantity_min_lots
        result.quantity_step_lots = self.quantity_step_lots
        result.margin_per_lot_e4 = int(self.margin_per_lot * MONEY_SCALE)
        result.price_unit = self.price_unit
        if self.expiry != LAST_DAY:
            result.days_to_expiry = int(epoch_day(self.expiry) - epoch_day(day))
        result.band_e6, result.band_steps = int(self.band_percent * 10_000), self.band_steps
        result.tradable = self.tradable
        result.modelled = self.modelled
        result.limit_low_ticks, result.limit_high_ticks = 0, OPEN_ENDED
        for limit_day, low, high in self.limits:
            if limit_day == day:
                result.limit_low_ticks, result.limit_high_ticks = int(low / self.tick), int(high / self.tick)
        return result
