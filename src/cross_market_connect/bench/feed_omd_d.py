"""OMD-D in `xmc bench feed`: the simulated venue's own publisher, and the feed that follows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cross_market_connect.bench.feed_market import UTC_NS, Datagram, Flow
from cross_market_connect.bench.feed_omd import omd_service
from cross_market_connect.bench.feed_recovery import USERNAME, Service
from cross_market_connect.domain.book import Book
from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.ports import DatagramFeed
from cross_market_connect.domain.step import Step
from cross_market_connect.market.channel import Channel
from cross_market_connect.venues.hkex.omd_d_feed import DERIVATIVES_MIC, OmdDerivativesFeed
from cross_market_connect.venues.simulated.multicast import OmdPublisher
from cross_market_connect.venues.simulated.omd_channels import ChannelSettings
from cross_market_connect.venues.simulated.omd_retransmission import OmdRetransmissionServer
from cross_market_connect.wire.omd.omd_d_messages import OMD_D

MIC: Final = DERIVATIVES_MIC
LIVE: Final = 1
REFRESH: Final = 2
ORDERBOOK_BASE: Final = 10_001


class OmdDMarket:
    """HKEX derivatives."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        ids = [ORDERBOOK_BASE + at for at in range(flow.count)]
        self._publisher = OmdPublisher(flow.exchange, ChannelSettings(LIVE, REFRESH, ids))
        self._publisher.start(0, UTC_NS)
        self._server = OmdRetransmissionServer(OMD_D, [LIVE], [USERNAME])
        self._feed: OmdDerivativesFeed | None = None

    def feed(self, step: Step, books: list[Book]) -> tuple[DatagramFeed, Channel]:
        """The feed learns the series from the channel."""
        feed = OmdDerivativesFeed(0, step, self._flow.exchange.instruments, books)
        self._feed = feed
        return feed, feed.channel

    def service(self, step: Step) -> Service:
        """The retransmission service."""
        if self._feed is None:
            raise InvariantError("the service is the feed's")
        return omd_service(step, self._feed, self._server, LIVE)

    def publish(self, changed: Sequence[int], now_ns: int) -> list[Datagram]:
        """One packet or more per act, as the venue publishes in real time."""
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
        """Number of the last message of the live channel."""
        return int(self._publisher.live.next_seq) - 1
