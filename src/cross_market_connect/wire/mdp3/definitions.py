"""Builds the objects of the rare messages, field by field by name."""

from __future__ import annotations

from mypy_extensions import i64

from cross_market_connect.wire.mdp3.block import BlockReader, read_groups
from cross_market_connect.wire.mdp3.messages import (
    FeedType,
    InstrumentDefinition,
    InstrumentEvent,
    Leg,
    LotTypeRule,
    SecurityStatus,
)
from cross_market_connect.wire.sbe.schema import Template


def read_security_status(root: BlockReader) -> SecurityStatus:
    """SecurityStatus (30)."""
    status = SecurityStatus()
    status.transact_time = root.number("TransactTime")
    status.security_group = root.text("SecurityGroup")
    status.asset = root.text("Asset")
    status.security_id = root.number("SecurityID")
    status.trade_date = root.number("TradeDate")
    status.match_event_indicator = root.number("MatchEventIndicator")
    status.security_trading_status = root.number("SecurityTradingStatus")
    status.halt_reason = root.number("HaltReason")
    status.security_trading_event = root.number("SecurityTradingEvent")
    return status


def read_definition(root: BlockReader, template: Template) -> InstrumentDefinition:
    """MDInstrumentDefinitionFuture (54), ...Option (55) or ...Spread (56)."""
    definition = InstrumentDefinition(template.template_id)
    _read_identity(root, definition)
    _read_trading(root, definition)
    _read_figures(root, definition)
    groups = read_groups(root, template)
    for entry in groups.get("NoEvents", []):
        definition.events.append(InstrumentEvent(entry.number("EventType"), entry.number("EventTime")))
    for entry in groups.get("NoMDFeedTypes", []):
        definition.feed_types.append(FeedType(entry.text("MDFeedType"), entry.number("MarketDepth")))
    attributes: i64 = 0
    for entry in groups.get("NoInstAttrib", []):
        attributes |= entry.number("InstAttribValue")
    definition.inst_attributes = attributes
    for entry in groups.get("NoLotTypeRules", []):
        definition.lot_type_rules.append(LotTypeRule(entry.number("LotType"), entry.number("MinLotSize")))
    for entry in groups.get("NoLegs", []):
        definition.legs.append(_leg(entry))
    return definition


def _leg(entry: BlockReader) -> Leg:
    return Leg(
        entry.number("LegSecurityID"),
        entry.number("LegSide"),
        entry.number("LegRatioQty"),
        entry.number("LegPrice"),
        entry.number("LegOptionDelta"),
    )


def _read_identity(root: BlockReader, definition: InstrumentDefinition) -> None:
    definition.match_event_indicator = root.number("MatchEventIndicator")
    definition.tot_num_reports = root.number("TotNumReports")
    definition.update_action = root.number("SecurityUpdateAction")
    definition.last_update_time = root.number("LastUpdateTime")
    definition.appl_id = root.number("ApplID")
    definition.market_segment_id = root.number("MarketSegmentID")
    definition.underlying_product = root.number("UnderlyingProduct")
    definition.security_exchange = root.text("SecurityExchange")
    definition.security_group = root.text("SecurityGroup")
    definition.asset = root.text("Asset")
    definition.symbol = root.text("Symbol")
    definition.security_id = root.number("SecurityID")
    definition.security_type = root.text("SecurityType")
    definition.security_sub_type = root.text("SecuritySubType")
    definition.cfi_code = root.text("CFICode")
    definition.maturity_year = root.number("MaturityMonthYear.year")
    definition.maturity_month = root.number("MaturityMonthYear.month")
    definition.maturity_day = root.number("MaturityMonthYear.day")
    definition.maturity_week = root.number("MaturityMonthYear.week")
    definition.put_or_call = root.number("PutOrCall")
    definition.strike_price = root.number("StrikePrice")
    definition.strike_currency = root.text("StrikeCurrency")
    definition.user_defined_instrument = root.number("UserDefinedInstrument")
    definition.instrument_guid = root.number("InstrumentGUID")


def _read_trading(root: BlockReader, definition: InstrumentDefinition) -> None:
    definition.trading_status = root.number("MDSecurityTradingStatus")
    definition.currency = root.text("Currency")
    definition.settl_currency = root.text("SettlCurrency")
    definition.match_algorithm = root.number("MatchAlgorithm")
    definition.min_trade_vol = root.number("MinTradeVol")
    definition.max_trade_vol = root.number("MaxTradeVol")
    definition.min_price_increment = root.number("MinPriceIncrement")
    definition.min_price_increment_amount = root.number("MinPriceIncrementAmount")
    definition.display_factor = root.number("DisplayFactor")
    definition.tick_rule = root.number("TickRule")
    definition.main_fraction = root.number("MainFraction")
    definition.sub_fraction = root.number("SubFraction")
    definition.price_display_format = root.number("PriceDisplayFormat")
    definition.price_ratio = root.number("PriceRatio")


def _read_figures(root: BlockReader, definition: InstrumentDefinition) -> None:
    definition.unit_of_measure = root.text("UnitOfMeasure")
    definition.unit_of_measure_qty = root.number("UnitOfMeasureQty")
    definition.trading_reference_price = root.number("TradingReferencePrice")
    definition.trading_reference_date = root.number("TradingReferenceDate")
    definition.settl_price_type = root.number("SettlPriceType")
    definition.open_interest_qty = root.number("OpenInterestQty")
    definition.cleared_volume = root.number("ClearedVolume")
    definition.high_limit_price = root.number("HighLimitPrice")
    definition.low_limit_price = root.number("LowLimitPrice")
    definition.max_price_variation = root.number("MaxPriceVariation")
    definition.contract_multiplier = root.number("ContractMultiplier")
    definition.contract_multiplier_unit = root.number("ContractMultiplierUnit")
