"""Triggers: thresholds, each gate with its numbers, episodes, hysteresis, persistence, cool-down and rate."""

import pytest

from cross_market_connect.domain.alert import WARNING
from cross_market_connect.domain.book import BOOK_LIVE, BOOK_STALE, BOOK_SUSPECT
from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.domain.order import REJECT_INSUFFICIENT
from cross_market_connect.domain.records import ALERT, GATE, REFUSAL, TIMER, TRIGGER, Payload
from cross_market_connect.domain.spread import BUY_SPREAD, SELL_SPREAD
from cross_market_connect.trading.gates import GATE_LIMIT, GATE_NAMES
from cross_market_connect.trading.stopping import stop
from cross_market_connect.trading.trigger import (
    CLOSE_BUY,
    CLOSE_SELL,
    FAILURE_DOUBLINGS_MAX,
    FAILURE_PAUSE_NS,
    NOT_WANTED,
    OPEN_BUY,
    OPEN_SELL,
    direction_of,
    is_opening,
)
from tests.unit.trading.support import MS, SECOND, START_NS, Bench, definition
from tests.unit.trading.venue import FakeVenue

BUY_NOW = ((999, 1000), (1000, 1001))
SELL_NOW = ((1021, 1022), (1000, 1001))
BETWEEN = ((1004, 1005), (1000, 1001))
CLOSE_NOW = ((1011, 1012), (1000, 1001))


def fill_everything(bench: Bench, venue: FakeVenue) -> None:
    for command in list(bench.routes.sent):
        if not venue.order(int(command.client_order_id)).is_over:
            venue.fills_all(int(command.client_order_id))


def holding(position: int = 3) -> tuple[Bench, FakeVenue]:
    """A bench that holds one bought (or sold) spread of 3 : 3."""
    bench = Bench()
    venue = FakeVenue(bench)
    bench.set_quotes(*(BUY_NOW if position > 0 else SELL_NOW))
    fill_everything(bench, venue)
    assert list(bench.trigger.position_lots) == [position, -position]
    return bench, venue


def gates(bench: Bench) -> list[tuple[str, int, int]]:
    return [(row["gate"], row["observed"], row["limit"]) for row in bench.log.of(GATE)]


# ---------------------------------------------------------------------- thresholds


@pytest.mark.parametrize(
    ("position", "buy", "sell", "wanted"),
    [
        (0, 0.0, -1.0, OPEN_BUY),  # at the threshold
        (0, 0.1, -1.0, NOT_WANTED),
        (0, 21.0, 20.0, OPEN_SELL),
        (0, 21.0, 19.9, NOT_WANTED),
        (3, 11.0, 10.0, CLOSE_SELL),
        (3, 11.0, 9.9, NOT_WANTED),
        (3, -1.0, -2.0, OPEN_BUY),  # more of the same
        (3, 22.0, 21.0, CLOSE_SELL),  # close before the other side is opened
        (-3, 10.0, 9.0, CLOSE_BUY),
        (-3, 10.1, 9.0, NOT_WANTED),
        (-3, -1.0, -2.0, CLOSE_BUY),
        (-3, 21.0, 20.0, OPEN_SELL),
        (300, -1.0, -2.0, NOT_WANTED),  # as much as may be held
        (-300, 21.0, 20.0, NOT_WANTED),
        (299, -1.0, -2.0, OPEN_BUY),
    ],
)
def test_what_is_wanted(position, buy, sell, wanted):
    state = Bench().trigger
    state.position_lots[0] = position
    state.valuation.buy_value, state.valuation.sell_value = buy, sell
    assert state.wanted() == wanted


def test_the_position_counts_in_the_direction_of_the_spread_whatever_the_first_leg_does():
    state = Bench().trigger
    state.valuation.definition.legs[0].side = -1
    state.position_lots[0] = -3
    state.valuation.buy_value, state.valuation.sell_value = 11.0, 10.0
    assert state.wanted() == CLOSE_SELL


@pytest.mark.parametrize(("held", "direction"), [(0, 0), (1, SELL_SPREAD), (-1, BUY_SPREAD)])
def test_what_is_held_is_closed_by_its_opposite_and_nothing_by_nothing(held, direction):
    state = Bench().trigger
    state.position_lots[0] = held
    assert state.closing_direction() == direction


def test_directions():
    assert [direction_of(w) for w in (OPEN_BUY, CLOSE_BUY, OPEN_SELL, CLOSE_SELL)] == [
        BUY_SPREAD,
        BUY_SPREAD,
        SELL_SPREAD,
        SELL_SPREAD,
    ]
    assert [is_opening(w) for w in (OPEN_BUY, OPEN_SELL, CLOSE_BUY, CLOSE_SELL)] == [True, True, False, False]


def test_the_record_names_rule_values_and_quotes():
    bench = Bench()
    bench.set_quotes(*BUY_NOW)
    row = bench.log.of(TRIGGER)[0]
    assert (row["rule"], row["value_e9"], row["threshold_e9"], row["opening"]) == ("open_buy", 0, 0, 1)
    assert row["quotes"] == "XV00.I0 999x1000/1000x1000 XV01.I1 1000x1000/1001x1000"


# ---------------------------------------------------------------------- gates


def blocked(bench: Bench, quotes=BUY_NOW) -> list[tuple[str, int, int]]:
    """Both books are written at the bench's time; the desk looks once."""
    orders = bench.desk.next_spread_order_id
    before = len(gates(bench))
    bench.set_quotes(*quotes)
    fired = bench.desk.next_spread_order_id > orders
    assert fired == (len(gates(bench)) == before)
    return gates(bench)[before:]


def test_a_crossed_book_blocks():
    assert blocked(Bench(), ((999, 999), (1000, 1001))) == [("crossed", 999, 999)]


def look(bench: Bench) -> None:
    bench.input()
    bench.desk.on_book(0)


@pytest.mark.parametrize(("age_ns", "fires"), [(5 * SECOND, True), (5 * SECOND + 1, False)])
def test_case_08_an_old_quote_blocks(age_ns, fires):
    bench = Bench()
    bench.spread.rule.skew_ns_max = 100 * SECOND
    bench.hours[0].open = False
    bench.set_quotes(*BUY_NOW)
    bench.hours[0].open = True
    bench.now_ns += age_ns
    bench.books[0].received_ns = bench.now_ns
    look(bench)
    assert len(bench.log.of(TRIGGER)) == fires
    if not fires:
        assert gates(bench)[-1] == ("quote_age", age_ns, 5 * SECOND)
        assert bench.log.of(GATE)[-1]["instrument_index"] == 1


@pytest.mark.parametrize(("skew_ns", "fires"), [(SECOND, True), (SECOND + 1, False)])
def test_case_08_legs_seen_at_different_times_block(skew_ns, fires):
    bench = Bench()
    bench.hours[0].open = False
    bench.set_quotes(*BUY_NOW)
    bench.hours[0].open = True
    bench.now_ns += skew_ns
    bench.books[0].received_ns = bench.now_ns
    look(bench)
    assert len(bench.log.of(TRIGGER)) == fires
    if not fires:
        assert gates(bench)[-1] == ("skew", skew_ns, SECOND)


def test_case_20_a_closed_session_blocks_whoever_wants():
    bench = Bench()
    bench.hours[1].open = False
    assert blocked(bench) == [("session_closed", 0, 0)]
    bench, _ = holding()
    bench.hours[1].open = False
    assert blocked(bench, CLOSE_NOW) == [("session_closed", 0, 0)]


@pytest.mark.parametrize(("left_ns", "fires"), [(60 * SECOND, True), (60 * SECOND - 1, False)])
def test_near_the_close_nothing_is_opened(left_ns, fires):
    bench = Bench()
    bench.spread.rule.closing_margin_ns = 60 * SECOND
    bench.hours[1].close_ns = bench.now_ns + left_ns
    assert blocked(bench) == ([] if fires else [("near_close", left_ns, 60 * SECOND)])


def test_a_route_that_is_down_blocks():
    bench = Bench()
    bench.routes.up[1] = False
    assert blocked(bench) == [("route_down", 0, 1)]


def test_stopping_and_durability_forbid_opening():
    bench = Bench()
    bench.desk.durable = False
    assert blocked(bench) == [("durability", 0, 0)]
    bench = Bench()
    stop(bench.desk)
    assert blocked(bench) == [("stopping", 0, 0)]


def test_an_alignment_that_finds_nothing_blocks_with_its_reason():
    bench = Bench()
    bench.set_quotes(*BUY_NOW, lots=0)
    assert gates(bench) == [("alignment", 0, 1)]
    assert bench.log.of(GATE)[0]["reason"] == "visible depth below the quantity"


def test_the_depth_behind_the_best_price_must_meet_the_threshold_too():
    """One lot at 1000, the rest at 1001: three lots cost 1000.667 - 1000."""
    bench = Bench()
    bench.hours[0].open = False
    bench.set_quotes(*BUY_NOW)
    bench.hours[0].open = True
    bench.books[0].asks.set_level(0, 1000, 1)
    bench.books[0].asks.set_level(1, 1001, 9)
    look(bench)
    assert gates(bench)[-1] == ("executable_value", 666_666_666, 0)
    assert bench.log.of(TRIGGER) == []


EXITS = ["near_close", "stopping", "durability", "cool_down", "trigger_rate"]


@pytest.mark.parametrize("gate", EXITS)
def test_what_stops_opening_lets_exits_through(gate):
    bench, _ = holding()
    if gate == "near_close":
        bench.spread.rule.closing_margin_ns, bench.hours[0].close_ns = 60 * SECOND, bench.now_ns + SECOND
    elif gate == "stopping":
        stop(bench.desk)
    elif gate == "durability":
        bench.desk.durable = False
    elif gate == "cool_down":
        bench.trigger.cool_down_until_ns = bench.now_ns + SECOND
    else:
        for index in range(len(bench.trigger.fired_ns)):
            bench.trigger.fired_ns[index] = bench.now_ns
    assert [name for name, _, _ in blocked(bench, BUY_NOW)] == [gate]
    assert blocked(bench, CLOSE_NOW) == []
    assert bench.log.of(TRIGGER)[-1]["rule"] == "close_sell"


def test_a_book_that_is_not_live_asks_for_nothing():
    bench = Bench()
    bench.set_quotes(*BETWEEN)
    bench.books[0].state = BOOK_STALE
    look(bench)
    assert bench.trigger.last_wanted == NOT_WANTED and gates(bench) == []


# ---------------------------------------------------------------------- episodes


def test_a_gate_is_recorded_once_per_episode_even_when_gates_take_turns():
    bench = Bench()
    bench.hours[0].open = False
    for _ in range(3):
        bench.set_quotes(*BUY_NOW)
        bench.books[0].bids.set_level(0, 1000, 1)
        look(bench)
        assert bench.trigger.gate == GATE_NAMES.index("crossed")
    assert [name for name, _, _ in gates(bench)] == ["session_closed", "crossed"]
    bench.set_quotes(*BETWEEN)
    assert bench.trigger.gate == 0
    bench.set_quotes(*BUY_NOW)
    assert [name for name, _, _ in gates(bench)] == ["session_closed", "crossed", "session_closed"]


def test_case_03_a_refusal_is_final_until_the_threshold_is_left():
    """Other gates that come and go, and a book that is not live for a while, do not ask again."""
    bench = Bench()
    bench.limits.order_lots_max[0] = 2
    bench.set_quotes(*BUY_NOW)
    assert len(bench.log.of(REFUSAL)) == 1
    assert bench.log.of(ALERT)[-1]["level"] == WARNING
    for _ in range(10):
        bench.set_quotes(*BUY_NOW)
        assert bench.trigger.gate == GATE_LIMIT
        bench.hours[0].open = False
        bench.set_quotes(*BUY_NOW)
        bench.hours[0].open = True
        bench.books[0].state = BOOK_STALE
        look(bench)
    assert len(bench.log.of(REFUSAL)) == 1 and len(bench.log.of(ALERT)) == 1
    bench.set_quotes(*BETWEEN)
    bench.set_quotes(*BUY_NOW)
    assert len(bench.log.of(REFUSAL)) == 2
    assert bench.trigger.open_orders == 0 and bench.desk.is_quiet()


# ---------------------------------------------------------------------- persistence, hysteresis, cool-down, rate


def test_persistence_counts_without_a_break_and_fires_by_the_timer():
    spread = definition()
    spread.rule.persistence_ns = 100 * MS
    bench = Bench(spread)
    bench.set_quotes(*BUY_NOW)
    bench.wait(99 * MS)
    bench.set_quotes(*BETWEEN)
    bench.set_quotes(*BUY_NOW)
    assert bench.desk.next_timer_ns() == bench.now_ns + 100 * MS
    bench.wait(100 * MS - 1)
    assert bench.log.of(TRIGGER) == []
    bench.wait(1)
    assert len(bench.log.of(TRIGGER)) == 1


def test_persistence_of_the_other_side_is_timed_although_a_gate_blocked_the_first():
    spread = definition()
    spread.rule.persistence_ns = 100 * MS
    bench = Bench(spread)
    bench.hours[0].open = False
    bench.set_quotes(*BUY_NOW)
    bench.wait(100 * MS)
    assert [name for name, _, _ in gates(bench)] == ["session_closed"]
    bench.hours[0].open = True
    bench.set_quotes(*SELL_NOW)
    assert bench.desk.next_timer_ns() == bench.now_ns + 100 * MS


@pytest.mark.parametrize(
    ("now", "back", "fires"),
    [
        (BUY_NOW, (1003, 1004), False),  # the spread costs 4, and 5 are wanted
        (BUY_NOW, (1004, 1005), True),
        (SELL_NOW, (1017, 1018), False),  # it fetches 16, and 15 are wanted
        (SELL_NOW, (1016, 1017), True),
    ],
)
def test_hysteresis_wants_the_value_back_before_the_same_side_opens_again(now, back, fires):
    bench = Bench()
    bench.spread.rule.hysteresis = 5.0
    venue = FakeVenue(bench)
    bench.set_quotes(*now)
    fill_everything(bench, venue)
    bench.set_quotes(back, (1000, 1001))
    bench.set_quotes(*now)
    assert len(bench.log.of(TRIGGER)) == 1 + fires


def test_cool_down():
    bench = Bench()
    bench.spread.rule.cool_down_ns = 50 * MS
    venue = FakeVenue(bench)
    bench.set_quotes(*BUY_NOW)
    fill_everything(bench, venue)
    bench.now_ns += 50 * MS - 1
    assert blocked(bench) == [("cool_down", 1, 0)]
    bench.now_ns += 1
    assert blocked(bench) == []


def test_the_rate_is_exact_in_a_rolling_minute():
    spread = definition()
    spread.rule.triggers_max = 2
    bench = Bench(spread)
    venue = FakeVenue(bench)
    times = []
    for elapsed_s in (0, 10, 20, 59, 60, 61, 69, 70, 71, 120):
        bench.now_ns = START_NS + elapsed_s * SECOND
        bench.set_quotes(*BETWEEN)
        before = bench.desk.next_spread_order_id
        bench.set_quotes(*BUY_NOW)
        if bench.desk.next_spread_order_id > before:
            times.append(elapsed_s)
        fill_everything(bench, venue)
    assert times == [0, 10, 60, 70, 120]


def refuse_all(bench: Bench, venue: FakeVenue) -> None:
    for command in list(bench.routes.sent):
        if not venue.order(int(command.client_order_id)).is_over:
            venue.rejects(int(command.client_order_id), REJECT_INSUFFICIENT)


@pytest.mark.parametrize("closing", [False, True])
def test_case_01_refusals_in_a_row_pause_the_trigger_longer_and_longer_exits_included(closing):
    """A tick every millisecond for a minute: 60,000 ticks make ten orders, at 0.1, 0.2, 0.4 ... s, and not 60,000."""
    bench, venue = holding() if closing else (Bench(), None)
    venue = venue or FakeVenue(bench)
    quotes = CLOSE_NOW if closing else BUY_NOW
    first = bench.now_ns
    times = []
    while bench.now_ns < first + 60 * SECOND:
        before = bench.desk.next_spread_order_id
        bench.set_quotes(*quotes)
        if bench.desk.next_spread_order_id > before:
            times.append((bench.now_ns - first) // MS)
            refuse_all(bench, venue)
        bench.now_ns = max(bench.now_ns + MS, int(bench.trigger.pause_until_ns) - MS)
    assert times == [100 * (2**n - 1) for n in range(10)]
    bench.now_ns = int(bench.trigger.pause_until_ns)
    bench.set_quotes(*quotes)
    fill_everything(bench, venue)
    assert bench.trigger.failures == 0


def test_the_pause_has_a_bound():
    state = Bench().trigger
    for _ in range(100):
        state.ended(True, START_NS)
    assert state.pause_until_ns == START_NS + (FAILURE_PAUSE_NS << FAILURE_DOUBLINGS_MAX)


def test_one_order_at_a_time():
    bench = Bench()
    bench.set_quotes(*BUY_NOW)
    bench.set_quotes((990, 991), (1000, 1001))
    assert len(bench.log.of(TRIGGER)) == 1


def test_a_quote_touches_only_the_spreads_that_contain_its_instrument():
    bench = Bench()
    bench.desk.spreads_of_instrument[1] = []
    bench.set_quotes(*BUY_NOW)
    assert bench.log.records == []


def test_opening_takes_no_more_than_the_room_that_is_left():
    bench, venue = holding()
    bench.spread.position_lots_max = 5
    bench.set_quotes(*BUY_NOW)
    assert [command.quantity_lots for command in bench.routes.sent[-2:]] == [2, 2]


def test_a_quote_that_moves_no_best_price_is_not_looked_at_until_something_is_on_record():
    bench = Bench()
    state = bench.desk.triggers[0]
    bench.quote(0, *BETWEEN[0])
    bench.quote(1, *BETWEEN[1])
    rested = state.rests_at_seq
    assert rested == bench.step.last_seq
    # Nothing on record: the new threshold is not seen by a quote that changes sizes alone. A record ends the rest.
    state.valuation.definition.rule.buy_enter = 1_000_000.0
    bench.quote(1, *BETWEEN[1], lots=7)
    assert (state.rests_at_seq, bench.desk.next_spread_order_id) == (rested, 1)
    bench.step.write(Payload(TIMER), 0)
    bench.quote(1, *BETWEEN[1], lots=9)
    assert bench.desk.next_spread_order_id == 2


def test_a_book_that_is_live_again_ends_the_rest():
    bench = Bench()
    state = bench.desk.triggers[0]
    bench.quote(0, *BETWEEN[0])
    bench.quote(1, *BETWEEN[1])
    bench.books[1].state = BOOK_SUSPECT
    bench.desk.on_book(1)
    assert (state.rests_at_seq, state.valuation.valid) == (-1, False)
    bench.books[1].state = BOOK_LIVE
    bench.desk.on_book(1)
    assert (state.rests_at_seq, state.valuation.valid) == (bench.step.last_seq, True)


# ---------------------------------------------------------------------- the clock, to the last lot and nanosecond


@pytest.mark.parametrize(
    ("position", "wanted"), [(1, CLOSE_SELL), (3, CLOSE_SELL), (0, NOT_WANTED), (-1, CLOSE_BUY), (-3, CLOSE_BUY)]
)
def test_a_forced_exit_closes_what_is_held_to_the_last_lot_with_a_price_or_without(position, wanted):
    state = Bench().trigger
    state.valuation.definition.rule.holding_ns_max = 1
    state.position_lots[0], state.position.since_utc_ns = position, START_NS
    state.valuation.buy_value, state.valuation.sell_value = 11.0, 9.9 if position > 0 else 9.0
    assert state.wanted(START_NS) == state.wanted_without_value(START_NS) == NOT_WANTED
    assert state.wanted(START_NS + 1) == state.wanted_without_value(START_NS + 1) == wanted


@pytest.mark.parametrize(("held", "open_orders", "due"), [(1, 0, True), (-1, 0, True), (0, 0, False), (1, 1, False)])
def test_only_what_is_held_is_looked_at_by_the_clock_and_not_while_an_order_is_under_way(held, open_orders, due):
    state = Bench().trigger
    state.valuation.definition.rule.holding_ns_max = SECOND
    state.position_lots[0], state.open_orders = held, open_orders
    state.position.since_utc_ns = state.looked_utc_ns = START_NS
    assert state.next_look_ns(START_NS, START_NS) == (START_NS + SECOND if due else NO_TIMER)
