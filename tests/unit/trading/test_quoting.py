"""Quoting: the price by hand, hedges in the step of the fill, damping, pulls, hedges in flight, restarts."""

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.execution import COMPLETE_IOC, COMPLETE_LIMIT, Quoting
from cross_market_connect.domain.order import DAY, IMMEDIATE_OR_CANCEL
from cross_market_connect.domain.records import GATE, TRIGGER
from cross_market_connect.domain.spread import BUY_SPREAD, RATIO, SPREAD_STATE_NAMES, SpreadDefinition
from cross_market_connect.trading.conditions import CONDITION_CORPORATE_ACTION
from cross_market_connect.trading.quoting import quote_price
from cross_market_connect.trading.resuming import resume
from cross_market_connect.trading.stopping import stop
from cross_market_connect.trading.trigger import CLOSE_SELL, OPEN_BUY, OPEN_SELL
from tests.unit.trading.support import DEADLINE_NS, MS, SECOND, START_NS, Bench, definition
from tests.unit.trading.test_desk import EVENTS
from tests.unit.trading.test_machine import ids
from tests.unit.trading.test_restore import Shadow
from tests.unit.trading.venue import FakeVenue
from tests.unit.trading.world import World

# V = leg 0 - leg 1; bought at or below 0, sold out at 10. Leg 0 quotes; leg 1 sells at 1000 with two ticks of payup.
QUOTES = ((995, 1005), (1000, 1001))


def quoted(legs=(0,), waits=False, completion=COMPLETE_IOC, **changes) -> SpreadDefinition:
    spread = definition(**changes)
    spread.execution.quoting = Quoting()
    spread.execution.waits_in_flight = waits
    spread.execution.quote_life_ns = 3_600 * SECOND
    spread.rule.sell_enter = 5_000.0
    for leg in range(len(spread.legs)):
        spread.execution.legs[leg].is_quoting = leg in legs
        spread.execution.legs[leg].completion = completion
    return spread


def quoting(legs=(0,), **changes) -> Bench:
    return Bench(quoted(legs, **changes))


def sent(bench: Bench, since: int = 0) -> list[tuple[int, int, int, int]]:
    """Instrument, lots with the sign of the side, price, time in force."""
    return [
        (int(one.instrument_index), int(one.side * one.quantity_lots), int(one.price_ticks), int(one.time_in_force))
        for one in bench.routes.sent[since:]
    ]


def state(bench: Bench, order_id: int = 1) -> str:
    return SPREAD_STATE_NAMES[bench.desk.orders[order_id].state]


# ---------------------------------------------------------------------- prices


def test_the_quote_is_the_price_at_which_the_spread_meets_the_threshold():
    """Leg 1 sells three lots at 1000: leg 0 may be bought at 1000."""
    bench = quoting()
    bench.set_quotes(*QUOTES)
    assert sent(bench) == [(0, 3, 1000, DAY)]
    row = bench.log.of(TRIGGER)[0]
    assert (row["rule"], row["value_e9"], row["opening"]) == ("quote open_buy", 0, 1)


def test_the_hedge_is_priced_through_its_depth():
    """One lot at 1000, the rest at 997: three lots sell at 998 on average."""
    bench = quoting()
    bench.hours[0].open = False
    bench.set_quotes((995, 1005), (1000, 1001), lots=1)
    bench.hours[0].open = True
    bench.books[1].bids.set_level(1, 997, 2)
    bench.input()
    bench.desk.on_book(1)
    assert sent(bench) == [(0, 3, 998, DAY)]


def price(bench: Bench, wanted: int, leg: int, lots=(3, 3)) -> int:
    bench.trigger.valuation.update()
    return int(quote_price(bench.trigger.valuation, bench.trigger, wanted, leg, list(lots)))


def test_prices_of_every_side_by_hand():
    bench = quoting()
    bench.routes.up = [False, False]
    bench.set_quotes((995, 1005), (1000, 1001))
    rule = bench.spread.rule
    rule.buy_exit, rule.sell_enter = 10.0, 20.5
    # Sell leg 0 against buying leg 1 at 1001: at 1011, and at 1021.5 rounded up.
    assert price(bench, CLOSE_SELL, 0) == 1011
    assert price(bench, OPEN_SELL, 0) == 1022
    # Leg 1 quotes: buying the spread sells it, against buying leg 0 at 1005.
    rule.buy_enter = -0.5
    assert price(bench, OPEN_BUY, 1) == 1006
    assert price(bench, OPEN_BUY, 0) == 999


def test_a_ratio_is_solved_too():
    bench = quoting(form=RATIO)
    bench.routes.up = [False, False]
    bench.set_quotes((995, 1005), (1000, 1001))
    bench.spread.rule.buy_enter = 0.9985
    assert price(bench, OPEN_BUY, 0) == 998
    bench.spread.rule.sell_enter = 1.0021
    assert price(bench, OPEN_SELL, 0) == 1004


# ---------------------------------------------------------------------- hedges


def test_case_04_15_every_fill_is_hedged_in_its_own_step_and_by_what_filled():
    bench = quoting()
    bench.set_quotes(*QUOTES)
    venue = FakeVenue(bench)
    venue.say(venue.acknowledge(ids(bench)[0]))
    venue.fills(ids(bench)[0], 1)
    assert sent(bench, 1) == [(1, -1, 998, IMMEDIATE_OR_CANCEL)]
    venue.fills_all(ids(bench)[1])
    assert state(bench) == "working"
    venue.fills(ids(bench)[0], 2)
    assert sent(bench, 2) == [(1, -2, 998, IMMEDIATE_OR_CANCEL)]
    venue.fills_all(ids(bench)[2])
    assert state(bench) == "complete"
    assert list(bench.trigger.position_lots) == [3, -3]


def test_when_a_clip_is_complete_the_next_is_quoted_at_once():
    bench = quoting()
    bench.spread.position_lots_max = 6
    bench.set_quotes(*QUOTES)
    venue = FakeVenue(bench)
    for _ in range(2):
        venue.fills_all(ids(bench)[-1])
        venue.fills_all(ids(bench)[-1])
    assert list(bench.trigger.position_lots) == [6, -6]
    assert sent(bench, 4) == [(0, -3, 1011, DAY)], "as much as may be held: now the exit is quoted"


def test_a_hedge_that_missed_pulls_the_quote_and_the_ladder_has_the_rest():
    bench = quoting()
    bench.set_quotes(*QUOTES)
    venue = FakeVenue(bench, quotes_flow=False)
    quote = ids(bench)[0]
    venue.say(venue.acknowledge(quote))
    venue.fills(quote, 1)
    venue.cancels(ids(bench)[1])
    assert bench.routes.cancelled == [quote]
    assert len(ids(bench)) == 2, "nothing is decided while the quote can still fill"
    venue.fills(quote, 1)
    venue.cancels(quote)
    bench.wait(SECOND)
    assert sent(bench, 2)[0][:2] == (1, -2), "one re-order for both fills"


def test_a_fill_after_the_cancel_is_hedged():
    bench = quoting()
    bench.set_quotes(*QUOTES)
    venue = FakeVenue(bench)
    venue.say(venue.acknowledge(ids(bench)[0]))
    bench.input()
    stop(bench.desk)
    assert bench.routes.cancelled == ids(bench)[:1]
    venue.fills(ids(bench)[0], 2)
    assert sent(bench, 1) == [(1, -2, 998, IMMEDIATE_OR_CANCEL)]
    venue.cancels(ids(bench)[0])
    venue.fills_all(ids(bench)[1])
    assert state(bench) == "complete" and bench.desk.is_quiet()


@pytest.mark.parametrize(
    ("policy", "second"),
    [
        ("attempt", [(1, -1, 993, DAY)]),  # at the price of now: bid 995, two ticks of payup
        ("preserve_queue", [(1, -1, 998, DAY)]),  # beside the one that rests
        ("always_wait", []),
    ],
)
def test_fills_against_hedges_in_flight(policy, second):
    bench = quoting()
    bench.spread.execution.waits_in_flight = policy == "always_wait"
    bench.spread.execution.keeps_queue_price = policy == "preserve_queue"
    bench.spread.execution.quoting.outside_slop_ticks = 100
    bench.spread.execution.legs[1].completion = COMPLETE_LIMIT
    bench.set_quotes(*QUOTES)
    venue = FakeVenue(bench)
    venue.say(venue.acknowledge(ids(bench)[0]))
    venue.fills(ids(bench)[0], 1)
    venue.say(venue.acknowledge(ids(bench)[1]))
    bench.quote(1, 995, 996)
    venue.fills(ids(bench)[0], 1)
    assert sent(bench, 2) == second
    venue.fills_all(ids(bench)[1])
    total = sum(lots for instrument, lots, _, _ in sent(bench) if instrument == 1)
    assert total == -2, "never more than what filled"


def test_two_quoting_legs_the_other_quote_is_cancelled_and_confirmed_before_its_leg_is_hedged():
    bench = quoting(legs=(0, 1))
    bench.set_quotes(*QUOTES)
    assert sent(bench) == [(0, 3, 1000, DAY), (1, -3, 1005, DAY)]
    venue = FakeVenue(bench)
    for one in ids(bench):
        venue.say(venue.acknowledge(one))
    venue.fills_all(ids(bench)[0])
    assert bench.routes.cancelled == [ids(bench)[1]] and len(ids(bench)) == 2
    venue.cancels(ids(bench)[1])
    assert sent(bench, 2) == [(1, -3, 998, IMMEDIATE_OR_CANCEL)]
    venue.fills_all(ids(bench)[2])
    assert state(bench) == "complete"


# ---------------------------------------------------------------------- moving and pulling


def requoted(bench: Bench, bid: int, wait_ns: int = 0) -> bool:
    """Whether the hedge's bid at this price makes the quote move."""
    before = len(bench.routes.cancelled)
    bench.now_ns += wait_ns
    bench.quote(1, bid, bid + 1)
    return len(bench.routes.cancelled) > before


def working(**rules: int) -> tuple[Bench, FakeVenue]:
    bench = quoting()
    for name, value in rules.items():
        setattr(bench.spread.execution.quoting, name, value)
    bench.spread.rule.skew_ns_max = 100 * SECOND
    bench.set_quotes(*QUOTES)
    venue = FakeVenue(bench)
    venue.say(venue.acknowledge(ids(bench)[0]))
    return bench, venue


def test_the_quote_stays_within_its_slop_and_moves_beyond_it():
    bench, venue = working(inside_slop_ticks=2, outside_slop_ticks=1)
    assert not requoted(bench, 1002) and not requoted(bench, 999)
    assert requoted(bench, 998)
    venue.cancels(ids(bench)[0])
    assert state(bench) == "cancelled"
    assert sent(bench, 1) == [(0, 3, 998, DAY)], "its new price in the same step"


def test_it_moves_in_no_sooner_than_the_damping_allows_and_out_at_once():
    bench, _ = working(requote_ns_min=100 * MS)
    assert not requoted(bench, 1003, 99 * MS)
    assert requoted(bench, 1003, MS)
    bench, _ = working(requote_ns_min=100 * MS)
    assert requoted(bench, 999)


def test_a_gate_that_closes_pulls_the_quote_and_keeps_it_out():
    bench, venue = working()
    bench.input()
    bench.desk.on_condition(1, CONDITION_CORPORATE_ACTION, 1)
    assert bench.routes.cancelled == ids(bench)
    venue.cancels(ids(bench)[0])
    assert [row["gate"] for row in bench.log.of(GATE)] == ["corporate_action"]
    assert len(ids(bench)) == 1
    bench.input()
    bench.desk.on_condition(1, CONDITION_CORPORATE_ACTION, 0)
    assert len(ids(bench)) == 2


def test_without_the_lean_quantity_there_is_no_quote():
    bench = quoting()
    bench.spread.execution.quoting.lean_lots_min = 2_000
    bench.set_quotes(*QUOTES)
    assert sent(bench) == []
    bench, _ = working(lean_lots_min=900)
    bench.input()
    bench.books[1].bids.set_level(0, 1000, 899)
    bench.desk.on_book(1)
    assert bench.routes.cancelled == ids(bench)


def test_a_quote_has_no_deadline_until_something_is_unhedged():
    bench, venue = working()
    for _ in range(5):
        bench.wait(4 * SECOND)
        bench.set_quotes(*QUOTES)
    assert state(bench) == "working" and bench.now_ns > START_NS + DEADLINE_NS
    venue.fills(ids(bench)[0], 1)
    assert bench.desk.orders[1].deadline_ns == bench.now_ns + bench.spread.deadline_ns


def test_a_book_that_is_too_old_pulls_the_quote_without_a_tick():
    bench, _ = working()
    bench.wait(5 * SECOND - 1)
    assert bench.routes.cancelled == []
    bench.wait(2)
    assert bench.routes.cancelled == ids(bench)


def test_a_stop_loss_pulls_the_quote_and_takes_what_there_is():
    bench, venue = working()
    bench.spread.position_lots_max = 3
    venue.fills_all(ids(bench)[0])
    venue.fills_all(ids(bench)[1])
    exit_quote = ids(bench)[2]
    venue.say(venue.acknowledge(exit_quote))
    bench.spread.rule.stop_loss = 5.0
    bench.set_quotes((980, 981), (1000, 1001))
    assert bench.routes.cancelled == [exit_quote]
    venue.cancels(exit_quote)
    assert bench.log.of(TRIGGER)[-1]["rule"] == "close_sell stop_loss"
    assert [row[:2] for row in sent(bench, 3)] == [(0, -3), (1, 3)]


def test_after_a_restart_quotes_are_pulled():
    bench, venue = working()
    bench.input()
    resume(bench.desk)
    bench.route(0, False)
    bench.route(0, True)
    assert bench.routes.queried[-1:] == ids(bench)
    venue.answers(ids(bench)[0])
    assert bench.routes.cancelled == ids(bench)
    venue.cancels(ids(bench)[0])
    assert state(bench) == "cancelled"


def test_a_quote_that_rests_is_not_asked_for_every_moment():
    bench, _ = working()
    bench.wait(4 * SECOND)
    assert bench.routes.queried == []


def test_the_direction_of_a_quote_is_its_orders():
    bench = quoting()
    bench.set_quotes(*QUOTES)
    assert bench.desk.orders[1].direction == BUY_SPREAD


QUOTING_SPREADS = st.builds(
    quoted,
    ratios=st.sampled_from([(1, 1), (3, 1), (3, 4)]),
    legs=st.sampled_from([(0,), (1,), (0, 1)]),
    waits=st.booleans(),
    completion=st.sampled_from([COMPLETE_IOC, COMPLETE_LIMIT]),
)


@pytest.mark.slow
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(QUOTING_SPREADS, EVENTS)
def test_invariants_hold_and_the_records_restore_whatever_the_venues_do(spread, events):
    """No leg can end beyond its target, the ledger agrees, a shadow restored from the records stands where the desk
    stands; and after a stop, when the faults stop too, everything ends."""
    world = World(spread)
    shadow = Shadow(world.bench)
    try:
        for one in events:
            world.play(one)
            shadow.follow()
        world.play(("stop", 0, 0))
        world.settle()
        shadow.follow()
    except (AssertionError, InvariantError):
        note(world.story())
        raise
