"""A second decoder of OMD-D, written with `struct` from the offsets printed in the specification (version 1.47).

It shares nothing with the package: no description, no constants. What the two agree on is checked twice.
"""

import struct
from collections.abc import Callable
from typing import Any

import pytest

LAYOUTS: dict[int, tuple[str, tuple[str, ...]]] = {
    100: ("<I", ("NewSeqNo",)),
    105: ("<I", ("DRStatus",)),
    203: ("<I", ("LastSeqNum",)),
    301: (
        "<HH12s3sB32sq20sBB6s2x",
        (
            "CommodityCode",
            "DecimalInUnderlyingPrice",
            "ISINCode",
            "BaseCurrency",
            "UnderlyingPriceUnit",
            "CommodityName",
            "NominalValue",
            "UnderlyingCode",
            "UnderlyingType",
            "EffectiveTomorrow",
            "CommodityID",
        ),
    ),
    302: (
        "<BBBBH2xiIHHHHBB3s14s32s1s32sBix",
        (
            "Country",
            "Market",
            "InstrumentGroup",
            "Modifier",
            "CommodityCode",
            "PriceQuotationFactor",
            "ContractSize",
            "DecimalInStrikePrice",
            "DecimalInContractSize",
            "DecimalInPremium",
            "RankingType",
            "Tradable",
            "PremiumUnit4Price",
            "BaseCurrency",
            "InstrumentClassID",
            "InstrumentClassName",
            "IsFractions",
            "SettlementCurrencyID",
            "EffectiveTomorrow",
            "TickStepSize",
        ),
    ),
    303: (
        "<I32sBHBi8sHBx",
        (
            "OrderbookID",
            "Symbol",
            "FinancialProduct",
            "NumberOfDecimalsPrice",
            "NumberOfLegs",
            "StrikePrice",
            "ExpirationDate",
            "DecimalInStrikePrice",
            "PutOrCall",
        ),
    ),
    304: (
        "<I32sBBBBHHiq12sBBiBx8sqq",
        (
            "OrderbookID",
            "Symbol",
            "Country",
            "Market",
            "InstrumentGroup",
            "Modifier",
            "CommodityCode",
            "ExpirationDate",
            "StrikePrice",
            "ContractSize",
            "ISINCode",
            "SeriesStatus",
            "EffectiveTomorrow",
            "PriceQuotationFactor",
            "PriceMethod",
            "EffectiveExpDate",
            "DateTimeLastTrading",
            "DateTimeFirstTrading",
        ),
    ),
    320: (
        "<HBBIH2x8s6s8s6sHHB3x",
        (
            "StateLevel",
            "Market",
            "Instrument",
            "OrderbookID",
            "CommodityCode",
            "ActualStartDate",
            "ActualStartTime",
            "PlannedStartDate",
            "PlannedStartTime",
            "SecondsToStateChange",
            "State",
            "Priority",
        ),
    ),
    321: ("<IBB2x", ("OrderbookID", "SuspensionIndicator", "SeriesStatus")),
    350: (
        "<IQiQIBBHH2xQQ",
        (
            "OrderbookID",
            "OrderID",
            "Price",
            "TradeID",
            "ComboGroupID",
            "Side",
            "DealType",
            "TradeCondition",
            "DealInfo",
            "Quantity",
            "TradeTime",
        ),
    ),
    353: ("<I3xB", ("OrderbookID", "NoEntries")),
}
ENTRY = struct.Struct("<QiIBxBB4x")


def decode(packet: bytes) -> dict[str, Any]:
    """The packet as plain values: header fields, and the messages with their entries."""
    size, count, mode, seq_num, send_time = struct.unpack_from("<HBBIQ", packet)
    assert size == len(packet)
    messages = []
    offset = 16
    for _ in range(count):
        message_size, message_type = struct.unpack_from("<HH", packet, offset)
        layout, names = LAYOUTS[message_type]
        values: dict[str, Any] = dict(zip(names, struct.unpack_from(layout, packet, offset + 4), strict=True))
        end = offset + 4 + struct.calcsize(layout)
        for name, value in values.items():
            if isinstance(value, bytes):
                values[name] = value.decode("ascii").rstrip(" ")
        if message_type == 353:
            values["entries"] = [ENTRY.unpack_from(packet, end + 24 * i) for i in range(values["NoEntries"])]
            end += 24 * values["NoEntries"]
        assert end == offset + message_size
        messages.append({"MsgType": message_type, **values})
        offset = end
    assert offset == size
    return {"MsgCount": count, "mode": mode, "SeqNum": seq_num, "SendTime": send_time, "messages": messages}


@pytest.fixture(scope="session")
def reference_decode() -> Callable[[bytes], dict[str, Any]]:
    return decode
