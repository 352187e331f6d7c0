"""Percentiles and ratios, the same for every benchmark."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median


def percentile(samples: Sequence[float], percent: float) -> float:
    """Nearest rank: the smallest sample that at least `percent` of all do not exceed.

    Raises ValueError without samples.
    """
    if not samples:
        raise ValueError("a percentile needs samples")
    ordered = sorted(samples)
    rank = -int(-len(ordered) * percent // 100)
    return ordered[max(rank, 1) - 1]


def spread(samples: Sequence[float], *percents: float) -> dict[str, float]:
    """Percentiles by name: 50 is p50, 99.9 is p999."""
    return {f"p{str(percent).replace('.', '')}": round(percentile(samples, percent), 3) for percent in percents}


def block_ratio(ours: Sequence[Sequence[float]], theirs: Sequence[Sequence[float]], percent: float) -> float:
    """Median over pairs of neighbouring blocks of the ratio of their percentiles: what moves slowly cancels out."""
    pairs = zip(ours, theirs, strict=True)
    return round(median(percentile(a, percent) / percentile(b, percent) for a, b in pairs), 3)
