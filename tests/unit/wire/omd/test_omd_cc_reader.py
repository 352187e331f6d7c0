"""OMD-CC packets written by hand from the documents, read field by field; and whatever else can arrive."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross_market_connect.wire.omd import faults, omd_cc
from cross_market_connect.wire.omd.description import FILLER, TEXT, TEXT_NUL, UNICODE
from cross_market_connect.wire.omd.faults import FaultCounts
from cross_market_connect.wire.omd.omd_cc_messages import OMD_CC
from cross_market_connect.wire.omd.omd_cc_reader import OmdCcReader
from cross_market_connect.wire.omd.packet_reader import END


def packet(*messages: str) -> bytes:
    content = b"".join(bytes.fromhex(m) for m in messages)
    # The fourth byte is a filler with whatever was in the sender's memory.
    return struct.pack("<HBBIQ", 16 + len(content), len(messages), 0x98, 1, 0) + content


def contents(r: OmdCcReader) -> dict[str, int | str]:
    fields = [f for f in OMD_CC.message(r.message_type).fields[2:] if f.kind != FILLER]
    return {f.name: r.text(f) if f.kind in (TEXT, TEXT_NUL, UNICODE) else r.number(f) for f in fields}


BY_HAND: list[tuple[str, dict[str, int | str]]] = [
    (
        # Texts of this flavour come padded with NUL.
        "2800 6202 41535a52 5a48454e0000000000000000000000000000000000000000 00 434e59 5b000000",
        {"MarketCode": omd_cc.MARKET_SHENZHEN, "MarketName": "ZHEN", "CurrencyCode": "CNY", "NumberOfSecurities": 91},
    ),
    (
        "dc00 6302 f8240900 41534852 434e45303030303031523834 45515459 0000"
        + b"PING AN".ljust(40, b"\0").hex()
        + "434e59"
        + "00" * 60
        + "2d4efd560000"
        + "00" * 54
        + "64000000 d8cc0000 00 59 000000000000 dbb63201 00000000000000",
        {
            "SecurityCode": 599_288,
            "MarketCode": omd_cc.MARKET_SHANGHAI,
            "ISINCode": "CNE000001R84",
            "InstrumentType": "EQTY",
            "SecurityShortName": "PING AN",
            "CurrencyCode": "CNY",
            "SecurityNameGB": "中国",
            "LotSize": 100,
            "PreviousClosingPrice": 52_440,
            "ShortSellFlag": "Y",
            "ListingDate": 20_100_827,
        },
    ),
    (
        "1400 6d02 f8240900 02 000000 5031202020202020",
        {"SecurityCode": 599_288, "SecurityTradingStatus": omd_cc.TRADING_HALT, "TradingPhaseCode": "P1"},
    ),
    (
        "2800 8f02 f8240900 00f2052a01000000 a400000000000000 fc170000 2e180000 0000000000000000",
        {
            "SecurityCode": 599_288,
            "AggregateBidQuantity": 5_000_000_000,
            "AggregateAskQuantity": 164,
            "BidPrice": 6140,
            "AskPrice": 6190,
        },
    ),
    (
        (
            "3400 9402 f8240900 00f2052a01000000 ffffffffffffff7f 2e180000 fc170000 fd170000 fe170000"
            "000000000000000000000000"
        ),
        {
            "SecurityCode": 599_288,
            "SharesTraded": 5_000_000_000,
            "Turnover": 2**63 - 1,
            "HighPrice": 6190,
            "LowPrice": 6140,
            "LastPrice": 6141,
            "OpeningPrice": 6142,
        },
    ),
]


@pytest.mark.parametrize(("message", "values"), BY_HAND, ids=[h[5:9] for h, _ in BY_HAND])
def test_every_field(message: str, values: dict[str, int | str]) -> None:
    r = OmdCcReader(FaultCounts())
    assert r.open(packet(message)) == faults.OK
    assert r.next() == int.from_bytes(bytes.fromhex(message)[2:4], "little")
    assert contents(r) == values
    assert r.entry_count() == 0
    assert r.next() == END


def test_top_of_book_accessors() -> None:
    r = OmdCcReader(FaultCounts())
    assert r.open(packet(BY_HAND[3][0], BY_HAND[2][0])) == faults.OK
    assert (r.next(), r.security_code()) == (omd_cc.TOP_OF_BOOK, 599_288)
    assert (r.bid_quantity(), r.ask_quantity(), r.bid_price(), r.ask_price()) == (5_000_000_000, 164, 6140, 6190)
    assert (r.next(), r.security_code()) == (omd_cc.SECURITY_STATUS, 599_288)


def test_every_truncation_of_every_message_is_refused() -> None:
    for message, _ in BY_HAND:
        data = packet(message)
        for length in range(len(data)):
            assert OmdCcReader(FaultCounts()).open(data[:length]) == faults.PACKET_TRUNCATED
        for length in range(20, len(data)):
            cut = struct.pack("<H", length) + data[2:16] + struct.pack("<H", length - 16) + data[18:length]
            r = OmdCcReader(FaultCounts())
            assert r.open(cut) == faults.MESSAGE_TOO_SHORT
            assert (r.next(), r.faults.dropped_packets()) == (END, 1)


def walk(data: bytes) -> None:
    r = OmdCcReader(FaultCounts())
    if r.open(data) == faults.OK:
        while r.next() != END:
            contents(r)
            r.security_code()


class TestFuzz:
    @given(st.binary(max_size=200))
    def test_random_bytes_never_raise(self, data: bytes) -> None:
        walk(data)

    @given(
        st.lists(
            st.tuples(st.sampled_from([m.message_type for m in OMD_CC.messages]), st.binary(max_size=250)), max_size=4
        )
    )
    def test_random_contents_in_sound_frames_never_raise(self, parts: list[tuple[int, bytes]]) -> None:
        walk(packet(*((struct.pack("<HH", 4 + len(body), kind) + body).hex() for kind, body in parts)))

    @given(st.sampled_from([h for h, _ in BY_HAND]), st.data())
    def test_one_wrong_byte_never_raises(self, message: str, data: st.DataObject) -> None:
        sound = packet(message)
        at = data.draw(st.integers(0, len(sound) - 1))
        walk(sound[:at] + bytes([data.draw(st.integers(0, 255))]) + sound[at + 1 :])
