"""MDP 3.0 messages as objects, for the rare ones: states and reference data.

Attribute names follow the schema's field names. Decimals are mantissas: prices and decimals of nine places times
10**9, MinLotSize and LegOptionDelta times 10**4. A number is NO_VALUE (prices: NO_PRICE, the same) where the wire
carries null or the message has no such field; a text is empty then. Dates are days since 1970, times nanoseconds since
1970. Book updates, trades and snapshots have no object: they are read in place.
"""

from __future__ import annotations

from typing import final

from mypy_extensions import i64

from cross_market_connect.wire.sbe.schema import NO_VALUE


@final
class SecurityStatus:
    """SecurityStatus (30): of one security, or of a whole group or product when `security_id` is NO_VALUE.

    Attributes:
        security_trading_status: one of codes.STATUS_*.
        security_trading_event: one of codes.EVENT_*.
    """

    def __init__(self) -> None:
        self.transact_time: i64 = 0
        self.security_group: str = ""
        self.asset: str = ""
        self.security_id: i64 = NO_VALUE
        self.trade_date: i64 = NO_VALUE
        self.match_event_indicator: i64 = 0
        self.security_trading_status: i64 = NO_VALUE
        self.halt_reason: i64 = 0
        self.security_trading_event: i64 = 0


@final
class InstrumentEvent:
    """An entry of NoEvents: `event_type` 5 is the activation, 7 the last moment of trading."""

    def __init__(self, event_type: i64, event_time: i64) -> None:
        self.event_type: i64 = event_type
        self.event_time: i64 = event_time


@final
class FeedType:
    """An entry of NoMDFeedTypes: `name` is GBX for the real book, GBI for the implied one."""

    def __init__(self, name: str, market_depth: i64) -> None:
        self.name: str = name
        self.market_depth: i64 = market_depth


@final
class LotTypeRule:
    """An entry of NoLotTypeRules; `min_lot_size` is times 10**4."""

    def __init__(self, lot_type: i64, min_lot_size: i64) -> None:
        self.lot_type: i64 = lot_type
        self.min_lot_size: i64 = min_lot_size


@final
class Leg:
    """An entry of NoLegs of a spread; `option_delta` is times 10**4."""

    def __init__(self, security_id: i64, side: i64, ratio: i64, price: i64, option_delta: i64) -> None:
        self.security_id: i64 = security_id
        self.side: i64 = side
        self.ratio: i64 = ratio
        self.price: i64 = price
        self.option_delta: i64 = option_delta


@final
class InstrumentDefinition:
    """MDInstrumentDefinitionFuture (54), ...Option (55) and ...Spread (56).

    Attributes:
        template_id: which of the three.
        update_action: one of codes.SECURITY_*.
        display_factor: what a price is multiplied with for the conventional one.
        inst_attributes: bits of InstAttribValue, all entries of NoInstAttrib together.
    """

    def __init__(self, template_id: i64) -> None:
        self.template_id: i64 = template_id
        self.match_event_indicator: i64 = 0
        self.tot_num_reports: i64 = NO_VALUE
        self.update_action: i64 = 0
        self.last_update_time: i64 = 0
        self.trading_status: i64 = NO_VALUE
        self.appl_id: i64 = 0
        self.market_segment_id: i64 = 0
        self.underlying_product: i64 = 0
        self.security_exchange: str = ""
        self.security_group: str = ""
        self.asset: str = ""
        self.symbol: str = ""
        self.security_id: i64 = 0
        self.security_type: str = ""
        self.security_sub_type: str = ""
        self.cfi_code: str = ""
        self.maturity_year: i64 = NO_VALUE
        self.maturity_month: i64 = NO_VALUE
        self.maturity_day: i64 = NO_VALUE
        self.maturity_week: i64 = NO_VALUE
        self.currency: str = ""
        self.settl_currency: str = ""
        self.put_or_call: i64 = NO_VALUE
        self.strike_price: i64 = NO_VALUE
        self.strike_currency: str = ""
        self.match_algorithm: i64 = 0
        self.min_trade_vol: i64 = 0
        self.max_trade_vol: i64 = 0
        self.min_price_increment: i64 = NO_VALUE
        self.min_price_increment_amount: i64 = NO_VALUE
        self.display_factor: i64 = 0
        self.tick_rule: i64 = NO_VALUE
        self.main_fraction: i64 = NO_VALUE
        self.sub_fraction: i64 = NO_VALUE
        self.price_display_format: i64 = NO_VALUE
        self.price_ratio: i64 = NO_VALUE
        self.unit_of_measure: str = ""
        self.unit_of_measure_qty: i64 = NO_VALUE
        self.trading_reference_price: i64 = NO_VALUE
        self.trading_reference_date: i64 = NO_VALUE
        self.settl_price_type: i64 = 0
        self.open_interest_qty: i64 = NO_VALUE
        self.cleared_volume: i64 = NO_VALUE
        self.high_limit_price: i64 = NO_VALUE
        self.low_limit_price: i64 = NO_VALUE
        self.max_price_variation: i64 = NO_VALUE
        self.contract_multiplier: i64 = NO_VALUE
        self.contract_multiplier_unit: i64 = NO_VALUE
        self.user_defined_instrument: i64 = 0
        self.instrument_guid: i64 = NO_VALUE
        self.events: list[InstrumentEvent] = []
        self.feed_types: list[FeedType] = []
        self.inst_attributes: i64 = 0
        self.lot_type_rules: list[LotTypeRule] = []
        self.legs: list[Leg] = []
