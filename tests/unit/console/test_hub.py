"""The hub with a page on disk and records by hand; the time is an argument, nothing waits."""

from __future__ import annotations

from pathlib import Path

from cross_market_connect.console.hub import POLLS_PER_REFRESH_MAX, SERIES_POINTS_MAX, SILENT_AFTER_S, Hub
from cross_market_connect.console.log import LogRecord
from cross_market_connect.console.page import ViewReader
from cross_market_connect.domain.records import ALERT, GATE
from cross_market_connect.engine.view import ViewWriter
from tests.unit.engine.test_view import layout


class Follower:
    """Hands out prepared batches of records."""

    def __init__(self) -> None:
        self.batches: list[list[LogRecord]] = []
        self.broken = ""

    def poll(self) -> list[LogRecord]:
        return self.batches.pop(0) if self.batches else []

    def fault(self) -> str:
        return self.broken


def alert(seq: int) -> LogRecord:
    fields: dict[str, int | str | bytes] = {
        "alert_id": seq, "level": 1, "spread_order_id": 0, "deadline_ns": 0,
        "code": "c", "text_en": "e", "text_zh": "z",
    }  # fmt: skip
    return LogRecord(seq, int(ALERT), 0, 1, 1, fields)


def publish(writer: ViewWriter, now_ns: int, buy: float = 1.0) -> None:
    writer.begin(now_ns, now_ns * 1_000_000)
    writer.spread(0, buy, buy - 1.0, buy - 0.5, 0, 0)
    writer.end()


def test_before_there_is_an_engine(tmp_path: Path) -> None:
    hub = Hub(ViewReader(tmp_path / "page"), Follower())
    hub.refresh(100.0)
    hello = hub.hello()
    assert (hello.description, hello.snapshot, hello.orders, hello.cursor) == (None, None, [], 0)


def test_hello_has_everything_and_a_tick_what_is_new(tmp_path: Path) -> None:
    writer = ViewWriter(str(tmp_path / "page"), layout())
    follower = Follower()
    hub = Hub(ViewReader(tmp_path / "page"), follower)
    publish(writer, 7)
    follower.batches = [[alert(1), alert(2)]]
    hub.refresh(1.0)
    hello = hub.hello()
    assert hello.snapshot is not None and hello.snapshot.now_ns == 7
    assert [each.seq for each in hello.alerts] == [1, 2]
    assert hello.cursor == 2
    assert [(point.utc_ms, point.buy, point.sell) for point in hello.series[0]] == [(7, 1.0, 0.0)]
    follower.batches = [[alert(3)]]
    hub.refresh(1.1)
    assert [each.seq for each in hub.tick(hello.cursor).alerts] == [3]
    assert hub.tick(3).alerts == []


def test_the_revision_rises_only_with_news(tmp_path: Path) -> None:
    writer = ViewWriter(str(tmp_path / "page"), layout())
    hub = Hub(ViewReader(tmp_path / "page"), Follower())
    hub.refresh(1.0)
    before = hub.revision
    hub.refresh(1.1)
    assert hub.revision == before
    publish(writer, 8)
    hub.refresh(1.2)
    assert hub.revision == before + 1


def test_an_engine_that_stops_writing_is_noticed_and_its_return_too(tmp_path: Path) -> None:
    writer = ViewWriter(str(tmp_path / "page"), layout())
    publish(writer, 7)
    hub = Hub(ViewReader(tmp_path / "page"), Follower())
    hub.refresh(50.0)
    hub.refresh(50.0 + SILENT_AFTER_S)
    assert not hub.silent
    before = hub.revision
    hub.refresh(50.1 + SILENT_AFTER_S)
    assert hub.silent and hub.revision == before + 1
    publish(writer, 8)
    hub.refresh(60.0)
    assert not hub.silent


def test_another_engine_starts_a_new_generation(tmp_path: Path) -> None:
    first = ViewWriter(str(tmp_path / "page"), layout())
    publish(first, 7)
    hub = Hub(ViewReader(tmp_path / "page"), Follower())
    hub.refresh(1.0)
    before = hub.generation
    publish(ViewWriter(str(tmp_path / "page"), layout(legs=3)), 1)
    hub.refresh(1.1)
    assert hub.generation == before + 1
    hello = hub.hello()
    assert hello.description is not None and len(hello.description.spreads[0].legs) == 3
    assert len(hello.series[0]) == 1


def test_series_and_work_per_refresh_are_bounded(tmp_path: Path) -> None:
    writer = ViewWriter(str(tmp_path / "page"), layout())
    follower = Follower()
    hub = Hub(ViewReader(tmp_path / "page"), follower)
    for number in range(1, SERIES_POINTS_MAX + 5):
        publish(writer, number)
        hub.refresh(float(number))
    points = hub.hello().series[0]
    assert (len(points), points[-1].utc_ms) == (SERIES_POINTS_MAX, SERIES_POINTS_MAX + 4)
    follower.batches = [[alert(number)] for number in range(1, POLLS_PER_REFRESH_MAX + 3)]
    hub.refresh(1e6)
    assert len(follower.batches) == 2


def test_a_page_of_another_version_is_told_and_its_successor_read(tmp_path: Path) -> None:
    path = tmp_path / "page"
    path.write_bytes(b"XMCVIEW1" + bytes([9]) + bytes(200))
    hub = Hub(ViewReader(path), Follower())
    hub.refresh(1.0)
    assert "page version 9" in hub.hello().fault
    revision = hub.revision
    hub.refresh(1.1)
    assert hub.revision == revision
    publish(ViewWriter(str(path), layout()), 7)
    hub.refresh(1.2)
    hello = hub.hello()
    assert hello.fault == "" and hello.snapshot is not None


def test_a_log_fault_and_activity_are_told(tmp_path: Path) -> None:
    follower = Follower()
    follower.broken = "segment 1: checksum"
    fields: dict[str, int | str | bytes] = {"spread_index": 0, "gate": "skew", "reason": ""}
    follower.batches = [[LogRecord(1, int(GATE), 0, 1, 1, fields)]]
    hub = Hub(ViewReader(tmp_path / "page"), follower)
    hub.refresh(1.0)
    tick = hub.tick(0)
    assert tick.fault == "segment 1: checksum"
    assert [line.event for line in tick.activity] == ["gate"]
