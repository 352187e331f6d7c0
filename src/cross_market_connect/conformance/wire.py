"""The connection of a case: bytes of the session over a socket, wrapped in TLS where the source has it.

The same TLS as the engine's (`engine.tls`), so that what certifies is what trades. A case waits for the handshake.
"""

from __future__ import annotations

import select
import socket
import time
from typing import Final

from cross_market_connect.engine.tls import OPEN, TlsStream

READ_BYTES: Final = 65_536


class WireFault(Exception):
    """The connection cannot be used; the message says why."""


class Wire:
    """One connection, open until `close`.

    Args:
        host, port: of the counterparty.
        wait_s: how long connecting may take, and the handshake.
        tls: the source's, not in use by another connection; None for plain text.

    Raises OSError when nobody listens, WireFault when TLS is not agreed.
    """

    def __init__(self, host: str, port: int, wait_s: float, tls: TlsStream | None) -> None:
        self._tls = tls
        self._socket = socket.create_connection((host, port), wait_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            tls.begin(host, port)
            self._agree(tls, time.monotonic() + wait_s)

    def is_readable(self, wait_s: float) -> bool:
        """Whether `read` has something to say, now or within so long."""
        if self._tls is not None and self._tls.has_waiting():
            return True
        return bool(select.select([self._socket], [], [], wait_s)[0])

    def read(self) -> bytes | None:
        """Bytes of the session; empty when TLS alone had something to say; None at the connection's end."""
        tls = self._tls
        if tls is None:
            return self._receive() or None
        if not tls.has_waiting():
            self._take_in(tls)
        data = tls.read(READ_BYTES)
        try:
            self._socket.sendall(tls.take_outgoing())
        except OSError:
            return data or None  # what came before the end counts
        return None if tls.fault and not data else data

    def fault(self) -> str:
        """What TLS says of the connection's end; empty for nothing."""
        return "" if self._tls is None else self._tls.fault

    def send(self, data: bytes) -> None:
        """All of it. Raises OSError when the connection is lost."""
        self._socket.sendall(data if self._tls is None else self._tls.encrypt(data))

    def close(self) -> None:
        """At once, without waiting for the other side."""
        try:
            if self._tls is not None:
                last = self._tls.end()
                self._socket.setblocking(False)
                self._socket.send(last)
        except OSError:
            return  # the other side has closed, or takes nothing more: it is not owed a goodbye
        finally:
            self._socket.close()

    def _agree(self, tls: TlsStream, end_s: float) -> None:
        try:
            self._socket.sendall(tls.take_outgoing())
            while tls.state != OPEN:
                if not self.is_readable(max(0.0, end_s - time.monotonic())):
                    raise WireFault(tls.timeout_fault())
                self._take_in(tls)
                self._socket.sendall(tls.take_outgoing())
                if tls.fault:
                    raise WireFault(tls.fault)
        except (OSError, WireFault):
            self.close()
            raise

    def _take_in(self, tls: TlsStream) -> None:
        data = self._receive()
        if data:
            tls.receive(data)
        else:
            tls.receive_end("")

    def _receive(self) -> bytes:
        try:
            return self._socket.recv(READ_BYTES)
        except OSError:
            return b""
