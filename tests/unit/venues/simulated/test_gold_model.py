"""The modelled gold quotes: what they look like, that they are the same everywhere, and that the pair trades."""

import hashlib
import statistics

import pytest

from cross_market_connect.reference.ticks import TickSeries
from cross_market_connect.venues.simulated.gold_model import grams_e6, modelled_comex_gold, modelled_shanghai_gold

START_UTC_NS = 1_609_723_800 * 1_000_000_000  # 2021-01-04 09:30:00 in Shanghai
END_UTC_NS = START_UTC_NS + 400 * 1_000_000_000
USDCNY, OUNCE_G = 6.5249, 31.1034768
ENTER, EXIT = 0.20, 0.05

# SHA-256 of the columns for seed 1, made by the interpreted models; the compiled ones must agree.
GOLDEN = "f633401b97575edda756518107b71ad37709666167de68fb1efca9f438863f17"


def comex(seed: int) -> TickSeries:
    return modelled_comex_gold(seed, START_UTC_NS, END_UTC_NS)


def shanghai(seed: int) -> TickSeries:
    return modelled_shanghai_gold(comex(seed), seed, END_UTC_NS)


def test_dollars_an_ounce_become_yuan_a_gram() -> None:
    # 1,912.0 x 6.5249 / 31.1034768 = 401.10013...
    assert grams_e6(2 * 19_120) == 401_100_137
    for half_ticks in range(30_000, 60_000, 777):
        assert abs(grams_e6(half_ticks) / 1e6 - half_ticks * 0.05 * USDCNY / OUNCE_G) < 1e-6


def test_the_same_seed_gives_the_same_quotes_everywhere() -> None:
    text = "".join(
        repr((s.utc_ns, s.bid_ticks, s.ask_ticks, s.bid_lots, s.ask_lots, s.last_ticks, s.volume))
        for s in (comex(1), shanghai(1))
    )
    assert hashlib.sha256(text.encode()).hexdigest() == GOLDEN
    assert comex(2).bid_ticks != comex(1).bid_ticks


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_comex_quotes_look_like_a_liquid_future(seed: int) -> None:
    series = comex(seed)
    assert 2.4 < len(series) / 400 < 3.4
    assert {ask - bid for bid, ask in zip(series.bid_ticks, series.ask_ticks, strict=True)} == {1, 2}
    assert (min(series.bid_lots + series.ask_lots), max(series.bid_lots + series.ask_lots)) == (9, 40)
    assert all(abs(bid - 19_120) < 200 for bid in series.bid_ticks)
    moves = [after - before for before, after in zip(series.bid_ticks, series.bid_ticks[1:], strict=False)]
    assert 0.8 < statistics.pstdev(moves) < 1.6


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_shanghai_comes_twice_a_second_and_follows(seed: int) -> None:
    series, other = shanghai(seed), comex(seed)
    assert len(series) == 800
    assert {b - a for a, b in zip(series.utc_ns, series.utc_ns[1:], strict=False)} == {500_000_000}
    basis = [(buy + sell) / 2 for buy, sell in merged(series, other)]
    # Correlated over 20 s, so 400 s are some twenty draws of a deviation of 0.30.
    assert abs(statistics.fmean(basis)) < 0.3
    assert 0.15 < statistics.pstdev(basis) < 0.45


@pytest.mark.parametrize("seed", range(1, 11))
def test_the_demonstration_trades_often_enough(seed: int) -> None:
    """At executable prices, entering and leaving in turn, each at the thresholds of the shipped configuration."""
    position = trades = 0
    for buy, sell in merged(shanghai(seed), comex(seed)):
        if (position == 0 and buy <= -ENTER) or (position < 0 and buy <= EXIT):
            position, trades = position + 1, trades + 1
        elif (position == 0 and sell >= ENTER) or (position > 0 and sell >= -EXIT):
            position, trades = position - 1, trades + 1
    assert trades >= 10


def merged(near: TickSeries, far: TickSeries) -> list[tuple[float, float]]:
    """Executable buy and sell values of the spread after every quote of either leg, in time order."""
    moments = [(utc_ns, 0, index) for index, utc_ns in enumerate(near.utc_ns)]
    moments += [(utc_ns, 1, index) for index, utc_ns in enumerate(far.utc_ns)]
    at = [0, 0]
    values = []
    for _, leg, index in sorted(moments):
        at[leg] = index
        bid, ask = near.bid_ticks[at[0]] * 0.02, near.ask_ticks[at[0]] * 0.02
        far_bid, far_ask = (side[at[1]] * 0.1 * USDCNY / OUNCE_G for side in (far.bid_ticks, far.ask_ticks))
        values.append((ask - far_bid, bid - far_ask))
    return values
