"""How a spread's orders are executed, as sections of a configuration: order types, other ways, ladder, policies."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from cross_market_connect.config.fields import (
    DeclaredSymbol,
    Milliseconds,
    Model,
    Money,
    PositiveMilliseconds,
    Text,
    Ticks,
    order_source,
)
from cross_market_connect.domain.order import REJECT_CLASS_NAMES

StepName = Literal["retry", "chase", "cross", "alternative", "unwind", "carry", "halt"]


def reject_class(value: str) -> str:
    if value not in REJECT_CLASS_NAMES:
        raise ValueError(f"expected one of {', '.join(REJECT_CLASS_NAMES)}")
    return value


class Alternative(Model):
    """Another way to trade a leg: another route, or a substitute instrument with its own ratio."""

    instrument: DeclaredSymbol | None = None
    route: Annotated[str, AfterValidator(order_source)]
    lots_per_lot: int = Field(default=1, ge=1, le=1_000)


class StepOverride(Model):
    """Other values of a step for an instrument, a reject class, or both; what is absent stays."""

    instrument: DeclaredSymbol | None = None
    reject: Annotated[str, AfterValidator(reject_class)] | None = None
    attempts: int | None = Field(default=None, ge=0, le=100)
    payup_ticks: Ticks | None = None
    slippage_ticks_max: Ticks | None = None
    deadline_ms: PositiveMilliseconds | None = None


class LadderStep(Model):
    step: StepName
    attempts: int = Field(default=1, ge=1, le=100)
    payup_ticks: Ticks = 0
    slippage_ticks_max: Ticks = 0
    deadline_ms: PositiveMilliseconds = 1_000
    override: list[StepOverride] = []


class Quoting(Model):
    """The spread quotes: the legs that say so rest in the market, the others hedge their fills."""

    lean_lots_min: int = Field(default=0, ge=0, le=1_000_000)
    inside_slop_ticks: Ticks = 0
    outside_slop_ticks: Ticks = 0
    requote_ms_min: Milliseconds = 0
    life_ms: PositiveMilliseconds = 3_600_000
    hedge_lots_min: int = Field(default=1, ge=1, le=1_000_000)
    in_flight: Literal["attempt", "always_wait", "preserve_queue"] = "attempt"


class Execution(Model):
    """What is done where no ladder helps."""

    owner: Text | None = None
    unknown_policy: Literal["person", "hold", "hedge_certain", "hedge_midpoint"] = "person"
    unknown_hold_ms: Milliseconds = 0
    bust_policy: Literal["person", "repair"] = "person"
    closed_policy: Literal["hold", "unwind", "person"] = "hold"
    sequence: Literal["at_once", "slow_first", "arrive_together"] = "at_once"
    minutes_to_undo_min: int = Field(default=0, ge=0, le=600)
    naked_budget: Money | None = None
    budget_owner: Text | None = None
