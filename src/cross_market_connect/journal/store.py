"""Where segments lie: the port, and a disk in memory with the faults that a real one has.

A segment is a preallocated buffer of fixed size. The writer takes the buffer once and then copies into it; everything
else (allocation, sync, removal) goes through the port, off the hot path. `OSError` from these calls means what it means
for a file: the disk is full, the directory cannot be written, the device failed.
"""

from __future__ import annotations

import errno
import mmap
from collections.abc import Collection
from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from cross_market_connect.domain.errors import InputError, InvariantError

SECTOR_BYTES: Final[i64] = 512

Buffer = mmap.mmap | bytearray


@mypyc_attr(allow_interpreted_subclasses=True)
class SegmentStore:
    """Numbered segments of one log or one capture."""

    def place(self) -> str:
        """Name of the store for messages."""
        raise InvariantError("a segment store must implement place")

    def lock(self) -> None:
        """Become the only writer; raises InputError when another one holds the store."""
        raise InvariantError("a segment store must implement lock")

    def numbers(self) -> list[int]:
        """Numbers of the segments that exist, ascending."""
        raise InvariantError("a segment store must implement numbers")

    def size(self, number: i64) -> i64:
        """Bytes of the segment."""
        raise InvariantError("a segment store must implement size")

    def read(self, number: i64, offset: i64, size: i64) -> bytes:
        """Up to `size` bytes from `offset`; fewer at the segment's end."""
        raise InvariantError("a segment store must implement read")

    def allocate(self, number: i64, size: i64) -> None:
        """Create the segment, all zeros, its space guaranteed. On OSError nothing is left behind."""
        raise InvariantError("a segment store must implement allocate")

    def buffer(self, number: i64) -> Buffer:
        """The segment's bytes for writing; valid until `close`, `trim` or `remove`."""
        raise InvariantError("a segment store must implement buffer")

    def sync(self, number: i64) -> None:
        """Return when everything written to the segment so far survives a power cut. May run in another thread."""
        raise InvariantError("a segment store must implement sync")

    def release(self, number: i64) -> None:
        """The writer is done with the segment's buffer and it is synced."""
        raise InvariantError("a segment store must implement release")

    def trim(self, number: i64, size: i64) -> None:
        """Cut the segment to its first `size` bytes."""
        raise InvariantError("a segment store must implement trim")

    def remove(self, number: i64) -> None:
        """Delete the segment."""
        raise InvariantError("a segment store must implement remove")

    def set_aside(self, name: str, data: bytes) -> None:
        """Keep bytes that recovery takes out of the log, under this name (numbered if it exists)."""
        raise InvariantError("a segment store must implement set_aside")

    def close(self) -> None:
        """Give buffers and lock back. The segments stay."""
        raise InvariantError("a segment store must implement close")

    def abandon(self) -> None:
        """A start failed: give everything back and leave no trace of `lock`. The caller removes its own segments."""
        raise InvariantError("a segment store must implement abandon")


@final
class MemorySegmentStore(SegmentStore):
    """A disk in memory for tests and the virtual world.

    It keeps two images: what programs see, and what survives a power cut. `sync` copies the first over the second;
    `crash` goes back to the second except for the sectors that happened to be written out.

    Args:
        space_bytes: capacity; an allocation beyond it fails as a full disk does.
    """

    def __init__(self, space_bytes: i64) -> None:
        self.space_bytes: i64 = space_bytes
        self.live: dict[int, bytearray] = {}
        self.durable: dict[int, bytearray] = {}
        self.aside: dict[str, bytes] = {}
        self.locked: bool = False
        self.sync_fails: bool = False

    def place(self) -> str:
        return "memory"

    def lock(self) -> None:
        if self.locked:
            raise InputError([already_open("memory")])
        self.locked = True

    def numbers(self) -> list[int]:
        return sorted(self.live)

    def size(self, number: i64) -> i64:
        return len(self.live[number])

    def read(self, number: i64, offset: i64, size: i64) -> bytes:
        return bytes(self.live[number][offset : offset + size])

    def allocate(self, number: i64, size: i64) -> None:
        used: i64 = 0
        for content in self.live.values():
            used += len(content)
        if used + size > self.space_bytes:
            raise OSError(errno.ENOSPC, "No space left on device", f"segment {number}")
        self.live[number] = bytearray(size)
        # Allocation is synced with its directory before the segment is used, so a power cut does not undo it.
        self.durable[number] = bytearray(size)

    def buffer(self, number: i64) -> Buffer:
        return self.live[number]

    def sync(self, number: i64) -> None:
        if self.sync_fails:
            raise OSError(errno.EIO, "Input/output error", f"segment {number}")
        self.durable[number][:] = self.live[number]

    def release(self, number: i64) -> None:
        return

    def trim(self, number: i64, size: i64) -> None:
        self.live[number] = self.live[number][:size]
        self.durable[number] = self.durable[number][:size]

    def remove(self, number: i64) -> None:
        del self.live[number]
        del self.durable[number]

    def set_aside(self, name: str, data: bytes) -> None:
        attempt = 0
        unique = name
        while unique in self.aside:
            attempt += 1
            unique = f"{name}.{attempt}"
        self.aside[unique] = data

    def close(self) -> None:
        self.locked = False

    def abandon(self) -> None:
        self.locked = False

    def dirty_sectors(self) -> list[tuple[int, int]]:
        """(segment, sector) of every sector that differs between what programs see and what survives."""
        result: list[tuple[int, int]] = []
        for number in sorted(self.live):
            live = self.live[number]
            durable = self.durable[number]
            if live == durable:
                continue
            for start in range(0, len(live), int(SECTOR_BYTES)):
                end = start + int(SECTOR_BYTES)
                if live[start:end] != durable[start:end]:
                    result.append((number, start // int(SECTOR_BYTES)))
        return result

    def crash(self, written: Collection[tuple[int, int]]) -> None:
        """Power cut: only what was synced is left, and those dirty sectors that are named in `written`.

        The writer that held the store is gone; its buffer must not be used any more.
        """
        for number, sector in self.dirty_sectors():
            if (number, sector) in written:
                start = sector * int(SECTOR_BYTES)
                end = start + int(SECTOR_BYTES)
                self.durable[number][start:end] = self.live[number][start:end]
        for number in sorted(self.durable):
            self.live[number] = bytearray(self.durable[number])
        self.locked = False

    def kill(self) -> None:
        """The process died, the machine did not: every byte copied stays, the lock goes."""
        for number in sorted(self.live):
            self.live[number] = bytearray(self.live[number])
        self.locked = False

    def flip_bit(self, number: int, bit: int) -> None:
        """Damage: one bit of the segment changes, on the disk and as programs see it."""
        self.live[number][bit // 8] ^= 1 << (bit % 8)
        self.durable[number][bit // 8] ^= 1 << (bit % 8)


def already_open(place: str) -> str:
    """The one message for a second writer."""
    return f"{place}: another engine has this log open; one log has one writer, stop the other one first"


def unusable(place: str, error: OSError) -> str:
    """One line: what cannot be used, why, and what to do."""
    remedy = "choose a directory that this user can write"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        remedy = "free space there or choose another directory"
    elif error.errno in (errno.ENOENT, errno.ENOTDIR):
        remedy = "name a directory that exists"
    return f"{place}: {error.strerror or error}; {remedy}"
