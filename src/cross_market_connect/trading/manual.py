"""Orders by hand: planned with every fault they have, admitted together or not at all, started in the same machine.

Theory of operation. A single order is a spread order with one leg: it passes the same reservation, the same records and
the same machine, and needs no ladder, because one leg alone is never out of balance. A spread order by hand is one of a
configured spread without its trigger; thresholds and pauses do not hold for a person, limits and sessions do. What the
spread's orders under way may yet come to counts as if it had come: nothing by hand turns a position round or takes it
past its maximum. A batch is planned as a whole: each order is checked with those before it already reserved, and when
anything is wrong nothing is sent.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.instrument import OPEN_ENDED, Instrument
from cross_market_connect.domain.numbers import NO_PRICE, checked_add, checked_multiply, convert_e4
from cross_market_connect.domain.order import (
    BUY,
    DAY,
    IMMEDIATE_OR_CANCEL,
    LIMIT,
    MARKET,
    OFFSET_NONE,
    SELL,
    OrderCommand,
)
from cross_market_connect.domain.spread import ROLE_INITIAL, WORKING
from cross_market_connect.trading import decisions
from cross_market_connect.trading.alignment import Alignment
from cross_market_connect.trading.commands import SINGLE, Request, decimal_units
from cross_market_connect.trading.desk import Desk
from cross_market_connect.trading.manual_records import manual_order
from cross_market_connect.trading.netting import would_trade
from cross_market_connect.trading.orders import LegOrder, SpreadOrder
from cross_market_connect.trading.proposal import first_limit
from cross_market_connect.trading.reservation import Refusal
from cross_market_connect.trading.reversible import plan_sending
from cross_market_connect.trading.single import single_order
from cross_market_connect.trading.trigger import NOT_WANTED, TriggerState
from cross_market_connect.trading.under_way import further_lots, under_way

_UNITS_E9: Final[i64] = 1_000_000_000


@final
class Venues:
    """What a person calls routes, and what each of them trades.

    Attributes:
        names: by route, empty for one that takes no orders.
        mics: by route: the venue's MIC, empty where any instrument can go.
        accounts: by route.
        forces: by route: times in force that the venue offers, empty for all.
    """

    def __init__(self, routes: i64) -> None:
        self.names: list[str] = ["" for _ in range(routes)]
        self.mics: list[str] = ["" for _ in range(routes)]
        self.accounts: list[str] = ["" for _ in range(routes)]
        self.forces: list[list[int]] = [[] for _ in range(routes)]

    def trades(self, route: i64, instrument: Instrument) -> bool:
        """Whether orders for the instrument can take the route."""
        return len(self.names[route]) > 0 and (self.mics[route] == "" or self.mics[route] == instrument.venue.mic)

    def index_of(self, name: str) -> i64:
        """The route of that name, -1 for none."""
        for route in range(len(self.names)):
            if self.names[route] == name and len(name) > 0:
                return route
        return -1


@final
class Planned:
    """An order that may be sent if nothing forbids it: `single` is its only leg's order, None for a spread order."""

    def __init__(self, order: SpreadOrder, single: OrderCommand | None, values_e4: list[i64], place: str) -> None:
        self.order: SpreadOrder = order
        self.single: OrderCommand | None = single
        self.values_e4: list[i64] = values_e4
        self.place: str = place


@final
class ManualOrders:
    """Plans, admits and starts orders by hand."""

    def __init__(self, desk: Desk, venues: Venues) -> None:
        self.desk: Desk = desk
        self.venues: Venues = venues
        self.fx_e8: list[i64] = [0 for _ in desk.instruments]
        self.instruments: dict[str, int] = {}
        for instrument in desk.instruments:
            self.instruments[instrument.symbol] = int(instrument.index)
        self.spreads: dict[str, int] = {}
        for state in desk.triggers:
            definition = state.valuation.definition
            self.spreads[definition.name] = int(definition.index)
            for leg in definition.legs:
                self.fx_e8[leg.instrument_index] = leg.fx_e8

    # ------------------------------------------------------------------ planning

    def plan(self, request: Request, place: str, earlier: list[Planned], faults: list[str]) -> Planned | None:
        """The order as it would be sent beside the `earlier` ones of its batch; None with its faults noted."""
        before = len(faults)
        self._check_desk(place, faults)
        planned = (
            self._plan_single(request, place, faults)
            if request.kind == SINGLE
            else self._plan_spread(request, place, earlier, faults)
        )
        return planned if len(faults) == before else None

    def _check_desk(self, place: str, faults: list[str]) -> None:
        desk = self.desk
        if desk.stopping:
            faults.append(f"{place}engine: stopping; nothing new is opened")
        if not desk.durable:
            faults.append(f"{place}engine: the log cannot be written; nothing new is opened")
        if desk.safety.cancel_only:
            faults.append(f"{place}engine: cancel-only ({desk.safety.reason}); a risk officer lifts it")

    def _plan_single(self, request: Request, place: str, faults: list[str]) -> Planned | None:
        symbol = request.text("instrument")
        index = self.instruments.get(symbol, -1)
        if index < 0:
            faults.append(f"{place}instrument: {symbol}; expected one that this engine trades")
            return None
        instrument = self.desk.instruments[index]
        if not instrument.tradable or self.fx_e8[index] == 0:
            faults.append(f"{place}instrument: {symbol}: no limit is configured for it; expected a leg of a spread")
            return None
        route = self._route(request.text("route"), instrument, place, faults)
        if route < 0:
            return None
        self._check_market(instrument, route, place, faults)
        command = self._command(request, instrument, place, faults)
        self._check_phase(command, place, faults)
        force = command.time_in_force
        if len(self.venues.forces[route]) > 0 and int(force) not in self.venues.forces[route]:
            faults.append(f"{place}tif: not offered by {self.venues.names[route]}")
        price = command.price_ticks
        if command.order_type == MARKET:
            book = self.desk.books[index]
            price = book.best_ask() if command.side == BUY else book.best_bid()
            if price == NO_PRICE:
                faults.append(f"{place}type: market, but {symbol} has no price on the other side")
                return None
        command.price_ticks = price
        return self.planned_single(command, route, place)

    def planned_single(self, command: OrderCommand, route: i64, place: str) -> Planned:
        """The order of one leg for a command, with its value: the most that it may come to trade for."""
        order = single_order(0, command, route, self.venues.accounts[route])
        order.notional_e4 = self._value_e4(
            command.instrument_index, command.side, command.price_ticks, command.quantity_lots
        )
        return Planned(order, command, [order.notional_e4], place)

    def _value_e4(self, index: i64, side: i64, price_ticks: i64, lots: i64) -> i64:
        """The most that an order may trade for, in base currency: a sale at the market's price where that is better
        than its limit, and as high as the day allows while there is no market."""
        instrument, price = self.desk.instruments[index], price_ticks
        if side == SELL:
            book = self.desk.books[index]
            best = book.best_bid() if book.best_bid() > book.best_ask() else book.best_ask()
            if best == NO_PRICE and instrument.limit_high_ticks < OPEN_ENDED:
                best = instrument.limit_high_ticks
            price = best if best > price else price
        return convert_e4(instrument.notional_e4(price if price > 0 else 0, lots), self.fx_e8[index])

    def check_sendable(self, command: OrderCommand, route: i64, faults: list[str]) -> None:
        """What forbids a single order whatever it asks for: the engine's state, the trading phase, the route."""
        self._check_desk("", faults)
        self._check_market(self.desk.instruments[command.instrument_index], route, "", faults)
        self._check_phase(command, "", faults)

    def _route(self, name: str, instrument: Instrument, place: str, faults: list[str]) -> i64:
        """The named route, or the only one that trades the instrument; -1 with the fault noted."""
        if name != "":
            route = self.venues.index_of(name)
            if route >= 0 and self.venues.trades(route, instrument):
                return route
        able = [
            self.venues.names[route] for route in range(len(self.venues.names)) if self.venues.trades(route, instrument)
        ]
        if name == "" and len(able) == 1:
            return self.venues.index_of(able[0])
        found = name if name != "" else "missing"
        faults.append(f"{place}route: {found}; expected one of {', '.join(able) or '(none trades it)'}")
        return -1

    def _check_market(self, instrument: Instrument, route: i64, place: str, faults: list[str]) -> None:
        desk = self.desk
        if not desk.routes.is_up(route):
            faults.append(f"{place}route: {self.venues.names[route]} is not logged on")
        elif not desk.routes.may_open(route):
            faults.append(f"{place}route: {self.venues.names[route]} is about to end with its session's hours")
        if desk.safety.is_blocked(route, instrument.index):
            faults.append(f"{place}instrument: {instrument.symbol} is blocked on this account until it is signed off")

    def _check_phase(self, command: OrderCommand, place: str, faults: list[str]) -> None:
        """Whether the trading phase takes the single order; one that rests for the day may wait for an auction."""
        if not self.desk.machine.sender.phases.takes(command, True):
            symbol = self.desk.instruments[command.instrument_index].symbol
            faults.append(f"{place}instrument: {symbol} takes no such order in its trading phase")

    def _command(self, request: Request, instrument: Instrument, place: str, faults: list[str]) -> OrderCommand:
        order_type = request.number("type", LIMIT)
        price: i64 = 0
        if order_type == LIMIT:
            price = self.price_ticks(request.text("price"), instrument, f"{place}price", faults)
        lots = request.number("quantity", 0)
        self.check_quantity(lots, instrument, f"{place}quantity", faults)
        offset = request.number("offset", OFFSET_NONE)
        force = request.number("tif", IMMEDIATE_OR_CANCEL if order_type == MARKET else DAY)
        return OrderCommand(0, instrument.index, request.number("side", BUY), order_type, force, price, lots, offset)

    def price_ticks(self, text: str, instrument: Instrument, place: str, faults: list[str]) -> i64:
        """A price of the instrument in ticks; 0 with the fault noted."""
        units = decimal_units(text, instrument.price_decimals)
        if units is None or units % int(instrument.tick_units) != 0:
            faults.append(f"{place}: {text}; expected a multiple of the tick {instrument.price_text(1)}")
            return 0
        ticks = i64(units) // instrument.tick_units
        if ticks == 0 and instrument.limit_low_ticks >= 0:
            faults.append(f"{place}: {text}; expected a price above 0")
        elif ticks < instrument.limit_low_ticks or ticks > instrument.limit_high_ticks:
            faults.append(f"{place}: {text}; beyond the day's price limits")
        elif ticks % instrument.step_ticks(ticks) != 0:
            step = instrument.price_text(instrument.step_ticks(ticks))
            faults.append(f"{place}: {text}; expected a multiple of the price step {step}")
        return ticks

    def check_quantity(self, lots: i64, instrument: Instrument, place: str, faults: list[str]) -> None:
        """The venue's smallest, largest and step of an order."""
        if lots < instrument.quantity_min_lots or lots % instrument.quantity_step_lots != 0:
            faults.append(
                f"{place}: {lots}; expected at least {instrument.quantity_min_lots}, "
                f"in steps of {instrument.quantity_step_lots}"
            )
        if lots > instrument.quantity_max_lots:
            faults.append(f"{place}: {lots}; the venue's largest order is {instrument.quantity_max_lots}")

    def _plan_spread(self, request: Request, place: str, earlier: list[Planned], faults: list[str]) -> Planned | None:
        name = request.text("spread")
        index = self.spreads.get(name, -1)
        if index < 0:
            faults.append(f"{place}spread: {name}; expected one of {', '.join(self.spreads)}")
            return None
        state = self.desk.triggers[index]
        definition = state.valuation.definition
        for leg in definition.legs:
            instrument = self.desk.instruments[leg.instrument_index]
            self._check_market(instrument, leg.route, place, faults)
            if not self.desk.machine.sender.phases.is_open(leg.instrument_index):
                faults.append(f"{place}instrument: {instrument.symbol} is not in continuous trading")
        lots_e9 = checked_multiply(request.number("units", 0), definition.legs[0].ratio_e9)
        if lots_e9 % _UNITS_E9 != 0:
            faults.append(f"{place}units: no whole number of lots of the first leg")
            return None
        if not state.valuation.update():
            faults.append(f"{place}spread: {name} has a book that is not live or lacks a side")
        if len(faults) > 0:
            return None
        opening = request.number("action", 1) == 1
        order = SpreadOrder(0, definition, request.number("direction", BUY), opening)
        beside = under_way(self.desk, definition) + [
            one.order for one in earlier if one.order.definition.index == index
        ]
        refused = self._align(state, order, lots_e9 // _UNITS_E9, beside)
        if refused != "":
            faults.append(f"{place}units: {refused}")
            return None
        values_e4: list[i64] = []
        for at in range(len(order.targets)):
            value = state.valuation.leg_value_e4(at, order.direction, order.targets[at])
            values_e4.append(value)
            order.notional_e4 = checked_add(order.notional_e4, value)
        self._take_limits(request, state, order, values_e4, place, faults)
        return Planned(order, None, values_e4, place)

    def _align(self, state: TriggerState, order: SpreadOrder, lots: i64, beside: list[SpreadOrder]) -> str:
        """Quantities and first prices of a spread order that a person asks for, exactly as many as asked; else why not.

        Args:
            lots: wanted of the first leg.
            beside: the spread's orders that are not over.
        """
        valuation = state.valuation
        if order.opening:
            most = valuation.definition.position_lots_max
            held = state.position_lots[0] * valuation.definition.legs[0].side * order.direction
            to_come = further_lots(beside, 0, order.direction)
            if checked_add(held + to_come, lots) > most:
                return (
                    f"{held} lots of the first leg are held, {to_come} may follow from what is under way, {most} may be"
                )
            for other in beside:
                if other.anything_filled() and not other.is_balanced():
                    # What it lacks stands in the position too: carried into this order, it would be traded twice.
                    return f"spread order {other.spread_order_id} is not in proportion yet; expected it to end first"
            aligned = self.desk.sizing.opening(valuation, state.position, order.direction, lots, [])
        else:
            aligned = self.desk.sizing.closing(valuation, state.position, order.direction, lots)
        if len(aligned.lots) == 0:
            return aligned.reason
        if aligned.lots[0] != lots:
            return f"only {aligned.lots[0]} lots of the first leg can be traded now"
        for leg in range(len(aligned.lots)):
            left = -state.position.lots[leg] * valuation.order_side(leg, order.direction)
            to_come = further_lots(beside, leg, order.direction)
            if not order.opening and to_come > 0 and aligned.lots[leg] + to_come > left:
                return f"{left} lots of leg {leg} are held, and {to_come} of them may be closed by what is under way"
        return self._fill_in(state, order, aligned)

    def _fill_in(self, state: TriggerState, order: SpreadOrder, aligned: Alignment) -> str:
        """Give the order its quantities, first prices and order of sending; else why it cannot be sent."""
        desk, valuation = self.desk, state.valuation
        plan = plan_sending(
            valuation, desk.conditions, state.hours, order.direction, order.opening, aligned.lots, desk.step.utc_ns
        )
        if not plan.is_allowed:
            symbol = valuation.instruments[plan.blocked_leg].symbol
            return f"{symbol} cannot be undone now, and another leg goes last"
        order.ranks = plan.ranks
        order.delays_ns = plan.delays_ns
        order.exact_e9 = aligned.exact_e9
        for leg in range(len(aligned.lots)):
            order.targets[leg] = aligned.lots[leg]
            order.sides[leg] = valuation.order_side(leg, order.direction)
            order.limits[leg] = first_limit(valuation, leg, order.sides[leg], aligned.lots[leg])
        return ""

    def _take_limits(
        self,
        request: Request,
        state: TriggerState,
        order: SpreadOrder,
        values_e4: list[i64],
        place: str,
        faults: list[str],
    ) -> None:
        """The person's own first limits in place of the executable prices, and in the legs' values where they are
        dearer."""
        prices = request.prices
        if len(prices) == 0:
            return
        if len(prices) != len(order.limits):
            faults.append(f"{place}limits: {len(prices)}; expected {len(order.limits)}, one per leg")
            return
        for leg in range(len(prices)):
            instrument = state.valuation.instruments[leg]
            order.limits[leg] = self.price_ticks(prices[leg], instrument, f"{place}limits[{leg}]", faults)
            value = self._value_e4(instrument.index, order.sides[leg], order.limits[leg], order.targets[leg])
            if value > values_e4[leg]:
                order.notional_e4 = checked_add(order.notional_e4, value - values_e4[leg])
                values_e4[leg] = value

    # ------------------------------------------------------------------ netting

    def net(self, planned: list[Planned], faults: list[str]) -> i64:
        """Take out of a batch what its single orders would trade with each other; returns the lots taken out.

        Each pair loses the smaller quantity on both sides. Accounts are not crossed with each other. What is left of an
        order has to be one that its venue takes.
        """
        netted: i64 = 0
        for at in range(len(planned)):
            for other in range(at):
                netted += self._net_pair(planned[at], planned[other])
        for one in planned:
            single = one.single
            if netted > 0 and single is not None and single.quantity_lots > 0:
                instrument = self.desk.instruments[single.instrument_index]
                self.check_quantity(single.quantity_lots, instrument, f"{one.place}quantity left by netting", faults)
        return netted

    def _net_pair(self, one: Planned, other: Planned) -> i64:
        first, second = one.single, other.single
        if first is None or second is None or first.quantity_lots == 0 or second.quantity_lots == 0:
            return 0
        if one.order.definition.legs[0].route != other.order.definition.legs[0].route:
            return 0
        if not would_trade(first, second):
            return 0
        lots = first.quantity_lots if first.quantity_lots < second.quantity_lots else second.quantity_lots
        self._reduce(one, first, lots)
        self._reduce(other, second, lots)
        return lots

    def _reduce(self, planned: Planned, command: OrderCommand, lots: i64) -> None:
        left = command.quantity_lots - lots
        planned.values_e4[0] = planned.values_e4[0] // command.quantity_lots * left
        planned.order.notional_e4 = planned.values_e4[0]
        command.quantity_lots = left
        planned.order.targets[0] = left
        planned.order.definition.reference_lots = left

    # ------------------------------------------------------------------ admission

    def admit(self, planned: list[Planned], faults: list[str]) -> None:
        """Check every order with those before it reserved and counted for the day; nothing stays so."""
        admission = self.desk.machine.sender.admission
        held: list[SpreadOrder] = []
        for one in planned:
            refusal = self.desk.admit(one.order, one.values_e4)
            if len(refusal.limit_name) > 0:
                faults.append(one.place + describe(refusal))
            else:
                self.desk.ledger.reserve(one.order)
                admission.hold(one.order)
                held.append(one.order)
        while len(held) > 0:
            order = held.pop()
            self.desk.ledger.release(order)
            admission.let_go(order)
        self._check_messages(planned, faults)

    def _check_messages(self, planned: list[Planned], faults: list[str]) -> None:
        """Whether the throttles take all of them now."""
        for route in range(len(self.desk.ledger.throttles)):
            messages: i64 = 0
            for one in planned:
                for leg in one.order.definition.legs:
                    if leg.route == route:
                        messages += 1
            if messages > 1 and not self.desk.ledger.throttles[route].has_room(messages, True, self.desk.step.now_ns):
                faults.append(f"orders: {messages} for {self.venues.names[route]}; more than its throttle takes now")

    # ------------------------------------------------------------------ starting

    def start(self, planned: Planned, user: str, role: str, command_id: str) -> SpreadOrder:
        """Send an admitted order: its record, its reservation, its legs."""
        desk = self.desk
        order = planned.order
        order.spread_order_id = desk.next_spread_order_id
        desk.next_spread_order_id += 1
        order.cause_seq = manual_order(desk.step, order, planned.single, user, role, command_id)
        if planned.single is None:
            wanted = order.definition.reference_lots
            order.cause_seq = decisions.alignment(desk.step, order, wanted, Alignment())
        desk.machine.reserved(order)
        desk.opened(order, NOT_WANTED)
        single = planned.single
        if single is None:
            desk.machine.start(order)
        else:
            self._start_single(order, single, f"by hand: {user} ({role})")
        desk.settle(order)
        return order

    def _start_single(self, order: SpreadOrder, command: OrderCommand, note: str) -> None:
        desk = self.desk
        order.created_ns = desk.step.now_ns
        order.deadline_ns = desk.step.now_ns + order.definition.deadline_ns
        desk.machine.move(order, WORKING, "sent by hand", "")
        leg = order.definition.legs[0]
        command.client_order_id = desk.machine.sender.take_id()
        leg_order = LegOrder(0, leg.route, ROLE_INITIAL, 0, command)
        instrument = desk.instruments[command.instrument_index]
        desk.machine.sender.send_one(order, leg_order, instrument, leg.account, note)
        desk.machine.advance(order)


def describe(refusal: Refusal) -> str:
    """A limit's refusal as a fault."""
    if refusal.limit_name == "self_trade":
        return f"self_trade: it would trade with {refusal.observed} of our own resting orders"
    return f"limit {refusal.limit_name}: {refusal.observed}; expected at most {refusal.limit}"
