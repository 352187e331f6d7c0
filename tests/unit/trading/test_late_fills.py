"""What venues fill after they had said that it was over, while the ladder is at work or has ended."""

from __future__ import annotations

from cross_market_connect.domain.alert import CRITICAL
from cross_market_connect.domain.execution import Alternative
from cross_market_connect.domain.order import BUY, REJECT_INSUFFICIENT, SELL
from cross_market_connect.domain.records import LEG_ORDER
from cross_market_connect.domain.spread import (
    ROLE_ALTERNATIVE,
    ROLE_RETRY,
    ROLE_UNWIND,
    STEP_ALTERNATIVE,
    STEP_CARRY,
    STEP_RETRY,
    STEP_UNWIND,
    SpreadDefinition,
)
from tests.unit.trading.support import SECOND, Bench, definition
from tests.unit.trading.test_machine import alerts, ids, roles
from tests.unit.trading.venue import FakeVenue

RETRY = (STEP_RETRY, 3, 2, 20, SECOND)
UNWIND = (STEP_UNWIND, 4, 5, 60, SECOND)
CARRY = (STEP_CARRY, 1, 0, 0, SECOND)


def begun(spread: SpreadDefinition):
    bench = Bench(spread)
    return bench, FakeVenue(bench), bench.open()


def test_a_trade_that_was_given_up_and_turned_round_by_late_fills_is_not_begun_anew():
    """Leg 0 bought 3, sold 3 again, and 2 of an unwind that had been cancelled fill after all: the 2 are bought back;
    a re-order would buy 5 and sell 3 of the other leg, more than was ever reserved."""
    bench, venue, order = begun(definition(ladder=[RETRY, UNWIND]))
    venue.fills_all(ids(bench)[0])
    venue.rejects(ids(bench)[1], REJECT_INSUFFICIENT)
    late = ids(bench)[-1]
    venue.cancels(late)
    venue.fills_all(ids(bench)[-1])
    assert bench.state_name(order) == "unwound"
    sent = len(ids(bench))
    venue.fills(late, 2)
    assert list(order.filled) == [-2, 0]
    assert roles(order)[sent:] == [(0, ROLE_UNWIND, 2)]
    assert (bench.routes.sent[-1].side, bench.routes.sent[-1].quantity_lots) == (BUY, 2)
    venue.fills_all(ids(bench)[-1])
    assert bench.state_name(order) == "unwound" and not order.reserved


def test_a_late_fill_on_the_trades_own_side_is_re_ordered_like_any_other():
    bench, venue, order = begun(definition(ladder=[RETRY, UNWIND]))
    venue.cancels(ids(bench)[0])
    venue.cancels(ids(bench)[1])
    assert bench.state_name(order) == "cancelled"
    venue.fills_all(ids(bench)[0])
    assert roles(order)[2:] == [(1, ROLE_RETRY, 3)]


def test_a_leg_refused_for_good_cancels_what_rests_of_the_trade_and_nothing_of_its_repair():
    """The unwind of the filled leg lives on: the refusal that made it necessary takes it back no more."""
    bench, venue, order = begun(definition(ladder=[UNWIND]))
    venue.fills_all(ids(bench)[0])
    venue.rejects(ids(bench)[1], REJECT_INSUFFICIENT)
    unwind = ids(bench)[-1]
    venue.say(venue.acknowledge(unwind))
    bench.wait(1)
    assert bench.routes.cancelled == []
    venue.fills_all(unwind)
    assert bench.state_name(order) == "unwound"


def test_a_leg_that_is_nothing_in_sum_but_held_in_two_accounts_is_carried_by_its_owner():
    """Leg 1 is sold on the second account, and late on its own; the second is bought back, twice, for the first time was
    late as well. When leg 0 is traded back the leg holds -3 and +3: a spread order that ends so has not ended flat."""
    spread = definition(ladder=[(STEP_ALTERNATIVE, 1, 2, 20, SECOND), UNWIND, CARRY])
    spread.execution.owner = "desk_hk"
    spread.execution.legs[1].alternatives = [Alternative(1, 2, "b", 1, True)]
    bench, venue, order = begun(spread)
    venue.fills_all(ids(bench)[0])
    own = ids(bench)[1]
    venue.cancels(own)
    venue.fills_all(ids(bench)[-1])
    assert roles(order)[2:] == [(1, ROLE_ALTERNATIVE, 3)] and bench.state_name(order) == "residual"
    venue.fills_all(own)
    late = ids(bench)[-1]
    assert (bench.routes.sent[-1].side, bench.log.of(LEG_ORDER)[-1]["route"]) == (BUY, 2)
    venue.cancels(late)
    bench.wait(SECOND // 5)
    venue.fills_all(ids(bench)[-1])
    assert list(order.filled) == [3, 3] and not order.is_held_elsewhere()
    venue.fills_all(late)
    venue.cancels(ids(bench)[-1])
    assert (bench.routes.sent[-1].instrument_index, bench.routes.sent[-1].side) == (0, SELL)
    venue.fills_all(ids(bench)[-1])
    assert list(order.filled) == [0, 0]
    assert bench.state_name(order) == "residual" and alerts(bench)[-1] == (CRITICAL, "carried")
