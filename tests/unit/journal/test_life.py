"""Fences only go up, a beat is read by another process, a death note stays until it is forgotten."""

from pathlib import Path

import pytest

from cross_market_connect.domain.errors import InputError
from cross_market_connect.journal.file_life import NOTE_NAME, FileLifeStore
from cross_market_connect.journal.life import DeathNote, LifeStore, MemoryLifeStore


@pytest.fixture(params=["file", "memory"])
def life(request: pytest.FixtureRequest, tmp_path: Path) -> LifeStore:
    return FileLifeStore(tmp_path) if request.param == "file" else MemoryLifeStore()


def test_each_take_over_has_a_higher_fence_and_the_earlier_holder_sees_it(life: LifeStore) -> None:
    first = life.take_over()
    assert first == life.fence() == 1
    second = life.take_over()
    assert second == life.fence() == 2
    assert first != life.fence()


def test_a_beat_is_the_last_one(life: LifeStore) -> None:
    assert life.last_beat_ns() == 0
    life.beat(17)
    life.beat(2**62)
    assert life.last_beat_ns() == 2**62


def test_a_death_note_stays_until_it_is_forgotten(life: LifeStore) -> None:
    assert life.death() is None
    life.note_death(DeathNote(7, 12, "stream_bytes 0: KeyError reports.py:3", "原因"))
    note = life.death()
    assert note is not None
    assert (note.input_seq, note.record_seq, note.place, note.reason) == (
        7,
        12,
        "stream_bytes 0: KeyError reports.py:3",
        "原因",
    )
    life.forget_death()
    assert life.death() is None


def test_a_page_outlives_its_process_and_a_torn_note_is_none(tmp_path: Path) -> None:
    first = FileLifeStore(tmp_path)
    first.take_over()
    first.beat(5)
    second = FileLifeStore(tmp_path)
    assert (second.fence(), second.last_beat_ns()) == (1, 5)
    second.take_over()
    assert first.fence() == 2
    (tmp_path / NOTE_NAME).write_text('{"input_seq": 3')
    assert second.death() is None


def test_a_directory_that_is_none_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="name a directory that exists"):
        FileLifeStore(tmp_path / "missing")
