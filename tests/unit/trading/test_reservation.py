"""The reservation ledger: every limit at its edge, joint counting, exact release; worked by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.execution import Alternative
from cross_market_connect.domain.numbers import I64_MAX
from cross_market_connect.domain.order import BUY, SELL
from cross_market_connect.domain.spread import BUY_SPREAD
from cross_market_connect.trading.orders import SpreadOrder
from cross_market_connect.trading.reservation import Limits, ReservationLedger
from tests.unit.trading.support import definition, wide_limits

VALUES_E4 = [30_000, 32_000]
MARGIN_E4 = 100
SECOND = 1_000_000_000
NOW_NS = 100 * SECOND


def add_fill(ledger: ReservationLedger, order: SpreadOrder, leg: int, side: int, lots: int) -> None:
    """A fill of the leg's own instrument."""
    definition = order.definition.legs[leg]
    if side == order.sides[leg]:
        ledger.take_reserved(order, leg, lots)
    ledger.add_position(definition.instrument_index, definition.route, side * lots)


def order_of(opening: bool = True, targets: tuple[int, ...] = (3, 4), **changes) -> SpreadOrder:
    sides = [1, -1, -1][: len(targets)]
    changes.setdefault("ratios", targets)
    changes.setdefault("sides", sides)
    order = SpreadOrder(7, definition(**changes), BUY_SPREAD, opening)
    order.targets, order.sides = list(targets), list(changes["sides"])
    return order


def ledger_of(limits: Limits | None = None, count: int = 2) -> ReservationLedger:
    return ReservationLedger(limits or wide_limits(count, 1, count), [MARGIN_E4] * count, 1, count)


# Row, table, index, the value that just passes for targets 3 : 4, values 3.0 and 3.2, margin 0.01 a lot.
EDGES = [
    ("order_lots_max", "order_lots_max", 0, 3),
    ("order_lots_max", "order_lots_max", 1, 4),
    ("order_value_max", "order_value_e4_max", 0, 30_000),
    ("order_value_max", "order_value_e4_max", 1, 32_000),
    ("position_lots_max", "position_lots_max", 0, 3),
    ("position_lots_max", "position_lots_max", 1, 4),
    ("margin_max", "margin_e4_max", 0, 300),
    ("margin_max", "margin_e4_max", 1, 400),
    ("naked_value_max", "naked_e4_max", 0, 32_000),
]


@pytest.mark.parametrize(("name", "table", "index", "just"), EDGES)
def test_every_limit_lets_its_own_value_pass_and_refuses_one_more(name, table, index, just):
    limits = wide_limits(2, 1, 2)
    getattr(limits, table)[index] = just
    assert ledger_of(limits).check(order_of(), VALUES_E4, NOW_NS).limit_name == ""
    getattr(limits, table)[index] = just - 1
    refusal = ledger_of(limits).check(order_of(), VALUES_E4, NOW_NS)
    assert (refusal.limit_name, refusal.observed, refusal.limit) == (name, just, just - 1)


@pytest.mark.parametrize(("name", "table", "index", "_just"), EDGES)
def test_a_limit_that_is_not_configured_refuses(name, table, index, _just):
    limits = wide_limits(2, 1, 2)
    getattr(limits, table)[index] = -1
    assert ledger_of(limits).check(order_of(), VALUES_E4, NOW_NS).limit_name == name
    assert ledger_of(Limits(2, 1, 2)).check(order_of(), VALUES_E4, NOW_NS).limit_name == "order_lots_max"


@pytest.mark.parametrize("side", [BUY, SELL])
def test_the_position_counts_at_its_worst_end_reservations_included(side):
    """4 held on the growing side, 2 reserved, 3 wanted: 9. On the other side: -4 + 2 + 3 = 1."""
    limits = wide_limits(2, 1, 2)
    for held, worst in [(side * 4, 9), (-side * 4, 1)]:
        for limit, passes in [(worst, True), (worst - 1, False)]:
            ledger = ledger_of(limits)
            ledger.position_lots[0] = held
            (ledger.reserved_buy_lots if side == BUY else ledger.reserved_sell_lots)[0] = 2
            limits.position_lots_max[0] = limit
            order = order_of(sides=(side, -side))
            assert (ledger.check(order, VALUES_E4, NOW_NS).limit_name == "") == passes


def test_case_24_legs_of_one_account_are_held_to_its_margin_together():
    """3 + 4 lots at 0.01 on one route."""
    limits = wide_limits(2, 1, 2)
    for limit, name in [(700, ""), (699, "margin_max")]:
        limits.margin_e4_max[0] = limit
        refusal = ledger_of(limits).check(order_of(routes=(0, 0)), VALUES_E4, NOW_NS)
        assert (refusal.limit_name, refusal.observed) == (name, 700 if name else 0)


def test_case_13_two_legs_in_one_instrument_count_together():
    limits = wide_limits(2, 1, 2)
    for limit, name in [(7, ""), (6, "position_lots_max")]:
        limits.position_lots_max[0] = limit
        order = order_of(instruments=(0, 0), sides=(1, 1))
        assert ledger_of(limits).check(order, VALUES_E4, NOW_NS).limit_name == name


def test_the_worst_naked_state_is_a_whole_side_filled_and_nothing_of_the_other():
    """Two legs sold for 3.0 each against one bought for 5.5: 6.0 can stand naked."""
    limits = wide_limits(3, 1, 3)
    limits.naked_e4_max[0] = 59_999
    order = order_of(targets=(2, 1, 1))
    refusal = ledger_of(limits, 3).check(order, [55_000, 30_000, 30_000], NOW_NS)
    assert (refusal.limit_name, refusal.observed) == ("naked_value_max", 60_000)
    limits.naked_e4_max[0] = 60_000
    assert ledger_of(limits, 3).check(order, [55_000, 30_000, 30_000], NOW_NS).limit_name == ""
    assert order.naked_worst_e4 == 60_000


def test_naked_exposure_of_open_orders_adds_up():
    limits = wide_limits(2, 1, 2)
    limits.naked_e4_max[0] = 63_999
    ledger = ledger_of(limits)
    first = order_of()
    assert ledger.check(first, VALUES_E4, NOW_NS).limit_name == ""
    ledger.reserve(first)
    assert ledger.check(order_of(), VALUES_E4, NOW_NS).limit_name == "naked_value_max"
    ledger.release(first)
    assert ledger.check(order_of(), VALUES_E4, NOW_NS).limit_name == ""


def test_what_late_fills_brought_beyond_a_reservation_adds_up_too():
    """Targets 3 : 4: 9 against 4 is twice the reservation, 3.2 more than it; the other order takes 3.2 itself."""
    limits = wide_limits(2, 1, 2)
    ledger = ledger_of(limits)
    first, order = order_of(), order_of()
    assert ledger.check(first, VALUES_E4, NOW_NS).limit_name == ledger.check(order, VALUES_E4, NOW_NS).limit_name == ""
    ledger.reserve(first)
    for filled, index, total in [([3, 0], 0, 64_000), ([9, 4], 0, 96_000), ([9, 4], 1, 64_000)]:
        first.filled = filled
        first.definition.index = index
        limits.naked_e4_max[0] = total
        assert ledger.check_beyond(order, [first]).limit_name == ""
        limits.naked_e4_max[0] = total - 1
        refusal = ledger.check_beyond(order, [first])
        assert (refusal.limit_name, refusal.observed, refusal.limit) == ("naked_value_max", total, total - 1)
    order.definition.index = -1
    assert ledger.check_beyond(order, [first]).limit_name == "", "a single order by hand has no other leg"


def test_case_25_a_closing_order_is_let_out_of_an_account_over_its_margin():
    limits = wide_limits(2, 1, 2)
    limits.margin_e4_max[0] = 50
    ledger = ledger_of(limits)
    ledger.margin_e4[0] = 1_000
    assert ledger.check(order_of(opening=False), VALUES_E4, NOW_NS).limit_name == ""
    assert ledger.check(order_of(), VALUES_E4, NOW_NS).limit_name == "margin_max"


def test_values_near_the_end_of_the_numbers_saturate_and_are_refused():
    limits = wide_limits(2, 1, 2)
    limits.order_value_e4_max[0] = limits.order_value_e4_max[1] = I64_MAX - 1
    assert ledger_of(limits).check(order_of(), [I64_MAX, 1], NOW_NS).limit_name == "order_value_max"
    big = I64_MAX - 1
    refusal = ledger_of(limits).check(order_of(sides=(1, 1)), [big, big], NOW_NS)
    assert (refusal.limit_name, refusal.observed) == ("naked_value_max", I64_MAX)
    ledger = ledger_of(limits)
    ledger.margin_e4[0] = I64_MAX - 10
    refusal = ledger.check(order_of(), VALUES_E4, NOW_NS)
    assert (refusal.limit_name, refusal.observed) == ("margin_max", I64_MAX)
    ledger = ledger_of(limits)
    ledger.reserved_buy_lots[0] = I64_MAX - 2
    refusal = ledger.check(order_of(), VALUES_E4, NOW_NS)
    assert (refusal.limit_name, refusal.observed) == ("position_lots_max", I64_MAX)


def test_reserving_twice_or_releasing_twice_is_our_bug():
    ledger, order = ledger_of(), order_of()
    with pytest.raises(InvariantError, match="released twice"):
        ledger.release(order)
    ledger.reserve(order)
    with pytest.raises(InvariantError, match="reserved twice"):
        ledger.reserve(order)


def test_fills_move_from_reserved_to_position_and_the_rest_is_given_back():
    ledger, order = ledger_of(), order_of()
    assert ledger.check(order, VALUES_E4, NOW_NS).limit_name == ""
    ledger.reserve(order)
    assert (ledger.reserved_buy_lots[0], ledger.reserved_sell_lots[1]) == (3, 4)
    assert (list(ledger.margin_e4), ledger.naked_e4[0]) == ([300, 400], 32_000)
    add_fill(ledger, order, 0, BUY, 2)
    assert (ledger.position_lots[0], ledger.reserved_buy_lots[0], ledger.margin_e4[0]) == (2, 1, 300)
    add_fill(ledger, order, 0, SELL, 1)
    assert (ledger.position_lots[0], ledger.reserved_buy_lots[0], ledger.margin_e4[0]) == (1, 1, 200)
    ledger.release(order)
    assert (list(ledger.reserved_buy_lots), list(ledger.reserved_sell_lots)) == ([0, 0], [0, 0])
    assert (list(ledger.margin_e4), ledger.naked_e4[0]) == ([100, 0], 0)


def test_a_closing_order_frees_margin_as_it_fills():
    ledger, order = ledger_of(), order_of(opening=False)
    ledger.position_lots[0], ledger.margin_e4[0] = -3, 300
    ledger.reserve(order)
    assert ledger.margin_e4[0] == 300
    add_fill(ledger, order, 0, BUY, 3)
    assert (ledger.position_lots[0], ledger.margin_e4[0]) == (0, 0)


def test_case_33_a_cancelled_trade_leaves_the_position_and_reserves_nothing_again():
    ledger, order = ledger_of(), order_of()
    ledger.reserve(order)
    add_fill(ledger, order, 0, BUY, 3)
    add_fill(ledger, order, 0, BUY, -1)
    assert (ledger.position_lots[0], ledger.reserved_buy_lots[0], ledger.margin_e4[0]) == (2, 0, 200)


def test_a_fill_beyond_what_is_reserved_takes_only_what_is_there():
    ledger, order = ledger_of(), order_of()
    ledger.reserve(order)
    add_fill(ledger, order, 0, BUY, 5)
    assert (ledger.position_lots[0], ledger.reserved_buy_lots[0], ledger.margin_e4[0]) == (5, 0, 500)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 1), st.sampled_from([BUY, SELL]), st.integers(1, 5))))
def test_what_goes_in_comes_out(fills):
    """Any orders and fills: reservations end at zero, margin at what the positions take, trading back at 0."""
    ledger = ledger_of()
    positions = [0, 0]
    for opening, leg, side, lots in fills:
        order = order_of(opening=opening)
        ledger.check(order, VALUES_E4, NOW_NS)
        ledger.reserve(order)
        add_fill(ledger, order, leg, side, lots)
        positions[leg] += side * lots
        ledger.release(order)
    assert list(ledger.position_lots) == positions
    assert list(ledger.margin_e4) == [abs(lots) * MARGIN_E4 for lots in positions]
    assert [*ledger.reserved_buy_lots, *ledger.reserved_sell_lots, ledger.naked_e4[0]] == [0] * 5
    for leg, lots in enumerate(positions):
        add_fill(ledger, order_of(), leg, BUY if lots < 0 else SELL, abs(lots))
    assert [*ledger.position_lots, *ledger.margin_e4] == [0] * 4


@pytest.mark.parametrize(("routes", "just"), [((0, 1), 1), ((0, 0), 2)])
def test_the_rate_refuses_when_the_legs_of_a_route_do_not_fit(routes, just):
    limits = wide_limits(2, 1, 2)
    limits.orders_per_second_max[0] = just
    ledger = ledger_of(limits)
    order = order_of(routes=routes)
    assert ledger.check(order, VALUES_E4, NOW_NS).limit_name == ""
    ledger.throttles[0].sent(NOW_NS)
    refusal = ledger.check(order, VALUES_E4, NOW_NS + SECOND - 1)
    assert (refusal.limit_name, refusal.limit) == ("orders_per_second_max", just)
    assert ledger.check(order, VALUES_E4, NOW_NS + SECOND).limit_name == ""
    limits.orders_per_second_max[0] = -1
    assert ledger_of(limits).check(order, VALUES_E4, NOW_NS).limit_name == "orders_per_second_max"


def with_way(instrument: int, route: int, lots_per_lot: int) -> SpreadOrder:
    """Targets 3 : 4; leg 1 may be traded another way."""
    order = order_of()
    order.definition.execution.legs[1].alternatives = [Alternative(instrument, route, "b", lots_per_lot, True)]
    return order


WAY_EDGES = [
    ("order_lots_max", "order_lots_max", 2, 20),
    ("position_lots_max", "position_lots_max", 2, 20),
    ("margin_max", "margin_e4_max", 2, 2_000),
]


@pytest.mark.parametrize(("name", "table", "index", "just"), WAY_EDGES)
def test_another_way_is_measured_before_anything_is_sent(name, table, index, just):
    """Four lots as 20 of a substitute: its own instrument's limits and its own route's margin, 0.01 a lot."""
    limits = wide_limits(3, 1, 3)
    for value, passes in [(just, True), (just - 1, False), (-1, False)]:
        getattr(limits, table)[index] = value
        refusal = ledger_of(limits, 3).check(with_way(2, 2, 5), VALUES_E4, NOW_NS)
        assert refusal.limit_name == ("" if passes else name)


def test_what_excludes_each_other_is_not_added_up():
    """The other way over the first leg's route takes 400 beside the first leg's 300, not beside the leg's own 400."""
    limits = wide_limits(2, 1, 2)
    limits.margin_e4_max[0] = 700
    assert ledger_of(limits).check(with_way(1, 0, 1), VALUES_E4, NOW_NS).limit_name == ""
    limits.margin_e4_max[0] = 699
    assert ledger_of(limits).check(with_way(1, 0, 1), VALUES_E4, NOW_NS).limit_name == "margin_max"
    limits = wide_limits(2, 1, 2)
    limits.position_lots_max[1] = 4
    assert ledger_of(limits).check(with_way(1, 0, 1), VALUES_E4, NOW_NS).limit_name == ""


@pytest.mark.parametrize(("clip", "naked"), [(0, 32_000), (3, 32_000), (1, 10_667), (2, 21_334)])
def test_a_clip_is_what_can_be_naked_at_a_time(clip, naked):
    order = order_of()
    order.clip_lots = clip
    limits = wide_limits(2, 1, 2)
    limits.naked_e4_max[0] = naked
    assert ledger_of(limits).check(order, VALUES_E4, NOW_NS).limit_name == ""
    limits.naked_e4_max[0] = naked - 1
    assert ledger_of(limits).check(order, VALUES_E4, NOW_NS).limit_name == "naked_value_max"


@pytest.mark.parametrize(("clip", "naked"), [(0, 32_000), (1, 10_667)])
def test_beyond_the_targets_legs_hold_what_the_naked_limit_leaves(clip, naked):
    """Targets 3 : 4, 3.2 is reserved: a lot beyond is a third of that on leg 0, a quarter on leg 1, rounded up."""
    limits = wide_limits(2, 1, 2)
    ledger = ledger_of(limits)
    order = order_of()
    order.clip_lots = clip
    assert ledger.check(order, VALUES_E4, NOW_NS).limit_name == ""
    ledger.reserve(order)
    whole = 32_001 if clip else 32_000
    for limit, filled, room in [
        (naked, [0, 0], [3, 4]),
        (naked, [3, 4], [0, 0]),
        (naked + whole // 4, [0, 0], [3, 4]),
        (naked + whole // 4 + 1, [0, 0], [3, 5]),
        (naked + whole // 3 + 1, [1, 0], [3, 5]),
        (naked + whole // 3 + 1, [4, 0], [0, 4]),
        (naked + 2 * (whole // 4 + 1), [0, 5], [3, 1]),
        (naked - 1, [5, 4], [0, 0]),
    ]:
        limits.naked_e4_max[0] = limit
        order.filled = filled
        assert [ledger.naked_room_lots(order, leg) for leg in (0, 1)] == room, (limit, filled)


def test_what_hedges_may_exceed_their_deficit_by_is_reserved_too():
    """Two lots over, at 1.0000 for the dearer lot: 3.2 + 2.0; and two more lots of position."""
    order = order_of()
    order.definition.execution.over_hedge_lots_max = 2
    limits = wide_limits(2, 1, 2)
    limits.naked_e4_max[0] = 52_000
    limits.position_lots_max[0] = 5
    assert ledger_of(limits).check(order, VALUES_E4, NOW_NS).limit_name == ""
    limits.naked_e4_max[0] = 51_999
    assert ledger_of(limits).check(order, VALUES_E4, NOW_NS).limit_name == "naked_value_max"
    limits.position_lots_max[0] = 4
    assert ledger_of(limits).check(order, VALUES_E4, NOW_NS).limit_name == "position_lots_max"


def test_a_position_of_any_size_closes_the_margin_limit_and_never_opens_it() -> None:
    ledger = ledger_of()
    ledger.margin_per_lot_e4[0] = 100_000
    ledger.add_position(0, 0, 150_000_000_000_000)
    assert ledger.margin_e4[0] == I64_MAX
    ledger.add_position(0, 0, I64_MAX)
    assert (ledger.position_lots[0], ledger.margin_e4[0]) == (I64_MAX, I64_MAX)
