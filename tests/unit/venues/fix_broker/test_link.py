"""One FIX session inside the engine: what it records, what it never records, and its bounds."""

import pytest

from cross_market_connect.domain.order import BUY, DAY, LIMIT, OFFSET_OPEN, OrderCommand
from cross_market_connect.domain.records import SESSION_STATE
from cross_market_connect.market.venue_clock import ClockBounds, VenueClock
from cross_market_connect.venues.fix_broker.link import FAULT_RECORDS_MAX, PROBE_INTERVAL_NS, FixLink
from cross_market_connect.venues.fix_broker.orders import FixOrders
from cross_market_connect.wire.fix.encoder import fill_secret
from tests.unit.venues.fix_broker.support import (
    MILLISECOND,
    SECOND,
    UTC_NS,
    Clock,
    Venue,
    instruments,
    session_settings,
    stamp,
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
        (
            "fault: session ENGINE->CCFX, received message 5 number 1: logon refused: Invalid username or password; "
            "read Text(58) and ask the counterparty"
        ),
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
    told = [event for event in events if event.startswith("fault: ")]
    assert len(told) == FAULT_RECORDS_MAX
    assert told[0].startswith("fault: session ENGINE->CCFX, received message 8 number 2, tag ")
    assert all(": invalid message: " in event and "; compare the field with " in event for event in told)
    assert events[-1] == "faults_only_counted: 100 faults of this connection are recorded"
    assert len(events) == 1 + FAULT_RECORDS_MAX + 1
    assert side.link.fault_count() == 300
    clock.begin()
    side.lost("cut")
    venue.log_on(302)
    venue.say("35=8|37=1")
    assert ": invalid message: " in clock.records.events()[-1], "a new connection, a new allowance"


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
    assert clock.records.events()[-2:] == [
        "fault: session ENGINE->CCFX, sent: logon timeout; ask the counterparty whether the session is open and known",
        "closing: timeout",
    ]


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


def calibrated(clock: Clock, side: FixOrders) -> tuple[VenueClock, VenueClock]:
    """The session's clock and the market's, of whose ways it is only known that they take up to 50 ms."""
    clocks = []
    for _ in range(2):
        bounds = ClockBounds(0, 50 * MILLISECOND)
        bounds.stamp_unit_ns = MILLISECOND
        clocks.append(VenueClock(bounds))
    side.link.clock, side.market_clock = clocks
    return clocks[0], clocks[1]


def test_a_log_on_and_every_minute_a_test_request_say_what_the_venue_s_clock_shows() -> None:
    clock = Clock()
    side = gateway(clock)
    session_clock, market_clock = calibrated(clock, side)
    venue = Venue(clock, side)
    clock.begin()
    side.opened()
    clock.now_ns += 4 * MILLISECOND
    venue.sent()
    # Our local time is the venue's minus UTC_NS; a whole millisecond of its stamp is not known.
    venue.say("35=A|98=0|108=300")
    assert abs(session_clock.offset_ns(clock.now_ns) + UTC_NS) <= 3 * MILLISECOND
    assert session_clock.uncertainty_ns(clock.now_ns) <= 4 * MILLISECOND
    assert (session_clock.messages, session_clock.contradictions, market_clock.is_known()) == (0, 0, False)
    asked_ns = clock.now_ns + PROBE_INTERVAL_NS
    assert side.next_timer_ns() == asked_ns
    clock.now_ns = asked_ns
    clock.begin()
    side.handle_timer()
    assert venue.sent() == ["35=1|34=2|112=TEST-1"]
    # By drift alone nothing was known to a millisecond any more.
    assert session_clock.uncertainty_ns(clock.now_ns) > 10 * MILLISECOND
    clock.now_ns += MILLISECOND
    venue.say("35=0|112=TEST-1")
    assert session_clock.uncertainty_ns(clock.now_ns) <= 2 * MILLISECOND
    assert abs(session_clock.offset_ns(clock.now_ns) + UTC_NS) <= 2 * MILLISECOND
    assert side.next_timer_ns() == asked_ns + PROBE_INTERVAL_NS


def test_without_a_clock_nobody_asks_for_the_time() -> None:
    clock = Clock()
    side = gateway(clock)
    venue = Venue(clock, side)
    venue.log_on()
    assert side.next_timer_ns() == 30 * SECOND, "its heartbeat"
    clock.now_ns = int(PROBE_INTERVAL_NS)
    venue.say("35=0")
    clock.begin()
    side.handle_timer()
    assert [line.split("|")[0] for line in venue.sent()] == ["35=0"]


def test_what_an_order_is_answered_with_says_what_the_market_s_clock_shows() -> None:
    clock = Clock()
    side = gateway(clock)
    session_clock, market_clock = calibrated(clock, side)
    venue = Venue(clock, side)
    venue.log_on()
    clock.now_ns += SECOND
    clock.begin()
    side.submit(OrderCommand(1_000_000_001, 0, BUY, LIMIT, DAY, 26_001, 5, OFFSET_OPEN))
    venue.sent()
    # The market's clock is 7 s ahead of the gateway's; it is stamped after 1 ms and heard after 2.
    accepted = stamp(clock.utc_ns + 7 * SECOND + MILLISECOND)
    clock.now_ns += 2 * MILLISECOND
    order = "11=1000000001|37=V7|17=E1|55=IF2101|54=1|6=0"
    venue.say(f"35=8|{order}|150=0|39=0|14=0|151=5|60={accepted}")
    assert abs(market_clock.offset_ns(clock.now_ns) + UTC_NS + 7 * SECOND) <= 2 * MILLISECOND
    assert market_clock.uncertainty_ns(clock.now_ns) <= 3 * MILLISECOND
    assert session_clock.messages == 1 and abs(session_clock.offset_ns(clock.now_ns) + UTC_NS) <= 2 * MILLISECOND
    # Later reports answer nothing: the order was sent long ago.
    known = market_clock.uncertainty_ns(clock.now_ns)
    clock.now_ns += 40 * MILLISECOND
    filled = stamp(clock.utc_ns + 7 * SECOND - 30 * MILLISECOND)
    venue.say(f"35=8|{order.replace('E1', 'E2')}|150=F|39=2|14=5|151=0|32=5|31=5200.2|60={filled}")
    assert (market_clock.messages, market_clock.contradictions) == (2, 0)
    assert market_clock.uncertainty_ns(clock.now_ns) <= known + MILLISECOND
