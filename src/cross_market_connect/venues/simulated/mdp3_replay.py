"""The TCP replay of a simulated CME: what the incremental channels carried lately, one request a connection.

Theory of operation. The server keeps the last packets of each channel. A peer is one connection: it logs on, asks once,
gets what it asked for or a text that says why not, then a logout, and is closed. Facts: wire/mdp3/replay.py.
"""

from __future__ import annotations

from collections import deque
from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.venues.simulated.recovery import RecoveryPeer, RecoveryServer
from cross_market_connect.wire.mdp3.codes import ADMIN_LOGIN, ADMIN_LOGOUT
from cross_market_connect.wire.mdp3.encoder import PacketWriter
from cross_market_connect.wire.mdp3.replay import (
    LOGON,
    LOGOUT,
    MARKET_DATA_REQUEST,
    TAG_BEGIN,
    TAG_CHANNEL,
    TAG_END,
    TAG_PASSWORD,
    TAG_TYPE,
    TAG_USERNAME,
    TextStream,
    sized,
)
from cross_market_connect.wire.sbe.schema import Field, Schema
from cross_market_connect.wire.unsigned import read_u32

HEARTBEAT_S: Final[i64] = 30
DIGITS_MAX: Final = 10


@final
class MdpReplayServer(RecoveryServer):
    """The server, and what all peers share.

    Args:
        channels: numbers of the incremental channels; passwords: of who may log on.

    Attributes:
        kept_max: last packets of a channel that it has; range_max: packets of one request.
    """

    def __init__(self, schema: Schema, channels: list[int], passwords: dict[bytes, bytes]) -> None:
        super().__init__()
        self.schema: Schema = schema
        self.kept_max: i64 = 100_000
        self.range_max: i64 = 2_000
        self.passwords: dict[bytes, bytes] = passwords
        self._kept: dict[int, deque[bytes]] = {channel: deque() for channel in channels}

    def note(self, channel: i64, packet: bytes) -> None:
        """A packet of an incremental channel was published."""
        kept = self._kept.get(int(channel))
        if kept is not None:
            kept.append(packet)
            if len(kept) > self.kept_max:
                kept.popleft()

    def accept(self, now_ns: i64) -> RecoveryPeer:
        """A new connection."""
        return MdpReplayPeer(self)

    def refusal(self, channel: i64, begin_seq: i64, end_seq: i64) -> str:
        """Why a request is not granted; empty when it is."""
        kept = self._kept.get(int(channel))
        if kept is None:
            return f"channel {channel} is not served"
        if begin_seq < 1 or begin_seq > end_seq:
            return f"no range: {begin_seq} to {end_seq}"
        if end_seq - begin_seq + 1 > self.range_max:
            return f"more than {self.range_max} packets"
        if len(kept) == 0 or begin_seq < read_u32(kept[0], 0) or end_seq > read_u32(kept[-1], 0):
            return f"{begin_seq} to {end_seq} are not available"
        return ""

    def packets(self, channel: i64, begin_seq: i64, end_seq: i64) -> list[bytes]:
        """The packets of a request that is granted."""
        self.requests += 1
        return [packet for packet in self._kept[int(channel)] if begin_seq <= read_u32(packet, 0) <= end_seq]


@final
class MdpReplayPeer(RecoveryPeer):
    """One connection to the server."""

    def __init__(self, server: MdpReplayServer) -> None:
        super().__init__()
        self._server: MdpReplayServer = server
        self._writer: PacketWriter = PacketWriter(server.schema)
        self._stream: TextStream = TextStream()
        self._is_logged_on: bool = False
        self._next_seq: i64 = 1

    def receive(self, data: bytes, now_ns: i64, utc_ns: i64) -> None:
        """Take in what the client sent."""
        for fields in self._stream.take(data):
            if self.is_closed:
                return
            msg_type = fields.get(TAG_TYPE, b"")
            if msg_type == LOGON and not self._is_logged_on:
                self._log_on(fields, utc_ns)
            elif msg_type == MARKET_DATA_REQUEST and self._is_logged_on:
                self._serve(fields, utc_ns)
            elif msg_type == LOGOUT:
                self.close()
            else:
                self._log_out("unexpected message", utc_ns)
        if self._stream.is_broken and not self.is_closed:
            self._log_out("no message", utc_ns)

    def _log_on(self, fields: dict[bytes, bytes], utc_ns: i64) -> None:
        username = fields.get(TAG_USERNAME, b"")
        passwords = self._server.passwords
        if username not in passwords or passwords[username] != fields.get(TAG_PASSWORD, b""):
            self._log_out("username or password unknown", utc_ns)
            return
        self._is_logged_on = True
        self._begin(ADMIN_LOGIN, utc_ns)
        self._writer.set(self._field(ADMIN_LOGIN, "HeartBtInt"), HEARTBEAT_S)
        self._end()

    def _serve(self, fields: dict[bytes, bytes], utc_ns: i64) -> None:
        channel, begin_seq, end_seq = _number(fields, TAG_CHANNEL), _number(fields, TAG_BEGIN), _number(fields, TAG_END)
        text = self._server.refusal(channel, begin_seq, end_seq)
        if text == "":
            for packet in self._server.packets(channel, begin_seq, end_seq):
                self._output.append(sized(packet))
        self._log_out(text, utc_ns)

    def _log_out(self, text: str, utc_ns: i64) -> None:
        self._begin(ADMIN_LOGOUT, utc_ns)
        self._writer.set_text(self._field(ADMIN_LOGOUT, "Text"), text)
        self._end()
        self.close()

    def _begin(self, template: i64, utc_ns: i64) -> None:
        self._writer.start(self._next_seq, utc_ns)
        self._next_seq += 1
        self._writer.begin(template)

    def _end(self) -> None:
        self._writer.end()
        self._output.append(sized(self._writer.finish()))

    def _field(self, template: i64, name: str) -> Field:
        field = self._server.schema.template(template).root.find(name)
        if field is None:
            raise InvariantError(f"template {template} has no {name}")
        return field


def _number(fields: dict[bytes, bytes], tag: bytes) -> i64:
    """A number of a request; -1 where there is none."""
    value = fields.get(tag, b"")
    return int(value) if value.isdigit() and len(value) <= DIGITS_MAX else -1
