"""The port to whoever makes the log durable beside the engine's loop."""

from __future__ import annotations

from mypy_extensions import mypyc_attr

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.journal.snapshot import Snapshot


@mypyc_attr(allow_interpreted_subclasses=True)
class LogSyncer:
    """Syncs the log, prepares its segments and keeps snapshots, from `start` to `stop`.

    The loop reads the writer's `synced_seq` and logs it as a measurement when it has moved.

    Attributes:
        failure: why it gave up, empty while it works. After a failed sync durability is lost for good: the engine must
            halt.
    """

    def __init__(self) -> None:
        self.failure: str = ""

    def start(self) -> None:
        """Begin syncing."""
        raise InvariantError("a log syncer must implement start")

    def stop(self) -> None:
        """Return when nothing is synced any more; the writer may be closed then."""
        raise InvariantError("a log syncer must implement stop")

    def offer(self, snapshot: Snapshot) -> None:
        """Have a snapshot written; an older one that was not yet written is dropped."""
        raise InvariantError("a log syncer must implement offer")
