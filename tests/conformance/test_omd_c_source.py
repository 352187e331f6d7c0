"""A source of OMD-C: from the configuration through the engine's loop, over loopback multicast, into a live book."""

import gc
import os
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from cross_market_connect.bootstrap import blueprint_at, build_core, start_core, view_layout
from cross_market_connect.config.demonstration import DEMO_FILE
from cross_market_connect.config.layers import read_toml
from cross_market_connect.config.models import Settings
from cross_market_connect.config.settings import checked
from cross_market_connect.domain.book import BOOK_LIVE
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.domain.order import BUY, DAY, LIMIT, SELL
from cross_market_connect.engine.core import EngineCore
from cross_market_connect.engine.loop import EngineLoop
from cross_market_connect.engine.sockets import SystemNetwork
from cross_market_connect.journal.store import MemorySegmentStore
from cross_market_connect.journal.sync_thread import SyncThread
from cross_market_connect.journal.writer import LogWriter, open_log
from cross_market_connect.matching.exchange import MatchingExchange
from cross_market_connect.matching.orders import REASON_NONE, ExchangeOrder
from cross_market_connect.reference.tables import Reference, load_reference
from cross_market_connect.run import targets_of
from cross_market_connect.venues.hkex.omd_c_feed import OmdSecuritiesFeed
from cross_market_connect.venues.simulated.omd_c_publisher import OmdSecuritiesPublisher
from tests.unit.venues.hkex.securities_support import add, complete, packet, update

LOOPBACK = "127.0.0.1"
GROUP, REFRESH_GROUP = "239.255.77.21", "239.255.77.22"
SECRETS = dict.fromkeys(("XMC_CCFX_SECRET", "XMC_XHKF_SECRET"), "hush")
SECURITY = "XHKG.2318"
SOURCE = 4
LIVE, REFRESH = 1, 2
PATIENCE_S = 30.0
# One tick of Ping An is five cents, which the wire states in thousandths of a dollar.
WIRE_PER_TICK = 50


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load_reference()


def port_of(kind: socket.SocketKind) -> tuple[int, socket.socket]:
    """A port that nobody else gets while the socket is open, and nobody serves."""
    holder = socket.socket(socket.AF_INET, kind)
    holder.bind((LOOPBACK, 0))
    return int(holder.getsockname()[1]), holder


def free_datagram_port() -> int:
    port, holder = port_of(socket.SOCK_DGRAM)
    holder.close()
    return port


def with_omd_c(reference: Reference, ports: list[int], **changes: object) -> Settings:
    """The demonstration with Hong Kong securities beside it; its sessions connect to ports that refuse them."""
    raw = read_toml(DEMO_FILE)
    raw["instruments"].append(SECURITY)
    for source, port in zip(raw["source"], ports, strict=False):
        source["port"] = port
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
    raw["source"].append(source)
    return checked(raw, None, reference, None, [])


def core_and_log(settings: Settings, reference: Reference) -> tuple[EngineCore, LogWriter]:
    log = open_log(MemorySegmentStore(1 << 24), "1", 1 << 20, 0, 1)
    clock = settings.calendar.clock(time.monotonic_ns(), 0)
    blueprint = blueprint_at(settings, reference, clock)
    core = build_core(blueprint, log, None, {}, clock)
    start_core(core, blueprint, "test", time.monotonic_ns(), None)
    return core, log


def feed_of(core: EngineCore) -> OmdSecuritiesFeed:
    feed = core.feeds[SOURCE]
    assert isinstance(feed, OmdSecuritiesFeed)
    return feed


def wait_until(condition: Callable[[], bool]) -> None:
    for _ in range(int(PATIENCE_S / 0.005)):
        if condition():
            return
        time.sleep(0.005)
    raise AssertionError("waited in vain")


class Exchange:
    """A publisher of the security, and the socket that it sends with."""

    def __init__(self, core: EngineCore, groups: dict[int, tuple[str, int]]) -> None:
        instrument = next(one for one in core.instruments if one.symbol == SECURITY)
        self.index = int(instrument.index)
        ours = Instrument(
            0,
            SECURITY,
            instrument.venue,
            instrument.venue_symbol,
            "",
            "",
            instrument.currency,
            instrument.price_decimals,
            instrument.tick_units,
            instrument.tick_value_e4,
            instrument.session,
        )
        self.exchange = MatchingExchange([ours])
        self.exchange.add_participant("a", False, True)
        self.exchange.open_trading(0)
        self.publisher = OmdSecuritiesPublisher(self.exchange, LIVE, REFRESH)
        self.groups = groups
        self.sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(LOOPBACK))
        self.sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 0)
        self.publisher.start(time.monotonic_ns(), 0)

    def order(self, name: bytes, side: int, ticks: int, lots: int) -> None:
        self.exchange.submit(ExchangeOrder(0, 0, name, 0, side, LIMIT, DAY, ticks, lots), REASON_NONE, 0)
        now_ns = time.monotonic_ns()
        self.publisher.publish_book(0, now_ns, now_ns)
        self.publisher.end_step(now_ns)

    def send(self) -> None:
        """Everything that is due, a cycle of the refresh channel included."""
        now_ns = time.monotonic_ns()
        self.publisher.handle_timer(now_ns, now_ns)
        for channel, data in self.publisher.take_packets():
            self.sender.sendto(data, self.groups[channel])


def test_datagrams_of_orders_reach_a_book_through_the_loop(reference: Reference) -> None:
    holders = [port_of(socket.SOCK_STREAM) for _ in range(3)]
    settings = with_omd_c(reference, [port for port, _ in holders])
    core, log = core_and_log(settings, reference)
    streams, feeds = targets_of(settings, SECRETS)
    [target] = [feed for feed in feeds if feed.source == SOURCE]
    venue = Exchange(core, {LIVE: target.live[0], REFRESH: target.refresh[0]})
    book = core.books[venue.index]
    loop = EngineLoop(
        SystemNetwork(), core, log, None, SyncThread(log, 1_000_000), None, streams, feeds, False, True, NO_TIMER
    )
    wake_reader, wake_writer = os.pipe()

    def best() -> tuple[int, int, int, int]:
        lots = (int(book.bids.quantity_lots[0]), int(book.asks.quantity_lots[0]))
        return int(book.best_bid()), lots[0], int(book.best_ask()), lots[1]

    def published(expected: tuple[int, int, int, int]) -> bool:
        venue.send()
        return book.state == BOOK_LIVE and best() == expected

    def script() -> None:
        try:
            venue.order(b"1", BUY, 1_000, 3)
            venue.order(b"2", SELL, 1_002, 4)
            wait_until(lambda: published((1_000, 3, 1_002, 4)))
            wait_until(lambda: target.refresh_handles == [])
            venue.order(b"3", BUY, 1_001, 5)
            wait_until(lambda: published((1_001, 5, 1_002, 4)))
        finally:
            os.write(wake_writer, b"\x02")

    loop.open(wake_reader, -1)
    with ThreadPoolExecutor(1) as pool:
        player = pool.submit(script)
        try:
            loop.run()
        finally:
            loop.close()
            gc.enable()
            gc.unfreeze()
            venue.sender.close()
            os.close(wake_reader)
            os.close(wake_writer)
            for _, holder in holders:
                holder.close()
    player.result()
    assert feed_of(core).log.repairs >= 1


def test_whether_the_channel_carries_orders_or_levels_is_said_in_the_configuration(reference: Reference) -> None:
    of_orders = core_and_log(with_omd_c(reference, [], clock={"way_min_us": 10, "way_max_us": 20}), reference)[0]
    of_levels = core_and_log(with_omd_c(reference, [], orders_max=0), reference)[0]
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
    core, _log = core_and_log(settings, reference)
    assert view_layout(settings, core).sources[SOURCE].name_zh == "XHKG OMD-C 行情"
    with pytest.raises(InputError, match=r"xhkg_quotes\.orders_max: -1; expected greater than or equal to 0"):
        with_omd_c(reference, [], orders_max=-1)
