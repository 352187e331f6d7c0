"""Judges of a simulated history, who believe the venues' ledgers and the bytes on the wire, not the engine's counters.

Theory of operation. The judge hears three things while the history runs: every record before it reaches the log, every
step of a venue, and every start or end of the engine. From the records it takes only intentions (what was to be sent,
for which spread order, under which reservation); what filled it reads from the venues' ledgers, and what the engine
could know from the raw bytes (`told.py`). Safety is judged whenever something is sent or fills; what must hold at rest
is judged once, by `verdicts.py`. A violation is a sentence; the first of them is what a history is shrunk for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from cross_market_connect.domain.execution import UNKNOWN_HEDGE_MIDPOINT, UNKNOWN_HOLD, UNKNOWN_PERSON
from cross_market_connect.domain.order import DAY, LIMIT, OFFSET_NONE, OrderCommand
from cross_market_connect.domain.records import (
    ALERT,
    ALIGNMENT,
    CANCEL_REQUEST,
    CONNECTION,
    LADDER_STEP,
    LEG_ORDER,
    LEG_ORDER_STATE,
    MANUAL_ORDER,
    RECEIPT,
    RELEASE,
    RESERVATION,
    RESTART,
    SPREAD_ORDER,
    STATUS_REQUEST,
    STREAM_BYTES,
    SYNCED,
    TRIGGER,
    decode_payload,
)
from cross_market_connect.domain.spread import (
    HALTED,
    PROPOSED,
    REFUSED,
    REPAIRING,
    ROLE_INITIAL,
    ROLE_NAMES,
    ROLE_UNCERTAIN,
    ROLE_UNWIND,
    STEP_UNWIND,
    SpreadDefinition,
)
from cross_market_connect.matching.orders import ExchangeOrder
from cross_market_connect.simulation import told
from cross_market_connect.simulation.carrying import Carrying
from cross_market_connect.simulation.coverage import COVERED_KINDS, Coverage
from cross_market_connect.simulation.daily import Daily
from cross_market_connect.simulation.judged import Parent, Sent
from cross_market_connect.simulation.safekeeping import Safekeeping
from cross_market_connect.trading.single import MANUAL_INDEX, single_order
from cross_market_connect.trading.states import EVENT_LOCAL_REFUSAL, EVENT_NAMES, is_spread_terminal
from cross_market_connect.venues.simulated.exchange import SimulatedExchange
from cross_market_connect.venues.simulated.faults import REPORT_NO_PART, REPORT_NO_TRADE

MONEY_SCALE: Final = 10_000
# The reservation is held at the quote, orders go beyond it by their payup: as much more, in 1e-3, is no breach.
PRICE_SLACK_PERMILLE: Final = 10
# A quote that is too old when an order leaves was not too old when the venue sent it: it was on its way.
QUOTE_SLACK_NS: Final = 5_000_000
# A deadline is met when the step that was due at it has been made.
DEADLINE_SLACK_NS: Final = 2_000_000
VIOLATIONS_MAX: Final = 20
# How long a hedge beside an unknown order is given before a person takes over (docs/execution.md).
UNCERTAIN_PAUSE_NS: Final = 500_000_000
KEPT_BACK: Final = int(REPORT_NO_TRADE | REPORT_NO_PART)


class Judge:
    """Hears a history and says what was wrong with it.

    Args:
        definitions: the spreads as configured. venue_of_route: which exchange a route's orders go to.
        naked_limits_e4: the configured limit per spread, in base currency.
        tick_value_e4: value of one tick for one lot of an instrument, in base currency.

    Attributes:
        seq: of the record that is heard, set by whoever tells it.
        violations: what is wrong, in the order in which it was found; on_violation hears of each.
        naked_over_limit: the most by which an order of ours took naked exposure above its limit, in base currency.
        naked_episodes_ns: how long each episode of unmatched fills lasted.
        troubles: venue, begin and end of everything that keeps a market or a connection from serving us.
        full_disks: begin and end of every time in which the disk gave no space: an engine that cannot log must not act.
        hangs: begin and end of every time in which the engine's process did nothing.
        forgetful: venues that began their sessions anew: reports that waited for us went with the old ones.
        deaf: venues that lose questions about orders.
        carrying, keeping, daily: judges of what rounding leaves, of the log between runs, of what a day may open.
        moved_ns: when a venue's step last changed what is filled.
        quoted_ns: tells when a venue last published its book; None when nobody knows.
        on_halted: hears of each spread order that waits for a person.
    """

    def __init__(
        self,
        definitions: list[SpreadDefinition],
        venue_of_route: Mapping[int, int],
        naked_limits_e4: list[int],
        tick_value_e4: list[int],
    ) -> None:
        self.definitions = definitions
        self.venue_of_route = venue_of_route
        self.naked_limits_e4 = naked_limits_e4
        self.tick_value_e4 = tick_value_e4
        self.told = told.Told()
        self.parents: dict[int, Parent] = {}
        self.sent: dict[int, Sent] = {}
        self.open: list[Parent] = []
        self.violations: list[str] = []
        self.on_violation: Callable[[str], None] | None = None
        self.now_ns = self.moved_ns = 0
        self.seq = 0
        self.restarts = 0
        self._undo: list[tuple[int, Parent, int, bool]] = []
        self._steps: list[tuple[int, Parent, int]] = []
        self._counts: list[tuple[int, Sent, int]] = []
        self.naked_episodes_ns: list[int] = []
        self.naked_over_limit = 0
        self.alert_codes: set[str] = set()
        self.fills_after_cancel = 0
        self.coverage = Coverage()
        self.troubles: list[tuple[int, int, int]] = []
        self.full_disks: list[tuple[int, int]] = []
        self.hangs: list[tuple[int, int]] = []
        self.forgetful: set[int] = set()
        self.deaf: set[int] = set()
        self.carrying = Carrying(definitions)
        self.keeping = Safekeeping(self.violation)
        self.daily: Daily | None = None
        self.quoted_ns: Callable[[int], int] | None = None
        self.on_halted: Callable[[Parent], None] | None = None
        self._arrived: dict[tuple[int, int], int] = {}
        self._positions: dict[tuple[int, int], list[int]] = {}
        self._hear = {
            int(TRIGGER): self._trigger,
            int(MANUAL_ORDER): self._manual_order,
            int(ALIGNMENT): self._alignment,
            int(RESERVATION): self._reservation,
            int(RELEASE): self._release,
            int(SPREAD_ORDER): self._spread_order,
            int(LEG_ORDER): self._leg_order,
            int(LEG_ORDER_STATE): self._leg_order_state,
            int(LADDER_STEP): self._ladder_step,
            int(RECEIPT): self._receipt,
            int(CANCEL_REQUEST): self._cancel_request,
            int(STATUS_REQUEST): self._status_request,
            int(ALERT): self._alert,
            int(RESTART): self._restart,
            int(STREAM_BYTES): self._stream_bytes,
            int(CONNECTION): self._connection,
            int(SYNCED): self._synced,
        }

    def close(self) -> None:
        """Hear nothing any more."""
        self._hear.clear()
        self.on_violation = self.on_halted = self.quoted_ns = None
        for parent in self.parents.values():
            parent.sent.clear()

    def violation(self, text: str) -> None:
        """Note what is wrong."""
        if len(self.violations) < VIOLATIONS_MAX:
            self.violations.append(text)
            if self.on_violation is not None:
                self.on_violation(text)

    # ------------------------------------------------------------------ records

    def record(self, kind: int, now_ns: int, payload: bytes) -> None:
        """A record is about to be written."""
        hear = self._hear.get(kind)
        if hear is not None or kind in COVERED_KINDS:
            fields = decode_payload(kind, payload)
            self.now_ns = now_ns
            if hear is not None:
                hear(fields)
            if kind in COVERED_KINDS:
                self.coverage.record(kind, fields)

    def _trigger(self, fields: dict[str, Any]) -> None:
        number = fields["spread_order_id"]
        definition = self.definitions[fields["spread_index"]]
        self.parents[number] = Parent(number, definition, fields["direction"], bool(fields["opening"]))
        self.parents[number].trigger_seq = self.seq

    def _manual_order(self, fields: dict[str, Any]) -> None:
        """A person's order: of a spread without its trigger, or one order alone."""
        number, index = fields["spread_order_id"], fields["spread_index"]
        if index == MANUAL_INDEX:
            lots, side, price = fields["quantity_lots"], fields["side"], fields["limit_price_ticks"]
            command = OrderCommand(0, fields["instrument_index"], side, LIMIT, DAY, price, lots, OFFSET_NONE)
            definition = single_order(0, command, fields["route"], fields["account"]).definition
            parent = Parent(number, definition, side, True, [lots], [side], [price])
        else:
            parent = Parent(number, self.definitions[index], fields["direction"], bool(fields["opening"]))
        parent.by_hand = True
        parent.trigger_seq = self.seq
        self.parents[number] = parent

    def _alignment(self, fields: dict[str, Any]) -> None:
        parent = self.parents[fields["spread_order_id"]]
        parent.targets = [int(lots) for lots in fields["quantities"].split(":")]
        parent.prices = [int(price) for price in fields["limit_prices"].split(":")]
        parent.sides = [int(leg.side) * parent.direction for leg in parent.definition.legs]
        self.carrying.aligned(self, parent)

    def _reservation(self, fields: dict[str, Any]) -> None:
        parent = self._changing(fields)
        if parent.reserved:
            self.violation(f"spread order {parent.spread_order_id} is reserved twice")
        parent.reserved = True
        parent.reservations += 1

    def _release(self, fields: dict[str, Any]) -> None:
        parent = self._changing(fields)
        if not parent.reserved:
            self.violation(f"spread order {parent.spread_order_id} is released without a reservation")
        parent.reserved = False

    def _spread_order(self, fields: dict[str, Any]) -> None:
        parent = self._changing(fields)
        before, state = parent.state, fields["state"]
        if fields["state_before"] != before:
            self.violation(f"spread order {parent.spread_order_id} moves from a state that it is not in")
        parent.state = state
        if state == REFUSED:
            return
        if not parent.worked:
            parent.worked = True
            parent.began_ns = parent.clock_ns = self.now_ns
            self.open.append(parent)
        if before == HALTED or (is_spread_terminal(before) and state == REPAIRING):
            self._begin_clock(parent)
            parent.used_up = parent.used_up or parent.has_used_up(STEP_UNWIND)
            parent.halted_alert = False
            parent.attempts.clear()
            if parent not in self.open:
                self.open.append(parent)
        if is_spread_terminal(state):
            parent.ended_ns = self.now_ns
            self._ended(parent, fields)

    def _ended(self, parent: Parent, fields: dict[str, Any]) -> None:
        number = parent.spread_order_id
        if parent.state == HALTED:
            parent.halt_reason = fields["reason"]
            parent.unanswered = any(sent.asked and not sent.told.ended for sent in parent.sent)
            if not parent.halted_alert:
                self.violation(f"spread order {number} is halted and nobody was called")
            if self.on_halted is not None:
                self.on_halted(parent)
        late_ns = self._late_ns(parent)
        if late_ns > DEADLINE_SLACK_NS:
            self.violation(f"spread order {number} ended {late_ns // 1_000_000} ms after its deadline")

    def _begin_clock(self, parent: Parent) -> None:
        parent.clock_ns, parent.held_ns = self.now_ns, 0

    def _due_ns(self, parent: Parent) -> int:
        """When its deadline passes, or the later one after it was held."""
        full_ns = sum(
            max(min(end_ns, self.now_ns) - max(begin_ns, parent.clock_ns), 0) for begin_ns, end_ns in self.full_disks
        )
        return parent.clock_ns + int(parent.definition.deadline_ns) + parent.held_ns + full_ns

    def _late_ns(self, parent: Parent) -> int:
        due_ns = self._due_ns(parent)
        for begin_ns, end_ns in self.hangs:
            # A process that does nothing at its deadline does what is due when it goes on.
            due_ns = end_ns if begin_ns <= due_ns < end_ns else due_ns
        return self.now_ns - due_ns

    def _hold(self, parent: Parent) -> None:
        """At its deadline an order waits once more, when its policy says so and the end of a leg order is not known;
        where a hang made it meet the deadline later, from then on.

        What a venue told in sessions that it forgot was dropped as already seen, and what the last run had no time to
        act on is told again: they may be known to us alone.
        """
        execution = parent.definition.execution
        in_time = parent.held_ns == 0 and self._late_ns(parent) <= DEADLINE_SLACK_NS
        is_unknown = any(
            not sent.told.ended or sent.told.half_read or sent.venue in self.forgetful for sent in parent.sent
        )
        if in_time and is_unknown and execution.unknown_policy != UNKNOWN_PERSON:
            is_hold = execution.unknown_policy == UNKNOWN_HOLD
            pause_ns = int(execution.unknown_hold_ns) if is_hold else UNCERTAIN_PAUSE_NS
            parent.held_ns = max(self.now_ns - self._due_ns(parent), 0) + pause_ns

    def _ladder_step(self, fields: dict[str, Any]) -> None:
        parent = self.parents[fields["spread_order_id"]]
        step = fields["step"]
        parent.attempts[step] = parent.attempts.get(step, 0) + 1
        self._steps.append((self.seq, parent, step))
        allowed = sum(int(row.attempts) for row in parent.definition.ladder if row.step == step)
        if parent.attempts[step] > allowed:
            name = ROLE_NAMES[step] if step < len(ROLE_NAMES) else str(step)
            self.violation(f"spread order {parent.spread_order_id}: {name} tried more than {allowed} times")

    def _alert(self, fields: dict[str, Any]) -> None:
        self.alert_codes.add(str(fields["code"]))
        parent = self.parents.get(fields["spread_order_id"])
        if parent is not None and fields["code"] == "spread_order_halted":
            parent.halted_alert = True
        elif parent is not None and fields["code"] in ("unknown_held", "unknown_hedged"):
            self._hold(parent)

    def may_be_untold(self, sent: Sent) -> bool:
        """Whether nobody can know what filled: the venue keeps its trades to itself, or lost its sessions."""
        keeps_back = sent.at_venue is not None and sent.at_venue.report_flags & KEPT_BACK != 0
        return keeps_back or sent.venue in self.forgetful

    def hang(self, begin_ns: int, end_ns: int) -> None:
        """The engine's process does nothing for a while, or until it dies."""
        self.hangs.append((begin_ns, end_ns))

    def trouble(self, venue: int, begin_ns: int, end_ns: int) -> None:
        """Something keeps a venue from serving us for a while."""
        self.troubles.append((venue, begin_ns, end_ns))

    def _changing(self, fields: dict[str, Any]) -> Parent:
        """The spread order that a record is about to change; how it was is kept for a power cut."""
        parent = self.parents[fields["spread_order_id"]]
        self._undo.append((self.seq, parent, parent.state, parent.reserved))
        return parent

    def _lose(self, parent: Parent) -> None:
        """Its first record is gone: for the engine there never was such a spread order, and its number is free."""
        del self.parents[parent.spread_order_id]
        self.open = [other for other in self.open if other is not parent]

    def _never_began(self, parent: Parent) -> None:
        """Its wish is on record and nothing that was done about it: what it sent is known to be lost."""
        parent.worked = False
        self.open = [other for other in self.open if other is not parent]

    def _restart(self, fields: dict[str, Any]) -> None:
        self.restarts += 1
        self.hangs = [(begin_ns, min(end_ns, self.now_ns)) for begin_ns, end_ns in self.hangs]
        # What a power cut took from the log was never decided, as far as the next run knows.
        while self._undo and self._undo[-1][0] > fields["recovered_record"]:
            _seq, parent, state, reserved = self._undo.pop()
            parent.state, parent.reserved = state, reserved
        while self._counts and self._counts[-1][0] > fields["recovered_record"]:
            _seq, sent, lots = self._counts.pop()
            sent.counted -= lots
        while self._steps and self._steps[-1][0] > fields["recovered_record"]:
            _seq, parent, step = self._steps.pop()
            parent.attempts[step] = max(parent.attempts.get(step, 0) - 1, 0)
        self.told.forget_after(fields["recovered_record"])
        for parent in [*self.parents.values()]:
            if parent.trigger_seq > fields["recovered_record"]:
                self._lose(parent)
            elif parent.state == PROPOSED and parent.worked:
                self._never_began(parent)
        for sent in self.sent.values():
            if sent.record_seq > fields["recovered_record"]:
                sent.lost = True
            if sent.lost:
                sent.told.seen.clear()
        for parent in self.open:
            if not is_spread_terminal(parent.state):
                self._begin_clock(parent)

    def _stream_bytes(self, fields: dict[str, Any]) -> None:
        self.told.seq = self.seq
        self.told.received(fields["source"], fields["raw"])

    def _synced(self, fields: dict[str, Any]) -> None:
        self.keeping.synced(fields["record_seq"])

    def _connection(self, fields: dict[str, Any]) -> None:
        self.told.connected(fields["source"], bool(fields["connected"]))

    def _cancel_request(self, fields: dict[str, Any]) -> None:
        sent = self.sent.get(fields["original_client_order_id"])
        if sent is not None:
            sent.cancel_asked = True

    def _status_request(self, fields: dict[str, Any]) -> None:
        sent = self.sent.get(fields["client_order_id"])
        if sent is not None:
            sent.asked = True

    def _receipt(self, fields: dict[str, Any]) -> None:
        sent = self.sent.get(fields["client_order_id"])
        if sent is not None:
            self.fills_after_cancel += fields["counted_lots"] > 0 and (sent.cancel_asked or sent.told.late_fills > 0)
            sent.counted += fields["counted_lots"]
            self._counts.append((self.seq, sent, fields["counted_lots"]))
            sent.rejects_on_record += fields["reject_class"] != 0
            sent.order.was_lied_to = sent.order.was_lied_to or (sent.told.rejected and not sent.is_refused())
            total, number = fields["cumulative_lots"], sent.client_order_id
            if sent.told.taken_back:
                # What its venue repeats of before a trade was taken back counts no more.
                total = min(total, sent.told.cumulative)
            if sent.counted < total and not sent.lost:
                self.violation(f"order {number}: the venue states {total} lots in all, {sent.counted} are counted")

    # ------------------------------------------------------------------ what is sent

    def _leg_order(self, fields: dict[str, Any]) -> None:
        parent = self.parents[fields["spread_order_id"]]
        number, leg, lots = fields["client_order_id"], fields["leg"], fields["quantity_lots"]
        if number in self.sent:
            self.violation(f"client order id {number} is used twice")
        if not parent.reserved:
            self.violation(f"order {number} has no reservation")
        low, high = parent.reachable(leg)
        if fields["role"] == ROLE_UNCERTAIN and parent.definition.execution.unknown_policy == UNKNOWN_HEDGE_MIDPOINT:
            # The policy takes half of what is possible as filled, with a person called at once.
            high = (low + high) // 2
        sent = Sent(
            number,
            parent,
            leg,
            fields["side"],
            lots,
            fields["limit_price_ticks"],
            fields["role"],
            self.venue_of_route[fields["route"]],
            self.told.sent(number, lots),
        )
        # What a venue told in sessions that it forgot is dropped as already seen: nobody knows what the engine knows.
        certain = sent.venue not in self.forgetful and not parent.is_a_guess()
        if certain and sent.sign() > 0 and high + lots > parent.targets[leg]:
            self.violation(
                f"order {number} ({ROLE_NAMES[sent.role]}) of {lots} lots: "
                f"leg {leg} may hold {high} of {parent.targets[leg]}"
            )
        if certain and sent.sign() < 0 and low - lots < 0:
            self.violation(f"order {number} (unwind) of {lots} lots: leg {leg} may hold only {low}")
        if sent.role == ROLE_INITIAL and any(other.leg == leg for other in parent.sent):
            self.violation(f"order {number}: leg {leg} is begun twice")
        if certain and (sent.role == ROLE_UNWIND) != bool(sent.sign() < 0) and low >= 0:
            self.violation(f"order {number}: {ROLE_NAMES[sent.role]} on the wrong side")
        if parent.opening and not parent.by_hand and not parent.sent:
            self._judge_quotes(parent)
        if self.daily is not None and parent.opening and sent.role == ROLE_INITIAL:
            self.daily.opened(self, sent, fields["route"])
        sent.record_seq = self.seq
        sent.route = fields["route"]
        before = self.naked_worst_e4(parent)
        parent.sent.append(sent)
        self.sent[number] = sent
        if certain and not parent.is_single() and self.naked_worst_e4(parent) > before:
            self._judge_exposure(parent, sent)

    def _leg_order_state(self, fields: dict[str, Any]) -> None:
        """An order whose route is down ends before it has left; that it has not is judged where it would arrive."""
        sent = self.sent.get(fields["client_order_id"])
        if sent is not None and fields["reason"].startswith(EVENT_NAMES[EVENT_LOCAL_REFUSAL]):
            sent.never_left = True
            self.told.never_left(sent.client_order_id, self.seq)

    def _judge_quotes(self, parent: Parent) -> None:
        """What opens a position: no quote is older, by its venue's publication, than its leg allows."""
        if self.quoted_ns is None:
            return
        # Each market lists one instrument, in the markets' order.
        allowed_ns = [(int(leg.instrument_index), int(leg.quote_age_ns_max)) for leg in parent.definition.legs]
        allowed_ns += [(int(leg.instrument_index), int(leg.quote_age_ns_max)) for leg in parent.definition.pricing_legs]
        for venue, age_ns_max in allowed_ns:
            age_ns = self.now_ns - self.quoted_ns(venue)
            is_old = age_ns > age_ns_max + QUOTE_SLACK_NS
            if is_old and not self.is_troubled(venue, self.now_ns - age_ns):
                self.violation(
                    f"spread order {parent.spread_order_id} opens by a quote of market {venue}"
                    f" that is {age_ns // 1_000_000} ms old"
                )

    def is_troubled(self, venue: int, since_ns: int) -> bool:
        """Whether something kept a venue from serving us between then and now."""
        return any(
            at == venue and begin_ns <= self.now_ns and end_ns >= since_ns for at, begin_ns, end_ns in self.troubles
        )

    def _judge_exposure(self, parent: Parent, sent: Sent) -> None:
        """An order that makes the worst state worse must fit the spread's limit.

        A first order is measured with the spread's other open orders, each at its worst, but for those that a late fill
        opened again after this one was reserved: a leg that waited its turn answers what its own legs may do, and
        keeping it back would leave those alone. A repair answers what the venues did by themselves, perhaps to an order
        that had ended while another began: it must fit with its own, and with what came beyond the targets, or beyond
        nothing from unwinds, from orders that their venues had stated the end of. No decision made that (what a leg may
        hold is judged whenever one leaves), and trading it back together with the other legs may fill on one of them
        first.
        """
        index = int(parent.definition.index)
        others = self.open if sent.role == ROLE_INITIAL else [parent]
        worst = sum(
            self.naked_worst_e4(other)
            for other in others
            if other.definition.index == index and not is_spread_terminal(other.state)
            if not other.was_opened_again_after(parent)
        )
        limit = self.naked_limits_e4[index]
        if sent.role != ROLE_INITIAL:
            limit += self._beyond_targets_e4(parent)
        over = worst - limit - limit * PRICE_SLACK_PERMILLE // 1_000
        if over > 0:
            self.naked_over_limit = max(self.naked_over_limit, over // MONEY_SCALE)
            number = sent.client_order_id
            self.violation(f"order {number}: naked exposure may be {over // MONEY_SCALE} above the spread's limit")

    def _beyond_targets_e4(self, parent: Parent) -> int:
        """Value of what the legs hold beyond their targets, or on the other side, by fills that were told after an end
        was."""
        value = 0
        for leg, target in enumerate(parent.targets):
            orders = [sent for sent in parent.sent if sent.leg == leg]
            if any(sent.told.late_fills for sent in orders):
                held = sum(sent.sign() * sent.told.cumulative for sent in orders)
                instrument = int(parent.definition.legs[leg].instrument_index)
                value += max(0, held - target, -held) * self.tick_value_e4[instrument] * parent.prices[leg]
        return value

    def naked_worst_e4(self, parent: Parent) -> int:
        """Largest difference between what is bought and what is sold, over everything that may still happen."""
        bought_low = bought_high = sold_low = sold_high = 0
        for leg, side in enumerate(parent.sides):
            low, high = parent.reachable(leg)
            instrument = int(parent.definition.legs[leg].instrument_index)
            each = self.tick_value_e4[instrument] * parent.prices[leg]
            if side > 0:
                bought_low, bought_high = bought_low + low * each, bought_high + high * each
            else:
                sold_low, sold_high = sold_low + low * each, sold_high + high * each
        return max(bought_high - sold_low, sold_high - bought_low, 0)

    # ------------------------------------------------------------------ what happens at the venues

    def look(self, venue: int, exchange: SimulatedExchange, participants: list[int], now_ns: int) -> None:
        """A step of a venue is over: what arrived, what filled."""
        self.now_ns = now_ns
        changed = False
        for participant in participants:
            holding = exchange.ledger.holdings[participant]
            count = len(holding.orders)
            if count != self._arrived.get((venue, participant), 0):
                self._arrivals(venue, participant, list(holding.orders.values()))
            lots = [int(value) for value in holding.bought_lots] + [int(value) for value in holding.sold_lots]
            if self._positions.get((venue, participant)) != lots:
                self._positions[(venue, participant)] = lots
                self.carrying.touched(venue)
                changed = True
        if changed:
            self.moved_ns = now_ns
            self.time_naked(now_ns)

    def _arrivals(self, venue: int, participant: int, orders: list[ExchangeOrder]) -> None:
        known = self._arrived.get((venue, participant), 0)
        self.carrying.touched(venue)
        for order in orders[known:]:
            name = order.client_id
            sent = self.sent.get(int(name)) if name.isdigit() else None
            if sent is None:
                self.violation(f"order {name.decode()} is at venue {venue} without a record")
            elif sent.never_left:
                self.violation(f"order {name.decode()} is at venue {venue}, its record says that it never left")
            elif sent.venue != venue or sent.lots != order.quantity_lots or sent.side != order.side:
                self.violation(f"order {name.decode()} at venue {venue} is not what its record says")
            else:
                sent.at_venue = order
        self._arrived[(venue, participant)] = len(orders)

    def time_naked(self, now_ns: int) -> None:
        """Begin and end the episodes in which a spread order's fills are out of proportion, by the ledgers."""
        for parent in self.open:
            nets = [parent.net(leg) for leg in range(len(parent.targets))]
            naked = not parent.is_balanced(nets)
            if naked and parent.naked_since_ns < 0:
                parent.naked_since_ns = now_ns
            elif not naked and parent.naked_since_ns >= 0:
                self.naked_episodes_ns.append(now_ns - parent.naked_since_ns)
                parent.naked_since_ns = -1
