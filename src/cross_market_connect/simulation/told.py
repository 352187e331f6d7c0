"""What the engine was told about its orders, read from the raw bytes that it received: a second opinion.

The oracles must not believe the engine's own counting, so this reads the FIX messages in the log's stream bytes with a
parser of its own and keeps, per order, what a careful reader knows: the largest cumulative quantity stated, whether an
end was stated, and whether fills came after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SOH: Final = b"\x01"
TRAILER: Final = SOH + b"10="
# OrdStatus (39) values after which nothing more may fill: filled, cancelled, rejected, expired.
ENDED: Final = (b"2", b"4", b"8", b"C")
# OrdStatus of an order that lives.
LIVES: Final = (b"0", b"1")
# ExecType (150) of a trade that is cancelled or corrected: the stated quantity holds, also when it is smaller.
TAKEN_BACK: Final = (b"H", b"G")
DUPLICATE_ID: Final = b"6"
# ExecType of the answer to a question: it is about the order itself, also where it repeats why that was refused.
STATUS_ANSWER: Final = b"I"
REJECTED: Final = b"8"
LOGOUT: Final = SOH + b"35=5" + SOH
# CopyMsgIndicator (797): of another session's report. Copies have numbers of their own; the venue counts executions
# (17) across all sessions.
IS_COPY: Final = SOH + b"797=Y" + SOH


@dataclass(frozen=True)
class Statement:
    """What one report says: its MsgSeqNum and execution, whether it took a trade back, the total, whether it is a
    copy."""

    number: int
    execution: int
    takes_back: bool
    lots: int
    is_copy: bool


class Order:
    """One order as the venue's messages describe it.

    Attributes:
        statements: of every report, in the order of arrival.
        cumulative: lots known to have traded. ended: an end was stated, and nothing since that it lives in spite of its
            refusal. rejected: it was refused. has_another_end: an end was stated that is no refusal.
        late_fills: reports of trades after a stated end. taken_back: a trade was cancelled or corrected.
        half_read: a run ended after it had logged what was said last and perhaps before it had acted on all of that.
        acted_on: the total that it had acted on in any case.
    """

    def __init__(self, lots: int) -> None:
        self.lots = lots
        self.statements: list[Statement] = []
        self.cumulative = 0
        self.ended = False
        self.rejected = False
        self.has_another_end = False
        self.late_fills = 0
        self.taken_back = False
        self.half_read = False
        self.acted_on = 0
        self.seen: set[bytes] = set()

    def total(self) -> int:
        """Lots by all reports: the largest since a trade was last taken back. What a gap held back arrives behind what
        its venue sent after it, so the numbers say what came first. Copies add the executions behind the order
        session's last one."""
        since, total = -1, 0
        own = [one for one in self.statements if not one.is_copy]
        for one in own:
            if one.takes_back and one.number >= since:
                since, total = one.number, one.lots
        total = max([total, *(one.lots for one in own if one.number > since and not one.takes_back)])
        last = max([0, *(one.execution for one in own)])
        copied = [one for one in self.statements if one.is_copy and one.execution > last]
        for one in sorted(copied, key=lambda one: one.execution):
            total = one.lots if one.takes_back else max(total, one.lots)
        return total

    def live_lots(self) -> int:
        """Lots that may still trade, as far as anybody said."""
        return 0 if self.ended else max(0, self.lots - self.cumulative)


class Told:
    """Every order of one engine, by its client order id.

    Attributes:
        seq: of the record whose bytes are read, set by whoever gives them.
        logged_out: sources whose venue has let us log out, or has logged us out, in their last connection.
    """

    def __init__(self) -> None:
        self.orders: dict[bytes, Order] = {}
        self.seq = 0
        self.logged_out: set[int] = set()
        self._undo: list[tuple[int, Order, int, tuple[int, bool, bool, bool, bool]]] = []
        self._partial: dict[int, bytes] = {}

    def sent(self, client_order_id: int, lots: int) -> Order:
        """An order is about to leave."""
        order = Order(lots)
        self.orders[b"%d" % client_order_id] = order
        return order

    def never_left(self, client_order_id: int, seq: int) -> None:
        """Record `seq` says that the order was not sent: like one whose end was told, it fills no more."""
        order = self.orders[b"%d" % client_order_id]
        self._keep(seq, order)
        order.ended = order.has_another_end = True

    def _keep(self, seq: int, order: Order) -> None:
        """Remember what was known, for a power cut that takes the record."""
        known = (order.cumulative, order.ended, order.rejected, order.taken_back, order.has_another_end)
        self._undo.append((seq, order, len(order.statements), known))

    def connected(self, source: int, begins: bool) -> None:
        """A connection begins or ends: what was half received is gone."""
        self._partial.pop(source, None)
        if begins:
            self.logged_out.discard(source)

    def forget_after(self, seq: int) -> None:
        """A run begins behind this record: what a power cut took of what bytes said is known to nobody any more, and no
        venue has let the new run log out."""
        self.logged_out.clear()
        while self._undo and self._undo[-1][0] > seq:
            _seq, order, count, before = self._undo.pop()
            del order.statements[count:]
            order.cumulative, order.ended, order.rejected, order.taken_back, order.has_another_end = before
        for at, order, _count, before in reversed(self._undo):
            if at != self._undo[-1][0]:
                break
            order.half_read = True
            order.acted_on = before[0]

    def received(self, source: int, data: bytes) -> list[tuple[bytes, Order]]:
        """Take in one read of an order session; the orders that it was about."""
        data = self._partial.pop(source, b"") + data
        about: list[tuple[bytes, Order]] = []
        at = 0
        while True:
            trailer = data.find(TRAILER, at)
            end = data.find(SOH, trailer + 1) if trailer >= 0 else -1
            if end < 0:
                break
            if LOGOUT in data[at:end]:
                self.logged_out.add(source)
            found = self._message(data[at:end])
            if found is not None:
                about.append(found)
            at = end + 1
        self._partial[source] = data[at:]
        return about

    def _message(self, frame: bytes) -> tuple[bytes, Order] | None:
        if SOH + b"35=8" + SOH not in frame:
            return None
        frame += SOH
        name = _value(frame, b"41") or _value(frame, b"11")
        order = self.orders.get(name)
        if order is None:
            return None
        self._keep(self.seq, order)
        order.half_read = False
        status, kind = _value(frame, b"39"), _value(frame, b"150")
        execution = _value(frame, b"17")
        takes_back = kind in TAKEN_BACK
        order.taken_back = order.taken_back or takes_back
        is_copy = IS_COPY in frame
        number = int(execution) if execution.isdigit() else 0
        order.statements.append(Statement(_number(frame, b"34"), number, takes_back, _number(frame, b"14"), is_copy))
        total = order.total()
        if total > order.cumulative and order.ended and kind == b"F" and execution not in order.seen:
            order.late_fills += 1
        order.cumulative = total
        order.seen.add(execution)
        says_nothing = status == REJECTED and _value(frame, b"103") == DUPLICATE_ID and kind != STATUS_ANSWER
        if status in ENDED and not says_nothing:
            order.ended = True
            order.rejected = order.rejected or status == REJECTED
            order.has_another_end = order.has_another_end or status != REJECTED
        elif status in LIVES and not order.has_another_end and not is_copy:
            order.ended = False
        return name, order


def _value(frame: bytes, tag: bytes) -> bytes:
    """A field's value, the last one's where there are several; empty where there is none."""
    begin = frame.rfind(SOH + tag + b"=")
    if begin < 0:
        return b""
    begin += len(tag) + 2
    return frame[begin : frame.find(SOH, begin)]


def _number(frame: bytes, tag: bytes) -> int:
    """A field's number, 0 where there is none."""
    return int(_value(frame, tag) or b"0")
