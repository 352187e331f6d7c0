"""Processes of either engine, misfortune for them, and what one direction of the campaign comes to."""

from __future__ import annotations

import json
import random
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tools.another_engine.environment import ROOT
from tools.fix_relay import Message, Relay, SessionEvidence

LOOPBACK: Final = "127.0.0.1"
VERSIONS: Final = ("FIX.4.2", "FIX.4.4", "FIX.5.0SP2")
OURS, THEIRS, CUT = "ours", "theirs", "cut"
# From the moment that something is under way to the misfortune.
IN_FLIGHT_S: Final = 0.02
FAULTS_SHOWN: Final = 10
ADMINISTRATIVE: Final = frozenset("A012345")
# ExecID (17) of an answer to a status request.
STATUS_ANSWER: Final = "0"


@dataclass
class Result:
    """One direction.

    Attributes:
        orders: that arrived, each counted once. resent: messages that came again, marked as possible duplicates.
        never_arrived: orders that a kill or a cut took on their way, which their sender knows not to live.
        lost, doubled: orders and reports that one end has and the other has not, or has twice. faults: all in words.
    """

    orders: int = 0
    executions: int = 0
    kills: int = 0
    cuts: int = 0
    reconnects: int = 0
    messages: int = 0
    resent: int = 0
    never_arrived: int = 0
    lost: int = 0
    doubled: int = 0
    faults: list[str] = field(default_factory=list)

    def lose(self, text: str) -> None:
        """One end has what the other has not."""
        self.lost += 1
        self.faults.append(text)

    def double(self, text: str) -> None:
        """One end has twice what the other has once."""
        self.doubled += 1
        self.faults.append(text)

    def plus(self, other: Result) -> Result:
        """Both together."""
        return Result(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))

    def as_fields(self) -> dict[str, Any]:
        """For the last line; of the faults the first ones."""
        return {**self.__dict__, "faults": self.faults[:FAULTS_SHOWN]}


class Evidence(SessionEvidence):
    """What the relay saw, of orders and reports too.

    Attributes:
        sent: how often each order left without a mark. resent: application messages that were marked as sent again.
        executions: ids of what was told, whether or not it arrived.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.sent: Counter[str] = Counter()
        self.resent = 0
        self.executions: set[str] = set()

    def take(self, direction: str, message: Message) -> None:
        """Orders, and whatever comes again."""
        if message.get(43) == "Y":
            self.resent += message[35] not in ADMINISTRATIVE
        elif message[35] == "D":
            self.sent[message[11]] += 1
        if message[35] == "8" and message[17] != STATUS_ANSWER:
            self.executions.add(message[17])


class Direction:
    """What both directions have: a directory, the relay, processes that are killed, and the moments for it.

    Attributes:
        misfortunes: what happens, in order: OURS or THEIRS is killed, or the connection is CUT.
    """

    def __init__(self, name: str, version: str, orders: int, misfortunes: int, seed: int, directory: Path) -> None:
        self.name = f"{name} {version} seed {seed}"
        self.version = version
        self.wanted = orders
        self.seed = seed
        self.directory = directory
        self.directory.mkdir(parents=True, exist_ok=True)
        self.chance = random.Random(f"{name}:{seed}")
        self.misfortunes = [(OURS, THEIRS, CUT)[number % 3] for number in range(misfortunes)]
        self.chance.shuffle(self.misfortunes)
        self.result = Result()
        self.evidence = Evidence(self.name)
        self.venue_port = free_port()
        self.relay = Relay(self.evidence, self.venue_port)

    def start(self, which: str) -> None:
        """Start our process or theirs, for the first time or again."""
        raise NotImplementedError

    def kill(self, which: str) -> None:
        """SIGKILL."""
        raise NotImplementedError

    def strike(self, which: str, meanwhile: Callable[[], None]) -> None:
        """One misfortune within a moment from now, while this happens; what was killed starts again at once."""
        delay_s = self.chance.uniform(0, IN_FLIGHT_S)
        with ThreadPoolExecutor(1) as other:
            struck = other.submit(self._strike, which, delay_s)
            meanwhile()
            struck.result()
        self.say(f"{which} after {len(self.evidence.sent)} orders")

    def _strike(self, which: str, delay_s: float) -> None:
        time.sleep(delay_s)
        if which == CUT:
            self.relay.cut()
            self.result.cuts += 1
        else:
            self.kill(which)
            self.start(which)
            self.result.kills += 1

    def say(self, text: str) -> None:
        """Progress, for people."""
        print(f"{self.name}: {text}", file=sys.stderr, flush=True)

    def settle(self, holds: Callable[[], list[str]], patience_s: float) -> list[str]:
        """Wait until nothing is said against it; what still is, when patience ends."""
        began = time.monotonic()
        while True:
            against = holds()
            if not against or time.monotonic() - began > patience_s:
                return against
            time.sleep(0.1)

    def end(self) -> Result:
        """What the relay saw beside what the ledgers say."""
        self.relay.cut()
        self.relay.close()
        result, evidence = self.result, self.evidence
        result.reconnects = max(0, evidence.log_ons - 1)
        result.messages, result.resent = evidence.messages, evidence.resent
        for order, times in evidence.sent.items():
            if times > 1:
                result.double(f"order {order} left {times} times without a mark")
        result.faults += evidence.faults
        result.faults = [text if text.startswith(self.name) else f"{self.name}: {text}" for text in result.faults]
        return result


class Quickfix:
    """A process with quickfix, in the environment that has it."""

    def __init__(self, python: Path, module: str, fields: dict[str, Any]) -> None:
        self._command = [str(python), "-m", f"tools.another_engine.{module}"]
        self._fields = fields
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, on the files that it has left."""
        self._process = subprocess.Popen(self._command, cwd=ROOT, stdin=subprocess.PIPE, stdout=sys.stderr)
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(self._fields).encode() + b"\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        """SIGKILL; nothing when it is not there."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def has_failed(self) -> bool:
        """Whether it ended by itself."""
        return self._process is not None and self._process.poll() is not None


def quickfix_fields(direction: Direction, sender: str, target: str, port: int, dictionaries: Path) -> dict[str, Any]:
    """The configuration of quickfix's end, as `quickfix_end.Setup` reads it."""
    directory = direction.directory / "quickfix"
    directory.mkdir(exist_ok=True)
    return {
        "directory": str(directory),
        "version": direction.version,
        "sender": sender,
        "target": target,
        "port": port,
        "dictionaries": str(dictionaries),
        "seed": direction.seed,
        "orders": direction.wanted,
    }


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server((LOOPBACK, 0)) as probe:
        return int(probe.getsockname()[1])


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The whole lines of quickfix's ledger, as far as it has come."""
    text = path.read_text() if path.is_file() else ""
    return [json.loads(line) for line in text.split("\n")[:-1]]


def faults_in(lines: Sequence[dict[str, Any]]) -> list[str]:
    """What quickfix's end found wrong with what it was sent."""
    return [str(line["fault"]) for line in lines if "fault" in line]
