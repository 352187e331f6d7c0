"""The line under a cloud of delays: what is left of them when nothing waited in a queue.

Theory of operation. A queue only ever adds to a delay, so what does not change quickly (the difference of two clocks,
its drift, the shortest way) lies below every point of (time, delay) and close to the lowest ones. The smallest delay of
every bucket of time is kept; the lower convex hull of these points is made of the lines that have every point above
them; of these the one in the middle of the window is chosen, because it has the smallest sum of distances to the
points (Moon, Skelly, Towsley, "Estimation and removal of clock skew from network delay measurements", INFOCOM 1999,
section IV, solves the same linear program). Its slope is the drift.

Whole numbers only: times in microseconds, delays in nanoseconds, slopes in parts per billion.
"""

from __future__ import annotations

from typing import Final, final

from librt.vecs import vec
from mypy_extensions import i64

# A slope of one part per billion over one microsecond is a millionth of a nanosecond.
_PPB_MICROSECONDS: Final[i64] = 1_000_000
# Until the window is this long a slope would be that of the noise.
SLOPE_SPAN_US: Final[i64] = 4_000_000
_POINTS_FOR_SLOPE: Final[i64] = 8


@final
class LowerEnvelope:
    """The smallest delays of the newest buckets and the line under them.

    Args:
        buckets_max: how many buckets a window has.
        slope_max_ppb: no clock drifts faster than this; a steeper line is noise.

    Attributes:
        count: points in the window.
        slope_ppb, level_ns, level_at_us: the line; what it is at a time, says `value_ns`.
        scatter_ns: the median distance of the points from it.
    """

    def __init__(self, buckets_max: i64, slope_max_ppb: i64) -> None:
        self.count: i64 = 0
        self.slope_ppb: i64 = 0
        self.level_ns: i64 = 0
        self.level_at_us: i64 = 0
        self.scatter_ns: i64 = 0
        self._slope_max_ppb: i64 = slope_max_ppb
        self._size: i64 = buckets_max
        self._begin: i64 = 0
        self._at_us: vec[i64] = vec[i64]([0 for _ in range(buckets_max)])
        self._low_ns: vec[i64] = vec[i64]([0 for _ in range(buckets_max)])
        self._hull: vec[i64] = vec[i64]([0 for _ in range(buckets_max)])

    def clear(self) -> None:
        """Forget every point."""
        self.count = 0
        self._begin = 0

    def add(self, at_us: i64, low_ns: i64) -> None:
        """The smallest delay of one more bucket; the oldest leaves a full window. Times ascend."""
        if self.count == self._size:
            self._begin = (self._begin + 1) % self._size
            self.count -= 1
        at = (self._begin + self.count) % self._size
        self._at_us[at] = at_us
        self._low_ns[at] = low_ns
        self.count += 1

    def span_us(self) -> i64:
        """From the oldest point to the newest."""
        if self.count == 0:
            return 0
        return self._at_us[self._index(self.count - 1)] - self._at_us[self._begin]

    def middle_us(self) -> i64:
        """The middle of the window."""
        return self._at_us[self._begin] + self.span_us() // 2

    def value_ns(self, at_us: i64) -> i64:
        """The line's delay at a time, before, within or after the window."""
        return self.level_ns + self.slope_ppb * (at_us - self.level_at_us) // _PPB_MICROSECONDS

    def fit(self) -> None:
        """Lay the line anew under the points; there is at least one."""
        slope: i64 = 0
        if self.count >= _POINTS_FOR_SLOPE and self.span_us() >= SLOPE_SPAN_US:
            slope = self._middle_slope()
            slope = min(max(slope, -self._slope_max_ppb), self._slope_max_ppb)
        self.slope_ppb = slope
        self.level_at_us = self._at_us[self._index(self.count - 1)]
        self._lay()

    def lower(self, at_us: i64, low_ns: i64) -> None:
        """A point below the line takes it down: whatever the line stands for is not above any delay."""
        if low_ns < self.value_ns(at_us):
            self.level_ns -= self.value_ns(at_us) - low_ns

    def _index(self, number: i64) -> i64:
        return (self._begin + number) % self._size

    def _lay(self) -> None:
        """The highest line of the slope with no point below it, and how far the points are from it."""
        self.level_ns = 0
        distances: list[i64] = []
        for number in range(self.count):
            at = self._index(number)
            distances.append(self._low_ns[at] - self.value_ns(self._at_us[at]))
        distances.sort()
        self.level_ns = distances[0]
        self.scatter_ns = distances[self.count // 2] - distances[0]

    def _middle_slope(self) -> i64:
        """Slope of the hull's edge over the middle of the window."""
        corners = self._lower_hull()
        middle = self.middle_us()
        corner: i64 = 1
        while corner < corners - 1 and self._at_us[self._hull[corner]] < middle:
            corner += 1
        left, right = self._hull[corner - 1], self._hull[corner]
        rise = self._low_ns[right] - self._low_ns[left]
        return rise * _PPB_MICROSECONDS // (self._at_us[right] - self._at_us[left])

    def _lower_hull(self) -> i64:
        """Fill in the hull's corners from left to right; how many there are."""
        corners: i64 = 0
        for number in range(self.count):
            at = self._index(number)
            while corners >= 2 and self._is_above(self._hull[corners - 2], self._hull[corners - 1], at):
                corners -= 1
            self._hull[corners] = at
            corners += 1
        return corners

    def _is_above(self, left: i64, between: i64, right: i64) -> bool:
        """Whether a point is on or above the line through its neighbours."""
        over_left = (self._low_ns[between] - self._low_ns[left]) * (self._at_us[right] - self._at_us[left])
        over_line = (self._low_ns[right] - self._low_ns[left]) * (self._at_us[between] - self._at_us[left])
        return over_left >= over_line
