"""Tokens, cookies, hosts and origins, each rule by itself; the layer around the application is in test_app.py."""

from __future__ import annotations

import pytest

from cross_market_connect.console.access import CONTENT_POLICY, Access, is_public

HOST = "127.0.0.1:8443"


def test_every_start_has_its_own_token_and_cookie() -> None:
    first, second = Access([HOST]), Access([HOST])
    assert first.token != second.token
    assert len(first.token) >= 43, "32 random bytes"
    assert first.token not in first.set_cookie()
    assert first.set_cookie().endswith("; Path=/; HttpOnly; SameSite=Strict")


@pytest.mark.parametrize("wrong", ["", "x", "päss"])
def test_only_the_token_is_the_token(wrong: str) -> None:
    access = Access([HOST])
    assert access.is_token(access.token)
    assert not access.is_token(wrong)
    assert not access.is_token(access.token[:-1])
    assert not access.is_token(access.token + "x")


def test_callers_are_known_by_bearer_token_or_cookie() -> None:
    access = Access([HOST], "xmc_test")
    cookie = access.set_cookie().split(";")[0]
    assert access.is_known({b"authorization": f"Bearer {access.token}".encode()})
    assert access.is_known({b"cookie": f"other=1; {cookie}".encode()})
    assert not access.is_known({})
    assert not access.is_known({b"authorization": f"Basic {access.token}".encode()})
    assert not access.is_known({b"cookie": f"xmc_test={access.token}".encode()}), "the token is not the cookie"
    assert not access.is_known({b"cookie": cookie.replace("xmc_test", "xmc_else").encode()})
    assert not access.is_known({b"cookie": b"\xff\xfe=;;=,"})


@pytest.mark.parametrize(
    ("host", "origin", "ours"),
    [
        (HOST, None, True),
        (HOST, f"http://{HOST}", True),
        ("localhost:8443", "http://localhost:8443", True),
        ("LOCALHOST:8443", None, True),
        ("127.0.0.1:9999", None, False),
        ("127.0.0.1", None, False),
        ("rebound.example:8443", "http://rebound.example:8443", False),
        (HOST, "http://evil.example", False),
        (HOST, "null", False),
        (HOST, "http://localhost:8443", False),
        ("", None, False),
    ],
)
def test_foreign_hosts_and_origins_are_not_ours(host: str, origin: str | None, ours: bool) -> None:
    assert Access([HOST, "localhost:8443"]).is_ours(host, origin) is ours


def test_only_the_page_itself_is_public() -> None:
    assert all(is_public(path) for path in ("/", "/favicon.svg", "/assets/index.js", "/api/session"))
    assert not any(
        is_public(path) for path in ("/api/state", "/ws", "/api/sessions", "/asset", "/api/schema/openapi.json")
    )


def test_the_content_policy_has_no_hole() -> None:
    directives = dict(each.strip().split(" ", 1) for each in CONTENT_POLICY.split(";"))
    assert directives["default-src"] == "'none'"
    assert "unsafe" not in CONTENT_POLICY and "*" not in CONTENT_POLICY and "http" not in CONTENT_POLICY
    assert directives["script-src"] == directives["style-src"] == directives["connect-src"] == "'self'"
    assert directives["frame-ancestors"] == "'none'"
