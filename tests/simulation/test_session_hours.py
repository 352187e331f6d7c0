"""Sessions that have hours: logged out at the end, told, connected again at the next start with new numbers."""

import datetime
from collections.abc import Mapping

from cross_market_connect.domain.records import SESSION_DAY, SESSION_EVENT, SESSION_STATE
from cross_market_connect.simulation.scenario import Scenario

SPEED = 100  # calendar seconds per second
DAY_1_UTC_NS = int(datetime.datetime(2021, 1, 4, 1, 0, tzinfo=datetime.UTC).timestamp()) * 10**9
DAY_2_UTC_NS = DAY_1_UTC_NS + 86_400 * 10**9
# From 10:00, where the history begins, to the end at 10:10, and from there to the start at 09:00 of the next day.
TO_THE_END_MS = 600_000 // SPEED
TO_THE_START_MS = (22 * 3600 + 50 * 60) * 1000 // SPEED
SOURCES = ("a_orders", "a_quotes", "b_orders", "b_quotes")


def with_hours(terms: Mapping[str, object] | None = None) -> Scenario:
    hours = {"start": "09:00", "end": "10:10", "cancel_lead_ms": 300}
    overrides: dict[str, object] = {f"source.{name}.session": dict(hours) for name in SOURCES}
    overrides["calendar.speed"] = SPEED
    for name in ("a_orders", "b_orders"):
        overrides[f"source.{name}.session"] = {**hours, **(terms or {})}
    return Scenario(overrides=overrides).begin()


def numbers(world: Scenario, source: int) -> list[tuple[int, int]]:
    """Next incoming and outgoing number of a source, record by record."""
    return [
        (seen.fields["next_in"], seen.fields["next_out"])
        for seen in world.records(int(SESSION_STATE))
        if seen.fields["source"] == source
    ]


def events(world: Scenario, source: int) -> list[str]:
    return [seen.fields["event"] for seen in world.records(int(SESSION_EVENT)) if seen.fields["source"] == source]


def told(world: Scenario) -> list[str]:
    """What people heard of sessions; these markets trade on, so the silence of quotes is told too."""
    return [alert for alert in world.alerts() if alert.startswith("session")]


def test_at_the_end_every_session_logs_out_and_none_connects_before_the_next_start() -> None:
    world = with_hours()
    world.run_for(TO_THE_END_MS + 1_000)
    assert events(world, 0) == ["logged_on", "logging_out", "closing", "connection_lost"]
    assert told(world) == ["session_hours"] * 4
    world.trigger()
    world.run_for(TO_THE_START_MS - 10_000)
    assert events(world, 0) == ["logged_on", "logging_out", "closing", "connection_lost"]
    assert told(world) == ["session_hours"] * 4
    assert world.orders_received() == (0, 0)
    world.run_for(10_000)
    assert events(world, 0)[4:] == ["logged_on"]
    world.trigger()
    world.run_for(100)
    assert world.positions() == (4, -4)


def test_a_new_day_begins_with_new_numbers_at_both_ends() -> None:
    world = with_hours()
    world.run_for(TO_THE_END_MS + TO_THE_START_MS + 1_000)
    days = [
        (seen.fields["source"], seen.fields["day_utc_ns"], seen.fields["begins_anew"])
        for seen in world.records(int(SESSION_DAY))
    ]
    assert sorted(days) == [
        (0, DAY_1_UTC_NS, 0),
        (0, DAY_2_UTC_NS, 1),
        (2, DAY_1_UTC_NS, 0),
        (2, DAY_2_UTC_NS, 1),
    ]
    after = numbers(world, 0)
    assert after[after.index((1, 2)) :][1:2] == [(2, 2)]


def test_a_start_on_the_next_day_begins_at_1_and_one_within_the_day_goes_on() -> None:
    """Behind a kill numbers are 1,000 ahead, to be ahead for sure; a new day makes that needless."""
    world = with_hours()
    world.kill()
    world.run_for(500)
    world.restart()
    world.run_for(1_000)
    assert numbers(world, 0)[-1][1] > 1_000
    world.kill()
    world.run_for(TO_THE_END_MS + TO_THE_START_MS)
    world.restart()
    world.run_for(1_000)
    assert numbers(world, 0)[-1] == (2, 2)
    assert events(world, 0)[-1] == "logged_on"


def test_numbers_may_be_agreed_to_go_on() -> None:
    world = with_hours({"new_numbers": False})
    world.run_for(TO_THE_END_MS + TO_THE_START_MS + 1_000)
    assert world.records(int(SESSION_DAY)) == []
    ends = [at for at, event in enumerate(events(world, 0)) if event == "logged_on"]
    assert len(ends) == 2
    assert (1, 2) not in numbers(world, 0)[1:]
