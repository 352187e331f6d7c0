"""Feeds whose receipts the kernel is to stamp: whether it does.

A source that was configured so and gets a datagram without a stamp says so once, loudly: its times are then those of
the read, as without the configuration.
"""

from __future__ import annotations

from typing import Final, final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.alert import WARNING
from cross_market_connect.domain.step import Step

SOURCES_MAX: Final[i64] = 512


@final
class KernelStamps:
    """Which sources are still expected to have stamps."""

    def __init__(self) -> None:
        self._expected: vec[i64] = vec[i64]([0 for _ in range(SOURCES_MAX)])

    def expect(self, source: i64) -> None:
        """The kernel was to be asked for stamps of that source."""
        self._expected[source] = 1

    def note(self, step: Step, source: i64) -> None:
        """A datagram of the source came in."""
        if self._expected[source] == 0 or step.queued_ns >= 0:
            return
        self._expected[source] = 0
        step.alert(
            WARNING,
            "no_kernel_stamps",
            0,
            f"source {source}: the kernel gives no receive stamps; receipts are timed when they are read",
            f"行情源 {source}：内核未提供接收时间戳，改用读取时间",
        )
