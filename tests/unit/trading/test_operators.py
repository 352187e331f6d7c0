"""Orders by hand through the whole desk: sent, refused with every reason, cancelled, answered twice."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cross_market_connect.domain.order import (
    BUY,
    DAY,
    IMMEDIATE_OR_CANCEL,
    MARKET,
    RECEIPT_CANCELLED,
    SELL,
    STATUS_CANCELLED,
    Receipt,
)
from cross_market_connect.domain.records import (
    COMMAND_ANSWER,
    LEG_ORDER,
    MANUAL_ORDER,
    RELEASE,
    RESERVATION,
    SPREAD_ORDER,
)
from cross_market_connect.domain.spread import CANCELLED, COMPLETE, LEG_PENDING_CANCEL, LEG_UNKNOWN
from cross_market_connect.trading import command_state
from cross_market_connect.trading.commands import ORDER_SHAPES
from cross_market_connect.trading.counters import COUNT_OPENED_LOTS, COUNT_ORDERS, DuplicateCheck
from cross_market_connect.trading.operators import Operators
from cross_market_connect.trading.orders import SpreadOrder
from cross_market_connect.trading.restore import DeskRestorer
from cross_market_connect.trading.state import desk_state
from cross_market_connect.trading.states import is_spread_terminal
from tests.unit.trading.support import ACKNOWLEDGE_TIMEOUT_NS, SECOND, Bench
from tests.unit.trading.test_commands import FIELDS, VALUES
from tests.unit.trading.venue import FakeVenue


class Counter:
    """A desk with an operators' counter: routes r0 and r1, one instrument each (`XV00.I0`, `XV01.I1`)."""

    def __init__(self) -> None:
        self.bench = Bench()
        self.venue = FakeVenue(self.bench)
        self.operators = operators_of(self.bench)
        self.ids = 0

    def give(self, role: str = "trader", user: str = "ann", **fields: Any) -> dict[str, Any]:
        self.ids += 1
        return self.give_text(json.dumps({"id": f"c{self.ids}", **fields}), user, role)

    def give_text(self, text: str, user: str = "ann", role: str = "trader") -> dict[str, Any]:
        self.bench.input()
        answer: dict[str, Any] = json.loads(self.operators.handle(text, user, role))
        return answer

    def order(self, answer: dict[str, Any], at: int = 0) -> SpreadOrder:
        return self.bench.desk.orders[answer["orders"][at]["spread_order_id"]]


def operators_of(bench: Bench) -> Operators:
    operators = Operators(bench.desk, len(bench.routes.up))
    for route in range(len(bench.routes.up)):
        operators.venues.names[route] = f"r{route}"
        operators.venues.mics[route] = f"XV0{route}"
        operators.venues.accounts[route] = f"a{route}"
    return operators


def single(**changes: Any) -> dict[str, Any]:
    fields = {"instrument": "XV00.I0", "side": "buy", "quantity": 5, "price": "990", **changes}
    return {key: value for key, value in fields.items() if value is not None}


def test_a_single_order_is_sent_in_the_same_machine_and_ends_complete():
    counter = Counter()
    answer = counter.give(command="single", **single())
    assert answer["accepted"] and answer["reasons"] == []
    [command] = counter.bench.routes.sent
    assert (command.instrument_index, command.side, command.price_ticks, command.quantity_lots) == (0, BUY, 990, 5)
    assert command.time_in_force == DAY
    order = counter.order(answer)
    assert list(counter.bench.desk.ledger.reserved_buy_lots) == [5, 0]
    assert list(counter.bench.desk.ledger.naked_e4) == [0], "one leg alone is a position and not a naked one"
    counter.venue.say(counter.venue.acknowledge(int(command.client_order_id)))
    counter.venue.fills(int(command.client_order_id), 2)
    counter.venue.fills(int(command.client_order_id), 3)
    assert order.state == COMPLETE and not order.reserved
    assert list(counter.bench.desk.ledger.position_lots) == [5, 0]
    assert counter.bench.trigger.position_lots == [0, 0], "no spread's position"
    log = counter.bench.log
    told = (MANUAL_ORDER, RESERVATION, LEG_ORDER, RELEASE, COMMAND_ANSWER)
    [begun] = log.of(MANUAL_ORDER)
    assert (begun["user"], begun["role"], begun["command_id"], begun["spread_index"]) == ("ann", "trader", "c1", -1)
    assert log.of(LEG_ORDER)[0]["reason"] == "by hand: ann (trader)"
    assert [kind for kind, _ in log.records if kind in told] == [
        MANUAL_ORDER,
        RESERVATION,
        LEG_ORDER,
        COMMAND_ANSWER,
        RELEASE,
    ]


def test_a_day_order_waits_for_no_deadline_and_is_cancelled_by_hand():
    counter = Counter()
    answer = counter.give(command="single", **single())
    order = counter.order(answer)
    [sent] = order.leg_orders
    counter.venue.say(counter.venue.acknowledge(int(sent.command.client_order_id)))
    counter.bench.wait(3_600 * 1_000_000_000)
    assert counter.bench.state_name(order) == "working"
    cancelled = counter.give(role="operator", command="cancel", order=int(sent.command.client_order_id))
    assert cancelled["accepted"] and sent.state == LEG_PENDING_CANCEL
    assert counter.bench.routes.cancelled == [sent.command.client_order_id]
    again = counter.give(command="cancel", order=int(order.spread_order_id))
    assert again["reasons"] == [f"order: {sent.command.client_order_id} is being cancelled already"]
    counter.venue.cancels(int(sent.command.client_order_id))
    assert order.state == CANCELLED and not order.reserved
    late = counter.give(command="cancel", order=int(sent.command.client_order_id))
    assert late["reasons"] == [f"order: {sent.command.client_order_id} has ended: cancelled"]
    assert counter.bench.log.of(SPREAD_ORDER)[-1]["reason"] == "cancelled on request, nothing filled"


def test_a_cancel_that_is_lost_again_and_again_is_repeated_with_pauses_as_long_as_the_order_rests():
    counter = Counter()
    [sent] = counter.order(counter.give(command="single", **single())).leg_orders
    number = int(sent.command.client_order_id)
    counter.venue.say(counter.venue.acknowledge(number))
    counter.give(command="cancel", order=number)
    asked_ns: list[int] = [counter.bench.now_ns]
    for _ in range(1_300):
        before = len(counter.bench.routes.cancelled)
        counter.bench.wait(ACKNOWLEDGE_TIMEOUT_NS)
        counter.venue.answers(number)
        if len(counter.bench.routes.cancelled) > before:
            asked_ns.append(counter.bench.now_ns)
    pauses_s = [round((later - earlier) / SECOND, 2) for earlier, later in itertools.pairwise(asked_ns)]
    assert pauses_s == [0.25] * 7 + [1, 2, 4, 8, 16, 32, 64, 64, 64, 64]
    counter.venue.cancels(number)
    assert counter.bench.desk.is_quiet()


@pytest.mark.parametrize("number", [0, 99, 1_000_000_099, 10**18])
def test_a_command_for_an_unknown_order_is_answered_logged_and_harmless(number):
    counter = Counter()
    before = desk_state(counter.bench.desk)
    answer = counter.give(command="cancel", order=number)
    assert not answer["accepted"]
    assert answer["reasons"] == [f"order: {number} is unknown, or has ended long ago"]
    [record] = counter.bench.log.of(COMMAND_ANSWER)
    assert (record["accepted"], record["user"], record["command"]) == (0, "ann", "cancel")
    assert without_answers(desk_state(counter.bench.desk)) == without_answers(before)


def test_an_order_that_ends_by_itself_is_not_cancelled():
    counter = Counter()
    answer = counter.give(command="single", **single(tif="ioc"))
    [sent] = counter.order(answer).leg_orders
    number = sent.command.client_order_id
    for asked in (number, answer["orders"][0]["spread_order_id"]):
        told = counter.give(command="cancel", order=int(asked))
        assert told["reasons"] == [f"order: {number} ends by itself at once; it cannot be cancelled"]
    assert counter.bench.routes.cancelled == []


def told(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what only the first one says."""
    return {key: value for key, value in answer.items() if key not in ("digest", "trading_days")}


def test_the_same_id_gives_the_same_answer_and_sends_nothing_twice():
    counter = Counter()
    text = json.dumps({"command": "single", "id": "once", **single()})
    first = counter.give_text(text)
    assert counter.give_text(text) == told(first)
    assert counter.give_text(text, "bob", "operator") == told(first)
    assert len(counter.bench.routes.sent) == 1
    assert len(counter.bench.log.of(COMMAND_ANSWER)) == 1
    counter.venue.fills_all(int(counter.bench.routes.sent[0].client_order_id))
    assert counter.give_text(text)["orders"][0]["legs"][0]["filled"] == 5, "its orders as they stand now"


def test_refused_commands_push_no_id_out_and_may_be_asked_again():
    counter = Counter()
    text = json.dumps({"command": "single", "id": "once", **single()})
    counter.give_text(text)
    for number in range(300):
        nobody = json.dumps({"command": "lift", "id": f"n{number}", "reason": "x"})
        assert not counter.give_text(nobody, "uid 4711", "")["accepted"]
    assert counter.give_text(text)["accepted"] and len(counter.bench.routes.sent) == 1
    assert list(counter.bench.desk.commands.done) == ["once"]
    counter.bench.routes.up[0] = False
    again = json.dumps({"command": "single", "id": "again", **single(price="980")})
    assert not counter.give_text(again)["accepted"]
    counter.bench.routes.up[0] = True
    assert counter.give_text(again)["accepted"] and len(counter.bench.routes.sent) == 2


def test_an_id_stands_for_one_command():
    counter = Counter()
    counter.give_text(json.dumps({"id": "x", "command": "single", **single()}))
    reason = "id: x was used for another command (single) already"
    for other in ({"command": "cancel_all", "scope": "all"}, {"command": "single", **single(quantity=6)}):
        assert counter.give_text(json.dumps({"id": "x", **other}))["reasons"] == [reason]
    written_otherwise = json.dumps({**single(), "role": "trader", "command": "single", "id": "x"}, indent=1)
    assert counter.give_text(written_otherwise)["accepted"]
    assert len(counter.bench.routes.sent) == 1 and counter.bench.routes.cancelled == []


def test_an_id_is_free_again_when_its_trading_day_is_over_everywhere(monkeypatch: pytest.MonkeyPatch):
    counter = Counter()
    days = [20210105, 20210104]
    for at in (0, 1):
        monkeypatch.setattr(counter.bench.hours[at], "trading_day", lambda utc_ns, at=at: days[at], raising=False)
    text = json.dumps({"command": "single", "id": "once", **single()})
    counter.give_text(text)
    for now, sent in (([20210105, 20210105], 1), ([20210106, 20210105], 1), ([20210106, 20210106], 2)):
        days[:] = now
        counter.give_text(text)
        assert len(counter.bench.routes.sent) == sent


def test_when_a_day_has_no_room_for_ids_left_only_cancels_are_taken(monkeypatch: pytest.MonkeyPatch):
    if not hasattr(command_state.CommandState.has_room, "__code__"):
        pytest.skip("compiled classes cannot be patched")
    counter = Counter()
    counter.give(command="single", **single())
    monkeypatch.setattr(command_state.CommandState, "has_room", lambda self, since_day, is_decision: False)
    reason = "id: too many commands were carried out on this trading day; only cancels are still"
    assert counter.give(command="single", **single())["reasons"] == [reason]
    counter.venue.say(counter.venue.acknowledge(int(counter.bench.routes.sent[0].client_order_id)))
    assert counter.give(command="cancel_all", scope="all")["accepted"]
    assert len(counter.bench.routes.cancelled) == 1
    assert list(counter.bench.desk.commands.done) == ["c1"]
    other = restored(counter, len(counter.bench.log.records))
    assert desk_state(other.bench.desk) == desk_state(counter.bench.desk)


def test_a_command_with_thousands_of_faults_is_told_a_few_of_them():
    counter = Counter()
    fields = {f"f{number}": 1 for number in range(5_000)}
    answer = counter.give(command="single", **fields)
    assert len(answer["reasons"]) == 21
    assert answer["reasons"][0] == "f0: unknown field; expected one of " + ", ".join(ORDER_SHAPES["single"])
    assert answer["reasons"][20] == "more than 20 faults; the others are not told"
    batch = counter.give(command="batch", orders=[{"order": "single", **single(instrument="X.Y")}] * 50)
    assert len(batch["reasons"]) == 21 and len(json.dumps(batch)) < 5_000


def test_every_reason_against_a_single_order_is_told():
    counter = Counter()
    counter.bench.hours[0].open = False
    counter.bench.routes.up[0] = False
    counter.bench.instruments[0].quantity_step_lots = 2
    answer = counter.give(command="single", **single(price="990.5", quantity=5))
    assert answer["reasons"] == [
        "route: r0 is not logged on",
        "price: 990.5; expected a multiple of the tick 1",
        "quantity: 5; expected at least 1, in steps of 2",
        "instrument: XV00.I0 takes no such order in its trading phase",
    ]
    assert counter.bench.routes.sent == [] and counter.bench.log.of(MANUAL_ORDER) == []


def test_names_that_stand_for_nothing_are_told_with_what_there_is():
    counter = Counter()
    assert counter.give(command="single", **single(instrument="X.Y"))["reasons"] == [
        "instrument: X.Y; expected one that this engine trades"
    ]
    assert counter.give(command="single", **single(route="r1"))["reasons"] == ["route: r1; expected one of r0"]
    assert counter.give(command="spread", spread="nope", direction="buy", units=1)["reasons"] == [
        f"spread: nope; expected one of {counter.bench.spread.name}"
    ]
    assert counter.give(command="cancel_all", scope="route", name="r7")["reasons"] == [
        "name: r7; expected one of r0, r1"
    ]


def test_limits_hold_for_persons_always():
    counter = Counter()
    counter.bench.limits.position_lots_max[0] = 4
    assert counter.give(command="single", **single())["reasons"] == ["limit position_lots_max: 5; expected at most 4"]
    counter.bench.limits.position_lots_max[0] = 9
    assert counter.give(command="single", **single())["accepted"]
    assert counter.give(command="single", **single())["reasons"] == ["limit position_lots_max: 10; expected at most 9"]


@pytest.mark.parametrize("role", ["auditor", "operator", "risk_officer", "", "king"])
def test_only_a_trader_sends_orders(role):
    counter = Counter()
    answer = counter.give(role=role, command="single", **single())
    assert answer["reasons"] == [f"role: {role}; single is for trader"]
    assert counter.bench.routes.sent == []


def test_a_batch_is_sent_whole():
    counter = Counter()
    counter.bench.set_quotes((1_002, 1_003), (1_000, 1_001))
    answer = counter.give(
        command="batch",
        orders=[
            {"order": "single", **single()},
            {"order": "single", **single(instrument="XV01.I1", side="sell", price="1010", tif="ioc")},
            {"order": "spread", "spread": counter.bench.spread.name, "direction": "buy", "units": 2},
        ],
    )
    assert answer["accepted"], answer
    assert [(c.instrument_index, c.side, c.quantity_lots) for c in counter.bench.routes.sent] == [
        (0, BUY, 5),
        (1, SELL, 5),
        (0, BUY, 2),
        (1, SELL, 2),
    ]
    assert counter.bench.routes.sent[1].time_in_force == IMMEDIATE_OR_CANCEL


def test_of_a_batch_with_one_wrong_order_nothing_is_sent_and_every_fault_is_told():
    counter = Counter()
    counter.bench.limits.position_lots_max[0] = 9
    answer = counter.give(
        command="batch",
        orders=[
            {"order": "single", **single()},
            {"order": "single", **single()},
            {"order": "single", **single(instrument="X.Y")},
        ],
    )
    assert answer["reasons"] == [
        "orders[2].instrument: X.Y; expected one that this engine trades",
        "orders[1].limit position_lots_max: 10; expected at most 9",
    ]
    assert counter.bench.routes.sent == []
    assert list(counter.bench.desk.ledger.reserved_buy_lots) == [0, 0]
    assert counter.bench.desk.next_spread_order_id == 1


@pytest.mark.parametrize(
    ("counter_of", "most", "reason"),
    [
        (COUNT_OPENED_LOTS, 9, "limit opened_lots_per_day_max: 5; expected at most 9"),
        (COUNT_ORDERS, 1, "limit orders_per_day_max: 1; expected at most 1"),
        (-1, 1, "limit duplicate_orders_max: 2; expected at most 1"),
    ],
)
def test_the_day_counts_the_orders_of_a_batch_beside_each_other(counter_of, most, reason):
    counter = Counter()
    admission = counter.bench.desk.machine.sender.admission
    if counter_of < 0:
        admission.duplicates = DuplicateCheck(most, SECOND)
    else:
        admission.counters.set_limit(0, 0, counter_of, most)
    answer = counter.give(command="batch", orders=[{"order": "single", **single()} for _ in range(2)])
    assert answer["reasons"] == ["orders[1]." + reason]
    assert counter.bench.routes.sent == []
    assert (admission.counters.state(), admission.duplicates.state()) == ([], []), "nothing stays counted"
    assert counter.give(command="single", **single())["accepted"]
    assert counter.give(command="single", **single())["reasons"] == [reason]


def test_a_spread_order_by_hand_needs_no_threshold_and_ends_as_a_spread_position():
    counter = Counter()
    counter.bench.set_quotes((1_002, 1_003), (1_000, 1_001))
    assert counter.bench.routes.sent == [], "the threshold is not crossed"
    answer = counter.give(command="spread", spread=counter.bench.spread.name, direction="buy", units=3)
    order = counter.order(answer)
    for command in list(counter.bench.routes.sent):
        counter.venue.fills_all(int(command.client_order_id))
    assert order.state == COMPLETE
    assert list(counter.bench.trigger.position_lots) == [3, -3]
    closing = counter.give(
        command="spread", spread=counter.bench.spread.name, direction="sell", units=3, action="close"
    )
    assert closing["accepted"], closing
    for command in counter.bench.routes.sent[2:]:
        counter.venue.fills_all(int(command.client_order_id))
    assert list(counter.bench.trigger.position_lots) == [0, 0]


def test_nothing_is_opened_by_hand_beside_what_late_fills_left_naked():
    """6 lots against 3, a third order of 3 still live: the ladder brings that to balance, and nothing else does."""
    counter = Counter()
    order = counter.bench.open()
    first, sold = (int(command.client_order_id) for command in counter.bench.routes.sent)
    counter.venue.fills_all(sold)
    counter.venue.say(Receipt(first, RECEIPT_CANCELLED, STATUS_CANCELLED))
    retry = int(counter.bench.routes.sent[2].client_order_id)
    counter.venue.say(Receipt(retry, RECEIPT_CANCELLED, STATUS_CANCELLED))
    counter.bench.wait(SECOND)
    counter.venue.fills_all(first)
    counter.venue.fills_all(retry)
    assert not is_spread_terminal(order.state) and order.filled[0] >= 6 and order.filled[1] == 3
    assert order.naked_now_e4() == 2 * order.naked_worst_e4 == 60_000_000
    sent = len(counter.bench.routes.sent)
    answer = counter.give(command="spread", spread=counter.bench.spread.name, direction="buy", units=1)
    assert answer["reasons"] == ["units: spread order 1 is not in proportion yet; expected it to end first"]
    assert len(counter.bench.routes.sent) == sent


def test_a_spread_order_takes_the_persons_limits():
    counter = Counter()
    counter.bench.set_quotes((1_002, 1_003), (1_000, 1_001))
    name = counter.bench.spread.name
    wrong = counter.give(command="spread", spread=name, direction="buy", units=1, limits=["1004"])
    assert wrong["reasons"] == ["limits: 1; expected 2, one per leg"]
    counter.give(command="spread", spread=name, direction="buy", units=1, limits=["1004", 999])
    assert [command.price_ticks for command in counter.bench.routes.sent] == [1_004, 999]


def test_a_market_order_is_reserved_at_the_other_sides_price():
    counter = Counter()
    refused = counter.give(command="single", **single(type="market", price=None))
    assert refused["reasons"] == ["type: market, but XV00.I0 has no price on the other side"]
    counter.bench.set_quotes((1_002, 1_003), (1_000, 1_001))
    answer = counter.give(command="single", **single(type="market", price=None))
    [command] = counter.bench.routes.sent
    assert (command.order_type, command.time_in_force) == (MARKET, IMMEDIATE_OR_CANCEL)
    assert counter.order(answer).notional_e4 == 5 * 1_003 * 10_000


@pytest.mark.parametrize(
    ("side", "price", "reason"),
    [
        ("buy", "1999", "limit order_value_max: 99950000; expected at most 99500000"),
        ("sell", "1", "limit order_value_max: 100000000; expected at most 99500000"),
        ("sell", "2050", "limit order_value_max: 102500000; expected at most 99500000"),
        ("buy", "1990", None),
    ],
)
def test_an_order_is_worth_the_most_that_it_may_trade_for(side, price, reason):
    """5 lots; the market is 1998 at 2000 and 9950.0 may be ordered: a sale at 1 brings what the market pays."""
    counter = Counter()
    counter.bench.limits.order_value_e4_max[0] = 5 * 1_990 * 10_000
    counter.bench.set_quotes((1_998, 2_000), (1_999, 2_001))
    answer = counter.give(command="single", **single(side=side, price=price))
    assert answer["reasons"] == ([reason] if reason else [])


def test_a_sale_without_a_market_is_worth_what_the_day_allows():
    counter = Counter()
    counter.bench.limits.order_value_e4_max[0] = 5 * 1_099 * 10_000
    assert counter.give(command="single", **single(side="sell", price="1000"))["accepted"]
    counter.bench.instruments[0].limit_high_ticks = 1_100
    answer = counter.give(command="single", **single(side="sell", price="1000"))
    assert answer["reasons"] == ["limit order_value_max: 55000000; expected at most 54950000"]


def test_an_order_at_nothing_is_refused_where_prices_are_above_nothing():
    counter = Counter()
    assert counter.give(command="single", **single(price="0"))["reasons"] == ["price: 0; expected a price above 0"]
    counter.bench.instruments[0].limit_low_ticks = -50
    assert counter.give(command="single", **single(price="0"))["accepted"], "crude oil has traded below nothing"


def test_a_persons_dearer_limit_is_what_a_leg_is_worth():
    counter = Counter()
    counter.bench.set_quotes((1_002, 1_003), (1_000, 1_001))
    counter.bench.limits.order_value_e4_max[0] = 2 * 1_003 * 10_000
    name = counter.bench.spread.name
    dear = counter.give(command="spread", spread=name, direction="buy", units=2, limits=["1004", "1000"])
    assert dear["reasons"] == ["limit order_value_max: 20080000; expected at most 20060000"]
    assert counter.give(command="spread", spread=name, direction="buy", units=2, limits=["1003", "1000"])["accepted"]


@pytest.mark.parametrize("least", [1, 2])
def test_what_netting_leaves_is_an_order_that_the_venue_takes(least):
    """6 bought and 5 sold leave one lot."""
    counter = Counter()
    counter.bench.instruments[0].quantity_min_lots = least
    bought = {"order": "single", **single(quantity=6, price="1000")}
    sold = {"order": "single", **single(quantity=5, price="999", side="sell")}
    answer = counter.give(command="batch", orders=[bought, sold])
    reason = "orders[0].quantity left by netting: 1; expected at least 2, in steps of 1"
    assert answer["reasons"] == ([reason] if least == 2 else [])
    assert len(counter.bench.routes.sent) == (0 if least == 2 else 1)


def test_cancel_all_takes_what_is_in_its_scope():
    counter = Counter()
    for instrument in ("XV00.I0", "XV01.I1", "XV00.I0"):
        counter.give(command="single", **single(instrument=instrument))
    sent = [int(command.client_order_id) for command in counter.bench.routes.sent]
    counter.give(role="risk_officer", command="cancel_all", scope="route", name="r1")
    assert counter.bench.routes.cancelled == [sent[1]]
    counter.give(role="risk_officer", command="cancel_all", scope="all")
    assert counter.bench.routes.cancelled == [sent[1], sent[0], sent[2]]
    assert counter.give(command="cancel_all", scope="instrument", name="XV00.I0")["result"] == "nothing rested"


def test_a_cancel_for_an_unknown_order_goes_out_when_its_state_is_known():
    counter = Counter()
    answer = counter.give(command="single", **single())
    [sent] = counter.order(answer).leg_orders
    client_order_id = int(sent.command.client_order_id)
    counter.venue.say(counter.venue.acknowledge(client_order_id))
    counter.bench.route(0, False)
    assert sent.state == LEG_UNKNOWN
    assert counter.give(command="cancel", order=client_order_id)["accepted"]
    assert counter.bench.routes.cancelled == []
    counter.bench.route(0, True)
    counter.venue.answers(client_order_id)
    assert counter.bench.routes.cancelled == [client_order_id]


@pytest.mark.slow
@given(st.dictionaries(st.sampled_from(FIELDS), VALUES), st.sampled_from(["trader", "risk_officer", "auditor"]))
@settings(max_examples=100)
def test_no_command_is_an_error(fields, role):
    counter = Counter()
    answer = counter.give(role=role, **fields)
    assert answer["accepted"] == (answer["reasons"] == [])


def without_answers(state: str) -> list[dict[str, Any]]:
    return [{**json.loads(line), "commands": None} for line in state.split("\n")]


def restored(counter: Counter, records: int) -> Counter:
    other = Counter()
    other.bench.log.records = counter.bench.log.records[:records]
    other.bench.log.times = counter.bench.log.times[:records]
    restorer = DeskRestorer(other.bench.desk)
    for seq, (kind, fields) in enumerate(counter.bench.log.records[:records], 1):
        restorer.apply(kind, fields, counter.bench.log.times[seq - 1], seq)
    return other


def test_a_route_may_be_named_by_one_letter_and_one_without_a_name_takes_no_orders():
    counter = Counter()
    counter.operators.venues.names = ["r", ""]
    assert counter.give(command="single", **single(route="r"))["accepted"]
    answer = counter.give(command="single", **single(instrument="XV01.I1"))
    assert answer["reasons"] == ["route: missing; expected one of (none trades it)"]


def test_cancel_all_names_the_spread_orders_that_it_asked_for_and_no_other():
    counter = Counter()
    first = counter.give(command="single", **single())["orders"][0]
    second = counter.give(command="single", **single(instrument="XV01.I1"))["orders"][0]
    number = second["legs"][0]["client_order_id"]
    answer = counter.give(role="risk_officer", command="cancel_all", scope="route", name="r1")
    assert answer["result"] == "cancel requested for 1 at the venues"
    assert [row["spread_order_id"] for row in answer["orders"]] == [second["spread_order_id"]]
    counter.venue.cancels(number)
    both = counter.give(role="risk_officer", command="cancel_all", scope="all")
    assert [row["spread_order_id"] for row in both["orders"]] == [first["spread_order_id"]]


def test_an_engine_that_is_told_to_stop_says_so_and_takes_no_more_orders():
    counter = Counter()
    answer = counter.give(role="operator", command="stop")
    assert (answer["accepted"], answer["result"]) == (True, "stopping: cancel, confirm, balance, end")
    assert counter.bench.desk.stopping
    assert counter.give(command="single", **single())["reasons"] == ["engine: stopping; nothing new is opened"]
