"""The repair ladder: which step comes next for a leg that is behind, given why it is behind.

`PERMITTED` says per reject class which steps make sense: a step that the class makes futile is skipped, never tried
(a locked limit is not chased). Every step is bounded in attempts and in time; after the last one a person is called.

    retry same price -> chase by payup ticks -> cross within the slippage limit -> alternative (another account, gateway
    or instrument) -> unwind the filled leg -> carry with a named owner | halt and alert
"""

from __future__ import annotations

from typing import Final, final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.numbers import NANOSECONDS_PER_MILLISECOND, doubled
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
from cross_market_connect.domain.spread import (
    STEP_ALTERNATIVE,
    STEP_CARRY,
    STEP_CHASE,
    STEP_CROSS,
    STEP_HALT,
    STEP_RETRY,
    STEP_UNWIND,
    LadderStep,
)
from cross_market_connect.trading.orders import SpreadOrder

WAIT_NS_MAX: Final[i64] = 400_000_000
_RETRY: Final[i64] = 1
_CHASE: Final[i64] = 2
_UNWIND: Final[i64] = 4
# An unwind that was refused for this class itself is tried again: nothing else ends the naked leg.
_REPEAT_UNWIND: Final[i64] = 8
_CROSS: Final[i64] = 16
# Another account or gateway for the same instrument, and a substitute instrument.
_ROUTE: Final[i64] = 32
_SUBSTITUTE: Final[i64] = 64
# What the severity of a class is judged by.
_JUDGED: Final[i64] = 15

# class: (permitted steps, wait before the first attempt in ms, wait before later attempts in ms, why)
PERMITTED: Final[dict[int, tuple[int, int, int, str]]] = {
    REJECT_NONE: (127, 0, 0, "missed the price: the same price may come back, a better one may be needed"),
    REJECT_PRICE: (126, 0, 0, "the same price is refused again: only a new price can help"),
    REJECT_THROTTLED: (127, 200, 200, "the venue's window must pass first"),
    REJECT_MARKET_CLOSED: (
        76,
        100,
        100,
        "nothing is accepted on this leg: trade the other back, or wait for a reopening",
    ),
    REJECT_INSUFFICIENT: (108, 100, 100, "funds, position or borrow are missing: no price cures it"),
    REJECT_OFFSET: (100, 0, 5, "today/yesterday mismatch: the other close flag is tried once, then nothing helps"),
    REJECT_QUOTA: (108, 100, 100, "quota is gone for the session; exits go on"),
    REJECT_DUPLICATE: (0, 0, 5, "the first order may live: only a status answer decides"),
    REJECT_PERMISSION: (100, 0, 5, "the account may not trade this: trade the other back, then a person"),
    REJECT_BUSY: (127, 0, 5, "the venue was busy: try again shortly"),
    REJECT_LIMIT_LOCKED: (76, 100, 100, "locked at the limit: no chase; it may unlock"),
    REJECT_SIZE: (4, 0, 5, "the quantity is refused: the same fails again"),
    REJECT_OTHER: (127, 0, 5, "unclassified: one polite retry, then on"),
}


_STEPS_BY_CLASS: Final[vec[i64]] = vec[i64]([PERMITTED[row][0] for row in range(int(REJECT_CLASS_COUNT))])
_FIRST_WAIT_MS: Final[vec[i64]] = vec[i64]([PERMITTED[row][1] for row in range(int(REJECT_CLASS_COUNT))])
_LATER_WAIT_MS: Final[vec[i64]] = vec[i64]([PERMITTED[row][2] for row in range(int(REJECT_CLASS_COUNT))])


@final
class Prospects:
    """What the world allows around an order at one moment, looked up before a step is chosen.

    Attributes:
        re_orders: the routes of the legs that are behind take orders, and their markets are open.
        alternative: a leg that is behind has another way that its class permits and whose route is up.
        unwind: what is ahead can be traded back: not known to be impossible.
        stuck: legs that are ahead and cannot be traded back: sold tomorrow only, closed for too long.
    """

    def __init__(self, re_orders: bool, alternative: bool, unwind: bool) -> None:
        self.re_orders: bool = re_orders
        self.alternative: bool = alternative
        self.unwind: bool = unwind
        self.stuck: list[i64] = []


def is_permitted(step: i64, reject_class: i64) -> bool:
    """Whether the step can do anything about a leg refused for this class."""
    allowed = _STEPS_BY_CLASS[reject_class]
    if step == STEP_RETRY:
        return allowed & _RETRY != 0
    if step == STEP_CHASE:
        return allowed & _CHASE != 0
    if step == STEP_CROSS:
        return allowed & _CROSS != 0
    if step == STEP_ALTERNATIVE:
        return allowed & (_ROUTE | _SUBSTITUTE) != 0
    return True


def permits_alternative(reject_class: i64, is_substitute: bool) -> bool:
    """Whether another account or gateway, or a substitute instrument, may get what this class refused."""
    return _STEPS_BY_CLASS[reject_class] & (_SUBSTITUTE if is_substitute else _ROUTE) != 0


def repeats_unwind(reject_class: i64) -> bool:
    """Whether an unwind that was refused for this class is tried again."""
    return _STEPS_BY_CLASS[reject_class] & _REPEAT_UNWIND != 0


def wait_ns(reject_class: i64, attempt: i64) -> i64:
    """Pause before the attempt (0 is the step's first): the class's own, doubled per later attempt up to WAIT_NS_MAX.

    The bound keeps a naked leg from waiting out its deadline.
    """
    if attempt == 0:
        return _FIRST_WAIT_MS[reject_class] * NANOSECONDS_PER_MILLISECOND
    doublings = attempt - 1 if attempt < 7 else 6
    wait = doubled(_LATER_WAIT_MS[reject_class] * NANOSECONDS_PER_MILLISECOND, doublings)
    return wait if wait < WAIT_NS_MAX else WAIT_NS_MAX


def is_worse(reject_class: i64, than: i64) -> bool:
    """Whether the class permits less than the other, or the same after a longer wait."""
    steps = _STEPS_BY_CLASS[reject_class] & _JUDGED
    steps_than = _STEPS_BY_CLASS[than] & _JUDGED
    if steps != steps_than:
        return steps < steps_than
    if _FIRST_WAIT_MS[reject_class] != _FIRST_WAIT_MS[than]:
        return _FIRST_WAIT_MS[reject_class] > _FIRST_WAIT_MS[than]
    return than == REJECT_NONE


def deficit_class(order: SpreadOrder, leg: i64) -> i64:
    """Why the leg is behind: its last refusal, unless its market has opened again or the other close flag is left."""
    reject_class = order.reject_classes[leg]
    if reject_class == REJECT_MARKET_CLOSED and order.reopened[leg]:
        return REJECT_NONE
    if reject_class == REJECT_OFFSET and order.other_offset_is_left(leg, order.sides[leg]):
        return REJECT_NONE
    return reject_class


def unwind_class(order: SpreadOrder, leg: i64) -> i64:
    """Why the leg's last unwind was refused; as `deficit_class`."""
    reject_class = order.unwind_classes[leg]
    if reject_class == REJECT_OFFSET and order.other_offset_is_left(leg, -order.sides[leg]):
        return REJECT_NONE
    return reject_class


def deciding_leg(order: SpreadOrder) -> i64:
    """The leg whose class decides re-orders: of the legs that are behind the one with the worst; -1 when none is."""
    found: i64 = -1
    worst: i64 = REJECT_NONE
    for leg in range(len(order.filled)):
        if order.deficit_lots(leg) > 0:
            reject_class = deficit_class(order, leg)
            if found < 0 or is_worse(reject_class, worst):
                found = leg
                worst = reject_class
    return found


def worst_deficit_class(order: SpreadOrder) -> i64:
    """Reject class that decides re-orders: the worst of the legs that are behind."""
    leg = deciding_leg(order)
    return REJECT_NONE if leg < 0 else deficit_class(order, leg)


def worst_unwind_class(order: SpreadOrder) -> i64:
    """Reject class that decides the unwind: the worst refusal of the unwinds sent. A refused buy forbids no sale."""
    worst: i64 = REJECT_NONE
    for leg in range(len(order.filled)):
        if order.excess_lots(leg) != 0:
            reject_class = unwind_class(order, leg)
            if is_worse(reject_class, worst):
                worst = reject_class
    return worst


def values_of(order: SpreadOrder, index: i64) -> LadderStep:
    """The step's values as they hold for what the order is behind for now."""
    step = order.definition.ladder[index]
    if len(step.overrides) == 0:
        return step
    leg = deciding_leg(order)
    if leg < 0:
        return step
    return step.values_for(leg, deficit_class(order, leg))


def is_stuck(order: SpreadOrder, leg: i64, prospects: Prospects) -> bool:
    """Whether the leg is ahead and nothing trades it back: its market, or a refusal for good."""
    if order.excess_lots(leg) == 0:
        return False
    return leg in prospects.stuck or not repeats_unwind(unwind_class(order, leg))


def unwinds(order: SpreadOrder, leg: i64, prospects: Prospects) -> bool:
    """Whether an unwind trades the leg's excess back.

    Beside a leg that is stuck the others go on while that makes less naked: what is held on the stuck leg's other side
    hedges it, and stays.
    """
    excess = order.excess_lots(leg)
    if excess == 0 or is_stuck(order, leg, prospects):
        return False
    for other in range(len(order.filled)):
        if is_stuck(order, other, prospects):
            held_along = (order.sides[leg] == order.sides[other]) == ((excess > 0) == (order.excess_lots(other) > 0))
            if not held_along:
                return False
    return True


def choose_step(order: SpreadOrder, now_ns: i64, prospects: Prospects) -> i64:
    """Index of the ladder step for the next attempt, or -1 when none is left.

    Steps already left are never returned to. The current step goes on while it has attempts and time.
    """
    ladder = order.definition.ladder
    index: i64 = order.step_index
    if index >= 0:
        current = values_of(order, index)
        if current.step == STEP_CARRY:
            # It ends the spread order: one that is still open stands here because a run ended between its records.
            return index
        # An unwind that only a hand-over follows is left when its attempts or the spread order's time are used up.
        in_time = now_ns - order.step_started_ns < current.deadline_ns or (
            current.step == STEP_UNWIND and _only_halt_follows(ladder, index)
        )
        if order.step_attempts < current.attempts and in_time and _is_possible(order, current.step, prospects):
            return index
    index += 1
    while index < len(ladder):
        if values_of(order, index).attempts > 0 and _is_possible(order, ladder[index].step, prospects):
            return index
        index += 1
    return -1


def ends_in_unwind(ladder: list[LadderStep]) -> bool:
    """Whether nothing but a person follows the unwind."""
    for index in range(len(ladder)):
        if ladder[index].step == STEP_UNWIND:
            return _only_halt_follows(ladder, index)
    return False


def _only_halt_follows(ladder: list[LadderStep], index: i64) -> bool:
    position = index + 1
    while position < len(ladder):
        if ladder[position].step != STEP_HALT:
            return False
        position += 1
    return True


def _is_possible(order: SpreadOrder, step: i64, prospects: Prospects) -> bool:
    """Whether the step has something to send, and no refusal so far says that it fails again."""
    if step == STEP_HALT or step == STEP_CARRY:
        return True
    if step == STEP_UNWIND:
        if not prospects.unwind:
            return False
        for leg in range(len(order.filled)):
            if unwinds(order, leg, prospects):
                return True
        return False
    leg = deciding_leg(order)
    if leg < 0 or _is_given_up(order):
        return False
    if step == STEP_ALTERNATIVE:
        return prospects.alternative
    return prospects.re_orders and is_permitted(step, deficit_class(order, leg))


def _is_given_up(order: SpreadOrder) -> bool:
    """Whether late fills of its unwind turned a leg round: a re-order would begin the whole trade anew, beyond what was
    reserved for it."""
    for lots in order.filled:
        if lots < 0:
            return True
    return False
