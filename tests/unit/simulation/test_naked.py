"""Each of the three causes of a naked unit is counted, alone and together, against the venues' own books."""

import pytest

from cross_market_connect.simulation.naked import naked_units
from tests.unit.trading.support import Bench, definition
from tests.unit.trading.venue import FakeVenue


def filled(first_lots: int, second_lots: int) -> Bench:
    """A spread order of 3 lots each, bought on the first leg and sold on the second, filled so far."""
    bench = Bench(definition())
    bench.open()
    venue = FakeVenue(bench)
    for leg, lots in enumerate((first_lots, second_lots)):
        if lots:
            venue.fills(int(bench.routes.sent[leg].client_order_id), lots)
    return bench


def held(bench: Bench) -> dict[str, int]:
    """What the venues' ledgers hold when they agree with the engine."""
    return {one.symbol: int(bench.desk.ledger.position_lots[one.index]) for one in bench.instruments}


def test_a_matched_position_that_the_venues_confirm_is_not_naked() -> None:
    bench = filled(3, 3)
    assert held(bench) == {"XV00.I0": 3, "XV01.I1": -3}
    assert naked_units(bench.desk, held(bench), 0) == 0


def test_lots_that_a_spread_order_could_not_match_are_naked() -> None:
    bench = filled(3, 1)
    assert naked_units(bench.desk, held(bench), 0) == 2


@pytest.mark.parametrize(("symbol", "lots", "naked"), [("XV00.I0", 5, 2), ("XV00.I0", 0, 3), ("XV01.I1", 3, 6)])
def test_lots_by_which_a_venue_differs_from_the_engine_are_naked_in_either_direction(
    symbol: str, lots: int, naked: int
) -> None:
    bench = filled(3, 3)
    assert naked_units(bench.desk, {**held(bench), symbol: lots}, 0) == naked


def test_orders_that_may_still_fill_are_naked() -> None:
    bench = filled(3, 3)
    assert naked_units(bench.desk, held(bench), 2) == 2


def test_causes_add_up_and_do_not_cancel() -> None:
    """2 unmatched, the venues 1 above and 1 below, 1 open order."""
    bench = filled(3, 1)
    assert naked_units(bench.desk, {"XV00.I0": 4, "XV01.I1": -2}, 1) == 2 + 1 + 1 + 1


def test_an_instrument_that_is_only_quoted_is_held_nowhere() -> None:
    bench = filled(3, 3)
    assert naked_units(bench.desk, {}, 0) == 0
