"""What only people decide: unknown orders by two, halted orders, pauses and blocks; each restored as decided."""

from __future__ import annotations

import json

import pytest

from cross_market_connect.domain.order import REJECT_INSUFFICIENT
from cross_market_connect.domain.records import RESOLUTION, TAKEOVER
from cross_market_connect.domain.spread import (
    CANCELLED,
    COMPLETE,
    HALTED,
    LEG_CANCELLED,
    LEG_UNKNOWN,
    RESIDUAL,
    UNWOUND,
)
from cross_market_connect.trading.orders import SpreadOrder
from cross_market_connect.trading.state import desk_state
from cross_market_connect.trading.stopping import restrict
from tests.unit.trading.support import ACKNOWLEDGE_TIMEOUT_NS, DEADLINE_NS
from tests.unit.trading.test_operators import Counter, restored, single


def unknown() -> tuple[Counter, int]:
    """A resting order of 5 with 2 filled, whose route is gone."""
    counter = Counter()
    answer = counter.give(command="single", **single())
    number = int(counter.order(answer).leg_orders[0].command.client_order_id)
    counter.venue.fills(number, 2)
    counter.bench.route(0, False)
    assert counter.bench.desk.leg_orders[number].state == LEG_UNKNOWN
    return counter, number


def said(number: int, **changes: object) -> dict[str, object]:
    return {"command": "resolve", "order": number, "status": "cancelled", "filled": 3, "evidence": "call", **changes}


def test_two_persons_end_an_unknown_order():
    counter, number = unknown()
    leg_order = counter.bench.desk.leg_orders[number]
    first = counter.give(role="operator", user="ann", **said(number))
    assert first["accepted"] and leg_order.state == LEG_UNKNOWN
    again = counter.give(role="operator", user="ann", **said(number))
    assert again["reasons"] == ["user: ann said so already; expected a second person"]
    assert leg_order.state == LEG_UNKNOWN
    second = counter.give(role="risk_officer", user="bob", **said(number))
    assert second["accepted"] and leg_order.state == LEG_CANCELLED and leg_order.cumulative_lots == 3
    assert counter.bench.desk.orders[1].state == COMPLETE
    assert list(counter.bench.desk.ledger.position_lots) == [3, 0]
    rows = counter.bench.log.of(RESOLUTION)
    assert [(row["confirmed"], row["user"], row["first_user"]) for row in rows] == [(0, "ann", ""), (1, "bob", "ann")]
    assert counter.bench.desk.commands.proposals == {}


def test_the_price_that_two_persons_agree_on_is_the_price_of_what_nobody_knew() -> None:
    """Three of leg 0 were to be bought at 1002; the broker says that they were bought at 950."""
    counter = Counter()
    order = counter.bench.open()
    counter.bench.route(0, False)
    number = int(order.leg_orders[0].command.client_order_id)
    for user in ("ann", "bob"):
        answer = counter.give(user=user, **said(number, status="filled", price="950"))
        assert answer["accepted"], answer
    assert counter.bench.trigger.position.average_ticks(0) == 950
    other = restored(counter, len(counter.bench.log.records))
    assert other.bench.trigger.position.average_ticks(0) == 950
    assert desk_state(other.bench.desk) == desk_state(counter.bench.desk)


def test_an_order_that_the_venue_says_it_has_is_not_ended_by_a_word() -> None:
    counter = Counter()
    answer = counter.give(command="single", **single())
    number = int(counter.order(answer).leg_orders[0].command.client_order_id)
    counter.venue.say(counter.venue.acknowledge(number))
    for user in ("ann", "bob"):
        refused = counter.give(user=user, **said(number, filled=0))
        assert refused["reasons"] == [f"order: {number} is known to be working; the venue's word holds"]
    assert list(counter.bench.desk.ledger.reserved_buy_lots) == [5, 0]
    assert counter.bench.desk.commands.proposals == {}
    # A cancel that the venue does not answer, nor the questions about it: nobody knows any more.
    counter.give(command="cancel", order=number)
    counter.bench.wait(ACKNOWLEDGE_TIMEOUT_NS)
    assert [counter.give(user=user, **said(number, filled=0))["accepted"] for user in ("ann", "bob")] == [True, True]
    assert counter.bench.desk.is_quiet()


def test_a_second_person_who_says_something_else_is_a_first_one():
    counter, number = unknown()
    counter.give(user="ann", **said(number))
    differs = counter.give(user="bob", **said(number, filled=2))
    assert "differs from what ann said" in differs["result"]
    assert counter.bench.desk.leg_orders[number].state == LEG_UNKNOWN
    assert counter.give(user="ann", **said(number, filled=2))["accepted"]
    assert counter.bench.desk.leg_orders[number].state == LEG_CANCELLED


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"filled": 1}, "filled: 1; expected 2 (proven) to 5"),
        ({"filled": 6}, "filled: 6; expected 2 (proven) to 5"),
        ({"status": "filled"}, "filled: 3 of 5 does not fit the status"),
        ({"filled": 5}, "filled: 5 of 5 does not fit the status"),
        ({"price": "990.5"}, "price: 990.5; expected a multiple of the tick"),
        ({"order": 7}, "order: 7 is unknown, or has ended long ago"),
        ({"order": 1}, "order: 1 is a spread order; expected a client order id"),
    ],
)
def test_a_word_that_cannot_be_is_refused(changes, reason):
    counter, number = unknown()
    assert counter.give(**said(number, **changes))["reasons"] == [reason]
    assert counter.bench.desk.commands.proposals == {}


def test_an_ended_order_is_not_ended_again():
    counter = Counter()
    answer = counter.give(command="single", **single())
    number = int(counter.order(answer).leg_orders[0].command.client_order_id)
    counter.venue.fills_all(number)
    refused = counter.give(**said(number, status="filled", filled=5))
    assert refused["reasons"] == [f"order: {number} has ended: filled"]


def halted() -> tuple[Counter, SpreadOrder]:
    """One leg filled, the other refused for good and its unwind too: a person has it."""
    counter = Counter()
    order = counter.bench.open()
    first, second = [int(command.client_order_id) for command in counter.bench.routes.sent]
    counter.venue.fills_all(first)
    counter.venue.rejects(second, REJECT_INSUFFICIENT)
    for _ in range(200):
        if order.state == HALTED:
            break
        for command in counter.bench.routes.sent:
            if not counter.venue.order(int(command.client_order_id)).status:
                counter.venue.rejects(int(command.client_order_id), REJECT_INSUFFICIENT)
        counter.bench.wait(DEADLINE_NS // 100)
    assert order.state == HALTED and order.reserved
    return counter, order


def check_restored(counter: Counter) -> None:
    for records in range(len(counter.bench.log.records) - 12, len(counter.bench.log.records)):
        restored(counter, records)
    other = restored(counter, len(counter.bench.log.records))
    assert desk_state(other.bench.desk) == desk_state(counter.bench.desk)


def test_a_person_accepts_what_is_held():
    counter, order = halted()
    number = int(order.spread_order_id)
    answer = counter.give(role="risk_officer", command="halted", order=number, decision="accept", reason="kept")
    assert answer["accepted"], answer
    assert order.state == RESIDUAL and not order.reserved
    assert counter.bench.trigger.open_orders == 0
    [row] = counter.bench.log.of(TAKEOVER)
    assert (row["spread_order_id"], row["user"], row["reason"]) == (number, "ann", "kept")
    check_restored(counter)


def test_a_person_has_it_traded_back_at_once():
    counter, order = halted()
    before = len(counter.bench.routes.sent)
    number = int(order.spread_order_id)
    counter.give(command="halted", order=number, decision="unwind", reason="out")
    counter.bench.wait(10**9)
    [unwind] = counter.bench.routes.sent[before:]
    assert (unwind.instrument_index, unwind.side, unwind.quantity_lots) == (0, -order.sides[0], 3)
    counter.venue.fills_all(int(unwind.client_order_id))
    assert order.state == UNWOUND and not order.reserved
    assert counter.bench.trigger.open_orders == 0
    check_restored(counter)


def test_a_person_lets_the_ladder_begin_anew():
    counter, order = halted()
    before = len(counter.bench.routes.sent)
    counter.give(command="halted", order=int(order.spread_order_id), decision="retry", reason="money came")
    counter.bench.wait(10**9)
    assert len(counter.bench.routes.sent) > before
    assert order.deadline_ns > counter.bench.now_ns


def test_only_a_halted_order_is_decided_about():
    counter = Counter()
    order = counter.bench.open()
    number = int(order.spread_order_id)
    answer = counter.give(command="halted", order=number, decision="accept", reason="?")
    assert answer["reasons"] == [f"order: {number} is not halted; it is working"]
    for command in list(counter.bench.routes.sent):
        counter.venue.cancels(int(command.client_order_id))
    assert order.state == CANCELLED
    assert not counter.give(command="halted", order=number, decision="accept", reason="?")["accepted"]


def test_a_pause_after_refusals_is_ended_by_a_risk_officer():
    counter = Counter()
    trigger = counter.bench.trigger
    trigger.failures, trigger.pause_until_ns = 3, counter.bench.now_ns + 10**9
    name = counter.bench.spread.name
    assert not counter.give(command="re_enable", spread=name, reason="x")["accepted"]
    assert counter.give(role="risk_officer", command="re_enable", spread=name, reason="x")["accepted"]
    assert (trigger.failures, trigger.pause_until_ns) == (0, 0)


def test_blocks_and_cancel_only_are_ended_by_name():
    counter = Counter()
    desk = counter.bench.desk
    desk.safety.block(0, 0, "differs")
    refused = counter.give(command="single", **single())
    assert refused["reasons"] == ["instrument: XV00.I0 is blocked on this account until it is signed off"]
    signed = counter.give(role="risk_officer", command="sign_off", route="r0", instrument="XV00.I0", reason="agrees")
    assert signed["accepted"]
    restrict(desk, "input 7")
    assert counter.give(command="single", **single())["reasons"] == [
        "engine: cancel-only (input 7); a risk officer lifts it"
    ]
    assert counter.give(role="operator", command="lift", reason="understood")["accepted"]
    assert counter.give(role="operator", command="lift", reason="again")["reasons"] == ["engine: nothing is restricted"]
    assert counter.give(command="single", **single())["accepted"]


def test_a_proposal_outlives_a_restart():
    counter, number = unknown()
    counter.give(user="ann", **said(number))
    other = restored(counter, len(counter.bench.log.records))
    assert json.loads(desk_state(other.bench.desk).split("\n")[0])["commands"]["proposals"][0][:2] == [number, "ann"]
    other.bench.input()
    assert other.give_text(json.dumps({"id": "z", **said(number)}), "bob", "operator")["accepted"]
    assert other.bench.desk.leg_orders[number].state == LEG_CANCELLED
