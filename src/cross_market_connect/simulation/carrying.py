"""Judges what rounding leaves behind: over a spread's orders it must add up to what exact ratios allow.

Theory of operation. Whole lots rarely hedge exactly. What an order leaves must go into the next one, so after every
order the leg would hold the whole number of lots nearest to the exact hedge of everything that the first leg would
hold. That is computed here in fractions from the configured ratios and the venues' ledgers. A leg may get fewer lots
where its market offered fewer, and one lot where the nearest number is none.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from cross_market_connect.domain.spread import RESIDUAL, SpreadDefinition

if TYPE_CHECKING:
    from cross_market_connect.simulation.judged import Parent
    from cross_market_connect.simulation.oracles import Judge

HALF: Final = Fraction(1, 2)
# A position limit from this on is in no small order's way.
WIDE_LOTS: Final = 100
# An order is sized by what its engine saw, which may be the quote before the last.
QUOTES_SEEN: Final = 2
# How long a process that stood still takes to read, one by one, the quotes that came in the meantime.
CATCH_UP_NS: Final = 1_000_000


class Carrying:
    """What spreads with uneven ratios hold, order by order.

    Attributes:
        position_lots_max: the firm's limit per instrument.
        offered: per venue, lots bid and asked in its last quotes.
        capped: venues where somebody said that less may be bought or sold than is offered.
    """

    def __init__(self, definitions: Iterable[SpreadDefinition]) -> None:
        self.position_lots_max = 0
        self.offered: dict[int, deque[tuple[int, int]]] = {}
        self.capped: set[int] = set()
        self._ratios = {int(definition.index): _ratios(definition) for definition in definitions}

    def quoted(self, venue: int, bid_lots: int, ask_lots: int) -> None:
        """A venue's book is replaced."""
        self.offered.setdefault(venue, deque(maxlen=QUOTES_SEEN)).append((bid_lots, ask_lots))

    def touched(self, venue: int) -> None:
        """An order reached the venue's book, or one that rested there was filled by a quote: how much is left of the
        quote nobody knows."""
        offered = self.offered.get(venue)
        if offered:
            offered[-1] = (0, 0)

    def aligned(self, judge: Judge, parent: Parent) -> None:
        """The quantities of a spread order are decided; spreads whose ratios are whole have nothing to carry."""
        ratios = self._ratios[int(parent.definition.index)]
        if not ratios:
            return
        held = self._held(judge, parent)
        if not held:
            return
        reference = held[0] + parent.sides[0] * parent.targets[0]
        for leg in range(1, len(held)):
            side, target = parent.sides[leg], parent.targets[leg]
            too_many = side * (held[leg] + side * target - ratios[leg] * reference)
            if -HALF <= too_many <= HALF or (too_many > 0 and target == 1):
                continue
            if too_many < 0 and self._offers_less(judge, parent, leg, target + 1):
                continue
            judge.violation(
                f"spread order {parent.spread_order_id}: leg {leg} would be {float(too_many):+.3f} lots from its exact"
                f" hedge with {target} more to {held[leg]} for {reference} of the first"
            )

    def _held(self, judge: Judge, parent: Parent) -> list[int]:
        """Signed lots per leg by the venues' ledgers; empty while the engine cannot know them."""
        held = [0] * len(parent.targets)
        for other in judge.parents.values():
            if other.definition is not parent.definition or other is parent:
                continue
            if other.state == RESIDUAL:
                # In a person's hands: held in part by another account or in a substitute.
                return []
            for sent in other.sent:
                filled = sent.filled()
                if filled != sent.told.cumulative or (filled and (sent.lost or judge.may_be_untold(sent))):
                    return []
                held[sent.leg] += sent.side * filled
        return held

    def _offers_less(self, judge: Judge, parent: Parent, leg: int, lots: int) -> bool:
        """Whether the leg's market may have had too little for so many lots."""
        venue = judge.venue_of_route[int(parent.definition.legs[leg].route)]
        if self.position_lots_max < WIDE_LOTS or venue in self.capped:
            return True
        if judge.is_troubled(venue, judge.now_ns):
            # Who does not hear a market goes on by what it offered before, as long as that is not too old.
            return True
        if any(begin_ns <= judge.now_ns <= end_ns + CATCH_UP_NS for begin_ns, end_ns in judge.hangs):
            return True
        side = 1 if parent.sides[leg] > 0 else 0
        return any(quote[side] < lots for quote in self.offered.get(venue, ()))


def _ratios(definition: SpreadDefinition) -> list[Fraction]:
    """Signed exact lots of each leg per lot of the first; empty when they are whole, or decided by value."""
    first = definition.legs[0]
    if any(leg.ratio_e9 == 0 for leg in definition.legs):
        return []
    ratios = [Fraction(int(leg.side * leg.ratio_e9), int(first.side * first.ratio_e9)) for leg in definition.legs]
    return ratios if any(ratio.denominator > 1 for ratio in ratios) else []
