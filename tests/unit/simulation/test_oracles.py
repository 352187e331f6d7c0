"""Every oracle passes a good history and fails on one that was broken by hand, in the log or in a ledger."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cross_market_connect.domain.execution import UNKNOWN_HOLD, UNKNOWN_PERSON
from cross_market_connect.domain.order import BUY, DAY, LIMIT, STATUS_FILLED, STATUS_REJECTED
from cross_market_connect.domain.records import (
    ALERT,
    LADDER_STEP,
    LEG_ORDER,
    LEG_ORDER_STATE,
    RECEIPT,
    RECORD_TABLE,
    RELEASE,
    RESERVATION,
    RESTART,
    SPREAD_ORDER,
    STATUS_REQUEST,
    TRIGGER,
    Payload,
    decode_payload,
)
from cross_market_connect.domain.spread import (
    HALTED,
    REPAIRING,
    ROLE_INITIAL,
    ROLE_RETRY,
    ROLE_UNWIND,
    STEP_CHASE,
    UNWINDING,
    WORKING,
)
from cross_market_connect.journal.reader import LogReader
from cross_market_connect.matching.orders import ExchangeOrder
from cross_market_connect.simulation import told
from cross_market_connect.simulation.choices import Choices
from cross_market_connect.simulation.history import History
from cross_market_connect.simulation.judged import Parent, Sent
from cross_market_connect.simulation.oracles import Judge
from cross_market_connect.simulation.plan import Plan
from cross_market_connect.simulation.verdicts import everything_ended

Fields = dict[str, Any]
Heard = tuple[int, int, Fields]


def records() -> tuple[History, list[Heard]]:
    """A good history with repairs in it, and what the judge heard."""
    history = History(Plan(Choices(2), "none"))
    history.run()
    assert history.judge.violations == []
    heard = [(int(r.kind), int(r.now_ns), r.fields()) for r in LogReader(history.engine.disk, 1).records()]
    return history, heard


HISTORY, HEARD = records()


def encoded(kind: int, fields: Fields) -> bytes:
    payload = Payload(kind)
    _name, _kind_class, integers, texts = RECORD_TABLE[kind]
    for name in integers:
        payload.put(fields[name])
    for name in texts:
        value = fields[name]
        payload.put_bytes(value if isinstance(value, bytes) else str(value).encode())
    taken: bytes = payload.take()
    return taken


def judged(heard: list[Heard]) -> list[str]:
    """What a judge who hears this says."""
    judge: Judge = HISTORY.plan.shape.judge()
    for seq, (kind, now_ns, fields) in enumerate(heard, 1):
        judge.seq = seq
        judge.record(kind, now_ns, encoded(kind, fields))
    return judge.violations


def first(kind: int, **wanted: Any) -> int:
    """Position of the first record of a kind with these fields."""
    return next(
        at
        for at, (k, _, f) in enumerate(HEARD)
        if k == kind and all(f[name] == value for name, value in wanted.items())
    )


def changed(at: int, **values: Any) -> list[Heard]:
    kind, now_ns, fields = HEARD[at]
    return [*HEARD[:at], (kind, now_ns, {**fields, **values}), *HEARD[at + 1 :]]


def doubled(at: int) -> list[Heard]:
    return [*HEARD[: at + 1], *HEARD[at:]]


def without(at: int) -> list[Heard]:
    return [*HEARD[:at], *HEARD[at + 1 :]]


def test_the_log_that_was_judged_is_judged_the_same_again() -> None:
    assert len(HEARD) > 100 and judged(HEARD) == []
    kind, _, fields = HEARD[first(int(LEG_ORDER))]
    assert decode_payload(kind, encoded(kind, fields)) == fields


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (lambda: doubled(first(int(RESERVATION))), "is reserved twice"),
        (lambda: without(first(int(RESERVATION))), "has no reservation"),
        (lambda: doubled(first(int(RELEASE))), "is released without a reservation"),
        (lambda: doubled(first(int(LEG_ORDER))), "is used twice"),
        (lambda: changed(first(int(LEG_ORDER)), quantity_lots=1_000), "may hold 0 of"),
        (lambda: changed(first(int(LEG_ORDER)), side=-HEARD[first(int(LEG_ORDER))][2]["side"]), "may hold only 0"),
        (lambda: changed(first(int(SPREAD_ORDER)), state_before=int(REPAIRING)), "moves from a state"),
    ],
)
def test_a_log_that_was_broken_is_told(broken: Callable[[], list[Heard]], said: str) -> None:
    violations = judged(broken())
    assert any(said in text for text in violations), violations


def test_a_leg_begun_twice_is_told() -> None:
    at = first(int(LEG_ORDER))
    kind, now_ns, fields = HEARD[at]
    twice = (kind, now_ns, {**fields, "client_order_id": 999_999})
    violations = judged([*HEARD[: at + 1], twice, *HEARD[at + 1 :]])
    assert any("is begun twice" in text for text in violations)
    assert any("may hold" in text for text in violations), "the quantity is under way twice"


def refused_here(at: int) -> Heard:
    """The record that the route of the order at a position was down."""
    _, now_ns, sent = HEARD[at]
    state: Fields = dict.fromkeys(RECORD_TABLE[int(LEG_ORDER_STATE)][2], 0)
    state |= {name: sent[name] for name in ("spread_order_id", "leg", "client_order_id")}
    return int(LEG_ORDER_STATE), now_ns, {**state, "reason": "local_refusal: route down"}


def test_what_never_left_may_be_sent_again_and_is_told_where_it_arrives() -> None:
    at = first(int(LEG_ORDER))
    kind, now_ns, fields = HEARD[at]
    again = (kind, now_ns, {**fields, "client_order_id": 999_999, "role": int(ROLE_RETRY)})
    assert any("may hold" in text for text in judged([*HEARD[: at + 1], again]))
    heard = [*HEARD[: at + 1], refused_here(at)]
    assert judged([*heard, again]) == []
    judge: Judge = HISTORY.plan.shape.judge()
    for seq, (kind, now_ns, fields) in enumerate(heard, 1):
        judge.seq = seq
        judge.record(kind, now_ns, encoded(kind, fields))
    sent = judge.sent[HEARD[at][2]["client_order_id"]]
    arrived = HISTORY.judge.sent[sent.client_order_id].at_venue
    assert arrived is not None
    judge._arrivals(sent.venue, 0, [arrived])
    assert judge.violations == [
        f"order {sent.client_order_id} is at venue {sent.venue}, its record says that it never left"
    ]
    # A power cut that takes the record leaves an order that may live.
    judge.told.forget_after(len(heard) - 1)
    assert not sent.told.ended


def test_a_ladder_that_goes_on_is_told() -> None:
    at = first(int(LEG_ORDER))
    order = HEARD[at][2]["spread_order_id"]
    step: Fields = dict.fromkeys(RECORD_TABLE[int(LADDER_STEP)][2], 0)
    step |= {"spread_order_id": order, "step": int(STEP_CHASE), "event": "", "reason": ""}
    attempts = [(int(LADDER_STEP), HEARD[at][1], step)] * 101
    assert any("chase tried more than" in text for text in judged([*HEARD[: at + 1], *attempts]))


def test_a_halt_without_a_call_and_an_end_after_the_deadline_are_told() -> None:
    at = first(int(LEG_ORDER))
    now_ns, order = HEARD[at][1], HEARD[at][2]["spread_order_id"]
    spread = next(f for k, _, f in HEARD if k == SPREAD_ORDER and f["spread_order_id"] == order)
    halt = {**spread, "state_before": 3, "state": int(HALTED), "reason": "deadline passed"}
    late = now_ns + 60_000_000_000
    violations = judged([*HEARD[: at + 1], (int(SPREAD_ORDER), late, halt)])
    assert any("nobody was called" in text for text in violations)
    assert any("after its deadline" in text for text in violations)
    call: Fields = {"alert_id": 1, "level": 3, "spread_order_id": order, "deadline_ns": 0}
    call |= {"code": "spread_order_halted", "text_en": "", "text_zh": ""}
    assert judged([*HEARD[: at + 1], (int(ALERT), now_ns, call), (int(SPREAD_ORDER), now_ns, halt)]) == []


def held_and_ended(
    policy: int,
    lots_known: bool,
    held_after_ns: int,
    ended_after_ns: int,
    forgetful: bool = False,
    half_read: bool = False,
    hang_ns: tuple[int, int] = (0, 0),
) -> list[str]:
    """What is said of a halt so long after the deadline, when the order was held so long after it.

    Args:
        forgetful: its venues began their sessions anew. half_read: its run had no time to act on what was told.
        hang_ns: begin and end of a hang, from the deadline.
    """
    at = first(int(LEG_ORDER))
    order = HEARD[at][2]["spread_order_id"]
    judge: Judge = HISTORY.plan.shape.judge()
    for seq, (kind, now_ns, fields) in enumerate(HEARD[: at + 1], 1):
        judge.seq = seq
        judge.record(kind, now_ns, encoded(kind, fields))
    parent = judge.parents[order]
    execution = parent.definition.execution
    for sent in parent.sent:
        sent.told.ended, sent.told.half_read = lots_known, half_read
    if forgetful:
        judge.forgetful.update(sent.venue for sent in parent.sent)
    deadline_ns = parent.clock_ns + int(parent.definition.deadline_ns)
    judge.hang(deadline_ns + hang_ns[0], deadline_ns + hang_ns[1])
    call: Fields = {"alert_id": 1, "level": 3, "spread_order_id": order, "deadline_ns": 0, "text_en": "", "text_zh": ""}
    spread = next(f for k, _, f in HEARD if k == SPREAD_ORDER and f["spread_order_id"] == order)
    halt = {**spread, "state_before": parent.state, "state": int(HALTED), "reason": "deadline passed"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(execution, "unknown_policy", policy)
        patch.setattr(execution, "unknown_hold_ns", 2_000_000_000)
        judge.record(int(ALERT), deadline_ns + held_after_ns, encoded(int(ALERT), {**call, "code": "unknown_held"}))
        judge.record(int(ALERT), deadline_ns, encoded(int(ALERT), {**call, "code": "spread_order_halted"}))
        judge.record(int(SPREAD_ORDER), deadline_ns + ended_after_ns, encoded(int(SPREAD_ORDER), halt))
    return judge.violations


def test_an_order_that_is_held_for_evidence_has_the_time_of_the_policy_and_no_more() -> None:
    second = 1_000_000_000
    assert held_and_ended(int(UNKNOWN_HOLD), False, 0, second) == []
    for policy, known, held_after_ns, ended_after_ns in [
        (int(UNKNOWN_PERSON), False, 0, second),
        (int(UNKNOWN_HOLD), True, 0, second),
        (int(UNKNOWN_HOLD), False, second, second),
        (int(UNKNOWN_HOLD), False, 0, 3 * second),
    ]:
        said = held_and_ended(policy, known, held_after_ns, ended_after_ns)
        assert len(said) == 1 and "1000 ms after its deadline" in said[0]


@pytest.mark.parametrize(("asked", "ended"), [(True, False), (True, True), (False, False)])
def test_a_halt_remembers_whether_an_order_that_was_asked_for_had_no_answer(asked: bool, ended: bool) -> None:
    at = first(int(LEG_ORDER))
    now_ns, leg_order = HEARD[at][1], HEARD[at][2]
    judge: Judge = HISTORY.plan.shape.judge()
    for kind, when_ns, fields in HEARD[: at + 1]:
        judge.record(kind, when_ns, encoded(kind, fields))
    parent = judge.parents[leg_order["spread_order_id"]]
    query: Fields = dict.fromkeys(RECORD_TABLE[int(STATUS_REQUEST)][2], 0)
    query |= dict.fromkeys(RECORD_TABLE[int(STATUS_REQUEST)][3], "")
    query["client_order_id"] = leg_order["client_order_id"] if asked else 1
    judge.record(int(STATUS_REQUEST), now_ns, encoded(int(STATUS_REQUEST), query))
    for sent in parent.sent:
        sent.told.ended = ended
    spread = next(f for k, _, f in HEARD if k == SPREAD_ORDER and f["spread_order_id"] == parent.spread_order_id)
    halt = {**spread, "state_before": parent.state, "state": int(HALTED), "reason": "deadline passed"}
    judge.record(int(SPREAD_ORDER), now_ns, encoded(int(SPREAD_ORDER), halt))
    assert parent.unanswered == (asked and not ended)


@pytest.mark.parametrize(
    ("is_told", "status", "is_lie"),
    [
        (True, None, True),
        (True, int(STATUS_FILLED), True),
        (True, int(STATUS_REJECTED), False),
        (False, None, False),
    ],
)
def test_a_refusal_that_was_a_lie_when_it_was_told_is_remembered(
    is_told: bool, status: int | None, is_lie: bool
) -> None:
    """None: the venue has it in hand and its market does not know it yet."""
    at = first(int(RECEIPT))
    judge: Judge = HISTORY.plan.shape.judge()
    for kind, when_ns, fields in HEARD[:at]:
        judge.record(kind, when_ns, encoded(kind, fields))
    sent = judge.sent[HEARD[at][2]["client_order_id"]]
    sent.told.rejected = is_told
    if status is not None:
        sent.at_venue = ExchangeOrder(0, 0, b"1", 0, BUY, LIMIT, DAY, 100, sent.lots)
        sent.at_venue.status = status
    judge.record(*HEARD[at][:2], encoded(*HEARD[at][::2]))
    sent.at_venue = ExchangeOrder(0, 0, b"1", 0, BUY, LIMIT, DAY, 100, sent.lots)
    sent.at_venue.status = int(STATUS_REJECTED)
    judge.record(*HEARD[at][:2], encoded(*HEARD[at][::2]))
    assert sent.order.was_lied_to == is_lie


def test_an_order_whose_end_was_told_in_sessions_that_were_forgotten_or_to_a_run_that_died_may_be_held() -> None:
    second = 1_000_000_000
    assert held_and_ended(int(UNKNOWN_HOLD), True, 0, second, forgetful=True) == []
    assert held_and_ended(int(UNKNOWN_HOLD), True, 0, second, half_read=True) == []


def test_a_process_that_does_nothing_at_a_deadline_meets_it_when_it_goes_on() -> None:
    second = 1_000_000_000
    person = int(UNKNOWN_PERSON)
    assert held_and_ended(person, True, 0, second, hang_ns=(-second, second)) == []
    for hang_ns, late_ms in [((-second, second // 2), 500), ((-second, -1), 1000), ((1, second), 1000)]:
        said = held_and_ended(person, True, 0, second, hang_ns=hang_ns)
        assert len(said) == 1 and f" {late_ms} ms after its deadline" in said[0]


def test_an_order_is_held_from_when_a_process_that_did_nothing_met_its_deadline() -> None:
    second = 1_000_000_000
    hang_ns = (-second, second)
    assert held_and_ended(int(UNKNOWN_HOLD), False, second, 3 * second, hang_ns=hang_ns) == []
    said = held_and_ended(int(UNKNOWN_HOLD), False, second, 4 * second, hang_ns=hang_ns)
    assert len(said) == 1 and "1000 ms after its deadline" in said[0]


def test_what_a_venue_repeats_of_before_it_took_a_trade_back_counts_no_more() -> None:
    at = next(at for at, (kind, _, fields) in enumerate(HEARD) if kind == RECEIPT and fields["counted_lots"] > 0)
    now_ns, receipt = HEARD[at][1:]
    for taken_back, total, said in [(False, 0, True), (True, 0, False), (True, receipt["cumulative_lots"], True)]:
        judge: Judge = HISTORY.plan.shape.judge()
        for kind, when_ns, fields in HEARD[:at]:
            judge.record(kind, when_ns, encoded(kind, fields))
        order = judge.sent[receipt["client_order_id"]].told
        order.taken_back, order.cumulative = taken_back, total
        judge.record(int(RECEIPT), now_ns, encoded(int(RECEIPT), {**receipt, "counted_lots": 0}))
        assert bool(judge.violations) is said, (taken_back, total)


def test_an_order_whose_beginning_a_power_cut_took_need_not_end_unless_it_is_reserved() -> None:
    trigger = first(int(TRIGGER))
    order = HEARD[trigger][2]["spread_order_id"]
    began = first(int(SPREAD_ORDER), spread_order_id=order)
    reserved = first(int(RESERVATION), spread_order_id=order)
    assert trigger < reserved < began
    for kept, said in [(reserved, []), (reserved + 1, [f"spread order {order} is still proposed"])]:
        judge: Judge = HISTORY.plan.shape.judge()
        for seq, (kind, now_ns, fields) in enumerate(HEARD[: began + 1], 1):
            judge.seq = seq
            judge.record(kind, now_ns, encoded(kind, fields))
        assert judge.parents[order].worked
        restart: Fields = dict.fromkeys(RECORD_TABLE[int(RESTART)][2], 0)
        restart |= {**dict.fromkeys(RECORD_TABLE[int(RESTART)][3], ""), "recovered_record": kept}
        judge.record(int(RESTART), HEARD[began][1], encoded(int(RESTART), restart))
        assert list(everything_ended(judge)) == said


def test_an_order_at_a_venue_that_no_record_announced_is_told() -> None:
    judge = HISTORY.plan.shape.judge()
    host = HISTORY.venues[0]
    account = next(client.account for client in host.exchange.settings.clients if client.account)
    judge.look(0, host.exchange, [int(host.exchange.participant(account))], 0)
    assert "without a record" in judge.violations[0]


def test_what_a_resting_order_took_of_a_quote_is_not_offered_any_more() -> None:
    judge = HISTORY.plan.shape.judge()
    exchange = HISTORY.venues[0].exchange
    account = next(client.account for client in exchange.settings.clients if client.account)
    participant = int(exchange.participant(account))
    holding = exchange.ledger.holdings[participant]
    judge.look(0, exchange, [participant], 0)
    judge.carrying.quoted(0, 5, 5)
    judge.look(0, exchange, [participant], 0)
    assert judge.carrying.offered[0][-1] == (5, 5)
    holding.bought_lots[0] += 1
    judge.look(0, exchange, [participant], 0)
    holding.bought_lots[0] -= 1
    assert judge.carrying.offered[0][-1] == (0, 0)


def test_an_order_above_the_naked_limit_is_told_with_its_excess() -> None:
    judge = HISTORY.plan.shape.judge()
    judge.naked_limits_e4 = [1_000_000 for _ in judge.naked_limits_e4]
    for kind, now_ns, fields in HEARD:
        judge.record(kind, now_ns, encoded(kind, fields))
    assert any("above the spread's limit" in text for text in judge.violations)
    assert judge.naked_over_limit > 0


# Leg, side, lots and what is filled of them. Leg 0 holds 7 of its 4 lots, leg 1 holds 2 and is to be traded back.
TOO_MUCH = ((0, 1, 4, 4), (0, 1, 3, 3), (1, -1, 4, 2), (1, 1, 2, 0))
# An unwind of leg 0 has filled 2 lots more than it held; that is to be bought back, and leg 1 traded back.
TURNED_ROUND = ((0, -1, 6, 6), (0, 1, 4, 4), (1, -1, 4, 4), (0, 1, 2, 0), (1, 1, 4, 0))


def said_of_an_unwind(
    late_fills: int, role: int = int(ROLE_UNWIND), orders: tuple[tuple[int, int, int, int], ...] = TOO_MUCH
) -> list[str]:
    """The limit has room for one side of 4."""
    judge: Judge = HISTORY.plan.shape.judge()
    definition = judge.definitions[0]
    parent = Parent(1, definition, 1, True, [4, 4], [1, -1], [100, 100], state=int(UNWINDING))
    values = judge.tick_value_e4
    values[:] = [1 for _ in values]
    judge.naked_limits_e4[int(definition.index)] = 400
    judge.open.append(parent)
    for number, (leg, side, lots, filled) in enumerate(orders):
        order = told.Order(lots)
        order.cumulative, order.ended = filled, filled > 0
        order.late_fills = late_fills if number == 0 else 0
        parent.sent.append(Sent(number, parent, leg, side, lots, 100, role, 0, order))
    judge._judge_exposure(parent, parent.sent[-1])
    return judge.violations


def test_what_came_after_a_stated_end_beyond_the_target_is_no_decision_of_a_repair() -> None:
    assert said_of_an_unwind(1) == []
    assert len(said_of_an_unwind(0)) == 1, "sent beyond the target, with no late fill to excuse it"
    assert len(said_of_an_unwind(1, int(ROLE_INITIAL))) == 1, "what opens has no such room"
    assert said_of_an_unwind(1, orders=TURNED_ROUND) == []
    assert len(said_of_an_unwind(0, orders=TURNED_ROUND)) == 1


def said_of_a_leg_in_its_turn(other_clock_ns: int, late_fills: int) -> list[str]:
    """An order began at 10 and sends its second leg beside another one of 1 lot; the limit has room for the first."""
    judge: Judge = HISTORY.plan.shape.judge()
    definition = judge.definitions[0]
    judge.tick_value_e4[:] = [1 for _ in judge.tick_value_e4]
    judge.naked_limits_e4[int(definition.index)] = 400
    for number, lots, clock_ns in ((1, 1, other_clock_ns), (2, 4, 10)):
        parent = Parent(number, definition, 1, True, [lots, lots], [1, -1], [100, 100], state=int(WORKING))
        parent.began_ns, parent.clock_ns = min(clock_ns, 10) - number, clock_ns
        judge.open.append(parent)
        for leg, side in ((0, 1), (1, -1)):
            order = told.Order(lots)
            order.late_fills = late_fills if number == 1 else 0
            parent.sent.append(Sent(10 * number + leg, parent, leg, side, lots, 100, int(ROLE_INITIAL), 0, order))
    judge._judge_exposure(parent, parent.sent[-1])
    return judge.violations


def test_what_late_fills_opened_again_is_no_decision_of_an_order_that_was_under_way() -> None:
    assert said_of_a_leg_in_its_turn(11, 1) == []
    assert len(said_of_a_leg_in_its_turn(11, 0)) == 1, "opened by a decision"
    assert len(said_of_a_leg_in_its_turn(9, 1)) == 1, "open when the order was reserved"


def test_an_opening_by_a_quote_that_its_venue_sent_too_long_ago_is_told() -> None:
    judge: Judge = HISTORY.plan.shape.judge()
    age_ns_max = int(judge.definitions[0].legs[0].quote_age_ns_max)
    for late_ns, wrong in ((0, False), (age_ns_max + 6_000_000, True)):
        judge = HISTORY.plan.shape.judge()
        judge.quoted_ns = lambda _venue, judge=judge, late_ns=late_ns: judge.now_ns - late_ns  # type: ignore[misc]
        for seq, (kind, now_ns, fields) in enumerate(HEARD, 1):
            judge.seq = seq
            judge.record(kind, now_ns, encoded(kind, fields))
        assert any("opens by a quote of market 0" in text for text in judge.violations) == wrong
