"""`xmc bench wire`: from a market-data datagram to the last byte of both orders, as a client outside sees it.

The real engine process (log and capture on) and a floor that makes the same system calls and nothing else take turns in
blocks. The client plays the venues of both: it sends a prepared datagram that opens or closes the spread, reads both
orders, and fills them. Ratios are taken between neighbouring blocks.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from cross_market_connect.bench.engine import FLOOR_GROUP, EngineUnderTest, connected_pair
from cross_market_connect.bench.figures import block_ratio, spread
from cross_market_connect.bench.market import temporary_directory
from cross_market_connect.domain.errors import InputError

BLOCKS: Final = 8
PER_BLOCK: Final = 400
WARM: Final = 400
PAUSE_US: Final = 300
# A fill that is not taken in when the next datagram comes leaves that one without orders; more than this is a fault.
ANSWERED_MIN: Final = 0.9
SOURCES: Final = Path(__file__).parent


def tools(directory: Path) -> tuple[list[str], list[str], str]:
    """Commands of client and floor, and what they are made of."""
    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    if compiler is not None:
        built = [directory / "client", directory / "floor"]
        commands = [[compiler, "-O2", "-D_GNU_SOURCE", "-o", str(at), str(SOURCES / (at.name + ".c"))] for at in built]
        if all(subprocess.run(command, capture_output=True, check=False).returncode == 0 for command in commands):
            return [str(built[0])], [str(built[1])], "c"
        print("the C compiler does not work: client and floor in Python", file=sys.stderr)
    python = [sys.executable, "-m", "cross_market_connect.bench.fallback"]
    return [*python, "client"], [*python, "floor"], "python"


class Client:
    """Runs blocks of the client against one side, with the numbers that must go on from block to block."""

    def __init__(
        self, command: list[str], group: tuple[str, int], connections: list[socket.socket], packets: Path, orders: Path
    ) -> None:
        self.command = command
        self.group = group
        self.connections = connections
        self.packets = packets
        self.orders = orders
        self.first = 0
        self.sequences = ["2", "2"]
        self.missed = 0

    def block(self, count: int) -> list[float]:
        """Latencies in microseconds."""
        descriptors = [connection.fileno() for connection in self.connections]
        arguments = [self.group[0], self.group[1], *descriptors, self.packets, self.first, count, *self.sequences]
        command = [*self.command, *map(str, arguments), str(self.orders), str(PAUSE_US)]
        done = subprocess.run(command, capture_output=True, text=True, pass_fds=descriptors, check=False)
        if done.returncode != 0:
            raise InputError([f"bench client: {done.stderr.strip()}; expected an engine that answers"])
        *samples, last = done.stdout.split("\n")[:-1]
        self.sequences = last.split()[1:]
        self.first += count
        found = [int(sample) / 1_000 for sample in samples if sample != "0"]
        self.missed += count - len(found)
        if len(found) < count * ANSWERED_MIN:
            raise InputError([f"bench wire: {count - len(found)} of {count} datagrams brought no orders"])
        return found


@contextlib.contextmanager
def running_floor(command: list[str], port: int, connections: list[socket.socket], orders: Path) -> Any:
    """The floor process, ready."""
    descriptors = [connection.fileno() for connection in connections]
    arguments = [*command, FLOOR_GROUP, str(port), *map(str, descriptors), str(orders)]
    process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=descriptors)
    try:
        if process.stdout is None or not process.stdout.readline():
            raise InputError(["bench floor: did not start; its message is above"])
        yield process
    finally:
        process.communicate()


def write_packets(path: Path, packets: list[bytes]) -> None:
    path.write_bytes(b"".join(struct.pack("<I", len(packet)) + packet for packet in packets))


def run() -> dict[str, Any]:
    """The whole benchmark: the engine as a desk sets it that wants latency (`busy_poll`), and as it is by default."""
    result = measured(True, BLOCKS)
    waiting = measured(False, BLOCKS // 2)
    result["waiting"] = {name: waiting[name] for name in ("ratio", "us", "floor_us")}
    return result


def measured(busy_poll: bool, blocks: int) -> dict[str, Any]:
    """One engine against the floor, which always waits in epoll."""
    with temporary_directory() as name:
        directory = Path(name)
        client, floor, made_of = tools(directory)
        packets, orders = directory / "packets", directory / "orders"
        with EngineUnderTest(directory / "engine", busy_poll) as engine:
            write_packets(packets, engine.trigger_packets(WARM + blocks * PER_BLOCK))
            ours = Client(client, engine.group, engine.order_connections, packets, orders)
            ours.block(WARM)
            pairs = [connected_pair(), connected_pair()]
            with running_floor(floor, engine.floor_port, [pair[0] for pair in pairs], orders):
                ends = [pair[1] for pair in pairs]
                theirs = Client(client, (FLOOR_GROUP, engine.floor_port), ends, packets, orders)
                theirs.block(WARM)
                engine_blocks, floor_blocks = [], []
                for number in range(blocks):
                    engine.keep_alive(ours.first)
                    engine_blocks.append(ours.block(PER_BLOCK))
                    floor_blocks.append(theirs.block(PER_BLOCK))
                    print(f"block {number + 1} of {blocks}", file=sys.stderr, flush=True)
            for near, far in pairs:
                near.close()
                far.close()
    return {**answer(engine_blocks, floor_blocks, made_of, busy_poll), "missed": ours.missed}


def answer(ours: list[list[float]], theirs: list[list[float]], made_of: str, busy_poll: bool) -> dict[str, Any]:
    """The figures: ratios by block, percentiles of all samples."""
    pooled = [sample for block in ours for sample in block]
    floor = [sample for block in theirs for sample in block]
    us, floor_us = spread(pooled, 50, 99, 99.9), spread(floor, 50, 99, 99.9)
    return {
        "ratio": {
            "p50": block_ratio(ours, theirs, 50),
            "p99": block_ratio(ours, theirs, 99),
            "p999": round(us["p999"] / floor_us["p999"], 3),
        },
        "us": us,
        "floor_us": floor_us,
        "added_us": {name: round(us[name] - floor_us[name], 3) for name in us},
        "floor": made_of,
        "busy_poll": busy_poll,
        "samples": len(pooled),
    }
