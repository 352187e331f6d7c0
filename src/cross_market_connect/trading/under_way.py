"""What a spread's orders that are not over may yet do to its position, at the worst."""

from __future__ import annotations

from mypy_extensions import i64

from cross_market_connect.domain.numbers import checked_add
from cross_market_connect.domain.spread import HALTED, SpreadDefinition
from cross_market_connect.trading.desk import Desk
from cross_market_connect.trading.orders import SpreadOrder
from cross_market_connect.trading.states import is_spread_terminal


def under_way(desk: Desk, definition: SpreadDefinition) -> list[SpreadOrder]:
    """The spread's orders that are not over: those under way, and those in a person's hands."""
    found: list[SpreadOrder] = []
    for order in desk.orders.values():
        if order.definition.index == definition.index and (
            not is_spread_terminal(order.state) or order.state == HALTED
        ):
            found.append(order)
    return found


def further_lots(orders: list[SpreadOrder], leg: i64, direction: i64) -> i64:
    """Lots by which the orders may yet move the leg the way of a spread order in the direction.

    An order in the same direction may fill to its target, or beyond it by what is live; one in the other direction may
    have traded back whatever it has filled.
    """
    lots: i64 = 0
    for order in orders:
        filled = order.filled[leg]
        if order.direction == direction:
            end = order.highest_lots(leg)
            to_come = (order.targets[leg] if order.targets[leg] > end else end) - filled
        else:
            end = order.lowest_lots(leg)
            to_come = filled - (end if end < 0 else 0)
        if to_come > 0:
            lots = checked_add(lots, to_come)
    return lots
