"""The modelled Hang Seng quotes: published vectors for the generator, statistics for the model, work for the demo."""

import hashlib
import math
import statistics
from collections.abc import Iterator

import pytest

from cross_market_connect.reference.ticks import TickSeries, load_ticks
from cross_market_connect.venues.simulated import market_model
from cross_market_connect.venues.simulated.market_model import SeededIntegers, modelled_hang_seng, next_basis_e6

START_UTC_NS = 1_609_723_800 * 1_000_000_000  # 2021-01-04 09:30:00 in Shanghai
DEMONSTRATION_NS = 400 * 1_000_000_000

# The demonstration's spread: CSI 300 future less 0.22632 x Hang Seng future x HKD/CNY.
MULTIPLIER, HKDCNY = 0.22632, 0.84164
ENTER, EXIT = 2.0, 0.5

# SHA-256 of the columns for seed 1, made by the interpreted model; the compiled one must agree.
GOLDEN = "93cdc5d29c2314e3871ffe8153a5b68ae05cecc634f064ed88000191835359b8"


def quotes(seed: int) -> TickSeries:
    return modelled_hang_seng(load_ticks(), seed, START_UTC_NS + DEMONSTRATION_NS)


def test_the_generator_is_splitmix64() -> None:
    """First outputs for the seed 1234567, as published for the reference implementation."""
    random = SeededIntegers(1_234_567)
    assert [random.word() for _ in range(5)] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


def test_the_constants_are_those_of_the_exact_discretisation() -> None:
    for step_ms, decay, noise in zip(market_model.STEPS_MS, market_model.DECAY_E9, market_model.NOISE_E9, strict=True):
        exact = math.exp(-step_ms / 1000 / market_model.REVERSION_S)
        assert decay == round(exact * 1e9)
        assert noise == round(math.sqrt(1 - exact * exact) * 1e9)


def split_mix_64(seed: int) -> Iterator[int]:
    """The published generator in whole integers."""
    mask = (1 << 64) - 1
    state = seed & mask
    while True:
        state = (state + 0x9E3779B97F4A7C15) & mask
        word = state
        word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & mask
        word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & mask
        yield word ^ (word >> 31)


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1, 2**32, 2**63, 2**64 - 1, -5, 0x0123456789ABCDEF])
def test_words_in_halves_are_the_whole_ones(seed: int) -> None:
    bounds = (1, 2, 7, 1_000_000, 2**31 - 1, 2**31, 2**31 + 1, 2**40)
    whole, halves = split_mix_64(seed), SeededIntegers(seed)
    for _ in range(50):
        assert halves.word() == next(whole)
        for bound in bounds:
            assert halves.below(bound) == next(whole) % bound


def test_the_noise_is_standard_normal_to_the_second_moment() -> None:
    random = SeededIntegers(7)
    draws = [random.normal_e6() / 1e6 for _ in range(20_000)]
    assert abs(statistics.fmean(draws)) < 0.03
    assert abs(statistics.pstdev(draws) - 1) < 0.02
    assert abs(sum(abs(draw) < 1 for draw in draws) / len(draws) - 0.683) < 0.015


@pytest.mark.slow
def test_the_basis_keeps_its_deviation_and_forgets_within_its_time_constant() -> None:
    random = SeededIntegers(11)
    basis, path = 0, []
    for _ in range(60_000):
        basis = next_basis_e6(basis, 4, random.normal_e6())  # 400 ms
        path.append(basis / 1e6)
    assert abs(statistics.pstdev(path) - 16) < 1
    lag = 50  # 20 s
    mean = statistics.fmean(path)
    products = [(a - mean) * (b - mean) for a, b in zip(path, path[lag:], strict=False)]
    correlation = statistics.fmean(products) / statistics.pvariance(path)
    assert abs(correlation - math.exp(-1)) < 0.05


def test_one_step_by_hand() -> None:
    # 10 points decay by 0.990049834; one standard deviation of noise adds 16 x 0.140717187 (rounded at 1e-6 first).
    assert next_basis_e6(10_000_000, 0, 1_000_000) == 9_900_498 + 16 * 140_717
    assert next_basis_e6(-10_000_000, 0, -1_000_000) == -(9_900_498 + 16 * 140_717)


def test_the_same_seed_gives_the_same_quotes_everywhere() -> None:
    series = quotes(1)
    text = repr((series.utc_ns, series.bid_ticks, series.ask_ticks, series.bid_lots, series.ask_lots, series.volume))
    assert hashlib.sha256(text.encode()).hexdigest() == GOLDEN
    assert quotes(2).bid_ticks != series.bid_ticks


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_quotes_look_like_a_liquid_future(seed: int) -> None:
    series = quotes(seed)
    assert 2.4 < len(series) / 400 < 3.4
    steps_ms = [(b - a) // 1_000_000 for a, b in zip(series.utc_ns, series.utc_ns[1:], strict=False)]
    assert {min(steps_ms), max(steps_ms)} == {200, 500}
    assert {ask - bid for bid, ask in zip(series.bid_ticks, series.ask_ticks, strict=True)} == {1, 2}
    assert (min(series.bid_lots + series.ask_lots), max(series.bid_lots + series.ask_lots)) == (3, 30)
    assert series.volume == sorted(series.volume)
    assert all(
        last in (bid, ask) for last, bid, ask in zip(series.last_ticks, series.bid_ticks, series.ask_ticks, strict=True)
    )
    assert series.utc_ns[0] == load_ticks().utc_ns[0]
    assert series.utc_ns[-1] < START_UTC_NS + DEMONSTRATION_NS


@pytest.mark.parametrize("seed", range(1, 11))
def test_the_demonstration_trades_often_enough(seed: int) -> None:
    """At executable prices, entering and leaving in turn, each at the thresholds of the shipped configuration."""
    events = merged(load_ticks(), quotes(seed))
    position = trades = 0
    earned = 0.0
    for buy, sell in events:
        if (position == 0 and buy <= -ENTER) or (position < 0 and buy <= EXIT):
            position, trades, earned = position + 1, trades + 1, earned - buy
        elif (position == 0 and sell >= ENTER) or (position > 0 and sell >= -EXIT):
            position, trades, earned = position - 1, trades + 1, earned + sell
    assert trades >= 15
    # Each round trip earns what lies between the thresholds or more, the width of the quotes being paid.
    assert earned >= (trades // 2) * (ENTER - EXIT) - ENTER


def merged(future: TickSeries, hang_seng: TickSeries) -> list[tuple[float, float]]:
    """Executable buy and sell values of the spread after every quote of either leg, in time order."""
    moments = [(utc_ns, 0, index) for index, utc_ns in enumerate(future.utc_ns)]
    moments += [(utc_ns, 1, index) for index, utc_ns in enumerate(hang_seng.utc_ns)]
    values, at = [], [-1, -1]
    for utc_ns, leg, index in sorted(moments):
        at[leg] = index
        if min(at) < 0 or utc_ns >= START_UTC_NS + DEMONSTRATION_NS:
            continue
        weight = MULTIPLIER * HKDCNY
        buy = future.ask_ticks[at[0]] * 0.2 - weight * hang_seng.bid_ticks[at[1]]
        sell = future.bid_ticks[at[0]] * 0.2 - weight * hang_seng.ask_ticks[at[1]]
        values.append((buy, sell))
    return values
