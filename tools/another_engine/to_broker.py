"""Our engine sends orders to a broker on quickfix: the whole engine, as `xmc run` runs it, ordered about by hand.

Orders are given over the engine's control socket in batches, under ids of their own. A command whose answer a kill took
is given again under its id, so that a person, too, orders once. The judge are the broker's ledger and the engine's log.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from cross_market_connect.config.settings import load
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.records import LEG_ORDER, LEG_ORDER_STATE, RECEIPT
from cross_market_connect.engine.control_client import give
from cross_market_connect.journal.file_store import log_store
from cross_market_connect.journal.reader import LogTail
from cross_market_connect.simulation.demo import Child, free_datagram_ports
from cross_market_connect.trading.command_state import INTERRUPTED
from tools.another_engine.ends import OURS, Direction, Quickfix, Result, faults_in, quickfix_fields, read_lines
from tools.store_kills import EngineWord

CONFIGURATION: Final = Path(__file__).parent / "engine.toml"
FEED_PORTS: Final = (
    "hong_kong_quotes.port",
    "hong_kong_quotes.refresh_port",
    "china_quotes.port",
    "china_quotes.refresh_port",
)
INSTRUMENT: Final = "XHKF.HSIF1"
BUY_AT, SELL_AT = "25000", "30000"
LOTS_MAX: Final = 4
BATCH_MAX: Final = 5
PAUSE_S: Final = (0.0, 0.1)
LOOK_S: Final = 0.05
# Of the batches so many are followed by a cancel of all that rests.
CANCEL_SHARE: Final = 0.2
PATIENCE_S: Final = 300.0
RECORDS_PER_LOOK_MAX: Final = 1_000_000
BROKER_ENDED: Final = ("2", "4", "8")


class OrderedWord(EngineWord):
    """What the engine's log says, also of what was ordered and told.

    Attributes:
        ordered: client order ids. executions: ids of what the engine was told.
    """

    def __init__(self) -> None:
        super().__init__()
        self.ordered: dict[str, bool] = {}
        self.executions: set[str] = set()

    def take(self, kind: int, fields: Mapping[str, int | str | bytes]) -> None:
        """One record, in order."""
        if kind == LEG_ORDER:
            self.ordered[str(fields["client_order_id"])] = True
            return
        super().take(kind, fields)
        if kind == RECEIPT:
            self.executions.add(str(fields["execution_id"]))


class BrokerWord:
    """What the broker's ledger says.

    Attributes:
        arrived: how often each order came without a mark. filled: lots by ClOrdID. statuses: the last one.
        executions: ids of what was told.
    """

    def __init__(self, lines: list[dict[str, Any]]) -> None:
        self.arrived: Counter[str] = Counter()
        self.filled: Counter[str] = Counter()
        self.statuses: dict[str, str] = {}
        self.executions: list[str] = []
        self.faults = faults_in(lines)
        for line in lines:
            if "order" in line:
                self.arrived[line["order"]] += 1
                self.statuses.setdefault(line["order"], "")
            elif "again" in line and not line["marked"]:
                self.arrived[line["again"]] += 1
            elif line.get("of"):
                self.filled[line["of"]] += line["lots"]
                self.statuses[line["of"]] = dict(line["fields"])[39]
                self.executions.append(line["made"])

    def open_orders(self) -> list[str]:
        """Orders that have not ended."""
        return [order for order, status in self.statuses.items() if status not in BROKER_ENDED]


class ToBroker(Direction):
    """Orders from our engine to quickfix's broker."""

    def __init__(
        self, version: str, orders: int, misfortunes: int, seed: int, directory: Path, python: Path, dictionaries: Path
    ) -> None:
        super().__init__("to broker", version, orders, misfortunes, seed, directory)
        fields = quickfix_fields(self, "BROKER", "XMC", self.venue_port, dictionaries)
        # The engine's calendar is the day for which the reference tables have instruments.
        self.broker = Quickfix(python, "broker", {**fields, "checks_time": False})
        self._ledger = Path(fields["directory"]) / "ledger.jsonl"
        self._data = directory / "engine"
        self._data.mkdir(exist_ok=True)
        self._tail = LogTail(log_store(self._data, True), 1)
        self._anchor_ns = time.monotonic_ns()
        self._feed_ports = free_datagram_ports(4)
        self._engine: Child | None = None
        self._word = OrderedWord()
        self._commands = 0

    def start(self, which: str) -> None:
        """The broker, or the engine on the log that it has left."""
        if which != OURS:
            self.broker.start()
            return
        overrides: dict[str, object] = {
            "engine.data_directory": str(self._data),
            "source.broker.port": self.relay.port,
            "source.broker.version": self.version,
            **{f"source.{name}": port for name, port in zip(FEED_PORTS, self._feed_ports, strict=True)},
        }
        settings = load(CONFIGURATION, overrides, environment={}, require_secrets=False)
        self._engine = Child("engine", ["cross_market_connect.run"], os.environ)
        self._engine.tell({"settings": json.loads(settings.canonical_json()), "anchor_now_ns": self._anchor_ns})
        self._engine.line()

    def kill(self, which: str) -> None:
        """SIGKILL."""
        if which != OURS:
            self.broker.kill()
        elif self._engine is not None:
            self._engine.kill()

    def run(self) -> Result:
        """All orders and all misfortunes, then peace, then the judgement."""
        try:
            self.start("theirs")
            self.start(OURS)
            steps = len(self.misfortunes) + 1
            for number, which in enumerate(self.misfortunes, 1):
                self._order_until(self.wanted * number // steps)
                self.strike(which, self._order_some)
            self._order_until(self.wanted)
            against = self.settle(self._differences, PATIENCE_S)
            self._judge(against)
        finally:
            self.kill(OURS)
            self.broker.kill()
        return self.end()

    # ------------------------------------------------------------------ orders

    def _order_until(self, count: int) -> None:
        while len(BrokerWord(self._broker_lines()).arrived) < count:
            self._order_some()
            time.sleep(self.chance.uniform(*PAUSE_S))

    def _order_some(self) -> None:
        """One batch, and sometimes a cancel of all that rests."""
        orders = []
        for _ in range(self.chance.randint(1, BATCH_MAX)):
            side = self.chance.choice(("buy", "sell"))
            price = BUY_AT if side == "buy" else SELL_AT
            lots = self.chance.randint(1, LOTS_MAX)
            orders.append({"order": "single", "instrument": INSTRUMENT, "side": side, "quantity": lots, "price": price})
        self._give({"command": "batch", "orders": orders})
        if self.chance.random() < CANCEL_SHARE:
            self._give({"command": "cancel_all", "scope": "all"})

    def _give(self, command: dict[str, Any]) -> None:
        """One command, until the engine has carried it out or says that a restart cut it short."""
        self._commands += 1
        command["id"] = f"c{self._commands}"
        began = time.monotonic()
        answer: dict[str, Any] = {}
        while time.monotonic() - began < PATIENCE_S:
            try:
                answer = give(self._data, command)
            except InputError:
                answer = {"reasons": ["no engine"]}  # it is being started again
            else:
                if answer["accepted"] or answer["result"] == INTERRUPTED or command["command"] == "cancel_all":
                    return
            time.sleep(LOOK_S)
        raise InputError([f"{self.name}: command {command} is not carried out: {answer['reasons']}"])

    # ------------------------------------------------------------------ judgement

    def _follow(self) -> None:
        for record in self._tail.poll(RECORDS_PER_LOOK_MAX):
            if record.kind in (LEG_ORDER, LEG_ORDER_STATE, RECEIPT):
                self._word.take(record.kind, record.fields())

    def _broker_lines(self) -> list[dict[str, Any]]:
        return read_lines(self._ledger)

    def _differences(self) -> list[str]:
        """What is still open; asks for the cancellation of what rests."""
        self._follow()
        broker = BrokerWord(self._broker_lines())
        result = [f"order {order} is open at the broker" for order in broker.open_orders()]
        result += [f"order {order} is open to the engine" for order in self._word.ordered if self._word.is_open(order)]
        if result:
            self._give({"command": "cancel_all", "scope": "all"})
            time.sleep(LOOK_S)
        return result

    def _judge(self, against: list[str]) -> None:
        result, ours, broker = self.result, self._word, BrokerWord(self._broker_lines())
        result.orders, result.executions = len(broker.arrived), len(broker.executions)
        result.faults += broker.faults
        for text in against:
            result.lose(text)
        for order, times in broker.arrived.items():
            if times > 1:
                result.double(f"order {order} arrived {times} times")
            if order not in ours.ordered:
                result.lose(f"order {order} is at the broker and not in the engine's log")
            said, counted = broker.filled[order], ours.counted[order]
            if counted < said:
                result.lose(f"order {order}: {said} lots by the broker, {counted} by the engine")
            elif counted > said:
                result.double(f"order {order}: {said} lots by the broker, {counted} by the engine")
        for execution in broker.executions:
            if execution not in ours.executions:
                result.lose(f"report {execution} never came")
        for order in ours.ordered:
            if order not in broker.arrived:
                result.never_arrived += 1
                if ours.counted[order]:
                    result.double(f"order {order} never arrived, and {ours.counted[order]} lots of it are counted")
