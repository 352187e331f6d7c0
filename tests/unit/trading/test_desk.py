"""The desk: any behaviour of the venues leaves its invariants standing, and it ends when the faults stop."""

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from cross_market_connect.domain.execution import COMPLETION_NAMES, UNKNOWN_HOLD, UNKNOWN_PERSON, Quoting
from cross_market_connect.domain.order import (
    RECEIPT_PARTIAL_FILL,
    REJECT_BUSY,
    REJECT_CLASS_COUNT,
    STATUS_NEW,
    Receipt,
)
from cross_market_connect.domain.records import ALERT, REFUSAL, SPREAD_ORDER
from cross_market_connect.domain.spread import (
    REFUSED,
    STEP_CARRY,
    STEP_CHASE,
    STEP_CROSS,
    STEP_HALT,
    STEP_RETRY,
    STEP_UNWIND,
    SpreadDefinition,
)
from cross_market_connect.trading.conditions import CONDITION_QUOTA_LOTS
from cross_market_connect.trading.counters import COUNT_OPENED_LOTS
from cross_market_connect.trading.gates import GATE_LIMIT
from cross_market_connect.trading.intake import take_receipts
from cross_market_connect.trading.orders import SpreadOrder
from cross_market_connect.trading.stopping import lift, restrict, stop
from tests.unit.trading.support import DEFAULT_LADDER, MS, SECOND, Bench, definition
from tests.unit.trading.test_machine import ids
from tests.unit.trading.venue import FakeVenue
from tests.unit.trading.world import Event, World

SHORT_LADDER = ((STEP_UNWIND, 2, 5, 60, SECOND), (STEP_HALT, 1, 0, 0, SECOND))
LONG_LADDER = (
    (STEP_RETRY, 1, 0, 0, SECOND),
    (STEP_CROSS, 2, 0, 20, SECOND),
    (STEP_UNWIND, 2, 5, 60, SECOND),
    (STEP_CARRY, 1, 0, 0, SECOND),
)
NO_UNWIND = ((STEP_RETRY, 1, 0, 0, SECOND), (STEP_CHASE, 1, 1, 5, SECOND))


def executed(spread: SpreadDefinition, completions: list[int], policies: tuple[int, int, int]) -> SpreadDefinition:
    """The spread with other order types, and other answers to what no ladder helps."""
    for leg, completion in zip(spread.execution.legs, completions, strict=False):
        leg.completion, leg.completion_offset_ticks = completion, 1
    execution = spread.execution
    execution.unknown_policy, execution.bust_policy, execution.closed_policy = policies
    execution.unknown_hold_ns = SECOND
    execution.owner = "desk"
    return spread


PLAIN = st.builds(
    definition,
    ratios=st.sampled_from([(1, 1), (3, 1), (3, 4), (2, 3)]),
    ladder=st.sampled_from([DEFAULT_LADDER, DEFAULT_LADDER, SHORT_LADDER, NO_UNWIND, LONG_LADDER]),
    reference_lots=st.sampled_from([3, 6]),
    tolerance_e6=st.sampled_from([50_000, 150_000]),
) | st.builds(
    definition,
    ratios=st.just((2, 1, 1)),
    sides=st.sampled_from([(1, -1, -1), (1, -1, 1)]),
    reference_lots=st.just(4),
)
# Most spreads are executed the plain way; the others mix order types that rest with those that do not.
SPREADS = PLAIN | st.builds(
    executed,
    PLAIN,
    st.lists(st.sampled_from(range(len(COMPLETION_NAMES))), min_size=3, max_size=3),
    st.tuples(st.sampled_from([UNKNOWN_PERSON, UNKNOWN_HOLD]), st.integers(0, 1), st.integers(0, 2)),
)


def event(name: str, second: st.SearchStrategy[int]) -> st.SearchStrategy[Event]:
    return st.tuples(st.just(name), st.integers(0, 2), second)


SMALL = st.integers(0, 9)
EVENTS = st.lists(
    st.one_of(
        event("arrive", st.just(0)),
        event("arrive", st.integers(0, int(REJECT_CLASS_COUNT) - 1)),
        event("fill", SMALL),
        event("end", st.just(0)),
        event("deliver", SMALL),
        event("deliver", st.just(0)),
        event("repeat", SMALL),
        event("lose", st.just(0)),
        event("up", st.just(0)),
        event("time", SMALL),
        event("quote", SMALL),
        event("late", SMALL),
        event("stop", SMALL),
    ),
    max_size=60,
)


@pytest.mark.slow
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(SPREADS, EVENTS)
def test_invariants_hold_whatever_the_venues_do_and_every_order_ends_when_the_faults_stop(spread, events):
    world = World(spread)
    try:
        for one in events:
            world.play(one)
        world.settle()
    except AssertionError:
        note("legs " + str([(int(leg.side), int(leg.ratio_e9) // 10**9) for leg in spread.legs]))
        note(world.story())
        raise


# ---------------------------------------------------------------------- by hand


def quoted_spread() -> SpreadDefinition:
    """Leg 0 rests as a quote, bought at the price of leg 1's bid; leg 1 hedges."""
    spread = definition()
    spread.execution.quoting = Quoting()
    spread.execution.quote_life_ns = 3_600 * SECOND
    spread.execution.legs[0].is_quoting = True
    spread.rule.sell_enter = 5_000.0
    return spread


def started(spread: SpreadDefinition | None = None) -> tuple[Bench, FakeVenue]:
    bench = Bench(spread)
    return bench, FakeVenue(bench, quotes_flow=False)


def lacking_a_quote(bench: Bench, venue: FakeVenue) -> SpreadOrder:
    """Leg 1 has missed twice: the third attempt waits for a quote that is younger than the second."""
    order = bench.open()
    venue.fills_all(ids(bench)[0])
    for _ in range(2):
        venue.cancels(ids(bench)[-1])
    assert order.awaits_quote and len(ids(bench)) == 3
    return order


def test_a_repair_that_waits_for_a_quote_goes_on_with_the_next_one_of_its_spread():
    bench, venue = started()
    lacking_a_quote(bench, venue)
    bench.now_ns += 1
    bench.quote(1, 1000, 1001)
    assert [(c.instrument_index, c.quantity_lots) for c in bench.routes.sent[3:]] == [(1, 3)]


def test_a_quote_of_another_spread_says_nothing_about_the_book_that_was_used_up():
    bench, venue = started()
    order = lacking_a_quote(bench, venue)
    other = bench.desk.triggers[0]
    assert other.valuation.definition.index == 0
    order.definition = definition()
    order.definition.index = 1
    bench.now_ns += 1
    bench.quote(1, 1000, 1001)
    assert order.awaits_quote and len(ids(bench)) == 3


def test_the_ladder_behind_a_quote_of_ours_goes_on_with_the_next_quote_too():
    bench, venue = started(quoted_spread())
    bench.set_quotes((995, 1005), (1000, 1001))
    quote = ids(bench)[0]
    venue.say(venue.acknowledge(quote))
    venue.fills(quote, 2)
    venue.cancels(ids(bench)[1])
    venue.cancels(quote)
    venue.cancels(ids(bench)[2])
    [order] = bench.desk.orders.values()
    assert order.awaits_quote and len(ids(bench)) == 3, "a hedge and a retry have missed"
    bench.now_ns += 1
    bench.quote(1, 1000, 1001)
    assert [(c.instrument_index, c.quantity_lots) for c in bench.routes.sent[3:]] == [(1, 2)]


def test_a_fill_without_a_price_is_held_at_the_price_that_was_sent():
    bench, venue = started()
    bench.open()
    first, second = bench.routes.sent
    fill = venue.fill(int(first.client_order_id), 3, 997)
    venue.say(fill)
    unpriced = venue.fill(int(second.client_order_id), 3)
    unpriced.last_ticks = 0
    venue.say(unpriced)
    position = bench.trigger.position
    assert position.average_ticks(0) == 997
    assert position.average_ticks(1) == second.price_ticks == 998


def test_an_order_reopened_by_a_late_fill_is_under_way_once_and_ends_once():
    bench, venue = started()
    order = bench.open()
    for number in ids(bench):
        venue.cancels(number)
    assert (bench.state_name(order), bench.trigger.open_orders) == ("cancelled", 0)
    venue.fills(ids(bench)[0], 1)
    assert (bench.trigger.open_orders, bench.desk.open_ids, bench.desk.ended_ids) == (1, [1], [])
    venue.fills_all(ids(bench)[-1])
    assert (bench.trigger.open_orders, bench.desk.open_ids, bench.desk.ended_ids) == (0, [], [1])
    assert bench.desk.is_quiet()


@pytest.mark.parametrize(
    ("behind", "last", "duplicate", "blocks"),
    [(1, 2, False, True), (1, 2, True, False), (1, 0, False, False), (0, 0, False, True)],
)
def test_a_receipt_for_an_order_that_no_record_knows(behind, last, duplicate, blocks):
    """One of ours that is long forgotten blocks when it fills anew; a stranger's (no number of ours) always does."""
    bench, _ = started()
    number = int(bench.desk.machine.sender.next_client_order_id) - behind
    receipt = Receipt(number, RECEIPT_PARTIAL_FILL, STATUS_NEW)
    receipt.route = receipt.instrument_index = 0
    receipt.last_lots, receipt.possible_duplicate = last, duplicate
    bench.input()
    take_receipts(bench.desk, [receipt])
    assert bench.desk.safety.is_blocked(0, 0) == blocks
    assert [row["code"] for row in bench.log.of(ALERT)][0] == "unowned_receipt"


def test_a_refusal_pauses_the_trigger_and_a_complete_order_forgives_it_whatever_was_refused_on_the_way():
    bench, venue = started()
    bench.open()
    for number in ids(bench):
        venue.rejects(number, REJECT_BUSY)
    assert bench.trigger.failures == 1
    bench.wait(60 * SECOND)
    order = bench.open()
    first, second = ids(bench)[2:]
    venue.fills_all(first)
    venue.rejects(second, REJECT_BUSY)
    bench.wait(SECOND)
    venue.fills_all(ids(bench)[-1])
    assert (bench.state_name(order), bench.trigger.failures) == ("complete", 0)


def test_a_route_that_is_back_is_asked_at_once_for_what_was_sent_over_it():
    bench, _ = started()
    bench.open()
    bench.route(1, False)
    assert bench.routes.queried == []
    bench.route(1, True)
    assert bench.routes.queried == [ids(bench)[1]]


def test_a_crossing_that_has_lasted_fires_by_the_timer_and_nothing_else_is_looked_at():
    spread = definition()
    spread.rule.persistence_ns = 30 * MS
    bench, _ = started(spread)
    bench.set_quotes((999, 1000), (1000, 1001))
    assert ids(bench) == []
    bench.now_ns += 30 * MS - 1
    bench.input()
    bench.desk.on_timer()
    assert ids(bench) == []
    bench.now_ns += 1
    bench.input()
    bench.desk.on_timer()
    assert len(ids(bench)) == 2
    calm, _ = started()
    calm.set_quotes((1004, 1005), (1000, 1001))
    calm.books[0].asks.set_level(0, 999, 10)
    calm.input()
    calm.desk.on_timer()
    assert ids(calm) == [], "a timer is no quote: nothing had been wanted"


def test_a_stop_is_told_once_and_opens_nothing_afterwards():
    bench, _ = started()
    bench.input()
    for _ in range(2):
        stop(bench.desk)
    assert [row["code"] for row in bench.log.of(ALERT)] == ["stopping"]
    bench.set_quotes((999, 1000), (1000, 1001))
    assert ids(bench) == [] and bench.desk.is_quiet()


def test_when_cancel_only_is_lifted_what_is_open_goes_on_and_its_new_orders_are_known():
    bench, venue = started()
    order = bench.open()
    venue.fills_all(ids(bench)[0])
    bench.input()
    restrict(bench.desk, "the disk is full")
    venue.cancels(ids(bench)[1])
    assert len(ids(bench)) == 2
    bench.input()
    assert lift(bench.desk, "ann", "there is room again")
    assert [(c.instrument_index, c.quantity_lots) for c in bench.routes.sent[2:]] == [(1, 3)]
    assert ids(bench)[2] in bench.desk.leg_orders
    venue.fills_all(ids(bench)[2])
    assert bench.state_name(order) == "complete"
    assert not lift(bench.desk, "ann", "again")


@pytest.mark.parametrize(
    ("instrument", "condition", "value", "taken"),
    [(1, CONDITION_QUOTA_LOTS, 7, True), (2, CONDITION_QUOTA_LOTS, 7, False), (1, 999, 7, False)],
)
def test_a_condition_is_taken_over_or_a_person_is_told_why_not(instrument, condition, value, taken):
    bench, _ = started()
    before = [list(one.values) for one in bench.desk.conditions]
    bench.input()
    bench.desk.on_condition(instrument, condition, value)
    if taken:
        before[instrument][condition] = value
    assert [list(one.values) for one in bench.desk.conditions] == before
    assert [row["code"] for row in bench.log.of(ALERT)] == ([] if taken else ["condition"])


def test_a_limit_that_refuses_an_opening_is_on_record_with_its_numbers_and_a_gate_for_the_page():
    bench, _ = started()
    bench.desk.machine.sender.admission.counters.set_limit(0, 0, COUNT_OPENED_LOTS, 2)
    bench.set_quotes((999, 1000), (1000, 1001))
    [row] = bench.log.of(REFUSAL)
    assert (row["limit_name"], row["observed"], row["limit"]) == ("opened_lots_per_day_max", 0, 2)
    assert [row["state"] for row in bench.log.of(SPREAD_ORDER)] == [REFUSED]
    result = bench.trigger.result
    assert (result.gate, result.instrument_index, result.observed, result.limit) == (GATE_LIMIT, -1, 0, 2)
    assert bench.trigger.gate == GATE_LIMIT and bench.desk.is_quiet()
