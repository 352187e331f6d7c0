"""The virtual machines' network: stream and datagram sockets with what real ones do to programs.

Theory of operation. A `Fabric` joins machines by name. Each process has a `HostNetwork`, which implements the engine's
port. A stream is two `Pipe`s, one per direction: what is written enters the pipe's transit with a time of arrival and
comes out in order, late, or never while the path is a black hole. A buffer that is full makes `write` block; the reader
makes it writable again. `close` sends the end behind the data, or a reset when something was left unread.

Chance (jitter, the size of a fragment, the fate of a datagram) comes from the fabric's own seeded integers, and only on
paths that are told to: one decision of the plan switches it on, and the details need no decisions of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.engine.network import (
    BROKEN,
    FAILED,
    HUNG_UP,
    READABLE,
    WOULD_BLOCK,
    WRITABLE,
    Network,
)
from cross_market_connect.simulation.effects import AFTER_WRITE, BEFORE_WRITE, Effects
from cross_market_connect.simulation.timeline import Timeline
from cross_market_connect.venues.simulated.market_model import SeededIntegers

WIRE_DELAY_NS: Final = 60_000
WIRE_JITTER_NS: Final = 40_000
WAKE_NS: Final = 1_000
BUFFER_BYTES: Final = 262_144
DATAGRAMS_WAITING_MAX: Final = 4_096
REORDER_NS: Final = 150_000
FRAGMENT_BYTES_MAX: Final = 64
MILLION: Final = 1_000_000
JITTER_MODULUS: Final = (1 << 31) - 1

RESET: Final = "Connection reset by peer"
REFUSED: Final = "Connection refused"
BROKEN_PIPE: Final = "Broken pipe"

CONNECTING: Final = 0
OPEN: Final = 1
CLOSED: Final = 2

DATA: Final = 0
END: Final = 1
ABORT: Final = 2


@final
class Pipe:
    """One direction of a stream.

    Attributes:
        dark_until_ns: a black hole until then; what is under way arrives behind it.
        fragments: reads and writes take a few bytes at a time.
    """

    def __init__(self, fabric: Fabric, receiver: VirtualSocket) -> None:
        self.fabric: Fabric = fabric
        self.receiver: VirtualSocket = receiver
        self.transit: list[tuple[int, int, bytes]] = []
        self.last_ns: int = 0
        self.unread: int = 0
        self.dark_until_ns: int = 0
        self.fragments: bool = False

    def put(self, kind: int, data: bytes) -> None:
        """Send on its way, behind everything that already is."""
        fabric = self.fabric
        now_ns = fabric.timeline.now_ns
        self.last_ns = max(self.last_ns, now_ns + fabric.delay_ns(), self.dark_until_ns)
        self.transit.append((self.last_ns, kind, data))
        if len(self.transit) == 1 and self.last_ns < NO_TIMER:
            fabric.timeline.at(self.last_ns, self._arrive)

    def darken(self, until_ns: int) -> None:
        """Nothing arrives until then; NO_TIMER for never."""
        self.dark_until_ns = until_ns

    def _arrive(self) -> None:
        """The first of the transit is there, and all that is due with it."""
        timeline = self.fabric.timeline
        if timeline.now_ns < self.dark_until_ns:
            if self.dark_until_ns < NO_TIMER:
                timeline.at(self.dark_until_ns, self._arrive)
            return
        count = 0
        for due_ns, kind, data in self.transit:
            if due_ns > timeline.now_ns:
                break
            count += 1
            self.receiver.take(kind, data)
        del self.transit[:count]
        if self.transit and self.transit[0][0] < NO_TIMER:
            timeline.at(self.transit[0][0], self._arrive)


@final
class VirtualSocket:
    """One end of a stream, or a receiver of datagrams.

    Attributes:
        out: where it writes to; None for datagrams and before the connection is made.
        incoming: the other direction, for room that reading makes.
        ended: the peer sends no more; fault: why the connection is broken.
    """

    def __init__(self, network: HostNetwork, handle: int, is_stream: bool) -> None:
        self.network: HostNetwork = network
        self.handle: int = handle
        self.is_stream: bool = is_stream
        self.state: int = CONNECTING if is_stream else OPEN
        self.out: Pipe | None = None
        self.incoming: Pipe | None = None
        self.peer: VirtualSocket | None = None
        self.inbox: list[bytes] = []
        self.ended: bool = False
        self.fault: str = ""
        self.mask: int = 0

    def ready(self) -> int:
        """What `poll` answers now."""
        found = 0
        if self.fault:
            return HUNG_UP | BROKEN | (self.mask & (READABLE | WRITABLE))
        if self.inbox or self.ended:
            found = READABLE
        if self.state == OPEN and self.out is not None and self.out.unread < BUFFER_BYTES:
            found |= WRITABLE
        return found & self.mask

    def take(self, kind: int, data: bytes) -> None:
        """Something arrives."""
        if self.fault:
            return
        if self.state == CLOSED or not self.network.is_up:
            # Nobody has this socket any more: the machine answers by itself, if it runs, or runs again.
            machine = self.network.fabric.machines.get(self.network.name)
            if kind == DATA and self.out is not None and machine is not None and machine.is_up:
                self.out.put(ABORT, b"")
            return
        if kind == DATA:
            self.inbox.append(data)
        elif kind == END:
            self.ended = True
        else:
            self.fault = RESET
        self.network.wake()


@final
class Fabric:
    """The machines and the wires between them.

    Attributes:
        jitter_ns: largest addition to a stream's delay.
        lost_ppm, doubled_ppm, late_ppm: what happens to datagrams, per million.
        machines: the network of each machine's latest process; listeners: of those that accept connections.
    """

    def __init__(self, timeline: Timeline, seed: int) -> None:
        self.timeline: Timeline = timeline
        self.random: SeededIntegers = SeededIntegers(seed)
        self._jitter_state: int = 1 + self.random.below(JITTER_MODULUS - 1)
        self.wire_delay_ns: int = WIRE_DELAY_NS
        self.jitter_ns: int = WIRE_JITTER_NS
        self.lost_ppm: int = 0
        self.doubled_ppm: int = 0
        self.late_ppm: int = 0
        self.machines: dict[str, HostNetwork] = {}
        self.listeners: dict[str, HostNetwork] = {}
        self.groups: dict[tuple[str, int], list[VirtualSocket]] = {}

    def delay_ns(self) -> int:
        """How long the next bytes are under way."""
        if self.jitter_ns == 0:
            return self.wire_delay_ns
        # Every send draws one, so the generator is a cheap one: the minimal standard of Park and Miller (1988).
        self._jitter_state = self._jitter_state * 48_271 % JITTER_MODULUS
        return self.wire_delay_ns + self._jitter_state % self.jitter_ns

    def chance(self, ppm: int) -> bool:
        """Whether something happens that happens so often per million."""
        return ppm > 0 and self.random.below(MILLION) < ppm

    def connect(self, client: VirtualSocket, host: str) -> None:
        """The first packet of a connection is on its way; without a listener a refusal comes back."""
        self.timeline.after(self.delay_ns(), lambda: self._arrives(client, host))

    def _arrives(self, client: VirtualSocket, host: str) -> None:
        listener = self.listeners.get(host)
        if listener is None or not listener.is_listening:
            self.timeline.after(self.delay_ns(), lambda: self._refused(client))
            return
        if not listener.is_up:
            return
        server = listener.accept()
        server.out, client.incoming = self._pipe(client)
        client.out, server.incoming = self._pipe(server)
        server.peer, client.peer = client, server
        server.state = OPEN
        self.timeline.after(self.delay_ns(), lambda: self._connected(client))

    def _pipe(self, receiver: VirtualSocket) -> tuple[Pipe, Pipe]:
        pipe = Pipe(self, receiver)
        return pipe, pipe

    def _connected(self, client: VirtualSocket) -> None:
        if client.state == CONNECTING:
            client.state = OPEN
            client.network.wake()
        elif client.out is not None:
            client.out.put(ABORT, b"")

    def _refused(self, client: VirtualSocket) -> None:
        if client.state == CONNECTING:
            client.fault = REFUSED
            client.network.wake()

    def send_datagram(self, group: str, port: int, data: bytes) -> None:
        """One datagram to everybody in the group."""
        for receiver in self.groups.get((group, port), []):
            if self.chance(self.lost_ppm):
                continue
            copies = 2 if self.chance(self.doubled_ppm) else 1
            for _ in range(copies):
                extra_ns = REORDER_NS if self.chance(self.late_ppm) else 0
                self._datagram(receiver, data, self.wire_delay_ns + extra_ns)

    def _datagram(self, receiver: VirtualSocket, data: bytes, delay_ns: int) -> None:
        self.timeline.after(delay_ns, lambda: self._datagram_arrives(receiver, data))

    def _datagram_arrives(self, receiver: VirtualSocket, data: bytes) -> None:
        if receiver.state == OPEN and receiver.network.is_up and len(receiver.inbox) < DATAGRAMS_WAITING_MAX:
            receiver.inbox.append(data)
            receiver.network.wake()


@final
class HostNetwork(Network):
    """The sockets of one process.

    Args:
        name: of its machine, by which others connect.
        on_ready: called soon after something may have become ready.

    Attributes:
        effects: told before and after every send.
        is_up: the machine runs; is_listening: connections are accepted.
        utc_offset_ns: how far the machine's calendar is off.
    """

    def __init__(
        self, fabric: Fabric, name: str, effects: Effects, utc_of: Callable[[int], int], on_ready: Callable[[], None]
    ) -> None:
        super().__init__()
        self.fabric: Fabric = fabric
        self.name: str = name
        self.effects: Effects = effects
        self.utc_of: Callable[[int], int] = utc_of
        self.on_ready: Callable[[], None] = on_ready
        self.is_up: bool = True
        self.is_listening: bool = False
        self.utc_offset_ns: int = 0
        self.sockets: dict[int, VirtualSocket] = {}
        self.accepted: list[int] = []
        self._next_handle: int = 3
        fabric.machines[name] = self
        self._is_woken: bool = False

    # ------------------------------------------------------------------ the process's side

    def now_ns(self) -> i64:
        return self.fabric.timeline.now_ns

    def utc_ns(self) -> i64:
        return self.utc_of(self.fabric.timeline.now_ns) + self.utc_offset_ns

    def poll(self, timeout_s: float) -> list[tuple[int, int]]:
        """What is ready now: the host waits for the process."""
        result: list[tuple[int, int]] = []
        for handle, socket in self.sockets.items():
            if socket.mask != 0:
                found = socket.ready()
                if found != 0:
                    result.append((handle, found))
        return result

    def watch(self, handle: int, mask: int) -> None:
        self.sockets[handle].mask = mask

    def change_watch(self, handle: int, mask: int) -> None:
        self.sockets[handle].mask = mask

    def unwatch(self, handle: int) -> None:
        self.sockets[handle].mask = 0

    def connect(self, host: str, port: int) -> int:
        client = self._open(True)
        self.fabric.connect(client, host)
        return client.handle

    def connect_fault(self, handle: int) -> str:
        return self.sockets[handle].fault

    def open_multicast(self, name: str, interface: str, group: str, port: int) -> int:
        receiver = self._open(False)
        self.fabric.groups.setdefault((group, port), []).append(receiver)
        return receiver.handle

    def read(self, handle: int, size: int) -> bytes | None:
        socket = self.sockets[handle]
        if not socket.inbox:
            self.fault = socket.fault
            return b"" if socket.fault or socket.ended else None
        if not socket.is_stream:
            return socket.inbox.pop(0)
        data = b"".join(socket.inbox) if len(socket.inbox) > 1 else socket.inbox[0]
        incoming = socket.incoming
        if incoming is not None and incoming.fragments:
            size = min(size, 1 + self.fabric.random.below(FRAGMENT_BYTES_MAX))
        socket.inbox = [data[size:]] if len(data) > size else []
        data = data[:size]
        if incoming is not None:
            was_full = incoming.unread >= BUFFER_BYTES
            incoming.unread -= len(data)
            if was_full and socket.peer is not None:
                socket.peer.network.wake()
        return data

    def write(self, handle: int, data: bytes) -> i64:
        self.effects.happen(BEFORE_WRITE)
        taken = self._write(self.sockets[handle], data)
        self.effects.happen(AFTER_WRITE)
        return taken

    def _write(self, socket: VirtualSocket, data: bytes) -> i64:
        out = socket.out
        if socket.fault or socket.state != OPEN or out is None:
            self.fault = socket.fault or BROKEN_PIPE
            return FAILED
        taken = min(len(data), BUFFER_BYTES - out.unread)
        if out.fragments and taken > 1:
            taken = min(taken, 1 + self.fabric.random.below(FRAGMENT_BYTES_MAX))
        if taken <= 0:
            return WOULD_BLOCK
        out.unread += taken
        out.put(DATA, data[:taken])
        return taken

    def close(self, handle: int) -> None:
        socket = self.sockets.pop(handle)
        was_open = socket.state == OPEN
        socket.state = CLOSED
        if not socket.is_stream:
            for members in self.fabric.groups.values():
                if socket in members:
                    members.remove(socket)
        elif was_open and socket.out is not None and not socket.fault:
            socket.out.put(ABORT if socket.inbox else END, b"")
        socket.inbox = []

    def shut_down(self) -> None:
        self.is_listening = False

    # ------------------------------------------------------------------ the kernel's side

    def _open(self, is_stream: bool) -> VirtualSocket:
        handle = self._next_handle
        self._next_handle += 1
        socket = VirtualSocket(self, handle, is_stream)
        self.sockets[handle] = socket
        return socket

    def open_signal(self) -> int:
        """A descriptor that becomes readable by `signal`."""
        return self._open(False).handle

    def signal(self, handle: int) -> None:
        """A signal for the process."""
        if handle in self.sockets:
            self.sockets[handle].inbox.append(b"\x0f")
            self.wake()

    def listen(self) -> None:
        """Accept connections to this machine, on any port."""
        self.is_listening = True
        self.fabric.listeners[self.name] = self

    def accept(self) -> VirtualSocket:
        """The kernel made a connection; the process finds its handle in `accepted`."""
        server = self._open(True)
        self.accepted.append(server.handle)
        self.wake()
        return server

    def wake(self) -> None:
        """Something may be ready: the process runs soon."""
        if not self._is_woken:
            self._is_woken = True
            self.fabric.timeline.after(WAKE_NS, self._run)

    def _run(self) -> None:
        self._is_woken = False
        if self.is_up:
            self.on_ready()

    def has_ready(self) -> bool:
        """Whether `poll` would answer at once."""
        for socket in self.sockets.values():
            if socket.mask != 0 and socket.ready() != 0:
                return True
        return False

    def process_ended(self) -> None:
        """The process is gone; its machine closes what it had open."""
        for handle in list(self.sockets):
            self.close(handle)
        self.is_listening = False

    def machine_lost_power(self) -> None:
        """Nothing is closed or said any more: peers find out by themselves."""
        self.is_up = False
        for socket in self.sockets.values():
            socket.state = CLOSED
            socket.inbox = []
        for members in self.fabric.groups.values():
            members[:] = [member for member in members if member.network is not self]
        self.sockets = {}
        self.is_listening = False

    # ------------------------------------------------------------------ what goes wrong on the way

    def reset(self, handle: int) -> None:
        """The connection breaks: both ends are told, and what was under way is lost."""
        socket = self.sockets[handle]
        for end in (socket, socket.peer):
            if end is not None and end.state != CLOSED:
                end.fault = RESET
                end.network.wake()

    def half_close(self, handle: int) -> None:
        """This end says that it sends no more, and goes on reading."""
        out = self.sockets[handle].out
        if out is not None:
            out.put(END, b"")

    def darken(self, handle: int, until_ns: int) -> None:
        """Nothing arrives at either end until then, and nobody is told."""
        for pipe in (self.sockets[handle].out, self.sockets[handle].incoming):
            if pipe is not None:
                pipe.darken(until_ns)

    def fragment(self, handle: int, fragments: bool) -> None:
        """Both ends read and write a few bytes at a time, or as usual."""
        for pipe in (self.sockets[handle].out, self.sockets[handle].incoming):
            if pipe is not None:
                pipe.fragments = fragments
