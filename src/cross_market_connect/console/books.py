"""`xmc books`: every market of an engine on one screen, as text or as one object, once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cross_market_connect.console.markets import BestView
from cross_market_connect.console.page import BookView, Description, InstrumentInfo, Snapshot, ViewReader
from cross_market_connect.domain.errors import InputError
from cross_market_connect.engine.view import PAGE_FILE_NAME

NOTHING = "-"


def read(directory: Path) -> tuple[Snapshot, Description]:
    """The page of a running or finished engine. Raises InputError where there is none."""
    path = directory / PAGE_FILE_NAME
    reader = ViewReader(path)
    snapshot = reader.read()
    description = reader.description
    reader.close()
    if snapshot is None or description is None:
        raise InputError([f"{path}: no page; expected the data directory of an engine that has run"])
    return snapshot, description


def as_object(snapshot: Snapshot, description: Description) -> dict[str, Any]:
    """Books by symbol, best level of each side, and markets of several instruments."""
    symbols = [info.symbol for info in description.instruments]
    return {
        "engine_state": snapshot.engine_state,
        "books": [
            {
                "symbol": info.symbol,
                "venue": info.venue,
                "state": book.state,
                "marks": book.marks,
                "bid": level_of(book.bids, info),
                "ask": level_of(book.asks, info),
                "age_ms": round(book.age_ns / 1e6, 3) if book.updates else None,
            }
            for info, book in zip(description.instruments, snapshot.instruments, strict=True)
        ],
        "markets": [
            {
                "symbols": [symbols[index] for index in market.instruments],
                "marks": market.marks,
                "bid": best_of(market.bid, symbols),
                "ask": best_of(market.ask, symbols),
            }
            for market in snapshot.markets
        ],
    }


def level_of(levels: list[tuple[int, int]], info: InstrumentInfo) -> dict[str, Any] | None:
    return {"price": price_text(levels[0][0], info), "lots": levels[0][1]} if levels else None


def best_of(best: BestView | None, symbols: list[str]) -> dict[str, Any] | None:
    if best is None:
        return None
    return {"price": best.price, "instruments": [symbols[index] for index in best.instruments]}


def price_text(ticks: int, info: InstrumentInfo) -> str:
    """A price with its instrument's decimals, exact."""
    units = ticks * info.tick_units
    digits = f"{abs(units):0{info.price_decimals + 1}d}"
    whole = digits[: len(digits) - info.price_decimals]
    text = f"{whole}.{digits[len(whole) :]}" if info.price_decimals else digits
    return f"-{text}" if units < 0 else text


def lines(snapshot: Snapshot, description: Description) -> list[str]:
    """One line for each instrument, then one for each market of several."""
    infos = description.instruments
    rows: list[tuple[str, ...]] = [("instrument", "state", "bid", "lots", "ask", "lots", "age", "marks")]
    rows += [book_row(info, book) for info, book in zip(infos, snapshot.instruments, strict=True)]
    result = table(rows)
    for market in snapshot.markets:
        best = [
            f"{name} {NOTHING}"
            if side is None
            else f"{name} {side.price:g} at {', '.join(infos[index].symbol for index in side.instruments)}"
            for name, side in (("bid", market.bid), ("ask", market.ask))
        ]
        names = " = ".join(infos[index].symbol for index in market.instruments)
        result.append("; ".join([f"{names}: {best[0]}", best[1], *market.marks]))
    return result


def book_row(info: InstrumentInfo, book: BookView) -> tuple[str, ...]:
    cells = []
    for side in (book.bids, book.asks):
        cells += [price_text(side[0][0], info), str(side[0][1])] if side else [NOTHING, NOTHING]
    age = f"{book.age_ns / 1e9:.1f} s" if book.updates else NOTHING
    return (info.symbol, book.state, *cells, age, " ".join(book.marks))


def table(rows: list[tuple[str, ...]]) -> list[str]:
    """Columns as wide as their widest cell; numbers to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.rjust(width) if 2 <= column <= 6 else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
