"""Packets written by the encoder: byte for byte against the specification, and read back by two decoders."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross_market_connect.domain.errors import LocalProtocolError
from cross_market_connect.domain.numbers import NO_PRICE
from cross_market_connect.wire.omd import faults, packet_reader
from cross_market_connect.wire.omd.faults import FaultCounts
from cross_market_connect.wire.omd.omd_d_objects import (
    ClassDefinition,
    CommodityDefinition,
    MarketStatus,
    SeriesDefinitionBase,
    SeriesDefinitionExtended,
    Trade,
)
from cross_market_connect.wire.omd.omd_d_reader import OmdDReader
from cross_market_connect.wire.omd.omd_d_writer import OmdDWriter
from cross_market_connect.wire.omd.packet_writer import MESSAGES_MAX, PAYLOAD_BYTES_MAX

SEND_TIME = 1_760_400_000_123_000_000


def started(seq_num: int = 1) -> OmdDWriter:
    writer = OmdDWriter()
    writer.start(seq_num, SEND_TIME)
    return writer


def read(data: bytes, message_type: int) -> OmdDReader:
    r = OmdDReader(FaultCounts())
    assert r.open(data) == faults.OK
    assert r.next() == message_type
    return r


class TestBytes:
    def test_book_update(self) -> None:
        # OMD-D 1.47, section 6, example 3 (DS and DP), with the SeqNum and SendTime of test_decoder's packet.
        writer = started(7)
        assert writer.begin_book(1234)
        assert writer.add_entry(250, 9750, 1, 0, 1, 0)
        assert writer.add_entry(150, 9660, 1, 0, 10, 1)
        writer.end_book()
        assert writer.finish() == bytes.fromhex(
            "4c00 01 00 07000000 c0d4ed1d79326e18"
            "3c00 6101 d2040000 000000 02"
            "fa00000000000000 16260000 01000000 00 00 01 00 00000000"
            "9600000000000000 bc250000 01000000 00 00 0a 01 00000000"
        )

    def test_null_price(self) -> None:
        writer = started()
        writer.begin_book(1234)
        writer.add_entry(200, NO_PRICE, 1, 0, 255, 0)
        writer.end_book()
        assert writer.finish()[28:] == bytes.fromhex("c800000000000000 00000080 01000000 00 00 ff 00 00000000")

    def test_heartbeat(self) -> None:
        assert OmdDWriter().heartbeat(42, SEND_TIME) == bytes.fromhex("1000 00 00 2a000000 c0d4ed1d79326e18")

    def test_control_messages(self) -> None:
        writer = started()
        assert writer.add_sequence_reset(1)
        assert writer.add_recovery_signal(2)
        assert writer.add_refresh_complete(65999)
        assert writer.finish()[16:] == bytes.fromhex("0800640001000000 0800690002000000 0800cb00cf010100")

    def test_series_status(self) -> None:
        writer = started()
        assert writer.add_series_status(65999, 1, 2)
        assert writer.finish()[16:] == bytes.fromhex("0c00 4101 cf010100 01 02 0000")

    def test_series_definition_base(self) -> None:
        writer = started()
        assert writer.add_series_definition_base(SeriesDefinitionBase(65999, "HSIX5", 3, 1, 2, -3, "20251127", 4, 1))
        assert writer.finish()[16:] == bytes.fromhex(
            "3c00 2f01 cf010100"
            "4853495835202020 2020202020202020 2020202020202020 2020202020202020"
            "03 0100 02 fdffffff 3230323531313237 0400 01 00"
        )

    def test_trade(self) -> None:
        writer = started()
        assert writer.add_trade(Trade(65999, 1, 26500, 5_000_000_000, 9, 2, 1, 2, 4, 3, SEND_TIME))
        assert writer.finish()[16:] == bytes.fromhex(
            "3800 5e01 cf010100 0100000000000000 84670000 00f2052a01000000 09000000"
            "02 01 0200 0400 0000 0300000000000000 c0d4ed1d79326e18"
        )


u8, u16, u32 = st.integers(0, 255), st.integers(0, 65_535), st.integers(0, 2**32 - 1)
u64, i32, i64 = st.integers(0, 2**63 - 1), st.integers(-(2**31), 2**31 - 1), st.integers(-(2**63), 2**63 - 1)
prices = st.one_of(st.integers(-(2**31) + 1, 2**31 - 1), st.just(NO_PRICE))


def words(size: int) -> st.SearchStrategy[str]:
    return st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=size).map(lambda s: s.rstrip(" "))


ROUND_TRIPS: dict[int, tuple[Any, Any, Any, st.SearchStrategy[Any]]] = {
    301: (
        CommodityDefinition,
        OmdDWriter.add_commodity_definition,
        OmdDReader.commodity_definition,
        st.tuples(u16, u16, words(12), words(3), u8, words(32), i64, words(20), u8, u8, words(6)),
    ),
    302: (
        ClassDefinition,
        OmdDWriter.add_class_definition,
        OmdDReader.class_definition,
        st.tuples(
            *(u8, u8, u8, u8, u16, i32, u32, u16, u16, u16, u16, u8, u8),
            *(words(3), words(14), words(32), words(1), words(32), u8, i32),
        ),
    ),
    303: (
        SeriesDefinitionBase,
        OmdDWriter.add_series_definition_base,
        OmdDReader.series_definition_base,
        st.tuples(u32, words(32), u8, u16, u8, i32, words(8), u16, u8),
    ),
    304: (
        SeriesDefinitionExtended,
        OmdDWriter.add_series_definition_extended,
        OmdDReader.series_definition_extended,
        st.tuples(
            *(u32, words(32), u8, u8, u8, u8, u16, u16, i32, i64),
            *(words(12), u8, u8, i32, u8, words(8), i64, i64),
        ),
    ),
    320: (
        MarketStatus,
        OmdDWriter.add_market_status,
        OmdDReader.market_status,
        st.tuples(u16, u8, u8, u32, u16, words(8), words(6), words(8), words(6), u16, u16, u8),
    ),
    350: (
        Trade,
        OmdDWriter.add_trade,
        OmdDReader.trade,
        st.tuples(u32, u64, prices, u64, u32, u8, u8, u16, u16, u64, u64),
    ),
}


def attributes(message: Any, count: int) -> list[Any]:
    names = list(message.__init__.__code__.co_varnames[1:]) if hasattr(message.__init__, "__code__") else []
    if not names:  # compiled: attributes stand in the order of their definition
        names = [n for n in vars(type(message)) if not n.startswith("_")]
    return [getattr(message, n) for n in names[:count]]


class TestRoundTrip:
    @pytest.mark.parametrize("message_type", sorted(ROUND_TRIPS))
    @given(st.data())
    def test_both_decoders_read_what_was_written(
        self, reference_decode: Callable[[bytes], dict[str, Any]], message_type: int, data: st.DataObject
    ) -> None:
        make, add, accessor, strategy = ROUND_TRIPS[message_type]
        values = list(data.draw(strategy))
        writer = started(5)
        assert add(writer, make(*values))
        wire = writer.finish()
        assert attributes(accessor(read(wire, message_type)), len(values)) == values
        expected = [-(2**31) if message_type == 350 and v == NO_PRICE else v for v in values]
        reference = reference_decode(wire)
        assert (reference["SeqNum"], reference["SendTime"], reference["MsgCount"]) == (5, SEND_TIME, 1)
        assert list(reference["messages"][0].values()) == [message_type, *expected]

    @given(st.lists(st.tuples(u64, prices, u32, u8, u8, u8), min_size=1, max_size=60))
    def test_book_entries(
        self, reference_decode: Callable[[bytes], dict[str, Any]], entries: list[tuple[int, int, int, int, int, int]]
    ) -> None:
        writer = started()
        assert writer.begin_book(4_000_000_000)
        assert all(writer.add_entry(*e) for e in entries)
        writer.end_book()
        wire = writer.finish()
        message = reference_decode(wire)["messages"][0]
        assert message["OrderbookID"] == 4_000_000_000
        assert message["entries"] == [(q, -(2**31) if p == NO_PRICE else p, *rest) for q, p, *rest in entries]
        r = read(wire, 353)
        assert [r.entry_price(i) for i in range(r.entry_count())] == [e[1] for e in entries]

    def test_several_messages_in_one_packet(self) -> None:
        writer = started(100)
        writer.add_series_status(1, 2, 1)
        for orderbook_id in (7, 8):
            writer.begin_book(orderbook_id)
            writer.add_entry(1, 2, 3, 0, 1, 0)
            writer.end_book()
        writer.add_refresh_complete(99)
        r = read(writer.finish(), 321)
        assert (r.next(), r.orderbook_id(), r.message_seq_num) == (353, 7, 101)
        assert (r.next(), r.orderbook_id(), r.message_seq_num) == (353, 8, 102)
        assert (r.next(), r.last_seq_num(), r.message_seq_num) == (203, 99, 103)
        assert r.next() == packet_reader.END


class TestLimits:
    def test_a_full_packet_takes_no_more_and_stays_whole(self) -> None:
        writer = started()
        writer.begin_book(1)
        entries = 0
        while writer.add_entry(1, 2, 3, 0, 1, 0):
            entries += 1
        writer.end_book()
        assert entries == (PAYLOAD_BYTES_MAX - 16 - 12) // 24
        assert not writer.begin_book(2)
        assert not writer.add_trade(Trade(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
        wire = writer.finish()
        assert len(wire) <= PAYLOAD_BYTES_MAX
        assert read(wire, 353).entry_count() == entries

    def test_the_last_byte_can_be_used(self) -> None:
        writer = started()
        while writer.room() > 16:
            assert writer.add_sequence_reset(1)
        assert writer.add_sequence_reset(1)
        assert writer.add_sequence_reset(1)
        assert (writer.room(), writer.add_sequence_reset(1)) == (0, False)
        assert len(writer.finish()) == PAYLOAD_BYTES_MAX

    def test_message_count_fits_its_byte(self) -> None:
        # 182 of the smallest message fill a packet, so the limit of 255 can never be the one that stops.
        assert (PAYLOAD_BYTES_MAX - 16) // 8 < MESSAGES_MAX

    def test_a_writer_is_used_again(self) -> None:
        writer = OmdDWriter()
        for seq_num in (1, 2):
            writer.start(seq_num, 0)
            writer.add_sequence_reset(seq_num)
            assert read(writer.finish(), 100).new_seq_no() == seq_num


class TestMisuse:
    @pytest.mark.parametrize(
        "act",
        [
            lambda w: w.finish(),
            lambda w: w.add_sequence_reset(1),
            lambda w: w.begin_book(1),
            lambda w: w.add_entry(1, 1, 1, 0, 1, 0),
            lambda w: w.end_book(),
        ],
    )
    def test_nothing_started(self, act: Callable[[OmdDWriter], object]) -> None:
        with pytest.raises(LocalProtocolError):
            act(OmdDWriter())

    @pytest.mark.parametrize(
        "act",
        [
            lambda w: w.finish(),
            lambda w: w.add_sequence_reset(1),
            lambda w: w.begin_book(1),
            lambda w: w.end_book(),
            lambda w: w.start(1, 1),
        ],
    )
    def test_while_an_empty_book_update_is_open(self, act: Callable[[OmdDWriter], object]) -> None:
        writer = started()
        writer.begin_book(1)
        with pytest.raises(LocalProtocolError):
            act(writer)

    @pytest.mark.parametrize(
        ("quantity", "price", "orders", "side"),
        [
            (-1, 0, 0, 0),
            (0, 2**31, 0, 0),
            (0, -(2**31) - 1, 0, 0),
            (0, 0, -1, 0),
            (0, 0, 2**32, 0),
            (0, 0, 0, 256),
            (0, 0, 0, -1),
        ],
    )
    def test_a_value_that_its_field_cannot_hold(self, quantity: int, price: int, orders: int, side: int) -> None:
        writer = started()
        writer.begin_book(1)
        with pytest.raises(LocalProtocolError, match="cannot hold"):
            writer.add_entry(quantity, price, orders, side, 1, 0)

    @pytest.mark.parametrize("symbol", ["x" * 33, "恒指"])
    def test_a_text_that_its_field_cannot_hold(self, symbol: str) -> None:
        with pytest.raises(LocalProtocolError, match="Symbol"):
            started().add_series_definition_base(SeriesDefinitionBase(1, symbol, 3, 0, 0, 0, "", 0, 0))

    def test_a_refusal_abandons_the_packet_and_the_next_one_is_clean(self) -> None:
        writer = started()
        with pytest.raises(LocalProtocolError):
            writer.add_sequence_reset(-1)
        with pytest.raises(LocalProtocolError):
            writer.finish()
        writer.start(1, 0)
        writer.add_sequence_reset(9)
        assert read(writer.finish(), 100).new_seq_no() == 9
