"""Classes and quantiles of latencies, against a sorted list."""

import random

from cross_market_connect.market.latency import LATENCY_LIMITS_NS, Latencies


def test_the_classes_go_by_one_two_five() -> None:
    assert LATENCY_LIMITS_NS[:4] == (10_000, 20_000, 50_000, 100_000)
    assert LATENCY_LIMITS_NS[-1] == 500_000_000 and list(LATENCY_LIMITS_NS) == sorted(LATENCY_LIMITS_NS)
    assert len(Latencies().counts) == len(LATENCY_LIMITS_NS) + 1


def test_a_limit_belongs_to_its_own_class_and_what_is_negative_to_the_first() -> None:
    latencies = Latencies()
    for latency_ns in (-7, 10_000, 10_001, 500_000_000, 500_000_001):
        latencies.add(latency_ns)
    counts = [int(count) for count in latencies.counts]
    assert counts == [2, 1, *[0] * 12, 1, 1]
    assert latencies.sum_ns == -7 + 10_000 + 10_001 + 500_000_000 + 500_000_001


def test_quantiles_are_the_upper_ends_of_their_classes() -> None:
    draw = random.Random(4)
    latencies = Latencies()
    drawn = sorted(int(draw.expovariate(1 / 300_000)) for _ in range(999))
    for latency_ns in drawn:
        latencies.add(latency_ns)
    for permille in (1, 500, 900, 990, 1_000):
        exact = drawn[-(-999 * permille // 1_000) - 1]
        assert latencies.quantile_ns(permille) == min(limit for limit in LATENCY_LIMITS_NS if limit >= exact)


def test_a_mark_begins_anew_without_taking_anything_from_the_counts() -> None:
    latencies = Latencies()
    assert latencies.quantile_ns(500) == 0
    latencies.add(15_000)
    assert latencies.quantile_ns(500) == 20_000
    latencies.mark()
    assert latencies.quantile_ns(500) == 0
    latencies.add(600_000_000)
    assert latencies.quantile_ns(500) == -1
    assert sum(latencies.counts) == 2
