"""What `xmc instruments list`, `show` and `search` answer: rows of the table of instruments, found by any name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from cross_market_connect.config.calendar_day import day_text, parse_date
from cross_market_connect.domain.errors import InputError
from cross_market_connect.reference.instrument_rows import TYPES, InstrumentRow
from cross_market_connect.reference.table_reader import LAST_DAY
from cross_market_connect.reference.tables import Reference

# key of an instrument's fields: (English, Chinese), in the order of `show`
WORDS = {
    "symbol": ("symbol", "代码"),
    "name": ("name", "名称"),
    "name_zh": ("Chinese name", "中文名称"),
    "venue": ("market", "市场"),
    "venue_symbol": ("venue's symbol", "交易所代码"),
    "type": ("type", "类型"),
    "product": ("product", "品种"),
    "currency": ("currency", "币种"),
    "price_unit": ("price per", "报价单位"),
    "tick": ("tick", "最小变动价位"),
    "multiplier": ("multiplier", "合约乘数"),
    "quantity_min_lots": ("smallest order, lots", "最小下单手数"),
    "quantity_step_lots": ("step of quantity, lots", "下单手数步长"),
    "quantity_max_lots": ("largest order, lots", "最大下单手数"),
    "margin_per_lot": ("margin of a lot", "每手保证金"),
    "band_percent": ("price band, %", "价格笼子, %"),
    "band_steps": ("price band, ticks", "价格笼子, 跳"),
    "session": ("session", "交易时段"),
    "costs": ("costs", "费用表"),
    "expiry": ("last trading day", "最后交易日"),
    "first_notice": ("first notice", "首次通知日"),
    "effective_from": ("holds from", "生效"),
    "effective_until": ("holds until", "失效"),
    "tradable": ("tradable", "可交易"),
    "source": ("source", "来源"),
}


def fields_of(row: InstrumentRow) -> dict[str, Any]:
    """One row as an object; days as YYYY-MM-DD, empty where there is none."""
    return {
        "symbol": row.key,
        "name": row.name,
        "name_zh": row.name_zh,
        "venue": row.venue,
        "venue_symbol": row.venue_symbol,
        "type": row.type,
        "product": row.product,
        "currency": row.currency,
        "price_unit": row.price_unit,
        "tick": plain_number(row.tick),
        "multiplier": plain_number(row.multiplier),
        "quantity_min_lots": row.quantity_min_lots,
        "quantity_step_lots": row.quantity_step_lots,
        "quantity_max_lots": row.quantity_max_lots,
        "margin_per_lot": plain_number(row.margin_per_lot),
        "band_percent": plain_number(row.band_percent),
        "band_steps": row.band_steps,
        "session": row.session,
        "costs": row.costs,
        "expiry": open_day_text(row.expiry),
        "first_notice": open_day_text(row.first_notice),
        "effective_from": day_text(row.effective_from),
        "effective_until": open_day_text(row.effective_until),
        "tradable": row.tradable,
        "symbols": dict(row.symbols),
        "source": row.source,
    }


def plain_number(value: Decimal) -> str:
    """The exact number without an exponent."""
    return f"{value:f}"


def open_day_text(day: int) -> str:
    """YYYY-MM-DD; empty for what has no end."""
    return "" if day == LAST_DAY else day_text(day)


def select(
    reference: Reference,
    today: int,
    *,
    date: str = "",
    venue: str = "",
    type_name: str = "",
    product: str = "",
    expiry: str = "",
    contracts: bool = False,
) -> list[InstrumentRow]:
    """The rows that every given filter keeps, in the order of the table.

    Args:
        today: YYYYMMDD, whose contracts are meant where no date is given.
        date: YYYY-MM-DD on which the row holds.
        contracts: with the contracts that products list on the day.
        expiry: FROM:UNTIL of the last trading day, both included; either may be left out.

    Raises InputError with every filter that names nothing.
    """
    faults: list[str] = []
    own = reference.contracts.products
    venues = sorted({row.venue for row in reference.instruments} | {row.venue for row in own})
    products = sorted({row.product for row in reference.instruments if row.product} | {row.key for row in own})
    for option, value, known in (
        ("--venue", venue, venues),
        ("--type", type_name, list(TYPES)),
        ("--product", product, products),
    ):
        if value and value not in known:
            faults.append(f"{option}: {value}; expected one of {', '.join(known)}")
    if faults:
        raise InputError(faults)
    first, last = expiry_range(expiry)
    day = parse_date(date) if date else 0
    return [
        row
        for row in (reference.rows_with_contracts(day or today) if contracts else reference.instruments)
        if (not day or row.holds_on(day))
        and (not venue or row.venue == venue)
        and (not type_name or row.type == type_name)
        and (not product or row.product == product)
        and (not expiry or first <= row.expiry <= last)
    ]


def expiry_range(text: str) -> tuple[int, int]:
    """The days (YYYYMMDD) of FROM:UNTIL; what has no expiry is in no range."""
    start, colon, end = text.partition(":")
    if text and not colon:
        raise InputError([f"--expiry: {text}; expected FROM:UNTIL such as 2021-01-01:2021-06-30"])
    return parse_date(start) if start else 0, parse_date(end) if end else LAST_DAY - 1


def matches(row: InstrumentRow, words: Sequence[str]) -> bool:
    """Whether each word stands in one of the row's names, whatever the case."""
    names = [row.key, row.venue_symbol, row.name, row.name_zh, row.product, *row.symbols.values()]
    lowered = [name.lower() for name in names]
    return all(any(word.lower() in name for name in lowered) for word in words)


def search(rows: Iterable[InstrumentRow], words: Sequence[str]) -> list[InstrumentRow]:
    """The rows that match every word; those that have a word as one whole name first."""
    found = [row for row in rows if matches(row, words)]
    wanted = {word.lower() for word in words}

    def is_inexact(row: InstrumentRow) -> bool:
        names = {row.key, row.venue_symbol, row.name, row.name_zh, *row.symbols.values()}
        return not wanted & {name.lower() for name in names}

    return sorted(found, key=is_inexact)


def show(reference: Reference, today: int, name: str, date: str) -> list[InstrumentRow]:
    """The rows of one symbol: ours, the venue's or one of a scheme; of one day when a date is given.

    Raises InputError when there is none, naming those that are like it.
    """
    day = parse_date(date) if date else 0
    rows = [row for row in reference.rows_with_contracts(day or today) if not day or row.holds_on(day)]
    found = [row for row in rows if row.key == name]
    found = found or [row for row in rows if name == row.venue_symbol or name in row.symbols.values()]
    if found:
        return found
    near = [row.key for row in rows if matches(row, [name])] or [row.key for row in rows]
    when = f" on {date}" if date else ""
    raise InputError([f"instrument {name}: unknown{when}; expected one of {', '.join(dict.fromkeys(near))}"])


def list_lines(rows: Sequence[InstrumentRow], language_at: int) -> list[str]:
    """A table of rows; names, whose width a terminal decides, stand last."""
    head = [
        ("symbol", "代码")[language_at],
        ("type", "类型")[language_at],
        ("tick x multiplier", "跳 x 乘数")[language_at],
    ]
    head += [("last day", "最后交易日")[language_at], ("name", "名称")[language_at]]
    cells = [head]
    for row in rows:
        money = f"{plain_number(row.tick)} x {plain_number(row.multiplier)} {row.currency}"
        name = row.name_zh if language_at else row.name
        cells.append([row.key, row.type, money, open_day_text(row.expiry) or "-", name])
    widths = [max(width_of(line[at]) for line in cells) for at in range(len(head) - 1)]
    return ["  ".join([*(pad(line[at], width) for at, width in enumerate(widths)), line[-1]]) for line in cells]


def show_lines(fields: Mapping[str, Any], language_at: int) -> list[str]:
    """One row, a line for each thing that it says, and one for each of its names elsewhere."""
    width = max(width_of(words[language_at]) for words in WORDS.values())
    said = {key: fields[key] for key in WORDS if fields[key] not in ("", None)}
    yes_no = (("yes", "是"), ("no", "否"))
    lines = []
    for key, value in said.items():
        text = yes_no[0 if value else 1][language_at] if isinstance(value, bool) else str(value)
        lines.append(f"{pad(WORDS[key][language_at], width)}  {text}")
    lines += [f"{pad(scheme, width)}  {name}" for scheme, name in fields["symbols"].items()]
    return lines


def width_of(text: str) -> int:
    """Columns of a terminal; an ideograph takes two."""
    return sum(2 if ord(letter) >= 0x2E80 else 1 for letter in text)


def pad(text: str, width: int) -> str:
    return text + " " * (width - width_of(text))
