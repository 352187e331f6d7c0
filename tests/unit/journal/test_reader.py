"""The reader: every flipped bit is found and named, a torn end is not damage, and a live log can be followed."""

import pytest

from cross_market_connect.domain.records import CONNECTION, TIMER
from cross_market_connect.journal.layout import HASH_BYTES, LogDamageError
from cross_market_connect.journal.reader import LogReader, LogTail, verify
from cross_market_connect.journal.store import MemorySegmentStore
from cross_market_connect.journal.writer import open_log
from tests.unit.journal.support import (
    MEBIBYTE,
    SEGMENT_BYTES,
    append_some,
    connection,
    independent_records,
    memory_log,
    reopened,
)


def read_all(store: MemorySegmentStore, from_seq: int = 1) -> list[int]:
    return [int(record.seq) for record in LogReader(store, from_seq).records()]


def test_records_come_back_as_they_were_written() -> None:
    store = memory_log(30)
    first = next(LogReader(store, 1).records())
    assert (first.seq, first.cause_seq, first.input_seq, first.now_ns) == (1, 0, 0, 1_000)
    assert first.fields() == {"source": 0, "connected": 1, "reason": "line "}
    assert first.event() == "connection"
    assert read_all(store) == list(range(1, 31))


def test_reading_can_begin_in_the_middle() -> None:
    store = memory_log(200)
    reader = LogReader(store, 150)
    assert [int(record.seq) for record in reader.records()] == list(range(150, 201))
    assert (reader.last_seq, reader.last_hash) == (200, verify(store).last_hash)
    assert reader.cursor.index > 0
    assert read_all(store, 201) == []


def test_an_empty_log_has_nothing_and_no_fault() -> None:
    store = MemorySegmentStore(MEBIBYTE)
    assert read_all(store) == []
    open_log(store, "test-1", SEGMENT_BYTES, 0, 1)
    verdict = verify(store)
    assert (verdict.records, verdict.last_hash, verdict.broken, verdict.torn) == (0, bytes(32), None, None)


@pytest.mark.slow
def test_every_flipped_bit_is_found_and_named() -> None:
    """Every third bit of the first of two segments, the zeros behind its last record included."""
    store = memory_log(60)
    content = bytes(store.live[1])
    rows = independent_records(content)
    starts = [row[0] for row in rows] + [rows[-1][0] + len(rows[-1][3]) + HASH_BYTES]
    for bit in range(0, SEGMENT_BYTES * 8, 3):
        store.flip_bit(1, bit)
        broken = verify(store).broken
        assert broken is not None, f"bit {bit}"
        assert broken.segment == 1
        byte = bit // 8
        if byte < 256:
            assert (broken.offset, broken.record_seq) == (0, 1)
        else:
            index = max(i for i, start in enumerate(starts) if start <= byte)
            assert (broken.offset, broken.record_seq) == (starts[index], index + 1)
        assert f"segment 1, offset {broken.offset}, record {broken.record_seq}: " in broken.describe()
        store.flip_bit(1, bit)
    assert verify(store).broken is None


def test_flipped_bits_in_the_last_record_are_found_and_named() -> None:
    store = memory_log(10)
    offset, _, _, before, trailer = independent_records(bytes(store.live[1]))[-1]
    for bit in range(offset * 8, (offset + len(before) + len(trailer)) * 8):
        store.flip_bit(1, bit)
        verdict = verify(store)
        found = verdict.broken if verdict.broken is not None else verdict.torn
        # One flipped bit of a trailer can look like a trailer half-filled: it is still not a filled one.
        if found is None:
            assert verdict.unsealed == 1
            assert bit // 8 >= offset + len(before)
        else:
            assert (found.segment, found.offset, found.record_seq, verdict.records) == (1, offset, 10, 9)
        store.flip_bit(1, bit)


def test_damage_before_the_end_stops_a_reader() -> None:
    store = memory_log(60)
    offset = independent_records(bytes(store.live[1]))[3][0]
    store.flip_bit(1, (offset + 20) * 8)
    seen: list[int] = []
    with pytest.raises(LogDamageError, match=rf"segment 1, offset {offset}, record 4: checksum"):
        for record in LogReader(store, 1).records():
            seen.append(int(record.seq))
    assert seen == [1, 2, 3]


def test_a_torn_last_record_is_the_end_at_every_byte() -> None:
    """Only the first `kept` bytes of the last record reached the disk, with its trailer still unfilled."""
    whole = memory_log(10)
    offset, _, _, before, _ = independent_records(bytes(whole.live[1]))[-1]
    for kept in range(len(before)):
        store = memory_log(10)
        store.live[1][offset + kept : offset + len(before) + HASH_BYTES] = bytes(len(before) + HASH_BYTES - kept)
        content = before[:kept].rstrip(b"\0")
        reader = LogReader(store, 1)
        assert [int(record.seq) for record in reader.records()] == list(
            range(1, 10 if content != before.rstrip(b"\0") else 11)
        )
        if content and content != before.rstrip(b"\0"):
            assert reader.torn is not None
            assert (reader.torn.offset, reader.torn.record_seq) == (offset, 10)
        else:
            assert reader.torn is None


def test_a_half_filled_trailer_at_the_end_is_accepted_and_computed() -> None:
    expected = verify(memory_log(10)).last_hash
    for kept in range(HASH_BYTES):
        store = memory_log(10)
        offset, _, _, before, _ = independent_records(bytes(store.live[1]))[-1]
        start = offset + len(before)
        store.live[1][start + kept : start + HASH_BYTES] = bytes(HASH_BYTES - kept)
        verdict = verify(store)
        assert (verdict.records, verdict.last_hash, verdict.broken, verdict.torn) == (10, expected, None, None)
        assert verdict.unsealed == 1


def test_an_unfilled_trailer_before_a_filled_one_is_damage_for_audit() -> None:
    store = memory_log(10)
    offset, _, _, before, _ = independent_records(bytes(store.live[1]))[4]
    start = offset + len(before)
    store.live[1][start : start + HASH_BYTES] = bytes(HASH_BYTES)
    broken = verify(store).broken
    assert broken is not None
    assert (broken.offset, broken.record_seq) == (offset, 5)
    assert "no whole hash" in broken.reason


def test_a_record_replaced_together_with_its_checksum_breaks_the_chain() -> None:
    """A forger who knows the layout: the record is whole, and the chain tells."""
    store = memory_log(10)
    other = MemorySegmentStore(MEBIBYTE)
    writer = open_log(other, "test-1", SEGMENT_BYTES, 0, 1)
    writer.append(CONNECTION, 0, 0, 1_000, connection(0, "liné"))
    forged = independent_records(bytes(other.live[1]))[0][3]
    store.live[1][256 : 256 + len(forged)] = forged
    broken = verify(store).broken
    assert broken is not None
    assert broken.record_seq == 1
    assert broken.reason.startswith("hash ")


def test_a_missing_segment_is_named() -> None:
    store = memory_log(200)
    store.remove(2)
    broken = verify(store).broken
    assert broken is not None
    assert broken.segment == 3
    assert "segment 2 is missing" in broken.reason


def test_a_record_that_vanished_under_whole_ones_is_missing() -> None:
    store = memory_log(10)
    offset, _, _, before, _ = independent_records(bytes(store.live[1]))[6]
    store.live[1][offset : offset + len(before) + HASH_BYTES] = bytes(len(before) + HASH_BYTES)
    broken = verify(store).broken
    assert broken is not None
    assert (broken.offset, broken.record_seq) == (offset, 7)
    assert broken.reason.startswith("missing")


def test_a_live_log_is_followed_across_segments() -> None:
    store = MemorySegmentStore(MEBIBYTE)
    writer = open_log(store, "test-1", SEGMENT_BYTES, 0, 1)
    tail = LogTail(store, 1)
    assert tail.poll(100) == []
    seen: list[int] = []
    for turn in range(40):
        append_some(writer, 5)
        writer.append(TIMER, 0, turn, turn, b"")
        seen.extend(int(record.seq) for record in tail.poll(1000))
        assert tail.fault is None
    assert seen == list(range(1, 241))
    assert writer.segment > 3


def test_a_copy_in_progress_is_not_yet_a_record_for_the_follower() -> None:
    store = MemorySegmentStore(MEBIBYTE)
    writer = open_log(store, "test-1", SEGMENT_BYTES, 0, 1)
    append_some(writer, 3)
    tail = LogTail(store, 1)
    writer.append(CONNECTION, 0, 3, 3, connection(1, "whole"))
    offset, _, _, before, _ = independent_records(bytes(store.live[1]))[-1]
    store.live[1][offset + 50 : offset + len(before)] = bytes(len(before) - 50)
    assert [record.seq for record in tail.poll(10)] == [1, 2, 3]
    assert tail.fault is not None
    store.live[1][offset : offset + len(before)] = before
    assert [record.seq for record in tail.poll(10)] == [4]
    assert tail.fault is None


def test_a_follower_takes_what_it_asks_for() -> None:
    store = memory_log(20)
    tail = LogTail(store, 6)
    assert [record.seq for record in tail.poll(4)] == [6, 7, 8, 9]
    assert len(tail.poll(100)) == 11
    reopened(store)
    assert tail.poll(100) == []
