"""The loops that `xmc bench decode` times. Compiled, as the engine's own are: an interpreted loop would time itself."""

from __future__ import annotations

from mypy_extensions import i64

from cross_market_connect.domain.book import Book
from cross_market_connect.domain.ports import DatagramFeed
from cross_market_connect.domain.step import Step
from cross_market_connect.market.order_book import OrderBook, OrderTable
from cross_market_connect.venues.cme.book_update import APPLIED, apply_entry
from cross_market_connect.venues.cme.securities import Securities
from cross_market_connect.venues.hkex.book_update import APPLIED as APPLIED_BY_OMD
from cross_market_connect.venues.hkex.book_update import apply_book_update
from cross_market_connect.venues.hkex.order_update import apply_order
from cross_market_connect.venues.hkex.series import SeriesTable
from cross_market_connect.wire.mdp3.codes import INCREMENTAL_BOOK
from cross_market_connect.wire.mdp3.decoder import END, PacketReader
from cross_market_connect.wire.mdp3.faults import OK
from cross_market_connect.wire.omd.omd_c import ADD_ORDER, DELETE_ORDER, MODIFY_ORDER
from cross_market_connect.wire.omd.omd_c_reader import OmdCReader
from cross_market_connect.wire.omd.omd_d import AGGREGATE_ORDER_BOOK_UPDATE
from cross_market_connect.wire.omd.omd_d_reader import OmdDReader
from cross_market_connect.wire.omd.packet_reader import END as OMD_END


def receive(feed: DatagramFeed, step: Step, packets: list[bytes]) -> None:
    """Give a feed its live channel's packets, each as an input of its own, as the engine's core does."""
    for data in packets:
        step.begin(step.now_ns + 1_000, step.utc_ns + 1_000, step.input_seq + 1)
        feed.receive(False, data)
        feed.changed.clear()


def apply_mdp3(reader: PacketReader, securities: Securities, books: list[Book], packets: list[bytes]) -> i64:
    """Decode packets into books without a feed; the entries that were applied."""
    table = securities.table
    implied = Book(0)
    applied: i64 = 0
    for data in packets:
        if reader.open(data) != OK:
            return applied
        template = reader.next()
        while template != END:
            if template == INCREMENTAL_BOOK:
                index = reader.find_wanted(table, 0)
                while index < reader.entry_count:
                    at = reader.wanted_slot
                    if apply_entry(reader, index, securities, at, books[at], implied) == APPLIED:
                        applied += 1
                    index = reader.find_wanted(table, index + 1)
            template = reader.next()
    return applied


def apply_omd(reader: OmdDReader, series: SeriesTable, books: list[Book], packets: list[bytes]) -> i64:
    """Decode packets of Aggregate Order Book Updates into books without a feed; the entries of those applied."""
    applied: i64 = 0
    for data in packets:
        if reader.open(data) != OK:
            return applied
        kind = reader.next()
        while kind != OMD_END:
            if kind == AGGREGATE_ORDER_BOOK_UPDATE:
                at = series.find(reader.orderbook_id())
                if at >= 0:
                    result = apply_book_update(reader, books[at], series.multipliers[at], series.divisors[at])
                    if result == APPLIED_BY_OMD:
                        applied += reader.entry_count()
            kind = reader.next()
    return applied


def apply_orders(
    reader: OmdCReader, series: SeriesTable, table: OrderTable, books: list[OrderBook], packets: list[bytes]
) -> i64:
    """Decode packets of Add, Modify and Delete Orders into books by order; the messages that were applied."""
    applied: i64 = 0
    for data in packets:
        if reader.open(data) != OK:
            return applied
        kind = reader.next()
        while kind != OMD_END:
            if kind == ADD_ORDER or kind == MODIFY_ORDER or kind == DELETE_ORDER:
                at = series.find(reader.security_code())
                if at >= 0:
                    result = apply_order(reader, table, books[at], series.multipliers[at], series.divisors[at])
                    if result == APPLIED_BY_OMD:
                        applied += 1
            kind = reader.next()
    return applied
