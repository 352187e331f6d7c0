"""CME's TCP replay in a feed: conversations by texts and packets, and a lossy market with the simulated server."""

import random
from collections.abc import Callable

import pytest

from cross_market_connect.bench.feed import Faults, run
from cross_market_connect.domain.book import BOOK_SUSPECT
from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.domain.records import ALERT
from cross_market_connect.market.channel import FOLLOWING
from cross_market_connect.market.hole_recovery import HoleRecovery, RecoveryLimits
from cross_market_connect.venues.cme.replay import ASKED, CLOSING, DISCONNECTED, LOGGING_ON, CmeReplay
from cross_market_connect.wire.mdp3.codes import ADMIN_LOGIN, ADMIN_LOGOUT
from cross_market_connect.wire.mdp3.encoder import PacketWriter
from cross_market_connect.wire.mdp3.layout import Layouts
from cross_market_connect.wire.mdp3.replay import replay_text, sized
from tests.unit.venues.cme.support import (
    GC,
    MGC,
    MILLISECOND,
    SECOND,
    UTC_NS,
    Bench,
    bid,
    book,
    following,
    following_orders,
    heartbeat,
    packet,
    reset,
    schema,
    snapshot,
)

CHANNEL = 360
WAIT_NS = 5 * MILLISECOND
ANSWER_NS = 200 * MILLISECOND
LOGON = replay_text(b"A", [(b"553", b"FUND"), (b"554", b"{secret}")])
LOGOUT = replay_text(b"5", [])
HEARTBEAT = replay_text(b"0", [])


def request(number: int, begin: int, end: int) -> bytes:
    fields = [
        (b"1180", b"360"),
        (b"262", b"360-%d" % number),
        (b"1182", b"%d" % begin),
        (b"1183", b"%d" % end),
    ]
    return replay_text(b"V", fields)


def admin(template: int, field: str, value: int | str) -> bytes:
    writer = PacketWriter(schema())
    writer.start(1, UTC_NS)
    writer.begin(template)
    found = schema().template(template).root.find(field)
    assert found is not None
    if isinstance(value, str):
        writer.set_text(found, value)
    else:
        writer.set(found, value)
    writer.end()
    return sized(writer.finish())


LOGIN = admin(int(ADMIN_LOGIN), "HeartBtInt", 30)


def logout(text: str) -> bytes:
    return admin(int(ADMIN_LOGOUT), "Text", text)


# What the hole lacks: a second bid of GC.
MISSING = packet(11, book(GC, bid(3, 1_900.6, 1)))


class Desk:
    """Both books live after packet 10, and the session."""

    def __init__(self, bench: Bench | None = None, packets_max: int = 10, day_max: int = 100) -> None:
        self.bench = following() if bench is None else bench
        feed = self.bench.feed
        limits = RecoveryLimits(packets_max, day_max, WAIT_NS, ANSWER_NS)
        self.recovery = feed.recovery = HoleRecovery(feed.channel, feed.log, self.bench.step, limits)
        layouts = Layouts(schema())
        self.session = CmeReplay(self.bench.step, feed, self.recovery, layouts, CHANNEL, "FUND", b"{secret}")
        assert self.session.changed is feed.changed

    def give(self, what: Callable[[], None]) -> None:
        self.bench._input(what)

    def hole(self, behind: int = 12) -> None:
        self.bench.live(behind, book(MGC, bid(3, 1_900.5, 2)))
        assert self.bench.states() == ["suspect", "suspect"]

    def connect(self) -> None:
        """When the core would."""
        due_ns = int(self.session.connect_due_ns(0))
        self.bench.now_ns = max(self.bench.now_ns, due_ns)
        self.give(self.session.opened)

    def ask(self) -> None:
        """Packet 11 is asked for."""
        self.hole()
        self.connect()
        assert (self.session.state, self.session.outgoing()) == (LOGGING_ON, LOGON)
        self.take(LOGIN)
        assert (self.session.state, self.session.outgoing()) == (ASKED, request(1, 11, 11))

    def take(self, data: bytes) -> None:
        self.give(lambda: self.session.receive(data))

    def close(self, reason: str = "session ended") -> None:
        assert self.session.must_close()
        self.give(lambda: self.session.lost(reason))

    def reasons(self, event: str) -> list[str]:
        return [str(f["reason"]) for kind, f in self.bench.sink.records if kind == 12 and f["event"] == event]


def test_a_connection_is_wanted_for_a_hole_and_brings_what_is_missing() -> None:
    desk = Desk()
    assert desk.session.connect_due_ns(0) == NO_TIMER
    desk.hole()
    assert desk.session.connect_due_ns(0) == desk.bench.now_ns + WAIT_NS
    assert desk.session.connect_due_ns(desk.bench.now_ns + SECOND) == desk.bench.now_ns + SECOND
    desk.connect()
    desk.take(LOGIN)
    desk.session.outgoing()
    assert desk.bench.states() == ["suspect", "suspect"]
    desk.take(sized(MISSING))
    assert desk.bench.states() == ["live", "live"]
    assert desk.bench.bids() == [(19_006, 1), (19_005, 3)]
    assert (desk.session.state, desk.session.outgoing()) == (CLOSING, LOGOUT)
    assert desk.bench.events()[-3:] == ["gap", "asked", "repaired"]
    assert desk.reasons("repaired")[-1] == "from the TCP replay"
    desk.close()
    assert (desk.session.state, desk.session.connect_due_ns(0)) == (DISCONNECTED, NO_TIMER)
    assert desk.bench.feed.natural_refreshes == 0 and not desk.bench.feed.wants_refresh()


def test_while_it_is_expected_the_hole_is_held_and_no_longer_than_its_time() -> None:
    desk = Desk()
    desk.ask()
    asked_ns = desk.bench.now_ns
    desk.bench.pass_time(ANSWER_NS - 1)
    assert desk.bench.states() == ["suspect", "suspect"]
    assert desk.session.next_timer_ns() == asked_ns + ANSWER_NS
    desk.bench.now_ns += 1
    desk.give(desk.session.handle_timer)
    desk.give(desk.bench.feed.handle_timer)
    assert desk.session.must_close()
    # MGC's update came behind the hole and goes on its count; GC is told by a snapshot.
    assert desk.bench.states() == ["suspect", "live"]
    assert desk.reasons("not recovered") == ["no answer in time"]
    desk.take(sized(MISSING))
    assert desk.bench.states() == ["suspect", "live"]
    desk.close()
    desk.bench.loop(snapshot(GC, 11, 3, (1_900.6, 1), (1_900.5, 3)))
    assert desk.bench.states() == ["live", "live"]


def test_without_a_connection_the_hole_is_held_for_an_answers_time() -> None:
    desk = Desk()
    desk.hole()
    desk.bench.pass_time(WAIT_NS + ANSWER_NS - 1)
    assert desk.bench.states() == ["suspect", "suspect"]
    desk.bench.pass_time(2)
    assert desk.bench.states() == ["suspect", "live"]
    assert desk.reasons("not recovered") == ["nothing came in time"]
    desk.give(desk.session.opened)
    assert (desk.session.must_close(), desk.session.outgoing()) == (True, b"")
    assert desk.recovery.requests == 0


def test_a_connection_that_is_refused_gives_the_hole_up_and_the_next_ones_are_not_held() -> None:
    desk = Desk()
    desk.hole()
    desk.bench.now_ns += WAIT_NS
    desk.give(lambda: desk.session.refused("Connection refused"))
    desk.bench.pass_time(1)
    assert desk.bench.states() == ["suspect", "live"]
    assert desk.reasons("not recovered") == ["no connection: Connection refused"]
    since_ns = desk.bench.now_ns
    desk.bench.loop(snapshot(GC, 12, 3, (1_900.6, 1), (1_900.5, 3)))
    desk.bench.live(14, book(MGC, bid(4, 1_900.6, 2)))
    assert desk.session.connect_due_ns(0) > since_ns + 9 * SECOND
    desk.bench.pass_time(WAIT_NS + 1)
    assert desk.bench.states() == ["suspect", "live"], "given up after the other line's time"
    desk.bench.live(15, book(GC, bid(4, 1_900.7, 2)))
    desk.bench.pass_time(11 * SECOND)
    desk.bench.live(17, book(GC, bid(5, 1_900.8, 2)))
    assert desk.session.connect_due_ns(0) == desk.bench.now_ns + WAIT_NS, "the service is tried again"


@pytest.mark.parametrize("text", ["2099 to 2101 are not available", ""])
def test_a_refused_request_is_told_once_with_the_venues_words(text: str) -> None:
    desk = Desk()
    desk.ask()
    desk.take(logout(text))
    assert (desk.session.must_close(), desk.session.refusals) == (True, 1)
    desk.close()
    desk.bench.pass_time(1)
    assert desk.reasons("not recovered") == [f"refused: {text}"]
    assert desk.bench.states() == ["suspect", "live"]
    assert all(kind != ALERT for kind, _ in desk.bench.sink.records)


def test_a_refused_log_on_is_told_to_people_once() -> None:
    desk = Desk()
    for number in range(3):
        desk.hole(12 + 2 * number)
        desk.connect()
        desk.take(logout("username or password unknown"))
        desk.close()
        desk.bench.pass_time(1)
        last = 12 + 2 * number
        desk.bench.loop(snapshot(GC, last, 2, (1_900.5, 3)), snapshot(MGC, last, 2, (1_900.4, 7)))
    alerts = [fields["code"] for kind, fields in desk.bench.sink.records if kind == ALERT]
    assert (alerts, desk.session.refused_logons) == (["recovery_refused"], 3)


def test_more_than_one_request_may_be_for_is_not_waited_for() -> None:
    desk = Desk(packets_max=3)
    desk.hole(15)
    assert desk.session.connect_due_ns(0) == NO_TIMER
    assert desk.reasons("not recovered") == ["4 are missing, one request is for 3 at most"]
    desk.bench.pass_time(WAIT_NS + 1)
    assert desk.bench.states() == ["suspect", "live"]


def test_heartbeats_of_the_service_are_answered_and_those_of_the_channel_are_packets() -> None:
    desk = Desk()
    desk.hole(13)
    desk.connect()
    desk.session.outgoing()
    desk.take(sized(packet(5, heartbeat)) + LOGIN)
    assert desk.session.outgoing() == HEARTBEAT + request(1, 11, 12)
    desk.take(sized(packet(5, heartbeat)) + sized(packet(11, heartbeat)))
    assert (desk.session.outgoing(), desk.bench.feed.channel.next_seq) == (HEARTBEAT, 12)
    desk.take(sized(packet(12, heartbeat)))
    assert desk.bench.states() == ["live", "live"]


def test_an_answer_out_of_order_or_with_a_packet_missing_does_no_harm() -> None:
    desk = Desk()
    desk.hole(14)
    desk.connect()
    desk.take(LOGIN)
    desk.session.outgoing()
    desk.take(sized(packet(12, book(GC, bid(4, 1_900.7, 1)))))
    assert desk.bench.feed.channel.next_seq == 11
    desk.take(sized(MISSING) + sized(packet(13, heartbeat)))
    assert (desk.session.must_close(), desk.bench.feed.channel.next_seq) == (True, 12)
    assert desk.bench.states() == ["suspect", "suspect"]
    desk.close()
    desk.connect()
    desk.take(LOGIN)
    assert desk.session.outgoing() == LOGON + request(2, 12, 13)
    desk.take(sized(packet(12, book(GC, bid(4, 1_900.7, 1)))) + sized(packet(13, heartbeat)))
    assert desk.bench.states() == ["live", "live"]
    assert desk.bench.bids()[0] == (19_007, 1)


def test_a_late_packet_of_the_line_makes_the_rest_superfluous() -> None:
    desk = Desk()
    desk.ask()
    desk.bench.raw(MISSING)
    assert desk.bench.states() == ["live", "live"]
    before = desk.bench.bids()
    desk.take(sized(MISSING))
    assert (desk.session.must_close(), desk.bench.bids()) == (True, before)


def test_packets_from_before_the_numbers_were_forgotten_fill_no_hole_behind() -> None:
    desk = Desk()
    desk.ask()
    desk.give(lambda: desk.bench.feed._forget(BOOK_SUSPECT))
    desk.bench.live(10, heartbeat)
    desk.bench.loop(snapshot(GC, 10, 2, (1_900.5, 3)), snapshot(MGC, 10, 2, (1_900.4, 7)))
    desk.hole()
    desk.take(sized(MISSING))
    assert (desk.bench.states(), desk.session.must_close()) == (["suspect", "suspect"], True)
    assert desk.bench.feed.channel.next_seq == 11


def test_a_reset_among_the_missing_packets_voids_the_books() -> None:
    desk = Desk()
    desk.ask()
    desk.take(sized(packet(11, reset)))
    assert "live" not in desk.bench.states()
    assert desk.bench.feed.wants_refresh()


@pytest.mark.parametrize("data", [b"\x05\x00hello", sized(b"x" * 40), sized(MISSING[:-1])])
def test_bytes_that_are_no_packet_end_the_request(data: bytes) -> None:
    desk = Desk()
    desk.ask()
    desk.take(data)
    assert (desk.session.must_close(), desk.bench.feed.log.malformed) == (True, 1)
    desk.take(sized(MISSING))
    assert desk.bench.states() == ["suspect", "suspect"]
    desk.bench.pass_time(1)
    assert desk.bench.states() == ["suspect", "live"]


def test_whatever_the_server_sends_nothing_is_raised_and_no_request_is_made_without_end() -> None:
    chance = random.Random(7)
    desk = Desk(day_max=40)
    pieces = [LOGIN, logout("no"), sized(packet(5, heartbeat)), sized(MISSING), sized(packet(900, heartbeat))]
    for _ in range(300):
        queue = desk.bench.feed.channel.queue
        desk.bench.live(int(queue.next_seq) + 2, heartbeat)
        desk.bench.now_ns += WAIT_NS
        if desk.session.state == DISCONNECTED and desk.session.connect_due_ns(0) <= desk.bench.now_ns:
            desk.give(desk.session.opened)
        missing = sized(packet(int(desk.bench.feed.channel.next_seq), heartbeat))
        data = bytearray(b"".join(chance.choices([*pieces, missing], k=4)))
        for _ in range(chance.randrange(3)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        if desk.session.state != DISCONNECTED:
            desk.take(LOGIN + bytes(data[: chance.randrange(len(data)) + 1]))
        assert "live" not in desk.bench.states() or desk.bench.feed.channel.state == FOLLOWING
        assert len(desk.session.outgoing()) < 1_000
        desk.bench.now_ns += 11 * SECOND
        desk.give(desk.session.handle_timer)
        desk.give(desk.bench.feed.handle_timer)
        if desk.session.must_close():
            desk.close()
    assert 10 < desk.recovery.requests <= 40, "a day's requests, and not one more"


def test_a_lost_connection_and_the_end_of_the_run_end_the_request() -> None:
    desk = Desk()
    desk.ask()
    desk.give(lambda: desk.session.lost("closed by the peer"))
    assert desk.reasons("not recovered") == ["the connection is gone: closed by the peer"]
    ending = Desk()
    ending.ask()
    ending.session.save_numbers()
    ending.give(lambda: ending.session.log_out("end of the run"))
    assert ending.session.must_close() and not ending.session.is_up()


def test_books_by_order_are_repaired_as_well() -> None:
    desk = Desk(following_orders())
    desk.bench.live(12, heartbeat)
    desk.connect()
    desk.take(LOGIN + sized(packet(11, heartbeat)))
    assert desk.bench.states() == ["live", "live"]


@pytest.mark.slow
def test_a_market_that_loses_packets_on_both_lines_is_repaired_by_the_replay() -> None:
    answer = run("mdp3", Faults(60_000, 10_000, 10_000), 6_000, 5)
    assert (answer["books_equal"], answer["live_while_wrong"]) == (True, 0)
    recovery = answer["recovery"]
    assert recovery["recovered"] == recovery["requests"] == recovery["connections"] > 5
    assert answer["repair_ms"]["p100"] < 20
