"""Costs of a leg, worked by hand from a schedule in which every part has its own size."""

import pytest

from cross_market_connect.domain.costs import CostSchedule
from cross_market_connect.domain.order import BUY, SELL
from cross_market_connect.trading.costs import cost_per_lot, cost_rate, leg_costs


def schedule() -> CostSchedule:
    made = CostSchedule()
    made.commission_rate, made.commission_per_lot = 0.00001, 1.0
    made.exchange_rate, made.exchange_per_lot = 0.0001, 2.0
    made.close_today_rate, made.close_today_per_lot = 0.0005, 0.0
    made.stamp_buy_rate, made.stamp_sell_rate = 0.001, 0.01
    made.order_fee = 8.0
    made.borrow_rate, made.financing_rate = 0.0365, 0.073
    made.conversion_rate = 0.1
    return made


def test_every_part_counts_where_it_belongs():
    """10 days at 7.3 % a year are 0.002, at 3.65 % 0.001; one order for 4 lots is 2.0 a lot."""
    costs = leg_costs(schedule(), 10.0, 4.0)
    assert cost_rate(costs, BUY, False) == pytest.approx(0.00001 + 0.1 + 0.0001 + 0.001 + 0.002, rel=1e-12)
    assert cost_rate(costs, SELL, False) == pytest.approx(0.00001 + 0.1 + 0.0001 + 0.01 + 0.001, rel=1e-12)
    assert cost_per_lot(costs, BUY, False) == cost_per_lot(costs, SELL, False) == 1.0 + 2.0 + 2.0


def test_closing_pays_the_dearer_of_today_and_yesterday_and_no_holding():
    costs = leg_costs(schedule(), 10.0, 4.0)
    assert cost_rate(costs, BUY, True) == pytest.approx(0.00001 + 0.1 + 0.0005 + 0.001, rel=1e-12)
    assert cost_rate(costs, SELL, True) == pytest.approx(0.00001 + 0.1 + 0.0005 + 0.01, rel=1e-12)
    assert cost_per_lot(costs, BUY, True) == cost_per_lot(costs, SELL, True) == 1.0 + 2.0 + 2.0


def test_without_a_schedule_nothing_costs_anything():
    costs = leg_costs(CostSchedule(), 30.0, 1.0)
    for side in (BUY, SELL):
        for closing in (False, True):
            assert cost_rate(costs, side, closing) == cost_per_lot(costs, side, closing) == 0.0
