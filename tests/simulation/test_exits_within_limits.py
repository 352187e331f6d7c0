"""An exit lowers the risk: limits make it smaller and never shut it out."""

from __future__ import annotations

import pytest

from cross_market_connect.domain.records import ALERT, REFUSAL, TRIGGER
from tests.unit.trading.support import SECOND, Bench
from tests.unit.trading.test_machine import ids
from tests.unit.trading.test_quoting import QUOTES, quoted
from tests.unit.trading.venue import FakeVenue

EXIT = ((1110, 1111), (999, 1000))


def held(bench: Bench) -> FakeVenue:
    """Three units are held."""
    venue = FakeVenue(bench)
    bench.open()
    for number in ids(bench):
        venue.fills_all(number)
    assert list(bench.trigger.position_lots) == [3, -3]
    bench.spread.rule.sell_enter = 5_000.0
    bench.spread.position_lots_max = 3
    bench.wait(SECOND)
    return venue


def alerts(bench: Bench) -> list[str]:
    return [str(row["code"]) for row in bench.log.of(ALERT)]


def leave(bench: Bench, venue: FakeVenue, turns: int = 4) -> list[int]:
    """Lots of leg 0 in each exit, until nothing is held."""
    clips: list[int] = []
    for _ in range(turns):
        before = len(bench.routes.sent)
        bench.set_quotes(*EXIT)
        for command in bench.routes.sent[before:]:
            if command.instrument_index == 0:
                clips.append(int(command.quantity_lots))
            venue.fills_all(int(command.client_order_id))
        bench.wait(SECOND)
    return clips


@pytest.mark.parametrize("name", ["order_lots_max", "order_value_e4_max"])
def test_an_exit_beyond_an_order_limit_goes_in_smaller_clips(name):
    """The price has risen to 1110: two lots are worth 2,220 and three 3,330, above 3,000."""
    bench = Bench()
    venue = held(bench)
    getattr(bench.limits, name)[0] = 2 if name == "order_lots_max" else 3_000 * 10_000
    assert leave(bench, venue) == [2, 1]
    assert list(bench.trigger.position_lots) == [0, 0]
    assert bench.log.of(REFUSAL) == []


def test_an_exit_is_bounded_by_the_naked_limit_and_by_its_alternatives():
    bench = Bench()
    venue = held(bench)
    bench.limits.naked_e4_max[0] = 1_200 * 10_000
    assert leave(bench, venue) == [1, 1, 1]
    assert list(bench.trigger.position_lots) == [0, 0]


def test_a_stop_loss_that_no_clip_fits_is_told_once_and_goes_as_soon_as_the_limit_allows():
    bench = Bench()
    venue = held(bench)
    bench.spread.rule.stop_loss = 50.0
    bench.limits.order_value_e4_max[1] = 1_000 * 10_000
    for step in range(5):
        bench.set_quotes((1000 - step, 1001 - step), (1199 + step, 1200 + step))
        bench.wait(SECOND)
    assert len(bench.routes.sent) == 2
    assert alerts(bench).count("exit_held_up") == 1
    bench.limits.order_value_e4_max[1] = 2_500 * 10_000
    bench.set_quotes((996, 997), (1199, 1200))
    assert [int(one.quantity_lots) for one in bench.routes.sent[2:]] == [2, 2]
    assert bench.log.of(TRIGGER)[-1]["rule"] == "close_sell stop_loss"
    for command in bench.routes.sent[2:]:
        venue.fills_all(int(command.client_order_id))
    assert list(bench.trigger.position_lots)[0] <= 1


def test_an_exit_that_the_ledger_refuses_is_tried_again_after_a_pause_and_told_once():
    """A worst state that sizing does not know: an over-hedge's lots count on top in the ledger alone."""
    bench = Bench()
    held(bench)
    bench.spread.execution.over_hedge_lots_max = 5
    bench.limits.position_lots_max[0] = 3
    for _ in range(30):
        bench.set_quotes(*EXIT)
        bench.now_ns += SECOND // 10
        bench.input()
    assert 2 <= len(bench.log.of(REFUSAL)) <= 4
    assert alerts(bench).count("limit") == 1
    bench.limits.position_lots_max[0] = 100
    bench.now_ns += SECOND
    bench.input()
    bench.set_quotes(*EXIT)
    assert len(bench.routes.sent) == 4


def test_an_opening_that_a_limit_refused_is_still_final_for_its_episode():
    bench = Bench()
    bench.limits.order_lots_max[0] = 2
    bench.spread.rule.minimum_lots = 3
    for _ in range(5):
        bench.set_quotes((999, 1000), (1000, 1001))
        bench.wait(2 * SECOND)
    assert len(bench.log.of(REFUSAL)) == 1 and bench.routes.sent == []


def test_a_quoted_exit_is_clipped_too():
    spread = quoted()
    bench = Bench(spread)
    venue = FakeVenue(bench)
    bench.set_quotes(*QUOTES)
    spread.position_lots_max = 3
    venue.fills_all(ids(bench)[0])
    bench.limits.order_lots_max[0] = 2
    venue.fills_all(ids(bench)[1])
    assert [int(one.quantity_lots) for one in bench.routes.sent] == [3, 3, 2]
