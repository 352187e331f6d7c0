"""Collects one cycle of the OMD-D refresh channel into books of its own; its numbers are `refresh_cycle.py`'s.

A book that a cycle does not mention is empty. A series whose book entries were passed over because its definition came
later in the cycle, or whose entries were faulty, is marked: the snapshot says nothing of it.
"""

from __future__ import annotations

from typing import Final, final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.book import Book
from cross_market_connect.venues.hkex.book_update import APPLIED, DEFINED_LATE, OFF_GRID, apply_book_update
from cross_market_connect.venues.hkex.refresh_cycle import RefreshCycle
from cross_market_connect.venues.hkex.series import SeriesTable
from cross_market_connect.venues.hkex.trading_state import TradingStates
from cross_market_connect.wire.omd.omd_d_reader import OmdDReader

# The series of the channel that are not ours: all listed options are some tens of thousands.
PASSED_OVER_MAX: Final[i64] = 100_000


@final
class SnapshotCollector(RefreshCycle):
    """The cycle under way.

    Attributes:
        books, states, faults: what the cycle said, by position of the series; a fault of APPLIED is none.
    """

    def __init__(self, series: SeriesTable) -> None:
        super().__init__()
        count: i64 = len(series.instruments)
        self.books: list[Book] = [Book(at) for at in range(count)]
        self.states: TradingStates = TradingStates(series)
        self.faults: vec[i64] = vec[i64]([APPLIED for _ in range(count)])
        self._series: SeriesTable = series
        self._written: vec[i64] = vec[i64]([0 for _ in range(count)])
        self._passed_over: dict[int, bool] = {}

    def begin(self) -> None:
        """A cycle begins: nothing said yet."""
        super().begin()
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
