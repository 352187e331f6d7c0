"""Loads a configuration and reports every fault at once, each with its place, its value and what was expected."""

from __future__ import annotations

import datetime
import difflib
import json
import os
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from cross_market_connect.config import models, spread_models
from cross_market_connect.config.checks import relation_faults, symbols_of
from cross_market_connect.config.continuous import declared_rows, resolved_names, with_contracts
from cross_market_connect.config.fields import Model, Names
from cross_market_connect.config.layers import (
    Table,
    apply_environment,
    apply_overrides,
    label_of,
    read_toml,
    table_of,
    tables_of,
)
from cross_market_connect.config.models import CALENDAR_UTC_OFFSET_S, SOURCE_KINDS, Settings
from cross_market_connect.config.value_checks import dated_faults
from cross_market_connect.domain.errors import InputError
from cross_market_connect.reference.own_tables import OwnTables
from cross_market_connect.reference.table_reader import date_number
from cross_market_connect.reference.tables import Reference, load_reference

COMPUTED = ("continuous", "reference_sha256")
SECTIONS = tuple(name for name in Settings.model_fields if name not in COMPUTED)
ALL_KEYS = sorted(
    {
        name
        for model in (*vars(models).values(), *vars(spread_models).values())
        if isinstance(model, type) and issubclass(model, Model)
        for name in model.model_fields
    }
)
VALUE_CHARACTERS_MAX = 60
BOUNDS = {"min_length": "at least", "max_length": "at most"}


def load(
    path: Path,
    overrides: Mapping[str, object] | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    reference: Reference | None = None,
    today: datetime.date | None = None,
    require_secrets: bool = True,
) -> Settings:
    """Load the file, put the environment and the overrides over it, check everything.

    Args:
        path: the TOML file.
        overrides: values by path with dots, such as {"source.ccfx_orders.port": 9001}.
        environment: os.environ when absent.
        reference: the package's tables with the configured calendars when absent.
        today: the day for which instruments are looked up in real mode; the local day of China when absent.
        require_secrets: whether the variables that `secret_env` names must be set.

    Raises InputError with every fault.
    """
    environment = os.environ if environment is None else environment
    raw = read_toml(path)
    faults: list[str] = []
    apply_environment(raw, environment, SECTIONS, faults)
    apply_overrides(raw, overrides or {}, faults)
    faults += [f"{key}: unknown key; expected none, it is computed" for key in COMPUTED if key in raw]
    reference = reference or reference_of(raw)
    return checked(raw, environment if require_secrets else None, reference, today, faults)


def from_canonical_json(text: str, reference: Reference | None = None) -> Settings:
    """The settings of a log's configuration record. Raises InputError when the reference tables are others now."""
    raw = json.loads(text)
    reference = reference or reference_of(raw)
    found = raw.get("reference_sha256")
    if found != reference.sha256:
        raise InputError([f"reference_sha256: {found}; expected {reference.sha256}, the tables of this version"])
    return Settings.model_validate(raw)


def reference_of(raw: Table) -> Reference:
    """The reference tables with the files that a configuration names. Raises InputError with every fault."""
    table = table_of(raw, "calendar").get("table")
    names = [table_of(raw, "symbology").get(key) for key in ("instruments", "products", "statistics")]
    instruments, products, statistics = [Path(name) if isinstance(name, str) else None for name in names]
    own = OwnTables(instruments, products, statistics)
    return load_reference(calendar_file=Path(table) if isinstance(table, str) else None, own=own)


def reference_for(settings: Settings) -> Reference:
    """The reference tables with the files that the settings name. Raises InputError with every fault."""
    files = settings.symbology
    own = OwnTables(files.instruments, files.products, files.statistics)
    return load_reference(calendar_file=settings.calendar.table, own=own)


def checked(
    raw: Table,
    environment: Mapping[str, str] | None,
    reference: Reference,
    today: datetime.date | None,
    faults: list[str],
) -> Settings:
    day = lookup_day(raw, today)
    continuous = resolved_names(raw, reference, day, faults)
    raw = with_contracts(raw, continuous)
    rows, noted = declared_rows(symbols_of(raw), reference, day, faults)
    names = Names(
        known_symbols=tuple(dict.fromkeys([*reference.symbols(day), *rows, *noted])),
        declared_symbols=tuple(symbol for symbol in symbols_of(raw) if symbol in rows or symbol in noted),
        order_sources=tuple(
            str(source.get("name")) for _, source in tables_of(raw, "source") if source.get("kind") == "fix_orders"
        ),
        venues=tuple(row.key for row in reference.venues if row.effective_from <= day <= row.effective_until),
        environment=environment,
        allow_non_loopback=table_of(raw, "engine").get("allow_non_loopback") is True,
    )
    result: Settings | None = None
    try:
        computed = {"continuous": continuous, "reference_sha256": reference.sha256}
        result = Settings.model_validate({**raw, **computed}, context=names)
    except ValidationError as error:
        faults += [described(detail, raw) for detail in error.errors(include_url=False)]
    faults += relation_faults(raw, rows)
    faults += dated_faults(raw, rows, reference, day)
    if faults or result is None:
        raise InputError(faults)
    return result


def lookup_day(raw: Table, today: datetime.date | None) -> int:
    """The day (YYYYMMDD) for which instruments and venues are looked up: the calendar's date, or today."""
    date = table_of(raw, "calendar").get("date")
    if isinstance(date, str):
        try:
            date = datetime.date.fromisoformat(date)
        except ValueError:
            date = None
    if isinstance(date, datetime.date):
        return date_number(date)
    zone = datetime.timezone(datetime.timedelta(seconds=CALENDAR_UTC_OFFSET_S))
    return date_number(today or datetime.datetime.now(zone).date())


def described(detail: ErrorDetails, raw: Table) -> str:
    """One fault as "place: value; expected ...". The value of an unknown key is not shown: it may be a secret."""
    place = place_of(detail["loc"], raw)
    if detail["type"] == "missing":
        return f"{place}: missing; expected a value"
    if detail["type"] == "extra_forbidden":
        if detail["loc"][-1] in ALL_KEYS:
            return f"{place}: no key of this table; expected none, or the table that it belongs to"
        near = difflib.get_close_matches(str(detail["loc"][-1]), ALL_KEYS, 1)
        return f"{place}: unknown key; expected a documented one" + (f", perhaps {near[0]}" if near else "")
    if detail["type"] in ("union_tag_invalid", "union_tag_not_found"):
        return f"{place}.kind: expected one of {', '.join(SOURCE_KINDS)}"
    if detail["type"] == "string_pattern_mismatch":
        # A secret written where its variable's name belongs is not shown either.
        value = "" if detail["loc"][-1] == "secret_env" else f" {shown(detail['input'])};"
        return f"{place}:{value} expected a text that matches {detail['ctx']['pattern']}"
    if detail["type"] in ("too_short", "too_long"):
        bounds = [f"{word} {detail['ctx'][name]}" for name, word in BOUNDS.items() if name in detail["ctx"]]
        return f"{place}: {detail['ctx']['actual_length']} entries; expected {' '.join(bounds)}"
    expected = detail["msg"].removeprefix("Value error, ")
    expected = expected.replace("Input should be", "expected").replace("should", "expected to")
    if not expected.startswith("expected"):
        expected = f"expected another value: {expected}"
    # A fault of a whole table names the key itself.
    value = "" if isinstance(detail["input"], dict) else f" {shown(detail['input'])};"
    return f"{place}:{value} {expected}"


def place_of(location: tuple[int | str, ...], raw: Table) -> str:
    """The path of a value, each list's entry with its number and name."""
    node: object = raw
    result = ""
    for part in location:
        if isinstance(part, int):
            node = node[part] if isinstance(node, list) and part < len(node) else None
            result += f"[{part}] {label_of(node)}".rstrip()
        elif part in SOURCE_KINDS and isinstance(node, dict) and part not in node:
            continue  # the union's tag, no key of the file
        else:
            node = node.get(part) if isinstance(node, dict) else None
            result += f".{part}" if result else part
    return result


def shown(value: object) -> str:
    """The value as a person wrote it, shortened."""
    text = (
        value if isinstance(value, str) else str(value) if isinstance(value, Decimal | datetime.time) else repr(value)
    )
    return text if len(text) <= VALUE_CHARACTERS_MAX else text[: VALUE_CHARACTERS_MAX - 3] + "..."


def secret(source: models.FixSession, environment: Mapping[str, str] | None = None) -> str:
    """The source's secret, read from the environment now; empty when the source has none.

    Raises InputError when the variable is not set.
    """
    if source.secret_env is None:
        return ""
    return secret_in(f"source {source.name}.secret_env", source.secret_env, environment)


def secret_in(place: str, variable: str, environment: Mapping[str, str] | None = None) -> str:
    """The secret that the variable holds now. Raises InputError, naming the key's place, when it is not set."""
    value = (os.environ if environment is None else environment).get(variable, "")
    if not value:
        raise InputError([f"{place}: {variable} is not set; expected the secret in it"])
    return value
