"""Constants of spreads: names fit numbers, and a leg's rate for money is its rate for prices."""

import pytest

from cross_market_connect.domain import order, spread
from cross_market_connect.domain.spread import SpreadLeg


@pytest.mark.parametrize(
    ("names", "prefix", "module"),
    [
        (spread.LEG_STATE_NAMES, "LEG_", spread),
        (spread.ROLE_NAMES, "ROLE_", spread),
        (spread.STEP_NAMES[1:], "STEP_", spread),
        (order.REJECT_CLASS_NAMES[1:2], "REJECT_NO", order),
    ],
)
def test_names_stand_at_their_numbers(names, prefix, module):
    if prefix == "REJECT_NO":
        assert len(order.REJECT_CLASS_NAMES) == order.REJECT_CLASS_COUNT
        return
    offset = 1 if prefix == "STEP_" else 0
    for number, name in enumerate(names, offset):
        assert getattr(module, prefix + name.upper()) == number


def test_names_of_spread_states_stand_at_their_numbers():
    for number, name in enumerate(spread.SPREAD_STATE_NAMES):
        assert getattr(spread, name.upper()) == number


@pytest.mark.parametrize("kind", ["RECEIPT", "STATUS"])
def test_names_of_receipts_and_statuses_stand_at_their_numbers(kind):
    names = getattr(order, kind + "_NAMES")
    for number, name in enumerate(names[1:], 1):
        assert getattr(order, f"{kind}_{name.upper()}") == number


def test_a_step_sends_orders_of_its_own_role():
    for name in ("RETRY", "CHASE", "UNWIND"):
        assert getattr(spread, "STEP_" + name) == getattr(spread, "ROLE_" + name)


@pytest.mark.parametrize(("rate", "rate_e8"), [(1.0, 100_000_000), (0.84164, 84_164_000), (0.1 + 0.2, 30_000_000)])
def test_the_rate_for_money_is_rounded_to_eight_decimals(rate, rate_e8):
    assert SpreadLeg(0, 1, 0, 1.0, 0, "a", 0, 0, rate).fx_e8 == rate_e8
