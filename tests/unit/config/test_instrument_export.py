"""The table as CSV: read back it is the same table, row by row."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cross_market_connect import cli
from cross_market_connect.config.instrument_export import csv_text, write
from cross_market_connect.domain.errors import InputError
from cross_market_connect.reference.instrument_rows import InstrumentRow
from cross_market_connect.reference.own_tables import OwnTables
from cross_market_connect.reference.tables import load_reference


def content(row: InstrumentRow) -> dict[str, Any]:
    names = [name for name in dir(row) if not name.startswith("_")]
    return {name: value for name in names if not callable(value := getattr(row, name))}


def test_the_shipped_table_is_the_same_from_toml_and_from_csv(tmp_path: Path) -> None:
    shipped = load_reference()
    path = tmp_path / "all.csv"
    result = CliRunner().invoke(cli.app, ["instruments", "export", str(path), "--json"])
    assert result.exit_code == 0, result.output
    again = load_reference(own=OwnTables(instruments=path))
    assert [row.key for row in again.instruments] == [row.key for row in shipped.instruments]
    for ours, theirs in zip(again.instruments, shipped.instruments, strict=True):
        assert content(ours) == content(theirs)


def test_listed_contracts_can_be_written_and_read(tmp_path: Path) -> None:
    rows = load_reference().contracts.rows(20261127)
    path = tmp_path / "contracts.csv"
    write(path, rows)
    read = load_reference(own=OwnTables(instruments=path))
    assert {row.key for row in rows} <= {row.key for row in read.instruments}
    with pytest.raises(InputError, match="exists already"):
        write(path, rows)
    with pytest.raises(InputError, match="ends in .csv"):
        write(tmp_path / "contracts.xls", rows)


def test_a_row_with_two_price_limits_is_no_line() -> None:
    [row] = [row for row in load_reference().instruments if row.key == "CCFX.IF2101"]
    row.limits.append(row.limits[0])
    with pytest.raises(InputError, match="CCFX.IF2101: 2 price limits; expected one at most in a CSV"):
        csv_text([row])
