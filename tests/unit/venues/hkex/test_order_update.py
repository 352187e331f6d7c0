"""Order messages of OMD-C onto a book by order: bytes by hand, and a day of random orders against a dictionary."""

import random

import pytest

from cross_market_connect.domain.book import Book, BookSide
from cross_market_connect.domain.order import BUY, SELL
from cross_market_connect.market.order_book import ORDER_UNKNOWN, OrderBook, OrderTable
from cross_market_connect.venues.hkex.book_update import (
    APPLIED,
    APPLIED_UNPRICED,
    CONTRADICTION,
    OFF_GRID,
    apply_book_update,
)
from cross_market_connect.venues.hkex.order_update import apply_order, apply_series_order, side_of
from cross_market_connect.wire.omd.faults import OK, FaultCounts
from cross_market_connect.wire.omd.omd_c import ORDER_TYPE_LIMIT, ORDER_TYPE_MARKET
from cross_market_connect.wire.omd.omd_c_reader import OmdCReader
from cross_market_connect.wire.omd.omd_c_writer import OmdCWriter
from cross_market_connect.wire.omd.omd_d_reader import OmdDReader
from cross_market_connect.wire.omd.packet_reader import END

BID, OFFER = 0, 1
# Wire prices have three decimals; a tick of this stock is 0.05 HKD.
TICK = 50


def levels(side: BookSide) -> list[tuple[int, int]]:
    return [(side.price_ticks[i], side.quantity_lots[i]) for i in range(side.depth)]


class Fixture:
    def __init__(self, orders_max: int = 100) -> None:
        self.table = OrderTable(orders_max)
        self.orders: OrderBook = self.table.open_book(Book(0))
        self.reader = OmdCReader(FaultCounts())

    def apply(self, packet: bytes) -> list[int]:
        assert self.reader.open(packet) == OK
        results = []
        while self.reader.next() != END:
            results.append(int(apply_order(self.reader, self.table, self.orders, 1, TICK)))
        return results


def started() -> OmdCWriter:
    writer = OmdCWriter()
    writer.start(1, 0)
    return writer


def test_a_packet_by_hand() -> None:
    f = Fixture()
    packet = bytes.fromhex(
        "6000 03 00 07000000 c0d4ed1d79326e18"
        "2000 1e00 bc020000 01f2052a01000000 94580900 90010000 0100 32 00 03000000"
        "1c00 1f00 bc020000 01f2052a01000000 2c010000 0100 0000 02000000"
        "1400 2000 bc020000 01f2052a01000000 0100 0000"
    )
    assert f.reader.open(packet) == OK
    shown = []
    while f.reader.next() != END:
        assert apply_order(f.reader, f.table, f.orders, 1, TICK) == APPLIED
        shown.append(levels(f.orders.book.asks))
    assert shown == [[(12_250, 400)], [(12_250, 300)], []]


def test_market_orders_stand_at_no_level() -> None:
    f = Fixture()
    writer = started()
    writer.add_order(700, 1, 0, 500, BID, ORDER_TYPE_MARKET, 0)
    writer.add_order(700, 2, 610_000, 100, BID, ORDER_TYPE_LIMIT, 0)
    writer.modify_order(700, 1, 400, BID, 0)
    writer.delete_order(700, 1, BID)
    assert f.apply(writer.finish()) == [APPLIED_UNPRICED, APPLIED_UNPRICED, APPLIED_UNPRICED, APPLIED]
    assert levels(f.orders.book.bids) == [(12_200, 100)]


def test_what_contradicts_changes_nothing() -> None:
    f = Fixture(1)
    writer = started()
    writer.add_order(700, 1, 610_000, 500, BID, ORDER_TYPE_LIMIT, 0)
    writer.add_order(700, 1, 610_000, 500, BID, ORDER_TYPE_LIMIT, 0)  # known
    writer.add_order(700, 2, 610_000, 500, BID, ORDER_TYPE_LIMIT, 0)  # more than the table takes
    writer.add_order(700, 2, 610_010, 500, BID, ORDER_TYPE_LIMIT, 0)  # off the grid
    writer.add_order(700, 2, 610_000, 0, BID, ORDER_TYPE_LIMIT, 0)  # nothing
    writer.modify_order(700, 1, 400, OFFER, 0)  # the other side
    writer.modify_order(700, 1, 0, BID, 0)
    writer.delete_order(700, 9, BID)
    assert f.apply(writer.finish()) == [APPLIED, *[CONTRADICTION] * 2, OFF_GRID, *[CONTRADICTION] * 4]
    assert levels(f.orders.book.bids) == [(12_200, 500)]
    assert f.table.faults(ORDER_UNKNOWN) == 2


def test_a_side_that_is_neither_is_refused() -> None:
    f = Fixture()
    writer = started()
    writer.add_order(700, 1, 610_000, 1, 256, ORDER_TYPE_LIMIT, 0)
    assert f.apply(writer.finish()) == [CONTRADICTION]
    assert f.table.orders == 0


def test_a_series_modified_to_another_price() -> None:
    # OMD-D 1.47, sections 3.9.1 to 3.9.3: the modification has a price, a market order has none.
    packet = bytes.fromhex(
        "a200 05 00 01000000 0000000000000000"
        "2000 4a01 cf010100 0700000000000000 84670000 0a000000 00 00 0000 01000000"
        "2000 4a01 cf010100 0800000000000000 00000080 05000000 00 00 0000 01000000"
        "2000 4b01 cf010100 0700000000000000 85670000 04000000 00 00 0000 01000000"
        "1200 4c01 cf010100 0800000000000000 00 00"
        "2000 4a01 cf010100 0700000000000000 86670000 03000000 01 00 0000 01000000"
    )
    table = OrderTable(10)
    orders = table.open_book(Book(0))
    reader = OmdDReader(FaultCounts())
    assert reader.open(packet) == OK
    results = []
    while reader.next() != END:
        results.append(apply_series_order(reader, table, orders, 1, 1))
    assert results == [APPLIED, APPLIED_UNPRICED, APPLIED_UNPRICED, APPLIED, APPLIED]
    assert (levels(orders.book.bids), levels(orders.book.asks)) == ([(26_501, 4)], [(26_502, 3)])
    assert reader.open(packet) == OK
    assert reader.next() == 330
    assert apply_series_order(reader, table, orders, 1, 7) == OFF_GRID
    assert apply_series_order(reader, table, orders, 1, 1) == CONTRADICTION
    assert [side_of(wire) for wire in (0, 1, 2, 255, 256)] == [BUY, SELL, 0, 0, 0]


def test_an_aggregate_update_of_omd_c_goes_the_way_of_omd_d() -> None:
    reader = OmdCReader(FaultCounts())
    book = Book(0)
    writer = started()
    writer.begin_book(700)
    writer.add_entry(400, 610_000, 2, BID, 1, 0)
    writer.add_entry(300, 609_950, 1, BID, 2, 0)
    writer.add_entry(200, 610_050, 1, OFFER, 1, 0)
    writer.add_entry(0, 609_950, 0, BID, 2, 2)
    writer.end_book()
    assert reader.open(writer.finish()) == OK
    assert reader.next() == 53
    assert apply_book_update(reader, book, 1, TICK) == APPLIED
    assert (levels(book.bids), levels(book.asks)) == ([(12_200, 400)], [(12_201, 200)])


@pytest.mark.parametrize("seed", range(3))
def test_a_day_of_random_orders(seed: int) -> None:
    chance = random.Random(seed)
    f = Fixture(200)
    alive: dict[tuple[int, int], tuple[int, int]] = {}
    for _ in range(60):
        writer = started()
        for _ in range(40):
            side = chance.randrange(2)
            mine = [key for key in alive if key[0] == side]
            act = chance.random()
            if act < 0.5 and len(alive) < 60 or not mine:
                key = (side, chance.randrange(2**40))
                price, quantity = chance.randrange(12_190, 12_220), chance.randrange(1, 900)
                alive[key] = (price, quantity)
                writer.add_order(700, key[1], price * TICK, quantity, side, ORDER_TYPE_LIMIT, 0)
            elif act < 0.7:
                key = chance.choice(mine)
                alive[key] = (alive[key][0], chance.randrange(1, 900))
                writer.modify_order(700, key[1], alive[key][1], side, 0)
            else:
                key = chance.choice(mine)
                del alive[key]
                writer.delete_order(700, key[1], side)
        assert set(f.apply(writer.finish())) == {APPLIED}
        for side, shown in ((BID, f.orders.book.bids), (OFFER, f.orders.book.asks)):
            prices = sorted({p for (s, _), (p, _) in alive.items() if s == side}, reverse=side == BID)
            total = {p: sum(q for (s, _), (x, q) in alive.items() if (s, x) == (side, p)) for p in prices}
            assert levels(shown) == [(p, total[p]) for p in prices[:10]]
