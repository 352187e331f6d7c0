"""`xmc bench restart`: what a kill costs.

How long an engine with a day's log behind it needs until it is ready to log on, and how long the demonstration needs
from a kill in mid-order until everything that was open is balanced.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from cross_market_connect.bench.engine import free_ports, wide_open
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.records import SPREAD_ORDER
from cross_market_connect.domain.spread import HALTED
from cross_market_connect.journal.file_store import log_store
from cross_market_connect.journal.reader import LogTail
from cross_market_connect.simulation.demo import Child, Demonstration
from cross_market_connect.trading.states import is_spread_terminal

RECORDS: Final = 10_000_000
SECRETS: Final = {"XMC_CCFX_SECRET": "bench", "XMC_XHKF_SECRET": "bench"}
DEMO_S: Final = 15.0
DEMO_SPEED: Final = 20
DEMO_SEED: Final = 7
KILLS_AFTER_S: Final = 4.0
LOOK_INTERVAL_S: Final = 0.002
RECORDS_PER_LOOK_MAX: Final = 10_000


def run(records: int = RECORDS) -> dict[str, Any]:
    """The whole benchmark."""
    with tempfile.TemporaryDirectory(prefix="xmc-bench-") as name:
        answer = day_restart(Path(name) / "data", records)
    return {**answer, **demo_restart()}


def day_restart(directory: Path, records: int) -> dict[str, Any]:
    """Make the log, then start a real engine on it and wait for its word."""
    ports = free_ports(5)
    names = ("ccfx_orders", "ccfx_quotes", "xhkf_orders", "xhkf_quotes", "xhkf_quotes.refresh_port")
    settings = wide_open(dict(zip(names, ports, strict=True)), directory, False)
    told = directory.parent / "told.json"
    began = time.monotonic()
    fields = {"settings": settings, "records": records, "told": str(told)}
    maker = subprocess.run(
        [sys.executable, "-m", "cross_market_connect.bench.day_log"], input=json.dumps(fields).encode(), check=False
    )
    if not told.exists():
        raise InputError([f"bench: no day's log was made (status {maker.returncode}); its message is above"])
    log_s = time.monotonic() - began
    size = sum(path.stat().st_size for path in directory.glob("log-*.xmc"))
    starts = [ready_after_s(settings) for _ in range(2)]
    return {
        "ready_s": round(starts[0], 3),
        "ready_again_s": round(starts[1], 3),
        **json.loads(told.read_text()),
        "bytes": size,
        "log_s": round(log_s, 1),
    }


def ready_after_s(settings: dict[str, Any]) -> float:
    """From the start of the process until it is ready to log on; then it is killed."""
    began = time.monotonic()
    engine = subprocess.Popen(
        [sys.executable, "-m", "cross_market_connect.run"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **SECRETS},
    )
    if engine.stdin is None or engine.stdout is None:
        raise InputError(["bench: no pipes to the engine"])
    fields = {"settings": settings, "anchor_now_ns": time.monotonic_ns()}
    engine.stdin.write(json.dumps(fields).encode() + b"\n")
    engine.stdin.flush()
    line = engine.stdout.readline()
    elapsed = time.monotonic() - began
    engine.kill()
    engine.communicate()
    if not line:
        raise InputError(["bench: the engine did not start; its message is above"])
    return elapsed


class KilledDemonstration(Demonstration):
    """The demonstration, its engine killed with a spread order open and started again.

    Attributes:
        balanced_s: from the kill until every spread order that was open had ended; open_orders: how many there were.
        halted: how many of those ended in a person's hands.
    """

    balanced_s = 0.0
    open_orders = 0
    halted = 0

    def _watch(self, engine: Child) -> None:
        tail = LogTail(log_store(self.directory, True), 1)
        began = time.monotonic()
        states: dict[int, int] = {}
        while True:
            self._follow(tail, states)
            opened = {number for number, state in states.items() if not is_spread_terminal(state)}
            if opened and time.monotonic() - began > KILLS_AFTER_S:
                break
            if time.monotonic() - began > self.duration_s:
                raise InputError(["bench: the demonstration had no spread order open to be killed in"])
            time.sleep(LOOK_INTERVAL_S)
        killed = time.monotonic()
        engine.process.kill()
        engine.process.wait()
        self._follow(tail, states)
        opened = {number for number, state in states.items() if not is_spread_terminal(state)}
        self.engine = self.start_engine()
        while any(not is_spread_terminal(states[number]) for number in opened):
            if time.monotonic() - killed > self.duration_s:
                raise InputError(["bench: the spread orders that were open have not ended"])
            time.sleep(LOOK_INTERVAL_S)
            self._follow(tail, states)
        self.balanced_s = time.monotonic() - killed
        self.open_orders = len(opened)
        self.halted = sum(states[number] == HALTED for number in opened)
        super()._watch(self.engine)

    def _follow(self, tail: LogTail, states: dict[int, int]) -> None:
        """Each spread order's state by its last record."""
        for record in tail.poll(RECORDS_PER_LOOK_MAX):
            if record.kind == SPREAD_ORDER:
                fields = record.fields()
                states[int(fields["spread_order_id"])] = int(fields["state"])


def demo_restart() -> dict[str, Any]:
    """Kill the demonstration's engine in mid-order."""
    demonstration = KilledDemonstration(
        duration_s=DEMO_S,
        speed=Decimal(DEMO_SPEED),
        seed=DEMO_SEED,
        profile="heavy",
        headless=True,
        directory=None,
    )
    outcome = demonstration.run()
    return {
        "demo_balanced_s": round(demonstration.balanced_s, 3),
        "demo_open_orders": demonstration.open_orders,
        "demo_halted": demonstration.halted,
        "demo_naked_units_at_end": outcome["naked_units_at_end"],
        "demo_replay_identical": outcome["replay_identical"],
    }
