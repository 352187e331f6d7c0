"""Writes a desk's state text anew in the numbers of another configuration.

A state names instruments, sources, spreads and legs by their position in the configuration of the run that wrote it.
When the next run's configuration orders them otherwise, what is held must follow the names. Whoever makes a
`Renumbering` has made sure that nothing which is GONE holds anything (`config/holdings.py`).
"""

from __future__ import annotations

import json
from typing import Any, Final, final

from cross_market_connect.domain.numbers import checked_multiply
from cross_market_connect.trading.order_lines import ORDER_LISTS
from cross_market_connect.trading.safety import ALL_INSTRUMENTS, instrument_of, key_of, route_of
from cross_market_connect.trading.state import POSITION_LISTS, canonical

GONE: Final[int] = -1
# Fields of the desk's line that are written anew; the others speak of no index and go on as they are.
INDEXED_FIELDS: Final[tuple[str, ...]] = (
    "spreads",
    "blocked",
    "blocked_by_evidence",
    "open_ids",
    "halted_ids",
    "ended_ids",
    "throttles",
    "counters",
    "recent_orders",
    "conditions",
    "external",
    "ledger",
)


@final
class Renumbering:
    """New indexes by old ones, GONE for what is not there any more.

    Attributes:
        sources: with the recovery services behind the sources, as streams are numbered.
        legs: per old spread, the old leg of each new one; empty when the legs are others or the spread is GONE.
        steps: per old spread, the new position of each step of its ladder; GONE lets the ladder begin anew.
        ways: (old spread, old leg, old instrument, old route) of the other ways to trade a leg that are the same still.
        margin_e4: per old instrument, by how much one lot's margin has changed; homes: the old route whose margin its
            position is taken to be on, GONE for none.
    """

    def __init__(self) -> None:
        self.instruments: list[int] = []
        self.sources: list[int] = []
        self.spreads: list[int] = []
        self.legs: list[list[int]] = []
        self.steps: list[list[int]] = []
        self.ways: list[tuple[int, int, int, int]] = []
        self.margin_e4: list[int] = []
        self.homes: list[int] = []


def renumbered(text: str, fresh: str, to: Renumbering) -> str:
    """The state in new numbers.

    Args:
        text: the desk's state, in old numbers; see `trading/state.py`.
        fresh: that of a new desk of the new configuration.
    """
    old, new = [json.loads(line) for line in text.split("\n")], [json.loads(line) for line in fresh.split("\n")]
    desk, fresh_desk = old[0], new[0]
    triggers = new[1 : 1 + fresh_desk["spreads"]]
    first_order = 1 + desk["spreads"]
    for index, fields in enumerate(old[1:first_order]):
        if to.spreads[index] != GONE:
            triggers[to.spreads[index]] = _trigger(fields, triggers[to.spreads[index]], to.legs[index])
    orders: list[dict[str, Any]] = []
    for fields in old[first_order:]:
        if can_follow(fields, to):
            orders.append(_order(fields, to))
    kept = [fields["id"] for fields in orders]
    result = {**fresh_desk, **{name: value for name, value in desk.items() if name not in INDEXED_FIELDS}}
    for name in ("open_ids", "halted_ids", "ended_ids"):
        result[name] = [order_id for order_id in desk[name] if order_id in kept]
    _desk(result, {**fresh_desk, **desk}, to)
    result["ledger"] = _ledger(desk["ledger"], fresh_desk["ledger"], old[first_order:], to)
    return "\n".join(canonical(fields) for fields in (result, *triggers, *orders))


def can_follow(order: dict[str, Any], to: Renumbering) -> bool:
    """Whether everything that a spread order names is there still. One that has ended is forgotten otherwise: a late
    fill of it is then that of an order which nobody knows."""
    if order.get("single"):
        route, _, instrument = order["single"]
        return bool(to.sources[route] != GONE and to.instruments[instrument] != GONE)
    spread = order["spread"]
    if to.spreads[spread] == GONE or len(to.legs[spread]) == 0:
        return False
    for leg_order in order["leg_orders"]:
        route, instrument = leg_order["route"], leg_order["command"][1]
        if to.sources[route] == GONE or to.instruments[instrument] == GONE:
            return False
        if (spread, leg_order["leg"], instrument, route) not in to.ways:
            return False
    return True


def _trigger(fields: dict[str, Any], fresh: dict[str, Any], legs: list[int]) -> dict[str, Any]:
    result = {**fresh, **fields}
    for name in POSITION_LISTS:
        # Other legs than before: the spread was flat.
        result[name] = [fields[name][leg] for leg in legs] if len(legs) > 0 else fresh[name]
    return result


def _order(fields: dict[str, Any], to: Renumbering) -> dict[str, Any]:
    result = dict(fields)
    legs = [0]
    if fields.get("single"):
        route, account, instrument = fields["single"]
        result["single"] = [to.sources[route], account, to.instruments[instrument]]
    else:
        spread = fields["spread"]
        legs = to.legs[spread]
        result["spread"] = to.spreads[spread]
        taken = fields.get("taken_index", GONE)
        if taken != GONE:
            result["taken_index"] = to.steps[spread][taken]
            if result["taken_index"] == GONE:
                result["taken_attempts"] = 0
    for name in ORDER_LISTS:
        if len(fields.get(name, [])) > 0:
            result[name] = [fields[name][leg] for leg in legs]
    result["leg_orders"] = [_leg_order(leg_order, legs, to) for leg_order in fields["leg_orders"]]
    return result


def _leg_order(fields: dict[str, Any], legs: list[int], to: Renumbering) -> dict[str, Any]:
    command = list(fields["command"])
    command[1] = to.instruments[command[1]]
    return {**fields, "leg": legs.index(fields["leg"]), "route": to.sources[fields["route"]], "command": command}


def _desk(result: dict[str, Any], desk: dict[str, Any], to: Renumbering) -> None:
    """Blocks, throttles, counters, conditions and other people's orders: rows by account and instrument."""
    blocked = [[_key(key, to), reason] for key, reason in desk["blocked"]]
    result["blocked"] = [row for row in blocked if row[0] != GONE]
    result["blocked_by_evidence"] = [
        key for key in (_key(key, to) for key in desk["blocked_by_evidence"]) if key != GONE
    ]
    for route, windows in enumerate(desk["throttles"]):
        # All windows of a route count the same messages, so the longest list holds the others.
        times: list[int] = max(windows, key=len, default=[])
        if route < len(to.sources) and to.sources[route] != GONE:
            result["throttles"][to.sources[route]] = [times for _ in result["throttles"][to.sources[route]]]
    old_count, new_count = len(to.instruments), len(result["conditions"])
    result["counters"] = []
    for row in desk["counters"]:
        route, instrument = to.sources[row[0] // old_count], to.instruments[row[0] % old_count]
        if route != GONE and instrument != GONE:
            result["counters"].append([route * new_count + instrument, *row[1:]])
    result["counters"].sort()
    recent = [[to.sources[row[0]], to.instruments[row[1]], *row[2:]] for row in desk["recent_orders"]]
    result["recent_orders"] = [row for row in recent if row[0] != GONE and row[1] != GONE]
    for instrument, values in enumerate(desk["conditions"]):
        if to.instruments[instrument] != GONE:
            result["conditions"][to.instruments[instrument]] = values
    result["external"] = []
    for row in desk["external"]:
        source, _, venue_order_id = str(row[0]).partition(" ")
        if to.sources[int(source)] != GONE:
            result["external"].append([f"{to.sources[int(source)]} {venue_order_id}", *row[1:]])


def _key(key: int, to: Renumbering) -> int:
    """A block's key in new numbers; GONE with its account or its instrument."""
    route, instrument = to.sources[int(route_of(key))], int(instrument_of(key))
    if instrument != ALL_INSTRUMENTS:
        instrument = to.instruments[instrument]
        if instrument == GONE:
            return GONE
    return GONE if route == GONE else key_of(route, instrument)


def _ledger(
    fields: dict[str, Any], fresh: dict[str, Any], orders: list[dict[str, Any]], to: Renumbering
) -> dict[str, Any]:
    result = {name: list(values) for name, values in fresh.items()}
    for name in ("position_lots", "reserved_buy_lots", "reserved_sell_lots"):
        for instrument, lots in enumerate(fields[name]):
            if to.instruments[instrument] != GONE:
                result[name][to.instruments[instrument]] = lots
    for spread, naked_e4 in enumerate(fields["naked_e4"]):
        if to.spreads[spread] != GONE:
            result["naked_e4"][to.spreads[spread]] = naked_e4
    for route, margin_e4 in enumerate(_margins(fields, orders, to)):
        if to.sources[route] != GONE:
            result["margin_e4"][to.sources[route]] = margin_e4
    return result


def _margins(fields: dict[str, Any], orders: list[dict[str, Any]], to: Renumbering) -> list[int]:
    """Margin by old route, at what a lot's margin is now: what is given back later is reckoned so too."""
    margins: list[int] = list(fields["margin_e4"])
    for instrument, more_e4 in enumerate(to.margin_e4):
        lots = fields["position_lots"][instrument]
        if more_e4 != 0 and to.homes[instrument] != GONE:
            margins[to.homes[instrument]] += int(checked_multiply(abs(lots), more_e4))
    for order in orders:
        if not order["reserved"] or not order["opening"]:
            continue
        for leg, lots in enumerate(order["reserved_lots"]):
            instrument, route = _place(order, leg, to)
            if instrument != GONE:
                margins[route] += int(checked_multiply(lots, to.margin_e4[instrument]))
    return margins


def _place(order: dict[str, Any], leg: int, to: Renumbering) -> tuple[int, int]:
    """Old instrument and route of an order's leg: the first of its ways."""
    if order.get("single"):
        return order["single"][2], order["single"][0]
    for way in to.ways:
        if way[0] == order["spread"] and way[1] == leg:
            return way[2], way[3]
    return GONE, GONE
