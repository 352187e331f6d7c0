"""How long what is read may have waited for an engine that stood still: its process was stopped, or its disk was full.

A quote is as old as the moment at which it came in, and only the kernel knows that: what is read after a standstill
looks new and is not. So each quote read then counts as if it had come when the engine last looked, for as long as the
standstill took: by then whatever waited is read, also what a peer could not send before.
"""

from __future__ import annotations

from typing import final

from mypy_extensions import i64


@final
class Standstill:
    """The last standstill of one engine.

    Attributes:
        since_ns: since when the engine had read nothing. until_ns: what is read up to then may have waited.
    """

    def __init__(self) -> None:
        self.since_ns: i64 = 0
        self.until_ns: i64 = 0

    def note(self, since_ns: i64, now_ns: i64) -> None:
        """The engine goes on. A standstill before all that waited for another was read prolongs that one."""
        if now_ns > self.until_ns:
            self.since_ns = since_ns
        self.until_ns = now_ns + (now_ns - since_ns)

    def waited_ns(self, now_ns: i64) -> i64:
        """How long what is read now may have waited, at most; 0 when nothing waits."""
        return now_ns - self.since_ns if now_ns <= self.until_ns else 0
