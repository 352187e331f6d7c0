"""Brings a log back to a state from which it can be continued, after a stop of any kind.

Theory of operation. What was copied into a mapped segment survives the death of the process; a power cut keeps what was
synced and any part of the rest, in any order. The log ends at the first record that is not whole:

* it was reported as synced (a `synced` measurement says so, before or after it): damage. `recover` raises.
* otherwise it was in flight. Its bytes, and whole records behind it that the chain can no longer reach, are set aside
  in files of their own, counted, and zeroed in the log. The engine reconciles with every venue anyway; the count tells
  it that it must.

Records with an unfilled trailer get their hash, so that the chain on disk is whole again. What was read may be there
only because the machine has run on since the process died: it is synced before anything goes on behind it.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.records import MEASUREMENT
from cross_market_connect.journal.layout import HASH_BYTES, SCHEMA_HASH, Damage, LogDamageError, Record, SegmentHeader
from cross_market_connect.journal.reader import LogCursor, aftermath
from cross_market_connect.journal.store import SegmentStore

# A whole log is kept in memory up to so many records.
WHOLE_RECORDS_MAX: Final[i64] = 20_000


@final
class Recovery:
    """Where a log ends and can be continued.

    Attributes:
        last_seq, last_hash: the last whole record; 0 and 32 zero bytes for an empty log.
        segment, offset: where the next record goes; segment 0 when no segment has begun.
        header: the header of that segment.
        torn: the incomplete record that was taken out, None when the log ended cleanly.
        lost_records: whole records behind it that were set aside because the chain could not reach them.
        tail: the records from `from_seq` on, so that they need not be read again; none of a whole log that is long, or
            that holds records with other fields.
        foreign: the version of the program whose records in `tail` have other fields; empty when there are none. The
            measurements that follow a run's last snapshot do not count.
    """

    def __init__(self, cursor: LogCursor) -> None:
        self.last_seq: i64 = cursor.next_seq - 1
        self.last_hash: bytes = cursor.last_hash
        self.segment: i64 = cursor.segment if cursor.header is not None else 0
        self.offset: i64 = cursor.offset
        self.header: SegmentHeader | None = cursor.header
        self.torn: Damage | None = None
        self.lost_records: i64 = 0
        self.tail: list[Record] = []
        self.foreign: str = ""


def recover(store: SegmentStore, from_seq: i64) -> Recovery:
    """Find the end of the log and repair what a crash left there. The caller holds the store's lock.

    Args:
        from_seq: begin with the segment of this record (the last snapshot's); 1 checks the whole log.

    Raises:
        LogDamageError: a record that was synced is not whole any more.
    """
    cursor = LogCursor(store, False)
    cursor.accepts_other_fields = True
    tail: list[Record] = []
    foreign = ""
    has_other_fields = False
    if from_seq > 1:
        cursor.start_at(from_seq)
    first: i64 = cursor.segment + 1
    unsealed: list[Record] = []
    while True:
        record = cursor.step()
        if record is None:
            break
        if not record.sealed:
            unsealed.append(record)
        if record.seq >= from_seq and (from_seq > 1 or record.seq <= WHOLE_RECORDS_MAX):
            tail.append(record)
        header = cursor.header
        if header is not None and header.schema_hash != SCHEMA_HASH:
            has_other_fields = True
            if record.seq > from_seq and record.record_class != MEASUREMENT:
                foreign = header.code_version
    if cursor.fault is None:
        cursor.check_rest()
    result = Recovery(cursor)
    if from_seq > 1 or (cursor.next_seq - 1 <= WHOLE_RECORDS_MAX and not has_other_fields):
        result.tail = tail
    result.foreign = foreign
    fault = cursor.fault
    if fault is not None:
        after = aftermath(cursor)
        synced: i64 = after.synced_seq if after.synced_seq > cursor.synced_seq else cursor.synced_seq
        if fault.record_seq <= synced:
            raise LogDamageError(fault)
        result.torn = fault
        result.lost_records = after.records
        _cut(store, cursor.numbers, fault)
    for record in unsealed:
        trailer: i64 = record.offset + record.span - HASH_BYTES
        store.buffer(record.segment)[trailer : trailer + HASH_BYTES] = record.hash
    for number in store.numbers():
        if number >= first:
            store.sync(number)
    return result


def _cut(store: SegmentStore, numbers: list[int], fault: Damage) -> None:
    """Set aside and zero everything from the fault on; segments that lie wholly behind it are removed."""
    for number in numbers:
        segment: i64 = number
        if segment < fault.segment:
            continue
        start: i64 = fault.offset if segment == fault.segment else 0
        size: i64 = store.size(segment)
        content = store.read(segment, start, size - start).rstrip(b"\0")
        if len(content) > 0:
            store.set_aside(f"torn-segment-{segment}-offset-{start}-record-{fault.record_seq}.bin", content)
        if start == 0:
            store.remove(segment)
        else:
            count: i64 = len(content)
            store.buffer(segment)[start : start + count] = bytes(count)


def continues(recovery: Recovery, code_version: str) -> bool:
    """Whether this program may go on in the segment where the log ended, or begins a new one."""
    header = recovery.header
    if recovery.segment == 0 or header is None:
        return False
    return header.code_version == code_version and header.schema_hash == SCHEMA_HASH
