"""The console as a process of its own: it can die, hang or be slow without the engine noticing.

Standard output carries one line, `{"ready": true, "url": ...}`, when the page can be opened; the address contains the
access token and is for the person who started the console. The process ends on SIGTERM, on SIGINT, and when standard
input is a pipe whose other end closes (so it never outlives the program that started it).
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import stat
import sys
from pathlib import Path
from typing import Final

import uvicorn

from cross_market_connect.console.access import Access
from cross_market_connect.console.app import create_app
from cross_market_connect.console.hub import REFRESH_INTERVAL_S, Hub
from cross_market_connect.console.log import LogFollower
from cross_market_connect.console.page import ViewReader
from cross_market_connect.domain.errors import InputError
from cross_market_connect.engine.view import PAGE_FILE_NAME

LOOPBACK: Final = "127.0.0.1"
SHUTDOWN_TIMEOUT_S: Final = 2
MESSAGE_BYTES_MAX: Final = 1024


def main(data_directory: str | Path, port: int = 0, host: str = LOOPBACK, names: tuple[str, ...] = ()) -> int:
    """Serve the console of one engine until told to end; returns the exit code.

    Args:
        data_directory: the engine's, with its page and its log.
        port: 0 lets the system choose.
        host: address to listen at; another than loopback belongs behind a proxy that speaks TLS.
        names: further values of the Host header to answer to, e.g. the proxy's "console.example:443".
    """
    directory = Path(data_directory)
    if not directory.is_dir():
        raise InputError([f"{directory}: no such directory; expected an engine's data directory"])
    listener = _listen(host, port)
    address = listener.getsockname()
    shown = f"[{address[0]}]" if listener.family == socket.AF_INET6 else address[0]
    hosts = {f"{shown}:{address[1]}", f"localhost:{address[1]}", *names}
    access = Access(hosts, f"xmc_console_{address[1]}")
    hub = Hub(ViewReader(directory / PAGE_FILE_NAME), LogFollower(directory))
    config = uvicorn.Config(
        create_app(hub, access),
        ws="websockets-sansio",
        ws_max_size=MESSAGE_BYTES_MAX,
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_TIMEOUT_S,
    )
    server = _Server(config, hub, f"http://{shown}:{address[1]}/#token={access.token}")
    server.run(sockets=[listener])
    if server.failure is not None:
        raise server.failure
    return 0


class _Server(uvicorn.Server):
    """Refreshes the hub, says when it is ready, and ends with its parent.

    Attributes:
        failure: what stopped the refreshing; a page that shows old numbers as new would be worse than none.
    """

    def __init__(self, config: uvicorn.Config, hub: Hub, url: str) -> None:
        super().__init__(config)
        self.hub = hub
        self.url = url
        self.failure: BaseException | None = None
        self._refreshing: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.should_exit:
            return
        self._refreshing = asyncio.create_task(refresh_for_ever(self.hub))
        self._refreshing.add_done_callback(self._on_refresh_end)
        if stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode):
            asyncio.get_running_loop().add_reader(sys.stdin.fileno(), self._on_input)
        print(json.dumps({"ready": True, "url": self.url}), flush=True)

    def _on_refresh_end(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            self.failure = task.exception()
            self.should_exit = True

    def _on_input(self) -> None:
        if not os.read(sys.stdin.fileno(), 4096):
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
            self.should_exit = True


async def refresh_for_ever(hub: Hub) -> None:
    """Refresh the hub at its interval, on the loop's clock."""
    loop = asyncio.get_running_loop()
    while True:
        hub.refresh(loop.time())
        await asyncio.sleep(REFRESH_INTERVAL_S)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise InputError([f"{host}:{port}: {error.strerror}; expected a free port of this machine"]) from error
    return listener
