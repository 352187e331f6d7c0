"""Reads the write-ahead log: in order, from the live end, and after a crash.

Theory of operation. A `LogCursor` walks the segments from the first record on and checks everything on its way: the
checksum, the sequence without gaps, the hash chain, and that each segment header continues the one before. Where the
next record is missing or bad, it stops and says why; it does not judge. Three readers judge differently:

* `LogTail` (console): the writer may be in the middle of a copy, so a bad record at the end means "not yet".
* `recover` (engine start): bytes that were not synced may be lost in any order after a power cut. A bad record that was
  never reported as synced is where the log ends; what lies behind it is set aside and counted. A bad record that *was*
  synced is damage, and the engine does not start on it.
* `verify` and `read_log` (audit): anything valid behind a bad record, and a bad record that had been sealed, is damage.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, final

from librt.strings import read_i32_le, read_i64_le
from mypy_extensions import i64

from cross_market_connect.domain.records import SYNCED
from cross_market_connect.journal.layout import (
    HASH_BYTES,
    HEADER_BYTES,
    NO_HASH,
    RECORD_BYTES_MAX,
    RECORD_HEADER_BYTES,
    RECORD_SPAN_MIN,
    SCHEMA_HASH,
    Damage,
    LogDamageError,
    Record,
    SegmentHeader,
    decode_header,
    header_fault,
    padded,
    record_fault,
    record_span,
    unsigned_word,
)
from cross_market_connect.journal.store import SegmentStore

CHUNK_BYTES: Final[i64] = 65_536
# Looked through at once where there may be nothing for long, or for eight bytes again and again.
BLANK_BYTES: Final[i64] = 1_024


def all_zero(content: bytes) -> bool:
    """Whether every byte is zero."""
    return content == bytes(len(content))


@final
class LogCursor:
    """Position in a log: the next record to read and the hash that it must continue.

    Args:
        strict: also refuse what no crash of ours leaves behind: bytes after the last record of a segment, and an
            unfilled trailer followed by a filled one.

    Attributes:
        next_seq: sequence number that the next record must have (one more than the records read).
        last_hash: hash of the last record read; the journal hash once the end is reached.
        fault: what stopped `step`; None when the log simply ends here.
        unsealed: how many of the last records have an unfilled trailer, at the end of what was read.
        accepts_other_fields: also read segments whose records may have other fields; only their frames are known then.
        synced_seq: highest record number that a record read so far reports as synced.
    """

    def __init__(self, store: SegmentStore, strict: bool) -> None:
        self.store: SegmentStore = store
        self.strict: bool = strict
        self.numbers: list[int] = store.numbers()
        self.index: i64 = -1
        self.segment: i64 = 0
        self.offset: i64 = 0
        self.next_seq: i64 = 1
        self.last_hash: bytes = NO_HASH
        self.header: SegmentHeader | None = None
        self.fault: Damage | None = None
        self.accepts_other_fields: bool = False
        self.unsealed: i64 = 0
        self.unsealed_place: Damage | None = None
        self.synced_seq: i64 = 0
        self.chunk: bytes = b""
        self.chunk_offset: i64 = 0

    def start_at(self, seq: i64) -> None:
        """Begin with the segment that holds record `seq`, trusting its header for what came before.

        Only before the first `step`. With a `seq` beyond the end the last segment is where reading begins.
        """
        for index in range(len(self.numbers) - 1, -1, -1):
            content = self.store.read(self.numbers[index], 0, HEADER_BYTES)
            if header_fault(content) == "":
                header = decode_header(content)
                if header.first_seq <= seq:
                    self.index = index - 1
                    self.segment = header.number - 1
                    self.next_seq = header.first_seq
                    self.last_hash = header.previous_hash
                    return

    def refresh(self) -> None:
        """Forget what was buffered and look again for segments that were added since."""
        self.numbers = self.store.numbers()
        self.chunk = b""
        self.chunk_offset = self.offset

    def step(self) -> Record | None:
        """The next record, or None at the end of what can be read; then `fault` says whether something is wrong."""
        self.fault = None
        if self.index < 0 or self.header is None:
            if not self._next_segment():
                return None
        place: i64 = self._window(RECORD_SPAN_MIN)
        if self._ends_here(place):
            if self.strict and not self._rest_is_zero():
                return None
            if not self._next_segment():
                return None
            place = self._window(RECORD_SPAN_MIN)
            if self._ends_here(place):
                return None
        return self._read_record(place)

    def _fail(self, number: i64, offset: i64, reason: str) -> bool:
        self.fault = Damage(number, offset, self.next_seq, reason)
        return False

    def _window(self, size: i64) -> i64:
        """Have `size` bytes from the cursor on in the chunk if the segment has them; returns the place in the chunk."""
        place: i64 = self.offset - self.chunk_offset
        if place < 0 or place + size > len(self.chunk):
            wanted: i64 = size if size > CHUNK_BYTES else CHUNK_BYTES
            self.chunk = self.store.read(self.segment, self.offset, wanted)
            self.chunk_offset = self.offset
            place = 0
        return place

    def _ends_here(self, place: i64) -> bool:
        """No record stands at the cursor: the segment is full or the rest was never written."""
        if place + RECORD_SPAN_MIN > len(self.chunk):
            return True
        if read_i32_le(self.chunk, place) != 0:
            return False
        return all_zero(self.chunk[place : place + RECORD_SPAN_MIN])

    def _rest_is_zero(self) -> bool:
        """Whether nothing follows the cursor in its segment; otherwise a record is missing here, or a bit flipped."""
        offset: i64 = self.offset
        while True:
            content = self.store.read(self.segment, offset, CHUNK_BYTES)
            if len(content) == 0:
                return True
            if not all_zero(content):
                offset += len(content) - len(content.lstrip(b"\0"))
                return self._fail(self.segment, self.offset, f"missing, although bytes follow at offset {offset}")
            offset += len(content)

    def check_rest(self) -> None:
        """After `step` found a clean end: set `fault` when anything was written behind it."""
        if self.header is not None and not self._rest_is_zero():
            return
        for index in range(self.index + 1, len(self.numbers)):
            number: i64 = self.numbers[index]
            if not self._blank(number):
                self._fail(number, 0, "segment has content but no header")
                return

    def _blank(self, number: i64) -> bool:
        offset: i64 = 0
        while True:
            content = self.store.read(number, offset, CHUNK_BYTES)
            if len(content) == 0:
                return True
            if not all_zero(content):
                return False
            offset += len(content)

    def _next_segment(self) -> bool:
        """Enter the next segment; False (with or without a fault) when there is none that has begun."""
        index: i64 = self.index + 1
        if index >= len(self.numbers):
            return False
        number: i64 = self.numbers[index]
        content = self.store.read(number, 0, HEADER_BYTES)
        if all_zero(content):
            return False
        reason = header_fault(content)
        if reason != "":
            return self._fail(number, 0, reason)
        header = decode_header(content)
        if self.header is not None and number == self.segment + 1 and header.first_seq > self.next_seq:
            return self._fail(
                self.segment, self.offset, f"missing, although segment {number} begins with record {header.first_seq}"
            )
        reason = self._misfit(header, number)
        if reason != "":
            return self._fail(number, 0, reason)
        self.header = header
        self.index = index
        self.segment = number
        self.offset = HEADER_BYTES
        self.chunk = b""
        self.chunk_offset = HEADER_BYTES
        return True

    def _misfit(self, header: SegmentHeader, number: i64) -> str:
        """Why the segment does not continue what was read; empty when it does."""
        if header.number != number:
            return f"segment header names segment {header.number}"
        if number != self.segment + 1:
            return f"segment {self.segment + 1} is missing before it"
        if header.schema_hash != SCHEMA_HASH and not self.accepts_other_fields:
            return f"written with other record fields (schema {header.schema_hash.hex()[:16]})"
        if header.first_seq != self.next_seq:
            return f"segment begins with record {header.first_seq}, expected {self.next_seq}"
        if header.previous_hash != self.last_hash:
            return "segment header does not carry the hash of the record before it"
        return ""

    def _read_record(self, place: i64) -> Record | None:
        length: i64 = unsigned_word(read_i32_le(self.chunk, place))
        if length >= RECORD_HEADER_BYTES and length <= RECORD_BYTES_MAX:
            place = self._window(padded(length) + HASH_BYTES)
        reason = record_fault(self.chunk, place, len(self.chunk))
        if reason != "":
            self._fail(self.segment, self.offset, reason)
            return None
        span: i64 = padded(length) + HASH_BYTES
        record = Record(self.segment, self.offset, self.chunk[place : place + span], self.last_hash)
        reason = self._out_of_chain(record)
        if reason != "":
            self._fail(self.segment, self.offset, reason)
            return None
        if self.strict and record.sealed and self.unsealed > 0:
            self.fault = self.unsealed_place
            return None
        if record.sealed:
            self.unsealed = 0
        else:
            if self.unsealed == 0:
                self.unsealed_place = Damage(
                    self.segment,
                    self.offset,
                    record.seq,
                    "no whole hash in its trailer, although later records have one",
                )
            self.unsealed += 1
        self.last_hash = record.hash
        self.next_seq += 1
        self.offset += span
        synced: i64 = reported_as_synced(record)
        if synced > self.synced_seq:
            self.synced_seq = synced
        return record

    def _out_of_chain(self, record: Record) -> str:
        if record.seq != self.next_seq:
            return f"record {record.seq} stands where {self.next_seq} should"
        if not record.sealed and not record.trailer_is_torn():
            return f"hash {record.stored_hash.hex()[:16]} in the record, {record.hash.hex()[:16]} computed"
        return ""


def reported_as_synced(record: Record) -> i64:
    """The record number that a `synced` measurement reports; 0 for every other record."""
    if record.kind != SYNCED or len(record.payload) < 16:
        return 0
    return read_i64_le(record.payload, 8)


@final
class Aftermath:
    """What lies behind a fault: whole records that the chain cannot reach any more.

    Attributes:
        records: how many, by checksum alone.
        last_seq: the highest of their numbers.
        synced_seq: the highest record number that one of them reports as synced.
    """

    def __init__(self) -> None:
        self.records: i64 = 0
        self.last_seq: i64 = 0
        self.synced_seq: i64 = 0


def aftermath(cursor: LogCursor) -> Aftermath:
    """Search for whole records after the fault at which `cursor` stands, at every multiple of 8."""
    result = Aftermath()
    fault = cursor.fault
    if fault is None:
        return result
    for number in cursor.numbers:
        segment: i64 = number
        if segment < fault.segment:
            continue
        content = cursor.store.read(segment, 0, cursor.store.size(segment))
        offset: i64 = HEADER_BYTES
        if segment == fault.segment and fault.offset > 0:
            offset = fault.offset + 8
        _search(content, offset, segment, cursor.next_seq, result)
    return result


def _search(content: bytes, offset: i64, segment: i64, next_seq: i64, result: Aftermath) -> None:
    end: i64 = len(content)
    while offset + RECORD_SPAN_MIN <= end:
        if read_i64_le(content, offset) == 0:
            rest = content[offset : offset + BLANK_BYTES]
            blank: i64 = len(rest) - len(rest.lstrip(b"\0"))
            offset += blank // 8 * 8
        elif record_fault(content, offset, end) == "" and read_i64_le(content, offset + 8) >= next_seq:
            # Not all that follows: a segment's rest for each record would take hours.
            span = record_span(i64(read_i32_le(content, offset)) - RECORD_HEADER_BYTES)
            record = Record(segment, offset, content[offset : offset + span], NO_HASH)
            result.records += 1
            if record.seq > result.last_seq:
                result.last_seq = record.seq
            synced: i64 = reported_as_synced(record)
            if synced > result.synced_seq:
                result.synced_seq = synced
            offset += record.span
        else:
            offset += 8


@final
class LogReader:
    """Reads a log that nobody is expected to repair: strict, from the record asked for to the end.

    Attributes (after `records` is exhausted):
        torn: an incomplete last record, as a crash leaves it; None when the log ends cleanly.
        last_seq, last_hash: the last whole record; its hash is the journal hash.
    """

    def __init__(self, store: SegmentStore, from_seq: i64) -> None:
        self.cursor: LogCursor = LogCursor(store, True)
        self.from_seq: i64 = from_seq
        self.torn: Damage | None = None
        self.last_seq: i64 = 0
        self.last_hash: bytes = NO_HASH
        if from_seq > 1:
            self.cursor.start_at(from_seq)

    def records(self) -> Iterator[Record]:
        """Every record in order; raises LogDamageError at damage that is not just a torn last record."""
        while True:
            record = self.cursor.step()
            if record is None:
                break
            self.last_seq = record.seq
            self.last_hash = record.hash
            if record.seq >= self.from_seq:
                yield record
        if self.cursor.fault is None:
            self.cursor.check_rest()
        fault = self.cursor.fault
        if fault is not None:
            if not is_torn_tail(self.cursor):
                raise LogDamageError(fault)
            self.torn = fault


def is_torn_tail(cursor: LogCursor) -> bool:
    """Whether the fault is what a crash in the middle of the last append leaves: nothing whole and no hash after it."""
    fault = cursor.fault
    if fault is None or fault.offset == 0 or fault.record_seq < cursor.next_seq or fault.reason.startswith("hash"):
        return False
    if aftermath(cursor).records > 0:
        return False
    head = cursor.store.read(fault.segment, fault.offset, 8)
    if len(head) < 8:
        return True
    length: i64 = unsigned_word(read_i32_le(head, 0))
    if length < RECORD_HEADER_BYTES or length > RECORD_BYTES_MAX:
        return True
    return all_zero(cursor.store.read(fault.segment, fault.offset + padded(length), HASH_BYTES))


@final
class Verdict:
    """What `verify` found: how far the log is whole, and where it is not.

    Attributes:
        records: whole records in an unbroken chain from the first one on.
        last_hash: hash of the last of them, the journal hash.
        unsealed: of these, the last ones whose hash was computed because a crash left it unfilled.
        broken: the first damage; None when there is none.
        torn: an incomplete record at the very end, as a crash leaves it.
    """

    def __init__(self, cursor: LogCursor, broken: Damage | None, torn: Damage | None) -> None:
        self.records: i64 = cursor.next_seq - 1
        self.last_hash: bytes = cursor.last_hash
        self.unsealed: i64 = cursor.unsealed
        self.segments: i64 = cursor.index + 1
        self.broken: Damage | None = broken
        self.torn: Damage | None = torn


def verify(store: SegmentStore) -> Verdict:
    """Check every byte of the log: checksums, sequence, chain, segment headers, and that nothing stands in between."""
    cursor = LogCursor(store, True)
    while cursor.step() is not None:
        pass
    if cursor.fault is None:
        cursor.check_rest()
    fault = cursor.fault
    if fault is None:
        return Verdict(cursor, None, None)
    if is_torn_tail(cursor):
        return Verdict(cursor, None, fault)
    return Verdict(cursor, fault, None)


@final
class LogTail:
    """Follows a log that is being written, for a console in another process.

    Args:
        from_seq: first record wanted.

    Attributes:
        fault: why the last `poll` stopped early. The writer may be in the middle of a copy, so only a fault that stays
            is damage.
    """

    def __init__(self, store: SegmentStore, from_seq: i64) -> None:
        self.cursor: LogCursor = LogCursor(store, False)
        self.from_seq: i64 = from_seq
        self.fault: Damage | None = None
        if from_seq > 1:
            self.cursor.start_at(from_seq)

    def poll(self, limit: i64) -> list[Record]:
        """Up to `limit` records that were added since the last call; returns at once, empty when there are none."""
        result: list[Record] = []
        self.cursor.refresh()
        while len(result) < limit:
            record = self.cursor.step()
            if record is None:
                break
            if record.seq >= self.from_seq:
                result.append(record)
        self.fault = self.cursor.fault
        return result
