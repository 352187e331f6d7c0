"""Writes OMD-C packets: the writer of `packet_writer.py` with the orders, which are written often.

Every other message is written with `add`, by the names of its fields.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.wire.omd.description import MessageDescription
from cross_market_connect.wire.omd.omd_c import ADD_ORDER, DELETE_ORDER, MODIFY_ORDER
from cross_market_connect.wire.omd.omd_c_messages import OMD_C
from cross_market_connect.wire.omd.packet_writer import PacketWriter

_ADD: Final[MessageDescription] = OMD_C.message(ADD_ORDER)
_MODIFY: Final[MessageDescription] = OMD_C.message(MODIFY_ORDER)
_DELETE: Final[MessageDescription] = OMD_C.message(DELETE_ORDER)


@final
class OmdCWriter(PacketWriter):
    """Builds one OMD-C packet at a time."""

    def __init__(self) -> None:
        super().__init__(OMD_C)

    def add_order(
        self, security_code: i64, order_id: i64, price: i64, quantity: i64, side: i64, order_type: i64, position: i64
    ) -> bool:
        """Add Order (30), section 3.9.1; `price` with three implied decimals."""
        if not self._begin(_ADD):
            return False
        self._number(security_code)
        self._number(order_id)
        self._number(price)
        self._number(quantity)
        self._number(side)
        self._number(order_type)
        self._number(position)
        self._end_fields()
        return True

    def modify_order(self, security_code: i64, order_id: i64, quantity: i64, side: i64, position: i64) -> bool:
        """Modify Order (31), section 3.9.2: what is left of the order."""
        if not self._begin(_MODIFY):
            return False
        self._number(security_code)
        self._number(order_id)
        self._number(quantity)
        self._number(side)
        self._number(position)
        self._end_fields()
        return True

    def delete_order(self, security_code: i64, order_id: i64, side: i64) -> bool:
        """Delete Order (32), section 3.9.3."""
        if not self._begin(_DELETE):
            return False
        self._number(security_code)
        self._number(order_id)
        self._number(side)
        self._end_fields()
        return True
