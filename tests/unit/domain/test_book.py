"""The book's level operations against a plain list."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cross_market_connect.domain.book import (
    BOOK_EMPTY,
    BOOK_STATE_NAMES,
    CHANGE,
    DELETE,
    INSERT,
    LEVELS,
    Book,
    BookSide,
)
from cross_market_connect.domain.numbers import NO_PRICE
from cross_market_connect.domain.order import BUY, SELL


def levels(side: BookSide) -> list[tuple[int, int]]:
    return [(int(side.price_ticks[n]), int(side.quantity_lots[n])) for n in range(side.depth)]


OPERATIONS = st.lists(
    st.tuples(st.sampled_from([INSERT, CHANGE, DELETE, 3]), st.integers(-1, LEVELS), st.integers(1, 99)), max_size=60
)


@given(OPERATIONS)
def test_operations_shift_like_a_list_cut_at_ten(operations):
    side, plain = BookSide(), []
    for number, (action, level, lots) in enumerate(operations):
        row = (number, lots)
        if action == INSERT:
            fits = 0 <= level <= len(plain) and level < LEVELS
            if fits:
                plain.insert(level, row)
                del plain[LEVELS:]
        else:
            fits = 0 <= level < len(plain) and action in (CHANGE, DELETE)
            if fits and action == CHANGE:
                plain[level] = row
            elif fits:
                del plain[level]
        assert side.apply(action, level, *row) == fits
        assert levels(side) == plain


def test_a_whole_book_is_written_from_the_best_on():
    side = BookSide()
    for level in range(LEVELS + 2):
        side.set_level(level, 100 - level, level + 1)
    assert levels(side) == [(100 - level, level + 1) for level in range(LEVELS)]
    side.set_level(0, 7, 7)
    assert levels(side) == [(7, 7)]
    side.clear()
    assert levels(side) == []


def test_best_prices_and_the_opposite_side():
    book = Book(3)
    assert (book.best_bid(), book.best_ask(), book.state) == (NO_PRICE, NO_PRICE, BOOK_EMPTY)
    book.bids.set_level(0, 99, 1)
    book.asks.set_level(0, 101, 2)
    assert (book.best_bid(), book.best_ask()) == (99, 101)
    assert book.opposite(BUY) is book.asks and book.opposite(SELL) is book.bids
    book.clear()
    assert (book.best_bid(), book.best_ask()) == (NO_PRICE, NO_PRICE)


@pytest.mark.parametrize("number", range(6))
def test_every_state_has_a_name(number):
    assert BOOK_STATE_NAMES[number]
    assert len(BOOK_STATE_NAMES) == 6
