"""What a fill uses up of inventory, today's purchases, borrow and quota; hand-worked."""

import pytest
from mypy_extensions import i64

from cross_market_connect.domain.order import BUY, SELL
from cross_market_connect.trading.conditions import (
    CONDITION_BORROW_LOTS,
    CONDITION_CLOSE_TODAY_LOTS,
    CONDITION_COUNT,
    CONDITION_LOCKED_SIDE,
    CONDITION_NAMES,
    CONDITION_QUOTA_LOTS,
    CONDITION_SELLABLE_LOTS,
    UNBOUNDED_LOTS,
    InstrumentConditions,
    condition_fault,
    is_locked,
)

ORDER = (CONDITION_SELLABLE_LOTS, CONDITION_CLOSE_TODAY_LOTS, CONDITION_BORROW_LOTS, CONDITION_QUOTA_LOTS)
FREE = int(UNBOUNDED_LOTS)


def holding(*lots: int) -> InstrumentConditions:
    """Conditions with these lots of inventory, today's purchases, borrow, quota."""
    conditions = InstrumentConditions()
    for condition, value in zip(ORDER, lots, strict=True):
        conditions.values[condition] = i64(value)
    return conditions


@pytest.mark.parametrize(
    "lots, side, filled, left",
    [
        # A sale: inventory, then today's, then borrow, each down to zero and not below.
        ((10, 5, 3, 7), SELL, 4, (6, 5, 3, 7)),
        ((10, 5, 3, 7), SELL, 10, (0, 5, 3, 7)),
        ((10, 5, 3, 7), SELL, 12, (0, 3, 3, 7)),
        ((10, 5, 3, 7), SELL, 17, (0, 0, 1, 7)),
        ((10, 5, 3, 7), SELL, 99, (0, 0, 0, 7)),
        # Nothing bounds what was bought today: it is in the inventory already, and takes what that does not hold.
        ((10, FREE, 3, 7), SELL, 12, (0, FREE, 3, 7)),
        # Free short selling: only borrow counts, where there is a bound on it.
        ((FREE, 5, 3, 7), SELL, 2, (FREE, 5, 1, 7)),
        ((FREE, 5, FREE, 7), SELL, 2, (FREE, 5, FREE, 7)),
        # A purchase takes quota, and is sellable on the same day only where nothing bounds that.
        ((10, 0, 3, 7), BUY, 4, (10, 0, 3, 3)),
        ((10, FREE, 3, 7), BUY, 4, (14, FREE, 3, 3)),
        ((FREE, FREE, 3, 7), BUY, 9, (FREE, FREE, 3, 0)),
        # A trade that the venue cancelled gives it back.
        ((6, 5, 3, 7), SELL, -4, (10, 5, 3, 7)),
        ((14, FREE, 3, 3), BUY, -4, (10, FREE, 3, 7)),
    ],
)
def test_what_a_fill_uses_up(lots: tuple[int, ...], side: int, filled: int, left: tuple[int, ...]) -> None:
    conditions = holding(*lots)
    conditions.count_fill(side, filled)
    assert tuple(int(conditions.values[condition]) for condition in ORDER) == left


@pytest.mark.parametrize(
    "lots, side, closable, openable",
    [
        ((10, 5, 3, 7), SELL, 15, 18),
        ((10, FREE, 3, 7), SELL, 10, 13),
        ((10, 5, FREE, 7), SELL, 15, FREE),
        ((FREE, 5, 3, 7), SELL, FREE, FREE),
        ((10, 5, 3, 7), BUY, 7, 7),
    ],
)
def test_what_may_be_sold(lots: tuple[int, ...], side: int, closable: int, openable: int) -> None:
    conditions = holding(*lots)
    assert (conditions.closable_lots(side), conditions.openable_lots(side)) == (closable, openable)


def test_a_market_is_locked_on_one_side() -> None:
    conditions = InstrumentConditions()
    assert not is_locked(conditions, BUY) and not is_locked(conditions, SELL)
    conditions.values[CONDITION_LOCKED_SIDE] = i64(SELL)
    assert is_locked(conditions, SELL) and not is_locked(conditions, BUY)


@pytest.mark.parametrize(
    "instrument, condition, value, fault",
    [
        (0, CONDITION_SELLABLE_LOTS, 0, ""),
        (1, CONDITION_SELLABLE_LOTS, FREE, ""),
        (2, CONDITION_SELLABLE_LOTS, 0, "instrument 2 is unknown; expected 0 to 1"),
        (-1, CONDITION_SELLABLE_LOTS, 0, "instrument -1 is unknown; expected 0 to 1"),
        (0, -1, 0, f"condition -1 is unknown; expected 0 to {CONDITION_COUNT - 1}"),
        (0, CONDITION_COUNT, 0, f"condition {CONDITION_COUNT} is unknown; expected 0 to {CONDITION_COUNT - 1}"),
        (0, CONDITION_SELLABLE_LOTS, -1, f"{CONDITION_NAMES[CONDITION_SELLABLE_LOTS]} -1; expected 0 to {FREE}"),
        (
            0,
            CONDITION_SELLABLE_LOTS,
            FREE + 1,
            f"{CONDITION_NAMES[CONDITION_SELLABLE_LOTS]} {FREE + 1}; expected 0 to {FREE}",
        ),
    ],
)
def test_what_is_no_condition_is_said(instrument: int, condition: int, value: int, fault: str) -> None:
    assert condition_fault(2, instrument, condition, value) == fault
