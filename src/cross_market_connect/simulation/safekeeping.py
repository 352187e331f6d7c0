"""Judges the log's keeping: what it held when a run died must be there for the next one, or nobody goes on.

The death of a process takes no byte; a power cut takes what was not synced; rot takes what it hits. So an engine that
starts must stand behind the last record of the run before, after a power cut behind the last that the log itself had
declared safe. One that does not start must say where the damage is and what to do. Damage before the segment of
the newest snapshot is not read, so a start behind it may be refused because the disk is full or fails: then it must say
that, and what to do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

# What a refusal to start must name: the place, and a remedy.
PLACE_AND_REMEDY: Final = ("segment", "offset", "record", "restore", "reconcile")
# The same of a refusal by the disk.
DISK_AND_REMEDY: Final = ("disk: ", "; ", "directory")


class Safekeeping:
    """What the next run must find.

    Attributes:
        written_seq: the last record that was written; safe_seq: the last that the log declared safe.
    """

    def __init__(self, violation: Callable[[str], None]) -> None:
        self._violation = violation
        self.written_seq = 0
        self.safe_seq = 0

    def synced(self, record_seq: int) -> None:
        """The log declares everything up to this record safe."""
        self.safe_seq = max(self.safe_seq, record_seq)

    def taken_over(self, last_seq: int, after_power_cut: bool) -> None:
        """A run begins behind this record."""
        if last_seq < self.safe_seq:
            self._violation(f"a run begins after record {last_seq}, although {self.safe_seq} were safe")
        elif last_seq < self.written_seq and not after_power_cut:
            self._violation(f"a run begins after record {last_seq}, although {self.written_seq} were written")
        self.written_seq = last_seq

    def refused(self, why: str, disk_refuses: bool) -> None:
        """An engine does not start on a log that is damaged.

        Args:
            disk_refuses: the disk is full or fails at this moment, and the damage lies where a start does not read.
        """
        missing = [word for word in PLACE_AND_REMEDY if word not in why]
        if disk_refuses and all(word in why for word in DISK_AND_REMEDY):
            return
        if missing:
            self._violation(f"a start is refused without {', '.join(missing)}: {why}")
