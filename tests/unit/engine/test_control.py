"""The control socket with real sockets: who a peer is, one answer per line, and that no peer holds the loop up."""

from __future__ import annotations

import json
import os
import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cross_market_connect.domain.errors import InputError
from cross_market_connect.engine.control import (
    LINE_BYTES_MAX,
    PEERS_MAX,
    SOCKET_NAME,
    WAITING_MAX,
    ControlServer,
    Person,
    role_for,
    text_of,
)
from cross_market_connect.engine.control_client import answer_lines, give
from cross_market_connect.engine.sockets import SystemNetwork

ANN = Person("ann", ["trader", "operator"])


class Desk:
    """A server whose loop echoes who asked for what."""

    def __init__(self, directory: Path, people: dict[int, Person] | None = None, is_open: bool = False) -> None:
        self.network = SystemNetwork()
        known = {os.getuid(): ANN} if people is None else people
        self.server = ControlServer(self.network, str(directory), known, is_open)
        self.server.open()
        self.path = directory / SOCKET_NAME
        self.clients: list[socket.socket] = []
        # The client takes an object as its answer; raw peers in these tests read a list.
        self.named = False

    def close(self) -> None:
        self.server.close()
        self.network.shut_down()
        for client in self.clients:
            client.close()

    def line(self, client: socket.socket) -> str:
        received = b""
        while not received.endswith(b"\n"):
            received += client.recv(1)
        return received.decode()

    def turn(self, timeout_s: float = 0.2) -> int:
        """One turn of a loop; how many lines came."""
        lines = 0
        for handle, mask in self.network.poll(timeout_s):
            if handle == self.server.handle:
                self.server.accept()
            elif self.server.owns(handle):
                self.server.receive(handle, mask)
        while (taken := self.server.take()) is not None:
            lines += 1
            peer, text = taken
            parts = (peer.person.name, role_for(peer.person, text), text)
            answer = dict(zip(("user", "role", "text"), parts, strict=True)) if self.named else list(parts)
            self.server.answer(peer, json.dumps(answer))
            self.server.answered(peer)
        return lines

    def peer(self) -> socket.socket:
        client = socket.socket(socket.AF_UNIX)
        client.connect(str(self.path))
        client.settimeout(5)
        self.clients.append(client)
        self.turn()
        return client


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.close()


def test_only_the_owner_reaches_the_socket_and_an_old_one_is_replaced(desk: Desk, tmp_path: Path) -> None:
    assert stat.S_IMODE(desk.path.stat().st_mode) == 0o600
    again = Desk(tmp_path, is_open=True)
    assert stat.S_IMODE(desk.path.stat().st_mode) == 0o666
    again.peer()
    again.close()


def test_a_path_longer_than_an_address_is_no_obstacle(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    desk = Desk(deep)
    assert (deep / SOCKET_NAME).exists()
    desk.close()


def test_a_directory_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file or directory; expected a directory"):
        Desk(tmp_path / "nowhere")


def test_lines_are_commands_of_whom_the_kernel_says(desk: Desk) -> None:
    client = desk.peer()
    client.sendall(b'{"command": "cancel", "user": "king"}\n{"command"')
    desk.turn()
    client.sendall(b': "stop"}\n\n')
    desk.turn()
    answers = desk.line(client), desk.line(client)
    assert json.loads(answers[1]) == ["ann", "operator", '{"command": "stop"}']
    assert json.loads(answers[0]) == ["ann", "trader", '{"command": "cancel", "user": "king"}']


def test_a_peer_who_is_nobody_has_no_role(tmp_path: Path) -> None:
    desk = Desk(tmp_path, people={})
    client = desk.peer()
    client.sendall(b'{"command": "cancel"}\n')
    desk.turn()
    assert json.loads(desk.line(client))[:2] == [f"uid {os.getuid()}", ""]
    desk.close()


def test_no_word_of_a_peer_is_taken_for_the_process() -> None:
    assert text_of(b"stop") == "{stop"
    assert text_of(b'  {"command": "stop"}\r') == '{"command": "stop"}'
    assert text_of(b"\xff{").startswith("{")


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ('{"command": "single"}', "trader"),
        ('{"command": "stop"}', "operator"),
        ('{"command": "stop", "role": "trader"}', "trader"),
        ('{"command": "stop", "role": "risk_officer"}', ""),
        ('{"command": "re_enable"}', "trader"),
        ("{", "trader"),
        ("[" * 100_000, "trader"),
    ],
)
def test_the_role_is_the_one_named_or_the_first_that_may(text: str, role: str) -> None:
    assert role_for(ANN, text) == role


def test_a_line_without_end_is_cut_off(desk: Desk) -> None:
    client = desk.peer()
    try:
        for _ in range(LINE_BYTES_MAX // 65_536 + 3):
            client.sendall(b"x" * 65_536)
            desk.turn()
            desk.turn(0)
    except OSError:
        pass
    assert desk.server.peers == {}


def test_who_has_more_commands_under_way_than_a_person_has_is_cut_off(desk: Desk) -> None:
    """Found by an attack: 64 KB of refused lines kept the hot thread from the market for five seconds."""
    client = desk.peer()
    client.sendall(b"{}\n" * (WAITING_MAX + 1))
    assert desk.turn() == 0
    assert desk.server.peers == {}


def test_peers_take_turns_and_who_has_hung_up_is_served_first(desk: Desk) -> None:
    first, second = desk.peer(), desk.peer()
    first.sendall(b'{"at": 1}\n{"at": 2}\n')
    second.sendall(b'{"at": 3}\n')
    first.shutdown(socket.SHUT_WR)
    for _ in range(2):
        for handle, mask in desk.network.poll(0.2):
            desk.server.receive(handle, mask)
    texts = []
    while (taken := desk.server.take()) is not None:
        texts.append(json.loads(taken[1])["at"])
        desk.server.answer(taken[0], "done")
        desk.server.answered(taken[0])
    assert sorted(texts) == [1, 2, 3] and texts.index(3) < 2, "nobody waits for all of another's"
    assert [first.recv(5), first.recv(5), first.recv(5)] == [b"done\n", b"done\n", b""]
    assert len(desk.server.peers) == 1


def test_one_more_peer_than_there_is_room_for_takes_the_place_of_the_silent_one(desk: Desk) -> None:
    clients = [desk.peer() for _ in range(PEERS_MAX)]
    clients[0].sendall(b"{}\n")
    desk.turn()
    more = desk.peer()
    assert len(desk.server.peers) == PEERS_MAX
    assert clients[1].recv(1) == b"", "the second was silent longest"
    more.sendall(b"{}\n")
    assert desk.turn() == 1


def test_a_peer_that_does_not_read_is_cut_off_and_nobody_waits(desk: Desk) -> None:
    client = desk.peer()
    peer = next(iter(desk.server.peers.values()))
    for _ in range(100):
        desk.server.answer(peer, "x" * 65_536)
    assert desk.server.peers == {}
    assert client.recv(1) == b"x"


def test_answers_that_a_peer_reads_late_arrive_whole(desk: Desk) -> None:
    client = desk.peer()
    text = "y" * 900_000
    desk.server.answer(next(iter(desk.server.peers.values())), text)
    received = b""
    while not received.endswith(b"\n"):
        received += client.recv(65_536)
        desk.turn(0)
    assert received == text.encode() + b"\n"


def test_the_client_gives_a_command_and_has_its_answer(desk: Desk, tmp_path: Path) -> None:
    got: list[object] = []
    desk.named = True
    client = threading.Thread(target=lambda: got.append(give(tmp_path, {"command": "stop", "reason": "", "order": 0})))
    client.start()
    while desk.turn() == 0:
        pass
    client.join()
    assert got == [{"user": "ann", "role": "operator", "text": '{"command": "stop", "order": 0}'}]


def test_without_an_engine_the_client_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected a running engine's data directory"):
        give(tmp_path, {"command": "stop"})


def test_an_answer_is_told_to_people() -> None:
    leg = {"client_order_id": 7, "state": "working", "filled": 1, "quantity": 2}
    order = {"spread_order_id": 3, "spread": "manual", "state": "working", "legs": [leg]}
    assert answer_lines({"accepted": True, "result": "sent", "reasons": [], "orders": [order]}) == [
        "accepted: sent",
        "  spread order 3 (manual): working",
        "    order 7: working, 1 of 2",
    ]
