"""OMD-D messages as objects, for the rare ones: reference data, states, trades.

Attribute names follow the specification's field names (OMD-D 1.47, sections 3.7, 3.8 and 3.10.1); prices and other
decimals are integers whose implied decimals another field gives. Book updates have no object: they are read in place.
"""

from __future__ import annotations

from typing import final

from mypy_extensions import i64


@final
class CommodityDefinition:
    """Commodity Definition (301), section 3.7.1: an underlying. Key: `commodity_code`."""

    def __init__(
        self,
        commodity_code: i64,
        decimal_in_underlying_price: i64,
        isin_code: str,
        base_currency: str,
        underlying_price_unit: i64,
        commodity_name: str,
        nominal_value: i64,
        underlying_code: str,
        underlying_type: i64,
        effective_tomorrow: i64,
        commodity_id: str,
    ) -> None:
        self.commodity_code: i64 = commodity_code
        self.decimal_in_underlying_price: i64 = decimal_in_underlying_price
        self.isin_code: str = isin_code
        self.base_currency: str = base_currency
        self.underlying_price_unit: i64 = underlying_price_unit
        self.commodity_name: str = commodity_name
        self.nominal_value: i64 = nominal_value
        self.underlying_code: str = underlying_code
        self.underlying_type: i64 = underlying_type
        self.effective_tomorrow: i64 = effective_tomorrow
        self.commodity_id: str = commodity_id


@final
class ClassDefinition:
    """Class Definition (302), section 3.7.2. Key: country, market, instrument group, commodity code.

    Attributes:
        contract_size, price_quotation_factor: with `decimal_in_contract_size` decimals.
        tick_step_size: the smallest price step, with `decimal_in_premium` decimals.
    """

    def __init__(
        self,
        country: i64,
        market: i64,
        instrument_group: i64,
        modifier: i64,
        commodity_code: i64,
        price_quotation_factor: i64,
        contract_size: i64,
        decimal_in_strike_price: i64,
        decimal_in_contract_size: i64,
        decimal_in_premium: i64,
        ranking_type: i64,
        tradable: i64,
        premium_unit: i64,
        base_currency: str,
        instrument_class_id: str,
        instrument_class_name: str,
        is_fractions: str,
        settlement_currency_id: str,
        effective_tomorrow: i64,
        tick_step_size: i64,
    ) -> None:
        self.country: i64 = country
        self.market: i64 = market
        self.instrument_group: i64 = instrument_group
        self.modifier: i64 = modifier
        self.commodity_code: i64 = commodity_code
        self.price_quotation_factor: i64 = price_quotation_factor
        self.contract_size: i64 = contract_size
        self.decimal_in_strike_price: i64 = decimal_in_strike_price
        self.decimal_in_contract_size: i64 = decimal_in_contract_size
        self.decimal_in_premium: i64 = decimal_in_premium
        self.ranking_type: i64 = ranking_type
        self.tradable: i64 = tradable
        self.premium_unit: i64 = premium_unit
        self.base_currency: str = base_currency
        self.instrument_class_id: str = instrument_class_id
        self.instrument_class_name: str = instrument_class_name
        self.is_fractions: str = is_fractions
        self.settlement_currency_id: str = settlement_currency_id
        self.effective_tomorrow: i64 = effective_tomorrow
        self.tick_step_size: i64 = tick_step_size


@final
class SeriesDefinitionBase:
    """Series Definition Base (303), section 3.7.3: what a price of the series means. Key: `orderbook_id`."""

    def __init__(
        self,
        orderbook_id: i64,
        symbol: str,
        financial_product: i64,
        number_of_decimals_price: i64,
        number_of_legs: i64,
        strike_price: i64,
        expiration_date: str,
        decimal_in_strike_price: i64,
        put_or_call: i64,
    ) -> None:
        self.orderbook_id: i64 = orderbook_id
        self.symbol: str = symbol
        self.financial_product: i64 = financial_product
        self.number_of_decimals_price: i64 = number_of_decimals_price
        self.number_of_legs: i64 = number_of_legs
        self.strike_price: i64 = strike_price
        self.expiration_date: str = expiration_date
        self.decimal_in_strike_price: i64 = decimal_in_strike_price
        self.put_or_call: i64 = put_or_call


@final
class SeriesDefinitionExtended:
    """Series Definition Extended (304), section 3.7.4. Key: `symbol`; `orderbook_id` may be 0, not available.

    Attributes:
        expiration_date: the trading system's packed date, a number (the readable one is in 303).
        effective_expiration_date: YYYYMMDD, empty when not available.
        last_trading_utc_ns, first_trading_utc_ns: nanoseconds since 1970; the first is 0 when it does not apply.
    """

    def __init__(
        self,
        orderbook_id: i64,
        symbol: str,
        country: i64,
        market: i64,
        instrument_group: i64,
        modifier: i64,
        commodity_code: i64,
        expiration_date: i64,
        strike_price: i64,
        contract_size: i64,
        isin_code: str,
        series_status: i64,
        effective_tomorrow: i64,
        price_quotation_factor: i64,
        price_method: i64,
        effective_expiration_date: str,
        last_trading_utc_ns: i64,
        first_trading_utc_ns: i64,
    ) -> None:
        self.orderbook_id: i64 = orderbook_id
        self.symbol: str = symbol
        self.country: i64 = country
        self.market: i64 = market
        self.instrument_group: i64 = instrument_group
        self.modifier: i64 = modifier
        self.commodity_code: i64 = commodity_code
        self.expiration_date: i64 = expiration_date
        self.strike_price: i64 = strike_price
        self.contract_size: i64 = contract_size
        self.isin_code: str = isin_code
        self.series_status: i64 = series_status
        self.effective_tomorrow: i64 = effective_tomorrow
        self.price_quotation_factor: i64 = price_quotation_factor
        self.price_method: i64 = price_method
        self.effective_expiration_date: str = effective_expiration_date
        self.last_trading_utc_ns: i64 = last_trading_utc_ns
        self.first_trading_utc_ns: i64 = first_trading_utc_ns


@final
class MarketStatus:
    """Market Status (320), section 3.8.1.

    Attributes:
        actual_start_date, actual_start_time: UTC, YYYYMMDD and HHMMSS.
        planned_start_date, planned_start_time: when given, the message is a warning of the next planned state; when
            empty, the state changes now.
        state: index into MARKET_STATES.
        priority: 1 to 255, by which states of several levels are reconciled.
    """

    def __init__(
        self,
        state_level: i64,
        market: i64,
        instrument: i64,
        orderbook_id: i64,
        commodity_code: i64,
        actual_start_date: str,
        actual_start_time: str,
        planned_start_date: str,
        planned_start_time: str,
        seconds_to_state_change: i64,
        state: i64,
        priority: i64,
    ) -> None:
        self.state_level: i64 = state_level
        self.market: i64 = market
        self.instrument: i64 = instrument
        self.orderbook_id: i64 = orderbook_id
        self.commodity_code: i64 = commodity_code
        self.actual_start_date: str = actual_start_date
        self.actual_start_time: str = actual_start_time
        self.planned_start_date: str = planned_start_date
        self.planned_start_time: str = planned_start_time
        self.seconds_to_state_change: i64 = seconds_to_state_change
        self.state: i64 = state
        self.priority: i64 = priority


@final
class Trade:
    """Trade (350), section 3.10.1.

    Attributes:
        price: with the series' NumberOfDecimalsPrice decimals; NO_PRICE when the wire carries null.
        deal_type: bits DEAL_*; trades that are not printable must not be added to volume.
        trade_utc_ns: nanoseconds since 1970.
    """

    def __init__(
        self,
        orderbook_id: i64,
        order_id: i64,
        price: i64,
        trade_id: i64,
        combo_group_id: i64,
        side: i64,
        deal_type: i64,
        trade_condition: i64,
        deal_info: i64,
        quantity: i64,
        trade_utc_ns: i64,
    ) -> None:
        self.orderbook_id: i64 = orderbook_id
        self.order_id: i64 = order_id
        self.price: i64 = price
        self.trade_id: i64 = trade_id
        self.combo_group_id: i64 = combo_group_id
        self.side: i64 = side
        self.deal_type: i64 = deal_type
        self.trade_condition: i64 = trade_condition
        self.deal_info: i64 = deal_info
        self.quantity: i64 = quantity
        self.trade_utc_ns: i64 = trade_utc_ns
