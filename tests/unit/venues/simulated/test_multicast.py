"""What a receiver that knows only OMD-D and a plain book makes of the publisher's packets, after random order flow."""

import random

from cross_market_connect.domain.book import Book, BookSide
from cross_market_connect.domain.clock import CalendarClock
from cross_market_connect.domain.instrument import Instrument, Session, Venue
from cross_market_connect.domain.order import BUY, DAY, IMMEDIATE_OR_CANCEL, LIMIT, SELL
from cross_market_connect.matching.exchange import MatchingExchange
from cross_market_connect.matching.orders import REASON_NONE, REASON_REQUESTED, ExchangeOrder
from cross_market_connect.venues.simulated.exchange import SimulatedExchange
from cross_market_connect.venues.simulated.multicast import OmdPublisher
from cross_market_connect.venues.simulated.omd_channels import (
    HEARTBEAT_INTERVAL_NS,
    REFRESH_INTERVAL_NS,
    ChannelSettings,
)
from cross_market_connect.venues.simulated.settings import ExchangeSettings
from cross_market_connect.wire.omd.family import (
    ACTION_CLEAR,
    REFRESH_COMPLETE,
    SIDE_BID,
)
from cross_market_connect.wire.omd.faults import OK, FaultCounts
from cross_market_connect.wire.omd.omd_d import (
    AGGREGATE_ORDER_BOOK_UPDATE,
    NOT_SUSPENDED,
    SERIES_DEFINITION_BASE,
    SERIES_STATUS,
    SUSPENDED,
    TRADE,
    TRADE_SIDE_BUY,
)
from cross_market_connect.wire.omd.omd_d_reader import OmdDReader
from cross_market_connect.wire.omd.packet_reader import END

LIVE, REFRESH = 10, 20
ORDERBOOK_ID = 7_340_421
UTC_NS = 1_609_725_600_000_000_000


def instrument() -> Instrument:
    venue = Venue("XHKF", "HKFE", "香港期交所", 28_800, 0)
    return Instrument(
        0, "XHKF.HSIF1", venue, "HSIF1", "HSI", "HSI", "HKD", 0, 1, 500_000, Session("day", [555, 780], [720, 990])
    )


class Receiver:
    """Applies packets to a book; a sequence gap is an error here."""

    def __init__(self) -> None:
        self.reader = OmdDReader(FaultCounts())
        self.book = Book(0)
        self.next_seq = 1
        self.trades: list[tuple[int, int, int]] = []
        self.types: list[int] = []
        self.suspensions: list[int] = []
        self.last_seq_num = -1

    def take(self, packet: bytes) -> None:
        assert self.reader.open(packet) == OK
        if self.reader.message_count == 0:
            assert self.reader.seq_num == self.next_seq - 1
            return
        assert self.reader.seq_num == self.next_seq
        self.next_seq += self.reader.message_count
        while (kind := self.reader.next()) != END:
            self.types.append(kind)
            if kind == AGGREGATE_ORDER_BOOK_UPDATE:
                assert self.reader.orderbook_id() == ORDERBOOK_ID
                self.apply()
            elif kind == TRADE:
                trade = self.reader.trade()
                self.trades.append((trade.price, trade.quantity, trade.side))
            elif kind == SERIES_STATUS:
                self.suspensions.append(self.reader.suspension_indicator())
            elif kind == REFRESH_COMPLETE:
                self.last_seq_num = self.reader.last_seq_num()

    def apply(self) -> None:
        for at in range(self.reader.entry_count()):
            if self.reader.entry_action(at) == ACTION_CLEAR:
                self.book.clear()
                continue
            side = self.book.bids if self.reader.entry_side(at) == SIDE_BID else self.book.asks
            level = self.reader.entry_level(at) - 1
            applied = side.apply(
                self.reader.entry_action(at), level, self.reader.entry_price(at), self.reader.entry_quantity(at)
            )
            assert applied


def levels(side: BookSide) -> list[tuple[int, int]]:
    return [(side.price_ticks[at], side.quantity_lots[at]) for at in range(side.depth)]


def naive_levels(exchange: MatchingExchange, side: int) -> list[tuple[int, int]]:
    """Ten best prices with their totals, summed from the participants' own orders, not from the book."""
    totals: dict[int, int] = {}
    for holding in exchange.ledger.holdings:
        for order in holding.open_orders():
            if order.side == side:
                totals[order.price_ticks] = totals.get(order.price_ticks, 0) + order.leaves_lots
    return sorted(totals.items(), key=lambda item: -item[0] * side)[:10]


def flow(steps: int, seed: int) -> tuple[MatchingExchange, OmdPublisher, Receiver, Receiver]:
    exchange = MatchingExchange([instrument()])
    for name in ("a", "b"):
        exchange.add_participant(name, False, True)
    exchange.open_trading(0)
    publisher = OmdPublisher(exchange, ChannelSettings(LIVE, REFRESH, [ORDERBOOK_ID]))
    publisher.start(0, UTC_NS)
    live, refresh = Receiver(), Receiver()
    chance = random.Random(seed)
    published = 0
    for step in range(steps):
        for _ in range(chance.randint(1, 4)):
            act(exchange, chance, step)
        exchange.take_events()
        for trade in exchange.ledger.trades[published:]:
            publisher.publish_trade(trade, step, UTC_NS)
        published = len(exchange.ledger.trades)
        publisher.publish_book(0, step, UTC_NS)
        publisher.end_step(step, UTC_NS)
        for channel, packet in publisher.take_packets():
            assert channel == LIVE
            live.take(packet)
        assert levels(live.book.bids) == naive_levels(exchange, BUY)
        assert levels(live.book.asks) == naive_levels(exchange, SELL)
        if step % 10 == 0:
            publisher.handle_timer(step * REFRESH_INTERVAL_NS, UTC_NS)
            for channel, packet in publisher.take_packets():
                (live if channel == LIVE else refresh).take(packet)
            assert refresh.last_seq_num == live.next_seq - 1
            assert levels(refresh.book.bids) == levels(live.book.bids)
            assert levels(refresh.book.asks) == levels(live.book.asks)
    return exchange, publisher, live, refresh


def act(exchange: MatchingExchange, chance: random.Random, step: int) -> None:
    participant = chance.randint(0, 1)
    mine = exchange.ledger.open_orders(participant)
    if mine and chance.random() < 0.4:
        exchange.cancel(participant, chance.choice(mine).client_id, REASON_REQUESTED, UTC_NS)
        return
    force = IMMEDIATE_OR_CANCEL if chance.random() < 0.1 else DAY
    side = chance.choice([BUY, SELL])
    price = 27_000 - int(side) * chance.randint(-3, 16)
    name = b"%d" % exchange.ledger.holdings[participant].orders.__len__()
    order = ExchangeOrder(participant, 0, name, 0, side, LIMIT, force, price, chance.randint(1, 9))
    assert exchange.submit(order, REASON_NONE, UTC_NS + step) == REASON_NONE


def test_received_book_equals_the_resting_orders_after_every_step() -> None:
    for seed in range(5):
        exchange, _, live, _ = flow(200, seed)
        assert len(live.trades) == len(exchange.ledger.trades) > 20
        assert live.trades == [
            (trade.price_ticks, trade.quantity_lots, 2 if trade.aggressor_side == BUY else 3)
            for trade in exchange.ledger.trades
        ]
        assert TRADE_SIDE_BUY == 2


def test_an_unchanged_book_is_not_published() -> None:
    exchange, publisher, _, _ = flow(20, 1)
    del exchange
    publisher.publish_book(0, 1, UTC_NS)
    publisher.end_step(1, UTC_NS)
    assert publisher.take_packets() == []


def test_start_and_refresh_define_every_series() -> None:
    exchange = MatchingExchange([instrument()])
    publisher = OmdPublisher(exchange, ChannelSettings(LIVE, REFRESH, [ORDERBOOK_ID]))
    publisher.start(0, UTC_NS)
    publisher.handle_timer(0, UTC_NS)
    live, refresh = Receiver(), Receiver()
    for channel, packet in publisher.take_packets():
        (live if channel == LIVE else refresh).take(packet)
    assert live.types == [SERIES_DEFINITION_BASE, SERIES_STATUS]
    assert refresh.types == [SERIES_DEFINITION_BASE, SERIES_STATUS, AGGREGATE_ORDER_BOOK_UPDATE, REFRESH_COMPLETE]
    assert refresh.last_seq_num == 2


def test_silent_channel_sends_heartbeats_with_the_last_number() -> None:
    exchange = MatchingExchange([instrument()])
    publisher = OmdPublisher(exchange, ChannelSettings(LIVE, REFRESH, [ORDERBOOK_ID]))
    publisher.start(0, UTC_NS)
    receiver = Receiver()
    for _, packet in publisher.take_packets():
        receiver.take(packet)
    publisher.handle_timer(HEARTBEAT_INTERVAL_NS - 1, UTC_NS)
    assert [channel for channel, _ in publisher.take_packets()] == [REFRESH]
    publisher.handle_timer(HEARTBEAT_INTERVAL_NS, UTC_NS)
    [(channel, packet)] = publisher.take_packets()
    assert (channel, len(packet)) == (LIVE, 16)
    receiver.take(packet)


def test_a_halt_is_told_on_the_live_channel_at_once_and_once() -> None:
    """Series Status (321): not only the refresh channel, a second later, says that trading stands still."""
    settings = ExchangeSettings("XHKF", b"HKFE", [instrument()], CalendarClock(0, UTC_NS, 1000, [], []), 7)
    settings.channel = ChannelSettings(LIVE, REFRESH, [ORDERBOOK_ID])
    exchange = SimulatedExchange(settings)
    exchange.start(0, UTC_NS)
    receiver = Receiver()

    def hear(now_ns: int) -> list[int]:
        receiver.suspensions.clear()
        exchange.handle_timer(now_ns, UTC_NS + now_ns)
        for channel, packet in exchange.datagrams_to_send():
            if channel == LIVE:
                receiver.take(packet)
        return list(receiver.suspensions)

    assert hear(1_000) == [NOT_SUSPENDED]
    exchange.halt(0, 2_000, UTC_NS + 2_000)
    assert hear(2_000) == [SUSPENDED]
    exchange.quote(0, [(24_000, 1)], [], 3_000, UTC_NS + 3_000)
    assert hear(3_000) == []
    exchange.resume(0, 4_000, UTC_NS + 4_000)
    assert hear(4_000) == [NOT_SUSPENDED]
