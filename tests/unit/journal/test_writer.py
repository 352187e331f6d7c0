"""The writer against a second reading of its bytes, and what it does when space, lock or size fail."""

import errno
import os
import struct
import zlib
from pathlib import Path

import pytest

from cross_market_connect.domain.errors import InputError, InvariantError
from cross_market_connect.domain.records import CONNECTION, INPUT, MEASUREMENT, SENT, TIMER
from cross_market_connect.journal.file_store import log_store
from cross_market_connect.journal.layout import SCHEMA_HASH
from cross_market_connect.journal.reader import LogReader, verify
from cross_market_connect.journal.store import MemorySegmentStore
from cross_market_connect.journal.writer import UNSEALED_MAX, open_log
from tests.unit.journal.support import (
    MEBIBYTE,
    SEGMENT_BYTES,
    append_some,
    connection,
    independent_chain,
    independent_records,
    memory_log,
    reopened,
    sent,
)


def test_a_record_is_laid_out_as_documented() -> None:
    store = MemorySegmentStore(MEBIBYTE)
    writer = open_log(store, "test-1", SEGMENT_BYTES, 17, 1)
    payload = connection(9, "up")
    assert writer.append(CONNECTION, 0, 42, 123_456_789, payload) == 1
    body = struct.pack("<qqqqii", 1, 0, 42, 123_456_789, 3, INPUT) + payload
    body += bytes(-len(body) % 8)
    length = 48 + len(payload)
    expected = struct.pack("<II", length, zlib.crc32(body, length)) + body
    content = bytes(store.live[1])
    assert content[256 : 256 + len(expected)] == expected
    assert content[256 + len(expected) :] == bytes(len(content) - 256 - len(expected))


def test_the_segment_header_is_laid_out_as_documented() -> None:
    store = MemorySegmentStore(MEBIBYTE)
    open_log(store, "1.2.3", SEGMENT_BYTES, 17, 1)
    head = b"XMCLOG\r\n" + struct.pack("<IIqqqq", 1, 256, 1, 1, 17, SEGMENT_BYTES)
    head += SCHEMA_HASH + bytes(32) + struct.pack("<I", 5) + b"1.2.3"
    head += bytes(252 - len(head))
    assert bytes(store.live[1][:256]) == head + struct.pack("<I", zlib.crc32(head))


def test_the_chain_is_what_hashlib_computes_over_the_bytes() -> None:
    store = memory_log(200)
    segments = [bytes(store.live[number]) for number in store.numbers() if any(store.live[number])]
    assert len(segments) > 3
    last = independent_chain(segments)
    verdict = verify(store)
    assert verdict.broken is None
    assert verdict.torn is None
    assert (verdict.records, verdict.last_hash) == (200, last)


def test_append_leaves_the_trailer_to_seal() -> None:
    store = MemorySegmentStore(MEBIBYTE)
    writer = open_log(store, "test-1", SEGMENT_BYTES, 0, 1)
    writer.append(TIMER, 0, 1, 5, b"")
    writer.append(SENT, 1, 1, 5, sent(8))
    assert [row[4] for row in independent_records(bytes(store.live[1]))] == [bytes(32), bytes(32)]
    writer.seal()
    assert independent_chain([bytes(store.live[1])]) == writer.last_hash
    assert independent_records(bytes(store.live[1]))[1][1][5] == MEASUREMENT


def test_unsealed_records_are_bounded() -> None:
    writer = open_log(MemorySegmentStore(MEBIBYTE), "test-1", MEBIBYTE // 2, 0, 1)
    for index in range(UNSEALED_MAX):
        writer.append(TIMER, 0, index, index, b"")
    first_hash = writer.last_hash
    assert first_hash != bytes(32)
    writer.seal()
    assert writer.last_hash == first_hash


def test_segment_boundaries_depend_on_the_records_alone() -> None:
    def contents(seal_each: bool) -> list[bytes]:
        store = MemorySegmentStore(MEBIBYTE)
        writer = open_log(store, "test-1", SEGMENT_BYTES, 0, 1)
        for index in range(100):
            writer.append(CONNECTION, 0, index, index, connection(index, "y" * (index % 50)))
            if seal_each:
                writer.seal()
            if index % 7 == 0:
                writer.prepare_next()
        writer.close()
        return [bytes(store.live[number]) for number in store.numbers() if any(store.live[number])]

    assert contents(True) == contents(False)


@pytest.mark.parametrize("every", [1, 3, 40, 200])
def test_touching_pages_ahead_harms_no_record(every: int) -> None:
    """However many records lie between two seals, within a page or over several: the bytes are the same."""

    def content(every: int) -> bytes:
        store = MemorySegmentStore(MEBIBYTE)
        writer = open_log(store, "test-1", MEBIBYTE // 4, 0, 1)
        for index in range(600):
            writer.append(CONNECTION, 0, index, index, connection(index, "\xff" * (index * 37 % 200)))
            if index % every == 0:
                writer.seal()
        writer.close()
        return bytes(store.live[1])

    assert content(every) == content(1_000)
    independent_chain([content(every)])


def test_two_writers_on_one_directory_are_refused(tmp_path: Path) -> None:
    first = open_log(log_store(tmp_path / "log", False), "test-1", SEGMENT_BYTES, 0, 1)
    before = sorted(path.name for path in (tmp_path / "log").iterdir())
    with pytest.raises(InputError, match="another engine has this log open"):
        open_log(log_store(tmp_path / "log", False), "test-1", SEGMENT_BYTES, 0, 1)
    assert sorted(path.name for path in (tmp_path / "log").iterdir()) == before
    append_some(first, 3)
    first.close()
    second = open_log(log_store(tmp_path / "log", False), "test-1", SEGMENT_BYTES, 0, 1)
    assert second.last_seq == 3
    second.close()


def test_two_writers_on_one_memory_store_are_refused() -> None:
    store = MemorySegmentStore(MEBIBYTE)
    open_log(store, "test-1", SEGMENT_BYTES, 0, 1)
    with pytest.raises(InputError, match="another engine has this log open"):
        reopened(store)


def test_a_full_disk_is_known_a_segment_early() -> None:
    store = MemorySegmentStore(2 * SEGMENT_BYTES)
    writer = open_log(store, "test-1", SEGMENT_BYTES, 0, 1)
    assert not writer.space_exhausted_soon
    while writer.segment == 1:
        writer.append(SENT, 0, 1, 1, sent(1))
    assert not writer.prepare_next()
    assert writer.space_exhausted_soon
    assert "No space left on device; free space there" in writer.space_fault
    announced = writer.remaining_bytes()
    assert announced > SEGMENT_BYTES - 512
    store.space_bytes += SEGMENT_BYTES
    assert writer.prepare_next()
    assert not writer.space_exhausted_soon
    assert writer.space_fault == ""


def test_a_step_is_let_begin_only_while_its_records_fit() -> None:
    store = MemorySegmentStore(2 * SEGMENT_BYTES)
    writer = open_log(store, "test-1", SEGMENT_BYTES, 0, 1)
    while writer.makes_room():
        writer.append(SENT, 0, 1, 1, sent(1))
    assert writer.segment == 2
    assert SEGMENT_BYTES // 8 - 256 < writer.remaining_bytes() < SEGMENT_BYTES // 8
    store.space_bytes += SEGMENT_BYTES
    assert not writer.has_room()
    assert writer.makes_room()
    assert writer.has_room()


def test_a_full_disk_keeps_no_earlier_run_away_while_half_a_segment_is_left() -> None:
    store = MemorySegmentStore(SEGMENT_BYTES)
    with pytest.raises(InputError, match="No space left on device"):
        open_log(store, "test-1", SEGMENT_BYTES, 0, 1)
    store = MemorySegmentStore(2 * SEGMENT_BYTES)
    writer = open_log(store, "test-1", SEGMENT_BYTES, 0, 1)
    while writer.segment == 1:
        writer.append(SENT, 0, 1, 1, sent(1))
    writer.close()
    writer = open_log(store, "test-1", SEGMENT_BYTES, 0, 1)
    assert writer.space_exhausted_soon and "No space left on device" in writer.space_fault
    while writer.remaining_bytes() >= SEGMENT_BYTES // 2:
        writer.append(SENT, 0, 1, 1, sent(1))
    writer.close()
    with pytest.raises(InputError, match="No space left on device"):
        open_log(store, "test-1", SEGMENT_BYTES, 0, 1)


def test_a_log_that_is_really_full_says_so_and_stays_whole() -> None:
    store = MemorySegmentStore(2 * SEGMENT_BYTES)
    writer = open_log(store, "test-1", SEGMENT_BYTES, 0, 1)
    with pytest.raises(InvariantError, match=r"the log is full after record \d+: memory: No space left"):
        for index in range(1000):
            writer.append(SENT, 0, index, 1, sent(index))
    written = writer.last_seq
    writer.close()
    assert verify(store).records == written


def test_a_segment_that_nobody_prepared_is_allocated_late_and_counted() -> None:
    store = MemorySegmentStore(MEBIBYTE)
    writer = open_log(store, "test-1", SEGMENT_BYTES, 0, 1)
    append_some(writer, 200)
    assert writer.late_allocations == writer.segment - 2
    assert writer.late_allocations > 0


@pytest.mark.parametrize("space", [0, SEGMENT_BYTES, 2 * SEGMENT_BYTES - 1])
def test_a_start_without_space_leaves_nothing_behind(space: int) -> None:
    store = MemorySegmentStore(space)
    with pytest.raises(InputError, match="free space there or choose another directory"):
        reopened(store)
    assert store.numbers() == []
    assert not store.locked


def test_a_start_in_an_unusable_directory_names_it_and_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    with pytest.raises(InputError, match=r"file/log: .*; name a directory that exists"):
        open_log(log_store(tmp_path / "file" / "log", False), "test-1", SEGMENT_BYTES, 0, 1)


def test_a_start_on_a_full_disk_removes_what_it_created(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def fill(descriptor: int, offset: int, size: int) -> None:
        calls.append(size)
        if len(calls) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        os.ftruncate(descriptor, size)

    monkeypatch.setattr("os.posix_fallocate", fill)
    with pytest.raises(InputError, match="No space left on device; free space there"):
        open_log(log_store(tmp_path / "log", False), "test-1", SEGMENT_BYTES, 0, 1)
    assert list(tmp_path.iterdir()) == []


def test_a_record_longer_than_a_segment_is_a_bug() -> None:
    writer = open_log(MemorySegmentStore(MEBIBYTE), "test-1", SEGMENT_BYTES, 0, 1)
    with pytest.raises(InvariantError, match="does not fit a segment"):
        writer.append(CONNECTION, 0, 1, 1, bytes(SEGMENT_BYTES))
    assert writer.last_seq == 0


def test_another_code_version_begins_a_new_segment() -> None:
    store = memory_log(4)
    writer = open_log(store, "test-2", SEGMENT_BYTES, 99, 1)
    assert writer.segment == 2
    append_some(writer, 2)
    writer.close()
    assert struct.unpack_from("<qqq", store.live[2], 16) == (2, 5, 99)
    assert verify(store).records == 6


def test_the_same_version_goes_on_in_the_segment() -> None:
    store = memory_log(4)
    writer = reopened(store)
    assert (writer.segment, writer.last_seq) == (1, 4)
    append_some(writer, 2)
    writer.close()
    assert [record.seq for record in LogReader(store, 1).records()] == [1, 2, 3, 4, 5, 6]


def test_sync_names_the_last_record_and_covers_closed_segments() -> None:
    store = MemorySegmentStore(MEBIBYTE)
    writer = open_log(store, "test-1", SEGMENT_BYTES, 0, 1)
    append_some(writer, 150)
    assert writer.segment > 2
    assert store.dirty_sectors() != []
    assert writer.sync() == 150
    assert store.dirty_sectors() == []
    writer.append(TIMER, 0, 1, 1, b"")
    assert writer.synced_seq == 150


def test_a_device_that_fails_at_the_end_is_told_and_the_store_is_given_back() -> None:
    store = MemorySegmentStore(MEBIBYTE)
    writer = open_log(store, "test-1", SEGMENT_BYTES, 0, 1)
    append_some(writer, 3)
    store.sync_fails = True
    with pytest.raises(OSError, match="Input/output error"):
        writer.close()
    store.sync_fails = False
    assert reopened(store).last_seq == 3


def test_files_hold_the_same_bytes_as_memory(tmp_path: Path) -> None:
    store = log_store(tmp_path, False)
    writer = open_log(store, "test-1", SEGMENT_BYTES, 0, 1)
    append_some(writer, 120)
    while writer.needs_next():
        writer.prepare_next()
    writer.close()
    memory = memory_log(120)
    for number in memory.numbers():
        path = tmp_path / f"log-{number:08d}.xmc"
        assert path.read_bytes() == bytes(memory.live[number])
