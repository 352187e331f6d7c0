"""The packet cursor against packets written by hand from the layout of schema 1, version 13.

Offsets and lengths are those that CME's templates_FixBinary.xml states; docs/protocols/mdp3.md names the sources.
"""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross_market_connect.domain.numbers import NO_PRICE
from cross_market_connect.wire.mdp3 import codes, decoder, faults
from cross_market_connect.wire.mdp3.decoder import PacketReader
from cross_market_connect.wire.mdp3.securities import SecurityTable
from cross_market_connect.wire.sbe.schema import NO_VALUE
from tests.unit.wire.mdp3.support import (
    FUTURE,
    FUTURE_GROUPS,
    FUTURE_ROOT,
    LAYOUTS,
    SCHEMA,
    SENDING_TIME,
    TRANSACT_TIME,
    UPDATE_ROOT,
    book,
    book_entry,
    group,
    group8,
    message,
    order_entry,
    packet,
    reader,
)

BOOK_PACKET = bytes.fromhex(
    "2a000000 c0d4ed1d79326e18"  # MsgSeqNum 42, SendingTime
    "7800 0b00 2e00 0100 0d00"  # MsgSize 120, root block 11, template 46, schema 1, version 13
    "d8d0ed1d79326e18 84 0000"  # TransactTime, last quote and end of event, padding
    "2000 02"  # entries of 32 bytes, 2 of them
    "007b7aeb11030000 05000000 ff780000 07000000 03000000 01 00 30 00000000 00"  # 3375.5, 5, security 30975, bid
    "80837eb5ffffffff ffffff7f 4e61bc00 801866f1 ffffff7f 02 02 46 ffffff7f 00"  # -1.25, no size, implied offer
    "1800 0000000000 01"  # orders of 24 bytes, 1 of them
    "9b5f5ea4a4000000 7e4446ee03000000 02000000 01 01 0000"  # order 707132284827 of the first entry, update
)

SNAPSHOT_PACKET = bytes.fromhex(
    "01000000 c0d4ed1d79326e18"
    "7400 3b00 3400 0100 0d00"  # MsgSize 116, root block 59, template 52
    "e7030000 0a000000 ff780000 07000000"  # LastMsgSeqNumProcessed 999, TotNumReports 10, security 30975, RptSeq 7
    "d8d0ed1d79326e18 0000695554ee7c18 b04f 11"  # TransactTime, LastUpdateTime, TradeDate 20400, ready to trade
    "00d0ca9f17030000 005c8ffb0b030000 ffffffffffffff7f"  # 3400, 3350, no MaxPriceVariation
    "1600 02"
    "007b7aeb11030000 05000000 03000000 01 ffff ff 00 30"  # bid level 1
    "ffffffffffffff7f ffffff7f ffffff7f 7f b04f 00 03 36"  # settlement without a price, final and actual
)


class TestHandMadePackets:
    def test_book(self) -> None:
        r = reader()
        assert r.open(BOOK_PACKET) == faults.OK
        assert (r.seq_num, r.sending_time_utc_ns) == (42, SENDING_TIME)
        assert r.next() == codes.INCREMENTAL_BOOK
        assert (r.message_offset, r.message_bytes, r.version) == (12, 120, 13)
        assert (r.transact_time_utc_ns(), r.match_event_indicator()) == (TRANSACT_TIME, 0x84)
        assert r.match_event_indicator() == codes.LAST_QUOTE | codes.END_OF_EVENT
        assert (r.entry_count, r.order_count) == (2, 1)
        assert [r.entry_price(i) for i in range(2)] == [3_375_500_000_000, -1_250_000_000]
        assert [r.entry_size(i) for i in range(2)] == [5, NO_VALUE]
        assert [r.entry_security_id(i) for i in range(2)] == [30975, 12_345_678]
        assert [r.entry_rpt_seq(i) for i in range(2)] == [7, 4_050_000_000]
        assert [r.entry_orders(i) for i in range(2)] == [3, NO_VALUE]
        assert [r.entry_level(i) for i in range(2)] == [1, 2]
        assert [r.entry_action(i) for i in range(2)] == [codes.ACTION_NEW, codes.ACTION_DELETE]
        assert [r.entry_type(i) for i in range(2)] == [codes.ENTRY_BID, codes.ENTRY_IMPLIED_OFFER]
        tradeable = SCHEMA.template(46).groups[0].entry.field("TradeableSize")
        assert [r.entry_number(tradeable, i) for i in range(2)] == [0, NO_VALUE]
        assert (r.order_id(0), r.order_priority(0), r.order_size(0)) == (707_132_284_827, 16_882_484_350, 2)
        assert (r.order_reference(0), r.order_action(0)) == (0, codes.ORDER_UPDATE)
        assert r.security_id() == NO_VALUE
        assert r.next() == decoder.END
        assert r.next() == decoder.END

    def test_snapshot(self) -> None:
        r = reader()
        assert r.open(SNAPSHOT_PACKET) == faults.OK
        assert r.next() == codes.SNAPSHOT_FULL_REFRESH
        assert (r.last_seq_num_processed(), r.total_reports()) == (999, 10)
        assert (r.security_id(), r.snapshot_rpt_seq(), r.transact_time_utc_ns()) == (30975, 7, TRANSACT_TIME)
        root = SCHEMA.template(52).root
        assert r.number(root.field("LastUpdateTime")) == 1_764_547_200_000_000_000
        assert r.number(root.field("TradeDate")) == 20_400
        assert r.number(root.field("MDSecurityTradingStatus")) == codes.STATUS_READY_TO_TRADE
        assert r.number(root.field("HighLimitPrice")) == 3_400_000_000_000
        assert r.number(root.field("LowLimitPrice")) == 3_350_000_000_000
        assert r.number(root.field("MaxPriceVariation")) == NO_PRICE
        assert (r.entry_count, r.order_count) == (2, 0)
        assert [r.entry_price(i) for i in range(2)] == [3_375_500_000_000, NO_PRICE]
        assert [r.entry_size(i) for i in range(2)] == [5, NO_VALUE]
        assert [r.entry_orders(i) for i in range(2)] == [3, NO_VALUE]
        assert [r.entry_level(i) for i in range(2)] == [1, NO_VALUE]
        assert [r.entry_type(i) for i in range(2)] == [codes.ENTRY_BID, codes.ENTRY_SETTLEMENT_PRICE]
        assert [r.entry_action(i) for i in range(2)] == [codes.ACTION_NEW, codes.ACTION_NEW]
        assert (r.entry_security_id(0), r.entry_rpt_seq(0), r.match_event_indicator()) == (NO_VALUE, NO_VALUE, 0)
        entry = SCHEMA.template(52).groups[0].entry
        assert [r.entry_number(entry.field("TradingReferenceDate"), i) for i in range(2)] == [NO_VALUE, 20_400]
        assert [r.entry_number(entry.field("OpenCloseSettlFlag"), i) for i in range(2)] == [NO_VALUE, 0]
        assert [r.entry_number(entry.field("SettlPriceType"), i) for i in range(2)] == [0, 3]

    def test_channel_reset(self) -> None:
        data = bytes.fromhex(
            "01000000 c0d4ed1d79326e18"
            "1800 0900 0400 0100 0d00"  # MsgSize 24, root block 9, template 4
            "d8d0ed1d79326e18 80"
            "0200 01 3601"  # one entry of 2 bytes: channel 310
        )
        r = reader()
        assert r.open(data) == faults.OK
        assert r.next() == codes.CHANNEL_RESET
        assert (r.transact_time_utc_ns(), r.match_event_indicator()) == (TRANSACT_TIME, codes.END_OF_EVENT)
        assert (r.entry_count, r.entry_type(0), r.entry_action(0)) == (1, codes.ENTRY_BOOK_RESET, codes.ACTION_NEW)
        assert r.entry_number(SCHEMA.template(4).groups[0].entry.field("ApplID"), 0) == 310

    def test_security_status(self) -> None:
        data = bytes.fromhex(
            "01000000 c0d4ed1d79326e18"
            "2800 1e00 1e00 0100 0d00"  # MsgSize 40, root block 30, template 30
            "d8d0ed1d79326e18 474300000000 474300000000"  # TransactTime, group GC, asset GC
            "ff780000 b04f 80 02 02 01"  # security 30975, day 20400, end of event, halt, market event, no cancel
        )
        r = reader()
        assert r.open(data) == faults.OK
        assert r.next() == codes.SECURITY_STATUS
        status = r.security_status()
        assert (status.transact_time, status.security_group, status.asset) == (TRANSACT_TIME, "GC", "GC")
        assert (status.security_id, status.trade_date, status.match_event_indicator) == (30975, 20_400, 0x80)
        assert status.security_trading_status == codes.STATUS_TRADING_HALT
        assert (status.halt_reason, status.security_trading_event) == (2, codes.EVENT_NO_CANCEL)
        assert r.security_id() == 30975

    def test_the_status_of_a_group_has_no_security(self) -> None:
        root = struct.pack("<Q6s6siHBBBB", TRANSACT_TIME, b"GC", b"", 2**31 - 1, 65_535, 0x80, 255, 0, 0)
        r = reader()
        assert r.open(packet(message(30, root))) == faults.OK
        assert r.next() == codes.SECURITY_STATUS
        status = r.security_status()
        assert (status.security_group, status.asset) == ("GC", "")
        assert (status.security_id, status.trade_date, status.security_trading_status) == (NO_VALUE,) * 3
        assert r.security_id() == NO_VALUE

    def test_administrative_messages(self) -> None:
        data = packet(message(12, b""), message(15, b"\x1e"), message(16, b"session over".ljust(180, b"\0")))
        r = reader()
        assert r.open(data) == faults.OK
        assert (r.next(), r.message_bytes, r.entry_count, r.order_count) == (codes.ADMIN_HEARTBEAT, 10, 0, 0)
        assert (r.transact_time_utc_ns(), r.match_event_indicator()) == (NO_VALUE, 0)
        assert (r.next(), r.number(SCHEMA.template(15).root.field("HeartBtInt"))) == (codes.ADMIN_LOGIN, 30)
        assert (r.next(), r.text(SCHEMA.template(16).root.field("Text"))) == (codes.ADMIN_LOGOUT, "session over")
        assert r.next() == decoder.END

    def test_future_definition(self) -> None:
        data = packet(FUTURE)
        r = reader()
        assert r.open(data) == faults.OK
        assert r.next() == codes.DEFINITION_FUTURE
        d = r.definition()
        assert (d.template_id, d.match_event_indicator, d.tot_num_reports, d.update_action) == (54, 0, 56_000, 0x41)
        assert (d.last_update_time, d.trading_status, d.appl_id) == (1_764_547_200_000_000_000, 17, 310)
        assert (d.market_segment_id, d.underlying_product) == (78, 16)
        assert (d.security_exchange, d.security_group, d.asset, d.symbol) == ("XCEC", "GC", "GC", "GCG6")
        assert (d.security_id, d.security_type, d.security_sub_type, d.cfi_code) == (30975, "FUT", "", "FCEPSX")
        assert (d.maturity_year, d.maturity_month, d.maturity_day, d.maturity_week) == (2026, 2, NO_VALUE, NO_VALUE)
        assert (d.currency, d.settl_currency, d.match_algorithm) == ("USD", "", ord("F"))
        assert (d.min_trade_vol, d.max_trade_vol) == (1, 10_000)
        assert (d.min_price_increment, d.display_factor) == (100_000_000, 10_000_000)
        assert (d.main_fraction, d.sub_fraction, d.price_display_format) == (NO_VALUE, NO_VALUE, 1)
        assert (d.unit_of_measure, d.unit_of_measure_qty) == ("TRY OZ", 100_000_000_000)
        assert (d.trading_reference_price, d.trading_reference_date) == (3_375_500_000_000, 20_400)
        assert (d.settl_price_type, d.open_interest_qty, d.cleared_volume) == (3, 400_000, NO_VALUE)
        assert (d.high_limit_price, d.low_limit_price) == (3_400_000_000_000, 3_350_000_000_000)
        assert (d.max_price_variation, d.min_price_increment_amount) == (NO_PRICE, 10_000_000_000)
        assert (d.contract_multiplier, d.contract_multiplier_unit) == (NO_VALUE, NO_VALUE)
        assert (d.user_defined_instrument, d.instrument_guid) == (ord("N"), 707_132_284_827)
        assert [(e.event_type, e.event_time) for e in d.events] == [
            (5, 1_764_547_200_000_000_000),
            (7, 1_796_083_200_000_000_000),
        ]
        assert [(f.name, f.market_depth) for f in d.feed_types] == [("GBX", 10), ("GBI", 2)]
        assert d.inst_attributes == 0x0008_4001
        assert [(rule.lot_type, rule.min_lot_size) for rule in d.lot_type_rules] == [(4, 10_000)]
        assert (d.legs, d.put_or_call, d.strike_price, d.price_ratio, d.tick_rule) == ([], *(NO_VALUE,) * 4)
        assert r.security_id() == 30975


class TestGrowth:
    """Messages of other versions of the schema."""

    def test_an_older_message_lacks_the_newer_fields(self) -> None:
        # Version 9: the root of 54 ends before InstrumentGUID, which came with version 10.
        r = reader()
        assert r.open(packet(message(54, FUTURE_ROOT[:216], FUTURE_GROUPS, version=9))) == faults.OK
        assert r.next() == codes.DEFINITION_FUTURE
        d = r.definition()
        assert (r.version, d.symbol, d.trading_reference_date, d.instrument_guid) == (9, "GCG6", 20_400, NO_VALUE)
        assert (len(d.events), d.inst_attributes) == (2, 0x0008_4001)

    def test_an_older_entry_lacks_the_newer_field(self) -> None:
        entry = book_entry(5, 6, 7)[:27]
        r = reader()
        assert r.open(packet(message(46, UPDATE_ROOT, group(27, entry, entry) + group8(24), version=9))) == faults.OK
        assert r.next() == codes.INCREMENTAL_BOOK
        assert [(r.entry_price(i), r.entry_security_id(i)) for i in range(2)] == [(5, 7), (5, 7)]
        assert r.entry_number(SCHEMA.template(46).groups[0].entry.field("TradeableSize"), 1) == NO_VALUE

    def test_a_short_block_of_todays_version_is_refused(self) -> None:
        assert reader().open(packet(message(54, FUTURE_ROOT[:216], FUTURE_GROUPS))) == faults.BLOCK_TOO_SHORT
        entry = book_entry(5, 6, 7)[:27]
        short = message(46, UPDATE_ROOT, group(27, entry) + group8(24))
        assert reader().open(packet(short)) == faults.ENTRY_TOO_SHORT

    def test_longer_blocks_of_a_newer_version_are_stepped_over(self) -> None:
        first, second = book_entry(5, 6, 7) + b"new", book_entry(8, 9, 10) + b"new"
        order = order_entry(11, 2) + b"new fields"
        data = message(46, UPDATE_ROOT + b"longer", group(35, first, second) + group8(34, order), version=14)
        r = reader()
        assert r.open(packet(data, book(book_entry(1, 2, 3)))) == faults.OK
        assert (r.next(), r.entry_count, r.order_count) == (codes.INCREMENTAL_BOOK, 2, 1)
        assert [(r.entry_price(i), r.entry_size(i), r.entry_security_id(i)) for i in range(2)] == [
            (5, 6, 7),
            (8, 9, 10),
        ]
        assert (r.order_id(0), r.order_reference(0)) == (11, 1)
        assert (r.next(), r.entry_price(0)) == (codes.INCREMENTAL_BOOK, 1)

    def test_groups_of_a_newer_version_are_stepped_over(self) -> None:
        data = message(46, UPDATE_ROOT, group(32, book_entry(5, 6, 7)) + group8(24) + b"\x01\x00\x01x", version=14)
        r = reader()
        assert r.open(packet(data)) == faults.OK
        assert (r.next(), r.entry_price(0)) == (codes.INCREMENTAL_BOOK, 5)

    def test_bytes_behind_the_groups_of_todays_version_are_refused(self) -> None:
        data = message(46, UPDATE_ROOT, group(32, book_entry(5, 6, 7)) + group8(24) + b"\0")
        assert reader().open(packet(data)) == faults.MESSAGE_TRAILING_BYTES


class TestUnknownTemplates:
    def test_they_are_skipped_by_size_and_counted(self) -> None:
        r = reader()
        data = packet(message(1000, b"abc"), book(book_entry(1, 2, 3)), message(65_535, b""))
        assert r.open(data) == faults.OK
        assert (r.next(), r.entry_price(0)) == (codes.INCREMENTAL_BOOK, 1)
        assert r.next() == decoder.END
        assert r.faults.count(faults.TEMPLATE_UNKNOWN) == 2
        assert r.faults.dropped_packets() == 0

    def test_a_template_of_the_exchange_that_is_not_ours(self) -> None:
        r = reader()
        assert r.open(packet(message(39, bytes(35), b"\x20\x00\x00"))) == faults.OK
        assert r.next() == decoder.END
        assert r.faults.count(faults.TEMPLATE_UNKNOWN) == 1


def sized(size: int, data: bytes) -> bytes:
    """The message with another MsgSize."""
    return struct.pack("<H", size) + data[2:]


ONE = book(book_entry(1, 2, 3))


class TestMalformed:
    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (b"", faults.PACKET_TRUNCATED),
            (bytes(11), faults.PACKET_TRUNCATED),
            (bytes(12), faults.PACKET_EMPTY),
            (packet(*[message(1000, bytes(65_000))] * 2), faults.PACKET_OVERSIZE),
            (packet(bytes(1)), faults.MESSAGE_TRUNCATED),
            (packet(ONE, ONE[:9]), faults.MESSAGE_TRUNCATED),
            (packet(ONE, bytes(9)), faults.MESSAGE_TRUNCATED),
            (packet(sized(9, ONE)), faults.MESSAGE_TOO_SHORT),
            (packet(sized(0, ONE)), faults.MESSAGE_TOO_SHORT),
            (packet(sized(len(ONE) + 1, ONE)), faults.MESSAGE_TRUNCATED),
            (packet(message(46, UPDATE_ROOT, group(32) + group8(24), schema_id=8)), faults.SCHEMA_ID_MISMATCH),
            (packet(message(1000, b"", schema_id=8)), faults.SCHEMA_ID_MISMATCH),
            (packet(message(46, UPDATE_ROOT, group(32) + group8(24), version=8)), faults.VERSION_TOO_OLD),
            (packet(message(46, UPDATE_ROOT[:10], group(32) + group8(24))), faults.BLOCK_TOO_SHORT),
            (packet(sized(20, message(46, UPDATE_ROOT))), faults.BLOCK_TRUNCATED),
            (packet(message(46, UPDATE_ROOT, group(31, bytes(31)) + group8(24))), faults.ENTRY_TOO_SHORT),
            (packet(message(46, UPDATE_ROOT, group(32) + group8(23, bytes(23)))), faults.ENTRY_TOO_SHORT),
            (packet(message(46, UPDATE_ROOT)), faults.GROUP_TRUNCATED),
            (packet(message(46, UPDATE_ROOT, group(32))), faults.GROUP_TRUNCATED),
            (packet(message(46, UPDATE_ROOT, b"\x20\x00\x02" + bytes(32) + group8(24))), faults.GROUP_TRUNCATED),
            (packet(message(46, UPDATE_ROOT, b"\x20\x00\xff" + bytes(32) + group8(24))), faults.GROUP_TRUNCATED),
            (packet(message(46, UPDATE_ROOT, b"\xff\xff\x01" + bytes(32) + group8(24))), faults.GROUP_TRUNCATED),
            (packet(message(12, b"", b"\0")), faults.MESSAGE_TRAILING_BYTES),
        ],
    )
    def test_reason(self, data: bytes, reason: int) -> None:
        r = reader()
        assert r.open(data) == reason
        assert r.next() == decoder.END
        assert r.faults.count(reason) == 1
        assert r.faults.dropped_packets() == 1

    def test_a_count_that_is_too_low_is_refused(self) -> None:
        # Two entries, one counted: the second is taken for the header of the orders and does not fit.
        lying = message(46, UPDATE_ROOT, b"\x20\x00\x01" + bytes(64) + group8(24))
        assert reader().open(packet(lying)) == faults.MESSAGE_TRAILING_BYTES

    def test_a_fault_in_the_last_message_refuses_the_whole_packet(self) -> None:
        r = reader()
        assert r.open(packet(ONE, message(46, UPDATE_ROOT))) == faults.GROUP_TRUNCATED
        assert r.next() == decoder.END

    def test_the_reader_works_on_after_a_fault(self) -> None:
        r = reader()
        r.open(b"")
        assert r.open(BOOK_PACKET) == faults.OK
        assert (r.next(), r.entry_count) == (codes.INCREMENTAL_BOOK, 2)

    def test_each_packet_is_read_from_its_first_message(self) -> None:
        r = reader()
        for _ in range(2):
            assert r.open(BOOK_PACKET) == faults.OK
            assert (r.next(), r.message_offset) == (codes.INCREMENTAL_BOOK, 12)

    @pytest.mark.parametrize("data", [BOOK_PACKET, SNAPSHOT_PACKET, packet(FUTURE)], ids=["book", "snapshot", "future"])
    def test_every_truncation_is_refused(self, data: bytes) -> None:
        for length in range(len(data)):
            expected = faults.PACKET_TRUNCATED if length < 12 else faults.MESSAGE_TRUNCATED
            assert reader().open(data[:length]) == (faults.PACKET_EMPTY if length == 12 else expected)
        # The same with a MsgSize that agrees with the cut: then the blocks and groups give it away.
        for length in range(22, len(data)):
            cut = data[:12] + struct.pack("<H", length - 12) + data[14:length]
            assert reader().open(cut) in (faults.BLOCK_TRUNCATED, faults.GROUP_TRUNCATED)


class TestWantedSecurities:
    def test_only_entries_of_wanted_securities_are_found(self) -> None:
        wanted = SecurityTable()
        wanted.add(7, 0)
        wanted.add(9, 5)
        r = reader()
        assert r.open(packet(book(*(book_entry(10 * i, 1, i) for i in (3, 7, 7, 8, 9, 10))))) == faults.OK
        assert r.next() == codes.INCREMENTAL_BOOK
        found = []
        index = r.find_wanted(wanted, 0)
        while index < r.entry_count:
            found.append((index, r.wanted_slot, r.entry_price(index)))
            index = r.find_wanted(wanted, index + 1)
        assert found == [(1, 0, 70), (2, 0, 70), (4, 5, 90)]
        assert r.find_wanted(wanted, 5) == r.find_wanted(wanted, 6) == r.find_wanted(wanted, 9) == 6

    def test_a_snapshot_names_its_security_in_the_root(self) -> None:
        wanted = SecurityTable()
        wanted.add(30975, 0)
        r = reader()
        assert r.open(SNAPSHOT_PACKET) == faults.OK
        assert r.next() == codes.SNAPSHOT_FULL_REFRESH
        assert r.find_wanted(wanted, 0) == r.entry_count
        assert wanted.slot(r.security_id()) == 0


def walk(r: PacketReader, data: bytes) -> list[tuple[int, ...]]:
    """Touch everything that a caller may touch."""
    seen: list[tuple[int, ...]] = []
    if r.open(data) != faults.OK:
        return seen
    wanted = SecurityTable()
    wanted.add(3, 1)
    while (template_id := r.next()) != decoder.END:
        assert template_id > 0
        seen.append((template_id, r.message_offset, r.message_bytes))
        assert r.message_offset + r.message_bytes <= len(data)
        template = SCHEMA.template(template_id)
        for field in template.root.fields:
            r.text(field) if field.is_text() else r.number(field)
        roles = (r.transact_time_utc_ns, r.match_event_indicator, r.security_id, r.snapshot_rpt_seq)
        for role in (*roles, r.last_seq_num_processed, r.total_reports, r.chunks, r.chunk):
            role()
        assert 0 <= r.find_wanted(wanted, 0) <= r.entry_count
        for index in range(r.entry_count):
            touch_entry(r, template_id, index)
        for index in range(r.order_count):
            if len(template.groups) > 1 and template_id < codes.DEFINITION_FUTURE or template_id > 60:
                r.order_id(index), r.order_priority(index), r.order_size(index)
                r.order_reference(index), r.order_action(index)
        if template_id == codes.SECURITY_STATUS:
            r.security_status()
        if template_id in (54, 55, 56):
            r.definition()
    return seen


def touch_entry(r: PacketReader, template_id: int, index: int) -> None:
    r.entry_price(index), r.entry_size(index), r.entry_security_id(index), r.entry_rpt_seq(index)
    r.entry_orders(index), r.entry_level(index), r.entry_action(index), r.entry_type(index)
    r.entry_order_id(index), r.entry_priority(index)
    for field in SCHEMA.template(template_id).groups[0].entry.fields:
        r.entry_number(field, index)


TEMPLATES = st.sampled_from([template.template_id for template in SCHEMA.templates])
SOUND = packet(FUTURE, book(book_entry(1, 2, 3), book_entry(4, 5, 6), orders=(order_entry(1, 1),)), message(12, b""))


class TestFuzz:
    @given(st.binary(max_size=300))
    def test_random_bytes_never_raise(self, data: bytes) -> None:
        walk(reader(), data)

    @given(st.lists(st.tuples(TEMPLATES, st.binary(max_size=300), st.integers(8, 15)), max_size=4))
    def test_random_contents_in_sound_messages_never_raise(self, parts: list[tuple[int, bytes, int]]) -> None:
        messages = []
        for template_id, body, version in parts:
            length = int(SCHEMA.template(template_id).root.length)
            root, rest = body[:length].ljust(length, b"\0"), body[length:]
            messages.append(message(template_id, root, rest, version=version))
        walk(reader(), packet(*messages))

    @given(st.data(), TEMPLATES)
    def test_random_fields_of_every_template_are_read(self, data: st.DataObject, template_id: int) -> None:
        template = SCHEMA.template(template_id)
        root = data.draw(st.binary(min_size=int(template.root.length), max_size=int(template.root.length)))
        rest = b""
        for part in template.groups:
            size, count = int(part.entry.length), data.draw(st.integers(0, 3))
            entries = [data.draw(st.binary(min_size=size, max_size=size)) for _ in range(count)]
            rest += (group if part.dimension.size == 3 else group8)(size, *entries)
        assert walk(reader(), packet(message(template_id, root, rest))) == [(template_id, 12, 10 + len(root + rest))]

    @given(st.integers(0, len(SOUND) - 1), st.integers(0, 255))
    def test_one_wrong_byte_never_raises(self, position: int, value: int) -> None:
        walk(reader(), SOUND[:position] + bytes([value]) + SOUND[position + 1 :])


def test_the_reader_needs_no_object_per_entry() -> None:
    # Everything that the accessors of entries return is an integer that was read in place.
    r = PacketReader(faults.FaultCounts(), LAYOUTS)
    assert r.open(BOOK_PACKET) == faults.OK
    r.next()
    assert type(r.entry_price(0)) is int
