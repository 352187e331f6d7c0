"""A client on quickfix sends orders to our acceptor: a simulated exchange that keeps its inputs, and is killed too.

The judge are the client's ledger and the exchange's: what each has of every order, when both have come to rest.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

from cross_market_connect.domain.errors import InputError
from cross_market_connect.simulation.demo import Child
from tools.another_engine.ends import OURS, THEIRS, Direction, Quickfix, Result, faults_in, quickfix_fields, read_lines

CLIENT, VENUE, ACCOUNT = "CLIENT", "VENUE", "clients"
SYMBOL, MIC, DAY = "XHKF.HSIF1", "XHKF", 20_210_104
# Of a hundred orders so many: refused, filled at once, filled in parts; the others rest until they are cancelled.
REFUSED, AT_ONCE, IN_PARTS = 5, 30, 40
SOON_MS: Final = 300
LOOK_S: Final = 0.002
PATIENCE_S: Final = 300.0
ENDED: Final = frozenset("23478C")


class TraderWord:
    """What the client's ledger says.

    Attributes:
        ordered: ClOrdIDs. filled: lots by ClOrdID, each execution once. statuses: the last one.
        twice: executions that came again without a mark.
    """

    def __init__(self, lines: list[dict[str, Any]]) -> None:
        self.ordered: list[str] = []
        self.filled: Counter[str] = Counter()
        self.statuses: dict[str, str] = {}
        self.twice: list[str] = []
        self.executions: set[str] = set()
        self.faults = faults_in(lines)
        for line in lines:
            if line.get("type") == "D":
                self.ordered.append(line["made"])
            elif "report" in line and line["report"] in self.executions:
                if not line["marked"]:
                    self.twice.append(line["report"])
            elif "report" in line:
                self.executions.add(line["report"])
                self.filled[line["order"]] += line["lots"]
                if self.statuses.get(line["order"]) not in ENDED:
                    self.statuses[line["order"]] = line["status"]

    def open_orders(self) -> list[str]:
        """Orders that have not ended, as far as the client knows."""
        return [order for order in self.ordered if self.statuses.get(order, "") not in ENDED]


class FromTrader(Direction):
    """Orders from quickfix's client to our exchange."""

    def __init__(
        self, version: str, orders: int, misfortunes: int, seed: int, directory: Path, python: Path, dictionaries: Path
    ) -> None:
        super().__init__("from trader", version, orders, misfortunes, seed, directory)
        fields = quickfix_fields(self, CLIENT, VENUE, self.relay.port, dictionaries)
        self.trader = Quickfix(python, "trader", {**fields, "checks_time": True})
        self._ledger = Path(fields["directory"]) / "ledger.jsonl"
        self._anchor = {"anchor_now_ns": time.monotonic_ns(), "anchor_utc_ns": time.time_ns(), "speed_milli": 1_000}
        self._script = self._written_script()
        self._venue: Child | None = None

    def _written_script(self) -> str:
        """What becomes of each order."""
        lines = []
        for number in range(1, self.wanted + 1):
            percent = self.chance.randrange(100)
            soon_ms = self.chance.randrange(SOON_MS)
            if percent < REFUSED:
                lines.append(f"when order {number} then reject busy")
            elif percent < REFUSED + AT_ONCE:
                lines.append(f"when order {number} then fill 0 after 0 ms")
            elif percent < REFUSED + AT_ONCE + IN_PARTS:
                lines.append(f"when order {number} then fill 1 after {soon_ms} ms")
                lines.append(f"when order {number} then fill 0 after {2 * soon_ms} ms")
        return "\n".join(lines)

    def start(self, which: str) -> None:
        """The client, or our exchange with the inputs that it has left."""
        if which != OURS:
            self.trader.start()
            return
        self._venue = Child("venue", ["tools.another_engine.venue"], os.environ)
        self._venue.tell(
            {
                "mic": MIC,
                "comp_id": VENUE,
                "version": self.version,
                "instruments": [SYMBOL],
                "day": DAY,
                "calendar": self._anchor,
                "seed": self.seed,
                "listen": [self.venue_port],
                "clients": [{"comp_id": CLIENT, "role": "orders", "account": ACCOUNT}],
                "always_open": True,
                "script": self._script,
                "inputs": str(self.directory / "inputs"),
            }
        )
        self._venue.line()

    def kill(self, which: str) -> None:
        """SIGKILL."""
        if which != OURS:
            self.trader.kill()
        elif self._venue is not None:
            self._venue.kill()

    def run(self) -> Result:
        """All orders and all misfortunes, then peace, then the judgement."""
        try:
            self.start(OURS)
            self.start(THEIRS)
            steps = len(self.misfortunes) + 1
            for number, which in enumerate(self.misfortunes, 1):
                self._wait_for(self.wanted * number // steps)
                self.strike(which, lambda: None)
            against = self.settle(self._differences, PATIENCE_S)
            assert self._venue is not None
            self._judge(against, self._venue.end()["orders"])
        finally:
            self.trader.kill()
            self.kill(OURS)
        return self.end()

    def _wait_for(self, count: int) -> None:
        """Until so many orders have left, the last of them just now."""
        began = time.monotonic()
        while len(self.evidence.sent) < count:
            if time.monotonic() - began > PATIENCE_S or self.trader.has_failed():
                raise InputError([f"{self.name}: {len(self.evidence.sent)} orders have left; expected {count}"])
            time.sleep(LOOK_S)

    def _client_lines(self) -> list[dict[str, Any]]:
        return read_lines(self._ledger)

    def _differences(self) -> list[str]:
        word = TraderWord(self._client_lines())
        result = [f"order {order} is open to the client" for order in word.open_orders()]
        if len(word.ordered) < self.wanted:
            result.append(f"{len(word.ordered)} of {self.wanted} orders were made")
        return result

    def _judge(self, against: list[str], orders: list[dict[str, Any]]) -> None:
        result, word = self.result, TraderWord(self._client_lines())
        result.orders, result.executions = len(orders), len(word.executions)
        result.faults += word.faults
        for text in against:
            result.lose(text)
        for execution in sorted(self.evidence.executions - word.executions):
            result.lose(f"report {execution} never came")
        venue = {order["id"]: order for order in orders}
        for order in word.ordered:
            if order not in venue:
                result.lose(f"order {order} never arrived")
        for order, times in Counter(word.ordered).items():
            if times > 1:
                result.double(f"order {order} was made {times} times")
        for execution in word.twice:
            result.double(f"report {execution} came again without a mark")
        for order, has in venue.items():
            said, filled = has["filled"], word.filled[order]
            if order not in word.ordered:
                result.double(f"order {order} is at the exchange and not in the client's ledger")
            elif has["is_open"] or filled < said:
                result.lose(
                    f"order {order}: {said} lots by the exchange, {filled} by the client; open: {has['is_open']}"
                )
            elif filled > said:
                result.double(f"order {order}: {said} lots by the exchange, {filled} by the client")
