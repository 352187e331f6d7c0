"""Ports: what the pure rooms need from the rooms above them. Crossed once per order or packet, not per level."""

from __future__ import annotations

from mypy_extensions import i64, mypyc_attr

from cross_market_connect.domain.capabilities import Capabilities
from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.domain.order import OrderCommand, Receipt


@mypyc_attr(allow_interpreted_subclasses=True)
class OrderRoutes:
    """The way to the venues' order gateways, by route (account and gateway)."""

    def is_up(self, route: i64) -> bool:
        """Whether the route's session is logged on and takes orders."""
        raise InvariantError("a port must be implemented")

    def may_open(self, route: i64) -> bool:
        """Whether the route takes what opens something, not only what ends something."""
        return self.is_up(route)

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

    def trading_day(self, utc_ns: i64) -> i64:
        """Trading day (YYYYMMDD) that the moment belongs to; 0 when it is not known. Without a calendar there is one
        day only."""
        return 1

    def reopen_utc_ns(self, utc_ns: i64) -> i64:
        """When the instrument trades again; `utc_ns` itself while it does, NO_TIMER when that is not known."""
        return utc_ns if self.is_open(utc_ns) else NO_TIMER

    def may_enter(self, utc_ns: i64) -> bool:
        """Whether the venue takes new orders; without phases: while they trade as they come."""
        return self.is_open(utc_ns)

    def may_cancel(self, utc_ns: i64) -> bool:
        """Whether the venue lets orders be cancelled; without phases: always."""
        return True

    def cancels_utc_ns(self, utc_ns: i64) -> i64:
        """When the venue next lets orders be cancelled; `utc_ns` itself while it does, NO_TIMER when that is not
        known."""
        return utc_ns if self.may_cancel(utc_ns) else NO_TIMER


@mypyc_attr(allow_interpreted_subclasses=True)
class Connection:
    """One stream connection to a venue, as the engine's core sees it: bytes in, bytes out, deadlines. Sans-I/O.

    What it decides (session events, sequence numbers) it writes to the step; what it received for the application the
    class that implements it knows how to use: an order gateway has receipts, a feed has books.
    """

    def connect_due_ns(self, due_ns: i64) -> i64:
        """When to connect, not before `due_ns`; NO_TIMER while no connection is wanted."""
        return due_ns

    def opened(self) -> None:
        """The connection was made; the session logs on."""
        raise InvariantError("a port must be implemented")

    def refused(self, reason: str) -> None:
        """The connection could not be made."""

    def lost(self, reason: str) -> None:
        """The connection is gone."""
        raise InvariantError("a port must be implemented")

    def receive(self, data: bytes) -> None:
        """Take in what one read returned, and remember what it means for the application."""
        raise InvariantError("a port must be implemented")

    def next_timer_ns(self) -> i64:
        """When `handle_timer` wants to be called."""
        raise InvariantError("a port must be implemented")

    def handle_timer(self) -> None:
        """Do what is due: heartbeats, test requests, resend deadlines."""
        raise InvariantError("a port must be implemented")

    def is_up(self) -> bool:
        """Whether the session is logged on."""
        raise InvariantError("a port must be implemented")

    def log_out(self, reason: str) -> None:
        """End the session as its protocol asks."""
        raise InvariantError("a port must be implemented")

    def save_numbers(self) -> None:
        """Record the session's sequence numbers if they changed; called before the bytes go out."""
        raise InvariantError("a port must be implemented")

    def outgoing(self) -> bytes:
        """Drain the bytes to send."""
        raise InvariantError("a port must be implemented")

    def must_close(self) -> bool:
        """Whether the connection is to be closed once everything is sent."""
        raise InvariantError("a port must be implemented")


@mypyc_attr(allow_interpreted_subclasses=True)
class OrderGateway(Connection):
    """One venue's order session: commands in, bytes out; bytes in, receipts out.

    `capabilities` says what may be asked of it; whoever asks for more has made a mistake.
    """

    def capabilities(self) -> Capabilities:
        """What the gateway can do, before the configuration narrows it to what its venue can."""
        return Capabilities()

    def replace(self, command: OrderCommand, client_order_id: i64, price_ticks: i64, quantity_lots: i64) -> None:
        """Encode another price and whole quantity for `command`'s order under a new id; the session must be up.

        Receipts go on to name the original order.
        """
        raise InvariantError("the gateway has no replace")

    def submit_list(self, commands: list[OrderCommand], list_id: i64) -> None:
        """Encode new orders as one list; the session must be up."""
        raise InvariantError("the gateway has no list of orders")

    def cancel_all(self, client_order_id: i64) -> None:
        """Encode a request that cancels every order of the session; the session must be up."""
        raise InvariantError("the gateway has no mass cancel")

    def query_all(self, client_order_id: i64) -> None:
        """Encode a request for the status of every open order; the session must be up."""
        raise InvariantError("the gateway has no mass status")

    def submit(self, command: OrderCommand) -> None:
        """Encode a new order; the session must be up."""
        raise InvariantError("a port must be implemented")

    def cancel(self, command: OrderCommand, client_order_id: i64) -> None:
        """Encode a cancel request for `command`'s order under a new id; the session must be up."""
        raise InvariantError("a port must be implemented")

    def query(self, command: OrderCommand) -> None:
        """Encode a status request; the session must be up."""
        raise InvariantError("a port must be implemented")

    def begin_epoch(self, epoch: i64) -> None:
        """A run begins: the numbers of its orders begin with this one."""

    def next_numbers(self) -> tuple[int, int]:
        """Next incoming and next outgoing sequence number."""
        raise InvariantError("a port must be implemented")

    def has_gap(self) -> bool:
        """Whether what the venue said while nobody heard is still being resent."""
        return False

    def take_receipts(self) -> list[Receipt]:
        """Receipts decoded since the last call. Each names the original order, also for cancels."""
        raise InvariantError("a port must be implemented")


@mypyc_attr(allow_interpreted_subclasses=True)
class DropCopy(Connection):
    """A session that brings copies of the reports about an account's orders, whoever entered them."""

    def next_numbers(self) -> tuple[int, int]:
        """Next incoming and next outgoing sequence number."""
        raise InvariantError("a port must be implemented")

    def take_receipts(self) -> list[Receipt]:
        """Receipts decoded since the last call, each with `is_copy`; their route is that of the session copied."""
        raise InvariantError("a port must be implemented")


@mypyc_attr(allow_interpreted_subclasses=True)
class QuoteConnection(Connection):
    """A venue's quotes over a stream.

    Attributes:
        changed: instruments whose book the last `receive` or `handle_timer` changed, each once. A feed appends an
            instrument when `Book.input_seq` is not yet this step's; the core clears the list when it has evaluated.
    """

    def __init__(self) -> None:
        self.changed: list[int] = []


@mypyc_attr(allow_interpreted_subclasses=True)
class DatagramFeed:
    """A venue's market data over datagrams, real-time and refresh; `changed` as in `QuoteConnection`."""

    def __init__(self) -> None:
        self.changed: list[int] = []

    def receive(self, is_refresh: bool, data: bytes) -> None:
        """Take in one datagram of the real-time channel, or of the refresh channel."""
        raise InvariantError("a port must be implemented")

    def next_timer_ns(self) -> i64:
        """When `handle_timer` wants to be called."""
        raise InvariantError("a port must be implemented")

    def handle_timer(self) -> None:
        """Notice what did not arrive in time."""
        raise InvariantError("a port must be implemented")

    def wants_refresh(self) -> bool:
        """Whether the refresh channel is needed now; otherwise the shell need not read it."""
        raise InvariantError("a port must be implemented")
