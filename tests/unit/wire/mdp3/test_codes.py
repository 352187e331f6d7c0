"""The constants of codes.py against the enums and sets of the description file."""

from cross_market_connect.wire.mdp3 import codes
from tests.unit.wire.mdp3.support import SCHEMA


def test_template_ids() -> None:
    names = {
        "CHANNEL_RESET": "ChannelReset",
        "ADMIN_HEARTBEAT": "AdminHeartbeat",
        "ADMIN_LOGIN": "AdminLogin",
        "ADMIN_LOGOUT": "AdminLogout",
        "SECURITY_STATUS": "SecurityStatus",
        "INCREMENTAL_VOLUME": "MDIncrementalRefreshVolume",
        "INCREMENTAL_BOOK": "MDIncrementalRefreshBook",
        "INCREMENTAL_ORDER_BOOK": "MDIncrementalRefreshOrderBook",
        "INCREMENTAL_TRADE_SUMMARY": "MDIncrementalRefreshTradeSummary",
        "INCREMENTAL_DAILY_STATISTICS": "MDIncrementalRefreshDailyStatistics",
        "INCREMENTAL_LIMITS_BANDING": "MDIncrementalRefreshLimitsBanding",
        "INCREMENTAL_SESSION_STATISTICS": "MDIncrementalRefreshSessionStatistics",
        "SNAPSHOT_FULL_REFRESH": "SnapshotFullRefresh",
        "SNAPSHOT_ORDER_BOOK": "SnapshotFullRefreshOrderBook",
        "DEFINITION_FUTURE": "MDInstrumentDefinitionFuture",
        "DEFINITION_OPTION": "MDInstrumentDefinitionOption",
        "DEFINITION_SPREAD": "MDInstrumentDefinitionSpread",
        "INCREMENTAL_BOOK_LONG_QTY": "MDIncrementalRefreshBookLongQty",
        "INCREMENTAL_TRADE_SUMMARY_LONG_QTY": "MDIncrementalRefreshTradeSummaryLongQty",
        "INCREMENTAL_VOLUME_LONG_QTY": "MDIncrementalRefreshVolumeLongQty",
        "INCREMENTAL_SESSION_STATISTICS_LONG_QTY": "MDIncrementalRefreshSessionStatisticsLongQty",
        "SNAPSHOT_FULL_REFRESH_LONG_QTY": "SnapshotFullRefreshLongQty",
    }
    assert len(names) == len(SCHEMA.templates)
    for constant, name in names.items():
        template_id = getattr(codes, constant)
        assert SCHEMA.template(template_id).name == f"{name}{template_id}"


def check(table: str, **constants: str) -> None:
    """Every value of the table that has a constant has the table's number."""
    for constant, name in constants.items():
        assert getattr(codes, constant) == SCHEMA.codes(table).value(name), constant


def test_update_actions() -> None:
    check("MDUpdateAction", ACTION_NEW="New", ACTION_CHANGE="Change", ACTION_DELETE="Delete")
    check("MDUpdateAction", ACTION_DELETE_THRU="DeleteThru", ACTION_DELETE_FROM="DeleteFrom", ACTION_OVERLAY="Overlay")
    check("OrderUpdateAction", ORDER_NEW="New", ORDER_UPDATE="Update", ORDER_DELETE="Delete")


def test_entry_types() -> None:
    check(
        "MDEntryType",
        ENTRY_BID="Bid",
        ENTRY_OFFER="Offer",
        ENTRY_TRADE="Trade",
        ENTRY_OPEN_PRICE="OpenPrice",
        ENTRY_SETTLEMENT_PRICE="SettlementPrice",
        ENTRY_SESSION_HIGH_PRICE="TradingSessionHighPrice",
        ENTRY_SESSION_LOW_PRICE="TradingSessionLowPrice",
        ENTRY_VWAP="VWAP",
        ENTRY_CLEARED_VOLUME="ClearedVolume",
        ENTRY_OPEN_INTEREST="OpenInterest",
        ENTRY_IMPLIED_BID="ImpliedBid",
        ENTRY_IMPLIED_OFFER="ImpliedOffer",
        ENTRY_BOOK_RESET="BookReset",
        ENTRY_SESSION_HIGH_BID="SessionHighBid",
        ENTRY_SESSION_LOW_OFFER="SessionLowOffer",
        ENTRY_FIXING_PRICE="FixingPrice",
        ENTRY_ELECTRONIC_VOLUME="ElectronicVolume",
        ENTRY_LIMITS="ThresholdLimitsandPriceBandVariation",
        ENTRY_MARKET_BEST_OFFER="MarketBestOffer",
        ENTRY_MARKET_BEST_BID="MarketBestBid",
    )


def test_event_bits() -> None:
    bits = SCHEMA.codes("MatchEventIndicator")
    for constant, name in {
        "LAST_TRADE": "LastTradeMsg",
        "LAST_VOLUME": "LastVolumeMsg",
        "LAST_QUOTE": "LastQuoteMsg",
        "LAST_STATS": "LastStatsMsg",
        "LAST_IMPLIED": "LastImpliedMsg",
        "RECOVERY_MESSAGE": "RecoveryMsg",
        "END_OF_EVENT": "EndOfEvent",
    }.items():
        assert getattr(codes, constant) == 1 << bits.value(name)


def test_states_and_events() -> None:
    check(
        "SecurityTradingStatus",
        STATUS_TRADING_HALT="TradingHalt",
        STATUS_CLOSE="Close",
        STATUS_NEW_PRICE_INDICATION="NewPriceIndication",
        STATUS_READY_TO_TRADE="ReadyToTrade",
        STATUS_NOT_AVAILABLE="NotAvailableForTrading",
        STATUS_UNKNOWN="UnknownorInvalid",
        STATUS_PRE_OPEN="PreOpen",
        STATUS_PRE_CROSS="PreCross",
        STATUS_CROSS="Cross",
        STATUS_POST_CLOSE="PostClose",
        STATUS_NO_CHANGE="NoChange",
    )
    check(
        "SecurityTradingEvent",
        EVENT_NONE="NoEvent",
        EVENT_NO_CANCEL="NoCancel",
        EVENT_RESET_STATISTICS="ResetStatistics",
        EVENT_IMPLIED_MATCHING_ON="ImpliedMatchingON",
        EVENT_IMPLIED_MATCHING_OFF="ImpliedMatchingOFF",
    )


def test_sides_and_security_updates() -> None:
    check("AggressorSide", AGGRESSOR_NONE="NoAggressor", AGGRESSOR_BUY="Buy", AGGRESSOR_SELL="Sell")
    check("SecurityUpdateAction", SECURITY_ADD="Add", SECURITY_DELETE="Delete", SECURITY_MODIFY="Modify")
    check("LegSide", LEG_BUY="BuySide", LEG_SELL="SellSide")
