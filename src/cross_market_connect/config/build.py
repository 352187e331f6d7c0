"""Turns a checked configuration into the values that the core works with. Starts nothing."""

from __future__ import annotations

from decimal import Decimal

from cross_market_connect.config import models
from cross_market_connect.config.models import BASE_CURRENCY, SCOPES, Settings
from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.numbers import FX_SCALE_E8, MONEY_SCALE, NANOSECONDS_PER_MILLISECOND, convert_e4
from cross_market_connect.domain.spread import (
    FORM_NAMES,
    STEP_NAMES,
    LadderStep,
    SpreadDefinition,
    SpreadLeg,
    TriggerRule,
)
from cross_market_connect.reference.tables import Reference
from cross_market_connect.trading.reservation import Limits

RATIO_SCALE_E9 = 1_000_000_000
NANOSECONDS_PER_MINUTE = 60 * 1_000_000_000


def build_instruments(settings: Settings, reference: Reference, day: int) -> list[Instrument]:
    """The engine's instruments on the day (YYYYMMDD), each at its own index, narrowed as configured."""
    result = []
    for index, choice in enumerate(settings.instruments):
        instrument = reference.instrument(choice.symbol, index, day)
        if choice.quantity_max_lots is not None:
            instrument.quantity_max_lots = min(choice.quantity_max_lots, int(instrument.quantity_max_lots))
        if choice.margin_per_lot is not None:
            instrument.margin_per_lot_e4 = int(choice.margin_per_lot * MONEY_SCALE)
        result.append(instrument)
    return result


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
    return SpreadDefinition(
        index,
        spread.name,
        spread.version,
        legs,
        build_rule(spread.trigger, ratio),
        [build_step(step) for step in spread.ladder],
        quantity.reference_lots,
        int(quantity.position_units_max * ratio),
        int(quantity.hedge_tolerance_percent * 10_000),
        milliseconds(spread.deadline_ms),
    )


def build_leg(settings: Settings, spread: models.Spread, leg: models.Leg, instruments: list[Instrument]) -> SpreadLeg:
    instrument = instrument_of(leg.instrument, instruments)
    source = next(source for source in settings.order_sources() if source.name == leg.route)
    return SpreadLeg(
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


def build_rule(trigger: models.Trigger, ratio: Decimal) -> TriggerRule:
    rule = TriggerRule(
        FORM_NAMES.index(trigger.form),
        float(trigger.buy_enter),
        float(trigger.buy_exit),
        float(trigger.sell_enter),
        float(trigger.sell_exit),
    )
    rule.persistence_ns = milliseconds(trigger.persistence_ms)
    rule.cool_down_ns = milliseconds(trigger.cool_down_ms)
    rule.hysteresis = float(trigger.hysteresis)
    rule.minimum_lots = max(1, int(trigger.minimum_units * ratio))
    rule.triggers_per_minute_max = trigger.triggers_per_minute_max
    rule.skew_ns_max = milliseconds(trigger.skew_ms_max)
    rule.closing_margin_ns = trigger.minutes_to_close_min * NANOSECONDS_PER_MINUTE
    return rule


def build_step(step: models.LadderStep) -> LadderStep:
    return LadderStep(
        STEP_NAMES.index(step.step),
        step.attempts,
        step.payup_ticks,
        step.slippage_ticks_max,
        milliseconds(step.deadline_ms),
    )


def build_limits(settings: Settings, instruments: list[Instrument]) -> Limits:
    """The limits by dense index; where several spreads share an instrument or a route, the tightest one holds."""
    limits = Limits(len(instruments), len(settings.spread), len(settings.source))
    for source in settings.order_sources():
        rate = orders_per_second_max(settings, source.name)
        limits.orders_per_second_max[settings.source_index(source.name)] = rate
    for index, spread in enumerate(settings.spread):
        for leg in spread.leg:
            instrument = instrument_of(leg.instrument, instruments)
            route = settings.source_index(leg.route)
            names = scope_names(settings, spread, leg, instrument)
            at = int(instrument.index)
            lots, value = limits.order_lots_max, limits.order_value_e4_max
            lots[at] = tightest(int(lots[at]), limit_of(settings, "order_lots_max", names))
            value[at] = tightest(int(value[at]), money(limit_of(settings, "order_value_max", names)))
            position, naked, margin = limits.position_lots_max, limits.naked_e4_max, limits.margin_e4_max
            position[at] = tightest(int(position[at]), limit_of(settings, "position_lots_max", names))
            naked[index] = tightest(int(naked[index]), money(limit_of(settings, "naked_value_max", names)))
            margin[route] = tightest(int(margin[route]), money(limit_of(settings, "margin_max", names)))
    return limits


def orders_per_second_max(settings: Settings, route: str) -> int:
    """The tightest order rate that any spread's leg allows on the route; 0 when none uses it."""
    found = 0
    for spread in settings.spread:
        for leg in spread.leg:
            if leg.route == route:
                names = scope_names(settings, spread, leg, None)
                rate = int(limit_of(settings, "orders_per_second_max", names))
                found = rate if found == 0 else min(found, rate)
    return found


def build_margins_e4(settings: Settings, instruments: list[Instrument]) -> list[int]:
    """Margin of one lot of each instrument in 1e-4 of the base currency; 0 for one that no spread trades."""
    result = [0 for _ in instruments]
    for spread in settings.spread:
        for leg in spread.leg:
            instrument = instrument_of(leg.instrument, instruments)
            fx_e8 = int(fx_rate(spread, instrument.currency) * FX_SCALE_E8)
            result[int(instrument.index)] = int(convert_e4(instrument.margin_per_lot_e4, fx_e8))
    return result


def scope_names(
    settings: Settings, spread: models.Spread, leg: models.Leg, instrument: Instrument | None
) -> tuple[str, ...]:
    """The name of the leg in each of SCOPES."""
    source = next(source for source in settings.order_sources() if source.name == leg.route)
    market = source.venue if instrument is None else instrument.venue.mic
    return (spread.name, leg.instrument, market, source.account, "")


def limit_of(settings: Settings, field: str, names: tuple[str, ...]) -> Decimal:
    """The limit that the most specific scope sets. Loading has made sure that one does."""
    for scope, name in zip(SCOPES, names, strict=True):
        for limit in settings.limit:
            value = getattr(limit, field)
            if limit.scope == scope and limit.name == name and value is not None:
                return Decimal(value)
    raise InvariantError(f"no limit sets {field} for {', '.join(names)}")


def tightest(found: int, value: Decimal | int) -> int:
    """The smaller one; a negative `found` is none yet."""
    return int(value) if found < 0 else min(found, int(value))


def money(value: Decimal) -> int:
    return int(value * MONEY_SCALE)


def milliseconds(value: int) -> int:
    return value * int(NANOSECONDS_PER_MILLISECOND)


def fx_rate(spread: models.Spread, currency: str) -> Decimal:
    """Base currency per unit of `currency`, from the spread's pricing legs."""
    if currency == BASE_CURRENCY:
        return Decimal(1)
    return next(leg.value for leg in spread.pricing_leg if leg.converts == currency)


def instrument_of(symbol: str, instruments: list[Instrument]) -> Instrument:
    return next(instrument for instrument in instruments if instrument.symbol == symbol)
