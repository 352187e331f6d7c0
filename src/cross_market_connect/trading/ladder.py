"""The repair ladder: which step comes next for a leg that is behind, given why it is behind.

`PERMITTED` says per reject class which steps make sense: a step that the class makes futile is skipped, never tried
(a locked limit is not chased). Every step is bounded in attempts and in time; after the last one a person is called.
"""

from __future__ import annotations

from typing import Final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.numbers import NANOSECONDS_PER_MILLISECOND
from cross_market_connect.domain.order import (
    REJECT_BUSY,
    REJECT_CLASS_COUNT,
    REJECT_DUPLICATE,
    REJECT_INSUFFICIENT,
    REJECT_LIMIT_LOCKED,
    REJECT_MARKET_CLOSED,
    REJECT_NONE,
    REJECT_OFFSET,
    REJECT_OTHER,
    REJECT_PERMISSION,
    REJECT_PRICE,
    REJECT_QUOTA,
    REJECT_SIZE,
    REJECT_THROTTLED,
)
from cross_market_connect.domain.spread import STEP_CHASE, STEP_HALT, STEP_RETRY, STEP_UNWIND
from cross_market_connect.trading.orders import SpreadOrder

WAIT_NS_MAX: Final[i64] = 400_000_000
_RETRY: Final[i64] = 1
_CHASE: Final[i64] = 2
_UNWIND: Final[i64] = 4
# An unwind that was refused for this class itself is tried again: nothing else ends the naked leg.
_REPEAT_UNWIND: Final[i64] = 8

# class: (permitted steps, wait before the first attempt in ms, wait before later attempts in ms, why)
PERMITTED: Final[dict[int, tuple[int, int, int, str]]] = {
    REJECT_NONE: (15, 0, 0, "missed the price: the same price may come back, a better one may be needed"),
    REJECT_PRICE: (14, 0, 0, "the same price is refused again: only a new price can help"),
    REJECT_THROTTLED: (15, 200, 200, "the venue's window must pass first"),
    REJECT_MARKET_CLOSED: (
        12,
        100,
        100,
        "nothing is accepted on this leg: trade the other back, or wait for a reopening",
    ),
    REJECT_INSUFFICIENT: (12, 100, 100, "funds, position or borrow are missing: no price cures it"),
    REJECT_OFFSET: (4, 0, 5, "today/yesterday mismatch: the same order fails again"),
    REJECT_QUOTA: (12, 100, 100, "quota is gone for the session; exits go on"),
    REJECT_DUPLICATE: (0, 0, 5, "the first order may live: only a status answer decides"),
    REJECT_PERMISSION: (4, 0, 5, "the account may not trade this: trade the other back"),
    REJECT_BUSY: (15, 0, 5, "the venue was busy: try again shortly"),
    REJECT_LIMIT_LOCKED: (12, 100, 100, "locked at the limit: no chase; it may unlock"),
    REJECT_SIZE: (4, 0, 5, "the quantity is refused: the same fails again"),
    REJECT_OTHER: (15, 0, 5, "unclassified: one polite retry, then on"),
}


_STEPS_BY_CLASS: Final[vec[i64]] = vec[i64]([PERMITTED[row][0] for row in range(int(REJECT_CLASS_COUNT))])
_FIRST_WAIT_MS: Final[vec[i64]] = vec[i64]([PERMITTED[row][1] for row in range(int(REJECT_CLASS_COUNT))])
_LATER_WAIT_MS: Final[vec[i64]] = vec[i64]([PERMITTED[row][2] for row in range(int(REJECT_CLASS_COUNT))])


def is_permitted(step: i64, reject_class: i64) -> bool:
    """Whether the step can do anything about a leg refused for this class."""
    allowed = _STEPS_BY_CLASS[reject_class]
    if step == STEP_RETRY:
        return allowed & _RETRY != 0
    if step == STEP_CHASE:
        return allowed & _CHASE != 0
    return step == STEP_UNWIND or step == STEP_HALT


def wait_ns(reject_class: i64, attempt: i64) -> i64:
    """Pause before the attempt (0 is the step's first): the class's own, doubled per later attempt up to WAIT_NS_MAX.

    The bound keeps a naked leg from waiting out its deadline.
    """
    if attempt == 0:
        return _FIRST_WAIT_MS[reject_class] * NANOSECONDS_PER_MILLISECOND
    doublings = attempt - 1 if attempt < 7 else 6
    wait = (_LATER_WAIT_MS[reject_class] * NANOSECONDS_PER_MILLISECOND) << doublings
    return wait if wait < WAIT_NS_MAX else WAIT_NS_MAX


def _worse(reject_class: i64, than: i64) -> bool:
    """Whether the class permits less than the other, or the same after a longer wait."""
    if _STEPS_BY_CLASS[reject_class] != _STEPS_BY_CLASS[than]:
        return _STEPS_BY_CLASS[reject_class] < _STEPS_BY_CLASS[than]
    if _FIRST_WAIT_MS[reject_class] != _FIRST_WAIT_MS[than]:
        return _FIRST_WAIT_MS[reject_class] > _FIRST_WAIT_MS[than]
    return than == REJECT_NONE


def worst_deficit_class(order: SpreadOrder) -> i64:
    """Reject class that decides re-orders: the worst of the legs that are behind."""
    worst: i64 = REJECT_NONE
    for leg in range(len(order.filled)):
        if order.deficit_lots(leg) > 0 and _worse(order.reject_classes[leg], worst):
            worst = order.reject_classes[leg]
    return worst


def worst_unwind_class(order: SpreadOrder) -> i64:
    """Reject class that decides the unwind: the worst refusal of the unwinds sent. A refused buy forbids no sale."""
    worst: i64 = REJECT_NONE
    for leg in range(len(order.filled)):
        if order.excess_lots(leg) != 0 and _worse(order.unwind_classes[leg], worst):
            worst = order.unwind_classes[leg]
    return worst


def choose_step(order: SpreadOrder, now_ns: i64, routes_up: bool) -> i64:
    """Index of the ladder step for the next attempt, or -1 when none is left.

    Steps already left are never returned to. The current step goes on while it has attempts and time.

    Args:
        routes_up: whether the routes of the legs that are behind take orders; re-orders are futile when not.
    """
    ladder = order.definition.ladder
    index: i64 = order.step_index
    if index >= 0:
        current = ladder[index]
        # Behind an unwind is only the hand-over: it is left when its attempts or the spread order's time are used up.
        in_time = now_ns - order.step_started_ns < current.deadline_ns or current.step == STEP_UNWIND
        if order.step_attempts < current.attempts and in_time and _is_possible(order, current.step, routes_up):
            return index
    index += 1
    while index < len(ladder):
        if _is_possible(order, ladder[index].step, routes_up):
            return index
        index += 1
    return -1


def _is_possible(order: SpreadOrder, step: i64, routes_up: bool) -> bool:
    """Whether the step has something to send, and no refusal so far says that it fails again."""
    if step == STEP_HALT:
        return True
    if step == STEP_UNWIND:
        for leg in range(len(order.filled)):
            if order.excess_lots(leg) != 0:
                return _STEPS_BY_CLASS[worst_unwind_class(order)] & _REPEAT_UNWIND != 0
        return False
    for leg in range(len(order.filled)):
        if order.deficit_lots(leg) > 0:
            return routes_up and is_permitted(step, worst_deficit_class(order))
    return False
