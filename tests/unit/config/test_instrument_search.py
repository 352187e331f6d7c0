"""The table of instruments listed, shown and searched: by any name, in both languages, by product and last day."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from cross_market_connect import cli
from cross_market_connect.config.instrument_search import expiry_range, pad, search, select, show, width_of
from cross_market_connect.domain.errors import InputError
from cross_market_connect.reference.tables import load_reference

REFERENCE = load_reference()
TODAY = 20261127


def keys(*words: str, **filters: str) -> list[str]:
    return [row.key for row in search(select(REFERENCE, TODAY, **filters), words)]


def answer(*arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(cli.app, ["instruments", *arguments, "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout.splitlines()[-1])
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    "words, expected",
    [
        (("平安",), ["XSHG.601318", "XHKG.2318"]),
        (("ping an", "insurance h"), ["XHKG.2318"]),
        (("02318",), ["XHKG.2318"]),  # the code of Stock Connect
        (("GCM1",), ["XCEC.GCM1"]),
        (("黄金",), ["XSGE.AU2106", "XCEC.GCM1"]),
        (("CNE000001R84",), ["XSHG.601318"]),
        (("nothing like it",), []),
    ],
)
def test_any_name_finds_its_instruments(words: tuple[str, ...], expected: list[str]) -> None:
    assert sorted(keys(*words)) == sorted(expected)


def test_whole_names_come_first() -> None:
    assert keys("2318")[0] == "XHKG.2318"
    assert keys("阿里巴巴") == ["XHKG.9988", "XNYS.BABA"]


def test_filters_by_day_market_type_product_and_last_day() -> None:
    assert keys(date="2021-06-28", type_name="future") == ["XCEC.GCM1"]
    assert keys(date="2021-06-29", type_name="future") == []
    assert keys(venue="XHKG") == ["XHKG.2318", "XHKG.9988"]
    assert keys(product="XSGE.AU") == ["XSGE.AU2106"]
    assert keys(expiry="2021-01-15:2021-01-28") == ["CCFX.IF2101", "XHKF.HSIF1"]
    assert keys(expiry="2021-01-16:") == ["XHKF.HSIF1", "XSGE.AU2106", "XCEC.GCM1"]
    assert keys(expiry=":2021-01-15") == ["CCFX.IF2101"]  # what never expires is in no range


def test_all_filters_that_name_nothing_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        select(REFERENCE, TODAY, venue="XXXX", type_name="bond", product="CCFX.IC9")
    assert [fault.split(";")[0] for fault in caught.value.faults] == [
        "--venue: XXXX",
        "--type: bond",
        "--product: CCFX.IC9",
    ]
    with pytest.raises(InputError, match="--expiry: 2021; expected FROM:UNTIL"):
        expiry_range("2021")


def test_show_takes_the_names_of_gateways_and_names_what_is_near() -> None:
    assert [row.key for row in show(REFERENCE, TODAY, "au2106", "")] == ["XSGE.AU2106"]
    with pytest.raises(InputError, match="instrument 231: unknown; expected one of XHKG.2318$"):
        show(REFERENCE, TODAY, "231", "")
    with pytest.raises(InputError, match="IF2101: unknown on 2021-01-18; expected one of XHKF"):
        show(REFERENCE, TODAY, "CCFX.IF2101", "2021-01-18")


def test_the_commands_answer_as_one_object_and_as_lines_in_both_languages() -> None:
    assert answer("list", "--venue", "CCFX")["count"] == 1
    assert [row["symbol"] for row in answer("search", "平安")["instruments"]] == ["XSHG.601318", "XHKG.2318"]
    [row] = answer("show", "CCFX.IF2101")["instruments"]
    assert (row["tick"], row["multiplier"], row["expiry"], row["symbols"]) == (
        "0.2",
        "300",
        "2021-01-15",
        {"ctp": "IF2101"},
    )
    shown = CliRunner().invoke(cli.app, ["instruments", "show", "CCFX.IF2101", "--language", "zh"]).stdout
    assert "合约乘数" in shown and "沪深300股指期货2101" in shown and "ctp" in shown
    assert CliRunner().invoke(cli.app, ["instruments", "list", "--language", "fr"]).exit_code != 0


def test_ideographs_take_two_columns() -> None:
    assert (width_of("代码 a"), pad("代码", 6)) == (6, "代码  ")


@pytest.mark.slow
def test_listed_contracts_are_found_without_a_row_of_their_own() -> None:
    assert [row.key for row in show(REFERENCE, TODAY, "IF2612", "")] == ["CCFX.IF2612"]
    rows = select(REFERENCE, TODAY, product="CCFX.IF", expiry="2026-01-01:2026-12-31", contracts=True)
    assert [row.key for row in rows] == ["CCFX.IF2612"]  # the others end beyond the calendar
    rows = select(REFERENCE, TODAY, date="2021-01-04", product="CCFX.IF", contracts=True)
    assert [row.key for row in rows] == ["CCFX.IF2101", "CCFX.IF2102", "CCFX.IF2103", "CCFX.IF2106"]
    assert keys(date="2021-01-04", product="CCFX.IF") == ["CCFX.IF2101"]
    found = answer("search", "恒生", "2612", "--date", "2026-11-27")["instruments"]
    assert {row["symbol"] for row in found} == {"XHKF.HSIZ6", "XHKF.MHIZ6", "XHKF.HHIZ6"}
    assert answer("list", "--contracts", "--date", "2026-11-27", "--product", "XINE.SC")["count"] == 2
