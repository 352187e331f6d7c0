"""What the simulated publishers of the OMD family share: numbered channels, heartbeats, the rhythm of refreshes.

Theory of operation. All messages of one step go into as few packets as hold them. A silent channel gets heartbeats.
Once per REFRESH_INTERVAL_NS the refresh channel carries, under sequence numbers of its own, everything as of now, ended
by Refresh Complete with the real-time channel's last sequence number.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND
from cross_market_connect.venues.simulated.publisher import Publisher
from cross_market_connect.wire.omd.packet_writer import PacketWriter

HEARTBEAT_INTERVAL_NS: Final[i64] = 2 * NANOSECONDS_PER_SECOND
REFRESH_INTERVAL_NS: Final[i64] = NANOSECONDS_PER_SECOND


@final
class ChannelSettings:
    """Where the venue publishes.

    Attributes:
        channel: number of the real-time channel; refresh_channel: number of the refresh channel.
        orderbook_ids: the venue's id of each instrument (OrderbookID, security code), by the exchange's index.
    """

    def __init__(self, channel: i64, refresh_channel: i64, orderbook_ids: list[int]) -> None:
        self.channel: i64 = channel
        self.refresh_channel: i64 = refresh_channel
        self.orderbook_ids: list[int] = orderbook_ids


@final
class OmdChannel:
    """Numbers and packs the messages of one channel."""

    def __init__(self, number: i64, writer: PacketWriter) -> None:
        self.number: i64 = number
        self.next_seq: i64 = 1
        self.sent_ns: i64 = 0
        self.packets: list[tuple[i64, bytes]] = []
        self.writer: PacketWriter = writer
        self._open: bool = False

    def begin(self, utc_ns: i64) -> None:
        """Make sure that a packet is under way."""
        if not self._open:
            self.writer.start(self.next_seq, utc_ns)
            self._open = True

    def flush(self, now_ns: i64) -> None:
        """Close the packet under way, if there is one."""
        if not self._open:
            return
        self._open = False
        count = self.writer.message_count
        packet = self.writer.finish()
        if count > 0:
            self.next_seq += count
            self.sent_ns = now_ns
            self.packets.append((self.number, packet))

    def next_packet(self, now_ns: i64, utc_ns: i64) -> None:
        """The packet under way is full: send it and begin the next one."""
        self.flush(now_ns)
        self.begin(utc_ns)

    def heartbeat(self, now_ns: i64, utc_ns: i64) -> None:
        """Say that the channel lives; carries the last sequence number (section 3.4.1)."""
        self.sent_ns = now_ns
        self.packets.append((self.number, self.writer.heartbeat(self.next_seq - 1, utc_ns)))


class OmdChannels(Publisher):
    """The real-time and the refresh channel of a publisher; a flavour's publisher is a subclass.

    Args:
        live, refresh: the channels, each with a writer of the flavour.
    """

    def __init__(self, live: OmdChannel, refresh: OmdChannel) -> None:
        self.live: OmdChannel = live
        self.refresh: OmdChannel = refresh
        self._refresh_due_ns: i64 = 0

    def _restate(self, now_ns: i64, utc_ns: i64) -> None:
        """Write everything as of now on the refresh channel; Refresh Complete is added behind it."""
        raise InvariantError("a flavour must implement this")

    def next_timer_ns(self) -> i64:
        """When the next heartbeat or refresh is due."""
        heartbeat = self.live.sent_ns + HEARTBEAT_INTERVAL_NS
        return heartbeat if heartbeat < self._refresh_due_ns else self._refresh_due_ns

    def handle_timer(self, now_ns: i64, utc_ns: i64) -> None:
        """Send what is due."""
        if now_ns >= self.live.sent_ns + HEARTBEAT_INTERVAL_NS:
            self.live.heartbeat(now_ns, utc_ns)
        if now_ns >= self._refresh_due_ns:
            self._refresh_due_ns = now_ns + REFRESH_INTERVAL_NS
            self._publish_refresh(now_ns, utc_ns)

    def is_refresh(self, channel: i64) -> bool:
        """Whether the channel is the one that states every book again."""
        return channel == self.refresh.number

    def take_packets(self) -> list[tuple[i64, bytes]]:
        """Drain channel number and packet, in order."""
        packets = self.live.packets
        self.live.packets = []
        packets.extend(self.refresh.packets)
        self.refresh.packets = []
        return packets

    def end_step(self, now_ns: i64, utc_ns: i64) -> None:
        """Send what the step produced."""
        self.live.flush(now_ns)

    def _publish_refresh(self, now_ns: i64, utc_ns: i64) -> None:
        channel = self.refresh
        self._restate(now_ns, utc_ns)
        channel.begin(utc_ns)
        last = self.live.next_seq - 1
        if not channel.writer.add_refresh_complete(last):
            channel.next_packet(now_ns, utc_ns)
            must_fit(channel.writer.add_refresh_complete(last))
        channel.flush(now_ns)


def must_fit(added: bool) -> None:
    """Raise InvariantError when a message did not fit into an empty packet."""
    if not added:
        raise InvariantError("a single OMD message does not fit into an empty packet")
