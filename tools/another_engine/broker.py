"""A small broker on quickfix: takes orders, fills, partly fills, refuses and cancels them, and answers for them.

    echo '{...}' | python -m tools.another_engine.broker

Configuration as `Setup` reads it. What becomes of an order is decided by seed and ClOrdID alone, so that a broker that
was killed goes on where its ledger ends:

    order   an order came, for the first time
    again   it came once more; `marked` as a possible duplicate, or not
    made    a message for the client, with all its fields
    sent    the number that quickfix gave it
"""

from __future__ import annotations

import random
import time
from typing import Any, Final

from tools.another_engine.quickfix_end import (
    End,
    Fields,
    Line,
    Setup,
    parts,
    quickfix,
    read_ledger,
    setup_from_input,
    utc_now,
)

TURN_S: Final = 0.005
SOON_S: Final = (0.0, 0.3)
REFUSED_PERCENT, AT_ONCE_PERCENT, IN_PARTS_PERCENT = 5, 30, 40
NEW, PARTLY_FILLED, FILLED, CANCELLED, REJECTED = "0", "1", "2", "4", "8"
TRADE, STATUS = "F", "I"
ENDED: Final = (FILLED, CANCELLED, REJECTED)


class Order:
    """One order and what it is still to become: lots that fill, each part so long after the one before."""

    def __init__(self, number: int, fields: dict[str, str], seed: int) -> None:
        self.number = number
        self.client_id = fields["11"]
        self.fields = fields
        self.lots = int(fields["38"])
        self.filled = 0
        self.status = ""
        self.reports = 0
        self.due_s = 0.0
        chance = random.Random(f"{seed}:{self.client_id}")
        percent = chance.randrange(100)
        self.is_refused = percent < REFUSED_PERCENT
        self.parts: list[tuple[int, float]] = []
        left = self.lots
        if not self.is_refused and percent < REFUSED_PERCENT + AT_ONCE_PERCENT + IN_PARTS_PERCENT:
            at_once = percent < REFUSED_PERCENT + AT_ONCE_PERCENT
            while left > 0:
                lots = chance.randint(1, left)
                self.parts.append((lots, 0.0 if at_once else chance.uniform(*SOON_S)))
                left -= lots
        elif not self.is_refused and self.lots > 1:
            self.parts.append((1, chance.uniform(*SOON_S)))  # and the rest waits for a cancel

    @property
    def is_open(self) -> bool:
        """Whether anything may still become of it."""
        return self.status not in ENDED


class Broker(End):
    """The broker's desk."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self.orders: dict[str, Order] = {}
        lines = read_ledger(setup.ledger)
        for line in lines:
            self._remember(line)

    def _remember(self, line: Line) -> None:
        if "order" in line:
            order = Order(len(self.orders) + 1, line["fields"], self.setup.seed)
            self.orders[order.client_id] = order
        elif line.get("of"):
            self._count(self.orders[line["of"]], line["exec_type"], line["lots"])

    def take(self, message: dict[int, str]) -> None:
        """An order, a cancel request or a status request."""
        kind = message[35]
        if kind == "D" and message[11] in self.orders:
            self.write(again=message[11], marked=message.get(43) == "Y")
        elif kind == "D":
            fields = {str(tag): message[tag] for tag in (11, 55, 54, 38, 44, 40, 207, 1) if tag in message}
            self.write(order=message[11], number=int(message[34]), fields=fields)
            self.orders[message[11]] = Order(len(self.orders) + 1, fields, self.setup.seed)
            self.advance(self.orders[message[11]])
        elif kind == "F":
            self._cancel(message)
        elif kind == "H":
            self._tell_status(message)
        else:
            self.write(fault=f"a message of type {kind} that the broker does not know")

    def turn(self) -> None:
        """What is due."""
        with self.lock:
            for order in self.orders.values():
                if order.is_open:
                    self.advance(order)

    def advance(self, order: Order) -> None:
        """Acknowledge or refuse a new one; fill what is due."""
        if order.status == "":
            self._report(order, REJECTED if order.is_refused else NEW, 0)
        while order.is_open and order.parts and time.monotonic() >= order.due_s:
            self._report(order, TRADE, order.parts[0][0])

    def _cancel(self, message: dict[int, str]) -> None:
        order = self.orders.get(message[41])
        if order is not None and order.is_open:
            self._report(order, CANCELLED, 0, message[11])
            return
        fields = [(11, message[11]), (41, message[41]), (37, "NONE" if order is None else str(order.number))]
        fields += [(39, REJECTED if order is None else order.status), (434, "1"), (102, "1" if order is None else "0")]
        self.put("cancel " + message[11], "9", fields)

    def _tell_status(self, message: dict[int, str]) -> None:
        order = self.orders.get(message[11])
        key = f"status {message[34]}"
        if order is not None:
            self.put(key, "8", self._fields(order, STATUS, 0, "0"))
            return
        fields = [(37, "NONE"), (17, "0"), (11, message[11]), (55, message[55]), (54, message[54]), (39, REJECTED)]
        fields += [(103, "5"), (14, "0"), (151, "0"), (6, "0"), *self._kind(STATUS, REJECTED)]
        self.put(key, "8", fields)

    def _report(self, order: Order, exec_type: str, lots: int, cancel_id: str = "") -> None:
        """Something happened to the order: it is in the ledger with the report that tells it, and only then so."""
        self._count(order, exec_type, lots)
        exec_id = f"E{order.number}-{order.reports}"
        fields = self._fields(order, exec_type, lots, exec_id)
        if cancel_id:
            fields[0] = (11, cancel_id)
            fields.append((41, order.client_id))
        self.write(made=exec_id, type="8", fields=fields, of=order.client_id, exec_type=exec_type, lots=lots)
        self._send(exec_id, "8", fields)

    def _count(self, order: Order, exec_type: str, lots: int) -> None:
        order.reports += 1
        order.filled += lots
        if exec_type == TRADE:
            order.parts.pop(0)
            order.status = FILLED if order.filled == order.lots else PARTLY_FILLED
        else:
            order.status = exec_type
        order.due_s = time.monotonic() + (order.parts[0][1] if order.parts else 0.0)

    def _fields(self, order: Order, exec_type: str, lots: int, exec_id: str) -> Fields:
        price = order.fields["44"]
        left = order.lots - order.filled if order.is_open else 0
        fields = [(11, order.client_id), (37, str(order.number)), (17, exec_id), (39, order.status)]
        fields += [(int(tag), order.fields[tag]) for tag in ("1", "55", "207", "54", "38", "40", "44")]
        fields += [(14, str(order.filled)), (151, str(left)), (6, price if order.filled else "0"), (60, utc_now())]
        if lots > 0:
            fields += [(32, str(lots)), (31, price)]
        if order.status == REJECTED:
            fields += [(103, "0"), (58, "the broker does not want it")]
        return fields + self._kind(exec_type, order.status)

    def _kind(self, exec_type: str, status: str) -> Fields:
        """ExecType (150), and what FIX 4.2 has instead of some of its values."""
        if self.setup.version != "FIX.4.2":
            return [(150, exec_type)]
        return [(20, "3" if exec_type == STATUS else "0"), (150, status if exec_type in (TRADE, STATUS) else exec_type)]


def main() -> None:
    """Until standard input ends."""
    setup = setup_from_input()
    broker = Broker(setup)
    store, settings, log = parts(setup, "acceptor")
    acceptor: Any = quickfix.SocketAcceptor(broker, store, settings, log)
    with broker.lock:
        broker.put_again(read_ledger(setup.ledger))
    acceptor.start()
    while True:
        broker.turn()
        time.sleep(TURN_S)


if __name__ == "__main__":
    main()
