"""`xmc bench decode`: how fast packets become books, and what the books of many instruments take in memory.

Packets are made ahead (decode_traffic.py) and decoded in compiled loops (decode_loops.py). `entries_per_second`,
`skipped_per_second` and `orders_per_second` say what the mission asks for; `feed` is the whole feed, from a datagram to
books that trade or do not; `decoder` is the wire's reader and the book alone. Every round begins with new books, and
each book must end where the traffic's own plain lists do: a loop that passes over work raises.

Wall time. Other work on the machine only adds, and it takes a core for longer than a block of packets lasts: a figure
adds up the fastest round of each block. The median is of the rounds as wholes, with whatever else ran.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

from cross_market_connect.bench import decode_loops as loops
from cross_market_connect.bench.decode_traffic import Mdp3Traffic, OmdTraffic, OrderTraffic, TrueBook, security_id
from cross_market_connect.bench.feed_market import DEPTH, UTC_NS, Ignored, Levels, instruments, sides_of
from cross_market_connect.bench.feed_mdp3 import MIC as MDP3_MIC
from cross_market_connect.bench.feed_omd_c import MIC as OMD_C_MIC
from cross_market_connect.bench.feed_omd_d import MIC as OMD_MIC
from cross_market_connect.domain.book import BOOK_LIVE, Book
from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.order import BUY
from cross_market_connect.domain.step import Step
from cross_market_connect.market.order_book import OrderTable
from cross_market_connect.venues.cme.mdp3_feed import CmeFuturesFeed
from cross_market_connect.venues.cme.securities import Securities as CmeSecurities
from cross_market_connect.venues.hkex.omd_c_feed import OmdSecuritiesFeed
from cross_market_connect.venues.hkex.omd_d_feed import OmdDerivativesFeed
from cross_market_connect.venues.hkex.securities import Securities
from cross_market_connect.venues.hkex.series import SeriesTable
from cross_market_connect.wire.mdp3 import DESCRIPTION_FILE
from cross_market_connect.wire.mdp3.decoder import PacketReader
from cross_market_connect.wire.mdp3.faults import FaultCounts
from cross_market_connect.wire.mdp3.layout import Layouts
from cross_market_connect.wire.omd.faults import FaultCounts as OmdFaultCounts
from cross_market_connect.wire.omd.omd_c_reader import OmdCReader
from cross_market_connect.wire.omd.omd_d_reader import OmdDReader
from cross_market_connect.wire.sbe.reader import read_schema

ROUNDS: Final = 7
# Short enough that most blocks run without another program taking the core in between.
BLOCK_PACKETS: Final = 250
SEED: Final = 1
MEGABYTE: Final = 1_000_000
STATUS_FILE: Final = Path("/proc/self/status")


class Scale(NamedTuple):
    """How much is decoded.

    Attributes:
        packets: of each kind.
        instruments: with books, all of them wanted.
        channel: instruments of the channel of which only `wanted_few` are wanted.
        orders_max: places of the order table, as a channel's feed would take them.
        memory_instruments: whose books' memory is taken.
    """

    packets: int = 20_000
    instruments: int = 200
    channel: int = 4_000
    wanted_few: int = 8
    orders_max: int = 200_000
    memory_instruments: int = 10_000
    rounds: int = ROUNDS


WHOLE: Final = Scale()


class Rate(NamedTuple):
    """Items per second.

    Attributes:
        best: of each block its fastest round, added up.
        median: the middle one of the rounds, each as a whole.
    """

    best: int
    median: int


def rate(items: int, rounds: int, one_round: Callable[[], list[int]]) -> Rate:
    """Of rounds that each say how many nanoseconds every block of the items took."""
    times = [one_round() for _ in range(rounds)]
    best = sum(min(block) for block in zip(*times, strict=True))
    return Rate(round(items * 1e9 / best), round(items * 1e9 / median(map(sum, times))))


def timed(packets: Sequence[bytes], work: Callable[[list[bytes]], object]) -> list[int]:
    """Nanoseconds of wall time of each block, without the collector, as in the engine's loop."""
    blocks = [[*packets[at : at + BLOCK_PACKETS]] for at in range(0, len(packets), BLOCK_PACKETS)]
    clock = time.perf_counter_ns
    times = []
    gc.collect()
    gc.disable()
    for block in blocks:
        began = clock()
        work(block)
        times.append(clock() - began)
    gc.enable()
    return times


def counting(work: Callable[[list[bytes]], int]) -> tuple[Callable[[list[bytes]], object], list[int]]:
    """A loop, and what it says of each block."""
    counted: list[int] = []
    return lambda block: counted.append(work(block)), counted


def must_equal(what: str, books: Sequence[Book], truth: Sequence[tuple[Levels, Levels]], are_live: bool) -> None:
    """Every book is what the traffic says. Raises InvariantError."""
    for book, sides in zip(books, truth, strict=True):
        if sides_of(book) != sides or (are_live and book.state != BOOK_LIVE):
            raise InvariantError(f"{what}: the book of instrument {book.instrument_index} is not what was sent")


def must_count(what: str, counted: int, sent: int) -> None:
    """The loop decoded as many as were sent. Raises InvariantError."""
    if counted != sent:
        raise InvariantError(f"{what}: {counted} of {sent} were decoded")


def full_books(count: int) -> list[Book]:
    """The books that the traffic begins with."""
    books = [Book(at) for at in range(count)]
    for book in books:
        for side, levels in TrueBook().sides.items():
            into = book.bids if side == BUY else book.asks
            for at, (ticks, lots) in enumerate(levels):
                into.set_level(at, ticks, lots)
    return books


# -- MDP 3.0 -----------------------------------------------------------------------------------------------------------


def mdp3_feed(traffic: Mdp3Traffic, layouts: Layouts) -> tuple[CmeFuturesFeed, Step, list[Book]]:
    """A feed whose books are live."""
    step = Step(Ignored())
    step.begin(1, UTC_NS, 1)
    books = [Book(at) for at in range(traffic.wanted)]
    feed = CmeFuturesFeed(0, step, instruments(MDP3_MIC, traffic.wanted), books, layouts, MDP3_MIC)
    for at in range(traffic.wanted):
        feed.receive(True, traffic.definition(at))
    feed.receive(False, traffic.heartbeat())
    for at in range(traffic.wanted):
        feed.receive(True, traffic.snapshot(at))
    must_equal("MDP 3.0 feed at its start", books, [TrueBook().levels()] * traffic.wanted, True)
    return feed, step, books


def mdp3_feed_round(traffic: Mdp3Traffic, layouts: Layouts) -> list[int]:
    """Every packet through the feed."""
    feed, step, books = mdp3_feed(traffic, layouts)
    elapsed = timed(traffic.packets, partial(loops.receive, feed, step))
    must_count("MDP 3.0 feed, packets", int(feed.channel.next_seq) - 2, len(traffic.packets))
    must_equal("MDP 3.0 feed", books, traffic.truth(), True)
    return elapsed


def mdp3_decoder_round(traffic: Mdp3Traffic, layouts: Layouts) -> list[int]:
    """Every packet through the reader."""
    securities = CmeSecurities(instruments(MDP3_MIC, traffic.wanted))
    definitions = PacketReader(FaultCounts(), layouts)
    for at in range(traffic.wanted):
        definitions.open(traffic.definition(at))
        definitions.next()
        securities.define(at, definitions.definition())
    books = full_books(traffic.wanted)
    reader = PacketReader(FaultCounts(), layouts)
    work, counted = counting(partial(loops.apply_mdp3, reader, securities, books))
    elapsed = timed(traffic.packets, work)
    must_count("MDP 3.0 decoder, entries", sum(counted), traffic.wanted_entries)
    must_equal("MDP 3.0 decoder", books, traffic.truth(), False)
    return elapsed


def mdp3(scale: Scale) -> dict[str, Any]:
    """Entries into books where every instrument is wanted; entries passed over where few are."""
    schema = read_schema(DESCRIPTION_FILE.read_text(), DESCRIPTION_FILE.name)
    layouts = Layouts(schema)
    all_wanted = Mdp3Traffic(schema, scale.instruments, scale.instruments, SEED)
    few_wanted = Mdp3Traffic(schema, scale.channel, scale.wanted_few, SEED + 1)
    feed, decoder = [], []
    for traffic in (all_wanted, few_wanted):
        traffic.make(scale.packets)
        items = traffic.entries if traffic is all_wanted else traffic.entries - traffic.wanted_entries
        feed.append(rate(items, scale.rounds, partial(mdp3_feed_round, traffic, layouts)))
        decoder.append(rate(items, scale.rounds, partial(mdp3_decoder_round, traffic, layouts)))
    names = ("entries_per_second", "skipped_per_second")
    return {
        **{name: one.best for name, one in zip(names, feed, strict=True)},
        **{f"{name}_median": one.median for name, one in zip(names, feed, strict=True)},
        "decoder": {name: one.best for name, one in zip(names, decoder, strict=True)},
        "packets": scale.packets,
        "entries_per_packet": round(all_wanted.entries / scale.packets, 1),
        "instruments": scale.instruments,
        "skipped": {"instruments": scale.channel, "wanted": scale.wanted_few},
    }


# -- OMD ---------------------------------------------------------------------------------------------------------------


def omd_feed(traffic: OmdTraffic) -> tuple[OmdDerivativesFeed, Step, list[Book]]:
    """A feed whose books are live."""
    step = Step(Ignored())
    step.begin(1, UTC_NS, 1)
    count = traffic.wanted
    books = [Book(at) for at in range(count)]
    ids = {security_id(at): at for at in range(count)}
    feed = OmdDerivativesFeed(0, step, instruments(OMD_MIC, count), books, ids)
    feed.receive(False, traffic.heartbeat())
    for packet in traffic.refresh_cycle():
        feed.receive(True, packet)
    must_equal("OMD feed at its start", books, [TrueBook().levels()] * count, True)
    return feed, step, books


def omd_feed_round(traffic: OmdTraffic) -> list[int]:
    """Every packet through the feed."""
    feed, step, books = omd_feed(traffic)
    elapsed = timed(traffic.packets, partial(loops.receive, feed, step))
    must_count("OMD feed, messages", int(feed.channel.next_seq) - 2, traffic.messages)
    must_equal("OMD feed", books, traffic.truth(), True)
    return elapsed


def series_table(count: int) -> SeriesTable:
    """Defined instruments."""
    series = SeriesTable(instruments(OMD_MIC, count))
    for at in range(count):
        series.define(at, security_id(at), 0)
    return series


def omd_decoder_round(traffic: OmdTraffic) -> list[int]:
    """Every packet through the reader."""
    series = series_table(traffic.wanted)
    books = full_books(traffic.wanted)
    reader = OmdDReader(OmdFaultCounts())
    work, counted = counting(partial(loops.apply_omd, reader, series, books))
    elapsed = timed(traffic.packets, work)
    must_count("OMD decoder, entries", sum(counted), traffic.wanted_entries)
    must_equal("OMD decoder", books, traffic.truth(), False)
    return elapsed


def omd(scale: Scale) -> dict[str, Any]:
    """Entries of Aggregate Order Book Updates."""
    traffic = OmdTraffic(scale.instruments, scale.instruments, SEED + 2)
    traffic.make(scale.packets)
    feed = rate(traffic.entries, scale.rounds, lambda: omd_feed_round(traffic))
    decoder = rate(traffic.entries, scale.rounds, lambda: omd_decoder_round(traffic))
    return {
        "entries_per_second": feed.best,
        "entries_per_second_median": feed.median,
        "decoder": {"entries_per_second": decoder.best},
        "packets": scale.packets,
        "entries_per_packet": round(traffic.entries / scale.packets, 1),
        "instruments": scale.instruments,
    }


def orders_feed_round(traffic: OrderTraffic, orders_max: int) -> list[int]:
    """Every packet through the feed."""
    step = Step(Ignored())
    step.begin(1, UTC_NS, 1)
    count = len(traffic.orders)
    books = [Book(at) for at in range(count)]
    feed = OmdSecuritiesFeed(0, step, instruments(OMD_C_MIC, count), books, orders_max)
    feed.receive(False, traffic.heartbeat())
    for packet in traffic.refresh:
        feed.receive(True, packet)
    elapsed = timed(traffic.packets, partial(loops.receive, feed, step))
    must_count("orders feed, messages", int(feed.channel.next_seq) - 2, traffic.messages)
    must_equal("orders feed", books, traffic.truth(), True)
    return elapsed


def orders_decoder_round(traffic: OrderTraffic, orders_max: int) -> list[int]:
    """Every packet through the reader and the table of orders."""
    count = len(traffic.orders)
    securities = Securities(instruments(OMD_C_MIC, count))
    table = OrderTable(orders_max)
    books = [table.open_book(Book(at)) for at in range(count)]
    reader = OmdCReader(OmdFaultCounts())
    loops.apply_orders(reader, securities.codes, table, books, traffic.refresh)
    work, counted = counting(partial(loops.apply_orders, reader, securities.codes, table, books))
    elapsed = timed(traffic.packets, work)
    must_count("orders decoder", sum(counted), traffic.messages)
    must_equal("orders decoder", [book.book for book in books], traffic.truth(), False)
    return elapsed


def orders(scale: Scale) -> tuple[int, dict[str, Any]]:
    """Orders of OMD-C."""
    traffic = OrderTraffic(scale.instruments, SEED + 3)
    traffic.make(scale.packets)
    feed = rate(traffic.messages, scale.rounds, partial(orders_feed_round, traffic, scale.orders_max))
    decoder = rate(traffic.messages, scale.rounds, partial(orders_decoder_round, traffic, scale.orders_max))
    return feed.best, {
        "per_second_median": feed.median,
        "decoder": {"per_second": decoder.best},
        "packets": scale.packets,
        "orders_per_packet": round(traffic.messages / scale.packets, 1),
        "instruments": scale.instruments,
        "live": sum(len(one) for one in traffic.orders),
    }


# -- memory ------------------------------------------------------------------------------------------------------------


def resident_bytes() -> int:
    """Resident memory of this process (Linux: VmRSS of /proc/self/status)."""
    for line in STATUS_FILE.read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1_024
    raise InvariantError(f"{STATUS_FILE} has no VmRSS")


def memory(scale: Scale) -> dict[str, Any]:
    """What the instruments, books and tables of each feed take, every book live and full."""
    count = scale.memory_instruments
    schema = read_schema(DESCRIPTION_FILE.read_text(), DESCRIPTION_FILE.name)
    layouts = Layouts(schema)
    gc.collect()
    before = resident_bytes()
    mdp3_kept = mdp3_feed(Mdp3Traffic(schema, 0, count, SEED), layouts)
    between = resident_bytes()
    omd_kept = omd_feed(OmdTraffic(0, count, SEED))
    after = resident_bytes()
    must_count("books", len(mdp3_kept[2]) + len(omd_kept[2]), 2 * count)
    return {
        "mdp3_mb": round((between - before) / MEGABYTE, 1),
        "omd_mb": round((after - between) / MEGABYTE, 1),
        "instruments": count,
        "levels": DEPTH,
    }


def run(scale: Scale = WHOLE) -> dict[str, Any]:
    """The whole benchmark; memory first, while nothing that was freed lies about."""
    taken = memory(scale)
    best, about = orders(scale)
    return {
        "mdp3": mdp3(scale),
        "omd": omd(scale),
        "orders_per_second": best,
        "orders": about,
        "memory_mb": max(taken["mdp3_mb"], taken["omd_mb"]),
        "memory": taken,
        "rounds": scale.rounds,
    }
