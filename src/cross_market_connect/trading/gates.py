"""The gates that may forbid a wanted spread order, and the questions about markets that answer them.

A gate that stops opening lets exits through, unless the exit itself is impossible. A gate blocks with a reason that is
recorded once per episode (`TriggerState`). The gates of pace (cool-down, rate) and of quantity (alignment, value,
limits) are asked by the trigger and by the desk; everything about a leg's market is asked here, and only when a
threshold is crossed.
"""

from __future__ import annotations

from typing import Final, final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.book import BOOK_LIVE, BOOK_SUSPECT, Book
from cross_market_connect.domain.order import BUY
from cross_market_connect.domain.ports import OrderRoutes, SessionHours
from cross_market_connect.trading.conditions import (
    CONDITION_CORPORATE_ACTION,
    CONDITION_DAYS_TO_FIRST_NOTICE,
    CONDITION_DAYS_TO_LAST_TRADING,
    CONDITION_LOCKED_SIDE,
    CONDITION_PHASE,
    CONDITION_SKEW_UNCERTAINTY_NS,
    CONDITION_SNAPSHOT_PERIOD_NS,
    PHASE_CONTINUOUS,
    PHASE_HALTED,
    PHASE_SUSPENDED,
    InstrumentConditions,
)
from cross_market_connect.trading.valuation import SpreadValuation

GATE_NONE: Final[i64] = 0
GATE_BOOK: Final[i64] = 1
GATE_CROSSED: Final[i64] = 2
GATE_AGE: Final[i64] = 3
GATE_SKEW: Final[i64] = 4
GATE_SESSION: Final[i64] = 5
GATE_NEAR_CLOSE: Final[i64] = 6
GATE_ROUTE: Final[i64] = 7
GATE_COOL_DOWN: Final[i64] = 8
GATE_RATE: Final[i64] = 9
GATE_STOPPING: Final[i64] = 10
GATE_ALIGNMENT: Final[i64] = 11
GATE_EXECUTABLE: Final[i64] = 12
GATE_LIMIT: Final[i64] = 13
GATE_DURABILITY: Final[i64] = 14
GATE_CANCEL_ONLY: Final[i64] = 15
GATE_BLOCKED: Final[i64] = 16
GATE_SUSPECT: Final[i64] = 17
GATE_ONE_SIDED: Final[i64] = 18
GATE_PHASE: Final[i64] = 19
GATE_HALTED: Final[i64] = 20
GATE_LIMIT_LOCKED: Final[i64] = 21
GATE_LAST_TRADING: Final[i64] = 22
GATE_FIRST_NOTICE: Final[i64] = 23
GATE_CORPORATE_ACTION: Final[i64] = 24
GATE_BORROW: Final[i64] = 25
GATE_INVENTORY: Final[i64] = 26
GATE_QUOTA: Final[i64] = 27
GATE_CLOCK_STEP: Final[i64] = 28
GATE_IRREVERSIBLE: Final[i64] = 29
GATE_EXIT_TIME: Final[i64] = 30
GATE_PAUSED: Final[i64] = 31

LETS_EXIT: Final[i64] = 0
BLOCKS_EXIT: Final[i64] = 1
BLOCKS_IMPOSSIBLE_EXIT: Final[i64] = 2

# gate, by GATE_*: (name, what it does to exits, why). Every gate but the first blocks opening.
GATES: Final[tuple[tuple[str, int, str], ...]] = (
    ("none", 0, "nothing blocks"),
    ("book_not_live", 1, "empty, building, stale or closed: what an order would trade at is not known"),
    ("crossed", 1, "bid at or above ask: the book is wrong or in transition"),
    ("quote_age", 1, "the price is older than the leg allows, the feed's snapshot period included"),
    ("skew", 1, "the legs' quotes are of different moments: their difference is no price"),
    ("session_closed", 1, "nothing can be traded on a leg"),
    ("near_close", 2, "too little time to repair an opening, or to cancel a quote; an exit that takes can trade"),
    ("route_down", 1, "nothing can be sent on a leg"),
    ("cool_down", 0, "pause after a spread order; the pause after refusals in a row holds exits too"),
    ("trigger_rate", 0, "openings per interval are used up; exits end exposure and do not count"),
    ("stopping", 0, "nothing new while the engine stops; positions may still be closed by it"),
    ("alignment", 1, "no whole quantity fits: depth, inventory, venue's sizes"),
    ("executable_value", 1, "through the depth the quantity does not meet the threshold"),
    ("limit", 1, "refused by a limit: final until the threshold is left"),
    ("durability", 0, "what cannot be recorded for sure is not begun; ending exposure outranks it"),
    ("cancel_only", 1, "the engine sends nothing new until a person allows it"),
    ("blocked", 0, "venue and engine disagree on this account and instrument: nothing is opened there"),
    ("book_suspect", 1, "a gap in the feed is under repair: the book may be wrong"),
    ("one_sided", 1, "a side of a book is empty: there is no price or no way back"),
    ("not_continuous", 1, "auction, break or closed by the venue's own word: orders do not match now"),
    ("halted", 1, "the venue has halted or suspended the instrument"),
    ("limit_locked", 2, "at its price limit: no counterparty one way, so no opening; an exit the other way can trade"),
    ("last_trading_day", 0, "too near to the contract's end to open"),
    ("first_notice_day", 0, "too near to delivery to open"),
    ("corporate_action", 0, "the basis jumped by an event that is not processed: no signal; what is held may be left"),
    ("no_borrow", 0, "a sale to open finds neither inventory nor borrow"),
    ("no_inventory", 2, "nothing that is held may be sold today (T+1)"),
    ("quota_exhausted", 2, "the venue takes no more purchases today; sales go on"),
    ("clock_step", 2, "the clock was set after the quote came; and nothing is opened until it runs evenly again"),
    ("irreversible", 0, "a leg cannot be undone, cannot go last and no budget covers it"),
    ("exit_time", 0, "positions are being closed by the clock: opening would undo it"),
    ("paused", 0, "a person has paused the spread; it opens and quotes nothing until a person enables it"),
)
GATE_NAMES: Final[tuple[str, ...]] = tuple(row[0] for row in GATES)


@final
class GateResult:
    """Why a trigger may not fire: the gate, the instrument it is about (-1: none), what was observed, the limit."""

    def __init__(self) -> None:
        self.gate: i64 = GATE_NONE
        self.instrument_index: i64 = -1
        self.observed: i64 = 0
        self.limit: i64 = 0

    def set(self, gate: i64, instrument_index: i64, observed: i64, limit: i64) -> i64:
        """Fill in and return the gate."""
        self.gate = gate
        self.instrument_index = instrument_index
        self.observed = observed
        self.limit = limit
        return gate


def book_gate(valuation: SpreadValuation, result: GateResult) -> i64:
    """Why the spread has no value: the first book that is not live, or lacks a side; GATE_NONE when all have both."""
    for book in valuation.books:
        gate = _book_gate(book, result)
        if gate != GATE_NONE:
            return gate
    for book in valuation.pricing_books:
        gate = _book_gate(book, result)
        if gate != GATE_NONE:
            return gate
    return result.set(GATE_NONE, -1, 0, 0)


def _book_gate(book: Book, result: GateResult) -> i64:
    instrument = book.instrument_index
    if book.state == BOOK_SUSPECT:
        return result.set(GATE_SUSPECT, instrument, book.state, BOOK_LIVE)
    if book.state != BOOK_LIVE:
        return result.set(GATE_BOOK, instrument, book.state, BOOK_LIVE)
    if book.bids.depth == 0 or book.asks.depth == 0:
        return result.set(GATE_ONE_SIDED, instrument, book.bids.depth, book.asks.depth)
    return GATE_NONE


@final
class MarketGates:
    """Asks about every leg's market.

    Attributes:
        conditions: by instrument.
        clock_step_ns: when the clock was last found set; quotes that came no later do not trade. -1: never.
    """

    def __init__(self, routes: OrderRoutes, conditions: list[InstrumentConditions]) -> None:
        self.routes: OrderRoutes = routes
        self.conditions: list[InstrumentConditions] = conditions
        self.clock_step_ns: i64 = -1

    def check(
        self,
        valuation: SpreadValuation,
        hours: list[SessionHours],
        direction: i64,
        opening: bool,
        now_ns: i64,
        utc_ns: i64,
        result: GateResult,
    ) -> i64:
        """First gate of any leg's market that blocks the action, or GATE_NONE; `result` holds what was observed."""
        earliest: i64 = now_ns
        latest: i64 = 0
        leg: i64 = 0
        while leg < valuation.leg_count:
            gate = self._check_quote(valuation, leg, now_ns, result)
            if gate == GATE_NONE:
                gate = self._check_market(valuation, hours[leg], leg, direction, opening, utc_ns, result)
            if gate == GATE_NONE and opening:
                gate = self._check_opening(valuation, leg, direction, result)
            if gate != GATE_NONE:
                return gate
            book = valuation.books[leg]
            uncertainty = self.conditions[book.instrument_index].values[CONDITION_SKEW_UNCERTAINTY_NS]
            earliest = min(earliest, book.event_from_ns() - uncertainty)
            latest = max(latest, book.event_until_ns() + uncertainty)
            leg += 1
        if opening and self._check_overlap(valuation, hours, utc_ns, result) != GATE_NONE:
            return result.gate
        skew_max = valuation.definition.rule.skew_ns_max
        if latest - earliest > skew_max:
            return result.set(GATE_SKEW, -1, latest - earliest, skew_max)
        if valuation.pricing_count > 0:
            return self._check_pricing(valuation, hours, opening, now_ns, utc_ns, result)
        return result.set(GATE_NONE, -1, 0, 0)

    def _check_pricing(
        self,
        valuation: SpreadValuation,
        hours: list[SessionHours],
        opening: bool,
        now_ns: i64,
        utc_ns: i64,
        result: GateResult,
    ) -> i64:
        """Whether what only prices is fresh; its hours stand after those of the legs."""
        at: i64 = 0
        while at < valuation.pricing_count:
            pricing = valuation.definition.pricing_legs[at]
            gate = self._check_book(valuation.pricing_books[at], pricing.quote_age_ns_max, now_ns, result)
            if gate != GATE_NONE:
                return gate
            if opening and pricing.weekend_gate and not hours[valuation.leg_count + at].is_open(utc_ns):
                return result.set(GATE_SESSION, pricing.instrument_index, 0, 0)
            at += 1
        return result.set(GATE_NONE, -1, 0, 0)

    def _check_quote(self, valuation: SpreadValuation, leg: i64, now_ns: i64, result: GateResult) -> i64:
        """Whether the leg's quote says what an order would trade at now."""
        book = valuation.books[leg]
        gate = self._check_book(book, valuation.definition.legs[leg].quote_age_ns_max, now_ns, result)
        if gate == GATE_NONE and book.best_bid() == book.best_ask():
            return result.set(GATE_CROSSED, book.instrument_index, book.best_bid(), book.best_ask())
        return gate

    def _check_book(self, book: Book, age_max: i64, now_ns: i64, result: GateResult) -> i64:
        """Whether the book is whole, not crossed and no older than `age_max`; an index is quoted at one price."""
        gate = _book_gate(book, result)
        if gate != GATE_NONE:
            return gate
        instrument = book.instrument_index
        if book.best_bid() > book.best_ask():
            return result.set(GATE_CROSSED, instrument, book.best_bid(), book.best_ask())
        age = now_ns - book.came_ns() + self.conditions[instrument].values[CONDITION_SNAPSHOT_PERIOD_NS]
        if age > age_max:
            return result.set(GATE_AGE, instrument, age, age_max)
        if book.received_ns <= self.clock_step_ns:
            return result.set(GATE_CLOCK_STEP, instrument, book.received_ns, self.clock_step_ns)
        return GATE_NONE

    def _check_market(
        self,
        valuation: SpreadValuation,
        hours: SessionHours,
        leg: i64,
        direction: i64,
        opening: bool,
        utc_ns: i64,
        result: GateResult,
    ) -> i64:
        """Whether an order of the leg could trade at all: what blocks exits too."""
        definition = valuation.definition.legs[leg]
        instrument = definition.instrument_index
        conditions = self.conditions[instrument]
        phase = conditions.values[CONDITION_PHASE]
        if phase != PHASE_CONTINUOUS:
            gate = GATE_HALTED if phase == PHASE_HALTED or phase == PHASE_SUSPENDED else GATE_PHASE
            return result.set(gate, instrument, phase, PHASE_CONTINUOUS)
        if not hours.is_open(utc_ns):
            return result.set(GATE_SESSION, instrument, 0, 0)
        side = valuation.order_side(leg, direction)
        locked = conditions.values[CONDITION_LOCKED_SIDE]
        if locked == side or (opening and locked != 0):
            return result.set(GATE_LIMIT_LOCKED, instrument, locked, 0)
        if not opening and conditions.closable_lots(side) <= 0:
            return result.set(GATE_QUOTA if side == BUY else GATE_INVENTORY, instrument, 0, 1)
        if not (self.routes.may_open(definition.route) if opening else self.routes.is_up(definition.route)):
            return result.set(GATE_ROUTE, instrument, 0, 1)
        return GATE_NONE

    def _check_overlap(
        self, valuation: SpreadValuation, hours: list[SessionHours], utc_ns: i64, result: GateResult
    ) -> i64:
        """Whether the hours in which every leg trades as it comes last as long as the rule wants."""
        definition = valuation.definition
        margin = definition.rule.closing_margin_ns
        if margin > 0:
            leg = first_to_close(hours, valuation.leg_count, utc_ns)
            left = hours[leg].close_utc_ns(utc_ns) - utc_ns
            if left < margin:
                return result.set(GATE_NEAR_CLOSE, definition.legs[leg].instrument_index, left, margin)
        return result.set(GATE_NONE, -1, 0, 0)

    def _check_opening(self, valuation: SpreadValuation, leg: i64, direction: i64, result: GateResult) -> i64:
        """Whether the leg may be opened: what lets exits through."""
        rule = valuation.definition.rule
        instrument = valuation.definition.legs[leg].instrument_index
        conditions = self.conditions[instrument]
        days = conditions.values[CONDITION_DAYS_TO_LAST_TRADING]
        if days < rule.last_trading_days_min:
            return result.set(GATE_LAST_TRADING, instrument, days, rule.last_trading_days_min)
        days = conditions.values[CONDITION_DAYS_TO_FIRST_NOTICE]
        if days < rule.first_notice_days_min:
            return result.set(GATE_FIRST_NOTICE, instrument, days, rule.first_notice_days_min)
        if conditions.values[CONDITION_CORPORATE_ACTION] != 0:
            return result.set(GATE_CORPORATE_ACTION, instrument, 1, 0)
        side = valuation.order_side(leg, direction)
        if conditions.openable_lots(side) <= 0:
            return result.set(GATE_QUOTA if side == BUY else GATE_BORROW, instrument, 0, 1)
        return GATE_NONE


def first_to_close(hours: list[SessionHours], legs: i64, utc_ns: i64) -> i64:
    """The leg whose continuous trading ends first: the hours that all of them share end with it.

    Args:
        hours: those of the legs, which stand before those of what only prices; all are open.
    """
    first: i64 = 0
    leg: i64 = 1
    while leg < legs:
        if hours[leg].close_utc_ns(utc_ns) < hours[first].close_utc_ns(utc_ns):
            first = leg
        leg += 1
    return first


# One bit per gate, from a table: a compiled `1 << gate` would be a shift in 32 bits.
GATE_BITS: Final[vec[i64]] = vec[i64]([1 << gate for gate in range(len(GATES))])
