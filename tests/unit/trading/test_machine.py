"""The spread-order machine against a venue told what to do. Test names carry the failure case they stand for."""

import pytest

from cross_market_connect.domain.alert import CRITICAL, EMERGENCY
from cross_market_connect.domain.order import (
    BUY,
    DAY,
    IMMEDIATE_OR_CANCEL,
    LIMIT,
    OFFSET_NONE,
    RECEIPT_CANCELLED,
    RECEIPT_STATUS,
    RECEIPT_TRADE_CANCEL,
    RECEIPT_TRADE_CORRECT,
    REJECT_BUSY,
    REJECT_DUPLICATE,
    REJECT_INSUFFICIENT,
    REJECT_LIMIT_LOCKED,
    REJECT_MARKET_CLOSED,
    REJECT_NONE,
    REJECT_OTHER,
    REJECT_QUOTA,
    REJECT_SIZE,
    SELL,
    STATUS_CANCELLED,
    STATUS_FILLED,
    STATUS_PENDING,
    OrderCommand,
    Receipt,
)
from cross_market_connect.domain.records import (
    ALERT,
    LADDER_STEP,
    LEG_ORDER,
    RELEASE,
    RESERVATION,
    SPREAD_ORDER,
    STATUS_REQUEST,
)
from cross_market_connect.domain.spread import (
    LEG_CANCELLED,
    LEG_PENDING_NEW,
    LEG_REJECTED,
    LEG_UNKNOWN,
    LEG_WORKING,
    ROLE_CHASE,
    ROLE_INITIAL,
    ROLE_RETRY,
    ROLE_UNWIND,
    STEP_RETRY,
    STEP_UNWIND,
)
from cross_market_connect.trading.desk import ENDED_ORDERS_KEPT
from cross_market_connect.trading.intake import take_receipts
from cross_market_connect.trading.orders import LEG_ORDERS_MAX, LegOrder, SpreadOrder
from cross_market_connect.trading.sending import QUERIES_MAX
from tests.unit.trading.support import (
    ACKNOWLEDGE_TIMEOUT_NS,
    DEADLINE_NS,
    DEFAULT_LADDER,
    MS,
    SECOND,
    Bench,
    definition,
)
from tests.unit.trading.venue import FakeVenue

FUTILE = [REJECT_MARKET_CLOSED, REJECT_INSUFFICIENT, REJECT_QUOTA, REJECT_LIMIT_LOCKED, REJECT_SIZE]


def started(**changes) -> tuple[Bench, FakeVenue, SpreadOrder]:
    bench = Bench(definition(**changes))
    venue = FakeVenue(bench)
    return bench, venue, bench.open()


def ids(bench: Bench) -> list[int]:
    return [int(command.client_order_id) for command in bench.routes.sent]


def roles(order: SpreadOrder) -> list[tuple[int, int, int]]:
    """(leg, role, lots) of what was sent after the first round."""
    return [
        (int(sent.leg), int(sent.role), int(sent.command.quantity_lots))
        for sent in order.leg_orders
        if sent.role != ROLE_INITIAL
    ]


def alerts(bench: Bench) -> list[tuple[int, str]]:
    return [(fields["level"], fields["code"]) for fields in bench.log.of(ALERT)]


# ---------------------------------------------------------------------- the plain way


def test_both_legs_filled_is_complete_and_the_reservation_is_given_back():
    bench, venue, order = started()
    assert [(c.side, c.quantity_lots, c.price_ticks) for c in bench.routes.sent] == [(BUY, 3, 1002), (SELL, 3, 998)]
    assert {c.time_in_force for c in bench.routes.sent} == {IMMEDIATE_OR_CANCEL}
    for client_order_id in ids(bench):
        venue.say(venue.acknowledge(client_order_id))
        venue.fills_all(client_order_id)
    assert bench.state_name(order) == "complete"
    assert list(bench.trigger.position_lots) == [3, -3]
    assert list(bench.desk.ledger.position_lots) == [3, -3]
    assert not order.reserved
    assert (len(bench.log.of(RESERVATION)), len(bench.log.of(RELEASE))) == (1, 1)
    assert bench.desk.is_quiet()


def test_nothing_filled_is_cancelled():
    bench, venue, order = started()
    for client_order_id in ids(bench):
        venue.cancels(client_order_id)
    assert bench.state_name(order) == "cancelled"
    assert len(bench.routes.sent) == 2
    assert not order.reserved


@pytest.mark.parametrize("first", [0, 1])
def test_case_04_the_repair_leaves_in_the_step_of_the_report_that_shows_the_deficit(first):
    bench, venue, order = started()
    venue.fills_all(ids(bench)[first])
    assert len(bench.routes.sent) == 2, "the other leg can still fill"
    venue.cancels(ids(bench)[1 - first])
    assert roles(order) == [(1 - first, ROLE_RETRY, 3)]


def test_case_15_the_repair_is_sized_by_what_filled():
    bench, venue, order = started()
    venue.fills(ids(bench)[0], 2)
    venue.cancels(ids(bench)[0])
    venue.cancels(ids(bench)[1])
    assert roles(order) == [(1, ROLE_RETRY, 2)]
    venue.fills_all(ids(bench)[2])
    assert bench.state_name(order) == "complete"
    assert list(order.filled) == [2, 2]


def test_the_whole_ladder_in_its_order_with_its_prices():
    """Leg 1 (sell, first limit 998) never fills: 2 retries at 998, chases 3, 6, 9 through the bid of 1000 but at most
    12 beyond 998, then leg 0 (bought, first limit 1002) is sold 5 and 10 through the bid of 999."""
    bench, venue, order = started()
    venue.fills_all(ids(bench)[0])
    seen = []
    for _ in range(2 + 3):
        venue.cancels(ids(bench)[-1])
        seen.append((order.leg_orders[-1].role, bench.routes.sent[-1].side, bench.routes.sent[-1].price_ticks))
    assert seen == [
        (ROLE_RETRY, SELL, 998),
        (ROLE_RETRY, SELL, 998),
        (ROLE_CHASE, SELL, 997),
        (ROLE_CHASE, SELL, 994),
        (ROLE_CHASE, SELL, 991),
    ]
    venue.cancels(ids(bench)[-1])
    assert bench.state_name(order) == "unwinding"
    assert (bench.routes.sent[-1].side, bench.routes.sent[-1].price_ticks) == (SELL, 994)
    assert bench.routes.sent[-1].instrument_index == 0
    venue.cancels(ids(bench)[-1])
    assert bench.routes.sent[-1].price_ticks == 989
    venue.fills_all(ids(bench)[-1])
    assert bench.state_name(order) == "unwound"
    assert list(bench.desk.ledger.position_lots) == [0, 0]
    assert list(bench.trigger.position_lots) == [0, 0]


def test_a_chase_goes_no_further_than_its_slippage_limit():
    bench, venue, order = started()
    venue.fills_all(ids(bench)[0])
    bench.quote(1, 900, 901)
    for _ in range(3):
        venue.cancels(ids(bench)[-1])
    assert (order.leg_orders[-1].role, bench.routes.sent[-1].price_ticks) == (ROLE_CHASE, 998 - 12)


def test_partial_fill_of_a_chase_leaves_the_rest_to_the_next_step():
    bench, venue, order = started()
    venue.fills_all(ids(bench)[0])
    for _ in range(3):
        venue.cancels(ids(bench)[-1])
    venue.fills(ids(bench)[-1], 1)
    venue.cancels(ids(bench)[-1])
    assert roles(order)[-1] == (1, ROLE_CHASE, 2)
    venue.fills_all(ids(bench)[-1])
    assert bench.state_name(order) == "complete"


# ---------------------------------------------------------------------- proportion


def test_case_06_less_than_a_unit_filled_is_not_left_naked():
    """3 : 1, tolerance 5 %: one or two lots of leg 0 have no whole counterpart; they are completed or traded back."""
    bench, venue, order = started(ratios=(3, 1))
    venue.fills(ids(bench)[0], 1)
    venue.cancels(ids(bench)[0])
    venue.cancels(ids(bench)[1])
    assert bench.state_name(order) == "repairing"
    assert roles(order) == [(0, ROLE_RETRY, 2), (1, ROLE_RETRY, 1)]
    for _ in range(LEG_ORDERS_MAX):
        for sent in [sent for sent in order.leg_orders if sent.state == LEG_PENDING_NEW]:
            if sent.role == ROLE_UNWIND:
                venue.fills_all(int(sent.command.client_order_id))
            else:
                venue.cancels(int(sent.command.client_order_id))
    assert bench.state_name(order) == "unwound"
    assert list(order.filled) == [0, 0]


def test_case_06_a_wider_tolerance_accepts_the_nearest_lots():
    """3 : 4, tolerance 15 %: 2 lots want 2.67, and 3 is 12.5 % off."""
    bench, venue, order = started(ratios=(3, 4), tolerance_e6=150_000)
    venue.fills(ids(bench)[0], 2)
    venue.cancels(ids(bench)[0])
    venue.fills(ids(bench)[1], 3)
    venue.cancels(ids(bench)[1])
    assert bench.state_name(order) == "complete"


def test_case_07_an_over_hedge_is_no_end():
    """A late fill after the retry filled: leg 1 has 2 where 1 is needed; the surplus is traded back."""
    bench, venue, order = started()
    venue.fills(ids(bench)[0], 1)
    venue.cancels(ids(bench)[0])
    venue.say(Receipt(ids(bench)[1], RECEIPT_CANCELLED, STATUS_CANCELLED))
    venue.fills_all(ids(bench)[2])
    assert bench.state_name(order) == "complete"
    venue.fills(ids(bench)[1], 1)
    assert bench.state_name(order) == "repairing"
    assert list(order.filled) == [1, 2]
    assert roles(order)[-1] == (0, ROLE_RETRY, 1), "the ladder begins anew: leg 0 is behind now"
    venue.fills_all(ids(bench)[-1])
    assert bench.state_name(order) == "complete"


def test_case_07_what_one_read_brought_is_taken_in_whole_before_anything_is_decided():
    """The end of leg 1's order and its late fill arrive together: nothing is re-ordered between the two."""
    bench, venue, order = started()
    venue.fills_all(ids(bench)[0])
    ended = Receipt(ids(bench)[1], RECEIPT_CANCELLED, STATUS_CANCELLED)
    bench.input()
    take_receipts(bench.desk, [ended, venue.fill(ids(bench)[1], 3)])
    assert len(ids(bench)) == 2
    assert bench.state_name(order) == "complete"


def test_case_07_an_order_that_is_forgotten_within_a_read_that_tells_of_it_stays_forgotten():
    """The end of one order makes room for it by forgetting the oldest, of which the same read brought an old report."""
    bench, venue, first = started()
    for number in ids(bench):
        venue.fills_all(number)
    bench.wait(10 * SECOND)
    second = bench.open()
    late, *others = [int(one.command.client_order_id) for one in first.leg_orders]
    venue.fills_all(int(bench.last(second, 0).command.client_order_id))
    bench.desk.ended_ids += [int(first.spread_order_id)] * (ENDED_ORDERS_KEPT - len(bench.desk.ended_ids))
    old = Receipt(late, RECEIPT_STATUS, STATUS_FILLED)
    old.cumulative_lots = int(first.leg_orders[0].cumulative_lots)
    bench.input()
    take_receipts(bench.desk, [venue.fill(int(bench.last(second, 1).command.client_order_id), 3), old])
    assert bench.state_name(second) == "complete"
    assert not {late, *others} & set(bench.desk.leg_orders)


def test_case_07_an_unwind_that_fills_late_and_takes_the_leg_below_zero_is_traded_back():
    bench, venue, order = started()
    venue.fills_all(ids(bench)[0])
    venue.rejects(ids(bench)[1], REJECT_INSUFFICIENT)
    venue.say(Receipt(ids(bench)[2], RECEIPT_CANCELLED, STATUS_CANCELLED))
    venue.fills(ids(bench)[2], 1)
    venue.fills_all(ids(bench)[3])
    assert list(order.filled) == [-1, 0]
    assert (bench.routes.sent[-1].side, bench.routes.sent[-1].quantity_lots) == (BUY, 1)
    venue.fills_all(ids(bench)[4])
    assert bench.state_name(order) == "unwound"
    assert list(bench.desk.ledger.position_lots) == [0, 0]


@pytest.mark.parametrize("leg", [0, 1])
def test_case_22_less_than_the_venue_takes_is_carried_with_an_alert(leg):
    bench = Bench(definition(ladder=[(STEP_RETRY, 1, 0, 0, SECOND), *DEFAULT_LADDER[2:]], reference_lots=4))
    bench.instruments[leg].quantity_min_lots = 2
    bench.instruments[leg].quantity_step_lots = 2
    venue = FakeVenue(bench)
    order = bench.open()
    venue.fills(ids(bench)[leg], 1)
    venue.cancels(ids(bench)[leg])
    venue.cancels(ids(bench)[1 - leg])
    venue.cancels(ids(bench)[-1])
    assert bench.state_name(order) == "residual"
    assert [code for _, code in alerts(bench)] == ["re_order", "residual"]
    last = [kind for kind, _ in bench.log.records if kind in (ALERT, SPREAD_ORDER)][-2:]
    assert last == [ALERT, SPREAD_ORDER], "who dies between the two has called somebody"
    assert not order.reserved and bench.desk.is_quiet()
    assert abs(bench.trigger.position_lots[leg]) == 1


# ---------------------------------------------------------------------- silence, loss, unknown


def test_case_16_silence_is_asked_about_with_growing_pauses_and_nothing_is_sent_again():
    bench, venue, order = started()
    venue.fills_all(ids(bench)[0])
    silent = ids(bench)[1]
    asked = []
    for _ in range(5):
        before = len(bench.routes.queried)
        while len(bench.routes.queried) == before:
            bench.wait(int(bench.desk.next_timer_ns()) - bench.now_ns)
        asked.append((bench.now_ns - order.created_ns) // MS)
    assert asked == [250, 750, 1750, 3750, 7750]
    assert set(bench.routes.queried) == {silent}
    assert len(bench.routes.sent) == 2
    assert len(bench.log.of(STATUS_REQUEST)) == 5
    bench.wait(DEADLINE_NS)
    assert len(bench.routes.sent) == 2
    assert bench.state_name(order) == "halted"
    assert alerts(bench)[-1] == (EMERGENCY, "spread_order_halted")


def test_case_30_status_requests_are_bounded_exactly():
    bench, venue, order = started()
    venue.fills_all(ids(bench)[0])
    bench.wait(1_000 * SECOND)
    assert len(bench.routes.queried) == QUERIES_MAX
    assert bench.desk.next_timer_ns() > bench.now_ns + 1_000 * SECOND


def test_case_16_an_order_that_the_venue_never_had_is_sent_again_only_on_evidence():
    """The first "no such order" may have overtaken the order; the second, asked for after it, is evidence."""
    bench, venue, order = started()
    venue.fills_all(ids(bench)[0])
    bench.wait(ACKNOWLEDGE_TIMEOUT_NS)
    venue.answers(ids(bench)[1])
    assert order.leg_orders[1].state == LEG_UNKNOWN
    assert len(bench.routes.sent) == 2
    bench.wait(ACKNOWLEDGE_TIMEOUT_NS)
    venue.answers(ids(bench)[1])
    assert order.leg_orders[1].state == LEG_REJECTED
    assert roles(order) == [(1, ROLE_RETRY, 3)]
    assert list(order.reject_classes) == [REJECT_NONE, REJECT_BUSY]


def test_case_17_an_order_thought_lost_turns_out_filled():
    bench, venue, order = started()
    venue.fills_all(ids(bench)[0])
    venue.fill(ids(bench)[1], 3)
    bench.wait(ACKNOWLEDGE_TIMEOUT_NS)
    venue.answers(ids(bench)[1])
    assert bench.state_name(order) == "complete"
    assert list(order.filled) == [3, 3]


def test_case_17_a_duplicate_id_refusal_says_nothing_about_the_first_order():
    bench, venue, order = started()
    venue.fills_all(ids(bench)[0])
    truth = venue.fill(ids(bench)[1], 3)
    refusal = Receipt(ids(bench)[1], 6, 5)
    refusal.reject_class = REJECT_DUPLICATE
    venue.say(refusal)
    assert order.leg_orders[1].state == LEG_UNKNOWN
    assert len(bench.routes.sent) == 2
    venue.say(truth)
    assert bench.state_name(order) == "complete"


def test_a_status_answer_is_evidence_even_when_the_id_was_a_duplicate():
    bench, venue, order = started()
    venue.fills_all(ids(bench)[0])
    venue.rejects(ids(bench)[1], REJECT_DUPLICATE)
    venue.answers(ids(bench)[1])
    assert order.leg_orders[1].state == LEG_REJECTED
    assert roles(order) == [(0, ROLE_UNWIND, 3)]


def test_a_pending_answer_keeps_asking_until_the_deadline():
    bench, venue, order = started()
    venue.fills_all(ids(bench)[0])
    for _ in range(100):
        if bench.state_name(order) == "halted":
            break
        bench.wait(ACKNOWLEDGE_TIMEOUT_NS)
        venue.say(Receipt(ids(bench)[1], RECEIPT_STATUS, STATUS_PENDING))
    assert bench.state_name(order) == "halted"
    assert order.deadline_ns <= bench.now_ns < order.deadline_ns + ACKNOWLEDGE_TIMEOUT_NS
    assert len(bench.routes.sent) == 2


def test_case_44_both_routes_lost_with_orders_in_flight():
    """Interval exposure, no doubling, balanced after the reconnect: leg 0 had filled, leg 1 never arrived."""
    bench, venue, order = started()
    venue.fill(ids(bench)[0], 3)
    bench.route(0, False)
    bench.route(1, False)
    assert [sent.state for sent in order.leg_orders] == [LEG_UNKNOWN, LEG_UNKNOWN]
    bench.wait(SECOND)
    assert bench.routes.queried == [] and len(bench.routes.sent) == 2
    bench.route(0, True)
    assert bench.routes.queried == ids(bench)[:1]
    venue.answers(ids(bench)[0])
    assert len(bench.routes.sent) == 2, "leg 1 may still fill"
    bench.route(1, True)
    venue.answers(ids(bench)[1])
    assert roles(order) == [(1, ROLE_RETRY, 3)]
    venue.fills_all(ids(bench)[-1])
    assert bench.state_name(order) == "complete"


def test_the_route_of_the_leg_behind_is_down_so_the_other_is_traded_back():
    bench, venue, order = started()
    venue.fills_all(ids(bench)[0])
    bench.routes.up[1] = False
    venue.cancels(ids(bench)[1])
    assert roles(order) == [(0, ROLE_UNWIND, 3)]


def test_with_every_route_down_the_ladder_waits_for_one_to_come_back():
    bench, venue, order = started()
    venue.fills_all(ids(bench)[0])
    bench.routes.up = [False, False]
    venue.cancels(ids(bench)[1])
    assert len(bench.routes.sent) == 2
    assert bench.desk.next_timer_ns() == order.deadline_ns
    bench.wait(SECOND)
    bench.route(0, True)
    assert roles(order) == [(0, ROLE_UNWIND, 3)]


def test_a_route_that_goes_down_between_the_legs_refuses_locally_and_the_sent_leg_is_balanced():
    bench = Bench()
    venue = FakeVenue(bench)
    accepted = bench.routes.submit

    def submit(route, command, now_ns, utc_ns):
        if route == 1:
            bench.routes.up[1] = False
        return accepted(route, command, now_ns, utc_ns)

    bench.routes.submit = submit
    order = bench.open()
    assert [sent.state for sent in order.leg_orders] == [LEG_PENDING_NEW, LEG_REJECTED]
    venue.fills_all(ids(bench)[0])
    venue.fills_all(ids(bench)[-1])
    assert bench.state_name(order) == "unwound"


# ---------------------------------------------------------------------- what only a person decides


def test_a_fill_beyond_the_quantity_goes_to_a_person_and_never_becomes_an_order():
    bench, venue, order = started()
    receipt = venue.fill(ids(bench)[0], 3)
    receipt.last_lots = receipt.cumulative_lots = 30
    venue.say(receipt)
    assert bench.state_name(order) == "halted"
    assert alerts(bench) == [(EMERGENCY, "spread_order_halted")]
    assert len(bench.routes.sent) == 2
    assert bench.desk.ledger.position_lots[0] == 30


@pytest.mark.parametrize("kind", [RECEIPT_TRADE_CANCEL, RECEIPT_TRADE_CORRECT])
def test_case_33_a_cancelled_trade_opens_the_deficit_again_and_a_person_decides(kind):
    bench, venue, order = started()
    for client_order_id in ids(bench):
        venue.fills_all(client_order_id)
    bust = Receipt(ids(bench)[1], kind, STATUS_FILLED)
    bust.execution_id, bust.last_lots, bust.cumulative_lots = b"B1", 1, 2
    venue.say(bust)
    venue.say(bust)
    assert bench.state_name(order) == "halted"
    assert list(order.filled) == [3, 2]
    assert list(bench.desk.ledger.position_lots) == [3, -2]
    assert list(bench.trigger.position_lots) == [3, -2]
    assert len(bench.routes.sent) == 2
    assert (EMERGENCY, "spread_order_halted") in alerts(bench)
    assert bench.trigger.open_orders == 1


def test_case_33_a_cancelled_trade_without_a_cumulative_quantity_takes_its_own_lots_back():
    bench, venue, order = started()
    for client_order_id in ids(bench):
        venue.fills_all(client_order_id)
    bust = Receipt(ids(bench)[0], RECEIPT_TRADE_CANCEL, STATUS_FILLED)
    bust.execution_id, bust.last_lots = b"B1", 2
    venue.say(bust)
    venue.say(bust)
    assert list(order.filled) == [1, 3]


def test_halted_is_final_but_what_may_be_live_is_still_asked_for_and_counted():
    bench, venue, order = started()
    venue.fills_all(ids(bench)[0])
    bench.route(1, False)
    bench.wait(DEADLINE_NS)
    assert bench.state_name(order) == "halted"
    assert bench.desk.is_quiet(), "a person has it"
    venue.fill(ids(bench)[1], 3)
    bench.route(1, True)
    assert bench.routes.queried == ids(bench)[1:]
    venue.answers(ids(bench)[1])
    assert list(bench.desk.ledger.position_lots) == [3, -3]
    assert alerts(bench)[-1] == (CRITICAL, "late_fill")
    assert bench.state_name(order) == "halted"
    assert order.reserved
    assert len(bench.routes.sent) == 2


def test_a_pending_answer_for_a_halted_order_does_not_ask_for_ever():
    bench, venue, order = started()
    bench.wait(DEADLINE_NS)
    asked = 0
    for _ in range(5 * QUERIES_MAX):
        before = len(bench.routes.queried)
        bench.wait(9 * SECOND)
        for client_order_id in bench.routes.queried[before:]:
            asked += 1
            venue.say(Receipt(client_order_id, RECEIPT_STATUS, STATUS_PENDING))
    assert asked <= 2 * QUERIES_MAX


# ---------------------------------------------------------------------- deadline, stop


def test_the_deadline_halts_with_an_alert_and_keeps_the_reservation():
    bench, venue, order = started()
    bench.wait(DEADLINE_NS - 1)
    assert bench.state_name(order) == "working"
    bench.wait(1)
    assert bench.state_name(order) == "halted"
    assert alerts(bench) == [(CRITICAL, "spread_order_halted")], "nothing filled: critical, not an emergency"
    assert order.reserved
    bench.now_ns += 100 * SECOND
    bench.set_quotes((990, 991), (1000, 1001))
    assert len(bench.desk.orders) == 1, "nothing new on this spread until a person has decided"


def test_a_ladder_step_is_left_at_its_deadline_with_attempts_to_spare():
    bench, venue, order = started()
    venue.fills_all(ids(bench)[0])
    venue.cancels(ids(bench)[1])
    bench.now_ns += SECOND
    venue.cancels(ids(bench)[-1])
    assert [role for _, role, _ in roles(order)] == [ROLE_RETRY, ROLE_CHASE]


def resting(bench: Bench, order: SpreadOrder) -> LegOrder:
    """A leg order that rests at its venue (day), where immediate-or-cancel does not exist."""
    command = OrderCommand(77, 0, BUY, LIMIT, DAY, 1000, 3, OFFSET_NONE)
    leg_order = LegOrder(0, 0, ROLE_INITIAL, 0, command)
    leg_order.state = LEG_WORKING
    order.leg_orders.append(leg_order)
    bench.desk.leg_orders[77] = leg_order
    bench.desk.owner[77] = int(order.spread_order_id)
    return leg_order


@pytest.mark.parametrize("reject_class", FUTILE)
def test_the_resting_leg_is_cancelled_at_once_when_the_other_is_refused_for_good(reject_class):
    bench, venue, order = started()
    rests = resting(bench, order)
    venue.cancels(ids(bench)[0])
    venue.rejects(ids(bench)[1], reject_class)
    assert bench.routes.cancelled == [77]
    bench.receive(77, RECEIPT_CANCELLED, STATUS_CANCELLED, cumulative_lots=0)
    assert rests.state == LEG_CANCELLED
    assert bench.state_name(order) == "cancelled"


def test_too_many_leg_orders_go_to_a_person():
    bench, venue, order = started(ladder=[(STEP_RETRY, 100, 0, 0, 100 * SECOND), (STEP_UNWIND, 100, 0, 0, SECOND)])
    venue.fills_all(ids(bench)[0])
    for _ in range(LEG_ORDERS_MAX):
        if bench.state_name(order) != "halted":
            venue.cancels(ids(bench)[-1])
    assert bench.state_name(order) == "halted"
    assert len(order.leg_orders) <= LEG_ORDERS_MAX


# ---------------------------------------------------------------------- records


def test_every_attempt_has_its_record_with_the_reason():
    bench, venue, order = started()
    venue.fills_all(ids(bench)[0])
    venue.rejects(ids(bench)[1], REJECT_OTHER)
    steps = bench.log.of(LADDER_STEP)
    assert [(row["event"], row["leg"], row["deficit_lots"], row["reason"]) for row in steps] == [
        ("retry", 1, 3, "leg behind: refused, other")
    ]
    assert [row["role"] for row in bench.log.of(LEG_ORDER)] == [ROLE_INITIAL, ROLE_INITIAL, ROLE_RETRY]
    assert len({row["client_order_id"] for row in bench.log.of(LEG_ORDER)}) == 3


def test_client_order_ids_begin_anew_with_the_epoch():
    bench = Bench()
    bench.desk.machine.begin_epoch(7)
    bench.open()
    assert ids(bench) == [7_000_000_001, 7_000_000_002]
