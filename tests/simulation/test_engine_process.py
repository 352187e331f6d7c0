"""The engine's process dies at any effect, in its recovery too, loses its power, hangs, meets its double."""

import pytest

from cross_market_connect.domain.alert import EMERGENCY, WARNING
from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.domain.records import ALERT, CLOCK_SAMPLE, DURABILITY, RESTART
from cross_market_connect.simulation.disk import KEEPS_ALL, KEEPS_NOTHING
from cross_market_connect.simulation.hosts import LOG_SEGMENT_BYTES, EngineHost
from cross_market_connect.simulation.scenario import Scenario
from cross_market_connect.trading.conditions import CONDITION_QUOTA_LOTS

MS = 1_000_000
SOURCES = ("a_orders", "b_orders", "a_quotes", "b_quotes")


def check_balanced(world: Scenario) -> None:
    world.run_until(world.is_up, 5_000)
    world.settle()
    ours, theirs = world.positions()
    assert ours == -theirs
    assert world.open_lots() == 0


@pytest.mark.parametrize("effects", [0, 1, 4, 7, 11, 12, 13, 14, 15, 16, 18, 22, 27, 33, 41, 48])
def test_killed_at_an_effect_it_goes_on_where_it_was(effects: int) -> None:
    world = Scenario().begin()
    world.engine.die_after(effects, 100 * MS)
    world.trigger()
    world.run_for(500)
    assert len(world.engine.deaths) == 1
    assert world.engine.starts == 2
    check_balanced(world)


def test_killed_at_every_effect_of_its_recovery_it_recovers_all_the_same() -> None:
    world = Scenario().begin()
    world.trigger()
    world.run_for(0.2)
    deaths: list[str] = []
    for effects in range(100):
        world.engine.kill()
        world.engine.deaths.clear()
        world.engine.die_after(effects, int(NO_TIMER))
        world.engine.start()
        if world.engine.core is not None:
            break
        deaths += world.engine.deaths
    assert {"before a record", "after a record", "before a segment", "after a sync"} & set(deaths)
    assert len(deaths) > 5
    world.engine.effects.left = -1
    check_balanced(world)


@pytest.mark.parametrize("keeps", [KEEPS_NOTHING, KEEPS_ALL])
def test_after_a_power_cut_the_venues_let_it_in_again_and_it_goes_on(keeps: int) -> None:
    world = Scenario(overrides={f"source.{name}.heartbeat_s": 1 for name in SOURCES}).begin()
    world.trigger()
    world.run_for(100)
    world.engine.lose_power(keeps)
    world.run_for(3_000)
    world.engine.start()
    check_balanced(world)
    assert world.positions() == (4, -4)
    assert len(world.records(int(RESTART))) == 1


def test_an_order_whose_record_a_power_cut_took_counts_and_is_not_sent_again() -> None:
    """B tells of one lot of four; the re-order of three leaves, and its record is lost before it is durable. Its fill
    is resent to the next run, which waits for that, counts it, sends nothing more, and calls a person."""
    rules = {"B": [{"fault": "hold", "delay_ns": 300 * MS}, {"fault": "partial", "fill_lots": 1}]}
    world = Scenario(rules=rules, overrides={f"source.{name}.heartbeat_s": 1 for name in SOURCES}).begin()
    world.trigger()
    world.run_until(lambda: world.venues["B"].position() == -1, 1_000)
    world.venues["B"].quote(10_010, 10_012)
    world.run_until(lambda: len(world.venues["B"].orders()) == 2, 1_000)
    world.engine.lose_power(KEEPS_NOTHING)
    world.run_for(3_000)
    world.engine.start()
    check_balanced(world)
    assert world.venues["B"].told() == ["sell 4 at 10010: 1", "sell 3 at 10010: 3"]
    assert world.positions() == (4, -4)
    core = world.engine.core
    assert core is not None and [int(lots) for lots in core.desk.ledger.position_lots] == [4, -4]
    assert world.alerts().count("spread_order_halted") == 1
    assert {"lost_order", "blocked"} <= set(world.alerts())


def test_a_second_engine_on_the_disk_is_refused_and_the_first_goes_on() -> None:
    world = Scenario().begin()
    first = world.engine
    second = EngineHost(world.world, first.settings, first.reference, first.calendar, {}, True, first)
    second.start()
    assert "another engine" in second.start_fault
    assert second.core is None
    world.trigger()
    check_balanced(world)
    assert world.positions() == (4, -4)


def test_a_process_that_hangs_does_nothing_and_then_everything() -> None:
    world = Scenario().begin()
    world.engine.hang(world.world.now_ns + 200 * MS)
    world.trigger()
    world.run_for(199)
    assert world.orders_received() == (0, 0)
    check_balanced(world)
    assert world.positions() == (4, -4)


def test_a_step_of_the_machines_calendar_is_read_within_a_turn_of_the_housekeeping() -> None:
    world = Scenario().begin()
    before = world.engine.running().clock.utc_ns(world.world.now_ns)
    world.engine.step_clock(-7_000 * MS)
    world.run_for(60)
    sample = world.records(int(CLOCK_SAMPLE))[-1]
    expected = int(before) - 7_000 * MS + 60 * MS
    assert abs(int(sample.fields["utc_ns"]) - expected) <= 60 * MS


def test_a_stalled_disk_and_its_return_are_told() -> None:
    world = Scenario().begin()
    world.engine.disk.stalled_until_ns = world.world.now_ns + 2_000 * MS
    world.trigger()
    world.run_for(1_000)
    assert [seen.fields["durable"] for seen in world.records(int(DURABILITY))] == [0]
    world.run_for(1_500)
    assert [seen.fields["durable"] for seen in world.records(int(DURABILITY))] == [0, 1]


def fill_the_log(world: Scenario) -> None:
    """The disk is full, and next to nothing of what the log has is left: as after a long time without space."""
    core, log = world.engine.running(), world.engine.log
    assert log is not None
    world.engine.disk.is_full = True
    while log.segment == 1 or log.remaining_bytes() > LOG_SEGMENT_BYTES // 8 + 400:
        core.on_condition(0, int(CONDITION_QUOTA_LOTS), 1_000_000_000_000, "reported", world.world.now_ns)


def test_without_space_it_pauses_and_goes_on_where_it_was_when_there_is_some() -> None:
    """B's fill is told while the log is full: it is neither lost nor answered by a crash."""
    world = Scenario(rules={"B": [{"fault": "hold", "delay_ns": 300 * MS}]}).begin()
    world.trigger()
    world.run_for(5)
    fill_the_log(world)
    world.run_for(2_000)
    loop = world.engine.loop
    assert loop is not None and loop.paused
    assert world.orders_received() == (1, 1)
    told = [seen.fields for seen in world.records(int(ALERT)) if seen.fields["code"] == "durability"]
    assert [int(alert["level"]) for alert in told] == [WARNING, EMERGENCY]
    world.engine.disk.is_full = False
    check_balanced(world)
    assert world.deaths == []
    assert world.positions() == (4, -4)
    assert [int(seen.fields["durable"]) for seen in world.records(int(DURABILITY))] == [0, 0, 1]


def test_killed_without_space_it_begins_again_only_when_there_is_some() -> None:
    world = Scenario(rules={"B": [{"fault": "hold", "delay_ns": 300 * MS}]}).begin()
    world.trigger()
    world.run_for(5)
    fill_the_log(world)
    world.run_for(500)
    world.kill()
    world.engine.start()
    assert "No space left on device" in world.engine.start_fault
    world.engine.disk.is_full = False
    world.restart()
    check_balanced(world)
    assert world.positions() == (4, -4)
