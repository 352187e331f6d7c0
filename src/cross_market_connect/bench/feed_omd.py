"""The retransmission service of the OMD family in `xmc bench feed`."""

from __future__ import annotations

from cross_market_connect.bench.feed_recovery import USERNAME, Service, limits
from cross_market_connect.domain.step import Step
from cross_market_connect.market.hole_recovery import HoleRecovery
from cross_market_connect.venues.hkex.omd_feed import OmdFeed
from cross_market_connect.venues.hkex.retransmission import OmdRetransmission
from cross_market_connect.venues.simulated.omd_retransmission import OmdRetransmissionServer
from cross_market_connect.wire.omd.faults import FaultCounts
from cross_market_connect.wire.omd.packet_reader import PacketReader
from cross_market_connect.wire.omd.packet_writer import PacketWriter


def omd_service(step: Step, feed: OmdFeed, server: OmdRetransmissionServer, channel: int) -> Service:
    """The session of a feed, with a server of its flavour and the venue's limits."""
    recovery = HoleRecovery(feed.channel, feed.log, step, limits(int(server.limits.range_max)))
    reader, writer = PacketReader(FaultCounts(), server.flavour), PacketWriter(server.flavour)
    session = OmdRetransmission(step, feed, recovery, reader, writer, channel, USERNAME)
    return Service(session, recovery, server.accept)
