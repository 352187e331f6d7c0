"""The session with the retransmission service: conversations by bytes made by hand, and a market with a real server."""

import random
import struct
from typing import Any

import pytest

from cross_market_connect.domain.book import BOOK_LIVE, BOOK_SUSPECT
from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.domain.records import ALERT
from cross_market_connect.market.channel import FOLLOWING
from cross_market_connect.market.hole_recovery import HoleRecovery, RecoveryLimits
from cross_market_connect.venues.hkex.omd_d_feed import OmdDerivativesFeed
from cross_market_connect.venues.hkex.retransmission import (
    ASKED,
    CLOSING,
    DISCONNECTED,
    LOGGING_ON,
    READY,
    RECEIVING,
    OmdRetransmission,
)
from cross_market_connect.venues.simulated.omd_retransmission import OmdRetransmissionPeer, OmdRetransmissionServer
from cross_market_connect.wire.omd.faults import FaultCounts
from cross_market_connect.wire.omd.omd_d_messages import OMD_D
from cross_market_connect.wire.omd.omd_d_writer import OmdDWriter
from cross_market_connect.wire.omd.packet_reader import PacketReader
from cross_market_connect.wire.omd.packet_writer import PacketWriter
from tests.unit.venues.hkex.support import (
    HSI,
    LIVE,
    SECOND,
    UTC_NS,
    FeedUnderTest,
    check_live_books,
    complete,
    instrument,
    record,
    sides,
    update,
)
from tests.unit.venues.hkex.support import packet as live_packet

CHANNEL = 10
MILLISECOND = 1_000_000
ANSWER_NS = 200 * MILLISECOND
WAIT_NS = MILLISECOND


def packet(seq: int, *messages: bytes) -> bytes:
    """A packet header (section 3.3): size, count, compression, number, time, all little-endian."""
    content = b"".join(messages)
    return struct.pack("<HBBIQ", 16 + len(content), len(messages), 0, seq, UTC_NS) + content


# Sections 3.5.1 to 3.5.4, byte by byte.
LOGON = packet(0, b"\x10\x00\x65\x00" + b"FUND\0\0\0\0\0\0\0\0")
HEARTBEAT = packet(0)


def logon_response(status: int) -> bytes:
    return packet(0, b"\x08\x00\x66\x00" + bytes([status, 0, 0, 0]))


def request(begin: int, end: int) -> bytes:
    return packet(0, b"\x10\x00\xc9\x00" + struct.pack("<HHII", CHANNEL, 0, begin, end))


def response(status: int, begin: int, end: int, channel: int = CHANNEL) -> bytes:
    return packet(0, b"\x10\x00\xca\x00" + struct.pack("<HBBII", channel, status, 0, begin, end))


def bid(seq: int, price: int, level: int = 1) -> bytes:
    """A new best bid of one lot."""
    return live_packet(seq, update(HSI, (1, price, 0, level, 0)))


def reset(writer: OmdDWriter) -> None:
    assert writer.add_sequence_reset(1)


class Desk:
    """A feed with a book, its session, and the time."""

    def __init__(self, messages_max: int = 10) -> None:
        self.feed_test = FeedUnderTest([instrument(0, "HSIF1")], {HSI: 0})
        self.feed: OmdDerivativesFeed = self.feed_test.feed
        step = self.feed_test.step
        limits = RecoveryLimits(messages_max, 100, WAIT_NS, ANSWER_NS)
        self.recovery = HoleRecovery(self.feed.channel, self.feed.log, step, limits)
        self.session = OmdRetransmission(
            step,
            self.feed,
            self.recovery,
            PacketReader(FaultCounts(), OMD_D),
            PacketWriter(OMD_D),
            CHANNEL,
            "FUND",
        )
        self.book = self.feed_test.books[0]

    def begin(self) -> None:
        self.feed_test._begin()

    def synchronize(self) -> None:
        """Message 1 is known, the book has one bid."""
        self.feed_test.live(bid(1, 27_000))
        self.feed_test.refresh(live_packet(1, complete(1)))
        self.feed_test.refresh(live_packet(2, update(HSI, (1, 27_000, 0, 1, 0)), complete(1)))
        assert self.book.state == BOOK_LIVE

    def connect(self) -> None:
        self.begin()
        self.session.opened()
        assert (self.session.state, self.session.is_up(), self.session.outgoing()) == (LOGGING_ON, False, LOGON)

    def take(self, data: bytes) -> None:
        self.begin()
        self.session.receive(data)
        assert self.session.changed is self.feed.changed
        self.feed_test._end()

    def log_on(self) -> None:
        self.connect()
        self.take(logon_response(0))
        assert (self.session.state, self.session.is_up()) == (READY, True)

    def timer(self, at_ns: int) -> bytes:
        """The next timer comes then; what is sent."""
        assert self.session.next_timer_ns() == at_ns
        self.feed_test.now_ns = at_ns
        self.begin()
        self.session.handle_timer()
        return self.session.outgoing()

    def ask(self) -> None:
        """Message 2 is missing, and is asked for."""
        self.synchronize()
        self.log_on()
        self.feed_test.live(bid(3, 27_002))
        assert self.book.state == BOOK_SUSPECT
        assert self.timer(self.feed_test.now_ns + WAIT_NS) == request(2, 2)
        assert self.session.state == ASKED


def test_a_hole_is_asked_for_and_what_comes_makes_the_book_live_again() -> None:
    desk = Desk()
    desk.ask()
    desk.take(response(0, 2, 2))
    assert (desk.session.state, desk.book.state) == (RECEIVING, BOOK_SUSPECT)
    desk.take(bid(2, 27_001))
    assert (desk.session.state, desk.book.state) == (READY, BOOK_LIVE)
    assert sides(desk.book)[0] == [(27_002, 1), (27_001, 1), (27_000, 1)]
    assert desk.feed_test.changed == [0]
    assert desk.feed_test.events()[-3:] == ["gap", "asked", "repaired"]
    assert desk.feed_test.event_fields("repaired")[-1] == (3, 4, "from the retransmission service")
    assert desk.session.next_timer_ns() == desk.feed_test.now_ns + 90 * SECOND


def test_answer_and_messages_may_come_in_one_read_and_in_pieces() -> None:
    desk = Desk()
    desk.ask()
    data = HEARTBEAT + response(0, 2, 2) + bid(2, 27_001)
    for byte in data[:-1]:
        desk.take(bytes([byte]))
        assert desk.book.state == BOOK_SUSPECT
    desk.take(data[-1:])
    assert (desk.book.state, desk.session.outgoing(), desk.session.heartbeats) == (BOOK_LIVE, HEARTBEAT, 1)


def test_nothing_is_asked_when_there_is_no_hole_or_no_session() -> None:
    desk = Desk()
    desk.synchronize()
    desk.feed_test.live(bid(3, 27_002))
    assert (desk.session.state, desk.session.next_timer_ns()) == (DISCONNECTED, NO_TIMER)
    desk.log_on()
    assert desk.timer(desk.feed_test.now_ns + WAIT_NS) == request(2, 2)
    whole = Desk()
    whole.synchronize()
    whole.log_on()
    assert whole.timer(whole.feed_test.now_ns + 90 * SECOND) == b""
    assert (whole.session.state, whole.session.must_close()) == (CLOSING, True)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (1, "channel unknown, or not ours"),
        (2, "messages not available"),
        (100, "more messages than one request may be for"),
        (101, "no more requests today"),
        (77, "status 77"),
    ],
)
def test_a_refused_hole_is_told_once_and_left_to_the_snapshot(status: int, reason: str) -> None:
    desk = Desk()
    desk.ask()
    desk.take(response(status, 2, 2))
    assert desk.session.state == READY
    assert desk.feed_test.event_fields("not recovered") == [(2, 3, reason)]
    desk.take(bid(2, 27_001))
    assert desk.book.state == BOOK_SUSPECT, "what nobody asked for is not taken"
    assert desk.session.next_timer_ns() == desk.feed_test.now_ns + 90 * SECOND
    assert desk.feed.wants_refresh()
    desk.feed_test.refresh(live_packet(3, complete(3)))
    desk.feed_test.refresh(live_packet(4, update(HSI, (2, 27_002, 0, 1, 0)), complete(3)))
    assert (desk.book.state, sides(desk.book)[0]) == (BOOK_LIVE, [(27_002, 2)])
    desk.feed_test.live(bid(5, 27_003))
    sent = desk.timer(desk.feed_test.now_ns + WAIT_NS)
    assert sent == (b"" if status == 101 else request(4, 4))


def test_a_late_answer_ends_the_session_and_is_passed_over() -> None:
    desk = Desk()
    desk.ask()
    assert desk.timer(desk.feed_test.now_ns + ANSWER_NS) == b""
    assert desk.session.must_close() and not desk.session.is_up()
    assert desk.feed_test.event_fields("not recovered") == [(2, 3, "no answer in time")]
    desk.take(response(0, 2, 2) + bid(2, 27_001))
    assert (desk.book.state, desk.session.next_timer_ns()) == (BOOK_SUSPECT, NO_TIMER)
    desk.begin()
    desk.session.lost("session ended")
    assert desk.session.connect_due_ns(7) == 7
    assert len(desk.feed_test.event_fields("not recovered")) == 1


def test_an_answer_that_comes_after_the_snapshot_changes_nothing() -> None:
    desk = Desk()
    desk.ask()
    desk.feed_test.refresh(live_packet(3, complete(3)))
    desk.feed_test.refresh(live_packet(4, update(HSI, (2, 27_002, 0, 1, 0)), complete(3)))
    before = sides(desk.book)
    desk.take(response(0, 2, 2) + bid(2, 27_001))
    assert (desk.session.state, desk.book.state, sides(desk.book)) == (READY, BOOK_LIVE, before)


def test_messages_from_before_a_reset_do_not_fill_a_hole_behind_it() -> None:
    desk = Desk()
    desk.ask()
    desk.take(response(0, 2, 2))
    desk.feed_test.live(live_packet(1, reset))
    desk.synchronize()
    desk.feed_test.live(bid(3, 27_002))
    assert desk.feed.channel.next_seq == 2
    desk.take(bid(2, 26_999))
    assert (desk.session.state, desk.book.state) == (READY, BOOK_SUSPECT)
    assert desk.timer(desk.feed_test.now_ns + WAIT_NS) == request(2, 2)
    desk.take(response(0, 2, 2) + bid(2, 27_001))
    assert sides(desk.book)[0] == [(27_002, 1), (27_001, 1), (27_000, 1)]


def test_an_answer_that_stops_half_way_is_late() -> None:
    desk = Desk()
    desk.synchronize()
    desk.log_on()
    desk.feed_test.live(bid(5, 27_002))
    assert desk.timer(desk.feed_test.now_ns + WAIT_NS) == request(2, 4)
    desk.take(response(0, 2, 4) + bid(2, 27_001))
    desk.feed_test.now_ns += ANSWER_NS // 2
    desk.take(bid(3, 27_003))
    assert (desk.session.state, desk.book.state) == (RECEIVING, BOOK_SUSPECT)
    desk.timer(desk.feed_test.now_ns + ANSWER_NS)
    assert (desk.session.state, desk.book.state) == (CLOSING, BOOK_SUSPECT)


def test_a_server_that_sends_other_messages_than_asked_for_does_no_harm() -> None:
    desk = Desk()
    desk.ask()
    kept = desk.feed.channel.queue.first_seq, desk.feed.channel.queue.next_seq, len(desk.feed.channel.queue)
    desk.take(response(0, 2, 2, channel=11))
    assert desk.session.state == ASKED
    desk.take(response(0, 2, 2) + bid(1, 26_000))
    assert (desk.session.state, desk.book.state) == (RECEIVING, BOOK_SUSPECT)
    desk.take(bid(900, 26_000))
    queue = desk.feed.channel.queue
    assert (queue.first_seq, queue.next_seq, len(queue)) == kept, "what is kept was not given up for it"
    assert (desk.book.state, desk.session.state) == (BOOK_SUSPECT, READY)
    assert desk.timer(desk.feed_test.now_ns) == request(2, 2), "what is missing still is asked for again"


@pytest.mark.parametrize("data", [b"\x04\x00\x00\x00", packet(0, b"\x10\x00\xca\x00"), b"\xff" * 40])
def test_bytes_that_are_no_packet_end_the_session(data: bytes) -> None:
    desk = Desk()
    desk.ask()
    desk.take(data)
    assert (desk.session.state, desk.feed.log.malformed) == (CLOSING, 1)
    assert len(desk.feed_test.event_fields("not recovered")) == 1
    desk.take(response(0, 2, 2) + bid(2, 27_001))
    assert desk.book.state == BOOK_SUSPECT


@pytest.mark.parametrize(("status", "reason"), [(5, "username or address unknown"), (100, "connected already")])
def test_a_refused_log_on_is_told_once_and_not_tried_again_at_once(status: int, reason: str) -> None:
    desk = Desk()
    for _ in range(3):
        desk.connect()
        desk.take(logon_response(status))
        assert desk.session.must_close()
        desk.begin()
        desk.session.lost("session ended")
        assert desk.session.connect_due_ns(0) == desk.feed_test.now_ns + 60 * SECOND
    alerts: list[dict[str, Any]] = [fields for kind, fields in desk.feed_test.sink.records if kind == ALERT]
    assert [alert["code"] for alert in alerts] == ["recovery_refused"]
    assert {text for _, _, text in desk.feed_test.event_fields("recovery session ends")} == {
        f"log-on refused: {reason}"
    }


def test_a_log_on_without_answer_and_a_lost_connection_end_what_was_asked() -> None:
    silent = Desk()
    silent.connect()
    silent.timer(silent.feed_test.now_ns + 5 * SECOND)
    assert silent.session.must_close()
    desk = Desk()
    desk.ask()
    desk.begin()
    desk.session.lost("closed by the peer")
    assert desk.feed_test.event_fields("not recovered")[0][2] == "the connection is gone: closed by the peer"
    assert (desk.session.state, desk.session.outgoing()) == (DISCONNECTED, b"")
    desk.log_on()
    assert desk.session.next_timer_ns() == desk.feed_test.now_ns + 90 * SECOND, "that hole is the snapshot's"


def test_a_log_out_closes_the_connection() -> None:
    desk = Desk()
    desk.log_on()
    desk.session.save_numbers()
    desk.session.log_out("end of the run")
    assert desk.session.must_close() and not desk.session.is_up()


def test_whatever_the_server_sends_nothing_is_raised_and_no_request_is_made_without_end() -> None:
    chance = random.Random(7)
    desk = Desk()
    desk.synchronize()
    pieces = [logon_response(0), HEARTBEAT, response(0, 2, 4), response(2, 2, 4), request(2, 4), LOGON, bid(900, 1)]
    holes = 0
    for number in range(400):
        desk.begin()
        if desk.session.state == DISCONNECTED:
            desk.session.opened()
        desk.take(logon_response(0))
        desk.feed_test.now_ns += SECOND
        if number % 3 == 0:
            desk.feed.channel.stand_at(desk.feed.channel.queue.next_seq)  # as a snapshot does
            desk.feed_test.live(bid(int(desk.feed.channel.queue.next_seq) + 2, 27_002))
            holes += 1
        desk.begin()
        if desk.session.next_timer_ns() <= desk.feed_test.now_ns:
            desk.session.handle_timer()
        data = bytearray(b"".join(chance.choices([*pieces, bid(int(desk.feed.channel.next_seq), 1)], k=4)))
        for _ in range(chance.randrange(3)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        desk.take(bytes(data[: chance.randrange(len(data)) + 1]))
        assert desk.book.state != BOOK_LIVE or desk.feed.channel.state == FOLLOWING
        assert len(desk.session.outgoing()) < 1_000
        if desk.session.must_close():
            desk.begin()
            desk.session.lost("closed")
    assert 10 < desk.recovery.requests <= 100, "a day's requests, and not one more"
    assert holes > 100


def test_a_market_on_one_lossy_line_is_right_wherever_it_is_live_and_repaired_by_the_service_alone() -> None:
    recording = record(400, 20 * MILLISECOND, 11)
    under_test = FeedUnderTest(recording.instruments)
    feed, step = under_test.feed, under_test.step
    recovery = HoleRecovery(feed.channel, feed.log, step, RecoveryLimits(50, 1_000, 0, ANSWER_NS))
    session = OmdRetransmission(
        step, feed, recovery, PacketReader(FaultCounts(), OMD_D), PacketWriter(OMD_D), LIVE, "FUND"
    )
    server = OmdRetransmissionServer(OMD_D, [LIVE], ["FUND"])
    peer = OmdRetransmissionPeer(server, 0)
    under_test._begin()
    session.opened()
    compared = lost = 0
    has_begun = False
    for number, (at_ns, is_refresh, data) in enumerate(recording.datagrams):
        under_test.now_ns = 1_000 * SECOND + at_ns
        if not is_refresh:
            server.note(LIVE, data)
        if is_refresh and not has_begun:
            under_test.refresh(data)
            has_begun = feed.log.repairs > 0
        elif not is_refresh and (number % 7 or not has_begun):
            under_test.live(data)
        elif not is_refresh:
            lost += 1
        compared += check_live_books(under_test, recording)
        under_test._begin()
        if session.next_timer_ns() <= under_test.now_ns:
            session.handle_timer()
        peer.receive(session.outgoing(), under_test.now_ns, UTC_NS)
        session.receive(peer.take_output())
        under_test._end()
        compared += check_live_books(under_test, recording)
    assert lost > 30 and compared > 300
    assert recovery.recovered == recovery.requests > 25
    assert feed.log.repairs == 1 + recovery.recovered
