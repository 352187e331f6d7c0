"""Virtual time: order of events, limits, alarms that are moved."""

from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.simulation.timeline import START_NS, Alarm, Timeline


def run_out(world: Timeline) -> None:
    """Let everything happen that was announced."""
    assert not world.run(lambda: False, START_NS + 10**12)


def test_events_happen_in_order_of_time_and_then_of_announcement() -> None:
    world = Timeline()
    seen: list[tuple[str, int]] = []
    for name, delay in (("c", 30), ("a", 10), ("b", 10), ("late", 5)):
        world.after(delay, lambda name=name: seen.append((name, world.now_ns - START_NS)))  # type: ignore[misc]
    run_out(world)
    assert seen == [("late", 5), ("a", 10), ("b", 10), ("c", 30)]


def test_an_event_announced_for_the_past_happens_now() -> None:
    world = Timeline()
    seen: list[int] = []
    world.after(100, lambda: world.at(START_NS, lambda: seen.append(world.now_ns - START_NS)))
    run_out(world)
    assert seen == [100]


def test_the_world_stops_at_its_time_limit_and_when_it_is_over() -> None:
    world = Timeline()
    world.after(50, lambda: None)
    assert not world.run(lambda: False, START_NS + 49)
    assert world.run(lambda: world.now_ns == START_NS + 50, START_NS + 50)


def test_an_alarm_rings_once_at_the_time_set_last() -> None:
    world = Timeline()
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


def test_an_observer_sees_the_world_after_every_event() -> None:
    world = Timeline()
    seen: list[int] = []
    world.observer = lambda: seen.append(world.now_ns - START_NS)
    for delay in (5, 1, 5):
        world.after(delay, lambda: None)
    run_out(world)
    assert seen == [1, 5, 5]
