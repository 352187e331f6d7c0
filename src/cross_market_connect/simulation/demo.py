"""The demonstration: two pairs on four simulated venues, one engine and the page, as processes on loopback.

This process starts the others, watches them, and when the engine has ended reads its log, reruns it, and holds it
against the venues' own ledgers. The secrets of the sessions are made here and live in these processes only.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from cross_market_connect.audit.summary import Summarizer, summarize
from cross_market_connect.bootstrap import blueprint_at, build_recovered
from cross_market_connect.config.demonstration import demo_settings
from cross_market_connect.config.models import FixSession, Mdp3, OmdD, Replay, Settings
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.records import RecordSink
from cross_market_connect.domain.words import counted
from cross_market_connect.journal.file_store import capture_store, log_store
from cross_market_connect.journal.reader import LogReader, LogTail, verify
from cross_market_connect.reference.tables import load_reference
from cross_market_connect.replay.replay import Replayer
from cross_market_connect.simulation.market import replays_of, sessions_of, venue_fields, venues_of
from cross_market_connect.simulation.naked import naked_units

NANOSECONDS_PER_SECOND: Final = 1_000_000_000
LEAD_NS: Final = 1_500_000_000
WATCH_INTERVAL_S: Final = 0.25
PATIENCE_S: Final = 20.0
STOP_PATIENCE_S: Final = 20.0
RECORDS_PER_LOOK_MAX: Final = 1_000_000


class Child:
    """One process of the demonstration: configuration in by one line, ready line and final line out."""

    def __init__(self, name: str, arguments: list[str], environment: Mapping[str, str]) -> None:
        self.name = name
        self.process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=dict(environment),
            # A Ctrl-C in the terminal reaches this process alone; it ends the others in order.
            start_new_session=True,
        )

    def tell(self, fields: dict[str, Any]) -> None:
        """Send the configuration."""
        if self.process.stdin is not None:
            self.process.stdin.write(json.dumps(fields).encode() + b"\n")
            self.process.stdin.flush()

    def line(self) -> dict[str, Any]:
        """The next line as JSON. Raises InputError when the process ended instead; standard error says why."""
        text = self.process.stdout.readline() if self.process.stdout is not None else b""
        if not text:
            raise InputError([f"{self.name} ended early with status {self.process.wait()}; its message is above"])
        result: dict[str, Any] = json.loads(text)
        return result

    def end(self) -> dict[str, Any]:
        """Ask for the clean end and return the final line."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.line()

    def kill(self) -> None:
        """Make sure that it is gone."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


def resident_mb(process: int) -> float:
    """Anonymous resident memory of a process in MB; 0 when it is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) / 1024
    return 0.0


def free_datagram_ports(count: int) -> list[int]:
    """Ports that no datagram socket uses now."""
    probes = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


class Demonstration:
    """One demonstration run.

    Args:
        directory: where log and capture go; None makes a new temporary one, which is kept.
        script: what each simulated venue does besides the profile, as lines of venues/simulated/script.py.
        progress: write what happens to standard error.
    """

    def __init__(
        self,
        *,
        duration_s: float,
        speed: Decimal,
        seed: int,
        profile: str,
        headless: bool,
        directory: Path | None,
        script: str = "",
    ) -> None:
        self.duration_s = duration_s
        self.speed = speed
        self.seed = seed
        self.profile = profile
        self.script = script
        self.headless = headless
        self.directory = directory or Path(tempfile.mkdtemp(prefix="xmc-demo-"))
        self.children: list[Child] = []
        self.memory: list[float] = []
        self.interrupted = False
        self.engine_fields: dict[str, Any] = {}
        self.engine_environment: dict[str, str] = {}
        self.live = Summarizer()

    def settings(self, ports: Mapping[str, int], late_s: float = 0) -> Settings:
        """Of a run whose calendar began so long before its engine could be started."""
        return demo_settings(
            speed=self.speed,
            seed=self.seed,
            faults=[self.profile],
            duration=self.duration_s + late_s,
            ports=ports,
            directory=self.directory,
            with_gold=True,
        )

    def run(self) -> dict[str, Any]:
        """Run to the end and tell what came of it."""
        self.directory.mkdir(parents=True, exist_ok=True)
        if any(log_store(self.directory, True).numbers()):
            raise InputError([f"{self.directory}: holds the log of another run; expected an empty directory"])
        previous = signal.signal(signal.SIGINT, self._interrupt)
        try:
            return self._run()
        finally:
            signal.signal(signal.SIGINT, previous)
            for child in reversed(self.children):
                child.kill()

    def _interrupt(self, number: int, frame: object) -> None:
        self.interrupted = True

    def _run(self) -> dict[str, Any]:
        plan = self.settings({})
        environment, passwords = self._secrets(plan)
        anchor_now_ns = time.monotonic_ns() + LEAD_NS
        calendar = plan.calendar.clock(anchor_now_ns, 0)
        ports = self._feed_ports(plan)
        plan = self.settings(ports)
        venues: dict[str, Child] = {}
        for mic in venues_of(plan):
            venue = Child(mic, ["cross_market_connect.venues.simulated.process"], os.environ)
            self.children.append(venue)
            venues[mic] = venue
            fields = venue_fields(plan, mic, calendar, self.profile, passwords, self.script)
            fields["listen"] = [0 for _ in fields["listen"]]
            if fields["multicast"] is not None and fields["multicast"].get("recovery") is not None:
                fields["multicast"]["recovery"]["port"] = 0
            venue.tell(fields)
        for mic, venue in venues.items():
            ready = venue.line()
            sessions = zip(sessions_of(plan, mic), ready["ports"], strict=True)
            ports.update({source.name: port for source, port in sessions})
            if "recovery_port" in ready:
                ports.update({f"{feed.name}.replay.port": ready["recovery_port"] for feed in replays_of(plan, mic)})
        # Venues may need longer for their start than the lead; the engine has its whole time all the same.
        settings = self.settings(ports, max(0, time.monotonic_ns() - anchor_now_ns) / NANOSECONDS_PER_SECOND)
        self.engine_fields = {"settings": json.loads(settings.canonical_json()), "anchor_now_ns": anchor_now_ns}
        self.engine_environment = environment
        self.engine = self.start_engine()
        if not self.headless:
            self._open_page()
        self._watch(self.engine)
        final = self.engine.end()
        ledgers = [venue.end() for venue in venues.values()]
        return self._outcome(settings, final, ledgers)

    def start_engine(self) -> Child:
        """Start the engine, again on the same directory when it was killed."""
        engine = Child("engine", ["cross_market_connect.run"], {**os.environ, **self.engine_environment})
        self.children.append(engine)
        engine.tell(self.engine_fields)
        engine.line()
        return engine

    def _secrets(self, settings: Settings) -> tuple[dict[str, str], dict[str, str]]:
        """A new secret per variable that the configuration names; by variable, and by source."""
        environment: dict[str, str] = {}
        passwords: dict[str, str] = {}
        for source in settings.source:
            named = source.replay if isinstance(source, Mdp3) else source
            if isinstance(named, FixSession | Replay) and named.secret_env is not None:
                passwords[source.name] = environment.setdefault(named.secret_env, secrets.token_hex(16))
        return environment, passwords

    def _feed_ports(self, settings: Settings) -> dict[str, int]:
        ports: dict[str, int] = {}
        for source in settings.source:
            keys: list[str] = []
            if isinstance(source, OmdD):
                keys = [source.name, source.name + ".refresh_port"]
            elif isinstance(source, Mdp3):
                lines = (source.incremental, source.snapshot, source.definitions)
                for channel, found in zip(("incremental", "snapshot", "definitions"), lines, strict=True):
                    keys += [f"{source.name}.{channel}.{line}.port" for line in range(len(found))]
            ports.update(zip(keys, free_datagram_ports(len(keys)), strict=True))
        return ports

    def _open_page(self) -> None:
        console = Child("console", ["cross_market_connect.cli", "console", str(self.directory)], os.environ)
        self.children.append(console)
        print(f"page: {console.line()['url']}", file=sys.stderr, flush=True)

    def _watch(self, engine: Child) -> None:
        """Until the engine ends: memory, progress, Ctrl-C."""
        tail = LogTail(log_store(self.directory, True), 1)
        began = time.monotonic()
        shown = began
        asked = 0.0
        while engine.process.poll() is None:
            now = time.monotonic()
            sample = resident_mb(engine.process.pid)
            if sample > 0:
                self.memory.append(sample)
            if (self.interrupted or now - began > self.duration_s + PATIENCE_S) and not asked:
                asked = now
                engine.process.send_signal(signal.SIGTERM)
            if asked and now - asked > STOP_PATIENCE_S:
                raise InputError(
                    [f"the engine does not end within {STOP_PATIENCE_S:.0f} s; {self.directory} tells why"]
                )
            if now - shown >= 5:
                shown = now
                print(
                    f"{now - began:5.0f} s of {self.duration_s:g} s, {self._progress(tail)}",
                    file=sys.stderr,
                    flush=True,
                )
            time.sleep(WATCH_INTERVAL_S)

    def _progress(self, tail: LogTail) -> str:
        for record in tail.poll(RECORDS_PER_LOOK_MAX):
            self.live.add(record)
        found = self.live.summary.as_fields()
        orders = counted(found["spread_orders"], "spread order")
        return f"{orders}, {found['complete']} complete, {found['unwound']} unwound"

    def _outcome(self, settings: Settings, final: dict[str, Any], ledgers: list[dict[str, Any]]) -> dict[str, Any]:
        """Read the log as an auditor would, and hold it against the venues' ledgers."""
        log = log_store(self.directory, True)
        capture = capture_store(self.directory, True) if settings.engine.capture else None
        reference = load_reference()
        summary = summarize(LogReader(log, 1).records())
        replay = Replayer(log, capture, reference).run()
        clock = settings.calendar.clock(0, 0)
        core, _ = build_recovered(
            blueprint_at(settings, reference, clock), RecordSink(), None, clock, LogReader(log, 1).records(), 0
        )
        positions: dict[str, int] = {}
        open_orders = 0
        for ledger in ledgers:
            open_orders += sum(ledger["open_orders"].values())
            for account in ledger["positions"].values():
                for symbol, lots in account.items():
                    positions[symbol] = positions.get(symbol, 0) + lots
        memory = self.memory or [0.0]
        answer = {
            **summary.as_fields(),
            "spreads": summary.by_spread([spread.name for spread in settings.spread]),
            "naked_units_at_end": naked_units(core.desk, positions, open_orders),
            "journal_ok": verify(log).broken is None,
            "replay_identical": replay.identical,
            "memory_mb": {
                "start": round(memory[0], 1),
                "max": round(max(memory), 1),
                "end": round(memory[-1], 1),
            },
            "positions": positions,
            "replay_requests": sum(ledger["recovery_requests"] for ledger in ledgers),
            "records": final["records"],
            "directory": str(self.directory),
        }
        if replay.difference:
            answer["replay_difference"] = replay.difference
        return answer


def as_text(answer: Mapping[str, Any]) -> Iterator[str]:
    """The outcome for people."""
    orders = counted(answer["spread_orders"], "spread order")
    yield (
        f"{orders}: {answer['complete']} complete ({answer['repaired']} repaired), "
        f"{answer['unwound']} unwound, {answer['cancelled']} cancelled, {answer['halted']} halted; "
        f"{answer['refused']} refused by limits"
    )
    for name, found in answer["spreads"].items():
        yield f"{name}: {found['spread_orders']} of them, {found['complete']} complete, {found['unwound']} unwound"
    yield f"{counted(answer['rejects'], 'reject')} by venues, {counted(answer['reorders'], 're-order')}"
    yield "positions at the end, in lots: " + ", ".join(
        f"{symbol} {lots:+d}" for symbol, lots in answer["positions"].items()
    )
    yield f"ranges of packets that both lines lost and the replay sent again: {answer['replay_requests']}"
    yield f"naked units at the end, by the venues' ledgers: {answer['naked_units_at_end']}"
    for name, figures in answer["latency_us"].items():
        if figures["p50"] is not None:
            yield f"{name}: p50 {figures['p50']} us, p99 {figures['p99']} us, max {figures['max']} us"
    yield f"log intact: {answer['journal_ok']}, replay identical: {answer['replay_identical']}"
    yield f"try: xmc audit show 1 --directory {answer['directory']}"
    yield f"     xmc replay {answer['directory']}"
