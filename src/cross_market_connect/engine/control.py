"""The control socket: commands of people as lines of JSON over a Unix socket in the engine's data directory.

Theory of operation. The loop watches the listening handle and one handle per peer; nothing here waits. A peer is known
by the credentials that the kernel vouches for, never by what it writes. One line is one command and gets one line back.
Commands wait their turn here: the loop takes a few between two looks at the market, from each peer in turn. A line that
is too long, a peer that does not read its answers or has too many commands waiting, and one more peer than there is
room for are cut off; a silent one only keeps its place until another needs it.
"""

from __future__ import annotations

import json
from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.engine.network import FAILED, NO_HANDLE, READABLE, WRITABLE, Network
from cross_market_connect.trading.commands import AUDITOR, COMMAND_CHARACTERS_MAX, PERMISSIONS, ROLES, parse_command

SOCKET_NAME: Final = "control.sock"
PEERS_MAX: Final = 16
LINE_BYTES_MAX: Final = int(COMMAND_CHARACTERS_MAX)
UNSENT_ANSWER_BYTES_MAX: Final = 1_048_576
READ_BYTES: Final = 65_536
# A batch is one command: who has more of them under way than this is no person.
WAITING_MAX: Final = 64
EVERY_ROLE: Final[tuple[str, ...]] = tuple(role for role in ROLES if role != AUDITOR)


@final
class Person:
    """Who may connect, and in which roles."""

    def __init__(self, name: str, roles: list[str]) -> None:
        self.name: str = name
        self.roles: list[str] = roles


@final
class Peer:
    """One connection, with what it has not finished saying and what it has not read."""

    def __init__(self, handle: int, person: Person) -> None:
        self.handle: int = handle
        self.person: Person = person
        self.unread: bytes = b""
        self.unsent: bytes = b""
        self.waiting: list[str] = []
        self.has_ended: bool = False


@final
class ControlServer:
    """Takes lines from peers and gives them their answers; the loop carries out what is in between.

    Args:
        people: by user id; whoever is not among them is nobody, and every command of theirs is refused.
        is_open_to_all: others than the engine's own user may connect, since people are configured.
    """

    def __init__(self, network: Network, directory: str, people: dict[int, Person], is_open_to_all: bool) -> None:
        self.network: Network = network
        self.directory: str = directory
        self.people: dict[int, Person] = people
        self.is_open_to_all: bool = is_open_to_all
        self.handle: int = NO_HANDLE
        self.peers: dict[int, Peer] = {}

    def open(self) -> None:
        """Listen. Raises InputError when the directory does not allow it."""
        self.handle = self.network.listen_local(self.directory, SOCKET_NAME, self.is_open_to_all)
        if self.handle != NO_HANDLE:
            self.network.watch(self.handle, READABLE)

    def owns(self, handle: int) -> bool:
        """Whether a ready handle is the server's or one of its peers'."""
        return handle == self.handle or handle in self.peers

    def accept(self) -> None:
        """Take in the next peer; the one that is silent longest makes room."""
        handle, user_id = self.network.accept_local(self.handle)
        if handle == NO_HANDLE:
            return
        if len(self.peers) >= PEERS_MAX:
            for oldest in self.peers:
                self._drop(oldest)
                break
        person = self.people.get(user_id)
        self.peers[handle] = Peer(handle, Person(f"uid {user_id}", []) if person is None else person)
        self.network.watch(handle, READABLE)

    def receive(self, handle: int, mask: int) -> None:
        """Take in what a peer says; `take` hands its commands out."""
        peer = self.peers[handle]
        if mask & WRITABLE:
            self._write(peer, b"")
            if handle not in self.peers:
                return
        data = self.network.read(handle, READ_BYTES)
        if data is None:
            return
        if len(data) == 0:
            # What it has asked for is done all the same.
            peer.has_ended = True
            self.network.unwatch(handle)
            self._end(peer)
            return
        # Who speaks is the last to make room.
        self.peers[handle] = self.peers.pop(handle)
        lines = (peer.unread + data).split(b"\n")
        peer.unread = lines.pop()
        peer.waiting += [text_of(line) for line in lines if len(line) <= LINE_BYTES_MAX and len(line.strip()) > 0]
        if len(peer.unread) > LINE_BYTES_MAX or len(peer.waiting) > WAITING_MAX:
            self._drop(handle)

    def has_waiting(self) -> bool:
        """Whether a peer has a command that nobody took yet."""
        return self._next() is not None

    def take(self) -> tuple[Peer, str] | None:
        """The next command, and whose it is: the peers' turns go round."""
        peer = self._next()
        if peer is None:
            return None
        text = peer.waiting.pop(0)
        self.peers[peer.handle] = self.peers.pop(peer.handle)
        return peer, text

    def _next(self) -> Peer | None:
        for handle in self.peers:
            if len(self.peers[handle].waiting) > 0:
                return self.peers[handle]
        return None

    def _end(self, peer: Peer) -> None:
        """Forget a peer that has said its last word, once that is done."""
        if peer.has_ended and len(peer.waiting) == 0:
            self._drop(peer.handle)

    def answer(self, peer: Peer, text: str) -> None:
        """Give a peer its answer; one that is gone gets none."""
        if peer.handle in self.peers:
            self._write(peer, text.encode() + b"\n")

    def answered(self, peer: Peer) -> None:
        """The command that `take` handed out is done."""
        if peer.handle in self.peers:
            self._end(peer)

    def _write(self, peer: Peer, data: bytes) -> None:
        waited = len(peer.unsent) > 0
        data = peer.unsent + data
        sent: i64 = self.network.write(peer.handle, data)
        if sent == FAILED:
            self._drop(peer.handle)
            return
        peer.unsent = data[sent:] if sent > 0 else data
        if len(peer.unsent) > UNSENT_ANSWER_BYTES_MAX:
            self._drop(peer.handle)
        elif peer.has_ended:
            return  # it does not listen any more, and is forgotten when its commands are done
        elif len(peer.unsent) > 0 and not waited:
            self.network.change_watch(peer.handle, READABLE | WRITABLE)
        elif len(peer.unsent) == 0 and waited:
            self.network.change_watch(peer.handle, READABLE)

    def _drop(self, handle: int) -> None:
        peer = self.peers.pop(handle)
        if not peer.has_ended:
            self.network.unwatch(handle)
        self.network.close(handle)

    def close(self) -> None:
        """Close every socket."""
        for handle in list(self.peers):
            self._drop(handle)
        if self.handle != NO_HANDLE:
            self.network.unwatch(self.handle)
            self.network.close(self.handle)
            self.handle = NO_HANDLE


def text_of(line: bytes) -> str:
    """A peer's line as a command: always an object's beginning, so that no peer's word is taken for the process's."""
    text = line.decode("utf-8", "replace").strip()
    return text if text.startswith("{") else "{" + text


def role_for(person: Person, text: str) -> str:
    """The role in which the person gives the command: the one that it names, else the first that may; "" for none."""
    try:
        value = json.loads(text)
        named = value.get("role") if isinstance(value, dict) else None
    except (ValueError, RecursionError):
        named = None
    if isinstance(named, str):
        return named if named in person.roles else ""
    allowed = PERMISSIONS.get(parse_command(text).kind, ())
    for role in person.roles:
        if role in allowed:
            return role
    return person.roles[0] if len(person.roles) > 0 else ""
