"""What a message counts for, on which trading day, and which limit of the day refuses what opens."""

from __future__ import annotations

import pytest

from cross_market_connect.domain.order import DAY, LIMIT, REJECT_BUSY, SELL, OrderCommand
from cross_market_connect.domain.records import DAY_ROLL, REFUSAL
from cross_market_connect.domain.spread import COMPLETE, ROLE_INITIAL, UNWINDING, WORKING
from cross_market_connect.trading.counters import (
    COUNT_CANCELS,
    COUNT_OPENED_LOTS,
    COUNT_ORDERS,
    COUNTERS,
    DuplicateCheck,
)
from cross_market_connect.trading.orders import LegOrder, SpreadOrder
from tests.unit.trading.support import SECOND, Hours
from tests.unit.trading.test_machine import ids
from tests.unit.trading.test_netting import resting
from tests.unit.trading.test_operators import Counter, restored

THURSDAY, FRIDAY = 20261126, 20261127


class Days(Hours):
    """Always open, on the trading day that a test says."""

    def __init__(self) -> None:
        super().__init__()
        self.day = THURSDAY

    def trading_day(self, utc_ns: int) -> int:
        return self.day


def counted(counter: Counter, instrument: int) -> list[int]:
    """Orders, cancels, self-trades and opened lots of the instrument, whose route has the same number."""
    counters = counter.bench.desk.machine.sender.admission.counters
    return [int(counters.count(instrument, instrument, kind)) for kind in range(COUNTERS)]


def with_days() -> tuple[Counter, Days]:
    counter, days = Counter(), Days()
    counter.bench.desk.machine.sender.admission.counters.hours = [days, days]
    return counter, days


def numbers(counter: Counter) -> list[int]:
    return ids(counter.bench)


def filled(counter: Counter) -> SpreadOrder:
    """Three lots of each leg, opened and filled whole."""
    order = counter.bench.open()
    for number in numbers(counter)[-2:]:
        counter.venue.fills_all(number)
    assert order.state == COMPLETE
    return order


def test_only_what_opens_a_position_counts_opened_lots():
    counter = Counter()
    counter.bench.open()
    first, second = numbers(counter)
    assert counted(counter, 0) == counted(counter, 1) == [1, 0, 0, 3]
    counter.venue.fills_all(first)
    counter.venue.rejects(second, REJECT_BUSY)
    counter.venue.fills_all(numbers(counter)[-1])
    assert counted(counter, 1) == [2, 0, 0, 3], "the re-order hedges what was opened"
    counter.bench.set_quotes((1_011, 1_012), (1_000, 1_001))
    assert [(c.instrument_index, c.side) for c in counter.bench.routes.sent[3:]][0] == (0, SELL)
    assert counted(counter, 0) == [2, 0, 0, 3] and counted(counter, 1) == [3, 0, 0, 3], "the exit closes"


def test_the_lots_opened_in_a_day_are_refused_beyond_their_limit_and_the_exit_is_not():
    """3 of at most 5 lots are open: another 3 would be 6."""
    counter = Counter()
    admission = counter.bench.desk.machine.sender.admission
    admission.counters.set_limit(1, 1, COUNT_OPENED_LOTS, 5)
    filled(counter)
    counter.bench.wait(60 * SECOND)
    counter.bench.set_quotes((999, 1_000), (1_000, 1_001))
    assert len(counter.bench.routes.sent) == 2
    refused = counter.bench.log.of(REFUSAL)[-1]
    assert (refused["limit_name"], refused["observed"], refused["limit"]) == ("opened_lots_per_day_max", 3, 5)
    counter.bench.set_quotes((1_011, 1_012), (1_000, 1_001))
    assert len(counter.bench.routes.sent) == 4


def test_the_same_opening_is_refused_while_the_window_holds_as_many():
    counter = Counter()
    counter.bench.desk.machine.sender.admission.duplicates = DuplicateCheck(1, 100 * SECOND)
    filled(counter)
    counter.bench.wait(60 * SECOND)
    counter.bench.set_quotes((999, 1_000), (1_000, 1_001))
    refused = counter.bench.log.of(REFUSAL)[-1]
    assert (refused["limit_name"], refused["observed"], refused["limit"]) == ("duplicate_orders_max", 2, 1)
    counter.bench.set_quotes((1_004, 1_005), (1_000, 1_001))
    counter.bench.wait(40 * SECOND)
    counter.bench.set_quotes((999, 1_000), (1_000, 1_001))
    assert len(counter.bench.routes.sent) == 4


def test_the_first_message_of_a_trading_day_begins_it_and_records_what_the_last_one_counted():
    """A cancel and a hedge are asked for no permission, and may still be what comes first on a day."""
    counter, days = with_days()
    number = resting(counter)
    assert counter.bench.log.of(DAY_ROLL) == [], "no day has ended"
    days.day = FRIDAY
    counter.give(command="cancel", order=number)
    ended = {"route": 0, "instrument_index": 0, "trading_day": FRIDAY, "orders": 1, "cancels": 0, "self_trades": 0}
    assert counter.bench.log.of(DAY_ROLL) == [{**ended, "opened_lots": 5}]
    assert counted(counter, 0) == [0, 1, 0, 0]
    other = restored(counter, len(counter.bench.log.records))
    assert counted(other, 0) == [0, 1, 0, 0]


def test_a_hedge_that_comes_first_on_a_trading_day_begins_it():
    counter, days = with_days()
    counter.bench.open()
    first, second = numbers(counter)
    counter.venue.fills_all(first)
    days.day = FRIDAY
    counter.venue.rejects(second, REJECT_BUSY)
    assert [(row["instrument_index"], row["trading_day"]) for row in counter.bench.log.of(DAY_ROLL)] == [(1, FRIDAY)]
    assert counted(counter, 1) == [1, 0, 0, 0]
    assert counted(counter, 0) == [1, 0, 0, 3], "nothing was sent for it on Friday"


def test_cancels_and_orders_of_an_earlier_run_count_on():
    counter, _ = with_days()
    number = resting(counter)
    counter.give(command="cancel", order=number)
    other = restored(counter, len(counter.bench.log.records))
    assert counted(other, 0) == [1, 1, 0, 5]
    counters = other.bench.desk.machine.sender.admission.counters
    counters.set_limit(0, 0, COUNT_CANCELS, 1)
    assert counters.exceeded(0, 0, 1, 1) == COUNT_CANCELS
    counters.set_limit(0, 0, COUNT_ORDERS, 1)
    assert counters.exceeded(0, 0, 1, 1) == COUNT_ORDERS


@pytest.mark.parametrize(("limit", "lots", "refused"), [(8, 3, False), (7, 3, True), (7, 2, False)])
def test_a_leg_that_waits_for_its_turn_counts_as_if_it_were_sent(limit: int, lots: int, refused: bool) -> None:
    """Another order is between its legs: 2 lots of leg 0 are sent, 5 of leg 1 are not; 3 more of leg 1 would make 8."""
    counter = Counter()
    admission = counter.bench.desk.machine.sender.admission
    admission.counters.set_limit(1, 1, COUNT_OPENED_LOTS, limit)
    first, second = SpreadOrder(1, counter.bench.spread, 1, True), SpreadOrder(2, counter.bench.spread, 1, True)
    first.targets, first.state = [2, 5], WORKING
    second.targets = [1, lots]
    refusal = admission.check(second, [first])
    assert (refusal.limit_name == "opened_lots_per_day_max") == refused
    first.leg_orders.append(LegOrder(1, 1, ROLE_INITIAL, 0, OrderCommand(9, 1, SELL, LIMIT, DAY, 1_000, 5, 0)))
    assert admission.check(second, [first]).limit_name == "", "what was sent is in the counters"
    first.leg_orders.clear()
    first.state = UNWINDING
    assert admission.check(second, [first]).limit_name == "", "what is given up is sent no more"


def test_orders_that_wait_for_their_turn_use_up_the_days_orders_too():
    counter = Counter()
    admission = counter.bench.desk.machine.sender.admission
    admission.counters.set_limit(1, 1, COUNT_ORDERS, 1)
    first, second = SpreadOrder(1, counter.bench.spread, 1, True), SpreadOrder(2, counter.bench.spread, 1, True)
    first.targets, second.targets, first.state = [2, 5], [1, 1], WORKING
    assert admission.check(second, []).limit_name == ""
    assert admission.check(second, [first]).limit_name == "orders_per_day_max"
    first.opening = False
    assert admission.check(second, [first]).limit_name == ""
