"""What the page shows of a core: books with what their markets allow."""

from pathlib import Path

from cross_market_connect.bench.feed_market import Ignored
from cross_market_connect.bench.market import bench_core, definition
from cross_market_connect.console.page import ViewReader
from cross_market_connect.domain.book import BOOK_LIVE
from cross_market_connect.domain.order import BUY, SELL
from cross_market_connect.engine.publisher import COUNTER_NAMES, ViewPublisher
from cross_market_connect.engine.view import SpreadLayout, ViewLayout, ViewWriter, describe_instrument
from cross_market_connect.journal.store import MemorySegmentStore
from cross_market_connect.journal.writer import open_log
from cross_market_connect.trading.conditions import CONDITION_LOCKED_SIDE, CONDITION_PHASE, PHASE_AUCTION, PHASE_HALTED
from cross_market_connect.trading.gates import GATE_NAMES


def test_a_book_is_shown_with_what_its_market_allows(tmp_path: Path) -> None:
    log = open_log(MemorySegmentStore(1 << 24), "1", 1 << 20, 0, 1)
    core = bench_core(Ignored(), None, [definition(0)], 0)
    layout = ViewLayout(
        "test",
        "1",
        1_000,
        [describe_instrument(instrument) for instrument in core.instruments],
        [SpreadLayout("s", "s", "points", 2, [], -5.0, 0.0, 5.0, 0.0)],
        [],
        list(GATE_NAMES),
        list(COUNTER_NAMES),
    )
    path = tmp_path / "page"
    publisher = ViewPublisher(ViewWriter(str(path), layout), core, log)
    for book in core.books:
        book.state = BOOK_LIVE
        book.bids.set_level(0, 100, 1)
        book.asks.set_level(0, 101, 1)
    reader = ViewReader(path)

    def marks() -> list[list[str]]:
        publisher.publish(1)
        snapshot = reader.read()
        assert snapshot is not None
        return [book.marks for book in snapshot.instruments]

    assert marks() == [[], []]
    first, second = core.desk.conditions
    first.values[CONDITION_PHASE] = PHASE_HALTED
    second.values[CONDITION_PHASE] = PHASE_AUCTION
    second.values[CONDITION_LOCKED_SIDE] = BUY
    assert marks() == [["halted"], ["auction", "limit_locked"]]
    first.values[CONDITION_PHASE] = second.values[CONDITION_PHASE] = 0
    first.values[CONDITION_LOCKED_SIDE] = SELL
    core.books[1].asks.set_level(0, 100, 1)
    assert marks() == [["limit_locked"], ["limit_locked", "locked"]]
