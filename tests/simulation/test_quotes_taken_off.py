"""A venue that ends our quotes by itself, without a reject: counted, paused with doubling, told once, restored."""

from __future__ import annotations

import pytest

from cross_market_connect.domain.records import ALERT, TRIGGER
from cross_market_connect.trading.gates import GATE_COOL_DOWN, GATE_RATE
from cross_market_connect.trading.state import desk_state, load_desk_state
from cross_market_connect.trading.trigger import FAILURE_DOUBLINGS_MAX, FAILURE_PAUSE_NS
from tests.unit.trading.support import MS, SECOND, Bench
from tests.unit.trading.test_quoting import QUOTES, quoted
from tests.unit.trading.test_restore import Shadow
from tests.unit.trading.venue import FakeVenue

EXIT_QUOTES = ((1005, 1006), (1000, 1001))


def bench_of(triggers_max: int = 20, cool_down_ns: int = 0) -> tuple[Bench, FakeVenue]:
    spread = quoted()
    spread.rule.triggers_max = triggers_max
    spread.rule.cool_down_ns = cool_down_ns
    bench = Bench(spread)
    return bench, FakeVenue(bench)


def quotes(bench: Bench) -> int:
    return len([row for row in bench.log.of(TRIGGER) if str(row["rule"]).startswith("quote")])


def alerts(bench: Bench) -> list[str]:
    return [str(row["code"]) for row in bench.log.of(ALERT)]


def take_off(bench: Bench, venue: FakeVenue) -> bool:
    """The venue takes the last quote and then ends it by itself; false when it was ended before."""
    number = int(bench.routes.sent[-1].client_order_id)
    if venue.order(number).is_over:
        return False
    venue.say(venue.acknowledge(number))
    venue.cancels(number)
    return True


def drive(bench: Bench, venue: FakeVenue, books: tuple[tuple[int, int], ...], seconds: int) -> list[int]:
    """When each quote was taken off, in ms, with a quote of the markets every 50 ms."""
    taken: list[int] = []
    start = bench.now_ns
    while bench.now_ns < start + seconds * SECOND:
        bench.wait(50 * MS)
        bench.set_quotes(*books)
        if take_off(bench, venue):
            taken.append((bench.now_ns - start) // MS)
    return taken


def hold(bench: Bench, venue: FakeVenue) -> None:
    """The opening quote fills and is hedged: a position to quote the exit of."""
    bench.set_quotes(*QUOTES)
    for _ in range(2):
        number = int(bench.routes.sent[-1].client_order_id)
        venue.say(venue.acknowledge(number))
        venue.fills_all(number)
    bench.spread.position_lots_max = 3
    bench.set_quotes(*EXIT_QUOTES)
    for number in bench.routes.cancelled:
        venue.cancels(number)


@pytest.mark.parametrize("closing", [False, True])
def test_the_pause_doubles_up_to_its_bound_and_people_are_told_once(closing):
    bench, venue = bench_of()
    if closing:
        hold(bench, venue)
    taken = drive(bench, venue, EXIT_QUOTES if closing else QUOTES, 100)
    pauses = [after - before for before, after in zip(taken, taken[1:], strict=False)]
    # 0.1 s, 0.2 s, ... each up to the next quote of the markets.
    assert len(pauses) == 9, taken
    for number, pause in enumerate(pauses):
        assert 100 * 2**number <= pause <= 100 * 2**number + 100
    assert alerts(bench).count("quote_taken_off") == 1
    assert bench.trigger.gate == GATE_COOL_DOWN
    longest = FAILURE_PAUSE_NS * 2**FAILURE_DOUBLINGS_MAX
    for _ in range(4):
        bench.trigger.quote_ended(False, True, 0, bench.now_ns)
    assert bench.trigger.quote_pause_until_ns == bench.now_ns + longest


def test_they_count_as_openings_and_the_cool_down_follows_each():
    bench, venue = bench_of(triggers_max=3)
    assert len(drive(bench, venue, QUOTES, 55)) == 3
    assert bench.trigger.gate == GATE_RATE
    bench, venue = bench_of(cool_down_ns=5 * SECOND)
    assert len(drive(bench, venue, QUOTES, 11)) == 3


def test_a_quote_that_we_move_is_no_opening_and_makes_no_pause():
    bench, venue = bench_of(triggers_max=2)
    bench.set_quotes(*QUOTES)
    for turn in range(6):
        number = int(bench.routes.sent[-1].client_order_id)
        venue.say(venue.acknowledge(number))
        bench.quote(1, 990 - 10 * turn, 991 - 10 * turn)
        assert bench.routes.cancelled[-1] == number
        venue.cancels(number)
    assert quotes(bench) == 7 and "quote_taken_off" not in alerts(bench)


def test_a_quote_that_rests_or_trades_ends_the_row():
    bench, venue = bench_of()
    drive(bench, venue, QUOTES, 1)
    assert bench.trigger.taken_off == 4
    bench.wait(SECOND)
    bench.set_quotes(*QUOTES)
    for _ in range(2):
        number = int(bench.routes.sent[-1].client_order_id)
        venue.say(venue.acknowledge(number))
        venue.fills_all(number)
    assert (bench.trigger.taken_off, list(bench.trigger.position_lots)) == (0, [3, -3])
    take_off(bench, venue)
    assert bench.trigger.taken_off == 1 and alerts(bench).count("quote_taken_off") == 2


def test_a_forced_exit_waits_for_no_pause_of_quotes():
    bench, venue = bench_of()
    hold(bench, venue)
    drive(bench, venue, EXIT_QUOTES, 4)
    assert bench.trigger.quote_pause_until_ns > bench.now_ns
    bench.spread.rule.stop_loss = 5.0
    bench.set_quotes((980, 981), (1000, 1001))
    assert bench.log.of(TRIGGER)[-1]["rule"] == "close_sell stop_loss"


def test_a_restart_knows_the_row_by_records_and_by_snapshot():
    bench, venue = bench_of()
    shadow = Shadow(bench)
    bench.set_quotes(*QUOTES)
    for _ in range(4):
        take_off(bench, venue)
        shadow.follow()
        bench.wait(SECOND)
        bench.set_quotes(*QUOTES)
        shadow.follow()
    assert bench.trigger.taken_off == 4
    fresh, _ = bench_of()
    load_desk_state(fresh.desk, desk_state(bench.desk))
    assert (fresh.trigger.taken_off, fresh.trigger.quote_pause_until_ns) == (4, bench.trigger.quote_pause_until_ns)
