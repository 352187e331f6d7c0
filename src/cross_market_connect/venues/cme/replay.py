"""CME's TCP replay: a connection for one request, made when a channel misses a few packets.

    state         meaning                                            leaves it
    DISCONNECTED  no connection; none is wanted without a hole       a hole is due, and the core connects: LOGGING_ON
    LOGGING_ON    Logon (A) is sent                                  AdminLogin (15): ASKED; refused, late: CLOSING
    ASKED         Market Data Request (V) is sent, packets come      the last of them, refused, late: CLOSING
    CLOSING       the connection is to be closed                     closed: DISCONNECTED

While the replay is expected the channel's hole stays open, and nothing is applied behind it (mdp3_feed.py); the answer
has one deadline, from the connection on. Whatever else ends a request, and a connection that is refused, leaves the
hole to the feed, whose books then find out by their own counts whether they missed anything. After a failure holes are
not held for a while. Messages and their sources: wire/mdp3/replay.py. Which hole is asked for: market/hole_recovery.py.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.alert import WARNING
from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND, NO_TIMER
from cross_market_connect.domain.ports import QuoteConnection
from cross_market_connect.domain.step import Step
from cross_market_connect.market.hole_recovery import HoleRecovery
from cross_market_connect.venues.cme.mdp3_feed import CmeFuturesFeed
from cross_market_connect.wire.mdp3.codes import ADMIN_HEARTBEAT, ADMIN_LOGIN, ADMIN_LOGOUT
from cross_market_connect.wire.mdp3.decoder import PacketReader
from cross_market_connect.wire.mdp3.faults import FAULT_NAMES, OK, FaultCounts
from cross_market_connect.wire.mdp3.layout import Layouts
from cross_market_connect.wire.mdp3.replay import (
    HEARTBEAT,
    LOGON,
    LOGOUT,
    MARKET_DATA_REQUEST,
    TAG_BEGIN,
    TAG_CHANNEL,
    TAG_END,
    TAG_PASSWORD,
    TAG_REQUEST_ID,
    TAG_USERNAME,
    packet_stream,
    replay_text,
)
from cross_market_connect.wire.packet_stream import PacketStream
from cross_market_connect.wire.sbe.schema import Field

DISCONNECTED: Final[i64] = 0
LOGGING_ON: Final[i64] = 1
ASKED: Final[i64] = 2
CLOSING: Final[i64] = 3

# So long no hole is held for a service that failed: it would only delay what the feed can do without it.
FAILED_PAUSE_NS: Final[i64] = 10 * NANOSECONDS_PER_SECOND


@final
class CmeReplay(QuoteConnection):
    """The connections of one feed to the replay; what they bring goes into the feed's books.

    Args:
        channel: the number by which the service knows the feed's incremental channel.
        password: the placeholder that the shell replaces by the password.

    Attributes:
        state: one of the table above.
        refusals, refused_logons: requests and log-ons that the service refused with a text.
    """

    def __init__(
        self,
        step: Step,
        feed: CmeFuturesFeed,
        recovery: HoleRecovery,
        layouts: Layouts,
        channel: i64,
        username: str,
        password: bytes,
    ) -> None:
        super().__init__()
        # What is recovered changes the feed's books: the core asks both for what changed, so it is one list.
        self.changed = feed.changed
        self.recovery: HoleRecovery = recovery
        self.state: i64 = DISCONNECTED
        self.refusals: i64 = 0
        self.refused_logons: i64 = 0
        self._step: Step = step
        self._feed: CmeFuturesFeed = feed
        self._reader: PacketReader = PacketReader(FaultCounts(), layouts)
        logout = layouts.schema.find(ADMIN_LOGOUT)
        self._text: Field | None = None if logout is None else logout.root.find("Text")
        self._channel: i64 = channel
        self._username: str = username
        self._password: bytes = password
        self._stream: PacketStream = packet_stream()
        self._output: bytes = b""

    # -- the port ------------------------------------------------------------------------------------------------------

    def connect_due_ns(self, due_ns: i64) -> i64:
        """When the present hole is to be asked for; no connection is wanted without one."""
        asked_ns = self.recovery.due_ns()
        return asked_ns if asked_ns > due_ns else due_ns

    def refused(self, reason: str) -> None:
        """The connection could not be made."""
        self.recovery.give_up(f"no connection: {reason}")
        self.recovery.pause(FAILED_PAUSE_NS)

    def opened(self) -> None:
        """The connection was made: log on, unless the hole was filled meanwhile."""
        self._stream = packet_stream()
        self._output = b""
        if self._step.now_ns < self.recovery.due_ns() or not self.recovery.begin():
            self.state = CLOSING
            return
        self.state = LOGGING_ON
        fields = [(TAG_USERNAME, self._username.encode("ascii")), (TAG_PASSWORD, self._password)]
        self._output = replay_text(LOGON, fields)

    def lost(self, reason: str) -> None:
        """The connection is gone."""
        if self._is_asking():
            self._fail(f"the connection is gone: {reason}")
        self.state = DISCONNECTED
        self._output = b""

    def receive(self, data: bytes) -> None:
        """Take in what one read returned; whatever it holds, nothing is raised."""
        for packet in self._stream.take(data):
            if not self._is_asking():
                return
            self._on_packet(packet)
        if self._stream.is_broken and self._is_asking():
            self._feed.log.malformed_packet(self._feed.channel.next_seq, "replay: impossible size")
            self._fail("what comes is no packet")

    def next_timer_ns(self) -> i64:
        """When the answer is late."""
        return self.recovery.deadline_ns if self._is_asking() else NO_TIMER

    def handle_timer(self) -> None:
        """Close what is late."""
        if self._step.now_ns >= self.next_timer_ns():
            self._fail("no answer in time")

    def is_up(self) -> bool:
        """Never: a connection that is made for one request tells nobody that the venue can be reached."""
        return False

    def log_out(self, reason: str) -> None:
        """End the connection."""
        if self._is_asking():
            self._fail(reason)

    def save_numbers(self) -> None:
        """The service numbers nothing that lasts."""

    def outgoing(self) -> bytes:
        """Drain the bytes to send."""
        data = self._output
        self._output = b""
        return data

    def must_close(self) -> bool:
        """Whether the connection is to be closed once everything is sent."""
        return self.state == CLOSING

    # -- packets -------------------------------------------------------------------------------------------------------

    def _is_asking(self) -> bool:
        return self.state == LOGGING_ON or self.state == ASKED

    def _on_packet(self, data: bytes) -> None:
        reader = self._reader
        reason = reader.open(data)
        if reason != OK:
            self._feed.log.malformed_packet(self._feed.channel.next_seq, FAULT_NAMES[-reason])
            self._fail("a packet is malformed")
            return
        seq_num = reader.seq_num
        template = reader.next()
        if template == ADMIN_LOGOUT:
            self._on_logout(reader)
        elif template == ADMIN_LOGIN:
            self._on_login()
        elif self.state == ASKED and self.recovery.first_seq <= seq_num < self.recovery.after_seq:
            self._on_recovered(data, seq_num)
        elif template == ADMIN_HEARTBEAT:
            self._output += replay_text(HEARTBEAT, [])

    def _on_login(self) -> None:
        if self.state != LOGGING_ON:
            return
        recovery = self.recovery
        channel = b"%d" % self._channel
        fields = [
            (TAG_CHANNEL, channel),
            (TAG_REQUEST_ID, channel + b"-%d" % recovery.requests),
            (TAG_BEGIN, b"%d" % recovery.first_seq),
            (TAG_END, b"%d" % (recovery.after_seq - 1)),
        ]
        self._output += replay_text(MARKET_DATA_REQUEST, fields)
        self.state = ASKED

    def _on_logout(self, reader: PacketReader) -> None:
        """Refused: an answer that is whole is over before this comes."""
        text = "" if self._text is None else reader.text(self._text)
        if self.state == ASKED:
            self.refusals += 1
        else:
            self.refused_logons += 1
        if self.refused_logons == 1 and self.state == LOGGING_ON:
            self._step.alert(
                WARNING,
                "recovery_refused",
                0,
                f"the TCP replay refuses {self._username}: {text}",
                f"TCP 重放服务拒绝登录 {self._username}：{text}",
            )
        self._fail(f"refused: {text}")

    def _on_recovered(self, data: bytes, seq_num: i64) -> None:
        if self.recovery.is_current():
            self._feed.recover(data)
        if seq_num == self.recovery.after_seq - 1:
            self.recovery.finish()
            self._output += replay_text(LOGOUT, [])
            self.state = CLOSING

    def _fail(self, reason: str) -> None:
        self.recovery.give_up(reason)
        self.recovery.pause(FAILED_PAUSE_NS)
        self.state = CLOSING
