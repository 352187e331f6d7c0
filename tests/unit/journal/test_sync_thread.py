"""The sync thread's rounds, one by one and in a real thread."""

from pathlib import Path

from cross_market_connect.journal.file_store import log_store
from cross_market_connect.journal.reader import verify
from cross_market_connect.journal.snapshot import Snapshot, SnapshotStore
from cross_market_connect.journal.store import MemorySegmentStore
from cross_market_connect.journal.sync_thread import SyncThread
from cross_market_connect.journal.writer import open_log
from tests.unit.journal.support import MEBIBYTE, SEGMENT_BYTES, append_some


def test_a_round_syncs_and_prepares() -> None:
    store = MemorySegmentStore(MEBIBYTE)
    writer = open_log(store, "test-1", SEGMENT_BYTES, 0, 1)
    thread = SyncThread(writer, 1_000_000)
    append_some(writer, 60)
    assert writer.needs_next()
    assert thread.turn()
    assert writer.synced_seq == 60
    assert not writer.needs_next()
    assert store.dirty_sectors() == []


def test_a_failed_sync_ends_the_thread_for_good() -> None:
    store = MemorySegmentStore(MEBIBYTE)
    writer = open_log(store, "test-1", SEGMENT_BYTES, 0, 1)
    thread = SyncThread(writer, 1_000_000)
    append_some(writer, 3)
    store.sync_fails = True
    assert not thread.turn()
    assert "Input/output error" in thread.failure
    assert writer.synced_seq == 0


def test_a_full_disk_is_no_failure_of_the_thread() -> None:
    store = MemorySegmentStore(2 * SEGMENT_BYTES)
    writer = open_log(store, "test-1", SEGMENT_BYTES, 0, 1)
    thread = SyncThread(writer, 1_000_000)
    while writer.segment == 1:
        append_some(writer, 5)
    assert thread.turn()
    assert writer.space_exhausted_soon
    assert thread.failure == ""


def test_a_real_thread_beside_a_busy_writer_keeps_the_log_whole(tmp_path: Path) -> None:
    writer = open_log(log_store(tmp_path, False), "test-1", 65_536, 0, 1)
    thread = SyncThread(writer, 100_000)
    thread.start()
    for _ in range(200):
        append_some(writer, 50)
    thread.stop()
    assert thread.failure == ""
    writer.close()
    assert writer.synced_seq == 10_000
    assert verify(log_store(tmp_path, True)).records == 10_000


class BrokenStore(SnapshotStore):
    """A fault of ours in the thread."""

    def save(self, snapshot: Snapshot) -> None:
        raise ValueError("our own fault")


def test_whatever_ends_the_thread_is_a_failure_that_the_loop_sees() -> None:
    writer = open_log(MemorySegmentStore(MEBIBYTE), "test-1", SEGMENT_BYTES, 0, 1)
    thread = SyncThread(writer, 100_000, BrokenStore())
    thread.offer(Snapshot(1, "state"))
    thread.start()
    thread._worker.join(20)
    assert "our own fault" in thread.failure
