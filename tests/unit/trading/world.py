"""Venues that do anything, and what must hold whatever they do.

A `World` plays a list of events against a desk: orders and queries travel to a venue in order, the venue refuses, fills
in parts or ends them, reports come back in any order and more than once, routes are lost with everything on the way,
prices move, time passes. The truth about every order is kept here; `check` holds the desk to it after every event, and
`settle` lets all faults stop and demands an end.
"""

from __future__ import annotations

from fractions import Fraction

from cross_market_connect.domain.order import (
    RECEIPT_CANCELLED,
    RECEIPT_REJECTED,
    RECEIPT_STATUS,
    REJECT_DUPLICATE,
    REJECT_INSUFFICIENT,
    REJECT_LIMIT_LOCKED,
    REJECT_MARKET_CLOSED,
    REJECT_OFFSET,
    REJECT_PERMISSION,
    REJECT_QUOTA,
    REJECT_SIZE,
    STATUS_CANCELLED,
    OrderCommand,
    Receipt,
)
from cross_market_connect.domain.records import ALERT, RECEIPT, RELEASE, RESERVATION, SPREAD_ORDER
from cross_market_connect.domain.spread import (
    CANCELLED,
    COMPLETE,
    HALTED,
    LEG_REJECTED,
    REFUSED,
    ROLE_NAMES,
    ROLE_UNWIND,
    SPREAD_STATE_NAMES,
    STEP_UNWIND,
    UNWOUND,
    SpreadDefinition,
)
from cross_market_connect.trading.orders import LEG_ORDERS_MAX, SpreadOrder
from cross_market_connect.trading.sending import QUERIES_MAX
from cross_market_connect.trading.states import is_leg_terminal, is_spread_terminal
from cross_market_connect.trading.stopping import stop
from tests.unit.trading.support import ACKNOWLEDGE_TIMEOUT_NS, DEADLINE_NS, MS, Bench, side_sign
from tests.unit.trading.venue import FakeVenue

Event = tuple[str, int, int]
MARGIN_PER_LOT_E4 = 7
REFUSED_FOR_GOOD = (
    REJECT_MARKET_CLOSED,
    REJECT_INSUFFICIENT,
    REJECT_OFFSET,
    REJECT_QUOTA,
    REJECT_DUPLICATE,
    REJECT_PERMISSION,
    REJECT_LIMIT_LOCKED,
    REJECT_SIZE,
)
ENDS = (COMPLETE, CANCELLED, UNWOUND)


class World:
    """A bench, its venues' truth, and what is on the way in both directions, per route."""

    def __init__(self, spread: SpreadDefinition) -> None:
        self.bench = Bench(spread, margin_per_lot_e4=MARGIN_PER_LOT_E4)
        self.venue = FakeVenue(self.bench, quotes_flow=False)
        self.count = len(spread.legs)
        self.outbound: list[list[tuple[str, OrderCommand]]] = [[] for _ in range(self.count)]
        self.inbound: list[list[Receipt]] = [[] for _ in range(self.count)]
        self.past: list[list[Receipt]] = [[] for _ in range(self.count)]
        self.late_fills: list[list[Receipt]] = [[] for _ in range(self.count)]
        self.sent_read = 0
        self.queried_read = 0
        self.cancelled_read = 0
        self.lost: set[int] = set()
        self.late: dict[tuple[int, int], int] = {}
        self.halted: set[int] = set()
        self.told: list[str] = []
        self.bench.set_quotes(*[(999, 1000), (1000, 1001), (1000, 1001)][: self.count])
        self._collect()

    def orders(self) -> list[SpreadOrder]:
        return [self.bench.desk.orders[key] for key in sorted(self.bench.desk.orders)]

    def _collect(self) -> None:
        """What the desk has sent goes on its way, in order."""
        for command in self.bench.routes.sent[self.sent_read :]:
            self.outbound[command.instrument_index].append(("new", command))
        self.sent_read = len(self.bench.routes.sent)
        for client_order_id in self.bench.routes.queried[self.queried_read :]:
            command = next(c for c in self.bench.routes.sent if c.client_order_id == client_order_id)
            self.outbound[command.instrument_index].append(("query", command))
        self.queried_read = len(self.bench.routes.queried)
        for client_order_id in self.bench.routes.cancelled[self.cancelled_read :]:
            command = next(c for c in self.bench.routes.sent if c.client_order_id == client_order_id)
            self.outbound[command.instrument_index].append(("cancel", command))
        self.cancelled_read = len(self.bench.routes.cancelled)

    def _open(self, leg: int) -> list[int]:
        return [
            key
            for key, order in self.venue.orders.items()
            if order.command.instrument_index == leg and not order.is_over
        ]

    def _report(self, leg: int, receipt: Receipt) -> None:
        if self.bench.routes.up[leg]:
            self.inbound[leg].append(receipt)

    # ------------------------------------------------------------------ events

    def play(self, event: Event) -> None:
        name, first, second = event
        leg = first % self.count
        getattr(self, "_" + name)(leg, second)
        self._collect()
        self.told.append(f"{name}({leg}, {second})  {self.describe()}")
        self.check()

    def _arrive(self, leg: int, reject_class: int) -> None:
        """The next order, query or cancel reaches the venue; an order or a cancel is refused when a class is given."""
        if not self.outbound[leg]:
            return
        what, command = self.outbound[leg].pop(0)
        client_order_id = int(command.client_order_id)
        if what == "query":
            self._report(leg, self.venue.answer(client_order_id))
        elif what == "cancel":
            self._report(leg, self.venue.take_cancel(client_order_id, refused=reject_class != 0))
        elif reject_class:
            self._report(leg, self.venue.reject(client_order_id, reject_class))
        else:
            self._report(leg, self.venue.acknowledge(client_order_id))

    def _fill(self, leg: int, lots: int) -> None:
        for client_order_id in self._open(leg)[:1]:
            order = self.venue.orders[client_order_id]
            left = int(order.command.quantity_lots) - order.filled
            self._report(leg, self.venue.fill(client_order_id, min(1 + lots, left)))

    def _end(self, leg: int, _: int) -> None:
        """What an immediate-or-cancel order does not take at once ends."""
        for client_order_id in self._open(leg)[:1]:
            self._report(leg, self.venue.cancel(client_order_id))

    def _deliver(self, leg: int, position: int) -> None:
        if self.inbound[leg]:
            receipt = self.inbound[leg].pop(position % len(self.inbound[leg]))
            self.past[leg].append(receipt)
            self.venue.say(receipt)

    def _repeat(self, leg: int, position: int) -> None:
        """A report that was delivered long ago comes again, marked or not."""
        if self.past[leg] and self.bench.routes.up[leg]:
            receipt = self.past[leg][position % len(self.past[leg])]
            if receipt.kind not in (RECEIPT_STATUS, RECEIPT_REJECTED):
                receipt.possible_duplicate = True
                self.venue.say(receipt)

    def _lose(self, leg: int, _: int) -> None:
        """The session breaks: what was on the way in either direction is gone."""
        if not self.bench.routes.up[leg]:
            return
        self.lost |= {int(command.client_order_id) for what, command in self.outbound[leg] if what == "new"}
        self.outbound[leg].clear()
        self.inbound[leg].clear()
        self.bench.route(leg, False)

    def _up(self, leg: int, _: int) -> None:
        if not self.bench.routes.up[leg]:
            self.bench.route(leg, True)

    def _time(self, _: int, elapsed: int) -> None:
        self.bench.wait(1 + elapsed * elapsed * 20 * MS)

    def _quote(self, leg: int, shift: int) -> None:
        bid = (999, 1000, 1000)[leg] + (shift - 5) * (4 if leg == 0 else -4)
        self.bench.quote(leg, bid, bid + 1, 4)

    def _late(self, leg: int, position: int) -> None:
        """The venue fills one more lot of an order that it had reported as cancelled: it was there all along."""
        reported = [
            int(receipt.client_order_id)
            for receipt in self.past[leg]
            if receipt.kind == RECEIPT_CANCELLED
            and self.venue.orders[int(receipt.client_order_id)].filled
            < self.venue.orders[int(receipt.client_order_id)].command.quantity_lots
        ]
        if not reported or not self.bench.routes.up[leg]:
            return
        client_order_id = reported[position % len(reported)]
        receipt = self.venue.fill(client_order_id, 1)
        self.venue.orders[client_order_id].status = STATUS_CANCELLED
        owner = self.bench.desk.owner[client_order_id]
        self.late[owner, leg] = self.late.get((owner, leg), 0) + 1
        self.past[leg].append(receipt)
        self.late_fills[leg].append(receipt)
        self.venue.say(receipt)

    def _stop(self, _: int, second: int) -> None:
        if second == 0:
            self.bench.input()
            stop(self.bench.desk)

    # ------------------------------------------------------------------ the end of all faults

    def settle(self) -> None:
        """Routes are back, venues fill everything, reports arrive: every spread order ends within its deadline."""
        for leg in range(self.count):
            self.play(("up", leg, 0))
        end = self.bench.now_ns + DEADLINE_NS
        for _ in range(10_000):
            self._drain()
            due = self.bench.desk.next_timer_ns()
            if self.bench.desk.is_quiet() and due > end + 100 * ACKNOWLEDGE_TIMEOUT_NS * QUERIES_MAX:
                break
            self.bench.wait(max(0, int(due) - self.bench.now_ns))
            self._collect()
            self.check()
            assert self.bench.now_ns <= end or self.bench.desk.is_quiet(), "not ended within the deadline"
        else:
            raise AssertionError("never quiet")
        self.told.append(f"settled  {self.describe()}")
        self._check_at_rest()

    def _drain(self) -> None:
        moved = True
        while moved:
            moved = False
            for leg in range(self.count):
                while self.outbound[leg] or self._open(leg) or self.inbound[leg]:
                    moved = True
                    self._arrive(leg, 0)
                    self._fill(leg, 1_000_000)
                    self._deliver(leg, 0)
                    self._collect()
                    self.check()

    # ------------------------------------------------------------------ what must hold

    def check(self) -> None:
        for order in self.orders():
            self._check_no_double_exposure(order)
            self._check_order(order)
        self._check_ledger()
        desk = self.bench.desk
        assert desk.next_timer_ns() >= self.bench.now_ns, "a timer that was missed"
        for order_id in desk.open_ids:
            assert self.bench.desk.machine.next_timer_ns(desk.orders[order_id]) <= desk.orders[order_id].deadline_ns

    def _most(self, client_order_id: int, quantity: int) -> int:
        """The most that an order can have filled in the end, by the truth."""
        order = self.venue.orders.get(client_order_id)
        if order is None:
            on_the_way = any(
                what == "new" and command.client_order_id == client_order_id
                for queue in self.outbound
                for what, command in queue
            )
            return quantity if on_the_way else 0
        return order.filled if order.is_over else quantity

    def _truth(self, client_order_id: int) -> int:
        order = self.venue.orders.get(client_order_id)
        return order.filled if order else 0

    def _check_no_double_exposure(self, order: SpreadOrder) -> None:
        """Invariant 4, by the venues' truth: no leg can end beyond its target, no unwind beyond what filled."""
        for leg in range(self.count):
            sent = [one for one in order.leg_orders if one.leg == leg]
            own = [one for one in sent if one.command.side == order.sides[leg]]
            back = [one for one in sent if one.command.side != order.sides[leg]]
            late = self.late.get((int(order.spread_order_id), leg), 0)
            most = sum(self._most(int(o.command.client_order_id), int(o.command.quantity_lots)) for o in own)
            least_back = sum(self._truth(int(o.command.client_order_id)) for o in back)
            assert most - least_back <= order.targets[leg] + late, f"leg {leg} may fill {most - least_back}"
            least = sum(self._truth(int(o.command.client_order_id)) for o in own)
            most_back = sum(self._most(int(o.command.client_order_id), int(o.command.quantity_lots)) for o in back)
            assert most_back <= least + late, f"leg {leg} may trade back {most_back} of {least}"

    def _check_order(self, order: SpreadOrder) -> None:
        for leg in range(self.count):
            known = sum(
                int(o.cumulative_lots) * int(o.command.side * order.sides[leg])
                for o in order.leg_orders
                if o.leg == leg
            )
            assert order.filled[leg] == known
        for sent in order.leg_orders:
            assert sent.cumulative_lots <= self._truth(int(sent.command.client_order_id)), "a fill that never was"
            assert sent.queries <= QUERIES_MAX
        assert len(order.leg_orders) <= LEG_ORDERS_MAX
        if order.state in ENDS:
            assert not order.reserved
            assert all(is_leg_terminal(sent.state) for sent in order.leg_orders)
            assert self._is_proportional(order), f"{list(order.filled)} of {list(order.targets)} is no end"
            assert (order.state == CANCELLED) <= (set(order.filled) == {0})
        if order.state == HALTED:
            assert order.reserved
            codes = [row["code"] for row in self.bench.log.of(ALERT) if row["spread_order_id"] == order.spread_order_id]
            assert "spread_order_halted" in codes
            if order.spread_order_id not in self.halted:
                self.halted.add(int(order.spread_order_id))
                assert self._may_halt(order), "halted without a condition that made it necessary"

    def _may_halt(self, order: SpreadOrder) -> bool:
        """Invariant 7: the deadline, no way to unwind, or an unwind refused for good or used up in number or time."""
        unwind = next((step for step in order.definition.ladder if step.step == STEP_UNWIND), None)
        sent = [one for one in order.leg_orders if one.role == ROLE_UNWIND]
        if self.bench.now_ns >= order.deadline_ns or unwind is None:
            return True
        if any(one.state == LEG_REJECTED and one.reject_class in REFUSED_FOR_GOOD for one in sent):
            return True
        if any(one.state == LEG_REJECTED and one.reject_class == REJECT_PERMISSION for one in order.leg_orders):
            return True
        current = order.definition.ladder[order.step_index].step
        started = self.bench.now_ns - order.step_started_ns
        used_up = order.step_attempts >= unwind.attempts or started >= unwind.deadline_ns
        return bool(current == STEP_UNWIND and used_up)

    def _is_proportional(self, order: SpreadOrder) -> bool:
        """Worked with fractions: every leg is the nearest whole lots to leg 0's share, within the tolerance."""
        share = Fraction(int(order.filled[0]), int(order.targets[0]))
        if not 0 <= share <= 1:
            return False
        tolerance = Fraction(int(order.definition.tolerance_e6), 1_000_000)
        for filled, target in zip(order.filled, order.targets, strict=True):
            error = abs(int(filled) - share * int(target))
            if error > Fraction(1, 2) or error > tolerance * share * int(target):
                return False
        return True

    def _check_ledger(self) -> None:
        """The ledger against a second account, worked from the log's records alone."""
        desk = self.bench.desk
        reserved: dict[int, dict[int, int]] = {}
        naked: dict[int, int] = {}
        position = [0] * self.count
        for kind, row in self.bench.log.records:
            order_id = row.get("spread_order_id", 0)
            order = desk.orders.get(order_id)
            if order is None:
                continue
            if kind == RESERVATION:
                assert order_id not in reserved, "reserved twice"
                reserved[order_id] = {leg: int(order.targets[leg]) for leg in range(self.count)}
                naked[order_id] = row["naked_worst_e4"]
            elif kind == RELEASE:
                del reserved[order_id], naked[order_id]
            elif kind == RECEIPT and row["counted_lots"]:
                leg, sign = row["leg"], side_sign(desk.leg_orders[row["client_order_id"]].command)
                position[leg] += sign * row["counted_lots"]
                if order_id in reserved and sign == order.sides[leg]:
                    reserved[order_id][leg] = max(0, reserved[order_id][leg] - row["counted_lots"])
        assert list(desk.ledger.position_lots) == position == list(self.bench.trigger.position_lots)
        assert desk.ledger.naked_e4[0] == sum(naked.values())
        for leg in range(self.count):
            held = [(desk.orders[key], legs[leg]) for key, legs in reserved.items()]
            assert desk.ledger.reserved_buy_lots[leg] == sum(lots for o, lots in held if o.sides[leg] == 1)
            assert desk.ledger.reserved_sell_lots[leg] == sum(lots for o, lots in held if o.sides[leg] == -1)
            margin = MARGIN_PER_LOT_E4 * (abs(position[leg]) + sum(lots for o, lots in held if o.opening))
            assert desk.ledger.margin_e4[leg] == margin

    def _check_at_rest(self) -> None:
        """Invariant 1: what the desk knows is what the venues know."""
        for order in self.orders():
            assert is_spread_terminal(order.state) and order.state != REFUSED
            for sent in order.leg_orders:
                assert is_leg_terminal(sent.state), "possibly live although the venue has answered"
                assert sent.cumulative_lots == self._truth(int(sent.command.client_order_id))
        open_orders = sum(order.state == HALTED for order in self.orders())
        assert self.bench.trigger.open_orders == open_orders
        halted = [int(order.spread_order_id) for order in self.orders() if order.state == HALTED]
        assert sorted(self.bench.desk.halted_ids) == halted
        assert len(set(self.bench.desk.ended_ids)) == len(self.bench.desk.ended_ids)

    # ------------------------------------------------------------------ for the reader of a failure

    def describe(self) -> str:
        parts = []
        for order in self.orders():
            if is_spread_terminal(order.state) and order is not self.orders()[-1]:
                continue
            legs = " ".join(
                f"{sent.leg}:{ROLE_NAMES[sent.role]}{sent.command.quantity_lots}={sent.cumulative_lots}/{sent.state}"
                for sent in order.leg_orders
            )
            name = SPREAD_STATE_NAMES[order.state]
            parts.append(f"#{order.spread_order_id} {name} {list(order.filled)}/{list(order.targets)} [{legs}]")
        return "; ".join(parts)

    def story(self) -> str:
        lines = [f"{row['state_before']}->{row['state']} {row['reason']}" for row in self.bench.log.of(SPREAD_ORDER)]
        return "\n".join([*self.told, "moves:", *lines])
