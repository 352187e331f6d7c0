"""The recovery service's process: connections come, are answered, and end with it."""

from __future__ import annotations

from cross_market_connect.engine.network import READABLE
from cross_market_connect.simulation.effects import Effects
from cross_market_connect.simulation.kernel import HostNetwork
from cross_market_connect.simulation.recovery_host import RecoveryHost
from cross_market_connect.simulation.world import World
from cross_market_connect.venues.simulated.recovery import RecoveryPeer, RecoveryServer

SECOND = 1_000_000_000


class Echo(RecoveryPeer):
    """Says what it hears; hangs up at an "x", and after two seconds."""

    def __init__(self, now_ns: int) -> None:
        super().__init__()
        self.due_ns = now_ns + 2 * SECOND

    def receive(self, data: bytes, now_ns: int, utc_ns: int) -> None:
        self._output.append(data + b" at %d" % (utc_ns - now_ns))
        self.is_closed = data.endswith(b"x")

    def next_timer_ns(self) -> int:
        return self.due_ns

    def handle_timer(self, now_ns: int, utc_ns: int) -> None:
        self._output.append(b"late")
        self.close()


class Echoes(RecoveryServer):
    def __init__(self) -> None:
        super().__init__()
        self.peers: list[Echo] = []

    def accept(self, now_ns: int) -> RecoveryPeer:
        self.peers.append(Echo(now_ns))
        return self.peers[-1]


class Service:
    """The service of a venue whose calendar is 7 ns ahead, and a client."""

    def __init__(self) -> None:
        self.world = World(1)
        self.server = Echoes()
        self.host = RecoveryHost(self.world, "X00B", self.server, lambda now_ns: now_ns + 7)
        self.desk = HostNetwork(self.world.fabric, "desk", Effects(), lambda now_ns: now_ns, lambda: None)

    def connect(self) -> int:
        handle = self.desk.connect("X00B.recovery", 1)
        self.desk.watch(handle, READABLE)
        self.pass_time()
        return handle

    def pass_time(self, duration_ns: int = SECOND // 10) -> None:
        until_ns = self.world.now_ns + duration_ns
        self.world.run(lambda: False, until_ns)
        self.world.now_ns = until_ns


def test_who_asks_is_answered_with_the_venues_time_and_cut_off_after_the_answer() -> None:
    service = Service()
    service.host.start()
    first, second = service.connect(), service.connect()
    service.desk.write(first, b"ax")
    service.desk.write(second, b"b")
    service.pass_time()
    assert service.desk.read(first, 100) == b"ax at 7"
    assert service.desk.read(first, 100) == b""
    assert service.desk.read(second, 100) == b"b at 7"
    assert service.desk.read(second, 100) is None
    assert list(service.host.peers.values()) == service.server.peers[1:]


def test_a_peer_does_what_is_due_though_nobody_speaks() -> None:
    service = Service()
    service.host.start()
    handle = service.connect()
    service.pass_time(2 * SECOND)
    assert service.desk.read(handle, 100) == b"late"
    assert service.desk.read(handle, 100) == b""


def test_a_client_that_hangs_up_is_forgotten() -> None:
    service = Service()
    service.host.start()
    service.desk.close(service.connect())
    service.pass_time()
    assert not service.host.peers and service.server.peers[0].is_closed


def test_where_the_service_is_gone_nobody_gets_in_until_it_is_back() -> None:
    service = Service()
    service.host.start()
    handle = service.connect()
    service.host.stop()
    refused = service.connect()
    assert service.desk.read(handle, 100) == b""
    assert service.desk.connect_fault(refused) != ""
    assert service.server.peers[0].is_closed
    service.host.start()
    assert service.desk.connect_fault(service.connect()) == ""
