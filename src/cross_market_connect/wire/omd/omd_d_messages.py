"""The messages of OMD-D, field by field.

Source: the document named in `omd_d.py`; each message carries its section. The total lengths are the printed ones.
"""

from __future__ import annotations

from typing import Final

from cross_market_connect.wire.omd.description import (
    INT32,
    INT64,
    UINT8,
    UINT16,
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
from cross_market_connect.wire.omd.family import aggregate_book, service_messages
from cross_market_connect.wire.omd.omd_d import (
    ADD_ORDER,
    AGGREGATE_ORDER_BOOK_UPDATE,
    CALCULATED_OPENING_PRICE,
    CLASS_DEFINITION,
    COMBINATION_DEFINITION,
    COMMODITY_DEFINITION,
    COMMODITY_STATUS,
    DELETE_ORDER,
    IMPLIED_VOLATILITY,
    MARKET_ALERT,
    MARKET_STATUS,
    MODIFY_ORDER,
    OPEN_INTEREST,
    ORDERBOOK_CLEAR,
    QUOTE_REQUEST,
    SERIES_DEFINITION_BASE,
    SERIES_DEFINITION_EXTENDED,
    SERIES_STATISTICS,
    SERIES_STATUS,
    TRADE,
    TRADE_AMENDMENT,
    TRADE_STATISTICS,
)


def _commodity_and_class() -> list[MessageDescription]:
    """Sections 3.7.1 and 3.7.2."""
    return [
        MessageDescription(
            COMMODITY_DEFINITION,
            "Commodity Definition",
            "3.7.1",
            94,
            [
                number("CommodityCode", UINT16),
                number("DecimalInUnderlyingPrice", UINT16),
                text("ISINCode", 12),
                text("BaseCurrency", 3),
                number("UnderlyingPriceUnit", UINT8),
                text("CommodityName", 32),
                number("NominalValue", INT64),
                text("UnderlyingCode", 20),
                number("UnderlyingType", UINT8),
                number("EffectiveTomorrow", UINT8),
                text("CommodityID", 6),
                filler(2),
            ],
        ),
        MessageDescription(
            CLASS_DEFINITION,
            "Class Definition",
            "3.7.2",
            118,
            [
                number("Country", UINT8),
                number("Market", UINT8),
                number("InstrumentGroup", UINT8),
                number("Modifier", UINT8),
                number("CommodityCode", UINT16),
                filler(2),
                number("PriceQuotationFactor", INT32),
                number("ContractSize", UINT32),
                number("DecimalInStrikePrice", UINT16),
                number("DecimalInContractSize", UINT16),
                number("DecimalInPremium", UINT16),
                number("RankingType", UINT16),
                number("Tradable", UINT8),
                number("PremiumUnit4Price", UINT8),
                text("BaseCurrency", 3),
                text("InstrumentClassID", 14),
                text("InstrumentClassName", 32),
                text("IsFractions", 1),
                text("SettlementCurrencyID", 32),
                number("EffectiveTomorrow", UINT8),
                number("TickStepSize", INT32),
                filler(1),
            ],
        ),
    ]


def _series_definitions() -> list[MessageDescription]:
    """Sections 3.7.3 and 3.7.4."""
    return [
        MessageDescription(
            SERIES_DEFINITION_BASE,
            "Series Definition Base",
            "3.7.3",
            60,
            [
                number("OrderbookID", UINT32),
                text("Symbol", 32),
                number("FinancialProduct", UINT8),
                number("NumberOfDecimalsPrice", UINT16),
                number("NumberOfLegs", UINT8),
                number("StrikePrice", INT32),
                text("ExpirationDate", 8),
                number("DecimalInStrikePrice", UINT16),
                number("PutOrCall", UINT8),
                filler(1),
            ],
        ),
        MessageDescription(
            SERIES_DEFINITION_EXTENDED,
            "Series Definition Extended",
            "3.7.4",
            104,
            [
                number("OrderbookID", UINT32),
                text("Symbol", 32),
                number("Country", UINT8),
                number("Market", UINT8),
                number("InstrumentGroup", UINT8),
                number("Modifier", UINT8),
                number("CommodityCode", UINT16),
                number("ExpirationDate", UINT16),
                number("StrikePrice", INT32),
                number("ContractSize", INT64),
                text("ISINCode", 12),
                number("SeriesStatus", UINT8),
                number("EffectiveTomorrow", UINT8),
                number("PriceQuotationFactor", INT32),
                number("PriceMethod", UINT8),
                filler(1),
                text("EffectiveExpDate", 8),
                number("DateTimeLastTrading", INT64),
                number("DateTimeFirstTrading", INT64),
            ],
        ),
    ]


def _status_messages() -> list[MessageDescription]:
    """Section 3.8."""
    return [
        MessageDescription(
            MARKET_STATUS,
            "Market Status",
            "3.8.1",
            52,
            [
                number("StateLevel", UINT16),
                number("Market", UINT8),
                number("Instrument", UINT8),
                number("OrderbookID", UINT32),
                number("CommodityCode", UINT16),
                filler(2),
                text("ActualStartDate", 8),
                text("ActualStartTime", 6),
                text("PlannedStartDate", 8),
                text("PlannedStartTime", 6),
                number("SecondsToStateChange", UINT16),
                number("State", UINT16),
                number("Priority", UINT8),
                filler(3),
            ],
        ),
        MessageDescription(
            SERIES_STATUS,
            "Series Status",
            "3.8.2",
            12,
            [
                number("OrderbookID", UINT32),
                number("SuspensionIndicator", UINT8),
                number("SeriesStatus", UINT8),
                filler(2),
            ],
        ),
        MessageDescription(
            COMMODITY_STATUS,
            "Commodity Status",
            "3.8.3",
            8,
            [number("CommodityCode", UINT16), text("Suspended", 1), number("Locked", UINT8)],
        ),
    ]


def _order_messages() -> list[MessageDescription]:
    """Sections 3.9.1 to 3.9.3, 3.9.5 and 3.9.6."""
    return [
        MessageDescription(
            ADD_ORDER,
            "Add Order",
            "3.9.1",
            32,
            [
                number("OrderbookID", UINT32),
                number("OrderID", UINT64),
                number("Price", INT32),
                number("Quantity", UINT32),
                number("Side", UINT8),
                number("LotType", UINT8),
                number("OrderType", UINT16),
                number("OrderBookPosition", UINT32),
            ],
        ),
        MessageDescription(
            MODIFY_ORDER,
            "Modify Order",
            "3.9.2",
            32,
            [
                number("OrderbookID", UINT32),
                number("OrderID", UINT64),
                number("Price", INT32),
                number("Quantity", UINT32),
                number("Side", UINT8),
                filler(1),
                number("OrderType", UINT16),
                number("OrderBookPosition", UINT32),
            ],
        ),
        MessageDescription(
            DELETE_ORDER,
            "Delete Order",
            "3.9.3",
            18,
            [number("OrderbookID", UINT32), number("OrderID", UINT64), number("Side", UINT8), filler(1)],
        ),
        MessageDescription(ORDERBOOK_CLEAR, "Orderbook Clear", "3.9.5", 8, [number("OrderbookID", UINT32)]),
        MessageDescription(
            QUOTE_REQUEST,
            "Quote Request",
            "3.9.6",
            16,
            [number("OrderbookID", UINT32), number("NumberOfLots", INT32), number("BidAskFlag", UINT8), filler(3)],
        ),
    ]


def _trade_messages() -> list[MessageDescription]:
    """Sections 3.10.1 and 3.10.2."""
    return [
        MessageDescription(
            TRADE,
            "Trade",
            "3.10.1",
            56,
            [
                number("OrderbookID", UINT32),
                number("OrderID", UINT64),
                number("Price", INT32),
                number("TradeID", UINT64),
                number("ComboGroupID", UINT32),
                number("Side", UINT8),
                number("DealType", UINT8),
                number("TradeCondition", UINT16),
                number("DealInfo", UINT16),
                filler(2),
                number("Quantity", UINT64),
                number("TradeTime", UINT64),
            ],
        ),
        MessageDescription(
            TRADE_AMENDMENT,
            "Trade Amendment",
            "3.10.2",
            40,
            [
                number("TradeID", UINT64),
                number("ComboGroupID", UINT32),
                number("Price", INT32),
                number("Quantity", UINT64),
                number("TradeTime", UINT64),
                number("TradeState", UINT8),
                filler(3),
            ],
        ),
    ]


def _statistics_messages() -> list[MessageDescription]:
    """Sections 3.10.3 to 3.10.5."""
    return [
        MessageDescription(
            TRADE_STATISTICS,
            "Trade Statistics",
            "3.10.3",
            60,
            [
                number("OrderbookID", UINT32),
                number("Price", INT32),
                number("DealSource", UINT8),
                number("Session", UINT8),
                filler(2),
                number("AggregateQuantity", INT64),
                number("Open", INT32),
                number("High", INT32),
                number("Low", INT32),
                filler(4),
                number("TradeReportVolume", UINT64),
                number("DealCount", UINT32),
                number("Turnover", UINT64),
            ],
        ),
        MessageDescription(
            SERIES_STATISTICS,
            "Series Statistics",
            "3.10.4",
            48,
            [
                number("OrderbookID", UINT32),
                number("Session", UINT8),
                filler(3),
                number("Open", INT32),
                number("High", INT32),
                number("Low", INT32),
                number("TradeReportVolume", UINT64),
                number("DealCount", UINT32),
                number("Price", INT32),
                number("Turnover", UINT64),
            ],
        ),
        MessageDescription(
            CALCULATED_OPENING_PRICE,
            "Calculated Opening Price",
            "3.10.5",
            24,
            [
                number("OrderbookID", UINT32),
                number("CalculatedOpeningPrice", INT32),
                filler(4),
                number("Quantity", UINT64),
            ],
        ),
    ]


def _combination_alert_and_clearing() -> list[MessageDescription]:
    """Sections 3.7.5, 3.11.1 and 3.12."""
    return [
        MessageDescription(
            COMBINATION_DEFINITION,
            "Combination Definition",
            "3.7.5",
            20,
            [
                number("ComboOrderbookID", UINT32),
                number("LegOrderbookID", UINT32),
                filler(3),
                text("LegSide", 1),
                number("LegRatio", INT32),
            ],
        ),
        MessageDescription(
            MARKET_ALERT,
            "Market Alert",
            "3.11.1",
            332,
            [
                number("AlertID", UINT16),
                text("Source", 1),
                filler(1),
                Field("Header", UNICODE, 320),
                text("LastFragment", 1),
                number("InfoType", UINT8),
                number("Priority", UINT8),
                number("NoLines", UINT8),
            ],
            "NoLines",
            320,
            [Field("Content", UNICODE, 320)],
        ),
        MessageDescription(
            OPEN_INTEREST,
            "Open Interest",
            "3.12.1",
            40,
            [
                number("DayIndicator", UINT16),
                filler(6),
                number("OrderbookID", UINT32),
                number("Settlement", INT32),
                number("DealCount", UINT32),
                number("GrossOI", INT32),
                number("NetOI", INT32),
                number("Turnover", UINT64),
            ],
        ),
        MessageDescription(
            IMPLIED_VOLATILITY,
            "Implied Volatility",
            "3.12.2",
            12,
            [number("OrderbookID", UINT32), number("ImpliedVolatility", UINT32)],
        ),
    ]


OMD_D: Final[Flavour] = Flavour(
    "OMD-D",
    "HKEX OMD-D Binary Protocol Interface Specifications 1.47, 14 October 2025",
    [
        *service_messages(),
        *_commodity_and_class(),
        *_series_definitions(),
        *_status_messages(),
        *_order_messages(),
        aggregate_book(AGGREGATE_ORDER_BOOK_UPDATE, "3.9.4", "OrderbookID", [number("Side", UINT8), filler(1)]),
        *_trade_messages(),
        *_statistics_messages(),
        *_combination_alert_and_clearing(),
    ],
    compresses=True,
    book_type=AGGREGATE_ORDER_BOOK_UPDATE,
)
