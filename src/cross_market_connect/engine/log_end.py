"""Where a restart begins to read: at the newest snapshot that the log confirms, or at the log's first record."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.records import CHECKPOINT, CONFIGURATION
from cross_market_connect.journal.layout import Record
from cross_market_connect.journal.reader import LogReader
from cross_market_connect.journal.snapshot import VERSION, Snapshot
from cross_market_connect.journal.store import SegmentStore
from cross_market_connect.journal.writer import LogWriter
from cross_market_connect.trading.state import text_hash


def usable_end(
    snapshots: list[Snapshot], log: LogWriter, reading: SegmentStore
) -> tuple[Snapshot | None, Iterable[Record]]:
    """The newest snapshot that the log confirms, and the records after it; all records when there is none.

    The log may have lost its end, and a snapshot's record with it; and a snapshot is believed only when the log holds
    its hash.

    Raises InputError when the records after it are those of another version of the program.
    """
    foreign = log.recovery.foreign
    if foreign != "":
        raise InputError(
            [f"{reading.place()}: version {foreign} was not ended cleanly; run and end it once, then start this one"]
        )
    tail = log.recovery.tail
    log.recovery.tail = []
    for snapshot in snapshots:
        if snapshot.record_seq > log.last_seq:
            continue
        if not tail or tail[0].seq != snapshot.record_seq:
            tail = list(LogReader(reading, snapshot.record_seq).records())
        if is_confirmed(snapshot, tail[0]):
            if snapshot.configuration == "":
                snapshot.configuration = configuration_at(reading, snapshot.record_seq)
            return snapshot, tail[1:]
    if tail and tail[0].seq == 1:
        return None, tail
    return None, LogReader(reading, 1).records()


def is_confirmed(snapshot: Snapshot, checkpoint: Record) -> bool:
    """Whether the record that a snapshot is as of holds the hash of its state."""
    if checkpoint.kind != CHECKPOINT:
        return False
    if snapshot.version != VERSION:
        found = hashlib.sha256(snapshot.state.encode()).hexdigest()
    else:
        found = text_hash(snapshot.state)
    return checkpoint.fields()["state_hash"] == found


def configuration_at(reading: SegmentStore, seq: int) -> str:
    """The configuration that is in force at a record, for a snapshot of a version that does not say it."""
    found = ""
    for record in LogReader(reading, 1).records():
        if record.seq > seq:
            break
        if record.kind == CONFIGURATION:
            found = str(record.fields()["configuration"])
    return found
