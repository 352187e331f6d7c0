"""What `xmc instruments ...` does, without the command line around it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cross_market_connect.config import instrument_search as rows_of
from cross_market_connect.config.calendar_day import LANGUAGES
from cross_market_connect.domain.errors import InputError
from cross_market_connect.reference.instrument_rows import InstrumentRow
from cross_market_connect.reference.tables import load_reference

Answer = tuple[dict[str, Any], list[str]]


def language_index(language: str) -> int:
    """Position of a language's words. Raises InputError when it is none of LANGUAGES."""
    if language not in LANGUAGES:
        raise InputError([f"--language: {language}; expected one of {', '.join(LANGUAGES)}"])
    return LANGUAGES.index(language)


def found(rows: Sequence[InstrumentRow], language: str) -> Answer:
    fields = [rows_of.fields_of(row) for row in rows]
    return {"count": len(rows), "instruments": fields}, rows_of.list_lines(rows, language_index(language))


def list_rows(date: str, venue: str, type_name: str, product: str, language: str) -> Answer:
    """The rows of the table, filtered: as one object and as lines."""
    rows = rows_of.select(load_reference(), date=date, venue=venue, type_name=type_name, product=product)
    return found(rows, language)


def search(words: Sequence[str], date: str, product: str, expiry: str, language: str) -> Answer:
    """The rows that every word and filter keeps."""
    rows = rows_of.select(load_reference(), date=date, product=product, expiry=expiry)
    return found(rows_of.search(rows, words), language)


def show(name: str, date: str, language: str) -> Answer:
    """Everything that the table says of one instrument."""
    at = language_index(language)
    fields = [rows_of.fields_of(row) for row in rows_of.show(load_reference(), name, date)]
    lines: list[str] = []
    for entry in fields:
        lines += [*([""] if lines else []), *rows_of.show_lines(entry, at)]
    return {"instruments": fields}, lines
