"""Relations between the parts of a configuration: what no single field can know.

These checks read the parsed file and not the models, and skip what has the wrong shape (the models report that). So a
fault in one part never hides a fault in another, and one run names them all.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from cross_market_connect.config.fields import QUOTE_KINDS
from cross_market_connect.config.layers import Table, moment_of, number_of, table_of, tables_of
from cross_market_connect.config.models import LIMIT_FIELDS, OPTIONAL_LIMIT_FIELDS, SCOPES, TLS_KEYS
from cross_market_connect.config.session_models import session_faults
from cross_market_connect.config.spread_checks import spread_faults
from cross_market_connect.domain.errors import InputError
from cross_market_connect.reference.instrument_rows import InstrumentRow
from cross_market_connect.wire.fix.checks import TAG_NEXT_EXPECTED
from cross_market_connect.wire.fix.encoder import MSG_LOGON
from cross_market_connect.wire.fix.versions import dictionary_of

# HKEX OCG-C, "Establishing a Session": between a disconnection and the next attempt.
OCG_C_RECONNECT_MS_MIN = 10_000
# What the two ends of a session agree on about its messages, with what is usual.
DIALECT_KEYS = {"version": "FIX.4.4", "extra_fields": "", "extra_members": ""}
# Fields of a Logon by the key that asks for them.
LOGON_TAGS = {"username": 553, "secret_env": 554}
# What a source of quotes says of STEP.
STEP_KEYS = ("time_offset_minutes", "application_version")


def relation_faults(raw: Table, instruments: dict[str, InstrumentRow]) -> list[str]:
    """Every fault between the parts. `instruments` are the rows of the symbols that the file declares."""
    faults: list[str] = []
    faults += duplicate_faults(raw)
    faults += calendar_faults(table_of(raw, "calendar"))
    faults += source_faults(raw)
    faults += quoted_twice_faults(raw)
    faults += limit_name_faults(raw, instruments)
    for place, spread in tables_of(raw, "spread"):
        faults += spread_faults(place, spread, raw, instruments)
        faults += limit_faults(place, spread, raw, instruments)
    return faults


def duplicate_faults(raw: Table) -> Iterator[str]:
    keyed = [(place, "source " + str(entry.get("name"))) for place, entry in tables_of(raw, "source")]
    keyed += [(place, "spread " + str(entry.get("name"))) for place, entry in tables_of(raw, "spread")]
    keyed += [(place, f"limit {e.get('scope')} {e.get('name', '')}".rstrip()) for place, e in tables_of(raw, "limit")]
    keyed += [(place, "person " + str(entry.get("name"))) for place, entry in tables_of(raw, "person")]
    keyed += [(f"instruments[{index}]", f"instrument {symbol}") for index, symbol in enumerate(symbols_of(raw))]
    first: dict[str, str] = {}
    for place, key in keyed:
        if key in first:
            yield f"{place}: {key} stands twice; expected it once, at {first[key]}"
        first.setdefault(key, place)


def symbols_of(raw: Table) -> list[str]:
    """The declared symbols, in the order of the file."""
    entries = raw.get("instruments")
    if not isinstance(entries, list):
        return []
    found = [entry.get("symbol") if isinstance(entry, dict) else entry for entry in entries]
    return [symbol for symbol in found if isinstance(symbol, str)]


def calendar_faults(calendar: Table) -> Iterator[str]:
    if calendar.get("mode") == "demo":
        for key in ("date", "start"):
            if key not in calendar:
                yield f"calendar.{key}: missing; expected a value, since the mode is demo"
    elif calendar.get("mode") == "real":
        for key in ("date", "start", "end", "skip"):
            if key in calendar:
                yield f"calendar.{key}: {calendar[key]}; expected none, since the mode is real"
        if number_of(calendar, "speed") not in (None, Decimal(1)):
            yield f"calendar.speed: {calendar['speed']}; expected 1, since the mode is real"
    start, end = moment_of(calendar.get("start")), moment_of(calendar.get("end"))
    pauses = calendar.get("skip")
    edges = [edge for pause in pauses if isinstance(pause, list) for edge in pause] if isinstance(pauses, list) else []
    known = [moment for moment in (start, *(moment_of(edge) for edge in edges)) if moment is not None]
    if any(before >= after for before, after in zip(known, known[1:], strict=False)):
        yield f"calendar.skip: {pauses}; expected pauses that ascend, do not overlap and begin after the start"
    if start is not None and end is not None and end <= start:
        yield f"calendar.end: {end}; expected a time after the start {start}"


def source_faults(raw: Table) -> Iterator[str]:
    sessions: dict[tuple[str, ...], str] = {}
    for place, source in tables_of(raw, "source"):
        if "sender_comp_id" in source:
            keys = ("host", "port", "sender_comp_id", "target_comp_id")
            first = sessions.setdefault(tuple(str(source.get(key)) for key in keys), place)
            if first != place:
                yield f"{place}: the session of {first} once more; expected another sender_comp_id or address"
        for window_place, window in tables_of(source, "throttle", place):
            yield from reserve_faults(window_place, window, "messages_max", "reserve")
        if source.get("gateway") == "ocg_c" or source.get("encryption_key_file") is not None or "bcan" in source:
            yield from ocg_c_faults(place, source)
        elif ("username" in source) != ("secret_env" in source) and not has_password_alone(source):
            missing = "secret_env" if "username" in source else "username"
            yield f"{place}.{missing}: missing; expected username and secret_env together"
        if source.get("kind") in ("fix_orders", "fix_quotes") and source.get("gateway") != "ocg_c":
            yield from logon_faults(place, source, source)
        shortest, longest = source.get("reconnect_ms", 1_000), source.get("reconnect_max_ms")
        if isinstance(shortest, int) and isinstance(longest, int) and longest < shortest:
            yield f"{place}.reconnect_max_ms: {longest}; expected at least reconnect_ms ({shortest})"
        yield from step_faults(place, source)
        yield from tls_faults(place, source)
        yield from session_faults(place, source)
        if source.get("kind") == "fix_drop_copy":
            yield from drop_copy_faults(place, source, raw)
        if source.get("book") == "order" and not source.get("order_snapshot"):
            yield f"{place}.order_snapshot: missing; expected the lines of the snapshots by order, since book is order"
        if source.get("kind") == "mdp3" and source.get("book", "price") == "price":
            for key in ("order_snapshot", "orders_max"):
                if key in source:
                    yield f"{place}.{key}: {source[key]}; expected none, since book is price"
        clock = source.get("clock")
        if isinstance(clock, dict):
            shortest, longest = clock.get("way_min_us"), clock.get("way_max_us")
            if isinstance(shortest, int) and isinstance(longest, int) and shortest > longest:
                yield f"{place}.clock.way_max_us: {longest}; expected at least way_min_us ({shortest})"


def reserve_faults(place: str, window: Table, most: str, reserve: str) -> Iterator[str]:
    """A window that is all reserve opens nothing, ever."""
    whole, kept = number_of(window, most), number_of(window, reserve)
    if whole is not None and kept is not None and kept >= whole:
        yield f"{place}.{reserve}: {kept}; expected less than {most} ({whole})"


def ocg_c_faults(place: str, source: Table) -> Iterator[str]:
    """What HKEX's securities gateway wants, and what belongs to it alone."""
    if source.get("gateway") != "ocg_c":
        for key in ("encryption_key_file", "bcan"):
            if key in source:
                yield f"{place}.{key}: {source[key]}; expected none, since gateway is not ocg_c"
        return
    for key in ("secret_env", "encryption_key_file"):
        if key not in source:
            yield f"{place}.{key}: missing; expected it, since gateway is ocg_c"
    for key in ("username", "version", "extra_fields", "extra_members", "heartbeat_s"):
        if key in source:
            yield f"{place}.{key}: {source[key]}; expected none, since gateway is ocg_c, which decides it"
    reconnect_ms = source.get("reconnect_ms", 0)
    if isinstance(reconnect_ms, int) and reconnect_ms < OCG_C_RECONNECT_MS_MIN:
        yield f"{place}.reconnect_ms: {reconnect_ms or 'missing'}; expected at least {OCG_C_RECONNECT_MS_MIN}"


def has_password_alone(source: Table) -> bool:
    """Whether it logs on by Password (554) without a user, as gateways of STEP want it."""
    return source.get("version") == "STEP.1.2" and "username" not in source


def step_faults(place: str, source: Table) -> Iterator[str]:
    """STEP is for quotes, over a session that asks for nothing again; what is said of it belongs to it alone."""
    if source.get("version") != "STEP.1.2":
        for key in STEP_KEYS:
            if key in source and source.get("kind") == "fix_quotes":
                yield f"{place}.{key}: {source[key]}; expected none, since version is not STEP.1.2"
        return
    if source.get("kind") == "fix_orders":
        yield f"{place}.version: STEP.1.2; expected a version of FIX, since STEP is here for fix_quotes alone"
    terms = table_of(source, "session")
    for key in ("resend_range_max", "resend_open_ended"):
        if key in terms:
            yield f"{place}.session.{key}: {terms[key]}; expected none, since STEP never asks for anything again"


def drop_copy_faults(place: str, source: Table, raw: Table) -> Iterator[str]:
    """A drop copy is of sources that take orders, at one of their venues, and speaks as they do."""
    orders = {str(one.get("name")): one for _, one in tables_of(raw, "source") if one.get("kind") == "fix_orders"}
    names = source.get("copies")
    copied: list[Table] = []
    for name in names if isinstance(names, list) else []:
        if str(name) in orders:
            copied.append(orders[str(name)])
        else:
            known = ", ".join(orders) or "(none declared)"
            yield f"{place}.copies: {name}; expected sources of kind fix_orders, of {known}"
    for one in copied:
        if one.get("gateway", "fix") != "fix":
            name, gateway = one.get("name"), one["gateway"]
            yield f"{place}.copies: {name}; expected a source whose gateway is fix, and its is {gateway}"
        for key, usual in DIALECT_KEYS.items():
            if one.get(key, usual) != copied[0].get(key, usual):
                name, first = one.get("name"), copied[0].get("name")
                yield f"{place}.copies: {name}; expected sources of one {key}, and {first} has another"
    venues = [str(one.get("venue")) for one in copied]
    if venues and source.get("venue") not in venues:
        yield f"{place}.venue: {source.get('venue')}; expected that of a source in copies ({', '.join(venues)})"
    for key in DIALECT_KEYS:
        if key in source:
            yield f"{place}.{key}: {source[key]}; expected none, since the copy is in that of the sources in copies"
    if copied:
        yield from logon_faults(place, source, copied[0])


def logon_faults(place: str, source: Table, speaker: Table) -> Iterator[str]:
    """What a source's Logon cannot say in the version and with the rows of `speaker`."""
    version, *rows = (str(speaker.get(key, usual)) for key, usual in DIALECT_KEYS.items())
    try:
        dictionary = dictionary_of(version, *rows)
    except InputError:
        return  # the models name it
    key = "username" if "username" in source else "secret_env"
    asked = [(key, source[key], LOGON_TAGS[key])] if key in source else []
    if table_of(source, "session").get("next_expected") is True and source.get("kind") != "fix_quotes":
        asked.append(("session.next_expected", True, TAG_NEXT_EXPECTED))
    for key, value, tag in asked:
        if not dictionary.has_member(MSG_LOGON, tag):
            lacks = f"a Logon of {version} has no field {tag}"
            yield f"{place}.{key}: {value}; expected none, since {lacks}, or rows for it in extra_fields, extra_members"


def tls_faults(place: str, source: Table) -> Iterator[str]:
    """What is said about TLS without TLS protects nothing; a certificate and its key go together."""
    if source.get("tls") is not True:
        for key in TLS_KEYS:
            if key in source:
                yield f"{place}.{key}: {source[key]}; expected none, since tls is not true"
    if ("certificate_file" in source) != ("key_file" in source):
        missing = "key_file" if "certificate_file" in source else "certificate_file"
        yield f"{place}.{missing}: missing; expected certificate_file and key_file together"


def quoted_twice_faults(raw: Table) -> Iterator[str]:
    """A book has one writer. Only channels of MDP 3.0 share a venue: each brings the instruments that it defines."""
    first: dict[str, Table] = {}
    for place, source in tables_of(raw, "source"):
        venue, kind = str(source.get("venue")), source.get("kind")
        if kind not in QUOTE_KINDS:
            continue
        other = first.setdefault(venue, source)
        if other is not source and not (kind == other.get("kind") == "mdp3"):
            name = other.get("name")
            yield f"{place}.venue: {venue} is quoted by {name} already; expected one source of quotes for a venue"


def limit_name_faults(raw: Table, instruments: dict[str, InstrumentRow]) -> Iterator[str]:
    sources = [source for _, source in tables_of(raw, "source")]
    allowed: dict[str, list[str]] = {
        "account": sorted({str(source["account"]) for source in sources if "account" in source}),
        "market": sorted({row.venue for row in instruments.values()}),
        "instrument": list(instruments),
        "strategy": [str(spread.get("name")) for _, spread in tables_of(raw, "spread")],
    }
    for place, limit in tables_of(raw, "limit"):
        yield from reserve_faults(place, limit, "orders_per_second_max", "orders_per_second_reserve")
        scope, name = limit.get("scope"), str(limit.get("name", ""))
        if scope == "firm" and name:
            yield f"{place}.name: {name}; expected none, since the scope is firm"
        if isinstance(scope, str) and scope in allowed and name not in allowed[scope]:
            known = ", ".join(allowed[scope]) or "(none declared)"
            yield f"{place}.name: {name or 'missing'}; expected one of {known}, since the scope is {scope}"
        if not any(field in limit for field in LIMIT_FIELDS + OPTIONAL_LIMIT_FIELDS):
            known = ", ".join(LIMIT_FIELDS + OPTIONAL_LIMIT_FIELDS)
            yield f"{place}: limits nothing; expected at least one of {known}"


def limit_faults(place: str, spread: Table, raw: Table, instruments: dict[str, InstrumentRow]) -> Iterator[str]:
    """An order for which no limit is configured would be refused, so a spread that lacks one cannot trade."""
    accounts = {str(source.get("name")): str(source.get("account")) for _, source in tables_of(raw, "source")}
    limits = [limit for _, limit in tables_of(raw, "limit")]
    for leg_place, leg in tables_of(spread, "leg", place):
        row = instruments.get(str(leg.get("instrument")))
        account = accounts.get(str(leg.get("route")))
        if row is None or not row.tradable or account is None:
            continue
        names = (str(spread.get("name")), row.key, row.venue, account, "")
        for field in LIMIT_FIELDS:
            if not any(
                limit.get("scope") == scope and field in limit and (scope == "firm" or limit.get("name") == name)
                for scope, name in zip(SCOPES, names, strict=True)
                for limit in limits
            ):
                chain = ", ".join(f"{scope} {name}".rstrip() for scope, name in zip(SCOPES, names, strict=True))
                yield f"{leg_place}: no limit sets {field}; expected it in a limit of one of {chain}"
