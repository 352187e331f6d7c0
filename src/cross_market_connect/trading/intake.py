"""What the venues say about orders, given to whom it is about: facts first, then the decisions that follow from them.

take_receipts -> leg order -> machine.take_receipt -> positions -> machine.judge, for each; then for each order touched
              -> machine.advance -> (next ladder step, the end ...)
"""

from __future__ import annotations

from mypy_extensions import i64

from cross_market_connect.domain.order import Receipt
from cross_market_connect.trading import alerts
from cross_market_connect.trading.copies import is_news, is_news_unowned
from cross_market_connect.trading.desk import Desk
from cross_market_connect.trading.doubt import may_have_sent
from cross_market_connect.trading.evidence import broker_confirmed, is_unreadable
from cross_market_connect.trading.orders import LegOrder, SpreadOrder
from cross_market_connect.trading.quoting import ended_unasked, unasked_ends
from cross_market_connect.trading.single import is_single
from cross_market_connect.trading.states import is_leg_terminal, is_spread_terminal


def take_receipts(desk: Desk, receipts: list[Receipt]) -> None:
    """What one read brought: all of it is taken in before anything is decided, else a replacement could go out for
    a quantity whose fill lies behind it in the read."""
    touched: list[SpreadOrder] = []
    for receipt in receipts:
        order = _take_receipt(desk, receipt)
        if order is not None and order not in touched:
            touched.append(order)
    for order in touched:
        _go_on(desk, order)
    _clear_way(desk)


def _take_receipt(desk: Desk, receipt: Receipt) -> SpreadOrder | None:
    """Give a receipt to the leg order it is about; the spread order that goes on from it."""
    leg_order = desk.leg_orders.get(int(receipt.client_order_id))
    if receipt.is_copy and not _is_news(desk, receipt, leg_order):
        return None
    if is_unreadable(receipt, leg_order):
        _unreadable(desk, receipt)
        return None
    if leg_order is None:
        _unowned(desk, receipt)
        return None
    order = desk.orders[desk.owner[int(receipt.client_order_id)]]
    desk.note_refusal(leg_order, receipt.reject_class)
    was_over = is_leg_terminal(leg_order.state)
    counted = desk.machine.take_receipt(order, leg_order, receipt)
    desk.hold_position(order, leg_order, counted, receipt.last_ticks)
    if not was_over and ended_unasked(leg_order) and _is_first_taken_off(desk, order):
        # Told before it is decided upon: nobody repeats it when the engine dies between the two.
        alerts.taken_off(desk.step, order)
    if desk.machine.judge(order, leg_order, receipt, counted):
        desk.reopened(order)
    desk.settle(order)  # one that a person has in hand now is open no more for what the read brings next
    desk.reconciliation.take(leg_order, receipt, was_over)
    if desk.machine.sender.netting.is_awaited and is_leg_terminal(leg_order.state):
        desk.machine.sender.netting.is_clear = True
    return order


def _go_on(desk: Desk, order: SpreadOrder) -> None:
    """Decide about an order that receipts have changed; one that ended long ago may have been forgotten since."""
    if int(order.spread_order_id) not in desk.orders:
        return
    desk.machine.advance(order)
    desk.settle(order)
    if order.has_quotes() and is_spread_terminal(order.state):
        # The next clip, or the quote at its new price, waits for no tick.
        desk.evaluate(desk.triggers[order.definition.index])


def _is_news(desk: Desk, copy: Receipt, leg_order: LegOrder | None) -> bool:
    """Whether a copy says something that nobody has said (see `copies`)."""
    if leg_order is None:
        return is_news_unowned(copy, desk.machine.sender)
    return is_news(copy, leg_order, int(copy.client_order_id) in desk.reconciliation.awaited)


def _is_first_taken_off(desk: Desk, order: SpreadOrder) -> bool:
    """Whether the venue begins to take quotes of the spread off by itself: people are told once."""
    if is_single(order) or unasked_ends(order) > 1:
        return False
    return desk.triggers[order.definition.index].taken_off == 0


def _clear_way(desk: Desk) -> None:
    """Once a quote of ours has ended, hedges that waited for it go."""
    if not desk.machine.sender.netting.take_clear():
        return
    for order_id in list(desk.open_ids):
        order = desk.orders[order_id]
        desk.machine.on_way_clear(order)
        desk.settle(order)


def resolve(desk: Desk, number: i64, cumulative_lots: i64, terminal_state: i64, by: str, last_ticks: i64 = 0) -> bool:
    """Evidence from people: the broker confirmed how an order ended. Journalled and counted like a venue's word;
    false when no leg order bears the number.

    Args:
        terminal_state: LEG_FILLED, LEG_CANCELLED, LEG_EXPIRED or LEG_REJECTED.
        by: the two persons who confirmed it.
        last_ticks: the price of what nobody knew to be filled, 0 when it is not known.
    """
    leg_order = desk.leg_orders.get(int(number))
    if leg_order is None:
        return False
    take_receipts(desk, [broker_confirmed(leg_order, cumulative_lots, terminal_state, by, last_ticks)])
    return True


def _unowned(desk: Desk, receipt: Receipt) -> None:
    """A receipt for an order that no record knows: kept, counted, shown, never acted on (see `external`)."""
    is_lost = desk.doubt.is_lost(receipt.client_order_id)
    is_ours = desk.machine.sender.has_used(receipt.client_order_id)
    desk.machine.sender.external.take(receipt, is_ours)
    if not is_lost:
        desk.safety.note_unowned(receipt, is_ours)
        return
    desk.safety.block(receipt.route, receipt.instrument_index, alerts.came_to_light(desk.step, receipt))
    for order_id in list(desk.open_ids):
        order = desk.orders[order_id]
        if may_have_sent(order, receipt):
            desk.machine.lost_an_order(order)
            desk.settle(order)


def _unreadable(desk: Desk, receipt: Receipt) -> None:
    """A receipt that could not be read: the order it names is asked for, or each that it may be about."""
    named = desk.leg_orders.get(int(receipt.client_order_id))
    under_way = [desk.orders[order_id] for order_id in desk.open_ids + desk.halted_ids]
    for asked in desk.reconciliation.unreadable(receipt, named, under_way):
        desk.machine.sender.query(desk.orders[desk.owner[int(asked.command.client_order_id)]], asked)
