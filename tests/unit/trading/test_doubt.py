"""Orders that a power cut took from the log and a venue resends: counted, blocked, a person's; never guessed."""

from __future__ import annotations

import pytest

from cross_market_connect.domain.execution import UNKNOWN_HEDGE_CERTAIN, UNKNOWN_HEDGE_MIDPOINT, Alternative
from cross_market_connect.domain.order import (
    BUY,
    RECEIPT_FILL,
    RECEIPT_REJECTED,
    RECEIPT_TRADE_CANCEL,
    STATUS_FILLED,
    STATUS_NEW,
    STATUS_REJECTED,
    Receipt,
)
from cross_market_connect.domain.records import ALERT, RECEIPT
from cross_market_connect.domain.spread import HALTED, WORKING
from cross_market_connect.trading.doubt import IDS_PER_EPOCH, NO_LEG, Doubt, may_have_sent
from cross_market_connect.trading.intake import take_receipts
from cross_market_connect.trading.orders import SpreadOrder
from cross_market_connect.trading.resuming import resume
from cross_market_connect.trading.safety import key_of
from cross_market_connect.trading.state import desk_state, load_desk_state
from cross_market_connect.trading.states import HALT_LOST_ORDER
from tests.unit.trading.support import SECOND
from tests.unit.trading.test_operators import Counter, restored

LOTS = 2


def restarted() -> tuple[Counter, SpreadOrder]:
    """Both legs are sent, the first is filled; the engine starts again, no session has spoken yet."""
    counter = Counter()
    bench = counter.bench
    order = bench.open()
    counter.venue.fills_all(int(bench.routes.sent[0].client_order_id))
    bench.input()
    bench.desk.machine.sender.begin_epoch(bench.desk.machine.sender.next_client_order_id // IDS_PER_EPOCH + 1)
    bench.desk.doubt.begin([True, True])
    resume(bench.desk)
    assert order.state == WORKING
    return counter, order


def lost(counter: Counter, kind: int = RECEIPT_FILL, status: int = STATUS_FILLED, behind: int = 1) -> Receipt:
    """What a venue says of an order so far behind the last one on record."""
    sent = [int(command.client_order_id) for command in counter.bench.routes.sent]
    receipt = Receipt(max(sent) + behind, kind, status)
    receipt.route, receipt.instrument_index, receipt.side = 1, 1, BUY
    receipt.venue_order_id, receipt.execution_id = b"V9", b"x%d" % behind
    receipt.cumulative_lots = receipt.last_lots = LOTS if kind == RECEIPT_FILL else 0
    receipt.leaves_lots = 0
    return receipt


def tell(counter: Counter, receipt: Receipt) -> None:
    counter.bench.input()
    take_receipts(counter.bench.desk, [receipt])


def test_a_lost_order_counts_once_blocks_and_makes_its_spread_order_a_persons() -> None:
    counter, order = restarted()
    desk = counter.bench.desk
    before = list(desk.ledger.position_lots)
    tell(counter, lost(counter))
    tell(counter, lost(counter))
    assert list(desk.ledger.position_lots) == [before[0], before[1] + LOTS]
    assert desk.safety.is_blocked(1, 1) and not desk.safety.is_blocked(0, 0)
    assert order.state == HALTED and order.halt_code == HALT_LOST_ORDER
    codes = [fields["code"] for fields in counter.bench.log.of(ALERT)]
    assert codes.count("spread_order_halted") == 1 and "lost_order" in codes and "blocked" in codes
    assert len(order.leg_orders) == 2, "nothing is guessed to be its own"


def test_a_lost_order_behind_what_has_made_its_spread_order_a_persons_makes_it_one_once() -> None:
    """Both in one read (seed 551663): the trade of leg 1 is taken back, and an order comes to light."""
    counter, order = restarted()
    bust = Receipt(int(order.leg_orders[0].command.client_order_id), RECEIPT_TRADE_CANCEL, STATUS_NEW)
    bust.cumulative_lots, bust.last_lots, bust.execution_id = 0, 3, b"bust"
    counter.bench.input()
    take_receipts(counter.bench.desk, [bust, lost(counter)])
    assert order.state == HALTED
    codes = [fields["code"] for fields in counter.bench.log.of(ALERT)]
    assert codes.count("spread_order_halted") == 1 and "lost_order" in codes


def test_after_a_restart_nothing_is_sent_before_every_session_of_the_spread_order_has_told_everything() -> None:
    """Leg 1 has ended without a fill, as far as anybody knows; a lost order may have hedged it."""
    counter, order = restarted()
    bench = counter.bench
    counter.venue.cancels(int(bench.routes.sent[1].client_order_id))
    bench.wait(SECOND)
    for route in (0, 1):
        assert len(bench.routes.sent) == 2
        assert bench.desk.doubt.leg_in_doubt(order.definition) == route
        bench.input()
        bench.desk.on_whole(route)
    assert bench.desk.doubt.leg_in_doubt(order.definition) == NO_LEG
    assert [(one.instrument_index, one.quantity_lots) for one in bench.routes.sent[2:]] == [(1, 3)]


def test_one_session_in_doubt_is_enough_to_name_its_leg() -> None:
    order = restarted()[1]
    doubt = Doubt()
    assert doubt.leg_in_doubt(order.definition) == NO_LEG
    doubt.begin_gap(1)
    assert doubt.leg_in_doubt(order.definition) == 1
    doubt.lose(1)
    doubt.begin([True])
    assert doubt.leg_in_doubt(order.definition) == 0


@pytest.mark.parametrize("begins", ["restart", "gap"])
def test_another_way_of_a_leg_must_have_told_everything_too(begins: str) -> None:
    """The order that a power cut took may have gone out by the other account, and have hedged leg 1 there."""
    counter, order = restarted()
    bench = counter.bench
    bench.routes.up.append(False)
    order.definition.execution.legs[1].alternatives.append(Alternative(1, 2, "A2", 1, True))
    if begins == "restart":
        bench.desk.doubt.begin([True, True, True])
    else:
        bench.desk.doubt.begin_gap(2)
    counter.venue.cancels(int(bench.routes.sent[1].client_order_id))
    bench.wait(SECOND)
    for route in (0, 1, 2):
        assert len(bench.routes.sent) == 2
        assert bench.desk.doubt.is_about(order)
        bench.input()
        bench.desk.on_whole(route)
    assert [(one.instrument_index, one.quantity_lots) for one in bench.routes.sent[2:]] == [(1, 3)]


def test_ids_of_the_newest_run_are_never_lost_and_those_of_long_ago_are_not_asked_about() -> None:
    """Each run sent three orders: ids 1 to 3 of its own thousand million."""
    doubt = Doubt()
    for epoch in range(1, 11):
        for number in (1, 2, 3):
            doubt.note(epoch * IDS_PER_EPOCH + number)
    assert [row[0] for row in doubt.state()] == [3, 4, 5, 6, 7, 8, 9, 10]
    assert doubt.is_lost(9 * IDS_PER_EPOCH + 4) and not doubt.is_lost(9 * IDS_PER_EPOCH + 3)
    assert not doubt.is_lost(10 * IDS_PER_EPOCH + 4), "this run's own, and it has not been sent"
    assert doubt.is_lost(2 * IDS_PER_EPOCH + 1) and not doubt.is_lost(1 * IDS_PER_EPOCH + 4)
    again = Doubt()
    again.load(doubt.state())
    assert again.state() == doubt.state() and again.is_lost(9 * IDS_PER_EPOCH + 4)


def test_it_acts_for_nobody_whatever_the_sessions_say_afterwards() -> None:
    counter, order = restarted()
    tell(counter, lost(counter))
    sent = len(counter.bench.routes.sent)
    for route in (0, 1):
        counter.bench.input()
        counter.bench.desk.on_whole(route)
    assert order.state == HALTED and len(counter.bench.routes.sent) == sent


def test_what_is_told_while_another_session_is_silent_is_on_record_at_once() -> None:
    counter, _order = restarted()
    receipt = lost(counter, RECEIPT_REJECTED, STATUS_REJECTED)
    receipt.reject_class = 4
    tell(counter, receipt)
    assert counter.bench.log.of(RECEIPT)[-1]["client_order_id"] == receipt.client_order_id
    assert counter.bench.log.of(RECEIPT)[-1]["reject_class"] == 4


def test_every_restart_afterwards_stands_where_it_stood() -> None:
    counter, _order = restarted()
    tell(counter, lost(counter))
    again = restored(counter, len(counter.bench.log.records)).bench.desk
    assert list(again.ledger.position_lots) == list(counter.bench.desk.ledger.position_lots)
    assert again.safety.blocked.keys() == {key_of(1, 1)}
    assert [again.orders[order_id].state for order_id in again.halted_ids] == [HALTED]
    assert '"last_ids"' in desk_state(again)


def test_an_order_of_this_run_is_not_halted_for_what_an_earlier_one_lost() -> None:
    counter, order = restarted()
    receipt = lost(counter)
    assert may_have_sent(order, receipt)
    for leg_order in order.leg_orders:
        leg_order.command.client_order_id += IDS_PER_EPOCH
    assert not may_have_sent(order, receipt)


def test_an_order_that_stands_in_balance_with_nothing_live_has_ended_without_it() -> None:
    counter, order = restarted()
    counter.venue.fills_all(int(counter.bench.routes.sent[1].client_order_id))
    tell(counter, lost(counter))
    assert order.is_balanced() and order.state != HALTED


def filled_behind_its_end() -> tuple[Counter, SpreadOrder]:
    """The venue says that leg 1 has ended with nothing, which the run before may have heard and traded leg 0 back;
    then that it is filled all the same."""
    counter, order = restarted()
    second = int(counter.bench.routes.sent[1].client_order_id)
    counter.venue.cancels(second)
    counter.venue.fills_all(second)
    assert order.is_balanced() and not order.anything_live() and order.state == WORKING
    return counter, order


def test_an_order_in_balance_by_a_late_fill_may_have_gone_on_before_it() -> None:
    counter, order = filled_behind_its_end()
    tell(counter, lost(counter))
    assert order.state == HALTED and order.halt_code == HALT_LOST_ORDER
    assert len(counter.bench.routes.sent) == 2


@pytest.mark.parametrize("by", ["records", "snapshot"])
def test_a_late_fill_is_known_to_every_run_that_follows(by: str) -> None:
    counter, order = filled_behind_its_end()
    if by == "records":
        other = restored(counter, len(counter.bench.log.records))
    else:
        other = Counter()
        other.bench.log.records = list(counter.bench.log.records)
        other.bench.log.times = list(counter.bench.log.times)
        load_desk_state(other.bench.desk, desk_state(counter.bench.desk))
    assert desk_state(other.bench.desk) == desk_state(counter.bench.desk)
    other.bench.desk.machine.sender.begin_epoch(
        counter.bench.desk.machine.sender.next_client_order_id // IDS_PER_EPOCH + 1
    )
    other.bench.desk.doubt.begin([True, True])
    resume(other.bench.desk)
    tell(other, lost(counter))
    assert other.bench.desk.orders[int(order.spread_order_id)].halt_code == HALT_LOST_ORDER


@pytest.mark.parametrize("policy", [UNKNOWN_HEDGE_CERTAIN, UNKNOWN_HEDGE_MIDPOINT])
def test_an_order_in_balance_may_have_hedged_what_was_unknown(policy: int) -> None:
    """The run before did not know what became of leg 1; where its policy hedges that, the hedge may be the lost one."""
    counter, order = restarted()
    order.definition.execution.unknown_policy = policy
    counter.venue.fills_all(int(counter.bench.routes.sent[1].client_order_id))
    assert order.is_balanced() and not order.anything_live() and order.state == WORKING
    tell(counter, lost(counter))
    assert order.state == HALTED and order.halt_code == HALT_LOST_ORDER


@pytest.mark.parametrize(("route", "instrument", "may"), [(1, 1, True), (0, 0, True), (0, 1, False), (2, 1, False)])
def test_only_the_accounts_and_instruments_of_its_legs_are_meant(route: int, instrument: int, may: bool) -> None:
    counter, order = restarted()
    receipt = lost(counter)
    receipt.route, receipt.instrument_index = route, instrument
    assert may_have_sent(order, receipt) == may


def test_another_way_of_a_leg_is_meant_too() -> None:
    counter, order = restarted()
    receipt = lost(counter)
    receipt.route = 2
    order.definition.execution.legs[1].alternatives.append(Alternative(1, 2, "A2", 1, True))
    assert may_have_sent(order, receipt)


@pytest.mark.parametrize(("is_lost", "sent"), [(False, (1, 3)), (True, (0, 3))])
def test_nothing_is_sent_for_a_spread_order_while_a_session_of_it_is_resent_what_it_missed(
    is_lost: bool, sent: tuple[int, int]
) -> None:
    """What is resent may be the fill of what would be traded. A session that is lost again resends nothing: the ladder
    goes on with what is known, here with the other leg's unwind."""
    counter = Counter()
    bench, desk = counter.bench, counter.bench.desk
    order = bench.open()
    first, second = [int(command.client_order_id) for command in bench.routes.sent]
    bench.input()
    desk.doubt.begin_gap(1)
    counter.venue.fills_all(first)
    counter.venue.cancels(second)
    assert len(bench.routes.sent) == 2
    bench.set_quotes((999, 1000), (1000, 1001))
    assert list(desk.orders) == [int(order.spread_order_id)], "nothing new is opened either"
    if is_lost:
        bench.route(1, up=False)
        assert not desk.doubt.is_about(order)
    else:
        bench.input()
        desk.on_whole(1)
    assert [(command.instrument_index, command.quantity_lots) for command in bench.routes.sent[2:]] == [sent]
