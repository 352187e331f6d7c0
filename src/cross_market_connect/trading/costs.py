"""Costs of a leg per trade, from its schedule.

Opening pays for the days that the position is meant to be held: financing of what is bought, borrowing of what is sold.
Closing pays the dearer of the ordinary and the close-today fee: which lots the venue takes as today's is not known
before the trade.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from cross_market_connect.domain.costs import CostSchedule, LegCosts
from cross_market_connect.domain.order import BUY

DAYS_PER_YEAR: Final[float] = 365.0


def leg_costs(schedule: CostSchedule, holding_days: float, lots_per_order: float) -> LegCosts:
    """Costs of one lot of a leg.

    Args:
        holding_days: how long a position is meant to be held.
        lots_per_order: lots over which the fee of one order spreads.
    """
    result = LegCosts()
    years = holding_days / DAYS_PER_YEAR
    always_rate = schedule.commission_rate + schedule.conversion_rate
    always_per_lot = schedule.commission_per_lot + schedule.order_fee / lots_per_order
    open_rate = always_rate + schedule.exchange_rate
    close_rate = always_rate + max(schedule.exchange_rate, schedule.close_today_rate)
    result.buy_open_rate = open_rate + schedule.stamp_buy_rate + schedule.financing_rate * years
    result.sell_open_rate = open_rate + schedule.stamp_sell_rate + schedule.borrow_rate * years
    result.buy_close_rate = close_rate + schedule.stamp_buy_rate
    result.sell_close_rate = close_rate + schedule.stamp_sell_rate
    open_per_lot = always_per_lot + schedule.exchange_per_lot
    close_per_lot = always_per_lot + max(schedule.exchange_per_lot, schedule.close_today_per_lot)
    result.buy_open_per_lot = result.sell_open_per_lot = open_per_lot
    result.buy_close_per_lot = result.sell_close_per_lot = close_per_lot
    return result


def cost_rate(costs: LegCosts, side: i64, closing: bool) -> float:
    """Share of the traded value."""
    if side == BUY:
        return costs.buy_close_rate if closing else costs.buy_open_rate
    return costs.sell_close_rate if closing else costs.sell_open_rate


def cost_per_lot(costs: LegCosts, side: i64, closing: bool) -> float:
    """Money per lot, in the instrument's currency."""
    if side == BUY:
        return costs.buy_close_per_lot if closing else costs.buy_open_per_lot
    return costs.sell_close_per_lot if closing else costs.sell_open_per_lot
