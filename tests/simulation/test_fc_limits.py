"""Failure cases of routes and limits: where an order goes, and what must be free before the first leg goes."""

import pytest

from cross_market_connect.domain.records import REFUSAL
from cross_market_connect.simulation.pair import Market
from cross_market_connect.simulation.scenario import Scenario

LIMITS: dict[str, object] = {
    "scope": "firm",
    "order_lots_max": 1_000,
    "order_value_max": 100_000_000,
    "position_lots_max": 1_000,
    "naked_value_max": 100_000_000,
    "margin_max": 100_000_000,
    "orders_per_second_max": 1_000,
}


@pytest.mark.parametrize("account", ["first", "second"])
def test_fc_13_an_order_goes_to_the_account_of_its_leg(account: str) -> None:
    """The same contract over two sessions: repairs and ways back take the leg's own too."""
    other = {"first": "second", "second": "first"}[account]
    world = Scenario(
        Market("A", accounts=("first", "second")),
        Market("B"),
        overrides={"spread.pair.leg.0.route": f"{account}_orders"},
        rules={"A": [{"fault": "partial", "fill_lots": 1}], "B": [{"fault": "reject", "reason": "halted", "times": 0}]},
    ).begin()
    world.trigger()
    world.run_for(1_000)
    assert world.venues["A"].told(account) == ["buy 4 at 10000: 1", "sell 1 at 9994: 1"]
    assert world.venues["A"].told(other) == []
    assert (world.venues["A"].position(account), world.venues["A"].position(other)) == (0, 0)


@pytest.mark.parametrize(("letter", "margin_max", "sent"), [("a", 3_999, 0), ("b", 3_999, 0), ("b", 4_000, 1)])
def test_fc_24_the_margin_of_both_venues_is_held_before_the_first_leg_goes(
    letter: str, margin_max: int, sent: int
) -> None:
    """4 lots need 4,000 at each venue: with 3,999 at either no leg is sent to any."""
    limits = [LIMITS, {"scope": "account", "name": letter, "margin_max": margin_max}]
    world = Scenario(overrides={"limit": limits}).begin()
    world.trigger()
    world.run_for(50)
    assert world.orders_received() == (sent, sent)
    refused = [seen.fields["limit_name"] for seen in world.records(int(REFUSAL))]
    assert refused == ([] if sent else ["margin_max"])
    assert world.positions() == (4 * sent, -4 * sent)


def test_fc_24_a_venue_that_lacks_margin_all_the_same_has_the_other_leg_traded_back() -> None:
    world = Scenario(rules={"B": [{"fault": "reject", "reason": "insufficient", "times": 0}]}).begin()
    world.trigger()
    world.run_for(1_000)
    assert world.venues["A"].told() == ["buy 4 at 10000: 4", "sell 4 at 9994: 4"]
    assert world.venues["B"].told() == ["sell 4 at 10010: insufficient"]
