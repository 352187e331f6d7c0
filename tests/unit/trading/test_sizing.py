"""Quantities of spread orders: hand-worked lots, inventory and limits left, the residual that is carried, exits."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross_market_connect.domain.book import Book
from cross_market_connect.domain.records import ALIGNMENT, GATE, REFUSAL
from cross_market_connect.domain.spread import BUY_SPREAD, SELL_SPREAD
from cross_market_connect.trading.alignment import Alignment
from cross_market_connect.trading.conditions import (
    CONDITION_BORROW_LOTS,
    CONDITION_CLOSE_TODAY_LOTS,
    CONDITION_QUOTA_LOTS,
    CONDITION_SELLABLE_LOTS,
    InstrumentConditions,
)
from cross_market_connect.trading.position import SpreadPosition
from cross_market_connect.trading.reservation import ReservationLedger
from cross_market_connect.trading.sizing import Sizing
from cross_market_connect.trading.valuation import SpreadValuation
from tests.unit.trading.support import Bench, definition, instrument, set_book, wide_limits
from tests.unit.trading.test_trigger import BETWEEN, BUY_NOW, CLOSE_NOW, fill_everything, holding
from tests.unit.trading.venue import FakeVenue

E9 = 10**9


class World:
    """Flat books: bid and ask at the price. The second leg's ratio is dropped for `by_value`."""

    def __init__(
        self, prices=(1000, 1000), depths=(100, 100), tick_values_e4=(10_000, 10_000), by_value=False, **changes
    ) -> None:
        self.spread = definition(**changes)
        count = len(prices)
        if by_value:
            self.spread.legs[1].ratio_e9 = 0
        books = [Book(leg) for leg in range(count)]
        for book, price, depth in zip(books, prices, depths, strict=True):
            set_book(book, [(price, depth)], [(price, depth)])
        self.books = books
        self.instruments = [instrument(leg, tick_values_e4[leg]) for leg in range(count)]
        self.valuation = SpreadValuation(self.spread, self.instruments, books)
        self.conditions = [InstrumentConditions() for _ in prices]
        self.limits = wide_limits(count, 1, count)
        self.ledger = ReservationLedger(self.limits, [0] * count, 1, count)
        self.position = SpreadPosition(count)
        self.sizing = Sizing(self.conditions, self.ledger)

    def hold(self, *lots: int) -> None:
        for leg, held in enumerate(lots):
            self.position.lots[leg] = held
            self.position.hedge_e9[leg] = held * E9

    def opening(self, wanted: int, direction: int = BUY_SPREAD, caps=()) -> Alignment:
        return self.sizing.opening(self.valuation, self.position, direction, wanted, list(caps))

    def lots(self, wanted: int, direction: int = BUY_SPREAD) -> list[int]:
        return [int(one) for one in self.opening(wanted, direction).lots]

    def closing(self, wanted: int) -> list[int]:
        direction = SELL_SPREAD if self.position.lots[0] > 0 else BUY_SPREAD
        return [int(one) for one in self.sizing.closing(self.valuation, self.position, direction, wanted).lots]


def futures_world(**changes) -> World:
    """Leg 0: 5200 * 300 = 1,560,000. Leg 1: 27,000 * 50 * 0.84 = 1,134,000. One lot wants 1.375661375 lots."""
    return World((5200, 27_000), tick_values_e4=(3_000_000, 500_000), fx_rates=(1.0, 0.84), by_value=True, **changes)


# ---------------------------------------------------------------------- opening


def test_equal_ratios_take_what_is_wanted():
    assert World().lots(3) == [3, 3]
    assert World().lots(3, SELL_SPREAD) == [3, 3]


def test_matched_by_value_with_multiplier_and_currency():
    """3 lots want 4.126984126: 4 are 0.126984126 short, of 1,134,000 each."""
    result = futures_world().opening(3)
    assert list(result.lots) == [3, 4]
    assert list(result.exact_e9) == [3 * E9, 4_126_984_126]
    assert result.residual_e9 == 126_984_126
    assert result.hedge_error_e4 == 126_984_126 * 1_134_000 * 10_000 // E9
    assert result.tolerance_e4 == 206_349_206 * 1_134_000 * 10_000 // E9


def test_values_without_a_common_divisor_are_matched_closely_however_large():
    """1,000,003 ticks of 1.0007 against 999,983 of 1.0009: three lots want 2.9994605... lots."""
    made = World((1_000_003, 999_983), tick_values_e4=(10_007, 10_009), by_value=True)
    result = made.opening(3)
    assert list(result.lots) == [3, 3]
    assert result.exact_e9[1] == pytest.approx(3 * E9 * 1_000_003 * 10_007 / (999_983 * 10_009), abs=5)


def test_the_largest_quantity_within_tolerance_is_below_the_wish():
    """2 lots want 2.751 lots: 3, 9 % too many. 1 lot wants 1.38: 1, 27 % short. 5 % takes 3 of 4 wanted (5.5: 9 %)."""
    assert futures_world().lots(4) == [3, 4]
    result = futures_world().opening(2)
    assert (list(result.lots), result.reason) == ([], "hedge error above the tolerance")


def test_a_beta_matches_by_delta():
    """The second leg moves 1.25 times as much: 3 lots want 3 / 1.25 = 2.4 of it, 5 want 4."""
    made = World(by_value=True)
    made.spread.legs[1].beta_e6 = 1_250_000
    assert made.lots(5) == [5, 4]
    result = made.opening(3)
    assert list(result.lots) == [], "2 of 2.4 is a sixth short"
    made.spread.tolerance_e6 = 200_000
    result = made.opening(3)
    assert list(result.lots) == [3, 2]
    assert result.hedge_error_e4 == 5_000_000, "0.4 lots of a delta of 1,250.0000"


def test_a_ratio_that_whole_lots_cannot_express_is_no_hedge():
    """3 : 1 with two lots wanted: 2 : 1 would be half off."""
    assert World(ratios=(3, 1)).lots(5) == [3, 1]
    assert World(ratios=(3, 1)).lots(2) == []
    assert World(ratios=(3, 1), tolerance_e6=500_000).lots(2) == []
    result = World(ratios=(3, 1), tolerance_e6=500_001).opening(2)
    assert list(result.lots) == [2, 1] and result.residual_e9 == -333_333_334


def test_depth_of_the_thinner_leg_bounds_the_quantity():
    assert World(depths=(100, 2)).lots(5) == [2, 2]
    result = World(depths=(100, 0)).opening(5)
    assert (list(result.lots), result.reason) == ([], "visible depth below the quantity")


def test_venue_bounds():
    made = World()
    made.instruments[1].quantity_min_lots = made.instruments[1].quantity_step_lots = 2
    assert made.lots(5) == [4, 4]
    made.instruments[0].quantity_max_lots = 3
    assert made.lots(5) == [4, 4], "in two orders"
    made.spread.legs[0].children_max = 1
    assert made.lots(5) == [2, 2]
    made.instruments[1].quantity_min_lots = 4
    assert made.lots(5) == []


def test_minimum_of_the_trigger():
    made = World(depths=(1, 100))
    made.spread.rule.minimum_lots = 2
    assert made.lots(5) == []
    assert made.lots(1) == []
    assert made.lots(0) == []


def test_without_a_price_there_is_nothing_to_hedge():
    made = World(by_value=True)
    made.books[1].bids.clear()
    assert made.lots(3) == []


def test_quota_inventory_and_borrow_bound_the_quantity():
    made = World()
    made.conditions[0].values[CONDITION_QUOTA_LOTS] = 4
    assert made.lots(9) == [4, 4]
    made.conditions[1].values[CONDITION_SELLABLE_LOTS] = 1
    made.conditions[1].values[CONDITION_BORROW_LOTS] = 1
    assert made.lots(9) == [2, 2]
    result = made.opening(9, caps=[0, 9])
    assert (list(result.lots), result.reason) == ([], "above what may be sold or bought")


def test_what_the_limits_leave_bounds_the_quantity():
    """3,000.0000 naked leave 3 lots of 1,000; 7 margin per lot and 20 left leave 2; a position limit leaves 1."""
    made = World()
    made.limits.naked_e4_max[0] = 39_999_999
    assert made.lots(9) == [3, 3]
    made.ledger.margin_per_lot_e4[1] = 7
    made.limits.margin_e4_max[1] = 20
    assert made.lots(9) == [2, 2]
    made.limits.position_lots_max[1] = 5
    made.ledger.position_lots[1] = -3
    made.ledger.reserved_sell_lots[1] = 1
    assert made.lots(9) == [1, 1]


def test_where_the_limits_leave_nothing_the_reservation_refuses_and_says_by_which():
    bench = Bench()
    bench.limits.naked_e4_max[0] = 9_000_000
    bench.set_quotes(*BUY_NOW)
    assert [row["limit_name"] for row in bench.log.of(REFUSAL)] == ["naked_value_max"]
    assert bench.log.of(GATE) == []


def test_where_neither_the_limits_nor_the_market_leave_anything_the_limit_is_the_reason():
    """No depth on leg 1 either: without the limit there would be no order, so there is none to refuse."""
    made = World(depths=(100, 0))
    made.limits.position_lots_max[0] = 0
    result = made.opening(3)
    assert (list(result.lots), result.was_limited) == ([], True)
    free = World(depths=(100, 0)).opening(3)
    assert (list(free.lots), free.was_limited, free.reason) == ([], False, "visible depth below the quantity")


# ---------------------------------------------------------------------- the residual


def test_the_residual_is_carried_until_it_is_a_lot():
    """Each order of 3 wants 4.127 lots: after three orders of 4 the fourth takes 5, and 0.49 lots too many remain."""
    made = futures_world()
    taken = []
    for _ in range(4):
        result = made.opening(3)
        taken.append(int(result.lots[1]))
        made.position.lots[0] += 3
        made.position.lots[1] -= int(result.lots[1])
        made.position.hedge_e9[1] -= int(result.exact_e9[1])
    assert taken == [4, 4, 4, 5]
    assert made.position.residual_e9(1) == 4 * -4_126_984_126 + 17 * E9


def test_an_unmatched_rest_goes_into_the_next_order_although_the_tolerance_is_narrow():
    """3 : 1, two lots bought and nothing sold: two thirds of a lot are missing. The next order of 3 sells 2 (1.667)."""
    made = World(ratios=(3, 1))
    made.position.lots[0] = 2
    made.position.hedge_e9[1] = -666_666_666
    assert made.lots(3) == [3, 2]
    assert made.lots(3, SELL_SPREAD) == [], "the other way 0.333 would be bought: nothing gets better"


def test_the_record_holds_residual_and_exact_quantities_and_the_position_follows_the_fills():
    spread = definition(ratios=(3, 1), tolerance_e6=600_000, reference_lots=2)
    bench = Bench(spread)
    bench.set_quotes(*BUY_NOW)
    row = bench.log.of(ALIGNMENT)[0]
    assert (row["quantities"], row["exact_lots_e9"], row["residual_e9"]) == (
        "2:1",
        f"{2 * E9}:666666666",
        -333_333_334,
    )
    fill_everything(bench, FakeVenue(bench))
    assert bench.trigger.position.residual_e9(1) == 333_333_334, "a third too many sold: it is to be bought"


# ---------------------------------------------------------------------- closing


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 200), st.integers(1, 60))
def test_closing_again_and_again_returns_to_zero_and_never_leaves_a_leg_alone(first, second, third, wanted):
    made = World((1000, 1000, 1000), (500, 500, 500), (10_000,) * 3, ratios=(1, 1, 1), sides=(1, -1, 1))
    position = [first, -second, third]
    for _ in range(first + 1):
        if not any(position):
            break
        made.hold(*position)
        taken = made.closing(wanted)
        assert all(0 < part <= abs(held) for part, held in zip(taken, position, strict=True))
        position = [held - part if held > 0 else held + part for held, part in zip(position, taken, strict=True)]
        assert all(position) or not any(position)
    assert position == [0, 0, 0]


@pytest.mark.parametrize(
    ("position", "wanted", "taken"),
    [
        ([6, -8], 3, [3, 4]),
        ([-6, 8], 3, [3, 4]),
        ([3, -4], 3, [3, 4]),
        ([3, -4], 5, [3, 4]),
        ([4, -1], 3, [4, 1]),
        ([10, -1], 3, [10, 1]),
        ([7, -2], 3, [3, 1]),  # within tolerance there is none: rounded
        ([6, -2], 5, [3, 1]),  # 5 : 1.667 would be further off
        ([3, 3], 3, []),  # no such spread
        ([3, 0], 3, []),
    ],
)
def test_closing_in_proportion(position, wanted, taken):
    made = World()
    made.hold(*position)
    assert made.closing(wanted) == taken


def test_closing_takes_what_depth_and_inventory_allow():
    made = World(depths=(100, 2))
    made.hold(6, -6)
    assert made.closing(4) == [2, 2]
    made.conditions[0].values[CONDITION_SELLABLE_LOTS] = 0
    made.conditions[0].values[CONDITION_CLOSE_TODAY_LOTS] = 1
    assert made.closing(4) == [1, 1], "one lot of today may be closed today"


def test_closing_ends_the_residual_too():
    """3 : 4 held with 4.127 wanted: closed whole, nothing is carried."""
    made = futures_world()
    made.hold(3, -4)
    made.position.hedge_e9[1] = -4_126_984_126
    assert made.closing(3) == [3, 4]


def test_an_odd_rest_is_sold_with_the_last_of_it():
    made = World((1000, 1000), (500, 500))
    for one in made.instruments:
        one.quantity_step_lots = one.quantity_min_lots = 100
    made.instruments[0].odd_lots_sell = True
    made.instruments[1].quantity_step_lots = made.instruments[1].quantity_min_lots = 1
    made.conditions[0].values[CONDITION_SELLABLE_LOTS] = 250
    made.hold(250, -250)
    assert made.closing(1_000) == [250, 250]


def test_an_exit_is_sized_by_what_may_be_sold_today():
    bench, _ = holding()
    bench.spread.position_lots_max = 3
    bench.set_quotes(*BETWEEN)
    bench.desk.set_condition(0, CONDITION_SELLABLE_LOTS, 2)
    bench.desk.set_condition(0, CONDITION_CLOSE_TODAY_LOTS, 0)
    bench.set_quotes(*CLOSE_NOW)
    assert [int(command.quantity_lots) for command in bench.routes.sent[-2:]] == [2, 2]


PRICES = st.integers(1, 50_000)
TICKS = st.integers(1, 5_000_000)


@given(
    st.tuples(PRICES, PRICES),
    st.tuples(st.integers(0, 40), st.integers(0, 400)),
    st.tuples(TICKS, TICKS),
    st.integers(0, 40),
    st.integers(0, 300_000),
    st.tuples(st.integers(1, 5), st.integers(1, 5)),
    st.booleans(),
)
def test_never_beyond_tolerance_depth_or_wish(prices, depths, ticks, wanted, tolerance, ratios, by_value):
    made = World(prices, depths, ticks, by_value, ratios=ratios, tolerance_e6=tolerance)
    result = made.opening(wanted)
    if not result.lots:
        assert result.reason
        return
    first, second = (int(one) for one in result.lots)
    assert 1 <= first <= min(wanted, depths[0]) and 1 <= second <= depths[1]
    if by_value:
        exact = Fraction(first * prices[0] * ticks[0], prices[1] * ticks[1])
    else:
        exact = Fraction(first * ratios[1], ratios[0])
    # Weights are kept to one part in four billion, quantities to 1e-9 lots: allow those grains, and no more.
    grain = Fraction(1, 2 * 10**9) * exact + Fraction(2, E9)
    assert abs(second - exact) <= Fraction(tolerance, 10**6) * exact + grain
    assert result.hedge_error_e4 <= result.tolerance_e4
