"""The loops that `xmc bench fix` times. Compiled, as the engine's own are: an interpreted loop would time itself."""

from __future__ import annotations

from typing import final

from mypy_extensions import i64

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.wire.fix.dictionary import Dictionary
from cross_market_connect.wire.fix.encoder import BodyWriter, FrameEncoder, Template
from cross_market_connect.wire.fix.message import Framer, parse_message
from cross_market_connect.wire.fix.messages import new_order_single
from cross_market_connect.wire.fix.validation import Validator


@final
class Order:
    """What differs between two orders: id, limit price in units of 10**-`price_decimals`, lots, number and time."""

    def __init__(
        self, cl_ord_id: bytes, price_units: i64, price_decimals: i64, lots: i64, seq_num: i64, utc_ns: i64
    ) -> None:
        self.cl_ord_id: bytes = cl_ord_id
        self.price_units: i64 = price_units
        self.price_decimals: i64 = price_decimals
        self.lots: i64 = lots
        self.seq_num: i64 = seq_num
        self.utc_ns: i64 = utc_ns


def parse(framer: Framer, dictionary: Dictionary, validator: Validator, reads: list[bytes]) -> i64:
    """Cut each read into messages, parse and check them; how many are valid."""
    valid: i64 = 0
    for data in reads:
        framer.feed(data)
        frame = framer.next_frame()
        while frame:
            if validator.check(parse_message(frame, dictionary)):
                valid += 1
            frame = framer.next_frame()
    return valid


def encode(encoder: FrameEncoder, writer: BodyWriter, instrument: Template, orders: list[Order]) -> bytes:
    """Encode limit orders to buy for the day; the last one's bytes. Raises InvariantError for an empty message."""
    data = b""
    for order in orders:
        body = new_order_single(
            writer,
            instrument,
            order.cl_ord_id,
            49,  # Side "1": buy
            order.lots,
            50,  # OrdType "2": limit
            order.price_units,
            order.price_decimals,
            48,  # TimeInForce "0": day
            0,
            order.utc_ns,
        )
        data = encoder.frame(b"D", order.seq_num, order.utc_ns, body)
        if not data:
            raise InvariantError("an order without bytes")
    return data
