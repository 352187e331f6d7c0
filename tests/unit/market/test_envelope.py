"""The line under a cloud of delays, against a search over every line through two points."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross_market_connect.market.envelope import SLOPE_SPAN_US, LowerEnvelope

SECOND_US = 1_000_000


def fitted(points: list[tuple[int, int]], slope_max_ppb: int = 1_000_000_000) -> LowerEnvelope:
    envelope = LowerEnvelope(len(points), slope_max_ppb)
    for at_us, low_ns in points:
        envelope.add(at_us, low_ns)
    envelope.fit()
    return envelope


def best_total_ns(points: list[tuple[int, int]]) -> Fraction:
    """The smallest possible sum of distances of the points from a line that is under all of them, by trying every line
    through two points: one of these is among the best."""
    best: Fraction | None = None
    for number, (left_at, left) in enumerate(points):
        for right_at, right in points[number + 1 :]:
            slope = Fraction(right - left, right_at - left_at)
            distances = [low - left - slope * (at - left_at) for at, low in points]
            if min(distances) >= 0 and (best is None or sum(distances) < best):
                best = Fraction(sum(distances))
    assert best is not None
    return best


def test_a_line_by_hand() -> None:
    # 2 us per second up: 2,000 ppb. Queues lift every other point.
    points = [(n * SECOND_US, 5_000 + 2_000 * n + (700 if n % 2 else 0)) for n in range(11)]
    envelope = fitted(points)
    assert (envelope.slope_ppb, envelope.value_ns(0), envelope.value_ns(20 * SECOND_US)) == (2_000, 5_000, 45_000)
    # Six of eleven points are on the line.
    assert envelope.scatter_ns == 0


@pytest.mark.slow
@given(st.lists(st.integers(0, 10_000_000), min_size=8, max_size=24), st.integers(-200_000, 200_000))
def test_the_line_is_the_best_of_all_that_are_under_the_points(queues: list[int], drift_ppb: int) -> None:
    # The middle of the hull is the best line where the points' times are even.
    points = [(n * SECOND_US, 1_000_000 + drift_ppb * n + queue) for n, queue in enumerate(queues)]
    envelope = fitted(points)
    distances = [low - envelope.value_ns(at) for at, low in points]
    assert min(distances) == 0
    # The slope is cut to whole parts per billion, a nanosecond per second.
    allowed = sum(at // SECOND_US for at, _low in points) + len(points)
    assert sum(distances) <= best_total_ns(points) + allowed


def test_a_short_window_has_no_slope_and_no_clock_drifts_faster_than_its_bound() -> None:
    few = fitted([(n * SLOPE_SPAN_US // 10, 1_000 * n) for n in range(10)])
    assert (few.slope_ppb, few.value_ns(0)) == (0, 0)
    steep = fitted([(n * SECOND_US, 900_000 * n) for n in range(10)], slope_max_ppb=200_000)
    # Under all points all the same: the first is the lowest against a line of 200 us per second.
    assert (steep.slope_ppb, steep.value_ns(0), steep.value_ns(9 * SECOND_US)) == (200_000, 0, 1_800_000)


def test_the_window_forgets_its_oldest_points_and_a_lower_point_takes_the_line_down() -> None:
    envelope = LowerEnvelope(4, 200_000)
    for n, low_ns in enumerate((1, 500, 600, 700, 800)):
        envelope.add(n * SECOND_US, low_ns)
    envelope.fit()
    assert (envelope.count, envelope.span_us(), envelope.value_ns(0)) == (4, 3 * SECOND_US, 500)
    envelope.lower(5 * SECOND_US, 450)
    envelope.lower(5 * SECOND_US, 470)
    assert envelope.value_ns(5 * SECOND_US) == 450
    envelope.clear()
    assert (envelope.count, envelope.span_us()) == (0, 0)
