"""Who makes the log durable beside the engine's loop: the work of one round, and the port to what calls it."""

from __future__ import annotations

from mypy_extensions import mypyc_attr

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.journal.snapshot import Snapshot, SnapshotStore
from cross_market_connect.journal.writer import LogWriter


@mypyc_attr(allow_interpreted_subclasses=True)
class LogSyncer:
    """Syncs the log, prepares its segments and keeps snapshots, from `start` to `stop`.

    The loop reads the writer's `synced_seq` and logs it as a measurement when it has moved.

    Attributes:
        failure: why it gave up, empty while it works. After a failed sync durability is lost for good: the engine must
            halt.
    """

    def __init__(self, writer: LogWriter, snapshots: SnapshotStore | None) -> None:
        self.writer: LogWriter = writer
        self.snapshots: SnapshotStore | None = snapshots
        self.offered: Snapshot | None = None
        self.failure: str = ""

    def start(self) -> None:
        """Begin to call `turn`."""
        raise InvariantError("a log syncer must implement start")

    def stop(self) -> None:
        """Return when `turn` is called no more; the writer may be closed then."""
        raise InvariantError("a log syncer must implement stop")

    def offer(self, snapshot: Snapshot) -> None:
        """Have a snapshot written; an older one that was not yet written is dropped."""
        self.offered = snapshot

    def has_work(self) -> bool:
        """Whether `turn` would do anything."""
        if self.failure != "":
            return False
        return self.writer.last_seq > self.writer.synced_seq or self.offered is not None or self.writer.needs_next()

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
