"""The venue's recovery service in `xmc bench feed`: the feed's session, a simulated server, the way between them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from cross_market_connect.domain.ports import QuoteConnection
from cross_market_connect.market.hole_recovery import LINE_WAIT_NS, HoleRecovery, RecoveryLimits
from cross_market_connect.venues.simulated.recovery import RecoveryPeer

USERNAME: Final = "BENCH"
WAY_NS: Final = 80_000
ANSWER_NS: Final = 100_000_000


class Service(NamedTuple):
    """A feed's session, what it asks for, and how the server takes a connection at a time."""

    session: QuoteConnection
    recovery: HoleRecovery
    accept: Callable[[int], RecoveryPeer]


def limits(range_max: int) -> RecoveryLimits:
    """Of two lines, and of a day on which the venue grants a thousand requests."""
    return RecoveryLimits(range_max, 1_000, int(LINE_WAIT_NS), ANSWER_NS)


class RecoveryLink:
    """The connection over which the session asks; bytes take WAY_NS each way, and so does connecting.

    Args:
        utc_ns: calendar time of the time 0.
        begin: begins a step of the feed at a time.
        look: what the feed changed is looked at, at a time.
    """

    def __init__(
        self, service: Service, utc_ns: int, begin: Callable[[int], None], look: Callable[[int], None]
    ) -> None:
        self.recovery = service.recovery
        self.connections = 0
        self._session = service.session
        self._accept = service.accept
        self._utc_ns = utc_ns
        self._begin = begin
        self._look = look
        self._peer: RecoveryPeer | None = None
        self._opened_ns = -1
        self._to_server: deque[tuple[int, bytes]] = deque()
        self._to_feed: deque[tuple[int, bytes]] = deque()

    def advance(self, now_ns: int) -> None:
        """What is due until now: connecting, bytes that arrive, the session's timers, closing."""
        if self._peer is None:
            self._connect(now_ns)
            return
        if self._to_feed and self._to_feed[0][0] <= now_ns:
            self._begin(now_ns)
            while self._to_feed and self._to_feed[0][0] <= now_ns:
                self._session.receive(self._to_feed.popleft()[1])
            self._look(now_ns)
        if self._session.next_timer_ns() <= now_ns:
            self._begin(now_ns)
            self._session.handle_timer()
        self._send(self._to_server, self._session.outgoing(), now_ns)
        while self._to_server and self._to_server[0][0] <= now_ns:
            self._peer.receive(self._to_server.popleft()[1], now_ns, self._utc_ns + now_ns)
        self._send(self._to_feed, self._peer.take_output(), now_ns)
        if self._session.must_close() or (self._peer.is_closed and not self._to_feed):
            self._close(now_ns)

    def answer(self) -> dict[str, Any]:
        """What was asked of the service, and what came of it."""
        recovery = self.recovery
        return {
            "connections": self.connections,
            "requests": int(recovery.requests),
            "recovered": int(recovery.recovered),
            "given_up": int(recovery.given_up),
        }

    def _connect(self, now_ns: int) -> None:
        if self._session.connect_due_ns(0) > now_ns:
            self._opened_ns = -1
            return
        if self._opened_ns < 0:
            self._opened_ns = now_ns + 2 * WAY_NS
        if now_ns >= self._opened_ns:
            self._opened_ns = -1
            self.connections += 1
            self._peer = self._accept(now_ns)
            self._begin(now_ns)
            self._session.opened()

    def _send(self, way: deque[tuple[int, bytes]], data: bytes, now_ns: int) -> None:
        if data:
            way.append((now_ns + WAY_NS, data))

    def _close(self, now_ns: int) -> None:
        if self._peer is not None:
            self._peer.close()
        self._peer = None
        self._to_server.clear()
        self._to_feed.clear()
        self._begin(now_ns)
        self._session.lost("closed")
