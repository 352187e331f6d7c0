"""Our acceptor: a simulated exchange that goes on where a killed one was.

    echo '{...}' | python -m tools.another_engine.venue

Configuration as the exchange's process reads it, and `inputs`: the file that keeps what happens to it. The exchange is
a function of its inputs: each one is in the file before it acts, and a new process first takes them all again, so that
book, ledger and sessions stand where they stood; what they say to that has been said, or is sent again when asked for.
Ends with the end of standard input or on SIGTERM, and then prints every client's orders as its ledger has them.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, cast

from cross_market_connect.venues.simulated.exchange import SimulatedExchange
from cross_market_connect.venues.simulated.process import Server, load_fields, settings_from

HEAD: Final = struct.Struct("<cqqqI")
STARTED, OPENED, RECEIVED, LOST, TIMER = b"S", b"O", b"R", b"L", b"T"

Input = tuple[bytes, int, int, int, bytes]


class KeptExchange:
    """A simulated exchange whose inputs are kept; everything that is no input is its own."""

    def __init__(self, exchange: SimulatedExchange, path: Path) -> None:
        self._exchange = exchange
        self.is_new = True
        self.connections: set[int] = set()
        whole = 0
        for kept in inputs_of(path):
            self.is_new = False
            whole += HEAD.size + len(kept[-1])
            self._act(*kept)
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.ftruncate(self._file, whole)

    def close(self) -> None:
        """Keep no more."""
        os.close(self._file)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._exchange, name)

    def start(self, now_ns: int, utc_ns: int) -> None:
        """Open the market, or go on: the connections of the process before are gone with it."""
        if self.is_new:
            self._take(STARTED, 0, now_ns, utc_ns)
        for connection in sorted(self.connections):
            self.connection_lost(connection, now_ns, utc_ns)

    def connection_opened(self, connection: int, now_ns: int, utc_ns: int) -> None:
        """As of the exchange."""
        self._take(OPENED, connection, now_ns, utc_ns)

    def receive(self, connection: int, data: bytes, now_ns: int, utc_ns: int) -> None:
        """As of the exchange."""
        self._take(RECEIVED, connection, now_ns, utc_ns, data)

    def connection_lost(self, connection: int, now_ns: int, utc_ns: int) -> None:
        """As of the exchange."""
        self._take(LOST, connection, now_ns, utc_ns)

    def handle_timer(self, now_ns: int, utc_ns: int) -> None:
        """As of the exchange."""
        self._take(TIMER, 0, now_ns, utc_ns)

    def _take(self, kind: bytes, connection: int, now_ns: int, utc_ns: int, data: bytes = b"") -> None:
        os.write(self._file, HEAD.pack(kind, connection, now_ns, utc_ns, len(data)) + data)
        self._act(kind, connection, now_ns, utc_ns, data)

    def _act(self, kind: bytes, connection: int, now_ns: int, utc_ns: int, data: bytes) -> None:
        exchange = self._exchange
        if kind == STARTED:
            exchange.start(now_ns, utc_ns)
        elif kind == OPENED:
            self.connections.add(connection)
            exchange.connection_opened(connection, now_ns, utc_ns)
        elif kind == RECEIVED:
            exchange.receive(connection, data, now_ns, utc_ns)
        elif kind == LOST:
            self.connections.discard(connection)
            exchange.connection_lost(connection, now_ns, utc_ns)
        else:
            exchange.handle_timer(now_ns, utc_ns)


def inputs_of(path: Path) -> Iterator[Input]:
    """The inputs of a file, as far as they are whole."""
    held = path.read_bytes() if path.is_file() else b""
    at = 0
    while at + HEAD.size <= len(held):
        kind, connection, now_ns, utc_ns, size = HEAD.unpack_from(held, at)
        at += HEAD.size + size
        if at <= len(held):
            yield kind, connection, now_ns, utc_ns, held[at - size : at]


def orders_of(exchange: KeptExchange) -> list[dict[str, Any]]:
    """Every client's orders: what was asked for, what has traded, how it stands."""
    accounts = sorted({client.account for client in exchange.settings.clients if client.account})
    return [
        {
            "id": order.client_id.decode(),
            "lots": int(order.quantity_lots),
            "filled": int(order.cumulative_lots),
            "is_open": bool(order.is_open()),
        }
        for account in accounts
        for order in exchange.ledger.holdings[exchange.participant(account)].orders.values()
    ]


def main() -> int:
    """Serve until told to end."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    signal.signal(signal.SIGTERM, lambda *_: None)
    fields = load_fields([])
    kept = KeptExchange(SimulatedExchange(settings_from(fields)), Path(fields["inputs"]))
    # The server only calls what the kept exchange has.
    server = Server(cast(SimulatedExchange, kept), {})
    server.connection_count = max(kept.connections, default=0)
    ports = server.listen(fields["listen"])
    server.watch_end(sys.stdin.fileno(), reader)
    print(json.dumps({"ready": True, "port": ports[0]}), flush=True)
    server.run()
    print(json.dumps({"final": True, "orders": orders_of(kept)}), flush=True)
    server.close()
    kept.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
