"""What the ladder does where a market does not let it: halts, locked limits, what may not be sold today, quota."""

import pytest

from cross_market_connect.domain.order import BUY, REJECT_INSUFFICIENT, REJECT_QUOTA, SELL
from cross_market_connect.domain.spread import (
    ROLE_RETRY,
    ROLE_UNWIND,
    STEP_CARRY,
    STEP_HALT,
    STEP_RETRY,
    STEP_UNWIND,
)
from cross_market_connect.trading.conditions import (
    CONDITION_BORROW_LOTS,
    CONDITION_CLOSE_TODAY_LOTS,
    CONDITION_LOCKED_SIDE,
    CONDITION_PHASE,
    CONDITION_QUOTA_LOTS,
    CONDITION_SELLABLE_LOTS,
    PHASE_HALTED,
    UNBOUNDED_LOTS,
)
from tests.unit.trading.support import SECOND, Bench, definition, set_book
from tests.unit.trading.test_machine import ids, roles
from tests.unit.trading.venue import FakeVenue

TO_HALT = [(STEP_RETRY, 1, 0, 0, SECOND), (STEP_UNWIND, 3, 5, 60, SECOND), (STEP_HALT, 1, 0, 0, SECOND)]
TO_CARRY = [(STEP_RETRY, 1, 0, 0, SECOND), (STEP_UNWIND, 3, 5, 60, SECOND), (STEP_CARRY, 1, 0, 0, SECOND)]


def filled_leg_0(ladder, changes):
    """Leg 0 bought its 3; then the market changes, and leg 1 ends unfilled."""
    spread = definition(ladder=ladder)
    spread.execution.owner = "desk_hk"
    bench = Bench(spread)
    venue = FakeVenue(bench)
    order = bench.open()
    venue.fills_all(ids(bench)[0])
    for instrument, condition, value in changes:
        bench.desk.conditions[instrument].values[condition] = value
    return bench, venue, order


def test_case_32_a_leg_locked_at_its_limit_is_not_chased():
    bench, venue, order = filled_leg_0(TO_HALT, [(1, CONDITION_LOCKED_SIDE, SELL)])
    venue.cancels(ids(bench)[1])
    assert roles(order) == [(0, ROLE_UNWIND, 3)]


def test_a_lock_on_the_other_side_does_not_matter():
    bench, venue, order = filled_leg_0(TO_HALT, [(1, CONDITION_LOCKED_SIDE, BUY)])
    venue.cancels(ids(bench)[1])
    assert roles(order) == [(1, ROLE_RETRY, 3)]


def test_a_halted_leg_is_traded_back_and_not_waited_for():
    bench, venue, order = filled_leg_0(TO_HALT, [(1, CONDITION_PHASE, PHASE_HALTED)])
    venue.cancels(ids(bench)[1])
    assert roles(order) == [(0, ROLE_UNWIND, 3)]


@pytest.mark.parametrize(("ladder", "end"), [(TO_HALT, "halted"), (TO_CARRY, "residual")])
def test_what_was_bought_today_and_may_not_be_sold_today_is_no_plan(ladder, end):
    """T+1: nothing sellable, nothing bought today may be closed today: no unwind is even tried."""
    bench, venue, order = filled_leg_0(ladder, [(0, CONDITION_SELLABLE_LOTS, 0), (0, CONDITION_CLOSE_TODAY_LOTS, 0)])
    venue.rejects(ids(bench)[1], REJECT_INSUFFICIENT)
    assert roles(order) == []
    assert bench.state_name(order) == end


def test_older_inventory_is_sold_as_far_as_it_goes():
    changes = [(0, CONDITION_SELLABLE_LOTS, 2), (0, CONDITION_CLOSE_TODAY_LOTS, 0), (0, CONDITION_BORROW_LOTS, 0)]
    bench, venue, order = filled_leg_0(TO_CARRY, changes)
    venue.rejects(ids(bench)[1], REJECT_INSUFFICIENT)
    assert roles(order) == [(0, ROLE_UNWIND, 2)]
    venue.fills_all(ids(bench)[-1])
    assert bench.state_name(order) == "residual"
    assert list(order.filled) == [1, 0]


@pytest.mark.parametrize(("ladder", "tries"), [(TO_HALT, 1), (TO_CARRY, 0)])
def test_an_unwind_into_a_locked_market_is_tried_only_where_nothing_better_follows(ladder, tries):
    bench, venue, order = filled_leg_0(ladder, [(0, CONDITION_LOCKED_SIDE, SELL)])
    venue.rejects(ids(bench)[1], REJECT_INSUFFICIENT)
    assert len(roles(order)) == tries


def test_a_purchase_refused_for_quota_stops_purchases_until_the_quota_is_stated_anew():
    bench = Bench(definition())
    venue = FakeVenue(bench)
    bench.open()
    venue.cancels(ids(bench)[1])
    venue.rejects(ids(bench)[0], REJECT_QUOTA)
    quota = bench.desk.conditions[0].values
    assert quota[CONDITION_QUOTA_LOTS] == 0
    bench.now_ns += 100 * SECOND
    bench.set_quotes((990, 991), (1000, 1001))
    assert len(bench.desk.orders) == 1
    bench.desk.set_condition(0, CONDITION_QUOTA_LOTS, UNBOUNDED_LOTS)
    bench.now_ns += SECOND
    bench.set_quotes((990, 991), (1000, 1001))
    assert len(bench.desk.orders) == 2


def test_a_book_that_stands_on_one_side_at_the_days_limit_is_locked_without_a_word_of_the_venue():
    bench = Bench()
    market = bench.desk.machine.repair.market
    bench.instruments[0].limit_high_ticks = 1_100
    set_book(bench.books[0], [(1_100, 5)], [], bench.now_ns)
    assert market.is_locked(0, BUY) and not market.is_locked(0, SELL)
    set_book(bench.books[0], [(1_099, 5)], [(1_100, 5)], bench.now_ns)
    assert not market.is_locked(0, BUY)
    bench.desk.set_condition(0, CONDITION_LOCKED_SIDE, BUY)
    assert market.is_locked(0, BUY) and not market.is_locked(1, BUY)
