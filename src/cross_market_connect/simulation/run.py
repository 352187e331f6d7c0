"""One history of the demonstration's world, from a seed: what `xmc simulate` runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from cross_market_connect import _build
from cross_market_connect.audit.summary import summarize
from cross_market_connect.config.demonstration import demo_settings
from cross_market_connect.config.models import Settings
from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.journal.reader import LogReader, verify
from cross_market_connect.reference.tables import Reference, load_reference
from cross_market_connect.replay.replay import Replayer
from cross_market_connect.simulation.hosts import EngineHost, ExchangeHost
from cross_market_connect.simulation.market import venue_fields, venues_of
from cross_market_connect.simulation.naked import naked_units, open_orders_of, positions_of
from cross_market_connect.simulation.world import START_NS, World
from cross_market_connect.venues.simulated.exchange import SimulatedExchange
from cross_market_connect.venues.simulated.market_model import SeededIntegers
from cross_market_connect.venues.simulated.process import settings_from

NANOSECONDS_PER_SECOND: Final = 1_000_000_000
NANOSECONDS_PER_MILLISECOND: Final = 1_000_000
SETTLE_NS: Final = 30 * NANOSECONDS_PER_SECOND
RESTART_MS_MIN: Final = 50


class History:
    """One world with one engine and the demonstration's venues.

    Args:
        duration_s: virtual seconds until the engine is asked to stop.
        kills: how often the engine is killed and started again, at times that the seed decides.
        with_gold: both pairs, not the first one alone.
    """

    def __init__(
        self, seed: int, duration_s: float, speed: Decimal, profile: str, kills: int, with_gold: bool = False
    ) -> None:
        self.seed = seed
        self.duration_ns = int(duration_s * NANOSECONDS_PER_SECOND)
        self.reference: Reference = load_reference()
        self.settings: Settings = demo_settings(
            speed=speed,
            seed=seed,
            faults=[profile],
            duration=Decimal(str(duration_s)),
            ports={},
            directory=Path("world"),
            with_gold=with_gold,
        )
        self.world = World(seed)
        calendar = self.settings.calendar.clock(START_NS, 0)
        secrets = {source.name: "simulated" for source in self.settings.source if getattr(source, "secret_env", None)}
        secrets |= {feed.name: "simulated" for _, feed, _ in self.settings.recoveries()}
        self.exchanges: dict[str, ExchangeHost] = {}
        for mic in venues_of(self.settings):
            fields = venue_fields(self.settings, mic, calendar, profile, secrets)
            exchange = SimulatedExchange(settings_from(fields))
            self.exchanges[mic] = ExchangeHost(self.world, exchange)
        self.engine = EngineHost(self.world, self.settings, self.reference, calendar, secrets)
        self.plan_kills(kills, self.engine.kill, self.engine.start)

    def plan_kills(self, kills: int, kill: Callable[[], None], start: Callable[[], None]) -> None:
        """Each kill has its own share of the time, and is over before the next share begins."""
        random = SeededIntegers(self.seed * 2 + 1)
        share = self.duration_ns // (kills + 1)
        for number in range(1, kills + 1):
            at_ns = START_NS + share * number + random.below(share // 2)
            pause_ns = min(RESTART_MS_MIN * NANOSECONDS_PER_MILLISECOND, share // 4) + random.below(share // 4)
            self.world.at(at_ns, kill)
            self.world.at(at_ns + pause_ns, start)

    def run(self) -> None:
        """Let it all happen; the calendar ends it. Raises InvariantError when the engine does not come to its end."""
        for host in self.exchanges.values():
            host.start()
        self.engine.start()
        if not self.world.run(self._is_over, START_NS + self.duration_ns + SETTLE_NS):
            raise InvariantError(
                f"seed {self.seed}: the engine has not stopped {SETTLE_NS // 10**9} s after its calendar's end"
            )

    def _is_over(self) -> bool:
        return self.engine.core is not None and bool(self.engine.core.finished)


def simulate(seed: int, duration_s: float, speed: Decimal, profile: str, kills: int) -> dict[str, Any]:
    """Run one history and tell what came of it."""
    began = time.monotonic()
    history = History(seed, duration_s, speed, profile, kills)
    history.run()
    disk = history.engine.disk
    verdict = verify(disk)
    replay = Replayer(disk, history.engine.capture_disk, history.reference).run()
    log = history.engine.log
    exchanges = [host.exchange for host in history.exchanges.values()]
    answer: dict[str, Any] = {
        "seed": seed,
        "compiled": _build.is_compiled(),
        "journal_hash": log.last_hash.hex() if log is not None else "",
        **summarize(LogReader(disk, 1).records()).as_fields(),
        "naked_units_at_end": naked_units(
            history.engine.running().desk, positions_of(exchanges), open_orders_of(exchanges)
        ),
        "journal_ok": verdict.broken is None,
        "replay_identical": replay.identical,
        "engine_starts": history.engine.starts,
        "records": int(log.last_seq) if log is not None else 0,
        "virtual_seconds": round((history.world.now_ns - START_NS) / 1e9, 3),
        "seconds": round(time.monotonic() - began, 3),
    }
    if replay.difference:
        answer["replay_difference"] = replay.difference
    return answer
