"""OMD-C and OMD-CC as `struct` layouts, written from the documents and sharing nothing with the package.

Each is: layout after the message header, names of its values, and for messages with entries the name of their count (a
value of the layout), the entry's layout and names.
"""

import re
import struct
from typing import Any, NamedTuple


class Layout(NamedTuple):
    fixed: str
    names: str
    count: str = ""
    entry: str = ""
    entry_names: str = ""


SERVICES: dict[int, Layout] = {
    100: Layout("<I", "NewSeqNo"),
    101: Layout("<12s", "Username"),
    102: Layout("<B3x", "SessionStatus"),
    105: Layout("<I", "DRStatus"),
    201: Layout("<H2xII", "ChannelID BeginSeqNum EndSeqNum"),
    202: Layout("<HBxII", "ChannelID RetransStatus BeginSeqNum EndSeqNum"),
    203: Layout("<I", "LastSeqNum"),
}

OMD_C: dict[int, Layout] = {
    **SERVICES,
    10: Layout("<4s25s3sI", "MarketCode MarketName CurrencyCode NumberOfSecurities"),
    11: Layout(
        "<I4s12s4sBx2s40s3s60s60sI4xisssssxsxII38s62xsii41xsII62xIiiIss2xsiBiBI63xH",
        "SecurityCode MarketCode ISINCode InstrumentType ProductType SpreadTableCode SecurityShortName CurrencyCode "
        "SecurityNameGCCS SecurityNameGB LotSize PreviousClosingPrice VCMFlag ShortSellFlag CASFlag CCASSFlag "
        "DummySecurityFlag StampDutyFlag ListingDate DelistingDate FreeText POSFlag POSUpperLimit POSLowerLimit "
        "EFNFlag AccruedInterest CouponRate ConversionRatio StrikePrice1 StrikePrice2 WarrantMaturityDate CallPutFlag "
        "Style WarrantType CallPrice DecimalsInCallPrice Entitlement DecimalsInEntitlement NoWarrantsPerEntitlement "
        "NoUnderlyingSecurities",
        "NoUnderlyingSecurities",
        "<I4x",
        "UnderlyingSecurityCode",
    ),
    13: Layout("<IH", "SecurityCode NoLiquidityProviders", "NoLiquidityProviders", "<H", "LPBrokerNumber"),
    14: Layout("<3sxH2xI", "CurrencyCode CurrencyFactor CurrencyRate"),
    20: Layout(
        "<4sxBBs4xQQ",
        "MarketCode TradingSessionSubID TradingSesStatus TradingSesControlFlag StartDateTime EndDateTime",
    ),
    21: Layout("<IB3x", "SecurityCode SuspensionIndicator"),
    23: Layout(
        "<IQQiii",
        "SecurityCode CoolingOffStartTime CoolingOffEndTime VCMReferencePrice VCMLowerPrice VCMUpperPrice",
    ),
    30: Layout("<IQiIHBxi", "SecurityCode OrderID Price Quantity Side OrderType OrderBookPosition"),
    31: Layout("<IQIH2xi", "SecurityCode OrderID Quantity Side OrderBookPosition"),
    32: Layout("<IQH2x", "SecurityCode OrderID Side"),
    33: Layout("<IQiIHH", "SecurityCode OrderID Price Quantity BrokerID Side"),
    34: Layout("<IQHH", "SecurityCode OrderID BrokerID Side"),
    40: Layout("<Ii", "SecurityCode NominalPrice"),
    41: Layout("<IiQ", "SecurityCode Price AggregateQuantity"),
    43: Layout("<Iiii", "SecurityCode ReferencePrice LowerPrice UpperPrice"),
    44: Layout("<Ii", "SecurityCode Yield"),
    50: Layout("<IIiIh2xQ", "SecurityCode TradeID Price Quantity TrdType TradeTime"),
    51: Layout("<II", "SecurityCode TradeID"),
    52: Layout("<IIiQQhsx", "SecurityCode TickerID Price AggregateQuantity TradeTime TrdType TrdCancelFlag"),
    53: Layout(
        "<I3xB",
        "SecurityCode NoEntries",
        "NoEntries",
        "<QiIHBB4x",
        "AggregateQuantity Price NumberOfOrders Side PriceLevel UpdateAction",
    ),
    54: Layout("<IBHs", "SecurityCode ItemCount Side BQMoreFlag", "ItemCount", "<Hsx", "Item Type"),
    56: Layout("<IsxQ2x", "SecurityCode OrderImbalanceDirection OrderImbalanceQuantity"),
    60: Layout(
        "<IQqiiiiIq",
        "SecurityCode SharesTraded Turnover HighPrice LowPrice LastPrice VWAP ShortSellSharesTraded ShortSellTurnover",
    ),
    61: Layout("<4s3sxq", "MarketCode CurrencyCode Turnover"),
    62: Layout("<IiI", "SecurityCode ClosingPrice NumberOfTrades"),
    70: Layout("<11ss3sx", "IndexCode IndexSource CurrencyCode"),
    71: Layout(
        "<11ssqqqqqqqqqqqis3x",
        "IndexCode IndexStatus IndexTime IndexValue NetChgPrevDay HighValue LowValue EASValue IndexTurnover "
        "OpeningValue ClosingValue PreviousSesClose IndexVolume NetChgPrevDayPct Exception",
    ),
    80: Layout("<2s2sqQ", "StockConnectMarket TradingDirection DailyQuotaBalance DailyQuotaBalanceTime"),
    81: Layout("<2s2sqqq", "StockConnectMarket TradingDirection BuyTurnover SellTurnover BuySellTurnover"),
}

OMD_CC: dict[int, Layout] = {
    **SERVICES,
    610: Layout("<4s25s3sI", "MarketCode MarketName CurrencyCode NumberOfSecurities"),
    611: Layout(
        "<I4s12s4s2x40s3s60x60sIixs6xI7x",
        "SecurityCode MarketCode ISINCode InstrumentType SecurityShortName CurrencyCode SecurityNameGB LotSize "
        "PreviousClosingPrice ShortSellFlag ListingDate",
    ),
    621: Layout("<IB3x8s", "SecurityCode SecurityTradingStatus TradingPhaseCode"),
    655: Layout("<IQQii8x", "SecurityCode AggregateBidQuantity AggregateAskQuantity BidPrice AskPrice"),
    660: Layout("<IQqiiii12x", "SecurityCode SharesTraded Turnover HighPrice LowPrice LastPrice OpeningPrice"),
}

# The total lengths that the documents print, without entries, and the lengths of an entry.
OMD_C_BYTES: dict[int, tuple[int, int]] = {
    100: (8, 0),
    101: (16, 0),
    102: (8, 0),
    105: (8, 0),
    201: (16, 0),
    202: (16, 0),
    203: (8, 0),
    10: (40, 0),
    11: (544, 8),
    13: (10, 2),
    14: (16, 0),
    20: (32, 0),
    21: (12, 0),
    23: (36, 0),
    30: (32, 0),
    31: (28, 0),
    32: (20, 0),
    33: (28, 0),
    34: (20, 0),
    40: (12, 0),
    41: (20, 0),
    43: (20, 0),
    44: (12, 0),
    50: (32, 0),
    51: (12, 0),
    52: (36, 0),
    53: (12, 24),
    54: (12, 4),
    56: (20, 0),
    60: (52, 0),
    61: (20, 0),
    62: (16, 0),
    70: (20, 0),
    71: (112, 0),
    80: (24, 0),
    81: (32, 0),
}
OMD_CC_BYTES: dict[int, tuple[int, int]] = {
    100: (8, 0),
    101: (16, 0),
    102: (8, 0),
    105: (8, 0),
    201: (16, 0),
    202: (16, 0),
    203: (8, 0),
    610: (40, 0),
    611: (220, 0),
    621: (20, 0),
    655: (40, 0),
    660: (52, 0),
}


def offsets(layout: str, names: str, start: int) -> dict[str, int]:
    """Where each value of a layout stands, `start` being where the layout begins."""
    values = re.findall(r"\d*[a-zA-Z]", layout)
    found: dict[str, int] = {}
    left = names.split()
    at = start
    for value in values:
        if value.endswith("x"):
            at += struct.calcsize("<" + value)
            continue
        repeat = 1 if value.endswith("s") else int(value[:-1] or 1)
        for _ in range(repeat):
            found[left.pop(0)] = at
            at += struct.calcsize("<" + (value if value.endswith("s") else value[-1]))
    assert not left
    return found


def decode(layouts: dict[int, Layout], packet: bytes) -> list[tuple[int, dict[str, Any], list[dict[str, Any]]]]:
    """Each message's type, its values (text without padding, UTF-16 where the name says GB or GCCS), its entries."""
    size, count = struct.unpack_from("<HB", packet)
    assert size == len(packet)
    messages = []
    offset = 16
    for _ in range(count):
        message_size, message_type = struct.unpack_from("<HH", packet, offset)
        layout = layouts[message_type]
        values = _values(layout.fixed, layout.names, packet, offset + 4)
        at = offset + 4 + struct.calcsize(layout.fixed)
        entries = []
        for _ in range(values[layout.count] if layout.count else 0):
            entries.append(_values(layout.entry, layout.entry_names, packet, at))
            at += struct.calcsize(layout.entry)
        assert at == offset + message_size
        messages.append((message_type, values, entries))
        offset = at
    assert offset == size
    return messages


def _values(layout: str, names: str, packet: bytes, offset: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in zip(names.split(), struct.unpack_from(layout, packet, offset), strict=True):
        if isinstance(value, bytes):
            encoding = "utf-16-le" if name.endswith(("GB", "GCCS")) else "ascii"
            found[name] = value.decode(encoding).rstrip(" \0")
        else:
            found[name] = value
    return found
