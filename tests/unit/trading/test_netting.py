"""Orders of ours that would trade with each other: refused, netted, or out of a hedge's way within its bound."""

from __future__ import annotations

import pytest

from cross_market_connect.domain.order import BUY, REJECT_BUSY, SELL
from cross_market_connect.domain.records import SELF_TRADE
from cross_market_connect.domain.spread import COMPLETE, LEG_PENDING_CANCEL
from cross_market_connect.trading.counters import COUNT_SELF_TRADES
from cross_market_connect.trading.intake import take_receipts
from cross_market_connect.trading.netting import DEFAULT_WAIT_NS
from cross_market_connect.trading.orders import SpreadOrder
from cross_market_connect.trading.state import desk_state, load_desk_state
from tests.unit.trading.support import MS
from tests.unit.trading.test_operators import Counter, restored, single


def resting(counter: Counter, **changes: object) -> int:
    """A day order by hand that its venue has acknowledged; its client order id."""
    answer = counter.give(command="single", **single(**changes))
    assert answer["accepted"], answer
    number = int(counter.order(answer).leg_orders[0].command.client_order_id)
    counter.venue.say(counter.venue.acknowledge(number))
    return number


def actions(counter: Counter) -> list[str]:
    return [str(row["action"]) for row in counter.bench.log.of(SELF_TRADE)]


@pytest.mark.parametrize(
    ("side", "price", "accepted"),
    [("sell", "990", False), ("sell", "989", False), ("sell", "991", True), ("buy", "995", True)],
)
def test_what_opens_is_refused_while_it_would_trade_with_our_own_resting_order(side, price, accepted):
    counter = Counter()
    number = resting(counter)
    answer = counter.give(command="single", **single(side=side, price=price))
    assert answer["accepted"] == accepted
    if not accepted:
        assert answer["reasons"] == ["self_trade: it would trade with 1 of our own resting orders"]
        assert actions(counter) == ["refused"]
        counter.venue.cancels(number)
        assert counter.give(command="single", **single(side="sell", price="990"))["accepted"]


def test_a_trigger_does_not_trade_with_our_own_order():
    counter = Counter()
    resting(counter, side="sell", price="1000")
    counter.bench.set_quotes((999, 1_000), (1_000, 1_001))
    assert len(counter.bench.routes.sent) == 1
    assert actions(counter) == ["refused"]


def hedge_in_the_way() -> tuple[Counter, SpreadOrder, int]:
    """Leg 1 of a spread is refused while a person's order rests where its hedge would trade."""
    counter = Counter()
    order = counter.bench.open()
    first, second = [int(command.client_order_id) for command in counter.bench.routes.sent]
    quote = resting(counter, instrument="XV01.I1", price="1001", side="buy")
    counter.venue.fills_all(first)
    sent = len(counter.bench.routes.sent)
    counter.venue.rejects(second, REJECT_BUSY)
    assert len(counter.bench.routes.sent) == sent, "the hedge waits"
    assert counter.bench.desk.leg_orders[quote].state == LEG_PENDING_CANCEL
    assert counter.bench.routes.cancelled == [quote]
    return counter, order, quote


def test_a_hedge_outranks_our_own_quote_and_goes_once_it_has_ended():
    counter, order, quote = hedge_in_the_way()
    counter.bench.wait(10 * MS)
    counter.venue.cancels(quote)
    hedge = counter.bench.routes.sent[-1]
    assert (hedge.instrument_index, hedge.side, hedge.quantity_lots) == (1, SELL, 3)
    counter.venue.fills_all(int(hedge.client_order_id))
    assert order.state == COMPLETE
    assert actions(counter) == ["cancel_quote"]
    assert counter.bench.desk.machine.sender.admission.counters.count(1, 1, COUNT_SELF_TRADES) == 0
    other = restored(counter, len(counter.bench.log.records))
    assert other.bench.desk.machine.sender.admission.counters.count(1, 1, COUNT_SELF_TRADES) == 0


def test_a_quote_that_fills_meanwhile_clears_the_way_as_well():
    counter, _, quote = hedge_in_the_way()
    counter.venue.fills_all(quote)
    assert counter.bench.routes.sent[-1].side == SELL


def test_a_hedge_goes_on_by_rule_when_the_quote_does_not_end_in_time():
    counter, _, _ = hedge_in_the_way()
    sent = len(counter.bench.routes.sent)
    counter.bench.wait(DEFAULT_WAIT_NS - 1)
    assert len(counter.bench.routes.sent) == sent
    counter.bench.wait(1)
    assert len(counter.bench.routes.sent) == sent + 1
    assert actions(counter) == ["cancel_quote", "go_on"]
    assert counter.bench.desk.machine.sender.admission.counters.count(1, 1, COUNT_SELF_TRADES) == 1
    other = restored(counter, len(counter.bench.log.records))
    assert other.bench.desk.machine.sender.admission.counters.count(1, 1, COUNT_SELF_TRADES) == 1


def test_a_hedge_that_goes_on_beside_two_quotes_is_counted_for_each_before_and_after_a_restart():
    counter = Counter()
    counter.bench.open()
    first, second = [int(command.client_order_id) for command in counter.bench.routes.sent]
    for price in ("1001", "1002"):
        resting(counter, instrument="XV01.I1", price=price, side="buy")
    counter.venue.fills_all(first)
    counter.venue.rejects(second, REJECT_BUSY)
    counter.bench.wait(DEFAULT_WAIT_NS)
    assert actions(counter) == ["cancel_quote", "cancel_quote", "go_on", "go_on"]
    assert counter.bench.desk.machine.sender.admission.counters.count(1, 1, COUNT_SELF_TRADES) == 2
    other = restored(counter, len(counter.bench.log.records))
    assert other.bench.desk.machine.sender.admission.counters.count(1, 1, COUNT_SELF_TRADES) == 2


def test_a_hedge_that_waited_goes_after_all_that_the_read_brought():
    """The quote's end and a late fill of the leg's ended order arrive together: what the fill brought is not sent."""
    counter = Counter()
    counter.bench.open()
    first, second = [int(command.client_order_id) for command in counter.bench.routes.sent]
    quote = resting(counter, instrument="XV01.I1", price="1001", side="buy")
    counter.venue.fills_all(first)
    counter.venue.cancels(second)
    sent = len(counter.bench.routes.sent)
    assert counter.bench.routes.cancelled == [quote], "the hedge waits"
    counter.bench.input()
    take_receipts(counter.bench.desk, [counter.venue.cancel(quote), counter.venue.fill(second, 1)])
    assert [(c.side, c.quantity_lots) for c in counter.bench.routes.sent[sent:]] == [(SELL, 2)]


def test_an_exit_has_the_way_cleared():
    counter = Counter()
    order = counter.bench.open()
    for command in list(counter.bench.routes.sent):
        counter.venue.fills_all(int(command.client_order_id))
    assert order.state == COMPLETE
    quote = resting(counter, price="1011", side="buy")
    counter.bench.set_quotes((1_011, 1_012), (1_000, 1_001))
    assert counter.bench.routes.cancelled == [quote]
    sent = [(c.instrument_index, c.side) for c in counter.bench.routes.sent[3:]]
    assert sent == [(1, BUY)], "leg 0 waits, leg 1 does not"
    counter.venue.cancels(quote)
    assert [(c.instrument_index, c.side) for c in counter.bench.routes.sent[4:]] == [(0, SELL)]


def test_orders_of_one_batch_are_netted_before_they_are_sent():
    counter = Counter()
    answer = counter.give(
        command="batch",
        orders=[
            {"order": "single", **single(quantity=5, price="1000")},
            {"order": "single", **single(quantity=2, price="999", side="sell")},
            {"order": "single", **single(quantity=1, price="1005", side="sell")},
        ],
    )
    assert answer["result"] == "2 sent; 2 lots were netted against each other and not sent"
    assert [(c.side, c.quantity_lots, c.price_ticks) for c in counter.bench.routes.sent] == [
        (BUY, 3, 1_000),
        (SELL, 1, 1_005),
    ]
    assert counter.order(answer).notional_e4 == 3 * 1_000 * 10_000


def test_what_rests_is_known_after_a_restart():
    counter = Counter()
    resting(counter)
    for other in (restored(counter, len(counter.bench.log.records)), Counter()):
        if not other.bench.desk.orders:
            load_desk_state(other.bench.desk, desk_state(counter.bench.desk))
        other.bench.input()
        assert not other.give(command="single", **{**single(side="sell", price="990"), "id": "new"})["accepted"]
