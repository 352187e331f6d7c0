"""Who may look: one ASGI layer around the whole console, so that a forgotten route is closed rather than open.

- The access token is made at start and handed over in the fragment of the printed address, which browsers neither send
  nor log. The page exchanges it for a cookie (HttpOnly, SameSite=Strict); programs send it as a bearer token.
- A request for a foreign host name is refused, and so is one from a foreign origin: a page elsewhere that points its
  own name at the loopback address (DNS rebinding) gets nothing, nor can it open the WebSocket.
- Every answer carries a content policy without inline code and without any address but our own.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from typing import Final

from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send, WebSocketScope

TOKEN_BYTES: Final = 32
CLOSE_POLICY_VIOLATION: Final = 1008

# Paths that anyone on this host may fetch: the page itself holds no data. Everything else needs the token or cookie.
PUBLIC_PATHS: Final = frozenset({"/", "/favicon.svg", "/api/session"})
PUBLIC_PREFIX: Final = "/assets/"

CONTENT_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS: Final[tuple[tuple[bytes, bytes], ...]] = (
    (b"content-security-policy", CONTENT_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)


class Access:
    """The token, the cookie that replaces it, and the host names that are ours.

    Args:
        hosts: values of the Host header that are answered, each with its port where it is not the default.
        cookie_name: cookies do not know ports, so consoles on one host need names of their own.
    """

    def __init__(self, hosts: Iterable[str], cookie_name: str = "xmc_console") -> None:
        self.hosts = frozenset(host.lower() for host in hosts)
        self.cookie_name = cookie_name
        self.token = secrets.token_urlsafe(TOKEN_BYTES)
        self._session = secrets.token_urlsafe(TOKEN_BYTES)

    def is_token(self, token: str) -> bool:
        """Compare with the access token in constant time."""
        return hmac.compare_digest(token.encode(), self.token.encode())

    def set_cookie(self) -> str:
        """The Set-Cookie value for a caller that knew the token."""
        return f"{self.cookie_name}={self._session}; Path=/; HttpOnly; SameSite=Strict"

    def is_ours(self, host: str, origin: str | None) -> bool:
        """Whether the request names one of our hosts, and comes from one of our pages if from any."""
        if host.lower() not in self.hosts:
            return False
        return origin is None or origin.lower() in (f"http://{host.lower()}", f"https://{host.lower()}")

    def is_known(self, headers: dict[bytes, bytes]) -> bool:
        """Whether the caller presents the bearer token or the cookie."""
        authorization = headers.get(b"authorization", b"").decode("latin-1")
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() == "bearer" and self.is_token(token.strip()):
            return True
        try:
            cookies = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1"))
        except CookieError:
            return False
        cookie = cookies.get(self.cookie_name)
        return cookie is not None and hmac.compare_digest(cookie.value.encode(), self._session.encode())


def is_public(path: str) -> bool:
    """Whether the path is open without a token."""
    return path in PUBLIC_PATHS or path.startswith(PUBLIC_PREFIX)


class Guard:
    """The ASGI layer: refuses what is not ours, and puts the security headers on every answer."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self.app = app
        self.access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind: str = scope["type"]
        if kind == "lifespan":
            await self.app(scope, receive, send)
        elif kind == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *SECURITY_HEADERS]
            await send(message)

        status, reason = self._refusal(scope)
        if status:
            body = reason.encode()
            headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
            await send_with_headers({"type": "http.response.start", "status": status, "headers": headers})
            await send_with_headers({"type": "http.response.body", "body": body, "more_body": False})
        else:
            await self.app(scope, receive, send_with_headers)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        status, reason = self._refusal(scope)
        if status:
            await receive()
            await send({"type": "websocket.close", "code": CLOSE_POLICY_VIOLATION, "reason": reason})
        else:
            await self.app(scope, receive, send)

    def _refusal(self, scope: HTTPScope | WebSocketScope) -> tuple[int, str]:
        headers = dict(scope["headers"])
        origin = headers.get(b"origin")
        host = headers.get(b"host", b"").decode("latin-1")
        if not self.access.is_ours(host, None if origin is None else origin.decode("latin-1")):
            return 421, "this console answers only to its own address"
        if not is_public(scope["path"]) and not self.access.is_known(headers):
            return 401, "open the address that was printed at the console's start: it carries the access token"
        return 0, ""
