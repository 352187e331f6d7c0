"""Rows of products: every fault at once, and contracts that are rows of the table of instruments."""

from pathlib import Path

import pytest

from cross_market_connect.domain.errors import InputError
from cross_market_connect.reference.contract_months import TradingDays
from cross_market_connect.reference.tables import load_reference
from tests.unit.reference.test_tables import copy_tables, replace, without_positions


def test_every_fault_of_a_product_is_told_at_once(tmp_path: Path) -> None:
    tables = copy_tables(tmp_path)
    replace(
        tables / "products.toml",
        [
            ('code = "IF{yy}{mm}"', 'code = "IF{yy}{m}"'),
            ("tick = 0.2", "tick = 0.25"),
            ('nth = 3, holiday = "following" }', 'nth = 6, holiday = "later" }'),
            ('roll = { rule = "days_before", days = 1,', 'roll = { rule = "volume", days = 1,'),
            ('product = "CCFX.IH"', 'product = "CCFX.ih"'),
            ('venue = "XHKF"', 'venue = "XHKX"'),
            ('of = "first_notice"', 'of = "last_notice"'),
        ],
    )
    with pytest.raises(InputError) as caught:
        load_reference(tables)
    places = [fault.split(": ")[0].removeprefix("products.toml ") for fault in without_positions(caught.value.faults)]
    assert places == [
        "product[0].last_trading.nth",
        "product[0].last_trading.holiday",
        "product[0].roll.days",
        "product[0].code",
        "product[0].tick",
        "product[1].product",
        "product[4].product",
        "product[11].roll.of",
        "product XHKF.HSI",
    ]


def test_a_roll_before_notices_needs_notices(tmp_path: Path) -> None:
    tables = copy_tables(tmp_path)
    replace(tables / "products.toml", [("first_notice = { business_day = -1, month = -1 }\n", "")])
    with pytest.raises(InputError, match=r"product\[11\].roll: .*expected a first_notice of the product"):
        load_reference(tables)


def test_a_contract_whose_last_day_is_not_known_has_none() -> None:
    product = load_reference().contracts.product("XCEC.GC", 20260105)
    contract = product.contract_at(2031 * 12 + 5, TradingDays([], [], frozenset()))
    assert (contract.symbol, contract.code, contract.last_trading, contract.first_notice) == ("XCEC.GCM1", "GCM1", 0, 0)


def test_codes_belong_to_products() -> None:
    product = load_reference().contracts.product("XSGE.AU", 20210104)
    june = 2021 * 12 + 5
    assert [product.month_in(symbol, 20210104) for symbol in ("au2106", "XSGE.AU2106")] == [june, june]
    assert [product.month_in(symbol, 20210104) for symbol in ("ag2106", "XINE.AU2106", "")] == [-1, -1, -1]
