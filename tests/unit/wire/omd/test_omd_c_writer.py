"""OMD-C packets written: orders byte for byte, and every message read back by two decoders."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross_market_connect.wire.omd import faults, omd_c
from cross_market_connect.wire.omd.description import FILLER, INT16, TEXT, TEXT_NUL, UNICODE, Field, Flavour
from cross_market_connect.wire.omd.faults import FaultCounts
from cross_market_connect.wire.omd.omd_c_messages import OMD_C
from cross_market_connect.wire.omd.omd_c_writer import OmdCWriter
from cross_market_connect.wire.omd.omd_cc_messages import OMD_CC
from cross_market_connect.wire.omd.packet_reader import END, PacketReader
from cross_market_connect.wire.omd.packet_writer import PacketWriter
from tests.unit.wire.omd import securities_layouts as printed


def test_orders_byte_for_byte() -> None:
    writer = OmdCWriter()
    writer.start(7, 1_760_400_000_123_000_000)
    assert writer.add_order(700, 5_000_000_001, 612_500, 400, 1, omd_c.ORDER_TYPE_LIMIT, 3)
    assert writer.modify_order(700, 5_000_000_001, 300, 1, 2)
    assert writer.delete_order(700, 5_000_000_001, 1)
    assert writer.finish() == bytes.fromhex(
        "6000 03 00 07000000 c0d4ed1d79326e18"
        "2000 1e00 bc020000 01f2052a01000000 94580900 90010000 0100 32 00 03000000"
        "1c00 1f00 bc020000 01f2052a01000000 2c010000 0100 0000 02000000"
        "1400 2000 bc020000 01f2052a01000000 0100 0000"
    )


def test_a_full_packet_takes_no_more_orders() -> None:
    writer = OmdCWriter()
    writer.start(1, 0)
    count = 0
    while writer.add_order(1, count, 1, 1, 0, omd_c.ORDER_TYPE_LIMIT, 0):
        count += 1
    assert count == (1472 - 16) // 32
    while writer.add_sequence_reset(1):
        pass
    assert not writer.modify_order(1, 1, 1, 0, 0)
    assert not writer.delete_order(1, 1, 0)
    assert len(writer.finish()) == 1472


RANGES = {
    1: (0, 255),
    2: (0, 65_535),
    3: (0, 2**32 - 1),
    4: (0, 2**63 - 1),
    5: (-(2**31), 2**31 - 1),
    6: (-(2**63), 2**63 - 1),
    INT16: (-(2**15), 2**15 - 1),
}


def value_of(field: Field) -> st.SearchStrategy[int | str]:
    kind, size = int(field.kind), int(field.size)
    if kind in (TEXT, TEXT_NUL):
        words = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=size)
        return words.map(lambda word: word.rstrip(" "))
    if kind == UNICODE:
        return st.text(st.sampled_from("恒生指數騰訊A1"), max_size=size // 2)
    return st.integers(*RANGES[kind])


def values_of(fields: list[Field], but: str) -> st.SearchStrategy[dict[str, int | str]]:
    return st.fixed_dictionaries({f.name: value_of(f) for f in fields if f.kind != FILLER and f.name != but})


MESSAGES = [(flavour, int(m.message_type)) for flavour in (OMD_C, OMD_CC) for m in flavour.messages]


@pytest.mark.slow
@pytest.mark.parametrize(("flavour", "message_type"), MESSAGES, ids=lambda p: p.name if isinstance(p, Flavour) else p)
@given(st.data())
def test_two_decoders_read_what_was_written(flavour: Flavour, message_type: int, data: st.DataObject) -> None:
    message = flavour.message(message_type)
    values = data.draw(values_of(message.fields[2:], message.count_field))
    entries: list[dict[str, Any]] = []
    if message.count_field:
        entries = data.draw(st.lists(values_of(message.entry_fields, ""), max_size=30))
    writer = PacketWriter(flavour)
    writer.start(5, 9)
    assert writer.add(message_type, values, entries)
    wire = writer.finish()

    layouts = printed.OMD_C if flavour is OMD_C else printed.OMD_CC
    counted = {message.count_field: len(entries)} if message.count_field else {}
    assert printed.decode(layouts, wire) == [(message_type, {**values, **counted}, entries)]

    reader = PacketReader(FaultCounts(), flavour)
    assert reader.open(wire) == faults.OK
    assert reader.next() == message_type
    assert {n: read(reader, message.field(n), values[n]) for n in values} == values
    assert reader.entry_count() == len(entries)
    for index, entry in enumerate(entries):
        assert {n: read_entry(reader, message.entry_field(n), index, entry[n]) for n in entry} == entry
    assert reader.next() == END


def read(reader: PacketReader, field: Field, like: int | str) -> int | str:
    return reader.text(field) if isinstance(like, str) else reader.number(field)


def read_entry(reader: PacketReader, field: Field, index: int, like: int | str) -> int | str:
    return reader.entry_text(field, index) if isinstance(like, str) else reader.entry_number(field, index)
