"""Applies one order message (OMD-C 30 to 32, OMD-D 330 to 332) to a book by order. The hot path: it allocates nothing.

A market order stands at no price level: before an auction the book then has an unpriced order, and its best levels are
not what would trade. A message that contradicts the orders that are here says that one was missed; the caller calls the
book suspect, and the table counts the exact reason.
"""

from __future__ import annotations

from mypy_extensions import i64

from cross_market_connect.domain.numbers import NO_PRICE
from cross_market_connect.domain.order import BUY, SELL
from cross_market_connect.market.order_book import ORDER_OK, OrderBook, OrderTable
from cross_market_connect.venues.hkex.book_update import (
    APPLIED,
    APPLIED_UNPRICED,
    CONTRADICTION,
    NO_TICKS,
    OFF_GRID,
    OFF_LOT,
    ticks_of,
)
from cross_market_connect.wire.omd.family import SIDE_BID, SIDE_OFFER
from cross_market_connect.wire.omd.omd_c import ADD_ORDER, DELETE_ORDER, MODIFY_ORDER, ORDER_TYPE_MARKET
from cross_market_connect.wire.omd.omd_c_reader import OmdCReader
from cross_market_connect.wire.omd.omd_d import ADD_ORDER as ADD_SERIES_ORDER
from cross_market_connect.wire.omd.omd_d import DELETE_ORDER as DELETE_SERIES_ORDER
from cross_market_connect.wire.omd.omd_d import MODIFY_ORDER as MODIFY_SERIES_ORDER
from cross_market_connect.wire.omd.omd_d_reader import OmdDReader


def apply_order(
    reader: OmdCReader, table: OrderTable, book: OrderBook, multiplier: i64, divisor: i64, lot_size: i64 = 1
) -> i64:
    """Apply the current message of `reader`, an Add, Modify or Delete Order of the book's security.

    Args:
        multiplier, divisor: ticks = wire price * multiplier / divisor.
        lot_size: shares of one lot.

    Returns:
        APPLIED, APPLIED_UNPRICED when the book has orders without a price, or the fault for which nothing was changed.
    """
    side = side_of(reader.order_side())
    kind = reader.message_type
    if kind == DELETE_ORDER:
        return _applied(table.delete(book, reader.order_id(), side), book)
    quantity = reader.order_quantity()
    if lot_size != 1:
        if quantity % lot_size != 0:
            return OFF_LOT
        quantity = quantity // lot_size
    result = ORDER_OK
    if kind == ADD_ORDER:
        ticks = NO_PRICE
        if reader.order_type() != ORDER_TYPE_MARKET:
            ticks = ticks_of(reader.order_price(), multiplier, divisor)
            if ticks == NO_TICKS:
                return OFF_GRID
        result = table.add(book, reader.order_id(), side, ticks, quantity)
    elif kind == MODIFY_ORDER:
        result = table.resize(book, reader.order_id(), side, quantity)
    return _applied(result, book)


def apply_series_order(reader: OmdDReader, table: OrderTable, book: OrderBook, multiplier: i64, divisor: i64) -> i64:
    """The same for OMD-D, where a Modify Order brings a price as well, and a market order's price is null."""
    side = side_of(reader.order_side())
    kind = reader.message_type
    if kind == DELETE_SERIES_ORDER:
        return _applied(table.delete(book, reader.order_id(), side), book)
    ticks = reader.order_price()
    if ticks != NO_PRICE:
        ticks = ticks_of(ticks, multiplier, divisor)
        if ticks == NO_TICKS:
            return OFF_GRID
    result = ORDER_OK
    if kind == ADD_SERIES_ORDER:
        result = table.add(book, reader.order_id(), side, ticks, reader.order_quantity())
    elif kind == MODIFY_SERIES_ORDER:
        result = table.replace(book, reader.order_id(), side, ticks, reader.order_quantity())
    return _applied(result, book)


def side_of(wire_side: i64) -> i64:
    """BUY or SELL; 0, which no table takes, for what is neither."""
    if wire_side == SIDE_BID:
        return BUY
    return SELL if wire_side == SIDE_OFFER else 0


def _applied(result: i64, book: OrderBook) -> i64:
    if result != ORDER_OK:
        return CONTRADICTION
    return APPLIED if book.unpriced_orders == 0 else APPLIED_UNPRICED
