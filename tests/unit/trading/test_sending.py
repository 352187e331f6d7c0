"""What leaves: numbers, types and close flags of orders, when a cancel goes out, how often a venue is asked.

Through the machine: what stands in for an order type, children, ranks and delays.
"""

from __future__ import annotations

import pytest

from cross_market_connect.domain.execution import (
    COMPLETE_FOK,
    COMPLETE_IOC,
    COMPLETE_LIMIT,
    COMPLETE_LIMIT_OFFSET,
    COMPLETE_MARKET,
)
from cross_market_connect.domain.order import (
    BUY,
    DAY,
    FILL_OR_KILL,
    IMMEDIATE_OR_CANCEL,
    LIMIT,
    MARKET,
    OFFSET_CLOSE,
    OFFSET_CLOSE_TODAY,
    OFFSET_OPEN,
    RECEIPT_CANCEL_REJECTED,
    RECEIPT_STATUS,
    REJECT_BUSY,
    REJECT_INSUFFICIENT,
    REJECT_OFFSET,
    SELL,
    STATUS_NEW,
)
from cross_market_connect.domain.records import STATUS_REQUEST
from cross_market_connect.domain.spread import (
    LEG_FILLED,
    LEG_PENDING_CANCEL,
    LEG_UNKNOWN,
    LEG_WORKING,
    ROLE_INITIAL,
    ROLE_RETRY,
    ROLE_UNWIND,
)
from cross_market_connect.trading.doubt import IDS_PER_EPOCH
from cross_market_connect.trading.orders import LegOrder, SpreadOrder
from cross_market_connect.trading.pricing import orders_needed
from cross_market_connect.trading.sending import (
    ABLE_ALL,
    ABLE_FOK,
    ABLE_IOC,
    ABLE_MARKET,
    CANCEL_PAUSE_NS,
    CANCELS_AT_ONCE,
    QUERIES_MAX,
    Sender,
    offset_for,
)
from cross_market_connect.trading.stopping import stop
from cross_market_connect.trading.throttle import Throttle, WindowLimit
from tests.unit.trading.support import ACKNOWLEDGE_TIMEOUT_NS, MS, SECOND, Bench, definition
from tests.unit.trading.test_machine import ids, roles
from tests.unit.trading.test_repair import bench_of, start_by_hand
from tests.unit.trading.venue import FakeVenue

REST_NS = 50 * MS


class Desk:
    """A sender and a spread order that nobody decides about."""

    def __init__(self, completion: int = COMPLETE_LIMIT) -> None:
        self.bench = Bench(definition())
        for leg in self.bench.spread.execution.legs:
            leg.completion, leg.rest_ns = completion, REST_NS
        self.sender: Sender = self.bench.desk.machine.sender
        self.order = SpreadOrder(1, self.bench.spread, 1, True)

    def send(self, lots: int = 3, side: int = BUY, role: int = ROLE_INITIAL) -> LegOrder:
        self.sender.send(self.order, 0, side, lots, 1_000, role, 0)
        sent = self.order.leg_orders[-1]
        sent.state = LEG_WORKING
        return sent

    def at(self, now_ns: int) -> None:
        self.bench.now_ns = now_ns
        self.bench.input()


def test_client_order_ids_follow_each_other_in_the_number_range_of_the_run():
    desk = Desk()
    first = desk.send().command.client_order_id
    assert first == 1 * IDS_PER_EPOCH + 1, "the bench is the engine's first run"
    assert [int(desk.send().command.client_order_id) for _ in range(2)] == [first + 1, first + 2]
    desk.sender.begin_epoch(7)
    assert desk.send().command.client_order_id == 7 * IDS_PER_EPOCH + 1


@pytest.mark.parametrize(
    ("completion", "able", "order_type", "force", "due"),
    [
        (COMPLETE_MARKET, ABLE_MARKET | ABLE_IOC, MARKET, IMMEDIATE_OR_CANCEL, 0),
        (COMPLETE_MARKET, ABLE_FOK | ABLE_IOC, LIMIT, IMMEDIATE_OR_CANCEL, 0),
        (COMPLETE_FOK, ABLE_FOK, LIMIT, FILL_OR_KILL, 0),
        (COMPLETE_FOK, ABLE_IOC | ABLE_MARKET, LIMIT, IMMEDIATE_OR_CANCEL, 0),
        (COMPLETE_IOC, ABLE_IOC, LIMIT, IMMEDIATE_OR_CANCEL, 0),
        (COMPLETE_IOC, ABLE_FOK | ABLE_MARKET, LIMIT, DAY, REST_NS),
        (COMPLETE_LIMIT, ABLE_IOC, LIMIT, DAY, REST_NS),
    ],
)
def test_the_type_is_what_the_leg_asks_for_or_what_stands_for_it(completion, able, order_type, force, due):
    """What is to rest, or has to, is cancelled after its time; what ends by itself is not."""
    desk = Desk(completion)
    desk.sender.abilities[0] = able
    sent = desk.send()
    assert (sent.command.order_type, sent.command.time_in_force) == (order_type, force)
    assert sent.cancel_due_ns == (desk.bench.now_ns + due if due else 0)
    assert (sent.sent_ns, sent.query_due_ns) == (desk.bench.now_ns, desk.bench.now_ns + ACKNOWLEDGE_TIMEOUT_NS)
    assert [one.client_order_id for one in desk.bench.routes.sent] == [sent.command.client_order_id]


@pytest.mark.parametrize(
    ("largest", "step", "lots", "needed"),
    [(10, 1, 10, 1), (10, 1, 11, 2), (10, 1, 0, 0), (250, 100, 200, 1), (250, 100, 300, 2), (50, 100, 100, 0)],
)
def test_how_many_orders_a_quantity_takes(largest, step, lots, needed):
    instrument = Bench().instruments[0]
    instrument.quantity_max_lots, instrument.quantity_step_lots = largest, step
    assert orders_needed(instrument, lots) == needed


@pytest.mark.parametrize("due", ["later", "now", "never"])
def test_a_cancel_goes_out_at_once_whenever_it_would_have_been_due(due):
    desk = Desk()
    sent = desk.send()
    sent.cancel_due_ns = {"later": sent.cancel_due_ns, "now": desk.bench.now_ns, "never": 0}[due]
    desk.sender.cancel(desk.order, sent, "by hand")
    assert desk.bench.routes.cancelled == [sent.command.client_order_id]
    assert (sent.state, sent.cancels) == (LEG_PENDING_CANCEL, 1)


def test_a_cancel_that_is_due_waits_for_its_time_and_for_its_route():
    desk = Desk()
    sent = desk.send()
    begun_ns = desk.bench.now_ns
    desk.at(begun_ns + REST_NS - 1)
    desk.sender.cancel_if_due(desk.order, sent, "its time is over")
    assert desk.bench.routes.cancelled == []
    desk.at(begun_ns + REST_NS)
    desk.bench.routes.up[0] = False
    desk.sender.cancel_if_due(desk.order, sent, "its time is over")
    assert desk.bench.routes.cancelled == []
    desk.bench.routes.up[0] = True
    desk.sender.cancel_if_due(desk.order, sent, "its time is over")
    assert desk.bench.routes.cancelled == [sent.command.client_order_id]
    desk.sender.cancel_if_due(desk.order, sent, "its time is over")
    assert len(desk.bench.routes.cancelled) == 1, "the venue has been asked"


def test_what_is_kept_for_hedges_and_cancels_lets_a_cancel_out_when_openings_have_used_up_theirs():
    """Two messages a second, one of them kept: the order takes the other one, and its cancel still goes at once."""
    desk = Desk()
    desk.bench.desk.ledger.throttles[0] = Throttle([WindowLimit(0, 2, SECOND, 1)], True)
    sent = desk.send()
    desk.sender.cancel(desk.order, sent, "by hand")
    assert len(desk.bench.routes.cancelled) == 1
    second = desk.send()
    desk.sender.cancel(desk.order, second, "by hand")
    assert len(desk.bench.routes.cancelled) == 1, "nothing goes beyond what the venue takes"
    assert second.cancel_due_ns == desk.bench.now_ns + SECOND


def test_a_cancel_in_vain_is_repeated_at_once_a_few_times_and_then_after_pauses_that_double():
    """Still working after every cancel: the first few are repeated after the venue's time to answer, the next after
    1 s, then 2 s and 4 s."""
    assert CANCEL_PAUSE_NS == SECOND
    desk = Desk()
    sent = desk.send()
    desk.sender.cancel(desk.order, sent, "by hand")
    pauses = [ACKNOWLEDGE_TIMEOUT_NS] * (CANCELS_AT_ONCE - 1) + [SECOND, 2 * SECOND, 4 * SECOND]
    for count, pause_ns in enumerate(pauses, 1):
        assert sent.cancels == count
        last_ns = desk.bench.now_ns
        desk.at(last_ns + pause_ns - 1)
        desk.sender.cancel_again(desk.order, sent)
        assert sent.cancels == count
        desk.at(last_ns + pause_ns)
        desk.sender.cancel_again(desk.order, sent)
    assert len(desk.bench.routes.cancelled) == len(pauses) + 1


def test_only_what_rests_is_asked_to_be_cancelled_with_the_whole_order():
    desk = Desk()
    working, ended = desk.send(), desk.send()
    for leg in desk.bench.spread.execution.legs:
        leg.completion = COMPLETE_IOC
    immediate = desk.send()
    venue = FakeVenue(desk.bench, quotes_flow=False)
    assert venue.order(int(ended.command.client_order_id)) is not None
    ended.state = LEG_FILLED
    desk.sender.cancel_live(desk.order, "stop requested")
    assert desk.bench.routes.cancelled == [working.command.client_order_id]
    assert immediate.command.time_in_force == IMMEDIATE_OR_CANCEL


def test_a_silent_venue_is_asked_with_pauses_that_double_five_times_and_a_bounded_number_of_times():
    desk = Desk()
    sent = desk.send()
    for count in range(1, QUERIES_MAX + 3):
        desk.sender.query(desk.order, sent)
        asked = min(count, QUERIES_MAX)
        assert len(desk.bench.routes.queried) == len(desk.bench.log.of(STATUS_REQUEST)) == asked
        assert sent.query_due_ns == desk.bench.now_ns + ACKNOWLEDGE_TIMEOUT_NS * 2 ** min(asked, 5)
    sent.queries = 0
    desk.bench.routes.up[0] = False
    desk.sender.query(desk.order, sent)
    assert len(desk.bench.routes.queried) == QUERIES_MAX, "nobody is there to be asked"


@pytest.mark.parametrize(
    ("opening", "role", "offset"),
    [
        (True, ROLE_INITIAL, OFFSET_OPEN),
        (True, ROLE_UNWIND, OFFSET_CLOSE),
        (False, ROLE_INITIAL, OFFSET_CLOSE),
        (False, ROLE_UNWIND, OFFSET_OPEN),
    ],
)
def test_what_opens_is_flagged_open_and_what_trades_it_back_closes(opening, role, offset):
    desk = Desk()
    desk.order.opening = opening
    assert offset_for(desk.order, 0, BUY, role) == offset


@pytest.mark.parametrize(
    ("sent", "refused", "following"),
    [
        (OFFSET_CLOSE, REJECT_OFFSET, OFFSET_CLOSE_TODAY),
        (OFFSET_CLOSE_TODAY, REJECT_OFFSET, OFFSET_CLOSE),
        (OFFSET_CLOSE_TODAY, REJECT_BUSY, OFFSET_CLOSE_TODAY),
        (OFFSET_OPEN, REJECT_OFFSET, OFFSET_OPEN),
    ],
)
def test_the_flag_of_the_legs_last_order_of_that_side_goes_on_and_turns_after_a_mismatch(sent, refused, following):
    desk = Desk()
    desk.order.opening = False
    last = desk.send()
    last.command.offset, last.reject_class = sent, refused
    assert offset_for(desk.order, 0, BUY, ROLE_RETRY) == following
    assert offset_for(desk.order, 0, SELL, ROLE_RETRY) == OFFSET_CLOSE, "the other side has sent nothing yet"
    assert offset_for(desk.order, 1, BUY, ROLE_RETRY) == OFFSET_CLOSE, "nor has the other leg"


def test_a_route_that_is_down_refuses_the_attempt_like_a_busy_venue():
    desk = Desk()
    desk.bench.routes.up[0] = False
    desk.sender.send(desk.order, 0, BUY, 3, 1_000, ROLE_INITIAL, 0)
    [refused] = desk.order.leg_orders
    assert refused.leaves_lots() == 0 and desk.bench.routes.sent == []
    assert (refused.reject_class, list(desk.order.reject_classes)) == (REJECT_BUSY, [REJECT_BUSY, 0])


def kinds(bench: Bench) -> list[tuple[int, int, int]]:
    """(order type, time in force, price) of everything sent."""
    return [(int(c.order_type), int(c.time_in_force), int(c.price_ticks)) for c in bench.routes.sent]


@pytest.mark.parametrize(
    ("completion", "expected"),
    [
        (COMPLETE_FOK, (LIMIT, FILL_OR_KILL, 1002)),
        (COMPLETE_LIMIT, (LIMIT, DAY, 1002)),
        (COMPLETE_LIMIT_OFFSET, (LIMIT, DAY, 999)),
        (COMPLETE_MARKET, (MARKET, IMMEDIATE_OR_CANCEL, 1002)),
    ],
)
def test_each_leg_has_its_own_completion_order(completion, expected):
    spread = definition()
    spread.execution.legs[0].completion = completion
    spread.execution.legs[0].completion_offset_ticks = 3
    bench, _ = bench_of(spread)
    bench.open()
    assert kinds(bench) == [expected, (LIMIT, IMMEDIATE_OR_CANCEL, 998)]


@pytest.mark.parametrize(
    ("completion", "abilities", "expected"),
    [
        (COMPLETE_FOK, ABLE_IOC, (LIMIT, IMMEDIATE_OR_CANCEL)),
        (COMPLETE_FOK, 0, (LIMIT, DAY)),
        (COMPLETE_MARKET, ABLE_IOC, (LIMIT, IMMEDIATE_OR_CANCEL)),
        (0, 0, (LIMIT, DAY)),
        (0, ABLE_ALL, (LIMIT, IMMEDIATE_OR_CANCEL)),
    ],
)
def test_what_the_venue_lacks_is_stood_in_for(completion, abilities, expected):
    spread = definition()
    spread.execution.legs[0].completion = completion
    bench, _ = bench_of(spread)
    bench.desk.machine.sender.abilities[0] = abilities
    bench.open()
    assert kinds(bench)[0][:2] == expected


def emulated() -> tuple[Bench, FakeVenue, SpreadOrder]:
    """Leg 1's venue knows no immediate-or-cancel: its order rests for 50 ms."""
    spread = definition()
    spread.execution.legs[1].rest_ns = 50 * MS
    bench, venue = bench_of(spread)
    bench.desk.machine.sender.abilities[1] = 0
    return bench, venue, bench.open()


def test_an_emulated_ioc_rests_is_cancelled_and_lives_until_the_cancel_is_confirmed():
    bench, venue, order = emulated()
    venue.fills_all(ids(bench)[0])
    venue.say(venue.acknowledge(ids(bench)[1]))
    bench.wait(50 * MS - 3)
    assert bench.routes.cancelled == []
    bench.wait(3)
    assert bench.routes.cancelled == ids(bench)[1:]
    assert order.leg_orders[1].state == LEG_PENDING_CANCEL
    bench.wait(20 * MS)
    assert len(bench.routes.sent) == 2, "nothing goes out for what may still fill"
    venue.fills(ids(bench)[1], 1)
    venue.cancels(ids(bench)[1])
    assert roles(order) == [(1, ROLE_RETRY, 2)], "the remainder, after the race"


def test_a_cancel_that_got_lost_is_sent_again_and_then_with_pauses():
    bench, venue, order = emulated()
    venue.fills_all(ids(bench)[0])
    venue.say(venue.acknowledge(ids(bench)[1]))
    bench.wait(50 * MS)
    for _ in range(3 * CANCELS_AT_ONCE):
        bench.wait(ACKNOWLEDGE_TIMEOUT_NS)
        if bench.state_name(order) != "halted":
            venue.say(venue._receipt(ids(bench)[1], RECEIPT_STATUS))
    assert len(bench.routes.cancelled) == CANCELS_AT_ONCE + 2, "after pauses of 1 s and 2 s in six seconds"
    assert set(bench.routes.cancelled) == {ids(bench)[1]}


def test_a_cancel_is_asked_for_again_once_a_lost_route_shows_the_order_alive():
    bench, venue, order = emulated()
    venue.say(venue.acknowledge(ids(bench)[1]))
    bench.route(1, False)
    assert order.leg_orders[1].state == LEG_UNKNOWN
    bench.wait(60 * MS)
    assert bench.routes.cancelled == []
    bench.route(1, True)
    venue.answers(ids(bench)[1])
    assert bench.routes.cancelled == ids(bench)[1:]


def test_a_refused_cancel_leaves_the_order_possibly_live_until_the_venue_tells():
    bench, venue, order = emulated()
    venue.say(venue.acknowledge(ids(bench)[1]))
    bench.wait(50 * MS)
    bench.receive(ids(bench)[1], RECEIPT_CANCEL_REJECTED, STATUS_NEW)
    assert order.leg_orders[1].state == LEG_UNKNOWN
    venue.answers(ids(bench)[1])
    assert len(bench.routes.cancelled) == 2, "it works: asked again"


def test_case_40_a_leg_of_several_children_repairs_only_the_refused_remainder():
    bench, venue = bench_of(definition(reference_lots=7))
    bench.instruments[1].quantity_max_lots = 3
    order = start_by_hand(bench, [7, 7])
    sizes = [(int(c.instrument_index), int(c.quantity_lots)) for c in bench.routes.sent]
    assert sizes == [(0, 7), (1, 2), (1, 2), (1, 3)], "about equal, none above the venue's largest order"
    venue.fills_all(ids(bench)[0])
    venue.rejects(ids(bench)[2], REJECT_BUSY)
    venue.fills_all(ids(bench)[1])
    assert len(bench.routes.sent) == 4, "the last child can still fill"
    venue.fills_all(ids(bench)[3])
    assert roles(order) == [(1, ROLE_RETRY, 2)]
    assert list(order.reject_classes) == [0, REJECT_BUSY], "why the leg is behind outlives the children that filled"
    venue.fills_all(ids(bench)[-1])
    assert bench.state_name(order) == "complete"


def test_a_later_rank_is_sent_when_the_earlier_has_ended_and_sized_by_it():
    bench, venue = bench_of(definition())
    order = start_by_hand(bench, [3, 3], ranks=[1, 0])
    assert [c.instrument_index for c in bench.routes.sent] == [1]
    venue.fills(ids(bench)[0], 2)
    assert len(bench.routes.sent) == 1
    venue.cancels(ids(bench)[0])
    assert [(s.leg, s.role, s.command.quantity_lots) for s in order.leg_orders[1:]] == [(0, ROLE_INITIAL, 2)]
    venue.fills_all(ids(bench)[1])
    assert bench.state_name(order) == "complete"
    assert list(order.filled) == [2, 2]


def test_nothing_of_a_later_rank_is_sent_when_the_earlier_got_nothing():
    bench, venue = bench_of(definition())
    order = start_by_hand(bench, [3, 3], ranks=[1, 0])
    venue.cancels(ids(bench)[0])
    assert bench.state_name(order) == "cancelled"
    assert len(bench.routes.sent) == 1


def test_a_delayed_leg_leaves_by_its_timer_in_full_and_not_after_a_refusal_for_good():
    bench, venue = bench_of(definition())
    order = start_by_hand(bench, [3, 3], delays_ns=[0, 4 * MS])
    assert bench.desk.next_timer_ns() == bench.now_ns + 4 * MS
    bench.wait(4 * MS - 1)
    assert len(bench.routes.sent) == 1
    bench.wait(1)
    assert [c.quantity_lots for c in bench.routes.sent] == [3, 3]
    bench, venue = bench_of(definition())
    order = start_by_hand(bench, [3, 3], delays_ns=[0, 4 * MS])
    venue.rejects(ids(bench)[0], REJECT_INSUFFICIENT)
    assert bench.state_name(order) == "cancelled"
    bench.wait(10 * MS)
    assert len(bench.routes.sent) == 1


def test_the_shortest_delay_is_one_too():
    bench, _ = bench_of(definition())
    start_by_hand(bench, [3, 3], delays_ns=[0, 1])
    assert [c.instrument_index for c in bench.routes.sent] == [0]
    bench.wait(1)
    assert [c.instrument_index for c in bench.routes.sent] == [0, 1]


def test_case_12_a_stop_sends_no_delayed_leg_and_balances_what_filled():
    bench, venue = bench_of(definition())
    order = start_by_hand(bench, [3, 3], delays_ns=[0, 4 * MS])
    venue.fills_all(ids(bench)[0])
    bench.input()
    stop(bench.desk)
    assert roles(order) == [(1, ROLE_RETRY, 3)]
    venue.fills_all(ids(bench)[-1])
    assert bench.state_name(order) == "complete"
    bench, venue = bench_of(definition())
    order = start_by_hand(bench, [3, 3], delays_ns=[4 * MS, 4 * MS])
    bench.input()
    stop(bench.desk)
    assert (bench.state_name(order), len(bench.routes.sent)) == ("cancelled", 0)


def test_a_delayed_leg_is_sized_by_what_the_other_got_when_that_has_ended():
    bench, venue = bench_of(definition())
    start_by_hand(bench, [3, 3], delays_ns=[0, 4 * MS])
    venue.fills(ids(bench)[0], 1)
    venue.cancels(ids(bench)[0])
    bench.wait(4 * MS)
    assert [c.quantity_lots for c in bench.routes.sent] == [3, 1]


def test_a_leg_that_the_throttle_held_back_is_sized_by_what_the_other_got():
    """Leg 1's venue takes one message in 100 ms; one was just sent."""
    bench = Bench(definition())
    bench.limits.windows = [WindowLimit(1, 1, 100 * MS, 0)]
    bench.desk = bench.make_desk()
    venue = FakeVenue(bench)
    bench.desk.ledger.throttles[1].sent(bench.now_ns)
    start_by_hand(bench, [3, 3])
    assert len(bench.routes.sent) == 1
    venue.fills(ids(bench)[0], 1)
    venue.cancels(ids(bench)[0])
    bench.wait(100 * MS)
    assert [c.quantity_lots for c in bench.routes.sent] == [3, 1]


def test_after_a_local_refusal_of_the_first_leg_the_second_is_not_sent_at_all():
    bench = Bench(definition())
    bench.routes.up[0] = False
    order = start_by_hand(bench, [3, 3])
    assert (bench.routes.sent, bench.state_name(order)) == ([], "cancelled")
