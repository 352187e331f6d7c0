"""Market data of the simulated venue over FIX: MarketDataRequest in, a full refresh per changed book out.

A subscription names instruments and a depth; each change of a subscribed book is answered by one snapshot (W) after
the step that changed it, so several changes of one step are one message. A side without orders is stated as one entry
of size 0, because FIX 4.4 has no empty snapshot.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.book import LEVELS
from cross_market_connect.matching.exchange import MatchingExchange
from cross_market_connect.matching.order_book import RestingSide
from cross_market_connect.venues.simulated.order_entry import Outgoing
from cross_market_connect.wire.fix.encoder import (
    MSG_MARKET_DATA_REQUEST_REJECT,
    MSG_MARKET_DATA_SNAPSHOT,
    BodyWriter,
    Template,
)
from cross_market_connect.wire.fix.message import FixMessage
from cross_market_connect.wire.fix.messages import (
    MarketDataEntry,
    market_data_request_reject,
    market_data_snapshot,
    symbol_template,
)

SUBSCRIPTIONS_MAX: Final[i64] = 1000

# FIX character codes (Volume 6).
ENTRY_BID: Final[i64] = 48
ENTRY_OFFER: Final[i64] = 49
ENTRY_TRADE: Final[i64] = 50
REQUEST_SNAPSHOT: Final[i64] = 48
REQUEST_SUBSCRIBE: Final[i64] = 49
REQUEST_UNSUBSCRIBE: Final[i64] = 50
REJECT_UNKNOWN_SYMBOL: Final[i64] = 48
REJECT_DUPLICATE_ID: Final[i64] = 49
REJECT_UNSUPPORTED_SUBSCRIPTION: Final[i64] = 52


@final
class Subscription:
    """One request: which books, how deep, for which session."""

    def __init__(self, session: i64, request_id: bytes, depth: i64, instruments: list[int]) -> None:
        self.session: i64 = session
        self.request_id: bytes = request_id
        self.depth: i64 = depth
        self.instruments: list[int] = instruments


class FixQuotes:
    """All subscriptions of one exchange.

    Attributes:
        muted: requests are taken and never answered, changes never published, as a dead price server's would be.
        stated_ns: per instrument, when its book was last stated to anybody; -1 before. Oracles read it.
        now_ns, utc_ns: of the step, set by the exchange.
    """

    def __init__(self, exchange: MatchingExchange, mic: bytes) -> None:
        self._exchange: MatchingExchange = exchange
        self._writer: BodyWriter = BodyWriter()
        self._indexes: dict[bytes, int] = {}
        self._templates: list[Template] = []
        self._subscriptions: list[Subscription] = []
        self.outbox: list[Outgoing] = []
        self.muted: bool = False
        self.stated_ns: list[int] = [-1 for _ in exchange.instruments]
        self.now_ns: i64 = 0
        self.utc_ns: i64 = 0
        for at, instrument in enumerate(exchange.instruments):
            symbol = instrument.venue_symbol.encode()
            self._indexes[symbol] = at
            self._templates.append(symbol_template(symbol, mic))

    def request(self, session: i64, message: FixMessage) -> None:
        """MarketDataRequest: the first snapshot of each book at once, or a MarketDataRequestReject."""
        request_id = message.get(262)
        kind = message.get_char(263)
        if kind == REQUEST_UNSUBSCRIBE:
            self._subscriptions = [
                known for known in self._subscriptions if known.session != session or known.request_id != request_id
            ]
            return
        if kind not in (REQUEST_SNAPSHOT, REQUEST_SUBSCRIBE):
            self._reject(session, request_id, REJECT_UNSUPPORTED_SUBSCRIPTION, b"E0103 unsupported subscription type")
            return
        for known in self._subscriptions:
            if known.session == session and known.request_id == request_id:
                self._reject(session, request_id, REJECT_DUPLICATE_ID, b"E0102 request id in use")
                return
        instruments = self._instruments(message)
        if not instruments or i64(len(self._subscriptions)) >= SUBSCRIPTIONS_MAX:
            self._reject(session, request_id, REJECT_UNKNOWN_SYMBOL, b"E0101 unknown instrument")
            return
        depth = message.get_int(264, 0)
        subscription = Subscription(session, request_id, depth if 0 < depth < LEVELS else LEVELS, instruments)
        if kind == REQUEST_SUBSCRIBE:
            self._subscriptions.append(subscription)
        for at in instruments:
            self._snapshot(subscription, at)

    def welcome(self, session: i64) -> None:
        """A market data session has logged on: here it asks for what it wants."""

    def has_news(self, instrument_index: i64) -> bool:
        """Whether there is something to publish although the book did not change; asked once a step."""
        return False

    def end_session(self, session: i64) -> None:
        """A session logged off: its subscriptions end (a new log-on subscribes again)."""
        self._subscriptions = [known for known in self._subscriptions if known.session != session]

    def publish(self, instrument_index: i64) -> None:
        """The book changed: one snapshot per subscription."""
        for subscription in self._subscriptions:
            for at in subscription.instruments:
                if at == instrument_index:
                    self._snapshot(subscription, at)

    def _instruments(self, message: FixMessage) -> list[int]:
        """The instruments of NoRelatedSym (146); empty when any is unknown."""
        result: list[int] = []
        position = message.index_of(55)
        while position >= 0:
            at = self._indexes.get(message.value_at(position))
            if at is None:
                return []
            result.append(at)
            position = message.index_of(55, position + 1)
        return result

    def _snapshot(self, subscription: Subscription, at: i64) -> None:
        if self.muted:
            return
        self.stated_ns[at] = int(self.now_ns)
        book = self._exchange.books[at]
        instrument = self._exchange.instruments[at]
        entries: list[MarketDataEntry] = []
        _add_side(entries, ENTRY_BID, book.bids, subscription.depth, instrument.tick_units)
        _add_side(entries, ENTRY_OFFER, book.asks, subscription.depth, instrument.tick_units)
        last = self._exchange.last_ticks[at]
        if last != 0:
            entries.append(MarketDataEntry(ENTRY_TRADE, last * instrument.tick_units, 0, 0))
        body = market_data_snapshot(
            self._writer, subscription.request_id, self._templates[at], entries, instrument.price_decimals
        )
        self.outbox.append(Outgoing(subscription.session, MSG_MARKET_DATA_SNAPSHOT, body))

    def _reject(self, session: i64, request_id: bytes, reason: i64, text: bytes) -> None:
        body = market_data_request_reject(self._writer, request_id, reason, text)
        self.outbox.append(Outgoing(session, MSG_MARKET_DATA_REQUEST_REJECT, body))


def _add_side(entries: list[MarketDataEntry], entry_type: i64, side: RestingSide, depth: i64, units: i64) -> None:
    count: i64 = len(side.levels)
    if count > depth:
        count = depth
    if count == 0:
        entries.append(MarketDataEntry(entry_type, 0, 0, 1))
    for at in range(count):
        level = side.levels[at]
        entries.append(MarketDataEntry(entry_type, level.price_ticks * units, level.total_lots, at + 1))
