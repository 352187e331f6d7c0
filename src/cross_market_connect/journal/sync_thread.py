"""The thread that makes the log durable and prepares segments ahead.

A Python thread beside the hot one must not hold the interpreter for more than microseconds: `fdatasync` and
`posix_fallocate` give it back while they wait, and segments are touched in small steps.
"""

from __future__ import annotations

from threading import Event, Thread
from typing import final

from mypy_extensions import i64

from cross_market_connect.journal.snapshot import Snapshot, SnapshotStore
from cross_market_connect.journal.syncer import LogSyncer
from cross_market_connect.journal.writer import LogWriter


@final
class SyncThread(LogSyncer):
    """Syncs a log at an interval, from `start` to `stop`."""

    def __init__(self, writer: LogWriter, interval_ns: i64, snapshots: SnapshotStore | None = None) -> None:
        super().__init__()
        self.writer: LogWriter = writer
        self.interval_ns: i64 = interval_ns
        self.snapshots: SnapshotStore | None = snapshots
        self.offered: Snapshot | None = None
        self._stopping: Event = Event()
        self._worker: Thread = Thread(target=self._run, name="log-sync", daemon=True)

    def start(self) -> None:
        self._worker.start()

    def stop(self) -> None:
        self._stopping.set()
        self._worker.join()

    def offer(self, snapshot: Snapshot) -> None:
        self.offered = snapshot

    def _run(self) -> None:
        wait_seconds = float(self.interval_ns) / 1e9
        while not self._stopping.wait(wait_seconds):
            if not self.turn():
                return

    def turn(self) -> bool:
        """One round: sync when there is something new, prepare a segment when none is; False after a failure."""
        try:
            if self.writer.last_seq > self.writer.synced_seq:
                self.writer.sync()
            offered = self.offered
            if offered is not None and self.snapshots is not None:
                self.offered = None
                self.snapshots.save(offered)
            if self.writer.needs_next():
                self.writer.prepare_next()
        except OSError as error:
            self.failure = str(error)
            return False
        return True
