"""A halted order is nobody's but a person's: whatever else trades meanwhile, it is there until it is decided upon."""

from __future__ import annotations

import json

from cross_market_connect.domain.order import REJECT_PRICE
from cross_market_connect.domain.spread import HALTED
from cross_market_connect.trading.desk import ENDED_ORDERS_KEPT
from cross_market_connect.trading.orders import SpreadOrder
from cross_market_connect.trading.resuming import resume
from cross_market_connect.trading.state import desk_state, load_desk_state
from tests.unit.trading.support import SECOND, Bench
from tests.unit.trading.test_operators import Counter, operators_of, restored, single
from tests.unit.trading.test_person_decisions import halted
from tests.unit.trading.test_quoting import QUOTES, quoting
from tests.unit.trading.venue import FakeVenue


def trade_by_hand(counter: Counter, orders: int) -> None:
    """So many orders by hand, each sent and cancelled."""
    for number in range(orders):
        answer = counter.give(command="single", **single(price=str(500 + number % 100)))
        assert answer["accepted"], answer
        sent = int(counter.order(answer).leg_orders[0].command.client_order_id)
        counter.venue.say(counter.venue.acknowledge(sent))
        counter.give(command="cancel", order=sent)
        counter.venue.cancels(sent)
        counter.bench.wait(SECOND)


def halted_quote() -> tuple[Counter, SpreadOrder]:
    """A quote has filled, and its hedge and its unwind were refused: three lots are naked in a person's hands."""
    counter = Counter()
    bench = quoting()
    counter.bench, counter.venue, counter.operators = bench, FakeVenue(bench), operators_of(bench)
    bench.set_quotes(*QUOTES)
    order = bench.desk.orders[1]
    quote = int(bench.routes.sent[0].client_order_id)
    counter.venue.say(counter.venue.acknowledge(quote))
    counter.venue.fills_all(quote)
    for _ in range(80):
        for command in list(bench.routes.sent):
            number = int(command.client_order_id)
            if order.state != HALTED and not counter.venue.order(number).is_over:
                counter.venue.rejects(number, REJECT_PRICE)
        bench.wait(SECOND)
    assert order.state == HALTED and bench.trigger.position_lots == [3, 0]
    return counter, order


def test_a_halted_order_is_known_however_many_others_have_ended():
    counter, order = halted()
    number = int(order.spread_order_id)
    trade_by_hand(counter, ENDED_ORDERS_KEPT + 4)
    desk = counter.bench.desk
    assert desk.halted_ids == [number] and len(desk.ended_ids) == ENDED_ORDERS_KEPT
    text = desk_state(desk)
    fresh = Counter()
    fresh.ids = counter.ids  # the ids of commands go on
    fresh.bench.log.records = list(counter.bench.log.records)
    load_desk_state(fresh.bench.desk, text)
    assert fresh.bench.desk.halted_ids == [number] and desk_state(fresh.bench.desk) == text
    assert desk_state(restored(counter, len(counter.bench.log.records)).bench.desk) == text
    for one in (counter, fresh):
        answer = one.give(role="risk_officer", command="halted", order=number, decision="accept", reason="kept")
        assert answer["accepted"], answer
        assert one.bench.desk.halted_ids == [] and one.bench.trigger.open_orders == 0
        assert list(one.bench.desk.ledger.naked_e4) == [0]


def test_nothing_is_quoted_on_top_of_a_naked_leg_however_long_it_waits():
    counter, order = halted_quote()
    trade_by_hand(counter, ENDED_ORDERS_KEPT + 4)
    bench = counter.bench
    before = len(bench.routes.sent)
    bench.set_quotes(*QUOTES)
    assert len(bench.routes.sent) == before
    fresh = quoting()
    fresh.log.records = list(bench.log.records)
    load_desk_state(fresh.desk, desk_state(bench.desk))
    fresh.input()
    resume(fresh.desk)
    fresh.set_quotes(*QUOTES)
    fresh.wait(SECOND)
    fresh.set_quotes(*QUOTES)
    assert fresh.routes.sent == [] and fresh.desk.orders[1].state == HALTED
    decided = counter.give(command="halted", order=int(order.spread_order_id), decision="unwind", reason="out")
    assert decided["accepted"] and len(bench.routes.sent) == before + 1


def test_a_snapshot_of_the_version_before_has_its_halted_order_among_the_ended_ones():
    counter, order = halted()
    lines = desk_state(counter.bench.desk).split("\n")
    first = json.loads(lines[0])
    first["ended_ids"], first["halted_ids"] = first["halted_ids"], []
    fresh = Bench()
    load_desk_state(fresh.desk, "\n".join([json.dumps(first, sort_keys=True, separators=(",", ":")), *lines[1:]]))
    assert (fresh.desk.halted_ids, fresh.desk.ended_ids) == ([int(order.spread_order_id)], [])
