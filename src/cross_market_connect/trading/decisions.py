"""The trading core's decisions as records: one function per kind, fields as in `domain.records.RECORD_TABLE`."""

from __future__ import annotations

from typing import Final

from librt.strings import BytesWriter
from mypy_extensions import i64, u8

from cross_market_connect.domain.digits import write_int
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.order import Receipt
from cross_market_connect.domain.records import (
    ALIGNMENT,
    CANCEL_REQUEST,
    CANCEL_WAIT,
    GATE,
    LADDER_STEP,
    LEG_ORDER,
    LEG_ORDER_STATE,
    RECEIPT,
    REFUSAL,
    RELEASE,
    RESERVATION,
    SPREAD_ORDER,
    STATUS_REQUEST,
    TRIGGER,
    Payload,
)
from cross_market_connect.domain.spread import STEP_NAMES
from cross_market_connect.domain.step import Step
from cross_market_connect.trading.alignment import Alignment
from cross_market_connect.trading.gates import GATE_NAMES, GateResult
from cross_market_connect.trading.orders import LegOrder, SpreadOrder
from cross_market_connect.trading.reservation import Refusal
from cross_market_connect.trading.states import EVENT_NAMES
from cross_market_connect.trading.trigger import TriggerState
from cross_market_connect.trading.valuation import SpreadValuation


def gate(step: Step, spread_index: i64, direction: i64, result: GateResult, reason: str) -> i64:
    """A gate blocks a wanted action (once per episode)."""
    payload = Payload(GATE)
    payload.put(spread_index)
    payload.put(direction)
    payload.put(result.instrument_index)
    payload.put(result.observed)
    payload.put(result.limit)
    payload.put(1)
    payload.put_text(GATE_NAMES[result.gate])
    payload.put_text(reason)
    return step.write(payload, 0)


def _to_e9(value: float) -> i64:
    return i64(int(value * 1e9))


# Texts are put together here, one at a time.
_TEXT: Final[BytesWriter] = BytesWriter()
_SPACE: Final[u8] = 32
_SLASH: Final[u8] = 47
_COLON: Final[u8] = 58
_TIMES: Final[u8] = 120


def _quotes(valuation: SpreadValuation) -> bytes:
    """Best prices and quantities of every leg: `CCFX.IF2101 5199.8x10/5200.2x10 ...`."""
    text = _TEXT
    text.truncate(0)
    leg: i64 = 0
    while leg < valuation.leg_count:
        book = valuation.books[leg]
        instrument = valuation.instruments[leg]
        if leg > 0:
            text.append(_SPACE)
        text.write(instrument.symbol_bytes)
        text.append(_SPACE)
        instrument.write_price(text, book.best_bid())
        text.append(_TIMES)
        write_int(text, book.bids.quantity_lots[0])
        text.append(_SLASH)
        instrument.write_price(text, book.best_ask())
        text.append(_TIMES)
        write_int(text, book.asks.quantity_lots[0])
        leg += 1
    return text.getvalue()


def _numbers(numbers: list[i64]) -> bytes:
    """One number per leg, with colons between."""
    text = _TEXT
    text.truncate(0)
    for leg in range(len(numbers)):
        if leg > 0:
            text.append(_COLON)
        write_int(text, numbers[leg])
    return text.getvalue()


def trigger(step: Step, order: SpreadOrder, state: TriggerState, value: float, threshold: float, rule: str) -> i64:
    """A trigger fired: its rule, its values, and both legs' quotes."""
    valuation = state.valuation
    oldest: i64 = step.now_ns
    earliest: i64 = step.now_ns
    latest: i64 = 0
    last: i64 = 0
    leg: i64 = 0
    while leg < valuation.leg_count:
        book = valuation.books[leg]
        oldest = min(oldest, book.came_ns())
        earliest = min(earliest, book.event_from_ns())
        latest = max(latest, book.event_until_ns())
        last = leg
        leg += 1
    payload = Payload(TRIGGER)
    payload.put(order.spread_order_id)
    payload.put(order.definition.index)
    payload.put(order.direction)
    payload.put(1 if order.opening else 0)
    payload.put(_to_e9(value))
    payload.put(_to_e9(threshold))
    payload.put(valuation.price_fx_e9(last))
    payload.put(latest - earliest)
    payload.put(step.now_ns - oldest)
    payload.put_text(rule)
    payload.put_bytes(_quotes(valuation))
    return step.write(payload, 0)


def alignment(step: Step, order: SpreadOrder, wanted_lots: i64, result: Alignment) -> i64:
    """The quantities chosen, with the hedge error that is left."""
    payload = Payload(ALIGNMENT)
    payload.put(order.spread_order_id)
    payload.put(wanted_lots)
    payload.put(order.targets[0])
    payload.put(result.hedge_error_e4)
    payload.put(result.tolerance_e4)
    payload.put(result.residual_e9)
    payload.put_bytes(_numbers(order.targets))
    payload.put_bytes(_numbers(order.limits))
    payload.put_bytes(_numbers(order.exact_e9))
    return step.write(payload, order.cause_seq)


def reservation(step: Step, order: SpreadOrder, note: str) -> i64:
    """The worst reachable state is held against the limits."""
    return _reservation(step, order, RESERVATION, note)


def release(step: Step, order: SpreadOrder) -> i64:
    """The reservation is given back."""
    return _reservation(step, order, RELEASE, "")


def _reservation(step: Step, order: SpreadOrder, kind: i64, note: str) -> i64:
    lots: i64 = 0
    for held in order.reserved_lots:
        lots += held
    payload = Payload(kind)
    payload.put(order.spread_order_id)
    payload.put(order.naked_worst_e4)
    payload.put(lots)
    payload.put(order.notional_e4)
    if kind == RESERVATION:
        payload.put_text(note)
    return step.write(payload, order.cause_seq)


def refusal(step: Step, order: SpreadOrder, result: Refusal, reason: str) -> i64:
    """A limit refuses the spread order."""
    payload = Payload(REFUSAL)
    payload.put(order.spread_order_id)
    payload.put(order.definition.index)
    payload.put(result.observed)
    payload.put(result.limit)
    payload.put_text(result.limit_name)
    payload.put_text(reason)
    return step.write(payload, order.cause_seq)


def spread_order(step: Step, order: SpreadOrder, before: i64, reason: str, follow_up: str) -> i64:
    """A spread order changes its state."""
    payload = Payload(SPREAD_ORDER)
    payload.put(order.spread_order_id)
    payload.put(order.definition.index)
    payload.put(before)
    payload.put(order.state)
    payload.put(order.direction)
    payload.put(1 if order.opening else 0)
    payload.put(order.halt_code)
    payload.put_text(order.definition.name)
    payload.put_text(reason)
    payload.put_text(follow_up)
    return step.write(payload, order.cause_seq)


def leg_order(step: Step, order: SpreadOrder, sent: LegOrder, instrument: Instrument, account: str, reason: str) -> i64:
    """A leg order is about to be encoded."""
    command = sent.command
    payload = Payload(LEG_ORDER)
    payload.put(order.spread_order_id)
    payload.put(sent.leg)
    payload.put(command.client_order_id)
    payload.put(command.instrument_index)
    payload.put(command.side)
    payload.put(command.order_type)
    payload.put(command.time_in_force)
    payload.put(command.price_ticks)
    payload.put(command.quantity_lots)
    payload.put(command.offset)
    payload.put(sent.role)
    payload.put(sent.attempt)
    payload.put(sent.route)
    payload.put(step.utc_ns)
    payload.put_text(instrument.venue.mic)
    payload.put_text(instrument.symbol)
    payload.put_text(account)
    payload.put_text(reason)
    return step.write(payload, order.cause_seq)


def leg_order_state(step: Step, order: SpreadOrder, changed: LegOrder, before: i64, event: i64, reason: str) -> i64:
    """A leg order changes its state."""
    payload = Payload(LEG_ORDER_STATE)
    payload.put(order.spread_order_id)
    payload.put(changed.leg)
    payload.put(changed.command.client_order_id)
    payload.put(before)
    payload.put(changed.state)
    payload.put_text(EVENT_NAMES[event] + (": " + reason if len(reason) > 0 else ""))
    return step.write(payload, order.cause_seq)


def cancel_request(step: Step, order: SpreadOrder, cancelled: LegOrder, reason: str) -> i64:
    """A cancel is about to be encoded."""
    payload = Payload(CANCEL_REQUEST)
    payload.put(order.spread_order_id)
    payload.put(cancelled.leg)
    payload.put(cancelled.cancel_id)
    payload.put(cancelled.command.client_order_id)
    payload.put_text(reason)
    return step.write(payload, order.cause_seq)


def cancel_wait(step: Step, order: SpreadOrder, cancelled: LegOrder, reason: str) -> i64:
    """A cancel waits for a trading phase in which the venue takes it."""
    payload = Payload(CANCEL_WAIT)
    payload.put(order.spread_order_id)
    payload.put(cancelled.leg)
    payload.put(cancelled.command.client_order_id)
    payload.put(cancelled.cancel_waits_utc_ns)
    payload.put_text(reason)
    return step.write(payload, order.cause_seq)


def status_request(step: Step, order: SpreadOrder, asked: LegOrder, reason: str) -> i64:
    """A status request is about to be encoded."""
    payload = Payload(STATUS_REQUEST)
    payload.put(order.spread_order_id)
    payload.put(asked.leg)
    payload.put(asked.command.client_order_id)
    payload.put_text(reason)
    return step.write(payload, order.cause_seq)


def receipt(step: Step, order: SpreadOrder, about: LegOrder, said: Receipt, counted_lots: i64) -> i64:
    """A venue's receipt for a leg order, and how many lots of it were new."""
    return unowned_receipt(step, said, order.spread_order_id, about.leg, counted_lots)


def unowned_receipt(step: Step, said: Receipt, spread_order_id: i64, leg: i64, counted_lots: i64) -> i64:
    """A receipt with its owner; spread order 0 when it is none of ours."""
    payload = Payload(RECEIPT)
    payload.put(spread_order_id)
    payload.put(leg)
    payload.put(said.client_order_id)
    payload.put(said.kind)
    payload.put(said.status)
    payload.put(said.last_lots)
    payload.put(said.last_ticks)
    payload.put(said.cumulative_lots)
    payload.put(said.leaves_lots)
    payload.put(said.reject_class)
    payload.put(said.venue_utc_ns)
    payload.put(1 if said.possible_duplicate else 0)
    payload.put(counted_lots)
    payload.put_bytes(said.execution_id)
    payload.put_bytes(said.venue_order_id)
    payload.put_bytes(said.code)
    payload.put_bytes(said.text)
    return step.write(payload, 0)


def ladder_step(step: Step, order: SpreadOrder, taken: i64, attempt: i64, reason: str) -> i64:
    """The next repair step: re-order, unwind or hand-over."""
    deficit: i64 = 0
    behind: i64 = 0
    for leg in range(len(order.targets)):
        lots = order.deficit_lots(leg)
        if lots > deficit:
            deficit = lots
            behind = leg
    payload = Payload(LADDER_STEP)
    payload.put(order.spread_order_id)
    payload.put(behind)
    payload.put(taken)
    payload.put(attempt)
    payload.put(deficit)
    payload.put(order.limits[behind])
    payload.put(0)
    payload.put_text(STEP_NAMES[taken])
    payload.put_text(reason)
    return step.write(payload, order.cause_seq)
