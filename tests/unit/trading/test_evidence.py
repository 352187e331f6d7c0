"""What a receipt proves, by hand: each kind of report against what is known of the order already, in any order."""

import pytest

from cross_market_connect.domain.execution import BUST_PERSON
from cross_market_connect.domain.order import (
    RECEIPT_CANCELLED,
    RECEIPT_FILL,
    RECEIPT_REJECTED,
    RECEIPT_STATUS,
    RECEIPT_TRADE_CANCEL,
    RECEIPT_TRADE_CORRECT,
    REJECT_BUSY,
    REJECT_DUPLICATE,
    REJECT_INSUFFICIENT,
    STATUS_CANCELLED,
    STATUS_EXPIRED,
    STATUS_FILLED,
    STATUS_PARTLY_FILLED,
    STATUS_REJECTED,
    Receipt,
)
from cross_market_connect.domain.records import RELEASE, RESERVATION
from cross_market_connect.domain.spread import (
    LEG_CANCELLED,
    LEG_EXPIRED,
    LEG_FILLED,
    LEG_REJECTED,
    ROLE_RETRY,
    STEP_HALT,
    STEP_RETRY,
)
from cross_market_connect.trading.evidence import breach, broker_confirmed, count, says_nothing_certain
from cross_market_connect.trading.orders import LegOrder, SpreadOrder
from cross_market_connect.trading.states import HALT_NONE, HALT_OVERFILLED, HALT_TRADE_BUSTED
from tests.unit.trading.support import DEADLINE_NS, SECOND, Bench
from tests.unit.trading.test_machine import alerts, ids, roles, started
from tests.unit.trading.venue import FakeVenue


def opened(known: int) -> tuple[Bench, SpreadOrder, LegOrder]:
    """An order for three lots of A of which `known` were filled at 1000, in one execution K."""
    bench = Bench()
    order = bench.open()
    leg_order = bench.last(order, 0)
    if known:
        assert count(bench.desk.ledger, order, leg_order, report(RECEIPT_FILL, known, -1, b"K", 1000)) == known
    return bench, order, leg_order


def report(kind: int, last: int, cumulative: int, execution_id: bytes = b"E", ticks: int = 1001) -> Receipt:
    receipt = Receipt(0, kind, STATUS_PARTLY_FILLED)
    receipt.last_lots = last
    receipt.last_ticks = ticks
    receipt.cumulative_lots = cumulative
    receipt.execution_id = execution_id
    return receipt


@pytest.mark.parametrize(
    "known, kind, last, cumulative, execution_id, counted",
    [
        # The venue states the cumulative quantity: it alone counts, so a lost report is made up for.
        (0, RECEIPT_FILL, 1, 2, b"E", 2),
        (1, RECEIPT_FILL, 1, 3, b"E", 2),
        (2, RECEIPT_FILL, 1, 2, b"E", 0),
        (2, RECEIPT_FILL, 1, 1, b"E", 0),  # late, out of order
        (1, RECEIPT_STATUS, 0, 3, b"", 2),
        (2, RECEIPT_STATUS, 0, 1, b"", 0),
        # It does not: each execution counts once.
        (1, RECEIPT_FILL, 1, -1, b"E", 1),
        (1, RECEIPT_FILL, 1, -1, b"K", 0),
        (1, RECEIPT_FILL, 1, -1, b"", 1),
        (1, RECEIPT_STATUS, 0, -1, b"", 0),
        # A trade that the venue takes back, never below nothing.
        (3, RECEIPT_TRADE_CANCEL, 2, 1, b"B", -2),
        (3, RECEIPT_TRADE_CANCEL, 2, -1, b"B", -2),
        (2, RECEIPT_TRADE_CANCEL, 2, -1, b"B", -2),
        (1, RECEIPT_TRADE_CANCEL, 2, -1, b"B", -1),
        # A correction changes a quantity only where it states one.
        (2, RECEIPT_TRADE_CORRECT, 2, 1, b"C", -1),
        (2, RECEIPT_TRADE_CORRECT, 2, -1, b"C", 0),
    ],
)
def test_new_lots(known: int, kind: int, last: int, cumulative: int, execution_id: bytes, counted: int) -> None:
    bench, order, leg_order = opened(known)
    assert count(bench.desk.ledger, order, leg_order, report(kind, last, cumulative, execution_id)) == counted
    assert leg_order.cumulative_lots == order.filled[0] == known + counted
    assert leg_order.filled_ticks_sum == 1000 * known + 1001 * counted


def test_a_report_without_a_price_counts_at_the_order_s_limit() -> None:
    bench, order, leg_order = opened(0)
    count(bench.desk.ledger, order, leg_order, report(RECEIPT_FILL, 2, -1, ticks=0))
    assert leg_order.filled_ticks_sum == 2 * leg_order.command.price_ticks == 2 * 1002


@pytest.mark.parametrize(
    "known, reject_class, cumulative, uncertain",
    [
        (0, REJECT_DUPLICATE, -1, True),
        (0, REJECT_DUPLICATE, 0, True),
        (0, REJECT_BUSY, -1, True),
        (0, REJECT_BUSY, 0, False),
        (0, REJECT_INSUFFICIENT, -1, False),
        (1, REJECT_INSUFFICIENT, 0, True),  # a copy has told of a fill that the refusal denies
        (1, REJECT_INSUFFICIENT, 1, False),
        (1, REJECT_INSUFFICIENT, -1, False),
    ],
)
def test_which_refusals_say_nothing_certain(known: int, reject_class: int, cumulative: int, uncertain: bool) -> None:
    leg_order = opened(known)[2]
    receipt = report(RECEIPT_REJECTED, 0, cumulative)
    receipt.reject_class = reject_class
    assert says_nothing_certain(receipt, leg_order) is uncertain


@pytest.mark.parametrize(
    "state, status",
    [
        (LEG_FILLED, STATUS_FILLED),
        (LEG_EXPIRED, STATUS_EXPIRED),
        (LEG_REJECTED, STATUS_REJECTED),
        (LEG_CANCELLED, STATUS_CANCELLED),
    ],
)
def test_what_people_found_out_is_a_status_answer(state: int, status: int) -> None:
    _, _, leg_order = opened(1)
    receipt = broker_confirmed(leg_order, 2, state, "wang, li: statement", 0)
    assert (receipt.client_order_id, receipt.kind) == (leg_order.command.client_order_id, RECEIPT_STATUS)
    assert (receipt.status, receipt.cumulative_lots) == (status, 2)
    assert (receipt.code, receipt.text) == (b"BROKER", b"wang, li: statement")


def test_a_breach_is_a_bust_for_people_or_an_overfill() -> None:
    bench, order, leg_order = opened(3)
    assert order.definition.execution.bust_policy == BUST_PERSON
    cancel = report(RECEIPT_TRADE_CANCEL, 1, -1)
    assert breach(order, leg_order, cancel, 0) == HALT_NONE
    assert breach(order, leg_order, cancel, -1) == HALT_TRADE_BUSTED
    assert breach(order, leg_order, report(RECEIPT_FILL, 1, -1), 1) == HALT_NONE
    count(bench.desk.ledger, order, leg_order, report(RECEIPT_FILL, 1, 4))
    assert breach(order, leg_order, report(RECEIPT_FILL, 1, 4), 1) == HALT_OVERFILLED
    assert breach(order, leg_order, report(RECEIPT_FILL, 1, 4), 0) == HALT_NONE


# ---------------------------------------------------------------------- order of reports, through the machine


def reports(venue: FakeVenue, client_order_id: int) -> list[Receipt]:
    return [
        venue.acknowledge(client_order_id),
        venue.fill(client_order_id, 1),
        venue.fill(client_order_id, 1),
        venue.fill(client_order_id, 1),
    ]


@pytest.mark.parametrize("dealt", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 0, 3, 2), (3, 3, 0, 1, 2, 3), (2, 2, 1, 1, 3, 0)])
def test_case_05_18_reports_in_any_order_and_repeated_count_once(dealt):
    bench, venue, order = started()
    for client_order_id in ids(bench):
        hand = reports(venue, client_order_id)
        for card in dealt:
            venue.say(hand[card])
    assert bench.state_name(order) == "complete"
    assert list(order.filled) == [3, 3]
    assert list(bench.desk.ledger.position_lots) == [3, -3]


def test_case_18_without_cumulative_quantities_the_execution_id_decides():
    bench, venue, order = started()
    for client_order_id in ids(bench):
        for receipt in reports(venue, client_order_id):
            receipt.cumulative_lots = -1
            venue.say(receipt)
            venue.say(receipt)
    assert list(order.filled) == [3, 3]
    assert bench.state_name(order) == "complete"


def test_cumulative_quantity_going_backwards_takes_nothing_back():
    bench, venue, order = started()
    hand = reports(venue, ids(bench)[0])
    venue.say(hand[2])
    stale = Receipt(ids(bench)[0], RECEIPT_STATUS, 2)
    stale.cumulative_lots = 1
    venue.say(stale)
    assert list(order.filled) == [2, 0]


def test_negative_and_empty_quantities_count_nothing():
    bench, venue, order = started()
    receipt = Receipt(ids(bench)[0], RECEIPT_FILL, STATUS_FILLED)
    receipt.last_lots = -5
    venue.say(receipt)
    assert list(order.filled) == [0, 0]


def test_case_05_the_status_says_filled_before_the_trades_are_reported():
    """Without a cumulative quantity "filled" proves no lots; the order stays open until its trades are known."""
    bench, venue, order = started()
    venue.say(Receipt(ids(bench)[0], RECEIPT_STATUS, STATUS_FILLED))
    venue.cancels(ids(bench)[1])
    assert len(bench.routes.sent) == 2
    venue.fills_all(ids(bench)[0])
    assert roles(order) == [(1, ROLE_RETRY, 3)]


def test_case_14_a_fill_after_the_cancel_counts_and_is_hedged_at_once():
    bench, venue, order = started()
    venue.say(Receipt(ids(bench)[0], RECEIPT_CANCELLED, STATUS_CANCELLED))
    venue.say(Receipt(ids(bench)[1], RECEIPT_CANCELLED, STATUS_CANCELLED))
    assert bench.state_name(order) == "cancelled"
    venue.fills(ids(bench)[0], 2)
    assert bench.state_name(order) == "repairing"
    assert roles(order) == [(1, ROLE_RETRY, 2)]
    assert order.reserved and not bench.desk.is_quiet()
    assert bench.trigger.open_orders == 1
    assert "late_fill" in [code for _, code in alerts(bench)]
    venue.fills_all(ids(bench)[-1])
    assert bench.state_name(order) == "complete"
    assert (len(bench.log.of(RESERVATION)), len(bench.log.of(RELEASE))) == (2, 2)
    assert list(bench.desk.ledger.reserved_buy_lots) == [0, 0]
    assert list(bench.desk.ledger.reserved_sell_lots) == [0, 0]


def test_a_late_fill_has_a_deadline_of_its_own():
    bench, venue, order = started()
    for client_order_id in ids(bench):
        venue.say(Receipt(client_order_id, RECEIPT_CANCELLED, STATUS_CANCELLED))
    bench.wait(100 * SECOND)
    venue.fills(ids(bench)[0], 3)
    assert order.deadline_ns == bench.now_ns + DEADLINE_NS
    bench.wait(DEADLINE_NS)
    assert bench.state_name(order) == "halted"


def test_an_order_reopened_and_halted_in_one_step_blocks_its_spread():
    """No route is up when the late fill arrives, and the ladder knows nothing but re-orders."""
    bench, venue, order = started(ladder=[(STEP_RETRY, 1, 0, 0, SECOND), (STEP_HALT, 1, 0, 0, SECOND)])
    for client_order_id in ids(bench):
        venue.say(Receipt(client_order_id, RECEIPT_CANCELLED, STATUS_CANCELLED))
    bench.routes.up = [False, False]
    venue.fills(ids(bench)[0], 3)
    assert bench.state_name(order) == "halted"
    assert bench.trigger.open_orders == 1
    bench.routes.up = [True, True]
    bench.now_ns += 100 * SECOND
    bench.set_quotes((990, 991), (1000, 1001))
    assert len(bench.desk.orders) == 1
