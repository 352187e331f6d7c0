"""Writes rows of the table of instruments as CSV, in the form that `[symbology] instruments` reads."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from cross_market_connect.config.calendar_day import day_text
from cross_market_connect.config.instrument_search import fields_of
from cross_market_connect.domain.errors import InputError
from cross_market_connect.reference.instrument_rows import InstrumentRow
from cross_market_connect.reference.table_files import FLAG, INSTRUMENT_COLUMNS, SYMBOLS_PREFIX


def csv_text(rows: Sequence[InstrumentRow]) -> str:
    """The rows with a column for each scheme that one of them has.

    Raises InputError for a row whose price limits or bands are more than a line can hold.
    """
    schemes = sorted({scheme for row in rows for scheme in row.symbols})
    columns = [*INSTRUMENT_COLUMNS, *(SYMBOLS_PREFIX + scheme for scheme in schemes)]
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writeheader()
    faults = [
        f"{row.key}: {len(row.limits)} price limits; expected one at most in a CSV" for row in rows if row.limits[1:]
    ]
    if faults:
        raise InputError(faults)
    for row in rows:
        writer.writerow(cells_of(row))
    return out.getvalue()


def cells_of(row: InstrumentRow) -> dict[str, str]:
    """What the line of a row holds; what is absent has no cell."""
    fields = fields_of(row) | {"price_decimals": row.price_decimals, "modelled": row.modelled}
    cells = {key: cell_text(fields[key], kind) for key, kind in INSTRUMENT_COLUMNS.items() if key in fields}
    for day, low, high in row.limits:
        cells |= {"price_limit.day": day_text(day), "price_limit.low": str(low), "price_limit.high": str(high)}
        cells["price_limit.source"] = row.limit_source
    if row.band_source:
        cells |= {"price_band.percent": str(row.band_percent), "price_band.steps": str(row.band_steps)}
        cells["price_band.source"] = row.band_source
    return cells | {SYMBOLS_PREFIX + scheme: name for scheme, name in row.symbols.items()}


def cell_text(value: object, kind: str) -> str:
    return ("true" if value else "false") if kind == FLAG else str(value)


def write(path: Path, rows: Sequence[InstrumentRow]) -> None:
    """Write a new file. Raises InputError when it exists, or is no CSV by its name."""
    if path.suffix.lower() != ".csv":
        raise InputError([f"{path}: expected a name that ends in .csv"])
    if path.exists():
        raise InputError([f"{path}: exists already; expected a new file"])
    path.write_text(csv_text(rows), encoding="utf-8")
