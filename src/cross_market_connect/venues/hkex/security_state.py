"""Whether a security trades: Security Status (21), Trading Session Status (20), VCM Trigger (23).

Theory of operation. A security status says of one security whether it is halted. A session status says in which session
a whole market is. What nobody has said anything about is taken as open: the engine's own calendar gates the hours, and
a channel may carry no session at all. While a security's market is not known, every session that was said must be
continuous. A cool-off after a volatility trigger trades only inside a band, which is not for spreads: until its end, by
the venue's own time, the security is not open.

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
    """The states of our securities, by position.

    Attributes:
        cool_off_end_utc_ns: when the first of the cool-offs under way ends; 0 when there is none.
    """

    def __init__(self, securities: Securities) -> None:
        self.cool_off_end_utc_ns: i64 = 0
        self._securities: Securities = securities
        self._count: i64 = len(securities.markets)
        self._statuses: vec[i64] = vec[i64]([_UNSAID for _ in range(self._count)])
        self._sessions: dict[str, int] = {}
        self._cool_off_ends: vec[i64] = vec[i64]([0 for _ in range(self._count)])

    def forget(self) -> None:
        """Back to nothing said."""
        self._sessions = {}
        self.cool_off_end_utc_ns = 0
        for at in range(self._count):
            self._statuses[at] = _UNSAID
            self._cool_off_ends[at] = 0

    def on_security_status(self, at: i64, suspension_indicator: i64) -> None:
        """A Security Status of our security `at`."""
        self._statuses[at] = _OPEN if suspension_indicator == RESUMED else _SHUT

    def on_session(self, market: str, session: i64) -> None:
        """A Trading Session Status: the TradingSessionSubID that a market is in now."""
        self._sessions[market] = int(session)

    def on_cool_off(self, at: i64, end_utc_ns: i64) -> None:
        """A VCM Trigger of our security `at`."""
        self._cool_off_ends[at] = end_utc_ns
        self._find_first_end()

    def end_cool_offs(self, utc_ns: i64) -> None:
        """Forget the cool-offs that are over at that time of the venue."""
        for at in range(self._count):
            if self._cool_off_ends[at] <= utc_ns:
                self._cool_off_ends[at] = 0
        self._find_first_end()

    def is_open(self, at: i64) -> bool:
        """Whether security `at` is in continuous trading."""
        if self._statuses[at] == _SHUT or self._cool_off_ends[at] != 0:
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
            if newer._cool_off_ends[at] != 0:
                self._cool_off_ends[at] = newer._cool_off_ends[at]
        for market, session in newer._sessions.items():
            self._sessions[market] = session
        self._find_first_end()

    def _find_first_end(self) -> None:
        first: i64 = 0
        for at in range(self._count):
            end = self._cool_off_ends[at]
            if end != 0 and (first == 0 or end < first):
                first = end
        self.cool_off_end_utc_ns = first
