"""The engine's network as the system has it: epoll and raw descriptors; a failure to open names source and remedy."""

from __future__ import annotations

import errno
import os
import select
import socket
import struct
import time
from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND, UNSTAMPED
from cross_market_connect.engine.network import FAILED, NO_HANDLE, WOULD_BLOCK, Network

RECEIVE_BUFFER_BYTES: Final = 8 * 1024 * 1024
LOCAL_BACKLOG: Final = 16
# Linux, asm-generic/socket.h; the stamp is a timespec by CLOCK_REALTIME, taken when the packet enters the stack.
SO_TIMESTAMPNS: Final = 35
TIMESPEC: Final = struct.Struct("@ll")
STAMP_SPACE: Final = socket.CMSG_SPACE(TIMESPEC.size)
# What lay for longer is more likely a clock that was set between stamp and read.
QUEUED_NS_MAX: Final[i64] = 10_000_000_000
# Names of this module's own: a module's function is looked up twice at every call.
_READ: Final = os.read
_WRITE: Final = os.write
_MONOTONIC_NS: Final = time.monotonic_ns
_UTC_NS: Final = time.time_ns


def queued_ns(read_utc_ns: i64, stamp_utc_ns: i64) -> i64:
    """How long a datagram waited to be read; UNSTAMPED when the two readings of the calendar clock make no sense.

    Counted back from the monotonic reading of the same moment it gives the receipt in monotonic time: a step of the
    calendar clock can only disturb what waited during it.
    """
    waited = read_utc_ns - stamp_utc_ns
    return waited if 0 <= waited <= QUEUED_NS_MAX else UNSTAMPED


@final
class SystemNetwork(Network):
    """Handles are descriptors. Sockets are kept by descriptor, for their options and their end."""

    def __init__(self) -> None:
        super().__init__()
        self.sockets: dict[int, socket.socket] = {}
        self.poller: select.epoll = select.epoll()

    def now_ns(self) -> i64:
        return _MONOTONIC_NS()

    def utc_ns(self) -> i64:
        return time.time_ns()

    def poll(self, timeout_s: float) -> list[tuple[int, int]]:
        return self.poller.poll(timeout_s)

    def rest(self, seconds: float) -> None:
        time.sleep(seconds)

    def watch(self, handle: int, mask: int) -> None:
        self.poller.register(handle, mask)

    def change_watch(self, handle: int, mask: int) -> None:
        self.poller.modify(handle, mask)

    def unwatch(self, handle: int) -> None:
        self.poller.unregister(handle)

    def connect(self, host: str, port: int) -> int:
        stream = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        stream.setblocking(False)
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        code = stream.connect_ex((host, port))
        if code in (0, errno.EINPROGRESS):
            self.fault = ""
            return self._keep(stream)
        stream.close()
        self.fault = os.strerror(code)
        return NO_HANDLE

    def connect_fault(self, handle: int) -> str:
        code = self.sockets[handle].getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        return os.strerror(code) if code != 0 else ""

    def open_multicast(self, name: str, interface: str, group: str, port: int) -> int:
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
        return self._keep(receiver)

    def listen_local(self, directory: str, name: str, is_open_to_all: bool) -> int:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        opened = -1
        try:
            # By way of the directory's descriptor: a socket's address has room for 107 characters only.
            opened = os.open(directory, os.O_DIRECTORY)
            address = f"/proc/self/fd/{opened}/{name}"
            if os.path.lexists(address):
                os.unlink(address)
            listener.setblocking(False)
            listener.bind(address)
            os.chmod(address, 0o666 if is_open_to_all else 0o600)
            listener.listen(LOCAL_BACKLOG)
        except OSError as error:
            listener.close()
            raise InputError([f"{directory}/{name}: {error.strerror}; expected a directory that takes it"]) from error
        finally:
            if opened >= 0:
                os.close(opened)
        return self._keep(listener)

    def accept_local(self, handle: int) -> tuple[int, int]:
        try:
            peer, _ = self.sockets[handle].accept()
        except OSError:
            return NO_HANDLE, -1
        peer.setblocking(False)
        credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        return self._keep(peer), struct.unpack("3i", credentials)[1]

    def _keep(self, opened: socket.socket) -> int:
        handle = opened.fileno()
        self.sockets[handle] = opened
        return handle

    def read(self, handle: int, size: int) -> bytes | None:
        try:
            data = _READ(handle, size)
        except BlockingIOError:
            return None
        except OSError as error:
            self.fault = error.strerror or "read failed"
            return b""
        if len(data) == 0:
            self.fault = ""
        return data

    def stamp_receipts(self, handle: int) -> bool:
        try:
            self.sockets[handle].setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        except OSError as error:
            self.fault = error.strerror or "no receive stamps"
            return False
        return True

    def read_stamped(self, handle: int, size: int) -> bytes | None:
        self.queued_ns = UNSTAMPED
        try:
            data, ancillary, _flags, _sender = self.sockets[handle].recvmsg(size, STAMP_SPACE)
        except BlockingIOError:
            return None
        except OSError as error:
            self.fault = error.strerror or "read failed"
            return b""
        now_utc_ns: i64 = _UTC_NS()
        for level, kind, content in ancillary:
            if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS and len(content) >= TIMESPEC.size:
                seconds, nanoseconds = TIMESPEC.unpack_from(content)
                self.queued_ns = queued_ns(now_utc_ns, seconds * NANOSECONDS_PER_SECOND + nanoseconds)
        return data

    def write(self, handle: int, data: bytes) -> i64:
        try:
            return _WRITE(handle, data)
        except BlockingIOError:
            return WOULD_BLOCK
        except OSError as error:
            self.fault = error.strerror or "send failed"
            return FAILED

    def close(self, handle: int) -> None:
        self.sockets.pop(handle).close()

    def shut_down(self) -> None:
        self.poller.close()
