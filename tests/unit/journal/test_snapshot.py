"""Snapshots: what was saved is what is loaded, damage is passed over, the newest two are kept."""

import hashlib
from pathlib import Path

import pytest

from cross_market_connect.journal.snapshot import (
    HEADER_BYTES,
    FileSnapshotStore,
    MemorySnapshotStore,
    Snapshot,
    SnapshotStore,
    decode,
    encode,
)


def stores(directory: Path) -> list[SnapshotStore]:
    return [FileSnapshotStore(directory), MemorySnapshotStore()]


def loaded(store: SnapshotStore) -> list[tuple[int, str]]:
    return [(snapshot.record_seq, snapshot.state) for snapshot in store.load()]


def test_the_newest_two_are_kept_and_come_newest_first(tmp_path: Path) -> None:
    for store in stores(tmp_path):
        assert loaded(store) == []
        for seq in (7, 950, 12_000):
            store.save(Snapshot(seq, f"state {seq} 状态"))
        assert loaded(store) == [(12_000, "state 12000 状态"), (950, "state 950 状态")]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "snapshot-000000000950.xmc",
        "snapshot-000000012000.xmc",
    ]


@pytest.mark.parametrize("at", [0, 8, 20, 40, HEADER_BYTES, HEADER_BYTES + 3])
def test_any_changed_byte_makes_a_snapshot_unusable(at: int) -> None:
    content = bytearray(encode(Snapshot(5, "the state")))
    content[at] ^= 1
    assert decode(bytes(content)) is None


def test_a_snapshot_of_the_version_before_is_read_and_its_damage_seen() -> None:
    """Version 1: magic, number, schema hash, SHA-256 of the state, state."""
    state = b'{"desk":"{}"}'
    content = b"XMCSNAP\n" + (77).to_bytes(8, "little") + bytes(32) + hashlib.sha256(state).digest() + state
    found = decode(content)
    assert found is not None
    assert (found.record_seq, found.state, found.version) == (77, state.decode(), 1)
    assert decode(content[:-1]) is None
    assert decode(content[:60]) is None


def test_a_snapshot_says_what_its_indexes_mean_and_one_of_version_2_does_not() -> None:
    """Version 2: magic, number, SHA-256 of everything else, state."""
    found = decode(encode(Snapshot(5, "one\ntwo", '{"spread":[]}', 20210104)))
    assert found is not None
    assert (found.record_seq, found.state, found.configuration, found.day) == (5, "one\ntwo", '{"spread":[]}', 20210104)
    head = b"XMCSNAP2" + (77).to_bytes(8, "little")
    older = decode(head + hashlib.sha256(head + b"one\ntwo").digest() + b"one\ntwo")
    assert older is not None
    assert (older.record_seq, older.state, older.configuration, older.version) == (77, "one\ntwo", "", 2)


@pytest.mark.parametrize("size", [0, 10, HEADER_BYTES - 1, HEADER_BYTES + 2])
def test_a_torn_file_is_passed_over_and_the_one_before_is_used(tmp_path: Path, size: int) -> None:
    store = FileSnapshotStore(tmp_path)
    store.save(Snapshot(1, "older"))
    store.save(Snapshot(2, "newer"))
    newest = store.paths()[-1]
    newest.write_bytes(newest.read_bytes()[:size])
    assert loaded(store) == [(1, "older")]


def test_only_its_user_reads_a_snapshot(tmp_path: Path) -> None:
    store = FileSnapshotStore(tmp_path)
    store.save(Snapshot(1, "state"))
    assert [path.stat().st_mode & 0o777 for path in store.paths()] == [0o600]


def test_an_unfinished_file_is_no_snapshot(tmp_path: Path) -> None:
    (tmp_path / "snapshot-000000000009.unfinished").write_bytes(encode(Snapshot(9, "half")))
    assert loaded(FileSnapshotStore(tmp_path)) == []
