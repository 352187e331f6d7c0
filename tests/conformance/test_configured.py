"""`xmc conformance --config` against a venue that the suite did not start, in plain text and with TLS.

The venue is a simulated one in a process of its own, as a broker's test environment is: the suite cannot script it, and
its orders end when the connection is lost. Another member has orders on both sides there, so that something trades.
"""

import json
import os
import socket
import ssl
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cross_market_connect.config.demonstration import DEMO_FILE
from cross_market_connect.conformance.case import FAIL, NEEDS_HELP, NOT_SUPPORTED, PASS
from cross_market_connect.conformance.commands import conformance
from cross_market_connect.conformance.target import configured
from cross_market_connect.domain.errors import InputError
from tests.unit.engine.support_tls import Authority
from tests.unit.wire.fix.support import make_frame

PATIENCE_S = 30.0
LOOPBACK = "127.0.0.1"
SOURCE = "ccfx_orders"
SECRET = "not-in-the-report"
DAY = 20_210_104
MORNING_UTC_NS = 1_609_723_800 * 1_000_000_000
# The other member's orders, half of them on either side, of the largest size that the exchange takes.
MAKER_ORDERS = 20
MAKER_LOTS = 20
SECTION = """
[conformance]
instrument = "CCFX.IF2101"
lots = 2
rests_at = 5000.0
trades_at = 5400.0
wait_ms = 1500
"""


class OutsideVenue:
    """The venue's process, until it is closed."""

    def __init__(self, authority: Authority | None) -> None:
        client = {"comp_id": "XMC_ORDERS", "role": "orders", "account": "china_futures", "username": "demo"}
        maker = {"comp_id": "MAKER", "role": "orders", "account": "maker", "username": "maker", "password": "maker"}
        clock = {"anchor_now_ns": time.monotonic_ns(), "anchor_utc_ns": MORNING_UTC_NS, "speed_milli": 1000}
        fields: dict[str, Any] = {
            "mic": "CCFX",
            "comp_id": "CCFX",
            "instruments": ["CCFX.IF2101"],
            "day": DAY,
            "calendar": clock,
            "seed": 1,
            "listen": [0],
            "clients": [{**client, "password": SECRET, "cancel_on_disconnect": True}, maker],
            "always_open": True,
        }
        if authority is not None:
            certificate, key = authority.server_files(LOOPBACK)
            fields["tls"] = {"certificate_file": certificate, "key_file": key}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cross_market_connect.venues.simulated.process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)),
        )
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(fields).encode() + b"\n")
        self.process.stdin.flush()
        self.port = int(json.loads(self.process.stdout.readline())["port"])
        self.maker = self._make_a_market(authority)

    def _make_a_market(self, authority: Authority | None) -> socket.socket:
        maker = socket.create_connection((LOOPBACK, self.port), PATIENCE_S)
        if authority is not None:
            context = ssl.create_default_context(cafile=authority.ca_file)
            maker = context.wrap_socket(maker, server_hostname=LOOPBACK)
        head, at = "49=MAKER|56=CCFX", "20210104-01:30:00"
        maker.sendall(make_frame(f"35=A|{head}|34=1|52={at}|98=0|108=60|553=maker|554=maker"))
        for number in range(1, MAKER_ORDERS + 1):
            side, price = (1, 5100) if number % 2 else (2, 5390)
            order = f"11={number}|1=maker|55=IF2101|207=CCFX|54={side}|77=O|60={at}|38={MAKER_LOTS}|40=2|44={price}.0"
            maker.sendall(make_frame(f"35=D|{head}|34={number + 1}|52={at}|{order}"))
        received = b""
        while received.count(b"\x01150=0\x01") < MAKER_ORDERS:
            data = maker.recv(65_536)
            assert data, received
            received += data
        return maker

    def close(self) -> dict[str, Any]:
        """Its last word: the ledger."""
        self.maker.close()
        said, _ = self.process.communicate()
        ledger: dict[str, Any] = json.loads(said)
        return ledger


def configuration(directory: Path, port: int, tls: str) -> Path:
    """The demonstration's file with that port, what the suite may trade, and the keys of TLS."""
    text = DEMO_FILE.read_text().replace("port = 19001\n", f"port = {port}\n{tls}", 1)
    # At the calendar's speed of 20 what it says is hours apart soon.
    text = text.replace("speed = 20 ", "speed = 1 ", 1)
    text = text.replace("heartbeat_s = 5 ", "heartbeat_s = 1 ", 1).replace("heartbeat_s = 5\n", "heartbeat_s = 1\n", 1)
    text = text.replace('data_directory = "data/if_hsi"', f'data_directory = "{directory / "data"}"', 1)
    file = directory / "desk.toml"
    file.write_text(text + SECTION)
    assert tomllib.loads(file.read_text())["source"][0]["port"] == port
    return file


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every secret that the configuration names."""
    for name in ("XMC_CCFX_SECRET", "XMC_XHKF_SECRET"):
        monkeypatch.setenv(name, SECRET)
    yield


@pytest.mark.parametrize("with_tls", [False, True], ids=["plain", "tls"])
def test_the_cases_pass_against_a_venue_outside(secrets: None, tmp_path: Path, with_tls: bool) -> None:
    authority = Authority(tmp_path) if with_tls else None
    venue = OutsideVenue(authority)
    tls = f'tls = true\nca_file = "{authority.ca_file}"\n' if authority is not None else ""
    try:
        answer = conformance(SOURCE, configuration(tmp_path, venue.port, tls), tmp_path / "report")
    finally:
        ledger = venue.close()
    failed = [f"{case['number']}: {case['reason']}" for case in answer["cases"] if case["verdict"] == FAIL]
    assert not failed
    counts = answer["counts"]
    assert counts[PASS] >= 30 and counts[PASS] + counts[NEEDS_HELP] + counts[NOT_SUPPORTED] == len(answer["cases"])
    # Nothing is left behind at the counterparty, and the report keeps no secret.
    assert ledger["open_orders"]["china_futures"] == 0
    pages = [(tmp_path / "report" / name).read_text() for name in ("conformance.json", "conformance.html")]
    assert all(SECRET not in page for page in pages)
    assert (f"connected to port {venue.port} with TLS" in pages[0]) is with_tls


def refusal(directory: Path, port: int, ca_file: str) -> str:
    """Why the suite does not begin, from a source with TLS."""
    tls = f'tls = true\nca_file = "{ca_file}"\n'
    with pytest.raises(InputError) as raised:
        conformance(SOURCE, configuration(directory, port, tls), directory / "report")
    (fault,) = raised.value.faults
    return fault


def test_a_certificate_of_another_authority_is_refused_before_anything_is_said(secrets: None, tmp_path: Path) -> None:
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    theirs.mkdir()
    ours.mkdir()
    venue = OutsideVenue(Authority(theirs))
    try:
        assert "of an authority that is not trusted" in refusal(tmp_path, venue.port, Authority(ours).ca_file)
    finally:
        venue.close()


def test_a_source_with_tls_is_not_spoken_to_in_plain_text(secrets: None, tmp_path: Path) -> None:
    venue = OutsideVenue(None)
    try:
        assert "TLS of ccfx_orders" in refusal(tmp_path, venue.port, Authority(tmp_path).ca_file)
    finally:
        venue.close()


def test_where_nobody_listens_is_one_error_and_no_verdict(secrets: None, tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind((LOOPBACK, 0))
        port = int(holder.getsockname()[1])
        fault = refusal(tmp_path, port, Authority(tmp_path).ca_file)
    assert fault == f"{LOOPBACK}:{port}: Connection refused; expected a venue that listens"


def test_only_the_tested_source_s_secret_must_be_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XMC_CCFX_SECRET", SECRET)
    monkeypatch.delenv("XMC_XHKF_SECRET", raising=False)
    file = configuration(tmp_path, 19_001, "")
    assert configured(SOURCE, file, os.environ).password == SECRET.encode()
    with pytest.raises(InputError, match="nobody; expected a source that takes orders"):
        configured("nobody", file, {})
    with pytest.raises(InputError, match="XMC_CCFX_SECRET is not set"):
        configured(SOURCE, file, {})
