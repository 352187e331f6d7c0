"""A step cut into messages: which orders follow a level, which go alone, and what becomes of an order."""

from cross_market_connect.domain.book import INSERT
from cross_market_connect.domain.order import BUY, DAY, LIMIT, SELL
from cross_market_connect.matching.exchange import MatchingExchange
from cross_market_connect.matching.orders import REASON_NONE, REASON_REQUESTED, ExchangeOrder
from cross_market_connect.venues.simulated.mdp3_event import ORDERS_BEHIND_MAX, Event, OrderChange, PublishedOrders
from cross_market_connect.wire.mdp3.codes import (
    INCREMENTAL_BOOK,
    INCREMENTAL_ORDER_BOOK,
    ORDER_DELETE,
    ORDER_NEW,
    ORDER_UPDATE,
)
from tests.unit.venues.cme.support import UTC_NS, gold


def order(number: int, side: int = BUY, price: int = 100, lots: int = 1, participant: int = 0) -> ExchangeOrder:
    made = ExchangeOrder(participant, 0, b"%d" % number, 0, side, LIMIT, DAY, price, lots)
    made.order_number = number
    return made


def test_orders_follow_their_level_as_many_as_may_and_the_others_go_first() -> None:
    event = Event()
    event.unit = 10
    event.add(5, 100, 1, BUY, 1, INSERT)
    event.add(5, 100, 1, SELL, 1, INSERT)
    many = int(ORDERS_BEHIND_MAX) + 2
    for number in range(1, many + 1):
        event.put_order(OrderChange(0, order(number), 1_000, 1, ORDER_NEW))
    event.put_order(OrderChange(0, order(50, price=90), 900, 1, ORDER_NEW))
    event.put_order(OrderChange(1, order(51), 1_000, 1, ORDER_NEW))
    assert [change.order_id for change in event.behind[0]] == list(range(1, many - 1))
    assert 1 not in event.behind, "the other side at the same price"
    assert [change.order_id for change in event.alone] == [many - 1, many, 50, 51]
    parts = [(int(part.template), int(part.first), int(part.after)) for part in event.parts(3)]
    alone, book = int(INCREMENTAL_ORDER_BOOK), int(INCREMENTAL_BOOK)
    assert parts == [(alone, 0, 3), (alone, 3, 4), (book, 0, 2)]
    event.clear()
    assert (event.parts(3), event.count()) == ([], 0)


def test_what_becomes_of_an_order_is_told_once() -> None:
    exchange = MatchingExchange([gold(0, "GCG1")])
    for name in ("a", "b"):
        exchange.add_participant(name, False, True)
    exchange.open_trading(0)
    published = PublishedOrders(0, 1)

    def told() -> list[tuple[int, int, int, int]]:
        event = Event()
        published.publish(event, exchange.books[0])
        return [(int(one.order_id), int(one.price), int(one.lots), int(one.action)) for one in event.alone]

    for placed in (order(1, BUY, 100, 5), order(2, BUY, 99, 4)):
        assert exchange.submit(placed, REASON_NONE, UTC_NS) == REASON_NONE
    assert [change[1:] for change in told()] == [(100, 5, ORDER_NEW), (99, 4, ORDER_NEW)]
    assert told() == []
    assert exchange.submit(order(3, SELL, 100, 2, participant=1), REASON_NONE, UTC_NS) == REASON_NONE
    exchange.cancel(0, b"2", REASON_REQUESTED, UTC_NS)
    assert [change[1:] for change in told()] == [(99, 4, ORDER_DELETE), (100, 3, ORDER_UPDATE)]
