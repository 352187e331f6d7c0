"""Keeps the streams to their sessions' hours: none connects outside, and own orders are off before the end.

The session itself logs out at the end (`wire/fix/session.py`).
"""

from __future__ import annotations

from cross_market_connect.domain.alert import INFO
from cross_market_connect.domain.step import Step
from cross_market_connect.engine.streams import Stream
from cross_market_connect.trading.desk import Desk
from cross_market_connect.trading.stopping import close_route
from cross_market_connect.wire.fix.session_days import ALWAYS_OPEN, second_text


def begin(stream: Stream, step: Step) -> None:
    """The connection was made."""
    days = stream.days
    if days is not None:
        stream.end_utc_ns = days.end_utc_ns(step.utc_ns)
        stream.is_closing = stream.is_told = False


def is_over(stream: Stream, step: Step) -> bool:
    """Whether the session that ended, ended with its hours."""
    days = stream.days
    return days is not None and not days.is_open(step.utc_ns)


def holds_back(stream: Stream, step: Step) -> bool:
    """Whether a stream that is to connect now waits for its hours; people are told once, and it is due again then."""
    days = stream.days
    opens_utc_ns = ALWAYS_OPEN if days is None else days.opens_utc_ns(step.utc_ns)
    if days is None or opens_utc_ns == ALWAYS_OPEN:
        return False
    stream.due_ns = days.reading_ns(opens_utc_ns)
    if not stream.is_told:
        stream.is_told = True
        text = second_text(opens_utc_ns).decode()
        step.alert(
            INFO,
            "session_hours",
            0,
            f"source {stream.index} is outside its session's hours, which begin at {text} UTC",
            f"数据源 {stream.index} 不在会话时段内，下次开始于 {text} UTC",
        )
    return True


def close_in_time(stream: Stream, step: Step, desk: Desk) -> None:
    """Shortly before the end: cancel what is open over the session, once."""
    days = stream.days
    if days is None or stream.is_closing or step.now_ns < days.closing_due_ns(stream.end_utc_ns):
        return
    stream.is_closing = True
    if stream.gateway is not None:
        close_route(desk, stream.index, "the session's hours end")
