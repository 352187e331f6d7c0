"""Segments as preallocated, mapped files in one directory.

`posix_fallocate` guarantees the space, so that a full disk is known when a segment is prepared and never while a record
is copied. Every page is touched before use, so that the first copy into it is not a page fault into the file system.

A sync is `fdatasync` on the file: Linux writes out the pages that were dirtied through the mapping too, and the call
gives the interpreter lock back, which `mmap.flush` does not promise.
"""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
import time
from pathlib import Path
from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.errors import InputError
from cross_market_connect.journal.store import Buffer, SegmentStore, already_open, unusable

LOCK_NAME: Final[str] = "writer.lock"
LOG_PREFIX: Final[str] = "log-"
LOG_SUFFIX: Final[str] = ".xmc"
CAPTURE_PREFIX: Final[str] = "capture-"
CAPTURE_SUFFIX: Final[str] = ".pcapng"
_DIGITS: Final[int] = 8
# Others may reach the control socket by its name, where the configuration lets them, and see nothing else.
DIRECTORY_MODE: Final[int] = 0o711
_TOUCH_BYTES: Final[int] = 65536


def for_its_user_alone(path: str, flags: int) -> int:
    """An opener for files that say what somebody holds and trades."""
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


def sync_directory(path: Path) -> None:
    """Make creations, renames and removals in a directory survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_directory(path: Path) -> bool:
    """Create a directory, with its parents, so that a power cut does not take it back; False when it is there."""
    if path.is_dir():
        return False
    if not path.parent.exists():
        make_directory(path.parent)
    path.mkdir(DIRECTORY_MODE, exist_ok=True)
    sync_directory(path.parent)
    return True


@final
class FileSegmentStore(SegmentStore):
    """Segments in a directory; with `read_only` nothing is created, mapped for writing or locked.

    Args:
        directory: where the segments lie; a writer creates it, with its parents.
        prefix, suffix: around the eight digits of the segment's number.
    """

    def __init__(self, directory: Path, prefix: str, suffix: str, read_only: bool) -> None:
        self.directory: Path = directory
        self.prefix: str = prefix
        self.suffix: str = suffix
        self.read_only: bool = read_only
        self.lock_descriptor: int = -1
        self.created_directory: bool = False
        self.descriptors: dict[int, int] = {}
        self.maps: dict[int, mmap.mmap] = {}

    def place(self) -> str:
        return str(self.directory)

    def path(self, number: i64) -> Path:
        """File of the segment."""
        return self.directory / f"{self.prefix}{str(int(number)).zfill(_DIGITS)}{self.suffix}"

    def lock(self) -> None:
        try:
            self.created_directory = make_directory(self.directory)
            descriptor = os.open(
                self.directory / (self.prefix + LOCK_NAME), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
            )
        except OSError as error:
            raise InputError([unusable(self.place(), error)]) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                raise InputError([already_open(self.place())]) from error
            raise InputError([unusable(self.place(), error)]) from error
        self.lock_descriptor = descriptor

    def numbers(self) -> list[int]:
        try:
            names = os.listdir(self.directory)
        except OSError as error:
            raise InputError([unusable(self.place(), error)]) from error
        result: list[int] = []
        for name in names:
            digits = name[len(self.prefix) : len(name) - len(self.suffix)]
            if name.startswith(self.prefix) and name.endswith(self.suffix) and digits.isdigit():
                result.append(int(digits))
        result.sort()
        return result

    def _descriptor(self, number: i64) -> int:
        known = self.descriptors.get(int(number))
        if known is not None:
            return known
        flags = os.O_RDONLY if self.read_only else os.O_RDWR
        descriptor = os.open(self.path(number), flags | os.O_CLOEXEC)
        self.descriptors[int(number)] = descriptor
        return descriptor

    def size(self, number: i64) -> i64:
        return os.fstat(self._descriptor(number)).st_size

    def read(self, number: i64, offset: i64, size: i64) -> bytes:
        return os.pread(self._descriptor(number), size, offset)

    def allocate(self, number: i64, size: i64) -> None:
        path = self.path(number)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, size)
            mapped = mmap.mmap(descriptor, size)
            # Small steps, each followed by a chance for the hot thread to take the interpreter lock back.
            for start in range(0, int(size), _TOUCH_BYTES):
                end = min(start + _TOUCH_BYTES, int(size))
                mapped[start:end] = bytes(end - start)
                time.sleep(0)
            os.fsync(descriptor)
            sync_directory(self.directory)
        except OSError:
            os.close(descriptor)
            path.unlink()
            raise
        self.descriptors[int(number)] = descriptor
        self.maps[int(number)] = mapped

    def buffer(self, number: i64) -> Buffer:
        mapped = self.maps.get(int(number))
        if mapped is None:
            mapped = mmap.mmap(self._descriptor(number), 0)
            self.maps[int(number)] = mapped
        return mapped

    def sync(self, number: i64) -> None:
        os.fdatasync(self._descriptor(number))

    def release(self, number: i64) -> None:
        mapped = self.maps.pop(int(number), None)
        if mapped is not None:
            mapped.close()
        descriptor = self.descriptors.pop(int(number), -1)
        if descriptor >= 0:
            os.close(descriptor)

    def trim(self, number: i64, size: i64) -> None:
        self.release(number)
        os.truncate(self.path(number), size)

    def remove(self, number: i64) -> None:
        self.release(number)
        self.path(number).unlink()
        sync_directory(self.directory)

    def set_aside(self, name: str, data: bytes) -> None:
        path = self.directory / name
        attempt = 0
        while path.exists():
            attempt += 1
            path = self.directory / f"{name}.{attempt}"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            written = 0
            while written < len(data):
                written += os.write(descriptor, data[written:])
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        sync_directory(self.directory)

    def close(self) -> None:
        for number in list(self.descriptors):
            self.release(number)
        if self.lock_descriptor >= 0:
            os.close(self.lock_descriptor)
            self.lock_descriptor = -1

    def abandon(self) -> None:
        if self.lock_descriptor >= 0:
            (self.directory / (self.prefix + LOCK_NAME)).unlink()
        self.close()
        if self.created_directory:
            self.directory.rmdir()


def log_store(directory: Path, read_only: bool) -> FileSegmentStore:
    """The write-ahead log in a directory."""
    return FileSegmentStore(directory, LOG_PREFIX, LOG_SUFFIX, read_only)


def capture_store(directory: Path, read_only: bool) -> FileSegmentStore:
    """The capture of market data in a directory."""
    return FileSegmentStore(directory, CAPTURE_PREFIX, CAPTURE_SUFFIX, read_only)
