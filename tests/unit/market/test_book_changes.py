"""An input names each book that it changed once."""

from cross_market_connect.domain.book import BOOK_EMPTY, BOOK_LIVE, BOOK_SUSPECT, Book
from cross_market_connect.domain.records import RecordSink
from cross_market_connect.domain.step import Step
from cross_market_connect.market.book_changes import change_state, note_change


def test_a_book_is_named_once_per_input_and_a_state_that_stays_is_no_change() -> None:
    book, step, changed = Book(7), Step(RecordSink()), list[int]()
    step.begin(1, 1, 1)
    change_state(book, BOOK_EMPTY, step, changed)
    assert (changed, book.updates) == ([], 0)
    change_state(book, BOOK_LIVE, step, changed)
    note_change(book, step, changed)
    assert (changed, book.updates, book.input_seq, book.state) == ([7], 1, 1, BOOK_LIVE)
    step.begin(2, 2, 2)
    note_change(book, step, changed)
    change_state(book, BOOK_SUSPECT, step, changed)
    assert (changed, book.updates, book.input_seq, book.state) == ([7, 7], 2, 2, BOOK_SUSPECT)
