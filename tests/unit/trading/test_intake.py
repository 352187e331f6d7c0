"""What receipts and copies settle, and what they leave open; each was a defect that a review found."""

from __future__ import annotations

import pytest

from cross_market_connect.domain.order import (
    RECEIPT_ACKNOWLEDGED,
    RECEIPT_CANCEL_REJECTED,
    RECEIPT_FILL,
    RECEIPT_PARTIAL_FILL,
    RECEIPT_REJECTED,
    RECEIPT_STATUS,
    RECEIPT_TRADE_CANCEL,
    RECEIPT_UNKNOWN_ORDER,
    REJECT_OTHER,
    STATUS_FILLED,
    STATUS_NEW,
    STATUS_PARTLY_FILLED,
    STATUS_PENDING,
    STATUS_REJECTED,
)
from cross_market_connect.domain.spread import LEG_UNKNOWN
from cross_market_connect.trading.reconciliation import SINCE_RESTART
from cross_market_connect.trading.resuming import resume
from cross_market_connect.trading.safety import key_of
from cross_market_connect.trading.sending import QUERIES_MAX
from tests.unit.trading.support import SECOND, Bench
from tests.unit.trading.test_copies import asked_about_an_ended_order, copy, elsewhere, told, working


def test_a_venue_that_goes_on_denying_a_fill_is_not_asked_for_ever() -> None:
    """A refusal that denies it is no sign of life, else question and refusal would follow each other without end."""
    bench, leg_order, number = working()
    bench.receive(number, RECEIPT_PARTIAL_FILL, STATUS_PARTLY_FILLED, cumulative_lots=1, last_lots=1, execution_id=b"f")
    for _ in range(60):
        bench.receive(number, RECEIPT_REJECTED, STATUS_REJECTED, cumulative_lots=0, reject_class=REJECT_OTHER)
        bench.wait(SECOND)
    assert (leg_order.state, leg_order.queries) == (LEG_UNKNOWN, QUERIES_MAX)
    assert len(bench.routes.queried) <= 2 * QUERIES_MAX


def test_that_the_venue_has_forgotten_an_ended_order_settles_no_question_about_its_fills() -> None:
    bench, leg_order, number = asked_about_an_ended_order(True)
    bench.receive(number, RECEIPT_UNKNOWN_ORDER, 0)
    assert bench.desk.safety.is_blocked(leg_order.route, 0)


def test_a_refused_cancel_settles_no_question_about_an_ended_order() -> None:
    bench, leg_order, number = asked_about_an_ended_order(True)
    bench.receive(number, RECEIPT_CANCEL_REJECTED, 0, reject_class=REJECT_OTHER)
    assert bench.desk.safety.is_blocked(leg_order.route, 0)


def test_another_copy_settles_no_question_about_an_ended_order() -> None:
    bench, leg_order, number = asked_about_an_ended_order(False)
    told(bench, copy(RECEIPT_PARTIAL_FILL, 1, 1, b"8", number))
    assert bench.desk.safety.is_blocked(leg_order.route, 0)


def test_a_bust_without_total_of_a_forgotten_order_is_a_persons_matter() -> None:
    """As `report_reader` reads it: without CumQty the last quantity is 0."""
    bench, _leg_order, number = working()
    del bench.desk.leg_orders[number]
    bust = elsewhere(RECEIPT_TRADE_CANCEL, STATUS_NEW, -1, 0, 0, b"B")
    bust.client_order_id = number
    told(bench, bust)
    assert bench.desk.safety.is_blocked(0, 0)


def test_a_bust_without_total_of_somebody_elses_order_is_told() -> None:
    bench = Bench()
    told(bench, elsewhere(RECEIPT_FILL, STATUS_FILLED, 5, 0, 5, b"x1"))
    bench.input()
    bench.desk.safety.sign_off(0, 0, "carol")
    assert told(bench, elsewhere(RECEIPT_TRADE_CANCEL, STATUS_NEW, -1, 0, 0, b"x2")) == 1
    assert bench.desk.safety.is_blocked(0, 0)


def test_somebody_elses_order_that_was_pending_with_nothing_open_is_reserved_once_it_is_open() -> None:
    bench = Bench()
    told(bench, elsewhere(RECEIPT_STATUS, STATUS_PENDING, 0, 0))
    told(bench, elsewhere(RECEIPT_ACKNOWLEDGED, STATUS_NEW, 0, 5))
    assert bench.desk.ledger.reserved_buy_lots[0] == 5


@pytest.mark.parametrize(
    ("kind", "cumulative", "status"),
    [(RECEIPT_ACKNOWLEDGED, 1, STATUS_NEW), (RECEIPT_STATUS, 2, STATUS_PARTLY_FILLED)],
)
def test_a_copy_with_more_filled_makes_no_unknown_order_known_to_be_open(
    kind: int, cumulative: int, status: int
) -> None:
    bench = Bench()
    leg_order = bench.last(bench.open(), 0)
    leg_order.state = LEG_UNKNOWN
    open_then = copy(kind, 0, cumulative, b"", int(leg_order.command.client_order_id))
    open_then.status = status
    told(bench, open_then)
    assert (leg_order.state, leg_order.cumulative_lots) == (LEG_UNKNOWN, cumulative)


def test_a_copy_of_a_refusal_that_denies_fills_makes_the_order_asked_for_and_resent_is_old() -> None:
    bench, leg_order, number = working()
    told(bench, copy(RECEIPT_PARTIAL_FILL, 1, 1, b"f", number))
    refused = copy(RECEIPT_REJECTED, 0, 0, b"r", number)
    refused.status = STATUS_REJECTED
    told(bench, refused)
    assert bench.routes.queried == [number]
    bench.receive(number, RECEIPT_STATUS, STATUS_PARTLY_FILLED, cumulative_lots=1)
    refused.possible_duplicate, refused.is_unreadable = True, False
    told(bench, refused)
    assert bench.routes.queried == [number]
    assert leg_order.state != LEG_UNKNOWN


def test_a_question_about_an_ended_order_outlives_a_restart_beside_a_live_one_of_its_account() -> None:
    """The live one's answer is not its answer; what was asked before is known by the block's reason alone."""
    bench, ended, _number = asked_about_an_ended_order(True)
    told(bench, copy(RECEIPT_FILL, 3, 3, b"o", int(bench.last(bench.desk.orders[1], 1).command.client_order_id)))
    live = bench.last(bench.desk.orders[1], 0)
    assert live is not ended and live.route == ended.route
    bench.desk.reconciliation.awaited.clear()
    bench.input()
    resume(bench.desk)
    number = int(live.command.client_order_id)
    bench.receive(number, RECEIPT_FILL, STATUS_FILLED, cumulative_lots=3, last_lots=3, execution_id=b"z")
    assert bench.desk.safety.is_blocked(ended.route, 0)


def test_a_question_about_an_ended_order_is_told_where_another_one_is_open() -> None:
    bench, ended, number = asked_about_an_ended_order(True)
    reason = bench.desk.safety.blocked[key_of(ended.route, 0)]
    bench.desk.safety.state_reason(key_of(ended.route, 0), f"order 1 {SINCE_RESTART}")
    bench.desk.reconciliation.awaited.clear()
    told(bench, copy(RECEIPT_PARTIAL_FILL, 1, -1, b"8", number))
    assert bench.desk.safety.blocked[key_of(ended.route, 0)] == reason
