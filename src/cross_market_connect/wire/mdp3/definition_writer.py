"""Writes the objects of the rare messages, field by field by name: the opposite of `definitions`."""

from __future__ import annotations

from typing import final

from mypy_extensions import i64

from cross_market_connect.wire.mdp3.encoder import MESSAGE_HEADER_BYTES, PacketWriter
from cross_market_connect.wire.mdp3.messages import InstrumentDefinition, SecurityStatus
from cross_market_connect.wire.sbe.schema import NO_VALUE, Block, Group, Template


def write_security_status(packet: PacketWriter, template: Template, status: SecurityStatus) -> bool:
    """SecurityStatus (30); false when the packet is full."""
    if not packet.begin(template.template_id):
        return False
    fields = _FieldWriter(packet, template.root)
    fields.number("TransactTime", status.transact_time)
    fields.text("SecurityGroup", status.security_group)
    fields.text("Asset", status.asset)
    fields.number("SecurityID", status.security_id)
    fields.number("TradeDate", status.trade_date)
    fields.number("MatchEventIndicator", status.match_event_indicator)
    fields.number("SecurityTradingStatus", status.security_trading_status)
    fields.number("HaltReason", status.halt_reason)
    fields.number("SecurityTradingEvent", status.security_trading_event)
    packet.end()
    return True


def write_definition(packet: PacketWriter, template: Template, definition: InstrumentDefinition) -> bool:
    """MDInstrumentDefinitionFuture (54), ...Option (55) or ...Spread (56); false when the packet is full."""
    if packet.room() < _size(template, definition) or not packet.begin(template.template_id):
        return False
    fields = _FieldWriter(packet, template.root)
    _write_identity(fields, definition)
    _write_trading(fields, definition)
    _write_figures(fields, definition)
    for group in template.groups:
        if _count(group, definition) > 0:
            packet.open_group(group.name)
            _write_entries(packet, group, definition)
    if definition.legs and template.find_group("NoLegs") is None:
        raise packet.refusal(f"{template.name} has no legs")
    packet.end()
    return True


@final
class _FieldWriter:
    """Writes fields of the block begun last by name; a value without a field is refused unless it says nothing."""

    def __init__(self, packet: PacketWriter, block: Block) -> None:
        self._packet: PacketWriter = packet
        self._block: Block = block

    def number(self, name: str, value: i64) -> None:
        field = self._block.find(name)
        if field is not None:
            self._packet.set(field, value)
        elif value != NO_VALUE:
            raise self._packet.refusal(f"the template has no {name}")

    def text(self, name: str, value: str) -> None:
        field = self._block.find(name)
        if field is not None:
            self._packet.set_text(field, value)
        elif value:
            raise self._packet.refusal(f"the template has no {name}")


def _count(group: Group, definition: InstrumentDefinition) -> i64:
    """Entries of a group; groups that the object does not hold stay empty."""
    if group.name == "NoEvents":
        return len(definition.events)
    if group.name == "NoMDFeedTypes":
        return len(definition.feed_types)
    if group.name == "NoInstAttrib":
        return 1
    if group.name == "NoLotTypeRules":
        return len(definition.lot_type_rules)
    if group.name == "NoLegs":
        return len(definition.legs)
    return 0


def _size(template: Template, definition: InstrumentDefinition) -> i64:
    size = MESSAGE_HEADER_BYTES + template.root.length
    for group in template.groups:
        size += group.dimension.size + group.entry.length * _count(group, definition)
    return size


def _write_entries(packet: PacketWriter, group: Group, definition: InstrumentDefinition) -> None:
    fields = _FieldWriter(packet, group.entry)
    if group.name == "NoEvents":
        for event in definition.events:
            packet.add_entry()
            fields.number("EventType", event.event_type)
            fields.number("EventTime", event.event_time)
    elif group.name == "NoMDFeedTypes":
        for feed_type in definition.feed_types:
            packet.add_entry()
            fields.text("MDFeedType", feed_type.name)
            fields.number("MarketDepth", feed_type.market_depth)
    elif group.name == "NoInstAttrib":
        packet.add_entry()
        fields.number("InstAttribValue", definition.inst_attributes)
    elif group.name == "NoLotTypeRules":
        for rule in definition.lot_type_rules:
            packet.add_entry()
            fields.number("LotType", rule.lot_type)
            fields.number("MinLotSize", rule.min_lot_size)
    else:
        for leg in definition.legs:
            packet.add_entry()
            fields.number("LegSecurityID", leg.security_id)
            fields.number("LegSide", leg.side)
            fields.number("LegRatioQty", leg.ratio)
            fields.number("LegPrice", leg.price)
            fields.number("LegOptionDelta", leg.option_delta)


def _write_identity(fields: _FieldWriter, definition: InstrumentDefinition) -> None:
    fields.number("MatchEventIndicator", definition.match_event_indicator)
    fields.number("TotNumReports", definition.tot_num_reports)
    fields.number("SecurityUpdateAction", definition.update_action)
    fields.number("LastUpdateTime", definition.last_update_time)
    fields.number("ApplID", definition.appl_id)
    fields.number("MarketSegmentID", definition.market_segment_id)
    fields.number("UnderlyingProduct", definition.underlying_product)
    fields.text("SecurityExchange", definition.security_exchange)
    fields.text("SecurityGroup", definition.security_group)
    fields.text("Asset", definition.asset)
    fields.text("Symbol", definition.symbol)
    fields.number("SecurityID", definition.security_id)
    fields.text("SecurityType", definition.security_type)
    fields.text("SecuritySubType", definition.security_sub_type)
    fields.text("CFICode", definition.cfi_code)
    fields.number("MaturityMonthYear.year", definition.maturity_year)
    fields.number("MaturityMonthYear.month", definition.maturity_month)
    fields.number("MaturityMonthYear.day", definition.maturity_day)
    fields.number("MaturityMonthYear.week", definition.maturity_week)
    fields.number("PutOrCall", definition.put_or_call)
    fields.number("StrikePrice", definition.strike_price)
    fields.text("StrikeCurrency", definition.strike_currency)
    fields.number("UserDefinedInstrument", definition.user_defined_instrument)
    fields.number("InstrumentGUID", definition.instrument_guid)


def _write_trading(fields: _FieldWriter, definition: InstrumentDefinition) -> None:
    fields.number("MDSecurityTradingStatus", definition.trading_status)
    fields.text("Currency", definition.currency)
    fields.text("SettlCurrency", definition.settl_currency)
    fields.number("MatchAlgorithm", definition.match_algorithm)
    fields.number("MinTradeVol", definition.min_trade_vol)
    fields.number("MaxTradeVol", definition.max_trade_vol)
    fields.number("MinPriceIncrement", definition.min_price_increment)
    fields.number("MinPriceIncrementAmount", definition.min_price_increment_amount)
    fields.number("DisplayFactor", definition.display_factor)
    fields.number("TickRule", definition.tick_rule)
    fields.number("MainFraction", definition.main_fraction)
    fields.number("SubFraction", definition.sub_fraction)
    fields.number("PriceDisplayFormat", definition.price_display_format)
    fields.number("PriceRatio", definition.price_ratio)


def _write_figures(fields: _FieldWriter, definition: InstrumentDefinition) -> None:
    fields.text("UnitOfMeasure", definition.unit_of_measure)
    fields.number("UnitOfMeasureQty", definition.unit_of_measure_qty)
    fields.number("TradingReferencePrice", definition.trading_reference_price)
    fields.number("TradingReferenceDate", definition.trading_reference_date)
    fields.number("SettlPriceType", definition.settl_price_type)
    fields.number("OpenInterestQty", definition.open_interest_qty)
    fields.number("ClearedVolume", definition.cleared_volume)
    fields.number("HighLimitPrice", definition.high_limit_price)
    fields.number("LowLimitPrice", definition.low_limit_price)
    fields.number("MaxPriceVariation", definition.max_price_variation)
    fields.number("ContractMultiplier", definition.contract_multiplier)
    fields.number("ContractMultiplierUnit", definition.contract_multiplier_unit)
