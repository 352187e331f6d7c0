"""Reads OMD-CC packets: the cursor of `packet_reader.py` with accessors for Top Of Book; the rest by description."""

from __future__ import annotations

from typing import Final, final

from librt.strings import read_i32_le, read_i64_le
from mypy_extensions import i64

from cross_market_connect.wire.omd.faults import FaultCounts
from cross_market_connect.wire.omd.omd_cc import TOP_OF_BOOK
from cross_market_connect.wire.omd.omd_cc_messages import OMD_CC
from cross_market_connect.wire.omd.packet_reader import PacketReader
from cross_market_connect.wire.unsigned import read_u32

# In every message of one security (611, 621, 655, 660) the SecurityCode stands at one place.
_SECURITY_CODE: Final[i64] = OMD_CC.offset(TOP_OF_BOOK, "SecurityCode")
_BID_QUANTITY: Final[i64] = OMD_CC.offset(TOP_OF_BOOK, "AggregateBidQuantity")
_ASK_QUANTITY: Final[i64] = OMD_CC.offset(TOP_OF_BOOK, "AggregateAskQuantity")
_BID_PRICE: Final[i64] = OMD_CC.offset(TOP_OF_BOOK, "BidPrice")
_ASK_PRICE: Final[i64] = OMD_CC.offset(TOP_OF_BOOK, "AskPrice")


@final
class OmdCcReader(PacketReader):
    """A cursor over OMD-CC packets."""

    def __init__(self, faults: FaultCounts) -> None:
        super().__init__(faults, OMD_CC)

    def security_code(self) -> i64:
        """SecurityCode of the current message: 611, 621, 655, 660."""
        return read_u32(self.data, self.message_offset + _SECURITY_CODE)

    def bid_quantity(self) -> i64:
        """AggregateBidQuantity of the current Top Of Book (655), in shares."""
        return read_i64_le(self.data, self.message_offset + _BID_QUANTITY)

    def ask_quantity(self) -> i64:
        """AggregateAskQuantity of the current Top Of Book (655), in shares."""
        return read_i64_le(self.data, self.message_offset + _ASK_QUANTITY)

    def bid_price(self) -> i64:
        """BidPrice of the current Top Of Book (655), three implied decimals."""
        return i64(read_i32_le(self.data, self.message_offset + _BID_PRICE))

    def ask_price(self) -> i64:
        """AskPrice of the current Top Of Book (655), three implied decimals."""
        return i64(read_i32_le(self.data, self.message_offset + _ASK_PRICE))
