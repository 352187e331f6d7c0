"""Logs to test on, and the record layout worked out a second time with `struct` and `hashlib`."""

import hashlib
import struct
import zlib

from cross_market_connect.domain.records import CONNECTION, SENT, SYNCED, TIMER, Payload
from cross_market_connect.journal.store import MemorySegmentStore
from cross_market_connect.journal.writer import LogWriter, open_log

SEGMENT_BYTES = 4096
MEBIBYTE = 1 << 20


def connection(source: int, reason: str) -> bytes:
    payload = Payload(CONNECTION)
    payload.put(source)
    payload.put(1)
    payload.put_text(reason)
    return payload.take()


def sent(client_order_id: int) -> bytes:
    payload = Payload(SENT)
    for value in (3, 1_000, 120, client_order_id):
        payload.put(value)
    return payload.take()


def synced(record_seq: int) -> bytes:
    payload = Payload(SYNCED)
    payload.put(5)
    payload.put(record_seq)
    return payload.take()


def append_some(writer: LogWriter, count: int) -> None:
    """Records of several kinds and lengths, every padding from 0 to 7 among them."""
    for index in range(count):
        turn = index % 3
        if turn == 0:
            writer.append(CONNECTION, 0, index, 1_000 + index, connection(index, "line " + "x" * (index % 8)))
        elif turn == 1:
            writer.append(SENT, index, index, 1_000 + index, sent(7 + index))
        else:
            writer.append(TIMER, 0, index, 1_000 + index, b"")
        if index % 5 == 4:
            writer.seal()
    writer.seal()


def memory_log(count: int) -> MemorySegmentStore:
    """A closed log of `count` records."""
    store = MemorySegmentStore(MEBIBYTE)
    writer = open_log(store, "test-1", SEGMENT_BYTES, 0, 1)
    append_some(writer, count)
    writer.close()
    return store


def reopened(store: MemorySegmentStore) -> LogWriter:
    return open_log(store, "test-1", SEGMENT_BYTES, 0, 1)


def independent_records(content: bytes) -> list[tuple[int, tuple[int, ...], bytes, bytes, bytes]]:
    """(offset, header fields, payload, bytes before the trailer, trailer) of every record of one segment."""
    result = []
    offset = 256
    while offset + 80 <= len(content):
        length, crc, seq, cause, input_seq, now_ns, kind, record_class = struct.unpack_from(
            "<IIqqqqii", content, offset
        )
        if length == 0:
            break
        end = offset + length + (-length) % 8
        assert crc == zlib.crc32(content[offset + 8 : end], length)
        fields = (seq, cause, input_seq, now_ns, kind, record_class)
        result.append(
            (offset, fields, content[offset + 48 : offset + length], content[offset:end], content[end : end + 32])
        )
        offset = end + 32
    return result


def independent_chain(segments: list[bytes]) -> bytes:
    """Recompute the whole chain and compare it with every trailer; the last hash."""
    previous = bytes(32)
    for content in segments:
        assert content[80:112] == previous
        for _, _, _, before, trailer in independent_records(content):
            previous = hashlib.sha256(previous + before).digest()
            assert trailer == previous
    return previous
