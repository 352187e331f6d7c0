"""The engine's shell: one thread, one epoll, sockets around the core.

One turn: wait; for each ready descriptor read, take the time once, run the step, send what it encoded (both legs back
to back), measure, seal the log's chain; then what is due by time, what to connect and close, and the page.

Everything that can be prepared is prepared before `run`: the collector is frozen and off, descriptors are raw numbers.
A send that does not take all bytes keeps the rest, up to a limit after which the peer is cut off.
"""

from __future__ import annotations

import gc
import os
import select
import socket
import time
from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.engine.core import STOP, EncodedOrder, EngineCore
from cross_market_connect.engine.publisher import ViewPublisher
from cross_market_connect.engine.sockets import connect_failure, open_multicast, start_connect
from cross_market_connect.journal.capture import CaptureWriter
from cross_market_connect.journal.snapshot import Snapshot
from cross_market_connect.journal.sync_thread import SyncThread
from cross_market_connect.journal.writer import LogWriter
from cross_market_connect.wire.fix.encoder import fill_secret

DATAGRAM_BYTES_MAX: Final = 2048
STREAM_READ_BYTES: Final = 65_536
DATAGRAMS_PER_TURN_MAX: Final = 64
UNSENT_BYTES_MAX: Final = 1_048_576
VIEW_INTERVAL_NS: Final[i64] = 50_000_000
CLOCK_SAMPLE_INTERVAL_NS: Final[i64] = 10_000_000_000

WAKE: Final = 0
PARENT: Final = 1
LIVE: Final = 2
REFRESH: Final = 3
STREAM: Final = 4


@final
class StreamTarget:
    """Where a stream source connects; `secret` takes the place of `placeholder` in its log-on."""

    def __init__(self, source: int, name: str, host: str, port: int, placeholder: bytes, secret: bytes) -> None:
        self.source: int = source
        self.name: str = name
        self.host: str = host
        self.port: int = port
        self.placeholder: bytes = placeholder
        self.secret: bytes = secret
        self.socket: socket.socket | None = None
        self.descriptor: int = -1
        self.connected: bool = False
        self.unsent: bytes = b""
        self.unmeasured: list[EncodedOrder] = []
        self.sent_ns: i64 = 0
        self.sent_bytes: i64 = 0


@final
class FeedTarget:
    """Where a datagram source listens."""

    def __init__(
        self, source: int, name: str, interface: str, group: str, port: int, refresh_group: str, refresh_port: int
    ) -> None:
        self.source: int = source
        self.name: str = name
        self.interface: str = interface
        self.group: str = group
        self.port: int = port
        self.refresh_group: str = refresh_group
        self.refresh_port: int = refresh_port
        self.live: socket.socket | None = None
        self.refresh: socket.socket | None = None


@final
class EngineLoop:
    """Runs one engine until it has stopped cleanly.

    Args:
        end_utc_ns: calendar time at which the run stops by itself, NO_TIMER for never.
        demo_calendar: the calendar is set once; otherwise it is compared with the machine's clock at an interval.
    """

    def __init__(
        self,
        core: EngineCore,
        log: LogWriter,
        capture: CaptureWriter | None,
        sync: SyncThread,
        publisher: ViewPublisher,
        streams: list[StreamTarget],
        feeds: list[FeedTarget],
        busy_poll: bool,
        demo_calendar: bool,
        end_utc_ns: i64,
    ) -> None:
        self.core: EngineCore = core
        self.log: LogWriter = log
        self.capture: CaptureWriter | None = capture
        self.sync: SyncThread = sync
        self.publisher: ViewPublisher = publisher
        self.streams: list[StreamTarget] = streams
        self.feeds: list[FeedTarget] = feeds
        self.busy_poll: bool = busy_poll
        self.demo_calendar: bool = demo_calendar
        self.end_utc_ns: i64 = end_utc_ns
        self.poller: select.epoll = select.epoll()
        self.roles: dict[int, tuple[int, int]] = {}
        self.by_source: dict[int, StreamTarget] = {target.source: target for target in streams}
        self.view_due_ns: i64 = 0
        self.timer_due_ns: i64 = 0
        self.sample_due_ns: i64 = NO_TIMER
        self.measured_sync: i64 = 0

    # ------------------------------------------------------------------ set-up and end

    def open(self, wake: int, parent: int) -> None:
        """Open what listens. `wake` gets a byte per signal; `parent` (-1 for none) ends when the parent does.

        Raises InputError naming the source that cannot be opened; nothing stays open then.
        """
        self._watch(wake, WAKE, 0)
        if parent >= 0:
            self._watch(parent, PARENT, 0)
        for at, target in enumerate(self.feeds):
            receiver = open_multicast(target.name, target.interface, target.group, target.port)
            target.live = receiver
            self._watch(receiver.fileno(), LIVE, at)

    def _watch(self, descriptor: int, role: int, at: int) -> None:
        self.roles[descriptor] = (role, at)
        self.poller.register(descriptor, select.EPOLLIN)

    def close(self) -> None:
        """Close every socket."""
        for feed in self.feeds:
            for receiver in (feed.live, feed.refresh):
                if receiver is not None:
                    receiver.close()
        for target in self.streams:
            if target.socket is not None:
                target.socket.close()
        self.poller.close()

    def run(self) -> None:
        """Serve until the core has finished."""
        core = self.core
        self.view_due_ns = time.monotonic_ns()
        if not self.demo_calendar:
            self.sample_due_ns = self.view_due_ns + CLOCK_SAMPLE_INTERVAL_NS
        gc.collect()
        gc.freeze()
        gc.disable()
        while not core.finished:
            ready = self.poller.poll(self._timeout_s())
            for descriptor, mask in ready:
                self._handle(descriptor, mask)
            now_ns: i64 = time.monotonic_ns()
            is_due = now_ns >= self.timer_due_ns
            if is_due:
                core.on_timer(now_ns)
                self._flush()
            if now_ns >= self.view_due_ns:
                self._housekeeping(now_ns)
                is_due = True
            # Deadlines and connections change in steps only; a turn without one costs next to nothing.
            if is_due or len(ready) > 0:
                self._connections(now_ns)
                self.timer_due_ns = core.next_timer_ns()
        self.publisher.publish(time.monotonic_ns())
        self.log.seal()

    def _timeout_s(self) -> float:
        """How long to wait; a poll rounds up to whole milliseconds."""
        if self.busy_poll:
            return 0.0
        due = self.timer_due_ns
        if self.view_due_ns < due:
            due = self.view_due_ns
        left: i64 = due - time.monotonic_ns()
        if left <= 0:
            return 0.0
        return float(left) / 1e9

    # ------------------------------------------------------------------ reading

    def _handle(self, descriptor: int, mask: int) -> None:
        """One ready descriptor."""
        role, at = self.roles[descriptor]
        if role == LIVE:
            self._read_datagrams(descriptor, self.feeds[at].source, False)
        elif role == STREAM:
            self._handle_stream(self.streams[at], mask)
        elif role == REFRESH:
            self._read_datagrams(descriptor, self.feeds[at].source, True)
        else:
            self._handle_stop(descriptor, role)

    def _read_datagrams(self, descriptor: int, source: int, is_refresh: bool) -> None:
        core = self.core
        for _ in range(DATAGRAMS_PER_TURN_MAX):
            try:
                data = os.read(descriptor, DATAGRAM_BYTES_MAX)
            except BlockingIOError:
                return
            core.on_datagram(source, is_refresh, data, time.monotonic_ns())
            if len(core.encoded) > 0:
                self._flush()

    def _handle_stream(self, target: StreamTarget, mask: int) -> None:
        stream = target.socket
        if stream is None:
            return
        if not target.connected:
            self._finish_connect(target, stream)
            return
        if mask & select.EPOLLOUT:
            self._send(target, b"")
        if target.connected and mask & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
            try:
                data = os.read(target.descriptor, STREAM_READ_BYTES)
            except BlockingIOError:
                return
            except OSError as error:
                self._lose(target, error.strerror or "read failed")
                return
            if len(data) == 0:
                self._lose(target, "closed by the peer")
                return
            self.core.on_bytes(target.source, data, time.monotonic_ns())
            self._flush()

    def _handle_stop(self, descriptor: int, role: int) -> None:
        data = os.read(descriptor, STREAM_READ_BYTES)
        if role == PARENT and len(data) > 0:
            return
        self.poller.unregister(descriptor)
        self.stop("signal" if role == WAKE else "the parent process is gone")

    def stop(self, reason: str) -> None:
        """Begin the clean end, once."""
        if not self.core.stopping:
            self.core.on_operator(STOP, "process", "operator", reason, time.monotonic_ns())
            self._flush()

    # ------------------------------------------------------------------ sending

    def _flush(self) -> None:
        """Send everything that the last step encoded, measure the orders, seal the log."""
        encoded = self.core.take_encoded()
        for target in self.streams:
            if target.connected:
                data = self.core.outgoing(target.source)
                if len(data) > 0:
                    if len(target.secret) > 0 and target.placeholder in data:
                        data = fill_secret(data, target.placeholder, target.secret)
                    for order in encoded:
                        if order.source == target.source:
                            target.unmeasured.append(order)
                    self._send(target, data)
        for target in self.streams:
            if len(target.unmeasured) > 0 and len(target.unsent) == 0 and target.connected:
                for order in target.unmeasured:
                    self.core.measure_sent(order, target.sent_ns, target.sent_bytes)
                target.unmeasured.clear()
        self.log.seal()

    def _send(self, target: StreamTarget, data: bytes) -> None:
        waiting = len(target.unsent) > 0
        if waiting:
            data = target.unsent + data
        try:
            sent = os.write(target.descriptor, data)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self._lose(target, error.strerror or "send failed")
            return
        target.sent_ns = time.monotonic_ns()
        target.sent_bytes = sent
        if sent == len(data):
            target.unsent = b""
            if waiting:
                self.poller.modify(target.descriptor, select.EPOLLIN)
            return
        target.unsent = data[sent:]
        if len(target.unsent) > UNSENT_BYTES_MAX:
            self._lose(target, f"the peer does not read: {len(target.unsent)} bytes wait")
            return
        self.poller.modify(target.descriptor, select.EPOLLIN | select.EPOLLOUT)

    # ------------------------------------------------------------------ connections

    def _connections(self, now_ns: i64) -> None:
        """Connect and close what the core asks for; read the refresh channel while a feed needs it."""
        core = self.core
        for source in core.take_connects():
            self._connect(self.by_source[source])
        for target in self.streams:
            if target.socket is not None and core.must_close(target.source, now_ns) and len(target.unsent) == 0:
                self._lose(target, "session ended" if target.connected else "connecting took too long")
        for at, feed in enumerate(self.feeds):
            wanted = core.wants_refresh(feed.source)
            receiver = feed.refresh
            if wanted and receiver is None:
                receiver = open_multicast(feed.name, feed.interface, feed.refresh_group, feed.refresh_port)
                feed.refresh = receiver
                self._watch(receiver.fileno(), REFRESH, at)
            elif not wanted and receiver is not None:
                del self.roles[receiver.fileno()]
                self.poller.unregister(receiver.fileno())
                receiver.close()
                feed.refresh = None

    def _connect(self, target: StreamTarget) -> None:
        stream, failure = start_connect(target.host, target.port)
        if failure != "":
            stream.close()
            self._report(target, False, failure)
            return
        target.socket = stream
        target.descriptor = stream.fileno()
        target.connected = False
        self.roles[target.descriptor] = (STREAM, self.streams.index(target))
        self.poller.register(target.descriptor, select.EPOLLOUT)

    def _finish_connect(self, target: StreamTarget, stream: socket.socket) -> None:
        failure = connect_failure(stream)
        if failure != "":
            self._lose(target, failure)
            return
        self.poller.modify(target.descriptor, select.EPOLLIN)
        target.connected = True
        self._report(target, True, "")

    def _lose(self, target: StreamTarget, reason: str) -> None:
        """Close one stream and tell the core."""
        stream = target.socket
        if stream is None:
            return
        del self.roles[target.descriptor]
        self.poller.unregister(target.descriptor)
        stream.close()
        target.socket = None
        target.descriptor = -1
        target.connected = False
        target.unsent = b""
        target.unmeasured.clear()
        self._report(target, False, reason)

    def _report(self, target: StreamTarget, connected: bool, reason: str) -> None:
        self.core.on_connection(target.source, connected, reason, time.monotonic_ns())
        self._flush()

    # ------------------------------------------------------------------ between steps

    def _housekeeping(self, now_ns: i64) -> None:
        """The page, the disk, the calendar: what need not happen within microseconds."""
        core = self.core
        self.view_due_ns = now_ns + VIEW_INTERVAL_NS
        self._check_disk(now_ns)
        snapshot = core.take_snapshot()
        if snapshot is not None:
            self.sync.offer(Snapshot(snapshot[0], snapshot[1]))
        if now_ns >= self.sample_due_ns:
            self.sample_due_ns = now_ns + CLOCK_SAMPLE_INTERVAL_NS
            core.on_clock_sample(time.time_ns(), 0, now_ns)
        if core.clock.utc_ns(now_ns) >= self.end_utc_ns:
            self.stop("end of the demonstration")
        self.publisher.publish(now_ns)
        synced = self.log.synced_seq
        if synced > self.measured_sync + 1:
            core.measure_synced(synced, now_ns)
            self.measured_sync = self.log.last_seq
        self.log.seal()

    def _check_disk(self, now_ns: i64) -> None:
        fault = self.sync.failure
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
