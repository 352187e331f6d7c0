"""The engine's port to clock and sockets.

One virtual call per system call; what happens every day (nothing to read, a full buffer, a peer that is gone) comes
back as a value. `engine/sockets.py` implements it with epoll and raw descriptors, the virtual world with its kernel.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64, mypyc_attr

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.numbers import UNSTAMPED

# What `watch` asks for and `poll` answers with; the numbers are those of epoll(7) in Linux.
READABLE: Final = 0x001
WRITABLE: Final = 0x004
BROKEN: Final = 0x008
HUNG_UP: Final = 0x010

# Answers of `write` that are no number of bytes.
WOULD_BLOCK: Final[i64] = -1
FAILED: Final[i64] = -2
NO_HANDLE: Final = -1


@mypyc_attr(allow_interpreted_subclasses=True)
class Network:
    """Clock, poller and sockets. A handle is a number that stays the socket's until `close`.

    Attributes:
        fault: why the last call failed, in the system's words; empty after one that did not.
        queued_ns: of what `read_stamped` returned last.
    """

    def __init__(self) -> None:
        self.fault: str = ""
        self.queued_ns: i64 = UNSTAMPED

    def now_ns(self) -> i64:
        """Monotonic time."""
        raise InvariantError("a network must implement now_ns")

    def utc_ns(self) -> i64:
        """The machine's calendar time, which may step."""
        raise InvariantError("a network must implement utc_ns")

    def poll(self, timeout_s: float) -> list[tuple[int, int]]:
        """Wait until a watched handle is ready; (handle, mask) of each that is, none after the time-out."""
        raise InvariantError("a network must implement poll")

    def rest(self, seconds: float) -> None:
        """Wait without looking at any handle."""
        raise InvariantError("a network must implement rest")

    def watch(self, handle: int, mask: int) -> None:
        """Have `poll` report the handle."""
        raise InvariantError("a network must implement watch")

    def change_watch(self, handle: int, mask: int) -> None:
        """Watch for something else."""
        raise InvariantError("a network must implement change_watch")

    def unwatch(self, handle: int) -> None:
        """Have `poll` forget the handle; before `close`."""
        raise InvariantError("a network must implement unwatch")

    def connect(self, host: str, port: int) -> int:
        """Begin a stream connection, done when writable; NO_HANDLE and `fault` when it fails at once."""
        raise InvariantError("a network must implement connect")

    def connect_fault(self, handle: int) -> str:
        """Why a connection attempt failed, empty when the stream is connected."""
        raise InvariantError("a network must implement connect_fault")

    def open_multicast(self, name: str, interface: str, group: str, port: int) -> int:
        """A socket that receives one group on one interface.

        Raises InputError naming the source: no such interface, no right, or the port is taken.
        """
        raise InvariantError("a network must implement open_multicast")

    def listen_local(self, directory: str, name: str, is_open_to_all: bool) -> int:
        """A Unix socket of that name in the directory, for its owner or for everybody; NO_HANDLE where there are none.

        Raises InputError when the directory does not allow it.
        """
        return NO_HANDLE

    def accept_local(self, handle: int) -> tuple[int, int]:
        """The next peer of a Unix socket with its user id, as the kernel vouches for it; NO_HANDLE when none waits."""
        return NO_HANDLE, -1

    def read(self, handle: int, size: int) -> bytes | None:
        """Up to `size` bytes, or one datagram; None when there is nothing now.

        Empty at the stream's end, and with `fault` set when the stream broke.
        """
        raise InvariantError("a network must implement read")

    def stamp_receipts(self, handle: int) -> bool:
        """Have the kernel stamp what the handle receives, for `read_stamped`; False, and `fault`, where it does not."""
        self.fault = "no receive stamps here"
        return False

    def read_stamped(self, handle: int, size: int) -> bytes | None:
        """As `read`, and how long the kernel had the datagram, in `queued_ns`; UNSTAMPED where it does not say."""
        return self.read(handle, size)

    def write(self, handle: int, data: bytes) -> i64:
        """How many bytes were taken; WOULD_BLOCK, or FAILED with `fault` set."""
        raise InvariantError("a network must implement write")

    def close(self, handle: int) -> None:
        """Close a handle that this network opened."""
        raise InvariantError("a network must implement close")

    def shut_down(self) -> None:
        """Close the poller, after the handles."""
        raise InvariantError("a network must implement shut_down")
