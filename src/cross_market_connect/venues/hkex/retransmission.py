"""The retransmission service of the OMD family: one TCP session that is asked for what a feed's channel misses.

    state         meaning                                          leaves it
    DISCONNECTED  no connection                                    connected: LOGGING_ON
    LOGGING_ON    Logon (101) is sent                              active (102): READY; refused, late: CLOSING
    READY         nothing is under way                             a hole is due: ASKED
    ASKED         Retransmission Request (201) is sent             accepted (202): RECEIVING; refused: READY;
                                                                   late: CLOSING
    RECEIVING     the packets that were asked for come             the last of them: READY; late: CLOSING
    CLOSING       the connection is to be closed                   closed: DISCONNECTED

The server sends heartbeats, and each is answered with one; a server from which nothing comes is silent: CLOSING. So is
one that sends what is no packet. Whatever ends a request leaves its hole to the refresh channel, which is read all the
while (omd_feed.py). Which hole is asked for, and how often, is market/hole_recovery.py.

Sections are those of OMD-D 1.47, which OMD-C shares: 3.5 the messages, 4.3 the service. The venue's own figures (10,000
messages a request, 1,000 requests a day, the last 50,000 messages of a channel, 5 s to log on, heartbeats every 30 s,
5 s to answer one) are configuration or generous here: verify them against the venue's document before production.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.alert import WARNING
from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND, NO_TIMER
from cross_market_connect.domain.ports import QuoteConnection
from cross_market_connect.domain.step import Step
from cross_market_connect.market.hole_recovery import HoleRecovery
from cross_market_connect.venues.hkex.omd_feed import OmdFeed
from cross_market_connect.wire.omd.family import (
    LOGON_RESPONSE,
    RETRANSMISSION_ACCEPTED,
    RETRANSMISSION_CHANNEL_UNKNOWN,
    RETRANSMISSION_DAY_LIMIT,
    RETRANSMISSION_NOT_AVAILABLE,
    RETRANSMISSION_RANGE_TOO_LONG,
    RETRANSMISSION_RESPONSE,
    SESSION_ACTIVE,
    SESSION_ALREADY_CONNECTED,
    SESSION_INVALID_USER,
)
from cross_market_connect.wire.omd.faults import FAULT_NAMES, OK
from cross_market_connect.wire.omd.packet_reader import PacketReader
from cross_market_connect.wire.omd.packet_stream import packet_stream
from cross_market_connect.wire.omd.packet_writer import PacketWriter
from cross_market_connect.wire.packet_stream import PacketStream

DISCONNECTED: Final[i64] = 0
LOGGING_ON: Final[i64] = 1
READY: Final[i64] = 2
ASKED: Final[i64] = 3
RECEIVING: Final[i64] = 4
CLOSING: Final[i64] = 5

LOGON_TIMEOUT_NS: Final[i64] = 5 * NANOSECONDS_PER_SECOND
# Three heartbeats missing are no accident.
SILENCE_NS: Final[i64] = 90 * NANOSECONDS_PER_SECOND
# A log-on that was refused is not tried again at once: nothing but a person changes the answer.
REFUSED_PAUSE_NS: Final[i64] = 60 * NANOSECONDS_PER_SECOND
# Messages of the service are outside every channel's numbers.
_NO_SEQ: Final[i64] = 0

_SESSION_STATUSES: Final[dict[int, str]] = {
    int(SESSION_INVALID_USER): "username or address unknown",
    int(SESSION_ALREADY_CONNECTED): "connected already",
}
_STATUSES: Final[dict[int, str]] = {
    int(RETRANSMISSION_CHANNEL_UNKNOWN): "channel unknown, or not ours",
    int(RETRANSMISSION_NOT_AVAILABLE): "messages not available",
    int(RETRANSMISSION_RANGE_TOO_LONG): "more messages than one request may be for",
    int(RETRANSMISSION_DAY_LIMIT): "no more requests today",
}


@final
class OmdRetransmission(QuoteConnection):
    """The session of one feed with the service; what it recovers goes into the feed's books.

    Args:
        reader, writer: of the flavour, for this session alone.
        channel: the number by which the service knows the feed's real-time channel.

    Attributes:
        state: one of the table above.
        refused_logons: log-ons that were refused; heartbeats: heartbeats answered.
    """

    def __init__(
        self,
        step: Step,
        feed: OmdFeed,
        recovery: HoleRecovery,
        reader: PacketReader,
        writer: PacketWriter,
        channel: i64,
        username: str,
    ) -> None:
        super().__init__()
        # What is recovered changes the feed's books: the core asks both for what changed, so it is one list.
        self.changed = feed.changed
        self.recovery: HoleRecovery = recovery
        self.state: i64 = DISCONNECTED
        self.refused_logons: i64 = 0
        self.heartbeats: i64 = 0
        self._step: Step = step
        self._feed: OmdFeed = feed
        self._reader: PacketReader = reader
        self._writer: PacketWriter = writer
        self._channel: i64 = channel
        self._username: str = username
        self._stream: PacketStream = packet_stream()
        self._output: bytes = b""
        self._heard_ns: i64 = 0
        self._not_before_ns: i64 = 0

    # -- the port ------------------------------------------------------------------------------------------------------

    def connect_due_ns(self, due_ns: i64) -> i64:
        """When to connect: at once, unless the last log-on was refused."""
        return due_ns if due_ns > self._not_before_ns else self._not_before_ns

    def opened(self) -> None:
        """The connection was made: log on."""
        self.state = LOGGING_ON
        self._stream = packet_stream()
        self._heard_ns = self._step.now_ns
        writer = self._writer
        writer.start(_NO_SEQ, self._step.utc_ns)
        writer.add_logon(self._username)
        self._output = writer.finish()

    def lost(self, reason: str) -> None:
        """The connection is gone."""
        if self._is_asking():
            self.recovery.give_up(f"the connection is gone: {reason}")
        self.state = DISCONNECTED
        self._output = b""

    def receive(self, data: bytes) -> None:
        """Take in what one read returned; whatever it holds, nothing is raised."""
        self._heard_ns = self._step.now_ns
        for packet in self._stream.take(data):
            if self.state == CLOSING or self.state == DISCONNECTED:
                return
            self._on_packet(packet)
        if self._stream.is_broken and self.state != CLOSING:
            self._feed.log.malformed_packet(self._feed.channel.next_seq, "retransmission: impossible length")
            self._close("what comes is no packet")

    def next_timer_ns(self) -> i64:
        """When `handle_timer` wants to be called."""
        if self.state == LOGGING_ON:
            return self._heard_ns + LOGON_TIMEOUT_NS
        if self._is_asking():
            return self.recovery.deadline_ns
        if self.state != READY:
            return NO_TIMER
        silent_ns = self._heard_ns + SILENCE_NS
        due_ns = self.recovery.due_ns()
        return due_ns if due_ns < silent_ns else silent_ns

    def handle_timer(self) -> None:
        """Ask for a hole whose time has come; close what is late or silent."""
        now_ns = self._step.now_ns
        if now_ns < self.next_timer_ns():
            return
        if self.state == READY and now_ns >= self.recovery.due_ns():
            if self.recovery.begin():
                self._ask()
        elif self.state == LOGGING_ON:
            self._close("no answer to the log-on")
        elif self._is_asking():
            self._close("no answer in time")
        else:
            self._close("silent")

    def is_up(self) -> bool:
        """Whether the session is logged on."""
        return self.state == READY or self._is_asking()

    def log_out(self, reason: str) -> None:
        """The service has no log-out: the connection is closed."""
        self._close(reason)

    def save_numbers(self) -> None:
        """The service numbers nothing that lasts."""

    def outgoing(self) -> bytes:
        """Drain the bytes to send."""
        data = self._output
        self._output = b""
        return data

    def must_close(self) -> bool:
        """Whether the connection is to be closed."""
        return self.state == CLOSING

    # -- packets -------------------------------------------------------------------------------------------------------

    def _is_asking(self) -> bool:
        return self.state == ASKED or self.state == RECEIVING

    def _on_packet(self, data: bytes) -> None:
        reader = self._reader
        reason = reader.open(data)
        if reason != OK:
            self._feed.log.malformed_packet(self._feed.channel.next_seq, FAULT_NAMES[-reason])
            self._close("a packet is malformed")
            return
        kind = reader.first_type()
        if reader.message_count == 0:
            self.heartbeats += 1
            self._output += self._writer.heartbeat(_NO_SEQ, self._step.utc_ns)
        elif kind == LOGON_RESPONSE:
            reader.next()
            self._on_logon_response(reader.session_status())
        elif kind == RETRANSMISSION_RESPONSE:
            reader.next()
            self._on_response(reader)
        elif self.state == RECEIVING:
            self._on_recovered(data, reader.seq_num + reader.message_count)

    def _on_logon_response(self, status: i64) -> None:
        if self.state != LOGGING_ON:
            return
        if status == SESSION_ACTIVE:
            self.state = READY
            return
        self.refused_logons += 1
        self._not_before_ns = self._step.now_ns + REFUSED_PAUSE_NS
        reason = _SESSION_STATUSES.get(int(status), f"status {status}")
        if self.refused_logons == 1:
            self._step.alert(
                WARNING,
                "recovery_refused",
                0,
                f"the retransmission service refuses {self._username}: {reason}",
                f"重传服务拒绝登录 {self._username}：{reason}",
            )
        self._close(f"log-on refused: {reason}")

    def _on_response(self, reader: PacketReader) -> None:
        if self.state != ASKED or reader.channel_id() != self._channel:
            return
        status = reader.retransmission_status()
        if status == RETRANSMISSION_ACCEPTED:
            self.state = RECEIVING
            self.recovery.progress()
            return
        if status == RETRANSMISSION_DAY_LIMIT:
            self.recovery.exhaust_day()
        self.recovery.give_up(_STATUSES.get(int(status), f"status {status}"))
        self.state = READY

    def _on_recovered(self, data: bytes, after_seq: i64) -> None:
        self.recovery.progress()
        if self.recovery.is_current():
            self._feed.recover(data)
        if after_seq >= self.recovery.after_seq:
            self.recovery.finish()
            self.state = READY

    def _ask(self) -> None:
        recovery = self.recovery
        writer = self._writer
        writer.start(_NO_SEQ, self._step.utc_ns)
        writer.add_retransmission_request(self._channel, recovery.first_seq, recovery.after_seq - 1)
        self._output += writer.finish()
        self.state = ASKED

    def _close(self, reason: str) -> None:
        if self._is_asking():
            self.recovery.give_up(reason)
        elif self.state != CLOSING and self.state != DISCONNECTED:
            self._feed.log.event("recovery session ends", self._feed.channel.next_seq, 0, reason)
        self.state = CLOSING
