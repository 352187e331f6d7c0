"""The writer against bytes worked out by hand, and against the reader."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross_market_connect.domain.errors import LocalProtocolError
from cross_market_connect.wire.mdp3 import codes, faults
from cross_market_connect.wire.mdp3.encoder import PAYLOAD_BYTES_MAX, PacketWriter
from cross_market_connect.wire.sbe import schema as sbe
from cross_market_connect.wire.sbe.schema import NO_VALUE, Field
from tests.unit.wire.mdp3.support import SCHEMA, SENDING_TIME, TRANSACT_TIME, reader

BOOK = SCHEMA.template(codes.INCREMENTAL_BOOK)
ENTRY = BOOK.groups[0].entry
ORDER = BOOK.groups[1].entry


def writer() -> PacketWriter:
    result = PacketWriter(SCHEMA)
    result.start(42, SENDING_TIME)
    return result


class TestBytes:
    def test_a_book(self) -> None:
        w = writer()
        assert w.begin(codes.INCREMENTAL_BOOK)
        w.set(BOOK.root.field("TransactTime"), TRANSACT_TIME)
        w.set(BOOK.root.field("MatchEventIndicator"), 0x84)
        w.open_group("NoMDEntries")
        assert w.add_entry()
        for name, value in (("MDEntryPx", 3_375_500_000_000), ("MDEntrySize", 5), ("SecurityID", 30_975)):
            w.set(ENTRY.field(name), value)
        for name, value in (("RptSeq", 4_050_000_000), ("MDPriceLevel", 1), ("MDEntryType", codes.ENTRY_BID)):
            w.set(ENTRY.field(name), value)
        w.open_group("NoOrderIDEntries")
        assert w.add_entry()
        w.set(ORDER.field("OrderID"), 707_132_284_827)
        w.set(ORDER.field("ReferenceID"), 1)
        w.end()
        assert w.finish() == bytes.fromhex(
            "2a000000 c0d4ed1d79326e18"
            "5800 0b00 2e00 0100 0d00"
            "d8d0ed1d79326e18 84 0000"
            "2000 01"
            "007b7aeb11030000 05000000 ff780000 801866f1 ffffff7f 01 00 30 ffffff7f 00"
            "1800 0000000000 01"
            "9b5f5ea4a4000000 ffffffffffffffff ffffff7f 01 00 0000"
        )

    def test_groups_that_were_left_out_are_empty(self) -> None:
        w = writer()
        assert w.begin(codes.INCREMENTAL_BOOK)
        w.end()
        assert w.begin(codes.INCREMENTAL_BOOK)
        w.open_group("NoOrderIDEntries")
        w.end()
        empty = "2000 0b00 2e00 0100 0d00 0000000000000000 00 0000 2000 00 1800 0000000000 00"
        assert w.finish() == bytes.fromhex("2a000000 c0d4ed1d79326e18" + 2 * empty)

    def test_a_heartbeat_and_texts(self) -> None:
        w = writer()
        assert w.begin(codes.ADMIN_HEARTBEAT)
        w.end()
        assert w.begin(codes.ADMIN_LOGOUT)
        w.set_text(SCHEMA.template(16).root.field("Text"), "bye")
        w.end()
        data = w.finish()
        assert data[12:] == bytes.fromhex("0a00 0000 0c00 0100 0d00  be00 b400 1000 0100 0d00 627965") + bytes(177)

    def test_the_highest_sequence_number(self) -> None:
        w = PacketWriter(SCHEMA)
        w.start(2**32 - 1, 0)
        assert w.begin(codes.ADMIN_HEARTBEAT)
        w.end()
        assert w.finish()[:4] == b"\xff\xff\xff\xff"


class TestRoom:
    def test_a_packet_is_filled_to_the_last_byte_and_no_further(self) -> None:
        w = PacketWriter(SCHEMA, 12 + 10 + 11 + 3 + 2 * 32 + 8)
        w.start(1, 0)
        assert w.begin(codes.INCREMENTAL_BOOK)
        w.open_group("NoMDEntries")
        assert [w.add_entry() for _ in range(3)] == [True, True, False]
        w.open_group("NoOrderIDEntries")
        assert not w.add_entry()
        w.end()
        assert w.room() == 0
        assert not w.begin(codes.ADMIN_HEARTBEAT)
        data = w.finish()
        assert len(data) == 108
        assert reader().open(data) == faults.OK

    def test_the_headers_of_later_groups_need_room_too(self) -> None:
        w = PacketWriter(SCHEMA, 12 + 10 + 11 + 3 + 2 * 32 + 7)
        w.start(1, 0)
        assert w.begin(codes.INCREMENTAL_BOOK)
        w.open_group("NoMDEntries")
        assert [w.add_entry() for _ in range(2)] == [True, False]
        w.end()
        assert reader().open(w.finish()) == faults.OK
        w = PacketWriter(SCHEMA, 12 + 10 + 11 + 3 + 7)
        w.start(1, 0)
        assert not w.begin(codes.INCREMENTAL_BOOK)

    def test_a_group_has_at_most_254_entries(self) -> None:
        w = PacketWriter(SCHEMA, 60_000)
        w.start(1, 0)
        assert w.begin(codes.INCREMENTAL_BOOK)
        w.open_group("NoMDEntries")
        assert [w.add_entry() for _ in range(256)] == [True] * 254 + [False] * 2
        w.end()
        r = reader()
        assert r.open(w.finish()) == faults.OK
        assert (r.next(), r.entry_count) == (codes.INCREMENTAL_BOOK, 254)

    def test_a_refused_begin_writes_nothing(self) -> None:
        w = writer()
        count = 0
        while w.begin(codes.ADMIN_LOGOUT):
            w.end()
            count += 1
        assert count == w.message_count == (PAYLOAD_BYTES_MAX - 12) // 190
        assert w.begin(codes.ADMIN_HEARTBEAT)
        w.end()
        assert reader().open(w.finish()) == faults.OK


class TestRefusals:
    @staticmethod
    def begins_cleanly(w: PacketWriter) -> None:
        w.start(1, 0)
        assert w.begin(codes.ADMIN_HEARTBEAT)
        w.end()
        assert len(w.finish()) == 22

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("MDEntrySize", 2**31),
            ("MDEntrySize", -(2**31) - 1),
            ("RptSeq", -1),
            ("RptSeq", 2**32),
            ("RptSeq", NO_VALUE),
            ("MDPriceLevel", 256),
            ("MDPriceLevel", -1),
            ("SecurityID", NO_VALUE),
        ],
    )
    def test_values_that_do_not_fit(self, name: str, value: int) -> None:
        w = writer()
        assert w.begin(codes.INCREMENTAL_BOOK)
        w.open_group("NoMDEntries")
        assert w.add_entry()
        with pytest.raises(LocalProtocolError, match=name):
            w.set(ENTRY.field(name), value)
        self.begins_cleanly(w)

    def test_a_field_beyond_the_block(self) -> None:
        w = writer()
        assert w.begin(codes.INCREMENTAL_BOOK)
        with pytest.raises(LocalProtocolError, match="SecurityID"):
            w.set(ENTRY.field("SecurityID"), 1)

    def test_a_constant(self) -> None:
        w = writer()
        assert w.begin(codes.INCREMENTAL_VOLUME)
        w.open_group("NoMDEntries")
        assert w.add_entry()
        with pytest.raises(LocalProtocolError, match="MDEntryType"):
            w.set(SCHEMA.template(37).groups[0].entry.field("MDEntryType"), 1)

    def test_texts_that_do_not_fit(self) -> None:
        text = SCHEMA.template(30).root.field("Asset")
        for value in ("SEVENCH", "\u00e9"):
            w = writer()
            assert w.begin(codes.SECURITY_STATUS)
            with pytest.raises(LocalProtocolError, match="Asset"):
                w.set_text(text, value)

    def test_steps_out_of_order(self) -> None:
        w = PacketWriter(SCHEMA)
        for step in (w.finish, w.end, w.add_entry, lambda: w.begin(12), lambda: w.open_group("NoMDEntries")):
            with pytest.raises(LocalProtocolError):
                step()
        w = writer()
        with pytest.raises(LocalProtocolError, match="not finished"):
            w.start(1, 0)
        w = writer()
        with pytest.raises(LocalProtocolError, match="the packet has none"):
            w.finish()
        w = writer()
        with pytest.raises(LocalProtocolError, match="no template 99"):
            w.begin(99)
        w = writer()
        assert w.begin(codes.INCREMENTAL_BOOK)
        w.open_group("NoOrderIDEntries")
        with pytest.raises(LocalProtocolError, match="no group NoMDEntries, or it is over"):
            w.open_group("NoMDEntries")
        with pytest.raises(LocalProtocolError, match="sequence number"):
            PacketWriter(SCHEMA).start(2**32, 0)


RANGES = {
    sbe.CHAR: (0, 255),
    sbe.INT8: (-128, 127),
    sbe.UINT8: (0, 255),
    sbe.INT16: (-(2**15), 2**15 - 1),
    sbe.UINT16: (0, 2**16 - 1),
    sbe.INT32: (-(2**31), 2**31 - 1),
    sbe.UINT32: (0, 2**32 - 1),
    sbe.INT64: (-(2**63) + 2, 2**63 - 1),
    sbe.UINT64: (0, 2**63 - 1),
}


def values(field: Field) -> st.SearchStrategy[int]:
    low, high = RANGES[field.kind]
    numbers = st.integers(low, high) | st.sampled_from((low, high))
    return numbers | st.just(NO_VALUE) if field.optional else numbers


def expected(field: Field, value: int) -> int:
    return NO_VALUE if field.optional and value == field.null else value


NUMBERED = st.sampled_from([template.template_id for template in SCHEMA.templates])


@pytest.mark.slow
@given(st.data(), st.lists(NUMBERED, min_size=1, max_size=3))
def test_what_is_written_is_read(data: st.DataObject, template_ids: list[int]) -> None:
    w = PacketWriter(SCHEMA, 60_000)
    w.start(7, SENDING_TIME)
    written: list[tuple[int, list[tuple[Field, int]], list[list[tuple[Field, int]]]]] = []
    for template_id in template_ids:
        template = SCHEMA.template(template_id)
        assert w.begin(template_id)
        root = fill(data, w, template.root.fields)
        entries: list[list[tuple[Field, int]]] = []
        for index, group in enumerate(template.groups):
            w.open_group(group.name)
            for _ in range(data.draw(st.integers(0, 3))):
                assert w.add_entry()
                content = fill(data, w, group.entry.fields)
                if index == 0:
                    entries.append(content)
        w.end()
        written.append((template_id, root, entries))
    r = reader()
    assert r.open(w.finish()) == faults.OK
    assert (r.seq_num, r.sending_time_utc_ns) == (7, SENDING_TIME)
    for template_id, root, entries in written:
        assert r.next() == template_id
        assert [r.number(field) for field, _ in root] == [expected(field, value) for field, value in root]
        assert r.entry_count == len(entries)
        for index, content in enumerate(entries):
            assert [r.entry_number(f, index) for f, _ in content] == [expected(f, value) for f, value in content]
    assert r.next() == 0


def fill(data: st.DataObject, w: PacketWriter, fields: list[Field]) -> list[tuple[Field, int]]:
    """Write every number of a block; what was written."""
    result = []
    for field in fields:
        if field.constant or field.is_text():
            continue
        value = data.draw(values(field))
        w.set(field, value)
        result.append((field, value))
    return result


def test_prices_at_the_edges() -> None:
    w = writer()
    assert w.begin(codes.INCREMENTAL_BOOK)
    w.open_group("NoMDEntries")
    prices = (-(2**63) + 2, -1, 0, 1, 2**53 + 1, 2**63 - 2, NO_VALUE)
    for price in prices:
        assert w.add_entry()
        w.set(ENTRY.field("MDEntryPx"), price)
    w.end()
    data = w.finish()
    assert [struct.unpack_from("<q", data, 36 + 32 * i)[0] for i in range(7)] == [*prices[:6], 2**63 - 1]
    r = reader()
    assert r.open(data) == faults.OK
    r.next()
    assert [r.entry_price(i) for i in range(7)] == list(prices)
