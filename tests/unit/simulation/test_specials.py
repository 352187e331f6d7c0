"""Shops made for one question trade, come to rest, and ask it."""

from __future__ import annotations

import pytest

from cross_market_connect.simulation import told
from cross_market_connect.simulation.choices import Choices
from cross_market_connect.simulation.daily import Daily
from cross_market_connect.simulation.history import History
from cross_market_connect.simulation.judged import Parent, Sent
from cross_market_connect.simulation.oracles import Judge
from cross_market_connect.simulation.plan import Plan
from cross_market_connect.simulation.shapes import NO_ROLL_NS, shape_of
from cross_market_connect.simulation.specials import SPECIALS, multicast, rolling


def first_seed(question: object) -> int:
    return next(seed for seed in range(1, 400) if Plan(Choices(seed), "light").shape.question is question)


@pytest.mark.parametrize("question", SPECIALS)
def test_a_special_trades_and_nothing_is_wrong(question: object) -> None:
    history = History(Plan(Choices(first_seed(question)), "light"))
    history.run()
    assert history.judge.violations == [] and history.rest_ns >= 0
    if question is multicast:
        assert history.plan.datagrams_ppm > 0 and history.world.fabric.lost_ppm == 0
        assert int(history.engine.running().books[0].bids.depth) > 0
    if question is rolling:
        assert history.judge.daily is not None or any(act.kind == "clock_step" for act in history.plan.acts)


def test_a_day_s_lots_end_where_the_venue_s_day_does() -> None:
    judge: Judge = shape_of(0).judge()
    daily = Daily(10, {0: 1_000, 1: NO_ROLL_NS})
    parent = Parent(1, judge.definitions[0], 1, True)

    def opens(number: int, venue: int, lots: int) -> Sent:
        sent = Sent(number, parent, venue, 1, lots, 0, 0, venue, told.Order(lots))
        daily.opened(judge, sent, venue)
        return sent

    lost = opens(1, 0, 6)
    lost.lost = True
    opens(2, 0, 6)
    opens(3, 1, 6)
    assert judge.violations == []
    judge.now_ns = 1_000
    opens(4, 0, 10)
    assert judge.violations == []
    opens(5, 1, 5)
    assert "order 5 is the day's lot 11 to open instrument 1" in judge.violations[0]
