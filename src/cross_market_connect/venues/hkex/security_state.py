"""Whether a security is in continuous trading, from Security Status (21) and Trading Session Status (20).

Theory of operation. A security status says of one security whether it is halted. A session status says in which session
a whole market is. What nobody has said anything about is taken as open: the engine's own calendar gates the hours, and
a channel may carry no session at all. While a security's market is not known, every session that was said must be
continuous.

The refresh channel repeats these messages. A snapshot's own `SecurityStates` collects them, and `overlay` puts what it
said over what was known.
"""

from __future__ import annotations

from typing import Final, final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.venues.hkex.securities import Securities
from cross_market_connect.wire.omd.omd_c import RESUMED, SESSION_CONTINUOUS

_UNSAID: Final[i64] = -1
_OPEN: Final[i64] = 0
_SHUT: Final[i64] = 1


@final
class SecurityStates:
    """The states of our securities, by position."""

    def __init__(self, securities: Securities) -> None:
        self._securities: Securities = securities
        self._count: i64 = len(securities.markets)
        self._statuses: vec[i64] = vec[i64]([_UNSAID for _ in range(self._count)])
        self._sessions: dict[str, int] = {}

    def forget(self) -> None:
        """Back to nothing said."""
        self._sessions = {}
        for at in range(self._count):
            self._statuses[at] = _UNSAID

    def on_security_status(self, at: i64, suspension_indicator: i64) -> None:
        """A Security Status of our security `at`."""
        self._statuses[at] = _OPEN if suspension_indicator == RESUMED else _SHUT

    def on_session(self, market: str, session: i64) -> None:
        """A Trading Session Status: the TradingSessionSubID that a market is in now."""
        self._sessions[market] = int(session)

    def is_open(self, at: i64) -> bool:
        """Whether security `at` is in continuous trading."""
        if self._statuses[at] == _SHUT:
            return False
        market = self._securities.markets[at]
        if market != "":
            return self._sessions.get(market, int(SESSION_CONTINUOUS)) == SESSION_CONTINUOUS
        for session in self._sessions.values():
            if session != SESSION_CONTINUOUS:
                return False
        return True

    def overlay(self, newer: SecurityStates) -> None:
        """Take over what `newer` has been told; what it was not told stays."""
        for at in range(self._count):
            if newer._statuses[at] != _UNSAID:
                self._statuses[at] = newer._statuses[at]
        for market, session in newer._sessions.items():
            self._sessions[market] = session
