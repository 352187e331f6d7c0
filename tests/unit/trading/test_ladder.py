"""The repair ladder: what each reject class permits, by hand from the execution semantics, and bounds of every step."""

import pytest

from cross_market_connect.domain.alert import CRITICAL, EMERGENCY
from cross_market_connect.domain.execution import COMPLETE_LIMIT
from cross_market_connect.domain.order import (
    BUY,
    RECEIPT_CANCELLED,
    RECEIPT_EXPIRED,
    RECEIPT_REJECTED,
    REJECT_BUSY,
    REJECT_CLASS_NAMES,
    REJECT_DUPLICATE,
    REJECT_INSUFFICIENT,
    REJECT_NONE,
    REJECT_OTHER,
    REJECT_PERMISSION,
    REJECT_PRICE,
    REJECT_QUOTA,
    REJECT_THROTTLED,
    SELL,
    STATUS_CANCELLED,
    STATUS_EXPIRED,
    STATUS_NEW,
    STATUS_REJECTED,
    Receipt,
)
from cross_market_connect.domain.records import LEG_ORDER
from cross_market_connect.domain.spread import (
    BUY_SPREAD,
    LEG_CANCELLED,
    LEG_EXPIRED,
    LEG_PENDING_CANCEL,
    LEG_PENDING_NEW,
    LEG_REJECTED,
    LEG_UNKNOWN,
    LEG_WORKING,
    ROLE_ALTERNATIVE,
    ROLE_CHASE,
    ROLE_RETRY,
    ROLE_UNWIND,
    STEP_CHASE,
    STEP_HALT,
    STEP_RETRY,
    STEP_UNWIND,
    SpreadDefinition,
)
from cross_market_connect.trading.intake import take_receipts
from cross_market_connect.trading.ladder import (
    PERMITTED,
    Prospects,
    choose_step,
    is_permitted,
    wait_ns,
    worst_deficit_class,
    worst_unwind_class,
)
from cross_market_connect.trading.orders import LEG_ORDERS_MAX, SpreadOrder
from tests.unit.trading.support import DEFAULT_LADDER, MS, SECOND, START_NS, Bench, definition
from tests.unit.trading.test_machine import FUTILE, alerts, ids, roles, started
from tests.unit.trading.test_repair import other_way
from tests.unit.trading.venue import FakeVenue

OPEN = Prospects(True, False, True)
# (retry at the same price, chase): "price out of limits (re-price)", "throttled (wait, then retry)", "insufficient
# (unwind)", "quota exhausted (no opening)", "limit-locked: no chase", "unknown symbol or permission" cannot be cured.
RE_ORDERS = {
    "none": (True, True),
    "price_out_of_limits": (False, True),
    "throttled": (True, True),
    "market_closed": (False, False),
    "insufficient": (False, False),
    "offset_mismatch": (False, False),
    "quota_exhausted": (False, False),
    "duplicate_id": (False, False),
    "unknown_symbol_or_permission": (False, False),
    "busy_or_disconnected": (True, True),
    "limit_locked": (False, False),
    "size_out_of_limits": (False, False),
    "other": (True, True),
}


@pytest.mark.parametrize(("number", "name"), list(enumerate(REJECT_CLASS_NAMES)))
def test_what_each_class_permits(number, name):
    assert (is_permitted(STEP_RETRY, number), is_permitted(STEP_CHASE, number)) == RE_ORDERS[name]
    assert is_permitted(STEP_UNWIND, number) and is_permitted(STEP_HALT, number)
    assert PERMITTED[number][3], "the table says why"


MAY_PASS = {"market_closed", "insufficient", "quota_exhausted", "limit_locked"}
"""What refuses an unwind now may not refuse it in a moment: it is held and tried again."""


def test_the_first_attempt_waits_for_a_throttle_and_for_what_may_pass():
    first = {name: wait_ns(number, 0) for number, name in enumerate(REJECT_CLASS_NAMES)}
    assert {name for name, wait in first.items() if wait} == {"throttled", *MAY_PASS}
    assert first["throttled"] == 200 * MS
    assert {first[name] for name in MAY_PASS} == {100 * MS}


def test_later_attempts_wait_twice_as_long_each_time_up_to_a_bound():
    assert [wait_ns(REJECT_BUSY, attempt) // MS for attempt in range(9)] == [0, 5, 10, 20, 40, 80, 160, 320, 320]
    assert [wait_ns(REJECT_NONE, attempt) for attempt in range(9)] == [0] * 9
    assert wait_ns(REJECT_BUSY, 1_000_000) == 320 * MS


def test_no_pause_is_longer_than_a_small_part_of_a_spread_orders_time():
    """A throttled unwind waited 6.4 s at its sixth attempt, until the deadline of 3 s halted it naked."""
    for number in range(len(REJECT_CLASS_NAMES)):
        assert max(wait_ns(number, attempt) for attempt in range(40)) <= 400 * MS


def behind(**changes) -> SpreadOrder:
    """Leg 0 has 3, leg 1 has nothing."""
    order = SpreadOrder(1, definition(**changes), BUY_SPREAD, True)
    order.targets = [3, 3]
    order.sides = [1, -1]
    order.filled = [3, 0]
    return order


def climb(order: SpreadOrder, count: int) -> list[int]:
    """Steps that the ladder gives when every attempt fails at once."""
    steps = []
    for _ in range(count):
        index = choose_step(order, START_NS, OPEN)
        if index < 0:
            steps.append(-1)
            continue
        if index != order.step_index:
            order.step_index, order.step_attempts, order.step_started_ns = index, 0, START_NS
        order.step_attempts += 1
        steps.append(int(order.definition.ladder[index].step))
    return steps


def test_case_30_attempts_are_exact_and_no_step_is_returned_to():
    assert climb(behind(), 13) == [1, 1, 2, 2, 2, 3, 3, 3, 3, 3, 4, -1, -1]


def test_a_step_is_left_at_its_deadline_exactly():
    order = behind()
    order.step_index, order.step_attempts, order.step_started_ns = 0, 1, START_NS
    assert choose_step(order, START_NS + SECOND - 1, OPEN) == 0
    assert choose_step(order, START_NS + SECOND, OPEN) == 1


def test_steps_that_the_class_makes_futile_are_skipped():
    order = behind()
    order.reject_classes[1] = REJECT_PRICE
    assert climb(order, 1) == [STEP_CHASE]
    order = behind()
    order.reject_classes[1] = 4
    assert climb(order, 1) == [STEP_UNWIND]


def test_re_orders_are_futile_while_the_route_is_down():
    assert choose_step(behind(), START_NS, Prospects(False, False, True)) == 2


def test_a_ladder_without_an_unwind_ends():
    assert climb(behind(ladder=[(STEP_RETRY, 1, 0, 0, SECOND)]), 3) == [1, -1, -1]


def test_with_nothing_behind_only_the_unwind_has_something_to_send():
    order = behind()
    order.filled = [4, 3]
    assert climb(order, 1) == [STEP_UNWIND]


@pytest.mark.parametrize("reject_class", [c for c, name in enumerate(REJECT_CLASS_NAMES) if not RE_ORDERS[name][1]])
def test_an_unwind_that_was_refused_is_tried_again_only_where_the_cause_may_pass(reject_class):
    order = behind(ladder=[(STEP_UNWIND, 5, 0, 0, SECOND), (STEP_HALT, 1, 0, 0, SECOND)])
    order.unwind_classes[0] = reject_class
    expected = STEP_UNWIND if REJECT_CLASS_NAMES[reject_class] in MAY_PASS else STEP_HALT
    assert climb(order, 1) == [expected]


def test_the_worst_class_is_the_one_that_permits_least_and_then_waits_longest():
    order = behind(ratios=(1, 1, 1), sides=(1, -1, -1))
    order.targets, order.sides, order.filled = [3, 3, 3], [1, -1, -1], [3, 0, 0]
    numbers = {name: number for number, name in enumerate(REJECT_CLASS_NAMES)}
    for first, second, worst in [
        ("none", "busy_or_disconnected", "busy_or_disconnected"),
        ("busy_or_disconnected", "throttled", "throttled"),
        ("throttled", "price_out_of_limits", "price_out_of_limits"),
        ("price_out_of_limits", "insufficient", "insufficient"),
        ("other", "none", "other"),
    ]:
        for classes in ([0, numbers[first], numbers[second]], [0, numbers[second], numbers[first]]):
            order.reject_classes = classes
            assert worst_deficit_class(order) == numbers[worst]
    order.reject_classes = [numbers["insufficient"], 0, 0]
    assert worst_deficit_class(order) == REJECT_NONE, "leg 0 is not behind"
    order.unwind_classes = [numbers["other"], numbers["insufficient"], 0]
    assert worst_unwind_class(order) == numbers["other"], "leg 1 has nothing to trade back"


# ---------------------------------------------------------------------- filled when it was over

RETRY = (STEP_RETRY, 3, 2, 20, SECOND)
UNWIND = (STEP_UNWIND, 4, 5, 60, SECOND)


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
    venue.fills(late, 2)
    assert list(order.filled) == [-2, 0]
    assert roles(order)[-1] == (0, ROLE_UNWIND, 2)
    assert (bench.routes.sent[-1].side, bench.routes.sent[-1].quantity_lots) == (BUY, 2)
    venue.fills_all(ids(bench)[-1])
    assert bench.state_name(order) == "unwound" and not order.reserved


def test_a_late_fill_on_the_trades_own_side_is_re_ordered_like_any_other():
    bench, venue, order = begun(definition(ladder=[RETRY, UNWIND]))
    venue.cancels(ids(bench)[0])
    venue.cancels(ids(bench)[1])
    assert bench.state_name(order) == "cancelled"
    venue.fills_all(ids(bench)[0])
    assert roles(order) == [(1, ROLE_RETRY, 3)]


def test_a_leg_refused_for_good_cancels_what_rests_of_the_trade_and_nothing_of_its_repair():
    """The unwind of the filled leg lives on: the refusal that made it necessary takes it back no more."""
    spread = definition(ladder=[UNWIND])
    spread.execution.legs[0].completion = COMPLETE_LIMIT
    bench, venue, order = begun(spread)
    venue.fills_all(ids(bench)[0])
    venue.rejects(ids(bench)[1], REJECT_INSUFFICIENT)
    unwind = ids(bench)[-1]
    venue.say(venue.acknowledge(unwind))
    bench.wait(1)
    assert bench.routes.cancelled == []
    venue.fills_all(unwind)
    assert bench.state_name(order) == "unwound"


def test_a_leg_that_is_nothing_in_sum_but_held_in_two_accounts_is_carried_by_its_owner():
    """Leg 1 is sold on the second account, and late on its own; the second is bought back twice, for the first time was
    late too. When leg 0 is traded back the leg holds -3 and +3: a spread order that ends so has not ended flat."""
    bench, venue, order = other_way(1, 1, 2)
    venue.fills_all(ids(bench)[0])
    own = ids(bench)[1]
    venue.cancels(own)
    venue.fills_all(ids(bench)[-1])
    assert roles(order) == [(1, ROLE_ALTERNATIVE, 3)] and bench.state_name(order) == "residual"
    venue.fills_all(own)
    late = ids(bench)[-1]
    assert (bench.routes.sent[-1].side, bench.log.of(LEG_ORDER)[-1]["route"]) == (BUY, 2)
    venue.cancels(late)
    bench.wait(SECOND // 5)
    venue.fills_all(ids(bench)[-1])
    assert list(order.filled) == [3, 3] and not order.is_held_elsewhere()
    venue.fills_all(late)
    venue.cancels(ids(bench)[-1])
    venue.cancels(ids(bench)[-1])
    assert (bench.routes.sent[-1].instrument_index, bench.routes.sent[-1].side) == (0, SELL)
    venue.fills_all(ids(bench)[-1])
    assert list(order.filled) == [0, 0]
    assert bench.state_name(order) == "residual" and alerts(bench)[-1] == (CRITICAL, "carried")


@pytest.mark.parametrize("leg", [0, 1])
def test_the_refusal_of_the_leg_that_is_behind_decides_whichever_leg_it_is(leg):
    order = SpreadOrder(1, definition(), BUY_SPREAD, True)
    order.targets, order.sides, order.filled = [3, 3], [BUY, SELL], [3, 3]
    order.reject_classes = [REJECT_INSUFFICIENT, REJECT_INSUFFICIENT]
    assert worst_deficit_class(order) == REJECT_NONE, "nothing is behind"
    order.filled[leg], order.reject_classes[1 - leg] = 1, REJECT_BUSY
    assert worst_deficit_class(order) == REJECT_INSUFFICIENT


# ---------------------------------------------------------------------- refusals, through the machine


RETRYABLE = [REJECT_NONE, REJECT_THROTTLED, REJECT_BUSY, REJECT_OTHER]


def drive_refusals(bench: Bench, venue: FakeVenue, order: SpreadOrder, reject_class: int, leg: int) -> None:
    """The venue refuses every order of the leg with the class, and fills nothing of an unwind of the other."""
    for _ in range(LEG_ORDERS_MAX):
        live = [sent for sent in order.leg_orders if sent.state == LEG_PENDING_NEW]
        for sent in live:
            if sent.leg == leg:
                venue.rejects(int(sent.command.client_order_id), reject_class)
            else:
                venue.cancels(int(sent.command.client_order_id))
        if not live:
            bench.wait(300 * MS)


@pytest.mark.parametrize("reject_class", RETRYABLE)
@pytest.mark.parametrize("leg", [0, 1])
def test_case_01_02_a_leg_refused_again_and_again_is_tried_a_bounded_number_of_times(reject_class, leg):
    """2 retries, 3 chases, then 5 unwinds of the other leg, which the venue does not fill: 12 orders in all."""
    bench, venue, order = started(ladder=[(*row[:4], 4 * SECOND) for row in DEFAULT_LADDER])
    venue.fills_all(ids(bench)[1 - leg])
    drive_refusals(bench, venue, order, reject_class, leg)
    sent = [role for _, role, _ in roles(order)]
    assert [sent.count(ROLE_RETRY), sent.count(ROLE_CHASE), sent.count(ROLE_UNWIND)] == [2, 3, 5]
    assert bench.state_name(order) == "halted"
    assert alerts(bench)[-1] == (EMERGENCY, "spread_order_halted")


@pytest.mark.parametrize("reject_class", FUTILE)
def test_case_32_steps_that_the_class_makes_futile_are_skipped(reject_class):
    bench, venue, order = started()
    venue.fills_all(ids(bench)[0])
    venue.rejects(ids(bench)[1], reject_class)
    assert roles(order) == [(0, ROLE_UNWIND, 3)]
    venue.fills_all(ids(bench)[-1])
    assert bench.state_name(order) == "unwound"


def test_a_price_refusal_is_chased_and_not_retried():
    bench, venue, order = started()
    venue.fills_all(ids(bench)[0])
    venue.rejects(ids(bench)[1], REJECT_PRICE)
    assert roles(order) == [(1, ROLE_CHASE, 3)]


@pytest.mark.parametrize(
    ("reject_class", "waits_ms"), [(REJECT_THROTTLED, [200, 200]), (REJECT_BUSY, [0, 5]), (REJECT_OTHER, [0, 5])]
)
def test_case_02_the_class_says_how_long_to_wait_before_the_next_attempt(reject_class, waits_ms):
    bench, venue, order = started()
    venue.fills_all(ids(bench)[0])
    for wait_ms in waits_ms:
        count = len(bench.routes.sent)
        venue.rejects(ids(bench)[-1], reject_class)
        if wait_ms:
            assert len(bench.routes.sent) == count
            bench.wait(wait_ms * MS - 1)
            assert len(bench.routes.sent) == count
            bench.wait(1)
        assert len(bench.routes.sent) == count + 1


def test_an_unwind_refused_for_good_is_not_repeated():
    """The class of the unwind's own refusal counts, not that of the leg that is behind."""
    bench, venue, order = started()
    venue.fills_all(ids(bench)[0])
    venue.rejects(ids(bench)[1], REJECT_INSUFFICIENT)
    venue.rejects(ids(bench)[-1], REJECT_PERMISSION)
    assert roles(order) == [(0, ROLE_UNWIND, 3)]
    assert bench.state_name(order) == "halted"


def test_an_unwind_that_is_throttled_waits_for_the_window():
    bench, venue, order = started()
    venue.fills_all(ids(bench)[0])
    venue.rejects(ids(bench)[1], REJECT_INSUFFICIENT)
    venue.rejects(ids(bench)[-1], REJECT_THROTTLED)
    assert len(roles(order)) == 1
    bench.wait(200 * MS)
    assert len(roles(order)) == 2


def test_case_39_a_buy_refused_for_quota_forbids_no_sale_of_the_same_instrument():
    bench, venue, order = started()
    venue.fills(ids(bench)[0], 2)
    venue.cancels(ids(bench)[0])
    venue.fills_all(ids(bench)[1])
    assert roles(order) == [(0, ROLE_RETRY, 1)]
    venue.rejects(ids(bench)[-1], REJECT_QUOTA)
    assert roles(order)[1:] == [(1, ROLE_UNWIND, 1)]
    venue.rejects(ids(bench)[-1], REJECT_NONE)
    assert roles(order)[2:] == [(1, ROLE_UNWIND, 1)], "nothing forbids another attempt"


def test_both_refused_is_cancelled_and_nothing_is_sent_again():
    bench, venue, order = started()
    for client_order_id in ids(bench):
        venue.rejects(client_order_id, REJECT_INSUFFICIENT)
    assert bench.state_name(order) == "cancelled"
    assert len(bench.routes.sent) == 2


def test_case_17_a_venue_that_takes_what_it_has_refused_is_asked_and_nothing_is_sent_for_it():
    """The refusal and the acknowledgement of one order come in one read: the order may live."""
    bench, venue, order = started()
    venue.fills_all(ids(bench)[0])
    refused = Receipt(ids(bench)[1], RECEIPT_REJECTED, STATUS_REJECTED)
    refused.reject_class, refused.cumulative_lots = REJECT_PERMISSION, 0
    taken = venue.acknowledge(ids(bench)[1])
    bench.input()
    take_receipts(bench.desk, [refused, taken])
    assert order.leg_orders[1].state == LEG_UNKNOWN and len(bench.routes.sent) == 2
    bench.wait(1)
    assert bench.routes.queried == ids(bench)[1:]
    venue.answers(ids(bench)[1])
    assert order.leg_orders[1].state == LEG_WORKING
    venue.fills_all(ids(bench)[1])
    assert bench.state_name(order) == "complete"
    assert list(order.reject_classes) == [REJECT_NONE, REJECT_NONE]


@pytest.mark.parametrize(
    ("kind", "status", "state"),
    [(RECEIPT_EXPIRED, STATUS_EXPIRED, LEG_EXPIRED), (RECEIPT_CANCELLED, STATUS_CANCELLED, LEG_CANCELLED)],
)
def test_case_17_what_a_venue_refused_and_told_the_end_of_is_asked_no_more(kind, status, state):
    """Its reports come in reverse: the acknowledgement of what has ended is the last of them."""
    bench, venue, order = started()
    venue.fills_all(ids(bench)[0])
    refused, ended = Receipt(ids(bench)[1], RECEIPT_REJECTED, STATUS_REJECTED), Receipt(ids(bench)[1], kind, status)
    refused.reject_class, refused.cumulative_lots, ended.cumulative_lots = REJECT_OTHER, 0, 0
    bench.input()
    take_receipts(bench.desk, [refused, ended, venue.acknowledge(ids(bench)[1])])
    assert order.leg_orders[1].state == state
    assert roles(order) == [(1, ROLE_RETRY, 3)]
    bench.wait(1)
    assert bench.routes.queried == []


def test_an_immediate_order_that_came_to_rest_is_cancelled_once_the_venue_says_that_it_works():
    """It would rest for as long as the venue is open, and keep its spread order open: every answer renews patience."""
    bench, venue, order = started()
    venue.fills_all(ids(bench)[0])
    rests = order.leg_orders[1]
    venue.say(venue.acknowledge(ids(bench)[1]))
    assert bench.routes.cancelled == [], "what follows may be under way"
    bench.wait(rests.query_due_ns - bench.now_ns)
    assert bench.routes.queried == ids(bench)[1:]
    venue.answers(ids(bench)[1])
    assert bench.routes.cancelled == ids(bench)[1:] and rests.state == LEG_PENDING_CANCEL
    venue.cancels(ids(bench)[1])
    assert roles(order) == [(1, ROLE_RETRY, 3)]


def test_an_immediate_order_that_is_asked_for_before_its_time_is_left_alone():
    """After a connection was lost the venue is asked at once: an order that has just arrived there may still match."""
    bench, venue, order = started()
    bench.route(1, False)
    bench.route(1, True)
    venue.order(ids(bench)[1]).status = STATUS_NEW
    venue.answers(ids(bench)[1])
    assert order.leg_orders[1].state == LEG_WORKING and bench.routes.cancelled == []


def test_fc_17_an_order_that_lives_after_its_spread_order_has_ended_is_found_out_and_cancelled():
    """The venue refused it, the filled leg was traded back, and 200 ms later the venue acknowledges it."""
    spread = definition()
    spread.execution.legs[1].completion = COMPLETE_LIMIT
    bench = Bench(spread)
    venue = FakeVenue(bench)
    order = bench.open()
    venue.fills_all(ids(bench)[0])
    venue.rejects(ids(bench)[1], REJECT_INSUFFICIENT)
    venue.fills_all(ids(bench)[-1])
    assert bench.state_name(order) == "unwound" and not order.reserved
    bench.wait(300 * MS)
    venue.say(venue.acknowledge(ids(bench)[1]))
    assert bench.state_name(order) == "repairing" and order.reserved and bench.trigger.open_orders == 1
    bench.wait(1)
    venue.answers(ids(bench)[1])
    assert bench.routes.cancelled == [ids(bench)[1]]
    venue.cancels(ids(bench)[1])
    assert bench.state_name(order) == "unwound" and not order.reserved
    assert len(bench.routes.sent) == 3 and bench.desk.is_quiet()


def test_a_refusal_that_says_nothing_certain_does_not_bring_an_ended_order_back():
    bench, venue, order = started()
    venue.fills_all(ids(bench)[0])
    venue.rejects(ids(bench)[1], REJECT_INSUFFICIENT)
    again = Receipt(ids(bench)[1], RECEIPT_REJECTED, STATUS_REJECTED)
    again.reject_class = REJECT_DUPLICATE
    venue.say(again)
    assert order.leg_orders[1].state == LEG_REJECTED


def test_a_report_repeated_for_an_ended_order_does_not_change_why_the_leg_is_behind():
    bench, venue, order = started()
    venue.fills_all(ids(bench)[0])
    refusal = venue.reject(ids(bench)[1], REJECT_BUSY)
    venue.say(refusal)
    venue.cancels(ids(bench)[-1])
    again = Receipt(refusal.client_order_id, refusal.kind, refusal.status)
    again.reject_class = REJECT_INSUFFICIENT
    again.possible_duplicate = True
    venue.say(again)
    assert list(order.reject_classes) == [REJECT_NONE, REJECT_NONE]
