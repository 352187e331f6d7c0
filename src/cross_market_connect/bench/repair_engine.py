"""The engine process of `xmc bench repair`: a thousand spreads over two thousand instruments, both order sessions real.

python -m cross_market_connect.bench.repair_engine, with one JSON line on standard input: directory, ports, group. It
ends with standard input.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Final

from cross_market_connect.bench.market import (
    FEED,
    LOG_SEGMENT_BYTES,
    ORDERBOOK_BASE,
    ORDERS_A,
    ORDERS_B,
    SECOND_NS,
    add_sources,
    bench_core,
    definition,
)
from cross_market_connect.domain.execution import COMPLETE_LIMIT
from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.domain.spread import (
    DIFFERENCE,
    STEP_CHASE,
    STEP_HALT,
    STEP_UNWIND,
    LadderStep,
    SpreadDefinition,
    TriggerRule,
)
from cross_market_connect.engine.loop import EngineLoop
from cross_market_connect.engine.sockets import SystemNetwork
from cross_market_connect.engine.targets import FeedTarget, StreamTarget
from cross_market_connect.journal.capture import CAPTURE_SEGMENT_BYTES, open_capture
from cross_market_connect.journal.file_store import capture_store, log_store
from cross_market_connect.journal.pcapng import UDP
from cross_market_connect.journal.snapshot import FileSnapshotStore
from cross_market_connect.journal.sync_thread import SyncThread
from cross_market_connect.journal.writer import open_log
from cross_market_connect.run import SYNC_INTERVAL_NS, wake_descriptor

SPREADS: Final = 1_000
# Spreads by what becomes of their orders; the first leg of the second part rests at its venue, so it can be cancelled.
UNWOUND: Final = range(400)
CANCELLED: Final = range(400, 800)
REORDERED: Final = range(800, SPREADS)


def repaired_definition(index: int) -> SpreadDefinition:
    """A pair with a whole ladder, bought at or below -5 and sold out at or above 5."""
    made = definition(index)
    made.rule = TriggerRule(DIFFERENCE, -5.0, 5.0, 1e9, -1e9)
    made.rule.triggers_max = 6_000
    made.rule.skew_ns_max = made.rule.closing_margin_ns = 3_600 * SECOND_NS
    made.ladder = [
        LadderStep(STEP_CHASE, 3, 1, 5, SECOND_NS),
        LadderStep(STEP_UNWIND, 3, 1, 20, SECOND_NS),
        LadderStep(STEP_HALT, 1, 0, 0, SECOND_NS),
    ]
    if index in CANCELLED:
        made.execution.legs[0].completion = COMPLETE_LIMIT
        made.execution.legs[0].rest_ns = 5 * SECOND_NS
    return made


def run(fields: dict[str, object]) -> None:
    """Serve until standard input ends."""
    directory = Path(str(fields["directory"]))
    host, group = "127.0.0.1", str(fields["group"])
    log = open_log(log_store(directory, False), "bench", LOG_SEGMENT_BYTES, 0, 1)
    capture = open_capture(capture_store(directory, False), "bench", CAPTURE_SEGMENT_BYTES)
    capture.add_interface(FEED, "bench", UDP, group, 5_000)
    capture.add_interface(FEED + 512, "bench_refresh", UDP, group, 5_001)
    now_ns = time.monotonic_ns()
    core = bench_core(log, capture, [repaired_definition(index) for index in range(SPREADS)], now_ns)
    add_sources(core)
    streams = [
        StreamTarget(source, name, host, int(str(fields[name])), b"", b"")
        for source, name in ((ORDERS_A, "a"), (ORDERS_B, "b"))
    ]
    feed = FeedTarget(
        FEED,
        "feed",
        host,
        [(group, int(str(fields["port"])))],
        [(str(fields["refresh_group"]), int(str(fields["refresh_port"])))],
    )
    sync = SyncThread(log, SYNC_INTERVAL_NS, FileSnapshotStore(directory))
    loop = EngineLoop(SystemNetwork(), core, log, capture, sync, None, streams, [feed], True, True, NO_TIMER)
    loop.open(wake_descriptor(), sys.stdin.fileno())
    core.start("bench", "", "", "bench", now_ns)
    sync.start()
    print(json.dumps({"ready": True, "books": ORDERBOOK_BASE}), flush=True)
    loop.run()
    loop.close()
    sync.stop()
    log.close()
    capture.close()


if __name__ == "__main__":
    run(json.loads(os.read(sys.stdin.fileno(), 65_536).split(b"\n")[0]))
