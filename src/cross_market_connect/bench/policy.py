"""`xmc bench policy`: the repair ladder against no repair, on the market model of docs/policy.md.

Each episode is one spread order in the virtual world, run twice on the same seed. What is measured comes from the
venues' trades and the model's prices, never from the engine.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from cross_market_connect.simulation.scenario import Scenario, Venue
from cross_market_connect.venues.simulated.market_model import SeededIntegers

EPISODES: Final = 300
RESAMPLES: Final = 1_000
TICK_MS: Final = 50
TICK_NS: Final = 50_000_000
SECOND_NS: Final = 1_000_000_000
START_PRICE: Final = 10_000
START_BASIS: Final = 12
LOTS: Final = 4
TICKS_MAX: Final = 80
NOTICED_S: Final = (15, 30)
FATES: Final[tuple[dict[str, object], ...]] = (
    {"fault": "reject", "reason": "busy", "chance_ppm": 30_000, "times": 0},
    {"fault": "reject", "reason": "insufficient", "chance_ppm": 15_000, "times": 0},
    {"fault": "reject", "reason": "price_out_of_limits", "chance_ppm": 10_000, "times": 0},
    {"fault": "partial", "fill_permille": 0, "chance_ppm": 30_000, "times": 0},
    {"fault": "partial", "fill_permille": 250, "chance_ppm": 30_000, "times": 0},
    {"fault": "partial", "fill_permille": 500, "chance_ppm": 30_000, "times": 0},
    {"fault": "partial", "fill_permille": 750, "chance_ppm": 30_000, "times": 0},
    {"fault": "late", "delay_ns": 4_000_000, "chance_ppm": 500_000, "times": 0},
    {"fault": "late", "delay_ns": 4_000_000, "chance_ppm": 500_000, "times": 0},
)
LADDERS: Final[dict[str, list[dict[str, object]]]] = {
    "naive": [{"step": "halt"}],
    "ladder": [
        {"step": "retry", "attempts": 2, "deadline_ms": 500},
        {"step": "chase", "attempts": 3, "payup_ticks": 2, "slippage_ticks_max": 6, "deadline_ms": 800},
        {"step": "unwind", "attempts": 12, "payup_ticks": 5, "slippage_ticks_max": 200, "deadline_ms": 1_200},
        {"step": "halt"},
    ],
}


class Fill(NamedTuple):
    """One trade of ours. `side` is +1 for a purchase, `quoted` the price at which the trigger saw it."""

    market: str
    time_ns: int
    side: int
    lots: int
    price: int
    quoted: int


class Prices:
    """The model's path, as far as it is asked for."""

    def __init__(self, seed: int) -> None:
        self.random = SeededIntegers(seed)
        self.path: list[tuple[int, int]] = [(START_PRICE, START_PRICE + START_BASIS)]

    def at(self, tick: int) -> tuple[int, int]:
        """Middle prices of A and B."""
        while len(self.path) <= tick:
            fair, second = self.path[-1]
            basis = second - fair
            fair += (-1, 0, 0, 1)[self.random.below(4)]
            drawn = self.random.below(100)
            if drawn < 10:
                basis += (basis < 0) - (basis > 0)
            elif drawn < 40:
                basis += 1 if drawn < 25 else -1
            self.path.append((fair, fair + basis))
        return self.path[tick]


class Outcome(NamedTuple):
    """One episode under one policy."""

    failed: float
    naked_unit_seconds: float
    slippage_ticks: float
    net_edge_ticks: float


def quote(scenario: Scenario, prices: Prices, sizes: SeededIntegers, tick: int) -> None:
    """Both books of one tick."""
    for venue, middle in zip(scenario.venues.values(), prices.at(tick), strict=True):
        venue.quote_levels([(middle - 1, 2 + sizes.below(11))], [(middle + 1, 2 + sizes.below(11))])


def fills_of(name: str, venue: Venue, quoted: tuple[int, int]) -> list[Fill]:
    """Our trades at one venue, from its ledger."""
    ours = venue.participant()
    middle = quoted[0] if name == "A" else quoted[1]
    found = []
    for trade in venue.exchange.ledger.trades:
        if ours not in (trade.buyer, trade.seller):
            continue
        side = 1 if trade.buyer == ours else -1
        calendar = venue.exchange.settings.calendar
        time_ns = int(calendar.now_ns(trade.utc_ns))
        found.append(Fill(name, time_ns, side, int(trade.quantity_lots), int(trade.price_ticks), middle + side))
    return found


def episode(seed: int, policy: str) -> Outcome | None:
    """One spread order from its trigger to the end of whatever was naked; None when nothing was sent."""
    prices, sizes = Prices(seed), SeededIntegers(seed + 1)
    overrides = {"spread.pair.ladder": LADDERS[policy], "spread.pair.trigger.buy_enter": -5}
    fates: dict[str, Sequence[dict[str, object]]] = {"A": FATES, "B": FATES}
    scenario = Scenario(rules=fates, overrides=overrides, seed=seed).begin()
    began_ns = scenario.world.now_ns
    tick = 0
    while tick < TICKS_MAX:
        quote(scenario, prices, sizes, tick)
        scenario.run_for(TICK_MS)
        tick += 1
        if any(scenario.orders_received()) and scenario.engine.running().desk.is_quiet():
            break
    if not any(scenario.orders_received()):
        return None
    fills = [fill for name, venue in scenario.venues.items() for fill in fills_of(name, venue, prices.at(0))]
    naked = sum(fill.side * fill.lots for fill in fills)
    failed = naked != 0 or any(fill.side == (-1 if fill.market == "A" else 1) for fill in fills)
    if naked != 0:
        fills.append(person(naked, fills, prices, began_ns + tick * TICK_NS, began_ns, seed))
    return measured(fills, failed, prices)


def person(naked: int, fills: Sequence[Fill], prices: Prices, stopped_ns: int, began_ns: int, seed: int) -> Fill:
    """The trade by which somebody who has noticed brings the position back, across the quotes of that moment."""
    low, high = NOTICED_S
    time_ns = stopped_ns + low * SECOND_NS + SeededIntegers(seed + 2).below((high - low) * SECOND_NS)
    held = {name: sum(fill.side * fill.lots for fill in fills if fill.market == name) for name in ("A", "B")}
    market = max(held, key=lambda name: abs(held[name]))
    at = 0 if market == "A" else 1
    side = -1 if naked > 0 else 1
    middle = prices.at((time_ns - began_ns) // TICK_NS)[at]
    return Fill(market, time_ns, side, abs(naked), middle + side, prices.at(0)[at] + side)


def measured(fills: Sequence[Fill], failed: bool, prices: Prices) -> Outcome:
    """The four figures of an episode whose position is matched in the end."""
    ordered = sorted(fills, key=lambda fill: fill.time_ns)
    exposure = naked_ns = last_ns = 0
    for fill in ordered:
        naked_ns += abs(exposure) * (fill.time_ns - last_ns)
        exposure += fill.side * fill.lots
        last_ns = fill.time_ns
    slippage = sum(fill.side * fill.lots * (fill.price - fill.quoted) for fill in fills)
    cash = -sum(fill.side * fill.lots * fill.price for fill in fills)
    return Outcome(float(failed), naked_ns / SECOND_NS, float(slippage), float(cash))


def run() -> dict[str, Any]:
    """Every episode under both policies."""
    pairs: list[tuple[Outcome, Outcome]] = []
    for seed in range(1, EPISODES + 1):
        naive, ladder = episode(seed, "naive"), episode(seed, "ladder")
        if naive is not None and ladder is not None:
            pairs.append((naive, ladder))
        if seed % 50 == 0:
            print(f"episode {seed} of {EPISODES}", file=sys.stderr, flush=True)
    return answer(pairs)


def answer(pairs: Sequence[tuple[Outcome, Outcome]]) -> dict[str, Any]:
    """Means, changes in per cent, and their intervals."""
    names = ("failure_rate", "naked_unit_seconds", "slippage_ticks", "net_edge_ticks")
    figures = {name: figure([(naive[at], ladder[at]) for naive, ladder in pairs]) for at, name in enumerate(names)}
    return {"episodes": EPISODES, "fired": len(pairs), **figures}


def figure(values: Sequence[tuple[float, float]]) -> dict[str, Any]:
    """One figure under both policies."""
    random = SeededIntegers(1)
    changes = sorted(
        change_percent([values[random.below(len(values))] for _ in values]) for _ in range(RESAMPLES if values else 0)
    )
    return {
        "naive": round(sum(pair[0] for pair in values) / max(1, len(values)), 4),
        "ladder": round(sum(pair[1] for pair in values) / max(1, len(values)), 4),
        "change_percent": round(change_percent(values), 1),
        "interval_95_percent": [round(changes[at], 1) for at in (RESAMPLES // 40, RESAMPLES - RESAMPLES // 40 - 1)]
        if changes
        else [],
    }


def change_percent(values: Sequence[tuple[float, float]]) -> float:
    """Change of the second mean against the first; 0 where there is nothing to change."""
    naive = sum(pair[0] for pair in values)
    ladder = sum(pair[1] for pair in values)
    return 100 * (ladder - naive) / abs(naive) if naive else 0.0
