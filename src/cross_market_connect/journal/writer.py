"""The write-ahead log's one writer.

Theory of operation. `append` copies a finished record with its checksum into the mapped segment, so it is in the log
before the send that it announces. `seal`, called by the loop after sending, fills the hash trailers of everything
appended since and touches the pages that come next. Both stay in memory; `sync` makes it durable and belongs into
another thread (`sync_thread`), or is called by a loop that has none.

A segment is always prepared ahead: at open, and after each change of segment by `prepare_next`, which the sync thread
calls (a loop without one calls it when idle). If that fails, `space_exhausted_soon` is set while a whole segment is
still free: the engine then opens nothing new and works off what is open. It is cleared when a later call succeeds.
A segment ends when the next record does not fit: by bytes, never by time.

The last of that room is a reserve: `makes_room` says before each step whether the step's records still fit. When they
do not, the loop takes nothing in and sends nothing until there is space; it never finds out in mid-step.
"""

from __future__ import annotations

from threading import Lock
from typing import Final, final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.errors import InputError, InvariantError
from cross_market_connect.domain.records import KIND_LIMIT, RECORD_TABLE, RecordSink
from cross_market_connect.journal.layout import (
    HASH_BYTES,
    HEADER_BYTES,
    RECORD_BYTES_MAX,
    SegmentHeader,
    chain_hash,
    encode_record,
    padded,
    record_span,
)
from cross_market_connect.journal.recovery import Recovery, continues, recover
from cross_market_connect.journal.store import Buffer, SegmentStore, unusable

SEGMENT_BYTES: Final[i64] = 33_554_432
SEGMENT_BYTES_MIN: Final[i64] = 4096
UNSEALED_MAX: Final[i64] = 1024
PAGE_BYTES: Final[i64] = 4096
# More than a step writes between two seals.
TOUCHED_AHEAD_BYTES: Final[i64] = 8192
# The share of a segment that one step's records never exceed: a read, what it brings, and what is decided about it.
STEP_SHARE: Final[i64] = 8
# The share that must be free for a run to begin: its configuration is on record before anything else.
BEGINNING_SHARE: Final[i64] = 2


def _classes() -> list[int]:
    return [RECORD_TABLE[kind][1] if kind in RECORD_TABLE else 0 for kind in range(KIND_LIMIT)]


_CLASS: Final[vec[i64]] = vec[i64](_classes())


@final
class LogWriter(RecordSink):
    """Appends records. Made by `open_log`.

    Attributes:
        last_seq: number of the last record appended, 0 before the first.
        last_hash: chain hash of the last record sealed; after `seal` it is the journal hash.
        synced_seq: every record up to this one survives a power cut.
        space_exhausted_soon: the next segment could not be prepared; `space_fault` says why.
        late_allocations: how often a segment had to be allocated on the hot path because none was prepared.
        recovery: what was found at open.
    """

    def __init__(self, store: SegmentStore, recovery: Recovery, code_version: str, segment_bytes: i64) -> None:
        self.store: SegmentStore = store
        self.recovery: Recovery = recovery
        self.code_version: str = code_version
        self.segment_bytes: i64 = segment_bytes
        self.last_seq: i64 = recovery.last_seq
        self.last_hash: bytes = recovery.last_hash
        self.synced_seq: i64 = 0
        self.space_exhausted_soon: bool = False
        self.space_fault: str = ""
        self.late_allocations: i64 = 0
        self.segment: i64 = recovery.segment
        self._prepared: i64 = 0
        self._prepare_lock: Lock = Lock()
        self._buffer: Buffer = bytearray()
        self._offset: i64 = 0
        self._limit: i64 = 0
        self._sealed_offset: i64 = 0
        # Every page that begins before this one was touched.
        self._touched: i64 = 0
        self._unsealed: list[bytes] = []
        # Segments with bytes that may not be durable; the last one is being written.
        self._open_segments: list[int] = []

    def append(self, kind: i64, cause_seq: i64, input_seq: i64, now_ns: i64, payload: bytes) -> i64:
        """Copy one record into the log; see `RecordSink.append`.

        Raises:
            InvariantError: the record is longer than a segment, or the log is full although
                `space_exhausted_soon` had announced it a segment earlier.
        """
        span: i64 = record_span(len(payload))
        if self._offset + span > self._limit:
            self._change_segment(span, input_seq)
        seq: i64 = self.last_seq + 1
        record = encode_record(seq, cause_seq, input_seq, now_ns, kind, _CLASS[kind], payload)
        start: i64 = self._offset
        self._buffer[start : start + len(record)] = record
        self._offset = start + span
        self.last_seq = seq
        self._unsealed.append(record)
        if len(self._unsealed) >= UNSEALED_MAX:
            self.seal()
        return seq

    def seal(self) -> None:
        """Fill the hash trailer of every record appended since the last call."""
        place: i64 = self._sealed_offset
        for record in self._unsealed:
            digest = chain_hash(self.last_hash, record)
            place += len(record)
            self._buffer[place : place + HASH_BYTES] = digest
            place += HASH_BYTES
            self.last_hash = digest
        self._sealed_offset = place
        self._unsealed.clear()
        self._touch_ahead()

    def _touch_ahead(self) -> None:
        """Have the pages behind the last record mapped before they are needed: a first touch costs the kernel several
        microseconds, which no record waits for that announces a send."""
        end: i64 = self._offset + TOUCHED_AHEAD_BYTES
        if end > self._limit:
            end = self._limit
        if self._touched < self._offset:
            self._touched = (self._offset + PAGE_BYTES - 1) // PAGE_BYTES * PAGE_BYTES
        while self._touched < end:
            self._buffer[self._touched] = 0
            self._touched += PAGE_BYTES

    def remaining_bytes(self) -> i64:
        """Bytes that can still be appended without new space on the disk."""
        free: i64 = self._limit - self._offset
        if self._prepared > 0:
            free += self.segment_bytes - HEADER_BYTES
        return free

    def needs_next(self) -> bool:
        """Whether `prepare_next` has something to do."""
        return self._prepared == 0

    def has_room(self) -> bool:
        """Whether the records of one more step fit into what the disk has already given."""
        return self._prepared > 0 or self._limit - self._offset >= self.segment_bytes // STEP_SHARE

    def makes_room(self) -> bool:
        """`has_room`, with a segment asked for where it takes one; False on a full disk."""
        return self.has_room() or self.prepare_next()

    def prepare_next(self) -> bool:
        """Have the segment after the present one ready, off the hot path; False (and the flag) on a full disk."""
        with self._prepare_lock:
            if self._prepared > 0:
                return True
            return self._allocate(self.segment + 1)

    def _allocate(self, number: i64) -> bool:
        try:
            self.store.allocate(number, self.segment_bytes)
        except OSError as error:
            self.space_exhausted_soon = True
            self.space_fault = unusable(self.store.place(), error)
            return False
        self._prepared = number
        self.space_exhausted_soon = False
        self.space_fault = ""
        return True

    def sync(self) -> i64:
        """Make everything appended so far durable and return its last record number. Meant for another thread.

        Raises:
            OSError: the device failed. The log must not be trusted to be durable any more: after a failed sync the
                kernel may have dropped the pages, and a later success says nothing about them.
        """
        seq: i64 = self.last_seq
        numbers = self._open_segments.copy()
        for number in numbers:
            self.store.sync(number)
        for _ in range(len(numbers) - 1):
            self.store.release(self._open_segments.pop(0))
        self.synced_seq = seq
        return seq

    def _change_segment(self, span: i64, input_seq: i64) -> None:
        if span > RECORD_BYTES_MAX or HEADER_BYTES + span > self.segment_bytes:
            raise InvariantError(f"a record of {span} bytes does not fit a segment of {self.segment_bytes}")
        self.seal()
        with self._prepare_lock:
            if self._prepared == 0:
                self.late_allocations += 1
                if not self._allocate(self.segment + 1):
                    raise InvariantError(f"the log is full after record {self.last_seq}: {self.space_fault}")
            self._begin(self._prepared, input_seq)
            self._prepared = 0

    def _begin(self, number: i64, input_seq: i64) -> None:
        """Start writing to an allocated segment: its header continues the chain."""
        header = SegmentHeader(number, self.last_seq + 1, input_seq, self.segment_bytes)
        header.previous_hash = self.last_hash
        header.code_version = self.code_version
        self._enter(number, HEADER_BYTES)
        self._buffer[0:HEADER_BYTES] = header.to_bytes()

    def _enter(self, number: i64, offset: i64) -> None:
        self._buffer = self.store.buffer(number)
        self.segment = number
        self._offset = offset
        self._sealed_offset = offset
        self._touched = 0
        self._limit = len(self._buffer)
        self._open_segments.append(int(number))

    def start(self, creation_input: i64) -> list[int]:
        """Take over where the log ended, with a segment prepared ahead; returns the segments created.

        A full disk is no reason to stay away while what is there takes the next steps: `space_exhausted_soon` says so.

        Raises:
            OSError: the space cannot be had; the segments created so far are removed again.
        """
        created: list[int] = []
        try:
            existing = self.store.numbers()
            first: i64 = self.segment
            if continues(self.recovery, self.code_version):
                self._enter(self.segment, self.recovery.offset)
            else:
                first = self.segment + 1
                self._have(first, existing, created)
                self._begin(first, creation_input)
            self._have_next(first + 1, existing, created)
            self.sync()
        except OSError:
            for number in created:
                self.store.remove(number)
            raise
        return created

    def _have_next(self, number: i64, existing: list[int], created: list[int]) -> None:
        """The segment after the present one; without it an earlier run's must have room to begin with."""
        try:
            self._have(number, existing, created)
        except OSError as error:
            if self.last_seq == 0 or self._limit - self._offset < self.segment_bytes // BEGINNING_SHARE:
                raise
            self.space_exhausted_soon = True
            self.space_fault = unusable(self.store.place(), error)
            return
        self._prepared = number

    def _have(self, number: i64, existing: list[int], created: list[int]) -> None:
        """A blank segment of this number and size: the one prepared in an earlier life, or a new one."""
        if int(number) in existing:
            if self.store.size(number) == self.segment_bytes:
                return
            self.store.remove(number)
        self.store.allocate(number, self.segment_bytes)
        created.append(int(number))

    def close(self) -> None:
        """Seal and sync what is there, then give the store back.

        Raises:
            OSError: the device failed, see `sync`; the store is given back all the same.
        """
        self.seal()
        try:
            self.sync()
        finally:
            self._buffer = bytearray()
            self._limit = 0
            self.store.close()


def open_log(
    store: SegmentStore, code_version: str, segment_bytes: i64, creation_input: i64, from_seq: i64
) -> LogWriter:
    """Lock the store, recover what is in it, and return the writer that continues it.

    Args:
        code_version: version of this program; another one than in the last segment begins a new segment.
        segment_bytes: size of new segments (`SEGMENT_BYTES`), a multiple of 8.
        creation_input: input number that new segment headers carry at open.
        from_seq: recovery begins at this record's segment (the last snapshot's record); 1 checks the whole log.

    Raises:
        InputError: another writer, no permission, no space; nothing is left half-started.
        LogDamageError: synced records are damaged.
    """
    if segment_bytes < SEGMENT_BYTES_MIN or segment_bytes != padded(segment_bytes):
        raise InvariantError(f"segment size {segment_bytes} is below {SEGMENT_BYTES_MIN} or not a multiple of 8")
    store.lock()
    try:
        writer = LogWriter(store, recover(store, from_seq), code_version, segment_bytes)
        writer.start(creation_input)
    except OSError as error:
        store.abandon()
        raise InputError([unusable(store.place(), error)]) from error
    except InputError:
        store.close()
        raise
    return writer
