"""An operator's own tables of instruments, products and statistics, over the package's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import final

from cross_market_connect.reference.instrument_rows import InstrumentRow
from cross_market_connect.reference.product_rows import ProductRow
from cross_market_connect.reference.statistics import DayStatistics, read_statistics
from cross_market_connect.reference.table_files import read_rows
from cross_market_connect.reference.table_reader import Row


@final
class OwnTables:
    """Files, each of which may be absent: instruments (TOML or CSV), products (TOML), statistics (CSV)."""

    def __init__(
        self, instruments: Path | None = None, products: Path | None = None, statistics: Path | None = None
    ) -> None:
        self.instruments = instruments
        self.products = products
        self.statistics = statistics

    def instrument_rows(
        self, rows: list[InstrumentRow], contents: list[bytes], faults: list[str]
    ) -> list[InstrumentRow]:
        """The rows with the operator's; what was read is added to `contents`, faults are noted."""
        if self.instruments is None:
            return rows
        own = [InstrumentRow(reader) for reader in read_rows(self.instruments, "instrument", contents, faults)]
        return [row for row in rows if not is_replaced(row, own)] + own

    def product_rows(self, rows: list[ProductRow], contents: list[bytes], faults: list[str]) -> list[ProductRow]:
        """As `instrument_rows`, of products."""
        if self.products is None:
            return rows
        own = [ProductRow(reader) for reader in read_rows(self.products, "product", contents, faults)]
        return [row for row in rows if not is_replaced(row, own)] + own

    def day_statistics(self, contents: list[bytes], faults: list[str]) -> DayStatistics:
        """The operator's statistics; none without a file."""
        if self.statistics is None:
            return DayStatistics()
        try:
            content = self.statistics.read_bytes()
            text = content.decode("utf-8-sig")
        except (OSError, ValueError) as error:
            faults.append(f"{self.statistics.name}: {error}; expected a readable CSV file")
            return DayStatistics()
        contents.append(f"{self.statistics.name} {len(content)}\n".encode())
        contents.append(content)
        return read_statistics(self.statistics.name, text, faults)


def is_replaced(row: Row, own: Sequence[Row]) -> bool:
    """Whether one of the operator's rows has the same key and holds on one of the row's days."""
    return any(
        row.key == other.key
        and other.effective_from <= row.effective_until
        and row.effective_from <= other.effective_until
        for other in own
    )
