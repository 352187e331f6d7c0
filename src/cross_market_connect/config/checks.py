"""Relations between the parts of a configuration: what no single field can know.

These checks read the parsed file and not the models, and skip what has the wrong shape (the models report that). So a
fault in one part never hides a fault in another, and one run names them all.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal

from cross_market_connect.config.layers import Table, label_of
from cross_market_connect.config.models import BASE_CURRENCY, LIMIT_FIELDS, SCOPES
from cross_market_connect.reference.tables import InstrumentRow

LADDER_ORDER = ("retry", "chase", "unwind", "halt")
Placed = tuple[str, Table]


def tables_of(parent: Table, key: str, place: str = "") -> list[Placed]:
    """The tables of the list `key` with their places, as `source[1] ccfx_orders`; what is no table is left out."""
    entries = parent.get(key)
    if not isinstance(entries, list):
        return []
    prefix = f"{place}.{key}" if place else key
    return [
        (f"{prefix}[{index}] {label_of(entry)}".rstrip(), entry)
        for index, entry in enumerate(entries)
        if isinstance(entry, dict)
    ]


def table_of(parent: Table, key: str) -> Table:
    """The sub-table `key`; empty when there is none."""
    value = parent.get(key)
    return value if isinstance(value, dict) else {}


def number_of(table: Table, key: str) -> Decimal | None:
    """The number under `key`; None when it is none."""
    value = table.get(key)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    number = Decimal(value)
    return number if number.is_finite() else None


def relation_faults(raw: Table, instruments: dict[str, InstrumentRow]) -> list[str]:
    """Every fault between the parts. `instruments` are the rows of the symbols that the file declares."""
    faults: list[str] = []
    faults += duplicate_faults(raw)
    faults += calendar_faults(table_of(raw, "calendar"))
    faults += source_faults(raw)
    faults += limit_name_faults(raw, instruments)
    for place, spread in tables_of(raw, "spread"):
        faults += leg_faults(place, spread, raw, instruments)
        faults += currency_faults(place, spread, instruments)
        faults += trigger_faults(place, table_of(spread, "trigger"))
        faults += ladder_faults(place, spread)
        faults += limit_faults(place, spread, raw, instruments)
    return faults


def duplicate_faults(raw: Table) -> Iterator[str]:
    keyed = [(place, "source " + str(entry.get("name"))) for place, entry in tables_of(raw, "source")]
    keyed += [(place, "spread " + str(entry.get("name"))) for place, entry in tables_of(raw, "spread")]
    keyed += [(place, f"limit {e.get('scope')} {e.get('name', '')}".rstrip()) for place, e in tables_of(raw, "limit")]
    keyed += [(f"instruments[{index}]", f"instrument {symbol}") for index, symbol in enumerate(symbols_of(raw))]
    first: dict[str, str] = {}
    for place, key in keyed:
        if key in first:
            yield f"{place}: {key} stands twice; expected it once, at {first[key]}"
        first.setdefault(key, place)


def symbols_of(raw: Table) -> list[str]:
    """The declared symbols, in the order of the file."""
    entries = raw.get("instruments")
    if not isinstance(entries, list):
        return []
    found = [entry.get("symbol") if isinstance(entry, dict) else entry for entry in entries]
    return [symbol for symbol in found if isinstance(symbol, str)]


def calendar_faults(calendar: Table) -> Iterator[str]:
    if calendar.get("mode") == "demo":
        for key in ("date", "start"):
            if key not in calendar:
                yield f"calendar.{key}: missing; expected a value, since the mode is demo"
    elif calendar.get("mode") == "real":
        for key in ("date", "start", "end", "skip"):
            if key in calendar:
                yield f"calendar.{key}: {calendar[key]}; expected none, since the mode is real"
        if number_of(calendar, "speed") not in (None, Decimal(1)):
            yield f"calendar.speed: {calendar['speed']}; expected 1, since the mode is real"
    start, end = moment_of(calendar.get("start")), moment_of(calendar.get("end"))
    pauses = calendar.get("skip")
    edges = [edge for pause in pauses if isinstance(pause, list) for edge in pause] if isinstance(pauses, list) else []
    known = [moment for moment in (start, *(moment_of(edge) for edge in edges)) if moment is not None]
    if any(before >= after for before, after in zip(known, known[1:], strict=False)):
        yield f"calendar.skip: {pauses}; expected pauses that ascend, do not overlap and begin after the start"
    if start is not None and end is not None and end <= start:
        yield f"calendar.end: {end}; expected a time after the start {start}"


def moment_of(value: object) -> datetime.time | None:
    """The time of day under a key; None when it is none."""
    if isinstance(value, str):
        try:
            return datetime.time.fromisoformat(value)
        except ValueError:
            return None
    return value if isinstance(value, datetime.time) else None


def source_faults(raw: Table) -> Iterator[str]:
    for place, source in tables_of(raw, "source"):
        if ("username" in source) != ("secret_env" in source):
            missing = "secret_env" if "username" in source else "username"
            yield f"{place}.{missing}: missing; expected username and secret_env together"


def limit_name_faults(raw: Table, instruments: dict[str, InstrumentRow]) -> Iterator[str]:
    sources = [source for _, source in tables_of(raw, "source")]
    allowed: dict[str, list[str]] = {
        "account": sorted({str(source["account"]) for source in sources if "account" in source}),
        "market": sorted({row.venue for row in instruments.values()}),
        "instrument": list(instruments),
        "strategy": [str(spread.get("name")) for _, spread in tables_of(raw, "spread")],
    }
    for place, limit in tables_of(raw, "limit"):
        scope, name = limit.get("scope"), str(limit.get("name", ""))
        if scope == "firm" and name:
            yield f"{place}.name: {name}; expected none, since the scope is firm"
        if isinstance(scope, str) and scope in allowed and name not in allowed[scope]:
            known = ", ".join(allowed[scope]) or "(none declared)"
            yield f"{place}.name: {name or 'missing'}; expected one of {known}, since the scope is {scope}"
        if not any(field in limit for field in LIMIT_FIELDS):
            yield f"{place}: limits nothing; expected at least one of {', '.join(LIMIT_FIELDS)}"


def leg_faults(place: str, spread: Table, raw: Table, instruments: dict[str, InstrumentRow]) -> Iterator[str]:
    sources = [source for _, source in tables_of(raw, "source")]
    routes = {str(source.get("name")): source for source in sources if source.get("kind") == "fix_orders"}
    quoted = [source.get("venue") for source in sources if source.get("kind") in ("fix_quotes", "omd_d")]
    legs = tables_of(spread, "leg", place)
    rows = [instruments.get(str(leg.get("instrument"))) for _, leg in legs]
    if legs and all(rows) and not any(row is not None and row.tradable for row in rows):
        yield f"{place}.leg: no leg can be traded; expected tradable instruments"
    for number, (leg_place, leg) in enumerate(legs):
        row = rows[number]
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
            yield f"{leg_place}.instrument: no source quotes {row.venue}; expected a fix_quotes or omd_d source of it"
    if table_of(spread, "trigger").get("form") == "ratio" and len(legs) >= 2:
        if len(legs) != 2 or legs[0][1].get("side") == legs[1][1].get("side"):
            yield f"{place}.trigger.form: ratio; expected exactly two legs of opposite sides, or difference"


def currency_faults(place: str, spread: Table, instruments: dict[str, InstrumentRow]) -> Iterator[str]:
    legs = [instruments.get(str(leg.get("instrument"))) for _, leg in tables_of(spread, "leg")]
    needed = sorted({row.currency for row in legs if row is not None} - {BASE_CURRENCY})
    pricing = tables_of(spread, "pricing_leg", place)
    converted = [str(leg.get("converts")) for _, leg in pricing]
    for currency in needed:
        if currency not in converted:
            yield f"{place}.pricing_leg: nothing converts {currency} to {BASE_CURRENCY}; expected a pricing leg for it"
    for number, (leg_place, leg) in enumerate(pricing):
        currency, row = converted[number], instruments.get(str(leg.get("instrument")))
        if currency in converted[:number]:
            yield f"{leg_place}.converts: {currency} stands twice; expected one pricing leg per currency"
        if row is not None and row.key.partition(".")[2] != currency + BASE_CURRENCY:
            yield f"{leg_place}.instrument: {row.key}; expected the rate {currency}{BASE_CURRENCY}"


def trigger_faults(place: str, trigger: Table) -> Iterator[str]:
    def above(low: str, high: str, why: str) -> Iterator[str]:
        low_value, high_value = number_of(trigger, low), number_of(trigger, high)
        if low_value is not None and high_value is not None and low_value >= high_value:
            yield f"{place}.trigger.{low}: {low_value}; expected less than {high} ({high_value}), {why}"

    yield from above("buy_enter", "sell_enter", "else one value triggers both ways at once")
    yield from above("buy_enter", "buy_exit", "else a bought spread is left as soon as it is entered")
    yield from above("sell_exit", "sell_enter", "else a sold spread is left as soon as it is entered")


def ladder_faults(place: str, spread: Table) -> Iterator[str]:
    steps = tables_of(spread, "ladder", place)
    kinds = [str(step.get("step")) for _, step in steps]
    if kinds and kinds[-1] != "halt":
        yield f"{place}.ladder: ends with {kinds[-1]}; expected halt as the last step, where a person takes over"
    known = [LADDER_ORDER.index(kind) for kind in kinds if kind in LADDER_ORDER]
    if known != sorted(set(known)):
        yield f"{place}.ladder: {', '.join(kinds)}; expected each step once, in the order {', '.join(LADDER_ORDER)}"
    whole = number_of(spread, "deadline_ms")
    spent = sum(number_of(step, "deadline_ms") or 0 for _, step in steps if step.get("step") != "halt")
    if whole is not None and spent > whole:
        yield f"{place}.deadline_ms: {whole}; expected at least {spent}, the sum of the ladder's deadlines"
    for step_place, step in steps:
        payup, slippage = number_of(step, "payup_ticks"), number_of(step, "slippage_ticks_max")
        if payup is not None and payup > (slippage or 0):
            yield f"{step_place}.payup_ticks: {payup}; expected at most slippage_ticks_max ({slippage or 0})"


def limit_faults(place: str, spread: Table, raw: Table, instruments: dict[str, InstrumentRow]) -> Iterator[str]:
    """An order for which no limit is configured would be refused, so a spread that lacks one cannot trade."""
    accounts = {str(source.get("name")): str(source.get("account")) for _, source in tables_of(raw, "source")}
    limits = [limit for _, limit in tables_of(raw, "limit")]
    for leg_place, leg in tables_of(spread, "leg", place):
        row = instruments.get(str(leg.get("instrument")))
        account = accounts.get(str(leg.get("route")))
        if row is None or not row.tradable or account is None:
            continue
        names = (str(spread.get("name")), row.key, row.venue, account, "")
        for field in LIMIT_FIELDS:
            if not any(
                limit.get("scope") == scope and field in limit and (scope == "firm" or limit.get("name") == name)
                for scope, name in zip(SCOPES, names, strict=True)
                for limit in limits
            ):
                chain = ", ".join(f"{scope} {name}".rstrip() for scope, name in zip(SCOPES, names, strict=True))
                yield f"{leg_place}: no limit sets {field}; expected it in a limit of one of {chain}"
