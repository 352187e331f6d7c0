"""What a batch of histories must have reached: one mark per row of the tables of trading/ and domain/.

The marks are generated from the tables, so a row that is added must be reached too; what histories reached is read
from their records. `uncovered` lists the rest. Rows that need something a history cannot have yet are named in
`EXEMPT`, each with its reason; an exempt mark that is reached all the same is reported, so that the list does not rot.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from cross_market_connect.domain.order import REJECT_CLASS_NAMES
from cross_market_connect.domain.records import (
    GATE,
    LADDER_STEP,
    LEG_ORDER,
    LEG_ORDER_STATE,
    RECEIPT,
    REFUSAL,
    SPREAD_ORDER,
)
from cross_market_connect.domain.spread import (
    HALTED,
    LEG_STATE_NAMES,
    ROLE_NAMES,
    SPREAD_STATE_NAMES,
    STEP_HALT,
    STEP_NAMES,
)
from cross_market_connect.trading.gates import GATE_NAMES
from cross_market_connect.trading.states import (
    EVENT_NAMES,
    HALT_REASONS,
    LEG_TRANSITIONS,
    SPREAD_TRANSITIONS,
)

# Roles whose refusals are told apart: every order is the first of its leg, a repair of it, or trades it back.
REFUSED_ROLES: Final = ("initial", "repair", "unwind")
# Seeds from which on a batch must have reached everything.
WHOLE_BATCH_SEEDS: Final = 1_000
_KNOWS: Final = "a simulated venue knows what it has acknowledged; the machine's unit tests have it"
_REFUSES: Final = "a simulated venue refuses before it acknowledges; the machine's unit tests have it"
_PERSONS_END: Final = "ends by a person's word alone, and none sits in a seed's world; tests of failure cases have it"
EXEMPT: Final[dict[str, str]] = {
    "leg working: venue_has_no_such_order": _KNOWS,
    "leg partly_filled: venue_has_no_such_order": _KNOWS,
    "leg partly_filled: rejected": _REFUSES,
    "halt overfilled": "a simulated venue never fills beyond an order; test_repair has it",
    "gate crossed": "a matching engine shows no crossed book; tests of gates have it",
    "gate cancel_only": _PERSONS_END,
    "gate paused": "by a hand that takes back quotes, and the planned worlds quote nothing; tests of pausing have it",
}


def marks() -> list[str]:
    """Every mark there is, in the order of the tables."""
    result = [
        f"leg {LEG_STATE_NAMES[state]}: {EVENT_NAMES[event]}"
        for state, rows in LEG_TRANSITIONS.items()
        for event, _after in rows
    ]
    result += [
        f"spread order {SPREAD_STATE_NAMES[before]} -> {SPREAD_STATE_NAMES[after]}"
        for before, after, _why in SPREAD_TRANSITIONS
    ]
    result += [f"refused {name}: {role}" for name in REJECT_CLASS_NAMES[1:] for role in REFUSED_ROLES]
    result += [f"ladder {name}" for step, name in enumerate(STEP_NAMES) if step not in (0, STEP_HALT)]
    result += [f"gate {name}" for name in GATE_NAMES[1:]]
    result += [f"halt {name}" for name, _text in HALT_REASONS[1:]]
    return result


class Coverage:
    """The marks of one history, or of many.

    Attributes:
        reached: how often each mark was reached.
    """

    def __init__(self) -> None:
        self.reached: dict[str, int] = {}
        self._roles: dict[int, str] = {}

    def begin(self) -> None:
        """The next records are of another history."""
        self._roles = {}

    def record(self, kind: int, fields: dict[str, Any]) -> None:
        """Take in one record."""
        if kind == LEG_ORDER_STATE:
            event = str(fields["reason"]).partition(":")[0]
            self._mark(f"leg {LEG_STATE_NAMES[fields['state_before']]}: {event}")
        elif kind == LEG_ORDER:
            self._roles[fields["client_order_id"]] = _refused_role(ROLE_NAMES[fields["role"]])
            self._mark(f"leg idle: {EVENT_NAMES[0]}")
        elif kind == SPREAD_ORDER:
            states = SPREAD_STATE_NAMES
            self._mark(f"spread order {states[fields['state_before']]} -> {states[fields['state']]}")
            if fields["state"] == HALTED:
                self._mark(f"halt {HALT_REASONS[fields['halt_code']][0]}")
        elif kind == RECEIPT and fields["reject_class"] > 0:
            role = self._roles.get(fields["client_order_id"])
            if role is not None:
                self._mark(f"refused {REJECT_CLASS_NAMES[fields['reject_class']]}: {role}")
        elif kind == LADDER_STEP:
            self._mark(f"ladder {STEP_NAMES[fields['step']]}")
        elif kind == GATE:
            self._mark(f"gate {fields['gate']}")
        elif kind == REFUSAL:
            self._mark("gate limit")

    def _mark(self, mark: str) -> None:
        self.reached[mark] = self.reached.get(mark, 0) + 1

    def add(self, reached: dict[str, int]) -> None:
        """Another history's marks."""
        for mark, count in reached.items():
            self.reached[mark] = self.reached.get(mark, 0) + count

    def uncovered(self, exempt: Iterable[str] = EXEMPT) -> list[str]:
        """Marks that nothing reached, without the exempt ones."""
        excused = set(exempt)
        return [mark for mark in marks() if mark not in self.reached and mark not in excused]

    def stale_exemptions(self) -> list[str]:
        """Exempt marks that were reached, or that no table has."""
        known = set(marks())
        return [mark for mark in EXEMPT if mark in self.reached or mark not in known]


COVERED_KINDS: Final = frozenset(
    int(kind) for kind in (LEG_ORDER_STATE, LEG_ORDER, SPREAD_ORDER, RECEIPT, LADDER_STEP, GATE, REFUSAL)
)


def _refused_role(role: str) -> str:
    if role in ("initial", "unwind"):
        return role
    return "repair"
