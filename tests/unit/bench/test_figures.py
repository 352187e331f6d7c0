"""Percentiles and ratios by hand."""

import pytest

from cross_market_connect.bench.figures import block_ratio, percentile, spread


@pytest.mark.parametrize(
    ("percent", "expected"), [(0, 1), (10, 1), (11, 2), (50, 5), (51, 6), (90, 9), (99, 10), (99.9, 10), (100, 10)]
)
def test_percentiles_are_samples_by_nearest_rank(percent: float, expected: float) -> None:
    assert percentile([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], percent) == expected


def test_one_sample_is_every_percentile_and_none_is_an_error() -> None:
    assert spread([3.25], 50, 99, 99.9) == {"p50": 3.25, "p99": 3.25, "p999": 3.25}
    with pytest.raises(ValueError, match="needs samples"):
        percentile([], 50)


def test_the_ratio_is_the_median_of_the_blocks_ratios() -> None:
    """Blocks whose medians are 2:1, 9:3 and 8:2: the median ratio is 3, though all samples together give another."""
    ours = [[1, 2, 3], [9, 9, 9], [8, 8, 80]]
    theirs = [[1, 1, 1], [3, 3, 3], [2, 2, 2]]
    assert block_ratio(ours, theirs, 50) == 3
    with pytest.raises(ValueError, match="shorter"):
        block_ratio(ours, theirs[:2], 50)
