"""What a simulated venue's recovery service is to its host, whatever the protocol: packets in, connections served."""

from __future__ import annotations

from mypy_extensions import i64, mypyc_attr

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.numbers import NO_TIMER


@mypyc_attr(allow_interpreted_subclasses=True)
class RecoveryPeer:
    """One connection to the service.

    Attributes:
        is_closed: the server has closed it, or is about to once the output is sent.
    """

    def __init__(self) -> None:
        self.is_closed: bool = False
        self._output: list[bytes] = []

    def receive(self, data: bytes, now_ns: i64, utc_ns: i64) -> None:
        """Take in what the client sent."""
        raise InvariantError("a protocol must implement this")

    def next_timer_ns(self) -> i64:
        """When `handle_timer` wants to be called."""
        return NO_TIMER

    def handle_timer(self, now_ns: i64, utc_ns: i64) -> None:
        """Do what is due."""

    def take_output(self) -> bytes:
        """Drain the bytes to send."""
        data = b"".join(self._output)
        self._output = []
        return data

    def close(self) -> None:
        """The connection ends, by whoever."""
        self.is_closed = True


@mypyc_attr(allow_interpreted_subclasses=True)
class RecoveryServer:
    """What all peers share.

    Attributes:
        requests: how many were answered with what they asked for.
    """

    def __init__(self) -> None:
        self.requests: i64 = 0

    def note(self, channel: i64, packet: bytes) -> None:
        """A packet was published; those of channels that are served are kept for a while."""
        raise InvariantError("a protocol must implement this")

    def accept(self, now_ns: i64) -> RecoveryPeer:
        """A new connection."""
        raise InvariantError("a protocol must implement this")
