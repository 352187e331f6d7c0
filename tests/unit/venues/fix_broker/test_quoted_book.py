"""A book's side from entries says why it refuses one; the rest is held by the conversations in `test_quotes.py`."""

from cross_market_connect.domain.book import Book
from cross_market_connect.venues.fix_broker.entries import EntryReader
from cross_market_connect.venues.fix_broker.quote_dialect import QuoteDialect
from cross_market_connect.venues.fix_broker.quoted_book import QuotedBook
from cross_market_connect.wire.fix.message import FixMessage, parse_message
from cross_market_connect.wire.fix.versions import dictionary_of
from tests.unit.venues.fix_broker.support import instruments
from tests.unit.wire.fix.support import make_frame


def one(text: str) -> tuple[FixMessage, EntryReader]:
    message = parse_message(make_frame(f"35=X|34=1|268=1|{text}"), dictionary_of("FIX.4.4"))
    reader = EntryReader()
    reader.open(message, 279)
    assert reader.next(message)
    return message, reader


def test_a_side_said_by_neither_entry_nor_book() -> None:
    quoted = QuotedBook(instruments()[0], Book(0), b"CCFX", QuoteDialect())
    quoted.begin_snapshot()
    for side in "01":
        assert quoted.apply(*one(f"279=0|269={side}|270=5200.0|271=1"))
    assert not quoted.apply(*one("279=2|270=5200.0"))  # a crossed book has the price on both sides
    assert quoted.fault == "side missing"
    assert quoted.apply(*one("279=2|269=0|270=5200.0"))
    assert quoted.apply(*one("279=2|270=5200.0"))
    assert quoted.finish()
    assert (quoted.book.bids.depth, quoted.book.asks.depth) == (0, 0)


def test_levels_with_one_price_twice_cannot_go_on_by_entry() -> None:
    quoted = QuotedBook(instruments()[0], Book(0), b"CCFX", QuoteDialect())
    quoted.begin_snapshot()
    for at in (1, 2):
        assert quoted.add(*one(f"279=0|269=0|270=5200.0|271=1|290={at}"))
    assert quoted.finish()
    assert not quoted.apply(*one("279=2|269=0|270=5200.0"))
    assert quoted.fault == "entry id or price that the book does not have, or has already"
