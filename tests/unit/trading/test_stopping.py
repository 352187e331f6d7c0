"""What a requested stop ends, and what it brings to balance first."""

from cross_market_connect.domain.order import RECEIPT_CANCEL_REJECTED, RECEIPT_FILL, STATUS_FILLED
from cross_market_connect.domain.records import CANCEL_REQUEST
from cross_market_connect.domain.spread import LEG_FILLED, LEG_PENDING_CANCEL, LEG_UNKNOWN
from cross_market_connect.trading.stopping import stop
from tests.unit.trading.support import SECOND
from tests.unit.trading.test_machine import ids, resting, started


def test_case_12_stop_brings_what_is_under_way_to_balance_and_opens_nothing():
    bench, venue, order = started()
    venue.fills_all(ids(bench)[0])
    bench.input()
    stop(bench.desk)
    assert not bench.desk.is_quiet()
    venue.cancels(ids(bench)[1])
    assert bench.state_name(order) == "repairing"
    venue.fills_all(ids(bench)[-1])
    assert bench.state_name(order) == "complete"
    assert bench.desk.is_quiet()
    bench.now_ns += 100 * SECOND
    bench.set_quotes((990, 991), (1000, 1001))
    assert len(bench.desk.orders) == 1


def test_case_12_14_stop_cancels_what_rests_and_a_fill_in_the_race_counts():
    bench, venue, order = started()
    rests = resting(bench, order)
    bench.input()
    stop(bench.desk)
    stop(bench.desk)
    assert bench.routes.cancelled == [77], "each order is asked once, immediate-or-cancel ones never"
    assert len(bench.log.of(CANCEL_REQUEST)) == 1
    assert rests.state == LEG_PENDING_CANCEL
    bench.receive(77, RECEIPT_CANCEL_REJECTED, 2)
    assert rests.state == LEG_UNKNOWN
    bench.receive(77, RECEIPT_FILL, STATUS_FILLED, last_lots=3, cumulative_lots=3, execution_id=b"X")
    assert rests.state == LEG_FILLED
    assert order.filled[0] == 3
