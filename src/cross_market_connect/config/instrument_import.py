"""What `xmc instruments import` finds: how a venue's definitions differ from the tables, and a proposal to take over.

Nothing is changed: the proposal is a file of rows for people to read, complete and put into their own table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from cross_market_connect.config.calendar_day import day_text
from cross_market_connect.config.instrument_definitions import Definition, read_definitions
from cross_market_connect.config.instrument_search import plain_number
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.words import counted
from cross_market_connect.reference.instrument_rows import InstrumentRow
from cross_market_connect.reference.table_reader import LAST_DAY
from cross_market_connect.reference.tables import Reference

# source: (scheme of the symbol, scheme of the id, the venues that it may speak of)
SCHEMES_OF: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "mdp3-definitions": ("mdp3", "mdp3_id", ("XCME", "XCEC", "XNYM", "XCBT")),
    "omd-d": ("omd_d", "omd_d_id", ("XHKF",)),
    "omd-c": ("omd_c", "omd_c", ("XHKG",)),
    "fix-security-list": ("", "", ()),
}
NEEDED = (
    "venue",
    "name",
    "name_zh",
    "currency",
    "price_decimals",
    "tick",
    "multiplier",
    "session",
    "quantity_max_lots",
    "margin_per_lot",
)


def compare(
    reference: Reference, source: str, path: Path, day: int, party: str, venue: str, proposal: Path | None
) -> dict[str, Any]:
    """The differences between the definitions and what the tables say on the day.

    Args:
        party: of fix-security-list, the counterparty NAME in the scheme fix.NAME.
        venue: the market that a list of FIX or a CSV speaks of; its rows that are missing there count as vanished.
        proposal: the file to write; nothing is written when None.

    Raises InputError: what cannot be read; a proposal that exists already.
    """
    if proposal is not None and proposal.exists():
        raise InputError([f"{proposal}: exists already; expected a new file for the proposal"])
    definitions = read_definitions(source, path)
    symbol_scheme, id_scheme, venues = SCHEMES_OF[source]
    symbol_scheme = symbol_scheme or f"fix.{party or 'counterparty'}"
    venues = (venue,) if venue else venues
    matched: dict[str, list[Definition]] = {}
    new: list[Definition] = []
    for definition in definitions:
        row = row_for(reference, definition, symbol_scheme, venues, day)
        if row is None:
            new.append(definition)
        else:
            matched.setdefault(row.key, []).append(definition)
    changes = []
    for key, said in matched.items():
        row = reference.find_row(key, day)
        if row is not None:
            changes += changes_of(row, said[0], symbol_scheme, id_scheme)
    answer: dict[str, Any] = {
        "source": source,
        "file": str(path),
        "date": day_text(day),
        "definitions": len(definitions),
        "agreeing": len(matched) - len({change["symbol"] for change in changes}),
        "new": [new_fields(definition) for definition in new],
        "changed": changes,
        "vanished": vanished(reference, matched, definitions, venues, day),
        "contradictions": contradictions(definitions),
        "proposal": "",
    }
    if proposal is not None:
        text = proposal_text(reference, answer, new, symbol_scheme, id_scheme, venues, day)
        proposal.write_text(text, encoding="utf-8")
        answer["proposal"] = str(proposal)
    return answer


def row_for(
    reference: Reference, definition: Definition, scheme: str, venues: Sequence[str], day: int
) -> InstrumentRow | None:
    """The table's row of the day that a definition speaks of: by its name in the scheme, or by the venue's symbol."""
    for row in reference.instruments:
        if row.holds_on(day) and row.symbols.get(scheme) == definition.symbol:
            return row
    for row in reference.instruments:
        if row.holds_on(day) and row.venue in venues and row.venue_symbol == definition.symbol:
            return row
    for mic in venues:
        try:
            found = reference.contracts.find(f"{mic}.{definition.symbol.upper()}", day)
            if found is not None:
                return reference.find_row(found[1].symbol, day)
        except InputError:
            continue  # beyond the calendar the table knows no contract
    return None


def said_of(
    row: InstrumentRow, definition: Definition, symbol_scheme: str, id_scheme: str
) -> list[tuple[str, str, str]]:
    """What table and venue say of the same thing: (key, the table's, the venue's); what the venue leaves out is not."""
    said = definition.fields
    pairs: list[tuple[str, Any, Any]] = [
        ("tick", row.tick, said.get("tick")),
        (
            "multiplier",
            row.multiplier,
            said.get("multiplier", said.get("lot") if row.type in ("share", "fund") else None),
        ),
        ("currency", row.currency, said.get("currency")),
        ("expiry", row.expiry, said.get("expiry")),
        ("symbols.isin", row.symbols.get("isin", ""), said.get("isin")),
        (f"symbols.{symbol_scheme}", row.symbols.get(symbol_scheme, ""), definition.symbol),
    ]
    if id_scheme and id_scheme != symbol_scheme:
        pairs.append((f"symbols.{id_scheme}", row.symbols.get(id_scheme, ""), said.get("id")))
    return [(key, text_of(mine), text_of(theirs)) for key, mine, theirs in pairs if theirs not in (None, "")]


def text_of(value: Any) -> str:
    if isinstance(value, Decimal):
        return plain_number(value.normalize())
    if isinstance(value, int):
        return "" if value == LAST_DAY else day_text(value)
    return str(value)


def changes_of(row: InstrumentRow, definition: Definition, symbol_scheme: str, id_scheme: str) -> list[dict[str, str]]:
    """Each thing that the venue says otherwise; `table` is empty where the table says nothing."""
    return [
        {"symbol": row.key, "key": key, "table": mine, "venue": theirs, "place": definition.place}
        for key, mine, theirs in said_of(row, definition, symbol_scheme, id_scheme)
        if mine != theirs
    ]


def vanished(
    reference: Reference,
    matched: Mapping[str, list[Definition]],
    definitions: Sequence[Definition],
    venues: Sequence[str],
    day: int,
) -> list[str]:
    """Rows of the day at the source's venues, and listed contracts of products of which others are defined, that no
    definition names."""
    result = [
        row.key
        for row in reference.instruments
        if row.holds_on(day) and row.tradable and row.venue in venues and row.key not in matched
    ]
    codes = [definition.symbol for definition in definitions]
    for product in reference.contracts.products:
        if product.venue not in venues or not product.holds_on(day):
            continue
        if not any(product.month_in(code, day) >= 0 for code in codes):
            continue
        try:
            listed = reference.contracts.listed(product, day)
        except InputError:
            continue
        result += [contract.symbol for contract in listed if contract.code not in codes]
    return list(dict.fromkeys(result))


def contradictions(definitions: Sequence[Definition]) -> list[str]:
    """Definitions that say different things of one symbol, or give one id to two."""
    result = []
    by_symbol: dict[str, Definition] = {}
    by_id: dict[str, Definition] = {}
    for definition in definitions:
        first = by_symbol.setdefault(definition.symbol, definition)
        for key, value in definition.fields.items():
            if first.fields.get(key, value) != value:
                said = f"{text_of(first.fields[key])} at {first.place}, {text_of(value)} at {definition.place}"
                result.append(f"{definition.symbol}.{key}: {said}; expected one value")
        identifier = str(definition.fields.get("id", ""))
        other = by_id.setdefault(identifier, definition) if identifier else definition
        if other.symbol != definition.symbol:
            said = f"{other.symbol} at {other.place}, {definition.symbol} at {definition.place}"
            result.append(f"id {identifier}: {said}; expected one symbol")
    return result


def new_fields(definition: Definition) -> dict[str, str]:
    said = {key: text_of(value) for key, value in definition.fields.items()}
    return {"symbol": definition.symbol, "place": definition.place, **said}


def proposal_text(
    reference: Reference,
    answer: Mapping[str, Any],
    new: Sequence[Definition],
    symbol_scheme: str,
    id_scheme: str,
    venues: Sequence[str],
    day: int,
) -> str:
    """Rows in the form of instruments.toml: changed ones as comments on what to change, new ones with what is known."""
    lines = [
        f"# Proposed on {day_text(day)} from {answer['source']}: {Path(answer['file']).name}. Nothing is in force yet:"
    ]
    lines.append(
        "# complete the rows, confirm them with the venue's notices, and put them into [symbology] instruments."
    )
    for change in answer["changed"]:
        said = f"{change['table'] or 'nothing'} in the table, {change['venue']} at the venue"
        lines.append(f"# CHANGED {change['symbol']}.{change['key']}: {said} ({change['place']})")
    lines += [f"# VANISHED {symbol}" for symbol in answer["vanished"]]
    lines += [f"# CONTRADICTION {text}" for text in answer["contradictions"]]
    mic = venues[0] if len(venues) == 1 else ""
    for definition in new:
        lines += ["", *new_row_lines(definition, mic, symbol_scheme, id_scheme, answer["source"], day)]
    return "\n".join(lines) + "\n"


def new_row_lines(
    definition: Definition, mic: str, symbol_scheme: str, id_scheme: str, source: str, day: int
) -> list[str]:
    said = definition.fields
    known: dict[str, str] = {"symbol": quoted(f"{mic or 'MIC'}.{definition.symbol.upper()}")}
    if mic:
        known["venue"] = quoted(mic)
    known["venue_symbol"] = quoted(definition.symbol)
    known |= {key: quoted(str(said[key])) for key in ("name", "name_zh", "currency") if key in said}
    if "tick" in said:
        known["tick"] = text_of(said["tick"])
        known["price_decimals"] = str(max(0, -int(said["tick"].normalize().as_tuple().exponent)))
    multiplier = said.get("multiplier", said.get("lot"))
    if multiplier is not None:
        known["multiplier"] = text_of(multiplier)
    names = {symbol_scheme: definition.symbol, id_scheme: said.get("id", ""), "isin": said.get("isin", "")}
    texts = [f"{scheme} = {quoted(str(name))}" for scheme, name in names.items() if scheme and name]
    known["symbols"] = "{ " + ", ".join(texts) + " }"
    if "expiry" in said:
        known["expiry"] = known["effective_until"] = day_text(said["expiry"])
    known["effective_from"] = day_text(day)
    known["source"] = quoted(f"{source}, {definition.place}")
    missing = [key for key in NEEDED if key not in known]
    return ["[[instrument]]", *(f"{key} = {value}" for key, value in known.items()), f"# missing: {', '.join(missing)}"]


def quoted(text: str) -> str:
    """A basic string of TOML; what a venue sends may hold anything."""
    safe = "".join(letter if letter >= " " and letter != "\x7f" else "?" for letter in text)
    return '"' + safe.replace("\\", "\\\\").replace('"', '\\"') + '"'


def import_lines(answer: Mapping[str, Any]) -> list[str]:
    """The differences, a line each."""
    found = counted(answer["definitions"], "definition")
    lines = [f"{found} of {answer['source']}, as in the table: {answer['agreeing']}"]
    for definition in answer["new"]:
        rest = " ".join(f"{key}={value}" for key, value in definition.items() if key not in ("symbol", "place"))
        lines.append(f"  new       {definition['symbol']}  {rest}")
    for change in answer["changed"]:
        lines.append(f"  changed   {change['symbol']}.{change['key']}: {change['table'] or '-'} -> {change['venue']}")
    lines += [f"  vanished  {symbol}" for symbol in answer["vanished"]]
    lines += [f"  CONTRADICTION {text}" for text in answer["contradictions"]]
    if answer["proposal"]:
        lines.append(f"proposal: {answer['proposal']}; nothing is in force until it stands in [symbology] instruments")
    return lines
