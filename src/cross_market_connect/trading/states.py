"""The two state machines of execution, as tables.

Theory of operation. A *spread order* owns its leg orders and moves only through `SPREAD_TRANSITIONS`; every move is
decided in one place (`machine.SpreadMachine.advance`) from quantities, never from the order in which reports arrived. A
*leg order* moves through `LEG_TRANSITIONS` on what its venue said. A terminal leg order may still receive fills (a fill
overtaken by a cancel acknowledgement): its quantity grows, its state stays. `unknown` means possibly live: nothing
replaces its quantity until evidence arrives. A terminal spread order that a late fill unbalances is opened again
(`repairing`).

    spread order: proposed -> refused | reserved -> working -> complete | cancelled | repairing | unwinding | halted
                  repairing -> complete | unwinding | halted        unwinding -> unwound | residual | halted
                  halted -> repairing | unwinding | residual (a person decides)
"""

from __future__ import annotations

from typing import Final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.spread import (
    CANCELLED,
    COMPLETE,
    HALTED,
    LEG_CANCELLED,
    LEG_EXPIRED,
    LEG_FILLED,
    LEG_IDLE,
    LEG_PARTLY_FILLED,
    LEG_PENDING_CANCEL,
    LEG_PENDING_NEW,
    LEG_REJECTED,
    LEG_STATE_NAMES,
    LEG_UNKNOWN,
    LEG_WORKING,
    PROPOSED,
    REFUSED,
    REPAIRING,
    RESERVED,
    RESIDUAL,
    SPREAD_STATE_NAMES,
    UNWINDING,
    UNWOUND,
    WORKING,
)

SPREAD_TRANSITIONS: Final[tuple[tuple[int, int, str], ...]] = (
    (PROPOSED, REFUSED, "a limit or the alignment forbids it"),
    (PROPOSED, RESERVED, "the worst reachable state fits every limit"),
    (RESERVED, WORKING, "all legs sent"),
    (WORKING, COMPLETE, "every leg filled in proportion"),
    (WORKING, CANCELLED, "nothing filled, nothing live"),
    (WORKING, REPAIRING, "a leg is behind and the ladder goes on"),
    (WORKING, UNWINDING, "a leg is behind and no step could bring it up"),
    (WORKING, HALTED, "no permitted step is left"),
    (REPAIRING, COMPLETE, "re-orders brought the legs into proportion"),
    (REPAIRING, UNWINDING, "re-orders are used up or futile"),
    (REPAIRING, HALTED, "no permitted step is left"),
    (UNWINDING, UNWOUND, "the excess is traded back"),
    (UNWINDING, RESIDUAL, "less than a unit is left and carried"),
    (UNWINDING, HALTED, "the unwind is used up or impossible"),
    (HALTED, REPAIRING, "a person lets the ladder begin anew"),
    (HALTED, UNWINDING, "a person has it traded back"),
    (HALTED, RESIDUAL, "a person accepts what is held"),
    (COMPLETE, REPAIRING, "a late fill or a bust opened a deficit"),
    (CANCELLED, REPAIRING, "a late fill or a bust opened a deficit"),
    (UNWOUND, REPAIRING, "a late fill or a bust opened a deficit"),
    (RESIDUAL, REPAIRING, "a late fill or a bust opened a deficit"),
)

# Why a person takes over. Halting needs one of these; the code is in the record, and an oracle judges each by its text.
HALT_NONE: Final[i64] = 0
HALT_DEADLINE: Final[i64] = 1
HALT_LADDER_ENDS: Final[i64] = 2
HALT_LEG_ORDERS_MAX: Final[i64] = 3
HALT_TRADE_BUSTED: Final[i64] = 4
HALT_OVERFILLED: Final[i64] = 5
HALT_UNKNOWN: Final[i64] = 6
HALT_MARKET_CLOSED: Final[i64] = 7
HALT_PERMISSION: Final[i64] = 8
HALT_LOST_ORDER: Final[i64] = 9
# By code, in order: its name and what people are told.
HALT_REASONS: Final[tuple[tuple[str, str], ...]] = (
    ("none", "not halted"),
    ("deadline", "deadline passed"),
    ("ladder_ends", "the ladder has no step left"),
    ("leg_orders_max", "too many leg orders"),
    ("trade_busted", "a trade was cancelled or corrected by the venue"),
    ("overfilled", "an order filled beyond its quantity"),
    ("unknown", "deadline passed with an order whose state is unknown"),
    ("market_closed", "the market of a leg that is behind is closed"),
    ("permission", "a leg may not be traded: unknown symbol or no permission"),
    ("lost_order", "an order came to light that it may have sent and no record tells of"),
)

# Events of a leg order.
EVENT_SUBMIT: Final[i64] = 0
EVENT_LOCAL_REFUSAL: Final[i64] = 1
EVENT_ACKNOWLEDGED: Final[i64] = 2
EVENT_PARTIAL: Final[i64] = 3
EVENT_FILLED: Final[i64] = 4
EVENT_REJECTED: Final[i64] = 5
EVENT_CANCEL_SENT: Final[i64] = 6
EVENT_CANCELLED: Final[i64] = 7
EVENT_CANCEL_REJECTED: Final[i64] = 8
EVENT_EXPIRED: Final[i64] = 9
EVENT_LOST: Final[i64] = 10
EVENT_ABSENT: Final[i64] = 11
EVENT_COUNT: Final[i64] = 12
EVENT_NAMES: Final[tuple[str, ...]] = (
    "submit",
    "local_refusal",
    "acknowledged",
    "partial_fill",
    "filled",
    "rejected",
    "cancel_sent",
    "cancelled",
    "cancel_rejected",
    "expired",
    "connection_lost",
    "venue_has_no_such_order",
)

_LIVE_ROWS: Final[tuple[tuple[int, int], ...]] = (
    (EVENT_FILLED, LEG_FILLED),
    (EVENT_REJECTED, LEG_REJECTED),
    (EVENT_CANCELLED, LEG_CANCELLED),
    (EVENT_EXPIRED, LEG_EXPIRED),
    (EVENT_LOST, LEG_UNKNOWN),
    (EVENT_ABSENT, LEG_UNKNOWN),
    (EVENT_CANCEL_SENT, LEG_PENDING_CANCEL),
)

# state: ((event, next state), ...). An event that is missing from a row changes nothing.
LEG_TRANSITIONS: Final[dict[int, tuple[tuple[int, int], ...]]] = {
    LEG_IDLE: ((EVENT_SUBMIT, LEG_PENDING_NEW), (EVENT_LOCAL_REFUSAL, LEG_REJECTED)),
    LEG_PENDING_NEW: (
        *_LIVE_ROWS,
        (EVENT_ACKNOWLEDGED, LEG_WORKING),
        (EVENT_PARTIAL, LEG_PARTLY_FILLED),
    ),
    LEG_WORKING: (*_LIVE_ROWS, (EVENT_PARTIAL, LEG_PARTLY_FILLED)),
    LEG_PARTLY_FILLED: _LIVE_ROWS,
    LEG_PENDING_CANCEL: (
        (EVENT_FILLED, LEG_FILLED),
        (EVENT_REJECTED, LEG_REJECTED),
        (EVENT_CANCELLED, LEG_CANCELLED),
        (EVENT_EXPIRED, LEG_EXPIRED),
        (EVENT_LOST, LEG_UNKNOWN),
        (EVENT_CANCEL_REJECTED, LEG_UNKNOWN),
        (EVENT_ABSENT, LEG_UNKNOWN),
    ),
    LEG_UNKNOWN: (
        (EVENT_ACKNOWLEDGED, LEG_WORKING),
        (EVENT_PARTIAL, LEG_PARTLY_FILLED),
        (EVENT_FILLED, LEG_FILLED),
        (EVENT_REJECTED, LEG_REJECTED),
        (EVENT_CANCELLED, LEG_CANCELLED),
        (EVENT_EXPIRED, LEG_EXPIRED),
        (EVENT_ABSENT, LEG_REJECTED),
    ),
    LEG_FILLED: (),
    # A venue that acknowledges what it has refused contradicts itself: it is asked, unless it told how that ended.
    LEG_REJECTED: (
        (EVENT_FILLED, LEG_FILLED),
        (EVENT_CANCELLED, LEG_CANCELLED),
        (EVENT_EXPIRED, LEG_EXPIRED),
        (EVENT_LOST, LEG_UNKNOWN),
    ),
    LEG_CANCELLED: ((EVENT_FILLED, LEG_FILLED),),
    LEG_EXPIRED: ((EVENT_FILLED, LEG_FILLED),),
}

_SPREAD_STATES: Final[i64] = len(SPREAD_STATE_NAMES)
_LEG_STATES: Final[i64] = len(LEG_STATE_NAMES)


def _spread_table() -> list[int]:
    table = [0] * (len(SPREAD_STATE_NAMES) * len(SPREAD_STATE_NAMES))
    for before, after, _reason in SPREAD_TRANSITIONS:
        table[before * len(SPREAD_STATE_NAMES) + after] = 1
    return table


def _leg_table() -> list[int]:
    table: list[int] = []
    for state in range(len(LEG_STATE_NAMES)):
        row = [state] * int(EVENT_COUNT)
        for event, after in LEG_TRANSITIONS[state]:
            row[event] = after
        table.extend(row)
    return table


_SPREAD_ALLOWED: Final[vec[i64]] = vec[i64](_spread_table())
_LEG_NEXT: Final[vec[i64]] = vec[i64](_leg_table())


def require_spread_transition(before: i64, after: i64) -> None:
    """Raise InvariantError unless the table has the transition."""
    if _SPREAD_ALLOWED[before * _SPREAD_STATES + after] == 0:
        raise InvariantError(
            f"spread order {SPREAD_STATE_NAMES[before]} -> {SPREAD_STATE_NAMES[after]} is no transition"
        )


def next_leg_state(state: i64, event: i64) -> i64:
    """State of a leg order after the event; unchanged where the table has no row."""
    return _LEG_NEXT[state * EVENT_COUNT + event]


def is_spread_terminal(state: i64) -> bool:
    """Whether the spread order needs nothing more (halted waits for a person)."""
    return state == REFUSED or state >= COMPLETE


def is_leg_terminal(state: i64) -> bool:
    """Whether nothing of the leg order can still fill, as far as the venue has told."""
    return (
        state == LEG_FILLED
        or state == LEG_REJECTED
        or state == LEG_CANCELLED
        or state == LEG_EXPIRED
        or state == LEG_IDLE
    )
