"""The last price of each security, and the one before it, to which a cancelled trade gives way.

Of trades further back nothing is kept: when the last two are both cancelled, there is no last price until the next.
"""

from __future__ import annotations

from typing import Final, final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.book import Book

_NO_TRADE: Final[i64] = -1
_NO_LAST: Final[i64] = 0


@final
class LastTrades:
    """The last two trades of each security, by position."""

    def __init__(self, count: i64) -> None:
        self._ids: vec[i64] = vec[i64]([_NO_TRADE for _ in range(count)])
        self._before_ids: vec[i64] = vec[i64]([_NO_TRADE for _ in range(count)])
        self._before_ticks: vec[i64] = vec[i64]([_NO_LAST for _ in range(count)])

    def forget(self) -> None:
        """Numbers start anew: a trade is no longer known by its id."""
        for at in range(i64(len(self._ids))):
            self._ids[at] = _NO_TRADE
            self._before_ids[at] = _NO_TRADE
            self._before_ticks[at] = _NO_LAST

    def made(self, at: i64, trade_id: i64, ticks: i64, book: Book) -> None:
        """A trade of security `at`; one that is heard again changes nothing."""
        if trade_id == self._ids[at]:
            return
        self._before_ids[at] = self._ids[at]
        self._before_ticks[at] = book.last_ticks
        self._ids[at] = trade_id
        book.last_ticks = ticks

    def cancelled(self, at: i64, trade_id: i64, book: Book) -> None:
        """A trade of security `at` is taken back."""
        if trade_id == self._ids[at]:
            book.last_ticks = self._before_ticks[at]
            self._ids[at] = self._before_ids[at]
        elif trade_id != self._before_ids[at]:
            return
        self._before_ids[at] = _NO_TRADE
        self._before_ticks[at] = _NO_LAST
