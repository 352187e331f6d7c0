"""Whatever leaves for a venue fits its windows, at any alignment of time; what does not fit waits, and is not lost."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.execution import UNKNOWN_HEDGE_CERTAIN
from cross_market_connect.domain.order import REJECT_INSUFFICIENT, REJECT_OTHER
from cross_market_connect.domain.records import LEG_ORDER, REFUSAL
from cross_market_connect.domain.spread import HALTED, REPAIRING, SPREAD_STATE_NAMES, SpreadDefinition
from cross_market_connect.trading.resuming import resume
from cross_market_connect.trading.state import desk_state, load_desk_state
from cross_market_connect.trading.throttle import WindowLimit
from tests.unit.trading.support import MS, SECOND, Bench, Routes, definition
from tests.unit.trading.test_desk import EVENTS, PLAIN
from tests.unit.trading.test_machine import ids
from tests.unit.trading.test_quoting import QUOTES, QUOTING_SPREADS, quoted
from tests.unit.trading.test_throttle import most_in_any_interval
from tests.unit.trading.venue import FakeVenue
from tests.unit.trading.world import World

FLAT = ((999, 1000), (1000, 1001))


class Paced(Routes):
    """Routes that note when each message left."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench.log, len(bench.routes.up))
        self.times: list[list[int]] = [[] for _ in self.up]

    def submit(self, route, command, now_ns, utc_ns):
        if self.up[route]:
            self.times[route].append(int(now_ns))
        return super().submit(route, command, now_ns, utc_ns)

    def cancel(self, route, command, client_order_id, now_ns, utc_ns):
        self.times[route].append(int(now_ns))
        return super().cancel(route, command, client_order_id, now_ns, utc_ns)


def pace(bench: Bench, *limits: tuple[int, int, int]) -> Paced:
    """The bench's desk anew, with a window of so many messages a second and that reserve on a route."""
    bench.limits.windows = [WindowLimit(route, most, SECOND, reserve) for route, most, reserve in limits]
    routes = Paced(bench)
    bench.routes = routes
    bench.desk = bench.make_desk()
    return routes


def check(routes: Paced, *limits: tuple[int, int, int]) -> None:
    for route, most, _ in limits:
        assert most_in_any_interval(routes.times[route], SECOND) <= most


def children(lots: int, largest: int = 5) -> Bench:
    spread = definition(reference_lots=lots)
    for leg in spread.legs:
        leg.children_max = 16
    bench = Bench(spread)
    for one in bench.instruments:
        one.quantity_max_lots = largest
    return bench


def test_an_opening_counts_every_child_against_the_window():
    bench = children(80)
    routes = pace(bench, (0, 6, 1), (1, 6, 1))
    bench.set_quotes(*FLAT)
    assert routes.sent == [] and bench.log.of(REFUSAL)[0]["limit_name"] == "orders_per_second_max"
    bench = children(25)
    routes = pace(bench, (0, 6, 1), (1, 6, 1))
    bench.set_quotes(*FLAT)
    assert [len(times) for times in routes.times] == [5, 5]


def test_an_exit_of_many_children_goes_out_as_the_window_frees_and_whole():
    bench = children(25)
    limits = ((0, 6, 1), (1, 6, 1))
    routes = pace(bench, *limits)
    venue = FakeVenue(bench)
    bench.set_quotes(*FLAT)
    for number in ids(bench):
        venue.fills_all(number)
    assert list(bench.trigger.position_lots) == [25, -25]
    for one in bench.instruments:
        one.quantity_max_lots = 2
    bench.spread.execution.legs[0].completion = bench.spread.execution.legs[1].completion
    bench.set_quotes((1010, 1011), (999, 1000))
    for _ in range(60):
        for number in ids(bench)[10:]:
            if not venue.order(number).is_over:
                venue.fills_all(number)
        bench.wait(100 * MS)
        bench.set_quotes((1010, 1011), (999, 1000))
    check(routes, *limits)
    assert list(bench.trigger.position_lots) == [0, 0]
    assert all(order.state != HALTED for order in bench.desk.orders.values())


def test_hedges_wait_for_the_window_together_and_none_is_lost():
    """Eight fills in one instant on a route that takes two messages a second: one, one, and then the other six lots."""
    spread = quoted()
    spread.reference_lots = 10
    bench = Bench(spread)
    routes = pace(bench, (1, 2, 0))
    venue = FakeVenue(bench)
    bench.set_quotes(*QUOTES)
    quote = ids(bench)[0]
    venue.say(venue.acknowledge(quote))
    for _ in range(8):
        venue.fills(quote, 1)
    assert [int(one.quantity_lots) for one in routes.sent[1:]] == [1, 1]
    for number in ids(bench)[1:]:
        venue.fills_all(number)
    assert SPREAD_STATE_NAMES[bench.desk.orders[1].state] == "working", "a hedge that waits is no failure"
    bench.wait(SECOND + MS)
    assert [int(one.quantity_lots) for one in routes.sent[1:]] == [1, 1, 6]
    check(routes, (1, 2, 0))


def behind(limits: tuple[tuple[int, int, int], ...]) -> tuple[Bench, FakeVenue, Paced]:
    """Leg 0 has filled 80 lots; the sixteen orders of leg 1 were refused."""
    bench = children(80)
    bench.instruments[0].quantity_max_lots = 100
    routes = pace(bench)
    venue = FakeVenue(bench)
    bench.set_quotes(*FLAT, lots=1_000)
    bench.desk.ledger.throttles = Bench.make_desk(bench).ledger.throttles
    bench.limits.windows = [WindowLimit(route, most, SECOND, reserve) for route, most, reserve in limits]
    bench.desk.ledger.throttles = [bench.limits.throttle(route) for route in range(2)]
    for times in routes.times:
        times.clear()
    venue.fills_all(ids(bench)[0])
    for number in ids(bench)[1:]:
        venue.rejects(number, REJECT_OTHER)
    return bench, venue, routes


def test_a_re_order_of_many_children_waits_for_its_window_and_is_one_attempt():
    limits = ((1, 6, 1),)
    bench, venue, routes = behind(limits)
    before = len(ids(bench)) - len(routes.times[1])
    for _ in range(40):
        for number in ids(bench)[before:]:
            if not venue.order(number).is_over:
                venue.fills_all(number)
        bench.wait(100 * MS)
    check(routes, *limits)
    assert list(bench.trigger.position_lots) == [80, -80]
    assert SPREAD_STATE_NAMES[bench.desk.orders[1].state] == "complete"
    attempts = {(row["role"], row["attempt"]) for row in bench.log.of(LEG_ORDER) if row["attempt"] != 0}
    assert len(attempts) == 1


def test_what_waits_is_dropped_when_its_attempt_is_refused():
    bench, venue, routes = behind(((1, 6, 1),))
    bench.wait(SECOND)
    order = bench.desk.orders[1]
    assert len(order.waiting) == 1 and order.state == REPAIRING
    attempt = order.step_attempts
    for number in ids(bench)[17:]:
        if not venue.order(number).is_over:
            venue.rejects(number, REJECT_INSUFFICIENT)
    bench.wait(2 * SECOND)
    assert (order.step_attempts, order.state) != (attempt, REPAIRING), "the ladder has gone on"
    assert not any(part.attempt == attempt and part.role == order.leg_orders[-1].role for part in order.waiting)


def test_a_hedge_beside_an_unknown_order_asks_the_window_for_each_of_its_orders():
    bench = children(30)
    bench.spread.execution.unknown_policy = UNKNOWN_HEDGE_CERTAIN
    bench.instruments[0].quantity_max_lots = 10
    limits = ((1, 4, 0),)
    routes = pace(bench, (0, 100, 0), (1, 100, 0))
    venue = FakeVenue(bench)
    bench.set_quotes(*FLAT)
    bench.limits.windows = [WindowLimit(1, 4, SECOND, 0)]
    bench.desk.ledger.throttles[1] = bench.limits.throttle(1)
    routes.times[1].clear()
    first, second, third, *others = ids(bench)
    venue.fills_all(first)
    venue.fills_all(second)
    for number in others:
        venue.rejects(number, REJECT_OTHER)
    bench.wait(15 * SECOND)
    check(routes, *limits)


def test_cancels_and_hedges_go_before_what_else_waits_for_the_same_window():
    """Route 1 takes one message a second. A re-order, an exit's order and a cancel wait for it."""
    bench = Bench(definition())
    routes = pace(bench, (1, 1, 0))
    venue = FakeVenue(bench)
    order = bench.open()
    first, second = ids(bench)
    venue.fills_all(first)
    venue.rejects(second, REJECT_OTHER)
    assert len(routes.times[1]) == 1 and order.state == REPAIRING or order.is_scheduled() or order.resume_ns > 0
    bench.wait(SECOND + MS)
    assert len(routes.times[1]) == 2
    check(routes, (1, 1, 0))


def test_after_a_restart_nothing_that_waited_is_sent_twice_or_lost():
    limits = ((1, 6, 1),)
    bench, venue, routes = behind(limits)
    bench.wait(SECOND)
    assert len(bench.desk.orders[1].waiting) == 1
    fresh = Bench(bench.spread)
    fresh.log, fresh.step, fresh.routes, fresh.books = bench.log, bench.step, routes, bench.books
    fresh.instruments, fresh.limits, fresh.now_ns = bench.instruments, bench.limits, bench.now_ns
    fresh.desk = fresh.make_desk()
    load_desk_state(fresh.desk, desk_state(bench.desk))
    fresh.desk.machine.begin_epoch(2)
    venue.bench = fresh
    fresh.input()
    resume(fresh.desk)
    for _ in range(60):
        for number in ids(fresh)[17:]:
            if not venue.order(number).is_over:
                venue.fills_all(number)
        fresh.wait(100 * MS)
    check(routes, *limits)
    assert list(fresh.trigger.position_lots) == [80, -80]


def sized(spread: SpreadDefinition) -> SpreadDefinition:
    for leg in spread.legs:
        leg.children_max = 8
    return spread


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(PLAIN, QUOTING_SPREADS).map(sized),
    EVENTS,
    st.integers(2, 6),
    st.integers(1, 2),
)
def test_no_route_sends_more_than_its_window_takes_whatever_the_venues_do(spread, events, most, largest):
    world = World(spread)
    limits = tuple((route, most, most // 3) for route in range(world.count))
    world.bench.limits.windows = [WindowLimit(route, most, SECOND, reserve) for route, most, reserve in limits]
    for one in world.bench.instruments:
        one.quantity_max_lots = largest
    # What the world has sent already is before the first window.
    world.bench.desk.ledger.throttles = [world.bench.limits.throttle(route) for route in range(world.count)]
    routes = Paced(world.bench)
    routes.sent, world.bench.routes = world.bench.routes.sent, routes
    machine = world.bench.desk.machine
    machine.routes = machine.sender.routes = machine.repair.routes = machine.repair.market.routes = routes
    world.bench.desk.routes = world.bench.desk.gates.routes = routes
    try:
        for one in events:
            world.play(one)
        world.play(("stop", 0, 0))
        world.settle()
        check(routes, *limits)
    except (AssertionError, InvariantError):
        note(world.story())
        raise


@pytest.mark.parametrize("turns", [30])
def test_a_cancel_that_is_repeated_asks_the_window_too(turns):
    spread = quoted()
    bench = Bench(spread)
    limits = ((0, 2, 0),)
    routes = pace(bench, *limits)
    venue = FakeVenue(bench)
    bench.set_quotes(*QUOTES)
    quote = ids(bench)[0]
    venue.say(venue.acknowledge(quote))
    bench.quote(1, 900, 901)
    for _ in range(turns):
        bench.wait(100 * MS)
        venue.answers(quote)
    check(routes, *limits)
    assert len(routes.cancelled) > 2
