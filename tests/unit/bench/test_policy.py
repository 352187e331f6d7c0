"""The policy benchmark's figures worked by hand, and its episodes as the model says."""

import pytest

from cross_market_connect.bench import policy
from cross_market_connect.bench.policy import SECOND_NS, Fill, Outcome, Prices


def test_prices_walk_by_one_and_the_basis_comes_back() -> None:
    prices = Prices(1)
    path = [prices.at(tick) for tick in range(2_000)]
    assert path[0] == (10_000, 10_012)
    fair_steps = {after[0] - before[0] for before, after in zip(path, path[1:], strict=False)}
    assert fair_steps == {-1, 0, 1}
    bases = [second - fair for fair, second in path]
    assert max(abs(after - before) for before, after in zip(bases, bases[1:], strict=False)) == 1
    late = bases[1_000:]
    assert abs(sum(late) / len(late)) < 8, "the basis does not come back to 0"
    assert [Prices(1).at(tick) for tick in (5, 3)] == [path[5], path[3]], "asking changes the path"


def test_an_episode_that_fills_at_once_earns_the_basis_that_was_quoted() -> None:
    fills = [Fill("A", 0, 1, 4, 10_001, 10_001), Fill("B", SECOND_NS, -1, 4, 10_011, 10_011)]
    # 4 x (10011 - 10001) = 40; 4 lots naked for one second.
    assert policy.measured(fills, False, Prices(1)) == Outcome(0.0, 4.0, 0.0, 40.0)


def test_a_leg_that_is_traded_back_costs_what_it_lost_and_is_naked_until_then() -> None:
    fills = [
        Fill("A", 0, 1, 4, 10_001, 10_001),
        Fill("B", 0, -1, 1, 10_011, 10_011),
        Fill("A", 20 * SECOND_NS, -1, 3, 9_990, 9_999),
    ]
    # Naked 3 lots for 20 s; sold 3 x 9 below what was quoted; cash -40004 + 10011 + 29970 = -23.
    assert policy.measured(fills, True, Prices(1)) == Outcome(1.0, 60.0, 27.0, -23.0)


def test_a_person_trades_the_naked_lots_back_half_a_minute_later_at_most() -> None:
    prices = Prices(3)
    fills = [Fill("A", 0, 1, 4, 10_001, 10_001), Fill("B", 0, -1, 1, 10_011, 10_011)]
    fill = policy.person(3, fills, prices, SECOND_NS, 0, 3)
    assert (fill.market, fill.side, fill.lots) == ("A", -1, 3)
    assert 16 * SECOND_NS <= fill.time_ns < 31 * SECOND_NS
    assert fill.price == prices.at(fill.time_ns // policy.TICK_NS)[0] - 1


def test_changes_are_per_cent_of_the_naive_mean_with_an_interval_around() -> None:
    figure = policy.figure([(2.0, 1.0), (4.0, 2.0)])
    assert (figure["naive"], figure["ladder"], figure["change_percent"]) == (3.0, 1.5, -50.0)
    assert figure["interval_95_percent"] == [-50.0, -50.0]
    low, high = policy.figure([(1.0, float(at % 2)) for at in range(100)])["interval_95_percent"]
    assert -65 < low < -50 < high < -35


@pytest.mark.slow
def test_both_policies_meet_the_same_market_and_the_ladder_leaves_less_naked() -> None:
    pairs = [(policy.episode(seed, "naive"), policy.episode(seed, "ladder")) for seed in range(1, 21)]
    fired = [(naive, ladder) for naive, ladder in pairs if naive is not None and ladder is not None]
    assert len(fired) >= 18
    assert any(naive.failed for naive, _ in fired), "the model refuses nothing"
    assert sum(ladder.naked_unit_seconds for _, ladder in fired) < sum(naive.naked_unit_seconds for naive, _ in fired)
