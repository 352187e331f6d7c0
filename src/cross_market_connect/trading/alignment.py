"""Quantity alignment: the largest whole lots of every leg that hedge each other within tolerance.

Theory of operation. A problem says per leg how many lots hedge one lot of the first leg exactly, which quantities the
venue takes, how many can be traded, and what the legs lack already (the residual of earlier orders). The search finds
the largest quantity of the first leg for which every other leg has a quantity within tolerance, and takes the nearest
to the exact one. It tries the wanted quantity first, which is nearly always the answer; else it goes down from a bound.
Everything is integer: exact quantities in 1e-9 lots, money in 1e-4.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.numbers import checked_add, checked_multiply, multiply_divide

LOT_E9: Final[i64] = 1_000_000_000
_E6: Final[i64] = 1_000_000
_HALF_LOT_E9: Final[i64] = 500_000_000

REASON_MINIMUM: Final[str] = "fewer lots wanted than the minimum"
REASON_SMALLEST: Final[str] = "below the venue's smallest quantity"
REASON_LARGEST: Final[str] = "above the venue's largest order"
REASON_DEPTH: Final[str] = "visible depth below the quantity"
REASON_TOLERANCE: Final[str] = "hedge error above the tolerance"
REASON_LIMIT: Final[str] = "above what a limit leaves"
REASON_INVENTORY: Final[str] = "above what may be sold or bought"
REASON_UNEVEN: Final[str] = "the position is not in the spread's proportion"
REASON_REMAINDER: Final[str] = "the rest would be a leg without its counterpart"


@final
class LegQuantity:
    """One leg of an alignment problem.

    Attributes:
        exact_e9, per_lots: 1e-9 lots of this leg that hedge `per_lots` lots of the first leg exactly.
        value_e4: value, or delta, of one lot in base currency: what a hedge error is stated in, and what the lot weighs
            in a hedge by value. lot_value_e4: its value in any case.
        cap_lots: most lots that can be traded; cap_reason: what bounds them.
        step_lots, minimum_lots, largest_lots: quantities that the venue takes in one order.
        children_max: orders that the leg may be split into.
        odd_lots: what a sale may carry beyond whole steps: the odd rest of the inventory, all of it or nothing.
        residual_e9: 1e-9 lots that earlier orders left to trade on this side; negative where they traded too many.
        held_e9: 1e-9 lots of hedge that the position holds; the tolerance is a share of them and of the order.
        held_lots: of a closing order: lots held; what is left of them must have its counterpart.
    """

    def __init__(self) -> None:
        self.exact_e9: i64 = LOT_E9
        self.per_lots: i64 = 1
        self.value_e4: i64 = 0
        self.lot_value_e4: i64 = 0
        self.cap_lots: i64 = 0
        self.cap_reason: str = REASON_DEPTH
        self.step_lots: i64 = 1
        self.minimum_lots: i64 = 1
        self.largest_lots: i64 = 1_000_000
        self.children_max: i64 = 1
        self.odd_lots: i64 = 0
        self.residual_e9: i64 = 0
        self.held_e9: i64 = 0
        self.held_lots: i64 = 0

    def exact_lots_e9(self, reference: i64) -> i64:
        """1e-9 lots that hedge `reference` lots of the first leg, rounded down."""
        return multiply_divide(reference, self.exact_e9, self.per_lots)

    def bound(self, lots: i64, reason: str) -> None:
        """Lower the cap."""
        if lots < self.cap_lots:
            self.cap_lots = lots if lots > 0 else 0
            self.cap_reason = reason

    def is_taken(self, lots: i64) -> bool:
        """Whether the venue takes the quantity in at most `children_max` orders."""
        odd = lots % self.step_lots
        whole = lots - odd
        if odd != 0:
            if odd != self.odd_lots:
                return False
            if whole == 0:
                return True
        largest = self.largest_lots - self.largest_lots % self.step_lots
        smallest = self.minimum_lots + (self.step_lots - self.minimum_lots % self.step_lots) % self.step_lots
        if whole < smallest or largest < smallest:
            return False
        children = (whole + largest - 1) // largest
        return children <= self.children_max and children * smallest <= whole

    def nearest(self, wanted_e9: i64) -> i64:
        """The quantity nearest to the wanted one that the venue takes and the cap allows, halves up; 0 when none."""
        wanted = wanted_e9 // LOT_E9 if wanted_e9 > 0 else 0
        if self.step_lots == 1 and self.minimum_lots <= 1 and wanted < self.largest_lots:
            lots = (wanted_e9 + _HALF_LOT_E9) // LOT_E9
            if lots < 1:
                lots = 1
            return lots if lots < self.cap_lots else self.cap_lots
        below = self._at_or_below(wanted)
        above = self._above(wanted)
        if above == 0 or (below > 0 and wanted_e9 - below * LOT_E9 < above * LOT_E9 - wanted_e9):
            return below
        return above

    def _at_or_below(self, lots: i64) -> i64:
        start = lots if lots < self.cap_lots else self.cap_lots
        best = self._walk_down(start - start % self.step_lots)
        if self.odd_lots > 0:
            odd = start - (start - self.odd_lots) % self.step_lots if start >= self.odd_lots else 0
            odd = self._walk_down(odd)
            if odd > best:
                best = odd
        return best

    def _walk_down(self, lots: i64) -> i64:
        while lots > 0 and not self.is_taken(lots):
            lots -= self.step_lots
        return lots if lots > 0 else 0

    def _above(self, lots: i64) -> i64:
        best = self._walk_up(lots - lots % self.step_lots + self.step_lots)
        if self.odd_lots > 0:
            odd = lots + 1 + (self.odd_lots - lots - 1) % self.step_lots
            odd = self._walk_up(odd)
            if odd > 0 and (best == 0 or odd < best):
                best = odd
        return best

    def _walk_up(self, lots: i64) -> i64:
        """The first quantity from `lots` on that the venue takes; 0 when the cap is reached first."""
        while lots <= self.cap_lots:
            if self.is_taken(lots):
                return lots
            lots += self.step_lots
        return 0


@final
class Budget:
    """What is left of a limit, in base currency, and what one lot of each leg takes of it."""

    def __init__(self, room_e4: i64, costs_e4: list[i64]) -> None:
        self.room_e4: i64 = room_e4
        self.costs_e4: list[i64] = costs_e4

    def holds(self, lots: list[i64]) -> bool:
        """Whether the quantities fit."""
        total: i64 = 0
        for leg in range(len(lots)):
            total = checked_add(total, checked_multiply(self.costs_e4[leg], lots[leg]))
        return total <= self.room_e4


@final
class Problem:
    """What is to be aligned.

    Attributes:
        wanted_lots: most lots of the first leg; minimum_lots: fewest that are worth an order.
        tolerance_e6: largest hedge error as a share of the exact hedge, in 1e-6.
        rounds: half a step is within tolerance in any case (an exit is not kept waiting for a better fraction).
        budgets: what limits leave.
    """

    def __init__(self, legs: list[LegQuantity], wanted_lots: i64, minimum_lots: i64, tolerance_e6: i64) -> None:
        self.legs: list[LegQuantity] = legs
        self.wanted_lots: i64 = wanted_lots
        self.minimum_lots: i64 = minimum_lots
        self.tolerance_e6: i64 = tolerance_e6
        self.rounds: bool = False
        self.budgets: list[Budget] = []


@final
class Alignment:
    """Outcome of the search: `lots` is empty when nothing fits, and `reason` says why.

    Attributes:
        exact_e9: per leg, the 1e-9 lots that hedge the first leg's lots exactly.
        hedge_error_e4, tolerance_e4: of the leg that is furthest from its exact hedge, residual included.
        residual_e9: what that leg lacks after this order, on the order's side.
        was_limited: a limit was in the way of a larger quantity.
    """

    def __init__(self) -> None:
        self.lots: list[i64] = []
        self.exact_e9: list[i64] = []
        self.reason: str = ""
        self.hedge_error_e4: i64 = 0
        self.tolerance_e4: i64 = 0
        self.residual_e9: i64 = 0
        self.was_limited: bool = False


def search(problem: Problem) -> Alignment:
    """The largest aligned quantities of at most `wanted_lots` of the first leg."""
    result = Alignment()
    result.reason = REASON_MINIMUM
    first = problem.legs[0]
    reference = problem.wanted_lots
    lowest = problem.minimum_lots if problem.minimum_lots > 0 else 1
    if reference >= lowest and reference <= first.cap_lots and candidate(problem, reference, result):
        return result
    bound = _highest(problem)
    if bound < reference:
        reference = bound
        reason = _binding_reason(problem)
        result.was_limited = reason == REASON_LIMIT
        if reference < lowest and problem.wanted_lots >= lowest:
            result.reason = reason
    else:
        reference -= 1
    while reference >= lowest:
        if candidate(problem, reference, result):
            return result
        reference -= 1
    return result


def _highest(problem: Problem) -> i64:
    """A quantity of the first leg above which some leg's cap is exceeded by more than its tolerance."""
    bound = problem.legs[0].cap_lots
    for leg in range(1, len(problem.legs)):
        quantity = problem.legs[leg]
        if quantity.exact_e9 <= 0 or problem.tolerance_e6 >= _E6:
            continue
        # exact + residual - cap <= tolerance * (exact + held), and beyond it by what rounding or a residual excuses.
        slack = quantity.cap_lots * LOT_E9 - quantity.residual_e9 + _share(quantity.held_e9, problem.tolerance_e6)
        slack += quantity.step_lots * LOT_E9
        slack += quantity.residual_e9 if quantity.residual_e9 > 0 else -quantity.residual_e9
        exact = multiply_divide(slack, _E6, _E6 - problem.tolerance_e6)
        most = multiply_divide(exact, quantity.per_lots, quantity.exact_e9) + 1 if exact >= 0 else 0
        if most < bound:
            bound = most
    return bound


def _binding_reason(problem: Problem) -> str:
    """Why not even the minimum fits: the cap of the leg that bounds the first leg most."""
    reason = problem.legs[0].cap_reason
    lowest = problem.legs[0].cap_lots
    for leg in range(1, len(problem.legs)):
        quantity = problem.legs[leg]
        most = multiply_divide(quantity.cap_lots * LOT_E9, quantity.per_lots, quantity.exact_e9)
        if most < lowest:
            lowest = most
            reason = quantity.cap_reason
    return reason


def _share(quantity_e9: i64, tolerance_e6: i64) -> i64:
    """quantity * tolerance / 1e6, rounded down, without a large product."""
    return quantity_e9 // _E6 * tolerance_e6 + quantity_e9 % _E6 * tolerance_e6 // _E6


def candidate(problem: Problem, reference: i64, result: Alignment) -> bool:
    """Whether `reference` lots of the first leg can be aligned; the result holds the quantities, or why not."""
    first = problem.legs[0]
    if not first.is_taken(reference):
        result.reason = REASON_SMALLEST if reference <= first.largest_lots * first.children_max else REASON_LARGEST
        return False
    lots: list[i64] = [reference]
    exact: list[i64] = [reference * LOT_E9]
    worst: i64 = 0
    worst_error: i64 = 0
    worst_allowed: i64 = _share(exact[0] + first.held_e9, problem.tolerance_e6)
    for leg in range(1, len(problem.legs)):
        quantity = problem.legs[leg]
        exact_e9 = quantity.exact_lots_e9(reference)
        wanted_e9 = exact_e9 + quantity.residual_e9
        chosen = quantity.nearest(wanted_e9)
        if chosen <= 0:
            result.reason = quantity.cap_reason if quantity.cap_lots < quantity.minimum_lots else REASON_SMALLEST
            return False
        left = wanted_e9 - chosen * LOT_E9
        error = -left if left < 0 else left
        allowed = _allowed_e9(problem, quantity, exact_e9)
        if error > allowed:
            # A cap that is in the way says more than the tolerance that it breaks.
            result.reason = quantity.cap_reason if left > 0 and chosen == quantity.cap_lots else REASON_TOLERANCE
            return False
        if not _leaves_counterpart(first, quantity, reference, chosen):
            result.reason = REASON_REMAINDER
            return False
        if worst == 0 or error > worst_error:
            worst = leg
            worst_error = error
            worst_allowed = allowed
            result.residual_e9 = left
        lots.append(chosen)
        exact.append(exact_e9)
    for budget in problem.budgets:
        if not budget.holds(lots):
            result.reason = REASON_LIMIT
            result.was_limited = True
            return False
    value_e4 = problem.legs[worst].value_e4
    result.lots = lots
    result.exact_e9 = exact
    result.reason = ""
    result.hedge_error_e4 = multiply_divide(worst_error, value_e4, LOT_E9)
    result.tolerance_e4 = multiply_divide(worst_allowed, value_e4, LOT_E9)
    return True


def _allowed_e9(problem: Problem, quantity: LegQuantity, exact_e9: i64) -> i64:
    """Largest hedge error: the tolerance's share of what is held and traded; less than was found is always better."""
    allowed = _share(exact_e9 + quantity.held_e9, problem.tolerance_e6)
    found = quantity.residual_e9 if quantity.residual_e9 > 0 else -quantity.residual_e9
    if found - 1 > allowed:
        allowed = found - 1
    if problem.rounds and quantity.step_lots * _HALF_LOT_E9 > allowed:
        allowed = quantity.step_lots * _HALF_LOT_E9
    return allowed


def _leaves_counterpart(first: LegQuantity, quantity: LegQuantity, reference: i64, chosen: i64) -> bool:
    """Of a closing order: whether both legs are closed whole, or something of both is left."""
    if quantity.held_lots == 0:
        return True
    return (chosen == quantity.held_lots) == (reference == first.held_lots)
