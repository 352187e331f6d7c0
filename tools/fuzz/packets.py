"""The readers of datagrams, without feeds: OMD-D, OMD-C, OMD-CC and MDP 3.0, every message that they know.

Of each input: a sound one is accepted, anything else is accepted or refused with exactly one reason counted; and when
it is accepted, everything in it is read, every field of every message and entry, none of it outside the packet.
"""

from __future__ import annotations

import random
import struct
from collections import Counter
from typing import Final

from cross_market_connect.wire.mdp3 import DESCRIPTION_FILE
from cross_market_connect.wire.mdp3 import faults as mdp3_faults
from cross_market_connect.wire.mdp3.codes import (
    DEFINITION_FUTURE,
    DEFINITION_OPTION,
    DEFINITION_SPREAD,
    SECURITY_STATUS,
)
from cross_market_connect.wire.mdp3.decoder import END as MDP3_END
from cross_market_connect.wire.mdp3.decoder import PacketReader as Mdp3Reader
from cross_market_connect.wire.mdp3.encoder import PacketWriter as Mdp3Writer
from cross_market_connect.wire.mdp3.layout import TEMPLATE_ID_LIMIT, Layouts
from cross_market_connect.wire.mdp3.securities import SecurityTable
from cross_market_connect.wire.omd import faults as omd_faults
from cross_market_connect.wire.omd.description import FILLER, TEXT, Field, Flavour, MessageDescription
from cross_market_connect.wire.omd.omd_c_messages import OMD_C
from cross_market_connect.wire.omd.omd_c_reader import OmdCReader
from cross_market_connect.wire.omd.omd_cc_messages import OMD_CC
from cross_market_connect.wire.omd.omd_cc_reader import OmdCcReader
from cross_market_connect.wire.omd.omd_d_messages import OMD_D
from cross_market_connect.wire.omd.omd_d_reader import OmdDReader
from cross_market_connect.wire.omd.packet_reader import END, PacketReader
from cross_market_connect.wire.omd.packet_writer import PacketWriter
from cross_market_connect.wire.sbe.reader import read_schema
from cross_market_connect.wire.sbe.schema import Block, Schema
from cross_market_connect.wire.sbe.schema import Field as SbeField
from tools.fuzz.mutations import Format, Mutator, Place
from tools.fuzz.target import Finding, must

UTC_NS: Final = 1_609_725_600_000_000_000
OMD_HEADER: Final = 16
MDP3_HEADER: Final = 12
DONORS: Final = 120
# What the fields of sound packets hold; also the identifiers of the instruments of `bench.feed_market`.
NUMBERS: Final = (0, 1, 5, 100)
# Of a signed field of so many bytes.
_LIMITS: Final = {1: 128, 2: 32_768}
OUR_NUMBERS: Final = (0, 1, 2, 3, 5, 17, 100, 10_001, 10_002, 40_001, 40_002)
# A packet that cannot be refused for its size has no more messages than bytes to hold them.
MESSAGES_MAX: Final = 16_384

# -- OMD ---------------------------------------------------------------------------------------------------------------


def omd_places(data: bytes) -> list[Place]:
    """Packet size, message count, compression, number; of each message its size, type, and what follows them."""
    places: list[Place] = [(0, 2), (2, 1), (3, 1), (4, 4), (8, 8)]
    at = OMD_HEADER
    while at + 4 <= len(data):
        size = int.from_bytes(data[at : at + 2], "little")
        places += [(at, 2), (at + 2, 2), (at + 4, 4), (at + size - 1, 1), (at + size - 2, 2)]
        at += max(size, 4)
    return places


def omd_mend(data: bytes) -> bytes:
    """The packet size is right, and the number of messages when they can be counted."""
    if len(data) < OMD_HEADER:
        return data
    count, at = 0, OMD_HEADER
    while at + 4 <= len(data):
        at += max(int.from_bytes(data[at : at + 2], "little"), 4)
        count += 1
    return (len(data) % 65_536).to_bytes(2, "little") + bytes([count % 256]) + data[3:]


OMD_FORMAT: Final = Format(omd_places, omd_mend)


def omd_message(
    writer: PacketWriter, message: MessageDescription, chance: random.Random, numbers: tuple[int, ...]
) -> bool:
    """Any message of the flavour with any contents; false when it has no room."""

    def values(fields: list[Field]) -> dict[str, int | str]:
        result: dict[str, int | str] = {}
        for field in fields:
            if field.kind == FILLER or field.name in ("MsgSize", "MsgType", message.count_field):
                continue
            text = "".join(chance.choice("ABC019 ") for _ in range(chance.randrange(3)))
            result[field.name] = (
                text[: int(field.size) // 2] if field.kind >= TEXT else _fitting(field, chance.choice(numbers))
            )
        return result

    entries = chance.randrange(4) if message.count_field else 0
    return bool(
        writer.add(message.message_type, values(message.fields), [values(message.entry_fields) for _ in range(entries)])
    )


def _fitting(field: Field, value: int) -> int:
    return value % _LIMITS.get(int(field.size), 1 << 31)


def omd_donors(flavour: Flavour, chance: random.Random, numbers: tuple[int, ...] = NUMBERS) -> list[bytes]:
    """Sound packets: of each message kind, mixtures, and a heartbeat; some compressed where the flavour does so."""
    writer = PacketWriter(flavour)
    packets = [writer.heartbeat(7, UTC_NS)]
    kinds = list(flavour.messages)
    for number in range(max(DONORS, len(kinds))):
        writer.start(1 + number, UTC_NS)
        omd_message(writer, kinds[number % len(kinds)], chance, numbers)
        while chance.randrange(3) and omd_message(writer, chance.choice(kinds), chance, numbers):
            pass
        packets.append(writer.finish())
    if flavour.compresses:
        packets += [compressed(packet) for packet in packets[1:20]]
    return packets


def compressed(packet: bytes) -> bytes:
    """The same packet with its messages compressed (CompressionMode 1)."""
    import zlib

    content = zlib.compress(packet[OMD_HEADER:])
    return struct.pack("<HBB", OMD_HEADER + len(content), packet[2], 1) + packet[4:OMD_HEADER] + content


class OmdPackets:
    """One flavour's reader."""

    def __init__(self, chance: random.Random, flavour: Flavour, reader: PacketReader) -> None:
        self.outcomes: Counter[str] = Counter()
        self.last = b""
        self._chance = chance
        self._reader = reader
        self._faults = reader.faults
        self._mutator = Mutator(chance, OMD_FORMAT, omd_donors(flavour, chance))
        self._messages = {int(message.message_type): message for message in flavour.messages}

    def give(self) -> None:
        """One datagram, damaged or not."""
        dice = self._chance.random()
        if dice < 0.05:
            data = self._mutator.sound(self._mutator.pick())
        elif dice < 0.1:
            data = self._mutator.random_bytes()
        else:
            data = self._mutator.damaged(self._mutator.pick())
        self.last = data
        dropped = int(self._faults.dropped_packets())
        reason = int(self._reader.open(data))
        must(int(self._faults.dropped_packets()) - dropped == (reason != omd_faults.OK), "faults do not add up")
        self.outcomes["accepted" if reason == omd_faults.OK else omd_faults.FAULT_NAMES[-reason]] += 1
        must(dice >= 0.05 or reason == omd_faults.OK, "a sound packet was refused")
        if reason == omd_faults.OK:
            self._read_all()
        else:
            must(self._reader.next() == END, "a refused packet has messages")

    def finish(self) -> None:
        """The counts of the reader are ours."""
        for number, name in enumerate(omd_faults.FAULT_NAMES[1:-1], 1):
            must(int(self._faults.count(-number)) == self.outcomes[name], f"{name} is counted wrongly")

    def _read_all(self) -> None:
        reader = self._reader
        end = len(reader.data)
        kind = int(reader.next())
        messages = 0
        while kind != END:
            messages += 1
            must(messages <= reader.message_count, "more messages than the packet has")
            message = self._messages[kind]
            must(reader.message_offset + reader.message_bytes <= end, "a message outside the packet")
            for field in message.fields:
                _read_omd(reader, field)
            count = int(reader.entry_count())
            must(count * message.entry_size <= reader.message_bytes, "more entries than the message has")
            for index in range(count):
                for field in message.entry_fields:
                    if field.kind >= TEXT:
                        reader.entry_text(field, index)
                    else:
                        reader.entry_number(field, index)
            self._read_accessors(kind)
            kind = int(reader.next())

    def _read_accessors(self, kind: int) -> None:
        """The accessors that are not by description."""
        reader = self._reader
        if isinstance(reader, OmdDReader):
            names = _OMD_D_ACCESSORS.get(kind, ())
        elif isinstance(reader, OmdCReader):
            names = _OMD_C_ACCESSORS.get(kind, ())
        else:
            names = _OMD_CC_ACCESSORS.get(kind, ())
        for name in names:
            getattr(reader, name)()


_OMD_D_ACCESSORS: Final[dict[int, tuple[str, ...]]] = {
    301: ("commodity_definition",),
    302: ("class_definition",),
    303: ("series_definition_base", "orderbook_id"),
    304: ("series_definition_extended", "orderbook_id"),
    320: ("market_status",),
    321: ("suspension_indicator", "series_status", "orderbook_id"),
    330: ("order_id", "order_side", "order_quantity", "order_price", "orderbook_id"),
    331: ("order_id", "order_side", "order_quantity", "order_price"),
    332: ("order_id", "order_side"),
    350: ("trade", "orderbook_id"),
    353: ("orderbook_id",),
}
_OMD_C_ACCESSORS: Final[dict[int, tuple[str, ...]]] = {
    21: ("suspension_indicator", "security_code"),
    30: ("order_id", "order_side", "order_quantity", "order_price", "order_type", "security_code"),
    31: ("order_id", "order_side", "order_quantity"),
    32: ("order_id", "order_side"),
    33: ("order_id", "order_side", "order_quantity", "order_price"),
    34: ("order_id", "order_side"),
    50: ("trade_id", "trade_price", "trade_quantity", "trade_type", "trade_utc_ns"),
    51: ("trade_id",),
}
_OMD_CC_ACCESSORS: Final[dict[int, tuple[str, ...]]] = {
    655: ("security_code", "bid_quantity", "ask_quantity", "bid_price", "ask_price"),
}


def _read_omd(reader: PacketReader, field: Field) -> None:
    if field.kind >= TEXT:
        reader.text(field)
    else:
        reader.number(field)


def omd_d(chance: random.Random) -> OmdPackets:
    """HKEX derivatives."""
    return OmdPackets(chance, OMD_D, OmdDReader(omd_faults.FaultCounts()))


def omd_c(chance: random.Random) -> OmdPackets:
    """HKEX securities."""
    return OmdPackets(chance, OMD_C, OmdCReader(omd_faults.FaultCounts()))


def omd_cc(chance: random.Random) -> OmdPackets:
    """HKEX China Connect."""
    return OmdPackets(chance, OMD_CC, OmdCcReader(omd_faults.FaultCounts()))


# -- MDP 3.0 -----------------------------------------------------------------------------------------------------------


def mdp3_schema() -> Schema:
    """Of the description file."""
    return read_schema(DESCRIPTION_FILE.read_text(), DESCRIPTION_FILE.name)


def mdp3_places(data: bytes) -> list[Place]:
    """Number and time of the packet; of each message its size, block length, template, schema, version, first group."""
    places: list[Place] = [(0, 4), (4, 8)]
    at = MDP3_HEADER
    while at + 10 <= len(data):
        size, block = struct.unpack_from("<HH", data, at)
        group = at + 10 + block
        places += [(at, 2), (at + 2, 2), (at + 4, 2), (at + 6, 2), (at + 8, 2), (group, 2), (group + 2, 1)]
        places += [(group + 7, 1), (group + 3, 8)]
        at += max(size, 10)
    return places


def mdp3_mend(data: bytes) -> bytes:
    """The last message ends where the packet ends."""
    at = MDP3_HEADER
    while at + 10 <= len(data):
        size = int.from_bytes(data[at : at + 2], "little")
        if size < 10 or at + size > len(data) or at + size + 10 > len(data):
            return data[:at] + min(len(data) - at, 65_535).to_bytes(2, "little") + data[at + 2 :]
        at += size
    return data


MDP3_FORMAT: Final = Format(mdp3_places, mdp3_mend)


def _fill(writer: Mdp3Writer, block: Block, chance: random.Random, numbers: tuple[int, ...]) -> None:
    for field in block.fields:
        if field.constant:
            continue
        if field.is_text():
            writer.set_text(field, chance.choice(("GCG1", "1", "2"))[: int(field.size)])
        else:
            writer.set(field, chance.choice(numbers) % _LIMITS.get(int(field.size), 1 << 31))


def mdp3_donors(schema: Schema, chance: random.Random, numbers: tuple[int, ...] = NUMBERS) -> list[bytes]:
    """Sound packets of every template of the description, alone and together."""
    writer = Mdp3Writer(schema)
    packets: list[bytes] = []
    for number in range(max(DONORS, 3 * len(schema.templates))):
        writer.start(1 + number, UTC_NS)
        template = schema.templates[number % len(schema.templates)]
        while writer.begin(template.template_id):
            _fill(writer, template.root, chance, numbers)
            for group in template.groups:
                writer.open_group(group.name)
                for _ in range(chance.randrange(4)):
                    if not writer.add_entry():
                        break
                    _fill(writer, group.entry, chance, numbers)
            writer.end()
            if chance.randrange(3) == 0:
                break
            template = chance.choice(schema.templates)
        packets.append(writer.finish())
    return packets


class Mdp3Packets:
    """The reader of MDP 3.0."""

    def __init__(self, chance: random.Random) -> None:
        self.outcomes: Counter[str] = Counter()
        self.last = b""
        self._chance = chance
        self._schema = mdp3_schema()
        self._faults = mdp3_faults.FaultCounts()
        self._reader = Mdp3Reader(self._faults, Layouts(self._schema))
        self._mutator = Mutator(chance, MDP3_FORMAT, mdp3_donors(self._schema, chance))
        self._table = SecurityTable()
        for slot, security in enumerate((0, 1, 7, 100, -5)):
            self._table.add(security, slot)

    def give(self) -> None:
        """One datagram, damaged or not."""
        dice = self._chance.random()
        if dice < 0.05:
            data = self._mutator.sound(self._mutator.pick())
        elif dice < 0.1:
            data = self._mutator.random_bytes()
        else:
            data = self._mutator.damaged(self._mutator.pick())
        self.last = data
        dropped = int(self._faults.dropped_packets())
        reason = int(self._reader.open(data))
        must(int(self._faults.dropped_packets()) - dropped == (reason != mdp3_faults.OK), "faults do not add up")
        self.outcomes["accepted" if reason == mdp3_faults.OK else mdp3_faults.FAULT_NAMES[-reason]] += 1
        must(dice >= 0.05 or reason == mdp3_faults.OK, "a sound packet was refused")
        if reason == mdp3_faults.OK:
            self._read_all(data)
        else:
            must(self._reader.next() == MDP3_END, "a refused packet has messages")

    def finish(self) -> None:
        """The counts of the reader are ours."""
        for number, name in enumerate(mdp3_faults.FAULT_NAMES[1:-1], 1):
            must(int(self._faults.count(-number)) == self.outcomes[name], f"{name} is counted wrongly")

    def _read_all(self, data: bytes) -> None:
        reader = self._reader
        template_id = int(reader.next())
        messages = 0
        while template_id != MDP3_END:
            messages += 1
            must(messages <= MESSAGES_MAX, "messages without end")
            must(0 < template_id < TEMPLATE_ID_LIMIT, "an unknown template was handed out")
            must(reader.message_offset + reader.message_bytes <= len(data), "a message outside the packet")
            template = self._schema.template(template_id)
            for name in _ROOT_ROLES:
                getattr(reader, name)()
            for field in template.root.fields:
                _read_root(reader, field)
            if template_id in (DEFINITION_FUTURE, DEFINITION_OPTION, DEFINITION_SPREAD):
                reader.definition()
            elif template_id == SECURITY_STATUS:
                reader.security_status()
            if template.groups:
                self._read_entries(template.groups[0].entry)
            template_id = int(reader.next())

    def _read_entries(self, block: Block) -> None:
        reader = self._reader
        must(reader.entry_count <= 255 and reader.order_count <= 255, "more entries than a count can say")
        for index in range(reader.entry_count):
            for name in _ENTRY_ROLES:
                getattr(reader, name)(index)
            for field in block.fields:
                reader.entry_number(field, index)
        for index in range(reader.order_count):
            for name in _ORDER_ROLES:
                getattr(reader, name)(index)
        found = int(reader.find_wanted(self._table, 0))
        while found < reader.entry_count:
            must(self._table.slot(reader.entry_security_id(found)) == reader.wanted_slot, "another security was found")
            found = int(reader.find_wanted(self._table, found + 1))


def _read_root(reader: Mdp3Reader, field: SbeField) -> None:
    if field.is_text():
        reader.text(field)
    else:
        reader.number(field)


_ROOT_ROLES: Final = (
    "transact_time_utc_ns",
    "match_event_indicator",
    "security_id",
    "snapshot_rpt_seq",
    "snapshot_trading_status",
    "last_seq_num_processed",
    "total_reports",
    "chunks",
    "chunk",
)
_ENTRY_ROLES: Final = (
    "entry_price",
    "entry_size",
    "entry_security_id",
    "entry_rpt_seq",
    "entry_orders",
    "entry_level",
    "entry_action",
    "entry_type",
    "entry_order_id",
    "entry_priority",
)
_ORDER_ROLES: Final = ("order_id", "order_priority", "order_size", "order_reference", "order_action")


class Broken:
    """A target that fails at its third input: the test of the tests."""

    def __init__(self, _chance: random.Random) -> None:
        self.outcomes: Counter[str] = Counter()
        self.last = b""

    def give(self) -> None:
        """Fails at the third."""
        self.last += b"x"
        self.outcomes["accepted"] += 1
        if len(self.last) == 3:
            raise Finding("on purpose")

    def finish(self) -> None:
        """Nothing to check."""
