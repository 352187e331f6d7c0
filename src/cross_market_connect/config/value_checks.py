"""Relations that make a spread's value: currencies, units, sides, the formula, and costs with their days."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from cross_market_connect.config.fields import BASE_CURRENCY, QUOTE_KINDS
from cross_market_connect.config.formulas import LEG_NAMES, compiled, is_reserved
from cross_market_connect.config.layers import Table, number_of, table_of, tables_of
from cross_market_connect.config.rates import Rate, conversion, redundant
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.instrument import NO_EXPIRY
from cross_market_connect.reference.days import epoch_day
from cross_market_connect.reference.instrument_rows import InstrumentRow
from cross_market_connect.reference.table_reader import LAST_DAY, date_number
from cross_market_connect.reference.tables import Reference
from cross_market_connect.reference.units import UNITS, is_convertible


def value_faults(place: str, spread: Table, raw: Table, instruments: dict[str, InstrumentRow]) -> list[str]:
    """Every fault of what makes the value of the spread at `place`, but those that depend on the day."""
    faults: list[str] = []
    faults += currency_faults(place, spread, instruments)
    faults += pricing_leg_faults(place, spread, raw, instruments)
    faults += unit_faults(place, spread, instruments)
    faults += form_faults(place, spread)
    return faults


def text_of(table: Table, key: str, default: str) -> str:
    value = table.get(key, default)
    return value if isinstance(value, str) else default


def currency_faults(place: str, spread: Table, instruments: dict[str, InstrumentRow]) -> Iterator[str]:
    """Prices need a way into the spread's currency, money one into the base currency."""
    legs = [instruments.get(str(leg.get("instrument"))) for _, leg in tables_of(spread, "leg")]
    pricing = tables_of(spread, "pricing_leg", place)
    rates = [
        Rate(text_of(leg, "converts", ""), text_of(leg, "into", BASE_CURRENCY), index)
        for index, (_, leg) in enumerate(pricing)
        if "converts" in leg
    ]
    own = text_of(spread, "currency", BASE_CURRENCY)
    used = sorted({row.currency for row in legs if row is not None} | {own})
    for target in (BASE_CURRENCY,) if own == BASE_CURRENCY else (BASE_CURRENCY, own):
        for currency in used:
            if conversion(rates, currency, target) is None:
                yield f"{place}.pricing_leg: nothing converts {currency} to {target}; expected a pricing leg for it"
    for rate in redundant(rates):
        yield (
            f"{pricing[rate.place][0]}.converts: {rate.converts} to {rate.into} has a rate already; "
            "expected one way between two currencies"
        )
    for rate in rates:
        leg_place, leg = pricing[rate.place]
        row = instruments.get(str(leg.get("instrument")))
        if row is not None and row.key.partition(".")[2] != rate.converts + rate.into:
            yield f"{leg_place}.instrument: {row.key}; expected the rate {rate.converts}{rate.into}"


def pricing_leg_faults(place: str, spread: Table, raw: Table, instruments: dict[str, InstrumentRow]) -> Iterator[str]:
    quoting = {
        str(source.get("name")): source.get("venue")
        for _, source in tables_of(raw, "source")
        if source.get("kind") in QUOTE_KINDS
    }
    for leg_place, leg in tables_of(spread, "pricing_leg", place):
        if ("converts" in leg) == ("input" in leg):
            yield f"{leg_place}: expected one of converts (a rate) and input (of the formula)"
        if "converts" in leg and "value" not in leg:
            yield f"{leg_place}.value: missing; expected the rate at which limits and margins are reckoned"
        if "input" in leg and ("value" in leg) == ("source" in leg):
            yield f"{leg_place}: expected one of value (a constant) and source (live quotes)"
        source, row = leg.get("source"), instruments.get(str(leg.get("instrument")))
        if isinstance(source, str) and source not in quoting:
            yield f"{leg_place}.source: {source}; expected one of {', '.join(quoting) or '(no source quotes)'}"
        elif isinstance(source, str) and row is not None and quoting[source] != row.venue:
            yield f"{leg_place}.source: {source} quotes {quoting[source]}; expected a source of {row.venue}"


def unit_faults(place: str, spread: Table, instruments: dict[str, InstrumentRow]) -> Iterator[str]:
    """A price per gram and one per ounce differ by a factor; one per share and one per index point by more."""
    unit = text_of(spread, "unit", "")
    for leg_place, leg in tables_of(spread, "leg", place):
        row = instruments.get(str(leg.get("instrument")))
        if row is None:
            continue
        own = text_of(leg, "price_unit", row.price_unit)
        unit = unit or own
        if not is_convertible(own, unit) and unit in UNITS:
            yield (
                f"{leg_place}.price_unit: {own or 'none'} cannot be converted to {unit}, the spread's unit; expected "
                f'price_unit = "{unit}" if the multiplier brings its price there'
            )


def form_faults(place: str, spread: Table) -> Iterator[str]:
    trigger = table_of(spread, "trigger")
    form, legs = trigger.get("form"), tables_of(spread, "leg")
    sides = [leg.get("side") for _, leg in legs]
    if (form == "formula") != ("formula" in spread):
        wanted = "a formula" if form == "formula" else "none, or trigger.form = formula"
        yield f"{place}.formula: {spread.get('formula', 'missing')}; expected {wanted}, since the form is {form}"
    if form in ("ratio", "percent") and len(legs) >= 2 and (1 not in sides or -1 not in sides):
        yield f"{place}.trigger.form: {form}; expected legs of both sides, or difference"
    reference = text_of(trigger, "reference_leg", "a")
    if reference in LEG_NAMES and LEG_NAMES.index(reference) >= len(legs) > 0:
        yield f"{place}.trigger.reference_leg: {reference}; expected one of {', '.join(LEG_NAMES[: len(legs)])}"
    elif form == "percent" and reference in LEG_NAMES and legs:
        if sides.count(sides[LEG_NAMES.index(reference)]) > 1:
            yield f"{place}.trigger.reference_leg: {reference}; expected a leg that is alone on its side"


def dated_faults(raw: Table, instruments: dict[str, InstrumentRow], reference: Reference, day: int) -> list[str]:
    """Faults that depend on the day for which the tables are looked up: calendars, days to expiry, and costs."""
    faults: list[str] = []
    faults += calendar_faults(instruments, reference, day)
    faults += cost_faults(raw)
    faults += expiry_faults(raw, instruments, day)
    for place, spread in tables_of(raw, "spread"):
        faults += formula_faults(place, spread, instruments, day)
        if table_of(spread, "trigger").get("costs") == "net":
            faults += net_faults(place, spread, raw, instruments, reference, day)
    return faults


def calendar_faults(instruments: dict[str, InstrumentRow], reference: Reference, day: int) -> list[str]:
    """Past the last day that its calendar knows a venue is closed: nothing could be traded."""
    faults: list[str] = []
    for symbol in instruments:
        try:
            reference.session_clock(symbol, day)
        except InputError as error:
            faults += [fault for fault in error.faults if fault not in faults]
    return faults


def expiry_faults(raw: Table, instruments: dict[str, InstrumentRow], day: int) -> Iterator[str]:
    """A contract has no more trading days left than calendar days."""
    for place, choice in tables_of(raw, "instruments"):
        row, days = instruments.get(str(choice.get("symbol"))), number_of(choice, "days_to_last_trading")
        if row is None or days is None or row.expiry == LAST_DAY:
            continue
        left = int(epoch_day(row.expiry) - epoch_day(day))
        if days > left:
            yield (
                f"{place}.days_to_last_trading: {days}; expected at most {left}, the calendar days to the last trading "
                f"day {row.expiry}"
            )


def formula_faults(place: str, spread: Table, instruments: dict[str, InstrumentRow], day: int) -> Iterator[str]:
    text, legs = spread.get("formula"), tables_of(spread, "leg", place)
    rows = [instruments.get(str(leg.get("instrument"))) for _, leg in legs]
    if not isinstance(text, str) or not legs or len(legs) > len(LEG_NAMES):
        return
    constants: dict[str, float] = {}
    live: list[str] = []
    inputs = table_of(spread, "inputs")
    for name in inputs:
        value = number_of(inputs, name)
        constants[name] = 1.0 if value is None else float(value)
    for leg_place, leg in tables_of(spread, "pricing_leg", place):
        own = leg.get("input")
        if not isinstance(own, str):
            continue
        if own in constants or own in live:
            yield f"{leg_place}.input: {own} stands twice; expected it once"
        elif "source" in leg:
            live.append(own)
        else:
            constants[own] = float(number_of(leg, "value") or 1)
    for name in [*constants, *live]:
        if is_reserved(name):
            yield f"{place}.inputs.{name}: reserved; expected another name"
    days = [
        NO_EXPIRY if row is None or row.expiry == LAST_DAY else int(epoch_day(row.expiry) - epoch_day(day))
        for row in rows
    ]
    try:
        made = compiled(text, days, constants, live)
    except InputError as error:
        for fault in error.faults:
            yield f"{place}.formula: {fault}"
        return
    for (leg_place, leg), name, direction in zip(legs, LEG_NAMES, made.directions, strict=False):
        if leg.get("side") in (1, -1) and leg["side"] != direction:
            word = "rises" if direction > 0 else "falls"
            yield f"{leg_place}.side: {leg['side']}; expected {direction}, since the formula {word} with {name}"


def day_of(value: object) -> int | None:
    """YYYYMMDD of a date, also one written as a text; None when it is none."""
    if isinstance(value, str):
        try:
            return date_number(datetime.date.fromisoformat(value))
        except ValueError:
            return None
    return date_number(value) if isinstance(value, datetime.date) else None


def cost_spans(raw: Table) -> list[tuple[str, str, int, int]]:
    """Place, instrument, first and last day of every cost whose days can be read."""
    spans = []
    for place, cost in tables_of(raw, "cost"):
        first = day_of(cost.get("effective_from"))
        last = day_of(cost["effective_until"]) if "effective_until" in cost else LAST_DAY
        if first is not None and last is not None:
            spans.append((place, str(cost.get("instrument")), first, last))
    return spans


def cost_faults(raw: Table) -> Iterator[str]:
    spans = cost_spans(raw)
    for place, _, first, last in spans:
        if last < first:
            yield f"{place}.effective_until: {last}; expected a day that is not before effective_from ({first})"
    for number, (place, symbol, first, last) in enumerate(spans):
        for other_place, other, other_first, other_last in spans[:number]:
            if symbol == other and first <= other_last and other_first <= last:
                yield f"{place}: overlaps {other_place} in time; expected one cost of {symbol} on a day"


def net_faults(
    place: str, spread: Table, raw: Table, instruments: dict[str, InstrumentRow], reference: Reference, day: int
) -> Iterator[str]:
    """A net value that leaves out the costs of a leg would promise what nobody gets."""
    configured = {symbol for _, symbol, first, last in cost_spans(raw) if first <= day <= last}
    for leg_place, leg in tables_of(spread, "leg", place):
        row = instruments.get(str(leg.get("instrument")))
        if row is not None and row.key not in configured and reference.schedule(row.costs, day) is None:
            yield f"{leg_place}.instrument: no costs of {row.key} on {day}; expected a [[cost]], or costs = gross"
