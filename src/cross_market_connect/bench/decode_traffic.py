"""What `xmc bench decode` decodes: packets made ahead, and the books that they must lead to.

The books here are plain lists, kept by the rules of the protocols and by nothing of the product: whoever leaves out an
entry ends elsewhere. Prices move: of ten acts seven change sizes near the best price, three move both best prices by a
tick, which costs an insertion, a deletion, and the level that comes into sight.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from cross_market_connect.bench.feed_market import DEPTH, MIDDLE_TICKS, UTC_NS, Levels
from cross_market_connect.domain.book import CHANGE, DELETE, INSERT
from cross_market_connect.domain.order import BUY, SELL
from cross_market_connect.venues.simulated.mdp3_publisher import BILLION
from cross_market_connect.wire.mdp3.codes import (
    DEFINITION_FUTURE,
    END_OF_EVENT,
    ENTRY_BID,
    ENTRY_OFFER,
    INCREMENTAL_BOOK,
    SECURITY_ADD,
    SNAPSHOT_FULL_REFRESH,
    STATUS_READY_TO_TRADE,
)
from cross_market_connect.wire.mdp3.encoder import PacketWriter
from cross_market_connect.wire.mdp3.message_writer import MessageWriter
from cross_market_connect.wire.mdp3.messages import FeedType, InstrumentDefinition
from cross_market_connect.wire.omd.family import SIDE_BID, SIDE_OFFER
from cross_market_connect.wire.omd.omd_c import ORDER_TYPE_LIMIT
from cross_market_connect.wire.omd.omd_c_writer import OmdCWriter
from cross_market_connect.wire.omd.omd_d_writer import OmdDWriter
from cross_market_connect.wire.sbe.schema import NO_VALUE, Schema

MOVES_PERCENT: Final = 30
SIZES_MAX: Final = 3
LOTS_MAX: Final = 99
MDP3_MESSAGES_MAX: Final = 4
MDP3_ACTS_MAX: Final = 3
OMD_MESSAGES_MAX: Final = 12
ORDER_MESSAGES_MAX: Final = 24
# Orders of an instrument to begin with, and how far from the middle they stand.
ORDERS_KEPT: Final = 60
ORDER_TICKS_MAX: Final = 40
# OMD-C prices have three implied decimals.
THOUSAND: Final = 1_000


class Entry(NamedTuple):
    """One level operation. `side` is BUY or SELL, `level` 1 the best; of a deletion price and size mean nothing."""

    side: int
    action: int
    level: int
    ticks: int
    lots: int


class TrueBook:
    """Both sides of one instrument, full to the tenth level, best first."""

    def __init__(self) -> None:
        self.sides: dict[int, list[tuple[int, int]]] = {
            int(side): [(MIDDLE_TICKS - int(side) * (at + 1), 50) for at in range(DEPTH)] for side in (BUY, SELL)
        }

    def act(self, chance: random.Random) -> list[Entry]:
        """Something happens in the market; how it is published."""
        side = int(BUY if chance.randrange(2) else SELL)
        if chance.randrange(100) < MOVES_PERCENT:
            return self._move(side, chance)
        return [self._resize(side, chance) for _ in range(chance.randint(1, SIZES_MAX))]

    def levels(self) -> tuple[Levels, Levels]:
        """As `feed_market.sides_of` gives a receiver's book."""
        return tuple(self.sides[int(BUY)]), tuple(self.sides[int(SELL)])

    def _resize(self, side: int, chance: random.Random) -> Entry:
        at = min(chance.randrange(DEPTH), chance.randrange(DEPTH))
        ticks, lots = self.sides[side][at][0], chance.randint(1, LOTS_MAX)
        self.sides[side][at] = (ticks, lots)
        return Entry(side, int(CHANGE), at + 1, ticks, lots)

    def _move(self, side: int, chance: random.Random) -> list[Entry]:
        """`side` betters its best price by a tick, and the other side's is gone."""
        mine, other = self.sides[side], self.sides[-side]
        best = (mine[0][0] + side, chance.randint(1, LOTS_MAX))
        last = (other[-1][0] + side, chance.randint(1, LOTS_MAX))
        mine.insert(0, best)
        mine.pop()
        other.pop(0)
        other.append(last)
        return [
            Entry(-side, int(DELETE), 1, 0, 0),
            Entry(-side, int(INSERT), DEPTH, *last),
            Entry(side, int(INSERT), 1, *best),
        ]


class Traffic:
    """Packets of one channel, numbered from 2: number 1 is the heartbeat that a feed joins by.

    Attributes:
        entries, wanted_entries: in all packets, and those of the instruments that are wanted, the first `wanted`.
    """

    def __init__(self, instruments: int, wanted: int, seed: int) -> None:
        self.books = [TrueBook() for _ in range(instruments)]
        self.wanted = wanted
        self.packets: list[bytes] = []
        self.entries = self.wanted_entries = 0
        self._chance = random.Random(seed)

    def truth(self) -> list[tuple[Levels, Levels]]:
        """The wanted books after the last packet."""
        return [book.levels() for book in self.books[: self.wanted]]

    def _act(self) -> tuple[int, list[Entry]]:
        at = self._chance.randrange(len(self.books))
        entries = self.books[at].act(self._chance)
        self.entries += len(entries)
        self.wanted_entries += len(entries) if at < self.wanted else 0
        return at, entries


def security_id(at: int) -> int:
    """Ids are scattered, as the venue's are; a prime keeps them apart."""
    return (at + 1) * 48_271 % 999_983


class Mdp3Traffic(Traffic):
    """Incremental books (46): one to four events to a packet, each a message about one to three instruments."""

    def __init__(self, schema: Schema, instruments: int, wanted: int, seed: int) -> None:
        super().__init__(instruments, wanted, seed)
        self._packet = PacketWriter(schema)
        self._writer = MessageWriter(self._packet, schema)
        self._counts = [0] * instruments

    def heartbeat(self) -> bytes:
        """Packet 1."""
        self._packet.start(1, UTC_NS)
        self._writer.add_heartbeat()
        return bytes(self._packet.finish())

    def definition(self, at: int) -> bytes:
        """What an instrument of `feed_market.instruments` is."""
        said = InstrumentDefinition(DEFINITION_FUTURE)
        said.match_event_indicator = END_OF_EVENT
        said.update_action = SECURITY_ADD
        said.symbol = str(at + 1)
        said.security_id = security_id(at)
        said.security_type = "FUT"
        said.currency = "CNY"
        said.display_factor = said.min_price_increment = BILLION
        said.feed_types = [FeedType("GBX", DEPTH)]
        self._packet.start(at + 1, UTC_NS)
        self._writer.add_definition(said)
        return bytes(self._packet.finish())

    def snapshot(self, at: int) -> bytes:
        """The book that an instrument begins with, as of packet 1."""
        self._packet.start(at + 1, UTC_NS)
        self._writer.begin_snapshot(SNAPSHOT_FULL_REFRESH, 1, 1, security_id(at), 0, UTC_NS, STATUS_READY_TO_TRADE)
        for side, levels in TrueBook().sides.items():
            kind = ENTRY_BID if side == BUY else ENTRY_OFFER
            for number, (ticks, lots) in enumerate(levels, 1):
                self._writer.add_entry(ticks * BILLION, lots, NO_VALUE, NO_VALUE, 1, number, NO_VALUE, kind)
        self._writer.end()
        return bytes(self._packet.finish())

    def make(self, count: int) -> None:
        """So many packets more."""
        chance = self._chance
        for _ in range(count):
            seq = len(self.packets) + 2
            self._packet.start(seq, UTC_NS + seq)
            for _message in range(chance.randint(1, MDP3_MESSAGES_MAX)):
                self._writer.begin_update(INCREMENTAL_BOOK, UTC_NS + seq, END_OF_EVENT)
                for _number in range(chance.randint(1, MDP3_ACTS_MAX)):
                    self._write(*self._act())
                self._writer.end()
            self.packets.append(bytes(self._packet.finish()))

    def _write(self, at: int, entries: Sequence[Entry]) -> None:
        for side, action, level, ticks, lots in entries:
            self._counts[at] += 1
            price = NO_VALUE if action == DELETE else ticks * BILLION
            kind = ENTRY_BID if side == BUY else ENTRY_OFFER
            self._writer.add_entry(price, lots, security_id(at), self._counts[at], 1, level, action, kind)


class OmdTraffic(Traffic):
    """Aggregate Order Book Updates (353): one to twelve messages to a packet, each about one instrument.

    Attributes:
        messages: in all packets.
    """

    def __init__(self, instruments: int, wanted: int, seed: int) -> None:
        super().__init__(instruments, wanted, seed)
        self.messages = 0
        self._writer = OmdDWriter()
        self._next_seq = 2

    def heartbeat(self) -> bytes:
        """Number 1 was the last one sent."""
        return bytes(self._writer.heartbeat(1, UTC_NS))

    def refresh_cycle(self) -> list[bytes]:
        """The books that all instruments begin with, as of message 1, between two ends of cycles."""
        cycle = []
        seq = 1
        pairs = [[], *[range(at, min(at + 2, self.wanted)) for at in range(0, self.wanted, 2)], []]
        for pair in pairs:
            self._writer.start(seq, UTC_NS)
            for at in pair:
                self._begin_book(at)
            if not pair:
                self._writer.add_refresh_complete(1)
            seq += max(len(pair), 1)
            cycle.append(bytes(self._writer.finish()))
        return cycle

    def make(self, count: int) -> None:
        """So many packets more."""
        for _ in range(count):
            messages = self._chance.randint(1, OMD_MESSAGES_MAX)
            self._writer.start(self._next_seq, UTC_NS + self._next_seq)
            for _message in range(messages):
                self._write(*self._act())
            self._next_seq += messages
            self.messages += messages
            self.packets.append(bytes(self._writer.finish()))

    def _begin_book(self, at: int) -> None:
        entries = [
            Entry(side, int(INSERT), number, ticks, lots)
            for side, levels in TrueBook().sides.items()
            for number, (ticks, lots) in enumerate(levels, 1)
        ]
        self._write(at, entries)

    def _write(self, at: int, entries: Sequence[Entry]) -> None:
        self._writer.begin_book(security_id(at))
        for side, action, level, ticks, lots in entries:
            self._writer.add_entry(lots, ticks, 1, SIDE_BID if side == BUY else SIDE_OFFER, level, action)
        self._writer.end_book()


class OrderTraffic:
    """Add, Modify and Delete Orders (30, 31, 32) of OMD-C: one to 24 messages to a packet.

    Of a hundred messages 42 add, 42 delete, 16 modify; orders stand near the middle more often than far away.

    Attributes:
        refresh: a cycle of the refresh channel that puts ORDERS_KEPT orders into each book, as of message 1.
        packets: of the live channel, from message 2 on; messages: in them.
    """

    def __init__(self, instruments: int, seed: int) -> None:
        self.refresh: list[bytes] = []
        self.packets: list[bytes] = []
        self.messages = 0
        # Of each instrument: order id, side, ticks, quantity.
        self.orders: list[list[tuple[int, int, int, int]]] = [[] for _ in range(instruments)]
        self._chance = random.Random(seed)
        self._writer = OmdCWriter()
        self._next_seq = 1
        self._last_id = 0
        self.refresh.append(self._refresh_complete())
        for at in range(instruments):
            for from_order in range(0, ORDERS_KEPT, ORDER_MESSAGES_MAX):
                count = min(ORDER_MESSAGES_MAX, ORDERS_KEPT - from_order)
                self.refresh.append(self._packet([at] * count, 100))
        self.refresh.append(self._refresh_complete())
        self._next_seq = 2

    def heartbeat(self) -> bytes:
        """Number 1 was the last one sent."""
        return bytes(self._writer.heartbeat(1, UTC_NS))

    def make(self, count: int) -> None:
        """So many packets more."""
        for _ in range(count):
            messages = self._chance.randint(1, ORDER_MESSAGES_MAX)
            self.messages += messages
            places = [self._chance.randrange(len(self.orders)) for _message in range(messages)]
            self.packets.append(self._packet(places, 42))

    def truth(self) -> list[tuple[Levels, Levels]]:
        """The best levels of every book after the last packet: sums over its orders."""
        return [(_best(orders, int(BUY)), _best(orders, int(SELL))) for orders in self.orders]

    def _refresh_complete(self) -> bytes:
        self._writer.start(self._next_seq, UTC_NS)
        self._writer.add_refresh_complete(1)
        self._next_seq += 1
        return bytes(self._writer.finish())

    def _packet(self, places: Sequence[int], adds_percent: int) -> bytes:
        self._writer.start(self._next_seq, UTC_NS + self._next_seq)
        self._next_seq += len(places)
        for at in places:
            drawn = self._chance.randrange(100)
            if drawn < adds_percent or not self.orders[at]:
                self._add(at)
            else:
                self._change(at, drawn < 2 * adds_percent)
        return bytes(self._writer.finish())

    def _add(self, at: int) -> None:
        chance = self._chance
        side = int(BUY if chance.randrange(2) else SELL)
        away = min(chance.randint(1, ORDER_TICKS_MAX), chance.randint(1, ORDER_TICKS_MAX))
        ticks, lots = MIDDLE_TICKS - side * away, chance.randint(1, LOTS_MAX)
        self._last_id += 1
        self.orders[at].append((self._last_id, side, ticks, lots))
        wire = SIDE_BID if side == BUY else SIDE_OFFER
        self._writer.add_order(at + 1, self._last_id, ticks * THOUSAND, lots, wire, ORDER_TYPE_LIMIT, 0)

    def _change(self, at: int, ends: bool) -> None:
        orders = self.orders[at]
        number = self._chance.randrange(len(orders))
        order_id, side, ticks, _lots = orders[number]
        wire = SIDE_BID if side == BUY else SIDE_OFFER
        if ends:
            orders[number] = orders[-1]
            orders.pop()
            self._writer.delete_order(at + 1, order_id, wire)
        else:
            lots = self._chance.randint(1, LOTS_MAX)
            orders[number] = (order_id, side, ticks, lots)
            self._writer.modify_order(at + 1, order_id, lots, wire, 0)


def _best(orders: Sequence[tuple[int, int, int, int]], side: int) -> Levels:
    sums: Counter[int] = Counter()
    for _order_id, order_side, ticks, lots in orders:
        if order_side == side:
            sums[ticks] += lots
    return tuple(sorted(sums.items(), reverse=side == BUY)[:DEPTH])
