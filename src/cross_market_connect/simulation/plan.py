"""What happens in one simulated history, decided beforehand from its choices: the shop, the market, what goes wrong.

Theory of operation. A plan is data: quotes at times, rules of the venues, acts at times. All of it is drawn from
`Choices`, in which 0 is always the tame option: quotes at which nothing triggers, no fault. Of the kinds of fault a
random subset takes part in each history. Faults stop at `quiet_ns`; from then on deep quotes come at both sides of the
same price until everything is at rest.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from cross_market_connect.simulation.choices import Choices
from cross_market_connect.simulation.misfortune import Act, draw_acts, draw_lost_parts, draw_mute, draw_rules
from cross_market_connect.simulation.shapes import PRICE_TICKS, SHAPES, SPECIAL_VARIANTS, Shape, shape_of
from cross_market_connect.simulation.specials import WEIGHTS, multicast, short_lived
from cross_market_connect.venues.simulated.faults import FaultRule

MILLISECOND_NS: Final = 1_000_000
# Log-on takes a few wire delays; the market begins after it.
OPENING_NS: Final = 20 * MILLISECOND_NS
ROUNDS: Final = 46
# What a special asks keeps orders from being sent, so it is asked a little longer.
SPECIAL_ROUNDS: Final = 56
SETTLED_ROUNDS: Final = 34
SETTLED_GAP_NS: Final = 400 * MILLISECOND_NS
GAPS_MS: Final = (15, 4, 30, 90, 250, 700)
GAP_WEIGHTS: Final = (40, 12, 24, 16, 7, 1)
SWINGS: Final = (0, -14, 14, -9, 9, -25, 25)
SWING_WEIGHTS: Final = (16, 24, 24, 12, 12, 6, 6)
DEEP_LOTS: Final = 500
SPECIAL_PERCENT: Final = 50
# Of a million datagrams so many are lost, doubled, overtaken, each.
DATAGRAMS_PPM: Final = (5_000, 20_000, 60_000)
# Histories in which a market's quotes fail to come for a while, and for how long.
SILENCE_PERCENT: Final = 25
SILENCES_MS: Final = (250, 500, 900)
# Where quotes are short-lived they fail to come more often.
SILENCES_OFTEN: Final = 3
Levels = tuple[tuple[int, int], ...]
# All histories together have few different ones.
_LEVELS: Final[dict[tuple[int, int, int], Levels]] = {}


class Quote(NamedTuple):
    """One market's whole book from a moment on: levels of (price in ticks, lots), best first."""

    at_ns: int
    venue: int
    bids: Levels
    asks: Levels


class Plan:
    """One history.

    Args:
        choices: what is decided is drawn from here.
        strength: "none", "light" or "heavy".

    Attributes:
        shape: what is traded. rules: what each venue does wrong, by venue. All times count from the world's beginning.
        datagrams_ppm: of a million, how many are lost, doubled and overtaken, each.
        decides, decides_after: what people do about halted spread orders, and when, as people.py has it.
        quotes, acts: ascending in time. quiet_ns: no fault acts from here on; end_ns: everything is at rest by now.
    """

    def __init__(self, choices: Choices, strength: str) -> None:
        self.choices = choices
        self.strength = strength
        later = choices.branch(1)
        self.shape: Shape = self._draw_shape(later)
        self.quotes: list[Quote] = []
        self.quiet_ns = self._draw_market()
        self._draw_silence(later)
        self.rules: list[list[FaultRule]] = draw_rules(choices, strength, len(self.shape.markets))
        self.acts: list[Act] = draw_acts(choices, later, strength, self.shape, self.rules, OPENING_NS, self.quiet_ns)
        # A branch of its own for what comes after everything else that is decided.
        persons = choices.branch(2)
        self.decides = persons.weighted((40, 20, 20, 20), "decision") - 1
        draw_lost_parts(persons, strength, self.rules)
        draw_mute(persons, strength, self.rules)
        self.datagrams_ppm = 0
        if self.shape.question is multicast and strength != "none":
            self.datagrams_ppm = DATAGRAMS_PPM[persons.draw(len(DATAGRAMS_PPM), "datagrams")]
        self.decides_after = persons.draw(3, "decision delay")
        self.end_ns = self.quiet_ns + SETTLED_ROUNDS * SETTLED_GAP_NS
        self.settles()

    def _draw_shape(self, later: Choices) -> Shape:
        plain = self.choices.draw(SHAPES, "shape")
        if later.happens(SPECIAL_PERCENT, "special"):
            question = later.weighted(WEIGHTS, "special question")
            return shape_of(SHAPES + question + len(WEIGHTS) * later.draw(SPECIAL_VARIANTS, "special shape"))
        return shape_of(plain)

    def _draw_silence(self, later: Choices) -> None:
        """One market's quotes fail to come for a while; the others go on."""
        often = self.shape.question is short_lived
        if not later.happens(100 - SILENCE_PERCENT if often else SILENCE_PERCENT, "silence"):
            return
        for _ in range(SILENCES_OFTEN if often else 1):
            # Where it matters most it is not the first market's, which decides what the others are worth.
            venue = later.between(1 if often else 0, len(self.shape.markets) - 1, "silence venue")
            begin_ns = OPENING_NS + later.draw(1_000, "silence time") * (self.quiet_ns - OPENING_NS) // 1_000
            end_ns = begin_ns + SILENCES_MS[later.draw(len(SILENCES_MS), "silence length")] * MILLISECOND_NS
            self.quotes = [
                quote for quote in self.quotes if quote.venue != venue or not begin_ns <= quote.at_ns < end_ns
            ]

    def _draw_market(self) -> int:
        """Quotes of every round; the time after the last."""
        at_ns = OPENING_NS
        for _ in range(ROUNDS if self.shape.question is None else SPECIAL_ROUNDS):
            for venue in range(len(self.shape.markets)):
                # Not every market moves every time.
                if venue == 0 or not self.choices.happens(20, "market still"):
                    self.quotes.append(self._draw_quote(at_ns, venue))
            at_ns += GAPS_MS[self.choices.weighted(GAP_WEIGHTS, "gap")] * MILLISECOND_NS
        return at_ns

    def _draw_quote(self, at_ns: int, venue: int) -> Quote:
        swing = SWINGS[self.choices.weighted(SWING_WEIGHTS, "swing")] if venue < 2 else 0
        # The second market swings less: what the pair is worth is decided by the first.
        middle = PRICE_TICKS + (swing if venue == 0 else swing // 3)
        half = 1 + self.choices.weighted((70, 20, 10), "width")
        depth = self.choices.weighted((60, 20, 12, 4, 2, 2), "depth")
        bids = _levels(middle - half, -1, depth)
        asks = _levels(middle + half, 1, depth)
        if depth == 4:
            bids = ()
        elif depth == 5:
            asks = ()
        return Quote(at_ns, venue, bids, asks)

    def settles(self) -> None:
        """Deep quotes at one price everywhere, so that what is under way finds its other side."""
        for number in range(SETTLED_ROUNDS):
            at_ns = self.quiet_ns + number * SETTLED_GAP_NS
            for venue in range(len(self.shape.markets)):
                levels = (_levels(PRICE_TICKS - 1, -1, 0), _levels(PRICE_TICKS + 1, 1, 0))
                self.quotes.append(Quote(at_ns, venue, *levels))


def _levels(best: int, step: int, depth: int) -> Levels:
    """Levels from the best price on, each further away by `step`: deep, thin, thin with something behind, one lot."""
    key = (best, step, depth)
    if key not in _LEVELS:
        _LEVELS[key] = _new_levels(best, step, depth)
    return _LEVELS[key]


def _new_levels(best: int, step: int, depth: int) -> Levels:
    if depth == 1:
        return ((best, 2), (best + 3 * step, 2))
    if depth == 2:
        return ((best, 1), (best + step, 3), (best + 4 * step, DEEP_LOTS))
    if depth == 3:
        return ((best, 1),)
    return ((best, DEEP_LOTS),)
