"""Writes OMD-D packets: the writer of `packet_writer.py` with the derivatives flavour's own messages."""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.wire.omd.description import MessageDescription
from cross_market_connect.wire.omd.omd_d import (
    CLASS_DEFINITION,
    COMMODITY_DEFINITION,
    MARKET_STATUS,
    SERIES_DEFINITION_BASE,
    SERIES_DEFINITION_EXTENDED,
    SERIES_STATUS,
    TRADE,
)
from cross_market_connect.wire.omd.omd_d_messages import OMD_D
from cross_market_connect.wire.omd.omd_d_objects import (
    ClassDefinition,
    CommodityDefinition,
    MarketStatus,
    SeriesDefinitionBase,
    SeriesDefinitionExtended,
    Trade,
)
from cross_market_connect.wire.omd.packet_writer import PacketWriter

_COMMODITY: Final[MessageDescription] = OMD_D.message(COMMODITY_DEFINITION)
_CLASS: Final[MessageDescription] = OMD_D.message(CLASS_DEFINITION)
_SERIES_BASE: Final[MessageDescription] = OMD_D.message(SERIES_DEFINITION_BASE)
_SERIES_EXTENDED: Final[MessageDescription] = OMD_D.message(SERIES_DEFINITION_EXTENDED)
_MARKET_STATUS: Final[MessageDescription] = OMD_D.message(MARKET_STATUS)
_SERIES_STATUS: Final[MessageDescription] = OMD_D.message(SERIES_STATUS)
_TRADE: Final[MessageDescription] = OMD_D.message(TRADE)


@final
class OmdDWriter(PacketWriter):
    """Builds one OMD-D packet at a time."""

    def __init__(self) -> None:
        super().__init__(OMD_D)

    def add_series_status(self, orderbook_id: i64, suspension_indicator: i64, series_status: i64) -> bool:
        """Series Status (321), section 3.8.2."""
        if not self._begin(_SERIES_STATUS):
            return False
        self._number(orderbook_id)
        self._number(suspension_indicator)
        self._number(series_status)
        self._end_fields()
        return True

    def add_trade(self, trade: Trade) -> bool:
        """Trade (350), section 3.10.1."""
        if not self._begin(_TRADE):
            return False
        self._number(trade.orderbook_id)
        self._number(trade.order_id)
        self._price(trade.price)
        self._number(trade.trade_id)
        self._number(trade.combo_group_id)
        self._number(trade.side)
        self._number(trade.deal_type)
        self._number(trade.trade_condition)
        self._number(trade.deal_info)
        self._number(trade.quantity)
        self._number(trade.trade_utc_ns)
        self._end_fields()
        return True

    def add_market_status(self, status: MarketStatus) -> bool:
        """Market Status (320), section 3.8.1."""
        if not self._begin(_MARKET_STATUS):
            return False
        self._number(status.state_level)
        self._number(status.market)
        self._number(status.instrument)
        self._number(status.orderbook_id)
        self._number(status.commodity_code)
        self._text(status.actual_start_date)
        self._text(status.actual_start_time)
        self._text(status.planned_start_date)
        self._text(status.planned_start_time)
        self._number(status.seconds_to_state_change)
        self._number(status.state)
        self._number(status.priority)
        self._end_fields()
        return True

    def add_commodity_definition(self, commodity: CommodityDefinition) -> bool:
        """Commodity Definition (301), section 3.7.1."""
        if not self._begin(_COMMODITY):
            return False
        self._number(commodity.commodity_code)
        self._number(commodity.decimal_in_underlying_price)
        self._text(commodity.isin_code)
        self._text(commodity.base_currency)
        self._number(commodity.underlying_price_unit)
        self._text(commodity.commodity_name)
        self._number(commodity.nominal_value)
        self._text(commodity.underlying_code)
        self._number(commodity.underlying_type)
        self._number(commodity.effective_tomorrow)
        self._text(commodity.commodity_id)
        self._end_fields()
        return True

    def add_class_definition(self, definition: ClassDefinition) -> bool:
        """Class Definition (302), section 3.7.2."""
        if not self._begin(_CLASS):
            return False
        self._number(definition.country)
        self._number(definition.market)
        self._number(definition.instrument_group)
        self._number(definition.modifier)
        self._number(definition.commodity_code)
        self._number(definition.price_quotation_factor)
        self._number(definition.contract_size)
        self._number(definition.decimal_in_strike_price)
        self._number(definition.decimal_in_contract_size)
        self._number(definition.decimal_in_premium)
        self._number(definition.ranking_type)
        self._number(definition.tradable)
        self._number(definition.premium_unit)
        self._text(definition.base_currency)
        self._text(definition.instrument_class_id)
        self._text(definition.instrument_class_name)
        self._text(definition.is_fractions)
        self._text(definition.settlement_currency_id)
        self._number(definition.effective_tomorrow)
        self._number(definition.tick_step_size)
        self._end_fields()
        return True

    def add_series_definition_base(self, series: SeriesDefinitionBase) -> bool:
        """Series Definition Base (303), section 3.7.3."""
        if not self._begin(_SERIES_BASE):
            return False
        self._number(series.orderbook_id)
        self._text(series.symbol)
        self._number(series.financial_product)
        self._number(series.number_of_decimals_price)
        self._number(series.number_of_legs)
        self._number(series.strike_price)
        self._text(series.expiration_date)
        self._number(series.decimal_in_strike_price)
        self._number(series.put_or_call)
        self._end_fields()
        return True

    def add_series_definition_extended(self, series: SeriesDefinitionExtended) -> bool:
        """Series Definition Extended (304), section 3.7.4."""
        if not self._begin(_SERIES_EXTENDED):
            return False
        self._number(series.orderbook_id)
        self._text(series.symbol)
        self._number(series.country)
        self._number(series.market)
        self._number(series.instrument_group)
        self._number(series.modifier)
        self._number(series.commodity_code)
        self._number(series.expiration_date)
        self._number(series.strike_price)
        self._number(series.contract_size)
        self._text(series.isin_code)
        self._number(series.series_status)
        self._number(series.effective_tomorrow)
        self._number(series.price_quotation_factor)
        self._number(series.price_method)
        self._text(series.effective_expiration_date)
        self._number(series.last_trading_utc_ns)
        self._number(series.first_trading_utc_ns)
        self._end_fields()
        return True
