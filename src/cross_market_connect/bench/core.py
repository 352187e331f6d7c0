"""`xmc bench core`: what one quote costs inside the core, and what a trigger costs until both orders are encoded.

One quote is one entry of an OMD-D Aggregate Order Book Update (353) that changes a book. Capture and log are real
files, every gate is on. Packets are made ahead; each goes through `EngineCore.on_datagram` with a reading of the clock,
as the loop does it.
"""

from __future__ import annotations

import gc
import time
from pathlib import Path
from typing import Any, Final

from cross_market_connect.bench.figures import spread
from cross_market_connect.bench.market import FEED, ORDERS_A, ORDERS_B, BenchMarket, temporary_directory
from cross_market_connect.domain.book import BOOK_LIVE
from cross_market_connect.domain.errors import InvariantError

MESSAGES_PER_PACKET: Final = 12
ENTRIES_PER_MESSAGE: Final = 4
PACKETS: Final = 6_000
ROUNDS: Final = 5
TRIGGERS: Final = 3_000
TRIGGERS_WARM: Final = 300
SHIFT: Final = 20


def packets_over(market: BenchMarket, messages: int, entries: int, count: int) -> list[bytes]:
    """Packets that walk over all instruments, two messages per instrument in turn."""
    instruments = 2 * market.pairs
    result = []
    at = 0
    for turn in range(count):
        indexes = [(at + number // 2) % instruments for number in range(messages)]
        at = (at + (messages + 1) // 2) % instruments
        result.append(market.packets.quote_packet(indexes, entries, turn))
    return result


def nanoseconds_per_quote(market: BenchMarket, packets: list[bytes], quotes_per_packet: int) -> float:
    """Time of one quote over one pass of the packets."""
    core = market.core
    on_datagram, clock = core.on_datagram, time.monotonic_ns
    began = clock()
    for packet in packets:
        on_datagram(FEED, False, packet, clock())
    elapsed = clock() - began
    market.between_packets()
    if any(book.state != BOOK_LIVE or book.received_ns < began for book in market.books[:2]):
        raise InvariantError("the packets did not reach the books")
    return elapsed / (len(packets) * quotes_per_packet)


def quote_cost_ns(pairs: int, messages: int, entries: int, count: int) -> float:
    """The best of some rounds: other work on the machine only adds."""
    with temporary_directory() as directory:
        market = BenchMarket(pairs, Path(directory))
        costs = []
        for _ in range(ROUNDS):
            packets = packets_over(market, messages, entries, count)
            gc.collect()
            costs.append(nanoseconds_per_quote(market, packets, messages * entries))
        market.close()
    return min(costs)


def trigger_times_us(triggers: int) -> list[float]:
    """From the last byte read to the second order encoded, reserved and logged; the fills in between are not timed."""
    samples = []
    with temporary_directory() as directory:
        market = BenchMarket(1, Path(directory))
        core, clock = market.core, time.monotonic_ns
        # As in the engine's loop.
        gc.collect()
        gc.disable()
        for turn in range(triggers + TRIGGERS_WARM):
            packet = market.packets.best_packet(0, -SHIFT if turn % 2 == 0 else SHIFT, turn)
            now_ns = clock()
            core.on_datagram(FEED, False, packet, now_ns)
            first, second = core.outgoing(ORDERS_A), core.outgoing(ORDERS_B)
            done_ns = clock()
            if not first or not second:
                raise InvariantError(f"turn {turn} sent no orders")
            if turn >= TRIGGERS_WARM:
                samples.append((done_ns - now_ns) / 1_000)
            market.log.seal()
            core.routes.take_encoded()
            fill(market, ORDERS_A, first)
            fill(market, ORDERS_B, second)
            market.log.seal()
            market.between_packets()
        market.close()
        gc.enable()
    return samples


def fill(market: BenchMarket, source: int, data: bytes) -> None:
    """The counterparty fills what these bytes ordered."""
    now_ns = time.monotonic_ns()
    market.core.on_bytes(source, market.counterparties[source].answer(data, now_ns), now_ns)
    market.exchange(source, now_ns)


def run() -> dict[str, Any]:
    """The whole benchmark."""
    quotes = MESSAGES_PER_PACKET * ENTRIES_PER_MESSAGE
    one = quote_cost_ns(1, MESSAGES_PER_PACKET, ENTRIES_PER_MESSAGE, PACKETS)
    thousand = quote_cost_ns(1_000, MESSAGES_PER_PACKET, ENTRIES_PER_MESSAGE, PACKETS)
    single = quote_cost_ns(1, 1, 1, PACKETS * 8)
    return {
        "quotes_per_second": round(1e9 / one),
        "quotes_per_packet": quotes,
        "quotes_per_second_one_per_packet": round(1e9 / single),
        "triggered_us": spread(trigger_times_us(TRIGGERS), 50, 99),
        "quote_cost_ns": round(one, 1),
        "quote_cost_ratio_1000_to_1": round(thousand / one, 3),
    }
