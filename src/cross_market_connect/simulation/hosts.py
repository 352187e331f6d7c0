"""What a process and its sockets are in the virtual world: an exchange's host, and an engine's.

Each host does what the real shell does around the same core: hand in bytes and time, take out bytes, connections and
deadlines. The engine's host keeps its log on a disk of the world, so it can be killed and started again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from cross_market_connect.bootstrap import (
    SECRET_PLACEHOLDER,
    EngineStores,
    OpenedEngine,
    begin_run,
    open_engine,
)
from cross_market_connect.config.models import OmdD, Settings
from cross_market_connect.domain.clock import CalendarClock
from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.engine.core import STOP, EngineCore
from cross_market_connect.engine.streams import EncodedOrder
from cross_market_connect.journal.capture import CaptureWriter
from cross_market_connect.journal.life import MemoryLifeStore
from cross_market_connect.journal.snapshot import MemorySnapshotStore, Snapshot
from cross_market_connect.journal.store import MemorySegmentStore
from cross_market_connect.journal.writer import LogWriter
from cross_market_connect.reference.tables import Reference
from cross_market_connect.simulation.world import Alarm, Wire, World
from cross_market_connect.venues.simulated.exchange import SimulatedExchange
from cross_market_connect.wire.fix.encoder import fill_secret

WIRE_DELAY_NS: Final = 60_000
WIRE_JITTER_NS: Final = 40_000
HOUSEKEEPING_NS: Final = 50_000_000
DISK_BYTES: Final = 1 << 30
LOG_SEGMENT_BYTES: Final = 1 << 20
CAPTURE_SEGMENT_BYTES: Final = 1 << 20


class Link:
    """One stream between an engine's source and an exchange, as both ends see it."""

    def __init__(self, world: World, engine: EngineHost, source: int, exchange: ExchangeHost) -> None:
        self.engine = engine
        self.source = source
        self.exchange = exchange
        self.connection = exchange.next_connection()
        self.open = True
        self.to_exchange = Wire(world, WIRE_DELAY_NS, WIRE_JITTER_NS, self._to_exchange)
        self.to_engine = Wire(world, WIRE_DELAY_NS, WIRE_JITTER_NS, self._to_engine)

    def _to_exchange(self, data: bytes) -> None:
        self.exchange.bytes_arrived(self.connection, data)

    def _to_engine(self, data: bytes) -> None:
        self.engine.bytes_arrived(self.source, data)

    def closed_by_engine(self) -> None:
        """The engine's end is gone: the exchange hears of it a wire's delay later, after what was sent before."""
        self.open = False
        self.to_engine.cut = True
        self.exchange.world.at(
            max(self.to_exchange.last_ns, self.exchange.world.now_ns + WIRE_DELAY_NS),
            lambda: self.exchange.connection_lost(self.connection),
        )

    def closed_by_exchange(self) -> None:
        """The exchange's end is gone: the engine hears of it after what was sent before."""
        self.open = False
        self.to_exchange.cut = True
        self.exchange.world.at(
            max(self.to_engine.last_ns, self.exchange.world.now_ns + WIRE_DELAY_NS),
            lambda: self.engine.link_lost(self),
        )


class ExchangeHost:
    """A simulated exchange in the virtual world."""

    def __init__(self, world: World, exchange: SimulatedExchange, channels: Mapping[int, bool]) -> None:
        self.world = world
        self.exchange = exchange
        self.channels = channels
        self.links: dict[int, Link] = {}
        self.engine: EngineHost | None = None
        self.feed_source = -1
        self.connections = 0
        self.alarm = Alarm(world, self._timer)

    def utc_ns(self) -> int:
        return int(self.exchange.settings.calendar.utc_ns(self.world.now_ns))

    def start(self) -> None:
        """Open the market."""
        self.exchange.start(self.world.now_ns, self.utc_ns())
        self._flush()

    def take_hand(self, action: Callable[[SimulatedExchange, int, int], None]) -> None:
        """Let somebody do something to the exchange now: called with the exchange and both times."""
        action(self.exchange, self.world.now_ns, self.utc_ns())
        self._flush()

    def next_connection(self) -> int:
        self.connections += 1
        return self.connections

    def connected(self, link: Link) -> None:
        """A client's connection arrived."""
        self.links[link.connection] = link
        self.exchange.connection_opened(link.connection, self.world.now_ns, self.utc_ns())
        self._flush()

    def bytes_arrived(self, connection: int, data: bytes) -> None:
        if connection in self.links:
            self.exchange.receive(connection, data, self.world.now_ns, self.utc_ns())
            self._flush()

    def connection_lost(self, connection: int) -> None:
        if self.links.pop(connection, None) is not None:
            self.exchange.connection_lost(connection, self.world.now_ns, self.utc_ns())
            self._flush()

    def _timer(self) -> None:
        self.exchange.handle_timer(self.world.now_ns, self.utc_ns())
        self._flush()

    def _flush(self) -> None:
        for connection in sorted(self.links):
            data = self.exchange.data_to_send(connection)
            if data:
                self.links[connection].to_engine.send(data)
        for connection in self.exchange.closing():
            link = self.links.pop(connection, None)
            if link is not None:
                link.closed_by_exchange()
                self.exchange.connection_lost(connection, self.world.now_ns, self.utc_ns())
        for channel, packet in self.exchange.datagrams_to_send():
            self._multicast(self.channels[int(channel)], packet)
        self.alarm.set(int(self.exchange.next_timer_ns()))

    def _multicast(self, is_refresh: bool, packet: bytes) -> None:
        """One datagram to whoever listens when it arrives; all take the same time, so none overtakes another."""
        self.world.after(WIRE_DELAY_NS, lambda: self._datagram_arrives(is_refresh, packet))

    def _datagram_arrives(self, is_refresh: bool, packet: bytes) -> None:
        if self.engine is not None:
            self.engine.datagram_arrived(self.feed_source, is_refresh, packet)


class EngineHost:
    """An engine in the virtual world, with a disk that outlives it."""

    def __init__(
        self,
        world: World,
        settings: Settings,
        reference: Reference,
        calendar: CalendarClock,
        exchanges: Mapping[str, ExchangeHost],
        secrets: Mapping[str, str],
    ) -> None:
        self.world = world
        self.settings = settings
        self.reference = reference
        self.calendar = calendar
        self.exchanges = exchanges
        self.secrets = secrets
        self.disk = MemorySegmentStore(DISK_BYTES)
        self.capture_disk = MemorySegmentStore(DISK_BYTES)
        self.stores = EngineStores(
            self.disk,
            self.disk,
            self.capture_disk,
            self.capture_disk,
            MemorySnapshotStore(),
            MemoryLifeStore(),
            LOG_SEGMENT_BYTES,
            CAPTURE_SEGMENT_BYTES,
        )
        self.engine: OpenedEngine | None = None
        self.core: EngineCore | None = None
        self.log: LogWriter | None = None
        self.capture: CaptureWriter | None = None
        self.links: dict[int, Link] = {}
        self.alarm = Alarm(world, self._timer)
        self.starts = 0
        self.measured_sync = 0

    # ------------------------------------------------------------------ life

    def start(self) -> None:
        """Open log and capture, take over what they hold, and begin."""
        self.engine = open_engine(self.settings, self.reference, self.stores, self.calendar_now())
        self.core, self.log, self.capture = self.engine.core, self.engine.log, self.engine.capture
        self.starts += 1
        for index, source in enumerate(self.settings.source):
            if isinstance(source, OmdD):
                host = self.exchanges[source.venue]
                host.engine, host.feed_source = self, index
        begin_run(self.engine, self.settings, "simulation", self.world.now_ns)
        self._after_step()
        self._housekeeping(self.starts)

    def calendar_now(self) -> CalendarClock:
        """The run's calendar, anchored at this moment."""
        now_ns = self.world.now_ns
        return CalendarClock(
            now_ns,
            self.calendar.utc_ns(now_ns),
            self.calendar.speed_milli,
            self.calendar.skip_from_utc_ns,
            self.calendar.skip_until_utc_ns,
        )

    def kill(self) -> None:
        """The process dies between two instructions: what was copied into the log stays, the rest is gone."""
        for link in self.links.values():
            link.closed_by_engine()
        self.links = {}
        self.disk.kill()
        self.capture_disk.kill()
        self.core = self.log = self.capture = None
        self.alarm.set(2**63 - 1)

    def running(self) -> EngineCore:
        """The core. Raises InvariantError while the engine is dead."""
        if self.core is None:
            raise InvariantError("the engine is not running")
        return self.core

    def stop(self) -> None:
        """Ask for the clean end."""
        core = self.running()
        if not core.stopping:
            core.on_operator(STOP, "process", "operator", "end of the simulation", self.world.now_ns)
            self._after_step()

    # ------------------------------------------------------------------ what arrives

    def bytes_arrived(self, source: int, data: bytes) -> None:
        if self.core is not None:
            self.core.on_bytes(source, data, self.world.now_ns)
            self._after_step()

    def datagram_arrived(self, source: int, is_refresh: bool, data: bytes) -> None:
        if self.core is not None and (not is_refresh or self.core.wants_refresh(source)):
            self.core.on_datagram(source, is_refresh, data, self.world.now_ns)
            self._after_step()

    def link_lost(self, link: Link) -> None:
        if self.core is not None and self.links.get(link.source) is link:
            self._drop(link.source, "closed by the peer")

    def _timer(self) -> None:
        if self.core is not None:
            if self.world.now_ns >= self.core.next_timer_ns():
                self.core.on_timer(self.world.now_ns)
            self._after_step()

    def _drop(self, source: int, reason: str) -> None:
        del self.links[source]
        self.running().on_connection(source, False, reason, self.world.now_ns)
        self._after_step()

    # ------------------------------------------------------------------ what goes out

    def _after_step(self) -> None:
        core = self.running()
        encoded = core.take_encoded()
        for source in sorted(self.links):
            data = core.outgoing(source)
            if data:
                self._send(source, data, encoded)
        if self.log is not None:
            self.log.seal()
        for source in core.take_connects():
            self._connect(source)
        for source in sorted(self.links):
            if source in self.links and core.must_close(source, self.world.now_ns):
                self.links[source].closed_by_engine()
                self._drop(source, "session ended")
        self.alarm.set(int(core.next_timer_ns()))

    def _send(self, source: int, data: bytes, encoded: list[EncodedOrder]) -> None:
        secret = self.secrets.get(self.settings.source[source].name, "")
        if secret and SECRET_PLACEHOLDER in data:
            data = fill_secret(data, SECRET_PLACEHOLDER, secret.encode())
        self.links[source].to_exchange.send(data)
        for order in encoded:
            if order.source == source:
                self.running().measure_sent(order, self.world.now_ns, len(data))

    def _connect(self, source: int) -> None:
        host = self.exchanges[self.settings.source[source].venue]
        link = Link(self.world, self, source, host)
        life = self.starts
        self.world.after(WIRE_DELAY_NS, lambda: host.connected(link))
        self.world.after(2 * WIRE_DELAY_NS, lambda: self._connected(source, link, life))

    def _connected(self, source: int, link: Link, life: int) -> None:
        if self.core is None or life != self.starts:
            link.closed_by_engine()
            return
        self.links[source] = link
        self.core.on_connection(source, True, "", self.world.now_ns)
        self._after_step()

    def _housekeeping(self, life: int) -> None:
        """What the sync thread and the loop do between steps."""
        log, capture = self.log, self.capture
        if log is None or capture is None or life != self.starts:
            return
        taken = self.running().take_snapshot()
        if taken is not None:
            self.stores.snapshots.save(Snapshot(*taken))
        synced = int(log.sync())
        log.prepare_next()
        capture.prepare_next()
        if synced > self.measured_sync + 1:
            self.running().measure_synced(synced, self.world.now_ns)
            self.measured_sync = int(log.last_seq)
            log.seal()
        if not self.running().finished:
            self.world.after(HOUSEKEEPING_NS, lambda: self._housekeeping(life))
