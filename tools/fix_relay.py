"""A relay on a FIX session that keeps every message of either direction: what two ends said, by no count of theirs."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from typing import Final

FRAME: Final = re.compile(rb"8=FIX.*?\x0110=\d{3}\x01", re.DOTALL)
OUT, IN = "engine", "venue"
"""The directions, by who speaks: who connects, and who is connected to."""

Message = dict[int, str]


def fields_of(frame: bytes) -> Message:
    """The first value of each tag, cut by hand."""
    result: Message = {}
    for field in frame.decode("latin-1").split("\x01")[:-1]:
        tag, _, value = field.partition("=")
        result.setdefault(int(tag), value)
    return result


class SessionEvidence:
    """What one session's relay saw, and what is wrong with its numbers.

    No number of either direction is used twice but by what is marked as a duplicate, no session begins its numbers
    anew, and nobody complains of a number that is too low.

    Attributes:
        log_ons: Logons that the venue answered.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.faults: list[str] = []
        self.log_ons = 0
        self.messages = 0
        self._last = {OUT: 0, IN: 0}

    def saw(self, direction: str, message: Message) -> None:
        """One message as it passed."""
        self.messages += 1
        kind = message[35]
        if message.get(141) == "Y":
            self.faults.append(f"{self.name}: the {direction} began its numbers anew")
        if kind in ("3", "5") and "MsgSeqNum" in message.get(58, ""):
            self.faults.append(f"{self.name}: the {direction} says {message[58]!r}")
        if message.get(43) != "Y":
            number = int(message[34])
            if number <= self._last[direction]:
                self.faults.append(f"{self.name}: the {direction} used number {number} after {self._last[direction]}")
            self._last[direction] = number
        if kind == "A" and direction == IN:
            self.log_ons += 1
        self.take(direction, message)

    def take(self, direction: str, message: Message) -> None:
        """What else a message tells; for who looks at orders too."""


class Relay:
    """Between who connects and who is connected to: passes bytes on and gives the messages to the evidence.

    Attributes:
        lock: held while the evidence changes.
        port: where to connect to.
    """

    def __init__(self, evidence: SessionEvidence, venue_port: int) -> None:
        self.lock = threading.Lock()
        self._evidence = evidence
        self._venue_port = venue_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._ends: list[socket.socket] = []
        self._connections: list[threading.Thread] = []
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    def cut(self) -> None:
        """The connection breaks, for both ends; what is under way in it is lost."""
        with self.lock:
            for end in self._ends:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def end_connections(self) -> None:
        """Wait until everything that a dead end has sent is seen, and the other one knows that it is gone."""
        while self._connections:
            self._connections.pop().join()

    def close(self) -> None:
        """Take no more connections; those that there are end with their ends."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._acceptor.join()
        self._listener.close()
        self.end_connections()

    def passes(self, direction: str, message: Message, is_cut: bool) -> bool:
        """Keep a message, with the lock held; whether it goes on. `is_cut`: one before it on its connection did not."""
        self._evidence.saw(direction, message)
        return not is_cut

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                connection = threading.Thread(target=self._connect, args=(near,), daemon=True)
                self._connections.append(connection)
                connection.start()

    def _connect(self, near: socket.socket) -> None:
        """One connection, to its end."""
        with near, contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._venue_port)) as far:
            for end in (near, far):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self._ends = [near, far]
            answers = threading.Thread(target=self._pass_on, args=(far, near, IN), daemon=True)
            answers.start()
            self._pass_on(near, far, OUT)
            answers.join()

    def _pass_on(self, source: socket.socket, target: socket.socket, direction: str) -> None:
        """Until the source ends or the target is gone. What never became a whole message is nobody's."""
        held = b""
        is_cut = False
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                held += data
                end = 0
                for found in FRAME.finditer(held):
                    end = found.end()
                    with self.lock:
                        is_cut = not self.passes(direction, fields_of(found.group()), is_cut)
                held = held[end:]
                if not is_cut:
                    target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)
