"""The sections of a configuration as models. Each field checks itself, also against the names that others declare.

Names of other parts come in by the validation context (`Names`), so that one pass finds every fault of every field.
Relations between fields stand in `checks.py`. Field names are the keys of the TOML file; docs/configuration.md explains
each one.
"""

from __future__ import annotations

import datetime
import hashlib
import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

from cross_market_connect.domain.clock import CalendarClock

BASE_CURRENCY = "CNY"
# Calendar times of a configuration are China and Hong Kong time, which are the same all year.
CALENDAR_UTC_OFFSET_S = 28_800
SOURCE_KINDS = ("fix_orders", "fix_quotes", "omd_d")
LIMIT_FIELDS = (
    "order_lots_max",
    "order_value_max",
    "position_lots_max",
    "naked_value_max",
    "margin_max",
    "orders_per_second_max",
)
SCOPES = ("strategy", "instrument", "market", "account", "firm")  # the most specific first


@dataclass(frozen=True)
class Names:
    """What fields may refer to: symbols of the reference tables, symbols declared, order sources, venues."""

    known_symbols: tuple[str, ...] = ()
    declared_symbols: tuple[str, ...] = ()
    order_sources: tuple[str, ...] = ()
    venues: tuple[str, ...] = ()
    environment: Mapping[str, str] | None = None
    allow_non_loopback: bool = False


def one_of(value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"expected one of {', '.join(allowed) or '(none declared)'}")
    return value


def names_of(info: ValidationInfo) -> Names | None:
    return info.context if isinstance(info.context, Names) else None


def known_symbol(value: str, info: ValidationInfo) -> str:
    names = names_of(info)
    return value if names is None else one_of(value, names.known_symbols)


def declared_symbol(value: str, info: ValidationInfo) -> str:
    names = names_of(info)
    return value if names is None else one_of(value, names.declared_symbols)


def order_source(value: str, info: ValidationInfo) -> str:
    names = names_of(info)
    return value if names is None else one_of(value, names.order_sources)


def known_venue(value: str, info: ValidationInfo) -> str:
    names = names_of(info)
    return value if names is None else one_of(value, names.venues)


def allowed_host(value: str, info: ValidationInfo) -> str:
    """A loopback address, unless the engine allows others."""
    names = names_of(info)
    if names is None or names.allow_non_loopback or value == "localhost":
        return value
    try:
        loopback = ipaddress.ip_address(value).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise ValueError("expected a loopback address, or engine.allow_non_loopback = true")
    return value


def multicast_group(value: str) -> str:
    try:
        multicast = ipaddress.IPv4Address(value).is_multicast
    except ValueError:
        multicast = False
    if not multicast:
        raise ValueError("expected an IPv4 multicast address (224.0.0.0 to 239.255.255.255)")
    return value


def secret_variable(value: str, info: ValidationInfo) -> str:
    names = names_of(info)
    if names is not None and names.environment is not None and not names.environment.get(value):
        raise ValueError("expected this environment variable to hold the secret; it is not set")
    return value


def seconds_only(value: object) -> object:
    """A time of day without a zone: a zone would be taken for something that it is not."""
    if isinstance(value, datetime.time) and value.tzinfo is not None:
        raise ValueError("expected a local time without a zone")
    return value


def symbol_table(value: object) -> object:
    return {"symbol": value} if isinstance(value, str) else value


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Text = Annotated[str, Field(min_length=1, max_length=80)]
Port = Annotated[int, Field(ge=1, le=65_535)]
Milliseconds = Annotated[int, Field(ge=0, le=86_400_000)]
PositiveMilliseconds = Annotated[int, Field(ge=1, le=86_400_000)]
Ticks = Annotated[int, Field(ge=0, le=10_000)]
Lots = Annotated[int, Field(ge=1, le=1_000_000)]
Money = Annotated[Decimal, Field(gt=0, le=100_000_000_000)]
Positive = Annotated[Decimal, Field(gt=0, le=1_000_000, allow_inf_nan=False)]
Threshold = Annotated[Decimal, Field(ge=-1_000_000, le=1_000_000, allow_inf_nan=False)]
LocalTime = Annotated[datetime.time, AfterValidator(seconds_only)]
Host = Annotated[str, AfterValidator(allowed_host)]
Group = Annotated[str, AfterValidator(multicast_group)]
VenueName = Annotated[str, AfterValidator(known_venue)]
DeclaredSymbol = Annotated[str, AfterValidator(declared_symbol)]
SecretVariable = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$"), AfterValidator(secret_variable)]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Engine(Model):
    name: Name
    data_directory: Path
    log_segment_bytes: int = Field(default=67_108_864, ge=65_536, le=4_294_967_296)
    snapshot_every_records: int = Field(default=10_000, ge=100, le=100_000_000)
    capture: bool = True
    busy_poll: bool = False
    allow_non_loopback: bool = False


class Calendar(Model):
    mode: Literal["real", "demo"]
    date: datetime.date | None = None
    start: LocalTime | None = None
    end: LocalTime | None = None
    speed: Decimal = Field(default=Decimal(1), ge=Decimal("0.001"), le=1_000, decimal_places=3)
    skip: list[tuple[LocalTime, LocalTime]] = []

    @property
    def speed_milli(self) -> int:
        """Calendar seconds per 1,000 seconds."""
        return int(self.speed * 1000)

    def utc_ns(self, moment: datetime.time) -> int:
        """UTC of a local time on the calendar's date."""
        if self.date is None:
            raise ValueError("the calendar has no date")
        local = datetime.datetime.combine(self.date, moment, datetime.UTC)
        epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
        microseconds = (local - epoch) // datetime.timedelta(microseconds=1)
        return microseconds * 1_000 - CALENDAR_UTC_OFFSET_S * 1_000_000_000

    def end_utc_ns(self) -> int | None:
        """When the demonstration ends, in calendar time; None without an end."""
        return None if self.end is None else self.utc_ns(self.end)

    def clock(self, now_ns: int, utc_ns: int) -> CalendarClock:
        """The calendar that shows `utc_ns` (real) or `start` (demo) at the monotonic reading `now_ns`."""
        if self.mode == "real" or self.start is None:
            return CalendarClock(now_ns, utc_ns, 1_000, [], [])
        starts, ends = [self.utc_ns(pause[0]) for pause in self.skip], [self.utc_ns(pause[1]) for pause in self.skip]
        return CalendarClock(now_ns, self.utc_ns(self.start), self.speed_milli, starts, ends)


class InstrumentChoice(Model):
    """An instrument of the reference tables, with what this engine narrows or knows better."""

    symbol: Annotated[str, AfterValidator(known_symbol)]
    quantity_max_lots: Lots | None = None
    margin_per_lot: Money | None = None


class Source(Model):
    name: Name
    venue: VenueName


class FixSession(Source):
    host: Host
    port: Port
    sender_comp_id: Text
    target_comp_id: Text
    username: Text | None = None
    secret_env: SecretVariable | None = None
    heartbeat_s: int = Field(default=30, ge=1, le=600)
    reconnect_ms: PositiveMilliseconds = 1_000


class FixOrders(FixSession):
    kind: Literal["fix_orders"]
    account: Text
    acknowledge_timeout_ms: PositiveMilliseconds = 1_000
    cancel_on_disconnect: bool = False
    time_in_force: list[Literal["day", "ioc", "fok"]] = Field(min_length=1)


class FixQuotes(FixSession):
    kind: Literal["fix_quotes"]


class OmdD(Source):
    kind: Literal["omd_d"]
    interface: Host
    group: Group
    port: Port
    refresh_group: Group
    refresh_port: Port


AnySource = Annotated[FixOrders | FixQuotes | OmdD, Field(discriminator="kind")]


class Leg(Model):
    """`ratio` absent on a later leg: its quantity is matched by value with the first leg's."""

    instrument: DeclaredSymbol
    side: Literal[1, -1]
    ratio: Positive | None = None
    multiplier: Positive
    route: Annotated[str, AfterValidator(order_source)]
    payup_ticks: Ticks = 0
    quote_age_ms_max: PositiveMilliseconds


class PricingLeg(Model):
    instrument: DeclaredSymbol
    converts: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    value: Positive
    quote_age_ms_max: PositiveMilliseconds


class Trigger(Model):
    form: Literal["difference", "ratio"]
    price: Literal["executable"] = "executable"
    buy_enter: Threshold
    buy_exit: Threshold
    sell_enter: Threshold
    sell_exit: Threshold
    persistence_ms: Milliseconds = 0
    cool_down_ms: Milliseconds = 0
    hysteresis: Threshold = Field(default=Decimal(0), ge=0)
    minimum_units: Lots = 1
    triggers_per_minute_max: int = Field(ge=1, le=6_000)
    skew_ms_max: PositiveMilliseconds
    minutes_to_close_min: int = Field(ge=0, le=600)


class Quantity(Model):
    reference_lots: Lots
    position_units_max: Lots
    hedge_tolerance_percent: Decimal = Field(gt=0, le=100)


class LadderStep(Model):
    step: Literal["retry", "chase", "unwind", "halt"]
    attempts: int = Field(default=1, ge=1, le=100)
    payup_ticks: Ticks = 0
    slippage_ticks_max: Ticks = 0
    deadline_ms: PositiveMilliseconds = 1_000


class Spread(Model):
    name: Name
    version: Text
    deadline_ms: PositiveMilliseconds
    leg: list[Leg] = Field(min_length=2, max_length=8)
    pricing_leg: list[PricingLeg] = []
    trigger: Trigger
    quantity: Quantity
    ladder: list[LadderStep] = Field(min_length=1, max_length=16)


class Limit(Model):
    """Values in the base currency. `name` says which account, market, instrument or strategy; a firm has none."""

    scope: Literal["firm", "account", "market", "instrument", "strategy"]
    name: str = ""
    order_lots_max: Lots | None = None
    order_value_max: Money | None = None
    position_lots_max: Lots | None = None
    naked_value_max: Money | None = None
    margin_max: Money | None = None
    orders_per_second_max: int | None = Field(default=None, ge=1, le=10_000)


class Demonstration(Model):
    """What the simulated venues are told; the engine does not read it."""

    seed: int = Field(default=1, ge=0, le=2**63 - 1)
    faults: list[Text] = []


class Settings(Model):
    """A whole, checked configuration. Secrets are not in it: only the names of their environment variables."""

    engine: Engine
    calendar: Calendar
    instruments: list[Annotated[InstrumentChoice, BeforeValidator(symbol_table)]] = Field(min_length=1)
    source: list[AnySource] = Field(min_length=1)
    spread: list[Spread] = Field(min_length=1)
    limit: list[Limit] = Field(min_length=1)
    demo: Demonstration = Demonstration()
    reference_sha256: str = ""

    def canonical_json(self) -> str:
        """The same text for the same configuration: sorted keys, no spaces, decimals as texts. Holds no secret."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    def sha256(self) -> str:
        """Hash of the canonical text, in hexadecimal."""
        return hashlib.sha256(self.canonical_json().encode()).hexdigest()

    def order_sources(self) -> list[FixOrders]:
        """The sources that take orders, in the order of the file."""
        return [source for source in self.source if isinstance(source, FixOrders)]

    def source_index(self, name: str) -> int:
        """Position of a source in the file: the number that records call it by."""
        return [source.name for source in self.source].index(name)
