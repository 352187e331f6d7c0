"""What can be undone, and what follows: the leg that cannot goes last, or is bounded, or has a budget, or blocks."""

import pytest

from cross_market_connect.domain.book import Book
from cross_market_connect.domain.execution import ARRIVE_TOGETHER, SLOW_FIRST
from cross_market_connect.domain.order import BUY, SELL
from cross_market_connect.domain.records import GATE
from cross_market_connect.trading.conditions import (
    CONDITION_BORROW_LOTS,
    CONDITION_CLOSE_TODAY_LOTS,
    CONDITION_LOCKED_SIDE,
    CONDITION_QUOTA_LOTS,
    CONDITION_SELLABLE_LOTS,
    UNBOUNDED_LOTS,
    InstrumentConditions,
)
from cross_market_connect.trading.reversible import reversible_now
from tests.unit.trading.support import MS, SECOND, Bench, definition, instrument, set_book
from tests.unit.trading.venue import FakeVenue

MINUTE = 60 * SECOND


def undo(side: int, closes_in_ns=10 * MINUTE, margin_ns=0, distance=0, low=0, high=2000, **values: int) -> int:
    made = instrument(0)
    made.limit_low_ticks, made.limit_high_ticks = low, high
    book = Book(0)
    set_book(book, [(1000, 9)], [(1001, 9)])
    conditions = InstrumentConditions()
    for name, value in values.items():
        conditions.values[NAMES[name]] = value
    return int(reversible_now(made, book, conditions, side, closes_in_ns, margin_ns, distance))


NAMES = {
    "sellable": CONDITION_SELLABLE_LOTS,
    "today": CONDITION_CLOSE_TODAY_LOTS,
    "borrow": CONDITION_BORROW_LOTS,
    "quota": CONDITION_QUOTA_LOTS,
    "locked": CONDITION_LOCKED_SIDE,
}


def test_futures_can_be_undone_both_ways():
    assert undo(BUY) == undo(SELL) == UNBOUNDED_LOTS


def test_case_31_a_purchase_under_t_plus_1_is_undone_from_inventory_and_borrow_alone():
    assert undo(BUY, sellable=5, today=0, borrow=0) == 5
    assert undo(BUY, sellable=5, today=0, borrow=2) == 7
    assert undo(BUY, sellable=5) == UNBOUNDED_LOTS, "what is bought today can be sold today"
    assert undo(SELL, sellable=0, today=0, borrow=0) == UNBOUNDED_LOTS, "a sale is bought back"


def test_a_sale_is_bought_back_within_the_quota():
    assert undo(SELL, quota=3) == 3


@pytest.mark.parametrize(("left", "lots"), [(MINUTE, UNBOUNDED_LOTS), (MINUTE - 1, 0)])
def test_too_near_to_the_close_nothing_is_undone(left, lots):
    assert undo(BUY, closes_in_ns=left, margin_ns=MINUTE) == lots


def test_too_near_to_the_price_limit_of_the_way_back_nothing_is_undone():
    """Bid 1000, ask 1001. A purchase is sold at the bid, towards the lower limit; a sale is bought at the ask."""
    assert [undo(BUY, distance=10, low=low) for low in (990, 991)] == [UNBOUNDED_LOTS, 0]
    assert [undo(SELL, distance=10, high=high) for high in (1011, 1010)] == [UNBOUNDED_LOTS, 0]
    assert undo(BUY, distance=10, high=1001) == UNBOUNDED_LOTS
    assert undo(BUY, locked=SELL) == 0 and undo(SELL, locked=BUY) == 0


# ---------------------------------------------------------------------- the order of sending


def a_share(bench: Bench, leg: int, inventory: int = 0) -> None:
    """What is bought today cannot be sold today, and nothing can be borrowed."""
    bench.desk.set_condition(leg, CONDITION_SELLABLE_LOTS, inventory)
    bench.desk.set_condition(leg, CONDITION_CLOSE_TODAY_LOTS, 0)
    bench.desk.set_condition(leg, CONDITION_BORROW_LOTS, 0)


def sent(bench: Bench) -> list[tuple[int, int]]:
    return [(int(one.instrument_index), int(one.quantity_lots)) for one in bench.routes.sent]


def test_case_31_the_leg_that_cannot_be_undone_goes_last_and_is_sized_by_what_the_other_filled():
    bench = Bench()
    a_share(bench, 0)
    order = bench.open()
    assert sent(bench) == [(1, 3)] and list(order.ranks) == [2, 0]
    venue = FakeVenue(bench)
    first = int(bench.routes.sent[0].client_order_id)
    venue.fills(first, 2)
    venue.cancels(first)
    assert sent(bench) == [(1, 3), (0, 2)]


def test_with_inventory_enough_the_legs_go_at_once():
    bench = Bench()
    a_share(bench, 0, inventory=3)
    bench.open()
    assert sent(bench) == [(0, 3), (1, 3)]


def three_legs() -> Bench:
    """Buys legs 0 and 1, sells leg 2, one lot of each of three thousand and more."""
    spread = definition(ratios=(1, 1, 1), sides=(1, 1, -1), reference_lots=3)
    spread.rule.buy_enter, spread.rule.sell_enter = 1001.0, 5000.0
    spread.rule.buy_exit = 4000.0
    spread.position_lots_max = 3
    return Bench(spread)


QUOTES = ((999, 1000), (1000, 1001), (1000, 1001))


def test_of_two_such_legs_all_but_one_must_be_bounded_by_inventory():
    bench = three_legs()
    a_share(bench, 0)
    a_share(bench, 1)
    bench.set_quotes(*QUOTES)
    assert sent(bench) == []
    row = bench.log.of(GATE)[0]
    # 3 lots at 1,001 go last; 3 at 1,000 stay uncovered.
    assert (row["gate"], row["instrument_index"], row["observed"], row["limit"]) == ("irreversible", 0, 30_000_000, 0)
    bench = three_legs()
    a_share(bench, 0, inventory=2)
    a_share(bench, 1)
    bench.set_quotes(*QUOTES)
    assert sent(bench) == [(0, 2), (2, 2)]


@pytest.mark.parametrize(
    ("budget_e4", "owner", "fires"), [(30_000_000, "desk", True), (29_999_999, "desk", False), (30_000_000, "", False)]
)
def test_a_budget_for_the_night_needs_its_size_and_its_owner(budget_e4, owner, fires):
    bench = three_legs()
    bench.spread.execution.naked_budget_e4, bench.spread.execution.budget_owner = budget_e4, owner
    a_share(bench, 0)
    a_share(bench, 1)
    bench.set_quotes(*QUOTES)
    assert (sent(bench) == [(0, 3), (2, 3)]) == fires


def test_an_exit_is_never_kept_back_by_what_it_cannot_undo():
    bench = Bench()
    bench.open()
    venue = FakeVenue(bench)
    for command in list(bench.routes.sent):
        venue.fills_all(int(command.client_order_id))
    for leg in range(2):
        bench.desk.set_condition(leg, CONDITION_QUOTA_LOTS, 3)
    bench.spread.execution.undo_margin_ns = 60 * MINUTE
    for hours in bench.hours:
        hours.close_ns = bench.now_ns + MINUTE
    bench.set_quotes((1011, 1012), (1000, 1001))
    assert len(bench.routes.sent) == 3, "one leg at once, the other when it has filled"


def test_the_slowest_leg_first():
    bench = Bench()
    bench.spread.execution.sequence = SLOW_FIRST
    bench.spread.execution.legs[1].one_way_delay_ns = 5 * MS
    order = bench.open()
    assert sent(bench) == [(1, 3)] and list(order.ranks) == [1, 0]


@pytest.mark.parametrize("slowest", [0, 1, 2])
def test_of_three_legs_the_slowest_goes_first_wherever_it_stands(slowest):
    bench = three_legs()
    bench.spread.execution.sequence = SLOW_FIRST
    for leg, delay_ms in enumerate((3, 2, 1)):
        bench.spread.execution.legs[leg].one_way_delay_ns = (9 if leg == slowest else delay_ms) * MS
    bench.set_quotes(*QUOTES)
    assert sent(bench) == [(slowest, 3)]


def test_delayed_so_that_they_arrive_together():
    bench = Bench()
    bench.spread.execution.sequence = ARRIVE_TOGETHER
    bench.spread.execution.legs[0].one_way_delay_ns = 2 * MS
    bench.spread.execution.legs[1].one_way_delay_ns = 5 * MS
    order = bench.open()
    assert sent(bench) == [(1, 3)] and list(order.delays_ns) == [3 * MS, 0]
    bench.wait(3 * MS - 1)
    assert len(sent(bench)) == 1
    bench.wait(1)
    assert sent(bench) == [(1, 3), (0, 3)]
