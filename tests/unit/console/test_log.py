"""The follower over a real log on disk."""

from __future__ import annotations

from pathlib import Path

from cross_market_connect.console.log import FAULT_POLLS_MIN, LogFollower
from cross_market_connect.domain.records import OPERATOR, Payload
from cross_market_connect.journal.file_store import LOG_PREFIX, LOG_SUFFIX, FileSegmentStore
from cross_market_connect.journal.layout import HEADER_BYTES
from cross_market_connect.journal.writer import LogWriter, open_log


def start(directory: Path) -> LogWriter:
    return open_log(FileSegmentStore(directory, LOG_PREFIX, LOG_SUFFIX, False), "test", 4096, 0, 1)


def put(log: LogWriter, command: str) -> None:
    payload = Payload(OPERATOR)
    for text in (command, "li", "trader", ""):
        payload.put_text(text)
    log.append(OPERATOR, 0, 9, 77, payload.take())
    log.seal()


def test_records_arrive_once_with_their_fields(tmp_path: Path) -> None:
    log = start(tmp_path)
    follower = LogFollower(tmp_path)
    assert follower.poll() == []
    put(log, "halt")
    (record,) = follower.poll()
    assert (record.seq, record.kind, record.input_seq, record.now_ns) == (1, OPERATOR, 9, 77)
    assert record.fields == {"command": "halt", "user": "li", "role": "trader", "reason": ""}
    assert follower.poll() == []
    put(log, "resume")
    assert [each.fields["command"] for each in follower.poll()] == ["resume"]
    assert follower.fault() == ""
    log.close()


def test_a_log_made_after_the_console_is_followed(tmp_path: Path) -> None:
    follower = LogFollower(tmp_path)
    assert follower.poll() == []
    log = start(tmp_path)
    put(log, "halt")
    assert len(follower.poll()) == 1
    log.close()


def test_damage_is_told_only_when_it_stays(tmp_path: Path) -> None:
    log = start(tmp_path)
    put(log, "halt")
    segment = next(tmp_path.glob(f"{LOG_PREFIX}*{LOG_SUFFIX}"))
    with segment.open("r+b") as file:
        file.seek(HEADER_BYTES + 50)
        byte = file.read(1)
        file.seek(HEADER_BYTES + 50)
        file.write(bytes([byte[0] ^ 0xFF]))
    follower = LogFollower(tmp_path)
    for _ in range(FAULT_POLLS_MIN - 1):
        assert follower.poll() == []
        assert follower.fault() == ""
    follower.poll()
    assert "checksum" in follower.fault()
    log.close()
