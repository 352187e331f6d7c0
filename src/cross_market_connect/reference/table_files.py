"""Reads a table's file, TOML or CSV, into rows that know where each of their values stands: file, line and column."""

from __future__ import annotations

import csv
import datetime
import io
import re
import tomllib
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final, final

from cross_market_connect.reference.table_reader import TableReader

TEXT: Final = "text"
INTEGER: Final = "integer"
DECIMAL: Final = "decimal"
FLAG: Final = "flag"
DAY: Final = "day"
# Columns of a CSV of instruments. One with a point is a key of a sub-table; `symbols.SCHEME` has one for each scheme.
INSTRUMENT_COLUMNS: Final[dict[str, str]] = {
    "symbol": TEXT,
    "venue": TEXT,
    "venue_symbol": TEXT,
    "name": TEXT,
    "name_zh": TEXT,
    "type": TEXT,
    "product": TEXT,
    "currency": TEXT,
    "price_decimals": INTEGER,
    "tick": DECIMAL,
    "multiplier": DECIMAL,
    "session": TEXT,
    "price_unit": TEXT,
    "expiry": DAY,
    "first_notice": DAY,
    "costs": TEXT,
    "quantity_max_lots": INTEGER,
    "quantity_min_lots": INTEGER,
    "quantity_step_lots": INTEGER,
    "margin_per_lot": DECIMAL,
    "tradable": FLAG,
    "modelled": FLAG,
    "effective_from": DAY,
    "effective_until": DAY,
    "price_band.percent": DECIMAL,
    "price_band.steps": INTEGER,
    "price_band.source": TEXT,
    "price_limit.day": DAY,
    "price_limit.low": DECIMAL,
    "price_limit.high": DECIMAL,
    "price_limit.source": TEXT,
    "source": TEXT,
}
SYMBOLS_PREFIX: Final = "symbols."
_HEADER: Final = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.-]+)\s*\]\]?")
_KEY: Final = re.compile(r"\s*([A-Za-z0-9_.-]+)\s*=\s*")
_INLINE: Final = re.compile(r"\{|([A-Za-z0-9_-]+)\s*=")


def read_rows(path: Path, key: str, contents: list[bytes], faults: list[str]) -> list[TableReader]:
    """The rows of a file: the tables `key` of TOML, or the lines of CSV (by its suffix).

    What was read is added to `contents`, what cannot be read noted in `faults`.
    """
    is_csv = path.suffix.lower() == ".csv"
    try:
        content = path.read_bytes()
        # Spreadsheets write a mark before the first character.
        text = content.decode("utf-8-sig")
        table = {} if is_csv else tomllib.loads(text, parse_float=Decimal)
    except (OSError, ValueError) as error:
        faults.append(f"{path.name}: {error}; expected a readable {'CSV' if is_csv else 'TOML'} file")
        return []
    # Length and name frame the content: bytes cannot move from one file to the next unnoticed.
    contents.append(f"{path.name} {len(content)}\n".encode())
    contents.append(content)
    if is_csv:
        return csv_rows(path.name, text, key, faults)
    reader = TableReader(path.name, table, faults)
    found = reader.tables(key)
    reader.finish()
    places = toml_positions(text, key)
    rows = []
    for index, row in enumerate(found):
        result = TableReader(f"{key}[{index}]", row, faults)
        result.file = path.name
        result.positions = places[index] if index < len(places) else {}
        rows.append(result)
    return rows


@final
class _Scan:
    """Where a scan of TOML stands: the row, the sub-table in it, and the entry of an inline list."""

    def __init__(self) -> None:
        self.rows: list[dict[str, str]] = []
        self.prefix = ""
        self.counts: dict[str, int] = {}
        self.inline = ""
        self.is_list = False
        self.index = -1


def toml_positions(text: str, key: str) -> list[dict[str, str]]:
    """For each row `[[key]]`, "line:column" of its header (under an empty key) and of its keys, those of sub-tables as
    `price_limit[0].low` or `symbols.ctp`."""
    scan = _Scan()
    for number, line in enumerate(text.splitlines(), 1):
        header = _HEADER.fullmatch(line.split("#")[0].rstrip())
        if header is not None:
            _on_header(scan, key, header.group(1) == "[[", header.group(2), f"{number}:1")
            continue
        if not scan.rows:
            continue
        match = _KEY.match(line)
        if match is not None and not scan.inline:
            name = scan.prefix + match.group(1)
            scan.rows[-1][name] = f"{number}:{match.start(1) + 1}"
            bracket = line[match.end() : match.end() + 1]
            if bracket in ("{", "["):
                scan.inline, scan.index, scan.is_list = name, -1, bracket == "["
                _on_inline(scan, line, number, match.end())
        elif scan.inline:
            _on_inline(scan, line, number, 0)
    return scan.rows


def _on_header(scan: _Scan, key: str, is_list: bool, name: str, position: str) -> None:
    scan.prefix = ""
    scan.inline = ""
    if name == key:
        scan.rows.append({"": position})
        scan.counts = {}
    elif name.startswith(f"{key}.") and scan.rows:
        below = name[len(key) + 1 :]
        if is_list:
            index = scan.counts.get(below, -1) + 1
            scan.counts[below] = index
            below = f"{below}[{index}]"
        scan.rows[-1][below] = position
        scan.prefix = f"{below}."


def _on_inline(scan: _Scan, line: str, number: int, start: int) -> None:
    """Keys of tables inside brackets; a list may run over lines, until one begins with its closing bracket."""
    for match in _INLINE.finditer(line, start):
        position = f"{number}:{match.start() + 1}"
        if match.group(1) is None:
            scan.index += 1
        entry = f"{scan.inline}[{scan.index}]" if scan.is_list else scan.inline
        scan.rows[-1].setdefault(entry if match.group(1) is None else f"{entry}.{match.group(1)}", position)
    is_one_line = start > 0 and line.count("[") <= line.count("]")
    if is_one_line or line.lstrip().startswith("]"):
        scan.inline = ""


def csv_rows(name: str, text: str, key: str, faults: list[str]) -> list[TableReader]:
    """The lines of a CSV of instruments as rows; an empty cell is an absent key."""
    lines = list(csv.reader(io.StringIO(text)))
    if not lines:
        faults.append(f"{name}:1: empty; expected a line of column names")
        return []
    columns = lines[0]
    for at, column in enumerate(columns):
        if column not in INSTRUMENT_COLUMNS and not column.startswith(SYMBOLS_PREFIX):
            known = ", ".join([*INSTRUMENT_COLUMNS, f"{SYMBOLS_PREFIX}SCHEME"])
            faults.append(f"{name}:1:{at + 1}: {column!r}; expected one of {known}")
        elif column in columns[:at]:
            faults.append(f"{name}:1:{at + 1}: {column} stands twice; expected it once")
    rows: list[TableReader] = []
    for number, cells in enumerate(lines[1:], 2):
        if not any(cells):
            continue
        if len(cells) != len(columns):
            faults.append(f"{name}:{number}: {len(cells)} cells; expected {len(columns)}, as the line of names has")
            continue
        rows.append(_csv_row(name, number, f"{key}[{len(rows)}]", columns, cells, faults))
    return rows


def _csv_row(
    name: str, number: int, place: str, columns: list[str], cells: list[str], faults: list[str]
) -> TableReader:
    row: dict[str, object] = {}
    below: dict[str, dict[str, object]] = {}
    positions = {"": f"{number}:1"}
    for at, (column, cell) in enumerate(zip(columns, cells, strict=True)):
        if cell == "":
            continue
        prefix, point, rest = column.partition(".")
        positions[column] = f"{number}:{at + 1}"
        if prefix in ("price_band", "price_limit") and point:
            positions[f"{prefix}[0].{rest}"] = f"{number}:{at + 1}"
            below.setdefault(prefix, {})[rest] = csv_value(INSTRUMENT_COLUMNS.get(column, TEXT), cell)
        elif point:
            below.setdefault(prefix, {})[rest] = cell
        else:
            row[column] = csv_value(INSTRUMENT_COLUMNS.get(column, TEXT), cell)
    for prefix, values in below.items():
        row[prefix] = values if prefix == "symbols" else [values]
    result = TableReader(place, row, faults)
    result.file = name
    result.positions = positions
    return result


def csv_value(kind: str, cell: str) -> object:
    """The value that a TOML file would have; a cell that is none of its kind stays a text, which its reader refuses."""
    if kind == INTEGER and cell.isdecimal():
        return int(cell)
    if kind == FLAG and cell in ("true", "false"):
        return cell == "true"
    try:
        if kind == DECIMAL:
            return Decimal(cell)
        if kind == DAY:
            return datetime.date.fromisoformat(cell)
    except (InvalidOperation, ValueError):
        return cell
    return cell
