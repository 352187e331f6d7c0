"""Blocks of a pcapng file, as far as the capture of market data needs them.

Source: draft-tuexen-opsawg-pcapng-02 (PCAP Next Generation Capture File Format), "General Block Structure", "Section
Header Block", "Interface Description Block", "Enhanced Packet Block" and "Options". Link type 101 (LINKTYPE_RAW) is a
packet that begins with its IP header. Everything is little endian except the IP, UDP and TCP headers.

A block is: type u32, total length u32, body padded to 4, total length again. Types with the highest bit set are
reserved for local use; readers skip them. One of these, `FILLER`, covers space that is preallocated and not yet used,
so that a file is valid at any moment, also after a crash.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, final

from librt.strings import BytesWriter, read_i32_le, read_i64_le, write_i16_be, write_i16_le, write_i32_le, write_i64_le
from mypy_extensions import i16, i32, i64

from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.numbers import UNSTAMPED
from cross_market_connect.journal.layout import signed_word, unsigned_word

SECTION_HEADER: Final[i64] = 0x0A0D0D0A
INTERFACE_DESCRIPTION: Final[i64] = 1
ENHANCED_PACKET: Final[i64] = 6
FILLER: Final[i64] = 0x80000001
BYTE_ORDER_MAGIC: Final[i64] = 0x1A2B3C4D
LINK_TYPE_RAW: Final[i16] = 101
BLOCK_FRAME_BYTES: Final[i64] = 12
BLOCK_BYTES_MAX: Final[i64] = 16_777_216

OPTION_END: Final[i16] = 0
SECTION_APPLICATION: Final[i16] = 4
INTERFACE_NAME: Final[i16] = 2
INTERFACE_TEXT: Final[i16] = 3
INTERFACE_RESOLUTION: Final[i16] = 9
PACKET_ID: Final[i16] = 5
# "Custom Options": binary, may be copied. Its enterprise number is RFC 5612's for documentation; the value is the
# monotonic time of the step, which replay needs and calendar time does not give back; in a second one, how long before
# that the kernel had the packet.
CUSTOM_BINARY: Final[i16] = 2989
ENTERPRISE: Final[i32] = 32_473
NANOSECONDS: Final[bytes] = b"\x09"

UDP: Final[i64] = 17
TCP: Final[i64] = 6
IP_BYTES: Final[i64] = 20
UDP_BYTES: Final[i64] = 8
TCP_BYTES: Final[i64] = 20
IP_PACKET_BYTES_MAX: Final[i64] = 65_535
PADDING: Final[tuple[bytes, ...]] = (b"", b"\0", b"\0\0", b"\0\0\0")
_WORD_MASK: Final[i64] = 0xFFFFFFFF
# Of the body of a packet's block: what stands before the packet, and behind it.
_PACKET_FIELDS_BYTES: Final[i64] = 20
_PACKET_OPTIONS_BYTES: Final[i64] = 32
NUMBER_OPTION_BYTES: Final[i64] = 16
_IPV4_WITHOUT_OPTIONS: Final[i64] = 0x45
_SOURCE_CHARACTERS_MAX: Final[i64] = 12


def short(value: i64) -> i16:
    """An unsigned 16-bit value as the signed one with the same bits."""
    if value >= 32_768:
        return i16(value - 65_536)
    return i16(value)


def block(kind: i64, body: bytes) -> bytes:
    """A whole block; the body is already padded to 4."""
    total: i64 = BLOCK_FRAME_BYTES + len(body)
    out = BytesWriter()
    write_i32_le(out, signed_word(kind))
    write_i32_le(out, signed_word(total))
    out.write(body)
    write_i32_le(out, signed_word(total))
    return out.getvalue()


def option(code: i16, value: bytes) -> bytes:
    """One option, padded to 4."""
    out = BytesWriter()
    write_i16_le(out, code)
    write_i16_le(out, short(len(value)))
    out.write(value)
    out.write(PADDING[-len(value) & 3])
    return out.getvalue()


def section_header(application: str) -> bytes:
    """The block that begins a file; the section's length is left open (-1)."""
    out = BytesWriter()
    write_i32_le(out, i32(BYTE_ORDER_MAGIC))
    write_i16_le(out, 1)
    write_i16_le(out, 0)
    write_i64_le(out, -1)
    out.write(option(SECTION_APPLICATION, application.encode()))
    out.write(option(OPTION_END, b""))
    return block(SECTION_HEADER, out.getvalue())


def interface_description(name: str, description: str) -> bytes:
    """An interface with raw IP packets and time stamps in nanoseconds."""
    out = BytesWriter()
    write_i16_le(out, LINK_TYPE_RAW)
    write_i16_le(out, 0)
    write_i32_le(out, 0)
    out.write(option(INTERFACE_NAME, name.encode()))
    out.write(option(INTERFACE_TEXT, description.encode()))
    out.write(option(INTERFACE_RESOLUTION, NANOSECONDS))
    out.write(option(OPTION_END, b""))
    return block(INTERFACE_DESCRIPTION, out.getvalue())


def ones_complement_sum(content: bytes) -> i64:
    """Sum of the big-endian 16-bit words, not yet folded (RFC 1071)."""
    total: i64 = 0
    for index in range(0, len(content), 2):
        total += i64(content[index]) * 256 + i64(content[index + 1])
    return total


def ipv4(text: str) -> bytes:
    """The four bytes of a dotted address; raises InputError for anything else."""
    parts = text.split(".")
    if len(parts) != 4 or not all(part.isdigit() and int(part) < 256 for part in parts):
        raise InputError([f"{text}: not an IPv4 address; expected four numbers below 256 with dots between"])
    return bytes([int(part) for part in parts])


@final
class Interface:
    """One source of the capture and the parts of its packets that do not change.

    Args:
        identifier: position among the section's interface blocks.
        transport: UDP for datagrams (to `address`), TCP for stream reads (from `address`).
    """

    def __init__(self, identifier: i64, source: i64, name: str, transport: i64, address: str, port: i64) -> None:
        self.identifier: i64 = identifier
        self.source: i64 = source
        self.transport: i64 = transport
        self.stream_seq: i64 = 1
        local = ipv4("127.0.0.1")
        remote = ipv4(address)
        from_remote = transport == TCP
        self.addresses: bytes = remote + local if from_remote else local + remote
        # Identification 0, do not fragment, time to live 64; the checksum lacks only the total length.
        self.ip_middle: bytes = bytes([0, 0, 0x40, 0, 64, int(transport)])
        self.ip_sum: i64 = 0x4500 + ones_complement_sum(self.ip_middle) + ones_complement_sum(self.addresses)
        ports = BytesWriter()
        write_i16_be(ports, short(port))
        write_i16_be(ports, short(40_000 + source % 20_000 if from_remote else port))
        self.ports: bytes = ports.getvalue()
        self.header_bytes: i64 = IP_BYTES + (TCP_BYTES if from_remote else UDP_BYTES)
        kind = "tcp" if from_remote else "udp"
        self.description: bytes = interface_description(name, f"source {source}, {kind} {address}:{port}")


def write_transport(out: BytesWriter, interface: Interface, data_bytes: i64) -> None:
    """IPv4 header and UDP or TCP header in front of `data_bytes` of data.

    The IP checksum is right. UDP's is 0, which means none (RFC 768); TCP's is 0, which Wireshark does not check unless
    told to.
    """
    total: i64 = interface.header_bytes + data_bytes
    checksum: i64 = interface.ip_sum + total
    checksum = (checksum & 0xFFFF) + (checksum >> 16)
    checksum = (checksum & 0xFFFF) + (checksum >> 16)
    write_i16_be(out, 0x4500)
    write_i16_be(out, short(total))
    out.write(interface.ip_middle)
    write_i16_be(out, short(0xFFFF - checksum))
    out.write(interface.addresses)
    out.write(interface.ports)
    if interface.transport == UDP:
        write_i16_be(out, short(UDP_BYTES + data_bytes))
        write_i16_be(out, 0)
        return
    sequence: i64 = interface.stream_seq & _WORD_MASK
    interface.stream_seq += data_bytes
    write_i16_be(out, short(sequence >> 16))
    write_i16_be(out, short(sequence & 0xFFFF))
    # Acknowledgement 1; header of five words, flags PSH and ACK; window 65535; checksum 0, no urgent data.
    write_i16_be(out, 0)
    write_i16_be(out, 1)
    write_i16_be(out, 0x5018)
    write_i16_be(out, -1)
    write_i16_be(out, 0)
    write_i16_be(out, 0)


def write_packet(
    out: BytesWriter,
    interface: Interface,
    input_seq: i64,
    now_ns: i64,
    utc_ns: i64,
    data: bytes,
    queued_ns: i64 = UNSTAMPED,
) -> None:
    """An enhanced packet block with `input_seq` as its packet id, and `now_ns` as a custom option.

    Where the kernel stamped the receipt, `queued_ns` is a second one of the same kind.
    """
    size: i64 = len(data)
    captured: i64 = interface.header_bytes + size
    padding: i64 = -captured & 3
    total: i64 = packet_span(interface, size, queued_ns)
    write_i32_le(out, i32(ENHANCED_PACKET))
    write_i32_le(out, i32(total))
    write_i32_le(out, i32(interface.identifier))
    write_i32_le(out, signed_word(utc_ns >> 32))
    write_i32_le(out, signed_word(utc_ns & _WORD_MASK))
    write_i32_le(out, i32(captured))
    write_i32_le(out, i32(captured))
    write_transport(out, interface, size)
    out.write(data)
    out.write(PADDING[padding])
    write_i16_le(out, PACKET_ID)
    write_i16_le(out, 8)
    write_i64_le(out, input_seq)
    write_number(out, now_ns)
    if queued_ns >= 0:
        write_number(out, queued_ns)
    write_i32_le(out, 0)
    write_i32_le(out, i32(total))


def write_number(out: BytesWriter, value: i64) -> None:
    """A custom option of ours."""
    write_i16_le(out, CUSTOM_BINARY)
    write_i16_le(out, 12)
    write_i32_le(out, ENTERPRISE)
    write_i64_le(out, value)


def packet_span(interface: Interface, data_bytes: i64, queued_ns: i64 = UNSTAMPED) -> i64:
    """Bytes of the block that `write_packet` writes: frame 12, fields 20, packet padded to 4, options 32 or 48."""
    captured: i64 = interface.header_bytes + data_bytes
    return 64 + (0 if queued_ns < 0 else NUMBER_OPTION_BYTES) + (captured + 3) // 4 * 4


@final
class Packet:
    """One packet as it was read.

    Attributes:
        source: the capture's source number, from the interface's description.
        now_ns, utc_ns: monotonic and calendar time of its step.
        queued_ns: how long before that the kernel had it; UNSTAMPED where it did not say.
        data: what the source delivered, without the IP and transport headers.
    """

    def __init__(
        self, source: i64, input_seq: i64, now_ns: i64, utc_ns: i64, data: bytes, queued_ns: i64 = UNSTAMPED
    ) -> None:
        self.source: i64 = source
        self.input_seq: i64 = input_seq
        self.now_ns: i64 = now_ns
        self.utc_ns: i64 = utc_ns
        self.data: bytes = data
        self.queued_ns: i64 = queued_ns


@final
class BlockReader:
    """Reads one file written by the capture.

    Attributes (after `packets` is exhausted):
        torn: why reading stopped before the end; empty when the file ends with a whole block. A crash may leave one
            half-written block; zeros (preallocated space without a filler) count as torn too, and so does a block that
            the capture cannot have written.

    Raises:
        InputError: an interface that the capture did not describe; the file is not one of its own.
        offset: where it stopped.
    """

    def __init__(self, content: bytes) -> None:
        self.content: bytes = content
        self.offset: i64 = 0
        self.torn: str = ""
        self.sources: list[int] = []

    def last_packet(self) -> Packet | None:
        """The file's last packet; the others are passed over by their lengths alone."""
        end: i64 = len(self.content)
        last: i64 = -1
        while self.offset < end:
            self.torn = block_fault(self.content, self.offset)
            if self.torn != "":
                break
            kind: i64 = unsigned_word(read_i32_le(self.content, self.offset))
            total: i64 = unsigned_word(read_i32_le(self.content, self.offset + 4))
            if kind == INTERFACE_DESCRIPTION:
                self.sources.append(described_source(self.content[self.offset + 8 : self.offset + total - 4]))
            elif kind == ENHANCED_PACKET:
                self.torn = packet_fault(self.content[self.offset + 8 : self.offset + total - 4], self.sources)
                if self.torn != "":
                    break
                last = self.offset
            self.offset += total
        if last < 0:
            return None
        size: i64 = unsigned_word(read_i32_le(self.content, last + 4))
        return decode_packet(self.content[last + 8 : last + size - 4], self.sources)

    def packets(self) -> Iterator[Packet]:
        """Every packet in the file's order."""
        end: i64 = len(self.content)
        while self.offset < end:
            self.torn = block_fault(self.content, self.offset)
            if self.torn != "":
                return
            kind: i64 = unsigned_word(read_i32_le(self.content, self.offset))
            total: i64 = unsigned_word(read_i32_le(self.content, self.offset + 4))
            body = self.content[self.offset + 8 : self.offset + total - 4]
            if self.offset == 0 and kind != SECTION_HEADER:
                self.torn = "the file does not begin with a section header"
                return
            if kind == INTERFACE_DESCRIPTION:
                self.sources.append(described_source(body))
            elif kind == ENHANCED_PACKET:
                self.torn = packet_fault(body, self.sources)
                if self.torn != "":
                    return
            self.offset += total
            if kind == ENHANCED_PACKET:
                yield decode_packet(body, self.sources)


def block_fault(content: bytes, offset: i64) -> str:
    """Why no whole block begins at `offset`; empty when one does."""
    end: i64 = len(content)
    if offset + BLOCK_FRAME_BYTES > end:
        return "no room for a block"
    total: i64 = unsigned_word(read_i32_le(content, offset + 4))
    if total < BLOCK_FRAME_BYTES or total > BLOCK_BYTES_MAX or total % 4 != 0:
        return f"block length {total} is impossible"
    if offset + total > end:
        return f"block length {total} reaches beyond the file"
    if unsigned_word(read_i32_le(content, offset + total - 4)) != total:
        return "the block's two lengths differ"
    return ""


def described_source(body: bytes) -> int:
    """Source number from an interface description's body; raises InputError when the capture did not write it."""
    start = body.find(b"source ")
    end = body.find(b",", start)
    if start < 0 or end < 0 or not body[start + 7 : end].isdigit() or end - start > _SOURCE_CHARACTERS_MAX:
        raise InputError(["interface description without a source number; this file was not written by the capture"])
    return int(body[start + 7 : end])


def packet_fault(body: bytes, sources: list[int]) -> str:
    """Why the capture cannot have written this packet; empty when it can."""
    size: i64 = len(body)
    if size < _PACKET_FIELDS_BYTES + IP_BYTES + _PACKET_OPTIONS_BYTES:
        return "no room for a packet"
    identifier: i64 = i64(read_i32_le(body, 0))
    if identifier < 0 or identifier >= len(sources):
        return f"packet of interface {identifier}, which the file does not describe"
    captured: i64 = i64(read_i32_le(body, 12))
    options: i64 = size - _PACKET_FIELDS_BYTES - (captured + 3) // 4 * 4
    is_whole = options == _PACKET_OPTIONS_BYTES or options == _PACKET_OPTIONS_BYTES + NUMBER_OPTION_BYTES
    if captured < IP_BYTES or not is_whole:
        return f"packet of {captured} bytes does not fill its block"
    transport: i64 = i64(body[_PACKET_FIELDS_BYTES + 9])
    header: i64 = IP_BYTES + (TCP_BYTES if transport == TCP else UDP_BYTES)
    if i64(body[_PACKET_FIELDS_BYTES]) != _IPV4_WITHOUT_OPTIONS or (transport != TCP and transport != UDP):
        return f"transport {transport} in a packet"
    return "" if captured >= header else "packet shorter than its headers"


def decode_packet(body: bytes, sources: list[int]) -> Packet:
    """A packet from its block's body, which has no fault."""
    identifier: i64 = i64(read_i32_le(body, 0))
    utc_ns: i64 = (unsigned_word(read_i32_le(body, 4)) << 32) | unsigned_word(read_i32_le(body, 8))
    captured: i64 = i64(read_i32_le(body, 12))
    transport: i64 = i64(body[_PACKET_FIELDS_BYTES + 9])
    start: i64 = _PACKET_FIELDS_BYTES + IP_BYTES + (TCP_BYTES if transport == TCP else UDP_BYTES)
    options: i64 = _PACKET_FIELDS_BYTES + (captured + 3) // 4 * 4
    return Packet(
        sources[identifier],
        read_i64_le(body, options + 4),
        read_i64_le(body, options + 20),
        utc_ns,
        body[start : _PACKET_FIELDS_BYTES + captured],
        read_i64_le(body, options + 36) if len(body) >= options + 48 else UNSTAMPED,
    )
