"""Amendments: the cancel first, the rest once it is confirmed, never more than was wanted; across restarts too."""

from __future__ import annotations

from typing import Any

import pytest

from cross_market_connect.domain.order import BUY
from cross_market_connect.domain.records import ALERT, MANUAL_ORDER, REPLACE_REQUEST, RESERVATION
from cross_market_connect.trading.resuming import resume
from cross_market_connect.trading.state import desk_state, load_desk_state
from cross_market_connect.trading.stopping import stop
from tests.unit.trading.test_netting import resting
from tests.unit.trading.test_operators import Counter, restored, single, without_answers


def amend(counter: Counter, number: int, **changes: Any) -> dict[str, Any]:
    return counter.give(command="amend", order=number, **changes)


def go_on(counter: Counter) -> None:
    counter.operators.amending.go_on()


@pytest.mark.parametrize(
    ("changes", "sent"),
    [({"price": "985"}, (985, 5)), ({"quantity": 9}, (990, 9)), ({"price": "985", "quantity": 3}, (985, 3))],
)
def test_the_new_order_goes_once_the_cancel_is_confirmed(changes, sent):
    counter = Counter()
    number = resting(counter)
    answer = amend(counter, number, **changes)
    assert answer["accepted"], answer
    assert counter.bench.routes.cancelled == [number]
    go_on(counter)
    assert len(counter.bench.routes.sent) == 1
    counter.venue.cancels(number)
    go_on(counter)
    new = counter.bench.routes.sent[1]
    assert (new.price_ticks, new.quantity_lots, new.side) == (*sent, BUY)
    assert counter.bench.log.of(MANUAL_ORDER)[1]["command_id"] == answer["id"]
    go_on(counter)
    assert len(counter.bench.routes.sent) == 2


def test_a_fill_that_meets_the_cancel_makes_the_new_order_smaller():
    counter = Counter()
    number = resting(counter)
    amend(counter, number, quantity=9)
    counter.venue.fills(number, 2)
    counter.venue.cancels(number)
    go_on(counter)
    assert counter.bench.routes.sent[1].quantity_lots == 7


def test_an_order_that_fills_meanwhile_is_not_amended_and_a_person_is_told():
    counter = Counter()
    number = resting(counter)
    amend(counter, number, quantity=9)
    counter.venue.fills_all(number)
    go_on(counter)
    assert len(counter.bench.routes.sent) == 1
    assert counter.bench.log.of(ALERT)[-1]["text_en"] == f"order {number} is filled: not amended"
    assert counter.bench.desk.commands.amendments == {}


@pytest.mark.parametrize(("filled", "sent"), [(2, [1]), (3, []), (4, [])])
def test_only_what_is_left_of_the_wanted_quantity_is_sent(filled, sent):
    """5 lots become 3 while more of them fill: what has filled by the cancel's confirmation counts."""
    counter = Counter()
    number = resting(counter)
    assert amend(counter, number, quantity=3)["accepted"]
    counter.venue.fills(number, filled)
    counter.venue.cancels(number)
    go_on(counter)
    assert [command.quantity_lots for command in counter.bench.routes.sent[1:]] == sent
    if not sent:
        assert counter.bench.log.of(ALERT)[-1]["text_en"] == f"order {number} is cancelled: not amended"


def test_an_amendment_that_comes_to_nothing_is_over_on_record_and_one_that_is_sent_needs_no_such_record():
    """A restart must not send what a limit had forbidden, once there is room for it again."""
    for most, wanted in ((8, [9, 0]), (9, [9])):
        counter = Counter()
        number = resting(counter)
        amend(counter, number, quantity=9)
        counter.bench.limits.position_lots_max[0] = most
        counter.venue.cancels(number)
        go_on(counter)
        assert [row["quantity_lots"] for row in counter.bench.log.of(REPLACE_REQUEST)] == wanted
        other = restored(counter, len(counter.bench.log.records))
        assert other.bench.desk.commands.amendments == {}


def test_what_a_limit_forbids_by_then_is_not_sent_anew():
    counter = Counter()
    number = resting(counter)
    amend(counter, number, quantity=9)
    counter.bench.limits.position_lots_max[0] = 8
    counter.venue.cancels(number)
    go_on(counter)
    assert len(counter.bench.routes.sent) == 1
    told = counter.bench.log.of(ALERT)[-1]["text_en"]
    assert told == f"order {number} was cancelled and not sent anew: limit position_lots_max: 9; expected at most 8"


def test_an_amendment_that_could_not_be_sent_now_leaves_the_order_where_it_rests():
    """5 lots rest with 2 filled. Nine at most may be held: 9 fit beside the 5 they replace, 10 do not."""
    counter = Counter()
    number = resting(counter)
    counter.venue.fills(number, 2)
    counter.bench.limits.position_lots_max[0] = 9
    before = desk_state(counter.bench.desk)
    refused = amend(counter, number, quantity=10)
    assert refused["reasons"] == ["limit position_lots_max: 10; expected at most 9"]
    counter.bench.limits.order_lots_max[0] = 6
    assert amend(counter, number, quantity=9)["reasons"] == ["limit order_lots_max: 7; expected at most 6"]
    counter.bench.limits.order_lots_max[0] = 7
    counter.bench.hours[0].open = False
    closed = "instrument: XV00.I0 takes no such order in its trading phase"
    assert amend(counter, number, quantity=9)["reasons"] == [closed]
    assert counter.bench.routes.cancelled == [] and without_answers(desk_state(counter.bench.desk)) == without_answers(
        before
    )
    counter.bench.hours[0].open = True
    assert amend(counter, number, quantity=9)["accepted"]
    counter.venue.cancels(number)
    go_on(counter)
    assert [command.quantity_lots for command in counter.bench.routes.sent] == [5, 7]


@pytest.mark.parametrize(
    "stops",
    [
        lambda order, leg: {"command": "cancel", "order": order},
        lambda order, leg: {"command": "cancel", "order": leg},
        lambda order, leg: {"command": "cancel_all", "scope": "all"},
        lambda order, leg: {"command": "cancel_all", "scope": "route", "name": "r0"},
    ],
)
def test_a_cancel_ends_what_was_to_come_in_the_orders_place_after_a_restart_too(stops):
    counter = Counter()
    number = resting(counter)
    amend(counter, number, quantity=9)
    answer = counter.give(role="operator", **stops(1, number))
    assert answer["accepted"] and answer["result"] == "amendments dropped: 1", answer
    assert [row["spread_order_id"] for row in answer["orders"]] == [1]
    assert [row["quantity_lots"] for row in counter.bench.log.of(REPLACE_REQUEST)] == [9, 0]
    other = restored(counter, len(counter.bench.log.records))
    assert other.bench.desk.commands.amendments == {}
    assert desk_state(other.bench.desk) == desk_state(counter.bench.desk)
    counter.venue.cancels(number)
    go_on(counter)
    assert len(counter.bench.routes.sent) == 1 and counter.bench.desk.is_quiet()


def test_a_cancel_elsewhere_leaves_an_amendment_alone():
    counter = Counter()
    number = resting(counter)
    amend(counter, number, quantity=9)
    assert counter.give(command="cancel_all", scope="route", name="r1")["result"] == "nothing rested"
    counter.venue.cancels(number)
    go_on(counter)
    assert [command.quantity_lots for command in counter.bench.routes.sent] == [5, 9]


def test_a_stop_ends_an_amendment():
    counter = Counter()
    number = resting(counter)
    amend(counter, number, quantity=9)
    counter.bench.input()
    stop(counter.bench.desk)
    counter.venue.cancels(number)
    go_on(counter)
    assert len(counter.bench.routes.sent) == 1 and counter.bench.desk.is_quiet()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, "price: neither price nor quantity would change"),
        ({"price": "990"}, "price: neither price nor quantity would change"),
        ({"price": "990.5"}, "price: 990.5; expected a multiple of the tick 1"),
        ({"quantity": 2}, "quantity: 2; 2 have filled already; cancel it instead"),
    ],
)
def test_what_cannot_be_is_refused_and_the_order_rests_on(changes, reason):
    counter = Counter()
    number = resting(counter)
    counter.venue.fills(number, 2)
    assert reason in amend(counter, number, **changes)["reasons"]
    assert counter.bench.routes.cancelled == []


def test_orders_that_do_not_rest_or_are_a_spreads_are_refused():
    counter = Counter()
    assert amend(counter, 77, quantity=1)["reasons"] == ["order: 77 is unknown, or has ended long ago"]
    order = counter.bench.open()
    number = int(counter.bench.routes.sent[0].client_order_id)
    assert amend(counter, number, quantity=1)["reasons"] == [
        f"order: {number} belongs to spread order {order.spread_order_id}; cancel that"
    ]
    answer = counter.give(command="single", **single(price="900"))
    number = answer["orders"][0]["legs"][0]["client_order_id"]
    assert amend(counter, number, quantity=1)["reasons"] == [f"order: {number} does not rest; it is pending_new"]


def test_an_amendment_goes_on_after_a_restart_at_any_record():
    counter = Counter()
    number = resting(counter)
    begun = len(counter.bench.log.records)
    amend(counter, number, quantity=9)
    counter.venue.cancels(number)
    go_on(counter)
    end = len(counter.bench.log.records)
    kinds = [kind for kind, _ in counter.bench.log.records]
    for cut in range(begun + 1, end + 1):
        other = restored(counter, cut)
        other.bench.input()
        resume(other.bench.desk)
        if int(other.bench.desk.leg_orders[number].state) != int(counter.bench.desk.leg_orders[number].state):
            other.venue.orders = dict(counter.venue.orders)
            other.venue.answers(number)
        go_on(other)
        assert other.bench.desk.commands.amendments == {}
        # Reserved before the crash is begun before the crash: the machine goes on with it.
        is_begun = kinds[:cut].count(RESERVATION) == 2
        assert len(other.bench.routes.sent) == (0 if is_begun else 1)
    fresh = Counter()
    load_desk_state(fresh.bench.desk, desk_state(counter.bench.desk))
    assert desk_state(fresh.bench.desk) == desk_state(counter.bench.desk)
    whole = restored(counter, end)
    assert desk_state(whole.bench.desk) == desk_state(counter.bench.desk)
