"""What an exchange tells a publisher of datagrams, whatever its protocol."""

from __future__ import annotations

from mypy_extensions import i64

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.matching.orders import Trade


class Publisher:
    """Publishes the books, trades and states of a matching exchange on numbered channels."""

    def start(self, now_ns: i64, utc_ns: i64) -> None:
        """Say what the instruments are, as at the start of the day. The first call."""
        raise _unimplemented()

    def next_timer_ns(self) -> i64:
        """When `handle_timer` has something to send."""
        raise _unimplemented()

    def handle_timer(self, now_ns: i64, utc_ns: i64) -> None:
        """Send what is due: heartbeats, and what is said again and again."""
        raise _unimplemented()

    def is_refresh(self, channel: i64) -> bool:
        """Whether the channel is one that says everything again and again."""
        raise _unimplemented()

    def take_packets(self) -> list[tuple[i64, bytes]]:
        """Drain channel number and packet, in order."""
        raise _unimplemented()

    def publish_trade(self, trade: Trade, now_ns: i64, utc_ns: i64) -> None:
        """A trade; `end_step` sends it."""
        raise _unimplemented()

    def publish_book(self, at: i64, now_ns: i64, utc_ns: i64) -> None:
        """How the instrument's book has changed since it was last published; `end_step` sends it."""
        raise _unimplemented()

    def publish_state(self, at: i64, now_ns: i64, utc_ns: i64) -> None:
        """Whether the instrument is traded."""
        raise _unimplemented()

    def reset(self, now_ns: i64, utc_ns: i64) -> None:
        """Void every book of the channel and say it anew. Raises InvariantError where the protocol cannot."""
        raise _unimplemented()

    def end_step(self, now_ns: i64, utc_ns: i64) -> None:
        """Send what the step produced."""
        raise _unimplemented()


def _unimplemented() -> InvariantError:
    return InvariantError("a protocol must implement this")
