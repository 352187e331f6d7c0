"""`xmc bench repair`: from a refusal on the wire to the last byte of what the engine sends next.

One thousand spreads over two thousand instruments, all of them quoted at a steady rate over OMD-D while it lasts. Three
answers are measured: the re-order of the refused leg, the unwind of the filled one, the cancel of the one that rests.
The floor is a C program that waits in epoll, reads a refusal of the same size from TCP and sends the same bytes; it
runs between the engine's blocks, under the same load. The figures are those of the worst of the three.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from cross_market_connect.bench.engine import LOOPBACK, Acceptor, connected_pair, free_ports
from cross_market_connect.bench.figures import block_ratio, spread
from cross_market_connect.bench.market import PacketMaker, temporary_directory
from cross_market_connect.bench.repair_engine import CANCELLED, REORDERED, SPREADS, UNWOUND
from cross_market_connect.bench.wire import SOURCES
from cross_market_connect.domain.errors import InputError

GROUP: Final = "239.192.10.11"
REFRESH_GROUP: Final = "239.192.10.12"
# What is measured, on which spreads, and the connection on which the answer comes.
ACTIONS: Final = {"reorder": (REORDERED, "b"), "unwind": (UNWOUND, "a"), "cancel": (CANCELLED, "a")}
BLOCKS: Final = 6
PER_BLOCK: Final = 200
WARM: Final = 200
LOADS: Final = 2_000
MESSAGES_PER_LOAD: Final = 8
LOADS_PER_SECOND: Final = 2_500
SHIFT: Final = 20
CYCLES: Final = 6


def built(directory: Path) -> Path:
    """The client and floor. Raises InputError without a compiler: a floor in Python would be no floor."""
    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    program = directory / "repair"
    command = [str(compiler), "-O2", "-D_GNU_SOURCE", "-pthread", "-o", str(program), str(SOURCES / "repair.c")]
    if compiler is None or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        raise InputError(["bench repair: no working C compiler; expected cc, gcc or clang for client and floor"])
    return program


def write_packets(path: Path, packets: list[tuple[int, bytes]]) -> None:
    """Length, number of messages, bytes of each; the client writes the sequence number into them."""
    path.write_bytes(b"".join(struct.pack("<II", len(packet), count) + packet for count, packet in packets))


def trigger_packets(maker: PacketMaker, spreads: range, count: int) -> list[tuple[int, bytes]]:
    """The best prices of each spread's first instrument in turn, in passes over the spreads: down or up, and back."""
    packets = []
    for number in range(count):
        index = 2 * spreads[number % len(spreads)]
        shift = -SHIFT if number // len(spreads) % 2 == 0 or spreads is not REORDERED else SHIFT
        packets.append((1, maker.best_packet(index, shift, number)))
        packets.append((1, maker.best_packet(index, 0, number)))
    return packets


def load_packets(maker: PacketMaker) -> list[tuple[int, bytes]]:
    """Sizes behind the best prices, over all instruments."""
    packets = []
    for number in range(LOADS):
        first = number * MESSAGES_PER_LOAD
        indexes = [(first + at) % (2 * SPREADS) for at in range(MESSAGES_PER_LOAD)]
        packets.append((MESSAGES_PER_LOAD, maker.quote_packet(indexes, 4, number, 2)))
    return packets


class RepairBench:
    """The engine process with its venues, and the client's numbers that go on from block to block."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.program = built(directory)
        self.acceptors = {"a": Acceptor(b"A", b"BENCH"), "b": Acceptor(b"B", b"BENCH")}
        self.port, self.refresh_port = free_ports(2)
        self.maker = PacketMaker(SPREADS)
        self.omd_sequence = 1
        self.sequences = {"a": "2", "b": "2"}
        self.done = dict.fromkeys(ACTIONS, 0)
        rounds = WARM + BLOCKS * PER_BLOCK
        for action, (spreads, _) in ACTIONS.items():
            write_packets(self.path(action), trigger_packets(self.maker, spreads, rounds))
        write_packets(self.path("loads"), load_packets(self.maker))
        # The client numbers the packets as it sends them; so far none was.
        self.maker.seq = 1

    def path(self, name: str) -> Path:
        return self.directory / name

    @contextlib.contextmanager
    def running_engine(self) -> Iterator[None]:
        """The engine, logged on and with live books."""
        process = subprocess.Popen(
            [sys.executable, "-m", "cross_market_connect.bench.repair_engine"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        if process.stdin is None or process.stdout is None:
            raise InputError(["bench repair: no pipes to the engine"])
        fields = {
            "directory": str(self.path("engine")),
            "group": GROUP,
            "port": self.port,
            "refresh_group": REFRESH_GROUP,
            "refresh_port": self.refresh_port,
            **{name: acceptor.port for name, acceptor in self.acceptors.items()},
        }
        process.stdin.write(json.dumps(fields).encode() + b"\n")
        process.stdin.flush()
        try:
            if not process.stdout.readline():
                raise InputError(["bench repair: the engine did not start; its message is above"])
            for acceptor in self.acceptors.values():
                acceptor.log_on(b"")
            self._refresh()
            yield
        finally:
            process.stdin.close()
            process.terminate()
            process.wait()

    def _refresh(self) -> None:
        """Whole books, as often as it takes: the engine listens once it has noticed that it needs them."""
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(LOOPBACK))
        for _ in range(CYCLES):
            sender.sendto(self.maker.heartbeat(), (GROUP, self.port))
            for packet in self.maker.refresh_cycle():
                sender.sendto(packet, (REFRESH_GROUP, self.refresh_port))
                time.sleep(0.0002)
        sender.close()

    def descriptors(self) -> list[int]:
        connections = [acceptor.connection for acceptor in self.acceptors.values()]
        return [connection.fileno() for connection in connections if connection is not None]

    def engine_block(self, action: str, count: int) -> list[float]:
        """Latencies of the engine, in microseconds."""
        found = self._client(self.descriptors(), action, action, self.done[action], count, self.sequences)
        self.done[action] += count
        return found

    def floor_block(self, action: str, count: int) -> list[float]:
        """Latencies of the floor, in microseconds."""
        reply_on = ACTIONS[action][1]
        pairs = [connected_pair(), connected_pair()]
        near, far = [[pair[side].fileno() for pair in pairs] for side in (0, 1)]
        command = [str(self.program), "floor", *map(str, near), str(self.path("sent_" + action)), reply_on]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=near)
        try:
            if process.stdout is None or not process.stdout.readline():
                raise InputError(["bench repair: the floor did not start; its message is above"])
            return self._client(far, action, f"floor:{reply_on}", 0, count, {"a": "1", "b": "1"})
        finally:
            process.communicate()
            for pair in pairs:
                pair[0].close()
                pair[1].close()

    def _client(
        self, descriptors: list[int], action: str, what: str, first: int, count: int, sequences: dict[str, str]
    ) -> list[float]:
        words: list[object] = [GROUP, self.port, *descriptors, self.path(action), self.path("loads"), first, count]
        words += [self.omd_sequence, sequences["a"], sequences["b"], what, LOADS_PER_SECOND]
        words.append(self.path("sent_" + action))
        command = [str(self.program), "client", *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, pass_fds=descriptors, check=False)
        if done.returncode != 0:
            raise InputError([f"bench repair: {action}: {done.stderr.strip()}; expected an engine that answers"])
        *samples, last = done.stdout.split("\n")[:-1]
        _, omd_sequence, sequences["a"], sequences["b"] = last.split()
        self.omd_sequence = int(omd_sequence)
        return [int(sample) / 1_000 for sample in samples]


def run() -> dict[str, Any]:
    """The whole benchmark."""
    with temporary_directory() as name:
        bench = RepairBench(Path(name))
        blocks: dict[str, tuple[list[list[float]], list[list[float]]]] = {action: ([], []) for action in ACTIONS}
        with bench.running_engine():
            for action in ACTIONS:
                bench.engine_block(action, WARM)
            for number in range(BLOCKS):
                for action, (ours, theirs) in blocks.items():
                    ours.append(bench.engine_block(action, PER_BLOCK))
                    theirs.append(bench.floor_block(action, PER_BLOCK))
                print(f"block {number + 1} of {BLOCKS}", file=sys.stderr, flush=True)
    return answer(blocks)


def answer(blocks: dict[str, tuple[list[list[float]], list[list[float]]]]) -> dict[str, Any]:
    """Each action's figures, and the worst of them."""
    actions: dict[str, dict[str, Any]] = {}
    for action, (ours, theirs) in blocks.items():
        pooled = [sample for block in ours for sample in block]
        floor = [sample for block in theirs for sample in block]
        actions[action] = {
            "ratio": {"p50": block_ratio(ours, theirs, 50)},
            "us": spread(pooled, 50, 99, 99.9),
            "floor_us": spread(floor, 50, 99, 99.9),
            "samples": len(pooled),
        }
    us = {name: max(figures["us"][name] for figures in actions.values()) for name in ("p50", "p99", "p999")}
    return {
        "ratio": {"p50": max(figures["ratio"]["p50"] for figures in actions.values())},
        "us": us,
        "actions": actions,
        "spreads": SPREADS,
        "quotes_per_second": LOADS_PER_SECOND * MESSAGES_PER_LOAD,
        "processors": os.cpu_count(),
    }
