"""Entries of a message on a book: depth beyond ours, overlays, prices off the grid."""

import pytest

from cross_market_connect.wire.mdp3.codes import ACTION_OVERLAY, INCREMENTAL_BOOK
from cross_market_connect.wire.mdp3.message_writer import MessageWriter
from tests.unit.venues.cme.support import GC, UTC_NS, bid, book, following


def test_the_tenth_level_is_pushed_out_and_deeper_ones_are_passed_over() -> None:
    bench = following()
    for number in range(1, 11):
        bench.live(10 + number, book(GC, bid(2 + number, 1_900.5 + number / 10, number)))
    assert bench.bids() == [(19_005 + number, number) for number in range(10, 0, -1)]
    bench.live(21, book(GC, bid(13, 1_890.0, 5, 11)))
    assert (len(bench.bids()), bench.states()[0]) == (10, "live")


def test_an_overlay_writes_a_level_or_the_next_one() -> None:
    bench = following()
    bench.live(11, book(GC, bid(3, 1_900.6, 9, 1, int(ACTION_OVERLAY)), bid(4, 1_900.2, 2, 2, int(ACTION_OVERLAY))))
    assert bench.bids() == [(19_006, 9), (19_002, 2)]


@pytest.mark.parametrize(("price", "reason"), [(1_900_650_000_000, "grid"), (2**63 - 1, "grid")])
def test_a_price_off_the_grid_or_none_at_all_is_a_fault(price: int, reason: str) -> None:
    def fill(writer: MessageWriter) -> None:
        assert writer.begin_update(INCREMENTAL_BOOK, UTC_NS, 0x80)
        assert writer.add_entry(price, 1, GC, 3, 1, 1, 0, 0x30)
        writer.end()

    bench = following()
    bench.live(11, fill)
    assert bench.states() == ["suspect", "live"]
    assert [reason in text for text in bench.feed.log.book_faults] == [True]
