"""Byte layout of the write-ahead log: segment header, record, hash chain.

All integers are little endian. A segment is a preallocated file of fixed size: one header of 256 bytes, then records
one after the other, then zeros. A record starts at a multiple of 8 and is

    offset  size  field
         0     4  length: the 48 bytes of this header plus the payload, without padding and trailer
         4     4  CRC-32 (zlib) of bytes 8 to the end of the padding, started with `length` as its initial value
         8     8  record sequence number, counted from 1 without gaps over all segments
        16     8  cause: the record that caused this one, 0 when the input itself did
        24     8  input sequence number of the step that wrote it
        32     8  the step's monotonic time in nanoseconds
        40     4  kind (domain.records.RECORD_TABLE)
        44     4  class: input, decision or measurement
        48     n  payload
               p  zeros up to a multiple of 8
              32  hash: SHA-256 of the previous record's hash followed by all bytes before this trailer

The checksum finds damage, the chain proves that nothing was changed, removed or put in between. The trailer is outside
the checksum because it is filled after the send: a valid record with an unfilled trailer at the very end of the log is
what a crash between append and seal leaves behind.

The segment header repeats what ties segments together:

    0 magic (8) | 8 version u32, header size u32 | 16 segment number | 24 first record | 32 creation input
    40 segment size | 48 schema hash (32) | 80 last hash of the previous segment (32)
    112 code version: length u32, text (at most 120) | 252 CRC-32 of the 252 bytes before it

A header of zeros is a segment that was prepared and not yet begun.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final, final
from zlib import crc32

from librt.strings import BytesWriter, read_i32_le, read_i64_le, write_i32_le, write_i64_le
from mypy_extensions import i32, i64, mypyc_attr

from cross_market_connect.domain.errors import InputError, InvariantError
from cross_market_connect.domain.records import RECORD_TABLE, decode_payload

FORMAT_VERSION: Final[i64] = 1
MAGIC: Final[bytes] = b"XMCLOG\r\n"
HEADER_BYTES: Final[i64] = 256
HEADER_CRC_OFFSET: Final[i64] = 252
CODE_VERSION_OFFSET: Final[i64] = 112
CODE_VERSION_BYTES_MAX: Final[i64] = 120

RECORD_HEADER_BYTES: Final[i64] = 48
HASH_BYTES: Final[i64] = 32
RECORD_BYTES_MAX: Final[i64] = 4 * 1024 * 1024
RECORD_SPAN_MIN: Final[i64] = 80
_WORD: Final[i64] = 4_294_967_296
_HALF_WORD: Final[i64] = 2_147_483_648

NO_HASH: Final[bytes] = bytes(32)
PADDING: Final[tuple[bytes, ...]] = tuple(bytes(count) for count in range(8))
# A name of this module's own: an imported one is looked up at every call.
_CRC32: Final = crc32
# Records are put together here, one at a time.
_BODY: Final[BytesWriter] = BytesWriter()
_RECORD: Final[BytesWriter] = BytesWriter()


def _schema_hash() -> bytes:
    """SHA-256 of the field table in its written order; independent of the Python version."""
    lines = [
        f"{kind}|{row[0]}|{row[1]}|{','.join(row[2])}|{','.join(row[3])}" for kind, row in sorted(RECORD_TABLE.items())
    ]
    return sha256("\n".join(lines).encode()).digest()


SCHEMA_HASH: Final[bytes] = _schema_hash()


def padded(length: i64) -> i64:
    """`length` rounded up to a multiple of 8."""
    return (length + 7) // 8 * 8


def record_span(payload_bytes: i64) -> i64:
    """Bytes that a record with this payload takes in its segment, trailer included."""
    return padded(RECORD_HEADER_BYTES + payload_bytes) + HASH_BYTES


def signed_word(value: i64) -> i32:
    """An unsigned 32-bit value as the signed one with the same bits (what `write_i32_le` takes)."""
    if value >= _HALF_WORD:
        return i32(value - _WORD)
    return i32(value)


def unsigned_word(value: i32) -> i64:
    """A signed 32-bit value as the unsigned one with the same bits (what `read_i32_le` gave)."""
    wide: i64 = i64(value)
    if wide < 0:
        return wide + _WORD
    return wide


def encode_record(
    seq: i64, cause_seq: i64, input_seq: i64, now_ns: i64, kind: i64, record_class: i64, payload: bytes
) -> bytes:
    """One record from its header to the end of its padding; the trailer follows when it is sealed."""
    size: i64 = len(payload)
    length: i64 = RECORD_HEADER_BYTES + size
    body = _BODY
    body.truncate(0)
    write_i64_le(body, seq)
    write_i64_le(body, cause_seq)
    write_i64_le(body, input_seq)
    write_i64_le(body, now_ns)
    write_i32_le(body, i32(kind))
    write_i32_le(body, i32(record_class))
    body.write(payload)
    body.write(PADDING[padded(length) - length])
    checked = body.getvalue()
    record = _RECORD
    record.truncate(0)
    write_i32_le(record, i32(length))
    write_i32_le(record, signed_word(_CRC32(checked, length)))
    record.write(checked)
    return record.getvalue()


def chain_hash(previous: bytes, record: bytes) -> bytes:
    """The hash that goes into the trailer of `record` (its bytes without trailer)."""
    return sha256(previous + record).digest()


@final
class Record:
    """One record as it was read.

    Attributes:
        segment, offset: where it lies.
        hash: its link of the chain, computed; `stored_hash` is what the trailer holds.
        sealed: the trailer holds the hash.
        span: bytes that it takes in the segment.
    """

    def __init__(self, segment: i64, offset: i64, content: bytes, previous_hash: bytes) -> None:
        length: i64 = i64(read_i32_le(content, 0))
        self.segment: i64 = segment
        self.offset: i64 = offset
        self.span: i64 = record_span(length - RECORD_HEADER_BYTES)
        self.seq: i64 = read_i64_le(content, 8)
        self.cause_seq: i64 = read_i64_le(content, 16)
        self.input_seq: i64 = read_i64_le(content, 24)
        self.now_ns: i64 = read_i64_le(content, 32)
        self.kind: i64 = i64(read_i32_le(content, 40))
        self.record_class: i64 = i64(read_i32_le(content, 44))
        self.payload: bytes = content[RECORD_HEADER_BYTES:length]
        self.content: bytes = content[: self.span - HASH_BYTES]
        self.stored_hash: bytes = content[self.span - HASH_BYTES : self.span]
        self.hash: bytes = chain_hash(previous_hash, self.content)
        self.sealed: bool = self.stored_hash == self.hash

    def trailer_is_torn(self) -> bool:
        """The trailer is unfilled or half-filled, as a crash leaves it: each byte is either right or zero."""
        for index in range(len(self.hash)):
            if self.stored_hash[index] != 0 and self.stored_hash[index] != self.hash[index]:
                return False
        return not self.sealed

    def fields(self) -> dict[str, int | str | bytes]:
        """The payload's fields by name."""
        return decode_payload(int(self.kind), self.payload)

    def event(self) -> str:
        """Name of the kind, as the audit record calls it."""
        return RECORD_TABLE[int(self.kind)][0]


def record_fault(content: bytes, offset: i64, limit: i64) -> str:
    """Why the bytes at `offset` are not a whole record that ends before `limit`; empty when they are.

    Hash and sequence are the chain's matter and are not judged here.
    """
    if offset + RECORD_SPAN_MIN > limit:
        return "no room for a record"
    length: i64 = unsigned_word(read_i32_le(content, offset))
    if length < RECORD_HEADER_BYTES or length > RECORD_BYTES_MAX:
        return f"length {length} is impossible"
    end: i64 = offset + padded(length)
    if end + HASH_BYTES > limit:
        return f"length {length} reaches beyond the segment"
    found: i64 = unsigned_word(read_i32_le(content, offset + 4))
    computed: i64 = crc32(content[offset + 8 : end], length)
    if found != computed:
        return f"checksum {found:08x} in the record, {computed:08x} computed"
    return ""


@final
class SegmentHeader:
    """What the first 256 bytes of a segment say."""

    def __init__(self, number: i64, first_seq: i64, creation_input: i64, segment_bytes: i64) -> None:
        self.number: i64 = number
        self.first_seq: i64 = first_seq
        self.creation_input: i64 = creation_input
        self.segment_bytes: i64 = segment_bytes
        self.schema_hash: bytes = SCHEMA_HASH
        self.previous_hash: bytes = NO_HASH
        self.code_version: str = ""

    def to_bytes(self) -> bytes:
        """The 256 bytes; raises InvariantError when the code version is too long."""
        version = self.code_version.encode()
        size: i64 = len(version)
        if size > CODE_VERSION_BYTES_MAX:
            raise InvariantError(f"code version has {size} bytes, at most {CODE_VERSION_BYTES_MAX} fit")
        out = BytesWriter()
        out.write(MAGIC)
        write_i32_le(out, i32(FORMAT_VERSION))
        write_i32_le(out, i32(HEADER_BYTES))
        write_i64_le(out, self.number)
        write_i64_le(out, self.first_seq)
        write_i64_le(out, self.creation_input)
        write_i64_le(out, self.segment_bytes)
        out.write(self.schema_hash)
        out.write(self.previous_hash)
        write_i32_le(out, i32(size))
        out.write(version)
        out.write(bytes(HEADER_CRC_OFFSET - len(out)))
        write_i32_le(out, signed_word(crc32(out.getvalue())))
        return out.getvalue()


def header_fault(content: bytes) -> str:
    """Why these bytes are not a segment header of this format; empty when they are."""
    if len(content) < HEADER_BYTES:
        return f"{len(content)} bytes, a segment header has {HEADER_BYTES}"
    if content[:8] != MAGIC:
        return "this is not a log segment (magic number)"
    found: i64 = unsigned_word(read_i32_le(content, HEADER_CRC_OFFSET))
    computed: i64 = crc32(content[:HEADER_CRC_OFFSET])
    if found != computed:
        return f"segment header: checksum {found:08x} found, {computed:08x} computed"
    version: i64 = i64(read_i32_le(content, 8))
    if version != FORMAT_VERSION:
        return f"format version {version}, this program reads {FORMAT_VERSION}"
    return ""


def decode_header(content: bytes) -> SegmentHeader:
    """The header in `content`, which `header_fault` found good."""
    header = SegmentHeader(
        read_i64_le(content, 16), read_i64_le(content, 24), read_i64_le(content, 32), read_i64_le(content, 40)
    )
    header.schema_hash = content[48:80]
    header.previous_hash = content[80:112]
    size: i64 = i64(read_i32_le(content, CODE_VERSION_OFFSET))
    start: i64 = CODE_VERSION_OFFSET + 4
    header.code_version = content[start : start + size].decode("utf-8", "replace")
    return header


@final
class Damage:
    """Where the log stops being what was written, and why.

    Attributes:
        segment, offset: place of the first bad byte range.
        record_seq: the record that should stand there.
    """

    def __init__(self, segment: i64, offset: i64, record_seq: i64, reason: str) -> None:
        self.segment: i64 = segment
        self.offset: i64 = offset
        self.record_seq: i64 = record_seq
        self.reason: str = reason

    def describe(self) -> str:
        """One line for people: place, record, reason."""
        return f"segment {self.segment}, offset {self.offset}, record {self.record_seq}: {self.reason}"


@mypyc_attr(native_class=False)
class LogDamageError(InputError):
    """The log is damaged before its end: what follows the damage cannot be trusted."""

    def __init__(self, damage: Damage) -> None:
        super().__init__(
            [f"{damage.describe()}; restore the log from its copy, or start with an empty directory and reconcile"]
        )
        self.damage = damage
