"""Orders of ours that would trade with each other, on one account and instrument: refused, netted, or out of the way.

* What opens is refused while it would trade with a resting order of ours.
* A hedge, a re-order, an unwind or an exit outranks our own quote on the other side: the quote is cancelled, its end is
  awaited for a bounded time, then the hedge goes. When the end does not come in time the hedge goes all the same: a
  naked leg is worse than a self-trade. It counts against the day's self-trades then.
* Orders of one batch that would trade with each other are netted before they are sent: only the difference goes out.

Accounts are never crossed with each other, and nothing is ever filled but by a venue.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.numbers import NANOSECONDS_PER_MILLISECOND
from cross_market_connect.domain.order import DAY, MARKET, OrderCommand
from cross_market_connect.domain.records import SELF_TRADE, Payload
from cross_market_connect.domain.step import Step
from cross_market_connect.trading.orders import LegOrder, SpreadOrder
from cross_market_connect.trading.reservation import NO_REFUSAL, Refusal
from cross_market_connect.trading.single import is_single
from cross_market_connect.trading.states import is_leg_terminal

DEFAULT_WAIT_NS: Final[i64] = 200 * NANOSECONDS_PER_MILLISECOND
CANCEL_QUOTE: Final[str] = "cancel_quote"
GO_ON: Final[str] = "go_on"
REFUSED_ACTION: Final[str] = "refused"
NETTED: Final[str] = "netted"


@final
class Resting:
    """An order of ours that rests, or may rest, at a venue."""

    def __init__(self, order: SpreadOrder, leg_order: LegOrder) -> None:
        self.order: SpreadOrder = order
        self.leg_order: LegOrder = leg_order


@final
class Netting:
    """Knows what of ours rests.

    Attributes:
        wait_ns: how long a hedge waits for the end of a quote that is in its way.
        is_awaited: a hedge waits for the end of a quote.
        is_clear: an order has ended meanwhile. Whoever waits goes on when all that the same read brought is taken in.
    """

    def __init__(self, step: Step) -> None:
        self.step: Step = step
        self.wait_ns: i64 = DEFAULT_WAIT_NS
        self.resting: list[Resting] = []
        self.is_awaited: bool = False
        self.is_clear: bool = False

    def take_clear(self) -> bool:
        """Whether those who wait look again, once."""
        was_clear = self.is_clear
        if was_clear:
            self.is_clear = self.is_awaited = False
        return was_clear

    def note(self, order: SpreadOrder, leg_order: LegOrder) -> None:
        """Remember an order that can rest."""
        if leg_order.command.time_in_force == DAY:
            self.resting.append(Resting(order, leg_order))

    def in_the_way(
        self, order: SpreadOrder, route: i64, instrument: i64, side: i64, price_ticks: i64, is_market: bool
    ) -> list[Resting]:
        """Resting orders of others than `order` that an order at the price would trade with."""
        found: list[Resting] = []
        if len(self.resting) == 0:
            return found
        kept: list[Resting] = []
        for one in self.resting:
            if is_leg_terminal(one.leg_order.state):
                continue
            kept.append(one)
            command = one.leg_order.command
            if one.leg_order.route != route or command.instrument_index != instrument or command.side == side:
                continue
            if one.order is not order and (is_market or (price_ticks - command.price_ticks) * side >= 0):
                found.append(one)
        self.resting = kept
        return found

    def check(self, order: SpreadOrder) -> Refusal:
        """An order that opens is refused while it would trade with a resting one of ours; an exit has the way cleared
        when it is sent."""
        if len(self.resting) == 0 or (not order.opening and not is_single(order)):
            return NO_REFUSAL
        for leg in range(len(order.targets)):
            definition = order.definition.legs[leg]
            route = definition.route
            instrument = definition.instrument_index
            found = self.in_the_way(order, route, instrument, order.sides[leg], order.limits[leg], False)
            if len(found) > 0:
                self.record(order, route, instrument, order.sides[leg], order.limits[leg], found[0], REFUSED_ACTION)
                return Refusal("self_trade", i64(len(found)), 0)
        return NO_REFUSAL

    def record(
        self, order: SpreadOrder, route: i64, instrument: i64, side: i64, price_ticks: i64, one: Resting, action: str
    ) -> None:
        """Put on record what is done about two orders of ours that would trade with each other."""
        payload = Payload(SELF_TRADE)
        payload.put(order.spread_order_id)
        payload.put(route)
        payload.put(instrument)
        payload.put(side)
        payload.put(price_ticks)
        payload.put(one.order.spread_order_id)
        payload.put(one.leg_order.command.client_order_id)
        payload.put_text(action)
        payload.put_text(REASONS[action])
        self.step.write(payload, order.cause_seq)


REASONS: Final[dict[str, str]] = {
    CANCEL_QUOTE: "it outranks our own quote on the other side",
    GO_ON: "our own quote on the other side did not end in time",
    REFUSED_ACTION: "it would trade with our own resting order",
    NETTED: "orders of one batch would trade with each other",
}


def would_trade(one: OrderCommand, other: OrderCommand) -> bool:
    """Whether two new orders for one instrument and account would trade with each other."""
    if one.instrument_index != other.instrument_index or one.side == other.side:
        return False
    if one.order_type == MARKET or other.order_type == MARKET:
        return True
    return (one.price_ticks - other.price_ticks) * one.side >= 0
