"""Latency as queues of due times: what enters leaves in the same order, never before it is due."""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.numbers import NO_TIMER

CHUNKS_MAX: Final[i64] = 20_000
BYTES_MAX: Final[i64] = 16_777_216


@final
class _Chunk:
    def __init__(self, due_ns: i64, tag: i64, data: bytes) -> None:
        self.due_ns: i64 = due_ns
        self.tag: i64 = tag
        self.data: bytes = data


@final
class DelayLine:
    """Bytes on their way, in order. A tag travels with each chunk (a multicast channel; 0 for a stream)."""

    def __init__(self) -> None:
        self._chunks: list[_Chunk] = []
        self._bytes: i64 = 0
        self._last_due_ns: i64 = 0

    def push(self, due_ns: i64, tag: i64, data: bytes) -> bool:
        """Add a chunk; it leaves no earlier than the one before it. False when the line is full: nothing was added."""
        if i64(len(self._chunks)) >= CHUNKS_MAX or self._bytes + len(data) > BYTES_MAX:
            return False
        if due_ns > self._last_due_ns:
            self._last_due_ns = due_ns
        self._chunks.append(_Chunk(self._last_due_ns, tag, data))
        self._bytes += len(data)
        return True

    def next_due_ns(self) -> i64:
        """When the first chunk is due; NO_TIMER when nothing is on its way."""
        return self._chunks[0].due_ns if self._chunks else NO_TIMER

    def take_due(self, now_ns: i64) -> list[tuple[i64, bytes]]:
        """Tag and bytes of every chunk that is due, in order."""
        count: i64 = 0
        while count < i64(len(self._chunks)) and self._chunks[count].due_ns <= now_ns:
            count += 1
        due = [(chunk.tag, chunk.data) for chunk in self._chunks[:count]]
        for _, data in due:
            self._bytes -= len(data)
        del self._chunks[:count]
        return due

    def clear(self) -> None:
        """Lose everything that is on its way."""
        self._chunks = []
        self._bytes = 0
        self._last_due_ns = 0
