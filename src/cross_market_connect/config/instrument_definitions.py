"""Reads what a venue says its instruments are: from a capture, from FIX messages in a file, or from a CSV.

Whatever the source, a definition says what it knows and leaves out what it does not: nothing is filled in.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from cross_market_connect.domain.errors import InputError
from cross_market_connect.journal.capture import CaptureReader
from cross_market_connect.journal.file_store import capture_store
from cross_market_connect.journal.pcapng import BlockReader
from cross_market_connect.wire.mdp3 import DESCRIPTION_FILE
from cross_market_connect.wire.mdp3.codes import DEFINITION_FUTURE, SECURITY_DELETE
from cross_market_connect.wire.mdp3.decoder import END as MDP3_END
from cross_market_connect.wire.mdp3.decoder import PacketReader as Mdp3Reader
from cross_market_connect.wire.mdp3.faults import OK as MDP3_OK
from cross_market_connect.wire.mdp3.faults import FaultCounts as Mdp3Faults
from cross_market_connect.wire.mdp3.layout import Layouts
from cross_market_connect.wire.mdp3.messages import InstrumentDefinition
from cross_market_connect.wire.omd.faults import OK as OMD_OK
from cross_market_connect.wire.omd.faults import FaultCounts as OmdFaults
from cross_market_connect.wire.omd.omd_c import SECURITY_DEFINITION
from cross_market_connect.wire.omd.omd_c_messages import OMD_C
from cross_market_connect.wire.omd.omd_c_reader import OmdCReader
from cross_market_connect.wire.omd.omd_d import PRODUCT_FUTURE, SERIES_DEFINITION_BASE
from cross_market_connect.wire.omd.omd_d_reader import OmdDReader
from cross_market_connect.wire.omd.packet_reader import END as OMD_END
from cross_market_connect.wire.sbe.reader import read_schema
from cross_market_connect.wire.sbe.schema import NO_VALUE

SOURCES = ("mdp3-definitions", "omd-d", "omd-c", "fix-security-list")
CSV_COLUMNS = ("symbol", "id", "isin", "name", "name_zh", "currency", "tick", "multiplier", "lot", "expiry")
BILLION = Decimal(10) ** 9
# InstrumentEvent: the last moment of trading.
LAST_TRADE = 7
# Chicago's standard time: 16:00 there, the last close of a day, is the same date in UTC less six hours.
CHICAGO_STANDARD_NS = 6 * 3_600 * 10**9
DAY_NS = 86_400 * 10**9
# Tags of an instrument in a SecurityList (y) or a SecurityDefinition (d), FIX 4.4 and 5.0 SP2.
FIX_TAGS = {
    48: "id",
    55: "symbol",
    107: "name",
    15: "currency",
    969: "tick",
    231: "multiplier",
    561: "lot",
    541: "expiry",
}


class Definition:
    """What a venue says of one instrument. `fields` are of CSV_COLUMNS, numbers as Decimal, `expiry` as YYYYMMDD."""

    def __init__(self, place: str, symbol: str, **fields: Any) -> None:
        self.place = place
        self.symbol = symbol
        self.fields = {key: value for key, value in fields.items() if value not in (None, "", 0, Decimal(0))}


def read_definitions(source: str, path: Path) -> list[Definition]:
    """The definitions of a file or of a capture's directory, each instrument once per wording.

    Raises InputError: unknown source, unreadable file, no definition in it.
    """
    if source not in SOURCES:
        raise InputError([f"--from: {source}; expected one of {', '.join(SOURCES)}"])
    if not path.exists():
        raise InputError([f"{path}: no such file; expected a capture, a file of FIX messages or a CSV"])
    if path.suffix.lower() == ".csv":
        found = csv_definitions(path)
    elif source == "fix-security-list":
        found = fix_definitions(path)
    else:
        read = {"mdp3-definitions": mdp3_definitions, "omd-d": omd_d_definitions, "omd-c": omd_c_definitions}[source]
        found = list(read(datagrams(path)))
    once: dict[str, Definition] = {}
    for definition in found:
        once.setdefault(repr((definition.symbol, sorted(definition.fields.items()))), definition)
    if not once:
        raise InputError(
            [f"{path}: no definition of {source} in it; expected a capture that holds the definition loop"]
        )
    return list(once.values())


def datagrams(path: Path) -> Iterator[tuple[str, bytes]]:
    """What was captured, each with its place: a segment, or the directory of an engine's capture."""
    if path.is_dir():
        for packet in CaptureReader(capture_store(path, True)).packets():
            yield f"input {packet.input_seq}", packet.data
        return
    for number, packet in enumerate(BlockReader(path.read_bytes()).packets(), 1):
        yield f"packet {number}", packet.data


def mdp3_definitions(packets: Iterator[tuple[str, bytes]]) -> Iterator[Definition]:
    """Futures of MDP 3.0 (template 54). What is no packet of it is passed over: a capture holds other sources too."""
    layouts = Layouts(read_schema(DESCRIPTION_FILE.read_text(encoding="utf-8"), DESCRIPTION_FILE.name))
    reader = Mdp3Reader(Mdp3Faults(), layouts)
    for place, data in packets:
        if reader.open(data) != MDP3_OK:
            continue
        while (template := reader.next()) != MDP3_END:
            if template == DEFINITION_FUTURE:
                said = reader.definition()
                if said.update_action != SECURITY_DELETE:
                    yield mdp3_definition(place, said)


def mdp3_definition(place: str, said: InstrumentDefinition) -> Definition:
    """Prices on the wire times the display factor are conventional ones; both are whole billionths."""
    tick = billionths(said.min_price_increment) * billionths(said.display_factor)
    money = billionths(said.min_price_increment_amount)
    multiplier = money / tick if tick and money else billionths(said.unit_of_measure_qty)
    expiry = 0
    for event in said.events:
        if event.event_type == LAST_TRADE:
            expiry = date_of_ns(int(event.event_time) - CHICAGO_STANDARD_NS)
    return Definition(
        place,
        said.symbol,
        id=str(said.security_id),
        currency=said.currency,
        tick=tick,
        multiplier=multiplier,
        expiry=expiry,
    )


def billionths(value: int) -> Decimal:
    return Decimal(0) if value == NO_VALUE else Decimal(int(value)) / BILLION


def date_of_ns(utc_ns: int) -> int:
    day = datetime.date(1970, 1, 1) + datetime.timedelta(days=utc_ns // DAY_NS)
    return day.year * 10_000 + day.month * 100 + day.day


def omd_d_definitions(packets: Iterator[tuple[str, bytes]]) -> Iterator[Definition]:
    """Futures of OMD-D: Series Definition Base (303). Tick and multiplier are of the class and are not told there."""
    reader = OmdDReader(OmdFaults())
    for place, data in packets:
        if reader.open(data) != OMD_OK:
            continue
        while (kind := reader.next()) != OMD_END:
            if kind == SERIES_DEFINITION_BASE:
                said = reader.series_definition_base()
                if said.financial_product == PRODUCT_FUTURE:
                    expiry = int(said.expiration_date) if said.expiration_date.isdecimal() else 0
                    yield Definition(place, said.symbol, id=str(said.orderbook_id), expiry=expiry)


def omd_c_definitions(packets: Iterator[tuple[str, bytes]]) -> Iterator[Definition]:
    """Securities of OMD-C: Security Definition (11)."""
    reader = OmdCReader(OmdFaults())
    described = OMD_C.message(SECURITY_DEFINITION)
    for place, data in packets:
        if reader.open(data) != OMD_OK:
            continue
        while (kind := reader.next()) != OMD_END:
            if kind == SECURITY_DEFINITION:
                code = str(reader.number(described.field("SecurityCode")))
                yield Definition(
                    place,
                    code,
                    id=code,
                    isin=reader.text(described.field("ISINCode")),
                    name=reader.text(described.field("SecurityShortName")),
                    name_zh=reader.text(described.field("SecurityNameGB")),
                    currency=reader.text(described.field("CurrencyCode")),
                    lot=Decimal(int(reader.number(described.field("LotSize")))),
                )


def fix_definitions(path: Path) -> list[Definition]:
    """Instruments of SecurityList (y) and SecurityDefinition (d), one message a line; SOH or | ends a field."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        begin = line.find("8=FIX")
        if begin < 0:
            continue
        fields = [part.partition("=") for part in re.split("[\x01|]", line[begin:]) if part]
        tags = [(int(tag), value) for tag, equals, value in fields if equals and tag.isdecimal()]
        if dict(tags).get(35) in ("y", "d"):
            found += fix_instruments(f"{path.name}:{number}", tags)
    return found


def fix_instruments(place: str, tags: list[tuple[int, str]]) -> list[Definition]:
    """Each Symbol (55) begins an instrument. Its ISIN is an alternative id, or SecurityID, whose source is 4."""
    entries: list[list[tuple[int, str]]] = []
    for tag, value in tags:
        if tag == 55:
            entries.append([])
        if entries:
            entries[-1].append((tag, value))
    result = []
    for entry in entries:
        values: dict[str, Any] = {FIX_TAGS[tag]: value for tag, value in entry if tag in FIX_TAGS}
        if dict(entry).get(22) == "4":
            values["isin"] = values.pop("id", "")
        result.append(definition_of(place, values))
    return result


def csv_definitions(path: Path) -> list[Definition]:
    """A line for each instrument, with `symbol` and any of CSV_COLUMNS. Raises InputError with every fault."""
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    head = rows[0] if rows else []
    faults = [
        f"{path.name}:1:{at}: {name!r}; expected one of {', '.join(CSV_COLUMNS)}"
        for at, name in enumerate(head, 1)
        if name not in CSV_COLUMNS
    ]
    if "symbol" not in head:
        faults.append(f"{path.name}:1: no column symbol; expected one")
    found = []
    for number, cells in enumerate(rows[1:], 2):
        if len(cells) != len(head):
            faults.append(f"{path.name}:{number}: {len(cells)} cells; expected {len(head)}")
        elif not faults:
            try:
                found.append(definition_of(f"{path.name}:{number}", dict(zip(head, cells, strict=True))))
            except InputError as error:
                faults += error.faults
    if faults:
        raise InputError(faults)
    return found


def definition_of(place: str, values: dict[str, Any]) -> Definition:
    """A definition from texts. Raises InputError with every value that is none."""
    faults = []
    for key in ("tick", "multiplier", "lot"):
        if values.get(key):
            try:
                values[key] = Decimal(values[key])
            except InvalidOperation:
                faults.append(f"{place} {key}: {values[key]!r}; expected a number")
    if values.get("expiry"):
        digits = str(values["expiry"]).replace("-", "")
        if len(digits) != 8 or not digits.isdecimal():
            faults.append(f"{place} expiry: {values['expiry']!r}; expected a date such as 2021-01-15 or 20210115")
        values["expiry"] = int(digits) if digits.isdecimal() else 0
    if not values.get("symbol"):
        faults.append(f"{place} symbol: missing; expected the venue's symbol")
    if faults:
        raise InputError(faults)
    return Definition(place, str(values.pop("symbol")), **values)
