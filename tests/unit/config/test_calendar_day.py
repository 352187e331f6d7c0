"""`xmc calendar` against days worked out by hand: Thanksgiving's Friday, a Hong Kong half day, the last known day."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cross_market_connect import cli
from cross_market_connect.config import calendar_day
from cross_market_connect.domain.errors import InputError

GOLD = ["XSGE.shfe_gold", "XCEC.comex_metals"]


def marks(market: dict[str, Any]) -> list[str]:
    return [" ".join(mark.values()) for mark in market["marks"]]


def windows(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(window["from_utc"], window["until_utc"]) for window in answer["overlap"]]


def test_shanghai_and_comex_gold_on_the_friday_after_thanksgiving() -> None:
    answer = calendar_day.show(GOLD, "2026-11-27", None)
    shanghai, comex = answer["markets"]
    assert (shanghai["venue"], shanghai["session"], shanghai["known_until"]) == ("XSGE", "shfe_gold", "2026-12-31")
    assert (marks(shanghai), marks(comex)) == ([], ["early_close 12:45"])
    assert shanghai["phases"][-1] == {
        "phase": "night",
        "from": "2026-11-27T21:00:00+08:00",
        "until": "2026-11-28T00:00:00+08:00",
        "from_utc": "2026-11-27T13:00:00Z",
        "until_utc": "2026-11-27T16:00:00Z",
        "trading_day": "2026-11-30",
        "continuous": True,
        "matches": True,
        "enter": True,
        "cancel": True,
    }
    # Midnight in China is 10:00 of Thanksgiving in Chicago: halted from 13:30 to 17:00, all of it for Friday.
    assert [(phase["phase"], phase["from"], phase["until"], phase["trading_day"]) for phase in comex["phases"]] == [
        ("continuous", "2026-11-26T10:00:00-06:00", "2026-11-26T13:30:00-06:00", "2026-11-27"),
        ("break", "2026-11-26T16:00:00-06:00", "2026-11-26T16:45:00-06:00", "2026-11-27"),
        ("opening_auction", "2026-11-26T16:45:00-06:00", "2026-11-26T16:59:30-06:00", "2026-11-27"),
        ("opening_no_cancel", "2026-11-26T16:59:30-06:00", "2026-11-26T17:00:00-06:00", "2026-11-27"),
        ("continuous", "2026-11-26T17:00:00-06:00", "2026-11-27T10:00:00-06:00", "2026-11-27"),
    ]
    assert windows(answer) == [
        ("2026-11-26T16:00:00Z", "2026-11-26T18:30:00Z"),
        ("2026-11-27T01:00:00Z", "2026-11-27T02:15:00Z"),
        ("2026-11-27T02:30:00Z", "2026-11-27T03:30:00Z"),
        ("2026-11-27T05:30:00Z", "2026-11-27T07:00:00Z"),
        ("2026-11-27T13:00:00Z", "2026-11-27T16:00:00Z"),
    ]
    assert answer["overlap_minutes"] == 150 + 75 + 60 + 90 + 180
    assert answer["overlap"][0]["local"] == [
        ["2026-11-27T00:00:00+08:00", "2026-11-27T02:30:00+08:00"],
        ["2026-11-26T10:00:00-06:00", "2026-11-26T12:30:00-06:00"],
    ]


@pytest.mark.parametrize(
    ("market", "date", "expected"),
    [
        ("XSGE.shfe_gold", "2026-09-30", ["next_day_closed 2026-10-08", "no_evening"]),
        ("XHKG", "2026-09-30", ["next_day_closed 2026-10-02"]),
        ("XSHG.cn_share", "2026-02-16", ["closed"]),
        ("XHKF", "2026-02-16", ["half_day", "next_day_closed 2026-02-20", "no_evening"]),
        ("XSHG.cn_share", "2026-02-13", ["next_day_closed 2026-02-24"]),
        ("XHKG", "2026-02-13", []),
        ("XCME", "2026-01-19", ["closed", "trades_for_next_day", "early_close 12:00"]),
        ("XCME", "2026-11-25", ["next_day_closed 2026-11-27"]),
        ("XCEC", "2026-04-02", ["next_day_closed 2026-04-06", "no_evening"]),
        ("XCEC", "2026-04-10", []),  # a Friday: the week opens on Sunday
        ("XSGE.shfe_gold", "2026-12-31", ["next_day_unknown", "no_evening"]),
        ("XCEC", "2026-12-31", ["next_day_unknown", "no_evening"]),
        ("XHKF", "2026-11-28", ["closed"]),
    ],
)
def test_what_is_special_about_a_day(market: str, date: str, expected: list[str]) -> None:
    of_pair = calendar_day.show(["CCFX", market], date, None)["markets"]
    assert marks(of_pair[1]) == expected


def test_a_spread_is_shown_on_the_day_of_its_configuration() -> None:
    answer = calendar_day.show(["if_hsi"], "", None)
    assert answer["date"] == "2021-01-04"
    assert [market["name"] for market in answer["markets"]] == ["CCFX.IF2101", "XHKF.HSIF1"]
    assert windows(answer) == [
        ("2021-01-04T01:30:00Z", "2021-01-04T03:30:00Z"),
        ("2021-01-04T05:00:00Z", "2021-01-04T07:00:00Z"),
    ]


def test_what_is_unknown_is_told_for_every_market_at_once() -> None:
    with pytest.raises(InputError) as caught:
        calendar_day.show(["XSGE", "CCFX.IF2101", "CCFX", "NYSE"], "2027-01-04", None)
    assert [fault.split(";")[0] for fault in caught.value.faults] == [
        "XSGE: no market on 2027-01-04",
        "instrument CCFX.IF2101: unknown on 20270104",
        "calendar of CCFX: 20270104 is not covered",
        "NYSE: no market on 2027-01-04",
    ]
    assert "expected one of XSGE.shfe_gold, XSGE.shfe_base_metal" in caught.value.faults[0]
    assert "known: 20210101 to 20211231, 20250101 to 20261231; extend it: [calendar] table" in caught.value.faults[2]


def test_bad_arguments_are_told() -> None:
    with pytest.raises(InputError, match="CCFX: one name is a spread's; expected one of if_hsi, or two markets"):
        calendar_day.show(["CCFX"], "", None)
    with pytest.raises(InputError, match="--date: 27.11.2026; expected a date such as 2026-12-24"):
        calendar_day.show(GOLD, "27.11.2026", None)
    with pytest.raises(InputError, match="--language: fr; expected one of en, zh"):
        calendar_day.lines(calendar_day.show(GOLD, "2026-11-27", None), "fr")


def test_the_table_is_there_in_two_languages() -> None:
    answer = calendar_day.show(["XSGE.shfe_gold", "XHKG"], "2026-09-30", None)
    english, chinese = (calendar_day.lines(answer, language) for language in calendar_day.LANGUAGES)
    assert english[:6] == [
        "2026-09-30",
        "",
        "XSGE.shfe_gold   Shanghai Futures Exchange · shfe_gold · known until 2026-12-31",
        "  ! holiday ahead: the next trading day is 2026-10-08",
        "  ! no session in the evening",
        ("  00:00:00-02:30:00   09-29 16:00:00-18:30:00 UTC   night  [match, enter, cancel]  trading day 2026-09-30"),
    ]
    assert chinese[2:6] == [
        "XSGE.shfe_gold   上海期货交易所 · shfe_gold · 日历至 2026-12-31",
        "  ! 节前：下一交易日为 2026-10-08",
        "  ! 当晚无夜盘",
        "  00:00:00-02:30:00   09-29 16:00:00-18:30:00 UTC   夜盘  [成交, 报单, 撤单]  交易日 2026-09-30",
    ]
    assert english[-4:] == [
        "all trade continuously: 195 min",
        "  01:30:00-02:15:00 UTC   09:30:00-10:15:00 · 09:30:00-10:15:00",
        "  02:30:00-03:30:00 UTC   10:30:00-11:30:00 · 10:30:00-11:30:00",
        "  05:30:00-07:00:00 UTC   13:30:00-15:00:00 · 13:30:00-15:00:00",
    ]


def test_the_command_answers_in_json_and_fails_closed_past_the_last_day(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    result = CliRunner().invoke(cli.app, ["calendar", *GOLD, "--date", "2026-11-27", "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout.splitlines()[-1])["date"] == "2026-11-27"
    monkeypatch.setattr("sys.argv", ["xmc", "calendar", *GOLD, "--date", "2027-01-04"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == cli.BAD_INPUT
    assert "xmc: calendar of XSGE: 20270104 is not covered; known: " in capsys.readouterr().err


def test_an_operators_calendars_are_used(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    row = 'first_day = 2027-01-01\nlast_day = 2027-01-31\nclosed = [2027-01-01]\nsource = "notice"\n'
    own.write_text(f'[[calendar]]\nvenues = ["CCFX", "XHKF"]\n{row}', encoding="utf-8")
    demo = calendar_day.DEMO_FILE.read_text(encoding="utf-8")
    assert demo.count("[calendar]\n") == 1
    file = tmp_path / "demo.toml"
    file.write_text(demo.replace("[calendar]\n", f'[calendar]\ntable = "{own}"\n'), encoding="utf-8")
    answer = calendar_day.show(["CCFX", "XHKF"], "2027-01-04", file)
    assert answer["overlap_minutes"] == 240
    assert [market["known_until"] for market in answer["markets"]] == ["2027-01-31"] * 2


def test_a_listed_contract_is_a_market() -> None:
    [contract, product] = calendar_day.show(["CCFX.IF2612", "CCFX.cffex_index"], "2026-11-27", None)["markets"]
    assert contract["phases"] == product["phases"]
    with pytest.raises(InputError, match="CCFX.IF2611: no market on 2026-11-27; expected one of CCFX.cffex_index"):
        calendar_day.show(["CCFX.IF2611", "CCFX"], "2026-11-27", None)
