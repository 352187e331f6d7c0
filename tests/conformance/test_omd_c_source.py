"""A source of OMD-C: from the configuration through the engine's loop, over loopback multicast, into a live book."""

import socket
import time
from collections.abc import Callable

import pytest

from cross_market_connect.bootstrap import view_layout
from cross_market_connect.config.models import Settings
from cross_market_connect.domain.book import BOOK_LIVE
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.order import BUY, DAY, LIMIT, SELL
from cross_market_connect.engine.core import EngineCore
from cross_market_connect.matching.exchange import MatchingExchange
from cross_market_connect.matching.orders import REASON_NONE, ExchangeOrder
from cross_market_connect.reference.tables import Reference, load_reference
from cross_market_connect.venues.hkex.omd_c_feed import OmdSecuritiesFeed
from cross_market_connect.venues.simulated.omd_c_publisher import OmdSecuritiesPublisher
from cross_market_connect.venues.simulated.publisher import Publisher
from tests.conformance.support import (
    LOOPBACK,
    SOURCE,
    Engine,
    alone,
    free_datagram_port,
    multicast_sender,
    port_of,
    settings_with,
    wait_until,
)
from tests.unit.venues.hkex.securities_support import add, complete, packet, update

GROUP, REFRESH_GROUP = "239.255.77.21", "239.255.77.22"
SECRETS = dict.fromkeys(("XMC_CCFX_SECRET", "XMC_XHKF_SECRET"), "hush")
SECURITY = "XHKG.2318"
LIVE, REFRESH = 1, 2
# One tick of Ping An is five cents, which the wire states in thousandths of a dollar.
WIRE_PER_TICK = 50


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load_reference()


def with_omd_c(reference: Reference, ports: list[int], **changes: object) -> Settings:
    """The demonstration with Hong Kong securities beside it; its sessions connect to ports that refuse them."""
    source = {
        "name": "xhkg_quotes",
        "kind": "omd_c",
        "venue": "XHKG",
        "interface": LOOPBACK,
        "group": GROUP,
        "port": free_datagram_port(),
        "refresh_group": REFRESH_GROUP,
        "refresh_port": free_datagram_port(),
        **changes,
    }
    return settings_with(reference, SECURITY, source, ports)


def feed_of(core: EngineCore) -> OmdSecuritiesFeed:
    feed = core.feeds[SOURCE]
    assert isinstance(feed, OmdSecuritiesFeed)
    return feed


def securities_publisher(exchange: MatchingExchange) -> Publisher:
    return OmdSecuritiesPublisher(exchange, LIVE, REFRESH)


class Exchange:
    """A publisher of one instrument, and the socket that it sends with.

    Args:
        loops: the channels beside the live one, in the order of the source's groups.
    """

    def __init__(
        self,
        engine: Engine,
        symbol: str = SECURITY,
        publisher: Callable[[MatchingExchange], Publisher] = securities_publisher,
        loops: tuple[int, ...] = (REFRESH,),
    ) -> None:
        instrument = next(one for one in engine.core.instruments if one.symbol == symbol)
        self.book = engine.core.books[instrument.index]
        self.exchange = MatchingExchange([alone(instrument)])
        self.exchange.add_participant("a", False, True)
        self.exchange.open_trading(0)
        self.publisher = publisher(self.exchange)
        target = engine.target()
        self.groups = {LIVE: target.live[0], **dict(zip(loops, target.refresh, strict=True))}
        self.sender = multicast_sender()
        self.publisher.start(time.monotonic_ns(), 0)

    def order(self, name: bytes, side: int, ticks: int, lots: int) -> None:
        self.exchange.submit(ExchangeOrder(0, 0, name, 0, side, LIMIT, DAY, ticks, lots), REASON_NONE, 0)
        now_ns = time.monotonic_ns()
        self.publisher.publish_book(0, now_ns, now_ns)
        self.publisher.end_step(now_ns, now_ns)

    def send(self) -> None:
        """Everything that is due, a cycle of the refresh channel included."""
        now_ns = time.monotonic_ns()
        self.publisher.handle_timer(now_ns, now_ns)
        for channel, data in self.publisher.take_packets():
            self.sender.sendto(data, self.groups[channel])

    def is_shown(self, bid: tuple[int, int], ask: tuple[int, int]) -> bool:
        """Whether the engine's book is live with these best prices and lots."""
        self.send()
        book = self.book
        best_bid = (int(book.best_bid()), int(book.bids.quantity_lots[0]))
        return book.state == BOOK_LIVE and (best_bid, (book.best_ask(), book.asks.quantity_lots[0])) == (bid, ask)


def test_datagrams_of_orders_reach_a_book_through_the_loop(reference: Reference) -> None:
    holders = [port_of(socket.SOCK_STREAM) for _ in range(3)]
    engine = Engine(with_omd_c(reference, [port for port, _ in holders]), reference, SECRETS)
    venue = Exchange(engine)

    def script() -> None:
        venue.order(b"1", BUY, 1_000, 3)
        venue.order(b"2", SELL, 1_002, 4)
        wait_until(lambda: venue.is_shown((1_000, 3), (1_002, 4)))
        wait_until(lambda: engine.target().refresh_handles == [])
        venue.order(b"3", BUY, 1_001, 5)
        wait_until(lambda: venue.is_shown((1_001, 5), (1_002, 4)))

    try:
        engine.run(script)
    finally:
        for one in (venue.sender, *(holder for _, holder in holders)):
            one.close()
    assert feed_of(engine.core).log.repairs >= 1


def test_whether_the_channel_carries_orders_or_levels_is_said_in_the_configuration(reference: Reference) -> None:
    clock = {"way_min_us": 10, "way_max_us": 20}
    of_orders = Engine(with_omd_c(reference, [], clock=clock), reference, SECRETS).core
    of_levels = Engine(with_omd_c(reference, [], orders_max=0), reference, SECRETS).core
    index = next(int(one.index) for one in of_orders.instruments if one.symbol == SECURITY)
    assert feed_of(of_orders).times.clock is not None and feed_of(of_levels).times.clock is None
    for core in (of_orders, of_levels):
        core.on_datagram(SOURCE, False, packet(1, add(2_318, 7, 0, 1_000 * WIRE_PER_TICK, 500)), 1)
        core.on_datagram(SOURCE, True, packet(1, complete(1)), 2)
        level = update(2_318, (1_500, 999 * WIRE_PER_TICK, 0, 1, 0))
        core.on_datagram(SOURCE, True, packet(2, add(2_318, 7, 0, 1_000 * WIRE_PER_TICK, 500), level, complete(1)), 3)
        assert core.books[index].state == BOOK_LIVE
    assert (of_orders.books[index].best_bid(), of_levels.books[index].best_bid()) == (1_000, 999)


def test_the_page_and_the_faults_know_the_kind(reference: Reference) -> None:
    settings = with_omd_c(reference, [])
    core = Engine(settings, reference, SECRETS).core
    assert view_layout(settings, core).sources[SOURCE].name_zh == "XHKG OMD-C 行情"
    with pytest.raises(InputError, match=r"xhkg_quotes\.orders_max: -1; expected greater than or equal to 0"):
        with_omd_c(reference, [], orders_max=-1)
