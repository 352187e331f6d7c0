"""What a receipt proves, by hand: each kind of report against what is known of the order already."""

import pytest

from cross_market_connect.domain.execution import BUST_PERSON
from cross_market_connect.domain.order import (
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
from cross_market_connect.domain.spread import LEG_CANCELLED, LEG_EXPIRED, LEG_FILLED, LEG_REJECTED
from cross_market_connect.trading.evidence import breach, broker_confirmed, count, says_nothing_certain
from cross_market_connect.trading.orders import LegOrder, SpreadOrder
from cross_market_connect.trading.states import HALT_NONE, HALT_OVERFILLED, HALT_TRADE_BUSTED
from tests.unit.trading.support import Bench


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
    "reject_class, cumulative, uncertain",
    [
        (REJECT_DUPLICATE, -1, True),
        (REJECT_DUPLICATE, 0, True),
        (REJECT_BUSY, -1, True),
        (REJECT_BUSY, 0, False),
        (REJECT_INSUFFICIENT, -1, False),
    ],
)
def test_which_refusals_say_nothing_certain(reject_class: int, cumulative: int, uncertain: bool) -> None:
    receipt = report(RECEIPT_REJECTED, 0, cumulative)
    receipt.reject_class = reject_class
    assert says_nothing_certain(receipt) is uncertain


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
