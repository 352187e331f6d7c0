"""HKEX securities quotes from OMD-C: the books of our securities, on what omd_feed.py has for every flavour.

The full-tick product sends every order (30 to 32), the other products send levels (53): which one a channel carries is
said when the feed is made, and the messages of the other are passed over. What a security is, its states and its last
trades are in securities.py, security_state.py and last_trades.py. Section numbers are those of OMD-C 1.45.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.book import Book
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
from cross_market_connect.venues.hkex.last_trades import LastTrades
from cross_market_connect.venues.hkex.omd_feed import OmdFeed
from cross_market_connect.venues.hkex.order_update import apply_order
from cross_market_connect.venues.hkex.securities import Securities
from cross_market_connect.venues.hkex.securities_snapshot import SecuritiesSnapshot, SecurityOrders
from cross_market_connect.venues.hkex.security_state import SecurityStates
from cross_market_connect.wire.omd.description import Field
from cross_market_connect.wire.omd.faults import FaultCounts
from cross_market_connect.wire.omd.omd_c import (
    ADD_ORDER,
    AGGREGATE_ORDER_BOOK_UPDATE,
    DELETE_ORDER,
    SECURITY_DEFINITION,
    SECURITY_STATUS,
    TRADE,
    TRADE_AUCTION,
    TRADE_AUTOMATCHED,
    TRADE_AUTOMATCHED_INTERNALIZED,
    TRADE_CANCEL,
    TRADE_TICKER,
    TRADING_SESSION_STATUS,
    VCM_TRIGGER,
)
from cross_market_connect.wire.omd.omd_c_messages import OMD_C
from cross_market_connect.wire.omd.omd_c_reader import OmdCReader

# The market whose securities the feed brings (ISO 10383) when nothing else is said.
SECURITIES_MIC: Final[str] = "XHKG"
# Live orders of all our securities together; a busy security has some ten thousand.
ORDERS_MAX: Final[i64] = 131_072
# The order table of a channel of levels: none comes.
_NO_ORDERS: Final[i64] = 1

_MARKET_CODE: Final[Field] = OMD_C.message(SECURITY_DEFINITION).field("MarketCode")
_LOT_SIZE: Final[Field] = OMD_C.message(SECURITY_DEFINITION).field("LotSize")
_CURRENCY: Final[Field] = OMD_C.message(SECURITY_DEFINITION).field("CurrencyCode")
_SESSION_MARKET: Final[Field] = OMD_C.message(TRADING_SESSION_STATUS).field("MarketCode")
_SESSION: Final[Field] = OMD_C.message(TRADING_SESSION_STATUS).field("TradingSessionSubID")
_COOL_OFF_END: Final[Field] = OMD_C.message(VCM_TRIGGER).field("CoolingOffEndTime")
_TICKER_ID: Final[Field] = OMD_C.message(TRADE_TICKER).field("TickerID")
_TICKER_PRICE: Final[Field] = OMD_C.message(TRADE_TICKER).field("Price")
_TICKER_TYPE: Final[Field] = OMD_C.message(TRADE_TICKER).field("TrdType")
_TICKER_CANCEL: Final[Field] = OMD_C.message(TRADE_TICKER).field("TrdCancelFlag")


@final
class OmdSecuritiesFeed(OmdFeed):
    """The feed of one OMD-C channel.

    Args:
        source: number of the feed in records.
        instruments: all instruments of the engine; those of the venue `mic` are this feed's, known by security code.
        books: the books, by instrument index.
        orders_max: live orders that our securities may have together; 0 where the channel carries levels.
    """

    def __init__(
        self,
        source: i64,
        step: Step,
        instruments: list[Instrument],
        books: list[Book],
        orders_max: i64 = ORDERS_MAX,
        mic: str = SECURITIES_MIC,
    ) -> None:
        ours = [instrument for instrument in instruments if instrument.venue.mic == mic]
        by_order = orders_max > 0
        table_max = orders_max if by_order else _NO_ORDERS
        self.packet_faults: FaultCounts = FaultCounts()
        self.securities: Securities = Securities(ours)
        self._by_order: bool = by_order
        self._reader: OmdCReader = OmdCReader(self.packet_faults)
        self._refresh_reader: OmdCReader = OmdCReader(self.packet_faults)
        self._states: SecurityStates = SecurityStates(self.securities)
        self._snapshot: SecuritiesSnapshot = SecuritiesSnapshot(self.securities, table_max)
        self._trades: LastTrades = LastTrades(len(ours))
        super().__init__(source, step, ours, books, self._reader, self._refresh_reader, self._snapshot)
        self._orders: SecurityOrders = SecurityOrders(table_max, self._books)

    # -- real-time channel ---------------------------------------------------------------------------------------------

    def _on_message(self, kind: i64) -> None:
        cool_off_end = self._states.cool_off_end_utc_ns
        if cool_off_end != 0 and self._reader.send_time_utc_ns >= cool_off_end:
            self._states.end_cool_offs(self._reader.send_time_utc_ns)
            self._show_all()
        if ADD_ORDER <= kind <= DELETE_ORDER:
            if self._by_order:
                self._on_order()
        elif kind == AGGREGATE_ORDER_BOOK_UPDATE:
            if not self._by_order:
                self._on_book_update()
        elif kind == TRADE or kind == TRADE_CANCEL or kind == TRADE_TICKER:
            self._on_trade(kind)
        else:
            self._on_other(kind)

    def _on_order(self) -> None:
        reader = self._reader
        securities = self.securities
        codes = securities.codes
        at = codes.find(reader.security_code())
        if at < 0 or self._synchronized[at] == 0:
            return
        orders = self._orders
        multiplier = codes.multipliers[at]
        result = apply_order(
            reader, orders.table, orders.books[at], multiplier, codes.divisors[at], securities.lots[at]
        )
        self._touch(self._books[at], reader.send_time_utc_ns)
        if result != APPLIED or self._unpriced[at] == 1:
            self._unusual(at, result, result == APPLIED_UNPRICED)

    def _on_book_update(self) -> None:
        reader = self._reader
        securities = self.securities
        codes = securities.codes
        at = codes.find(reader.security_code())
        if at < 0 or self._synchronized[at] == 0:
            return
        book = self._books[at]
        result = apply_book_update(reader, book, codes.multipliers[at], codes.divisors[at], securities.lots[at])
        self._touch(book, reader.send_time_utc_ns)
        if result != APPLIED or self._unpriced[at] == 1:
            self._unusual(at, result, result <= APPLIED_UNPRICED and has_unpriced_level(book))

    def _on_trade(self, kind: i64) -> None:
        """Keep the price of what was matched in the book; other trades were agreed elsewhere."""
        reader = self._reader
        at = self.securities.codes.find(reader.security_code())
        if at < 0:
            return
        book = self._books[at]
        if kind == TRADE_CANCEL:
            self._trades.cancelled(at, reader.trade_id(), book)
        elif kind == TRADE:
            self._on_price(at, reader.trade_id(), reader.trade_price(), reader.trade_type())
        elif reader.text(_TICKER_CANCEL) == "Y":
            self._trades.cancelled(at, reader.number(_TICKER_ID), book)
        else:
            number = reader.number(_TICKER_ID)
            self._on_price(at, number, reader.number(_TICKER_PRICE), reader.number(_TICKER_TYPE))

    def _on_price(self, at: i64, trade_id: i64, price: i64, trade_type: i64) -> None:
        in_book = trade_type == TRADE_AUTOMATCHED or trade_type == TRADE_AUTOMATCHED_INTERNALIZED
        if not in_book and trade_type != TRADE_AUCTION:
            return
        ticks = self.securities.codes.ticks(at, price)
        if ticks != NO_PRICE and ticks > 0:
            self._trades.made(at, trade_id, ticks, self._books[at])

    def _on_other(self, kind: i64) -> None:
        """The messages that are rare, or of no concern."""
        reader = self._reader
        if kind == SECURITY_STATUS:
            at = self.securities.codes.find(reader.security_code())
            if at >= 0:
                self._states.on_security_status(at, reader.suspension_indicator())
                self._show(at)
        elif kind == VCM_TRIGGER:
            at = self.securities.codes.find(reader.security_code())
            if at >= 0:
                self._states.on_cool_off(at, reader.number(_COOL_OFF_END))
                self._show(at)
        elif kind == TRADING_SESSION_STATUS:
            self._states.on_session(reader.text(_SESSION_MARKET), reader.number(_SESSION))
            self._show_all()
        elif kind == SECURITY_DEFINITION:
            self._on_definition(reader)

    def _on_definition(self, reader: OmdCReader) -> None:
        """A definition of either channel; a security that is not our instrument does not trade."""
        securities = self.securities
        at = securities.codes.find(reader.security_code())
        if at < 0:
            return
        known = securities.contradicted[at]
        reason = securities.define(at, reader.text(_MARKET_CODE), reader.number(_LOT_SIZE), reader.text(_CURRENCY))
        if reason != "" and known == 0:
            self.log.fault("definition refused", 0, f"{self._ours[at].venue_symbol}: {reason}")
        self._show(at)

    # -- refresh channel -----------------------------------------------------------------------------------------------

    def _on_refresh_message(self, kind: i64) -> None:
        reader = self._refresh_reader
        snapshot = self._snapshot
        if kind == SECURITY_DEFINITION:
            self._on_definition(reader)
        elif not snapshot.collecting:
            return
        elif kind == TRADING_SESSION_STATUS:
            snapshot.states.on_session(reader.text(_SESSION_MARKET), reader.number(_SESSION))
        elif kind == ADD_ORDER or kind == AGGREGATE_ORDER_BOOK_UPDATE or kind == SECURITY_STATUS or kind == VCM_TRIGGER:
            at = self.securities.codes.find(reader.security_code())
            if at >= 0:
                self._collect(at, kind)

    def _collect(self, at: i64, kind: i64) -> None:
        """A message of the cycle about our security `at`."""
        reader = self._refresh_reader
        snapshot = self._snapshot
        if kind == SECURITY_STATUS:
            snapshot.states.on_security_status(at, reader.suspension_indicator())
        elif kind == VCM_TRIGGER:
            snapshot.states.on_cool_off(at, reader.number(_COOL_OFF_END))
        elif kind == ADD_ORDER and self._by_order:
            snapshot.on_order(at, reader)
        elif kind == AGGREGATE_ORDER_BOOK_UPDATE and not self._by_order:
            snapshot.on_book_update(at, reader)

    def _use_cycle(self) -> None:
        snapshot = self._snapshot
        self._states.overlay(snapshot.states)
        if self._by_order:
            self._orders = snapshot.exchange_orders(self._orders, self._books)
        for at in range(i64(len(self._books))):
            if not self._is_defined(at):
                continue
            book = self._books[at]
            if not self._by_order and snapshot.faults[at] == APPLIED:
                copy_levels(snapshot.books[at], book)
            has_unpriced = self._orders.books[at].unpriced_orders > 0 or has_unpriced_level(book)
            self._replaced(at, snapshot.faults[at], 1 if has_unpriced else 0)

    # -- states --------------------------------------------------------------------------------------------------------

    def _is_open(self, at: i64) -> bool:
        return self.securities.contradicted[at] == 0 and self._states.is_open(at)

    def _is_defined(self, at: i64) -> bool:
        return self.securities.codes.orderbook_ids[at] >= 0

    def _forget_states(self) -> None:
        self._states.forget()
        self._trades.forget()
