"""What `xmc instruments ...` does, without the command line around it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cross_market_connect.config import instrument_export as exports
from cross_market_connect.config import instrument_import as imports
from cross_market_connect.config import instrument_rolls as rolls
from cross_market_connect.config import instrument_search as rows_of
from cross_market_connect.config.calendar_day import LANGUAGES, parse_date
from cross_market_connect.config.layers import read_toml
from cross_market_connect.config.settings import lookup_day, reference_of
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.words import counted
from cross_market_connect.reference.instrument_rows import InstrumentRow
from cross_market_connect.reference.tables import Reference, load_reference

Answer = tuple[dict[str, Any], list[str]]


def language_index(language: str) -> int:
    """Position of a language's words. Raises InputError when it is none of LANGUAGES."""
    if language not in LANGUAGES:
        raise InputError([f"--language: {language}; expected one of {', '.join(LANGUAGES)}"])
    return LANGUAGES.index(language)


def found(rows: Sequence[InstrumentRow], language: str) -> Answer:
    fields = [rows_of.fields_of(row) for row in rows]
    return {"count": len(rows), "instruments": fields}, rows_of.list_lines(rows, language_index(language))


def list_rows(
    date: str, venue: str, type_name: str, product: str, contracts: bool, file: Path | None, language: str
) -> Answer:
    """The rows of the table, filtered: as one object and as lines."""
    reference, today = tables("", file)
    rows = rows_of.select(
        reference, today, date=date, venue=venue, type_name=type_name, product=product, contracts=contracts
    )
    return found(rows, language)


def search(words: Sequence[str], date: str, product: str, expiry: str, file: Path | None, language: str) -> Answer:
    """The rows that every word and filter keeps, listed contracts of products too."""
    reference, today = tables("", file)
    rows = rows_of.select(reference, today, date=date, product=product, expiry=expiry, contracts=True)
    return found(rows_of.search(rows, words), language)


def show(name: str, date: str, file: Path | None, language: str) -> Answer:
    """Everything that the table, or its product's rules, say of one instrument."""
    at = language_index(language)
    reference, today = tables("", file)
    fields = [rows_of.fields_of(row) for row in rows_of.show(reference, today, name, date)]
    lines: list[str] = []
    for entry in fields:
        lines += [*([""] if lines else []), *rows_of.show_lines(entry, at)]
    return {"instruments": fields}, lines


def tables(date: str, file: Path | None) -> tuple[Reference, int]:
    """The tables that a configuration names, ours when it is none, and the day (YYYYMMDD): today when none is given."""
    reference = load_reference() if file is None else reference_of(read_toml(file))
    return reference, parse_date(date) if date else lookup_day({}, None)


def roll(name: str, date: str, file: Path | None, language: str) -> Answer:
    """The contracts of a product on a day, what a continuous name means, or one line for each product."""
    at = language_index(language)
    reference, day = tables(date, file)
    if not name:
        overview = rolls.overview(reference, day)
        return overview, rolls.overview_lines(overview, at)
    if rolls.is_continuous(name):
        resolved = rolls.resolved(reference, name, day)
        return resolved, [f"{name} = {resolved['symbol']}"]
    answer = rolls.of_product(reference, name, day)
    return answer, rolls.product_lines(answer, at)


def check(date: str, file: Path | None) -> Answer:
    """Contracts against their products' rules, and contracts whose end no calendar knows."""
    reference, day = tables(date, file)
    answer = rolls.check(reference, day)
    return answer, rolls.check_lines(answer)


def import_definitions(
    source: str, path: Path, date: str, party: str, venue: str, proposal: Path | None, file: Path | None
) -> Answer:
    """How what a venue defines differs from the tables; see `instrument_import.compare`."""
    reference, day = tables(date, file)
    answer = imports.compare(reference, source, path, day, party, venue, proposal)
    return answer, imports.import_lines(answer)


def export(path: Path, date: str, venue: str, product: str, contracts: bool, file: Path | None) -> Answer:
    """Write the filtered rows to a new CSV file."""
    reference, today = tables("", file)
    rows = rows_of.select(reference, today, date=date, venue=venue, product=product, contracts=contracts)
    exports.write(path, rows)
    return {"file": str(path), "count": len(rows)}, [f"{path}: {counted(len(rows), 'instrument')}"]
