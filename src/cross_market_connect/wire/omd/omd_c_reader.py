"""Reads OMD-C packets: the cursor of `packet_reader.py` with accessors for what comes often, orders and trades.

Whatever is rare (definitions, sessions, statistics, indices) is read by its description with `number` and `text`.
"""

from __future__ import annotations

from typing import Final, final

from librt.strings import read_i16_le, read_i32_le, read_i64_le
from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.wire.omd.description import MESSAGE_TYPE_LIMIT
from cross_market_connect.wire.omd.faults import FaultCounts
from cross_market_connect.wire.omd.omd_c import (
    ADD_ODD_LOT_ORDER,
    ADD_ORDER,
    DELETE_ODD_LOT_ORDER,
    DELETE_ORDER,
    MODIFY_ORDER,
    SECURITY_STATUS,
    TRADE,
    TRADE_CANCEL,
)
from cross_market_connect.wire.omd.omd_c_messages import OMD_C
from cross_market_connect.wire.omd.packet_reader import PacketReader
from cross_market_connect.wire.unsigned import read_u16, read_u32

# In every message of one security the SecurityCode stands where Add Order has it.
_SECURITY_CODE: Final[i64] = OMD_C.offset(ADD_ORDER, "SecurityCode")
# In every message of one order the OrderID stands at one place; in both that have a price, so does the price.
_ORDER_ID: Final[i64] = OMD_C.offset(ADD_ORDER, "OrderID")
_PRICE: Final[i64] = OMD_C.offset(ADD_ORDER, "Price")
_ORDER_TYPE: Final[i64] = OMD_C.offset(ADD_ORDER, "OrderType")
_SUSPENSION_INDICATOR: Final[i64] = OMD_C.offset(SECURITY_STATUS, "SuspensionIndicator")
_TRADE_ID: Final[i64] = OMD_C.offset(TRADE, "TradeID")
_TRADE_PRICE: Final[i64] = OMD_C.offset(TRADE, "Price")
_TRADE_QUANTITY: Final[i64] = OMD_C.offset(TRADE, "Quantity")
_TRADE_TYPE: Final[i64] = OMD_C.offset(TRADE, "TrdType")
_TRADE_TIME: Final[i64] = OMD_C.offset(TRADE, "TradeTime")

assert OMD_C.offset(TRADE_CANCEL, "TradeID") == _TRADE_ID


def _offsets(field_name: str, message_types: list[int]) -> vec[i64]:
    """Where those messages have that field, by message type."""
    offsets = vec[i64]([0 for _ in range(MESSAGE_TYPE_LIMIT)])
    for message_type in message_types:
        offsets[message_type] = OMD_C.offset(message_type, field_name)
    return offsets


_SIDES: Final[vec[i64]] = _offsets(
    "Side", [ADD_ORDER, MODIFY_ORDER, DELETE_ORDER, ADD_ODD_LOT_ORDER, DELETE_ODD_LOT_ORDER]
)
_QUANTITIES: Final[vec[i64]] = _offsets("Quantity", [ADD_ORDER, MODIFY_ORDER, ADD_ODD_LOT_ORDER])


@final
class OmdCReader(PacketReader):
    """A cursor over OMD-C packets."""

    def __init__(self, faults: FaultCounts) -> None:
        super().__init__(faults, OMD_C)

    def security_code(self) -> i64:
        """SecurityCode of the current message: all but 10, 14, 20, 61, 70, 71, 80, 81 and the services'."""
        return read_u32(self.data, self.message_offset + _SECURITY_CODE)

    def suspension_indicator(self) -> i64:
        """SuspensionIndicator of the current Security Status (21): HALTED_OR_SUSPENDED or RESUMED."""
        return i64(self.data[self.message_offset + _SUSPENSION_INDICATOR])

    # -- Orders (30 to 34) ---------------------------------------------------------------------------------------------

    def order_id(self) -> i64:
        """OrderID, a name of the order within its security and side. One of 2**63 or more comes out negative."""
        return read_i64_le(self.data, self.message_offset + _ORDER_ID)

    def order_side(self) -> i64:
        """Side: SIDE_BID or SIDE_OFFER."""
        return read_u16(self.data, self.message_offset + _SIDES[self.message_type])

    def order_quantity(self) -> i64:
        """Quantity in shares of an Add (30, 33), or the quantity that a Modify (31) leaves."""
        return read_u32(self.data, self.message_offset + _QUANTITIES[self.message_type])

    def order_price(self) -> i64:
        """Price of an Add (30, 33), three implied decimals; it means nothing for a market order."""
        return i64(read_i32_le(self.data, self.message_offset + _PRICE))

    def order_type(self) -> i64:
        """OrderType of an Add Order (30): ORDER_TYPE_MARKET or ORDER_TYPE_LIMIT."""
        return i64(self.data[self.message_offset + _ORDER_TYPE])

    # -- Trades (50, 51) -----------------------------------------------------------------------------------------------

    def trade_id(self) -> i64:
        """TradeID of a Trade (50), or of the trade that a Trade Cancel (51) takes back."""
        return read_u32(self.data, self.message_offset + _TRADE_ID)

    def trade_price(self) -> i64:
        """Price of a Trade (50), three implied decimals."""
        return i64(read_i32_le(self.data, self.message_offset + _TRADE_PRICE))

    def trade_quantity(self) -> i64:
        """Quantity of a Trade (50), in shares."""
        return read_u32(self.data, self.message_offset + _TRADE_QUANTITY)

    def trade_type(self) -> i64:
        """TrdType of a Trade (50): one of TRADE_*."""
        return i64(read_i16_le(self.data, self.message_offset + _TRADE_TYPE))

    def trade_utc_ns(self) -> i64:
        """TradeTime of a Trade (50)."""
        return read_i64_le(self.data, self.message_offset + _TRADE_TIME)
