"""`xmc books`: both markets on one screen, as text and as one object."""

import json
from pathlib import Path

from typer.testing import CliRunner

from cross_market_connect.cli import app
from cross_market_connect.console import books as room
from cross_market_connect.domain.book import Book
from cross_market_connect.engine.view import PAGE_FILE_NAME, ViewWriter
from tests.unit.engine.test_view import filled_book, layout


def written(directory: Path) -> None:
    made = layout()
    made.markets = [[0, 1]]
    writer = ViewWriter(str(directory / PAGE_FILE_NAME), made)
    other = Book(1)
    other.bids.set_level(0, -4_990, 1)
    writer.begin(1_000_000_900, 0)
    writer.book(0, filled_book(), 12)
    writer.book(1, other, 0, 3)
    writer.end()
    writer.close()


def test_the_screen_shows_both_markets_and_who_is_best(tmp_path: Path) -> None:
    written(tmp_path)
    result = CliRunner().invoke(app, ["books", str(tmp_path)])
    assert result.exit_code == 0
    assert result.stdout.splitlines()[:4] == [
        "instrument   state     bid  lots     ask  lots    age  marks",
        "CCFX.IF2101  live   5000.0     7  5000.4     4  1.0 s",
        "XHKF.HSIF1   empty   -4990     1       -     -      -  halted",
        "CCFX.IF2101 = XHKF.HSIF1: bid 5000 at CCFX.IF2101; ask 5000.4 at CCFX.IF2101",
    ]


def test_one_object_says_the_same(tmp_path: Path) -> None:
    written(tmp_path)
    result = CliRunner().invoke(app, ["books", str(tmp_path), "--json"])
    answer = json.loads(result.stdout.splitlines()[-1])
    assert answer["books"][0] == {
        "symbol": "CCFX.IF2101",
        "venue": "CCFX",
        "state": "live",
        "marks": [],
        "bid": {"price": "5000.0", "lots": 7},
        "ask": {"price": "5000.4", "lots": 4},
        "age_ms": 1000.0,
    }
    assert (answer["books"][1]["marks"], answer["books"][1]["ask"]) == (["halted"], None)
    assert answer["markets"] == [
        {
            "symbols": ["CCFX.IF2101", "XHKF.HSIF1"],
            "marks": [],
            "bid": {"price": 5000.0, "instruments": ["CCFX.IF2101"]},
            "ask": {"price": 5000.4, "instruments": ["CCFX.IF2101"]},
        }
    ]


def test_prices_have_their_decimals_and_sign() -> None:
    _snapshot_layout = layout()
    info = _snapshot_layout.instruments[0]
    texts = [room.price_text(ticks, info) for ticks in (1, -1, 0, 25_000)]  # type: ignore[arg-type]
    assert texts == ["0.2", "-0.2", "0.0", "5000.0"]


def test_a_directory_without_a_page_is_an_error_with_its_remedy(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["books", str(tmp_path)])
    assert result.exit_code != 0 and "no page; expected" in str(result.exception)
