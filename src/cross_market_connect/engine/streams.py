"""One stream source as the core sees it, and the orders whose bytes wait in it."""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.domain.ports import Connection, OrderGateway, QuoteConnection
from cross_market_connect.wire.fix.session_days import SessionDays

STREAM_IDLE: Final[i64] = 0
STREAM_CONNECTING: Final[i64] = 1
STREAM_CONNECTED: Final[i64] = 2


@final
class Stream:
    """One stream source: its connection, and where it stands.

    Attributes:
        gateway: the order gateway when it takes orders; quotes: the feed when it brings quotes. One of both.
        due_ns: idle: when to connect; connecting: when to give up.
        was_up: the session was logged on when last looked at.
        days: the session's hours; None around the clock. end_utc_ns: when they end, while there is a connection.
        is_closing: that is near: own orders are off, nothing is opened. is_told: people know that the hours are over.
        reads, writes: reads and sends so far; connects: connections made so far.
    """

    def __init__(
        self, index: i64, gateway: OrderGateway | None, quotes: QuoteConnection | None, reconnect_ns: i64
    ) -> None:
        connection: Connection | None = gateway if gateway is not None else quotes
        if connection is None:
            raise InvariantError(f"source {index} has neither orders nor quotes")
        self.index: i64 = index
        self.connection: Connection = connection
        self.gateway: OrderGateway | None = gateway
        self.quotes: QuoteConnection | None = quotes
        self.reconnect_ns: i64 = reconnect_ns
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

    def is_resting(self) -> bool:
        """Whether there is no connection because none is wanted now."""
        return self.state == STREAM_IDLE and self.due_ns != NO_TIMER and self.next_due_ns() == NO_TIMER

    def next_due_ns(self) -> i64:
        """When something is to be done: connect, give up connecting, or what the session wants."""
        if self.state == STREAM_CONNECTED:
            due_ns = self.connection.next_timer_ns()
            days = self.days
            return due_ns if days is None or self.is_closing else min(due_ns, days.closing_due_ns(self.end_utc_ns))
        if self.state == STREAM_IDLE:
            return self.connection.connect_due_ns(self.due_ns)
        return self.due_ns


@final
class EncodedOrder:
    """A new order whose bytes wait in a stream's output: what the shell's send measurement is about."""

    def __init__(self, source: i64, client_order_id: i64, record_seq: i64) -> None:
        self.source: i64 = source
        self.client_order_id: i64 = client_order_id
        self.record_seq: i64 = record_seq
