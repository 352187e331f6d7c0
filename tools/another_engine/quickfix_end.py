"""What quickfix's two ends have in common: a ledger of their own, and messages that survive a kill.

Theory of operation. These files run where quickfix is installed, and use nothing of this project. Each message to send
is a line of the ledger before it is given to quickfix (`made`), and a line with the number that quickfix gives it
(`sent`), written in `toApp`, which quickfix calls before it puts the message into its store. So a process that starts
again knows which messages never got that far: those whose number the store has not yet used. It makes them again, and
no other; a message in the store is quickfix's to send again.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

Fields = list[tuple[int, str]]
Line = dict[str, Any]

LEDGER: Final = "ledger.jsonl"
BEGIN_STRINGS: Final = {"FIX.4.2": "FIX.4.2", "FIX.4.4": "FIX.4.4", "FIX.5.0SP2": "FIXT.1.1"}
HEARTBEAT_S: Final = 5
FAILED: Final = 3

quickfix: Any = importlib.import_module("quickfix")


def fields_of(text: str) -> dict[int, str]:
    """The first value of each tag, cut by hand: quickfix's message objects end with the callback that got them."""
    result: dict[int, str] = {}
    for field in text.split("\x01")[:-1]:
        tag, _, value = field.partition("=")
        result.setdefault(int(tag), value)
    return result


def read_ledger(path: Path) -> list[Line]:
    """Its whole lines; what a kill cut short was not yet anything."""
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text().split("\n")[:-1]]


def utc_now() -> str:
    """UTCTimestamp with milliseconds."""
    return datetime.now(tz=UTC).strftime("%Y%m%d-%H:%M:%S.%f")[:-3]


class Setup:
    """Who this end is, from one line of JSON.

    Attributes:
        directory: of its ledger, its store and its log.
        version: "FIX.4.2", "FIX.4.4" or "FIX.5.0SP2".
        sender, target: CompIDs. port: to listen on, or to connect to.
        dictionaries: the folder with quickfix's own.
        seed: of its chances.
        orders: how many to send, for who sends.
        checks_time: whether SendingTime must be near the clock of this machine.
    """

    def __init__(self, fields: Line) -> None:
        self.directory = Path(fields["directory"])
        self.version = str(fields["version"])
        self.sender = str(fields["sender"])
        self.target = str(fields["target"])
        self.port = int(fields["port"])
        self.dictionaries = Path(fields["dictionaries"])
        self.seed = int(fields["seed"])
        self.orders = int(fields["orders"])
        self.checks_time = bool(fields["checks_time"])

    @property
    def begin_string(self) -> str:
        """BeginString (8)."""
        return BEGIN_STRINGS[self.version]

    @property
    def ledger(self) -> Path:
        """The file of this end's own account."""
        return self.directory / LEDGER

    def next_number(self) -> int:
        """The number that quickfix's store gives to the next message."""
        path = self.directory / "store" / f"{self.begin_string}-{self.sender}-{self.target}.seqnums"
        text = path.read_text() if path.is_file() else ""
        return int(text.partition(":")[0] or 1)

    def settings(self, role: str) -> Any:
        """quickfix's settings, with its own dictionaries."""
        lines = ["[DEFAULT]", f"ConnectionType={role}", "StartTime=00:00:00", "EndTime=00:00:00", "NonStopSession=Y"]
        lines += [f"FileStorePath={self.directory}/store", f"FileLogPath={self.directory}/log"]
        lines += [f"HeartBtInt={HEARTBEAT_S}", "ReconnectInterval=1", "SocketReuseAddress=Y", "SocketNodelay=Y"]
        lines += [f"CheckLatency={'Y' if self.checks_time else 'N'}", "UseDataDictionary=Y"]
        if role == "acceptor":
            lines += [f"SocketAcceptPort={self.port}"]
        else:
            lines += ["SocketConnectHost=127.0.0.1", f"SocketConnectPort={self.port}"]
        if self.version == "FIX.5.0SP2":
            lines += [f"TransportDataDictionary={self.dictionaries}/FIXT11.xml", f"DefaultApplVerID={self.version}"]
            lines += [f"AppDataDictionary={self.dictionaries}/FIX50SP2.xml"]
        else:
            lines += [f"DataDictionary={self.dictionaries}/{self.version.replace('.', '')}.xml"]
        lines += ["[SESSION]", f"BeginString={self.begin_string}"]
        lines += [f"SenderCompID={self.sender}", f"TargetCompID={self.target}"]
        path = self.directory / "settings.cfg"
        path.write_text("\n".join(lines) + "\n")
        return quickfix.SessionSettings(str(path))


class End(quickfix.Application):
    """A quickfix application with its ledger; `take` is what a message means to it.

    Attributes:
        lock: held while its state changes, and while what follows from that is sent.
        logged_on: whether the session is.
    """

    def __init__(self, setup: Setup) -> None:
        super().__init__()
        self.setup = setup
        self.lock = threading.RLock()
        self.logged_on = False
        self.session = quickfix.SessionID(setup.begin_string, setup.sender, setup.target)
        self._sending = threading.local()
        self._ledger = os.open(setup.ledger, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def write(self, **line: Any) -> None:
        """One line of the ledger: it is with the kernel, and outlives this process, before anything follows from it."""
        os.write(self._ledger, json.dumps(line).encode() + b"\n")

    def put(self, key: str, msg_type: str, fields: Fields) -> None:
        """Send a message, whose key no other one bears."""
        self.write(made=key, type=msg_type, fields=fields)
        self._send(key, msg_type, fields)

    def put_again(self, lines: list[Line]) -> None:
        """Give quickfix what was made and never got into its store."""
        number = self.setup.next_number()
        numbers = {line["sent"]: line["number"] for line in lines if "sent" in line}
        for line in lines:
            if "made" in line and numbers.get(line["made"], number) >= number:
                self._send(line["made"], line["type"], [(tag, value) for tag, value in line["fields"]])

    def _send(self, key: str, msg_type: str, fields: Fields) -> None:
        message = quickfix.Message()
        message.getHeader().setField(quickfix.StringField(35, msg_type))
        for tag, value in fields:
            message.setField(quickfix.StringField(tag, value))
        self._sending.key = key
        quickfix.Session.sendToTarget(message, self.session)

    def take(self, message: dict[int, str]) -> None:
        """One application message, in sequence; once more, marked as a duplicate, when a kill cut it short."""
        raise NotImplementedError

    # What quickfix calls; an error in there is the end of the process, loudly.

    def onCreate(self, session: Any) -> None:
        """The session is made."""

    def onLogon(self, session: Any) -> None:
        """The session is on."""
        self.logged_on = True

    def onLogout(self, session: Any) -> None:
        """The session is off."""
        self.logged_on = False

    def toAdmin(self, message: Any, session: Any) -> None:
        """A session message leaves."""

    def fromAdmin(self, message: Any, session: Any) -> None:
        """A session message came; a Reject is nothing that should."""
        try:
            fields = fields_of(message.toString())
            if fields[35] == "3":
                self.write(fault=f"Reject of message {fields.get(45)}: {fields.get(58)}")
        except Exception:  # noqa: BLE001 - whatever it is, the process ends
            self._fail()

    def toApp(self, message: Any, session: Any) -> None:
        """An application message gets its number, or goes out again."""
        try:
            fields = fields_of(message.toString())
            if fields.get(43) != "Y":
                self.write(sent=self._sending.key, number=int(fields[34]))
        except Exception:  # noqa: BLE001 - whatever it is, the process ends
            self._fail()

    def fromApp(self, message: Any, session: Any) -> None:
        """An application message came."""
        try:
            with self.lock:
                self.take(fields_of(message.toString()))
        except Exception:  # noqa: BLE001 - whatever it is, the process ends
            self._fail()

    def _fail(self) -> None:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(FAILED)


def setup_from_input() -> Setup:
    """The first line of standard input; its end is the end of the process, so that none outlives who started it."""
    setup = Setup(json.loads(sys.stdin.readline()))
    threading.Thread(target=_end_with_input, daemon=True).start()
    return setup


def _end_with_input() -> None:
    sys.stdin.read()
    os._exit(0)


def parts(setup: Setup, role: str) -> tuple[Any, Any, Any]:
    """Store, settings and log of quickfix."""
    settings = setup.settings(role)
    return quickfix.FileStoreFactory(settings), settings, quickfix.FileLogFactory(settings)
