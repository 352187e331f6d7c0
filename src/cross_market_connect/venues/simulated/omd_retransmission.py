"""The retransmission service of a simulated OMD venue: what was published lately, for who asks within the limits.

Theory of operation. The server keeps the last messages of each real-time channel as the packets that carried them. A
peer is one connection to it: it must log on in time, is asked for a sign of life at an interval, and gets what it asks
for or a status that says why not. The messages come in packets as they were published, cut where the request begins or
ends inside one. Sections are those of OMD-D 1.47, 3.5.
"""

from __future__ import annotations

from collections import deque
from typing import Final, final

from librt.strings import BytesWriter, write_i32_le
from mypy_extensions import i32, i64, u8

from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND, NO_TIMER
from cross_market_connect.venues.simulated.recovery import RecoveryPeer, RecoveryServer
from cross_market_connect.wire.omd.description import PACKET_HEADER_BYTES, Flavour, packet_header_offset
from cross_market_connect.wire.omd.family import (
    LOGON,
    RETRANSMISSION_ACCEPTED,
    RETRANSMISSION_CHANNEL_UNKNOWN,
    RETRANSMISSION_DAY_LIMIT,
    RETRANSMISSION_NOT_AVAILABLE,
    RETRANSMISSION_RANGE_TOO_LONG,
    RETRANSMISSION_REQUEST,
    SESSION_ACTIVE,
    SESSION_ALREADY_CONNECTED,
    SESSION_INVALID_USER,
)
from cross_market_connect.wire.omd.faults import OK, FaultCounts
from cross_market_connect.wire.omd.packet_reader import PacketReader
from cross_market_connect.wire.omd.packet_stream import packet_stream
from cross_market_connect.wire.omd.packet_writer import PacketWriter
from cross_market_connect.wire.packet_stream import PacketStream
from cross_market_connect.wire.unsigned import read_u16, read_u32

LOGON_TIMEOUT_NS: Final[i64] = 5 * NANOSECONDS_PER_SECOND
HEARTBEAT_INTERVAL_NS: Final[i64] = 30 * NANOSECONDS_PER_SECOND
HEARTBEAT_ANSWER_NS: Final[i64] = 5 * NANOSECONDS_PER_SECOND

_MSG_COUNT: Final[i64] = packet_header_offset("MsgCount")
_SEQ_NUM: Final[i64] = packet_header_offset("SeqNum")
_U32_RANGE: Final[i64] = 4_294_967_296
_I32_MAX: Final[i64] = 2_147_483_647
_NO_SEQ: Final[i64] = 0


@final
class RetransmissionLimits:
    """What the service grants; the figures of the venue.

    Attributes:
        kept_max: last messages of a channel that it has.
        range_max: messages of one request; day_max: requests of a day.
    """

    def __init__(self) -> None:
        self.kept_max: i64 = 50_000
        self.range_max: i64 = 10_000
        self.day_max: i64 = 1_000


@final
class _Kept:
    """The last packets of one channel, in order, as (first number, packet)."""

    def __init__(self) -> None:
        self.packets: deque[tuple[int, bytes]] = deque()
        self.first_seq: i64 = 1
        self.next_seq: i64 = 1


@final
class OmdRetransmissionServer(RecoveryServer):
    """The server, and what all peers share.

    Args:
        channels: numbers of the real-time channels; usernames: who may log on.

    Attributes:
        connected: who is logged on.
    """

    def __init__(self, flavour: Flavour, channels: list[int], usernames: list[str]) -> None:
        super().__init__()
        self.flavour: Flavour = flavour
        self.limits: RetransmissionLimits = RetransmissionLimits()
        self.usernames: list[str] = usernames
        self.connected: list[str] = []
        self._kept: dict[int, _Kept] = {channel: _Kept() for channel in channels}

    def note(self, channel: i64, packet: bytes) -> None:
        """A packet of a real-time channel was published."""
        kept = self._kept.get(int(channel))
        count = i64(packet[_MSG_COUNT])
        if kept is None or count == 0:
            return
        first = read_u32(packet, _SEQ_NUM)
        if len(kept.packets) == 0:
            kept.first_seq = first
        kept.packets.append((int(first), packet))
        kept.next_seq = first + count
        while kept.next_seq - kept.first_seq > self.limits.kept_max:
            kept.packets.popleft()
            kept.first_seq = kept.packets[0][0]

    def accept(self, now_ns: i64) -> RecoveryPeer:
        """A new connection, which must log on in time."""
        return OmdRetransmissionPeer(self, now_ns)

    def status(self, channel: i64, begin_seq: i64, end_seq: i64) -> i64:
        """What a request is answered with; one that is accepted counts."""
        kept = self._kept.get(int(channel))
        if kept is None:
            return RETRANSMISSION_CHANNEL_UNKNOWN
        if end_seq - begin_seq + 1 > self.limits.range_max:
            return RETRANSMISSION_RANGE_TOO_LONG
        if begin_seq < kept.first_seq or end_seq >= kept.next_seq or begin_seq > end_seq:
            return RETRANSMISSION_NOT_AVAILABLE
        if self.requests >= self.limits.day_max:
            return RETRANSMISSION_DAY_LIMIT
        self.requests += 1
        return RETRANSMISSION_ACCEPTED

    def packets(self, channel: i64, begin_seq: i64, end_seq: i64) -> list[bytes]:
        """The messages of an accepted request."""
        result: list[bytes] = []
        for first_number, packet in self._kept[int(channel)].packets:
            first: i64 = first_number
            after = first + i64(packet[_MSG_COUNT])
            if after <= begin_seq or first > end_seq:
                continue
            result.append(_cut(packet, first, max(first, begin_seq), min(after, end_seq + 1)))
        return result


@final
class OmdRetransmissionPeer(RecoveryPeer):
    """One connection to the server.

    Attributes:
        username: who is logged on, empty before.
    """

    def __init__(self, server: OmdRetransmissionServer, now_ns: i64) -> None:
        super().__init__()
        self.username: str = ""
        self._server: OmdRetransmissionServer = server
        self._reader: PacketReader = PacketReader(FaultCounts(), server.flavour)
        self._writer: PacketWriter = PacketWriter(server.flavour)
        self._stream: PacketStream = packet_stream()
        self._heartbeat_due_ns: i64 = NO_TIMER
        self._deadline_ns: i64 = now_ns + LOGON_TIMEOUT_NS

    def receive(self, data: bytes, now_ns: i64, utc_ns: i64) -> None:
        """Take in what the client sent."""
        reader = self._reader
        for packet in self._stream.take(data):
            if self.is_closed:
                return
            if reader.open(packet) != OK:
                self.close()
                return
            if reader.message_count == 0:
                self._deadline_ns = NO_TIMER if self.username else self._deadline_ns
                continue
            kind = reader.next()
            if kind == LOGON and not self.username:
                self._log_on(reader.username(), now_ns, utc_ns)
            elif kind == RETRANSMISSION_REQUEST and self.username:
                self._serve(reader.channel_id(), reader.begin_seq_num(), reader.end_seq_num(), utc_ns)
            else:
                self.close()
        if self._stream.is_broken:
            self.close()

    def next_timer_ns(self) -> i64:
        """When `handle_timer` wants to be called."""
        if self.is_closed:
            return NO_TIMER
        return self._deadline_ns if self._deadline_ns < self._heartbeat_due_ns else self._heartbeat_due_ns

    def handle_timer(self, now_ns: i64, utc_ns: i64) -> None:
        """Close who did not log on or answer in time; ask for a sign of life."""
        if self.is_closed:
            return
        if now_ns >= self._deadline_ns:
            self.close()
        elif now_ns >= self._heartbeat_due_ns:
            self._output.append(self._writer.heartbeat(_NO_SEQ, utc_ns))
            self._heartbeat_due_ns = now_ns + HEARTBEAT_INTERVAL_NS
            self._deadline_ns = now_ns + HEARTBEAT_ANSWER_NS

    def close(self) -> None:
        """The connection ends, by whoever."""
        if not self.is_closed and self.username:
            self._server.connected.remove(self.username)
        self.is_closed = True

    def _log_on(self, username: str, now_ns: i64, utc_ns: i64) -> None:
        server = self._server
        status = SESSION_ACTIVE
        if username not in server.usernames:
            status = SESSION_INVALID_USER
        elif username in server.connected:
            status = SESSION_ALREADY_CONNECTED
        self._writer.start(_NO_SEQ, utc_ns)
        self._writer.add_logon_response(status)
        self._output.append(self._writer.finish())
        if status != SESSION_ACTIVE:
            self.close()
            return
        self.username = username
        server.connected.append(username)
        self._deadline_ns = NO_TIMER
        self._heartbeat_due_ns = now_ns + HEARTBEAT_INTERVAL_NS

    def _serve(self, channel: i64, begin_seq: i64, end_seq: i64, utc_ns: i64) -> None:
        status = self._server.status(channel, begin_seq, end_seq)
        self._writer.start(_NO_SEQ, utc_ns)
        self._writer.add_retransmission_response(channel, status, begin_seq, end_seq)
        self._output.append(self._writer.finish())
        if status == RETRANSMISSION_ACCEPTED:
            self._output.extend(self._server.packets(channel, begin_seq, end_seq))


def _cut(packet: bytes, first: i64, begin_seq: i64, after_seq: i64) -> bytes:
    """The packet with its messages from `begin_seq` to `after_seq` - 1 alone."""
    start: i64 = PACKET_HEADER_BYTES
    seq = first
    while seq < begin_seq:
        start += read_u16(packet, start)
        seq += 1
    end = start
    while seq < after_seq:
        end += read_u16(packet, end)
        seq += 1
    size = PACKET_HEADER_BYTES + end - start
    if size == i64(len(packet)):
        return packet
    header = BytesWriter()
    header.append(u8(size % 256))
    header.append(u8(size // 256))
    header.append(u8(after_seq - begin_seq))
    header.append(u8(0))
    write_i32_le(header, i32(begin_seq - _U32_RANGE if begin_seq > _I32_MAX else begin_seq))
    return header.getvalue() + packet[_SEQ_NUM + 4 : PACKET_HEADER_BYTES] + packet[start:end]
