"""Snapshots: the engine's state as of one record, so that a restart need not read the whole log.

A snapshot is never needed: without a whole one the log is read from its beginning. Each file holds

    0 magic (8) | 8 record sequence number i64 | 16 SHA-256 of everything else (32) | 48 heading, line feed, state

and is written beside its final name, synced, then renamed, so a crash leaves the one before. The newest two are kept.
The heading is a line of JSON with the configuration whose numbers the state speaks in, and the day of its tables. The
magic names the version. Those of version 2, which lack the heading, and of version 1 are read:

    0 magic (8) | 8 record sequence number i64 | 16 schema hash (32) | 48 SHA-256 of the state (32) | 80 state
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Final, final

from mypy_extensions import mypyc_attr

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.journal.file_store import for_its_user_alone, sync_directory

# Of the state's form, which a heading before it does not change.
VERSION: Final = 2
MAGIC: Final = b"XMCSNAP3"
MAGIC_2: Final = b"XMCSNAP2"
HEADER_BYTES: Final = 48
MAGIC_1: Final = b"XMCSNAP\n"
HEADER_1_BYTES: Final = 80
KEPT: Final = 2
PREFIX: Final = "snapshot-"
SUFFIX: Final = ".xmc"


@final
class Snapshot:
    """A state and the record that it is as of.

    Attributes:
        configuration, day: what the state's indexes mean: the canonical text of its run's configuration, and the day
            of the tables (YYYYMMDD); empty and 0 where the file says nothing of it.
        version: of the state's form.
    """

    def __init__(
        self, record_seq: int, state: str, configuration: str = "", day: int = 0, version: int = VERSION
    ) -> None:
        self.record_seq = record_seq
        self.state = state
        self.configuration = configuration
        self.day = day
        self.version = version


def encode(snapshot: Snapshot) -> bytes:
    """A snapshot's file."""
    head = MAGIC + snapshot.record_seq.to_bytes(8, "little", signed=True)
    heading = {"configuration": snapshot.configuration, "day": snapshot.day}
    state = f"{json.dumps(heading, sort_keys=True)}\n{snapshot.state}".encode()
    return head + hashlib.sha256(head + state).digest() + state


def decode(content: bytes) -> Snapshot | None:
    """The snapshot in a file; None when it is not whole or of a version that is not known."""
    if content[:8] == MAGIC_1:
        return decode_1(content)
    if len(content) < HEADER_BYTES or (content[:8] != MAGIC and content[:8] != MAGIC_2):
        return None
    state = content[HEADER_BYTES:]
    if hashlib.sha256(content[:16] + state).digest() != content[16:HEADER_BYTES]:
        return None
    record_seq, text = int.from_bytes(content[8:16], "little", signed=True), state.decode()
    if content[:8] == MAGIC_2:
        return Snapshot(record_seq, text)
    first, _, text = text.partition("\n")
    heading = json.loads(first)
    return Snapshot(record_seq, text, str(heading["configuration"]), int(heading["day"]))


def decode_1(content: bytes) -> Snapshot | None:
    """The snapshot in a file of version 1; None when it is not whole."""
    if len(content) < HEADER_1_BYTES:
        return None
    state = content[HEADER_1_BYTES:]
    if hashlib.sha256(state).digest() != content[48:HEADER_1_BYTES]:
        return None
    return Snapshot(int.from_bytes(content[8:16], "little", signed=True), state.decode(), version=1)


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
