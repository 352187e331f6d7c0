"""How a spread's value is made: conversions, units, pricing-only books, the formula and the costs of each leg."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from cross_market_connect.config import spread_models as models
from cross_market_connect.config.cost_models import Cost
from cross_market_connect.config.fields import BASE_CURRENCY
from cross_market_connect.config.formulas import compiled
from cross_market_connect.config.rates import Conversion, Rate, conversion
from cross_market_connect.domain.costs import CostSchedule
from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.numbers import NANOSECONDS_PER_MILLISECOND
from cross_market_connect.domain.spread import FORMULA, QUOTE_NAMES, PricingLeg, SpreadDefinition
from cross_market_connect.reference.units import unit_factor
from cross_market_connect.trading.costs import leg_costs

BETA_SCALE_E6 = 1_000_000


def rates_of(spread: models.Spread) -> list[Rate]:
    """The spread's rates, live or constant, in the order of the file."""
    return [
        Rate(leg.converts, leg.into, index) for index, leg in enumerate(spread.pricing_leg) if leg.converts is not None
    ]


def conversion_of(spread: models.Spread, currency: str, target: str) -> list[Conversion]:
    """The way from one currency to the other. Loading has made sure that there is one."""
    found = conversion(rates_of(spread), currency, target)
    if found is None:
        raise InvariantError(f"spread {spread.name}: nothing converts {currency} to {target}")
    return found


def fx_rate(spread: models.Spread, currency: str) -> Decimal:
    """Base currency per unit of `currency`, at the `value` of every rate on the way."""
    return product(spread, conversion_of(spread, currency, BASE_CURRENCY))


def product(spread: models.Spread, way: Sequence[Conversion]) -> Decimal:
    result = Decimal(1)
    for step in way:
        value = spread.pricing_leg[step.place].value
        if value is None:
            raise InvariantError(f"spread {spread.name}: pricing leg {step.place} has no value")
        result = result / value if step.divides else result * value
    return result


def add_value(definition: SpreadDefinition, spread: models.Spread, instruments: list[Instrument]) -> None:
    """Complete the definition with everything that makes its value."""
    definition.currency = spread.currency
    definition.unit = spread_unit(spread, instruments)
    live = [index for index, leg in enumerate(spread.pricing_leg) if leg.source is not None]
    definition.pricing_legs = [build_pricing_leg(spread.pricing_leg[index], instruments) for index in live]
    for index, leg in enumerate(spread.leg):
        instrument = instrument_of(leg.instrument, instruments)
        way = conversion_of(spread, instrument.currency, spread.currency)
        built = definition.legs[index]
        built.beta_e6 = int(leg.beta * BETA_SCALE_E6)
        built.unit_factor = float(unit_factor(leg.price_unit or instrument.price_unit, definition.unit))
        built.price_fx = float(product(spread, [step for step in way if step.place not in live]))
        built.live_rates = [
            -live.index(step.place) - 1 if step.divides else live.index(step.place) + 1
            for step in way
            if step.place in live
        ]
        if instrument.costs is not None:
            built.costs = leg_costs(instrument.costs, float(spread.holding_days), lots_per_order(spread, leg))
    if definition.rule.form == FORMULA:
        add_formula(definition, spread, live, instruments)


def spread_unit(spread: models.Spread, instruments: list[Instrument]) -> str:
    """The unit of the value: the spread's own, or the first leg's."""
    first = spread.leg[0]
    return spread.unit or first.price_unit or instrument_of(first.instrument, instruments).price_unit


def build_pricing_leg(leg: models.PricingLeg, instruments: list[Instrument]) -> PricingLeg:
    name = leg.input if leg.converts is None else leg.converts + leg.into
    return PricingLeg(
        instrument_of(leg.instrument, instruments).index,
        name or "",
        QUOTE_NAMES.index(leg.side),
        leg.quote_age_ms_max * int(NANOSECONDS_PER_MILLISECOND),
        leg.weekend_gate,
    )


def lots_per_order(spread: models.Spread, leg: models.Leg) -> float:
    """Over how many lots an order's fee spreads; one where the quantity is only known at the time."""
    first = spread.leg[0].ratio
    if leg.ratio is None or first is None:
        return 1.0
    return float(spread.quantity.reference_lots * leg.ratio / first)


def add_formula(
    definition: SpreadDefinition, spread: models.Spread, live: list[int], instruments: list[Instrument]
) -> None:
    constants = {name: float(value) for name, value in spread.inputs.items()}
    names: list[str] = []
    numbers: list[int] = []
    for index, leg in enumerate(spread.pricing_leg):
        if leg.input is not None and index in live:
            names.append(leg.input)
            numbers.append(live.index(index))
        elif leg.input is not None and leg.value is not None:
            constants[leg.input] = float(leg.value)
    days = [int(instrument_of(leg.instrument, instruments).days_to_expiry) for leg in spread.leg]
    definition.formula = compiled(spread.formula or "", days, constants, names).formula
    definition.formula.inputs = numbers


def schedule_with(table: CostSchedule | None, costs: Sequence[Cost]) -> CostSchedule | None:
    """The table's schedule with the configuration's costs on top; None when neither knows any."""
    if table is None and not costs:
        return None
    result = CostSchedule() if table is None else table
    for cost in costs:
        result.commission_rate += float(cost.commission_rate)
        result.commission_per_lot += float(cost.commission_per_lot)
        result.exchange_rate += float(cost.exchange_rate)
        result.exchange_per_lot += float(cost.exchange_per_lot)
        result.close_today_rate += float(cost.close_today_rate)
        result.close_today_per_lot += float(cost.close_today_per_lot)
        result.stamp_buy_rate += float(cost.stamp_buy_rate)
        result.stamp_sell_rate += float(cost.stamp_sell_rate)
        result.order_fee += float(cost.order_fee)
        result.borrow_rate += float(cost.borrow_rate)
        result.financing_rate += float(cost.financing_rate)
        result.conversion_rate += float(cost.conversion_rate)
    return result


def instrument_of(symbol: str, instruments: list[Instrument]) -> Instrument:
    return next(instrument for instrument in instruments if instrument.symbol == symbol)
