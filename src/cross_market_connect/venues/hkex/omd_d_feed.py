"""HKEX derivatives quotes from OMD-D: the books of our series, by price, on what omd_feed.py has for every flavour.

Section numbers are those of OMD-D 1.47.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.book import BOOK_BUILDING, Book
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.numbers import NO_PRICE
from cross_market_connect.domain.step import Step
from cross_market_connect.venues.hkex.book_update import (
    APPLIED,
    APPLIED_UNPRICED,
    apply_book_update,
    copy_levels,
    has_unpriced_level,
)
from cross_market_connect.venues.hkex.omd_feed import OmdFeed
from cross_market_connect.venues.hkex.series import UNKNOWN, SeriesTable
from cross_market_connect.venues.hkex.snapshot import SnapshotCollector
from cross_market_connect.venues.hkex.trading_state import TradingStates
from cross_market_connect.wire.omd.description import Field
from cross_market_connect.wire.omd.family import INT32_NULL
from cross_market_connect.wire.omd.faults import FaultCounts
from cross_market_connect.wire.omd.omd_d import (
    AGGREGATE_ORDER_BOOK_UPDATE,
    DEAL_PRINTABLE,
    DEAL_REPORTED,
    MARKET_STATUS,
    SERIES_DEFINITION_BASE,
    SERIES_DEFINITION_EXTENDED,
    SERIES_STATUS,
    TRADE,
)
from cross_market_connect.wire.omd.omd_d_messages import OMD_D
from cross_market_connect.wire.omd.omd_d_reader import OmdDReader

# The market whose series the feed brings (ISO 10383) when nothing else is said.
DERIVATIVES_MIC: Final[str] = "XHKF"

_TRADE_PRICE: Final[Field] = OMD_D.message(TRADE).field("Price")
_TRADE_DEAL_TYPE: Final[Field] = OMD_D.message(TRADE).field("DealType")


@final
class OmdDerivativesFeed(OmdFeed):
    """The feed of one OMD-D channel.

    Args:
        source: number of the feed in records.
        instruments: all instruments of the engine; those of the venue `mic` are this feed's, known by series code.
        books: the books, by instrument index.
        orderbook_ids: instrument index by OrderbookID, where the channel does not carry the series definitions; the
            prices then have the instrument's own decimals until a definition says otherwise.
    """

    def __init__(
        self,
        source: i64,
        step: Step,
        instruments: list[Instrument],
        books: list[Book],
        orderbook_ids: dict[int, int] | None = None,
        mic: str = DERIVATIVES_MIC,
    ) -> None:
        ours = [instrument for instrument in instruments if instrument.venue.mic == mic]
        self.packet_faults: FaultCounts = FaultCounts()
        self.series: SeriesTable = SeriesTable(ours)
        self._reader: OmdDReader = OmdDReader(self.packet_faults)
        self._refresh_reader: OmdDReader = OmdDReader(self.packet_faults)
        self._states: TradingStates = TradingStates(self.series)
        self._snapshot: SnapshotCollector = SnapshotCollector(self.series)
        super().__init__(source, step, ours, books, self._reader, self._refresh_reader, self._snapshot)
        if orderbook_ids is not None:
            places = {int(ours[at].index): at for at in range(len(ours))}
            for orderbook_id, index in orderbook_ids.items():
                at = places.get(index, -1)
                if at >= 0:
                    self.series.define(at, orderbook_id, ours[at].price_decimals)

    # -- real-time channel ---------------------------------------------------------------------------------------------

    def _on_message(self, kind: i64) -> None:
        if kind == AGGREGATE_ORDER_BOOK_UPDATE:
            self._on_book_update()
        else:
            self._on_other(kind)

    def _on_book_update(self) -> None:
        reader = self._reader
        series = self.series
        at = series.find(reader.orderbook_id())
        if at < 0 or self._synchronized[at] == 0:
            return
        book = self._books[at]
        result = apply_book_update(reader, book, series.multipliers[at], series.divisors[at])
        self._touch(book, reader.send_time_utc_ns)
        if result != APPLIED or self._unpriced[at] == 1:
            self._unusual(at, result, result <= APPLIED_UNPRICED and has_unpriced_level(book))

    def _on_other(self, kind: i64) -> None:
        """The messages that are rare, or of no concern."""
        reader = self._reader
        if kind == TRADE:
            self._on_trade()
        elif kind == SERIES_STATUS:
            at = self.series.find(reader.orderbook_id())
            if at >= 0:
                self._states.on_series_status(at, reader.suspension_indicator(), reader.series_status())
                self._show(at)
        elif kind == MARKET_STATUS:
            self._states.on_market_status(reader.market_status())
            self._show_all()
        elif kind == SERIES_DEFINITION_BASE or kind == SERIES_DEFINITION_EXTENDED:
            self._on_definition(reader, kind)

    def _on_trade(self) -> None:
        """Keep the last price of a trade that the market made; a reported trade's price was agreed elsewhere."""
        reader = self._reader
        at = self.series.find(reader.orderbook_id())
        if at < 0:
            return
        deal_type = reader.number(_TRADE_DEAL_TYPE)
        price = reader.number(_TRADE_PRICE)
        if deal_type & DEAL_PRINTABLE == 0 or deal_type & DEAL_REPORTED != 0 or price == INT32_NULL:
            return
        ticks = self.series.ticks(at, price)
        if ticks != NO_PRICE:
            self._books[at].last_ticks = ticks

    def _on_definition(self, reader: OmdDReader, kind: i64) -> None:
        """A series definition of either channel; news of ours asks for a snapshot."""
        series = self.series
        refused = series.refused
        if kind == SERIES_DEFINITION_BASE:
            base = reader.series_definition_base()
            at = series.find_symbol(base.symbol)
            if at < 0:
                return
            if series.define(at, base.orderbook_id, base.number_of_decimals_price):
                self._snapshot.on_definition(at, base.orderbook_id)
                self._unsynchronize(at, BOOK_BUILDING)
            elif series.refused > refused:
                self.log.fault("definition refused", 0, f"{base.symbol}: {base.number_of_decimals_price} decimals")
            return
        extended = reader.series_definition_extended()
        at = series.find_symbol(extended.symbol)
        if at >= 0:
            series.classify(at, extended.market, extended.instrument_group, extended.commodity_code)

    # -- refresh channel -----------------------------------------------------------------------------------------------

    def _on_refresh_message(self, kind: i64) -> None:
        reader = self._refresh_reader
        snapshot = self._snapshot
        if kind == SERIES_DEFINITION_BASE or kind == SERIES_DEFINITION_EXTENDED:
            self._on_definition(reader, kind)
        elif snapshot.collecting:
            if kind == AGGREGATE_ORDER_BOOK_UPDATE:
                snapshot.on_book_update(reader)
            elif kind == SERIES_STATUS:
                at = self.series.find(reader.orderbook_id())
                if at >= 0:
                    snapshot.states.on_series_status(at, reader.suspension_indicator(), reader.series_status())
            elif kind == MARKET_STATUS:
                snapshot.states.on_market_status(reader.market_status())

    def _use_cycle(self) -> None:
        snapshot = self._snapshot
        self._states.overlay(snapshot.states)
        for at in range(i64(len(self._books))):
            if not self._is_defined(at):
                continue
            book = self._books[at]
            if snapshot.faults[at] == APPLIED:
                copy_levels(snapshot.books[at], book)
            self._replaced(at, snapshot.faults[at], 1 if has_unpriced_level(book) else 0)

    # -- states --------------------------------------------------------------------------------------------------------

    def _is_open(self, at: i64) -> bool:
        return self._states.is_open(at)

    def _is_defined(self, at: i64) -> bool:
        return self.series.orderbook_ids[at] != UNKNOWN

    def _forget_states(self) -> None:
        self._states.forget()
