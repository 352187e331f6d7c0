"""Recovery after kill and after power cuts that lose any part of what was not synced."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross_market_connect.domain.records import CONNECTION, RESTART, SYNCED, TIMER, Payload
from cross_market_connect.journal.layout import HASH_BYTES, LogDamageError
from cross_market_connect.journal.reader import LogReader, verify
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
    synced,
)


def sequence(store: MemorySegmentStore) -> list[tuple[int, bytes]]:
    return [(int(record.seq), record.content) for record in LogReader(store, 1).records()]


def restart_record() -> bytes:
    payload = Payload(RESTART)
    payload.put(2)
    payload.put(0)
    payload.put_text("test-1")
    payload.put_text("test")
    return payload.take()


def test_a_killed_process_loses_nothing_and_open_trailers_are_filled() -> None:
    store = MemorySegmentStore(MEBIBYTE)
    writer = open_log(store, "test-1", SEGMENT_BYTES, 0, 1)
    append_some(writer, 10)
    writer.append(TIMER, 0, 11, 11, b"")
    writer.append(CONNECTION, 0, 12, 12, connection(1, "x"))
    store.kill()
    again = reopened(store)
    assert again.last_seq == 12
    assert again.recovery.torn is None
    verdict = verify(store)
    assert (verdict.records, verdict.unsealed, verdict.last_hash) == (12, 0, again.last_hash)


def test_what_a_killed_process_had_not_synced_is_safe_before_the_next_one_goes_on_behind_it() -> None:
    store = MemorySegmentStore(MEBIBYTE)
    writer = open_log(store, "test-1", SEGMENT_BYTES, 0, 1)
    while writer.segment < 3:
        append_some(writer, 1)
        writer.prepare_next()
    writer.seal()
    last = writer.last_seq
    store.kill()
    again = reopened(store)
    again.append(SYNCED, 0, last, last, synced(last))
    again.sync()
    store.crash([])
    assert reopened(store).last_seq == last + 1


def test_a_torn_last_record_is_cut_at_every_byte_and_the_log_goes_on() -> None:
    whole = memory_log(10)
    offset, _, _, before, _ = independent_records(bytes(whole.live[1]))[-1]
    for kept in range(1, 48):
        store = memory_log(10)
        store.live[1][offset + kept : offset + len(before) + HASH_BYTES] = bytes(len(before) + HASH_BYTES - kept)
        writer = reopened(store)
        assert writer.last_seq == 9
        assert writer.recovery.torn is not None
        assert store.aside[f"torn-segment-1-offset-{offset}-record-10.bin"] == before[:kept].rstrip(b"\0")
        assert writer.append(TIMER, 0, 1, 1, b"") == 10
        writer.close()
        verdict = verify(store)
        assert (verdict.records, verdict.broken, verdict.torn) == (10, None, None)


def test_bytes_set_aside_twice_keep_both() -> None:
    store = memory_log(10)
    offset = independent_records(bytes(store.live[1]))[-1][0]
    for _ in range(2):
        store.live[1][offset + 8] ^= 1
        reopened(store).append(TIMER, 0, 1, 1, b"")
        store.kill()
    assert len(store.aside) == 2


def test_a_synced_record_that_is_not_whole_stops_the_start() -> None:
    store = memory_log(10)
    writer = reopened(store)
    writer.append(SYNCED, 0, 1, 1, synced(10))
    writer.close()
    offset = independent_records(bytes(store.live[1]))[4][0]
    store.flip_bit(1, (offset + 10) * 8)
    with pytest.raises(LogDamageError, match=rf"segment 1, offset {offset}, record 5"):
        reopened(store)
    assert not store.locked
    assert store.aside == {}


def test_whole_records_behind_a_lost_one_are_counted_and_set_aside() -> None:
    store = memory_log(10)
    rows = independent_records(bytes(store.live[1]))
    store.live[1][rows[6][0] : rows[7][0]] = bytes(rows[7][0] - rows[6][0])
    writer = reopened(store)
    assert (writer.last_seq, writer.recovery.lost_records) == (6, 3)
    assert rows[8][3] in store.aside[f"torn-segment-1-offset-{rows[6][0]}-record-7.bin"]
    writer.close()
    assert verify(store).broken is None


def test_segments_behind_the_end_are_removed() -> None:
    store = memory_log(200)
    offset = independent_records(bytes(store.live[2]))[0][0]
    store.flip_bit(2, (offset + 9) * 8)
    before = store.numbers()
    writer = reopened(store)
    assert (writer.segment, store.numbers()) == (2, [1, 2, 3])
    assert writer.recovery.lost_records > 50
    assert len([name for name in store.aside if name.startswith("torn-segment")]) == len(before) - 1
    writer.close()
    assert verify(store).broken is None


def test_recovery_from_a_later_record_finds_the_same_end() -> None:
    store = memory_log(200)
    first = open_log(store, "test-1", SEGMENT_BYTES, 0, 1)
    end = (first.last_seq, first.last_hash, first.segment, first.recovery.offset)
    store.kill()
    later = open_log(store, "test-1", SEGMENT_BYTES, 0, 190)
    assert (later.last_seq, later.last_hash, later.segment, later.recovery.offset) == end


@pytest.mark.slow
@given(
    counts=st.lists(st.integers(1, 40), min_size=1, max_size=4),
    after_sync=st.integers(1, 60),
    keep=st.randoms(use_true_random=False),
    share=st.sampled_from([0, 20, 50, 80, 100]),
)
def test_any_power_cut_leaves_a_log_that_holds_all_synced_records(
    counts: list[int], after_sync: int, keep: Random, share: int
) -> None:
    """Against the list of what was appended: a prefix of it that contains everything synced, and it can go on."""
    store = MemorySegmentStore(MEBIBYTE)
    writer = open_log(store, "test-1", SEGMENT_BYTES, 0, 1)
    for count in counts:
        append_some(writer, count)
        writer.append(SYNCED, 0, 1, 1, synced(int(writer.sync())))
        writer.prepare_next()
    append_some(writer, after_sync)
    durable = writer.synced_seq
    everything = sequence(store)
    written = [sector for sector in store.dirty_sectors() if keep.randrange(100) < share]
    store.crash(written)
    again = reopened(store)
    kept = sequence(store)
    assert again.last_seq >= durable
    assert kept == everything[: again.last_seq]
    if share == 100:
        assert kept == everything
    again.append(RESTART, 0, 1, 1, restart_record())
    append_some(again, 30)
    again.close()
    verdict = verify(store)
    assert (verdict.broken, verdict.torn, verdict.records) == (None, None, len(kept) + 31)
