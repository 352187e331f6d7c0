"""Quoting mode inside the machine: while a quote of ours rests, what it has filled is hedged in the same step.

Theory of operation. A spread order with quoting legs sends those legs as quotes (limit orders that rest) and nothing
else. Every fill opens a deficit on the other legs; it is hedged at once with what no live or possibly live order of the
leg can still fill, so hedges never exceed the deficit. The quote stays live meanwhile. It is cancelled when a hedge
falls short or is refused, when its own leg has to hedge another's fill, and at the end of its life; once that is
confirmed the repair ladder has the rest. To change a quote is to cancel it and to start another spread order.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.book import Book
from cross_market_connect.domain.numbers import NO_PRICE, NO_TIMER
from cross_market_connect.domain.spread import ROLE_HEDGE, ROLE_QUOTE
from cross_market_connect.trading.conditions import CONDITION_SNAPSHOT_PERIOD_NS, InstrumentConditions
from cross_market_connect.trading.orders import LEG_ORDERS_MAX, SpreadOrder
from cross_market_connect.trading.pricing import clip_to_band, sendable_lots, sweep_price
from cross_market_connect.trading.sending import Sender
from cross_market_connect.trading.states import is_leg_terminal

# How often a resting quote is asked for.
QUOTE_QUERY_NS: Final[i64] = 10_000_000_000
# So long before the first of the legs' markets closes a quote is cancelled: afterwards its venue may take no cancel.
QUOTE_MARGIN_NS: Final[i64] = 500_000_000
# Leg orders that are left to the ladder when fills in many small parts have used up the rest.
ORDERS_FOR_REPAIR: Final[i64] = 24


@final
class Hedging:
    """Hedges the fills of resting quotes.

    Attributes:
        conditions: by instrument, as the desk knows them.
    """

    def __init__(self, sender: Sender, books: list[Book]) -> None:
        self.sender: Sender = sender
        self.books: list[Book] = books
        self.conditions: list[InstrumentConditions] = []

    def quote(self, order: SpreadOrder) -> None:
        """Send the quoting legs, each a clip or its target."""
        for leg in range(len(order.targets)):
            if order.quoting[leg]:
                lots = order.targets[leg]
                if 0 < order.clip_lots < order.targets[0]:
                    lots = order.matched_lots(leg, order.clip_lots)
                instrument = self.sender.instruments[order.definition.legs[leg].instrument_index]
                lots = sendable_lots(instrument, lots)
                if lots > 0:
                    self.sender.send(order, leg, order.sides[leg], lots, order.limits[leg], ROLE_QUOTE, 0)

    def hedge(self, order: SpreadOrder) -> None:
        """Hedge what the quotes have filled, or cancel them where that goes wrong; keep the deadline."""
        self._set_deadline(order)
        for leg in range(len(order.targets)):
            if order.deficit_lots(leg) <= 0:
                continue
            if order.is_quote_live(leg):
                self._cancel_quotes(order, leg, "its leg has to hedge")
            elif self._fell_short(order, leg):
                self._cancel_quotes(order, -1, "a hedge fell short")
            elif len(order.leg_orders) >= LEG_ORDERS_MAX - ORDERS_FOR_REPAIR:
                self._cancel_quotes(order, -1, "too many hedges")
            else:
                self._hedge_leg(order, leg)
                if self._fell_short(order, leg):
                    # It was refused here, and no venue will say so.
                    self._cancel_quotes(order, -1, "a hedge fell short")

    def _hedge_leg(self, order: SpreadOrder, leg: i64) -> None:
        execution = order.definition.execution
        side = order.sides[leg]
        # What waited for the venue's window is decided anew, by what has filled meanwhile and at the price of now.
        order.drop_waiting(leg)
        if execution.waits_in_flight and order.live_lots(leg, side) > 0:
            return
        instrument_index = order.definition.legs[leg].instrument_index
        instrument = self.sender.instruments[instrument_index]
        lots = order.uncovered_lots(leg)
        if lots < execution.hedge_lots_min and order.is_any_quote_live():
            return
        lots = sendable_lots(instrument, lots)
        if lots > 0:
            price = clip_to_band(instrument, self.books[instrument_index], side, self._price(order, leg, lots))
            self.sender.send(order, leg, side, lots, price, ROLE_HEDGE, 0)

    def _price(self, order: SpreadOrder, leg: i64, lots: i64) -> i64:
        """The price that the quote counted on, beside the hedges that rest at it; or what the depth asks for now."""
        if order.definition.execution.keeps_queue_price:
            return order.limits[leg]
        side = order.sides[leg]
        price = sweep_price(self.books[order.definition.legs[leg].instrument_index], side, lots)
        return order.limits[leg] if price == NO_PRICE else price + side * order.definition.legs[leg].payup_ticks

    def _fell_short(self, order: SpreadOrder, leg: i64) -> bool:
        """Whether a hedge of the leg ended without its whole quantity: the ladder is for that, and needs no quote."""
        for leg_order in order.leg_orders:
            if leg_order.leg == leg and leg_order.role == ROLE_HEDGE and is_leg_terminal(leg_order.state):
                if leg_order.cumulative_lots < leg_order.command.quantity_lots:
                    return True
        return False

    def _cancel_quotes(self, order: SpreadOrder, leg: i64, reason: str) -> None:
        """Cancel the leg's quotes, or every leg's for -1; what waits to be quoted is not quoted any more."""
        order.waiting = [part for part in order.waiting if part.role != ROLE_QUOTE or 0 <= leg != part.leg]
        for leg_order in order.leg_orders:
            if leg_order.role == ROLE_QUOTE and not is_leg_terminal(leg_order.state):
                if leg < 0 or leg_order.leg == leg:
                    self.sender.cancel(order, leg_order, reason)

    def _set_deadline(self, order: SpreadOrder) -> None:
        """A balanced quote lives as long as its life; an unbalanced one has the spread's deadline from its fill on."""
        now_ns = self.sender.step.now_ns
        repaired_by_ns = now_ns + order.definition.deadline_ns
        if order.is_balanced():
            if not order.quote_ended:
                order.deadline_ns = self.life_ends_ns(order)
        elif order.deadline_ns > repaired_by_ns:
            order.deadline_ns = repaired_by_ns

    def life_ends_ns(self, order: SpreadOrder) -> i64:
        """When the order's quotes are cancelled even if nothing went wrong: none outlives the hours in which every leg
        trades."""
        life_ns = order.definition.execution.quote_life_ns
        ends_ns = order.created_ns + (life_ns if life_ns > 0 else order.definition.deadline_ns)
        for leg in order.definition.legs:
            closes_ns = self.sender.phases.closes_ns(leg.instrument_index)
            if closes_ns - QUOTE_MARGIN_NS < ends_ns:
                ends_ns = closes_ns - QUOTE_MARGIN_NS
        return ends_ns

    def end_life(self, order: SpreadOrder, reason: str) -> bool:
        """Cancel what rests and give the order its time to end; false when that was done before."""
        if order.quote_ended or not order.is_any_quote_live():
            return False
        order.quote_ended = True
        order.deadline_ns = self.sender.step.now_ns + order.definition.deadline_ns
        self._cancel_quotes(order, -1, reason)
        return True

    def stale_ns(self, order: SpreadOrder) -> i64:
        """When the first of the legs' books is too old for a spread to quote on; a person's quote has no such rule."""
        earliest = NO_TIMER
        if order.definition.execution.quoting is None:
            return earliest
        for leg in order.definition.legs:
            due = self.books[leg.instrument_index].came_ns() + leg.quote_age_ns_max + 1
            due -= self.conditions[leg.instrument_index].values[CONDITION_SNAPSHOT_PERIOD_NS]
            if due < earliest:
                earliest = due
        return earliest
