"""OMD-C publisher of a simulated venue: every order of a matching exchange, on the real-time and the refresh channel.

Theory of operation. The publisher remembers which orders it published with which quantity and, asked to publish a book
again, says what came of them: orders that are gone are deleted first, so that a receiver's book never crosses, then
those with less left are modified, and new ones added. The refresh channel has every definition, the session, every
status and every published order. Packets and heartbeats are those of every flavour (omd_channels.py).
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.order import BUY
from cross_market_connect.matching.exchange import PHASE_CLOSED, PHASE_HALTED, MatchingExchange
from cross_market_connect.matching.order_book import RestingSide
from cross_market_connect.matching.orders import ExchangeOrder, Trade
from cross_market_connect.venues.hkex.securities import board_lot, security_code
from cross_market_connect.venues.simulated.omd_channels import OmdChannel, OmdChannels, must_fit
from cross_market_connect.wire.omd.description import FILLER, MESSAGE_HEADER_BYTES, TEXT, TEXT_NUL, UNICODE
from cross_market_connect.wire.omd.family import SIDE_BID, SIDE_OFFER
from cross_market_connect.wire.omd.omd_c import (
    HALTED_OR_SUSPENDED,
    ORDER_TYPE_LIMIT,
    PRICE_DECIMALS,
    RESUMED,
    SECURITY_DEFINITION,
    SECURITY_STATUS,
    SESSION_BLOCKING,
    SESSION_CONTINUOUS,
    TRADE,
    TRADE_AUTOMATCHED,
    TRADING_SESSION_STATUS,
)
from cross_market_connect.wire.omd.omd_c_messages import OMD_C
from cross_market_connect.wire.omd.omd_c_writer import OmdCWriter

# The market that every security of the simulated venue belongs to.
MARKET: Final[str] = "MAIN"
_NOTHING_SAID: Final[i64] = -1


@final
class _PublishedOrder:
    """An order as receivers have it."""

    def __init__(self, order: ExchangeOrder) -> None:
        self.order: ExchangeOrder = order
        self.lots: i64 = order.leaves_lots


@final
class OmdSecuritiesPublisher(OmdChannels):
    """Publishes the orders, trades and states of a matching exchange.

    Args:
        channel, refresh_channel: numbers of the two channels.

    Raises:
        InvariantError: an instrument's code is no number, or its prices have more than three decimals.
    """

    def __init__(self, exchange: MatchingExchange, channel: i64, refresh_channel: i64) -> None:
        super().__init__(OmdChannel(channel, OmdCWriter()), OmdChannel(refresh_channel, OmdCWriter()))
        self._exchange: MatchingExchange = exchange
        self._codes: list[i64] = [security_code(instrument) for instrument in exchange.instruments]
        self._lots: list[i64] = [board_lot(instrument) for instrument in exchange.instruments]
        self._units: list[i64] = [_units(instrument) for instrument in exchange.instruments]
        self._published: list[dict[int, _PublishedOrder]] = [{} for _ in exchange.instruments]
        self._definition: dict[str, int | str] = _empty_definition()
        self._session: i64 = _NOTHING_SAID
        for code in self._codes:
            if code < 0:
                raise InvariantError("a security is named by a number")

    # -- the venue's calls ---------------------------------------------------------------------------------------------

    def start(self, now_ns: i64, utc_ns: i64) -> None:
        """Publish definitions and states on the real-time channel, as at the start of the day."""
        for at in range(i64(len(self._codes))):
            self._define(self.live, at, now_ns, utc_ns)
            self.publish_state(at, now_ns, utc_ns)
        self.live.flush(now_ns)
        self._refresh_due_ns = now_ns

    def publish_trade(self, trade: Trade, now_ns: i64, utc_ns: i64) -> None:
        """Trade (50), section 3.10.1; `end_step` sends it."""
        at = trade.instrument_index
        values: dict[str, int | str] = {
            "SecurityCode": self._codes[at],
            "TradeID": trade.trade_number,
            "Price": trade.price_ticks * self._units[at],
            "Quantity": trade.quantity_lots * self._lots[at],
            "TrdType": TRADE_AUTOMATCHED,
            "TradeTime": trade.utc_ns,
        }
        self._put(self.live, TRADE, values, now_ns, utc_ns)

    def publish_state(self, at: i64, now_ns: i64, utc_ns: i64) -> None:
        """Security Status (21) of one security, and the session (20) when it is another; `end_step` sends them."""
        self._status(self.live, at, now_ns, utc_ns)
        session = self._present_session()
        if session != self._session:
            self._session = session
            self._say_session(self.live, now_ns, utc_ns)

    def publish_book(self, at: i64, now_ns: i64, utc_ns: i64) -> None:
        """What came of the security's orders since they were published last; `end_step` sends it."""
        published = self._published[at]
        gone = [number for number, known in published.items() if not known.order.is_open()]
        for number in gone:
            self._delete(at, published.pop(number).order, now_ns, utc_ns)
        book = self._exchange.books[at]
        self._publish_side(at, book.bids, now_ns, utc_ns)
        self._publish_side(at, book.asks, now_ns, utc_ns)

    # -- orders --------------------------------------------------------------------------------------------------------

    def _publish_side(self, at: i64, side: RestingSide, now_ns: i64, utc_ns: i64) -> None:
        published = self._published[at]
        position: i64 = 0
        for level in side.levels:
            for order in level.orders:
                position += 1
                known = published.get(int(order.order_number))
                if known is None:
                    known = _PublishedOrder(order)
                    published[int(order.order_number)] = known
                    self._add(self.live, at, known, position, now_ns, utc_ns)
                elif known.lots != order.leaves_lots:
                    known.lots = order.leaves_lots
                    self._modify(at, known, position, now_ns, utc_ns)

    def _add(
        self, channel: OmdChannel, at: i64, known: _PublishedOrder, position: i64, now_ns: i64, utc_ns: i64
    ) -> None:
        order = known.order
        code = self._codes[at]
        price = order.price_ticks * self._units[at]
        shares = known.lots * self._lots[at]
        side = _wire_side(order)
        channel.begin(utc_ns)
        number = order.order_number
        if not _writer(channel).add_order(code, number, price, shares, side, ORDER_TYPE_LIMIT, position):
            channel.next_packet(now_ns, utc_ns)
            must_fit(_writer(channel).add_order(code, number, price, shares, side, ORDER_TYPE_LIMIT, position))

    def _modify(self, at: i64, known: _PublishedOrder, position: i64, now_ns: i64, utc_ns: i64) -> None:
        channel = self.live
        order = known.order
        shares = known.lots * self._lots[at]
        channel.begin(utc_ns)
        if not _writer(channel).modify_order(self._codes[at], order.order_number, shares, _wire_side(order), position):
            channel.next_packet(now_ns, utc_ns)
            must_fit(
                _writer(channel).modify_order(self._codes[at], order.order_number, shares, _wire_side(order), position)
            )

    def _delete(self, at: i64, order: ExchangeOrder, now_ns: i64, utc_ns: i64) -> None:
        channel = self.live
        channel.begin(utc_ns)
        if not _writer(channel).delete_order(self._codes[at], order.order_number, _wire_side(order)):
            channel.next_packet(now_ns, utc_ns)
            must_fit(_writer(channel).delete_order(self._codes[at], order.order_number, _wire_side(order)))

    # -- reference data and states -------------------------------------------------------------------------------------

    def _define(self, channel: OmdChannel, at: i64, now_ns: i64, utc_ns: i64) -> None:
        values = self._definition
        values["SecurityCode"] = self._codes[at]
        values["MarketCode"] = MARKET
        values["CurrencyCode"] = self._exchange.instruments[at].currency
        values["LotSize"] = self._lots[at]
        self._put(channel, SECURITY_DEFINITION, values, now_ns, utc_ns)

    def _status(self, channel: OmdChannel, at: i64, now_ns: i64, utc_ns: i64) -> None:
        halted = self._exchange.phases[at] == PHASE_HALTED
        values: dict[str, int | str] = {
            "SecurityCode": self._codes[at],
            "SuspensionIndicator": HALTED_OR_SUSPENDED if halted else RESUMED,
        }
        self._put(channel, SECURITY_STATUS, values, now_ns, utc_ns)

    def _present_session(self) -> i64:
        """Continuous as long as any security trades or could."""
        for phase in self._exchange.phases:
            if phase != PHASE_CLOSED:
                return SESSION_CONTINUOUS
        return SESSION_BLOCKING

    def _say_session(self, channel: OmdChannel, now_ns: i64, utc_ns: i64) -> None:
        values: dict[str, int | str] = {
            "MarketCode": MARKET,
            "TradingSessionSubID": self._session,
            "TradingSesStatus": 0,
            "TradingSesControlFlag": "0",
            "StartDateTime": utc_ns,
            "EndDateTime": utc_ns,
        }
        self._put(channel, TRADING_SESSION_STATUS, values, now_ns, utc_ns)

    def _restate(self, now_ns: i64, utc_ns: i64) -> None:
        channel = self.refresh
        if self._session != _NOTHING_SAID:
            self._say_session(channel, now_ns, utc_ns)
        for at in range(i64(len(self._codes))):
            self._define(channel, at, now_ns, utc_ns)
            self._status(channel, at, now_ns, utc_ns)
            # What was published, not the book itself: the snapshot stands at the last sequence number sent.
            for position, known in enumerate(self._published[at].values(), 1):
                self._add(channel, at, known, position, now_ns, utc_ns)

    def _put(
        self, channel: OmdChannel, message_type: i64, values: dict[str, int | str], now_ns: i64, utc_ns: i64
    ) -> None:
        channel.begin(utc_ns)
        if not channel.writer.add(message_type, values, []):
            channel.next_packet(now_ns, utc_ns)
            must_fit(channel.writer.add(message_type, values, []))


def _writer(channel: OmdChannel) -> OmdCWriter:
    writer = channel.writer
    if not isinstance(writer, OmdCWriter):
        raise InvariantError("an OMD-C publisher writes OMD-C")
    return writer


def _wire_side(order: ExchangeOrder) -> i64:
    return SIDE_BID if order.side == BUY else SIDE_OFFER


def _units(instrument: Instrument) -> i64:
    """Thousandths of a price per tick."""
    if instrument.price_decimals > PRICE_DECIMALS:
        raise InvariantError(f"{instrument.symbol}: prices of securities have at most {PRICE_DECIMALS} decimals")
    units = instrument.tick_units
    for _ in range(PRICE_DECIMALS - instrument.price_decimals):
        units *= 10
    return units


def _empty_definition() -> dict[str, int | str]:
    """Every field of a Security Definition, empty."""
    message = OMD_C.message(SECURITY_DEFINITION)
    values: dict[str, int | str] = {}
    for field in message.fields:
        if field.offset >= MESSAGE_HEADER_BYTES and field.kind != FILLER and field.name != message.count_field:
            is_text = field.kind == TEXT or field.kind == TEXT_NUL or field.kind == UNICODE
            values[field.name] = "" if is_text else 0
    return values
