"""Captures market data as it was received, in pcapng files that Wireshark opens.

Theory of operation. Bulk market data does not go into the write-ahead log: it goes here, each read with the input
number that links it to the log (the packet id), the source (the interface) and the calendar time. Packets are copied
into preallocated, mapped segments like the log's; a killed process loses nothing.

A segment is valid pcapng at every moment. Its unused space is covered by filler blocks, one per stripe of 64 KiB,
written when the segment is prepared. A packet is copied together with the head of a shortened filler that runs to the
end of the stripe (or of the next one when fewer than 12 bytes would be left), and then the filler's closing length is
written. A crash between these two copies leaves one block with unequal lengths behind the last packet, where readers
stop. Closing cuts the file behind the last packet.

Each segment repeats section header and interface descriptions, so that it can be opened alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock
from typing import Final, final

from librt.strings import BytesWriter, write_i32_le
from mypy_extensions import i32, i64

from cross_market_connect.domain.errors import InputError, InvariantError
from cross_market_connect.domain.numbers import UNSTAMPED
from cross_market_connect.domain.records import CaptureSink
from cross_market_connect.journal.layout import signed_word
from cross_market_connect.journal.pcapng import (
    BLOCK_FRAME_BYTES,
    FILLER,
    IP_PACKET_BYTES_MAX,
    TCP,
    UDP,
    BlockReader,
    Interface,
    Packet,
    block,
    packet_span,
    section_header,
    write_packet,
)
from cross_market_connect.journal.store import Buffer, SegmentStore, unusable

CAPTURE_SEGMENT_BYTES: Final[i64] = 67_108_864
STRIPE_BYTES: Final[i64] = 65_536
SEGMENT_STRIPES_MIN: Final[i64] = 3
# What one read, and what goes with it, takes at most while the disk is full: reads are short then.
READ_SPAN_MAX: Final[i64] = STRIPE_BYTES
SOURCE_LIMIT: Final[i64] = 1024
_FILLER_WORD: Final[i32] = signed_word(FILLER)


@final
class CaptureWriter(CaptureSink):
    """Appends packets. Made by `open_capture`; sources are added before their first packet.

    Attributes:
        packets: packets written since open.
        space_exhausted_soon: the next segment could not be prepared; `space_fault` says why.
        late_allocations: how often a segment had to be allocated on the hot path.
    """

    def __init__(self, store: SegmentStore, application: str, segment_bytes: i64) -> None:
        self.store: SegmentStore = store
        self.application: str = application
        self.segment_bytes: i64 = segment_bytes
        self.packets: i64 = 0
        self.space_exhausted_soon: bool = False
        self.space_fault: str = ""
        self.late_allocations: i64 = 0
        self.segment: i64 = 0
        self._interfaces: list[Interface] = []
        self._by_source: list[Interface | None] = [None for _ in range(SOURCE_LIMIT)]
        self._prepared: i64 = 0
        self._prepare_lock: Lock = Lock()
        self._buffer: Buffer = bytearray()
        self._offset: i64 = 0
        self._filler_end: i64 = 0
        # Blocks are put together here, one at a time.
        self._block: BytesWriter = BytesWriter()
        self._closing: BytesWriter = BytesWriter()
        self._open_segments: list[int] = []

    def add_interface(self, source: i64, name: str, transport: i64, address: str, port: i64) -> None:
        """Describe a source: `transport` is pcapng.UDP or pcapng.TCP, `address` the group or the peer (IPv4)."""
        if source < 0 or source >= SOURCE_LIMIT or self._by_source[source] is not None:
            raise InvariantError(f"capture source {source} is described twice or not below {SOURCE_LIMIT}")
        if transport != UDP and transport != TCP:
            raise InvariantError(f"capture source {source}: transport {transport}")
        interface = Interface(len(self._interfaces), source, name, transport, address, port)
        self._interfaces.append(interface)
        self._by_source[source] = interface
        self._place(interface.description)

    def append(
        self, source: i64, input_seq: i64, now_ns: i64, utc_ns: i64, data: bytes, queued_ns: i64 = UNSTAMPED
    ) -> None:
        """Copy one read into the capture. A read longer than an IP packet becomes several with the same input number.

        Raises:
            InvariantError: the source was not described, or the disk is full although `space_exhausted_soon` had
                announced it a segment earlier.
        """
        interface = self._by_source[source]
        if interface is None:
            raise InvariantError(f"capture source {source} was not described")
        limit: i64 = IP_PACKET_BYTES_MAX - interface.header_bytes
        if len(data) > limit:
            for start in range(0, len(data), int(limit)):
                self._append_packet(interface, input_seq, now_ns, utc_ns, data[start : start + limit], queued_ns)
            return
        self._append_packet(interface, input_seq, now_ns, utc_ns, data, queued_ns)

    def _append_packet(
        self, interface: Interface, input_seq: i64, now_ns: i64, utc_ns: i64, data: bytes, queued_ns: i64
    ) -> None:
        span: i64 = packet_span(interface, len(data), queued_ns)
        filler: i64 = self._room_behind(span)
        out = self._block
        out.truncate(0)
        write_packet(out, interface, input_seq, now_ns, utc_ns, data, queued_ns)
        self._copy(out, span, filler)
        self.packets += 1

    def _room_behind(self, span: i64) -> i64:
        """Bytes from the end of a block of `span` bytes to the end of its filler; changes the segment when needed."""
        end: i64 = self._offset + span
        rest: i64 = self.segment_bytes - end
        if rest < 0 or (rest > 0 and rest < BLOCK_FRAME_BYTES):
            self._change_segment()
            end = self._offset + span
        while self._filler_end < end or (self._filler_end > end and self._filler_end - end < BLOCK_FRAME_BYTES):
            self._filler_end += STRIPE_BYTES
        return self._filler_end - end

    def _copy(self, out: BytesWriter, span: i64, filler: i64) -> None:
        """Copy the block in `out`, followed by a filler of that many bytes (0 for none)."""
        start: i64 = self._offset
        if filler == 0:
            self._buffer[start : start + span] = out.getvalue()
        else:
            write_i32_le(out, _FILLER_WORD)
            write_i32_le(out, i32(filler))
            self._buffer[start : start + span + 8] = out.getvalue()
            closing = self._closing
            closing.truncate(0)
            write_i32_le(closing, i32(filler))
            self._buffer[self._filler_end - 4 : self._filler_end] = closing.getvalue()
        self._offset = start + span

    def _place(self, content: bytes) -> None:
        """Append a block that is not a packet."""
        filler: i64 = self._room_behind(len(content))
        out = self._block
        out.truncate(0)
        out.write(content)
        self._copy(out, len(content), filler)

    def needs_next(self) -> bool:
        """Whether `prepare_next` has something to do."""
        return self._prepared == 0

    def has_room(self) -> bool:
        """Whether one more read fits into what the disk has already given."""
        return self._prepared > 0 or self.segment_bytes - self._offset >= READ_SPAN_MAX

    def makes_room(self) -> bool:
        """`has_room`, with a segment asked for where it takes one; False on a full disk."""
        return self.has_room() or self.prepare_next()

    def prepare_next(self) -> bool:
        """Have the next segment ready, off the hot path; False (and the flag) on a full disk."""
        with self._prepare_lock:
            if self._prepared > 0:
                return True
            return self._allocate(self.segment + 1)

    def _allocate(self, number: i64) -> bool:
        try:
            self.store.allocate(number, self.segment_bytes)
        except OSError as error:
            self.space_exhausted_soon = True
            self.space_fault = unusable(self.store.place(), error)
            return False
        self._prepared = number
        self.space_exhausted_soon = False
        self.space_fault = ""
        buffer = self.store.buffer(number)
        stripe = block(FILLER, bytes(STRIPE_BYTES - BLOCK_FRAME_BYTES))
        for start in range(0, int(self.segment_bytes), int(STRIPE_BYTES)):
            buffer[start : start + 8] = stripe[:8]
            buffer[start + STRIPE_BYTES - 4 : start + STRIPE_BYTES] = stripe[-4:]
        return True

    def _change_segment(self) -> None:
        with self._prepare_lock:
            if self._prepared == 0:
                self.late_allocations += 1
                if not self._allocate(self.segment + 1):
                    raise InvariantError(f"the capture is full: {self.space_fault}")
            self._enter(self._prepared)
            self._prepared = 0

    def _enter(self, number: i64) -> None:
        self._buffer = self.store.buffer(number)
        self.segment = number
        self._offset = 0
        self._filler_end = 0
        self._open_segments.append(int(number))
        self._place(section_header(self.application))
        for interface in self._interfaces:
            self._place(interface.description)

    def flush(self) -> None:
        """Make everything captured so far durable; meant for another thread. Raises OSError when the device fails."""
        numbers = self._open_segments.copy()
        for number in numbers:
            self.store.sync(number)
        for _ in range(len(numbers) - 1):
            self.store.release(self._open_segments.pop(0))

    def start(self) -> None:
        """Begin a new segment behind those that exist, with one prepared ahead.

        Raises:
            OSError: the space cannot be had; nothing is left behind.
        """
        numbers = self.store.numbers()
        self.segment = numbers[-1] if len(numbers) > 0 else 0
        first: i64 = self.segment + 1
        for number in (first, first + 1):
            if not self._allocate(number):
                if number > first:
                    self.store.remove(first)
                raise OSError(self.space_fault)
        self._enter(first)
        self.flush()

    def close(self) -> None:
        """Cut the last segment behind its last packet, remove the prepared one, give the store back."""
        self.flush()
        self._buffer = bytearray()
        self.store.trim(self.segment, self._offset)
        if self._prepared > 0:
            self.store.remove(self._prepared)
            self._prepared = 0
        self.store.close()


def open_capture(store: SegmentStore, application: str, segment_bytes: i64) -> CaptureWriter:
    """Lock the store, tidy up what a crash left, and return a writer in a new segment.

    Args:
        application: name and version for the file's header.
        segment_bytes: size of a segment (`CAPTURE_SEGMENT_BYTES`), a multiple of 64 KiB.

    Raises:
        InputError: another writer, no permission, no space; nothing is left half-started.
    """
    if segment_bytes % STRIPE_BYTES != 0 or segment_bytes < SEGMENT_STRIPES_MIN * STRIPE_BYTES:
        raise InvariantError(f"capture segment size {segment_bytes}: a multiple of 65536, at least three, is needed")
    store.lock()
    try:
        for number in store.numbers():
            if not begins_with_section(store, number):
                store.remove(number)
        writer = CaptureWriter(store, application, segment_bytes)
        writer.start()
    except OSError as error:
        store.abandon()
        raise InputError([unusable(store.place(), error)]) from error
    return writer


def begins_with_section(store: SegmentStore, number: i64) -> bool:
    """Whether the segment was begun; one that was only prepared has no section header."""
    return store.read(number, 0, 4) == b"\x0a\x0d\x0d\x0a"


@final
class CaptureReader:
    """Reads a capture, segment by segment.

    Attributes (after `packets` is exhausted):
        torn: for each segment that does not end with a whole block, "segment, offset: why". A crash leaves at most one
            per run.
    """

    def __init__(self, store: SegmentStore) -> None:
        self.store: SegmentStore = store
        self.torn: list[str] = []

    def packets(self) -> Iterator[Packet]:
        """Every read as it was captured; the parts of a long one are joined again."""
        held: Packet | None = None
        for number in self.store.numbers():
            if not begins_with_section(self.store, number):
                continue
            reader = BlockReader(self.store.read(number, 0, self.store.size(number)))
            for packet in reader.packets():
                if held is not None and held.source == packet.source and held.input_seq == packet.input_seq:
                    joined = held.data + packet.data
                    held = Packet(held.source, held.input_seq, held.now_ns, held.utc_ns, joined, held.queued_ns)
                    continue
                if held is not None:
                    yield held
                held = packet
            if reader.torn != "":
                self.torn.append(f"segment {number}, offset {reader.offset}: {reader.torn}")
        if held is not None:
            yield held


def last_input_seq(store: SegmentStore) -> int:
    """Input number of the last read captured, 0 when there is none: a new run counts on from there."""
    for number in reversed(store.numbers()):
        if begins_with_section(store, number):
            packet = BlockReader(store.read(number, 0, store.size(number))).last_packet()
            if packet is not None:
                return int(packet.input_seq)
    return 0
