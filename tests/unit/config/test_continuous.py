"""Continuous names in a configuration: they become contracts of its day, or loading fails and says why."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cross_market_connect import cli
from cross_market_connect.config.continuous import replaced, with_contracts
from cross_market_connect.config.models import Settings
from cross_market_connect.config.settings import from_canonical_json, load, reference_for
from cross_market_connect.domain.errors import InputError
from tests.unit.config.test_settings import DEMO_FILE, SECRETS


def written(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    text = DEMO_FILE.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    return path


def loaded(path: Path) -> Settings:
    return load(path, environment=SECRETS)


def test_a_continuous_name_is_a_contract_wherever_it_stands(tmp_path: Path) -> None:
    plain = loaded(DEMO_FILE)
    settings = loaded(written(tmp_path, ("CCFX.IF2101", "CCFX.IF.main"), ("XHKF.HSIF1", "XHKF.HSI.c1")))
    assert settings.continuous == {"CCFX.IF.main": "CCFX.IF2101", "XHKF.HSI.c1": "XHKF.HSIF1"}
    assert settings.model_copy(update={"continuous": {}}) == plain
    assert json.loads(settings.canonical_json())["continuous"] == settings.continuous
    assert from_canonical_json(settings.canonical_json()) == settings


def test_the_day_decides(tmp_path: Path) -> None:
    changes = ("CCFX.IF2101", "CCFX.IF.main"), ("XHKF.HSIF1", "XHKF.HSI.main"), ("2021-01-04", "2021-01-27")
    settings = loaded(written(tmp_path, *changes))
    assert settings.continuous == {"CCFX.IF.main": "CCFX.IF2102", "XHKF.HSI.main": "XHKF.HSIG1"}
    assert [leg.instrument for leg in settings.spread[0].leg] == ["CCFX.IF2102", "XHKF.HSIG1"]
    assert reference_for(settings).instrument("XHKF.HSIG1", 0, 20210127).days_to_expiry == 29


def test_what_cannot_be_resolved_is_one_fault_with_its_place(tmp_path: Path) -> None:
    changes = ("CCFX.IF2101", "XSGE.AU.main"), ("XHKF.HSIF1", "XHKF.HSI.c20")
    with pytest.raises(InputError) as caught:
        loaded(written(tmp_path, *changes))
    assert [fault for fault in caught.value.faults if fault.startswith("instruments")] == [
        "instruments[0] XSGE.AU.main: XSGE.AU.main: the day before 20210104 is not in the calendar; extend it",
        "instruments[1] XHKF.HSI.c20: XHKF.HSI.c20: 9 contracts are listed on 20210104; expected c1 to c9",
    ]


def test_a_contract_beyond_the_calendar_is_one_fault(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        loaded(written(tmp_path, ("XHKF.HSIF1", "XHKF.HSIZ2")))
    found = [fault for fault in caught.value.faults if fault.startswith("instruments")]
    assert len(found) == 1
    assert found[0].startswith(
        "instruments[1] XHKF.HSIZ2: product XHKF.HSI on 20210104: the last days of HSIZ2 lie beyond"
    )


def test_the_computed_key_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="continuous: unknown key; expected none, it is computed"):
        loaded(written(tmp_path, ("[engine]", 'continuous = { a = "b" }\n[engine]')))


def test_the_check_shows_what_a_name_became(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    path = written(tmp_path, ("CCFX.IF2101", "CCFX.IF.main"))
    result = CliRunner().invoke(cli.app, ["config", "check", str(path)])
    assert result.stdout.splitlines()[-1] == "CCFX.IF.main = CCFX.IF2101"


def test_an_operators_tables_are_in_the_hash_and_in_the_log(tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text("day,symbol,volume,open_interest\n", encoding="utf-8")
    settings = loaded(written(tmp_path, ("[calendar]", f'[symbology]\nstatistics = "{own}"\n\n[calendar]')))
    assert settings.reference_sha256 != loaded(DEMO_FILE).reference_sha256
    assert reference_for(settings).sha256 == settings.reference_sha256
    assert from_canonical_json(settings.canonical_json()) == settings
    own.write_text("day,symbol,volume,open_interest\n2021-01-04,A,1,1\n", encoding="utf-8")
    with pytest.raises(InputError, match="reference_sha256"):
        from_canonical_json(settings.canonical_json())


def test_only_whole_texts_are_replaced() -> None:
    names = {"CCFX.IF.main": "CCFX.IF2101"}
    raw = {"a": ["CCFX.IF.main", "CCFX.IF.main1", 5], "b": {"c": "CCFX.IF.main"}}
    assert with_contracts(raw, names) == {"a": ["CCFX.IF2101", "CCFX.IF.main1", 5], "b": {"c": "CCFX.IF2101"}}
    assert replaced(None, names) is None
    assert with_contracts(raw, {}) is raw
