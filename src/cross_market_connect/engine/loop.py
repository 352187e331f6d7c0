"""The engine's shell: one thread, one poller, sockets around the core.

One turn: wait; for each ready handle read, take the time once, run the step, send what it encoded (both legs back to
back), measure, seal the log's chain; then what is due by time, what to connect and close, and the page.

Clock and sockets are behind a port (`network.py`), and `run` is made of `begin`, `turn` and `end`: the virtual world
runs this same loop, turn by turn. Everything that can be prepared is prepared before `run`: the collector is frozen and
off. A send that does not take all bytes keeps the rest, up to a limit after which the peer is cut off.

An engine that cannot log must not send. On a full disk nothing is opened while a whole segment is still free; when that
is used up too, the loop pauses before the step that would not fit: it reads and sends nothing, beats, and asks for
space. What was under way goes on when there is some; no record, fill or order is lost by the pause.
"""

from __future__ import annotations

import gc
from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.numbers import NO_TIMER, UNSTAMPED
from cross_market_connect.engine.control import ControlServer, role_for
from cross_market_connect.engine.core import STOP, EngineCore
from cross_market_connect.engine.network import BROKEN, FAILED, HUNG_UP, NO_HANDLE, READABLE, WRITABLE, Network
from cross_market_connect.engine.publisher import ViewPublisher
from cross_market_connect.engine.targets import FeedTarget, StreamTarget
from cross_market_connect.engine.tls import IDLE, OPEN, TlsStream
from cross_market_connect.journal.capture import CaptureWriter
from cross_market_connect.journal.life import LifeStore
from cross_market_connect.journal.snapshot import Snapshot
from cross_market_connect.journal.syncer import LogSyncer
from cross_market_connect.journal.writer import LogWriter
from cross_market_connect.wire.fix.encoder import fill_secret

DATAGRAM_BYTES_MAX: Final = 2048
STREAM_READ_BYTES: Final = 65_536
DATAGRAMS_PER_TURN_MAX: Final = 64
# People wait for milliseconds without noticing; the market does not.
COMMANDS_PER_TURN_MAX: Final = 2
UNSENT_BYTES_MAX: Final = 1_048_576
VIEW_INTERVAL_NS: Final[i64] = 50_000_000
CLOCK_SAMPLE_INTERVAL_NS: Final[i64] = 10_000_000_000
# A sync takes milliseconds; one that is not back after this long has a device behind it that nothing new should trust.
SYNC_STALL_NS: Final[i64] = 500_000_000
# A turn that begins so much later than it was due: the process stood still, and what it reads may have waited.
STANDSTILL_NS: Final[i64] = 10_000_000
# On a full disk reads are short, so that one step's records fit into what is left of the log.
SHORT_READ_BYTES: Final = 1024
PAUSE_S: Final = 0.05
LOG_FULL: Final = "the log is full: nothing is read or sent until there is space"

WAKE: Final = 0
PARENT: Final = 1
LIVE: Final = 2
REFRESH: Final = 3
STREAM: Final = 4


@final
class EngineLoop:
    """Runs one engine until it has stopped cleanly.

    Args:
        network: its clock and sockets.
        publisher: None where nobody looks.
        end_utc_ns: calendar time at which the run stops by itself, NO_TIMER for never.
        demo_calendar: the calendar is set once; otherwise it is compared with the machine's clock at an interval.

    Attributes:
        control: where people's commands come in; None where nobody gives any.
        life, fence: where the loop shows that it lives, and the number under which it may send (`guard`).
        fenced: another engine has taken over: this one takes nothing in and sends nothing any more.
        paused: the log has no room for another step.
        turned_ns, turn_due_ns: when the last turn that read began, and when the next one was to begin.
    """

    def __init__(
        self,
        network: Network,
        core: EngineCore,
        log: LogWriter,
        capture: CaptureWriter | None,
        sync: LogSyncer,
        publisher: ViewPublisher | None,
        streams: list[StreamTarget],
        feeds: list[FeedTarget],
        busy_poll: bool,
        demo_calendar: bool,
        end_utc_ns: i64,
    ) -> None:
        self.network: Network = network
        self.core: EngineCore = core
        self.log: LogWriter = log
        self.capture: CaptureWriter | None = capture
        self.sync: LogSyncer = sync
        self.publisher: ViewPublisher | None = publisher
        self.streams: list[StreamTarget] = streams
        self.feeds: list[FeedTarget] = feeds
        self.busy_poll: bool = busy_poll
        self.demo_calendar: bool = demo_calendar
        self.end_utc_ns: i64 = end_utc_ns
        self.life: LifeStore | None = None
        self.fence: i64 = 0
        self.fenced: bool = False
        self.paused: bool = False
        self.control: ControlServer | None = None
        self.roles: dict[int, tuple[int, int]] = {}
        self.by_source: dict[int, StreamTarget] = {target.source: target for target in streams}
        self.turned_ns: i64 = 0
        self.turn_due_ns: i64 = NO_TIMER
        self.view_due_ns: i64 = 0
        self.timer_due_ns: i64 = 0
        self.sample_due_ns: i64 = NO_TIMER
        self.measured_sync: i64 = 0
        self.unsynced_seq: i64 = 0
        self.unsynced_since_ns: i64 = 0

    # ------------------------------------------------------------------ set-up and end

    def open(self, wake: int, parent: int) -> None:
        """Open what listens. `wake` gets a byte per signal; `parent` (-1 for none) ends when the parent does.

        Raises InputError naming the source that cannot be opened; nothing stays open then.
        """
        self._watch(wake, WAKE, 0)
        if parent >= 0:
            self._watch(parent, PARENT, 0)
        if self.control is not None:
            self.control.open()
        for at, target in enumerate(self.feeds):
            for group, port in target.live:
                handle = self.network.open_multicast(target.name, target.interface, group, port)
                target.live_handles.append(handle)
                if target.wants_stamps:
                    # Where the kernel refuses, the first datagram says so, without a stamp.
                    self.network.stamp_receipts(handle)
                self._watch(handle, LIVE, at)

    def _watch(self, handle: int, role: int, at: int) -> None:
        self.roles[handle] = (role, at)
        self.network.watch(handle, READABLE)

    def close(self) -> None:
        """Close every socket."""
        for feed in self.feeds:
            for receiver in feed.live_handles + feed.refresh_handles:
                self.network.close(receiver)
        for target in self.streams:
            if target.handle != NO_HANDLE:
                self.network.close(target.handle)
        if self.control is not None:
            self.control.close()
        self.network.shut_down()

    def guard(self, life: LifeStore, fence: i64) -> None:
        """Send only while `life` shows this fence, and beat there."""
        self.life = life
        self.fence = fence
        life.beat(self.network.now_ns())

    def is_fenced(self) -> bool:
        """Whether another engine has taken over; asked before every turn and every send."""
        life = self.life
        if life is not None and life.fence() != self.fence:
            self.fenced = True
        return self.fenced

    def run(self) -> None:
        """Serve until the core has finished, or another engine has taken over."""
        self.begin()
        gc.collect()
        gc.freeze()
        gc.disable()
        while not self.core.finished and not self.fenced:
            if self.paused:
                # What is ready stays so: polling would not wait.
                self.network.rest(PAUSE_S)
                self.turn([])
            else:
                self.turn(self.network.poll(self.timeout_s()))
        self.end()

    def begin(self) -> None:
        """Before the first turn."""
        self.view_due_ns = self.network.now_ns()
        self.unsynced_since_ns = self.view_due_ns
        if not self.demo_calendar:
            self.sample_due_ns = self.view_due_ns + CLOCK_SAMPLE_INTERVAL_NS

    def turn(self, ready: list[tuple[int, int]]) -> None:
        """One turn with the handles that are ready."""
        if self.is_fenced() or self._is_paused():
            return
        core = self.core
        began_ns: i64 = self.network.now_ns()
        if began_ns - self.turn_due_ns > STANDSTILL_NS and self.has_room():
            core.on_standstill(self.turned_ns, began_ns)
        for handle, mask in ready:
            # What is left is still ready in the next turn.
            if not self.has_room():
                break
            self._handle(handle, mask)
        has_acted = self.control is not None and self._carry_out(self.control)
        now_ns: i64 = self.network.now_ns()
        is_due = now_ns >= self.timer_due_ns and self.has_room()
        if is_due:
            core.on_timer(now_ns)
            self._flush()
        if now_ns >= self.view_due_ns:
            self._housekeeping(now_ns)
            is_due = True
        # Deadlines and connections change in steps only; a turn without one costs next to nothing.
        if is_due or has_acted or len(ready) > 0:
            self._connections(now_ns)
            self.timer_due_ns = core.next_timer_ns()
        self.turned_ns = began_ns
        due_ns = self.due_ns()
        self.turn_due_ns = due_ns if due_ns > now_ns else now_ns

    def end(self) -> None:
        """After the last turn: the page shows the end, the log is sealed. The log of a fenced engine is not its own."""
        if self.fenced:
            return
        if self.publisher is not None:
            self.publisher.publish(self.network.now_ns())
        self.log.seal()

    def due_ns(self) -> i64:
        """When the next turn is due though no handle is ready."""
        if self.paused:
            return self.view_due_ns
        if self.control is not None and self.control.has_waiting():
            return self.turned_ns
        return self.timer_due_ns if self.timer_due_ns < self.view_due_ns else self.view_due_ns

    def timeout_s(self) -> float:
        """How long to wait; a poll rounds up to whole milliseconds."""
        if self.busy_poll:
            return 0.0
        left: i64 = self.due_ns() - self.network.now_ns()
        if left <= 0:
            return 0.0
        return float(left) / 1e9

    # ------------------------------------------------------------------ reading

    def _handle(self, handle: int, mask: int) -> None:
        """One ready handle; one that an earlier handle's step closed is passed over."""
        if handle not in self.roles:
            if self.control is not None and self.control.owns(handle):
                self._handle_control(self.control, handle, mask)
            return
        role, at = self.roles[handle]
        if role == LIVE:
            self._read_datagrams(handle, self.feeds[at].source, False, self.feeds[at].wants_stamps)
        elif role == STREAM:
            self._handle_stream(self.streams[at], mask)
        elif role == REFRESH:
            self._read_datagrams(handle, self.feeds[at].source, True, False)
        else:
            self._handle_stop(handle, role)

    def _read_datagrams(self, handle: int, source: int, is_refresh: bool, wants_stamps: bool) -> None:
        core = self.core
        network = self.network
        queued_ns = UNSTAMPED
        for _ in range(DATAGRAMS_PER_TURN_MAX):
            if not self.has_room():
                return
            if wants_stamps:
                data = network.read_stamped(handle, DATAGRAM_BYTES_MAX)
                queued_ns = network.queued_ns
            else:
                data = network.read(handle, DATAGRAM_BYTES_MAX)
            if data is None:
                return
            core.on_datagram(source, is_refresh, data, network.now_ns(), queued_ns)
            if len(core.routes.encoded) > 0:
                self._flush()

    def _handle_stream(self, target: StreamTarget, mask: int) -> None:
        tls = target.tls
        if not target.connected and (tls is None or tls.state == IDLE):
            self._finish_connect(target)
            return
        if mask & WRITABLE:
            self._send(target, b"")
        if target.handle != NO_HANDLE and mask & (READABLE | HUNG_UP | BROKEN):
            data = self.network.read(target.handle, self._read_size())
            if data is None:
                return
            if tls is not None:
                self._receive_tls(target, tls, data)
                return
            if len(data) == 0:
                self._lose(target, self.network.fault or "closed by the peer")
                return
            self.core.on_bytes(target.source, data, self.network.now_ns())
            self._flush()

    def _read_size(self) -> int:
        return SHORT_READ_BYTES if self._is_short_of_space() else STREAM_READ_BYTES

    def _receive_tls(self, target: StreamTarget, tls: TlsStream, data: bytes) -> None:
        """What one read returned of a stream with TLS, or its end: a step of the handshake, or of the session."""
        if len(data) == 0:
            tls.receive_end(self.network.fault)
        else:
            tls.receive(data)
        if tls.state == OPEN and not target.connected:
            target.connected = True
            self._report(target, True, tls.note(self.network.utc_ns()))
        self._deliver(target, tls)

    def _deliver(self, target: StreamTarget, tls: TlsStream) -> None:
        """Steps with what TLS has understood, as far as the log has room; then what TLS itself has to say."""
        while target.connected and self.has_room():
            data = tls.read(self._read_size())
            if len(data) == 0:
                break
            self.core.on_bytes(target.source, data, self.network.now_ns())
            self._flush()
        if tls.fault != "":
            self._lose(target, tls.fault)
            return
        answer = tls.take_outgoing()
        if len(answer) > 0:
            self._send(target, answer)

    def _handle_control(self, control: ControlServer, handle: int, mask: int) -> None:
        """A person connects, or says something."""
        if handle == control.handle:
            control.accept()
        else:
            control.receive(handle, mask)

    def _carry_out(self, control: ControlServer) -> bool:
        """A few of the commands that wait: each is a step, and is answered once its bytes are sent. Whether any was."""
        for count in range(COMMANDS_PER_TURN_MAX):
            taken = control.take() if self.has_room() else None
            if taken is None:
                return count > 0
            peer, text = taken
            self.core.on_operator(text, peer.person.name, role_for(peer.person, text), "", self.network.now_ns())
            self._flush()
            for answer in self.core.take_answers():
                control.answer(peer, answer)
            control.answered(peer)
        return True

    def _handle_stop(self, handle: int, role: int) -> None:
        data = self.network.read(handle, STREAM_READ_BYTES)
        if role == PARENT and data is not None and len(data) > 0:
            return
        del self.roles[handle]
        self.network.unwatch(handle)
        self.stop("signal" if role == WAKE else "the parent process is gone")

    def stop(self, reason: str) -> None:
        """Begin the clean end, once."""
        if not self.core.stopping:
            self.core.on_operator(STOP, "process", "operator", reason, self.network.now_ns())
            self._flush()

    # ------------------------------------------------------------------ sending

    def _flush(self) -> None:
        """Send everything that the last step encoded, measure the orders, seal the log."""
        encoded = self.core.routes.take_encoded()
        for target in self.streams:
            if target.connected:
                data = self.core.outgoing(target.source)
                if len(data) > 0:
                    if len(target.secret) > 0 and target.placeholder in data:
                        data = fill_secret(data, target.placeholder, target.secret_at(self.network.utc_ns()))
                    for order in encoded:
                        if order.source == target.source:
                            target.unmeasured.append(order)
                    if target.tls is not None:
                        data = target.tls.encrypt(data)
                    self._send(target, data)
        for target in self.streams:
            if len(target.unmeasured) > 0 and len(target.unsent) == 0 and target.connected:
                for order in target.unmeasured:
                    self.core.measure_sent(order, target.sent_ns, target.sent_bytes)
                target.unmeasured.clear()
        self.log.seal()

    def _send(self, target: StreamTarget, data: bytes) -> None:
        if self.is_fenced():
            return
        waiting = len(target.unsent) > 0
        if waiting:
            data = target.unsent + data
        sent: i64 = self.network.write(target.handle, data)
        if sent == FAILED:
            self._lose(target, self.network.fault)
            return
        if sent < 0:
            sent = 0
        target.sent_ns = self.network.now_ns()
        target.sent_bytes = sent
        if sent == len(data):
            target.unsent = b""
            if waiting:
                self.network.change_watch(target.handle, READABLE)
            return
        target.unsent = data[sent:]
        if len(target.unsent) > UNSENT_BYTES_MAX:
            self._lose(target, f"the peer does not read: {len(target.unsent)} bytes wait")
            return
        self.network.change_watch(target.handle, READABLE | WRITABLE)

    # ------------------------------------------------------------------ connections

    def _connections(self, now_ns: i64) -> None:
        """Connect and close what the core asks for; read the refresh channel while a feed needs it."""
        core = self.core
        for source in core.take_connects():
            self._connect(self.by_source[source])
        for target in self.streams:
            tls = target.tls
            if tls is not None and tls.has_waiting():
                # The log had no room for it before; the socket need not become ready again.
                self._deliver(target, tls)
            if target.handle != NO_HANDLE and core.must_close(target.source, now_ns) and len(target.unsent) == 0:
                self._lose(target, "session ended" if target.connected else self._timeout_reason(target))
        for at, feed in enumerate(self.feeds):
            wanted = core.wants_refresh(feed.source)
            if wanted and len(feed.refresh_handles) == 0:
                for group, port in feed.refresh:
                    handle = self.network.open_multicast(feed.name, feed.interface, group, port)
                    feed.refresh_handles.append(handle)
                    self._watch(handle, REFRESH, at)
            elif not wanted and len(feed.refresh_handles) > 0:
                for handle in feed.refresh_handles:
                    self._forget(handle)
                feed.refresh_handles = []

    def _timeout_reason(self, target: StreamTarget) -> str:
        tls = target.tls
        return "connecting took too long" if tls is None or tls.state == IDLE else tls.timeout_fault()

    def _forget(self, handle: int) -> None:
        del self.roles[handle]
        self.network.unwatch(handle)
        self.network.close(handle)

    def _connect(self, target: StreamTarget) -> None:
        handle = self.network.connect(target.host, target.port)
        if handle == NO_HANDLE:
            self._report(target, False, self.network.fault)
            return
        target.handle = handle
        target.connected = False
        self.roles[handle] = (STREAM, self.streams.index(target))
        self.network.watch(handle, WRITABLE)

    def _finish_connect(self, target: StreamTarget) -> None:
        fault = self.network.connect_fault(target.handle)
        if fault != "":
            self._lose(target, fault)
            return
        self.network.change_watch(target.handle, READABLE)
        tls = target.tls
        if tls is not None:
            tls.begin(target.host, target.port)
            self._send(target, tls.take_outgoing())
            return
        target.connected = True
        self._report(target, True, "")

    def _lose(self, target: StreamTarget, reason: str) -> None:
        """Close one stream and tell the core."""
        if target.handle == NO_HANDLE:
            return
        if target.tls is not None:
            last = target.tls.end()
            # The peer hears why, if its socket takes that at once.
            if len(last) > 0 and len(target.unsent) == 0 and not self.is_fenced():
                self.network.write(target.handle, last)
        self._forget(target.handle)
        target.handle = NO_HANDLE
        target.connected = False
        target.unsent = b""
        target.unmeasured.clear()
        self._report(target, False, reason)

    def _report(self, target: StreamTarget, connected: bool, reason: str) -> None:
        if not connected:
            target.turn_to_next()
        self.core.on_connection(target.source, connected, reason, self.network.now_ns())
        self._flush()

    # ------------------------------------------------------------------ a full disk

    def _is_short_of_space(self) -> bool:
        return self.log.space_exhausted_soon or (self.capture is not None and self.capture.space_exhausted_soon)

    def has_room(self) -> bool:
        """Whether log and capture have room for one more step."""
        return self.log.has_room() and (self.capture is None or self.capture.has_room())

    def _makes_room(self) -> bool:
        """`has_room`, with space asked for where it takes some."""
        return self.log.makes_room() and (self.capture is None or self.capture.makes_room())

    def _is_paused(self) -> bool:
        """Whether the next step's records would not fit; space is asked for at the housekeeping's interval."""
        if self.has_room() and not self.paused:
            return False
        now_ns: i64 = self.network.now_ns()
        if self.paused and now_ns < self.view_due_ns:
            return True
        if self._makes_room():
            self.paused = False
            return False
        if not self.paused:
            self._pause(now_ns)
        self.view_due_ns = now_ns + VIEW_INTERVAL_NS
        if self.life is not None:
            self.life.beat(now_ns)
        if self.publisher is not None:
            self.publisher.publish(now_ns)
        return True

    def _pause(self, now_ns: i64) -> None:
        """People hear of it: the reserve takes these last steps."""
        self.paused = True
        fault = self.log.space_fault
        if self.capture is not None and fault == "":
            fault = self.capture.space_fault
        if self.core.desk.durable:
            self.core.on_durability(False, fault, now_ns)
        self.core.on_durability(False, f"{LOG_FULL}: {fault}", now_ns)
        self.log.seal()

    # ------------------------------------------------------------------ between steps

    def _housekeeping(self, now_ns: i64) -> None:
        """The page, the disk, the calendar: what need not happen within microseconds."""
        core = self.core
        self.view_due_ns = now_ns + VIEW_INTERVAL_NS
        if self.life is not None:
            self.life.beat(now_ns)
        self._check_disk(now_ns)
        core.prepare_snapshot()
        snapshot = core.take_snapshot()
        if snapshot is not None:
            self.sync.offer(Snapshot(*snapshot))
        if now_ns >= self.sample_due_ns:
            self.sample_due_ns = now_ns + CLOCK_SAMPLE_INTERVAL_NS
            core.on_clock_sample(self.network.utc_ns(), 0, now_ns)
        if core.clock.utc_ns(now_ns) >= self.end_utc_ns:
            self.stop("end of the demonstration")
        if self.publisher is not None:
            self.publisher.publish(now_ns)
        synced = self.log.synced_seq
        if synced > self.measured_sync + 1:
            core.measure_synced(synced, now_ns)
            self.measured_sync = self.log.last_seq
        self.log.seal()

    def _check_disk(self, now_ns: i64) -> None:
        fault = self.sync.failure
        if fault == "" and self._is_stalled(now_ns):
            fault = f"the disk has not confirmed a record for {SYNC_STALL_NS // 1_000_000} ms"
        if self.log.space_exhausted_soon:
            fault = self.log.space_fault
        capture = self.capture
        if capture is not None:
            if capture.space_exhausted_soon:
                fault = capture.space_fault
            elif capture.needs_next():
                capture.prepare_next()
        durable = fault == ""
        if durable != self.core.desk.durable:
            self.core.on_durability(durable, fault, now_ns)
            self._flush()

    def _is_stalled(self, now_ns: i64) -> bool:
        """Whether a record that was there half a second ago is not durable yet."""
        if self.log.synced_seq >= self.unsynced_seq:
            self.unsynced_seq = self.log.last_seq
            self.unsynced_since_ns = now_ns
        return now_ns - self.unsynced_since_ns > SYNC_STALL_NS
