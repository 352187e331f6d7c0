"""The benchmark of decoding: its figures count what was decoded, and a loop that leaves work out fails in it."""

from typing import Any

import pytest

from cross_market_connect.bench import decode as bench
from cross_market_connect.bench import decode_loops as loops
from cross_market_connect.bench.decode import Scale
from cross_market_connect.bench.decode_traffic import Mdp3Traffic, OmdTraffic, OrderTraffic, TrueBook
from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.wire.mdp3 import DESCRIPTION_FILE
from cross_market_connect.wire.sbe.reader import read_schema

SMALL = Scale(packets=60, instruments=5, channel=40, wanted_few=3, orders_max=1_000, memory_instruments=20, rounds=2)


@pytest.mark.slow
def test_the_answer_has_the_keys_that_were_promised() -> None:
    said = bench.run(SMALL)
    figures = (
        said["mdp3"]["entries_per_second"],
        said["mdp3"]["skipped_per_second"],
        said["omd"]["entries_per_second"],
        said["orders_per_second"],
    )
    assert all(isinstance(figure, int) and figure > 0 for figure in figures)
    assert said["memory_mb"] >= 0 and said["memory"]["instruments"] == 20
    assert said["mdp3"]["entries_per_packet"] > 1 and said["omd"]["entries_per_packet"] > 1


def test_a_rate_adds_up_the_fastest_round_of_each_block_and_is_told_beside_the_middle_round() -> None:
    rounds = iter([[3_000_000, 1_000_000], [1_000_000, 2_000_000], [4_000_000, 4_000_000]])
    assert bench.rate(4_000, 3, lambda: next(rounds)) == (2_000_000, 1_000_000)


def test_blocks_are_all_the_packets_in_order() -> None:
    packets = [bytes([number % 256]) for number in range(2 * bench.BLOCK_PACKETS + 1)]
    seen: list[bytes] = []
    assert len(bench.timed(packets, seen.extend)) == 3
    assert seen == packets


def entries_on_the_wire(packet: bytes) -> int:
    """NoMDEntries of every message, read by hand: 12 bytes of header; each message begins with its size, its group's
    count stands in the last byte before the entries (root of 11 bytes after a header of 10; dimension of 3)."""
    at, found = 12, 0
    while at < len(packet):
        found += packet[at + 10 + 11 + 2]
        at += int.from_bytes(packet[at : at + 2], "little")
    return found


def test_mdp3_traffic_holds_as_many_entries_as_it_says() -> None:
    traffic = Mdp3Traffic(read_schema(DESCRIPTION_FILE.read_text(), DESCRIPTION_FILE.name), 5, 3, 1)
    traffic.make(200)
    assert sum(map(entries_on_the_wire, traffic.packets)) == traffic.entries
    assert 0.4 < traffic.wanted_entries / traffic.entries < 0.8
    assert all(levels != TrueBook().levels() for levels in traffic.truth())


def test_omd_traffic_holds_as_many_messages_as_it_says() -> None:
    traffic = OmdTraffic(5, 5, 1)
    traffic.make(200)
    # Packet header: size (2), message count (1).
    assert sum(packet[2] for packet in traffic.packets) == traffic.messages
    assert traffic.entries > traffic.messages


def test_orders_stay_and_go() -> None:
    traffic = OrderTraffic(5, 1)
    first = sum(packet[2] for packet in traffic.refresh[1:-1])
    assert first == sum(map(len, traffic.orders)) == 5 * 60
    traffic.make(200)
    assert sum(packet[2] for packet in traffic.packets) == traffic.messages
    assert all(bids[0][0] < asks[0][0] for bids, asks in traffic.truth())


PARTS = {
    "apply_mdp3": bench.mdp3,
    "apply_omd": bench.omd,
    "apply_orders": bench.orders,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", PARTS)
def test_a_loop_that_leaves_out_a_packet_fails(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    loop = getattr(loops, name)
    monkeypatch.setattr(loops, name, lambda *given: loop(*given[:-1], given[-1][:-1]))
    with pytest.raises(InvariantError, match=r"\d+ of \d+ were decoded"):
        PARTS[name](SMALL)


@pytest.mark.parametrize("part", [bench.mdp3, bench.omd, bench.orders])
@pytest.mark.parametrize("missed", [30, -1])
def test_a_feed_that_misses_a_packet_fails(part: Any, missed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    loop = loops.receive

    def lazy(feed: Any, step: Any, packets: list[bytes]) -> None:
        loop(feed, step, [packet for packet in packets if packet is not packets[missed]])

    monkeypatch.setattr(loops, "receive", lazy)
    with pytest.raises(InvariantError, match="feed"):
        part(SMALL)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["apply_mdp3", "apply_omd", "apply_orders"])
def test_a_loop_that_counts_but_leaves_a_book_as_it_was_fails(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    loop = getattr(loops, name)

    def lazy(*given: Any) -> int:
        counted = int(loop(*given))
        last = given[-2][-1]
        getattr(last, "book", last).bids.set_level(0, 1, 1)
        return counted

    monkeypatch.setattr(loops, name, lazy)
    with pytest.raises(InvariantError, match="is not what was sent"):
        PARTS[name](SMALL)
