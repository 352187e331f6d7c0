"""When a spread order is wanted, and the gates that may forbid it.

`TriggerState.wanted` is the hot question, asked for every quote that touches the spread: is a threshold crossed at the
best prices, in which direction, to open or to close. Only then are the gates asked. A gate blocks with a reason that is
recorded once per episode; a gate that stops opening lets exits through unless the exit itself is impossible.
"""

from __future__ import annotations

from typing import Final, final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.book import BOOK_LIVE
from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND
from cross_market_connect.domain.ports import OrderRoutes, SessionHours
from cross_market_connect.domain.spread import BUY_SPREAD, SELL_SPREAD
from cross_market_connect.trading.valuation import SpreadValuation

# Pause after a spread order that did not complete because a leg was refused; doubles with every one in a row.
FAILURE_PAUSE_NS: Final[i64] = 100_000_000
FAILURE_DOUBLINGS_MAX: Final[i64] = 9

NOT_WANTED: Final[i64] = 0
OPEN_BUY: Final[i64] = 1
OPEN_SELL: Final[i64] = 2
CLOSE_BUY: Final[i64] = 3
CLOSE_SELL: Final[i64] = 4

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
GATE_NAMES: Final[tuple[str, ...]] = (
    "none",
    "book_not_live",
    "crossed",
    "quote_age",
    "skew",
    "session_closed",
    "near_close",
    "route_down",
    "cool_down",
    "trigger_rate",
    "stopping",
    "alignment",
    "executable_value",
    "limit",
    "durability",
    "cancel_only",
    "blocked",
)
# One bit per gate, from a table: a compiled `1 << gate` would be a shift in 32 bits.
_GATE_BITS: Final[list[int]] = [1 << gate for gate in range(len(GATE_NAMES))]


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


@final
class TriggerState:
    """One spread's trigger: thresholds, persistence, cool-down, rate, and the position it opens and closes.

    Attributes:
        position_lots: signed lots per leg held by this spread.
        open_orders: spread orders under way; the trigger waits for them.
        crossed_since_ns: since when the wanted action has been wanted without a break; 0 when it is not.
        cool_down_until_ns: no opening before it; pause_until_ns: nothing before it, after an order that was refused.
        gate: the gate that blocks now, for the page.
        episode: the wanted action that began this episode; it ends when another is wanted, or none at live prices.
        logged_gates: one bit per gate recorded in this episode; a gate that comes and goes is recorded once.
    """

    def __init__(self, valuation: SpreadValuation, hours: list[SessionHours]) -> None:
        self.valuation: SpreadValuation = valuation
        self.hours: list[SessionHours] = hours
        self.position_lots: list[i64] = [0 for _ in range(valuation.leg_count)]
        self.open_orders: i64 = 0
        self.last_wanted: i64 = NOT_WANTED
        self.crossed_since_ns: i64 = 0
        self.cool_down_until_ns: i64 = 0
        self.pause_until_ns: i64 = 0
        self.failures: i64 = 0
        self.armed_buy: bool = True
        self.armed_sell: bool = True
        rate: i64 = valuation.definition.rule.triggers_per_minute_max
        self.fired_ns: vec[i64] = vec[i64]([-61 * NANOSECONDS_PER_SECOND for _ in range(rate)])
        self.fired_next: i64 = 0
        self.gate: i64 = GATE_NONE
        self.episode: i64 = NOT_WANTED
        self.logged_gates: i64 = 0
        self.result: GateResult = GateResult()

    def wanted(self) -> i64:
        """The action that the value at the best prices asks for; the valuation must be current."""
        valuation = self.valuation
        rule = valuation.definition.rule
        buy = valuation.buy_value
        sell = valuation.sell_value
        if not self.armed_buy and buy >= rule.buy_enter + rule.hysteresis:
            self.armed_buy = True
        if not self.armed_sell and sell <= rule.sell_enter - rule.hysteresis:
            self.armed_sell = True
        position = self.position_lots[0] * valuation.definition.legs[0].side
        largest = valuation.definition.position_lots_max
        if position > 0 and sell >= rule.buy_exit:
            return CLOSE_SELL
        if position < 0 and buy <= rule.sell_exit:
            return CLOSE_BUY
        if position >= 0 and position < largest and self.armed_buy and buy <= rule.buy_enter:
            return OPEN_BUY
        if position <= 0 and -position < largest and self.armed_sell and sell >= rule.sell_enter:
            return OPEN_SELL
        return NOT_WANTED

    def threshold(self, wanted: i64) -> float:
        """The threshold that the action compares with."""
        rule = self.valuation.definition.rule
        if wanted == OPEN_BUY:
            return rule.buy_enter
        if wanted == OPEN_SELL:
            return rule.sell_enter
        return rule.sell_exit if wanted == CLOSE_BUY else rule.buy_exit

    def satisfies(self, wanted: i64, value: float) -> bool:
        """Whether the executable value still meets the action's threshold."""
        if direction_of(wanted) == BUY_SPREAD:
            return value <= self.threshold(wanted)
        return value >= self.threshold(wanted)

    def check_gates(self, wanted: i64, now_ns: i64, utc_ns: i64, routes: OrderRoutes) -> i64:
        """First gate that blocks the action, or GATE_NONE; `result` holds what was observed."""
        opening = is_opening(wanted)
        rule = self.valuation.definition.rule
        oldest: i64 = now_ns
        newest: i64 = 0
        leg: i64 = 0
        while leg < self.valuation.leg_count:
            gate = self._check_leg(leg, opening, now_ns, utc_ns, routes)
            if gate != GATE_NONE:
                return gate
            received = self.valuation.books[leg].received_ns
            if received < oldest:
                oldest = received
            if received > newest:
                newest = received
            leg += 1
        result = self.result
        if newest - oldest > rule.skew_ns_max:
            return result.set(GATE_SKEW, -1, newest - oldest, rule.skew_ns_max)
        until = self.pause_until_ns
        if opening and self.cool_down_until_ns > until:
            until = self.cool_down_until_ns
        if now_ns < until:
            return result.set(GATE_COOL_DOWN, -1, until - now_ns, 0)
        if opening:
            window = now_ns - self.fired_ns[self.fired_next]
            if window < 60 * NANOSECONDS_PER_SECOND:
                return result.set(GATE_RATE, -1, rule.triggers_per_minute_max + 1, rule.triggers_per_minute_max)
        return result.set(GATE_NONE, -1, 0, 0)

    def _check_leg(self, leg: i64, opening: bool, now_ns: i64, utc_ns: i64, routes: OrderRoutes) -> i64:
        valuation = self.valuation
        definition = valuation.definition.legs[leg]
        book = valuation.books[leg]
        instrument = book.instrument_index
        result = self.result
        if book.state != BOOK_LIVE:
            return result.set(GATE_BOOK, instrument, book.state, BOOK_LIVE)
        if book.best_bid() >= book.best_ask():
            return result.set(GATE_CROSSED, instrument, book.best_bid(), book.best_ask())
        age = now_ns - book.received_ns
        if age > definition.quote_age_ns_max:
            return result.set(GATE_AGE, instrument, age, definition.quote_age_ns_max)
        if not self.hours[leg].is_open(utc_ns):
            return result.set(GATE_SESSION, instrument, 0, 0)
        if opening:
            margin = valuation.definition.rule.closing_margin_ns
            left = self.hours[leg].close_utc_ns(utc_ns) - utc_ns
            if left < margin:
                return result.set(GATE_NEAR_CLOSE, instrument, left, margin)
        if not routes.is_up(definition.route):
            return result.set(GATE_ROUTE, instrument, 0, 1)
        return GATE_NONE

    def wants(self, wanted: i64, now_ns: i64) -> None:
        """Note what is wanted now: persistence counts from its start, and another action is another episode."""
        if wanted != self.last_wanted:
            self.last_wanted = wanted
            self.crossed_since_ns = now_ns
            self.gate = GATE_NONE
        if wanted != self.episode:
            self.episode = wanted
            self.logged_gates = 0

    def has_blocked(self, gate: i64) -> bool:
        """Whether the gate has blocked in this episode."""
        return self.logged_gates & i64(_GATE_BITS[gate]) != 0

    def first_of_episode(self, gate: i64) -> bool:
        """Whether the gate blocks for the first time in this episode; noted."""
        first = not self.has_blocked(gate)
        self.logged_gates |= i64(_GATE_BITS[gate])
        return first

    def ended(self, failed: bool, now_ns: i64) -> None:
        """A spread order ended: cool-down, and after refusals in a row a pause that doubles up to a bound."""
        rule = self.valuation.definition.rule
        self.cool_down_until_ns = now_ns + rule.cool_down_ns
        self.failures = self.failures + 1 if failed else 0
        if failed:
            self.pause_until_ns = now_ns + self._pause_ns()

    def _pause_ns(self) -> i64:
        """Length of the pause after the last of the failures in a row."""
        doublings = self.failures - 1 if self.failures <= FAILURE_DOUBLINGS_MAX else FAILURE_DOUBLINGS_MAX
        # Not a shift: a constant is compiled to a C literal, and shifted in 32 bits.
        pause_ns: i64 = FAILURE_PAUSE_NS
        for _ in range(doublings):
            pause_ns *= 2
        return pause_ns

    def begin_again(self, now_ns: i64) -> None:
        """After a restart: armed as at first; pauses and the rate hold, no longer than if they began now."""
        self.armed_buy = True
        self.armed_sell = True
        self.cool_down_until_ns = min(self.cool_down_until_ns, now_ns + self.valuation.definition.rule.cool_down_ns)
        self.pause_until_ns = min(self.pause_until_ns, now_ns + self._pause_ns())
        for at in range(len(self.fired_ns)):
            if self.fired_ns[at] > now_ns:
                self.fired_ns[at] = now_ns

    def fired(self, wanted: i64, now_ns: i64) -> None:
        """Note that the action was taken: rate, hysteresis, persistence start anew."""
        if is_opening(wanted):
            self.fired_ns[self.fired_next] = now_ns
            self.fired_next = (self.fired_next + 1) % i64(len(self.fired_ns))
        if self.valuation.definition.rule.hysteresis > 0.0:
            if wanted == OPEN_BUY:
                self.armed_buy = False
            elif wanted == OPEN_SELL:
                self.armed_sell = False
        self.crossed_since_ns = 0
        self.last_wanted = NOT_WANTED


def direction_of(wanted: i64) -> i64:
    """BUY_SPREAD or SELL_SPREAD."""
    return BUY_SPREAD if wanted == OPEN_BUY or wanted == CLOSE_BUY else SELL_SPREAD


def is_opening(wanted: i64) -> bool:
    """Whether the action opens a spread position."""
    return wanted == OPEN_BUY or wanted == OPEN_SELL
