"""Snapshots: the engine's state as of one record, so that a restart need not read the whole log.

A snapshot is never needed: without a whole one the log is read from its beginning. Each file holds

    0 magic (8) | 8 record sequence number i64 | 16 SHA-256 of everything else (32) | 48 state

and is written beside its final name, synced, then renamed, so a crash leaves the one before. The newest two are kept.
The magic names the version. Those of version 1 are read:

    0 magic (8) | 8 record sequence number i64 | 16 schema hash (32) | 48 SHA-256 of the state (32) | 80 state
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Final, final

from mypy_extensions import mypyc_attr

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.journal.file_store import for_its_user_alone, sync_directory

VERSION: Final = 2
MAGIC: Final = b"XMCSNAP2"
HEADER_BYTES: Final = 48
MAGIC_1: Final = b"XMCSNAP\n"
HEADER_1_BYTES: Final = 80
KEPT: Final = 2
PREFIX: Final = "snapshot-"
SUFFIX: Final = ".xmc"


@final
class Snapshot:
    """A state and the record that it is as of; `version` is that of the state's form."""

    def __init__(self, record_seq: int, state: str, version: int = VERSION) -> None:
        self.record_seq = record_seq
        self.state = state
        self.version = version


def encode(snapshot: Snapshot) -> bytes:
    """A snapshot's file."""
    head = MAGIC + snapshot.record_seq.to_bytes(8, "little", signed=True)
    state = snapshot.state.encode()
    return head + hashlib.sha256(head + state).digest() + state


def decode(content: bytes) -> Snapshot | None:
    """The snapshot in a file; None when it is not whole or of a version that is not known."""
    if content[:8] == MAGIC_1:
        return decode_1(content)
    if len(content) < HEADER_BYTES or content[:8] != MAGIC:
        return None
    state = content[HEADER_BYTES:]
    if hashlib.sha256(content[:16] + state).digest() != content[16:HEADER_BYTES]:
        return None
    return Snapshot(int.from_bytes(content[8:16], "little", signed=True), state.decode())


def decode_1(content: bytes) -> Snapshot | None:
    """The snapshot in a file of version 1; None when it is not whole."""
    if len(content) < HEADER_1_BYTES:
        return None
    state = content[HEADER_1_BYTES:]
    if hashlib.sha256(state).digest() != content[48:HEADER_1_BYTES]:
        return None
    return Snapshot(int.from_bytes(content[8:16], "little", signed=True), state.decode(), 1)


@mypyc_attr(allow_interpreted_subclasses=True)
class SnapshotStore:
    """Where snapshots are kept."""

    def save(self, snapshot: Snapshot) -> None:
        """Keep one more; raises OSError when it cannot be written."""
        raise InvariantError("a snapshot store must implement save")

    def load(self) -> list[Snapshot]:
        """The whole snapshots, the newest first."""
        raise InvariantError("a snapshot store must implement load")


@final
class MemorySnapshotStore(SnapshotStore):
    """Snapshots of the virtual world."""

    def __init__(self) -> None:
        self.contents: list[bytes] = []

    def save(self, snapshot: Snapshot) -> None:
        self.contents = [*self.contents[-(KEPT - 1) :], encode(snapshot)]

    def load(self) -> list[Snapshot]:
        decoded = [decode(content) for content in reversed(self.contents)]
        return [snapshot for snapshot in decoded if snapshot is not None]


@final
class FileSnapshotStore(SnapshotStore):
    """Snapshots in a directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def paths(self) -> list[Path]:
        """The files, the oldest first."""
        return sorted(self.directory.glob(f"{PREFIX}*{SUFFIX}"))

    def save(self, snapshot: Snapshot) -> None:
        final_path = self.directory / f"{PREFIX}{snapshot.record_seq:012d}{SUFFIX}"
        unfinished = final_path.with_suffix(".unfinished")
        with open(unfinished, "wb", opener=for_its_user_alone) as file:
            file.write(encode(snapshot))
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, final_path)
        sync_directory(self.directory)
        for path in self.paths()[:-KEPT]:
            path.unlink()

    def load(self) -> list[Snapshot]:
        decoded = [decode(path.read_bytes()) for path in reversed(self.paths())]
        return [snapshot for snapshot in decoded if snapshot is not None]
