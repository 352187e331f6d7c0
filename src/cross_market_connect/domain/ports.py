"""Ports: what the pure rooms need from the rooms above them. A port is crossed once per order or packet, not per level."""

from __future__ import annotations

from mypy_extensions import i64, mypyc_attr

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.order import OrderCommand, Receipt


@mypyc_attr(allow_interpreted_subclasses=True)
class OrderRoutes:
    """The way to the venues' order gateways, by route (account and gateway)."""

    def is_up(self, route: i64) -> bool:
        """Whether the route's session is logged on and takes orders."""
        raise InvariantError("a port must be implemented")

    def submit(self, route: i64, command: OrderCommand, now_ns: i64, utc_ns: i64) -> bool:
        """Encode a new order into the route's outgoing bytes; false when the route is down (nothing was encoded)."""
        raise InvariantError("a port must be implemented")

    def cancel(self, route: i64, command: OrderCommand, client_order_id: i64, now_ns: i64, utc_ns: i64) -> bool:
        """Ask for the cancellation of `command`'s order under the new id `client_order_id`."""
        raise InvariantError("a port must be implemented")

    def query(self, route: i64, command: OrderCommand, now_ns: i64, utc_ns: i64) -> bool:
        """Ask the venue for the order's status."""
        raise InvariantError("a port must be implemented")


@mypyc_attr(allow_interpreted_subclasses=True)
class SessionHours:
    """Continuous trading hours of an instrument on the calendar clock."""

    def is_open(self, utc_ns: i64) -> bool:
        """Whether the instrument is in continuous trading."""
        raise InvariantError("a port must be implemented")

    def close_utc_ns(self, utc_ns: i64) -> i64:
        """End of the running session; `utc_ns` itself when none runs."""
        raise InvariantError("a port must be implemented")


@mypyc_attr(allow_interpreted_subclasses=True)
class OrderGateway:
    """One venue's order session: commands in, bytes out; bytes in, receipts out. Sans-I/O."""

    def is_up(self) -> bool:
        """Whether the session is logged on."""
        raise InvariantError("a port must be implemented")

    def submit(self, command: OrderCommand, now_ns: i64, utc_ns: i64) -> None:
        """Encode a new order."""
        raise InvariantError("a port must be implemented")

    def cancel(self, command: OrderCommand, client_order_id: i64, now_ns: i64, utc_ns: i64) -> None:
        """Encode a cancel request."""
        raise InvariantError("a port must be implemented")

    def query(self, command: OrderCommand, now_ns: i64, utc_ns: i64) -> None:
        """Encode a status request."""
        raise InvariantError("a port must be implemented")

    def take_receipts(self) -> list[Receipt]:
        """Receipts decoded since the last call."""
        raise InvariantError("a port must be implemented")
