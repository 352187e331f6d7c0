"""Opens the engine's sockets; each failure is one error that names the source and the remedy."""

from __future__ import annotations

import errno
import os
import socket
from typing import Final

from cross_market_connect.domain.errors import InputError

RECEIVE_BUFFER_BYTES: Final = 8 * 1024 * 1024


def open_multicast(name: str, interface: str, group: str, port: int) -> socket.socket:
    """A socket that receives one multicast group on one interface.

    Raises InputError: no such interface, no right, or the port is taken by a socket that does not share it.
    """
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        receiver.setblocking(False)
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        # Bound to the group, not to any address: another group's traffic on this port stays out.
        receiver.bind((group, port))
        membership = socket.inet_aton(group) + socket.inet_aton(interface)
        receiver.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
    except OSError as error:
        receiver.close()
        raise InputError(
            [f"source {name}: {group}:{port} on {interface}: {error.strerror}; expected a free port and interface"]
        ) from error
    return receiver


def start_connect(host: str, port: int) -> tuple[socket.socket, str]:
    """A socket that is connecting, and why it failed at once (empty when it did not)."""
    stream = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    stream.setblocking(False)
    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    code = stream.connect_ex((host, port))
    if code in (0, errno.EINPROGRESS):
        return stream, ""
    return stream, os.strerror(code)


def connect_failure(stream: socket.socket) -> str:
    """Why a connection attempt failed, empty when the socket is connected."""
    code = stream.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    return os.strerror(code) if code != 0 else ""
