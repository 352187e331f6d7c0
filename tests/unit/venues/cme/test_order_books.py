"""CME's books by order: orders behind levels and alone, snapshots in chunks, the check against the book by price."""

import pytest

from cross_market_connect.domain.order import BUY
from cross_market_connect.wire.mdp3.codes import (
    ACTION_CHANGE,
    ACTION_DELETE,
    END_OF_EVENT,
    ENTRY_BOOK_RESET,
    INCREMENTAL_BOOK,
    ORDER_DELETE,
    ORDER_NEW,
    ORDER_UPDATE,
)
from cross_market_connect.wire.mdp3.message_writer import MessageWriter
from tests.unit.venues.cme.support import (
    GC,
    MGC,
    MILLISECOND,
    SECOND,
    UTC_NS,
    Bench,
    bid,
    book,
    definition,
    following_orders,
    heartbeat,
    order_snapshot,
    orders_alone,
    orders_behind,
    over,
    reset,
    snapshot,
    wire,
)

HOLE = 6 * MILLISECOND
NEW, UPDATE, DELETE = int(ORDER_NEW), int(ORDER_UPDATE), int(ORDER_DELETE)


def known_orders(bench: Bench) -> int:
    assert bench.feed.books.orders is not None
    return int(bench.feed.books.orders.table.orders)


def test_a_book_is_live_when_both_kinds_of_snapshot_have_come() -> None:
    bench = Bench(1_000)
    bench.live(10, heartbeat)
    bench.loop(definition("GCG1", GC), definition("MGCG1", MGC))
    bench.loop(snapshot(GC, 10, 2, (1_900.5, 3)))
    assert bench.states() == ["building", "building"]
    bench.live(11, orders_behind(GC, bid(3, 1_900.6, 1), (9, 1, NEW)))
    assert bench.states() == ["building", "building"], "an update does not make half a book suspect"
    # It stands before the order of packet 11, which is applied behind it and is not in the one by price.
    bench.loop(order_snapshot(GC, 10, (7, 1_900.5, 3)))
    assert bench.states() == ["live", "building"]
    assert bench.bids() == [(19_006, 1), (19_005, 3)]
    assert bench.feed.wants_refresh()
    bench.loop(order_snapshot(MGC, 11))
    bench.loop(snapshot(MGC, 11, 2))
    assert (bench.states(), bench.feed.wants_refresh()) == (["live", "live"], False)


def test_orders_of_a_level_come_change_and_go() -> None:
    bench = following_orders()
    bench.live(11, orders_behind(GC, bid(3, 1_900.5, 5, action=int(ACTION_CHANGE)), (9, 2, NEW)))
    assert (bench.bids(), bench.states(), known_orders(bench)) == ([(19_005, 5)], ["live", "live"], 3)
    bench.live(12, orders_behind(GC, bid(4, 1_900.5, 4, action=int(ACTION_CHANGE)), (7, 2, UPDATE)))
    assert bench.bids() == [(19_005, 4)]
    # The order goes to a better price: its new level is the entry that it names.
    moved = orders_behind(GC, bid(5, 1_900.7, 2), (9, 2, UPDATE), over=False)
    bench.live(13, moved, book(GC, bid(6, 1_900.5, 2, 2, int(ACTION_CHANGE))))
    assert (bench.bids(), bench.states()) == ([(19_007, 2), (19_005, 2)], ["live", "live"])
    bench.live(14, orders_behind(GC, bid(7, 1_900.7, 0, action=int(ACTION_DELETE)), (9, 2, DELETE)))
    assert (bench.bids(), known_orders(bench), bench.states()) == ([(19_005, 2)], 2, ["live", "live"])


def test_orders_alone_come_before_the_levels_of_their_event() -> None:
    bench = following_orders()
    bench.live(11, orders_alone(GC, (9, 1_900.5, 2, NEW), over=False))
    assert bench.states() == ["suspect", "live"]
    bench.live(12, book(GC, bid(3, 1_900.5, 5, action=int(ACTION_CHANGE))))
    assert (bench.bids(), bench.states()) == ([(19_005, 5)], ["live", "live"])


def test_below_the_depth_of_the_book_by_price_orders_are_known_all_the_same() -> None:
    bench = following_orders()
    for number in range(1, 10):
        entry = bid(2 + number, 1_900.5 + number / 10, number)
        bench.live(10 + number, orders_behind(GC, entry, (100 + number, number, NEW)))
    # Eleven levels by order, of which ten are told by price.
    bench.live(20, orders_alone(GC, (200, 1_900.0, 4, NEW)))
    assert (len(bench.bids()), bench.bids()[-1], bench.states()[0]) == (10, (19_005, 3), "live")
    # The worst of the ten goes: the order below it is the new tenth, which the book by price is told of.
    gone = orders_behind(GC, bid(12, 1_900.5, 0, 10, int(ACTION_DELETE)), (7, 3, DELETE), over=False)
    bench.live(21, gone, book(GC, bid(13, 1_900.0, 4, 10)))
    assert (bench.bids()[-1], bench.states()[0]) == ((19_000, 4), "live")


def test_a_book_by_price_of_one_level_agrees_with_the_best_of_the_orders() -> None:
    bench = Bench(1_000)
    bench.live(10, heartbeat)
    bench.loop(definition("GCG1", GC, depth=1))
    bench.loop(snapshot(GC, 10, 2, (1_900.5, 3)), order_snapshot(GC, 10, (7, 1_900.5, 3), (9, 1_900.4, 1)))
    assert (bench.states()[0], bench.bids()) == ("live", [(19_005, 3), (19_004, 1)])


def test_books_that_disagree_are_not_believed_until_both_come_anew() -> None:
    bench = following_orders()
    bench.live(11, orders_behind(GC, bid(3, 1_900.6, 2), (9, 1, NEW)))
    assert bench.states() == ["suspect", "live"]
    assert bench.feed.log.book_faults == {"books by price and by order disagree": 1}
    bench.loop(order_snapshot(GC, 11, (7, 1_900.5, 3), (9, 1_900.6, 2)))
    assert bench.states()[0] == "suspect"
    bench.loop(snapshot(GC, 11, 3, (1_900.6, 2), (1_900.5, 3)))
    assert (bench.states(), bench.bids()) == (["live", "live"], [(19_006, 2), (19_005, 3)])


@pytest.mark.parametrize(
    "orders",
    [
        [(7, 1, NEW)],  # is there already
        [(9, 1, UPDATE)],  # was never there
        [(9, 1, DELETE)],
        [(9, 0, NEW)],
        [(9, 1, 5)],
    ],
)
def test_an_order_that_contradicts_the_book_makes_it_suspect(orders: list[tuple[int, int, int]]) -> None:
    bench = following_orders()
    bench.live(11, orders_behind(GC, bid(3, 1_900.6, 1), *orders))
    assert (bench.states(), bench.feed.log.book_faults) == (["suspect", "live"], {"entry contradicts the book": 1})


def test_an_order_that_names_no_entry_may_be_anybody_s() -> None:
    def fill(writer: MessageWriter) -> None:
        assert writer.begin_update(INCREMENTAL_BOOK, UTC_NS, END_OF_EVENT)
        assert writer.add_entry(wire(1_900.6), 1, GC, 3, 1, 1, 0, 0x30)
        assert writer.add_order(9, 9, 1, 1, NEW)
        writer.end()

    bench = following_orders()
    bench.live(11, fill)
    assert (bench.states(), bench.events()[-1]) == (["suspect", "suspect"], "order without entry")


def test_behind_a_lost_packet_every_book_by_order_waits_for_its_snapshot() -> None:
    bench = following_orders()
    # Packet 11 is lost for good. MGC's own count goes on, but it may have lost an order below its levels.
    bench.live(12, orders_behind(MGC, bid(3, 1_900.5, 2), (9, 2, NEW)))
    bench.pass_time(HOLE)
    assert (bench.states(), bench.feed.natural_refreshes) == (["suspect", "suspect"], 1)
    bench.loop(order_snapshot(MGC, 11, (8, 1_900.4, 7)))
    assert (bench.states(), bench.bids(1)) == (["suspect", "live"], [(19_005, 2), (19_004, 7)])
    bench.loop(order_snapshot(GC, 12, (7, 1_900.5, 3)))
    assert bench.states()[0] == "suspect"
    bench.loop(snapshot(GC, 12, 2, (1_900.5, 3)))
    assert (bench.states(), bench.feed.wants_refresh()) == (["live", "live"], False)


def test_a_snapshot_in_chunks_counts_when_the_last_has_come_in_order() -> None:
    bench = following_orders()
    bench.live(11, reset)
    bench.loop(snapshot(GC, 11, 0, (1_900.5, 3), (1_900.4, 1)), snapshot(MGC, 11, 0), order_snapshot(MGC, 11))
    assert bench.states() == ["building", "live"]
    first, second = [(7, 1_900.5, 3)], [(9, 1_900.4, 1)]
    bench.loop(order_snapshot(GC, 11, *second, chunk=2, chunks=2))
    bench.loop(order_snapshot(GC, 11, *first, chunk=1, chunks=2))
    assert bench.states()[0] == "building"
    bench.loop(order_snapshot(GC, 11, *first, chunk=1, chunks=3))
    bench.loop(order_snapshot(GC, 11, *second, chunk=3, chunks=3))
    assert bench.states()[0] == "building", "the second is missing"
    # Another loop has begun in between: the chunks do not belong together.
    bench.loop(order_snapshot(GC, 12, *second, chunk=2, chunks=2))
    bench.loop(order_snapshot(GC, 11, *second, chunk=2, chunks=2))
    assert bench.states()[0] == "building"
    bench.loop(order_snapshot(GC, 11, *first, chunk=1, chunks=2))
    bench.loop(order_snapshot(GC, 11, *second, chunk=2, chunks=2))
    assert (bench.states()[0], bench.bids()) == ("live", [(19_005, 3), (19_004, 1)])


def test_a_snapshot_ahead_of_the_channel_has_the_orders_that_come_up_to_there() -> None:
    bench = Bench(1_000)
    bench.live(10, heartbeat)
    bench.loop(definition("GCG1", GC))
    bench.loop(snapshot(GC, 10, 2, (1_900.5, 3)), order_snapshot(GC, 12, (7, 1_900.5, 3), (9, 1_900.6, 1)))
    bench.live(11, orders_behind(GC, bid(3, 1_900.6, 1), (9, 1, NEW)))
    bench.live(12, heartbeat)
    assert bench.states()[0] == "live"
    bench.live(13, orders_behind(GC, bid(4, 1_900.6, 0, action=int(ACTION_DELETE)), (9, 1, DELETE)))
    assert (bench.states()[0], bench.bids()) == ("live", [(19_005, 3)])


def test_a_snapshot_whose_orders_cannot_stand_in_one_book_is_not_used() -> None:
    bench = following_orders(orders_max=3)
    bench.live(11, reset)
    bench.loop(snapshot(GC, 11, 0), snapshot(MGC, 11, 0), order_snapshot(MGC, 11))
    bench.loop(order_snapshot(GC, 11, (7, 1_900.5, 3), (7, 1_900.4, 3)))
    assert (bench.states(), bench.feed.log.book_faults) == (["suspect", "live"], {"entry contradicts the book": 1})
    bench.loop(order_snapshot(GC, 11, *((number, 1_900.5, 1) for number in range(9))))
    assert bench.states() == ["suspect", "live"], "more orders than there may be"
    # A peer that never ends its chunks takes no memory for long.
    for chunk in range(1, 12):
        many = ((chunk * 100 + number, 1_900.5, 1) for number in range(20))
        bench.loop(order_snapshot(GC, 11, *many, chunk=chunk, chunks=1_000_000))
    assert bench.feed.log.book_faults["entry contradicts the book"] > 2


def test_a_reset_of_a_book_drops_its_orders_and_those_of_no_other() -> None:
    bench = following_orders()
    bench.live(11, book(GC, (3, 0, 0, 1, 0, int(ENTRY_BOOK_RESET))))
    assert (bench.bids(), known_orders(bench), bench.states()) == ([], 1, ["live", "live"])
    bench.live(12, orders_behind(GC, bid(4, 1_900.5, 3), (7, 3, NEW)))
    assert (bench.bids(), bench.states()) == ([(19_005, 3)], ["live", "live"])
    assert bench.feed.books.orders is not None
    assert bench.feed.books.orders.books[0].bids._side == BUY


def test_another_book_s_snapshot_ends_no_event() -> None:
    bench = following_orders()
    bench.live(11, orders_behind(MGC, bid(9, 1_900.5, 2), (9, 2, NEW)))
    assert bench.states() == ["live", "suspect"], "updates of MGC are missing"
    bench.live(12, over)
    bench.live(13, orders_alone(GC, (9, 1_900.5, 2, NEW), over=False))
    # Of what is kept behind the snapshot, packet 12 ends an event.
    bench.loop(snapshot(MGC, 11, 9, (1_900.4, 7)), order_snapshot(MGC, 11, (8, 1_900.4, 7)))
    assert bench.states() == ["suspect", "suspect"]
    bench.live(14, book(GC, bid(3, 1_900.5, 5, action=int(ACTION_CHANGE)), over=False), over)
    assert (bench.states(), bench.bids()) == (["live", "live"], [(19_005, 5)])


def test_silence_and_a_channel_s_new_week() -> None:
    bench = following_orders()
    bench.pass_time(91 * SECOND)
    assert bench.states() == ["stale", "stale"]
    bench.live(3, heartbeat)
    bench.loop(snapshot(GC, 3, 1, (1_900.5, 3)), order_snapshot(GC, 3, (7, 1_900.5, 3)))
    assert bench.states()[0] == "live"
    bench.live(4, orders_behind(GC, bid(2, 1_900.5, 4, action=int(ACTION_CHANGE)), (7, 4, UPDATE)))
    assert bench.bids() == [(19_005, 4)]
