"""What a log says in numbers: how spread orders ended, what was refused and repaired, and how long it took."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from cross_market_connect.audit.names import names_of
from cross_market_connect.domain.order import RECEIPT_REJECTED
from cross_market_connect.domain.records import (
    CONFIGURATION,
    LADDER_STEP,
    LEG_ORDER,
    RECEIPT,
    SENT,
    SPREAD_ORDER,
    TRIGGER,
)
from cross_market_connect.domain.spread import (
    CANCELLED,
    COMPLETE,
    HALTED,
    PROPOSED,
    REFUSED,
    RESIDUAL,
    ROLE_CHASE,
    ROLE_INITIAL,
    ROLE_RETRY,
    STEP_CHASE,
    STEP_RETRY,
    UNWOUND,
)
from cross_market_connect.journal.layout import Record

ENDS = {
    int(COMPLETE): "complete",
    int(UNWOUND): "unwound",
    int(CANCELLED): "cancelled",
    int(RESIDUAL): "residual",
    int(HALTED): "halted",
}
NANOSECONDS_PER_MICROSECOND = 1_000


@dataclass
class SpreadOrderFacts:
    """What the records say about one spread order.

    Attributes:
        spread: of which spread it is; empty for a single order by hand.
        trigger_ns: monotonic time of the quote that triggered it.
        initial: client order ids of the orders sent at once, one per leg.
        sent_ns: by client order id, when its last byte was handed to the kernel.
        answers: for each refusal that was answered, its time and the client order ids of the answer.
        refused_ns: time of the refusal that the next order answers; 0 when none is open.
    """

    state: int = int(PROPOSED)
    spread: str = ""
    trigger_ns: int = 0
    re_ordered: bool = False
    initial: list[int] = field(default_factory=list)
    sent_ns: dict[int, int] = field(default_factory=dict)
    answers: list[tuple[int, int]] = field(default_factory=list)
    refused_ns: int = 0


@dataclass
class Summary:
    """Counts and latency samples of one log."""

    orders: dict[int, SpreadOrderFacts]
    rejects: int = 0
    reorders: int = 0

    def count(self, end: str) -> int:
        """Spread orders that ended so."""
        return sum(ENDS.get(order.state) == end for order in self.orders.values())

    def as_fields(self) -> dict[str, Any]:
        """The summary as plain values. Refused spread orders sent nothing and are counted apart."""
        orders = self.orders.values()
        refused = sum(order.state == REFUSED for order in orders)
        return {
            "spread_orders": len(self.orders) - refused,
            **{end: self.count(end) for end in ENDS.values()},
            "repaired": sum(order.state == COMPLETE and order.re_ordered for order in orders),
            "refused": refused,
            "open": sum(order.state != REFUSED and order.state not in ENDS for order in orders),
            "rejects": self.rejects,
            "reorders": self.reorders,
            "latency_us": self.latencies(),
        }

    def by_spread(self, names: Sequence[str]) -> dict[str, dict[str, int]]:
        """For each of these spreads how its orders ended, whatever place in its configuration each had then."""
        found: dict[str, dict[str, int]] = {}
        for name in names:
            own = Summary({key: order for key, order in self.orders.items() if order.spread == name})
            fields = own.as_fields()
            found[name] = {key: fields[key] for key in ("spread_orders", *ENDS.values(), "repaired")}
        return found

    def latencies(self) -> dict[str, dict[str, float | None]]:
        """Microseconds: from the triggering quote to the last first order's bytes, from a refusal to the next order's
        bytes, and from the first to the last leg's bytes."""
        tick: list[int] = []
        gap: list[int] = []
        answer: list[int] = []
        for order in self.orders.values():
            sent = [order.sent_ns[number] for number in order.initial if number in order.sent_ns]
            if len(sent) == len(order.initial) and len(sent) > 1:
                tick.append(max(sent) - order.trigger_ns)
                gap.append(max(sent) - min(sent))
            answer += [order.sent_ns[number] - at for at, number in order.answers if number in order.sent_ns]
        return {"tick_to_orders": figures(tick), "reject_to_next_action": figures(answer), "leg_gap": figures(gap)}


def figures(samples_ns: list[int]) -> dict[str, float | None]:
    """Median, 99th percentile (nearest rank) and largest of the samples, in microseconds; None without samples."""
    ordered = sorted(samples_ns)
    return {"p50": rank(ordered, 50), "p99": rank(ordered, 99), "max": rank(ordered, 100)}


def rank(ordered_ns: list[int], percent: int) -> float | None:
    """The smallest sample that at least `percent` of the samples do not exceed, in microseconds."""
    if not ordered_ns:
        return None
    position = -(-len(ordered_ns) * percent // 100) - 1
    return round(ordered_ns[max(position, 0)] / NANOSECONDS_PER_MICROSECOND, 1)


class Summarizer:
    """Builds a summary record by record, so that a running engine's log can be summed up as it grows."""

    def __init__(self) -> None:
        self.summary = Summary({})
        self.owners: dict[int, SpreadOrderFacts] = {}
        self.spreads: list[str] = []

    def add(self, record: Record) -> None:
        """Take in the next record."""
        if record.kind == CONFIGURATION:
            self.spreads = names_of(str(record.fields()["configuration"]))["spread_index"]
        elif record.kind == SENT:
            fields = record.fields()
            owner = self.owners.get(number(fields, "client_order_id"))
            if owner is not None:
                owner.sent_ns[number(fields, "client_order_id")] = number(fields, "sent_ns")
        elif record.kind in (TRIGGER, SPREAD_ORDER, LEG_ORDER, LADDER_STEP, RECEIPT):
            self._note(record)

    def _note(self, record: Record) -> None:
        """Take in one record about a spread order."""
        fields = record.fields()
        order_id = number(fields, "spread_order_id")
        if order_id == 0:
            return
        order = self.summary.orders.setdefault(order_id, SpreadOrderFacts())
        if record.kind == TRIGGER:
            order.trigger_ns = int(record.now_ns)
        elif record.kind == SPREAD_ORDER:
            order.state = number(fields, "state")
            index = number(fields, "spread_index")
            order.spread = self.spreads[index] if 0 <= index < len(self.spreads) else ""
        elif record.kind == LADDER_STEP:
            order.re_ordered = order.re_ordered or number(fields, "step") in (STEP_RETRY, STEP_CHASE)
        elif record.kind == LEG_ORDER:
            self._note_order(order, fields)
        elif fields["receipt"] == RECEIPT_REJECTED and fields["duplicate"] == 0:
            self.summary.rejects += 1
            order.refused_ns = int(record.now_ns)

    def _note_order(self, order: SpreadOrderFacts, fields: dict[str, int | str | bytes]) -> None:
        client_order_id, role = number(fields, "client_order_id"), number(fields, "role")
        self.owners[client_order_id] = order
        if role == ROLE_INITIAL:
            order.initial.append(client_order_id)
        elif order.refused_ns:
            order.answers.append((order.refused_ns, client_order_id))
            order.refused_ns = 0
        self.summary.reorders += role in (ROLE_RETRY, ROLE_CHASE)


def summarize(records: Iterable[Record]) -> Summary:
    """Read a log once and count."""
    summarizer = Summarizer()
    for record in records:
        summarizer.add(record)
    return summarizer.summary


def number(fields: dict[str, int | str | bytes], name: str) -> int:
    """An integer field."""
    value = fields[name]
    return value if isinstance(value, int) else 0
