"""The market maker: posts quotes as resting orders of its own participant, by a schedule or by a host's hand.

Each scheduled quote replaces the one before: the maker cancels what is left of its orders and posts anew, so liquidity
that somebody took comes back with the next quote, as the recorded market's did. A quantity above the venue's largest
order is posted as several orders. A quote that comes due while the market is closed is not posted.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.domain.order import BUY, DAY, LIMIT, SELL
from cross_market_connect.matching.exchange import PHASE_OPEN, MatchingExchange
from cross_market_connect.matching.orders import REASON_NONE, REASON_REQUESTED, ExchangeOrder

ORDERS_PER_SIDE_MAX: Final[i64] = 50


@final
class QuoteSchedule:
    """Quotes of one instrument, ascending in time. A quantity of 0 leaves the side out.

    Attributes:
        levels: so many levels a side of each quote, a tick apart, all of the best one's quantity.

    Raises InputError when the columns differ in length or time runs backwards.
    """

    def __init__(
        self,
        utc_ns: list[int],
        bid_ticks: list[int],
        bid_lots: list[int],
        ask_ticks: list[int],
        ask_lots: list[int],
    ) -> None:
        size = len(utc_ns)
        if len(bid_ticks) != size or len(bid_lots) != size or len(ask_ticks) != size or len(ask_lots) != size:
            raise InputError(["quote schedule: columns of different length; expected one value per quote"])
        for at in range(1, size):
            if utc_ns[at] < utc_ns[at - 1]:
                raise InputError([f"quote schedule: quote {at} is earlier than the one before; expected ascending"])
        self.utc_ns: list[int] = utc_ns
        self.bid_ticks: list[int] = bid_ticks
        self.bid_lots: list[int] = bid_lots
        self.ask_ticks: list[int] = ask_ticks
        self.ask_lots: list[int] = ask_lots
        self.levels: i64 = 1


@final
class MarketMaker:
    """One maker of one instrument.

    Args:
        participant: its index at the exchange; it must not be one that remembers ended orders.
    """

    def __init__(
        self, exchange: MatchingExchange, participant: i64, instrument_index: i64, schedule: QuoteSchedule
    ) -> None:
        self._exchange: MatchingExchange = exchange
        self._participant: i64 = participant
        self._instrument_index: i64 = instrument_index
        self._schedule: QuoteSchedule = schedule
        self._next: i64 = 0
        self._order_count: i64 = 0
        self._posted: list[bytes] = []
        self.refused: i64 = 0

    def next_utc_ns(self) -> i64:
        """When the next quote is due; NO_TIMER after the last."""
        at = self._next
        return self._schedule.utc_ns[at] if at < i64(len(self._schedule.utc_ns)) else NO_TIMER

    def skip_before(self, utc_ns: i64) -> None:
        """Start in the middle of the schedule: the last quote at or before `utc_ns` is the next one posted."""
        while self._next + 1 < i64(len(self._schedule.utc_ns)) and self._schedule.utc_ns[self._next + 1] <= utc_ns:
            self._next += 1

    def advance(self, utc_ns: i64) -> bool:
        """Post the latest quote that is due; false when none is."""
        if self.next_utc_ns() > utc_ns:
            return False
        self.skip_before(utc_ns)
        at = self._next
        self._next += 1
        self._withdraw(utc_ns)
        if self._exchange.phases[self._instrument_index] != PHASE_OPEN:
            return True
        schedule = self._schedule
        for level in range(schedule.levels):
            self._post(BUY, schedule.bid_ticks[at] - level, schedule.bid_lots[at], utc_ns)
            self._post(SELL, schedule.ask_ticks[at] + level, schedule.ask_lots[at], utc_ns)
        return True

    def _withdraw(self, utc_ns: i64) -> None:
        for client_id in self._posted:
            # Orders that were filled or expired are unknown by now; that is the expected answer.
            self._exchange.cancel(self._participant, client_id, REASON_REQUESTED, utc_ns)
        self._posted = []

    def _post(self, side: i64, price_ticks: i64, quantity_lots: i64, utc_ns: i64) -> None:
        largest = self._exchange.instruments[self._instrument_index].quantity_max_lots
        left = quantity_lots
        orders: i64 = 0
        while left > 0 and orders < ORDERS_PER_SIDE_MAX:
            size = left if left < largest else largest
            left -= size
            orders += 1
            self._order_count += 1
            client_id = b"%d" % self._order_count
            order = ExchangeOrder(
                self._participant, 0, client_id, self._instrument_index, side, LIMIT, DAY, price_ticks, size
            )
            if self._exchange.submit(order, REASON_NONE, utc_ns) == REASON_NONE:
                self._posted.append(client_id)
            else:
                self.refused += 1


@final
class HandMaker:
    """Quotes of any instrument whenever the host says so, until it says something else."""

    def __init__(self, exchange: MatchingExchange, participant: i64) -> None:
        self._exchange: MatchingExchange = exchange
        self._participant: i64 = participant
        self._order_count: i64 = 0
        self._posted: list[list[bytes]] = [[] for _ in exchange.instruments]

    def post(self, at: i64, bids: list[tuple[int, int]], asks: list[tuple[int, int]], utc_ns: i64) -> None:
        """Replace the instrument's quotes by levels of (price in ticks, lots); a market that is not open has none."""
        for client_id in self._posted[at]:
            self._exchange.cancel(self._participant, client_id, REASON_REQUESTED, utc_ns)
        self._posted[at] = []
        if self._exchange.phases[at] != PHASE_OPEN:
            return
        for price, lots in bids:
            self._post(at, BUY, price, lots, utc_ns)
        for price, lots in asks:
            self._post(at, SELL, price, lots, utc_ns)

    def _post(self, at: i64, side: i64, price_ticks: i64, lots: i64, utc_ns: i64) -> None:
        largest = self._exchange.instruments[at].quantity_max_lots
        left = lots
        while left > 0:
            size = left if left < largest else largest
            left -= size
            self._order_count += 1
            client_id = b"H%d" % self._order_count
            order = ExchangeOrder(self._participant, 0, client_id, at, side, LIMIT, DAY, price_ticks, size)
            if self._exchange.submit(order, REASON_NONE, utc_ns) == REASON_NONE:
                self._posted[at].append(client_id)
