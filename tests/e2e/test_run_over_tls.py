"""`xmc run` as a process of its own against two simulated venues that speak TLS: log-ons, a spread order, its fills.

The configuration is the example's; ports, files of TLS and thresholds come from the environment, as a user sets them.
The triggers' thresholds are out of reach: a spread order is there when a person asks for one.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cross_market_connect.audit.verify import verify
from cross_market_connect.config.demonstration import demo_settings
from cross_market_connect.config.models import FixSession, Settings
from cross_market_connect.console import books
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.records import ALERT, CONNECTION, LEG_ORDER, RECEIPT, SESSION_EVENT, SPREAD_ORDER
from cross_market_connect.domain.spread import COMPLETE
from cross_market_connect.journal.file_store import log_store
from cross_market_connect.journal.reader import LogTail, Record
from cross_market_connect.simulation.demo import Child, free_datagram_ports
from cross_market_connect.simulation.market import sessions_of, venue_fields
from tests.unit.engine.support_tls import Authority

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "if_hsi.toml"
XMC = [sys.executable, "-m", "cross_market_connect.cli"]
LOOPBACK = "127.0.0.1"
SECRET = "not-in-any-file"
OUT_OF_REACH = {"BUY_ENTER": "-2000.0", "BUY_EXIT": "1000.0", "SELL_ENTER": "2000.0", "SELL_EXIT": "-1000.0"}
PATIENCE_S = 60.0
RECORDS_MAX = 1_000_000
# The venues' calendar begins before the engine's: a slow one keeps both within the tolerance of SendingTime.
SPEED = 2
VENUES = ("CCFX", "XHKF")
SESSIONS = ("ccfx_orders", "ccfx_quotes", "xhkf_orders")
FEED = "xhkf_quotes"
UNTRUSTED = (
    "the peer's certificate is of an authority that is not trusted; "
    "expected ca_file to name the authority that the counterparty gives"
)


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Long enough for a busy machine; nothing is measured by it."""
    for _ in range(int(PATIENCE_S / 0.05)):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(f"waited in vain for {what}")


class Desk:
    """One engine's directory, its venues and its own process, all of them ended with it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory / "data"
        live, refresh = free_datagram_ports(2)
        self.ports = {FEED: live, f"{FEED}.refresh_port": refresh}
        self.environment = {
            **os.environ,
            "XMC_CCFX_SECRET": SECRET,
            "XMC_XHKF_SECRET": SECRET,
            "XMC_ENGINE__DATA_DIRECTORY": str(self.directory),
            f"XMC_SOURCE__{FEED.upper()}__PORT": str(live),
            f"XMC_SOURCE__{FEED.upper()}__REFRESH_PORT": str(refresh),
            "XMC_CALENDAR__SPEED": str(SPEED),
            **{f"XMC_SPREAD__IF_HSI__TRIGGER__{key}": value for key, value in OUT_OF_REACH.items()},
            # One lot of each leg will do, which the books always show.
            "XMC_SPREAD__IF_HSI__QUANTITY__HEDGE_TOLERANCE_PERCENT": "50",
        }
        self.settings = self._settings()
        self.calendar = self.settings.calendar.clock(time.monotonic_ns(), 0)
        self.venues: dict[str, Child] = {}
        self.engine: subprocess.Popen[str] | None = None
        self.tail: LogTail | None = None
        self.seen: list[Record] = []

    def _settings(self) -> Settings:
        """The demonstration's, which the example is, for what the venues must know of it."""
        return demo_settings(
            speed=SPEED, seed=1, faults=["none"], duration=600, ports=self.ports, directory=self.directory
        )

    def set_session(self, name: str, **keys: str | int) -> None:
        """Keys of one session's configuration."""
        for key, value in keys.items():
            self.environment[f"XMC_SOURCE__{name.upper()}__{key.upper()}"] = str(value)

    def open_venue(self, mic: str, authority: Authority, *, asks: bool = False) -> None:
        """The venue's process, on the ports that it had before; `asks`: clients show a certificate too."""
        sessions = sessions_of(self.settings, mic)
        fields = venue_fields(self.settings, mic, self.calendar, "none", dict.fromkeys(SESSIONS, SECRET))
        fields["listen"] = [self.ports.get(session.name, 0) for session in sessions]
        certificate, key = authority.server_files(LOOPBACK)
        fields["tls"] = {"certificate_file": certificate, "key_file": key}
        if asks:
            fields["tls"]["ca_file"] = authority.ca_file
        venue = Child(mic, ["cross_market_connect.venues.simulated.process"], self.environment)
        self.venues[mic] = venue
        venue.tell(fields)
        for session, port in zip(sessions, venue.line()["ports"], strict=True):
            self.ports[session.name] = port
            self.set_session(session.name, port=port)

    def close_venue(self, mic: str) -> dict[str, Any]:
        """Its ledger."""
        venue = self.venues.pop(mic)
        ledger = venue.end()
        venue.kill()
        return ledger

    def start(self) -> None:
        """`xmc run`, until it says that it is ready."""
        self.engine = subprocess.Popen(
            [*XMC, "run", str(EXAMPLE)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment,
            text=True,
        )
        assert self.engine.stdout is not None and self.engine.stderr is not None
        ready = self.engine.stdout.readline()
        assert ready, self.engine.stderr.read()
        assert json.loads(ready) == {"ready": True, "directory": str(self.directory)}
        self.tail = LogTail(log_store(self.directory, True), 1)

    def stop(self) -> tuple[dict[str, Any], str]:
        """The engine's clean end: its last word, and what it said on standard error."""
        assert self.engine is not None and self.engine.poll() is None
        self.engine.terminate()
        said, told = self.engine.communicate(timeout=PATIENCE_S)
        assert self.engine.returncode == 0, told
        final: dict[str, Any] = json.loads(said.splitlines()[-1])
        return final, told

    def close(self) -> None:
        """End whatever is left."""
        if self.engine is not None:
            if self.engine.poll() is None:
                self.engine.kill()
            self.engine.communicate()
        for venue in self.venues.values():
            venue.kill()

    # ------------------------------------------------------------------ what a person and the log say

    def xmc(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        """Exit code and JSON object of one command."""
        done = subprocess.run(
            [*XMC, *arguments, "--json"], capture_output=True, text=True, env=self.environment, check=False
        )
        assert done.stdout, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return done.returncode, answer

    def order(self) -> tuple[int, dict[str, Any]]:
        """A spread order of one unit by hand."""
        return self.xmc("order", "spread", "if_hsi", "buy", "1", "--directory", str(self.directory))

    def records(self, kind: int) -> list[dict[str, Any]]:
        """Fields of all records of a kind, as far as the log goes."""
        assert self.tail is not None
        self.seen += self.tail.poll(RECORDS_MAX)
        return [record.fields() for record in self.seen if record.kind == kind]

    def sources_logged_on(self) -> set[str]:
        """Names of the sessions that have been logged on."""
        events = self.records(int(SESSION_EVENT))
        return {self.name_of(event) for event in events if event["event"] == "logged_on"}

    def name_of(self, fields: dict[str, Any]) -> str:
        return self.settings.source[int(fields["source"])].name

    def refusals(self, name: str) -> list[str]:
        """Why a source could not connect, attempt by attempt."""
        return [
            str(fields["reason"])
            for fields in self.records(int(CONNECTION))
            if not fields["connected"] and self.name_of(fields) == name
        ]

    def has_quotes(self) -> bool:
        """Whether the engine's page shows a live book for both legs, from which a spread order is priced."""
        with contextlib.suppress(InputError):
            shown = books.as_object(*books.read(self.directory))["books"]
            return all(book["state"] == "live" for book in shown if book["symbol"].startswith(VENUES))
        return False

    def trade(self) -> None:
        """Every session logs on, a person asks for a spread order, and both legs fill."""
        wait_until(lambda: self.sources_logged_on() == set(SESSIONS), "the log-ons")
        wait_until(self.has_quotes, "quotes of both legs")
        code, answer = self.order()
        assert (code, answer["accepted"]) == (0, True), answer["reasons"]
        wait_until(lambda: [int(o["state"]) for o in self.records(int(SPREAD_ORDER))][-1:] == [int(COMPLETE)], "fills")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    try:
        yield made
    finally:
        made.close()


def authority_in(directory: Path) -> Authority:
    directory.mkdir()
    return Authority(directory)


def trust(desk: Desk, authority: Authority, **keys: str) -> None:
    """Every session with TLS, and this authority."""
    for name in SESSIONS:
        desk.set_session(name, tls="true", ca_file=authority.ca_file, **keys)


def check_traded(desk: Desk) -> None:
    """What the commands, the log and the venues say of one spread order agrees."""
    code, shown = desk.xmc("books", str(desk.directory))
    assert (code, shown["engine_state"]) == (0, "running")
    final, told = desk.stop()
    assert (final["final"], final["spread_orders"]) == (True, 1)
    code, story = desk.xmc("audit", "show", "1", "--directory", str(desk.directory))
    assert code == 0
    filled = {line["leg"] for line in story["lines"] if line["event"] == "receipt" and "fill" in line["text"]}
    assert filled == {0, 1}, story
    orders = {str(order["instrument"]): order for order in desk.records(int(LEG_ORDER))}
    lots = {
        symbol: sum(
            int(receipt["counted_lots"])
            for receipt in desk.records(int(RECEIPT))
            if receipt["client_order_id"] == order["client_order_id"]
        )
        for symbol, order in orders.items()
    }
    assert lots == {symbol: int(order["quantity_lots"]) for symbol, order in orders.items()}
    ledgers = {mic: desk.close_venue(mic) for mic in VENUES}
    assert ledgers["CCFX"]["positions"]["china_futures"] == {"CCFX.IF2101": lots["CCFX.IF2101"]}
    assert ledgers["XHKF"]["positions"]["hong_kong_futures"] == {"XHKF.HSIF1": -lots["XHKF.HSIF1"]}
    assert verify(log_store(desk.directory, True)).ok
    assert SECRET not in told
    assert all(SECRET.encode() not in path.read_bytes() for path in desk.directory.iterdir() if path.is_file())


@pytest.mark.parametrize("asks", [False, True], ids=["of_the_venue", "of_both_sides"])
def test_a_spread_order_fills_over_tls_with_certificates(desk: Desk, tmp_path: Path, asks: bool) -> None:
    authority = authority_in(tmp_path / "authority")
    shown = dict(zip(("certificate_file", "key_file"), authority.client_files(), strict=True)) if asks else {}
    for mic in VENUES:
        desk.open_venue(mic, authority, asks=asks)
    trust(desk, authority, **shown)
    desk.start()
    desk.trade()
    assert all(desk.refusals(name) == [] for name in SESSIONS)
    check_traded(desk)


def test_a_certificate_that_is_not_trusted_is_told_and_the_engine_waits_for_the_right_one(
    desk: Desk, tmp_path: Path
) -> None:
    ours, theirs = authority_in(tmp_path / "ours"), authority_in(tmp_path / "theirs")
    desk.open_venue("CCFX", theirs)
    desk.open_venue("XHKF", ours)
    trust(desk, ours)
    desk.start()
    # More attempts than people hear of.
    wait_until(lambda: min(len(desk.refusals(name)) for name in SESSIONS[:2]) >= 5, "five attempts")
    for name in SESSIONS[:2]:
        place = f"{LOOPBACK} ({LOOPBACK}:{desk.ports[name]}, outgoing)"
        assert set(desk.refusals(name)) == {f"TLS of {name} to {place}: {UNTRUSTED}"}
    alerts = [str(alert["text_en"]) for alert in desk.records(int(ALERT)) if alert["code"] == "connecting_fails"]
    # Each of the two is told once, however many attempts there are.
    told = [name for name in SESSIONS for text in alerts if f"TLS of {name} to " in text and UNTRUSTED in text]
    assert (told, len(alerts)) == (list(SESSIONS[:2]), 2)
    assert desk.sources_logged_on() == {"xhkf_orders"}
    code, answer = desk.order()
    assert (code, answer["accepted"], answer["orders"]) == (1, False, [])
    assert "route: ccfx_orders is not logged on" in answer["reasons"]
    assert desk.records(int(SPREAD_ORDER)) == desk.records(int(LEG_ORDER)) == []
    desk.close_venue("CCFX")
    desk.open_venue("CCFX", ours)
    desk.trade()
    check_traded(desk)


def test_a_certificate_that_the_venue_asks_for_and_is_not_given_is_told(desk: Desk, tmp_path: Path) -> None:
    authority = authority_in(tmp_path / "authority")
    for mic in VENUES:
        desk.open_venue(mic, authority, asks=True)
    trust(desk, authority)
    desk.start()
    wait_until(lambda: all(desk.refusals(name) for name in SESSIONS), "an attempt of each session")
    for name in SESSIONS:
        (told,) = set(desk.refusals(name))
        assert told.startswith(f"TLS of {name} to {LOOPBACK} ")
        assert told.endswith("the peer asks for our certificate; expected certificate_file and key_file")
    assert desk.sources_logged_on() == set()
    final, _ = desk.stop()
    assert (final["final"], final["spread_orders"]) == (True, 0)


def test_the_example_is_the_demonstration_that_the_venues_know(desk: Desk) -> None:
    """Or the venues would be told of sessions that the engine does not have."""
    assert [source.name for source in desk.settings.source] == [*SESSIONS, FEED]
    assert all(isinstance(source, FixSession) for source in desk.settings.source[:3])
