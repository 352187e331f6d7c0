"""Collects one cycle of the refresh channel into books of its own.

Theory of operation. The refresh channel has its own sequence numbers. What lies between two Refresh Complete messages
(203) is one snapshot of the market as of the real-time number that the second one names (OMD-D 1.47, section 4.4). A
listener begins in the middle of a cycle, so it waits for the first Refresh Complete; a hole in the numbers spoils the
cycle, and the next one is awaited. Nothing reaches a live book before the cycle is complete.

A book that a cycle does not mention is empty. A series whose book entries were passed over because its definition came
later in the cycle, or whose entries were faulty, is marked: the snapshot says nothing of it.
"""

from __future__ import annotations

from typing import Final, final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.book import Book
from cross_market_connect.venues.hkex.book_update import APPLIED, DEFINED_LATE, OFF_GRID, apply_book_update
from cross_market_connect.venues.hkex.series import SeriesTable
from cross_market_connect.venues.hkex.trading_state import TradingStates
from cross_market_connect.wire.omd.omd_d_reader import OmdDReader

# The series of the channel that are not ours: all listed options are some tens of thousands.
PASSED_OVER_MAX: Final[i64] = 100_000
# So many packets with old numbers, one after the other, are no duplicates: the sender began anew.
OLD_PACKETS_MAX: Final[i64] = 256

_ANY: Final[i64] = -1


@final
class SnapshotCollector:
    """The cycle under way.

    Attributes:
        collecting: whether the cycle has been seen from its beginning without a hole.
        books, states, faults: what the cycle said, by position of the series; a fault of APPLIED is none.
        abandoned: cycles spoilt by a hole.
    """

    def __init__(self, series: SeriesTable) -> None:
        count: i64 = len(series.instruments)
        self.collecting: bool = False
        self.books: list[Book] = [Book(at) for at in range(count)]
        self.states: TradingStates = TradingStates(series)
        self.faults: vec[i64] = vec[i64]([APPLIED for _ in range(count)])
        self.abandoned: i64 = 0
        self._series: SeriesTable = series
        self._written: vec[i64] = vec[i64]([0 for _ in range(count)])
        self._passed_over: dict[int, bool] = {}
        self._next_seq: i64 = _ANY
        self._old_packets: i64 = 0

    def leave(self) -> None:
        """The channel is no longer followed: when it is again, it is joined anew."""
        self.collecting = False
        self._next_seq = _ANY
        self._old_packets = 0

    def follow(self, first_seq: i64, message_count: i64) -> bool:
        """Check a packet's place in the sequence; whether its messages are to be read."""
        if message_count == 0:
            return False  # a heartbeat; what it might tell as missing, the next packet tells
        after = first_seq + message_count
        if self._next_seq == _ANY or first_seq == self._next_seq:
            self._next_seq = after
            self._old_packets = 0
            return True
        if first_seq > self._next_seq:
            self._spoil(after)
            return True
        self._old_packets += 1
        if self._old_packets > OLD_PACKETS_MAX:
            self._spoil(after)
            return True
        return False

    def begin(self) -> None:
        """A cycle begins."""
        self.collecting = True
        self.states.forget()
        self._passed_over = {}
        for at in range(i64(len(self.books))):
            self.books[at].clear()
            self.faults[at] = APPLIED
            self._written[at] = 0

    def on_book_update(self, reader: OmdDReader) -> None:
        """The reader's current message, a 353."""
        orderbook_id = reader.orderbook_id()
        at = self._series.find(orderbook_id)
        if at < 0:
            if i64(len(self._passed_over)) < PASSED_OVER_MAX:
                self._passed_over[int(orderbook_id)] = True
            return
        self._written[at] = 1
        if self.faults[at] != APPLIED:
            return
        result = apply_book_update(reader, self.books[at], self._series.multipliers[at], self._series.divisors[at])
        if result >= OFF_GRID:
            self.faults[at] = result

    def on_definition(self, at: i64, orderbook_id: i64) -> None:
        """Series `at` got another id or other decimals: what the cycle said of it before is lost."""
        full = i64(len(self._passed_over)) >= PASSED_OVER_MAX
        if self._written[at] == 1 or full or int(orderbook_id) in self._passed_over:
            self.faults[at] = DEFINED_LATE

    def _spoil(self, next_seq: i64) -> None:
        if self.collecting:
            self.abandoned += 1
        self.collecting = False
        self._next_seq = next_seq
        self._old_packets = 0
