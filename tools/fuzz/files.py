"""What is read from disk, from a stream's cutter and from people: logs, captures, snapshots, schemas, commands.

Files are made by the project's own writers and damaged. A reader hands out what was written, from the beginning to the
damage, or says what is wrong in the way that its caller expects; it never hands out what was not written.
"""

from __future__ import annotations

import random
from collections import Counter
from typing import Final

from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.records import CONNECTION, SENT, SYNCED, TIMER, Payload
from cross_market_connect.engine.control import Person, role_for, text_of
from cross_market_connect.journal.capture import open_capture
from cross_market_connect.journal.layout import LogDamageError
from cross_market_connect.journal.pcapng import TCP, UDP, BlockReader
from cross_market_connect.journal.reader import LogReader, LogTail
from cross_market_connect.journal.recovery import recover
from cross_market_connect.journal.snapshot import Snapshot, decode, encode
from cross_market_connect.journal.store import MemorySegmentStore
from cross_market_connect.journal.writer import open_log
from cross_market_connect.trading.commands import ROLES, parse_command
from cross_market_connect.wire.mdp3 import DESCRIPTION_FILE
from cross_market_connect.wire.mdp3.layout import Layouts
from cross_market_connect.wire.omd.omd_d_messages import OMD_D
from cross_market_connect.wire.omd.packet_reader import PACKET_BYTES_MAX
from cross_market_connect.wire.omd.packet_stream import packet_stream
from cross_market_connect.wire.sbe.reader import read_schema
from tools.fuzz.mutations import Format, Mutator, Place
from tools.fuzz.packets import omd_donors
from tools.fuzz.target import must

SPACE_BYTES: Final = 1 << 20
SEGMENT_BYTES: Final = 4_096
CAPTURE_BYTES: Final = 3 * 65_536
RECORDS: Final = 60
COMMANDS: Final = (
    '{"command":"cancel","id":"a1","order":7}',
    '{"command":"single","id":"a2","instrument":"CCFX.IF2101","side":"sell","quantity":2,"price":5200.2,"account":"A"}',
    '{"command":"spread","id":"a3","spread":"s","direction":"buy","units":1,"limits":["5"],"role":"trader"}',
    '{"command":"batch","id":"a4","orders":[{"kind":"single","instrument":"x","side":"buy","quantity":1},[],null,3]}',
    '{"command":"resolve","id":"a5","order":3,"status":"filled","filled":2,"price":"1.5","evidence":"by phone"}',
    '{"command":"stop_engine","id":"a6","reason":"drill"}',
)


def log_places(data: bytes) -> list[Place]:
    """Lengths, checksums, numbers and kinds of the first records; those of the segment's header."""
    places: list[Place] = [(at, 8) for at in range(0, 256, 8)]
    at = 256
    while at + 80 <= len(data):
        length = int.from_bytes(data[at : at + 4], "little")
        if not 48 <= length <= 4_096:
            break
        places += [(at, 4), (at + 4, 4), (at + 8, 8), (at + 16, 8), (at + 40, 4), (at + 44, 4)]
        at += length + (-length) % 8 + 32
    return places


class Logs:
    """Readers of the write-ahead log: the strict one, the tail, and the engine's start."""

    def __init__(self, chance: random.Random) -> None:
        self.outcomes: Counter[str] = Counter()
        self.last = b""
        self._chance = chance
        store = MemorySegmentStore(SPACE_BYTES)
        writer = open_log(store, "fuzz", SEGMENT_BYTES, 0, 1)
        for number in range(RECORDS):
            kind = (CONNECTION, SENT, TIMER, SYNCED)[number % 4]
            payload = Payload(kind)
            if kind == CONNECTION:
                payload.put(1)
                payload.put(1)
                payload.put_text("line " + "x" * (number % 9))
            elif kind == SENT:
                for value in (3, 1_000, 120, number):
                    payload.put(value)
            elif kind == SYNCED:
                payload.put(5)
                payload.put(max(number - 8, 0))
            writer.append(kind, 0, number, 1_000 + number, payload.take())
            if number % 5 == 4:
                writer.seal()
        writer.close()
        self._segments = {number: bytes(content) for number, content in store.live.items()}
        self._numbers = sorted(self._segments)
        self._payloads = [record.payload for record in LogReader(self._store({}), 1).records()]
        donors = [self._segments[number] for number in self._numbers]
        self._mutator = Mutator(chance, Format(log_places), donors)

    def give(self) -> None:
        """One segment damaged, or gone, and every reader of the log."""
        chance = self._chance
        at = chance.randrange(len(self._numbers))
        damaged = self._mutator.damaged(at)[: 4 * SEGMENT_BYTES]
        self.last = damaged
        changes: dict[int, bytes | None] = {self._numbers[at]: None if chance.random() < 0.03 else damaged}
        self._read(LogReader(self._store(changes), 1 if chance.random() < 0.7 else chance.randrange(1, RECORDS)))
        tail = LogTail(self._store(changes), 1)
        found: list[bytes] = []
        for _ in range(2):
            found += [record.payload for record in tail.poll(RECORDS // 2)]
        self._compare(found, 1)
        self.outcomes["tail: read" if tail.fault is None else "tail: waits"] += 1
        self._recover(changes)

    def finish(self) -> None:
        """The sound log is whole."""
        must(len(self._payloads) >= RECORDS, "the log's own records are missing")

    def _store(self, changes: dict[int, bytes | None]) -> MemorySegmentStore:
        store = MemorySegmentStore(SPACE_BYTES)
        for number, content in self._segments.items():
            data = changes.get(number, content)
            if data is not None:
                store.live[number] = bytearray(data)
                store.durable[number] = bytearray(data)
        return store

    def _read(self, reader: LogReader) -> None:
        found: list[bytes] = []
        try:
            for record in reader.records():
                found.append(record.payload)
            self.outcomes["log: read" if reader.torn is None else "log: torn"] += 1
        except LogDamageError:
            self.outcomes["log: damage"] += 1
        self._compare(found, int(reader.from_seq))

    def _compare(self, found: list[bytes], first: int) -> None:
        must(found == self._payloads[first - 1 : first - 1 + len(found)], "a record that was not written was read")

    def _recover(self, changes: dict[int, bytes | None]) -> None:
        try:
            recovery = recover(self._store(changes), 1)
        except LogDamageError:
            self.outcomes["start: refused"] += 1
            return
        self.outcomes["start: recovered"] += 1
        self._compare([record.payload for record in recovery.tail], 1)


class Captures:
    """The reader of captures (pcapng)."""

    def __init__(self, chance: random.Random) -> None:
        self.outcomes: Counter[str] = Counter()
        self.last = b""
        store = MemorySegmentStore(SPACE_BYTES)
        writer = open_capture(store, "fuzz", CAPTURE_BYTES)
        writer.add_interface(0, "feed", UDP, "239.1.1.1", 5_000)
        writer.add_interface(1, "orders", TCP, "127.0.0.1", 5_001)
        for number in range(40):
            writer.append(number % 2, number, 1_000 + number, 2_000 + number, bytes([number]) * (number * 7 % 300))
        writer.close()
        content = bytes(store.live[store.numbers()[0]])
        self._mutator = Mutator(chance, Format(self._places), [content])
        self._sound = [(p.source, p.input_seq, p.data) for p in BlockReader(content).packets()]

    def give(self) -> None:
        """One damaged file, read from the front and for its last packet."""
        data = self._mutator.damaged(0)
        self.last = data
        reader = BlockReader(data)
        try:
            packets = sum(1 for _ in reader.packets())
            must(packets <= len(data) // 12, "packets without end")
            self.outcomes["read" if reader.torn == "" else reader.torn.split(" 1")[0][:24]] += 1
            BlockReader(data).last_packet()
        except InputError:
            self.outcomes["refused"] += 1

    def finish(self) -> None:
        """The sound file is whole."""
        must(len(self._sound) == 40, "the capture's own packets are missing")

    @staticmethod
    def _places(data: bytes) -> list[Place]:
        places: list[Place] = []
        at = 0
        while at + 12 <= len(data):
            total = int.from_bytes(data[at + 4 : at + 8], "little")
            if total < 12:
                break
            places += [(at, 4), (at + 4, 4), (at + 8, 4), (at + 20, 4), (at + 24, 4), (at + 28, 1), (at + total - 4, 4)]
            at += total
        return places


class Snapshots:
    """State beside the log: what is not whole is not used."""

    def __init__(self, chance: random.Random) -> None:
        self.outcomes: Counter[str] = Counter()
        self.last = b""
        self._sound = encode(Snapshot(17, '{"orders":[1,2,3]}'))
        self._mutator = Mutator(chance, Format(), [self._sound])

    def give(self) -> None:
        """One damaged file."""
        data = self._mutator.damaged(0)
        self.last = data
        found = decode(data)
        must(found is None or data == self._sound, "a damaged snapshot was used")
        self.outcomes["not used" if found is None else "used"] += 1

    def finish(self) -> None:
        """The sound file is used."""
        must(decode(self._sound) is not None, "a sound snapshot was not used")


class Streams:
    """The cutter of OMD's retransmission connection."""

    def __init__(self, chance: random.Random) -> None:
        self.outcomes: Counter[str] = Counter()
        self.last = b""
        self._chance = chance
        self._mutator = Mutator(chance, Format(), omd_donors(OMD_D, chance))
        self._stream = packet_stream()
        self._given = b""
        self._taken = b""

    def give(self) -> None:
        """Some bytes: whole packets and parts, now and then damage."""
        mutator, dice = self._mutator, self._chance.random()
        data = mutator.sound(mutator.pick()) if dice < 0.8 else mutator.damaged(mutator.pick())
        if dice < 0.4:
            data = data[: self._chance.randrange(len(data) + 1)]
        self.last = data
        self._given += data
        packets = self._stream.take(data)
        self._taken += b"".join(packets)
        must(self._given.startswith(self._taken), "bytes that were not given, or not in order")
        must(all(16 <= len(packet) <= PACKET_BYTES_MAX for packet in packets), "a packet of impossible length")
        if self._stream.is_broken:
            self.outcomes["broken"] += 1
            must(self._stream.take(data) == [], "a broken stream gives packets")
            self._anew()
        else:
            self.outcomes["packets" if packets else "waits"] += 1
            must(len(self._given) - len(self._taken) < PACKET_BYTES_MAX, "more than one packet is kept")
            if len(self._given) > 50_000:
                self._anew()

    def finish(self) -> None:
        """Nothing more to check."""

    def _anew(self) -> None:
        self._stream, self._given, self._taken = packet_stream(), b"", b""


class Schemas:
    """Description files of SBE, as a desk may bring one."""

    def __init__(self, chance: random.Random) -> None:
        self.outcomes: Counter[str] = Counter()
        self.last = b""
        content = DESCRIPTION_FILE.read_bytes()
        self._chance = chance
        self._lines = content.split(b"\n")

    def give(self) -> None:
        """One file with a few lines damaged, left out, doubled or moved."""
        chance, lines = self._chance, list(self._lines)
        for _ in range(1 + chance.randrange(4)):
            at = chance.randrange(len(lines))
            kind = chance.randrange(4)
            if kind == 0:
                del lines[at]
            elif kind == 1:
                lines.insert(at, lines[chance.randrange(len(lines))])
            elif kind == 2:
                digits = [place for place, byte in enumerate(lines[at]) if 48 <= byte <= 57]
                if digits:
                    place = chance.choice(digits)
                    value = chance.choice((b"", b"0", b"7", b"99", b"65535", b"65536", b"-1", b"x"))
                    lines[at] = lines[at][:place] + value + lines[at][place + 1 :]
            else:
                words = lines[at].split(b'"')
                if len(words) > 2:
                    words[1], words[-2] = words[-2], words[1]
                    lines[at] = b'"'.join(words)
        self.last = b"\n".join(lines)[:2_000]
        try:
            Layouts(read_schema(b"\n".join(lines).decode("utf-8", "replace"), "fuzz.xml"))
            self.outcomes["accepted"] += 1
        except InputError as error:
            must(len(error.faults) > 0, "refused without a reason")
            self.outcomes["refused"] += 1

    def finish(self) -> None:
        """Nothing more to check."""


class Commands:
    """Lines of the control socket."""

    def __init__(self, chance: random.Random) -> None:
        self.outcomes: Counter[str] = Counter()
        self.last = b""
        self._chance = chance
        self._people = [Person("p", []), Person("q", list(ROLES)), Person("r", [ROLES[0]])]
        self._mutator = Mutator(chance, Format(), [text.encode() for text in COMMANDS])

    def give(self) -> None:
        """One line."""
        chance, mutator = self._chance, self._mutator
        data = mutator.damaged(mutator.pick())
        if chance.random() < 0.2:
            word = chance.choice((b'"', b"1e999", b"[" * 500, b"null", b"-0", b"9" * 400, b"true", b"\xff\xfe", b"{}"))
            at = chance.randrange(len(data) + 1)
            data = data[:at] + word + data[at:]
        self.last = data
        text = text_of(data)
        command = parse_command(text)
        role = role_for(chance.choice(self._people), text)
        must(role == "" or role in ROLES, "a role that nobody has")
        must(text.startswith("{"), "a peer's line can pass for the process's own")
        self.outcomes["refused" if command.faults else "accepted"] += 1
        must(len("".join(command.faults)) <= 100_000, "an answer without end")

    def finish(self) -> None:
        """Nothing more to check."""
