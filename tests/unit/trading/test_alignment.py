"""Alignment against brute force: every quantity of every leg is tried, with fractions, for 10,000 small problems.

What a problem is made of, from books, limits and positions, is tested in test_sizing.py.
"""

import random
from fractions import Fraction
from functools import cache

import pytest

from cross_market_connect.trading.alignment import (
    LOT_E9,
    REASON_DEPTH,
    REASON_LIMIT,
    Alignment,
    Budget,
    LegQuantity,
    Problem,
    search,
)

CASES = 10_000


@cache
def sums(step: int, smallest: int, largest: int, children: int) -> frozenset[int]:
    """Every quantity that some number of orders adds up to."""
    sizes = [size for size in range(step, largest + 1, step) if size >= smallest]
    reached = {0}
    for _ in range(children):
        reached |= {total + size for total in reached for size in sizes if total + size <= 60}
    return frozenset(reached - {0})


def taken(leg: LegQuantity, lots: int) -> bool:
    """Whole steps in orders that the venue takes; a sale may add the odd rest, or be nothing else."""
    whole = sums(leg.step_lots, leg.minimum_lots, leg.largest_lots, leg.children_max)
    if lots in whole:
        return True
    return leg.odd_lots > 0 and (lots == leg.odd_lots or lots - leg.odd_lots in whole)


def brute(problem: Problem) -> list[int]:
    """The largest first quantity; for each other leg the nearest one within tolerance, the larger of two as near."""
    for reference in range(min(problem.wanted_lots, problem.legs[0].cap_lots), max(problem.minimum_lots, 1) - 1, -1):
        if not taken(problem.legs[0], reference):
            continue
        lots = [reference] + [best(problem, leg, reference) for leg in problem.legs[1:]]
        if 0 not in lots and all(
            sum(cost * one for cost, one in zip(budget.costs_e4, lots, strict=True)) <= budget.room_e4
            for budget in problem.budgets
        ):
            return lots
    return []


def best(problem: Problem, leg: LegQuantity, reference: int) -> int:
    exact = Fraction(reference * leg.exact_e9, leg.per_lots).__floor__()
    wanted = Fraction(exact + leg.residual_e9, LOT_E9)
    share = Fraction(problem.tolerance_e6, 10**6) * (exact + leg.held_e9)
    limits = [Fraction(share.__floor__(), LOT_E9), Fraction(abs(leg.residual_e9) - 1, LOT_E9)]
    if problem.rounds:
        limits.append(Fraction(leg.step_lots, 2))
    found = 0
    for lots in range(1, leg.cap_lots + 1):
        error = abs(wanted - lots)
        if not taken(leg, lots):
            continue
        if found == 0 or error <= abs(wanted - found):
            found = lots
    if found == 0 or abs(wanted - found) > max(limits):
        return 0
    if leg.held_lots and (found == leg.held_lots) != (reference == problem.legs[0].held_lots):
        return 0
    return found


def leg_of(number: random.Random, first: bool) -> LegQuantity:
    leg = LegQuantity()
    leg.step_lots = number.choice([1, 1, 1, 1, 1, 2, 5])
    leg.minimum_lots = number.choice([1, 1, 1, 1, 2, 3, 7])
    leg.largest_lots = number.choice([3, 5, 9, 40, 40, 40, 40])
    leg.children_max = number.choice([1, 1, 2, 4])
    leg.cap_lots = number.choice([0, 4, 12, 30, 30, 30])
    if leg.step_lots > 1 and number.random() < 0.5:
        leg.odd_lots = number.randrange(leg.step_lots)
    if not first:
        leg.exact_e9 = number.choice([1, 1, 1, 2, 3, 5, 27, 101]) * LOT_E9
        leg.per_lots = number.choice([1, 1, 1, 2, 3, 4, 26, 97])
        if number.random() < 0.5:
            leg.residual_e9 = number.randrange(-2 * LOT_E9, 2 * LOT_E9)
            leg.held_e9 = number.randrange(30) * LOT_E9
    leg.value_e4 = number.randrange(1, 10**10)
    return leg


def problem_of(number: random.Random) -> Problem:
    legs = [leg_of(number, leg == 0) for leg in range(number.choice([2, 2, 3]))]
    tolerance = number.choice([0, 50_000, 100_000, 150_000, 400_000, 1_000_000])
    problem = Problem(legs, number.randrange(2, 14), number.choice([0, 1, 1, 3]), tolerance)
    problem.rounds = number.random() < 0.2
    if number.random() < 0.3:
        costs = [number.randrange(0, 5) for _ in legs]
        problem.budgets.append(Budget(number.randrange(0, 60), costs))
    if number.random() < 0.2:
        for leg in legs:
            leg.held_lots = leg.cap_lots = number.randrange(1, 9)
    return problem


@pytest.mark.slow
def test_the_search_finds_what_brute_force_finds():
    number = random.Random(20_210_104)
    found = 0
    for case in range(CASES):
        problem = problem_of(number)
        result = search(problem)
        expected = brute(problem)
        assert [int(lots) for lots in result.lots] == expected, f"case {case}"
        assert (result.reason == "") == bool(expected)
        if expected:
            found += 1
            assert result.hedge_error_e4 <= result.tolerance_e4
    assert 2_000 < found < 8_000, "both outcomes are exercised"


def test_an_alignment_begins_empty():
    assert (Alignment().lots, Alignment().reason) == ([], "")


def test_the_wanted_quantity_is_split_where_the_venue_takes_less():
    """17 lots in orders of 2 to 5 lots: four orders, and no three."""
    leg = LegQuantity()
    leg.minimum_lots, leg.largest_lots, leg.cap_lots = 2, 5, 100
    leg.children_max = 3
    assert not leg.is_taken(17)
    leg.children_max = 4
    assert leg.is_taken(17)
    leg.minimum_lots = 5
    assert not leg.is_taken(17), "5 + 5 + 5 leave 2, which no order may carry"


def test_an_odd_rest_is_sold_whole_or_not_at_all():
    leg = LegQuantity()
    leg.step_lots = leg.minimum_lots = 100
    leg.cap_lots, leg.odd_lots = 1_000, 37
    assert [leg.is_taken(lots) for lots in (37, 137, 100, 36, 136, 74)] == [True, True, True, False, False, False]
    assert [int(leg.nearest(lots * LOT_E9)) for lots in (20, 60, 70, 118, 119, 168)] == [37, 37, 100, 100, 137, 137]


@pytest.mark.parametrize(
    ("lots", "cap", "reason"),
    [(7, 7, REASON_LIMIT), (1, 1, REASON_LIMIT), (0, 0, REASON_LIMIT), (-4, 0, REASON_LIMIT), (8, 8, REASON_DEPTH)],
)
def test_a_bound_lowers_the_cap_and_never_below_nothing(lots, cap, reason):
    """A limit that is used up, or overdrawn already, leaves nothing to trade: not one lot."""
    leg = LegQuantity()
    leg.cap_lots = 8
    leg.bound(lots, REASON_LIMIT)
    assert (leg.cap_lots, leg.cap_reason) == (cap, reason)


def test_rounding_does_not_go_beyond_the_largest_order():
    """5.6 lots are nearest to 6, but an order carries at most 5; two orders carry 6."""
    leg = LegQuantity()
    leg.largest_lots, leg.cap_lots = 5, 100
    assert [int(leg.nearest(tenths * LOT_E9 // 10)) for tenths in (44, 45, 56)] == [4, 5, 5]
    leg.children_max = 2
    assert leg.nearest(56 * LOT_E9 // 10) == 6
