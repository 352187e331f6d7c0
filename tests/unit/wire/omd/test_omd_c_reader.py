"""OMD-C packets written by hand from the documents, read field by field; and whatever else can arrive."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross_market_connect.wire.omd import faults, omd_c
from cross_market_connect.wire.omd.description import FILLER, TEXT, TEXT_NUL, UNICODE, Field, MessageDescription
from cross_market_connect.wire.omd.family import ACTION_CHANGE, ACTION_CLEAR, ACTION_NEW, SIDE_BID, SIDE_OFFER
from cross_market_connect.wire.omd.faults import FaultCounts
from cross_market_connect.wire.omd.omd_c_messages import OMD_C
from cross_market_connect.wire.omd.omd_c_reader import OmdCReader
from cross_market_connect.wire.omd.packet_reader import END, PacketReader

# 10:00:00 Hong Kong time on 2 March 2026, and 100 seconds later.
TEN_UTC_NS = 1_772_416_800_000_000_000
HEADER_TAIL = "01000000 0040ef5db0e39818"  # SeqNum 1, SendTime


def packet(*messages: str) -> bytes:
    content = b"".join(bytes.fromhex(m) for m in messages)
    return struct.pack("<HBB", 16 + len(content), len(messages), 0xDD) + bytes.fromhex(HEADER_TAIL) + content


def reader() -> OmdCReader:
    return OmdCReader(FaultCounts())


def opened(*messages: str) -> OmdCReader:
    r = reader()
    assert r.open(packet(*messages)) == faults.OK
    return r


def value(r: PacketReader, field: Field) -> int | str:
    return r.text(field) if field.kind in (TEXT, TEXT_NUL, UNICODE) else r.number(field)


def entry_value(r: PacketReader, field: Field, index: int) -> int | str:
    return r.entry_text(field, index) if field.kind in (TEXT, TEXT_NUL, UNICODE) else r.entry_number(field, index)


def contents(r: PacketReader) -> tuple[dict[str, int | str], list[dict[str, int | str]]]:
    """Every field of the current message but its header, and every field of its entries."""
    message = OMD_C.message(r.message_type)
    values = {f.name: value(r, f) for f in message.fields[2:] if f.kind != FILLER}
    names = [f for f in message.entry_fields if f.kind != FILLER]
    return values, [{f.name: entry_value(r, f, i) for f in names} for i in range(r.entry_count())]


BY_HAND: list[tuple[str, dict[str, int | str], list[dict[str, int | str]]]] = [
    (
        "2800 0a00 4d41494e 4d41494e20424f415244 202020202020202020202020202020 484b44 b80b0000",
        {"MarketCode": "MAIN", "MarketName": "MAIN BOARD", "CurrencyCode": "HKD", "NumberOfSecurities": 3000},
        [],
    ),
    (
        "0e00 0d00 bc020000 0200 e903 ffff",
        {"SecurityCode": 700, "NoLiquidityProviders": 2},
        [{"LPBrokerNumber": 1001}, {"LPBrokerNumber": 65535}],
    ),
    (
        "1000 0e00 4a5059 00 0300 0000 e8d50d00",
        {"CurrencyCode": "JPY", "CurrencyFactor": 3, "CurrencyRate": 906_728},
        [],
    ),
    (
        "2000 1400 4d41494e 01 03 02 30 20202020 0040ef5db0e39818 002866a6c7e39818",
        {
            "MarketCode": "MAIN",
            "TradingSessionSubID": omd_c.SESSION_CONTINUOUS,
            "TradingSesStatus": 2,
            "TradingSesControlFlag": "0",
            "StartDateTime": TEN_UTC_NS,
            "EndDateTime": TEN_UTC_NS + 100_000_000_000,
        },
        [],
    ),
    ("0c00 1500 bc020000 02 202020", {"SecurityCode": 700, "SuspensionIndicator": omd_c.HALTED_OR_SUSPENDED}, []),
    (
        "2400 1700 bc020000 0040ef5db0e39818 002866a6c7e39818 50340300 200b0300 805d0300",
        {
            "SecurityCode": 700,
            "CoolingOffStartTime": TEN_UTC_NS,
            "CoolingOffEndTime": TEN_UTC_NS + 100_000_000_000,
            "VCMReferencePrice": 210_000,
            "VCMLowerPrice": 199_456,
            "VCMUpperPrice": 220_544,
        },
        [],
    ),
    (
        "2000 1e00 bc020000 01f2052a01000000 94580900 90010000 0100 32 00 03000000",
        {
            "SecurityCode": 700,
            "OrderID": 5_000_000_001,
            "Price": 612_500,
            "Quantity": 400,
            "Side": SIDE_OFFER,
            "OrderType": omd_c.ORDER_TYPE_LIMIT,
            "OrderBookPosition": 3,
        },
        [],
    ),
    (
        "1c00 1f00 bc020000 01f2052a01000000 2c010000 0100 0000 feffffff",
        {"SecurityCode": 700, "OrderID": 5_000_000_001, "Quantity": 300, "Side": 1, "OrderBookPosition": -2},
        [],
    ),
    (
        "1400 2000 bc020000 01f2052a01000000 0000 0000",
        {"SecurityCode": 700, "OrderID": 5_000_000_001, "Side": SIDE_BID},
        [],
    ),
    (
        "1c00 2100 bc020000 0700000000000000 94580900 03000000 d204 0100",
        {"SecurityCode": 700, "OrderID": 7, "Price": 612_500, "Quantity": 3, "BrokerID": 1234, "Side": 1},
        [],
    ),
    (
        "1400 2200 bc020000 0700000000000000 d204 0100",
        {"SecurityCode": 700, "OrderID": 7, "BrokerID": 1234, "Side": 1},
        [],
    ),
    ("0c00 2800 bc020000 94580900", {"SecurityCode": 700, "NominalPrice": 612_500}, []),
    (
        "1400 2900 bc020000 94580900 40420f0000000000",
        {"SecurityCode": 700, "Price": 612_500, "AggregateQuantity": 1_000_000},
        [],
    ),
    (
        "1400 2b00 bc020000 94580900 00000000 ffffff7f",
        {"SecurityCode": 700, "ReferencePrice": 612_500, "LowerPrice": 0, "UpperPrice": 2**31 - 1},
        [],
    ),
    ("0c00 2c00 bc020000 18fcffff", {"SecurityCode": 700, "Yield": -1000}, []),
    (
        "2000 3200 bc020000 2a000000 94580900 90010000 6600 0000 0040ef5db0e39818",
        {
            "SecurityCode": 700,
            "TradeID": 42,
            "Price": 612_500,
            "Quantity": 400,
            "TrdType": omd_c.TRADE_ODD_LOT,
            "TradeTime": TEN_UTC_NS,
        },
        [],
    ),
    ("0c00 3300 bc020000 2a000000", {"SecurityCode": 700, "TradeID": 42}, []),
    (
        "2400 3400 bc020000 2b000000 94580900 00f2052a01000000 0040ef5db0e39818 ffff 59 00",
        {
            "SecurityCode": 700,
            "TickerID": 43,
            "Price": 612_500,
            "AggregateQuantity": 5_000_000_000,
            "TradeTime": TEN_UTC_NS,
            "TrdType": -1,
            "TrdCancelFlag": "Y",
        },
        [],
    ),
    (
        "1400 3600 bc020000 02 0200 59 d204 42 00 0100 53 00",
        {"SecurityCode": 700, "ItemCount": 2, "Side": omd_c.BROKER_QUEUE_SELL, "BQMoreFlag": "Y"},
        [{"Item": 1234, "Type": "B"}, {"Item": 1, "Type": "S"}],
    ),
    (
        "1400 3800 bc020000 42 00 5046000000000000 0000",
        {"SecurityCode": 700, "OrderImbalanceDirection": "B", "OrderImbalanceQuantity": 18_000},
        [],
    ),
    (
        (
            "3400 3c00 bc020000 00f2052a01000000 ffffffffffffff7f"
            "805d0300 200b0300 50340300 51340300 00000080 0100000000000080"
        ),
        {
            "SecurityCode": 700,
            "SharesTraded": 5_000_000_000,
            "Turnover": 2**63 - 1,
            "HighPrice": 220_544,
            "LowPrice": 199_456,
            "LastPrice": 210_000,
            "VWAP": 210_001,
            "ShortSellSharesTraded": 2**31,
            "ShortSellTurnover": -(2**63) + 1,
        },
        [],
    ),
    (
        "1400 3d00 474d4520 202020 00 00f2052a01000000",
        {"MarketCode": "GME", "CurrencyCode": "", "Turnover": 5_000_000_000},
        [],
    ),
    (
        "1000 3e00 bc020000 94580900 39300000",
        {"SecurityCode": 700, "ClosingPrice": 612_500, "NumberOfTrades": 12_345},
        [],
    ),
    (
        "1400 4600 3030303031303020202020 48 484b44 00",
        {"IndexCode": "0000100", "IndexSource": "H", "CurrencyCode": "HKD"},
        [],
    ),
    (
        (
            "7000 4700 3030303031303020202020 54 0040ef5db0e39818"
            "0100000000000000 0200000000000000 0300000000000000 0400000000000000 0500000000000000 0600000000000000"
            "0700000000000000 0800000000000000 0900000000000000 0000000000000080 f6ffffff 23 000000"
        ),
        {
            "IndexCode": "0000100",
            "IndexStatus": "T",
            "IndexTime": TEN_UTC_NS,
            "IndexValue": 1,
            "NetChgPrevDay": 2,
            "HighValue": 3,
            "LowValue": 4,
            "EASValue": 5,
            "IndexTurnover": 6,
            "OpeningValue": 7,
            "ClosingValue": 8,
            "PreviousSesClose": 9,
            "IndexVolume": -(2**63),
            "NetChgPrevDayPct": -10,
            "Exception": "#",
        },
        [],
    ),
    (
        "1800 5000 5348 4e42 00b864d945000000 0040ef5db0e39818",
        {
            "StockConnectMarket": "SH",
            "TradingDirection": "NB",
            "DailyQuotaBalance": 300_000_000_000,
            "DailyQuotaBalanceTime": TEN_UTC_NS,
        },
        [],
    ),
    (
        "2000 5100 535a 5342 0100000000000000 0200000000000000 0300000000000000",
        {
            "StockConnectMarket": "SZ",
            "TradingDirection": "SB",
            "BuyTurnover": 1,
            "SellTurnover": 2,
            "BuySellTurnover": 3,
        },
        [],
    ),
]


def security_definition() -> str:
    """A Security Definition with one underlying, put together as the document lists it."""
    parts = [
        "2802 0b00",  # MsgSize 552, MsgType 11
        "bc020000",  # SecurityCode 700
        b"MAIN".hex() + b"KYG875721634".hex() + b"EQTY".hex() + "01 00" + b"01".hex(),
        b"TENCENT".ljust(40).hex() + b"HKD".hex(),
        "309a0a8aa763a180" + "00" * 52,  # in traditional characters
        "7e81af8ba763a180" + "00" * 52,  # in simplified characters
        "64000000 00000000 94580900",  # LotSize 100, filler, PreviousClosingPrice 612.500
        b"YYYYN".hex() + "00" + b"Y".hex() + "00",
        "a8cb3101 00000000",  # ListingDate 16 June 2004, DelistingDate none
        b"ANY TEXT".ljust(38).hex() + "20" * 62,
        b"Y".hex() + "a0bb0d00 200b0300" + "00" * 41,
        "20 01000000 02000000" + "00" * 62,
        "a0860100 03000000 04000000 c0613401" + b"CE".hex() + "0000" + b"N".hex(),
        "05000000 03 06000000 02 64000000" + "00" * 63,
        "0100 92250000 00000000",
    ]
    return " ".join(parts)


class TestHandMadePackets:
    @pytest.mark.parametrize(("message", "values", "entries"), BY_HAND, ids=[h[5:9] for h, _, _ in BY_HAND])
    def test_every_field(self, message: str, values: dict[str, int | str], entries: list[dict[str, int | str]]) -> None:
        r = opened(message)
        assert r.next() == int.from_bytes(bytes.fromhex(message)[2:4], "little")
        assert contents(r) == (values, entries)
        assert r.next() == END

    def test_security_definition(self) -> None:
        r = opened(security_definition())
        assert r.next() == omd_c.SECURITY_DEFINITION
        assert r.security_code() == 700
        values, entries = contents(r)
        assert values == {
            "SecurityCode": 700,
            "MarketCode": "MAIN",
            "ISINCode": "KYG875721634",
            "InstrumentType": "EQTY",
            "ProductType": 1,
            "SpreadTableCode": "01",
            "SecurityShortName": "TENCENT",
            "CurrencyCode": "HKD",
            "SecurityNameGCCS": "騰訊控股",
            "SecurityNameGB": "腾讯控股",
            "LotSize": 100,
            "PreviousClosingPrice": 612_500,
            "VCMFlag": "Y",
            "ShortSellFlag": "Y",
            "CASFlag": "Y",
            "CCASSFlag": "Y",
            "DummySecurityFlag": "N",
            "StampDutyFlag": "Y",
            "ListingDate": 20_040_616,
            "DelistingDate": 0,
            "FreeText": "ANY TEXT",
            "POSFlag": "Y",
            "POSUpperLimit": 900_000,
            "POSLowerLimit": 199_456,
            "EFNFlag": "",
            "AccruedInterest": 1,
            "CouponRate": 2,
            "ConversionRatio": 100_000,
            "StrikePrice1": 3,
            "StrikePrice2": 4,
            "WarrantMaturityDate": 20_210_112,
            "CallPutFlag": "C",
            "Style": "E",
            "WarrantType": "N",
            "CallPrice": 5,
            "DecimalsInCallPrice": 3,
            "Entitlement": 6,
            "DecimalsInEntitlement": 2,
            "NoWarrantsPerEntitlement": 100,
            "NoUnderlyingSecurities": 1,
        }
        assert entries == [{"UnderlyingSecurityCode": 9618}]


class TestAccessors:
    def test_orders(self) -> None:
        r = opened(*(h for h, _, _ in BY_HAND if h[5:7] in ("1e", "1f", "20", "21", "22")))
        assert (r.next(), r.security_code(), r.order_id()) == (omd_c.ADD_ORDER, 700, 5_000_000_001)
        assert (r.order_price(), r.order_quantity(), r.order_side()) == (612_500, 400, SIDE_OFFER)
        assert r.order_type() == omd_c.ORDER_TYPE_LIMIT
        assert (r.next(), r.security_code(), r.order_id()) == (omd_c.MODIFY_ORDER, 700, 5_000_000_001)
        assert (r.order_quantity(), r.order_side()) == (300, SIDE_OFFER)
        assert (r.next(), r.security_code(), r.order_id()) == (omd_c.DELETE_ORDER, 700, 5_000_000_001)
        assert r.order_side() == SIDE_BID
        assert (r.next(), r.security_code(), r.order_id()) == (omd_c.ADD_ODD_LOT_ORDER, 700, 7)
        assert (r.order_price(), r.order_quantity(), r.order_side()) == (612_500, 3, SIDE_OFFER)
        assert (r.next(), r.security_code(), r.order_id()) == (omd_c.DELETE_ODD_LOT_ORDER, 700, 7)
        assert r.order_side() == SIDE_OFFER

    def test_trades_and_status(self) -> None:
        r = opened(*(h for h, _, _ in BY_HAND if h[5:7] in ("15", "32", "33")))
        assert (r.next(), r.suspension_indicator()) == (omd_c.SECURITY_STATUS, omd_c.HALTED_OR_SUSPENDED)
        assert (r.next(), r.trade_id(), r.trade_price()) == (omd_c.TRADE, 42, 612_500)
        assert (r.trade_quantity(), r.trade_type(), r.trade_utc_ns()) == (400, omd_c.TRADE_ODD_LOT, TEN_UTC_NS)
        assert (r.next(), r.trade_id()) == (omd_c.TRADE_CANCEL, 42)

    def test_book_update(self) -> None:
        r = opened(
            "5400 3500 bc020000 000000 03"
            "fa00000000000000 94580900 01000000 0000 01 00 00000000"
            "00f2052a01000000 a45a0900 ffffffff 0100 0a 01 ffffffff"
            "0000000000000000 00000000 00000000 0000 00 4a 00000000"
        )
        assert (r.next(), r.security_code()) == (omd_c.AGGREGATE_ORDER_BOOK_UPDATE, 700)
        assert r.entry_count() == 3
        assert [r.entry_quantity(i) for i in range(3)] == [250, 5_000_000_000, 0]
        assert [r.entry_price(i) for i in range(3)] == [612_500, 613_028, 0]
        assert [r.entry_orders(i) for i in range(3)] == [1, 2**32 - 1, 0]
        assert [r.entry_side(i) for i in range(3)] == [SIDE_BID, SIDE_OFFER, SIDE_BID]
        assert [r.entry_level(i) for i in range(3)] == [1, 10, 0]
        assert [r.entry_action(i) for i in range(3)] == [ACTION_NEW, ACTION_CHANGE, ACTION_CLEAR]

    def test_both_bytes_of_a_side_count(self) -> None:
        # 0x0100 is no bid, whatever its low byte says.
        r = opened(
            "2400 3500 bc020000 000000 01 fa00000000000000 94580900 01000000 0001 01 00 00000000",
            "1400 2000 bc020000 0100000000000000 0001 0000",
        )
        assert (r.next(), r.entry_side(0)) == (omd_c.AGGREGATE_ORDER_BOOK_UPDATE, 256)
        assert (r.next(), r.order_side()) == (omd_c.DELETE_ORDER, 256)


# One message of every kind that a reader must refuse to read beyond.
EVERY_MESSAGE = [*(h for h, _, _ in BY_HAND), security_definition()]


class TestMalformed:
    def test_every_truncation_of_every_message_is_refused(self) -> None:
        for message in EVERY_MESSAGE:
            data = packet(message)
            for length in range(len(data)):
                assert reader().open(data[:length]) == faults.PACKET_TRUNCATED
            # The same with sizes of packet and message that agree with the cut: then the type's length gives it away.
            for length in range(20, len(data)):
                cut = struct.pack("<H", length) + data[2:16] + struct.pack("<H", length - 16) + data[18:length]
                r = reader()
                reason = r.open(cut)
                assert reason in (faults.MESSAGE_TOO_SHORT, faults.ENTRY_COUNT_MISMATCH), message
                assert (r.next(), r.faults.count(reason), r.faults.dropped_packets()) == (END, 1, 1)

    def test_news_is_skipped_by_its_size(self) -> None:
        r = opened("0600 1600 ffff", "0c00 3300 bc020000 2a000000")
        assert (r.next(), r.message_seq_num) == (omd_c.TRADE_CANCEL, 2)
        assert r.faults.count(faults.MESSAGE_TYPE_UNKNOWN) == 1


def walk(data: bytes) -> None:
    """Touch everything that a caller may touch."""
    r = reader()
    if r.open(data) != faults.OK:
        assert r.faults.dropped_packets() == 1
        return
    while r.next() != END:
        contents(r)
        r.security_code(), r.entry_count()
        if omd_c.ADD_ORDER <= r.message_type <= omd_c.DELETE_ODD_LOT_ORDER:
            r.order_id(), r.order_side()
        if r.message_type == omd_c.AGGREGATE_ORDER_BOOK_UPDATE:
            for i in range(r.entry_count()):
                r.entry_side(i), r.entry_price(i), r.entry_level(i), r.entry_action(i)


class TestFuzz:
    @given(st.binary(max_size=200))
    def test_random_bytes_never_raise(self, data: bytes) -> None:
        walk(data)

    @given(
        st.lists(
            st.tuples(st.sampled_from([m.message_type for m in OMD_C.messages]), st.binary(max_size=600)), max_size=3
        )
    )
    def test_random_contents_in_sound_frames_never_raise(self, parts: list[tuple[int, bytes]]) -> None:
        walk(packet(*((struct.pack("<HH", 4 + len(body), kind) + body).hex() for kind, body in parts)))

    @given(st.data(), st.sampled_from(OMD_C.messages))
    def test_random_fields_of_the_right_length_never_raise(
        self, data: st.DataObject, message: MessageDescription
    ) -> None:
        body = data.draw(st.binary(min_size=int(message.size) - 4, max_size=int(message.size) - 4))
        walk(packet((struct.pack("<HH", int(message.size), int(message.message_type)) + body).hex()))

    @given(st.sampled_from(EVERY_MESSAGE), st.data())
    def test_one_wrong_byte_never_raises(self, message: str, data: st.DataObject) -> None:
        sound = packet(message)
        at = data.draw(st.integers(0, len(sound) - 1))
        walk(sound[:at] + bytes([data.draw(st.integers(0, 255))]) + sound[at + 1 :])
