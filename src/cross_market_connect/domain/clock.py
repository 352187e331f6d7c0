"""Calendar time as a function of monotonic time.

Ages, deadlines and latencies use monotonic time (`now_ns`); session gates and event times use calendar time
(`utc_ns`). In production the calendar runs at speed 1. In a demonstration it runs faster over recorded ticks and skips
pauses; since the mapping is data, engine, venues and replay compute the same calendar from the same monotonic reading.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

SPEED_ONE_MILLI: Final[i64] = 1000


@final
class CalendarClock:
    """Maps monotonic nanoseconds to calendar UTC nanoseconds.

    Args:
        anchor_now_ns: a monotonic reading.
        anchor_utc_ns: the calendar time at that reading.
        speed_milli: calendar seconds per 1,000 monotonic seconds (1000 is real time).
        skip_from_utc_ns: start of each pause that is skipped, ascending.
        skip_until_utc_ns: end of each pause, same length.
    """

    def __init__(
        self,
        anchor_now_ns: i64,
        anchor_utc_ns: i64,
        speed_milli: i64,
        skip_from_utc_ns: list[int],
        skip_until_utc_ns: list[int],
    ) -> None:
        self.anchor_now_ns: i64 = anchor_now_ns
        self.anchor_utc_ns: i64 = anchor_utc_ns
        self.speed_milli: i64 = speed_milli
        self.skip_from_utc_ns: list[int] = skip_from_utc_ns
        self.skip_until_utc_ns: list[int] = skip_until_utc_ns

    def utc_ns(self, now_ns: i64) -> i64:
        """Calendar UTC at the monotonic reading `now_ns`."""
        elapsed: i64 = now_ns - self.anchor_now_ns
        if self.speed_milli != SPEED_ONE_MILLI:
            elapsed = elapsed * self.speed_milli // SPEED_ONE_MILLI
        result: i64 = self.anchor_utc_ns + elapsed
        for index in range(len(self.skip_from_utc_ns)):
            start: i64 = self.skip_from_utc_ns[index]
            if result >= start:
                result += i64(self.skip_until_utc_ns[index]) - start
        return result

    def now_ns(self, utc_ns: i64) -> i64:
        """Monotonic reading at which the calendar shows `utc_ns`; a time inside a pause maps to the pause."""
        running: i64 = utc_ns
        index: i64 = len(self.skip_from_utc_ns) - 1
        while index >= 0:
            start: i64 = self.skip_from_utc_ns[index]
            until: i64 = self.skip_until_utc_ns[index]
            if running >= until:
                running -= until - start
            elif running > start:
                running = start
            index -= 1
        elapsed: i64 = running - self.anchor_utc_ns
        return self.anchor_now_ns + elapsed * SPEED_ONE_MILLI // self.speed_milli
