"""What a spread is worth now: at the best prices for every quote, and through the depth for a quantity.

Floats serve only the comparison with a threshold. A value is a sum of at most a few products of integers below 2**53,
so its error is below 1e-9 of the largest leg; thresholds are compared with that in mind (a tie is not a trigger to rely
on).
"""

from __future__ import annotations

from typing import final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.book import BOOK_LIVE, Book
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.numbers import NO_PRICE, convert_e4
from cross_market_connect.domain.order import BUY, SELL
from cross_market_connect.domain.spread import DIFFERENCE, SpreadDefinition
from cross_market_connect.trading.pricing import sweep_cost


@final
class SpreadValuation:
    """The value of one spread, kept current from its legs' books.

    Attributes:
        buy_value: what buying the spread costs at the best opposite prices.
        sell_value: what selling it yields.
        valid: both sides of every leg's live book have a price.
    """

    def __init__(self, definition: SpreadDefinition, instruments: list[Instrument], books: list[Book]) -> None:
        self.definition: SpreadDefinition = definition
        self.instruments: list[Instrument] = [instruments[int(leg.instrument_index)] for leg in definition.legs]
        self.books: list[Book] = [books[int(leg.instrument_index)] for leg in definition.legs]
        self.is_difference: bool = definition.rule.form == DIFFERENCE
        # Value of one tick of each leg in the spread's price, signed by the leg's side.
        self.tick_weight: vec[float] = vec[float](
            [
                float(leg.side) * leg.multiplier * leg.fx_rate * instruments[int(leg.instrument_index)].price_of(1)
                for leg in definition.legs
            ]
        )
        self.leg_count: i64 = len(definition.legs)
        self.buy_value: float = 0.0
        self.sell_value: float = 0.0
        self.valid: bool = False

    def update(self) -> bool:
        """Recompute from the best prices; false when a leg's book is not live or one-sided."""
        self.valid = False
        buy: float = 0.0
        sell: float = 0.0
        leg: i64 = 0
        while leg < self.leg_count:
            book = self.books[leg]
            if book.state != BOOK_LIVE or book.bids.depth == 0 or book.asks.depth == 0:
                return False
            bid = float(book.bids.price_ticks[0])
            ask = float(book.asks.price_ticks[0])
            weight: float = self.tick_weight[leg]
            if self.is_difference:
                if weight > 0.0:
                    buy += weight * ask
                    sell += weight * bid
                else:
                    buy += weight * bid
                    sell += weight * ask
            elif bid <= 0.0:
                # A ratio needs prices above zero.
                return False
            elif leg == 0:
                buy = weight * ask
                sell = weight * bid
            else:
                buy = -buy / (weight * bid)
                sell = -sell / (weight * ask)
            leg += 1
        self.buy_value = buy
        self.sell_value = sell
        self.valid = True
        return True

    def order_side(self, leg: i64, direction: i64) -> i64:
        """Side of the order that the leg needs when the spread is traded in `direction`."""
        return BUY if self.definition.legs[leg].side * direction > 0 else SELL

    def executable(self, direction: i64, lots: list[i64]) -> float:
        """Value at which the quantities trade now, sweeping each leg's visible depth (对价).

        The depth must hold the quantities (alignment has seen to it).
        """
        result: float = 0.0
        leg: i64 = 0
        while leg < self.leg_count:
            side = self.order_side(leg, direction)
            average = float(sweep_cost(self.books[leg], side, lots[leg])) / float(lots[leg])
            weight: float = self.tick_weight[leg]
            if self.is_difference:
                result += weight * average
            elif leg == 0:
                result = weight * average
            else:
                result = -result / (weight * average)
            leg += 1
        return result

    def value_at(self, average_ticks: list[float]) -> float:
        """Value of the spread at one price per leg, in ticks."""
        result: float = 0.0
        leg: i64 = 0
        while leg < self.leg_count:
            value: float = self.tick_weight[leg] * average_ticks[leg]
            if self.is_difference:
                result += value
            else:
                result = value if leg == 0 else -result / value
            leg += 1
        return result

    def leg_value_e4(self, leg: i64, direction: i64, lots: i64) -> i64:
        """Value of `lots` of the leg at its best opposite price, in base currency; 0 without a price."""
        book = self.books[leg]
        price = book.best_ask() if self.order_side(leg, direction) == BUY else book.best_bid()
        if price == NO_PRICE:
            return 0
        return convert_e4(self.instruments[leg].notional_e4(price, lots), self.definition.legs[leg].fx_e8)
