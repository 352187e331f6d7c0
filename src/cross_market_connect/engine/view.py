"""The shared-memory page: what the engine shows to whoever looks, without ever waiting for them.

Theory of operation. The page is one small file in the engine's data directory, mapped by the engine (writer) and by any
number of readers. It is conflated: it holds the latest state only, so a slow reader misses states and nothing else.

- Between `begin` and `end` the writer changes its own copy; `end` publishes the copy in one go as a sequence lock: the
  sequence number is made odd, the data and its CRC-32 are stored, the sequence number is made even. A reader copies the
  data and accepts it when the number was even, is unchanged after the copy, and the CRC fits. The CRC makes that hold
  on processors that reorder stores as well, since neither Python nor `mmap` offers a store barrier.
- What was not written since the last `end` keeps its value.
- A JSON description (names, venues, decimals, legs, thresholds) precedes the data and never changes. A new engine
  makes a new file and renames it over the old one; a reader sees that the path has become another file and opens it.

Everything is little endian; integers are signed 64 bit, values of spreads are 64 bit floats (NaN where there is none).
The numbers of the layout are public constants: the console's reader is built from them.
"""

from __future__ import annotations

import json
import mmap
import os
import zlib
from typing import Final, final

from librt.strings import BytesWriter, write_f64_le, write_i64_le
from mypy_extensions import i64

from cross_market_connect.domain.book import LEVELS, Book, BookSide
from cross_market_connect.domain.errors import InvariantError, LocalProtocolError
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.market.latency import LATENCY_LIMITS_NS

PAGE_FILE_NAME: Final = "view.page"
PAGE_MAGIC: Final[i64] = 0x31_57_45_49_56_43_4D_58  # "XMCVIEW1"
PAGE_VERSION: Final[i64] = 3

# Header: magic, version, sequence, CRC-32 of the data, then offset and length of the description and of the data.
SEQUENCE_OFFSET: Final = 16
CRC_OFFSET: Final = 24
HEADER_SIZE: Final = 64

# Data: the engine's section, then one section per instrument, spread and source, then the counters.
ENGINE_SIZE: Final = 4 * 8
INSTRUMENT_FIELDS: Final = 9
INSTRUMENT_SIZE: Final = (INSTRUMENT_FIELDS + 4 * 10) * 8
SPREAD_VALUES: Final = 7
SPREAD_LEGS_MAX: Final = 8
SPREAD_SIZE: Final = (SPREAD_VALUES + 2 + SPREAD_LEGS_MAX) * 8
SOURCE_SIZE: Final = 5 * 8
# Of a source that is a feed, in this order, then how many latencies fell into each class, and each fault by its name;
# zeros for other sources.
FEED_NUMBERS: Final[tuple[str, ...]] = (
    "packets",
    "messages",
    "packets_per_second",
    "messages_per_second",
    "gaps",
    "lost_messages",
    "duplicates",
    "malformed",
    "book_faults",
    "repairs",
    "repair_ns_sum",
    "repair_ns_max",
    "quiet_ns",
    "silent",
    "clock_offset_ns",
    "clock_uncertainty_ns",
    "clock_steps",
    "books_live",
    "books_suspect",
    "books_stale",
    "latency_ns_sum",
)
FEED_SIZE: Final = (len(FEED_NUMBERS) + len(LATENCY_LIMITS_NS) + 1) * 8
COUNTER_SIZE: Final = 8

INSTRUMENTS_MAX: Final = 256
SPREADS_MAX: Final = 128
SOURCES_MAX: Final = 64
COUNTERS_MAX: Final = 64

ENGINE_STARTING: Final[i64] = 0
ENGINE_RUNNING: Final[i64] = 1
ENGINE_STOPPING: Final[i64] = 2
ENGINE_HALTED: Final[i64] = 3
ENGINE_STOPPED: Final[i64] = 4
ENGINE_STATE_NAMES: Final[tuple[str, ...]] = ("starting", "running", "stopping", "halted", "stopped")

SOURCE_DOWN: Final[i64] = 0
SOURCE_CONNECTING: Final[i64] = 1
SOURCE_LOGGED_ON: Final[i64] = 2
SOURCE_LOST: Final[i64] = 3
SOURCE_CLOSED: Final[i64] = 4  # outside its session's hours
SOURCE_STATE_NAMES: Final[tuple[str, ...]] = ("down", "connecting", "logged_on", "lost", "out_of_hours")

NO_VALUE: Final = float("nan")


@final
class InstrumentLayout:
    """How one instrument is shown; its position in the list is its index in the engine."""

    def __init__(
        self,
        symbol: str,
        name: str,
        name_zh: str,
        venue: str,
        venue_name: str,
        venue_name_zh: str,
        utc_offset_s: int,
        currency: str,
        price_decimals: int,
        tick_units: int,
        modelled: bool,
        tradable: bool,
    ) -> None:
        self.symbol: str = symbol
        self.name: str = name
        self.name_zh: str = name_zh
        self.venue: str = venue
        self.venue_name: str = venue_name
        self.venue_name_zh: str = venue_name_zh
        self.utc_offset_s: int = utc_offset_s
        self.currency: str = currency
        self.price_decimals: int = price_decimals
        self.tick_units: int = tick_units
        self.modelled: bool = modelled
        self.tradable: bool = tradable


def describe_instrument(instrument: Instrument) -> InstrumentLayout:
    """The layout entry of an instrument of the engine's universe."""
    venue = instrument.venue
    return InstrumentLayout(
        instrument.symbol,
        instrument.name,
        instrument.name_zh,
        venue.mic,
        venue.name,
        venue.name_zh,
        int(venue.utc_offset_s),
        instrument.currency,
        int(instrument.price_decimals),
        int(instrument.tick_units),
        instrument.modelled,
        instrument.tradable,
    )


@final
class LegLayout:
    """One leg: which instrument, bought (+1) or sold (-1) when the spread is bought, how much is traded and counted."""

    def __init__(self, instrument_index: int, side: int, ratio: float, multiplier: float) -> None:
        self.instrument_index: int = instrument_index
        self.side: int = side
        self.ratio: float = ratio
        self.multiplier: float = multiplier


@final
class SpreadLayout:
    """How one spread is shown.

    Attributes:
        unit: what its value is counted in, e.g. "points", "CNY", "ratio".
        value_decimals: decimals shown.
        enter_buy, exit_buy: thresholds of the buy direction: enter when the executable buy value is at or below
            `enter_buy`, exit when the executable sell value is at or above `exit_buy`. NO_VALUE where unset.
        enter_sell, exit_sell: the same for the sell direction, mirrored.
        largest_lots: lots of the first leg beyond which nothing is opened; 0 when that is not known.
    """

    def __init__(
        self,
        name: str,
        name_zh: str,
        unit: str,
        value_decimals: int,
        legs: list[LegLayout],
        enter_buy: float,
        exit_buy: float,
        enter_sell: float,
        exit_sell: float,
    ) -> None:
        self.name: str = name
        self.name_zh: str = name_zh
        self.unit: str = unit
        self.value_decimals: int = value_decimals
        self.legs: list[LegLayout] = legs
        self.enter_buy: float = enter_buy
        self.exit_buy: float = exit_buy
        self.enter_sell: float = enter_sell
        self.exit_sell: float = exit_sell
        self.largest_lots: int = 0


@final
class SourceLayout:
    """One connection: its kind is "feed", "gateway" or "venue_library".

    Attributes:
        fault_names: what can be wrong with what a feed brings.
    """

    def __init__(self, name: str, name_zh: str, kind: str, venue: str) -> None:
        self.fault_names: list[str] = []
        self.name: str = name
        self.name_zh: str = name_zh
        self.kind: str = kind
        self.venue: str = venue


@final
class ViewLayout:
    """What the page describes once.

    Attributes:
        engine_name: the engine (one engine is one risk domain).
        code_version: version of the code that writes.
        speed_milli: calendar seconds per 1,000 real seconds.
        gate_names: name of each gate code; code 0 means that nothing blocks.
        counter_names: name of each counter, unit last.
        markets: instruments, by index, that stand for each other in a leg: their best prices are shown as one.
    """

    def __init__(
        self,
        engine_name: str,
        code_version: str,
        speed_milli: int,
        instruments: list[InstrumentLayout],
        spreads: list[SpreadLayout],
        sources: list[SourceLayout],
        gate_names: list[str],
        counter_names: list[str],
    ) -> None:
        self.engine_name: str = engine_name
        self.code_version: str = code_version
        self.speed_milli: int = speed_milli
        self.instruments: list[InstrumentLayout] = instruments
        self.spreads: list[SpreadLayout] = spreads
        self.sources: list[SourceLayout] = sources
        self.gate_names: list[str] = gate_names
        self.counter_names: list[str] = counter_names
        self.markets: list[list[int]] = []


def _check_limits(layout: ViewLayout) -> None:
    if len(layout.instruments) > INSTRUMENTS_MAX or len(layout.spreads) > SPREADS_MAX:
        raise LocalProtocolError("the page holds 256 instruments and 128 spreads")
    if len(layout.sources) > SOURCES_MAX or len(layout.counter_names) > COUNTERS_MAX:
        raise LocalProtocolError("the page holds 64 sources and 64 counters")
    for spread in layout.spreads:
        if len(spread.legs) > SPREAD_LEGS_MAX:
            raise LocalProtocolError(f"spread {spread.name} has more than 8 legs")


def _instrument_fields(instrument: InstrumentLayout) -> dict[str, object]:
    return {
        "symbol": instrument.symbol,
        "name": instrument.name,
        "name_zh": instrument.name_zh,
        "venue": instrument.venue,
        "venue_name": instrument.venue_name,
        "venue_name_zh": instrument.venue_name_zh,
        "utc_offset_s": instrument.utc_offset_s,
        "currency": instrument.currency,
        "price_decimals": instrument.price_decimals,
        "tick_units": instrument.tick_units,
        "modelled": instrument.modelled,
        "tradable": instrument.tradable,
    }


def _spread_fields(spread: SpreadLayout) -> dict[str, object]:
    legs: list[dict[str, object]] = []
    for leg in spread.legs:
        legs.append(
            {
                "instrument_index": leg.instrument_index,
                "side": leg.side,
                "ratio": leg.ratio,
                "multiplier": leg.multiplier,
            }
        )
    return {
        "name": spread.name,
        "name_zh": spread.name_zh,
        "unit": spread.unit,
        "value_decimals": spread.value_decimals,
        "largest_lots": spread.largest_lots,
        "legs": legs,
    }


def encode_layout(layout: ViewLayout) -> bytes:
    """The description as JSON (UTF-8). Thresholds are data, since they can change; they are not part of it."""
    sources: list[dict[str, object]] = []
    for source in layout.sources:
        sources.append(
            {
                "name": source.name,
                "name_zh": source.name_zh,
                "kind": source.kind,
                "venue": source.venue,
                "fault_names": source.fault_names,
            }
        )
    instruments = [_instrument_fields(instrument) for instrument in layout.instruments]
    spreads = [_spread_fields(spread) for spread in layout.spreads]
    fields: dict[str, object] = {
        "engine_name": layout.engine_name,
        "code_version": layout.code_version,
        "speed_milli": layout.speed_milli,
        "instruments": instruments,
        "spreads": spreads,
        "sources": sources,
        "gate_names": layout.gate_names,
        "counter_names": layout.counter_names,
        "markets": layout.markets,
    }
    return json.dumps(fields, ensure_ascii=False).encode()


@final
class _SpreadState:
    """What the writer remembers of one spread between its calls."""

    def __init__(self, layout: SpreadLayout) -> None:
        self.buy: float = NO_VALUE
        self.sell: float = NO_VALUE
        self.mid: float = NO_VALUE
        self.enter_buy: float = layout.enter_buy
        self.exit_buy: float = layout.exit_buy
        self.enter_sell: float = layout.enter_sell
        self.exit_sell: float = layout.exit_sell
        self.gate: i64 = 0
        self.open_orders: i64 = 0
        self.leg_lots: list[int] = [0 for _ in range(SPREAD_LEGS_MAX)]


def _zeros(size: int) -> bytes:
    return bytes(size)


def _write_side(writer: BytesWriter, side: BookSide) -> None:
    for level in range(LEVELS):
        used = level < side.depth
        write_i64_le(writer, side.price_ticks[level] if used else 0)
        write_i64_le(writer, side.quantity_lots[level] if used else 0)


@final
class ViewWriter:
    """The engine's end of the page. Calls come in the order `begin`, any number of the others, `end`.

    Args:
        path: the page's file; an older file there is replaced once the new one is complete.
        layout: what is shown. Raises LocalProtocolError when it is beyond the page's limits.
    """

    def __init__(self, path: str, layout: ViewLayout) -> None:
        _check_limits(layout)
        description = encode_layout(layout)
        self.sequence: i64 = 0
        self.in_progress: bool = False
        self.state: i64 = ENGINE_STARTING
        self.now_ns: i64 = 0
        self.utc_ns: i64 = 0
        self.published: i64 = 0
        self.scratch: BytesWriter = BytesWriter()
        self.spreads: list[_SpreadState] = [_SpreadState(spread) for spread in layout.spreads]
        self.books: list[bytes] = [_zeros(INSTRUMENT_SIZE) for _ in layout.instruments]
        self.sources: list[bytes] = [_zeros(SOURCE_SIZE) for _ in layout.sources]
        self.fault_names: list[list[str]] = [source.fault_names for source in layout.sources]
        self.feeds: list[bytes] = [_zeros(FEED_SIZE + 8 * len(source.fault_names)) for source in layout.sources]
        self.counters: list[int] = [0 for _ in layout.counter_names]
        self.data_size: int = len(self._data())
        self.data_offset: int = (HEADER_SIZE + len(description) + 63) // 64 * 64
        self.map: mmap.mmap = self._create(path, description)

    def _create(self, path: str, description: bytes) -> mmap.mmap:
        unfinished = path + ".new"
        size = self.data_offset + self.data_size
        descriptor = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, size)
            mapped = mmap.mmap(descriptor, size)
        finally:
            os.close(descriptor)
        header = BytesWriter()
        write_i64_le(header, PAGE_MAGIC)
        write_i64_le(header, PAGE_VERSION)
        write_i64_le(header, 0)
        write_i64_le(header, 0)
        write_i64_le(header, HEADER_SIZE)
        write_i64_le(header, len(description))
        write_i64_le(header, i64(self.data_offset))
        write_i64_le(header, i64(self.data_size))
        mapped[0:HEADER_SIZE] = header.getvalue()
        mapped[HEADER_SIZE : HEADER_SIZE + len(description)] = description
        self._publish(mapped, self._data())
        os.replace(unfinished, path)
        return mapped

    def begin(self, now_ns: i64, utc_ns: i64) -> None:
        """Start the next state of the page, at the step's monotonic and calendar time."""
        if self.in_progress:
            raise LocalProtocolError("begin was called twice without end")
        self.in_progress = True
        self.now_ns = now_ns
        self.utc_ns = utc_ns

    def engine(self, state: i64) -> None:
        """One of ENGINE_*."""
        self.state = state

    def book(self, index: i64, book: Book, updates: i64 = 0, phase: i64 = 0, locked_side: i64 = 0) -> None:
        """The book of the instrument at `index`, and what else is known of its market.

        Args:
            updates: feed messages that touched it since the start.
            phase, locked_side: as trading/conditions.py has them.
        """
        writer = self.scratch
        writer.truncate(0)
        write_i64_le(writer, book.state)
        write_i64_le(writer, book.last_ticks)
        write_i64_le(writer, book.event_utc_ns)
        write_i64_le(writer, book.received_ns)
        write_i64_le(writer, updates)
        write_i64_le(writer, book.bids.depth)
        write_i64_le(writer, book.asks.depth)
        write_i64_le(writer, phase)
        write_i64_le(writer, locked_side)
        _write_side(writer, book.bids)
        _write_side(writer, book.asks)
        self.books[index] = writer.getvalue()

    def spread(self, index: i64, buy: float, sell: float, mid: float, gate: i64, open_orders: i64) -> None:
        """A spread's executable buy and sell value, its mid (NO_VALUE where there is none), the gate that blocks it
        (0 when none does), and how many of its spread orders are open."""
        state = self.spreads[index]
        state.buy = buy
        state.sell = sell
        state.mid = mid
        state.gate = gate
        state.open_orders = open_orders

    def spread_position(self, index: i64, leg: i64, lots: i64) -> None:
        """Signed lots that one leg of the spread holds."""
        self.spreads[index].leg_lots[leg] = int(lots)

    def spread_thresholds(
        self, index: i64, enter_buy: float, exit_buy: float, enter_sell: float, exit_sell: float
    ) -> None:
        """Thresholds that replace those of the layout, when an operator changes them."""
        state = self.spreads[index]
        state.enter_buy = enter_buy
        state.exit_buy = exit_buy
        state.enter_sell = enter_sell
        state.exit_sell = exit_sell

    def source(self, index: i64, state: i64, messages_in: i64, messages_out: i64, faults: i64, gaps: i64 = 0) -> None:
        """A connection's state (one of SOURCE_*) and its totals since the start."""
        writer = self.scratch
        writer.truncate(0)
        write_i64_le(writer, state)
        write_i64_le(writer, messages_in)
        write_i64_le(writer, messages_out)
        write_i64_le(writer, gaps)
        write_i64_le(writer, faults)
        self.sources[index] = writer.getvalue()

    def feed(self, index: i64, numbers: list[i64]) -> None:
        """How a source that is a feed is: FEED_NUMBERS, the classes of its latencies, its faults by their names."""
        writer = self.scratch
        writer.truncate(0)
        for number in numbers:
            write_i64_le(writer, number)
        self.feeds[index] = writer.getvalue()

    def counter(self, index: i64, value: i64) -> None:
        """The value of one of the layout's counters."""
        self.counters[index] = int(value)

    def end(self) -> None:
        """Publish everything since `begin`."""
        if not self.in_progress:
            raise LocalProtocolError("end was called without begin")
        self.in_progress = False
        self.published += 1
        self._publish(self.map, self._data())

    def close(self) -> None:
        """Unmap the page; the file stays and shows the last state."""
        self.map.close()

    def _data(self) -> bytes:
        writer = self.scratch
        writer.truncate(0)
        write_i64_le(writer, self.now_ns)
        write_i64_le(writer, self.utc_ns)
        write_i64_le(writer, self.state)
        write_i64_le(writer, self.published)
        for book in self.books:
            writer.write(book)
        for spread in self.spreads:
            self._write_spread(writer, spread)
        for at in range(len(self.sources)):
            writer.write(self.sources[at])
            writer.write(self.feeds[at])
        for value in self.counters:
            write_i64_le(writer, i64(value))
        return writer.getvalue()

    def _write_spread(self, writer: BytesWriter, spread: _SpreadState) -> None:
        write_f64_le(writer, spread.buy)
        write_f64_le(writer, spread.sell)
        write_f64_le(writer, spread.mid)
        write_f64_le(writer, spread.enter_buy)
        write_f64_le(writer, spread.exit_buy)
        write_f64_le(writer, spread.enter_sell)
        write_f64_le(writer, spread.exit_sell)
        write_i64_le(writer, spread.gate)
        write_i64_le(writer, spread.open_orders)
        for lots in spread.leg_lots:
            write_i64_le(writer, i64(lots))

    def _publish(self, mapped: mmap.mmap, data: bytes) -> None:
        if len(data) != self.data_size:
            raise InvariantError(f"the page's data is {len(data)} bytes, its layout says {self.data_size}")
        self.sequence += 1
        self._store(mapped, SEQUENCE_OFFSET, self.sequence)
        mapped[self.data_offset : self.data_offset + self.data_size] = data
        self._store(mapped, CRC_OFFSET, i64(zlib.crc32(data)))
        self.sequence += 1
        self._store(mapped, SEQUENCE_OFFSET, self.sequence)

    def _store(self, mapped: mmap.mmap, offset: int, value: i64) -> None:
        writer = BytesWriter()
        write_i64_le(writer, value)
        mapped[offset : offset + 8] = writer.getvalue()
