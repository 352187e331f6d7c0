"""How late what a feed brings is: a distribution that is cheap enough to be kept for every packet."""

from __future__ import annotations

from typing import Final, final

from librt.vecs import vec
from mypy_extensions import i64

# Upper ends of the classes; what is above the last one has a class of its own.
LATENCY_LIMITS_NS: Final[tuple[int, ...]] = tuple(
    factor * unit for unit in (10_000, 100_000, 1_000_000, 10_000_000, 100_000_000) for factor in (1, 2, 5)
)
CLASSES: Final[i64] = 16
_LIMITS_NS: Final[vec[i64]] = vec[i64](list(LATENCY_LIMITS_NS))


@final
class Latencies:
    """Counts by class.

    Attributes:
        counts: how many latencies fell into each class. sum_ns: all of them together.
    """

    def __init__(self) -> None:
        self.counts: vec[i64] = vec[i64]([0 for _ in range(CLASSES)])
        self.sum_ns: i64 = 0
        self._marked: vec[i64] = vec[i64]([0 for _ in range(CLASSES)])

    def add(self, latency_ns: i64) -> None:
        """Count one; clocks that disagree make some negative, which count as the shortest."""
        at: i64 = 0
        while at < CLASSES - 1 and latency_ns > _LIMITS_NS[at]:
            at += 1
        self.counts[at] += 1
        self.sum_ns += latency_ns

    def mark(self) -> None:
        """Quantiles are those of what is counted from here on."""
        for at in range(CLASSES):
            self._marked[at] = self.counts[at]

    def quantile_ns(self, permille: i64) -> i64:
        """Upper end of the class that holds the quantile since the last mark, -1 where that is the open one; 0 when
        nothing was counted."""
        total: i64 = 0
        for at in range(CLASSES):
            total += self.counts[at] - self._marked[at]
        seen: i64 = 0
        for at in range(CLASSES):
            seen += self.counts[at] - self._marked[at]
            if total > 0 and seen * 1_000 >= total * permille:
                return _LIMITS_NS[at] if at < CLASSES - 1 else -1
        return 0
