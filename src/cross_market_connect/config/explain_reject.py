"""What would happen when a venue refused a leg with a code: worked out by the ladder that the machine climbs.

The walk assumes the worst: the other legs have filled, every re-order is refused with the same code again, no unwind
fills. Prices are told from the leg's first limit and its best opposite quote, since no book is open here.
"""

from __future__ import annotations

import datetime
from typing import Any

from cross_market_connect.config.build import build_instruments
from cross_market_connect.config.build_spread import build_spreads
from cross_market_connect.config.models import Settings
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.execution import BUST_POLICY_NAMES, CLOSED_POLICY_NAMES, UNKNOWN_POLICY_NAMES
from cross_market_connect.domain.numbers import NANOSECONDS_PER_MILLISECOND
from cross_market_connect.domain.order import (
    REJECT_BUSY,
    REJECT_CLASS_NAMES,
    REJECT_DUPLICATE,
    REJECT_MARKET_CLOSED,
    REJECT_OFFSET,
    REJECT_PERMISSION,
    REJECT_QUOTA,
)
from cross_market_connect.domain.spread import (
    STEP_ALTERNATIVE,
    STEP_CARRY,
    STEP_CHASE,
    STEP_CROSS,
    STEP_HALT,
    STEP_NAMES,
    STEP_RETRY,
    STEP_UNWIND,
    LadderStep,
    SpreadDefinition,
)
from cross_market_connect.domain.words import counted
from cross_market_connect.reference.tables import Reference
from cross_market_connect.trading.ladder import (
    PERMITTED,
    Prospects,
    choose_step,
    is_permitted,
    permits_alternative,
    values_of,
    wait_ns,
    worst_deficit_class,
    worst_unwind_class,
)
from cross_market_connect.trading.orders import SpreadOrder
from cross_market_connect.trading.states import HALT_DEADLINE, HALT_LADDER_ENDS, HALT_PERMISSION, HALT_REASONS
from cross_market_connect.venues.fix_broker.rejects import ORD_REJ_REASONS, VENUE_CODES

NOTES = {
    int(REJECT_BUSY): "a refusal that states no quantity leaves the order possibly live: its status is asked for first",
    int(REJECT_DUPLICATE): "the first order with this id may live: its status is asked for, nothing is sent before it",
    int(REJECT_MARKET_CLOSED): "by its hours the market may reopen before the deadline: closed_policy decides",
    int(REJECT_OFFSET): "a close order is sent once more with the other close flag, before any step counts as futile",
    int(REJECT_PERMISSION): "once balanced the spread order is a person's: no later order may do better",
    int(REJECT_QUOTA): "what closes positions goes on",
}


def explain(settings: Settings, reference: Reference, spread: str, leg: str, code: str) -> dict[str, Any]:
    """The answer as one table.

    Args:
        leg: the leg's symbol, or its number counted from 0.
        code: a venue's code, a FIX OrdRejReason (103), or the name of a reject class.

    Raises InputError for a spread, leg or code that is not known.
    """
    names = [one.name for one in settings.spread]
    if spread not in names:
        raise InputError([f"--spread: {spread}; expected one of {', '.join(names)}"])
    model = settings.spread[names.index(spread)]
    symbols = [one.instrument for one in model.leg]
    labels = [str(number) for number in range(len(symbols))]
    if leg not in symbols and leg not in labels:
        raise InputError([f"--leg: {leg}; expected one of {', '.join(symbols)}, or its number from 0"])
    number = symbols.index(leg) if leg in symbols else int(leg)
    day = int((settings.calendar.date or datetime.date.today()).strftime("%Y%m%d"))
    definition = build_spreads(settings, build_instruments(settings, reference, day))[names.index(spread)]
    reject_class = class_of(code)
    steps, end = walk(definition, number, reject_class)
    execution = definition.execution
    return {
        "spread": spread,
        "leg": symbols[number],
        "code": code,
        "class": REJECT_CLASS_NAMES[reject_class],
        "why": PERMITTED[reject_class][3],
        "note": NOTES.get(reject_class, ""),
        "permitted": [STEP_NAMES[step] for step in LISTED if is_permitted(step, reject_class)],
        "cancels_the_other_legs": not is_permitted(STEP_RETRY, reject_class)
        and not is_permitted(STEP_CHASE, reject_class),
        "steps": steps,
        "end": end,
        "deadline_ms": int(definition.deadline_ns // NANOSECONDS_PER_MILLISECOND),
        "owner": execution.owner,
        "unknown_policy": UNKNOWN_POLICY_NAMES[execution.unknown_policy],
        "bust_policy": BUST_POLICY_NAMES[execution.bust_policy],
        "closed_policy": CLOSED_POLICY_NAMES[execution.closed_policy],
    }


LISTED = (STEP_RETRY, STEP_CHASE, STEP_CROSS, STEP_ALTERNATIVE, STEP_UNWIND)


def class_of(code: str) -> int:
    """The reject class of a venue's code, a FIX reason, or a class's own name."""
    if code.encode() in VENUE_CODES:
        return int(VENUE_CODES[code.encode()])
    if code.isdigit() and int(code) in ORD_REJ_REASONS:
        return int(ORD_REJ_REASONS[int(code)])
    if code in REJECT_CLASS_NAMES:
        return REJECT_CLASS_NAMES.index(code)
    known = ", ".join([*sorted(name.decode() for name in VENUE_CODES), *REJECT_CLASS_NAMES])
    raise InputError([f"--code: {code}; expected a FIX OrdRejReason (103), or one of {known}"])


def walk(definition: SpreadDefinition, leg: int, reject_class: int) -> tuple[list[dict[str, Any]], str]:
    """The attempts in their order, and how it ends when none helps."""
    order = SpreadOrder(1, definition, 1, True)
    order.targets = [definition.reference_lots for _ in definition.legs]
    order.sides = [one.side for one in definition.legs]
    order.filled = [0 if number == leg else definition.reference_lots for number in range(len(definition.legs))]
    order.reject_classes[leg] = reject_class
    ways = definition.execution.legs[leg].alternatives
    own = definition.legs[leg].instrument_index
    alternative = any(permits_alternative(reject_class, way.instrument_index != own) for way in ways)
    prospects = Prospects(True, alternative, True)
    steps: list[dict[str, Any]] = []
    now_ns = 0
    while True:
        index = int(choose_step(order, now_ns, prospects))
        if index < 0 or definition.ladder[index].step == STEP_HALT:
            return steps, "a person takes over: " + HALT_REASONS[HALT_LADDER_ENDS][1]
        values = values_of(order, index)
        if values.step == STEP_CARRY:
            return steps, f"carried by {definition.execution.owner}"
        if index != order.step_index:
            order.step_index, order.step_attempts, order.step_started_ns = index, 0, now_ns
        unwinding = values.step == STEP_UNWIND
        cause = worst_unwind_class(order) if unwinding else worst_deficit_class(order)
        wait = 0 if values.step == STEP_ALTERNATIVE else int(wait_ns(cause, order.step_attempts))
        now_ns += wait
        if now_ns >= definition.deadline_ns:
            return steps, "a person takes over: " + HALT_REASONS[HALT_DEADLINE][1]
        order.step_attempts += 1
        steps.append(described(values, int(order.step_attempts), wait, now_ns))
        if unwinding and order.step_attempts >= values.attempts and reject_class == REJECT_PERMISSION:
            return steps, "a person takes over: " + HALT_REASONS[HALT_PERMISSION][1]


def described(values: LadderStep, attempt: int, wait: int, at_ns: int) -> dict[str, Any]:
    """One attempt."""
    return {
        "step": STEP_NAMES[values.step],
        "attempt": attempt,
        "attempts": int(values.attempts),
        "wait_ms": wait // int(NANOSECONDS_PER_MILLISECOND),
        "at_ms": at_ns // int(NANOSECONDS_PER_MILLISECOND),
        "price": price_text(values, attempt),
        "deadline_ms": int(values.deadline_ns // NANOSECONDS_PER_MILLISECOND),
    }


def price_text(values: LadderStep, attempt: int) -> str:
    """The limit price of an attempt, in words and ticks."""
    payup, most = int(values.payup_ticks) * attempt, int(values.slippage_ticks_max)
    if values.step == STEP_RETRY:
        return "the first limit"
    if values.step == STEP_CROSS:
        return f"{counted(most, 'tick')} beyond the first limit"
    if values.step == STEP_UNWIND and attempt >= values.attempts:
        return f"{counted(most, 'tick')} beyond the first limit"
    return f"{counted(payup, 'tick')} through the best opposite price, at most {most} beyond the first limit"


def lines(answer: dict[str, Any]) -> list[str]:
    """The answer as a table of text."""
    result = [
        f"{answer['spread']} {answer['leg']}: {answer['code']} is {answer['class']}: {answer['why']}",
        f"permitted: {', '.join(answer['permitted'])}",
    ]
    if answer["note"]:
        result.append(f"note: {answer['note']}")
    if answer["cancels_the_other_legs"]:
        result.append("what rests on the other legs is cancelled at once")
    result.append(f"{'step':<12} {'attempt':>7} {'wait':>8} {'at':>8} {'step ends':>10}  price")
    for row in answer["steps"]:
        result.append(
            f"{row['step']:<12} {row['attempt']:>3}/{row['attempts']:<3} {row['wait_ms']:>5} ms {row['at_ms']:>5} ms"
            f" {row['deadline_ms']:>7} ms  {row['price']}"
        )
    result.append(f"then: {answer['end']}; at the latest after {answer['deadline_ms']} ms")
    return result
