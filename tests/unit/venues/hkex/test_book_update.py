"""Book updates against the worked examples of the specification (OMD-D 1.47, section 6) and a list-based book."""

import random

import pytest

from cross_market_connect.domain.book import Book
from cross_market_connect.domain.numbers import NO_PRICE
from cross_market_connect.venues.hkex.book_update import (
    APPLIED,
    APPLIED_UNPRICED,
    CONTRADICTION,
    OFF_GRID,
    apply_book_update,
    copy_levels,
    has_unpriced_level,
)
from cross_market_connect.wire.omd.faults import OK, FaultCounts
from cross_market_connect.wire.omd.omd_d_reader import OmdDReader
from tests.unit.venues.hkex.support import HSI, Entry, Levels, levels, packet, sides, update

BID, ASK = 0, 1
NEW, CHANGE, DELETE, CLEAR = 0, 1, 2, 74


def apply(book: Book, *entries: Entry, multiplier: int = 1, divisor: int = 1) -> int:
    reader = OmdDReader(FaultCounts())
    assert reader.open(packet(1, update(HSI, *entries))) == OK
    assert reader.next() == 353
    return int(apply_book_update(reader, book, multiplier, divisor))


def ten_bids() -> Book:
    book = Book(0)
    assert apply(book, *[(n, 9_000 - n, BID, n, NEW) for n in range(1, 11)]) == APPLIED
    return book


def test_an_insertion_into_a_full_side_deletes_the_last_level_without_a_message() -> None:
    book = ten_bids()
    assert apply(book, (77, 9_000, BID, 1, NEW)) == APPLIED
    assert levels(book.bids) == [(9_000, 77)] + [(9_000 - n, n) for n in range(1, 10)]


def test_a_deletion_moves_up_and_the_level_that_comes_into_view_is_sent() -> None:
    book = ten_bids()
    assert apply(book, (1, 8_999, BID, 1, DELETE), (55, 8_980, BID, 10, NEW)) == APPLIED
    assert levels(book.bids) == [(9_000 - n, n) for n in range(2, 11)] + [(8_980, 55)]


def test_levels_count_after_the_entries_before() -> None:
    book = ten_bids()
    assert apply(book, (3, 8_997, BID, 3, DELETE), (44, 8_996, BID, 3, CHANGE)) == APPLIED
    assert levels(book.bids)[:4] == [(8_999, 1), (8_998, 2), (8_996, 44), (8_995, 5)]


def test_clear_empties_both_sides() -> None:
    book = ten_bids()
    assert apply(book, (5, 9_100, ASK, 1, NEW), (0, 0, 0, 0, CLEAR)) == APPLIED
    assert sides(book) == ([], [])


def test_the_sum_beyond_the_tenth_level_is_no_level() -> None:
    book = ten_bids()
    before = sides(book)
    assert apply(book, (900, NO_PRICE, BID, 255, NEW), (800, NO_PRICE, BID, 255, CHANGE)) == APPLIED
    assert sides(book) == before


def test_a_level_without_price_is_told_and_found() -> None:
    book = Book(0)
    assert apply(book, (5, NO_PRICE, ASK, 1, NEW)) == APPLIED_UNPRICED
    assert has_unpriced_level(book)
    assert apply(book, (5, 9_000, ASK, 1, CHANGE)) == APPLIED
    assert not has_unpriced_level(book)


@pytest.mark.parametrize(
    "entry",
    [
        (1, 100, BID, 0, NEW),  # there is no level 0
        (1, 100, BID, 11, NEW),
        (1, 100, BID, 3, NEW),  # beyond the first free level
        (1, 100, BID, 2, CHANGE),
        (1, 100, BID, 2, DELETE),
        (0, 100, BID, 1, NEW),  # nothing at a price is a deletion
        (1, 100, 2, 1, NEW),  # no such side
        (1, 100, BID, 1, 3),  # no such action
    ],
)
def test_contradictions(entry: Entry) -> None:
    book = Book(0)
    assert apply(book, (1, 99, BID, 1, NEW)) == APPLIED
    assert apply(book, entry) == CONTRADICTION


@pytest.mark.parametrize(
    ("price", "multiplier", "divisor", "ticks"),
    [
        (27_000, 1, 1, 27_000),
        (-35, 1, 5, -7),  # a calendar spread
        (2_147_483_647, 1_000_000_000, 1, 2_147_483_647_000_000_000),  # the widest conversion that is allowed
        (-2_147_483_647, 1_000_000_000, 1, -2_147_483_647_000_000_000),
        (15, 2, 3, 10),
    ],
)
def test_prices_become_ticks_exactly(price: int, multiplier: int, divisor: int, ticks: int) -> None:
    book = Book(0)
    assert apply(book, (1, price, BID, 1, NEW), multiplier=multiplier, divisor=divisor) == APPLIED
    assert levels(book.bids) == [(ticks, 1)]


@pytest.mark.parametrize("price", [1, 4, 6, -1, -6])
def test_a_price_between_ticks_is_a_fault(price: int) -> None:
    assert apply(Book(0), (1, price, BID, 1, NEW), divisor=5) == OFF_GRID


def between(chance: random.Random, rows: Levels, at: int, side: int, is_new: bool) -> int:
    """A price for place `at` that is worse than the level before it and better than the one behind it."""
    sign = -1 if side == 0 else 1
    behind = at if is_new else at + 1
    low = sign * rows[at - 1][0] if at > 0 else -(10**9)
    high = sign * rows[behind][0] if behind < len(rows) else 10**9
    assert high - low > 2, "the range was chosen wide enough"
    return sign * chance.randint(low + 1, high - 1)


def test_levels_out_of_order_contradict_the_book_once_the_message_is_over() -> None:
    book = Book(0)
    assert apply(book, (5, 100, BID, 1, NEW), (5, 99, BID, 2, NEW)) == APPLIED
    assert apply(book, (5, 98, BID, 1, CHANGE), (5, 97, BID, 2, CHANGE)) == APPLIED, "in passing only"
    assert apply(book, (5, 98, BID, 2, CHANGE)) == CONTRADICTION, "two levels of one price"
    assert apply(book, (0, 0, 0, 0, CLEAR), (5, 100, ASK, 1, NEW), (5, 99, ASK, 2, NEW)) == CONTRADICTION
    assert apply(book, (0, 0, 0, 0, CLEAR), (10**13, 100, ASK, 1, NEW)) == CONTRADICTION, "no venue has so many"


def test_random_operations_equal_a_book_of_lists() -> None:
    chance = random.Random(11)
    book = Book(0)
    model: tuple[Levels, Levels] = ([], [])
    for _ in range(3_000):
        entries = []
        for _ in range(chance.randint(1, 4)):
            side = chance.randint(0, 1)
            rows = model[side]
            action = chance.choice([NEW, CHANGE, DELETE]) if rows else NEW
            level = chance.randint(1, min(10, len(rows) + 1) if action == NEW else len(rows))
            price, quantity = between(chance, rows, level - 1, side, action == NEW), chance.randint(1, 99)
            if action == NEW:
                rows.insert(level - 1, (price, quantity))
                del rows[10:]
            elif action == CHANGE:
                rows[level - 1] = (price, quantity)
            else:
                del rows[level - 1]
            entries.append((quantity, price, side, level, action))
        assert apply(book, *entries) == APPLIED
        assert sides(book) == model


def test_a_copy_has_the_levels_and_only_them() -> None:
    source, target = ten_bids(), Book(0)
    apply(source, (5, 9_100, ASK, 1, NEW))
    apply(target, (5, 1, ASK, 1, NEW), (5, 2, ASK, 2, NEW))
    copy_levels(source, target)
    assert sides(target) == sides(source)
    apply(source, (0, 0, 0, 0, CLEAR))
    assert levels(target.asks) == [(9_100, 5)]
    copy_levels(source, target)
    assert sides(target) == ([], [])
