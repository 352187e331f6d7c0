"""Tables from TOML and CSV: the same rows, and faults with file, line and column."""

from pathlib import Path

import pytest

from cross_market_connect.domain.errors import InputError
from cross_market_connect.reference import DATA_DIRECTORY
from cross_market_connect.reference.own_tables import OwnTables
from cross_market_connect.reference.table_files import csv_value, read_rows, toml_positions
from cross_market_connect.reference.tables import load_reference

HEAD = "symbol,venue,venue_symbol,name,name_zh,type,currency,price_decimals,tick,multiplier,session,price_unit"
HEAD += ",quantity_max_lots,margin_per_lot,tradable,effective_from,source"
ROW = "XHKG.700,XHKG,700,Tencent,腾讯控股,share,HKD,2,0.2,100,hk_share,share,3000,0,true,2004-06-16,HKEX 700"


def own(tmp_path: Path, text: str, name: str = "own.csv") -> OwnTables:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return OwnTables(instruments=path)


def faults_of(tables: OwnTables) -> list[str]:
    with pytest.raises(InputError) as caught:
        load_reference(own=tables)
    return caught.value.faults


def test_a_csv_line_is_an_instrument_with_a_spreadsheets_mark_and_empty_lines(tmp_path: Path) -> None:
    text = f"\ufeff{HEAD},symbols.omd_c,symbols.fix.citi,price_band.percent,price_band.steps,price_band.source,expiry\n"
    reference = load_reference(
        own=own(tmp_path, f"{text},,,,\n\n{ROW},700,0700.HK,0,24,HKEX,\n".replace("\n,,,,\n", "\n"))
    )
    row = reference.find_row("XHKG.700", 20210104)
    assert row is not None
    assert (row.name_zh, str(row.tick), row.band_steps, row.symbols) == (
        "腾讯控股",
        "0.2",
        24,
        {"omd_c": "700", "fix.citi": "0700.HK"},
    )
    assert reference.sha256 != load_reference().sha256


def test_every_fault_of_a_csv_has_line_and_column(tmp_path: Path) -> None:
    bad = ROW.replace("0.2,100", "0.003,x").replace("2004-06-16", "16.6.2004").replace("true", "yes")
    text = f"{HEAD},colour,symbol\n{bad},red,XHKG.700\n{ROW}\n"
    assert [fault.split("; expected")[0] for fault in faults_of(own(tmp_path, text))][:7] == [
        "own.csv:1:18: 'colour'",
        "own.csv:1:19: symbol stands twice",
        "own.csv:3: 17 cells",
        "own.csv:2:16 instrument[0].effective_from: '16.6.2004'",
        "own.csv:2:10 instrument[0].multiplier: 'x'",
        "own.csv:2:15 instrument[0].tradable: 'yes'",
        "own.csv:2:9 instrument[0].tick: Decimal('0.003')",
    ]
    assert faults_of(own(tmp_path, ""))[0] == "own.csv:1: empty; expected a line of column names"


def test_faults_of_an_operators_toml_have_line_and_column(tmp_path: Path) -> None:
    text = """# ours
[[instrument]]
symbol = "XHKG.700"
venue = "XHKG"
  tick = 0
symbols = { omd_c = "00700", isin = "x" }

[[instrument.price_band]]
percent = 200
steps = 24
source = "HKEX"
"""
    faults = [fault.split(": ")[0] for fault in faults_of(own(tmp_path, text, "own.toml"))]
    assert "own.toml:2:1 instrument[0].name" in faults  # missing: where the row begins
    assert "own.toml:5:3 instrument[0].tick" in faults
    assert "own.toml:6:13 instrument[0].symbols.omd_c" in faults
    assert "own.toml:6:30 instrument[0].symbols.isin" in faults
    assert "own.toml:9:1 instrument[0].price_band[0].percent" in faults


def test_an_operators_row_replaces_those_of_its_symbol_whose_days_overlap(tmp_path: Path) -> None:
    text = (DATA_DIRECTORY / "instruments.toml").read_text(encoding="utf-8")
    start = text.index('[[instrument]]\nsymbol = "XHKG.2318"')
    block = text[start : text.index("[[instrument]]", start + 10)].replace("multiplier = 500", "multiplier = 1000")
    reference = load_reference(own=own(tmp_path, block, "own.toml"))
    assert [str(row.multiplier) for row in reference.instruments if row.key == "XHKG.2318"] == ["1000"]
    later = block.replace("effective_from = 2004-06-24", "effective_from = 2027-01-04")
    reference = load_reference(own=own(tmp_path, later.replace("= 1000", "= 2000"), "own.toml"))
    assert [str(row.multiplier) for row in reference.instruments if row.key == "XHKG.2318"] == ["2000"]


def test_an_operators_products_replace_the_packages(tmp_path: Path) -> None:
    text = (DATA_DIRECTORY / "products.toml").read_text(encoding="utf-8")
    block = text[text.index("[[product]]") : text.index("[[product]]", text.index("[[product]]") + 5)]
    path = tmp_path / "products.toml"
    path.write_text(block.replace("days = 1,", "days = 5,"), encoding="utf-8")
    reference = load_reference(own=OwnTables(products=path))
    assert reference.contracts.resolve("CCFX.IF.main", 20260611).symbol == "CCFX.IF2606"
    # The fifth trading day before 06-22, of which 06-19 is none.
    assert reference.contracts.resolve("CCFX.IF.main", 20260612).symbol == "CCFX.IF2607"
    assert len(reference.contracts.products) == len(load_reference().contracts.products)


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    tables = OwnTables(tmp_path / "no.csv", tmp_path / "no.toml", tmp_path / "statistics.csv")
    assert [fault.split(":")[0] for fault in faults_of(tables)] == ["no.csv", "no.toml", "statistics.csv"]


def test_positions_of_every_key_of_the_shipped_tables_are_found() -> None:
    """Every key that the parser finds has a position, and it stands there."""
    for table in ("instrument", "product", "calendar", "session", "venue", "cost"):
        path = DATA_DIRECTORY / f"{table}s.toml"
        lines = path.read_text(encoding="utf-8").splitlines()
        rows = read_rows(path, table, [], [])
        assert rows
        for row in rows:
            for key in row.row:
                position = row.positions.get(key) or row.positions[f"{key}[0]"]
                line, column = (int(part) for part in position.split(":"))
                found = lines[line - 1][column - 1 :]
                assert found.startswith((key, f"[[{table}.{key}")), (path.name, key, found)


def test_positions_of_lists_over_several_lines() -> None:
    text = "[[p]]\nlisted = [\n  { a = 1 },\n  { b = 2 },\n]\nlast = { c = 3 }\n[p.more]\nd = 4\n[[q]]\nd = 5\n"
    [found] = toml_positions(text, "p")
    assert (found["listed[0].a"], found["listed[1].b"], found["last.c"], found["more.d"]) == (
        "3:5",
        "4:5",
        "6:10",
        "8:1",
    )


def test_a_cell_that_is_none_of_its_kind_stays_a_text() -> None:
    for kind, cell in (("integer", "-1"), ("decimal", "1,5"), ("flag", "TRUE"), ("day", "2021-02-30")):
        assert csv_value(kind, cell) == cell
