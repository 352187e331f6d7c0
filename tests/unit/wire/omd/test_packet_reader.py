"""What every flavour reads alike: the services' messages, any field by its description, and fillers of the header."""

import struct

import pytest

from cross_market_connect.wire.omd import family, faults
from cross_market_connect.wire.omd.description import (
    UINT8,
    UINT16,
    UNICODE,
    Field,
    Flavour,
    MessageDescription,
    filler,
    number,
    text,
)
from cross_market_connect.wire.omd.faults import FaultCounts
from cross_market_connect.wire.omd.packet_reader import END, PacketReader

SEVEN = MessageDescription(
    7,
    "Seven",
    "",
    16,
    [text("Code", 4), Field("Name", UNICODE, 6), number("Items", UINT16)],
    "Items",
    4,
    [number("A", UINT8), filler(1), text("B", 2)],
)
EIGHT = MessageDescription(8, "Eight", "", 5, [number("Count", UINT8)], "Count", 1, [number("A", UINT8)])


def reader(compresses: bool = False) -> PacketReader:
    return PacketReader(
        FaultCounts(), Flavour("made up", "", [*family.service_messages(), SEVEN, EIGHT], compresses, 0)
    )


def packet(*messages: bytes, fourth: int = 0) -> bytes:
    content = b"".join(messages)
    return struct.pack("<HBBIQ", 16 + len(content), len(messages), fourth, 1, 0) + content


class TestServices:
    def test_retransmission_session(self) -> None:
        r = reader()
        data = packet(
            bytes.fromhex("1000 6500 4d594649524d3031 00000000"),
            bytes.fromhex("0800 6600 64 000000"),
            bytes.fromhex("1000 c900 1500 0000 e8030000 00286bee"),
            bytes.fromhex("1000 ca00 1500 65 00 e9030000 01286bee"),
        )
        assert r.open(data) == faults.OK
        assert (r.next(), r.username()) == (family.LOGON, "MYFIRM01")
        assert (r.next(), r.session_status()) == (family.LOGON_RESPONSE, family.SESSION_ALREADY_CONNECTED)
        assert (r.next(), r.channel_id()) == (family.RETRANSMISSION_REQUEST, 21)
        assert (r.begin_seq_num(), r.end_seq_num()) == (1000, 4_000_000_000)
        assert (r.next(), r.channel_id()) == (family.RETRANSMISSION_RESPONSE, 21)
        assert r.retransmission_status() == family.RETRANSMISSION_DAY_LIMIT
        assert (r.begin_seq_num(), r.end_seq_num()) == (1001, 4_000_000_001)
        assert r.next() == END

    def test_control(self) -> None:
        r = reader()
        assert r.open(packet(*(bytes.fromhex(m) for m in ("0800640001000000", "0800690002000000")))) == faults.OK
        assert (r.next(), r.new_seq_no()) == (family.SEQUENCE_RESET, 1)
        assert (r.next(), r.recovery_status()) == (family.DISASTER_RECOVERY_SIGNAL, family.RECOVERY_COMPLETED)
        assert r.open(packet(bytes.fromhex("0800cb00cf010100"))) == faults.OK
        assert (r.next(), r.last_seq_num()) == (family.REFRESH_COMPLETE, 65999)


class TestFieldsByDescription:
    DATA = bytes.fromhex("1800 0700 41 20 20 20 526058000000 0200 01 ff 6162 02 00 6300")

    def test_fields_and_entries(self) -> None:
        r = reader()
        assert r.open(packet(self.DATA)) == faults.OK
        assert (r.next(), r.message_type) == (7, 7)
        assert (r.text(SEVEN.field("Code")), r.text(SEVEN.field("Name")), r.entry_count()) == ("A", "恒X", 2)
        assert [r.entry_number(SEVEN.entry_field("A"), i) for i in range(2)] == [1, 2]
        assert [r.entry_text(SEVEN.entry_field("B"), i) for i in range(2)] == ["ab", "c"]

    def test_a_broken_text_cannot_raise(self) -> None:
        r = reader()
        assert r.open(packet(bytes.fromhex("1000 0700 ff80c320 00d8 00dc ffdb 0000"))) == faults.OK
        r.next()
        r.text(SEVEN.field("Code")), r.text(SEVEN.field("Name"))
        assert r.entry_count() == 0

    def test_a_count_of_two_bytes_is_read_whole(self) -> None:
        r = reader()
        big = bytes.fromhex("1004 0700") + bytes(10) + struct.pack("<H", 256) + bytes(4 * 256)
        assert r.open(packet(big)) == faults.OK
        assert (r.next(), r.entry_count()) == (7, 256)
        low_byte_only = bytes.fromhex("1000 0700") + bytes(10) + struct.pack("<H", 256)
        assert r.open(packet(low_byte_only)) == faults.ENTRY_COUNT_MISMATCH

    def test_a_count_that_is_the_last_byte_of_the_packet(self) -> None:
        r = reader()
        assert r.open(packet(bytes.fromhex("0500 0800 00"))) == faults.OK
        assert (r.next(), r.entry_count()) == (8, 0)

    def test_a_message_without_entries_has_none(self) -> None:
        r = reader()
        assert r.open(packet(bytes.fromhex("0800640001000000"))) == faults.OK
        assert (r.next(), r.entry_count()) == (100, 0)


class TestFourthByteOfTheHeader:
    @pytest.mark.parametrize("fourth", [1, 2, 0x98, 0xDD])
    def test_a_filler_may_hold_anything(self, fourth: int) -> None:
        r = reader()
        assert r.open(packet(bytes.fromhex("0800640001000000"), fourth=fourth)) == faults.OK
        assert (r.next(), r.new_seq_no()) == (100, 1)
        assert r.open(struct.pack("<HBBIQ", 16, 0, fourth, 1, 0)) == faults.OK

    def test_a_compression_mode_may_not(self) -> None:
        assert reader(True).open(packet(bytes.fromhex("0800640001000000"), fourth=2)) == faults.COMPRESSION_MODE_UNKNOWN
