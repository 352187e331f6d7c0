"""An engine killed with SIGKILL again and again during a stream of orders: `python tools/store_kills.py --kills 20`.

Processes and files are real: the demonstration's engine and simulated venues, with a relay between them on each order
session that keeps every message of either direction. Some kills take orders with them that have left the engine and
never arrive. After each kill the engine starts again on the same files, and is held against what the relay saw, never
against its own counters:

* each new order was sent once, and no number of either direction was used twice but by what is marked as a duplicate;
* no session began its numbers anew, and nobody complained of a number that is too low;
* what was ordered before the kill has ended at the venue, or the venue has said that it never had it, and the engine's
  log counts exactly the venue's fills of it and knows it for ended.

At the end the same must hold of every order, the venues' own ledgers must agree with the fills that they told, and the
log must be intact and replay identically. Spread orders that a person must look at (`halted`) are no fault here. The
last line printed is a JSON object; the exit code is 1 when anything disagreed.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any, Final

from cross_market_connect.config.models import Settings
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.records import LEG_ORDER_STATE, RECEIPT
from cross_market_connect.journal.file_store import log_store
from cross_market_connect.journal.reader import LogTail
from cross_market_connect.simulation.demo import Child, Demonstration
from cross_market_connect.trading.states import is_leg_terminal

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.fix_relay import OUT, Message, Relay, SessionEvidence

# A day that is longer than twenty kills take on a busy machine: after its close nothing is ordered any more.
SPEED: Final = 20
DURATION_S: Final = 700.0
# A spread order that ends with a person keeps its pair from trading: this is longer than an engine needs to be back.
DEADLINE_MS: Final = 60_000
RUN_S: Final = (0.2, 1.5)
# Of the kills so many wait for an order, and come so soon after it at most.
IN_FLIGHT_SHARE: Final = 0.75
IN_FLIGHT_S: Final = 0.004
# On the way to a venue such an order is lost so often.
LOST_SHARE: Final = 0.5
ORDER_PATIENCE_S: Final = 4.0
ORDER_LOOK_S: Final = 0.000_2
PATIENCE_S: Final = 30.0
LOOK_INTERVAL_S: Final = 0.02
RECORDS_PER_LOOK_MAX: Final = 1_000_000
FAULTS_SHOWN: Final = 10
# OrdStatus(39): filled, done for the day, cancelled, stopped, rejected, expired.
ENDED: Final = frozenset("23478C")


class Evidence(SessionEvidence):
    """What one order session's relay saw, and what is wrong with it.

    Attributes:
        fills: lots by ClOrdID, each execution counted once; statuses: the last OrdStatus by ClOrdID.
        positions: signed lots by symbol.
        lost: ClOrdIDs of orders that left the engine and did not arrive.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.fills: Counter[str] = Counter()
        self.statuses: dict[str, str] = {}
        self.positions: Counter[str] = Counter()
        self.lost: set[str] = set()
        self._executions: set[str] = set()

    def take(self, direction: str, message: Message) -> None:
        """Orders and reports."""
        if message[35] == "D":
            if message[11] in self.statuses:
                self.faults.append(f"{self.name}: order {message[11]} was sent twice")
            self.statuses.setdefault(message[11], "A")
        elif message[35] == "8":
            self._report(message)

    def _report(self, message: Message) -> None:
        order = message.get(41, message[11])
        if message[150] == "F" and message[17] not in self._executions:
            self._executions.add(message[17])
            lots = int(message[32])
            self.fills[order] += lots
            self.positions[f"{message[207]}.{message[55]}".upper()] += lots if message[54] == "1" else -lots
        if self.statuses.get(order) not in ENDED:
            self.statuses[order] = message[39]


class EngineWord:
    """What the engine's log says of its orders: by its own states, for a report need not state what is left.

    Attributes:
        counted: lots by client order id.
    """

    def __init__(self) -> None:
        self.counted: Counter[str] = Counter()
        self._ended: set[str] = set()

    def take(self, kind: int, fields: Mapping[str, int | str | bytes]) -> None:
        """One record, in order."""
        if kind == RECEIPT:
            self.counted[str(fields["client_order_id"])] += int(fields["counted_lots"])
        elif is_leg_terminal(int(fields["state"])):
            self._ended.add(str(fields["client_order_id"]))
        else:
            self._ended.discard(str(fields["client_order_id"]))

    def is_open(self, order: str) -> bool:
        """Whether the order may live as far as the engine knows; so may one that it has not heard of."""
        return order not in self._ended


class OrderRelay(Relay):
    """Between an engine's order session and its venue.

    Attributes:
        loses_orders: the next order and all that follows it on its connection dies with that connection.
    """

    def __init__(self, name: str, venue_port: int) -> None:
        self.evidence = Evidence(name)
        self.loses_orders = False
        super().__init__(self.evidence, venue_port)

    def passes(self, direction: str, message: Message, is_cut: bool) -> bool:
        """Keep a message, with the lock held; whether it goes on."""
        goes_on = super().passes(direction, message, is_cut)
        if direction == OUT and message[35] == "D" and (is_cut or self.loses_orders):
            self.evidence.lost.add(message[11])
            return False
        return goes_on


class KilledAgain(Demonstration):
    """The demonstration with relays, its engine killed so many times."""

    def __init__(self, kills: int, seed: int, directory: Path) -> None:
        super().__init__(
            duration_s=DURATION_S, speed=Decimal(SPEED), seed=seed, profile="none", headless=True, directory=directory
        )
        self.kills = kills
        self.killed = 0
        self.with_orders_open = 0
        self.faults: list[str] = []
        self.relays: dict[str, OrderRelay] = {}
        self._chance = random.Random(seed)
        self._tail = LogTail(log_store(directory, True), 1)
        self._engine_word = EngineWord()

    def settings(self, ports: Mapping[str, int], late_s: float = 0) -> Settings:
        """With the relays' ports in place of the venues', and spread orders that outlive a kill."""
        placed = dict(ports)
        for name, port in ports.items():
            if name.endswith("_orders"):
                if name not in self.relays:
                    self.relays[name] = OrderRelay(name, port)
                placed[name] = self.relays[name].port
        plain = super().settings(placed, late_s)
        spreads = [spread.model_copy(update={"deadline_ms": DEADLINE_MS}) for spread in plain.spread]
        return plain.model_copy(update={"spread": spreads})

    def run(self) -> dict[str, Any]:
        """To the end; then nothing is open here any more."""
        try:
            return super().run()
        finally:
            for relay in self.relays.values():
                relay.close()

    def _watch(self, engine: Child) -> None:
        while self.killed < self.kills and engine.process.poll() is None and not self.faults:
            time.sleep(self._chance.uniform(*RUN_S))
            if self._chance.random() < IN_FLIGHT_SHARE:
                self._wait_for_an_order()
            engine.process.kill()
            engine.process.wait()
            self.killed += 1
            for relay in self.relays.values():
                relay.end_connections()
                relay.loses_orders = False
            sent = {name: list(relay.evidence.statuses) for name, relay in self.relays.items()}
            before = {name: relay.evidence.log_ons for name, relay in self.relays.items()}
            self._follow()
            self.with_orders_open += any(map(self._engine_word.is_open, chain.from_iterable(sent.values())))
            engine = self.engine = self.start_engine()
            self._agree(sent, before)
            print(f"kill {self.killed} of {self.kills}", file=sys.stderr, flush=True)
        self.interrupted = True
        try:
            super()._watch(engine)
        except InputError as error:
            # An engine that disagrees need not end either; what it disagrees about says more.
            raise InputError([*self.faults, *error.faults]) from error

    def _wait_for_an_order(self) -> None:
        """Until one has just left, and a moment more: so that kills meet orders in flight, not only pauses."""
        for relay in self.relays.values():
            relay.loses_orders = self._chance.random() < LOST_SHARE
        before, began = self._ordered(), time.monotonic()
        while self._ordered() == before and time.monotonic() - began < ORDER_PATIENCE_S:
            time.sleep(ORDER_LOOK_S)
        time.sleep(self._chance.uniform(0, IN_FLIGHT_S))

    def _ordered(self) -> int:
        return sum(len(relay.evidence.statuses) for relay in self.relays.values())

    def _agree(self, sent: dict[str, list[str]], before: dict[str, int]) -> None:
        """Wait until engine and venues say the same of what was sent before the kill."""
        began = time.monotonic()
        while True:
            self._follow()
            different = self._differences(sent, before)
            if not different:
                break
            if time.monotonic() - began > PATIENCE_S:
                self.faults += [f"kill {self.killed}: {text}" for text in different]
                break
            time.sleep(LOOK_INTERVAL_S)
        for relay in self.relays.values():
            with relay.lock:
                self.faults += [f"kill {self.killed}: {text}" for text in relay.evidence.faults]

    def _follow(self) -> None:
        """What the engine's log counts, by client order id."""
        for record in self._tail.poll(RECORDS_PER_LOOK_MAX):
            if record.kind in (RECEIPT, LEG_ORDER_STATE):
                self._engine_word.take(record.kind, record.fields())

    def _differences(self, sent: dict[str, list[str]], before: dict[str, int]) -> list[str]:
        result: list[str] = []
        for name, relay in self.relays.items():
            with relay.lock:
                seen = relay.evidence
                if seen.log_ons == before[name]:
                    result.append(f"{name}: not logged on again")
                for order in sent[name]:
                    if seen.statuses[order] not in ENDED:
                        result.append(f"{name}: order {order} is open at the venue: {seen.statuses[order]}")
                    counted = self._engine_word.counted[order]
                    if seen.fills[order] != counted:
                        text = f"{seen.fills[order]} lots by the venue, {counted} by the engine"
                        result.append(f"{name}: order {order}: {text}")
                    if self._engine_word.is_open(order):
                        result.append(f"{name}: order {order} is open to the engine")
        return result

    def verdict(self, outcome: Mapping[str, Any]) -> dict[str, Any]:
        """Everything together."""
        self._follow()
        sent = {name: list(relay.evidence.statuses) for name, relay in self.relays.items()}
        self.faults += [f"end: {text}" for text in self._differences(sent, dict.fromkeys(sent, 0))]
        told: Counter[str] = Counter()
        for relay in self.relays.values():
            told.update(relay.evidence.positions)
        ledgers = {symbol: lots for symbol, lots in outcome["positions"].items() if lots}
        if {symbol: lots for symbol, lots in told.items() if lots} != ledgers:
            self.faults.append(f"positions: {dict(told)} by what the venues told, {ledgers} by their ledgers")
        for name in ("journal_ok", "replay_identical"):
            if not outcome[name]:
                self.faults.append(f"{name}: false {outcome.get('replay_difference', '')}")
        if self.killed < self.kills and not self.faults:
            self.faults.append(f"the day ended after {self.killed} of {self.kills} kills")
        evidence = [relay.evidence for relay in self.relays.values()]
        return {
            "kills": self.killed,
            "kills_with_orders_open": self.with_orders_open,
            "orders": sum(len(one.statuses) for one in evidence),
            "orders_lost": sum(len(one.lost) for one in evidence),
            "fills": sum(sum(one.fills.values()) for one in evidence),
            "halted": outcome["halted"],
            "messages": sum(one.messages for one in evidence),
            "disagreements": self.faults[:FAULTS_SHOWN],
        }


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python tools/store_kills.py", description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="xmc-kills-") as directory:
        run = KilledAgain(given.kills, given.seed, Path(directory))
        try:
            answer = run.verdict(run.run())
        except InputError as error:
            answer = {"kills": run.killed, "disagreements": error.faults}
    print(json.dumps(answer))
    return 1 if answer["disagreements"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
