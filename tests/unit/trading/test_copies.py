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
    STATUS_FILLED,
    STATUS_NEW,
    STATUS_PARTLY_FILLED,
    STATUS_PENDING,
    Receipt,
)
from cross_market_connect.domain.records import ALERT, RECEIPT
from cross_market_connect.domain.spread import (
    LEG_CANCELLED,
    LEG_PENDING_CANCEL,
    LEG_PENDING_NEW,
    LEG_UNKNOWN,
    LEG_WORKING,
)
from cross_market_connect.trading.copies import CONTRADICTS, SAYS_NEWS, SAYS_NOTHING, told_by
from cross_market_connect.trading.evidence import count, was_taken_back
from cross_market_connect.trading.intake import take_receipts
from cross_market_connect.trading.orders import EXECUTION_IDS_MAX, LegOrder, SpreadOrder
from cross_market_connect.trading.resuming import resume
from cross_market_connect.trading.safety import key_of
from cross_market_connect.trading.sending import QUERIES_MAX
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
    take_receipts(bench.desk, list(copies))
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
    take_receipts(bench.desk, [own])
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


def working() -> tuple[Bench, LegOrder, int]:
    """An order that the venue has taken, and its number."""
    bench = Bench()
    leg_order = bench.last(bench.open(), 0)
    number = int(leg_order.command.client_order_id)
    told(bench, copy(RECEIPT_ACKNOWLEDGED, 0, 0, b"1", number))
    return bench, leg_order, number


@pytest.mark.parametrize("in_one_read", [True, False])
def test_a_fill_and_its_bust_count_in_one_read_as_in_two(in_one_read: bool) -> None:
    """What the copy session missed is resent in one read."""
    bench, leg_order, number = working()
    copies = [copy(RECEIPT_PARTIAL_FILL, 2, 2, b"F", number), copy(RECEIPT_TRADE_CANCEL, 2, 0, b"B", number)]
    for read in [copies] if in_one_read else [[one] for one in copies]:
        told(bench, *read)
    assert (leg_order.cumulative_lots, bench.desk.ledger.position_lots[0]) == (0, 0)


def test_a_fill_behind_a_bust_in_one_read_is_asked_about() -> None:
    bench, _leg_order, number = working()
    told(bench, copy(RECEIPT_PARTIAL_FILL, 2, 2, b"F", number))
    told(bench, copy(RECEIPT_TRADE_CANCEL, 2, 0, b"B", number), copy(RECEIPT_PARTIAL_FILL, 1, 1, b"N", number))
    assert bench.routes.queried == [number]


def test_somebody_elses_fill_and_its_bust_count_in_one_read() -> None:
    bench = Bench()
    told(bench, elsewhere(RECEIPT_ACKNOWLEDGED, STATUS_NEW, 0, 5))
    told(
        bench,
        elsewhere(RECEIPT_PARTIAL_FILL, STATUS_PARTLY_FILLED, 2, 3, 2, b"x1"),
        elsewhere(RECEIPT_TRADE_CANCEL, STATUS_NEW, 0, 5, 2, b"x2"),
    )
    assert bench.desk.ledger.position_lots[0] == 0


def test_copies_that_contradict_make_nobody_ask_faster_than_the_venue_answers() -> None:
    bench, _leg_order, number = working()
    before = len(bench.log.records)
    told(bench, *[copy(RECEIPT_PARTIAL_FILL, 1, -1, b"c%d" % at, number) for at in range(200)])
    assert bench.routes.queried == [number]
    assert len(bench.log.records) - before < 10


def test_refused_copies_ask_once_for_each_order_that_they_may_be_about() -> None:
    bench, _leg_order, _number = working()
    for _ in range(50):
        refused = copy(RECEIPT_STATUS, 0, -1, b"")
        refused.is_unreadable, refused.route = True, 0
        told(bench, refused)
    assert len(bench.routes.queried) == 1


def test_a_bust_of_an_order_that_is_long_forgotten_is_a_persons_matter_once() -> None:
    bench, _leg_order, number = working()
    del bench.desk.leg_orders[number]
    bust = elsewhere(RECEIPT_TRADE_CANCEL, STATUS_NEW, 0, 0, 2, b"B")
    bust.client_order_id = number
    told(bench, bust)
    assert bench.desk.safety.is_blocked(0, 0)
    bench.input()
    bench.desk.safety.sign_off(0, 0, "carol")
    bust.possible_duplicate = True
    assert told(bench, bust) == 0
    assert not bench.desk.safety.is_blocked(0, 0)


def test_a_small_number_of_another_terminal_is_somebody_elses() -> None:
    bench = Bench()
    bench.open()
    other = elsewhere(RECEIPT_FILL, STATUS_FILLED, 5, 0, 5, b"x1")
    other.client_order_id = 4711
    told(bench, other)
    assert bench.desk.ledger.position_lots[0] == 5


def test_what_is_known_of_somebody_elses_order_is_changed_by_nothing_older() -> None:
    bench = Bench()
    ledger = bench.desk.ledger
    told(bench, elsewhere(RECEIPT_ACKNOWLEDGED, STATUS_NEW, 0, 5))
    told(bench, elsewhere(RECEIPT_STATUS, STATUS_NEW, 0, 50))
    assert told(bench, elsewhere(RECEIPT_ACKNOWLEDGED, STATUS_NEW, 0, 5)) == 0
    assert told(bench, elsewhere(RECEIPT_STATUS, STATUS_PENDING, 0, 5)) == 0
    assert ledger.reserved_buy_lots[0] == 50
    ended = elsewhere(RECEIPT_CANCELLED, STATUS_CANCELLED, 0, 0)
    ended.is_copy = False
    told(bench, ended)
    assert told(bench, elsewhere(RECEIPT_STATUS, STATUS_PENDING, 0, 5)) == 0
    assert told(bench, elsewhere(RECEIPT_STATUS, STATUS_NEW, 0, 5)) == 0
    assert ledger.reserved_buy_lots[0] == 0


def asked_about_an_ended_order(is_up: bool) -> tuple[Bench, LegOrder, int]:
    """A copy that contradicts has come about an order that has ended, over an order session that is up or not."""
    bench, leg_order, number = working()
    told(bench, copy(RECEIPT_CANCELLED, 0, 0, b"2", number))
    assert leg_order.state == LEG_CANCELLED
    bench.routes.up[leg_order.route] = is_up
    told(bench, copy(RECEIPT_PARTIAL_FILL, 1, -1, b"9", number))
    assert bench.desk.safety.is_blocked(leg_order.route, 0)
    return bench, leg_order, number


def pass_time(bench: Bench, seconds: int) -> None:
    for _ in range(seconds):
        bench.now_ns += 1_000_000_000
        bench.input()
        bench.desk.on_timer()


def test_an_ended_order_in_question_is_asked_for_once_its_session_is_back() -> None:
    bench, leg_order, number = asked_about_an_ended_order(is_up=False)
    pass_time(bench, 3)
    assert number not in bench.routes.queried
    bench.routes.up[leg_order.route] = True
    assert bench.desk.next_timer_ns() <= bench.now_ns
    pass_time(bench, 1)
    assert number in bench.routes.queried
    answer = copy(RECEIPT_STATUS, 0, 1, b"")
    answer.client_order_id, answer.status, answer.is_copy = number, STATUS_CANCELLED, False
    told(bench, answer)
    assert leg_order.cumulative_lots == 1
    assert not bench.desk.safety.is_blocked(leg_order.route, 0)


def test_an_ended_order_that_the_venue_never_answers_for_goes_to_a_person() -> None:
    bench, leg_order, number = asked_about_an_ended_order(is_up=True)
    pass_time(bench, 600)
    assert bench.routes.queried.count(number) == QUERIES_MAX
    assert bench.desk.safety.is_blocked(leg_order.route, 0)
    assert not bench.desk.safety.by_evidence
    assert [row for row in bench.log.of(ALERT) if row["code"] == "blocked"]


def test_after_a_restart_nothing_waits_for_an_answer_that_nobody_has_asked_for() -> None:
    bench, leg_order, _number = asked_about_an_ended_order(is_up=True)
    bench.desk.reconciliation.awaited.clear()
    bench.input()
    resume(bench.desk)
    assert bench.desk.safety.is_blocked(leg_order.route, 0)
    assert not bench.desk.safety.is_by_evidence(key_of(leg_order.route, 0))


def test_that_a_trade_was_taken_back_is_known_also_when_no_further_id_is_kept() -> None:
    bench, order, leg_order = opened(2)
    for number in range(EXECUTION_IDS_MAX):
        leg_order.execution_ids[b"x%d" % number] = 1
    assert count(bench.desk.ledger, order, leg_order, copy(RECEIPT_TRADE_CANCEL, 2, 0, b"B")) == -2
    assert was_taken_back(leg_order)
