"""Tells a step of the machine's calendar clock from its ordinary drift.

Ages, deadlines and pauses use monotonic time, which does not step. Session gates, event times and trading days use
calendar time: a step makes them wrong by as much, so it is put on record, a person is told, and openings wait until a
later sample shows that the clock runs evenly again.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.alert import WARNING
from cross_market_connect.domain.records import CLOCK_STEP, Payload
from cross_market_connect.domain.step import Step

# Time daemons slew at no more than 500 parts in a million: 5 ms in the 10 s between two samples. The rest is for a
# machine too busy to read both clocks at once.
CLOCK_STEP_NS_MIN: Final[i64] = 50_000_000


@final
class ClockStepDetector:
    """Compares each sample with what the samples before it led to expect."""

    def __init__(self) -> None:
        self._has_sample: bool = False

    def observe(self, expected_utc_ns: i64, utc_ns: i64) -> i64:
        """The step that the calendar made since the last sample, negative when it was set back; 0 for none.

        Args:
            expected_utc_ns: the last sample, run on by monotonic time. Of the first sample nothing is expected.
        """
        step = utc_ns - expected_utc_ns
        size = -step if step < 0 else step
        is_step = self._has_sample and size >= CLOCK_STEP_NS_MIN
        self._has_sample = True
        return step if is_step else 0


def announce(step: Step, step_ns: i64, utc_ns: i64) -> None:
    """Put a step on record and tell people."""
    payload = Payload(CLOCK_STEP)
    payload.put(step.utc_ns)
    payload.put(utc_ns)
    payload.put(step_ns)
    step.write(payload, step.cause_seq)
    size = -step_ns if step_ns < 0 else step_ns
    jump = f"{'-' if step_ns < 0 else '+'}{size // 1_000_000} ms"
    step.alert(
        WARNING,
        "clock_step",
        0,
        f"the calendar clock stepped by {jump}: ages are not affected, openings wait for an even clock",
        f"日历时钟跳变 {jump}：行情时效不受影响，时钟平稳前不开新单",
    )
