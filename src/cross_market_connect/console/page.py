"""The reader's end of the engine's shared page (`engine.view` says how the page works).

A read never waits for the writer: it copies, checks, tries again a bounded number of times, and otherwise says that
there is nothing new.
"""

from __future__ import annotations

import contextlib
import math
import mmap
import os
import struct
import zlib
from pathlib import Path

import msgspec

from cross_market_connect.console.markets import (
    PRICE_DECIMALS,
    MarketView,
    book_marks,
    condition_marks,
    consolidated,
)
from cross_market_connect.domain.book import BOOK_LIVE, BOOK_STATE_NAMES, LEVELS
from cross_market_connect.domain.errors import InputError
from cross_market_connect.engine.view import (
    ENGINE_SIZE,
    ENGINE_STATE_NAMES,
    FEED_NUMBERS,
    FEED_SIZE,
    HEADER_SIZE,
    INSTRUMENT_FIELDS,
    INSTRUMENT_SIZE,
    PAGE_MAGIC,
    PAGE_VERSION,
    SOURCE_SIZE,
    SOURCE_STATE_NAMES,
    SPREAD_LEGS_MAX,
    SPREAD_SIZE,
    SPREAD_VALUES,
)
from cross_market_connect.market.latency import LATENCY_LIMITS_NS

READ_ATTEMPTS_MAX = 32
DESCRIPTION_BYTES_MAX = 1 << 20

_HEADER = struct.Struct("<8q")
_ENGINE = struct.Struct("<4q")
_INSTRUMENT = struct.Struct(f"<{INSTRUMENT_FIELDS + 4 * LEVELS}q")
_SPREAD = struct.Struct(f"<{SPREAD_VALUES}d{2 + SPREAD_LEGS_MAX}q")
_SOURCE = struct.Struct("<5q")
_COUNTER = struct.Struct("<q")


class InstrumentInfo(msgspec.Struct, frozen=True):
    """How one instrument is shown. A price is `price_ticks * tick_units / 10**price_decimals`."""

    symbol: str
    name: str
    name_zh: str
    venue: str
    venue_name: str
    venue_name_zh: str
    utc_offset_s: int
    currency: str
    price_decimals: int
    tick_units: int
    modelled: bool
    tradable: bool


class LegInfo(msgspec.Struct, frozen=True):
    """One leg of a spread: bought (+1) or sold (-1) when the spread is bought."""

    instrument_index: int
    side: int
    ratio: float
    multiplier: float


class SpreadInfo(msgspec.Struct, frozen=True):
    """How one spread is shown; `unit` is what its value is counted in.

    `largest_lots` of the first leg are all that is ever held; 0 when that is not known.
    """

    name: str
    name_zh: str
    unit: str
    value_decimals: int
    legs: list[LegInfo]
    largest_lots: int = 0


class SourceInfo(msgspec.Struct, frozen=True):
    """One connection of the engine."""

    name: str
    name_zh: str
    kind: str
    venue: str
    fault_names: list[str] = []


class Description(msgspec.Struct, frozen=True):
    """What the page describes once: everything that has a name."""

    engine_name: str
    code_version: str
    speed_milli: int
    instruments: list[InstrumentInfo]
    spreads: list[SpreadInfo]
    sources: list[SourceInfo]
    gate_names: list[str]
    counter_names: list[str]
    markets: list[list[int]] = []


class BookView(msgspec.Struct, frozen=True):
    """One instrument's book: (price_ticks, quantity_lots), best first; `marks` as markets.py has them."""

    state: str
    last_ticks: int
    event_utc_ns: int
    age_ns: int
    updates: int
    bids: list[tuple[int, int]]
    asks: list[tuple[int, int]]
    marks: list[str] = []


class SpreadView(msgspec.Struct, frozen=True):
    """One spread now; values and thresholds are None where there is none."""

    buy: float | None
    sell: float | None
    mid: float | None
    enter_buy: float | None
    exit_buy: float | None
    enter_sell: float | None
    exit_sell: float | None
    gate: str
    open_orders: int
    leg_lots: list[int]


class FeedView(msgspec.Struct, frozen=True):
    """How a feed is, with its totals since the engine's start.

    `quiet_ns`: age of the last packet. `clock_offset_ns`: our calendar minus the venue's clock, wrong by no more than
    `clock_uncertainty_ns`, which is -1 while it is not known. `latency_counts`: by class, whose upper ends are
    LATENCY_LIMITS_NS; the last one is open. Quantiles are the upper ends of their classes, None in the open one.
    """

    numbers: dict[str, int]
    latency_counts: list[int]
    latency_p50_ns: int | None
    latency_p99_ns: int | None
    malformed: dict[str, int]


class SourceView(msgspec.Struct, frozen=True):
    """One connection now, with its totals since the engine's start; `feed` where it is one."""

    state: str
    messages_in: int
    messages_out: int
    gaps: int
    faults: int
    feed: FeedView | None = None


class Snapshot(msgspec.Struct, frozen=True):
    """The page at one moment."""

    sequence: int
    now_ns: int
    utc_ns: int
    engine_state: str
    instruments: list[BookView]
    spreads: list[SpreadView]
    sources: list[SourceView]
    counters: dict[str, int]
    markets: list[MarketView] = []


def _value(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _name(names: tuple[str, ...] | list[str], code: int) -> str:
    return names[code] if 0 <= code < len(names) else f"code {code}"


def _read_book(data: bytes, offset: int, now_ns: int) -> BookView:
    fields = _INSTRUMENT.unpack_from(data, offset)
    state, last_ticks, event_utc_ns, received_ns, updates, bid_depth, ask_depth, phase, locked_side = fields[
        :INSTRUMENT_FIELDS
    ]
    levels = fields[INSTRUMENT_FIELDS:]
    pairs = list(zip(levels[0::2], levels[1::2], strict=True))
    bids, asks = pairs[:bid_depth], pairs[LEVELS : LEVELS + ask_depth]
    marks = book_marks(bids, asks) if state == BOOK_LIVE else []
    return BookView(
        state=_name(BOOK_STATE_NAMES, state),
        last_ticks=last_ticks,
        event_utc_ns=event_utc_ns,
        age_ns=now_ns - received_ns if received_ns else 0,
        updates=updates,
        bids=bids,
        asks=asks,
        marks=condition_marks(phase, locked_side) + marks,
    )


def _read_spread(data: bytes, offset: int, info: SpreadInfo, gate_names: list[str]) -> SpreadView:
    fields = _SPREAD.unpack_from(data, offset)
    buy, sell, mid, enter_buy, exit_buy, enter_sell, exit_sell = (_value(each) for each in fields[:SPREAD_VALUES])
    gate, open_orders = fields[SPREAD_VALUES : SPREAD_VALUES + 2]
    legs = fields[SPREAD_VALUES + 2 :]
    return SpreadView(
        buy=buy,
        sell=sell,
        mid=mid,
        enter_buy=enter_buy,
        exit_buy=exit_buy,
        enter_sell=enter_sell,
        exit_sell=exit_sell,
        gate=_name(gate_names, gate) if gate else "",
        open_orders=open_orders,
        leg_lots=list(legs[: len(info.legs)]),
    )


def _read_source(data: bytes, offset: int, info: SourceInfo) -> SourceView:
    state, messages_in, messages_out, gaps, faults = _SOURCE.unpack_from(data, offset)
    feed = _read_feed(data, offset + SOURCE_SIZE, info) if info.fault_names else None
    return SourceView(_name(SOURCE_STATE_NAMES, state), messages_in, messages_out, gaps, faults, feed)


def _read_feed(data: bytes, offset: int, info: SourceInfo) -> FeedView:
    names = info.fault_names
    fields = struct.unpack_from(f"<{FEED_SIZE // 8 + len(names)}q", data, offset)
    numbers, rest = fields[: len(FEED_NUMBERS)], fields[len(FEED_NUMBERS) :]
    counts = list(rest[: len(LATENCY_LIMITS_NS) + 1])
    malformed = dict(zip(names, rest[len(counts) :], strict=True))
    return FeedView(
        dict(zip(FEED_NUMBERS, numbers, strict=True)),
        counts,
        quantile_ns(counts, 0.5),
        quantile_ns(counts, 0.99),
        {name: count for name, count in malformed.items() if count},
    )


def quantile_ns(counts: list[int], part: float) -> int | None:
    """Upper end of the class in which so much of all latencies is reached; None where that is open, or without any."""
    seen = 0
    for limit_ns, count in zip(LATENCY_LIMITS_NS, counts, strict=False):
        seen += count
        if seen and seen >= part * sum(counts):
            return limit_ns
    return None


def decode_data(data: bytes, sequence: int, description: Description) -> Snapshot:
    """The snapshot that a copy of the page's data holds."""
    now_ns, utc_ns, state, _ = _ENGINE.unpack_from(data, 0)
    offset = ENGINE_SIZE
    books = []
    for _ in description.instruments:
        books.append(_read_book(data, offset, now_ns))
        offset += INSTRUMENT_SIZE
    spreads = []
    for info in description.spreads:
        spreads.append(_read_spread(data, offset, info, description.gate_names))
        offset += SPREAD_SIZE
    sources = []
    for source in description.sources:
        sources.append(_read_source(data, offset, source))
        offset += source_size(source)
    counters = {}
    for name in description.counter_names:
        counters[name] = _COUNTER.unpack_from(data, offset)[0]
        offset += _COUNTER.size
    markets = [market_view(market, description, books) for market in description.markets]
    return Snapshot(
        sequence, now_ns, utc_ns, _name(ENGINE_STATE_NAMES, state), books, spreads, sources, counters, markets
    )


def market_view(market: list[int], description: Description, books: list[BookView]) -> MarketView:
    """The best prices of instruments that stand for each other."""
    tops = []
    for index in market:
        book, info = books[index], description.instruments[index]
        unit = info.tick_units * 10 ** (PRICE_DECIMALS - info.price_decimals)
        if book.state == BOOK_STATE_NAMES[BOOK_LIVE]:
            bid = book.bids[0][0] * unit if book.bids else None
            tops.append((index, bid, book.asks[0][0] * unit if book.asks else None))
    return consolidated(market, tops)


class ViewReader:
    """Reads the page at `path`, also across restarts of the engine that writes it.

    Attributes:
        description: of the page last opened, None before the first.
        opened: how many pages have been opened: the description is new when it changes.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.description: Description | None = None
        self.opened = 0
        self._map: mmap.mmap | None = None
        self._file: tuple[int, int] | None = None
        self._data_offset = 0
        self._data_size = 0
        self._last: Snapshot | None = None

    def read(self) -> Snapshot | None:
        """The latest state; the one before when the writer is in the way each time; None before the first.

        Raises InputError when the file is not a page of this version.
        """
        self._follow_path()
        if self._map is None or self.description is None:
            return self._last
        for _ in range(READ_ATTEMPTS_MAX):
            before = self._sequence(self._map)
            if before % 2:
                continue
            if self._last is not None and before == self._last.sequence:
                return self._last
            data = self._map[self._data_offset : self._data_offset + self._data_size]
            header = _HEADER.unpack_from(self._map, 0)
            if header[2] == before and header[3] == zlib.crc32(data):
                self._last = decode_data(data, before, self.description)
                return self._last
        return self._last

    def close(self) -> None:
        """Unmap the page."""
        if self._map is not None:
            self._map.close()
            self._map = None

    def _sequence(self, mapped: mmap.mmap) -> int:
        return int(_HEADER.unpack_from(mapped, 0)[2])

    def _follow_path(self) -> None:
        try:
            status = os.stat(self.path)
        except FileNotFoundError:
            return
        if (status.st_dev, status.st_ino) != self._file:
            with contextlib.suppress(FileNotFoundError):  # removed since: the next read will see
                self._open()

    def _open(self) -> None:
        descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            status = os.fstat(descriptor)
            if status.st_size < HEADER_SIZE:
                raise InputError([f"{self.path}: {status.st_size} bytes; expected a view page"])
            mapped = mmap.mmap(descriptor, status.st_size, prot=mmap.PROT_READ)
        finally:
            os.close(descriptor)
        header = _HEADER.unpack_from(mapped, 0)
        description = self._check_header(header, mapped)
        self.close()
        self._map, self.description = mapped, description
        self._file = (status.st_dev, status.st_ino)
        self._data_offset, self._data_size = header[6], header[7]
        self._last = None
        self.opened += 1

    def _check_header(self, header: tuple[int, ...], mapped: mmap.mmap) -> Description:
        magic, version, _, _, text_offset, text_size, data_offset, data_size = header
        if magic != PAGE_MAGIC:
            raise InputError([f"{self.path}: does not begin with XMCVIEW1; expected a view page"])
        if version != PAGE_VERSION:
            raise InputError([f"{self.path}: page version {version}; this console reads version {PAGE_VERSION}"])
        fits = text_offset >= HEADER_SIZE and 0 < text_size <= DESCRIPTION_BYTES_MAX
        if not fits or data_offset < text_offset + text_size or data_offset + data_size > len(mapped):
            raise InputError([f"{self.path}: offsets outside the file; expected a view page"])
        try:
            description = msgspec.json.decode(mapped[text_offset : text_offset + text_size], type=Description)
        except msgspec.MsgspecError as error:
            raise InputError([f"{self.path}: description: {error}"]) from error
        if data_size != data_size_of(description):
            raise InputError([f"{self.path}: {data_size} bytes of data; the description implies another size"])
        return description


def source_size(info: SourceInfo) -> int:
    """Size of one source's data in bytes."""
    return SOURCE_SIZE + FEED_SIZE + 8 * len(info.fault_names)


def data_size_of(description: Description) -> int:
    """Size of the page's data in bytes, from its description."""
    return (
        ENGINE_SIZE
        + INSTRUMENT_SIZE * len(description.instruments)
        + SPREAD_SIZE * len(description.spreads)
        + sum(source_size(source) for source in description.sources)
        + _COUNTER.size * len(description.counter_names)
    )
