"""The sections of a configuration as models. Each field checks itself, also against the names that others declare.

Relations between fields stand in `checks.py`; a spread's sections in `spread_models.py`. Field names are the keys of
the TOML file; docs/configuration.md explains each one.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from cross_market_connect.config.cost_models import Cost
from cross_market_connect.config.fields import (
    ConditionLots,
    Days,
    Flag,
    Group,
    Host,
    LocalDate,
    LocalTime,
    Lots,
    Milliseconds,
    Model,
    Money,
    Name,
    Port,
    PositiveMilliseconds,
    SecretVariable,
    Text,
    VenueName,
    known_symbol,
    symbol_table,
)
from cross_market_connect.config.session_models import SessionTerms
from cross_market_connect.config.spread_models import Spread
from cross_market_connect.domain.clock import CalendarClock
from cross_market_connect.domain.errors import InputError
from cross_market_connect.wire.fix.versions import dictionary_of

# Calendar times of a configuration are China and Hong Kong time, which are the same all year.
CALENDAR_UTC_OFFSET_S = 28_800
SOURCE_KINDS = ("fix_orders", "fix_quotes", "fix_drop_copy", "omd_d", "omd_c", "mdp3")
# Limits that need not be set: without one nothing is limited.
OPTIONAL_LIMIT_FIELDS = (
    "orders_per_second_reserve",
    "orders_per_day_max",
    "cancels_per_day_max",
    "self_trades_per_day_max",
    "opened_lots_per_day_max",
)
LIMIT_FIELDS = (
    "order_lots_max",
    "order_value_max",
    "position_lots_max",
    "naked_value_max",
    "margin_max",
    "orders_per_second_max",
)
# What belongs to a session with `tls = true` only.
TLS_KEYS = ("ca_file", "certificate_file", "key_file", "server_name")
# Keys that came when there were configurations already: at their defaults these mean what they did.
CHOICES = (
    "reconnect_max_ms",
    *("version", "extra_fields", "extra_members", "lacks", "session"),
    *("tls", *TLS_KEYS),
    *("gateway", "encryption_key_file", "bcan"),
    *("time_offset_minutes", "application_version"),
)
# Between two attempts where nothing else is stated: orders of a session that is off may be open.
RECONNECT_MAX_MS = 5_000
SCOPES = ("strategy", "instrument", "market", "account", "firm")  # the most specific first


DayCount = Annotated[int, Field(ge=0, le=1_000_000_000)]


class Engine(Model):
    name: Name
    data_directory: Path
    log_segment_bytes: int = Field(default=67_108_864, ge=8_388_608, le=4_294_967_296)  # the largest record fits
    snapshot_every_records: int = Field(default=10_000, ge=50, le=100_000_000)
    capture: Flag = True
    busy_poll: Flag = False
    allow_non_loopback: Flag = False
    duplicate_orders_max: int | None = Field(default=None, ge=1, le=10_000)
    duplicate_window_ms: PositiveMilliseconds = 1_000
    self_trade_wait_ms: Milliseconds = 200
    throttle_margin_ms: Milliseconds = 5


class Calendar(Model):
    mode: Literal["real", "demo"]
    date: LocalDate | None = None
    start: LocalTime | None = None
    end: LocalTime | None = None
    speed: Decimal = Field(default=Decimal(1), ge=Decimal("0.001"), le=1_000, decimal_places=3)
    skip: list[tuple[LocalTime, LocalTime]] = []
    table: Path | None = None

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


class Symbology(Model):
    """An operator's own tables over the package's; each may be absent."""

    instruments: Path | None = None
    products: Path | None = None
    statistics: Path | None = None


class InstrumentChoice(Model):
    """An instrument of the reference tables, with what this engine narrows or knows better."""

    symbol: Annotated[str, AfterValidator(known_symbol)]
    quantity_max_lots: Lots | None = None
    margin_per_lot: Money | None = None
    odd_lots_sell: Flag = False
    borrow_lots: ConditionLots | None = None
    quota_lots: ConditionLots | None = None
    sellable_lots: ConditionLots | None = None
    close_today_lots: ConditionLots | None = None
    days_to_last_trading: Days | None = None
    days_to_first_notice: Days | None = None
    corporate_action: Flag = False
    snapshot_period_ms: Milliseconds = 0
    skew_uncertainty_ms: Milliseconds = 0


class VenueClockBounds(Model):
    """What is known beforehand of a feed's or session's stamps: the shortest way from the venue takes this long."""

    way_min_us: int = Field(ge=0, le=1_000_000)
    way_max_us: int = Field(ge=0, le=1_000_000)
    stamp_unit_us: int = Field(default=1_000, ge=0, le=60_000_000)
    snapshot_period_ms: Milliseconds = 0
    queue_max_ms: PositiveMilliseconds = 200


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
    reconnect_max_ms: PositiveMilliseconds | None = None
    clock: VenueClockBounds | None = None
    tls: Flag = False
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    server_name: Text | None = None
    version: Literal["FIX.4.2", "FIX.4.4", "FIX.5.0SP2", "STEP.1.2"] = "FIX.4.4"
    extra_fields: str = ""
    extra_members: str = ""
    session: SessionTerms = SessionTerms()

    def longest_pause_ms(self) -> int:
        """Between two attempts to connect."""
        return max(self.reconnect_ms, RECONNECT_MAX_MS) if self.reconnect_max_ms is None else self.reconnect_max_ms

    @model_validator(mode="after")
    def speaks_its_dialect(self) -> Self:
        """The counterparty's own rows must fit the version's dictionary."""
        try:
            dictionary_of(self.version, self.extra_fields, self.extra_members)
        except InputError as error:
            raise ValueError(
                f"expected extra_fields and extra_members that fit {self.version}: {'; '.join(error.faults)}"
            ) from error
        return self

    @model_serializer(mode="wrap")
    def without_what_is_usual(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """What a configuration does not choose is not in its text: it is what it was before there was a choice."""
        fields: dict[str, Any] = handler(self)
        usual = {key: field.default for key, field in type(self).model_fields.items() if key in CHOICES}
        for key, value in usual.items():
            if getattr(self, key) == value:
                fields.pop(key, None)
        return fields


class ThrottleWindow(Model):
    """A venue's message throttle: most orders, cancels and replaces in any `window_ms`."""

    messages_max: int = Field(ge=1, le=100_000)
    window_ms: PositiveMilliseconds
    reserve: int | None = Field(default=None, ge=0)


class FixOrders(FixSession):
    kind: Literal["fix_orders"]
    gateway: Literal["fix", "ocg_c"] = "fix"
    encryption_key_file: Path | None = None
    bcan: Annotated[str, Field(pattern=r"^[0-9A-Z]{6}\.[1-9][0-9]{0,9}$")] | None = None
    account: Text
    acknowledge_timeout_ms: PositiveMilliseconds = 1_000
    cancel_on_disconnect: Flag = False
    time_in_force: list[Literal["day", "ioc", "fok"]] = Field(min_length=1)
    market_orders: Flag = False
    lacks: list[Literal["order_list", "replace", "mass_cancel", "status", "mass_status"]] = []
    throttle: list[ThrottleWindow] = []


class FixQuotes(FixSession):
    kind: Literal["fix_quotes"]
    time_offset_minutes: int | None = Field(default=None, strict=True, ge=-840, le=840)
    application_version: Text | None = None

    def time_offset_s(self) -> int:
        """What the times in its messages are ahead of UTC: in STEP China's time, where nothing else is stated."""
        if self.time_offset_minutes is None:
            return CALENDAR_UTC_OFFSET_S if self.version == "STEP.1.2" else 0
        return self.time_offset_minutes * 60


class FixDropCopy(FixSession):
    """Copies of the reports about the accounts of the sources that `copies` names; in the version of those."""

    kind: Literal["fix_drop_copy"]
    copies: list[Name] = Field(min_length=1)


class Line(Model):
    """One multicast group."""

    group: Group
    port: Port


class Server(Model):
    """Where a service listens."""

    host: Host
    port: Port


class Recovery(Server):
    """A venue's service over TCP that sends again what a feed missed.

    `backup` is another server of the service; `channel` the number by which it knows the feed's live channel; one
    request is for `range_max` messages at most, or packets, where those are numbered.
    """

    backup: Server | None = None
    channel: int = Field(ge=0, le=65_535)
    range_max: int = Field(default=10_000, ge=1, le=1_000_000)
    requests_per_day_max: int = Field(default=1_000, ge=1, le=1_000_000)
    answer_timeout_ms: PositiveMilliseconds = 500
    reconnect_ms: PositiveMilliseconds = 1_000


class Retransmission(Recovery):
    username: Annotated[str, Field(pattern=r"^[!-~]{1,12}$")]


class Replay(Recovery):
    username: Annotated[str, Field(pattern=r"^[!-~]{1,40}$")]
    secret_env: SecretVariable
    range_max: int = Field(default=2_000, ge=1, le=2_000)
    reconnect_ms: PositiveMilliseconds = 100


class Multicast(Source):
    """A source of datagrams."""

    interface: Host
    kernel_stamps: Flag = False
    clock: VenueClockBounds | None = None

    def recovery(self) -> Recovery | None:
        """The service that sends again what was missed; None where there is none, or it is not used."""
        return None


class Omd(Multicast):
    """A channel of a flavour of OMD with its refresh channel."""

    group: Group
    port: Port
    refresh_group: Group
    refresh_port: Port
    second_line: Line | None = None
    retransmission: Retransmission | None = None

    def recovery(self) -> Recovery | None:
        """The retransmission service."""
        return self.retransmission

    def live(self) -> list[Line]:
        """The lines of the real-time channel."""
        first = Line(group=self.group, port=self.port)
        return [first] if self.second_line is None else [first, self.second_line]

    def refresh(self) -> list[Line]:
        """The refresh channel."""
        return [Line(group=self.refresh_group, port=self.refresh_port)]


class OmdD(Omd):
    kind: Literal["omd_d"]


class OmdC(Omd):
    kind: Literal["omd_c"]
    orders_max: int = Field(default=131_072, ge=0, le=8_000_000)


class Mdp3(Multicast):
    kind: Literal["mdp3"]
    incremental: list[Line] = Field(min_length=1, max_length=2)
    snapshot: list[Line] = Field(min_length=1, max_length=2)
    definitions: list[Line] = Field(min_length=1, max_length=2)
    book: Literal["price", "order"] = "price"
    order_snapshot: list[Line] = Field(default=[], max_length=2)
    orders_max: int = Field(default=131_072, ge=1, le=8_000_000)
    implied: Literal["apart", "combined"] = "apart"
    templates: Path | None = None
    replay: Replay | None = None

    def recovery(self) -> Recovery | None:
        """The TCP replay."""
        return self.replay

    def live(self) -> list[Line]:
        """The lines of the incremental channel."""
        return self.incremental

    def refresh(self) -> list[Line]:
        """The loops of snapshots and of definitions."""
        return self.snapshot + self.definitions + self.order_snapshot


FeedSource = OmdD | OmdC | Mdp3
AnySource = Annotated[FixOrders | FixQuotes | FixDropCopy | OmdD | OmdC | Mdp3, Field(discriminator="kind")]


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
    orders_per_second_reserve: int | None = Field(default=None, ge=0, le=10_000)
    orders_per_day_max: DayCount | None = None
    cancels_per_day_max: DayCount | None = None
    self_trades_per_day_max: DayCount | None = None
    opened_lots_per_day_max: DayCount | None = None


class Person(Model):
    """A user of this machine who may give commands, and in which roles."""

    name: Text
    roles: list[Literal["trader", "risk_officer", "operator", "auditor"]] = Field(min_length=1)


class Conformance(Model):
    """What `xmc conformance` may trade at a counterparty's test environment; the engine does not read it."""

    instrument: Text
    lots: int = Field(ge=2, le=1_000_000)
    rests_at: Decimal
    trades_at: Decimal
    wait_ms: PositiveMilliseconds = 5_000


class Demonstration(Model):
    """What the simulated venues are told; the engine does not read it."""

    seed: int = Field(default=1, ge=0, le=2**63 - 1)
    faults: list[Text] = []


class Settings(Model):
    """A whole, checked configuration. Secrets are not in it: only the names of their environment variables.

    What is no section of the file is computed when it is loaded: `continuous`, the file's continuous names with the
    contracts that stand in their places, and the hash of the reference tables.
    """

    engine: Engine
    calendar: Calendar
    instruments: list[Annotated[InstrumentChoice, BeforeValidator(symbol_table)]] = Field(min_length=1)
    source: list[AnySource] = Field(min_length=1)
    spread: list[Spread] = Field(min_length=1)
    limit: list[Limit] = Field(min_length=1)
    cost: list[Cost] = []
    person: list[Person] = []
    demo: Demonstration = Demonstration()
    conformance: Conformance | None = None
    symbology: Symbology = Symbology()
    continuous: dict[str, str] = {}
    reference_sha256: str = ""

    def canonical_json(self) -> str:
        """The same text for the same configuration: sorted keys, no spaces, decimals as texts. Holds no secret.

        Nor what is only for the conformance suite, which no engine reads.
        """
        fields = self.model_dump(mode="json", exclude={"conformance"})
        return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    def sha256(self) -> str:
        """Hash of the canonical text, in hexadecimal."""
        return text_sha256(self.canonical_json())

    def order_sources(self) -> list[FixOrders]:
        """The sources that take orders, in the order of the file."""
        return [source for source in self.source if isinstance(source, FixOrders)]

    def recoveries(self) -> list[tuple[int, FeedSource, Recovery]]:
        """The recovery services in the order of their feeds, each a stream of its own, numbered after all sources."""
        found: list[tuple[int, FeedSource, Recovery]] = []
        for source in self.source:
            if isinstance(source, Multicast):
                recovery = source.recovery()
                if recovery is not None:
                    found.append((len(self.source) + len(found), source, recovery))
        return found

    def source_index(self, name: str) -> int:
        """Position of a source in the file: the number that records call it by."""
        return [source.name for source in self.source].index(name)


def text_sha256(canonical: str) -> str:
    """Hash of a configuration's canonical text, in hexadecimal."""
    return hashlib.sha256(canonical.encode()).hexdigest()
