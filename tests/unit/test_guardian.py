"""The guardian's process around small children: what dies is started again, notes are left, people are told."""

import json
import sys
from pathlib import Path

import pytest

from cross_market_connect.engine.guardian import FAILED_STARTS_MAX
from cross_market_connect.guardian import ALERT_FILE, EngineGuard, last_record
from cross_market_connect.journal.life import MemoryLifeStore
from cross_market_connect.journal.store import MemorySegmentStore
from cross_market_connect.journal.writer import open_log

READY = "print('{\"ready\": true}', flush=True);"


def guard(directory: Path, program: str, store: MemorySegmentStore | None = None) -> EngineGuard:
    command = [sys.executable, "-c", "import os, pathlib, signal, sys, time;" + program]
    return EngineGuard(command, directory, MemoryLifeStore(), store or MemorySegmentStore(1 << 20))


def told(directory: Path) -> list[str]:
    return [json.loads(line)["text"] for line in (directory / ALERT_FILE).read_text().splitlines()]


@pytest.mark.slow
def test_a_clean_end_ends_the_guardian_too(tmp_path: Path) -> None:
    answer = guard(tmp_path, READY + "time.sleep(0.3)").run()
    assert (answer["given_up"], answer["starts"]) == (False, 1)
    assert told(tmp_path) == ["the engine is ready", "the engine has ended"]


@pytest.mark.slow
def test_a_fault_below_python_is_noted_with_the_logs_last_input_and_followed_by_a_start(tmp_path: Path) -> None:
    """The first life ends by a segmentation fault, the second cleanly."""
    flag = tmp_path / "flag"
    store = MemorySegmentStore(1 << 20)
    log = open_log(store, "1", 65_536, 0, 1)
    log.append(5, 0, 41, 1, b"")
    log.seal()
    life = READY + f"p = pathlib.Path({str(flag)!r}); again = p.exists(); p.touch(); time.sleep(0.3);"
    guarded = guard(tmp_path, life + "again or os.kill(os.getpid(), signal.SIGSEGV)", store)
    answer = guarded.run()
    assert (answer["given_up"], answer["starts"]) == (False, 2)
    note = guarded.life.death()
    assert note is not None
    assert (note.input_seq, note.record_seq, note.place) == (41, 1, "SIGSEGV")
    assert "the engine died and is started again" in told(tmp_path)
    assert last_record(store) == (1, 41)


@pytest.mark.slow
def test_a_persons_kill_leaves_no_note_and_a_refusal_is_not_repeated(tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    life = f"p = pathlib.Path({str(flag)!r}); again = p.exists(); p.touch(); again and sys.exit(2);"
    guarded = guard(tmp_path, life + READY + "time.sleep(0.3); os.kill(os.getpid(), signal.SIGKILL)")
    answer = guarded.run()
    assert (answer["given_up"], answer["starts"]) == (True, 2)
    assert guarded.life.death() is None


@pytest.mark.slow
def test_a_hang_is_fenced_and_killed(tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    life = READY + f"p = pathlib.Path({str(flag)!r}); again = p.exists(); p.touch();"
    guarded = guard(tmp_path, life + "time.sleep(0.3 if again else 600)")
    answer = guarded.run()
    assert (answer["given_up"], answer["starts"]) == (False, 2)
    assert guarded.life.fence() == 1
    assert "the engine hangs: fenced and killed" in told(tmp_path)


@pytest.mark.slow
def test_one_that_never_starts_is_given_up(tmp_path: Path) -> None:
    answer = guard(tmp_path, "sys.exit(70)").run()
    assert (answer["given_up"], answer["starts"]) == (True, FAILED_STARTS_MAX)


@pytest.mark.slow
def test_a_disk_without_room_for_the_alert_leaves_the_engine_guarded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ALERT_FILE).symlink_to("/dev/full")
    answer = guard(tmp_path, READY + "time.sleep(0.3)").run()
    assert (answer["given_up"], answer["starts"]) == (False, 1)
    said = capsys.readouterr().err
    assert "the engine is ready" in said and "No space left" in said
