"""What a spread is worth now: at the best prices for every quote, and through the depth for a quantity.

Floats serve only the comparison with a threshold. A value is a sum of at most a few products of integers below 2**53,
so its error is below 1e-9 of the largest leg; thresholds are compared with that in mind (a tie is not a trigger to rely
on).

Net values are those that the prices after costs would give: a bought leg's price plus what buying costs, a sold leg's
minus what selling costs, in every form alike.
"""

from __future__ import annotations

from typing import Final, final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.book import BOOK_LIVE, Book
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.numbers import MONEY_SCALE, NO_PRICE, convert_e4
from cross_market_connect.domain.order import BUY, SELL
from cross_market_connect.domain.spread import (
    BUY_SPREAD,
    DIFFERENCE,
    PERCENT,
    QUOTE_ASK,
    QUOTE_BID,
    SELL_SPREAD,
    SpreadDefinition,
    SpreadLeg,
)
from cross_market_connect.trading.costs import cost_per_lot, cost_rate
from cross_market_connect.trading.pricing import sweep_cost

# Stands for a value that no prices give: nobody buys at it or sells at minus it. Thresholds lie far inside.
NO_VALUE: Final[float] = 1e9


@final
class SpreadValuation:
    """The value of one spread, kept current from its legs' books, in the form that its trigger compares.

    Attributes:
        buy_value: what buying the spread costs at the best opposite prices.
        sell_value: what selling it yields.
        valid: every book is live and two-sided, and the prices give a value.
        closing_direction: the direction that closes a position now; 0 without one. Net values depend on it.
        tick_weight: value of one tick of each leg in the spread's unit and currency, signed by the leg's side.
    """

    def __init__(self, definition: SpreadDefinition, instruments: list[Instrument], books: list[Book]) -> None:
        self.definition: SpreadDefinition = definition
        self.instruments: list[Instrument] = [instruments[int(leg.instrument_index)] for leg in definition.legs]
        self.books: list[Book] = [books[int(leg.instrument_index)] for leg in definition.legs]
        self.pricing_books: list[Book] = [books[int(leg.instrument_index)] for leg in definition.pricing_legs]
        self.form: i64 = definition.rule.form
        self.leg_count: i64 = len(definition.legs)
        self.pricing_count: i64 = len(definition.pricing_legs)
        self.tick_weight: vec[float] = vec[float]([_weight(leg, instruments) for leg in definition.legs])
        self.constant_weight: vec[float] = vec[float]([_weight(leg, instruments) for leg in definition.legs])
        self.pricing_tick: vec[float] = vec[float](
            [instruments[int(leg.instrument_index)].price_of(1) for leg in definition.pricing_legs]
        )
        self.pricing_value: vec[float] = vec[float]([0.0 for _ in definition.pricing_legs])
        self.buy_ticks: vec[float] = vec[float]([0.0 for _ in definition.legs])
        self.sell_ticks: vec[float] = vec[float]([0.0 for _ in definition.legs])
        inputs = 0 if definition.formula is None else len(definition.formula.inputs)
        self.arguments: vec[float] = vec[float]([0.0 for _ in range(int(self.leg_count) + inputs)])
        self.is_plain: bool = self.pricing_count == 0 and definition.formula is None and not definition.rule.is_net
        self.closing_direction: i64 = 0
        self.buy_value: float = 0.0
        self.sell_value: float = 0.0
        self.valid: bool = False

    def update(self) -> bool:
        """Recompute from the best prices; false when a book is not live or one-sided, or the prices give no value."""
        self.valid = False
        if not self.is_plain:
            return self._update_whole()
        # Bought and sold legs apart: their difference is the value, or their quotient.
        buy_long: float = 0.0
        buy_short: float = 0.0
        sell_long: float = 0.0
        sell_short: float = 0.0
        leg: i64 = 0
        while leg < self.leg_count:
            book = self.books[leg]
            if book.state != BOOK_LIVE or book.bids.depth == 0 or book.asks.depth == 0:
                return False
            weight: float = self.tick_weight[leg]
            if weight > 0.0:
                buy_long += weight * float(book.asks.price_ticks[0])
                sell_long += weight * float(book.bids.price_ticks[0])
            else:
                buy_short -= weight * float(book.bids.price_ticks[0])
                sell_short -= weight * float(book.asks.price_ticks[0])
            leg += 1
        if self.form == DIFFERENCE:
            self.buy_value = buy_long - buy_short
            self.sell_value = sell_long - sell_short
            self.valid = True
            return True
        # The others need prices above zero.
        if buy_short <= 0.0 or sell_long <= 0.0:
            return False
        if self.form == PERCENT:
            is_long = self.tick_weight[self.definition.rule.reference_leg] > 0.0
            self.buy_value = 100.0 * (buy_long - buy_short) / (buy_long if is_long else buy_short)
            self.sell_value = 100.0 * (sell_long - sell_short) / (sell_long if is_long else sell_short)
        else:
            self.buy_value = buy_long / buy_short
            self.sell_value = sell_long / sell_short
        self.valid = True
        return True

    def _update_whole(self) -> bool:
        """As `update`, with live rates and inputs, costs, or a formula."""
        if not self._take_inputs():
            return False
        leg: i64 = 0
        while leg < self.leg_count:
            book = self.books[leg]
            if book.state != BOOK_LIVE or book.bids.depth == 0 or book.asks.depth == 0:
                return False
            bid = float(book.bids.price_ticks[0])
            ask = float(book.asks.price_ticks[0])
            is_long = self.definition.legs[leg].side > 0
            self.buy_ticks[leg] = ask if is_long else bid
            self.sell_ticks[leg] = bid if is_long else ask
            leg += 1
        self.buy_value = self._value_of(BUY_SPREAD, self.buy_ticks, self.definition.rule.is_net)
        self.sell_value = self._value_of(SELL_SPREAD, self.sell_ticks, self.definition.rule.is_net)
        self.valid = self.buy_value < NO_VALUE and self.sell_value > -NO_VALUE
        return self.valid

    def _take_inputs(self) -> bool:
        """Read the pricing-only books and give every leg its current weight; false when one has no price."""
        at: i64 = 0
        while at < self.pricing_count:
            book = self.pricing_books[at]
            if book.state != BOOK_LIVE or book.bids.depth == 0 or book.asks.depth == 0:
                return False
            quote = self.definition.pricing_legs[at].quote
            ticks: float
            if quote == QUOTE_BID:
                ticks = float(book.bids.price_ticks[0])
            elif quote == QUOTE_ASK:
                ticks = float(book.asks.price_ticks[0])
            else:
                ticks = float(book.bids.price_ticks[0] + book.asks.price_ticks[0]) / 2.0
            if ticks <= 0.0:
                return False
            self.pricing_value[at] = ticks * self.pricing_tick[at]
            at += 1
        leg: i64 = 0
        while leg < self.leg_count:
            self.tick_weight[leg] = self.constant_weight[leg] * self.live_rate(leg)
            leg += 1
        return True

    def live_rate(self, leg: i64) -> float:
        """The live part of the leg's FX rate, as last read; 1 without one."""
        result: float = 1.0
        for number in self.definition.legs[leg].live_rates:
            if number > 0:
                result *= self.pricing_value[number - 1]
            else:
                result /= self.pricing_value[-number - 1]
        return result

    def price_fx_e9(self, leg: i64) -> i64:
        """Spread currency per unit of the leg's currency in 1e-9, as the price uses it now."""
        return i64(int(self.definition.legs[leg].price_fx * self.live_rate(leg) * 1e9 + 0.5))

    def _value_of(self, direction: i64, ticks: vec[float], net: bool) -> float:
        """Value at one price per leg, in ticks; plus or minus NO_VALUE, never met, where the prices give none."""
        formula = self.definition.formula
        long: float = 0.0
        short: float = 0.0
        leg: i64 = 0
        while leg < self.leg_count:
            price: float = ticks[leg]
            if net:
                price = self._after_costs(leg, direction, price)
            weight: float = self.tick_weight[leg]
            if formula is not None:
                self.arguments[leg] = weight * price if weight > 0.0 else -weight * price
                if price <= 0.0:
                    return NO_VALUE * float(direction)
            elif weight > 0.0:
                long += weight * price
            else:
                short -= weight * price
            leg += 1
        if formula is not None:
            for number in formula.inputs:
                self.arguments[leg] = self.pricing_value[number]
                leg += 1
            value: float = formula.value(self.arguments)
            return NO_VALUE * float(direction) if formula.failed else value
        if self.form == DIFFERENCE:
            return long - short
        if long <= 0.0 or short <= 0.0:
            return NO_VALUE * float(direction)
        if self.form == PERCENT:
            is_long = self.tick_weight[self.definition.rule.reference_leg] > 0.0
            return 100.0 * (long - short) / (long if is_long else short)
        return long / short

    def _after_costs(self, leg: i64, direction: i64, ticks: float) -> float:
        """What a bought lot costs, or a sold one brings, after costs: as a price in ticks."""
        side = self.order_side(leg, direction)
        costs = self.definition.legs[leg].costs
        closing = direction == self.closing_direction
        tick_money = float(self.instruments[leg].tick_value_e4) / float(MONEY_SCALE)
        size = ticks if ticks > 0.0 else -ticks
        cost = size * cost_rate(costs, side, closing) + cost_per_lot(costs, side, closing) / tick_money
        return ticks + cost if side == BUY else ticks - cost

    def order_side(self, leg: i64, direction: i64) -> i64:
        """Side of the order that the leg needs when the spread is traded in `direction`."""
        return BUY if self.definition.legs[leg].side * direction > 0 else SELL

    def executable(self, direction: i64, lots: list[i64]) -> float:
        """Value at which the quantities trade now, sweeping each leg's visible depth (对价), in the trigger's form.

        The depth must hold the quantities (alignment has seen to it).
        """
        return self.executable_value(direction, lots, self.definition.rule.is_net)

    def executable_value(self, direction: i64, lots: list[i64], net: bool) -> float:
        """As `executable`, before or after costs."""
        leg: i64 = 0
        while leg < self.leg_count:
            side = self.order_side(leg, direction)
            self.buy_ticks[leg] = float(sweep_cost(self.books[leg], side, lots[leg])) / float(lots[leg])
            leg += 1
        return self._value_of(direction, self.buy_ticks, net)

    def value_at(self, direction: i64, average_ticks: list[float]) -> float:
        """Value of the spread traded at one price per leg, in ticks, as the trigger compares it."""
        for leg in range(len(average_ticks)):
            self.buy_ticks[leg] = average_ticks[leg]
        return self._value_of(direction, self.buy_ticks, self.definition.rule.is_net)

    def leg_value_e4(self, leg: i64, direction: i64, lots: i64) -> i64:
        """Value of `lots` of the leg at its best opposite price, in base currency; 0 without a price."""
        book = self.books[leg]
        price = book.best_ask() if self.order_side(leg, direction) == BUY else book.best_bid()
        if price == NO_PRICE:
            return 0
        return convert_e4(self.instruments[leg].notional_e4(price, lots), self.definition.legs[leg].fx_e8)


def _weight(leg: SpreadLeg, instruments: list[Instrument]) -> float:
    """Value of one tick in the spread's price, signed by the leg's side, with the constant part of its FX rate."""
    tick = instruments[int(leg.instrument_index)].price_of(1)
    return float(leg.side) * leg.multiplier * leg.unit_factor * leg.price_fx * tick
