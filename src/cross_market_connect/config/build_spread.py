"""Turns the checked sections of a spread into the definition that the core works with. Starts nothing."""

from __future__ import annotations

import datetime
from decimal import Decimal

from cross_market_connect.config import spread_models as models
from cross_market_connect.config.build_execution import build_execution, build_step, milliseconds
from cross_market_connect.config.build_value import add_value, fx_rate, instrument_of
from cross_market_connect.config.formulas import LEG_NAMES
from cross_market_connect.config.models import Settings
from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.spread import (
    FORM_NAMES,
    SpreadDefinition,
    SpreadLeg,
    TriggerRule,
)

RATIO_SCALE_E9 = 1_000_000_000
NANOSECONDS_PER_MINUTE = 60 * 1_000_000_000
NANOSECONDS_PER_DAY = 1_440 * NANOSECONDS_PER_MINUTE


def build_spreads(settings: Settings, instruments: list[Instrument]) -> list[SpreadDefinition]:
    """The spreads, each at its own index. A leg's route is its source's position in the configuration."""
    return [build_spread(settings, index, spread, instruments) for index, spread in enumerate(settings.spread)]


def build_spread(
    settings: Settings, index: int, spread: models.Spread, instruments: list[Instrument]
) -> SpreadDefinition:
    ratio = spread.leg[0].ratio
    if ratio is None:
        raise InvariantError(f"spread {spread.name}: the first leg has no ratio")
    legs = [build_leg(settings, spread, leg, instruments) for leg in spread.leg]
    quantity = spread.quantity
    definition = SpreadDefinition(
        index,
        spread.name,
        spread.version,
        legs,
        build_rule(spread.trigger, ratio),
        [build_step(step, spread) for step in spread.ladder],
        quantity.reference_lots,
        int(quantity.position_units_max * ratio),
        int(quantity.hedge_tolerance_percent * 10_000),
        milliseconds(spread.deadline_ms),
    )
    add_value(definition, spread, instruments)
    definition.execution = build_execution(settings, spread, instruments)
    return definition


def build_leg(settings: Settings, spread: models.Spread, leg: models.Leg, instruments: list[Instrument]) -> SpreadLeg:
    instrument = instrument_of(leg.instrument, instruments)
    source = next(source for source in settings.order_sources() if source.name == leg.route)
    built = SpreadLeg(
        instrument.index,
        leg.side,
        0 if leg.ratio is None else int(leg.ratio * RATIO_SCALE_E9),
        float(leg.multiplier),
        settings.source_index(leg.route),
        source.account,
        leg.payup_ticks,
        milliseconds(leg.quote_age_ms_max),
        float(fx_rate(spread, instrument.currency)),
    )
    built.children_max = leg.children_max
    return built


def build_rule(trigger: models.Trigger, ratio: Decimal) -> TriggerRule:
    rule = TriggerRule(
        FORM_NAMES.index(trigger.form),
        float(trigger.buy_enter),
        float(trigger.buy_exit),
        float(trigger.sell_enter),
        float(trigger.sell_exit),
    )
    rule.is_net = trigger.costs == "net"
    rule.reference_leg = LEG_NAMES.index(trigger.reference_leg)
    rule.persistence_ns = milliseconds(trigger.persistence_ms)
    rule.cool_down_ns = milliseconds(trigger.cool_down_ms)
    rule.hysteresis = float(trigger.hysteresis)
    rule.minimum_lots = max(1, int(trigger.minimum_units * ratio))
    rule.triggers_max = trigger.triggers_max
    rule.trigger_interval_ns = milliseconds(trigger.trigger_interval_ms)
    rule.last_trading_days_min = trigger.last_trading_days_min
    rule.first_notice_days_min = trigger.first_notice_days_min
    rule.stop_loss = float(trigger.stop_loss or 0)
    rule.holding_ns_max = trigger.holding_minutes_max * NANOSECONDS_PER_MINUTE
    if trigger.exit_from is not None:
        rule.exit_from_ns = nanoseconds_of_day(trigger.exit_from)
        rule.exit_until_ns = (
            NANOSECONDS_PER_DAY if trigger.exit_until is None else nanoseconds_of_day(trigger.exit_until)
        )
    rule.skew_ns_max = milliseconds(trigger.skew_ms_max)
    rule.closing_margin_ns = trigger.minutes_to_close_min * NANOSECONDS_PER_MINUTE
    return rule


def nanoseconds_of_day(moment: datetime.time) -> int:
    return (moment.hour * 60 + moment.minute) * NANOSECONDS_PER_MINUTE + moment.second * 1_000_000_000
