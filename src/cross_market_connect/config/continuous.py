"""Continuous names of a configuration, such as CCFX.IF.main, become contracts of its day when it is loaded.

From then on the configuration names the contract, in the log too: a run never changes what it trades, and a replay
needs no roll rule. What cannot be resolved is a fault, so nothing starts with a guess.
"""

from __future__ import annotations

from cross_market_connect.config.checks import symbols_of
from cross_market_connect.config.layers import Table
from cross_market_connect.domain.errors import InputError
from cross_market_connect.reference.contracts import CONTINUOUS
from cross_market_connect.reference.instrument_rows import InstrumentRow
from cross_market_connect.reference.tables import Reference


def resolved_names(raw: Table, reference: Reference, day: int, faults: list[str]) -> dict[str, str]:
    """Each declared continuous name with the symbol of its contract on the day (YYYYMMDD).

    A name that cannot be resolved stands for itself, and why is noted.
    """
    result: dict[str, str] = {}
    for index, symbol in enumerate(symbols_of(raw)):
        if CONTINUOUS.fullmatch(symbol):
            try:
                result[symbol] = reference.contracts.resolve(symbol, day).symbol
            except InputError as error:
                faults += [f"instruments[{index}] {symbol}: {fault}" for fault in error.faults]
                result[symbol] = symbol
    return result


def with_contracts(raw: Table, names: dict[str, str]) -> Table:
    """The configuration with every text that is one of `names` replaced."""
    return {key: replaced(value, names) for key, value in raw.items()} if names else raw


def replaced(value: object, names: dict[str, str]) -> object:
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, list):
        return [replaced(item, names) for item in value]
    if isinstance(value, dict):
        return {key: replaced(item, names) for key, item in value.items()}
    return value


def declared_rows(
    symbols: list[str], reference: Reference, day: int, faults: list[str]
) -> tuple[dict[str, InstrumentRow], list[str]]:
    """The rows of the symbols that exist on the day, and the symbols whose fault is noted here.

    A listed contract is no instrument when no calendar knows its last trading day.
    """
    rows: dict[str, InstrumentRow] = {}
    noted = []
    for index, symbol in enumerate(symbols):
        if CONTINUOUS.fullmatch(symbol):
            noted.append(symbol)  # why it has no contract is told already
            continue
        try:
            row = reference.find_row(symbol, day)
        except InputError as error:
            faults += [f"instruments[{index}] {symbol}: {fault}" for fault in error.faults]
            noted.append(symbol)
            continue
        if row is not None:
            rows[symbol] = row
    return rows, noted
