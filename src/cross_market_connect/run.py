"""One engine as a process: opens its directory and sockets, runs its loop, ends cleanly, says what came of it.

`xmc run CONFIG` calls `run_engine` in its own process. The demonstration starts this module with one JSON line on
standard input: the settings, and the moment at which the shared calendar begins. Either ends on SIGINT, SIGTERM and
with its parent; the engine then cancels, confirms, balances and logs out.
"""

from __future__ import annotations

import getpass
import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from cross_market_connect.bootstrap import (
    SECRET_PLACEHOLDER,
    build_recovered,
    code_version,
    start_core,
    usable_snapshot,
    view_layout,
)
from cross_market_connect.config.models import FixSession, OmdD, Settings
from cross_market_connect.config.settings import from_canonical_json, load, secret
from cross_market_connect.domain.clock import CalendarClock
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.engine.core import REFRESH_OFFSET, EngineCore
from cross_market_connect.engine.loop import EngineLoop, FeedTarget, StreamTarget
from cross_market_connect.engine.publisher import ViewPublisher
from cross_market_connect.engine.view import PAGE_FILE_NAME, ViewWriter
from cross_market_connect.journal.capture import CAPTURE_SEGMENT_BYTES, CaptureWriter, last_input_seq, open_capture
from cross_market_connect.journal.file_store import capture_store, log_store
from cross_market_connect.journal.pcapng import TCP, UDP
from cross_market_connect.journal.reader import LogReader
from cross_market_connect.journal.snapshot import FileSnapshotStore
from cross_market_connect.journal.sync_thread import SyncThread
from cross_market_connect.journal.writer import LogWriter, open_log
from cross_market_connect.reference.tables import load_reference

SYNC_INTERVAL_NS: Final = 5_000_000
SETTINGS_BYTES_MAX: Final = 4_194_304


def targets_of(settings: Settings, environment: Mapping[str, str]) -> tuple[list[StreamTarget], list[FeedTarget]]:
    """Where the sources connect and listen. Raises InputError naming the secret that is not set."""
    streams: list[StreamTarget] = []
    feeds: list[FeedTarget] = []
    for index, source in enumerate(settings.source):
        if isinstance(source, FixSession):
            password = secret(source, environment).encode()
            streams.append(StreamTarget(index, source.name, source.host, source.port, SECRET_PLACEHOLDER, password))
        else:
            feeds.append(
                FeedTarget(
                    index,
                    source.name,
                    source.interface,
                    source.group,
                    source.port,
                    source.refresh_group,
                    source.refresh_port,
                )
            )
    return streams, feeds


def describe_sources(capture: CaptureWriter, settings: Settings) -> None:
    """Tell the capture what each source is."""
    for index, source in enumerate(settings.source):
        if isinstance(source, OmdD):
            capture.add_interface(index, source.name, UDP, source.group, source.port)
            name = source.name + "_refresh"
            capture.add_interface(index + REFRESH_OFFSET, name, UDP, source.refresh_group, source.refresh_port)
        else:
            capture.add_interface(index, source.name, TCP, source.host, source.port)


def open_files(settings: Settings) -> tuple[LogWriter, CaptureWriter | None]:
    """Open log and capture. Raises InputError; neither stays open then."""
    directory = settings.engine.data_directory
    log = open_log(log_store(directory, False), code_version(), settings.engine.log_segment_bytes, 0, 1)
    if not settings.engine.capture:
        return log, None
    try:
        capture = open_capture(capture_store(directory, False), code_version(), CAPTURE_SEGMENT_BYTES)
        describe_sources(capture, settings)
    except InputError:
        log.close()
        raise
    return log, capture


def run_calendar(settings: Settings, anchor_now_ns: int, now_ns: int) -> CalendarClock:
    """The run's calendar, anchored now: the machine's clock, or the demonstration's as it runs since its anchor."""
    utc_ns = time.time_ns()
    begun = settings.calendar.clock(anchor_now_ns, utc_ns)
    if settings.calendar.mode == "demo":
        utc_ns = int(begun.utc_ns(now_ns))
    return CalendarClock(now_ns, utc_ns, begun.speed_milli, begun.skip_from_utc_ns, begun.skip_until_utc_ns)


def run_engine(settings: Settings, anchor_now_ns: int, parent: int, environment: Mapping[str, str]) -> dict[str, Any]:
    """Run one engine until it has stopped; what it did.

    Args:
        anchor_now_ns: monotonic reading at which the calendar of a demonstration begins.
        parent: descriptor that ends when the parent process does, -1 for none.

    Raises InputError: port, directory, disk, secret; nothing is left half-started.
    """
    streams, feeds = targets_of(settings, environment)
    directory = settings.engine.data_directory
    now_ns = time.monotonic_ns()
    clock = run_calendar(settings, anchor_now_ns, now_ns)
    log, capture = open_files(settings)
    captured = last_input_seq(capture_store(directory, True)) if capture is not None else 0
    snapshots = FileSnapshotStore(directory)
    snapshot = usable_snapshot(snapshots.load(), int(log.last_seq))
    records = LogReader(log_store(directory, True), snapshot.record_seq + 1 if snapshot is not None else 1).records()
    core, recovered = build_recovered(settings, load_reference(), log, capture, clock, records, captured, snapshot)
    view = ViewWriter(str(directory / PAGE_FILE_NAME), view_layout(settings, core))
    sync = SyncThread(log, SYNC_INTERVAL_NS, snapshots)
    end_utc_ns = settings.calendar.end_utc_ns()
    loop = EngineLoop(
        core,
        log,
        capture,
        sync,
        ViewPublisher(view, core, log),
        streams,
        feeds,
        settings.engine.busy_poll,
        settings.calendar.mode == "demo",
        NO_TIMER if end_utc_ns is None else end_utc_ns,
    )
    try:
        loop.open(wake_descriptor(), parent)
    except InputError:
        loop.close()
        close_files(log, capture)
        raise
    start_core(core, settings, user_name(), now_ns, recovered)
    sync.start()
    print(json.dumps({"ready": True, "directory": str(directory)}), flush=True)
    loop.run()
    loop.close()
    sync.stop()
    close_files(log, capture)
    view.close()
    return outcome(core, log)


def outcome(core: EngineCore, log: LogWriter) -> dict[str, Any]:
    """The final line of a run."""
    return {
        "final": True,
        "records": int(log.last_seq),
        "journal_hash": log.last_hash.hex(),
        "inputs": int(core.input_seq),
        "spread_orders": int(core.desk.next_spread_order_id) - 1,
        "late_allocations": int(log.late_allocations),
    }


def close_files(log: LogWriter, capture: CaptureWriter | None) -> None:
    """Close what `open_files` opened."""
    log.close()
    if capture is not None:
        capture.close()


def wake_descriptor() -> int:
    """A descriptor that gets a byte for each SIGINT and SIGTERM, so that no handler runs inside a step."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _noted)
    return reader


def _noted(number: int, frame: object) -> None:
    """The wake-up descriptor has told the loop."""


def user_name() -> str:
    """Who runs this process, for the log."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def read_line(descriptor: int) -> bytes:
    """One line, without reading ahead: what follows is the loop's to watch."""
    parts: list[bytes] = []
    while len(parts) < SETTINGS_BYTES_MAX:
        byte = os.read(descriptor, 1)
        if byte in (b"", b"\n"):
            return b"".join(parts)
        parts.append(byte)
    raise InputError([f"settings: longer than {SETTINGS_BYTES_MAX} bytes"])


def run_file(path: Path) -> dict[str, Any]:
    """`xmc run`: the engine of a configuration file, until it is told to end."""
    return run_engine(load(path), time.monotonic_ns(), -1, os.environ)


def main() -> int:
    """The demonstration's engine: settings from standard input, its outcome as the last line."""
    try:
        fields = json.loads(read_line(sys.stdin.fileno()))
        settings = from_canonical_json(json.dumps(fields["settings"]))
        answer = run_engine(settings, int(fields["anchor_now_ns"]), sys.stdin.fileno(), os.environ)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(answer), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
