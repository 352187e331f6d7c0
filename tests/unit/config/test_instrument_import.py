"""`xmc instruments import`: what venues define against the tables, from captures, FIX messages and CSV."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cross_market_connect import cli
from cross_market_connect.config.instrument_import import compare, quoted
from cross_market_connect.domain.errors import InputError
from cross_market_connect.journal.capture import open_capture
from cross_market_connect.journal.file_store import capture_store
from cross_market_connect.journal.pcapng import UDP
from cross_market_connect.reference.tables import load_reference
from cross_market_connect.wire.mdp3 import DESCRIPTION_FILE
from cross_market_connect.wire.mdp3.codes import DEFINITION_FUTURE
from cross_market_connect.wire.mdp3.encoder import PacketWriter
from cross_market_connect.wire.mdp3.message_writer import MessageWriter
from cross_market_connect.wire.mdp3.messages import InstrumentDefinition, InstrumentEvent
from cross_market_connect.wire.omd.omd_d import PRODUCT_FUTURE, PRODUCT_OPTION
from cross_market_connect.wire.omd.omd_d_objects import SeriesDefinitionBase
from cross_market_connect.wire.omd.omd_d_writer import OmdDWriter
from cross_market_connect.wire.sbe.reader import read_schema
from tests.unit.wire.omd.test_omd_c_reader import packet as omd_c_packet
from tests.unit.wire.omd.test_omd_c_reader import security_definition

BILLION = 1_000_000_000
# 2021-06-28 17:30 UTC, 12:30 in Chicago: trading in June gold ends.
GOLD_ENDS_NS = 1_624_901_400 * BILLION
REFERENCE = load_reference()
DAY = 20210301


def captured(tmp_path: Path, *packets: bytes) -> Path:
    directory = tmp_path / "capture"
    directory.mkdir()
    capture = open_capture(capture_store(directory, False), "test", 1_048_576)
    capture.add_interface(0, "feed", UDP, "239.1.1.1", 20_000)
    for number, data in enumerate(packets, 1):
        capture.append(0, number, number, number, data)
    capture.close()
    return directory


def mdp3_packet(*definitions: InstrumentDefinition) -> bytes:
    schema = read_schema(DESCRIPTION_FILE.read_text(encoding="utf-8"), DESCRIPTION_FILE.name)
    packet = PacketWriter(schema)
    packet.start(1, 1)
    for definition in definitions:
        assert MessageWriter(packet, schema).add_definition(definition)
    return packet.finish()


def gold(symbol: str, identifier: int, money: int = 10, ends_ns: int = GOLD_ENDS_NS) -> InstrumentDefinition:
    """Gold quotes in tenths of a dollar, each worth ten dollars a contract."""
    result = InstrumentDefinition(DEFINITION_FUTURE)
    result.symbol, result.security_id, result.asset, result.currency = symbol, identifier, "GC", "USD"
    result.display_factor, result.min_price_increment = BILLION, BILLION // 10
    result.min_price_increment_amount = money * BILLION
    result.events = [InstrumentEvent(7, ends_ns)]
    return result


def differences(source: str, path: Path, **more: Any) -> dict[str, Any]:
    options = {"day": DAY, "party": "", "venue": "", "proposal": None} | more
    return compare(REFERENCE, source, path, **options)


def changes(answer: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    return [(change["symbol"], change["key"], change["table"], change["venue"]) for change in answer["changed"]]


def test_definitions_of_mdp3_that_agree_bring_the_security_id(tmp_path: Path) -> None:
    found = differences("mdp3-definitions", captured(tmp_path, b"no packet", mdp3_packet(gold("GCM1", 42))))
    assert changes(found) == [("XCEC.GCM1", "symbols.mdp3_id", "", "42")]
    assert (found["definitions"], found["new"], found["contradictions"]) == (1, [], [])
    # Other contracts of gold are listed that day and are not defined.
    assert "XCEC.GCQ1" in found["vanished"] and "XCEC.GCM1" not in found["vanished"]


def test_a_changed_multiplier_and_a_changed_last_day_are_told(tmp_path: Path) -> None:
    changed = gold("GCM1", 42, money=1, ends_ns=GOLD_ENDS_NS + 86_400 * BILLION)
    found = differences("mdp3-definitions", captured(tmp_path, mdp3_packet(changed)))
    assert changes(found)[:2] == [
        ("XCEC.GCM1", "multiplier", "100", "10"),
        ("XCEC.GCM1", "expiry", "2021-06-28", "2021-06-29"),
    ]


def test_what_no_row_and_no_product_knows_is_new_and_contradictions_are_listed(tmp_path: Path) -> None:
    packet = mdp3_packet(
        gold("QOM1", 7), gold("GCM1", 42), gold("GCQ1", 42, ends_ns=GOLD_ENDS_NS), gold("QOM1", 7, money=5)
    )
    found = differences("mdp3-definitions", captured(tmp_path, packet))
    assert [entry["symbol"] for entry in found["new"]] == ["QOM1", "QOM1"]
    assert found["contradictions"] == [
        "id 42: GCM1 at input 1, GCQ1 at input 1; expected one symbol",
        "QOM1.multiplier: 100 at input 1, 50 at input 1; expected one value",
    ]
    # August gold is no row: its product's rule says another last day.
    assert ("XCEC.GCQ1", "expiry", "2021-08-27", "2021-06-28") in changes(found)


def test_series_of_omd_d_and_only_futures(tmp_path: Path) -> None:
    writer = OmdDWriter()
    writer.start(1, 1)
    for symbol, product, expiry in (
        ("HSIF1", PRODUCT_FUTURE, "20210128"),
        ("HSIH1", PRODUCT_FUTURE, "20210331"),
        ("HSI30000C1", PRODUCT_OPTION, "20210330"),
    ):
        assert writer.add_series_definition_base(SeriesDefinitionBase(9, symbol, product, 0, 1, 0, expiry, 0, 0))
    found = differences("omd-d", captured(tmp_path, writer.finish()), day=20210104)
    assert changes(found) == [
        ("XHKF.HSIF1", "symbols.omd_d_id", "", "9"),
        ("XHKF.HSIH1", "expiry", "2021-03-30", "2021-03-31"),  # 04-02 is Good Friday: 03-31 is the last day of March
        ("XHKF.HSIH1", "symbols.omd_d_id", "", "9"),
    ]
    assert found["contradictions"] == ["id 9: HSIF1 at input 1, HSIH1 at input 1; expected one symbol"]


def test_a_security_of_omd_c_from_a_single_segment(tmp_path: Path) -> None:
    directory = captured(tmp_path, omd_c_packet(security_definition()))
    [segment] = directory.glob("*.pcapng")
    found = differences("omd-c", segment)
    assert [(entry["symbol"], entry["isin"], entry["currency"]) for entry in found["new"]] == [
        ("700", "KYG875721634", "HKD")
    ]
    assert found["vanished"] == ["XHKG.2318", "XHKG.9988"]


def test_lists_of_fix_name_instruments_by_the_counterpartys_symbol(tmp_path: Path) -> None:
    path = tmp_path / "list.fix"
    entry = "55=IFF1|48=IF2101|107=CSI 300|15=CNY|969=0.2|231=200|541=20210115|"
    text = (
        f"8=FIX.4.4|9=1|35=y|146=2|{entry}55=2318|48=CNE1000003X6|22=4|561=500|10=000|\nnoise\n8=FIX.4.4|35=0|10=0|\n"
    )
    path.write_text(text.replace("|", "\x01"), encoding="utf-8")
    found = differences("fix-security-list", path, day=20210104, party="citi", venue="XHKG")
    assert [entry["symbol"] for entry in found["new"]] == ["IFF1"]
    assert changes(found) == [("XHKG.2318", "symbols.fix.citi", "", "2318")]


def test_a_csv_of_a_venue_and_all_its_faults(tmp_path: Path) -> None:
    path = tmp_path / "venue.csv"
    path.write_text("symbol,tick,expiry\nIF2101,0.2,2021-01-15\nIF2102,0.1,20210219\n", encoding="utf-8")
    found = differences("fix-security-list", path, day=20210104, party="citi", venue="CCFX")
    assert [change for change in changes(found) if "symbols" not in change[1]] == [
        ("CCFX.IF2102", "tick", "0.2", "0.1")
    ]
    assert found["vanished"] == ["CCFX.IF2103", "CCFX.IF2106"]
    path.write_text("symbol,ticks,expiry\nA,x,soon,1\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        differences("omd-d", path)
    assert [fault.split(";")[0] for fault in caught.value.faults] == ["venue.csv:1:2: 'ticks'", "venue.csv:2: 4 cells"]
    path.write_text("symbol,tick,expiry\nA,x,soon\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        differences("omd-d", path)
    assert [fault.split(";")[0] for fault in caught.value.faults] == [
        "venue.csv:2 tick: 'x'",
        "venue.csv:2 expiry: 'soon'",
    ]


def test_a_proposal_is_written_once_and_is_toml_that_says_what_is_missing(tmp_path: Path) -> None:
    source, proposal = (
        captured(tmp_path, mdp3_packet(gold('QO"1', 7), gold("GCM1", 42, money=1))),
        tmp_path / "new.toml",
    )
    arguments = ["import", "--from", "mdp3-definitions", str(source), "--date", "2021-03-01", "--venue", "XCEC"]
    result = CliRunner().invoke(cli.app, ["instruments", *arguments, "--proposal", str(proposal), "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout.splitlines()[-1])["proposal"] == str(proposal)
    text = proposal.read_text(encoding="utf-8")
    [row] = tomllib.loads(text)["instrument"]
    assert (row["symbol"], row["tick"], row["multiplier"]) == ('XCEC.QO"1', 0.1, 100)
    assert row["symbols"] == {"mdp3": 'QO"1', "mdp3_id": "7"}
    assert "# missing: name, name_zh, session, quantity_max_lots, margin_per_lot" in text
    assert "# CHANGED XCEC.GCM1.multiplier: 100 in the table, 10 at the venue (input 1)" in text
    assert load_reference().sha256 == REFERENCE.sha256
    again = CliRunner().invoke(cli.app, ["instruments", *arguments, "--proposal", str(proposal)])
    assert isinstance(again.exception, InputError) and "exists already" in str(again.exception)


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--from: ctp; expected one of mdp3-definitions"):
        differences("ctp", tmp_path)
    with pytest.raises(InputError, match="no such file"):
        differences("omd-d", tmp_path / "absent")
    with pytest.raises(InputError, match="no definition of omd-d in it"):
        differences("omd-d", captured(tmp_path, b"x"))


def test_texts_of_a_venue_cannot_break_a_proposal() -> None:
    assert tomllib.loads(f"a = {quoted(chr(34) + chr(92) + chr(10) + '华')}")["a"] == '"\\?华'
