"""What operators' commands leave behind: what was done under each id, proposals that wait for a second person,
amendments that wait for a cancel. Part of the desk's state: in snapshots, and restored from records.

Theory of operation. An id under which something was done is kept for the trading day, so that it is never done twice.
There is room for a number of them that no desk comes to; when it is used up, commands that would have to be kept are
refused. Nothing is forgotten before its day, and what was refused is not kept: it may be asked again.
"""

from __future__ import annotations

import json
from typing import Any, Final, final

from mypy_extensions import i64

# Each snapshot holds them all.
KEPT_PER_DAY_MAX: Final[i64] = 2_000
# Of them, for decisions about what is under way already: orders leave them room.
KEPT_FOR_DECISIONS: Final[i64] = 200
RESULT_CHARACTERS_KEPT: Final[i64] = 200
LAST_DAY: Final = 99_991_231
INTERRUPTED: Final[str] = "interrupted: look before asking again under another id"


@final
class Done:
    """What was done under a command's id: enough to answer the same command again.

    Attributes:
        command: its kind. digest: see `Command.digest`; empty when it is not known.
        day: the last of the trading days that it was given on (YYYYMMDD).
        accepted: false for one that a restart cut short; `text` is then what was told of it, else the result.
        order_ids: spread orders begun or concerned.
    """

    def __init__(self, command: str, digest: str, day: i64, accepted: bool, order_ids: list[int], text: str) -> None:
        self.command: str = command
        self.digest: str = digest
        self.day: i64 = day
        self.accepted: bool = accepted
        self.order_ids: list[int] = order_ids
        self.text: str = text[:RESULT_CHARACTERS_KEPT]


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
        done: by command id, the oldest first.
        proposals, amendments: by client order id.
        begun: spread orders begun for the command in progress, for the answer that a restart gives.
        interrupted: the command of the last operator input as (id, command, user, role, digest) until its answer is on
            record.
    """

    def __init__(self) -> None:
        self.done: dict[str, Done] = {}
        # Lines of the snapshot, written once: empty when they have to be written anew.
        self._rows: list[str] = []
        self.proposals: dict[int, Proposal] = {}
        self.amendments: dict[int, Amendment] = {}
        self.begun: list[int] = []
        self.interrupted: tuple[str, str, str, str, str] | None = None

    def find(self, command_id: str, since_day: i64) -> Done | None:
        """What was done under the id on a trading day that is not over everywhere; `since_day` is the first such."""
        done = self.done.get(command_id)
        return done if done is not None and done.day >= since_day else None

    def has_room(self, since_day: i64, is_decision: bool) -> bool:
        """Whether another id can be kept."""
        kept: i64 = 0
        for done in self.done.values():
            if done.day >= since_day:
                kept += 1
        return kept < (KEPT_PER_DAY_MAX if is_decision else KEPT_PER_DAY_MAX - KEPT_FOR_DECISIONS)

    def take_answer(self, command_id: str, answer: str) -> None:
        """Keep what an answer says was done, if anything was, and forget the days that are over everywhere."""
        fields: dict[str, Any] = json.loads(answer)
        # An earlier version did not tell the days: what it did is kept for good.
        days: list[int] = fields.get("trading_days", [0, LAST_DAY])
        if command_id == "" or len(days) == 0 or not (fields["accepted"] or fields["result"] == INTERRUPTED):
            return
        for known, done in list(self.done.items()):
            if done.day < days[0]:
                del self.done[known]
                self._rows = []
        self._remember(
            command_id,
            Done(
                fields["command"],
                fields.get("digest", ""),
                days[1],
                fields["accepted"],
                [order["spread_order_id"] for order in fields["orders"]],
                fields["result"] if fields["accepted"] else fields["reasons"][0],
            ),
        )

    def _remember(self, command_id: str, done: Done) -> None:
        if command_id in self.done:
            del self.done[command_id]
            self._rows = []
        self.done[command_id] = done
        if len(self._rows) == len(self.done) - 1:
            self._rows.append(_row(command_id, done))

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
            "done": "\n".join(self._done_rows()),
            "proposals": [
                [key, said.user, int(said.status), int(said.filled_lots), int(said.price_ticks), said.evidence]
                for key, said in self.proposals.items()
            ],
            "amendments": [
                [key, int(to.price_ticks), int(to.lots), to.user, to.role, to.command_id]
                for key, to in self.amendments.items()
            ],
        }

    def _done_rows(self) -> list[str]:
        if len(self._rows) != len(self.done):
            self._rows = [_row(command_id, done) for command_id, done in self.done.items()]
        return self._rows

    def load(self, state: dict[str, Any]) -> None:
        """Take over what `state` wrote."""
        for text in state["done"].split("\n") if state.get("done", "") != "" else []:
            row = json.loads(text)
            self._remember(row[0], Done(row[1], row[2], row[3], row[4], row[5], row[6]))
        for command_id, answer in state.get("answers", []):
            # A state of an earlier version, which kept whole answers.
            self.take_answer(command_id, answer)
        self.proposals = {row[0]: Proposal(row[1], row[2], row[3], row[4], row[5]) for row in state["proposals"]}
        self.amendments = {row[0]: Amendment(row[1], row[2], row[3], row[4], row[5]) for row in state["amendments"]}


def _row(command_id: str, done: Done) -> str:
    fields = [command_id, done.command, done.digest, int(done.day), done.accepted, done.order_ids, done.text]
    return json.dumps(fields, separators=(",", ":"))
