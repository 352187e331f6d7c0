"""The messages of OMD-C, field by field.

Source: the documents named in `omd_c.py`; the total lengths are the printed ones.
"""

from __future__ import annotations

from typing import Final

from cross_market_connect.wire.omd.description import (
    INT16,
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
from cross_market_connect.wire.omd.family import aggregate_book, market_definition, service_messages
from cross_market_connect.wire.omd.omd_c import (
    ADD_ODD_LOT_ORDER,
    ADD_ORDER,
    AGGREGATE_ORDER_BOOK_UPDATE,
    BROKER_QUEUE,
    CLOSING_PRICE,
    CURRENCY_RATE,
    DELETE_ODD_LOT_ORDER,
    DELETE_ORDER,
    INDEX_DATA,
    INDEX_DEFINITION,
    INDICATIVE_EQUILIBRIUM_PRICE,
    LIQUIDITY_PROVIDER,
    MARKET_DEFINITION,
    MARKET_TURNOVER,
    MODIFY_ORDER,
    NOMINAL_PRICE,
    ORDER_IMBALANCE,
    REFERENCE_PRICE,
    SECURITY_DEFINITION,
    SECURITY_STATUS,
    STATISTICS,
    STOCK_CONNECT_DAILY_QUOTA_BALANCE,
    STOCK_CONNECT_MARKET_TURNOVER,
    TRADE,
    TRADE_CANCEL,
    TRADE_TICKER,
    TRADING_SESSION_STATUS,
    VCM_TRIGGER,
    YIELD,
)


def _security_definition() -> MessageDescription:
    """Section 3.7.2. Fillers hold fields of warrants and bonds that only one source describes."""
    return MessageDescription(
        SECURITY_DEFINITION,
        "Security Definition",
        "3.7.2",
        544,
        [
            number("SecurityCode", UINT32),
            text("MarketCode", 4),
            text("ISINCode", 12),
            text("InstrumentType", 4),
            number("ProductType", UINT8),
            filler(1),
            text("SpreadTableCode", 2),
            text("SecurityShortName", 40),
            text("CurrencyCode", 3),
            Field("SecurityNameGCCS", UNICODE, 60),
            Field("SecurityNameGB", UNICODE, 60),
            number("LotSize", UINT32),
            filler(4),
            number("PreviousClosingPrice", INT32),
            text("VCMFlag", 1),
            text("ShortSellFlag", 1),
            text("CASFlag", 1),
            text("CCASSFlag", 1),
            text("DummySecurityFlag", 1),
            filler(1),
            text("StampDutyFlag", 1),
            filler(1),
            number("ListingDate", UINT32),
            number("DelistingDate", UINT32),
            text("FreeText", 38),
            filler(62),
            text("POSFlag", 1),
            number("POSUpperLimit", INT32),
            number("POSLowerLimit", INT32),
            filler(41),
            text("EFNFlag", 1),
            number("AccruedInterest", UINT32),
            number("CouponRate", UINT32),
            *_warrant_fields(),
        ],
        "NoUnderlyingSecurities",
        8,
        [number("UnderlyingSecurityCode", UINT32), filler(4)],
    )


def _warrant_fields() -> list[Field]:
    """The end of a Security Definition."""
    return [
        filler(62),
        number("ConversionRatio", UINT32),
        number("StrikePrice1", INT32),
        number("StrikePrice2", INT32),
        number("WarrantMaturityDate", UINT32),
        text("CallPutFlag", 1),
        text("Style", 1),
        filler(2),
        text("WarrantType", 1),
        number("CallPrice", INT32),
        number("DecimalsInCallPrice", UINT8),
        number("Entitlement", INT32),
        number("DecimalsInEntitlement", UINT8),
        number("NoWarrantsPerEntitlement", UINT32),
        filler(63),
        number("NoUnderlyingSecurities", UINT16),
    ]


def _reference_data() -> list[MessageDescription]:
    """Section 3.7."""
    return [
        market_definition(MARKET_DEFINITION, "3.7.1"),
        _security_definition(),
        MessageDescription(
            LIQUIDITY_PROVIDER,
            "Liquidity Provider",
            "3.7.3",
            10,
            [number("SecurityCode", UINT32), number("NoLiquidityProviders", UINT16)],
            "NoLiquidityProviders",
            2,
            [number("LPBrokerNumber", UINT16)],
        ),
        MessageDescription(
            CURRENCY_RATE,
            "Currency Rate",
            "3.7.4",
            16,
            [
                text("CurrencyCode", 3),
                filler(1),
                number("CurrencyFactor", UINT16),
                filler(2),
                number("CurrencyRate", UINT32),
            ],
        ),
    ]


def _status_data() -> list[MessageDescription]:
    """Section 3.8."""
    return [
        MessageDescription(
            TRADING_SESSION_STATUS,
            "Trading Session Status",
            "3.8.1",
            32,
            [
                text("MarketCode", 4),
                filler(1),
                number("TradingSessionSubID", UINT8),
                number("TradingSesStatus", UINT8),
                text("TradingSesControlFlag", 1),
                filler(4),
                number("StartDateTime", UINT64),
                number("EndDateTime", UINT64),
            ],
        ),
        MessageDescription(
            SECURITY_STATUS,
            "Security Status",
            "3.8.2",
            12,
            [number("SecurityCode", UINT32), number("SuspensionIndicator", UINT8), filler(3)],
        ),
        MessageDescription(
            VCM_TRIGGER,
            "VCM Trigger",
            "3.8",
            36,
            [
                number("SecurityCode", UINT32),
                number("CoolingOffStartTime", UINT64),
                number("CoolingOffEndTime", UINT64),
                number("VCMReferencePrice", INT32),
                number("VCMLowerPrice", INT32),
                number("VCMUpperPrice", INT32),
            ],
        ),
    ]


def _orders() -> list[MessageDescription]:
    """Sections 3.9.1 to 3.9.3."""
    return [
        MessageDescription(
            ADD_ORDER,
            "Add Order",
            "3.9.1",
            32,
            [
                number("SecurityCode", UINT32),
                number("OrderID", UINT64),
                number("Price", INT32),
                number("Quantity", UINT32),
                number("Side", UINT16),
                number("OrderType", UINT8),
                filler(1),
                number("OrderBookPosition", INT32),
            ],
        ),
        MessageDescription(
            MODIFY_ORDER,
            "Modify Order",
            "3.9.2",
            28,
            [
                number("SecurityCode", UINT32),
                number("OrderID", UINT64),
                number("Quantity", UINT32),
                number("Side", UINT16),
                filler(2),
                number("OrderBookPosition", INT32),
            ],
        ),
        MessageDescription(
            DELETE_ORDER,
            "Delete Order",
            "3.9.3",
            20,
            [number("SecurityCode", UINT32), number("OrderID", UINT64), number("Side", UINT16), filler(2)],
        ),
    ]


def _odd_lots_and_queues() -> list[MessageDescription]:
    """Sections 3.9.4, 3.9.5, 3.9.7, and Order Imbalance."""
    return [
        MessageDescription(
            ADD_ODD_LOT_ORDER,
            "Add Odd Lot Order",
            "3.9.4",
            28,
            [
                number("SecurityCode", UINT32),
                number("OrderID", UINT64),
                number("Price", INT32),
                number("Quantity", UINT32),
                number("BrokerID", UINT16),
                number("Side", UINT16),
            ],
        ),
        MessageDescription(
            DELETE_ODD_LOT_ORDER,
            "Delete Odd Lot Order",
            "3.9.5",
            20,
            [
                number("SecurityCode", UINT32),
                number("OrderID", UINT64),
                number("BrokerID", UINT16),
                number("Side", UINT16),
            ],
        ),
        MessageDescription(
            BROKER_QUEUE,
            "Broker Queue",
            "3.9.7",
            12,
            [
                number("SecurityCode", UINT32),
                number("ItemCount", UINT8),
                number("Side", UINT16),
                text("BQMoreFlag", 1),
            ],
            "ItemCount",
            4,
            [number("Item", UINT16), text("Type", 1), filler(1)],
        ),
        MessageDescription(
            ORDER_IMBALANCE,
            "Order Imbalance",
            "3.9",
            20,
            [
                number("SecurityCode", UINT32),
                text("OrderImbalanceDirection", 1),
                filler(1),
                number("OrderImbalanceQuantity", UINT64),
                filler(2),
            ],
        ),
    ]


def _trades() -> list[MessageDescription]:
    """Sections 3.10.1 to 3.10.3."""
    return [
        MessageDescription(
            TRADE,
            "Trade",
            "3.10.1",
            32,
            [
                number("SecurityCode", UINT32),
                number("TradeID", UINT32),
                number("Price", INT32),
                number("Quantity", UINT32),
                number("TrdType", INT16),
                filler(2),
                number("TradeTime", UINT64),
            ],
        ),
        MessageDescription(
            TRADE_CANCEL,
            "Trade Cancel",
            "3.10.2",
            12,
            [number("SecurityCode", UINT32), number("TradeID", UINT32)],
        ),
        MessageDescription(
            TRADE_TICKER,
            "Trade Ticker",
            "3.10.3",
            36,
            [
                number("SecurityCode", UINT32),
                number("TickerID", UINT32),
                number("Price", INT32),
                number("AggregateQuantity", UINT64),
                number("TradeTime", UINT64),
                number("TrdType", INT16),
                text("TrdCancelFlag", 1),
                filler(1),
            ],
        ),
    ]


def _prices() -> list[MessageDescription]:
    """Section 3.10, from 3.10.4 on, and Yield."""
    security = ("SecurityCode", UINT32)
    return [
        MessageDescription(
            CLOSING_PRICE,
            "Closing Price",
            "3.10.4",
            16,
            [number(*security), number("ClosingPrice", INT32), number("NumberOfTrades", UINT32)],
        ),
        MessageDescription(
            NOMINAL_PRICE, "Nominal Price", "3.10.5", 12, [number(*security), number("NominalPrice", INT32)]
        ),
        MessageDescription(
            INDICATIVE_EQUILIBRIUM_PRICE,
            "Indicative Equilibrium Price",
            "3.10.6",
            20,
            [number(*security), number("Price", INT32), number("AggregateQuantity", UINT64)],
        ),
        MessageDescription(
            REFERENCE_PRICE,
            "Reference Price",
            "3.10",
            20,
            [
                number(*security),
                number("ReferencePrice", INT32),
                number("LowerPrice", INT32),
                number("UpperPrice", INT32),
            ],
        ),
        MessageDescription(YIELD, "Yield", "3.11.3", 12, [number(*security), number("Yield", INT32)]),
    ]


def _value_added_data() -> list[MessageDescription]:
    """Sections 3.11.1 and 3.11.2, and Stock Connect."""
    return [
        MessageDescription(
            STATISTICS,
            "Statistics",
            "3.11.1",
            52,
            [
                number("SecurityCode", UINT32),
                number("SharesTraded", UINT64),
                number("Turnover", INT64),
                number("HighPrice", INT32),
                number("LowPrice", INT32),
                number("LastPrice", INT32),
                number("VWAP", INT32),
                number("ShortSellSharesTraded", UINT32),
                number("ShortSellTurnover", INT64),
            ],
        ),
        MessageDescription(
            MARKET_TURNOVER,
            "Market Turnover",
            "3.11.2",
            20,
            [text("MarketCode", 4), text("CurrencyCode", 3), filler(1), number("Turnover", INT64)],
        ),
        MessageDescription(
            STOCK_CONNECT_DAILY_QUOTA_BALANCE,
            "Stock Connect Daily Quota Balance",
            "",
            24,
            [
                text("StockConnectMarket", 2),
                text("TradingDirection", 2),
                number("DailyQuotaBalance", INT64),
                number("DailyQuotaBalanceTime", UINT64),
            ],
        ),
        MessageDescription(
            STOCK_CONNECT_MARKET_TURNOVER,
            "Stock Connect Market Turnover",
            "",
            32,
            [
                text("StockConnectMarket", 2),
                text("TradingDirection", 2),
                number("BuyTurnover", INT64),
                number("SellTurnover", INT64),
                number("BuySellTurnover", INT64),
            ],
        ),
    ]


def _index_data() -> list[MessageDescription]:
    """Section 3.13. Values have four implied decimals, EASValue two."""
    return [
        MessageDescription(
            INDEX_DEFINITION,
            "Index Definition",
            "3.13.1",
            20,
            [text("IndexCode", 11), text("IndexSource", 1), text("CurrencyCode", 3), filler(1)],
        ),
        MessageDescription(
            INDEX_DATA,
            "Index Data",
            "3.13.2",
            112,
            [
                text("IndexCode", 11),
                text("IndexStatus", 1),
                number("IndexTime", INT64),
                number("IndexValue", INT64),
                number("NetChgPrevDay", INT64),
                number("HighValue", INT64),
                number("LowValue", INT64),
                number("EASValue", INT64),
                number("IndexTurnover", INT64),
                number("OpeningValue", INT64),
                number("ClosingValue", INT64),
                number("PreviousSesClose", INT64),
                number("IndexVolume", INT64),
                number("NetChgPrevDayPct", INT32),
                text("Exception", 1),
                filler(3),
            ],
        ),
    ]


OMD_C: Final[Flavour] = Flavour(
    "OMD-C",
    "HKEX OMD-C Binary Protocol Interface Specifications 1.45, 9 January 2026",
    [
        *service_messages(),
        *_reference_data(),
        *_status_data(),
        *_orders(),
        *_odd_lots_and_queues(),
        aggregate_book(AGGREGATE_ORDER_BOOK_UPDATE, "3.9.6", "SecurityCode", [number("Side", UINT16)]),
        *_trades(),
        *_prices(),
        *_value_added_data(),
        *_index_data(),
    ],
    compresses=False,
    book_type=AGGREGATE_ORDER_BOOK_UPDATE,
)
