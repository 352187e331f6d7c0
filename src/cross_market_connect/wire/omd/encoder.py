"""Writes OMD packets: the other end of the decoder, for simulated publishers, load and tests.

Every field is written by walking the same description that the decoder takes its offsets from: `_number` and `_text`
take the next field of the message, write it in its kind, and fill fillers with NUL. A value that its field cannot hold
is refused with LocalProtocolError and never truncated.

Use: `start`, then `add_...` as long as they return true, then `finish`. An `add_...` that returns false wrote nothing,
because the packet is full: finish it, start the next one, and add again. Book updates are written entry by entry
between `begin_book` and `end_book`.
"""

from __future__ import annotations

from typing import Final, final

from librt.strings import BytesWriter, write_i16_le, write_i32_le, write_i64_le
from mypy_extensions import i16, i32, i64, u8

from cross_market_connect.domain.errors import InvariantError, LocalProtocolError
from cross_market_connect.domain.numbers import NO_PRICE
from cross_market_connect.wire.omd.description import (
    FILLER,
    INT32,
    INT64,
    PACKET_HEADER,
    TEXT,
    UINT8,
    UINT16,
    UINT32,
    UINT64,
    Field,
    MessageDescription,
    packet_header_offset,
)
from cross_market_connect.wire.omd.messages import (
    ClassDefinition,
    CommodityDefinition,
    MarketStatus,
    SeriesDefinitionBase,
    SeriesDefinitionExtended,
    Trade,
)
from cross_market_connect.wire.omd.omd_d import (
    AGGREGATE_ORDER_BOOK_UPDATE,
    CLASS_DEFINITION,
    COMMODITY_DEFINITION,
    DISASTER_RECOVERY_SIGNAL,
    INT32_NULL,
    MARKET_STATUS,
    REFRESH_COMPLETE,
    SEQUENCE_RESET,
    SERIES_DEFINITION_BASE,
    SERIES_DEFINITION_EXTENDED,
    SERIES_STATUS,
    TRADE,
    UNCOMPRESSED,
)
from cross_market_connect.wire.omd.omd_d_messages import OMD_D

# 1500 bytes including the multicast headers (OMD-D 1.47, section 3.2), which are 20 of IPv4 and 8 of UDP.
PAYLOAD_BYTES_MAX: Final[i64] = 1472
MESSAGES_MAX: Final[i64] = 255
ENTRIES_MAX: Final[i64] = 255

_MSG_COUNT: Final[i64] = packet_header_offset("MsgCount")
_PKT_SIZE: Final[i64] = packet_header_offset("PktSize")

_SEQUENCE_RESET: Final[MessageDescription] = OMD_D.message(SEQUENCE_RESET)
_RECOVERY: Final[MessageDescription] = OMD_D.message(DISASTER_RECOVERY_SIGNAL)
_REFRESH_COMPLETE: Final[MessageDescription] = OMD_D.message(REFRESH_COMPLETE)
_COMMODITY: Final[MessageDescription] = OMD_D.message(COMMODITY_DEFINITION)
_CLASS: Final[MessageDescription] = OMD_D.message(CLASS_DEFINITION)
_SERIES_BASE: Final[MessageDescription] = OMD_D.message(SERIES_DEFINITION_BASE)
_SERIES_EXTENDED: Final[MessageDescription] = OMD_D.message(SERIES_DEFINITION_EXTENDED)
_MARKET_STATUS: Final[MessageDescription] = OMD_D.message(MARKET_STATUS)
_SERIES_STATUS: Final[MessageDescription] = OMD_D.message(SERIES_STATUS)
_TRADE: Final[MessageDescription] = OMD_D.message(TRADE)
_BOOK: Final[MessageDescription] = OMD_D.message(AGGREGATE_ORDER_BOOK_UPDATE)

_U16_RANGE: Final[i64] = 65_536
_U32_RANGE: Final[i64] = 4_294_967_296
_I32_MAX: Final[i64] = 2_147_483_647
_I16_MAX: Final[i64] = 32_767


@final
class PacketWriter:
    """Builds one packet at a time; made once, used for every packet of a channel.

    A refusal (LocalProtocolError) abandons the packet under way, so that the next `start` begins cleanly.
    """

    def __init__(self) -> None:
        self.message_count: i64 = 0
        self._buffer: BytesWriter = BytesWriter()
        self._started: bool = False
        self._fields: list[Field] = PACKET_HEADER
        self._next: i64 = 0
        self._book_offset: i64 = 0  # where the open book update begins, 0 when none is open
        self._book_entries: i64 = 0

    # -- Packets -------------------------------------------------------------------------------------------------------

    def start(self, seq_num: i64, send_time_utc_ns: i64) -> None:
        """Begin a packet whose first message has `seq_num`. Raises LocalProtocolError when one is under way."""
        if self._started:
            raise self._refusal("the packet before was not finished")
        self._buffer.truncate(0)
        self.message_count = 0
        self._started = True
        self._begin_fields(PACKET_HEADER)
        self._number(0)
        self._number(0)
        self._number(UNCOMPRESSED)
        self._number(seq_num)
        self._number(send_time_utc_ns)
        self._end_fields()

    def room(self) -> i64:
        """Bytes that still fit into the packet."""
        return PAYLOAD_BYTES_MAX - len(self._buffer)

    def finish(self) -> bytes:
        """The packet; without any message it is a heartbeat. Raises LocalProtocolError when nothing was started."""
        if not self._started or self._book_offset != 0:
            raise self._refusal("no packet was started, or a book update is open")
        self._patch_u16(_PKT_SIZE, len(self._buffer))
        self._buffer[_MSG_COUNT] = u8(self.message_count)
        self._started = False
        return self._buffer.getvalue()

    def heartbeat(self, last_seq_num: i64, send_time_utc_ns: i64) -> bytes:
        """A heartbeat, which carries the number of the last message sent (OMD-D 1.47, section 3.4.1)."""
        self.start(last_seq_num, send_time_utc_ns)
        return self.finish()

    # -- Book updates --------------------------------------------------------------------------------------------------

    def begin_book(self, orderbook_id: i64) -> bool:
        """Open an Aggregate Order Book Update (353); false when not even one entry fits."""
        if self.room() < _BOOK.size + _BOOK.entry_size:
            return False
        offset: i64 = len(self._buffer)
        if not self._begin(_BOOK):
            return False
        self._number(orderbook_id)
        self._number(0)
        self._end_fields()
        self._book_offset = offset
        self._book_entries = 0
        return True

    def add_entry(self, quantity: i64, price: i64, orders: i64, side: i64, level: i64, action: i64) -> bool:
        """Add one entry to the open book update; false when the packet is full. `price` may be NO_PRICE."""
        if self._book_offset == 0:
            raise self._refusal("no book update is open")
        if self.room() < _BOOK.entry_size or self._book_entries == ENTRIES_MAX:
            return False
        self._begin_fields(_BOOK.entry_fields)
        self._number(quantity)
        self._price(price)
        self._number(orders)
        self._number(side)
        self._number(level)
        self._number(action)
        self._end_fields()
        self._book_entries += 1
        return True

    def end_book(self) -> None:
        """Close the open book update. Raises LocalProtocolError when none is open or it has no entry."""
        if self._book_offset == 0 or self._book_entries == 0:
            raise self._refusal("no book update is open, or it is empty")
        self._patch_u16(self._book_offset, _BOOK.size + self._book_entries * _BOOK.entry_size)
        self._buffer[self._book_offset + _BOOK.count_offset] = u8(self._book_entries)
        self._book_offset = 0

    # -- Other messages ------------------------------------------------------------------------------------------------

    def add_sequence_reset(self, new_seq_no: i64) -> bool:
        """Sequence Reset (100), section 3.4.2."""
        return self._add_one(_SEQUENCE_RESET, new_seq_no)

    def add_recovery_signal(self, status: i64) -> bool:
        """Disaster Recovery Signal (105), section 3.4.3."""
        return self._add_one(_RECOVERY, status)

    def add_refresh_complete(self, last_seq_num: i64) -> bool:
        """Refresh Complete (203), section 3.6.1."""
        return self._add_one(_REFRESH_COMPLETE, last_seq_num)

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

    # -- Fields, in the description's order ----------------------------------------------------------------------------

    def _refusal(self, reason: str) -> LocalProtocolError:
        """Abandon the packet under way; the error to raise."""
        self._started = False
        self._book_offset = 0
        return LocalProtocolError(reason)

    def _begin(self, message: MessageDescription) -> bool:
        """Open a message; false when the packet has no room for its fixed part."""
        if not self._started or self._book_offset != 0:
            raise self._refusal("no packet was started, or a book update is open")
        if self.room() < message.size or self.message_count == MESSAGES_MAX:
            return False
        self.message_count += 1
        self._begin_fields(message.fields)
        self._number(message.size)
        self._number(message.message_type)
        return True

    def _add_one(self, message: MessageDescription, value: i64) -> bool:
        """A message of a single number."""
        if not self._begin(message):
            return False
        self._number(value)
        self._end_fields()
        return True

    def _begin_fields(self, fields: list[Field]) -> None:
        self._fields = fields
        self._next = 0

    def _end_fields(self) -> None:
        self._skip_fillers()
        if self._next != len(self._fields):
            raise InvariantError("a message was written with fields missing")

    def _skip_fillers(self) -> None:
        while self._next < len(self._fields) and self._fields[self._next].kind == FILLER:
            left = self._fields[self._next].size
            while left > 0:
                self._buffer.append(u8(0))
                left -= 1
            self._next += 1

    def _take(self) -> Field:
        self._skip_fillers()
        field = self._fields[self._next]
        self._next += 1
        return field

    def _price(self, price: i64) -> None:
        self._number(INT32_NULL if price == NO_PRICE else price)

    def _number(self, value: i64) -> None:
        field = self._take()
        kind = field.kind
        if kind == UINT8 and 0 <= value < 256:
            self._buffer.append(u8(value))
        elif kind == UINT16 and 0 <= value < _U16_RANGE:
            write_i16_le(self._buffer, i16(value - _U16_RANGE if value > _I16_MAX else value))
        elif kind == UINT32 and 0 <= value < _U32_RANGE:
            write_i32_le(self._buffer, i32(value - _U32_RANGE if value > _I32_MAX else value))
        elif kind == INT32 and -_I32_MAX - 1 <= value <= _I32_MAX:
            write_i32_le(self._buffer, i32(value))
        elif kind == INT64 or (kind == UINT64 and value >= 0):
            write_i64_le(self._buffer, value)
        else:
            raise self._refusal(f"{field.name} cannot hold {value}")

    def _text(self, value: str) -> None:
        field = self._take()
        if field.kind != TEXT or len(value) > field.size or not value.isascii():
            raise self._refusal(f"{field.name} holds {field.size} ASCII characters, not {value!r}")
        self._buffer.write(value.encode("ascii").ljust(field.size))

    def _patch_u16(self, offset: i64, value: i64) -> None:
        self._buffer[offset] = u8(value & 0xFF)
        self._buffer[offset + 1] = u8(value >> 8)
