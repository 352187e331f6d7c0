"""What the markets around a spread order allow at one moment: hours, halts, locked limits, inventory, other ways."""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.book import BOOK_LIVE, Book
from cross_market_connect.domain.execution import CLOSED_HOLD, CLOSED_PERSON, Alternative
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.numbers import NO_PRICE
from cross_market_connect.domain.order import BUY, REJECT_LIMIT_LOCKED
from cross_market_connect.domain.ports import OrderRoutes
from cross_market_connect.domain.step import Step
from cross_market_connect.trading.conditions import (
    CONDITION_PHASE,
    PHASE_CONTINUOUS,
    InstrumentConditions,
    is_locked,
)
from cross_market_connect.trading.ladder import (
    WAIT_NS_MAX,
    Prospects,
    deficit_class,
    ends_in_unwind,
    permits_alternative,
)
from cross_market_connect.trading.orders import SpreadOrder
from cross_market_connect.trading.pricing import book_is_locked
from cross_market_connect.trading.states import HALT_MARKET_CLOSED
from cross_market_connect.trading.venue_phases import VenuePhases

# What a look around, or a climb, comes to; a positive number is a halt reason.
SENT: Final[i64] = 0
WAITING: Final[i64] = -1


@final
class Surroundings:
    """Looks at the markets for the ladder.

    Attributes:
        phases: trading phases. conditions: what the market allows, per instrument.
        instruments: with the day's price limits.
        prospects: what the last look found.
    """

    def __init__(self, step: Step, routes: OrderRoutes, books: list[Book], phases: VenuePhases) -> None:
        self.step: Step = step
        self.routes: OrderRoutes = routes
        self.books: list[Book] = books
        self.phases: VenuePhases = phases
        self.conditions: list[InstrumentConditions] = []
        self.instruments: list[Instrument] = []
        self.prospects: Prospects = Prospects(True, False, True)

    def look_around(self, order: SpreadOrder) -> i64:
        """Fill in the prospects; WAITING or a halt reason when a closed market decides already."""
        prospects = self.prospects
        prospects.re_orders = True
        prospects.alternative = False
        prospects.unwind = True
        prospects.stuck = []
        policy = order.definition.execution.closed_policy
        for leg in range(len(order.targets)):
            definition = order.definition.legs[leg]
            if order.deficit_lots(leg) > 0:
                if self.alternative(order, leg) is not None:
                    prospects.alternative = True
                if not self.routes.is_up(definition.route):
                    prospects.re_orders = False
                if not self.is_open(definition.instrument_index):
                    if policy == CLOSED_PERSON:
                        return HALT_MARKET_CLOSED
                    if policy == CLOSED_HOLD and self.holds(order, definition.instrument_index):
                        order.reopened[leg] = True
                        return WAITING
                    prospects.re_orders = False
                if self.is_locked(definition.instrument_index, order.sides[leg]):
                    prospects.re_orders = False
            if order.excess_lots(leg) != 0 and not self.can_trade_back(order, leg):
                prospects.stuck.append(leg)
        return SENT

    def can_trade_back(self, order: SpreadOrder, leg: i64) -> bool:
        """Whether the leg's excess can be traded back at all: its market opens in time, and what was bought today may
        be sold today. A market locked at its limit may unlock: that is waited for unless the ladder knows better."""
        instrument_index = order.definition.legs[leg].instrument_index
        if not self.is_open(instrument_index) and self.phases.reopens_ns(instrument_index) >= order.deadline_ns:
            return False
        excess = order.excess_lots(leg)
        side = -order.sides[leg] if excess > 0 else order.sides[leg]
        if self.is_locked(instrument_index, side) and not ends_in_unwind(order.definition.ladder):
            return False
        return self.back_lots(order, instrument_index, side, excess if excess > 0 else -excess) > 0

    def back_lots(self, order: SpreadOrder, instrument_index: i64, side: i64, lots: i64) -> i64:
        """How many of the lots may be traded back: a sale is bounded by what may be sold today (T+1), or by borrow."""
        if side == BUY:
            return lots
        conditions = self.conditions[instrument_index]
        most = conditions.closable_lots(side) if order.opening else conditions.openable_lots(side)
        return lots if lots < most else most

    def is_open(self, instrument_index: i64) -> bool:
        if self.conditions[instrument_index].values[CONDITION_PHASE] != PHASE_CONTINUOUS:
            return False
        return self.phases.is_open(instrument_index)

    def is_locked(self, instrument_index: i64, side: i64) -> bool:
        """Locked at the price limit, by the venue's word or by the book's look."""
        if is_locked(self.conditions[instrument_index], side):
            return True
        return book_is_locked(self.instruments[instrument_index], self.books[instrument_index], side)

    def holds(self, order: SpreadOrder, instrument_index: i64) -> bool:
        """Wait for the reopening when it comes before the spread order's deadline."""
        due_ns = self.phases.reopens_ns(instrument_index)
        if due_ns <= self.step.now_ns:
            # Its time has come and it is closed still: looked at again in a moment.
            due_ns = self.step.now_ns + WAIT_NS_MAX
        if due_ns >= order.deadline_ns:
            return False
        order.resume_ns = due_ns
        order.awaits_quote = False
        return True

    def must_wait_to_unwind(self, order: SpreadOrder) -> bool:
        """Whether a leg that is ahead cannot be traded back now, but will be: its route is down, its market closed."""
        for leg in range(len(order.targets)):
            if order.excess_lots(leg) == 0:
                continue
            definition = order.definition.legs[leg]
            if not self.routes.is_up(definition.route):
                return True
            if not self.is_open(definition.instrument_index) and self.holds(order, definition.instrument_index):
                return True
        return False

    def alternative(self, order: SpreadOrder, leg: i64) -> Alternative | None:
        """The leg's next other way: its class permits it, its route is up, its market open; by turns from attempt to
        attempt."""
        ways = order.definition.execution.legs[leg].alternatives
        count: i64 = len(ways)
        reject_class = deficit_class(order, leg)
        if self.is_locked(order.definition.legs[leg].instrument_index, order.sides[leg]):
            reject_class = REJECT_LIMIT_LOCKED
        for position in range(count):
            way = ways[(order.step_attempts + position) % count]
            is_substitute = way.instrument_index != order.definition.legs[leg].instrument_index
            if permits_alternative(reject_class, is_substitute) and self.routes.is_up(way.route):
                if self.is_open(way.instrument_index) and self.quotes_live(way.instrument_index):
                    if not self.is_locked(way.instrument_index, order.sides[leg]):
                        return way
        return None

    def quotes_live(self, instrument_index: i64) -> bool:
        book = self.books[instrument_index]
        return book.state == BOOK_LIVE and book.best_bid() != NO_PRICE and book.best_ask() != NO_PRICE
