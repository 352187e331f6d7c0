"""The records that operators' commands leave, one function per kind; fields as in `domain.records.RECORD_TABLE`."""

from __future__ import annotations

from mypy_extensions import i64

from cross_market_connect.domain.order import OrderCommand
from cross_market_connect.domain.records import (
    COMMAND_ANSWER,
    MANUAL_ORDER,
    REPLACE_REQUEST,
    RESOLUTION,
    TAKEOVER,
    Payload,
)
from cross_market_connect.domain.step import Step
from cross_market_connect.trading.command_state import Amendment, Proposal
from cross_market_connect.trading.orders import LegOrder, SpreadOrder


def command_answer(
    step: Step, accepted: bool, items: i64, command_id: str, command: str, user: str, role: str, answer: str
) -> i64:
    """What an operator was told."""
    payload = Payload(COMMAND_ANSWER)
    payload.put(1 if accepted else 0)
    payload.put(items)
    payload.put_text(command_id)
    payload.put_text(command)
    payload.put_text(user)
    payload.put_text(role)
    payload.put_text(answer)
    return step.write(payload, step.cause_seq)


def manual_order(
    step: Step, order: SpreadOrder, single: OrderCommand | None, user: str, role: str, command_id: str
) -> i64:
    """A spread order begins because a person asked for it; a single order carries its whole definition."""
    payload = Payload(MANUAL_ORDER)
    payload.put(order.spread_order_id)
    payload.put(order.definition.index)
    payload.put(order.direction)
    payload.put(1 if order.opening else 0)
    if single is None:
        for _ in range(8):
            payload.put(0)
    else:
        payload.put(single.instrument_index)
        payload.put(single.side)
        payload.put(order.definition.legs[0].route)
        payload.put(single.order_type)
        payload.put(single.time_in_force)
        payload.put(single.price_ticks)
        payload.put(single.quantity_lots)
        payload.put(single.offset)
    payload.put_text(user)
    payload.put_text(role)
    payload.put_text(command_id)
    payload.put_text(order.definition.legs[0].account)
    return step.write(payload, step.cause_seq)


def resolution(
    step: Step,
    spread_order_id: i64,
    client_order_id: i64,
    said: Proposal,
    confirmed: bool,
    user: str,
    role: str,
    first_user: str,
) -> i64:
    """A person says how an order ended whose state is unknown; the second one makes it hold."""
    payload = Payload(RESOLUTION)
    payload.put(spread_order_id)
    payload.put(client_order_id)
    payload.put(said.status)
    payload.put(said.filled_lots)
    payload.put(said.price_ticks)
    payload.put(1 if confirmed else 0)
    payload.put_text(user)
    payload.put_text(role)
    payload.put_text(first_user)
    payload.put_text(said.evidence)
    return step.write(payload, step.cause_seq)


def amendment(step: Step, order: SpreadOrder, leg_order: LegOrder, wanted: Amendment) -> i64:
    """An order is to become another one once its cancel is confirmed; no lots: that is over."""
    payload = Payload(REPLACE_REQUEST)
    payload.put(order.spread_order_id)
    payload.put(leg_order.leg)
    payload.put(0)
    payload.put(leg_order.command.client_order_id)
    payload.put(wanted.price_ticks)
    payload.put(wanted.lots)
    payload.put_text(wanted.user)
    payload.put_text(wanted.role)
    payload.put_text(wanted.command_id)
    return step.write(payload, step.cause_seq)


def takeover(
    step: Step, spread_order_id: i64, spread_index: i64, decision: i64, user: str, role: str, reason: str
) -> i64:
    """A person decides about a halted spread order, or enables a spread again (order 0)."""
    payload = Payload(TAKEOVER)
    payload.put(spread_order_id)
    payload.put(spread_index)
    payload.put(decision)
    payload.put_text(user)
    payload.put_text(role)
    payload.put_text(reason)
    return step.write(payload, step.cause_seq)
