"""The currencies that a position leaves, by hand."""

from cross_market_connect.trading.fx_delta import fx_deltas_e4
from tests.unit.trading.support import instrument


def test_legs_of_one_currency_net_and_the_base_is_none() -> None:
    legs = [instrument(index) for index in range(4)]
    for leg, currency in zip(legs, ["CNY", "HKD", "USD", "HKD"], strict=True):
        leg.currency = currency
    legs[1].tick_value_e4 = 500_000
    # HKD: -2 x 27,400 x 50 + 3 x 100 x 1; USD: 5 x 20 x 1.
    found = fx_deltas_e4(legs, [5_000, 27_400, 20, 100], [3, -2, 5, 3], "CNY")
    assert found == {"HKD": (-2 * 27_400 * 50 + 300) * 10_000, "USD": 100 * 10_000}
