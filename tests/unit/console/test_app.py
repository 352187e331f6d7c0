"""The interface through ASGI, without sockets and without waiting for the refresh."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from cross_market_connect.console.access import SECURITY_HEADERS, Access
from cross_market_connect.console.app import VIEWERS_MAX, Viewers, create_app
from cross_market_connect.console.hub import Hub
from cross_market_connect.console.page import ViewReader
from cross_market_connect.engine.view import ViewWriter
from tests.unit.console.test_hub import Follower, alert, publish
from tests.unit.engine.test_view import layout

HOST = "127.0.0.1:8443"


class Console:
    """A console over a page that has one state and a log that has one alert."""

    def __init__(self, directory: Path) -> None:
        self.writer = ViewWriter(str(directory / "page"), layout())
        publish(self.writer, 7)
        self.follower = Follower()
        self.follower.batches = [[alert(1)]]
        self.hub = Hub(ViewReader(directory / "page"), self.follower)
        self.hub.refresh(1.0)
        self.access = Access([HOST])
        static = directory / "static"
        (static / "assets").mkdir(parents=True)
        (static / "index.html").write_text("<!doctype html>")
        (static / "assets" / "index-D0E0nil9.js").write_text("0")
        (static / "assets" / "licences.txt").write_text("Apache License")
        (static / "secret.bin").write_text("not a kind of file that is served")
        self.app = create_app(self.hub, self.access, static)
        self.bearer = {"authorization": f"Bearer {self.access.token}"}

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None, content: str = "") -> httpx.Response:
        async def call() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}") as client:
                return await client.request(method, path, headers=headers, content=content)

        return asyncio.run(call())


@pytest.fixture
def console(tmp_path: Path) -> Console:
    return Console(tmp_path)


@pytest.mark.parametrize(
    "path", ["/api/state", "/api/spread-orders", "/api/spread-orders/1", "/api/alerts", "/metrics", "/x"]
)
def test_nothing_without_the_token(console: Console, path: str) -> None:
    answer = console.ask("GET", path)
    assert answer.status_code == 401
    assert console.access.token not in answer.text


def test_the_token_buys_a_cookie_and_the_cookie_is_enough(console: Console) -> None:
    login = console.ask("POST", "/api/session", content=json.dumps({"token": console.access.token}))
    assert login.status_code == 204
    cookie = login.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    headers = {"cookie": cookie.split(";")[0]}
    assert console.ask("GET", "/api/state", headers).status_code == 200
    assert console.ask("GET", "/api/session", headers).json() == {"known": True}
    assert console.ask("GET", "/api/session").json() == {"known": False}


@pytest.mark.parametrize("body", ['{"token": "wrong"}', '{"token": 1}', "{}", "[", '{"token": "x", "more": 1}'])
def test_a_wrong_token_buys_nothing(console: Console, body: str) -> None:
    answer = console.ask("POST", "/api/session", content=body)
    assert answer.status_code in (400, 401)
    assert "set-cookie" not in answer.headers


def test_a_body_of_brackets_within_brackets_is_the_clients_fault(console: Console) -> None:
    assert console.ask("POST", "/api/session", content="[" * 4_000).status_code == 400


@pytest.mark.parametrize(
    "headers", [{"host": "rebound.example"}, {"origin": "http://evil.example"}, {"host": "127.0.0.1:1"}]
)
@pytest.mark.parametrize("path", ["/", "/api/state", "/api/session"])
def test_foreign_hosts_and_origins_get_nothing_even_with_the_token(
    console: Console, headers: dict[str, str], path: str
) -> None:
    answer = console.ask("GET", path, {**console.bearer, **headers})
    assert answer.status_code == 421


@pytest.mark.parametrize("path", ["/", "/api/state", "/assets/none.js", "/api/session"])
def test_every_answer_carries_the_security_headers(console: Console, path: str) -> None:
    answer = console.ask("GET", path)
    for name, value in SECURITY_HEADERS:
        assert answer.headers[name.decode()] == value.decode()


def test_the_page_and_its_files(console: Console) -> None:
    index = console.ask("GET", "/")
    assert (index.status_code, index.headers["cache-control"]) == (200, "no-store")
    asset = console.ask("GET", "/assets/index-D0E0nil9.js")
    assert (asset.status_code, asset.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    assert "immutable" in asset.headers["cache-control"]
    assert console.ask("GET", "/assets/licences.txt").headers["cache-control"] == "no-store"
    for path in ("/assets/secret.bin", "/assets/..%2fsecret.bin", "/assets/%2e%2e/index.html"):
        assert console.ask("GET", path, console.bearer).status_code == 404


def test_without_a_built_page_it_says_how_to_build_one(tmp_path: Path) -> None:
    console = Console(tmp_path)
    console.app = create_app(console.hub, console.access, tmp_path / "nowhere")
    answer = console.ask("GET", "/")
    assert answer.status_code == 503
    assert "npm ci" in answer.text


def test_state_alerts_and_orders(console: Console) -> None:
    state = console.ask("GET", "/api/state", console.bearer).json()
    assert state["description"]["engine_name"] == "engine-1"
    assert state["snapshot"]["spreads"][0]["buy"] == 1.0
    assert [each["seq"] for each in console.ask("GET", "/api/alerts", console.bearer).json()] == [1]
    assert console.ask("GET", "/api/spread-orders", console.bearer).json() == []
    assert console.ask("GET", "/api/spread-orders/5", console.bearer).status_code == 404


def test_metrics_are_text_for_whoever_has_the_token(console: Console) -> None:
    answer = console.ask("GET", "/metrics", console.bearer)
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.text.splitlines()[:3] == [
        "# HELP xmc_up 1 while the engine writes its page.",
        "# TYPE xmc_up gauge",
        "xmc_up 1",
    ]


def test_there_is_no_way_to_act(console: Console) -> None:
    schema = console.ask("GET", "/api/schema/openapi.json", console.bearer).json()
    methods = {(path, method) for path, item in schema["paths"].items() for method in item}
    assert {each for each in methods if each[1] != "get"} == {("/api/session", "post")}


class Browser:
    """The other end of one WebSocket, as ASGI messages."""

    def __init__(self, console: Console, headers: dict[str, str]) -> None:
        self.console = console
        self.scope = {
            "type": "websocket", "path": "/ws", "raw_path": b"/ws", "root_path": "", "query_string": b"",
            "scheme": "ws", "http_version": "1.1", "subprotocols": [], "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 8443), "extensions": {}, "state": {}, "asgi": {"version": "3.0"},
            "headers": [(name.encode(), value.encode()) for name, value in {"host": HOST, **headers}.items()],
        }  # fmt: skip
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.outgoing: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def run(self, act: Callable[[], Awaitable[None]]) -> None:
        """Open, do something, leave."""
        await self.incoming.put({"type": "websocket.connect"})
        app: Any = self.console.app
        task = asyncio.create_task(app(self.scope, self.incoming.get, self.outgoing.put))
        await act()
        await self.incoming.put({"type": "websocket.disconnect", "code": 1001, "reason": ""})
        await task

    async def text(self) -> dict[str, Any]:
        message = await self.outgoing.get()
        return dict(json.loads(message["text"]))


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}, {"origin": "http://evil.example"}])
def test_the_websocket_is_closed_to_strangers(console: Console, headers: dict[str, str]) -> None:
    if "origin" in headers:
        headers = {**console.bearer, **headers}
    browser = Browser(console, headers)

    async def act() -> None:
        assert (await browser.outgoing.get())["type"] == "websocket.close"

    asyncio.run(browser.run(act))


def test_the_websocket_says_everything_once_and_then_what_is_new(console: Console) -> None:
    browser = Browser(console, console.bearer)

    async def act() -> None:
        assert (await browser.outgoing.get())["type"] == "websocket.accept"
        hello = await browser.text()
        assert (hello["type"], hello["cursor"], len(hello["alerts"])) == ("hello", 1, 1)
        publish(console.writer, 8)
        publish(console.writer, 9)
        console.follower.batches = [[alert(2)]]
        console.hub.refresh(2.0)
        tick = await browser.text()
        assert (tick["type"], tick["cursor"]) == ("tick", 2)
        assert [each["seq"] for each in tick["alerts"]] == [2]
        assert tick["snapshot"]["now_ns"] == 9, "the state between was never sent"
        publish(ViewWriter(str(console.hub.reader.path), layout(legs=3)), 1)
        console.hub.refresh(3.0)
        again = await browser.text()
        assert (again["type"], len(again["description"]["spreads"][0]["legs"])) == ("hello", 3)

    asyncio.run(browser.run(act))


def test_a_viewer_that_takes_nothing_is_closed(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cross_market_connect.console.app.SEND_TIMEOUT_S", 0)

    class Socket:
        """Takes nothing and never leaves."""

        closed = 0

        async def accept(self) -> None:
            return

        async def send_data(self, data: str, mode: str) -> None:
            await asyncio.Event().wait()

        async def receive_data(self, mode: str) -> str:
            await asyncio.Event().wait()
            return ""

        async def close(self, code: int, reason: str) -> None:
            self.closed = code

    viewers = Viewers(console.hub)
    socket: Any = Socket()
    asyncio.run(viewers.serve(socket))
    assert (socket.closed, viewers.count) == (1013, 0)


def test_viewers_are_limited(console: Console) -> None:
    class Socket:
        """Takes what the server says."""

        closed = 0

        async def accept(self) -> None:
            return

        async def close(self, code: int, reason: str) -> None:
            self.closed = code

    viewers = Viewers(console.hub)
    viewers.count = VIEWERS_MAX
    socket: Any = Socket()
    asyncio.run(viewers.serve(socket))
    assert socket.closed == 1013
    assert viewers.count == VIEWERS_MAX
