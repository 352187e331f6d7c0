"""MDP 3.0 in `xmc bench feed`: a simulated publisher, whose events may spread over packets, and the feed.

By price, or by order: then every order is published as well, and the feed shows the books that they make.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cross_market_connect.bench.feed_market import UTC_NS, Datagram, Flow
from cross_market_connect.bench.feed_recovery import USERNAME, Service, limits
from cross_market_connect.domain.book import Book
from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.ports import DatagramFeed
from cross_market_connect.domain.step import Step
from cross_market_connect.market.channel import Channel
from cross_market_connect.market.hole_recovery import HoleRecovery
from cross_market_connect.venues.cme.mdp3_feed import CmeFuturesFeed
from cross_market_connect.venues.cme.replay import CmeReplay
from cross_market_connect.venues.simulated.mdp3_publisher import MdpChannelSettings, MdpPublisher
from cross_market_connect.venues.simulated.mdp3_replay import MdpReplayServer
from cross_market_connect.wire.mdp3 import DESCRIPTION_FILE
from cross_market_connect.wire.mdp3.layout import Layouts
from cross_market_connect.wire.sbe.reader import read_schema

MIC: Final = "XCEC"
INCREMENTAL: Final = 1
SNAPSHOTS: Final = 2
DEFINITIONS: Final = 3
ORDER_LOOP: Final = 4
# The flow keeps some sixty orders of each participant in every instrument.
ORDERS_MAX: Final = 10_000
SECURITY_BASE: Final = 40_001
# So few that an act of a few levels needs several packets now and then.
ENTRIES_MAX: Final = 3
PASSWORD: Final = b"benchmark"


class Mdp3Market:
    """COMEX."""

    def __init__(self, flow: Flow, by_order: bool = False) -> None:
        self._flow = flow
        self._by_order = by_order
        self._schema = read_schema(DESCRIPTION_FILE.read_text(), DESCRIPTION_FILE.name)
        ids = [SECURITY_BASE + at for at in range(flow.count)]
        settings = MdpChannelSettings(INCREMENTAL, SNAPSHOTS, DEFINITIONS, ids, self._schema)
        settings.entries_max = ENTRIES_MAX
        settings.spreads_events = True
        if by_order:
            settings.order_loop_channel = ORDER_LOOP
        self._publisher = MdpPublisher(flow.exchange, settings)
        self._publisher.start(0, UTC_NS)
        self._server = MdpReplayServer(self._schema, [INCREMENTAL], {USERNAME.encode(): PASSWORD})
        self._feed: CmeFuturesFeed | None = None

    def feed(self, step: Step, books: list[Book]) -> tuple[DatagramFeed, Channel]:
        """The feed learns the securities from the loop."""
        orders_max = ORDERS_MAX if self._by_order else 0
        feed = CmeFuturesFeed(0, step, self._flow.exchange.instruments, books, Layouts(self._schema), MIC, orders_max)
        self._feed = feed
        return feed, feed.channel

    def service(self, step: Step) -> Service:
        """The TCP replay."""
        feed = self._feed
        if feed is None:
            raise InvariantError("the service is the feed's")
        recovery = HoleRecovery(feed.channel, feed.log, step, limits(int(self._server.range_max)))
        feed.recovery = recovery
        session = CmeReplay(step, feed, recovery, Layouts(self._schema), INCREMENTAL, USERNAME, PASSWORD)
        return Service(session, recovery, self._server.accept)

    def publish(self, changed: Sequence[int], now_ns: int) -> list[Datagram]:
        """One event per act."""
        publisher = self._publisher
        for at in changed:
            publisher.publish_book(at, now_ns, UTC_NS + now_ns)
        publisher.end_step(now_ns, UTC_NS + now_ns)
        if now_ns >= publisher.next_timer_ns():
            publisher.handle_timer(now_ns, UTC_NS + now_ns)
        packets = publisher.take_packets()
        for channel, data in packets:
            self._server.note(channel, data)
        return [Datagram(bool(publisher.is_refresh(channel)), data) for channel, data in packets]

    def last_seq(self) -> int:
        """Number of the last packet of the incremental channel."""
        return int(self._publisher.next_seq) - 1
