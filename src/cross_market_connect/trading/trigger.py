"""When a spread order is wanted: thresholds, forced exits, and the pace at which a spread may trade.

`TriggerState.wanted` is the hot question, asked for every quote that touches the spread: is a threshold crossed at the
best prices, in which direction, to open or to close; and must a position be left, by a stop-loss, by the clock or for
its age. Only then are the gates asked (gates.py). An episode lasts while the same action is wanted; a gate that blocks
is recorded once in it.
"""

from __future__ import annotations

from typing import Final, final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.book import BOOK_LIVE, Book
from cross_market_connect.domain.numbers import NO_PRICE, NO_TIMER, doubled
from cross_market_connect.domain.ports import SessionHours
from cross_market_connect.domain.spread import BUY_SPREAD, SELL_SPREAD, TriggerRule
from cross_market_connect.trading.gates import (
    GATE_BITS,
    GATE_COOL_DOWN,
    GATE_EXIT_TIME,
    GATE_LIMIT,
    GATE_NONE,
    GATE_RATE,
    GateResult,
)
from cross_market_connect.trading.position import SpreadPosition
from cross_market_connect.trading.valuation import SpreadValuation

# Times of day of a rule are those of China and Hong Kong, which are the same all year.
_UTC_OFFSET_NS: Final[i64] = 28_800 * 1_000_000_000
_DAY_NS: Final[i64] = 86_400 * 1_000_000_000

# Pause after a spread order that did not complete because a leg was refused; doubles with every one in a row.
FAILURE_PAUSE_NS: Final[i64] = 100_000_000
FAILURE_DOUBLINGS_MAX: Final[i64] = 9

# How long an exit that a limit has refused waits before it is tried again.
EXIT_RETRY_NS: Final[i64] = 1_000_000_000

NOT_WANTED: Final[i64] = 0
OPEN_BUY: Final[i64] = 1
OPEN_SELL: Final[i64] = 2
CLOSE_BUY: Final[i64] = 3
CLOSE_SELL: Final[i64] = 4

# Why a position is left although its exit threshold is not met.
EXIT_BY_PRICE: Final[i64] = 0
EXIT_STOP_LOSS: Final[i64] = 1
EXIT_TIME: Final[i64] = 2
EXIT_LONGEST_HOLDING: Final[i64] = 3
EXIT_NAMES: Final[tuple[str, ...]] = ("", "stop_loss", "time_exit", "longest_holding")
_WANTED_COUNT: Final[i64] = 5


@final
class TriggerState:
    """One spread's trigger: thresholds, persistence, cool-down, rate, and the position it opens and closes.

    Attributes:
        position: what this spread holds.
        exit_reason: why the wanted exit is wanted, one of EXIT_*.
        open_orders: spread orders under way; the trigger waits for them.
        crossed_since_ns: since when the wanted action has been wanted without a break; 0 when it is not.
        cool_down_until_ns: no opening before it; pause_until_ns: nothing before it, after an order that was refused.
        taken_off: quotes in a row that the venue ended though nobody had asked for it; quote_pause_until_ns: no quote
            before it, after such a one.
        paused_by: who has paused the spread; empty when nobody has.
        gate: the gate that blocks now, for the page.
        episode: the wanted action that began this episode; it ends when another is wanted, or none at live prices.
        exit_retry_ns: when an exit that a limit has refused is tried again.
        logged_gates: one bit per gate recorded in this episode; a gate that comes and goes is recorded once.
        looked_utc_ns: when the clock was last asked whether the position is to be left.
        rests_at_seq: the record written last when nothing was wanted; see `Watch`. -1: look at the next quote.
        kept_text, kept_digest: its line of the last snapshot and the line's hash; empty when it changed since.
    """

    def __init__(self, valuation: SpreadValuation, hours: list[SessionHours]) -> None:
        self.valuation: SpreadValuation = valuation
        self.hours: list[SessionHours] = hours
        self.position: SpreadPosition = SpreadPosition(valuation.leg_count)
        self.exit_reason: i64 = EXIT_BY_PRICE
        self.open_orders: i64 = 0
        self.last_wanted: i64 = NOT_WANTED
        self.crossed_since_ns: i64 = 0
        self.cool_down_until_ns: i64 = 0
        self.pause_until_ns: i64 = 0
        self.failures: i64 = 0
        self.taken_off: i64 = 0
        self.quote_pause_until_ns: i64 = 0
        self.paused_by: str = ""
        self.armed_buy: bool = True
        self.armed_sell: bool = True
        rule = valuation.definition.rule
        self.fired_ns: vec[i64] = vec[i64]([-rule.trigger_interval_ns for _ in range(rule.triggers_max)])
        self.fired_next: i64 = 0
        self.gate: i64 = GATE_NONE
        self.episode: i64 = NOT_WANTED
        self.logged_gates: i64 = 0
        self.exit_retry_ns: i64 = 0
        self.result: GateResult = GateResult()
        self.looked_utc_ns: i64 = 0
        self.rests_at_seq: i64 = -1
        self.kept_text: str = ""
        self.kept_digest: bytes = b""

    @property
    def position_lots(self) -> list[i64]:
        """Signed lots per leg held by this spread."""
        return self.position.lots

    def wanted(self, utc_ns: i64 = 0) -> i64:
        """The action that the value at the best prices, or the clock, asks for; the valuation must be current."""
        valuation = self.valuation
        rule = valuation.definition.rule
        buy = valuation.buy_value
        sell = valuation.sell_value
        if not self.armed_buy and buy >= rule.buy_enter + rule.hysteresis:
            self.armed_buy = True
        if not self.armed_sell and sell <= rule.sell_enter - rule.hysteresis:
            self.armed_sell = True
        self.exit_reason = EXIT_BY_PRICE
        position = self.held_lots()
        largest = valuation.definition.position_lots_max
        if position > 0 and sell >= rule.buy_exit:
            return CLOSE_SELL
        if position < 0 and buy <= rule.sell_exit:
            return CLOSE_BUY
        if position != 0 and rule.has_forced_exit():
            self.exit_reason = self._stop_loss(rule, position)
            if self.exit_reason == EXIT_BY_PRICE:
                self.exit_reason = self._exit_by_clock(rule, utc_ns)
            if self.exit_reason != EXIT_BY_PRICE:
                return CLOSE_SELL if position > 0 else CLOSE_BUY
        if position >= 0 and position < largest and self.armed_buy and buy <= rule.buy_enter:
            return OPEN_BUY
        if position <= 0 and -position < largest and self.armed_sell and sell >= rule.sell_enter:
            return OPEN_SELL
        return NOT_WANTED

    def wanted_without_value(self, utc_ns: i64) -> i64:
        """The action that the clock asks for while a book is missing."""
        rule = self.valuation.definition.rule
        position = self.held_lots()
        self.exit_reason = EXIT_BY_PRICE
        if position == 0 or not rule.has_forced_exit():
            return NOT_WANTED
        self.exit_reason = self._exit_by_clock(rule, utc_ns)
        if self.exit_reason == EXIT_BY_PRICE:
            return NOT_WANTED
        return CLOSE_SELL if position > 0 else CLOSE_BUY

    def _stop_loss(self, rule: TriggerRule, position: i64) -> i64:
        """EXIT_STOP_LOSS when the value has moved against the entry by the stop or more."""
        if rule.stop_loss <= 0.0 or not self.position.is_priced():
            return EXIT_BY_PRICE
        entry = self.entry_value()
        loss = entry - self.valuation.sell_value if position > 0 else self.valuation.buy_value - entry
        return EXIT_STOP_LOSS if loss >= rule.stop_loss else EXIT_BY_PRICE

    def _exit_by_clock(self, rule: TriggerRule, utc_ns: i64) -> i64:
        """EXIT_TIME inside the exit window, EXIT_LONGEST_HOLDING when the position is too old."""
        if self._is_exit_time(rule, utc_ns):
            return EXIT_TIME
        if rule.holding_ns_max > 0 and utc_ns - self.position.since_utc_ns >= rule.holding_ns_max:
            return EXIT_LONGEST_HOLDING
        return EXIT_BY_PRICE

    def next_look_ns(self, now_ns: i64, utc_ns: i64) -> i64:
        """When the trigger is to be looked at though no quote comes; NO_TIMER for never.

        A crossing has lasted, or the clock asks for an exit. One that nobody has looked at may be in the past.
        """
        rule = self.valuation.definition.rule
        if self.last_wanted != NOT_WANTED:
            lasted_ns = self.crossed_since_ns + rule.persistence_ns
            return lasted_ns if self.gate == GATE_NONE and lasted_ns > now_ns else NO_TIMER
        if self.open_orders > 0 or self.held_lots() == 0:
            return NO_TIMER
        due_utc_ns = NO_TIMER
        if rule.exit_from_ns >= 0:
            begins = self.looked_utc_ns - (self.looked_utc_ns + _UTC_OFFSET_NS) % _DAY_NS + rule.exit_from_ns
            due_utc_ns = begins if begins > self.looked_utc_ns else begins + _DAY_NS
        if rule.holding_ns_max > 0:
            too_old = self.position.since_utc_ns + rule.holding_ns_max
            if self.looked_utc_ns < too_old < due_utc_ns:
                due_utc_ns = too_old
        return now_ns + due_utc_ns - utc_ns if due_utc_ns != NO_TIMER else NO_TIMER

    def _is_exit_time(self, rule: TriggerRule, utc_ns: i64) -> bool:
        if rule.exit_from_ns < 0:
            return False
        local = (utc_ns + _UTC_OFFSET_NS) % _DAY_NS
        return rule.exit_from_ns <= local < rule.exit_until_ns

    def entry_value(self) -> float:
        """Value of the spread at the average prices at which the position was entered."""
        direction = BUY_SPREAD if self.held_lots() > 0 else SELL_SPREAD
        average_ticks = [self.position.average_ticks(leg) for leg in range(self.valuation.leg_count)]
        return self.valuation.value_at(direction, average_ticks)

    def held_lots(self) -> i64:
        """Lots of the first leg that the spread holds, in its own direction."""
        return self.position.lots[0] * self.valuation.definition.legs[0].side

    def closing_direction(self) -> i64:
        """The direction that closes what is held; 0 when nothing is."""
        held = self.held_lots()
        return SELL_SPREAD if held > 0 else BUY_SPREAD if held < 0 else 0

    def threshold(self, wanted: i64) -> float:
        """The threshold that the action compares with; for a stop-loss the value at which it stops."""
        rule = self.valuation.definition.rule
        if self.exit_reason == EXIT_STOP_LOSS:
            return self.entry_value() + (rule.stop_loss if wanted == CLOSE_BUY else -rule.stop_loss)
        if wanted == OPEN_BUY:
            return rule.buy_enter
        if wanted == OPEN_SELL:
            return rule.sell_enter
        return rule.sell_exit if wanted == CLOSE_BUY else rule.buy_exit

    def satisfies(self, wanted: i64, value: float) -> bool:
        """Whether the executable value still meets the action's threshold; a forced exit takes what there is."""
        if self.exit_reason != EXIT_BY_PRICE:
            return True
        if direction_of(wanted) == BUY_SPREAD:
            return value <= self.threshold(wanted)
        return value >= self.threshold(wanted)

    def check_pace(self, wanted: i64, now_ns: i64, utc_ns: i64, quoting: bool = False) -> i64:
        """Whether the spread trades too soon, too often, or opens in its exit window; GATE_NONE when it may go on."""
        opening = is_opening(wanted)
        rule = self.valuation.definition.rule
        result = self.result
        until = self.pause_until_ns
        if opening and self.cool_down_until_ns > until:
            until = self.cool_down_until_ns
        if quoting and self.quote_pause_until_ns > until:
            until = self.quote_pause_until_ns
        if now_ns < until:
            return result.set(GATE_COOL_DOWN, -1, until - now_ns, 0)
        if opening:
            if now_ns - self.fired_ns[self.fired_next] < rule.trigger_interval_ns:
                return result.set(GATE_RATE, -1, rule.triggers_max + 1, rule.triggers_max)
            if self._is_exit_time(rule, utc_ns):
                return result.set(GATE_EXIT_TIME, -1, utc_ns, 0)
        return result.set(GATE_NONE, -1, 0, 0)

    def wants(self, wanted: i64, now_ns: i64) -> None:
        """Note what is wanted now: persistence counts from its start, and another action is another episode."""
        if wanted != self.last_wanted:
            self.last_wanted = wanted
            self.crossed_since_ns = now_ns
            self.gate = GATE_NONE
        episode = wanted + _WANTED_COUNT * self.exit_reason
        if episode != self.episode:
            self.episode = episode
            self.logged_gates = 0
            self.exit_retry_ns = 0

    def rests(self, last_seq: i64) -> None:
        """Nothing is wanted at these prices. Without live inputs and exits by the clock nothing will be before a best
        price moves or something is put on record."""
        if self.valuation.is_plain and not self.valuation.definition.rule.has_forced_exit():
            self.rests_at_seq = last_seq

    def has_blocked(self, gate: i64) -> bool:
        """Whether the gate has blocked in this episode."""
        return self.logged_gates & GATE_BITS[gate] != 0

    def is_held_by_limits(self, opening: bool, now_ns: i64) -> bool:
        """Whether a limit has refused the wanted action, and holds it still; noted as the gate.

        An opening that was refused is not asked for again before its threshold is left. An exit lowers the risk: it is
        tried again after a pause.
        """
        if not self.has_blocked(GATE_LIMIT) or (not opening and now_ns >= self.exit_retry_ns):
            return False
        self.gate = GATE_LIMIT
        return True

    def first_of_episode(self, gate: i64) -> bool:
        """Whether the gate blocks for the first time in this episode; noted."""
        first = not self.has_blocked(gate)
        self.logged_gates |= GATE_BITS[gate]
        return first

    def ended(self, failed: bool, now_ns: i64) -> None:
        """A spread order ended: cool-down, and after refusals in a row a pause that doubles up to a bound."""
        rule = self.valuation.definition.rule
        self.cool_down_until_ns = now_ns + rule.cool_down_ns
        self.failures = self.failures + 1 if failed else 0
        if failed:
            self.pause_until_ns = now_ns + _pause_ns(self.failures)

    def quote_ended(self, traded: bool, unasked: bool, rested_ns: i64, now_ns: i64) -> None:
        """A quote ended. One that the venue took off by itself is followed by the cool-down and a pause that doubles
        with every one in a row; one that traded, or rested for longer than the last pause, ends the row."""
        if unasked:
            self.taken_off += 1
            self.cool_down_until_ns = now_ns + self.valuation.definition.rule.cool_down_ns
            self.quote_pause_until_ns = now_ns + _pause_ns(self.taken_off)
        elif traded or rested_ns >= _pause_ns(self.taken_off):
            self.taken_off = 0

    def begin_again(self, now_ns: i64) -> None:
        """After a restart: armed as at first; pauses and the rate hold, no longer than if they began now."""
        self.armed_buy = True
        self.armed_sell = True
        self.cool_down_until_ns = min(self.cool_down_until_ns, now_ns + self.valuation.definition.rule.cool_down_ns)
        self.pause_until_ns = min(self.pause_until_ns, now_ns + _pause_ns(self.failures))
        self.quote_pause_until_ns = min(self.quote_pause_until_ns, now_ns + _pause_ns(self.taken_off))
        for at in range(len(self.fired_ns)):
            if self.fired_ns[at] > now_ns:
                self.fired_ns[at] = now_ns

    def load_fired(self, fired_ns: list[int]) -> None:
        """Take over when the trigger last fired; of a rule whose rate has changed, the newest that still count."""
        size = len(self.fired_ns)
        if len(fired_ns) != size:
            never = -int(self.valuation.definition.rule.trigger_interval_ns)
            fired_ns = ([never] * size + sorted(fired_ns))[-size:]
            self.fired_next = 0
        self.fired_ns = vec[i64]([i64(fired) for fired in fired_ns])

    def fired(self, wanted: i64, now_ns: i64) -> None:
        """Note that the action was taken: rate, hysteresis, persistence start anew."""
        if is_opening(wanted):
            self.count_opening(now_ns)
        if self.valuation.definition.rule.hysteresis > 0.0:
            if wanted == OPEN_BUY:
                self.armed_buy = False
            elif wanted == OPEN_SELL:
                self.armed_sell = False
        self.crossed_since_ns = 0
        self.last_wanted = NOT_WANTED

    def count_opening(self, now_ns: i64) -> None:
        """One more opening for the rate; a quote is one once it has traded or was not taken, never when we move it."""
        self.fired_ns[self.fired_next] = now_ns
        self.fired_next = (self.fired_next + 1) % i64(len(self.fired_ns))


@final
class Watch:
    """A spread as one of its instruments' books sees it.

    Most quotes move no best price, and a spread that wants nothing wants nothing then: neither the spread nor its other
    books are looked at. Whatever else could change that is on record, so that a record ends the rest.

    Attributes:
        bid_ticks, ask_ticks: the book's best prices when the spread was last looked at for it.
    """

    def __init__(self, state: TriggerState, book: Book) -> None:
        self.state: TriggerState = state
        self.book: Book = book
        self.bid_ticks: i64 = NO_PRICE
        self.ask_ticks: i64 = NO_PRICE

    def is_at_rest(self, last_seq: i64) -> bool:
        """Whether the spread need not be looked at; else it is looked at with what the book shows now."""
        book = self.book
        bid = book.best_bid()
        ask = book.best_ask()
        state = self.state
        if state.rests_at_seq == last_seq and bid == self.bid_ticks and ask == self.ask_ticks:
            if book.state == BOOK_LIVE:
                return True
        self.bid_ticks = bid
        self.ask_ticks = ask
        state.rests_at_seq = -1
        return False


def watch(state: TriggerState, instruments: list[int], books: list[Book], watches: list[list[Watch]]) -> None:
    """Have the spread looked at for each of the instruments, once."""
    for index in instruments:
        if not any(watched.state is state for watched in watches[index]):
            watches[index].append(Watch(state, books[index]))


def _pause_ns(failures: i64) -> i64:
    """Length of the pause after the last of the failures in a row."""
    doublings = failures - 1 if failures <= FAILURE_DOUBLINGS_MAX else FAILURE_DOUBLINGS_MAX
    return doubled(FAILURE_PAUSE_NS, doublings)


def direction_of(wanted: i64) -> i64:
    """BUY_SPREAD or SELL_SPREAD."""
    return BUY_SPREAD if wanted == OPEN_BUY or wanted == CLOSE_BUY else SELL_SPREAD


def is_opening(wanted: i64) -> bool:
    """Whether the action opens a spread position."""
    return wanted == OPEN_BUY or wanted == OPEN_SELL
