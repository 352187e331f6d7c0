"""The reservation ledger: before anything is sent, the worst reachable state is held against every limit.

Rows: order size and value, position, naked exposure, margin. A limit that is not configured refuses. A reservation is
taken once per spread order and released exactly once; fills move quantity from "reserved" to "position".
"""

from __future__ import annotations

from typing import Final, final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.execution import Alternative
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND, checked_add, checked_multiply
from cross_market_connect.domain.order import BUY
from cross_market_connect.domain.spread import SpreadDefinition
from cross_market_connect.trading.orders import SpreadOrder
from cross_market_connect.trading.pricing import orders_needed
from cross_market_connect.trading.throttle import Throttle, WindowLimit

NOT_CONFIGURED: Final[i64] = -1


@final
class Limits:
    """Limits resolved at load, by dense index; NOT_CONFIGURED refuses.

    Attributes:
        order_lots_max, order_value_e4_max, position_lots_max: per instrument (value in base currency).
        naked_e4_max: per spread, in base currency.
        margin_e4_max: per route (account), in base currency.
        orders_per_second_max: per route: messages (orders, cancels, replaces); orders_per_second_reserve of them are
            left to what reduces risk.
        windows: further rolling windows of messages, as the venues throttle.
        window_margin_ns: by how much longer every window is for us.
    """

    def __init__(self, instruments: i64, spreads: i64, routes: i64) -> None:
        self.order_lots_max: vec[i64] = vec[i64]([NOT_CONFIGURED for _ in range(instruments)])
        self.order_value_e4_max: vec[i64] = vec[i64]([NOT_CONFIGURED for _ in range(instruments)])
        self.position_lots_max: vec[i64] = vec[i64]([NOT_CONFIGURED for _ in range(instruments)])
        self.naked_e4_max: vec[i64] = vec[i64]([NOT_CONFIGURED for _ in range(spreads)])
        self.margin_e4_max: vec[i64] = vec[i64]([NOT_CONFIGURED for _ in range(routes)])
        self.orders_per_second_max: vec[i64] = vec[i64]([NOT_CONFIGURED for _ in range(routes)])
        self.orders_per_second_reserve: vec[i64] = vec[i64]([0 for _ in range(routes)])
        self.windows: list[WindowLimit] = []
        self.window_margin_ns: i64 = 0

    def throttle(self, route: i64) -> Throttle:
        """The route's throttle, with nothing sent yet."""
        windows: list[WindowLimit] = []
        most = self.orders_per_second_max[route]
        if most > 0:
            windows.append(WindowLimit(route, most, NANOSECONDS_PER_SECOND, self.orders_per_second_reserve[route]))
        for window in self.windows:
            if window.route == route:
                windows.append(window)
        windows = [
            WindowLimit(route, window.messages_max, window.span_ns + self.window_margin_ns, window.reserve)
            for window in windows
        ]
        return Throttle(windows, most > 0)


@final
class Refusal:
    """Which limit refused, with what was observed; `limit_name` is empty when nothing did."""

    def __init__(self, limit_name: str, observed: i64, limit: i64) -> None:
        self.limit_name: str = limit_name
        self.observed: i64 = observed
        self.limit: i64 = limit


NO_REFUSAL: Final[Refusal] = Refusal("", 0, 0)


@final
class ReservationLedger:
    """Positions and reservations of one engine.

    Attributes:
        position_lots: signed lots per instrument, from fills.
        reserved_buy_lots, reserved_sell_lots: lots per instrument that open reservations may still trade.
        naked_e4: reserved worst naked exposure per spread, in base currency.
        margin_e4: margin of positions and reservations per route, in base currency.
        margin_per_lot_e4: margin of one lot per instrument, in base currency.
        instruments: for the largest order that their venues take; none: a leg is one order.
    """

    def __init__(self, limits: Limits, margin_per_lot_e4: list[int], spreads: i64, routes: i64) -> None:
        instruments: i64 = len(margin_per_lot_e4)
        self.limits: Limits = limits
        self.margin_per_lot_e4: vec[i64] = vec[i64](margin_per_lot_e4)
        self.position_lots: vec[i64] = vec[i64]([0 for _ in range(instruments)])
        self.reserved_buy_lots: vec[i64] = vec[i64]([0 for _ in range(instruments)])
        self.reserved_sell_lots: vec[i64] = vec[i64]([0 for _ in range(instruments)])
        self.naked_e4: vec[i64] = vec[i64]([0 for _ in range(spreads)])
        self.margin_e4: vec[i64] = vec[i64]([0 for _ in range(routes)])
        self.instruments: list[Instrument] = []
        self.throttles: list[Throttle] = [limits.throttle(route) for route in range(routes)]

    def check(self, order: SpreadOrder, values_e4: list[i64], now_ns: i64) -> Refusal:
        """First limit that the order's worst reachable state breaks.

        The worst naked state is every leg of one side filled and none of the other: the larger of the two sums, or of
        one clip where the order goes out in clips. Legs on one route or in one instrument count together, so margin is
        held jointly before the first leg goes. What excludes each other is not added up: an unwind brings a leg back,
        and another way stands in for a leg, so each way is measured in the leg's place. A closing order takes no margin
        and is not measured against it.

        Args:
            values_e4: value of each leg in base currency.
            now_ns: monotonic time, for the rate of orders.
        """
        limits = self.limits
        bought_e4: i64 = 0
        sold_e4: i64 = 0
        for leg in range(len(order.targets)):
            definition = order.definition.legs[leg]
            refusal = self._check_instrument(order, leg, values_e4[leg])
            if len(refusal.limit_name) > 0:
                return refusal
            if order.sides[leg] == BUY:
                bought_e4 = checked_add(bought_e4, values_e4[leg])
            else:
                sold_e4 = checked_add(sold_e4, values_e4[leg])
            limit = limits.margin_e4_max[definition.route]
            margin = self.margin_e4[definition.route]
            for other in range(leg + 1):
                if order.definition.legs[other].route == definition.route:
                    margin = checked_add(margin, self._margin_e4(order, other, order.targets[other]))
            if order.opening and margin > limit:
                return Refusal("margin_max", margin, limit)
            for way in order.definition.execution.legs[leg].alternatives:
                refusal = self._check_way(order, leg, way)
                if len(refusal.limit_name) > 0:
                    return refusal
        if order.definition.index < 0:
            # A single order by hand has no other leg: it is a position, not a naked one.
            order.naked_worst_e4 = 0
            return self._check_rate(order, now_ns)
        naked = self._naked_e4(order, bought_e4 if bought_e4 > sold_e4 else sold_e4, values_e4)
        order.naked_worst_e4 = naked
        spread = order.definition.index
        total = checked_add(self.naked_e4[spread], naked)
        if total > limits.naked_e4_max[spread]:
            return Refusal("naked_value_max", total, limits.naked_e4_max[spread])
        return self._check_rate(order, now_ns)

    def check_beyond(self, order: SpreadOrder, under_way: list[SpreadOrder]) -> Refusal:
        """Whether the order, checked before, fits beside what the spread's orders under way hold beyond what was
        reserved for them: fills that came after an order's end was stated."""
        spread = order.definition.index
        if spread < 0:
            return NO_REFUSAL
        total = checked_add(self.naked_e4[spread], order.naked_worst_e4)
        for other in under_way:
            if other.definition.index == spread:
                beyond = other.naked_now_e4() - other.naked_worst_e4
                if beyond > 0:
                    total = checked_add(total, beyond)
        limit = self.limits.naked_e4_max[spread]
        return Refusal("naked_value_max", total, limit) if total > limit else NO_REFUSAL

    def _naked_e4(self, order: SpreadOrder, side_e4: i64, values_e4: list[i64]) -> i64:
        """Worst naked value: one side whole, or one clip of it, and what hedges may exceed their deficit by."""
        naked = side_e4
        if 0 < order.clip_lots < order.targets[0]:
            whole = checked_multiply(side_e4 // order.targets[0], order.clip_lots)
            rest = checked_multiply(side_e4 % order.targets[0], order.clip_lots)
            naked = checked_add(whole, (rest + order.targets[0] - 1) // order.targets[0])
        over = order.definition.execution.over_hedge_lots_max
        if over > 0:
            most: i64 = 0
            for leg in range(len(values_e4)):
                one_lot_e4 = (values_e4[leg] + order.targets[leg] - 1) // order.targets[leg]
                if one_lot_e4 > most:
                    most = one_lot_e4
            naked = checked_add(naked, checked_multiply(most, over))
        return naked

    def _check_way(self, order: SpreadOrder, leg: i64, way: Alternative) -> Refusal:
        """The limits of another way in the leg's place: of its instrument, and the margin of its route."""
        limits = self.limits
        instrument = way.instrument_index
        lots = checked_multiply(order.targets[leg], way.lots_per_lot)
        if lots > limits.order_lots_max[instrument]:
            return Refusal("order_lots_max", lots, limits.order_lots_max[instrument])
        side = order.sides[leg]
        reserved = self.reserved_buy_lots[instrument] if side == BUY else self.reserved_sell_lots[instrument]
        worst = checked_add(checked_add(side * self.position_lots[instrument], reserved), lots)
        for other in range(len(order.targets)):
            if other != leg and order.sides[other] == side:
                if order.definition.legs[other].instrument_index == instrument:
                    worst = checked_add(worst, order.targets[other])
        if worst > limits.position_lots_max[instrument]:
            return Refusal("position_lots_max", worst, limits.position_lots_max[instrument])
        margin = self.margin_e4[way.route]
        if order.opening:
            margin = checked_add(margin, checked_multiply(self.margin_per_lot_e4[instrument], lots))
            for other in range(len(order.targets)):
                if other != leg and order.definition.legs[other].route == way.route:
                    margin = checked_add(margin, self._margin_e4(order, other, order.targets[other]))
            if margin > limits.margin_e4_max[way.route]:
                return Refusal("margin_max", margin, limits.margin_e4_max[way.route])
        return NO_REFUSAL

    def _check_rate(self, order: SpreadOrder, now_ns: i64) -> Refusal:
        """Whether every order of every leg fits its route's windows now; what closes waits for them instead."""
        if not order.opening:
            return NO_REFUSAL
        legs = order.definition.legs
        for leg in range(len(legs)):
            route = legs[leg].route
            orders: i64 = 0
            for other in range(len(legs)):
                if legs[other].route == route:
                    orders += self._orders(order, other)
            throttle = self.throttles[route]
            if not throttle.has_room(orders, order.opening, now_ns):
                most = throttle.tightest(orders, order.opening, now_ns)
                return Refusal("orders_per_second_max", most + 1, most)
        return NO_REFUSAL

    def takes_quotes(self, definition: SpreadDefinition, opening: bool, now_ns: i64) -> bool:
        """Whether the windows of the spread's quoting legs take a message each now."""
        for leg in range(len(definition.legs)):
            if definition.execution.legs[leg].is_quoting:
                if self.throttles[definition.legs[leg].route].free_ns(1, opening) > now_ns:
                    return False
        return True

    def _orders(self, order: SpreadOrder, leg: i64) -> i64:
        """How many orders a leg goes out in."""
        if len(self.instruments) == 0:
            return 1
        needed = orders_needed(self.instruments[order.definition.legs[leg].instrument_index], order.targets[leg])
        return needed if needed > 1 else 1

    def _check_instrument(self, order: SpreadOrder, leg: i64, value_e4: i64) -> Refusal:
        limits = self.limits
        instrument = order.definition.legs[leg].instrument_index
        side = order.sides[leg]
        lots = order.targets[leg]
        if lots > limits.order_lots_max[instrument]:
            return Refusal("order_lots_max", lots, limits.order_lots_max[instrument])
        if value_e4 > limits.order_value_e4_max[instrument]:
            return Refusal("order_value_max", value_e4, limits.order_value_e4_max[instrument])
        # Worst end on the side that grows: everything reserved there fills and nothing on the other side does.
        reserved = self.reserved_buy_lots[instrument] if side == BUY else self.reserved_sell_lots[instrument]
        worst = checked_add(side * self.position_lots[instrument], reserved)
        for other in range(leg + 1):
            if order.definition.legs[other].instrument_index == instrument and order.sides[other] == side:
                worst = checked_add(worst, order.targets[other])
        worst = checked_add(worst, order.definition.execution.over_hedge_lots_max)
        if worst > limits.position_lots_max[instrument]:
            return Refusal("position_lots_max", worst, limits.position_lots_max[instrument])
        return NO_REFUSAL

    def has_position_room(self, instrument: i64, side: i64, lots: i64) -> bool:
        """Whether so many lots beyond what is reserved stay within the position limit."""
        reserved = self.reserved_buy_lots[instrument] if side == BUY else self.reserved_sell_lots[instrument]
        worst = checked_add(checked_add(side * self.position_lots[instrument], reserved), lots)
        return worst <= self.limits.position_lots_max[instrument]

    def naked_room_lots(self, order: SpreadOrder, leg: i64) -> i64:
        """How many lots more the leg may come to hold, all that lives on it filled, within the spread's naked limit.

        Up to the targets the reservation holds them. What the legs may hold beyond comes on top of it, each lot as
        dear as if its leg were its whole side.
        """
        whole_e4 = order.naked_worst_e4
        if 0 < order.clip_lots < order.targets[0]:
            whole_e4 = checked_multiply(whole_e4, order.targets[0]) // order.clip_lots
        used_e4 = self.naked_e4[order.definition.index]
        for other in range(len(order.targets)):
            beyond = order.highest_lots(other) - order.targets[other]
            if beyond > 0:
                used_e4 = checked_add(used_e4, checked_multiply(whole_e4 // order.targets[other] + 1, beyond))
        room_e4 = self.limits.naked_e4_max[order.definition.index] - used_e4
        within = order.targets[leg] - order.highest_lots(leg)
        if within < 0:
            within = 0
        return within + (room_e4 // (whole_e4 // order.targets[leg] + 1) if room_e4 > 0 else 0)

    def _margin_e4(self, order: SpreadOrder, leg: i64, lots: i64) -> i64:
        """Margin that the reservation of `lots` takes; a closing order takes none."""
        if not order.opening:
            return 0
        return checked_multiply(self.margin_per_lot_e4[order.definition.legs[leg].instrument_index], lots)

    def reserve(self, order: SpreadOrder) -> None:
        """Hold the order's worst state; `check` must have passed in the same step, or the order reduces risk."""
        if order.reserved:
            raise InvariantError(f"spread order {order.spread_order_id} is reserved twice")
        order.reserved = True
        for leg in range(len(order.targets)):
            self.hold(order, leg, order.targets[leg])
        if order.definition.index >= 0:
            self.naked_e4[order.definition.index] += order.naked_worst_e4

    def release(self, order: SpreadOrder) -> None:
        """Give back what the reservation still holds, exactly once."""
        if not order.reserved:
            raise InvariantError(f"spread order {order.spread_order_id} is released twice")
        order.reserved = False
        for leg in range(len(order.targets)):
            self.hold(order, leg, -order.reserved_lots[leg])
        if order.definition.index >= 0:
            self.naked_e4[order.definition.index] -= order.naked_worst_e4

    def hold(self, order: SpreadOrder, leg: i64, lots: i64) -> None:
        """Reserve so many lots more for a leg; negative: so many fewer."""
        definition = order.definition.legs[leg]
        order.reserved_lots[leg] = order.reserved_lots[leg] + lots
        if order.sides[leg] == BUY:
            self.reserved_buy_lots[definition.instrument_index] += lots
        else:
            self.reserved_sell_lots[definition.instrument_index] += lots
        margin = checked_add(self.margin_e4[definition.route], self._margin_e4(order, leg, lots))
        self.margin_e4[definition.route] = margin

    def take_reserved(self, order: SpreadOrder, leg: i64, lots: i64) -> None:
        """What the leg has filled is reserved no more."""
        if lots > 0:
            taken = order.reserved_lots[leg]
            if taken > lots:
                taken = lots
            self.hold(order, leg, -taken)

    def add_position(self, instrument: i64, route: i64, signed_lots: i64) -> None:
        """Change a position, and the margin that it takes on its route."""
        before = self.position_lots[instrument]
        after = checked_add(before, signed_lots)
        self.position_lots[instrument] = after
        size_before = -before if before < 0 else before
        size_after = -after if after < 0 else after
        margin = checked_multiply(size_after - size_before, self.margin_per_lot_e4[instrument])
        self.margin_e4[route] = checked_add(self.margin_e4[route], margin)
