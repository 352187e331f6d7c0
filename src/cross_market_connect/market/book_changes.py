"""How a feed says which books an input changed: each once, by the rule of `QuoteConnection.changed`."""

from __future__ import annotations

from mypy_extensions import i64

from cross_market_connect.domain.book import Book
from cross_market_connect.domain.step import Step


def note_change(book: Book, step: Step, changed: list[int]) -> None:
    """The input of this step touched the book."""
    if book.input_seq != step.input_seq:
        book.input_seq = step.input_seq
        book.updates += 1
        changed.append(int(book.instrument_index))


def change_state(book: Book, state: i64, step: Step, changed: list[int]) -> None:
    """The book is in another state from here on; nothing happens when it is not another one."""
    if book.state != state:
        book.state = state
        note_change(book, step, changed)
