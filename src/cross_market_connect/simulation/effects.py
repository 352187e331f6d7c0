"""What a process does to the world outside it, counted: each effect is a moment before and after which it can die."""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from cross_market_connect.domain.records import RecordSink

BEFORE_APPEND: Final = "before a record"
AFTER_APPEND: Final = "after a record"
BEFORE_WRITE: Final = "before a send"
AFTER_WRITE: Final = "after a send"
BEFORE_SYNC: Final = "before a sync"
AFTER_SYNC: Final = "after a sync"
BEFORE_ALLOCATE: Final = "before a segment"
AFTER_ALLOCATE: Final = "after a segment"
BEFORE_SNAPSHOT: Final = "before a snapshot"
AFTER_SNAPSHOT: Final = "after a snapshot"

NEVER: Final = -1


@mypyc_attr(native_class=False)
class Killed(BaseException):
    """The process is gone. No code of the process may catch it, so it is no Exception."""


@final
class Effects:
    """The effects of one process.

    Attributes:
        left: how many effects happen until the process dies at one; NEVER for no such plan.
        died_at: the effect at which it died, for coverage and stories.
    """

    def __init__(self) -> None:
        self.left: int = NEVER
        self.died_at: str = ""

    def happen(self, what: str) -> None:
        """One moment around an effect. Raises Killed when it is the process's last."""
        if self.left < 0:
            return
        if self.left == 0:
            self.left = NEVER
            self.died_at = what
            raise Killed(what)
        self.left -= 1


@final
class CountedSink(RecordSink):
    """The log, with both sides of each append as moments to die."""

    def __init__(self, log: RecordSink, effects: Effects) -> None:
        self.log: RecordSink = log
        self.effects: Effects = effects

    def append(self, kind: i64, cause_seq: i64, input_seq: i64, now_ns: i64, payload: bytes) -> i64:
        self.effects.happen(BEFORE_APPEND)
        seq = self.log.append(kind, cause_seq, input_seq, now_ns, payload)
        self.effects.happen(AFTER_APPEND)
        return seq
