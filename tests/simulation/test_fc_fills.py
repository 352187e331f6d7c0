"""Failure cases of fills: in parts, too many, twice, late, taken back; the balance is what the venues' ledgers say."""

import pytest

from cross_market_connect.domain.execution import Quoting
from cross_market_connect.domain.order import BUY
from cross_market_connect.domain.records import LEG_ORDER, RECEIPT
from cross_market_connect.simulation.pair import Market
from cross_market_connect.simulation.scenario import Scenario

MS = 1_000_000


def partial(lots: int, first: int = 1) -> dict[str, object]:
    return {"fault": "partial", "fill_lots": lots, "first": first}


def halted(first: int, side: int = 0) -> dict[str, object]:
    return {"fault": "reject", "reason": "halted", "first": first, "times": 0, "side": side}


def counted(world: Scenario, leg: int) -> int:
    """Lots that the log counts for a leg, signed by what was bought and sold."""
    sides = {seen.fields["client_order_id"]: int(seen.fields["side"]) for seen in world.records(int(LEG_ORDER))}
    return sum(
        sides[seen.fields["client_order_id"]] * int(seen.fields["counted_lots"])
        for seen in world.records(int(RECEIPT))
        if seen.fields["leg"] == leg
    )


def test_fc_04_the_hedge_leaves_in_the_step_of_the_report_that_asks_for_it() -> None:
    """The input that tells the last of both legs' results is the input in which the order for B's other 3 leaves."""
    world = Scenario(rules={"B": [partial(1)]}).begin()
    world.trigger()
    world.run_for(1)
    world.venues["B"].quote(10_010, 10_011)
    world.run_for(200)
    repair = next(seen for seen in world.sent() if seen.fields["role"] != 0)
    answers = [seen for seen in world.records(int(RECEIPT)) if seen.seq < repair.seq]
    assert repair.input_seq == answers[-1].input_seq
    assert repair.now_ns == answers[-1].now_ns
    assert world.positions() == (4, -4)


@pytest.mark.parametrize("legs", ["A", "B", "AB"])
@pytest.mark.parametrize("fills", [4, 1])
def test_fc_05_trade_and_status_reports_give_the_same_result_in_any_order(legs: str, fills: int) -> None:
    def play(rules: dict[str, list[dict[str, object]]]) -> tuple[object, ...]:
        world = Scenario(rules={**rules, "B": [*rules.get("B", []), partial(fills), halted(2)]}).begin()
        world.trigger()
        world.run_for(1_000)
        return [venue.told() for venue in world.venues.values()], world.positions(), world.states(), world.alerts()

    expected = play({})
    assert play({letter: [{"fault": "reversed"}] for letter in legs}) == expected
    assert expected[1] == (fills, -fills)


def test_fc_06_what_is_less_than_a_unit_at_the_stop_is_traded_back() -> None:
    """Ratio 3 to 1: 2 of 3 fill, the rest is refused, the operator stops: nothing stays naked, and the end says so."""
    world = Scenario(
        rules={"A": [partial(2), halted(2, int(BUY))]},
        overrides={
            "spread.pair.leg.0.ratio": 3,
            "spread.pair.quantity.reference_lots": 3,
            "spread.pair.quantity.position_units_max": 1,
        },
    ).begin()
    world.trigger()
    world.run_for(0.2)
    world.stop()
    world.run_until(lambda: bool(world.engine.running().finished), 5_000)
    assert world.venues["A"].told() == ["buy 3 at 10000: 2", "buy 1 at 10000: halted", "sell 2 at 9994: 2"]
    assert world.venues["B"].told() == ["sell 1 at 10010: 1", "buy 1 at 10016: 1"]
    assert world.positions() == (0, 0)
    assert world.open_lots() == 0
    assert world.states()[-1] == "unwound"


def test_fc_07_two_hedges_for_one_are_a_deficit_of_the_other_sign() -> None:
    """The 2 that B lacked are sold again, then the venue tells that the first order had sold them too: 2 go back."""
    world = Scenario(rules={"B": [partial(2), {"fault": "late_fill", "delay_ns": 300 * MS}]}).begin()
    world.trigger()
    world.run_for(1)
    world.venues["B"].quote(10_010, 10_011)
    world.run_for(2_000)
    assert world.venues["B"].told()[-1] == "buy 2 at 10016: 2"
    assert world.positions() == (4, -4)
    assert counted(world, 1) == -4
    assert world.states()[-4:] == ["complete", "repairing", "unwinding", "unwound"]
    assert "late_fill" in world.alerts()


def test_fc_14_a_fill_after_the_end_of_its_order_counts() -> None:
    """B's order is reported expired with 2 of 4, and its other 2 fills are told 20 ms later."""
    world = Scenario(rules={"B": [partial(2), {"fault": "late_fill", "delay_ns": 20 * MS}]}).begin()
    world.trigger()
    world.run_for(2_000)
    assert world.positions() == (4, -4)
    assert counted(world, 1) == -4
    assert sum(int(order.cumulative_lots) for order in world.venues["B"].orders()) == 4
    assert world.states()[-1] == "complete"


def test_fc_14_a_fill_after_the_spread_order_has_ended_opens_it_again() -> None:
    """A was traded back because B was refused for good after 1; then 3 more fills of B are told: they go back too."""
    world = Scenario(rules={"B": [partial(1), {"fault": "late_fill", "delay_ns": 900 * MS}, halted(2)]}).begin()
    world.trigger()
    world.run_for(500)
    assert (world.positions(), world.states()[-1]) == ((1, -1), "unwound")
    world.venues["B"].exchange.settings.rules.clear()
    world.run_for(3_000)
    assert world.states().count("repairing") == 2
    assert world.positions()[0] == -world.positions()[1]
    assert world.open_lots() == 0


WITHOUT_IOC = {"source.b_orders.time_in_force": ["day"]}


def test_fc_14_a_fill_that_overtakes_its_cancel_counts() -> None:
    """B has no immediate-or-cancel: what rests is cancelled after 200 ms, and trades just before the cancel arrives."""
    rules = [partial(1), {"fault": "fill_first", "message": "cancel"}]
    world = Scenario(rules={"B": rules}, overrides=WITHOUT_IOC).begin()
    world.trigger()
    took_ms = world.settle()
    assert 200 < took_ms < 210
    assert world.venues["B"].told() == ["sell 4 at 10010: 4"]
    assert world.positions() == (4, -4)
    assert world.states()[-1] == "complete"


def test_fc_14_a_part_that_overtakes_its_cancel_lowers_the_hedge() -> None:
    """Of the 3 that rest 2 trade before the cancel: the hedge that follows is 1, not 3."""
    rules = [partial(1), {"fault": "fill_first", "message": "cancel", "fill_lots": 2}]
    world = Scenario(rules={"B": rules}, overrides=WITHOUT_IOC).begin()
    world.trigger()
    world.run_for(202)
    world.venues["B"].quote(10_010, 10_011)
    world.settle()
    assert world.venues["B"].told() == ["sell 4 at 10010: 3", "sell 1 at 10010: 1"]
    assert world.positions() == (4, -4)


def test_fc_14_a_fill_told_after_the_cancels_acknowledgement_counts() -> None:
    """The cancel is confirmed with 1 of 4 filled, the other 3 are hedged anew; then the venue tells of 3 more."""
    rules = [partial(1), {"fault": "late_fill", "message": "cancel", "delay_ns": 50 * MS}]
    world = Scenario(rules={"B": rules}, overrides=WITHOUT_IOC).begin()
    world.trigger()
    world.run_for(202)
    world.venues["B"].quote(10_010, 10_011)
    world.run_for(2_000)
    assert world.venues["B"].told() == ["sell 4 at 10010: 4", "sell 3 at 10010: 3", "buy 3 at 10016: 3"]
    assert world.positions() == (4, -4)
    assert counted(world, 1) == -4
    assert world.open_lots() == 0


@pytest.mark.parametrize("lots", [1, 2, 3])
def test_fc_15_the_way_back_has_the_size_of_what_filled(lots: int) -> None:
    world = Scenario(rules={"A": [partial(lots), halted(2, int(BUY))]}).begin()
    world.trigger()
    world.run_for(2_000)
    assert world.venues["A"].told() == [f"buy 4 at 10000: {lots}", f"buy {4 - lots} at 10000: halted"]
    assert world.venues["B"].told() == ["sell 4 at 10010: 4", f"buy {4 - lots} at 10016: {4 - lots}"]
    assert world.positions() == (lots, -lots)


def test_fc_18_a_restart_counts_no_fill_twice() -> None:
    """The reports of both legs come twice, the engine dies after them, and the venues send them again on request."""
    world = Scenario(rules={"A": [{"fault": "twice"}], "B": [{"fault": "twice"}, partial(3), halted(2)]}).begin()
    world.trigger()
    world.run_for(0.35)
    world.kill()
    world.run_for(50)
    world.restart()
    world.settle()
    assert world.positions() == (3, -3)
    assert (counted(world, 0), counted(world, 1)) == (3, -3)
    ledger = world.engine.running().desk.ledger
    assert [int(ledger.position_lots[index]) for index in range(2)] == [3, -3]


def test_fc_33_a_busted_trade_after_the_end_is_a_persons_decision() -> None:
    """B's trade is taken back a second after the spread order was complete: nothing is sent, a person is called."""
    world = Scenario(rules={"B": [{"fault": "bust", "delay_ns": 1_000 * MS}]}).begin()
    world.trigger()
    world.run_for(500)
    assert world.states()[-1] == "complete"
    world.run_for(2_000)
    assert world.states()[-1] == "halted"
    assert world.alerts()[-1] == "spread_order_halted"
    assert world.positions() == (4, 0)
    assert world.orders_received() == (1, 1)
    assert counted(world, 1) == 0


def in_children(*rules: dict[str, object]) -> Scenario:
    """8 lots where market B takes 3 at most in one order: 2, 3 and 3."""
    world = Scenario(
        Market("A"),
        Market("B", instrument={"quantity_max_lots": 3}),
        rules={"B": list(rules)},
        overrides={"spread.pair.quantity.reference_lots": 8, "spread.pair.quantity.position_units_max": 8},
    ).begin()
    world.trigger()
    world.run_for(1_000)
    return world


def test_fc_40_a_refused_child_is_repaired_and_not_the_whole_leg() -> None:
    world = in_children({"fault": "reject", "reason": "busy", "first": 2})
    assert world.venues["B"].told() == [
        "sell 2 at 10010: 2",
        "sell 3 at 10010: busy",
        "sell 3 at 10010: 3",
        "sell 3 at 10010: 3",
    ]
    assert world.positions() == (8, -8)
    assert world.states()[-1] == "complete"


def test_fc_40_a_child_refused_for_good_takes_its_own_part_back_alone() -> None:
    world = in_children({"fault": "reject", "reason": "quantity_above_maximum", "first": 2})
    assert world.venues["B"].told()[1:] == ["sell 3 at 10010: quantity_above_maximum", "sell 3 at 10010: 3"]
    assert world.venues["A"].told() == ["buy 8 at 10000: 8", "sell 3 at 9994: 3"]
    assert world.positions() == (5, -5)
    assert world.states()[-1] == "unwound"


AT_LEAST_3 = {"quantity_min_lots": 3}


def test_fc_22_what_the_other_venue_takes_no_order_for_goes_back_where_it_can() -> None:
    """B sold 2 of 4 and takes no order below 3; A takes any: 2 of A go back."""
    world = Scenario(Market("A"), Market("B", instrument=AT_LEAST_3), rules={"B": [partial(2)]}).begin()
    world.trigger()
    world.run_for(2_000)
    assert world.venues["B"].told() == ["sell 4 at 10010: 2"]
    assert world.venues["A"].told() == ["buy 4 at 10000: 4", "sell 2 at 9994: 2"]
    assert world.states()[-1] == "unwound"


def test_fc_22_what_no_venue_takes_an_order_for_is_carried_into_the_next() -> None:
    """Both take no order below 3: the 2 that B lacks are a residual, told, and the next spread order sells 6 for 4."""
    world = Scenario(
        Market("A", instrument=AT_LEAST_3),
        Market("B", instrument=AT_LEAST_3),
        rules={"B": [partial(2)]},
        overrides={"spread.pair.trigger.cool_down_ms": 1_000, "spread.pair.quantity.position_units_max": 8},
    ).begin()
    world.trigger()
    world.run_for(900)
    assert world.positions() == (4, -2)
    assert (world.states()[-1], world.alerts()) == ("residual", ["re_order", "residual"])
    world.run_for(1_000)
    world.trigger()
    world.run_for(500)
    assert world.venues["A"].told() == ["buy 4 at 10000: 4"] * 2
    assert world.venues["B"].told() == ["sell 4 at 10010: 2", "sell 6 at 10010: 6"]
    assert world.positions() == (8, -8)
    assert world.deaths == []


def test_fc_33_where_the_spread_says_so_a_bust_is_repaired_at_once() -> None:
    world = Scenario(
        rules={"B": [{"fault": "bust", "delay_ns": 1_000 * MS}]},
        overrides={"spread.pair.execution": {"bust_policy": "repair"}},
    ).begin()
    world.trigger()
    world.run_for(1_500)
    assert world.venues["B"].told() == ["sell 4 at 10010: 0", "sell 4 at 10010: 4"]
    assert world.positions() == (4, -4)
    assert counted(world, 1) == -4
    assert world.states()[-2:] == ["repairing", "complete"]


def quoting(*rules: dict[str, object]) -> Scenario:
    """A rests a bid of 4 at 10005, 5 below what B pays, and B hedges what it fills."""
    world = Scenario(rules={"A": list(rules)}).begin()
    execution = world.engine.running().desk.triggers[0].valuation.definition.execution
    execution.quoting = Quoting()
    execution.legs[0].is_quoting = True
    world.venues["A"].quote(9_990, 10_030)
    world.venues["B"].quote(10_010, 10_011)
    world.run_for(100)
    assert world.venues["A"].told() == ["buy 4 at 10005: 0"]
    return world


def test_fc_04_every_fill_of_a_resting_quote_is_hedged_in_its_own_step() -> None:
    """1, 2 and 1 of 4 are filled with no other market data than the trades themselves."""
    world = quoting()
    quote = world.venues["A"].orders()[0]
    for lots in (1, 2, 1):
        world.venues["A"].fill(quote, lots)
        world.run_for(1)
        assert sum(world.positions()) == 0
    assert world.venues["B"].told() == ["sell 1 at 10010: 1", "sell 2 at 10010: 2", "sell 1 at 10010: 1"]
    fills = [seen for seen in world.records(int(RECEIPT)) if seen.fields["leg"] == 0 and seen.fields["counted_lots"]]
    hedges = [seen for seen in world.sent() if seen.fields["leg"] == 1]
    assert [seen.input_seq for seen in hedges] == [seen.input_seq for seen in fills]
    assert [seen.now_ns for seen in hedges] == [seen.now_ns for seen in fills]


def test_fc_14_a_quote_filled_while_its_cancel_is_under_way_is_hedged() -> None:
    """B's price goes, so the quote is pulled; 3 of it trade before the cancel arrives: 3 are hedged, 1 is cancelled."""
    world = quoting({"fault": "fill_first", "message": "cancel", "fill_lots": 3})
    world.venues["B"].quote(10_000, 10_001)
    world.run_for(2)
    assert world.venues["A"].told()[0] == "buy 4 at 10005: 3"
    world.run_for(2_000)
    assert world.venues["B"].position() == -3
    assert world.venues["A"].position() == 3
    assert counted(world, 0) == 3


def test_fc_06_a_stop_pulls_a_quote_that_is_filled_in_part_and_leaves_nothing_naked() -> None:
    world = quoting()
    world.venues["A"].fill(world.venues["A"].orders()[0], 1)
    world.stop()
    world.run_until(lambda: bool(world.engine.running().finished), 5_000)
    assert world.open_lots() == 0
    assert world.positions() == (1, -1)
