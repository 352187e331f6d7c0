"""`xmc instruments roll` and `check`: contracts with their days, and rows that contradict their product."""

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from cross_market_connect import cli
from cross_market_connect.config.instrument_rolls import check
from cross_market_connect.reference.tables import load_reference
from tests.unit.reference.test_tables import copy_tables, replace


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, ["instruments", *arguments])


def answer(*arguments: str) -> dict[str, Any]:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout.splitlines()[-1])
    assert isinstance(found, dict)
    return found


def test_a_product_shows_its_contracts_their_days_and_names() -> None:
    found = answer("roll", "CCFX.IF", "--date", "2026-06-18")
    assert (found["main"], found["roll_rule"]) == ("CCFX.IF2607", "1 trading days before last_trading")
    assert [(row["symbol"], row["last_trading"], row["roll"], row["continuous"]) for row in found["contracts"][:2]] == [
        ("CCFX.IF2606", "2026-06-22", "2026-06-18", ["CCFX.IF.c1"]),
        ("CCFX.IF2607", "2026-07-17", "2026-07-16", ["CCFX.IF.c2", "CCFX.IF.main"]),
    ]
    lines = run("roll", "CCFX.IF", "--date", "2026-11-27", "--language", "zh").stdout
    assert "最后交易日" in lines and "超出日历" in lines and "沪深300股指期货" in lines


def test_a_continuous_name_is_one_contract() -> None:
    found = answer("roll", "XHKF.HSI.c2", "--date", "2021-01-28")
    assert (found["symbol"], found["last_trading"]) == ("XHKF.HSIG1", "2021-02-25")
    assert run("roll", "XHKF.HSI.c2", "--date", "2021-01-28").stdout == "XHKF.HSI.c2 = XHKF.HSIG1\n"


def test_without_a_name_every_product_has_a_line_and_what_is_not_known_its_reason() -> None:
    found = {row["product"]: row for row in answer("roll", "--date", "2026-11-27")["products"]}
    assert (found["CCFX.IF"]["nearest"], found["CCFX.IF"]["main"]) == ("CCFX.IF2612", "CCFX.IF2612")
    assert found["XSGE.AU"]["main"] == "" and "open_interest" in found["XSGE.AU"]["unknown_because"]
    assert "GCG7" in found["XCEC.GC"]["unknown_because"]


def test_the_shipped_contracts_agree_with_their_products() -> None:
    found = answer("check", "--date", "2026-11-27")
    assert (found["contracts_compared"], found["contradictions"]) == (4, [])
    assert found["beyond_calendar"]["CCFX.IF"] == ["CCFX.IF2701", "CCFX.IF2703", "CCFX.IF2706"]
    lines = run("check", "--date", "2026-11-27").stdout.splitlines()
    assert "    CCFX.IF  CCFX.IF2701 and 2 more" in lines


def test_what_contradicts_the_product_is_listed(tmp_path: Path) -> None:
    tables = copy_tables(tmp_path)
    replace(
        tables / "instruments.toml",
        [
            ("multiplier = 300", "multiplier = 200"),
            ("expiry = 2021-01-28", "expiry = 2021-01-29"),
            ("first_notice = 2021-05-28", "first_notice = 2021-05-31"),
            ('product = "XSGE.AU"', 'product = "XSGE.AG"'),
        ],
    )
    assert check(load_reference(tables), 20210104)["contradictions"] == [
        "CCFX.IF2101.multiplier: 200; CCFX.IF says 300",
        "XHKF.HSIF1.expiry: 2021-01-29; XHKF.HSI says 2021-01-28",
        "XSGE.AU2106.product: XSGE.AG; expected one of products.toml, or none",
        "XCEC.GCM1.first_notice: 2021-05-31; XCEC.GC says 2021-05-28",
    ]
