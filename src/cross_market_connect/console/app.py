"""The console's HTTP and WebSocket interface. It reads; there is no way to act through it.

GET  /, /assets/...               the page
POST /api/session                 the access token in, a cookie out
GET  /api/state                   description and latest state
GET  /api/spread-orders           spread orders, newest first
GET  /api/spread-orders/{id}      one spread order with its audit lines
GET  /api/alerts                  alerts, newest first
GET  /metrics                     counters, gauges and latencies of feeds for Prometheus
GET  /api/schema/openapi.json     this interface as OpenAPI
WS   /ws                          everything once, then what changed, at most ten times a second
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from pathlib import Path
from typing import Any, Final

import msgspec
from litestar import Litestar, Request, Response, WebSocket, get, post, websocket
from litestar.exceptions import NotAuthorizedException, NotFoundException, WebSocketDisconnect
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.params import FromPath, JSONBody
from litestar.types import ASGIApp, ControllerRouterHandler

from cross_market_connect import __version__
from cross_market_connect.console.access import Access, Guard
from cross_market_connect.console.hub import REFRESH_INTERVAL_S, Hub
from cross_market_connect.console.metrics import CONTENT_TYPE, as_text
from cross_market_connect.console.page import Description, Snapshot
from cross_market_connect.console.projection import AlertRow, OrderRow, Story

STATIC_DIRECTORY: Final = Path(__file__).parent / "static"
VIEWERS_MAX: Final = 32
SEND_TIMEOUT_S: Final = 10.0
HEARTBEAT_S: Final = 1.0
CLOSE_TRY_LATER: Final = 1013
REQUEST_BYTES_MAX: Final = 4096

Socket = WebSocket[Any, Any, Any]

_MEDIA_TYPES: Final = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".woff2": "font/woff2",
}
_HASHED_NAME: Final = re.compile(r"^/assets/.+-[\w-]{8}\.\w+$")
_NOT_BUILT: Final = (
    b"The console's page is not built: run `npm ci && npm run build` in web/. The interface under /api works without.\n"
)


class Login(msgspec.Struct, forbid_unknown_fields=True):
    """Body of POST /api/session."""

    token: str


class Session(msgspec.Struct, frozen=True):
    """Answer of GET /api/session."""

    known: bool


class State(msgspec.Struct, frozen=True):
    """Answer of GET /api/state; null where no engine has written a page yet. `silent`: the engine stopped writing."""

    description: Description | None
    snapshot: Snapshot | None
    silent: bool
    fault: str


class StaticFiles:
    """The built page, read once at start: nothing on disk is addressed by a request."""

    def __init__(self, directory: Path) -> None:
        self.files: dict[str, tuple[bytes, str]] = {}
        for path in sorted(directory.rglob("*")):
            media_type = _MEDIA_TYPES.get(path.suffix)
            if path.is_file() and media_type is not None:
                self.files["/" + path.relative_to(directory).as_posix()] = (path.read_bytes(), media_type)

    def answer(self, name: str) -> Response[bytes]:
        """The file; names that contain their hash may be kept for ever."""
        found = self.files.get(name)
        if found is None:
            raise NotFoundException
        content, media_type = found
        keep = "public, max-age=31536000, immutable" if _HASHED_NAME.search(name) else "no-store"
        return Response(content, media_type=media_type, headers={"cache-control": keep})

    def index(self) -> Response[bytes]:
        """The page, or how to build it."""
        if "/index.html" not in self.files:
            return Response(_NOT_BUILT, media_type="text/plain", status_code=503)
        return self.answer("/index.html")


class Viewers:
    """The open WebSockets. Each follows the hub at its own pace."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.count = 0

    async def serve(self, socket: Socket) -> None:
        """Send to one viewer until it leaves, or is too slow to take a message within SEND_TIMEOUT_S."""
        await socket.accept()
        if self.count >= VIEWERS_MAX:
            await socket.close(CLOSE_TRY_LATER, "too many viewers")
            return
        self.count += 1
        tasks = [asyncio.create_task(self._send(socket)), asyncio.create_task(self._wait_for_leave(socket))]
        try:
            finished, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            with contextlib.suppress(WebSocketDisconnect, OSError):  # gone while we were sending
                for task in finished:
                    task.result()
        finally:
            self.count -= 1
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _wait_for_leave(self, socket: Socket) -> None:
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                await socket.receive_data(mode="text")  # a viewer has nothing to say; its end shows here

    async def _send(self, socket: Socket) -> None:
        hub = self.hub
        generation, revision, idle_s, cursor = -1, -1, 0.0, 0
        while True:
            if hub.generation != generation:
                hello = hub.hello()
                generation, revision, cursor, idle_s = hub.generation, hub.revision, hello.cursor, 0.0
                await self._send_within_bound(socket, msgspec.json.encode(hello))
            elif hub.revision != revision or idle_s >= HEARTBEAT_S:
                tick = hub.tick(cursor)
                revision, cursor, idle_s = hub.revision, tick.cursor, 0.0
                await self._send_within_bound(socket, msgspec.json.encode(tick))
            await asyncio.sleep(REFRESH_INTERVAL_S)
            idle_s += REFRESH_INTERVAL_S

    async def _send_within_bound(self, socket: Socket, message: bytes) -> None:
        try:
            await asyncio.wait_for(socket.send_data(message.decode(), mode="text"), SEND_TIMEOUT_S)
        except TimeoutError:
            await socket.close(CLOSE_TRY_LATER, "too slow")
            raise WebSocketDisconnect(detail="too slow", code=CLOSE_TRY_LATER) from None


def _read_routes(hub: Hub) -> list[ControllerRouterHandler]:
    @get("/api/state", sync_to_thread=False)
    def state() -> State:
        return State(hub.reader.description, hub.snapshot, hub.silent, hub.fault)

    @get("/api/spread-orders", sync_to_thread=False)
    def spread_orders() -> list[OrderRow]:
        return hub.projection.rows()[::-1]

    @get("/api/spread-orders/{spread_order_id:int}", sync_to_thread=False)
    def spread_order(spread_order_id: FromPath[int]) -> Story:
        story = hub.story(spread_order_id)
        if story is None:
            raise NotFoundException(detail=f"spread order {spread_order_id} is not among those kept")
        return story

    @get("/api/alerts", sync_to_thread=False)
    def alerts() -> list[AlertRow]:
        return hub.projection.alerts[::-1]

    @get("/metrics", sync_to_thread=False, include_in_schema=False)
    def metrics() -> Response[str]:
        text = as_text(hub.reader.description, hub.snapshot, hub.silent)
        return Response(text, media_type=CONTENT_TYPE)

    return [state, spread_orders, spread_order, alerts, metrics]


def _page_routes(static: StaticFiles, access: Access) -> list[ControllerRouterHandler]:
    @get("/", include_in_schema=False, sync_to_thread=False)
    def index() -> Response[bytes]:
        return static.index()

    @get("/favicon.svg", include_in_schema=False, sync_to_thread=False)
    def favicon() -> Response[bytes]:
        return static.answer("/favicon.svg")

    @get("/assets/{name:str}", include_in_schema=False, sync_to_thread=False)
    def asset(name: FromPath[str]) -> Response[bytes]:
        return static.answer(f"/assets/{name}")

    @get("/api/session", sync_to_thread=False)
    def session(request: Request[Any, Any, Any]) -> Session:
        return Session(access.is_known(dict(request.scope["headers"])))

    @post("/api/session", status_code=204, request_max_body_size=REQUEST_BYTES_MAX, sync_to_thread=False)
    def log_in(data: JSONBody[Login]) -> Response[None]:
        if not access.is_token(data.token):
            raise NotAuthorizedException(detail="this is not the console's access token")
        return Response(None, status_code=204, headers={"set-cookie": access.set_cookie()})

    return [index, favicon, asset, session, log_in]


def too_deep(_request: Request[Any, Any, Any], _error: RecursionError) -> Response[dict[str, str]]:
    """A body of brackets within brackets is the client's fault."""
    return Response({"detail": "nested too deeply"}, status_code=400)


def create_app(hub: Hub, access: Access, static_directory: Path = STATIC_DIRECTORY) -> ASGIApp:
    """The console as an ASGI application. Whoever runs it refreshes the hub."""
    viewers = Viewers(hub)

    @websocket("/ws")
    async def live(socket: Socket) -> None:
        await viewers.serve(socket)

    handlers = [*_read_routes(hub), *_page_routes(StaticFiles(static_directory), access), live]
    application = Litestar(
        handlers,
        openapi_config=OpenAPIConfig(
            title="cross-market-connect console",
            version=__version__,
            path="/api/schema",
            render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        ),
        exception_handlers={RecursionError: too_deep},
        logging_config=None,
    )
    return Guard(application, access)
