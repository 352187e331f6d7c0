"""Spread orders by hand beside what is under way: no position turns round, and none passes its maximum."""

from __future__ import annotations

from typing import Any

import pytest

from cross_market_connect.domain.order import REJECT_INSUFFICIENT
from cross_market_connect.domain.spread import HALTED
from cross_market_connect.trading.orders import SpreadOrder
from tests.unit.trading.support import SECOND
from tests.unit.trading.test_operators import Counter
from tests.unit.trading.test_person_decisions import halted

OPENS = {"direction": "buy"}
CLOSES = {"direction": "sell", "action": "close"}


def fill(counter: Counter, order: SpreadOrder) -> None:
    for leg_order in list(order.leg_orders):
        number = int(leg_order.command.client_order_id)
        if not counter.venue.order(number).is_over:
            counter.venue.fills_all(number)


def by_hand(counter: Counter, units: int, **fields: Any) -> dict[str, Any]:
    return counter.give(command="spread", spread=counter.bench.spread.name, units=units, **fields)


def holding() -> Counter:
    """Three lots of the spread, and quotes at which no trigger wants anything."""
    counter = Counter()
    fill(counter, counter.bench.open())
    counter.bench.set_quotes((1_002, 1_003), (1_000, 1_001))
    assert list(counter.bench.trigger.position_lots) == [3, -3]
    return counter


def test_what_is_being_closed_is_not_closed_again():
    counter = holding()
    first = by_hand(counter, 2, **CLOSES)
    assert first["accepted"]
    again = by_hand(counter, 2, **CLOSES)
    assert again["reasons"] == ["units: 3 lots of leg 0 are held, and 2 of them may be closed by what is under way"]
    second = by_hand(counter, 1, **CLOSES)
    assert second["accepted"], "one is left"
    assert not by_hand(counter, 1, **CLOSES)["accepted"]
    fill(counter, counter.order(first))
    fill(counter, counter.order(second))
    assert list(counter.bench.trigger.position_lots) == [0, 0]


def test_what_a_triggers_exit_closes_is_not_closed_by_hand_as_well():
    counter = holding()
    number = int(counter.bench.desk.next_spread_order_id)
    counter.bench.wait(SECOND)
    counter.bench.set_quotes((1_012, 1_013), (999, 1_000))
    exit_order = counter.bench.desk.orders[number]
    assert not by_hand(counter, 3, **CLOSES)["accepted"]
    fill(counter, exit_order)
    assert list(counter.bench.trigger.position_lots) == [0, 0]


def test_what_is_being_opened_counts_against_the_maximum():
    counter = Counter()
    counter.bench.spread.position_lots_max = 5
    counter.bench.set_quotes((1_002, 1_003), (1_000, 1_001))
    orders = [counter.order(by_hand(counter, 3, **OPENS))]
    refused = by_hand(counter, 3, **OPENS)
    assert refused["reasons"] == [
        "units: 0 lots of the first leg are held, 3 may follow from what is under way, 5 may be"
    ]
    orders.append(counter.order(by_hand(counter, 2, **OPENS)))
    for order in orders:
        fill(counter, order)
    assert list(counter.bench.trigger.position_lots) == [5, -5]
    assert not by_hand(counter, 1, **OPENS)["accepted"]


def test_an_exit_that_may_be_traded_back_leaves_no_room():
    """Five may be held and three are; two of them have been sold, and may be bought back."""
    counter = holding()
    counter.bench.spread.position_lots_max = 5
    closing = counter.order(by_hand(counter, 3, **CLOSES))
    counter.venue.fills(int(closing.leg_orders[0].command.client_order_id), 2)
    assert list(counter.bench.trigger.position_lots) == [1, -3]
    refused = by_hand(counter, 3, **OPENS)
    assert refused["reasons"] == [
        "units: 1 lots of the first leg are held, 2 may follow from what is under way, 5 may be"
    ]
    number = int(closing.spread_order_id)
    refused = by_hand(counter, 2, **OPENS)
    assert refused["reasons"] == [f"units: spread order {number} is not in proportion yet; expected it to end first"]
    counter.venue.fills(int(closing.leg_orders[1].command.client_order_id), 2)
    assert list(counter.bench.trigger.position_lots) == [1, -1]
    assert by_hand(counter, 2, **OPENS)["accepted"]


def test_what_an_order_under_way_lacks_is_not_traded_once_more_beside_it():
    """The first leg of three is filled, the second not yet: carried into an order by hand, those three would be sold
    twice, and both orders would end as filled in proportion."""
    counter = Counter()
    counter.bench.set_quotes((1_002, 1_003), (1_000, 1_001))
    order = counter.order(by_hand(counter, 3, **OPENS))
    first, second = (int(leg_order.command.client_order_id) for leg_order in order.leg_orders)
    counter.venue.fills_all(first)
    refused = by_hand(counter, 1, **OPENS)
    assert refused["reasons"] == ["units: spread order 1 is not in proportion yet; expected it to end first"]
    counter.venue.fills_all(second)
    fill(counter, counter.order(by_hand(counter, 1, **OPENS)))
    assert list(counter.bench.trigger.position_lots) == [4, -4]


def test_orders_of_one_batch_count_beside_each_other():
    counter = holding()
    one = {"order": "spread", "spread": counter.bench.spread.name, "units": 2, **CLOSES}
    answer = counter.give(command="batch", orders=[one, one])
    assert answer["reasons"] == [
        "orders[1].units: 3 lots of leg 0 are held, and 2 of them may be closed by what is under way"
    ]
    assert counter.give(command="batch", orders=[one, {**one, "units": 1}])["accepted"]


def test_a_halted_order_is_under_way_until_a_person_has_decided():
    counter, order = halted()
    assert order.state == HALTED and not order.anything_live()
    counter.bench.spread.position_lots_max = 5
    counter.bench.set_quotes((1_002, 1_003), (1_000, 1_001))
    refused = by_hand(counter, 3, **{**OPENS, "direction": "buy" if order.direction > 0 else "sell"})
    held, target = int(order.filled[0]), int(order.targets[0])
    assert refused["reasons"] == [
        f"units: {held} lots of the first leg are held, {target - held} may follow from what is under way, 5 may be"
    ]


@pytest.mark.parametrize("live", [0, 2])
def test_what_is_over_does_not_count(live):
    counter = holding()
    closing = counter.order(by_hand(counter, 2, **CLOSES))
    for leg_order in list(closing.leg_orders)[: 2 - live]:
        counter.venue.rejects(int(leg_order.command.client_order_id), REJECT_INSUFFICIENT)
    assert by_hand(counter, 3, **CLOSES)["accepted"] == (live == 0)
