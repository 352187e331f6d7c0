"""What `xmc instruments roll` and `check` answer: contracts, rolls, and rows that contradict their product."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cross_market_connect.config.calendar_day import day_text
from cross_market_connect.config.instrument_search import open_day_text, pad, width_of
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.words import counted
from cross_market_connect.reference.contract_months import UNKNOWN_DAY
from cross_market_connect.reference.contracts import CONTINUOUS, MAIN
from cross_market_connect.reference.instrument_rows import InstrumentRow
from cross_market_connect.reference.product_rows import ROLL_DAYS_BEFORE, Contract, ProductRow
from cross_market_connect.reference.table_reader import TableReader
from cross_market_connect.reference.tables import Reference

# What a contract's row must have in common with the rules of its product.
COMPARED = (
    "venue_symbol",
    "currency",
    "price_decimals",
    "tick",
    "multiplier",
    "session",
    "price_unit",
    "expiry",
    "first_notice",
)
HEADS = {
    "contract": ("contract", "合约"),
    "last": ("last day", "最后交易日"),
    "notice": ("first notice", "首次通知日"),
    "roll": ("roll", "移仓日"),
    "names": ("continuous", "连续代码"),
    "unknown": ("beyond calendar", "超出日历"),
}


def is_continuous(name: str) -> bool:
    """Whether it has the form of a continuous name."""
    return CONTINUOUS.fullmatch(name) is not None


def resolved(reference: Reference, name: str, day: int) -> dict[str, Any]:
    """What a continuous name means on the day."""
    contract = reference.contracts.resolve(name, day)
    return {"date": day_text(day), "name": name, **contract_fields(contract)}


def contract_fields(contract: Contract) -> dict[str, Any]:
    return {
        "symbol": contract.symbol,
        "venue_symbol": contract.code,
        "last_trading": day_text(contract.last_trading),
        "first_notice": day_text(contract.first_notice),
    }


def of_product(reference: Reference, key: str, day: int) -> dict[str, Any]:
    """The listed contracts of a product with their days and continuous names; days are empty where unknown."""
    contracts = reference.contracts
    product = contracts.product(key, day)
    listed = contracts.listed(product, day)
    main, reason = main_of(reference, product, day)
    rows = []
    for place, contract in enumerate(listed, 1):
        names = [f"{key}.c{place}"] + ([f"{key}.{MAIN}"] if contract.symbol == main else [])
        roll = day_text(contracts.roll_day(product, contract))
        rows.append({**contract_fields(contract), "roll": roll, "continuous": names})
    return {
        "date": day_text(day),
        "product": key,
        "name": product.name,
        "name_zh": product.name_zh,
        "roll_rule": roll_text(product),
        "main": main,
        "main_unknown_because": reason,
        "contracts": rows,
        "source": product.source,
    }


def main_of(reference: Reference, product: ProductRow, day: int) -> tuple[str, str]:
    """The main contract, or why there is no telling."""
    try:
        return reference.contracts.resolve(f"{product.key}.{MAIN}", day).symbol, ""
    except InputError as error:
        return "", "; ".join(error.faults)


def roll_text(product: ProductRow) -> str:
    roll = product.roll
    return f"{roll.days} trading days before {roll.of}" if roll.rule == ROLL_DAYS_BEFORE else f"by {roll.rule}"


def product_lines(answer: Mapping[str, Any], at: int) -> list[str]:
    """The contracts of a product as a table."""
    head = [HEADS[key][at] for key in ("contract", "last", "notice", "roll", "names")]
    cells = [head]
    for row in answer["contracts"]:
        last = row["last_trading"] or HEADS["unknown"][at]
        cells.append([row["symbol"], last, row["first_notice"] or "-", row["roll"] or "-", " ".join(row["continuous"])])
    title = f"{answer['product']}  {answer[('name', 'name_zh')[at]]}  {answer['date']}  {answer['roll_rule']}"
    unknown = [f"  ! {answer['main_unknown_because']}"] if answer["main_unknown_because"] else []
    return [title, *table_lines(cells), *unknown]


def table_lines(cells: list[list[str]]) -> list[str]:
    widths = [max(width_of(line[at]) for line in cells) for at in range(len(cells[0]))]
    return ["  ".join(pad(text, width) for text, width in zip(line, widths, strict=True)).rstrip() for line in cells]


def overview(reference: Reference, day: int) -> dict[str, Any]:
    """Each product's nearest and main contract."""
    rows, contracts = [], reference.contracts
    for product in contracts.products:
        if not product.holds_on(day):
            continue
        try:
            nearest, reason = contracts.listed(product, day)[0].symbol, ""
        except InputError as error:
            nearest, reason = "", "; ".join(error.faults)
        main, why = main_of(reference, product, day)
        rows.append(
            {"product": product.key, "name": product.name, "name_zh": product.name_zh, "nearest": nearest, "main": main}
            | {"unknown_because": reason or why}
        )
    return {"date": day_text(day), "products": rows}


def overview_lines(answer: Mapping[str, Any], at: int) -> list[str]:
    cells = [[("product", "品种")[at], ("nearest", "近月")[at], ("main", "主力")[at], ("name", "名称")[at]]]
    for row in answer["products"]:
        cells.append([row["product"], row["nearest"] or "-", row["main"] or "-", row[("name", "name_zh")[at]]])
    reasons = [f"  ! {row['unknown_because']}" for row in answer["products"] if row["unknown_because"]]
    return [answer["date"], *table_lines(cells), *dict.fromkeys(reasons)]


def check(reference: Reference, day: int) -> dict[str, Any]:
    """What the tables contradict each other in, and what the calendars do not reach."""
    contradictions, contracts = [], 0
    for row in reference.instruments:
        product = product_of(reference, row)
        if product is not None:
            contracts += 1
            contradictions += contradictions_of(reference, row, product)
        elif row.product:
            contradictions.append(f"{row.key}.product: {row.product}; expected one of products.toml, or none")
    unknown = {
        product.key: symbols
        for product in reference.contracts.products
        if product.holds_on(day) and (symbols := unknown_of(reference, product, day))
    }
    return {
        "date": day_text(day),
        "instruments": len(reference.instruments),
        "products": len(reference.contracts.products),
        "contracts_compared": contracts,
        "contradictions": contradictions,
        "beyond_calendar": unknown,
    }


def product_of(reference: Reference, row: InstrumentRow) -> ProductRow | None:
    for product in reference.contracts.products:
        if product.key == row.product and product.holds_on(row.effective_from):
            return product
    return None


def contradictions_of(reference: Reference, row: InstrumentRow, product: ProductRow) -> list[str]:
    """What a contract's row says otherwise than the rules of its product; what the rules cannot tell is left out."""
    month = product.month_in(row.key, row.effective_until)
    if month < 0:
        return [f"{row.key}.symbol: no contract of {product.key}; expected the form {product.venue}.{product.code}"]
    contract = product.contract_at(month, reference.contracts.trading_days(product))
    ruled = product.row_of(contract, 0, TableReader(row.key, {}, []))
    found = []
    for key in COMPARED:
        mine, theirs = getattr(row, key), getattr(ruled, key)
        is_unknown = key == "expiry" and contract.last_trading == UNKNOWN_DAY
        is_unknown = is_unknown or (key == "first_notice" and contract.first_notice == UNKNOWN_DAY)
        if mine != theirs and not is_unknown:
            found.append(f"{row.key}.{key}: {shown(mine)}; {product.key} says {shown(theirs)}")
    return found


def shown(value: object) -> str:
    return open_day_text(value) if isinstance(value, int) and value > 1_000_000 else str(value)


def unknown_of(reference: Reference, product: ProductRow, day: int) -> list[str]:
    """The listed contracts of a product whose last trading day no calendar knows."""
    try:
        listed = reference.contracts.listed(product, day)
    except InputError as error:
        return error.faults
    return [contract.symbol for contract in listed if contract.last_trading == UNKNOWN_DAY]


def check_lines(answer: Mapping[str, Any]) -> list[str]:
    lines = [
        (
            f"{counted(answer['instruments'], 'instrument')}, {counted(answer['products'], 'product')}; "
            f"{counted(answer['contracts_compared'], 'contract')} compared with the rules of products"
        )
    ]
    lines += [f"  CONTRADICTION {text}" for text in answer["contradictions"]]
    if answer["beyond_calendar"]:
        lines.append(f"  beyond the calendars on {answer['date']}:")
    for product, symbols in answer["beyond_calendar"].items():
        more = f" and {len(symbols) - 1} more" if symbols[1:] else ""
        lines.append(f"    {product}  {symbols[0]}{more}")
    return lines
