"""Another price or quantity for an order by hand that rests: its cancel, the confirmation, a new order for the rest.

Nothing new is sent before the venue has confirmed how much of the old order filled, so a fill that meets the cancel
makes the new order smaller and never the position larger. What cannot be sent any more by then (a limit, a closed
market, an engine that stops) is not, and a person is told.
"""

from __future__ import annotations

from typing import final

from mypy_extensions import i64

from cross_market_connect.domain.alert import INFO, WARNING
from cross_market_connect.domain.order import LIMIT, OrderCommand
from cross_market_connect.domain.spread import (
    LEG_CANCELLED,
    LEG_EXPIRED,
    LEG_PARTLY_FILLED,
    LEG_STATE_NAMES,
    LEG_WORKING,
)
from cross_market_connect.trading.command_state import Amendment
from cross_market_connect.trading.commands import Command
from cross_market_connect.trading.desk import Desk
from cross_market_connect.trading.manual import ManualOrders, Planned
from cross_market_connect.trading.manual_records import amendment
from cross_market_connect.trading.orders import LegOrder, SpreadOrder
from cross_market_connect.trading.person_decisions import Answer, Caller, find_order
from cross_market_connect.trading.single import is_single
from cross_market_connect.trading.states import is_leg_terminal


@final
class Amending:
    """Carries out amendments."""

    def __init__(self, desk: Desk, manual: ManualOrders) -> None:
        self.desk: Desk = desk
        self.manual: ManualOrders = manual

    def amend(self, command: Command, caller: Caller, answer: Answer) -> None:
        """Request the cancel, and keep what is to come after it."""
        request = command.request
        number = i64(request.number("order", 0))
        order = find_order(self.desk, number, answer)
        if order is None:
            return
        answer.orders.append(order)
        if not is_single(order):
            answer.reasons.append(f"order: {number} belongs to spread order {order.spread_order_id}; cancel that")
            return
        leg_order = order.leg_orders[len(order.leg_orders) - 1]
        old = leg_order.command
        if leg_order.state != LEG_WORKING and leg_order.state != LEG_PARTLY_FILLED:
            answer.reasons.append(f"order: {number} does not rest; it is {LEG_STATE_NAMES[leg_order.state]}")
            return
        instrument = self.desk.instruments[old.instrument_index]
        price = old.price_ticks
        if request.has("price"):
            price = self.manual.price_ticks(request.text("price"), instrument, "price", answer.reasons)
        lots = i64(request.number("quantity", old.quantity_lots))
        self.manual.check_quantity(lots, instrument, "quantity", answer.reasons)
        if lots <= leg_order.cumulative_lots:
            filled = leg_order.cumulative_lots
            answer.reasons.append(f"quantity: {lots}; {filled} have filled already; cancel it instead")
        if price == old.price_ticks and lots == old.quantity_lots:
            answer.reasons.append("price: neither price nor quantity would change")
        if len(answer.reasons) == 0:
            self._check_rest(order, leg_order, price, lots, answer.reasons)
        if len(answer.reasons) > 0:
            return
        wanted = Amendment(price, lots, caller.user, caller.role, command.command_id)
        amendment(self.desk.step, order, leg_order, wanted)
        self.desk.commands.apply_amendment(old.client_order_id, wanted)
        self.desk.machine.sender.cancel(order, leg_order, f"amended by hand: {caller.user} ({caller.role})")
        self.desk.settle(order)
        answer.result = "cancel requested; the new order goes once it is confirmed"

    def _check_rest(self, order: SpreadOrder, leg_order: LegOrder, price: i64, lots: i64, faults: list[str]) -> None:
        """Whether the new order would be sent if the old one ended now: one that would not is no reason to cancel."""
        ledger = self.desk.ledger
        held = order.reserved_lots[0]
        ledger.hold(order, 0, -held)
        self._plan_rest(leg_order, price, lots - leg_order.cumulative_lots, faults)
        ledger.hold(order, 0, held)

    def _plan_rest(self, leg_order: LegOrder, price: i64, left: i64, faults: list[str]) -> Planned:
        """The new order for what is left, with everything that forbids it."""
        old = leg_order.command
        command = OrderCommand(0, old.instrument_index, old.side, LIMIT, old.time_in_force, price, left, old.offset)
        planned = self.manual.planned_single(command, leg_order.route, "")
        self.manual.check_sendable(command, leg_order.route, faults)
        self.manual.admit([planned], faults)
        return planned

    def drop(self, order: SpreadOrder, leg_order: LegOrder) -> bool:
        """Forget what the leg order was to become, on record; false when that was nothing."""
        wanted = self.desk.commands.amendments.get(int(leg_order.command.client_order_id))
        if wanted is None:
            return False
        over = Amendment(0, 0, wanted.user, wanted.role, wanted.command_id)
        amendment(self.desk.step, order, leg_order, over)
        self.desk.commands.apply_amendment(leg_order.command.client_order_id, over)
        return True

    def go_on(self) -> None:
        """Send what was waiting for the end of an order."""
        if len(self.desk.commands.amendments) == 0:
            return
        for client_order_id, wanted in list(self.desk.commands.amendments.items()):
            leg_order = self.desk.leg_orders.get(client_order_id)
            if leg_order is None or not is_leg_terminal(leg_order.state):
                continue
            order = self.desk.orders[self.desk.owner[client_order_id]]
            if self._send_rest(order, leg_order, wanted):
                self.desk.commands.end_amendment(wanted.command_id)
            else:
                self.drop(order, leg_order)

    def _send_rest(self, order: SpreadOrder, leg_order: LegOrder, wanted: Amendment) -> bool:
        """The new order, whose reservation ends the amendment for a restart; false when there is none."""
        left = wanted.lots - leg_order.cumulative_lots
        old = leg_order.command
        if (leg_order.state != LEG_CANCELLED and leg_order.state != LEG_EXPIRED) or left <= 0:
            self._tell(order, INFO, f"order {old.client_order_id} is {LEG_STATE_NAMES[leg_order.state]}: not amended")
            return False
        faults: list[str] = []
        planned = self._plan_rest(leg_order, wanted.price_ticks, left, faults)
        if len(faults) > 0:
            self._tell(order, WARNING, f"order {old.client_order_id} was cancelled and not sent anew: {faults[0]}")
            return False
        self.manual.start(planned, wanted.user, wanted.role, wanted.command_id)
        return True

    def _tell(self, order: SpreadOrder, level: i64, text: str) -> None:
        self.desk.step.alert(level, "amend", order.spread_order_id, text, "改单未完成：" + text)
