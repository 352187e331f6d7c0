"""Counters of a trading day, and the check for duplicate orders: what stops a runaway before it costs money.

Theory of operation. Orders, cancels, self-trades and opened lots are counted per account (route) and instrument, and
belong to the venue's trading day: a night session counts for the day after it, and the counters begin anew when the
session clock says that another trading day has come, not at midnight and not never. Outside the clock's tables the day
known last goes on.

Both checks hold for what opens something. What reduces risk (hedges, re-orders, unwinds, cancels, the closing of
matched units) is counted and never blocked: a naked leg is worse than a number.
"""

from __future__ import annotations

from typing import Final, final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.numbers import I64_MAX
from cross_market_connect.domain.ports import SessionHours

COUNT_ORDERS: Final[i64] = 0
COUNT_CANCELS: Final[i64] = 1
COUNT_SELF_TRADES: Final[i64] = 2
COUNT_OPENED_LOTS: Final[i64] = 3
COUNTERS: Final[i64] = 4
# By counter: the name of its limit.
DAY_LIMIT_NAMES: Final[tuple[str, ...]] = (
    "orders_per_day_max",
    "cancels_per_day_max",
    "self_trades_per_day_max",
    "opened_lots_per_day_max",
)
NO_LIMIT: Final[i64] = I64_MAX
NO_DAY: Final[i64] = 0
NO_COUNTER: Final[i64] = -1


@final
class DayCounters:
    """Counters per account and instrument for the venue's trading day.

    Attributes:
        days: per pair: the trading day (YYYYMMDD) that its counts belong to, NO_DAY before the first.
        counts, limits: per pair and counter; a limit is NO_LIMIT where none is configured.
    """

    def __init__(self, routes: i64, hours: list[SessionHours]) -> None:
        self.instruments: i64 = len(hours)
        self.hours: list[SessionHours] = hours
        pairs = routes * self.instruments
        self.days: vec[i64] = vec[i64]([NO_DAY for _ in range(pairs)])
        self.counts: vec[i64] = vec[i64]([0 for _ in range(pairs * COUNTERS)])
        self.limits: vec[i64] = vec[i64]([NO_LIMIT for _ in range(pairs * COUNTERS)])

    def set_limit(self, route: i64, instrument: i64, counter: i64, most: i64) -> None:
        """Configure one limit."""
        self.limits[self._pair(route, instrument) * COUNTERS + counter] = most

    def _pair(self, route: i64, instrument: i64) -> i64:
        return route * self.instruments + instrument

    def new_day(self, route: i64, instrument: i64, utc_ns: i64) -> i64:
        """The trading day that has come since the pair was counted last; NO_DAY when it is still the same one."""
        day = self.hours[instrument].trading_day(utc_ns)
        if day == NO_DAY or day == self.days[self._pair(route, instrument)]:
            return NO_DAY
        return day

    def has_counted(self, route: i64, instrument: i64) -> bool:
        """Whether the pair's day has counted anything: its change is worth a record."""
        return self._has_counted(self._pair(route, instrument))

    def _has_counted(self, pair: i64) -> bool:
        for counter in range(COUNTERS):
            if self.counts[pair * COUNTERS + counter] != 0:
                return True
        return False

    def begin_day(self, route: i64, instrument: i64, day: i64) -> None:
        """Count from zero for the trading day."""
        pair = self._pair(route, instrument)
        self.days[pair] = day
        for counter in range(COUNTERS):
            self.counts[pair * COUNTERS + counter] = 0

    def count(self, route: i64, instrument: i64, counter: i64) -> i64:
        """What the counter stands at."""
        return self.counts[self._pair(route, instrument) * COUNTERS + counter]

    def limit(self, route: i64, instrument: i64, counter: i64) -> i64:
        """The counter's limit."""
        return self.limits[self._pair(route, instrument) * COUNTERS + counter]

    def add(self, route: i64, instrument: i64, counter: i64, more: i64) -> None:
        """Count; the day must be current."""
        at = self._pair(route, instrument) * COUNTERS + counter
        self.counts[at] = self.counts[at] + more

    def exceeded(self, route: i64, instrument: i64, lots: i64, orders: i64) -> i64:
        """The first counter that so many more opening orders, of so many lots in all, would take beyond its limit.

        NO_COUNTER when none. No opening is let through once the cancels or self-trades of the day are used up, for each
        may need one.
        """
        at = self._pair(route, instrument) * COUNTERS
        for counter in range(COUNTERS):
            most = self.limits[at + counter]
            if most == NO_LIMIT:
                continue
            more: i64 = 1
            if counter == COUNT_OPENED_LOTS:
                more = lots
            elif counter == COUNT_ORDERS:
                more = orders
            if self.counts[at + counter] > most - more:
                return counter
        return NO_COUNTER

    def state(self) -> list[list[int]]:
        """Pairs that have counted: pair, day, counts."""
        rows: list[list[int]] = []
        for pair in range(len(self.days)):
            if self._has_counted(pair):
                row = [int(pair), int(self.days[pair])]
                for counter in range(COUNTERS):
                    row.append(int(self.counts[pair * COUNTERS + counter]))
                rows.append(row)
        return rows

    def load(self, rows: list[list[int]]) -> None:
        """Take over what `state` wrote."""
        for row in rows:
            pair: i64 = row[0]
            self.days[pair] = row[1]
            for counter in range(COUNTERS):
                self.counts[pair * COUNTERS + counter] = row[2 + counter]


@final
class RecentOrder:
    """One opening order, as far as a duplicate repeats it."""

    def __init__(self, route: i64, instrument: i64, side: i64, price_ticks: i64, lots: i64, sent_ns: i64) -> None:
        self.route: i64 = route
        self.instrument: i64 = instrument
        self.side: i64 = side
        self.price_ticks: i64 = price_ticks
        self.lots: i64 = lots
        self.sent_ns: i64 = sent_ns

    def repeats(self, other: RecentOrder) -> bool:
        """Whether both ask for the same."""
        return (
            self.instrument == other.instrument
            and self.side == other.side
            and self.price_ticks == other.price_ticks
            and self.lots == other.lots
            and self.route == other.route
        )


@final
class DuplicateCheck:
    """Counts opening orders of the same account, instrument, side, price and quantity within a window.

    Attributes:
        orders_max: most of them in any window, NO_LIMIT for no check.
    """

    def __init__(self, orders_max: i64, window_ns: i64) -> None:
        self.orders_max: i64 = orders_max
        self.window_ns: i64 = window_ns
        self.recent: list[RecentOrder] = []

    def is_one_too_many(self, order: RecentOrder) -> bool:
        """Whether the window holds as many of the same already."""
        if self.orders_max == NO_LIMIT:
            return False
        self._forget(order.sent_ns)
        found: i64 = 0
        for earlier in self.recent:
            if earlier.repeats(order):
                found += 1
        return found >= self.orders_max

    def note(self, order: RecentOrder) -> None:
        """Keep an opening order that goes out."""
        if self.orders_max != NO_LIMIT:
            self._forget(order.sent_ns)
            self.recent.append(order)

    def take_back(self) -> None:
        """The order kept last does not go out."""
        if self.orders_max != NO_LIMIT:
            self.recent.pop()

    def _forget(self, now_ns: i64) -> None:
        while len(self.recent) > 0 and now_ns - self.recent[0].sent_ns >= self.window_ns:
            self.recent.pop(0)

    def begin_again(self, now_ns: i64) -> None:
        """After a restart: no order lies ahead of a clock that began anew."""
        for order in self.recent:
            if order.sent_ns > now_ns:
                order.sent_ns = now_ns

    def state(self) -> list[list[int]]:
        """The orders kept, oldest first."""
        return [
            [
                int(order.route),
                int(order.instrument),
                int(order.side),
                int(order.price_ticks),
                int(order.lots),
                int(order.sent_ns),
            ]
            for order in self.recent
        ]

    def load(self, rows: list[list[int]]) -> None:
        """Take over what `state` wrote."""
        self.recent = [RecentOrder(row[0], row[1], row[2], row[3], row[4], row[5]) for row in rows]
