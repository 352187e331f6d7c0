"""The story of one spread order, line by line: what happened, why, what followed, and how long each step took."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from cross_market_connect.domain import records as kinds
from cross_market_connect.domain.alert import LEVEL_NAMES
from cross_market_connect.domain.order import BUY, RECEIPT_NAMES, REJECT_CLASS_NAMES
from cross_market_connect.domain.spread import LEG_STATE_NAMES, ROLE_NAMES, SPREAD_STATE_NAMES
from cross_market_connect.domain.words import counted
from cross_market_connect.journal.layout import Record

Fields = dict[str, Any]
PriceText = Callable[[str, int, int], str]
"""Symbol, ticks and calendar time to the venue's decimal text."""

EVENTS_ZH = {
    "trigger": "触发",
    "alignment": "配比",
    "reservation": "预留",
    "release": "释放",
    "refusal": "限额拒绝",
    "spread_order": "套利单",
    "new": "委托",
    "sent": "发出",
    "receipt": "回报",
    "leg_order_state": "委托状态",
    "ladder_step": "修复步骤",
    "cancel_request": "撤单请求",
    "cancel_wait": "撤单等待",
    "status_request": "查询",
    "alert": "告警",
}
NANOSECONDS_PER_MICROSECOND = 1_000


@dataclass(frozen=True)
class Line:
    """One line.

    Attributes:
        seq: the record; cause_seq: the record that caused it, 0 for an input.
        after_us: since the trigger, in microseconds.
        leg: 0 for the first leg, -1 when the line is about no single leg.
    """

    seq: int
    cause_seq: int
    after_us: float
    event: str
    leg: int
    text: str


@dataclass
class SentOrder:
    """What later lines need to know about a leg order."""

    leg: int
    symbol: str
    utc_ns: int
    sent_ns: int = 0
    answered: bool = False


class Story:
    """Collects the lines of one spread order from the records of a log, in order.

    Args:
        price_text: how a price is written; see `PriceText`.
    """

    def __init__(self, spread_order_id: int, price_text: PriceText) -> None:
        self.spread_order_id = spread_order_id
        self.price_text = price_text
        self.lines: list[Line] = []
        self.began_ns = 0
        self.began_utc_ns = 0
        self.orders: dict[int, SentOrder] = {}
        self.refused_ns = 0

    def add(self, record: Record) -> None:
        """Take in one record; those of other spread orders are passed over."""
        if record.kind not in WRITERS:
            return
        fields = record.fields()
        if record.kind == kinds.SENT:
            order = self.orders.get(integer(fields, "client_order_id"))
            if order is not None:
                self._sent(record, fields, order)
            return
        if fields["spread_order_id"] != self.spread_order_id:
            return
        if not self.began_ns:
            self.began_ns = int(record.now_ns)
        leg = integer(fields, "leg") if "leg" in fields else -1
        self._line(record, int(record.now_ns), leg, WRITERS[int(record.kind)](self, record, fields))

    def _line(self, record: Record, at_ns: int, leg: int, text: str) -> None:
        after_us = (at_ns - self.began_ns) / NANOSECONDS_PER_MICROSECOND
        self.lines.append(Line(int(record.seq), int(record.cause_seq), round(after_us, 1), record.event(), leg, text))

    def _sent(self, record: Record, fields: Fields, order: SentOrder) -> None:
        order.sent_ns = integer(fields, "sent_ns")
        decided_us = (order.sent_ns - int(record.now_ns)) / NANOSECONDS_PER_MICROSECOND
        text = f"order {fields['client_order_id']}, {decided_us:.1f} us after its input was read"
        if self.refused_ns:
            refused_us = (order.sent_ns - self.refused_ns) / NANOSECONDS_PER_MICROSECOND
            text += f", {refused_us:.1f} us after the refusal"
            self.refused_ns = 0
        self._line(record, order.sent_ns, order.leg, text)

    # One writer per kind of record.

    def trigger(self, record: Record, fields: Fields) -> str:
        value, threshold = integer(fields, "value_e9") / 1e9, integer(fields, "threshold_e9") / 1e9
        age_ms = integer(fields, "oldest_quote_age_ns") / 1e6
        return (
            f"{fields['rule']}: value {value:.4f}, threshold {threshold:.4f}, oldest quote {age_ms:.1f} ms; "
            f"{fields['quotes']}"
        )

    def alignment(self, record: Record, fields: Fields) -> str:
        error = integer(fields, "hedge_error_e4") / 1e4
        tolerance = integer(fields, "tolerance_e4") / 1e4
        return f"{fields['quantities']} lots; hedge error {error:,.0f} of {tolerance:,.0f} allowed"

    def reservation(self, record: Record, fields: Fields) -> str:
        naked = integer(fields, "naked_worst_e4") / 1e4
        note = f"; {fields['limits']}" if fields.get("limits") else ""
        return f"{counted(integer(fields, 'reserved_lots'), 'lot')}, worst naked value {naked:,.0f}{note}"

    def refusal(self, record: Record, fields: Fields) -> str:
        return f"limit {fields['limit_name']}: {fields['observed']} against {fields['limit']}"

    def spread_order(self, record: Record, fields: Fields) -> str:
        before = SPREAD_STATE_NAMES[integer(fields, "state_before")]
        after = SPREAD_STATE_NAMES[integer(fields, "state")]
        follow_up = f" -> {fields['follow_up']}" if fields["follow_up"] else ""
        if before == after:
            return f"{after} by {fields['strategy']}: {fields['reason']}{follow_up}"
        return f"{before} -> {after}: {fields['reason']}{follow_up}"

    def leg_order(self, record: Record, fields: Fields) -> str:
        symbol, utc_ns = str(fields["instrument"]), integer(fields, "decision_utc_ns")
        self.began_utc_ns = self.began_utc_ns or utc_ns
        self.orders[integer(fields, "client_order_id")] = SentOrder(integer(fields, "leg"), symbol, utc_ns)
        side = "buy" if fields["side"] == BUY else "sell"
        price = self.price_text(symbol, integer(fields, "limit_price_ticks"), utc_ns)
        return (
            f"order {fields['client_order_id']}: {side} {fields['quantity_lots']} {symbol} at {price}, "
            f"{ROLE_NAMES[integer(fields, 'role')]}, account {fields['account']}"
        )

    def receipt(self, record: Record, fields: Fields) -> str:
        order = self.orders.get(integer(fields, "client_order_id"))
        text = f"order {fields['client_order_id']}: {RECEIPT_NAMES[integer(fields, 'receipt')]}"
        if integer(fields, "counted_lots") and order is not None:
            price = self.price_text(order.symbol, integer(fields, "last_ticks"), order.utc_ns)
            text += f" {fields['counted_lots']} at {price}"
        elif integer(fields, "last_lots"):
            text += f", {counted(integer(fields, 'last_lots'), 'lot')} known before"
        if integer(fields, "reject_class"):
            self.refused_ns = int(record.now_ns)
            text += f", {REJECT_CLASS_NAMES[integer(fields, 'reject_class')]}: {fields['venue_text']}"
        if order is not None and order.sent_ns and not order.answered:
            order.answered = True
            text += f" ({(int(record.now_ns) - order.sent_ns) / NANOSECONDS_PER_MICROSECOND:.1f} us after the send)"
        return text

    def leg_order_state(self, record: Record, fields: Fields) -> str:
        before = LEG_STATE_NAMES[integer(fields, "state_before")]
        return f"order {fields['client_order_id']}: {before} -> {LEG_STATE_NAMES[integer(fields, 'state')]}"

    def ladder_step(self, record: Record, fields: Fields) -> str:
        attempt = integer(fields, "attempt") + 1
        behind = counted(integer(fields, "deficit_lots"), "lot")
        return f"{fields['event']}, attempt {attempt}, {behind} behind: {fields['reason']}"

    def cancel_request(self, record: Record, fields: Fields) -> str:
        return f"order {fields['original_client_order_id']} as {fields['client_order_id']}: {fields['reason']}"

    def status_request(self, record: Record, fields: Fields) -> str:
        return f"order {fields['client_order_id']}: {fields['reason']}"

    def alert(self, record: Record, fields: Fields) -> str:
        return f"{LEVEL_NAMES[integer(fields, 'level')]}: {fields['text_en']}"


Writer = Callable[[Story, Record, Fields], str]
WRITERS: dict[int, Writer] = {
    int(kinds.TRIGGER): Story.trigger,
    int(kinds.ALIGNMENT): Story.alignment,
    int(kinds.RESERVATION): Story.reservation,
    int(kinds.RELEASE): Story.reservation,
    int(kinds.REFUSAL): Story.refusal,
    int(kinds.SPREAD_ORDER): Story.spread_order,
    int(kinds.LEG_ORDER): Story.leg_order,
    int(kinds.RECEIPT): Story.receipt,
    int(kinds.LEG_ORDER_STATE): Story.leg_order_state,
    int(kinds.LADDER_STEP): Story.ladder_step,
    int(kinds.CANCEL_REQUEST): Story.cancel_request,
    int(kinds.CANCEL_WAIT): Story.status_request,
    int(kinds.STATUS_REQUEST): Story.status_request,
    int(kinds.ALERT): Story.alert,
    int(kinds.SENT): Story.status_request,
}


def tell(records: Iterable[Record], spread_order_id: int, price_text: PriceText) -> Story:
    """Read a log and collect one spread order's lines; none when no record is about it."""
    story = Story(spread_order_id, price_text)
    for record in records:
        story.add(record)
    return story


def integer(fields: Fields, name: str) -> int:
    """An integer field."""
    value = fields[name]
    return value if isinstance(value, int) else 0


def event_label(event: str, language: str) -> str:
    """What an event is called in the language."""
    return EVENTS_ZH.get(event, event) if language == "zh" else event
