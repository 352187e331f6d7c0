"""Quantities of a spread order: matched, behind, in excess; against fractions worked by brute force."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross_market_connect.domain.execution import Alternative
from cross_market_connect.domain.order import (
    BUY,
    DAY,
    LIMIT,
    OFFSET_CLOSE,
    OFFSET_CLOSE_TODAY,
    OFFSET_NONE,
    OFFSET_OPEN,
    REJECT_BUSY,
    REJECT_OFFSET,
    REJECT_PERMISSION,
    SELL,
    OrderCommand,
)
from cross_market_connect.domain.spread import (
    BUY_SPREAD,
    LEG_CANCELLED,
    LEG_FILLED,
    LEG_REJECTED,
    LEG_STATE_NAMES,
    LEG_UNKNOWN,
    LEG_WORKING,
    ROLE_HEDGE,
    ROLE_INITIAL,
    ROLE_QUOTE,
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


def sent(order: SpreadOrder, leg: int, side: int, lots: int, filled: int = 0, **changes: int) -> LegOrder:
    """One more order of the leg: working and its own way, unless the changes say otherwise."""
    given = {
        "state": LEG_WORKING,
        "role": ROLE_INITIAL,
        "instrument": leg,
        "route": leg,
        "offset": OFFSET_NONE,
        **changes,
    }
    number = len(order.leg_orders) + 1
    command = OrderCommand(number, given["instrument"], side, LIMIT, DAY, 10, lots, given["offset"])
    leg_order = LegOrder(leg, given["route"], given["role"], 0, command)
    leg_order.cumulative_lots, leg_order.state = filled, given["state"]
    leg_order.reject_class = changes.get("reject_class", 0)
    order.note_way(leg_order)
    order.leg_orders.append(leg_order)
    return leg_order


def test_the_worst_naked_exposure_is_one_leg_at_its_most_against_another_at_its_least():
    """A whole target on one side alone is 1,000,000 of base currency."""
    order = order_of([4, 8], [0, 0])
    order.sides, order.naked_worst_e4 = [BUY, SELL], 1_000_000
    assert order.naked_now_e4() == 0, "nothing can fill"
    sent(order, 0, BUY, 4)
    sent(order, 1, SELL, 8)
    assert order.naked_now_e4() == 1_000_000, "one may fill whole before the other"
    order.filled = [0, 6]
    order.leg_orders[1].cumulative_lots = 6
    assert order.naked_now_e4() == 1_000_000, "leg 1 may get the whole while leg 0 gets nothing"
    order.leg_orders[0].cumulative_lots, order.filled = 3, [3, 6]
    assert order.naked_now_e4() == 250_000, "three quarters at least on either side, the whole at most"
    order.filled, order.leg_orders[0].state, order.leg_orders[1].state = [3, 8], LEG_CANCELLED, LEG_FILLED
    assert order.naked_now_e4() == 250_000


def test_a_clip_of_the_target_has_the_whole_exposure():
    order = order_of([4, 4], [1, 0])
    order.naked_worst_e4, order.clip_lots = 1_000_000, 1
    assert order.naked_now_e4() == 1_000_000, "one lot is a whole clip"
    order.clip_lots = 2
    assert order.naked_now_e4() == 500_000
    order.clip_lots = 4
    assert order.naked_now_e4() == 250_000, "no clip: the whole order is out"


@pytest.mark.parametrize(
    ("ranks", "filled", "due", "leg", "lots"),
    [
        ([0, 1], [2, 0], [0, 0], 1, 2),  # leg 1 goes by what leg 0 got
        ([1, 0], [0, 6], [0, 0], 0, 3),  # 6 of leg 1 match 3 of leg 0
        ([0, 1], [2, 0], [5, 0], 1, 4),  # leg 0 has not been sent: it may still get all
        ([0, 1], [0, 0], [0, 0], 1, 0),
        ([0, 1], [2, 0], [0, 0], 0, 4),  # what goes later says nothing
    ],
)
def test_a_leg_of_a_later_rank_is_sized_by_the_others_that_went_before(ranks, filled, due, leg, lots):
    order = order_of([4, 8], filled)
    order.ranks, order.due_ns = ranks, due
    assert order.ranked_reference(leg) == lots


def test_the_other_close_flag_is_left_after_exactly_one_refusal_for_it_on_that_side():
    order = order_of([3, 3], [0, 0])
    assert not order.other_offset_is_left(0, BUY)
    sent(order, 0, BUY, 3, state=LEG_REJECTED, offset=OFFSET_CLOSE, reject_class=REJECT_BUSY)
    assert not order.other_offset_is_left(0, BUY), "it was not refused for its flag"
    sent(order, 0, BUY, 3, state=LEG_REJECTED, offset=OFFSET_CLOSE, reject_class=REJECT_OFFSET)
    assert order.other_offset_is_left(0, BUY)
    assert not order.other_offset_is_left(0, SELL) and not order.other_offset_is_left(1, BUY)
    sent(order, 0, BUY, 3, state=LEG_REJECTED, offset=OFFSET_CLOSE_TODAY, reject_class=REJECT_OFFSET)
    assert not order.other_offset_is_left(0, BUY), "both flags are refused"
    sent(order, 1, SELL, 3, state=LEG_REJECTED, offset=OFFSET_OPEN, reject_class=REJECT_OFFSET)
    assert not order.other_offset_is_left(1, SELL), "what opens has no other flag"


def test_what_is_held_another_way_is_known_by_instrument_and_route():
    """Ten of the substitute (instrument 7, route 2) stand for one lot; another gateway (route 3) is the leg itself."""
    order = order_of([3, 3], [0, 0])
    order.sides = [BUY, SELL]
    order.definition.execution.legs[1].alternatives = [
        Alternative(1, 3, "a1", 1, False),
        Alternative(7, 2, "s1", 10, True),
    ]
    own = sent(order, 1, SELL, 3, 1)
    gateway = sent(order, 1, SELL, 2, 2, route=3)
    substitute = sent(order, 1, SELL, 25, 25, instrument=7, route=2)
    assert [one.is_elsewhere for one in (own, gateway, substitute)] == [False, False, True]
    assert [one.lots_per_lot for one in (own, gateway, substitute)] == [1, 1, 10]
    assert (order.lots_per_lot(0), order.lots_per_lot(1)) == (1, 10)
    ways = order.definition.execution.legs[1].alternatives
    assert [order.held_lots(1, way) for way in ways] == [2, 25]
    assert order.is_held_elsewhere()
    sent(order, 1, BUY, 25, 25, instrument=7, route=2)
    assert order.held_lots(1, ways[1]) == 0 and not order.is_held_elsewhere()


@pytest.mark.parametrize(("lots", "whole", "rest"), [(0, 0, 0), (9, 0, 9), (10, 1, 0), (25, 2, 5), (-25, -2, -5)])
def test_substitute_lots_hedge_by_whole_lots_only(lots, whole, rest):
    order = order_of([3, 3], [0, 0])
    order.definition.execution.legs[1].alternatives = [Alternative(7, 2, "s1", 10, True)]
    order.substitute[1] = lots
    assert (order.substitute_whole(1), order.substitute_rest(1)) == (whole, rest)
    assert order.is_balanced() == (rest == 0)
    assert order.anything_filled() == (lots != 0)


def test_what_can_still_fill_and_what_was_refused():
    order = order_of([3, 3], [0, 0])
    assert (order.anything_live(), order.was_refused(), order.has_quotes()) == (False, False, False)
    quote = sent(order, 0, BUY, 3, role=ROLE_QUOTE)
    sent(order, 1, SELL, 1, role=ROLE_HEDGE)
    assert order.has_quotes() and order.is_any_quote_live()
    assert [order.is_quote_live(leg) for leg in (0, 1)] == [True, False], "a hedge is no quote"
    quote.state = LEG_CANCELLED
    assert order.anything_live() and not order.is_any_quote_live()
    assert not order.was_refused()
    order.leg_orders[1].state = LEG_REJECTED
    assert order.was_refused() and not order.anything_live()


def test_a_step_that_was_chosen_and_waits_is_not_where_a_restart_goes_on():
    order = order_of([3, 3], [3, 0])
    order.stand_at(1)
    order.take_step()
    order.take_step()
    order.step_index, order.step_attempts = 2, 0
    assert (order.taken_index, order.taken_attempts) == (1, 2)
    order.take_step()
    assert (order.taken_index, order.taken_attempts) == (2, 1)
    order.begin_repair()
    assert (order.taken_index, order.taken_attempts) == (-1, 0)


def test_a_repair_that_begins_anew_has_every_attempt_and_no_pause():
    order = order_of([3, 3], [3, 0])
    order.step_index, order.step_attempts, order.resume_ns = 2, 3, 99
    order.rested = order.awaits_quote = order.was_held = True
    order.begin_repair()
    assert (order.step_index, order.step_attempts, order.resume_ns) == (-1, 0, 0)
    assert (order.rested, order.awaits_quote, order.was_held) == (False, False, False)


@pytest.mark.parametrize("leg", [0, 1])
def test_a_missing_permission_of_either_leg_on_either_side_is_a_persons(leg):
    order = order_of([3, 3], [0, 0])
    order.reject_classes[leg] = order.unwind_classes[leg] = REJECT_BUSY
    assert not order.was_forbidden()
    order.unwind_classes[leg] = REJECT_PERMISSION
    assert order.was_forbidden()
    order.unwind_classes[leg], order.reject_classes[leg] = REJECT_BUSY, REJECT_PERMISSION
    assert order.was_forbidden()
