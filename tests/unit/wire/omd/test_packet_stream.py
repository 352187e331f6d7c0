"""A stream of packets comes out whole, however the network cuts it."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross_market_connect.wire.omd.packet_stream import packet_stream


def packet(number: int, size: int = 24) -> bytes:
    return struct.pack("<HBBIQ", size, 1, 0, number, 0) + bytes(size - 16)


@given(st.lists(st.integers(16, 1500), max_size=12), st.lists(st.integers(0, 200), max_size=60))
def test_packets_come_out_as_they_went_in(sizes: list[int], cuts: list[int]) -> None:
    sent = [packet(n, size) for n, size in enumerate(sizes)]
    wire = b"".join(sent)
    stream = packet_stream()
    received: list[bytes] = []
    for cut in [*cuts, len(wire)]:
        received += stream.take(wire[:cut])
        wire = wire[cut:]
    received += stream.take(wire)
    assert received == sent
    assert not stream.is_broken


def test_byte_by_byte() -> None:
    stream = packet_stream()
    wire = packet(1) + packet(2)
    taken = [len(stream.take(wire[i : i + 1])) for i in range(len(wire))]
    assert [i for i, count in enumerate(taken) if count] == [23, 47]


@pytest.mark.parametrize("size", [0, 15, 1501, 65_535])
def test_an_impossible_length_breaks_the_stream_for_good(size: int) -> None:
    stream = packet_stream()
    assert stream.take(packet(1) + struct.pack("<H", size)) == [packet(1)]
    assert stream.is_broken
    assert stream.take(packet(2)) == []


@given(st.lists(st.binary(max_size=400), max_size=20))
def test_whatever_comes_never_raises_and_is_bounded(chunks: list[bytes]) -> None:
    stream = packet_stream()
    for chunk in chunks:
        stream.take(chunk)
