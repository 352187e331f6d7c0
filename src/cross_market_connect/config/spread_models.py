"""A spread's sections of a configuration: legs, trigger, quantity, ladder."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from cross_market_connect.config.execution_models import Alternative, Execution, LadderStep, Quoting
from cross_market_connect.config.fields import (
    BASE_CURRENCY,
    Currency,
    Days,
    DeclaredSymbol,
    Flag,
    LocalTime,
    Lots,
    Milliseconds,
    Model,
    Name,
    Positive,
    PositiveMilliseconds,
    Rate,
    Text,
    Threshold,
    Ticks,
    Unit,
    order_source,
)


class Leg(Model):
    """`ratio` absent on a later leg: its quantity is matched by value with the first leg's."""

    instrument: DeclaredSymbol
    side: Literal[1, -1]
    ratio: Positive | None = None
    multiplier: Positive
    price_unit: Unit | None = None
    beta: Positive = Decimal(1)
    route: Annotated[str, AfterValidator(order_source)]
    payup_ticks: Ticks = 0
    quote_age_ms_max: PositiveMilliseconds
    completion: Literal["ioc", "fok", "limit", "limit_offset", "market"] = "ioc"
    completion_offset_ticks: Ticks = 0
    rest_ms: PositiveMilliseconds = 200
    alternative: list[Alternative] = []
    quotes: Flag = False
    children_max: int = Field(default=8, ge=1, le=16)
    one_way_delay_us: int = Field(default=0, ge=0, le=10_000_000)
    limit_distance_ticks_min: Ticks = 0


class PricingLeg(Model):
    """A rate (`converts`) or an input of the formula (`input`): a constant `value`, or live quotes of a `source`.

    A live rate has a `value` too, at which limits and margins are reckoned.
    """

    instrument: DeclaredSymbol
    converts: Currency | None = None
    into: Currency = BASE_CURRENCY
    input: Name | None = None
    value: Rate | None = None
    source: Name | None = None
    side: Literal["mid", "bid", "ask"] = "mid"
    quote_age_ms_max: PositiveMilliseconds
    weekend_gate: Flag = True


class Trigger(Model):
    form: Literal["difference", "ratio", "percent", "formula"]
    costs: Literal["gross", "net"] = "gross"
    reference_leg: Annotated[str, Field(pattern=r"^[a-h]$")] = "a"
    price: Literal["executable"] = "executable"
    buy_enter: Threshold
    buy_exit: Threshold
    sell_enter: Threshold
    sell_exit: Threshold
    persistence_ms: Milliseconds = 0
    cool_down_ms: Milliseconds = 0
    hysteresis: Annotated[Decimal, Field(ge=0, le=1_000_000, allow_inf_nan=False)] = Decimal(0)
    minimum_units: Lots = 1
    triggers_max: int = Field(ge=1, le=6_000)
    trigger_interval_ms: PositiveMilliseconds = 60_000
    skew_ms_max: PositiveMilliseconds
    minutes_to_close_min: int = Field(ge=0, le=600)
    last_trading_days_min: Days = 0
    first_notice_days_min: Days = 0
    stop_loss: Annotated[Threshold, Field(gt=0)] | None = None
    holding_minutes_max: int = Field(default=0, ge=0, le=10_000_000)
    exit_from: LocalTime | None = None
    exit_until: LocalTime | None = None


class Quantity(Model):
    reference_lots: Lots
    position_units_max: Lots
    hedge_tolerance_percent: Decimal = Field(gt=0, le=100)


class Spread(Model):
    name: Name
    version: Text
    deadline_ms: PositiveMilliseconds
    leg: list[Leg] = Field(min_length=2, max_length=8)
    pricing_leg: list[PricingLeg] = []
    unit: Unit | None = None
    currency: Currency = BASE_CURRENCY
    formula: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    inputs: dict[Name, Threshold] = {}
    holding_days: Decimal = Field(default=Decimal(0), ge=0, le=3_650)
    trigger: Trigger
    quantity: Quantity
    ladder: list[LadderStep] = Field(min_length=1, max_length=16)
    execution: Execution = Execution()
    quoting: Quoting | None = None

    def ways(self) -> list[Leg]:
        """Every leg, and as a leg each other way to trade it."""
        found = []
        for leg in self.leg:
            found.append(leg)
            for way in leg.alternative:
                update = {"instrument": way.instrument or leg.instrument, "route": way.route}
                found.append(leg.model_copy(update=update))
        return found
