"""What rounding leaves is judged by fractions over the venues' ledgers; a residual that is dropped is told."""

from __future__ import annotations

import pytest

from cross_market_connect.domain.order import BUY, DAY, LIMIT
from cross_market_connect.matching.orders import ExchangeOrder
from cross_market_connect.simulation import told
from cross_market_connect.simulation.judged import Parent, Sent
from cross_market_connect.simulation.oracles import Judge
from cross_market_connect.simulation.shapes import SHAPES, Shape, shape_of
from cross_market_connect.simulation.specials import SPECIALS, uneven


def at_venue(lots: int) -> ExchangeOrder:
    """What a venue has of an order that filled."""
    result = ExchangeOrder(0, 0, b"1", 0, BUY, LIMIT, DAY, 100, lots)
    result.cumulative_lots = lots
    return result


def judge() -> Judge:
    """Of a spread in which 0.7 or 0.8 or 1.3 lots hedge one lot; its first spread's ratios are put in by hand."""
    kind = SPECIALS.index(uneven)
    number = next(n for n in range(SHAPES + kind, 1_000, len(SPECIALS)) if len(shape_of(n).definitions[0].legs) == 2)
    result: Judge = Shape(number).judge()
    definition = result.definitions[0]
    definition.legs[0].ratio_e9, definition.legs[1].ratio_e9 = 1_000_000_000, 700_000_000
    return type(result)(result.definitions, result.venue_of_route, result.naked_limits_e4, result.tick_value_e4)


def order(into: Judge, number: int, targets: list[int], knows: bool = True) -> Parent:
    """One more spread order that buys the spread, judged, and filled whole."""
    definition = into.definitions[0]
    parent = Parent(number, definition, 1, True)
    parent.targets = targets
    parent.sides = [int(leg.side) for leg in definition.legs]
    into.parents[number] = parent
    into.carrying.aligned(into, parent)
    for leg, lots in enumerate(targets):
        heard = told.Order(lots)
        heard.cumulative = lots if knows else 0
        side = parent.sides[leg]
        parent.sent.append(Sent(number * 10 + leg, parent, leg, side, lots, 0, 0, leg, heard, at_venue(lots)))
    return parent


def test_what_is_carried_is_right_and_what_is_dropped_is_told() -> None:
    # 1.4 lots hedge 2: 1, 2 (2.8 in all), 1 (4.2), 2 (5.6), 1 (7.0).
    carried = judge()
    for number, lots in enumerate((1, 2, 1, 2, 1), 1):
        order(carried, number, [2, lots])
    assert carried.violations == []
    dropped = judge()
    dropped.carrying.position_lots_max = 1_000
    for number in range(1, 4):
        order(dropped, number, [2, 1])
    assert len(dropped.violations) == 2
    assert "leg 1 would be -0.800 lots from its exact hedge with 1 more to -1 for 4" in dropped.violations[0]


def test_too_many_lots_are_wrong_whatever_the_market_offers() -> None:
    many = judge()
    many.carrying.quoted(1, 1, 1)
    order(many, 1, [2, 2])
    assert "leg 1 would be +0.600 lots" in many.violations[0]


@pytest.mark.parametrize("excuse", ["thin", "capped", "limit"])
def test_fewer_lots_are_excused_where_there_were_no_more(excuse: str) -> None:
    few = judge()
    few.carrying.position_lots_max = 12 if excuse == "limit" else 1_000
    venue = few.venue_of_route[int(few.definitions[0].legs[1].route)]
    few.carrying.quoted(venue, 1, 1) if excuse == "thin" else few.carrying.quoted(venue, 500, 500)
    if excuse == "capped":
        few.carrying.capped.add(venue)
    order(few, 1, [2, 1])
    order(few, 2, [2, 1])
    assert few.violations == []


def test_a_market_that_is_not_heard_is_traded_by_what_it_offered_before() -> None:
    """Its market data is dark from 100 on: 1 lot was offered then, and 500 in every quote since."""
    for now_ns, is_told in ((99, True), (100, False), (200, False), (201, True)):
        few = judge()
        few.carrying.position_lots_max = 1_000
        venue = few.venue_of_route[int(few.definitions[0].legs[1].route)]
        for lots in (1, 500, 500):
            few.carrying.quoted(venue, lots, lots)
        few.trouble(1 - venue, 0, 1_000)
        few.trouble(venue, 100, 200)
        few.now_ns = now_ns
        order(few, 1, [2, 1])
        order(few, 2, [2, 1])
        assert bool(few.violations) == is_told, now_ns


def test_a_process_that_stood_still_reads_old_quotes_one_by_one() -> None:
    for now_ns, is_told in ((99, True), (100, False), (1_000_200, False), (1_000_201, True)):
        few = judge()
        few.carrying.position_lots_max = 1_000
        few.hang(100, 200)
        few.now_ns = now_ns
        order(few, 1, [2, 1])
        order(few, 2, [2, 1])
        assert bool(few.violations) == is_told, now_ns


def test_what_the_engine_was_not_told_of_it_cannot_carry() -> None:
    untold = judge()
    untold.carrying.position_lots_max = 1_000
    order(untold, 1, [2, 1], knows=False)
    order(untold, 2, [2, 1])
    assert untold.violations == []
