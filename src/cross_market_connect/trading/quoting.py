"""When a spread quotes (active-passive), at what price, and when the quote is pulled. Its fills: see hedging.py.

Theory of operation. One clip is one spread order: the quoting legs' orders rest at the price at which the spread,
hedged at what the other legs' depth gives for the clip, meets the threshold. The clip is reserved whole before it is
sent, so no fill can take the naked exposure above its limit. When it is complete the next one is quoted, until the
position is as large as it may be. The quote moves when its price has left the band of slop around it, and is pulled
when a gate closes or the depth that hedges it is gone; to move is to cancel, and to quote anew once that is confirmed.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from cross_market_connect.domain.numbers import NO_PRICE
from cross_market_connect.domain.order import BUY
from cross_market_connect.domain.spread import BUY_SPREAD, LEG_CANCELLED, LEG_EXPIRED, ROLE_QUOTE
from cross_market_connect.trading.orders import LegOrder, SpreadOrder
from cross_market_connect.trading.pricing import (
    clip_price,
    depth_lots,
    sweep_cost,
)
from cross_market_connect.trading.trigger import (
    CLOSE_BUY,
    CLOSE_SELL,
    NOT_WANTED,
    OPEN_BUY,
    OPEN_SELL,
    TriggerState,
    direction_of,
)
from cross_market_connect.trading.valuation import SpreadValuation

# Steps of the search for a price; values are nearly linear in one leg's price, so few are needed.
_GUESSES: Final[i64] = 4
_NUDGES: Final[i64] = 16


def action_of(order: SpreadOrder) -> i64:
    """What the order was quoted or sent for."""
    if order.opening:
        return OPEN_BUY if order.direction == BUY_SPREAD else OPEN_SELL
    return CLOSE_BUY if order.direction == BUY_SPREAD else CLOSE_SELL


def why_pulled(order: SpreadOrder, state: TriggerState, wanted: i64, now_ns: i64) -> str:
    """Why the order's quotes are cancelled now that the books have moved; empty when they stay.

    Args:
        wanted: the action that the order quotes for.
    """
    quoting = order.definition.execution.quoting
    if quoting is None:
        return ""
    for leg in range(len(order.targets)):
        if not order.definition.execution.legs[leg].is_quoting:
            continue
        price = quote_price(state.valuation, state, wanted, leg, order.targets)
        if price == NO_PRICE:
            return "what hedges the quote is gone"
        # Positive: a better price could be offered; negative: the quote gives away more than the threshold.
        inside = order.sides[leg] * (price - order.limits[leg])
        if -inside > quoting.outside_slop_ticks:
            return "the quote moves out"
        if inside > quoting.inside_slop_ticks and now_ns - order.created_ns >= quoting.requote_ns_min:
            return "the quote moves in"
    return ""


def ended_unasked(leg_order: LegOrder) -> bool:
    """Whether the venue took a quote off that nobody had asked it to cancel."""
    if leg_order.role != ROLE_QUOTE or leg_order.cancel_id != 0:
        return False
    return leg_order.state == LEG_CANCELLED or leg_order.state == LEG_EXPIRED


def unasked_ends(order: SpreadOrder) -> i64:
    """How many of the order's quotes the venue took off by itself."""
    count: i64 = 0
    for leg_order in order.leg_orders:
        if ended_unasked(leg_order):
            count += 1
    return count


def note_end(state: TriggerState, order: SpreadOrder, now_ns: i64) -> None:
    """A spread order that began by quotes has ended: what that means for its trigger's pace."""
    unasked = unasked_ends(order) > 0
    traded = False
    for leg_order in order.leg_orders:
        traded = traded or leg_order.cumulative_lots > 0
    if order.opening and (traded or unasked or order.was_refused()):
        state.count_opening(now_ns)
    state.quote_ended(traded, unasked, now_ns - order.created_ns, now_ns)


def wanted_quote(state: TriggerState, working: i64) -> i64:
    """The action to quote for: of those that the position allows the one whose threshold is nearest.

    Args:
        working: the action that is quoted for now, which another must be nearer than by more than the hysteresis.
    """
    valuation = state.valuation
    rule = valuation.definition.rule
    position = state.position.lots[0] * valuation.definition.legs[0].side
    largest = valuation.definition.position_lots_max
    best: i64 = NOT_WANTED
    nearest: float = 0.0
    for wanted in (CLOSE_SELL, CLOSE_BUY, OPEN_BUY, OPEN_SELL):
        away: float
        if wanted == CLOSE_SELL and position > 0:
            away = rule.buy_exit - valuation.sell_value
        elif wanted == CLOSE_BUY and position < 0:
            away = valuation.buy_value - rule.sell_exit
        elif wanted == OPEN_BUY and 0 <= position < largest:
            away = valuation.buy_value - rule.buy_enter
        elif wanted == OPEN_SELL and 0 >= position > -largest:
            away = rule.sell_enter - valuation.sell_value
        else:
            continue
        if wanted == working:
            away -= rule.hysteresis
        if best == NOT_WANTED or away < nearest:
            best = wanted
            nearest = away
    return best


def quote_price(valuation: SpreadValuation, state: TriggerState, wanted: i64, leg: i64, lots: list[i64]) -> i64:
    """The most aggressive price of the leg at which the spread meets the threshold, the other legs hedged at what their
    depth gives; NO_PRICE when they show less than the clip or the lean quantity, or no valid price does."""
    direction = direction_of(wanted)
    quoting = valuation.definition.execution.quoting
    lean = quoting.lean_lots_min if quoting is not None else 0
    ticks: list[float] = []
    for other in range(len(lots)):
        side = valuation.order_side(other, direction)
        if other == leg:
            best = valuation.books[leg].best_bid() if side == BUY else valuation.books[leg].best_ask()
            if best == NO_PRICE:
                return NO_PRICE
            ticks.append(float(best))
            continue
        depth = depth_lots(valuation.books[other], side)
        if depth < lots[other] or depth < lean:
            return NO_PRICE
        ticks.append(float(sweep_cost(valuation.books[other], side, lots[other])) / float(lots[other]))
    side = valuation.order_side(leg, direction)
    price = _solve(valuation, direction, leg, side, ticks, state.threshold(wanted))
    if price == NO_PRICE:
        return NO_PRICE
    clipped = clip_price(valuation.instruments[leg], side, price)
    return NO_PRICE if side * (clipped - price) > 0 else clipped


def _solve(
    valuation: SpreadValuation, direction: i64, leg: i64, side: i64, ticks: list[float], threshold: float
) -> i64:
    """The highest buying, or lowest selling, price in ticks that meets the threshold; NO_PRICE when none is found."""
    price = i64(int(ticks[leg]))
    for _ in range(_GUESSES):
        ticks[leg] = float(price)
        value: float = valuation.value_at(direction, ticks)
        ticks[leg] = float(price + 1)
        slope: float = valuation.value_at(direction, ticks) - value
        if slope == 0.0:
            return NO_PRICE
        move: float = (threshold - value) / slope
        if not -1e9 < move < 1e9:
            return NO_PRICE
        price += i64(int(move))
        if -1.0 < move < 1.0:
            break
    nudges: i64 = 0
    while nudges < _NUDGES and not _meets(valuation, direction, leg, price, ticks, threshold):
        price -= side
        nudges += 1
    if nudges == _NUDGES:
        return NO_PRICE
    while nudges < _NUDGES and _meets(valuation, direction, leg, price + side, ticks, threshold):
        price += side
        nudges += 1
    return price if price > 0 else NO_PRICE


def _meets(
    valuation: SpreadValuation, direction: i64, leg: i64, price: i64, ticks: list[float], threshold: float
) -> bool:
    ticks[leg] = float(price)
    value: float = valuation.value_at(direction, ticks)
    return value <= threshold if direction == BUY_SPREAD else value >= threshold
