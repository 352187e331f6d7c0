"""`xmc guardian CONFIG`: runs an engine as a child process and looks after it; the decisions are `engine.guardian`'s.

What it does and sees goes to `guardian.jsonl` in the engine's data directory, one line each, synced, and to standard
error: alerts of the guardian must not depend on the engine or on the page.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Final

from cross_market_connect.config.settings import load
from cross_market_connect.domain.errors import InputError
from cross_market_connect.engine.guardian import (
    DIED,
    ENDED_CLEANLY,
    FENCE,
    GIVEN_UP,
    KILL,
    REFUSED,
    START,
    STARTING,
    Guardian,
)
from cross_market_connect.journal.file_life import FileLifeStore
from cross_market_connect.journal.file_store import for_its_user_alone, log_store, make_directory
from cross_market_connect.journal.life import DeathNote, LifeStore
from cross_market_connect.journal.reader import LogCursor
from cross_market_connect.journal.store import SegmentStore, unusable

ALERT_FILE: Final = "guardian.jsonl"
LOOK_S: Final = 0.05
REFUSED_CODE: Final = 2
# A process ends by these when its code failed below Python; a person's SIGKILL or SIGTERM says nothing of the kind.
FAULTS: Final = (signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGABRT)


class EngineGuard:
    """One engine with its guardian.

    Args:
        command: starts the engine; its first line on standard output says that it is ready.
    """

    def __init__(self, command: list[str], directory: Path, life: LifeStore, log: SegmentStore) -> None:
        self.command = command
        self.directory = directory
        self.life = life
        self.log = log
        self.core = Guardian(time.monotonic_ns())
        self.process: subprocess.Popen[bytes] | None = None
        self.relay = threading.Thread()
        self.is_ready = False
        self.stopping = False

    def run(self) -> dict[str, Any]:
        """Until the engine has ended, or cannot be helped; the guardian's final line."""
        starts = 0
        while True:
            for action in self.core.take_actions():
                starts += action == START
                self._act(action)
            for alert in self.core.take_alerts():
                self._tell(alert.level, alert.text, alert.text_zh)
            if self.core.is_over():
                return {"final": True, "given_up": self.core.state == GIVEN_UP, "starts": starts}
            time.sleep(LOOK_S)
            self._look(time.monotonic_ns())

    def stop(self, number: int, frame: object) -> None:
        """Pass a signal on: the engine cancels, confirms, balances and ends, after a restart too."""
        self.stopping = True
        self._pass_stop_on()

    def _pass_stop_on(self) -> None:
        """Not before the engine is ready: until then a signal would kill it."""
        if self.process is not None and self.is_ready and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def _look(self, now_ns: int) -> None:
        core = self.core
        core.on_beat(self.life.last_beat_ns())
        code = None if self.process is None else self.process.poll()
        if code is not None:
            self.relay.join()
        if self.is_ready:
            if core.state == STARTING and self.stopping:
                self._pass_stop_on()
            core.on_ready(now_ns)
        if code is not None:
            self.process = None
            self.is_ready = False
            self._note(code)
            core.on_exit(ENDED_CLEANLY if code == 0 else REFUSED if code == REFUSED_CODE else DIED, now_ns)
        core.on_timer(now_ns)

    def _note(self, code: int) -> None:
        """An engine whose code failed below Python could leave no note itself: the log's end says what it was doing."""
        if -code not in FAULTS or self.life.death() is not None:
            return
        record_seq, input_seq = last_record(self.log)
        fault = signal.Signals(-code).name
        self.life.note_death(DeathNote(input_seq, record_seq, fault, f"the process ended by {fault}"))

    def _act(self, action: str) -> None:
        if action == FENCE:
            self.life.take_over()
        elif action == KILL and self.process is not None:
            self.process.send_signal(signal.SIGKILL)
        elif action == START:
            self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, start_new_session=True)
            self.relay = threading.Thread(target=self._relay, args=(self.process,), daemon=True)
            self.relay.start()

    def _relay(self, process: subprocess.Popen[bytes]) -> None:
        """Pass the engine's lines on; the first one says that it is ready."""
        if process.stdout is None:
            return
        with process.stdout as lines:
            for line in lines:
                self.is_ready = self.is_ready or b'"ready"' in line
                sys.stdout.buffer.write(line)
                sys.stdout.buffer.flush()

    def _tell(self, level: str, text: str, text_zh: str) -> None:
        fields = {"utc_ns": time.time_ns(), "level": level, "text": text, "text_zh": text_zh}
        print(f"guardian: {level}: {text}", file=sys.stderr, flush=True)
        try:
            with open(self.directory / ALERT_FILE, "a", encoding="utf-8", opener=for_its_user_alone) as file:
                file.write(json.dumps(fields, ensure_ascii=False) + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            # A full disk is when an engine needs its guardian most.
            print(f"guardian: {ALERT_FILE}: {error.strerror}; the alert is above", file=sys.stderr, flush=True)


def last_record(store: SegmentStore) -> tuple[int, int]:
    """Number and input of the log's last record, both 0 for an empty log."""
    cursor = LogCursor(store, False)
    cursor.start_at(2**62)
    record_seq = input_seq = 0
    while (record := cursor.step()) is not None:
        record_seq, input_seq = int(record.seq), int(record.input_seq)
    return record_seq, input_seq


def guard_file(path: Path) -> dict[str, Any]:
    """`xmc guardian`: guard the engine of a configuration file. Raises InputError."""
    directory = load(path).engine.data_directory
    try:
        make_directory(directory)
    except OSError as error:
        raise InputError([unusable(str(directory), error)]) from error
    command = [sys.executable, "-m", "cross_market_connect.cli", "run", str(path)]
    guard = EngineGuard(command, directory, FileLifeStore(directory), log_store(directory, True))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, guard.stop)
    return guard.run()
