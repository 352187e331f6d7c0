"""Orders of others on our account: in the position and in the limits, deduplicated, restored, never cancelled."""

from __future__ import annotations

from cross_market_connect.domain.order import (
    BUY,
    RECEIPT_ACKNOWLEDGED,
    RECEIPT_CANCELLED,
    RECEIPT_PARTIAL_FILL,
    RECEIPT_TRADE_CANCEL,
    SELL,
    STATUS_CANCELLED,
    STATUS_NEW,
    STATUS_PARTLY_FILLED,
    Receipt,
)
from cross_market_connect.domain.records import EXTERNAL_ORDER
from cross_market_connect.trading.external import EXTERNAL_ORDERS_MAX
from cross_market_connect.trading.intake import take_receipts
from cross_market_connect.trading.state import desk_state, load_desk_state
from tests.unit.trading.test_operators import Counter, restored, single


def report(kind: int, status: int, cumulative: int, leaves: int, **fields: object) -> Receipt:
    receipt = Receipt(0, kind, status)
    receipt.route, receipt.instrument_index, receipt.side = 0, 0, BUY
    receipt.venue_order_id = b"V7"
    receipt.cumulative_lots, receipt.leaves_lots = cumulative, leaves
    for name, value in fields.items():
        setattr(receipt, name, value)
    return receipt


def told(counter: Counter, *receipts: Receipt) -> None:
    for receipt in receipts:
        counter.bench.input()
        take_receipts(counter.bench.desk, [receipt])


def rests_and_fills(counter: Counter) -> None:
    fill = report(RECEIPT_PARTIAL_FILL, STATUS_PARTLY_FILLED, 2, 3, last_lots=2, execution_id=b"x1")
    told(counter, report(RECEIPT_ACKNOWLEDGED, STATUS_NEW, 0, 5), fill, fill)


def test_what_filled_is_in_the_position_and_what_rests_in_the_limits() -> None:
    counter = Counter()
    ledger = counter.bench.desk.ledger
    told(counter, report(RECEIPT_ACKNOWLEDGED, STATUS_NEW, 0, 5))
    assert (list(ledger.position_lots), list(ledger.reserved_buy_lots)) == ([0, 0], [5, 0])
    counter = Counter()
    ledger = counter.bench.desk.ledger
    rests_and_fills(counter)
    assert (list(ledger.position_lots), list(ledger.reserved_buy_lots)) == ([2, 0], [3, 0])
    told(counter, report(RECEIPT_CANCELLED, STATUS_CANCELLED, 2, 0))
    assert (list(ledger.position_lots), list(ledger.reserved_buy_lots)) == ([2, 0], [0, 0])
    told_lots = [(row["counted_lots"], row["cumulative_lots"]) for row in counter.bench.log.of(EXTERNAL_ORDER)]
    assert told_lots == [(0, 0), (2, 2), (0, 2), (0, 2)]
    assert counter.bench.routes.cancelled == []


def test_limits_see_it_once_a_person_has_signed_it_off() -> None:
    counter = Counter()
    counter.bench.limits.position_lots_max[0] = 9
    rests_and_fills(counter)
    assert "blocked" in counter.give(command="single", **single())["reasons"][0]
    counter.give(role="risk_officer", command="sign_off", route="r0", instrument="XV00.I0", reason="the desk's own")
    assert counter.give(command="single", **single())["reasons"] == ["limit position_lots_max: 10; expected at most 9"]
    assert counter.give(role="operator", command="cancel_all", scope="all")["result"] == "nothing rested"


def test_a_trade_that_is_taken_back_leaves_the_position() -> None:
    counter = Counter()
    rests_and_fills(counter)
    told(counter, report(RECEIPT_TRADE_CANCEL, STATUS_NEW, 0, 5, last_lots=2, execution_id=b"x2"))
    assert list(counter.bench.desk.ledger.position_lots) == [0, 0]


def test_a_venue_without_totals_is_counted_by_execution() -> None:
    counter = Counter()
    for execution in (b"x1", b"x2", b"x1"):
        told(counter, report(RECEIPT_PARTIAL_FILL, STATUS_NEW, -1, -1, last_lots=2, execution_id=execution, side=SELL))
    assert list(counter.bench.desk.ledger.position_lots) == [-4, 0]


def test_the_venues_total_makes_up_for_a_lost_report_and_never_counts_back() -> None:
    counter = Counter()
    ledger = counter.bench.desk.ledger
    steps = [(1, b"x1", 1), (3, b"x3", 3), (2, b"x2", 3), (4, b"x4", 4)]
    for cumulative, execution, held in steps:
        fill = report(
            RECEIPT_PARTIAL_FILL, STATUS_PARTLY_FILLED, cumulative, 5 - cumulative, last_lots=1, execution_id=execution
        )
        told(counter, fill)
        assert ledger.position_lots[0] == held


def test_an_id_of_ours_that_is_long_forgotten_is_not_counted_again() -> None:
    counter = Counter()
    receipt = report(RECEIPT_PARTIAL_FILL, STATUS_NEW, 2, 0, last_lots=2, execution_id=b"x1")
    receipt.client_order_id = int(counter.bench.desk.machine.sender.next_client_order_id) - 1
    told(counter, receipt)
    assert list(counter.bench.desk.ledger.position_lots) == [0, 0]


def test_of_very_many_the_oldest_that_has_ended_is_forgotten_and_one_that_may_fill_never() -> None:
    """Their fills stay in the position; the first one rests for ever."""
    counter = Counter()
    external, ledger = counter.bench.desk.machine.sender.external, counter.bench.desk.ledger
    external.apply(0, 0, BUY, "rests", "", 0, 5)
    for number in range(EXTERNAL_ORDERS_MAX + 1):
        external.apply(0, 0, BUY, f"V{number}", f"x{number}", 1, 0)
    assert len(external.orders) == EXTERNAL_ORDERS_MAX
    assert list(external.orders)[:2] == ["0 rests", "0 V2"]
    assert (ledger.position_lots[0], ledger.reserved_buy_lots[0]) == (EXTERNAL_ORDERS_MAX + 1, 5)


def test_a_restart_knows_them() -> None:
    counter = Counter()
    rests_and_fills(counter)
    whole = restored(counter, len(counter.bench.log.records))
    assert desk_state(whole.bench.desk) == desk_state(counter.bench.desk)
    fresh = Counter()
    load_desk_state(fresh.bench.desk, desk_state(counter.bench.desk))
    assert desk_state(fresh.bench.desk) == desk_state(counter.bench.desk)
    told(fresh, report(RECEIPT_PARTIAL_FILL, STATUS_PARTLY_FILLED, 2, 3, last_lots=2, execution_id=b"x1"))
    assert list(fresh.bench.desk.ledger.position_lots) == [2, 0]


def test_what_no_market_has_ever_traded_is_in_no_position_and_a_persons_matter() -> None:
    counter = Counter()
    ledger = counter.bench.desk.ledger
    huge = 9_000_000_000_000_000_000
    told(
        counter,
        report(RECEIPT_ACKNOWLEDGED, STATUS_NEW, 0, huge),
        report(RECEIPT_PARTIAL_FILL, STATUS_PARTLY_FILLED, huge, 0, last_lots=huge, execution_id=b"x1"),
    )
    assert (list(ledger.position_lots), list(ledger.reserved_buy_lots)) == ([0, 0], [0, 0])
    assert counter.bench.desk.safety.is_blocked(0, 0)
