"""Where values come from: the TOML file, then the environment over it, then the caller's overrides over both.

An environment variable `XMC_SECTION__KEY` sets one key; entries of a list of tables are addressed by their name or
their number, as in `XMC_SOURCE__CCFX_ORDERS__PORT` or `XMC_SPREAD__0__LEG__1__PAYUP_TICKS`. A caller's override has the
same path with dots. Variables without a double underscore (secrets, build switches) are not settings.
"""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from cross_market_connect.domain.errors import InputError

PREFIX = "XMC_"
NAME_KEYS = ("name", "symbol", "instrument", "step")
Table = dict[str, object]
Placed = tuple[str, Table]


def read_toml(path: Path) -> Table:
    """Parse the file; numbers with a point stay exact. Raises InputError when it cannot be read or parsed."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError([f"{path}: {reason}; expected a readable TOML file"]) from error


def apply_environment(raw: Table, environment: Mapping[str, str], sections: Sequence[str], faults: list[str]) -> None:
    """Set every `XMC_SECTION__KEY` of the environment in `raw`; note those that address nothing."""
    for variable in sorted(environment):
        if not variable.startswith(PREFIX) or "__" not in variable:
            continue
        parts = variable[len(PREFIX) :].lower().split("__")
        if parts[0] not in sections or "" in parts:
            faults.append(f"{variable}: unknown setting; expected XMC_SECTION__KEY with one of {', '.join(sections)}")
            continue
        fault = set_value(raw, parts, parsed(environment[variable]))
        if fault:
            faults.append(f"{variable}: {fault}")


def apply_overrides(raw: Table, overrides: Mapping[str, object], faults: list[str]) -> None:
    """Set every override, addressed by a path with dots, in `raw`; note those that address nothing."""
    for path, value in overrides.items():
        fault = set_value(raw, path.split("."), value)
        if fault:
            faults.append(f"{path}: {fault}")


def parsed(text: str) -> object:
    """The text as a TOML value; a text that is none stands for itself."""
    try:
        return tomllib.loads(f"value = {text}", parse_float=Decimal)["value"]
    except ValueError:
        return text


def set_value(raw: Table, parts: Sequence[str], value: object) -> str:
    """Set the addressed key; the fault when the path leads nowhere, else an empty text."""
    node: object = raw
    for position, part in enumerate(parts):
        last = position == len(parts) - 1
        if isinstance(node, dict):
            if last:
                node[part] = value
            else:
                node = node.setdefault(part, {})
        elif isinstance(node, list):
            index = index_of(node, part)
            if index < 0:
                return f"no entry {part!r}; expected one of {', '.join(labels(node)) or 'none'}"
            if last:
                node[index] = value
            else:
                node = node[index]
        else:
            return f"{parts[position - 1]!r} has no keys; expected the path of a setting"
    return ""


def index_of(entries: list[object], part: str) -> int:
    """Position of the entry with that number or name; -1 when there is none."""
    if part.isdecimal():
        return int(part) if int(part) < len(entries) else -1
    found = [index for index, label in enumerate(labels(entries)) if plain(label) == plain(part)]
    return found[0] if found else -1


def labels(entries: list[object]) -> list[str]:
    """The name of each entry, or its number where it has none."""
    return [label_of(entry) or str(index) for index, entry in enumerate(entries)]


def label_of(entry: object) -> str:
    """The text that names an entry of a list; empty when nothing does."""
    if isinstance(entry, str):
        return entry
    if isinstance(entry, dict):
        for key in NAME_KEYS:
            if isinstance(entry.get(key), str) and entry[key]:
                return str(entry[key])
    return ""


def plain(label: str) -> str:
    """The label as an environment variable can spell it."""
    return "".join(letter if letter.isalnum() else "_" for letter in label.lower())


def tables_of(parent: Table, key: str, place: str = "") -> list[Placed]:
    """The tables of the list `key` with their places, as `source[1] ccfx_orders`; what is no table is left out."""
    entries = parent.get(key)
    if not isinstance(entries, list):
        return []
    prefix = f"{place}.{key}" if place else key
    return [
        (f"{prefix}[{index}] {label_of(entry)}".rstrip(), entry)
        for index, entry in enumerate(entries)
        if isinstance(entry, dict)
    ]


def table_of(parent: Table, key: str) -> Table:
    """The sub-table `key`; empty when there is none."""
    value = parent.get(key)
    return value if isinstance(value, dict) else {}


def number_of(table: Table, key: str) -> Decimal | None:
    """The number under `key`; None when it is none."""
    value = table.get(key)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    number = Decimal(value)
    return number if number.is_finite() else None


def moment_of(value: object) -> datetime.time | None:
    """The time of day under a key; None when it is none."""
    if isinstance(value, str):
        try:
            return datetime.time.fromisoformat(value)
        except ValueError:
            return None
    return value if isinstance(value, datetime.time) else None
