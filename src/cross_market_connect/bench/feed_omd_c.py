"""OMD-C in `xmc bench feed`: a simulated publisher of every order, and the feed that keeps books from them."""

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
from cross_market_connect.venues.hkex.omd_c_feed import SECURITIES_MIC, OmdSecuritiesFeed
from cross_market_connect.venues.simulated.omd_c_publisher import OmdSecuritiesPublisher
from cross_market_connect.venues.simulated.omd_retransmission import OmdRetransmissionServer
from cross_market_connect.wire.omd.omd_c_messages import OMD_C

MIC: Final = SECURITIES_MIC
LIVE: Final = 1
REFRESH: Final = 2


class OmdCMarket:
    """HKEX securities."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._publisher = OmdSecuritiesPublisher(flow.exchange, LIVE, REFRESH)
        self._publisher.start(0, UTC_NS)
        self._server = OmdRetransmissionServer(OMD_C, [LIVE], [USERNAME])
        self._feed: OmdSecuritiesFeed | None = None

    def feed(self, step: Step, books: list[Book]) -> tuple[DatagramFeed, Channel]:
        """The feed of the full-tick product."""
        feed = OmdSecuritiesFeed(0, step, self._flow.exchange.instruments, books)
        self._feed = feed
        return feed, feed.channel

    def service(self, step: Step) -> Service:
        """The retransmission service."""
        if self._feed is None:
            raise InvariantError("the service is the feed's")
        return omd_service(step, self._feed, self._server, LIVE)

    def publish(self, changed: Sequence[int], now_ns: int) -> list[Datagram]:
        """One packet or more per act."""
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
