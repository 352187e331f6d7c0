"""Virtual sockets: what TCP and UDP do to programs, each by itself."""

from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.engine.network import BROKEN, FAILED, HUNG_UP, READABLE, WOULD_BLOCK, WRITABLE
from cross_market_connect.simulation.effects import Effects
from cross_market_connect.simulation.kernel import (
    BUFFER_BYTES,
    FRAGMENT_BYTES_MAX,
    REFUSED,
    RESET,
    WIRE_DELAY_NS,
    WIRE_JITTER_NS,
    HostNetwork,
)
from cross_market_connect.simulation.world import START_NS, World

MILLISECOND = 1_000_000


class Ends:
    """Two machines and, after `join`, a stream between them."""

    def __init__(self, seed: int = 1) -> None:
        self.world = World(seed)
        self.near = self.network("near")
        self.far = self.network("far")
        self.client = self.server = 0

    def network(self, name: str) -> HostNetwork:
        return HostNetwork(self.world.fabric, name, Effects(), lambda now_ns: now_ns, lambda: None)

    def pass_time(self, milliseconds: float = 1) -> None:
        until_ns = self.world.now_ns + int(milliseconds * MILLISECOND)
        self.world.run(lambda: False, until_ns)
        self.world.now_ns = until_ns

    def join(self) -> "Ends":
        self.far.listen()
        self.client = self.near.connect("far", 1)
        self.near.watch(self.client, READABLE | WRITABLE)
        assert self.near.poll(0) == []
        self.pass_time()
        assert self.near.poll(0) == [(self.client, WRITABLE)]
        assert self.near.connect_fault(self.client) == ""
        (self.server,) = self.far.accepted
        self.far.watch(self.server, READABLE)
        self.near.watch(self.client, READABLE)
        return self


def test_bytes_arrive_in_order_within_the_wires_delay() -> None:
    ends = Ends().join()
    arrived: list[tuple[bytes, int]] = []
    for number in range(40):
        assert ends.near.write(ends.client, bytes([number])) == 1
    began_ns = ends.world.now_ns
    while len(arrived) < 40:
        ends.world.run(lambda: ends.far.has_ready(), began_ns + MILLISECOND)
        data = ends.far.read(ends.server, 1)
        assert data
        arrived.append((data, ends.world.now_ns - began_ns))
    assert [data for data, _ in arrived] == [bytes([number]) for number in range(40)]
    assert all(WIRE_DELAY_NS <= delay < WIRE_DELAY_NS + WIRE_JITTER_NS for _, delay in arrived)
    assert ends.far.read(ends.server, 1) is None


def test_nobody_listens_and_the_connection_is_refused() -> None:
    ends = Ends()
    handle = ends.near.connect("far", 1)
    ends.near.watch(handle, WRITABLE)
    ends.pass_time()
    assert ends.near.poll(0) == [(handle, WRITABLE | HUNG_UP | BROKEN)]
    assert ends.near.connect_fault(handle) == REFUSED


def test_a_full_buffer_takes_a_part_then_nothing_and_reading_makes_room() -> None:
    ends = Ends().join()
    assert ends.near.write(ends.client, bytes(BUFFER_BYTES - 10)) == BUFFER_BYTES - 10
    assert ends.near.write(ends.client, bytes(30)) == 10
    assert ends.near.write(ends.client, b"x") == WOULD_BLOCK
    ends.near.watch(ends.client, WRITABLE)
    ends.pass_time()
    assert ends.near.poll(0) == []
    assert len(ends.far.read(ends.server, 100) or b"") == 100
    assert ends.near.poll(0) == [(ends.client, WRITABLE)]
    assert ends.near.write(ends.client, bytes(200)) == 100


def test_close_is_an_end_behind_the_data() -> None:
    ends = Ends().join()
    ends.near.write(ends.client, b"last")
    ends.near.close(ends.client)
    ends.pass_time()
    assert ends.far.read(ends.server, 10) == b"last"
    assert ends.far.read(ends.server, 10) == b""
    assert ends.far.fault == ""


def test_close_with_something_unread_is_a_reset() -> None:
    ends = Ends().join()
    ends.far.write(ends.server, b"never read")
    ends.pass_time()
    ends.near.close(ends.client)
    ends.pass_time()
    assert ends.far.read(ends.server, 10) == b""
    assert ends.far.fault == RESET
    assert ends.far.write(ends.server, b"x") == FAILED


def test_who_writes_to_a_socket_that_is_gone_gets_a_reset() -> None:
    ends = Ends().join()
    ends.near.process_ended()
    assert ends.far.write(ends.server, b"too late") == 8
    ends.pass_time()
    assert ends.far.read(ends.server, 10) == b""
    assert ends.far.fault == RESET


def test_a_machine_without_power_says_nothing() -> None:
    ends = Ends().join()
    ends.near.machine_lost_power()
    assert ends.far.write(ends.server, b"?") == 1
    ends.pass_time(10_000)
    assert ends.far.poll(0) == []


def test_a_machine_that_has_power_again_knows_no_old_connection() -> None:
    ends = Ends().join()
    ends.near.machine_lost_power()
    ends.network("near")
    ends.far.write(ends.server, b"?")
    ends.pass_time()
    assert ends.far.read(ends.server, 10) == b""
    assert ends.far.fault == RESET


def test_half_closed_one_end_has_said_all_and_goes_on_reading() -> None:
    ends = Ends().join()
    ends.far.half_close(ends.server)
    ends.pass_time()
    assert ends.near.read(ends.client, 10) == b""
    assert ends.near.fault == ""
    assert ends.near.write(ends.client, b"still here") == 10
    ends.pass_time()
    assert ends.far.read(ends.server, 10) == b"still here"


def test_a_reset_on_the_way_is_told_to_both_and_takes_what_was_under_way() -> None:
    ends = Ends().join()
    ends.near.write(ends.client, b"lost")
    ends.far.reset(ends.server)
    assert ends.near.read(ends.client, 10) == b""
    assert ends.near.fault == RESET
    ends.pass_time()
    assert ends.far.read(ends.server, 10) == b""
    assert ends.far.fault == RESET


def test_a_black_hole_holds_everything_and_lets_it_out_in_order_or_never() -> None:
    ends = Ends().join()
    ends.near.write(ends.client, b"a")
    ends.far.darken(ends.server, ends.world.now_ns + 50 * MILLISECOND)
    ends.near.write(ends.client, b"b")
    ends.pass_time(49)
    assert ends.far.poll(0) == []
    ends.pass_time(2)
    assert ends.far.read(ends.server, 10) == b"ab"
    ends.far.darken(ends.server, int(NO_TIMER))
    ends.near.write(ends.client, b"c")
    ends.pass_time(100_000)
    assert ends.far.poll(0) == []
    assert ends.near.poll(0) == []


def test_fragments_are_short_reads_and_short_writes_of_the_same_bytes() -> None:
    ends = Ends().join()
    ends.near.fragment(ends.client, True)
    text = bytes(range(256)) * 4
    left, sizes, read = text, [], b""
    while left:
        sent = int(ends.near.write(ends.client, left))
        sizes.append(sent)
        left = left[sent:]
    ends.pass_time()
    while len(read) < len(text):
        part = ends.far.read(ends.server, 65_536)
        assert part
        sizes.append(len(part))
        read += part
    assert read == text
    assert max(sizes) <= FRAGMENT_BYTES_MAX
    assert len(set(sizes)) > 10


def test_datagrams_are_lost_doubled_and_overtaken_as_told() -> None:
    ends = Ends(5)
    receiver = ends.near.open_multicast("feed", "", "venue", 1)
    ends.near.open_multicast("feed", "", "venue", 2)

    def sent(ppm: tuple[int, int, int]) -> list[int]:
        fabric = ends.world.fabric
        fabric.lost_ppm, fabric.doubled_ppm, fabric.late_ppm = ppm
        for number in range(100):
            fabric.send_datagram("venue", 1, bytes([number]))
            ends.pass_time(0.01)
        ends.pass_time()
        found = []
        while (data := ends.near.read(receiver, 2048)) is not None:
            found.append(data[0])
        return found

    tame = list(range(100))
    assert sent((0, 0, 0)) == tame
    lost, doubled, late = sent((300_000, 0, 0)), sent((0, 300_000, 0)), sent((0, 0, 300_000))
    assert 50 < len(lost) < 90 and lost == sorted(set(lost))
    assert 110 < len(doubled) < 150 and sorted(set(doubled)) == tame
    assert sorted(late) == tame and late != tame


def test_equal_seeds_are_equal_histories_and_clocks_step_apart_from_monotonic_time() -> None:
    one, other = Ends(3), Ends(3)
    assert [one.world.fabric.delay_ns() for _ in range(9)] == [other.world.fabric.delay_ns() for _ in range(9)]
    one.near.utc_offset_ns = -5
    assert (one.near.now_ns(), one.near.utc_ns()) == (START_NS, START_NS - 5)
