"""A single order by hand as a spread order of one leg: the same machine, the same reservation, no ladder."""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND
from cross_market_connect.domain.order import OFFSET_CLOSE, OFFSET_CLOSE_TODAY, OrderCommand
from cross_market_connect.domain.spread import (
    DIFFERENCE,
    STEP_HALT,
    LadderStep,
    SpreadDefinition,
    SpreadLeg,
    TriggerRule,
)
from cross_market_connect.trading.orders import SpreadOrder

# The index of the definition of a single order: no configured spread's.
MANUAL_INDEX: Final[i64] = -1
MANUAL_NAME: Final[str] = "manual"
# A day order lives as long as its venue lets it.
MANUAL_DEADLINE_NS: Final[i64] = 31_536_000 * NANOSECONDS_PER_SECOND
_ONE_E9: Final[i64] = 1_000_000_000


def single_order(order_id: i64, command: OrderCommand, route: i64, account: str) -> SpreadOrder:
    """A spread order of one leg for the command. One leg alone is never out of balance, so the ladder is its end."""
    leg = SpreadLeg(command.instrument_index, 1, _ONE_E9, 1.0, route, account, 0, 1, 1.0)
    definition = SpreadDefinition(
        MANUAL_INDEX,
        MANUAL_NAME,
        "1",
        [leg],
        TriggerRule(DIFFERENCE, 0.0, 0.0, 0.0, 0.0),
        [LadderStep(STEP_HALT, 1, 0, 0, MANUAL_DEADLINE_NS)],
        command.quantity_lots,
        command.quantity_lots,
        0,
        MANUAL_DEADLINE_NS,
    )
    opening = command.offset != OFFSET_CLOSE and command.offset != OFFSET_CLOSE_TODAY
    order = SpreadOrder(order_id, definition, command.side, opening)
    order.targets[0] = command.quantity_lots
    order.sides[0] = command.side
    order.limits[0] = command.price_ticks
    return order


def is_single(order: SpreadOrder) -> bool:
    """Whether it is one order by hand: no spread's trigger and no spread's position is concerned."""
    return order.definition.index == MANUAL_INDEX
