"""What leaves: numbers, types and close flags of orders, when a cancel goes out, how often a venue is asked."""

from __future__ import annotations

import pytest

from cross_market_connect.domain.execution import COMPLETE_FOK, COMPLETE_IOC, COMPLETE_LIMIT, COMPLETE_MARKET
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
    REJECT_BUSY,
    REJECT_OFFSET,
    SELL,
)
from cross_market_connect.domain.records import STATUS_REQUEST
from cross_market_connect.domain.spread import (
    LEG_FILLED,
    LEG_PENDING_CANCEL,
    LEG_WORKING,
    ROLE_INITIAL,
    ROLE_RETRY,
    ROLE_UNWIND,
)
from cross_market_connect.trading.doubt import IDS_PER_EPOCH
from cross_market_connect.trading.orders import LegOrder, SpreadOrder
from cross_market_connect.trading.pricing import orders_needed
from cross_market_connect.trading.sending import (
    ABLE_FOK,
    ABLE_IOC,
    ABLE_MARKET,
    CANCEL_PAUSE_NS,
    CANCELS_AT_ONCE,
    QUERIES_MAX,
    Sender,
    offset_for,
)
from cross_market_connect.trading.throttle import Throttle, WindowLimit
from tests.unit.trading.support import ACKNOWLEDGE_TIMEOUT_NS, MS, SECOND, Bench, definition
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
