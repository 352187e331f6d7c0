"""What of an earlier run's state would be lost or misread under the next run's configuration: a reason not to start.

Reordering and adding is fine, and so is removing what holds nothing.
"""

from __future__ import annotations

import json
from typing import Any, final

from cross_market_connect.config.numbering import Numbering, account_change, session_of
from cross_market_connect.domain.spread import HALTED, SPREAD_STATE_NAMES
from cross_market_connect.trading.renumbering import GONE, Renumbering, can_follow
from cross_market_connect.trading.safety import instrument_of, route_of
from cross_market_connect.trading.states import is_leg_terminal, is_spread_terminal

REMEDY = "expected it as it was until it holds nothing: start with the earlier configuration, close or settle it, stop"


@final
class Holdings:
    """What a desk's state holds, by old index, as texts.

    Attributes:
        order_faults: what is wrong with orders under way that is no matter of one name.
    """

    def __init__(self, state: str, old: Numbering) -> None:
        lines = [json.loads(line) for line in state.split("\n")]
        self.old = old
        self.desk: dict[str, Any] = lines[0]
        self.triggers: list[dict[str, Any]] = lines[1 : 1 + self.desk["spreads"]]
        self.open = [order for order in lines[1 + self.desk["spreads"] :] if is_open(order)]

    def of_spread(self, spread: int) -> list[str]:
        """Position, reservation and orders under way."""
        lots = self.triggers[spread]["lots"]
        symbols = [leg.instrument for leg in self.old.legs[spread]]
        found = [f"{lot:+d} {symbol}" for lot, symbol in zip(lots, symbols, strict=True) if lot]
        if self.desk["ledger"]["naked_e4"][spread]:
            found.append("a reservation")
        return found + [described(order) for order in self.open if not order["single"] and order["spread"] == spread]

    def of_instrument(self, instrument: int) -> list[str]:
        """Position, reservation, orders under way, and blocks."""
        ledger = self.desk["ledger"]
        found = []
        if ledger["position_lots"][instrument]:
            found.append(f"a position of {ledger['position_lots'][instrument]:+d} lots")
        reserved = ledger["reserved_buy_lots"][instrument] + ledger["reserved_sell_lots"][instrument]
        if reserved:
            found.append(f"{reserved} reserved lots")
        found += [described(order) for order in self.open if instrument in self._instruments(order)]
        keys = [key for key, _ in self.desk["blocked"] if instrument_of(key) == instrument]
        return found + (["a block that nobody has signed off"] if keys else [])

    def of_route(self, route: int) -> list[str]:
        """Margin of positions, orders under way, of others too, and blocks of the whole account."""
        found = [f"margin of {self.desk['ledger']['margin_e4'][route] / 1e4:,.2f}"]
        if not self.desk["ledger"]["margin_e4"][route]:
            found.clear()
        found += [described(order) for order in self.open if route in self._routes(order)]
        for key, _, leaves_lots, _ in self.desk["external"]:
            source, _, venue_order_id = key.partition(" ")
            if int(source) == route and leaves_lots:
                found.append(f"somebody else's order {venue_order_id}")
        keys = [key for key, _ in self.desk["blocked"] if route_of(key) == route]
        return found + (["a block that nobody has signed off"] if keys else [])

    def _routes(self, order: dict[str, Any]) -> list[int]:
        used = [leg_order["route"] for leg_order in order["leg_orders"] if not is_leg_terminal(leg_order["state"])]
        if order["single"]:
            return [*used, order["single"][0]]
        return [*used, *(self.old.sources.index(leg.route) for leg in self.old.legs[order["spread"]])]

    def _instruments(self, order: dict[str, Any]) -> list[int]:
        used = [leg_order["command"][1] for leg_order in order["leg_orders"]]
        if order["single"]:
            return [*used, order["single"][2]]
        return [*used, *(self.old.instruments.index(leg.instrument) for leg in self.old.legs[order["spread"]])]


def is_open(order: dict[str, Any]) -> bool:
    """Whether a spread order is under way, in a person's hands, or has an order that may live."""
    if not is_spread_terminal(order["state"]) or order["state"] == HALTED:
        return True
    return any(not is_leg_terminal(leg_order["state"]) for leg_order in order["leg_orders"])


def described(order: dict[str, Any]) -> str:
    return f"spread order {order['id']} ({SPREAD_STATE_NAMES[order['state']]})"


def faults_of(state: str, connected: set[int], old: Numbering, new: Numbering, to: Renumbering) -> list[str]:
    """Everything that stands in the way of going on with the new configuration.

    Args:
        state: the desk's, in old numbers; empty when no run has left any.
        connected: sources whose connection the last run had not closed.
    """
    if state == "":
        return []
    holdings = Holdings(state, old)
    faults = spread_faults(holdings, old, new, to)
    for at, symbol in enumerate(old.instruments):
        change = instrument_change(at, old, new, to)
        found = holdings.of_instrument(at) if change else []
        if found:
            faults.append(f"instrument {symbol}: {change}, and it holds {', '.join(found)}; {REMEDY}")
    for name in old.orders:
        at = old.sources.index(name)
        change = account_change(name, old, new)
        found = holdings.of_route(at) if change else []
        if not change and session_of(old.orders[name]) != session_of(new.orders[name]):
            change = "another session (sender_comp_id or target_comp_id)"
            found = [described(order) for order in holdings.open if at in holdings._routes(order)]
        if change and at in connected:
            found.append("a session that was not ended")
        if found:
            faults.append(f"source {name}: {change}, and it holds {', '.join(found)}; {REMEDY}")
    return faults


def spread_faults(holdings: Holdings, old: Numbering, new: Numbering, to: Renumbering) -> list[str]:
    """Spreads that are gone or have other legs, and orders under way that went a way which is gone."""
    faults = []
    for at, name in enumerate(old.spreads):
        if to.spreads[at] != GONE and to.legs[at]:
            continue
        found = holdings.of_spread(at)
        change = "removed"
        if to.spreads[at] != GONE:
            before, after = ([str(leg) for leg in legs] for legs in (old.legs[at], new.legs[to.spreads[at]]))
            change = f"its legs were {'; '.join(before)} and are {'; '.join(after)}"
        if found:
            faults.append(f"spread {name}: {change}; it holds {', '.join(found)}; {REMEDY}")
    for order in holdings.open:
        is_spread = not order["single"] and to.spreads[order["spread"]] != GONE and to.legs[order["spread"]]
        if is_spread and not can_follow(order, to):
            change = "another way to trade a leg was removed or changed"
            faults.append(f"spread {old.spreads[order['spread']]}: {change}; {described(order)} has used it; {REMEDY}")
    return faults


def instrument_change(at: int, old: Numbering, new: Numbering, to: Renumbering) -> str:
    """Why lots or ticks of an instrument are others now; empty when they are not."""
    if to.instruments[at] == GONE:
        return "removed"
    if not old.facts or not new.facts:
        return ""
    before, after = old.facts[at], new.facts[to.instruments[at]]
    changes = [f"{name} {before[name]} became {after[name]}" for name in before if before[name] != after[name]]
    return ", ".join(changes)
