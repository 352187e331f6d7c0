"""A run's files, secrets and ends: one error and nothing left, or one final line."""

import errno
import gc
import io
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from cross_market_connect.audit.verify import verify
from cross_market_connect.bootstrap import blueprint_at, open_engine
from cross_market_connect.config.demonstration import demo_settings
from cross_market_connect.config.models import FixSession, OmdD, Settings
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.records import CONFIGURATION, OPERATOR, RESTART
from cross_market_connect.journal.capture import CaptureReader, CaptureWriter
from cross_market_connect.journal.file_store import capture_store, log_store
from cross_market_connect.journal.reader import LogReader
from cross_market_connect.journal.writer import LogWriter
from cross_market_connect.reference.tables import load_reference
from cross_market_connect.run import (
    SETTINGS_BYTES_MAX,
    read_line,
    run_calendar,
    run_engine,
    stores_of,
    targets_of,
)

pytestmark = pytest.mark.slow


def free_port(kind: int) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The demonstration's settings with ports on which nobody listens."""
    ports = {}
    for source in demo(tmp_path, {}).source:
        kind = socket.SOCK_DGRAM if isinstance(source, OmdD) else socket.SOCK_STREAM
        ports[source.name] = free_port(kind)
        if isinstance(source, OmdD):
            ports[source.name + ".refresh_port"] = free_port(kind)
    return demo(tmp_path / "data", ports)


def demo(directory: Path, ports: dict[str, int]) -> Settings:
    return demo_settings(
        speed=Decimal(1), seed=1, faults=["none"], duration=Decimal(60), ports=ports, directory=directory
    )


@pytest.fixture
def environment(settings: Settings) -> dict[str, str]:
    return {
        source.secret_env: "hush" for source in settings.source if isinstance(source, FixSession) and source.secret_env
    }


@pytest.fixture(autouse=True)
def process_as_before() -> Iterator[None]:
    """Signals, wake-up descriptor and collector are the process's own; a run takes them over."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    signal.set_wakeup_fd(-1)
    for number, handler in handlers.items():
        signal.signal(number, handler)
    gc.enable()
    gc.unfreeze()


# ---------------------------------------------------------------------- targets and files


def open_files(settings: Settings) -> tuple[LogWriter, CaptureWriter | None]:
    """Log and capture as a start opens them."""
    clock = run_calendar(settings, 0, 0)
    engine = open_engine(blueprint_at(settings, load_reference(), clock), stores_of(settings), clock)
    return engine.log, engine.capture


def test_every_source_has_a_target_with_its_secret(settings: Settings, environment: dict[str, str]) -> None:
    streams, feeds = targets_of(settings, environment)
    assert len(streams) + len(feeds) == len(settings.source)
    for target in streams:
        source = settings.source[target.source]
        assert isinstance(source, FixSession)
        assert (target.name, target.host, target.port) == (source.name, source.host, source.port)
        assert target.secret == (b"hush" if source.secret_env else b"")
    for feed in feeds:
        listened = settings.source[feed.source]
        assert isinstance(listened, OmdD)
        assert feed.live == [(listened.group, listened.port)]
        assert feed.refresh == [(listened.refresh_group, listened.refresh_port)]


def test_a_secret_that_is_not_set_is_one_error_that_names_it_and_leaves_nothing(
    settings: Settings, environment: dict[str, str]
) -> None:
    name = next(iter(environment))
    del environment[name]
    with pytest.raises(InputError, match=name) as caught:
        run_engine(settings, 0, -1, environment)
    assert "hush" not in str(caught.value)
    assert not settings.engine.data_directory.exists()


def test_files_are_opened_and_a_second_engine_in_the_same_directory_is_refused(settings: Settings) -> None:
    log, capture = open_files(settings)
    assert capture is not None
    with pytest.raises(InputError, match="another engine has this log open"):
        open_files(settings)
    log.close()
    capture.close()
    again, capture = open_files(settings)
    again.close()
    assert capture is not None
    capture.close()


def test_without_a_capture_there_is_none(settings: Settings) -> None:
    engine = settings.engine.model_copy(update={"capture": False})
    log, capture = open_files(settings.model_copy(update={"engine": engine}))
    assert capture is None
    log.close()
    assert capture_store(settings.engine.data_directory, True).numbers() == []


def test_a_capture_that_cannot_be_opened_closes_the_log_again(settings: Settings) -> None:
    log, capture = open_files(settings)
    assert capture is not None
    log.close()
    with pytest.raises(InputError):
        open_files(settings)
    capture.close()
    again, capture = open_files(settings)
    assert capture is not None
    again.close()
    capture.close()


def test_a_directory_that_cannot_be_made_is_one_error(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")
    engine = settings.engine.model_copy(update={"data_directory": file / "data"})
    with pytest.raises(InputError, match="file"):
        open_files(settings.model_copy(update={"engine": engine}))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_that_cannot_be_written_is_one_error(settings: Settings, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    engine = settings.engine.model_copy(update={"data_directory": closed})
    with pytest.raises(InputError, match="choose a directory that this user can write"):
        open_files(settings.model_copy(update={"engine": engine}))


def test_the_capture_knows_every_source_and_the_refresh_channel(settings: Settings) -> None:
    log, capture = open_files(settings)
    assert capture is not None
    for index, source in enumerate(settings.source):
        capture.append(index, index + 1, 1, 1, b"x")
        if isinstance(source, OmdD):
            capture.append(index + 512, index + 1, 1, 1, b"y")
    capture.close()
    log.close()
    packets = list(CaptureReader(capture_store(settings.engine.data_directory, True)).packets())
    assert len(packets) == len(settings.source) + 1


# ---------------------------------------------------------------------- calendar and lines


def test_the_calendar_of_a_demonstration_runs_since_its_anchor(tmp_path: Path) -> None:
    """Ten times as fast: two seconds after the anchor the calendar shows its beginning and 20 seconds."""
    settings = demo_settings(
        speed=Decimal(10), seed=1, faults=["none"], duration=Decimal(60), ports={}, directory=tmp_path
    )
    anchor = settings.calendar.clock(5_000, 0).anchor_utc_ns
    clock = run_calendar(settings, 5_000, 2_000_005_000)
    assert (clock.anchor_now_ns, clock.anchor_utc_ns) == (2_000_005_000, anchor + 20 * 10**9)
    assert clock.utc_ns(3_000_005_000) == anchor + 30 * 10**9


@pytest.mark.parametrize(("content", "line"), [(b"one\ntwo\n", b"one"), (b"\nrest", b""), (b"no end", b"no end")])
def test_one_line_is_read_and_not_a_byte_more(content: bytes, line: bytes) -> None:
    reader, writer = os.pipe()
    os.write(writer, content)
    os.close(writer)
    with io.FileIO(reader) as file:
        assert read_line(reader) == line
        assert file.read() == content[len(line) + 1 :]


def test_a_line_without_an_end_is_refused(tmp_path: Path) -> None:
    with open(tmp_path / "long", "wb+") as file:
        file.truncate(SETTINGS_BYTES_MAX + 1)
        # Reading it byte by byte is the point: nothing behind the line may be taken.
        with pytest.raises(InputError, match="longer than"):
            read_line(file.fileno())


# ---------------------------------------------------------------------- a whole run


def run_until_signal(
    settings: Settings, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> dict[str, object]:
    """Run, and send the signal of a service manager as soon as the run takes signals."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)

    def interrupt() -> None:
        for _ in range(6000):
            if signal.getsignal(signal.SIGTERM) is not signal.default_int_handler:
                os.kill(os.getpid(), signal.SIGTERM)
                return
            time.sleep(0.01)

    thread = threading.Thread(target=interrupt)
    thread.start()
    answer = run_engine(settings, time.monotonic_ns(), -1, environment)
    thread.join()
    told = json.loads(capsys.readouterr().out)
    assert told == {"ready": True, "directory": str(settings.engine.data_directory)}
    return answer


def test_a_run_ends_on_a_signal_with_what_it_did_and_the_next_one_goes_on(
    settings: Settings, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    store = settings.engine.data_directory
    first = run_until_signal(settings, environment, capsys)
    assert (first["final"], first["spread_orders"], first["late_allocations"]) == (True, 0, 0)
    records = list(LogReader(log_store(store, True), 1).records())
    assert first["records"] == len(records)
    assert first["journal_hash"] == records[-1].hash.hex()
    assert [record.kind for record in records].count(OPERATOR) == 1
    second = run_until_signal(settings, environment, capsys)
    records = list(LogReader(log_store(store, True), 1).records())
    assert second["records"] == len(records)
    kinds = [record.kind for record in records]
    assert (kinds.count(CONFIGURATION), kinds.count(RESTART)) == (2, 1)
    restart = records[kinds.index(RESTART)].fields()
    assert (restart["epoch"], restart["recovered_record"]) == (2, first["records"])
    assert verify(log_store(store, True)).ok
    assert all(b"hush" not in path.read_bytes() for path in store.rglob("*") if path.is_file())


def test_a_feed_that_cannot_be_opened_is_one_error_and_the_files_are_free_again(
    settings: Settings, environment: dict[str, str]
) -> None:
    sources = [
        source.model_copy(update={"interface": "192.0.2.77"}) if isinstance(source, OmdD) else source
        for source in settings.source
    ]
    with pytest.raises(InputError, match=r"on 192\.0\.2\.77"):
        run_engine(settings.model_copy(update={"source": sources}), time.monotonic_ns(), -1, environment)
    log, capture = open_files(settings)
    log.close()
    assert capture is not None
    capture.close()


def test_a_disk_that_does_not_take_a_runs_beginning_is_one_error_and_the_files_are_free_again(
    settings: Settings, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []

    def fdatasync(descriptor: int) -> None:
        """The log is opened, and takes nothing after it."""
        if log_store(settings.engine.data_directory, True).path(1).stat().st_ino == os.fstat(descriptor).st_ino:
            synced.append(descriptor)
            if len(synced) > 1:
                raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as device:
        device.setattr(os, "fdatasync", fdatasync)
        with pytest.raises(InputError, match="Input/output error; choose a directory"):
            run_engine(settings, time.monotonic_ns(), -1, environment)
    assert len(synced) == 3
    assert not (settings.engine.data_directory / "death.json").exists()
    log, capture = open_files(settings)
    log.close()
    assert capture is not None
    capture.close()
