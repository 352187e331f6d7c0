"""What trading an instrument costs: the schedule of a day, and what it comes to for one leg of a spread.

Rates are shares of the traded value, amounts per lot or per order are money of the instrument's currency. Floats: costs
serve the comparison of a net value with a threshold; what was really paid comes from the statement.
"""

from __future__ import annotations

from typing import final


@final
class CostSchedule:
    """Costs of an instrument on a day.

    Attributes:
        commission_rate, commission_per_lot: the broker's, on every trade.
        exchange_rate, exchange_per_lot: the exchange's and the regulator's, on every trade but a close of today's.
        close_today_rate, close_today_per_lot: instead of the exchange's, for closing what was opened today.
        stamp_buy_rate, stamp_sell_rate: stamp duty.
        order_fee: per order sent, traded or not (order-to-trade fee).
        borrow_rate: per year of the value sold short; financing_rate: per year of the value bought.
        conversion_rate: for changing the currency that the trade is paid in.
    """

    def __init__(self) -> None:
        self.commission_rate: float = 0.0
        self.commission_per_lot: float = 0.0
        self.exchange_rate: float = 0.0
        self.exchange_per_lot: float = 0.0
        self.close_today_rate: float = 0.0
        self.close_today_per_lot: float = 0.0
        self.stamp_buy_rate: float = 0.0
        self.stamp_sell_rate: float = 0.0
        self.order_fee: float = 0.0
        self.borrow_rate: float = 0.0
        self.financing_rate: float = 0.0
        self.conversion_rate: float = 0.0


@final
class LegCosts:
    """Costs of one leg by side and by what the trade does: a share of the value, and money per lot."""

    def __init__(self) -> None:
        self.buy_open_rate: float = 0.0
        self.buy_open_per_lot: float = 0.0
        self.sell_open_rate: float = 0.0
        self.sell_open_per_lot: float = 0.0
        self.buy_close_rate: float = 0.0
        self.buy_close_per_lot: float = 0.0
        self.sell_close_rate: float = 0.0
        self.sell_close_per_lot: float = 0.0
