"""The end of a run: balanced first, then heard, then logged out, and never later than its time-outs."""

from __future__ import annotations

from cross_market_connect.domain.order import RECEIPT_EXPIRED, STATUS_EXPIRED, Receipt
from cross_market_connect.domain.records import ALERT
from cross_market_connect.domain.spread import STEP_UNWIND, LadderStep
from cross_market_connect.engine.core import STOP
from cross_market_connect.engine.ending import LOG_OUT_TIMEOUT_NS
from tests.unit.engine.test_core import ORDERS_A, ORDERS_B, QUOTES, SECOND, World


def test_a_stop_waits_for_balance_then_logs_out_and_finishes_when_all_are_gone() -> None:
    world = World()
    world.connect_all()
    world.trigger()
    for source in (ORDERS_A, ORDERS_B):
        world.core.outgoing(source)
    world.core.on_operator(STOP, "me", "operator", "", world.tick())
    assert world.core.outgoing(ORDERS_A) == b""
    for source in (ORDERS_A, ORDERS_B):
        world.core.on_bytes(source, b"fill", world.tick())
    assert world.core.outgoing(ORDERS_A) == b"logout"
    assert not world.core.finished
    for source in (ORDERS_A, ORDERS_B, QUOTES):
        world.core.on_connection(source, False, "closed", world.tick())
    assert world.core.finished
    assert world.core.desk.next_spread_order_id == 2


def test_a_session_whose_log_on_was_under_way_at_the_stop_is_logged_out_when_it_is_on() -> None:
    world = World()
    world.core.on_timer(world.tick())
    world.core.take_connects()
    for source in (ORDERS_A, ORDERS_B, QUOTES):
        world.core.on_connection(source, True, "", world.tick())
        world.core.outgoing(source)
    world.core.on_bytes(ORDERS_A, b"on", world.tick())
    world.core.on_operator(STOP, "me", "operator", "", world.tick())
    assert (world.core.outgoing(ORDERS_A), world.core.outgoing(ORDERS_B)) == (b"logout", b"")
    world.core.on_bytes(ORDERS_B, b"on", world.tick())
    assert (world.core.outgoing(ORDERS_A), world.core.outgoing(ORDERS_B)) == (b"", b"logout")


def test_a_late_fill_that_crosses_the_logouts_is_balanced_before_the_engine_ends() -> None:
    world = World()
    world.core.desk.triggers[0].valuation.definition.ladder.insert(0, LadderStep(STEP_UNWIND, 3, 0, 10, SECOND))
    world.connect_all()
    world.trigger()
    late = world.gateways[0].orders[0]
    for gateway in world.gateways:
        gateway.receipts = [Receipt(order.client_order_id, RECEIPT_EXPIRED, STATUS_EXPIRED) for order in gateway.orders]
        gateway.orders = []
    world.core.on_operator(STOP, "me", "operator", "", world.tick())
    for source in (ORDERS_A, ORDERS_B):
        world.core.outgoing(source)
        world.core.on_bytes(source, b"expired", world.tick())
    assert world.core.outgoing(ORDERS_A) == b"logout"
    world.gateways[0].orders = [late]
    world.gateways[0].up = False
    world.core.on_bytes(ORDERS_A, b"fill", world.tick())
    for source in (ORDERS_A, ORDERS_B, QUOTES):
        world.core.on_connection(source, False, "closed", world.tick())
    assert not world.core.finished
    world.now += SECOND
    world.connect_all()
    world.core.on_timer(world.tick())
    world.core.on_bytes(ORDERS_A, b"fill", world.tick())
    assert world.core.desk.ledger.position_lots[0] == 0
    assert world.core.outgoing(ORDERS_B) == b"logout"
    for source in (ORDERS_A, ORDERS_B, QUOTES):
        world.core.on_connection(source, False, "closed", world.tick())
    assert world.core.finished


def test_a_stop_does_not_wait_for_ever_for_the_venues_to_log_out() -> None:
    world = World()
    world.connect_all()
    world.core.on_operator(STOP, "me", "operator", "", world.tick())
    assert world.core.next_timer_ns() == world.now + LOG_OUT_TIMEOUT_NS
    world.core.on_timer(world.now + LOG_OUT_TIMEOUT_NS)
    assert world.core.finished


def test_a_stop_behind_a_restart_hears_first_what_the_venues_have_to_tell() -> None:
    """A fill may have been told to the run before, which had no time to count it."""
    world = World()
    world.core.restart(2, 0, "test", "", world.tick())
    world.core.on_timer(world.tick())
    world.core.take_connects()
    for source in (ORDERS_A, ORDERS_B, QUOTES):
        world.core.on_connection(source, True, "", world.tick())
        world.core.outgoing(source)
    world.core.on_bytes(ORDERS_A, b"on", world.tick())
    world.core.on_operator(STOP, "me", "operator", "", world.tick())
    assert world.core.outgoing(ORDERS_A) == b""
    world.core.on_bytes(ORDERS_B, b"on", world.tick())
    assert (world.core.outgoing(ORDERS_A), world.core.outgoing(ORDERS_B)) == (b"logout", b"logout")
    assert "unheard" not in [alert["code"] for alert in world.sink.of(ALERT)]


def test_a_stop_gives_up_a_venue_that_tells_nothing_after_a_restart_and_says_so() -> None:
    world = World()
    world.core.restart(2, 0, "test", "", world.tick())
    world.core.on_operator(STOP, "me", "operator", "", world.tick())
    assert world.core.next_timer_ns() <= world.now + LOG_OUT_TIMEOUT_NS
    world.core.on_timer(world.now + LOG_OUT_TIMEOUT_NS - 1)
    assert not world.core.finished
    world.core.on_timer(world.now + LOG_OUT_TIMEOUT_NS)
    (alert,) = [alert for alert in world.sink.of(ALERT) if alert["code"] == "unheard"]
    assert alert["text_en"].startswith("2 order sessions told nothing")
    for source in world.core.take_connects():
        world.core.on_connection(source, False, "refused", world.now + LOG_OUT_TIMEOUT_NS)
    assert world.core.finished


def test_a_late_fill_while_the_sessions_are_awaited_leaves_no_timer_that_is_due_for_ever() -> None:
    """The wait of 2 s passes while a spread order is under way again, and begins anew when that has ended."""
    world = World()
    world.core.desk.triggers[0].valuation.definition.ladder.insert(0, LadderStep(STEP_UNWIND, 3, 0, 10, SECOND))
    world.connect_all()
    world.trigger()
    late = world.gateways[0].orders
    for source, gateway in ((ORDERS_A, world.gateways[0]), (ORDERS_B, world.gateways[1])):
        gateway.receipts = [Receipt(order.client_order_id, RECEIPT_EXPIRED, STATUS_EXPIRED) for order in gateway.orders]
        gateway.orders = []
        world.core.on_bytes(source, b"expired", world.tick())
    world.core.restart(2, 0, "test", "", world.tick())
    world.core.on_operator(STOP, "me", "operator", "", world.tick())
    asked_ns = world.now
    assert not world.core.ending.logging_out
    world.gateways[0].orders = late
    world.core.on_bytes(ORDERS_A, b"fill", world.tick())
    assert not world.core.desk.is_quiet()
    assert not world.core.ending.logging_out
    world.core.on_timer(asked_ns + LOG_OUT_TIMEOUT_NS)
    assert not world.core.desk.is_quiet()
    assert world.core.next_timer_ns() > asked_ns + LOG_OUT_TIMEOUT_NS
