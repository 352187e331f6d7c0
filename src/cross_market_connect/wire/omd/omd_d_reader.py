"""Reads OMD-D packets: the cursor of `packet_reader.py` with the accessors of the derivatives flavour's messages.

The accessors of the rare messages build an object; those of orders and statuses read in place.
"""

from __future__ import annotations

from typing import Final, final

from librt.strings import read_i32_le, read_i64_le
from mypy_extensions import i64

from cross_market_connect.domain.numbers import NO_PRICE
from cross_market_connect.wire.omd.description import FILLER, Field, MessageDescription
from cross_market_connect.wire.omd.family import INT32_NULL
from cross_market_connect.wire.omd.faults import FaultCounts
from cross_market_connect.wire.omd.omd_d import (
    ADD_ORDER,
    AGGREGATE_ORDER_BOOK_UPDATE,
    CLASS_DEFINITION,
    COMMODITY_DEFINITION,
    DELETE_ORDER,
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
from cross_market_connect.wire.omd.packet_reader import PacketReader, read_number, read_text
from cross_market_connect.wire.unsigned import read_u32

# In every message of one series but three (305, 320, 366) the OrderbookID stands where 353 has it.
_ORDERBOOK_ID: Final[i64] = OMD_D.offset(AGGREGATE_ORDER_BOOK_UPDATE, "OrderbookID")
# Add, Modify and Delete Order (330 to 332) have the OrderID at one place, the first two the rest as well.
_ORDER_ID: Final[i64] = OMD_D.offset(ADD_ORDER, "OrderID")
_ORDER_PRICE: Final[i64] = OMD_D.offset(ADD_ORDER, "Price")
_ORDER_QUANTITY: Final[i64] = OMD_D.offset(ADD_ORDER, "Quantity")
_ORDER_SIDE: Final[i64] = OMD_D.offset(ADD_ORDER, "Side")
_DELETED_SIDE: Final[i64] = OMD_D.offset(DELETE_ORDER, "Side")
_SUSPENSION_INDICATOR: Final[i64] = OMD_D.offset(SERIES_STATUS, "SuspensionIndicator")
_SERIES_STATUS: Final[i64] = OMD_D.offset(SERIES_STATUS, "SeriesStatus")

_COMMODITY: Final[MessageDescription] = OMD_D.message(COMMODITY_DEFINITION)
_CLASS: Final[MessageDescription] = OMD_D.message(CLASS_DEFINITION)
_SERIES_BASE: Final[MessageDescription] = OMD_D.message(SERIES_DEFINITION_BASE)
_SERIES_EXTENDED: Final[MessageDescription] = OMD_D.message(SERIES_DEFINITION_EXTENDED)
_MARKET: Final[MessageDescription] = OMD_D.message(MARKET_STATUS)
_TRADE: Final[MessageDescription] = OMD_D.message(TRADE)


@final
class _FieldCursor:
    """Reads the fields of one message in the description's order, for the messages that become objects."""

    def __init__(self, data: bytes, message_offset: i64, message: MessageDescription) -> None:
        self._data: bytes = data
        self._offset: i64 = message_offset
        self._fields: list[Field] = message.fields
        self._next: i64 = 2  # MsgSize and MsgType are read by the packet's cursor

    def _take(self) -> Field:
        field = self._fields[self._next]
        while field.kind == FILLER:
            self._next += 1
            field = self._fields[self._next]
        self._next += 1
        return field

    def number(self) -> i64:
        field = self._take()
        return read_number(self._data, self._offset + field.offset, field.kind)

    def price(self) -> i64:
        value = self.number()
        return NO_PRICE if value == INT32_NULL else value

    def text(self) -> str:
        field = self._take()
        return read_text(self._data, self._offset + field.offset, field)


@final
class OmdDReader(PacketReader):
    """A cursor over OMD-D packets."""

    def __init__(self, faults: FaultCounts) -> None:
        super().__init__(faults, OMD_D)

    def orderbook_id(self) -> i64:
        """OrderbookID of the current message: 303, 304, 321, 330 to 336, 350, 353, 360, 363, 364, 367."""
        return read_u32(self.data, self.message_offset + _ORDERBOOK_ID)

    # -- Orders (330 to 332) -------------------------------------------------------------------------------------------

    def order_id(self) -> i64:
        """OrderID, a name of the order within its series and side. One of 2**63 or more comes out negative."""
        return read_i64_le(self.data, self.message_offset + _ORDER_ID)

    def order_side(self) -> i64:
        """Side: SIDE_BID or SIDE_OFFER."""
        return i64(
            self.data[self.message_offset + (_DELETED_SIDE if self.message_type == DELETE_ORDER else _ORDER_SIDE)]
        )

    def order_quantity(self) -> i64:
        """Quantity in contracts of an Add (330), or the quantity that a Modify (331) leaves."""
        return read_u32(self.data, self.message_offset + _ORDER_QUANTITY)

    def order_price(self) -> i64:
        """Price of an Add (330) or Modify (331), with the series' decimals; NO_PRICE when null: a market order."""
        price: i64 = i64(read_i32_le(self.data, self.message_offset + _ORDER_PRICE))
        return NO_PRICE if price == INT32_NULL else price

    # -- Trades and states ---------------------------------------------------------------------------------------------

    def trade(self) -> Trade:
        """The current Trade (350)."""
        fields = _FieldCursor(self.data, self.message_offset, _TRADE)
        return Trade(
            fields.number(),
            fields.number(),
            fields.price(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
        )

    def suspension_indicator(self) -> i64:
        """SuspensionIndicator of the current Series Status (321)."""
        return i64(self.data[self.message_offset + _SUSPENSION_INDICATOR])

    def series_status(self) -> i64:
        """SeriesStatus of the current Series Status (321)."""
        return i64(self.data[self.message_offset + _SERIES_STATUS])

    def market_status(self) -> MarketStatus:
        """The current Market Status (320)."""
        fields = _FieldCursor(self.data, self.message_offset, _MARKET)
        return MarketStatus(
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.text(),
            fields.text(),
            fields.text(),
            fields.text(),
            fields.number(),
            fields.number(),
            fields.number(),
        )

    # -- Reference data -----------------------------------------------------------------------------------------------

    def commodity_definition(self) -> CommodityDefinition:
        """The current Commodity Definition (301)."""
        fields = _FieldCursor(self.data, self.message_offset, _COMMODITY)
        return CommodityDefinition(
            fields.number(),
            fields.number(),
            fields.text(),
            fields.text(),
            fields.number(),
            fields.text(),
            fields.number(),
            fields.text(),
            fields.number(),
            fields.number(),
            fields.text(),
        )

    def class_definition(self) -> ClassDefinition:
        """The current Class Definition (302)."""
        fields = _FieldCursor(self.data, self.message_offset, _CLASS)
        return ClassDefinition(
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.text(),
            fields.text(),
            fields.text(),
            fields.text(),
            fields.text(),
            fields.number(),
            fields.number(),
        )

    def series_definition_base(self) -> SeriesDefinitionBase:
        """The current Series Definition Base (303)."""
        fields = _FieldCursor(self.data, self.message_offset, _SERIES_BASE)
        return SeriesDefinitionBase(
            fields.number(),
            fields.text(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.text(),
            fields.number(),
            fields.number(),
        )

    def series_definition_extended(self) -> SeriesDefinitionExtended:
        """The current Series Definition Extended (304)."""
        fields = _FieldCursor(self.data, self.message_offset, _SERIES_EXTENDED)
        return SeriesDefinitionExtended(
            fields.number(),
            fields.text(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.text(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.number(),
            fields.text(),
            fields.number(),
            fields.number(),
        )
