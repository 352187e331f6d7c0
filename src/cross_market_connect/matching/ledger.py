"""What each participant has, by instrument: the truth that an independent oracle compares the engine's books with."""

from __future__ import annotations

from typing import Final, final

from librt.vecs import append, vec
from mypy_extensions import i64

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.matching.orders import ExchangeOrder, Trade

TRADES_MAX: Final[i64] = 5_000_000


@final
class Holding:
    """One participant: lots bought and sold per instrument, and its orders by client id in order of entry.

    Attributes:
        prevents_self_trade: an incoming order that would meet the participant's own is cancelled (cancel newest).
        remembers: ended orders stay known (status requests, duplicate ids). A market maker's do not: it never asks,
            takes its ids from a counter, and would fill the memory with its quotes.
        duplicates: orders refused because they bore the id of another one.
    """

    def __init__(self, name: str, instrument_count: i64, prevents_self_trade: bool, remembers: bool) -> None:
        self.name: str = name
        self.prevents_self_trade: bool = prevents_self_trade
        self.remembers: bool = remembers
        self.bought_lots: vec[i64] = vec[i64]([0 for _ in range(instrument_count)])
        self.sold_lots: vec[i64] = vec[i64]([0 for _ in range(instrument_count)])
        self.orders: dict[bytes, ExchangeOrder] = {}
        self.former: dict[bytes, ExchangeOrder] = {}
        """Replaced orders by the ids that they had before."""
        self.duplicates: i64 = 0

    def position_lots(self, instrument_index: i64) -> i64:
        """Net position: bought minus sold."""
        return self.bought_lots[instrument_index] - self.sold_lots[instrument_index]

    def open_orders(self) -> list[ExchangeOrder]:
        """Orders that may still trade, in order of entry."""
        return [order for order in self.orders.values() if order.is_open()]


@final
class Ledger:
    """All holdings and all trades of one exchange."""

    def __init__(self, instrument_count: i64) -> None:
        self.instrument_count: i64 = instrument_count
        self.holdings: list[Holding] = []
        self.trades: list[Trade] = []
        self.traded_lots: vec[i64] = vec[i64]()
        for _ in range(instrument_count):
            self.traded_lots = append(self.traded_lots, 0)

    def record(self, trade: Trade) -> None:
        """Book one trade on both sides."""
        if i64(len(self.trades)) >= TRADES_MAX:
            raise InvariantError(f"the ledger holds {TRADES_MAX} trades, its limit")
        at = trade.instrument_index
        buyer = self.holdings[trade.buyer]
        seller = self.holdings[trade.seller]
        buyer.bought_lots[at] = buyer.bought_lots[at] + trade.quantity_lots
        seller.sold_lots[at] = seller.sold_lots[at] + trade.quantity_lots
        self.traded_lots[at] = self.traded_lots[at] + trade.quantity_lots
        self.trades.append(trade)

    def take_back(self, trade: Trade, quantity_lots: i64) -> None:
        """The exchange takes back so many lots of a trade, on both sides."""
        if quantity_lots > trade.quantity_lots:
            raise InvariantError(f"trade {trade.trade_number} has {trade.quantity_lots} lots, not {quantity_lots}")
        at = trade.instrument_index
        buyer = self.holdings[trade.buyer]
        seller = self.holdings[trade.seller]
        buyer.bought_lots[at] = buyer.bought_lots[at] - quantity_lots
        seller.sold_lots[at] = seller.sold_lots[at] - quantity_lots
        self.traded_lots[at] = self.traded_lots[at] - quantity_lots
        trade.quantity_lots -= quantity_lots

    def position_lots(self, participant: i64, instrument_index: i64) -> i64:
        """Net position of one participant in one instrument."""
        return self.holdings[participant].position_lots(instrument_index)

    def open_orders(self, participant: i64) -> list[ExchangeOrder]:
        """One participant's orders that may still trade."""
        return self.holdings[participant].open_orders()
