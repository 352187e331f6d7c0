"""Quantities of a spread order: matched, behind, in excess; against fractions worked by brute force."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross_market_connect.domain.order import BUY, DAY, LIMIT, OFFSET_NONE, OrderCommand
from cross_market_connect.domain.spread import (
    BUY_SPREAD,
    LEG_CANCELLED,
    LEG_FILLED,
    LEG_REJECTED,
    LEG_STATE_NAMES,
    LEG_UNKNOWN,
    LEG_WORKING,
)
from cross_market_connect.trading.orders import LegOrder, SpreadOrder
from tests.unit.trading.support import definition


def order_of(targets: list[int], filled: list[int], tolerance_e6: int = 50_000) -> SpreadOrder:
    sides = [1, -1, -1][: len(targets)]
    order = SpreadOrder(1, definition(ratios=targets, sides=sides, tolerance_e6=tolerance_e6), BUY_SPREAD, True)
    order.targets, order.filled = targets, filled
    return order


def readings(order: SpreadOrder) -> tuple[list[int], list[int], bool]:
    legs = range(len(order.targets))
    return [order.excess_lots(leg) for leg in legs], [order.deficit_lots(leg) for leg in legs], order.is_balanced()


@pytest.mark.parametrize(
    ("targets", "filled", "tolerance_e6", "excess", "deficit", "balanced"),
    [
        ([3, 3], [0, 0], 0, [0, 0], [0, 0], True),
        ([3, 3], [2, 2], 0, [0, 0], [0, 0], True),
        ([3, 3], [3, 1], 0, [2, 0], [0, 2], False),
        ([3, 3], [1, 3], 0, [0, 2], [2, 0], False),
        # 3 : 1 in whole units only: one lot of leg 0 has no counterpart.
        ([3, 1], [1, 0], 50_000, [1, 0], [2, 1], False),
        ([3, 1], [2, 1], 50_000, [2, 1], [1, 0], False),
        ([6, 2], [4, 1], 50_000, [1, 0], [2, 1], False),
        ([6, 2], [3, 1], 50_000, [0, 0], [0, 0], True),
        # 3 : 4. 2 : 3 is 12.5 % off, 1 : 1 is 25 % off.
        ([3, 4], [2, 3], 50_000, [2, 3], [1, 1], False),
        ([3, 4], [2, 3], 125_000, [0, 0], [0, 0], True),
        ([3, 4], [1, 1], 125_000, [1, 1], [1, 2], False),
        ([3, 4], [1, 1], 250_000, [0, 0], [0, 0], True),
        # Beyond the target only an unwind helps.
        ([3, 3], [4, 3], 0, [1, 0], [-1, 0], False),
        # Below zero: what a late unwind took too much.
        ([3, 3], [-1, 0], 0, [-1, 0], [1, 0], False),
        ([2, 1, 1], [2, 1, 0], 0, [2, 1, 0], [0, 0, 1], False),
    ],
)
def test_worked_by_hand(targets, filled, tolerance_e6, excess, deficit, balanced):
    assert readings(order_of(targets, filled, tolerance_e6)) == (excess, deficit, balanced)


def test_a_wide_proportion():
    """1000 : 7 within 5 %: one lot of leg 1 goes with 137 (0.959) to 150 (1.05) lots of leg 0."""
    for lots, balanced in [(136, False), (137, True), (150, True), (151, False)]:
        assert order_of([1000, 7], [lots, 1]).is_balanced() == balanced
    assert readings(order_of([1000, 7], [100, 0])) == ([100, 0], [37, 1], False)


TARGETS = st.lists(st.integers(1, 12), min_size=2, max_size=3)


@given(TARGETS, st.lists(st.integers(-1, 13), min_size=3, max_size=3), st.integers(0, 300_000))
def test_like_a_search_through_every_reference_with_fractions(targets, filled, tolerance_e6):
    filled = filled[: len(targets)]
    order = order_of(targets, filled, tolerance_e6)

    def exact(reference: int, leg: int) -> Fraction:
        return Fraction(reference * targets[leg], targets[0])

    def nearest(reference: int, leg: int) -> int:
        whole = exact(reference, leg) + Fraction(1, 2)
        return whole.numerator // whole.denominator

    hedged = [
        reference
        for reference in range(targets[0] + 1)
        if reference in (0, targets[0])
        or all(
            abs(nearest(reference, leg) - exact(reference, leg))
            <= Fraction(tolerance_e6, 10**6) * exact(reference, leg)
            for leg in range(len(targets))
        )
    ]
    legs = range(len(targets))
    matched = max([r for r in hedged if all(filled[leg] >= nearest(r, leg) for leg in legs)], default=0)
    covering = min([r for r in hedged if all(filled[leg] <= nearest(r, leg) for leg in legs)], default=targets[0])
    assert order.matched_reference() == matched
    assert order.covering_reference() == covering
    assert order.is_balanced() == all(filled[leg] == nearest(matched, leg) for leg in legs)
    for leg in legs:
        assert order.excess_lots(leg) == filled[leg] - nearest(matched, leg)
        assert order.deficit_lots(leg) == nearest(covering, leg) - filled[leg]


@given(TARGETS, st.lists(st.integers(0, 12), min_size=3, max_size=3), st.integers(0, 300_000))
def test_trading_back_the_excess_or_sending_the_deficit_balances(targets, filled, tolerance_e6):
    filled = [min(lots, target) for lots, target in zip(filled, targets, strict=False)]
    order = order_of(targets, list(filled), tolerance_e6)
    excess, deficit, balanced = readings(order)
    assert all(lots >= 0 for lots in excess + deficit)
    assert balanced == (not any(excess)) == (not any(deficit))
    for change in ([-lots for lots in excess], deficit):
        order.filled = [have + more for have, more in zip(filled, change, strict=True)]
        assert order.is_balanced()
        assert all(0 <= have <= target for have, target in zip(order.filled, targets, strict=True))


def test_what_a_leg_order_can_still_fill():
    leg_order = LegOrder(0, 0, 0, 0, OrderCommand(1, 0, BUY, LIMIT, DAY, 10, 5, OFFSET_NONE))
    leg_order.cumulative_lots = 2
    live = {LEG_WORKING, LEG_UNKNOWN}
    for state in (LEG_WORKING, LEG_UNKNOWN, LEG_FILLED, LEG_CANCELLED, LEG_REJECTED):
        leg_order.state = state
        assert leg_order.leaves_lots() == (3 if state in live else 0), LEG_STATE_NAMES[state]
