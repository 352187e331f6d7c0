"""The console's one copy of the engine's state, and the messages made from it for any number of viewers.

The hub reads the page and the log ten times a second. Viewers do not get queues: each asks for what changed since its
own cursor when it is ready for more, so a slow one skips states and costs nothing.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import msgspec

from cross_market_connect.console.log import RecordFollower
from cross_market_connect.console.page import Description, Snapshot, ViewReader
from cross_market_connect.console.projection import (
    AlertRow,
    OrderRow,
    Projection,
    Story,
    StoryLine,
)
from cross_market_connect.domain.errors import InputError

REFRESH_INTERVAL_S: Final = 0.1
SERIES_POINTS_MAX: Final = 3000
POLLS_PER_REFRESH_MAX: Final = 8
SILENT_AFTER_S: Final = 3.0


class SeriesPoint(msgspec.Struct, frozen=True, array_like=True):
    """One sample of a spread's executable values on the calendar clock."""

    utc_ms: int
    buy: float | None
    sell: float | None


class Hello(msgspec.Struct, frozen=True, tag_field="type", tag="hello"):
    """The first message to a viewer, and again when another engine took over the page: everything.

    `silent` says that the engine no longer writes its page, `fault` why page or log cannot be read.
    """

    description: Description | None
    snapshot: Snapshot | None
    silent: bool
    fault: str
    series: list[list[SeriesPoint]]
    orders: list[OrderRow]
    alerts: list[AlertRow]
    activity: list[StoryLine]
    cursor: int


class Tick(msgspec.Struct, frozen=True, tag_field="type", tag="tick"):
    """What changed since the viewer's cursor; the fields are those of Hello."""

    snapshot: Snapshot | None
    silent: bool
    fault: str
    orders: list[OrderRow]
    alerts: list[AlertRow]
    activity: list[StoryLine]
    cursor: int


class Hub:
    """Reads page and log; makes messages. It has no clock of its own: `refresh` is told the time."""

    def __init__(self, reader: ViewReader, follower: RecordFollower) -> None:
        self.reader = reader
        self.follower = follower
        self.projection = Projection()
        self.snapshot: Snapshot | None = None
        self.silent = False
        self.fault = ""
        self.revision = 0
        self.series: list[deque[SeriesPoint]] = []
        self._opened = 0
        self._fresh_at_s = 0.0

    @property
    def generation(self) -> int:
        """Rises when another engine took over the page: descriptions read before are void."""
        return self.reader.opened

    def refresh(self, now_s: float) -> None:
        """Take in what page and log hold now; `now_s` is any steady clock in seconds.

        A page or log that this console cannot read (another version, no permission) is told to the viewers.
        """
        before = self.fault
        try:
            changed = self._read_page(now_s) | self._read_log()
            self.fault = self.follower.fault()
        except InputError as error:
            changed, self.fault = False, str(error)
        if changed or self.fault != before:
            self.revision += 1

    def hello(self) -> Hello:
        """Everything, for a viewer that has nothing."""
        projection = self.projection
        return Hello(
            self.reader.description,
            self.snapshot,
            self.silent,
            self.fault,
            [list(points) for points in self.series],
            projection.rows(),
            projection.alerts,
            projection.activity,
            projection.last_seq,
        )

    def tick(self, cursor: int) -> Tick:
        """What changed since record `cursor`, with the state of the page now."""
        projection = self.projection
        return Tick(
            self.snapshot,
            self.silent,
            self.fault,
            projection.rows(cursor),
            [alert for alert in projection.alerts if alert.seq > cursor],
            [line for line in projection.activity if line.seq > cursor],
            projection.last_seq,
        )

    def story(self, spread_order_id: int) -> Story | None:
        """One spread order with its audit lines."""
        return self.projection.story(spread_order_id)

    def _read_page(self, now_s: float) -> bool:
        snapshot = self.reader.read()
        description = self.reader.description
        if description is not None and self.reader.opened != self._opened:
            self._opened = self.reader.opened
            self.snapshot = None
            self.series = [deque(maxlen=SERIES_POINTS_MAX) for _ in description.spreads]
            self.projection.speed_milli = description.speed_milli
        previous = self.snapshot
        if snapshot is None or (previous is not None and previous.sequence == snapshot.sequence):
            was_silent = self.silent
            self.silent = now_s - self._fresh_at_s > SILENT_AFTER_S
            return self.silent != was_silent
        self.snapshot = snapshot
        self._fresh_at_s = now_s
        self.silent = False
        if snapshot.utc_ns:
            self.projection.observe_clock(snapshot.now_ns, snapshot.utc_ns)
            for points, spread in zip(self.series, snapshot.spreads, strict=True):
                points.append(SeriesPoint(snapshot.utc_ns // 1_000_000, spread.buy, spread.sell))
        return True

    def _read_log(self) -> bool:
        changed = False
        for _ in range(POLLS_PER_REFRESH_MAX):
            records = self.follower.poll()
            for record in records:
                self.projection.apply(record)
            if not records:
                break
            changed = True
        return changed
