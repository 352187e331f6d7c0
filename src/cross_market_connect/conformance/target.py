"""What is tested: one gateway, as a configuration has it or as the simulated venues take it, and what may be traded."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cross_market_connect.config.blueprint import trading_date
from cross_market_connect.config.models import FixDropCopy, FixOrders, Settings
from cross_market_connect.config.settings import load, secret
from cross_market_connect.conformance.keys import KeyPair, key_pair
from cross_market_connect.domain.clock import CalendarClock
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.engine.passwords import PasswordSealer, PublicKey
from cross_market_connect.engine.tls import TlsStream
from cross_market_connect.reference.tables import load_reference
from cross_market_connect.run import sealer_of, tls_of
from cross_market_connect.venues.hkex.ocg_c import HEARTBEAT_S, KEY_BITS

OCG_C: Final = "simulated-ocg-c"
SIMULATED: Final[dict[str, str]] = {
    "simulated-4.2": "FIX.4.2",
    "simulated-4.4": "FIX.4.4",
    "simulated-5.0": "FIX.5.0SP2",
    OCG_C: "FIX.5.0SP2",
}
# FIX 4.2 has no user names in a Logon; counterparties that want them there agree on the tags of 4.3.
LOGON_ROWS: Final[dict[str, tuple[str, str]]] = {
    "FIX.4.2": ("553 Username STRING; 554 Password STRING", "A: 553 554"),
}
SYMBOL: Final = "CCFX.IF2101"
# Board lots of 500 shares; 95 HKD in steps of 0.05.
OCG_C_SYMBOL: Final = "XHKG.2318"
DAY: Final = 20_210_104
PASSWORD: Final = "in-the-clear-on-loopback"
NUMBERS_FILE: Final = "conformance_numbers.json"
COPY_NUMBERS_FILE: Final = "conformance_copy_numbers.json"
# Runs number their client order ids far away from the engine's epochs.
EPOCH_FIRST: Final = 1_000_000

# What the source of a simulated gateway states, whichever it is.
SIMULATED_SOURCE: Final[dict[str, Any]] = {
    "kind": "fix_orders",
    "host": "127.0.0.1",
    "port": 1,
    "secret_env": "XMC_CONFORMANCE_SECRET",
    "time_in_force": ["day", "ioc", "fok"],
    "market_orders": True,
    "lacks": [],
    "cancel_on_disconnect": True,
}


@dataclass(frozen=True)
class Plan:
    """What the cases trade.

    Attributes:
        rests, trades: buying prices, in ticks, that rest and that trade at once.
        bid, ask: best prices that the suite's own venue shows, in ticks; 0 at a counterparty's.
    """

    instrument: Instrument
    lots: int
    rests: int
    trades: int
    wait_s: float
    bid: int = 0
    ask: int = 0


@dataclass(frozen=True)
class Copied:
    """The drop copy of the account under test; fields as those of `Target`."""

    source: FixDropCopy
    password: bytes
    tls: TlsStream | None = None
    numbers_file: Path | None = None


@dataclass(frozen=True)
class Target:
    """One gateway under test.

    Attributes:
        clock: what the messages of both sides are dated by.
        demo: its calendar is no real one, so that sending times mean nothing.
        is_simulated: the suite plays the venue itself, with a script for each case.
        numbers_file: where sequence numbers and client order ids of a real counterparty go on; None for none.
        sealer: encrypts the password at each log-on; None for one that goes as it is.
        keys: the suite's own venue decrypts with these.
        tls: what wraps the bytes of each connection; None for plain text.
        copied: the drop copy of the account; None where there is none.
    """

    name: str
    version: str
    source: FixOrders
    instruments: list[Instrument]
    plan: Plan
    password: bytes
    clock: CalendarClock
    demo: bool
    is_simulated: bool
    numbers_file: Path | None
    sealer: PasswordSealer | None = None
    keys: KeyPair | None = None
    tls: TlsStream | None = None
    copied: Copied | None = None


def simulated(name: str) -> Target:
    """The gateway with the suite's own venue at its other end. Raises InputError for an unknown name."""
    if name not in SIMULATED:
        raise InputError([f"gateway: {name}; expected one of {', '.join(SIMULATED)}, or --config FILE that has it"])
    if name == OCG_C:
        return _simulated_ocg_c()
    version = SIMULATED[name]
    extra_fields, extra_members = LOGON_ROWS.get(version, ("", ""))
    instrument = load_reference().instrument(SYMBOL, 0, DAY)
    source = FixOrders.model_construct(
        **SIMULATED_SOURCE,
        name=name,
        venue="CCFX",
        sender_comp_id="XMC",
        target_comp_id="CCFX",
        username="conformance",
        account="A1",
        heartbeat_s=1,
        version=version,
        extra_fields=extra_fields,
        extra_members=extra_members,
    )
    listener = FixDropCopy.model_construct(
        kind="fix_drop_copy",
        name=f"{name}-copy",
        copies=[name],
        venue="CCFX",
        host="127.0.0.1",
        port=1,
        sender_comp_id="XMC_COPY",
        target_comp_id="CCFX",
        username="conformance",
        secret_env="XMC_CONFORMANCE_SECRET",
        heartbeat_s=1,
    )
    plan = Plan(instrument, 3, 25_990, 26_010, 2.0, 26_000, 26_002)
    password, copied = PASSWORD.encode(), Copied(listener, PASSWORD.encode())
    clock = _true_clock()
    return Target(name, version, source, [instrument], plan, password, clock, False, True, None, copied=copied)


def _true_clock() -> CalendarClock:
    return CalendarClock(time.monotonic_ns(), time.time_ns(), 1000, [], [])


def _simulated_ocg_c() -> Target:
    """HKEX's securities gateway and a share with a board lot, the password encrypted under a key made for the run."""
    instrument = load_reference().instrument(OCG_C_SYMBOL, 0, DAY)
    source = FixOrders.model_construct(
        **SIMULATED_SOURCE,
        name=OCG_C,
        gateway="ocg_c",
        venue="XHKG",
        sender_comp_id="CO99999901",
        target_comp_id="HKEXCO",
        account="1234",
        bcan="ABC123.2568",
        heartbeat_s=int(HEARTBEAT_S),
        version=SIMULATED[OCG_C],
        extra_fields="",
        extra_members="",
    )
    keys = key_pair(KEY_BITS)
    sealer = PasswordSealer(PublicKey(keys.modulus, keys.public_exponent))
    plan = Plan(instrument, 3, 1_890, 1_910, 2.0, 1_900, 1_902)
    password = PASSWORD.encode()
    clock = _true_clock()
    return Target(OCG_C, source.version, source, [instrument], plan, password, clock, False, True, None, sealer, keys)


def configured(name: str, file: Path, environment: Mapping[str, str]) -> Target:
    """A source of a configuration. Raises InputError for what is missing in it, and for a secret that is not set."""
    # Of the configuration's secrets only this source's must be set.
    settings = load(file, environment=environment, require_secrets=False)
    sources = {source.name: source for source in settings.order_sources()}
    if name not in sources:
        raise InputError([f"gateway: {name}; expected a source that takes orders: {', '.join(sources)}"])
    source = sources[name]
    clock = settings.calendar.clock(time.monotonic_ns(), time.time_ns())
    return Target(
        name,
        source.version,
        source,
        *_traded(settings, source, trading_date(int(clock.anchor_utc_ns))),
        secret(source, environment).encode(),
        clock,
        settings.calendar.mode == "demo",
        False,
        settings.engine.data_directory / NUMBERS_FILE,
        sealer_of(source),
        tls=tls_of(source),
        copied=_copied(settings, name, environment),
    )


def _copied(settings: Settings, name: str, environment: Mapping[str, str]) -> Copied | None:
    """The first drop copy of the source's account. Raises InputError for a secret that is not set."""
    for source in settings.source:
        if isinstance(source, FixDropCopy) and name in source.copies:
            password = secret(source, environment).encode()
            return Copied(source, password, tls_of(source), settings.engine.data_directory / COPY_NUMBERS_FILE)
    return None


def _traded(settings: Settings, source: FixOrders, day: int) -> tuple[list[Instrument], Plan]:
    """The instruments of the source's venue and what the suite trades of them."""
    wanted = settings.conformance
    if wanted is None:
        raise InputError(["conformance: missing; expected the section that says what may be traded, at which prices"])
    reference = load_reference(calendar_file=settings.calendar.table)
    symbols = [choice.symbol for choice in settings.instruments]
    instruments = [reference.instrument(symbol, index, day) for index, symbol in enumerate(symbols)]
    faults: list[str] = []
    if wanted.instrument not in symbols:
        raise InputError([f"conformance.instrument: {wanted.instrument}; expected one of {', '.join(symbols)}"])
    instrument = instruments[symbols.index(wanted.instrument)]
    if instrument.venue.mic != source.venue:
        faults.append(
            f"conformance.instrument: {wanted.instrument}; expected one of {source.venue}, the source's venue"
        )
    prices: list[int] = []
    for key, price in (("rests_at", wanted.rests_at), ("trades_at", wanted.trades_at)):
        units = price.scaleb(int(instrument.price_decimals))
        if units != units.to_integral_value() or int(units) % int(instrument.tick_units) != 0:
            faults.append(f"conformance.{key}: {price}; expected a multiple of the price step")
        prices.append(int(units) // int(instrument.tick_units))
    if prices[0] >= prices[1]:
        faults.append(f"conformance.rests_at: {wanted.rests_at}; expected a price below trades_at")
    if faults:
        raise InputError(faults)
    return instruments, Plan(instrument, wanted.lots, prices[0], prices[1], wanted.wait_ms / 1000)


class Numbers:
    """Sequence numbers and client order ids, kept where the counterparty outlives a run."""

    def __init__(self, file: Path | None) -> None:
        self.file = file
        self.next_in, self.next_out, self.run = 1, 1, 0
        if file is not None and file.exists():
            try:
                kept = json.loads(file.read_text())
                self.next_in, self.next_out, self.run = kept["next_in"], kept["next_out"], kept["run"]
            except (ValueError, KeyError, TypeError) as error:
                raise InputError([f"{file}: {error}; expected what an earlier run wrote, or no file"]) from error
        self.run += 1
        self.epoch = EPOCH_FIRST + self.run
        self.next_id = self.epoch * 1_000_000_000

    def take_id(self) -> int:
        """A client order id that no run of this suite has used."""
        self.next_id += 1
        return self.next_id

    def keep(self, next_in: int, next_out: int) -> None:
        """The numbers with which the session goes on; written before the bytes that use them."""
        self.next_in, self.next_out = next_in, next_out
        if self.file is not None:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.write_text(json.dumps({"next_in": next_in, "next_out": next_out, "run": self.run}))

    def begin_anew(self) -> None:
        """A venue that begins at 1."""
        self.next_in = self.next_out = 1
