"""Where the loop connects and listens: one entry per source, with the state of its sockets."""

from __future__ import annotations

from typing import final

from mypy_extensions import i64

from cross_market_connect.engine.network import NO_HANDLE
from cross_market_connect.engine.passwords import PasswordSealer
from cross_market_connect.engine.streams import EncodedOrder
from cross_market_connect.engine.tls import TlsStream


@final
class StreamTarget:
    """Where a stream source connects; `secret` takes the place of `placeholder` in its log-on, encrypted by `sealer`.

    Attributes:
        others: further servers of the same service: each connection after one that failed or ended goes to the next.
        tls: what its bytes are wrapped in on the wire; None for nothing. Such a stream is connected once both agree.
    """

    def __init__(self, source: int, name: str, host: str, port: int, placeholder: bytes, secret: bytes) -> None:
        self.source: int = source
        self.name: str = name
        self.host: str = host
        self.port: int = port
        self.others: list[tuple[str, int]] = []
        self.placeholder: bytes = placeholder
        self.secret: bytes = secret
        self.tls: TlsStream | None = None
        self.sealer: PasswordSealer | None = None
        self.handle: int = NO_HANDLE
        self.connected: bool = False
        self.unsent: bytes = b""
        self.unmeasured: list[EncodedOrder] = []
        self.sent_ns: i64 = 0
        self.sent_bytes: i64 = 0

    def secret_at(self, utc_ns: i64) -> bytes:
        """What takes the placeholder's place in a log-on at that time."""
        return self.secret if self.sealer is None else self.sealer.sealed(self.secret, utc_ns)

    def turn_to_next(self) -> None:
        """The next connection goes to another server, where there is one."""
        if len(self.others) > 0:
            self.others.append((self.host, self.port))
            self.host, self.port = self.others.pop(0)


@final
class FeedTarget:
    """Where a datagram source listens.

    Attributes:
        live: groups and ports of the real-time channel, one for each line; refresh: of what says everything again.
        live_handles, refresh_handles: what is open of them.
        wants_stamps: the kernel is to stamp what the real-time channel receives.
    """

    def __init__(
        self, source: int, name: str, interface: str, live: list[tuple[str, int]], refresh: list[tuple[str, int]]
    ) -> None:
        self.source: int = source
        self.name: str = name
        self.interface: str = interface
        self.live: list[tuple[str, int]] = live
        self.refresh: list[tuple[str, int]] = refresh
        self.wants_stamps: bool = False
        self.live_handles: list[int] = []
        self.refresh_handles: list[int] = []
