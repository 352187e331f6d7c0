"""Names at venues and gateways: their schemes, their forms, and that one name means one instrument on a day."""

from pathlib import Path

import pytest

from cross_market_connect.domain.errors import InputError
from cross_market_connect.reference.symbols import check_schemes, form_of, is_isin
from cross_market_connect.reference.table_reader import TableReader
from cross_market_connect.reference.tables import load_reference
from tests.unit.reference.test_tables import copy_tables, replace


def faults_of(symbols: object) -> list[str]:
    faults: list[str] = []
    reader = TableReader("row[0]", {"symbols": symbols}, faults)
    check_schemes(reader.text_table("symbols"), reader)
    return faults


def test_names_of_known_schemes_are_taken_and_counterparties_have_schemes_of_their_own() -> None:
    assert faults_of({"ctp": "IF2101", "mdp3_id": "42", "fix": {"citi": "IFF1", "upper": "IF2101"}}) == []
    assert form_of("fix.citi") and form_of("vendor.wind")
    assert not form_of("fix") and not form_of("fix.") and not form_of("fix.Citi") and not form_of("citi")


def test_every_fault_names_scheme_value_and_what_was_expected() -> None:
    assert faults_of({"ctp": "IF 2101", "omd": "1", "omd_c": "02318", "isin": "CNE1000003X7"}) == [
        "row[0].symbols.ctp: 'IF 2101'; expected a text that matches [A-Za-z]{1,2}[0-9]{3,4}",
        (
            "row[0].symbols.omd: unknown scheme; expected one of ctp, isin, mdp3, mdp3_id, omd_c, omd_d, omd_d_id, "
            "stock_connect, fix.NAME, vendor.NAME"
        ),
        "row[0].symbols.omd_c: '02318'; expected a text that matches [1-9][0-9]{0,4}",
        "row[0].symbols.isin: 'CNE1000003X7'; expected an ISIN whose check digit agrees",
    ]
    assert faults_of({"ctp": 2101}) == ["row[0].symbols: {'ctp': 2101}; expected a table of texts"]
    assert faults_of("IF2101") == ["row[0].symbols: 'IF2101'; expected a table of texts"]


@pytest.mark.parametrize("isin", ["US0378331005", "AU0000XVGZA3", "GB0002634946"])
def test_isins_that_are_published_as_examples_of_the_check_digit_agree(isin: str) -> None:
    """The worked examples of the public description of ISO 6166: Apple, Treasury Corporation of Victoria, BAE."""
    assert is_isin(isin)
    assert not is_isin(isin[:-1] + str((int(isin[-1]) + 1) % 10))


def test_a_name_that_means_two_instruments_on_one_day_is_a_fault(tmp_path: Path) -> None:
    tables = copy_tables(tmp_path)
    replace(tables / "instruments.toml", [('ctp = "au2106"', 'ctp = "IF2101"')])
    with pytest.raises(InputError) as caught:
        load_reference(tables)
    assert caught.value.faults == [
        "symbol ctp IF2101: rows from 20200518 and from 20201123 overlap; expected the earlier one to end by 20201122"
    ]
