"""A desk's state as text: what a snapshot holds, and what its hash proves.

The text is lines of canonical JSON: sorted keys, no spaces, integers, texts and lists only, containers in the order in
which the live ones are. The first line is the desk's own, then follows one for each spread and one for each spread
order. What quotes decide anew (books, values, gate episodes, hysteresis) is not in it, nor what a restart begins anew
(pauses, query counts): it holds what `DeskRestorer` would find in the log.

A line is written once and kept until its object changes (`Desk.settle`), those of ended orders ahead of time and
between steps (`keep_lines`), so a snapshot costs the hot thread a few lines, however many ended orders are held. The
hash is that of the lines' hashes, for the same reason.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any, final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.order import DAY, LIMIT, OFFSET_CLOSE, OFFSET_OPEN, OrderCommand
from cross_market_connect.domain.spread import HALTED
from cross_market_connect.trading.desk import Desk
from cross_market_connect.trading.order_lines import LEG_FIELDS, ORDER_LISTS, ORDER_NUMBERS, leg_line, order_line
from cross_market_connect.trading.orders import LegOrder, SpreadOrder
from cross_market_connect.trading.reservation import ReservationLedger
from cross_market_connect.trading.single import single_order
from cross_market_connect.trading.trigger import TriggerState

LEDGER_LISTS = ("position_lots", "reserved_buy_lots", "reserved_sell_lots", "naked_e4", "margin_e4")
POSITION_LISTS = ("lots", "ticks_sum", "hedge_e9")
TRIGGER_NUMBERS = (
    "open_orders",
    "cool_down_until_ns",
    "pause_until_ns",
    "failures",
    "fired_next",
    "taken_off",
    "quote_pause_until_ns",
)


@final
class StateLines:
    """A state's lines with their hashes."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.digests: list[bytes] = []

    def add(self, text: str) -> None:
        """Append a line that is not kept."""
        self.texts.append(text)
        self.digests.append(sha256(text.encode()).digest())

    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.texts)

    def hash(self) -> str:
        """What a checkpoint puts on record."""
        return sha256(b"".join(self.digests)).hexdigest()


def text_hash(text: str) -> str:
    """`StateLines.hash` of a text that was read."""
    lines = StateLines()
    for line in text.split("\n"):
        lines.add(line)
    return lines.hash()


def canonical(fields: dict[str, Any]) -> str:
    """One line."""
    return json.dumps(fields, sort_keys=True, separators=(",", ":"))


def desk_state(desk: Desk) -> str:
    """The state as canonical text."""
    lines = StateLines()
    add_desk(lines, desk)
    return lines.text()


def add_desk(lines: StateLines, desk: Desk) -> None:
    """The desk's lines; those of spreads and spread orders that did not change are kept from the last time."""
    lines.add(canonical(desk_fields(desk)))
    for trigger in desk.triggers:
        if trigger.kept_text == "":
            trigger.kept_text = canonical(trigger_state(trigger))
            trigger.kept_digest = sha256(trigger.kept_text.encode()).digest()
        lines.texts.append(trigger.kept_text)
        lines.digests.append(trigger.kept_digest)
    for order_id in desk.open_ids + desk.halted_ids:
        desk.orders[order_id].kept_text = ""
    for order in desk.orders.values():
        if order.kept_text == "":
            _keep(order)
        lines.texts.append(order.kept_text)
        lines.digests.append(order.kept_digest)


def keep_lines(desk: Desk, limit: i64) -> None:
    """Write lines of ended orders ahead, between steps: up to `limit`, the newest first.

    A line is what the state is, whenever it is written: this changes nothing but when the time is spent.
    """
    left = limit
    at: i64 = i64(len(desk.ended_ids)) - 1
    while at >= 0 and left > 0:
        order = desk.orders[desk.ended_ids[at]]
        if order.kept_text == "":
            _keep(order)
            left -= 1
        at -= 1


def _keep(order: SpreadOrder) -> None:
    order.kept_text = order_line(order)
    order.kept_digest = sha256(order.kept_text.encode()).digest()


def desk_fields(desk: Desk) -> dict[str, Any]:
    """What is the desk's own."""
    return {
        "spreads": len(desk.triggers),
        "next_spread_order_id": int(desk.next_spread_order_id),
        "alerts": int(desk.step.alerts),
        "cancel_only": desk.safety.reason if desk.safety.cancel_only else None,
        "blocked": [[key, reason] for key, reason in desk.safety.blocked.items()],
        "blocked_by_evidence": desk.safety.by_evidence,
        "open_ids": desk.open_ids,
        "halted_ids": desk.halted_ids,
        "ended_ids": desk.ended_ids,
        "throttles": [[window.times_ns() for window in throttle.windows] for throttle in desk.ledger.throttles],
        "counters": desk.machine.sender.admission.counters.state(),
        "recent_orders": desk.machine.sender.admission.duplicates.state(),
        "conditions": [[int(value) for value in conditions.values] for conditions in desk.conditions],
        "commands": desk.commands.state(),
        "last_ids": desk.doubt.state(),
        "external": desk.machine.sender.external.state(),
        "ledger": {name: [int(value) for value in getattr(desk.ledger, name)] for name in LEDGER_LISTS},
    }


def trigger_state(trigger: TriggerState) -> dict[str, Any]:
    """One spread's trigger."""
    state: dict[str, Any] = {name: int(getattr(trigger, name)) for name in TRIGGER_NUMBERS}
    state["since_utc_ns"] = int(trigger.position.since_utc_ns)
    for name in POSITION_LISTS:
        state[name] = [int(value) for value in getattr(trigger.position, name)]
    state["fired_ns"] = [int(fired) for fired in trigger.fired_ns]
    state["paused_by"] = trigger.paused_by
    return state


def load_desk_state(desk: Desk, text: str) -> None:
    """Bring a new desk to the state of a text that `desk_state` wrote; what an earlier version did not hold is as in a
    new desk."""
    lines = [json.loads(line) for line in text.split("\n")]
    state = {**desk_fields(desk), **lines[0]}
    first_order = 1 + state["spreads"]
    desk.next_spread_order_id = state["next_spread_order_id"]
    desk.step.alerts = state["alerts"]
    for fields in lines[first_order:]:
        load_order(desk, fields)
    if state["cancel_only"] is not None:
        desk.safety.apply_cancel_only(True, state["cancel_only"])
        desk.machine.cancel_only = True
    desk.safety.blocked = dict(state["blocked"])
    desk.safety.by_evidence = state["blocked_by_evidence"]
    desk.open_ids = state["open_ids"]
    # An earlier version kept a halted order with nothing live among the ended ones.
    halted = [order_id for order_id in state["ended_ids"] if desk.orders[order_id].state == HALTED]
    desk.halted_ids = state["halted_ids"] + halted
    desk.ended_ids = [order_id for order_id in state["ended_ids"] if order_id not in halted]
    for trigger, fields in zip(desk.triggers, lines[1:first_order], strict=True):
        load_trigger(trigger, {**trigger_state(trigger), **fields})
    for conditions, values in zip(desk.conditions, state["conditions"], strict=True):
        conditions.values = vec[i64](values)
    load_ledger(desk.ledger, state["ledger"])
    load_admission(desk, state)
    desk.commands.load(state["commands"])
    for row in state["external"]:
        desk.machine.sender.external.load(*row)
    desk.doubt.load(state.get("last_ids", []))


def load_trigger(trigger: TriggerState, fields: dict[str, Any]) -> None:
    trigger.kept_text = ""
    for name in TRIGGER_NUMBERS:
        setattr(trigger, name, fields[name])
    trigger.paused_by = fields["paused_by"]
    trigger.position.since_utc_ns = fields["since_utc_ns"]
    for name in POSITION_LISTS:
        setattr(trigger.position, name, list(fields[name]))
    trigger.load_fired([int(fired) for fired in fields["fired_ns"]])


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


def load_order(desk: Desk, read: dict[str, Any]) -> None:
    if read.get("single"):
        order = single_order(read["id"], _single_command(read), read["single"][0], read["single"][1])
    else:
        definition = desk.triggers[read["spread"]].valuation.definition
        order = SpreadOrder(read["id"], definition, read["direction"], read["opening"])
    fields = {**json.loads(order_line(order)), **read}
    for name in ORDER_NUMBERS:
        setattr(order, name, fields[name])
    for name in ORDER_LISTS:
        setattr(order, name, list(fields[name]))
    order.step_index, order.step_attempts = order.taken_index, order.taken_attempts
    order.reserved = fields["reserved"]
    desk.orders[fields["id"]] = order
    for read_leg in fields["leg_orders"]:
        command = OrderCommand(*read_leg["command"])
        leg_order = LegOrder(read_leg["leg"], read_leg["route"], read_leg["role"], read_leg["attempt"], command)
        leg = {**json.loads(leg_line(leg_order)), **read_leg}
        for name in LEG_FIELDS:
            setattr(leg_order, name, leg[name])
        leg_order.execution_ids = {name.encode("latin-1"): lots for name, lots in leg["executions"]}
        order.note_way(leg_order)
        order.leg_orders.append(leg_order)
        desk.leg_orders[command.client_order_id] = leg_order
        desk.owner[command.client_order_id] = fields["id"]
        desk.machine.sender.netting.note(order, leg_order)


def _single_command(read: dict[str, Any]) -> OrderCommand:
    """What a single order was to send; of one that a restart overtook before that, what is left of it."""
    if read["leg_orders"]:
        return OrderCommand(*read["leg_orders"][0]["command"])
    offset = OFFSET_OPEN if read["opening"] else OFFSET_CLOSE
    side, limit, lots = read["sides"][0], read["limits"][0], read["targets"][0]
    return OrderCommand(0, read["single"][2], side, LIMIT, DAY, limit, lots, offset)


def engine_lines(desk: Desk, engine: dict[str, Any]) -> StateLines:
    """The whole engine's state: a line of its own (`EngineCore`), then the desk's."""
    lines = StateLines()
    lines.add(canonical(engine))
    add_desk(lines, desk)
    return lines


def from_version_1(text: str) -> str:
    """A state of version 1 (one JSON text, the desk's as a text within) in lines."""
    engine = json.loads(text)
    desk = json.loads(engine.pop("desk"))
    triggers, orders = desk.pop("triggers"), desk.pop("orders")
    desk["spreads"] = len(triggers)
    for trigger in triggers:
        trigger["lots"] = trigger.pop("position_lots")
    return "\n".join(canonical(fields) for fields in (engine, desk, *triggers, *orders))
