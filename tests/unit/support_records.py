"""Records by hand: any kind from the fields that matter, and a record with some of its fields changed."""

from collections.abc import Iterable
from typing import Any

from cross_market_connect.domain.records import RECORD_TABLE, Payload
from cross_market_connect.journal.layout import Record
from cross_market_connect.journal.store import MemorySegmentStore
from cross_market_connect.journal.writer import open_log


def payload_of(kind: int, **fields: Any) -> bytes:
    """A payload with these fields, the others zero or empty."""
    payload = Payload(kind)
    for name in RECORD_TABLE[kind][2]:
        payload.put(fields.pop(name, 0))
    for name in RECORD_TABLE[kind][3]:
        value = fields.pop(name, "")
        payload.put_bytes(value if isinstance(value, bytes) else value.encode())
    assert not fields, f"kind {kind} has no fields {list(fields)}"
    return payload.take()


def with_fields(record: Record, **fields: Any) -> bytes:
    """The record's payload with other values in these fields."""
    return payload_of(record.kind, **{**record.fields(), **fields})


def log_of(records: Iterable[tuple[int, int, int, int, dict[str, Any]]]) -> MemorySegmentStore:
    """A closed log of (kind, cause, input, time, fields)."""
    store = MemorySegmentStore(1 << 24)
    writer = open_log(store, "test-1", 1 << 16, 0, 1)
    for kind, cause_seq, input_seq, now_ns, fields in records:
        writer.append(kind, cause_seq, input_seq, now_ns, payload_of(kind, **fields))
        writer.seal()
    writer.close()
    return store
