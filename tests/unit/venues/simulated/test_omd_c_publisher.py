"""What a receiver that only knows OMD-C's orders makes of the publisher's packets, after random order flow."""

import random

import pytest

from cross_market_connect.domain.book import BOOK_LIVE, Book
from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.order import BUY, DAY, LIMIT, SELL
from cross_market_connect.domain.records import RecordSink
from cross_market_connect.domain.step import Step
from cross_market_connect.matching.exchange import MatchingExchange
from cross_market_connect.matching.orders import REASON_NONE, REASON_REQUESTED, ExchangeOrder
from cross_market_connect.venues.hkex.omd_c_feed import OmdSecuritiesFeed
from cross_market_connect.venues.simulated.omd_c_publisher import OmdSecuritiesPublisher
from cross_market_connect.venues.simulated.omd_channels import HEARTBEAT_INTERVAL_NS, REFRESH_INTERVAL_NS
from cross_market_connect.wire.omd.faults import OK, FaultCounts
from cross_market_connect.wire.omd.omd_c_messages import OMD_C
from cross_market_connect.wire.omd.omd_c_reader import OmdCReader
from cross_market_connect.wire.omd.packet_reader import END
from tests.unit.venues.hkex.securities_support import PING_AN, TENCENT, securities, security
from tests.unit.venues.hkex.support import UTC_NS, ListSink, resting, sides

LIVE, REFRESH = 10, 20
DEFINITION = OMD_C.message(11)
SESSION = OMD_C.message(20).field("TradingSessionSubID")
# Wire price and shares of a tick and a lot, worked by hand: 0.05 and 0.20 dollars in thousandths.
UNITS = {PING_AN: (50, 500), TENCENT: (200, 100)}
Orders = dict[tuple[int, int, int], tuple[int, int]]  # code, id, side: price, shares


class Receiver:
    """Keeps orders in a dictionary; a gap or a contradiction is an error here."""

    def __init__(self) -> None:
        self.reader = OmdCReader(FaultCounts())
        self.next_seq = 1
        self.orders: Orders = {}
        self.trades: list[tuple[int, int, int]] = []
        self.states: list[tuple[int, int]] = []
        self.lots: dict[int, int] = {}
        self.sessions: list[int] = []
        self.last_seq_num = -1

    def take(self, packet: bytes) -> None:
        reader = self.reader
        assert reader.open(packet) == OK
        if reader.message_count == 0:
            assert reader.seq_num == self.next_seq - 1
            return
        assert reader.seq_num == self.next_seq
        self.next_seq += reader.message_count
        while (kind := reader.next()) != END:
            if 30 <= kind <= 32:
                self.order(kind)
            elif kind == 50:
                self.trades.append((reader.security_code(), reader.trade_price(), reader.trade_quantity()))
            elif kind == 21:
                self.states.append((reader.security_code(), reader.suspension_indicator()))
            elif kind == 11:
                self.lots[reader.security_code()] = reader.number(DEFINITION.field("LotSize"))
                assert reader.text(DEFINITION.field("CurrencyCode")) == "HKD"
            elif kind == 20:
                self.sessions.append(reader.number(SESSION))
            elif kind == 203:
                self.last_seq_num = reader.last_seq_num()
            else:
                raise AssertionError(f"message {kind}")

    def order(self, kind: int) -> None:
        reader = self.reader
        key = (reader.security_code(), reader.order_id(), reader.order_side())
        if kind == 32:
            del self.orders[key]
            return
        assert (key in self.orders) == (kind == 31)
        price = reader.order_price() if kind == 30 else self.orders[key][0]
        self.orders[key] = (price, reader.order_quantity())

    def levels(self, code: int, wire_side: int) -> list[tuple[int, int]]:
        """Ten best levels in ticks and lots."""
        tick, lot = UNITS[code]
        totals: dict[int, int] = {}
        for (of, _id, side), (price, shares) in self.orders.items():
            if (of, side) == (code, wire_side):
                assert price % tick == shares % lot == 0
                totals[price // tick] = totals.get(price // tick, 0) + shares // lot
        return sorted(totals.items(), reverse=wire_side == 0)[:10]


def act(exchange: MatchingExchange, chance: random.Random) -> None:
    participant = chance.randint(0, 1)
    mine = exchange.ledger.open_orders(participant)
    if mine and chance.random() < 0.4:
        exchange.cancel(participant, chance.choice(mine).client_id, REASON_REQUESTED, UTC_NS)
        return
    side = chance.choice([BUY, SELL])
    name = b"%d" % len(exchange.ledger.holdings[participant].orders)
    price = 1_600 - int(side) * chance.randint(-3, 16)
    order = ExchangeOrder(participant, 0, name, chance.randint(0, 1), side, LIMIT, DAY, price, chance.randint(1, 9))
    assert exchange.submit(order, REASON_NONE, UTC_NS) == REASON_NONE


def opened() -> tuple[MatchingExchange, OmdSecuritiesPublisher, Receiver, Receiver]:
    exchange = MatchingExchange(securities())
    for name in ("a", "b"):
        exchange.add_participant(name, False, True)
    for at in range(2):
        exchange.open_trading(at)
    publisher = OmdSecuritiesPublisher(exchange, LIVE, REFRESH)
    publisher.start(0, UTC_NS)
    return exchange, publisher, Receiver(), Receiver()


def deliver(publisher: OmdSecuritiesPublisher, live: Receiver, refresh: Receiver) -> None:
    for channel, packet in publisher.take_packets():
        (refresh if publisher.is_refresh(channel) else live).take(packet)


def test_received_orders_are_those_that_rest_after_every_step() -> None:
    exchange, publisher, live, refresh = opened()
    chance = random.Random(3)
    published = 0
    for step in range(300):
        for _ in range(chance.randint(1, 4)):
            act(exchange, chance)
        for made in exchange.ledger.trades[published:]:
            publisher.publish_trade(made, step, UTC_NS)
        published = len(exchange.ledger.trades)
        for at in range(2):
            publisher.publish_book(at, step, UTC_NS)
        publisher.end_step(step, UTC_NS)
        deliver(publisher, live, refresh)
        for at, code in enumerate((PING_AN, TENCENT)):
            assert live.levels(code, 0) == resting(exchange, at, BUY)
            assert live.levels(code, 1) == resting(exchange, at, SELL)
        if step % 10 == 0:
            refresh.orders.clear()
            publisher.handle_timer(step * REFRESH_INTERVAL_NS, UTC_NS)
            deliver(publisher, live, refresh)
            assert refresh.orders == live.orders
            assert refresh.last_seq_num == live.next_seq - 1
    assert len(live.trades) > 50
    assert live.trades == [
        (code, made.price_ticks * UNITS[code][0], made.quantity_lots * UNITS[code][1])
        for made in exchange.ledger.trades
        for code in [(PING_AN, TENCENT)[int(made.instrument_index)]]
    ]
    assert live.lots == refresh.lots == {PING_AN: 500, TENCENT: 100}


def test_an_unchanged_book_is_not_published_and_silence_is_filled() -> None:
    exchange, publisher, live, refresh = opened()
    act(exchange, random.Random(1))
    publisher.publish_book(0, 0, UTC_NS)
    publisher.publish_book(1, 0, UTC_NS)
    publisher.end_step(0, UTC_NS)
    assert len(publisher.take_packets()) > 1
    publisher.publish_book(0, 0, UTC_NS)
    publisher.publish_book(1, 0, UTC_NS)
    publisher.end_step(0, UTC_NS)
    assert publisher.take_packets() == []
    publisher.handle_timer(0, UTC_NS)
    publisher.take_packets()
    publisher.handle_timer(HEARTBEAT_INTERVAL_NS, UTC_NS)
    assert [channel for channel, _packet in publisher.take_packets()][0] == LIVE


def test_states_and_the_session() -> None:
    exchange, publisher, live, refresh = opened()
    deliver(publisher, live, refresh)
    assert (live.states, live.sessions) == ([(PING_AN, 3), (TENCENT, 3)], [3])
    exchange.halt_trading(1)
    publisher.publish_state(1, 1, UTC_NS)
    exchange.pause_trading(0)
    publisher.publish_state(0, 1, UTC_NS)
    exchange.pause_trading(1)
    publisher.publish_state(1, 1, UTC_NS)
    publisher.end_step(1, UTC_NS)
    publisher.handle_timer(1, UTC_NS)
    deliver(publisher, live, refresh)
    assert live.states[2:] == [(TENCENT, 2), (PING_AN, 3), (TENCENT, 3)]
    assert (live.sessions, refresh.sessions) == ([3, 7], [7])


def played(
    exchange: MatchingExchange, publisher: OmdSecuritiesPublisher, step: Step, chance: random.Random, number: int
) -> list[tuple[int, bytes]]:
    """What is published of some acts, a cycle of the refresh channel behind them; the step has begun."""
    act(exchange, chance)
    for at in range(2):
        publisher.publish_book(at, number, UTC_NS)
    publisher.end_step(number, UTC_NS)
    publisher.handle_timer(number * REFRESH_INTERVAL_NS, UTC_NS)
    step.begin(number * REFRESH_INTERVAL_NS, UTC_NS, number + 1)
    return publisher.take_packets()


def test_the_feed_follows_it() -> None:
    """Board lots and ticks mean the same at both ends."""
    exchange, publisher, _live, _refresh = opened()
    sink: RecordSink = ListSink()
    step = Step(sink)
    books = [Book(0), Book(1)]
    feed = OmdSecuritiesFeed(4, step, securities(), books, 1_000)
    chance = random.Random(7)
    for number in range(100):
        for channel, packet in played(exchange, publisher, step, chance, number):
            feed.receive(publisher.is_refresh(channel), packet)
        if number >= 2:
            for at in range(2):
                assert sides(books[at]) == (resting(exchange, at, BUY), resting(exchange, at, SELL))


def test_what_no_security_can_be_is_refused() -> None:
    for wrong in (security(0, "HSIF1", 5, 250_000), security(0, "5", 5, 250_000)):
        if wrong.venue_symbol == "5":
            wrong.price_decimals = 4
        with pytest.raises(InvariantError):
            OmdSecuritiesPublisher(MatchingExchange([wrong]), LIVE, REFRESH)


def test_damaged_packets_never_stop_the_feed_and_silence_heals_it() -> None:
    """A flipped bit may say anything; behind a silence everything is joined anew, and true."""
    exchange, publisher, _live, _refresh = opened()
    step = Step(ListSink())
    books = [Book(0), Book(1)]
    feed = OmdSecuritiesFeed(4, step, securities(), books, 1_000)
    chance = random.Random(11)
    for number in range(600):
        for channel, packet in played(exchange, publisher, step, chance, number):
            damaged = bytearray(packet)
            if chance.random() < 0.15:
                damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
            if chance.random() < 0.1:
                del damaged[chance.randrange(len(damaged)) :]
            feed.receive(publisher.is_refresh(channel), bytes(damaged))
    assert feed.log.malformed > 50 and feed.log.gaps > 3
    now_ns = 1_000 * REFRESH_INTERVAL_NS
    for number in range(4):
        step.begin(now_ns, UTC_NS, 1_000 + number)
        if number == 0:
            feed.handle_timer()
        publisher.handle_timer(now_ns, UTC_NS)
        for channel, packet in publisher.take_packets():
            feed.receive(publisher.is_refresh(channel), packet)
        now_ns += HEARTBEAT_INTERVAL_NS
    for at in range(2):
        assert sides(books[at]) == (resting(exchange, at, BUY), resting(exchange, at, SELL))
        assert books[at].state == BOOK_LIVE
