"""Rows of the table of products: what its contracts share, which are listed, when each ends, when to roll."""

from __future__ import annotations

import datetime
from typing import Final, final

from cross_market_connect.reference.contract_months import (
    CODE_TOKENS,
    UNKNOWN_DAY,
    DayRule,
    ListedMonths,
    TradingDays,
    code_of,
    listed_months,
    month_in,
    month_name,
    month_of,
    month_text,
    months_of,
)
from cross_market_connect.reference.instrument_rows import InstrumentRow
from cross_market_connect.reference.table_reader import Row, TableReader

ROLL_DAYS_BEFORE: Final = "days_before"
ROLL_VOLUME: Final = "volume"
ROLL_OPEN_INTEREST: Final = "open_interest"
ROLL_RULES: Final = (ROLL_DAYS_BEFORE, ROLL_VOLUME, ROLL_OPEN_INTEREST)
ROLL_ENDS: Final = ("last_trading", "first_notice")
# Keys of a product that stand in the row of each of its contracts as they are.
SHARED_KEYS: Final = (
    "venue",
    "currency",
    "price_decimals",
    "tick",
    "multiplier",
    "session",
    "price_unit",
    "costs",
    "quantity_max_lots",
    "quantity_min_lots",
    "quantity_step_lots",
    "margin_per_lot",
    "price_band",
    "modelled",
)


@final
class Contract:
    """One contract of a product.

    Attributes:
        month: see `contract_months`.
        code: the venue's symbol; symbol: ours.
        last_trading, first_notice: YYYYMMDD; UNKNOWN_DAY where the calendars do not know, or there is no notice.
    """

    def __init__(self, month: int, code: str, symbol: str, last_trading: int, first_notice: int) -> None:
        self.month = month
        self.code = code
        self.symbol = symbol
        self.last_trading = last_trading
        self.first_notice = first_notice


@final
class RollRule:
    """When the main contract changes.

    `days_before`: so many trading days before the last trading day (or the first notice), the next contract becomes the
    main one. `volume`, `open_interest`: the main one has the most of it on the trading day before, and never is an
    earlier one again. Only contracts of `months` become the main one.
    """

    def __init__(self, reader: TableReader) -> None:
        self.rule = reader.choice_or("rule", ROLL_RULES, "")
        self.days = reader.integer_or("days", 0, 60, 0)
        self.of = reader.choice_or("of", ROLL_ENDS, ROLL_ENDS[0])
        self.months = months_of(reader)
        self.source = reader.text("source")
        if not self.rule:
            reader.fault("rule", f"one of {', '.join(ROLL_RULES)}")
        if (self.rule == ROLL_DAYS_BEFORE) != ("days" in reader.row):
            reader.fault("days", "a number of trading days where the rule is days_before, and none otherwise")
        reader.finish()


@final
class ContractException:
    """A contract whose last day the exchange set otherwise."""

    def __init__(self, reader: TableReader) -> None:
        self.month = month_of(reader.day("month"))
        self.last_trading = reader.day("last_trading")
        self.source = reader.text("source")
        reader.finish()


@final
class ProductRow(Row):
    """A product with all its contracts. `code` and `symbols` are patterns: {yy} or {y}, and {mm} or {M}."""

    def __init__(self, reader: TableReader) -> None:
        super().__init__(reader.text("product"), reader)
        self.shared: dict[str, object] = {key: reader.row[key] for key in SHARED_KEYS if key in reader.row}
        for key in SHARED_KEYS:
            reader.read.append(key)
        self.venue = str(self.shared.get("venue", ""))
        self.session = str(self.shared.get("session", ""))
        self.name = reader.text("name")
        self.name_zh = reader.text("name_zh")
        self.code = reader.text("code")
        # A code with one digit of the year is another contract's ten years later.
        self.repeats = "{y}" in self.code
        self.symbols = reader.text_table("symbols")
        self.listed = [
            ListedMonths(reader.below(f"listed[{index}]", row)) for index, row in enumerate(reader.tables("listed"))
        ]
        self.last_trading = DayRule(self._below("last_trading", reader))
        self.first_notice = DayRule(self._below("first_notice", reader)) if "first_notice" in reader.row else None
        self.roll = RollRule(self._below("roll", reader))
        self.exceptions = [
            ContractException(reader.below(f"exception[{index}]", row))
            for index, row in enumerate(reader.tables("exception"))
        ]
        self._check(reader)
        reader.finish()

    def _below(self, key: str, reader: TableReader) -> TableReader:
        value = reader.take(key)
        if not isinstance(value, dict):
            reader.fault(key, "a table")
            value = {}
        return reader.below(key, dict(value))

    def _check(self, reader: TableReader) -> None:
        """The parts together, and the values that every contract's row will have."""
        if not self.listed:
            reader.fault("listed", "at least one group of months")
        if not self.key.startswith(f"{self.venue}.") or self.key != self.key.upper():
            reader.fault("product", "VENUE.CODE in capital letters")
        for key, pattern in {"code": self.code, **self.symbols}.items():
            left = pattern
            for token in CODE_TOKENS:
                left = left.replace(token, "")
            has_year, has_month = "{y" in pattern, "{mm}" in pattern or "{M}" in pattern
            if "{" in left or key == "code" and not (has_year and has_month):
                reader.fault("code" if key == "code" else "symbols", f"a pattern with {', '.join(CODE_TOKENS)}")
        if self.roll.of == "first_notice" and self.first_notice is None:
            reader.fault("roll", "a first_notice of the product, since the roll counts from it")
        self.row_of(self._contract(month_of(self.effective_from), TradingDays([], [], frozenset())), 0, reader)

    def contracts(self, front: int, days: TradingDays) -> list[Contract]:
        """The listed contracts when the month `front` is the nearest one."""
        return [self._contract(month, days) for month in listed_months(self.listed, front)]

    def contract_at(self, month: int, days: TradingDays) -> Contract:
        """The contract of a month, listed or not."""
        return self._contract(month, days)

    def has_surely_ended(self, month: int, day: int) -> bool:
        """Whether the contract of the month has ended before the day (YYYYMMDD), whatever the holidays."""
        return self.last_trading.is_surely_before(month, day)

    def month_in(self, symbol: str, day: int) -> int:
        """The month of our symbol or the venue's, near a day (YYYYMMDD); -1 when it is none of this product's."""
        prefix = f"{self.venue}."
        code = symbol[len(prefix) :] if symbol.startswith(prefix) else symbol
        return month_in(self.code, code, month_of(day))

    def _contract(self, month: int, days: TradingDays) -> Contract:
        last = self.last_trading.day_of(month, days)
        for exception in self.exceptions:
            if exception.month == month:
                last = exception.last_trading
        notice = self.first_notice.day_of(month, days) if self.first_notice is not None else UNKNOWN_DAY
        code = code_of(self.code, month)
        return Contract(month, code, f"{self.venue}.{code.upper()}", last, notice)

    def row_of(self, contract: Contract, since: int, reader: TableReader) -> InstrumentRow:
        """The contract as a row of the table of instruments, from the day `since` on (YYYYMMDD; 0: from the product's
        first day). Faults are noted where the reader notes its own."""
        row: dict[str, object] = {
            **self.shared,
            "symbol": contract.symbol,
            "venue_symbol": contract.code,
            "name": f"{self.name} {month_name(contract.month)}",
            "name_zh": f"{self.name_zh}{contract.month // 12 % 100:02}{contract.month % 12 + 1:02}",
            "type": "future",
            "product": self.key,
            "symbols": {scheme: code_of(pattern, contract.month) for scheme, pattern in self.symbols.items()},
            "effective_from": date_of_number(max(since, self.effective_from)),
            "source": f"{self.key} {month_text(contract.month)} by the rules of the product: {self.source}",
        }
        if contract.last_trading != UNKNOWN_DAY:
            row["expiry"] = row["effective_until"] = date_of_number(contract.last_trading)
        if contract.first_notice != UNKNOWN_DAY:
            row["first_notice"] = date_of_number(contract.first_notice)
        return InstrumentRow(reader.instead(row))


def date_of_number(day: int) -> datetime.date:
    """The date of YYYYMMDD."""
    return datetime.date(day // 10_000, day // 100 % 100, day % 100)
