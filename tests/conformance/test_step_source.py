"""A source in STEP: from the configuration through the engine's loop, from a gateway's process, into a live book."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from cross_market_connect.domain.book import BOOK_LIVE
from cross_market_connect.reference.tables import load_reference
from cross_market_connect.venues.fix_broker.quotes import FixQuotes
from tests.conformance.support import LOOPBACK, SOURCE, Engine, port_of, settings_with, wait_until

SHARE = "XSHG.601318"
DAY = 20_210_104
MORNING_UTC_NS = 1_609_725_600 * 1_000_000_000
SECRETS = dict.fromkeys(("XMC_CCFX_SECRET", "XMC_XHKF_SECRET", "XMC_STEP_SECRET"), "hush")


@pytest.fixture
def gateway() -> Iterator[int]:
    """The port of a gateway whose one instrument a market maker quotes."""
    fields = {
        "mic": "XSHG",
        "comp_id": "MDGW",
        "version": "STEP.1.2",
        "instruments": [SHARE],
        "day": DAY,
        "calendar": {"anchor_now_ns": time.monotonic_ns(), "anchor_utc_ns": MORNING_UTC_NS, "speed_milli": 2_000},
        "seed": 1,
        "listen": [0],
        "clients": [{"comp_id": "DESK", "role": "quotes", "username": "demo", "password": "hush"}],
        "always_open": True,
        "quotes": ["recorded"],
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "cross_market_connect.venues.simulated.process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)),
    )
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(json.dumps(fields).encode() + b"\n")
    process.stdin.flush()
    yield int(json.loads(process.stdout.readline())["port"])
    process.kill()
    process.communicate()


def test_a_configured_source_brings_a_book_to_life(gateway: int) -> None:
    holders = [port_of(socket.SOCK_STREAM) for _ in range(3)]  # where the demonstration's own sessions are refused
    source: dict[str, object] = {
        "name": "step_quotes",
        "kind": "fix_quotes",
        "venue": "XSHG",
        "host": LOOPBACK,
        "port": gateway,
        "sender_comp_id": "DESK",
        "target_comp_id": "MDGW",
        "username": "demo",
        "secret_env": "XMC_STEP_SECRET",
        "version": "STEP.1.2",
        "application_version": "STEP1.20_SZ_1.00",
    }
    reference = load_reference()
    engine = Engine(settings_with(reference, SHARE, source, [port for port, _ in holders]), reference, SECRETS)
    book = next(
        book for book, one in zip(engine.core.books, engine.core.instruments, strict=True) if one.symbol == SHARE
    )

    def script() -> None:
        wait_until(lambda: book.state == BOOK_LIVE and book.updates > 3)

    engine.run(script)
    for _, holder in holders:
        holder.close()
    stream = engine.core.streams[SOURCE]
    assert stream is not None
    quotes = stream.quotes
    assert isinstance(quotes, FixQuotes)
    assert quotes.link.fault_count() == 0
    assert book.bids.depth > 0 and book.asks.depth > 0
