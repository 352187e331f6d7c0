"""The ladder beyond retry and chase, unknown orders and busts, each against a venue told what to do."""

import pytest

from cross_market_connect.domain.alert import CRITICAL
from cross_market_connect.domain.book import BOOK_LIVE
from cross_market_connect.domain.execution import (
    BUST_REPAIR,
    CLOSED_HOLD,
    CLOSED_PERSON,
    CLOSED_UNWIND,
    UNKNOWN_HEDGE_CERTAIN,
    UNKNOWN_HEDGE_MIDPOINT,
    UNKNOWN_HOLD,
    Alternative,
)
from cross_market_connect.domain.order import (
    BUY,
    OFFSET_CLOSE,
    OFFSET_CLOSE_TODAY,
    OFFSET_OPEN,
    RECEIPT_REJECTED,
    RECEIPT_TRADE_CANCEL,
    REJECT_BUSY,
    REJECT_INSUFFICIENT,
    REJECT_LIMIT_LOCKED,
    REJECT_MARKET_CLOSED,
    REJECT_OFFSET,
    REJECT_PERMISSION,
    REJECT_PRICE,
    REJECT_SIZE,
    SELL,
    STATUS_FILLED,
    STATUS_REJECTED,
    Receipt,
)
from cross_market_connect.domain.records import LEG_ORDER, SPREAD_ORDER
from cross_market_connect.domain.spread import (
    ANY,
    LEG_CANCELLED,
    LEG_REJECTED,
    LEG_UNKNOWN,
    LEG_WORKING,
    ROLE_ALTERNATIVE,
    ROLE_CHASE,
    ROLE_CROSS,
    ROLE_RETRY,
    ROLE_UNCERTAIN,
    ROLE_UNWIND,
    STEP_ALTERNATIVE,
    STEP_CARRY,
    STEP_CHASE,
    STEP_CROSS,
    STEP_HALT,
    STEP_RETRY,
    STEP_UNWIND,
    LadderStep,
    SpreadDefinition,
)
from cross_market_connect.trading.intake import resolve
from cross_market_connect.trading.machine import UNCERTAIN_PAUSE_NS
from cross_market_connect.trading.orders import SpreadOrder
from cross_market_connect.trading.states import (
    HALT_DEADLINE,
    HALT_LADDER_ENDS,
    HALT_MARKET_CLOSED,
    HALT_PERMISSION,
    HALT_TRADE_BUSTED,
    HALT_UNKNOWN,
)
from tests.unit.trading.support import DEADLINE_NS, MS, SECOND, Bench, definition
from tests.unit.trading.test_machine import alerts, ids, roles
from tests.unit.trading.venue import FakeVenue

HALT = (STEP_HALT, 1, 0, 0, SECOND)
UNWIND = (STEP_UNWIND, 2, 5, 60, SECOND)


def bench_of(spread: SpreadDefinition) -> tuple[Bench, FakeVenue]:
    bench = Bench(spread)
    return bench, FakeVenue(bench)


def start_by_hand(bench: Bench, targets: list[int], **changes: list[int]) -> SpreadOrder:
    """An order as the desk would start it, with what it does not yet choose by itself."""
    desk = bench.desk
    for leg, (bid, ask) in enumerate([(999, 1000), (1000, 1001), (1000, 1001)][: len(targets)]):
        bench.books[leg].clear()
        bench.books[leg].bids.set_level(0, bid, 1000)
        bench.books[leg].asks.set_level(0, ask, 1000)
        bench.books[leg].state = BOOK_LIVE
        bench.books[leg].received_ns = bench.now_ns
    order = SpreadOrder(desk.next_spread_order_id, bench.spread, 1, True)
    desk.next_spread_order_id += 1
    order.targets = list(targets)
    order.sides = [leg.side for leg in bench.spread.legs]
    order.limits = [1002 if side == BUY else 998 for side in order.sides]
    order.naked_worst_e4 = 1_000_000
    for name, value in changes.items():
        setattr(order, name, value)
    desk.machine.reserved(order)
    desk.opened(order, 1)
    desk.machine.start(order)
    desk.settle(order)
    return order


def halt_codes(bench: Bench) -> list[int]:
    return [row["halt_code"] for row in bench.log.of(SPREAD_ORDER) if row["halt_code"]]


# ---------------------------------------------------------------------- the ladder's other steps


def test_cross_goes_to_the_slippage_limit_at_once():
    bench, venue = bench_of(definition(ladder=[(STEP_CROSS, 1, 0, 25, SECOND), UNWIND, HALT]))
    order = bench.open()
    venue.fills_all(ids(bench)[0])
    venue.cancels(ids(bench)[1])
    assert roles(order) == [(1, ROLE_CROSS, 3)]
    assert bench.routes.sent[-1].price_ticks == 998 - 25


def test_every_price_stays_inside_the_venues_band():
    """Leg 1 is sold; its best bid is 1000; the venue takes nothing more than 10 steps through it."""
    bench, venue = bench_of(definition(ladder=[(STEP_CROSS, 1, 0, 25, SECOND), UNWIND, HALT]))
    bench.instruments[1].band_steps = 10
    bench.open()
    venue.fills_all(ids(bench)[0])
    venue.cancels(ids(bench)[1])
    assert bench.routes.sent[-1].price_ticks == 990


def test_values_of_a_step_are_overridden_by_leg_and_class_the_most_specific_first():
    spread = definition(ladder=[(STEP_RETRY, 1, 0, 0, SECOND), (STEP_CHASE, 2, 3, 12, SECOND), UNWIND, HALT])
    chase = spread.ladder[1]
    rows = [(ANY, REJECT_PRICE, 1, 4), (1, ANY, 1, 5), (1, REJECT_PRICE, 1, 6), (0, REJECT_PRICE, 1, 7)]
    for leg, reject_class, attempts, payup in rows:
        override = LadderStep(STEP_CHASE, attempts, payup, 12, SECOND)
        override.leg, override.reject_class = leg, reject_class
        chase.overrides.append(override)
    found = [
        int(chase.values_for(leg, c).payup_ticks) for leg, c in [(1, REJECT_PRICE), (1, 0), (2, REJECT_PRICE), (2, 0)]
    ]
    assert found == [6, 5, 4, 3]
    bench, venue = bench_of(spread)
    order = bench.open()
    venue.fills_all(ids(bench)[0])
    venue.rejects(ids(bench)[1], REJECT_PRICE)
    assert (roles(order)[-1], bench.routes.sent[-1].price_ticks) == ((1, ROLE_CHASE, 3), 1000 - 6)
    venue.rejects(ids(bench)[-1], REJECT_PRICE)
    assert roles(order)[-1] == (0, ROLE_UNWIND, 3), "one attempt, as overridden"


def test_an_override_without_attempts_skips_the_step():
    spread = definition()
    override = LadderStep(STEP_RETRY, 0, 0, 0, SECOND)
    override.reject_class = REJECT_BUSY
    spread.ladder[0].overrides.append(override)
    bench, venue = bench_of(spread)
    order = bench.open()
    venue.fills_all(ids(bench)[0])
    venue.rejects(ids(bench)[1], REJECT_BUSY)
    assert roles(order) == [(1, ROLE_CHASE, 3)]


def test_carry_leaves_the_exposure_with_its_owner():
    spread = definition(ladder=[(STEP_RETRY, 1, 0, 0, SECOND), (STEP_CARRY, 1, 0, 0, SECOND)])
    spread.execution.owner = "desk_hk"
    bench, venue = bench_of(spread)
    order = bench.open()
    venue.fills_all(ids(bench)[0])
    venue.rejects(ids(bench)[1], REJECT_LIMIT_LOCKED)
    assert bench.state_name(order) == "residual"
    assert alerts(bench)[-1] == (CRITICAL, "carried")
    assert not order.reserved and bench.desk.is_quiet()
    assert list(bench.trigger.position_lots) == [3, 0]


def test_case_32_an_impossible_unwind_goes_on_to_what_stands_behind_it():
    spread = definition(ladder=[(STEP_UNWIND, 2, 5, 60, SECOND), (STEP_CARRY, 1, 0, 0, SECOND)])
    spread.execution.owner = "desk_hk"
    bench, venue = bench_of(spread)
    order = bench.open()
    venue.fills_all(ids(bench)[0])
    venue.rejects(ids(bench)[1], REJECT_LIMIT_LOCKED)
    for _ in range(2):
        venue.rejects(ids(bench)[-1], REJECT_INSUFFICIENT)
        bench.wait(400 * MS)
    assert [role for _, role, _ in roles(order)] == [ROLE_UNWIND] * 2
    assert bench.state_name(order) == "residual"


@pytest.mark.parametrize(("sides", "left", "unwinds"), [((1, 1, -1), [3, 0, 0], 3), ((1, -1, -1), [3, 3, 0], 2)])
def test_a_leg_refused_for_good_keeps_no_other_from_being_traded_back(sides, left, unwinds):
    """Two legs are ahead, the third was refused. Leg 0 stays, leg 1 goes on where that makes less naked, not where it
    hedges leg 0; then a person has what is left."""
    spread = definition(ratios=(1, 1, 1), sides=sides, ladder=[(STEP_UNWIND, 3, 5, 60, SECOND), HALT])
    bench, venue = bench_of(spread)
    order = start_by_hand(bench, [3, 3, 3])
    first = ids(bench)
    venue.fills_all(first[0])
    venue.fills_all(first[1])
    venue.rejects(first[2], REJECT_INSUFFICIENT)
    sent = ids(bench)[3:]
    venue.rejects(sent[0], REJECT_SIZE)
    venue.fills(sent[1], 0 if left[1] else 1)
    venue.cancels(sent[1])
    bench.wait(400 * MS)
    for last in ids(bench)[5:]:
        venue.fills_all(last)
    assert order.filled == left
    assert bench.state_name(order) == "halted"
    assert len(ids(bench)) == 3 + unwinds


# ---------------------------------------------------------------------- another way


def with_alternative(lots_per_lot: int, instrument: int, route: int, elsewhere: bool) -> SpreadDefinition:
    """Three legs' worth of instruments and routes, two legs traded; leg 1 has another way."""
    spread = definition(
        ratios=(1, 1, 1),
        sides=(1, -1, -1),
        ladder=[(STEP_ALTERNATIVE, 2, 2, 20, SECOND), UNWIND, (STEP_CARRY, 1, 0, 0, SECOND)],
    )
    spread.legs = spread.legs[:2]
    spread.execution.legs = spread.execution.legs[:2]
    spread.execution.owner = "desk_hk"
    spread.execution.legs[1].alternatives = [Alternative(instrument, route, "b", lots_per_lot, elsewhere)]
    return spread


def other_way(lots_per_lot: int, instrument: int, route: int, elsewhere: bool = True):
    spread = with_alternative(lots_per_lot, instrument, route, elsewhere)
    three = definition(ratios=(1, 1, 1), sides=(1, -1, -1))
    bench = Bench(three)
    bench.spread = spread
    bench.desk = Bench.make_desk(bench)
    bench.books[2].bids.set_level(0, 500, 1000)
    bench.books[2].asks.set_level(0, 501, 1000)
    bench.books[2].state = BOOK_LIVE
    bench.books[2].received_ns = bench.now_ns
    return bench, FakeVenue(bench), start_by_hand(bench, [3, 3])


def test_another_gateway_of_the_same_account_counts_like_the_legs_own():
    bench, venue, order = other_way(1, 1, 2, elsewhere=False)
    venue.fills_all(ids(bench)[0])
    venue.rejects(ids(bench)[1], REJECT_INSUFFICIENT)
    assert roles(order) == [(1, ROLE_ALTERNATIVE, 3)]
    assert bench.log.of(LEG_ORDER)[-1]["route"] == 2
    venue.fills_all(ids(bench)[-1])
    assert bench.state_name(order) == "complete"
    assert list(bench.trigger.position_lots) == [3, -3]


def test_another_account_hedges_and_its_owner_carries_what_is_held_there():
    bench, venue, order = other_way(1, 1, 2)
    venue.fills_all(ids(bench)[0])
    venue.rejects(ids(bench)[1], REJECT_INSUFFICIENT)
    venue.fills_all(ids(bench)[-1])
    assert bench.state_name(order) == "residual"
    assert list(order.filled) == [3, 3]
    assert list(bench.trigger.position_lots) == [3, 0], "it is in no position of the spread"
    assert list(bench.desk.ledger.position_lots) == [3, -3, 0]
    assert alerts(bench)[-1] == (CRITICAL, "carried")


def test_a_substitute_instrument_hedges_with_its_own_ratio():
    """Five small contracts stand for one: 15 for 3; 12 of them hedge 2 lots and leave 2 small ones over."""
    bench, venue, order = other_way(5, 2, 2)
    venue.fills_all(ids(bench)[0])
    venue.rejects(ids(bench)[1], REJECT_LIMIT_LOCKED)
    sent = bench.routes.sent[-1]
    assert (sent.instrument_index, sent.side, sent.quantity_lots, sent.price_ticks) == (2, SELL, 15, 500 - 2)
    venue.fills(ids(bench)[-1], 12)
    assert list(order.filled) == [3, 2]
    assert order.substitute_rest(1) == 2
    venue.cancels(ids(bench)[-1])
    assert bench.routes.sent[-1].quantity_lots == 3, "what is missing of the third lot"
    venue.fills_all(ids(bench)[-1])
    assert bench.state_name(order) == "residual"
    assert list(bench.desk.ledger.position_lots) == [3, 0, -15]


def test_a_substitute_is_traded_back_where_it_is_held_to_the_last_lot():
    bench, venue, order = other_way(5, 2, 2)
    venue.fills_all(ids(bench)[0])
    venue.rejects(ids(bench)[1], REJECT_LIMIT_LOCKED)
    venue.fills(ids(bench)[-1], 12)
    venue.cancels(ids(bench)[-1])
    venue.cancels(ids(bench)[-1])
    back = [(c.instrument_index, c.side, c.quantity_lots) for c in bench.routes.sent[-2:]]
    assert back == [(0, SELL, 1), (2, BUY, 2)], "two lots stay hedged by ten small ones"
    for client_order_id in ids(bench)[-2:]:
        venue.fills_all(client_order_id)
    assert bench.state_name(order) == "residual"
    assert list(order.filled) == [2, 2]
    assert list(bench.desk.ledger.position_lots) == [2, 0, -10]


def test_a_locked_market_is_no_better_over_another_gateway():
    bench, venue, order = other_way(1, 1, 2)
    venue.fills_all(ids(bench)[0])
    venue.rejects(ids(bench)[1], REJECT_LIMIT_LOCKED)
    assert roles(order) == [(0, ROLE_UNWIND, 3)]


# ---------------------------------------------------------------------- what each refusal asks for


def test_an_offset_mismatch_is_answered_once_with_the_other_close_flag():
    bench, venue = bench_of(definition())
    order = bench.open()
    venue.fills_all(ids(bench)[0])
    venue.rejects(ids(bench)[1], REJECT_INSUFFICIENT)
    assert bench.routes.sent[-1].offset == OFFSET_CLOSE
    venue.rejects(ids(bench)[-1], REJECT_OFFSET)
    assert (roles(order)[-1], bench.routes.sent[-1].offset) == ((0, ROLE_UNWIND, 3), OFFSET_CLOSE_TODAY)
    venue.rejects(ids(bench)[-1], REJECT_OFFSET)
    assert bench.state_name(order) == "halted"
    assert halt_codes(bench) == [HALT_LADDER_ENDS]


def test_an_offset_mismatch_of_an_opening_order_has_no_other_flag():
    bench, venue = bench_of(definition())
    order = bench.open()
    venue.fills_all(ids(bench)[0])
    assert bench.routes.sent[1].offset == OFFSET_OPEN
    venue.rejects(ids(bench)[1], REJECT_OFFSET)
    assert roles(order) == [(0, ROLE_UNWIND, 3)]


@pytest.mark.parametrize("filled", [True, False])
def test_a_missing_permission_is_balanced_and_then_a_persons(filled):
    bench, venue = bench_of(definition())
    order = bench.open()
    if filled:
        venue.fills_all(ids(bench)[0])
    else:
        venue.cancels(ids(bench)[0])
    venue.rejects(ids(bench)[1], REJECT_PERMISSION)
    if filled:
        assert roles(order) == [(0, ROLE_UNWIND, 3)]
        venue.fills_all(ids(bench)[-1])
    assert bench.state_name(order) == "halted"
    assert halt_codes(bench) == [HALT_PERMISSION]
    assert alerts(bench)[-1] == (CRITICAL, "spread_order_halted"), "nothing is naked"


def test_a_busy_venue_that_states_no_quantity_leaves_the_order_possibly_live():
    bench, venue = bench_of(definition())
    order = bench.open()
    venue.fills_all(ids(bench)[0])
    receipt = Receipt(ids(bench)[1], RECEIPT_REJECTED, STATUS_REJECTED)
    receipt.reject_class = REJECT_BUSY
    venue.say(receipt)
    assert order.leg_orders[1].state == LEG_UNKNOWN and len(bench.routes.sent) == 2
    bench.wait(1)
    venue.answers(ids(bench)[1])
    assert order.leg_orders[1].state == LEG_REJECTED, "the venue has no such order"
    assert roles(order) == [(1, ROLE_RETRY, 3)]


def closed(policy: int, reopens_in_ns: int):
    spread = definition()
    spread.execution.closed_policy = policy
    bench, venue = bench_of(spread)
    order = bench.open()
    venue.fills_all(ids(bench)[0])
    bench.hours[1].open = False
    opens_ns = bench.now_ns + reopens_in_ns
    bench.hours[1].reopen_utc_ns = lambda utc_ns: opens_ns
    venue.rejects(ids(bench)[1], REJECT_MARKET_CLOSED)
    return bench, venue, order


def test_case_21_a_market_that_reopens_in_time_is_waited_for():
    bench, venue, order = closed(CLOSED_HOLD, 2 * SECOND)
    assert roles(order) == []
    bench.wait(2 * SECOND - 2)
    assert roles(order) == []
    bench.hours[1].open = True
    bench.wait(2)
    assert roles(order) == [(1, ROLE_RETRY, 3)]
    venue.rejects(ids(bench)[-1], REJECT_MARKET_CLOSED)
    bench.wait(100 * MS)
    assert roles(order)[1:] == [(0, ROLE_UNWIND, 3)], "closed again although its hours say open: halted"


@pytest.mark.parametrize(("policy", "reopens"), [(CLOSED_HOLD, DEADLINE_NS), (CLOSED_UNWIND, SECOND)])
def test_case_21_else_the_other_leg_is_traded_back(policy, reopens):
    bench, _, order = closed(policy, reopens)
    assert roles(order) == [(0, ROLE_UNWIND, 3)]


def test_case_21_or_a_person_takes_over_by_rule():
    bench, _, order = closed(CLOSED_PERSON, SECOND)
    assert bench.state_name(order) == "halted"
    assert halt_codes(bench) == [HALT_MARKET_CLOSED]


def test_case_20_nothing_is_sent_into_a_closed_market_to_find_out_that_it_is_closed():
    bench, venue = bench_of(definition())
    order = bench.open()
    venue.fills_all(ids(bench)[0])
    bench.hours[1].open = False
    venue.cancels(ids(bench)[1])
    assert [role for _, role, _ in roles(order)] == [ROLE_UNWIND], "when it reopens is not known"


# ---------------------------------------------------------------------- unknown, busts, people


def unknown(policy: int, hold_ns: int = 0):
    """Leg 0 filled its 3; leg 1's 3 are unknown, at the deadline."""
    spread = definition()
    spread.execution.unknown_policy = policy
    spread.execution.unknown_hold_ns = hold_ns
    bench, venue = bench_of(spread)
    order = bench.open()
    venue.fills_all(ids(bench)[0])
    bench.route(1, False)
    bench.routes.up[1] = True
    order.leg_orders[1].queries = 99
    return bench, venue, order


def test_the_exposure_is_an_interval_and_limits_use_its_worse_end():
    bench, venue, order = unknown(UNKNOWN_HOLD)
    assert (order.lowest_lots(0), order.highest_lots(0)) == (3, 3)
    assert (order.lowest_lots(1), order.highest_lots(1)) == (0, 3)
    assert order.naked_now_e4() == order.naked_worst_e4, "the whole of one side against nothing"
    venue.fills(ids(bench)[1], 2)
    assert (order.lowest_lots(1), order.highest_lots(1)) == (2, 3)
    assert order.naked_now_e4() == -(-order.naked_worst_e4 * 333_334 // 1_000_000)
    assert order.uncovered_lots(1) == 0, "what may still fill is not hedged again"


def test_at_the_deadline_an_unknown_order_is_a_persons_by_default():
    bench, _, order = unknown(0)
    bench.wait(DEADLINE_NS)
    assert bench.state_name(order) == "halted"
    assert halt_codes(bench) == [HALT_UNKNOWN]


def test_hold_waits_once_longer_for_evidence():
    bench, venue, order = unknown(UNKNOWN_HOLD, 5 * SECOND)
    bench.wait(DEADLINE_NS + 5 * SECOND - 2)
    assert bench.state_name(order) == "working"
    assert alerts(bench) == [(CRITICAL, "unknown_held")]
    venue.fills_all(ids(bench)[1])
    assert bench.state_name(order) == "complete"
    bench, _, order = unknown(UNKNOWN_HOLD, 5 * SECOND)
    bench.wait(DEADLINE_NS + 5 * SECOND)
    assert halt_codes(bench) == [HALT_UNKNOWN]


def test_hedging_the_certain_part_sends_nothing_for_what_may_still_fill():
    bench, _, order = unknown(UNKNOWN_HEDGE_CERTAIN)
    bench.wait(DEADLINE_NS)
    assert roles(order) == [] and halt_codes(bench) == [HALT_UNKNOWN]
    spread = definition(ratios=(1, 1, 1), sides=(1, -1, -1))
    spread.execution.unknown_policy = UNKNOWN_HEDGE_CERTAIN
    bench, venue = bench_of(spread)
    order = bench.open()
    venue.fills_all(ids(bench)[0])
    bench.route(1, False)
    bench.routes.up[1] = True
    venue.cancels(ids(bench)[2])
    bench.wait(DEADLINE_NS)
    assert roles(order) == [(2, ROLE_UNCERTAIN, 3)], "leg 2 lacks 3 whatever leg 1 turns out to be"


def test_hedging_the_midpoint_takes_half_of_what_is_possible_as_filled():
    bench, _, order = unknown(UNKNOWN_HEDGE_MIDPOINT)
    bench.wait(DEADLINE_NS)
    assert roles(order) == [(1, ROLE_UNCERTAIN, 2)], "3 against 0 to 3: 1 taken as filled"
    bench.wait(UNCERTAIN_PAUSE_NS // 2)
    assert halt_codes(bench) == [], "what was sent has its time to fill"
    bench.wait(SECOND)
    assert halt_codes(bench) == [HALT_UNKNOWN]


def test_hedging_the_midpoint_keeps_to_the_naked_limit():
    """3 may still fill on leg 1; beyond that, a lot is a third of what is reserved."""
    for room, expected in [(0, []), (10_000_000, []), (10_000_001, [(1, ROLE_UNCERTAIN, 1)])]:
        bench, _, order = unknown(UNKNOWN_HEDGE_MIDPOINT)
        assert order.naked_worst_e4 == 30_000_000
        bench.desk.ledger.limits.naked_e4_max[0] = order.naked_worst_e4 + room
        bench.wait(DEADLINE_NS)
        assert roles(order) == expected, room
        assert halt_codes(bench) == ([] if expected else [HALT_UNKNOWN])


def test_two_persons_confirm_how_an_order_ended():
    bench, _, order = unknown(0)
    bench.wait(SECOND)
    assert resolve(bench.desk, ids(bench)[1], 1, LEG_CANCELLED, "alice, bob")
    assert order.leg_orders[1].state == LEG_CANCELLED
    assert list(order.filled) == [3, 1]
    assert roles(order) == [(1, ROLE_RETRY, 2)]
    assert not resolve(bench.desk, 12345, 1, LEG_CANCELLED, "alice, bob")


def bust(policy: int):
    spread = definition()
    spread.execution.bust_policy = policy
    bench, venue = bench_of(spread)
    order = bench.open()
    for client_order_id in ids(bench):
        venue.fills_all(client_order_id)
    receipt = Receipt(ids(bench)[1], RECEIPT_TRADE_CANCEL, STATUS_FILLED)
    receipt.execution_id, receipt.last_lots, receipt.cumulative_lots = b"B1", 1, 2
    venue.say(receipt)
    return bench, order


def test_case_33_a_bust_is_repaired_where_the_spread_says_so():
    bench, order = bust(BUST_REPAIR)
    assert bench.state_name(order) == "repairing"
    assert roles(order) == [(1, ROLE_RETRY, 1)]
    bench, order = bust(0)
    assert halt_codes(bench) == [HALT_TRADE_BUSTED]


def test_the_deadline_has_its_own_code():
    bench, venue = bench_of(definition())
    bench.open()
    bench.wait(DEADLINE_NS - MS)
    for client_order_id in ids(bench):
        venue.say(venue.acknowledge(client_order_id))
    bench.wait(MS)
    assert halt_codes(bench) == [HALT_DEADLINE]
    assert LEG_WORKING in [sent.state for sent in bench.desk.orders[1].leg_orders]


def test_an_order_that_is_asked_about_in_vain_is_unknown_at_the_deadline():
    bench, venue = bench_of(definition())
    bench.open()
    venue.say(venue.acknowledge(ids(bench)[0]))
    bench.wait(DEADLINE_NS)
    assert halt_codes(bench) == [HALT_UNKNOWN]
