"""`xmc bench clock`: what the calibration of venues' clocks says, against a world whose true times are known.

A venue's clock is off, drifts, is set; its messages wait in queues with heavy tails, in bursts; its stamps are coarse.
The figures are the worst over all scenarios. The pairs ask the engine's own gate the question that the calibration is
for: may two books be compared, or are they of different moments?
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from cross_market_connect.bench.market import definition, instrument
from cross_market_connect.domain.book import BOOK_LIVE, Book
from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.ports import OrderRoutes, SessionHours
from cross_market_connect.market.venue_clock import ClockBounds, VenueClock
from cross_market_connect.trading.conditions import InstrumentConditions
from cross_market_connect.trading.gates import GATE_NAMES, GATE_NONE, GATE_SKEW, GateResult, MarketGates
from cross_market_connect.trading.valuation import SpreadValuation

SECOND_NS: Final = 1_000_000_000
MILLISECOND_NS: Final = 1_000_000
MICROSECOND_NS: Final = 1_000
START_NS: Final = 5 * SECOND_NS
# No queue of these worlds is longer than the bound that the calibration is told.
QUEUE_MAX_NS: Final = 190 * MILLISECOND_NS
SETTLED_NS: Final = 60 * SECOND_NS
LEARNED_NS: Final = 10 * SECOND_NS
# The rate at which the error of the line is stated.
STATED_RATE: Final = 100
LOOKS_PER_SECOND: Final = 50
PAIR_LIMIT_NS: Final = 100 * MILLISECOND_NS
Queue = Callable[[random.Random], float]


def exponential(mean_us: float) -> Queue:
    """What waits at a lightly used link."""
    return lambda numbers: numbers.expovariate(1) * mean_us * MICROSECOND_NS


def pareto(scale_us: float, shape: float) -> Queue:
    """A heavy tail: now and then a delay is hundreds of times the usual one."""
    return lambda numbers: (numbers.paretovariate(shape) - 1) * scale_us * MICROSECOND_NS


def lognormal(median_us: float, sigma: float) -> Queue:
    """What shared hosts and long routes show."""
    return lambda numbers: numbers.lognormvariate(0, sigma) * median_us * MICROSECOND_NS


@dataclass(frozen=True)
class World:
    """One venue's clock and way.

    Attributes:
        rate: messages per second, at random times.
        steps: (second, by how many milliseconds the venue's clock is set forward).
        congestion: (from second, to second, milliseconds that everything waits).
        way_us: the bound that the calibration is told; true_way_us: the shortest way.
        stamp_unit_ns: stamps are cut to whole ones.
    """

    name: str
    queue: Queue
    rate: float = STATED_RATE
    seconds: int = 120
    offset_ms: float = 0.0
    drift_ppm: float = 0.0
    steps: tuple[tuple[float, float], ...] = ()
    congestion: tuple[tuple[float, float, float], ...] = ()
    way_us: tuple[int, int] = (50, 150)
    true_way_us: int = 120
    stamp_unit_ns: int = 1

    def is_even(self) -> bool:
        """Whether nothing happens to it but drift and queues."""
        return not self.steps and not self.congestion

    def bounds(self) -> ClockBounds:
        """What the calibration knows beforehand."""
        result = ClockBounds(self.way_us[0] * MICROSECOND_NS, self.way_us[1] * MICROSECOND_NS)
        result.stamp_unit_ns = self.stamp_unit_ns
        return result


@dataclass(frozen=True)
class Message:
    """Its true local time, the stamp, our receipt, and what the venue's clock lacks to true local time then."""

    event_ns: int
    stamp_ns: int
    received_ns: int
    offset_ns: int


_STEPS: Final = ((20, 1), (40, -1), (60, 300), (80, -300), (100, 5), (120, -10))
_CONGESTION: Final = ((30, 31, 5), (50, 55, 20), (80, 83, 0.3))
WORLDS: Final = (
    World("behind, fast", exponential(200), offset_ms=-500, drift_ppm=50),
    World("ahead, slow", exponential(200), offset_ms=500, drift_ppm=-50),
    World("heavy tail", pareto(200, 1.2), offset_ms=500, drift_ppm=50),
    World(
        "long route", lognormal(200, 1.5), offset_ms=-100, drift_ppm=-50, way_us=(20_000, 60_000), true_way_us=31_000
    ),
    World("slow link", exponential(5_000), offset_ms=100, drift_ppm=-50),
    World("burst of messages", pareto(100, 1.5), rate=1_000, seconds=70, offset_ms=20, drift_ppm=30),
    World("snapshots", pareto(500, 1.2), rate=2, seconds=300, offset_ms=-20, stamp_unit_ns=MILLISECOND_NS),
    World("set", exponential(200), seconds=150, offset_ms=5, drift_ppm=20, steps=_STEPS),
    World("set, heavy tail", pareto(200, 1.2), seconds=150, offset_ms=-5, drift_ppm=-20, steps=_STEPS),
    World("congestion", exponential(200), seconds=120, offset_ms=5, drift_ppm=20, congestion=_CONGESTION),
)
# Pairs of venues whose books are compared, by their names.
PAIRS: Final = (
    ("behind, fast", "ahead, slow"),
    ("heavy tail", "long route"),
    ("slow link", "behind, fast"),
    ("set", "ahead, slow"),
    ("set, heavy tail", "long route"),
    ("congestion", "set"),
    ("set", "snapshots"),
)


def messages(world: World, numbers: random.Random) -> Iterator[Message]:
    """What a venue sends, as it comes in: nothing overtakes."""
    at_ns = received_ns = float(START_NS)
    set_ms = 0.0
    steps = [*world.steps]
    while at_ns < START_NS + world.seconds * SECOND_NS:
        at_ns += numbers.expovariate(world.rate) * SECOND_NS
        elapsed_ns = at_ns - START_NS
        while steps and elapsed_ns >= steps[0][0] * SECOND_NS:
            set_ms += steps.pop(0)[1]
        lacks_ns = (world.offset_ms - set_ms) * MILLISECOND_NS + world.drift_ppm * elapsed_ns / 1_000_000
        waits_ns = min(world.queue(numbers), QUEUE_MAX_NS)
        waits_ns += sum(
            ms * MILLISECOND_NS
            for begin, end, ms in world.congestion
            if begin * SECOND_NS <= elapsed_ns < end * SECOND_NS
        )
        received_ns = max(at_ns + world.true_way_us * MICROSECOND_NS + waits_ns, received_ns + 1)
        unit = world.stamp_unit_ns
        yield Message(int(at_ns), int(at_ns - lacks_ns) // unit * unit, int(received_ns), int(lacks_ns))


def judge(world: World, seed: int) -> dict[str, Any]:
    """One world: the share of messages whose true time lies within the uncertainty, the line's error, the steps."""
    clock = VenueClock(world.bounds())
    count = inside = 0
    error_ns = 0
    uncertainties: list[int] = []
    waiting = [START_NS + int(second * SECOND_NS) for second, _ms in world.steps]
    detected: list[float] = []
    for message in messages(world, random.Random(seed)):
        steps = clock.steps
        clock.observe(message.stamp_ns, message.received_ns)
        if clock.steps > steps and waiting and message.received_ns > waiting[0]:
            detected.append((message.received_ns - waiting.pop(0)) / SECOND_NS)
        uncertainty = clock.uncertainty_ns(message.received_ns)
        count += 1
        event_ns = int(clock.event_ns(message.stamp_ns, message.received_ns))
        inside += abs(event_ns - message.event_ns) <= uncertainty
        uncertainties.append(int(uncertainty))
        if message.received_ns > START_NS + SETTLED_NS:
            shortest_ns = message.offset_ns + world.true_way_us * MICROSECOND_NS
            error_ns = max(error_ns, abs(int(clock.shortest_ns(message.received_ns)) - shortest_ns))
    ordered = sorted(uncertainties)
    return {
        "world": world.name,
        "messages": count,
        "within_uncertainty": round(inside / count, 6),
        "error_us_after_60s": round(error_ns / MICROSECOND_NS, 1) if world.is_even() else None,
        "uncertainty_us": {"p50": ordered[count // 2] // MICROSECOND_NS, "p99": ordered[count * 99 // 100] // 1_000},
        "steps": len(world.steps),
        "step_detection_s": round(max(detected), 2) if detected else None,
        "steps_undetected": len(waiting),
        "steps_imagined": int(clock.steps) - len(detected),
    }


class AlwaysUp(OrderRoutes):
    """Routes are not what is asked about."""

    def is_up(self, route: int) -> bool:
        """Always."""
        return True


class AlwaysOpen(SessionHours):
    """Nor are hours."""

    def is_open(self, utc_ns: int) -> bool:
        """Always."""
        return True


class Gate:
    """The gates of a spread of two legs, whose books may be so far apart; nothing else is in the way."""

    def __init__(self) -> None:
        made = definition(0)
        made.rule.skew_ns_max, made.rule.closing_margin_ns = PAIR_LIMIT_NS, 0
        self.books = [Book(0), Book(1)]
        self.valuation = SpreadValuation(made, [instrument(0), instrument(1)], self.books)
        self.gates = MarketGates(AlwaysUp(), [InstrumentConditions(), InstrumentConditions()])
        self.hours: list[SessionHours] = [AlwaysOpen(), AlwaysOpen()]
        self.result = GateResult()
        for book in self.books:
            book.state = BOOK_LIVE
            book.bids.set_level(0, 100, 1)
            book.asks.set_level(0, 101, 1)

    def stamp(self, leg: int, clock: VenueClock, message: Message) -> None:
        """The message gave the leg's book its content: the times that market/quote_times.py gives it."""
        book = self.books[leg]
        uncertainty = clock.uncertainty_ns(message.received_ns)
        ago = message.received_ns - clock.event_ns(message.stamp_ns, message.received_ns)
        book.received_ns = message.received_ns
        book.early_ns, book.late_ns = ago + uncertainty, max(ago - uncertainty, 0)

    def passes(self, now_ns: int) -> bool:
        """Whether the spread may be opened. Raises InvariantError when another gate than the one in question blocks."""
        found = self.gates.check(self.valuation, self.hours, 1, True, now_ns, START_NS, self.result)
        if found not in (GATE_NONE, GATE_SKEW):
            raise InvariantError(f"gate {GATE_NAMES[found]} blocks in a benchmark of clocks")
        return found == GATE_NONE


def judge_pair(one: World, other: World, seed: int) -> dict[str, Any]:
    """Two venues' newest messages, looked at again and again: may they be compared?

    A pass is false when the events were further apart than the limit; a block is false when they were so near that even
    the part of the uncertainty that nobody can take away (the bounds of the ways, whole stamps) leaves room.
    """
    streams = [[*messages(world, random.Random(seed + at))] for at, world in enumerate((one, other))]
    clocks = [VenueClock(world.bounds()) for world in (one, other)]
    gate = Gate()
    known_ns = sum((world.way_us[1] - world.way_us[0]) * MICROSECOND_NS + world.stamp_unit_ns for world in (one, other))
    at = [0, 0]
    false_passes = false_blocks = near = looks = 0
    end_ns = START_NS + min(one.seconds, other.seconds) * SECOND_NS
    for now_ns in range(START_NS + SECOND_NS, end_ns, SECOND_NS // LOOKS_PER_SECOND):
        for side, stream in enumerate(streams):
            while at[side] < len(stream) and stream[at[side]].received_ns <= now_ns:
                message = stream[at[side]]
                clocks[side].observe(message.stamp_ns, message.received_ns)
                at[side] += 1
        if not at[0] or not at[1]:
            continue
        newest = [stream[number - 1] for stream, number in zip(streams, at, strict=True)]
        for leg, (clock, message) in enumerate(zip(clocks, newest, strict=True)):
            gate.stamp(leg, clock, message)
        passes = gate.passes(now_ns)
        apart_ns = abs(newest[0].event_ns - newest[1].event_ns)
        looks += 1
        false_passes += passes and apart_ns > PAIR_LIMIT_NS
        if now_ns > START_NS + LEARNED_NS and apart_ns + known_ns <= PAIR_LIMIT_NS:
            near += 1
            false_blocks += not passes
    is_even = one.is_even() and other.is_even()
    return {
        "pair": [one.name, other.name],
        "looks": looks,
        "false_passes": false_passes,
        "false_blocks_share": round(false_blocks / max(near, 1), 5) if is_even else None,
    }


def run(seed: int = 1) -> dict[str, Any]:
    """Every world and every pair; the worst figures."""
    results: list[dict[str, Any]] = []
    for world in WORLDS:
        print(f"clock: {world.name}", file=sys.stderr, flush=True)
        results.append(judge(world, seed))
    by_name = {world.name: world for world in WORLDS}
    pairs: list[dict[str, Any]] = []
    for one, other in PAIRS:
        print(f"clock: {one} against {other}", file=sys.stderr, flush=True)
        pairs.append(judge_pair(by_name[one], by_name[other], seed))
    stated = {world.name for world in WORLDS if world.rate == STATED_RATE}
    return {
        "within_uncertainty": min(result["within_uncertainty"] for result in results),
        "error_us_after_60s": max(result["error_us_after_60s"] or 0 for result in results if result["world"] in stated),
        "step_detection_s": max(result["step_detection_s"] or 0 for result in results),
        "steps_undetected": sum(result["steps_undetected"] for result in results),
        "gate": {
            "false_passes": sum(pair["false_passes"] for pair in pairs),
            "false_blocks_share": max(pair["false_blocks_share"] or 0 for pair in pairs),
        },
        "worlds": results,
        "pairs": pairs,
    }
