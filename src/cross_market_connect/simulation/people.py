"""What people do in a planned history: orders by hand, amendments, cancels, and decisions about halted spread orders.

A person reads the engine's page, here the judge's picture of it, and gives commands as `xmc order` does: one JSON
object with an id, a user and a role. Each is carried out or refused, and always answered.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from cross_market_connect.domain.spread import HALTED
from cross_market_connect.engine.core import EngineCore
from cross_market_connect.simulation.judged import Parent
from cross_market_connect.simulation.misfortune import Act
from cross_market_connect.simulation.oracles import Judge
from cross_market_connect.simulation.pair import symbol_of

if TYPE_CHECKING:
    from cross_market_connect.simulation.history import History

MILLISECOND_NS: Final = 1_000_000
USER: Final = "jane"
TRADER: Final = "trader"
RISK_OFFICER: Final = "risk_officer"
# How far from the middle an order by hand is priced: one that rests, and one that any quote fills.
RESTING_TICKS: Final = 22
TAKING_TICKS: Final = 60
MIDDLE_TICKS: Final = 10_000
DECISIONS: Final = ("retry", "unwind", "accept")
DELAYS_NS: Final = (20 * MILLISECOND_NS, 150 * MILLISECOND_NS, 600 * MILLISECOND_NS)
# What rests at the end is cancelled until nothing does.
TIDY_EVERY_NS: Final = 300 * MILLISECOND_NS
TIDY_TIMES: Final = 12


class People:
    """The people of one history.

    Args:
        decides: what they do about a halted spread order: nothing (-1) or a position in DECISIONS.
        delay_ns: how long after the alert.

    Attributes:
        given: commands so far, by id; true once answered.
    """

    def __init__(self, history: History, decides: int, delay_ns: int) -> None:
        self.history = history
        self.decides = decides
        self.delay_ns = delay_ns
        self.given = 0
        history.judge.on_halted = self._alerted

    def _alerted(self, parent: Parent) -> None:
        """An alert says that a spread order waits for a person."""
        if self.decides >= 0:
            self.history.world.after(self.delay_ns, lambda: self._decide(parent))

    def _decide(self, parent: Parent) -> None:
        if parent.state != HALTED:
            return
        decision = DECISIONS[self.decides]
        number = parent.spread_order_id
        self.give(RISK_OFFICER, {"command": "halted", "order": number, "decision": decision, "reason": "looked at it"})

    def act(self, act: Act) -> None:
        """A command of the plan; a: which kind, b: what it asks for."""
        command = self._command(act)
        if command is not None:
            self.give(TRADER, command)

    def tidy(self) -> None:
        """The day ends: what was ordered by hand and still rests is cancelled."""
        if self.given > 0:
            for time in range(TIDY_TIMES):
                self.history.world.after(time * TIDY_EVERY_NS, self._cancel_what_rests)

    def _cancel_what_rests(self) -> None:
        if any(parent.is_single() and parent.is_open() for parent in self.history.judge.parents.values()):
            self.give(TRADER, {"command": "cancel_all", "scope": "all"})

    def _command(self, act: Act) -> dict[str, Any] | None:
        judge = self.history.judge
        if act.a == 0:
            return {"command": "single", **self._single(act)}
        if act.a == 1:
            return {"command": "spread", **self._spread(act)}
        if act.a == 2:
            orders = [{"order": "single", **self._single(act)}, {"order": "spread", **self._spread(act)}]
            return {"command": "batch", "orders": orders}
        if act.a == 3:
            return {"command": "cancel_all", "scope": "all"}
        newest = _newest(judge, act.a == 4)
        if newest is None:
            return None
        if act.a == 4:
            taking = MIDDLE_TICKS + newest.sides[0] * TAKING_TICKS
            return {"command": "amend", "order": newest.sent[-1].client_order_id, "price": str(taking)}
        return {"command": "cancel", "order": newest.spread_order_id}

    def _single(self, act: Act) -> dict[str, Any]:
        """A few lots of one market's instrument, at a price that rests or one that takes."""
        letter = self.history.plan.shape.markets[act.target].letter
        side = 1 if act.b & 1 else -1
        ticks = TAKING_TICKS if act.b & 2 else -RESTING_TICKS
        return {
            "instrument": symbol_of(letter),
            "side": "buy" if side > 0 else "sell",
            "quantity": 1 + act.b // 4 % 3,
            "price": str(MIDDLE_TICKS + side * ticks),
            "route": f"{letter.lower()}_orders",
        }

    def _spread(self, act: Act) -> dict[str, Any]:
        spreads = self.history.plan.shape.settings.spread
        spread = spreads[act.b // 16 % len(spreads)]
        units = 2 if len(spread.leg) > 2 else 1 + act.b // 4 % 2
        action = "close" if act.b & 8 else "open"
        direction = "buy" if act.b & 1 else "sell"
        return {"spread": spread.name, "direction": direction, "units": units, "action": action}

    def give(self, role: str, command: dict[str, Any]) -> None:
        """Give a command to the engine, when it runs; one that takes it and lives on has answered."""
        self.given += 1
        name = f"by_hand_{self.given}"
        text = json.dumps({"id": name, **command})

        def say(core: EngineCore) -> None:
            core.on_operator(text, USER, role, "", self.history.world.now_ns)
            if not any(json.loads(answer)["id"] == name for answer in core.take_answers()):
                self.history.judge.violation(f"command {name} is not answered: {text}")

        self.history.engine.tell(say)


def _newest(judge: Judge, single: bool) -> Parent | None:
    """The newest order of that kind that is under way."""
    under_way = [p for p in judge.parents.values() if p.is_single() == single and p.is_open() and p.sent]
    return max(under_way, key=lambda parent: parent.spread_order_id, default=None)
