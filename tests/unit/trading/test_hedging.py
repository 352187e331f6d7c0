"""Quoting mode: every fill of a resting quote is hedged in its step, in proportion, and never twice."""

from cross_market_connect.domain.order import (
    BUY,
    DAY,
    IMMEDIATE_OR_CANCEL,
    RECEIPT_FILL,
    REJECT_INSUFFICIENT,
    SELL,
    STATUS_FILLED,
    Receipt,
)
from cross_market_connect.domain.spread import LEG_PENDING_CANCEL, ROLE_HEDGE, ROLE_QUOTE, ROLE_RETRY, ROLE_UNWIND
from cross_market_connect.trading.hedging import ORDERS_FOR_REPAIR
from cross_market_connect.trading.orders import LEG_ORDERS_MAX
from cross_market_connect.trading.stopping import stop
from tests.unit.trading.support import DEADLINE_NS, MS, SECOND, Bench, definition
from tests.unit.trading.test_machine import ids
from tests.unit.trading.test_repair import start_by_hand
from tests.unit.trading.venue import FakeVenue


def quoting(spread=None, targets=(6, 6), **changes):
    """Leg 0 rests as a quote, the others hedge."""
    bench = Bench(spread if spread is not None else definition(reference_lots=6))
    venue = FakeVenue(bench)
    order = start_by_hand(bench, list(targets), quoting=[leg == 0 for leg in range(len(targets))], **changes)
    return bench, venue, order


def sent(order) -> list[tuple[int, int, int]]:
    """(leg, role, lots) of everything sent."""
    return [(int(one.leg), int(one.role), int(one.command.quantity_lots)) for one in order.leg_orders]


def test_only_the_quote_goes_out_and_it_rests():
    bench, venue, order = quoting()
    assert sent(order) == [(0, ROLE_QUOTE, 6)]
    assert (bench.routes.sent[0].side, bench.routes.sent[0].time_in_force) == (BUY, DAY)
    bench.wait(DEADLINE_NS - 1)
    assert bench.routes.cancelled == []


def test_case_04_every_fill_is_hedged_in_its_step_while_the_quote_lives():
    bench, venue, order = quoting()
    venue.fills(ids(bench)[0], 2)
    assert sent(order)[1:] == [(1, ROLE_HEDGE, 2)]
    assert (bench.routes.sent[1].side, bench.routes.sent[1].time_in_force) == (SELL, IMMEDIATE_OR_CANCEL)
    venue.fills(ids(bench)[0], 3)
    assert sent(order)[2:] == [(1, ROLE_HEDGE, 3)], "beside the one under way, for what it does not cover"
    venue.fills_all(ids(bench)[1])
    venue.fills_all(ids(bench)[2])
    assert bench.state_name(order) == "working" and bench.routes.cancelled == []
    venue.fills(ids(bench)[0], 1)
    venue.fills_all(ids(bench)[3])
    assert bench.state_name(order) == "complete"
    assert list(order.filled) == [6, 6]


def test_always_wait_hedges_what_came_in_the_meantime_once_the_hedge_has_ended():
    spread = definition(reference_lots=6)
    spread.execution.waits_in_flight = True
    bench, venue, order = quoting(spread)
    venue.fills(ids(bench)[0], 2)
    venue.fills(ids(bench)[0], 3)
    assert sent(order)[1:] == [(1, ROLE_HEDGE, 2)]
    venue.fills_all(ids(bench)[1])
    assert sent(order)[2:] == [(1, ROLE_HEDGE, 3)]


def test_less_than_the_least_hedge_waits_for_more_and_is_hedged_when_no_more_comes():
    spread = definition(reference_lots=6)
    spread.execution.hedge_lots_min = 2
    bench, venue, order = quoting(spread)
    venue.fills(ids(bench)[0], 1)
    assert sent(order)[1:] == []
    venue.cancels(ids(bench)[0])
    assert sent(order)[1:] == [(1, ROLE_HEDGE, 1)]


def test_the_last_fill_is_hedged_at_once_beside_the_hedge_under_way():
    bench, venue, order = quoting()
    venue.fills(ids(bench)[0], 4)
    venue.fills(ids(bench)[0], 2)
    assert sent(order)[1:] == [(1, ROLE_HEDGE, 4), (1, ROLE_HEDGE, 2)]
    venue.fills_all(ids(bench)[2])
    venue.fills_all(ids(bench)[1])
    assert bench.state_name(order) == "complete"


def test_case_06_hedges_keep_the_proportion():
    """3 : 1, tolerance 5 %: one lot of the quote has no whole counterpart yet; the covering hedge goes out at once."""
    bench, venue, order = quoting(definition(ratios=(3, 1), reference_lots=6), targets=(6, 2))
    venue.fills(ids(bench)[0], 1)
    assert sent(order)[1:] == [(1, ROLE_HEDGE, 1)]
    venue.fills(ids(bench)[0], 2)
    assert len(order.leg_orders) == 2, "three of the quote are one of the hedge, which is under way"
    venue.fills_all(ids(bench)[1])
    venue.fills(ids(bench)[0], 3)
    assert sent(order)[2:] == [(1, ROLE_HEDGE, 1)]


def test_a_hedge_that_falls_short_ends_the_quote_before_the_ladder_goes_on():
    bench, venue, order = quoting()
    venue.fills(ids(bench)[0], 4)
    venue.fills(ids(bench)[1], 1)
    venue.cancels(ids(bench)[1])
    assert bench.routes.cancelled == ids(bench)[:1]
    assert order.leg_orders[0].state == LEG_PENDING_CANCEL and len(order.leg_orders) == 2
    venue.fills(ids(bench)[0], 1)
    assert len(order.leg_orders) == 2, "the race is counted, and repaired with the rest"
    venue.cancels(ids(bench)[0])
    assert sent(order)[2:] == [(1, ROLE_RETRY, 4)]
    venue.fills_all(ids(bench)[-1])
    assert bench.state_name(order) == "complete"
    assert list(order.filled) == [5, 5]


def test_a_hedge_refused_for_good_ends_the_quote_and_is_traded_back():
    bench, venue, order = quoting()
    venue.fills(ids(bench)[0], 2)
    venue.rejects(ids(bench)[1], REJECT_INSUFFICIENT)
    venue.cancels(ids(bench)[0])
    assert sent(order)[2:] == [(0, ROLE_UNWIND, 2)]


def test_of_two_quotes_the_one_that_has_to_hedge_is_cancelled_first():
    bench = Bench(definition(reference_lots=6))
    venue = FakeVenue(bench)
    order = start_by_hand(bench, [6, 6], quoting=[True, True])
    assert [role for _, role, _ in sent(order)] == [ROLE_QUOTE, ROLE_QUOTE]
    venue.fills(ids(bench)[0], 2)
    assert bench.routes.cancelled == ids(bench)[1:] and len(order.leg_orders) == 2
    venue.cancels(ids(bench)[1])
    assert sent(order)[2:] == [(1, ROLE_HEDGE, 2)], "confirmed, then hedged; the other quote lives on"


def test_a_clip_is_what_rests_at_a_time():
    bench, venue, order = quoting(clip_lots=2)
    assert sent(order) == [(0, ROLE_QUOTE, 2)]
    venue.fills_all(ids(bench)[0])
    venue.fills_all(ids(bench)[1])
    assert bench.state_name(order) == "complete"


def test_a_quote_is_cancelled_at_the_end_of_its_life_and_nobody_is_called():
    spread = definition(reference_lots=6)
    spread.execution.quote_life_ns = 60 * SECOND
    bench, venue, order = quoting(spread)
    venue.say(venue.acknowledge(ids(bench)[0]))
    bench.wait(60 * SECOND)
    assert bench.routes.cancelled == ids(bench)
    venue.cancels(ids(bench)[0])
    assert bench.state_name(order) == "cancelled"


def test_an_unhedged_fill_has_the_spreads_deadline_and_a_hedged_one_its_life_again():
    spread = definition(reference_lots=6)
    spread.execution.quote_life_ns = 60 * SECOND
    bench, venue, order = quoting(spread)
    ends_ns = order.deadline_ns
    bench.wait(5 * SECOND)
    venue.fills(ids(bench)[0], 2)
    assert order.deadline_ns == bench.now_ns + DEADLINE_NS
    venue.fills_all(ids(bench)[1])
    assert order.deadline_ns == ends_ns


def test_case_14_a_quote_that_fills_after_its_cancel_is_hedged_like_any_late_fill():
    bench, venue, order = quoting()
    bench.input()
    stop(bench.desk)
    venue.cancels(ids(bench)[0])
    assert bench.state_name(order) == "cancelled"
    late = Receipt(ids(bench)[0], RECEIPT_FILL, STATUS_FILLED)
    late.last_lots, late.cumulative_lots, late.execution_id = 2, 2, b"late"
    venue.say(late)
    assert sent(order)[1:] == [(1, ROLE_RETRY, 2)]


def test_a_lost_route_leaves_the_quote_possibly_live_and_hedges_what_is_known():
    bench, venue, order = quoting()
    venue.fills(ids(bench)[0], 2)
    bench.route(0, False)
    venue.fills_all(ids(bench)[1])
    bench.wait(100 * MS)
    bench.route(0, True)
    venue.fill(ids(bench)[0], 1)
    venue.answers(ids(bench)[0])
    assert sent(order)[2:] == [(1, ROLE_HEDGE, 1)]


def test_fills_in_many_small_parts_leave_the_ladder_its_orders():
    bench, venue, order = quoting(definition(reference_lots=100), targets=(100, 100))
    for _ in range(60):
        venue.fills(ids(bench)[0], 1)
    assert len(order.leg_orders) == LEG_ORDERS_MAX - ORDERS_FOR_REPAIR
    assert bench.routes.cancelled == ids(bench)[:1]
    for client_order_id in ids(bench)[1:]:
        venue.fills_all(client_order_id)
    venue.cancels(ids(bench)[0])
    assert sent(order)[-1] == (1, ROLE_RETRY, 60 - (LEG_ORDERS_MAX - ORDERS_FOR_REPAIR - 1))
    venue.fills_all(ids(bench)[-1])
    assert bench.state_name(order) == "complete"


def test_a_quote_that_is_hedged_whole_sends_no_leg_by_its_rank_beside_the_hedge():
    bench, venue, order = quoting(ranks=[0, 1])
    venue.fills_all(ids(bench)[0])
    venue.fills_all(ids(bench)[1])
    assert sent(order) == [(0, ROLE_QUOTE, 6), (1, ROLE_HEDGE, 6)]
    assert bench.state_name(order) == "complete"


def test_one_lot_is_hedged_like_any_other_and_a_clip_may_be_one_lot():
    bench, venue, order = quoting(clip_lots=1)
    assert sent(order) == [(0, ROLE_QUOTE, 1)]
    venue.fills_all(ids(bench)[0])
    assert sent(order)[1:] == [(1, ROLE_HEDGE, 1)]


def test_of_two_quotes_both_are_cancelled_when_a_third_legs_hedge_falls_short():
    """The race of the other quote would only make what the ladder has to repair larger."""
    bench = Bench(definition(ratios=(1, 1, 1), sides=(1, -1, -1), reference_lots=6))
    venue = FakeVenue(bench)
    start_by_hand(bench, [6, 6, 6], quoting=[True, True, False])
    first, second = ids(bench)
    for quote in (first, second):
        venue.say(venue.acknowledge(quote))
    venue.fills(first, 2)
    assert bench.routes.cancelled == [second], "its leg has to hedge"
    bench.routes.cancelled.clear()
    venue.cancels(ids(bench)[2])
    assert bench.routes.cancelled == [first]
