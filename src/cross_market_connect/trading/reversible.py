"""Can a leg be undone, and what follows for the order in which the legs are sent.

A fill can be traded back while there is inventory or borrow to sell it from (or quota to buy it with), room to the
price limit, and time. A leg that cannot be undone goes last: sized by what the others have filled, it completes them
and is never alone. Of several such legs all but one must be bounded by what can be undone, or be covered by a budget
for exposure overnight that has an owner; else nothing is opened.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.book import Book
from cross_market_connect.domain.execution import ARRIVE_TOGETHER, SLOW_FIRST
from cross_market_connect.domain.instrument import OPEN_ENDED, Instrument
from cross_market_connect.domain.numbers import NO_PRICE, checked_add
from cross_market_connect.domain.order import BUY
from cross_market_connect.domain.ports import SessionHours
from cross_market_connect.trading.conditions import (
    CONDITION_CLOSE_TODAY_LOTS,
    CONDITION_QUOTA_LOTS,
    UNBOUNDED_LOTS,
    InstrumentConditions,
    is_locked,
)
from cross_market_connect.trading.valuation import SpreadValuation

RANK_IRREVERSIBLE: Final[i64] = 2


@final
class SendPlan:
    """In which order the legs of an aligned order are sent.

    Attributes:
        ranks, delays_ns: as in `SpreadOrder`.
        caps: per leg, most lots that can be undone, where a smaller order would be allowed; empty when there is none.
        is_allowed: false when the order of this size may not be opened.
        blocked_leg: then, the leg that cannot be undone and is not the last.
        uncovered_e4: value of what could be left overnight; covered by the budget when the order is allowed.
    """

    def __init__(self, count: i64) -> None:
        self.ranks: list[i64] = [0 for _ in range(count)]
        self.delays_ns: list[i64] = [0 for _ in range(count)]
        self.caps: list[i64] = []
        self.is_allowed: bool = True
        self.blocked_leg: i64 = -1
        self.uncovered_e4: i64 = 0


def reversible_now(
    instrument: Instrument,
    book: Book,
    conditions: InstrumentConditions,
    side: i64,
    closes_in_ns: i64,
    undo_margin_ns: i64,
    distance_ticks_min: i64,
) -> i64:
    """Lots of an order of `side` that could be traded back now, if they filled.

    Args:
        closes_in_ns: time to the end of the session.
        undo_margin_ns: a shorter time is none to undo anything in.
        distance_ticks_min: nearer than this to the price limit the way back may be locked any moment; 0 for no matter.
    """
    undo = -side
    if closes_in_ns < undo_margin_ns or is_locked(conditions, undo):
        return 0
    if distance_ticks_min > 0:
        best = book.best_ask() if undo == BUY else book.best_bid()
        if best == NO_PRICE:
            return 0
        if undo == BUY and instrument.limit_high_ticks < OPEN_ENDED:
            if instrument.limit_high_ticks - best < distance_ticks_min:
                return 0
        elif undo != BUY and best - instrument.limit_low_ticks < distance_ticks_min:
            return 0
    if undo == BUY:
        return conditions.values[CONDITION_QUOTA_LOTS]
    if conditions.values[CONDITION_CLOSE_TODAY_LOTS] >= UNBOUNDED_LOTS:
        # What is bought today can be sold today.
        return UNBOUNDED_LOTS
    return conditions.openable_lots(undo)


def plan_sending(
    valuation: SpreadValuation,
    conditions: list[InstrumentConditions],
    hours: list[SessionHours],
    direction: i64,
    opening: bool,
    lots: list[i64],
    utc_ns: i64,
) -> SendPlan:
    """The order in which aligned quantities are sent, and whether they may be."""
    execution = valuation.definition.execution
    count = valuation.leg_count
    plan = SendPlan(count)
    reversible: list[i64] = []
    last: i64 = -1
    last_value: i64 = 0
    stuck: i64 = 0
    for leg in range(len(lots)):
        instrument = valuation.instruments[leg]
        left = hours[leg].close_utc_ns(utc_ns) - utc_ns if execution.undo_margin_ns > 0 else execution.undo_margin_ns
        can = reversible_now(
            instrument,
            valuation.books[leg],
            conditions[instrument.index],
            valuation.order_side(leg, direction),
            left,
            execution.undo_margin_ns,
            execution.legs[leg].limit_distance_ticks_min,
        )
        reversible.append(can)
        if can < lots[leg]:
            stuck += 1
            value = valuation.leg_value_e4(leg, direction, lots[leg])
            plan.uncovered_e4 = checked_add(plan.uncovered_e4, value)
            if last < 0 or value > last_value:
                last = leg
                last_value = value
    if stuck > 0:
        plan.uncovered_e4 -= last_value
        plan.ranks[last] = RANK_IRREVERSIBLE
    if stuck > 1 and opening:
        _allow(valuation, plan, reversible, lots, last)
    _sequence(valuation, plan)
    return plan


def _allow(valuation: SpreadValuation, plan: SendPlan, reversible: list[i64], lots: list[i64], last: i64) -> None:
    """Several legs cannot be undone: within the budget, or smaller, or not at all."""
    execution = valuation.definition.execution
    if len(execution.budget_owner) > 0 and plan.uncovered_e4 <= execution.naked_budget_e4:
        return
    plan.is_allowed = False
    for leg in range(len(lots)):
        plan.caps.append(UNBOUNDED_LOTS if leg == last else reversible[leg])
        if leg != last and reversible[leg] < lots[leg] and plan.blocked_leg < 0:
            plan.blocked_leg = leg


def _sequence(valuation: SpreadValuation, plan: SendPlan) -> None:
    """Among the legs that can be undone: the slowest first, or delayed so that they arrive together."""
    execution = valuation.definition.execution
    slowest: i64 = -1
    for leg in range(len(plan.ranks)):
        if plan.ranks[leg] == 0:
            if slowest < 0 or execution.legs[leg].one_way_delay_ns > execution.legs[slowest].one_way_delay_ns:
                slowest = leg
    if slowest < 0:
        return
    longest = execution.legs[slowest].one_way_delay_ns
    for leg in range(len(plan.ranks)):
        if plan.ranks[leg] != 0 or leg == slowest:
            continue
        if execution.sequence == SLOW_FIRST:
            plan.ranks[leg] = 1
        elif execution.sequence == ARRIVE_TOGETHER:
            plan.delays_ns[leg] = longest - execution.legs[leg].one_way_delay_ns
