"""One stream source as the core sees it, and the orders whose bytes wait in it."""

from __future__ import annotations

from typing import Any, Final, final

from mypy_extensions import i64

from cross_market_connect.domain.alert import WARNING
from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND, NO_TIMER
from cross_market_connect.domain.ports import Connection, DropCopy, OrderGateway, QuoteConnection
from cross_market_connect.domain.step import Step
from cross_market_connect.wire.fix.session_days import SessionDays

STREAM_IDLE: Final[i64] = 0
STREAM_CONNECTING: Final[i64] = 1
STREAM_CONNECTED: Final[i64] = 2
STEADY_NS: Final[i64] = 10 * NANOSECONDS_PER_SECOND
"""A session that was logged on for so long has ended an episode of failures."""
FAILURES_TOLD: Final[i64] = 3
"""People hear of an episode once, at so many failures in a row."""
JITTER_PARTS: Final[i64] = 8


@final
class Stream:
    """One stream source: its connection, and where it stands.

    Attributes:
        gateway: the order gateway when it takes orders; quotes: the feed when it brings quotes; copies: the drop copy
            when it brings that. One of them.
        reconnect_ns, reconnect_max_ns: shortest and longest pause before a new attempt to connect.
        failures: attempts and sessions in a row that came to nothing; up_since_ns: when the session logged on.
        due_ns: idle: when to connect; connecting: when to give up.
        was_up: the session was logged on when last looked at.
        days: the session's hours; None around the clock. end_utc_ns: when they end, while there is a connection.
        is_closing: that is near: own orders are off, nothing is opened. is_told: people know that the hours are over.
        reads, writes: reads and sends so far; connects: connections made so far.
    """

    def __init__(
        self,
        index: i64,
        gateway: OrderGateway | None,
        quotes: QuoteConnection | None,
        reconnect_ns: i64,
        copies: DropCopy | None = None,
    ) -> None:
        connection: Connection | None = gateway if gateway is not None else quotes
        if connection is None:
            connection = copies
        if connection is None:
            raise InvariantError(f"source {index} has neither orders nor quotes")
        self.index: i64 = index
        self.connection: Connection = connection
        self.gateway: OrderGateway | None = gateway
        self.quotes: QuoteConnection | None = quotes
        self.copies: DropCopy | None = copies
        self.reconnect_ns: i64 = reconnect_ns
        self.reconnect_max_ns: i64 = reconnect_ns
        self.failures: i64 = 0
        self.up_since_ns: i64 = NO_TIMER
        self.state: i64 = STREAM_IDLE
        self.due_ns: i64 = 0
        self.was_up: bool = False
        self.days: SessionDays | None = None
        self.end_utc_ns: i64 = NO_TIMER
        self.is_closing: bool = False
        self.is_told: bool = False
        self.reads: i64 = 0
        self.writes: i64 = 0
        self.connects: i64 = 0

    def next_numbers(self) -> tuple[int, int] | None:
        """The session's sequence numbers, where they go on in the next run."""
        if self.gateway is not None:
            return self.gateway.next_numbers()
        return None if self.copies is None else self.copies.next_numbers()

    def is_resting(self) -> bool:
        """Whether there is no connection because none is wanted now."""
        return self.state == STREAM_IDLE and self.due_ns != NO_TIMER and self.next_due_ns() == NO_TIMER

    def pause_ns(self, now_ns: i64) -> i64:
        """The connection is gone, or was not made: for how long the next attempt waits.

        The first one waits for the shortest pause, each further one for twice as long as the one before, up to the
        longest; a source's number takes a little off what is beyond the shortest, so that sources which fail together
        do not come back together.
        """
        if self.up_since_ns != NO_TIMER and now_ns - self.up_since_ns >= STEADY_NS:
            self.failures = 0
        self.up_since_ns = NO_TIMER
        self.failures += 1
        pause_ns = self.reconnect_ns
        doublings = self.failures - 1
        while doublings > 0 and pause_ns < self.reconnect_max_ns:
            pause_ns = min(2 * pause_ns, self.reconnect_max_ns)
            doublings -= 1
        beyond_ns = pause_ns - self.reconnect_ns
        return pause_ns - beyond_ns // JITTER_PARTS * (self.index % JITTER_PARTS) // JITTER_PARTS

    def next_due_ns(self) -> i64:
        """When something is to be done: connect, give up connecting, or what the session wants."""
        if self.state == STREAM_CONNECTED:
            due_ns = self.connection.next_timer_ns()
            days = self.days
            return due_ns if days is None or self.is_closing else min(due_ns, days.closing_due_ns(self.end_utc_ns))
        if self.state == STREAM_IDLE:
            return self.connection.connect_due_ns(self.due_ns)
        return self.due_ns


def connect_again(stream: Stream, step: Step, reason: str) -> None:
    """The connection is gone, or was not made: when the next attempt is due. People hear of an episode once."""
    stream.due_ns = step.now_ns + stream.pause_ns(step.now_ns)
    if stream.failures == FAILURES_TOLD and stream.reconnect_max_ns > stream.reconnect_ns:
        text = f"source {stream.index}: {FAILURES_TOLD} attempts in a row came to nothing: {reason}; it tries on"
        text_zh = f"数据源 {stream.index} 连续 {FAILURES_TOLD} 次连接未成功，最近原因：{reason}；继续重试"
        step.alert(WARNING, "connecting_fails", 0, text, text_zh)


def sessions_kept(streams: list[Stream | None]) -> dict[str, Any]:
    """What the next run needs of the sessions, for the snapshot: which have a connection, and of those whose sequence
    numbers go on, the numbers and the session day, by source."""
    numbers: dict[str, tuple[int, int]] = {}
    days: dict[str, int] = {}
    connected: list[int] = []
    for stream in streams:
        if stream is None:
            continue
        kept = stream.next_numbers()
        if kept is not None:
            numbers[str(int(stream.index))] = kept
            if stream.days is not None:
                days[str(int(stream.index))] = int(stream.days.day_utc_ns)
        if stream.state == STREAM_CONNECTED:
            connected.append(int(stream.index))
    result: dict[str, Any] = {"connected": connected, "sequence_numbers": numbers}
    if days:
        result["session_days"] = days
    return result


@final
class EncodedOrder:
    """A new order whose bytes wait in a stream's output: what the shell's send measurement is about."""

    def __init__(self, source: i64, client_order_id: i64, record_seq: i64) -> None:
        self.source: i64 = source
        self.client_order_id: i64 = client_order_id
        self.record_seq: i64 = record_seq
