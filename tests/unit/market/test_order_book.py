"""Books by order against a reference that keeps a dictionary of orders and sorts it anew after every operation."""

from typing import NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cross_market_connect.domain.book import LEVELS, Book, BookSide
from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.numbers import NO_PRICE
from cross_market_connect.domain.order import BUY, SELL
from cross_market_connect.market import order_book
from cross_market_connect.market.order_book import OrderBook, OrderTable

ADD, RESIZE, REPLACE, DELETE, CLEAR, CLEAR_ALL = range(6)
ORDERS_MAX = 24


class Operation(NamedTuple):
    action: int
    book: int
    order_id: int
    side: int
    price: int
    quantity: int


class Reference:
    """What the books should be, kept in the simplest way."""

    def __init__(self) -> None:
        self.orders: dict[tuple[int, int, int], tuple[int, int]] = {}

    def apply(self, op: Operation) -> int:
        if op.action in (CLEAR, CLEAR_ALL):
            kept = {k: v for k, v in self.orders.items() if op.action == CLEAR and k[0] != op.book}
            self.orders = kept
            return order_book.ORDER_OK
        if op.side not in (BUY, SELL):
            return order_book.ORDER_SIDE_IMPOSSIBLE
        if op.action != DELETE and not 0 < op.quantity <= 10**12:
            return order_book.ORDER_QUANTITY_IMPOSSIBLE
        key = (op.book, op.side, op.order_id)
        if op.action == ADD:
            if key in self.orders:
                return order_book.ORDER_KNOWN
            if len(self.orders) == ORDERS_MAX:
                return order_book.ORDER_TABLE_FULL
            self.orders[key] = (op.price, op.quantity)
            return order_book.ORDER_OK
        if key not in self.orders:
            return order_book.ORDER_UNKNOWN
        if op.action == DELETE:
            del self.orders[key]
        else:
            price = op.price if op.action == REPLACE else self.orders[key][0]
            self.orders[key] = (price, op.quantity)
        return order_book.ORDER_OK

    def levels(self, book: int, side: int) -> list[tuple[int, int, int]]:
        """Price, quantity, orders; the best first."""
        priced = [v for k, v in self.orders.items() if k[:2] == (book, side) and v[0] != NO_PRICE]
        prices = sorted({price for price, _ in priced}, reverse=side == BUY)
        return [(p, sum(q for x, q in priced if x == p), sum(1 for x, _ in priced if x == p)) for p in prices]

    def count(self, book: int, unpriced_only: bool = False) -> int:
        return sum(1 for k, v in self.orders.items() if k[0] == book and not (unpriced_only and v[0] != NO_PRICE))


def apply(table: OrderTable, books: list[OrderBook], op: Operation) -> int:
    book = books[op.book]
    if op.action == ADD:
        return table.add(book, op.order_id, op.side, op.price, op.quantity)
    if op.action == RESIZE:
        return table.resize(book, op.order_id, op.side, op.quantity)
    if op.action == REPLACE:
        return table.replace(book, op.order_id, op.side, op.price, op.quantity)
    if op.action == DELETE:
        return table.delete(book, op.order_id, op.side)
    if op.action == CLEAR:
        table.clear(book)
    else:
        table.clear_all()
    return order_book.ORDER_OK


def top(side: BookSide) -> list[tuple[int, int]]:
    return [(side.price_ticks[i], side.quantity_lots[i]) for i in range(side.depth)]


def whole(book: OrderBook, side: int) -> list[tuple[int, int, int]]:
    levels = book.bids if side == BUY else book.asks
    at = range(levels.depth - 1, -1, -1)
    return [(levels.rank[i] * side, levels.quantity_lots[i], levels.orders[i]) for i in at]


def assert_equal(table: OrderTable, books: list[OrderBook], reference: Reference) -> None:
    assert table.orders == len(reference.orders)
    for number, book in enumerate(books):
        assert book.orders == reference.count(number)
        assert book.unpriced_orders == reference.count(number, unpriced_only=True)
        for side in (BUY, SELL):
            expected = reference.levels(number, side)
            assert whole(book, side) == expected
            shown = book.book.bids if side == BUY else book.book.asks
            assert top(shown) == [(price, quantity) for price, quantity, _ in expected[:LEVELS]]


def run(operations: list[Operation]) -> OrderTable:
    table = OrderTable(ORDERS_MAX)
    books = [table.open_book(Book(n)) for n in range(3)]
    reference = Reference()
    expected_faults = [0] * len(order_book.ORDER_FAULT_NAMES)
    for op in operations:
        result = reference.apply(op)
        assert apply(table, books, op) == result, op
        expected_faults[result] += result != order_book.ORDER_OK
        assert_equal(table, books, reference)
    assert [table.faults(fault) for fault in range(len(expected_faults))] == expected_faults
    return table


# Few ids and prices, so that orders meet; ids as venues give them, and with their highest bits set.
OPERATIONS = st.builds(
    Operation,
    st.sampled_from([ADD] * 8 + [RESIZE] * 3 + [REPLACE] * 3 + [DELETE] * 5 + [CLEAR]),
    st.integers(0, 2),
    st.one_of(st.integers(1, 12), st.sampled_from([0, -1, -(2**63), 2**63 - 1, 2**31, 2**32 + 5, 18_204_674])),
    st.sampled_from([BUY, SELL]),
    st.integers(95, 110),
    st.integers(1, 500),
)
ODD_OPERATIONS = st.builds(
    Operation,
    st.sampled_from([ADD, ADD, RESIZE, REPLACE, DELETE, CLEAR, CLEAR_ALL]),
    st.integers(0, 2),
    st.integers(-(2**63), 2**63 - 1) | st.integers(1, 6),
    st.sampled_from([BUY, SELL, BUY, SELL, 0, 2]),
    st.integers(-5, 5) | st.just(NO_PRICE),
    st.sampled_from([-1, 0, 1, 2, 10**12, 10**12 + 1, 2**63 - 1]),
)


class TestAgainstTheReference:
    @given(st.lists(OPERATIONS, max_size=80))
    def test_equal_after_every_operation(self, operations: list[Operation]) -> None:
        run(operations)

    @given(st.lists(st.one_of(OPERATIONS, ODD_OPERATIONS), max_size=60))
    def test_equal_whatever_comes(self, operations: list[Operation]) -> None:
        run(operations)

    @given(st.permutations(range(20)), st.permutations(range(20)), st.sampled_from([BUY, SELL]))
    @example(list(range(20)), list(range(20)), BUY)
    @example(list(range(20)), list(range(19, -1, -1)), BUY)
    @example(list(range(19, -1, -1)), list(range(20)), SELL)
    def test_twenty_levels_come_and_go_in_any_order(self, come: list[int], go: list[int], side: int) -> None:
        # More levels than a Book shows: what leaves the best ten must come back when there is room again.
        added = [Operation(ADD, 0, n, side, 100 + n, n + 1) for n in come]
        run(added + [Operation(DELETE, 0, n, side, 0, 0) for n in go])

    def test_a_day_of_a_small_table(self) -> None:
        # Ids that grow, as a venue gives them, while the table turns over hundreds of times.
        operations = []
        for n in range(1500):
            operations.append(Operation(ADD, n % 3, 1000 + n, BUY if n % 2 else SELL, 100 + (n * 7) % 13, 1 + n % 5))
            if n >= 20:
                old = n - 20 + (n % 3 - 1 if n % 3 else 0)
                operations.append(Operation(DELETE, old % 3, 1000 + old, BUY if old % 2 else SELL, 0, 0))
        table = run(operations)
        assert table.orders <= ORDERS_MAX

    @given(
        st.lists(st.tuples(st.integers(0, 1), st.integers(0, 10_000)), unique=True, min_size=12, max_size=ORDERS_MAX)
    )
    def test_a_cleared_book_leaves_the_others_whole(self, orders: list[tuple[int, int]]) -> None:
        # A table this full has runs: what is cleared stands between what stays.
        added = [Operation(ADD, book, order_id, BUY, 100 + order_id % 7, 1) for book, order_id in orders]
        run([*added, Operation(CLEAR, 0, 0, 0, 0, 0), *(op._replace(action=DELETE) for op in added)])


SHAPES = {
    "one counter for all books": lambda n: (18_000_000 + n, 1 + n * 7 % 400),
    "a counter for each book": lambda n: (n // 400 + 1, n % 400 + 1),
    "a counter in each half": lambda n: (n % 300 << 32 | n // 300, 1),
    "a counter in the high half": lambda n: (n << 32 | 5, 1),
    "steps of a power of two": lambda n: (n << 20, 1),
    "negative": lambda n: (-n, 2),
}


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_ids_as_venues_give_them_are_spread(shape: str) -> None:
    # Places that are passed until a free one is found, in a table as full as it may be. By chance it would be 1.5.
    places, orders = 16_384, 8_192
    taken = [False] * places
    passed = 0
    for n in range(orders):
        order_id, owner = SHAPES[shape](n)
        at = order_book._home(order_id, owner) % places
        while taken[at]:
            at = (at + 1) % places
            passed += 1
        taken[at] = True
    assert passed / orders < 1.5


class TestByHand:
    def test_orders_of_one_price_are_one_level(self) -> None:
        table = OrderTable(10)
        book = Book(0)
        orders = table.open_book(book)
        assert table.add(orders, 1, BUY, 612, 400) == order_book.ORDER_OK
        assert table.add(orders, 2, BUY, 612, 300) == order_book.ORDER_OK
        assert table.add(orders, 3, BUY, 613, 100) == order_book.ORDER_OK
        assert table.add(orders, 1, SELL, 614, 50) == order_book.ORDER_OK
        assert (top(book.bids), top(book.asks)) == ([(613, 100), (612, 700)], [(614, 50)])
        assert table.resize(orders, 1, BUY, 150) == order_book.ORDER_OK
        assert top(book.bids) == [(613, 100), (612, 450)]
        assert table.replace(orders, 3, BUY, 611, 90) == order_book.ORDER_OK
        assert top(book.bids) == [(612, 450), (611, 90)]
        assert table.delete(orders, 1, BUY) == order_book.ORDER_OK
        assert table.delete(orders, 1, BUY) == order_book.ORDER_UNKNOWN
        assert (top(book.bids), top(book.asks)) == ([(612, 300), (611, 90)], [(614, 50)])
        assert table.faults(order_book.ORDER_UNKNOWN) == 1

    def test_too_many_orders_are_a_fault_that_passes(self) -> None:
        table = OrderTable(2)
        orders = table.open_book(Book(0))
        assert [table.add(orders, n, BUY, n, 1) for n in (1, 2, 3)] == [0, 0, order_book.ORDER_TABLE_FULL]
        assert top(orders.book.bids) == [(2, 1), (1, 1)]
        assert table.delete(orders, 1, BUY) == order_book.ORDER_OK
        assert table.add(orders, 3, BUY, 3, 1) == order_book.ORDER_OK
        assert table.faults(order_book.ORDER_TABLE_FULL) == 1

    def test_sums_stay_within_64_bits(self) -> None:
        assert order_book.ORDERS_MAX_LIMIT * order_book.ORDER_QUANTITY_MAX < 2**63

    @pytest.mark.parametrize("orders_max", [0, -1, 8_000_001])
    def test_impossible_sizes_are_refused(self, orders_max: int) -> None:
        with pytest.raises(InvariantError):
            OrderTable(orders_max)

    def test_every_fault_has_a_name(self) -> None:
        assert len(order_book.ORDER_FAULT_NAMES) == order_book.ORDER_TABLE_FULL + 1


def test_a_book_collected_apart_is_shown_elsewhere() -> None:
    apart, shown = Book(0), Book(0)
    shown.bids.set_level(0, 1, 1)
    table = OrderTable(64)
    opened = table.open_book(apart)
    for number in range(12):
        table.add(opened, number, BUY, 100 + number, 1 + number)
    table.add(opened, 50, SELL, 200, 7)
    opened.show_in(shown)
    assert [int(shown.bids.price_ticks[at]) for at in range(shown.bids.depth)] == [*range(111, 101, -1)]
    assert [int(shown.bids.quantity_lots[at]) for at in range(shown.bids.depth)] == [*range(12, 2, -1)]
    assert (int(shown.asks.price_ticks[0]), int(shown.asks.quantity_lots[0]), int(shown.asks.depth)) == (200, 7, 1)
    table.delete(opened, 11, BUY)
    table.resize(opened, 50, SELL, 9)
    assert (int(shown.bids.price_ticks[0]), int(shown.bids.price_ticks[9]), int(shown.bids.depth)) == (110, 101, 10)
    assert int(shown.asks.quantity_lots[0]) == 9
    assert (int(apart.bids.price_ticks[0]), int(apart.asks.quantity_lots[0])) == (111, 7), "the former is left alone"
