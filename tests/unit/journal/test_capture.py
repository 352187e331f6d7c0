"""The capture against blocks packed by hand with `struct`, an independent walk over the file, and tshark."""

import struct
import subprocess
from pathlib import Path

import pytest

from cross_market_connect.domain.errors import InputError, InvariantError
from cross_market_connect.journal.capture import (
    STRIPE_BYTES,
    CaptureReader,
    CaptureWriter,
    last_input_seq,
    open_capture,
)
from cross_market_connect.journal.file_store import capture_store
from cross_market_connect.journal.pcapng import TCP, UDP
from cross_market_connect.journal.store import MemorySegmentStore

SEGMENT_BYTES = 3 * int(STRIPE_BYTES)
SPACE = 64 * SEGMENT_BYTES
NOW_NS = 81_000_000_000_001
UTC_NS = 1_772_000_000_123_456_789


def block(kind: int, body: bytes) -> bytes:
    total = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + total + body + total


def option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)


def internet_checksum(header: bytes) -> int:
    total = sum(struct.unpack(f">{len(header) // 2}H", header))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def blocks(content: bytes) -> list[tuple[int, bytes]]:
    """(type, body) of every block; fails unless the bytes are blocks from the first to the last."""
    result = []
    offset = 0
    while offset < len(content):
        kind, total = struct.unpack_from("<II", content, offset)
        assert total >= 12
        assert total % 4 == 0
        assert offset + total <= len(content)
        assert struct.unpack_from("<I", content, offset + total - 4)[0] == total
        result.append((kind, content[offset + 8 : offset + total - 4]))
        offset += total
    return result


def packet_bodies(content: bytes) -> list[bytes]:
    return [body for kind, body in blocks(content) if kind == 6]


def writer_on(store: MemorySegmentStore) -> CaptureWriter:
    writer = open_capture(store, "test 1", SEGMENT_BYTES)
    writer.add_interface(3, "omd-d", UDP, "239.1.2.3", 51_001)
    writer.add_interface(7, "ctp", TCP, "127.0.0.1", 41_213)
    return writer


def test_file_header_and_interfaces_are_laid_out_as_the_draft_says() -> None:
    store = MemorySegmentStore(SPACE)
    writer_on(store)
    section = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + option(4, b"test 1") + option(0, b""))
    first = struct.pack("<HHI", 101, 0, 0) + option(2, b"omd-d") + option(3, b"source 3, udp 239.1.2.3:51001")
    first = block(1, first + option(9, b"\x09") + option(0, b""))
    assert bytes(store.live[1]).startswith(section + first)


def test_a_datagram_is_laid_out_as_the_draft_and_the_rfcs_say() -> None:
    store = MemorySegmentStore(SPACE)
    writer_on(store).append(3, 42, NOW_NS, UTC_NS, b"hello")
    ip = bytes.fromhex("4500 0021 0000 4000 4011 0000 7f000001 ef010203")
    ip = ip[:10] + struct.pack(">H", internet_checksum(ip)) + ip[12:]
    assert internet_checksum(ip) == 0
    packet = ip + struct.pack(">HHHH", 51_001, 51_001, 13, 0) + b"hello"
    body = struct.pack("<IIIII", 0, UTC_NS >> 32, UTC_NS & 0xFFFFFFFF, 33, 33) + packet + bytes(3)
    body += struct.pack("<HHQ", 5, 8, 42) + struct.pack("<HHIQ", 2989, 12, 32_473, NOW_NS) + bytes(4)
    assert packet_bodies(bytes(store.live[1])) == [body]


def test_how_long_the_kernel_had_a_datagram_is_a_second_option_and_is_read_again() -> None:
    store = MemorySegmentStore(SPACE)
    writer = writer_on(store)
    for queued_ns in (7, 0, -1):
        writer.append(3, 42 + queued_ns, NOW_NS, UTC_NS, b"hello", queued_ns)
    bodies = packet_bodies(bytes(store.live[1]))
    numbers = [struct.pack("<HHIQ", 2989, 12, 32_473, number) for number in (NOW_NS, 7, 0)]
    assert bodies[0].endswith(numbers[0] + numbers[1] + bytes(4))
    assert bodies[1].endswith(numbers[0] + numbers[2] + bytes(4))
    assert bodies[2].endswith(numbers[0] + bytes(4)) and len(bodies[2]) == len(bodies[0]) - 16
    read = [(packet.input_seq, packet.now_ns, packet.queued_ns) for packet in CaptureReader(store).packets()]
    assert read == [(49, NOW_NS, 7), (42, NOW_NS, 0), (41, NOW_NS, -1)]


def test_a_stream_has_running_sequence_numbers() -> None:
    store = MemorySegmentStore(SPACE)
    writer = writer_on(store)
    for data in (b"abc", b"", b"defgh"):
        writer.append(7, 1, NOW_NS, UTC_NS, data)
    bodies = packet_bodies(bytes(store.live[1]))
    expected = [(41_213, 40_007, 1), (41_213, 40_007, 4), (41_213, 40_007, 4)]
    assert [struct.unpack_from(">HHI", body, 40) for body in bodies] == expected
    assert struct.unpack_from(">IBBHHH", bodies[0], 48) == (1, 0x50, 0x18, 65_535, 0, 0)
    assert all(internet_checksum(body[20:40]) == 0 for body in bodies)


def test_the_file_is_whole_blocks_after_every_append() -> None:
    """Sizes that end a packet at every distance from a stripe's end."""
    store = MemorySegmentStore(SPACE)
    writer = writer_on(store)
    count = 0
    while writer.segment < 3:
        writer.append(3, count, NOW_NS, UTC_NS, bytes(15_000 + count % 400))
        count += 1
        assert len(packet_bodies(bytes(store.live[int(writer.segment)]))) > 0
    written = sum(len(packet_bodies(bytes(store.live[number]))) for number in (1, 2, 3))
    assert written == count


@pytest.mark.parametrize("distance", range(0, 40, 4))
def test_a_packet_may_end_at_any_distance_before_a_stripe(distance: int) -> None:
    store = MemorySegmentStore(SPACE)
    writer = writer_on(store)
    used = sum(len(body) + 12 for kind, body in blocks(bytes(store.live[1])) if kind != 0x80000001)
    size = int(STRIPE_BYTES) - used - distance - 48 - 28
    writer.append(3, 1, NOW_NS, UTC_NS, bytes(size))
    assert len(packet_bodies(bytes(store.live[1]))) == 1
    writer.append(3, 2, NOW_NS, UTC_NS, b"next")
    assert [packet.input_seq for packet in CaptureReader(store).packets()] == [1, 2]
    assert len(packet_bodies(bytes(store.live[1]))) == 2


def test_what_is_read_is_what_was_captured() -> None:
    store = MemorySegmentStore(SPACE)
    writer = writer_on(store)
    expected = []
    for index in range(300):
        row = (3 if index % 3 else 7, index, NOW_NS + index, UTC_NS + index, bytes([index % 251]) * (index * 13 % 3000))
        writer.append(*row)
        expected.append(row)
        if index % 10 == 0:
            writer.prepare_next()
    assert writer.segment > 2
    reader = CaptureReader(store)
    assert [(p.source, p.input_seq, p.now_ns, p.utc_ns, p.data) for p in reader.packets()] == expected
    assert reader.torn == []
    writer.close()
    assert [(p.source, p.input_seq, p.now_ns, p.utc_ns, p.data) for p in CaptureReader(store).packets()] == expected
    assert all(0x80000001 not in [kind for kind, _ in blocks(bytes(store.live[n]))[-1:]] for n in store.numbers()[-1:])


def test_a_long_read_is_several_packets_and_one_read_again() -> None:
    store = MemorySegmentStore(SPACE)
    writer = writer_on(store)
    data = bytes(range(256)) * 700
    writer.append(7, 5, NOW_NS, UTC_NS, data)
    writer.append(7, 6, NOW_NS, UTC_NS, b"after")
    assert len(packet_bodies(bytes(store.live[1]) + bytes(store.live[2]))) == 4
    assert [(p.input_seq, p.data) for p in CaptureReader(store).packets()] == [(5, data), (6, b"after")]


def test_a_torn_end_is_tolerated_at_every_byte_and_named() -> None:
    store = MemorySegmentStore(SPACE)
    writer = writer_on(store)
    writer.append(3, 1, NOW_NS, UTC_NS, b"whole")
    end = len(bytes(store.live[1]).split(b"\x01\x00\x00\x80")[0])
    writer.append(3, 2, NOW_NS, UTC_NS, b"torn packet")
    whole = bytes(store.live[1])
    for kept in range(1, 80):
        store.live[1] = bytearray(whole[: end + kept])
        reader = CaptureReader(store)
        assert [packet.input_seq for packet in reader.packets()] == [1]
        assert reader.torn[0].startswith(f"segment 1, offset {end}: ")


def test_zeros_at_the_end_are_named() -> None:
    store = MemorySegmentStore(SPACE)
    writer = writer_on(store)
    writer.append(3, 1, NOW_NS, UTC_NS, b"whole")
    writer.close()
    store.live[1] += bytes(100)
    reader = CaptureReader(store)
    assert len(list(reader.packets())) == 1
    assert reader.torn[0].endswith("block length 0 is impossible")


def test_a_killed_capture_is_whole_and_the_next_run_begins_a_segment() -> None:
    store = MemorySegmentStore(SPACE)
    writer_on(store).append(3, 1, NOW_NS, UTC_NS, b"first run")
    store.kill()
    assert len(packet_bodies(bytes(store.live[1]))) == 1
    again = writer_on(store)
    assert again.segment == 2
    again.append(3, 2, NOW_NS, UTC_NS, b"second run")
    again.close()
    assert [packet.data for packet in CaptureReader(store).packets()] == [b"first run", b"second run"]


def test_two_captures_in_one_place_are_refused() -> None:
    store = MemorySegmentStore(SPACE)
    writer_on(store)
    with pytest.raises(InputError, match="stop the other one first"):
        writer_on(store)


def test_a_full_disk_is_known_a_segment_early_and_a_start_leaves_nothing() -> None:
    store = MemorySegmentStore(2 * SEGMENT_BYTES)
    writer = writer_on(store)
    while writer.segment == 1:
        writer.append(3, 1, NOW_NS, UTC_NS, bytes(40_000))
    assert not writer.prepare_next()
    assert writer.space_exhausted_soon
    with pytest.raises(InvariantError, match="the capture is full: memory: No space left"):
        for _ in range(10):
            writer.append(3, 1, NOW_NS, UTC_NS, bytes(40_000))
    small = MemorySegmentStore(2 * SEGMENT_BYTES - 1)
    with pytest.raises(InputError, match="free space there"):
        writer_on(small)
    assert (small.numbers(), small.locked) == ([], False)


def test_an_unknown_source_is_a_bug() -> None:
    writer = writer_on(MemorySegmentStore(SPACE))
    with pytest.raises(InvariantError, match="capture source 4 was not described"):
        writer.append(4, 1, NOW_NS, UTC_NS, b"")
    with pytest.raises(InvariantError, match="described twice"):
        writer.add_interface(3, "again", UDP, "239.1.2.3", 1)


@pytest.mark.needs("tshark")
@pytest.mark.parametrize("closed", [True, False])
def test_tshark_reads_the_capture_without_complaint(tmp_path: Path, closed: bool) -> None:
    """Also while the file is still being written, which is what a crash leaves behind."""
    writer = open_capture(capture_store(tmp_path, False), "test 1", SEGMENT_BYTES)
    writer.add_interface(3, "omd-d", UDP, "239.1.2.3", 51_001)
    writer.add_interface(7, "ctp", TCP, "127.0.0.1", 41_213)
    for index in range(100):
        writer.append(3 if index % 2 else 7, index, NOW_NS + index, UTC_NS + index, b"x" * (index * 7))
    if closed:
        writer.close()
    fields = [
        "frame.packet_id",
        "frame.interface_name",
        "frame.time_epoch",
        "udp.length",
        "tcp.len",
        "ip.checksum.status",
    ]
    command = [
        "tshark",
        "-o",
        "ip.check_checksum:TRUE",
        "-r",
        str(tmp_path / "capture-00000001.pcapng"),
        "-T",
        "fields",
    ]
    command += [part for field in fields for part in ("-e", field)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    complaints = [line for line in run.stderr.splitlines() if line and not line.startswith("Running as user")]
    assert (run.returncode, complaints) == (0, [])
    expected = [
        f"{i}\t{'omd-d' if i % 2 else 'ctp'}\t1772000000.{123456789 + i}\t{i * 7 + 8 if i % 2 else ''}"
        f"\t{'' if i % 2 else i * 7}\t1"
        for i in range(100)
    ]
    assert run.stdout.splitlines() == expected
    if not closed:
        writer.close()


@pytest.mark.parametrize(
    ("offset", "damage", "reason"),
    [
        (8, b"\x02", "packet of interface 2, which the file does not describe"),
        (20, b"\xff\xff\xff\x7f", "packet of 2147483647 bytes does not fill its block"),
        (20, b"\x13", "packet of 19 bytes does not fill its block"),
        (28, b"\x4f", "transport 17 in a packet"),
        (28 + 9, b"\xcc", "transport 204 in a packet"),
    ],
)
def test_a_packet_that_the_capture_cannot_have_written_ends_what_is_read(
    offset: int, damage: bytes, reason: str
) -> None:
    store = MemorySegmentStore(SPACE)
    writer = writer_on(store)
    for number in (1, 2, 3):
        writer.append(3, number, NOW_NS, UTC_NS, b"hello")
    content = bytes(store.live[1])
    second = content.index(b"hello", content.index(b"hello") + 1) - 28 - 28
    store.live[1][second + offset : second + offset + len(damage)] = damage
    reader = CaptureReader(store)
    assert [packet.input_seq for packet in reader.packets()] == [1]
    assert reader.torn[0].endswith(reason)
    assert last_input_seq(store) == 1


def test_a_file_of_another_writer_is_refused() -> None:
    store = MemorySegmentStore(SPACE)
    writer_on(store)
    store.live[1][:] = bytes(store.live[1]).replace(b"source 3,", b"source x,", 1)
    with pytest.raises(InputError, match="not written by the capture"):
        list(CaptureReader(store).packets())
