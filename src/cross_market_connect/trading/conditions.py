"""What a market allows for one instrument now: phase, price limits, inventory, borrow, quota, dates, corporate actions.

Read only on the slow side of a trigger. The values are constants of the configuration until a recorded input changes
them (`EngineCore.on_condition`), and the engine's own fills use up inventory, borrow and quota: so a replay and a
restart see what the run saw. Whatever learns a value from a venue or from a table states it through that input.
"""

from __future__ import annotations

from typing import Final, final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.order import BUY

# Trading phases of one instrument. Only the continuous one triggers.
PHASE_CONTINUOUS: Final[i64] = 0
PHASE_AUCTION: Final[i64] = 1
PHASE_BREAK: Final[i64] = 2
PHASE_HALTED: Final[i64] = 3
PHASE_SUSPENDED: Final[i64] = 4
PHASE_CLOSED: Final[i64] = 5
PHASE_NAMES: Final[tuple[str, ...]] = ("continuous", "auction", "break", "halted", "suspended", "closed")

# More lots than any order: "not bounded here".
UNBOUNDED_LOTS: Final[i64] = 1_000_000_000_000
# More days than any contract lives: "no such day".
NO_SUCH_DAY: Final[i64] = 1_000_000

CONDITION_PHASE: Final[i64] = 0
CONDITION_LOCKED_SIDE: Final[i64] = 1
CONDITION_DAYS_TO_LAST_TRADING: Final[i64] = 2
CONDITION_DAYS_TO_FIRST_NOTICE: Final[i64] = 3
CONDITION_CORPORATE_ACTION: Final[i64] = 4
CONDITION_BORROW_LOTS: Final[i64] = 5
CONDITION_QUOTA_LOTS: Final[i64] = 6
CONDITION_SELLABLE_LOTS: Final[i64] = 7
CONDITION_CLOSE_TODAY_LOTS: Final[i64] = 8
CONDITION_SNAPSHOT_PERIOD_NS: Final[i64] = 9
CONDITION_SKEW_UNCERTAINTY_NS: Final[i64] = 10
# condition: (name, smallest value, largest value, value that says "nothing special", meaning)
CONDITIONS: Final[tuple[tuple[str, int, int, int, str], ...]] = (
    ("phase", 0, 5, 0, "one of PHASE_*"),
    ("locked_side", -1, 1, 0, "side (BUY or SELL) whose orders find no counterparty at the price limit; 0 none"),
    ("days_to_last_trading", -1, 1_000_000, 1_000_000, "trading days until the last trading day; 0 is that day"),
    ("days_to_first_notice", -1, 1_000_000, 1_000_000, "trading days until first notice; 0 is that day"),
    ("corporate_action", 0, 1, 0, "1: one is effective and not processed"),
    ("borrow_lots", 0, 10**12, 10**12, "lots that can still be borrowed and sold short"),
    ("quota_lots", 0, 10**12, 10**12, "lots that the venue's quota still lets be bought"),
    ("sellable_lots", 0, 10**12, 10**12, "inventory that can be sold now (T+1: what was held overnight)"),
    ("close_today_lots", 0, 10**12, 10**12, "lots opened today that can be closed today; 0 under T+1"),
    ("snapshot_period_ns", 0, 3_600 * 10**9, 0, "a snapshot feed's period: part of a quote's age"),
    ("skew_uncertainty_ns", 0, 3_600 * 10**9, 0, "uncertainty of the time of the instrument's quotes"),
)
CONDITION_COUNT: Final[i64] = 11
CONDITION_NAMES: Final[tuple[str, ...]] = tuple(row[0] for row in CONDITIONS)


@final
class InstrumentConditions:
    """The conditions of one instrument, by CONDITION_*."""

    def __init__(self) -> None:
        self.values: vec[i64] = vec[i64]([row[3] for row in CONDITIONS])

    def has_inventory_limit(self) -> bool:
        """Whether sales are bounded by what is held: a market without free short selling or with T+1."""
        return self.values[CONDITION_SELLABLE_LOTS] < UNBOUNDED_LOTS

    def closable_lots(self, side: i64) -> i64:
        """Lots that an order of the side may sell out of inventory; a purchase is bounded by quota alone."""
        values = self.values
        if side == BUY:
            return values[CONDITION_QUOTA_LOTS]
        if values[CONDITION_SELLABLE_LOTS] >= UNBOUNDED_LOTS:
            return UNBOUNDED_LOTS
        today = values[CONDITION_CLOSE_TODAY_LOTS]
        # Where nothing bounds what was bought today, the fills have counted it into the inventory.
        return values[CONDITION_SELLABLE_LOTS] + (today if today < UNBOUNDED_LOTS else 0)

    def openable_lots(self, side: i64) -> i64:
        """Lots that an order of the side may trade when it may also open: inventory first, then borrow for a sale."""
        lots = self.closable_lots(side)
        if side == BUY or lots >= UNBOUNDED_LOTS:
            return lots
        lots += self.values[CONDITION_BORROW_LOTS]
        return lots if lots < UNBOUNDED_LOTS else UNBOUNDED_LOTS

    def count_fill(self, side: i64, lots: i64) -> None:
        """Use up what a fill used up (negative lots give it back: a trade that the venue cancelled).

        A sale takes inventory, then what was bought today, then borrow. A purchase takes quota, and becomes inventory
        at once where nothing bounds closing on the same day.
        """
        values = self.values
        if side == BUY:
            self._take(CONDITION_QUOTA_LOTS, lots)
            if self.has_inventory_limit():
                if values[CONDITION_CLOSE_TODAY_LOTS] >= UNBOUNDED_LOTS:
                    self._take(CONDITION_SELLABLE_LOTS, -lots)
            return
        if not self.has_inventory_limit():
            self._take(CONDITION_BORROW_LOTS, lots)
            return
        left = self._take(CONDITION_SELLABLE_LOTS, lots)
        left = self._take(CONDITION_CLOSE_TODAY_LOTS, left)
        self._take(CONDITION_BORROW_LOTS, left)

    def _take(self, condition: i64, lots: i64) -> i64:
        """Lower the value, not below zero; returns the lots that it did not hold. An unbounded one holds everything."""
        held = self.values[condition]
        if held >= UNBOUNDED_LOTS:
            return 0
        if lots > held:
            self.values[condition] = 0
            return lots - held
        self.values[condition] = held - lots
        return 0


def condition_fault(instruments: i64, instrument_index: i64, condition: i64, value: i64) -> str:
    """Why the value is none of the condition's, for one of so many instruments; empty when it is one."""
    if instrument_index < 0 or instrument_index >= instruments:
        return f"instrument {instrument_index} is unknown; expected 0 to {instruments - 1}"
    if condition < 0 or condition >= CONDITION_COUNT:
        return f"condition {condition} is unknown; expected 0 to {CONDITION_COUNT - 1}"
    name, smallest, largest, _, _ = CONDITIONS[condition]
    if value < smallest or value > largest:
        return f"{name} {value}; expected {smallest} to {largest}"
    return ""


def is_locked(conditions: InstrumentConditions, side: i64) -> bool:
    """Whether an order of the side finds no counterparty, because the market is locked at its price limit."""
    return conditions.values[CONDITION_LOCKED_SIDE] == side
