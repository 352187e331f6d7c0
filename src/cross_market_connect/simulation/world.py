"""The virtual world: one timeline, one fabric of machines, the parties that live in it; nothing is real but the code.

Delays come from seeded integers, so one seed is one history, on every machine, compiled or interpreted.
"""

from __future__ import annotations

from typing import final

from cross_market_connect.simulation.kernel import Fabric
from cross_market_connect.simulation.timeline import START_NS, Timeline
from cross_market_connect.venues.simulated.market_model import SeededIntegers

__all__ = ["START_NS", "World"]


@final
class World(Timeline):
    """Virtual time and the machines in it.

    Args:
        seed: decides every delay, and the details of what goes wrong.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.random: SeededIntegers = SeededIntegers(seed)
        self.fabric: Fabric = Fabric(self, seed)
