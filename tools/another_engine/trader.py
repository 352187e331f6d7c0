"""A client on quickfix that sends so many orders, cancels what rests, and keeps what it is told.

    echo '{...}' | python -m tools.another_engine.trader

Configuration as `Setup` reads it. Its ledger:

    made    an order or a cancel request, with all its fields
    sent    the number that quickfix gave it
    report  an execution report came: of which order, what it says, `marked` as a possible duplicate, or not
    refused a cancel request was refused
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

SYMBOL, MIC, ACCOUNT = "HSIF1", "XHKF", "clients"
BUY_AT, SELL_AT = 25_000, 30_000
LOTS_MAX: Final = 4
PAUSE_S: Final = (0.0, 0.06)
# In one pause so many orders leave, at most.
BURST_MAX: Final = 4
PATIENCE_S: Final = 1.0
ENDED: Final = frozenset("23478C")


class Order:
    """An order of ours as far as we know, and whether its cancellation is asked for."""

    def __init__(self, fields: Fields) -> None:
        self.fields = dict(fields)
        self.status = ""
        self.since_s = time.monotonic()
        self.is_asked = False


class Trader(End):
    """The client's desk."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self.orders: dict[str, Order] = {}
        self.cancels = 0
        for line in read_ledger(setup.ledger):
            self._remember(line)

    def _remember(self, line: Line) -> None:
        if line.get("type") == "D":
            self.orders[line["made"]] = Order([(tag, value) for tag, value in line["fields"]])
        elif line.get("type") == "F":
            self.cancels += 1
            self.orders[dict(line["fields"])[41]].is_asked = True
        elif "refused" in line:
            self.orders[line["order"]].is_asked = False
        elif "report" in line and self.orders[line["order"]].status not in ENDED:
            self.orders[line["order"]].status = line["status"]

    def take(self, message: dict[int, str]) -> None:
        """An execution report or the refusal of a cancel request."""
        marked = message.get(43) == "Y"
        if message[35] == "8":
            line: Line = {"report": message[17], "order": message.get(41, message[11]), "status": message[39]}
            line |= {"kind": message[150], "lots": int(message.get(32, "0")), "filled": int(message[14])}
            line |= {"number": int(message[34]), "marked": marked}
            self.write(**line)
            self._remember(line)
        elif message[35] == "9":
            line = {"refused": message[11], "order": message[41], "number": int(message[34]), "marked": marked}
            self.write(**line)
            self._remember(line)
        else:
            self.write(fault=f"a message of type {message[35]}: {message.get(58)}")

    def order(self) -> None:
        """Send the next one."""
        number = len(self.orders) + 1
        chance = random.Random(f"{self.setup.seed}:{number}")
        side = chance.choice("12")
        fields = [(11, f"Q{number:06d}"), (1, ACCOUNT), (21, "1"), (55, SYMBOL), (207, MIC), (54, side)]
        fields += [(60, utc_now()), (38, str(chance.randint(1, LOTS_MAX))), (40, "2")]
        fields += [(44, str(BUY_AT if side == "1" else SELL_AT)), (59, "0")]
        self.orders[fields[0][1]] = Order(fields)
        self.put(fields[0][1], "D", fields)

    def cancel_waiting(self) -> None:
        """Ask for the cancellation of what rests for long: once, for what is asked arrives, and is answered."""
        now_s = time.monotonic()
        for client_id, order in self.orders.items():
            if order.status in ("0", "1") and not order.is_asked and now_s - order.since_s > PATIENCE_S:
                order.is_asked = True
                self.cancels += 1
                cancel_id = f"C{self.cancels:06d}"
                fields = [(11, cancel_id), (41, client_id), (1, ACCOUNT), (55, SYMBOL), (207, MIC)]
                fields += [(54, order.fields[54]), (60, utc_now()), (38, order.fields[38])]
                self.put(cancel_id, "F", fields)


def main() -> None:
    """Until standard input ends."""
    setup = setup_from_input()
    trader = Trader(setup)
    store, settings, log = parts(setup, "initiator")
    initiator: Any = quickfix.SocketInitiator(trader, store, settings, log)
    with trader.lock:
        trader.put_again(read_ledger(setup.ledger))
    initiator.start()
    chance = random.Random(len(trader.orders))
    while True:
        time.sleep(chance.uniform(*PAUSE_S))
        with trader.lock:
            for _ in range(chance.randint(0, BURST_MAX) if trader.logged_on else 0):
                if len(trader.orders) < setup.orders:
                    trader.order()
            trader.cancel_waiting()


if __name__ == "__main__":
    main()
