"""An engine over real loopback sockets for one datagram source, built from a configuration, and its venue's ports."""

import gc
import os
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from cross_market_connect.bootstrap import blueprint_at, build_core, describe_sources, start_core
from cross_market_connect.config.demonstration import DEMO_FILE
from cross_market_connect.config.layers import read_toml
from cross_market_connect.config.models import Settings
from cross_market_connect.config.settings import checked
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.engine.loop import EngineLoop
from cross_market_connect.engine.sockets import SystemNetwork
from cross_market_connect.engine.targets import FeedTarget
from cross_market_connect.journal.capture import open_capture
from cross_market_connect.journal.store import MemorySegmentStore
from cross_market_connect.journal.sync_thread import SyncThread
from cross_market_connect.journal.writer import open_log
from cross_market_connect.reference.tables import Reference
from cross_market_connect.run import targets_of

LOOPBACK = "127.0.0.1"
# The number of the source that a test adds to the demonstration's four.
SOURCE = 4
PATIENCE_S = 30.0
STORE_BYTES = 1 << 25
SEGMENT_BYTES = 1 << 20


def port_of(kind: socket.SocketKind) -> tuple[int, socket.socket]:
    """A port that nobody else gets while the socket is open, and nobody serves."""
    holder = socket.socket(socket.AF_INET, kind)
    holder.bind((LOOPBACK, 0))
    return int(holder.getsockname()[1]), holder


def free_datagram_port() -> int:
    port, holder = port_of(socket.SOCK_DGRAM)
    holder.close()
    return port


def multicast_sender() -> socket.socket:
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(LOOPBACK))
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 0)
    return sender


def wait_until(condition: Callable[[], bool]) -> None:
    for _ in range(int(PATIENCE_S / 0.005)):
        if condition():
            return
        time.sleep(0.005)
    raise AssertionError("waited in vain")


def settings_with(reference: Reference, symbol: str, source: dict[str, object], ports: list[int]) -> Settings:
    """The demonstration with one more instrument and source; its sessions connect to these ports."""
    raw = read_toml(DEMO_FILE)
    if symbol not in raw["instruments"]:
        raw["instruments"].append(symbol)
    for entry, port in zip(raw["source"], ports, strict=False):
        entry["port"] = port
    raw["source"].append(source)
    return checked(raw, None, reference, None, [])


def alone(instrument: Instrument) -> Instrument:
    """The instrument as the only one of an exchange."""
    return Instrument(
        0,
        instrument.symbol,
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


class Engine:
    """A core with its log and capture in memory, and the loop over sockets."""

    def __init__(self, settings: Settings, reference: Reference, secrets: dict[str, str]) -> None:
        self.settings = settings
        self.log_store, self.capture_store = MemorySegmentStore(STORE_BYTES), MemorySegmentStore(STORE_BYTES)
        self.log = open_log(self.log_store, "1", SEGMENT_BYTES, 0, 1)
        self.capture = open_capture(self.capture_store, "1", SEGMENT_BYTES)
        describe_sources(self.capture, settings)
        now_ns = time.monotonic_ns()
        clock = settings.calendar.clock(now_ns, 0)
        blueprint = blueprint_at(settings, reference, clock)
        self.core = build_core(blueprint, self.log, self.capture, {}, clock)
        start_core(self.core, blueprint, "test", now_ns, None)
        self.streams, self.feeds = targets_of(settings, secrets)

    def target(self) -> FeedTarget:
        """Where the source of the test listens."""
        [target] = [feed for feed in self.feeds if feed.source == SOURCE]
        return target

    def run(self, script: Callable[[], None]) -> None:
        """Run the loop here and the script in a thread; when the script is over, so is the loop."""
        sync = SyncThread(self.log, 1_000_000)
        loop = EngineLoop(
            SystemNetwork(),
            self.core,
            self.log,
            self.capture,
            sync,
            None,
            self.streams,
            self.feeds,
            False,
            True,
            NO_TIMER,
        )
        wake_reader, wake_writer = os.pipe()

        def play() -> None:
            try:
                script()
            finally:
                os.write(wake_writer, b"\x02")

        loop.open(wake_reader, -1)
        with ThreadPoolExecutor(1) as pool:
            player = pool.submit(play)
            try:
                loop.run()
            finally:
                loop.close()
                gc.enable()
                gc.unfreeze()
                os.close(wake_reader)
                os.close(wake_writer)
        player.result()
