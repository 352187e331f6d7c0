"""What the core does about a session's hours, step by step with gateways of text."""

import pytest

from cross_market_connect.domain.execution import COMPLETE_LIMIT
from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.domain.order import RECEIPT_ACKNOWLEDGED, STATUS_NEW, Receipt
from cross_market_connect.domain.records import ALERT, CANCEL_REQUEST, GATE, LEG_ORDER
from cross_market_connect.engine.streams import STREAM_IDLE
from cross_market_connect.wire.fix.schedule import SessionSchedule
from cross_market_connect.wire.fix.session_days import SessionDays
from tests.unit.engine.test_core import ORDERS_A, ORDERS_B, SECOND, UTC, World

SECOND_OF_DAY = UTC // SECOND % 86_400


def world_with_hours(start_s: int, end_s: int, lead_s: int = 0) -> World:
    """Route A has hours, in seconds from the world's beginning."""
    world = World()
    schedule = SessionSchedule((SECOND_OF_DAY + start_s) % 86_400, (SECOND_OF_DAY + end_s) % 86_400)
    days = SessionDays(schedule, world.core.clock)
    days.closing_ns = lead_s * SECOND
    stream = world.core.streams[ORDERS_A]
    assert stream is not None
    stream.days = days
    return world


def alerts(world: World) -> list[str]:
    return [alert["code"] for alert in world.sink.of(ALERT)]


def test_before_the_start_the_source_waits_and_people_know_until_when() -> None:
    world = world_with_hours(60, 120)
    world.core.on_timer(world.tick())
    assert ORDERS_A not in world.core.take_connects()
    assert alerts(world) == ["session_hours"]
    assert world.sink.of(ALERT)[0]["text_en"].endswith("hours, which begin at 20210104-02:01:00 UTC")
    stream = world.core.streams[ORDERS_A]
    assert stream is not None and stream.next_due_ns() == 60 * SECOND
    world.core.on_timer(60 * SECOND - 1)
    assert ORDERS_A not in world.core.take_connects()
    world.core.on_timer(60 * SECOND)
    assert world.core.take_connects() == [ORDERS_A]
    assert alerts(world) == ["session_hours"]


def test_the_end_of_the_hours_is_no_loss_and_the_next_start_is_waited_for() -> None:
    world = world_with_hours(0, 60)
    world.connect_all()
    assert alerts(world) == []
    world.core.on_bytes(ORDERS_A, b"off", 60 * SECOND)
    world.core.on_connection(ORDERS_A, False, "session ended", 60 * SECOND)
    assert alerts(world) == []
    stream = world.core.streams[ORDERS_A]
    assert stream is not None and stream.state == STREAM_IDLE
    world.core.on_timer(61 * SECOND)
    assert alerts(world) == ["session_hours"]
    assert (world.core.take_connects(), stream.next_due_ns()) == ([], 86_400 * SECOND)


def test_a_loss_within_the_hours_is_told_as_ever() -> None:
    world = world_with_hours(0, 60)
    world.connect_all()
    world.core.on_connection(ORDERS_A, False, "cut", 59 * SECOND)
    assert alerts(world) == ["session_lost"]


def test_before_the_end_what_is_open_is_cancelled_once_and_nothing_is_opened() -> None:
    world = world_with_hours(0, 60, lead_s=5)
    for leg in world.core.desk.triggers[0].valuation.definition.execution.legs:
        leg.completion = COMPLETE_LIMIT
        leg.rest_ns = 100 * SECOND
    world.connect_all()
    world.now = 54 * SECOND
    world.trigger()
    orders = [order["client_order_id"] for order in world.sink.of(LEG_ORDER)]
    assert len(orders) == 2
    for source, order in zip((ORDERS_A, ORDERS_B), orders, strict=True):
        world.gateways[source].receipts.append(Receipt(order, RECEIPT_ACKNOWLEDGED, STATUS_NEW))
        world.core.on_bytes(source, b"rests", world.tick())
    assert world.sink.of(CANCEL_REQUEST) == []
    assert world.core.next_timer_ns() <= 55 * SECOND
    for second in (55, 55, 56):
        world.core.on_timer(second * SECOND)
    cancelled = [cancel["original_client_order_id"] for cancel in world.sink.of(CANCEL_REQUEST)]
    assert sorted(cancelled) == orders


@pytest.mark.parametrize(("at_s", "gates"), [(54, []), (55, ["route_down"])])
def test_near_the_end_openings_are_held_by_the_route(at_s: int, gates: list[str]) -> None:
    world = world_with_hours(0, 60, lead_s=5)
    world.connect_all()
    world.core.on_timer(at_s * SECOND)
    world.now = at_s * SECOND
    world.trigger()
    assert [gate["gate"] for gate in world.sink.of(GATE)] == gates
    assert len(world.sink.of(LEG_ORDER)) == (0 if gates else 2)
    assert world.core.routes.is_up(ORDERS_A), "what is under way may still be hedged"


def test_a_connection_made_near_the_end_closes_at_once() -> None:
    world = world_with_hours(0, 60, lead_s=5)
    world.connect_all()
    world.core.on_timer(55 * SECOND)
    world.core.on_connection(ORDERS_A, False, "cut", 56 * SECOND)
    world.core.on_timer(57 * SECOND)
    assert world.core.take_connects() == [ORDERS_A]
    world.core.on_connection(ORDERS_A, True, "", 57 * SECOND + 1)
    stream = world.core.streams[ORDERS_A]
    assert stream is not None and not stream.is_closing
    world.core.on_timer(57 * SECOND + 2)
    assert stream.is_closing and stream.next_due_ns() == NO_TIMER
