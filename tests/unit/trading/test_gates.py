"""Gates of the legs' markets: each blocks at its number, with its name, and exits pass exactly where the table says."""

from collections.abc import Callable

import pytest

from cross_market_connect.domain.book import BOOK_LIVE, BOOK_STALE, BOOK_SUSPECT, Book
from cross_market_connect.domain.order import BUY, SELL
from cross_market_connect.domain.records import GATE, TRIGGER
from cross_market_connect.domain.spread import QUOTE_MID, PricingLeg
from cross_market_connect.trading.conditions import (
    CONDITION_BORROW_LOTS,
    CONDITION_CLOSE_TODAY_LOTS,
    CONDITION_CORPORATE_ACTION,
    CONDITION_DAYS_TO_FIRST_NOTICE,
    CONDITION_DAYS_TO_LAST_TRADING,
    CONDITION_LOCKED_SIDE,
    CONDITION_NAMES,
    CONDITION_PHASE,
    CONDITION_QUOTA_LOTS,
    CONDITION_SELLABLE_LOTS,
    CONDITION_SKEW_UNCERTAINTY_NS,
    CONDITION_SNAPSHOT_PERIOD_NS,
    CONDITIONS,
    PHASE_AUCTION,
    PHASE_BREAK,
    PHASE_CLOSED,
    PHASE_HALTED,
    PHASE_NAMES,
    PHASE_SUSPENDED,
    UNBOUNDED_LOTS,
    InstrumentConditions,
)
from cross_market_connect.trading.gates import GATE_NAMES, GATE_NONE, GATES, GateResult
from tests.unit.trading.support import MS, SECOND, Bench, Hours, instrument, set_book, wide_limits
from tests.unit.trading.test_trigger import (
    BETWEEN,
    BUY_NOW,
    CLOSE_NOW,
    blocked,
    fill_everything,
    gates,
    holding,
    look,
)
from tests.unit.trading.venue import FakeVenue

Change = Callable[[Bench], None]


def condition(leg: int, which: int, value: int) -> Change:
    def change(bench: Bench) -> None:
        bench.input()
        bench.desk.on_condition(leg, which, value)

    return change


def days(which: int, minimum: str, left: int) -> Change:
    def change(bench: Bench) -> None:
        setattr(bench.spread.rule, minimum, 3)
        condition(0, which, left)(bench)

    return change


def step_clock(bench: Bench) -> None:
    """The quotes of this moment came no later than the step."""
    bench.desk.gates.clock_step_ns = bench.now_ns


def waited(bench: Bench) -> None:
    """The quote of leg 0 was read a moment ago, and may have lain there for longer than the leg allows."""
    bench.books[0].waited_ns = bench.spread.legs[0].quote_age_ns_max + 1


# What happens, the gate that opening (buy leg 0, sell leg 1) meets, and the gate that the exit (the reverse) meets.
CASES: list[tuple[str, Change, str, str]] = [
    ("auction", condition(1, CONDITION_PHASE, PHASE_AUCTION), "not_continuous", "not_continuous"),
    ("break", condition(1, CONDITION_PHASE, PHASE_BREAK), "not_continuous", "not_continuous"),
    ("closed", condition(0, CONDITION_PHASE, PHASE_CLOSED), "not_continuous", "not_continuous"),
    ("halted", condition(0, CONDITION_PHASE, PHASE_HALTED), "halted", "halted"),
    ("suspended", condition(1, CONDITION_PHASE, PHASE_SUSPENDED), "halted", "halted"),
    ("limit up, opening buys", condition(0, CONDITION_LOCKED_SIDE, BUY), "limit_locked", ""),
    ("limit down, opening buys", condition(0, CONDITION_LOCKED_SIDE, SELL), "limit_locked", "limit_locked"),
    ("last day far", days(CONDITION_DAYS_TO_LAST_TRADING, "last_trading_days_min", 3), "", ""),
    ("last day near", days(CONDITION_DAYS_TO_LAST_TRADING, "last_trading_days_min", 2), "last_trading_day", ""),
    ("notice far", days(CONDITION_DAYS_TO_FIRST_NOTICE, "first_notice_days_min", 3), "", ""),
    ("notice near", days(CONDITION_DAYS_TO_FIRST_NOTICE, "first_notice_days_min", 2), "first_notice_day", ""),
    ("contract over", condition(0, CONDITION_DAYS_TO_LAST_TRADING, -1), "last_trading_day", ""),
    ("corporate action", condition(1, CONDITION_CORPORATE_ACTION, 1), "corporate_action", ""),
    ("no borrow, futures-like", condition(1, CONDITION_BORROW_LOTS, 0), "", ""),
    ("no quota, the exit sells", condition(0, CONDITION_QUOTA_LOTS, 0), "quota_exhausted", ""),
    ("no quota, the exit buys", condition(1, CONDITION_QUOTA_LOTS, 0), "", "quota_exhausted"),
    ("nothing sellable, the exit sells", condition(0, CONDITION_SELLABLE_LOTS, 0), "", "no_inventory"),
    ("the clock was set", step_clock, "clock_step", "clock_step"),
    ("the engine stood still", waited, "quote_age", "quote_age"),
]


@pytest.mark.parametrize(("change", "opening", "exit_gate"), [row[1:] for row in CASES], ids=[row[0] for row in CASES])
def test_each_gate_blocks_opening_and_lets_exits_through_unless_they_are_impossible(change, opening, exit_gate):
    bench = Bench()
    change(bench)
    assert [name for name, _, _ in blocked(bench)] == ([opening] if opening else [])
    bench, _ = holding()
    bench.spread.position_lots_max = 3
    change(bench)
    assert [name for name, _, _ in blocked(bench, CLOSE_NOW)] == ([exit_gate] if exit_gate else [])
    if not exit_gate:
        assert bench.log.of(TRIGGER)[-1]["rule"] == "close_sell"


def test_the_table_says_of_each_gate_above_what_it_does_to_exits():
    names = set(GATE_NAMES)
    assert len(names) == len(GATES) <= 62, "one bit per gate"
    for _, _, opening, exit_gate in CASES:
        if exit_gate:
            assert GATES[GATE_NAMES.index(exit_gate)][1] != 0
        elif opening:
            assert GATES[GATE_NAMES.index(opening)][1] != 1
    for _, kind, why in GATES:
        assert kind in (0, 1, 2) and why


def test_a_short_needs_inventory_or_borrow():
    bench = Bench()
    condition(1, CONDITION_SELLABLE_LOTS, 0)(bench)
    condition(1, CONDITION_BORROW_LOTS, 0)(bench)
    assert blocked(bench) == [("no_borrow", 0, 1)]
    condition(1, CONDITION_BORROW_LOTS, 3)(bench)
    assert bench.desk.next_spread_order_id == 2


def test_the_age_of_a_snapshot_quote_includes_its_period():
    bench = Bench()
    condition(1, CONDITION_SNAPSHOT_PERIOD_NS, 3 * SECOND)(bench)
    bench.spread.rule.skew_ns_max = 100 * SECOND
    bench.hours[0].open = False
    bench.set_quotes(*BUY_NOW)
    bench.hours[0].open = True
    bench.now_ns += 2 * SECOND + 1
    bench.books[0].received_ns = bench.now_ns
    look(bench)
    assert gates(bench)[-1] == ("quote_age", 5 * SECOND + 1, 5 * SECOND)


@pytest.mark.parametrize(("apart_ns", "fires"), [(900 * MS, True), (900 * MS + 1, False)])
def test_the_skew_includes_the_uncertainty_of_both_legs(apart_ns, fires):
    """900 ms apart, 60 and 40 ms uncertain: a second at the worst."""
    bench = Bench()
    condition(0, CONDITION_SKEW_UNCERTAINTY_NS, 60 * MS)(bench)
    condition(1, CONDITION_SKEW_UNCERTAINTY_NS, 40 * MS)(bench)
    bench.hours[0].open = False
    bench.set_quotes(*BUY_NOW)
    bench.hours[0].open = True
    bench.now_ns += apart_ns
    bench.books[0].received_ns = bench.now_ns
    look(bench)
    assert len(bench.log.of(TRIGGER)) == fires
    if not fires:
        assert gates(bench)[-1] == ("skew", SECOND + 1, SECOND)


@pytest.mark.parametrize(("early_ms", "late_ms", "fires"), [(900, 850, True), (901, 850, False), (1_950, 1_900, False)])
def test_the_skew_is_that_of_the_events_where_a_venue_s_clock_is_known(early_ms, late_ms, fires):
    """Leg 1 came in at the same moment and happened that long before; a second is allowed."""
    bench = Bench()
    bench.hours[0].open = False
    bench.set_quotes(*BUY_NOW)
    bench.hours[0].open = True
    bench.now_ns += 100 * MS
    bench.books[0].received_ns = bench.now_ns
    bench.books[1].early_ns, bench.books[1].late_ns = early_ms * MS, late_ms * MS
    look(bench)
    assert len(bench.log.of(TRIGGER)) == fires
    if fires:
        assert bench.log.of(TRIGGER)[0]["skew_ns"] == SECOND
    else:
        assert gates(bench)[-1] == ("skew", (100 + early_ms) * MS, SECOND)


@pytest.mark.parametrize(
    ("state", "gate"), [(BOOK_STALE, "book_not_live"), (BOOK_SUSPECT, "book_suspect"), (None, "one_sided")]
)
def test_a_book_that_is_lost_in_an_episode_blocks_once_with_its_reason(state, gate):
    bench = Bench()
    bench.hours[0].open = False
    bench.set_quotes(*BUY_NOW)
    for _ in range(3):
        bench.set_quotes(*BUY_NOW)
        if state is None:
            bench.books[1].asks.clear()
        else:
            bench.books[1].state = state
        look(bench)
        look(bench)
    assert [name for name, _, _ in gates(bench)] == ["session_closed", gate]
    assert bench.log.of(GATE)[-1]["instrument_index"] == 1


def test_nothing_is_recorded_of_a_lost_book_when_nothing_was_wanted():
    bench = Bench()
    bench.set_quotes(*BETWEEN)
    bench.books[1].state = BOOK_SUSPECT
    look(bench)
    assert gates(bench) == []


# ---------------------------------------------------------------------- conditions


def values(**changes: int) -> InstrumentConditions:
    made = InstrumentConditions()
    for name, value in changes.items():
        made.values[CONDITION_NAMES.index(name)] = value
    return made


def test_unbounded_conditions_stay_unbounded():
    made = values()
    for side in (BUY, SELL):
        made.count_fill(side, 1_000_000)
        assert made.closable_lots(side) == made.openable_lots(side) == UNBOUNDED_LOTS


def test_under_t_plus_1_a_purchase_adds_nothing_that_can_be_sold_today():
    made = values(sellable_lots=5, close_today_lots=0, borrow_lots=2)
    made.count_fill(BUY, 4)
    assert (made.closable_lots(SELL), made.openable_lots(SELL)) == (5, 7)
    made.count_fill(SELL, 6)
    assert (made.closable_lots(SELL), made.openable_lots(SELL)) == (0, 1)
    made.count_fill(SELL, -1)
    assert made.closable_lots(SELL) == 1, "a sale that the venue took back"


def test_where_the_day_does_not_matter_a_purchase_is_inventory_at_once():
    made = values(sellable_lots=5, borrow_lots=0)
    made.count_fill(BUY, 4)
    made.count_fill(SELL, 8)
    assert made.closable_lots(SELL) == 1


def test_yesterday_and_today_are_closed_in_this_order():
    made = values(sellable_lots=2, close_today_lots=3)
    made.count_fill(SELL, 4)
    assert (made.values[CONDITION_SELLABLE_LOTS], made.values[CONDITION_CLOSE_TODAY_LOTS]) == (0, 1)


def test_purchases_use_up_quota_and_sales_do_not():
    made = values(quota_lots=10)
    made.count_fill(SELL, 4)
    made.count_fill(BUY, 7)
    assert made.values[CONDITION_QUOTA_LOTS] == 3


def test_fills_use_up_what_the_markets_allow():
    bench = Bench()
    condition(0, CONDITION_QUOTA_LOTS, 4)(bench)
    condition(1, CONDITION_SELLABLE_LOTS, 5)(bench)
    bench.set_quotes(*BUY_NOW)
    fill_everything(bench, FakeVenue(bench))
    assert bench.desk.conditions[0].values[CONDITION_QUOTA_LOTS] == 1
    assert bench.desk.conditions[1].values[CONDITION_SELLABLE_LOTS] == 2


def test_the_table_of_conditions_is_sound():
    assert len(PHASE_NAMES) - 1 == CONDITIONS[CONDITION_PHASE][2]
    for _, smallest, largest, plain, meaning in CONDITIONS:
        assert smallest <= plain <= largest and meaning


# ---------------------------------------------------------------------- what only prices


def bench_with_rate(weekend_gate: bool = True) -> Bench:
    """Leg 1 is converted at the middle of a third book, which is not traded."""
    bench = Bench()
    bench.spread.pricing_legs = [PricingLeg(2, "HKDCNY", QUOTE_MID, 5 * SECOND, weekend_gate)]
    bench.spread.legs[1].live_rates = [1]
    bench.instruments.append(instrument(2))
    bench.books.append(Book(2))
    bench.hours.append(Hours())
    bench.limits = wide_limits(3, 1, 3)
    bench.desk = bench.make_desk()
    return bench


RATE = ((1, 1),)


def test_a_live_rate_is_part_of_the_price_and_its_quote_is_looked_at():
    bench = bench_with_rate()
    bench.set_quotes(*BETWEEN, *RATE)
    assert bench.desk.next_spread_order_id == 1
    # 1005 - 1000 x 1.5: far below the threshold.
    set_book(bench.books[2], [(1, 10)], [(2, 10)], bench.now_ns)
    bench.input()
    bench.desk.on_book(2)
    assert bench.desk.next_spread_order_id == 2
    assert bench.log.of(TRIGGER)[-1]["fx_e9"] == 1_500_000_000


def test_an_old_rate_blocks():
    bench = bench_with_rate()
    bench.set_quotes(*BETWEEN, *RATE)
    bench.now_ns += 5 * SECOND + 1
    before = bench.now_ns
    for leg, (bid, ask) in enumerate(BUY_NOW):
        set_book(bench.books[leg], [(bid, 10)], [(ask, 10)], before)
    look(bench)
    assert gates(bench) == [("quote_age", 5 * SECOND + 1, 5 * SECOND)]
    assert bench.log.of(GATE)[-1]["instrument_index"] == 2


@pytest.mark.parametrize(("weekend_gate", "fires"), [(True, False), (False, True)])
def test_nothing_is_opened_at_the_rates_weekend(weekend_gate, fires):
    bench = bench_with_rate(weekend_gate)
    bench.hours[2].open = False
    bench.set_quotes(*BUY_NOW, *RATE)
    assert (bench.desk.next_spread_order_id == 2) == fires
    assert gates(bench) == ([] if fires else [("session_closed", 0, 0)])


def test_the_rates_weekend_lets_exits_through():
    bench = bench_with_rate()
    venue = FakeVenue(bench)
    bench.set_quotes(*BUY_NOW, *RATE)
    fill_everything(bench, venue)
    bench.hours[2].open = False
    bench.set_quotes(*CLOSE_NOW, *RATE)
    assert bench.log.of(TRIGGER)[-1]["rule"] == "close_sell"


def test_a_rate_that_is_lost_in_an_episode_blocks_with_its_reason():
    bench = bench_with_rate()
    bench.hours[0].open = False
    bench.set_quotes(*BUY_NOW, *RATE)
    bench.books[2].state = BOOK_STALE
    look(bench)
    assert gates(bench)[-1] == ("book_not_live", BOOK_STALE, BOOK_LIVE)


def test_nothing_blocks_and_nothing_was_observed_before_the_first_look():
    result = GateResult()
    assert (result.gate, result.instrument_index, result.observed, result.limit) == (GATE_NONE, -1, 0, 0)
