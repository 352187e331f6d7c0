"""A history as a story to read: when, who, what, why; both ends of each order, and what was made to go wrong.

One line per happening. `***` marks what the plan did on purpose. The engine's lines come from its records; the venues'
lines come from their ledgers, so a fill shows twice: when it happened and when the engine heard of it.
"""

from __future__ import annotations

from typing import Any, Final

from cross_market_connect.domain.order import (
    RECEIPT_NAMES,
    REJECT_CLASS_NAMES,
    STATUS_NAMES,
    STATUS_REJECTED,
)
from cross_market_connect.domain.records import (
    ALERT,
    CANCEL_REQUEST,
    CANCEL_WAIT,
    CONNECTION,
    GATE,
    LADDER_STEP,
    LEG_ORDER,
    LEG_ORDER_STATE,
    OPERATOR,
    RECEIPT,
    REFUSAL,
    RELEASE,
    RESERVATION,
    RESTART,
    SPREAD_ORDER,
    STATUS_REQUEST,
    TRIGGER,
    decode_payload,
)
from cross_market_connect.domain.spread import LEG_STATE_NAMES, ROLE_NAMES, SPREAD_STATE_NAMES, STEP_NAMES
from cross_market_connect.domain.words import counted
from cross_market_connect.matching.orders import REASON_NAMES, ExchangeOrder
from cross_market_connect.simulation.misfortune import Act
from cross_market_connect.venues.simulated.faults import FAULT_NAMES, MESSAGE_NAMES, FaultRule

# What a record says, by kind: its fields fill the text, with names for the numbers that have one.
TEXTS: Final[dict[int, str]] = {
    int(CONNECTION): "source {source} {connected_word} {reason}",
    int(OPERATOR): "operator {user}: {command} {reason}",
    int(RESTART): "RESTART, epoch {epoch}, after record {recovered_record}",
    int(GATE): "spread {spread_index}: blocked by {gate} ({observed} against {limit}) {reason}",
    int(TRIGGER): "spread {spread_index}: order {spread_order_id} wanted, {rule}",
    int(RESERVATION): "order {spread_order_id}: reserved, {reserved_lots} lots",
    int(RELEASE): "order {spread_order_id}: released",
    int(REFUSAL): "order {spread_order_id}: refused by {limit_name} ({observed} against {limit})",
    int(SPREAD_ORDER): "order {spread_order_id}: {state_before_name} -> {state_name}: {reason}",
    int(LEG_ORDER): (
        "order {spread_order_id} leg {leg}: {role_name} {client_order_id}: {side_name} {quantity_lots} at"
        " {limit_price_ticks} by source {route}"
    ),
    int(CANCEL_REQUEST): "order {spread_order_id} leg {leg}: cancel {original_client_order_id}: {reason}",
    int(CANCEL_WAIT): "order {spread_order_id} leg {leg}: the cancel of {client_order_id} waits: {reason}",
    int(STATUS_REQUEST): "order {spread_order_id} leg {leg}: what of {client_order_id}? {reason}",
    int(RECEIPT): (
        "order {spread_order_id} leg {leg}: told of {client_order_id}: {receipt_name}, {status_name}, last {last_lots},"
        " total {cumulative_lots}, counts {counted_lots} {reject_name} {venue_text}"
    ),
    int(LADDER_STEP): (
        "order {spread_order_id} leg {leg}: {step_name}, attempt {attempt}, {deficit_lots} lots behind: {reason}"
    ),
    int(LEG_ORDER_STATE): "order {spread_order_id} leg {leg}: {client_order_id} is {leg_state_name}: {reason}",
    int(ALERT): "ALERT {code}: {text_en}",
}


class Trace:
    """Collects the lines of one history.

    Args:
        start_ns: the world's beginning, from which times are told.
    """

    def __init__(self, start_ns: int) -> None:
        self.start_ns = start_ns
        self.lines: list[str] = []
        self._seen: dict[tuple[int, bytes], tuple[int, int]] = {}

    def say(self, now_ns: int, who: str, what: str) -> None:
        """One line."""
        self.lines.append(f"{(now_ns - self.start_ns) / 1e6:10.3f} ms  {who:<8} {what}".rstrip())

    def record(self, kind: int, now_ns: int, payload: bytes) -> None:
        """The engine writes a record."""
        text = TEXTS.get(kind)
        if text is not None:
            self.say(now_ns, "engine", " ".join(text.format(**_named(kind, decode_payload(kind, payload))).split()))

    def act(self, now_ns: int, act: Act) -> None:
        """Something is done on purpose."""
        self.say(now_ns, "***", f"{act.kind} (venue {act.target}, {act.a}, {act.b})")

    def rule(self, venue: int, rule: FaultRule) -> None:
        """A rule that the venue will follow."""
        times = counted(int(rule.times), "time")
        what = f"{FAULT_NAMES[rule.kind]} of {MESSAGE_NAMES[rule.message]} {rule.first}, {times}"
        why = f" as {REASON_NAMES[rule.reason]}" if rule.reason else ""
        late = f", {rule.delay_ns // 1_000_000} ms" if rule.delay_ns else ""
        self.say(self.start_ns, "***", f"venue {venue}: {what}{why}{late}")

    def quote(self, now_ns: int, venue: int, bids: object, asks: object) -> None:
        """A market's book is replaced."""
        self.say(now_ns, f"venue {venue}", f"quotes {bids} {asks}")

    def venue(self, now_ns: int, venue: int, order: ExchangeOrder) -> None:
        """One of our orders as the venue has it, when that is new."""
        state = (int(order.status), int(order.cumulative_lots))
        if self._seen.get((venue, order.client_id)) == state:
            return
        self._seen[(venue, order.client_id)] = state
        why = f" ({REASON_NAMES[order.reason]})" if order.status == STATUS_REJECTED or order.reason else ""
        name = order.client_id.decode()
        self.say(
            now_ns,
            f"venue {venue}",
            f"{name}: {STATUS_NAMES[order.status]}{why}, {order.cumulative_lots} of {order.quantity_lots} filled",
        )


def _named(kind: int, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields, with names for the numbers that have one."""
    named = dict(fields)
    if kind == SPREAD_ORDER:
        named["state_before_name"] = SPREAD_STATE_NAMES[fields["state_before"]]
        named["state_name"] = SPREAD_STATE_NAMES[fields["state"]]
    elif kind == LEG_ORDER:
        named["role_name"] = ROLE_NAMES[fields["role"]]
        named["side_name"] = "buy" if fields["side"] > 0 else "sell"
    elif kind == LEG_ORDER_STATE:
        named["leg_state_name"] = LEG_STATE_NAMES[fields["state"]]
    elif kind == RECEIPT:
        named["receipt_name"] = RECEIPT_NAMES[fields["receipt"]]
        named["status_name"] = STATUS_NAMES[fields["status"]]
        named["reject_name"] = REJECT_CLASS_NAMES[fields["reject_class"]] if fields["reject_class"] > 0 else ""
    elif kind == LADDER_STEP:
        named["step_name"] = STEP_NAMES[fields["step"]]
    elif kind == CONNECTION:
        named["connected_word"] = "connected" if fields["connected"] else "lost"
    return named
