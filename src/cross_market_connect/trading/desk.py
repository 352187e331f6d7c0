"""The trading desk of one engine: quotes to triggers, triggers to spread orders.

on_book -> valuation -> trigger -> gates -> alignment -> reservation -> machine.start

Receipts come in by `intake`, persons' decisions by `commands`.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.alert import WARNING
from cross_market_connect.domain.book import Book
from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.domain.order import BUY, REJECT_QUOTA
from cross_market_connect.domain.ports import OrderRoutes, SessionHours
from cross_market_connect.domain.spread import (
    COMPLETE,
    HALTED,
    REFUSED,
    WORKING,
    SpreadDefinition,
)
from cross_market_connect.domain.step import Step
from cross_market_connect.trading import alerts, decisions
from cross_market_connect.trading.alignment import REASON_LIMIT
from cross_market_connect.trading.command_state import CommandState
from cross_market_connect.trading.conditions import CONDITION_QUOTA_LOTS, InstrumentConditions, condition_fault
from cross_market_connect.trading.doubt import Doubt
from cross_market_connect.trading.gates import (
    GATE_ALIGNMENT,
    GATE_BLOCKED,
    GATE_CANCEL_ONLY,
    GATE_CLOCK_STEP,
    GATE_DURABILITY,
    GATE_LIMIT,
    GATE_NAMES,
    GATE_NONE,
    GATE_PAUSED,
    GATE_RATE,
    GATE_STOPPING,
    MarketGates,
    book_gate,
)
from cross_market_connect.trading.machine import SpreadMachine
from cross_market_connect.trading.orders import LegOrder, SpreadOrder
from cross_market_connect.trading.proposal import QUOTE, Proposer
from cross_market_connect.trading.quoting import (
    action_of,
    note_end,
    wanted_quote,
    why_pulled,
)
from cross_market_connect.trading.reconciliation import Reconciliation
from cross_market_connect.trading.reservation import Limits, Refusal, ReservationLedger
from cross_market_connect.trading.safety import Safety
from cross_market_connect.trading.sending import QUERIES_MAX
from cross_market_connect.trading.single import is_single
from cross_market_connect.trading.sizing import Sizing
from cross_market_connect.trading.states import is_leg_terminal, is_spread_terminal
from cross_market_connect.trading.trigger import (
    EXIT_BY_PRICE,
    EXIT_RETRY_NS,
    NOT_WANTED,
    TriggerState,
    Watch,
    direction_of,
    is_opening,
    watch,
)
from cross_market_connect.trading.valuation import SpreadValuation

ENDED_ORDERS_KEPT: Final[i64] = 256


@final
class Desk:
    """Everything pure between the books and the gateways.

    Attributes:
        conditions: what the markets allow, by instrument; gates: the questions about it; sizing, proposer: orders.
        triggers: one per spread, by index; timed: those that time passing alone may set off.
        orders: spread orders by id: the open ones, the halted ones and the last ENDED_ORDERS_KEPT ended ones (late
            fills find them).
        halted_ids: orders in a person's hands, until the decision: what of them may still live is asked for, no more.
        stopping: no new spread order is opened; what is open is brought to balance.
        clock_step_ns: by how much the calendar clock stepped when it was last looked at; 0 when it runs evenly.
        commands: what operators' commands left behind.
        durable: false when the log cannot promise space or persistence: nothing new is opened.
    """

    def __init__(
        self,
        step: Step,
        routes: OrderRoutes,
        instruments: list[Instrument],
        books: list[Book],
        hours: list[SessionHours],
        definitions: list[SpreadDefinition],
        limits: Limits,
        margin_per_lot_e4: list[int],
        acknowledge_timeout_ns: list[int],
        epoch: i64,
    ) -> None:
        self.step: Step = step
        self.routes: OrderRoutes = routes
        self.books: list[Book] = books
        self.instruments: list[Instrument] = instruments
        self.ledger: ReservationLedger = ReservationLedger(
            limits, margin_per_lot_e4, len(definitions), len(acknowledge_timeout_ns)
        )
        self.ledger.instruments = instruments
        self.machine: SpreadMachine = SpreadMachine(
            step, routes, self.ledger, instruments, books, acknowledge_timeout_ns, epoch
        )
        self.machine.sender.admission.counters.hours = hours
        self.machine.sender.phases.hours = hours
        self.machine.repair.market.instruments = instruments
        self.conditions: list[InstrumentConditions] = [InstrumentConditions() for _ in instruments]
        self.gates: MarketGates = MarketGates(routes, self.conditions)
        self.machine.repair.market.conditions = self.conditions
        self.machine.hedging.conditions = self.conditions
        self.sizing: Sizing = Sizing(self.conditions, self.ledger)
        self.proposer: Proposer = Proposer(step, self.sizing, self.conditions)
        self.triggers: list[TriggerState] = []
        self.timed: list[TriggerState] = []
        self.spreads_of_instrument: list[list[Watch]] = [[] for _ in instruments]
        for definition in definitions:
            valuation = SpreadValuation(definition, instruments, books)
            used = [int(leg.instrument_index) for leg in definition.legs]
            used += [int(pricing.instrument_index) for pricing in definition.pricing_legs]
            state = TriggerState(valuation, [hours[index] for index in used])
            self.triggers.append(state)
            if definition.rule.is_timed():
                self.timed.append(state)
            watch(state, used, books, self.spreads_of_instrument)
        self.orders: dict[int, SpreadOrder] = {}
        self.open_ids: list[int] = []
        self.halted_ids: list[int] = []
        self.ended_ids: list[int] = []
        self.leg_orders: dict[int, LegOrder] = {}
        self.owner: dict[int, int] = {}
        self.next_spread_order_id: i64 = 1
        self.stopping: bool = False
        self.durable: bool = True
        self.clock_step_ns: i64 = 0
        self.commands: CommandState = CommandState()
        self.doubt: Doubt = self.machine.sender.doubt
        self.safety: Safety = Safety(step, instruments)
        self.reconciliation: Reconciliation = Reconciliation(self.safety)

    # ------------------------------------------------------------------ quotes

    def on_book(self, instrument_index: i64) -> None:
        """A book changed: look at the spreads that contain the instrument, and at no other."""
        for watched in self.spreads_of_instrument[instrument_index]:
            if not watched.is_at_rest(self.step.last_seq):
                self.evaluate(watched.state)

    def evaluate(self, state: TriggerState) -> None:
        """Ask one spread whether it wants an order, and start it when every gate lets it through."""
        if not state.valuation.is_plain:
            state.valuation.closing_direction = state.closing_direction()
        is_valued = state.valuation.update()
        if state.valuation.definition.execution.quoting is not None:
            self._evaluate_quoting(state, is_valued)
            return
        if state.open_orders > 0:
            self._on_quote(state)
            return
        if not is_valued:
            self._evaluate_without_value(state)
            return
        now_ns, utc_ns = self.step.now_ns, self.step.utc_ns
        wanted = state.wanted(utc_ns)
        state.wants(wanted, now_ns)
        if wanted == NOT_WANTED:
            state.rests(self.step.last_seq)
            return
        rule = state.valuation.definition.rule
        if state.exit_reason == EXIT_BY_PRICE and now_ns - state.crossed_since_ns < rule.persistence_ns:
            return
        gate = self._check(state, wanted)
        if gate == GATE_NONE:
            gate = state.check_pace(wanted, now_ns, utc_ns)
        if gate != GATE_NONE:
            self._blocked(state, wanted, "")
            return
        if state.is_held_by_limits(is_opening(wanted), now_ns):
            return
        self._propose(state, wanted)

    def _evaluate_quoting(self, state: TriggerState, is_valued: bool) -> None:
        """Ask one spread what it should quote: quote it, move or pull what it quotes, or leave a position by force."""
        definition = state.valuation.definition
        order = self._open_order(state)
        if not is_valued:
            if order is None:
                self._evaluate_without_value(state)
            elif order.has_quotes():
                self.machine.pull(order, "a book is missing")
                self.settle(order)
            return
        wanted = state.wanted(self.step.utc_ns)
        by_force = state.exit_reason != EXIT_BY_PRICE
        if not by_force:
            wanted = wanted_quote(state, NOT_WANTED if order is None else action_of(order))
        gate = GATE_NONE if wanted == NOT_WANTED else self._check(state, wanted)
        if gate == GATE_NONE and wanted != NOT_WANTED and not by_force and state.paused_by != "":
            gate = state.result.set(GATE_PAUSED, -1, 0, 0)
        if order is not None:
            if order.has_quotes() and order.state == WORKING:
                reason = GATE_NAMES[gate] if gate != GATE_NONE else "another action is nearer"
                if gate == GATE_NONE and wanted == action_of(order) and not by_force:
                    reason = why_pulled(order, state, wanted, self.step.now_ns)
                if len(reason) > 0:
                    self.machine.pull(order, reason)
                    self.settle(order)
            self._on_quote(state)
            return
        state.wants(wanted, self.step.now_ns)
        if wanted == NOT_WANTED:
            return
        if gate == GATE_NONE:
            gate = state.check_pace(wanted, self.step.now_ns, self.step.utc_ns, not by_force)
        if gate != GATE_NONE:
            self._blocked(state, wanted, "")
        elif state.is_held_by_limits(is_opening(wanted), self.step.now_ns):
            return
        elif not by_force and not self.ledger.takes_quotes(definition, is_opening(wanted), self.step.now_ns):
            # It is priced when it may go.
            state.result.set(GATE_RATE, -1, 1, 0)
            self._blocked(state, wanted, "the venue takes no further message now")
        else:
            self._propose(state, wanted, not by_force)

    def _open_order(self, state: TriggerState) -> SpreadOrder | None:
        """The spread's order under way or in a person's hands."""
        if state.open_orders == 0:
            return None
        for order_id in self.open_ids + self.halted_ids:
            order = self.orders[order_id]
            if order.definition.index == state.valuation.definition.index:
                return order
        return None

    def _check(self, state: TriggerState, wanted: i64) -> i64:
        """The gates of the markets and of the engine."""
        opening, step = is_opening(wanted), self.step
        gate = self.gates.check(
            state.valuation, state.hours, direction_of(wanted), opening, step.now_ns, step.utc_ns, state.result
        )
        return self._check_engine(state, opening) if gate == GATE_NONE else gate

    def _check_engine(self, state: TriggerState, opening: bool) -> i64:
        """Whether the engine itself may send: gates that are about no market."""
        result = state.result
        if opening:
            if state.paused_by != "":
                return result.set(GATE_PAUSED, -1, 0, 0)
            if self.stopping:
                return result.set(GATE_STOPPING, -1, 0, 0)
            if not self.durable:
                return result.set(GATE_DURABILITY, -1, 0, 0)
            if self.clock_step_ns != 0:
                return result.set(GATE_CLOCK_STEP, -1, self.clock_step_ns, 0)
            leg = self.safety.blocked_leg(state.valuation.definition)
            if leg < 0:
                leg = self.doubt.leg_in_doubt(state.valuation.definition)
            if leg >= 0:
                return result.set(GATE_BLOCKED, state.valuation.definition.legs[leg].instrument_index, 0, 0)
        if self.safety.cancel_only:
            return result.set(GATE_CANCEL_ONLY, -1, 0, 0)
        return GATE_NONE

    def _evaluate_without_value(self, state: TriggerState) -> None:
        """A book is missing: an episode under way, or an exit that the clock asks for, is blocked by it."""
        wanted = state.last_wanted
        if wanted == NOT_WANTED:
            wanted = state.wanted_without_value(self.step.utc_ns)
            if wanted == NOT_WANTED:
                return
            state.wants(wanted, self.step.now_ns)
        if book_gate(state.valuation, state.result) != GATE_NONE:
            self._blocked(state, wanted, "")
        state.last_wanted = NOT_WANTED

    def _on_quote(self, state: TriggerState) -> None:
        """A quote for a spread with an open order: a repair may have waited for it."""
        for order_id in list(self.open_ids):
            order = self.orders[order_id]
            if order.definition.index == state.valuation.definition.index and order.awaits_quote:
                self.machine.on_quote(order)
                self.settle(order)

    def _blocked(self, state: TriggerState, wanted: i64, reason: str) -> None:
        """Record a gate once per episode."""
        state.gate = state.result.gate
        if state.first_of_episode(state.result.gate):
            definition = state.valuation.definition
            decisions.gate(self.step, definition.index, direction_of(wanted), state.result, reason)

    def _propose(self, state: TriggerState, wanted: i64, quoting: bool = False) -> None:
        """From a trigger to a working spread order or quote, or to a recorded reason why not."""
        next_id = self.next_spread_order_id
        proposer = self.proposer
        order = proposer.quote(state, wanted, next_id) if quoting else proposer.propose(state, wanted, next_id)
        if order is None:
            if not is_opening(wanted) and proposer.reason == REASON_LIMIT and not state.has_blocked(GATE_ALIGNMENT):
                alerts.exit_held_up(self.step, state.valuation.definition.name)
            self._blocked(state, wanted, proposer.reason)
            return
        self.next_spread_order_id = next_id + 1
        self._reserve_and_start(state, QUOTE if quoting else wanted, order, proposer.values_e4)

    def _reserve_and_start(self, state: TriggerState, wanted: i64, order: SpreadOrder, values_e4: list[i64]) -> None:
        refusal = self.admit(order, values_e4)
        if len(refusal.limit_name) > 0:
            order.cause_seq = decisions.refusal(self.step, order, refusal, "limit")
            self.machine.move(order, REFUSED, "limit " + refusal.limit_name, "")
            state.result.set(GATE_LIMIT, -1, refusal.observed, refusal.limit)
            state.gate = GATE_LIMIT
            if state.first_of_episode(GATE_LIMIT) or order.opening:
                alerts.refused(self.step, order, refusal.limit_name)
            state.exit_retry_ns = self.step.now_ns + EXIT_RETRY_NS
            return
        self.machine.reserved(order)
        self.opened(order, wanted)
        self.machine.start(order)
        self.settle(order)

    def admit(self, order: SpreadOrder, values_e4: list[i64]) -> Refusal:
        """What forbids a new order: its reservation, the throttle, the counters of the day; an empty refusal when
        nothing does."""
        refusal = self.ledger.check(order, values_e4, self.step.now_ns)
        under_way = [self.orders[order_id] for order_id in self.open_ids]
        if len(refusal.limit_name) == 0:
            refusal = self.ledger.check_beyond(order, under_way)
        if len(refusal.limit_name) == 0:
            refusal = self.machine.sender.admission.check(order, under_way)
        return refusal if len(refusal.limit_name) > 0 else self.machine.sender.netting.check(order)

    def opened(self, order: SpreadOrder, wanted: i64) -> None:
        """A reserved spread order is open: its trigger waits for it."""
        if not is_single(order):
            state = self.triggers[order.definition.index]
            state.kept_text = ""
            state.fired(wanted, self.step.now_ns)
            state.open_orders += 1
            state.gate = GATE_NONE
        self.orders[int(order.spread_order_id)] = order
        self.open_ids.append(int(order.spread_order_id))

    # ------------------------------------------------------------------ receipts

    def hold_position(self, order: SpreadOrder, leg_order: LegOrder, counted: i64, last_ticks: i64) -> None:
        """Count new lots into the spread's position, and into what the market allows; what is held elsewhere is in no
        position of the spread."""
        if counted == 0:
            return
        side = leg_order.command.side
        self.conditions[leg_order.command.instrument_index].count_fill(side, counted)
        if not leg_order.is_elsewhere and not is_single(order):
            price = last_ticks if last_ticks != 0 else leg_order.command.price_ticks
            position = self.triggers[order.definition.index].position
            position.count_fill(order, leg_order.leg, side, counted, price, leg_order.sent_utc_ns)

    def note_refusal(self, leg_order: LegOrder, reject_class: i64) -> None:
        """A purchase refused for its quota: nothing more is bought in the instrument until its quota is stated anew."""
        if reject_class == REJECT_QUOTA and leg_order.command.side == BUY:
            self.conditions[leg_order.command.instrument_index].values[CONDITION_QUOTA_LOTS] = 0

    # ------------------------------------------------------------------ conditions, clock

    def set_condition(self, instrument_index: i64, condition: i64, value: i64) -> str:
        """Take the value over; else why it is none of the condition's."""
        fault = condition_fault(len(self.conditions), instrument_index, condition, value)
        if len(fault) == 0:
            self.conditions[instrument_index].values[condition] = value
        return fault

    def on_condition(self, instrument_index: i64, condition: i64, value: i64) -> None:
        """What a market allows for an instrument changed; the spreads that contain it look again."""
        fault = self.set_condition(instrument_index, condition, value)
        if len(fault) > 0:
            self.step.alert(WARNING, "condition", 0, f"condition not changed: {fault}", f"交易条件未变更：{fault}")
        else:
            self.on_book(instrument_index)

    def on_clock_step(self, step_ns: i64) -> None:
        """The calendar clock was looked at: it stepped by so much, and quotes of before do not trade; 0: it is even."""
        self.clock_step_ns = step_ns
        if step_ns != 0:
            self.gates.clock_step_ns = self.step.now_ns

    def reopened(self, order: SpreadOrder) -> None:
        """A late fill opened an ended spread order again."""
        if not is_single(order):
            self.triggers[order.definition.index].open_orders += 1
        self.open_ids.append(int(order.spread_order_id))
        self.ended_ids.remove(int(order.spread_order_id))

    def settle(self, order: SpreadOrder) -> None:
        """After the machine acted: index new leg orders, and note an ended spread order."""
        order_id = int(order.spread_order_id)
        order.kept_text = ""
        if not is_single(order):
            self.triggers[order.definition.index].kept_text = ""
        for leg_order in order.leg_orders:
            client_order_id = int(leg_order.command.client_order_id)
            if client_order_id not in self.leg_orders:
                self.leg_orders[client_order_id] = leg_order
                self.owner[client_order_id] = order_id
                self.machine.sender.netting.note(order, leg_order)
        if not is_spread_terminal(order.state) or order_id not in self.open_ids:
            return
        self.open_ids.remove(order_id)
        if order.state == HALTED:
            # It stays open for its trigger, and is never forgotten: nothing new on this spread until a person decides.
            self.halted_ids.append(order_id)
            return
        self.ended_ids.append(order_id)
        if not is_single(order):
            state = self.triggers[order.definition.index]
            state.open_orders -= 1
            if state.open_orders < 0:
                raise InvariantError(f"spread {order.definition.name} has fewer than no open orders")
            if not order.has_quotes() or order.anything_filled() or order.was_refused():
                state.ended(order.state != COMPLETE and order.was_refused(), self.step.now_ns)
            if order.has_quotes():
                note_end(state, order, self.step.now_ns)
        self._forget_oldest()

    def _forget_oldest(self) -> None:
        while len(self.ended_ids) > ENDED_ORDERS_KEPT:
            order_id = self.ended_ids.pop(0)
            for leg_order in self.orders[order_id].leg_orders:
                client_order_id = int(leg_order.command.client_order_id)
                if client_order_id in self.reconciliation.awaited:
                    self.reconciliation.give_up(client_order_id)
                del self.leg_orders[client_order_id]
                del self.owner[client_order_id]
            del self.orders[order_id]

    # ------------------------------------------------------------------ routes, time

    def on_whole(self, route: i64) -> None:
        """A route's session has told everything that there was to tell: orders that waited for it go on from here."""
        if not self.doubt.ends(route):
            return
        for order_id in list(self.open_ids):
            self.machine.advance(self.orders[order_id])
            self.settle(self.orders[order_id])

    def on_route(self, route: i64, up: bool) -> None:
        """A route's session was lost or is back."""
        if not up:
            self.doubt.lose(route)
        for order_id in self.open_ids + self.halted_ids:
            order = self.orders[order_id]
            if up:
                self.machine.on_route_up(order, route)
            else:
                self.machine.on_route_lost(order, route)
            self.settle(order)

    def next_timer_ns(self) -> i64:
        """When the desk next needs attention without an event."""
        earliest = NO_TIMER
        for order_id in self.open_ids + self.halted_ids:
            due = self.machine.next_timer_ns(self.orders[order_id])
            if due < earliest:
                earliest = due
        for leg_order in self._ended_in_question():
            if leg_order.query_due_ns < earliest:
                earliest = leg_order.query_due_ns
        for state in self.timed:
            due = state.next_look_ns(self.step.now_ns, self.step.utc_ns)
            if due < earliest:
                earliest = due
        return earliest

    def _ended_in_question(self) -> list[LegOrder]:
        """Ended orders that the venue is to be asked for, or is asked for, over a session that is up."""
        found: list[LegOrder] = []
        for client_order_id in self.reconciliation.awaited:
            leg_order = self.leg_orders.get(client_order_id)
            if leg_order is not None and is_leg_terminal(leg_order.state) and self.routes.is_up(leg_order.route):
                found.append(leg_order)
        return found

    def on_timer(self) -> None:
        """Let every open spread order and waiting trigger look at the time: cancels first, then what is behind."""
        looking = [self.orders[order_id] for order_id in self.open_ids + self.halted_ids]
        for order in looking:
            self.machine.cancel_due(order)
        behind = [order for order in looking if order.anything_filled() and not order.is_balanced()]
        for order in behind + [order for order in looking if order not in behind]:
            self.machine.on_timer(order)
            self.settle(order)
        for leg_order in self._ended_in_question():
            self._ask_ended(leg_order)
        for state in self.triggers:
            if state.last_wanted != NOT_WANTED:
                self.evaluate(state)
        for state in self.timed:
            if state.next_look_ns(self.step.now_ns, self.step.utc_ns) <= self.step.now_ns:
                state.looked_utc_ns = self.step.utc_ns
                self.evaluate(state)

    def _ask_ended(self, leg_order: LegOrder) -> None:
        if self.step.now_ns < leg_order.query_due_ns:
            return
        client_order_id = int(leg_order.command.client_order_id)
        if leg_order.queries < QUERIES_MAX:
            self.machine.sender.query(self.orders[self.owner[client_order_id]], leg_order)
        else:
            self.reconciliation.give_up(client_order_id)

    def is_quiet(self) -> bool:
        """Whether no spread order is under way: every one has ended or is in a person's hands."""
        return len(self.open_ids) == 0
