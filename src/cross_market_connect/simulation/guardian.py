"""The guardian's process in the virtual world: the same decisions over an engine's host."""

from __future__ import annotations

from typing import Final

from cross_market_connect.engine.guardian import DIED, ENDED_CLEANLY, FENCE, KILL, REFUSED, START, Guardian
from cross_market_connect.simulation.hosts import EngineHost
from cross_market_connect.simulation.world import World

LOOK_NS: Final = 50_000_000


class GuardianHost:
    """Looks after one engine from `begin` on.

    Attributes:
        told: texts of its alerts, in order.
    """

    def __init__(self, world: World, engine: EngineHost) -> None:
        self.world = world
        self.engine = engine
        self.core = Guardian(world.now_ns)
        self.told: list[str] = []
        self.starts = 0

    def begin(self) -> None:
        """Start the engine unless it runs, and look from now on."""
        self._act()
        self.world.after(LOOK_NS, self._look)

    def _look(self) -> None:
        now_ns = self.world.now_ns
        engine, core = self.engine, self.core
        core.on_beat(engine.stores.life.last_beat_ns())
        if engine.core is not None and engine.loop is not None and not engine.core.finished and not engine.loop.fenced:
            core.on_ready(now_ns)
        elif engine.core is not None and engine.core.finished:
            core.on_exit(ENDED_CLEANLY, now_ns)
        else:
            core.on_exit(REFUSED if engine.start_fault else DIED, now_ns)
        core.on_timer(now_ns)
        self._act()
        if not core.is_over():
            self.world.after(LOOK_NS, self._look)

    def _act(self) -> None:
        for action in self.core.take_actions():
            if action == FENCE:
                self.engine.stores.life.take_over()
            elif action == KILL:
                self.engine.kill()
            elif action == START:
                self.starts += 1
                self.engine.start()
        self.told.extend(alert.text for alert in self.core.take_alerts())
