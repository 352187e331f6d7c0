"""The virtual machine's disk: what a program wrote and what would survive, and everything that a disk does wrong.

It keeps both images of `MemorySegmentStore` and adds effects (each allocation and sync is a moment to die), a stall, a
full device, errors of a sync, and a power cut after which unsynced sectors are there in any combination, one of them
half written. Segments are small, so that a copy of one costs microseconds.
"""

from __future__ import annotations

import errno
from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.journal.snapshot import MemorySnapshotStore, Snapshot, SnapshotStore
from cross_market_connect.journal.store import SECTOR_BYTES, Buffer, MemorySegmentStore, SegmentStore
from cross_market_connect.simulation.effects import (
    AFTER_ALLOCATE,
    AFTER_SNAPSHOT,
    AFTER_SYNC,
    BEFORE_ALLOCATE,
    BEFORE_SNAPSHOT,
    BEFORE_SYNC,
    Effects,
)
from cross_market_connect.venues.simulated.market_model import SeededIntegers

DISK_BYTES: Final = 1 << 30
# What of the unsynced sectors a power cut leaves.
KEEPS_NOTHING: Final = 0
KEEPS_SOME: Final = 1
KEEPS_ALL: Final = 2


@final
class VirtualDisk(SegmentStore):
    """The segments of one log or capture on a disk of the virtual world.

    Attributes:
        memory: both images; tests read and damage them.
        is_full: allocations fail; sync_fails: the device fails at the next sync.
        stalled_until_ns: syncs are not done before.
    """

    def __init__(self, effects: Effects) -> None:
        self.memory: MemorySegmentStore = MemorySegmentStore(DISK_BYTES)
        self.effects: Effects = effects
        self.is_full: bool = False
        self.stalled_until_ns: int = 0

    @property
    def sync_fails(self) -> bool:
        """Whether every sync fails."""
        return self.memory.sync_fails

    @sync_fails.setter
    def sync_fails(self, fails: bool) -> None:
        self.memory.sync_fails = fails

    def place(self) -> str:
        return "disk"

    def lock(self) -> None:
        self.memory.lock()

    def numbers(self) -> list[int]:
        return self.memory.numbers()

    def size(self, number: i64) -> i64:
        return self.memory.size(number)

    def read(self, number: i64, offset: i64, size: i64) -> bytes:
        return self.memory.read(number, offset, size)

    def allocate(self, number: i64, size: i64) -> None:
        self.effects.happen(BEFORE_ALLOCATE)
        if self.is_full:
            raise OSError(errno.ENOSPC, "No space left on device", f"segment {number}")
        self.memory.allocate(number, size)
        self.effects.happen(AFTER_ALLOCATE)

    def buffer(self, number: i64) -> Buffer:
        return self.memory.buffer(number)

    def sync(self, number: i64) -> None:
        self.effects.happen(BEFORE_SYNC)
        self.memory.sync(number)
        self.effects.happen(AFTER_SYNC)

    def release(self, number: i64) -> None:
        return

    def trim(self, number: i64, size: i64) -> None:
        self.memory.trim(number, size)

    def remove(self, number: i64) -> None:
        self.memory.remove(number)

    def set_aside(self, name: str, data: bytes) -> None:
        self.memory.set_aside(name, data)

    def close(self) -> None:
        self.memory.close()

    def abandon(self) -> None:
        self.memory.abandon()

    def kill(self) -> None:
        """The process died, the machine did not."""
        self.memory.kill()

    def lose_power(self, keeps: int, random: SeededIntegers) -> None:
        """Power cut: of the unsynced sectors as much is left as `keeps` says; of some, one is written by half."""
        dirty = self.memory.dirty_sectors()
        written = dirty if keeps == KEEPS_ALL else []
        if keeps == KEEPS_SOME:
            written = [sector for sector in dirty if random.below(2) == 1]
            if dirty and random.below(2) == 1:
                self._tear(*dirty[random.below(len(dirty))])
        self.memory.crash(written)

    def _tear(self, number: int, sector: int) -> None:
        """Only the first half of this sector reaches the disk."""
        size = int(SECTOR_BYTES)
        start = sector * size
        middle, end = start + size // 2, start + size
        live, durable = self.memory.live[number], self.memory.durable[number]
        durable[start:middle] = live[start:middle]
        live[middle:end] = durable[middle:end]


@final
class VirtualSnapshots(SnapshotStore):
    """Snapshots in memory, with both sides of each save as moments to die."""

    def __init__(self, effects: Effects) -> None:
        self.memory: MemorySnapshotStore = MemorySnapshotStore()
        self.effects: Effects = effects

    def save(self, snapshot: Snapshot) -> None:
        self.effects.happen(BEFORE_SNAPSHOT)
        self.memory.save(snapshot)
        self.effects.happen(AFTER_SNAPSHOT)

    def load(self) -> list[Snapshot]:
        return self.memory.load()
