"""The OMD-D table against what OMD-D 1.47 prints: offset, length and order of every field that is used."""

import pytest

from cross_market_connect.wire.omd.description import FILLER
from cross_market_connect.wire.omd.omd_d_messages import OMD_D

# Message type: printed total length and printed offsets, copied by eye from section 3 of the document.
PRINTED: dict[int, tuple[int, dict[str, int]]] = {
    100: (8, {"NewSeqNo": 4}),
    101: (16, {"Username": 4}),
    102: (8, {"SessionStatus": 4}),
    105: (8, {"DRStatus": 4}),
    201: (16, {"ChannelID": 4, "BeginSeqNum": 8, "EndSeqNum": 12}),
    202: (16, {"ChannelID": 4, "RetransStatus": 6, "BeginSeqNum": 8, "EndSeqNum": 12}),
    203: (8, {"LastSeqNum": 4}),
    301: (
        94,
        {
            "CommodityCode": 4,
            "DecimalInUnderlyingPrice": 6,
            "ISINCode": 8,
            "BaseCurrency": 20,
            "UnderlyingPriceUnit": 23,
            "CommodityName": 24,
            "NominalValue": 56,
            "UnderlyingCode": 64,
            "UnderlyingType": 84,
            "EffectiveTomorrow": 85,
            "CommodityID": 86,
        },
    ),
    302: (
        118,
        {
            "Country": 4,
            "Market": 5,
            "InstrumentGroup": 6,
            "Modifier": 7,
            "CommodityCode": 8,
            "PriceQuotationFactor": 12,
            "ContractSize": 16,
            "DecimalInStrikePrice": 20,
            "DecimalInContractSize": 22,
            "DecimalInPremium": 24,
            "RankingType": 26,
            "Tradable": 28,
            "PremiumUnit4Price": 29,
            "BaseCurrency": 30,
            "InstrumentClassID": 33,
            "InstrumentClassName": 47,
            "IsFractions": 79,
            "SettlementCurrencyID": 80,
            "EffectiveTomorrow": 112,
            "TickStepSize": 113,
        },
    ),
    303: (
        60,
        {
            "OrderbookID": 4,
            "Symbol": 8,
            "FinancialProduct": 40,
            "NumberOfDecimalsPrice": 41,
            "NumberOfLegs": 43,
            "StrikePrice": 44,
            "ExpirationDate": 48,
            "DecimalInStrikePrice": 56,
            "PutOrCall": 58,
        },
    ),
    304: (
        104,
        {
            "OrderbookID": 4,
            "Symbol": 8,
            "Country": 40,
            "Market": 41,
            "InstrumentGroup": 42,
            "Modifier": 43,
            "CommodityCode": 44,
            "ExpirationDate": 46,
            "StrikePrice": 48,
            "ContractSize": 52,
            "ISINCode": 60,
            "SeriesStatus": 72,
            "EffectiveTomorrow": 73,
            "PriceQuotationFactor": 74,
            "PriceMethod": 78,
            "EffectiveExpDate": 80,
            "DateTimeLastTrading": 88,
            "DateTimeFirstTrading": 96,
        },
    ),
    305: (20, {"ComboOrderbookID": 4, "LegOrderbookID": 8, "LegSide": 15, "LegRatio": 16}),
    320: (
        52,
        {
            "StateLevel": 4,
            "Market": 6,
            "Instrument": 7,
            "OrderbookID": 8,
            "CommodityCode": 12,
            "ActualStartDate": 16,
            "ActualStartTime": 24,
            "PlannedStartDate": 30,
            "PlannedStartTime": 38,
            "SecondsToStateChange": 44,
            "State": 46,
            "Priority": 48,
        },
    ),
    321: (12, {"OrderbookID": 4, "SuspensionIndicator": 8, "SeriesStatus": 9}),
    322: (8, {"CommodityCode": 4, "Suspended": 6, "Locked": 7}),
    323: (332, {"AlertID": 4, "Source": 6, "Header": 8, "LastFragment": 328, "Priority": 330, "NoLines": 331}),
    330: (
        32,
        {
            "OrderbookID": 4,
            "OrderID": 8,
            "Price": 16,
            "Quantity": 20,
            "Side": 24,
            "LotType": 25,
            "OrderType": 26,
            "OrderBookPosition": 28,
        },
    ),
    331: (
        32,
        {
            "OrderbookID": 4,
            "OrderID": 8,
            "Price": 16,
            "Quantity": 20,
            "Side": 24,
            "OrderType": 26,
            "OrderBookPosition": 28,
        },
    ),
    332: (18, {"OrderbookID": 4, "OrderID": 8, "Side": 16}),
    335: (8, {"OrderbookID": 4}),
    336: (16, {"OrderbookID": 4, "NumberOfLots": 8, "BidAskFlag": 12}),
    350: (
        56,
        {
            "OrderbookID": 4,
            "OrderID": 8,
            "Price": 16,
            "TradeID": 20,
            "ComboGroupID": 28,
            "Side": 32,
            "DealType": 33,
            "TradeCondition": 34,
            "DealInfo": 36,
            "Quantity": 40,
            "TradeTime": 48,
        },
    ),
    353: (12, {"OrderbookID": 4, "NoEntries": 11}),
    356: (40, {"TradeID": 4, "ComboGroupID": 12, "Price": 16, "Quantity": 20, "TradeTime": 28, "TradeState": 36}),
    360: (
        60,
        {
            "OrderbookID": 4,
            "Price": 8,
            "DealSource": 12,
            "Session": 13,
            "AggregateQuantity": 16,
            "Open": 24,
            "High": 28,
            "Low": 32,
            "TradeReportVolume": 40,
            "DealCount": 48,
            "Turnover": 52,
        },
    ),
    363: (
        48,
        {
            "OrderbookID": 4,
            "Session": 8,
            "Open": 12,
            "High": 16,
            "Low": 20,
            "TradeReportVolume": 24,
            "DealCount": 32,
            "Price": 36,
            "Turnover": 40,
        },
    ),
    364: (24, {"OrderbookID": 4, "CalculatedOpeningPrice": 8, "Quantity": 16}),
    366: (
        40,
        {
            "DayIndicator": 4,
            "OrderbookID": 12,
            "Settlement": 16,
            "DealCount": 20,
            "GrossOI": 24,
            "NetOI": 28,
            "Turnover": 32,
        },
    ),
    367: (12, {"OrderbookID": 4, "ImpliedVolatility": 8}),
}


def test_the_table_has_every_message_of_the_document_and_no_other() -> None:
    assert sorted(m.message_type for m in OMD_D.messages) == sorted(PRINTED)


@pytest.mark.parametrize("message_type", sorted(PRINTED))
def test_fields_stand_where_the_document_prints_them(message_type: int) -> None:
    total, offsets = PRINTED[message_type]
    message = OMD_D.message(message_type)
    assert message.size == total
    assert {name: message.field(name).offset for name in offsets} == offsets


def test_the_book_entry_stands_where_the_document_prints_it() -> None:
    # Section 3.9.4 prints offsets from the start of the message; the first entry begins at 12.
    printed = {
        "AggregateQuantity": 12,
        "Price": 20,
        "NumberOfOrders": 24,
        "Side": 28,
        "PriceLevel": 30,
        "UpdateAction": 31,
    }
    assert {name: 12 + OMD_D.entry_offset(353, name) for name in printed} == printed
    assert OMD_D.message(353).entry_size == 24


def test_names_within_a_message_are_unique() -> None:
    for message in OMD_D.messages:
        names = [f.name for f in message.fields if f.kind != FILLER]
        assert len(names) == len(set(names)), message.name
