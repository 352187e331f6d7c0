"""One FIX session inside the engine: what it records, what it never records, and its bounds."""

import pytest

from cross_market_connect.domain.records import SESSION_STATE
from cross_market_connect.venues.fix_broker.link import FAULT_RECORDS_MAX, FixLink
from cross_market_connect.venues.fix_broker.orders import FixOrders
from cross_market_connect.wire.fix.encoder import fill_secret
from tests.unit.venues.fix_broker.support import (
    SECOND,
    Clock,
    Venue,
    instruments,
    session_settings,
)

SECRET = b"opensesame"


def gateway(clock: Clock, next_in: int = 1, next_out: int = 1, **changes: object) -> FixOrders:
    return FixOrders(4, session_settings(**changes), clock.step, instruments(), "CCFX", "A1", next_in, next_out)


def test_a_session_tells_its_life() -> None:
    clock = Clock()
    side = gateway(clock)
    venue = Venue(clock, side)
    assert not side.is_up()
    venue.log_on()
    assert side.is_up()
    clock.begin()
    side.log_out("end of the run")
    assert venue.sent() == ["35=5|34=2|58=end of the run"]
    assert not side.is_up() and not side.must_close()
    venue.say("35=5")
    assert side.must_close()
    clock.begin()
    side.lost("closed")
    assert not side.must_close()
    assert clock.records.events() == [
        "logged_on: next_in 2, next_out 2",
        "logging_out: Logout sent",
        "closing: logged out",
        "connection_lost: closed",
    ]
    fields = clock.records.fields(11)[0]
    assert (fields["source"], fields["session_id"]) == (4, "ENGINE->CCFX")


@pytest.mark.parametrize(("next_in", "next_out"), [(1, 1), (7, 9), (1, 1001), (7, 1)])
def test_numbers_are_recorded_when_they_were_taken_over_or_changed_and_only_then(next_in: int, next_out: int) -> None:
    clock = Clock()
    side = gateway(clock, next_in, next_out)
    venue = Venue(clock, side)
    side.save_numbers()
    side.save_numbers()
    said = [{"source": 4, "next_in": next_in, "next_out": next_out}] if (next_in, next_out) != (1, 1) else []
    assert clock.records.fields(SESSION_STATE) == said
    venue.log_on(next_in)
    side.save_numbers()
    side.save_numbers()
    said.append({"source": 4, "next_in": next_in + 1, "next_out": next_out + 1})
    assert clock.records.fields(SESSION_STATE) == said
    venue.say("35=1|112=x")
    side.save_numbers()
    said.append({"source": 4, "next_in": next_in + 2, "next_out": next_out + 2})
    assert clock.records.fields(SESSION_STATE) == said


def test_the_secret_is_filled_in_outside_and_recorded_nowhere() -> None:
    clock = Clock()
    side = gateway(clock, username=b"user", password_placeholder=b"{secret}")
    clock.begin()
    side.opened()
    data = side.outgoing()
    assert side.outgoing_has_secret()
    assert b"\x01554={secret}\x01" in data
    assert b"\x01554=opensesame\x01" in fill_secret(data, b"{secret}", SECRET)
    side.save_numbers()
    venue = Venue(clock, side)
    venue.say("35=5|58=Invalid username or password")
    assert side.outgoing() == b"" and not side.outgoing_has_secret()
    written = b"".join(payload for _, payload in clock.records.written)
    assert SECRET not in written and b"{secret}" not in written
    assert clock.records.events() == [
        "fault: logon refused, message 5 number 1: Invalid username or password",
        "closing: counterparty logged out",
    ]


def test_a_counterparty_that_errs_all_the_time_cannot_fill_the_log() -> None:
    clock = Clock()
    side = gateway(clock)
    venue = Venue(clock, side)
    venue.log_on()
    for _ in range(300):
        venue.say("35=8|37=1")
    events = clock.records.events()
    faults = [event for event in events if event.startswith("fault: invalid message")]
    assert len(faults) == FAULT_RECORDS_MAX
    assert events[-1] == "faults_only_counted: 100 faults of this connection are recorded"
    assert len(events) == 1 + FAULT_RECORDS_MAX + 1
    assert side.link.fault_count() == 300
    clock.begin()
    side.lost("cut")
    venue.log_on(302)
    venue.say("35=8|37=1")
    assert clock.records.events()[-1].startswith("fault: invalid message")  # a new connection, a new allowance


def test_a_long_or_strange_text_is_cut_and_shown() -> None:
    clock = Clock()
    side = gateway(clock)
    venue = Venue(clock, side)
    venue.log_on()
    venue.say("35=3|45=1|58=拒绝" + "x" * 5000)
    last = clock.records.events()[-1]
    assert "拒绝xxx" in last and len(last) < 400


def test_silence_and_an_unanswered_logon_end_the_session() -> None:
    clock = Clock()
    side = gateway(clock)
    venue = Venue(clock, side)
    venue.log_on()
    venue.wait(30)
    assert venue.sent() == ["35=0|34=2"]
    venue.wait(60)
    assert side.must_close()
    assert clock.records.events()[-1] == "closing: timeout"
    clock.begin()
    side.lost("closed")
    clock.begin()
    side.opened()
    venue.wait(11)
    assert side.must_close()
    assert clock.records.events()[-2:] == ["fault: logon timeout", "closing: timeout"]


def test_a_read_larger_than_the_sessions_limit_is_taken_in_pieces() -> None:
    clock = Clock()
    side = gateway(clock)
    venue = Venue(clock, side)
    venue.log_on()
    lines = [f"35=j|372=D|380=0|58={'x' * 2000}" for _ in range(700)]
    venue.say_together(*lines)
    assert side.link.session.next_in == 702


@pytest.mark.parametrize("size", [1, 7, 64])
def test_bytes_may_come_in_any_pieces(size: int) -> None:
    clock = Clock()
    side = gateway(clock)
    venue = Venue(clock, side)
    venue.log_on()
    data = b"".join(venue.frame("35=8|37=V|11=5|17=1|150=0|39=0|55=IF2101|54=1|151=5|14=0|6=0") for _ in range(3))
    for at in range(0, len(data), size):
        clock.begin()
        side.receive(data[at : at + size])
    assert [int(receipt.client_order_id) for receipt in side.take_receipts()] == [5, 5, 5]


def test_time_comes_from_the_step_alone() -> None:
    clock = Clock()
    link = FixLink(1, session_settings(), clock.step, 1, 1)
    clock.now_ns = 5 * SECOND
    clock.begin()
    link.opened()
    assert b"\x0152=20210104-02:00:05.000\x01" in link.outgoing()
    assert link.next_timer_ns() == 15 * SECOND
