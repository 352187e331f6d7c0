"""One spread order's line of a snapshot.

The text is what `json.dumps` gives with sorted keys and no spaces, written from tables of names that are sorted once:
every order that ends is written once, between two steps of the hot thread, and every open one at each checkpoint.
"""

from __future__ import annotations

from json.encoder import encode_basestring_ascii
from typing import Any, Final

from cross_market_connect.trading.orders import LegOrder, SpreadOrder
from cross_market_connect.trading.single import is_single

LEG_FIELDS = (
    "leg",
    "route",
    "role",
    "attempt",
    "state",
    "cumulative_lots",
    "filled_ticks_sum",
    "sent_ns",
    "sent_utc_ns",
    "cancel_id",
    "cancel_waits_utc_ns",
    "reject_class",
    "record_seq",
)
COMMAND_FIELDS = (
    "client_order_id",
    "instrument_index",
    "side",
    "order_type",
    "time_in_force",
    "price_ticks",
    "quantity_lots",
    "offset",
)
ORDER_NUMBERS = (
    "direction",
    "state",
    "created_ns",
    "cause_seq",
    "naked_worst_e4",
    "notional_e4",
    "halt_code",
    "late_fills",
    # Where an open order stands on its ladder by the records; a restart begins the times anew.
    "taken_index",
    "taken_attempts",
)
ORDER_LISTS = (
    "targets",
    "sides",
    "limits",
    "filled",
    "exact_e9",
    "reject_classes",
    "unwind_classes",
    "reserved_lots",
    "substitute",
)
# What is not an attribute of the same name.
LEG_DERIVED = ("command", "executions")
ORDER_DERIVED = ("id", "spread", "opening", "reserved", "single", "leg_orders")

NUMBER: Final = 0
LIST: Final = 1
DERIVED: Final = 2


def _rows(numbers: tuple[str, ...], lists: tuple[str, ...], derived: tuple[str, ...]) -> list[tuple[str, str, int]]:
    """Text before the value, name and kind of each field, sorted by name."""
    kinds = {**dict.fromkeys(numbers, NUMBER), **dict.fromkeys(lists, LIST), **dict.fromkeys(derived, DERIVED)}
    names = sorted(kinds)
    return [(f'{"{" if name == names[0] else ","}"{name}":', name, kinds[name]) for name in names]


_LEG_ROWS: Final[list[tuple[str, str, int]]] = _rows(LEG_FIELDS, (), LEG_DERIVED)
_ORDER_ROWS: Final[list[tuple[str, str, int]]] = _rows(ORDER_NUMBERS, ORDER_LISTS, ORDER_DERIVED)


def order_line(order: SpreadOrder) -> str:
    """One spread order with its leg orders."""
    parts: list[str] = []
    for before, name, kind in _ORDER_ROWS:
        parts.append(before)
        if kind == NUMBER:
            parts.append(str(getattr(order, name)))
        elif kind == LIST:
            parts.append(_numbers(getattr(order, name)))
        else:
            parts.append(_derived(order, name))
    parts.append("}")
    return "".join(parts)


def leg_line(leg_order: LegOrder) -> str:
    """One leg order."""
    parts: list[str] = []
    for before, name, kind in _LEG_ROWS:
        parts.append(before)
        if kind == NUMBER:
            parts.append(str(getattr(leg_order, name)))
        elif name == "command":
            parts.append(_numbers([getattr(leg_order.command, field) for field in COMMAND_FIELDS]))
        else:
            executions = leg_order.execution_ids.items()
            found = [f"[{encode_basestring_ascii(key.decode('latin-1'))},{lots}]" for key, lots in executions]
            parts.append("[" + ",".join(found) + "]")
    parts.append("}")
    return "".join(parts)


def _derived(order: SpreadOrder, name: str) -> str:
    if name == "leg_orders":
        return "[" + ",".join([leg_line(leg_order) for leg_order in order.leg_orders]) + "]"
    if name == "single":
        if not is_single(order):
            return "[]"
        leg = order.definition.legs[0]
        return f"[{int(leg.route)},{encode_basestring_ascii(leg.account)},{int(leg.instrument_index)}]"
    if name == "opening" or name == "reserved":
        return "true" if getattr(order, name) else "false"
    return str(int(order.spread_order_id if name == "id" else order.definition.index))


def _numbers(values: Any) -> str:
    return "[" + ",".join([str(value) for value in values]) + "]"
