"""What a process is in the virtual world: a simulated exchange's, and an engine's.

Both do through the kernel's sockets what the real processes do. The engine is the real one: opened and recovered by the
same functions as `xmc run`, its loop run turn by turn. Only clock, network, disk and process are virtual, so it can be
killed at any effect, lose its power, hang, and be started again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, final

from cross_market_connect.bootstrap import EngineStores, OpenedEngine, death_note, open_engine
from cross_market_connect.config.models import FixSession, Replay, Settings
from cross_market_connect.domain.clock import CalendarClock
from cross_market_connect.domain.errors import InputError, InvariantError
from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.domain.records import RecordSink
from cross_market_connect.engine.core import EngineCore
from cross_market_connect.engine.loop import EngineLoop
from cross_market_connect.engine.network import NO_HANDLE, READABLE, WRITABLE
from cross_market_connect.engine.targets import FeedTarget, StreamTarget
from cross_market_connect.journal.life import MemoryLifeStore
from cross_market_connect.journal.snapshot import Snapshot
from cross_market_connect.journal.syncer import LogSyncer
from cross_market_connect.journal.writer import LogWriter
from cross_market_connect.reference.tables import Reference
from cross_market_connect.run import begin_loop, open_loop, targets_of
from cross_market_connect.simulation.blueprints import blueprint_of
from cross_market_connect.simulation.disk import VirtualDisk, VirtualSnapshots
from cross_market_connect.simulation.effects import NEVER, CountedSink, Effects, Killed
from cross_market_connect.simulation.kernel import HostNetwork
from cross_market_connect.simulation.recovery_host import RECOVERY_NAME, RecoveryHost
from cross_market_connect.simulation.timeline import Alarm
from cross_market_connect.simulation.world import World
from cross_market_connect.venues.simulated.exchange import SimulatedExchange
from cross_market_connect.venues.simulated.lines import LINE_B
from cross_market_connect.venues.simulated.settings import ExchangeSettings

READ_BYTES: Final = 65_536
SYNC_NS: Final = 5_000_000
LOG_SEGMENT_BYTES: Final = 65_536
CAPTURE_SEGMENT_BYTES: Final = 4 * 65_536
# Ports of a virtual venue's multicast channels on line A; its name is the group. Line B has those that follow.
LIVE_PORT: Final = 1
REFRESH_PORT: Final = 2
LINE_B_PORTS: Final = 2


@final
class ExchangeHost:
    """A simulated exchange as a process on a machine named by its MIC.

    Attributes:
        exchange: with its ledger, which outlives the process.
        ports: of its multicast channels, by number.
        recovery: the service that sends again, None where it has none.
        utc_offset_ns: how far the venue's calendar is off ours.
        observer: called after everything that the exchange did.
    """

    def __init__(self, world: World, exchange: SimulatedExchange) -> None:
        self.world: World = world
        self.exchange: SimulatedExchange = exchange
        self.ports: dict[int, int] = ports_of(exchange.settings)
        self.utc_offset_ns: int = 0
        self.observer: Callable[[], None] | None = None
        self.recovery: RecoveryHost | None = None
        if exchange.recovery is not None:
            self.recovery = RecoveryHost(world, exchange.settings.mic, exchange.recovery, self._calendar_ns)
        self.connections: dict[int, int] = {}
        self.numbers: dict[int, int] = {}
        self.unsent: dict[int, bytes] = {}
        self.connection_count: int = 0
        self.alarm: Alarm = Alarm(world, self._turn)
        self.network: HostNetwork = HostNetwork(
            world.fabric, exchange.settings.mic, Effects(), self._calendar_ns, self._turn
        )

    def _calendar_ns(self, now_ns: int) -> int:
        return int(self.exchange.settings.calendar.utc_ns(now_ns))

    def utc_ns(self) -> int:
        """The venue's calendar now."""
        return self._calendar_ns(self.world.now_ns) + self.utc_offset_ns

    def start(self) -> None:
        """Open the market."""
        self._listen()
        self.exchange.start(self.world.now_ns, self.utc_ns())
        self._flush()

    def take_hand(self, action: Callable[[SimulatedExchange, int, int], None]) -> None:
        """Let somebody do something to the exchange now: called with the exchange and both times."""
        action(self.exchange, self.world.now_ns, self.utc_ns())
        self._flush()

    def stop_process(self) -> None:
        """The venue's process is gone: connections are closed, new ones refused, the book lives on."""
        self.network.process_ended()
        self.network.accepted.clear()
        if self.recovery is not None:
            self.recovery.stop()
        for number in list(self.connections):
            self._lost(number)

    def restart_process(self, keeps_numbers: bool) -> None:
        """It is back; its sessions go on with their numbers, or begin anew."""
        if not keeps_numbers:
            self.exchange.forget_sessions(self.world.now_ns, self.utc_ns())
        self._listen()
        self._flush()

    def _listen(self) -> None:
        self.network.listen()
        if self.recovery is not None:
            self.recovery.start()

    def handle_of(self, session: int) -> int:
        """The socket of a session, numbered from 1 in the order of the settings; NO_HANDLE when it has none."""
        return self.connections.get(int(self.exchange.connection_of(session)), NO_HANDLE)

    # ------------------------------------------------------------------ the process

    def _turn(self) -> None:
        """What a server does when a socket is ready or a deadline has come."""
        network = self.network
        for handle in network.accepted:
            self.connection_count += 1
            self.connections[self.connection_count] = handle
            self.numbers[handle] = self.connection_count
            self.unsent[self.connection_count] = b""
            network.watch(handle, READABLE)
            self.exchange.connection_opened(self.connection_count, self.world.now_ns, self.utc_ns())
        network.accepted.clear()
        for handle, _ in network.poll(0.0):
            self._read(handle)
        if self.world.now_ns >= self.exchange.next_timer_ns():
            self.exchange.handle_timer(self.world.now_ns, self.utc_ns())
        self._flush()

    def _read(self, handle: int) -> None:
        data = self.network.read(handle, READ_BYTES)
        number = self.numbers[handle]
        if data is None:
            return
        if data:
            self.exchange.receive(number, data, self.world.now_ns, self.utc_ns())
        else:
            self.network.close(handle)
            self._lost(number)

    def _lost(self, number: int) -> None:
        del self.numbers[self.connections.pop(number)]
        del self.unsent[number]
        self.exchange.connection_lost(number, self.world.now_ns, self.utc_ns())

    def _flush(self) -> None:
        self._write()
        for number in self.exchange.closing():
            if number in self.connections and not self.unsent[number]:
                self.network.close(self.connections[number])
                self._lost(number)
                # What its end did to the book is news to the other sessions, at once.
                self._write()
        for channel, packet in self.exchange.datagrams_to_send():
            if not self.network.is_listening:
                continue
            self.world.fabric.send_datagram(self.network.name, self.ports[int(channel)], packet)
        self.alarm.set(int(self.exchange.next_timer_ns()))
        if self.network.has_ready():
            # Whoever wrote only a part must go on by itself: the next quote may be long in coming.
            self.network.wake()
        if self.observer is not None:
            self.observer()

    def _write(self) -> None:
        """What the exchange has to say to every connection."""
        for number, handle in list(self.connections.items()):
            data = self.unsent[number] + self.exchange.data_to_send(number)
            if data:
                self._send(number, handle, data)

    def _send(self, number: int, handle: int, data: bytes) -> None:
        sent = self.network.write(handle, data)
        # A broken connection is found by the next read.
        rest = data if sent < 0 else data[sent:]
        if bool(rest) != bool(self.unsent[number]):
            self.network.change_watch(handle, READABLE | WRITABLE if rest else READABLE)
        self.unsent[number] = rest


def ports_of(settings: ExchangeSettings) -> dict[int, int]:
    """Port of each multicast channel of a virtual venue, by its number; both loops of MDP 3.0 have one."""
    ports: dict[int, int] = {}
    if settings.channel is not None:
        ports = {int(settings.channel.channel): LIVE_PORT, int(settings.channel.refresh_channel): REFRESH_PORT}
    mdp = settings.mdp_channel
    if mdp is not None:
        loops = (int(mdp.snapshot_channel), int(mdp.definition_channel))
        ports = {int(mdp.channel): LIVE_PORT, **dict.fromkeys(loops, REFRESH_PORT)}
    if settings.lines is not None:
        ports.update({number + int(LINE_B): port + LINE_B_PORTS for number, port in ports.items()})
    return ports


@final
class VirtualSyncer(LogSyncer):
    """The log's syncer, whose rounds the host calls."""

    def start(self) -> None:
        return

    def stop(self) -> None:
        return


@final
class EngineHost:
    """An engine's process, and the disk that outlives it.

    Args:
        calendar: the world's; a run's own is anchored when it starts.
        secrets: password by source.
        keeps_capture: market data goes to a capture; without one it cannot be replayed.
        other: the engine on whose disk this one is to run too, on a machine of its own.

    Attributes:
        core, log, loop: of the present run, None while the process is dead.
        starts: runs so far. start_fault: why the last start was refused, empty when it was not.
        sink_of: puts something between an engine that starts and its log; None for nothing.
        on_opened: called when a run stands where the one before ended, before its first input.
        on_ended: called when a run has ended cleanly.
        effects: count down to the process's death.
        restart_ns: how long after a death at an effect it is started again; NO_TIMER for never.
        power_keeps: what a power cut at an effect leaves of the disk, -1 when only the process dies.
        lost_power: the last run ended by a power cut.
        hangs_until_ns: it does nothing before. utc_offset_ns: how far the machine's calendar is off.
    """

    def __init__(
        self,
        world: World,
        settings: Settings,
        reference: Reference,
        calendar: CalendarClock,
        secrets: Mapping[str, str],
        keeps_capture: bool = True,
        other: EngineHost | None = None,
    ) -> None:
        self.world: World = world
        self.settings: Settings = settings
        self.reference: Reference = reference
        self.calendar: CalendarClock = calendar
        self.name: str = "engine" if other is None else "other engine"
        self.environment: dict[str, str] = _environment(settings, secrets)
        self.effects: Effects = Effects()
        self.disk: VirtualDisk = VirtualDisk(self.effects) if other is None else other.disk
        self.capture_disk: VirtualDisk = VirtualDisk(self.effects) if other is None else other.capture_disk
        self.stores: EngineStores = self._stores(keeps_capture) if other is None else other.stores
        self.engine: OpenedEngine | None = None
        self.core: EngineCore | None = None
        self.log: LogWriter | None = None
        self.loop: EngineLoop | None = None
        self.network: HostNetwork | None = None
        self.syncer: VirtualSyncer | None = None
        self.starts: int = 0
        self.start_fault: str = ""
        self.deaths: list[str] = []
        self.sink_of: Callable[[LogWriter], RecordSink] | None = None
        self.restart_ns: int = int(NO_TIMER)
        self.on_opened: Callable[[OpenedEngine], None] | None = None
        self.on_ended: Callable[[], None] | None = None
        self.power_keeps: int = -1
        self.lost_power: bool = False
        self.hangs_until_ns: int = 0
        self.utc_offset_ns: int = 0
        self.alarm: Alarm = Alarm(world, self._turn)
        self._wake_handle: int = NO_HANDLE
        self._sync_is_due: bool = False

    def _stores(self, keeps_capture: bool) -> EngineStores:
        capture = self.capture_disk if keeps_capture else None
        return EngineStores(
            self.disk,
            self.disk,
            capture,
            capture,
            VirtualSnapshots(self.effects),
            MemoryLifeStore(),
            LOG_SEGMENT_BYTES,
            CAPTURE_SEGMENT_BYTES,
        )

    # ------------------------------------------------------------------ life

    def start(self) -> None:
        """Open log and capture, take over what they hold, and begin; a refusal is kept in `start_fault`."""
        if self.core is not None:
            return
        self.start_fault = ""
        try:
            self._start()
        except InputError as error:
            self.start_fault = str(error)
            self.forget()
        except Killed as death:
            self._died(death)

    def _start(self) -> None:
        world = self.world
        network = HostNetwork(world.fabric, self.name, self.effects, self._calendar_ns, self._turn)
        network.utc_offset_ns = self.utc_offset_ns
        self.network = network
        clock = self.calendar_now()
        engine = open_engine(blueprint_of(self.settings, self.reference, clock), self.stores, clock)
        if self.on_opened is not None:
            self.on_opened(engine)
        log: RecordSink = engine.log if self.sink_of is None else self.sink_of(engine.log)
        sink = CountedSink(log, self.effects)
        engine.core.sink = sink
        engine.core.step.sink = sink
        syncer = VirtualSyncer(engine.log, self.stores.snapshots)
        streams, feeds = targets_of(self.settings, self.environment)
        self._name_venues(streams, feeds)
        self._wake_handle = network.open_signal()
        loop = open_loop(engine, self.settings, network, syncer, None, streams, feeds, self._wake_handle, NO_HANDLE)
        self.engine, self.core, self.log = engine, engine.core, engine.log
        self.loop, self.syncer = loop, syncer
        self.starts += 1
        self.lost_power = False
        begin_loop(engine, loop, "simulation", world.now_ns)
        loop.begin()
        self._arm()

    def _name_venues(self, streams: list[StreamTarget], feeds: list[FeedTarget]) -> None:
        """In this world machines have names instead of addresses, and a venue's is its MIC."""
        recovered = {number: source.venue for number, source, _ in self.settings.recoveries()}
        for target in streams:
            recovery = recovered.get(target.source)
            target.host = self.settings.source[target.source].venue if recovery is None else recovery + RECOVERY_NAME
        for feed in feeds:
            venue = self.settings.source[feed.source].venue
            lines = [0, LINE_B_PORTS] if len(feed.refresh) > 1 else [0]
            feed.live = [(venue, LIVE_PORT + line) for line in lines]
            feed.refresh = [(venue, REFRESH_PORT + line) for line in lines]

    def calendar_now(self) -> CalendarClock:
        """The run's calendar, anchored at this moment."""
        now_ns = self.world.now_ns
        return CalendarClock(
            now_ns,
            self._calendar_ns(now_ns) + self.utc_offset_ns,
            self.calendar.speed_milli,
            self.calendar.skip_from_utc_ns,
            self.calendar.skip_until_utc_ns,
        )

    def _calendar_ns(self, now_ns: int) -> int:
        return int(self.calendar.utc_ns(now_ns))

    def running(self) -> EngineCore:
        """The core. Raises InvariantError while the engine is dead."""
        if self.core is None:
            raise InvariantError("the engine is not running")
        return self.core

    def stop(self) -> None:
        """Ask for the clean end, by a signal."""
        self.running()
        if self.network is not None:
            self.network.signal(self._wake_handle)

    def kill(self) -> None:
        """The process dies now: what was copied into the log stays, its sockets are closed."""
        if self.network is not None:
            self.network.process_ended()
            self.disk.kill()
            self.capture_disk.kill()
        self.forget()

    def lose_power(self, keeps: int) -> None:
        """The machine stops: unsynced sectors are left as `keeps` says, and no peer is told."""
        if self.network is not None:
            self.network.machine_lost_power()
            self.disk.lose_power(keeps, self.world.random)
            self.capture_disk.lose_power(keeps, self.world.random)
            self.lost_power = True
        self.forget()

    def die_after(self, effects: int, restart_ns: int, power_keeps: int = -1) -> None:
        """Die at the effect after so many more, by a power cut when `power_keeps` says what it leaves."""
        self.effects.left = effects
        self.restart_ns = restart_ns
        self.power_keeps = power_keeps

    def hang(self, until_ns: int) -> None:
        """The process does nothing until then. One that is dead cannot hang."""
        if self.core is not None:
            self.hangs_until_ns = max(self.hangs_until_ns, until_ns)

    def wake(self) -> None:
        """It hangs no longer."""
        if self.world.now_ns < self.hangs_until_ns:
            self.hangs_until_ns = 0
            self.alarm.set(self.world.now_ns)

    def step_clock(self, by_ns: int) -> None:
        """The machine's calendar is set, and read soon; its monotonic time goes on."""
        self.utc_offset_ns += by_ns
        if self.network is not None and self.loop is not None:
            self.network.utc_offset_ns = self.utc_offset_ns
            self.loop.sample_due_ns = self.world.now_ns

    def tell(self, what: Callable[[EngineCore], None]) -> None:
        """Give the running core an input that no socket brings, such as a person's word.

        It would come through the loop, which reads nothing while the log is full: then it waits, as long as the process
        lives.
        """
        loop = self.loop
        if self.core is None or self.network is None or loop is None or self.core.finished:
            return
        if loop.paused or not loop.has_room():
            self.network.wake()
            self.world.after(SYNC_NS, lambda: self.tell(what) if self.loop is loop else None)
            return
        try:
            what(self.core)
        except Killed as death:
            self._died(death)
            return
        self.network.wake()

    def crash(self, error: Exception) -> None:
        """What the process's shell does when a step failed: leave a note and end."""
        if self.engine is not None:
            self.engine.life.note_death(death_note(self.engine.core, self.engine.log, error))
        self.kill()

    def _died(self, death: Killed) -> None:
        """At an effect, as planned."""
        self.deaths.append(str(death))
        if self.power_keeps >= 0:
            self.lose_power(self.power_keeps)
        else:
            self.kill()
        if self.restart_ns < NO_TIMER:
            self.world.after(self.restart_ns, self.start)

    def forget(self) -> None:
        """The process is no more."""
        core = self.core
        if core is not None:
            # Parts of a core know each other, so they wait for the collector; what they hold need not.
            core.sink = core.step.sink = RecordSink()
            core.desk.orders.clear()
            core.desk.leg_orders.clear()
        self.effects.left = NEVER
        self.hangs_until_ns = 0
        self.engine = None
        self.core = None
        self.log = None
        self.loop = None
        self.network = None
        self.syncer = None
        self.alarm.set(int(NO_TIMER))

    # ------------------------------------------------------------------ the process

    def _turn(self) -> None:
        """One turn of the real loop, when a socket is ready or a deadline has come.

        What a step raises goes through to whoever lets time pass; `crash` is the answer.
        """
        loop, network = self.loop, self.network
        if loop is None or network is None or loop.core.finished or loop.fenced:
            return
        if self.world.now_ns < self.hangs_until_ns:
            self.alarm.set(self.hangs_until_ns)
            return
        try:
            loop.turn(network.poll(0.0))
            if loop.core.finished or loop.fenced:
                self._end(loop)
                return
        except Killed as death:
            self._died(death)
            return
        self._arm()

    def _end(self, loop: EngineLoop) -> None:
        """The end of a run; what it was can still be looked at. A fenced engine tidies nothing up."""
        self.alarm.set(int(NO_TIMER))
        loop.end()
        loop.close()
        if loop.fenced:
            return
        if self.on_ended is not None:
            self.on_ended()
        if loop.capture is not None:
            loop.capture.close()
        try:
            loop.log.close()
        except OSError as error:
            # The process says so and ends with an error. What the disk lacks is lost only if the machine goes too.
            self.deaths.append(str(error))
            return
        last = loop.core.take_snapshot()
        if last is not None:
            self.stores.snapshots.save(Snapshot(*last))

    def _arm(self) -> None:
        """When the process runs next."""
        loop, network, syncer = self.loop, self.network, self.syncer
        if loop is None or network is None or syncer is None:
            return
        if network.has_ready() and not loop.paused:
            network.wake()
        self.alarm.set(max(int(loop.due_ns()), self.world.now_ns))
        if not self._sync_is_due and syncer.has_work():
            self._sync_is_due = True
            self.world.after(SYNC_NS, self._sync)

    def _sync(self) -> None:
        """What the sync thread does at its interval, when there is something to do."""
        self._sync_is_due = False
        syncer, loop = self.syncer, self.loop
        if syncer is None or loop is None or loop.core.finished or loop.fenced:
            return
        if self.world.now_ns < self.disk.stalled_until_ns:
            self._sync_is_due = True
            self.world.at(self.disk.stalled_until_ns, self._sync)
            return
        try:
            syncer.turn()
        except Killed as death:
            self._died(death)
            return
        # A full disk leaves work that only time can do.
        if syncer.has_work():
            self._sync_is_due = True
            self.world.after(SYNC_NS, self._sync)


def _environment(settings: Settings, secrets: Mapping[str, str]) -> dict[str, str]:
    """The variables that hold the secrets."""
    result: dict[str, str] = {}
    for source in settings.source:
        if isinstance(source, FixSession) and source.secret_env is not None:
            result[source.secret_env] = secrets[source.name]
    for _, feed, recovery in settings.recoveries():
        if isinstance(recovery, Replay):
            result[recovery.secret_env] = secrets[feed.name]
    return result
