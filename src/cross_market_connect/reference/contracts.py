"""Contracts of products on a day: which are listed, and what a continuous name means.

`CCFX.IF.c1` is the nearest listed contract of the product, `c2` the next one; `CCFX.IF.main` is the one that the
product's roll rule names. What depends on a day that no calendar knows is an error, never a guess.
"""

from __future__ import annotations

import re
from typing import Final, final

from cross_market_connect.domain.errors import InputError
from cross_market_connect.reference.calendar_rows import CalendarRow, SessionRow, closed_days, known_calendars
from cross_market_connect.reference.contract_months import UNKNOWN_DAY, TradingDays, month_of
from cross_market_connect.reference.days import date_of, epoch_day
from cross_market_connect.reference.instrument_rows import InstrumentRow
from cross_market_connect.reference.product_rows import ROLL_DAYS_BEFORE, Contract, ProductRow
from cross_market_connect.reference.statistics import DayStatistics
from cross_market_connect.reference.table_reader import TableReader

MAIN: Final = "main"
CONTINUOUS: Final = re.compile(r"(?P<product>[A-Z0-9]+\.[A-Z0-9]+)\.(?P<which>main|c[1-9][0-9]?)")


@final
class Contracts:
    """The products' contracts. `statistics` are what roll rules by volume or open interest need."""

    def __init__(self, products: list[ProductRow], sessions: list[SessionRow], calendars: list[CalendarRow]) -> None:
        self.products = products
        self.statistics = DayStatistics()
        self._sessions = sessions
        self._calendars = calendars
        self._days: dict[str, TradingDays] = {}

    def product(self, key: str, day: int) -> ProductRow:
        """The product's row of the day. Raises InputError when the table does not know it."""
        for row in self.products:
            if row.key == key and row.holds_on(day):
                return row
        known = sorted({row.key for row in self.products if row.holds_on(day)})
        raise InputError([f"product {key}: unknown on {day}; expected one of {', '.join(known) or 'none'}"])

    def trading_days(self, product: ProductRow) -> TradingDays:
        """The trading days that are known of the product."""
        key = f"{product.venue} {product.session}"
        if key not in self._days:
            rows = known_calendars(self._calendars, product.venue)
            sessions = [row for row in self._sessions if row.key == product.session]
            closed = [day for row in rows for day in closed_days(row, sessions)]
            self._days[key] = TradingDays(
                [int(epoch_day(row.first_day)) for row in rows],
                [int(epoch_day(row.last_day)) for row in rows],
                frozenset(closed),
            )
        return self._days[key]

    def listed(self, product: ProductRow, day: int) -> list[Contract]:
        """The contracts that are listed on the day, the nearest first.

        Raises InputError when the calendars do not know enough to tell the nearest one.
        """
        days = self.trading_days(product)
        # A last trading day may lie in the month before the contract's, or, after holidays, in the one behind it.
        for month in range(month_of(day) - 1, month_of(day) + 13):
            if not any(month % 12 + 1 in group.months for group in product.listed):
                continue
            last = product.contract_at(month, days).last_trading
            if last == UNKNOWN_DAY:
                if not product.has_surely_ended(month, day):
                    raise InputError([self._unknown(product, month, day)])
            elif last >= day:
                return product.contracts(month, days)
        raise InputError([f"product {product.key}: no contract trades on {day}; expected months in `listed`"])

    def _unknown(self, product: ProductRow, month: int, day: int) -> str:
        code = product.contract_at(month, self.trading_days(product)).code
        spans = [f"{row.first_day} to {row.last_day}" for row in known_calendars(self._calendars, product.venue)]
        return (
            f"product {product.key} on {day}: the last days of {code} lie beyond the calendar of "
            f"{product.venue}; known: {', '.join(spans) or 'none'}; extend it: [calendar] table"
        )

    def find(self, symbol: str, day: int) -> tuple[ProductRow, Contract] | None:
        """The contract of that symbol, ours or the venue's, that is listed on the day; None when there is none."""
        for product in self.products:
            if product.holds_on(day) and self._may_be(product, symbol, day):
                # A code with one digit of the year means another contract every ten years: the listed one.
                for contract in self.listed(product, day):
                    if symbol in (contract.symbol, contract.code):
                        return product, contract
        return None

    def _may_be(self, product: ProductRow, symbol: str, day: int) -> bool:
        """Whether the symbol is of the product, and not of a contract that is known to have ended."""
        month = product.month_in(symbol, day)
        if month < 0 or product.repeats:
            return month >= 0
        last = product.contract_at(month, self.trading_days(product)).last_trading
        return last == UNKNOWN_DAY or last >= day

    def instrument_row(self, symbol: str, day: int) -> InstrumentRow | None:
        """The row of a listed contract that has our symbol; None when it is no contract's.

        Raises InputError when its last trading day is not known: nobody could say until when it may be held.
        """
        found = self.find(symbol, day)
        if found is None or found[1].symbol != symbol:
            return None
        product, contract = found
        if contract.last_trading == UNKNOWN_DAY:
            raise InputError([self._unknown(product, contract.month, day)])
        faults: list[str] = []
        result = product.row_of(contract, self._listed_since(product, contract, day), TableReader(symbol, {}, faults))
        if faults:
            raise InputError(faults)
        return result

    def rows(self, day: int) -> list[InstrumentRow]:
        """Rows of all listed contracts whose last trading day is known; products beyond their calendar are left out."""
        result = []
        for product in self.products:
            if not product.holds_on(day):
                continue
            try:
                listed = self.listed(product, day)
            except InputError:
                continue
            for contract in listed:
                row = self.instrument_row(contract.symbol, day) if contract.last_trading != UNKNOWN_DAY else None
                if row is not None:
                    result.append(row)
        return result

    def _listed_since(self, product: ProductRow, contract: Contract, day: int) -> int:
        """The day (YYYYMMDD) from which on the contract is known to be listed: after the last trading day of the month
        whose end brought it, or the first day that the calendar knows without a gap."""
        days, front = self.trading_days(product), self.listed(product, day)[0].month
        before = front
        while True:
            before -= 1
            if not any(before % 12 + 1 in group.months for group in product.listed):
                continue
            last = product.contract_at(before, days).last_trading
            if last == UNKNOWN_DAY:
                return known_since(days, day)
            if contract.month not in [other.month for other in product.contracts(before, days)]:
                return int(date_of(epoch_day(last) + 1))

    def days_left(self, symbol: str, day: int) -> tuple[int | None, int | None]:
        """Trading days to a listed contract's last trading day and to its first notice, 0 on that day itself, -1 after
        it; None for what does not end, and where the calendars do not know the way."""
        try:
            found = self.find(symbol, day)
        except InputError:
            return None, None
        if found is None:
            return None, None
        product, contract = found
        days, today = self.trading_days(product), int(epoch_day(day))
        last, notice = (
            None if end == UNKNOWN_DAY else days.between(today, int(epoch_day(end)))
            for end in (contract.last_trading, contract.first_notice)
        )
        return last, notice

    def resolve(self, name: str, day: int) -> Contract:
        """The contract that a continuous name means on the day.

        Raises InputError: no continuous name, unknown product, fewer contracts, a day or statistics not known.
        """
        match = CONTINUOUS.fullmatch(name)
        if match is None:
            raise InputError([f"{name}: no continuous name; expected PRODUCT.main or PRODUCT.c1, as in CCFX.IF.main"])
        product = self.product(match["product"], day)
        listed = self.listed(product, day)
        if match["which"] == MAIN:
            return self._main(product, listed, day)
        place = int(match["which"][1:])
        if place > len(listed):
            raise InputError([f"{name}: {len(listed)} contracts are listed on {day}; expected c1 to c{len(listed)}"])
        return listed[place - 1]

    def _main(self, product: ProductRow, listed: list[Contract], day: int) -> Contract:
        candidates = [contract for contract in listed if contract.month % 12 + 1 in product.roll.months]
        if product.roll.rule != ROLL_DAYS_BEFORE:
            return self._most_traded(product, candidates, day)
        for contract in candidates:
            roll = self.roll_day(product, contract)
            if roll == UNKNOWN_DAY:
                raise InputError([self._unknown(product, contract.month, day)])
            if day < roll:
                return contract
        raise InputError([f"{product.key}.main on {day}: every contract is past its roll; expected more `listed`"])

    def roll_day(self, product: ProductRow, contract: Contract) -> int:
        """The trading day (YYYYMMDD) from which on the next contract is the main one, by days; UNKNOWN_DAY when it is
        not known, or does not follow from days."""
        end = contract.first_notice if product.roll.of == "first_notice" else contract.last_trading
        if end == UNKNOWN_DAY or product.roll.rule != ROLL_DAYS_BEFORE:
            return UNKNOWN_DAY
        day = self.trading_days(product).step(int(epoch_day(end)), -product.roll.days)
        return int(date_of(day)) if day != UNKNOWN_DAY else UNKNOWN_DAY

    def _most_traded(self, product: ProductRow, candidates: list[Contract], day: int) -> Contract:
        before = self.trading_days(product).step(int(epoch_day(day)), -1)
        if before == UNKNOWN_DAY:
            raise InputError([f"{product.key}.main: the day before {day} is not in the calendar; extend it"])
        date = int(date_of(before))
        symbol = self.statistics.leader([contract.symbol for contract in candidates], product.roll.rule, date)
        for contract in candidates:
            if contract.symbol == symbol:
                return contract
        rule = product.roll.rule
        wanted = f"no {rule} of {date} is known; expected rows of that day: [symbology] statistics"
        raise InputError([f"{product.key}.main on {day}: its roll rule is {rule}, and {wanted}"])


def known_since(days: TradingDays, day: int) -> int:
    """The first day (YYYYMMDD) from which on every day until `day` is known."""
    at = int(epoch_day(day))
    moved = True
    while moved:
        moved = False
        for first, last in zip(days.first_days, days.last_days, strict=True):
            if first < at <= last + 1:
                at, moved = first, True
    return int(date_of(at))
