"""One engine as a process: opens its directory and sockets, runs its loop, ends cleanly, says what came of it.

`xmc run CONFIG` calls `run_engine` in its own process. The demonstration starts this module with one JSON line on
standard input: the settings, and the moment at which the shared calendar begins. Either ends on SIGINT, SIGTERM and
with its parent; the engine then cancels, confirms, balances and logs out.
"""

from __future__ import annotations

import getpass
import json
import os
import pwd
import signal
import sys
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

from cross_market_connect.bootstrap import (
    EngineStores,
    OpenedEngine,
    begin_run,
    blueprint_at,
    death_note,
    give_back,
    open_engine,
    recovery_name,
    view_layout,
)
from cross_market_connect.config.build_fix import SECRET_PLACEHOLDER, tls_context
from cross_market_connect.config.models import FixOrders, FixSession, Replay, Settings
from cross_market_connect.config.settings import from_canonical_json, load, reference_for, secret, secret_in
from cross_market_connect.domain.clock import CalendarClock
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.engine.certificates import file_expiry_utc_s
from cross_market_connect.engine.control import EVERY_ROLE, ControlServer, Person
from cross_market_connect.engine.core import EngineCore
from cross_market_connect.engine.loop import EngineLoop
from cross_market_connect.engine.network import Network
from cross_market_connect.engine.passwords import PasswordSealer, read_public_key
from cross_market_connect.engine.publisher import ViewPublisher
from cross_market_connect.engine.sockets import SystemNetwork
from cross_market_connect.engine.targets import FeedTarget, StreamTarget
from cross_market_connect.engine.tls import TlsStream
from cross_market_connect.engine.view import PAGE_FILE_NAME, ViewWriter
from cross_market_connect.journal.capture import CAPTURE_SEGMENT_BYTES, CaptureWriter
from cross_market_connect.journal.file_life import FileLifeStore
from cross_market_connect.journal.file_store import capture_store, log_store, make_directory
from cross_market_connect.journal.snapshot import FileSnapshotStore, Snapshot
from cross_market_connect.journal.store import unusable
from cross_market_connect.journal.sync_thread import SyncThread
from cross_market_connect.journal.syncer import LogSyncer
from cross_market_connect.journal.writer import LogWriter
from cross_market_connect.venues.hkex.ocg_c import KEY_BITS

SYNC_INTERVAL_NS: Final = 5_000_000
# Exit code of an engine whose step failed (sysexits.h: internal software error).
CRASHED: Final = 70
SETTINGS_BYTES_MAX: Final = 4_194_304


def targets_of(settings: Settings, environment: Mapping[str, str]) -> tuple[list[StreamTarget], list[FeedTarget]]:
    """Where the sources connect and listen. Raises InputError naming the secret, or the file, that is not there."""
    streams: list[StreamTarget] = []
    feeds: list[FeedTarget] = []
    for index, source in enumerate(settings.source):
        if isinstance(source, FixSession):
            password = secret(source, environment).encode()
            stream = StreamTarget(index, source.name, source.host, source.port, SECRET_PLACEHOLDER, password)
            stream.tls = tls_of(source)
            stream.sealer = sealer_of(source)
            streams.append(stream)
        else:
            live, refresh = ([(line.group, line.port) for line in lines] for lines in (source.live(), source.refresh()))
            target = FeedTarget(index, source.name, source.interface, live, refresh)
            target.wants_stamps = source.kernel_stamps
            feeds.append(target)
    for number, source, recovery in settings.recoveries():
        password = b""
        if isinstance(recovery, Replay):
            place = f"source {source.name}.replay.secret_env"
            password = secret_in(place, recovery.secret_env, environment).encode()
        stream = StreamTarget(number, recovery_name(source), recovery.host, recovery.port, SECRET_PLACEHOLDER, password)
        if recovery.backup is not None:
            stream.others.append((recovery.backup.host, recovery.backup.port))
        streams.append(stream)
    return streams, feeds


def tls_of(source: FixSession) -> TlsStream | None:
    """What wraps the source's bytes on the wire, its files read now. Raises InputError naming each that fails."""
    if not source.tls:
        return None
    context = tls_context(source)
    expiry_utc_s = -1 if source.certificate_file is None else file_expiry_utc_s(str(source.certificate_file))
    return TlsStream(context, source.name, source.server_name or source.host, expiry_utc_s)


def sealer_of(source: FixSession) -> PasswordSealer | None:
    """What encrypts the source's password at each log-on; None for what sends it as it is. Raises InputError."""
    if not isinstance(source, FixOrders) or source.encryption_key_file is None:
        return None
    place = f"source {source.name}.encryption_key_file"
    return PasswordSealer(read_public_key(place, str(source.encryption_key_file), KEY_BITS))


def stores_of(settings: Settings) -> EngineStores:
    """The files of one engine in its data directory, which is made when it is missing. Raises InputError."""
    directory = settings.engine.data_directory
    try:
        make_directory(directory)
    except OSError as error:
        raise InputError([unusable(str(directory), error)]) from error
    keeps_capture = settings.engine.capture
    return EngineStores(
        log_store(directory, False),
        log_store(directory, True),
        capture_store(directory, False) if keeps_capture else None,
        capture_store(directory, True) if keeps_capture else None,
        FileSnapshotStore(directory),
        FileLifeStore(directory),
        settings.engine.log_segment_bytes,
        int(CAPTURE_SEGMENT_BYTES),
    )


def people_of(settings: Settings) -> dict[int, Person]:
    """Who may give commands, by user id: the configured persons, or else whoever runs this process, in every role.

    Raises InputError naming every person whom this machine does not know.
    """
    if not settings.person:
        return {os.getuid(): Person(user_name(), list(EVERY_ROLE))}
    people: dict[int, Person] = {}
    faults: list[str] = []
    for index, person in enumerate(settings.person):
        try:
            people[pwd.getpwnam(person.name).pw_uid] = Person(person.name, list(person.roles))
        except KeyError:
            faults.append(f"person[{index}].name: {person.name}; expected a user of this machine")
    if faults:
        raise InputError(faults)
    return people


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
    people = people_of(settings)
    directory = settings.engine.data_directory
    now_ns = time.monotonic_ns()
    clock = run_calendar(settings, anchor_now_ns, now_ns)
    stores = stores_of(settings)
    engine = open_engine(blueprint_at(settings, reference_for(settings), clock), stores, clock)
    core, log, capture = engine.core, engine.log, engine.capture
    view = ViewWriter(str(directory / PAGE_FILE_NAME), view_layout(settings, core))
    sync = SyncThread(log, SYNC_INTERVAL_NS, stores.snapshots)
    publisher = ViewPublisher(view, core, log)
    network = SystemNetwork()
    control = ControlServer(network, str(directory), people, len(settings.person) > 0)
    loop = open_loop(engine, settings, network, sync, publisher, streams, feeds, wake_descriptor(), parent, control)
    try:
        begin_loop(engine, loop, user_name(), now_ns)
    except InputError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the process ends
        die(engine, error)
    try:
        sync.start()
        print(json.dumps({"ready": True, "directory": str(directory)}), flush=True)
        loop.run()
    except Exception as error:  # noqa: BLE001 - whatever it is, the process ends
        die(engine, error)
    loop.close()
    if loop.fenced:
        # The log may have another writer by now: nothing is tidied up in it.
        return {"final": False, "fenced": True, "records": int(log.last_seq)}
    sync.stop()
    last = core.take_snapshot()
    close_files(log, capture)
    if last is not None:
        stores.snapshots.save(Snapshot(*last))
    view.close()
    return outcome(core, log)


def die(engine: OpenedEngine, error: Exception) -> NoReturn:
    """A step failed: leave a note and end at once, never half-alive.

    Whoever supervises starts the engine again; venues cancel what rests when the connections break.
    """
    engine.life.note_death(death_note(engine.core, engine.log, error))
    traceback.print_exception(error)
    sys.stderr.flush()
    os._exit(CRASHED)


def open_loop(
    engine: OpenedEngine,
    settings: Settings,
    network: Network,
    sync: LogSyncer,
    publisher: ViewPublisher | None,
    streams: list[StreamTarget],
    feeds: list[FeedTarget],
    wake: int,
    parent: int,
    control: ControlServer | None = None,
) -> EngineLoop:
    """The loop around an opened engine, listening; real processes and virtual ones begin with it.

    Raises InputError naming the source that cannot be opened; log, capture and sockets are closed then.
    """
    end_utc_ns = settings.calendar.end_utc_ns()
    loop = EngineLoop(
        network,
        engine.core,
        engine.log,
        engine.capture,
        sync,
        publisher,
        streams,
        feeds,
        settings.engine.busy_poll,
        settings.calendar.mode == "demo",
        NO_TIMER if end_utc_ns is None else end_utc_ns,
    )
    loop.control = control
    try:
        loop.open(wake, parent)
    except InputError:
        loop.close()
        give_back(engine.log, engine.capture)
        raise
    loop.guard(engine.life, engine.fence)
    return loop


def begin_loop(engine: OpenedEngine, loop: EngineLoop, user: str, now_ns: int) -> None:
    """The run's first inputs, before the first turn of its loop; real processes and virtual ones begin with it.

    Raises InputError when the disk does not take them; log, capture and sockets are closed then.
    """
    try:
        begin_run(engine, user, now_ns)
    except InputError:
        loop.close()
        give_back(engine.log, engine.capture)
        raise


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
    """Close what `open_engine` opened.

    Raises OSError when the device failed to make the log's end durable; both are closed all the same.
    """
    try:
        log.close()
    finally:
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
