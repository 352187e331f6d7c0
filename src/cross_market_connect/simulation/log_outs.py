"""Judges the ends of runs: an engine that is asked to end logs out, and knows what its venues said until then.

An order session is one stream, so whoever reads the venue's Logout has read everything that the venue told before. From
then on reports wait for the next logon: a fill that is told late, or a trade that is taken back, is for the next run to
hear; so is what fills in the very step in which the session ends, when an order and the engine's Logout arrive as one:
its report may stand behind the Logout. Where no Logout came, the connection was gone or dark. In both cases the engine
must have counted what reached it. It may leave a session open for no other reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from cross_market_connect.venues.simulated.exchange import SimulatedExchange

if TYPE_CHECKING:
    from cross_market_connect.simulation.oracles import Judge

UNCERTAIN: Final = -1


class LogOuts:
    """The ends of one history's runs.

    Attributes:
        open_sessions: venue and number of the order sessions that are logged on, by their venues.
        left_behind: those whose engine is gone, which no venue hears of before its heartbeats are missed.
    """

    def __init__(self) -> None:
        self.open_sessions: set[tuple[int, int]] = set()
        self.left_behind: set[tuple[int, int]] = set()
        self._filled: dict[int, int] = {}

    def begins(self) -> None:
        """A run of the engine begins, with no session of its own."""
        self.left_behind = set(self.open_sessions)

    def look(self, judge: Judge, venue: int, exchange: SimulatedExchange, sessions: Iterable[int]) -> None:
        """A step of a venue is over: whose session began or ended in it."""
        for session in sessions:
            key = (venue, session)
            if exchange.is_logged_on(session) == (key in self.open_sessions):
                continue
            if key not in self.open_sessions:
                self.open_sessions.add(key)
                continue
            self.open_sessions.remove(key)
            self.left_behind.discard(key)
            for sent in judge.sent.values():
                if sent.venue == venue and sent.at_venue is not None and sent.at_venue.session == session:
                    filled = sent.filled()
                    is_as_before = filled == self._filled.get(sent.client_order_id, 0)
                    sent.filled_at_log_out = filled if is_as_before else UNCERTAIN
        if judge.moved_ns == judge.now_ns:
            self._filled = {number: sent.filled() for number, sent in judge.sent.items()}

    def ended(self, judge: Judge) -> None:
        """The engine was asked to end, and has."""
        for sent in judge.sent.values():
            is_let_go = sent.route in judge.told.logged_out and sent.filled_at_log_out != UNCERTAIN
            sent.filled_at_end = sent.filled_at_log_out if is_let_go else sent.told.cumulative
            if not is_let_go and sent.told.half_read and sent.counted == sent.told.acted_on:
                # What the last run read and had no time to act on comes again with a logon, and there was none.
                sent.filled_at_end = sent.counted
        for venue, session in sorted(self.open_sessions - self.left_behind):
            if not judge.is_troubled(venue, judge.now_ns):
                judge.violation(f"the engine ended without logging out of session {session} of venue {venue}")
