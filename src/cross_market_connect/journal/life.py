"""What is known of an engine outside its log: who may send, whether it is alive, and what it died of.

A *fence* is a number that only goes up. An engine takes the next one when it starts; one that finds a higher number
than its own has been taken over and sends nothing any more. A *beat* is a time that the hot thread moves on, so that
another process can tell a hang from a quiet market. A *death note* is what the shell writes when a step of the core
failed: the engine never goes on half-alive, and the next start reads what it died of.
"""

from __future__ import annotations

from typing import final

from mypy_extensions import i64, mypyc_attr

from cross_market_connect.domain.errors import InvariantError


@final
class DeathNote:
    """What an engine died of.

    Attributes:
        input_seq: the input whose step failed; record_seq: the log's last record then.
        source: whose input it was, -1 when it came from none.
        place: the same for the same fault: the error, and where in the code.
        reason: for people.
    """

    def __init__(self, input_seq: int, record_seq: int, place: str, reason: str, source: int = -1) -> None:
        self.input_seq: int = input_seq
        self.record_seq: int = record_seq
        self.place: str = place
        self.reason: str = reason
        self.source: int = source


@mypyc_attr(allow_interpreted_subclasses=True)
class LifeStore:
    """The port; one per data directory."""

    def take_over(self) -> i64:
        """Become the only engine that may send; returns the new fence. Survives a power cut once it returned."""
        raise InvariantError("a life store must implement take_over")

    def fence(self) -> i64:
        """The fence of the engine that may send; cheap enough to be asked before every send."""
        raise InvariantError("a life store must implement fence")

    def beat(self, now_ns: i64) -> None:
        """The hot thread is alive at this monotonic time."""
        raise InvariantError("a life store must implement beat")

    def last_beat_ns(self) -> i64:
        """Time of the last beat, 0 before the first."""
        raise InvariantError("a life store must implement last_beat_ns")

    def note_death(self, note: DeathNote) -> None:
        """Keep what the engine dies of. Survives a power cut once it returned."""
        raise InvariantError("a life store must implement note_death")

    def death(self) -> DeathNote | None:
        """The note that was left and not yet forgotten."""
        raise InvariantError("a life store must implement death")

    def forget_death(self) -> None:
        """The note is in the log now."""
        raise InvariantError("a life store must implement forget_death")


@final
class MemoryLifeStore(LifeStore):
    """The port in the virtual world: it outlives processes and power cuts."""

    def __init__(self) -> None:
        self.fence_number: i64 = 0
        self.beat_ns: i64 = 0
        self.note: DeathNote | None = None

    def take_over(self) -> i64:
        self.fence_number += 1
        return self.fence_number

    def fence(self) -> i64:
        return self.fence_number

    def beat(self, now_ns: i64) -> None:
        self.beat_ns = now_ns

    def last_beat_ns(self) -> i64:
        return self.beat_ns

    def note_death(self, note: DeathNote) -> None:
        self.note = note

    def death(self) -> DeathNote | None:
        return self.note

    def forget_death(self) -> None:
        self.note = None
