"""The operators' desk: each command is permitted or not, carried out or not, and always answered.

Theory of operation. `handle` reads a command, looks up who may give it, carries it out, and writes the answer as a
record and as JSON. A command that was carried out and comes again under its id gets its first answer, with its orders
as they stand now, and does nothing; another command under that id is refused. A command about an order that is unknown
or has ended is answered so and harms nothing. When a restart cuts a command short, its id is answered with what had
begun; it is never carried out twice.
"""

from __future__ import annotations

import json
from typing import Any, Final, final

from mypy_extensions import i64

from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND
from cross_market_connect.domain.order import DAY
from cross_market_connect.domain.spread import (
    HALTED,
    LEG_PENDING_CANCEL,
    LEG_STATE_NAMES,
    SPREAD_STATE_NAMES,
)
from cross_market_connect.trading.amending import Amending
from cross_market_connect.trading.command_state import INTERRUPTED, Done
from cross_market_connect.trading.commands import (
    AMEND,
    BATCH,
    CANCEL,
    CANCEL_ALL,
    FAULTS_MAX,
    HALTED_ORDER,
    LIFT_RESTRICTION,
    MORE_FAULTS,
    PAUSE,
    PERMISSIONS,
    RE_ENABLE,
    RESOLVE,
    SCOPES,
    SIGN_OFF,
    SINGLE,
    SPREAD,
    STOP_ENGINE,
    Command,
    parse_command,
)
from cross_market_connect.trading.desk import Desk
from cross_market_connect.trading.doubt import IDS_PER_EPOCH
from cross_market_connect.trading.manual import ManualOrders, Planned, Venues
from cross_market_connect.trading.manual_records import command_answer
from cross_market_connect.trading.orders import LegOrder, SpreadOrder
from cross_market_connect.trading.pausing import pause_spread, quotes_in
from cross_market_connect.trading.person_decisions import Answer, Caller, Decisions, find_order
from cross_market_connect.trading.states import is_leg_terminal, is_spread_terminal
from cross_market_connect.trading.stopping import stop

ORDER_COMMANDS: Final[tuple[str, ...]] = (SINGLE, SPREAD, BATCH, AMEND)
# They send nothing new and do no harm a second time: taken even when their ids cannot be kept any more.
HARMLESS_AGAIN: Final[tuple[str, ...]] = (CANCEL, CANCEL_ALL, STOP_ENGINE)
# What hours without a calendar call their only day.
NO_CALENDAR: Final = 1
DAY_NS: Final[i64] = 86_400 * NANOSECONDS_PER_SECOND
SCOPE_ALL: Final[int] = SCOPES["all"]
SCOPE_ROUTE: Final[int] = SCOPES["route"]
SCOPE_SPREAD: Final[int] = SCOPES["spread"]
SCOPE_INSTRUMENT: Final[int] = SCOPES["instrument"]


@final
class Operators:
    """Carries out what people ask of one engine."""

    def __init__(self, desk: Desk, routes: i64) -> None:
        self.desk: Desk = desk
        self.venues: Venues = Venues(routes)
        self.manual: ManualOrders = ManualOrders(desk, self.venues)
        self.amending: Amending = Amending(desk, self.manual)
        self.decisions: Decisions = Decisions(desk, self.venues, self.manual.instruments, self.manual.spreads)

    def handle(self, text: str, user: str, role: str) -> str:
        """Carry out one command; returns its answer as JSON. Never raises on any text."""
        command = parse_command(text)
        answer = Answer()
        answer.reasons.extend(command.faults)
        days = trading_days(self.desk)
        done = self.desk.commands.find(command.command_id, days[0])
        if done is not None and len(answer.reasons) == 0:
            if done.digest == command.digest or done.digest == "":
                return self._answer_again(command.command_id, done)
            answer.reasons.append(f"id: {command.command_id} was used for another command ({done.command}) already")
        allowed = PERMISSIONS.get(command.kind)
        if allowed is not None and role not in allowed:
            answer.reasons.append(f"role: {role}; {command.kind} is for {', '.join(allowed)}")
        if not self.desk.commands.has_room(days[0], command.kind not in ORDER_COMMANDS):
            days = []
            if command.kind not in HARMLESS_AGAIN:
                answer.reasons.append(
                    "id: too many commands were carried out on this trading day; only cancels are still"
                )
        if len(answer.reasons) == 0:
            self._carry_out(command, Caller(user, role), answer)
        return self._answer(command, answer, days, user, role)

    def _answer(self, command: Command, answer: Answer, days: list[int], user: str, role: str) -> str:
        accepted = len(answer.reasons) == 0
        reasons = answer.reasons
        if len(reasons) > FAULTS_MAX:
            reasons = [*reasons[:FAULTS_MAX], MORE_FAULTS]
        told = answer.result
        if len(answer.paused) > 0:
            told += ("; " if told != "" else "") + f"paused until enabled again: {', '.join(answer.paused)}"
        result = told if accepted else "refused: nothing was done"
        orders = [describe_order(order) for order in answer.orders]
        fields = answer_fields(accepted, command.kind, command.command_id, orders, reasons, result)
        if accepted:
            fields["digest"] = command.digest
            fields["trading_days"] = days
        return self._keep(fields, user, role)

    def _answer_again(self, command_id: str, done: Done) -> str:
        """What was done the first time, with its orders as they stand now; no record, for nothing is done."""
        orders: list[dict[str, Any]] = []
        for order_id in done.order_ids:
            order = self.desk.orders.get(order_id)
            orders.append(describe_order(order) if order is not None else describe_forgotten(order_id))
        reasons = [] if done.accepted else [done.text]
        result = done.text if done.accepted else INTERRUPTED
        return encoded(answer_fields(done.accepted, done.command, command_id, orders, reasons, result))

    def _keep(self, fields: dict[str, Any], user: str, role: str) -> str:
        """Put the answer on record, and keep what it says was done."""
        text = encoded(fields)
        command_id, kind = str(fields["id"]), str(fields["command"])
        accepted, items = bool(fields["accepted"]), i64(len(fields["orders"]))
        command_answer(self.desk.step, accepted, items, command_id, kind, user, role, text)
        self.desk.commands.take_answer(command_id, text)
        self.desk.commands.answered()
        return text

    def finish_interrupted(self) -> None:
        """After a restart: a command without an answer is answered with what it had begun."""
        interrupted = self.desk.commands.interrupted
        if interrupted is None:
            return
        command_id, kind, user, role, digest = interrupted
        days = trading_days(self.desk)
        if self.desk.commands.find(command_id, days[0]) is not None:
            # It came again: nothing was done, so nothing was cut short.
            self.desk.commands.answered()
            return
        begun = ", ".join([str(order_id) for order_id in self.desk.commands.begun])
        reason = f"the engine restarted while carrying it out; spread orders begun: {begun or 'none'}"
        fields = answer_fields(False, kind, command_id, [], [reason], INTERRUPTED)
        fields["digest"] = digest
        fields["trading_days"] = days
        self._keep(fields, user, role)

    # ------------------------------------------------------------------ the commands

    def _carry_out(self, command: Command, caller: Caller, answer: Answer) -> None:
        kind = command.kind
        if kind == SINGLE or kind == SPREAD or kind == BATCH:
            self._orders(command, caller, answer)
        elif kind == CANCEL:
            self._cancel(command, caller, answer)
        elif kind == CANCEL_ALL:
            self._cancel_all(command, caller, answer)
        elif kind == RESOLVE:
            self.decisions.resolve(command.request, caller, answer)
        elif kind == HALTED_ORDER:
            self.decisions.halted(command.request, caller, answer)
        elif kind == PAUSE:
            self._pause_by_name(command, caller, answer)
        elif kind == RE_ENABLE or kind == SIGN_OFF or kind == LIFT_RESTRICTION:
            self.decisions.allow_again(command.request, caller, answer)
        elif kind == AMEND:
            self.amending.amend(command, caller, answer)
        elif kind == STOP_ENGINE:
            stop(self.desk)
            answer.result = "stopping: cancel, confirm, balance, end"

    def _orders(self, command: Command, caller: Caller, answer: Answer) -> None:
        """One order or a batch: everything is checked before anything is sent."""
        planned: list[Planned] = []
        for at in range(len(command.orders)):
            place = f"orders[{at}]." if command.kind == BATCH else ""
            one = self.manual.plan(command.orders[at], place, planned, answer.reasons)
            if one is not None:
                planned.append(one)
        netted = self.manual.net(planned, answer.reasons) if len(answer.reasons) == 0 else 0
        planned = [one for one in planned if one.order.targets[0] > 0]
        self.manual.admit(planned, answer.reasons)
        if len(answer.reasons) > 0:
            return
        for one in planned:
            answer.orders.append(self.manual.start(one, caller.user, caller.role, command.command_id))
        answer.result = f"{len(planned)} sent" if len(planned) != 1 else "sent"
        if netted > 0:
            answer.result += f"; {netted} lots were netted against each other and not sent"

    # ------------------------------------------------------------------ cancels

    def _cancel(self, command: Command, caller: Caller, answer: Answer) -> None:
        """Cancel what rests of a spread order, or one leg order of it."""
        number = i64(command.request.number("order", 0))
        order = find_order(self.desk, number, answer)
        if order is None:
            return
        answer.orders.append(order)
        asked: i64 = 0
        dropped: i64 = 0
        for leg_order in order.leg_orders:
            if number < IDS_PER_EPOCH or leg_order.command.client_order_id == number:
                if self.amending.drop(order, leg_order):
                    dropped += 1
                if self._ask_cancel(order, leg_order, caller, answer, number >= IDS_PER_EPOCH):
                    asked += 1
        if asked + dropped > 0:
            answer.reasons.clear()
            answer.result = cancelled_text(asked, dropped, "at the venue")
            self._act(order)
        elif len(answer.reasons) == 0:
            answer.reasons.append(f"order: {number} has nothing that rests; it is {SPREAD_STATE_NAMES[order.state]}")

    def _ask_cancel(self, order: SpreadOrder, leg_order: LegOrder, caller: Caller, answer: Answer, tells: bool) -> bool:
        """Request the cancellation of one leg order; false with the reason noted when there is nothing to ask."""
        number = leg_order.command.client_order_id
        if is_leg_terminal(leg_order.state):
            if tells:
                answer.reasons.append(f"order: {number} has ended: {LEG_STATE_NAMES[leg_order.state]}")
            return False
        if leg_order.command.time_in_force != DAY:
            answer.reasons.append(f"order: {number} ends by itself at once; it cannot be cancelled")
            return False
        if leg_order.state == LEG_PENDING_CANCEL:
            answer.reasons.append(f"order: {number} is being cancelled already")
            return False
        # Not known or not reachable now: the request stands, and goes out once it can.
        reason = f"by hand: {caller.user} ({caller.role})"
        if order.has_quotes():
            # All of its quotes go, and none is put in their place before a person says so.
            index = order.definition.index
            if index >= 0 and quotes_in(self.desk, index, -1, -1):
                self._pause(index, caller, "quotes cancelled by hand", answer)
            self.desk.machine.hedging.end_life(order, reason)
        order.drop_waiting(leg_order.leg)
        self.desk.machine.sender.cancel(order, leg_order, reason)
        return True

    def _pause(self, index: i64, caller: Caller, reason: str, answer: Answer) -> None:
        """Pause a spread whose quotes a person takes off."""
        if pause_spread(self.desk, index, caller.user, caller.role, reason):
            answer.paused.append(self.desk.triggers[index].valuation.definition.name)

    def _pause_by_name(self, command: Command, caller: Caller, answer: Answer) -> None:
        name = command.request.text("spread")
        index = i64(self.manual.spreads.get(name, -1))
        if index < 0:
            answer.reasons.append(f"spread: {name}; expected one of {', '.join(self.manual.spreads)}")
            return
        self._pause(index, caller, command.request.text("reason"), answer)
        if len(answer.paused) == 0:
            answer.reasons.append(f"spread: {name} is paused already")

    def _act(self, order: SpreadOrder) -> None:
        self.desk.machine.advance(order)
        self.desk.settle(order)

    def _cancel_all(self, command: Command, caller: Caller, answer: Answer) -> None:
        """Cancel everything of ours that rests, by scope, and what was to come in its place. Orders of others are never
        touched."""
        scope = command.request.number("scope", SCOPE_ALL)
        name = command.request.text("name")
        at = self._scope_index(scope, name, answer)
        if len(answer.reasons) > 0:
            return
        asked: i64 = 0
        dropped: i64 = 0
        for order_id in list(self.desk.open_ids):
            order = self.desk.orders[order_id]
            before = asked + dropped
            for leg_order in order.leg_orders:
                if not _in_scope(scope, at, order, leg_order):
                    continue
                if self.amending.drop(order, leg_order):
                    dropped += 1
                if self._rests(leg_order):
                    self.desk.machine.sender.cancel(order, leg_order, f"cancel all by hand: {caller.user}")
                    asked += 1
            if asked + dropped > before:
                answer.orders.append(order)
                self._act(order)
        for index in range(len(self.desk.triggers)):
            route = at if scope == SCOPE_ROUTE else -1
            instrument = at if scope == SCOPE_INSTRUMENT else -1
            if (scope != SCOPE_SPREAD or index == at) and quotes_in(self.desk, index, route, instrument):
                self._pause(index, caller, "quotes cancelled by hand, all of them", answer)
        answer.result = cancelled_text(asked, dropped, "at the venues")

    def _rests(self, leg_order: LegOrder) -> bool:
        if is_leg_terminal(leg_order.state) or leg_order.state == LEG_PENDING_CANCEL:
            return False
        return leg_order.command.time_in_force == DAY

    def _scope_index(self, scope: i64, name: str, answer: Answer) -> i64:
        """What the scope's name stands for, with a fault when it stands for nothing."""
        if scope == SCOPE_ALL:
            if name != "":
                answer.reasons.append(f"name: {name}; expected none, since the scope is all")
            return 0
        known: list[str] = []
        at: i64 = -1
        if scope == SCOPE_ROUTE:
            known = [route for route in self.venues.names if route != ""]
            at = self.venues.index_of(name)
        elif scope == SCOPE_SPREAD:
            known = list(self.manual.spreads)
            at = self.manual.spreads.get(name, -1)
        else:
            known = list(self.manual.instruments)
            at = self.manual.instruments.get(name, -1)
        if at < 0:
            answer.reasons.append(f"name: {name or 'missing'}; expected one of {', '.join(known)}")
        return at


def _in_scope(scope: i64, at: i64, order: SpreadOrder, leg_order: LegOrder) -> bool:
    if scope == SCOPE_ALL:
        return True
    if scope == SCOPE_ROUTE:
        return leg_order.route == at
    if scope == SCOPE_SPREAD:
        return order.definition.index == at
    return leg_order.command.instrument_index == at


def trading_days(desk: Desk) -> list[int]:
    """The first and the last of the trading days that the markets are on; without calendars yesterday and today in UTC,
    as days since 1970."""
    days: list[int] = []
    for hours in desk.machine.sender.admission.counters.hours:
        day = int(hours.trading_day(desk.step.utc_ns))
        if day > NO_CALENDAR:
            days.append(day)
    if len(days) == 0:
        today = int(desk.step.utc_ns // DAY_NS)
        return [today - 1, today]
    return [min(days), max(days)]


def answer_fields(
    accepted: bool, kind: str, command_id: str, orders: list[dict[str, Any]], reasons: list[str], result: str
) -> dict[str, Any]:
    """An answer without what it says to the engine's next run."""
    return {
        "accepted": accepted,
        "command": kind,
        "id": command_id,
        "orders": orders,
        "reasons": reasons,
        "result": result,
    }


def encoded(fields: dict[str, Any]) -> str:
    """One line of JSON."""
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def describe_forgotten(order_id: int) -> dict[str, Any]:
    """A spread order in an answer that ended so long ago that only its number is known."""
    return {"spread_order_id": order_id, "spread": "", "state": "ended long ago", "is_over": True, "legs": []}


def cancelled_text(asked: i64, dropped: i64, where: str) -> str:
    """What a cancel did: requests to venues, and amendments that will not be sent."""
    parts: list[str] = []
    if asked > 0:
        parts.append(f"cancel requested for {asked} {where}")
    if dropped > 0:
        parts.append(f"amendments dropped: {dropped}")
    return "; ".join(parts) if len(parts) > 0 else "nothing rested"


def describe_order(order: SpreadOrder) -> dict[str, Any]:
    """A spread order in an answer."""
    return {
        "spread_order_id": int(order.spread_order_id),
        "spread": order.definition.name,
        "state": SPREAD_STATE_NAMES[order.state],
        "is_over": is_spread_terminal(order.state) and order.state != HALTED,
        "legs": [
            {
                "client_order_id": int(leg_order.command.client_order_id),
                "state": LEG_STATE_NAMES[leg_order.state],
                "filled": int(leg_order.cumulative_lots),
                "quantity": int(leg_order.command.quantity_lots),
            }
            for leg_order in order.leg_orders
        ],
    }
