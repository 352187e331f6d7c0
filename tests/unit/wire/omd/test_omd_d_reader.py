"""The packet cursor against packets written by hand from OMD-D 1.47, and against whatever else can arrive."""

import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross_market_connect.domain.book import Book, BookSide
from cross_market_connect.domain.numbers import NO_PRICE
from cross_market_connect.wire.omd import family, faults, omd_d, packet_reader
from cross_market_connect.wire.omd.faults import FaultCounts
from cross_market_connect.wire.omd.omd_d_messages import OMD_D
from cross_market_connect.wire.omd.omd_d_reader import OmdDReader


def reader() -> OmdDReader:
    return OmdDReader(FaultCounts())


def header(size: int, count: int, mode: int = 0, seq_num: int = 1) -> bytes:
    return struct.pack("<HBBIQ", size, count, mode, seq_num, 1_760_400_000_123_000_000)


def packet(*messages: bytes, count: int | None = None, seq_num: int = 1) -> bytes:
    content = b"".join(messages)
    return header(16 + len(content), len(messages) if count is None else count, 0, seq_num) + content


def entry(quantity: int, price: int, side: int, level: int, action: int) -> bytes:
    return struct.pack("<QiIBxBB4x", quantity, price, 1, side, level, action)


def book_update(*entries: bytes, orderbook_id: int = 1234) -> bytes:
    return struct.pack("<HHI3xB", 12 + 24 * len(entries), 353, orderbook_id, len(entries)) + b"".join(entries)


# Section 6, example 3, the message for DS and DP (with MsgType 353), in a packet of sequence number 7.
EXAMPLE_3 = bytes.fromhex(
    "4c00 01 00 07000000 c0d4ed1d79326e18"  # PktSize 76, MsgCount 1, CompressionMode 0, SeqNum 7, SendTime
    "3c00 6101 d2040000 000000 02"  # MsgSize 60, MsgType 353, OrderbookID 1234, NoEntries 2
    "fa00000000000000 16260000 01000000 00 00 01 00 00000000"  # 250 at 9750, 1 order, bid, level 1, new
    "9600000000000000 bc250000 01000000 00 00 0a 01 00000000"  # 150 at 9660, 1 order, bid, level 10, change
)


class TestHandMadePackets:
    def test_book_update(self) -> None:
        r = reader()
        assert r.open(EXAMPLE_3) == faults.OK
        assert (r.seq_num, r.message_count, r.send_time_utc_ns) == (7, 1, 1_760_400_000_123_000_000)
        assert r.next() == omd_d.AGGREGATE_ORDER_BOOK_UPDATE
        assert (r.message_seq_num, r.message_offset, r.message_bytes) == (7, 16, 60)
        assert (r.orderbook_id(), r.entry_count()) == (1234, 2)
        assert [r.entry_quantity(i) for i in range(2)] == [250, 150]
        assert [r.entry_price(i) for i in range(2)] == [9750, 9660]
        assert [r.entry_orders(i) for i in range(2)] == [1, 1]
        assert [r.entry_side(i) for i in range(2)] == [family.SIDE_BID, family.SIDE_BID]
        assert [r.entry_level(i) for i in range(2)] == [1, 10]
        assert [r.entry_action(i) for i in range(2)] == [family.ACTION_NEW, family.ACTION_CHANGE]
        assert r.next() == packet_reader.END
        assert r.next() == packet_reader.END

    def test_eleventh_level_has_no_price(self) -> None:
        # Section 6, example 5.
        data = bytes.fromhex(
            "3400 01 00 01000000 0000000000000000"
            "2400 6101 d2040000 000000 01"
            "c800000000000000 00000080 01000000 00 00 ff 00 00000000"
        )
        r = reader()
        assert r.open(data) == faults.OK
        assert r.next() == 353
        assert (r.entry_quantity(0), r.entry_price(0)) == (200, NO_PRICE)
        assert r.entry_level(0) == omd_d.PRICE_LEVEL_BEYOND

    def test_orderbook_clear(self) -> None:
        # Section 6, example 8.
        data = bytes.fromhex(
            "3400 01 00 01000000 0000000000000000"
            "2400 6101 40e20100 000000 01"
            "0000000000000000 00000000 00000000 00 00 00 4a 00000000"
        )
        r = reader()
        assert r.open(data) == faults.OK
        assert r.next() == 353
        assert (r.orderbook_id(), r.entry_action(0), r.entry_level(0)) == (123456, family.ACTION_CLEAR, 0)

    def test_unsigned_fields_keep_their_highest_bit(self) -> None:
        data = packet(
            bytes.fromhex("2400 6101 ffffffff 000000 01 ffffffffffffff7f ffffff7f ffffffff 01 00 ff 02 00000000"),
            seq_num=0xFFFF_FFF0,
        )
        r = reader()
        assert r.open(data) == faults.OK
        assert r.seq_num == 0xFFFF_FFF0
        assert r.next() == 353
        assert (r.orderbook_id(), r.entry_orders(0)) == (0xFFFF_FFFF, 0xFFFF_FFFF)
        assert (r.entry_quantity(0), r.entry_price(0)) == (2**63 - 1, 2**31 - 1)

    def test_negative_price(self) -> None:
        r = reader()
        assert r.open(packet(book_update(entry(5, -12, 0, 1, 0)))) == faults.OK
        assert r.next() == 353
        assert r.entry_price(0) == -12

    def test_heartbeat(self) -> None:
        r = reader()
        assert r.open(bytes.fromhex("1000 00 00 2a000000 c0d4ed1d79326e18")) == faults.OK
        assert (r.message_count, r.seq_num) == (0, 42)
        assert r.next() == packet_reader.END

    def test_control_messages(self) -> None:
        data = bytes.fromhex(
            "2800 03 00 01000000 0000000000000000"
            "0800 6400 01000000"  # Sequence Reset, NewSeqNo 1
            "0800 6900 02000000"  # Disaster Recovery Signal, DRStatus 2
            "0800 cb00 cf010100"  # Refresh Complete, LastSeqNum 65999
        )
        r = reader()
        assert r.open(data) == faults.OK
        assert (r.next(), r.message_seq_num, r.new_seq_no()) == (family.SEQUENCE_RESET, 1, 1)
        assert (r.next(), r.message_seq_num) == (family.DISASTER_RECOVERY_SIGNAL, 2)
        assert r.recovery_status() == family.RECOVERY_COMPLETED
        assert (r.next(), r.message_seq_num, r.last_seq_num()) == (family.REFRESH_COMPLETE, 3, 65999)
        assert r.next() == packet_reader.END

    def test_series_definition_base(self) -> None:
        data = packet(
            bytes.fromhex(
                "3c00 2f01 cf010100"
                "4853495835202020 2020202020202020 2020202020202020 2020202020202020"  # HSIX5
                "03 0000 00 00000000 3230323531313237 0000 00 00"  # future, 0 decimals, no legs, 20251127
            )
        )
        r = reader()
        assert r.open(data) == faults.OK
        assert r.next() == omd_d.SERIES_DEFINITION_BASE
        series = r.series_definition_base()
        assert (series.orderbook_id, series.symbol, series.financial_product) == (65999, "HSIX5", omd_d.PRODUCT_FUTURE)
        assert (series.number_of_decimals_price, series.number_of_legs, series.strike_price) == (0, 0, 0)
        assert (series.expiration_date, series.decimal_in_strike_price, series.put_or_call) == ("20251127", 0, 0)
        assert r.orderbook_id() == 65999

    def test_series_definition_extended(self) -> None:
        data = packet(
            bytes.fromhex(
                "6800 3001 cf010100"
                "4853495835202020 2020202020202020 2020202020202020 2020202020202020"
                "01 22 04 00 d507 7b45 00000000 3200000000000000"  # country, market 34, futures, ..., contract size 50
                "484b30303030303030303031 01 00 32000000 00 00"  # ISIN, active, not tomorrow, factor 50, no method
                "2020202020202020 00001310c247f618 000057c07e681618"  # no effective date, last and first trading
            )
        )
        r = reader()
        assert r.open(data) == faults.OK
        assert r.next() == omd_d.SERIES_DEFINITION_EXTENDED
        series = r.series_definition_extended()
        assert (series.orderbook_id, series.symbol, series.country, series.market) == (65999, "HSIX5", 1, 34)
        assert (series.instrument_group, series.modifier, series.commodity_code) == (4, 0, 2005)
        assert (series.expiration_date, series.strike_price, series.contract_size) == (0x457B, 0, 50)
        assert (series.isin_code, series.series_status, series.effective_tomorrow) == ("HK0000000001", 1, 0)
        assert (series.price_quotation_factor, series.price_method, series.effective_expiration_date) == (50, 0, "")
        assert series.last_trading_utc_ns == 1_798_704_000_000_000_000
        assert series.first_trading_utc_ns == 1_735_689_600_000_000_000

    def test_commodity_and_class_definition(self) -> None:
        commodity = (
            bytes.fromhex("5e00 2d01 d507 0200") + b"HK0000000001" + b"HKD" + b"\x03" + b"Hang Seng Index".ljust(32)
        )
        commodity += bytes(8) + b"HSI".ljust(20) + b"\x07\x00" + b"HSI   " + bytes(2)
        definition = bytes.fromhex("7600 2e01 01 22 04 00 d507 0000 32000000 88130000 0100 0200 0300 0100 01 03")
        definition += b"HKD" + b"HSI FUT".ljust(14) + b"HSI Futures".ljust(32) + b"N" + b"HKD".ljust(32)
        definition += b"\x01" + (5).to_bytes(4, "little") + b"\x00"
        r = reader()
        assert r.open(packet(commodity, definition)) == faults.OK
        assert r.next() == omd_d.COMMODITY_DEFINITION
        c = r.commodity_definition()
        assert (c.commodity_code, c.decimal_in_underlying_price, c.isin_code) == (2005, 2, "HK0000000001")
        assert (c.base_currency, c.underlying_price_unit, c.commodity_name) == ("HKD", 3, "Hang Seng Index")
        assert (c.nominal_value, c.underlying_code, c.underlying_type) == (0, "HSI", 7)
        assert (c.effective_tomorrow, c.commodity_id) == (0, "HSI")
        assert r.next() == omd_d.CLASS_DEFINITION
        k = r.class_definition()
        assert (k.country, k.market, k.instrument_group, k.modifier, k.commodity_code) == (1, 34, 4, 0, 2005)
        assert (k.price_quotation_factor, k.contract_size) == (50, 5000)
        assert (k.decimal_in_strike_price, k.decimal_in_contract_size, k.decimal_in_premium) == (1, 2, 3)
        assert (k.ranking_type, k.tradable, k.premium_unit, k.base_currency) == (1, 1, 3, "HKD")
        assert (k.instrument_class_id, k.instrument_class_name, k.is_fractions) == ("HSI FUT", "HSI Futures", "N")
        assert (k.settlement_currency_id, k.effective_tomorrow, k.tick_step_size) == ("HKD", 1, 5)

    def test_status_messages(self) -> None:
        market = bytes.fromhex("3400 4001 0200 22 04 00000000 0000 0000")
        market += b"20251127" + b"011500" + b" " * 8 + b" " * 6 + bytes.fromhex("0000 0300 05 000000")
        series = bytes.fromhex("0c00 4101 cf010100 01 02 0000")
        r = reader()
        assert r.open(packet(market, series)) == faults.OK
        assert r.next() == omd_d.MARKET_STATUS
        m = r.market_status()
        assert (m.state_level, m.market, m.instrument) == (omd_d.LEVEL_INSTRUMENT_TYPE, 34, 4)
        assert (m.orderbook_id, m.commodity_code) == (0, 0)
        assert (m.actual_start_date, m.actual_start_time) == ("20251127", "011500")
        assert (m.planned_start_date, m.planned_start_time, m.seconds_to_state_change) == ("", "", 0)
        assert (omd_d.MARKET_STATES[m.state], m.priority) == ("OPEN", 5)
        assert r.next() == omd_d.SERIES_STATUS
        assert (r.orderbook_id(), r.suspension_indicator()) == (65999, omd_d.SUSPENDED)
        assert r.series_status() == omd_d.SERIES_SUSPENDED

    def test_trade(self) -> None:
        data = packet(
            bytes.fromhex(
                "3800 5e01 cf010100 0100000000000000 84670000 00f2052a01000000 09000000"
                "02 01 0200 0000 0000 0300000000000000 c0d4ed1d79326e18"
            )
        )
        r = reader()
        assert r.open(data) == faults.OK
        assert r.next() == omd_d.TRADE
        t = r.trade()
        assert (t.orderbook_id, t.order_id, t.price, t.trade_id) == (65999, 1, 26500, 5_000_000_000)
        assert (t.combo_group_id, t.side, t.deal_type) == (9, omd_d.TRADE_SIDE_BUY, omd_d.DEAL_PRINTABLE)
        assert (t.trade_condition, t.deal_info, t.quantity) == (2, 0, 3)
        assert t.trade_utc_ns == 1_760_400_000_123_000_000

    def test_any_field_by_its_description(self) -> None:
        # Calculated Opening Price (364), which has no accessor of its own.
        r = reader()
        assert r.open(packet(bytes.fromhex("1800 6c01 d2040000 00000080 00000000 0500000000000000"))) == faults.OK
        assert r.next() == omd_d.CALCULATED_OPENING_PRICE
        message = OMD_D.message(364)
        assert r.number(message.field("CalculatedOpeningPrice")) == family.INT32_NULL
        assert r.number(message.field("Quantity")) == 5


class TestSectionSix:
    """The examples of section 6 applied to the domain's book give the books that the document prints."""

    BIDS = ((9730, 700), (9720, 350), (9710, 150), (9700, 250), (9690, 100), (9680, 150), (9670, 50), (9660, 200))
    ASKS = ((9760, 500), (9770, 300), (9780, 100), (9790, 150))

    @staticmethod
    def apply(book: Book, data: bytes) -> None:
        r = reader()
        assert r.open(data) == faults.OK
        assert r.next() == 353
        for i in range(r.entry_count()):
            if r.entry_action(i) == family.ACTION_CLEAR:
                book.bids.clear()
                book.asks.clear()
                continue
            side = book.bids if r.entry_side(i) == family.SIDE_BID else book.asks
            assert side.apply(r.entry_action(i), r.entry_level(i) - 1, r.entry_price(i), r.entry_quantity(i))

    @staticmethod
    def levels(side: BookSide) -> list[tuple[int, int]]:
        return [(side.price_ticks[i], side.quantity_lots[i]) for i in range(side.depth)]

    def test_examples_1_to_4_and_8(self) -> None:
        book = Book(0)
        for level, (price, quantity) in enumerate((*self.BIDS, (9650, 100))):
            book.bids.set_level(level, price, quantity)
        for level, (price, quantity) in enumerate(self.ASKS):
            book.asks.set_level(level, price, quantity)

        self.apply(book, packet(book_update(entry(200, 9770, 1, 2, 1), entry(300, 9850, 1, 5, 0))))
        assert self.levels(book.asks) == [(9760, 500), (9770, 200), (9780, 100), (9790, 150), (9850, 300)]

        self.apply(book, packet(book_update(entry(50, 9740, 0, 1, 0))))
        example_2 = [(9740, 50), *self.BIDS, (9650, 100)]
        assert self.levels(book.bids) == example_2

        self.apply(book, EXAMPLE_3)
        assert self.levels(book.bids) == [(9750, 250), (9740, 50), *self.BIDS[:-1], (9660, 150)]

        self.apply(book, packet(book_update(entry(250, 9750, 0, 1, 2), entry(100, 9650, 0, 10, 0))))
        assert self.levels(book.bids) == [(9740, 50), *self.BIDS[:-1], (9660, 150), (9650, 100)]

        self.apply(book, packet(book_update(entry(0, 0, 0, 0, 74))))
        assert (book.bids.depth, book.asks.depth) == (0, 0)


UNKNOWN = bytes.fromhex("0600 0f27 abcd")  # type 9999


class TestUnknownMessages:
    def test_they_are_skipped_by_size_and_keep_their_sequence_numbers(self) -> None:
        r = reader()
        inside = bytes.fromhex("0400 0800")  # type 8, inside the table but not described
        assert r.open(packet(UNKNOWN, book_update(entry(1, 2, 0, 1, 0)), inside, seq_num=10)) == faults.OK
        assert (r.next(), r.message_seq_num) == (353, 11)
        assert r.next() == packet_reader.END
        assert r.faults.count(faults.MESSAGE_TYPE_UNKNOWN) == 2
        assert r.faults.dropped_packets() == 0

    def test_a_longer_known_message_is_read(self) -> None:
        r = reader()
        assert r.open(packet(bytes.fromhex("0c00 6400 05000000 ffffffff"), UNKNOWN)) == faults.OK
        assert (r.next(), r.new_seq_no()) == (100, 5)
        assert r.next() == packet_reader.END


def compressed(content: bytes, count: int, trailer: bytes = b"") -> bytes:
    packed = zlib.compress(content) + trailer
    return header(16 + len(packed), count, 1) + packed


class TestCompression:
    CONTENT = book_update(entry(1, 2, 0, 1, 0)) * 3

    def test_messages_of_a_compressed_packet(self) -> None:
        r = reader()
        assert r.open(compressed(self.CONTENT, 3)) == faults.OK
        assert [r.next() for _ in range(4)] == [353, 353, 353, packet_reader.END]
        assert (r.message_seq_num, r.entry_quantity(0)) == (3, 1)

    def test_an_uncompressed_packet_after_a_compressed_one(self) -> None:
        r = reader()
        r.open(compressed(self.CONTENT, 3))
        assert r.open(EXAMPLE_3) == faults.OK
        assert (r.next(), r.entry_quantity(0)) == (353, 250)

    @pytest.mark.parametrize(
        "data",
        [
            header(20, 1, 1) + b"\x00\x01\x02\x03",
            header(24, 1, 1) + zlib.compress(CONTENT)[:8],
            compressed(CONTENT, 3, b"\x00"),
            compressed(bytes(packet_reader.INFLATED_BYTES_MAX + 1), 3),
        ],
        ids=["not zlib", "cut", "bytes after the end", "unpacks to more than the limit"],
    )
    def test_corrupt_content_is_refused(self, data: bytes) -> None:
        r = reader()
        assert r.open(data) == faults.COMPRESSION_CORRUPT
        assert r.next() == packet_reader.END

    def test_contents_are_checked_after_unpacking(self) -> None:
        assert reader().open(compressed(self.CONTENT, 4)) == faults.MESSAGE_COUNT_MISMATCH


class TestMalformed:
    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (b"", faults.PACKET_TRUNCATED),
            (bytes(15), faults.PACKET_TRUNCATED),
            (bytes(16), faults.PACKET_TRAILING_BYTES),
            (EXAMPLE_3 + b"\x00", faults.PACKET_TRAILING_BYTES),
            (header(1501, 1) + bytes(1485), faults.PACKET_OVERSIZE),
            (header(1501, 1), faults.PACKET_OVERSIZE),
            (header(17, 0) + b"\x00", faults.HEARTBEAT_WITH_CONTENT),
            (header(16, 0, 1), faults.HEARTBEAT_WITH_CONTENT),
            (header(20, 1, 2) + bytes.fromhex("04000f27"), faults.COMPRESSION_MODE_UNKNOWN),
            (packet(bytes.fromhex("0300 0f27")), faults.MESSAGE_TOO_SHORT),
            (packet(bytes.fromhex("0000 0f27")), faults.MESSAGE_TOO_SHORT),
            (packet(bytes.fromhex("0700 6400 010000")), faults.MESSAGE_TOO_SHORT),
            (packet(bytes.fromhex("0900 6400 01000000")), faults.MESSAGE_TRUNCATED),
            (packet(bytes.fromhex("0400"), count=1), faults.MESSAGE_TRUNCATED),
            (packet(UNKNOWN, count=2), faults.MESSAGE_COUNT_MISMATCH),
            (packet(UNKNOWN, UNKNOWN, count=1), faults.MESSAGE_COUNT_MISMATCH),
            (packet(bytes.fromhex("0c00 6101 d2040000 000000 01")), faults.ENTRY_COUNT_MISMATCH),
            (packet(bytes.fromhex("2400 6101 d2040000 000000 00") + bytes(24)), faults.ENTRY_COUNT_MISMATCH),
            (packet(bytes.fromhex("2500 6101 d2040000 000000 01") + bytes(25)), faults.ENTRY_COUNT_MISMATCH),
        ],
    )
    def test_reason(self, data: bytes, reason: int) -> None:
        r = reader()
        assert r.open(data) == reason
        assert r.next() == packet_reader.END
        assert r.faults.count(reason) == 1
        assert r.faults.dropped_packets() == 1

    def test_a_fault_in_the_last_message_refuses_the_whole_packet(self) -> None:
        r = reader()
        assert r.open(packet(book_update(entry(1, 2, 0, 1, 0)), bytes.fromhex("0700 6400 010000"))) < 0
        assert r.next() == packet_reader.END

    def test_the_reader_works_on_after_a_fault(self) -> None:
        r = reader()
        r.open(b"")
        assert r.open(EXAMPLE_3) == faults.OK
        assert r.next() == 353

    def test_each_packet_is_read_from_its_first_message(self) -> None:
        r = reader()
        for _ in range(2):
            assert r.open(EXAMPLE_3) == faults.OK
            assert (r.next(), r.message_offset, r.message_seq_num) == (353, 16, 7)

    def test_every_truncation_is_refused(self) -> None:
        for length in range(len(EXAMPLE_3)):
            assert reader().open(EXAMPLE_3[:length]) == faults.PACKET_TRUNCATED
        # The same with a PktSize that agrees with the cut: then the messages give it away.
        for length in range(16, len(EXAMPLE_3)):
            cut = struct.pack("<H", length) + EXAMPLE_3[2:length]
            reason = reader().open(cut)
            assert reason == (faults.MESSAGE_COUNT_MISMATCH if length == 16 else faults.MESSAGE_TRUNCATED)


def walk(r: OmdDReader, data: bytes) -> list[tuple[int, ...]]:
    """Touch everything that a caller may touch."""
    seen: list[tuple[int, ...]] = []
    if r.open(data) != faults.OK:
        return seen
    while (message_type := r.next()) != packet_reader.END:
        assert message_type > 0
        seen.append((message_type, r.message_offset, r.message_bytes))
        assert r.message_offset + r.message_bytes <= 65_536 + 16
        for field in OMD_D.message(message_type).fields:
            if field.kind <= 6:
                r.number(field)
        if message_type == 353:
            for i in range(r.entry_count()):
                r.entry_quantity(i), r.entry_price(i), r.entry_orders(i)
                r.entry_side(i), r.entry_level(i), r.entry_action(i)
    return seen


OBJECTS = {
    301: OmdDReader.commodity_definition,
    302: OmdDReader.class_definition,
    303: OmdDReader.series_definition_base,
    304: OmdDReader.series_definition_extended,
    320: OmdDReader.market_status,
    350: OmdDReader.trade,
}


class TestFuzz:
    @given(st.binary(max_size=200))
    def test_random_bytes_never_raise(self, data: bytes) -> None:
        walk(reader(), data)

    @given(
        st.lists(
            st.tuples(st.sampled_from([m.message_type for m in OMD_D.messages]), st.binary(max_size=120)), max_size=6
        )
    )
    def test_random_contents_in_sound_frames_never_raise(self, parts: list[tuple[int, bytes]]) -> None:
        messages = [struct.pack("<HH", 4 + len(body), kind) + body for kind, body in parts]
        walk(reader(), packet(*messages))

    @given(st.data(), st.sampled_from(sorted(OBJECTS)))
    def test_random_fields_make_objects(self, data: st.DataObject, message_type: int) -> None:
        size = int(OMD_D.message(message_type).size)
        body = data.draw(st.binary(min_size=size - 4, max_size=size - 4))
        r = reader()
        assert r.open(packet(struct.pack("<HH", size, message_type) + body)) == faults.OK
        assert r.next() == message_type
        OBJECTS[message_type](r)

    @given(st.integers(0, len(EXAMPLE_3) - 1), st.integers(0, 255))
    def test_one_wrong_byte_never_raises(self, position: int, value: int) -> None:
        walk(reader(), EXAMPLE_3[:position] + bytes([value]) + EXAMPLE_3[position + 1 :])


ENTRIES = st.tuples(
    st.integers(0, 2**63 - 1),
    st.integers(-(2**31) + 1, 2**31 - 1),
    st.integers(0, 1),
    st.integers(1, 10),
    st.integers(0, 2),
)


@given(st.lists(st.lists(ENTRIES, min_size=1, max_size=6), min_size=1, max_size=8), st.integers(1, 2**32 - 300))
def test_the_second_decoder_agrees(
    reference_decode: Callable[[bytes], dict[str, Any]], books: list[list[tuple[int, int, int, int, int]]], seq_num: int
) -> None:
    data = packet(
        *(book_update(*(entry(*e) for e in book), orderbook_id=n) for n, book in enumerate(books)), seq_num=seq_num
    )
    expected = reference_decode(data)
    r = reader()
    assert r.open(data) == faults.OK
    for n, message in enumerate(expected["messages"]):
        assert r.next() == message["MsgType"]
        assert r.message_seq_num == seq_num + n
        assert r.orderbook_id() == message["OrderbookID"]
        assert [
            (
                r.entry_quantity(i),
                r.entry_price(i),
                r.entry_orders(i),
                r.entry_side(i),
                r.entry_level(i),
                r.entry_action(i),
            )
            for i in range(r.entry_count())
        ] == message["entries"]
    assert r.next() == packet_reader.END
