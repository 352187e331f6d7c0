"""The end of a run: what was asked to stop ends balanced, with nothing unheard and every session logged out.

Theory of operation. A stop goes through three stages, looked at after every step:

    stage        what it waits for                                              at most
    balancing    no spread order is under way; behind a restart, every order    2 s for the sessions
                 session has told what the log does not hold
    logging out  every session is gone                                          2 s
    over         nothing

A report that crosses the log-outs and opens something again takes the stop back to balancing. The wait for the sessions
begins anew when what was opened again has ended.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.alert import WARNING
from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND, NO_TIMER
from cross_market_connect.domain.step import Step
from cross_market_connect.engine.streams import STREAM_CONNECTED, STREAM_IDLE, Stream
from cross_market_connect.trading.desk import Desk

LOG_OUT_TIMEOUT_NS: Final[i64] = 2 * NANOSECONDS_PER_SECOND


@final
class Ending:
    """Brings one run to its end.

    Attributes:
        logging_out: sessions are logged out, and not connected again.
    """

    def __init__(self, step: Step, desk: Desk, streams: list[Stream | None]) -> None:
        self.logging_out: bool = False
        self._step: Step = step
        self._desk: Desk = desk
        self._streams: list[Stream | None] = streams
        self._heard_by_ns: i64 = NO_TIMER
        self._gone_by_ns: i64 = NO_TIMER

    def next_timer_ns(self) -> i64:
        """When a wait is over."""
        return min(self._heard_by_ns, self._gone_by_ns)

    def progress(self) -> bool:
        """Go on with the stop that was asked for; whether the run is over."""
        if self.logging_out and not self._desk.is_quiet():
            self._take_back()
        if not self.logging_out:
            if not self._desk.is_quiet():
                # A wait that passed meanwhile would be due at every look, for as long as something is under way.
                self._heard_by_ns = NO_TIMER
                return False
            if self._awaits_word():
                return False
            self._begin_log_out()
        waiting = False
        for stream in self._streams:
            if stream is not None and stream.state != STREAM_IDLE:
                waiting = True
                # Also one whose log-on was under way when the others logged out.
                if stream.state == STREAM_CONNECTED and stream.connection.is_up():
                    stream.connection.log_out("end of the run")
        return not waiting or self._step.now_ns >= self._gone_by_ns

    def _awaits_word(self) -> bool:
        """Behind a restart: a fill that the run before had read, and not counted, comes again with the log-on."""
        unheard = self._desk.doubt.unheard()
        if unheard == 0:
            return False
        if self._heard_by_ns == NO_TIMER:
            self._heard_by_ns = self._step.now_ns + LOG_OUT_TIMEOUT_NS
        if self._step.now_ns < self._heard_by_ns:
            return True
        text = f"{unheard} order sessions told nothing since the restart: positions may be out of date"
        self._step.alert(WARNING, "unheard", 0, text, f"重启后有 {unheard} 个交易会话未恢复：持仓可能不是最新")
        return False

    def _begin_log_out(self) -> None:
        self.logging_out = True
        self._heard_by_ns = NO_TIMER
        self._gone_by_ns = self._step.now_ns + LOG_OUT_TIMEOUT_NS
        for stream in self._streams:
            if stream is not None and stream.state == STREAM_IDLE:
                stream.due_ns = NO_TIMER

    def _take_back(self) -> None:
        """The sessions log on once more, to balance what was opened again."""
        self.logging_out = False
        self._gone_by_ns = NO_TIMER
        for stream in self._streams:
            if stream is not None and stream.state == STREAM_IDLE:
                stream.due_ns = self._step.now_ns + stream.reconnect_ns
