"""What was sent and received in one case: lines for people, with times, and never a password."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from cross_market_connect.wire.fix.message import Framer

SENT, RECEIVED, NOTE = "sent", "received", "note"
LINES_MAX = 2_000


@dataclass(frozen=True)
class Line:
    """One message or remark; `at_ms` counts from the case's beginning."""

    at_ms: float
    direction: str
    text: str


@dataclass
class Transcript:
    """The lines of one case, the first LINES_MAX of them."""

    begun_ns: int = field(default_factory=time.monotonic_ns)
    lines: list[Line] = field(default_factory=list)
    _framers: dict[tuple[str, int], Framer] = field(default_factory=dict)

    def note(self, text: str) -> None:
        """A remark."""
        self._add(NOTE, text)

    def bytes(self, direction: str, data: bytes, session: int = 0) -> None:
        """Bytes of a session's wire; a message is a line as soon as it is complete."""
        framer = self._framers.setdefault((direction, session), Framer())
        framer.feed(data)
        while frame := framer.next_frame():
            self._add(direction, frame.rstrip(b"\x01").replace(b"\x01", b"|").decode("utf-8", "backslashreplace"))

    def connection_ended(self, session: int = 0) -> None:
        """What was incomplete of a session will not be completed."""
        self._framers.pop((SENT, session), None)
        self._framers.pop((RECEIVED, session), None)

    def _add(self, direction: str, text: str) -> None:
        if len(self.lines) < LINES_MAX:
            self.lines.append(Line((time.monotonic_ns() - self.begun_ns) / 1e6, direction, text))
