"""Turns a checked configuration into the values that the core works with. Starts nothing.

Spreads are built in `build_spread.py`.
"""

from __future__ import annotations

from decimal import Decimal

from cross_market_connect.config.build_execution import milliseconds
from cross_market_connect.config.build_value import fx_rate, instrument_of, schedule_with
from cross_market_connect.config.models import (
    SCOPES,
    FeedSource,
    InstrumentChoice,
    Recovery,
    Settings,
    VenueClockBounds,
)
from cross_market_connect.config.spread_models import Leg, Spread
from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.numbers import FX_SCALE_E8, MONEY_SCALE, NANOSECONDS_PER_MILLISECOND, convert_e4
from cross_market_connect.market.hole_recovery import LINE_WAIT_NS, RecoveryLimits
from cross_market_connect.market.venue_clock import MICROSECOND_NS, ClockBounds, VenueClock
from cross_market_connect.reference.tables import Reference
from cross_market_connect.trading.admission import Admission
from cross_market_connect.trading.conditions import (
    CONDITION_BORROW_LOTS,
    CONDITION_CLOSE_TODAY_LOTS,
    CONDITION_CORPORATE_ACTION,
    CONDITION_DAYS_TO_FIRST_NOTICE,
    CONDITION_DAYS_TO_LAST_TRADING,
    CONDITION_QUOTA_LOTS,
    CONDITION_SELLABLE_LOTS,
    CONDITION_SKEW_UNCERTAINTY_NS,
    CONDITION_SNAPSHOT_PERIOD_NS,
    InstrumentConditions,
)
from cross_market_connect.trading.counters import DAY_LIMIT_NAMES
from cross_market_connect.trading.reservation import Limits
from cross_market_connect.trading.throttle import WindowLimit, default_reserve


def build_instruments(settings: Settings, reference: Reference, day: int) -> list[Instrument]:
    """The engine's instruments on the day (YYYYMMDD), each at its own index, narrowed as configured."""
    result = []
    for index, choice in enumerate(settings.instruments):
        instrument = reference.instrument(choice.symbol, index, day)
        if choice.quantity_max_lots is not None:
            instrument.quantity_max_lots = min(choice.quantity_max_lots, int(instrument.quantity_max_lots))
        instrument.odd_lots_sell = choice.odd_lots_sell
        if choice.margin_per_lot is not None:
            instrument.margin_per_lot_e4 = int(choice.margin_per_lot * MONEY_SCALE)
        costs = [cost for cost in settings.cost if cost.instrument == choice.symbol and cost.holds_on(day)]
        instrument.costs = schedule_with(instrument.costs, costs)
        result.append(instrument)
    return result


def build_conditions(settings: Settings, reference: Reference, day: int) -> list[InstrumentConditions]:
    """What the markets allow at the start of the first run, by instrument; recorded inputs change it later."""
    return [conditions_of(choice, reference, day) for choice in settings.instruments]


def conditions_of(choice: InstrumentChoice, reference: Reference, day: int) -> InstrumentConditions:
    """What the configuration states of one instrument, and how long its contract goes on by the tables; what neither
    says is nothing special."""
    conditions = InstrumentConditions()
    last_trading, first_notice = reference.contracts.days_left(choice.symbol, day)
    stated = {
        CONDITION_BORROW_LOTS: choice.borrow_lots,
        CONDITION_QUOTA_LOTS: choice.quota_lots,
        CONDITION_SELLABLE_LOTS: choice.sellable_lots,
        CONDITION_CLOSE_TODAY_LOTS: choice.close_today_lots,
        CONDITION_DAYS_TO_LAST_TRADING: either(choice.days_to_last_trading, last_trading),
        CONDITION_DAYS_TO_FIRST_NOTICE: either(choice.days_to_first_notice, first_notice),
        CONDITION_CORPORATE_ACTION: int(choice.corporate_action),
        CONDITION_SNAPSHOT_PERIOD_NS: milliseconds(choice.snapshot_period_ms),
        CONDITION_SKEW_UNCERTAINTY_NS: milliseconds(choice.skew_uncertainty_ms),
    }
    for condition, value in stated.items():
        if value is not None:
            conditions.values[condition] = value
    return conditions


def either(stated: int | None, known: int | None) -> int | None:
    """What a person states, or else what the tables know."""
    return known if stated is None else stated


def build_limits(settings: Settings, instruments: list[Instrument]) -> Limits:
    """The limits by dense index; where several spreads share an instrument or a route, the tightest one holds."""
    limits = Limits(len(instruments), len(settings.spread), len(settings.source))
    limits.window_margin_ns = settings.engine.throttle_margin_ms * NANOSECONDS_PER_MILLISECOND
    for source in settings.order_sources():
        rate = orders_per_second_max(settings, source.name)
        route = settings.source_index(source.name)
        limits.orders_per_second_max[route] = rate
        reserve = orders_per_second_reserve(settings, source.name)
        limits.orders_per_second_reserve[route] = int(default_reserve(rate)) if reserve is None else min(reserve, rate)
        for window in source.throttle:
            kept = int(default_reserve(window.messages_max)) if window.reserve is None else window.reserve
            limits.windows.append(
                WindowLimit(route, window.messages_max, window.window_ms * NANOSECONDS_PER_MILLISECOND, kept)
            )
    for index, spread in enumerate(settings.spread):
        for leg in spread.ways():
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
        for leg in spread.ways():
            if leg.route == route:
                names = scope_names(settings, spread, leg, None)
                rate = int(limit_of(settings, "orders_per_second_max", names))
                found = rate if found == 0 else min(found, rate)
    return found


def orders_per_second_reserve(settings: Settings, route: str) -> int | None:
    """The largest reserve that any spread's leg asks for on the route; None when none does."""
    found: int | None = None
    for spread in settings.spread:
        for leg in spread.ways():
            if leg.route == route:
                value = optional_limit_of(
                    settings, "orders_per_second_reserve", scope_names(settings, spread, leg, None)
                )
                if value is not None:
                    found = int(value) if found is None else max(found, int(value))
    return found


def build_day_limits(settings: Settings, instruments: list[Instrument]) -> list[tuple[int, int, int, int]]:
    """Limits of the trading day: route, instrument, counter and the most; of several for one counter all are there."""
    result: list[tuple[int, int, int, int]] = []
    for spread in settings.spread:
        for leg in spread.ways():
            instrument = instrument_of(leg.instrument, instruments)
            route = settings.source_index(leg.route)
            names = scope_names(settings, spread, leg, instrument)
            for counter, field in enumerate(DAY_LIMIT_NAMES):
                value = optional_limit_of(settings, field, names)
                if value is not None:
                    result.append((route, int(instrument.index), counter, int(value)))
    return result


def apply_admission(settings: Settings, day_limits: list[tuple[int, int, int, int]], admission: Admission) -> None:
    """The counters of the trading day and the check for duplicates as configured."""
    engine = settings.engine
    if engine.duplicate_orders_max is not None:
        admission.duplicates.orders_max = engine.duplicate_orders_max
        admission.duplicates.window_ns = engine.duplicate_window_ms * NANOSECONDS_PER_MILLISECOND
    counters = admission.counters
    for route, instrument, counter, most in day_limits:
        counters.set_limit(route, instrument, counter, min(most, int(counters.limit(route, instrument, counter))))


def build_margins_e4(settings: Settings, instruments: list[Instrument]) -> list[int]:
    """Margin of one lot of each instrument in 1e-4 of the base currency; 0 for one that no spread trades."""
    result = [0 for _ in instruments]
    for spread in settings.spread:
        for leg in spread.ways():
            instrument = instrument_of(leg.instrument, instruments)
            fx_e8 = int(fx_rate(spread, instrument.currency) * FX_SCALE_E8)
            result[int(instrument.index)] = int(convert_e4(instrument.margin_per_lot_e4, fx_e8))
    return result


def scope_names(settings: Settings, spread: Spread, leg: Leg, instrument: Instrument | None) -> tuple[str, ...]:
    """The name of the leg in each of SCOPES."""
    source = next(source for source in settings.order_sources() if source.name == leg.route)
    market = source.venue if instrument is None else instrument.venue.mic
    return (spread.name, leg.instrument, market, source.account, "")


def optional_limit_of(settings: Settings, field: str, names: tuple[str, ...]) -> Decimal | None:
    """The limit that the most specific scope sets; None when none does."""
    for scope, name in zip(SCOPES, names, strict=True):
        for limit in settings.limit:
            value = getattr(limit, field)
            if limit.scope == scope and limit.name == name and value is not None:
                return Decimal(value)
    return None


def limit_of(settings: Settings, field: str, names: tuple[str, ...]) -> Decimal:
    """The limit that the most specific scope sets. Loading has made sure that one does."""
    value = optional_limit_of(settings, field, names)
    if value is not None:
        return value
    raise InvariantError(f"no limit sets {field} for {', '.join(names)}")


def tightest(found: int, value: Decimal | int) -> int:
    """The smaller one; a negative `found` is none yet."""
    return int(value) if found < 0 else min(found, int(value))


def money(value: Decimal) -> int:
    return int(value * MONEY_SCALE)


def build_recovery_limits(source: FeedSource, recovery: Recovery) -> RecoveryLimits:
    """What may be asked of a feed's recovery service; where the feed has a second line, that is waited for first."""
    return RecoveryLimits(
        recovery.range_max,
        recovery.requests_per_day_max,
        LINE_WAIT_NS if len(source.live()) > 1 else 0,
        milliseconds(recovery.answer_timeout_ms),
    )


def build_clock(bounds: VenueClockBounds | None) -> VenueClock | None:
    """The calibration of a feed's stamps; None where nothing is known of the way from its venue."""
    if bounds is None:
        return None
    result = ClockBounds(bounds.way_min_us * MICROSECOND_NS, bounds.way_max_us * MICROSECOND_NS)
    result.stamp_unit_ns = bounds.stamp_unit_us * MICROSECOND_NS
    result.period_ns = milliseconds(bounds.snapshot_period_ms)
    result.queue_max_ns = milliseconds(bounds.queue_max_ms)
    return VenueClock(result)
