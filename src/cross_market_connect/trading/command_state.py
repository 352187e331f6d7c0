"""What operators' commands leave behind: answers by command id, proposals that wait for a second person, amendments
that wait for a cancel, spreads that a person has to enable again. Part of the desk's state: in snapshots, and restored
from records."""

from __future__ import annotations

from typing import Any, Final, final

from mypy_extensions import i64

# Each snapshot holds them all.
ANSWERS_KEPT: Final[i64] = 256


@final
class Proposal:
    """One person's word about an order whose state is unknown; a second person has to say the same."""

    def __init__(self, user: str, status: i64, filled_lots: i64, price_ticks: i64, evidence: str) -> None:
        self.user: str = user
        self.status: i64 = status
        self.filled_lots: i64 = filled_lots
        self.price_ticks: i64 = price_ticks
        self.evidence: str = evidence

    def says_the_same(self, other: Proposal) -> bool:
        """Whether both describe the same end of the order."""
        return (
            self.status == other.status
            and self.filled_lots == other.filled_lots
            and self.price_ticks == other.price_ticks
        )


@final
class Amendment:
    """Another price and quantity for an order whose cancel is awaited first; `lots` is the whole quantity."""

    def __init__(self, price_ticks: i64, lots: i64, user: str, role: str, command_id: str) -> None:
        self.price_ticks: i64 = price_ticks
        self.lots: i64 = lots
        self.user: str = user
        self.role: str = role
        self.command_id: str = command_id


@final
class CommandState:
    """The durable part of the operators' desk.

    Attributes:
        answers: by command id, the oldest first: a command that comes again gets the answer of the first time.
        proposals, amendments: by client order id.
        begun: spread orders begun for the command in progress, for the answer that a restart gives.
        interrupted: the command of the last operator input as (id, command, user, role) until its answer is on record.
    """

    def __init__(self) -> None:
        self.answers: dict[str, str] = {}
        self.proposals: dict[int, Proposal] = {}
        self.amendments: dict[int, Amendment] = {}
        self.begun: list[int] = []
        self.interrupted: tuple[str, str, str, str] | None = None

    def remember(self, command_id: str, answer: str) -> None:
        """Keep an answer; the oldest is forgotten when there are too many."""
        self.answers[command_id] = answer
        if len(self.answers) > ANSWERS_KEPT:
            for oldest in self.answers:
                del self.answers[oldest]
                break

    def apply_resolution(self, client_order_id: i64, confirmed: bool, said: Proposal) -> None:
        """Keep the first person's word, and drop it once the second has confirmed it."""
        if not confirmed:
            self.proposals[int(client_order_id)] = said
        elif int(client_order_id) in self.proposals:
            del self.proposals[int(client_order_id)]

    def apply_amendment(self, client_order_id: i64, wanted: Amendment) -> None:
        """Keep what an order is to become once its cancel is confirmed; no lots end it."""
        if wanted.lots > 0:
            self.amendments[int(client_order_id)] = wanted
        elif int(client_order_id) in self.amendments:
            del self.amendments[int(client_order_id)]

    def end_amendment(self, command_id: str) -> None:
        """What a command wanted an order to become has been sent, or will not be."""
        for client_order_id, wanted in list(self.amendments.items()):
            if wanted.command_id == command_id:
                del self.amendments[client_order_id]

    def answered(self) -> None:
        """The command in progress has its answer."""
        self.begun = []
        self.interrupted = None

    def state(self) -> dict[str, Any]:
        """Everything, for the snapshot."""
        return {
            "answers": [[command_id, answer] for command_id, answer in self.answers.items()],
            "proposals": [
                [key, said.user, int(said.status), int(said.filled_lots), int(said.price_ticks), said.evidence]
                for key, said in self.proposals.items()
            ],
            "amendments": [
                [key, int(to.price_ticks), int(to.lots), to.user, to.role, to.command_id]
                for key, to in self.amendments.items()
            ],
        }

    def load(self, state: dict[str, Any]) -> None:
        """Take over what `state` wrote."""
        self.answers = {row[0]: row[1] for row in state["answers"]}
        self.proposals = {row[0]: Proposal(row[1], row[2], row[3], row[4], row[5]) for row in state["proposals"]}
        self.amendments = {row[0]: Amendment(row[1], row[2], row[3], row[4], row[5]) for row in state["amendments"]}
