"""The two lines of a channel: the same datagrams twice, of which each line loses and delays its own.

Line A of channel n is told as channel n, line B as channel n + LINE_B. What leaves late is overtaken by what was sent
after it. Fates are drawn from the seed, in the order of sending.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.numbers import NANOSECONDS_PER_MILLISECOND, NO_TIMER
from cross_market_connect.venues.simulated.delay import DelayLine
from cross_market_connect.venues.simulated.market_model import SeededIntegers

LINE_B: Final[i64] = 1_000
_MILLION: Final = 1_000_000
SKEW_NS: Final[i64] = NANOSECONDS_PER_MILLISECOND // 10
LATE_NS: Final[i64] = 2 * NANOSECONDS_PER_MILLISECOND


@final
class LineFaults:
    """What happens to datagrams on their way.

    Attributes:
        skew_ns: how much later line B is. late_ns: how much later a datagram is that others overtake.
        lost_ppm, late_ppm: of a million datagrams of each line so many are lost, overtaken.
    """

    def __init__(self, lost_ppm: i64, late_ppm: i64) -> None:
        self.skew_ns: i64 = SKEW_NS
        self.late_ns: i64 = LATE_NS
        self.lost_ppm: i64 = lost_ppm
        self.late_ppm: i64 = late_ppm


@final
class Lines:
    """Datagrams on their way on two lines."""

    def __init__(self, faults: LineFaults, seed: int) -> None:
        self._faults: LineFaults = faults
        self._random: SeededIntegers = SeededIntegers(seed)
        # Prompt and late ones of line A, then of line B: within each of these nothing overtakes.
        self._ways: list[DelayLine] = [DelayLine() for _ in range(4)]

    def send(self, due_ns: i64, channel: i64, packet: bytes) -> i64:
        """Send a datagram on both lines; how many of the two are lost."""
        faults = self._faults
        lost: i64 = 0
        for line in range(2):
            if faults.lost_ppm > 0 and self._random.below(_MILLION) < faults.lost_ppm:
                lost += 1
                continue
            late = faults.late_ppm > 0 and self._random.below(_MILLION) < faults.late_ppm
            line_due_ns = due_ns + faults.skew_ns if line == 1 else due_ns
            number = channel + LINE_B if line == 1 else channel
            if late:
                sent = self._ways[2 * line + 1].push(line_due_ns + faults.late_ns, number, packet)
            else:
                sent = self._ways[2 * line].push(line_due_ns, number, packet)
            if not sent:
                lost += 1
        return lost

    def next_due_ns(self) -> i64:
        """When the first datagram arrives; NO_TIMER when nothing is on its way."""
        due_ns: i64 = NO_TIMER
        for way in self._ways:
            due_ns = min(due_ns, way.next_due_ns())
        return due_ns

    def take_due(self, now_ns: i64) -> list[tuple[i64, bytes]]:
        """Channel number and packet of everything that arrives."""
        result: list[tuple[i64, bytes]] = []
        for way in self._ways:
            result.extend(way.take_due(now_ns))
        return result


def line_faults(profile: str) -> LineFaults:
    """Of a named fault profile: `light` and `heavy` lose and delay on each line, what the other line brings anyway."""
    if profile == "light":
        return LineFaults(10_000, 5_000)
    if profile == "heavy" or profile == "random":
        return LineFaults(40_000, 20_000)
    return LineFaults(0, 0)
