"""Exits that no price asks for: stop-loss, the clock, the longest holding; and the entry that a stop is measured by."""

import pytest

from cross_market_connect.domain.book import BOOK_STALE
from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.domain.records import GATE, TRIGGER
from cross_market_connect.domain.spread import RATIO
from cross_market_connect.trading.orders import SpreadOrder
from cross_market_connect.trading.position import SpreadPosition
from cross_market_connect.trading.trigger import CLOSE_BUY, CLOSE_SELL, NOT_WANTED
from tests.unit.trading.support import MS, SECOND, Bench, definition
from tests.unit.trading.test_trigger import BUY_NOW, fill_everything, gates, holding, look
from tests.unit.trading.venue import FakeVenue

HOUR = 3_600 * SECOND
# Bought at 1000 - 1000 with two ticks of payup on both legs: entry 1002 - 998 = 4. These quotes sell at 994 - 1001.
WORSE = ((994, 995), (1000, 1001))


def rules(bench: Bench) -> list[str]:
    return [str(row["rule"]) for row in bench.log.of(TRIGGER)]


@pytest.mark.parametrize(("stop", "fires"), [(11.0, True), (11.1, False)])
def test_a_stop_loss_leaves_at_its_distance_from_the_entry_and_says_so(stop, fires):
    bench, _ = holding()
    bench.spread.rule.stop_loss = stop
    bench.spread.position_lots_max = 3
    bench.set_quotes(*WORSE)
    assert rules(bench) == ["open_buy"] + ["close_sell stop_loss"] * fires
    if fires:
        row = bench.log.of(TRIGGER)[-1]
        assert (row["value_e9"], row["threshold_e9"]) == (-7 * 10**9, -7 * 10**9)


def test_a_stop_loss_of_a_sold_spread_measures_the_value_it_is_bought_back_at():
    bench, _ = holding(-3)
    state = bench.trigger
    bench.spread.rule.stop_loss = 5.0
    bench.spread.rule.sell_enter = 100.0
    assert state.entry_value() == 1019 - 1003
    state.valuation.buy_value, state.valuation.sell_value = 20.9, 20.0
    bench.spread.position_lots_max = 3
    assert state.wanted() == NOT_WANTED
    state.valuation.buy_value = 21.0
    assert state.wanted() == CLOSE_BUY


def test_the_entry_of_a_ratio_is_the_ratio_of_the_average_prices():
    spread = definition(form=RATIO)
    spread.rule.buy_enter = 1.0
    bench = Bench(spread)
    bench.set_quotes(*BUY_NOW)
    fill_everything(bench, FakeVenue(bench))
    assert bench.trigger.entry_value() == 1002 / 998


def test_holding_too_long_leaves_by_calendar_time():
    bench, _ = holding()
    bench.spread.rule.holding_ns_max = HOUR
    bench.spread.position_lots_max = 3
    state = bench.trigger
    since = int(state.position.since_utc_ns)
    assert since == bench.desk.orders[1].leg_orders[0].sent_utc_ns > 0
    state.valuation.buy_value, state.valuation.sell_value = 5.0, 4.0
    assert state.wanted(since + HOUR - 1) == NOT_WANTED
    assert state.wanted(since + HOUR) == CLOSE_SELL
    assert state.exit_reason == 3


def test_in_the_exit_window_positions_are_left_and_nothing_is_opened():
    bench, venue = holding()
    day = 20_000 * 24 * HOUR - 8 * HOUR  # midnight in China
    rule = bench.spread.rule
    rule.exit_from_ns, rule.exit_until_ns = 14 * HOUR, 15 * HOUR
    state = bench.trigger
    state.valuation.buy_value, state.valuation.sell_value = 5.0, 4.0
    wanted = [state.wanted(day + at) for at in (14 * HOUR - 1, 14 * HOUR, 15 * HOUR - 1, 15 * HOUR)]
    assert wanted == [NOT_WANTED, CLOSE_SELL, CLOSE_SELL, NOT_WANTED]
    rule.exit_from_ns, rule.exit_until_ns = 8 * HOUR, 9 * HOUR  # the bench runs from 08:01:40 in China
    bench.set_quotes((1003, 1004), (1000, 1001))
    assert rules(bench)[-1] == "close_sell time_exit"
    fill_everything(bench, venue)
    assert list(bench.trigger.position_lots) == [0, 0] and bench.trigger.position.since_utc_ns == 0
    bench.set_quotes(*BUY_NOW)
    assert [name for name, _, _ in gates(bench)] == ["exit_time"]


def test_a_forced_exit_waits_for_no_persistence_and_is_an_episode_of_its_own():
    bench, _ = holding()
    bench.spread.rule.persistence_ns = 100 * MS
    bench.spread.rule.stop_loss = 1.0
    bench.hours[0].open = False
    bench.set_quotes(*WORSE)
    bench.set_quotes(*WORSE)
    assert [name for name, _, _ in gates(bench)] == ["session_closed"]
    bench.spread.rule.stop_loss = 0.0
    bench.spread.rule.exit_from_ns, bench.spread.rule.exit_until_ns = 0, 24 * HOUR
    bench.set_quotes(*WORSE)
    assert [name for name, _, _ in gates(bench)] == ["session_closed", "session_closed"]


def test_an_exit_by_the_clock_that_finds_no_book_is_recorded_as_blocked():
    bench, _ = holding()
    bench.spread.rule.exit_from_ns, bench.spread.rule.exit_until_ns = 0, 24 * HOUR
    bench.books[1].state = BOOK_STALE
    look(bench)
    look(bench)
    assert [(row["gate"], row["direction"]) for row in bench.log.of(GATE)] == [("book_not_live", -1)]


def timed(**rule: int):
    """A position of 3 since the bench's start, and a book that says the same all day."""
    spread = definition()
    spread.position_lots_max = 3
    for name, value in rule.items():
        setattr(spread.rule, name, value)
    bench = Bench(spread)
    bench.set_quotes(*BUY_NOW)
    fill_everything(bench, FakeVenue(bench))
    for leg in spread.legs:
        leg.quote_age_ns_max = 48 * HOUR
    return bench


def test_a_position_that_grew_too_old_is_left_without_a_quote():
    bench = timed(holding_ns_max=HOUR)
    since = int(bench.trigger.position.since_utc_ns)
    asked_for_ns = bench.desk.next_timer_ns()
    bench.wait(asked_for_ns - bench.now_ns - 1)
    assert len(bench.desk.orders) == 1
    bench.wait(1)
    assert bench.desk.step.utc_ns == since + HOUR
    assert rules(bench)[-1] == "close_sell longest_holding"


def test_the_exit_window_begins_without_a_quote_and_asks_once_a_day():
    """The bench runs from 08:01:40 in China; both books are gone by then, so every day's exit is blocked, and told."""
    bench = timed(exit_from_ns=14 * HOUR, exit_until_ns=15 * HOUR)
    for book in bench.books:
        book.state = BOOK_STALE
    begun_ns = bench.now_ns
    bench.wait(30 * HOUR)
    assert [(row["gate"], row["direction"]) for row in bench.log.of(GATE)] == [("book_not_live", -1)]
    assert bench.trigger.looked_utc_ns % (24 * HOUR) == 6 * HOUR
    assert bench.desk.next_timer_ns() - begun_ns > 30 * HOUR


def test_an_exit_that_was_due_while_an_order_was_under_way_is_asked_for_when_it_has_ended():
    bench = timed(holding_ns_max=HOUR)
    bench.trigger.open_orders += 1
    assert bench.desk.next_timer_ns() == NO_TIMER
    bench.now_ns += 2 * HOUR
    bench.trigger.open_orders -= 1
    bench.input()
    assert bench.desk.next_timer_ns() < bench.now_ns
    bench.wait(0)
    assert rules(bench)[-1] == "close_sell longest_holding"


# ---------------------------------------------------------------------- the position


def aligned(targets: list[int], sides: list[int], exact_e9: list[int]) -> SpreadOrder:
    """A spread order with these quantities."""
    order = SpreadOrder(1, definition(ratios=[1] * len(targets), sides=sides), 1, True)
    order.targets, order.sides, order.exact_e9 = targets, sides, exact_e9
    return order


def fill(position: SpreadPosition, order: SpreadOrder, leg: int, lots: int, price: int = 100) -> None:
    order.filled[leg] += lots
    position.count_fill(order, leg, order.sides[leg], lots, price, 7)


def test_the_average_entry_follows_additions_reductions_and_a_turn():
    position = SpreadPosition(1)
    order = aligned([10], [1], [10 * 10**9])
    fill(position, order, 0, 2, 100)
    fill(position, order, 0, 2, 110)
    assert position.average_ticks(0) == 105.0
    fill(position, order, 0, -3, 200)
    assert (position.lots[0], position.average_ticks(0)) == (1, 105.0)
    fill(position, order, 0, -3, 90)
    assert (position.lots[0], position.average_ticks(0)) == (-2, 90.0)


def test_the_residual_is_what_the_leg_lacks_to_the_exact_hedge_and_ends_with_the_position():
    """3 lots want 4.127 lots sold: 4 leave 0.127 to sell. Half a close of 1 : 1.376 leaves two thirds of it."""
    position = SpreadPosition(2)
    order = aligned([3, 4], [1, -1], [3 * 10**9, 4_127_000_000])
    fill(position, order, 0, 3)
    assert position.residual_e9(1) == -4_127_000_000
    fill(position, order, 1, 4)
    assert position.residual_e9(1) == -127_000_000
    close = aligned([1, 1], [-1, 1], [10**9, 1_375_666_666])
    fill(position, close, 0, 1)
    fill(position, close, 1, 1)
    assert position.residual_e9(1) == -127_000_000 + 1_375_666_666 - 10**9
    rest = aligned([2, 3], [-1, 1], [2 * 10**9, 2_751_333_334])
    fill(position, rest, 0, 2)
    fill(position, rest, 1, 3)
    assert position.residual_e9(1) == 0 and position.is_flat()


def test_one_lot_has_an_average_and_nothing_has_none():
    position = SpreadPosition(2)
    order = aligned([2, 2], [1, -1], [2 * 10**9, 2 * 10**9])
    assert (position.average_ticks(0), position.is_priced(), position.is_flat()) == (0.0, False, True)
    fill(position, order, 0, 1, 100)
    assert (position.average_ticks(0), position.is_priced(), position.is_flat()) == (100.0, False, False)
    assert position.since_utc_ns == 7
    fill(position, order, 1, 1, 101)
    assert (position.average_ticks(1), position.is_priced()) == (101.0, True)


def test_the_hedge_follows_the_first_leg_whichever_leg_filled_before():
    """Two of three lots of the first leg want two thirds of 4.127 lots, whatever leg 1 has filled already."""
    position = SpreadPosition(2)
    order = aligned([3, 4], [1, -1], [3 * 10**9, 4_127_000_000])
    fill(position, order, 1, 4)
    assert position.residual_e9(1) == 4 * 10**9, "without the first leg all of it is residual"
    fill(position, order, 0, 2)
    assert position.residual_e9(1) == 4 * 10**9 - 2_751_333_333
