"""Virtual time: order of events, wires that delay and are cut, alarms that are moved."""

import pytest

from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.simulation.commands import check_profile, is_good, seed_range
from cross_market_connect.simulation.world import START_NS, Alarm, Wire, World


def run_out(world: World) -> None:
    """Let everything happen that was announced."""
    assert not world.run(lambda: False, START_NS + 10**12)


def test_events_happen_in_order_of_time_and_then_of_announcement() -> None:
    world = World(1)
    seen: list[tuple[str, int]] = []
    for name, delay in (("c", 30), ("a", 10), ("b", 10), ("late", 5)):
        world.after(delay, lambda name=name: seen.append((name, world.now_ns - START_NS)))  # type: ignore[misc]
    run_out(world)
    assert seen == [("late", 5), ("a", 10), ("b", 10), ("c", 30)]


def test_an_event_announced_for_the_past_happens_now() -> None:
    world = World(1)
    seen: list[int] = []
    world.after(100, lambda: world.at(START_NS, lambda: seen.append(world.now_ns - START_NS)))
    run_out(world)
    assert seen == [100]


def test_the_world_stops_at_its_time_limit_and_when_it_is_over() -> None:
    world = World(1)
    world.after(50, lambda: None)
    assert not world.run(lambda: False, START_NS + 49)
    assert world.run(lambda: world.now_ns == START_NS + 50, START_NS + 50)


def test_a_wire_delays_within_its_bounds_and_keeps_the_order() -> None:
    world = World(3)
    arrived: list[tuple[bytes, int]] = []
    wire = Wire(world, 100, 50, lambda data: arrived.append((data, world.now_ns)))
    for number in range(40):
        world.after(number * 7, lambda data=bytes([number]): wire.send(data))  # type: ignore[misc]
    run_out(world)
    assert [data for data, _ in arrived] == [bytes([number]) for number in range(40)]
    delays = [at - START_NS - number * 7 for number, (_, at) in enumerate(arrived)]
    assert min(delays) >= 100
    assert max(delays) < 150 + 50
    assert len(set(delays)) > 5


def test_what_is_on_a_wire_that_is_cut_never_arrives() -> None:
    world = World(1)
    arrived: list[bytes] = []
    wire = Wire(world, 100, 0, arrived.append)
    wire.send(b"lost")
    world.after(50, lambda: setattr(wire, "cut", True))
    run_out(world)
    assert arrived == []


def test_an_alarm_rings_once_at_the_time_set_last() -> None:
    world = World(1)
    rings: list[int] = []
    alarm = Alarm(world, lambda: rings.append(world.now_ns - START_NS))
    alarm.set(START_NS + 100)
    alarm.set(START_NS + 40)
    alarm.set(START_NS + 70)
    alarm.set(START_NS + 70)
    run_out(world)
    assert rings == [70]
    alarm.set(world.now_ns + 5)
    alarm.set(int(NO_TIMER))
    run_out(world)
    assert rings == [70]


def test_equal_seeds_draw_equal_delays_and_others_do_not() -> None:
    def arrivals(seed: int) -> list[int]:
        world = World(seed)
        seen: list[int] = []
        wire = Wire(world, 10, 1000, lambda _: seen.append(world.now_ns))
        for _ in range(20):
            wire.send(b"x")
        run_out(world)
        return seen

    assert arrivals(1) == arrivals(1)
    assert arrivals(1) != arrivals(2)


@pytest.mark.parametrize("text", ["", "5", "5:", ":5", "5:4", "a:b", "1:2:3", "-1:4"])
def test_a_range_of_seeds_that_is_none_is_told_with_an_example(text: str) -> None:
    with pytest.raises(InputError, match="FIRST:LAST"):
        seed_range(text)


def test_ranges_profiles_and_verdicts() -> None:
    assert seed_range("3:7") == (3, 7)
    with pytest.raises(InputError, match="none, light, heavy"):
        check_profile("medium")
    good = {"journal_ok": True, "replay_identical": True, "naked_units_at_end": 0}
    assert is_good(good)
    for name, value in (("journal_ok", False), ("replay_identical", False), ("naked_units_at_end", 1)):
        assert not is_good({**good, name: value})
    assert not is_good({"bad_seeds": [4]})
