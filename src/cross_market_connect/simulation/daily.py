"""Judges what is opened in a trading day: never more than allowed, by the venue's day and nobody else's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cross_market_connect.simulation.judged import Sent
    from cross_market_connect.simulation.oracles import Judge


class Daily:
    """Opened lots per account, instrument and trading day.

    Args:
        lots_max: as configured. rolls_ns: by venue, when another trading day begins, in the world's time.
    """

    def __init__(self, lots_max: int, rolls_ns: Mapping[int, int]) -> None:
        self.lots_max = lots_max
        self.rolls_ns = rolls_ns
        self._sent: dict[tuple[int, int, bool], list[Sent]] = {}

    def opened(self, judge: Judge, sent: Sent, route: int) -> None:
        """An order that opens leaves. What a power cut took from the log nobody can count."""
        instrument = int(sent.order.definition.legs[sent.leg].instrument_index)
        key = (route, instrument, judge.now_ns >= self.rolls_ns[sent.venue])
        today = self._sent.setdefault(key, [])
        today.append(sent)
        lots = sum(other.lots for other in today if not other.lost)
        if lots > self.lots_max:
            number = sent.client_order_id
            judge.violation(f"order {number} is the day's lot {lots} to open instrument {instrument}")
