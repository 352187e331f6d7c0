"""Pauses between attempts to connect, against ones worked out by hand."""

import pytest

from cross_market_connect.domain.records import ALERT
from cross_market_connect.engine.streams import STEADY_NS, Stream
from tests.unit.engine.test_core import ORDERS_A, SECOND, FakeGateway, World

MS = 1_000_000


def stream(index: int = 0, longest_ms: int = 1_000) -> Stream:
    made = Stream(index, FakeGateway(index, World().core.step), None, 100 * MS)
    made.reconnect_max_ns = longest_ms * MS
    return made


@pytest.mark.parametrize(
    ("index", "expected_ms"),
    [
        (0, [100, 200, 400, 800, 1_000, 1_000]),
        (8, [100, 200, 400, 800, 1_000, 1_000]),
        # Four of 64 parts of what is beyond 100 ms less.
        (4, [100, 193.75, 381.25, 756.25, 943.75, 943.75]),
    ],
)
def test_pauses_double_up_to_the_longest(index: int, expected_ms: list[float]) -> None:
    one = stream(index)
    assert [one.pause_ns(number * SECOND) / MS for number in range(6)] == expected_ms


def test_where_both_are_the_same_the_pause_is_constant() -> None:
    one = stream(5, 100)
    assert [one.pause_ns(number) for number in range(4)] == [100 * MS] * 4


def test_a_session_that_lived_for_a_while_ends_the_episode_and_a_short_one_does_not() -> None:
    one = stream()
    for _ in range(3):
        one.pause_ns(0)
    one.up_since_ns = SECOND
    assert one.pause_ns(SECOND + STEADY_NS - 1) == 800 * MS
    one.up_since_ns = SECOND
    assert one.pause_ns(SECOND + STEADY_NS) == 100 * MS


def test_people_hear_of_an_episode_once() -> None:
    world = World()
    route = world.core.streams[ORDERS_A]
    assert route is not None
    route.reconnect_max_ns = 8 * SECOND
    world.connect_all()
    world.core.on_connection(ORDERS_A, False, "cut", 60 * SECOND)
    due = []
    for _ in range(6):
        due.append(route.due_ns)
        world.core.on_timer(route.due_ns)
        world.core.on_connection(ORDERS_A, False, "connection refused", route.due_ns)
    seconds = [(later - earlier) / SECOND for earlier, later in zip([60 * SECOND, *due], due, strict=False)]
    assert seconds[0] == 1, "the first attempt comes as soon as it ever did"
    told = [alert for alert in world.sink.of(ALERT) if alert["code"] == "connecting_fails"]
    assert [alert["text_en"] for alert in told] == [
        "source 0: 3 attempts in a row came to nothing: connection refused; it tries on"
    ]
