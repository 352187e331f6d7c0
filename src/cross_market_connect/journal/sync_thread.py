"""The thread that makes the log durable and prepares segments ahead.

A Python thread beside the hot one must not hold the interpreter for more than microseconds: `fdatasync` and
`posix_fallocate` give it back while they wait, and segments are touched in small steps.
"""

from __future__ import annotations

from threading import Event, Thread
from typing import final

from mypy_extensions import i64

from cross_market_connect.journal.snapshot import SnapshotStore
from cross_market_connect.journal.syncer import LogSyncer
from cross_market_connect.journal.writer import LogWriter


@final
class SyncThread(LogSyncer):
    """Syncs a log at an interval, from `start` to `stop`."""

    def __init__(self, writer: LogWriter, interval_ns: i64, snapshots: SnapshotStore | None = None) -> None:
        super().__init__(writer, snapshots)
        self.interval_ns: i64 = interval_ns
        self._stopping: Event = Event()
        self._worker: Thread = Thread(target=self._run, name="log-sync", daemon=True)

    def start(self) -> None:
        self._worker.start()

    def stop(self) -> None:
        self._stopping.set()
        self._worker.join()

    def _run(self) -> None:
        wait_seconds = float(self.interval_ns) / 1e9
        while not self._stopping.wait(wait_seconds):
            try:
                if not self.turn():
                    return
            except Exception as error:  # noqa: BLE001 - whatever ends this thread, the loop hears that durability is lost
                self.failure = repr(error)
                return
