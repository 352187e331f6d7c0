"""What trading an instrument costs beyond the reference tables' exchange fees and duties."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from cross_market_connect.config.fields import DeclaredSymbol, Model, Text

CostRate = Annotated[Decimal, Field(ge=0, lt=1, allow_inf_nan=False)]
CostAmount = Annotated[Decimal, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


class Cost(Model):
    """Rates are shares of the traded value, amounts money of the instrument's currency per lot or order.

    They come on top of the reference tables' row for the day. Both days are included.
    """

    instrument: DeclaredSymbol
    effective_from: datetime.date
    effective_until: datetime.date | None = None
    source: Text
    commission_rate: CostRate = Decimal(0)
    commission_per_lot: CostAmount = Decimal(0)
    exchange_rate: CostRate = Decimal(0)
    exchange_per_lot: CostAmount = Decimal(0)
    close_today_rate: CostRate = Decimal(0)
    close_today_per_lot: CostAmount = Decimal(0)
    stamp_buy_rate: CostRate = Decimal(0)
    stamp_sell_rate: CostRate = Decimal(0)
    order_fee: CostAmount = Decimal(0)
    borrow_rate: CostRate = Decimal(0)
    financing_rate: CostRate = Decimal(0)
    conversion_rate: CostRate = Decimal(0)

    def holds_on(self, day: int) -> bool:
        """Whether it holds on the day (YYYYMMDD)."""
        until = datetime.date.max if self.effective_until is None else self.effective_until
        first, last = (int(date.strftime("%Y%m%d")) for date in (self.effective_from, until))
        return first <= day <= last
