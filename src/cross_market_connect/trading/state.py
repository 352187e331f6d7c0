"""A desk's state as text: what a snapshot holds, and what its hash proves.

The text is canonical JSON: sorted keys, no spaces, integers, texts and lists only, containers in the order in which the
live ones are. What quotes decide anew (books, values, gate episodes, hysteresis) is not in it, nor where an order
stands on its ladder and in time: the text is written only while nothing is open, and an ended order that is opened
again begins anew.
"""

from __future__ import annotations

import json
from typing import Any

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.order import OrderCommand
from cross_market_connect.trading.desk import Desk
from cross_market_connect.trading.orders import LegOrder, SpreadOrder
from cross_market_connect.trading.reservation import ReservationLedger
from cross_market_connect.trading.trigger import TriggerState

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
)
MORE_LEG_FIELDS = ("cancel_id", "reject_class", "record_seq")
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
LEDGER_LISTS = ("position_lots", "reserved_buy_lots", "reserved_sell_lots", "naked_e4", "margin_e4")
POSITION_LISTS = ("lots", "ticks_sum", "hedge_e9")
TRIGGER_NUMBERS = ("open_orders", "cool_down_until_ns", "pause_until_ns", "failures", "fired_next")


def desk_state(desk: Desk) -> str:
    """The state as canonical text."""
    state = {
        "next_spread_order_id": int(desk.next_spread_order_id),
        "alerts": int(desk.step.alerts),
        "cancel_only": desk.safety.reason if desk.safety.cancel_only else None,
        "blocked": [[key, reason] for key, reason in desk.safety.blocked.items()],
        "open_ids": desk.open_ids,
        "halted_ids": desk.halted_ids,
        "ended_ids": desk.ended_ids,
        "triggers": [trigger_state(trigger) for trigger in desk.triggers],
        "throttles": [[window.times_ns() for window in throttle.windows] for throttle in desk.ledger.throttles],
        "counters": desk.machine.sender.admission.counters.state(),
        "recent_orders": desk.machine.sender.admission.duplicates.state(),
        "conditions": [[int(value) for value in conditions.values] for conditions in desk.conditions],
        "ledger": {name: [int(value) for value in getattr(desk.ledger, name)] for name in LEDGER_LISTS},
        "orders": [order_state(order) for order in desk.orders.values()],
    }
    return json.dumps(state, sort_keys=True, separators=(",", ":"))


def trigger_state(trigger: TriggerState) -> dict[str, Any]:
    """One spread's trigger."""
    state: dict[str, Any] = {name: int(getattr(trigger, name)) for name in TRIGGER_NUMBERS}
    state["since_utc_ns"] = int(trigger.position.since_utc_ns)
    for name in POSITION_LISTS:
        state[name] = [int(value) for value in getattr(trigger.position, name)]
    state["fired_ns"] = [int(fired) for fired in trigger.fired_ns]
    return state


def order_state(order: SpreadOrder) -> dict[str, Any]:
    """One spread order with its leg orders."""
    state: dict[str, Any] = {name: int(getattr(order, name)) for name in ORDER_NUMBERS}
    for name in ORDER_LISTS:
        state[name] = [int(value) for value in getattr(order, name)]
    state["id"] = int(order.spread_order_id)
    state["spread"] = int(order.definition.index)
    state["opening"] = bool(order.opening)
    state["reserved"] = bool(order.reserved)
    state["leg_orders"] = [leg_state(leg_order) for leg_order in order.leg_orders]
    return state


def leg_state(leg_order: LegOrder) -> dict[str, Any]:
    """One leg order."""
    state: dict[str, Any] = {name: int(getattr(leg_order, name)) for name in (*LEG_FIELDS, *MORE_LEG_FIELDS)}
    state["command"] = [int(getattr(leg_order.command, name)) for name in COMMAND_FIELDS]
    state["executions"] = [[name.decode("latin-1"), lots] for name, lots in leg_order.execution_ids.items()]
    return state


def load_desk_state(desk: Desk, text: str) -> None:
    """Bring a new desk to the state of a text that `desk_state` wrote."""
    state = json.loads(text)
    desk.next_spread_order_id = state["next_spread_order_id"]
    desk.step.alerts = state["alerts"]
    for fields in state["orders"]:
        load_order(desk, fields)
    if state["cancel_only"] is not None:
        desk.safety.apply_cancel_only(True, state["cancel_only"])
        desk.machine.cancel_only = True
    desk.safety.blocked = dict(state["blocked"])
    desk.open_ids = state["open_ids"]
    desk.halted_ids = state["halted_ids"]
    desk.ended_ids = state["ended_ids"]
    for trigger, fields in zip(desk.triggers, state["triggers"], strict=True):
        load_trigger(trigger, fields)
    for conditions, values in zip(desk.conditions, state["conditions"], strict=True):
        conditions.values = vec[i64](values)
    load_ledger(desk.ledger, state["ledger"])
    load_admission(desk, state)


def load_trigger(trigger: TriggerState, fields: dict[str, Any]) -> None:
    for name in TRIGGER_NUMBERS:
        setattr(trigger, name, fields[name])
    trigger.position.since_utc_ns = fields["since_utc_ns"]
    for name in POSITION_LISTS:
        setattr(trigger.position, name, list(fields[name]))
    trigger.fired_ns = vec[i64]([int(fired) for fired in fields["fired_ns"]])


def load_ledger(ledger: ReservationLedger, fields: dict[str, Any]) -> None:
    for name in LEDGER_LISTS:
        setattr(ledger, name, vec[i64]([int(value) for value in fields[name]]))


def load_admission(desk: Desk, state: dict[str, Any]) -> None:
    # Windows that are configured anew begin empty.
    for throttle, windows in zip(desk.ledger.throttles, state["throttles"], strict=False):
        for window, times in zip(throttle.windows, windows, strict=False):
            for sent_ns in times:
                window.sent(sent_ns)
    admission = desk.machine.sender.admission
    admission.counters.load(state["counters"])
    admission.duplicates.load(state["recent_orders"])


def load_order(desk: Desk, fields: dict[str, Any]) -> None:
    definition = desk.triggers[fields["spread"]].valuation.definition
    order = SpreadOrder(fields["id"], definition, fields["direction"], fields["opening"])
    for name in ORDER_NUMBERS:
        setattr(order, name, fields[name])
    for name in ORDER_LISTS:
        setattr(order, name, list(fields[name]))
    order.reserved = fields["reserved"]
    desk.orders[fields["id"]] = order
    for leg in fields["leg_orders"]:
        command = OrderCommand(*leg["command"])
        leg_order = LegOrder(leg["leg"], leg["route"], leg["role"], leg["attempt"], command)
        for name in (*LEG_FIELDS, *MORE_LEG_FIELDS):
            setattr(leg_order, name, leg[name])
        leg_order.execution_ids = {name.encode("latin-1"): lots for name, lots in leg["executions"]}
        order.note_way(leg_order)
        order.leg_orders.append(leg_order)
        desk.leg_orders[command.client_order_id] = leg_order
        desk.owner[command.client_order_id] = fields["id"]


def core_state(
    desk: str, epoch: int, input_seq: int, sequence_numbers: dict[str, tuple[int, int]], crashes: dict[str, int]
) -> str:
    """The whole engine's state as canonical text.

    Args:
        desk: from `desk_state`.
        sequence_numbers: next incoming and outgoing number of each order session, by source.
        crashes: how often an input killed the engine, by place.
    """
    state = {
        "crashes": crashes,
        "desk": desk,
        "epoch": epoch,
        "input_seq": input_seq,
        "sequence_numbers": sequence_numbers,
    }
    return json.dumps(state, sort_keys=True, separators=(",", ":"))
