"""Relations between the parts of one spread, and between it and the instruments and sources that it names."""

from __future__ import annotations

from collections.abc import Iterator

from cross_market_connect.config.execution_models import LadderStep
from cross_market_connect.config.fields import QUOTE_KINDS
from cross_market_connect.config.layers import Table, moment_of, number_of, table_of, tables_of
from cross_market_connect.config.value_checks import value_faults
from cross_market_connect.reference.instrument_rows import InstrumentRow

LADDER_ORDER = ("retry", "chase", "cross", "alternative", "unwind", "carry", "halt")
STEP_DEADLINE_MS = LadderStep.model_fields["deadline_ms"].default
LADDER_ENDS = ("carry", "halt")


def spread_faults(place: str, spread: Table, raw: Table, instruments: dict[str, InstrumentRow]) -> list[str]:
    """Every fault of the spread at `place`, but those of its limits."""
    faults: list[str] = []
    faults += leg_faults(place, spread, raw, instruments)
    faults += value_faults(place, spread, raw, instruments)
    faults += trigger_faults(place, table_of(spread, "trigger"))
    faults += quantity_faults(place, spread)
    faults += quoting_faults(place, spread, raw)
    faults += budget_faults(place, table_of(spread, "execution"))
    faults += ladder_faults(place, spread)
    faults += alternative_faults(place, spread)
    return faults


def leg_faults(place: str, spread: Table, raw: Table, instruments: dict[str, InstrumentRow]) -> Iterator[str]:
    sources = [source for _, source in tables_of(raw, "source")]
    routes = {str(source.get("name")): source for source in sources if source.get("kind") == "fix_orders"}
    quoted = [source.get("venue") for source in sources if source.get("kind") in QUOTE_KINDS]
    legs = tables_of(spread, "leg", place)
    rows = [instruments.get(str(leg.get("instrument"))) for _, leg in legs]
    if legs and all(rows) and not any(row is not None and row.tradable for row in rows):
        yield f"{place}.leg: no leg can be traded; expected tradable instruments"
    traded: dict[tuple[str, str], str] = {}
    for number, (leg_place, leg) in enumerate(legs):
        row = rows[number]
        first = traded.setdefault((str(leg.get("instrument")), str(leg.get("route"))), leg_place)
        if first != leg_place:
            yield f"{leg_place}.instrument: {leg.get('instrument')} by its route is {first} too; expected each leg once"
        if number == 0 and "ratio" not in leg:
            yield f"{leg_place}.ratio: missing; expected a positive number on the first leg"
        if row is None:
            continue
        if not row.tradable:
            yield f"{leg_place}.instrument: {row.key} only prices; expected it under pricing_leg"
        route = routes.get(str(leg.get("route")))
        if route is not None and route.get("venue") != row.venue:
            yield f"{leg_place}.route: {leg['route']} goes to {route.get('venue')}; expected a source of {row.venue}"
        if row.tradable and row.venue not in quoted:
            kinds = ", ".join(QUOTE_KINDS)
            yield f"{leg_place}.instrument: no source quotes {row.venue}; expected one of it of the kinds {kinds}"


def trigger_faults(place: str, trigger: Table) -> Iterator[str]:
    def above(low: str, high: str, why: str) -> Iterator[str]:
        low_value, high_value = number_of(trigger, low), number_of(trigger, high)
        if low_value is not None and high_value is not None and low_value >= high_value:
            yield f"{place}.trigger.{low}: {low_value}; expected less than {high} ({high_value}), {why}"

    yield from above("buy_enter", "sell_enter", "else one value triggers both ways at once")
    yield from above("buy_enter", "buy_exit", "else a bought spread is left as soon as it is entered")
    yield from above("sell_exit", "sell_enter", "else a sold spread is left as soon as it is entered")
    start, end = trigger.get("exit_from"), trigger.get("exit_until")
    if end is not None and start is None:
        yield f"{place}.trigger.exit_from: missing; expected a time, since exit_until is set"
        return
    begins, ends = moment_of(start), moment_of(end)
    if begins is not None and ends is not None and ends <= begins:
        yield f"{place}.trigger.exit_until: {end}; expected a time after exit_from ({start})"


def quantity_faults(place: str, spread: Table) -> Iterator[str]:
    smallest = number_of(table_of(spread, "trigger"), "minimum_units")
    largest = number_of(table_of(spread, "quantity"), "position_units_max")
    if smallest is not None and largest is not None and smallest > largest:
        yield f"{place}.trigger.minimum_units: {smallest}; expected at most position_units_max ({largest})"


def quoting_faults(place: str, spread: Table, raw: Table) -> Iterator[str]:
    """A spread that quotes needs legs that quote and one that hedges; a quote is an order that rests."""
    forces = {str(source.get("name")): source.get("time_in_force") for _, source in tables_of(raw, "source")}
    legs = tables_of(spread, "leg", place)
    quoting = [(leg_place, leg) for leg_place, leg in legs if leg.get("quotes") is True]
    if "quoting" not in spread:
        for leg_place, _ in quoting:
            yield f"{leg_place}.quotes: true; expected the section quoting of the spread"
        return
    if not quoting:
        yield f"{place}.quoting: no leg quotes; expected quotes = true on at least one"
    for leg_place, leg in quoting:
        offered = forces.get(str(leg.get("route")))
        if isinstance(offered, list) and "day" not in offered:
            yield f"{leg_place}.quotes: true; expected a route whose time_in_force offers day, since a quote rests"


def budget_faults(place: str, execution: Table) -> Iterator[str]:
    """Exposure that may be left overnight is somebody's."""
    if ("naked_budget" in execution) != ("budget_owner" in execution):
        missing = "budget_owner" if "naked_budget" in execution else "naked_budget"
        yield f"{place}.execution.{missing}: missing; expected naked_budget and budget_owner together"


def ladder_faults(place: str, spread: Table) -> Iterator[str]:
    steps = tables_of(spread, "ladder", place)
    kinds = [str(step.get("step")) for _, step in steps]
    if kinds and kinds[-1] not in LADDER_ENDS:
        yield f"{place}.ladder: ends with {kinds[-1]}; expected halt or carry at the end, where a person takes over"
    if "owner" not in table_of(spread, "execution"):
        for kind in ("alternative", "carry"):
            if kind in kinds:
                yield f"{place}.execution.owner: missing; expected who carries what the step {kind} leaves"
    ways = [way for _, leg in tables_of(spread, "leg", place) for way in tables_of(leg, "alternative")]
    if "alternative" in kinds and not ways:
        yield f"{place}.ladder: alternative; expected a leg with another way, under leg.alternative"
    known = [LADDER_ORDER.index(kind) for kind in kinds if kind in LADDER_ORDER]
    # A substitute may also be what follows an unwind that is impossible.
    fixed = [number for number in known if LADDER_ORDER[number] != "alternative"]
    if fixed != sorted(set(fixed)) or kinds.count("alternative") > 1:
        yield f"{place}.ladder: {', '.join(kinds)}; expected once each, as: {', '.join(LADDER_ORDER)}"
    whole = number_of(spread, "deadline_ms")
    spent = sum(
        number_of(step, "deadline_ms") or 0 if "deadline_ms" in step else STEP_DEADLINE_MS
        for _, step in steps
        if step.get("step") not in LADDER_ENDS
    )
    if whole is not None and spent > whole:
        yield f"{place}.deadline_ms: {whole}; expected at least {spent}, the sum of the ladder's deadlines"
    for step_place, step in steps:
        payup, slippage = number_of(step, "payup_ticks"), number_of(step, "slippage_ticks_max")
        if payup is not None and payup > (slippage or 0):
            yield f"{step_place}.payup_ticks: {payup}; expected at most slippage_ticks_max ({slippage or 0})"


def alternative_faults(place: str, spread: Table) -> Iterator[str]:
    """Substitutes of one leg are one instrument: its lots are counted against the leg's by one ratio."""
    for leg_place, leg in tables_of(spread, "leg", place):
        own = leg.get("instrument")
        substitutes: list[tuple[object, object]] = []
        for way_place, way in tables_of(leg, "alternative", leg_place):
            symbol, ratio = way.get("instrument", own), way.get("lots_per_lot", 1)
            if symbol == own and ratio != 1:
                yield f"{way_place}.lots_per_lot: {ratio}; expected none, since it is the leg's own instrument"
            elif symbol == own and way.get("route") == leg.get("route"):
                yield f"{way_place}: the leg's own way; expected another route or instrument"
            elif symbol != own:
                substitutes.append((symbol, ratio))
        if len(set(substitutes)) > 1:
            count = len(set(substitutes))
            yield f"{leg_place}.alternative: {count} substitutes; expected one instrument with one ratio"
