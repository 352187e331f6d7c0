"""Loads the reference tables, finds all their faults at once, and looks up what holds on a given day.

A row holds from `effective_from` to `effective_until` (both included; open-ended when absent) and names its source.
The tables' SHA-256 goes into the log with the configuration, so that a replay knows what was believed.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final, final

from cross_market_connect.domain.costs import CostSchedule
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.instrument import Instrument, Venue
from cross_market_connect.reference import DATA_DIRECTORY
from cross_market_connect.reference.calendar_rows import (
    CalendarRow,
    SessionRow,
    VenueRow,
    calendar_run,
    known_days_text,
    replaced_calendars,
    session_run,
    session_timeline,
)
from cross_market_connect.reference.contracts import Contracts
from cross_market_connect.reference.days import date_of, epoch_day
from cross_market_connect.reference.instrument_rows import InstrumentRow
from cross_market_connect.reference.own_tables import OwnTables
from cross_market_connect.reference.product_rows import ProductRow
from cross_market_connect.reference.sessions import SessionClock
from cross_market_connect.reference.statistics import DayStatistics
from cross_market_connect.reference.table_files import read_rows
from cross_market_connect.reference.table_reader import LAST_DAY, Row, TableReader
from cross_market_connect.reference.timeline import PhaseTimeline

TABLE_NAMES: Final = ("calendars", "costs", "instruments", "products", "sessions", "venues")


@final
class CostRow(Row):
    """What exchange, regulator and state take from a trade; the broker's part is the configuration's."""

    def __init__(self, reader: TableReader) -> None:
        super().__init__(reader.text("name"), reader)
        self.exchange_rate = reader.rate("exchange_rate")
        self.exchange_per_lot = reader.rate("exchange_per_lot")
        self.close_today_rate = reader.rate("close_today_rate")
        self.close_today_per_lot = reader.rate("close_today_per_lot")
        self.stamp_buy_rate = reader.rate("stamp_buy_rate")
        self.stamp_sell_rate = reader.rate("stamp_sell_rate")
        self.order_fee = reader.rate("order_fee")
        reader.finish()

    def schedule(self) -> CostSchedule:
        """The row as a schedule of its own."""
        result = CostSchedule()
        result.exchange_rate = self.exchange_rate
        result.exchange_per_lot = self.exchange_per_lot
        result.close_today_rate = self.close_today_rate
        result.close_today_per_lot = self.close_today_per_lot
        result.stamp_buy_rate = self.stamp_buy_rate
        result.stamp_sell_rate = self.stamp_sell_rate
        result.order_fee = self.order_fee
        return result


@final
class Reference:
    """The loaded tables. `sha256` is the hash of their content, in hexadecimal."""

    def __init__(
        self,
        venues: list[VenueRow],
        sessions: list[SessionRow],
        instruments: list[InstrumentRow],
        calendars: list[CalendarRow],
        sha256: str,
    ) -> None:
        self.venues = venues
        self.sessions = sessions
        self.instruments = instruments
        self.calendars = calendars
        self.sha256 = sha256
        self.costs: list[CostRow] = []
        self.contracts = Contracts([], sessions, calendars)
        # By venue, session row and days: instruments of one session share a timeline.
        self._timelines: dict[tuple[str, str, int, int], PhaseTimeline] = {}

    def symbols(self, day: int) -> list[str]:
        """Symbols of the instruments that exist on the day (YYYYMMDD), in the order of the table."""
        return [row.key for row in self.instruments if row.holds_on(day)]

    def rows_with_contracts(self, day: int) -> list[InstrumentRow]:
        """The table's rows of all days, and those of contracts that products list on the day and it does not have."""
        mine = {row.key for row in self.instruments if row.holds_on(day)}
        return self.instruments + [row for row in self.contracts.rows(day) if row.key not in mine]

    def venue(self, mic: str, day: int) -> Venue:
        """The market on the day. Raises InputError when the table does not know it."""
        return self._venue_row(mic, day).venue(day)

    def instrument(self, symbol: str, index: int, day: int) -> Instrument:
        """The instrument on the day, numbered `index`. Raises InputError when the tables do not know it."""
        row = self._instrument_row(symbol, day)
        session = self._session_row(row.session, day)
        result = row.instrument(
            index,
            day,
            self.venue(row.venue, day),
            session.session(),
        )
        result.costs = self.schedule(row.costs, day)
        return result

    def schedule(self, name: str, day: int) -> CostSchedule | None:
        """The schedule of costs that holds on the day; None when the table knows none."""
        for row in self.costs:
            if row.key == name and row.holds_on(day):
                return row.schedule()
        return None

    def session_clock(self, symbol: str, day: int) -> SessionClock:
        """The clock of an instrument that exists on the day.

        It knows the days around `day` that the calendar, the session and the contract's life cover without a gap.
        Raises InputError when one of them does not cover `day`.
        """
        row = self._instrument_row(symbol, day)
        return self.clock_between(row.venue, row.session, day, row.effective_from, row.effective_until)

    def clock_between(
        self, mic: str, session: str, day: int, first_day: int = 0, last_day: int = LAST_DAY
    ) -> SessionClock:
        """The clock of a session at a venue, around `day` and within the days given.

        Raises InputError when no row of the venue, the session or the calendar covers `day`.
        """
        venue, rows = self._venue_row(mic, day), session_run(self.sessions, session, day)
        self._session_row(session, day)
        covering = self._calendar_rows(mic, day)
        first = max(covering[0].first_day, rows[0].effective_from, venue.effective_from, first_day)
        last = min(covering[-1].last_day, rows[-1].effective_until, venue.effective_until, last_day)
        key = (mic, session, first, last)
        if key not in self._timelines:
            self._timelines[key] = session_timeline(venue, rows, covering, first, last)
        return SessionClock(self._timelines[key])

    def find_row(self, symbol: str, day: int) -> InstrumentRow | None:
        """The row of the day: one of the table, or of a contract that a product lists; None when there is none.

        Raises InputError when the contract is listed, but its last trading day is beyond the calendars.
        """
        for row in self.instruments:
            if row.key == symbol and row.holds_on(day):
                return row
        return self.contracts.instrument_row(symbol, day)

    def _instrument_row(self, symbol: str, day: int) -> InstrumentRow:
        found = self.find_row(symbol, day)
        if found is not None:
            return found
        known = ", ".join(self.symbols(day)) or "none"
        raise InputError([f"instrument {symbol}: unknown on {day}; expected one of {known}"])

    def _venue_row(self, mic: str, day: int) -> VenueRow:
        for row in self.venues:
            if row.key == mic and row.holds_on(day):
                return row
        raise InputError([f"venue {mic}: unknown on {day}; expected a row in venues.toml"])

    def _session_row(self, name: str, day: int) -> SessionRow:
        for row in self.sessions:
            if row.key == name and row.holds_on(day):
                return row
        raise InputError([f"session {name}: unknown on {day}; expected a row in sessions.toml"])

    def _calendar_rows(self, mic: str, day: int) -> list[CalendarRow]:
        run = calendar_run(self.calendars, mic, day)
        if not run:
            known = known_days_text(self.calendars, mic)
            raise InputError([f"calendar of {mic}: {day} is not covered; known: {known}; extend it: [calendar] table"])
        return run


def load_reference(
    directory: Path = DATA_DIRECTORY, calendar_file: Path | None = None, own: OwnTables | None = None
) -> Reference:
    """Load and validate the tables.

    Args:
        directory: the tables.
        calendar_file: an operator's calendars in the form of calendars.toml. Each of its rows replaces every row of the
            same venue whose days overlap, and stands beside the others.
        own: an operator's instruments, products and statistics; a row replaces those of its key whose days overlap.

    Raises InputError with every fault of every table: unreadable files, wrong or unknown keys, rows that overlap in
    time, and names that no other table knows.
    """
    faults: list[str] = []
    contents: list[bytes] = []
    rows: dict[str, list[TableReader]] = {}
    for name in TABLE_NAMES:
        rows[name] = read_rows(directory / f"{name}.toml", name[:-1], contents, faults)
    venues = [VenueRow(reader) for reader in rows["venues"]]
    sessions = [SessionRow(reader) for reader in rows["sessions"]]
    instruments = [InstrumentRow(reader) for reader in rows["instruments"]]
    products = [ProductRow(reader) for reader in rows["products"]]
    calendars = [CalendarRow(reader) for reader in rows["calendars"]]
    if calendar_file is not None:
        mine = [CalendarRow(reader) for reader in read_rows(calendar_file, "calendar", contents, faults)]
        calendars = replaced_calendars(calendars, mine)
    statistics = DayStatistics()
    if own is not None:
        instruments = own.instrument_rows(instruments, contents, faults)
        products = own.product_rows(products, contents, faults)
        statistics = own.day_statistics(contents, faults)
    result = Reference(venues, sessions, instruments, calendars, hashlib.sha256(b"".join(contents)).hexdigest())
    result.costs = [CostRow(reader) for reader in rows["costs"]]
    result.contracts = Contracts(products, sessions, calendars)
    result.contracts.statistics = statistics
    _check_all_overlaps(result, faults)
    _check_references(result, faults)
    if faults:
        raise InputError(faults)
    return result


def _check_all_overlaps(reference: Reference, faults: list[str]) -> None:
    _check_overlaps(
        "product", [(row.key, row.effective_from, row.effective_until) for row in reference.contracts.products], faults
    )
    costs = [(row.key, row.effective_from, row.effective_until) for row in reference.costs]
    _check_overlaps("cost", costs, faults)
    _check_overlaps("venue", [(row.key, row.effective_from, row.effective_until) for row in reference.venues], faults)
    _check_overlaps(
        "session", [(row.key, row.effective_from, row.effective_until) for row in reference.sessions], faults
    )
    lives = [(row.key, row.effective_from, row.effective_until) for row in reference.instruments]
    _check_overlaps("instrument", lives, faults)
    names = [
        (f"{scheme} {name}", row.effective_from, row.effective_until)
        for row in reference.instruments
        for scheme, name in row.symbols.items()
    ]
    _check_overlaps("symbol", names, faults)
    known_days = [(mic, row.first_day, row.last_day) for row in reference.calendars for mic in row.venues]
    _check_overlaps("calendar", known_days, faults)


def _check_overlaps(kind: str, spans: list[tuple[str, int, int]], faults: list[str]) -> None:
    ordered = sorted(spans)
    for before, after in zip(ordered, ordered[1:], strict=False):
        if before[0] == after[0] and after[1] <= before[2]:
            day_before = date_of(epoch_day(after[1]) - 1)
            faults.append(
                f"{kind} {after[0]}: rows from {before[1]} and from {after[1]} overlap; "
                f"expected the earlier one to end by {day_before}"
            )


def _check_references(reference: Reference, faults: list[str]) -> None:
    mics = [row.key for row in reference.venues]
    sessions = [row.key for row in reference.sessions]
    costs = sorted({row.key for row in reference.costs})
    for row in reference.instruments:
        if row.venue not in mics:
            faults.append(f"instrument {row.key}.venue: {row.venue!r}; expected one of {', '.join(mics)}")
        if row.session not in sessions:
            faults.append(f"instrument {row.key}.session: {row.session!r}; expected one of {', '.join(sessions)}")
        if row.costs and row.costs not in costs:
            faults.append(f"instrument {row.key}.costs: {row.costs!r}; expected one of {', '.join(costs)}")
    for product in reference.contracts.products:
        _check_known(f"product {product.key}: venue", [product.venue], mics, faults)
        _check_known(f"product {product.key}: session", [product.session], sessions, faults)
    for session in reference.sessions:
        _check_known(f"session {session.key}: venue", session.venues, mics, faults)
    for calendar in reference.calendars:
        place = f"calendar from {calendar.first_day}"
        _check_known(f"{place}: venue", calendar.venues, mics, faults)
        for early in calendar.early:
            _check_known(f"{place}: early close of {early.day}: session", early.sessions, sessions, faults)


def _check_known(place: str, found: list[str], known: list[str], faults: list[str]) -> None:
    faults += [f"{place} {name!r}; expected one of {', '.join(known)}" for name in found if name not in known]
