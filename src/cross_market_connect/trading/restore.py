"""Applies the decisions of earlier runs to a new desk. It re-applies what was decided; it decides nothing.

Theory of operation. The records of a spread order come in a fixed order: trigger (the order exists), alignment (its
quantities and first prices), reservation (it is open), then leg orders, receipts and states as they happened, release.
What a record does not say is derived as the machine derives it. What no record holds is forgotten on purpose: pauses,
query counts and gate episodes begin anew, and every order that was not confirmed as ended is asked for (`Desk.resume`).
"""

from __future__ import annotations

from typing import final

from mypy_extensions import i64

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.numbers import checked_add, checked_multiply
from cross_market_connect.domain.order import REJECT_BUSY, REJECT_MARKET_CLOSED, REJECT_NONE, OrderCommand
from cross_market_connect.domain.records import (
    ALERT,
    ALIGNMENT,
    BLOCK,
    CANCEL_ONLY,
    CANCEL_REQUEST,
    CANCEL_WAIT,
    COMMAND_ANSWER,
    CONDITIONS,
    DAY_ROLL,
    EXTERNAL_ORDER,
    LADDER_STEP,
    LEG_ORDER,
    LEG_ORDER_STATE,
    MANUAL_ORDER,
    OPERATOR,
    RECEIPT,
    REFUSAL,
    RELEASE,
    REPLACE_REQUEST,
    RESERVATION,
    RESOLUTION,
    RESTART,
    SELF_TRADE,
    SPREAD_ORDER,
    TAKEOVER,
    TRIGGER,
)
from cross_market_connect.domain.spread import (
    HALTED,
    LEG_IDLE,
    LEG_PENDING_NEW,
    LEG_REJECTED,
    REFUSED,
    WORKING,
)
from cross_market_connect.trading.admission import Admission
from cross_market_connect.trading.command_state import Amendment, Proposal
from cross_market_connect.trading.commands import parse_command
from cross_market_connect.trading.desk import Desk
from cross_market_connect.trading.evidence import note_execution, take_fill
from cross_market_connect.trading.moves import note_class
from cross_market_connect.trading.netting import GO_ON
from cross_market_connect.trading.orders import LegOrder, SpreadOrder
from cross_market_connect.trading.proposal import WANTED_NAMES
from cross_market_connect.trading.resuming import begin_again
from cross_market_connect.trading.sending import NOT_IN_PHASE
from cross_market_connect.trading.single import single_order
from cross_market_connect.trading.states import (
    EVENT_ABSENT,
    EVENT_LOCAL_REFUSAL,
    EVENT_NAMES,
    is_leg_terminal,
    is_spread_terminal,
)
from cross_market_connect.trading.takeover import DECIDED_PAUSE, DECIDED_RE_ENABLE, enable, pause, prepare, take_up
from cross_market_connect.trading.trigger import NOT_WANTED

Fields = dict[str, int | str | bytes]


@final
class DeskRestorer:
    """Brings one desk to where the records end."""

    def __init__(self, desk: Desk) -> None:
        self.desk: Desk = desk
        self.proposed: dict[int, SpreadOrder] = {}
        self.wanted: dict[int, int] = {}
        self.receipt_classes: dict[int, int] = {}
        self.by_hand: dict[int, str] = {}
        self.admission: Admission = desk.machine.sender.admission

    def apply(self, kind: i64, fields: Fields, now_ns: i64, seq: i64) -> None:
        """Apply one record; kinds that say nothing about the desk are passed over.

        Raises InvariantError naming a record that contradicts those before it.
        """
        self.desk.step.now_ns = now_ns
        if kind == TRIGGER:
            self._trigger(fields)
        elif kind == ALERT:
            self.desk.step.alerts = number(fields, "alert_id")
        elif kind == RECEIPT:
            self._receipt(fields, seq)
        elif kind == ALIGNMENT or kind == RESERVATION or kind == RELEASE or kind == REFUSAL or kind == SPREAD_ORDER:
            self._spread_order(kind, fields, now_ns, seq)
        elif kind == LEG_ORDER:
            self._leg_order(fields, now_ns, seq)
        elif kind == LEG_ORDER_STATE or kind == CANCEL_REQUEST or kind == CANCEL_WAIT:
            self._leg_order_change(kind, fields, now_ns, seq)
        elif kind == LADDER_STEP:
            self._ladder_step(fields, now_ns, seq)
        elif kind == DAY_ROLL:
            self.admission.counters.begin_day(
                number(fields, "route"), number(fields, "instrument_index"), number(fields, "trading_day")
            )
        elif kind == OPERATOR or kind == COMMAND_ANSWER or kind == MANUAL_ORDER or kind == RESOLUTION:
            self._command(kind, fields)
        elif kind == CONDITIONS:
            self.desk.set_condition(
                number(fields, "instrument_index"), number(fields, "condition"), number(fields, "value")
            )
        elif kind == RESTART:
            begin_again(self.desk)
            self.desk.doubt.begin_epoch(number(fields, "epoch"))
        elif kind == CANCEL_ONLY:
            value = fields["cancel_only"] == 1
            self.desk.safety.apply_cancel_only(value, str_of(fields, "reason"))
            self.desk.machine.cancel_only = value
        elif kind == BLOCK:
            self.desk.safety.apply_block(
                number(fields, "route"),
                number(fields, "instrument_index"),
                number(fields, "blocked"),
                str_of(fields, "reason"),
            )
        else:
            self._apply_rest(kind, fields)

    def _apply_rest(self, kind: i64, fields: Fields) -> None:
        """What people wanted, what others did on our account, and what our own orders did to each other."""
        if kind == REPLACE_REQUEST:
            self.desk.commands.apply_amendment(
                number(fields, "original_client_order_id"),
                Amendment(
                    number(fields, "limit_price_ticks"),
                    number(fields, "quantity_lots"),
                    str_of(fields, "user"),
                    str_of(fields, "role"),
                    str_of(fields, "command_id"),
                ),
            )
        elif kind == EXTERNAL_ORDER:
            self.desk.machine.sender.external.apply(
                number(fields, "route"),
                number(fields, "instrument_index"),
                number(fields, "side"),
                str_of(fields, "venue_order_id"),
                str_of(fields, "execution_id"),
                number(fields, "counted_lots"),
                number(fields, "leaves_lots"),
            )
        elif kind == SELF_TRADE:
            if str_of(fields, "action") == GO_ON:
                self.admission.self_trade(number(fields, "route"), number(fields, "instrument_index"))
        elif kind == TAKEOVER:
            if number(fields, "decision") == DECIDED_RE_ENABLE:
                enable(self.desk, number(fields, "spread_index"))
            elif number(fields, "decision") == DECIDED_PAUSE:
                pause(self.desk, number(fields, "spread_index"), str_of(fields, "user"))

    def _order(self, fields: Fields, seq: i64) -> SpreadOrder:
        order_id = int(number(fields, "spread_order_id"))
        order = self.desk.orders.get(order_id)
        if order is None:
            order = self.proposed.get(order_id)
        if order is None:
            raise InvariantError(f"record {seq} is about spread order {order_id}, which no record has begun")
        return order

    def _trigger(self, fields: Fields) -> None:
        order_id = number(fields, "spread_order_id")
        definition = self.desk.triggers[number(fields, "spread_index")].valuation.definition
        order = SpreadOrder(order_id, definition, number(fields, "direction"), fields["opening"] == 1)
        self.proposed[int(order_id)] = order
        self.wanted[int(order_id)] = WANTED_NAMES.index(str_of(fields, "rule").split(" ")[0])
        self.desk.next_spread_order_id = order_id + 1

    def _command(self, kind: i64, fields: Fields) -> None:
        """What an operator's command left behind."""
        commands = self.desk.commands
        if kind == OPERATOR:
            command = parse_command(str_of(fields, "command"))
            if command.command_id != "" and command.digest != "":
                commands.begun = []
                commands.interrupted = (
                    command.command_id,
                    command.kind,
                    str_of(fields, "user"),
                    str_of(fields, "role"),
                    command.digest,
                )
        elif kind == COMMAND_ANSWER:
            commands.take_answer(str_of(fields, "command_id"), str_of(fields, "answer"))
            commands.answered()
        elif kind == RESOLUTION:
            commands.apply_resolution(
                number(fields, "client_order_id"),
                number(fields, "confirmed") == 1,
                Proposal(
                    str_of(fields, "user"),
                    number(fields, "status"),
                    number(fields, "cumulative_lots"),
                    number(fields, "price_ticks"),
                    str_of(fields, "evidence"),
                ),
            )
        else:
            self._manual_order(fields)

    def _manual_order(self, fields: Fields) -> None:
        """A person's order begins: one of a spread, or a single one with its whole definition."""
        order_id = number(fields, "spread_order_id")
        index = number(fields, "spread_index")
        if index >= 0:
            definition = self.desk.triggers[index].valuation.definition
            order = SpreadOrder(order_id, definition, number(fields, "direction"), fields["opening"] == 1)
        else:
            command = OrderCommand(
                0,
                number(fields, "instrument_index"),
                number(fields, "side"),
                number(fields, "order_type"),
                number(fields, "time_in_force"),
                number(fields, "limit_price_ticks"),
                number(fields, "quantity_lots"),
                number(fields, "open_close"),
            )
            order = single_order(order_id, command, number(fields, "route"), str_of(fields, "account"))
        self.proposed[int(order_id)] = order
        self.wanted[int(order_id)] = int(NOT_WANTED)
        self.desk.next_spread_order_id = order_id + 1
        self.desk.commands.begun.append(int(order_id))
        self.by_hand[int(order_id)] = str_of(fields, "command_id")

    def _spread_order(self, kind: i64, fields: Fields, now_ns: i64, seq: i64) -> None:
        order = self._order(fields, seq)
        order_id = int(order.spread_order_id)
        if kind != RESERVATION and kind != RELEASE:
            order.cause_seq = seq
        if kind == ALIGNMENT:
            valuation = self.desk.triggers[order.definition.index].valuation
            order.targets = numbers(str_of(fields, "quantities"))
            order.limits = numbers(str_of(fields, "limit_prices"))
            order.exact_e9 = numbers(str_of(fields, "exact_lots_e9"))
            for leg in range(len(order.targets)):
                order.sides[leg] = valuation.order_side(leg, order.direction)
        elif kind == RESERVATION:
            self._reservation(order, fields, now_ns)
        elif kind == RELEASE:
            self.desk.ledger.release(order)
        elif kind == SPREAD_ORDER:
            before = number(fields, "state_before")
            order.state = number(fields, "state")
            order.halt_code = number(fields, "halt_code")
            if order.state == REFUSED:
                del self.proposed[order_id]
                del self.wanted[order_id]
            if order.state == WORKING:
                order.created_ns = now_ns
                order.deadline_ns = now_ns + order.definition.deadline_ns
            if is_spread_terminal(before) and before != order.state:
                if before == HALTED:
                    take_up(self.desk, order)
                else:
                    self.desk.reopened(order)
                prepare(order, order.state, now_ns)
            self.desk.settle(order)

    def _reservation(self, order: SpreadOrder, fields: Fields, now_ns: i64) -> None:
        order_id = int(order.spread_order_id)
        order.naked_worst_e4 = number(fields, "naked_worst_e4")
        order.notional_e4 = number(fields, "notional_e4")
        self.desk.ledger.reserve(order)
        if order_id in self.proposed:
            del self.proposed[order_id]
            if order_id in self.by_hand:
                self.desk.commands.end_amendment(self.by_hand.pop(order_id))
            self.desk.opened(order, self.wanted.pop(order_id))

    def _leg_order(self, fields: Fields, now_ns: i64, seq: i64) -> None:
        order = self._order(fields, seq)
        self.desk.doubt.note(number(fields, "client_order_id"))
        command = OrderCommand(
            number(fields, "client_order_id"),
            number(fields, "instrument_index"),
            number(fields, "side"),
            number(fields, "order_type"),
            number(fields, "time_in_force"),
            number(fields, "limit_price_ticks"),
            number(fields, "quantity_lots"),
            number(fields, "open_close"),
        )
        leg_order = LegOrder(
            number(fields, "leg"), number(fields, "route"), number(fields, "role"), number(fields, "attempt"), command
        )
        # Whether its bytes left is not known from here on; a local refusal says so in the next record.
        leg_order.state = LEG_PENDING_NEW
        leg_order.sent_ns = now_ns
        leg_order.sent_utc_ns = number(fields, "decision_utc_ns")
        leg_order.record_seq = seq
        order.note_way(leg_order)
        order.leg_orders.append(leg_order)
        self.admission.restore_order(order, leg_order, now_ns, number(fields, "decision_utc_ns"))
        self.desk.settle(order)

    def _leg(self, fields: Fields, name: str, seq: i64) -> LegOrder:
        client_order_id = int(number(fields, name))
        leg_order = self.desk.leg_orders.get(client_order_id)
        if leg_order is None:
            raise InvariantError(f"record {seq} is about order {client_order_id}, which no record has sent")
        return leg_order

    def _leg_order_change(self, kind: i64, fields: Fields, now_ns: i64, seq: i64) -> None:
        order = self._order(fields, seq)
        if kind == CANCEL_REQUEST:
            cancelled = self._leg(fields, "original_client_order_id", seq)
            cancelled.cancel_id = number(fields, "client_order_id")
            cancelled.cancel_waits_utc_ns = 0
            self.desk.doubt.note(cancelled.cancel_id)
            self.admission.restore_cancel(cancelled, now_ns)
            return
        leg_order = self._leg(fields, "client_order_id", seq)
        if kind == CANCEL_WAIT:
            leg_order.cancel_waits_utc_ns = number(fields, "until_utc_ns")
            return
        leg_order.state = number(fields, "state")
        before = number(fields, "state_before")
        # A late fill of an order that had ended says nothing new about why an order was refused.
        if is_leg_terminal(leg_order.state) and (before == LEG_IDLE or not is_leg_terminal(before)):
            event, _, detail = str_of(fields, "reason").partition(": ")
            reject_class: i64 = REJECT_NONE
            if leg_order.state == LEG_REJECTED:
                reject_class = self.receipt_classes.get(int(leg_order.command.client_order_id), int(REJECT_NONE))
                if event == EVENT_NAMES[EVENT_ABSENT] or event == EVENT_NAMES[EVENT_LOCAL_REFUSAL]:
                    reject_class = REJECT_MARKET_CLOSED if detail == NOT_IN_PHASE else REJECT_BUSY
            note_class(order, leg_order, reject_class)
        self.desk.settle(order)

    def _receipt(self, fields: Fields, seq: i64) -> None:
        if number(fields, "spread_order_id") == 0:
            return
        order = self._order(fields, seq)
        leg_order = self._leg(fields, "client_order_id", seq)
        order.cause_seq = seq
        self.receipt_classes[int(leg_order.command.client_order_id)] = int(number(fields, "reject_class"))
        self.desk.note_refusal(leg_order, number(fields, "reject_class"))
        last_lots = number(fields, "last_lots")
        execution_id = str_of(fields, "execution_id").encode()
        note_execution(leg_order, number(fields, "receipt"), execution_id, last_lots)
        counted = number(fields, "counted_lots")
        if counted == 0:
            return
        leg_order.cumulative_lots += counted
        price = number(fields, "last_ticks")
        value = checked_multiply(price if price != 0 else leg_order.command.price_ticks, counted)
        leg_order.filled_ticks_sum = checked_add(leg_order.filled_ticks_sum, value)
        take_fill(self.desk.ledger, order, leg_order, counted)
        self.desk.hold_position(order, leg_order, counted, price)

    def _ladder_step(self, fields: Fields, now_ns: i64, seq: i64) -> None:
        order = self._order(fields, seq)
        order.cause_seq = seq
        step = number(fields, "step")
        attempt = number(fields, "attempt")
        index: i64 = order.step_index
        ladder = order.definition.ladder
        if index < 0 or ladder[index].step != step or attempt < order.step_attempts:
            index += 1
            while index < len(ladder) and ladder[index].step != step:
                index += 1
            if index >= len(ladder):
                raise InvariantError(f"record {seq}: the ladder of {order.definition.name} has no such step left")
            order.step_index = index
            order.step_started_ns = now_ns
        order.step_attempts = attempt
        order.take_step()


def number(fields: Fields, name: str) -> i64:
    """An integer field."""
    value = fields[name]
    if not isinstance(value, int):
        raise InvariantError(f"{name} is no integer field")
    return value


def str_of(fields: Fields, name: str) -> str:
    """A text field."""
    value = fields[name]
    if not isinstance(value, str):
        raise InvariantError(f"{name} is no text field")
    return value


def numbers(text: str) -> list[i64]:
    """Integers with colons between them."""
    return [i64(int(part)) for part in text.split(":")] if len(text) > 0 else []
