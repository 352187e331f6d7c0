"""Turns the checked execution sections of a spread into the values that the core works with. Starts nothing."""

from __future__ import annotations

from cross_market_connect.config import execution_models, spread_models
from cross_market_connect.config.models import FixOrders, Settings
from cross_market_connect.domain.capabilities import Capabilities
from cross_market_connect.domain.execution import (
    BUST_POLICY_NAMES,
    CLOSED_POLICY_NAMES,
    COMPLETION_NAMES,
    SEQUENCE_NAMES,
    UNKNOWN_POLICY_NAMES,
    Alternative,
    Execution,
    LegExecution,
    Quoting,
)
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.numbers import MONEY_SCALE, NANOSECONDS_PER_MILLISECOND
from cross_market_connect.domain.order import REJECT_CLASS_NAMES
from cross_market_connect.domain.spread import ANY, STEP_NAMES, LadderStep


def build_execution(settings: Settings, spread: spread_models.Spread, instruments: list[Instrument]) -> Execution:
    execution = Execution(len(spread.leg))
    values = spread.execution
    execution.owner = values.owner or ""
    execution.unknown_policy = UNKNOWN_POLICY_NAMES.index(values.unknown_policy)
    execution.unknown_hold_ns = milliseconds(values.unknown_hold_ms)
    execution.bust_policy = BUST_POLICY_NAMES.index(values.bust_policy)
    execution.closed_policy = CLOSED_POLICY_NAMES.index(values.closed_policy)
    execution.sequence = SEQUENCE_NAMES.index(values.sequence)
    execution.undo_margin_ns = values.minutes_to_undo_min * 60_000_000_000
    execution.naked_budget_e4 = int((values.naked_budget or 0) * MONEY_SCALE)
    execution.budget_owner = values.budget_owner or ""
    if spread.quoting is not None:
        execution.quoting = build_quoting(spread.quoting)
        execution.quote_life_ns = milliseconds(spread.quoting.life_ms)
        execution.hedge_lots_min = spread.quoting.hedge_lots_min
        execution.waits_in_flight = spread.quoting.in_flight == "always_wait"
        execution.keeps_queue_price = spread.quoting.in_flight == "preserve_queue"
    execution.legs = [build_leg_execution(settings, leg, instruments) for leg in spread.leg]
    return execution


def build_leg_execution(settings: Settings, leg: spread_models.Leg, instruments: list[Instrument]) -> LegExecution:
    result = LegExecution()
    result.completion = COMPLETION_NAMES.index(leg.completion)
    result.completion_offset_ticks = leg.completion_offset_ticks
    result.rest_ns = milliseconds(leg.rest_ms)
    result.is_quoting = leg.quotes
    result.one_way_delay_ns = leg.one_way_delay_us * 1_000
    result.limit_distance_ticks_min = leg.limit_distance_ticks_min
    own = account_of(settings, leg.route)
    for way in leg.alternative:
        symbol = way.instrument or leg.instrument
        instrument = next(instrument for instrument in instruments if instrument.symbol == symbol)
        account = account_of(settings, way.route)
        elsewhere = symbol != leg.instrument or account != own
        result.alternatives.append(
            Alternative(instrument.index, settings.source_index(way.route), account, way.lots_per_lot, elsewhere)
        )
    return result


def build_quoting(values: execution_models.Quoting) -> Quoting:
    result = Quoting()
    result.lean_lots_min = values.lean_lots_min
    result.inside_slop_ticks = values.inside_slop_ticks
    result.outside_slop_ticks = values.outside_slop_ticks
    result.requote_ns_min = milliseconds(values.requote_ms_min)
    return result


def build_step(step: execution_models.LadderStep, spread: spread_models.Spread) -> LadderStep:
    """A ladder step with its overrides, each holding every value."""
    result = LadderStep(
        STEP_NAMES.index(step.step),
        step.attempts,
        step.payup_ticks,
        step.slippage_ticks_max,
        milliseconds(step.deadline_ms),
    )
    for values in step.override:
        legs = [ANY]
        if values.instrument is not None:
            legs = [number for number, leg in enumerate(spread.leg) if leg.instrument == values.instrument]
        for leg in legs:
            override = LadderStep(
                result.step,
                result.attempts if values.attempts is None else values.attempts,
                result.payup_ticks if values.payup_ticks is None else values.payup_ticks,
                result.slippage_ticks_max if values.slippage_ticks_max is None else values.slippage_ticks_max,
                result.deadline_ns if values.deadline_ms is None else milliseconds(values.deadline_ms),
            )
            override.leg = leg
            override.reject_class = ANY if values.reject is None else REJECT_CLASS_NAMES.index(values.reject)
            result.overrides.append(override)
    return result


def narrowed(source: FixOrders, able: Capabilities) -> Capabilities:
    """What of a gateway's capabilities the source's venue has, as configured."""
    result = Capabilities()
    result.immediate = able.immediate and "ioc" in source.time_in_force
    result.fill_or_kill = able.fill_or_kill and "fok" in source.time_in_force
    result.market = able.market and source.market_orders
    result.order_list = able.order_list and "order_list" not in source.lacks
    result.replace = able.replace and "replace" not in source.lacks
    result.in_flight_mitigation = able.in_flight_mitigation and result.replace
    result.mass_cancel = able.mass_cancel and "mass_cancel" not in source.lacks
    result.status = able.status and "status" not in source.lacks
    result.mass_status = able.mass_status and "mass_status" not in source.lacks
    result.cancel_on_disconnect = source.cancel_on_disconnect
    return result


def account_of(settings: Settings, route: str) -> str:
    return next(source.account for source in settings.order_sources() if source.name == route)


def milliseconds(value: int) -> int:
    return value * int(NANOSECONDS_PER_MILLISECOND)
