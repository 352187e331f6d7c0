"""A simulated venue's recovery service in the virtual world: who missed packets connects to it and asks again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, final

from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.engine.network import READABLE, WRITABLE
from cross_market_connect.simulation.effects import Effects
from cross_market_connect.simulation.kernel import HostNetwork
from cross_market_connect.simulation.timeline import Alarm
from cross_market_connect.simulation.world import World
from cross_market_connect.venues.simulated.recovery import RecoveryPeer, RecoveryServer

READ_BYTES: Final = 65_536
RECOVERY_NAME: Final = ".recovery"


@final
class RecoveryHost:
    """The service as a process on a machine of its own, named by the venue's MIC and RECOVERY_NAME.

    Args:
        utc_of: the venue's calendar at a virtual time.
    """

    def __init__(self, world: World, mic: str, server: RecoveryServer, utc_of: Callable[[int], int]) -> None:
        self.world: World = world
        self.server: RecoveryServer = server
        self.utc_of: Callable[[int], int] = utc_of
        self.peers: dict[int, RecoveryPeer] = {}
        self.unsent: dict[int, bytes] = {}
        self.alarm: Alarm = Alarm(world, self._turn)
        self.network: HostNetwork = HostNetwork(world.fabric, mic + RECOVERY_NAME, Effects(), utc_of, self._turn)

    def start(self) -> None:
        """Accept connections."""
        self.network.listen()

    def stop(self) -> None:
        """The process is gone: connections are closed, new ones refused."""
        self.network.process_ended()
        self.network.accepted.clear()
        for peer in self.peers.values():
            peer.close()
        self.peers.clear()
        self.unsent.clear()
        self._arm()

    def _turn(self) -> None:
        now_ns = self.world.now_ns
        utc_ns = self.utc_of(now_ns)
        network = self.network
        for handle in network.accepted:
            self.peers[handle] = self.server.accept(now_ns)
            self.unsent[handle] = b""
            network.watch(handle, READABLE)
        network.accepted.clear()
        for handle, _ in network.poll(0.0):
            self._read(handle, now_ns, utc_ns)
        for peer in self.peers.values():
            if now_ns >= peer.next_timer_ns():
                peer.handle_timer(now_ns, utc_ns)
        for handle in list(self.peers):
            self._write(handle)
        self._arm()

    def _read(self, handle: int, now_ns: int, utc_ns: int) -> None:
        data = self.network.read(handle, READ_BYTES)
        if data:
            self.peers[handle].receive(data, now_ns, utc_ns)
        elif data is not None:
            self._close(handle)

    def _write(self, handle: int) -> None:
        peer = self.peers[handle]
        data = self.unsent[handle] + peer.take_output()
        if data:
            sent = self.network.write(handle, data)
            # A broken connection is found by the next read.
            self.unsent[handle] = data if sent < 0 else data[sent:]
            self.network.change_watch(handle, READABLE | WRITABLE if self.unsent[handle] else READABLE)
        if peer.is_closed and not self.unsent[handle]:
            self._close(handle)

    def _close(self, handle: int) -> None:
        self.network.close(handle)
        self.peers.pop(handle).close()
        del self.unsent[handle]

    def _arm(self) -> None:
        self.alarm.set(min((int(peer.next_timer_ns()) for peer in self.peers.values()), default=int(NO_TIMER)))
        if self.network.has_ready():
            self.network.wake()
