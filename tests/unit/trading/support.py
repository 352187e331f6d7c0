"""A desk on a bench: two (or more) simple legs, a log that decodes what is written, and routes that keep what is sent.

One tick of every instrument is worth 1.0000 of the base currency unless a test says otherwise, so values can be worked
by hand: 3 lots at 1000 ticks are 3,000.0000.
"""

from __future__ import annotations

from collections.abc import Sequence

from cross_market_connect.domain.book import BOOK_LIVE, Book
from cross_market_connect.domain.instrument import Instrument, Session, Venue
from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.domain.order import BUY, OrderCommand, Receipt
from cross_market_connect.domain.ports import OrderRoutes, SessionHours
from cross_market_connect.domain.records import LEG_ORDER, RecordSink, decode_payload
from cross_market_connect.domain.spread import (
    DIFFERENCE,
    SPREAD_STATE_NAMES,
    STEP_CHASE,
    STEP_HALT,
    STEP_RETRY,
    STEP_UNWIND,
    LadderStep,
    SpreadDefinition,
    SpreadLeg,
    TriggerRule,
)
from cross_market_connect.domain.step import Step
from cross_market_connect.trading.desk import Desk
from cross_market_connect.trading.intake import take_receipts
from cross_market_connect.trading.orders import LegOrder, SpreadOrder
from cross_market_connect.trading.reservation import Limits
from cross_market_connect.trading.trigger import TriggerState

MS = 1_000_000
SECOND = 1_000 * MS
ACKNOWLEDGE_TIMEOUT_NS = 250 * MS
DEADLINE_NS = 10 * SECOND
START_NS = 100 * SECOND
PLENTY = 1_000_000_000_000


class Log(RecordSink):
    """Keeps every record with its fields by name, and the time of its step."""

    def __init__(self) -> None:
        self.records: list[tuple[int, dict[str, int | str | bytes]]] = []
        self.times: list[int] = []

    def append(self, kind: int, cause_seq: int, input_seq: int, now_ns: int, payload: bytes) -> int:
        assert 0 <= cause_seq <= len(self.records)
        self.records.append((int(kind), decode_payload(int(kind), payload)))
        self.times.append(int(now_ns))
        return len(self.records)

    def of(self, kind: int) -> list[dict[str, int | str | bytes]]:
        return [fields for found, fields in self.records if found == kind]


class Routes(OrderRoutes):
    """Takes orders while a route is up; an order whose record does not stand last in the log is a failure."""

    def __init__(self, log: Log, count: int) -> None:
        self.log = log
        self.up = [True] * count
        self.sent: list[OrderCommand] = []
        self.cancelled: list[int] = []
        self.queried: list[int] = []

    def is_up(self, route: int) -> bool:
        return self.up[route]

    def submit(self, route: int, command: OrderCommand, now_ns: int, utc_ns: int) -> bool:
        kind, fields = self.log.records[-1]
        assert kind == LEG_ORDER and fields["client_order_id"] == command.client_order_id, "sent before its record"
        assert fields["route"] == route
        if self.up[route]:
            self.sent.append(command)
        return self.up[route]

    def cancel(self, route: int, command: OrderCommand, client_order_id: int, now_ns: int, utc_ns: int) -> bool:
        self.cancelled.append(int(command.client_order_id))
        return self.up[route]

    def query(self, route: int, command: OrderCommand, now_ns: int, utc_ns: int) -> bool:
        self.queried.append(int(command.client_order_id))
        return self.up[route]


class Hours(SessionHours):
    def __init__(self) -> None:
        self.open = True
        self.close_ns = NO_TIMER
        self.cancels_from_ns = 0

    def is_open(self, utc_ns: int) -> bool:
        return self.open

    def may_cancel(self, utc_ns: int) -> bool:
        return utc_ns >= self.cancels_from_ns

    def cancels_utc_ns(self, utc_ns: int) -> int:
        return max(utc_ns, self.cancels_from_ns)

    def close_utc_ns(self, utc_ns: int) -> int:
        return self.close_ns


def instrument(index: int, tick_value_e4: int = 10_000, margin_per_lot_e4: int = 0) -> Instrument:
    venue = Venue(f"XV{index:02}", "venue", "市场", 0, 0)
    session = Session("all day", [0], [1440])
    made = Instrument(
        index, f"{venue.mic}.I{index}", venue, f"I{index}", "one", "一", "CNY", 0, 1, tick_value_e4, session
    )
    made.margin_per_lot_e4 = margin_per_lot_e4
    return made


def set_book(
    book: Book, bids: Sequence[tuple[int, int]], asks: Sequence[tuple[int, int]], now_ns: int = START_NS
) -> None:
    """Write a live book from (price, lots) levels, best first."""
    book.clear()
    for level, (price, lots) in enumerate(bids):
        book.bids.set_level(level, price, lots)
    for level, (price, lots) in enumerate(asks):
        book.asks.set_level(level, price, lots)
    book.state = BOOK_LIVE
    book.received_ns = now_ns
    book.input_seq += 1


DEFAULT_LADDER = (
    (STEP_RETRY, 2, 0, 0, SECOND),
    (STEP_CHASE, 3, 3, 12, SECOND),
    (STEP_UNWIND, 5, 5, 60, 2 * SECOND),
    (STEP_HALT, 1, 0, 0, SECOND),
)


def rule(form: int = DIFFERENCE) -> TriggerRule:
    """Buy at or below 0, sell out at 10 or above; sell at or above 20, buy back at or below 10."""
    made = TriggerRule(form, 0.0, 10.0, 20.0, 10.0)
    made.triggers_max = 6_000
    return made


def definition(
    ratios: Sequence[int] = (1, 1),
    sides: Sequence[int] = (1, -1),
    ladder: Sequence[tuple[int, int, int, int, int]] = DEFAULT_LADDER,
    form: int = DIFFERENCE,
    fx_rates: Sequence[float] = (1.0, 1.0, 1.0),
    routes: Sequence[int] = (0, 1, 2),
    instruments: Sequence[int] = (0, 1, 2),
    reference_lots: int = 3,
    tolerance_e6: int = 50_000,
) -> SpreadDefinition:
    legs = [
        SpreadLeg(
            instruments[leg], side, ratio * 1_000_000_000, 1.0, routes[leg], f"a{leg}", 2, 5 * SECOND, fx_rates[leg]
        )
        for leg, (ratio, side) in enumerate(zip(ratios, sides, strict=True))
    ]
    steps = [LadderStep(*row) for row in ladder]
    return SpreadDefinition(
        0, "bench", "1", legs, rule(form), steps, reference_lots, 100 * reference_lots, tolerance_e6, DEADLINE_NS
    )


def wide_limits(instruments: int, spreads: int, routes: int) -> Limits:
    limits = Limits(instruments, spreads, routes)
    for table in (limits.order_lots_max, limits.order_value_e4_max, limits.position_lots_max):
        for index in range(instruments):
            table[index] = PLENTY
    for index in range(spreads):
        limits.naked_e4_max[index] = PLENTY
    for index in range(routes):
        limits.margin_e4_max[index] = PLENTY
        limits.orders_per_second_max[index] = 10_000
    return limits


class Bench:
    """A desk with one spread, and the time."""

    def __init__(self, spread: SpreadDefinition | None = None, margin_per_lot_e4: int = 0) -> None:
        self.spread = definition() if spread is None else spread
        count = len(self.spread.legs)
        self.log = Log()
        self.step = Step(self.log)
        self.routes = Routes(self.log, count)
        self.instruments = [instrument(index, margin_per_lot_e4=margin_per_lot_e4) for index in range(count)]
        self.books = [Book(index) for index in range(count)]
        self.hours = [Hours() for _ in range(count)]
        self.limits = wide_limits(count, 1, count)
        self.margin_per_lot_e4 = margin_per_lot_e4
        self.desk = self.make_desk()
        self.now_ns = START_NS
        self.inputs = 0
        self.executions = 0
        self.input()

    def make_desk(self) -> Desk:
        count = len(self.instruments)
        return Desk(
            self.step,
            self.routes,
            self.instruments,
            self.books,
            list(self.hours),
            [self.spread],
            self.limits,
            [self.margin_per_lot_e4] * count,
            [ACKNOWLEDGE_TIMEOUT_NS] * count,
            1,
        )

    # ------------------------------------------------------------------ inputs

    def input(self) -> None:
        self.inputs += 1
        self.step.begin(self.now_ns, self.now_ns, self.inputs)

    def quote(self, leg: int, bid: int, ask: int, lots: int = 1_000) -> None:
        self.input()
        set_book(self.books[leg], [(bid, lots)], [(ask, lots)], self.now_ns)
        self.desk.on_book(leg)

    def set_quotes(self, *bid_asks: tuple[int, int], lots: int = 1_000) -> None:
        """Write all books, then let the desk look once (at the last)."""
        for leg, (bid, ask) in enumerate(bid_asks):
            set_book(self.books[leg], [(bid, lots)], [(ask, lots)], self.now_ns)
        self.input()
        for state in self.desk.triggers:
            # The desk is told of one book where all have changed.
            state.rests_at_seq = -1
        self.desk.on_book(len(bid_asks) - 1)

    def open(self) -> SpreadOrder:
        """Quotes at which buying the spread costs exactly the threshold (1000 - 1000 <= 0): one order goes out."""
        before = self.desk.next_spread_order_id
        self.set_quotes(*[(999, 1000), (1000, 1001), (1000, 1001)][: len(self.books)])
        assert self.desk.next_spread_order_id == before + 1
        return self.desk.orders[int(before)]

    def wait(self, elapsed_ns: int) -> None:
        """Let time pass, with every timer at its time."""
        end = self.now_ns + elapsed_ns
        for _ in range(10_000):
            due = self.desk.next_timer_ns()
            if due > end:
                break
            self.now_ns = max(self.now_ns, int(due))
            self.input()
            self.desk.on_timer()
        else:
            raise AssertionError("the desk asks for timers without end")
        self.now_ns = end
        self.input()

    def route(self, route: int, up: bool) -> None:
        self.input()
        self.routes.up[route] = up
        self.desk.on_route(route, up)

    def receive(self, client_order_id: int, kind: int, status: int, **fields: int | bytes | bool) -> None:
        self.input()
        receipt = Receipt(client_order_id, kind, status)
        for name, value in fields.items():
            setattr(receipt, name, value)
        take_receipts(self.desk, [receipt])

    # ------------------------------------------------------------------ readings

    def state_name(self, order: SpreadOrder) -> str:
        return SPREAD_STATE_NAMES[order.state]

    @property
    def trigger(self) -> TriggerState:
        return self.desk.triggers[0]

    def last(self, order: SpreadOrder, leg: int) -> LegOrder:
        return [leg_order for leg_order in order.leg_orders if leg_order.leg == leg][-1]


def side_sign(command: OrderCommand) -> int:
    return 1 if command.side == BUY else -1
