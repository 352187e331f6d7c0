"""The way from the desk's orders to the streams' bytes."""

from __future__ import annotations

from typing import final

from mypy_extensions import i64

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.order import OrderCommand
from cross_market_connect.domain.ports import OrderGateway, OrderRoutes
from cross_market_connect.domain.step import Step
from cross_market_connect.engine.streams import EncodedOrder, Stream
from cross_market_connect.trading.safety import Safety


@final
class StreamRoutes(OrderRoutes):
    """The order gateways of one engine, by source number.

    Attributes:
        streams: by source number; None where the source is a datagram feed.
        safety: of the desk, set once that exists.
        encoded: new orders whose bytes are not yet sent, drained by the shell through `take_encoded`.
    """

    def __init__(self, step: Step) -> None:
        self.step: Step = step
        self.streams: list[Stream | None] = []
        self.safety: Safety | None = None
        self.encoded: list[EncodedOrder] = []

    def is_up(self, route: i64) -> bool:
        """Whether the route takes orders."""
        stream = self.streams[route]
        return stream is not None and stream.was_up

    def may_open(self, route: i64) -> bool:
        """Whether the route takes what opens something: not shortly before the end of its session's hours."""
        stream = self.streams[route]
        return stream is not None and stream.was_up and not stream.is_closing

    def submit(self, route: i64, command: OrderCommand, now_ns: i64, utc_ns: i64) -> bool:
        """Encode a new order whose record was written just before."""
        gateway = self._gateway(route)
        safety = self.safety
        if not gateway.is_up() or safety is None or safety.cancel_only:
            return False
        self.encoded.append(EncodedOrder(route, command.client_order_id, self.step.last_seq))
        gateway.submit(command)
        return True

    def cancel(self, route: i64, command: OrderCommand, client_order_id: i64, now_ns: i64, utc_ns: i64) -> bool:
        """Encode a cancel request."""
        gateway = self._gateway(route)
        if not gateway.is_up():
            return False
        gateway.cancel(command, client_order_id)
        return True

    def query(self, route: i64, command: OrderCommand, now_ns: i64, utc_ns: i64) -> bool:
        """Encode a status request."""
        gateway = self._gateway(route)
        if not gateway.is_up():
            return False
        gateway.query(command)
        return True

    def take_encoded(self) -> list[EncodedOrder]:
        """New orders whose bytes the streams hand out."""
        taken = self.encoded
        self.encoded = []
        return taken

    def _gateway(self, route: i64) -> OrderGateway:
        stream = self.streams[route]
        gateway = None if stream is None else stream.gateway
        if gateway is None:
            raise InvariantError(f"source {route} takes no orders")
        return gateway
