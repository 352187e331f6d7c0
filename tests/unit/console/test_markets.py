"""Marks of books and of markets made of several: each is told, and its gate forbids to open."""

from pathlib import Path

import pytest

from cross_market_connect.console.markets import MarketView, book_marks, condition_marks, consolidated
from cross_market_connect.console.page import ViewReader
from cross_market_connect.domain.book import BOOK_LIVE, BOOK_SUSPECT, Book
from cross_market_connect.engine.view import ViewWriter
from cross_market_connect.trading.conditions import PHASE_NAMES
from cross_market_connect.trading.gates import GATES
from tests.unit.engine.test_view import layout


@pytest.mark.parametrize(
    ("bids", "asks", "marks"),
    [
        ([(10, 1)], [(11, 1)], []),
        ([(10, 1)], [(10, 1)], ["locked"]),
        ([(11, 1)], [(10, 1)], ["crossed"]),
        ([], [(10, 1)], ["one_sided"]),
        ([(10, 1)], [], ["one_sided"]),
        ([], [], ["one_sided"]),
    ],
)
def test_marks_of_levels(bids: list[tuple[int, int]], asks: list[tuple[int, int]], marks: list[str]) -> None:
    assert book_marks(bids, asks) == marks


def test_marks_of_conditions() -> None:
    assert condition_marks(0, 0) == []
    assert [condition_marks(phase, 0) for phase in range(1, 6)] == [[name] for name in PHASE_NAMES[1:]]
    assert condition_marks(1, -1) == ["auction", "limit_locked"]
    assert condition_marks(77, 0) == ["phase 77"]


def test_every_mark_has_its_gate_which_blocks_opening() -> None:
    names = {row[0] for row in GATES}
    assert {"one_sided", "crossed", "not_continuous", "halted", "limit_locked", "book_not_live"} <= names


def test_the_best_of_several_is_whosever_it_is() -> None:
    market = consolidated([3, 5, 7], [(3, 100, 104), (5, 101, 103), (7, 101, None)])
    assert market.bid is not None and market.ask is not None
    assert (market.bid.instruments, market.ask.instruments, market.marks) == ([5, 7], [5], [])
    assert (market.bid.price, market.ask.price) == (101e-9, 103e-9)
    # Neither book is crossed, but together they are; then locked.
    assert consolidated([3, 5], [(3, 100, 104), (5, 105, 106)]).marks == ["crossed"]
    assert consolidated([3, 5], [(3, 100, 104), (5, 104, 106)]).marks == ["locked"]
    assert consolidated([3, 5], [(3, 100, None), (5, 99, None)]).marks == ["one_sided"]
    assert consolidated([3, 5], []) == MarketView([3, 5], None, None, ["book_not_live"])


def test_a_page_tells_marks_and_markets_and_compares_prices_of_other_grids(tmp_path: Path) -> None:
    made = layout()
    made.markets = [[0, 1]]
    writer = ViewWriter(str(tmp_path / "page"), made)
    books = [Book(0), Book(1)]
    for book, price in zip(books, (26_000, 5_201), strict=True):
        book.state = BOOK_LIVE
        book.bids.set_level(0, price, 3)
        book.asks.set_level(0, price, 3)
    # A tick of the first is 0.2, of the second 1: 5200.0 and 5201.
    reader = ViewReader(tmp_path / "page")
    writer.begin(1, 1)
    writer.book(0, books[0], 1, 1, 0)
    writer.book(1, books[1], 1, 0, -1)
    writer.end()
    snapshot = reader.read()
    assert snapshot is not None
    assert [book.marks for book in snapshot.instruments] == [["auction", "locked"], ["limit_locked", "locked"]]
    market = snapshot.markets[0]
    assert market.bid is not None and market.ask is not None
    assert (market.bid.price, market.bid.instruments) == (5_201.0, [1])
    assert (market.ask.price, market.ask.instruments, market.marks) == (5_200.0, [0], ["crossed"])
    books[1].state = BOOK_SUSPECT
    writer.begin(2, 2)
    writer.book(1, books[1])
    writer.end()
    snapshot = reader.read()
    assert snapshot is not None
    assert snapshot.instruments[1].marks == [], "nothing can be said of levels that may be wrong"
    assert snapshot.markets[0].marks == ["locked"] and snapshot.markets[0].bid is not None
