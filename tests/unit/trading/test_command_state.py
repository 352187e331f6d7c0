"""What operators' commands leave behind, that a snapshot holds every field of it, and that a restart knows it."""

import json
from typing import Any

import pytest

from cross_market_connect.domain.records import LEG_ORDER, MANUAL_ORDER
from cross_market_connect.domain.spread import LEG_UNKNOWN
from cross_market_connect.trading.command_state import Amendment, CommandState, Proposal
from cross_market_connect.trading.resuming import resume
from cross_market_connect.trading.state import desk_state, load_desk_state
from tests.unit.trading.test_operators import Counter, restored, single


def answer(days: list[int], **changes: Any) -> str:
    fields = {
        "accepted": True,
        "command": "single",
        "orders": [{"spread_order_id": 7}],
        "reasons": [],
        "result": "sent",
    }
    return json.dumps({**fields, "digest": "d1", "trading_days": days, **changes})


def test_what_was_done_is_kept_until_its_day_is_over_everywhere() -> None:
    """Given when one market was on the 5th already and another on the 4th: over when both are beyond the 5th."""
    state = CommandState()
    state.take_answer("c1", answer([20210104, 20210105]))
    for since, is_known in ((20210104, True), (20210105, True), (20210106, False)):
        assert (state.find("c1", since) is not None) is is_known
    state.take_answer("c2", answer([20210105, 20210106]))
    assert list(state.done) == ["c1", "c2"]
    state.take_answer("c3", answer([20210106, 20210106]))
    assert list(state.done) == ["c2", "c3"]


def test_what_was_refused_is_not_kept_and_pushes_nothing_out() -> None:
    state = CommandState()
    state.take_answer("c1", answer([1, 1]))
    for number in range(3_000):
        state.take_answer(f"n{number}", answer([1, 1], accepted=False, result="refused: nothing was done"))
    assert list(state.done) == ["c1"]


@pytest.mark.slow
def test_a_day_has_room_for_a_number_of_ids_and_orders_leave_some_of_it_to_decisions() -> None:
    state = CommandState()
    for number in range(2_000):
        orders, decisions = number < 1_800, True
        assert (state.has_room(1, False), state.has_room(1, True)) == (orders, decisions)
        state.take_answer(f"c{number}", answer([1, 1]))
    assert not state.has_room(1, True)
    assert state.has_room(2, False), "another day"
    assert len(state.done) == 2_000


def test_a_snapshot_keeps_little_of_a_long_answer() -> None:
    state = CommandState()
    orders = [{"spread_order_id": number, "legs": ["x" * 1_000]} for number in range(50)]
    state.take_answer("c" * 80, answer([1, 1], orders=orders, result="y" * 5_000))
    assert len(json.dumps(state.state())) < 1_000
    assert state.done["c" * 80].order_ids == list(range(50))


def test_an_id_of_a_day_that_is_over_is_kept_anew_once() -> None:
    state = CommandState()
    state.take_answer("c1", answer([1, 1]))
    state.take_answer("c2", answer([1, 1]))
    state.take_answer("c1", answer([1, 2], digest="d2"))
    assert [(name, done.digest) for name, done in state.done.items()] == [("c2", "d1"), ("c1", "d2")]
    loaded = CommandState()
    loaded.load(json.loads(json.dumps(state.state())))
    assert loaded.state() == state.state()


def test_a_snapshot_of_an_earlier_version_is_read_and_what_it_did_is_not_done_again() -> None:
    old = {key: value for key, value in CommandState().state().items() if key != "done"}
    done = {"accepted": True, "command": "single", "orders": [], "reasons": [], "result": "sent"}
    rows = [["c1", json.dumps(done)], ["c2", json.dumps({**done, "accepted": False})]]
    state = CommandState()
    state.load({**old, "answers": rows})
    assert list(state.done) == ["c1"] and state.find("c1", 20210104) is not None


@pytest.mark.parametrize("status, filled, price", [(2, 3, 400), (1, 4, 400), (1, 3, 401)])
def test_a_second_person_says_the_same_only_when_every_fact_is(status: int, filled: int, price: int) -> None:
    said = Proposal("wang", 1, 3, 400, "the broker's statement")
    assert said.says_the_same(Proposal("li", 1, 3, 400, "a call"))
    assert not said.says_the_same(Proposal("li", status, filled, price, "a call"))


def test_a_snapshot_holds_every_field() -> None:
    state = CommandState()
    state.take_answer("c1", answer([1, 2]))
    state.apply_resolution(71, False, Proposal("wang", 1, 3, 400, "statement"))
    state.apply_amendment(72, Amendment(401, 9, "li", "trader", "c2"))
    loaded = CommandState()
    loaded.load(json.loads(json.dumps(state.state())))
    [(name, done)] = loaded.done.items()
    assert (name, done.command, done.digest, done.day, done.accepted) == ("c1", "single", "d1", 2, True)
    assert (done.order_ids, done.text) == ([7], "sent")
    proposal, amendment = loaded.proposals[71], loaded.amendments[72]
    assert (proposal.user, proposal.status, proposal.filled_lots) == ("wang", 1, 3)
    assert (proposal.price_ticks, proposal.evidence) == (400, "statement")
    assert (amendment.price_ticks, amendment.lots, amendment.user) == (401, 9, "li")
    assert (amendment.role, amendment.command_id) == ("trader", "c2")


def test_what_is_confirmed_or_has_ended_is_gone() -> None:
    state = CommandState()
    said = Proposal("wang", 1, 3, 400, "statement")
    state.apply_resolution(71, False, said)
    state.apply_resolution(71, True, said)
    state.apply_resolution(99, True, said)
    state.apply_amendment(72, Amendment(401, 9, "li", "trader", "c2"))
    state.apply_amendment(72, Amendment(401, 0, "li", "trader", "c2"))
    state.apply_amendment(98, Amendment(401, 0, "li", "trader", "c3"))
    state.apply_amendment(73, Amendment(401, 1, "li", "trader", "c4"))
    state.apply_amendment(74, Amendment(401, 1, "li", "trader", "c5"))
    state.end_amendment("c4")
    assert (state.proposals, list(state.amendments)) == ({}, [74])


def traded() -> Counter:
    counter = Counter()
    counter.bench.set_quotes((1_002, 1_003), (1_000, 1_001))
    counter.give(command="single", **single())
    counter.give(command="spread", spread=counter.bench.spread.name, direction="buy", units=3)
    counter.give(command="single", **single(quantity=1))
    counter.give(command="single", **single(quantity=0))
    for command in list(counter.bench.routes.sent)[1:]:
        counter.venue.fills_all(int(command.client_order_id))
    counter.venue.fills(int(counter.bench.routes.sent[0].client_order_id), 2)
    return counter


def test_a_restart_knows_every_order_and_every_answer():
    counter = traded()
    other = restored(counter, len(counter.bench.log.records))
    assert desk_state(other.bench.desk) == desk_state(counter.bench.desk)
    fresh = Counter()
    load_desk_state(fresh.bench.desk, desk_state(counter.bench.desk))
    assert desk_state(fresh.bench.desk) == desk_state(counter.bench.desk)
    text = json.dumps({"command": "single", "id": "c1", **single()})
    assert fresh.give_text(text) == counter.give_text(text) == other.give_text(text)
    assert fresh.bench.routes.sent == []


def test_a_resting_order_by_hand_outlives_a_restart():
    counter = traded()
    other = restored(counter, len(counter.bench.log.records))
    other.bench.routes.sent = list(counter.bench.routes.sent)
    other.bench.input()
    resume(other.bench.desk)
    [order] = [one for one in other.bench.desk.orders.values() if one.spread_order_id == 1]
    assert order.leg_orders[0].state == LEG_UNKNOWN
    other.venue.orders = counter.venue.orders
    other.venue.answers(int(order.leg_orders[0].command.client_order_id))
    other.bench.wait(10**9)
    assert other.bench.state_name(order) == "working" and other.bench.routes.cancelled == []


def test_a_single_order_that_was_never_sent_is_in_a_snapshot_too():
    counter = Counter()
    counter.give(command="single", **single(side="sell", quantity=4, price="1200"))
    kinds = [kind for kind, _ in counter.bench.log.records]
    overtaken = restored(counter, kinds.index(LEG_ORDER))
    overtaken.bench.input()
    resume(overtaken.bench.desk)
    text = desk_state(overtaken.bench.desk)
    [before] = overtaken.bench.desk.orders.values()
    assert before.leg_orders == []
    fresh = Counter()
    load_desk_state(fresh.bench.desk, text)
    [order] = fresh.bench.desk.orders.values()
    assert desk_state(fresh.bench.desk) == text
    assert (list(order.sides), list(order.targets), list(order.limits)) == ([-1], [4], [1200])


def test_a_command_that_a_restart_cut_short_is_answered_with_what_had_begun():
    counter = Counter()
    counter.bench.input()
    text = json.dumps({"command": "single", "id": "cut", **single()})
    operator = {"command": text, "user": "ann", "role": "trader", "reason": ""}
    counter.bench.log.records.append((6, operator))
    counter.bench.log.times.append(counter.bench.now_ns)
    counter.give_text(text)
    kinds = [kind for kind, _ in counter.bench.log.records]
    for cut in range(1, len(kinds)):
        other = restored(counter, cut)
        other.bench.input()
        resume(other.bench.desk)
        other.operators.finish_interrupted()
        answer = other.give_text(text)
        assert not answer["accepted"] and other.bench.routes.sent == []
        begun = "1" if MANUAL_ORDER in kinds[:cut] else "none"
        assert answer["reasons"] == [f"the engine restarted while carrying it out; spread orders begun: {begun}"]


def test_a_command_that_came_again_before_a_restart_was_not_cut_short():
    counter = Counter()
    text = json.dumps({"command": "single", "id": "once", **single()})
    counter.give_text(text)
    operator = {"command": text, "user": "ann", "role": "trader", "reason": ""}
    counter.bench.log.records.append((6, operator))
    counter.bench.log.times.append(counter.bench.now_ns)
    other = restored(counter, len(counter.bench.log.records))
    other.bench.input()
    resume(other.bench.desk)
    other.operators.finish_interrupted()
    assert other.give_text(text)["accepted"] and other.bench.routes.sent == []
