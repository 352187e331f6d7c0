"""`xmc bench burst`: 200,000 datagrams, as fast as they are told to come, through a real socket into real books.

A market is published ahead of time (OMD-D, the simulated venue's own publisher). A process of its own sends the live
channel over loopback multicast at a fixed rate, open loop; here the engine's network opens the group as the engine does
and reads it, each datagram a step of the feed. What the kernel dropped for want of room it tells itself; what was lost
shows as gaps, and the venue's refresh channel, which goes on behind the burst, must repair every book.
"""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import time
from pathlib import Path
from typing import Any, Final

from cross_market_connect.bench.feed_market import Flow, Ignored, instruments, sides_of
from cross_market_connect.bench.feed_omd_d import MIC, OmdDMarket
from cross_market_connect.bench.load import SECOND_NS, sender
from cross_market_connect.bench.market import temporary_directory
from cross_market_connect.bench.wire import write_packets
from cross_market_connect.domain.book import BOOK_LIVE, Book
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.step import Step
from cross_market_connect.engine.loop import DATAGRAM_BYTES_MAX, DATAGRAMS_PER_TURN_MAX
from cross_market_connect.engine.network import READABLE
from cross_market_connect.engine.sockets import RECEIVE_BUFFER_BYTES, SystemNetwork
from cross_market_connect.venues.hkex.omd_d_feed import OmdDerivativesFeed

DATAGRAMS: Final = 200_000
DATAGRAMS_PER_SECOND: Final = 100_000
LOOPBACK: Final = "127.0.0.1"
LIVE_GROUP: Final = "239.192.10.11"
REFRESH_GROUP: Final = "239.192.10.12"
# Of the market before and after the burst: so many refresh cycles, so far apart in its own time. When the end of the
# burst is lost, a number far ahead is believed with the second heartbeat, and the cycle behind that repairs.
CYCLES_BEFORE: Final = 3
CYCLES_AFTER: Final = 7
CYCLE_NS: Final = 1_100_000_000
# Nothing more comes when nothing came for so long.
QUIET_S: Final = 0.5
DROPS_COLUMN: Final = -1
INODE_COLUMN: Final = 9


class Published:
    """A market's datagrams: before the burst, the burst, and after it.

    Attributes:
        before, after: (is_refresh, datagram); burst: datagrams of the live channel.
        messages: of the live channel in all.
    """

    def __init__(self, datagrams: int, seed: int) -> None:
        self.flow = Flow(instruments(MIC), seed)
        market = OmdDMarket(self.flow)
        self._now_ns = 0
        self.before = self._cycles(market, CYCLES_BEFORE)
        self.burst: list[bytes] = []
        while len(self.burst) < datagrams:
            self._now_ns += SECOND_NS // DATAGRAMS_PER_SECOND
            sent = market.publish(self.flow.act(), self._now_ns)
            self.flow.exchange.take_events()
            self.burst += [one.data for one in sent if not one.is_refresh]
        self.after = self._cycles(market, CYCLES_AFTER)
        self.messages = market.last_seq()
        self.market = market

    def _cycles(self, market: OmdDMarket, count: int) -> list[tuple[bool, bytes]]:
        result: list[tuple[bool, bytes]] = []
        for _ in range(count):
            self._now_ns += CYCLE_NS
            result += [(one.is_refresh, one.data) for one in market.publish([], self._now_ns)]
        return result


class Receiver:
    """The feed behind the engine's sockets."""

    def __init__(self, published: Published) -> None:
        self.network = SystemNetwork()
        self.step = Step(Ignored())
        self.books = [Book(at) for at in range(published.flow.count)]
        self.feed = OmdDerivativesFeed(0, self.step, published.flow.exchange.instruments, self.books)
        self.ports = (free_port(), free_port())
        self.live = self.network.open_multicast("live", LOOPBACK, LIVE_GROUP, self.ports[0])
        self.refresh = self.network.open_multicast("refresh", LOOPBACK, REFRESH_GROUP, self.ports[1])
        self.received = 0
        self.first_ns = self.last_ns = 0
        for handle in (self.live, self.refresh):
            self.network.watch(handle, READABLE)

    def read(self, timeout_s: float) -> bool:
        """What is there now, as the engine's loop reads it; whether anything was."""
        ready = self.network.poll(timeout_s)
        for handle, _mask in ready:
            for _ in range(DATAGRAMS_PER_TURN_MAX):
                data = self.network.read(handle, DATAGRAM_BYTES_MAX)
                if data is None:
                    break
                self._give(handle == self.refresh, data)
        return len(ready) > 0

    def _give(self, is_refresh: bool, data: bytes) -> None:
        now_ns = self.network.now_ns()
        if not is_refresh:
            self.received += 1
            self.first_ns = self.first_ns or now_ns
            self.last_ns = now_ns
        self.step.begin(now_ns, self.network.utc_ns(), self.step.input_seq + 1)
        self.feed.receive(is_refresh, data)
        self.feed.changed.clear()

    def granted_bytes(self) -> int:
        """The receive buffer as the kernel counts it, which includes what a datagram costs beside its bytes."""
        return self.network.sockets[self.live].getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)

    def dropped(self) -> int:
        """Datagrams of the live channel that the kernel had no room for."""
        inode = str(os.fstat(self.live).st_ino)
        for line in Path("/proc/net/udp").read_text().splitlines()[1:]:
            columns = line.split()
            if columns[INODE_COLUMN] == inode:
                return int(columns[DROPS_COLUMN])
        raise InputError(
            ["bench burst: /proc/net/udp does not list the socket; expected a Linux that counts its drops"]
        )

    def close(self) -> None:
        """Close the sockets."""
        for handle in (self.live, self.refresh):
            self.network.unwatch(handle)
            self.network.close(handle)
        self.network.shut_down()


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def run(datagrams: int = DATAGRAMS, seed: int = 1) -> dict[str, Any]:
    """Publish, send, receive, compare. Raises InputError without a C compiler or multicast on loopback."""
    began = time.monotonic()
    published = Published(datagrams, seed)
    receiver = Receiver(published)
    try:
        with temporary_directory() as name:
            _send_slowly(receiver, published.before)
            whole_before = _live(receiver)
            gaps_before, received_before = receiver.feed.log.gaps, receiver.received
            receiver.first_ns = 0
            late_ns, took_ns = _send_burst(receiver, published.burst, Path(name))
            received = receiver.received - received_before
            seconds = (receiver.last_ns - receiver.first_ns) / SECOND_NS
            _send_slowly(receiver, published.after)
        log = receiver.feed.log
        return {
            "datagrams_sent": len(published.burst),
            "datagrams_received": received,
            "lost_by_kernel": receiver.dropped(),
            "messages": published.messages,
            "gaps": log.gaps - gaps_before,
            "messages_missing": log.lost_messages,
            "repaired": whole_before and _live(receiver),
            "books_equal": [sides_of(book) for book in receiver.books]
            == [published.flow.sides(at) for at in range(published.flow.count)],
            "datagrams_per_second": {
                "intended": DATAGRAMS_PER_SECOND,
                "sent": round(len(published.burst) * SECOND_NS / took_ns),
                "read": round(received / seconds) if seconds else 0,
            },
            "sender_late_us_max": late_ns / 1_000,
            "receive_buffer_bytes": {"asked": RECEIVE_BUFFER_BYTES, "granted": receiver.granted_bytes()},
            "seconds": round(time.monotonic() - began, 1),
        }
    finally:
        receiver.close()


def _live(receiver: Receiver) -> bool:
    return all(book.state == BOOK_LIVE for book in receiver.books)


def _send_slowly(receiver: Receiver, datagrams: list[tuple[bool, bytes]]) -> None:
    """The venue before and after: one datagram after the other, each read before the next is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as venue:
        venue.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(LOOPBACK))
        for is_refresh, data in datagrams:
            venue.sendto(data, (REFRESH_GROUP if is_refresh else LIVE_GROUP, receiver.ports[is_refresh]))
            receiver.read(QUIET_S)


def _send_burst(receiver: Receiver, datagrams: list[bytes], directory: Path) -> tuple[int, int]:
    """The burst, read until it is over and quiet; how late a datagram was sent at worst, and how long all took."""
    packets, schedule = directory / "packets", directory / "schedule"
    write_packets(packets, datagrams)
    gap_ns = SECOND_NS // DATAGRAMS_PER_SECOND
    schedule.write_bytes(b"".join(struct.pack("<Q", at * gap_ns) for at in range(len(datagrams))))
    command = [str(sender(directory)), LIVE_GROUP, str(receiver.ports[0]), str(packets), str(schedule)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None or receiver.read(QUIET_S):
            receiver.read(QUIET_S)
        out, fault = process.communicate()
    if process.returncode != 0:
        raise InputError([f"bench burst: {fault.strip()}; expected a working loopback interface"])
    _zero_ns, late_ns, took_ns = map(int, out.split())
    return late_ns, took_ns
