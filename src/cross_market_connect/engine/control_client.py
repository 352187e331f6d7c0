"""One command to a running engine over its control socket, and its answer."""

from __future__ import annotations

import json
import os
import socket
import time
from pathlib import Path
from typing import Any, Final

from cross_market_connect.domain.errors import InputError
from cross_market_connect.engine.control import SOCKET_NAME

ANSWER_BYTES_MAX: Final = 4_194_304
TIMEOUT_S: Final = 10.0


def give(directory: Path, fields: dict[str, Any]) -> dict[str, Any]:
    """Send one command; the engine's answer. Raises InputError when no engine runs there or none answers."""
    line = json.dumps({name: value for name, value in fields.items() if value not in (None, "", [])}).encode()
    try:
        answer = _exchange(directory, line + b"\n")
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(
            [f"{directory}/{SOCKET_NAME}: {reason}; expected a running engine's data directory"]
        ) from error
    return answer


def _exchange(directory: Path, line: bytes) -> dict[str, Any]:
    # By way of the directory's descriptor: a socket's address has room for 107 characters only.
    opened = os.open(directory, os.O_DIRECTORY)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stream:
            stream.settimeout(TIMEOUT_S)
            stream.connect(f"/proc/self/fd/{opened}/{SOCKET_NAME}")
            stream.sendall(line)
            received = b""
            while not received.endswith(b"\n"):
                data = stream.recv(65_536)
                if not data or len(received) > ANSWER_BYTES_MAX:
                    raise OSError("the engine closed the connection without an answer")
                received += data
    finally:
        os.close(opened)
    answer: dict[str, Any] = json.loads(received)
    return answer


def new_id() -> str:
    """An id that no earlier command of this machine bears."""
    return f"cli-{os.getuid()}-{time.time_ns()}"


def answer_lines(answer: dict[str, Any]) -> list[str]:
    """An answer for people."""
    lines = [("accepted: " if answer["accepted"] else "refused: ") + answer["result"].removeprefix("refused: ")]
    lines += [f"  {reason}" for reason in answer["reasons"]]
    for order in answer["orders"]:
        lines.append(f"  spread order {order['spread_order_id']} ({order['spread']}): {order['state']}")
        for leg in order["legs"]:
            lines.append(f"    order {leg['client_order_id']}: {leg['state']}, {leg['filled']} of {leg['quantity']}")
    return lines
