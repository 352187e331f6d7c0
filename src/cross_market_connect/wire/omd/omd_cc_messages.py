"""The messages of OMD-CC, field by field.

Source: the documents named in `omd_cc.py`.
"""

from __future__ import annotations

from typing import Final

from cross_market_connect.wire.omd.description import (
    INT32,
    INT64,
    UINT8,
    UINT32,
    UINT64,
    UNICODE,
    Field,
    Flavour,
    MessageDescription,
    filler,
    number,
    text,
)
from cross_market_connect.wire.omd.family import market_definition, service_messages
from cross_market_connect.wire.omd.omd_cc import (
    MARKET_DEFINITION,
    SECURITY_DEFINITION,
    SECURITY_STATUS,
    STATISTICS,
    TOP_OF_BOOK,
)


def _definitions() -> list[MessageDescription]:
    return [
        market_definition(MARKET_DEFINITION, ""),
        MessageDescription(
            SECURITY_DEFINITION,
            "Security Definition",
            "",
            220,
            [
                number("SecurityCode", UINT32),
                text("MarketCode", 4),
                text("ISINCode", 12),
                text("InstrumentType", 4),
                filler(2),
                text("SecurityShortName", 40),
                text("CurrencyCode", 3),
                filler(60),
                Field("SecurityNameGB", UNICODE, 60),
                number("LotSize", UINT32),
                number("PreviousClosingPrice", INT32),
                filler(1),
                text("ShortSellFlag", 1),
                filler(6),
                number("ListingDate", UINT32),
                filler(7),
            ],
        ),
    ]


def _market_data() -> list[MessageDescription]:
    return [
        MessageDescription(
            SECURITY_STATUS,
            "Security Status",
            "",
            20,
            [
                number("SecurityCode", UINT32),
                number("SecurityTradingStatus", UINT8),
                filler(3),
                text("TradingPhaseCode", 8),
            ],
        ),
        MessageDescription(
            TOP_OF_BOOK,
            "Top Of Book",
            "",
            40,
            [
                number("SecurityCode", UINT32),
                number("AggregateBidQuantity", UINT64),
                number("AggregateAskQuantity", UINT64),
                number("BidPrice", INT32),
                number("AskPrice", INT32),
                filler(8),
            ],
        ),
        MessageDescription(
            STATISTICS,
            "Statistics",
            "",
            52,
            [
                number("SecurityCode", UINT32),
                number("SharesTraded", UINT64),
                number("Turnover", INT64),
                number("HighPrice", INT32),
                number("LowPrice", INT32),
                number("LastPrice", INT32),
                number("OpeningPrice", INT32),
                filler(12),
            ],
        ),
    ]


OMD_CC: Final[Flavour] = Flavour(
    "OMD-CC",
    "HKEX OMD China Connect Securities Interface Specifications 1.4, 22 April 2022",
    [*service_messages(), *_definitions(), *_market_data()],
    compresses=False,
    book_type=0,
)
