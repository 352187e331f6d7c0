"""What a copy of a report says beside what is known of the order, by hand; and that old news leaves no trace."""

import pytest

from cross_market_connect.domain.order import (
    RECEIPT_ACKNOWLEDGED,
    RECEIPT_CANCEL_REJECTED,
    RECEIPT_CANCELLED,
    RECEIPT_EXPIRED,
    RECEIPT_FILL,
    RECEIPT_PARTIAL_FILL,
    RECEIPT_REJECTED,
    RECEIPT_STATUS,
    RECEIPT_TRADE_CANCEL,
    RECEIPT_TRADE_CORRECT,
    RECEIPT_UNKNOWN_ORDER,
    STATUS_CANCELLED,
    STATUS_NEW,
    STATUS_PARTLY_FILLED,
    Receipt,
)
from cross_market_connect.domain.records import RECEIPT
from cross_market_connect.domain.spread import (
    LEG_CANCELLED,
    LEG_PENDING_CANCEL,
    LEG_PENDING_NEW,
    LEG_UNKNOWN,
    LEG_WORKING,
)
from cross_market_connect.trading.copies import CONTRADICTS, SAYS_NEWS, SAYS_NOTHING, take_copies, told_by
from cross_market_connect.trading.evidence import count, was_taken_back
from cross_market_connect.trading.orders import LegOrder, SpreadOrder
from tests.unit.trading.support import Bench


def copy(kind: int, last: int, cumulative: int, execution_id: bytes = b"E", number: int = 0) -> Receipt:
    receipt = Receipt(number, kind, STATUS_PARTLY_FILLED)
    receipt.last_lots, receipt.last_ticks = last, 1_000
    receipt.cumulative_lots = cumulative
    receipt.execution_id = execution_id
    receipt.is_copy = True
    return receipt


def opened(known: int, state: int = LEG_WORKING) -> tuple[Bench, SpreadOrder, LegOrder]:
    """An order for three lots of which `known` were filled, in one execution K."""
    bench = Bench()
    order = bench.open()
    leg_order = bench.last(order, 0)
    if known:
        count(bench.desk.ledger, order, leg_order, copy(RECEIPT_FILL, known, known, b"K"))
    leg_order.state = state
    return bench, order, leg_order


@pytest.mark.parametrize(
    ("known", "state", "kind", "last", "cumulative", "execution_id", "verdict"),
    [
        # More is filled than was known, whatever the order is doing.
        (0, LEG_WORKING, RECEIPT_PARTIAL_FILL, 1, 1, b"E", SAYS_NEWS),
        (1, LEG_UNKNOWN, RECEIPT_PARTIAL_FILL, 1, 2, b"E", SAYS_NEWS),
        (1, LEG_CANCELLED, RECEIPT_FILL, 2, 3, b"E", SAYS_NEWS),
        (1, LEG_WORKING, RECEIPT_STATUS, 0, 2, b"", SAYS_NEWS),
        # What is known: under its id, or under another one and the same total; older still.
        (1, LEG_WORKING, RECEIPT_PARTIAL_FILL, 1, 1, b"K", SAYS_NOTHING),
        (1, LEG_WORKING, RECEIPT_PARTIAL_FILL, 1, 1, b"E", SAYS_NOTHING),
        (2, LEG_WORKING, RECEIPT_PARTIAL_FILL, 1, 1, b"E", SAYS_NOTHING),
        # That it is open, is being cancelled, is asked about: as old as the copy.
        (0, LEG_WORKING, RECEIPT_ACKNOWLEDGED, 0, 0, b"E", SAYS_NOTHING),
        (0, LEG_UNKNOWN, RECEIPT_ACKNOWLEDGED, 0, 0, b"E", SAYS_NOTHING),
        (0, LEG_PENDING_CANCEL, RECEIPT_STATUS, 0, 0, b"E", SAYS_NOTHING),
        (0, LEG_UNKNOWN, RECEIPT_STATUS, 0, 0, b"E", SAYS_NOTHING),
        # That it was taken is news where nothing was heard yet.
        (0, LEG_PENDING_NEW, RECEIPT_ACKNOWLEDGED, 0, 0, b"E", SAYS_NEWS),
        # The end, once.
        (1, LEG_UNKNOWN, RECEIPT_CANCELLED, 0, 1, b"E", SAYS_NEWS),
        (0, LEG_PENDING_NEW, RECEIPT_REJECTED, 0, 0, b"E", SAYS_NEWS),
        (0, LEG_WORKING, RECEIPT_EXPIRED, 0, 0, b"E", SAYS_NEWS),
        (1, LEG_CANCELLED, RECEIPT_CANCELLED, 0, 1, b"E", SAYS_NOTHING),
        # Trades taken back or changed, by their totals.
        (2, LEG_WORKING, RECEIPT_TRADE_CANCEL, 2, 0, b"B", SAYS_NEWS),
        (2, LEG_WORKING, RECEIPT_TRADE_CORRECT, 1, 1, b"B", SAYS_NEWS),
        (2, LEG_WORKING, RECEIPT_TRADE_CORRECT, 2, 2, b"B", SAYS_NOTHING),
        # Without a total nobody knows whether it is counted already.
        (1, LEG_WORKING, RECEIPT_PARTIAL_FILL, 1, -1, b"E", CONTRADICTS),
        (1, LEG_WORKING, RECEIPT_TRADE_CANCEL, 1, -1, b"B", CONTRADICTS),
        (1, LEG_WORKING, RECEIPT_PARTIAL_FILL, 1, -1, b"K", SAYS_NOTHING),
    ],
)  # fmt: skip
def test_what_a_copy_says(
    known: int, state: int, kind: int, last: int, cumulative: int, execution_id: bytes, verdict: int
) -> None:
    _bench, _order, leg_order = opened(known, state)
    assert told_by(copy(kind, last, cumulative, execution_id), leg_order) == verdict


@pytest.mark.parametrize("last", [2, 0])
def test_once_a_trade_was_taken_back_only_the_venue_can_tell_old_from_new(last: int) -> None:
    """Executions under other ids than the order session's: a fill of before the bust would count once more."""
    bench, order, leg_order = opened(2)
    assert not was_taken_back(leg_order)
    assert count(bench.desk.ledger, order, leg_order, copy(RECEIPT_TRADE_CANCEL, last, 0, b"B")) == -2
    assert was_taken_back(leg_order)
    assert told_by(copy(RECEIPT_TRADE_CANCEL, last, 0, b"B"), leg_order) == SAYS_NOTHING
    assert told_by(copy(RECEIPT_TRADE_CANCEL, last, 0, b"B2"), leg_order) == SAYS_NOTHING
    assert told_by(copy(RECEIPT_FILL, 2, 2, b"K2"), leg_order) == CONTRADICTS


def test_a_status_of_before_a_bust_that_a_copy_told_first_is_put_right_by_the_order_session() -> None:
    """Copy: the trade is taken back. Order session: an answer of before that, then the same bust, first hand."""
    bench, order, leg_order = opened(2)
    ledger = bench.desk.ledger
    assert count(ledger, order, leg_order, copy(RECEIPT_TRADE_CANCEL, 2, 0, b"B")) == -2
    answer, bust = copy(RECEIPT_STATUS, 0, 2, b""), copy(RECEIPT_TRADE_CANCEL, 2, 0, b"B")
    answer.is_copy = bust.is_copy = False
    assert count(ledger, order, leg_order, answer) == 2
    assert count(ledger, order, leg_order, bust) == -2
    assert leg_order.cumulative_lots == 0
    again = copy(RECEIPT_TRADE_CANCEL, 2, 0, b"B")
    again.is_copy, again.possible_duplicate = False, True
    assert count(ledger, order, leg_order, copy(RECEIPT_FILL, 1, 1, b"N")) == 1
    assert count(ledger, order, leg_order, again) == 0, "resent, and older than the fill"


def told(bench: Bench, *copies: Receipt) -> int:
    """Records of receipts that the copies left."""
    before = len(bench.log.of(RECEIPT))
    bench.input()
    take_copies(bench.desk, list(copies))
    return len(bench.log.of(RECEIPT)) - before


def test_old_news_leaves_no_record_and_news_counts_once_under_whichever_id() -> None:
    bench = Bench()
    order = bench.open()
    leg_order = bench.last(order, 0)
    number = int(leg_order.command.client_order_id)
    assert told(bench, copy(RECEIPT_ACKNOWLEDGED, 0, 0, b"1", number)) == 1
    assert told(bench, copy(RECEIPT_ACKNOWLEDGED, 0, 0, b"1", number)) == 0
    assert told(bench, copy(RECEIPT_PARTIAL_FILL, 1, 1, b"2", number)) == 1
    assert told(bench, copy(RECEIPT_PARTIAL_FILL, 1, 1, b"2", number)) == 0
    assert told(bench, copy(RECEIPT_PARTIAL_FILL, 1, 1, b"other", number)) == 0
    bench.input()
    own = copy(RECEIPT_PARTIAL_FILL, 1, 1, b"own", number)
    own.is_copy = False
    bench.desk.on_receipt(own)
    assert leg_order.cumulative_lots == 1
    assert bench.desk.ledger.position_lots[0] == 1


def test_answers_to_requests_are_not_for_us() -> None:
    bench = Bench()
    order = bench.open()
    number = int(bench.last(order, 0).command.client_order_id)
    assert told(bench, copy(RECEIPT_CANCEL_REJECTED, 0, -1, b"", number)) == 0
    assert told(bench, copy(RECEIPT_UNKNOWN_ORDER, 0, -1, b"", number)) == 0
    assert bench.last(order, 0).state == LEG_PENDING_NEW


def test_a_copy_answers_no_question() -> None:
    """The order stays unknown, is asked on, and what has filled counts."""
    bench = Bench()
    order = bench.open()
    leg_order = bench.last(order, 0)
    leg_order.state, leg_order.queries, leg_order.query_due_ns = LEG_UNKNOWN, 2, 77
    assert told(bench, copy(RECEIPT_PARTIAL_FILL, 1, 1, b"2", int(leg_order.command.client_order_id))) == 1
    assert (leg_order.state, leg_order.queries, leg_order.query_due_ns) == (LEG_UNKNOWN, 2, 77)
    assert leg_order.cumulative_lots == 1


def elsewhere(
    kind: int, status: int, cumulative: int, leaves: int, last: int = 0, execution_id: bytes = b""
) -> Receipt:
    receipt = copy(kind, last, cumulative, execution_id)
    receipt.status, receipt.leaves_lots = status, leaves
    receipt.route, receipt.instrument_index, receipt.side = 0, 0, 1
    receipt.venue_order_id = b"V7"
    return receipt


def test_somebody_elses_order_is_news_as_often_as_something_happens_to_it() -> None:
    bench = Bench()
    ledger = bench.desk.ledger
    assert told(bench, elsewhere(RECEIPT_ACKNOWLEDGED, STATUS_NEW, 0, 5)) == 1
    assert told(bench, elsewhere(RECEIPT_ACKNOWLEDGED, STATUS_NEW, 0, 5)) == 0
    assert told(bench, elsewhere(RECEIPT_PARTIAL_FILL, STATUS_PARTLY_FILLED, 2, 3, 2, b"x1")) == 1
    assert told(bench, elsewhere(RECEIPT_ACKNOWLEDGED, STATUS_NEW, 0, 5)) == 0, "older than what is known"
    assert (ledger.position_lots[0], ledger.reserved_buy_lots[0]) == (2, 3)
    assert told(bench, elsewhere(RECEIPT_STATUS, STATUS_PARTLY_FILLED, 2, 8)) == 1, "made larger by whoever owns it"
    assert told(bench, elsewhere(RECEIPT_CANCELLED, STATUS_CANCELLED, 2, 0)) == 1
    assert told(bench, elsewhere(RECEIPT_CANCELLED, STATUS_CANCELLED, 2, 0)) == 0
    assert (ledger.position_lots[0], ledger.reserved_buy_lots[0]) == (2, 0)


def test_a_copy_of_an_order_of_ours_that_is_long_forgotten_blocks_nothing() -> None:
    bench = Bench()
    bench.open()
    used = int(bench.desk.machine.sender.next_client_order_id) - 1
    forgotten = elsewhere(RECEIPT_FILL, STATUS_PARTLY_FILLED, 3, 0, 3, b"x9")
    forgotten.client_order_id = used
    del bench.desk.leg_orders[used]
    assert told(bench, forgotten) == 0
    assert not bench.desk.safety.is_blocked(0, 0)


def test_what_contradicts_is_asked_for() -> None:
    bench = Bench()
    order = bench.open()
    leg_order = bench.last(order, 0)
    number = int(leg_order.command.client_order_id)
    told(bench, copy(RECEIPT_ACKNOWLEDGED, 0, 0, b"1", number))
    asked = len(bench.routes.queried)
    told(bench, copy(RECEIPT_PARTIAL_FILL, 1, -1, b"2", number))
    assert leg_order.cumulative_lots == 0
    assert len(bench.routes.queried) == asked + 1
    assert bench.desk.safety.is_blocked(leg_order.route, 0)
