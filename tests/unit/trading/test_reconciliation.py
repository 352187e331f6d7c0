"""What cannot be resolved blocks its account and instrument: a venue's answer ends it, or a person does."""

from typing import Any

import pytest

from cross_market_connect.domain.order import (
    RECEIPT_PARTIAL_FILL,
    RECEIPT_STATUS,
    STATUS_NEW,
    STATUS_PARTLY_FILLED,
    STATUS_UNKNOWN,
    Receipt,
)
from cross_market_connect.domain.records import ALERT, BLOCK, STATUS_REQUEST
from cross_market_connect.trading.intake import take_receipts
from cross_market_connect.trading.sending import QUERIES_MAX
from tests.unit.trading.support import Bench
from tests.unit.trading.venue import FakeVenue


def unreadable(client_order_id: int, route: int) -> Receipt:
    receipt = Receipt(client_order_id, RECEIPT_PARTIAL_FILL, STATUS_UNKNOWN)
    receipt.route, receipt.is_unreadable, receipt.text = route, True, b"message 7"
    return receipt


def answer(client_order_id: int, cumulative_lots: int) -> Receipt:
    receipt = Receipt(client_order_id, RECEIPT_STATUS, STATUS_NEW)
    receipt.cumulative_lots = cumulative_lots
    return receipt


def opened() -> tuple[Bench, list[int]]:
    """Both legs of a spread order under way."""
    bench = Bench()
    FakeVenue(bench)
    bench.open()
    return bench, [int(command.client_order_id) for command in bench.routes.sent]


def test_an_unreadable_fill_is_asked_about_and_blocks_until_the_venue_answers() -> None:
    bench, ids = opened()
    leg_order = bench.desk.leg_orders[ids[0]]
    route, instrument = leg_order.route, leg_order.command.instrument_index
    take_receipts(bench.desk, [unreadable(ids[0], int(route))])
    assert leg_order.cumulative_lots == 0
    assert bench.desk.safety.is_blocked(route, instrument)
    assert len(bench.log.of(STATUS_REQUEST)) == 1
    take_receipts(bench.desk, [answer(ids[0], 1)])
    assert leg_order.cumulative_lots == 1
    assert not bench.desk.safety.is_blocked(route, instrument)
    assert [fields["blocked"] for fields in bench.log.of(BLOCK)] == [2, 0]


def test_one_that_names_no_order_asks_for_every_order_it_may_be_about() -> None:
    bench, ids = opened()
    route = int(bench.desk.leg_orders[ids[0]].route)
    concerned = [number for number in ids if bench.desk.leg_orders[number].route == route]
    take_receipts(bench.desk, [unreadable(0, route)])
    assert len(bench.log.of(STATUS_REQUEST)) == len(concerned)
    assert bench.desk.safety.is_blocked(route, 0)
    for number in concerned:
        take_receipts(bench.desk, [answer(number, 0)])
    assert bench.desk.safety.blocked == {}


def test_one_that_nothing_could_have_caused_is_a_persons_matter() -> None:
    bench = Bench()
    take_receipts(bench.desk, [unreadable(0, 1)])
    assert [fields["blocked"] for fields in bench.log.of(BLOCK)] == [1]
    assert bench.desk.safety.sign_off(1, -1, "ann and bob")


def test_a_persons_matter_is_not_ended_by_an_answer() -> None:
    bench, ids = opened()
    leg_order = bench.desk.leg_orders[ids[0]]
    route, instrument = leg_order.route, leg_order.command.instrument_index
    take_receipts(bench.desk, [unreadable(ids[0], int(route))])
    stranger = Receipt(999, RECEIPT_PARTIAL_FILL, STATUS_NEW)
    stranger.route, stranger.instrument_index, stranger.last_lots = route, instrument, 2
    take_receipts(bench.desk, [stranger])
    take_receipts(bench.desk, [answer(ids[0], 1)])
    assert bench.desk.safety.is_blocked(route, instrument)
    assert [fields["blocked"] for fields in bench.log.of(BLOCK)] == [2, 1]


def test_what_is_sent_again_about_an_old_order_of_ours_is_named_and_blocks_nothing() -> None:
    bench = Bench()
    old = Receipt(int(bench.desk.machine.sender.next_client_order_id) - 1, RECEIPT_PARTIAL_FILL, STATUS_NEW)
    old.route, old.instrument_index, old.last_lots, old.possible_duplicate = 0, 0, 2, True
    take_receipts(bench.desk, [old])
    assert bench.desk.safety.blocked == {}
    assert [fields["code"] for fields in bench.log.of(ALERT)] == ["unowned_receipt"]
    old.possible_duplicate = False
    take_receipts(bench.desk, [old])
    assert bench.desk.safety.is_blocked(0, 0)


@pytest.mark.parametrize(
    "fields",
    [
        {"cumulative_lots": 31},
        {"last_lots": 150_000_000_000_000, "cumulative_lots": 150_000_000_000_000, "execution_id": b"x"},
        {"cumulative_lots": 1, "leaves_lots": 31},
        {"cumulative_lots": 3, "instrument_index": 1},
        {"cumulative_lots": 3, "side": -1},
    ],
)
def test_what_no_venue_can_have_done_to_the_order_is_asked_about_and_not_counted(fields: dict[str, Any]) -> None:
    """Three lots of leg 0 are bought: up to ten times as many are a venue's deed, more is a fault of the report."""
    bench, ids = opened()
    leg_order = bench.desk.leg_orders[ids[0]]
    assert (int(leg_order.command.side), int(leg_order.command.instrument_index)) == (1, 0)
    bench.receive(ids[0], RECEIPT_PARTIAL_FILL, STATUS_PARTLY_FILLED, **fields)
    assert (leg_order.cumulative_lots, list(bench.desk.ledger.position_lots)) == (0, [0, 0])
    assert len(bench.log.of(STATUS_REQUEST)) == 1
    assert bench.desk.safety.is_blocked(leg_order.route, 0)
    bench.receive(ids[0], RECEIPT_STATUS, STATUS_PARTLY_FILLED, cumulative_lots=2, instrument_index=0, side=1)
    assert (leg_order.cumulative_lots, list(bench.desk.ledger.position_lots)) == (2, [2, 0])
    assert not bench.desk.safety.is_blocked(leg_order.route, 0)


def test_a_fill_of_ten_times_the_order_is_a_fill() -> None:
    bench, ids = opened()
    bench.receive(ids[0], RECEIPT_PARTIAL_FILL, STATUS_PARTLY_FILLED, last_lots=30, cumulative_lots=30, leaves_lots=30)
    assert list(bench.desk.ledger.position_lots) == [30, 0]


def test_an_answer_that_cannot_be_read_is_asked_about_a_bounded_number_of_times() -> None:
    bench, ids = opened()
    for _ in range(50):
        bench.receive(ids[0], RECEIPT_STATUS, STATUS_PARTLY_FILLED, cumulative_lots=10**15)
    assert len(bench.log.of(STATUS_REQUEST)) == QUERIES_MAX
    assert bench.desk.leg_orders[ids[0]].cumulative_lots == 0
