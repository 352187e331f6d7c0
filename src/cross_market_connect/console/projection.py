"""From log records to the rows that the page shows: spread orders with their legs and story, alerts, activity.

Theory of operation. The log is the only source: `apply` folds one record after the other and reads nothing else, so the
page after a restart of the console equals the page before. A record belongs to a spread order by its `spread_order_id`,
or by the client order id that an earlier `new` record introduced. Indexes mean what the configuration record before
says; when the next run's configuration numbers things otherwise, the rows follow, as the page's description does.
History is bounded: when a list is full its oldest entry leaves, the log keeps everything.

Quantities come from `counted_lots`, what the engine itself counted of a receipt (duplicates count zero). A leg's filled
lots are net, in the spread order's own direction: fills of unwind orders are subtracted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from cross_market_connect.audit.names import INDEX_FIELDS, names_of
from cross_market_connect.console.log import LogRecord
from cross_market_connect.domain import records as kinds
from cross_market_connect.domain.alert import LEVEL_NAMES
from cross_market_connect.domain.order import BUY, RECEIPT_NAMES, REJECT_CLASS_NAMES, STATUS_NAMES
from cross_market_connect.domain.records import RECORD_TABLE
from cross_market_connect.domain.spread import (
    LEG_STATE_NAMES,
    REFUSED,
    ROLE_INITIAL,
    ROLE_NAMES,
    ROLE_UNWIND,
    SPREAD_STATE_NAMES,
    STEP_NAMES,
)

ORDERS_KEPT_MAX: Final = 500
STORY_LINES_MAX: Final = 400
ALERTS_KEPT_MAX: Final = 300
ACTIVITY_KEPT_MAX: Final = 300

# Index of what the configuration in force does not have.
NOTHING: Final = -1

Field = int | str | bytes

# What is shown as the engine's activity, beside spread orders and alerts.
_ACTIVITY_KINDS: Final = tuple(
    int(kind)
    for kind in (kinds.GATE, kinds.CONNECTION, kinds.SESSION_EVENT, kinds.FEED_EVENT, kinds.OPERATOR, kinds.RESTART)
)

# States in which a spread order needs nothing more; `halted` waits for a person and stays open on the page.
ENDED_STATES: Final = frozenset({"refused", "complete", "cancelled", "unwound", "residual"})


class StoryLine(msgspec.Struct, frozen=True):
    """One audit line: what happened, when, and its fields with codes replaced by names."""

    seq: int
    cause_seq: int
    utc_ns: int
    now_ns: int
    event: str
    fields: dict[str, int | str]


class LegRow(msgspec.Struct):
    """One leg of a spread order. `price_ticks` is the volume-weighted fill price in the order's own direction."""

    leg: int
    instrument_index: int
    side: str
    target_lots: int = 0
    filled_lots: int = 0
    price_ticks: float | None = None
    limit_price_ticks: int = 0
    state: str = "idle"
    orders: int = 0
    reject_class: str = ""


class RepairRow(msgspec.Struct, frozen=True):
    """One step of the repair ladder as it was taken."""

    now_ns: int
    leg: int
    step: str
    attempt: int
    deficit_lots: int
    reason: str


class OrderRow(msgspec.Struct):
    """One spread order. `changed_seq` is the last record that changed it: a viewer asks for what it has not seen."""

    spread_order_id: int
    spread_index: int
    direction: int
    opening: bool
    state: str
    started_ns: int
    started_utc_ns: int
    changed_ns: int
    changed_seq: int
    value: float | None = None
    threshold: float | None = None
    reason: str = ""
    reaction_ns: int | None = None
    legs: list[LegRow] = []
    repairs: list[RepairRow] = []
    alert_level: str = ""


class Story(msgspec.Struct, frozen=True):
    """One spread order with its audit lines; `dropped_lines` more are in the log only."""

    order: OrderRow
    lines: list[StoryLine]
    dropped_lines: int


class AlertRow(msgspec.Struct, frozen=True):
    """One alert, in both languages as the log holds it."""

    seq: int
    alert_id: int
    level: str
    code: str
    spread_order_id: int
    utc_ns: int
    text_en: str
    text_zh: str
    deadline_ns: int


class _LegOrder:
    """What is needed of one leg order to fold its receipts."""

    def __init__(self, order_id: int, leg: int, role: int) -> None:
        self.order_id = order_id
        self.leg = leg
        self.role = role


class _Order:
    """A row with what stays behind it."""

    def __init__(self, row: OrderRow) -> None:
        self.row = row
        self.story: list[StoryLine] = []
        self.dropped_lines = 0
        self.client_order_ids: list[int] = []
        self.traded_lots: dict[int, int] = {}
        self.traded_ticks: dict[int, int] = {}


def _integer(fields: dict[str, Field], name: str) -> int:
    value = fields[name]
    return value if isinstance(value, int) else 0


def _text(fields: dict[str, Field], name: str) -> str:
    value = fields[name]
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _name(names: tuple[str, ...], code: int) -> str:
    return names[code] if 0 <= code < len(names) else f"code {code}"


_CODES: Final[dict[str, tuple[str, ...]]] = {
    "receipt": RECEIPT_NAMES,
    "status": STATUS_NAMES,
    "reject_class": REJECT_CLASS_NAMES,
    "role": ROLE_NAMES,
    "step": STEP_NAMES,
    "level": LEVEL_NAMES,
}
_STATE_NAMES: Final[dict[int, tuple[str, ...]]] = {
    int(kinds.SPREAD_ORDER): SPREAD_STATE_NAMES,
    int(kinds.LEG_ORDER_STATE): LEG_STATE_NAMES,
}


def named_fields(record: LogRecord) -> dict[str, int | str]:
    """A record's fields with codes replaced by their names, ready for a person."""
    result: dict[str, int | str] = {}
    states = _STATE_NAMES.get(record.kind)
    for name, value in record.fields.items():
        if isinstance(value, bytes):
            result[name] = value.decode("utf-8", "replace")
        elif isinstance(value, str):
            result[name] = value
        elif name in _CODES:
            result[name] = _name(_CODES[name], value)
        elif states is not None and name in ("state", "state_before"):
            result[name] = _name(states, value)
        elif name == "side":
            result[name] = "buy" if value == BUY else "sell"
        else:
            result[name] = value
    return result


class Projection:
    """The rows, folded from the log.

    Args:
        speed_milli: calendar seconds per 1,000 monotonic seconds, to give a record without calendar time one.
    """

    def __init__(self, speed_milli: int = 1000) -> None:
        self.speed_milli = speed_milli
        self.last_seq = 0
        self.alerts: list[AlertRow] = []
        self.activity: list[StoryLine] = []
        self._orders: dict[int, _Order] = {}
        self._leg_orders: dict[int, _LegOrder] = {}
        self._anchor = (0, 0)
        self._names: dict[str, list[str]] = {}
        self._handlers: dict[int, Callable[[LogRecord], None]] = {
            int(kinds.CONFIGURATION): self._on_configuration,
            int(kinds.CLOCK_SAMPLE): self._on_clock,
            int(kinds.TRIGGER): self._on_trigger,
            int(kinds.SPREAD_ORDER): self._on_spread_order,
            int(kinds.REFUSAL): self._on_refusal,
            int(kinds.LEG_ORDER): self._on_new,
            int(kinds.RECEIPT): self._on_receipt,
            int(kinds.LEG_ORDER_STATE): self._on_leg_state,
            int(kinds.LADDER_STEP): self._on_ladder_step,
            int(kinds.ALERT): self._on_alert,
            int(kinds.SENT): self._on_sent,
        }
        for kind in _ACTIVITY_KINDS:
            self._handlers[kind] = self._on_activity

    def observe_clock(self, now_ns: int, utc_ns: int) -> None:
        """Another reading of both clocks, from the page or the log."""
        self._anchor = (now_ns, utc_ns)

    def utc_ns(self, now_ns: int) -> int:
        """Calendar time of a monotonic one, from the nearest reading of both clocks; 0 before the first."""
        anchor_now_ns, anchor_utc_ns = self._anchor
        if not anchor_utc_ns:
            return 0
        return anchor_utc_ns + (now_ns - anchor_now_ns) * self.speed_milli // 1000

    def apply(self, record: LogRecord) -> None:
        """Fold one record. Kinds that the page does not show change nothing."""
        self.last_seq = record.seq
        handler = self._handlers.get(record.kind)
        if handler is not None:
            handler(record)
        self._tell(record)

    def rows(self, since_seq: int = 0) -> list[OrderRow]:
        """Spread orders changed after record `since_seq`, oldest first."""
        return [order.row for order in self._orders.values() if order.row.changed_seq > since_seq]

    def story(self, spread_order_id: int) -> Story | None:
        """The audit lines of one spread order in the log's order; None when it is not kept."""
        order = self._orders.get(spread_order_id)
        return None if order is None else Story(order.row, list(order.story), order.dropped_lines)

    # Folding, one record kind each.

    def _on_configuration(self, record: LogRecord) -> None:
        before, self._names = self._names, names_of(_text(record.fields, "configuration"))
        if before and before != self._names:
            for order in self._orders.values():
                row = order.row
                row.spread_index = self._renumbered(before, "spread_index", row.spread_index)
                for leg in row.legs:
                    leg.instrument_index = self._renumbered(before, "instrument_index", leg.instrument_index)
                for line in order.story:
                    self._renumber_line(before, line)
                self._touch(order, record)
            for line in self.activity:
                self._renumber_line(before, line)

    def _renumbered(self, before: dict[str, list[str]], field: str, index: int) -> int:
        """The index of the same thing now; NOTHING when it is not there any more."""
        if not 0 <= index < len(before[field]):
            return index
        name = before[field][index]
        return self._names[field].index(name) if name in self._names[field] else NOTHING

    def _renumber_line(self, before: dict[str, list[str]], line: StoryLine) -> None:
        """What is not there any more is called by its name from here on."""
        for field in INDEX_FIELDS:
            index = line.fields.get(field)
            if isinstance(index, int):
                now = self._renumbered(before, field, index)
                line.fields[field] = before[field][index] if now == NOTHING and index != NOTHING else now

    def _on_clock(self, record: LogRecord) -> None:
        self.observe_clock(_integer(record.fields, "monotonic_ns"), _integer(record.fields, "utc_ns"))

    def _on_trigger(self, record: LogRecord) -> None:
        order = self._order(record)
        row = order.row
        row.direction = _integer(record.fields, "direction")
        row.opening = bool(_integer(record.fields, "opening"))
        row.spread_index = _integer(record.fields, "spread_index")
        row.value = _integer(record.fields, "value_e9") / 1e9
        row.threshold = _integer(record.fields, "threshold_e9") / 1e9
        row.started_ns = record.now_ns
        self._touch(order, record)

    def _on_spread_order(self, record: LogRecord) -> None:
        order = self._order(record)
        row = order.row
        row.spread_index = _integer(record.fields, "spread_index")
        row.direction = _integer(record.fields, "direction")
        row.opening = bool(_integer(record.fields, "opening"))
        row.state = _name(SPREAD_STATE_NAMES, _integer(record.fields, "state"))
        row.reason = _text(record.fields, "reason")
        self._touch(order, record)

    def _on_refusal(self, record: LogRecord) -> None:
        order = self._orders.get(_integer(record.fields, "spread_order_id"))
        if order is not None:
            order.row.state = SPREAD_STATE_NAMES[REFUSED]
            order.row.reason = _text(record.fields, "reason")
            self._touch(order, record)

    def _on_new(self, record: LogRecord) -> None:
        fields = record.fields
        self.observe_clock(record.now_ns, _integer(fields, "decision_utc_ns"))
        order = self._order(record)
        order.row.started_utc_ns = self.utc_ns(order.row.started_ns)
        leg = self._leg(order.row, fields)
        role = _integer(fields, "role")
        if role == ROLE_INITIAL:
            leg.target_lots += _integer(fields, "quantity_lots")
            leg.side = "buy" if _integer(fields, "side") == BUY else "sell"
        leg.limit_price_ticks = _integer(fields, "limit_price_ticks")
        leg.orders += 1
        leg.state = "idle"
        client_order_id = _integer(fields, "client_order_id")
        self._leg_orders[client_order_id] = _LegOrder(order.row.spread_order_id, leg.leg, role)
        order.client_order_ids.append(client_order_id)
        self._touch(order, record)

    def _on_receipt(self, record: LogRecord) -> None:
        fields = record.fields
        known = self._leg_orders.get(_integer(fields, "client_order_id"))
        order = None if known is None else self._orders.get(known.order_id)
        if known is None or order is None:
            return
        leg = next(each for each in order.row.legs if each.leg == known.leg)
        reject_class = _integer(fields, "reject_class")
        if reject_class:
            leg.reject_class = _name(REJECT_CLASS_NAMES, reject_class)
        counted = _integer(fields, "counted_lots")
        if counted and known.role == ROLE_UNWIND:
            leg.filled_lots -= counted
        elif counted:
            leg.filled_lots += counted
            lots = order.traded_lots.get(leg.leg, 0) + counted
            ticks = order.traded_ticks.get(leg.leg, 0) + counted * _integer(fields, "last_ticks")
            order.traded_lots[leg.leg], order.traded_ticks[leg.leg] = lots, ticks
            leg.price_ticks = ticks / lots if lots else None
        self._touch(order, record)

    def _on_leg_state(self, record: LogRecord) -> None:
        order = self._orders.get(_integer(record.fields, "spread_order_id"))
        if order is None:
            return
        for leg in order.row.legs:
            if leg.leg == _integer(record.fields, "leg"):
                leg.state = _name(LEG_STATE_NAMES, _integer(record.fields, "state"))
        self._touch(order, record)

    def _on_ladder_step(self, record: LogRecord) -> None:
        order = self._orders.get(_integer(record.fields, "spread_order_id"))
        if order is None or len(order.row.repairs) >= STORY_LINES_MAX:
            return
        order.row.repairs.append(
            RepairRow(
                record.now_ns,
                _integer(record.fields, "leg"),
                _name(STEP_NAMES, _integer(record.fields, "step")),
                _integer(record.fields, "attempt"),
                _integer(record.fields, "deficit_lots"),
                _text(record.fields, "reason"),
            )
        )
        self._touch(order, record)

    def _on_alert(self, record: LogRecord) -> None:
        fields = record.fields
        level = _name(LEVEL_NAMES, _integer(fields, "level"))
        self.alerts.append(
            AlertRow(
                record.seq,
                _integer(fields, "alert_id"),
                level,
                _text(fields, "code"),
                _integer(fields, "spread_order_id"),
                self.utc_ns(record.now_ns),
                _text(fields, "text_en"),
                _text(fields, "text_zh"),
                _integer(fields, "deadline_ns"),
            )
        )
        del self.alerts[:-ALERTS_KEPT_MAX]
        order = self._orders.get(_integer(fields, "spread_order_id"))
        if order is not None:
            order.row.alert_level = max(level, order.row.alert_level or level, key=LEVEL_NAMES.index)
            self._touch(order, record)

    def _on_sent(self, record: LogRecord) -> None:
        known = self._leg_orders.get(_integer(record.fields, "client_order_id"))
        order = None if known is None else self._orders.get(known.order_id)
        if order is not None and known is not None and known.role == ROLE_INITIAL:
            reaction_ns = _integer(record.fields, "sent_ns") - order.row.started_ns
            order.row.reaction_ns = max(reaction_ns, order.row.reaction_ns or 0)
            self._touch(order, record)

    def _on_activity(self, record: LogRecord) -> None:
        self.activity.append(self._line(record))
        del self.activity[:-ACTIVITY_KEPT_MAX]

    # What the handlers share.

    def _order(self, record: LogRecord) -> _Order:
        order_id = _integer(record.fields, "spread_order_id")
        order = self._orders.get(order_id)
        if order is None:
            row = OrderRow(order_id, 0, 0, True, "proposed", record.now_ns, self.utc_ns(record.now_ns), 0, 0)
            order = _Order(row)
            self._orders[order_id] = order
            self._forget_oldest()
        return order

    def _leg(self, row: OrderRow, fields: dict[str, Field]) -> LegRow:
        number = _integer(fields, "leg")
        for leg in row.legs:
            if leg.leg == number:
                return leg
        leg = LegRow(number, _integer(fields, "instrument_index"), "buy" if _integer(fields, "side") == BUY else "sell")
        row.legs.append(leg)
        row.legs.sort(key=lambda each: each.leg)
        return leg

    def _touch(self, order: _Order, record: LogRecord) -> None:
        order.row.changed_seq = record.seq
        if record.kind != kinds.CONFIGURATION:
            order.row.changed_ns = record.now_ns

    def _tell(self, record: LogRecord) -> None:
        order_id = record.fields.get("spread_order_id")
        if order_id is None and "client_order_id" in record.fields:
            known = self._leg_orders.get(_integer(record.fields, "client_order_id"))
            order_id = None if known is None else known.order_id
        order = self._orders.get(order_id) if isinstance(order_id, int) else None
        if order is None:
            return
        if len(order.story) < STORY_LINES_MAX:
            order.story.append(self._line(record))
        else:
            order.dropped_lines += 1

    def _line(self, record: LogRecord) -> StoryLine:
        event = RECORD_TABLE[record.kind][0] if record.kind in RECORD_TABLE else f"kind {record.kind}"
        utc_ns = self.utc_ns(record.now_ns)
        return StoryLine(record.seq, record.cause_seq, utc_ns, record.now_ns, event, named_fields(record))

    def _forget_oldest(self) -> None:
        if len(self._orders) <= ORDERS_KEPT_MAX:
            return
        ended = (key for key, order in self._orders.items() if order.row.state in ENDED_STATES)
        oldest = next(ended, next(iter(self._orders)))
        for client_order_id in self._orders.pop(oldest).client_order_ids:
            self._leg_orders.pop(client_order_id, None)
