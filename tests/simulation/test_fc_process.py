"""Failure cases of the process: it dies, restarts and stops, and what was under way is finished in balance."""

import pytest

from cross_market_connect.domain.records import ALERT, BLOCK, CANCEL_REQUEST, DURABILITY, LADDER_STEP, RECEIPT, RESTART
from cross_market_connect.replay.replay import Replayer
from cross_market_connect.simulation.disk import KEEPS_NOTHING
from cross_market_connect.simulation.guardian import GuardianHost
from cross_market_connect.simulation.scenario import Scenario

MS = 1_000_000
HELD = {"fault": "hold", "delay_ns": 300 * MS}


@pytest.mark.parametrize("records", [0, 1, 3, 6, 9])
def test_fc_10_a_fault_in_a_handler_ends_the_process_and_nothing_is_half_alive(records: int) -> None:
    """Anywhere in the step that sends both legs: the process is gone, another takes over and balances."""
    world = Scenario(rules={"B": [HELD]}).begin()
    world.trigger()
    world.fail_after_records(records)
    world.run_for(3_000)
    assert world.deaths == ["a fault in a handler"]
    assert world.engine.starts == 2
    assert len(world.records(int(RESTART))) == 1
    assert world.alerts()[0] == "crash"
    assert world.positions() in ((0, 0), (4, -4))
    assert world.orders_received() == ((1, 1) if world.positions() == (4, -4) else (0, 0))
    assert world.open_lots() == 0
    assert world.states()[-1:] in ([], ["cancelled"], ["complete"])  # none: it died before there was one
    result = Replayer(world.engine.disk, world.engine.capture_disk, world.reference).run()
    assert (result.difference, result.runs) == ("", 2)


def test_fc_11_a_restart_in_the_middle_counts_the_late_fill_and_completes() -> None:
    """B trades while the engine is dead."""
    world = Scenario(rules={"B": [HELD]}).begin()
    world.trigger()
    world.run_for(5)
    world.kill()
    world.run_for(500)
    assert world.positions() == (4, -4)
    world.restart()
    took_ms = world.settle()
    assert took_ms < 1_000
    assert world.orders_received() == (1, 1)
    assert world.states()[-1] == "complete"


def test_fc_11_a_restart_in_the_middle_sends_the_hedge_that_was_refused_meanwhile() -> None:
    """B refuses while the engine is dead: after the restart the hedge is sent again, once."""
    rules = [{"fault": "reject", "reason": "busy"}, {"fault": "late", "delay_ns": 300 * MS}]
    world = Scenario(rules={"B": rules}).begin()
    world.trigger()
    world.run_for(5)
    world.kill()
    world.run_for(500)
    world.restart()
    world.settle()
    assert world.venues["B"].told() == ["sell 4 at 10010: busy", "sell 4 at 10010: 4"]
    assert world.positions() == (4, -4)
    assert world.states()[-1] == "complete"


def test_fc_12_a_stop_confirms_and_balances_before_it_ends() -> None:
    """The stop comes while B's order is under way and its fill is not known: the end waits for both."""
    world = Scenario(rules={"B": [HELD]}).begin()
    world.trigger()
    world.run_for(5)
    world.stop()
    took_ms = world.run_until(lambda: bool(world.engine.running().finished), 5_000)
    assert 290 < took_ms < 1_000
    assert world.positions() == (4, -4)
    assert world.open_lots() == 0
    assert (world.states()[-1], world.alerts()) == ("complete", ["stopping"])


def test_fc_12_a_stop_with_a_leg_refused_trades_the_other_back_first() -> None:
    rules = [{"fault": "reject", "reason": "halted", "times": 0}, {"fault": "late", "delay_ns": 200 * MS}]
    world = Scenario(rules={"B": rules}).begin()
    world.trigger()
    world.run_for(5)
    world.stop()
    world.run_until(lambda: bool(world.engine.running().finished), 5_000)
    assert world.positions() == (0, 0)
    assert world.open_lots() == 0
    assert world.states()[-1] == "unwound"


def test_fc_12_a_stop_cancels_what_rests_and_waits_until_that_is_confirmed() -> None:
    """B has no immediate-or-cancel: 3 of 4 rest when the stop comes; its first cancel is lost, its second is not."""
    rules = [
        {"fault": "partial", "fill_lots": 1},
        {"fault": "lost", "message": "cancel"},
        {"fault": "reject", "reason": "halted", "first": 2, "times": 0},
    ]
    world = Scenario(rules={"B": rules}, overrides={"source.b_orders.time_in_force": ["day"]}).begin()
    world.trigger()
    world.run_for(50)
    assert world.open_lots() == 3
    world.stop()
    world.run_for(1)
    assert len(world.records(int(CANCEL_REQUEST))) == 1
    world.run_until(lambda: bool(world.engine.running().finished), 5_000)
    assert world.open_lots() == 0
    assert world.positions() == (1, -1)
    assert world.venues["B"].told() == ["sell 4 at 10010: 1", "sell 3 at 10010: halted"]
    assert world.states()[-1] == "unwound"


def test_fc_46_an_input_that_ends_the_engine_twice_halts_it_by_name() -> None:
    """B's refusal ends the engine whenever it is to be repaired: by the report itself, then by the timer that resumes,
    at the same place. The next life only cancels, names the input, and the naked leg is a person's; nothing is sent."""
    world = Scenario(rules={"B": [{"fault": "reject", "reason": "busy", "times": 0}]}, lives=9).begin()
    world.poison_with(int(LADDER_STEP))
    world.trigger()
    world.run_for(6_000)
    assert (len(world.deaths), world.engine.starts) == (2, 3)
    (halt,) = [seen for seen in world.records(int(ALERT)) if seen.fields["code"] == "cancel_only"]
    assert "2 times: InvariantError at" in str(halt.fields["text_en"]) and "record" in str(halt.fields["text_en"])
    assert (world.states()[-1], world.alerts()[-1]) == ("halted", "spread_order_halted")
    world.trigger()
    world.run_for(2_000)
    assert world.orders_received() == (1, 1)
    assert world.positions() == (4, 0)


def test_fc_46_a_report_that_ends_the_engine_even_cancel_only_has_its_source_left_out() -> None:
    """B's report cannot be put on record: cancel-only still reads it, so after the third time B is not connected."""
    world = Scenario(rules={"B": [{"fault": "hold", "delay_ns": 300 * MS}]}, lives=9).begin()
    world.trigger()
    world.run_for(50)
    world.poison_with(int(RECEIPT))
    world.run_for(8_000)
    assert len(world.deaths) == 3
    assert world.alerts().count("source_left_out") == 1
    core = world.engine.running()
    assert core.crashes.left_out == [2]
    assert core.desk.safety.cancel_only
    world.kill()
    world.engine.start()
    world.run_for(1_000)
    assert world.engine.running().crashes.left_out == [2], "forgotten by the restart"
    assert len(world.deaths) == 4, "only the kill"


def test_fc_43_a_disk_that_stalls_stops_openings_and_no_hedge() -> None:
    """The disk confirms nothing for 2 s. After 0.5 s that is on record and told; B's part fill at 0.7 s is hedged
    nevertheless; quotes that would open are let pass; when the disk is back, the same quotes open."""
    world = Scenario(
        rules={"B": [{"fault": "hold", "delay_ns": 700 * MS}, {"fault": "partial", "fill_lots": 1}]},
        overrides={"spread.pair.trigger.cool_down_ms": 0, "spread.pair.quantity.position_units_max": 8},
    ).begin()
    world.trigger()
    world.run_for(5)
    began_ns = world.world.now_ns
    world.engine.disk.stalled_until_ns = began_ns + 2_000 * MS
    for tick in range(36):
        world.run_for(50)
        world.venues["B"].quote(10_010, 10_011 + tick % 2)
    assert world.positions() == (4, -4)
    assert world.orders_received()[0] == 1, "something was opened in the stall"
    hedges = [seen for seen in world.sent() if seen.fields["role"] != 0]
    assert hedges and all(690 * MS <= seen.now_ns - began_ns < 2_000 * MS for seen in hedges)
    for tick in range(10):
        world.run_for(50)
        world.venues["B"].quote(10_010, 10_011 + tick % 2)
    world.settle()
    assert world.positions() == (8, -8)
    told = [int(seen.fields["durable"]) for seen in world.records(int(DURABILITY))]
    assert told == [0, 1]
    assert world.alerts().count("durability") == 2


def test_fc_47_a_second_engine_on_the_same_store_is_refused_while_the_first_lives() -> None:
    world = Scenario(rules={"B": [HELD]}).begin()
    world.trigger()
    world.run_for(5)
    other = world.second_engine()
    assert "another engine" in other.start_fault and other.core is None
    world.settle()
    assert world.orders_received() == (1, 1)
    assert world.positions() == (4, -4)


def test_fc_47_an_engine_that_was_thought_dead_sends_nothing_when_it_wakes() -> None:
    """It hangs with orders under way, its store is taken from it, the second engine finishes; then the first wakes."""
    world = Scenario(
        rules={"B": [{"fault": "reject", "reason": "busy"}, {"fault": "late", "delay_ns": 300 * MS}]}
    ).begin()
    world.trigger()
    world.run_for(5)
    first = world.engine.loop
    assert first is not None
    world.engine.hang(world.world.now_ns + 2_000 * MS)
    world.run_for(100)
    world.engine.disk.kill()
    world.engine.capture_disk.kill()
    other = world.second_engine()
    assert other.start_fault == ""
    world.run_for(1_000)
    assert world.orders_received() == (1, 1), "the venue still holds the first engine's sessions"
    world.run_for(4_000)
    assert first.fenced
    assert world.venues["B"].told() == ["sell 4 at 10010: busy", "sell 4 at 10010: 4"]
    assert world.positions() == (4, -4)
    assert world.venues["A"].exchange.ledger.holdings[world.venues["A"].participant()].duplicates == 0
    world.trigger()
    world.run_for(500)
    assert world.orders_received() == (1, 2)


def test_fc_48_an_engine_that_hangs_is_fenced_and_killed_and_its_successor_balances() -> None:
    """B refuses while the engine hangs, A has filled: the guardian notices within seconds, the next engine hedges."""
    rules = [{"fault": "reject", "reason": "busy"}, {"fault": "late", "delay_ns": 300 * MS}]
    world = Scenario(rules={"B": rules}).begin()
    guardian = GuardianHost(world.world, world.engine)
    guardian.begin()
    world.run_for(1_000)
    assert guardian.told == ["the engine is ready"]
    world.trigger()
    world.run_for(5)
    world.engine.hang(world.world.now_ns + 3_600_000 * MS)
    world.run_for(1_500)
    assert world.positions() == (4, 0), "naked, and nobody looks"
    world.run_for(3_500)
    assert guardian.told[1:] == ["the engine hangs: fenced and killed", "the engine is ready"]
    assert world.engine.starts == 2
    assert world.positions() == (4, -4)
    assert world.orders_received() == (1, 2)
    assert world.states()[-1] == "complete"
    assert world.open_lots() == 0


@pytest.mark.parametrize("effects", range(1, 40, 3))
def test_fc_11_killed_at_any_effect_of_a_repair_it_ends_balanced(effects: int) -> None:
    """Both sides of every record, send and sync from the first leg on: B fills 1 and refuses the next as busy."""
    rules = [{"fault": "partial", "fill_lots": 1}, {"fault": "reject", "reason": "busy", "first": 2}]
    world = Scenario(rules={"B": rules}).begin()
    world.trigger()
    world.run_until(lambda: len(world.engine.running().desk.open_ids) == 1, 5)
    world.engine.die_after(effects, 100 * MS)
    for _ in range(20):
        world.venues["B"].quote(10_010, 10_011)
        world.run_for(100)
    world.settle()
    assert world.engine.starts == 2
    first, second = world.positions()
    assert first == -second
    assert world.open_lots() == 0
    assert world.states()[-1] in ("complete", "unwound")
    assert "spread_order_halted" not in world.alerts()
    ledger = world.engine.running().desk.ledger
    assert (int(ledger.position_lots[0]), int(ledger.position_lots[1])) == (first, second)
    for venue in world.venues.values():
        assert venue.exchange.ledger.holdings[venue.participant()].duplicates == 0


def test_fc_11_after_a_power_cut_that_took_the_orders_records_nothing_is_opened_and_people_know() -> None:
    """The machine stops with nothing synced: the venues know of two orders and the log of none. Once they let it log on
    again (they wait for heartbeats first) their reports name orders that no record knows: nothing is opened in either
    instrument, and the 3 naked lots are a person's."""
    world = Scenario(rules={"B": [{"fault": "partial", "fill_lots": 1}]}).begin()
    world.trigger()
    world.run_until(lambda: len(world.engine.running().desk.open_ids) == 1, 5)
    world.engine.die_after(20, 100 * MS, KEEPS_NOTHING)
    world.run_for(1_000)
    assert world.engine.starts == 2
    world.run_until(world.is_up, 120_000)
    for _ in range(5):
        world.trigger()
        world.run_for(100)
    assert world.positions() == (4, -1)
    assert world.orders_received() == (1, 1)
    named = [seen.fields["instrument"] for seen in world.records(int(BLOCK)) if seen.fields["blocked"]]
    assert sorted(named) == ["X00A.A1", "X00B.B1"]
    assert world.alerts().count("blocked") == 2
